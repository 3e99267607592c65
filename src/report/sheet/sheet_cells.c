/* Values as pixels. Every cell of a sheet has the scale of the undamaged value, so that what is
 * louder is darker and what is turned up is higher; nothing is stretched to look well. */
#include "sheet_cells.h"

#include "report/draw/palette.h"
#include "report/sample/marked_words.h"

#include "fray/base/size.h"
#include "fray/codec/codec.h"
#include "fray/signal/fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  SIDE = 128,     /* of a picture, which is enlarged or shrunk to about this */
  WIDE = 128,     /* of all others but texts */
  WAVE = 22,      /* pixels that a wave is high */
  BANDS = 64,     /* rows of a spectrogram */
  WINDOW = 512,   /* samples of its transform; 32 ms of speech */
  LETTERS = 100,  /* columns of a text */
  MOST_LINES = 4, /* lines of one */
  TRACES = 3,     /* channels of a series */
  TRACE_HIGH = 72,
  BAR_HIGH = 56,
  STEP = 5,     /* decibels between two shades */
  DECIBELS = 70 /* from the loudest of the undamaged sound down to white */
};

/* Enlarged by a whole factor, so that a pixel is a square; 0: it must be shrunk. */
static size_t factor_of(const struct fray_signal *x) {
  return SIDE / FRAY_MAX(x->height, x->width);
}

/* Sides of a picture that is shrunk to SIDE at the larger one. */
static size_t shrunk(size_t side, size_t larger) {
  return FRAY_MAX(side * SIDE / larger, (size_t)1);
}

void sheet_cell_size(const struct fray_signal *clean, size_t *wide, size_t *high) {
  const size_t larger = FRAY_MAX(clean->height, clean->width);
  *wide = WIDE;
  *high = TRACE_HIGH;
  switch (clean->kind) {
  case FRAY_IMAGE:
    *wide = factor_of(clean) ? clean->width * factor_of(clean) : shrunk(clean->width, larger);
    *high = factor_of(clean) ? clean->height * factor_of(clean) : shrunk(clean->height, larger);
    break;
  case FRAY_AUDIO:
    *high = WAVE + BANDS;
    break;
  case FRAY_FEATURES:
    *high = BAR_HIGH;
    break;
  case FRAY_TEXT:
    *wide = LETTERS * SHEET_LETTER_WIDE;
    /* Half as much again as the text has: damage may lengthen it. */
    *high = SHEET_LETTER_HIGH *
            FRAY_MIN((clean->length + clean->length / 4) / LETTERS + 1, (size_t)MOST_LINES);
    break;
  case FRAY_SERIES:
    break;
  }
}

/* ---- pictures ---- */

/* As a viewer rounds it: values beyond are cut. */
static enum fray_status put_picture(struct sheet_canvas *canvas, const struct sheet_box *box,
                                    const struct fray_signal *x, struct fray_arena *scratch,
                                    struct fray_err *err) {
  const size_t n = x->height * x->width * x->channels;
  struct fray_image image = {.height = x->height, .width = x->width, .channels = x->channels};
  struct fray_image small = {0};
  FRAY_ALLOC(image.x, scratch, n, err);
  for (size_t i = 0; i < n; i++)
    image.x[i] = (uint8_t)lrintf(255 * fminf(fmaxf(x->x[i], 0), 1));
  const size_t factor = factor_of(x);
  if (!factor)
    FRAY_TRY(fray_image_resize(&image, box->high, box->wide, &small, err));
  const struct fray_image *shown = factor ? &image : &small;
  for (size_t i = 0; i < box->high; i++)
    for (size_t j = 0; j < box->wide; j++) {
      const size_t by = factor ? factor : 1;
      const uint8_t *at = shown->x + (i / by * shown->width + j / by) * shown->channels;
      const bool grey = shown->channels == 1;
      sheet_dot(canvas, box->x + j, box->y + i,
                (uint32_t)at[0] << 16 | (uint32_t)at[grey ? 0 : 1] << 8 | at[grey ? 0 : 2], 1);
    }
  fray_image_free(&small);
  return FRAY_OK;
}

/* ---- curves ---- */

/* Limits of the undamaged value, with a margin: half of its range to each side. */
struct scale {
  double low, high;
};

static struct scale scale_of(const struct fray_signal *clean, double margin) {
  struct scale s = {INFINITY, -INFINITY};
  for (size_t i = 0; i < clean->length * clean->channels; i++) {
    s.low = fmin(s.low, (double)clean->x[i]);
    s.high = fmax(s.high, (double)clean->x[i]);
  }
  const double room = FRAY_MAX(s.high - s.low, 1e-6) * margin;
  return (struct scale){s.low - room, s.high + room};
}

/* What is beyond the scale runs along the edge, where it can be seen that it left. */
static double height_of(double value, const struct scale *s, const struct sheet_box *box) {
  const double share = fmin(fmax((value - s->low) / (s->high - s->low), 0), 1);
  return (double)box->y + (1 - share) * (double)(box->high - 1);
}

