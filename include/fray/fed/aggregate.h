/* Aggregation: how the updates of a cohort become one. Rules lie one to a file (rules.def).
 *
 * A rule sees numbers and no communicator. Where it looks at single updates, the updates are cut by
 * coordinate: each rank gets all members' values of its coordinates, and works on those. */
#ifndef FRAY_FED_AGGREGATE_H
#define FRAY_FED_AGGREGATE_H

#include "fray/base/arena.h"
#include "fray/comm/comm.h"
#include "fray/nn/params.h"
#include "fray/schema/schema.h"

#include <stddef.h>

enum fray_rule_form {
  FRAY_RULE_SUM,       /* the exact sum of weight x update: nothing else to say */
  FRAY_RULE_MIX,       /* a weighted sum, whose weights come from the updates' inner products */
  FRAY_RULE_COORDINATE /* each coordinate by itself */
};

/** Operations of a rule. n: updates, in the order of their clients' indices, which breaks ties:
 *  the first of equals wins. All are finite: what is not was left out before. Rules other than SUM
 *  are unweighted, since a client's number of samples is its own claim. */
struct fray_rule_ops {
  enum fray_rule_form form;
  /** Fewest updates with which the rule keeps its promise; NULL: 1. A cohort below it is an error
   *  of the scenario, found before the first round where the cohort's size is known. */
  size_t (*fewest)(const void *params);
  /** How many of n updates may be anything, however large, without the result leaving the honest
   *  ones; NULL: none. */
  size_t (*tolerates)(const void *params, size_t n);
  /** MIX. gram (n, n): inner products of the updates in double, each a sum over blocks of
   *  coordinates in their order, so the same on all ranks and for any number of them. weight (n):
   *  of the result, any finite numbers. */
  enum fray_status (*mix)(const void *params, size_t n, const double *gram, double *weight,
                          struct fray_arena *scratch, struct fray_err *err);
  /** COORDINATE. value (n): the updates' values of one coordinate; may be put into another order.
   */
  double (*coordinate)(const void *params, size_t n, double *value);
};

/** Section `training.aggregation`. */
struct fray_aggregation_config {
  struct fray_variant rule;
  int blocks; /* enum fray_blocks */
};
/** Over whom the blocks of modalities are averaged: all who send, as the others; or those who hold
 *  samples with the modality. */
enum fray_blocks { FRAY_BLOCKS_WHOLE, FRAY_BLOCKS_HOLDERS };
extern const struct fray_table fray_aggregation_table;
extern const struct fray_choices fray_rules; /* rules.def */

/** The updates of a cohort, some of them on this rank. Borrowed. */
struct fray_updates {
  size_t total, members;      /* floats of an update; updates on all ranks together */
  const int *host;            /* (members) rank that holds it; the same on all ranks */
  const float *const *update; /* (mine)(total) those of this rank, in the members' order */
  const double *weight;       /* (mine) for SUM */
};

/** Fewest updates that a rule takes. */
size_t fray_rule_fewest(const struct fray_variant *rule);

/** What the rule makes of them, on all ranks. out (total). Workspace from the arena, rewound: for
 *  SUM 8 bytes per float, else members x total / ranks floats and, for MIX, members^2 doubles.
 *  Collective. INPUT: fewer members than the rule needs; INTERNAL: not finite. members >= 1. */
enum fray_status fray_aggregate(struct fray_comm *comm, const struct fray_variant *rule,
                                const struct fray_updates *updates, struct fray_arena *arena,
                                float *out, struct fray_err *err);
/** The same with operations that need not stand in the list. */
enum fray_status fray_aggregate_by(struct fray_comm *comm, const struct fray_rule_ops *ops,
                                   const void *params, const struct fray_updates *updates,
                                   struct fray_arena *arena, float *out, struct fray_err *err);

/** Bytes that a rank needs for it, beside the updates that it hosts. */
double fray_aggregate_bytes(const struct fray_variant *rule, double total, double members,
                            int ranks);

/* ---- block by block ---- */

/** Neighbouring tensors of one modality (or FRAY_PARAM_SHARED) in the flat vector. */
struct fray_block_run {
  int modality;
  size_t offset, n;
};
/** The run that begins with tensor *at, which is moved behind it; false at the end. */
bool fray_next_block(const struct fray_param_table *table, size_t *at, struct fray_block_run *out);

/** As FRAY_RULE_SUM, with weights of each block: weight[1 + modality] (mine), weight[0] of what is
 *  shared (FRAY_PARAM_SHARED is -1); 0 where a client does not hold the block. updates->weight is
 *  not looked at. out (total): 0 in a block that nobody holds. Collective. */
enum fray_status fray_average_blocks(struct fray_comm *comm, const struct fray_param_table *table,
                                     const struct fray_updates *updates, size_t mine,
                                     const double *const *weight, struct fray_arena *arena,
                                     float *out, struct fray_err *err);

/* ---- what it is made of ---- */

/** Coordinates first .. first + n - 1 of all updates. */
struct fray_slice {
  size_t first, n, members;
  float *value; /* (members, n) */
};
/** Coordinates that a rank gets: whole blocks of FRAY_EXACT_BLOCK, so that sums over blocks do not
 *  depend on how many ranks there are. May be none. */
struct fray_slice fray_slice_of(size_t total, int rank, int ranks);
/** Cuts the updates and gives each rank its coordinates, one update a rank at a time: no buffer but
 *  the slice, which is in the arena. Collective. */
enum fray_status fray_slice_gather(struct fray_comm *comm, const struct fray_updates *updates,
                                   struct fray_arena *arena, struct fray_slice *out,
                                   struct fray_err *err);
/** Inner products of all pairs over all coordinates. gram (members, members), on all ranks.
 *  Collective. */
void fray_slice_gram(struct fray_comm *comm, const struct fray_slice *slice, double *gram);
/** The same part by part: end (parts), ascending, where each ends, the last one at the end of the
 *  vectors or beyond. gram (parts, members, members). Collective. */
void fray_slice_gram_parts(struct fray_comm *comm, const struct fray_slice *slice, size_t parts,
                           const size_t *end, double *gram);
/** Completes a vector of which each rank has filled its own coordinates. out (total). Collective.
 */
void fray_slice_share(struct fray_comm *comm, size_t total, float *out);

#endif
