/* The keys of `windows`. A span is written as people write it, "2.56 s" or "128"; where it is
 * seconds, the rate says how many steps that is. */
#include "window_plan.h"

#include "import/table/number_files.h"

#include "fray/base/size.h"

#include <stdio.h>
#include <string.h>

enum { MOST_STEPS = 1 << 24 };

/* Names in the order of the enums in window_plan.h. */
static const char *const rule_names[] = {"majority", "end", NULL};
static const char *const missing_names[] = {"refuse", "cut", "linear", NULL};
static const char *const faulty_names[] = {"refuse", "cut", NULL};
static const char *const filter_names[] = {"none", "lowpass", NULL};
static const char *const unit_names[] = {"s", "ms", "us", "ns", "min", "h", NULL};
static const double unit_seconds[] = {1, 1e-3, 1e-6, 1e-9, 60, 3600};

#define SPAN(key, member, words, ...)                                                              \
  FRAY_FIELD(STRING, key, struct windows_config, member, .help = words, __VA_ARGS__)
static const struct fray_field fields[] = {
    SPAN("length", length,
         "of a window: time steps (128), or a time (2.56 s, 200 ms) where a rate is known",
         .required = true),
    SPAN("step", step, "from the start of a window to that of the next; default: its length",
         .optional = true),
    FRAY_FIELD(REAL, "overlap", struct windows_config, overlap, .optional = true, .min = 0,
               .max = 0.99,
               .help = "in place of `step`: share of a window that the next one holds"),
    SPAN("longest", longest,
         "a stretch is cut where it becomes longer, so that its pieces may go to different splits",
         .optional = true),
    FRAY_FIELD(STRING, "label", struct windows_config, label, .optional = true,
               .help = "column with a label for each row; that of a window becomes the field of "
                       "its name"),
    FRAY_FIELD(ENUM, "rule", struct windows_config, rule, .def_text = "majority",
               .names = rule_names,
               .help = "label of a window: the most frequent of its steps (of two as frequent, the "
                       "one that comes first), or that of its last step"),
    FRAY_FIELD(REAL, "purity", struct windows_config, purity, .def = 0, .min = 0, .max = 1,
               .help = "least share of a window's steps that have its label; others are left out "
                       "and counted"),
    FRAY_FIELD(STRINGS, "skip", struct windows_config, skip, .optional = true,
               .help = "labels whose rows are left out; they end a stretch, as a gap does"),
    FRAY_FIELD(SECTION, "ranges", struct windows_config, ranges, .section = &fray_ranges_table,
               .help = "labels of rows, where they lie in a table of their own"),
    FRAY_FIELD(STRING, "time", struct windows_config, time, .optional = true,
               .help = "column with the time, which must rise from row to row; needs `gap`"),
    FRAY_FIELD(ENUM, "time_unit", struct windows_config, time_unit, .def_text = "s",
               .names = unit_names, .help = "of the time column"),
    SPAN("gap", gap, "largest time between two rows of one stretch (0.5 s)", .optional = true),
    FRAY_FIELD(REAL, "rate", struct windows_config, rate, .optional = true, .min = 1e-3, .max = 1e6,
               .unit = "Hz",
               .help = "steps are brought to this rate by straight lines between rows, stretch by "
                       "stretch; needs `time` or `row_rate`"),
    FRAY_FIELD(ENUM, "filter", struct windows_config, filter, .def_text = "none",
               .names = filter_names,
               .help = "where `rate` is lower than that of the rows: none; lowpass: what is faster "
                       "than half of it is taken out first, by a windowed sinc"),
    FRAY_FIELD(REAL, "row_rate", struct windows_config, row_rate, .optional = true, .min = 1e-3,
               .max = 1e6, .unit = "Hz", .help = "rows per second of files without a time column"),
    FRAY_FIELD(ENUM, "missing", struct windows_config, missing, .def_text = "refuse",
               .names = missing_names,
               .help = "cells of channels that are empty, NaN, NA, null or ?: refuse them; cut: "
                       "their rows end a stretch; linear: fill them by straight lines over time"),
    SPAN("fill_at_most", fill_at_most,
         "missing: linear: longest run of missing rows (10), or longest time between the rows on "
         "both sides (0.2 s), that is filled; a longer one ends the stretch",
         .optional = true),
    FRAY_FIELD(ENUM, "faulty", struct windows_config, faulty, .def_text = "refuse",
               .names = faulty_names,
               .help = "rows of another length, cells that are no number, times that do not rise: "
                       "refuse them, or leave them out (they end a stretch), counted"),
};
FRAY_TABLE(fray_windows_table, "windows", struct windows_config, fields,
           .help = "how recordings are cut");

