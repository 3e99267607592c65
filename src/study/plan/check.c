/* The plan of a study, printed: what would run, on what, and how large it is.
 *
 * It uses what a run uses to prepare its trials: what this accepts, a run accepts. */
#include "forecast.h"

#include "plan.h"
#include "study/scenario/scenario.h"

#include "fray/base/machine.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/results/data_sets.h"
#include "fray/results/models.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static double mib(double bytes) {
  return bytes / (1024.0 * 1024.0);
}

/* Words of scenarios reach the terminal here, so what it would obey is taken out of them. */
void fray_plan_line(const char *title, const char *format, ...) {
  enum { INDENT = 13, WIDTH = 80 };
  struct fray_text words = {0}, safe = {0}, text = {0};
  va_list list;
  va_start(list, format);
  fray_text_vprintf(&words, format, list);
  va_end(list);
  fray_text_safe(&safe, words.data ? words.data : "", false);
  fray_text_wrap(&text, safe.data ? safe.data : "", INDENT, WIDTH);
  fray_print("%-*s%s\n", INDENT, title, text.failed || !text.data ? "" : text.data);
  fray_text_free(&words);
  fray_text_free(&safe);
  fray_text_free(&text);
}

static const char *plural(size_t n) {
  return n == 1 ? "" : "s";
}

/* Pretrained vectors, where there are any: how many words got one. */
static void print_vectors(const struct fray_session *session) {
  for (size_t m = 0; m < session->dataset->n_modalities; m++) {
    size_t vocabulary;
    uint64_t hash;
    const struct fray_word_vectors *v =
        fray_features_vectors(session->features, m, &vocabulary, &hash);
    if (v)
      fray_plan_line("vectors", "%s: %zu of the %zu words of the training texts have one, of %s",
                     session->dataset->modality[m].name, v->n, vocabulary,
                     FRAY_N(v->width, "number"));
  }
}

/* Which modalities are standardised over the training set. */
static void print_standards(const struct fray_session *session) {
  struct fray_text list = {0};
  for (size_t m = 0; m < session->dataset->n_modalities; m++)
    if (fray_features_learns(session->features, m))
      fray_text_printf(&list, "%s%s (%s)", list.size ? ", " : "",
                       session->dataset->modality[m].name,
                       FRAY_N(fray_features_shape(session->features, m)->channels, "channel"));
  if (list.size)
    fray_plan_line("standardised", "over what all clients hold for training: %s",
                   list.failed ? "" : list.data);
  fray_text_free(&list);
}

/* Each kept model once, by the first cell that starts from it, with what it cannot give. Hashes are
 * told, since who wants to be sure of the model puts them under `hash`. */
static void print_starts(const struct fray_study *study) {
  struct fray_text hashes = {0};
  for (size_t c = 0; c < study->n_cells; c++) {
    const struct fray_cell *cell = &study->cell[c];
    const struct fray_start *start;
    const bool differs = c == 0 || !cell[-1].fresh ||
                         strcmp(cell->fresh ? cell->fresh : "", cell[-1].fresh) != 0 ||
                         cell->config.model.start.results != cell[-1].config.model.start.results;
    if (!cell->fresh || !differs)
      continue;
    fray_plan_line("starts from", "%s, its %s models: %zu of %s; drawn anew: %s",
                   cell->config.model.start.results,
                   fray_selection_names[cell->config.model.start.selection], cell->taken,
                   FRAY_N(cell->tensors, "tensor"), cell->fresh[0] ? cell->fresh : "none");
    hashes.size = 0;
    for (size_t s = 0; s < study->n_seeds; s++)
      if (fray_start_of(study, &study->trial[c * study->n_seeds + s], &start, NULL) == FRAY_OK)
        fray_text_printf(&hashes, "%sseed %llu of %s (seed %s), hash %s", s ? "; " : "",
                         (unsigned long long)study->trial[s].seed, start->trial, start->seed,
                         start->hash);
    fray_plan_line("", "%s", hashes.failed || !hashes.data ? "" : hashes.data);
  }
  fray_text_free(&hashes);
}

