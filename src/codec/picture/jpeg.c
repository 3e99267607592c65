/* JPEG by libjpeg-turbo. The library goes on where data are missing or wrong and fills up; here its
 * warnings are errors, and a picture is taken only if everything that its pixels need was there. */
#include "picture.h"

#include "fray/codec/codec.h"
#include "fray/codec/notes.h"

#include <stdio.h> /* jpeglib.h wants it first */

#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* Every scan of a progressive file goes over the whole picture, so a few bytes cost much time;
 * encoders write about ten. */
enum { MOST_SCANS = 100, MOST_MEMORY = 1 << 30, END_MARKER = 0xd9 };

struct source {
  struct jpeg_decompress_struct c;
  struct jpeg_error_mgr errors;
  jmp_buf jump;
  enum fray_status status; /* of the failure that jumped */
  const struct fray_picture_wish *wish;
  struct fray_raster *out;
  struct fray_err *err;
  bool seen[MAX_COMPONENTS]; /* components that some scan held */
};

/* ---- errors ---- */

static enum fray_status unread_sort(int marker, struct fray_err *err) {
  const char *sort = marker == 0xc3 || marker == 0xcb ? "lossless" : "hierarchical";
  return fray_fail(err, FRAY_INPUT, "a %s JPEG is not read; convert it to a baseline JPEG or PNG",
                   sort);
}

/* In the words of a user, for the kinds that are frequent; the library's own words for the rest. */
static enum fray_status describe(struct source *s) {
  struct jpeg_error_mgr *e = &s->errors;
  char words[JMSG_LENGTH_MAX];
  switch (e->msg_code) {
  case JERR_OUT_OF_MEMORY:
    return fray_fail(s->err, FRAY_MEMORY, "out of memory");
  case JERR_SOF_UNSUPPORTED:
    return unread_sort(e->msg_parm.i[0], s->err);
  case JERR_BAD_PRECISION:
    return fray_fail(s->err, FRAY_INPUT,
                     "a JPEG of %d bits a sample is not read; convert it to 8 bits, or to PNG",
                     e->msg_parm.i[0]);
  case JWRN_JPEG_EOF:
  case JERR_INPUT_EOF:
    return fray_fail(s->err, FRAY_INPUT, "truncated JPEG: it ends without its end marker");
  case JERR_NO_IMAGE:
  case JERR_SOF_NO_SOS:
    return fray_fail(s->err, FRAY_INPUT, "damaged JPEG: it holds no image data");
  default:
    e->format_message((j_common_ptr)&s->c, words);
    return fray_fail(s->err, FRAY_INPUT, "damaged JPEG: %s", words);
  }
}

/* libjpeg cannot return an error: it must jump, and never come back here. */
static void stop(j_common_ptr c) {
  struct source *s = c->client_data;
  s->status = describe(s);
  longjmp(s->jump, 1);
}

/* level -1: a warning. Bytes between the last pixel and the end marker are common, from cameras
 * that pad; the picture is whole without them. */
static void on_message(j_common_ptr c, int level) {
  struct source *s = c->client_data;
  const struct jpeg_error_mgr *e = &s->errors;
  if (level >= 0 || e->msg_code == JWRN_JFIF_MAJOR)
    return;
  if (e->msg_code == JWRN_EXTRANEOUS_DATA && e->msg_parm.i[1] == END_MARKER)
    s->out->notes |= FRAY_NOTE_LEFTOVER;
  else
    stop(c);
}

/* ---- what the header says ---- */

/* The first APP1 that begins so; others hold XMP. */
static void find_orientation(struct source *s) {
  static const char name[] = "Exif\0"; /* and the NUL of the literal */
  for (const struct jpeg_marker_struct *m = s->c.marker_list; m; m = m->next)
    if (m->data_length > sizeof name && memcmp(m->data, name, sizeof name) == 0) {
      s->out->orientation =
          fray_exif_orientation(m->data + sizeof name, m->data_length - sizeof name);
      return;
    }
}

