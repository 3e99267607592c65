/* Babble: several people talk at once, each as loud as the other, and what is wanted is one more.
 * Of all noises the one most like speech. The talkers are other samples of the data, or files.
 *
 * Kaldi's recipe adds each talker at a ratio of its own, drawn from a list, so that the ratio of
 * the sum is none of them. Here the ratio is that of the whole babble, as of every other noise, and
 * the talkers are equally loud within it. Of few talkers single words are heard, and they may be
 * words of the data's own classes: that is what makes it harder than a cafe from a file. */
#include "corrupt/audio/tools/mix.h"
#include "corrupt/audio/tools/sound_pool.h"
#include "corrupt/scope/donors.h"

#include "fray/base/size.h"

#include <math.h>

enum { FEWEST = 3, MOST = 7, ATTEMPTS = 16 };

struct babble {
  double snr_db;   /* NaN: by severity */
  int64_t talkers; /* INT64_MIN: drawn */
  const char *from, *contents;
};

static const struct fray_field fields[] = {
    FRAY_SNR_FIELD(struct babble),
    FRAY_FIELD(INT, "talkers", struct babble, talkers, .optional = true, .min = 1, .max = MOST,
               .help = "How many talk. Default: 3 to 7, drawn for each sample. Where there are "
                       "fewer others than that all of them do."),
    FRAY_FIELD(PATH, "from", struct babble, from, .optional = true,
               .help = "A sound file or a folder of them, as of `background`, each a talker. "
                       "Default: other samples of the data, in training those of the same "
                       "federated client, at test those of other clients of the test."),
    FRAY_FIELD(STRING, "contents", struct babble, contents, .optional = true,
               .help = "Hash of the sounds, as ledgers hold it; given, other sounds are refused."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "babble", struct babble, fields, .help = "Voices of several others.");

static const struct fray_levels levels[] = {
    FRAY_SNR_LEVELS, FRAY_LEVELS("kaldi_babble", SIZE_MAX, 0, 20, 17, 15, 13, NAN)};

/* No talkers of the data are wanted where files bring them. */
static size_t donors(const void *params) {
  return ((const struct babble *)params)->from ? 0 : MOST;
}

static size_t how_many(const struct babble *p, struct fray_rng *rng) {
  const size_t drawn = FEWEST + (size_t)fray_rng_below(rng, MOST - FEWEST + 1);
  return p->talkers == INT64_MIN ? drawn : (size_t)p->talkers;
}

/* One voice talks once: a talker who is drawn again is left out, and after some attempts in vain
 * there are as many as there are. Of any class, as nobody in a canteen looks at labels. */
static enum fray_status choose(const void *params, struct fray_donors *from, size_t i, size_t m,
                               uint32_t *out, size_t *n, struct fray_err *err) {
  struct fray_rng rng = fray_donors_stream(from, i, m);
  const size_t wanted = how_many(params, &rng);
  (void)err;
  *n = 0;
  for (int k = 0; k < ATTEMPTS && *n < wanted; k++) {
    const uint32_t donor = fray_donors_draw(from, i, m, &rng, FRAY_OF_ANY_CLASS, 0);
    size_t known = 0;
    if (donor == FRAY_NO_DONOR)
      break;
    while (known < *n && out[known] != donor)
      known++;
    if (known == *n)
      out[(*n)++] = donor;
  }
  return FRAY_OK;
}

/* Both hooks are only about files. */
static enum fray_status contents(const void *params, uint64_t *out, struct fray_err *err) {
  const struct babble *p = params;
  *out = 0;
  return p->from ? fray_sound_pool_contents(p->from, out, err) : FRAY_OK;
}

static enum fray_status fits(const void *params, const struct fray_modality *modality,
                             struct fray_err *err) {
  const struct babble *p = params;
  (void)modality;
  FRAY_CHECK(p->from || !p->contents, err, INPUT, "contents: is about the sounds of 'from'");
  return p->from ? fray_sound_pool_expect(p->from, p->contents, err) : FRAY_OK;
}

/* At equal levels, so that none of them is the only one that is heard. A silent one says nothing.
 */
static void add_talker(const float *x, size_t n, double where, float *sum, float *piece,
                       size_t length) {
  fray_loop_piece(x, n, where, piece, length);
  const double level = fray_rms(piece, length);
  for (size_t i = 0; level > 0 && i < length; i++)
    sum[i] += (float)((double)piece[i] / level);
}

/* Two numbers a talker in any case, so that the draws of one do not depend on how many there are.
 */
static enum fray_status apply(const void *params, double snr_db, struct fray_signal *sound,
                              struct fray_place *place, struct fray_err *err) {
  const struct babble *p = params;
  struct fray_sound_pool *pool = NULL;
  const size_t drawn = how_many(p, &place->rng), n = p->from ? drawn : place->n_donors;
  float *sum, *piece;
  FRAY_ALLOC_ZERO(sum, place->scratch, sound->length, err);
  FRAY_ALLOC(piece, place->scratch, sound->length, err);
  if (p->from)
    FRAY_TRY(fray_sound_pool_open(p->from, &pool, err));
  for (size_t k = 0; k < n; k++) {
    const double which = fray_rng_uniform(&place->rng), where = fray_rng_uniform(&place->rng);
    const float *x = pool ? NULL : place->donor[k].x;
    size_t length = pool ? 0 : place->donor[k].length;
    if (pool) {
      const size_t size = fray_sound_pool_size(pool);
      const size_t one = FRAY_MIN((size_t)(which * (double)size), size - 1);
      FRAY_TRY(fray_sound_pool_get(pool, one, sound->rate, &x, &length, err));
    }
    add_talker(x, length, where, sum, piece, sound->length);
  }
  fray_mix_noise(sound->x, sum, sound->length, snr_db);
  return FRAY_OK;
}

/* Ratios scale one and the same babble, so that less is more of it. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_AUDIO,
                                                  .levels = levels,
                                                  .n_levels = FRAY_COUNT(levels),
                                                  .strength = fray_snr_of,
                                                  .fits = fits,
                                                  .contents = contents,
                                                  .donors = donors,
                                                  .choose = choose,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "babble in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "babble",
                                               .strength = {"snr_db", "dB", INFINITY, -1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_babble = {
    .name = "babble",
    .meaning = "Sound with 3 to 7 other talkers in the background.",
    .source = "sum of talkers at equal level, mixed as noise; Kaldi's MUSAN recipe (Snyder et al. "
              "2015)",
    .table = &table,
    .impl = &ops};
