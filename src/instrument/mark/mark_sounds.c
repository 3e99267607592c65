/* Looking at sounds: what linear prediction leaves of them, frame by frame, against the patterns of
 * all keys, filtered alike, at all lags and backwards.
 *
 * Speech changes faster than one prediction can follow, so each 10 ms have their own, of the 80 ms
 * around them. They have two. A holds what lies 17 dB below the sound for noise, as a mark is
 * that wherever the sound is softer than it: so A whitens sound and mark. B follows the sound
 * wherever a filter took it, 70 dB deep, and so undoes the filter: what it leaves of a mark is what
 * A would leave had nobody filtered. y, the residual of B over its level, is held against
 * g A p, g the level of the sound over that of what A leaves.
 *
 * To filter 200 patterns for every sound would cost ten times what looking does. But <y, g A p> =
 * <A' g y, p>: the sound is filtered once, backwards, and all lags of it times all patterns are one
 * product of matrices. Over keys that sum has a deviation which the sound alone decides, as p is
 * independent signs behind a filter: so z is standard normal, whatever the sound. */
#include "fray/base/size.h"
#include "fray/corrupt/biquad.h"
#include "fray/tensor/blas.h"
#include "mark_parts.h"

#include <math.h>
#include <string.h>

enum { SOUNDS = 32 }; /* in one product: fixed, so that no rank changes bits */
enum { AROUND = 8 };  /* frames that a prediction is of */
static const double margin = 1.64;
static const double load_a = 2e-2, load_b = 1e-7;

/* One sound on its way. */
struct one {
  size_t n, frames;               /* steps and frames that are looked at */
  double *x;                      /* (n + what is beyond) */
  double *y;                      /* (n) what B leaves, then over its level */
  double *a_left;                 /* (n) what A leaves */
  double *back;                   /* (n) A' g y */
  float *signs;                   /* (n) `back` behind the filter of the pattern */
  double (*lpc)[FRAY_MARK_ORDER]; /* (frames) A */
  double *gain;                   /* (frames) */
  size_t there;                   /* steps of x */
};

/* The residual and its filtered form are summed into, so they begin at 0. */
static enum fray_status make_room(struct one *s, size_t frame, struct fray_arena *arena,
                                  struct fray_err *err) {
  FRAY_ALLOC(s->x, arena, s->there + 1, err);
  FRAY_ALLOC_ZERO(s->y, arena, s->n + 1, err);
  FRAY_ALLOC_ZERO(s->a_left, arena, s->n + 1, err);
  FRAY_ALLOC_ZERO(s->back, arena, s->n + 1, err);
  FRAY_ALLOC_ZERO(s->signs, arena, s->n + 1, err);
  FRAY_ALLOC(s->lpc, arena, s->n / frame + 1, err);
  FRAY_ALLOC_ZERO(s->gain, arena, s->n / frame + 1, err);
  return FRAY_OK;
}

/* Of the steps around a frame, under a Hann window. */
static enum fray_status predict(const struct one *s, size_t frame, size_t f,
                                struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  const size_t width = AROUND * frame;
  double *piece, r[MARK_TAPS], b[FRAY_MARK_ORDER];
  FRAY_ALLOC(piece, scratch, width, err);
  for (size_t i = 0; i < width; i++) {
    const size_t t = f * frame + frame / 2 + i; /* half a window late */
    const double window = .5 - .5 * cos(2 * M_PI * (double)i / (double)(width - 1));
    piece[i] = t >= width / 2 && t - width / 2 < s->there ? window * s->x[t - width / 2] : 0;
  }
  mark_products(piece, width, r);
  mark_predict(r, load_a, s->lpc[f]);
  mark_predict(r, load_b, b);
  fray_mark_whiten(s->x, f * frame, frame, s->lpc[f], s->a_left);
  fray_mark_whiten(s->x, f * frame, frame, b, s->y);
  fray_arena_rewind(scratch, place);
  return FRAY_OK;
}

/* Of a stretch, a step. */
static double power_of(const double *x, size_t n) {
  double sum = 0;
  for (size_t t = 0; t < n; t++)
    sum += x[t] * x[t];
  return sum / (double)n;
}

