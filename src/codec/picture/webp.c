/* WebP pictures, lossy and lossless, by libwebp. Films are refused: which of their pictures is
 * meant is for the user to say. Container: RFC 9649. */
#include "check.h"
#include "picture.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>

enum { RIFF_HEAD = 12, CHUNK_HEAD = 8 };

/* The chunk EXIF, behind the picture; pieces that are cut are not looked at. */
static unsigned find_orientation(const uint8_t *p, size_t size) {
  size_t end = FRAY_MIN((size_t)fray_le32(p + 4) + CHUNK_HEAD, size);
  for (size_t at = RIFF_HEAD; at + CHUNK_HEAD <= end;) {
    size_t n = fray_le32(p + at + 4), from = at + CHUNK_HEAD;
    if (n > end - from)
      break;
    if (fray_starts(p, size, at, "EXIF", 4)) {
      /* Some write the head of the JPEG segment in front. */
      size_t head = fray_starts(p, from + n, from, "Exif\0", 6) ? 6 : 0;
      return fray_exif_orientation(p + from + head, n - head);
    }
    at = from + n + (n & 1);
  }
  return 1;
}

/* Rows lie without gaps, as a raster has them. */
static enum fray_status decode(const uint8_t *data, size_t size, struct fray_raster *out,
                               struct fray_err *err) {
  size_t row = out->width * out->channels, bytes = row * out->height;
  /* All of it or nothing: a picture that is cut leaves NULL. */
  const uint8_t *good = out->channels == 4 ? WebPDecodeRGBAInto(data, size, out->x, bytes, (int)row)
                                           : WebPDecodeRGBInto(data, size, out->x, bytes, (int)row);
  FRAY_CHECK(good, err, INPUT, "the WebP picture is damaged or cut short");
  out->orientation = find_orientation(data, size);
  return FRAY_OK;
}

enum fray_status fray_webp_read(const uint8_t *data, size_t size,
                                const struct fray_picture_wish *wish, struct fray_raster *out,
                                struct fray_err *err) {
  WebPBitstreamFeatures features;
  VP8StatusCode code = WebPGetFeatures(data, size, &features);
  FRAY_CHECK(code != VP8_STATUS_OUT_OF_MEMORY, err, MEMORY, "out of memory");
  FRAY_CHECK(code == VP8_STATUS_OK, err, INPUT, "the WebP picture is damaged or cut short");
  FRAY_CHECK(!features.has_animation, err, INPUT,
             "an animated WebP picture is not read; convert the frame that is meant to PNG");
  /* The size that the container announces bounds nothing: what is decoded must be there. */
  FRAY_TRY(fray_raster_size(out, (uint64_t)features.height, (uint64_t)features.width, err));
  out->channels = features.has_alpha ? 4 : 3;
  out->full = 255;
  /* Lossy WebP is always in colour, and lossless does not say. */
  out->coloured = true;
  if (wish->header_only)
    return FRAY_OK;
  FRAY_CHECK((size_t)fray_le32(data + 4) + CHUNK_HEAD <= size, err, INPUT,
             "the WebP picture is damaged or cut short");
  FRAY_TRY(fray_raster_make(out, err));
  return decode(data, size, out, err);
}
