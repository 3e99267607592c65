/* Proposals: recipes drawn, crossed and changed, in place of the language model that writes prompts
 * in FLIRT. Small changes of one parameter are the most frequent ones, as a score that a recipe has
 * is worth little to one that is quite different. */
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/instrument/redteam.h"

#include <math.h>
#include <stdio.h>

static const double CROSS = 0.3, MOVE = 0.6, ADD = 0.2; /* the rest of changes: an entry dropped */
static const double STEP = 0.15;                        /* of the range, x N(0, 1) */

/* Each strategy has draws of its own: with those of another it would begin alike. */
struct fray_rng fray_red_stream(uint64_t seed, const struct fray_choice *strategy,
                                uint64_t search_seed, uint64_t step) {
  char purpose[96];
  snprintf(purpose, sizeof purpose, "redteam/%s", strategy->name);
  return fray_rng_for(seed, purpose, search_seed, step, 0);
}

/* Uniform on what the limits left. */
static double drawn(const struct fray_red_kind *kind, size_t k, struct fray_rng *rng) {
  return kind->low[k] + fray_rng_uniform(rng) * (kind->high[k] - kind->low[k]);
}

/* Of the entry of a kind; n: there is none. */
static size_t place_of(const struct fray_red_recipe *recipe, size_t kind) {
  size_t i = 0;
  while (i < recipe->n && recipe->entry[i].kind != kind)
    i++;
  return i;
}

struct fray_red_entry fray_red_entry_of(const struct fray_red_space *space, size_t kind,
                                        struct fray_rng *rng) {
  struct fray_red_entry out = {.kind = kind};
  for (size_t k = 0; k < space->kind[kind].n; k++)
    out.value[k] = drawn(&space->kind[kind], k, rng);
  return out;
}

/* Kinds that are there already are drawn again, which leaves the others as likely as each other. */
void fray_red_draw(const struct fray_red_space *space, struct fray_rng *rng,
                   struct fray_red_recipe *out) {
  const size_t n = 1 + (size_t)fray_rng_below(rng, FRAY_MIN(space->most, space->n_kinds));
  out->n = 0;
  while (out->n < n) {
    const size_t kind = (size_t)fray_rng_below(rng, space->n_kinds);
    if (place_of(out, kind) < out->n)
      continue;
    const struct fray_red_entry entry = fray_red_entry_of(space, kind, rng);
    out->entry[out->n++] = entry;
  }
}

/* ---- changes ---- */

/* Shuffled, so that neither parent's entry of a kind that both have is preferred, and that the
 * order in which entries act is searched too. */
static void cross(const struct fray_red_space *space, const struct fray_red_recipe *a,
                  const struct fray_red_recipe *b, struct fray_rng *rng,
                  struct fray_red_recipe *out) {
  uint32_t order[2 * FRAY_RED_MOST];
  const size_t n = a->n + b->n;
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  fray_rng_shuffle(rng, order, n);
  out->n = 0;
  for (size_t i = 0; i < n && out->n < space->most; i++) {
    const struct fray_red_entry *entry =
        order[i] < a->n ? &a->entry[order[i]] : &b->entry[order[i] - a->n];
    if (place_of(out, entry->kind) == out->n)
      out->entry[out->n++] = *entry;
  }
}

/* A range of one value leaves nothing to move. */
static bool can_move(const struct fray_red_kind *kind, size_t k) {
  return kind->high[k] > kind->low[k];
}

/* Parameters of all entries that can move are as likely as each other. False: there are none. */
static bool move(const struct fray_red_space *space, struct fray_rng *rng,
                 struct fray_red_recipe *recipe) {
  double *place[FRAY_RED_MOST * FRAY_RED_PARAMETERS];
  double low[FRAY_COUNT(place)], high[FRAY_COUNT(place)];
  size_t total = 0;
  for (size_t e = 0; e < recipe->n; e++) {
    const struct fray_red_kind *kind = &space->kind[recipe->entry[e].kind];
    for (size_t k = 0; k < kind->n; k++)
      if (can_move(kind, k)) {
        low[total] = kind->low[k];
        high[total] = kind->high[k];
        place[total++] = &recipe->entry[e].value[k];
      }
  }
  if (total == 0)
    return false;
  const size_t i = (size_t)fray_rng_below(rng, total);
  const double value = *place[i] + STEP * (high[i] - low[i]) * fray_rng_normal(rng);
  *place[i] = FRAY_MIN(FRAY_MAX(value, low[i]), high[i]);
  return true;
}

