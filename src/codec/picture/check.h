/* Numbers and marks in the bytes of a file. */
#ifndef FRAY_CODEC_CHECK_H
#define FRAY_CODEC_CHECK_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t fray_be32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint32_t fray_le32(const uint8_t *p) {
  return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}
static inline unsigned fray_be16(const uint8_t *p) {
  return (unsigned)p[0] << 8 | p[1];
}
static inline unsigned fray_le16(const uint8_t *p) {
  return (unsigned)p[1] << 8 | p[0];
}

/** Whether the first `size` bytes of a file hold n bytes of magic at `at`. */
static inline bool fray_starts(const uint8_t *p, size_t size, size_t at, const char *magic,
                               size_t n) {
  return size >= at + n && memcmp(p + at, magic, n) == 0;
}

#endif
