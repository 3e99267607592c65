/* JPEG there and back, by libjpeg-turbo. */
#include "fray/codec/coder.h"

#include <stdio.h> /* jpeglib.h wants it first */

#include <jpeglib.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>

enum { ROOM = 1 << 16 }; /* bytes: more than a small picture ever takes */

struct coder {
  struct jpeg_compress_struct in;
  struct jpeg_decompress_struct out;
  struct jpeg_error_mgr errors;
  jmp_buf jump;
  char words[JMSG_LENGTH_MAX];
  unsigned char *room, *data; /* ours; ours again, or the library's if that was too small */
  unsigned long size;
  uint8_t *pixels;
  size_t height, width, channels;
  int quality;
  bool created; /* the two that the library knows */
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
  coder->data = coder->room;
  coder->size = ROOM;
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

/* What the library allocates for longer than a picture. */
__attribute__((noinline)) static void create(struct coder *coder) {
  jpeg_create_compress(&coder->in);
  jpeg_create_decompress(&coder->out);
  coder->created = true;
}

/* False: an error, whose words are there. Nothing that a jump may clobber is held here. */
static bool there_and_back(struct coder *coder) {
  if (setjmp(coder->jump))
    return false;
  if (!coder->created)
    create(coder);
  encode(coder);
  decode(coder);
  return true;
}

static void destroy(struct coder *coder) {
  jpeg_destroy_compress(&coder->in);
  jpeg_destroy_decompress(&coder->out);
  if (coder->data != coder->room)
    free(coder->data);
  free(coder->room);
  free(coder);
}

/* Setting a coder up takes as long as a small picture, so one is kept for as long as the program
 * runs; after an error the next picture gets a new one. Every picture sets all that the coder goes
 * by, so nothing of one is left in the next. fray has one thread a process. */
static struct coder *kept;

/* On the heap: what lies on the stack of a function that a jump comes back to may be lost. */
static struct coder *coder_new(void) {
  struct coder *coder = calloc(1, sizeof *coder);
  if (!coder || !(coder->room = malloc(ROOM))) {
    free(coder);
    return NULL;
  }
  coder->in.err = coder->out.err = jpeg_std_error(&coder->errors);
  coder->in.client_data = coder->out.client_data = coder;
  coder->errors.error_exit = stop;
  coder->errors.emit_message = on_message;
  return coder;
}

enum fray_status fray_jpeg_code(uint8_t *pixels, size_t height, size_t width, size_t channels,
                                int quality, struct fray_err *err) {
  struct coder *coder = kept ? kept : coder_new();
  FRAY_CHECK(coder, err, MEMORY, "out of memory");
  kept = NULL; /* until it went well */
  coder->pixels = pixels;
  coder->height = height;
  coder->width = width;
  coder->channels = channels;
  coder->quality = quality;
  coder->data = NULL;
  if (!there_and_back(coder)) {
    fray_fail(err, FRAY_MEMORY, "JPEG of %zu x %zu: %s", height, width, coder->words);
    destroy(coder);
    return FRAY_MEMORY;
  }
  if (coder->data != coder->room)
    free(coder->data);
  kept = coder;
  return FRAY_OK;
}
