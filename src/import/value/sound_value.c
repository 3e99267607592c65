/* The kind `audio`: from a file to 16 bits of one channel at one rate, as shards keep it. What is
 * done to a sound on the way is noted, since each step may hide a mistake: clipping, mixing,
 * scaling, resampling. */
#include "sound_edits.h"
#include "value.h"

#include "fray/base/size.h"
#include "fray/codec/codec.h"
#include "fray/signal/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const struct fray_choice fray_kind_sound_value;

struct audio_config {
  double rate;       /* Hz; NaN = that of the first file */
  int mix;           /* enum mix */
  double full_scale; /* of files of floats */
  int64_t channel;   /* from 1; INT64_MIN: all, mixed */
  struct sound_edits edits;
};
enum mix { MIX_MEAN, MIX_FIRST };

/* One of the channels, or all of them by `mix`. */
static enum fray_status mix_down(struct fray_sound *sound, const struct audio_config *config,
                                 struct fray_err *err) {
  size_t channels = (size_t)sound->channels;
  bool one = config->channel != INT64_MIN;
  size_t channel = one ? (size_t)config->channel - 1 : 0;
  FRAY_CHECK(channel < channels, err, INPUT, "channel %zu is asked for, the file has %zu",
             channel + 1, channels);
  if (channels <= 1)
    return FRAY_OK;
  bool mean = !one && config->mix == MIX_MEAN;
  sound->notes |= FRAY_NOTE_MIXED;
  for (size_t i = 0; i < sound->frames; i++) {
    double sum = 0;
    for (size_t c = 0; c < channels; c++)
      sum += sound->x[i * channels + c];
    sound->x[i] = mean ? (float)(sum / (double)channels) : sound->x[i * channels + channel];
  }
  sound->channels = 1; /* in place: frame i is read before what it overwrites is needed */
  return FRAY_OK;
}

/* Of all channels: one that is quiet must not hide one that is not. */
static double peak_of(const float *x, size_t n) {
  float peak = 0;
  for (size_t i = 0; i < n; i++)
    peak = FRAY_MAX(peak, fabsf(x[i]));
  return (double)peak;
}

/* Floats have no full scale of their own. That of one file cannot be guessed from its values, since
 * the loudness of files differs; but beyond a few times full scale it is another one for sure. */
static enum fray_status scale(struct fray_sound *sound, double full_scale, struct fray_err *err) {
  enum { FAR = 8 };
  /* Full scales of 16, 24 and 32 bits: a guess for the message only. */
  static const double usual[] = {32768, 8388608, 2147483648};
  size_t n = sound->frames * (size_t)sound->channels, likely = 0;
  if (!sound->is_float)
    return FRAY_OK;
  double peak = peak_of(sound->x, n);
  while (likely + 1 < FRAY_COUNT(usual) && peak > usual[likely])
    likely++;
  FRAY_CHECK(peak <= FAR * full_scale, err, INPUT,
             "floats up to %g, but full scale is %.10g; if they are on the scale of integers, give "
             "the modality `full_scale: %.0f`",
             peak, full_scale, usual[likely]);
  if (full_scale == 1)
    return FRAY_OK;
  for (size_t i = 0; i < n; i++)
    sound->x[i] = (float)(sound->x[i] / full_scale);
  sound->notes |= FRAY_NOTE_SCALED;
  return FRAY_OK;
}

/* Whether so little is left of finer values in 16 bits that the sound is lost: no more than the
 * levels -3 to 3. What was kept in 16 bits before loses nothing. */
static bool is_lost(const struct fray_sound *sound) {
  size_t n = sound->frames * (size_t)sound->channels;
  if (peak_of(sound->x, n) * 32768 >= 3.5)
    return false;
  for (size_t i = 0; i < n; i++)
    if (sound->x[i] * 32768 != rintf(sound->x[i] * 32768))
      return true;
  return false;
}

