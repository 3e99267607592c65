/* The band of a telephone: what is left of a voice on a line of copper. */
#include "corrupt/scope/scope.h"
#include "fray/corrupt/biquad.h"

#include "fray/base/size.h"

/* Both ends, since wide-band telephones have others: 50 to 7000 Hz. */
struct telephone {
  double low, high;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "low", struct telephone, low, .def = 300, .min = 1, .max = 1e6, .unit = "Hz",
               .help =
                   "Lower end of the band; at it, and at the upper, 3 dB are missing, beyond 24 "
                   "dB an octave."),
    FRAY_FIELD(REAL, "high", struct telephone, high, .def = 3400, .min = 1, .max = 1e6,
               .unit = "Hz",
               .help = "Upper end of the band, above low; from half the sampling rate on there is "
                       "none."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "telephone", struct telephone, fields, .help = "Sound in a band.");

/* Both are needed to see it: a row knows only its own key. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct telephone *p = entry->kind.params;
  (void)at;
  FRAY_CHECK(p->low < p->high, err, INPUT, "low: %g Hz is not below high, %g Hz", p->low, p->high);
  return FRAY_OK;
}

/* The lower end is what makes a band of it: without it nothing would be left. */
static enum fray_status fits(const void *params, const struct fray_modality *sound,
                             struct fray_err *err) {
  const struct telephone *p = params;
  FRAY_CHECK(p->low < sound->rate / 2, err, INPUT,
             "low: %g Hz is not under half the sampling rate, %g Hz", p->low, sound->rate / 2);
  return FRAY_OK;
}

/* Sound that is slower than the band is wide has no upper end to take away. */
static enum fray_status apply(const void *params, double strength, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct telephone *p = params;
  const double low = p->low / (sound->rate / 2), high = p->high / (sound->rate / 2);
  struct fray_biquad section[4];
  (void)strength;
  (void)place;
  (void)err;
  if (!(low < 1))
    return FRAY_OK; /* refused above */
  if (high < 1)
    fray_butterworth_band(low, high, section);
  else
    fray_butterworth_high(low, section);
  /* From 0 on, as a line that was silent before: nothing of a constant passes. */
  fray_biquads_run(section, high < 1 ? 4 : 2, false, sound->x, sound->length);
  return FRAY_OK;
}

/* It is on or off: its strength is the share of the samples that it hits. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_AUDIO, .fixed = true, .fits = fits, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "the %s through a telephone",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "telephone",
                                               .check = check,
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_telephone = {
    .name = "telephone",
    .meaning = "Sound in the band of a telephone, 300 to 3400 Hz.",
    .source = "Butterworth band-pass, order 4 a side, causal; band: ITU-T G.120",
    .table = &table,
    .impl = &ops};
