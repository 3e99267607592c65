/* The tables of the last mile, the dictionary of their columns, and what is said of them.
 *
 *   plane.csv    what every point of the test costs whom
 *   did.csv      each group against the others at the point that costs most on dev
 *   spread.csv   how far groups lie apart there, and how far chance would put them */
#include "mile_parts.h"

#include "fray/base/columns.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* What rows of all files begin with. */
#define PLACE(FILE_)                                                                               \
  {FILE_, "cell", "text", "", "swept keys with their values, or all", "never"},                    \
      {FILE_, "test", "text", "", "as in the scenario", "never"}, {                                \
    FILE_, "condition", "text", "", "the point of the test, as NAME=STRENGTH", "never"             \
  }
#define GROUP(FILE_, EMPTY_)                                                                       \
  {FILE_, "column", "text", "", "group column of people", "never"}, {                              \
    FILE_, "group", "text", "", "its value", EMPTY_                                                \
  }

static const struct fray_column columns[] = {
    PLACE("plane.csv"),
    {"plane.csv", "first_key", "text", "", "the first key that the test varies", "it varies none"},
    {"plane.csv", "first_value", "real", "", "its value", "it varies none"},
    {"plane.csv", "second_key", "text", "", "the second key", "it varies fewer than two"},
    {"plane.csv", "second_value", "real", "", "its value", "it varies fewer than two"},
    {"plane.csv", "held_out", "integer", "", "1: training never met this point", "never"},
    {"plane.csv", "worst", "integer", "", "1: the point that costs most on dev", "never"},
    {"plane.csv", "role", "text", "", "of the samples: find, those of dev; report, of the test",
     "never"},
    GROUP("plane.csv", "everybody"),
    {"plane.csv", "trials", "integer", "models", "that were asked", "never"},
    {"plane.csv", "clusters", "integer", "clients", "people of the group", "never"},
    {"plane.csv", "samples", "integer", "samples", "of these people", "never"},
    {"plane.csv", "clean", "real", "", "share right without damage, mean over people",
     "of the test: fewer than 5 people or 30 samples"},
    {"plane.csv", "damaged", "real", "", "share right under the damage, likewise",
     "of the test: fewer than 5 people or 30 samples"},
    {"plane.csv", "drop", "real", "", "clean less damaged",
     "of the test: fewer than 5 people or 30 samples"},
    PLACE("did.csv"),
    GROUP("did.csv", "never"),
    {"did.csv", "role", "text", "", "of the samples: report, those of the test", "never"},
    {"did.csv", "clusters", "integer", "clients", "people of the group", "never"},
    {"did.csv", "samples", "integer", "samples", "of these people", "never"},
    {"did.csv", "drop", "real", "", "what the damage costs the group, mean over its people",
     "the group is too small"},
    {"did.csv", "others", "real", "", "what it costs all other people", "the group is too small"},
    {"did.csv", "did", "real", "", "drop less others", "the group is too small"},
    {"did.csv", "p", "real", "",
     "share of the assignments of people to groups under which it is as large; one-sided",
     "the group is too small"},
    {"did.csv", "holm", "real", "", "p by Holm over the groups of the cell",
     "the group is too small"},
    {"did.csv", "smallest_p", "real", "", "the least p that so many people can give",
     "the group is too small"},
    {"did.csv", "resolved", "integer", "", "1: holm is at most .05", "the group is too small"},
    PLACE("spread.csv"),
    {"spread.csv", "column", "text", "", "group column of people", "never"},
    {"spread.csv", "groups", "integer", "groups", "of 5 people and 30 samples or more", "never"},
    {"spread.csv", "spread", "real", "", "largest less smallest drop of a group",
     "fewer than two groups"},
    {"spread.csv", "null_mean", "real", "", "its mean over assignments of people to groups",
     "fewer than two groups"},
    {"spread.csv", "null_95", "real", "", "what it does not pass in 95 % of them",
     "fewer than two groups"},
    {"spread.csv", "p", "real", "", "share of the assignments under which it is as large",
     "fewer than two groups"},
    {"spread.csv", "smallest_p", "real", "", "the least p that there is", "fewer than two groups"},
    {"spread.csv", "assignments", "integer", "", "that were gone through", "never"},
    {"spread.csv", "resolved", "integer", "", "1: p is at most .05", "fewer than two groups"},
};

