/* Stretches of a recording as numbers. The rows were looked at when the recording was cut into
 * windows, so that faults are known before the first shard; here they are read a second time, one
 * stretch at a time, since all of them together may be larger than memory. */
#include "recording.h"

#include "step_filter.h"

#include "import/table/number_files.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* As programs write a cell that has no value. */
static bool is_missing(const char *cell) {
  /* pandas, NumPy, R, spreadsheets, and the tables of UCI; in any spelling of capital letters. */
  static const char *const words[] = {"nan", "na", "null", "n/a", "?", "-nan", "+nan"};
  if (!*cell)
    return true;
  for (size_t k = 0; k < FRAY_COUNT(words); k++)
    if (strcasecmp(cell, words[k]) == 0)
      return true;
  return false;
}

/* The column is named as the file or the YAML names it; the cell is shown as it stands. */
static enum fray_status take_number(const struct recording *r, const struct row_stream *s,
                                    size_t column, double *out, struct fray_err *err) {
  const char *cell = s->cell[column];
  bool good = fray_number_parse(cell, out);
  const char *flaw = fray_number_flaw(good, good ? *out : 0);
  FRAY_CHECK(!flaw, err, INPUT, "%s:%zu: column '%.80s': \"%.40s\" %s", s->path, s->line,
             r->column[column], cell, flaw);
  return FRAY_OK;
}

enum fray_status fray_recording_row(const struct recording *r, const struct row_stream *s, float *x,
                                    double *seconds, struct fray_err *err) {
  double value;
  /* A row that is longer or shorter has its columns elsewhere: none of its numbers can be trusted.
   */
  FRAY_CHECK(s->n_cells == r->n_columns, err, INPUT, "%s:%zu: %zu cells, the first row has %zu",
             s->path, s->line, s->n_cells, r->n_columns);
  if (r->time != NO_COLUMN) {
    FRAY_TRY(take_number(r, s, r->time, &value, err));
    *seconds = value * r->time_scale;
  }
  for (size_t c = 0; c < r->n_channels; c++) {
    /* A time is never missing: without it nothing can be filled or resampled. */
    x[c] = NAN;
    if (is_missing(s->cell[r->pick[c]]))
      continue;
    FRAY_TRY(take_number(r, s, r->pick[c], &value, err));
    x[c] = (float)value;
  }
  return FRAY_OK;
}

/* A tolerance of a thousandth of a step: times are written with few digits. */
size_t fray_recording_steps(double seconds, double rate) {
  return (size_t)floor(seconds * rate + 1e-3) + 1;
}

/* Rows of a stretch as they are read. */
struct raw {
  size_t n, channels;
  float *x;        /* (n, channels) */
  double *seconds; /* (n) from the first row on */
  uint8_t *filled; /* (n) */
};

/* Straight lines over time between the numbers on both sides; there always are some, since a
 * stretch begins and ends with a row that lacks nothing. */
static void fill(struct raw *raw) {
  for (size_t c = 0; c < raw->channels; c++)
    for (size_t i = 0, last = 0; i < raw->n; i++) {
      if (isnan(raw->x[i * raw->channels + c]))
        continue;
      double from = raw->x[last * raw->channels + c], to = raw->x[i * raw->channels + c];
      for (size_t k = last + 1; k < i; k++) {
        double share =
            (raw->seconds[k] - raw->seconds[last]) / (raw->seconds[i] - raw->seconds[last]);
        raw->x[k * raw->channels + c] = (float)(from + (to - from) * share);
        raw->filled[k] = 1;
      }
      last = i;
    }
}

static enum fray_status read_rows(const struct stretch *stretch, struct raw *raw,
                                  struct fray_err *err) {
  const struct recording *r = stretch->recording;
  struct row_stream stream = {0};
  /* Times from the first row on: of seconds since 1970 float sums would keep too few digits. */
  double first = 0;
  enum fray_status status =
      fray_stream_open_at(r->path, &r->rules, stretch->offset, stretch->line, &stream, err);
  if (status == FRAY_OK && r->n_sides)
    status = fray_stream_beside_at(&stream, r->side, stretch->beside, r->n_sides, err);
  for (size_t i = 0; i < raw->n && status == FRAY_OK; i++) {
    bool there;
    double seconds = (double)i * (r->row_seconds > 0 ? r->row_seconds : 1);
    status = fray_stream_next(&stream, &there, err);
    if (status == FRAY_OK)
      status = fray_recording_row(r, &stream, raw->x + i * raw->channels, &seconds, err);
    first = i ? first : seconds;
    raw->seconds[i] = seconds - first;
    /* What was seen when it was cut: times that rise, ends that are whole. */
    if (status == FRAY_OK && (i && !(raw->seconds[i] > raw->seconds[i - 1])))
      status = fray_fail(err, FRAY_INPUT, "%s:%zu: the time does not rise", r->path, stream.line);
    for (size_t c = 0; c < raw->channels && (i == 0 || i + 1 == raw->n); c++)
      if (status == FRAY_OK && isnan(raw->x[i * raw->channels + c]))
        status = fray_fail(err, FRAY_INPUT, "%s:%zu: a cell is missing", r->path, stream.line);
  }
  fray_stream_close(&stream);
  return status == FRAY_INPUT ? fray_at(err, "the file changed while it was read") : status;
}

