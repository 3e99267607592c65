#include "gallery.h"

#include "report/draw/draw.h"
#include "report/draw/palette.h"
#include "report/words/markup.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where a figure is being made. */
struct maker {
  struct fray_arena *arena;
  bool hostile;
  struct fray_rep_figures *out;
};

static struct fray_rep_figure *begin(struct maker *m, enum fray_rep_kind kind, const char *key,
                                     const char *title, size_t n_panels, size_t n_styles,
                                     const char *const *names) {
  struct fray_rep_figure *f = NULL;
  if (fray_rep_figures_add(m->out, m->arena, &f, NULL) != FRAY_OK)
    return NULL;
  f->kind = kind;
  f->key = f->name = key;
  f->title = title;
  f->caption = "Hand-made numbers.";
  f->x_label = m->hostile ? GALLERY_HOSTILE : "lost.rate";
  f->y_label = "accuracy, %";
  f->percent = true;
  f->n_panels = n_panels;
  f->panel = fray_arena_zero(m->arena, n_panels, sizeof *f->panel);
  f->n_styles = n_styles;
  f->legend = fray_arena_zero(m->arena, n_styles, sizeof *f->legend);
  for (size_t p = 0; p < n_panels; p++) {
    f->panel[p].title = f->panel[p].note = "";
    f->panel[p].series = fray_arena_zero(m->arena, n_styles, sizeof *f->panel->series);
    f->panel[p].n_series = n_styles;
    for (size_t s = 0; s < n_styles; s++) {
      const char *name = m->hostile && s == 0 ? GALLERY_HOSTILE : names[s];
      f->panel[p].series[s].label = f->legend[s] = name;
      f->panel[p].series[s].style = s;
    }
  }
  return f;
}

static void points(struct maker *m, struct fray_rep_series *s, size_t n) {
  s->point = fray_arena_zero(m->arena, n, sizeof *s->point);
  s->n = n;
  for (size_t i = 0; i < n; i++)
    s->point[i] =
        (struct fray_rep_point){.x = (double)i, .y = NAN, .low = NAN, .high = NAN, .realised = NAN};
}

/* Numbers that look drawn at random and are the same everywhere. */
static double wobble(size_t a, size_t b) {
  return (double)((a * 7919 + b * 104729 + 13) % 101) / 101;
}

static void lines(struct maker *m) {
  static const char *const names[] = {"fed_avg",
                                      "modality_aware",
                                      "modality_dropout 0.3",
                                      "zero fill with a name beyond all bounds",
                                      "unimodal:audio",
                                      "local_only"};
  static const double rate[] = {0, .1, .2, .3, .5, .7};
  struct fray_rep_figure *f =
      begin(m, FRAY_REP_LINES, "lines", "Curves with bands and controls", 1, 6, names);
  for (size_t s = 0; s < 6; s++) {
    struct fray_rep_series *series = &f->panel->series[s];
    points(m, series, 6);
    series->control = s > 3;
    for (size_t i = 0; i < 6; i++) {
      double slope = series->control ? 2 : 15 + 9 * (double)s;
      double y = (series->control ? 60 - 9 * (double)s : 88 - (double)s) - slope * rate[i] +
                 2 * wobble(s, i);
      series->point[i] = (struct fray_rep_point){rate[i], y, y - 3, y + 3, rate[i] * .96, 5, NULL};
    }
    series->control = s > 3;
  }
  f->panel->chance = fray_arena_zero(m->arena, 2, sizeof *f->panel->chance);
  f->panel->n_chance = 2;
  f->panel->chance[0] = (struct fray_rep_point){.x = 0, .y = 10};
  f->panel->chance[1] = (struct fray_rep_point){.x = .7, .y = 10};
  f->tick = fray_arena_zero(m->arena, 6, sizeof *f->tick);
  memcpy(f->tick, rate, sizeof rate);
  f->n_ticks = 6;
  f->x0 = -.014;
  f->x1 = .714;
  fray_rep_scale(f);
}

