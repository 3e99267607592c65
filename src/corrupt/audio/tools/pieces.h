/* Sound in pieces: parts that are silenced, lost or moved. */
#ifndef FRAY_CORRUPT_AUDIO_PIECES_H
#define FRAY_CORRUPT_AUDIO_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Samples of a share of n, to the nearest. */
size_t fray_piece_length(double share, size_t n);
/** Where a piece of `length` of n samples begins, from a draw u in [0, 1): floor(u (n - length)),
 * so that with one u a longer piece holds a shorter one. */
size_t fray_piece_start(double u, size_t length, size_t n);
/** Silences x[from .. from + length). */
void fray_piece_silence(float *x, size_t from, size_t length);

enum fray_packet_fill {
  FRAY_PACKET_ZERO,
  FRAY_PACKET_REPEAT /* the last packet that arrived, half as loud with each further loss */
};
/** Packets of `packet` samples in n; the last one may be shorter. */
size_t fray_packets_in(size_t n, size_t packet);
/** Fills the packets that are lost. lost: (fray_packets_in(n, packet)). */
void fray_packets_lose(float *x, size_t n, size_t packet, const uint8_t *lost,
                       enum fray_packet_fill fill);

/** Moves x (n) by d samples, d in (-n, n); to the right if positive. wrap: what leaves at one end
 *  comes in at the other; else silence comes in. */
void fray_piece_shift(float *x, size_t n, ptrdiff_t d, bool wrap);

#endif
