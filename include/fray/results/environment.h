/* Numeric environments as provenance.json keeps them: what else than scenario and data decides on
 * the numbers, down to the last bit. docs/decisions/0029-numeric-environment.md */
#ifndef FRAY_RESULTS_ENVIRONMENT_H
#define FRAY_RESULTS_ENVIRONMENT_H

#include "fray/base/arena.h"
#include "fray/base/text.h"
#include "fray/json/json.h"

/** What an environment consists of: code of the program, OpenBLAS, its kernel, its products, vector
 *  level, C library's functions, FFT, Unicode tables, coders of sound and pictures. */
enum {
  FRAY_ENVIRONMENT_CODE,
  FRAY_ENVIRONMENT_BLAS,
  FRAY_ENVIRONMENT_KERNEL,
  FRAY_ENVIRONMENT_PRODUCTS,
  FRAY_ENVIRONMENT_VECTORS,
  FRAY_ENVIRONMENT_LIBM,
  FRAY_ENVIRONMENT_FFT,
  FRAY_ENVIRONMENT_UNICODE,
  FRAY_ENVIRONMENT_CODERS,
  FRAY_ENVIRONMENT_PARTS
};
/** That of a process. */
struct fray_environment_here {
  char part[FRAY_ENVIRONMENT_PARTS][256];
  char text[FRAY_ENVIRONMENT_PARTS * 256], hash[17]; /* of the parts */
  uint64_t number;                                   /* the hash */
  const char *compiler;                              /* static storage; no part of the hash */
};
/** Fills text, hash and number, which follow from the parts. */
void fray_environment_seal(struct fray_environment_here *here);

/** A numeric environment, borrowed from a provenance.json or from a process. */
struct fray_environment {
  const char *hash, *text, *folder;         /* folder: the first that has it */
  const fray_json *parts;                   /* NULL: older programs did not note them */
  const struct fray_environment_here *here; /* instead of parts, of a process; else NULL */
};
/** That of a process. */
struct fray_environment fray_environment_of(const struct fray_environment_here *here);
/** Adds those of FOLDER's provenance to *list, each once. In the arena. */
enum fray_status fray_environments_add(const fray_json *provenance, const char *folder,
                                       struct fray_arena *arena, struct fray_environment **list,
                                       size_t *n, struct fray_err *err);
/** Members of provenance.json, each ending in ",\n": one environment as texts, several as lists and
 *  "mixed". here: that of this process, which comes last unless it is among them; or NULL. */
void fray_environments_put(struct fray_text *out, const struct fray_environment *list, size_t n,
                           const struct fray_environment_here *here);
/** What differs between two, in words: "OpenBLAS kernel (Haswell; here Zen), matrix products".
 *  other: how the second is called ("here", or its folder). */
void fray_environment_difference(const struct fray_environment *a, const struct fray_environment *b,
                                 const char *other, struct fray_text *out);
/** INPUT unless a program in this environment computes as the one that made the folder: or the rows
 *  would not belong together. mixed: says so, and passes. A folder without provenance.json passes.
 */
enum fray_status fray_folder_environment(const char *folder,
                                         const struct fray_environment_here *here, bool mixed,
                                         struct fray_err *err);

#endif
