/* Looking at pictures: residuals, whitened by their own spectrum, against all patterns at once.
 *
 * What pictures of a client have in common beside a mark (a stroke, the edge of a black half) would
 * outweigh it. In the cosine transform each coefficient is weighed by 1 / sqrt(power nearby), of
 * the residual and of the pattern alike: what lies in few coefficients counts little. With weights
 * w, z = sqrt(N) sum w c t / sqrt(sum w c^2 sum w t^2) for all keys and edits is two products of
 * matrices, of w c with t and of w with t^2. */
#include "fray/base/size.h"
#include "fray/tensor/blas.h"
#include "mark_parts.h"

#include <math.h>
#include <string.h>

enum { ROWS = 256 }; /* units in one product: fixed by the client, so that no rank changes bits */
static const double margin = 1.64;

/* Units on their way. */
struct units {
  struct fray_mark_bank *bank;
  size_t n, size;             /* size: pixels */
  float *residual, *weighted; /* (n, size) coefficients; w c */
  float *weight;              /* (n, size) */
  double *norm;               /* (n) sqrt(sum w c^2) */
  double *statistic;          /* (n, MARK_KEYS) */
  double *ours;               /* (n, edits) */
  double *alike;              /* (n) correlation of the pattern that fits best with that of none */
  float *top, *bottom;        /* (n, block x edits) */
};

/* The residual of a value: mean 0, norm 1; of several channels their mean. */
static enum fray_status make_residual(const struct fray_mark_bank *bank,
                                      const struct fray_mark_value *value, size_t channels,
                                      struct fray_arena *scratch, float *out,
                                      struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  const size_t size = bank->height * bank->width;
  double *x, *r, *sum, mean = 0, squares = 0;
  FRAY_ALLOC(x, scratch, size, err);
  FRAY_ALLOC(r, scratch, size, err);
  FRAY_ALLOC_ZERO(sum, scratch, size, err);
  for (size_t c = 0; c < channels; c++) {
    for (size_t i = 0; i < size; i++)
      x[i] = (double)value->x[i * channels + c];
    fray_mark_residual(x, bank->height, bank->width, r);
    for (size_t i = 0; i < size; i++)
      sum[i] += r[i];
  }
  for (size_t i = 0; i < size; i++)
    mean += sum[i] / (double)size;
  for (size_t i = 0; i < size; i++)
    squares += (sum[i] - mean) * (sum[i] - mean);
  const double scale = squares > 0 ? 1 / sqrt(squares) : 0;
  for (size_t i = 0; i < size; i++)
    out[i] = (float)((sum[i] - mean) * scale);
  fray_arena_rewind(scratch, place);
  return FRAY_OK;
}

/* Power of the coefficients around each, over 3 x 3 of them. */
static void smooth_power(const struct fray_mark_bank *bank, const float *c, double *out) {
  const size_t h = bank->height, w = bank->width;
  for (size_t row = 0; row < h; row++)
    for (size_t column = 0; column < w; column++) {
      double sum = 0;
      for (size_t r = row ? row - 1 : 0; r <= FRAY_MIN(row + 1, h - 1); r++)
        for (size_t k = column ? column - 1 : 0; k <= FRAY_MIN(column + 1, w - 1); k++)
          sum += (double)c[r * w + k] * (double)c[r * w + k];
      const int rows = 1 + (row > 0) + (row + 1 < h), columns = 1 + (column > 0) + (column + 1 < w);
      out[row * w + column] = sum / (rows * columns);
    }
}

/* The mean is no part of a pattern: its weight is 0. A spectrum with holes, as of a picture that
 * was small once, has a floor: what is hardly there must not decide alone. */
static enum fray_status weigh(struct units *u, size_t i, struct fray_arena *scratch,
                              struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  const float *c = u->residual + i * u->size;
  float *w = u->weight + i * u->size, *wc = u->weighted + i * u->size;
  double *power, total = 0, norm = 0;
  FRAY_ALLOC(power, scratch, u->size, err);
  smooth_power(u->bank, c, power);
  for (size_t k = 0; k < u->size; k++)
    total += power[k];
  const double least = 1e-6 * total / (double)u->size;
  for (size_t k = 0; k < u->size; k++) {
    w[k] = k && total > 0 ? (float)(1 / sqrt(fmax(power[k], least))) : 0;
    wc[k] = w[k] * c[k];
    norm += (double)wc[k] * (double)c[k];
  }
  u->norm[i] = sqrt(norm);
  fray_arena_rewind(scratch, place);
  return FRAY_OK;
}

