/* The plan of a study, printed: what would run, on what, and how large it is. */
#include "internal.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static double mib(double bytes) {
  return bytes / (1024.0 * 1024.0);
}

/* Floats that one rank holds for training, beside data: model, gradient, best, last, mean, the
 * states of both optimisers and the updates that it hosts; and the 64-bit sums of the exact
 * addition. */
static double rank_bytes(const struct fray_scenario *config, size_t parameters, size_t cohort,
                         int ranks) {
  const struct fray_server_ops *server = config->training.server.algorithm.choice->impl;
  double hosted = ceil((double)cohort / ranks);
  double floats =
      6.0 + (double)(server->state + fray_local_state(&config->training.local)) + hosted;
  return (double)parameters * (4.0 * floats + 8.0) + (double)config->data.cache_mb * 1048576.0;
}

/* Probabilities of one trial's test samples, as they are kept: of the selected and the last model,
 * under the trial's condition, the clean one and those of `tests`. */
static double kept_scores(const struct fray_cell *cell, size_t n_test, size_t classes) {
  return 2.0 * (double)(cell->n_conditions + 2) * (double)n_test * (double)classes *
         (double)sizeof(float);
}

/* Bytes that scores take at most on one rank; 0 where nothing looks at them. */
static double score_bytes(const struct fray_cell *cell, const struct fray_partition *p,
                          size_t classes, int ranks) {
  const struct fray_evaluate_config *evaluate = &cell->config.evaluate;
  size_t judged = p->n_test + p->n_own;
  double conditions = (double)(cell->n_conditions + 2), bytes = 0;
  if (fray_evaluate_needs_scores(evaluate, cell->config.training.selection.metric.choice))
    bytes += fray_score_bytes((double)(p->n_dev + p->n_test), 1, (double)classes, ranks);
  if (evaluate->save_scores || fray_evaluate_needs_scores(evaluate, NULL))
    bytes += 2.0 * fray_score_bytes((double)judged, conditions, (double)classes, ranks);
  return bytes + (evaluate->save_scores ? kept_scores(cell, judged, classes) : 0.0);
}

/* A line of the plan, wrapped as a terminal wants it. */
static void __attribute__((format(printf, 2, 3)))
print_line(const char *title, const char *format, ...) {
  enum { INDENT = 13, WIDTH = 80 };
  struct fray_text words = {0}, text = {0};
  va_list list;
  va_start(list, format);
  fray_text_vprintf(&words, format, list);
  va_end(list);
  fray_text_wrap(&text, words.data ? words.data : "", INDENT, WIDTH);
  printf("%-*s%s\n", INDENT, title, text.failed || !text.data ? "" : text.data);
  fray_text_free(&words);
  fray_text_free(&text);
}

static const char *plural(size_t n) {
  return n == 1 ? "" : "s";
}

static void print_memory(const struct fray_cell *cell, double training, double scores, int ranks) {
  struct fray_text text = {0};
  fray_text_printf(&text, "at most %.0f MiB per rank on %d rank%s (of it %lld MiB feature cache",
                   mib(training + scores), ranks, plural((size_t)ranks),
                   (long long)cell->config.data.cache_mb);
  if (scores > 0)
    fray_text_printf(&text, ", %.1f MiB scores", mib(scores));
  print_line("memory", "%s)", text.data ? text.data : "");
  fray_text_free(&text);
}

static void print_disk(const struct fray_study *study, double models, double scores) {
  const double trials = (double)study->n_trials;
  if (scores > 0) /* in the parts and in results.h5; compressed there */
    print_line("disk", "about %.1f MiB of kept models, at most %.1f MiB of scores",
               mib(models * trials), mib(2.0 * scores * trials));
  else
    print_line("disk", "about %.1f MiB of kept models", mib(models * trials));
}

static void print_data(const struct fray_dataset *d) {
  struct fray_text list = {0};
  print_line("data", "%s: %zu samples, %zu classes%s, %zu natural client%s, %zu shard%s", d->name,
             d->n_samples, d->n_classes, d->multi_label ? " (multi-label)" : "", d->n_clients,
             plural(d->n_clients), d->n_shards, plural(d->n_shards));
  for (size_t m = 0; m < d->n_modalities; m++)
    fray_text_printf(&list, "%s%s (%s)", m ? ", " : "", d->modality[m].name,
                     fray_modality_kind_names[d->modality[m].kind]);
  print_line("modalities", "%s", list.data ? list.data : "");
  fray_text_free(&list);
}

