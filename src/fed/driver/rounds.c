/* The rounds of one trial, from the first cohort to the last, over all ranks. */
#include "fray/fed/federation.h"

#include "fray/base/size.h"
#include "fray/fed/exact.h"
#include "fray/fed/schedule.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum fray_status fray_clients_build(const struct fray_partition *partition,
                                    const struct fray_damage *damage, size_t n_classes,
                                    struct fray_arena *arena, struct fray_clients *out,
                                    struct fray_err *err) {
  const size_t n = partition->first[partition->n_clients];
  size_t *first;
  uint32_t *sample, *count, *n_labelled;
  uint8_t *present, *labels = NULL;
  int32_t *label;
  FRAY_ALLOC(first, arena, partition->n_clients, err);
  FRAY_ALLOC(count, arena, partition->n_clients, err);
  FRAY_ALLOC(n_labelled, arena, partition->n_clients, err);
  FRAY_ALLOC(sample, arena, n, err);
  FRAY_ALLOC(present, arena, n, err);
  FRAY_ALLOC(label, arena, n, err);
  if (damage->labels)
    FRAY_ALLOC(labels, arena, n * n_classes, err);
  size_t at = 0;
  for (size_t c = 0; c < partition->n_clients; c++) {
    first[c] = at;
    for (int turn = 0; turn < 2; turn++) { /* those with a label, then the others */
      for (size_t i = partition->first[c]; i < partition->first[c + 1]; i++) {
        if (damage->dropped[i] || (damage->label[i] == FRAY_UNLABELLED) != (turn == 1))
          continue;
        sample[at] = partition->sample[i];
        present[at] = damage->present[i];
        if (labels)
          memcpy(labels + at * n_classes, damage->labels + i * n_classes, n_classes);
        label[at++] = damage->label[i];
      }
      *(turn == 0 ? &n_labelled[c] : &count[c]) = (uint32_t)(at - first[c]);
    }
  }
  *out = (struct fray_clients){
      .n = partition->n_clients,
      .classes = n_classes,
      .source = partition->source,
      .first = first,
      .count = count,
      .n_labelled = n_labelled,
      .data = {.n = at, .sample = sample, .label = label, .labels = labels, .present = present}};
  return FRAY_OK;
}

/* One trial in progress. */
struct run {
  const struct fray_federation *f;
  const struct fray_server_ops *server;
  struct fray_trainer trainer;
  struct fray_arena *keep, work, answers; /* answers: of one evaluation */
  size_t total;                           /* floats of the parameter vector */
  float *w, *mean, *state;                /* (total), (total), (state * total) */
  uint32_t *cohort;
  size_t cohort_size; /* asked for, the largest of a schedule */
  struct fray_sampler sampler;
  struct fray_draw *by_cost; /* (cohort_size) scratch */
  uint64_t *load;            /* (ranks) scratch */
  float **update;            /* grown as needed: updates that this rank hosts, (total) each */
  size_t n_update;
  int64_t *confusion;
  bool scores; /* a metric of the rounds looks at them */
};

/* Who may be drawn: damage may have left a client nothing. */
static enum fray_status start_sampler(struct run *r, size_t count, struct fray_err *err) {
  const struct fray_federation *f = r->f;
  uint8_t *is_eligible;
  FRAY_ALLOC(is_eligible, &r->work, f->clients->n, err);
  for (size_t c = 0; c < f->clients->n; c++)
    is_eligible[c] = f->clients->n_labelled[c] > 0;
  enum fray_status status = fray_sampler_start(&r->sampler, f->clients->n, f->clients->source,
                                               is_eligible, count, r->keep, err);
  fray_arena_free(&r->work);
  return status;
}

static enum fray_status run_allocate(struct run *r, struct fray_err *err) {
  const struct fray_federation *f = r->f;
  size_t cells = fray_confusion_cells(f->dataset->multi_label, f->dataset->n_classes);
  FRAY_ALLOC_ZERO(r->w, r->keep, r->total, err);
  FRAY_ALLOC_ZERO(r->mean, r->keep, r->total, err);
  FRAY_ALLOC_ZERO(r->state, r->keep, FRAY_MAX(r->server->state * r->total, (size_t)1), err);
  FRAY_ALLOC(r->confusion, r->keep, cells, err);
  r->cohort_size = fray_amount_of(f->training->clients_per_round, f->clients->n);
  if (!f->cohorts)
    FRAY_TRY(start_sampler(r, r->cohort_size, err));
  for (size_t k = 0; f->cohorts && k < f->cohorts->rounds; k++)
    r->cohort_size = FRAY_MAX(r->cohort_size, f->cohorts->first[k + 1] - f->cohorts->first[k]);
  FRAY_ALLOC(r->cohort, r->keep, r->cohort_size + 1, err);
  FRAY_ALLOC(r->load, r->keep, fray_comm_size(f->comm), err);
  FRAY_ALLOC(r->by_cost, r->keep, r->cohort_size + 1, err);
  FRAY_ALLOC_ZERO(r->update, r->keep, r->cohort_size + 1, err);
  return FRAY_OK;
}

