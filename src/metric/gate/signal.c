/* Facts of the raw signal, before anything is made of it: loudness, range and length of a sound,
 * mean and deviation of a picture. Features that are standardised for each sample hide them: faint
 * noise then looks like a full sound, and no score of the model can tell it is silence.
 *
 * A fact is held against those of training samples: how few of them are so far out on its side.
 * The least such share counts, so one number comes of all facts, with one side: thresholds from dev
 * need no part of alpha for each fact and each tail, which few dev samples could not pay. Ranks and
 * not deviations, as facts have tails: of pictures of digits the mean picture is the flattest but
 * two of a thousand, and no two standard deviations from the others. Which facts a medium has is
 * known where raw values are read. */
#include "fray/base/size.h"
#include "fray/metric/gate.h"

#include <math.h>

/* Two-sided p of a fact. Beyond all of training ranks end, and distance goes on: the next sample
 * that is further out is the more suspicious one, and no tie hides it. In units of the range, so
 * that it does not matter in what a fact is measured. */
static double tail(const struct fray_gate_dev *usual, double x) {
  const size_t right = usual->n - fray_gate_below(usual, x, false);
  const size_t as_extreme = FRAY_MIN(fray_gate_below(usual, x, true), right);
  const double p = 2 * (double)(1 + as_extreme) / (double)(usual->n + 1);
  if (as_extreme > 0 || usual->n == 0)
    return p;
  const double low = usual->sorted[0], high = usual->sorted[usual->n - 1];
  const double beyond = (x < low ? low - x : x - high) / (high - low);
  return beyond < INFINITY ? p / (1 + beyond) : 0;
}

/* A loudness of no power at all is minus infinity: an ordinary, very small value. */
static void value(const struct fray_gate_score *score, const struct fray_gate_view *of,
                  double *work, double *out) {
  const double *facts = of->facts[score->modality];
  const size_t n = of->n_facts[score->modality];
  double least = INFINITY;
  (void)work;
  *out = NAN;
  if (!facts)
    return;
  for (size_t i = 0; i < n; i++)
    least = isnan(facts[i]) ? 0 : fmin(least, tail(&score->usual[i], facts[i]));
  *out = -log((double)n * least); /* Bonferroni; the order of 1 less it, without its rounding */
}

static const struct fray_gate_score_ops ops = {.of_modality = true,
                                               .is_input = true,
                                               .reads_alone = FRAY_GATE_FACTS,
                                               .ranked = true,
                                               .value = value};
extern const struct fray_choice fray_gate_score_signal;
const struct fray_choice fray_gate_score_signal = {
    .name = "signal",
    .meaning =
        "how few training samples have a fact of a modality's raw signal as far out: -log of "
        "the least two-sided p, times the number of facts",
    .source = "",
    .impl = &ops,
};
