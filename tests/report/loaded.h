/* A study of study.h as the report reads it. */
#ifndef TESTS_REPORT_LOADED_H
#define TESTS_REPORT_LOADED_H

#include "study.h"

#include "fray/base/hash.h"
#include "report/quantity/quantities.h"
#include "report/quantity/read_study.h"

static inline void near(double a, double b, double within) {
  if (!(fabs(a - b) <= within))
    fail_msg("%.12g is not %.12g", a, b);
}

struct loaded {
  struct fray_arena arena;
  struct fray_rep_results r;
};

static inline struct loaded *load(const char *folder) {
  struct fray_err err = {0};
  struct loaded *l = calloc(1, sizeof *l);
  assert_non_null(l);
  good(fray_rep_study_read(folder, NULL, &l->arena, &l->r, &err), &err);
  return l;
}

static inline void unload(struct loaded *l) {
  fray_rep_study_free(&l->r);
  fray_arena_free(&l->arena);
  free(l);
}

/* Severity of dark; negative: condition trial. */
static inline struct fray_rep_address address(struct loaded *l, size_t cell, double dark,
                                              const char *group, const char *metric) {
  return (struct fray_rep_address){
      .cell = cell,
      .condition = fray_rep_name_find(&l->r.conditions, dark < 0 ? "trial" : "dark"),
      .severity = dark < 0 ? NAN : dark,
      .group = fray_rep_name_find(&l->r.groups, group),
      .metric = fray_rep_name_find(&l->r.metrics, metric)};
}

static inline const struct fray_rep_quantity *quantity(struct loaded *l,
                                                       struct fray_rep_address at) {
  const struct fray_rep_quantity *q;
  struct fray_err err = {0};
  good(fray_rep_find_quantity(&l->r, &at, &q, &err), &err);
  return q;
}

static inline struct fray_resample drawn(struct fray_arena *arena) {
  struct fray_resample out;
  struct fray_err err = {0};
  good(fray_resample_make(fray_hash_text("fray report"), SEEDS, CLIENTS, FRAY_DRAWS, arena, &out,
                          &err),
       &err);
  return out;
}

#endif
