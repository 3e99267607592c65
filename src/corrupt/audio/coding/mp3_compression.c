/* MP3, really encoded and decoded (LAME and mpg123, by libsndfile). Its delay of encoder and
 * decoder is taken off again, so that labels in time stay where they are. Versions differ: they are
 * a part of the numeric environment. */
#include "corrupt/audio/tools/recoded.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct mp3_compression {
  double kbps; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "kbps", struct mp3_compression, kbps, .optional = true, .min = 8,
               .max = INFINITY, .infinite = true, .unit = "kbit/s",
               .help = "Bits a second, constant, of one channel; LAME takes the nearest that the "
                       "format has. Less is worse; .inf: no coding."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "mp3_compression", struct mp3_compression, fields,
                  .help = "Sound through MP3.");

/* From what is nearly transparent for 16 kHz to an old voice recorder. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, 64, 48, 32, 16, 8)};

static double strength(const void *params) {
  return ((const struct mp3_compression *)params)->kbps;
}

/* Its length is kept: what the coder pads at the end is cut off. */
static enum fray_status apply(const void *params, double kbps, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  (void)params;
  return fray_sound_recode(FRAY_CODER_MP3, kbps, sound, place->scratch, err);
}

/* Not every libsndfile was built with all coders. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  (void)entry;
  (void)at;
  return fray_sound_coder_check(FRAY_CODER_MP3, err);
}

/* Rates that leave all of a clip as it is move it alike; the mean over many moves with less. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "MP3 artefacts in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "MP3 at",
                                               .strength = {"kbps", "kbit/s", INFINITY, -1},
                                               .modalities_key = true,
                                               .check = check,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_mp3_compression = {
    .name = "mp3_compression",
    .meaning = "Sound that went through MP3.",
    .source = "MPEG-1/2 layer III at a constant bit rate, by libsndfile (LAME, mpg123), delay "
              "removed; steps of fray's own",
    .table = &table,
    .impl = &ops};
