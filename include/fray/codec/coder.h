/* Coders that lose something: a value is encoded and decoded again in memory, as it would be on its
 * way through a camera, a message or a telephone. */
#ifndef FRAY_CODEC_CODER_H
#define FRAY_CODEC_CODER_H

#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** pixels (height, width, channels), channels 1 or 3, as a baseline JPEG of quality 1 .. 100
 * (tables of Annex K scaled as libjpeg does, entries cut at 255, colour at half resolution: 4:2:0)
 * and back, in place. MEMORY. Same bytes for the same library; see fray_picture_library. */
enum fray_status fray_jpeg_code(uint8_t *pixels, size_t height, size_t width, size_t channels,
                                int quality, struct fray_err *err);

#endif
