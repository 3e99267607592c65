/* Single figures of results, chosen by kind or name. */
#include "paper_style.h"

#include "report/draw/draw.h"
#include "report/figure/figures.h"
#include "report/page/across.h"
#include "report/quantity/read_study.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/report/report.h"

#include <string.h>
#include <strings.h>

/* The order is that of the messages and of --help; the bits are those of enum fray_rep_format. */
static const struct {
  unsigned format;
  const char *name;
} formats[] = {
    {FRAY_REP_SVG, "svg"}, {FRAY_REP_PNG, "png"}, {FRAY_REP_PDF, "pdf"}, {FRAY_REP_CSV, "csv"}};

const char *fray_report_figure_key(size_t i, const char **meaning) {
  if (i >= fray_rep_n_figure_kinds)
    return NULL;
  *meaning = fray_rep_figure_kinds[i]->meaning;
  return fray_rep_figure_kinds[i]->key;
}

const char *fray_report_format_key(size_t i, const char **meaning) {
  *meaning = "";
  return i < FRAY_COUNT(formats) ? formats[i].name : NULL;
}

/* The formats as bits. A format named twice is one bit, and no error. Nothing was read yet when
 * this runs, so a misspelt format costs no time. */
static enum fray_status read_formats(const struct fray_report_choice *c, unsigned *out,
                                     struct fray_err *err) {
  const char *names[FRAY_COUNT(formats)];
  *out = 0;
  for (size_t i = 0; i < FRAY_COUNT(formats); i++) {
    names[i] = formats[i].name;
    /* Asked for nothing in particular: everything. */
    if (c->n_formats == 0)
      *out |= formats[i].format;
  }
  for (size_t k = 0; k < c->n_formats; k++) {
    size_t i = 0;
    while (i < FRAY_COUNT(formats) && strcmp(formats[i].name, c->format[k]) != 0)
      i++;
    char list[128];
    FRAY_CHECK(i < FRAY_COUNT(formats), err, INPUT, "unknown format '%s'; %s", c->format[k],
               fray_there_are(c->format[k], names, FRAY_COUNT(names), list, sizeof list));
    *out |= formats[i].format;
  }
  return FRAY_OK;
}

static enum fray_status not_made(const struct fray_rep_figure_kind *kind, struct fray_err *err) {
  FRAY_CHECK(!kind->needs_scores, err, INPUT,
             "figure %s needs the probabilities of the test samples, which these results do not "
             "hold: run with evaluate.save_scores: true, or add them to kept models with fray "
             "evaluate RESULTS --tests FILE, where FILE says evaluate: {save_scores: true}",
             kind->key);
  return fray_fail(err, FRAY_INPUT, "these results do not allow a figure of kind '%s' (%s)",
                   kind->key, kind->meaning);
}

/* Neither a kind nor a figure that was made. The hint looks among both, kinds and names, since
 * either may be written. The arena holds only pointers to names that others own. */
static enum fray_status unknown(const char *name, const struct fray_rep_figures *made,
                                struct fray_arena *arena, struct fray_err *err) {
  const struct fray_rep_figure_kind *kind = fray_rep_find_figure_kind(name);
  const char **known;
  char list[1000];
  size_t n = 0;
  if (kind)
    return not_made(kind, err);
  FRAY_ALLOC(known, arena, fray_rep_n_figure_kinds + made->n, err);
  for (size_t i = 0; i < fray_rep_n_figure_kinds; i++)
    known[n++] = fray_rep_figure_kinds[i]->key;
  for (size_t i = 0; i < made->n; i++)
    known[n++] = made->v[i].name;
  return fray_fail(err, FRAY_INPUT, "unknown figure '%s'; %s", name,
                   fray_there_are(name, known, n, list, sizeof list));
}

static bool is_chosen(const struct fray_rep_figure *f, const char *name) {
  /* Whatever the case: names come from the page, and some are typed. */
  return strcasecmp(f->key, name) == 0 || strcasecmp(f->name, name) == 0;
}

/* Keeps what any of the names stands for; every name must stand for something. The first pass only
 * checks, so that an unknown name is found before anything is thrown away. The second goes through
 * the figures and not through the names: the order stays that of the page, and a figure that two
 * names stand for is drawn once. */
