/* Background: sounds that the user brings, played beside those of the data, as MUSAN's are: a cafe,
 * a street, machines, music. */
#include "corrupt/audio/tools/mix.h"
#include "corrupt/audio/tools/sound_pool.h"
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

/* contents stands in ledgers: a path alone would not say that sounds were exchanged since. */
struct background {
  double snr_db; /* NaN: by severity */
  const char *from, *contents;
};

static const struct fray_field fields[] = {
    FRAY_SNR_FIELD(struct background),
    FRAY_FIELD(PATH, "from", struct background, from, .required = true,
               .help =
                   "A sound file, or a folder of them (with the folders in it), up to 1 GiB; in a "
                   "folder files with other endings than those of sounds are passed over. Each "
                   "sample draws one of the sounds, and where it begins; one that is shorter than "
                   "the sample is repeated. Channels are averaged, other rates resampled. Their "
                   "bytes are part of what a trial is: other sounds make other trials."),
    FRAY_FIELD(STRING, "contents", struct background, contents, .optional = true,
               .help = "Hash of the sounds, as ledgers hold it; given, other sounds are refused."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "background", struct background, fields,
                  .help = "Sounds of a folder in the background.");

/* As of other noises: an office lies at 20 dB, a street at 10, a canteen at 0. */
static const struct fray_levels levels[] = {
    FRAY_SNR_LEVELS, FRAY_LEVELS("kaldi_noise", SIZE_MAX, 0, 15, 10, 5, 0, NAN),
    FRAY_LEVELS("kaldi_music", SIZE_MAX, 0, 15, 10, 8, 5, NAN)};

/* Of all of the folder, also of what is passed over: nobody knows then what else was meant. */
static enum fray_status contents(const void *params, uint64_t *out, struct fray_err *err) {
  return fray_sound_pool_contents(((const struct background *)params)->from, out, err);
}

/* Reads and decodes all of it, so that nothing is begun with a file that cannot be heard. */
static enum fray_status fits(const void *params, const struct fray_modality *modality,
                             struct fray_err *err) {
  const struct background *p = params;
  (void)modality;
  return fray_sound_pool_expect(p->from, p->contents, err);
}

/* Both draws in any case, so that others do not depend on how long a sound is. */
static enum fray_status apply(const void *params, double snr_db, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct background *p = params;
  const double which = fray_rng_uniform(&place->rng), where = fray_rng_uniform(&place->rng);
  struct fray_sound_pool *pool;
  const float *x;
  float *noise;
  size_t n;
  /* It is there already, as fits has opened it. */
  FRAY_TRY(fray_sound_pool_open(p->from, &pool, err));
  const size_t size = fray_sound_pool_size(pool);
  FRAY_TRY(fray_sound_pool_get(pool, FRAY_MIN((size_t)(which * (double)size), size - 1),
                               sound->rate, &x, &n, err));
  FRAY_ALLOC(noise, place->scratch, sound->length, err);
  fray_loop_piece(x, n, where, noise, sound->length);
  fray_mix_noise(sound->x, noise, sound->length, snr_db); /* a silent piece changes nothing */
  return FRAY_OK;
}

/* Ratios scale one and the same piece, so that less is more of it. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO,
                                                  .levels = levels,
                                                  .n_levels = FRAY_COUNT(levels),
                                                  .strength = fray_snr_of,
                                                  .fits = fits,
                                                  .contents = contents,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "background sounds in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "background",
                                               .strength = {"snr_db", "dB", INFINITY, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_background = {
    .name = "background",
    .meaning = "Sound with other sounds, from files, in the background.",
    .source = "mixing of Kaldi's MUSAN recipe (Snyder et al. 2015), the ratio over the whole clip",
    .table = &table,
    .impl = &ops};