static size_t state_size(const struct run *r) {
  return r->server->state * r->total;
}

/* As everything stood when that round was over. */
static enum fray_status go_on_from(struct run *r, const struct fray_federation_state *from,
                                   struct fray_outcome *out, struct fray_err *err) {
  FRAY_CHECK(
      from->total == r->total && from->n_server == state_size(r) &&
          from->round <= (size_t)r->f->training->rounds && from->best_round <= from->round,
      err, INTERNAL,
      "a state of %zu parameters after round %zu does not fit a model of %zu for %lld rounds",
      from->total, from->round, r->total, (long long)r->f->training->rounds);
  memcpy(r->w, from->w, r->total * sizeof *r->w);
  memcpy(out->best, from->best, r->total * sizeof *out->best);
  if (from->n_server)
    memcpy(r->state, from->server, from->n_server * sizeof *r->state);
  if (from->round)
    memcpy(out->row, from->row, from->round * sizeof *out->row);
  out->rounds = out->n_rows = from->round;
  out->best_round = from->best_round;
  out->best_dev = from->best_dev;
  return FRAY_OK;
}

static enum fray_status run_start(struct run *r, const struct fray_federation *f,
                                  struct fray_arena *arena, struct fray_outcome *out,
                                  struct fray_err *err) {
  const struct fray_param_table *params = fray_model_params(f->model);
  size_t rounds = (size_t)f->training->rounds;
  *r = (struct run){.f = f, .keep = arena, .total = params->total};
  r->server = f->training->server.algorithm.choice->impl;
  r->scores = fray_evaluate_needs_scores(f->evaluate, f->training->selection.metric.choice);
  FRAY_TRY(run_allocate(r, err));
  FRAY_TRY(fray_trainer_start(&r->trainer, f->model, f->features, f->dataset->n_modalities,
                              &f->training->local, err));
  r->trainer.positive_weight = f->positive_weight;
  fray_param_init(params, f->seed, r->w);
  *out = (struct fray_outcome){.best_dev = NAN};
  FRAY_ALLOC_ZERO(out->row, arena, rounds, err);
  FRAY_ALLOC_ZERO(out->best, arena, r->total, err);
  FRAY_ALLOC_ZERO(out->last, arena, r->total, err);
  return f->from ? go_on_from(r, f->from, out, err) : FRAY_OK;
}

static void run_end(struct run *r) {
  for (size_t k = 0; r->update && k < r->n_update; k++)
    free(r->update[k]);
  fray_trainer_end(&r->trainer);
  fray_arena_free(&r->work);
  fray_arena_free(&r->answers);
}

/* The k-th buffer for an update that this rank hosts; kept from round to round. */
static float *update_buffer(struct run *r, size_t k) {
  while (r->n_update <= k) {
    float *buffer = aligned_alloc(64, (r->total * sizeof(float) + 63) / 64 * 64);
    if (!buffer)
      return NULL;
    r->update[r->n_update++] = buffer;
  }
  return r->update[k];
}

/* What a cohort's training gives, one entry per member; each rank fills those that it hosts. */
struct cohort_report {
  double *loss, *finite; /* (cohort) sum of batch loss x size; 1 or 0 */
  double *weight;        /* (mine) of the updates that this rank holds */
  size_t mine;
};

static enum fray_status train_mine(struct run *r, size_t round, size_t n, const int *host,
                                   double all_samples, struct cohort_report *report,
                                   struct fray_err *err) {
  const struct fray_federation *f = r->f;
  for (size_t i = 0; i < n; i++) {
    if (host[i] != fray_comm_rank(f->comm))
      continue;
    const struct fray_client client = fray_client_of(f->clients, r->cohort[i]);
    struct fray_client_result result;
    float *update = update_buffer(r, report->mine);
    FRAY_CHECK(update, err, MEMORY, "out of memory (%zu parameters)", r->total);
    fray_watch_work(f->watch, round, f->client_name[r->cohort[i]]);
    enum fray_status status =
        fray_client_train(&r->trainer, r->w, &client, f->seed, round, NULL, update, &result, err);
    if (status != FRAY_OK)
      return fray_at(err, "round %zu, client %s", round, f->client_name[r->cohort[i]]);
    report->loss[i] = result.sample_loss_sum / (double)FRAY_MAX(result.samples, (size_t)1) *
                      (double)client.data.n_labelled;
    report->finite[i] = result.finite;
    report->weight[report->mine++] = (double)client.data.n_labelled / all_samples;
  }
  return FRAY_OK;
}

