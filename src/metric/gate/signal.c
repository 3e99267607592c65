/* Facts of the raw signal, before anything is made of it: loudness, range and length of a sound,
 * mean and deviation of a picture. Features that are standardised for each sample hide them: faint
 * noise then looks like a full sound, and no score of the model can tell it is silence.
 *
 * The facts are the values of the score, each with two tails, and Bonferroni over them is that of
 * all values of a gate. Which facts a medium has is known where raw values are read. */
#include "fray/metric/gate.h"

#include <math.h>

/* A fact that is far below what is usual is as suspicious as one far above. */
static bool two_sided(const void *params) {
  (void)params;
  return true;
}

static size_t n_values(const struct fray_gate_score *score, const struct fray_gate_view *of) {
  return of->n_facts[score->modality];
}

/* A loudness of no power at all is minus infinity: an ordinary, very small value. */
static void value(const struct fray_gate_score *score, const struct fray_gate_view *of,
                  double *work, double *out) {
  const double *facts = of->facts[score->modality];
  (void)work;
  for (size_t i = 0; i < of->n_facts[score->modality]; i++)
    out[i] = facts ? facts[i] : (double)NAN;
}

static const struct fray_gate_score_ops ops = {.of_modality = true,
                                               .is_input = true,
                                               .reads_alone = FRAY_GATE_FACTS,
                                               .two_sided = two_sided,
                                               .n = n_values,
                                               .value = value};
extern const struct fray_choice fray_gate_score_signal;
const struct fray_choice fray_gate_score_signal = {
    .name = "signal",
    .meaning =
        "facts of a modality's raw signal: the least of their two-sided p, times their number",
    .source = "",
    .impl = &ops,
};