/* A kind that is there is drawn anew in its place: no recipe holds one twice. */
static void add(const struct fray_red_space *space, struct fray_rng *rng,
                struct fray_red_recipe *recipe) {
  const size_t kind = (size_t)fray_rng_below(rng, space->n_kinds);
  const struct fray_red_entry entry = fray_red_entry_of(space, kind, rng);
  size_t at = place_of(recipe, kind);
  if (at == recipe->n && recipe->n >= space->most)
    at = (size_t)fray_rng_below(rng, recipe->n);
  else if (at == recipe->n)
    recipe->n++;
  recipe->entry[at] = entry;
}

/* Entries act in order, so the others keep theirs. */
static void drop(const struct fray_red_space *space, struct fray_rng *rng,
                 struct fray_red_recipe *recipe) {
  if (recipe->n == 1) {
    recipe->entry[0] = fray_red_entry_of(space, (size_t)fray_rng_below(rng, space->n_kinds), rng);
    return;
  }
  recipe->n--;
  for (size_t i = (size_t)fray_rng_below(rng, recipe->n + 1); i < recipe->n; i++)
    recipe->entry[i] = recipe->entry[i + 1];
}

/* Draws in a fixed order: parent, crossing, change. */
void fray_red_propose(const struct fray_red_space *space, const struct fray_red_recipe *const *pool,
                      size_t n, struct fray_rng *rng, struct fray_red_recipe *out,
                      size_t parent[2]) {
  parent[0] = (size_t)fray_rng_below(rng, n);
  parent[1] = FRAY_RED_NONE;
  *out = *pool[parent[0]];
  if (n > 1 && fray_rng_uniform(rng) < CROSS) {
    parent[1] = (size_t)fray_rng_below(rng, n - 1);
    parent[1] += parent[1] >= parent[0]; /* another one */
    cross(space, pool[parent[0]], pool[parent[1]], rng, out);
  }
  const double change = fray_rng_uniform(rng);
  if (change >= MOVE + ADD)
    drop(space, rng, out);
  else if (change >= MOVE || !move(space, rng, out))
    add(space, rng, out);
}

/* ---- to begin with ---- */

/* Kinds in an order that is drawn; of each round over the categories the first of each that is
 * left. Categories are few, so that the order of their numbers is drawn with the kinds'. */
enum fray_status fray_red_seeds(const struct fray_red_space *space, struct fray_rng *rng, size_t n,
                                struct fray_arena *arena, struct fray_red_recipe *out,
                                struct fray_err *err) {
  uint32_t *order;
  size_t *round;
  size_t made = 0;
  FRAY_ALLOC(order, arena, space->n_kinds, err);
  FRAY_ALLOC_ZERO(round, arena, space->n_kinds, err);
  for (size_t i = 0; i < space->n_kinds; i++)
    order[i] = (uint32_t)i;
  fray_rng_shuffle(rng, order, space->n_kinds);
  /* How many of its category stand before a kind: the round that it is of. */
  for (size_t i = 0; i < space->n_kinds; i++)
    for (size_t j = 0; j < i; j++)
      round[i] += space->kind[order[i]].category == space->kind[order[j]].category;
  while (made < n)
    for (size_t r = 0; r < space->n_kinds; r++)
      for (size_t i = 0; i < space->n_kinds && made < n; i++) {
        if (round[i] != r)
          continue;
        const struct fray_red_kind *kind = &space->kind[order[i]];
        struct fray_red_entry entry = fray_red_entry_of(space, order[i], rng);
        for (size_t k = 0; k < kind->n; k++)
          if (!isnan(kind->start[k]))
            entry.value[k] = kind->start[k];
        out[made++] = (struct fray_red_recipe){.n = 1, .entry = {entry}};
      }
  return FRAY_OK;
}

/* Of a parameter that cannot move the place is 0. */
static double part(const struct fray_red_space *space, const struct fray_red_entry *entry,
                   size_t k) {
  const struct fray_red_kind *kind = &space->kind[entry->kind];
  const double range = kind->high[k] - kind->low[k];
  return range > 0 ? (entry->value[k] - kind->low[k]) / range : 0;
}

/* Inner product of the vectors of two recipes; kinds that only one has give nothing. */
static double product(const struct fray_red_space *space, const struct fray_red_recipe *a,
                      const struct fray_red_recipe *b) {
  double sum = 0;
  for (size_t i = 0; i < a->n; i++) {
    const size_t j = place_of(b, a->entry[i].kind);
    if (j == b->n)
      continue;
    sum += 1;
    for (size_t k = 0; k < space->kind[a->entry[i].kind].n; k++)
      sum += part(space, &a->entry[i], k) * part(space, &b->entry[j], k);
  }
  return sum;
}

double fray_red_dissimilarity(const struct fray_red_space *space, const struct fray_red_recipe *a,
                              const struct fray_red_recipe *b) {
  const double cosine = product(space, a, b) / sqrt(product(space, a, a) * product(space, b, b));
  return FRAY_MAX(1 - cosine, 0.0); /* of equal ones rounding may give less */
}
