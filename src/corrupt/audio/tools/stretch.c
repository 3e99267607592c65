/* Faster and slower at the same pitch: pieces of the sound are laid over each other closer together
 * or further apart. Each piece is taken not exactly from its place, but where it fits the one
 * before, so that tones run on; that is all there is to WSOLA, and transients may be heard twice.
 */
#include "retime.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

enum { LANES = 8 };

/* Work of one call. */
struct stretch {
  const float *x;       /* padded: x[0] is `margin` samples before the sound */
  const double *energy; /* of all before each sample of it */
  size_t half, far; /* samples: half a piece, a multiple of LANES; how far a piece may be moved */
  size_t stride;    /* of the first look: high rates are looked through in steps */
};

/* How alike the piece at a place and another are: their correlation, signed and squared, over the
 * energy of the first alone, since that of the other is the same for all places. */
static double likeness(const struct stretch *s, size_t at, const float *b) {
  const float *a = s->x + at;
  const size_t n = 2 * s->half;
  const double power = s->energy[at + n] - s->energy[at];
  float product[LANES] = {0};
  double sum = 0;
  for (size_t j = 0; j < n; j += LANES)
    for (size_t l = 0; l < LANES; l++)
      product[l] += a[j + l] * b[j + l];
  for (size_t l = 0; l < LANES; l++)
    sum += (double)product[l];
  return power > 0 ? sum * fabs(sum) / power : 0;
}

/* Where from at - far to at + far a piece is most like what would have come next. Its own place is
 * asked first, so that silence stays where it is. */
static size_t best_place(const struct stretch *s, size_t at, const float *next) {
  size_t best = at, rough;
  double most = likeness(s, at, next);
  for (size_t d = 0; d <= 2 * s->far; d += s->stride) {
    const double like = likeness(s, at - s->far + d, next);
    if (like > most * (1 + 1e-6)) {
      most = like;
      best = at - s->far + d;
    }
  }
  rough = best;
  for (size_t d = 1; d < 2 * s->stride; d++) {
    const size_t candidate = rough + d - s->stride;
    const double like = likeness(s, candidate, next);
    if (like > most * (1 + 1e-6)) {
      most = like;
      best = candidate;
    }
  }
  return best;
}

/* Pieces of 40 ms, 20 ms apart, 10 ms of room; at low rates still some samples. */
static void sizes(struct stretch *s, double rate) {
  s->half = FRAY_MAX((size_t)lrint(.02 * rate) / LANES * LANES, LANES);
  s->far = s->half / 2;
  s->stride = FRAY_MAX((size_t)lrint(rate / 16000), 1);
}

enum fray_status fray_stretch(const float *x, size_t n, double rate, double pace, float *out,
                              size_t m, struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  struct stretch s;
  float *padded, *fade;
  double *energy;
  sizes(&s, rate);
  const size_t margin = 4 * s.half + s.stride;
  FRAY_ALLOC_ZERO(padded, scratch, n + 3 * margin, err);
  FRAY_ALLOC(fade, scratch, 2 * s.half, err);
  memcpy(padded + margin, x, n * sizeof *x);
  FRAY_ALLOC(energy, scratch, n + 3 * margin + 1, err);
  energy[0] = 0;
  for (size_t i = 0; i < n + 3 * margin; i++)
    energy[i + 1] = energy[i] + (double)padded[i] * (double)padded[i];
  s.x = padded;
  s.energy = energy;
  /* Two such windows half a piece apart sum to 1. */
  for (size_t i = 0; i < 2 * s.half; i++)
    fade[i] = (float)(0.5 - 0.5 * cos(M_PI * (double)i / (double)s.half));
  memset(out, 0, m * sizeof *out);
  size_t last = 0;
  /* Piece k lies around k * half of the output: its own half before, and half behind. */
  for (size_t k = 0; k * s.half < m + s.half; k++) {
    const double place = (double)(k * s.half) * pace;
    if (place >= (double)(n + s.half))
      break;
    const size_t at = (size_t)llrint(place) + margin - s.half;
    last = k == 0 ? at : best_place(&s, at, padded + last + s.half);
    for (size_t i = k == 0 ? s.half : 0; i < 2 * s.half && (k * s.half + i) < m + s.half; i++)
      out[k * s.half + i - s.half] += fade[i] * padded[last + i];
  }
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}
