#include "check.h"

#include "fray/base/size.h"

#include <stdbool.h>
#include <string.h>
#include <zlib.h>

enum { SIGNATURE = 8, CHUNK = 12, HEADER = 13 }; /* CHUNK: length, type and CRC */

/* Bytes of the unpacked image data: every row has one filter byte; interlaced images have seven
 * passes, each over its own grid. */
static uint64_t pass_bytes(uint64_t width, uint64_t height, unsigned bits) {
  return width && height ? height * (1 + (width * bits + 7) / 8) : 0;
}

static uint64_t image_bytes(const uint8_t *header, unsigned bits) {
  static const uint8_t start[7][2] = {{0, 0}, {4, 0}, {0, 4}, {2, 0}, {0, 2}, {1, 0}, {0, 1}};
  static const uint8_t step[7][2] = {{8, 8}, {8, 8}, {4, 8}, {4, 4}, {2, 4}, {2, 2}, {1, 2}};
  uint64_t width = fray_be32(header), height = fray_be32(header + 4), sum = 0;
  if (!header[12])
    return pass_bytes(width, height, bits);
  for (int p = 0; p < 7; p++)
    sum += pass_bytes((width + step[p][0] - 1 - start[p][0]) / step[p][0],
                      (height + step[p][1] - 1 - start[p][1]) / step[p][1], bits);
  return sum;
}

static unsigned bits_per_pixel(const uint8_t *header) {
  static const unsigned samples[] = {1, 0, 3, 1, 2, 0, 4}; /* by colour type */
  unsigned depth = header[8], colour = header[9];
  bool known = depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
  return known && colour < FRAY_COUNT(samples) ? samples[colour] * depth : 0;
}

struct inflation {
  z_stream z;
  uint64_t unpacked, expected;
  bool ended;
};

static enum fray_status inflate_part(struct inflation *f, const uint8_t *data, size_t size,
                                     struct fray_err *err) {
  uint8_t sink[1 << 14];
  f->z.next_in = (z_const Bytef *)data;
  f->z.avail_in = (uInt)size;
  while (f->z.avail_in > 0 && !f->ended) {
    f->z.next_out = sink;
    f->z.avail_out = sizeof sink;
    int result = inflate(&f->z, Z_NO_FLUSH);
    f->unpacked += sizeof sink - f->z.avail_out;
    f->ended = result == Z_STREAM_END;
    FRAY_CHECK(result == Z_OK || f->ended, err, INPUT, "damaged PNG: its image data do not unpack");
    FRAY_CHECK(f->unpacked <= f->expected, err, INPUT, "damaged PNG: too many image data");
  }
  return FRAY_OK;
}

static enum fray_status walk_chunks(const uint8_t *data, size_t size, struct inflation *f,
                                    struct fray_err *err) {
  bool end = false;
  for (size_t at = SIGNATURE; !end;) {
    FRAY_CHECK(size - at >= CHUNK, err, INPUT, "truncated PNG: it ends without its IEND chunk");
    uint32_t length = fray_be32(data + at);
    const uint8_t *type = data + at + 4;
    FRAY_CHECK(length <= size - at - CHUNK, err, INPUT,
               "truncated PNG: chunk %.4s of %u bytes at byte %zu, %zu bytes left", type, length,
               at, size - at - CHUNK);
    FRAY_CHECK(crc32(0, type, length + 4) == fray_be32(type + 4 + length), err, INPUT,
               "damaged PNG: wrong checksum of the chunk at byte %zu", at);
    if (memcmp(type, "IDAT", 4) == 0)
      FRAY_TRY(inflate_part(f, type + 4, length, err));
    end = memcmp(type, "IEND", 4) == 0;
    at += CHUNK + length;
  }
  return FRAY_OK;
}

enum fray_status fray_png_check(const uint8_t *data, size_t size, struct fray_err *err) {
  FRAY_CHECK(size >= SIGNATURE + CHUNK + HEADER, err, INPUT, "truncated PNG: no header");
  FRAY_CHECK(memcmp(data + SIGNATURE, "\0\0\0\rIHDR", 8) == 0, err, INPUT,
             "damaged PNG: it does not begin with an IHDR chunk");
  const uint8_t *header = data + SIGNATURE + 8;
  unsigned bits = bits_per_pixel(header);
  FRAY_CHECK(bits > 0 && header[12] <= 1, err, INPUT,
             "damaged PNG: depth %u, colour type %u, interlace %u", header[8], header[9],
             header[12]);
  struct inflation f = {.expected = image_bytes(header, bits)};
  FRAY_CHECK(inflateInit(&f.z) == Z_OK, err, MEMORY, "out of memory");
  enum fray_status status = walk_chunks(data, size, &f, err);
  inflateEnd(&f.z);
  FRAY_TRY(status);
  FRAY_CHECK(f.ended && f.unpacked == f.expected, err, INPUT,
             "truncated PNG: %llu of %llu bytes of image data", (unsigned long long)f.unpacked,
             (unsigned long long)f.expected);
  return FRAY_OK;
}
