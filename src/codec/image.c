/* Pictures: which format a file has, reading it, resizing. Each decoder gives samples as the file
 * has them; one place makes 8-bit pixels of all (raster.c). */
#include "fray/codec/codec.h"

#include "decode.h"
#include "stranger.h"

#include "codec/picture/check.h"
#include "codec/picture/picture.h"
#include "fray/base/size.h"

/* libstb holds the implementation; only declarations are wanted here. */
#include <ctype.h>
#include <stb_image_resize.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- formats ---- */

/* By the first bytes; endings of names are often wrong. */
static fray_picture_reader *reader_of(const uint8_t *p, size_t size) {
  if (fray_starts(p, size, 0, "\x89PNG\r\n\x1a\n", 8))
    return fray_png_read;
  if (fray_starts(p, size, 0, "\xff\xd8\xff", 3))
    return fray_jpeg_read;
  if (fray_starts(p, size, 0, "BM", 2))
    return fray_bmp_read;
  if (fray_starts(p, size, 0, "GIF87a", 6) || fray_starts(p, size, 0, "GIF89a", 6))
    return fray_gif_read;
/* Without the library these are strangers, and are named below. */
#ifdef FRAY_WITH_WEBP
  if (fray_starts(p, size, 0, "RIFF", 4) && fray_starts(p, size, 8, "WEBPVP8", 7))
    return fray_webp_read;
#endif
#ifdef FRAY_WITH_TIFF
  if (fray_starts(p, size, 0, "II*\0", 4) || fray_starts(p, size, 0, "MM\0*", 4))
    return fray_tiff_read;
#endif
  if (size >= 3 && p[0] == 'P' && p[1] >= '1' && p[1] <= '6' && (isspace(p[2]) || p[2] == '#'))
    return fray_pnm_read;
  return NULL;
}

/* What people have besides, and what to do about it. */
static const struct fray_stranger strangers[] = {
    {"a GIF picture of an unknown version", 0, FRAY_MAGIC("GIF8")},
    {"a TIFF picture", 0, FRAY_MAGIC("II*\0")},
    {"a TIFF picture", 0, FRAY_MAGIC("MM\0*")},
    {"a BigTIFF picture", 0, FRAY_MAGIC("II+\0")},
    {"a BigTIFF picture", 0, FRAY_MAGIC("MM\0+")},
    {"a WebP picture", 8, FRAY_MAGIC("WEBP")},
    {"an AVIF picture", 4, FRAY_MAGIC("ftypavi")},
    {"a HEIC picture", 4, FRAY_MAGIC("ftyphe")},
    {"a HEIC picture", 4, FRAY_MAGIC("ftypmif1")},
    {"a HEIC picture", 4, FRAY_MAGIC("ftypmsf1")},
    {"a JPEG 2000 picture", 4, FRAY_MAGIC("jP  ")},
    {"a JPEG 2000 picture", 0, FRAY_MAGIC("\xff\x4f\xff\x51")},
    {"a JPEG XL picture", 4, FRAY_MAGIC("JXL ")},
    {"a JPEG XL picture", 0, FRAY_MAGIC("\xff\x0a")},
    {"a PAM picture", 0, FRAY_MAGIC("P7\n")},
    {"a PFM picture", 0, FRAY_MAGIC("PF\n")},
    {"a PFM picture", 0, FRAY_MAGIC("Pf\n")},
    {"a Photoshop picture", 0, FRAY_MAGIC("8BPS")},
    {"an OpenEXR picture", 0, FRAY_MAGIC("\x76\x2f\x31\x01")},
    {"a Radiance picture", 0, FRAY_MAGIC("#?RADIANCE")},
    {"a DICOM picture", 128, FRAY_MAGIC("DICM")},
    {"a FITS picture", 0, FRAY_MAGIC("SIMPLE  =")},
    {"an icon", 0, FRAY_MAGIC("\0\0\1\0")},
    {"a QOI picture", 0, FRAY_MAGIC("qoif")},
    {"an SVG drawing", 0, FRAY_MAGIC("<svg")},
    {"an SVG drawing or other XML", 0, FRAY_MAGIC("<?xml")},
    {"a PDF document", 0, FRAY_MAGIC("%PDF")},
};

