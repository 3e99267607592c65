/* Searches: each strategy at each search seed tries as many recipes as the budget has, all of them
 * from the same beginning.
 *
 * One recipe at a time, whose samples all ranks share: a candidate depends on what was told of the
 * ones before it, and on no rank. */
#include "red_parts.h"

#include "fray/base/size.h"
#include "fray/base/stop.h"

#include <math.h>
#include <string.h>

enum { SEEDS_STEP = -1 }; /* the stream of what pools begin with: no step has its number */

/* Obeyed by all ranks between the same two recipes: signals do not reach all at once. */
static enum fray_status look_for_stop(const struct red_target *target, struct fray_err *err) {
  const int asked = fray_stop_asked();
  const enum fray_status mine =
      asked ? fray_fail(err, FRAY_STOPPED, "%s between two recipes; nothing was written",
                        fray_stop_name(asked))
            : FRAY_OK;
  return fray_comm_agree(target->comm, mine, err);
}

/* Its name is that of a condition, which keys its draws, and stands in the pack. */
static enum fray_status note(struct red_found *found, const struct fray_red_search *search,
                             const struct red_series *series, const struct red_verdict *verdict,
                             struct red_record *r, struct fray_err *err) {
  const size_t step = search->told - 1, modalities = found->space->dataset->n_modalities;
  const struct fray_red_trial *trial = &search->trial[step];
  double *distance;
  uint8_t *failed = NULL;
  FRAY_ALLOC(distance, found->arena, modalities + 1, err);
  memcpy(distance, verdict->distance, modalities * sizeof *distance);
  /* Only finds are compared by whom they fail; the others would be most of the memory. */
  if (trial->success) {
    FRAY_ALLOC(failed, found->arena, found->target->samples + 1, err);
    memcpy(failed, verdict->failed, found->target->samples);
  }
  /* Given before it was asked. */
  const char *name = r->name;
  *r = (struct red_record){.strategy = series->strategy,
                           .search_seed = series->search_seed,
                           .step = step,
                           .parent = {trial->parent[0], trial->parent[1]},
                           .recipe = trial->recipe,
                           .name = name,
                           .score = trial->score,
                           .success = trial->success,
                           .distance = distance,
                           .failed = failed};
  return FRAY_OK;
}

/* Successes of one series, by what they do. */
static enum fray_status count(const struct red_found *found, const struct red_record *record,
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
    s->breadth = fray_red_breadth_of(recipe, failed, n, samples);
  fray_arena_free(&arena);
  return status;
}

/* What pools begin with does not depend on the strategy, so that all have the same chance. */
static enum fray_status begin(const struct red_found *found, const struct red_series *series,
                              struct fray_red_search *search, struct fray_err *err) {
  const struct red_file *file = found->file;
  const size_t n = (size_t)file->pool;
  struct fray_red_recipe *seeds;
  *search = (struct fray_red_search){.space = &found->space->space,
                                     .strategy = file->strategy[series->strategy],
                                     .seed = (uint64_t)file->seed,
                                     .search_seed = series->search_seed,
                                     .budget = (size_t)file->budget};
  struct fray_rng rng = fray_red_stream(search->seed, fray_red_strategies.v[0], search->search_seed,
                                        (uint64_t)SEEDS_STEP);
  FRAY_ALLOC(seeds, found->arena, n, err);
  FRAY_TRY(fray_red_seeds(search->space, &rng, n, found->arena, seeds, err));
  return fray_red_begin(search, seeds, n, found->arena, err);
}

/* One search. record: (budget). */
static enum fray_status hunt(struct red_target *target, struct red_found *found,
                             struct red_series *series, struct red_record *record,
                             struct red_verdict *verdict, struct fray_err *err) {
  const char *strategy = found->file->strategy[series->strategy]->name;
  const struct fray_red_trial *trial;
  struct fray_red_search search;
  FRAY_TRY(begin(found, series, &search, err));
  while ((trial = fray_red_ask(&search))) {
    struct red_record *r = &record[search.told];
    /* Before it is asked, so that nothing is half told. */
    FRAY_TRY(look_for_stop(target, err));
    r->name =
        fray_arena_printf(found->arena, "%s-%zu-%zu", strategy, series->search_seed, search.told);
    FRAY_CHECK(r->name, err, MEMORY, "out of memory");
    FRAY_TRY(red_judge(target, found->file, found->space, &trial->recipe, r->name, verdict, err));
    fray_red_tell(&search, verdict->score, verdict->score >= found->file->success);
    FRAY_TRY(note(found, &search, series, verdict, r, err));
    fray_progress(5, "redteam  %s  search %zu  %zu/%zu recipes", strategy, series->search_seed,
                  search.told, search.budget);
  }
  /* The budget, as a search ends with nothing else. */
  series->tried = search.told;
  return count(found, record, series, err);
}

/* Strategy by strategy, each with all its search seeds: tables have this order, and it is that of
 * the list of strategies whatever the order in the file. */
enum fray_status red_hunt(struct red_target *target, struct red_found *found,
                          struct fray_err *err) {
  const struct red_file *file = found->file;
  const size_t budget = (size_t)file->budget, seeds = (size_t)file->search_seeds;
  struct red_verdict verdict;
  FRAY_ALLOC(verdict.distance, found->arena, found->space->dataset->n_modalities + 1, err);
  FRAY_ALLOC(verdict.failed, found->arena, target->samples + 1, err);
  FRAY_ALLOC_ZERO(found->series, found->arena, file->n_strategies * seeds, err);
  FRAY_ALLOC_ZERO(found->record, found->arena, file->n_strategies * seeds * budget, err);
  for (size_t s = 0; s < file->n_strategies; s++)
    for (size_t k = 0; k < seeds; k++) {
      struct red_series *series = &found->series[found->n_series++];
      series->strategy = s;
      series->search_seed = k + 1;
      FRAY_TRY(hunt(target, found, series, found->record + found->n_records, &verdict, err));
      found->n_records += series->tried;
    }
  return FRAY_OK;
}
