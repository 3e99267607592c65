/* From samples as a file has them to 8 bits, upright, on white, in the wanted colours. */
#include "check.h"
#include "picture.h"

#include "fray/base/size.h"
#include "fray/codec/notes.h"

#include <stdlib.h>
#include <string.h>

enum { DARK_SHARE = 4 }; /* 16-bit values below a quarter of their range: 14 bits or fewer */

/* Bounded before anything is allocated; products of sides fit ever after. */
enum fray_status fray_raster_size(struct fray_raster *raster, uint64_t height, uint64_t width,
                                  struct fray_err *err) {
  FRAY_CHECK(height >= 1 && height <= FRAY_LONGEST_SIDE && width >= 1 && width <= FRAY_LONGEST_SIDE,
             err, INPUT, "image of %llu x %llu pixels, the limit is %d x %d",
             (unsigned long long)height, (unsigned long long)width, FRAY_LONGEST_SIDE,
             FRAY_LONGEST_SIDE);
  raster->height = (size_t)height;
  raster->width = (size_t)width;
  return FRAY_OK;
}

enum fray_status fray_raster_make(struct fray_raster *raster, struct fray_err *err) {
  size_t samples = raster->height * raster->width * raster->channels;
  raster->x = calloc(samples, raster->full > 255 ? 2 : 1);
  FRAY_CHECK(raster->x, err, MEMORY, "out of memory (%zu samples)", samples);
  return FRAY_OK;
}

/* ---- where a pixel goes ---- */

/* EXIF's orientations are mirrorings of the stored rows and columns, then, from 5 on, rows become
 * columns. Source: EXIF 2.32, 4.6.4, A. */
struct turn {
  bool flip_y, flip_x, swap;
};
static const struct turn turns[9] = {[2] = {.flip_x = true},
                                     [3] = {.flip_y = true, .flip_x = true},
                                     [4] = {.flip_y = true},
                                     [5] = {.swap = true},
                                     [6] = {.flip_y = true, .swap = true},
                                     [7] = {.flip_y = true, .flip_x = true, .swap = true},
                                     [8] = {.flip_x = true, .swap = true}};

/* Where the first stored pixel goes, and how far its neighbours below and to the right lie. */
struct course {
  ptrdiff_t first, down, right;
};

/* One addition for each step instead of eight cases in the loop over pixels. */
static struct course course_of(const struct fray_raster *r) {
  struct turn t = turns[r->orientation];
  ptrdiff_t h = (ptrdiff_t)r->height, w = (ptrdiff_t)r->width;
  struct course c = {.down = t.swap ? 1 : w, .right = t.swap ? h : 1};
  if (t.flip_y) {
    c.first += (h - 1) * c.down;
    c.down = -c.down;
  }
  if (t.flip_x) {
    c.first += (w - 1) * c.right;
    c.right = -c.right;
  }
  return c;
}

/* ---- values ---- */

/* What is found on the way decides which notes a picture gets. */
struct scale {
  unsigned full, white; /* highest sample; the sample that becomes 255 */
  unsigned peak;        /* highest sample found */
  unsigned notes;
};

/* 8 and 16 bits lie in one buffer; full says which. */
static unsigned sample_at(const struct fray_raster *r, size_t i) {
  return r->full > 255 ? ((const uint16_t *)r->x)[i] : ((const uint8_t *)r->x)[i];
}

/* v in parts of white as a byte; `rest` tells whether 8 bits lose something. */
static uint8_t to_byte(uint64_t v, uint64_t white, bool *rest) {
  uint64_t scaled = v * 255;
  *rest = scaled % white != 0;
  return (uint8_t)((scaled + white / 2) / white);
}

/* v over white is alpha v + (1 - alpha) white, rounded once. */
static uint8_t take_sample(struct scale *s, unsigned v, unsigned alpha) {
  s->peak = FRAY_MAX(s->peak, v);
  /* Nearly all pictures: opaque, 8 bits. */
  if (s->white == 255 && alpha == 255 && s->full == 255)
    return (uint8_t)v;
  if (v > s->white) {
    s->notes |= FRAY_NOTE_CLIPPED;
    v = s->white;
  }
  uint64_t lit = (uint64_t)v * alpha + (uint64_t)s->white * (s->full - alpha);
  bool rest;
  uint8_t byte = alpha == s->full ? to_byte(v, s->white, &rest)
                                  : to_byte(lit, (uint64_t)s->white * s->full, &rest);
  if (rest && s->full > 255)
    s->notes |= FRAY_NOTE_DEPTH;
  return byte;
}

