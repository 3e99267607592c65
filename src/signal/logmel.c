/* Log-mel energies and MFCC. Tables are made in double and stored as float; the work on frames is
 * in float, in a fixed order, so that one machine always hears the same. */
#include "fray/signal/logmel.h"

#include "fray/base/arena.h"
#include "fray/base/size.h"

#include <kiss_fftr.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bounds that keep tables small and counts of samples inside an int, whatever a scenario says. */
enum { LONGEST_FRAME = 65536, MOST_BANDS = 1024 };

struct band {             /* one triangular filter, on the FFT bins where it is not zero */
  size_t first, n, start; /* first bin, bins, place in weights */
};

/* All arrays lie in the arena; the plan is KissFFT's and is freed apart. */
struct fray_logmel {
  struct fray_arena arena;
  struct fray_logmel_config config;
  size_t frame, hop, fft;
  kiss_fftr_cfg plan;
  float *window, *input; /* (frame), (fft) */
  kiss_fft_cpx *spectrum;
  float *power; /* (fft / 2 + 1) */
  struct band *band;
  float *weight; /* of all bands, one after the other */
  float *dct;    /* (coefficients, bands) */
  float *energy; /* (bands) */
};

static double mel_of(double hz) {
  return 2595.0 * log10(1.0 + hz / 700.0);
}

static double hz_of(double mel) {
  return 700.0 * (pow(10.0, mel / 2595.0) - 1.0);
}

/* Ranges are tested by what must hold, so that a NaN is refused as well. 1.5 samples round to the 2
 * that a frame needs at least, 0.5 to a hop of 1. */
static enum fray_status check_config(const struct fray_logmel_config *c, struct fray_err *err) {
  FRAY_CHECK(c->rate >= 1 && c->rate <= 1e6, err, INPUT, "rate %g Hz is not in [1, 1e6]", c->rate);
  double samples = c->frame_ms * c->rate / 1000, hop = c->hop_ms * c->rate / 1000;
  FRAY_CHECK(samples >= 1.5 && samples <= LONGEST_FRAME, err, INPUT,
             "frame of %g ms is %g samples at %g Hz, not in [2, %d]", c->frame_ms, samples, c->rate,
             LONGEST_FRAME);
  FRAY_CHECK(hop >= 0.5 && hop <= 1e9, err, INPUT, "hop of %g ms is less than a sample at %g Hz",
             c->hop_ms, c->rate);
  double high = c->high_hz > 0 ? c->high_hz : c->rate / 2;
  FRAY_CHECK(high <= c->rate / 2, err, INPUT,
             "upper band edge of %g Hz lies above half the rate, %g Hz", high, c->rate / 2);
  FRAY_CHECK(c->low_hz >= 0 && c->low_hz < high, err, INPUT,
             "lower band edge of %g Hz is not in [0, %g)", c->low_hz, high);
  FRAY_CHECK(c->bands >= 1 && c->bands <= MOST_BANDS, err, INPUT, "%zu mel bands, not in [1, %d]",
             c->bands, MOST_BANDS);
  FRAY_CHECK(c->coefficients <= c->bands, err, INPUT,
             "%zu MFCC coefficients need as many mel bands, there are %zu", c->coefficients,
             c->bands);
  FRAY_CHECK(c->pre_emphasis >= 0 && c->pre_emphasis <= 1, err, INPUT,
             "pre-emphasis %g is not in [0, 1]", c->pre_emphasis);
  return FRAY_OK;
}

/* Edges of band b: the filters' corners are equally spaced in mel. */
static void band_edges(const struct fray_logmel_config *c, size_t bands, size_t b, double edge[3]) {
  double low = mel_of(c->low_hz), high = mel_of(c->high_hz);
  for (size_t i = 0; i < 3; i++)
    edge[i] = hz_of(low + (high - low) * (double)(b + i) / (double)(bands + 1));
}

/* Height 1 at the middle edge, as in the HTK book; other libraries divide by the width, which a
 * logarithm turns into an offset of each band. */
static double triangle(const double edge[3], double hz) {
  if (hz <= edge[0] || hz >= edge[2])
    return 0;
  return hz <= edge[1] ? (hz - edge[0]) / (edge[1] - edge[0])
                       : (edge[2] - hz) / (edge[2] - edge[1]);
}

