/* What the data tests share; see the header. */
#include "data_bench.h"
#include "scratch.h"

#include "fray/data/synth.h"

struct fray_comm *world;
struct fray_arena bench_arena;
static char folder[64];

void good(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

void refused(enum fray_status status, const struct fray_err *err, const char *part) {
  if (status != FRAY_INPUT)
    fail_msg("status %d, expected INPUT with '%s'; text '%s'", status, part, err->text);
  if (!strstr(err->text, part))
    fail_msg("'%s' is not in '%s'", part, err->text);
}

int make_folder(void **state) {
  (void)state;
  scratch(folder, "fray-data-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

int remove_folder(void **state) {
  (void)state;
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

const char *in_folder(const char *name) {
  static char path[4][160];
  static unsigned next;
  char *out = path[next++ % 4];
  snprintf(out, sizeof path[0], "%s/%s", folder, name);
  return out;
}

void put_file(const char *name, const char *text) {
  struct fray_err err = {0};
  good(fray_file_write(in_folder(name), text, strlen(text), &err), &err);
}

enum fray_status try_synth(const char *yaml, const char *name, struct fray_err *err) {
  struct fray_node *node = NULL;
  struct fray_synth_config config;
  FRAY_TRY(fray_yaml_parse(yaml, "test.yaml", &bench_arena, &node, err));
  FRAY_TRY(fray_schema_read(&fray_synth_table, node, "", &config, &bench_arena, err));
  return fray_synth(&config, in_folder(name), err);
}

struct fray_dataset *synth_set(const char *yaml, const char *name) {
  struct fray_err err = {0};
  struct fray_dataset *data = NULL;
  good(try_synth(yaml, name, &err), &err);
  good(fray_dataset_open(in_folder(name), NULL, 0, world, &data, &err), &err);
  return data;
}

enum fray_status try_partition(const char *yaml, const struct fray_dataset *data, uint64_t seed,
                               struct fray_partition **out, struct fray_err *err) {
  struct fray_node *node = NULL;
  struct fray_partition_config config;
  FRAY_TRY(fray_yaml_parse(yaml, "test.yaml", &bench_arena, &node, err));
  FRAY_TRY(
      fray_schema_read(&fray_partition_table, node, "data.partition", &config, &bench_arena, err));
  return fray_partition_make(&config, data, seed, out, err);
}

struct fray_partition *partition_of(const char *yaml, const struct fray_dataset *data,
                                    uint64_t seed) {
  struct fray_err err = {0};
  struct fray_partition *p = NULL;
  good(try_partition(yaml, data, seed, &p, &err), &err);
  return p;
}

int run_data_tests(int argc, char **argv, bool quiet, const struct CMUnitTest *tests, size_t n,
                   int (*set_up)(void **), int (*tear_down)(void **)) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  if (quiet)
    fray_log_speaker(false);
  int failed = _cmocka_run_group_tests("tests", tests, n, set_up, tear_down);
  fray_arena_free(&bench_arena);
  if (failed && fray_comm_size(world) > 1)
    fray_comm_abort(1);
  fray_comm_finish(world);
  return failed;
}
