/* strengths.csv, written and read, and the arithmetic of a strength that has a direction. */
#include "fray/results/strengths.h"

#include "fray/base/csv.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/results/csv_table.h"
#include "fray/results/folder.h"
#include "fray/results/results_columns.h"

#include <math.h>
#include <string.h>

const struct fray_strength_meaning fray_strength_usual = {
    .name = "", .entry = "", .parameter = "", .unit = "", .none = 0, .worse = 1};

static const char *const whose[] = {[FRAY_STRENGTH_SWEPT] = "swept",
                                    [FRAY_STRENGTH_ENTRY] = "entry",
                                    [FRAY_STRENGTH_TEST] = "test"};

/* A share of words or of values is a share too, but of something else than what was hit. */
bool fray_strength_is_share(const struct fray_strength_meaning *m) {
  return !*m->parameter || strcmp(m->parameter, "rate") == 0;
}

bool fray_strength_is_none(const struct fray_strength_meaning *m, double value) {
  return value == m->none; /* NaN, for either of them, is none of it */
}

double fray_strength_distance(const struct fray_strength_meaning *m, double value) {
  if (m->worse == 0)
    return value;
  return m->worse * (isfinite(m->none) ? value - m->none : value);
}

double fray_strength_at(const struct fray_strength_meaning *m, double distance) {
  if (m->worse == 0)
    return distance;
  return (isfinite(m->none) ? m->none : 0) + m->worse * distance;
}

/* Infinite is written out: an empty field is a strength that nothing leaves clean. */
static void put_none(double none, struct fray_text *out) {
  if (isinf(none))
    fray_text_puts(out, none > 0 ? ",inf" : ",-inf");
  else
    fray_rep_csv_put_real(out, none);
}

enum fray_status fray_strengths_write(const struct fray_strength_meaning *v, size_t n,
                                      const char *folder, struct fray_err *err) {
  struct fray_text out = {0};
  fray_results_header("strengths.csv", NULL, &out);
  for (size_t i = 0; i < n; i++) {
    fray_text_puts(&out, whose[v[i].of]);
    fray_rep_csv_put_text(&out, v[i].name);
    fray_rep_csv_put_text(&out, v[i].entry);
    fray_rep_csv_put_text(&out, v[i].parameter);
    fray_rep_csv_put_text(&out, v[i].unit);
    put_none(v[i].none, &out);
    fray_text_printf(&out, ",%d\n", v[i].worse);
  }
  enum fray_status status = fray_folder_put(folder, "strengths.csv", &out, err);
  fray_text_free(&out);
  return status;
}

enum { OF, NAME, ENTRY, PARAMETER, UNIT, NONE, WORSE, COLUMNS };

struct reading {
  struct fray_rep_csv csv;
  size_t column[COLUMNS];
  struct fray_arena *arena;
};

/* The text of a field, which outlives the file. NULL: out of memory. */
static const char *field(const struct reading *in, size_t row, size_t column) {
  return fray_arena_strdup(in->arena, fray_rep_csv_at(&in->csv, row, in->column[column]));
}

static enum fray_status read_none(const struct reading *in, size_t row, double *out,
                                  struct fray_err *err) {
  const char *text = fray_rep_csv_at(&in->csv, row, in->column[NONE]);
  bool minus = *text == '-';
  if (strcmp(text + minus, "inf") == 0) {
    *out = minus ? -INFINITY : INFINITY;
    return FRAY_OK;
  }
  return fray_rep_csv_real(&in->csv, row, in->column[NONE], out, err);
}

static enum fray_status read_row(const struct reading *in, size_t row,
                                 struct fray_strength_meaning *out, struct fray_err *err) {
  const char *of = fray_rep_csv_at(&in->csv, row, in->column[OF]);
  double worse;
  size_t i = 0;
  while (i < FRAY_COUNT(whose) && strcmp(whose[i], of) != 0)
    i++;
  FRAY_CHECK(i < FRAY_COUNT(whose), err, INPUT, "%s:%zu: of: \"%.60s\" is not swept, entry or test",
             in->csv.path, in->csv.line[row], of);
  *out = (struct fray_strength_meaning){.of = (enum fray_strength_of)i,
                                        .name = field(in, row, NAME),
                                        .entry = field(in, row, ENTRY),
                                        .parameter = field(in, row, PARAMETER),
                                        .unit = field(in, row, UNIT)};
  FRAY_CHECK(out->name && out->entry && out->parameter && out->unit, err, MEMORY, "out of memory");
  FRAY_TRY(read_none(in, row, &out->none, err));
  FRAY_TRY(fray_rep_csv_real(&in->csv, row, in->column[WORSE], &worse, err));
  FRAY_CHECK(worse == 1 || worse == 0 || worse == -1, err, INPUT,
             "%s:%zu: worse: it is 1 (more is), -1 (less is) or 0 (no order)", in->csv.path,
             in->csv.line[row]);
  out->worse = (int)worse;
  /* An infinite none on the side of worse would make all distances fall. */
  FRAY_CHECK(!isinf(out->none) || (out->worse && (out->none > 0) == (out->worse < 0)), err, INPUT,
             "%s:%zu: none: %s is on the worse side", in->csv.path, in->csv.line[row],
             out->none > 0 ? "inf" : "-inf");
  return FRAY_OK;
}