/* "2.56 s", "200ms", "128": a number and at most one unit. */
static enum fray_status take_span(const char *key, const char *text, struct span *out,
                                  struct fray_err *err) {
  char number[32];
  double scale = 0;
  *out = (struct span){0};
  if (!text)
    return FRAY_OK;
  /* The unit is what remains behind the number and blanks; none means steps. */
  size_t digits = strspn(text, "0123456789.eE+-");
  const char *unit = text + digits + strspn(text + digits, " ");
  for (size_t u = 0; unit_names[u]; u++)
    if (strcmp(unit, unit_names[u]) == 0)
      scale = unit_seconds[u];
  bool good = digits > 0 && digits < sizeof number && (scale > 0 || !*unit);
  snprintf(number, sizeof number, "%.*s", (int)FRAY_MIN(digits, sizeof number - 1), text);
  good = good && fray_number_parse(number, &out->value) && out->value > 0;
  FRAY_CHECK(good, err, INPUT,
             "windows.%s: \"%.60s\" is no number of steps above 0 (128) and no time (2.56 s, "
             "200 ms)",
             key, text);
  out->given = true;
  out->is_seconds = scale > 0;
  if (out->is_seconds)
    out->value *= scale;
  /* Half a step is nothing that rows could be cut at; half a second may be. */
  FRAY_CHECK(out->is_seconds || out->value == (double)(size_t)out->value, err, INPUT,
             "windows.%s: %.60s steps: expected a whole number", key, text);
  return FRAY_OK;
}

/* In steps; a time is rounded to the nearest one. */
static enum fray_status to_steps(const char *key, struct span span, double rate, size_t *out,
                                 struct fray_err *err) {
  FRAY_CHECK(!span.is_seconds || rate > 0, err, INPUT,
             "windows.%s is a time, but no rate is known: give the modality its `rate`, or "
             "`windows` a `rate` that all is brought to",
             key);
  /* 2.56 s at 50 Hz are 128 steps although the product of doubles is not: rounded, not cut. */
  double steps = span.is_seconds ? span.value * rate : span.value;
  FRAY_CHECK(steps >= 0.5 && steps <= MOST_STEPS, err, INPUT,
             "windows.%s: %.10g steps, not in [1, %d]", key, steps, MOST_STEPS);
  *out = (size_t)(steps + 0.5);
  return FRAY_OK;
}

/* Keys that mean something only beside others. */
static enum fray_status check_keys(const struct windows_config *c, struct fray_err *err) {
  /* A clock without a largest gap would join what lies hours apart; no default fits steps of
   * milliseconds and of minutes alike. */
  FRAY_CHECK(!c->time == !c->gap, err, INPUT, "windows: %s",
             c->time ? "`time` needs `gap`, the largest time between two rows of one stretch "
                       "(0.5 s)"
                     : "`gap` needs `time`, the column with the time");
  FRAY_CHECK(!c->step || isnan(c->overlap), err, INPUT,
             "windows: `step` and `overlap` say the same; give one");
  FRAY_CHECK(isnan(c->rate) || c->time || !isnan(c->row_rate), err, INPUT,
             "windows: `rate` needs `time`, or `row_rate` where no column has the time");
  FRAY_CHECK(isnan(c->row_rate) || !c->time, err, INPUT,
             "windows: `row_rate` is for files without `time`");
  FRAY_CHECK((c->missing == MISSING_LINEAR) == (c->fill_at_most != NULL), err, INPUT,
             "windows: `missing: linear` and `fill_at_most` need each other");
  FRAY_CHECK(c->filter == FILTER_NONE || !isnan(c->rate), err, INPUT,
             "windows: `filter` needs `rate`, the lower rate that rows are brought to");
  FRAY_CHECK(!c->ranges.file || c->label, err, INPUT,
             "windows: `ranges` needs `label`, the column of its table with the labels");
  FRAY_CHECK(!c->ranges.file || c->ranges.in == IN_ROWS || c->time, err, INPUT,
             "windows: `ranges` in time needs `time`, the column with the time");
  FRAY_CHECK(c->label || (c->skip.n == 0 && c->purity == 0), err, INPUT,
             "windows: `skip` and `purity` need `label`, the column with the label of a row");
  return FRAY_OK;
}

