/* Polarity: two wires exchanged. Ears do not hear it, nor do features of spectra. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

static const struct fray_field fields[] = {FRAY_SIGNAL_WHOM};
/* All its keys are the entry's. */
static FRAY_TABLE(table, "polarity", char, fields,
                  .help = "Sound upside down; features of spectra undo it.");

/* The one kind here that ears cannot hear: whoever finds a model to lose by it has found a fault of
 * its features. */
static enum fray_status apply(const void *params, double strength, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  (void)params;
  (void)strength;
  (void)place;
  (void)err;
  for (size_t i = 0; i < sound->length; i++)
    sound->x[i] = -sound->x[i];
  return FRAY_OK;
}

/* Twice is nothing. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_AUDIO, .fixed = true, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "reversed polarity of the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "reversed polarity",
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_polarity = {
    .name = "polarity",
    .meaning = "Sound upside down, as from a microphone with its wires exchanged.",
    .source = "-x",
    .table = &table,
    .impl = &ops};
