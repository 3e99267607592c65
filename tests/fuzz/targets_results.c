/* Finished folders and the files of HDF5 that make them, and shards: files that are handed on, kept
 * for years, and edited. Those of HDF5 are sound trees that say anything (fuzz_h5.h). */
#include "fuzz.h"
#include "fuzz_h5.h"
#include "fuzz_study.h"

#include "fray/base/file.h"
#include "fray/data/dataset.h"
#include "fray/feature/features.h"
#include "fray/metric/membership.h"
#include "fray/model/model.h"
#include "fray/report/report.h"
#include "fray/results/answers.h"
#include "fray/results/membership_table.h"
#include "fray/results/models.h"
#include "fray/results/trial_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts ---- */

/* Names of trials are long and follow from the study: 1 and 2 stand for the first and the second.
 */
static void with_names(const uint8_t *data, size_t size, struct fray_text *out) {
  for (size_t i = 0; i < size; i++)
    if (data[i] == 1 || data[i] == 2)
      fray_text_puts(out, fuzz_study_trial(data[i] - 1));
    else
      fray_text_add(out, (const char *)data + i, 1);
}

/* The first byte says which file of a finished folder the others become. The table that `fray show`
 * makes of it reads all of them: as text or as JSON, which the bytes decide, since reading is most
 * of the work. */
void fuzz_results(const uint8_t *data, size_t size) {
  static const char *const files[] = {"trials.csv",     "scores.csv",    "conditions.csv",
                                      "strengths.csv",  "scenario.yaml", "provenance.json",
                                      "membership.csv", "state",         "rounds.csv"};
  enum { FILES = sizeof files / sizeof *files };
  static struct fray_text was[FILES];
  fuzz_study_make();
  fuzz_h5_where(data, size);
  const size_t k = size ? data[0] % FILES : 0;
  char name[64], path[512];
  snprintf(name, sizeof name, FUZZ_COPY "/%s", files[k]);
  if (!was[k].data)
    fray_file_read(fuzz_path(name), 1 << 24, &was[k], NULL);
  struct fray_text text = {0};
  with_names(data + (size ? 1 : 0), size ? size - 1 : 0, &text);
  fuzz_file(name, text.data, text.size);
  fray_text_free(&text);
  snprintf(path, sizeof path, "%s", fuzz_path(FUZZ_COPY));
  const char *folder = path;
  const struct fray_show_options options = {
      .all = true, .json = fray_hash64(data, size) & 1, .columns = 80};
  struct fray_text out = {0};
  struct fray_err err = {0};
  fuzz_answered(fray_show(&folder, 1, &options, &out, &err), &err);
  fray_text_free(&out);
  if (was[k].data)
    fuzz_file(name, was[k].data, was[k].size);
  else
    fray_remove_tree(fuzz_path(name), NULL);
}

/* ---- HDF5 ---- */

void fuzz_look_at_shard(const char *path) {
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  bool found;
  const enum fray_status status = fray_dataset_open(path, NULL, 0, fuzz_alone(), &d, &err);
  fuzz_answered(status, &err);
  for (size_t m = 0; status == FRAY_OK && m < d->n_modalities; m++) {
    void *room = malloc(fray_sample_bytes(d, m) + 1);
    for (size_t i = 0; room && i < d->n_samples; i++) {
      size_t length;
      fuzz_answered(fray_sample_read(d, m, i, room, &length, &err), &err);
    }
    free(room);
  }
  fray_dataset_close(d);
  fuzz_answered(fray_shard_verify(path, &found, &err), &err);
}

void fuzz_shard(const uint8_t *data, size_t size) {
  static const struct fuzz_h5_template *t;
  fuzz_study_make();
  fuzz_h5_where(data, size);
  if (!t)
    t = fuzz_h5_read(fuzz_path(FUZZ_SHARD));
  const char *path = fuzz_path("changed.h5");
  fuzz_h5_change(t, data, size, path);
  fuzz_look_at_shard(path);
}

void fuzz_trial_file(const uint8_t *data, size_t size) {
  static const struct fuzz_h5_template *t;
  static const char *const rows[] = {"trial", "scores", "rounds"};
  struct fray_err err = {0};
  struct fray_trial_file_state state;
  char folder[512], name[64];
  fray_h5 file;
  fuzz_study_make();
  fuzz_h5_where(data, size);
  const char *trial = fuzz_study_trial(0);
  snprintf(name, sizeof name, FUZZ_STUDY "/parts/%s.h5", trial);
  if (!t)
    t = fuzz_h5_read(fuzz_path(name));
  snprintf(name, sizeof name, "parted/parts/%s.h5", trial);
  fuzz_file(name, "", 0);
  fuzz_h5_change(t, data, size, fuzz_path(name));
  snprintf(folder, sizeof folder, "%s", fuzz_path("parted"));
  fuzz_answered(fray_trial_file_look(folder, trial, &state, &err), &err);
  struct fray_trial_file part = {0};
  memcpy(part.name, trial, sizeof part.name);
  fuzz_answered(fray_trial_file_read(folder, &part, &err), &err);
  fray_trial_file_free(&part);
  if (fray_trial_file_open(folder, trial, &file, &err) != FRAY_OK)
    return;
  struct fray_arena arena = {0};
  for (size_t i = 0; i < 3; i++) {
    char *text;
    size_t n;
    fuzz_answered(fray_trial_file_rows(file, rows[i], &arena, &text, &n, &err), &err);
  }
  const struct fray_membership_config config = {0};
  struct fray_membership_cell cell = {.config = &config};
  fuzz_answered(fray_membership_take(&cell, trial, file, &err), &err);
  fray_membership_forget(&cell);
  fray_arena_free(&arena);
  fray_h5_close(file, NULL);
}