/* Bins from *first on where the filter is positive. */
static size_t band_bins(const struct fray_logmel_config *c, size_t fft, const double edge[3],
                        size_t *first) {
  size_t n = 0;
  double step = c->rate / (double)fft;
  size_t bin = (size_t)(edge[0] / step);
  for (*first = bin; bin <= fft / 2 && (double)bin * step < edge[2]; bin++)
    if (triangle(edge, (double)bin * step) > 0)
      *first = n++ ? *first : bin;
  return n;
}

/* A filter between two bins would be 0 on all: its energy would be the same for every sound. */
static bool bands_fit(const struct fray_logmel_config *c, size_t fft, size_t bands) {
  for (size_t b = 0; b < bands; b++) {
    double edge[3];
    size_t first;
    band_edges(c, bands, b, edge);
    if (band_bins(c, fft, edge, &first) == 0)
      return false;
  }
  return true;
}

static enum fray_status make_bands(struct fray_logmel *m, struct fray_err *err) {
  const struct fray_logmel_config *c = &m->config;
  if (!bands_fit(c, m->fft, c->bands)) {
    /* Counted down, so that the message names a number that works; this is paid for by a failure
     * only. */
    size_t most = c->bands - 1;
    while (most > 0 && !bands_fit(c, m->fft, most))
      most--;
    return fray_fail(err, FRAY_INPUT,
                     "%zu mel bands are too many for frames of %g ms at %g Hz (FFT of %zu): some "
                     "would be empty; at most %zu",
                     c->bands, c->frame_ms, c->rate, m->fft, most);
  }
  FRAY_ALLOC(m->band, &m->arena, c->bands, err);
  FRAY_ALLOC(m->weight, &m->arena, m->fft + 2 * c->bands + 2, err); /* a bin is in two filters */
  size_t used = 0;
  for (size_t b = 0; b < c->bands; b++) {
    double edge[3];
    struct band *band = &m->band[b];
    band_edges(c, c->bands, b, edge);
    band->n = band_bins(c, m->fft, edge, &band->first);
    band->start = used;
    for (size_t i = 0; i < band->n; i++)
      m->weight[used++] =
          (float)triangle(edge, (double)(band->first + i) * c->rate / (double)m->fft);
  }
  return FRAY_OK;
}

/* Orthonormal DCT-II, (coefficients, bands): row 0 has the smaller scale. Only the rows that are
 * kept are made. */
static enum fray_status make_dct(struct fray_logmel *m, struct fray_err *err) {
  size_t n = m->config.bands, rows = m->config.coefficients;
  FRAY_ALLOC(m->energy, &m->arena, n, err);
  if (rows == 0)
    return FRAY_OK;
  FRAY_ALLOC(m->dct, &m->arena, rows * n, err);
  for (size_t k = 0; k < rows; k++) {
    double scale = sqrt((k ? 2.0 : 1.0) / (double)n);
    for (size_t b = 0; b < n; b++)
      m->dct[k * n + b] = (float)(scale * cos(M_PI * (double)k * ((double)b + 0.5) / (double)n));
  }
  return FRAY_OK;
}

static enum fray_status make_frames(struct fray_logmel *m, struct fray_err *err) {
  FRAY_ALLOC(m->window, &m->arena, m->frame, err);
  FRAY_ALLOC_ZERO(m->input, &m->arena, m->fft, err);
  FRAY_ALLOC(m->spectrum, &m->arena, m->fft / 2 + 1, err);
  FRAY_ALLOC(m->power, &m->arena, m->fft / 2 + 1, err);
  for (size_t i = 0; i < m->frame; i++)
    /* Periodic Hann, over frame and not frame - 1: the one meant for spectra. */
    m->window[i] = (float)(0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)m->frame));
  m->plan = kiss_fftr_alloc((int)m->fft, 0, NULL, NULL);
  FRAY_CHECK(m->plan, err, MEMORY, "out of memory (FFT of %zu)", m->fft);
  return FRAY_OK;
}

/* Frames first: bands are laid on the bins of their FFT. What lies behind the frame in the input
 * stays 0 from its allocation: that is the padding to a power of two. */