/* Bytes of a checkpoint: the model, the best one, the server's state, and the rows of rounds. */
static double checkpoint_bytes(const struct fray_cell *cell, size_t parameters) {
  const struct fray_training_config *training = &cell->config.training;
  const double vectors = (double)fray_federation_vectors(training, cell->outlook->clients);
  return 4.0 * (2.0 + vectors) * (double)parameters +
         (double)training->rounds * (double)sizeof(struct fray_round_row);
}

/* The tables of a trial, as text: a row for each round, and one for each condition, metric and
 * selection. They are in its part and in the CSV files. The factor in front is for the two places;
 * the one within is for the selected and the last model. */
static double row_bytes(const struct fray_cell *cell, size_t groups) {
  /* Characters, as long as they get. */
  const double row = 90, number = 20, metrics = (double)cell->config.evaluate.metrics.n;
  return 2.0 * ((double)cell->config.training.rounds * (row + 2 * number * metrics) +
                2.0 * (double)(cell->n_conditions + 2) * metrics * (double)(groups + 1) * row);
}

size_t fray_groups_scored(const struct fray_evaluate_config *evaluate,
                          const struct fray_dataset *d) {
  size_t groups = 0;
  for (size_t g = 0; g < d->n_groups; g++)
    for (size_t k = 0; k < evaluate->groups.n; k++)
      if (strcmp(d->group[g].name, evaluate->groups.v[k]) == 0)
        groups += d->group[g].n;
  return groups;
}

/* By the first cell, which stands for all of them. Checkpoints go when their trial is finished, so
 * no more of them lie there than there are teams. */
static void files_of(const struct fray_study *study, const struct fray_session *session,
                     const struct fray_partition *partition, const struct fray_model *model,
                     int members, struct fray_plan_sizes *out) {
  const struct fray_param_table *params = fray_model_params(model);
  static const double kept[] = {
      [FRAY_MODELS_KEEP] = 2, [FRAY_MODELS_BEST] = 1, [FRAY_MODELS_NONE] = 0};
  const struct fray_cell *cell = &study->cell[0];
  const struct fray_evaluate_config *evaluate = &cell->config.evaluate;
  const struct fray_dataset *d = session->dataset;
  const double trials = (double)study->n_trials, judged = (double)(partition->n_test);
  double states_on_disk;
  fray_state_bytes(cell, params->total, members, &states_on_disk);
  out->kept_models = kept[evaluate->models] * 4.0 * (double)params->count * trials;
  if (evaluate->save_scores) /* in the parts and in results.h5; compressed there */
    out->kept_scores =
        2.0 * trials *
        fray_kept_score_bytes(cell, partition->n_test + partition->n_own, d->n_classes);
  /* What was predicted is in the part and in results.h5 too. */
  out->tables = trials * (row_bytes(cell, fray_groups_scored(evaluate, d)) +
                          2.0 * 2.0 * 2.0 * judged * (double)(cell->n_conditions + 2));
  if (cell->outlook->held) /* odds of all training samples, in the part and in results.h5 */
    out->tables += 2.0 * trials * (13.0 + 4.0 * (double)evaluate->groups.n) *
                   (double)partition->first[partition->n_clients];
  if (evaluate->save_ledger)
    out->ledgers = trials * 60.0 * (double)partition->first[partition->n_clients];
  out->checkpoints = (double)out->teams * (checkpoint_bytes(cell, params->count) + states_on_disk);
}