/* Steps at equal distances from the first row on; between two rows by a straight line. */
static void put_steps(const struct stretch *stretch, const struct raw *raw) {
  const struct recording *r = stretch->recording;
  struct stretch_cache *cache = r->cache;
  /* As measured: not even a rounding happens to the numbers. */
  if (r->rate == 0) {
    memcpy(cache->x, raw->x, raw->n * raw->channels * sizeof *raw->x);
    memcpy(cache->filled, raw->filled, raw->n);
    return;
  }
  for (size_t k = 0, i = 0; k < stretch->n_steps; k++) {
    /* From k, not by adding up, so that the last step of a long stretch is where it belongs. */
    double t = (double)k / r->rate;
    while (i + 2 < raw->n && raw->seconds[i + 1] <= t)
      i++;
    size_t next = raw->n > 1 ? i + 1 : i;
    double span = raw->seconds[next] - raw->seconds[i];
    /* At most 1: the last step may lie a thousandth of a step behind the last row. */
    double share = span > 0 ? FRAY_MIN((t - raw->seconds[i]) / span, 1) : 0;
    for (size_t c = 0; c < raw->channels; c++) {
      double from = raw->x[i * raw->channels + c], to = raw->x[next * raw->channels + c];
      cache->x[k * raw->channels + c] = (float)(from + (to - from) * share);
    }
    cache->filled[k] = raw->filled[i] | raw->filled[next];
  }
}

/* Where there are more rows than steps; at an equal rate, or a higher one, nothing is too fast. */
static enum fray_status filter_steps(const struct stretch *stretch, const struct raw *raw,
                                     struct fray_err *err) {
  const struct recording *r = stretch->recording;
  const double span = raw->n > 1 ? raw->seconds[raw->n - 1] / (double)(raw->n - 1) : 0;
  if (!r->lowpass || !(span > 0) || span * r->rate > 0.999)
    return FRAY_OK;
  /* A weight for each row; only those around a step are used at a time. */
  double *scratch = malloc(raw->n * sizeof *scratch);
  FRAY_CHECK(scratch, err, MEMORY, "out of memory (%zu rows)", raw->n);
  fray_steps_filter(raw->x, raw->seconds, raw->n, raw->channels, r->rate, stretch->n_steps, scratch,
                    r->cache->x);
  free(scratch);
  return FRAY_OK;
}

enum fray_status fray_stretch_hold(const struct stretch *stretch, struct fray_err *err) {
  struct stretch_cache *cache = stretch->recording->cache;
  size_t n = stretch->n_rows, channels = stretch->recording->n_channels;
  if (cache->held == stretch)
    return FRAY_OK;
  /* Whatever fails from here on, half a stretch is never taken for one. */
  cache->held = NULL;
  struct raw raw = {.n = n, .channels = channels};
  raw.x = malloc(n * channels * sizeof *raw.x);
  raw.seconds = malloc(n * sizeof *raw.seconds);
  /* Of one stretch, and only while it is read: what stays is the cache. */
  raw.filled = calloc(n, 1);
  enum fray_status status = FRAY_OK;
  if (!raw.x || !raw.seconds || !raw.filled)
    status = fray_fail(err, FRAY_MEMORY, "out of memory (%zu rows)", n);
  if (status == FRAY_OK)
    status = read_rows(stretch, &raw, err);
  if (status == FRAY_OK) {
    fill(&raw);
    put_steps(stretch, &raw);
    status = filter_steps(stretch, &raw, err);
  }
  if (status == FRAY_OK)
    cache->held = stretch;
  free(raw.x);
  free(raw.seconds);
  free(raw.filled);
  return status;
}