/* Luma of ITU-R BT.601 in 256ths, exact for greys. 77 + 150 + 29 = 256, so white stays white. */
static uint8_t luma(const uint8_t rgb[3]) {
  return (uint8_t)((77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2]) >> 8);
}

/* On white, as browsers and printers show it; what was transparent is noted. */
static void take_pixel(const struct fray_raster *r, size_t i, struct scale *s, uint8_t rgb[3]) {
  size_t colours = r->channels >= 3 ? 3 : 1;
  unsigned alpha = r->channels > colours ? sample_at(r, i * r->channels + colours) : r->full;
  if (alpha < r->full)
    s->notes |= FRAY_NOTE_COMPOSITED;
  for (size_t c = 0; c < 3; c++)
    rgb[c] = c < colours ? take_sample(s, sample_at(r, i * r->channels + c), alpha) : rgb[0];
}

/* One pass in the order of the file; the output may be turned, and its places come from the
 * course. */
static void fill(const struct fray_raster *r, struct scale *s, struct fray_image *out) {
  struct course course = course_of(r);
  for (size_t i = 0; i < r->height * r->width; i++) {
    ptrdiff_t y = (ptrdiff_t)(i / r->width), x = (ptrdiff_t)(i % r->width);
    size_t place = (size_t)(course.first + y * course.down + x * course.right);
    uint8_t rgb[3], *to = out->x + place * out->channels;
    take_pixel(r, i, s, rgb);
    if (out->channels == 1)
      *to = r->channels < 3 ? rgb[0] : luma(rgb);
    else
      memcpy(to, rgb, 3);
  }
}

enum fray_status fray_raster_finish(const struct fray_raster *r, size_t channels, unsigned maximum,
                                    struct fray_image *out, struct fray_err *err) {
  FRAY_CHECK(maximum == 0 || r->full > 255, err, INPUT,
             "`maximum` is for pictures of 16 bits, this one has 8");
  FRAY_CHECK(maximum <= r->full, err, INPUT, "`maximum` %u, but this picture's values end at %u",
             maximum, r->full);
  size_t own = r->coloured ? 3 : 1;
  bool swap = turns[r->orientation].swap;
  struct fray_image image = {.height = swap ? r->width : r->height,
                             .width = swap ? r->height : r->width,
                             .channels = channels ? channels : own};
  size_t bytes = image.height * image.width * image.channels;
  image.x = malloc(bytes);
  FRAY_CHECK(image.x, err, MEMORY, "out of memory (%zu bytes)", bytes);
  /* maximum is what a 12-bit camera calls full; without it 16 bits are taken as they are, and a
   * dark picture is noted. */
  struct scale s = {.full = r->full, .white = maximum ? maximum : r->full};
  fill(r, &s, &image);
  image.notes = r->notes | s.notes;
  if (r->orientation != 1)
    image.notes |= FRAY_NOTE_TURNED;
  if (image.channels != own)
    image.notes |= FRAY_NOTE_CONVERTED;
  if (r->full > 255 && !maximum && s.peak > 0 && s.peak <= r->full / DARK_SHARE)
    image.notes |= FRAY_NOTE_DARK;
  *out = image;
  return FRAY_OK;
}

/* ---- which way is up ---- */

enum { TIFF_HEADER = 8, ENTRY = 12, ORIENTATION = 0x0112, SHORT = 3 };

/* How a camera was held, as EXIF data say. 1, upright, for whatever cannot be read: pixels are
 * whole without it. */
unsigned fray_exif_orientation(const uint8_t *tiff, size_t size) {
  if (size < TIFF_HEADER + 2 || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0))
    return 1;
  /* "II" is little-endian, "MM" big: the camera's own order. */
  bool big = tiff[0] == 'M';
  uint32_t at = big ? fray_be32(tiff + 4) : fray_le32(tiff + 4);
  if (at < TIFF_HEADER || at > size - 2)
    return 1;
  size_t entries = big ? fray_be16(tiff + at) : fray_le16(tiff + at);
  const uint8_t *p = tiff + at + 2, *end = tiff + size;
  /* Only the first directory: the second is of the thumbnail. What does not fit is ignored, as
   * cameras and editors write much that is wrong there. */
  for (size_t i = 0; i < entries && end - p >= ENTRY; i++, p += ENTRY) {
    unsigned tag = big ? fray_be16(p) : fray_le16(p);
    unsigned type = big ? fray_be16(p + 2) : fray_le16(p + 2);
    unsigned value = big ? fray_be16(p + 8) : fray_le16(p + 8);
    if (tag == ORIENTATION)
      return type == SHORT && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