static void print_disk(const struct fray_study *study, const struct fray_plan_sizes *size) {
  struct fray_text text = {0};
  fray_text_printf(&text, "about %.1f MiB of kept models%s", mib(size->kept_models),
                   study->cell[0].config.evaluate.models == FRAY_MODELS_KEEP
                       ? " (evaluate.models: best or none keeps less)"
                       : "");
  if (size->kept_scores > 0)
    fray_text_printf(&text, ", at most %.1f MiB of scores", mib(size->kept_scores));
  fray_text_printf(&text, ", %.1f MiB of tables", mib(size->tables));
  if (size->ledgers > 0)
    fray_text_printf(&text, ", %.1f MiB of ledgers", mib(size->ledgers));
  fray_text_printf(&text, "; %.1f MiB of checkpoints%s while %d trial%s run%s",
                   mib(size->checkpoints), size->states > 0 ? " and states of clients" : "",
                   size->teams, plural((size_t)size->teams), size->teams == 1 ? "s" : "");
  fray_plan_line("disk", "%s", text.data ? text.data : "");
  fray_text_free(&text);
}

/* What was found in the shards, not what the scenario expects. Of the shards as they are: a data
 * set that was moved or replaced shows here first. */
static void print_data(const struct fray_dataset *d) {
  struct fray_text list = {0};
  fray_plan_line("data", "%s: %s, %s%s, %s, %s", d->name, FRAY_N(d->n_samples, "sample"),
                 FRAY_N(d->n_classes, "class"),
                 d->multi_label ? " (multi-label)"
                 : d->words     ? " (sequences)"
                                : "",
                 FRAY_N(d->n_clients, "natural client"), FRAY_N(d->n_shards, "shard"));
  for (size_t m = 0; m < d->n_modalities; m++)
    fray_text_printf(&list, "%s%s (%s)", m ? ", " : "", d->modality[m].name,
                     fray_modality_kind_names[d->modality[m].kind]);
  fray_plan_line("modalities", "%s", list.data ? list.data : "");
  fray_text_free(&list);
}

static bool study_may_stop(const struct fray_study *study) {
  bool may = false;
  for (size_t c = 0; c < study->n_points; c++)
    may = may || fray_cell_may_stop(&study->cell[c]);
  return may;
}

/* Controls that equal a cell of the sweep are that cell, and train nothing. Cells of the sweep are
 * never twins of one another: those that equal were refused. */
static void print_trials(const struct fray_study *study) {
  const size_t rounds = (size_t)study->cell[0].config.training.rounds;
  const char *most = study_may_stop(study) ? "up to " : "";
  size_t extra = 0, more = study->n_cells - study->n_points;
  /* Those with a twin are in the tables, but train nothing. */
  for (size_t c = study->n_points; c < study->n_cells; c++)
    extra += study->cell[c].twin == c;
  if (more == 0)
    fray_plan_line("trials", "%zu = %s x %s; as many trainings of %s%s", study->n_trials,
                   FRAY_N(study->n_cells, "cell"), FRAY_N(study->n_seeds, "seed"), most,
                   FRAY_N(rounds, "round"));
  else
    fray_plan_line("trials", "%zu = (%s + %s) x %s; %s of %s%s, of which %s", study->n_trials,
                   FRAY_N(study->n_points, "cell"), FRAY_N(more, "control"),
                   FRAY_N(study->n_seeds, "seed"),
                   FRAY_N((study->n_points + extra) * study->n_seeds, "training"), most,
                   FRAY_N(rounds, "round"), FRAY_N(extra * study->n_seeds, "control"));
}

/* The default of 0.2 comes with a control, and would else surprise whoever counts samples. */
static void print_own_test(const struct fray_study *study, const struct fray_partition *partition) {
  const struct fray_cell *cell = &study->cell[0];
  if (partition->n_own == 0)
    return;
  fray_plan_line("own test", "held out of training: %s of the federated clients (%g of each%s)",
                 FRAY_N(partition->n_own, "sample"), cell->config.data.partition.own_test,
                 study->controls & FRAY_CONTROL_LOCAL_ONLY
                     ? "; 0.2 by default with the control local_only"
                     : "");
}

/* Who wants shadows pays with training samples: half of them, and as many trainings as seeds. */
static void print_held(const struct fray_study *study) {
  const struct fray_cell *cell = &study->cell[0];
  if (cell->outlook->held)
    fray_plan_line("membership",
                   "%s of %zu held out of each training, drawn by its seed; %zu seeds of a cell "
                   "are each other's shadows; the attacker holds the released model",
                   FRAY_N(cell->outlook->held, "training sample"),
                   cell->outlook->held + cell->outlook->train, study->n_seeds);
}

