/* Reader `idx`: images and labels in the IDX format of MNIST, plain or gzip, and a CSV of more.
 * Format: LeCun, "The MNIST database", file formats: big-endian magic, sizes, then the bytes. */
#include "raw_source.h"

#include "fray/base/size.h"
#include "fray/codec/codec.h"
#include "import/table/csv_file.h"

#include <stdint.h>
#include <string.h>

extern const struct fray_choice fray_reader_idx;

enum { LARGEST = 1 << 30, UBYTE = 8 };

struct idx_config {
  const char *images, *labels, *columns, *modality;
};

struct idx {
  const uint8_t *x;
  size_t dim[3];
};

/* By bytes: the same on machines of either order. */
static size_t big_endian(const uint8_t *p) {
  return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* Sizes are checked against the bytes that are there, to the byte: a download that stopped is seen.
 */
static enum fray_status parse_idx(const uint8_t *p, size_t size, unsigned rank, struct idx *out,
                                  struct fray_err *err) {
  size_t head = 4 + 4 * (size_t)rank, n = 1;
  FRAY_CHECK(size >= head, err, INPUT, "too short for an IDX file");
  FRAY_CHECK(p[0] == 0 && p[1] == 0 && p[2] == UBYTE && p[3] == rank, err, INPUT,
             "IDX magic %02x%02x%02x%02x, expected 000008%02x (unsigned bytes, %u axes)", p[0],
             p[1], p[2], p[3], rank, rank);
  for (unsigned d = 0; d < rank; d++) {
    out->dim[d] = big_endian(p + 4 + 4 * d);
    /* Three axes of 32 bits multiply beyond 64: a made-up header must not wrap to a small product.
     */
    FRAY_CHECK(fray_size_mul(n, out->dim[d], &n) && n > 0, err, INPUT, "IDX axis %u of length %zu",
               d, out->dim[d]);
  }
  FRAY_CHECK(size - head == n, err, INPUT, "%zu bytes of values, the IDX header announces %zu",
             size - head, n);
  out->x = p + head;
  return FRAY_OK;
}

/* A packed file is unpacked as far as its header goes, and not to where its packing ends: a
 * thousandth of what it unpacks to is enough to fill a memory. */
static enum fray_status find_limit(const char *path, unsigned rank, struct fray_arena *arena,
                                   size_t *limit, struct fray_err *err) {
  const uint8_t *head = NULL;
  size_t size = 4 + 4 * (size_t)rank, n = 1, got = 0;
  FRAY_TRY(fray_gzip_begin(path, size, arena, &head, &got, err));
  bool told = got == size;
  for (unsigned d = 0; told && d < rank; d++)
    told = fray_size_mul(n, big_endian(head + 4 + 4 * d), &n);
  FRAY_CHECK(!told || n <= LARGEST - size, err, INPUT,
             "%s: the IDX header announces %zu bytes of values, the limit is %d", path, n, LARGEST);
  *limit = told ? size + n : LARGEST;
  return FRAY_OK;
}

/* Plain files pass through unchanged. The pixels stay in the arena until they are written: rows
 * point into them. */
static enum fray_status read_idx(const struct source *source, const char *name, unsigned rank,
                                 const char **path, struct idx *out, struct fray_err *err) {
  const uint8_t *data = NULL;
  size_t size = 0, limit = LARGEST;
  FRAY_TRY(fray_source_path(source, name, path, err));
  FRAY_TRY(find_limit(*path, rank, source->arena, &limit, err));
  FRAY_TRY(fray_gzip_read(*path, limit, source->arena, &data, &size, err));
  return parse_idx(data, size, rank, out, err) == FRAY_OK ? FRAY_OK : fray_at(err, "%s", *path);
}

/* Digits as texts: the YAML may derive names from them. */
static enum fray_status add_labels(const struct source *source, const char *name, struct rows *rows,
                                   struct fray_err *err) {
  const char *path, **text;
  struct idx idx;
  FRAY_TRY(read_idx(source, name, 1, &path, &idx, err));
  /* Labels of the other split, most likely, whose file names differ by a word. */
  FRAY_CHECK(idx.dim[0] == rows->n, err, INPUT, "%s: %zu labels, but %s has %zu images", path,
             idx.dim[0], rows->file, rows->n);
  FRAY_ALLOC(text, source->arena, rows->n, err);
  for (size_t i = 0; i < rows->n; i++) {
    text[i] = fray_arena_printf(source->arena, "%u", idx.x[i]);
    FRAY_CHECK(text[i], err, MEMORY, "out of memory");
  }
  return fray_rows_add(rows, "label", text, source->arena, err);
}

/* A column that the images or labels give as well must say the same: it shows that the rows fit. */
static enum fray_status compare_column(const struct fray_csv *csv, size_t c, const char **known,
                                       struct fray_err *err) {
  for (size_t i = 0; i < csv->n_rows; i++)
    FRAY_CHECK(strcmp(fray_csv_at(csv, i, c), known[i]) == 0, err, INPUT,
               "%s:%zu: %s \"%s\", but it is \"%s\"", csv->name, csv->line[i], csv->column[c],
               fray_csv_at(csv, i, c), known[i]);
  return FRAY_OK;
}

/* A row for each picture, in their order; without an order there would be no way to tell. */
static enum fray_status add_columns(const struct source *source, const char *name,
                                    struct rows *rows, struct fray_err *err) {
  const char *path;
  struct fray_csv csv;
  FRAY_TRY(fray_source_path(source, name, &path, err));
  FRAY_TRY(fray_csv_read(path, NULL, source->arena, &csv, err));
  FRAY_CHECK(csv.n_rows == rows->n, err, INPUT, "%s: %zu rows, but %s has %zu images", path,
             csv.n_rows, rows->file, rows->n);
  for (size_t c = 0; c < csv.n_columns; c++) {
    /* What pandas calls its row numbers; here they are the field `row`. */
    bool index = strcmp(csv.column[c], "index") == 0;
    const char **known = fray_rows_find(rows, index ? "row" : csv.column[c]);
    if (known)
      FRAY_TRY(compare_column(&csv, c, known, err));
    else
      FRAY_TRY(fray_rows_add_column(rows, &csv, c, source->arena, err));
  }
  return FRAY_OK;
}

/* Pictures stay grey and of one size, as the format has them; colours and sizes are the kind's
 * affair. */
static enum fray_status read_images(struct source *source, const void *params, struct rows *out,
                                    struct fray_err *err) {
  const struct idx_config *config = params;
  struct idx idx;
  size_t m;
  FRAY_TRY(fray_source_modality(source, "modality", config->modality, &m, err));
  FRAY_CHECK(source->modality[m].m.kind == FRAY_IMAGE, err, INPUT,
             "modality: %s: IDX files of three axes hold images", config->modality);
  *out = (struct rows){0};
  /* The images come first: they say how many rows there are. */
  FRAY_TRY(read_idx(source, config->images, 3, &out->file, &idx, err));
  out->n = idx.dim[0];
  FRAY_ALLOC(out->value[m], source->arena, out->n, err);
  for (size_t i = 0; i < out->n; i++)
    out->value[m][i] = (struct value){
        .data = idx.x + i * idx.dim[1] * idx.dim[2], .length = idx.dim[1], .width = idx.dim[2]};
  FRAY_TRY(fray_rows_number(out, source->arena, err));
  if (config->labels)
    FRAY_TRY(add_labels(source, config->labels, out, err));
  return config->columns ? add_columns(source, config->columns, out, err) : FRAY_OK;
}

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "images", struct idx_config, images, .required = true,
               .help = "IDX file of unsigned bytes (samples, height, width) below `raw`"),
    FRAY_FIELD(STRING, "labels", struct idx_config, labels, .optional = true,
               .help = "IDX file of labels: field `label`"),
    FRAY_FIELD(STRING, "columns", struct idx_config, columns, .optional = true,
               .help =
                   "CSV file with a row per image: more fields; a column `index` or `label` must "
                   "agree with the images"),
    FRAY_FIELD(STRING, "modality", struct idx_config, modality, .required = true,
               .help = "modality that the images are"),
};
static FRAY_TABLE(table, "idx", struct idx_config, fields,
                  .help = "IDX files, plain or gzip; the field `row` counts from 0");
static const struct reader reader = {.read = read_images};
const struct fray_choice fray_reader_idx = {"idx", "IDX images and labels (MNIST), plain or gzip",
                                            "", &table, &reader};
