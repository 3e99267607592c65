/* Signals that ask for an orderly stop. They only raise a flag, which the rounds look at. */
#ifndef FRAY_BASE_STOP_H
#define FRAY_BASE_STOP_H

/** From now on USR1, TERM and INT ask for a stop instead of ending the process, and CONT (which
 *  launchers send before TERM) does nothing. A second INT ends the process as it always did. */
void fray_stop_catch(void);
/** The signal that asked first; 0: none. */
int fray_stop_asked(void);
/** As if the signal had come. */
void fray_stop_ask(int signal);
/** "SIGTERM" and the like, static storage. */
const char *fray_stop_name(int signal);

#endif
