/* What a rank holds at most, added up part by part: for `fray check`, and for what is refused
 * before a run. */
#include "forecast.h"

#include "fray/base/machine.h"
#include "fray/base/size.h"
#include "fray/metric/resample.h"

#include <math.h>
#include <string.h>

/* Pages of HDF5, of the program and of other libraries that are first touched when results are
 * written; measured on two studies: 4.8 and 5.3 MiB. */
enum { WRITER_MIB = 6 };

/* ---- one step, one block ---- */

static bool any_moves(const struct fray_corruption_config *const *entry, size_t n) {
  bool any = false;
  for (size_t e = 0; e < n; e++)
    any = any || fray_corruption_moves_values(entry[e]->kind.choice);
  return any;
}

/* Conditions of the cell that damage raw values, its own among them. */
static size_t moving_conditions(const struct fray_cell *cell) {
  size_t n = any_moves((const struct fray_corruption_config *const *)cell->entry, cell->n_entries);
  for (size_t k = 0; k < cell->n_conditions; k++)
    n += any_moves((const struct fray_corruption_config *const *)cell->condition[k].entry,
                   cell->condition[k].n_entries);
  return n;
}

/* The first trial of its kind? There are few kinds, and cells of one lie together mostly. */
static bool is_new(const struct fray_forecast *f, size_t i) {
  size_t k = i;
  while (k > 0 && f->kind[k - 1] != f->kind[i])
    k--;
  return k == 0;
}

/* Rank 0 speaks for all: the longest samples are the same everywhere. What a library takes when it
 * is first touched shows once. A block whose values are damaged is encoded beside the undamaged
 * one. */
static enum fray_status rehearse(const struct fray_study *study, size_t i,
                                 struct fray_session *session, struct fray_comm *self,
                                 struct fray_forecast *f, struct fray_err *err) {
  const struct fray_trial *trial = &study->trial[f->trial[i]];
  const struct fray_cell *cell = &study->cell[trial->cell];
  struct fray_rehearsed one;
  if (fray_comm_rank(session->comm) != 0)
    return FRAY_OK;
  FRAY_TRY(fray_memory_rehearse(cell, trial, session, self, &one, err));
  if (moving_conditions(cell) > 0)
    one.block *= 2;
  f->rehearsed.step = fmax(f->rehearsed.step, one.step);
  f->rehearsed.block = fmax(f->rehearsed.block, one.block);
  f->rehearsed.tokens = fmax(f->rehearsed.tokens, one.tokens);
  if (i == 0)
    f->rehearsed.touched = one.touched;
  return FRAY_OK;
}

enum fray_status fray_forecast_rehearse(const struct fray_study *study,
                                        struct fray_session *session, struct fray_forecast *f,
                                        struct fray_err *err) {
  struct fray_comm *self = NULL;
  enum fray_status status = FRAY_OK;
  f->program = (double)fray_memory_peak();
  FRAY_TRY(fray_comm_split(session->comm, fray_comm_rank(session->comm), &self, err));
  for (size_t i = 0; status == FRAY_OK && i < f->n; i++) {
    if (!is_new(f, i))
      continue;
    status = fray_session_open(session, &study->cell[study->trial[f->trial[i]].cell], err);
    if (status == FRAY_OK)
      status = fray_comm_agree(session->comm, rehearse(study, i, session, self, f, err), err);
  }
  fray_comm_free(self);
  return status;
}

/* ---- scores ---- */

/* Of the selected and the last model, under the trial's condition, the clean one and those of
 * `tests`. */
double fray_kept_score_bytes(const struct fray_cell *cell, size_t n_test, size_t classes) {
  return 2.0 * (double)(cell->n_conditions + 2) * (double)n_test * (double)classes *
         (double)sizeof(float);
}

/* Bytes that scores take at most on one rank; 0 where nothing looks at them. Between rounds dev and
 * test are scored under one condition; at the end both models are asked under all of them. With
 * save_scores the answers are also kept until the part is written. */