static enum fray_status make_tables(struct fray_logmel *m, struct fray_err *err) {
  struct fray_logmel_config *c = &m->config;
  c->high_hz = c->high_hz > 0 ? c->high_hz : c->rate / 2;
  m->frame = (size_t)lround(c->frame_ms * c->rate / 1000);
  m->hop = (size_t)FRAY_MAX(1, lround(c->hop_ms * c->rate / 1000));
  for (m->fft = 2; m->fft < m->frame;)
    m->fft *= 2;
  FRAY_TRY(make_frames(m, err));
  FRAY_TRY(make_bands(m, err));
  return make_dct(m, err);
}

enum fray_status fray_logmel_new(const struct fray_logmel_config *config, struct fray_logmel **out,
                                 struct fray_err *err) {
  FRAY_TRY(check_config(config, err));
  struct fray_logmel *m = calloc(1, sizeof *m);
  FRAY_CHECK(m, err, MEMORY, "out of memory");
  m->config = *config;
  enum fray_status status = make_tables(m, err);
  if (status != FRAY_OK) {
    fray_logmel_free(m);
    return status;
  }
  *out = m;
  return FRAY_OK;
}

void fray_logmel_free(struct fray_logmel *logmel) {
  if (!logmel)
    return;
  kiss_fftr_free(logmel->plan);
  fray_arena_free(&logmel->arena);
  free(logmel);
}

/* Only whole frames, without padding at the ends, so a frame never mixes sound with silence that
 * was not there; but sound shorter than a frame has one, padded. */
size_t fray_logmel_frames(const struct fray_logmel *logmel, size_t n) {
  return n <= logmel->frame ? 1 : 1 + (n - logmel->frame) / logmel->hop;
}

size_t fray_logmel_width(const struct fray_logmel *logmel) {
  return logmel->config.coefficients ? logmel->config.coefficients : logmel->config.bands;
}

/* Power spectrum of the frame that begins at `start`; the sound ends after n samples. */
static void frame_power(struct fray_logmel *m, const float *sound, size_t n, size_t start) {
  size_t have = start < n ? FRAY_MIN(m->frame, n - start) : 0;
  const float *x = sound + start, a = (float)m->config.pre_emphasis;
  if (a == 0 || have == 0) {
    for (size_t i = 0; i < have; i++)
      m->input[i] = x[i] * m->window[i];
  } else {
    /* The sample before the frame counts too: pre-emphasis is of the sound, not of each frame.
     * Before the first there is none. */
    m->input[0] = (x[0] - (start > 0 ? a * x[-1] : 0)) * m->window[0];
    for (size_t i = 1; i < have; i++)
      m->input[i] = (x[i] - a * x[i - 1]) * m->window[i];
  }
  memset(m->input + have, 0, (m->frame - have) * sizeof *m->input);
  kiss_fftr(m->plan, m->input, m->spectrum);
  for (size_t i = 0; i <= m->fft / 2; i++)
    m->power[i] = m->spectrum[i].r * m->spectrum[i].r + m->spectrum[i].i * m->spectrum[i].i;
}

static void band_energies(const struct fray_logmel *m, float *out) {
  for (size_t b = 0; b < m->config.bands; b++) {
    const struct band *band = &m->band[b];
    const float *weight = m->weight + band->start, *power = m->power + band->first;
    float sum = 0;
    for (size_t i = 0; i < band->n; i++)
      sum += weight[i] * power[i];
    /* The floor gives silence a logarithm. */
    out[b] = logf(sum + 1e-6f);
  }
}

void fray_logmel_compute(struct fray_logmel *logmel, const float *sound, size_t n, float *out) {
  size_t frames = fray_logmel_frames(logmel, n), bands = logmel->config.bands;
  size_t width = fray_logmel_width(logmel);
  for (size_t t = 0; t < frames; t++, out += width) {
    frame_power(logmel, sound, n, t * logmel->hop);
    if (logmel->config.coefficients == 0) {
      band_energies(logmel, out);
      continue;
    }
    band_energies(logmel, logmel->energy);
    for (size_t k = 0; k < width; k++) {
      const float *row = logmel->dct + k * bands;
      float sum = 0;
      for (size_t b = 0; b < bands; b++)
        sum += row[b] * logmel->energy[b];
      out[k] = sum;
    }
  }
}
