/* The bank: patterns of all keys under the edits that a mark is looked for after. */
#include "fray/base/size.h"
#include "fray/corrupt/affine.h"
#include "fray/corrupt/resizing.h"
#include "fray/tensor/blas.h"
#include "mark_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Picture edits in their order: 8 that keep the grid, 10 rotations, 24 shifts, 9 sizes. */
enum { TURNS = 8, ROTATIONS = 10, SHIFTS = 24, SIZES = 9, STEP = 3, REACH = 2 };
enum { AFTER_TURNS = ROTATIONS, AFTER_ROTATIONS = ROTATIONS + SHIFTS };
enum { HELD_BYTES = 1 << 28 }; /* of coefficients and their squares */

/* Quarter turns exchange the sides, so where they differ there are half as many. */
static size_t turns_of(const struct fray_mark_bank *bank) {
  return bank->height == bank->width ? TURNS : TURNS / 2;
}

/* -15, -12, .. without 0. */
static int angle_of(size_t i) {
  const int angle = ((int)i - ROTATIONS / 2) * STEP;
  return angle >= 0 ? angle + STEP : angle;
}

/* Row by row of the square of shifts, without its middle. */
static void shift_of(size_t i, int *right, int *down) {
  const int place = (int)i + (i >= SHIFTS / 2);
  *down = place / (2 * REACH + 1) - REACH;
  *right = place % (2 * REACH + 1) - REACH;
}

/* Shares of the side that a picture was resized to on the way: .5 to .9. Two sizes leave other
 * pixels where they are, so the steps are fine: of .75 a bank of tenths names .9 as often as its
 * neighbours.
 */
static double size_of(size_t i) {
  return (double)(10 + i) / 20;
}

/* Of turn i: quarters to the left, and whether it was mirrored before. */
static void turn_of(const struct fray_mark_bank *bank, size_t i, size_t *quarters, bool *flip) {
  *quarters = bank->height == bank->width ? i / 2 : i / 2 * 2;
  *flip = i % 2;
}

/* Names are of what was done to the picture, not of what would undo it. */
static void name_turn(const struct fray_mark_bank *bank, size_t i, char out[24]) {
  size_t quarters;
  bool flip;
  turn_of(bank, i, &quarters, &flip);
  if (i == 0)
    snprintf(out, 24, "none");
  else if (quarters == 0)
    snprintf(out, 24, "mirror");
  else
    snprintf(out, 24, "%sturn %u", flip ? "mirror " : "", (unsigned)quarters % 4 * 90);
}

/* 0, 1, -1, 2, -2, ...; those of the other direction follow. */
ptrdiff_t mark_lag_of(size_t edit, bool *backwards) {
  *backwards = edit >= MARK_LAGS;
  const size_t place = *backwards ? edit - MARK_LAGS : edit;
  const ptrdiff_t size = (ptrdiff_t)(place + 1) / 2;
  return place % 2 ? size : -size;
}

/* The first of either direction is that without a lag. */
static void name_sound(size_t edit, char out[24]) {
  bool backwards;
  const ptrdiff_t lag = mark_lag_of(edit, &backwards);
  const char *way = backwards ? "backwards" : "";
  if (lag == 0)
    snprintf(out, 24, "%s", backwards ? way : "none");
  else
    snprintf(out, 24, "%s%slag %d", way, backwards ? " " : "", (int)lag);
}

/* Made when it is asked for: names are for tables, and a bank holds numbers. The order of edits is
 * part of what is compared, since of two that fit alike the first is named. */
struct fray_mark_edit fray_mark_edit_at(const struct fray_mark_bank *bank, size_t edit) {
  struct fray_mark_edit out = {"none"};
  const size_t turns = turns_of(bank);
  if (bank->is_sound)
    name_sound(edit, out.name);
  else if (edit < turns)
    name_turn(bank, edit, out.name);
  else if (edit < turns + AFTER_TURNS)
    snprintf(out.name, sizeof out.name, "rotation %d", angle_of(edit - turns));
  else if (edit < turns + AFTER_ROTATIONS) {
    int right, down;
    shift_of(edit - turns - AFTER_TURNS, &right, &down);
    snprintf(out.name, sizeof out.name, "shift %d %d", right, down);
  } else
    snprintf(out.name, sizeof out.name, "resize %g", size_of(edit - turns - AFTER_ROTATIONS));
  return out;
}

/* What a reader of tables counts with; the bank itself is opaque. */
size_t fray_mark_edits(const struct fray_mark_bank *bank) {
  return bank->n_edits;
}

