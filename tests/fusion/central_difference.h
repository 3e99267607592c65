/* Gradients against central differences of a function that returns a double. */
#ifndef CENTRAL_DIFFERENCE_H
#define CENTRAL_DIFFERENCE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef double (*objective)(void *context);

/* Checks gradient[i] of f by x[i] for every `stride`-th i: |numeric - analytic| <= tolerance times
 * the largest |gradient|. A coordinate may agree at any of eight step sizes: a large step crosses
 * kinks of ReLU and maxima, a small one drowns in float32 rounding, and a wrong gradient agrees at
 * none. The floor of 1e-5 is for true zeros, like the bias before a softmax. */
static inline void check_gradient(objective f, void *context, float *x, size_t n,
                                  const float *gradient, size_t stride, double tolerance,
                                  const char *name) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    const double size = fabs((double)gradient[i]);
    largest = size > largest ? size : largest;
  }
  for (size_t i = 0; i < n; i += stride) {
    static const float steps[] = {1e-2f, 4e-3f, 2e-3f, 8e-4f, 4e-4f, 2e-4f, 1e-4f, 8e-5f};
    double best = INFINITY, numeric = 0;
    const double most = tolerance * largest + 1e-5;
    for (size_t k = 0; k < sizeof steps / sizeof *steps && !(best <= most); k++) {
      const float centre = x[i];
      const float up = centre + steps[k], down = centre - steps[k];
      x[i] = up;
      const double high = f(context);
      x[i] = down;
      const double low = f(context);
      x[i] = centre;
      const double slope = (high - low) / ((double)up - (double)down);
      if (fabs(slope - (double)gradient[i]) < best) {
        best = fabs(slope - (double)gradient[i]);
        numeric = slope;
      }
    }
    if (!(best <= most))
      fail_msg("%s[%zu]: %.7g, numerically %.7g (largest %.3g)", name, i, (double)gradient[i],
               numeric, largest);
  }
}

#endif
