/* What of a data set was ever written. The rest reads as the fill value, mostly zeros, and nobody
 * measured those. HDF5 keeps no such record; but it allocates a piece of storage when something is
 * first written to it, and that can be asked for. */
#include "h5_served.h"

#include "fray/base/size.h"

#include <inttypes.h>
#include <stdlib.h>

/* Chunks that are looked up one by one; of more missing ones all rows count as a gap. */
enum { MOST_LOOKUPS = 1 << 22 };

/* The grid of chunks over the shape of a data set; one chunk if it is not chunked. */
struct grid {
  hid_t data, space;
  int rank;
  hsize_t dims[FRAY_H5_MAX_RANK], chunk[FRAY_H5_MAX_RANK], n[FRAY_H5_MAX_RANK]; /* n: chunks */
  hsize_t all, written;
};

/* Nothing was to be written, so nothing is missing. */
static bool is_empty(hid_t space) {
  return H5Sget_simple_extent_npoints(space) <= 0;
}

/* Storage of one piece comes when anything is written to it. A compact set lies in its header and
 * is always there. */
static bool look_at_piece(struct grid *g, H5D_layout_t layout) {
  g->all = 1;
  g->written = layout == H5D_COMPACT || H5Dget_storage_size(g->data) > 0;
  return true;
}

static bool look_at_chunks(struct grid *g, hid_t plist) {
  hsize_t n = 0;
  g->rank = H5Sget_simple_extent_ndims(g->space);
  if (g->rank < 1 || g->rank > FRAY_H5_MAX_RANK ||
      H5Sget_simple_extent_dims(g->space, g->dims, NULL) < 0 ||
      H5Pget_chunk(plist, g->rank, g->chunk) != g->rank)
    return false;
  g->all = 1;
  for (int i = 0; i < g->rank; i++) {
    /* A damaged header; the next line would divide by it. */
    if (g->chunk[i] == 0)
      return false;
    g->n[i] = g->dims[i] / g->chunk[i] + (g->dims[i] % g->chunk[i] != 0);
    if (__builtin_mul_overflow(g->all, g->n[i], &g->all))
      return false;
  }
  /* Counted by HDF5 itself, without a look at any chunk. */
  if (H5Dget_num_chunks(g->data, g->space, &n) < 0)
    return false;
  g->written = n;
  return true;
}

/* Whoever calls this closes g->space. False: what the file says of its chunks cannot be read. Two
 * ways of storage that can have gaps: chunks, and one piece. */
static bool make_grid(hid_t data, struct grid *g) {
  *g = (struct grid){.data = data, .space = H5Dget_space(data)};
  if (is_empty(g->space))
    return true;
  hid_t plist = H5Dget_create_plist(data);
  H5D_layout_t layout = H5Pget_layout(plist);
  bool good = layout == H5D_CHUNKED ? look_at_chunks(g, plist) : look_at_piece(g, layout);
  H5Pclose(plist);
  return good;
}

/* A writer that was killed leaves a file of the right shape, whose rest reads as zeros. */
enum fray_status h5_check_written(hid_t data, const char *place, struct fray_err *err) {
  struct grid g;
  bool good = make_grid(data, &g);
  H5Sclose(g.space);
  FRAY_CHECK(good, err, INPUT, "%s: its chunks cannot be read", place);
  FRAY_CHECK(g.written >= g.all, err, INPUT,
             "%s: %" PRIu64 " of its %" PRIu64 " chunks were never written and would read as the "
             "fill value: did its writer come to an end?",
             place, (uint64_t)(g.all - g.written), (uint64_t)g.all);
  return FRAY_OK;
}

/* Whether a chunk of this row of chunks was never written. Only the first axis matters: a row of a
 * data set is a sample, and its chunks lie side by side. */
static bool row_lacks(const struct grid *g, hsize_t row) {
  hsize_t at[FRAY_H5_MAX_RANK] = {row}, offset[FRAY_H5_MAX_RANK];
  for (;;) {
    unsigned mask = 0;
    haddr_t address = HADDR_UNDEF;
    hsize_t size = 0;
    for (int i = 0; i < g->rank; i++)
      offset[i] = at[i] * g->chunk[i];
    if (H5Dget_chunk_info_by_coord(g->data, offset, &mask, &address, &size) < 0 ||
        address == HADDR_UNDEF)
      return true;
    /* Counts on through the grid like the wheels of a meter, the first wheel held. */
    int i = g->rank - 1;
    while (i > 0 && ++at[i] == g->n[i])
      at[i--] = 0;
    if (i == 0)
      return false;
  }
}

/* Neighbouring gaps are joined: a list of samples that are missing, not of chunks. */
static enum fray_status list_gaps(const struct grid *g, struct fray_arena *arena,
                                  struct fray_h5_gap **out, size_t *n, struct fray_err *err) {
  const size_t rows = g->rank ? (size_t)g->n[0] : 1;
  const bool whole = g->rank == 0 || g->written == 0 || g->all > MOST_LOOKUPS;
  FRAY_ALLOC(*out, arena, whole ? 1 : rows, err);
  *n = 0;
  if (whole) {
    hsize_t dims[H5S_MAX_RANK] = {0};
    H5Sget_simple_extent_dims(g->space, dims, NULL);
    (*out)[(*n)++] = (struct fray_h5_gap){0, (size_t)dims[0]};
    return FRAY_OK;
  }
  for (size_t row = 0; row < rows; row++) {
    if (!row_lacks(g, row))
      continue;
    size_t first = row * (size_t)g->chunk[0];
    size_t end = FRAY_MIN(first + (size_t)g->chunk[0], (size_t)g->dims[0]);
    if (*n && (*out)[*n - 1].end == first)
      (*out)[*n - 1].end = end;
    else
      (*out)[(*n)++] = (struct fray_h5_gap){first, end};
  }
  return FRAY_OK;
}

/* For those who can leave samples out; who cannot asks h5_check_written. */
enum fray_status h5_here_gaps(fray_h5 parent, const char *path, struct fray_arena *arena,
                              struct fray_h5_gap **out, size_t *n, struct fray_err *err) {
  char place[H5_PLACE];
  struct grid g;
  hid_t data = -1;
  *n = 0;
  FRAY_TRY(h5_open_data(parent, path, &data, err));
  enum fray_status status = FRAY_OK;
  if (!make_grid(data, &g))
    status =
        fray_fail(err, FRAY_INPUT, "%s: its chunks cannot be read", h5_place(parent, path, place));
  else if (g.written < g.all)
    status = list_gaps(&g, arena, out, n, err);
  H5Sclose(g.space);
  H5Dclose(data);
  return status;
}