static void line_panels(struct maker *m) {
  static const char *const names[] = {"fed_avg", "modality_aware"};
  static const char *const groups[] = {"german", "english", "a group with a rather long name"};
  struct fray_rep_figure *f =
      begin(m, FRAY_REP_LINES, "line_panels", "Curves in panels, two seeds", 3, 2, names);
  for (size_t p = 0; p < 3; p++) {
    f->panel[p].title = groups[p];
    f->panel[p].note = p == 2 ? "n 12, 3 clients" : "";
    for (size_t s = 0; s < 2; s++) {
      struct fray_rep_series *series = &f->panel[p].series[s];
      points(m, series, 4);
      series->single = fray_arena_zero(m->arena, 8, sizeof *series->single);
      for (size_t i = 0; i < 4; i++) {
        double y = 80 - 8 * (double)p - 30 * .2 * (double)i + 6 * (double)s * .2 * (double)i;
        series->point[i].x = .2 * (double)i;
        series->point[i].y = y;
        series->point[i].n = 2;
        for (size_t k = 0; k < 2; k++)
          series->single[series->n_singles++] =
              (struct fray_rep_point){.2 * (double)i, y + (k ? 4 : -4), NAN, NAN, NAN, 1, NULL};
      }
    }
  }
  fray_rep_scale(f);
}

static void steps(struct maker *m) {
  static const char *const names[] = {"fed_avg", "q_fair", "ditto"};
  struct fray_rep_figure *f =
      begin(m, FRAY_REP_STEPS, "steps", "Scores of single clients", 1, 3, names);
  f->x_label = "accuracy of a client, %";
  f->y_label = "share of clients at or below, %";
  f->worst = 10;
  for (size_t s = 0; s < 3; s++) {
    points(m, &f->panel->series[s], 30);
    for (size_t i = 0; i < 30; i++) {
      struct fray_rep_point *p = &f->panel->series[s].point[i];
      p->x = 42 + 6 * (double)s + (double)i * (1.7 - .25 * (double)s) + wobble(s, i);
      p->y = 100 * (double)(i + 1) / 30;
      p->n = 14 + i;
      p->label = m->hostile ? GALLERY_HOSTILE : fray_arena_printf(m->arena, "client_%02zu", i);
    }
  }
  fray_rep_scale(f);
}

static void categories(struct maker *m, struct fray_rep_figure *f, const char *const *names,
                       size_t n) {
  f->n_categories = n;
  f->category = fray_arena_zero(m->arena, n, sizeof *f->category);
  for (size_t i = 0; i < n; i++)
    f->category[i] = m->hostile && i == 0 ? GALLERY_HOSTILE : names[i];
}

static void bars(struct maker *m) {
  static const char *const names[] = {"clean", "lost.rate 0.5"};
  static const char *const groups[] = {"german", "english", "spanish", "french"};
  struct fray_rep_figure *f =
      begin(m, FRAY_REP_BARS, "bars", "Groups, clean and damaged", 2, 2, names);
  categories(m, f, groups, 4);
  f->x_label = "accent";
  for (size_t p = 0; p < 2; p++) {
    f->panel[p].title = p ? "gap, largest minus smallest" : "by group";
    for (size_t s = 0; s < 2; s++) {
      struct fray_rep_series *series = &f->panel[p].series[s];
      points(m, series, 4);
      for (size_t i = 0; i < 4; i++) {
        double y = p ? 9 + 5 * (double)s : 82 - 9 * (double)i - 13 * (double)s;
        series->point[i] = (struct fray_rep_point){(double)i, y, y - 4, y + 5, NAN, 5, NULL};
      }
      series->point[2].label = "suppressed: fewer than 30 samples";
      series->point[3] = (struct fray_rep_point){
          3, NAN, NAN, NAN, NAN, 0, p ? "not measured" : "suppressed: 2 clients"};
    }
  }
  f->panel[1].reference = fray_arena_zero(m->arena, 1, sizeof *f->panel->reference);
  f->panel[1].n_references = 1;
  f->panel[1].reference[0] = (struct fray_rep_reference){18, "95 % of shuffled labels lie below"};
  fray_rep_scale(f);
}

static void many_bars(struct maker *m) {
  static const char *const names[] = {"fed_avg", "modality_aware", "modality_dropout", "prototype",
                                      "unimodal:image"};
  static const char *const groups[] = {"audio lost",    "image lost",    "both lost",
                                       "conflict",      "noise 10 dB",   "gaussian blur 3",
                                       "label pair .4", "packet loss .3"};
  struct fray_rep_figure *f =
      begin(m, FRAY_REP_BARS, "many_bars", "Change against clean, every damage", 1, 5, names);
  categories(m, f, groups, 8);
  f->x_label = "damage at test";
  f->y_label = "change, points";
  f->panel->series[4].control = true;
  for (size_t s = 0; s < 5; s++) {
    points(m, &f->panel->series[s], 8);
    for (size_t i = 0; i < 8; i++) {
      double y = 3 - 26 * wobble(s, i);
      f->panel->series[s].point[i] =
          (struct fray_rep_point){(double)i, y, y - 2, y + 2, NAN, 5, NULL};
    }
  }
  fray_rep_scale(f);
}