/* Controls that equal a cell of the sweep are that cell, and train nothing. */
static void print_trials(const struct fray_study *study, long long rounds) {
  size_t extra = 0, more = study->n_cells - study->n_points;
  for (size_t c = study->n_points; c < study->n_cells; c++)
    extra += study->cell[c].twin == c;
  if (more == 0)
    print_line("trials", "%zu = %zu cell%s x %zu seed%s; as many trainings of %lld rounds",
               study->n_trials, study->n_cells, plural(study->n_cells), study->n_seeds,
               plural(study->n_seeds), rounds);
  else
    print_line("trials",
               "%zu = (%zu cell%s + %zu control%s) x %zu seed%s; %zu trainings of %lld rounds, of "
               "which %zu controls",
               study->n_trials, study->n_points, plural(study->n_points), more, plural(more),
               study->n_seeds, plural(study->n_seeds), (study->n_points + extra) * study->n_seeds,
               rounds, extra * study->n_seeds);
}

static void print_own_test(const struct fray_study *study, const struct fray_partition *partition) {
  const struct fray_cell *cell = &study->cell[0];
  if (partition->n_own == 0)
    return;
  print_line("own test",
             "%zu samples of the federated clients are held out of training (%g of "
             "each%s)",
             partition->n_own, cell->config.data.partition.own_test,
             study->controls & FRAY_CONTROL_LOCAL_ONLY
                 ? "; 0.2 by default with the control local_only"
                 : "");
}

static void print_plan(const struct fray_study *study, const struct fray_session *session,
                       const struct fray_partition *partition, const struct fray_model *model,
                       int ranks) {
  const struct fray_cell *cell = &study->cell[0];
  const struct fray_training_config *t = &cell->config.training;
  size_t cohort = fray_amount_of(t->clients_per_round, partition->n_clients);
  const struct fray_param_table *params = fray_model_params(model);
  print_line("study", "%s", study->name);
  print_data(session->dataset);
  print_line("clients", "%zu federated, %zu a round; %zu training, %zu dev, %zu test samples",
             partition->n_clients, cohort, partition->first[partition->n_clients], partition->n_dev,
             partition->n_test);
  print_line("model", "%s fusion, %zu parameters", cell->config.model.fusion.choice->name,
             params->count);
  print_trials(study, (long long)t->rounds);
  for (size_t k = 0; k < study->n_keys; k++)
    print_line("  swept", "%s", study->key[k]);
  print_own_test(study, partition);
  print_line("conditions", "%zu on each trained model, beside its own", cell->n_conditions);
  print_memory(cell, rank_bytes(&cell->config, params->total, cohort, ranks),
               score_bytes(cell, partition, session->dataset->n_classes, ranks), ranks);
  print_disk(
      study, 2.0 * 4.0 * (double)params->total,
      cell->config.evaluate.save_scores
          ? kept_scores(cell, partition->n_test + partition->n_own, session->dataset->n_classes)
          : 0.0);
}

static enum fray_status check_cell(struct fray_study *study, size_t cell,
                                   struct fray_session *session, struct fray_err *err) {
  FRAY_TRY(fray_study_follow_task(study, cell, session->dataset->multi_label, err));
  return fray_trial_validate(study, &study->trial[cell * study->n_seeds], session, err);
}

enum fray_status fray_study_check(struct fray_study *study, struct fray_comm *comm,
                                  struct fray_err *err) {
  struct fray_session session = {.comm = comm};
  const struct fray_partition *partition = NULL;
  struct fray_model *model = NULL;
  enum fray_status status = fray_study_add_controls(study, &session, err);
  /* Every cell is opened and prepared; the first is described. */
  for (size_t c = study->n_cells; c-- > 0 && status == FRAY_OK;) {
    status = fray_session_open(&session, &study->cell[c], err);
    if (status == FRAY_OK)
      status = fray_comm_agree(comm, check_cell(study, c, &session, err), err);
  }
  if (status == FRAY_OK)
    status = fray_session_partition(&session, &study->cell[0], study->trial[0].partition_seed,
                                    &partition, err);
  if (status == FRAY_OK)
    status = fray_cell_model(&study->cell[0], &session, &model, err);
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK && fray_comm_rank(comm) == 0)
    print_plan(study, &session, partition, model, fray_comm_size(comm));
  fray_model_free(model);
  fray_session_close(&session);
  return status;
}
