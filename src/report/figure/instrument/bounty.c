/* Figures: what a bounty did, where `fray bounty` has left bounty/ in the folder.
 *
 * First what is wrong by version (versions.csv), on the people that judged the certificates and on
 * those who chose nothing: all of them, and the group that had most wrong at first among those who
 * verify, which is told for both, so that being the worst is no luck of the ones it is reported on.
 *
 * Then which traits the certificates of each team are made of (teams.csv), with a mark where one of
 * them was accepted. */
#include "report/figure/figures.h"
#include "report/plot/build.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/results/csv_table.h"

#include <math.h>
#include <string.h>

/* A place in a table of the folder; names are compared as they stand there. */
static const char *at(const struct fray_rep_csv *csv, size_t row, size_t column) {
  return fray_rep_csv_at(csv, row, column);
}

/* A column may hold anything; only equality is asked. */
static bool is(const struct fray_rep_csv *csv, size_t row, size_t column, const char *text) {
  return strcmp(at(csv, row, column), text) == 0;
}

/* NULL path: there is no such file, and nothing to draw. */
static enum fray_status open_table(struct fray_rep_results *r, const char *name,
                                   struct fray_rep_csv *csv, bool *found, struct fray_err *err) {
  const char *path = fray_arena_printf(r->arena, "%s/bounty/%s", r->folder, name);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  *found = fray_file_exists(path);
  return *found ? fray_rep_csv_read(path, r->arena, csv, err) : FRAY_OK;
}

/* A share of one training, which has no spread and no interval of its own: what is resolved of
 * differences stands in the table. */
static void put_share(struct fray_rep_build *b, struct fray_rep_series *series, double x,
                      double share, const char *label) {
  if (isnan(share))
    return;
  series->point[series->n++] = (struct fray_rep_point){
      .x = x, .y = 100 * share, .low = NAN, .high = NAN, .realised = NAN, .label = label};
  b->n_points++;
}

/* ---- versions ---- */

struct versions {
  struct fray_rep_csv csv;
  size_t version, role, group, error;
  const char *worst; /* group; NULL: none is large enough */
  double last;       /* version */
};

/* Columns by name: a later program may add some. */
static enum fray_status find_versions(struct versions *t, struct fray_err *err) {
  const struct {
    const char *name;
    size_t *place;
  } need[] = {
      {"version", &t->version}, {"role", &t->role}, {"group", &t->group}, {"error", &t->error}};
  for (size_t k = 0; k < FRAY_COUNT(need); k++)
    FRAY_TRY(fray_rep_csv_need(&t->csv, need[k].name, need[k].place, err));
  return FRAY_OK;
}

/* Groups of the study are named COLUMN=VALUE; those of certificates are lists, and were chosen for
 * their mistakes. */
static enum fray_status look(struct versions *t, struct fray_err *err) {
  double most = -1;
  for (size_t row = 0; row < t->csv.n_rows; row++) {
    double version, error;
    FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->version, &version, err));
    FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->error, &error, err));
    FRAY_CHECK(version >= 0 && version <= 1e6 && !(error < 0) && !(error > 1), err, INPUT,
               "%s, line %zu: no version of a model", t->csv.path, t->csv.line[row]);
    t->last = fmax(t->last, version);
    const char *group = at(&t->csv, row, t->group);
    if (version > 0 || !is(&t->csv, row, t->role, "verify") || *group == '[' ||
        !strchr(group, '=') || !(error > most))
      continue;
    most = error;
    t->worst = group;
  }
  return FRAY_OK;
}

/* One line, in the order of the versions. A group of few people has no share, and a gap. */
static enum fray_status put_line(struct fray_rep_build *b, const struct versions *t,
                                 struct fray_rep_series *series, const char *role,
                                 const char *group, struct fray_err *err) {
  for (size_t row = 0; row < t->csv.n_rows; row++) {
    double version, error;
    if (!is(&t->csv, row, t->role, role) || !is(&t->csv, row, t->group, group))
      continue;
    FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->version, &version, err));
    FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->error, &error, err));
    if (series->n <= (size_t)t->last) /* the same version twice */
      put_share(b, series, version, error, NULL);
  }
  return FRAY_OK;
}