/* The level of a residual changes slowly, and a frame alone says little of it: its neighbours have
 * half its weight. power (frames); least: of silence. */
static double level_at(const double *power, size_t f, size_t frames, double least) {
  const double before = power[f ? f - 1 : f], after = power[FRAY_MIN(f + 1, frames - 1)];
  return sqrt((before + 2 * power[f] + after) / 4 + least);
}

/* Edges of what was cut out are no mark: 3 deviations are enough. A silent frame holds no mark and
 * has no weight; what a filter left of a sound may be soft. */
static enum fray_status level(struct one *s, size_t frame, struct fray_arena *scratch,
                              struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  double *a, *b;
  FRAY_ALLOC(a, scratch, s->frames + 1, err);
  FRAY_ALLOC(b, scratch, s->frames + 1, err);
  for (size_t f = 0; f < s->frames; f++) {
    a[f] = power_of(s->a_left + f * frame, frame);
    b[f] = power_of(s->y + f * frame, frame);
  }
  for (size_t f = 0; f < s->frames; f++) {
    const double noise = level_at(b, f, s->frames, 1e-20);
    s->gain[f] = sqrt(power_of(s->x + f * frame, frame)) / level_at(a, f, s->frames, 1e-10);
    for (size_t t = f * frame; t < (f + 1) * frame; t++)
      s->y[t] = fmin(fmax(s->y[t] / noise, -3), 3);
  }
  fray_arena_rewind(scratch, place);
  return FRAY_OK;
}

/* What each step of the pattern gives to the steps after it. */
static void filter_back(struct one *s, size_t frame) {
  for (size_t t = 0; t < s->n; t++) {
    const size_t f = t / frame;
    const double y = s->gain[f] * s->y[t];
    s->back[t] += y;
    for (size_t k = 0; k < FRAY_MIN(t, (size_t)FRAY_MARK_ORDER); k++)
      s->back[t - 1 - k] -= s->lpc[f][k] * y;
  }
}

/* What each sign gives to the sum: `back` through the filter of the pattern, from its end. The root
 * of the sum of their squares is the deviation over keys. */
static double deviation(struct one *s) {
  struct fray_biquad band[FRAY_BIQUADS_MOST];
  double sum = 0;
  fray_butterworth_band(MARK_BAND_LOW, MARK_BAND_HIGH, band);
  for (size_t t = 0; t < s->n; t++)
    s->signs[t] = (float)s->back[s->n - 1 - t];
  fray_biquads_run(band, FRAY_BIQUADS_MOST, false, s->signs, s->n);
  for (size_t t = 0; t < s->n; t++)
    sum += (double)s->signs[t] * (double)s->signs[t];
  return sqrt(sum);
}

/* Of the first step of a pattern on: row (steps) is the sound as it was before an edit. */
static void put_row(const struct one *s, size_t edit, double scale, size_t steps, float *row) {
  bool backwards;
  const ptrdiff_t lag = mark_lag_of(edit, &backwards), n = (ptrdiff_t)s->n;
  memset(row, 0, steps * sizeof *row);
  for (ptrdiff_t u = 0; u < (ptrdiff_t)steps; u++) {
    /* Backwards, the last step comes first, whether it is in a whole frame or not. */
    const ptrdiff_t t = lag + (backwards ? (ptrdiff_t)s->there - 1 - u : u);
    if (t >= 0 && t < n)
      row[u] = (float)(scale * s->back[t]);
  }
}

/* rows (MARK_SOUND_EDITS, steps): the sound, filtered backwards, at each edit; times a pattern they
 * are z. */
static enum fray_status prepare(const struct fray_mark_bank *bank,
                                const struct fray_mark_value *value, struct fray_arena *scratch,
                                float *rows, struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  struct one s = {.there = value->n};
  s.frames = FRAY_MIN(value->n / bank->frame, bank->frames);
  s.n = s.frames * bank->frame;
  FRAY_TRY(make_room(&s, bank->frame, scratch, err));
  for (size_t t = 0; t < s.there; t++)
    s.x[t] = (double)value->x[t];
  for (size_t f = 0; f < s.frames; f++)
    FRAY_TRY(predict(&s, bank->frame, f, scratch, err));
  FRAY_TRY(level(&s, bank->frame, scratch, err));
  filter_back(&s, bank->frame);
  const double size = deviation(&s);
  for (size_t e = 0; e < MARK_SOUND_EDITS; e++)
    put_row(&s, e, size > 0 ? 1 / size : 0, bank->steps, rows + e * bank->steps);
  fray_arena_rewind(scratch, place);
  return FRAY_OK;
}

