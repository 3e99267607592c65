/* What a scenario says of damage at test: the conditions of `tests`, and the seed that draws it. */
#ifndef FRAY_RESULTS_READ_TESTS_H
#define FRAY_RESULTS_READ_TESTS_H

#include "fray/corrupt/corrupt.h"

/** A key of a condition that says how strong one of its entries is, or that the test varies. */
struct fray_condition_key {
  size_t entry;
  const char *key;
  double value;
  bool swept;
};
/** One condition of `tests:`: entries that act one after another, at one point of the keys that the
 *  test varies. */
struct fray_condition {
  const char
      *name; /* of the test; if it varies several keys, with their values: "T rate=1 sigma=0.1" */
  const char *test;      /* the test: its name in `tests`; of one with `each` NAME/VALUE */
  const char *of;        /* its name in `tests` */
  const char *parameter; /* the key whose value is the severity; NULL: none */
  const char *where;     /* FILE:LINE, for messages */
  double severity;       /* NaN without one */
  size_t n_entries;
  const struct fray_corruption_config **entry; /* (n_entries) */
  size_t n_keys;
  struct fray_condition_key *key; /* (n_keys) by entry */
};

/** What an entry of a test says of `who.each`: a group, whose values nobody has put in yet, or a
 * map from it to its values; NULL: nothing. */
const struct fray_node *fray_test_each(const struct fray_node *entry);
/** Conditions of a filled `tests` map, in its order; names refer to the node. A test with `each`
 * has them for one value after another; while its values are not known it is read as one condition
 * of everyone. Memory from arena; scratch is as it was afterwards. INPUT with place and key for
 * what is no test. */
enum fray_status fray_read_tests(const struct fray_node *tests, struct fray_arena *arena,
                                 struct fray_arena *scratch, struct fray_condition **out, size_t *n,
                                 struct fray_err *err);
/** The seed that damage was drawn from in the trial of a seed, by `seeds` of a stored scenario;
 * false where that says nothing that can be read. */
bool fray_corruption_seed(const struct fray_node *scenario, uint64_t trial, uint64_t *seed);

#endif
