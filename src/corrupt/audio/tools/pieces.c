/* Cutting sound into pieces. Pieces of one draw nest: whoever asks for more loses what was lost
 * before, and more. */
#include "pieces.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

size_t fray_piece_length(double share, size_t n) {
  return FRAY_MIN((size_t)llrint(share * (double)n), n);
}

/* u < 1, but the product may round up to all that is left. */
size_t fray_piece_start(double u, size_t length, size_t n) {
  return FRAY_MIN((size_t)floor(u * (double)(n - length)), n - length);
}

void fray_piece_silence(float *x, size_t from, size_t length) {
  memset(x + from, 0, length * sizeof *x);
}

size_t fray_packets_in(size_t n, size_t packet) {
  return (n + packet - 1) / packet;
}

/* What stands in for a lost packet is made of the one before, which is whole: only the last of a
 * clip is short. So packets are filled from the left, and one that stands in is repeated itself. */
void fray_packets_lose(float *x, size_t n, size_t packet, const uint8_t *lost,
                       enum fray_packet_fill fill) {
  for (size_t k = 0; k < fray_packets_in(n, packet); k++) {
    const size_t from = k * packet, length = FRAY_MIN(packet, n - from);
    if (!lost[k])
      continue;
    if (fill == FRAY_PACKET_ZERO || k == 0)
      memset(x + from, 0, length * sizeof *x);
    else
      for (size_t i = 0; i < length; i++)
        x[from + i] = 0.5f * x[from - packet + i];
  }
}

static void turn_round(float *x, size_t from, size_t to) {
  for (; from + 1 < to; from++, to--) {
    const float kept = x[from];
    x[from] = x[to - 1];
    x[to - 1] = kept;
  }
}

/* A turn by three mirrors takes no memory. */
void fray_piece_shift(float *x, size_t n, ptrdiff_t d, bool wrap) {
  const size_t right = d >= 0 ? (size_t)d : n - (size_t)-d;
  if (d == 0)
    return;
  turn_round(x, 0, n);
  turn_round(x, 0, right);
  turn_round(x, right, n);
  if (!wrap && d > 0)
    memset(x, 0, right * sizeof *x);
  if (!wrap && d < 0)
    memset(x + right, 0, (n - right) * sizeof *x);
}
