/* Which samples of a client teach: those of small loss, those whose class a model is sure of. */
#include "fray/fed/sample_choice.h"

#include <math.h>
#include <string.h>

/* Round 1 leaves out something already: R(T) of the paper counts from T = 1. */
double fray_left_out(int64_t round, double tau, int64_t ramp) {
  return fmin((double)round / (double)ramp * tau, tau);
}

/* With an exponent other than 1 it jumps after the ramp: so does their code. */
double fray_left_out_by_authors(int64_t round, double tau, int64_t ramp, double exponent) {
  if (round > ramp)
    return tau;
  return ramp > 1 ? pow(tau, exponent) * (double)(round - 1) / (double)(ramp - 1) : 0;
}

/* A short last batch would teach nothing otherwise. */
size_t fray_stay(size_t n, double left_out) {
  const size_t stay = (size_t)((1 - left_out) * (double)n);
  return stay == 0 && n > 0 ? 1 : stay;
}

/* By insertion: a batch has some dozens of samples, and equal losses stay in their order. */
void fray_keep_smallest(size_t n, const double *nll, size_t keep, uint32_t *scratch,
                        uint8_t *kept) {
  for (size_t i = 0; i < n; i++) {
    size_t at = i;
    for (; at > 0; at--) {
      const double before = nll[scratch[at - 1]];
      /* A NaN is behind all numbers, and no NaN behind another. */
      if (!(nll[i] < before || (isnan(before) && !isnan(nll[i]))))
        break;
      scratch[at] = scratch[at - 1];
    }
    scratch[at] = (uint32_t)i;
  }
  /* Marks, not a list: who learns from them goes through the batch in its own order. */
  memset(kept, 0, n);
  for (size_t k = 0; k < keep && k < n; k++)
    kept[scratch[k]] = 1;
}

/* Compared as floats, so that a probability of just the threshold reaches it. */
size_t fray_sure(size_t n, size_t classes, const float *p, double threshold, int32_t *label,
                 uint8_t *sure) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    const float *row = p + i * classes;
    size_t best = 0; /* a NaN is never larger, and never reaches the threshold */
    for (size_t c = 1; c < classes; c++)
      best = row[c] > row[best] ? c : best;
    label[i] = (int32_t)best;
    sure[i] = row[best] >= (float)threshold;
    count += sure[i];
  }
  return count;
}

/* A level is a quotient of whole numbers: times n it may be just below one. */
size_t fray_relabel_count(size_t n, double level, double ratio) {
  return (size_t)fmin((double)n, (double)n * level * ratio + 1e-9);
}

/* First the losses, then the confidence: who is not sure enough makes room for nobody. */
size_t fray_choose_relabelled(size_t n, const double *loss, const double *confidence, size_t count,
                              double threshold, double *scratch, uint32_t *order, uint8_t *chosen) {
  size_t n_chosen = 0;
  for (size_t i = 0; i < n; i++)
    scratch[i] = -loss[i];
  fray_keep_smallest(n, scratch, count, order, chosen);
  for (size_t i = 0; i < n; i++) {
    chosen[i] = chosen[i] && confidence[i] > threshold;
    n_chosen += chosen[i];
  }
  return n_chosen;
}

/* Squares of distances: their logarithms are twice those of the distances. */
static void find_nearest(size_t n, size_t d, const double *x, size_t of, size_t k,
                         double *nearest) {
  size_t found = 0;
  for (size_t j = 0; j < n; j++) {
    double square = 0;
    if (j == of)
      continue;
    for (size_t c = 0; c < d; c++)
      square += (x[of * d + c] - x[j * d + c]) * (x[of * d + c] - x[j * d + c]);
    if (found == k && !(square < nearest[k - 1]))
      continue;
    size_t at = found < k ? found++ : k - 1;
    for (; at > 0 && nearest[at - 1] > square; at--)
      nearest[at] = nearest[at - 1];
    nearest[at] = square;
  }
}

/* The maximum likelihood estimate: distances to few neighbours fall like a power of their rank, and
 * the power is one over the dimension. */
void fray_local_dimensions(size_t n, size_t d, const double *x, size_t k, double *nearest,
                           double *out) {
  const size_t near = n > 0 && k > n - 1 ? n - 1 : k;
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    out[i] = NAN;
    if (near < 2)
      continue;
    find_nearest(n, d, x, i, near, nearest);
    for (size_t j = 0; j < near; j++)
      sum += nearest[j] > 0 ? log(nearest[j] / nearest[near - 1]) / 2 : -INFINITY;
    /* The farthest adds 0; a sum of 0 would be an infinite dimension. */
    if (sum < 0)
      out[i] = isinf(sum) ? 0 : -(double)near / sum;
  }
}

/* Two losses of one pass: their gradients by the logits add up. */
double fray_mixed_loss(const struct fray_objective *objective, size_t n, size_t classes,
                       const float *logits, const int32_t *a, const int32_t *b, double share,
                       float *dlogits, float *scratch) {
  const double of_a =
                   fray_loss(objective, &(struct fray_truth){n, classes, a, NULL}, logits, dlogits),
               of_b =
                   fray_loss(objective, &(struct fray_truth){n, classes, b, NULL}, logits, scratch);
  for (size_t i = 0; i < n * classes; i++)
    dlogits[i] = (float)(share * (double)dlogits[i] + (1 - share) * (double)scratch[i]);
  return share * of_a + (1 - share) * of_b;
}
