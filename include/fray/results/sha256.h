/* SHA-256, for manifests that other programs check and sign. Source: FIPS 180-4. */
#ifndef FRAY_RESULTS_SHA256_H
#define FRAY_RESULTS_SHA256_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAY_SHA256_TEXT = 65 }; /* 64 hexadecimal digits, lower case, and a NUL */

/** A running hash. */
struct fray_sha256 {
  uint32_t h[8];
  uint64_t size; /* bytes so far */
  unsigned char block[64];
};
void fray_sha256_begin(struct fray_sha256 *s);
void fray_sha256_add(struct fray_sha256 *s, const void *data, size_t size);
void fray_sha256_end(struct fray_sha256 *s, char out[FRAY_SHA256_TEXT]);

/** Of bytes in one piece. */
void fray_sha256_of(const void *data, size_t size, char out[FRAY_SHA256_TEXT]);
/** Of a regular file, no link: reads all of it. size: its bytes. INPUT: it is none, or cannot be
 * read. */
enum fray_status fray_sha256_file(const char *path, uint64_t *size, char out[FRAY_SHA256_TEXT],
                                  struct fray_err *err);

/** Whether the processor's own instructions are used; wanted: if it has them. For tests and
 * measurements: all ways give the same. */
bool fray_sha256_quick(bool wanted);

#endif
