/* Portable any-maps: PBM, PGM and PPM, in bytes (P4 to P6) and in text (P1 to P3).
 * Source: the pages pbm, pgm and ppm of Netpbm. */
#include "picture.h"

#include "check.h"

#include <ctype.h>

/* A cursor; in the formats of bytes it serves the header alone. */
struct text {
  const uint8_t *p;
  size_t size, at;
};

/* White space, and comments from # to the end of the line. */
static void skip_blanks(struct text *t) {
  bool comment = false;
  for (; t->at < t->size; t->at++) {
    uint8_t c = t->p[t->at];
    comment = c == '#' || (comment && c != '\n' && c != '\r');
    if (!comment && !isspace(c))
      return;
  }
}

/* False where no number of at most `digits` digits follows. */
static bool take_number(struct text *t, int digits, unsigned *out) {
  skip_blanks(t);
  size_t first = t->at;
  for (*out = 0; t->at < t->size && isdigit(t->p[t->at]); t->at++) {
    if (t->at - first == (size_t)digits)
      return digits == 1; /* the bits of P1 may stand without blanks */
    *out = *out * 10 + (unsigned)(t->p[t->at] - '0');
  }
  return t->at > first;
}

/* 16 bits only where the maximum needs them. */
static void put(struct fray_raster *r, size_t i, unsigned value) {
  if (r->full > 255)
    ((uint16_t *)r->x)[i] = (uint16_t)value;
  else
    ((uint8_t *)r->x)[i] = (uint8_t)value;
}

/* In P1 a 1 is black; in the other formats 0 is. */
static enum fray_status read_text(struct text *t, int digits, struct fray_raster *r,
                                  struct fray_err *err) {
  size_t n = r->height * r->width * r->channels;
  for (size_t i = 0; i < n; i++) {
    unsigned value;
    FRAY_CHECK(take_number(t, digits, &value), err, INPUT,
               "truncated PBM, PGM or PPM: %zu of %zu values", i, n);
    FRAY_CHECK(value <= r->full, err, INPUT, "damaged PBM, PGM or PPM: value %u, its maximum is %u",
               value, r->full);
    put(r, i, digits == 1 ? !value : value);
  }
  return FRAY_OK;
}

/* One blank ends the header of bytes; a comment counts as its line feed. From here on bytes are
 * pixels, whatever they look like. */
static enum fray_status end_header(struct text *t, struct fray_err *err) {
  while (t->at < t->size && t->p[t->at] == '#')
    while (t->at < t->size && t->p[t->at] != '\n')
      t->at++;
  FRAY_CHECK(t->at < t->size, err, INPUT, "truncated PBM, PGM or PPM: it ends with its header");
  FRAY_CHECK(isspace(t->p[t->at]), err, INPUT, "damaged PBM, PGM or PPM: no blank ends its header");
  t->at++;
  return FRAY_OK;
}

/* t stands behind the one blank that ends the header. Once for all rows, in place of a test for
 * each byte. Sides are bounded, so the product fits. */
static enum fray_status check_bytes(const struct text *t, size_t row, const struct fray_raster *r,
                                    struct fray_err *err) {
  size_t left = t->at <= t->size ? t->size - t->at : 0;
  FRAY_CHECK(row * r->height <= left, err, INPUT,
             "truncated PBM, PGM or PPM: %zu x %zu pixels need %zu bytes, %zu are left", r->height,
             r->width, row * r->height, left);
  return FRAY_OK;
}

static enum fray_status read_bits(struct text *t, struct fray_raster *r, struct fray_err *err) {
  size_t row = (r->width + 7) / 8;
  FRAY_TRY(check_bytes(t, row, r, err));
  for (size_t i = 0; i < r->height * r->width; i++) {
    size_t y = i / r->width, x = i % r->width;
    put(r, i, !(t->p[t->at + y * row + x / 8] >> (7 - x % 8) & 1)); /* a set bit is black */
  }
  return FRAY_OK;
}

static enum fray_status read_bytes(struct text *t, struct fray_raster *r, struct fray_err *err) {
  /* Two bytes, the high one first, as soon as the maximum needs them. */
  size_t each = r->full > 255 ? 2 : 1, row = r->width * r->channels;
  FRAY_TRY(check_bytes(t, row * each, r, err));
  const uint8_t *p = t->p + t->at;
  for (size_t i = 0; i < row * r->height; i++) {
    unsigned value = each == 2 ? fray_be16(p + 2 * i) : p[i];
    FRAY_CHECK(value <= r->full, err, INPUT, "damaged PGM or PPM: value %u, its maximum is %u",
               value, r->full);
    put(r, i, value);
  }
  return FRAY_OK;
}

/* Nine digits at most: a number of more has no meaning here and would overflow. */
enum fray_status fray_pnm_read(const uint8_t *data, size_t size,
                               const struct fray_picture_wish *wish, struct fray_raster *out,
                               struct fray_err *err) {
  struct text t = {.p = data, .size = size, .at = 2};
  int kind = data[1] - '0';
  bool bitmap = kind == 1 || kind == 4;
  unsigned width, height, full = 1;
  FRAY_CHECK(take_number(&t, 9, &width) && take_number(&t, 9, &height) &&
                 (bitmap || take_number(&t, 9, &full)),
             err, INPUT, "truncated PBM, PGM or PPM: no header");
  FRAY_CHECK(full >= 1 && full <= 65535, err, INPUT,
             "damaged PGM or PPM: maximum %u is not in [1, 65535]", full);
  FRAY_TRY(fray_raster_size(out, height, width, err));
  out->channels = kind == 3 || kind == 6 ? 3 : 1;
  out->coloured = out->channels == 3;
  out->full = full;
  if (wish->header_only)
    return FRAY_OK;
  FRAY_TRY(fray_raster_make(out, err));
  if (kind <= 3)
    return read_text(&t, bitmap ? 1 : 9, out, err);
  FRAY_TRY(end_header(&t, err));
  return bitmap ? read_bits(&t, out, err) : read_bytes(&t, out, err);
}