/* 1 becomes 32767, which nobody hears; only what lies beyond is clipped. */
static enum fray_status to_int16(const float *x, size_t n, struct loaded *out,
                                 struct fray_err *err) {
  int16_t *to = malloc(n * sizeof *to);
  FRAY_CHECK(to, err, MEMORY, "out of memory (%zu samples)", n);
  for (size_t i = 0; i < n; i++) {
    float scaled = rintf(x[i] * 32768);
    if (fabsf(x[i]) > 1)
      out->notes |= FRAY_NOTE_CLIPPED;
    to[i] = (int16_t)FRAY_MAX(-32768, FRAY_MIN(32767, scaled));
  }
  out->x = to;
  out->length = n;
  out->bytes = n * sizeof *to;
  return FRAY_OK;
}

static enum fray_status settle_rate(struct modality *modality, const struct fray_sound *sound,
                                    double *rate, struct fray_err *err) {
  const struct audio_config *config = modality->config;
  *rate = isnan(config->rate) ? modality->m.rate : config->rate;
  if (*rate == 0)
    *rate = sound->rate;
  /* Without a word nothing is resampled: which rate to lose is for the user to say. */
  FRAY_CHECK(!isnan(config->rate) || sound->rate == *rate, err, INPUT,
             "%g Hz, the files before have %g Hz; give the modality a `rate`", sound->rate, *rate);
  modality->m.rate = *rate; /* of the first file, if none was given: the others are held to it */
  return FRAY_OK;
}

/* Each step leaves a note, and the sound in `sound`, until 16 bits of it are left. */
static enum fray_status take_sound(struct modality *modality, struct fray_sound *sound,
                                   struct loaded *out, struct fray_err *err) {
  const struct audio_config *config = modality->config;
  double rate;
  FRAY_TRY(settle_rate(modality, sound, &rate, err));
  FRAY_TRY(scale(sound, config->full_scale, err));
  /* After scaling, before mixing: that is how loud the file itself is. */
  if (is_lost(sound))
    sound->notes |= FRAY_NOTE_QUIET;
  /* Mixed before it is resampled, which then costs one channel. */
  FRAY_TRY(mix_down(sound, config, err));
  FRAY_TRY(fray_sound_take_part(&config->edits, sound, err));
  if (sound->rate != rate)
    sound->notes |= FRAY_NOTE_RESAMPLED;
  out->notes = sound->notes;
  size_t n = fray_resampled_length(sound->frames, sound->rate, rate);
  /* A copy even at the same rate: the decoder's buffer holds all channels. */
  float *x = malloc(n * sizeof *x);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu samples)", n);
  enum fray_status status =
      fray_resample_signal(sound->x, sound->frames, sound->rate, rate, x, err);
  /* Last, so that what is kept has the loudness, and not what was resampled. */
  if (status == FRAY_OK)
    fray_sound_level(&config->edits.loudness, x, n, &out->notes);
  if (status == FRAY_OK)
    status = to_int16(x, n, out, err);
  free(x);
  return status;
}

static enum fray_status load_file(struct modality *modality, const char *path, struct loaded *out,
                                  struct fray_err *err) {
  struct fray_sound sound = {0};
  FRAY_CHECK(path, err, INPUT, "audio is read from sound files only");
  FRAY_TRY(fray_sound_read_next(modality->ahead, path, &sound, err));
  enum fray_status status = take_sound(modality, &sound, out, err);
  fray_sound_free(&sound);
  return status == FRAY_OK ? FRAY_OK : fray_at(err, "%s", path);
}

/* ---- windows of long recordings ---- */

/* The recording that windows are being cut from: they come file by file, so each is decoded once
 * for being measured and once for its windows. */
struct held {
  const char *path; /* borrowed; NULL: none */
  int16_t *x;
  size_t n, room;
  unsigned notes;
};