enum fray_status fray_window_plan(const struct windows_config *c, double file_rate,
                                  struct window_plan *out, struct fray_err *err) {
  struct span length, step, gap;
  *out = (struct window_plan){.rate = isnan(c->rate) ? 0 : c->rate,
                              .time_scale = unit_seconds[c->time_unit],
                              .row_seconds = isnan(c->row_rate) ? 0 : 1 / c->row_rate};
  FRAY_TRY(check_keys(c, err));
  FRAY_TRY(take_span("length", c->length, &length, err));
  FRAY_TRY(take_span("step", c->step, &step, err));
  FRAY_TRY(take_span("longest", c->longest, &out->longest, err));
  FRAY_TRY(take_span("gap", c->gap, &gap, err));
  FRAY_TRY(take_span("fill_at_most", c->fill_at_most, &out->fill, err));
  /* In steps it would have no meaning: between rows there always is one step. */
  FRAY_CHECK(!gap.given || gap.is_seconds, err, INPUT,
             "windows.gap: \"%.60s\": a time is expected, such as 0.5 s", c->gap);
  /* Without a clock there is no gap to see. */
  out->gap = gap.given ? gap.value : INFINITY;
  /* The rate of what comes out: the one asked for, else that of the rows. */
  double rate = out->rate > 0 ? out->rate : out->row_seconds > 0 ? 1 / out->row_seconds : file_rate;
  FRAY_TRY(to_steps("length", length, rate, &out->length, err));
  out->step = out->length;
  if (step.given)
    FRAY_TRY(to_steps("step", step, rate, &out->step, err));
  /* At least one step further, or the first window would be the only one, for ever. */
  if (!isnan(c->overlap)) {
    double steps = (double)out->length * (1 - c->overlap);
    out->step = (size_t)FRAY_MAX(steps + 0.5, 1);
  }
  /* Rows are what is cut: a span in steps is one of time where rows become other steps. */
  if (out->longest.given && !out->longest.is_seconds && out->rate > 0)
    out->longest = (struct span){true, true, out->longest.value / out->rate};
  /* Without a clock the time of a stretch is its number of rows. */
  if (out->longest.given && out->longest.is_seconds && !c->time) {
    size_t rows = 0;
    double row_rate = out->row_seconds > 0 ? 1 / out->row_seconds : file_rate;
    FRAY_TRY(to_steps("longest", out->longest, row_rate, &rows, err));
    out->longest = (struct span){true, false, (double)rows};
  }
  /* Rounded down: a run that is as long as asked for is filled, a longer one is not. */
  if (out->fill.is_seconds && !c->time) {
    double row_rate = out->row_seconds > 0 ? 1 / out->row_seconds : file_rate;
    FRAY_CHECK(row_rate > 0, err, INPUT,
               "windows.fill_at_most is a time, but no rate of the rows is known");
    /* The time between the rows on both sides of k missing ones is that of k + 1 steps. */
    double rows = floor(out->fill.value * row_rate + 1e-6) - 1;
    out->fill = (struct span){true, false, FRAY_MAX(rows, 0)};
  }
  return FRAY_OK;
}