/* out[y][x] of a picture that was mirrored left to right and then turned to the left. */
static void turn(const struct fray_mark_bank *bank, size_t i, const float *x, float *out) {
  const size_t h = bank->height, w = bank->width;
  size_t quarters;
  bool flip;
  turn_of(bank, i, &quarters, &flip);
  for (size_t row = 0; row < h; row++)
    for (size_t column = 0; column < w; column++) {
      /* Turned to the left: the right edge of what was there is now on top. */
      const size_t from_row[] = {row, column, h - 1 - row, h - 1 - column};
      const size_t from_column[] = {column, w - 1 - row, w - 1 - column, row};
      const size_t c = from_column[quarters % 4];
      out[row * w + column] = x[from_row[quarters % 4] * w + (flip ? w - 1 - c : c)];
    }
}

/* What moves out is gone, and what comes in holds nothing: a pattern has mean 0. */
static void shift(const struct fray_mark_bank *bank, size_t i, const float *x, float *out) {
  const ptrdiff_t h = (ptrdiff_t)bank->height, w = (ptrdiff_t)bank->width;
  int right, down;
  shift_of(i, &right, &down);
  for (ptrdiff_t row = 0; row < h; row++)
    for (ptrdiff_t column = 0; column < w; column++) {
      const ptrdiff_t r = row - down, c = column - right;
      out[row * w + column] = r >= 0 && r < h && c >= 0 && c < w ? x[r * w + c] : 0;
    }
}

/* What the residual of a picture keeps of a pattern: not its smooth part. The median of 3 x 3 is
 * no linear filter; the mean of 3 x 3 stands for it. */
static enum fray_status take_mean_off(const struct fray_mark_bank *bank, float *x,
                                      struct fray_arena *scratch, struct fray_err *err) {
  const size_t h = bank->height, w = bank->width;
  float *sum; /* of three in a row */
  FRAY_ALLOC(sum, scratch, h * w, err);
  for (size_t row = 0; row < h; row++)
    for (size_t c = 0; c < w; c++)
      sum[row * w + c] =
          x[row * w + (c ? c - 1 : 0)] + x[row * w + c] + x[row * w + FRAY_MIN(c + 1, w - 1)];
  for (size_t row = 0; row < h; row++)
    for (size_t c = 0; c < w; c++)
      x[row * w + c] -= (sum[(row ? row - 1 : 0) * w + c] + sum[row * w + c] +
                         sum[FRAY_MIN(row + 1, h - 1) * w + c]) /
                        9;
  return FRAY_OK;
}

/* By the same filters as the kinds of damage use, so that the pattern is moved and smoothed as a
 * picture is; a pattern needs no light cut off at 0 and 1. */
enum fray_status mark_edited_pattern(const struct fray_mark_bank *bank, const float *base,
                                     size_t edit, struct fray_arena *scratch, float *out,
                                     struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  const size_t h = bank->height, w = bank->width, turns = turns_of(bank);
  if (edit < turns) {
    turn(bank, edit, base, out);
  } else if (edit < turns + AFTER_TURNS) {
    const double angle = angle_of(edit - turns) * M_PI / 180;
    fray_affine_warp(
        base, h, w, 1,
        fray_affine_about_middle(cos(angle), -sin(angle), sin(angle), cos(angle), 0, 0, h, w),
        FRAY_EDGE_ZERO, out);
  } else if (edit < turns + AFTER_ROTATIONS) {
    shift(bank, edit - turns - AFTER_TURNS, base, out);
  } else {
    memcpy(out, base, h * w * sizeof *out);
    FRAY_TRY(fray_resize_there_and_back(out, h, w, 1, size_of(edit - turns - AFTER_ROTATIONS),
                                        FRAY_RESIZE_TRIANGLE, scratch, err));
  }
  const enum fray_status status = take_mean_off(bank, out, scratch, err);
  fray_arena_rewind(scratch, place);
  return status;
}

/* The orthonormal cosine transform of length n: row k holds cos(pi (2 i + 1) k / 2 n). It sees a
 * picture as mirrored at its edges, so they are no jump. */
static enum fray_status make_cosines(size_t n, struct fray_arena *arena, float **out,
                                     struct fray_err *err) {
  FRAY_ALLOC(*out, arena, n * n, err);
  for (size_t k = 0; k < n; k++)
    for (size_t i = 0; i < n; i++)
      (*out)[k * n + i] = (float)(sqrt((k ? 2. : 1.) / (double)n) *
                                  cos(M_PI * (double)(2 * i + 1) * (double)k / (2. * (double)n)));
  return FRAY_OK;
}

/* Along the rows of all pictures in one product; down the columns picture by picture, as these lie
 * behind one another. */
