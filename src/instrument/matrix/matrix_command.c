/* The matrix as a whole: which folders are read, which columns it has, and the folder that comes of
 * it. No model is asked: everything is in the files of finished studies.
 *
 * One process does all of it, and ranks would not help: folders are read once, and what is counted
 * of them fits into memory by far. */
#include "instrument/folder/instrument_folder.h"
#include "matrix_parts.h"

#include "fray/base/size.h"
#include "fray/metric/metric.h"
#include "fray/results/provenance.h"

#include <string.h>

/* In the order in which they are made. */
static const struct fray_instrument_file files[] = {{"matrix.csv", matrix_table},
                                                    {"families.csv", matrix_families},
                                                    {"not_tested.csv", matrix_not_tested},
                                                    {"columns.csv", matrix_columns},
                                                    {"matrix.html", matrix_page}};

/* What every matrix has, whatever its studies measured. */
static const struct matrix_column first[] = {
    {.what = MATRIX_RIGHT, .name = "right", .title = "right", .of = "", .is_share = true},
    {.what = MATRIX_WORST, .name = "worst_case", .title = "worst case", .of = "", .is_share = true},
    {.what = MATRIX_WORST_OF_MEANS,
     .name = "worst_of_means",
     .title = "worst condition",
     .of = "",
     .is_share = true},
    {.what = MATRIX_MEAN_OF_MEANS,
     .name = "mean_of_means",
     .title = "mean of test",
     .of = "",
     .is_share = true},
};
static const struct matrix_column last[] = {
    {.what = MATRIX_REFUSED, .name = "refused", .title = "refused", .of = "", .is_share = true},
    {.what = MATRIX_COST,
     .name = "bytes",
     .title = "bytes sent",
     .of = "",
     .cost = {"bytes_down", "bytes_up"}},
    {.what = MATRIX_COST, .name = "flops", .title = "operations", .of = "", .cost = {"flops"}},
};

/* Columns of groups of all studies, by what their scores are of: "COLUMN=VALUE". */
static enum fray_status list_groups(const struct matrix *m, struct fray_rep_names *out,
                                    struct fray_err *err) {
  size_t at;
  for (size_t s = 0; s < m->n_studies; s++) {
    const struct fray_rep_names *groups = &m->study[s].r.groups;
    for (size_t g = 0; g < groups->n; g++) {
      const char *end = strchr(groups->v[g], '=');
      if (!end)
        continue;
      const char *name =
          fray_arena_printf(m->arena, "%.*s", (int)(end - groups->v[g]), groups->v[g]);
      FRAY_CHECK(name, err, MEMORY, "out of memory");
      FRAY_TRY(fray_rep_intern(out, name, m->arena, &at, err));
    }
  }
  return FRAY_OK;
}

/* A column for each gate of a guard of any study: two studies that were guarded by different gates
 * have their shares in different columns, and a reason in the other one. */
static enum fray_status list_gates(const struct matrix *m, struct fray_rep_names *out,
                                   struct fray_err *err) {
  size_t at;
  for (size_t s = 0; s < m->n_studies; s++)
    for (size_t k = 0; k < m->study[s].n_refusals; k++)
      FRAY_TRY(fray_rep_intern(out, m->study[s].refusal[k].gate, m->arena, &at, err));
  return FRAY_OK;
}

/* A study that tells no groups has an empty column of them all the same: it was not tested for
 * whom it breaks, and the coverage must say so. */
static enum fray_status list_columns(struct matrix *m, struct fray_err *err) {
  struct fray_rep_names group = {0}, gate = {0};
  FRAY_TRY(list_groups(m, &group, err));
  FRAY_TRY(list_gates(m, &gate, err));
  FRAY_ALLOC_ZERO(m->column, m->arena,
                  FRAY_COUNT(first) + FRAY_COUNT(last) + group.n + gate.n + 1 + fray_metrics.n,
                  err);
  for (size_t k = 0; k < FRAY_COUNT(first); k++)
    m->column[m->n_columns++] = first[k];
  for (size_t k = 0; k < group.n || k == 0; k++) {
    const char *of = group.n ? group.v[k] : "";
    const char *title = fray_arena_printf(m->arena, "gap%s%s", *of ? " of " : "", of);
    FRAY_CHECK(title, err, MEMORY, "out of memory");
    m->column[m->n_columns++] =
        (struct matrix_column){MATRIX_GAP, "gap", title, of, true, {NULL, NULL}};
  }
  for (size_t k = 0; k < fray_metrics.n; k++) {
    const struct fray_metric_ops *ops = fray_metrics.v[k]->impl;
    if (ops->in_matrix)
      m->column[m->n_columns++] = (struct matrix_column){
          MATRIX_SCORE, fray_metrics.v[k]->name, ops->title ? ops->title : fray_metrics.v[k]->name,
          "",           ops->is_share,           {NULL, NULL}};
  }
  for (size_t k = 0; k < FRAY_COUNT(last); k++) {
    for (size_t g = 0; last[k].what == MATRIX_COST && g < gate.n; g++) {
      const char *title = fray_arena_printf(m->arena, "refused by %s", gate.v[g]);
      FRAY_CHECK(title, err, MEMORY, "out of memory");
      m->column[m->n_columns++] =
          (struct matrix_column){MATRIX_REFUSED, "refused", title, gate.v[g], true, {NULL, NULL}};
    }
    gate.n = last[k].what == MATRIX_COST ? 0 : gate.n; /* once, before what trainings cost */
    m->column[m->n_columns++] = last[k];
  }
  return FRAY_OK;
}

