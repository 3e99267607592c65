/* A shard that changes while it is in use, or after it was written, is noticed. */
#include "fray/base/text.h"
#include "small_shard.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void make(const char *name, const char *said) {
  struct fray_err err = {0};
  fray_h5 file = small_shard(in_folder(name), "s", NULL);
  if (said)
    good(fray_h5_put_attr_text(file, ".", "values_hash", said, &err), &err);
  good(fray_h5_close(file, &err), &err);
}

static struct fray_dataset *opened(const char *name) {
  struct fray_err err = {0};
  struct fray_dataset *dataset = NULL;
  good(fray_dataset_open(in_folder(name), NULL, 0, world, &dataset, &err), &err);
  return dataset;
}

static void changed(const struct fray_dataset *dataset, const char *part) {
  struct fray_err err = {0};
  assert_int_equal(fray_dataset_check_unchanged(dataset, &err), FRAY_IO);
  if (!strstr(err.text, part) || !strstr(err.text, "s.h5"))
    fail_msg("'%s' is not in '%s'", part, err.text);
}

static void copy(const char *from, const char *to) {
  struct fray_text text = {0};
  char path[4096]; /* in_folder keeps one path at a time */
  snprintf(path, sizeof path, "%s", in_folder(from));
  assert_int_equal(fray_file_read(path, 1 << 24, &text, NULL), FRAY_OK);
  assert_int_equal(fray_file_write(in_folder(to), text.data, text.size, NULL), FRAY_OK);
  fray_text_free(&text);
}

static void files_are_watched(void **state) {
  (void)state;
  struct fray_err err = {0};
  struct stat before;
  make("s.h5", NULL);
  assert_int_equal(stat(in_folder("s.h5"), &before), 0);
  const struct timespec times[2] = {before.st_atim, before.st_mtim};
  struct fray_dataset *d = opened("s.h5");
  assert_true(d->stamp[0].known && d->stamp[0].size == (uint64_t)before.st_size);
  good(fray_dataset_check_unchanged(d, &err), &err);
  /* Touched: the content may be another. */
  assert_int_equal(
      utimensat(AT_FDCWD, in_folder("s.h5"), (struct timespec[2]){times[0], {1000, 0}}, 0), 0);
  changed(d, "changed since the run began");
  assert_int_equal(utimensat(AT_FDCWD, in_folder("s.h5"), times, 0), 0);
  good(fray_dataset_check_unchanged(d, &err), &err);
  /* Another file of the same size and time. The first stays, so that its inode is not used anew. */
  assert_int_equal(link(in_folder("s.h5"), in_folder("first.h5")), 0);
  copy("s.h5", "copy.h5");
  char path[4096];
  snprintf(path, sizeof path, "%s", in_folder("copy.h5"));
  assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
  assert_int_equal(rename(path, in_folder("s.h5")), 0);
  changed(d, "another file has taken its place");
  assert_int_equal(unlink(in_folder("s.h5")), 0);
  changed(d, "the shard is gone: No such file");
  fray_dataset_close(d);
}

/* The values are read later than the index; by then it may be another file. */
static void reading_notices_a_change(void **state) {
  (void)state;
  struct fray_err err = {0};
  make("s.h5", NULL);
  struct fray_dataset *d = opened("s.h5");
  assert_int_equal(
      utimensat(AT_FDCWD, in_folder("s.h5"), (struct timespec[2]){{1000, 0}, {1000, 0}}, 0), 0);
  void *buffer = malloc(fray_sample_bytes(d, 0));
  size_t length = 0;
  assert_int_equal(fray_sample_read(d, 0, 0, buffer, &length, &err), FRAY_IO);
  assert_non_null(strstr(err.text, "changed since the run began"));
  free(buffer);
  fray_dataset_close(d);
}

/* Of a file that is open already HDF5 only knows that its bytes make no sense: written over since,
 * or damaged before it was opened. */
static void damage_and_change_are_told_apart(void **state) {
  (void)state;
  for (int change = 0; change < 2; change++) {
    struct fray_err err = {0};
    struct stat before;
    size_t length = 0;
    make("s.h5", NULL);
    struct fray_dataset *d = opened("s.h5");
    void *buffer = malloc(fray_sample_bytes(d, 0) + fray_sample_bytes(d, 1));
    good(fray_sample_read(d, 0, 0, buffer, &length, &err), &err);
    assert_int_equal(stat(in_folder("s.h5"), &before), 0);
    assert_int_equal(truncate(in_folder("s.h5"), 512), 0);
    assert_int_equal(truncate(in_folder("s.h5"), before.st_size), 0);
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    if (!change)
      assert_int_equal(utimensat(AT_FDCWD, in_folder("s.h5"), times, 0), 0);
    assert_int_equal(fray_sample_read(d, 1, 0, buffer, &length, &err),
                     change ? FRAY_IO : FRAY_INPUT);
    if (!strstr(err.text, "s.h5") ||
        (strstr(err.text, "changed since the run began") != NULL) != change)
      fail_msg("%s", err.text);
    free(buffer);
    fray_dataset_close(d);
    assert_int_equal(unlink(in_folder("s.h5")), 0);
  }
}

static void values_are_hashed_anew(void **state) {
  (void)state;
  struct fray_err err = {0};
  bool found = true;
  char said[32];
  make("s.h5", NULL);
  good(fray_shard_verify(in_folder("s.h5"), &found, &err), &err);
  assert_false(found);
  struct fray_dataset *d = opened("s.h5");
  snprintf(said, sizeof said, "%016llx", (unsigned long long)fray_dataset_values_hash(d, 0));
  fray_dataset_close(d);
  assert_int_equal(unlink(in_folder("s.h5")), 0);
  make("s.h5", said);
  good(fray_shard_verify(in_folder("s.h5"), &found, &err), &err);
  assert_true(found);
  /* One value is written over, as a tool might that knows nothing of the attribute. */
  fray_h5 file = -1;
  const size_t ten = 10;
  const int16_t snd[10] = {0, 100, 200, 300, 400, 500, 600, 700, 800, 901};
  assert_int_equal(unlink(in_folder("s.h5")), 0);
  file = small_shard(in_folder("s.h5"), "s", "/modalities/snd/values");
  good(fray_h5_write(file, "/modalities/snd/values", FRAY_H5_I16, 1, &ten, snd, false, &err), &err);
  good(fray_h5_put_attr_text(file, ".", "values_hash", said, &err), &err);
  good(fray_h5_close(file, &err), &err);
  assert_int_equal(fray_shard_verify(in_folder("s.h5"), &found, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "s.h5"));
  assert_non_null(strstr(err.text, said));
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      IN_OWN_FOLDER(files_are_watched), IN_OWN_FOLDER(reading_notices_a_change),
      IN_OWN_FOLDER(damage_and_change_are_told_apart), IN_OWN_FOLDER(values_are_hashed_anew)};
  return run_data_tests(argc, argv, true, tests, FRAY_COUNT(tests), NULL, NULL);
}
