/* Modality dropout: training samples lose modalities that they have, so that the model learns to do
 * without. Nothing is dropped at test. */
#include "fray/base/rng.h"
#include "fray/fed/missing.h"

struct params {
  double p;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "p", struct params, p, .def = 0.3, .min = 0, .max = 1,
               .help = "probability with which each modality that a training sample has is left "
                       "out of a step; a sample keeps at least one, and with 1 just one"),
};
static FRAY_TABLE(table, "modality_dropout", struct params, fields, .help = "");

/* The k-th modality that is there. */
static unsigned bit_of(uint8_t present, uint64_t k) {
  for (unsigned m = 0; m < 8; m++)
    if ((present >> m & 1) && k-- == 0)
      return 1u << m;
  return 0;
}

/* Each sample draws equally often, so that what one of them has does not change the draws of those
 * behind it. Where all would go, one that is drawn stays: the first would be seen too often. */
static void drop(const void *params, const struct fray_missing_step *step, size_t n,
                 uint8_t *present) {
  const double p = ((const struct params *)params)->p;
  struct fray_rng rng =
      fray_rng_for(step->seed, "missing/modality_dropout", step->who, step->when, step->step);
  if (p <= 0)
    return;
  for (size_t i = 0; i < n; i++) {
    unsigned kept = 0, held = 0;
    for (unsigned m = 0; m < step->n_modalities; m++) {
      const bool goes = fray_rng_uniform(&rng) < p;
      held += present[i] >> m & 1;
      kept |= goes ? 0 : present[i] & 1u << m;
    }
    const uint64_t stays = fray_rng_u64(&rng);
    /* Of at most 8: what the remainder favours is below 2^-60. */
    present[i] = (uint8_t)(kept || held == 0 ? kept : bit_of(present[i], stays % held));
  }
}

static const struct fray_missing_ops ops = {.drop = drop};

extern const struct fray_choice fray_missing_modality_dropout;
const struct fray_choice fray_missing_modality_dropout = {
    .name = "modality_dropout",
    .meaning = "in each training step each modality that a sample has is left out with "
               "probability p, never its last one; what is absent is masked",
    .source = "Neverova et al. 2016, ModDrop, arXiv 1501.00102; with one modality kept",
    .table = &table,
    .impl = &ops,
};
