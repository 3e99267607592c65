/* Values that were never written, in every place of a shard that HDF5 can tell; and shards that end
 * in zeros, which it cannot. */
#include "small_shard.h"

#include <unistd.h>

#include <hdf5.h>

/* A data set in chunks of one row, of which the rows with a bit in `rows` are written. */
static void put_rows(fray_h5 file, const char *path, enum fray_h5_type type, int rank,
                     const size_t *dims, const void *data, size_t row_bytes, unsigned rows) {
  struct fray_err err = {0};
  hsize_t extent[4], chunk[4] = {1};
  size_t row = 1;
  for (int i = 0; i < rank; i++)
    extent[i] = dims[i];
  for (int i = 1; i < rank; i++) {
    chunk[i] = dims[i];
    row *= dims[i];
  }
  hid_t space = H5Screate_simple(rank, extent, NULL), plist = H5Pcreate(H5P_DATASET_CREATE);
  hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_chunk(plist, rank, chunk);
  hid_t native = type == FRAY_H5_F32 ? H5T_NATIVE_FLOAT : H5T_NATIVE_INT64;
  hid_t set = H5Dcreate2(file, path, native, space, links, plist, H5P_DEFAULT);
  assert_true(set >= 0);
  H5Dclose(set), H5Pclose(links), H5Pclose(plist), H5Sclose(space);
  for (size_t i = 0; i < dims[0]; i++)
    if (rows >> i & 1)
      good(
          fray_h5_write_rows(file, path, type, i, 1, (const char *)data + i * row_bytes, row, &err),
          &err);
}

static void closed(fray_h5 file) {
  struct fray_err err = {0};
  good(fray_h5_close(file, &err), &err);
}

static enum fray_status open_it(const char *name, struct fray_err *err) {
  struct fray_dataset *d = NULL;
  enum fray_status status = fray_dataset_open(in_folder(name), NULL, 0, world, &d, err);
  if (status == FRAY_OK)
    fray_dataset_close(d);
  return status;
}

/* acc (dense) has all four samples; row 2 is missing. */
static void a_missing_sample_is_named(void **state) {
  (void)state;
  struct fray_err err = {0};
  float value[4 * 10] = {0};
  fray_h5 file = small_shard(in_folder("a.h5"), "s", "/modalities/acc/values");
  put_rows(file, "/modalities/acc/values", FRAY_H5_F32, 3, (size_t[]){4, 5, 2}, value,
           10 * sizeof *value, 0xb);
  closed(file);
  refused(open_it("a.h5", &err), &err,
          "a.h5: /modalities/acc/values: the values of 1 of 4 samples were never written, sample 2 "
          "is the first");
}

/* Absent samples need no values: the row of one may be missing, but no other. */
static void what_is_absent_may_be_missing(void **state) {
  (void)state;
  float value[4 * 10] = {0};
  for (int k = 0; k < 2; k++) {
    struct fray_err err = {0};
    fray_h5 file = small_shard(in_folder("p.h5"), "s", "/modalities/acc/values");
    put_rows(file, "/modalities/acc/values", FRAY_H5_F32, 3, (size_t[]){4, 5, 2}, value,
             10 * sizeof *value, k ? 0x7 : 0xd);
    good(fray_h5_write(file, "/modalities/acc/present", FRAY_H5_U8, 1, (size_t[]){4},
                       (uint8_t[]){1, 0, 1, 1}, false, &err),
         &err);
    closed(file);
    if (k == 0)
      good(open_it("p.h5", &err), &err);
    else
      refused(open_it("p.h5", &err), &err, "1 of 3 samples were never written, sample 3");
  }
}