static void heat(struct maker *m) {
  static const char *const names[] = {"audio: white noise", "audio: packet loss",
                                      "image: gaussian noise", "image: motion blur of long name",
                                      "text: token drop"};
  static const char *const severity[] = {"1", "2", "3", "4", "5"};
  struct fray_rep_figure *f = begin(m, FRAY_REP_HEAT, "heat", "Damage by severity", 1, 5, names);
  categories(m, f, severity, 5);
  f->x_label = "severity";
  f->y_label = "damage";
  f->z_label = "accuracy, %";
  for (size_t s = 0; s < 5; s++) {
    points(m, &f->panel->series[s], 5);
    for (size_t i = 0; i < 5; i++) {
      struct fray_rep_point *p = &f->panel->series[s].point[i];
      p->y = s == 4 || (s == 2 && i == 3) ? NAN : 92 - (double)s * 4 - (double)(i * i) * 2.7;
      p->n = 5;
      if (s == 4)
        p->label = "not measured: no text in this study";
    }
  }
  f->panel->series[1].point[4].label = "1 of 5 trainings diverged";
  fray_rep_scale(f);
}

static void heat_panels(struct maker *m) {
  static const char *const names[] = {"white noise", "packet loss", "hum"};
  static const char *const severity[] = {"clean", "lost.rate 0.3", "lost.rate 0.5"};
  static const char *const panels[] = {"fed_avg", "modality_aware", "prototype"};
  struct fray_rep_figure *f =
      begin(m, FRAY_REP_HEAT, "heat_panels", "Interaction of two damages", 3, 3, names);
  categories(m, f, severity, 3);
  f->x_label = "and this damage";
  f->y_label = "this damage";
  f->z_label = "log ratio, below 0 is worse than both alone";
  f->percent = false;
  f->diverging = true;
  for (size_t p = 0; p < 3; p++) {
    f->panel[p].title = panels[p];
    for (size_t s = 0; s < 3; s++) {
      points(m, &f->panel[p].series[s], 3);
      for (size_t i = 0; i < 3; i++)
        f->panel[p].series[s].point[i].y = .31 - .09 * (double)(p + s * i) - .02 * (double)s;
    }
  }
  fray_rep_scale(f);
}

static void wide_heat(struct maker *m) {
  static const char *const names[] = {"median", "krum", "trimmed_mean"};
  struct fray_rep_figure *f =
      begin(m, FRAY_REP_HEAT, "wide_heat", "More columns than fit", 1, 3, names);
  const char *columns[24];
  for (size_t i = 0; i < 24; i++)
    columns[i] = fray_arena_printf(m->arena, "attack %zu", i);
  categories(m, f, columns, 24);
  f->y_label = "rule";
  f->x_label = "attack";
  f->z_label = "accuracy, %";
  for (size_t s = 0; s < 3; s++) {
    points(m, &f->panel->series[s], 24);
    for (size_t i = 0; i < 24; i++)
      f->panel->series[s].point[i].y = 100 * wobble(s, i);
  }
  fray_rep_scale(f);
}

