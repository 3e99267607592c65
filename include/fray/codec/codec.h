/* Sound, picture and gzip files: the only door to libsndfile, mpg123, libogg, libjpeg, libpng,
 * libwebp, libtiff, stb and zlib. */
#ifndef FRAY_CODEC_CODEC_H
#define FRAY_CODEC_CODEC_H

#include "fray/base/arena.h"
#include "fray/base/status.h"
#include "fray/base/text.h"
#include "fray/codec/notes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Starts the process that decodes files of others (fray/base/confine.h) now: before MPI does,
 * which likes no forks, and while there is little to copy. Without it the first file starts it.
 * What ends it makes that file INPUT. MEMORY. */
enum fray_status fray_codec_begin(struct fray_err *err);
/** Has files decoded by a process that is there anyway, in commands that seldom decode any: each
 *  fork is paid again by every page that is written afterwards. What ends it ends all it had open.
 */
struct fray_confined;
void fray_codec_share(struct fray_confined *process);

struct fray_sound { /* interleaved (frames, channels); -1..1, but floats are as the file has them */
  float *x;
  size_t frames;
  int channels;
  double rate;
  bool is_float;  /* kept as floating point, which has no full scale of its own */
  unsigned notes; /* FRAY_NOTE_HEADER: the header announces another length than the file has */
};
/** Whole file (WAV, RF64, W64, AIFF, AU, CAF, NIST, FLAC, Ogg, MP3, ...), to the end of what is
 *  there: lengths in headers are only compared. Chained Ogg streams and joined MP3 files are one
 *  sound. INPUT: missing, unknown format, zero frames, above 30 min or 64 channels, rate outside
 *  [1, 1e6] Hz, cut (as far as the format can tell), damaged pages or frames, values that are not
 *  finite. x is malloc'ed; free with fray_sound_free. */
enum fray_status fray_sound_read(const char *path, struct fray_sound *out, struct fray_err *err);
/** The same of a file's bytes in memory, which messages call `name`. */
enum fray_status fray_sound_decode(const char *name, const void *data, size_t size,
                                   struct fray_sound *out, struct fray_err *err);
void fray_sound_free(struct fray_sound *sound);

struct fray_image { /* (height, width, channels) */
  uint8_t *x;
  size_t height, width, channels;
  unsigned notes; /* FRAY_NOTE_* bits */
};
/** PNG, JPEG, BMP, GIF, PBM, PGM or PPM, and WebP and TIFF in builds that have their libraries (by
 * content, not by name; of several pictures the first, with a note) as grey (channels 1: luma), RGB
 * (3), or as the file has it (0). It is turned upright where EXIF data say how; transparent pixels
 * are laid on white; 16 bits become 8: `maximum` is the value of theirs that becomes 255, 0 their
 * full range. JPEG of four inks becomes RGB without a colour profile, as most viewers do it. INPUT:
 * missing, another format (named, where known), damaged, truncated, above 8192 x 8192 or 64 MiB,
 * maximum for a file of 8 bits. Everything that the pixels need is in the file, so the same file
 * always gives the same pixels. x is malloc'ed; free with fray_image_free. */
enum fray_status fray_image_read(const char *path, int channels, unsigned maximum,
                                 struct fray_image *out, struct fray_err *err);
/** Whether a file has colour, by its header alone: 3, else 1 (grey, black and white, a palette of
 *  greys). INPUT as above. */
enum fray_status fray_image_channels(const char *path, size_t *channels, struct fray_err *err);
/** Resized copy (stb_image_resize on the values as they are, no sRGB curve): shrinking averages the
 *  area, growing interpolates linearly; an axis of equal size is kept. INPUT: sizes outside
 *  [1, 8192]. */
enum fray_status fray_image_resize(const struct fray_image *image, size_t height, size_t width,
                                   struct fray_image *out, struct fray_err *err);
void fray_image_free(struct fray_image *image);
/** Appends the image, of 1 (grey) or 3 channels, as a PNG file. MEMORY. */
enum fray_status fray_png_put(const struct fray_image *image, struct fray_text *out,
                              struct fray_err *err);
/** The same; of at most 256 colours as a palette, which takes half the room. MEMORY. */
enum fray_status fray_png_put_few(const struct fray_image *image, struct fray_text *out,
                                  struct fray_err *err);

/** Files that are going to be read in this order, all in one of the three ways below and with the
 *  same wishes: small ones are then decoded many at a time. path (n) is borrowed; entries may be
 *  NULL. MEMORY. */
struct fray_ahead;
enum fray_status fray_ahead_make(const char *const *path, size_t n, struct fray_ahead **out,
                                 struct fray_err *err);
void fray_ahead_free(struct fray_ahead *ahead);
/** As fray_sound_read, fray_image_read and fray_image_channels, also of a file that is not the next
 *  one, or of none (NULL). */
enum fray_status fray_sound_read_next(struct fray_ahead *ahead, const char *path,
                                      struct fray_sound *out, struct fray_err *err);
enum fray_status fray_image_read_next(struct fray_ahead *ahead, const char *path, int channels,
                                      unsigned maximum, struct fray_image *out,
                                      struct fray_err *err);
enum fray_status fray_image_channels_next(struct fray_ahead *ahead, const char *path,
                                          size_t *channels, struct fray_err *err);

/** Whole file, in the arena; gzip is unpacked when its content says so. INPUT: missing, damaged or
 *  truncated gzip, above 1 GiB, more than limit bytes, or so many unpacked. */
enum fray_status fray_gzip_read(const char *path, size_t limit, struct fray_arena *arena,
                                const uint8_t **data, size_t *size, struct fray_err *err);
/** The first n bytes, or fewer if there are fewer, of what is in a gzip file; of any other file
 *  none. As fray_gzip_read. */
enum fray_status fray_gzip_begin(const char *path, size_t n, struct fray_arena *arena,
                                 const uint8_t **data, size_t *size, struct fray_err *err);

const char *fray_sound_library(void);   /* version, static */
const char *fray_picture_library(void); /* versions, static */

#endif