/* What the models of the study say of each sample. */
static size_t look_at_answers(struct fray_answer_file *file) {
  struct fray_arena arena = {0};
  size_t found = 0;
  struct fray_err err = {0};
  for (int s = 0; s < FRAY_REP_N_SAMPLES; s++) {
    const struct fray_rep_clients *clients;
    const enum fray_rep_samples samples = (enum fray_rep_samples)s;
    fuzz_answered(fray_answer_file_clients(file, samples, &clients, &err), &err);
    for (size_t trial = 0; trial < 2; trial++) {
      const struct fray_rep_answers *a;
      const float *scores;
      const char *const *sources;
      const enum fray_status status = fray_answer_file_answers(file, samples, trial, &a, &err);
      fuzz_answered(status, &err);
      if (status != FRAY_OK || strcmp(a->status, "ok") != 0)
        continue;
      found++;
      for (size_t i = 0; i < a->n; i++) {
        fuzz_must(a->client[i] < clients->n && a->by_client[i] < a->n, "a sample has a client");
        for (size_t c = 0; a->predicted && c < 2 * a->n_conditions; c++)
          fuzz_must(a->predicted[c * a->n + i] < (int)a->n_classes, "a class is one of them");
        for (size_t k = 0; k < a->n_columns; k++)
          fuzz_must(a->column[k].code[i] < (int32_t)a->column[k].n_values,
                    "a group is one of them");
      }
      fuzz_answered(fray_answer_file_scores(file, samples, trial, false, 0, &arena, &scores, &err),
                    &err);
      fuzz_answered(fray_answer_file_sources(file, samples, trial, &arena, &sources, &err), &err);
    }
  }
  fray_arena_free(&arena);
  return found;
}

/* The tables beside it are those of the study. */
static const struct fray_rep_results *tables(void) {
  static struct fray_rep_results results;
  static struct fray_arena kept;
  static char folder[512];
  if (!folder[0]) {
    snprintf(folder, sizeof folder, "%s", fuzz_path(FUZZ_COPY));
    fuzz_must(fray_rep_results_read_seeds(folder, NULL, &kept, &results, NULL) == FRAY_OK,
              "the study can be read");
  }
  return &results;
}

size_t fuzz_look_at_results(void) {
  size_t found = 0;
  struct fray_err err = {0};
  struct fray_answer_file *file = NULL;
  fuzz_answered(fray_answer_file_open(tables(), &file, &err), &err);
  if (file)
    found = look_at_answers(file);
  fray_answer_file_close(file);
  return found;
}

void fuzz_answers(const uint8_t *data, size_t size) {
  static const struct fuzz_h5_template *t;
  fuzz_study_make();
  fuzz_h5_where(data, size);
  if (!t)
    t = fuzz_h5_read(fuzz_path(FUZZ_STUDY "/results.h5"));
  tables();
  fuzz_h5_change(t, data, size, fuzz_path(FUZZ_COPY "/results.h5"));
  fuzz_look_at_results();
}

/* A model of the shape of the kept ones, over which they are laid, whole or as far as they fit. */
void fuzz_models(const uint8_t *data, size_t size) {
  static const struct fuzz_h5_template *t[FRAY_SELECTIONS];
  struct fray_err err = {0};
  char folder[512], name[96];
  static struct fray_model *model;
  fuzz_study_make();
  fuzz_h5_where(data, size);
  const char *trial = fuzz_study_trial(0);
  snprintf(folder, sizeof folder, "%s", fuzz_path("kept"));
  for (int s = 0; s < FRAY_SELECTIONS; s++) {
    snprintf(name, sizeof name, FUZZ_STUDY "/models/%s-%s.h5", trial, fray_selection_names[s]);
    if (!t[s])
      t[s] = fuzz_h5_read(fuzz_path(name));
    snprintf(name, sizeof name, "kept/models/%s-%s.h5", trial, fray_selection_names[s]);
    fuzz_file(name, "", 0);
    fuzz_h5_change(t[s], s ? data : data + size / 2, s ? size / 2 : size - size / 2,
                   fuzz_path(name));
  }
  if (!model)
    model = fuzz_study_model();
  const size_t total = fray_model_params(model)->total;
  float *w[FRAY_SELECTIONS] = {calloc(total, sizeof(float)), calloc(total, sizeof(float))};
  uint8_t *taken = calloc(fray_model_params(model)->n, 1);
  char hash[FRAY_SELECTIONS][17] = {"0123456789abcdef", "0123456789abcdef"};
  struct fray_standards standards = {0};
  fuzz_must(w[0] && w[1] && taken, "there is memory");
  fuzz_answered(fray_models_read(model, folder, trial, hash, w, &standards, &err), &err);
  fuzz_answered(
      fray_models_start(model, folder, trial, FRAY_BEST, "0123456789abcdef", w[0], taken, &err),
      &err);
  free(w[0]);
  free(w[1]);
  free(taken);
}
