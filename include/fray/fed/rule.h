/* Robust aggregation: what a rule and what goes before it see of a round's updates, and what they
 * say. One to a file (rules.def, pre_aggregations.def).
 *
 * None sees a communicator or a whole update: a rule gets inner products of all updates, or the
 * values of some coordinates, and says how much of each enters. Rules take all updates alike: how
 * many samples a client has is its own claim. Definitions: as in the source that each entry names.
 */
#ifndef FRAY_FED_RULE_H
#define FRAY_FED_RULE_H

#include "fray/base/arena.h"
#include "fray/schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The updates of a round, as their inner products tell of them. Rows 0 .. n - 1 are updates, in
 *  the order of their clients' indices, which breaks ties: the first of equals wins. Behind them
 *  come vectors of the server's, if the rule has such. Borrowed. */
struct fray_judged {
  size_t n;           /* updates, >= 1 */
  size_t width;       /* n and the server's vectors: rows and columns of gram */
  size_t f;           /* of the updates that may lie */
  const double *gram; /* (width, width) inner products, symmetric, the same on all ranks */
  size_t previous;    /* row of what the rule gave in the round before (zeros at first); or width */
  size_t root;        /* row of the update that the server trained itself; or width */
  uint64_t seed;      /* for what is drawn, with the round */
  size_t round;
};

/** Squared distance of two rows; 0 of equal ones, never below 0. */
static inline double fray_judged_distance2(const struct fray_judged *of, size_t a, size_t b) {
  const double *g = of->gram;
  const size_t w = of->width;
  const double d = g[a * w + a] + g[b * w + b] - 2 * g[a * w + b];
  return d > 0 ? d : 0;
}

enum { FRAY_LANES = 32 };
/** Values of FRAY_LANES neighbouring coordinates: value[k][lane] of update k. */
struct fray_lanes {
  size_t n, f;
  float (*value)[FRAY_LANES]; /* (n) in ascending order in each lane if the rule asked for it */
};

enum fray_rule_form {
  FRAY_RULE_SUM,       /* the exact sum of weight x update: nothing else to say */
  FRAY_RULE_MIX,       /* a weighted sum, whose weights come from the updates' inner products */
  FRAY_RULE_COORDINATE /* each coordinate by itself */
};

/** Operations of a rule. All updates are finite: what is not was left out before. */
struct fray_rule_ops {
  enum fray_rule_form form;
  bool uses_f;    /* it asks how many may lie */
  bool remembers; /* MIX: it is given its result of the round before */
  /** MIX: name of the client whose samples the server trains on itself, by `params`; that client
   *  takes part in no round. NULL: the server has none. */
  const char *(*root)(const void *params);
  /** MIX: true if it looks at lengths and at products with the server's vectors alone: products of
   *  two updates are then 0 in gram. NULL: it looks at all. */
  bool (*needs_no_pairs)(const void *params);
  /** Fewest updates with which the rule keeps its promise against f; NULL: 1. */
  size_t (*fewest)(const void *params, size_t f);
  /** How many of n updates may be anything, however large, without the result leaving the honest
   *  ones; NULL: none. */
  size_t (*tolerates)(const void *params, size_t n);
  /** MIX. weight (width): of the result, zeros so far, any finite numbers. */
  enum fray_status (*mix)(const void *params, const struct fray_judged *of, double *weight,
                          struct fray_arena *scratch, struct fray_err *err);
  /** COORDINATE: which of the updates the coordinates are of, in any order. row (n); returns how
   *  many. NULL: all. */
  size_t (*choose)(const void *params, const struct fray_judged *of, uint32_t *row,
                   struct fray_arena *scratch);
  bool in_order; /* COORDINATE: values come in ascending order */
  /** COORDINATE. out (FRAY_LANES); low, high (FRAY_LANES): the values from which it was made lie in
   *  [low, high] and counted alike. lanes->value may be overwritten. */
  void (*coordinates)(const void *params, const struct fray_lanes *lanes, float *out, float *low,
                      float *high);
};

/** What goes before a rule: other updates, each a mix of those that came. */
struct fray_pre_aggregation_ops {
  bool uses_f;
  bool needs_no_pairs; /* it looks at lengths alone, and each row of its matrix at one update */
  /** How many it makes of n; NULL: as many. */
  size_t (*leaves)(const void *params, size_t n);
  /** matrix (leaves, n): row k has the weights of the k-th, zeros so far. */
  enum fray_status (*mix)(const void *params, const struct fray_judged *of, double *matrix,
                          struct fray_arena *scratch, struct fray_err *err);
};

extern const struct fray_choices fray_rules;            /* rules.def */
extern const struct fray_choices fray_pre_aggregations; /* pre_aggregations.def */

/** How many of the updates look as if they lied: those whose median squared distance to the others
 *  lies above the median of all these by more than 3 standard deviations, taken as 1.4826 times
 *  their median absolute deviation (Leys et al. 2013, J. Exp. Soc. Psychol. 49, 764); at most
 *  `most`. scratch (2 n). */
size_t fray_count_outliers(const struct fray_judged *of, size_t most, double *scratch);

#endif
