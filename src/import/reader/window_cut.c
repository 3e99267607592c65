/* Cuts recordings into windows in one pass over their rows. A stretch ends where the client or
 * another column of `by` changes, at a gap in time, at a row that cannot be used, where too much is
 * missing, and at the end of the file; no window lies in two. */
#include "window_cut.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More labels than that are a measurement; more steps than 64 of one row are a wrong unit. */
enum { MOST_LABELS = 4096, MOST_UPSAMPLING = 64 };

/* The stretch that is being read. */
struct stretch_rows {
  const struct recording *recording;
  const struct row_stream *stream;
  uint32_t file, n_stretches; /* of this file */
  uint64_t offset;
  struct stream_place *beside; /* (sides of the recording) in the arena of the import */
  size_t row;                  /* of the file, from 1 */
  const char **by;             /* in the arena; NULL: no row of the file was read */
  const char **by_raw;         /* as they stood in the row before, which is seldom another text */
  size_t n, n_good;            /* rows; of them, up to the last that lacks nothing */
  size_t room;
  double *seconds;            /* (room) */
  uint32_t *label;            /* (room) */
  size_t *line;               /* (room) */
  size_t *last;               /* (channels) row with the last number */
  size_t filled, filled_good; /* cells that lack a number; up to n_good */
  float *x;                   /* (channels) of the current row */
  double before;              /* time of the row before; NaN: none */
  uint32_t *step_label;       /* (step_room) */
  size_t step_room;
  size_t *count; /* (MOST_LABELS) scratch, all zero */
};

/* ---- lists that grow ---- */

static enum fray_status grow_rows(struct stretch_rows *r, struct fray_err *err) {
  size_t room = FRAY_MAX(2 * r->room, (size_t)1024);
  /* Each keeps what it has where another fails: fray_cut_end releases all of them. */
  double *seconds = realloc(r->seconds, room * sizeof *seconds);
  r->seconds = seconds ? seconds : r->seconds;
  uint32_t *label = realloc(r->label, room * sizeof *label);
  r->label = label ? label : r->label;
  size_t *line = realloc(r->line, room * sizeof *line);
  r->line = line ? line : r->line;
  FRAY_CHECK(seconds && label && line, err, MEMORY, "out of memory (%zu rows)", room);
  r->room = room;
  return FRAY_OK;
}

static enum fray_status add_window(struct cut *cut, struct window window, struct fray_err *err) {
  if (cut->n == cut->room) {
    size_t room = FRAY_MAX(2 * cut->room, (size_t)256);
    /* The set counts its samples in 32 bits; far more windows than that would be a step of one over
     * days. */
    FRAY_CHECK(room <= UINT32_MAX, err, INPUT, "more than %u windows", UINT32_MAX / 2);
    struct window *more = realloc(cut->window, room * sizeof *more);
    FRAY_CHECK(more, err, MEMORY, "out of memory (%zu windows)", room);
    cut->window = more;
    cut->room = room;
  }
  cut->window[cut->n++] = window;
  return FRAY_OK;
}

/* ---- labels ---- */

/* A text of a row as it stands and in its one form, checked: it may become the name of a class or
 * a client. */
