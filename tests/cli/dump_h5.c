/* Prints what lies below a group of an HDF5 file: a line per data set with its path, the shape
 * (3x4), `text`, the bytes of an integer or f and those of a real, and the values; for the
 * end-to-end tests.
 *
 *   dump_h5 FILE GROUP */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>

static int dump_values(hid_t set, hid_t type, size_t n) {
  size_t width = H5Tget_size(type);
  if (H5Tget_class(type) == H5T_STRING) {
    char *text = calloc(n + 1, width + 1);
    int bad = !text || H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0;
    for (size_t i = 0; i < n && !bad; i++)
      printf(" %.*s", (int)width, text + i * width);
    free(text);
    return bad;
  }
  if (H5Tget_class(type) == H5T_FLOAT) {
    double *real = calloc(n + 1, sizeof *real);
    int bad = !real || H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, real) < 0;
    for (size_t i = 0; i < n && !bad; i++)
      printf(" %.17g", real[i]);
    free(real);
    return bad;
  }
  long long *value = calloc(n + 1, sizeof *value);
  int bad = !value || H5Dread(set, H5T_NATIVE_LLONG, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0;
  for (size_t i = 0; i < n && !bad; i++)
    printf(" %lld", value[i]);
  free(value);
  return bad;
}

static herr_t dump(hid_t group, const char *name, const H5O_info_t *info, void *user) {
  hsize_t dims[8];
  (void)user;
  if (info->type != H5O_TYPE_DATASET)
    return 0;
  hid_t set = H5Dopen2(group, name, H5P_DEFAULT);
  hid_t space = H5Dget_space(set), type = H5Dget_type(set);
  int rank = H5Sget_simple_extent_ndims(space);
  if (set < 0 || rank < 1 || rank > 8 || H5Sget_simple_extent_dims(space, dims, NULL) < 0)
    return -1;
  printf("%s ", name);
  for (int i = 0; i < rank; i++)
    printf("%s%llu", i ? "x" : "", (unsigned long long)dims[i]);
  if (H5Tget_class(type) == H5T_STRING)
    printf(" text");
  else
    printf(" %s%zu", H5Tget_class(type) == H5T_FLOAT ? "f" : "", H5Tget_size(type));
  int bad = dump_values(set, type, (size_t)H5Sget_simple_extent_npoints(space));
  printf("\n");
  H5Tclose(type);
  H5Sclose(space);
  H5Dclose(set);
  return bad ? -1 : 0;
}

int main(int argc, char **argv) {
  hid_t file = argc == 3 ? H5Fopen(argv[1], H5F_ACC_RDONLY, H5P_DEFAULT) : -1;
  hid_t group = file < 0 ? -1 : H5Gopen2(file, argv[2], H5P_DEFAULT);
  if (group < 0 || H5Ovisit(group, H5_INDEX_NAME, H5_ITER_INC, dump, NULL) < 0) {
    fprintf(stderr, "dump_h5: failed\n");
    return 2;
  }
  return H5Fclose(file) < 0;
}