/* There are no families among them. */
static void header(const char *file, struct fray_text *out) {
  fray_columns_header(columns, FRAY_COUNT(columns), file, NULL, out);
}

void mile_columns(const void *told, struct fray_text *out) {
  (void)told;
  fray_columns_csv_head(out);
  fray_columns_csv(columns, FRAY_COUNT(columns), out);
}

/* What is not known leaves its field empty. */
static void put(struct fray_text *out, double value) {
  char number[32];
  fray_format_double(value, number);
  fray_text_printf(out, ",%s", isfinite(value) ? number : "");
}

/* Names of groups and tests are free text. */
static void put_name(struct fray_text *out, const char *text) {
  fray_text_puts(out, ",");
  fray_text_csv(out, text);
}

/* What all rows begin with. */
static void put_place(const struct mile_found *found, const struct mile_cell *cell, size_t point,
                      struct fray_text *out) {
  fray_text_csv(out, cell->name);
  put_name(out, found->test);
  put_name(out, found->point[point].label);
}

static void put_point(const struct mile_found *found, const struct mile_cell *cell, int split,
                      size_t point, size_t group, struct fray_text *out) {
  const struct mile_point *p = &found->point[point];
  const bool all = group == found->group->n;
  struct mile_mean mean = mile_mean_of(found, cell, split, point, group);
  /* A number of few people would be read as one of a group. Dev says nothing of people: it chooses.
   */
  if (split == MILE_TEST && !mile_is_large(&mean))
    mean.clean = mean.damaged = mean.drop = NAN;
  put_place(found, cell, point, out);
  for (size_t k = 0; k < 2; k++) {
    put_name(out, p->key[k] ? p->key[k] : "");
    put(out, p->value[k]);
  }
  fray_text_printf(out, ",%d,%d,%s", p->held, point == cell->worst,
                   split == MILE_DEV ? "find" : "report");
  put_name(out, found->group->name);
  put_name(out, all ? "" : found->group->value[group]);
  fray_text_printf(out, ",%zu,%zu,%zu", cell->trials, mean.clients, mean.samples);
  put(out, mean.clean);
  put(out, mean.damaged);
  put(out, mean.drop);
  fray_text_puts(out, "\n");
}

/* Points in the order of the study, so that rows of two runs stand side by side. Of dev everybody
 * alone: it chooses a point, and says nothing of groups. */
void mile_plane(const void *told, struct fray_text *out) {
  const struct mile_found *found = ((const struct mile_told *)told)->found;
  header("plane.csv", out);
  for (size_t c = 0; c < found->n_cells; c++)
    for (size_t p = 0; p < found->n_points; p++) {
      put_point(found, &found->cell[c], MILE_DEV, p, found->group->n, out);
      put_point(found, &found->cell[c], MILE_TEST, p, found->group->n, out);
      for (size_t g = 0; g < found->group->n; g++)
        put_point(found, &found->cell[c], MILE_TEST, p, g, out);
    }
}

/* The place of a group among those that are large enough; their number if it is not. */
static size_t place_of(const struct mile_verdict *v, size_t group) {
  size_t k = 0;
  while (k < v->n && v->of[k] != group)
    k++;
  return v->n < 2 ? v->n : k;
}

/* Also a group that is too small has its row, with its people and samples and no number: that it
 * was left out is told. */
static void put_group(const struct mile_found *found, const struct mile_cell *cell,
                      const struct mile_verdict *v, size_t group, struct fray_text *out) {
  const struct mile_mean mean = mile_mean_of(found, cell, MILE_TEST, cell->worst, group);
  const size_t at = place_of(v, group);
  put_place(found, cell, cell->worst, out);
  put_name(out, found->group->name);
  put_name(out, found->group->value[group]);
  fray_text_printf(out, ",report,%zu,%zu", mean.clients, mean.samples);
  if (at == v->n) {
    fray_text_puts(out, ",,,,,,,\n");
    return;
  }
  const struct fray_did *d = &v->did[at];
  const double numbers[] = {d->drop, d->others, d->did, d->p, v->holm[at], d->smallest};
  for (size_t k = 0; k < FRAY_COUNT(numbers); k++)
    put(out, numbers[k]);
  fray_text_printf(out, ",%d\n", v->holm[at] <= 0.05);
}