/* "#rrggbb", as style sheets have it. */
static uint32_t colour_of(const char *name) {
  return (uint32_t)strtoul(name + 1, NULL, 16);
}

/* A value between two steps lies on the line between them. */
static double value_at(const struct fray_signal *x, size_t channel, double t) {
  const size_t k = FRAY_MIN((size_t)t, x->length - 1), next = FRAY_MIN(k + 1, x->length - 1);
  const double a = x->x[k * x->channels + channel], b = x->x[next * x->channels + channel];
  return a + (b - a) * (t - (double)k);
}

/* One channel over the width that `steps` steps take, those of the undamaged value: a value of
 * fewer ends before the right edge. Each column of pixels has all heights that the line has in it,
 * so that neither a spike between two pixels nor a steep part is lost. */
static void put_curve(struct sheet_canvas *canvas, const struct sheet_box *box,
                      const struct fray_signal *x, size_t channel, size_t steps,
                      const struct scale *s, uint32_t colour) {
  const double each = (double)(steps > 1 ? steps - 1 : 1) / (double)(box->wide - 1);
  const double last = (double)x->length - 1;
  for (size_t j = 0; x->length > 0 && j < box->wide; j++) {
    const double from = fmax(((double)j - 0.5) * each, 0),
                 to = fmin(((double)j + 0.5) * each, last);
    if (from > last)
      break;
    double low = fmin(value_at(x, channel, from), value_at(x, channel, to));
    double high = fmax(value_at(x, channel, from), value_at(x, channel, to));
    for (double t = ceil(from); t <= to; t++) {
      low = fmin(low, value_at(x, channel, t));
      high = fmax(high, value_at(x, channel, t));
    }
    sheet_span(canvas, box->x + j, height_of(high, s, box), height_of(low, s, box) + 1, colour);
  }
}

/* The first channels: more of them would be a tangle at this size. */
static void put_series(struct sheet_canvas *canvas, const struct sheet_box *box,
                       const struct fray_signal *x, const struct fray_signal *clean) {
  const struct scale s = scale_of(clean, 0.4);
  for (size_t c = 0; c < FRAY_MIN(x->channels, (size_t)TRACES); c++)
    put_curve(canvas, box, x, c, clean->length, &s, colour_of(fray_rep_colour[c]));
}

/* From 0, as the length of a bar is its value. */
static void put_bars(struct sheet_canvas *canvas, const struct sheet_box *box,
                     const struct fray_signal *x, const struct fray_signal *clean) {
  struct scale s = scale_of(clean, 0.4);
  s.low = fmin(s.low, 0);
  s.high = fmax(s.high, 0);
  /* A bar of three pixels and a gap: narrower ones would be a block. */
  const size_t n = FRAY_MIN(x->length * x->channels, (size_t)WIDE / 4);
  const double zero = height_of(0, &s, box);
  for (size_t i = 0; i < n; i++) {
    const double to = height_of((double)x->x[i], &s, box);
    const struct sheet_box bar = {box->x + i * box->wide / n, (size_t)lrint(fmin(zero, to)),
                                  FRAY_MAX(box->wide / n - 1, (size_t)1),
                                  (size_t)lrint(fabs(to - zero)) + 1};
    sheet_fill(canvas, &bar, colour_of(fray_rep_colour[0]));
  }
}

/* ---- sounds ---- */

/* Shades of the heat maps, mixed between the steps; 0 white, 1 the darkest. */
static uint32_t shade_of(double share) {
  const double at = fmin(fmax(share, 0), 1) * (FRAY_REP_SHADES - 1);
  const size_t k = FRAY_MIN((size_t)at, (size_t)(FRAY_REP_SHADES - 2));
  const uint32_t a = colour_of(fray_rep_heat[k]), b = colour_of(fray_rep_heat[k + 1]);
  uint32_t mixed = 0;
  for (int c = 16; c >= 0; c -= 8) {
    const double from = a >> c & 255, to = b >> c & 255;
    mixed |= (uint32_t)lrint(from + (to - from) * (at - (double)k)) << c;
  }
  return mixed;
}

/* Power of each band and column in decibels of an arbitrary zero, the loudest bin of a band
 * counting: a hum is one bin wide, and must not be averaged away. out (BANDS, WIDE). */
