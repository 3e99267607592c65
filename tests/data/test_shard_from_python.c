/* The script of docs/shard-format.md writes a shard that opens, and the page shows that script. */
#include "fray/base/file.h"
#include "fray/comm/comm.h"
#include "fray/feature/features.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fray_comm *world;
static char path[64];

static void the_shard_opens(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct fray_dataset *d = NULL;
  struct fray_features *f = NULL;
  struct fray_arena arena = {0};
  struct fray_feature_batch batch;
  if (fray_dataset_open(path, NULL, 0, world, &d, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  assert_int_equal(d->n_samples, 40);
  assert_string_equal(d->client_name[1], "bob");
  assert_string_equal(d->source_id[39], "demo/39");
  assert_true(d->label[1] == 1 && d->split[0] == FRAY_TRAIN && d->split[20] == FRAY_TEST);
  assert_string_equal(d->group[0].value[d->group[0].code[3]], "loud");
  assert_string_equal(d->modality[0].name, "motion");
  assert_true(d->modality[1].kind == FRAY_AUDIO && d->modality[1].ragged);
  if (fray_features_open(d, NULL, &f, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (size_t m = 0; m < 2; m++)
    if (fray_features_batch(f, m, (uint32_t[]){0, 39}, 2, NULL, &arena, &batch, &err) != FRAY_OK)
      fail_msg("%s", err.text);
  assert_true(batch.length[0] >= 48 && batch.length[0] <= 98);
  fray_features_close(f);
  fray_dataset_close(d);
  fray_arena_free(&arena);
}

static void the_page_shows_the_script(void **state) {
  (void)state;
  struct fray_text page = {0}, script = {0};
  struct fray_err err = {0};
  assert_int_equal(fray_file_read(FRAY_SOURCE_DIR "/docs/shard-format.md", 1 << 20, &page, &err),
                   0);
  assert_int_equal(fray_file_read(FRAY_SOURCE_DIR "/docs/write_shard.py", 1 << 20, &script, &err),
                   0);
  assert_non_null(strstr(page.data, script.data));
  size_t lines = 0;
  for (const char *p = script.data; *p; p++)
    lines += *p == '\n';
  assert_true(lines <= 20);
  fray_text_free(&page);
  fray_text_free(&script);
}

/* The first python3 that has h5py: the one of a virtual environment, else the system's. */
static const char *find_python(void) {
  static const char *const candidates[] = {"python3", "/usr/bin/python3", NULL};
  char command[128];
  for (int i = 0; candidates[i]; i++) {
    snprintf(command, sizeof command, "%s -c 'import h5py' 2>/dev/null", candidates[i]);
    if (system(command) == 0)
      return candidates[i];
  }
  return NULL;
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_shard_opens),
                                     cmocka_unit_test(the_page_shows_the_script)};
  struct fray_err err = {0};
  char command[512];
  const char *python = find_python();
  if (!python) {
    puts("skipped: python3 with h5py is not here");
    return 77;
  }
  scratch(path, "fray-python-XXXXXX.h5");
  int file = mkstemps(path, 3);
  snprintf(command, sizeof command, "%s '%s/docs/write_shard.py' %s", python, FRAY_SOURCE_DIR,
           path);
  if (file < 0 || system(command) != 0 || fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_comm_finish(world);
  fray_remove_tree(path, NULL);
  return failed;
}