/* As few conversions as can be: what the file holds is taken, and noted where it had to change. */
static enum fray_status choose_colours(struct source *s) {
  struct jpeg_decompress_struct *c = &s->c;
  bool grey = c->jpeg_color_space == JCS_GRAYSCALE;
  switch (c->jpeg_color_space) {
  case JCS_GRAYSCALE:
    c->out_color_space = JCS_GRAYSCALE;
    break;
  case JCS_YCbCr: /* its Y is the luma */
    c->out_color_space = s->wish->colours == 1 ? JCS_GRAYSCALE : JCS_RGB;
    break;
  case JCS_RGB:
    c->out_color_space = JCS_RGB;
    break;
  case JCS_CMYK:
  case JCS_YCCK:
    c->out_color_space = JCS_CMYK;
    s->out->notes |= FRAY_NOTE_CONVERTED;
    break;
  default:
    return fray_fail(s->err, FRAY_INPUT,
                     "a JPEG of %d channels is not read; convert it to grey or RGB",
                     c->num_components);
  }
  s->out->coloured = !grey;
  s->out->channels = c->out_color_space == JCS_GRAYSCALE ? 1 : 3;
  s->out->full = 255;
  return FRAY_OK;
}

/* ---- scans ---- */

/* A component that no scan held would be grey throughout, as if it were so. */
static void mark_scan(struct source *s) {
  for (int i = 0; i < s->c.comps_in_scan; i++)
    s->seen[s->c.cur_comp_info[i]->component_index] = true;
}

/* A sequential file needs every component, a progressive one every bit of every coefficient. */
static enum fray_status check_complete(const struct source *s) {
  const struct jpeg_decompress_struct *c = &s->c;
  for (int i = 0; i < c->num_components; i++) {
    int missing = 0;
    if (c->progressive_mode)
      for (int k = 0; k < DCTSIZE2; k++)
        missing += c->coef_bits[i][k] != 0;
    FRAY_CHECK(s->seen[i] && missing == 0, s->err, INPUT,
               "truncated JPEG: scans are missing (%d of 64 coefficients of component %d of %d)",
               s->seen[i] ? missing : DCTSIZE2, i + 1, c->num_components);
  }
  return FRAY_OK;
}

/* Where a file gives no Huffman tables the library takes the usual ones, for frames of films; a
 * picture that lost its own would become another one. */
static enum fray_status start(struct source *s) {
  struct jpeg_decompress_struct *c = &s->c;
  JHUFF_TBL *dc[NUM_HUFF_TBLS], *ac[NUM_HUFF_TBLS];
  memcpy(dc, c->dc_huff_tbl_ptrs, sizeof dc);
  memcpy(ac, c->ac_huff_tbl_ptrs, sizeof ac);
  bool plain = !c->progressive_mode && !c->arith_code;
  for (int i = 0; plain && i < c->comps_in_scan; i++) {
    int d = c->cur_comp_info[i]->dc_tbl_no, a = c->cur_comp_info[i]->ac_tbl_no;
    FRAY_CHECK(d >= 0 && d < NUM_HUFF_TBLS && a >= 0 && a < NUM_HUFF_TBLS && dc[d] && ac[a], s->err,
               INPUT, "damaged JPEG: it lacks its Huffman tables");
  }
  jpeg_start_decompress(c);
  memcpy(c->dc_huff_tbl_ptrs, dc, sizeof dc); /* later scans must bring theirs */
  memcpy(c->ac_huff_tbl_ptrs, ac, sizeof ac);
  return FRAY_OK;
}

