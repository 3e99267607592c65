/* Opus, really encoded and decoded (libopus, by libsndfile): the coder of calls and messengers.
 * Below some 12 kbit/s it keeps a voice and not its wave, so differences of samples say little of
 * what one hears. Rates that it does not have are brought to the next higher one that it has, and
 * back. */
#include "corrupt/audio/tools/recoded.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

struct opus_compression {
  double kbps; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "kbps", struct opus_compression, kbps, .optional = true, .min = 6,
               .max = INFINITY, .infinite = true, .unit = "kbit/s",
               .help = "Bits a second in the mean, of one channel, at most 256. Less is worse; "
                       ".inf: no coding."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "opus_compression", struct opus_compression, fields,
                  .help = "Sound through Opus.");

/* From a good call to the least that it can do. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, 24, 16, 12, 8, 6)};

static double strength(const void *params) {
  return ((const struct opus_compression *)params)->kbps;
}

/* libsndfile takes its delay off by itself. */
static enum fray_status apply(const void *params, double kbps, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  (void)params;
  return fray_sound_recode(FRAY_CODER_OPUS, kbps, sound, place->scratch, err);
}

/* Not every libsndfile was built with all coders. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  (void)entry;
  (void)at;
  return fray_sound_coder_check(FRAY_CODER_OPUS, err);
}

/* Of single clips a lower rate may be nearer; the mean over many moves with less. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_MEAN, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "Opus artefacts in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "Opus at",
                                               .strength = {"kbps", "kbit/s", INFINITY, -1},
                                               .modalities_key = true,
                                               .check = check,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_opus_compression = {
    .name = "opus_compression",
    .meaning = "Sound that went through Opus.",
    .source = "RFC 6716 by libsndfile (libopus), mean bit rate; steps of fray's own",
    .table = &table,
    .impl = &ops};