static double score_bytes(const struct fray_cell *cell, const struct fray_partition *p,
                          size_t classes, int ranks) {
  const struct fray_evaluate_config *evaluate = &cell->config.evaluate;
  size_t judged = p->n_test + p->n_own;
  double conditions = (double)(cell->n_conditions + 2), bytes = 0;
  if (fray_evaluate_needs_scores(evaluate, cell->config.training.selection.metric.choice))
    bytes += fray_score_bytes((double)(p->n_dev + p->n_test), 1, (double)classes, ranks);
  if (evaluate->save_scores || fray_evaluate_needs_scores(evaluate, NULL))
    bytes += 2.0 * fray_score_bytes((double)judged, conditions, (double)classes, ranks);
  return bytes + (evaluate->save_scores ? fray_kept_score_bytes(cell, judged, classes) : 0.0);
}

/* ---- the cache of features ---- */

/* How many ways there are in which a sample's values may be damaged: each is kept by itself, from
 * trial to trial. What is drawn anew in each epoch is never kept, and is counted all the same. */
static double damaged_ways(const struct fray_study *study) {
  double ways = 0;
  for (size_t c = 0; c < study->n_cells; c++) {
    const struct fray_cell *cell = &study->cell[c];
    if (cell->twin == c)
      ways += (double)study->n_seeds * (double)(moving_conditions(cell) +
                                                fray_attack_poisons(&cell->config.training.attack));
  }
  return ways;
}

/* What is read of a data set once for all cells that share it. */
struct looked {
  double ways;                  /* in which values are damaged, in all cells */
  const struct fray_node *data; /* of which session */
  struct fray_cached_bytes all;
  bool some_lack; /* a modality */
};

static void look_at_data(const struct fray_session *session, struct looked *out) {
  const struct fray_dataset *d = session->dataset;
  const unsigned all = (1u << d->n_modalities) - 1;
  if (out->data == session->data)
    return;
  *out = (struct looked){
      .ways = out->ways, .data = session->data, .all = fray_features_cached(session->features)};
  for (size_t i = 0; i < d->n_samples && !out->some_lack; i++)
    out->some_lack = (d->present[i] & all) != all;
}

/* Whether some encoder may stay as it is from round to round: one of the clients' own, or one of a
 * modality that not everybody has. */
static bool may_rest(const struct fray_cell *cell, const struct fray_dataset *d,
                     const struct looked *data) {
  bool may = cell->config.training.own.blocks.n > 0 || !cell->is_known || data->some_lack;
  for (size_t m = 0; m < d->n_modalities; m++)
    may = may || !(cell->left[m] >= 1);
  return may;
}

/* Tokens that are kept are lent by the cache, half of it at most. */
static double cache_bytes(const struct fray_cell *cell, const struct fray_session *session,
                          const struct fray_partition *p, const struct fray_forecast *f,
                          const struct looked *data) {
  const double limit = (double)cell->config.data.cache_mb * 0x1p20;
  double bytes = data->all.clean + data->ways * data->all.damaged;
  if (may_rest(cell, session->dataset, data))
    bytes += fmin(limit / 2, f->rehearsed.tokens * (double)(p->n_dev + p->n_test + p->n_own));
  return fmin(limit, bytes);
}

/* ---- the report ---- */

/* What the page itself takes: texts that grow by doubling leave their old places behind, 20 MiB
 * with the quickstart's figures and samples. A score has its draws, and so has what damage took off
 * it, and about so much text as marks of figures; a row of scores.csv its text and its fields, an
 * answer of a model its class, twice. */
enum { OF_PAGE = 20 << 20, OF_SCORE = FRAY_DRAWS * 8 + 2048, OF_ROW = 640, OF_ANSWER = 16 };

/* Drawn by rank 0 when trainings are over and their memory was given back. */
static double report_bytes(const struct fray_study *study, const struct fray_dataset *d,
                           const struct fray_partition *p) {
  const struct fray_cell *cell = &study->cell[0];
  const struct fray_evaluate_config *evaluate = &cell->config.evaluate;
  const double metrics = (double)evaluate->metrics.n,
               groups = (double)fray_groups_scored(evaluate, d);
  const double conditions = (double)(cell->n_conditions + 2);
  const double judged = (double)(p->n_test + p->n_own);
  return OF_PAGE + OF_SCORE * (double)study->n_cells * conditions * (2 * metrics + groups) +
         OF_ROW * 2.0 * (double)study->n_trials * conditions * metrics * (groups + 1) +
         OF_ANSWER * 2.0 * (double)study->n_trials * conditions * judged +
         FRAY_DRAWS * (2.0 * (double)d->n_clients + 10.0 * (double)study->n_seeds);
}

/* ---- all of it ---- */