static enum fray_status take_text(struct cut *cut, const struct row_stream *s, const char *what,
                                  const char *text, const char **raw, const char **out,
                                  struct fray_err *err) {
  /* Names alone are asked for UTF-8: numbers are ASCII or no numbers. */
  size_t size = strlen(text);
  FRAY_CHECK(fray_utf8_valid(text, size) == size, err, INPUT,
             "%s:%zu: column '%.80s' is not UTF-8 text", s->path, s->line, what);
  *raw = fray_arena_strdup(cut->arena, text);
  *out = *raw ? fray_name_clean(*raw, cut->arena) : NULL;
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

static enum fray_status is_skipped(const struct cut *cut, const char *label, uint8_t *out,
                                   struct fray_err *err) {
  *out = 0;
  for (size_t k = 0; k < cut->config->skip.n; k++) {
    const char *skip = fray_name_clean(cut->config->skip.v[k], cut->arena);
    FRAY_CHECK(skip, err, MEMORY, "out of memory");
    *out |= strcmp(skip, label) == 0;
  }
  return FRAY_OK;
}

static enum fray_status grow_labels(struct cut *cut, struct fray_err *err) {
  if (cut->n_labels < cut->label_room)
    return FRAY_OK;
  size_t room = FRAY_MAX(2 * cut->label_room, (size_t)32);
  struct row_label *more = realloc(cut->label, room * sizeof *more);
  FRAY_CHECK(more, err, MEMORY, "out of memory");
  cut->label = more;
  cut->label_room = room;
  return FRAY_OK;
}

/* Place of a label in the list, which it may enter. The last one is looked at first: a label
 * lasts. Spellings of one name are one label, the first that came. */
static enum fray_status take_label(struct cut *cut, const struct row_stream *s, const char *text,
                                   uint32_t *out, struct fray_err *err) {
  size_t k = cut->last_label;
  /* A walk through the list, which is short: labels change a few hundred times in a million rows.
   */
  if (k >= cut->n_labels || strcmp(cut->label[k].raw, text) != 0)
    for (k = 0; k < cut->n_labels && strcmp(cut->label[k].raw, text) != 0;)
      k++;
  cut->last_label = k;
  if (k < cut->n_labels) {
    *out = cut->label[k].code;
    return FRAY_OK;
  }
  /* Its own code, unless another spelling of the name came before. */
  struct row_label label = {.code = (uint32_t)k};
  FRAY_TRY(take_text(cut, s, cut->config->label, text, &label.raw, &label.name, err));
  FRAY_CHECK(cut->n_labels < MOST_LABELS, err, INPUT,
             "%s:%zu: column '%.80s' has more than %d different values; is it the label?", s->path,
             s->line, cut->config->label, MOST_LABELS);
  FRAY_TRY(grow_labels(cut, err));
  FRAY_TRY(is_skipped(cut, label.name, &label.skipped, err));
  for (size_t twin = k; twin-- > 0;)
    if (strcmp(cut->label[twin].name, label.name) == 0)
      label.code = cut->label[twin].code;
  cut->label[cut->n_labels++] = label;
  *out = label.code;
  return FRAY_OK;
}

/* The label of steps (n), by the rule; false: too few of them have it. */
static bool decide(const struct cut *cut, struct stretch_rows *r, const uint32_t *label, size_t n,
                   uint32_t *out) {
  for (size_t i = 0; i < n; i++)
    r->count[label[i]]++;
  uint32_t best = cut->config->rule == RULE_END ? label[n - 1] : label[0];
  for (size_t i = 0; cut->config->rule == RULE_MAJORITY && i < n; i++)
    if (r->count[label[i]] > r->count[best])
      best = label[i];
  /* A billionth of tolerance: 0.9 of 10 steps is 9.000000000000002 of them. */
  bool pure = (double)r->count[best] >= cut->config->purity * (double)n - 1e-9;
  /* Only what was counted is put back, since most labels are not in this window. */
  for (size_t i = 0; i < n; i++)
    r->count[label[i]] = 0;
  *out = best;
  return pure;
}

/* ---- the end of a stretch ---- */

/* Row of a step: the last one at or before it. */
static size_t row_of(const struct cut *cut, const struct stretch_rows *r, size_t n_rows,
                     size_t step, size_t from) {
  double rate = cut->plan.rate;
  if (rate == 0)
    return step;
  double t = (double)step / rate + 1e-3 / rate;
  while (from + 1 < n_rows && r->seconds[from + 1] - r->seconds[0] <= t)
    from++;
  return from;
}

static enum fray_status emit_windows(struct cut *cut, struct stretch_rows *r,
                                     const struct stretch *stretch, struct fray_err *err) {
  const struct window_plan *plan = &cut->plan;
  size_t end = 0, row = 0;
  uint32_t n = 0;
  /* Labels of steps, not of rows: the share of a window is one of time. */
  if (r->step_room < stretch->n_steps) {
    uint32_t *more = realloc(r->step_label, stretch->n_steps * sizeof *more);
    FRAY_CHECK(more, err, MEMORY, "out of memory (%zu steps)", stretch->n_steps);
    r->step_label = more;
    r->step_room = stretch->n_steps;
  }
  for (size_t k = 0; k < stretch->n_steps; k++) {
    row = row_of(cut, r, stretch->n_rows, k, row);
    r->step_label[k] = r->label[row];
  }
  /* A second walk for the lines of windows; both go forwards only, so they cost as much as the
   * stretch is long. */
  row = 0;
  for (size_t first = 0; first + plan->length <= stretch->n_steps; first += plan->step) {
    struct window window = {
        .stretch = stretch,
        .first = first,
        .file = r->file,
        .number = r->n_stretches,
        /* Counted before purity is asked for, so that ids do not change with it. */
        .in_stretch = ++n,
        .by = r->by};
    row = row_of(cut, r, stretch->n_rows, first, row);
    window.line = r->line[row];
    end = first + plan->length;
    if (!decide(cut, r, r->step_label + first, plan->length, &window.label)) {
      cut->counts.windows_impure++;
      continue;
    }
    FRAY_TRY(add_window(cut, window, err));
  }
  cut->counts.steps_left += stretch->n_steps - end;
  return FRAY_OK;
}

/* Times without sense, such as milliseconds taken for seconds, would make thousands of steps of a
 * row. */
static enum fray_status count_steps(const struct cut *cut, const struct stretch_rows *r, size_t n,
                                    size_t *steps, struct fray_err *err) {
  /* Of the whole rows only; what lies behind them is left out. */
  double seconds = r->seconds[n - 1] - r->seconds[0];
  /* Rows as they are: a step each. */
  *steps = n;
  if (cut->plan.rate == 0)
    return FRAY_OK;
  double each = n > 1 ? seconds / (double)(n - 1) : 0;
  FRAY_CHECK(each * cut->plan.rate <= MOST_UPSAMPLING, err, INPUT,
             "%s:%zu: rows are %g s apart, and would become %.0f steps each at %g Hz; is "
             "`time_unit` right?",
             r->recording->path, r->line[0], each, each * cut->plan.rate, cut->plan.rate);
  *steps = fray_recording_steps(seconds, cut->plan.rate);
  return FRAY_OK;
}

/* Ends the stretch, if one is open: rows behind the last whole one are of no use. */
static enum fray_status end_stretch(struct cut *cut, struct fray_err *err) {
  struct stretch_rows *r = cut->rows;
  struct cut_counts *counts = &cut->counts;
  size_t n = r->n_good, steps;
  counts->rows_missing += r->n - n;
  r->n = r->n_good = 0;
  if (n == 0)
    return FRAY_OK;
  FRAY_TRY(count_steps(cut, r, n, &steps, err));
  counts->longest = FRAY_MAX(counts->longest, steps);
  if (steps < cut->plan.length) {
    counts->rows_short += n;
    return FRAY_OK;
  }
  /* Counted where the stretch is kept: what was filled in rows that are left out is nobody's. */
  counts->cells_filled += r->filled_good;
  counts->steps += steps;
  counts->stretches++;
  r->n_stretches++;
  struct stretch *stretch;
  struct stream_place *beside;
  FRAY_ALLOC(stretch, cut->arena, 1, err);
  /* Its own, since the next stretch begins elsewhere. */
  FRAY_ALLOC(beside, cut->arena, r->recording->n_sides + 1, err);
  if (r->recording->n_sides)
    memcpy(beside, r->beside, r->recording->n_sides * sizeof *beside);
  *stretch = (struct stretch){.recording = r->recording,
                              .offset = r->offset,
                              .beside = beside,
                              .line = r->line[0],
                              .n_rows = n,
                              .n_steps = steps};
  cut->cache_steps = FRAY_MAX(cut->cache_steps, steps);
  return emit_windows(cut, r, stretch, err);
}

/* ---- rows ---- */

/* Whether a run of missing numbers up to this row (which has one, if `ends`) is too long. */
static bool too_long(const struct cut *cut, const struct stretch_rows *r, size_t c, double seconds,
                     bool ends) {
  /* Both ways of saying it look back to the last number of this channel; others may go on
   * meanwhile. */
  struct span fill = cut->plan.fill;
  if (fill.is_seconds)
    return seconds - r->seconds[r->last[c]] > fill.value * (1 + 1e-9);
  size_t run = r->n - r->last[c] - ends; /* rows without a number */
  return (double)run > fill.value;
}

/* Rows that lack numbers; *use: the row becomes one of the stretch. */
static enum fray_status take_missing(struct cut *cut, double seconds, bool *use,
                                     struct fray_err *err) {
  struct stretch_rows *r = cut->rows;
  const struct recording *recording = r->recording;
  /* A row that lacks a number is kept for as long as a line can still be drawn over it. */
  size_t lacks = 0, first = 0;
  bool broken = false;
  /* Backwards, so that the first channel that lacks a number is the one that a message names. */
  for (size_t c = recording->n_channels; c-- > 0;) {
    bool lack = isnan(r->x[c]);
    lacks += lack;
    first = lack ? c : first;
    broken = broken || (cut->config->missing == MISSING_LINEAR && r->n > 0 &&
                        (lack || r->last[c] + 1 < r->n) && too_long(cut, r, c, seconds, !lack));
  }
  size_t column = recording->pick[first];
  FRAY_CHECK(!lacks || cut->config->missing != MISSING_REFUSE, err, INPUT,
             "%s:%zu: column '%.80s': \"%.40s\" is missing; `missing: cut` leaves such rows out, "
             "`missing: linear` fills short runs of them",
             r->stream->path, r->stream->line, recording->column[column], r->stream->cell[column]);
  if (broken || (lacks && cut->config->missing == MISSING_CUT))
    FRAY_TRY(end_stretch(cut, err));
  /* A stretch begins with a row that lacks nothing: before it there is nothing to draw a line from.
   */
  *use = !lacks || r->n > 0;
  cut->counts.rows_missing += !*use;
  if (*use && lacks)
    r->filled += lacks;
  return FRAY_OK;
}

static void begin_stretch(struct stretch_rows *r) {
  r->offset = r->stream->offset;
  for (size_t k = 0; k < r->stream->n_beside; k++)
    r->beside[k] = (struct stream_place){r->stream->beside[k].offset, r->stream->beside[k].line};
  r->filled = r->filled_good = 0;
}

static enum fray_status add_row(struct cut *cut, double seconds, uint32_t label,
                                struct fray_err *err) {
  struct stretch_rows *r = cut->rows;
  bool whole = true;
  if (r->n == 0)
    begin_stretch(r);
  if (r->n == r->room)
    FRAY_TRY(grow_rows(r, err));
  r->seconds[r->n] = seconds;
  r->label[r->n] = label;
  r->line[r->n] = r->stream->line;
  /* A row is whole where every channel has a number; the stretch is sure up to the last such row.
   */
  for (size_t c = 0; c < r->recording->n_channels; c++) {
    whole = whole && !isnan(r->x[c]);
    if (!isnan(r->x[c]))
      r->last[c] = r->n;
  }
  r->n++;
  if (whole) {
    r->n_good = r->n;
    r->filled_good = r->filled;
  }
  return FRAY_OK;
}

/* Cells of `by`, of every row, whether or not it is of use: *same as in the row before. Windows
 * point to the texts, so other ones are a new list. */
static enum fray_status take_by(struct cut *cut, const size_t *by, bool *same,
                                struct fray_err *err) {
  struct stretch_rows *r = cut->rows;
  const char **name;
  /* Byte by byte first: nearly every row is of the same person as the one before, in the same
   * spelling. */
  *same = r->by != NULL;
  for (size_t b = 0; b < cut->n_by && *same; b++)
    *same = strcmp(r->by_raw[b], r->stream->cell[by[b]]) == 0;
  if (*same)
    return FRAY_OK;
  FRAY_ALLOC(name, cut->arena, cut->n_by + 1, err);
  if (!r->by_raw)
    FRAY_ALLOC(r->by_raw, cut->arena, cut->n_by + 1, err);
  *same = r->by != NULL;
  for (size_t b = 0; b < cut->n_by; b++) {
    FRAY_TRY(take_text(cut, r->stream, cut->by_name[b], r->stream->cell[by[b]], &r->by_raw[b],
                       &name[b], err));
    *same = *same && strcmp(r->by[b], name[b]) == 0;
  }
  r->by = *same ? r->by : name;
  return FRAY_OK;
}

/* Whether the time goes on from the row before: *fault says why not. */
static enum fray_status check_time(const struct cut *cut, double seconds, struct fray_err *err) {
  const struct stretch_rows *r = cut->rows;
  FRAY_CHECK(isnan(r->before) || seconds > r->before, err, INPUT,
             "%s:%zu: column '%.80s': %s is not later than the row before", r->stream->path,
             r->stream->line, r->recording->column[r->recording->time],
             r->stream->cell[r->recording->time]);
  return FRAY_OK;
}

/* Where the stretch before this row ends, although the row is good: another client, a gap, long
 * enough. */
static enum fray_status take_breaks(struct cut *cut, double seconds, struct fray_err *err) {
  struct stretch_rows *r = cut->rows;
  /* The row that would make it longer begins the next piece, so pieces share no row. */
  const struct span longest = cut->plan.longest;
  bool timed = r->recording->time != NO_COLUMN;
  if (r->n == 0)
    return FRAY_OK;
  bool gap = timed && seconds - r->before > cut->plan.gap * (1 + 1e-9);
  bool full =
      longest.given && (longest.is_seconds ? seconds - r->seconds[0] >= longest.value * (1 - 1e-9)
                                           : (double)r->n >= longest.value);
  /* What is within a stretch tells the rate; gaps would hide it. */
  cut->counts.gaps += gap;
  if (timed && !gap) {
    cut->counts.seconds += seconds - r->before;
    cut->counts.pairs++;
  }
  return gap || full ? end_stretch(cut, err) : FRAY_OK;
}

/* Says the remedy behind what is wrong. */
static enum fray_status refuse_row(enum fray_status status, struct fray_err *err) {
  if (status != FRAY_INPUT || !err)
    return status;
  struct fray_err fault = *err;
  return fray_fail(err, FRAY_INPUT, "%s (`faulty: cut` leaves such rows out)", fault.text);
}

/* By its column, or by the range that it lies in; *none: in none. */
static enum fray_status label_row(struct cut *cut, size_t column, double seconds, uint32_t *code,
                                  bool *none, struct fray_err *err) {
  struct stretch_rows *r = cut->rows;
  const struct recording *recording = r->recording;
  const char *text = column != NO_COLUMN ? r->stream->cell[column] : NULL;
  if (cut->ranges) {
    /* In the unit of the column, as both tables have it. */
    double place = cut->ranges->in == IN_ROWS ? (double)r->row : seconds / recording->time_scale;
    text = fray_ranges_at(cut->ranges, cut->first_range, cut->n_ranges, place);
    *none = !text;
  }
  return text ? take_label(cut, r->stream, text, code, err) : FRAY_OK;
}

static enum fray_status take_row(struct cut *cut, size_t label, const size_t *by, uint32_t *code,
                                 struct fray_err *err) {
  struct stretch_rows *r = cut->rows;
  const struct recording *recording = r->recording;
  double seconds = (double)r->n * recording->row_seconds;
  bool use, same;
  enum fray_status status = fray_recording_row(recording, r->stream, r->x, &seconds, err);
  /* Before the clock is asked: the next person's may begin earlier. */
  if (status == FRAY_OK) {
    const char **before = r->by;
    FRAY_TRY(take_by(cut, by, &same, err));
    if (!same) {
      const char **now = r->by;
      r->by = before; /* whose the stretch is that ends */
      FRAY_TRY(end_stretch(cut, err));
      r->by = now;
      r->before = NAN; /* another person's clock */
    }
  }
  if (status == FRAY_OK && recording->time != NO_COLUMN)
    status = check_time(cut, seconds, err);
  /* Lack of memory is no fault of the row. */
  if (status != FRAY_OK) {
    if (status != FRAY_INPUT || cut->config->faulty == FAULTY_REFUSE)
      return refuse_row(status, err);
    cut->counts.rows_faulty++;
    return end_stretch(cut, err);
  }
  bool none = false;
  FRAY_TRY(label_row(cut, label, seconds, code, &none, err));
  /* The clock goes on through rows that are left out, so that time which falls within them is
   * seen. */
  /* A row of no label is left out as one of a label that nobody wants. */
  if (none || ((label != NO_COLUMN || cut->ranges) && cut->label[*code].skipped)) {
    cut->counts.rows_unlabelled += none;
    cut->counts.rows_skipped += !none;
    r->before = seconds;
    return end_stretch(cut, err);
  }
  FRAY_TRY(take_breaks(cut, seconds, err));
  r->before = seconds;
  FRAY_TRY(take_missing(cut, seconds, &use, err));
  /* Without a clock a stretch begins at 0. */
  if (recording->time == NO_COLUMN)
    seconds = (double)r->n * recording->row_seconds;
  return use ? add_row(cut, seconds, *code, err) : FRAY_OK;
}

/* ---- files ---- */

static enum fray_status open_rows(struct cut *cut, const struct recording *recording,
                                  struct fray_err *err) {
  struct stretch_rows *r = cut->rows;
  if (!r)
    FRAY_ALLOC_ZERO(r, cut->arena, 1, err);
  cut->rows = r;
  if (!r->count)
    FRAY_ALLOC_ZERO(r->count, cut->arena, MOST_LABELS, err);
  if (!r->last)
    FRAY_ALLOC_ZERO(r->last, cut->arena, recording->n_channels, err);
  if (!r->x)
    FRAY_ALLOC_ZERO(r->x, cut->arena, recording->n_channels, err);
  return FRAY_OK;
}

enum fray_status fray_cut_file(struct cut *cut, const struct recording *recording,
                               struct row_stream *stream, uint32_t file, size_t label,
                               const size_t *by, struct fray_err *err) {
  uint32_t code = 0;
  bool there;
  FRAY_TRY(open_rows(cut, recording, err));
  struct stretch_rows *r = cut->rows;
  FRAY_ALLOC(r->beside, cut->arena, recording->n_sides + 1, err);
  r->recording = recording;
  r->stream = stream;
  r->file = file;
  /* Stretches are counted anew in each file, since ids name the file as well. */
  r->n_stretches = 0;
  /* Rows are counted as the ranges count them: without blank lines and header. */
  r->row = 0;
  r->before = NAN;
  r->by = NULL;
  /* Scratch is kept from file to file; where a stretch is, begins anew. */
  cut->counts.files++;
  for (;;) {
    FRAY_TRY(fray_stream_next(stream, &there, err));
    if (!there)
      return end_stretch(cut, err);
    cut->counts.rows++;
    r->row++;
    FRAY_TRY(take_row(cut, label, by, &code, err));
  }
}

/* Nothing is known of what is inside: no breaks, no labels, so a window is a place and nothing
 * more.
 */
enum fray_status fray_cut_steps(struct cut *cut, uint32_t file, size_t steps,
                                struct fray_err *err) {
  struct cut_counts *counts = &cut->counts;
  struct stretch *stretch;
  size_t end = 0;
  uint32_t n = 0;
  counts->files++;
  counts->rows += steps;
  counts->longest = FRAY_MAX(counts->longest, steps);
  if (steps < cut->plan.length) {
    counts->rows_short += steps;
    return FRAY_OK;
  }
  counts->stretches++;
  FRAY_ALLOC_ZERO(stretch, cut->arena, 1, err);
  stretch->n_steps = steps;
  for (size_t first = 0; first + cut->plan.length <= steps; first += cut->plan.step) {
    end = first + cut->plan.length;
    FRAY_TRY(add_window(
        cut,
        (struct window){
            .stretch = stretch, .first = first, .file = file, .number = 1, .in_stretch = ++n},
        err));
  }
  counts->steps_left += steps - end;
  return FRAY_OK;
}

void fray_cut_end(struct cut *cut) {
  struct stretch_rows *r = cut->rows;
  if (r) {
    free(r->seconds);
    free(r->label);
    free(r->line);
    free(r->step_label);
  }
  free(cut->window);
  free(cut->label);
}
