/* Filling of gaps, channel by channel. */
#include "gaps.h"

const char *const fray_gap_fill_names[] = {"hold", "zero", "mean", "linear", NULL};

/* Channels lie side by side; each is gone through with a stride, since gaps differ by channel. */
struct column {
  float *x;
  const uint8_t *lost;
  size_t n, stride;
};

/* What a receiver can know: the mean of the whole window would tell it of values that never came.
 */
static float mean_of_rest(const struct column *a) {
  double sum = 0;
  size_t n = 0;
  for (size_t t = 0; t < a->n; t++)
    if (!a->lost[t * a->stride]) {
      sum += (double)a->x[t * a->stride];
      n++;
    }
  return n ? (float)(sum / (double)n) : 0.0f;
}

static void fill_with(const struct column *a, float value) {
  for (size_t t = 0; t < a->n; t++)
    if (a->lost[t * a->stride])
      a->x[t * a->stride] = value;
}

/* Steps from `begin` to `end` are lost, those beside them, where there are any, arrived. */
static void bridge(const struct column *a, size_t begin, size_t end, bool linear) {
  float left = 0, right = 0;
  if (begin > 0)
    left = a->x[(begin - 1) * a->stride];
  if (end < a->n)
    right = a->x[end * a->stride];
  if (begin == 0)
    left = right;
  if (end == a->n || !linear)
    right = left;
  const float by = (right - left) / (float)(end - begin + 1);
  for (size_t t = begin; t < end; t++)
    a->x[t * a->stride] = left + by * (float)(t - begin + 1);
}

/* Gap by gap: the last value that arrived is the one before the gap, however long that is. */
static void bridge_all(const struct column *a, bool linear) {
  for (size_t t = 0; t < a->n; t++) {
    size_t end = t;
    while (end < a->n && a->lost[end * a->stride])
      end++;
    if (end > t)
      bridge(a, t, end, linear);
    t = end;
  }
}

/* Nothing is NaN afterwards: the encoders take numbers, and a mask would be another input. */
void fray_gaps_fill(struct fray_signal *x, const uint8_t *lost, enum fray_gap_fill fill) {
  for (size_t c = 0; c < x->channels; c++) {
    const struct column a = {
        .x = x->x + c, .lost = lost + c, .n = x->length, .stride = x->channels};
    if (fill == FRAY_GAP_ZERO)
      fill_with(&a, 0);
    else if (fill == FRAY_GAP_MEAN)
      fill_with(&a, mean_of_rest(&a));
    else
      bridge_all(&a, fill == FRAY_GAP_LINEAR);
  }
}