/* Four lines at most, told apart by who is asked and about whom. */
static enum fray_status fill_versions(struct fray_rep_build *b, const struct versions *t,
                                      struct fray_err *err) {
  static const char *const roles[] = {"verify", "report"};
  static const char *const words[] = {"who verify", "who chose nothing"};
  struct fray_arena *arena = b->r->arena;
  struct fray_rep_panel *panel;
  /* Where no group has enough people the whole stands alone. */
  const size_t lines = t->worst ? 4 : 2;
  FRAY_TRY(fray_rep_build_panels(b, 1, err));
  FRAY_TRY(fray_rep_build_panel(b, "", lines, &panel, err));
  for (size_t k = 0; k < lines; k++) {
    const char *group = k < 2 ? "all" : t->worst;
    const char *label = fray_arena_printf(arena, "%s, %s", group, words[k % 2]);
    struct fray_rep_series *series;
    FRAY_CHECK(label, err, MEMORY, "out of memory");
    FRAY_TRY(fray_rep_build_series(b, panel, label, k, (size_t)t->last + 1, &series, err));
    FRAY_TRY(put_line(b, t, series, roles[k % 2], group, err));
  }
  /* Versions are counted, so no half of one is an end of the axis. */
  b->f->n_ticks = (size_t)fmin(t->last, FRAY_REP_TICKS - 1) + 1;
  FRAY_ALLOC(b->f->tick, arena, b->f->n_ticks, err);
  for (size_t v = 0; v < b->f->n_ticks; v++)
    b->f->tick[v] = (double)v;
  return FRAY_OK;
}

/* A model that nothing mended has one version, which is a number and no line. */
static enum fray_status draw_versions(struct fray_rep_results *r, size_t section,
                                      struct versions *t, struct fray_rep_figures *out,
                                      struct fray_err *err) {
  struct fray_rep_build b;
  FRAY_TRY(find_versions(t, err));
  FRAY_TRY(look(t, err));
  if (t->last < 1)
    return FRAY_OK;
  const char *name = fray_rep_figure_name(r->arena, section, "bounty_versions", 0, "");
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  FRAY_TRY(fray_rep_build_begin(&b, r, out, FRAY_REP_LINES, name, "A mended model", err));
  b.is_score = false; /* of no metric, but a share as many are */
  b.f->percent = true;
  b.f->x_label = "version";
  b.f->y_label = "wrong answers (%)";
  FRAY_TRY(fill_versions(&b, t, err));
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(
      &b, err,
      "Share of wrong answers after each accepted certificate, in the one training that is "
      "mended: on test clients that verify, and on those that nothing was chosen by. The group is "
      "the one that had most wrong among those who verify. What is resolved of a difference stands "
      "in bounty/versions.csv.");
}

/* ---- teams ---- */

struct teams {
  struct fray_rep_csv csv;
  size_t team, feature, share[2]; /* of the submitted, of the accepted */
  const char *name[FRAY_REP_MOST_MODELS], *trait[FRAY_REP_MOST_COLUMNS];
  size_t n_names, n_traits, more;
};

/* Likewise. */
static enum fray_status find_teams(struct teams *t, struct fray_err *err) {
  FRAY_TRY(fray_rep_csv_need(&t->csv, "team", &t->team, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "feature", &t->feature, err));
  FRAY_TRY(fray_rep_csv_need(&t->csv, "of_submitted", &t->share[0], err));
  return fray_rep_csv_need(&t->csv, "of_accepted", &t->share[1], err);
}

/* False: it was new, and there was no room. */
static bool note(const char **list, size_t *n, size_t most, const char *text) {
  for (size_t k = 0; k < *n; k++)
    if (strcmp(list[k], text) == 0)
      return true;
  if (*n == most)
    return false;
  list[(*n)++] = text;
  return true;
}

/* In the order of the file: teams by their first submission, traits by origin. */
static void list_teams(struct teams *t) {
  for (size_t row = 0; row < t->csv.n_rows; row++) {
    const bool team = note(t->name, &t->n_names, FRAY_REP_MOST_MODELS, at(&t->csv, row, t->team));
    const bool trait =
        note(t->trait, &t->n_traits, FRAY_REP_MOST_COLUMNS, at(&t->csv, row, t->feature));
    t->more += !team || !trait;
  }
}

/* A share of the file, or NaN; the file is not trusted. */
static enum fray_status read_share(const struct teams *t, size_t row, size_t which, double *out,
                                   struct fray_err *err) {
  FRAY_TRY(fray_rep_csv_real(&t->csv, row, t->share[which], out, err));
  FRAY_CHECK(!(*out < 0) && !(*out > 1), err, INPUT, "%s, line %zu: no share", t->csv.path,
             t->csv.line[row]);
  return FRAY_OK;
}

