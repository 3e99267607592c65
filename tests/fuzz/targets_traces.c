/* What a run leaves beside its results: its state and its ranks' places, where it came from, sums
 * of its files, and what it kept to go on. */
#include "fuzz.h"

#include "fed/client/state_file.h"
#include "fray/base/checksums.h"
#include "fray/base/hash.h"
#include "fray/base/seal.h"
#include "fray/json/json.h"
#include "fray/results/data_sets.h"
#include "fray/results/environment.h"
#include "fray/results/provenance.h"
#include "fray/results/rank_positions.h"
#include "fray/study/study.h"
#include "study/trial/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
  fuzz_answered(fray_checkpoint_read(folder, store.trial, 3, 2, 1, 4, &store, fuzz_alone(), &arena,
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
  fuzz_answered(fray_checkpoint_read_local(folder, store.trial, "e", 3, 4, fuzz_alone(), &arena,
                                           &local, &found, &err),
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
