/* Deflected recipes: most answers that they bring about are refused by a guard. What is wrong with
 * them is not the weakness that they found but that they are seen, so they are tried again in
 * another shape: weaker, by another way in, or with one thing more.
 *
 * Whether a shape is better is told by what gets past the guard, and not by how much it breaks. */
#include "fray/base/size.h"
#include "fray/instrument/redteam.h"

#include <math.h>

enum { EVERY = 3 };                  /* of so many steps one is spent here */
static const double WEAKER = 1 / 5.; /* of the way to no damage */
enum { LINKS = 10 }; /* after which a tenth of a strength is left, and it is given up */

/* The last one of each round of steps, so that there is something to try again when it comes. */
bool fray_red_retries(const struct fray_red_search *s) {
  return s->guarded && s->n_deflected > 0 && (s->asked - s->n_seeds) % EVERY == EVERY - 1;
}

/* Beside the strength nothing is touched: what else a kind has does not make it stronger or weaker.
 */
static void weaken(const struct fray_red_space *space, struct fray_red_recipe *recipe) {
  for (size_t i = 0; i < recipe->n; i++) {
    const struct fray_red_kind *kind = &space->kind[recipe->entry[i].kind];
    if (kind->n > 0)
      recipe->entry[i].value[0] += WEAKER * (kind->mild - recipe->entry[i].value[0]);
  }
}

/* No recipe holds a kind twice. */
static bool holds(const struct fray_red_recipe *recipe, size_t kind) {
  for (size_t i = 0; i < recipe->n; i++)
    if (recipe->entry[i].kind == kind)
      return true;
  return false;
}

/* How strong a value is among those that the limits left, 0 to 1. */
static double share_of(const struct fray_red_kind *kind, double value) {
  const double far = fmax(fabs(kind->high[0] - kind->mild), fabs(kind->low[0] - kind->mild));
  return far > 0 ? fabs(value - kind->mild) / far : 0;
}

/* Away from no damage, on the side where there is more room. */
static double strength_of(const struct fray_red_kind *kind, double share) {
  const double up = kind->high[0] - kind->mild, down = kind->mild - kind->low[0];
  return kind->mild + share * (up >= down ? up : -down);
}

/* One entry becomes one of the same category in another modality, as strong as it was. False: no
 * kind is such. */
static bool move_over(const struct fray_red_space *space, struct fray_rng *rng,
                      struct fray_red_recipe *recipe) {
  const size_t at = (size_t)fray_rng_below(rng, recipe->n);
  struct fray_red_entry *entry = &recipe->entry[at];
  const struct fray_red_kind *from = &space->kind[entry->kind];
  size_t n = 0;
  for (int pass = 0; pass < 2; pass++) {
    /* Counted first, then the one that was drawn is looked for. */
    size_t left = pass && n > 0 ? (size_t)fray_rng_below(rng, n) : 0;
    for (size_t k = 0; k < space->n_kinds; k++) {
      const struct fray_red_kind *to = &space->kind[k];
      if (to->category != from->category || to->modality == from->modality || holds(recipe, k))
        continue;
      if (!pass) {
        n++;
        continue;
      }
      if (left-- > 0)
        continue;
      const double share = from->n > 0 ? share_of(from, entry->value[0]) : 1;
      *entry = fray_red_entry_of(space, k, rng);
      if (to->n > 0)
        entry->value[0] = strength_of(to, share);
      return true;
    }
  }
  return false;
}

/* Of a kind that is not there yet. False: it is full, or has them all. */
static bool widen(const struct fray_red_space *space, struct fray_rng *rng,
                  struct fray_red_recipe *recipe) {
  if (recipe->n >= space->most || recipe->n >= space->n_kinds)
    return false;
  size_t kind;
  do
    kind = (size_t)fray_rng_below(rng, space->n_kinds);
  while (holds(recipe, kind));
  recipe->entry[recipe->n++] = fray_red_entry_of(space, kind, rng);
  return true;
}

/* A chain of weaker ones goes on until half of its answers are given; then another is drawn. Where
 * a shape cannot be had there is always a weaker one. */
void fray_red_retry(struct fray_red_search *s, struct fray_rng *rng, struct fray_red_trial *trial) {
  const bool goes_on = s->chain != FRAY_RED_NONE;
  const size_t of = goes_on ? s->chain : s->deflected[fray_rng_below(rng, s->n_deflected)];
  const struct fray_red_trial *from = &s->trial[of];
  trial->parent[0] = of;
  trial->origin = goes_on ? from->origin : of;
  trial->recipe = from->recipe;
  trial->links = goes_on ? from->links + 1 : 1;
  trial->shape =
      goes_on ? FRAY_RED_WEAKER : FRAY_RED_WEAKER + (enum fray_red_shape)fray_rng_below(rng, 3);
  if (trial->shape == FRAY_RED_MOVED && !move_over(s->space, rng, &trial->recipe))
    trial->shape = FRAY_RED_WIDENED;
  if (trial->shape == FRAY_RED_WIDENED && !widen(s->space, rng, &trial->recipe))
    trial->shape = FRAY_RED_WEAKER;
  if (trial->shape == FRAY_RED_WEAKER)
    weaken(s->space, &trial->recipe);
}

/* What came of a trial, which is told already. One that is better takes the place of what it was
 * made of, or, where it is not deflected any more, leaves none. */
void fray_red_retried(struct fray_red_search *s, size_t id) {
  struct fray_red_trial *trial = &s->trial[id];
  if (!s->guarded)
    return;
  if (trial->origin == FRAY_RED_NONE) {
    if (trial->deflected)
      s->deflected[s->n_deflected++] = id;
    return;
  }
  s->chain = FRAY_RED_NONE;
  if (trial->shape == FRAY_RED_WEAKER && trial->deflected && trial->links < LINKS) {
    s->chain = id;
    return;
  }
  trial->kept = trial->bypass > s->trial[trial->origin].bypass; /* NaN: over a limit */
  for (size_t i = 0; trial->kept && i < s->n_deflected; i++)
    if (s->deflected[i] == trial->origin) {
      if (trial->deflected)
        s->deflected[i] = id;
      else
        s->deflected[i] = s->deflected[--s->n_deflected];
      return;
    }
}