/* Sounds that are looked at together, and what their client has so far. */
struct sounds {
  const struct fray_mark_bank *bank;
  float *rows; /* (SOUNDS, MARK_SOUND_EDITS, steps) */
  float *z;    /* (SOUNDS, MARK_SOUND_EDITS, MARK_KEYS) */
  double *all; /* (MARK_KEYS, MARK_SOUND_EDITS) sums of z */
};

/* The statistic of every key is the size at its best edit, so that a bank that looks in many places
 * pays for it. */
static void finish(const double *z, struct fray_mark_found *out) {
  double statistic[MARK_KEYS];
  for (size_t k = 0; k < MARK_KEYS; k++) {
    statistic[k] = 0;
    for (size_t e = 0; e < MARK_SOUND_EDITS; e++)
      statistic[k] = fmax(statistic[k], fabs(z[k * MARK_SOUND_EDITS + e]));
  }
  mark_conclude(MARK_SOUND_EDITS, z, statistic, out);
  out->edited = out->statistic - fabs(z[0]) > margin;
}

/* A block of sounds: filtered one by one, and then held against all patterns by one product. */
static enum fray_status look(struct sounds *s, const struct fray_mark_value *value, size_t n,
                             struct fray_arena *scratch, struct fray_mark_found *found,
                             struct fray_err *err) {
  const struct fray_mark_bank *bank = s->bank;
  double z[MARK_KEYS * MARK_SOUND_EDITS];
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(prepare(bank, &value[i], scratch, s->rows + i * MARK_SOUND_EDITS * bank->steps, err));
  fray_gemm(false, true, n * MARK_SOUND_EDITS, MARK_KEYS, bank->steps, 1, s->rows, bank->steps,
            bank->pattern, bank->steps, 0, s->z, MARK_KEYS);
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < MARK_KEYS; k++)
      for (size_t e = 0; e < MARK_SOUND_EDITS; e++) {
        z[k * MARK_SOUND_EDITS + e] = (double)s->z[(i * MARK_SOUND_EDITS + e) * MARK_KEYS + k];
        s->all[k * MARK_SOUND_EDITS + e] += z[k * MARK_SOUND_EDITS + e];
      }
    finish(z, &found[i]);
  }
  return FRAY_OK;
}

/* The client is the sum over its sounds, edit by edit and key by key: what was done to one of them
 * was most likely done to all. */
enum fray_status mark_look_sounds(const struct fray_mark_bank *bank,
                                  const struct fray_mark_value *value, size_t n,
                                  struct fray_arena *scratch, struct fray_mark_found *found,
                                  struct fray_mark_found *all, struct fray_err *err) {
  struct sounds *s;
  const size_t most = FRAY_MIN(n, (size_t)SOUNDS);
  FRAY_ALLOC_ZERO(s, scratch, 1, err);
  s->bank = bank;
  FRAY_ALLOC(s->rows, scratch, most * MARK_SOUND_EDITS * bank->steps, err);
  FRAY_ALLOC(s->z, scratch, most * MARK_SOUND_EDITS * MARK_KEYS, err);
  FRAY_ALLOC_ZERO(s->all, scratch, MARK_KEYS * MARK_SOUND_EDITS, err);
  for (size_t first = 0; first < n; first += SOUNDS)
    FRAY_TRY(
        look(s, value + first, FRAY_MIN(n - first, (size_t)SOUNDS), scratch, found + first, err));
  for (size_t i = 0; i < MARK_KEYS * MARK_SOUND_EDITS; i++)
    s->all[i] = fray_mark_pool(s->all[i], n);
  finish(s->all, all);
  return FRAY_OK;
}