static enum fray_status report_start(struct cohort_report *report, int **host, size_t **cost,
                                     size_t n, struct fray_arena *work, struct fray_err *err) {
  *report = (struct cohort_report){0};
  FRAY_ALLOC_ZERO(report->loss, work, 2 * n, err);
  report->finite = report->loss + n; /* one behind the other, to be shared at once */
  FRAY_ALLOC_ZERO(report->weight, work, n, err);
  FRAY_ALLOC(*host, work, n, err);
  FRAY_ALLOC(*cost, work, n, err);
  return FRAY_OK;
}

/* Who takes part: drawn, or as the schedule says less those whom damage left nothing. */
static size_t choose_cohort(struct run *r, size_t round) {
  const struct fray_federation *f = r->f;
  const struct fray_cohort_schedule *s = f->cohorts;
  if (s) {
    size_t n = 0;
    for (size_t i = s->first[round - 1]; i < s->first[round]; i++)
      if (f->clients->n_labelled[s->client[i]])
        r->cohort[n++] = s->client[i];
    return n;
  }
  return fray_sampler_draw(&r->sampler, f->seed, round, r->cohort);
}

/* Draws a cohort, trains it where its members are hosted, and leaves the exact mean update. */
static enum fray_status train_cohort(struct run *r, size_t round, struct fray_round_row *row,
                                     struct fray_outcome *out, struct fray_err *err) {
  const struct fray_federation *f = r->f;
  int *host = NULL;
  size_t *cost = NULL;
  struct cohort_report report;
  size_t n = choose_cohort(r, round);
  size_t ranks = (size_t)fray_comm_size(f->comm);
  FRAY_TRY(report_start(&report, &host, &cost, n, &r->work, err));
  *row = (struct fray_round_row){.round = round, .cohort = n};
  for (size_t i = 0; i < n; i++)
    row->samples += cost[i] = f->clients->n_labelled[r->cohort[i]];
  if (n == 0) { /* damage left nobody with a usable sample: the model stays as it is */
    row->train_loss = NAN;
    memset(r->mean, 0, r->total * sizeof *r->mean);
    return FRAY_OK;
  }
  fray_assign_ranks(cost, n, ranks, r->load, r->by_cost, host);
  enum fray_status status = train_mine(r, round, n, host, (double)row->samples, &report, err);
  FRAY_TRY(fray_comm_agree(f->comm, status, err));
  FRAY_TRY(fray_exact_share(f->comm, report.loss, 2 * n, &r->work, err));
  for (size_t i = 0; i < n; i++) {
    row->train_loss += report.loss[i] / (double)row->samples;
    if (report.finite[i] == 0.0 && !out->diverged) {
      out->diverged = true;
      out->diverged_round = round;
      out->diverged_client = r->cohort[i];
    }
  }
  if (out->diverged)
    return FRAY_OK;
  FRAY_TRY(fray_exact_sum(f->comm, r->total, report.mine, (const float *const *)r->update,
                          report.weight, n, &r->work, r->mean, err));
  row->update_norm = sqrt(fray_vec_norm2(r->total, r->mean));
  return FRAY_OK;
}

static enum fray_status evaluate_mine(struct run *r, const struct fray_samples *panel, size_t round,
                                      uint64_t *load, struct fray_evaluation *out,
                                      struct fray_err *err) {
  const struct fray_federation *f = r->f;
  const struct fray_evaluation_task task = {.model = f->model,
                                            .features = f->features,
                                            .n_modalities = f->dataset->n_modalities,
                                            .conditions = 1,
                                            .w = r->w,
                                            .under = panel,
                                            .scores = r->scores,
                                            .watch = f->watch,
                                            .round = round};
  return fray_evaluate_mine(f->comm, &task, load, &r->work, &r->answers, out, err);
}

/* Completes the answers and scores them. The selection metric need not be among those reported: it
 * follows them. */
static enum fray_status score_panel(struct run *r, const struct fray_samples *panel,
                                    struct fray_evaluation *evaluation, enum fray_status mine,
                                    double *values, struct fray_err *err) {
  const struct fray_federation *f = r->f;
  struct fray_scored scored;
  const char *why;
  FRAY_TRY(fray_evaluate_share(f->comm, evaluation, mine, &r->work, err));
  fray_score(&evaluation->answers, 0, panel->label, panel->labels, NULL, f->dataset->n_classes,
             r->confusion, &scored);
  scored.samples.work = &r->work;
  for (size_t k = 0; k < f->evaluate->metrics.n; k++)
    values[k] = fray_metric_value(f->metrics[k], &scored, &why);
  values[f->evaluate->metrics.n] =
      fray_metric_value(f->training->selection.metric.choice, &scored, &why);
  return FRAY_OK;
}