/* From the outside in: data, model, trials, then what the first seed shows, and at the end what it
 * takes. */
static enum fray_status print_plan(struct fray_study *study, const struct fray_session *session,
                                   const struct fray_partition *partition, size_t parameters,
                                   const struct fray_plan_sizes *sizes,
                                   const struct fray_trial_costs *costs,
                                   const struct fray_forecast *forecast, int ranks,
                                   struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[0];
  char cohort[160];
  fray_cohort_text(cell, cohort);
  const struct fray_node *given = fray_node_get(study->root, "title");
  const char *title = given ? given->scalar : NULL;
  fray_plan_line("study", "%s%s%s%s", title ? title : "", title ? " (" : "", study->name,
                 title ? ")" : "");
  print_data(session->dataset);
  print_vectors(session);
  print_starts(study);
  print_standards(session);
  fray_plan_line("clients", "%zu federated, %s; %zu training, %zu dev, %zu test samples",
                 partition->n_clients, cohort, partition->first[partition->n_clients],
                 partition->n_dev, partition->n_test);
  if (session->dataset->words) /* nothing is fused */
    fray_plan_line("model", "symbols from token to token, %zu parameters", parameters);
  else
    fray_plan_line("model", "%s fusion, %zu parameters", cell->config.model.fusion.choice->name,
                   parameters);
  print_trials(study);
  FRAY_TRY(fray_numbers_print(study, session, err));
  print_own_test(study, partition);
  print_held(study);
  fray_trial_costs_print(study, session, costs);
  fray_plan_memory_print(sizes, ranks);
  fray_host_print(session, fray_plan_memory(sizes) - sizes->report, sizes->report, ranks);
  print_disk(study, sizes);
  fray_forecast_print(forecast, ranks);
  return FRAY_OK;
}

/* What is limited is found here, since both ways to say the plan tell it. */
static enum fray_status say_plan(struct fray_study *study, struct fray_session *session,
                                 const struct fray_partition *partition,
                                 const struct fray_model *model,
                                 const struct fray_forecast *forecast, int ranks,
                                 struct fray_plan_sizes *sizes, bool json, struct fray_err *err) {
  const struct fray_param_table *params = fray_model_params(model);
  struct fray_trial_costs costs;
  files_of(study, session, partition, model, (ranks + sizes->teams - 1) / sizes->teams, sizes);
  FRAY_TRY(fray_trial_costs_of(study, session, partition, model, &costs, err));
  FRAY_TRY(fray_limits_find(study, session, partition, err));
  if (json)
    FRAY_TRY(fray_plan_json(study, session, partition, params->count, sizes, &costs, forecast,
                            ranks, err));
  else
    FRAY_TRY(
        print_plan(study, session, partition, params->count, sizes, &costs, forecast, ranks, err));
  fray_forecast_warn(forecast, ranks);
  if (fray_host_is_asked(session, ranks))
    fray_host_warn(session, fray_plan_memory(sizes) - sizes->report, sizes->report, sizes->cache);
  return FRAY_OK;
}

/* The first seed of the cell stands for the others: trials lie cell by cell. */
static enum fray_status check_cell(struct fray_study *study, size_t cell,
                                   struct fray_session *session, int ranks, struct fray_err *err) {
  const struct fray_trial *trial = &study->trial[cell * study->n_seeds];
  /* What a cell becomes with its data must be known before it is prepared. */
  FRAY_TRY(fray_comm_agree(session->comm,
                           fray_study_follow_task(study, cell, session->dataset, err), err));
  FRAY_TRY(fray_comm_agree(session->comm,
                           fray_plan_groups(study, session, cell * study->n_seeds, err), err));
  FRAY_TRY(fray_trial_validate(study, trial, session, err));
  FRAY_TRY(fray_titles_meet(study, session->dataset, err));
  return fray_cell_fits(&study->cell[cell], trial, session, ranks, err);
}

