/* Reverse: sound backwards. What says most of a sound, its spectrum over all of it, stays as it
 * was: a model that loses nothing by this does not use the order of what it hears. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

static const struct fray_field fields[] = {FRAY_SIGNAL_WHOM};
/* All its keys are the entry's. */
static FRAY_TABLE(table, "reverse", char, fields, .help = "Sound backwards.");

static enum fray_status apply(const void *params, double strength, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  (void)params;
  (void)strength;
  (void)place;
  (void)err;
  for (size_t a = 0, b = sound->length; a + 1 < b; a++, b--) {
    const float kept = sound->x[a];
    sound->x[a] = sound->x[b - 1];
    sound->x[b - 1] = kept;
  }
  return FRAY_OK;
}

/* Twice is nothing. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_AUDIO, .fixed = true, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "the %s backwards",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "backwards",
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_reverse = {.name = "reverse",
                                                    .meaning = "Sound played backwards.",
                                                    .source = "x[n - 1 - t]",
                                                    .table = &table,
                                                    .impl = &ops};