static bool is_better(const struct run *r, double value, const struct fray_outcome *out) {
  const struct fray_selection_config *selection = &r->f->training->selection;
  if (out->best_round == 0)
    return true;
  if (isnan(value) || isnan(out->best_dev))
    return !isnan(value);
  if (value == out->best_dev)
    return selection->tie == 1;
  return fray_metric_higher_is_better(selection->metric.choice) ? value > out->best_dev
                                                                : value < out->best_dev;
}

static enum fray_status evaluate_round(struct run *r, struct fray_round_row *row,
                                       struct fray_outcome *out, struct fray_err *err) {
  const struct fray_federation *f = r->f;
  size_t n = f->evaluate->metrics.n;
  double dev[FRAY_MAX_METRICS + 1], test[FRAY_MAX_METRICS + 1];
  struct fray_evaluation on_dev = {0}, on_test = {0};
  bool always = f->evaluate->test == FRAY_TEST_EVERY;
  memset(r->load, 0, (size_t)fray_comm_size(f->comm) * sizeof *r->load);
  fray_arena_reset(&r->answers);
  enum fray_status mine = evaluate_mine(r, &f->dev, row->round, r->load, &on_dev, err);
  if (always && mine == FRAY_OK) /* with the dev samples: ranks wait once, blocks balance */
    mine = evaluate_mine(r, &f->test, row->round, r->load, &on_test, err);
  FRAY_TRY(score_panel(r, &f->dev, &on_dev, mine, dev, err));
  bool best = is_better(r, dev[n], out);
  row->evaluated = true;
  row->tested = best || always;
  memcpy(row->dev, dev, n * sizeof *dev);
  if (row->tested && !always)
    mine = evaluate_mine(r, &f->test, row->round, r->load, &on_test, err);
  if (row->tested) {
    FRAY_TRY(score_panel(r, &f->test, &on_test, mine, test, err));
    memcpy(row->test, test, n * sizeof *test);
  }
  if (best) {
    out->best_round = row->round;
    out->best_dev = dev[n];
    memcpy(out->best, r->w, r->total * sizeof *r->w);
  }
  return FRAY_OK;
}

static enum fray_status save(struct run *r, const struct fray_outcome *out, struct fray_err *err) {
  const struct fray_federation *f = r->f;
  const struct fray_federation_state state = {.total = r->total,
                                              .n_server = state_size(r),
                                              .round = out->rounds,
                                              .w = r->w,
                                              .best = out->best,
                                              .server = r->state,
                                              .row = out->row,
                                              .best_round = out->best_round,
                                              .best_dev = out->best_dev};
  enum fray_status status = FRAY_OK;
  if (f->save && fray_comm_rank(f->comm) == 0)
    status = f->save(f->keeper, &state, err);
  return fray_comm_agree(f->comm, status, err);
}

/* Between two rounds. */
static enum fray_status ask_watch(struct run *r, const struct fray_outcome *out,
                                  struct fray_err *err) {
  const struct fray_watch *watch = r->f->watch;
  const enum fray_round_end answer = watch && watch->round
                                         ? watch->round(watch->user, &out->row[out->n_rows - 1])
                                         : FRAY_ROUND_GO_ON;
  if (answer != FRAY_ROUND_GO_ON)
    FRAY_TRY(save(r, out, err));
  FRAY_CHECK(answer != FRAY_ROUND_SAVE_AND_STOP, err, STOPPED, "stopped after round %zu of %lld",
             out->rounds, (long long)r->f->training->rounds);
  return FRAY_OK;
}

static enum fray_status run_rounds(struct run *r, struct fray_outcome *out, struct fray_err *err) {
  const struct fray_training_config *training = r->f->training;
  size_t rounds = (size_t)training->rounds, every = (size_t)r->f->evaluate->every;
  for (size_t round = out->rounds + 1; round <= rounds; round++) {
    struct fray_round_row *row = &out->row[out->n_rows];
    fray_arena_reset(&r->work);
    FRAY_TRY(train_cohort(r, round, row, out, err));
    out->n_rows++;
    if (out->diverged)
      break;
    r->server->step(training->server.algorithm.params, training->local.lr, round, r->total, r->mean,
                    r->w, r->state);
    if (round % every == 0 || round == rounds)
      FRAY_TRY(evaluate_round(r, row, out, err));
    out->rounds = round;
    FRAY_TRY(ask_watch(r, out, err));
  }
  memcpy(out->last, r->w, r->total * sizeof *r->w);
  return FRAY_OK;
}

enum fray_status fray_federate(const struct fray_federation *federation, struct fray_arena *arena,
                               struct fray_outcome *out, struct fray_err *err) {
  struct run run;
  enum fray_status status = run_start(&run, federation, arena, out, err);
  status = fray_comm_agree(federation->comm, status, err);
  if (status == FRAY_OK)
    status = run_rounds(&run, out, err);
  run_end(&run);
  return status;
}