static enum fray_status read_rows(struct reading *in, struct fray_strength_meaning **out, size_t *n,
                                  struct fray_err *err) {
  static const char *const names[] = {"of", "name", "entry", "parameter", "unit", "none", "worse"};
  for (size_t i = 0; i < COLUMNS; i++)
    FRAY_TRY(fray_rep_csv_need(&in->csv, names[i], &in->column[i], err));
  FRAY_ALLOC_ZERO(*out, in->arena, in->csv.n_rows + 1, err);
  for (size_t row = 0; row < in->csv.n_rows; row++) {
    struct fray_strength_meaning *m = &(*out)[row];
    FRAY_TRY(read_row(in, row, m, err));
    for (size_t i = 0; i < row; i++)
      FRAY_CHECK((*out)[i].of != m->of || strcmp((*out)[i].name, m->name) != 0, err, INPUT,
                 "%s:%zu: \"%.60s\" is there twice (also in line %zu)", in->csv.path,
                 in->csv.line[row], m->name, in->csv.line[i]);
  }
  *n = in->csv.n_rows;
  return FRAY_OK;
}

enum fray_status fray_strengths_read(const char *folder, struct fray_arena *arena,
                                     struct fray_strength_meaning **out, size_t *n, bool *there,
                                     struct fray_err *err) {
  struct reading in = {.arena = arena};
  const char *path = fray_arena_printf(arena, "%s/strengths.csv", folder);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  *there = fray_file_exists(path);
  if (!*there)
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_read(path, arena, &in.csv, err));
  enum fray_status status = read_rows(&in, out, n, err);
  fray_rep_csv_free(&in.csv);
  return status;
}

static enum fray_status read_asked(const struct fray_rep_csv *csv, size_t asked,
                                   struct fray_arena *arena, struct fray_asked *out,
                                   struct fray_err *err) {
  size_t condition, severity;
  FRAY_TRY(fray_rep_csv_need(csv, "condition", &condition, err));
  FRAY_TRY(fray_rep_csv_need(csv, "severity", &severity, err));
  for (size_t row = 0; row < csv->n_rows; row++) {
    out[row].condition = fray_arena_strdup(arena, fray_rep_csv_at(csv, row, condition));
    FRAY_CHECK(out[row].condition, err, MEMORY, "out of memory");
    FRAY_TRY(fray_rep_csv_real(csv, row, severity, &out[row].severity, err));
    FRAY_TRY(fray_rep_csv_real(csv, row, asked, &out[row].share, err));
  }
  return FRAY_OK;
}

/* A rate may be the share of noisy clients, or one of several: what was hit is held against what
 * the law of the entry makes of it, which the run has noted. */
enum fray_status fray_asked_read(const char *folder, struct fray_arena *arena,
                                 struct fray_asked **out, size_t *n, bool *there,
                                 struct fray_err *err) {
  struct fray_rep_csv csv;
  const char *path = fray_arena_printf(arena, "%s/conditions.csv", folder);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  *there = fray_file_exists(path);
  if (!*there)
    return FRAY_OK;
  FRAY_TRY(fray_rep_csv_read(path, arena, &csv, err));
  const size_t asked = fray_rep_csv_find(&csv, "asked");
  enum fray_status status = FRAY_OK;
  *there = asked < csv.n_columns;
  *n = csv.n_rows;
  if (*there) {
    *out = fray_arena_zero(arena, csv.n_rows + 1, sizeof **out);
    status = *out ? read_asked(&csv, asked, arena, *out, err)
                  : fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  fray_rep_csv_free(&csv);
  return status;
}
