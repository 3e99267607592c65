/* What damage of raw values adds to training and to evaluation: the same work with it and without,
 * in turns, on made-up sound, pictures and series.
 *
 * Features of damaged values are kept like those of clean ones, so that after the first epoch
 * nothing is damaged again; and each condition of an evaluation is one encoding more. The bench
 * holds the program to that: ratios, which another machine should have too. */
#include "bench_parts.h"
#include "fray/base/size.h"
#include "fray/corrupt/signal.h"
#include "fray/data/synth.h"
#include "fray/fed/client.h"
#include "fray/fed/evaluate.h"

#include <stdlib.h>

/* Turns: how often each side is measured; some disturbed ones are then not the median. */
enum { CONDITIONS = FRAY_BENCH_CONDITIONS, TURNS = 5, BRIEF_TURNS = 3 };

struct subject {
  struct fray_arena arena, work, keep;
  struct fray_comm *comm;
  struct fray_dataset *dataset;
  struct fray_features *features;
  struct fray_model *model;
  struct fray_trainer trainer;
  float *global, *update;
  struct fray_client client;
  /* The clean one, then the same samples at each severity. */
  struct fray_samples under[1 + CONDITIONS];
  size_t conditions, round;
};

/* Half a second of sound has all parts of the work, and seconds are not needed for a ratio. Half a
 * block of samples: so an evaluation of one condition is one encoding. The cache holds all of them
 * under every condition. */
static enum fray_status open_data(struct subject *s, const char *folder, struct fray_err *err) {
  struct fray_synth_config config;
  struct fray_node *node;
  const struct fray_data_config data = {.shards = folder, .cache_mb = 512};
  const char *yaml =
      fray_arena_printf(&s->arena,
                        "{clients: 8, test_clients: 0, dev_fraction: 0, samples: %d,"
                        " classes: 4, audio_rate: 16000,"
                        " modalities: [\"audio:8000\", \"image:28x28x1\", \"series:128x6\"]}",
                        bench_is_brief() ? 2 : 8);
  FRAY_CHECK(yaml, err, MEMORY, "out of memory");
  FRAY_TRY(fray_yaml_parse(yaml, "bench", &s->arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_synth_table, node, "", &config, &s->arena, err));
  FRAY_TRY(fray_synth(&config, folder, err));
  FRAY_TRY(fray_dataset_open(folder, NULL, 0, s->comm, &s->dataset, err));
  return fray_features_open(s->dataset, &data, &s->features, err);
}

/* With the defaults of a scenario: an encoder for each kind of features. */
static enum fray_status open_model(struct subject *s, struct fray_err *err) {
  const struct fray_dataset *d = s->dataset;
  struct fray_feature_shape shape[FRAY_MAX_MODALITIES];
  const char *names[FRAY_MAX_MODALITIES];
  static struct fray_local_config local; /* read by the trainer as long as it lives */
  struct fray_model_config config;
  struct fray_node *node;
  for (size_t m = 0; m < d->n_modalities; m++) {
    names[m] = d->modality[m].name;
    shape[m] = *fray_features_shape(s->features, m);
  }
  FRAY_TRY(fray_yaml_parse("{fusion: concat, hidden: 64}", "bench", &s->arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_model_table, node, "model", &config, &s->arena, err));
  FRAY_TRY(fray_model_new(
      &config, &(struct fray_model_data){d->n_modalities, d->n_classes, names, shape, NULL},
      &s->model, err));
  FRAY_TRY(fray_yaml_parse("{batch: 16, lr: 0.01}", "bench", &s->arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_local_table, node, "training.local", &local, &s->arena, err));
  FRAY_TRY(fray_trainer_start(&s->trainer, s->model, s->features, d->n_modalities, &local, err));
  /* As a trial begins: of zeros all gradients would be zeros. */
  const struct fray_param_table *table = fray_model_params(s->model);
  FRAY_ALLOC_ZERO(s->global, &s->arena, table->total, err);
  FRAY_ALLOC_ZERO(s->update, &s->arena, table->total, err);
  fray_param_init(table, 1, s->global);
  return FRAY_OK;
}