void mile_did(const void *told, struct fray_text *out) {
  const struct mile_told *t = told;
  header("did.csv", out);
  for (size_t c = 0; c < t->found->n_cells; c++)
    for (size_t g = 0; g < t->found->group->n; g++)
      put_group(t->found, &t->found->cell[c], &t->verdict[c], g, out);
}

void mile_spread(const void *told, struct fray_text *out) {
  const struct mile_told *t = told;
  header("spread.csv", out);
  for (size_t c = 0; c < t->found->n_cells; c++) {
    const struct mile_verdict *v = &t->verdict[c];
    const struct fray_did_spread *s = &v->spread;
    put_place(t->found, &t->found->cell[c], t->found->cell[c].worst, out);
    put_name(out, t->found->group->name);
    fray_text_printf(out, ",%zu", v->n);
    if (v->n < 2) {
      fray_text_puts(out, ",,,,,,0,\n");
      continue;
    }
    const double numbers[] = {s->spread, s->null_mean, s->null_95, s->p, s->smallest};
    for (size_t k = 0; k < FRAY_COUNT(numbers); k++)
      put(out, numbers[k]);
    fray_text_printf(out, ",%zu,%d\n", s->assignments, mile_is_resolved(v));
  }
}

/* ---- for people ---- */

static void put_line(struct fray_text *out, struct fray_text *line, size_t columns_wide) {
  struct fray_text safe = {0};
  fray_text_safe(&safe, line->data ? line->data : "", false);
  fray_text_wrap(out, safe.data ? safe.data : "", 0, columns_wide);
  fray_text_puts(out, "\n");
  out->failed |= line->failed || safe.failed;
  line->size = 0;
  fray_text_free(&safe);
}

/* In points, as people speak of accuracy; p with two digits, since more are not known of 2,000
 * draws. No group is named unless its difference is resolved: the largest of several differences
 * always looks large. */
static void say_groups(const struct mile_found *found, const struct mile_verdict *v,
                       struct fray_text *line) {
  const struct fray_did_spread *s = &v->spread;
  size_t n = 0;
  if (v->n < 2) {
    fray_text_printf(line,
                     " %s: fewer than two groups have 5 people and 30 samples, so nothing is said "
                     "of them.",
                     found->group->name);
    return;
  }
  fray_text_printf(line,
                   " %s: groups lie %.1f points apart; where people change groups by chance it is "
                   "%.1f in the mean, and at most %.1f in 95 %% of the cases (p %.2g): %s.",
                   found->group->name, 100 * s->spread, 100 * s->null_mean, 100 * s->null_95, s->p,
                   mile_is_resolved(v) ? "resolved" : "not resolved");
  for (size_t g = 0; g < v->n; g++)
    if (v->holm[g] <= 0.05)
      fray_text_printf(line, "%s %s loses %.1f points more than the others (p %.2g, Holm %.2g)",
                       n++ ? ";" : "", found->group->value[v->of[g]], 100 * v->did[g].did,
                       v->did[g].p, v->holm[g]);
  fray_text_printf(line, "%s", n ? "." : " No group is told from the others.");
}

/* A paragraph for each cell, in the order of the study. */
void mile_say(const struct mile_told *told, size_t columns_wide, struct fray_text *out) {
  const struct mile_found *found = told->found;
  struct fray_text line = {0};
  for (size_t c = 0; c < found->n_cells; c++) {
    const struct mile_cell *cell = &found->cell[c];
    const struct mile_mean all = mile_mean_of(found, cell, MILE_TEST, cell->worst, found->group->n);
    fray_text_printf(&line,
                     "%s: of %s of the test %s, %s costs most on dev; on the test the accuracy of "
                     "a client goes there from %.1f to %.1f %% in the mean of %s and %s.",
                     cell->name, FRAY_N(found->n_points, "point"), found->test,
                     found->point[cell->worst].label, 100 * all.clean, 100 * all.damaged,
                     FRAY_N(cell->trials, "model"), FRAY_N(all.clients, "client"));
    say_groups(found, &told->verdict[c], &line);
    put_line(out, &line, columns_wide);
  }
  fray_text_free(&line);
}
