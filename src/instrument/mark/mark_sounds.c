/* Looking at sounds: what linear prediction leaves of them, frame by frame, against the patterns of
 * all keys, filtered alike, at all lags.
 *
 * Speech changes faster than one prediction can follow, so each 10 ms have their own, of the 80 ms
 * around them. A frame with filter A, residual e of deviation s and level m holds a mark of level m
 * in noise of level s: y = e / s is held against (m / s) A p.
 *
 * To filter 200 patterns for every sound would cost ten times what looking does. But <y, g A p> =
 * <A' g y, p>: the sound is filtered once, backwards, and all lags of it times all patterns are one
 * product of matrices. The power of g A p is a sum of products of p with itself, which the bank
 * keeps by frame: one more product of matrices. */
#include "fray/base/size.h"
#include "fray/tensor/blas.h"
#include "mark_parts.h"

#include <math.h>
#include <string.h>

enum { SOUNDS = 32 }; /* in one product: fixed, so that no rank changes bits */
enum { AROUND = 8 };  /* frames that a prediction is of */
static const double margin = 1.64;

/* One sound on its way. */
struct one {
  size_t n, frames; /* steps and frames that are looked at */
  double *x;        /* (n + what is beyond) */
  double *y;        /* (n) e, then e / s */
  double *back;     /* (n + MARK_TAPS) A' g y */
  double (*lpc)[FRAY_MARK_ORDER];
  double *gain; /* (frames) m / s */
  size_t there; /* steps of x */
};

/* The lag of an edit of the bank: 0, 1, -1, 2, -2, ... */
static ptrdiff_t lag_of(size_t edit) {
  const ptrdiff_t size = (ptrdiff_t)(edit + 1) / 2;
  return edit % 2 ? size : -size;
}

/* The residual and its filtered form are summed into, so they begin at 0. */
static enum fray_status make_room(struct one *s, size_t frame, struct fray_arena *arena,
                                  struct fray_err *err) {
  FRAY_ALLOC(s->x, arena, s->there + 1, err);
  FRAY_ALLOC_ZERO(s->y, arena, s->n + MARK_TAPS, err);
  FRAY_ALLOC_ZERO(s->back, arena, s->n + MARK_TAPS, err);
  FRAY_ALLOC(s->lpc, arena, s->n / frame + 1, err);
  FRAY_ALLOC_ZERO(s->gain, arena, s->n / frame + 1, err);
  return FRAY_OK;
}

