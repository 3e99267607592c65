/* Width, font and titles of figures for paper, as a user says them. */
#include "paper_style.h"

#include "fray/results/csv_table.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Narrower no axis fits, wider no paper is; below 6 points nothing can be read in print. */
static const double least_width = 4, most_width = 40, least_size = 6, most_size = 24;
/* Labels of axes, and a panel in which a curve can be seen. */
static const double least_em = 14;

/* The widths of one and of two columns have names, since journals do; others are numbers. */
static enum fray_status read_width(const char *text, double *out, struct fray_err *err) {
  double cm;
  if (strcmp(text, "single") == 0) {
    *out = fray_rep_single;
    return FRAY_OK;
  }
  if (strcmp(text, "double") == 0) {
    *out = fray_rep_double;
    return FRAY_OK;
  }
  const bool is_number = fray_rep_parse_real(text, &cm);
  FRAY_CHECK(
      is_number && cm >= least_width && cm <= most_width, err, INPUT,
      "--width '%s': single (8.5 cm), double (17.5 cm) or a number of centimetres from %g to "
      "%g is expected",
      text, least_width, most_width);
  /* Points: what gnuplot and PDF count in. */
  *out = cm / 2.54 * 72;
  return FRAY_OK;
}

/* The name goes into a script of gnuplot, so nothing is let through that means something there. */
static enum fray_status read_font(const char *text, struct fray_arena *arena,
                                  struct fray_rep_paper *out, struct fray_err *err) {
  const char *comma = strchr(text, ',');
  const size_t n = comma ? (size_t)(comma - text) : strlen(text);
  bool plain = n > 0 && n <= 60;
  for (size_t i = 0; i < n; i++)
    plain = plain && isascii((unsigned char)text[i]) &&
            (isalnum((unsigned char)text[i]) || text[i] == ' ' || text[i] == '-');
  FRAY_CHECK(
      plain, err, INPUT,
      "--font '%s': a name of letters, digits, blanks and -, then perhaps a comma and a size "
      "in points is expected, such as Times or 'Nimbus Sans,9'",
      text);
  if (comma) {
    const bool is_number = fray_rep_parse_real(comma + 1, &out->size);
    FRAY_CHECK(is_number && out->size >= least_size && out->size <= most_size, err, INPUT,
               "--font '%s': a size of %g to %g points is expected behind the comma", text,
               least_size, most_size);
  }
  out->font = fray_arena_printf(arena, "%.*s", (int)n, text);
  FRAY_CHECK(out->font, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* The first equals sign ends the name: a title may have more of them. A name that has one itself
 * cannot be said, and keeps what it is called. */
static enum fray_status read_series(const struct fray_report_choice *c, struct fray_arena *arena,
                                    struct fray_rep_paper *out, struct fray_err *err) {
  struct fray_rep_series_title *series;
  FRAY_ALLOC(series, arena, c->n_series_titles + 1, err);
  for (size_t i = 0; i < c->n_series_titles; i++) {
    const char *equals = strchr(c->series_title[i], '=');
    FRAY_CHECK(equals && equals != c->series_title[i] && equals[1], err, INPUT,
               "--series-title '%s': NAME=TITLE is expected", c->series_title[i]);
    series[i].title = equals + 1;
    series[i].name =
        fray_arena_printf(arena, "%.*s", (int)(equals - c->series_title[i]), c->series_title[i]);
    FRAY_CHECK(series[i].name, err, MEMORY, "out of memory");
  }
  out->series = series;
  out->n_series = c->n_series_titles;
  return FRAY_OK;
}

/* All that can be known without the figures; what names one of them is looked at later. */
enum fray_status fray_rep_paper_style(const struct fray_report_choice *c, struct fray_arena *arena,
                                      struct fray_rep_paper *out, struct fray_err *err) {
  *out = (struct fray_rep_paper){.title = c->title, .x_title = c->x_title, .y_title = c->y_title};
  if (c->width)
    FRAY_TRY(read_width(c->width, &out->width, err));
  if (c->font)
    FRAY_TRY(read_font(c->font, arena, out, err));
  FRAY_CHECK(
      out->width == 0 || out->width >= least_em * out->size, err, INPUT,
      "--width '%s' has no room for type of %g points: %.3g cm at least, or a smaller size in "
      "--font",
      c->width, out->size, least_em * out->size / 72 * 2.54);
  return read_series(c, arena, out, err);
}

/* Labels of all series, each once: for the search and for the message. */
static enum fray_status list_series(const struct fray_rep_figures *figures,
                                    struct fray_arena *arena, const char ***out, size_t *n,
                                    struct fray_err *err) {
  size_t most = 0;
  for (size_t i = 0; i < figures->n; i++)
    for (size_t p = 0; p < figures->v[i].n_panels; p++)
      most += figures->v[i].panel[p].n_series;
  *n = 0;
  FRAY_ALLOC(*out, arena, most + 1, err);
  for (size_t i = 0; i < figures->n; i++)
    for (size_t p = 0; p < figures->v[i].n_panels; p++)
      for (size_t s = 0; s < figures->v[i].panel[p].n_series; s++) {
        const char *label = figures->v[i].panel[p].series[s].label;
        size_t k = 0;
        while (k < *n && strcmp((*out)[k], label) != 0)
          k++;
        if (k == *n)
          (*out)[(*n)++] = label;
      }
  return FRAY_OK;
}

/* Before anything is drawn: a misspelt series would silently keep its name. */
enum fray_status fray_rep_check_style(const struct fray_rep_paper *paper,
                                      const struct fray_rep_figures *figures,
                                      struct fray_arena *arena, struct fray_err *err) {
  const char **known;
  char list[1000];
  size_t n;
  FRAY_CHECK(!paper->title || figures->n == 1, err, INPUT,
             "--title '%s' is for one figure, and %zu are chosen: name one of them by --figure",
             paper->title, figures->n);
  FRAY_TRY(list_series(figures, arena, &known, &n, err));
  for (size_t i = 0; i < paper->n_series; i++) {
    size_t k = 0;
    while (k < n && strcmp(known[k], paper->series[i].name) != 0)
      k++;
    FRAY_CHECK(k < n, err, INPUT, "--series-title: no chosen figure has a series '%s'; %s",
               paper->series[i].name,
               fray_there_are(paper->series[i].name, known, n, list, sizeof list));
  }
  return FRAY_OK;
}