/* A team of one rank holds the updates of a whole cohort, and shares nothing; teams that grow hold
 * the most, if ever, with one rank more. */
static void add_cell(const struct fray_cell *cell, const struct fray_session *session,
                     const struct fray_partition *p, const struct fray_model *model, int ranks,
                     struct fray_plan_sizes *out) {
  const int members = (ranks + out->teams - 1) / out->teams, grown = members + (out->teams > 1);
  const size_t classes = session->dataset->n_classes, total = fray_model_params(model)->total;
  const size_t cohort = cell->local_only ? 1 : cell->outlook->most;
  double disk;
  out->training = fmax(out->training, fmax(fray_rank_bytes(cell, session, model, cohort, members),
                                           fray_rank_bytes(cell, session, model, cohort, grown)));
  out->states = fmax(out->states, fray_state_bytes(cell, total, members, &disk));
  out->vectors = fmax(out->vectors, fray_vector_bytes(session));
  out->sounds = fmax(out->sounds, fray_sounds_bytes(session));
  out->standards = fmax(out->standards, (double)fray_features_standard_bytes(session->features));
  out->scores = fmax(out->scores, fmax(score_bytes(cell, p, classes, members),
                                       score_bytes(cell, p, classes, grown)));
}

/* Of what differs from cell to cell a rank holds one after the other, so the most counts; what
 * damage leaves in the cache adds up. */
static enum fray_status look_at_cell(const struct fray_study *study, size_t c,
                                     struct fray_session *session, const struct fray_forecast *f,
                                     int ranks, struct looked *data, struct fray_plan_sizes *out,
                                     struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[c];
  const struct fray_partition *p;
  struct fray_model *model;
  FRAY_TRY(fray_session_partition(session, cell, study->trial[c * study->n_seeds].partition_seed,
                                  &p, err));
  FRAY_TRY(fray_cell_model(cell, session, &model, err));
  look_at_data(session, data);
  add_cell(cell, session, p, model, ranks, out);
  out->cache = fmax(out->cache, cache_bytes(cell, session, p, f, data));
  out->report = fmax(out->report, report_bytes(study, session->dataset, p));
  fray_model_free(model);
  return FRAY_OK;
}

/* What this process took to make the plan is what each rank takes before its first trial: program,
 * libraries, index of the data, partition, clients. Nobody could count that of libraries. */
enum fray_status fray_plan_memory_find(const struct fray_study *study, struct fray_session *session,
                                       const struct fray_forecast *f, int ranks,
                                       struct fray_plan_sizes *out, struct fray_err *err) {
  struct looked data = {.ways = damaged_ways(study)};
  *out = (struct fray_plan_sizes){.teams = fray_forecast_teams(f, ranks),
                                  .program = f->program,
                                  .work = f->rehearsed.step + f->rehearsed.block +
                                          f->rehearsed.touched + WRITER_MIB * 0x1p20};
  for (size_t c = 0; c < study->n_cells; c++) {
    if (study->cell[c].twin != c)
      continue;
    FRAY_TRY(fray_session_open(session, &study->cell[c], err));
    FRAY_TRY(fray_comm_agree(session->comm,
                             look_at_cell(study, c, session, f, ranks, &data, out, err), err));
  }
  const double report = out->report;
  out->report = 0;
  out->report = fmax(0, out->program + WRITER_MIB * 0x1p20 + report - fray_plan_memory(out));
  return FRAY_OK;
}

/* ---- what is refused ---- */

/* Several files say it, which is slow for each of many cells. */
static double memory_of(struct fray_session *session) {
  if (session->memory <= 0)
    session->memory = (double)fray_memory_limit();
  if (session->memory <= 0)
    session->memory = INFINITY;
  return session->memory;
}

/* The fewest updates of a round, since the rule and the outlook meet here for the first time. Of a
 * share, the largest f is not that of the smallest round: all sizes are tried. A round that nobody
 * comes to moves nothing, whatever the rule: it is no cohort. Where the method says whom it wants,
 * by what clients have told, no draw before the run knows how few are left to be asked. */
static enum fray_status rounds_are_large_enough(const struct fray_cell *cell,
                                                struct fray_err *err) {
  char why[200];
  const struct fray_training_config *training = &cell->config.training;
  const bool chooses = fray_algorithm_of(&training->server)->welcome != NULL;
  for (size_t n = chooses ? 1 : FRAY_MAX(cell->outlook->least, (size_t)1);
       n <= cell->outlook->most && !cell->local_only; n++)
    FRAY_CHECK(fray_aggregation_takes(&training->aggregation, n, why, sizeof why), err, INPUT,
               "training.aggregation: a round may have %zu client%s: %s", n, n == 1 ? "" : "s",
               why);
  return FRAY_OK;
}

