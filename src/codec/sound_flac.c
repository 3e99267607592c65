/* FLAC files. The number of frames in the header is only compared; streams leave it at 0. */
#include "sound_parts.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

/* STREAMINFO follows the magic: 4 bytes of block head, then 34. The last 36 of 64 bits behind byte
 * 10 are the number of frames. Source: RFC 9639, section 8.2. */
enum { INFO = 34, TOTAL_AT = 8 + 10 + 3, TAIL = 1 << 18, ID3V1 = 128 };

/* Polynomials of RFC 9639: x^8 + x^2 + x + 1 here, x^16 + x^15 + x^2 + 1 below. */
static uint8_t crc8(const uint8_t *p, size_t n) {
  unsigned crc = 0;
  for (size_t i = 0; i < n; i++) {
    crc ^= p[i];
    for (int b = 0; b < 8; b++)
      crc = crc & 0x80 ? crc << 1 ^ 0x07 : crc << 1;
    crc &= 0xff;
  }
  return (uint8_t)crc;
}

/* Over a whole frame with its head. */
static unsigned crc16(const uint8_t *p, size_t n) {
  unsigned crc = 0;
  for (size_t i = 0; i < n; i++) {
    crc ^= (unsigned)p[i] << 8;
    for (int b = 0; b < 8; b++)
      crc = crc & 0x8000 ? crc << 1 ^ 0x8005 : crc << 1;
    crc &= 0xffff;
  }
  return crc;
}

/* Whether a frame's head stands there: a sync code, and a checksum behind 5 to 15 bytes.
 * Source: RFC 9639, section 9.1. */
static bool is_head(const uint8_t *p, size_t n) {
  if (n < 6 || p[0] != 0xff || (p[1] & 0xfe) != 0xf8)
    return false;
  for (size_t k = 5; k <= 15 && k < n; k++)
    if (crc8(p, k) == p[k])
      return true;
  return false;
}

/* Whether the bytes end with a whole frame: one whose checksum is the last two bytes. From the end
 * backwards: the last frame's head is the first that fits. */
static bool ends_whole(const uint8_t *p, size_t n) {
  for (size_t at = n < 8 ? 0 : n - 7; at-- > 0;)
    if (is_head(p + at, n - at) &&
        crc16(p + at, n - at - 2) == (unsigned)(p[n - 2] << 8 | p[n - 1]))
      return true;
  return false;
}

/* Without a number of frames only the end can tell a whole file. */
static enum fray_status check_tail(const struct sound_view *view, struct fray_err *err) {
  uint64_t size = sound_view_size(view), from = size > TAIL ? size - TAIL : 0;
  uint8_t *tail = malloc(TAIL);
  FRAY_CHECK(tail, err, MEMORY, "out of memory");
  size_t n = sound_view_read(view, from, tail, TAIL);
  bool tagged = n > ID3V1 && memcmp(tail + n - ID3V1, "TAG", 3) == 0;
  bool whole = ends_whole(tail, tagged ? n - ID3V1 : n);
  free(tail);
  FRAY_CHECK(whole, err, INPUT, "truncated: the file does not end with a whole frame");
  return FRAY_OK;
}

enum fray_status sound_read_flac(struct sound_view *view, uint64_t start,
                                 struct sound_buffer *buffer, struct fray_err *err) {
  uint8_t info[8 + INFO];
  int64_t unused = 0;
  bool flawed = false;
  FRAY_CHECK(sound_view_read(view, start, info, sizeof info) == sizeof info && !(info[4] & 127),
             err, INPUT, "damaged or truncated: a FLAC file without a description of the stream");
  uint64_t total = sound_number(info + TOTAL_AT, 5, true);
  uint64_t said = total & (((uint64_t)1 << 36) - 1);
  sound_view_patch(view, start + TOTAL_AT, total - said, 5, true); /* decode to the end */
  FRAY_TRY(sound_append_view(view, buffer, &unused, &flawed, err));
  FRAY_CHECK(buffer->frames >= said, err, INPUT, "truncated: %zu of %llu frames", buffer->frames,
             (unsigned long long)said);
  if (said && said == buffer->frames)
    return FRAY_OK;
  if (said && flawed) { /* no frames of sound stand behind the announced ones */
    buffer->frames = (size_t)said;
    buffer->notes |= FRAY_NOTE_HEADER;
    return FRAY_OK;
  }
  FRAY_TRY(check_tail(view, err));
  FRAY_CHECK(!flawed, err, INPUT, "damaged: it cannot be decoded to its end");
  if (said)
    buffer->notes |= FRAY_NOTE_HEADER;
  return FRAY_OK;
}