/* The kind that one looks for first in each medium: nobody names one here. */
static const struct fray_choice *usual_kind(enum fray_modality_kind medium) {
  for (size_t k = 0; k < fray_corruptions.n; k++) {
    const struct fray_choice *kind = fray_corruptions.v[k];
    if (fray_corruption_damages_signals(kind) && fray_corruption_is_usual(kind) &&
        fray_corruption_fits_modality(kind, medium))
      return kind;
  }
  return NULL;
}

/* Every value of every modality is damaged, which is the most that damage can cost. */
static enum fray_status plan_severity(struct subject *s, const struct fray_population *people,
                                      int severity, const struct fray_signal_plan **out,
                                      struct fray_err *err) {
  const struct fray_dataset *d = s->dataset;
  struct fray_corruption_config *entry;
  const struct fray_corruption_config *entries[FRAY_MAX_MODALITIES];
  struct fray_realised realised[FRAY_MAX_MODALITIES];
  struct fray_damage damage;
  FRAY_ALLOC_ZERO(entry, &s->arena, d->n_modalities, err);
  for (size_t m = 0; m < d->n_modalities; m++) {
    /* Two modalities of a medium would share a kind, and not its random numbers. */
    const struct fray_choice *kind = usual_kind(d->modality[m].kind);
    struct fray_node *node;
    FRAY_CHECK(kind, err, INTERNAL, "no usual kind damages %s", d->modality[m].name);
    const char *yaml = fray_arena_printf(&s->arena, "{kind: %s, severity: %d, modalities: [%s]}",
                                         kind->name, severity, d->modality[m].name);
    FRAY_CHECK(yaml, err, MEMORY, "out of memory");
    FRAY_TRY(fray_yaml_parse(yaml, "bench", &s->arena, &node, err));
    FRAY_TRY(fray_schema_read(&fray_corruption_table, node, "", &entry[m], &s->arena, err));
    entries[m] = &entry[m];
  }
  FRAY_TRY(fray_damage_start(people, &s->arena, &damage, err));
  FRAY_TRY(fray_corrupt(entries, d->n_modalities, people, 1, &s->arena, &damage, realised, err));
  *out = damage.signal;
  return FRAY_OK;
}

/* All samples are one client's: what rounds add is measured by itself. */
static enum fray_status make_samples(struct subject *s, struct fray_err *err) {
  const struct fray_dataset *d = s->dataset;
  uint32_t *sample;
  FRAY_ALLOC(sample, &s->arena, d->n_samples, err);
  for (size_t i = 0; i < d->n_samples; i++)
    sample[i] = (uint32_t)i;
  /* As clients of a study are told to a plan, though they are trained as one. */
  const struct fray_population people = {.dataset = d,
                                         .n = d->n_samples,
                                         .sample = sample,
                                         .client = d->client,
                                         .n_clients = d->n_clients,
                                         .client_source = d->client_source,
                                         .client_name = d->client_name,
                                         .train = true};
  for (size_t c = 0; c <= CONDITIONS; c++) {
    s->under[c] = (struct fray_samples){.n = d->n_samples,
                                        .n_labelled = d->n_samples,
                                        .sample = sample,
                                        .label = d->label,
                                        .held = d->present,
                                        .present = d->present};
    if (c > 0)
      FRAY_TRY(plan_severity(s, &people, (int)c, &s->under[c].signal, err));
  }
  return FRAY_OK;
}

/* An epoch over all samples. */
static enum fray_status train(void *user, struct fray_err *err) {
  struct subject *s = user;
  struct fray_client_result result;
  return fray_client_train(&s->trainer, s->global, &s->client, 1, s->round++, NULL, s->update,
                           &result, err);
}

