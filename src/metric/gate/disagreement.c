/* How far the modalities, each alone, contradict one another: one less the chance that an answer
 * drawn from each is the same. It tells something only if the model learnt to answer from each
 * modality alone, as it does where modalities were lost in training. */
#include "fray/metric/gate.h"

#include <math.h>

/* The mean over all pairs of those that are there. With fewer than two nothing contradicts
 * anything, which is 0 and not unknown: such samples are judged like the most agreeing ones. */
static void value(const struct fray_gate_score *score, const struct fray_gate_view *of,
                  double *work, double *out) {
  double sum = 0;
  size_t pairs = 0;
  (void)score;
  for (size_t a = 0; a < of->modalities; a++)
    for (size_t b = 0; b < a; b++)
      if (of->alone[a] && of->alone[b]) {
        sum += 1 - fray_claim_support(of->classes, of->alone[a], of->alone[b], work);
        pairs++;
      }
  *out = !pairs ? 0 : isnan(sum) ? (double)INFINITY : sum / (double)pairs;
}

static const struct fray_gate_score_ops ops = {
    .of_whole = true, .is_input = true, .reads = FRAY_GATE_ALONE, .value = value};
extern const struct fray_choice fray_gate_score_disagreement;
const struct fray_choice fray_gate_score_disagreement = {
    .name = "disagreement",
    .meaning =
        "1 less the chance that two modalities, each alone, give one answer; mean over pairs",
    .source = "1 - sum_k p_a(k) p_b(k)",
    .impl = &ops,
};