static enum fray_status spectrogram(const struct fray_signal *x, size_t steps,
                                    struct fray_arena *scratch, double *out, struct fray_err *err) {
  struct fray_fft *fft;
  float *frame, *spectrum;
  FRAY_TRY(fray_fft_new(WINDOW, false, scratch, &fft, err));
  FRAY_ALLOC(frame, scratch, WINDOW, err);
  FRAY_ALLOC(spectrum, scratch, WINDOW + 2, err);
  for (size_t column = 0; column < WIDE; column++) {
    /* The middle of the window is the column's moment; beyond the ends there is nothing. */
    const double middle = ((double)column + 0.5) * (double)steps / WIDE;
    for (size_t i = 0; i < WINDOW; i++) {
      const double at = middle + (double)i - WINDOW / 2;
      const double hann = 0.5 - 0.5 * cos(2 * 3.14159265358979323846 * (double)i / WINDOW);
      frame[i] = at >= 0 && at < (double)x->length ? (float)hann * x->x[(size_t)at] : 0;
    }
    fray_fft_forward(fft, frame, spectrum);
    for (size_t band = 0; band < BANDS; band++) {
      double most = 1e-20;
      for (size_t k = band * (WINDOW / 2) / BANDS; k < (band + 1) * (WINDOW / 2) / BANDS; k++) {
        const double re = spectrum[2 * k], im = spectrum[2 * k + 1];
        most = fmax(most, re * re + im * im);
      }
      out[band * WIDE + column] = 10 * log10(most);
    }
  }
  return FRAY_OK;
}

/* The wave shows what a spectrum cannot: polarity, and what is cut. */
static enum fray_status put_sound(struct sheet_canvas *canvas, const struct sheet_box *box,
                                  const struct fray_signal *x, const struct fray_signal *clean,
                                  struct fray_arena *scratch, struct fray_err *err) {
  struct scale s = scale_of(clean, 0);
  /* Symmetric, with a little room: what is turned up by more leaves the scale. */
  const double most = fmax(fabs(s.low), fabs(s.high)) * 1.2;
  const struct sheet_box wave = {box->x, box->y, box->wide, WAVE};
  double *bands, *reference, loudest = -INFINITY;
  s = (struct scale){-most, most};
  put_curve(canvas, &wave, x, 0, clean->length, &s, SHEET_INK);
  FRAY_ALLOC(bands, scratch, BANDS * WIDE, err);
  FRAY_ALLOC(reference, scratch, BANDS * WIDE, err);
  FRAY_TRY(spectrogram(x, clean->length, scratch, bands, err));
  FRAY_TRY(spectrogram(clean, clean->length, scratch, reference, err));
  for (size_t i = 0; i < BANDS * WIDE; i++)
    loudest = fmax(loudest, reference[i]);
  for (size_t band = 0; band < BANDS; band++)
    for (size_t column = 0; column < WIDE; column++) {
      /* In whole steps: noise in finer shades would be most of the file, and nobody sees them. */
      const double steps = rint((bands[band * WIDE + column] - loudest) / STEP);
      sheet_dot(canvas, box->x + column, box->y + WAVE + BANDS - 1 - band,
                shade_of(1 + steps * STEP / DECIBELS), 1);
    }
  return FRAY_OK;
}

/* ---- texts ---- */

/* Columns that a word takes, its blanks included: one a character. */
static size_t columns_of(const struct fray_rep_word *word) {
  size_t n = 0;
  for (size_t i = 0; i < word->n; i++)
    n += ((unsigned char)word->text[i] & 0xc0) != 0x80;
  return n;
}

/* Broken between words, as they stand; words that the undamaged text lacks are marked. */
static enum fray_status put_text(struct sheet_canvas *canvas, const struct sheet_box *box,
                                 const struct fray_signal *x, const struct fray_signal *clean,
                                 struct fray_err *err) {
  struct fray_rep_word word[FRAY_REP_SHOWN_BYTES];
  size_t n, at = 0, line = 0;
  FRAY_TRY(fray_rep_marked_words(x, clean, word, &n, err));
  for (size_t i = 0; i < n; i++) {
    const size_t wide = columns_of(&word[i]);
    if (at > 0 && at + wide > LETTERS + 1) { /* the blank at the end may hang over */
      at = 0;
      line++;
    }
    if ((line + 1) * SHEET_LETTER_HIGH > box->high)
      break;
    sheet_put_text(canvas, box->x + at * SHEET_LETTER_WIDE, box->y + line * SHEET_LETTER_HIGH,
                   word[i].text, word[i].n, word[i].marked ? SHEET_MARK : SHEET_INK);
    at += wide;
  }
  return FRAY_OK;
}

/* By what a value is, never by what damaged it. */
enum fray_status sheet_put_cell(struct sheet_canvas *canvas, const struct sheet_box *box,
                                const struct fray_signal *x, const struct fray_signal *clean,
                                struct fray_arena *scratch, struct fray_err *err) {
  switch (x->kind) {
  case FRAY_IMAGE:
    return put_picture(canvas, box, x, scratch, err);
  case FRAY_AUDIO:
    return put_sound(canvas, box, x, clean, scratch, err);
  case FRAY_TEXT:
    return put_text(canvas, box, x, clean, err);
  case FRAY_SERIES:
    put_series(canvas, box, x, clean);
    break;
  case FRAY_FEATURES:
    put_bars(canvas, box, x, clean);
    break;
  }
  return FRAY_OK;
}
