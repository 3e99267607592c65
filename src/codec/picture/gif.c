/* GIF pictures: the first one of the file. Source: CompuServe, "Graphics Interchange Format,
 * version 89a" (1990); its appendix F is the packing of codes. */
#include "check.h"
#include "picture.h"

#include "fray/base/size.h"
#include "fray/codec/notes.h"

#include <stdlib.h>
#include <string.h>

enum { EXTENSION = 0x21, IMAGE = 0x2c, TRAILER = 0x3b, GRAPHIC_CONTROL = 0xf9 };
enum { HEADER = 13, DESCRIPTOR = 10, CODES = 4096, NONE = -1 };

struct gif {
  const uint8_t *p;
  size_t size, at;
  size_t width, height;   /* of the screen */
  const uint8_t *palette; /* (colours, 3) of the picture that is read */
  size_t colours;
  int transparent;   /* index, or NONE */
  size_t x, y, w, h; /* the picture on the screen */
  bool interlaced;
};

/* Codes of an LZW stream that lies in pieces of at most 255 bytes. */
struct codes {
  const struct gif *gif;
  size_t at, left; /* next byte; bytes left of this piece */
  uint32_t bits;
  unsigned n_bits;
};

/* Every read is asked for here first: sizes and pieces come from the file. */
static enum fray_status need(const struct gif *g, size_t n, struct fray_err *err) {
  FRAY_CHECK(g->size - g->at >= n, err, INPUT, "the GIF picture is cut short");
  return FRAY_OK;
}

/* ---- blocks ---- */

/* Steps over pieces until the empty one that ends them. */
static enum fray_status skip_pieces(struct gif *g, struct fray_err *err) {
  for (;;) {
    FRAY_TRY(need(g, 1, err));
    size_t n = g->p[g->at++];
    if (n == 0)
      return FRAY_OK;
    FRAY_TRY(need(g, n, err));
    g->at += n;
  }
}

/* Only the one that says which colour is transparent matters here. */
static enum fray_status take_extension(struct gif *g, struct fray_err *err) {
  FRAY_TRY(need(g, 2, err));
  uint8_t label = g->p[g->at + 1];
  g->at += 2;
  if (label == GRAPHIC_CONTROL) {
    FRAY_TRY(need(g, 5, err));
    const uint8_t *p = g->p + g->at;
    /* Another size of it is none that the standard knows, and is stepped over. */
    if (p[0] == 4)
      g->transparent = p[1] & 1 ? p[4] : NONE;
  }
  return skip_pieces(g, err);
}

static enum fray_status take_palette(struct gif *g, uint8_t flags, struct fray_err *err) {
  /* A power of two, as the flags count it; which of them are used is not said. */
  size_t colours = (size_t)2 << (flags & 7);
  FRAY_TRY(need(g, 3 * colours, err));
  g->palette = g->p + g->at;
  g->colours = colours;
  g->at += 3 * colours;
  return FRAY_OK;
}

static enum fray_status take_descriptor(struct gif *g, struct fray_err *err) {
  FRAY_TRY(need(g, DESCRIPTOR, err));
  const uint8_t *p = g->p + g->at;
  /* Bounded by 16 bits each, and by the screen, whose size was checked. */
  g->x = fray_le16(p + 1);
  g->y = fray_le16(p + 3);
  g->w = fray_le16(p + 5);
  g->h = fray_le16(p + 7);
  g->interlaced = p[9] & 0x40;
  g->at += DESCRIPTOR;
  FRAY_CHECK(g->w > 0 && g->h > 0 && g->x + g->w <= g->width && g->y + g->h <= g->height, err,
             INPUT, "its first picture (%zu x %zu at %zu, %zu) leaves the screen of %zu x %zu",
             g->h, g->w, g->y, g->x, g->height, g->width);
  if (p[9] & 0x80)
    FRAY_TRY(take_palette(g, p[9], err));
  FRAY_CHECK(g->palette, err, INPUT, "a GIF picture without a palette");
  return FRAY_OK;
}

