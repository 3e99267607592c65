/* Seeds: which trials a cell has, and what their partition and corruption draws depend on.
 *
 * Three seeds and not one, since it is a question of its own what varies: the training, who holds
 * which data, or what is damaged. */
#include "scenario.h"

#include "fray/base/hash.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIXED_SEED = 0 };

/* Negative ones are refused rather than taken as large: both spellings would be one seed. */
static enum fray_status read_seed(const struct fray_node *node, uint64_t *seed,
                                  struct fray_err *err) {
  long long value;
  char where[256];
  fray_node_where(node, where);
  FRAY_CHECK(fray_node_int(node, &value) && value >= 0, err, INPUT,
             "%s: seeds: '%s' is no seed (a whole number from 0 to 9223372036854775807)", where,
             node->kind == FRAY_NODE_SCALAR ? node->scalar : "a list or map");
  *seed = (uint64_t)value;
  return FRAY_OK;
}

/* A seed that stands twice would be one trial that counts twice in every interval. */
static enum fray_status check_distinct(const struct fray_node *list, const struct fray_trial *trial,
                                       struct fray_err *err) {
  char where[256];
  size_t first = 0, again = 0;
  struct fray_hash128 *seed = malloc(list->n * sizeof *seed);
  FRAY_CHECK(seed, err, MEMORY, "out of memory");
  for (size_t i = 0; i < list->n; i++)
    seed[i] = (struct fray_hash128){.low = trial[i].seed};
  enum fray_status status = fray_hash128_twice(seed, list->n, &first, &again, err);
  free(seed);
  FRAY_TRY(status);
  FRAY_CHECK(again == list->n, err, INPUT, "%s: seeds: %llu stands twice",
             fray_node_where(list, where), (unsigned long long)trial[first].seed);
  return FRAY_OK;
}

/* A bare number is refused, since `seeds: 5` means five seeds to some and the seed 5 to others. */
static enum fray_status read_list(const struct fray_node *list, struct fray_arena *arena,
                                  struct fray_trial **trial, size_t *n, struct fray_err *err) {
  char where[256];
  double number;
  fray_node_where(list, where);
  FRAY_CHECK(list->kind != FRAY_NODE_SCALAR || fray_node_real(list, &number), err, INPUT,
             "%s: seeds: '%.40s' is a text, a list is expected, as [1, 2, 3]", where, list->scalar);
  FRAY_CHECK(list->kind != FRAY_NODE_SCALAR, err, INPUT,
             "%s: seeds: %.40s is one value, a list is expected: [%.40s] for that one seed, or "
             "`repeats: N` instead of `seeds` for the seeds 1 to N",
             where, list->scalar, list->scalar);
  FRAY_CHECK(list->kind == FRAY_NODE_LIST && list->n > 0, err, INPUT,
             "%s: seeds: a list of at least one seed is expected", where);
  FRAY_ALLOC_ZERO(*trial, arena, list->n, err);
  *n = 0;
  for (const struct fray_node *node = list->child; node; node = node->next)
    FRAY_TRY(read_seed(node, &(*trial)[(*n)++].seed, err));
  return check_distinct(list, *trial, err);
}

/* fixed: one for all trials; per_trial: the trial's own; a number: that one. A rule that is not
 * given leaves per_trial as the caller's default. */
static enum fray_status read_rule(const struct fray_node *rule, bool per_trial, uint64_t trial,
                                  uint64_t *seed, struct fray_err *err) {
  bool text = rule && rule->kind == FRAY_NODE_SCALAR;
  if (text && strcmp(rule->scalar, "fixed") == 0)
    per_trial = false;
  else if (text && strcmp(rule->scalar, "per_trial") == 0)
    per_trial = true;
  else if (rule)
    return read_seed(rule, seed, err);
  *seed = per_trial ? trial : FIXED_SEED;
  return FRAY_OK;
}

/* Of the three kinds of seeds and nothing else; a misspelt one would silently be fixed or drawn. */
static enum fray_status check_keys(const struct fray_node *seeds, struct fray_err *err) {
  static const char *const known[] = {"trial", "partition", "corruption"};
  char where[256], list[256];
  for (const struct fray_node *key = seeds->child; key; key = key->next) {
    bool good = false;
    for (size_t i = 0; i < 3; i++)
      good = good || strcmp(key->key, known[i]) == 0;
    FRAY_CHECK(good, err, INPUT, "%s: seeds: unknown key '%s'; %s", fray_node_where(key, where),
               key->key, fray_there_are(key->key, known, 3, list, sizeof list));
  }
  return FRAY_OK;
}

/* From 1, so that seeds that were counted and seeds that were written can be the same. */
static enum fray_status count_up(int64_t repeats, struct fray_arena *arena,
                                 struct fray_trial **trial, size_t *n, struct fray_err *err) {
  *n = repeats == INT64_MIN ? 1 : (size_t)repeats;
  FRAY_ALLOC_ZERO(*trial, arena, *n, err);
  for (size_t i = 0; i < *n; i++)
    (*trial)[i].seed = i + 1;
  return FRAY_OK;
}

/* Each of the three seeds may be fixed, per trial, or a list of its own: what varies together is
 * for the scenario to say. By default who holds what stays the same from trial to trial and damage
 * is drawn anew. Without either key there is one trial, of seed 1. */
enum fray_status fray_seeds_read(const struct fray_scenario *config, struct fray_arena *arena,
                                 struct fray_trial **trial, size_t *n, struct fray_err *err) {
  const struct fray_node *seeds = config->seeds;
  const struct fray_node *partition = NULL, *corruption = NULL, *list = seeds;
  char where[256];
  if (seeds && seeds->kind == FRAY_NODE_MAP) {
    FRAY_TRY(check_keys(seeds, err));
    list = fray_node_get(seeds, "trial");
    partition = fray_node_get(seeds, "partition");
    corruption = fray_node_get(seeds, "corruption");
  }
  bool listed = list && list->kind != FRAY_NODE_NULL;
  FRAY_CHECK(!listed || config->repeats == INT64_MIN, err, INPUT,
             "%s: give `seeds` or `repeats`, not both", fray_node_where(list, where));
  if (listed)
    FRAY_TRY(read_list(list, arena, trial, n, err));
  else
    FRAY_TRY(count_up(config->repeats, arena, trial, n, err));
  for (size_t i = 0; i < *n; i++) {
    struct fray_trial *t = &(*trial)[i];
    FRAY_TRY(read_rule(partition, false, t->seed, &t->partition_seed, err));
    FRAY_TRY(read_rule(corruption, true, t->seed, &t->corruption_seed, err));
  }
  return FRAY_OK;
}
