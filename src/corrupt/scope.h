/* What a corruption sees while it acts: the samples it may touch, and random streams of them.
 *
 * A method asks for the stream of a sample, of a client or of its plan and never learns the seed,
 * an id, or an index that depends on ranks, so its draws cannot depend on them either. */
#ifndef FRAY_SRC_CORRUPT_SCOPE_H
#define FRAY_SRC_CORRUPT_SCOPE_H

#include "fray/corrupt/corrupt.h"

enum fray_unit { FRAY_UNIT_SAMPLE, FRAY_UNIT_CLIENT };
extern const char *const fray_unit_names[];
enum fray_compat { FRAY_COMPAT_NONE, FRAY_COMPAT_FEDMULTIMODAL };
extern const char *const fray_compat_names[];

struct fray_scope {
  const struct fray_population *people;
  struct fray_damage *damage;
  struct fray_arena *arena;       /* scratch: rewound when the entry is done */
  unsigned modalities;            /* bit m: the entry may hit modality m */
  uint8_t *inside;                /* (n) the sample is inside `who` */
  struct fray_realised *realised; /* counted by fray_scope_count */
  uint64_t seed;                  /* this and the two below: for scope.c and who.c only */
  uint64_t purpose, plan_purpose;
};

/** Operations of a kind; choice->impl points here. */
struct fray_corruption_ops {
  const char *strength;          /* its key for the strength, or NULL */
  bool labels, modalities_key;   /* touches labels (never at test); uses the key `modalities` */
  int (*at)(const void *params); /* meaning of `at: auto`; NULL: train for labels, else both */
  double (*nominal)(const void *params); /* NULL: none */
  unsigned (*nests)(const void *params); /* NULL: nothing is declared */
  /** Contradictions between keys; at is resolved. May be NULL. */
  enum fray_status (*check)(const struct fray_corruption_config *entry, int at,
                            struct fray_err *err);
  enum fray_status (*apply)(const void *params, struct fray_scope *scope, struct fray_err *err);
};

/** True if sample i (position in the population) is inside `who` and was not dropped before. */
bool fray_scope_takes(const struct fray_scope *scope, size_t i);
/** Stream of a unit: of sample i, or of client i. `what` tells several draws of one unit apart. */
struct fray_rng fray_scope_stream(const struct fray_scope *scope, enum fray_unit unit, size_t i,
                                  uint64_t what);
/** Stream of the entry as a whole, for things drawn once (a noise matrix). */
struct fray_rng fray_scope_plan_stream(const struct fray_scope *scope, uint64_t index);
/** Name of modality m as a number that tells its draws apart, whatever the order of modalities. */
uint64_t fray_scope_modality(const struct fray_scope *scope, size_t m);
/** Source id of a unit, to break ties. */
uint64_t fray_scope_source(const struct fray_scope *scope, enum fray_unit unit, size_t i);
/** Adds to what is eligible and hit, overall and for the client of sample i. */
void fray_scope_count(struct fray_scope *scope, size_t i, unsigned eligible, unsigned hit);

/** Marks in scope->inside the samples that `who` (may be NULL: all) names. INPUT. */
enum fray_status fray_who_select(const struct fray_node *who, const char *id,
                                 struct fray_scope *scope, struct fray_err *err);
/** Shape of `who`: a number in [0, 1], or a map of groups to a value or values. INPUT. */
enum fray_status fray_who_check(const struct fray_node *who, struct fray_err *err);

/** Ranks n units by (draw, source): draw[i] becomes (rank + 1) / n, so that "draw <= rate" holds
 * for exactly the floor(rate n) smallest. Entries that are NaN are left out of the count. */
enum fray_status fray_rank_draws(double *draw, const uint64_t *source, size_t n,
                                 struct fray_arena *arena, struct fray_err *err);

#endif
