/* Echo: the same once more, later and softer, as of a wall or a bad line. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

#include <math.h>

/* Three numbers make an echo; two of them are those that sox has. */
struct echo {
  double delay_ms; /* NaN: by severity */
  double decay;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "delay_ms", struct echo, delay_ms, .optional = true, .min = 0, .max = 60000,
               .unit = "ms",
               .help = "By how much the echo is later; 0: no echo. What comes after the end of the "
                       "clip is cut off."),
    FRAY_FIELD(REAL, "decay", struct echo, decay, .def = 0.3, .min = 0, .max = 1, .unit = "share",
               .help = "Height of the echo; the sound itself has 0.8, and all of it 0.9 of that."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "echo", struct echo, fields, .help = "An echo of sound.");

/* Up to 50 ms it colours the sound, from 100 ms on it is heard by itself. */
static const struct fray_levels levels[] = {
    FRAY_LEVELS("fray", SIZE_MAX, 0, 20, 60, 125, 250, 500),
    FRAY_LEVELS("srb", SIZE_MAX, 0, 125, 250, 500, 1000, NAN)};

/* 0 is named the neutral strength although the gains would act: no echo is no call at all. */
static double strength(const void *params) {
  return ((const struct echo *)params)->delay_ms;
}

/* A stretch whose delayed values lie before it all. */
static FRAY_DISPATCH void add(float *x, const float *late, size_t n, double decay) {
  for (size_t i = 0; i < n; i++)
    x[i] = (float)(0.9 * (0.8 * (double)x[i] + decay * (double)late[i]));
}

/* sox's gains: before and after. From the end on, so that what is delayed is not yet changed. */
static enum fray_status apply(const void *params, double delay_ms, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const double decay = ((const struct echo *)params)->decay;
  /* To the nearest sample: a delay between two would be a filter too. */
  const size_t delay = (size_t)lround(delay_ms * sound->rate / 1000);
  (void)place;
  (void)err;
  /* Short enough to stay in a near cache, and never longer than the delay. */
  const size_t most = FRAY_MAX(FRAY_MIN(delay, (size_t)2048), (size_t)1);
  for (size_t end = sound->length; end > delay;) {
    const size_t n = FRAY_MIN(most, end - delay);
    end -= n;
    add(sound->x + end, sound->x + end - delay, n, decay);
  }
  for (size_t i = 0; i < FRAY_MIN(delay, sound->length); i++)
    sound->x[i] = (float)(0.9 * (0.8 * (double)sound->x[i] + decay * 0.0)); /* silence before */
  return FRAY_OK;
}

/* How far values move depends on what the sound is like after the delay, and not on how long it
 * is. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_AUDIO, .grows = FRAY_GROWS_NOT, .fixed = true);
static const struct fray_corruption_ops ops = {.words = "an echo in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .turn = {{"decay", .low = 0.1, .high = 0.3}},
                                               .brief = "echo",
                                               .strength = {"delay_ms", "ms", 0, 0},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_echo = {
    .name = "echo",
    .meaning = "Sound with one echo.",
    .source =
        "0.9 (0.8 x[n] + decay x[n - D]), as sox echo 0.8 0.9 D 0.3; srb: Speech Robust Bench",
    .table = &table,
    .impl = &ops};
