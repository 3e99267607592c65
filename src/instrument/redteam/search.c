/* A search: seeds first, then one proposal after the other, each from the pool as it was told.
 *
 * What asks the model stands outside, so that many searches may go on side by side, and their
 * candidates be dealt to ranks in an order that does not depend on how many there are. */
#include "fray/base/size.h"
#include "fray/instrument/redteam.h"

#include <math.h>

/* By what was tried, also after it left the pool: the merit of a pool asks for a candidate that is
 * not in it yet. */
static double apart(const void *user, size_t a, size_t b) {
  const struct fray_red_search *s = user;
  return fray_red_dissimilarity(s->space, &s->trial[a].recipe, &s->trial[b].recipe);
}

/* Before anything is drawn, so that no loop below needs to end by luck. */
static enum fray_status check(const struct fray_red_search *s, size_t n, struct fray_err *err) {
  const struct fray_red_space *space = s->space;
  FRAY_CHECK(space->n_kinds > 0, err, INPUT, "no kind of damage is left by the limits");
  FRAY_CHECK(space->most >= 1 && space->most <= FRAY_RED_MOST, err, INPUT,
             "most: %zu entries a recipe; 1 to %d", space->most, FRAY_RED_MOST);
  for (size_t i = 0; i < space->n_kinds; i++)
    for (size_t k = 0; k < space->kind[i].n; k++)
      FRAY_CHECK(isfinite(space->kind[i].low[k]) && isfinite(space->kind[i].high[k]) &&
                     space->kind[i].low[k] <= space->kind[i].high[k],
                 err, INPUT, "%s: %g to %g is no range", space->kind[i].name, space->kind[i].low[k],
                 space->kind[i].high[k]);
  FRAY_CHECK(!s->listed || n == s->budget, err, INPUT, "budget: %zu recipes of a list of %zu",
             s->budget, n);
  /* There is no pool whose size could be wrong. */
  if (s->listed)
    return FRAY_OK;
  FRAY_CHECK(n >= 1 && n <= FRAY_RED_POOL, err, INPUT, "pool: %zu recipes; 1 to %d", n,
             FRAY_RED_POOL);
  FRAY_CHECK(s->budget / 2 >= n, err, INPUT,
             "budget: %zu recipes; a pool of %zu asks for at least %zu", s->budget, n, 2 * n);
  return FRAY_OK;
}

/* Room for all trials at once: candidates are looked at by whoever asks for the next ones. */
enum fray_status fray_red_begin(struct fray_red_search *search, const struct fray_red_recipe *seeds,
                                size_t n, struct fray_arena *arena, struct fray_err *err) {
  FRAY_TRY(check(search, n, err));
  FRAY_ALLOC_ZERO(search->trial, arena, search->budget, err);
  search->n_seeds = n;
  search->asked = search->told = search->n_deflected = 0;
  search->chain = FRAY_RED_NONE;
  if (search->guarded)
    FRAY_ALLOC(search->deflected, arena, search->budget, err);
  search->pool = (struct fray_red_pool){.dissimilar = apart, .user = search};
  for (size_t i = 0; i < n; i++)
    search->trial[i].recipe = seeds[i];
  return FRAY_OK;
}

/* Parents are told by the numbers of their trials: the pool changes, and those stay. */
static void propose(struct fray_red_search *s, struct fray_red_trial *trial) {
  const struct fray_red_recipe *recipe[FRAY_RED_POOL];
  const struct fray_red_strategy_ops *ops = s->strategy->impl;
  struct fray_rng rng = fray_red_stream(s->seed, s->strategy, s->search_seed, s->asked);
  if (ops->fresh) {
    fray_red_draw(s->space, &rng, &trial->recipe);
    return;
  }
  if (fray_red_retries(s)) {
    fray_red_retry(s, &rng, trial);
    return;
  }
  for (size_t i = 0; i < s->pool.n; i++)
    recipe[i] = &s->trial[s->pool.member[i].id].recipe;
  fray_red_propose(s->space, recipe, s->pool.n, &rng, &trial->recipe, trial->parent);
  for (size_t k = 0; k < 2; k++)
    if (trial->parent[k] != FRAY_RED_NONE)
      trial->parent[k] = s->pool.member[trial->parent[k]].id;
}

const struct fray_red_trial *fray_red_ask(struct fray_red_search *search) {
  const struct fray_red_strategy_ops *ops = search->strategy->impl;
  const bool seed = search->asked < search->n_seeds, waits = !seed && !ops->fresh;
  if (search->asked == search->budget || (waits && search->told < search->asked))
    return NULL;
  struct fray_red_trial *trial = &search->trial[search->asked];
  trial->parent[0] = trial->parent[1] = FRAY_RED_NONE;
  trial->origin = FRAY_RED_NONE;
  trial->score = trial->bypass = NAN;
  if (!seed)
    propose(search, trial);
  search->asked++;
  return trial;
}

void fray_red_tell(struct fray_red_search *search, double score, bool success) {
  fray_red_tell_guarded(search, score, success, false, NAN);
}

/* Seeds fill the pool whatever came of them, as those that somebody gave do in FLIRT. */
void fray_red_tell_guarded(struct fray_red_search *search, double score, bool success,
                           bool deflected, double bypass) {
  const struct fray_red_member member = {search->told, score};
  struct fray_red_trial *trial = &search->trial[member.id];
  trial->score = score;
  trial->success = success && !isnan(score);
  trial->deflected = deflected;
  trial->bypass = bypass;
  search->told++;
  fray_red_retried(search, member.id);
  if (search->listed)
    return;
  if (member.id < search->n_seeds) {
    search->pool.member[search->pool.n++] = member;
    if (search->told == search->n_seeds)
      fray_red_pool_begin(&search->pool);
    return;
  }
  if (trial->origin == FRAY_RED_NONE || trial->kept)
    fray_red_take(search->strategy, &search->pool, &member, trial->success);
}
