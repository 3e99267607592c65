/* Aggregation: how the updates of a cohort become one, on any number of ranks.
 *
 * Where a rule (fray/fed/rule.h) looks at single updates, they are cut by coordinate: each rank
 * gets all members' values of its coordinates, and works on those. What goes before the rule is a
 * matrix that is multiplied into the table of inner products; it touches the updates themselves
 * only where a rule looks at coordinates. */
#ifndef FRAY_FED_AGGREGATE_H
#define FRAY_FED_AGGREGATE_H

#include "fray/base/arena.h"
#include "fray/comm/comm.h"
#include "fray/fed/rule.h"
#include "fray/nn/params.h"
#include "fray/schema/schema.h"

#include <stddef.h>

/** One of `pre`. */
struct fray_pre_aggregation {
  struct fray_variant kind;
};
/** Section `training.aggregation`. */
struct fray_aggregation_config {
  struct fray_variant rule;
  struct fray_items pre; /* struct fray_pre_aggregation, in the order in which they go */
  struct fray_amount f;
  int f_by;   /* enum fray_f_by */
  int blocks; /* enum fray_blocks */
};
enum fray_f_by { FRAY_F_GIVEN, FRAY_F_ESTIMATED };
/** Over whom the blocks of modalities are averaged: all who send, as the others; or those who hold
 *  samples with the modality. */
enum fray_blocks { FRAY_BLOCKS_WHOLE, FRAY_BLOCKS_HOLDERS };
extern const struct fray_table fray_aggregation_table;

/** True if the updates are averaged with the weights of the algorithm, and nothing looks at single
 *  ones. */
bool fray_aggregation_is_mean(const struct fray_aggregation_config *config);
/** True if a rule judges each modality's block among its holders. */
bool fray_aggregation_judges_blocks(const struct fray_aggregation_config *config);
/** Of what keeps it from being one: the first thing before the rule, or the rule. */
const char *fray_aggregation_name(const struct fray_aggregation_config *config);
/** True if the rule is given what it gave in the round before. */
bool fray_aggregation_remembers(const struct fray_aggregation_config *config);
/** The client whose samples the server trains on for the rule; NULL: it does not. */
const char *fray_aggregation_root(const struct fray_aggregation_config *config);
/** True if something asks how many may lie. */
bool fray_aggregation_uses_f(const struct fray_aggregation_config *config);
/** How many of n updates may lie, as the scenario gives it. */
size_t fray_aggregation_f(const struct fray_aggregation_config *config, size_t n);
/** Updates that are left of n when the rule's turn comes. */
size_t fray_aggregation_leaves(const struct fray_aggregation_config *config, size_t n);
/** False if the rule does not keep its promise with n updates; why (size bytes) says so. */
bool fray_aggregation_takes(const struct fray_aggregation_config *config, size_t n, char *why,
                            size_t size);

/** As fray_aggregation_takes, of a modality's block that so many of a round's updates hold. f is
 * that of the round: all who lie may be among the holders, so a share is of those that came, and
 * the block needs an honest majority against all of them whatever the rule, unless the server has
 *  samples of its own to go by. */
bool fray_aggregation_takes_block(const struct fray_aggregation_config *config, size_t came,
                                  size_t holders, char *why, size_t size);
/** f of a block: what is given, or the most that may be found to lie. */
size_t fray_aggregation_bound_of_block(const struct fray_aggregation_config *config, size_t came,
                                       size_t holders);

/* ---- block by block ---- */

/** Neighbouring tensors of one modality (or FRAY_PARAM_SHARED) in the flat vector. */
struct fray_block_run {
  int modality;
  size_t offset, n;
};
/** The run that begins with tensor *at, which is moved behind it; false at the end. */
bool fray_next_block(const struct fray_param_table *table, size_t *at, struct fray_block_run *out);

/** The updates of a cohort, some of them on this rank. Borrowed. */
struct fray_updates {
  size_t total, members;      /* floats of an update; updates on all ranks together */
  const int *host;            /* (members) rank that holds it; the same on all ranks */
  const float *const *update; /* (mine)(total) those of this rank, in the members' order */
  const double *weight;       /* (mine) for SUM */
  /* (mine)(fray_touched_words) where each may differ from 0, for SUM; NULL, on all ranks: not known
   */
  const uint64_t *const *touched;
};

/** Who holds which block of the round's updates, for a rule that judges each modality's block among
 *  its holders. Borrowed, the same on all ranks. */
struct fray_held {
  const struct fray_param_table *table;
  size_t modalities;
  const uint8_t *holds; /* (members, modalities) not 0: the update's client has samples with it */
};

/** What a rule is told of a round beside its updates, the same on all ranks. Borrowed. */
struct fray_aggregation_round {
  uint64_t seed;
  size_t round;
  const float *previous; /* (total) what fray_aggregate gave before; only if the rule remembers */
  const float *root;     /* (total) of the server's own; only if the rule has a root */
  const struct fray_held *held; /* NULL: the rule judges whole updates */
};
/** How a round was judged. */
struct fray_judgement {
  size_t f;          /* that were taken to lie; of blocks: in the first one */
  double *influence; /* (members) share of the result that came from each, 0 or more; they add up to
                        1, or are all 0; NULL: nobody asks. A block counts by its coordinates */
  double *even;      /* (members) the share of each if all holders of each block had counted alike;
                        NULL: nobody asks. Asked for with influence */
  bool *rests;       /* (modalities) of blocks: too few hold it to be judged; NULL: nobody asks */
};

