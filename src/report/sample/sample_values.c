/* Values of samples for the eye and the ear. What is too long for a page is shortened, and says so;
 * a pair of values shares one scale, so that the eye compares what is to be compared. */
#include "sample_values.h"

#include "data_uri.h"

#include "report/words/markup.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/signal/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = 240, HIGH = 56, COLUMNS = 120 }; /* of a drawing, in its units; steps across */

static void put_remark(struct fray_text *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Small print under a value: numbers of ours alone, so nothing is escaped. */
static void put_remark(struct fray_text *out, const char *format, ...) {
  va_list args;
  va_start(args, format);
  fray_text_puts(out, "<small>");
  fray_text_vprintf(out, format, args);
  fray_text_puts(out, "</small>");
  va_end(args);
}

/* ---- pictures ---- */

/* Small ones are enlarged by whole factors to about `to`, each pixel a square; those larger than
 * `most` are shrunk to it. */
static enum fray_status put_picture(struct fray_text *out, const struct fray_signal *x,
                                    const char *what, size_t to, size_t most,
                                    struct fray_err *err) {
  const size_t larger = FRAY_MAX(x->height, x->width);
  const size_t factor = larger < to ? to / larger : 1;
  fray_text_puts(out, "<img alt=\"");
  fray_rep_html(out, what);
  fray_text_printf(out, ", %zu by %zu pixels\" width=\"%zu\" src=\"", x->width, x->height,
                   larger > most ? FRAY_MAX(x->width * most / larger, (size_t)1)
                                 : x->width * factor);
  FRAY_TRY(fray_rep_put_png(out, x->x, x->height, x->width, x->channels, most, err));
  fray_text_puts(out, "\">");
  if (larger > most)
    put_remark(out, "shrunk from %zu by %zu pixels", x->width, x->height);
  return FRAY_OK;
}

/* ---- drawings ---- */

/* The range of some values, never empty: what is divided by it stays finite. */
struct range {
  float low, high;
};

/* Not of pictures, whose range is fixed. */
static void stretch(struct range *range, const struct fray_signal *x) {
  for (size_t i = 0; x && i < x->length * x->channels; i++) {
    range->low = fminf(range->low, x->x[i]);
    range->high = fmaxf(range->high, x->x[i]);
  }
}

/* Of both values of a pair; around 0 where `zero`. */
static struct range range_of(const struct fray_signal *x, const struct fray_signal *beside,
                             bool zero) {
  struct range range = {zero ? 0 : x->x[0], zero ? 0 : x->x[0]};
  stretch(&range, x);
  stretch(&range, beside);
  if (!(range.high > range.low)) /* a constant lies in the middle */
    range = (struct range){range.low - 1, range.high + 1};
  return range;
}

/* A unit is left free above and below, so that lines at the edge keep their width. */
static double height_of(float value, const struct range *range) {
  return 1 + (HIGH - 2) * ((double)range->high - (double)value) /
                 ((double)range->high - (double)range->low);
}

/* One picture to a screen reader: its words, not its strokes. */
static void open_drawing(struct fray_text *out, const char *class, const char *what) {
  fray_text_printf(out, "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", class,
                   WIDE, HIGH);
  fray_rep_html(out, what);
  fray_text_puts(out, "\">");
}

/* One channel; where there are more steps than columns, the least and the largest of each. */
static void put_curve(struct fray_text *out, const float *x, size_t n, size_t stride,
                      const struct range *range, size_t style) {
  /* More columns than the drawing has units would draw over one another, and cost bytes. */
  const size_t columns = FRAY_MIN(n, (size_t)COLUMNS);
  fray_text_printf(out, "<path class=\"s%zu\" d=\"", style);
  for (size_t c = 0; c < columns; c++) {
    const size_t first = c * n / columns, end = (c + 1) * n / columns;
    const double across = columns > 1 ? (double)WIDE * (double)c / (double)(columns - 1) : 0;
    float low = x[first * stride], high = low;
    for (size_t i = first; i < end; i++) {
      low = fminf(low, x[i * stride]);
      high = fmaxf(high, x[i * stride]);
    }
    fray_text_printf(out, "%s%.4g %.3g", c ? "L" : "M", across, height_of(low, range));
    if (high > low)
      fray_text_printf(out, "V%.3g", height_of(high, range));
  }
  fray_text_puts(out, "\"/>");
}

/* Beyond a few channels lines hide one another; a page is no place to look at forty. */
static void put_series(struct fray_text *out, const struct fray_modality *m,
                       const struct fray_signal *x, const struct fray_signal *beside,
                       const char *what) {
  const struct range range = range_of(x, beside, false);
  const size_t shown = FRAY_MIN(x->channels, (size_t)FRAY_REP_SHOWN_CHANNELS);
  open_drawing(out, "lines", what);
  for (size_t c = 0; c < shown; c++)
    put_curve(out, x->x + c, x->length, x->channels, &range, c);
  fray_text_printf(out, "</svg><small>%zu step%s, %.3g to %.3g", x->length,
                   x->length == 1 ? "" : "s", (double)range.low, (double)range.high);
  if (m->unit && *m->unit) {
    fray_text_puts(out, " ");
    fray_rep_html(out, m->unit);
  }
  if (shown < x->channels)
    fray_text_printf(out, "; the first %zu of %zu channels", shown, x->channels);
  fray_text_puts(out, "</small>");
}

/* From 0, as the length of a bar is its value. */
static void put_bars(struct fray_text *out, const struct fray_signal *x,
                     const struct fray_signal *beside, const char *what) {
  const struct range range = range_of(x, beside, true);
  const size_t n = x->length * x->channels, shown = FRAY_MIN(n, (size_t)FRAY_REP_SHOWN_NUMBERS);
  open_drawing(out, "bars", what);
  fray_text_puts(out, "<path class=\"s0\" d=\"");
  for (size_t i = 0; i < shown; i++) {
    const double wide = (double)WIDE / (double)shown, left = wide * (double)i;
    fray_text_printf(out, "M%.4g %.3gH%.4gV%.3gH%.4gZ", left, height_of(0, &range),
                     left + 0.8 * wide, height_of(x->x[i], &range), left);
  }
  fray_text_printf(out, "\"/></svg><small>%zu numbers, %.3g to %.3g", n, (double)range.low,
                   (double)range.high);
  if (shown < n)
    fray_text_printf(out, "; the first %zu", shown);
  fray_text_puts(out, "</small>");
}

/* ---- sounds ---- */

/* Nothing is fetched or decoded until someone plays it. */
static enum fray_status put_player(struct fray_text *out, const float *x, size_t n, double rate,
                                   const char *what, struct fray_err *err) {
  const double to = fmin(rate, FRAY_REP_SHOWN_RATE);
  const size_t room = fray_resampled_length(n, rate, to);
  float *copy = malloc(room * sizeof *copy);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  enum fray_status status = fray_resample_signal(x, n, rate, to, copy, err);
  fray_text_puts(out, "<audio controls preload=\"none\" aria-label=\"");
  fray_rep_html(out, what);
  fray_text_puts(out, "\" src=\"");
  if (status == FRAY_OK)
    fray_rep_put_wav(out, copy, room, to);
  fray_text_puts(out, "\"></audio>");
  free(copy);
  return status;
}

/* The beginning of a long sound: its middle would need a choice, which is what must not be made
 * here. */
static enum fray_status put_sound(struct fray_text *out, const struct fray_signal *x,
                                  const struct fray_signal *beside, const char *what,
                                  struct fray_err *err) {
  const struct range range = range_of(x, beside, true);
  const size_t most = (size_t)(x->rate * FRAY_REP_SHOWN_SECONDS);
  const size_t n = FRAY_MIN(x->length, FRAY_MAX(most, (size_t)1));
  open_drawing(out, "wave", what);
  put_curve(out, x->x, n, 1, &range, 0);
  fray_text_puts(out, "</svg>");
  FRAY_TRY(put_player(out, x->x, n, x->rate, what, err));
  if (n < x->length)
    put_remark(out, "the first %d s of %.3g s", FRAY_REP_SHOWN_SECONDS,
               (double)x->length / x->rate);
  if (range.high > 1 || range.low < -1)
    put_remark(out, "what is beyond full scale is cut in what is played");
  return FRAY_OK;
}

/* ---- texts ---- */

/* A NUL in a text would end it: it becomes what other control characters become. */
static void put_word(struct fray_text *out, const struct fray_rep_word *word) {
  char copy[FRAY_REP_SHOWN_BYTES + 1];
  memcpy(copy, word->text, word->n);
  for (size_t i = 0; i < word->n; i++)
    copy[i] = copy[i] ? copy[i] : '\1';
  copy[word->n] = '\0';
  fray_rep_html(out, copy);
}

/* Words that the other text lacks are marked in each, so that both show what became of what. */
static enum fray_status put_text(struct fray_text *out, const struct fray_signal *x,
                                 const struct fray_signal *beside, struct fray_err *err) {
  struct fray_rep_word word[FRAY_REP_SHOWN_BYTES];
  size_t n;
  FRAY_TRY(fray_rep_marked_words(x, beside, word, &n, err));
  fray_text_puts(out, "<p class=\"text\">");
  for (size_t i = 0; i < n; i++) {
    fray_text_puts(out, word[i].marked ? "<mark>" : "");
    put_word(out, &word[i]);
    fray_text_puts(out, word[i].marked ? "</mark>" : "");
  }
  fray_text_puts(out, "</p>");
  if (fray_rep_shown_bytes(x) < x->length)
    put_remark(out, "the first %zu of %zu bytes", fray_rep_shown_bytes(x), x->length);
  return FRAY_OK;
}

/* By what a modality is, never by what damaged it: a kind of damage that comes later needs no line
 * here. */
enum fray_status fray_rep_put_value(struct fray_text *out, const struct fray_modality *modality,
                                    const struct fray_signal *x, const struct fray_signal *beside,
                                    const char *what, struct fray_err *err) {
  switch (x->kind) {
  case FRAY_IMAGE:
    return put_picture(out, x, what, FRAY_REP_SHOWN_SIDE / 2, FRAY_REP_SHOWN_SIDE, err);
  case FRAY_AUDIO:
    return put_sound(out, x, beside, what, err);
  case FRAY_TEXT:
    return put_text(out, x, beside, err);
  case FRAY_SERIES:
    put_series(out, modality, x, beside, what);
    break;
  case FRAY_FEATURES:
    put_bars(out, x, beside, what);
    break;
  }
  return FRAY_OK;
}

/* What was left out has no place where it could be marked: it stands below, struck through, unless
 * as many words came in its place. */
static enum fray_status put_gone(struct fray_text *out, const struct fray_signal *x,
                                 const struct fray_signal *beside, struct fray_err *err) {
  struct fray_rep_word here[FRAY_REP_SHOWN_BYTES], before[FRAY_REP_SHOWN_BYTES];
  size_t n, m, came = 0, went = 0;
  FRAY_TRY(fray_rep_marked_words(x, beside, here, &n, err));
  FRAY_TRY(fray_rep_marked_words(beside, x, before, &m, err));
  for (size_t i = 0; i < n; i++)
    came += here[i].marked;
  for (size_t i = 0; i < m; i++)
    went += before[i].marked;
  if (went <= came)
    return FRAY_OK;
  fray_text_puts(out, came ? "<small>gone or changed: " : "<small>gone: ");
  for (size_t i = 0; i < m; i++)
    if (before[i].marked) {
      fray_text_puts(out, "<del>");
      put_word(out, &before[i]);
      fray_text_puts(out, "</del> ");
    }
  fray_text_puts(out, "</small>");
  return FRAY_OK;
}

/* Pictures are what would make a page of many steps large; all else is as long as it is. */
enum fray_status fray_rep_put_step(struct fray_text *out, const struct fray_modality *modality,
                                   const struct fray_signal *x, const struct fray_signal *beside,
                                   const char *what, struct fray_err *err) {
  if (x->kind == FRAY_IMAGE)
    return put_picture(out, x, what, FRAY_REP_STEP_SIDE, FRAY_REP_STEP_SIDE, err);
  FRAY_TRY(fray_rep_put_value(out, modality, x, beside, what, err));
  return x->kind == FRAY_TEXT && beside ? put_gone(out, x, beside, err) : FRAY_OK;
}
