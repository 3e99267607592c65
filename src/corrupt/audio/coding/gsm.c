/* GSM: a mobile telephone of the nineties. A model of the vocal tract at 13 kbit/s, so that what is
 * no speech suffers most. It works at 8 kHz: sound of another rate is brought there and back, and
 * keeps nothing above 4 kHz. */
#include "corrupt/audio/tools/recoded.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

static const struct fray_field fields[] = {FRAY_SIGNAL_WHOM};
/* All its keys are the entry's. */
static FRAY_TABLE(table, "gsm", char, fields, .help = "Sound through GSM full rate.");

/* The telephone cuts off what goes beyond full scale, as its converter has 16 bits. */
static enum fray_status apply(const void *params, double strength, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  (void)params;
  (void)strength;
  return fray_sound_recode(FRAY_CODER_GSM, INFINITY, sound, place->scratch, err);
}

static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  (void)entry;
  (void)at;
  return fray_sound_coder_check(FRAY_CODER_GSM, err);
}

static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_AUDIO, .fixed = true, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "a mobile telephone in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "GSM",
                                               .modalities_key = true,
                                               .check = check,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_gsm = {
    .name = "gsm",
    .meaning = "Sound that went through a mobile telephone (GSM full rate).",
    .source = "GSM 06.10 at 8 kHz, bit exact, by libsndfile",
    .table = &table,
    .impl = &ops};