/* Both products belong together by unit and pattern; one of them without the other is no z. */
static double z_at(const struct units *u, size_t i, size_t width, size_t column) {
  const double top = (double)u->top[i * width + column];
  const double bottom = u->norm[i] * sqrt(fmax((double)u->bottom[i * width + column], 0));
  return bottom > 0 ? sqrt((double)u->size) * top / bottom : 0;
}

/* Two patterns of our key, as unit i weighs them. */
static double likeness(const struct units *u, size_t i, size_t edit) {
  const float *w = u->weight + i * u->size, *none = u->bank->coefficient;
  const float *other = none + edit * u->size;
  double a = 0, b = 0, ab = 0;
  for (size_t k = 0; k < u->size; k++) {
    a += (double)w[k] * (double)none[k] * (double)none[k];
    b += (double)w[k] * (double)other[k] * (double)other[k];
    ab += (double)w[k] * (double)none[k] * (double)other[k];
  }
  return a > 0 && b > 0 ? ab / sqrt(a * b) : 0;
}

/* From one block of keys. */
static void take_block(struct units *u, size_t first, size_t n) {
  const size_t edits = u->bank->n_edits, width = n * edits;
  for (size_t i = 0; i < u->n; i++)
    for (size_t k = 0; k < n; k++) {
      double most = 0;
      size_t best = 0;
      for (size_t e = 0; e < edits; e++) {
        const double z = z_at(u, i, width, k * edits + e);
        if (first + k == 0)
          u->ours[i * edits + e] = z;
        if (fabs(z) > most) {
          most = fabs(z);
          best = e;
        }
      }
      u->statistic[i * MARK_KEYS + first + k] = most;
      if (first + k == 0)
        u->alike[i] = likeness(u, i, best);
    }
}

/* All units against all keys. Ours comes first, in whose block `likeness` finds it. */
static enum fray_status compare(struct units *u, struct fray_arena *scratch, struct fray_err *err) {
  for (size_t first = 0; first < MARK_KEYS; first += u->bank->block) {
    FRAY_TRY(mark_hold_keys(u->bank, first, scratch, err));
    const size_t n = u->bank->made, width = n * u->bank->n_edits;
    fray_gemm(false, true, u->n, width, u->size, 1, u->weighted, u->size, u->bank->coefficient,
              u->size, 0, u->top, width);
    fray_gemm(false, true, u->n, width, u->size, 1, u->weight, u->size, u->bank->square, u->size, 0,
              u->bottom, width);
    take_block(u, first, n);
  }
  return FRAY_OK;
}

/* For all units of a product; what it takes is bounded by ROWS. */
static enum fray_status make_room(struct units *u, size_t n, struct fray_arena *arena,
                                  struct fray_err *err) {
  const size_t width = u->bank->block * u->bank->n_edits;
  FRAY_ALLOC(u->residual, arena, n * u->size, err);
  FRAY_ALLOC(u->weighted, arena, n * u->size, err);
  FRAY_ALLOC(u->weight, arena, n * u->size, err);
  FRAY_ALLOC(u->norm, arena, n, err);
  FRAY_ALLOC(u->statistic, arena, n * MARK_KEYS, err);
  FRAY_ALLOC(u->ours, arena, n * u->bank->n_edits, err);
  FRAY_ALLOC(u->alike, arena, n, err);
  FRAY_ALLOC(u->top, arena, n * width, err);
  FRAY_ALLOC(u->bottom, arena, n * width, err);
  return FRAY_OK;
}

/* 0 left above, 1 right above, 2 left below, 3 right below, in the picture as it is now. */
static size_t quarter_of(const struct fray_mark_bank *bank, size_t pixel) {
  const size_t row = pixel / bank->width, column = pixel % bank->width;
  return (row >= bank->height / 2 ? 2u : 0u) + (column >= bank->width / 2 ? 1u : 0u);
}

/* By quarter what unit i has of a key's pattern under an edit, in the direction that ours has. */
static enum fray_status by_quarter(const struct units *u, size_t key, size_t edit,
                                   const float *picture, double sign, struct fray_arena *scratch,
                                   double out[FRAY_MARK_QUARTERS], struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  const struct fray_mark_bank *bank = u->bank;
  float *base, *pattern;
  FRAY_ALLOC(base, scratch, u->size, err);
  FRAY_ALLOC(pattern, scratch, u->size, err);
  FRAY_TRY(
      fray_mark_picture_pattern(bank->key[key], bank->height, bank->width, scratch, base, err));
  FRAY_TRY(mark_edited_pattern(bank, base, edit, scratch, pattern, err));
  memset(out, 0, FRAY_MARK_QUARTERS * sizeof *out);
  for (size_t k = 0; k < u->size; k++)
    out[quarter_of(bank, k)] += sign * (double)picture[k] * (double)pattern[k];
  fray_arena_rewind(scratch, place);
  return FRAY_OK;
}

