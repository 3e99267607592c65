/* What tells clients with many wrong labels from others, and what they then learn and count for. */
#include "fray/fed/noisy_clients.h"

#include <math.h>

/* Counted first: a share of whole numbers is the same in whatever order they come. */
void fray_log_priors(size_t n, const int32_t *label, size_t classes, double *out) {
  for (size_t c = 0; c < classes; c++)
    out[c] = 0;
  for (size_t i = 0; i < n; i++)
    out[label[i]]++;
  for (size_t c = 0; c < classes; c++)
    out[c] = out[c] > 0 ? log(out[c] / (double)n) : -INFINITY;
}

/* Two passes: no class needs a counter of its own. */
void fray_class_means(size_t n, const double *value, const int32_t *label, size_t classes,
                      double *out) {
  for (size_t c = 0; c < classes; c++) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
      if ((size_t)label[i] == c) {
        sum += value[i];
        count++;
      }
    out[c] = count ? sum / (double)count : FRAY_NO_LOSS;
  }
}

/* Who lacks a class is taken for the best at it: it is no reason to suspect a client. */
void fray_scale_class_losses(size_t n, size_t classes, double *loss) {
  for (size_t c = 0; c < classes; c++) {
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < n; i++)
      if (loss[i * classes + c] >= 0) {
        least = fmin(least, loss[i * classes + c]);
        most = fmax(most, loss[i * classes + c]);
      }
    for (size_t i = 0; i < n; i++) {
      double *x = &loss[i * classes + c];
      *x = *x >= 0 && most > least ? (*x - least) / (most - least) : 0;
    }
  }
}

/* The largest logit of a row, so that no exp overflows. */
static double top_of(size_t classes, const float *row) {
  double top = -INFINITY;
  for (size_t c = 0; c < classes; c++)
    top = fmax(top, row[c]);
  return top;
}

/* In double to the end: a teacher that is very sure has probabilities that floats would round to 0.
 */
void fray_soften(size_t n, size_t classes, const float *logits, double temperature, double *p) {
  for (size_t i = 0; i < n; i++) {
    const float *row = logits + i * classes;
    const double top = top_of(classes, row);
    double sum = 0;
    for (size_t c = 0; c < classes; c++)
      sum += p[i * classes + c] = exp((row[c] - top) / temperature);
    for (size_t c = 0; c < classes; c++)
      p[i * classes + c] /= sum;
  }
}

/* A class that a client does not hold has probability 0 by its adjusted softmax, and the divergence
 * would be infinite: what the teacher gives to such classes is left aside, as in the authors' code.
 * The slope of a logit is then the rest of p times the softmax, less its own p. */
double fray_divergence(size_t n, size_t classes, const double *p, const float *logits,
                       float *dlogits) {
  double loss = 0;
  for (size_t i = 0; i < n; i++) {
    const float *row = logits + i * classes;
    const double *target = p + i * classes, top = top_of(classes, row);
    double sum = 0, held = 0;
    for (size_t c = 0; c < classes; c++) {
      sum += exp(row[c] - top);
      held += isinf(row[c]) ? 0 : target[c];
    }
    const double log_sum = top + log(sum);
    for (size_t c = 0; c < classes; c++) {
      const double log_q = row[c] - log_sum;
      double slope = 0;
      if (!isinf(row[c])) {
        loss += target[c] > 0 ? target[c] * (log(target[c]) - log_q) : 0;
        slope = held * exp(log_q) - target[c];
      }
      dlogits[i * classes + c] = (float)(slope / (double)n);
    }
  }
  return n ? loss / (double)n : 0;
}

/* Held at both ends, as their code does: before `begin` it is not 0 but e^-5. */
double fray_ramp(double t, double begin, double end) {
  const double left = 1 - (fmin(fmax(t, begin), end) - begin) / (end - begin);
  return exp(-5 * left * left);
}

/* The quotient of their code is 0/0 where nobody is called noisy. */
double fray_closeness(double distance, double most) {
  return most > 0 ? exp(-distance / most) : 1;
}
