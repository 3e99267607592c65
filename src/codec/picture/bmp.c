/* Windows and OS/2 bitmaps, as far as they are not compressed: rows from below or from above, a
 * palette or masks. Source: Microsoft, "Bitmap Storage", BITMAPINFOHEADER to BITMAPV5HEADER. */
#include "picture.h"

#include "check.h"

#include <string.h>

enum { FILE_HEADER = 14, OS2_HEADER = 12, LONGEST_PALETTE = 256 };
enum { PLAIN = 0, RUNS_8 = 1, RUNS_4 = 2, BITFIELDS = 3, ALPHA_BITFIELDS = 6 };

struct bmp {
  const uint8_t *p;
  size_t size;
  uint32_t first, header; /* byte of the pixels, size of the second header */
  unsigned bits;
  uint32_t compression;
  size_t row; /* bytes */
  bool from_above;
  const uint8_t *palette; /* blue, green, red (0) */
  size_t colours, entry;  /* of it: number, bytes each */
  uint32_t mask[4];       /* red, green, blue, alpha */
};

/* ---- the headers ---- */

static enum fray_status read_sizes(struct bmp *b, struct fray_raster *out, struct fray_err *err) {
  FRAY_CHECK(b->size >= FILE_HEADER + OS2_HEADER, err, INPUT, "truncated BMP: no header");
  b->first = fray_le32(b->p + 10);
  b->header = fray_le32(b->p + 14);
  if (b->header == OS2_HEADER) {
    b->bits = fray_le16(b->p + 24);
    return fray_raster_size(out, fray_le16(b->p + 20), fray_le16(b->p + 18), err);
  }
  /* 40 to 124 bytes: from BITMAPINFOHEADER to BITMAPV5HEADER, each an extension of the one
   * before. */
  FRAY_CHECK(b->header >= 40 && b->header <= 124, err, INPUT,
             "damaged BMP: its header has %u bytes", b->header);
  FRAY_CHECK(b->size - FILE_HEADER >= b->header, err, INPUT, "truncated BMP: no header");
  b->bits = fray_le16(b->p + 28);
  b->compression = fray_le32(b->p + 30);
  /* In 64 bits: the negative of INT32_MIN has no place in 32. */
  int64_t height = (int32_t)fray_le32(b->p + 22); /* negative: the first row is the highest */
  b->from_above = height < 0;
  int64_t width = (int32_t)fray_le32(b->p + 18);
  FRAY_CHECK(width > 0, err, INPUT, "damaged BMP: %lld pixels wide", (long long)width);
  return fray_raster_size(out, (uint64_t)(height < 0 ? -height : height), (uint64_t)width, err);
}

/* Runs are rare, and a decoder of them would be one more thing to trust. */
static enum fray_status check_sort(const struct bmp *b, struct fray_err *err) {
  bool masks = b->compression == BITFIELDS || b->compression == ALPHA_BITFIELDS;
  FRAY_CHECK(b->compression != RUNS_8 && b->compression != RUNS_4, err, INPUT,
             "a BMP compressed by runs is not read; save it as PNG");
  FRAY_CHECK(b->compression == PLAIN || (masks && b->header != 64), err, INPUT,
             "a BMP of compression %u is not read; save it as PNG", b->compression);
  bool known = b->bits == 1 || b->bits == 2 || b->bits == 4 || b->bits == 8;
  known = masks ? b->bits == 16 || b->bits == 32
                : known || b->bits == 16 || b->bits == 24 || b->bits == 32;
  FRAY_CHECK(known, err, INPUT, "damaged BMP: %u bits a pixel", b->bits);
  return FRAY_OK;
}

/* Writers leave the number of colours out when the palette is full; some write a shorter one then,
 * which ends where the pixels begin. */
static enum fray_status read_palette(struct bmp *b, struct fray_err *err) {
  size_t at = FILE_HEADER + b->header, most = (size_t)1 << b->bits;
  size_t used = b->header == OS2_HEADER ? 0 : fray_le32(b->p + 46);
  b->entry = b->header == OS2_HEADER ? 3 : 4;
  FRAY_CHECK(b->first >= at && b->first <= b->size, err, INPUT,
             "damaged BMP: its pixels begin at byte %u of %zu", b->first, b->size);
  size_t room = (b->first - at) / b->entry;
  b->colours = used == 0 || used > most ? most : used;
  b->colours = b->colours > room ? room : b->colours;
  b->palette = b->p + at;
  return FRAY_OK;
}

/* Masks of one run of bits each: widen divides by the lowest of them. */
static enum fray_status read_masks(struct bmp *b, struct fray_err *err) {
  static const uint32_t usual[2][3] = {{0x7c00, 0x3e0, 0x1f}, {0xff0000, 0xff00, 0xff}};
  memcpy(b->mask, usual[b->bits != 16], sizeof usual[0]);
  if (b->compression == PLAIN)
    return FRAY_OK;
  size_t n = b->header >= 56 || b->compression == ALPHA_BITFIELDS ? 4 : 3;
  FRAY_CHECK(b->size >= FILE_HEADER + 40 + 4 * n, err, INPUT, "truncated BMP: no masks");
  for (size_t c = 0; c < n; c++) {
    uint32_t mask = b->mask[c] = fray_le32(b->p + FILE_HEADER + 40 + 4 * c);
    uint32_t low = mask & (~mask + 1), run = low ? mask / low : 0;
    FRAY_CHECK((c == 3 || mask) && (run & (run + 1)) == 0 && (b->bits == 32 || mask <= 0xffff), err,
               INPUT, "damaged BMP: mask %08x", mask);
  }
  return FRAY_OK;
}

