/* Checks of picture files that the decoder does not make: it fills what is missing with anything.
 */
#ifndef FRAY_CODEC_CHECK_H
#define FRAY_CODEC_CHECK_H

#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

static inline uint32_t fray_be32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint32_t fray_le32(const uint8_t *p) {
  return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/** Chunks, their CRCs, IEND, and that the image data unpack to exactly the rows that the header
 *  announces. INPUT otherwise. The size must have been checked against the limit before.
 *  Source: PNG specification (W3C 2003), sections 5, 8 and 10. */
enum fray_status fray_png_check(const uint8_t *data, size_t size, struct fray_err *err);

/** Segments up to the end-of-image marker. INPUT otherwise. Source: ITU-T T.81, annex B. */
enum fray_status fray_jpeg_check(const uint8_t *data, size_t size, struct fray_err *err);

#endif
