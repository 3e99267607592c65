/* JPEG there and back, by libjpeg-turbo. */
#include "fray/codec/coder.h"

#include <stdio.h> /* jpeglib.h wants it first */

#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>

struct coder {
  struct jpeg_compress_struct in;
  struct jpeg_decompress_struct out;
  struct jpeg_error_mgr errors;
  jmp_buf jump;
  char words[JMSG_LENGTH_MAX];
  unsigned char *data; /* the library's, for free() */
  unsigned long size;
  uint8_t *pixels;
  size_t height, width, channels;
  int quality;
};

/* libjpeg cannot return an error: it must jump, and never come back here. */
static void stop(j_common_ptr c) {
  struct coder *coder = c->client_data;
  coder->errors.format_message(c, coder->words);
  longjmp(coder->jump, 1);
}

/* Warnings are about damaged files, and this one was made a moment ago. */
static void on_message(j_common_ptr c, int level) {
  (void)c;
  (void)level;
}

/* Kept out of the function that jumps come back to, whose variables they may clobber. */
__attribute__((noinline)) static void encode(struct coder *coder) {
  struct jpeg_compress_struct *c = &coder->in;
  jpeg_create_compress(c);
  jpeg_mem_dest(c, &coder->data, &coder->size);
  c->image_width = (JDIMENSION)coder->width;
  c->image_height = (JDIMENSION)coder->height;
  c->input_components = (int)coder->channels;
  c->in_color_space = coder->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(c); /* 4:2:0 */
  jpeg_set_quality(c, coder->quality, TRUE);
  /* The exact transforms: fast ones differ between machines. */
  c->dct_method = JDCT_ISLOW;
  jpeg_start_compress(c, TRUE);
  while (c->next_scanline < c->image_height) {
    JSAMPROW row = coder->pixels + c->next_scanline * coder->width * coder->channels;
    jpeg_write_scanlines(c, &row, 1);
  }
  jpeg_finish_compress(c);
}

/* The same way back whatever the way there: the exact transform, colour smoothed between its
 * pixels. */
__attribute__((noinline)) static void decode(struct coder *coder) {
  struct jpeg_decompress_struct *c = &coder->out;
  jpeg_create_decompress(c);
  jpeg_mem_src(c, coder->data, coder->size);
  jpeg_read_header(c, TRUE);
  c->out_color_space = coder->in.in_color_space;
  c->dct_method = JDCT_ISLOW;
  c->do_fancy_upsampling = TRUE;
  jpeg_start_decompress(c);
  while (c->output_scanline < c->output_height) {
    JSAMPROW row = coder->pixels + c->output_scanline * coder->width * coder->channels;
    jpeg_read_scanlines(c, &row, 1);
  }
  jpeg_finish_decompress(c);
}

/* One coder for each picture: setting one up is cheap beside its tables, and keeps nothing between
 * two ranks or threads. */
enum fray_status fray_jpeg_code(uint8_t *pixels, size_t height, size_t width, size_t channels,
                                int quality, struct fray_err *err) {
  /* On the heap: what lies on the stack of a function that a jump comes back to may be lost. */
  struct coder *coder = calloc(1, sizeof *coder);
  FRAY_CHECK(coder, err, MEMORY, "out of memory");
  coder->pixels = pixels;
  coder->height = height;
  coder->width = width;
  coder->channels = channels;
  coder->quality = quality;
  coder->in.err = coder->out.err = jpeg_std_error(&coder->errors);
  coder->in.client_data = coder->out.client_data = coder;
  coder->errors.error_exit = stop;
  coder->errors.emit_message = on_message;
  enum fray_status status = FRAY_OK;
  if (setjmp(coder->jump)) {
    status = fray_fail(err, FRAY_MEMORY, "JPEG of %zu x %zu: %s", height, width, coder->words);
  } else {
    encode(coder);
    decode(coder);
  }
  jpeg_destroy_compress(&coder->in);
  jpeg_destroy_decompress(&coder->out);
  free(coder->data);
  free(coder);
  return status;
}
