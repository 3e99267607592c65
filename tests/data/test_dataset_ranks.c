/* Three ranks: all hold the index that rank 0 read, read values themselves, and fail together. */
#include "data_bench.h"
#include "scratch.h"

#include "fray/base/hash.h"
#include "fray/data/synth.h"
#include "fray/feature/features.h"
#include "fray/h5/h5.h"

#include <unistd.h>

#include <hdf5.h>

static char folder[64], path[80], seven[17];

static int set_up(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_node *node = NULL;
  struct fray_synth_config synth;
  enum fray_status status = FRAY_OK;
  scratch(folder, "fray-ranks-XXXXXX");
  if (fray_comm_rank(world) == 0 && !mkdtemp(folder))
    status = FRAY_IO;
  fray_comm_broadcast(world, folder, sizeof folder, 0);
  snprintf(path, sizeof path, "%s/data", folder);
  if (fray_comm_rank(world) == 0 && status == FRAY_OK) {
    good(fray_yaml_parse("{clients: 9, samples: 11, shards: 4, ragged: true, missing: 0.2, "
                         "modalities: ['series:20x2', 'image:4x4', 'audio:700', 'feature:3']}",
                         "t", &bench_arena, &node, &err),
         &err);
    good(fray_schema_read(&fray_synth_table, node, "", &synth, &bench_arena, &err), &err);
    status = fray_synth(&synth, path, &err);
  }
  return fray_comm_agree(world, status, &err) == FRAY_OK ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  fray_comm_barrier(world);
  return fray_comm_rank(world) != 0 || fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

/* A shard of one sample of one value, without the attribute values_hash. */
static void plain_shard(const char *file_path, float value) {
  struct fray_err err = {0};
  fray_h5 file = -1;
  const char *const text[] = {"a"};
  const size_t one = 1, both[] = {1, 1};
  good(fray_h5_create(file_path, &file, &err), &err);
  good(fray_h5_put_attr_text(file, ".", "format", "fray-shard", &err), &err);
  good(fray_h5_put_attr_text(file, ".", "dataset", "plain", &err), &err);
  good(fray_h5_put_attr_text(file, ".", "task", "single_label", &err), &err);
  good(fray_h5_put_attr_real(file, ".", "version", 1, &err), &err);
  good(fray_h5_write_texts(file, "/classes", text, 1, &err), &err);
  good(fray_h5_write_texts(file, "/clients/id", text, 1, &err), &err);
  good(fray_h5_write_texts(file, "/samples/source", text, 1, &err), &err);
  good(fray_h5_write(file, "/clients/first", FRAY_H5_I64, 1, &one, (int64_t[]){0}, false, &err),
       &err);
  good(fray_h5_write(file, "/clients/count", FRAY_H5_I64, 1, &one, (int64_t[]){1}, false, &err),
       &err);
  good(fray_h5_write(file, "/samples/label", FRAY_H5_I32, 1, &one, (int32_t[]){0}, false, &err),
       &err);
  good(fray_h5_write(file, "/samples/split", FRAY_H5_U8, 1, &one, (uint8_t[]){0}, false, &err),
       &err);
  good(fray_h5_write(file, "/modalities/x/values", FRAY_H5_F32, 2, both, &value, false, &err),
       &err);
  good(fray_h5_put_attr_text(file, "/modalities/x", "kind", "feature", &err), &err);
  good(fray_h5_close(file, &err), &err);
}

/* Everything that readers see of the index, without the layer's own hash. */
static uint64_t digest(const struct fray_dataset *d) {
  struct fray_hash_state *s = fray_hash_begin();
  fray_hash_add(s, d->name, strlen(d->name));
  for (size_t c = 0; c < d->n_classes; c++)
    fray_hash_add(s, d->class_name[c], strlen(d->class_name[c]));
  for (size_t m = 0; m < d->n_modalities; m++) {
    fray_hash_add(s, d->modality[m].name, strlen(d->modality[m].name));
    fray_hash_add(s, &d->modality[m].time, sizeof d->modality[m].time);
    fray_hash_add(s, &d->modality[m].rate, sizeof d->modality[m].rate);
  }
  fray_hash_add(s, d->label, d->n_samples * sizeof *d->label);
  fray_hash_add(s, d->split, d->n_samples);
  fray_hash_add(s, d->present, d->n_samples);
  fray_hash_add(s, d->client, d->n_samples * sizeof *d->client);
  fray_hash_add(s, d->source, d->n_samples * sizeof *d->source);
  fray_hash_add(s, d->client_source, d->n_clients * sizeof *d->client_source);
  fray_hash_add(s, d->group[0].code, d->n_samples * sizeof *d->group[0].code);
  for (size_t i = 0; i < d->n_samples; i++)
    fray_hash_add(s, d->source_id[i], strlen(d->source_id[i]));
  for (size_t k = 0; k < d->n_shards; k++)
    fray_hash_add(s, d->shard_path[k], strlen(d->shard_path[k]));
  fray_hash_add(s, d->shard_first, (d->n_shards + 1) * sizeof *d->shard_first);
  return fray_hash_end(s);
}

static void all_ranks_hold_the_index(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  good(fray_dataset_open(path, NULL, 0, world, &d, &err), &err);
  assert_int_equal(d->n_samples, 14 * 11);
  assert_true(d->index_hash != 0 && fray_comm_same(world, d->index_hash));
  assert_true(fray_comm_same(world, digest(d)));
  fray_dataset_close(d);
}

/* Without the writer's hash of the values rank 0 takes it from them, and the others from rank 0. */
static void all_ranks_hold_the_same_hash_of_values(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  char file[96];
  uint64_t hash[3];
  snprintf(file, sizeof file, "%s/plain.h5", folder);
  for (int i = 0; i < 3; i++) {
    fray_comm_barrier(world);
    if (fray_comm_rank(world) == 0)
      plain_shard(file, i == 2 ? 8.0f : 7.0f);
    fray_comm_barrier(world);
    good(fray_dataset_open(file, NULL, 0, world, &d, &err), &err);
    hash[i] = d->index_hash;
    assert_true(fray_comm_same(world, hash[i]));
    fray_dataset_close(d);
  }
  assert_true(hash[0] == hash[1] && hash[1] != hash[2]);
}

/* Values too: each rank opens the shards itself. */
static void all_ranks_read_the_same_features(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  struct fray_features *f = NULL;
  struct fray_feature_batch b;
  good(fray_dataset_open(path, NULL, 0, world, &d, &err), &err);
  good(fray_features_open(d, NULL, &f, &err), &err);
  for (size_t m = 0; m < d->n_modalities; m++) {
    const struct fray_feature_shape *shape = fray_features_shape(f, m);
    struct fray_hash_state *s = fray_hash_begin();
    for (uint32_t i = 0; i < d->n_samples; i++) {
      if (!(d->present[i] >> m & 1))
        continue;
      good(fray_features_batch(f, m, &i, 1, NULL, &bench_arena, &b, &err), &err);
      fray_hash_add(s, b.x, b.time * shape->height * shape->width * shape->channels * 4);
    }
    assert_true(fray_comm_same(world, fray_hash_end(s)));
  }
  fray_features_close(f);
  fray_dataset_close(d);
}

/* A rank whose working folder has a file of its own at the same path. value of the last rank; more:
 * its file is longer; said: that the hash stands in the files. */
static void open_own_file(float value, bool more, bool said, const char *words) {
  const int rank = fray_comm_rank(world), last = fray_comm_size(world) - 1;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  char own[96], back[512];
  fray_h5 file = -1;
  snprintf(own, sizeof own, "%s/own-%d", folder, rank);
  good(fray_make_folders(own, &err), &err);
  assert_true(getcwd(back, sizeof back) && chdir(own) == 0);
  plain_shard("own.h5", rank == last ? value : 7.0f);
  hid_t raw = more || said ? H5Fopen("own.h5", H5F_ACC_RDWR, H5P_DEFAULT) : -1;
  file = raw;
  if (said) /* by hand, as any program may: of 7.0 */
    good(fray_h5_put_attr_text(file, ".", "values_hash", seven, &err), &err);
  if (more && rank == last)
    good(fray_h5_write(file, "/more", FRAY_H5_F32, 1, (size_t[]){1000}, (float[1000]){0}, false,
                       &err),
         &err);
  good(fray_h5_close(file, &err), &err);
  fray_comm_barrier(world);
  enum fray_status status = fray_dataset_open("own.h5", NULL, 0, world, &d, &err);
  assert_true(chdir(back) == 0);
  if (!words) {
    good(status, &err);
    fray_dataset_close(d);
    return;
  }
  assert_int_equal(status, FRAY_INPUT);
  if (!strstr(err.text, words) || !strstr(err.text, "rank 2 on host "))
    fail_msg("'%s' is not in: %s", words, err.text);
}

/* Hash of the values of plain_shard with 7.0, as the shard's own reader takes it. */
static void find_seven(void) {
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  char file[96];
  snprintf(file, sizeof file, "%s/seven.h5", folder);
  if (fray_comm_rank(world) == 0)
    plain_shard(file, 7.0f);
  fray_comm_barrier(world);
  good(fray_dataset_open(file, NULL, 0, world, &d, &err), &err);
  snprintf(seven, sizeof seven, "%016llx", (unsigned long long)fray_dataset_values_hash(d, 0));
  fray_dataset_close(d);
}

static void another_file_on_a_rank_is_noticed(void **state) {
  (void)state;
  find_seven();
  for (int said = 0; said < 2; said++) {
    open_own_file(7.0f, false, said, NULL); /* a copy is as good */
    open_own_file(8.0f, false, said, "own.h5: other values than rank 0 finds at this path");
    open_own_file(7.0f, true, said, "own.h5: a file of ");
  }
}

static void all_ranks_fail_together(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  assert_int_equal(fray_dataset_open("/nonexistent", NULL, 0, world, &d, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "/nonexistent"));
  assert_null(d);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_ranks_hold_the_index),
      cmocka_unit_test(all_ranks_hold_the_same_hash_of_values),
      cmocka_unit_test(all_ranks_read_the_same_features),
      cmocka_unit_test(another_file_on_a_rank_is_noticed),
      cmocka_unit_test(all_ranks_fail_together),
  };
  return run_data_tests(argc, argv, false, tests, FRAY_COUNT(tests), set_up, tear_down);
}
