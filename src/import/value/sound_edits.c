/* Offset, trimming, a longest duration, and loudness. All levels are in decibels: of trimming below
 * the loudest part of the sound itself, since microphones differ; of loudness below full scale. */
#include "sound_edits.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

static const struct fray_field trim_fields[] = {
    FRAY_FIELD(REAL, "below_db", struct trim_config, below_db, .optional = true, .min = -120,
               .max = -1, .unit = "dB",
               .help =
                   "what is quieter than this at the ends is left out: the mean square of 10 ms "
                   "against that of the loudest 10 ms of the sound"),
    FRAY_FIELD(REAL, "keep", struct trim_config, keep, .def = 0, .min = 0, .max = 10, .unit = "s",
               .help = "of the quiet, kept at both ends"),
};
/* A section without its one number would trim nothing and look as if it did. */
static enum fray_status check_trim(const void *section, const struct fray_node *node,
                                   struct fray_err *err) {
  const struct trim_config *c = section;
  FRAY_CHECK(!node || !isnan(c->below_db), err, INPUT, "trim needs `below_db`, such as -40");
  return FRAY_OK;
}
FRAY_TABLE(fray_trim_table, "trim", struct trim_config, trim_fields,
           .help = "leaves out the quiet at both ends of sounds", .check = check_trim);

static const struct fray_field loudness_fields[] = {
    FRAY_FIELD(REAL, "rms_db", struct loudness_config, rms_db, .optional = true, .min = -80,
               .max = 0, .unit = "dB",
               .help = "root mean square of every sound, below full scale; the gain is never so "
                       "large that a value is clipped"),
    FRAY_FIELD(REAL, "peak_db", struct loudness_config, peak_db, .optional = true, .min = -80,
               .max = 0, .unit = "dB", .help = "largest value of every sound, below full scale"),
};
static enum fray_status check_loudness(const void *section, const struct fray_node *node,
                                       struct fray_err *err) {
  const struct loudness_config *c = section;
  FRAY_CHECK(!node || isnan(c->rms_db) != isnan(c->peak_db), err, INPUT,
             "loudness: give one of `rms_db` and `peak_db`");
  return FRAY_OK;
}
FRAY_TABLE(fray_loudness_table, "loudness", struct loudness_config, loudness_fields,
           .help = "one loudness for all sounds", .check = check_loudness);

/* Mean square of the frames from..to. */
static double power_of(const float *x, size_t from, size_t to) {
  double sum = 0;
  for (size_t i = from; i < to; i++)
    sum += (double)x[i] * (double)x[i];
  return to > from ? sum / (double)(to - from) : 0;
}

/* Blocks of 10 ms from the first frame on; the last one may be shorter. What lies between the first
 * and the last block that is loud enough stays, pauses and all. */
static void trim(const struct trim_config *config, struct fray_sound *sound) {
  /* 10 ms: shorter than a plosive, longer than a period of most voices. */
  size_t block = FRAY_MAX((size_t)(sound->rate / 100 + 0.5), (size_t)1), n = sound->frames;
  size_t first = n, last = 0;
  double most = 0;
  for (size_t i = 0; i < n; i += block)
    most = fmax(most, power_of(sound->x, i, FRAY_MIN(i + block, n)));
  double least = most * pow(10, config->below_db / 10);
  for (size_t i = 0; i < n; i += block)
    if (power_of(sound->x, i, FRAY_MIN(i + block, n)) >= least) {
      first = FRAY_MIN(first, i);
      last = FRAY_MIN(i + block, n);
    }
  /* In silence every block is as loud as the loudest, so all of it stays. */
  /* As far as there is any: the ends of the file are the ends. */
  size_t keep = (size_t)(config->keep * sound->rate + 0.5);
  first -= FRAY_MIN(keep, first);
  last = FRAY_MIN(last + keep, n);
  if (first == 0 && last == n)
    return;
  memmove(sound->x, sound->x + first, (last - first) * sizeof *sound->x);
  sound->frames = last - first;
  sound->notes |= FRAY_NOTE_TRIMMED;
}

enum fray_status fray_sound_take_part(const struct sound_edits *edits, struct fray_sound *sound,
                                      struct fray_err *err) {
  /* At the file's own rate, so that nothing of what is left out rings on through the resampling. */
  size_t skip = (size_t)(edits->offset * sound->rate + 0.5);
  FRAY_CHECK(skip < sound->frames, err, INPUT,
             "the sound lasts %.3g s, and `offset` leaves out %g s of it",
             (double)sound->frames / sound->rate, edits->offset);
  if (skip) {
    memmove(sound->x, sound->x + skip, (sound->frames - skip) * sizeof *sound->x);
    sound->frames -= skip;
  }
  if (!isnan(edits->trim.below_db))
    trim(&edits->trim, sound);
  if (isnan(edits->max_seconds))
    return FRAY_OK;
  /* At least a frame, however small the bound. */
  size_t most = FRAY_MAX((size_t)(edits->max_seconds * sound->rate + 0.5), (size_t)1);
  if (sound->frames > most) {
    sound->frames = most;
    sound->notes |= FRAY_NOTE_SHORTENED;
  }
  return FRAY_OK;
}

void fray_sound_level(const struct loudness_config *config, float *x, size_t n, unsigned *notes) {
  double peak = 0, wanted, now;
  if (isnan(config->rms_db) && isnan(config->peak_db))
    return;
  for (size_t i = 0; i < n; i++)
    peak = fmax(peak, fabs((double)x[i]));
  if (peak == 0)
    return;
  /* One of the two is given; both at once were refused. */
  bool by_peak = isnan(config->rms_db);
  now = by_peak ? peak : sqrt(power_of(x, 0, n));
  wanted = pow(10, (by_peak ? config->peak_db : config->rms_db) / 20);
  double gain = wanted / now;
  /* Full scale of 16 bits is one step below 1 on the upper side. */
  double most = 32767.0 / 32768 / peak;
  if (gain > most) {
    *notes |= by_peak ? 0 : FRAY_NOTE_LIMITED;
    gain = most;
  }
  for (size_t i = 0; i < n; i++)
    x[i] = (float)((double)x[i] * gain);
  *notes |= FRAY_NOTE_LEVELLED;
}