static enum fray_status choose(const struct fray_report_choice *c, struct fray_rep_figures *figures,
                               struct fray_arena *arena, struct fray_err *err) {
  for (size_t k = 0; k < c->n_figures; k++) {
    size_t i = 0;
    while (i < figures->n && !is_chosen(&figures->v[i], c->figure[k]))
      i++;
    if (i == figures->n)
      return unknown(c->figure[k], figures, arena, err);
  }
  size_t n = 0;
  for (size_t i = 0; i < figures->n; i++) {
    bool chosen = false;
    for (size_t k = 0; k < c->n_figures; k++)
      chosen = chosen || is_chosen(&figures->v[i], c->figure[k]);
    if (chosen)
      figures->v[n++] = figures->v[i];
  }
  figures->n = n;
  return FRAY_OK;
}

/* Figures without a page. Everything that may fail for a reason of the user comes before the first
 * write: formats, place, results, names, files of others. results: (n) zeroed; the caller frees
 * them whatever comes out, also when only some were read. */
static enum fray_status draw(const char *const *folders, size_t n, const char *out,
                             const struct fray_report_choice *c, struct fray_rep_results *results,
                             struct fray_arena *arena, struct fray_err *err) {
  struct fray_rep_figures figures = {0};
  const char *reason, *folder = out ? out : fray_arena_printf(arena, "%s/figures", folders[0]);
  struct fray_rep_paper paper;
  unsigned wanted;
  FRAY_CHECK(folder, err, MEMORY, "out of memory");
  int claim = -1;
  FRAY_TRY(read_formats(c, &wanted, err));
  FRAY_TRY(fray_rep_paper_style(c, arena, &paper, err));
  /* Before anything is read: a wrong place should not cost a minute. */
  FRAY_TRY(fray_place_check(out ? "-o" : "the results folder", folder, err));
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_rep_study_read(folders[i], NULL, arena, &results[i], err));
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_rep_make_figures(&results[i], i, &figures, err));
  /* Made from the figures of the single studies, so these must stand first. */
  if (n > 1)
    FRAY_TRY(fray_rep_across_figures(results, n, &figures, err));
  FRAY_TRY(choose(c, &figures, arena, err));
  FRAY_TRY(fray_rep_check_style(&paper, &figures, arena, err));
  /* After the choice: a file of somebody else only matters if it would be written over. */
  FRAY_TRY(fray_rep_draw_check(figures.v, figures.n, folder, arena, err));
  FRAY_TRY(fray_make_folders(folder, err));
  FRAY_TRY(fray_claim(folder, "report", &claim, err));
  /* The claim keeps two reports from taking each other's files for leftovers. A TRY here would
   * leave the claim behind, so its end comes before the status is looked at. */
  const enum fray_status drawn =
      fray_rep_draw(figures.v, figures.n, folder, wanted, &paper, arena, &reason, err);
  fray_claim_end(folder, "report", claim);
  FRAY_TRY(drawn);
  /* Whoever asked for a PDF by name must not get exit code 0 without it. */
  FRAY_CHECK(!reason || c->n_formats == 0, err, IO, "%s; its .dat and .gp files are whole", reason);
  if (reason)
    fray_warn("%s; its .csv, .dat and .gp files are whole", reason);
  for (size_t i = 0; i < figures.n; i++)
    fray_note("figure: %s/%s", folder, figures.v[i].name);
  return FRAY_OK;
}

enum fray_status fray_report_figures(const char *const *folders, size_t n, const char *folder,
                                     const struct fray_report_choice *choice,
                                     struct fray_err *err) {
  FRAY_CHECK(n > 0, err, INPUT, "no results folder was given");
  FRAY_CHECK(choice->n_figures > 0, err, INPUT, "no figure was chosen");
  struct fray_arena arena = {0};
  struct fray_rep_results *results = fray_arena_zero(&arena, n, sizeof *results);
  enum fray_status status = results ? draw(folders, n, folder, choice, results, &arena, err)
                                    : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (results)
    for (size_t i = 0; i < n; i++)
      fray_rep_study_free(&results[i]);
  fray_arena_free(&arena);
  return status;
}
