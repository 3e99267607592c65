/* Crop, pad or stretch. Faces and leaves that are stretched are other shapes; which loss is the
 * smaller one depends on the data, so it is asked for. */
#include "picture_fit.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

/* n * to / from, rounded, and within [1, most]: a line of pixels stays a line. */
static size_t scaled(size_t n, size_t to, size_t from, size_t most) {
  size_t size = (2 * n * to + from) / (2 * from);
  return FRAY_MIN(FRAY_MAX(size, (size_t)1), most);
}

/* The part (h, w) that begins at (y, x). */
static enum fray_status cut_part(const struct fray_image *image, size_t y, size_t x, size_t h,
                                 size_t w, struct fray_image *out, struct fray_err *err) {
  size_t channels = image->channels;
  uint8_t *part = malloc(h * w * channels);
  FRAY_CHECK(part, err, MEMORY, "out of memory (%zu bytes)", h * w * channels);
  for (size_t i = 0; i < h; i++)
    memcpy(part + i * w * channels, image->x + ((y + i) * image->width + x) * channels,
           w * channels);
  *out = (struct fray_image){.x = part, .height = h, .width = w, .channels = channels};
  return FRAY_OK;
}

static enum fray_status crop(const struct fray_image *image, size_t height, size_t width,
                             struct fray_image *out, struct fray_err *err) {
  struct fray_image part;
  /* One side is whole, the other as long as the shape wants. */
  size_t h = scaled(image->width, height, width, image->height);
  size_t w = scaled(image->height, width, height, image->width);
  FRAY_TRY(cut_part(image, (image->height - h) / 2, (image->width - w) / 2, h, w, &part, err));
  enum fray_status status = fray_image_resize(&part, height, width, out, err);
  fray_image_free(&part);
  if (status == FRAY_OK && (h < image->height || w < image->width))
    out->notes |= FRAY_NOTE_CROPPED;
  return status;
}

static enum fray_status pad(const struct fray_image *image, uint8_t padding, size_t height,
                            size_t width, struct fray_image *out, struct fray_err *err) {
  struct fray_image inner;
  /* The side that fills its room decides; the other one is shorter. */
  size_t h = scaled(image->height, width, image->width, height);
  size_t w = scaled(image->width, height, image->height, width);
  size_t channels = image->channels, bytes = height * width * channels;
  FRAY_TRY(fray_image_resize(image, h, w, &inner, err));
  if (h == height && w == width) {
    *out = inner;
    return FRAY_OK;
  }
  uint8_t *x = malloc(bytes);
  if (!x) {
    fray_image_free(&inner);
    return fray_fail(err, FRAY_MEMORY, "out of memory (%zu bytes)", bytes);
  }
  /* All channels alike: the edges are grey in colour pictures too. */
  memset(x, padding, bytes);
  size_t top = (height - h) / 2, left = (width - w) / 2;
  for (size_t i = 0; i < h; i++)
    memcpy(x + ((top + i) * width + left) * channels, inner.x + i * w * channels, w * channels);
  fray_image_free(&inner);
  *out = (struct fray_image){
      .x = x, .height = height, .width = width, .channels = channels, .notes = FRAY_NOTE_PADDED};
  return FRAY_OK;
}

enum fray_status fray_picture_fit(const struct fray_image *image, enum picture_fit fit,
                                  uint8_t padding, size_t height, size_t width,
                                  struct fray_image *out, struct fray_err *err) {
  if (fit == FIT_CROP)
    return crop(image, height, width, out, err);
  if (fit == FIT_PAD)
    return pad(image, padding, height, width, out, err);
  return fray_image_resize(image, height, width, out, err);
}