/* Two keys crossed, with a place that was not measured and titles that need lines. */
static void grid(struct maker *m) {
  static const char *const names[] = {"fed_avg", "modality_aware"};
  static const char *const rows[] = {
      "no sound lost", "sound lost in half of all samples of training", "sound lost everywhere"};
  static const char *const columns[] = {"0 dB", "10 dB", "a room with an echo that lasts long",
                                        "hum", "of another speaker"};
  enum { ROWS = 3, COLUMNS = 5 };
  struct fray_rep_figure *f =
      begin(m, FRAY_REP_LINES, "grid", "Two keys crossed", ROWS * COLUMNS - 1, 2, names);
  f->n_rows = ROWS;
  f->n_columns = COLUMNS;
  f->row_title = fray_arena_zero(m->arena, ROWS, sizeof *f->row_title);
  f->column_title = fray_arena_zero(m->arena, COLUMNS, sizeof *f->column_title);
  for (size_t i = 0; i < ROWS; i++)
    f->row_title[i] = m->hostile && i == 0 ? GALLERY_HOSTILE : rows[i];
  for (size_t i = 0; i < COLUMNS; i++)
    f->column_title[i] = m->hostile && i == 0 ? GALLERY_HOSTILE : columns[i];
  for (size_t p = 0; p < f->n_panels; p++) {
    size_t place = p + (p >= 2); /* the third of the first row is missing */
    f->panel[p].row = place / COLUMNS;
    f->panel[p].column = place % COLUMNS;
    f->panel[p].title =
        fray_arena_printf(m->arena, "%s, %s", rows[place / COLUMNS], columns[place % COLUMNS]);
    f->panel[p].note = p == 7 ? "n 12, 1 client" : "";
    for (size_t s = 0; s < 2; s++) {
      points(m, &f->panel[p].series[s], 5);
      for (size_t i = 0; i < 5; i++) {
        double y = 95 - 6 * (double)(place / COLUMNS) - (12 - 5 * (double)s) * (double)i;
        f->panel[p].series[s].point[i] =
            (struct fray_rep_point){25 * (double)i, y, y - 3, y + 3, NAN, 5, NULL};
      }
    }
  }
  f->x_label = "share of samples hit, %";
  f->x0 = 0;
  f->x1 = 100;
  fray_rep_scale(f);
}

/* Labels that fit neither level nor slanted, levels with names, signs at the top of a panel. */
static void long_names(struct maker *m) {
  static const char *const names[] = {"without damage",
                                      "all of the sound and half of the pictures lost"};
  static const char *const groups[] = {
      "learners of the language from abroad who have lived here for less than two years",
      "north",
      "south-west-and-the-islands-of-the-sea",
      "south",
      "speakers over 60 years of age",
      "Uusimaa",
      "\u5317\u4eac\u5e02",
      "Nordrhein-Westfalen"};
  struct fray_rep_figure *f =
      begin(m, FRAY_REP_BARS, "long_names", "Names of every length, signs at the top", 2, 2, names);
  categories(m, f, groups, 8);
  f->x_label =
      "region in which a speaker grew up, as told in the questionnaire of the first session";
  for (size_t p = 0; p < 2; p++) {
    f->panel[p].title = p ? "a fusion by attention over tokens of all modalities" : "concat";
    f->panel[p].note = p ? "" : "worst tenth 61.2 to 40.1, best 90 to 71.5";
    for (size_t s = 0; s < 2; s++) {
      points(m, &f->panel[p].series[s], 8);
      for (size_t i = 0; i < 8; i++)
        f->panel[p].series[s].point[i] = (struct fray_rep_point){
            (double)i, 99 - (double)(i * s), 90, 100, NAN, 5, i % 3 ? "1 client" : NULL};
    }
    f->panel[p].reference = fray_arena_zero(m->arena, 2, sizeof *f->panel->reference);
    f->panel[p].n_references = 2;
    f->panel[p].reference[0] = (struct fray_rep_reference){50, "half of all"};
    f->panel[p].reference[1] =
        (struct fray_rep_reference){52, "95 % of what shuffled labels give lies below"};
  }
  fray_rep_scale(f);
}

/* Rows with different names in each panel, and numbers with signs. */
static void heat_rows(struct maker *m) {
  static const char *const names[] = {"a damage whose name needs several lines at the side", "hum",
                                      "packet-loss-with-bursts-of-many-seconds"};
  static const char *const severity[] = {"1", "2", "3", "4", "5", "6", "7"};
  struct fray_rep_figure *f =
      begin(m, FRAY_REP_HEAT, "heat_rows", "Panels with rows of their own", 2, 3, names);
  categories(m, f, severity, 7);
  f->x_label = "severity";
  f->y_label = "damage, as listed in the scenario";
  f->z_label = "accuracy";
  f->percent = false;
  for (size_t p = 0; p < 2; p++) {
    f->panel[p].title = p ? "modality_aware" : "fed_avg";
    f->panel[p].n_series = 3 - p;
    for (size_t s = 0; s < 3; s++) {
      points(m, &f->panel[p].series[s], 7);
      for (size_t i = 0; i < 7; i++) {
        f->panel[p].series[s].point[i].y = -.012 + .0041 * wobble(i, s + p);
        f->panel[p].series[s].point[i].label = i == 3 ? "1 of 5 trainings diverged" : NULL;
      }
    }
  }
  fray_rep_scale(f);
}