/* A quarter lacks the mark if more than half of the random keys fit it as well as ours does; that
 * says something only where another quarter surely has it. */
static enum fray_status find_replaced(const struct units *u, size_t i, struct fray_arena *scratch,
                                      struct fray_mark_found *found, struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  float *picture, *room;
  double(*fit)[FRAY_MARK_QUARTERS], random[FRAY_MARK_RANDOM];
  unsigned lacks = 0, holds = 0;
  FRAY_ALLOC(picture, scratch, u->size, err);
  FRAY_ALLOC(room, scratch, u->size, err);
  FRAY_ALLOC(fit, scratch, MARK_KEYS, err);
  mark_transform(u->bank, true, 1, u->weighted + i * u->size, room, picture);
  for (size_t k = 0; k < MARK_KEYS; k++)
    FRAY_TRY(
        by_quarter(u, k, found->edit, picture, found->inverted ? -1 : 1, scratch, fit[k], err));
  for (size_t q = 0; q < FRAY_MARK_QUARTERS; q++) {
    for (size_t k = 0; k < FRAY_MARK_RANDOM; k++)
      random[k] = fit[1 + k][q];
    const double p = fray_mark_p(fit[0][q], random, FRAY_MARK_RANDOM);
    lacks |= (unsigned)(p > .5) << q;
    holds |= (unsigned)(p <= .05) << q;
  }
  found->replaced = holds ? (uint8_t)lacks : 0;
  fray_arena_rewind(scratch, place);
  return FRAY_OK;
}

/* Patterns of edits that are nearly none differ by less than others do, and so does the noise of
 * what they say: by sqrt(1 - their correlation). */
static void conclude(const struct units *u, size_t i, struct fray_mark_found *out) {
  const double *ours = u->ours + i * u->bank->n_edits;
  mark_conclude(u->bank->n_edits, ours, u->statistic + i * MARK_KEYS, out);
  out->edited = out->statistic - fabs(ours[0]) > margin * sqrt(fmax(1 - u->alike[i], 0));
}

/* Values first .. first + u->n - 1, the last of which is the client if `all` is not NULL. sum:
 * coefficients of all residuals so far. */
static enum fray_status look(struct units *u, const struct fray_mark_value *value, size_t n,
                             size_t channels, double *sum, size_t of, struct fray_arena *scratch,
                             struct fray_mark_found *found, struct fray_mark_found *all,
                             struct fray_err *err) {
  float *x = u->weighted; /* until it is needed */
  u->n = n + (all != NULL);
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(make_residual(u->bank, &value[i], channels, scratch, x + i * u->size, err));
  mark_transform(u->bank, false, n, x, u->weight, u->residual);
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < u->size; k++)
      sum[k] += (double)u->residual[i * u->size + k];
  for (size_t k = 0; all && k < u->size; k++)
    u->residual[n * u->size + k] = (float)fray_mark_pool(sum[k], of);
  for (size_t i = 0; i < u->n; i++)
    FRAY_TRY(weigh(u, i, scratch, err));
  FRAY_TRY(compare(u, scratch, err));
  for (size_t i = 0; i < n; i++)
    conclude(u, i, &found[i]);
  if (!all)
    return FRAY_OK;
  conclude(u, n, all);
  return all->p <= .05 ? find_replaced(u, n, scratch, all, err) : FRAY_OK;
}

/* A client of thousands of pictures is looked at in pieces, and its own row follows the last. */
enum fray_status mark_look_pictures(struct fray_mark_bank *bank,
                                    const struct fray_mark_value *value, size_t n, size_t channels,
                                    struct fray_arena *scratch, struct fray_mark_found *found,
                                    struct fray_mark_found *all, struct fray_err *err) {
  struct units u = {.bank = bank, .size = bank->height * bank->width};
  double *sum;
  FRAY_TRY(make_room(&u, FRAY_MIN(n, (size_t)ROWS) + 1, scratch, err));
  FRAY_ALLOC_ZERO(sum, scratch, u.size, err);
  for (size_t first = 0; first < n; first += ROWS) {
    const size_t some = FRAY_MIN(n - first, (size_t)ROWS);
    FRAY_TRY(look(&u, value + first, some, channels, sum, n, scratch, found + first,
                  first + some == n ? all : NULL, err));
  }
  return FRAY_OK;
}