/* Of the steps around a frame, under a Hann window. */
static enum fray_status predict(const struct one *s, size_t frame, size_t f,
                                struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  const size_t width = AROUND * frame;
  double *piece;
  FRAY_ALLOC(piece, scratch, width, err);
  for (size_t i = 0; i < width; i++) {
    const size_t t = f * frame + frame / 2 + i; /* half a window late */
    const double window = .5 - .5 * cos(2 * M_PI * (double)i / (double)(width - 1));
    piece[i] = t >= width / 2 && t - width / 2 < s->there ? window * s->x[t - width / 2] : 0;
  }
  fray_mark_lpc(piece, width, s->lpc[f]);
  fray_mark_whiten(s->x, f * frame, frame, s->lpc[f], s->y);
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

/* The level of the residual changes slowly, and a frame alone says little of it: its neighbours
 * have half its weight. Edges of what was cut out are no mark: 3 deviations are enough. A silent
 * frame holds no mark and has no weight. */
static enum fray_status level(struct one *s, size_t frame, struct fray_arena *scratch,
                              struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  double *power, total = 0;
  FRAY_ALLOC(power, scratch, s->frames + 1, err);
  for (size_t f = 0; f < s->frames; f++)
    power[f] = power_of(s->y + f * frame, frame);
  for (size_t f = 0; f < s->frames; f++) {
    const double before = power[f ? f - 1 : f], after = power[FRAY_MIN(f + 1, s->frames - 1)];
    const double noise = sqrt((before + 2 * power[f] + after) / 4 + 1e-10);
    s->gain[f] = sqrt(power_of(s->x + f * frame, frame)) / noise;
    for (size_t t = f * frame; t < (f + 1) * frame; t++) {
      s->y[t] = fmin(fmax(s->y[t] / noise, -3), 3);
      total += s->y[t] * s->y[t];
    }
  }
  /* Of norm 1, as correlations are of directions. */
  for (size_t t = 0; total > 0 && t < s->n; t++)
    s->y[t] /= sqrt(total);
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

/* Factors of the products of a pattern that its filtered power is the sum of; out (frames of the
 * bank, MARK_PAIRS). */
static void put_factors(const struct fray_mark_bank *bank, const struct one *s, float *out) {
  memset(out, 0, bank->frames * MARK_PAIRS * sizeof *out);
  for (size_t f = 0; f < s->frames; f++) {
    double tap[MARK_TAPS] = {1};
    for (size_t k = 0; k < FRAY_MARK_ORDER; k++)
      tap[1 + k] = -s->lpc[f][k];
    float *of = out + f * MARK_PAIRS;
    for (size_t i = 0; i < MARK_TAPS; i++)
      for (size_t j = i; j < MARK_TAPS; j++)
        *of++ = (float)((i == j ? 1 : 2) * s->gain[f] * s->gain[f] * tap[i] * tap[j]);
  }
}

/* Row l of `rows` (MARK_LAGS, steps): the sound, filtered backwards and moved by lag l. */
static enum fray_status prepare(const struct fray_mark_bank *bank,
                                const struct fray_mark_value *value, struct fray_arena *scratch,
                                float *rows, float *factors, size_t *looked, struct fray_err *err) {
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
  put_factors(bank, &s, factors);
  memset(rows, 0, MARK_LAGS * bank->steps * sizeof *rows);
  for (size_t l = 0; l < MARK_LAGS; l++) {
    const ptrdiff_t lag = lag_of(l), n = (ptrdiff_t)s.n;
    for (ptrdiff_t t = FRAY_MAX(-lag, (ptrdiff_t)0); t < n - lag; t++)
      rows[(ptrdiff_t)(l * bank->steps) + t] = (float)s.back[t + lag];
  }
  *looked = s.n;
  fray_arena_rewind(scratch, place);
  return FRAY_OK;
}

/* Sounds that are looked at together, and what their client has so far. */
struct sounds {
  const struct fray_mark_bank *bank;
  float *rows, *top;      /* (SOUNDS, MARK_LAGS, steps); (SOUNDS, MARK_LAGS, MARK_KEYS) */
  float *factors, *power; /* (SOUNDS, frames, MARK_PAIRS); (SOUNDS, MARK_KEYS) */
  size_t looked[SOUNDS];  /* steps */
  double *all;            /* (MARK_KEYS, MARK_LAGS) sums of z */
};

/* The edit is the lag of our own key; the statistic of every key is the size at its best lag, so
 * that a bank that looks in many places pays for it. */
static void finish(const double *z, struct fray_mark_found *out) {
  double statistic[MARK_KEYS];
  for (size_t k = 0; k < MARK_KEYS; k++) {
    statistic[k] = 0;
    for (size_t l = 0; l < MARK_LAGS; l++)
      statistic[k] = fmax(statistic[k], fabs(z[k * MARK_LAGS + l]));
  }
  mark_conclude(MARK_LAGS, z, statistic, out);
  out->edited = out->statistic - fabs(z[0]) > margin;
}

/* A block of sounds: filtered one by one, and then held against all patterns by two products. */
static enum fray_status look(struct sounds *s, const struct fray_mark_value *value, size_t n,
                             struct fray_arena *scratch, struct fray_mark_found *found,
                             struct fray_err *err) {
  const struct fray_mark_bank *bank = s->bank;
  const size_t pairs = bank->frames * MARK_PAIRS;
  double z[MARK_KEYS * MARK_LAGS];
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(prepare(bank, &value[i], scratch, s->rows + i * MARK_LAGS * bank->steps,
                     s->factors + i * pairs, &s->looked[i], err));
  fray_gemm(false, true, n * MARK_LAGS, MARK_KEYS, bank->steps, 1, s->rows, bank->steps,
            bank->pattern, bank->steps, 0, s->top, MARK_KEYS);
  fray_gemm(false, true, n, MARK_KEYS, pairs, 1, s->factors, pairs, bank->product, pairs, 0,
            s->power, MARK_KEYS);
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < MARK_KEYS; k++) {
      /* Lags share the power of the pattern that is not moved: they differ by 8 steps of it. */
      const double power = (double)s->power[i * MARK_KEYS + k];
      const double scale = power > 0 ? sqrt((double)s->looked[i] / power) : 0;
      for (size_t l = 0; l < MARK_LAGS; l++) {
        z[k * MARK_LAGS + l] = scale * (double)s->top[(i * MARK_LAGS + l) * MARK_KEYS + k];
        s->all[k * MARK_LAGS + l] += z[k * MARK_LAGS + l];
      }
    }
    finish(z, &found[i]);
  }
  return FRAY_OK;
}

/* The client is the sum over its sounds, lag by lag and key by key: what was done to one of them
 * was most likely done to all. */
enum fray_status mark_look_sounds(const struct fray_mark_bank *bank,
                                  const struct fray_mark_value *value, size_t n,
                                  struct fray_arena *scratch, struct fray_mark_found *found,
                                  struct fray_mark_found *all, struct fray_err *err) {
  struct sounds *s;
  const size_t most = FRAY_MIN(n, (size_t)SOUNDS);
  FRAY_ALLOC_ZERO(s, scratch, 1, err);
  s->bank = bank;
  FRAY_ALLOC(s->rows, scratch, most * MARK_LAGS * bank->steps, err);
  FRAY_ALLOC(s->top, scratch, most * MARK_LAGS * MARK_KEYS, err);
  FRAY_ALLOC(s->factors, scratch, most * bank->frames * MARK_PAIRS + 1, err);
  FRAY_ALLOC(s->power, scratch, most * MARK_KEYS, err);
  FRAY_ALLOC_ZERO(s->all, scratch, MARK_KEYS * MARK_LAGS, err);
  for (size_t first = 0; first < n; first += SOUNDS)
    FRAY_TRY(
        look(s, value + first, FRAY_MIN(n - first, (size_t)SOUNDS), scratch, found + first, err));
  for (size_t i = 0; i < MARK_KEYS * MARK_LAGS; i++)
    s->all[i] = fray_mark_pool(s->all[i], n);
  finish(s->all, all);
  return FRAY_OK;
}