/* What is grey in a palette is grey to an encoder: one channel instead of three equal ones. */
static bool grey_palette(const struct bmp *b) {
  for (size_t i = 0; i < b->colours; i++) {
    const uint8_t *c = b->palette + i * b->entry;
    if (c[0] != c[1] || c[1] != c[2])
      return false;
  }
  return true;
}

/* ---- the pixels ---- */

/* n bits as eight, their pattern repeated, so that all set is 255. So 5 bits of 31 become 255, not
 * 248. */
static uint8_t widen(uint32_t value, uint32_t mask) {
  uint32_t low = mask & (~mask + 1), bits = (uint32_t)__builtin_popcount(mask);
  uint64_t v = (value & mask) / low;
  if (bits >= 8)
    return (uint8_t)(v >> (bits - 8));
  uint64_t out = v << (8 - bits);
  for (uint32_t have = bits; have < 8; have += bits)
    out |= v << (8 - bits) >> have;
  return (uint8_t)out;
}

static enum fray_status palette_row(const struct bmp *b, const uint8_t *row, size_t width,
                                    uint8_t *out, struct fray_err *err) {
  for (size_t x = 0; x < width; x++) {
    size_t bit = x * b->bits;
    /* Leftmost pixel in the high bits; a pixel never crosses a byte. */
    size_t index = (unsigned)row[bit / 8] >> (8 - b->bits - bit % 8) & ((1u << b->bits) - 1);
    FRAY_CHECK(index < b->colours, err, INPUT,
               "damaged BMP: a pixel of colour %zu, its palette has %zu", index, b->colours);
    const uint8_t *c = b->palette + index * b->entry;
    for (size_t k = 0; k < 3; k++)
      out[3 * x + k] = c[2 - k];
  }
  return FRAY_OK;
}

/* 24 bits have no masks: blue, green and red lie in three bytes. */
static void masked_row(const struct bmp *b, const uint8_t *row, size_t width, size_t channels,
                       uint8_t *out) {
  for (size_t x = 0; x < width; x++) {
    if (b->bits == 24) {
      for (size_t k = 0; k < 3; k++)
        out[3 * x + k] = row[3 * x + 2 - k];
      continue;
    }
    uint32_t v = b->bits == 16 ? fray_le16(row + 2 * x) : fray_le32(row + 4 * x);
    for (size_t k = 0; k < channels; k++)
      out[channels * x + k] = widen(v, b->mask[k]);
  }
}

/* Programs that know no alpha leave it zero throughout: such a picture is opaque. */
static void mend_alpha(struct fray_raster *r) {
  uint8_t *x = r->x, any = 0;
  size_t n = r->height * r->width;
  for (size_t i = 0; i < n; i++)
    any |= x[4 * i + 3];
  if (any)
    return;
  for (size_t i = 0; i < n; i++)
    x[4 * i + 3] = 255;
}

/* All bytes of all rows must be there before the first is taken. */
static enum fray_status read_rows(const struct bmp *b, struct fray_raster *r,
                                  struct fray_err *err) {
  FRAY_CHECK(b->first <= b->size && b->row * r->height <= b->size - b->first, err, INPUT,
             "truncated BMP: %zu x %zu pixels of %u bits from byte %u need more than %zu bytes",
             r->height, r->width, b->bits, b->first, b->size);
  for (size_t y = 0; y < r->height; y++) {
    size_t from = b->from_above ? y : r->height - 1 - y;
    const uint8_t *row = b->p + b->first + from * b->row;
    uint8_t *out = (uint8_t *)r->x + y * r->width * r->channels;
    if (b->bits <= 8)
      FRAY_TRY(palette_row(b, row, r->width, out, err));
    else
      masked_row(b, row, r->width, r->channels, out);
  }
  if (r->channels == 4)
    mend_alpha(r);
  return FRAY_OK;
}

enum fray_status fray_bmp_read(const uint8_t *data, size_t size,
                               const struct fray_picture_wish *wish, struct fray_raster *out,
                               struct fray_err *err) {
  struct bmp b = {.p = data, .size = size};
  FRAY_TRY(read_sizes(&b, out, err));
  FRAY_TRY(check_sort(&b, err));
  FRAY_TRY(b.bits <= 8 ? read_palette(&b, err) : read_masks(&b, err));
  /* Rows begin at multiples of four bytes. */
  b.row = (out->width * b.bits + 31) / 32 * 4;
  out->channels = b.mask[3] ? 4 : 3;
  out->full = 255;
  out->coloured = b.bits > 8 || !grey_palette(&b);
  if (wish->header_only)
    return FRAY_OK;
  FRAY_TRY(fray_raster_make(out, err));
  return read_rows(&b, out, err);
}