/* To the first picture; what comes before it says how it is shown. */
/* An extension that is in front of another picture than the first is not looked at. */
static enum fray_status find_picture(struct gif *g, struct fray_err *err) {
  for (;;) {
    FRAY_TRY(need(g, 1, err));
    uint8_t block = g->p[g->at];
    if (block == IMAGE)
      return take_descriptor(g, err);
    FRAY_CHECK(block == EXTENSION, err, INPUT,
               block == TRAILER ? "the GIF file holds no picture" : "the GIF file is damaged");
    FRAY_TRY(take_extension(g, err));
  }
}

/* ---- pixels ---- */

/* The next code of `size` bits, the lowest first; false at the end of the pieces. */
static bool next_code(struct codes *c, unsigned size, unsigned *out) {
  const struct gif *g = c->gif;
  while (c->n_bits < size) {
    if (c->left == 0) {
      if (c->at >= g->size || g->p[c->at] == 0)
        return false;
      c->left = g->p[c->at++];
    }
    if (c->at >= g->size)
      return false;
    c->bits |= (uint32_t)g->p[c->at++] << c->n_bits;
    c->n_bits += 8;
    c->left--;
  }
  *out = c->bits & ((1u << size) - 1);
  c->bits >>= size;
  c->n_bits -= size;
  return true;
}

struct table {
  uint16_t before[CODES]; /* a code is another one and a byte behind it */
  uint8_t last[CODES], first[CODES];
  uint16_t length[CODES];
};

/* All n indices, or a refusal: a picture that stops early is no picture. Codes above the next free
 * one do not come out of any encoder. */
static enum fray_status unpack(const struct gif *g, unsigned least, uint8_t *out, size_t n,
                               struct table *t, struct fray_err *err) {
  struct codes codes = {.gif = g, .at = g->at};
  unsigned clear = 1u << least, end = clear + 1, free_code = end + 1, size = least + 1, code;
  int before = NONE;
  size_t used = 0;
  for (unsigned k = 0; k < clear; k++) {
    t->last[k] = t->first[k] = (uint8_t)k;
    t->length[k] = 1;
  }
  while (used < n) {
    FRAY_CHECK(next_code(&codes, size, &code) && code != end, err, INPUT,
               "the GIF picture is cut short: %zu of %zu pixels are there", used, n);
    if (code == clear) {
      free_code = end + 1;
      size = least + 1;
      before = NONE;
      continue;
    }
    /* Only a code that was given, or the one that is given right now, can come. */
    bool fresh = before != NONE && code == free_code && free_code < CODES;
    FRAY_CHECK(fresh || code < (before == NONE ? clear : free_code), err, INPUT,
               "the GIF picture is damaged: code %u at pixel %zu", code, used);
    /* The entry that the code before completes; a code may name the very one it completes. */
    if (before != NONE && free_code < CODES) {
      t->before[free_code] = (uint16_t)before;
      t->first[free_code] = t->first[before];
      t->last[free_code] = fresh ? t->first[before] : t->first[code];
      t->length[free_code] = (uint16_t)(t->length[before] + 1);
      free_code++;
      /* When all codes of a size are given the next is longer; at 4096 the table stays as it is
       * until it is cleared. */
      size += free_code == 1u << size && size < 12;
    }
    /* Backwards, since a code knows what stands before its last byte. What is beyond the picture is
     * dropped. */
    size_t length = t->length[code];
    unsigned at = code;
    for (size_t k = length; k-- > 0; at = t->before[at])
      if (used + k < n)
        out[used + k] = t->last[at];
    used += length;
    before = (int)code;
  }
  return FRAY_OK;
}

/* Row of the picture where the k-th stored row belongs: every 8th, those between, and so on. */
static size_t row_of(const struct gif *g, size_t k) {
  /* Appendix E of the source: four passes, from coarse to fine. */
  static const size_t first[] = {0, 4, 2, 1}, step[] = {8, 8, 4, 2};
  for (size_t pass = 0; g->interlaced && pass < FRAY_COUNT(first); pass++) {
    size_t rows = g->h > first[pass] ? (g->h - first[pass] + step[pass] - 1) / step[pass] : 0;
    if (k < rows)
      return first[pass] + k * step[pass];
    k -= rows;
  }
  return k;
}

