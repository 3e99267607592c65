/* Folds: who is tested together. Each client (or each value of a group) is in one fold, so that a
 * study which sweeps the fold tests everybody once, by a model that has not seen them. */
#include "fold_column.h"

#include "split_draws.h"

#include "fray/base/hash.h"
#include "fray/base/rng.h"
#include "fray/base/text.h"
#include "import/table/natural_names.h"

#include <string.h>

static const char fold_name[] = "fold";

/* What lies whole in a fold: names in natural order, and each sample's. */
struct unit {
  const char **name;
  size_t n;
  uint32_t *of;      /* (samples) */
  uint32_t *stratum; /* (n) */
  uint32_t *fold;    /* (n) */
};

static enum fray_status find_group(const struct set *set, const char *of, size_t *g,
                                   struct fray_err *err) {
  char list[700];
  for (*g = 0; *g < set->n_groups; (*g)++)
    if (strcmp(set->group[*g], of) == 0)
      return FRAY_OK;
  return fray_fail(
      err, FRAY_INPUT, "%s: folds.of: \"%s\" is neither client nor one of `groups`; %s",
      set->source.yaml, of, fray_there_are(of, set->group, set->n_groups, list, sizeof list));
}

/* Natural order, so that the shuffle starts from the same order whatever file came first. */
static enum fray_status list_units(const struct set *set, struct unit *u, struct fray_err *err) {
  const char **text;
  bool clients = strcmp(set->config.folds.of, "client") == 0;
  size_t g = 0;
  if (!clients)
    FRAY_TRY(find_group(set, set->config.folds.of, &g, err));
  FRAY_ALLOC(text, set->source.arena, set->n, err);
  FRAY_ALLOC(u->of, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    text[i] = clients ? set->sample[i].client : set->sample[i].group[g];
  FRAY_TRY(fray_names_unique(text, set->n, set->source.arena, &u->name, &u->n, err));
  for (size_t i = 0; i < set->n; i++)
    u->of[i] = (uint32_t)fray_names_find(u->name, u->n, text[i]);
  FRAY_ALLOC(u->fold, set->source.arena, u->n, err);
  FRAY_ALLOC(u->stratum, set->source.arena, u->n, err);
  return FRAY_OK;
}

static enum fray_status find_strata(const struct set *set, struct unit *u, struct strata *strata,
                                    struct fray_err *err) {
  char where[512];
  FRAY_TRY(fray_strata_find(set, "folds", set->config.folds.stratify, strata, err));
  /* Not known yet; strata are fewer than samples, so the largest number is free. */
  for (size_t k = 0; k < u->n; k++)
    u->stratum[k] = UINT32_MAX;
  for (size_t i = 0; i < set->n; i++) {
    uint32_t stratum = strata->of ? strata->of[i] : 0, *known = &u->stratum[u->of[i]];
    FRAY_CHECK(*known == UINT32_MAX || *known == stratum, err, INPUT,
               "%s: folds.stratify: \"%.200s\" has samples of \"%.200s\" and of \"%.200s\"; what "
               "lies whole in a fold has one",
               fray_sample_where(&set->sample[i], where), u->name[u->of[i]], strata->name[*known],
               strata->name[stratum]);
    *known = stratum;
  }
  return FRAY_OK;
}

/* Dealt round and round, on from stratum to stratum: folds differ by one at most. */
static enum fray_status deal(const struct set *set, const struct strata *strata, struct unit *u,
                             struct fray_err *err) {
  uint32_t *order;
  size_t dealt = 0, k = (size_t)set->config.folds.k;
  FRAY_ALLOC(order, set->source.arena, u->n, err);
  for (size_t s = 0; s < strata->n; s++) {
    size_t n = 0;
    for (size_t c = 0; c < u->n; c++)
      if (u->stratum[c] == s)
        order[n++] = (uint32_t)c;
    struct fray_rng rng = fray_rng_for((uint64_t)set->config.seed, "import/folds", 0, 0,
                                       strata->of ? fray_hash_text(strata->name[s]) : 0);
    fray_rng_shuffle(&rng, order, n);
    for (size_t c = 0; c < n; c++)
      u->fold[order[c]] = (uint32_t)(dealt++ % k);
  }
  return FRAY_OK;
}

/* Groups of a sample lie in arrays of their own, which have no room for one more. */
static enum fray_status add_group(struct set *set, const struct unit *u, struct fray_err *err) {
  const char **name, **group;
  size_t n = set->n_groups, k = (size_t)set->config.folds.k;
  FRAY_ALLOC(name, set->source.arena, k, err);
  FRAY_ALLOC(group, set->source.arena, set->n * (n + 1), err);
  /* Every fold has a name, dealt or not: values of a group are those that occur. */
  for (size_t f = 0; f < k; f++) {
    name[f] = fray_arena_printf(set->source.arena, "%zu", f);
    FRAY_CHECK(name[f], err, MEMORY, "out of memory");
  }
  for (size_t i = 0; i < set->n; i++) {
    const char **own = group + i * (n + 1);
    if (n)
      memcpy(own, set->sample[i].group, n * sizeof *own);
    /* As text, like the values of every group. */
    own[n] = name[u->fold[u->of[i]]];
    set->sample[i].group = own;
  }
  set->group[set->n_groups++] = fold_name;
  return FRAY_OK;
}

enum fray_status fray_folds_draw(struct set *set, struct fray_err *err) {
  const struct folds_config *c = &set->config.folds;
  struct unit unit;
  struct strata strata;
  if (c->k == INT64_MIN)
    return FRAY_OK;
  /* A group of that name would be two columns of one name in the shards, of which readers take one
   * or the other. */
  for (size_t g = 0; g < set->n_groups; g++)
    FRAY_CHECK(strcmp(set->group[g], fold_name) != 0, err, INPUT,
               "%s: folds: there is a group `%s` already", set->source.yaml, fold_name);
  FRAY_CHECK(set->n_groups < FRAY_IMPORT_GROUPS, err, INPUT, "%s: folds: more than %d groups",
             set->source.yaml, FRAY_IMPORT_GROUPS);
  FRAY_TRY(list_units(set, &unit, err));
  FRAY_TRY(fray_stretches_whole(set, unit.of, "folds", "of", err));
  FRAY_CHECK((size_t)c->k <= unit.n, err, INPUT, "%s: folds.k: %s of %s", set->source.yaml,
             FRAY_N((size_t)c->k, "fold"),
             FRAY_N(unit.n, strcmp(c->of, "client") == 0 ? "client" : "value"));
  FRAY_TRY(find_strata(set, &unit, &strata, err));
  FRAY_TRY(deal(set, &strata, &unit, err));
  return add_group(set, &unit, err);
}
