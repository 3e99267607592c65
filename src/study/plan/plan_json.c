/* The plan of a study as JSON: what `fray check` prints, in full and without rounding. Nothing is
 * left out for lack of room, so a document of thousands of cells is as long as that. */
#include "forecast.h"

#include "fray/base/log.h"
#include "fray/base/version.h"
#include "fray/json/json.h"

#include <math.h>

enum { OBJECT = false, ARRAY = true };

static void put_data(struct fray_json_writer *w, const struct fray_dataset *d) {
  fray_json_open(w, "data", OBJECT);
  fray_json_member_text(w, "name", d->name);
  fray_json_member_count(w, "samples", d->n_samples);
  fray_json_member_count(w, "classes", d->n_classes);
  fray_json_member_bool(w, "multi_label", d->multi_label);
  if (d->words)
    fray_json_member_bool(w, "sequence", true);
  fray_json_member_count(w, "clients", d->n_clients);
  fray_json_member_count(w, "shards", d->n_shards);
  fray_json_open(w, "modalities", ARRAY);
  for (size_t m = 0; m < d->n_modalities; m++) {
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_text(w, "name", d->modality[m].name);
    fray_json_member_text(w, "kind", fray_modality_kind_names[d->modality[m].kind]);
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
  fray_json_close(w, OBJECT);
}

/* The partition of the first seed, which stands for the others. */
static void put_clients(struct fray_json_writer *w, const struct fray_cell *cell,
                        const struct fray_partition *p) {
  fray_json_open(w, "clients", OBJECT);
  fray_json_member_count(w, "federated", p->n_clients);
  fray_json_member_count(w, "least_a_round", cell->outlook->least);
  fray_json_member_count(w, "most_a_round", cell->outlook->most);
  if (cell->outlook->simulated) {
    fray_json_member_real(w, "expected_a_round", cell->outlook->came);
    fray_json_member_real(w, "invited_a_round", cell->outlook->invited);
    fray_json_member_real(w, "simulated_seconds_a_round", cell->outlook->seconds);
  }
  fray_json_member_count(w, "training_samples", p->first[p->n_clients]);
  fray_json_member_count(w, "dev_samples", p->n_dev);
  fray_json_member_count(w, "test_samples", p->n_test);
  fray_json_member_count(w, "own_test_samples", p->n_own);
  fray_json_close(w, OBJECT);
}

/* What an entry hits, as counts: shares of them follow, also where nothing can be hit. */
static void put_entries(struct fray_json_writer *w, const struct fray_cell *cell) {
  fray_json_open(w, "corruption", ARRAY);
  for (size_t e = 0; e < cell->n_entries; e++) {
    const struct fray_outlook_hit *hit = &cell->outlook->hit[e];
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_text(w, "id", fray_corruption_id(cell->entry[e]));
    fray_json_member_real(w, "strength", hit->nominal);
    fray_json_member_count(w, "train_hit", hit->trains ? hit->train_hit : 0);
    fray_json_member_count(w, "train_of", hit->trains ? hit->train_eligible : 0);
    fray_json_member_count(w, "test_hit", hit->tests ? hit->test_hit : 0);
    fray_json_member_count(w, "test_of", hit->tests ? hit->test_eligible : 0);
    fray_json_member_count(w, "dev_hit", hit->dev_hit);
    fray_json_member_count(w, "dev_of", hit->dev_eligible);
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
}

/* As privacy.csv will have it. */
static void put_privacy(struct fray_json_writer *w, const struct fray_outlook *o) {
  const struct fray_privacy_plan *plan = o->privacy;
  fray_json_open(w, "privacy", OBJECT);
  fray_json_member_real(w, "q", plan->mechanism.q);
  fray_json_member_real(w, "z", plan->mechanism.z);
  fray_json_member_real(w, "clip", plan->clip);
  fray_json_member_real(w, "delta", plan->mechanism.delta);
  fray_json_member_real(w, "epsilon_pld", o->epsilon.pld);
  fray_json_member_real(w, "epsilon_rdp", o->epsilon.rdp);
  fray_json_member_real(w, "epsilon_rdp_classic", o->epsilon.classic);
  fray_json_member_real(w, "noise_length", fray_privacy_noise_length(plan));
  fray_json_close(w, OBJECT);
}

static void put_cells(struct fray_json_writer *w, const struct fray_study *study) {
  fray_json_open(w, "cells", ARRAY);
  for (size_t c = 0; c < study->n_cells; c++) {
    const struct fray_cell *cell = &study->cell[c];
    fray_json_open(w, NULL, OBJECT);
    fray_json_open(w, "keys", OBJECT);
    for (size_t k = 0; k < study->n_keys; k++)
      fray_json_member_text(w, study->key[k], cell->value[k]);
    fray_json_close(w, OBJECT);
    fray_json_member_text(w, "control", *cell->control ? cell->control : NULL);
    fray_json_member_bool(w, "trains", cell->twin == c);
    fray_json_member_count(w, "training_samples", cell->outlook->train);
    fray_json_member_count(w, "usable_samples", cell->outlook->usable);
    put_entries(w, cell);
    if (cell->outlook->privacy)
      put_privacy(w, cell->outlook);
    if (cell->fresh) { /* it starts from a kept model */
      fray_json_member_count(w, "tensors_taken", cell->taken);
      fray_json_member_text(w, "tensors_drawn", cell->fresh);
    }
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
}

static void put_conditions(struct fray_json_writer *w, const struct fray_cell *cell) {
  fray_json_open(w, "conditions", ARRAY);
  for (size_t k = 0; k < cell->n_conditions; k++) {
    const struct fray_condition *c = &cell->condition[k];
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_text(w, "name", c->name);
    fray_json_member_text(w, "parameter", c->parameter);
    fray_json_member_real(w, "severity", c->severity);
    fray_json_member_real(w, "realised", cell->outlook->condition[k]);
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
}

/* Bytes; those of memory are of one rank. */
static void put_sizes(struct fray_json_writer *w, const struct fray_plan_sizes *s) {
  fray_json_open(w, "memory_bytes", OBJECT);
  fray_json_member_real(w, "most", fray_plan_memory(s));
  fray_json_member_real(w, "program", s->program);
  fray_json_member_real(w, "feature_cache", s->cache);
  fray_json_member_real(w, "training", s->training);
  fray_json_member_real(w, "work", s->work);
  fray_json_member_real(w, "client_states", s->states);
  fray_json_member_real(w, "scores", s->scores);
  fray_json_member_real(w, "word_vectors", s->vectors);
  fray_json_member_real(w, "standards", s->standards);
  fray_json_member_real(w, "named_sounds", s->sounds);
  fray_json_member_real(w, "report", s->report);
  fray_json_close(w, OBJECT);
  fray_json_open(w, "disk_bytes", OBJECT);
  fray_json_member_real(w, "models", s->kept_models);
  fray_json_member_real(w, "scores", s->kept_scores);
  fray_json_member_real(w, "tables", s->tables);
  fray_json_member_real(w, "ledgers", s->ledgers);
  fray_json_member_real(w, "checkpoints", s->checkpoints);
  fray_json_close(w, OBJECT);
}

/* Of hosts that --ranks only imagines nothing is known. */
static void put_host(struct fray_json_writer *w, const struct fray_session *session,
                     const struct fray_plan_sizes *sizes, int ranks) {
  const double rank = fray_plan_memory(sizes) - sizes->report;
  const bool is_known = fray_host_is_asked(session, ranks);
  const struct fray_fullest_host *host = &session->host;
  fray_json_open(w, "host_memory", OBJECT);
  fray_json_member_count(w, "hosts", is_known ? (uint64_t)host->hosts : 0);
  fray_json_member_count(w, "ranks", is_known ? (uint64_t)host->ranks : 0);
  fray_json_member_real(w, "reader", fray_reader_bytes());
  fray_json_member_real(w, "most", is_known ? fray_host_bytes(session, rank, sizes->report) : NAN);
  fray_json_member_real(w, "limit", is_known ? host->limit : NAN);
  fray_json_close(w, OBJECT);
}

/* Of a training of the first cell, before damage and absence. */
static void put_costs(struct fray_json_writer *w, const struct fray_dataset *d,
                      const struct fray_trial_costs *c) {
  fray_json_open(w, "costs", OBJECT);
  fray_json_member_real(w, "client_updates", c->updates);
  fray_json_member_real(w, "bytes_down", c->down);
  fray_json_member_real(w, "bytes_up", c->up);
  fray_json_member_real(w, "flops", c->flops);
  fray_json_member_real(w, "sample_forward", c->forward);
  fray_json_member_real(w, "sample_step", c->step);
  fray_json_open(w, "modalities", ARRAY);
  for (size_t m = 0; m < c->n_modalities; m++) {
    fray_json_open(w, NULL, OBJECT);
    fray_json_member_text(w, "name", d->modality[m].name);
    fray_json_member_real(w, "forward", c->modality[m].forward);
    fray_json_member_real(w, "step", c->modality[m].backward);
    fray_json_close(w, OBJECT);
  }
  fray_json_close(w, ARRAY);
  fray_json_close(w, OBJECT);
}

static void put_lines(struct fray_json_writer *w, const char *key, const struct fray_lines *lines) {
  fray_json_open(w, key, ARRAY);
  for (size_t i = 0; i < lines->n; i++)
    fray_json_member_text(w, NULL, lines->text[i]);
  fray_json_close(w, ARRAY);
}

/* Cells that another one stands for train nothing. */
static size_t count_trainings(const struct fray_study *study) {
  size_t n = 0;
  for (size_t c = 0; c < study->n_cells; c++)
    n += study->cell[c].twin == c;
  return n * study->n_seeds;
}

static size_t count_stopping(const struct fray_study *study) {
  size_t n = 0;
  for (size_t c = 0; c < study->n_cells; c++)
    n += study->cell[c].twin == c && fray_cell_may_stop(&study->cell[c]);
  return n * study->n_seeds;
}

enum fray_status fray_plan_json(const struct fray_study *study, const struct fray_session *session,
                                const struct fray_partition *partition, size_t parameters,
                                const struct fray_plan_sizes *sizes,
                                const struct fray_trial_costs *costs,
                                const struct fray_forecast *forecast, int ranks,
                                struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[0];
  struct fray_text text = {0};
  struct fray_json_writer w = {.text = &text};
  fray_json_open(&w, NULL, OBJECT);
  fray_json_member_text(&w, "fray", fray_version);
  fray_json_member_text(&w, "study", study->name);
  put_data(&w, session->dataset);
  put_clients(&w, cell, partition);
  fray_json_member_text(&w, "fusion", cell->config.model.fusion.choice->name);
  fray_json_member_count(&w, "parameters", parameters);
  fray_json_member_count(&w, "seeds", study->n_seeds);
  fray_json_member_count(&w, "trials", study->n_trials);
  fray_json_member_count(&w, "trainings", count_trainings(study));
  fray_json_member_count(&w, "rounds", (uint64_t)cell->config.training.rounds);
  fray_json_member_count(&w, "may_stop", count_stopping(study));
  put_cells(&w, study);
  put_conditions(&w, cell);
  put_lines(&w, "limits", &study->limits);
  put_lines(&w, "warnings", &study->warnings);
  put_sizes(&w, sizes);
  put_host(&w, session, sizes, ranks);
  put_costs(&w, session->dataset, costs);
  fray_json_member_count(&w, "ranks", (uint64_t)ranks);
  fray_json_member_count(&w, "teams", (uint64_t)sizes->teams);
  fray_json_member_real(&w, "seconds", fray_forecast_seconds(forecast, ranks));
  fray_json_close(&w, OBJECT);
  const bool good = !text.failed;
  if (good)
    fray_print("%s", text.data);
  fray_text_free(&text);
  FRAY_CHECK(good, err, MEMORY, "out of memory");
  return FRAY_OK;
}
