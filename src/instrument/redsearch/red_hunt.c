/* Searches: each strategy at each search seed tries as many recipes as the budget has, all of them
 * from the same beginning.
 *
 * A search that learns goes on from what it was told, so it is dealt to one rank as a whole; of
 * those that learn nothing each recipe is dealt by itself. Candidates are numbered before they are
 * dealt. In the end every rank is told what all have learnt, and goes through all searches again
 * without asking: so what is written hangs on no rank. */
#include "red_parts.h"

#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "fray/fed/exact.h"

#include <math.h>
#include <string.h>

enum { SEEDS_STEP = -1 }; /* the stream of what pools begin with: no step has its number */
enum { TOGETHER = 16 };   /* recipes of a rank after which all see whether anybody must stop */

/* What is told of a recipe, as numbers that ranks can put together; distances follow. */
enum { TOLD_SCORE, TOLD_SUCCESS, TOLD_DEFLECTED, TOLD_BYPASS, TOLD };

/* One search, and what this rank has learnt of it. */
struct course {
  struct fray_red_search search;
  struct red_series *series;
  struct red_record *record; /* (budget) */
  bool fresh;                /* it learns nothing */
  size_t width;              /* numbers told of one recipe */
  double *told;              /* (budget, width) 0 of what others ask */
  uint8_t **failed;          /* (budget) (samples) of successes; NULL */
};
/* A recipe that this rank asks about. */
struct turn {
  struct course *course;
  size_t step;
};
struct hunt {
  struct red_target *target;
  struct red_found *found;
  size_t n; /* searches */
  struct course *course;
  size_t n_turns, most, all; /* of this rank; the most that a rank has; of all ranks */
  struct turn *turn;         /* (n_turns) */
};

/* ---- beginning ---- */

/* What pools begin with does not depend on the strategy, so that all have the same chance. */
static enum fray_status begin(const struct red_found *found, struct course *c,
                              struct fray_err *err) {
  const struct red_file *file = found->file;
  const size_t n = (size_t)file->pool;
  struct fray_red_search *search = &c->search;
  struct fray_red_recipe *seeds;
  *search = (struct fray_red_search){.space = &found->space->space,
                                     .strategy = file->strategy[c->series->strategy],
                                     .seed = (uint64_t)file->seed,
                                     .search_seed = c->series->search_seed,
                                     .budget = (size_t)file->budget,
                                     .guarded = found->target->gate &&
                                                !found->target->quest.goal->refusals,
                                     .listed = found->sweep.of != RED_SEARCH};
  if (search->listed)
    return fray_red_begin(search, found->sweep.recipe, found->sweep.n, found->arena, err);
  struct fray_rng rng = fray_red_stream(search->seed, fray_red_strategies.v[0], search->search_seed,
                                        (uint64_t)SEEDS_STEP);
  FRAY_ALLOC(seeds, found->arena, n, err);
  FRAY_TRY(fray_red_seeds(search->space, &rng, n, found->arena, seeds, err));
  /* Then what an older pack has comes first, and as many singles fall away. */
  const size_t known = FRAY_MIN(found->older.seeds, n);
  memmove(seeds + known, seeds, (n - known) * sizeof *seeds);
  for (size_t i = 0; i < known; i++)
    seeds[i] = red_older_seed(&found->older, i)->recipe;
  return fray_red_begin(search, seeds, n, found->arena, err);
}

/* Strategy by strategy, each with all its search seeds: tables have this order, and it is that of
 * the list of strategies whatever the order in the file. */
static enum fray_status make_courses(struct hunt *h, struct fray_err *err) {
  struct red_found *found = h->found;
  const struct red_file *file = found->file;
  const size_t budget = (size_t)file->budget, seeds = (size_t)file->search_seeds;
  h->n = file->n_strategies * seeds;
  FRAY_ALLOC_ZERO(h->course, found->arena, h->n, err);
  FRAY_ALLOC_ZERO(found->series, found->arena, h->n, err);
  FRAY_ALLOC_ZERO(found->record, found->arena, h->n * budget, err);
  for (size_t i = 0; i < h->n; i++) {
    struct course *c = &h->course[i];
    c->series = &found->series[i];
    c->record = found->record + i * budget;
    c->series->strategy = i / seeds;
    c->series->search_seed = 1 + i % seeds;
    c->width = TOLD + found->space->dataset->n_modalities;
    FRAY_ALLOC_ZERO(c->told, found->arena, budget * c->width, err);
    FRAY_ALLOC_ZERO(c->failed, found->arena, budget, err);
    FRAY_TRY(begin(found, c, err));
    c->fresh = ((const struct fray_red_strategy_ops *)c->search.strategy->impl)->fresh;
  }
  found->n_series = h->n;
  found->n_records = h->n * budget;
  return FRAY_OK;
}

