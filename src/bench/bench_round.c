/* The whole path of a client through a round: drawn, given to a rank, batches put together,
 * trained, its update added exactly. */
#include "bench_parts.h"
#include "fray/base/size.h"
#include "fray/fed/federation.h"

/* The same numbers as in the keys below: times are divided by them. */
enum { ROUNDS = 20, COHORT = 100 };

struct rounds {
  struct fray_arena arena;
  struct fray_clients clients;
  struct fray_federation federation;
  struct fray_training_config training;
  struct fray_evaluate_config evaluate;
  const struct fray_choice *metric[1];
};

/* All rounds in one repetition: a single one would be lost in what starting costs. */
static enum fray_status train_rounds(void *user, struct fray_err *err) {
  struct rounds *r = user;
  struct fray_outcome outcome;
  const struct fray_arena_place mark = fray_arena_mark(&r->arena);
  /* What an outcome holds is given back after each repetition; it is of no interest. */
  const enum fray_status status = fray_federate(&r->federation, &r->arena, &outcome, err);
  fray_arena_rewind(&r->arena, mark);
  return status;
}

/* The keys of a scenario, so that defaults of training are those of a study. */
static enum fray_status read_keys(struct rounds *r, struct fray_err *err) {
  struct fray_node *node;
  FRAY_TRY(fray_yaml_parse("{rounds: 20, clients_per_round: 100, local: {batch: 1, lr: 0.01}}",
                           "bench", &r->arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_training_table, node, "training", &r->training, &r->arena, err));
  /* Judged once, at the end, on one sample: evaluation is measured by itself, with the models. */
  FRAY_TRY(fray_yaml_parse("{every: 20, metrics: [accuracy], test: selected}", "bench", &r->arena,
                           &node, err));
  r->metric[0] = fray_choice_find(&fray_metrics, "accuracy");
  return fray_schema_read(&fray_evaluate_table, node, "evaluate", &r->evaluate, &r->arena, err);
}

/* Every sample is a client. */
static enum fray_status make_clients(struct rounds *r, struct fray_err *err) {
  const struct fray_dataset *d = r->federation.dataset;
  size_t *first;
  uint32_t *sample, *one;
  uint8_t *present;
  FRAY_ALLOC(first, &r->arena, d->n_samples, err);
  FRAY_ALLOC(one, &r->arena, d->n_samples, err);
  FRAY_ALLOC(sample, &r->arena, d->n_samples, err);
  FRAY_ALLOC(present, &r->arena, d->n_samples, err);
  for (size_t i = 0; i < d->n_samples; i++) {
    sample[i] = (uint32_t)i;
    present[i] = 1;
    first[i] = i;
    one[i] = 1;
  }
  r->clients = (struct fray_clients){
      .n = d->n_samples,
      .classes = d->n_classes,
      .source = d->source,
      .first = first,
      .count = one,
      .n_labelled = one,
      .data = {.n = d->n_samples, .sample = sample, .label = d->label, .present = present}};
  r->federation.clients = &r->clients;
  r->federation.client_name = d->source_id;
  /* A federation must have both; one sample is the least that they can hold. */
  r->federation.dev = r->federation.test = (struct fray_samples){.n = 1,
                                                                 .n_labelled = 1,
                                                                 .sample = sample,
                                                                 .label = d->label,
                                                                 .held = present,
                                                                 .present = present};
  return FRAY_OK;
}

/* The difference to training the same clients alone is what a round adds: drawing, adding, the
 * server's step. */
enum fray_status bench_round(struct fray_comm *comm, const struct fray_dataset *dataset,
                             struct fray_features *features, const struct fray_model *model,
                             struct fray_spread *client_us, struct fray_err *err) {
  struct rounds r = {
      .federation = {
          .comm = comm, .dataset = dataset, .features = features, .model = model, .seed = 1}};
  struct fray_spread seconds = {0};
  r.federation.training = &r.training;
  r.federation.evaluate = &r.evaluate;
  r.federation.metrics = r.metric;
  enum fray_status status = read_keys(&r, err);
  if (status == FRAY_OK)
    status = make_clients(&r, err);
  if (status == FRAY_OK)
    status = bench_time(train_rounds, &r, &seconds, err);
  if (status == FRAY_OK)
    /* A repetition is all rounds with all their clients. */
    *client_us = bench_scaled(seconds, 1e6 / (ROUNDS * COHORT));
  fray_arena_free(&r.arena);
  return status;
}
