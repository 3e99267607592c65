/* Instance-dependent label noise, without a sample in sight: the truncated normal law of the
 * levels, the row of a sample, and what a value looks like.
 *
 * The public generators multiply raw pixels by normal numbers. Of 784 pixels that gives logits of a
 * deviation of 9, and nearly every sample of a class becomes the same other class. Here what is
 * multiplied has the length 1, so logits have the deviation 1 whatever a value is made of. */
#include "instance_law.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Phi((x - mean) / deviation) by the complement of the error function, which keeps its digits in
 * the tail that a mean near 0 cuts off: 1 + erf would lose them all. */
static double below(double x, double mean, double deviation) {
  return 0.5 * erfc((mean - x) / (deviation * sqrt(2)));
}

/* By halving: the law has no quantile in closed form, and 60 steps leave nothing of [0, 1]. */
double fray_truncated_normal(double u, double mean, double deviation) {
  const double from = below(0, mean, deviation), to = below(1, mean, deviation);
  const double wanted = from + u * (to - from);
  double low = 0, high = 1;
  for (int step = 0; step < 60; step++) {
    const double middle = (low + high) / 2;
    if (below(middle, mean, deviation) < wanted)
      low = middle;
    else
      high = middle;
  }
  return (low + high) / 2;
}

/* The largest logit is taken off before exp, as in any softmax; that of the true class takes no
 * part in it, or a sample that looks much like its own class would leave nothing to the others. W_y
 * is indexed [number of x][class], as the published generators hold it. */
void fray_instance_row(const double *x, size_t n, const double *w, size_t y, double q,
                       size_t classes, double *out) {
  double most = -INFINITY, sum = 0;
  memset(out, 0, classes * sizeof *out);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < classes; j++)
      out[j] += x[i] * w[i * classes + j];
  for (size_t j = 0; j < classes; j++)
    if (j != y)
      most = fmax(most, out[j]);
  for (size_t j = 0; j < classes; j++)
    sum += out[j] = j == y ? 0 : exp(out[j] - most);
  for (size_t j = 0; j < classes; j++)
    out[j] = j == y ? 1 - q : q * (out[j] / sum);
}

/* By the cumulated row in class order, the true class left out, so that one number decides and a
 * level that grows changes whether, but never what. */
size_t fray_instance_target(const double *p, size_t y, double u, size_t classes) {
  double others = 0, sum = 0;
  size_t last = y;
  for (size_t j = 0; j < classes; j++)
    others += j == y ? 0 : p[j];
  for (size_t j = 0; j < classes; j++) {
    if (j == y || p[j] <= 0)
      continue;
    sum += p[j];
    last = j; /* rounding may leave the sum a little below u */
    if (u * others < sum)
      break;
  }
  /* Where all others are impossible to the last bit, the next one is as good as any. */
  return last == y ? (y + 1) % classes : last;
}

/* Less its mean, over its length. A constant has no shape: what rounding leaves of it is no length
 * to divide by. */
static void scale(double *x) {
  double mean = 0, squares = 0, size = 0;
  for (size_t k = 0; k < FRAY_INSTANCE_PARTS; k++)
    mean += x[k] / FRAY_INSTANCE_PARTS;
  for (size_t k = 0; k < FRAY_INSTANCE_PARTS; k++) {
    size += x[k] * x[k];
    x[k] -= mean;
    squares += x[k] * x[k];
  }
  const double over = squares > 1e-20 * size ? 1 / sqrt(squares) : 0;
  for (size_t k = 0; k < FRAY_INSTANCE_PARTS; k++)
    x[k] *= over;
}

/* Stretches overlap where there are fewer numbers than parts. Sound swings around 0, so that means
 * of it would be noise: its levels are what one hears. Channels and rows of pixels are not told
 * apart; a look is a coarse sketch, and all that is asked of it is that alike values have alike
 * ones. */
void fray_instance_look(const struct fray_signal *value, double *out) {
  const size_t area = value->kind == FRAY_IMAGE ? value->height * value->width : 1;
  const size_t n = value->text ? value->length : value->length * value->channels * area;
  memset(out, 0, FRAY_INSTANCE_PARTS * sizeof *out);
  for (size_t i = 0; value->text && i < n; i++)
    out[(unsigned char)value->text[i] % FRAY_INSTANCE_PARTS] += 1;
  for (size_t k = 0; value->x && n && k < FRAY_INSTANCE_PARTS; k++) {
    const size_t from = k * n / FRAY_INSTANCE_PARTS;
    const size_t to = FRAY_MAX((k + 1) * n / FRAY_INSTANCE_PARTS, from + 1);
    double sum = 0;
    for (size_t i = from; i < to; i++) {
      const double x = (double)value->x[i];
      sum += value->kind == FRAY_AUDIO ? x * x : x;
    }
    sum /= (double)(to - from);
    out[k] = value->kind == FRAY_AUDIO ? sqrt(sum) : sum;
  }
  scale(out);
}
