/* What the readers of picture formats hand over: samples as the file has them. raster.c makes 8
 * bits and the wanted colours of them, in one way for all formats. */
#ifndef FRAY_CODEC_PICTURE_H
#define FRAY_CODEC_PICTURE_H

#include "fray/codec/codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAY_LONGEST_SIDE = 8192 };

struct fray_raster { /* (height, width, channels) */
  void *x;           /* uint8, or uint16 in the machine's order if full > 255; malloc'ed, the
                      * caller of a reader frees it, after a failure too */
  size_t height, width;
  size_t channels;      /* 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha */
  unsigned full;        /* the sample that is white, or opaque: 1..65535 */
  bool coloured;        /* by the file's header; false with 3 channels: RGB that can only be grey */
  unsigned orientation; /* of EXIF, 1..8 */
  unsigned notes;
};

/** How much of a file is wanted. colours: 1 if grey is enough (JPEG keeps it apart), else 0. */
struct fray_picture_wish {
  bool header_only; /* height, width and coloured; no x */
  size_t colours;
};

/** A reader: data (size) is a whole file, of which nothing is trusted; with header_only its
 *  beginning will do. out is zero but for orientation 1. INPUT: damaged, truncated, sides above
 *  FRAY_LONGEST_SIDE (before anything of that size is allocated), of a sort that is not read.
 *  The same data always give the same samples. */
typedef enum fray_status fray_picture_reader(const uint8_t *data, size_t size,
                                             const struct fray_picture_wish *wish,
                                             struct fray_raster *out, struct fray_err *err);
fray_picture_reader fray_png_read, fray_jpeg_read, fray_bmp_read, fray_pnm_read, fray_gif_read,
    fray_webp_read, fray_tiff_read; /* the last two only in builds that have their libraries */

/** Loads libtiff, if it is there, while a process may still open files. */
void fray_tiff_prepare(void);

/** INPUT unless both sides lie in [1, FRAY_LONGEST_SIDE]; then sets them. */
enum fray_status fray_raster_size(struct fray_raster *raster, uint64_t height, uint64_t width,
                                  struct fray_err *err);
/** Zeroed samples; sizes, channels and full are set before. */
enum fray_status fray_raster_make(struct fray_raster *raster, struct fray_err *err);

/** 8 bits a sample: turned upright, laid on white, with 1 or 3 channels (0: 3 if coloured).
 * maximum: the sample of a file of 16 bits that becomes 255, above it is clipped; 0: full. INPUT:
 * maximum given for 8 bits, or above full. out->x is malloc'ed. */
enum fray_status fray_raster_finish(const struct fray_raster *raster, size_t channels,
                                    unsigned maximum, struct fray_image *out, struct fray_err *err);

/** Orientation that EXIF data (a TIFF file of size bytes) ask for: 1..8; 1 where they are damaged
 *  or say nothing. Source: EXIF 2.32, 4.6.2 and 4.6.4. */
unsigned fray_exif_orientation(const uint8_t *tiff, size_t size);

#endif
