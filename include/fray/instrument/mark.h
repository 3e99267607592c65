/* Marks: patterns that a key draws, laid invisibly over pictures and under sound, and what tells
 * that they are there after an edit. Pure: no data set, no files but that of the key.
 *
 * A mark is found by correlation with the pattern of the key under each edit of a bank. How sure
 * that is is counted and not assumed: the same is done with the patterns of FRAY_MARK_RANDOM keys
 * that nobody used, so p is exact whatever the data look like. */
#ifndef FRAY_INSTRUMENT_MARK_H
#define FRAY_INSTRUMENT_MARK_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
  FRAY_MARK_RANDOM = 199,  /* random keys beside the one that is looked for */
  FRAY_MARK_ORDER = 12,    /* of linear prediction of sound */
  FRAY_MARK_LAG = 8,       /* steps to either side that sound is looked for at */
  FRAY_MARK_STEPS = 65536, /* the pattern of a sound begins anew after so many */
  FRAY_MARK_KEY_LEAST = 16,
  FRAY_MARK_KEY_MOST = 4096 /* bytes of a key file */
};

/* ---- keys ---- */

/** What draws a pattern. Secret: whoever has it can find the mark, and take it away. */
struct fray_mark_key {
  uint64_t high, low;
};
/** The key in a file: any FRAY_MARK_KEY_LEAST to FRAY_MARK_KEY_MOST bytes, as `head -c 32
 * /dev/urandom` makes them. INPUT: it cannot be read, has another size, is one byte over and over,
 * or may be read by others than its owner. */
enum fray_status fray_mark_key_read(const char *path, struct fray_mark_key *out,
                                    struct fray_err *err);
/** The i-th of the keys that nobody uses. */
struct fray_mark_key fray_mark_random_key(size_t i);
/** 32 hexadecimal digits and a NUL that name the key in records: drawn from its stream, for a
 * purpose of their own, so that they tell no more of the key than a pattern does. */
void fray_mark_fingerprint(struct fray_mark_key key, char out[33]);

/* ---- patterns and marking ---- */

/** Pattern of a picture, out (height, width): +-1 by pixel, Gaussian of .7 px, mean 0, mean square
 * 1. MEMORY. */
enum fray_status fray_mark_picture_pattern(struct fray_mark_key key, size_t height, size_t width,
                                           struct fray_arena *scratch, float *out,
                                           struct fray_err *err);
/** Pattern of a sound, out (n), n <= FRAY_MARK_STEPS + FRAY_MARK_LAG: +-1 by step, passed through
 * the band .1 to .8 of half the sampling rate. A shorter one is the beginning of a longer. */
void fray_mark_sound_pattern(struct fray_mark_key key, size_t n, float *out);
/** x (height, width, channels) + strength pattern, of full scale 1, rounded to 8 bits. */
void fray_mark_picture(uint8_t *x, size_t height, size_t width, size_t channels,
                       const float *pattern, double strength);
/** x (n) + pattern shaped by the envelope of x over 10 ms, at `level` dB of the power of x. Silence
 * stays. pattern: (min(n, FRAY_MARK_STEPS)). MEMORY. */
enum fray_status fray_mark_sound(float *x, size_t n, double rate, const float *pattern,
                                 double level, struct fray_arena *scratch, struct fray_err *err);

/* ---- plain statistics, in double: what the fast ones are held against ---- */

/** out (height, width) = x - median of 3 x 3 (the edge repeated), cut at 3 population deviations.
 */
void fray_mark_residual(const double *x, size_t height, size_t width, double *out);
/** sqrt(n) times the correlation of a and b (n), both centred if so asked; 0 if either is flat. */
double fray_mark_z(size_t n, const double *a, const double *b, bool centred);
/** out (n): the root of (the causal mean of `width` squares + 1e-8). */
void fray_mark_envelope(const double *x, size_t n, size_t width, double *out);
/** Steps of 10 ms, at least 1. */
size_t fray_mark_width(double rate);
/** Linear prediction by autocorrelation, x[t] ~ sum_k out[k] x[t - 1 - k], with 1e-3 of r[0] on the
 * diagonal (Levinson). 0 of silence. */
void fray_mark_lpc(const double *x, size_t n, double out[FRAY_MARK_ORDER]);
/** out[t] = x[t] - sum_k lpc[k] x[t - 1 - k] for first <= t < first + n, nothing before x[0]. */
void fray_mark_whiten(const double *x, size_t first, size_t n, const double lpc[FRAY_MARK_ORDER],
                      double *out);
/** What n correlations of this sum say together. */
double fray_mark_pool(double sum, size_t n);
/** (1 + how many of the n are at least `observed`) / (1 + n). */
double fray_mark_p(double observed, const double *random, size_t n);

/* ---- the bank, and looking ---- */

/** What was done to a picture or a sound, as far as the bank knows it. */
struct fray_mark_edit {
  char name[24]; /* "none", "turn 90", "mirror", "mirror turn 90", "rotation -6", "shift 1 -2"
                    (right, down), "resize 0.7", "lag 3", "backwards", "backwards lag -1" */
};
/** Patterns of all keys under all edits of the bank, of one shape; ours is the first key. */
struct fray_mark_bank;
/** For pictures: 8 turns and flips (4 where sides differ), rotations of -15 to 15 degrees by 3,
 * shifts of up to 2 px, resizing to .5 to .9. Patterns of large pictures are made when they are
 * needed, in pieces. MEMORY. */
enum fray_status fray_mark_picture_bank(struct fray_mark_key key, size_t height, size_t width,
                                        struct fray_arena *arena, struct fray_mark_bank **out,
                                        struct fray_err *err);
/** For sounds of at most `longest` steps at a rate in Hz: lags, and backwards. MEMORY. */
enum fray_status fray_mark_sound_bank(struct fray_mark_key key, size_t longest, double rate,
                                      struct fray_arena *arena, struct fray_mark_bank **out,
                                      struct fray_err *err);
/** Edits of the bank; the first is "none". */
size_t fray_mark_edits(const struct fray_mark_bank *bank);
struct fray_mark_edit fray_mark_edit_at(const struct fray_mark_bank *bank, size_t edit);

/** One value to be looked at. Borrowed. */
struct fray_mark_value {
  const float *x; /* picture: (height, width, channels); sound: (n) */
  size_t n;       /* steps of a sound */
};
enum { FRAY_MARK_QUARTERS = 4 };
/** What was found in a unit: a value, or all values of a client together. */
struct fray_mark_found {
  double z;         /* of the edit that fits best, with its sign */
  double statistic; /* its size */
  double p;         /* exact over random keys */
  uint32_t edit;    /* the one that fits best */
  bool edited;      /* it fits better than none by more than 1.64 deviations */
  bool inverted;    /* z < 0 */
  uint8_t replaced; /* bit q: quarter q (left top, right top, left bottom, right bottom) of pictures
                       lacks the mark, while another quarter has it */
};
/** Looks at n values of one client: found (n) by value, and *all: together. Bytes do not depend on
 * what was looked at before. scratch is as it was afterwards. MEMORY. O(n keys edits values). */
enum fray_status fray_mark_look(struct fray_mark_bank *bank, const struct fray_mark_value *value,
                                size_t n, size_t channels, struct fray_arena *scratch,
                                struct fray_mark_found *found, struct fray_mark_found *all,
                                struct fray_err *err);

#endif