/* What can be turned down is named where it is most of it. */
static const char *advice(const struct fray_plan_sizes *need) {
  if (need->states > fray_plan_memory(need) / 2)
    return "; training.server.keep: disk takes the clients' states out of memory";
  if (need->scores > fray_plan_memory(need) / 2)
    return "; most of it are scores: ask fewer conditions, leave out evaluate.save_scores, or name "
           "metrics of answers alone";
  return "";
}

/* Better refused here than killed by the system in the middle of the night. The sum is that of the
 * plan without what may stay empty: the cache and its bound, and all that a rehearsal tells, which
 * a run has no time for; the whole run as one team, whose ranks hold least. A limit that is unknown
 * is infinite, and nothing is refused. */
enum fray_status fray_cell_fits(const struct fray_cell *cell, const struct fray_trial *trial,
                                struct fray_session *session, int ranks, struct fray_err *err) {
  struct fray_plan_sizes sizes = {
      .teams = 1, .program = (double)fray_memory_peak(), .work = WRITER_MIB * 0x1p20};
  const struct fray_partition *p;
  struct fray_model *model;
  const double limit = memory_of(session);
  const size_t cohort = cell->local_only ? 1 : cell->outlook->most;
  FRAY_TRY(fray_session_partition(session, cell, trial->partition_seed, &p, err));
  FRAY_TRY(fray_cell_model(cell, session, &model, err));
  const size_t parameters = fray_model_params(model)->total;
  add_cell(cell, session, p, model, ranks, &sizes);
  fray_model_free(model);
  FRAY_TRY(rounds_are_large_enough(cell, err));
  if (!cell->local_only &&
      !cell->outlook->privacy) /* an overflow would be a wrong model, and no error */
    FRAY_TRY(fray_secure_fits(&cell->config.training.secure, fray_cell_invited(cell), err));
  const double need = fray_plan_memory(&sizes);
  FRAY_CHECK(need <= limit, err, INPUT,
             "a rank needs about %.1f GiB for this model of %zu parameters and its share of %zu "
             "updates a round, but may hold %.1f GiB here; make the model smaller (model.hidden, "
             "data.features), or take fewer clients a round or more ranks%s",
             need / 0x1p30, parameters, cohort, limit / 0x1p30, advice(&sizes));
  if (fray_host_is_asked(session, ranks))
    fray_host_warn(session, need, 0, 0);
  return FRAY_OK;
}

/* ---- the line of the plan ---- */

static double mib(double bytes) {
  return bytes / 0x1p20;
}

/* An upper bound: what the system counts as used depends on what was touched. The numbers go on one
 * line with what can be turned down: the cache, the states, the scores. */
void fray_plan_memory_print(const struct fray_plan_sizes *size, int ranks) {
  struct fray_text text = {0};
  fray_text_printf(&text, "at most %.0f MiB per rank on %d rank%s (of it %.0f MiB feature cache",
                   mib(fray_plan_memory(size)), ranks, ranks == 1 ? "" : "s", mib(size->cache));
  fray_text_printf(&text, ", %.0f MiB program and index of the data, %.1f MiB a batch at work",
                   mib(size->program), mib(size->work));
  if (size->states > 0)
    fray_text_printf(&text, ", %.1f MiB states of clients", mib(size->states));
  if (size->scores > 0)
    fray_text_printf(&text, ", %.1f MiB scores", mib(size->scores));
  if (size->vectors > 0)
    fray_text_printf(&text, ", %.1f MiB word vectors", mib(size->vectors));
  if (size->sounds > 0)
    fray_text_printf(&text, ", %.1f MiB sounds that entries name", mib(size->sounds));
  if (size->standards > 0x1p20 / 20) /* below, it would be 0.0 */
    fray_text_printf(&text, ", %.1f MiB means and deviations", mib(size->standards));
  if (size->report > 0)
    fray_text_printf(&text, ", %.1f MiB more for the report on rank 0", mib(size->report));
  fray_plan_line("memory", "%s)", text.data ? text.data : "");
  fray_text_free(&text);
}