/* ---- dealing ---- */

/* The first of several that have as little. */
static size_t least_of(const size_t *load, size_t ranks) {
  size_t least = 0;
  for (size_t r = 1; r < ranks; r++)
    if (load[r] < load[least])
      least = r;
  return least;
}

/* Whole searches first, as the single recipes fill up what those leave uneven. All ranks deal
 * alike. */
static enum fray_status deal(struct hunt *h, struct fray_err *err) {
  const size_t ranks = (size_t)fray_comm_size(h->target->comm);
  const size_t me = (size_t)fray_comm_rank(h->target->comm);
  const size_t budget = (size_t)h->found->file->budget;
  size_t *load;
  FRAY_ALLOC_ZERO(load, h->found->arena, ranks, err);
  FRAY_ALLOC(h->turn, h->found->arena, h->n * budget, err);
  for (int fresh = 0; fresh < 2; fresh++)
    for (size_t i = 0; i < h->n; i++) {
      struct course *c = &h->course[i];
      size_t rank = least_of(load, ranks);
      for (size_t step = 0; c->fresh == (fresh == 1) && step < budget; step++) {
        if (c->fresh)
          rank = least_of(load, ranks);
        load[rank]++;
        if (rank == me)
          h->turn[h->n_turns++] = (struct turn){c, step};
      }
    }
  for (size_t r = 0; r < ranks; r++)
    h->most = FRAY_MAX(h->most, load[r]);
  h->all = h->n * budget;
  return FRAY_OK;
}

/* ---- asking ---- */