/* All ranks have the same text by now, and the same tree. */
static enum fray_status check_located(struct fray_study *study, size_t cell,
                                      struct fray_session *session, int ranks,
                                      struct fray_err *err) {
  FRAY_TRY(fray_session_open(session, &study->cell[cell], err));
  enum fray_status status = check_cell(study, cell, session, ranks, err);
  if (status != FRAY_OK)
    fray_cell_named(study, &study->cell[cell], err);
  status = fray_comm_agree(session->comm, status, err);
  return status == FRAY_OK ? FRAY_OK : fray_cell_locate(&study->cell[cell], err);
}

/* Every cell is opened and prepared. Cells that share their data lie together in the sweep mostly,
 * so that few are opened twice. */
static enum fray_status check_cells(struct fray_study *study, struct fray_session *session,
                                    int ranks, struct fray_err *err) {
  for (size_t c = 0; c < study->n_cells; c++)
    FRAY_TRY(check_located(study, c, session, ranks, err));
  return fray_plan_titles(study, session, err);
}

/* The first cell is described. All ranks open and make the same things, since opening is
 * collective; rank 0 prints. What other cells have of their own is told by their numbers. */
static enum fray_status describe(struct fray_study *study, struct fray_session *session,
                                 const struct fray_forecast *forecast, int ranks,
                                 struct fray_plan_sizes *sizes, bool json, struct fray_err *err) {
  const struct fray_partition *partition = NULL;
  struct fray_model *model = NULL;
  FRAY_TRY(fray_session_open(session, &study->cell[0], err));
  enum fray_status status = fray_session_partition(session, &study->cell[0],
                                                   study->trial[0].partition_seed, &partition, err);
  if (status == FRAY_OK)
    status = fray_cell_model(&study->cell[0], session, &model, err);
  status = fray_comm_agree(session->comm, status, err);
  if (status == FRAY_OK && fray_comm_rank(session->comm) == 0)
    status = say_plan(study, session, partition, model, forecast, ranks, sizes, json, err);
  fray_model_free(model);
  return fray_comm_agree(session->comm, status, err);
}

/* Every cell is checked before anything is printed: a plan that is refused in its last cell prints
 * no half plan. Amounts need no data and come first; controls need data and add cells, so they come
 * before cells are gone through. ranks may be more than there are here: what is asked is how they
 * would share the study. */
enum fray_status fray_study_check(struct fray_study *study,
                                  const struct fray_check_options *options, struct fray_comm *comm,
                                  struct fray_err *err) {
  struct fray_session session = {.comm = comm};
  struct fray_forecast forecast;
  struct fray_plan_sizes sizes;
  const int ranks = options->ranks > 0 ? options->ranks : fray_comm_size(comm);
  enum fray_status status = fray_study_check_amounts(study, err);
  if (status == FRAY_OK)
    status = fray_host_find(&session, err);
  if (status == FRAY_OK)
    status = fray_study_add_controls(study, &session, err);
  if (status == FRAY_OK)
    status = check_cells(study, &session, ranks, err);
  if (status == FRAY_OK)
    status = fray_forecast_make(study, &session, &forecast, err);
  if (status == FRAY_OK)
    status = fray_forecast_rehearse(study, &session, &forecast, err);
  if (status == FRAY_OK && options->measure)
    status = fray_forecast_measure(study, &session, &forecast, err);
  if (status == FRAY_OK)
    status = fray_plan_memory_find(study, &session, &forecast, ranks, &sizes, err);
  if (status == FRAY_OK)
    status = describe(study, &session, &forecast, ranks, &sizes, options->json, err);
  fray_session_close(&session);
  return status;
}

/* Rank 0 alone reads, since others would read the same bytes. */
enum fray_status fray_study_verify(const struct fray_study *study, struct fray_comm *comm,
                                   struct fray_err *err) {
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(comm) == 0)
    status = fray_data_sets_verify(study->data, err);
  return fray_comm_agree(comm, status, err);
}
