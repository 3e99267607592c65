/* What a run leaves in its folder, and shards: files that are handed on, kept for years, and
 * edited. Those of HDF5 are sound trees that say anything (fuzz_h5.h). */
#include "fuzz.h"
#include "fuzz_h5.h"
#include "fuzz_study.h"

#include "fed/client/state_file.h"
#include "fray/base/checksums.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/seal.h"
#include "fray/data/dataset.h"
#include "fray/feature/features.h"
#include "fray/json/json.h"
#include "fray/metric/membership.h"
#include "fray/model/model.h"
#include "fray/report/report.h"
#include "fray/results/answers.h"
#include "fray/results/data_sets.h"
#include "fray/results/environment.h"
#include "fray/results/membership_table.h"
#include "fray/results/models.h"
#include "fray/results/provenance.h"
#include "fray/results/rank_positions.h"
#include "fray/results/trial_file.h"
#include "fray/study/study.h"
#include "study/trial/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fray_comm *alone(void) {
  static struct fray_comm *comm;
  if (!comm)
    fuzz_must(fray_comm_alone(&comm, NULL) == FRAY_OK, "one process is a group");
  return comm;
}

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

/* One folder whose three files are parts of the input, with a NUL behind the first two. */
void fuzz_status(const uint8_t *data, size_t size) {
  static const char *const names[] = {"looked/state", "looked/status.json", "looked/positions"};
  const uint8_t *at = data, *end = data + size;
  for (int i = 0; i < 3; i++) {
    const uint8_t *stop = i < 2 && at < end ? memchr(at, 0, (size_t)(end - at)) : NULL;
    stop = stop ? stop : end;
    fuzz_file(names[i], at, (size_t)(stop - at));
    at = stop < end ? stop + 1 : end;
  }
  for (int json = 0; json < 2; json++) {
    struct fray_text out = {0};
    struct fray_err err = {0};
    fuzz_answered(fray_study_status(fuzz_path("looked"), json, &out, &err), &err);
    if (json && out.size) {
      fray_json *root;
      fuzz_must(fray_json_parse("status", out.data, out.size, &root, &err) == FRAY_OK,
                "a status is JSON");
      fray_json_free(root);
    }
    fray_text_free(&out);
  }
}

void fuzz_positions(const uint8_t *data, size_t size) {
  struct fray_rank_position *row = NULL;
  struct fray_err err = {0};
  size_t n = 0;
  fuzz_file("board/positions", data, size);
  fuzz_answered(fray_positions_read(fuzz_path("board"), &row, &n, &err), &err);
  for (size_t i = 0; i < n; i++)
    fuzz_must(memchr(row[i].host, 0, sizeof row[i].host) &&
                  memchr(row[i].name, 0, sizeof row[i].name) &&
                  memchr(row[i].cell, 0, sizeof row[i].cell) &&
                  memchr(row[i].client, 0, sizeof row[i].client),
              "a text of a row ends");
  free(row);
}

void fuzz_provenance(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_environment_here here = {0};
  struct fray_data_file file = {.path = "/x/shard-0000.h5", .values_hash = 7};
  struct fray_data_set set = {.shards = "/x", .modalities = "a,b", .n = 1, .file = &file};
  const struct fray_data_sets sets = {.arena = &arena, .first = &set};
  struct fray_environment *list = NULL;
  fray_json *root = NULL;
  size_t n = 0;
  bool same;
  const char *path = fuzz_file("ran/provenance.json", data, size), *folder = fuzz_path("ran");
  for (int i = 0; i < FRAY_ENVIRONMENT_PARTS; i++)
    snprintf(here.part[i], sizeof here.part[i], "part %d", i);
  fray_environment_seal(&here);
  fuzz_answered(fray_folder_environment(folder, &here, false, &err), &err);
  fuzz_answered(fray_data_sets_check(&sets, folder, &same, &err), &err);
  if (fray_json_read(path, FRAY_PROVENANCE_BYTES, &root, &err) == FRAY_OK) {
    fuzz_answered(fray_environments_add(root, folder, &arena, &list, &n, &err), &err);
    struct fray_text out = {0};
    const struct fray_environment ours = fray_environment_of(&here);
    for (size_t i = 0; i < n; i++)
      fray_environment_difference(&list[i], &ours, "here", &out);
    fray_text_free(&out);
    fray_json_free(root);
  }
  fray_arena_free(&arena);
}

void fuzz_checksums(const uint8_t *data, size_t size) {
  struct fray_err err = {0};
  enum fray_checksum_state state;
  fuzz_file("summed/trials.csv", "a\n", 2);
  fuzz_file("summed/" FRAY_CHECKSUMS, data, size);
  fuzz_answered(fray_checksums_check(fuzz_path("summed"), "trials.csv", &state, &err), &err);
  fuzz_answered(fray_checksums_check_path(fuzz_path("summed/trials.csv"), &err), &err);
}

void fuzz_seal(const uint8_t *data, size_t size) {
  struct fray_err err = {0};
  bool sealed = false;
  const char *path = fuzz_file("sealed", data, size);
  const enum fray_status status = fray_seal_check(path, &sealed, &err);
  fuzz_answered(status, &err);
}

/* ---- checkpoints: with the hash that they need to be looked at ---- */

static void with_hash(const char *name, const uint8_t *data, size_t size) {
  const uint64_t hash = fray_hash64(data, size);
  uint8_t *all = malloc(size + sizeof hash);
  fuzz_must(all != NULL, "there is memory");
  if (size)
    memcpy(all, data, size);
  memcpy(all + size, &hash, sizeof hash);
  fuzz_file(name, all, size + sizeof hash);
  free(all);
}

void fuzz_checkpoint(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_federation_state state = {0};
  struct fray_local_only_state local = {0};
  const struct fray_store_config store = {.clients = 3, .trial = "0123456789abcdef"};
  const char *folder = fuzz_path("stopped");
  bool found = false;
  with_hash("stopped/checkpoints/0123456789abcdef.state", data, size);
  fuzz_answered(fray_checkpoint_read(folder, store.trial, 3, 2, 1, 4, &store, alone(), &arena,
                                     &state, &found, &err),
                &err);
  if (found) {
    float sum = 0;
    for (size_t i = 0; i < state.total; i++)
      sum += state.w[i] + state.best[i];
    fuzz_must(state.round >= 1 && state.round <= 4 && (sum < 0 || sum >= 0 || sum != sum),
              "a checkpoint has rounds of the study");
  }
  fray_checkpoint_progress(folder, store.trial, "e");
  fuzz_answered(fray_checkpoint_read_local(folder, store.trial, "e", 3, 4, alone(), &arena, &local,
                                           &found, &err),
                &err);
  fray_arena_free(&arena);
}

void fuzz_client_state(const uint8_t *data, size_t size) {
  struct fray_err err = {0};
  char folder[512];
  float x[2][3], *const vectors[2] = {x[0], x[1]};
  snprintf(folder, sizeof folder, "%s", fuzz_path("clients"));
  const struct fray_store_config store = {
      .clients = 3, .vectors = 2, .total = 3, .trial = "0123456789abcdef", .folder = folder};
  with_hash("clients/1-2", data, size);
  fuzz_answered(state_file_read(&store, 1, 2, vectors, &err), &err);
}

/* ---- HDF5 ---- */

void fuzz_look_at_shard(const char *path) {
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  bool found;
  const enum fray_status status = fray_dataset_open(path, NULL, 0, alone(), &d, &err);
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