/** What the rule and what goes before it make of the updates, on all ranks. With round->held the
 *  shared part is judged among all, and each modality's block, wherever it lies, among those who
 *  hold it; out is 0 in a block that too few hold (fray_aggregation_takes_block). All of it takes
 *  the exchanges of one. out (total): may be round->previous without such blocks. Workspace from
 * the arena, rewound: see fray_aggregate_bytes. Collective. INPUT: too few members; INTERNAL: not
 * finite. members >= 1. judgement may be NULL. */
enum fray_status fray_aggregate(struct fray_comm *comm,
                                const struct fray_aggregation_config *config,
                                const struct fray_updates *updates,
                                const struct fray_aggregation_round *round,
                                struct fray_arena *arena, float *out,
                                struct fray_judgement *judgement, struct fray_err *err);

/** Bytes that a rank needs for it, beside the updates that it hosts. modalities: of the data. */
double fray_aggregate_bytes(const struct fray_aggregation_config *config, double total,
                            double members, double modalities, int ranks);

/* ---- means block by block ---- */

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
  const float **row; /* (members)(n) those of this rank's updates lie where they are */
  double **length2;  /* (members)(blocks of n) squared lengths of their blocks, as fray_gram_length2
                        has them; NULL in a slice made otherwise */
};
/** Coordinates that a rank gets: whole blocks of FRAY_EXACT_BLOCK, so that sums over blocks do not
 *  depend on how many ranks there are. May be none. */
struct fray_slice fray_slice_of(size_t total, int rank, int ranks);
/** Cuts the updates and gives each rank its coordinates, one update a rank at a time: no buffer but
 *  those of other ranks' updates, which are in the arena. Collective. INTERNAL: not finite. */
enum fray_status fray_slice_gather(struct fray_comm *comm, const struct fray_updates *updates,
                                   struct fray_arena *arena, struct fray_slice *out,
                                   struct fray_err *err);
/** A table of inner products that is asked for: of n vectors, over some runs of coordinates. */
struct fray_product_table {
  size_t n;
  /** 0: all pairs; else of the first `all` vectors among one another only the products with
   *  themselves are made; the others are 0. */
  size_t all;
  const float *const *row;      /* (n)(slice->n) */
  const double *const *length2; /* (n) as in the slice; NULL, or entries NULL: worked out */
  size_t runs;
  const struct fray_block_run *run; /* (runs) ascending, apart from one another */
  double *gram;                     /* (n, n) */
};
/** Fills tables of inner products, the same on all ranks and for any number of them: sums over
 *  blocks are added as integers, to 2^-(60 - log2 blocks) of the product of the lengths of the two
 *  (their largest over a block), which is about the precision of a double. Equal vectors have equal
 *  products to the bit. total: coordinates on all ranks. Two exchanges, however many tables.
 *  Workspace: 8 bytes a pair of all tables, 8 of the largest, and some blocks; rewound. Collective.
 *  MEMORY. */
enum fray_status fray_gram_tables(struct fray_comm *comm, const struct fray_slice *slice,
                                  size_t total, size_t tables, const struct fray_product_table *of,
                                  struct fray_arena *arena, struct fray_err *err);
/** One table of all pairs over all coordinates. gram (n, n). */
enum fray_status fray_gram(struct fray_comm *comm, const struct fray_slice *slice, size_t n,
                           const float *const *row, size_t total, struct fray_arena *arena,
                           double *gram, struct fray_err *err);
/** The same part by part: end (parts), ascending, where each ends. gram (parts, n, n). */
enum fray_status fray_gram_parts(struct fray_comm *comm, const struct fray_slice *slice, size_t n,
                                 const float *const *row, size_t total, size_t parts,
                                 const size_t *end, struct fray_arena *arena, double *gram,
                                 struct fray_err *err);
/** Squared length of n <= FRAY_EXACT_BLOCK values, as tables of products have it. */
double fray_gram_length2(size_t n, const float *x);
/** The rule's form COORDINATE: out (total) in the coordinates of the slice. mix (n, members): the
 *  updates that it sees, as weights of those that came; NULL: those. counted (n) += in how many
 *  coordinates of this slice the value of each entered; NULL: nobody asks. scratch: rewound. */
enum fray_status fray_by_coordinate(const struct fray_variant *rule, size_t f,
                                    const struct fray_slice *slice, size_t n, const double *mix,
                                    struct fray_arena *scratch, float *out, int64_t *counted,
                                    struct fray_err *err);
/** Puts the values of each lane into ascending order. value (n). */
void fray_sort_lanes(size_t n, float (*value)[FRAY_LANES]);
/** Completes a vector of which each rank has filled its own coordinates. out (total). Collective.
 */
void fray_slice_share(struct fray_comm *comm, size_t total, float *out);

#endif
