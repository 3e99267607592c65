/* The figures of a small study, and their series by name. */
#ifndef TESTS_REPORT_BUILT_STUDY_H
#define TESTS_REPORT_BUILT_STUDY_H

#include "grid_study.h"

#include "report/figure/figures.h"
#include "report/quantity/read_study.h"

struct made {
  struct fray_arena arena;
  struct fray_rep_results r;
  struct fray_rep_figures figures;
};

static void make(const char *folder, struct made *m) {
  struct fray_err err = {0};
  *m = (struct made){0};
  good(fray_rep_study_read(folder, NULL, &m->arena, &m->r, &err), &err);
  good(fray_rep_make_figures(&m->r, 0, &m->figures, &err), &err);
}

static void drop(struct made *m) {
  fray_rep_study_free(&m->r);
  fray_arena_free(&m->arena);
}

/* The i-th figure of a kind, or NULL. */
static const struct fray_rep_figure *figure(const struct made *m, const char *key, size_t i) {
  for (size_t f = 0; f < m->figures.n; f++)
    if (strcmp(m->figures.v[f].key, key) == 0 && i-- == 0)
      return &m->figures.v[f];
  return NULL;
}

static const struct fray_rep_figure *need(const struct made *m, const char *key, size_t i) {
  const struct fray_rep_figure *f = figure(m, key, i);
  if (!f)
    fail_msg("no figure %zu of kind %s", i, key);
  assert_true(f->n_panels > 0 && *f->title && *f->caption && f->y0 < f->y1);
  return f;
}

static const struct fray_rep_series *series(const struct fray_rep_figure *f, size_t panel,
                                            const char *label) {
  assert_true(panel < f->n_panels);
  for (size_t s = 0; s < f->panel[panel].n_series; s++)
    if (strcmp(f->panel[panel].series[s].label, label) == 0)
      return &f->panel[panel].series[s];
  fail_msg("%s: no series %s in panel %zu", f->title, label, panel);
  return NULL;
}

static void is_at(const struct fray_rep_series *s, size_t i, double x, double y) {
  assert_true(i < s->n);
  near(s->point[i].x, x);
  near(s->point[i].y, y);
}

#endif
