/* Masks from seeds. */
#ifndef FED_SECURE_EXPAND_H
#define FED_SECURE_EXPAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SECURE_GROUP = 64 };

/** Adds the values first .. first + n - 1 of the mask of a seed to y (n), or takes them off. first:
 * a multiple of SECURE_GROUP. The same on every machine. */
void secure_expand(uint64_t seed, size_t first, size_t n, bool off, uint64_t *y);

#endif
