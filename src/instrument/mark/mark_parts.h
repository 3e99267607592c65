/* Shared by the files of this room only. */
#ifndef FRAY_MARK_PARTS_H
#define FRAY_MARK_PARTS_H

#include "fray/base/rng.h"
#include "fray/instrument/mark.h"

#include <stddef.h>

enum {
  MARK_KEYS = 1 + FRAY_MARK_RANDOM, /* ours is the first */
  MARK_LAGS = 2 * FRAY_MARK_LAG + 1,
  MARK_BACKWARDS = 5, /* lags of a sound that is played backwards, which delays nothing */
  MARK_SOUND_EDITS = MARK_LAGS + MARK_BACKWARDS,
  MARK_TAPS = FRAY_MARK_ORDER + 1
};
/* Shares of half the sampling rate between which the pattern of a sound lies. */
#define MARK_BAND_LOW .1
#define MARK_BAND_HIGH .8

/** Stream of a key for a purpose; shape: of what is drawn. */
struct fray_rng mark_stream(struct fray_mark_key key, const char *purpose, uint64_t shape);

struct fray_mark_bank {
  bool is_sound;
  struct fray_mark_key key[MARK_KEYS];
  size_t n_edits;
  struct fray_arena *arena;
  /* Pictures. Coefficients are those of the cosine transform of both axes. */
  size_t height, width;
  float *down, *along;       /* (height, height), (width, width) the transforms */
  size_t block, first, made; /* keys that are held at once; the first of those that are, and how
                                many */
  float *coefficient,
      *square; /* (block, edits, height x width) of the patterns, and their squares */
  /* Sounds, frame by frame of 10 ms; what is left behind the last whole one is not looked at. */
  size_t frame, frames; /* steps of a frame; frames of the longest sound */
  size_t steps;         /* of the patterns: the longest sound, and a lag */
  float *pattern;       /* (keys, steps) */
};

/** r[k] = sum_t x[t] x[t - k]. */
void mark_products(const double *x, size_t n, double r[MARK_TAPS]);
/** Linear prediction from such products, with `load` of r[0] on the diagonal (Levinson). */
void mark_predict(const double r[MARK_TAPS], double load, double out[FRAY_MARK_ORDER]);
/** Of a sound's edit of the bank: the lag, and whether it was played backwards. */
ptrdiff_t mark_lag_of(size_t edit, bool *backwards);

/** Pattern of a key of a picture bank as it is after an edit, without what is smooth in it: out
 * (height, width). base (height, width): the pattern before. MEMORY. */
enum fray_status mark_edited_pattern(const struct fray_mark_bank *bank, const float *base,
                                     size_t edit, struct fray_arena *scratch, float *out,
                                     struct fray_err *err);
/** Sees that keys first .. first + n - 1 of a picture bank are held; first is a multiple of block.
 * MEMORY. */
enum fray_status mark_hold_keys(struct fray_mark_bank *bank, size_t first,
                                struct fray_arena *scratch, struct fray_err *err);
/** out (n, height, width): the transform of n pictures x; room: of the same size. back: its
 * inverse. */
void mark_transform(const struct fray_mark_bank *bank, bool back, size_t n, const float *x,
                    float *room, float *out);

/** What a unit is, from its correlations: ours (edits), statistic (MARK_KEYS) of all keys. */
void mark_conclude(size_t n_edits, const double *ours, const double *statistic,
                   struct fray_mark_found *out);

/** As fray_mark_look, of pictures and of sounds. */
enum fray_status mark_look_pictures(struct fray_mark_bank *bank,
                                    const struct fray_mark_value *value, size_t n, size_t channels,
                                    struct fray_arena *scratch, struct fray_mark_found *found,
                                    struct fray_mark_found *all, struct fray_err *err);
enum fray_status mark_look_sounds(const struct fray_mark_bank *bank,
                                  const struct fray_mark_value *value, size_t n,
                                  struct fray_arena *scratch, struct fray_mark_found *found,
                                  struct fray_mark_found *all, struct fray_err *err);

#endif
