/* Moving frequencies by a map that is no multiple: a phase vocoder. Magnitudes are read where they
 * come from; phases run on at the frequency that a bin has now, so that a tone stays one tone at
 * its new place. Copying bins with their old phases, as nlpaug does, makes a tone flutter with the
 * frames. */
#include "mix.h"
#include "retime.h"

#include "fray/base/size.h"
#include "fray/signal/fft.h"

#include <math.h>
#include <string.h>

enum { OVERLAP = 4 };

struct fray_warp fray_warp_of(double a, double rate) {
  const double top = fmin(4800, .6 * rate / 2) * fmin(a, 1);
  return (struct fray_warp){.from = top / a, .to = top, .half = rate / 2};
}

double fray_warp_there(const struct fray_warp *w, double hz) {
  return hz <= w->from ? hz * (w->to / w->from)
                       : w->half - (w->half - w->to) / (w->half - w->from) * (w->half - hz);
}

double fray_warp_back(const struct fray_warp *w, double hz) {
  const struct fray_warp inverse = {.from = w->to, .to = w->from, .half = w->half};
  return fray_warp_there(&inverse, hz);
}

/* Tables and state of one sound; arrays (bins) unless said otherwise. */
struct vocoder {
  size_t n, hop, bins;
  struct fray_fft *forward, *inverse;
  float *window, *frame; /* (n) */
  float *spectrum;       /* (bins, 2) */
  float *level, *phase;  /* level (bins + 1) */
  float *source;         /* bin that each comes from */
  double *turn;          /* phase of what is put out, in turns */
  double *speed;         /* turns a hop, of what each bin of the source holds, at its new place */
};

static enum fray_status vocoder_make(struct vocoder *v, const struct fray_warp *warp, double rate,
                                     struct fray_arena *arena, struct fray_err *err) {
  *v = (struct vocoder){.n = fray_fft_length(FRAY_MAX((size_t)lrint(.032 * rate), 16))};
  while (v->n % OVERLAP)
    v->n = fray_fft_length(v->n + 1);
  v->hop = v->n / OVERLAP;
  v->bins = v->n / 2 + 1;
  FRAY_TRY(fray_fft_new(v->n, false, arena, &v->forward, err));
  FRAY_TRY(fray_fft_new(v->n, true, arena, &v->inverse, err));
  FRAY_ALLOC(v->window, arena, v->n, err);
  FRAY_ALLOC(v->frame, arena, v->n, err);
  FRAY_ALLOC(v->spectrum, arena, 2 * v->bins, err);
  FRAY_ALLOC(v->level, arena, v->bins + 1, err);
  FRAY_ALLOC_ZERO(v->phase, arena, v->bins, err);
  FRAY_ALLOC(v->source, arena, v->bins, err);
  FRAY_ALLOC(v->turn, arena, v->bins, err);
  FRAY_ALLOC(v->speed, arena, v->bins, err);
  for (size_t i = 0; i < v->n; i++)
    v->window[i] = (float)(0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)v->n));
  for (size_t k = 0; k < v->bins; k++)
    v->source[k] =
        (float)fmin(fray_warp_back(warp, (double)k * rate / (double)v->n) * (double)v->n / rate,
                    (double)(v->bins - 1));
  return FRAY_OK;
}

/* Turns phases from those at the beginning of a frame to those in its middle, and back. There all
 * bins of one tone agree; at the beginning neighbours are half a turn apart, and would cancel each
 * other wherever two of them read the same bin of the source. */
static void centre(struct vocoder *v) {
  for (size_t k = 1; k < v->bins; k += 2) {
    v->spectrum[2 * k] = -v->spectrum[2 * k];
    v->spectrum[2 * k + 1] = -v->spectrum[2 * k + 1];
  }
}

/* Magnitudes, and the frequency in each bin: by how much its phase ran on since the frame before,
 * beyond what its middle does. */
static void analyse(struct vocoder *v, const struct fray_warp *warp, double rate) {
  for (size_t j = 0; j < v->bins; j++) {
    const float re = v->spectrum[2 * j], im = v->spectrum[2 * j + 1];
    const float phase = atan2f(im, re) / (float)(2 * M_PI); /* turns */
    const double middle = (double)j / OVERLAP;              /* turns a hop */
    double beyond = (double)(phase - v->phase[j]) - middle;
    beyond -= rint(beyond);
    v->level[j] = sqrtf(re * re + im * im);
    v->phase[j] = phase;
    const double hz = (middle + beyond) / (double)v->hop * rate;
    v->speed[j] = fray_warp_there(warp, fmin(fmax(hz, 0), warp->half)) / rate * (double)v->hop;
  }
  v->level[v->bins] = 0;
}

static void synthesise(struct vocoder *v, bool first) {
  for (size_t k = 0; k < v->bins; k++) {
    const size_t below = (size_t)v->source[k], nearest = (size_t)lrintf(v->source[k]);
    const float part = v->source[k] - (float)below;
    const float level = v->level[below] + part * (v->level[below + 1] - v->level[below]);
    v->turn[k] = first ? (double)v->phase[nearest] : v->turn[k] + v->speed[nearest];
    v->turn[k] -= rint(v->turn[k]);
    const float angle = (float)(2 * M_PI * v->turn[k]);
    v->spectrum[2 * k] = level * cosf(angle);
    v->spectrum[2 * k + 1] = level * sinf(angle);
  }
  centre(v);
  fray_fft_inverse(v->inverse, v->spectrum, v->frame);
}

/* Frames begin before the sound and end behind it, so that each sample is in OVERLAP of them. Both
 * windows together, Hann squared, sum to 1.5 at a quarter of their length. */
enum fray_status fray_warp_sound(const struct fray_warp *warp, double rate, float *x, size_t n,
                                 struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  struct vocoder v;
  float *padded, *sum;
  FRAY_TRY(vocoder_make(&v, warp, rate, scratch, err));
  const size_t room = n + 3 * v.n;
  FRAY_ALLOC_ZERO(padded, scratch, room, err);
  FRAY_ALLOC_ZERO(sum, scratch, room, err);
  memcpy(padded + v.n, x, n * sizeof *x);
  for (size_t from = v.hop; from < n + v.n; from += v.hop) {
    for (size_t i = 0; i < v.n; i++)
      v.frame[i] = padded[from + i] * v.window[i];
    fray_fft_forward(v.forward, v.frame, v.spectrum);
    centre(&v);
    analyse(&v, warp, rate);
    synthesise(&v, from == v.hop);
    for (size_t i = 0; i < v.n; i++)
      sum[from + i] += v.frame[i] * v.window[i] / (float)(OVERLAP * .375);
  }
  /* Phases of the bins of one voice no longer agree, and cancel in part: some 2 to 3 dB of speech.
   * Level is no part of a vocal tract, so it is given back. */
  const double before = fray_rms(x, n), after = fray_rms(sum + v.n, n);
  const float gain = after > 0 ? (float)(before / after) : 1;
  for (size_t i = 0; i < n; i++)
    x[i] = gain * sum[v.n + i];
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}
