/* Sizes that come from outside are multiplied and added with a check. */
#ifndef FRAY_BASE_SIZE_H
#define FRAY_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>

/** *out = a * b; false, with *out untouched in meaning, on overflow. */
static inline bool fray_size_mul(size_t a, size_t b, size_t *out) {
  return !__builtin_mul_overflow(a, b, out);
}

/** *out = a + b; false on overflow. */
static inline bool fray_size_add(size_t a, size_t b, size_t *out) {
  return !__builtin_add_overflow(a, b, out);
}

#define FRAY_COUNT(array) (sizeof(array) / sizeof *(array))
#define FRAY_MIN(a, b) ((a) < (b) ? (a) : (b))
#define FRAY_MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