void mark_transform(const struct fray_mark_bank *bank, bool back, size_t n, const float *x,
                    float *room, float *out) {
  const size_t h = bank->height, w = bank->width;
  fray_gemm(false, !back, n * h, w, w, 1, x, w, bank->along, w, 0, room, w);
  for (size_t i = 0; i < n; i++)
    fray_gemm(back, false, h, w, h, 1, bank->down, h, room + i * h * w, w, 0, out + i * h * w, w);
}

/* All edits of one key. */
static enum fray_status make_key(struct fray_mark_bank *bank, size_t key, size_t at,
                                 struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  const size_t size = bank->height * bank->width, n = bank->n_edits;
  float *base, *edited, *room, *c = bank->coefficient + at * n * size;
  FRAY_ALLOC(base, scratch, size, err);
  FRAY_ALLOC(edited, scratch, n * size, err);
  FRAY_ALLOC(room, scratch, n * size, err);
  FRAY_TRY(
      fray_mark_picture_pattern(bank->key[key], bank->height, bank->width, scratch, base, err));
  for (size_t e = 0; e < n; e++)
    FRAY_TRY(mark_edited_pattern(bank, base, e, scratch, edited + e * size, err));
  mark_transform(bank, false, n, edited, room, c);
  for (size_t i = 0; i < n * size; i++)
    bank->square[at * n * size + i] = c[i] * c[i];
  fray_arena_rewind(scratch, place);
  return FRAY_OK;
}

/* Every key is made again in each block that comes round, if not all of them fit: memory is bounded
 * whatever the size of the pictures. */
enum fray_status mark_hold_keys(struct fray_mark_bank *bank, size_t first,
                                struct fray_arena *scratch, struct fray_err *err) {
  const size_t n = FRAY_MIN(bank->block, MARK_KEYS - first);
  if (bank->made == n && bank->first == first)
    return FRAY_OK;
  bank->made = 0; /* until all are */
  for (size_t k = 0; k < n; k++)
    FRAY_TRY(make_key(bank, first + k, k, scratch, err));
  bank->first = first;
  bank->made = n;
  return FRAY_OK;
}

/* Ours first, and then those that it is counted among. */
static enum fray_status begin(struct fray_mark_key key, struct fray_arena *arena,
                              struct fray_mark_bank **out, struct fray_err *err) {
  FRAY_ALLOC_ZERO(*out, arena, 1, err);
  (*out)->arena = arena;
  (*out)->key[0] = key;
  for (size_t k = 1; k < MARK_KEYS; k++)
    (*out)->key[k] = fray_mark_random_key(k - 1);
  return FRAY_OK;
}

/* Nothing is drawn yet: patterns are made when a client is first looked at, since whoever asks for
 * what is not there should not wait for them. */
enum fray_status fray_mark_picture_bank(struct fray_mark_key key, size_t height, size_t width,
                                        struct fray_arena *arena, struct fray_mark_bank **out,
                                        struct fray_err *err) {
  struct fray_mark_bank *bank;
  FRAY_TRY(begin(key, arena, &bank, err));
  bank->height = height;
  bank->width = width;
  bank->n_edits = turns_of(bank) + ROTATIONS + SHIFTS + SIZES;
  FRAY_TRY(make_cosines(height, arena, &bank->down, err));
  FRAY_TRY(make_cosines(width, arena, &bank->along, err));
  /* Of pictures of the usual sizes all keys are held at once; of large ones some. */
  const size_t values = bank->n_edits * height * width;
  const size_t most = HELD_BYTES / (2 * sizeof(float)) / values;
  bank->block = FRAY_MAX(FRAY_MIN(most, (size_t)MARK_KEYS), (size_t)1);
  FRAY_ALLOC(bank->coefficient, arena, bank->block * values, err);
  FRAY_ALLOC(bank->square, arena, bank->block * values, err);
  *out = bank;
  return FRAY_OK;
}

/* All patterns at once: they are short, and every sound needs all of them. */
enum fray_status fray_mark_sound_bank(struct fray_mark_key key, size_t longest, double rate,
                                      struct fray_arena *arena, struct fray_mark_bank **out,
                                      struct fray_err *err) {
  struct fray_mark_bank *bank;
  FRAY_TRY(begin(key, arena, &bank, err));
  bank->is_sound = true;
  bank->n_edits = MARK_SOUND_EDITS;
  bank->steps = FRAY_MIN(longest, (size_t)FRAY_MARK_STEPS) + FRAY_MARK_LAG;
  bank->frame = fray_mark_width(rate);
  bank->frames = (bank->steps - FRAY_MARK_LAG) / bank->frame;
  FRAY_ALLOC(bank->pattern, arena, MARK_KEYS * bank->steps, err);
  for (size_t k = 0; k < MARK_KEYS; k++)
    fray_mark_sound_pattern(bank->key[k], bank->steps, bank->pattern + k * bank->steps);
  *out = bank;
  return FRAY_OK;
}