/* Its name is that of a condition, which keys its draws, and stands in the pack. */
static enum fray_status name_of(const struct red_found *found, const struct course *c, size_t step,
                                const char **out, struct fray_err *err) {
  const struct red_old *old = red_older_seed(&found->older, step);
  /* The same condition as before, with the same draws. */
  if (old && old->is_exact && !c->search.listed && step < c->search.n_seeds) {
    *out = old->name;
    return FRAY_OK;
  }
  *out = fray_arena_printf(found->arena, "%s%s-%zu-%zu", found->file->prefix,
                           c->search.strategy->name, c->series->search_seed, step);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* One recipe of this rank. A search that learns is told at once, as its next recipe waits for it.
 */
static enum fray_status try_one(struct hunt *h, const struct turn *turn,
                                struct red_verdict *verdict, struct fray_err *err) {
  struct course *c = turn->course;
  const struct red_found *found = h->found;
  double *told = c->told + turn->step * c->width;
  const char *name;
  FRAY_TRY(name_of(found, c, turn->step, &name, err));
  while (c->search.asked <= turn->step)
    FRAY_CHECK(fray_red_ask(&c->search), err, INTERNAL, "recipe %s waits for another", name);
  FRAY_TRY(red_judge(h->target, found->file, found->space, &c->search.trial[turn->step].recipe,
                     name, verdict, err));
  if (!c->fresh)
    fray_red_tell_guarded(&c->search, verdict->score, verdict->success, verdict->deflected,
                          verdict->bypass);
  told[TOLD_SCORE] = verdict->score;
  told[TOLD_SUCCESS] = verdict->success;
  told[TOLD_DEFLECTED] = verdict->deflected;
  told[TOLD_BYPASS] = verdict->bypass;
  memcpy(told + TOLD, verdict->distance, (c->width - TOLD) * sizeof *told);
  if (!verdict->success)
    return FRAY_OK;
  /* Only finds are compared by whom they fail; the others would be most of the memory. */
  FRAY_ALLOC(c->failed[turn->step], found->arena, h->target->samples + 1, err);
  memcpy(c->failed[turn->step], verdict->failed, h->target->samples);
  return FRAY_OK;
}

/* Obeyed by all ranks between the same two recipes: signals do not reach all at once, and a rank
 * that failed must not leave the others at work for nothing. */
static enum fray_status look_around(const struct hunt *h, enum fray_status mine,
                                    struct fray_err *err) {
  const int asked = fray_stop_asked();
  if (mine == FRAY_OK && asked)
    mine = fray_fail(err, FRAY_STOPPED, "%s between two recipes; nothing was written",
                     fray_stop_name(asked));
  return fray_comm_agree(h->target->comm, mine, err);
}

/* Ranks with fewer recipes than others go on looking around with them. */
static enum fray_status ask_all(struct hunt *h, struct fray_err *err) {
  struct red_verdict verdict = {0};
  struct fray_arena *arena = h->found->arena;
  enum fray_status status = FRAY_OK;
  FRAY_ALLOC(verdict.distance, arena, h->found->space->dataset->n_modalities + 1, err);
  FRAY_ALLOC(verdict.failed, arena, h->target->samples + 1, err);
  for (size_t i = 0; i < h->most; i++) {
    if (i % TOGETHER == 0)
      FRAY_TRY(look_around(h, status, err));
    if (i >= h->n_turns || status != FRAY_OK || fray_stop_asked())
      continue;
    const struct course *c = h->turn[i].course;
    status = try_one(h, &h->turn[i], &verdict, err);
    fray_progress(5, "redteam  %s  search %zu  %zu/%zu recipes", c->search.strategy->name,
                  c->series->search_seed, FRAY_MIN((i + 1) * h->all / h->most, h->all), h->all);
  }
  return look_around(h, status, err);
}

/* Each rank by itself, if there are several. */
static enum fray_status ask_apart(struct hunt *h, struct fray_err *err) {
  struct red_target *target = h->target;
  struct fray_comm *alone = NULL;
  if (fray_comm_size(target->comm) == 1)
    return ask_all(h, err);
  FRAY_TRY(fray_comm_split(target->comm, fray_comm_rank(target->comm), &alone, err));
  for (size_t k = 0; k < target->n_models; k++)
    fray_kept_answered_by(target->model[k].kept, alone);
  const enum fray_status status = ask_all(h, err);
  for (size_t k = 0; k < target->n_models; k++)
    fray_kept_answered_by(target->model[k].kept, target->comm);
  fray_comm_free(alone);
  return status;
}

/* ---- putting together ---- */

/* What stands on one rank and is 0 on all others is known to all when it is added up. Whom a
 * success fails is told in words of eight samples. */
static enum fray_status share(const struct hunt *h, struct course *c, struct fray_err *err) {
  const size_t budget = c->search.budget, samples = h->target->samples;
  const size_t words = samples / sizeof(uint64_t) + 1;
  struct fray_arena *arena = h->found->arena;
  uint64_t *all;
  size_t n = 0;
  FRAY_TRY(fray_exact_share(h->target->comm, c->told, budget * c->width, arena, err));
  for (size_t i = 0; i < budget; i++)
    n += c->told[i * c->width + TOLD_SUCCESS] > 0;
  all = fray_arena_zero(arena, n * words + 1, sizeof *all);
  FRAY_TRY(fray_comm_agree(h->target->comm,
                           all ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory"), err));
  n = 0;
  for (size_t i = 0; i < budget; i++) {
    if (!(c->told[i * c->width + TOLD_SUCCESS] > 0))
      continue;
    uint8_t *row = (uint8_t *)(all + words * n++);
    if (c->failed[i])
      memcpy(row, c->failed[i], samples);
    c->failed[i] = row;
  }
  fray_comm_sum_u64(h->target->comm, all, n * words);
  return FRAY_OK;
}

/* The search again, with answers in hand: recipes and parents come out as they did where it was
 * asked. */
static enum fray_status retell(const struct hunt *h, struct course *c, struct fray_err *err) {
  const struct red_found *found = h->found;
  const struct fray_red_trial *trial;
  FRAY_TRY(begin(found, c, err));
  while ((trial = fray_red_ask(&c->search))) {
    const size_t step = c->search.asked - 1;
    const double *told = c->told + step * c->width;
    struct red_record *r = &c->record[step];
    fray_red_tell_guarded(&c->search, told[TOLD_SCORE], told[TOLD_SUCCESS] > 0,
                          told[TOLD_DEFLECTED] > 0, told[TOLD_BYPASS]);
    *r = (struct red_record){.strategy = c->series->strategy,
                             .search_seed = c->series->search_seed,
                             .step = step,
                             .parent = {trial->parent[0], trial->parent[1]},
                             .recipe = trial->recipe,
                             .score = trial->score,
                             .success = trial->success,
                             .bypass = trial->bypass,
                             .deflected = trial->deflected,
                             .origin = trial->origin,
                             .shape = trial->shape,
                             .distance = told + TOLD,
                             .failed = trial->success ? c->failed[step] : NULL};
    FRAY_TRY(name_of(found, c, step, &r->name, err));
  }
  c->series->tried = c->search.told; /* the budget, as a search ends with nothing else */
  return FRAY_OK;
}

/* What a guard makes of a series: of recipes that were tried in another shape beside these shapes,
 * pair by pair, so that both are means over the same. */
static void count_shapes(const struct red_record *record, struct red_series *s) {
  double origins = 0, shapes = 0;
  for (size_t i = 0; i < s->tried; i++) {
    s->deflected += record[i].deflected;
    if (record[i].origin == FRAY_RED_NONE || isnan(record[i].bypass))
      continue;
    s->reshaped++;
    origins += record[record[i].origin].bypass;
    shapes += record[i].bypass;
  }
  s->bypass_origins = origins / (double)s->reshaped; /* of none: NaN */
  s->bypass_shapes = shapes / (double)s->reshaped;
}

/* Successes of one series, by what they do. */
static enum fray_status count(const struct red_found *found, struct red_record *record,
                              struct red_series *s, struct fray_err *err) {
  struct fray_arena arena = {0};
  const size_t samples = found->target->samples;
  const struct fray_red_recipe **recipe;
  uint8_t *failed;
  double *score;
  size_t *kept, n = 0;
  /* No success: a step that there is not. */
  s->first = s->tried;
  s->best = -INFINITY;
  count_shapes(record, s);
  for (size_t i = 0; i < s->tried; i++) {
    s->over += isnan(record[i].score) != 0;
    s->best = fmax(s->best, record[i].score); /* NaN counts for nothing */
    s->successes += record[i].success;
    if (record[i].success && s->first == s->tried)
      s->first = i;
  }
  recipe = fray_arena_alloc(&arena, s->successes + 1, sizeof *recipe);
  failed = fray_arena_alloc(&arena, s->successes * samples + 1, 1);
  score = fray_arena_alloc(&arena, s->successes + 1, sizeof *score);
  kept = fray_arena_alloc(&arena, s->successes + 1, sizeof *kept);
  enum fray_status status =
      recipe && failed && score && kept ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  for (size_t i = 0; status == FRAY_OK && i < s->tried; i++) {
    if (!record[i].success)
      continue;
    recipe[n] = &record[i].recipe;
    memcpy(failed + n * samples, record[i].failed, samples);
    score[n++] = record[i].score;
  }
  if (status == FRAY_OK)
    status = fray_red_distinct(failed, score, n, samples, RED_EFFECT, kept, &s->distinct, err);
  if (status == FRAY_OK)
    status = fray_red_distinct_so_far(failed, score, n, samples, RED_EFFECT, kept, err);
  n = 0;
  for (size_t i = 0; status == FRAY_OK && i < s->tried; i++) {
    n += record[i].success;
    record[i].distinct = n ? kept[n - 1] : 0;
  }
  if (status == FRAY_OK)
    s->breadth = fray_red_breadth_of(recipe, failed, n, samples);
  fray_arena_free(&arena);
  return status;
}

/* Everything that ranks learn of one another passes through here, in the order of the searches. */
enum fray_status red_hunt(struct red_target *target, struct red_found *found,
                          struct fray_err *err) {
  struct hunt h = {.target = target, .found = found};
  enum fray_status status = make_courses(&h, err);
  if (status == FRAY_OK)
    status = deal(&h, err);
  /* A rank that failed alone would leave the others waiting for what it knows. */
  FRAY_TRY(fray_comm_agree(target->comm, status, err));
  FRAY_TRY(ask_apart(&h, err));
  for (size_t i = 0; i < h.n; i++) {
    struct course *c = &h.course[i];
    FRAY_TRY(share(&h, c, err));
    status = retell(&h, c, err);
    if (status == FRAY_OK)
      status = count(found, c->record, c->series, err);
    FRAY_TRY(fray_comm_agree(target->comm, status, err));
  }
  return FRAY_OK;
}
