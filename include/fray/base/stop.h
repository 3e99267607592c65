/* Signals. Those that ask for an orderly stop only raise a flag, which the rounds look at. */
#ifndef FRAY_BASE_STOP_H
#define FRAY_BASE_STOP_H

/** From now on USR1, USR2, TERM, INT, HUP (a terminal that closed) and XCPU (a limit of processor
 *  time) ask for a stop instead of ending the process, unless the caller ignores them; and CONT
 *  (which launchers send before TERM) does nothing. A second INT ends the process as it always did;
 *  a TERM that comes 5 seconds or more after the first gives it 10 seconds more. */
void fray_stop_catch(void);
/** From now on a write to a pipe that nobody reads (PIPE), or beyond a limit of the size of files
 *  (XFSZ), fails with an error instead of ending the process. To be called once, at the start. */
void fray_stop_as_errors(void);
/** The signal that asked first; 0: none. */
int fray_stop_asked(void);
/** As if the signal had come. */
void fray_stop_ask(int number);
/** "SIGTERM" and the like, static storage. */
const char *fray_stop_name(int number);

#endif
