/* Chow's rule: answer where that is worth more than to refuse.
 *
 * A right answer gives 1, a refusal 0, a wrong answer costs c. With probability p of being right an
 * answer is worth p - c (1 - p), which is above 0 if p > c / (1 + c). It is the best rule there is,
 * as far as the probabilities are right: those of a network that is too sure of itself refuse too
 * little, which `temperature` mends where somebody has measured one.
 * Source: Chow, On optimum recognition error and reject tradeoff, IEEE Trans. Inf. Theory 16
 * (1970). */
#include "fray/fed/judge.h"
#include "fray/nn/loss.h"

#include <math.h>

struct chow {
  double cost, temperature;
};

static const struct fray_field fields[] = {
    /* Required: nobody else knows what a mistake costs. */
    FRAY_FIELD(REAL, "cost", struct chow, cost, .required = true, .min = 0, .max = 1e6,
               .help = "What a wrong answer costs, a right one being worth 1 and a refusal 0: "
                       "answered is what has a probability above cost / (1 + cost)."),
    FRAY_FIELD(REAL, "temperature", struct chow, temperature, .def = 1, .min = 0, .open_min = true,
               .max = 1e6, .help = "Logits are divided by it before they become probabilities."),
};
static FRAY_TABLE(table, "chow", struct chow, fields,
                  .help = "Refuses what is not worth the risk.");

/* The probability of the largest logit at a temperature, in double: it is compared with a bound. */
static double confidence(const float *logit, size_t classes, size_t best, double temperature) {
  double sum = 0;
  for (size_t c = 0; c < classes; c++)
    sum += exp(((double)logit[c] - (double)logit[best]) / temperature);
  return 1 / sum;
}

/* A NaN among the logits makes the confidence one, and nothing is above a bound then: refused. */
static enum fray_status answer(const void *state, const struct fray_outputs *of,
                               struct fray_arena *work, int16_t *said, struct fray_err *err) {
  const struct chow *p = state;
  const double bound = p->cost / (1 + p->cost);
  (void)work;
  (void)err;
  fray_classify(of->n, of->classes, of->logits, NULL, NULL, said);
  for (size_t i = 0; i < of->n; i++)
    if (said[i] >= 0 && !(confidence(of->logits + i * of->classes, of->classes, (size_t)said[i],
                                     p->temperature) > bound))
      said[i] = FRAY_REFUSED;
  return FRAY_OK;
}

static const struct fray_judge_ops ops = {.answer = answer};
extern const struct fray_choice fray_judge_chow;
const struct fray_choice fray_judge_chow = {
    .name = "chow",
    .meaning = "refuses what a stated cost of errors makes not worth answering",
    .source = "answer iff max p > c / (1 + c) (Chow 1970)",
    .table = &table,
    .impl = &ops,
};
