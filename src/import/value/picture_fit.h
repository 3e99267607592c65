/* How a picture of another shape becomes one of the size that was asked for. */
#ifndef FRAY_IMPORT_PICTURE_FIT_H
#define FRAY_IMPORT_PICTURE_FIT_H

#include "fray/codec/codec.h"

enum picture_fit { FIT_STRETCH, FIT_CROP, FIT_PAD };

/** stretch: each side by itself; crop: the largest part in the middle that has the shape, resized;
 *  pad: the whole, as large as it fits, in the middle of edges of the value `padding`. Halves of a
 *  pixel go to the right and below. out is as fray_image_resize leaves it, with notes. */
enum fray_status fray_picture_fit(const struct fray_image *image, enum picture_fit fit,
                                  uint8_t padding, size_t height, size_t width,
                                  struct fray_image *out, struct fray_err *err);

#endif
