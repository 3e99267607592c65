/* PNG by libpng, whose warnings are errors here. Chunks that say nothing about pixels are skipped;
 * their checksums are still compared. */
#include "picture.h"

#include "check.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNATURE = 8, CHUNK = 12 }; /* CHUNK: length, type and CRC */

/* One object for all callbacks of libpng, which pass it through. */
struct source {
  const uint8_t *data;
  size_t size, at;
  png_structp png;
  png_infop info;
  jmp_buf jump;
  enum fray_status status; /* of the failure that jumped */
  const struct fray_picture_wish *wish;
  struct fray_raster *out;
  struct fray_err *err;
};

/* Warnings come here as well. libpng has one kind of message; memory is known by its word. */
static void stop(png_structp png, png_const_charp words) {
  struct source *s = png_get_error_ptr(png);
  bool memory = strstr(words, "memory");
  s->status = memory ? fray_fail(s->err, FRAY_MEMORY, "out of memory")
                     : fray_fail(s->err, FRAY_INPUT, "damaged PNG: %s", words);
  longjmp(s->jump, 1);
}

/* Its own read would say "Read Error" of a cut file. */
static void take_bytes(png_structp png, png_bytep out, size_t n) {
  struct source *s = png_get_io_ptr(png);
  if (n > s->size - s->at) {
    s->status = fray_fail(s->err, FRAY_INPUT, "truncated PNG: it ends at byte %zu", s->size);
    longjmp(s->jump, 1);
  }
  memcpy(out, s->data + s->at, n);
  s->at += n;
}

/* A palette of greys makes a grey picture. */
static bool grey_palette(const struct source *s) {
  png_colorp c;
  int n;
  if (png_get_PLTE(s->png, s->info, &c, &n) == 0)
    return true;
  for (int i = 0; i < n; i++)
    if (c[i].red != c[i].green || c[i].green != c[i].blue)
      return false;
  return true;
}

/* The chunks were walked by libpng before, so that lengths lie within the data. */
static void find_orientation(const struct source *s) {
  for (size_t at = SIGNATURE; at + CHUNK <= s->at;) {
    uint32_t length = fray_be32(s->data + at);
    if (memcmp(s->data + at + 4, "eXIf", 4) == 0)
      s->out->orientation = fray_exif_orientation(s->data + at + 8, length);
    at += CHUNK + (size_t)length;
  }
}

