/* Modality dropout: training samples lose modalities that they have, so that the model learns to do
 * without. Nothing is dropped at test. */
#include "fray/base/rng.h"
#include "fray/fed/missing.h"

enum { UNIT_MODALITY, UNIT_SAMPLE };
static const char *const unit_names[] = {"modality", "sample", NULL};

struct params {
  double p;
  int unit;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "p", struct params, p, .def = 0.3, .min = 0, .max = 1,
               .help = "probability with which each modality that a training sample has is left "
                       "out of a step; a sample keeps at least one, and with 1 just one"),
    FRAY_FIELD(ENUM, "unit", struct params, unit, .names = unit_names, .def_text = "modality",
               .help = "modality: each by itself. sample: of each batch as many values go, but as "
                       "whole samples, drawn at random, which then teach nothing (one of them may "
                       "lose a part): what the smaller volume does by itself"),
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
static uint8_t draw(struct fray_rng *rng, double p, size_t n_modalities, uint8_t present) {
  unsigned kept = 0, held = 0;
  for (unsigned m = 0; m < n_modalities; m++) {
    const bool goes = fray_rng_uniform(rng) < p;
    held += present >> m & 1;
    kept |= goes ? 0 : present & 1u << m;
  }
  const uint64_t stays = fray_rng_u64(rng);
  /* Of at most 8: what the remainder favours is below 2^-60. */
  return (uint8_t)(kept || held == 0 ? kept : bit_of(present, stays % held));
}

/* A value is one modality of one sample, whatever its length: what a draw takes. */
static size_t values_of(uint8_t present) {
  return (size_t)__builtin_popcount(present);
}

/* Any of the samples that have something left, alike: the k-th of them. taken: how many have not.
 * Without a list, since batches have some dozens of samples. */
static size_t next(struct fray_rng *rng, size_t n, size_t taken, const uint8_t *present) {
  size_t k = (size_t)fray_rng_below(rng, n - taken);
  for (size_t i = 0; i < n; i++)
    if (present[i] && k-- == 0)
      return i;
  return n;
}

/* As many values as the draws of single modalities take, so that the volume is theirs in each batch
 * and not only in the mean. The last sample that is hit may lose a part of what it has. Since each
 * sample would keep one, fewer go than all samples hold, and one stays. */
static void drop_samples(struct fray_rng *rng, size_t n, size_t values, uint8_t *present) {
  size_t empty = 0;
  for (size_t i = 0; i < n; i++)
    empty += present[i] == 0;
  for (; values > 0; empty++) {
    const size_t i = next(rng, n, empty, present);
    for (; values > 0 && present[i]; values--)
      present[i] &= (uint8_t)~bit_of(present[i], fray_rng_below(rng, values_of(present[i])));
  }
}

static void drop(const void *params, const struct fray_missing_step *step, size_t n,
                 uint8_t *present) {
  const struct params *own = params;
  struct fray_rng rng =
      fray_rng_for(step->seed, "missing/modality_dropout", step->who, step->when, step->step);
  size_t values = 0;
  if (own->p <= 0)
    return;
  /* The same draws for both units, so that they agree on how much goes. */
  for (size_t i = 0; i < n; i++) {
    const uint8_t kept = draw(&rng, own->p, step->n_modalities, present[i]);
    values += values_of(present[i]) - values_of(kept);
    if (own->unit == UNIT_MODALITY)
      present[i] = kept;
  }
  if (own->unit == UNIT_SAMPLE)
    drop_samples(&rng, n, values, present);
}

/* That single modalities go, and samples stay, is the method; how much goes is its volume. */
static struct fray_volume volume(const void *params) {
  const struct params *p = params;
  return p->p > 0 && p->unit == UNIT_MODALITY
             ? (struct fray_volume){"unit", unit_names[UNIT_SAMPLE]}
             : (struct fray_volume){NULL, NULL};
}

static const struct fray_missing_ops ops = {.drop = drop, .volume = volume};

extern const struct fray_choice fray_missing_modality_dropout;
const struct fray_choice fray_missing_modality_dropout = {
    .name = "modality_dropout",
    .meaning = "in each training step each modality that a sample has is left out with "
               "probability p, never its last one; what is absent is masked",
    .source = "Neverova et al. 2016, ModDrop, arXiv 1501.00102; with one modality kept",
    .table = &table,
    .impl = &ops,
};
