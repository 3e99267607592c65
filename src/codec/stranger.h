/* Files of kinds that are not read, known by bytes at a fixed place, so that a message can say what
 * they are. */
#ifndef FRAY_CODEC_STRANGER_H
#define FRAY_CODEC_STRANGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fray_stranger {
  const char *words; /* "a GIF picture" */
  size_t at;
  const char *magic;
  size_t n;
};
#define FRAY_MAGIC(text) text, sizeof text - 1

/** The words of the first of a list (n) that fits; NULL if none does. */
const char *fray_stranger_find(const struct fray_stranger *list, size_t n, const uint8_t *p,
                               size_t size);
/** What lies in the place of media when a download went wrong; NULL if it is none of that. */
const char *fray_stranger_no_media(const uint8_t *p, size_t size);

#endif