static enum fray_status read_header(struct source *s) {
  png_set_read_fn(s->png, s, take_bytes);
  png_set_crc_action(s->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  /* Texts, times and profiles may be as long as they like; none is kept. */
  png_set_keep_unknown_chunks(s->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(s->png, s->info);
  unsigned sort = png_get_color_type(s->png, s->info);
  s->out->coloured =
      sort == PNG_COLOR_TYPE_PALETTE ? !grey_palette(s) : sort & PNG_COLOR_MASK_COLOR;
  return fray_raster_size(s->out, png_get_image_height(s->png, s->info),
                          png_get_image_width(s->png, s->info), s->err);
}

/* libpng would paint indices beyond the palette black. */
static enum fray_status apply_palette(struct source *s) {
  struct fray_raster *r = s->out;
  uint8_t *index = r->x;
  png_colorp colour;
  png_bytep alpha = NULL;
  int colours = 0, alphas = 0;
  enum fray_status status = FRAY_OK;
  png_get_PLTE(s->png, s->info, &colour, &colours);
  png_get_tRNS(s->png, s->info, &alpha, &alphas, NULL);
  r->x = NULL;
  r->channels = 4;
  FRAY_TRY_TO(out, status, fray_raster_make(r, s->err));
  for (size_t i = 0; i < r->height * r->width; i++) {
    int k = index[i];
    if (k >= colours) {
      status = fray_fail(s->err, FRAY_INPUT,
                         "damaged PNG: a pixel of colour %d, its palette has %d", k, colours);
      break;
    }
    uint8_t pixel[4] = {colour[k].red, colour[k].green, colour[k].blue,
                        k < alphas ? alpha[k] : 255};
    memcpy((uint8_t *)r->x + 4 * i, pixel, 4);
  }
out:
  free(index);
  return status;
}

/* Fewer than 8 bits become 8, a transparent colour an alpha channel. */
static enum fray_status read_pixels(struct source *s) {
  bool palette = png_get_color_type(s->png, s->info) == PNG_COLOR_TYPE_PALETTE;
  if (palette)
    png_set_packing(s->png);
  else
    png_set_expand(s->png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  png_set_swap(s->png);
#endif
  /* Interlaced pictures come in 7 passes over the same rows. */
  int passes = png_set_interlace_handling(s->png);
  png_read_update_info(s->png, s->info);
  s->out->full = png_get_bit_depth(s->png, s->info) == 16 ? 65535 : 255;
  s->out->channels = png_get_channels(s->png, s->info);
  FRAY_TRY(fray_raster_make(s->out, s->err));
  size_t row = png_get_rowbytes(s->png, s->info);
  for (int pass = 0; pass < passes; pass++)
    for (size_t y = 0; y < s->out->height; y++)
      png_read_row(s->png, (png_bytep)s->out->x + y * row, NULL);
  /* The end, too, must be there and whole. */
  png_read_end(s->png, NULL);
  find_orientation(s);
  return palette ? apply_palette(s) : FRAY_OK;
}

/* Kept out of the function that jumps come back to, whose variables they may clobber. */
__attribute__((noinline)) static enum fray_status decode(struct source *s) {
  s->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, s, stop, stop);
  FRAY_CHECK(s->png, s->err, MEMORY, "out of memory");
  s->info = png_create_info_struct(s->png);
  FRAY_CHECK(s->info, s->err, MEMORY, "out of memory");
  FRAY_TRY(read_header(s));
  return s->wish->header_only ? FRAY_OK : read_pixels(s);
}

enum fray_status fray_png_read(const uint8_t *data, size_t size,
                               const struct fray_picture_wish *wish, struct fray_raster *out,
                               struct fray_err *err) {
  /* On the heap: what lies on the stack of a function that a jump comes back to may be lost. */
  struct source *s = calloc(1, sizeof *s);
  FRAY_CHECK(s, err, MEMORY, "out of memory");
  *s = (struct source){.data = data, .size = size, .wish = wish, .out = out, .err = err};
  enum fray_status status = setjmp(s->jump) ? s->status : decode(s);
  png_destroy_read_struct(&s->png, &s->info, NULL);
  free(s);
  return status;
}

/* libpng's short form, which needs no jump: room is made first, as much as it can need at all. */
/* colors NULL: the values are those of pixels, else places in it. */
static enum fray_status put_png(const struct fray_image *image, png_uint_32 format,
                                const uint8_t *pixels, const uint8_t *colors, size_t n_colors,
                                struct fray_text *out, struct fray_err *err) {
  png_image head = {.version = PNG_IMAGE_VERSION,
                    .width = (png_uint_32)image->width,
                    .height = (png_uint_32)image->height,
                    .format = format,
                    .colormap_entries = (png_uint_32)n_colors};
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(head);
  void *room = malloc(size);
  const bool written =
      room && png_image_write_to_memory(&head, room, &size, false, pixels, 0, colors);
  if (written)
    fray_text_add(out, room, size);
  png_image_free(&head);
  free(room);
  FRAY_CHECK(written && !out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

enum fray_status fray_png_put(const struct fray_image *image, struct fray_text *out,
                              struct fray_err *err) {
  return put_png(image, image->channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY, image->x, NULL, 0,
                 out, err);
}

/* Colours in the order of their first pixel, so that equal pictures are equal files. Returns how
 * many there are; 0: more than a palette holds. */
static size_t find_colors(const struct fray_image *image, uint8_t colors[256 * 3],
                          uint8_t *pixels) {
  size_t n = 0, at = 0;
  for (size_t i = 0; i < image->height * image->width; i++) {
    const uint8_t *x = image->x + 3 * i;
    /* Most pixels are like the one before. */
    if (n == 0 || memcmp(colors + 3 * at, x, 3) != 0)
      for (at = 0; at < n && memcmp(colors + 3 * at, x, 3) != 0;)
        at++;
    if (at == n && n == 256)
      return 0;
    if (at == n)
      memcpy(colors + 3 * n++, x, 3);
    pixels[i] = (uint8_t)at;
  }
  return n;
}

enum fray_status fray_png_put_few(const struct fray_image *image, struct fray_text *out,
                                  struct fray_err *err) {
  uint8_t colors[256 * 3];
  uint8_t *pixels = image->channels == 3 ? malloc(image->height * image->width) : NULL;
  /* Without memory for it the picture is as right, and larger. */
  const size_t n = pixels ? find_colors(image, colors, pixels) : 0;
  const enum fray_status status =
      n ? put_png(image, PNG_FORMAT_RGB_COLORMAP, pixels, colors, n, out, err)
        : fray_png_put(image, out, err);
  free(pixels);
  return status;
}
