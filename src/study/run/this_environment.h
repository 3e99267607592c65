/* The numeric environment of this process: what its libraries call themselves, and what they answer
 * to fixed questions. docs/decisions/0029-numeric-environment.md */
#ifndef FRAY_STUDY_RUN_THIS_ENVIRONMENT_H
#define FRAY_STUDY_RUN_THIS_ENVIRONMENT_H

#include "fray/comm/comm.h"
#include "fray/results/environment.h"

/** Hash of the objects of the layers that compute, and the compiler that made them; numeric_code.c
 * is written by the build. */
extern const char fray_numeric_code[], fray_numeric_compiler[];

/** Hashes of what the libraries in use answer to fixed questions. A library in whose place another
 *  was loaded is seen, whatever it calls itself. INPUT never; MEMORY. */
enum fray_status fray_probe_products(uint64_t *out, struct fray_err *err);  /* OpenBLAS */
enum fray_status fray_probe_spectrum(uint64_t *out, struct fray_err *err);  /* KissFFT */
enum fray_status fray_probe_functions(uint64_t *out, struct fray_err *err); /* libm */

/** Found once: later it could only be found to be the same. NULL: MEMORY. */
const struct fray_environment_here *fray_this_environment(struct fray_err *err);
/** INPUT unless it is the same on all ranks. Collective. */
enum fray_status fray_environment_agree(struct fray_comm *comm, struct fray_err *err);

#endif