/* The last one against the first, by the names of their classes. Where one tells none their number
 * is compared with their answers, and it is said. */
static enum fray_status check_classes(struct matrix *m, struct fray_err *err) {
  const struct fray_rep_results *a = &m->study[0].r, *b = &m->study[m->n_studies - 1].r;
  bool known;
  FRAY_TRY(fray_provenance_same_classes(a->provenance, a->folder, b->provenance, b->folder, &known,
                                        err));
  if (!known && m->n_studies > 1 && !m->unnamed)
    m->unnamed = b->folder;
  return FRAY_OK;
}

/* Counted before it is filled, so that whatever fails what is open is closed. */
static enum fray_status open_studies(const char *const *folder, size_t n, const char *who,
                                     struct matrix *m, struct fray_err *err) {
  FRAY_ALLOC_ZERO(m->study, m->arena, n, err);
  for (size_t s = 0; s < n; s++) {
    struct matrix_study *study = &m->study[m->n_studies++];
    FRAY_TRY(fray_instrument_done(folder[s], who, err));
    FRAY_TRY(fray_pooled_read(folder[s], m->arena, &study->r, err));
    FRAY_TRY(check_classes(m, err));
    FRAY_TRY(matrix_guard_read(study, m->arena, err));
  }
  return FRAY_OK;
}

/* Cells stand in the order of the studies, and in that of each study. */
enum fray_status matrix_read(const char *const *folder, size_t n, const char *who, struct matrix *m,
                             struct fray_err *err) {
  size_t cells = 0;
  FRAY_TRY(open_studies(folder, n, who, m, err));
  FRAY_TRY(list_columns(m, err));
  for (size_t s = 0; s < m->n_studies; s++)
    cells += m->study[s].r.n_cells;
  FRAY_ALLOC_ZERO(m->cell, m->arena, cells + 1, err);
  for (size_t s = 0; s < m->n_studies; s++)
    for (size_t c = 0; c < m->study[s].r.n_cells; c++)
      FRAY_TRY(matrix_cell_add(m, &m->study[s], c, err));
  return matrix_find_untested(m, err);
}

void matrix_close(struct matrix *m) {
  for (size_t s = 0; s < m->n_studies; s++)
    fray_pooled_free(&m->study[s].r);
  m->n_studies = 0;
}

/* The place is tried before anything is read, and written to when all is known: a fault in the last
 * folder leaves nothing behind. */
static enum fray_status matrix(const struct fray_matrix_wish *wish, struct matrix *m,
                               struct fray_text *said, struct fray_err *err) {
  if (wish->out)
    FRAY_TRY(fray_instrument_place(wish->out, wish->overwrite, files[0].name, wish->folder, wish->n,
                                   err));
  FRAY_TRY(matrix_read(wish->folder, wish->n, "a matrix is of finished runs", m, err));
  if (wish->out)
    FRAY_TRY(fray_instrument_write(wish->out, wish->overwrite, files, FRAY_COUNT(files), m, err));
  matrix_say(m, wish->columns, said);
  FRAY_CHECK(!said->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Folders stay open until all is told, since tables borrow their names. */
enum fray_status fray_matrix(const struct fray_matrix_wish *wish, struct fray_text *said,
                             struct fray_err *err) {
  struct fray_arena arena = {0};
  struct matrix m = {.arena = &arena};
  const enum fray_status status = matrix(wish, &m, said, err);
  matrix_close(&m);
  fray_arena_free(&arena);
  return status;
}