static void cloud(struct maker *m) {
  static const char *const names[] = {"baselines", "methods", "line of the baselines"};
  static const char *const methods[] = {"fed_avg", "modality_aware", "dropout", "prototype",
                                        "label_smoothing"};
  struct fray_rep_figure *f =
      begin(m, FRAY_REP_POINTS, "points", "Clean against robust", 1, 3, names);
  f->x_label = "clean accuracy, %";
  f->y_label = "accuracy under damage, %";
  f->diagonal = true;
  points(m, &f->panel->series[0], 9);
  for (size_t i = 0; i < 9; i++) {
    double x = 52 + 4 * (double)i;
    f->panel->series[0].point[i] = (struct fray_rep_point){
        x,
        .8 * x - 6 + 4 * wobble(1, i),
        NAN,
        NAN,
        NAN,
        5,
        m->hostile ? GALLERY_HOSTILE : fray_arena_printf(m->arena, "width %zu", (size_t)8 << i)};
  }
  points(m, &f->panel->series[1], 5);
  for (size_t i = 0; i < 5; i++) {
    double x = 74 + 2.1 * (double)i, y = .8 * x - 2 + 3 * (double)i;
    f->panel->series[1].point[i] =
        (struct fray_rep_point){x, y, y - 2.5, y + 2.5, NAN, 5, methods[i]};
  }
  f->panel->series[2].line = true;
  points(m, &f->panel->series[2], 12);
  for (size_t i = 0; i < 12; i++) {
    double x = 50 + 3.2 * (double)i, y = .8 * x - 4, half = 1.5 + .004 * (x - 68) * (x - 68);
    f->panel->series[2].point[i] = (struct fray_rep_point){x, y, y - half, y + half, NAN, 0, NULL};
  }
  fray_rep_scale(f);
}

enum fray_status gallery_make(struct fray_arena *arena, bool hostile, struct fray_rep_figures *out,
                              struct fray_err *err) {
  (void)err;
  struct maker m = {arena, hostile, out};
  lines(&m);
  line_panels(&m);
  steps(&m);
  bars(&m);
  many_bars(&m);
  heat(&m);
  heat_panels(&m);
  wide_heat(&m);
  grid(&m);
  long_names(&m);
  heat_rows(&m);
  cloud(&m);
  return FRAY_OK;
}

void gallery_page(const struct fray_rep_figures *figures, const char *theme,
                  struct fray_text *out) {
  bool dark = strcmp(theme, "dark") == 0;
  fray_text_printf(out,
                   "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                   "<title>Gallery</title><style>:root{color-scheme:%s;%s",
                   dark ? "dark" : "light",
                   dark ? "--ground:#16181a;--ink:#e6e7e8;--muted:#a3a8ad;--grid:#34383c;"
                        : "--ground:#fff;--ink:#1d1f21;--muted:#5c6166;--grid:#d9dcdf;");
  fray_rep_palette_css(dark, out);
  fray_text_printf(out,
                   "}body{background:var(--ground);color:var(--ink);font:16px sans-serif}\n%s"
                   ".plot.wide{display:block;width:680px}.plot.narrow{display:block;width:340px}"
                   "figure{display:flex;flex-wrap:wrap;align-items:flex-start;gap:20px;margin:10px;"
                   "break-inside:avoid}.legend{flex-basis:100%%}%s</style></head><body>\n",
                   fray_rep_figure_css(),
                   strcmp(theme, "grey") == 0 ? "html{filter:grayscale(1)}" : "");
  for (size_t i = 0; i < figures->n; i++) {
    char wide[24], narrow[24];
    snprintf(wide, sizeof wide, "f%zu", i + 1);
    snprintf(narrow, sizeof narrow, "f%zun", i + 1);
    fray_text_puts(out, "<h2>");
    fray_rep_html(out, figures->v[i].title);
    fray_text_puts(out, "</h2><figure>\n");
    fray_rep_legend(&figures->v[i], out);
    fray_rep_svg(&figures->v[i], 680, wide, out);
    fray_rep_svg(&figures->v[i], 340, narrow, out);
    fray_text_puts(out, "</figure>\n");
  }
  fray_text_puts(out, "</body></html>\n");
}
