/* The numeric environment: what else than scenario and data decides on the numbers, down to the
 * last bit. docs/decisions/0029-numeric-environment.md */
#ifndef FRAY_STUDY_ENVIRONMENT_H
#define FRAY_STUDY_ENVIRONMENT_H

#include "fray/json/json.h"
#include "run.h"
#include "study/scenario/scenario.h"

/** Hash of the objects of the layers that compute, and the compiler that made them; numeric_code.c
 * is written by the build. */
extern const char fray_numeric_code[], fray_numeric_compiler[];

/** Hashes of what the libraries in use answer to fixed questions. A library in whose place another
 *  was loaded is seen, whatever it calls itself. INPUT never; MEMORY. */
enum fray_status fray_probe_products(uint64_t *out, struct fray_err *err); /* OpenBLAS */
enum fray_status fray_probe_spectrum(uint64_t *out, struct fray_err *err); /* KissFFT */
uint64_t fray_probe_functions(void);                                       /* libm */

/** A numeric environment, as provenance.json has it. Borrowed from there. */
struct fray_environment {
  const char *hash, *text, *folder; /* folder: the first that has it */
  const fray_json *parts;           /* NULL: older programs did not note them */
};
/** Adds those of FOLDER's provenance to *list, each once. In the arena. */
enum fray_status fray_environments_add(const fray_json *provenance, const char *folder,
                                       struct fray_arena *arena, struct fray_environment **list,
                                       size_t *n, struct fray_err *err);
/** Members of provenance.json, each ending in ",\n": one environment as texts, several as lists and
 *  "mixed". here: the one of this process as well, unless it is among them. */
void fray_environments_put(struct fray_text *out, const struct fray_environment *list, size_t n,
                           bool here);
/** What differs between two, in words: "OpenBLAS kernel (Haswell; here Zen), matrix products".
 * NULL: the environment of this process. other: how the second is called ("here", or its folder).
 */
void fray_environment_difference(const struct fray_environment *a, const struct fray_environment *b,
                                 const char *other, struct fray_text *out);

#endif