/* By the palette alone, as for PNG: the pixels are not asked. */
static bool is_coloured(const struct gif *g) {
  for (size_t c = 0; c < g->colours; c++)
    if (g->palette[3 * c] != g->palette[3 * c + 1] || g->palette[3 * c] != g->palette[3 * c + 2])
      return true;
  return false;
}

static enum fray_status put_pixels(const struct gif *g, const uint8_t *index,
                                   struct fray_raster *out, struct fray_err *err) {
  /* Stored rows in their order; where each belongs is known by its number. */
  uint8_t *x = out->x;
  for (size_t k = 0; k < g->h; k++) {
    size_t row = g->y + row_of(g, k);
    for (size_t i = 0; i < g->w; i++) {
      uint8_t c = index[k * g->w + i];
      uint8_t *to = x + (row * g->width + g->x + i) * out->channels;
      FRAY_CHECK(c < g->colours, err, INPUT, "colour %u is beyond the palette of %zu", c,
                 g->colours);
      memcpy(to, g->palette + 3 * (size_t)c, 3);
      /* What the picture does not cover stays 0, which is transparent. */
      if (out->channels == 4)
        to[3] = (int)c == g->transparent ? 0 : 255;
    }
  }
  return FRAY_OK;
}

/* Films are read as their first picture, which is said. */
static bool has_more(struct gif g) {
  while (g.at < g.size && g.p[g.at] == EXTENSION)
    if (take_extension(&g, NULL) != FRAY_OK)
      return false;
  return g.at < g.size && g.p[g.at] == IMAGE;
}

static enum fray_status read_pixels(struct gif *g, struct fray_raster *out, struct fray_err *err) {
  enum fray_status status = FRAY_OK;
  FRAY_TRY(fray_raster_make(out, err));
  /* 26 KiB: too much for a stack that others share. */
  struct table *table = malloc(sizeof *table);
  uint8_t *index = malloc(g->w * g->h);
  if (!table || !index)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  unsigned least = 0;
  if (status == FRAY_OK)
    status = need(g, 1, err);
  if (status == FRAY_OK)
    least = g->p[g->at++];
  if (status == FRAY_OK && (least < 1 || least > 8))
    status = fray_fail(err, FRAY_INPUT, "the GIF picture is damaged: codes of %u bits", least);
  if (status == FRAY_OK)
    status = unpack(g, least, index, g->w * g->h, table, err);
  if (status == FRAY_OK)
    status = put_pixels(g, index, out, err);
  if (status == FRAY_OK)
    status = skip_pieces(g, err);
  /* The block behind it must begin: a file that ends here was cut. */
  if (status == FRAY_OK)
    status = need(g, 1, err);
  if (status == FRAY_OK && has_more(*g))
    out->notes |= FRAY_NOTE_FILM;
  free(table);
  free(index);
  return status;
}

/* What the picture does not cover is transparent, as browsers show it. */
enum fray_status fray_gif_read(const uint8_t *data, size_t size,
                               const struct fray_picture_wish *wish, struct fray_raster *out,
                               struct fray_err *err) {
  struct gif g = {.p = data, .size = size, .transparent = NONE};
  FRAY_TRY(need(&g, HEADER, err));
  g.width = fray_le16(data + 6);
  g.height = fray_le16(data + 8);
  FRAY_TRY(fray_raster_size(out, g.height, g.width, err));
  g.at = HEADER;
  if (data[10] & 0x80)
    FRAY_TRY(take_palette(&g, data[10], err));
  FRAY_TRY(find_picture(&g, err));
  /* An alpha channel only where something can shine through. */
  bool whole = g.w == g.width && g.h == g.height;
  out->channels = whole && g.transparent == NONE ? 3 : 4;
  out->full = 255;
  out->coloured = is_coloured(&g);
  return wish->header_only ? FRAY_OK : read_pixels(&g, out, err);
}
