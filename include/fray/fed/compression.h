/* Compression of what clients send: an update goes through a coder, and the server gets what the
 * coded bytes mean, a float32 vector. One coder to a file (compressions.def).
 *
 * A coder sees the parameters of an update that travel as one vector u, without padding and private
 * blocks, and not tensor by tensor: one scale, and one choice of coordinates, for all of them. What
 * a biased coder leaves out stays with its client, e <- u - Q(u), and is added the next time that
 * the client takes part, u = D + e (error feedback: Seide et al. 2014; Karimireddy et al. 2019,
 * arXiv 1901.09847, Alg. 2). Downloads are not coded. */
#ifndef FRAY_FED_COMPRESSION_H
#define FRAY_FED_COMPRESSION_H

#include "fray/nn/params.h"
#include "fray/schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whose update, and when: the coder's random numbers are keyed by it. */
struct fray_coding {
  uint64_t seed, source; /* source: keys the client's streams */
  size_t round;          /* from 1; of the visit */
  const double *draw;    /* (n) uniforms on [0, 1) that replace the drawn ones; or NULL */
};

struct fray_coder_ops {
  /** Biased: what it leaves out is kept with the client. */
  bool keeps_error;
  /** What its values mean hangs on the client: a scale or a choice of coordinates of its own. Masks
   * of secure aggregation need one grid for all. */
  bool own_grid;
  /** Bytes of n >= 1 coded values, with all that goes with them. */
  double (*bytes)(const void *params, size_t n);
  /** x (n, n >= 1): u, becomes Q(u). Finite values become finite ones unless a scale leaves the
   * range of float. NULL: nothing is coded. */
  void (*code)(const void *params, const struct fray_coding *of, size_t n, float *x);
};
extern const struct fray_choices fray_compressions; /* compressions.def */

/** Section `training.compression`. */
struct fray_compression_config {
  struct fray_variant kind;
  int keep; /* enum fray_keep: where errors are between rounds */
};
extern const struct fray_table fray_compression_table;

static inline const struct fray_coder_ops *
fray_coder_of(const struct fray_compression_config *config) {
  return config->kind.choice->impl;
}
/** Whether anything is coded. */
static inline bool fray_compression_is_on(const struct fray_compression_config *config) {
  return fray_coder_of(config)->code != NULL;
}
/** Whether clients keep a vector of what was left out. */
static inline bool fray_compression_keeps(const struct fray_compression_config *config) {
  return fray_coder_of(config)->keeps_error;
}
/** How many parameters of one vector travel, and how many of these no step moves: what stands in
 * their place on the way up is no update (sums of prototypes), so that no coder sees them. */
struct fray_sent {
  size_t values, plain;
};
/** Bytes of an update as it is sent; 4 a value where nothing is coded, and of what is plain. */
double fray_coded_bytes(const struct fray_compression_config *config, struct fray_sent sent);

/** Codes an update (total) in place: D becomes what the server gets. error (total): e, which
 * becomes that of the next time; NULL: none is added or kept. travels (table->n): 0 for tensors
 * that no coder sees, whose values stay; NULL: it sees all. scratch (table->count). Returns false
 * if what is sent is not finite. Nothing without a coder. */
bool fray_code_update(const struct fray_compression_config *config, const struct fray_coding *of,
                      const struct fray_param_table *table, const uint8_t *travels, float *update,
                      float *error, float *scratch);

#endif
