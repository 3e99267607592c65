/* Traits of samples: what is known of them apart from what they are. Groups are said in traits, so
 * that whoever meets a new sample knows whether it is one of them; a label is no trait. */
#ifndef FRAY_METRIC_TRAITS_H
#define FRAY_METRIC_TRAITS_H

#include "fray/base/text.h"
#include "fray/schema/node.h"

#include <stdbool.h>
#include <stdint.h>

/** A category, or a number. */
struct fray_trait {
  const char *name; /* "accent", "said", "present.audio", "disagreement", "audio.loudness" */
  size_t n_values;  /* 0: a number */
  const char *const *value; /* (n_values) */
};
/** Traits of n samples. Borrowed. */
struct fray_traits {
  size_t n, n_traits;
  const struct fray_trait *trait; /* (n_traits) */
  const double *x; /* (n_traits, n) the code of a category, or a number; NaN: it has none */
};

/** One trait in a range, or among values. */
struct fray_term {
  size_t trait;
  double low, high;     /* low <= x <= high; what has no number counts as the least there is */
  const uint8_t *takes; /* (n_values) of a category, whose range is not looked at; else NULL */
};
/** All terms must hold; of none all samples are. */
struct fray_group_rule {
  size_t n;
  struct fray_term *term; /* (n) */
};

bool fray_term_holds(const struct fray_term *term, double x);
/** member (n): 0 or 1. */
void fray_group_members(const struct fray_traits *traits, const struct fray_group_rule *rule,
                        uint8_t *member);

/** Reads a group: a list of maps, or a map, TRAIT: VALUE or [VALUES] of a category, [LOW, HIGH] of
 *  a number, null where open. `present: {audio: false}` is the trait present.audio; a name without
 * its part before the dot will do where that is one trait. traits: x is not looked at. where: for
 * messages. Arena memory. INPUT: the label, an unknown trait or value, an empty range. */
enum fray_status fray_group_read(const struct fray_node *node, const char *where,
                                 const struct fray_traits *traits, struct fray_arena *arena,
                                 struct fray_group_rule *out, struct fray_err *err);
/** The same as a flow of YAML that reads back equal. */
void fray_group_write(const struct fray_group_rule *rule, const struct fray_traits *traits,
                      struct fray_text *out);

#endif