/* snd: rows 0 .. 9 of four samples with 3, 2 (absent), 4 and 1 rows. */
static void ragged_rows_are_those_of_their_samples(void **state) {
  (void)state;
  float value[10] = {0};
  const struct {
    unsigned rows;
    const char *said;
  } cases[] = {{0x3ff, NULL},
               {0x3e7, NULL}, /* without rows 3 and 4, of the absent sample */
               {0x3fb, "sample 0 is the first"},
               {0x3df, "sample 2 is the first"},
               {0x1ff, "sample 3 is the first"},
               {0x0, "3 of 3 samples were never written, sample 0"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct fray_err err = {0};
    fray_h5 file = small_shard(in_folder("r.h5"), "s", "/modalities/snd/values");
    put_rows(file, "/modalities/snd/values", FRAY_H5_F32, 1, (size_t[]){10}, value, sizeof *value,
             cases[i].rows);
    closed(file);
    if (!cases[i].said)
      good(open_it("r.h5", &err), &err);
    else
      refused(open_it("r.h5", &err), &err, cases[i].said);
  }
}

/* The index may lack nothing: labels, splits, offsets, clients, groups, flags. */
static void the_index_is_whole_or_refused(void **state) {
  (void)state;
  const struct {
    const char *path;
    size_t n;
  } sets[] = {{"/samples/label", 4},         {"/samples/split", 4},
              {"/clients/first", 2},         {"/clients/count", 2},
              {"/groups/site/code", 4},      {"/modalities/snd/offset", 5},
              {"/modalities/snd/present", 4}};
  const int64_t zero[5] = {0};
  for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
    for (unsigned rows = 0; rows < 2; rows++) {
      struct fray_err err = {0};
      fray_h5 file = small_shard(in_folder("i.h5"), "s", sets[i].path);
      put_rows(file, sets[i].path, FRAY_H5_I64, 1, &sets[i].n, zero, sizeof *zero, rows);
      closed(file);
      refused(open_it("i.h5", &err), &err, "never written");
      if (!strstr(err.text, sets[i].path))
        fail_msg("%s is not named: %s", sets[i].path, err.text);
    }
}

/* What a command says of a shard, by its warnings. */
static void expect_words(const char *name, const char *words) {
  struct fray_err err = {0};
  char said[4096] = "";
  FILE *file = tmpfile();
  int old = dup(STDERR_FILENO);
  fflush(stderr);
  dup2(fileno(file), STDERR_FILENO);
  enum fray_status status = open_it(name, &err);
  fflush(stderr);
  dup2(old, STDERR_FILENO);
  close(old);
  rewind(file);
  said[fread(said, 1, sizeof said - 1, file)] = '\0';
  fclose(file);
  good(status, &err);
  if (words ? !strstr(said, words) : strstr(said, "nothing but zeros") != NULL)
    fail_msg("'%s' in: %s", words ? words : "no word of zeros", said);
}

/* Room that was taken in one piece and filled in part looks like any values to HDF5. */
static void an_end_of_zeros_is_said(void **state) {
  (void)state;
  for (int filled = 1; filled <= 4; filled++) {
    struct fray_err err = {0};
    float value[4 * 10] = {0};
    fray_h5 file = small_shard(in_folder("z.h5"), "s", "/modalities/acc/values");
    for (int i = 0; i < filled * 10; i++)
      value[i] = 1;
    good(fray_h5_write(file, "/modalities/acc/values", FRAY_H5_F32, 3, (size_t[]){4, 5, 2}, value,
                       false, &err),
         &err);
    closed(file);
    expect_words("z.h5", filled == 1   ? "the last 3 of 4 samples hold nothing but zeros"
                         : filled == 2 ? "the last 2 of 4 samples hold nothing but zeros"
                                       : NULL); /* one sample of zeros is no sign */
  }
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      IN_OWN_FOLDER(a_missing_sample_is_named),
      IN_OWN_FOLDER(what_is_absent_may_be_missing),
      IN_OWN_FOLDER(ragged_rows_are_those_of_their_samples),
      IN_OWN_FOLDER(the_index_is_whole_or_refused),
      IN_OWN_FOLDER(an_end_of_zeros_is_said),
  };
  return run_data_tests(argc, argv, false, tests, FRAY_COUNT(tests), NULL, NULL);
}
