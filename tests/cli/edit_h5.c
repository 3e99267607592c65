/* Edits and compares HDF5 files for the end-to-end tests: bad shards are made from good ones.
 *
 *   edit_h5 attr FILE NAME VALUE           sets a number attribute of the root
 *   edit_h5 set FILE DATASET INDEX VALUE   sets one entry of a data set of numbers
 *   edit_h5 cut FILE DATASET ROWS          keeps the first rows of a data set
 *   edit_h5 claim FILE DATASET ROWS        the same in so many rows, of which none is there
 *   edit_h5 same A B                       exit code 1 unless all values below /param are equal
 *   edit_h5 accuracy RESULTS TRIAL         share of right classes, for best and last model a line
 *                                          with a number per condition */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what) {
  fprintf(stderr, "edit_h5: %s failed\n", what);
  return 2;
}

static int set_attribute(hid_t file, const char *name, double value) {
  hid_t at = H5Aopen(file, name, H5P_DEFAULT);
  return at < 0 || H5Awrite(at, H5T_NATIVE_DOUBLE, &value) < 0 || H5Aclose(at) < 0;
}

/* index: counted over all entries, the last dimension fastest. */
static int set_entry(hid_t file, const char *name, hsize_t index, double value) {
  hsize_t dims[8], at[8], one = 1;
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
  int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 1 || rank > 8 || H5Sget_simple_extent_dims(space, dims, NULL) < 0)
    return 1;
  for (int k = rank; k-- > 0; index /= dims[k])
    at[k] = index % dims[k];
  hid_t memory = H5Screate_simple(1, &one, NULL);
  return index > 0 || H5Sselect_elements(space, H5S_SELECT_SET, 1, at) < 0 ||
         H5Dwrite(set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, &value) < 0 ||
         H5Dclose(set) < 0;
}

static int cut_rows(hid_t file, const char *name, hsize_t rows) {
  hsize_t dims[8];
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT), type = H5Dget_type(set);
  hid_t space = H5Dget_space(set);
  int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 1 || rank > 8 || H5Sget_simple_extent_dims(space, dims, NULL) < 0 || dims[0] < rows)
    return 1;
  char *data = malloc((size_t)H5Sget_simple_extent_npoints(space) * H5Tget_size(type));
  if (!data || H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0 || H5Dclose(set) < 0 ||
      H5Ldelete(file, name, H5P_DEFAULT) < 0)
    return 1;
  dims[0] = rows;
  hid_t less = H5Screate_simple(rank, dims, NULL);
  hid_t made = H5Dcreate2(file, name, type, less, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  int bad = H5Dwrite(made, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0 || H5Dclose(made) < 0;
  free(data);
  return bad;
}

/* In chunks, of which none is made, so that any number may be said. */
static int claim_rows(hid_t file, const char *name, hsize_t rows) {
  hsize_t dims[8];
  hid_t set = H5Dopen2(file, name, H5P_DEFAULT), type = H5Dget_type(set);
  hid_t space = H5Dget_space(set), list = H5Pcreate(H5P_DATASET_CREATE);
  int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 1 || rank > 8 || H5Sget_simple_extent_dims(space, dims, NULL) < 0 ||
      H5Pset_chunk(list, rank, dims) < 0 || H5Dclose(set) < 0 ||
      H5Ldelete(file, name, H5P_DEFAULT) < 0)
    return 1;
  dims[0] = rows;
  hid_t more = H5Screate_simple(rank, dims, NULL);
  return H5Dclose(H5Dcreate2(file, name, type, more, H5P_DEFAULT, list, H5P_DEFAULT)) < 0;
}