/* One row of the map. Zeros would hide what is there; what an accepted certificate uses is marked,
 * as it is among the submitted ones too. */
static enum fray_status put_team(struct fray_rep_build *b, const struct teams *t, const char *team,
                                 struct fray_rep_series *series, struct fray_err *err) {
  for (size_t row = 0; row < t->csv.n_rows; row++)
    for (size_t x = 0; x < t->n_traits; x++) {
      double submitted, accepted;
      if (!is(&t->csv, row, t->team, team) || !is(&t->csv, row, t->feature, t->trait[x]))
        continue;
      FRAY_TRY(read_share(t, row, 0, &submitted, err));
      FRAY_TRY(read_share(t, row, 1, &accepted, err));
      if (submitted > 0 && series->n < t->n_traits)
        put_share(b, series, (double)x, submitted,
                  accepted > 0 ? "one of them was accepted" : NULL);
    }
  return FRAY_OK;
}

/* Texts are copied, as the table is freed. */
static enum fray_status fill_teams(struct fray_rep_build *b, const struct teams *t,
                                   struct fray_err *err) {
  struct fray_arena *arena = b->r->arena;
  struct fray_rep_panel *panel;
  FRAY_ALLOC(b->f->category, arena, t->n_traits + 1, err);
  b->f->n_categories = t->n_traits;
  for (size_t x = 0; x < t->n_traits; x++) {
    b->f->category[x] = fray_arena_strdup(arena, t->trait[x]);
    FRAY_CHECK(b->f->category[x], err, MEMORY, "out of memory");
  }
  FRAY_TRY(fray_rep_build_panels(b, 1, err));
  FRAY_TRY(fray_rep_build_panel(b, "", t->n_names, &panel, err));
  for (size_t k = 0; k < t->n_names; k++) {
    struct fray_rep_series *series;
    const char *label = fray_arena_strdup(arena, t->name[k]);
    FRAY_CHECK(label, err, MEMORY, "out of memory");
    FRAY_TRY(fray_rep_build_series(b, panel, label, k, t->n_traits, &series, err));
    FRAY_TRY(put_team(b, t, t->name[k], series, err));
  }
  return FRAY_OK;
}

/* Of a bounty that nobody submitted to there is nothing to tell. */
static enum fray_status draw_teams(struct fray_rep_results *r, size_t section, struct teams *t,
                                   struct fray_rep_figures *out, struct fray_err *err) {
  struct fray_rep_build b;
  FRAY_TRY(find_teams(t, err));
  list_teams(t);
  if (t->n_names == 0)
    return FRAY_OK;
  const char *name = fray_rep_figure_name(r->arena, section, "bounty_teams", 0, "");
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  FRAY_TRY(
      fray_rep_build_begin(&b, r, out, FRAY_REP_HEAT, name, "What certificates are made of", err));
  b.is_score = false;
  b.f->percent = true;
  b.f->x_label = "trait of samples";
  b.f->y_label = "team";
  b.f->z_label = "certificates that use it (%)";
  FRAY_TRY(fill_teams(&b, t, err));
  if (b.n_points == 0) {
    fray_rep_build_drop(&b, out);
    return FRAY_OK;
  }
  return fray_rep_build_end(&b, err,
                            "Share of a team's certificates whose group uses a trait "
                            "(bounty/teams.csv); blank: none does.%s",
                            t->more ? " Other teams and traits stand there." : "");
}

/* ---- both ---- */

/* Nothing without the files. A damaged one ends the report, as damaged tables do. */
static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  struct versions versions = {0};
  struct teams teams = {0};
  bool found;
  FRAY_TRY(open_table(r, "versions.csv", &versions.csv, &found, err));
  enum fray_status status = found ? draw_versions(r, section, &versions, out, err) : FRAY_OK;
  fray_rep_csv_free(&versions.csv);
  FRAY_TRY(status);
  FRAY_TRY(open_table(r, "teams.csv", &teams.csv, &found, err));
  status = found ? draw_teams(r, section, &teams, out, err) : FRAY_OK;
  fray_rep_csv_free(&teams.csv);
  return status;
}

extern const struct fray_rep_figure_kind fray_rep_figure_bounty;
const struct fray_rep_figure_kind fray_rep_figure_bounty = {
    .key = "bounty",
    .heading = "A bounty",
    .meaning = "What is wrong after each accepted certificate, and what certificates are made of.",
    .make = make,
};