/* What a file is helps more than what it is not. */
static enum fray_status refuse_stranger(const uint8_t *p, size_t size, struct fray_err *err) {
  const char *is = fray_stranger_find(strangers, FRAY_COUNT(strangers), p, size);
  FRAY_CHECK(!is, err, INPUT, "%s is not read; convert it to PNG or JPEG", is);
  is = fray_stranger_no_media(p, size);
  FRAY_CHECK(!is, err, INPUT, "not a picture but %s", is);
  return fray_fail(err, FRAY_INPUT, "not a PNG, JPEG, BMP, GIF, PBM, PGM or PPM image");
}

/* ---- reading ---- */

static enum fray_status read_raster(const uint8_t *p, size_t size,
                                    const struct fray_picture_wish *wish, struct fray_raster *out,
                                    struct fray_err *err) {
  *out = (struct fray_raster){.orientation = 1};
  FRAY_CHECK(size > 0, err, INPUT, "the file is empty");
  fray_picture_reader *reader = reader_of(p, size);
  return reader ? reader(p, size, wish, out, err) : refuse_stranger(p, size, err);
}

/* The raster is freed after a failure too: readers leave what they had made of it. */
enum fray_status image_here(const struct codec_bytes *bytes, int channels, unsigned maximum,
                            struct fray_image *out, struct fray_err *err) {
  struct fray_raster raster = {0};
  /* A hint: JPEG can decode luma alone. */
  const struct fray_picture_wish wish = {.colours = channels == 1 ? 1 : 0};
  const uint8_t *data;
  uint8_t *owned;
  size_t size;
  FRAY_TRY(codec_bytes_whole(bytes, &data, &size, &owned, err));
  enum fray_status status = read_raster(data, size, &wish, &raster, err);
  if (status == FRAY_OK)
    status = fray_raster_finish(&raster, (size_t)channels, maximum, out, err);
  free(raster.x);
  free(owned);
  return status;
}

/* Of the beginning of a file, too, as long as its header lies there. */
enum fray_status image_here_channels(const struct codec_bytes *bytes, size_t *channels,
                                     struct fray_err *err) {
  const struct fray_picture_wish wish = {.header_only = true};
  struct fray_raster raster = {0};
  const uint8_t *data;
  uint8_t *owned;
  size_t size;
  FRAY_TRY(codec_bytes_whole(bytes, &data, &size, &owned, err));
  const enum fray_status status = read_raster(data, size, &wish, &raster, err);
  free(owned);
  *channels = raster.coloured ? 3 : 1;
  return status;
}

bool image_fits(uint64_t height, uint64_t width) {
  return height >= 1 && height <= FRAY_LONGEST_SIDE && width >= 1 && width <= FRAY_LONGEST_SIDE;
}

/* ---- resizing ---- */

/* Area mean for an axis that shrinks, straight lines for one that grows. */
static stbir_filter filter_for(size_t from, size_t to) {
  return to < from ? STBIR_FILTER_BOX : STBIR_FILTER_TRIANGLE;
}

enum fray_status fray_image_resize(const struct fray_image *image, size_t height, size_t width,
                                   struct fray_image *out, struct fray_err *err) {
  FRAY_CHECK(height >= 1 && height <= FRAY_LONGEST_SIDE && width >= 1 && width <= FRAY_LONGEST_SIDE,
             err, INPUT, "cannot resize to %zu x %zu pixels: sides lie in [1, %d]", height, width,
             FRAY_LONGEST_SIDE);
  size_t size = height * width * image->channels;
  uint8_t *x = malloc(size);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu bytes)", size);
  bool good = true;
  /* Not through the filter: the same size must be the same bytes. */
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
  free(image->x);
  *image = (struct fray_image){0};
}
