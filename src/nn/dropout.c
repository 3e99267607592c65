/* Dropout: masks from sixteen-bit draws, and their products with values and gradients. */
#include "fray/nn/dropout.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* 16-bit draws in one Philox block, its words of 64 bits; draws per pass */
enum { PER_BLOCK = 16, WORDS = 4, CHUNK = 1024 };

/* One block of the generator (four 64-bit words) is sixteen draws. The last block may be used in
 * part: what is left of it is dropped, so that a longer layer begins like a shorter one. */
static void draw16(struct fray_rng *rng, size_t n, uint64_t *out) {
  fray_rng_fill(rng, (n + PER_BLOCK - 1) / PER_BLOCK * WORDS, out);
}

/* The mask holds what a value is multiplied with, not a bit: backward is a product too. */
static FRAY_DISPATCH void apply(size_t n, const uint16_t *restrict draw, uint32_t threshold,
                                float keep, float *restrict x, float *restrict mask) {
  for (size_t i = 0; i < n; i++) {
    mask[i] = draw[i] < threshold ? 0.0f : keep;
    x[i] *= mask[i];
  }
}

struct fray_dropout fray_dropout_plan(const char *prefix, const char *name, double p) {
  char purpose[256];
  snprintf(purpose, sizeof purpose, "dropout/%s.%s", prefix, name);
  return (struct fray_dropout){.p = (float)p, .layer = fray_rng_purpose(purpose)};
}

bool fray_dropout_drops(const struct fray_dropout *dropout, const struct fray_pass *pass) {
  return pass->train && dropout->p > 0;
}

/* A run of draws, made and used while in the first-level cache. */
union made {
  uint64_t word[CHUNK / PER_BLOCK * WORDS];
  uint16_t draw[CHUNK];
};

/* Where drawing is: blocks are numbered, so those before the first value are not made. */
struct drawing {
  struct fray_rng rng;
  uint32_t threshold;
  float keep;
  size_t skipped; /* draws of the next block that belong to values before */
};

/* Sixteen bits a draw: p is met to 2^-17, with a quarter of the blocks that 64-bit draws would
 * take. */
static struct drawing begin(const struct fray_dropout *dropout, const struct fray_pass *pass,
                            size_t at) {
  struct drawing d = {
      .rng = fray_rng_keyed(pass->seed, dropout->layer, pass->who, pass->when, pass->step),
      .threshold = (uint32_t)lrintf(dropout->p * 65536.0f),
      .keep = 1 / (1 - dropout->p),
      .skipped = at % PER_BLOCK};
  d.rng.counter[3] = at / PER_BLOCK;
  return d;
}

/* Draws for the next of n values, as many as it returns. */
static size_t next(struct drawing *d, size_t n, union made *made, const uint16_t **draw) {
  const size_t skipped = d->skipped, m = FRAY_MIN(n, CHUNK - skipped);
  draw16(&d->rng, skipped + m, made->word);
  *draw = made->draw + skipped;
  d->skipped = 0;
  return m;
}

void fray_dropout_forward_from(const struct fray_dropout *dropout, const struct fray_pass *pass,
                               size_t at, size_t n, float *x, float *mask) {
  union made made;
  const uint16_t *draw;
  if (dropout->p <= 0 || !mask)
    return;
  struct drawing d = begin(dropout, pass, at);
  for (size_t i = 0, m; i < n; i += m) {
    m = next(&d, n - i, &made, &draw);
    apply(m, draw, d.threshold, d.keep, x + i, mask + i);
  }
}

/* What is cut needs no factor on the way back: nothing comes through. */
static FRAY_DISPATCH void apply_kept(size_t n, const uint16_t *restrict draw, uint32_t threshold,
                                     float keep, float *restrict x, int32_t *restrict kept) {
  for (size_t i = 0; i < n; i++) {
    x[i] *= draw[i] < threshold ? 0.0f : keep;
    kept[i] = draw[i] < threshold ? 0 : kept[i];
  }
}

void fray_dropout_forward_kept(const struct fray_dropout *dropout, const struct fray_pass *pass,
                               size_t at, size_t n, float *x, int32_t *kept) {
  union made made;
  const uint16_t *draw;
  if (!fray_dropout_drops(dropout, pass))
    return;
  struct drawing d = begin(dropout, pass, at);
  for (size_t i = 0, m; i < n; i += m) {
    m = next(&d, n - i, &made, &draw);
    apply_kept(m, draw, d.threshold, d.keep, x + i, kept + i);
  }
}

float fray_dropout_factor(const struct fray_dropout *dropout, const struct fray_pass *pass) {
  return fray_dropout_drops(dropout, pass) ? 1 / (1 - dropout->p) : 1;
}

void fray_dropout_forward(const struct fray_dropout *dropout, const struct fray_pass *pass,
                          size_t n, float *x, float *mask) {
  fray_dropout_forward_from(dropout, pass, 0, n, x, mask);
}

static FRAY_DISPATCH void multiply(size_t n, const float *restrict mask, float *restrict dx) {
  for (size_t i = 0; i < n; i++)
    dx[i] *= mask[i];
}

void fray_dropout_backward(size_t n, const float *mask, float *dx) {
  if (mask)
    multiply(n, mask, dx);
}

static FRAY_DISPATCH void product(size_t n, const float *restrict mask, const float *restrict dy,
                                  float *restrict dx) {
  for (size_t i = 0; i < n; i++)
    dx[i] = dy[i] * mask[i];
}

void fray_dropout_backward_to(size_t n, const float *mask, const float *dy, float *dx) {
  product(n, mask, dy, dx);
}