/* All input first, output once: nothing is shown of a picture that is not whole. */
static enum fray_status take_scans(struct source *s) {
  struct jpeg_decompress_struct *c = &s->c;
  for (int scans = 1, got = 0; got != JPEG_REACHED_EOI;) {
    got = jpeg_consume_input(c);
    if (got != JPEG_REACHED_SOS)
      continue;
    FRAY_CHECK(++scans <= MOST_SCANS, s->err, INPUT, "a JPEG of more than %d scans is not read",
               MOST_SCANS);
    mark_scan(s);
  }
  return check_complete(s);
}

/* ---- pixels ---- */

/* Four inks, stored inverted where Adobe wrote them: light is what all of them let through. */
static void ink_row(const struct source *s, const uint8_t *ink, uint8_t *out) {
  uint8_t flip = s->c.saw_Adobe_marker ? 0 : 255;
  for (size_t i = 0; i < s->out->width; i++)
    for (size_t k = 0; k < 3; k++) {
      unsigned light = (unsigned)(ink[4 * i + k] ^ flip) * (unsigned)(ink[4 * i + 3] ^ flip);
      out[3 * i + k] = (uint8_t)((light + 127) / 255);
    }
}

/* Straight into the raster, but for inks, which become three colours. */
static void take_rows(struct source *s) {
  struct jpeg_decompress_struct *c = &s->c;
  bool inks = c->out_color_space == JCS_CMYK;
  JSAMPARRAY line = c->mem->alloc_sarray((j_common_ptr)c, JPOOL_IMAGE, 4 * c->output_width, 1);
  while (c->output_scanline < c->output_height) {
    uint8_t *row = (uint8_t *)s->out->x + c->output_scanline * s->out->width * s->out->channels;
    jpeg_read_scanlines(c, inks ? line : &row, 1);
    if (inks)
      ink_row(s, line[0], row);
  }
}

/* Kept out of the function that jumps come back to, whose variables they may clobber. */
__attribute__((noinline)) static enum fray_status decode(struct source *s, const uint8_t *data,
                                                         size_t size) {
  struct jpeg_decompress_struct *c = &s->c;
  jpeg_create_decompress(c);
  c->mem->max_memory_to_use = MOST_MEMORY;
  jpeg_mem_src(c, data, size);
  jpeg_save_markers(c, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(c, TRUE);
  FRAY_TRY(fray_raster_size(s->out, c->image_height, c->image_width, s->err));
  FRAY_TRY(choose_colours(s));
  if (s->wish->header_only)
    return FRAY_OK;
  find_orientation(s);
  /* The exact way of each step, and no smoothing: fast ones differ between machines, and smoothing
   * invents. */
  c->dct_method = JDCT_ISLOW;
  c->do_fancy_upsampling = TRUE;
  c->do_block_smoothing = FALSE;
  c->buffered_image = jpeg_has_multiple_scans(c);
  FRAY_TRY(fray_raster_make(s->out, s->err));
  mark_scan(s);
  FRAY_TRY(start(s));
  if (c->buffered_image) {
    FRAY_TRY(take_scans(s));
    jpeg_start_output(c, c->input_scan_number);
  }
  take_rows(s);
  if (c->buffered_image)
    jpeg_finish_output(c);
  jpeg_finish_decompress(c);
  return FRAY_OK;
}

enum fray_status fray_jpeg_read(const uint8_t *data, size_t size,
                                const struct fray_picture_wish *wish, struct fray_raster *out,
                                struct fray_err *err) {
  /* On the heap: what lies on the stack of a function that a jump comes back to may be lost. */
  struct source *s = calloc(1, sizeof *s);
  FRAY_CHECK(s, err, MEMORY, "out of memory");
  s->wish = wish;
  s->out = out;
  s->err = err;
  s->c.err = jpeg_std_error(&s->errors);
  s->c.client_data = s;
  /* Both ways out of the library, and none prints. */
  s->errors.error_exit = stop;
  s->errors.emit_message = on_message;
  enum fray_status status = setjmp(s->jump) ? s->status : decode(s, data, size);
  jpeg_destroy_decompress(&s->c);
  free(s);
  return status;
}