/* Compares the data sets below two groups, by name; counts them. */
static int compare(hid_t a, hid_t b, int *compared, int *different) {
  H5G_info_t info;
  if (a < 0 || b < 0 || H5Gget_info(a, &info) < 0)
    return 1;
  for (hsize_t i = 0; i < info.nlinks; i++) {
    char name[256];
    H5Lget_name_by_idx(a, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name, H5P_DEFAULT);
    hid_t x = H5Oopen(a, name, H5P_DEFAULT), y = H5Oopen(b, name, H5P_DEFAULT);
    if (x < 0 || y < 0)
      return 1;
    if (H5Iget_type(x) == H5I_GROUP) {
      if (compare(x, y, compared, different))
        return 1;
      continue;
    }
    hssize_t n = H5Sget_simple_extent_npoints(H5Dget_space(x));
    if (n != H5Sget_simple_extent_npoints(H5Dget_space(y)))
      return 1;
    float *u = calloc((size_t)n + 1, sizeof *u), *v = calloc((size_t)n + 1, sizeof *v);
    if (!u || !v || H5Dread(x, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, u) < 0 ||
        H5Dread(y, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, v) < 0)
      return 1; /* NOLINT(clang-analyzer-unix.Malloc): the program ends */
    *different += memcmp(u, v, (size_t)n * sizeof *u) != 0;
    *compared += 1;
    free(u);
    free(v);
  }
  return 0;
}

static int same(const char *left, const char *right) {
  int compared = 0, different = 0;
  hid_t a = H5Fopen(left, H5F_ACC_RDONLY, H5P_DEFAULT);
  hid_t b = H5Fopen(right, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (compare(H5Gopen2(a, "param", H5P_DEFAULT), H5Gopen2(b, "param", H5P_DEFAULT), &compared,
              &different))
    return fail("comparison");
  printf("%d tensors, %d different\n", compared, different);
  return compared == 0 || different;
}

static int accuracy(const char *results, const char *trial) {
  char path[256];
  hid_t file = H5Fopen(results, H5F_ACC_RDONLY, H5P_DEFAULT);
  snprintf(path, sizeof path, "trials/%s/test", trial);
  hid_t test = H5Gopen2(file, path, H5P_DEFAULT), set = H5Dopen2(test, "predicted", H5P_DEFAULT);
  hsize_t dims[3];
  if (set < 0 || H5Sget_simple_extent_ndims(H5Dget_space(set)) != 3)
    return fail("predicted");
  H5Sget_simple_extent_dims(H5Dget_space(set), dims, NULL);
  size_t n = (size_t)dims[2];
  int *said = calloc((size_t)(dims[0] * dims[1]) * n, sizeof *said),
      *label = calloc(n, sizeof *label);
  hid_t truth = H5Dopen2(test, "label", H5P_DEFAULT);
  if (!said || !label || H5Sget_simple_extent_npoints(H5Dget_space(truth)) != (hssize_t)n ||
      H5Dread(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, said) < 0 ||
      H5Dread(truth, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, label) < 0)
    return fail("reading predictions"); /* NOLINT(clang-analyzer-unix.Malloc): so it ends */
  for (size_t s = 0; s < dims[0]; s++)
    for (size_t c = 0; c < dims[1]; c++) {
      size_t right = 0;
      for (size_t i = 0; i < n; i++)
        right += said[(s * dims[1] + c) * n + i] == label[i];
      printf("%.17g%c", (double)right / (double)n, c + 1 < dims[1] ? ' ' : '\n');
    }
  free(said);
  free(label);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "same") == 0)
    return same(argv[2], argv[3]);
  if (argc == 4 && strcmp(argv[1], "accuracy") == 0)
    return accuracy(argv[2], argv[3]);
  hid_t file = argc > 2 ? H5Fopen(argv[2], H5F_ACC_RDWR, H5P_DEFAULT) : -1;
  if (file < 0)
    return fail("opening");
  int bad = 1;
  if (argc == 5 && strcmp(argv[1], "attr") == 0)
    bad = set_attribute(file, argv[3], atof(argv[4]));
  else if (argc == 6 && strcmp(argv[1], "set") == 0)
    bad = set_entry(file, argv[3], strtoull(argv[4], NULL, 10), atof(argv[5]));
  else if (argc == 5 && strcmp(argv[1], "cut") == 0)
    bad = cut_rows(file, argv[3], strtoull(argv[4], NULL, 10));
  else if (argc == 5 && strcmp(argv[1], "claim") == 0)
    bad = claim_rows(file, argv[3], strtoull(argv[4], NULL, 10));
  return bad || H5Fclose(file) < 0 ? fail(argv[1]) : 0;
}