static enum fray_status hold(struct modality *modality, const char *path, struct held **out,
                             struct fray_err *err) {
  struct held *held = modality->held;
  struct loaded whole = {0};
  if (!held)
    FRAY_ALLOC_ZERO(held, modality->arena, 1, err);
  *out = modality->held = held;
  /* By name, since the windows of a file share the text but a measuring has its own. */
  if (held->path && strcmp(held->path, path) == 0)
    return FRAY_OK;
  held->path = NULL;
  enum fray_status status = load_file(modality, path, &whole, err);
  if (status == FRAY_OK && whole.length > held->room) {
    /* The arena gives nothing back, so room is taken for more than one file that is a little
     * longer.
     */
    held->room = 2 * whole.length;
    held->x = fray_arena_alloc(modality->arena, held->room, sizeof *held->x);
    if (!held->x)
      status = fray_fail(err, FRAY_MEMORY, "out of memory (%zu samples)", held->room);
  }
  if (status == FRAY_OK) {
    memcpy(held->x, whole.x, whole.bytes);
    held->n = whole.length;
    held->notes = whole.notes;
    held->path = path;
  } else {
    held->room = 0;
  }
  free(whole.x);
  return status;
}

static enum fray_status measure(struct modality *modality, const char *path, size_t *steps,
                                double *rate, struct fray_err *err) {
  struct held *held = NULL;
  FRAY_TRY(hold(modality, path, &held, err));
  *steps = held->n;
  *rate = modality->m.rate;
  return FRAY_OK;
}

static enum fray_status load_sound(struct modality *modality, const struct value *value,
                                   struct loaded *out, struct fray_err *err) {
  struct held *held = NULL;
  if (!value->stretch)
    return load_file(modality, value->path, out, err);
  FRAY_TRY(hold(modality, value->path, &held, err));
  FRAY_CHECK(value->first + value->length <= held->n, err, INPUT,
             "%s: the file changed while it was read", value->path);
  size_t bytes = value->length * sizeof *held->x;
  int16_t *x = malloc(bytes);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu bytes)", bytes);
  memcpy(x, held->x + value->first, bytes);
  *out = (struct loaded){.x = x, .length = value->length, .bytes = bytes, .notes = held->notes};
  return FRAY_OK;
}

/* Clips are as long as they are, and whatever a file has is mixed to one channel. */
static void begin(struct modality *modality) {
  modality->m.channels = 1;
  modality->m.ragged = true;
}

/* ---- its keys ---- */

static const char *const mix_names[] = {"mean", "first", NULL};
static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "rate", struct audio_config, rate, .optional = true, .min = 1000,
               .max = 192000, .unit = "Hz",
               .help = "sounds are resampled to this; default: that of the files"),
    FRAY_FIELD(ENUM, "mix", struct audio_config, mix, .def_text = "mean", .names = mix_names,
               .help = "one channel from many: their mean, or the first"),
    FRAY_FIELD(INT, "channel", struct audio_config, channel, .optional = true, .min = 1, .max = 64,
               .help = "the channel that is taken, from 1, in place of `mix`"),
    FRAY_FIELD(REAL, "full_scale", struct audio_config, full_scale, .def = 1, .min = 1e-6,
               .max = 1e12,
               .help = "full scale of files that hold floats, such as 32768 where they are on the "
                       "scale of 16-bit integers"),
    SOUND_EDIT_FIELDS(struct audio_config, edits),
};
/* A rate that the files do not have would make sounds longer and no better, and may push their
 * peaks beyond full scale; above 16 kHz little is said by speech, and much is paid for it. */
static bool guess(const char *path, struct fray_text *out) {
  struct fray_sound sound = {0};
  struct fray_err err = {0};
  if (fray_sound_read(path, &sound, &err) != FRAY_OK)
    return false;
  const bool audible = sound.rate >= 1000;
  char rate[32];
  fray_format_double(fmin(sound.rate, 16000), rate);
  if (audible)
    fray_text_printf(out, "rate: %s", rate);
  fray_sound_free(&sound);
  return audible;
}

static FRAY_TABLE(table, "audio", struct audio_config, fields, .help = "sound");
static const struct value_kind kind = {.kind = FRAY_AUDIO,
                                       .suffixes = ".wav .flac .ogg .mp3 .aiff .aif .au ",
                                       .first_keys = "rate: 16000",
                                       .guess = guess,
                                       .joins = true,
                                       .decodes = true,
                                       .begin = begin,
                                       .measure = measure,
                                       .load = load_sound};
const struct fray_choice fray_kind_sound_value = {
    "audio", "sound files (WAV, FLAC, OGG, MP3, ...), mono after import", "", &table, &kind};
