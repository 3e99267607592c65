/* Pieces of a window in another order. */
#include "segments.h"

#include <string.h>

/* With the identity among them: whoever does not want it draws again. */
void fray_draw_order(struct fray_rng *rng, uint32_t *order, size_t n) {
  for (size_t k = 0; k < n; k++)
    order[k] = (uint32_t)k;
  fray_rng_shuffle(rng, order, n);
}

/* Pieces are taken from the copy in their new order, one behind the other. */
void fray_segments_reorder(const float *from, const size_t *cut, const uint32_t *order, size_t n,
                           struct fray_signal *x) {
  float *to = x->x;
  /* Piece 0 begins with the window, the last one ends with it. */
  for (size_t k = 0; k < n; k++) {
    const size_t begin = order[k] ? cut[order[k] - 1] : 0;
    const size_t end = order[k] + 1 < n ? cut[order[k]] : x->length;
    const size_t size = (end - begin) * x->channels;
    memcpy(to, from + begin * x->channels, size * sizeof *to);
    to += size;
  }
}
