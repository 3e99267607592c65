/* How the processor rounds: part of what makes numbers. */
#ifndef FRAY_BASE_ROUNDING_H
#define FRAY_BASE_ROUNDING_H

/** Rounds to nearest, keeps denormal numbers and raises no exceptions, whatever the state was:
 *  libraries built with -ffast-math change it for everybody when they are loaded. To be called
 * after libraries were loaded, and now and then. */
void fray_rounding_reset(void);

#endif