/* The first call of a kind computes and keeps the features, before anything is timed. */
static enum fray_status train_under(struct subject *s, size_t condition,
                                    struct fray_spread *seconds, struct fray_err *err) {
  s->client = (struct fray_client){.source = 1, .data = s->under[condition]};
  return bench_time(train, s, seconds, err);
}

/* All conditions in one call, as a round of a study evaluates them: the clean samples by themselves
 * are what is compared with. */
static enum fray_status evaluate(void *user, struct fray_err *err) {
  struct subject *s = user;
  uint64_t load = 0;
  struct fray_evaluation evaluation;
  const struct fray_evaluation_task task = {.model = s->model,
                                            .features = s->features,
                                            .n_modalities = s->dataset->n_modalities,
                                            .conditions = s->conditions,
                                            .w = s->global,
                                            .under = s->conditions == 1 ? s->under : s->under + 1};
  /* One rank: what is shared is what it answered. */
  const enum fray_status status =
      fray_evaluate_mine(s->comm, &task, &load, &s->work, &s->keep, &evaluation, err);
  fray_arena_reset(&s->work);
  fray_arena_reset(&s->keep);
  return status;
}

/* How many, and not which: the first of them is the clean one only when it is alone. */
static enum fray_status evaluate_under(struct subject *s, size_t conditions,
                                       struct fray_spread *seconds, struct fray_err *err) {
  s->conditions = conditions;
  return bench_time(evaluate, s, seconds, err);
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Both sides in turns, so that a machine that slows down slows both. */
static enum fray_status ratio(struct subject *s,
                              enum fray_status (*under)(struct subject *s, size_t what,
                                                        struct fray_spread *seconds,
                                                        struct fray_err *err),
                              const size_t what[2], struct fray_spread *out, struct fray_err *err) {
  /* Of neighbours in time alone: ratios of medians over all turns would mix quiet and busy ones. */
  double turn[TURNS];
  const size_t n = bench_is_brief() ? BRIEF_TURNS : TURNS;
  for (size_t t = 0; t < n; t++) {
    struct fray_spread clean = {0}, damaged = {0};
    FRAY_TRY(under(s, what[0], &clean, err));
    FRAY_TRY(under(s, what[1], &damaged, err));
    turn[t] = damaged.median / clean.median;
  }
  qsort(turn, n, sizeof *turn, by_value);
  *out = (struct fray_spread){turn[n / 4], turn[n / 2], turn[3 * n / 4]};
  return FRAY_OK;
}

/* Two numbers: training is asked for at most 1.3 times the clean time, an evaluation at most once
 * for each condition. */
static enum fray_status measure(struct subject *s, struct fray_bench *out, struct fray_err *err) {
  /* Severity 3, the middle; and all severities against the clean samples alone. */
  static const size_t training[2] = {0, 3}, evaluation[2] = {1, CONDITIONS};
  FRAY_TRY(ratio(s, train_under, training, &out->training_ratio, err));
  FRAY_TRY(ratio(s, evaluate_under, evaluation, &out->evaluation_ratio, err));
  out->conditions = CONDITIONS;
  return FRAY_OK;
}

/* Everything is released, whichever step failed: what was not made is empty. */
enum fray_status bench_conditions(const char *folder, struct fray_comm *comm,
                                  struct fray_bench *out, struct fray_err *err) {
  struct subject s = {.comm = comm};
  enum fray_status status = open_data(&s, folder, err);
  if (status == FRAY_OK)
    status = open_model(&s, err);
  if (status == FRAY_OK)
    status = make_samples(&s, err);
  if (status == FRAY_OK)
    status = measure(&s, out, err);
  fray_trainer_end(&s.trainer);
  fray_model_free(s.model);
  fray_features_close(s.features);
  fray_dataset_close(s.dataset);
  fray_arena_free(&s.work);
  fray_arena_free(&s.keep);
  fray_arena_free(&s.arena);
  return status;
}
