#include "fray/codec/codec.h"

#include "check.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

/* libstb holds the implementations; only declarations are wanted here. */
#include <ctype.h>
#include <stb_image.h>
#include <stb_image_resize.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_SIDE = 8192, LARGEST_FILE = 64 << 20 };

enum format { UNKNOWN, PNG, JPEG, BMP, PNM };

static enum format format_of(const uint8_t *p, size_t size) {
  if (size >= 8 && memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0)
    return PNG;
  if (size >= 3 && memcmp(p, "\xff\xd8\xff", 3) == 0)
    return JPEG;
  if (size >= 26 && memcmp(p, "BM", 2) == 0)
    return BMP;
  if (size >= 3 && p[0] == 'P' && (p[1] == '5' || p[1] == '6'))
    return PNM;
  return UNKNOWN;
}

/* Rows of an uncompressed bitmap lie within the file. */
static enum fray_status check_bmp(const uint8_t *p, size_t size, size_t width, size_t height,
                                  struct fray_err *err) {
  uint32_t first = fray_le32(p + 10), header = fray_le32(p + 14);
  FRAY_CHECK(header == 12 || size >= 34, err, INPUT, "truncated BMP: no header");
  unsigned bits = header == 12 ? p[24] | p[25] << 8 : p[28] | p[29] << 8;
  size_t row = (width * bits + 31) / 32 * 4;
  FRAY_CHECK(first <= size && row * height <= size - first, err, INPUT,
             "truncated BMP: %zu x %zu pixels of %u bits from byte %u need more than %zu bytes",
             height, width, bits, first, size);
  return FRAY_OK;
}

/* The next number of a PNM header, after white space and comments; false where there is none. */
static bool pnm_number(const uint8_t *p, size_t size, size_t *at, size_t *out) {
  for (bool comment = false; *at < size; ++*at) {
    if (!comment && p[*at] != '#' && !isspace(p[*at]))
      break;
    comment = p[*at] == '#' || (comment && p[*at] != '\n');
  }
  size_t digits = 0;
  for (*out = 0; *at < size && isdigit(p[*at]) && digits < 9; ++*at, digits++)
    *out = *out * 10 + (size_t)(p[*at] - '0');
  return digits > 0;
}

/* stb leaves the pixels that a short file lacks uninitialised. */
static enum fray_status check_pnm(const uint8_t *p, size_t size, size_t width, size_t height,
                                  struct fray_err *err) {
  size_t at = 2, number[3] = {0};
  for (size_t i = 0; i < FRAY_COUNT(number); i++)
    FRAY_CHECK(pnm_number(p, size, &at, &number[i]), err, INPUT, "truncated PGM or PPM: no header");
  FRAY_CHECK(number[0] == width && number[1] == height && number[2] >= 1 && number[2] <= 65535, err,
             INPUT, "damaged PGM or PPM: %zu x %zu pixels up to %zu", number[1], number[0],
             number[2]);
  size_t bytes = width * height * (p[1] == '6' ? 3 : 1) * (number[2] > 255 ? 2 : 1);
  FRAY_CHECK(at < size && bytes <= size - at - 1, err, INPUT,
             "truncated PGM or PPM: %zu x %zu pixels need %zu bytes, %zu are left", height, width,
             bytes, at < size ? size - at - 1 : 0);
  return FRAY_OK;
}

/* Checks format and size before anything is decoded. */
static enum fray_status check_file(const uint8_t *p, size_t size, struct fray_err *err) {
  enum format format = format_of(p, size);
  FRAY_CHECK(format != UNKNOWN, err, INPUT, "not a PNG, JPEG, BMP, PGM or PPM image");
  int width, height, channels;
  FRAY_CHECK(stbi_info_from_memory(p, (int)size, &width, &height, &channels), err, INPUT,
             "damaged or truncated image (%s)", stbi_failure_reason());
  FRAY_CHECK(width >= 1 && width <= LONGEST_SIDE && height >= 1 && height <= LONGEST_SIDE, err,
             INPUT, "image of %d x %d pixels, the limit is %d x %d", height, width, LONGEST_SIDE,
             LONGEST_SIDE);
  switch (format) {
  case PNG:
    return fray_png_check(p, size, err);
  case JPEG:
    return fray_jpeg_check(p, size, err);
  case BMP:
    return check_bmp(p, size, (size_t)width, (size_t)height, err);
  default:
    return check_pnm(p, size, (size_t)width, (size_t)height, err);
  }
}

static enum fray_status decode(const struct fray_text *file, int channels, struct fray_image *out,
                               struct fray_err *err) {
  const uint8_t *p = (const uint8_t *)file->data;
  FRAY_CHECK(file->size > 0, err, INPUT, "the file is empty");
  FRAY_TRY(check_file(p, file->size, err));
  int width, height, found;
  uint8_t *x = stbi_load_from_memory(p, (int)file->size, &width, &height, &found, channels);
  FRAY_CHECK(x, err, INPUT, "damaged or truncated image (%s)", stbi_failure_reason());
  *out = (struct fray_image){
      .x = x, .height = (size_t)height, .width = (size_t)width, .channels = (size_t)channels};
  return FRAY_OK;
}

enum fray_status fray_image_read(const char *path, int channels, struct fray_image *out,
                                 struct fray_err *err) {
  FRAY_CHECK(channels == 1 || channels == 3, err, INTERNAL, "images of %d channels", channels);
  struct fray_text file = {0};
  enum fray_status status = fray_file_read(path, LARGEST_FILE, &file, err);
  if (status == FRAY_OK && decode(&file, channels, out, err) != FRAY_OK)
    status = fray_at(err, "%s", path);
  fray_text_free(&file);
  return status;
}

/* Area mean for an axis that shrinks, straight lines for one that grows. */
static stbir_filter filter_for(size_t from, size_t to) {
  return to < from ? STBIR_FILTER_BOX : STBIR_FILTER_TRIANGLE;
}

enum fray_status fray_image_resize(const struct fray_image *image, size_t height, size_t width,
                                   struct fray_image *out, struct fray_err *err) {
  FRAY_CHECK(height >= 1 && height <= LONGEST_SIDE && width >= 1 && width <= LONGEST_SIDE, err,
             INPUT, "cannot resize to %zu x %zu pixels: sides lie in [1, %d]", height, width,
             LONGEST_SIDE);
  size_t size = height * width * image->channels;
  uint8_t *x = malloc(size);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu bytes)", size);
  bool good = true;
  if (height == image->height && width == image->width)
    memcpy(x, image->x, size);
  else
    good =
        stbir_resize(image->x, (int)image->width, (int)image->height, 0, x, (int)width, (int)height,
                     0, STBIR_TYPE_UINT8, (int)image->channels, STBIR_ALPHA_CHANNEL_NONE, 0,
                     STBIR_EDGE_CLAMP, STBIR_EDGE_CLAMP, filter_for(image->width, width),
                     filter_for(image->height, height), STBIR_COLORSPACE_LINEAR, NULL);
  if (!good) {
    free(x);
    return fray_fail(err, FRAY_MEMORY, "out of memory (resizing to %zu x %zu)", height, width);
  }
  *out = (struct fray_image){.x = x, .height = height, .width = width, .channels = image->channels};
  return FRAY_OK;
}

void fray_image_free(struct fray_image *image) {
  if (!image)
    return;
  free(image->x); /* stb and fray_image_resize both use malloc */
  *image = (struct fray_image){0};
}
