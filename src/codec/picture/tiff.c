/* TIFF pictures by libtiff: the first page. Grey and RGB of 8 and 16 bits are taken as they are;
 * palettes, bitmaps, tiles, planes and inks of 8 bits come as libtiff converts them to RGB. Source:
 * Adobe, "TIFF Revision 6.0" (1992). */
#include "picture.h"

#include "fray/base/size.h"
#include "fray/codec/notes.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

/* libtiff is loaded for the first TIFF picture: it brings eight libraries with it, among them that
 * of C++, which would make every start of the program by a third longer. */
#define TIFF_CALLS(X)                                                                              \
  X(ClientOpenExt)                                                                                 \
  X(Close)                                                                                         \
  X(GetField)                                                                                      \
  X(GetFieldDefaulted)                                                                             \
  X(IsTiled)                                                                                       \
  X(LastDirectory)                                                                                 \
  X(OpenOptionsAlloc)                                                                              \
  X(OpenOptionsFree)                                                                               \
  X(OpenOptionsSetErrorHandlerExtR)                                                                \
  X(OpenOptionsSetWarningHandlerExtR)                                                              \
  X(RGBAImageOK)                                                                                   \
  X(ReadRGBAImageOriented)                                                                         \
  X(ReadScanline)                                                                                  \
  X(ScanlineSize)
static struct {
#define X(name) __typeof__(&TIFF##name) name;
  TIFF_CALLS(X)
#undef X
} lib;

/* No threads: nobody looks while this writes. Once loaded it stays. */
static enum fray_status load_library(struct fray_err *err) {
  static bool loaded;
  /* Found once; a library that is not there is looked for with each picture, and refused each
   * time. */
  if (loaded)
    return FRAY_OK;
  void *library = dlopen(FRAY_TIFF_NAME, RTLD_NOW | RTLD_LOCAL);
  FRAY_CHECK(library, err, INPUT,
             "a TIFF picture is not read, since %s is not there; install it (Debian: libtiff6), or "
             "convert it to PNG or JPEG",
             FRAY_TIFF_NAME);
/* Copied as bytes: C knows no cast from an object's address to a function's. */
#define X(name)                                                                                    \
  void *name##_found = dlsym(library, "TIFF" #name);                                               \
  FRAY_CHECK(name##_found, err, INPUT, "%s has no function TIFF" #name ": it is too old",          \
             FRAY_TIFF_NAME);                                                                      \
  memcpy(&lib.name, &name##_found, sizeof lib.name);
  TIFF_CALLS(X)
#undef X
  loaded = true;
  return FRAY_OK;
}

/* Where it is not there, the first picture is told. */
void fray_tiff_prepare(void) {
  load_library(NULL);
}

/* The file in memory, and the first thing that libtiff found wrong with it. */
struct file {
  const uint8_t *data;
  uint64_t size, at;
  char fault[160];
};

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t n) {
  struct file *f = (struct file *)handle;
  uint64_t left = f->at < f->size ? f->size - f->at : 0, take = FRAY_MIN((uint64_t)n, left);
  memcpy(to, f->data + (take ? f->at : 0), take);
  f->at += take;
  /* The library may do without what is not there; then it guesses. */
  if (take < (uint64_t)n && !f->fault[0])
    snprintf(f->fault, sizeof f->fault, "cut short");
  return (tmsize_t)take;
}
static tmsize_t write_bytes(thandle_t handle, void *from, tmsize_t n) {
  (void)handle, (void)from, (void)n;
  return -1;
}
/* Beyond the end is allowed: a read there finds nothing. */
static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  struct file *f = (struct file *)handle;
  f->at = whence == SEEK_CUR ? f->at + offset : whence == SEEK_END ? f->size + offset : offset;
  return f->at;
}
static int close_file(thandle_t handle) {
  (void)handle;
  return 0;
}
static toff_t size_of(thandle_t handle) {
  return ((struct file *)handle)->size;
}

/* Kept, not printed; warnings are about tags that nobody knows. */
__attribute__((format(printf, 4, 0))) static int
keep_fault(TIFF *tiff, void *user, const char *module, const char *format, va_list args) {
  struct file *f = user;
  (void)tiff, (void)module;
  if (!f->fault[0])
    vsnprintf(f->fault, sizeof f->fault, format, args);
  return 1;
}
static int drop_warning(TIFF *tiff, void *user, const char *module, const char *format,
                        va_list args) {
  (void)tiff, (void)user, (void)module, (void)format, (void)args;
  return 1;
}

/* The library's own words, if it had any. */
static enum fray_status damaged(const struct file *f, struct fray_err *err) {
  return fray_fail(err, FRAY_INPUT, "damaged TIFF: %s", f->fault[0] ? f->fault : "cut short");
}

/* What the tags say of the samples. Those that are missing have the standard's defaults. */
struct layout {
  uint16_t bits, samples, photometric, planar, format, extra;
  bool direct; /* rows of whole samples, as they are wanted */
};

/* Everything is judged here, before any pixel is decoded; what is not understood is refused by
 * what it is. */
static enum fray_status look(TIFF *tiff, struct layout *l, struct fray_raster *out,
                             struct fray_err *err) {
  uint32_t width = 0, height = 0;
  uint16_t orientation = 1, n_extra = 0, *extra = NULL;
  /* A tag that is missing leaves 0, which is no size. */
  lib.GetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  lib.GetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  lib.GetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &l->bits);
  lib.GetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &l->samples);
  lib.GetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &l->planar);
  lib.GetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &l->format);
  lib.GetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
  FRAY_CHECK(lib.GetField(tiff, TIFFTAG_PHOTOMETRIC, &l->photometric), err, INPUT,
             "damaged TIFF: it does not say what its samples are");
  lib.GetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &n_extra, &extra);
  l->extra = n_extra ? extra[0] : 0;
  FRAY_TRY(fray_raster_size(out, height, width, err));
  out->orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
  out->coloured =
      l->photometric != PHOTOMETRIC_MINISBLACK && l->photometric != PHOTOMETRIC_MINISWHITE;
  FRAY_CHECK(l->format == SAMPLEFORMAT_UINT, err, INPUT,
             "a TIFF picture of floats or signed numbers is not read; convert it to 16-bit PNG, or "
             "import it as .npy");
  /* Directly only what a raster can hold as it is: whole bytes, side by side, in rows. */
  uint16_t colours = out->coloured ? 3 : 1;
  bool plain = l->photometric <= PHOTOMETRIC_RGB && (l->bits == 8 || l->bits == 16);
  bool alpha = n_extra == 1 && l->extra == EXTRASAMPLE_UNASSALPHA;
  l->direct = plain && l->planar == PLANARCONFIG_CONTIG && !lib.IsTiled(tiff) &&
              l->samples == colours + (alpha ? 1 : 0);
  FRAY_CHECK(l->direct || (l->bits <= 8 && n_extra == 0), err, INPUT,
             "a TIFF picture of %u samples of %u bits in this arrangement is not read; convert it "
             "to PNG",
             l->samples, l->bits);
  return FRAY_OK;
}

/* Row by row, in the machine's order of bytes, which libtiff sees to. */
static enum fray_status read_rows(TIFF *tiff, const struct file *f, const struct layout *l,
                                  struct fray_raster *out, struct fray_err *err) {
  size_t bytes = l->bits / 8, row = out->width * l->samples * bytes;
  out->channels = l->samples;
  out->full = l->bits == 16 ? 65535 : 255;
  /* The library's idea of a row is what it writes: it must be ours. */
  FRAY_CHECK((size_t)lib.ScanlineSize(tiff) == row, err, INPUT, "damaged TIFF: rows of %lld bytes",
             (long long)lib.ScanlineSize(tiff));
  FRAY_TRY(fray_raster_make(out, err));
  for (size_t y = 0; y < out->height; y++)
    if (lib.ReadScanline(tiff, (uint8_t *)out->x + y * row, (uint32_t)y, 0) < 0)
      return damaged(f, err);
  /* White is 0 in scans of paper; alpha, if there is any, is not turned. */
  size_t n = out->height * out->width * l->samples;
  for (size_t i = 0; l->photometric == PHOTOMETRIC_MINISWHITE && i < n; i += l->samples) {
    if (bytes == 2)
      ((uint16_t *)out->x)[i] = (uint16_t)(65535 - ((uint16_t *)out->x)[i]);
    else
      ((uint8_t *)out->x)[i] = (uint8_t)(255 - ((uint8_t *)out->x)[i]);
  }
  return FRAY_OK;
}

static enum fray_status read_converted(TIFF *tiff, const struct file *f, struct fray_raster *out,
                                       struct fray_err *err) {
  size_t n = out->height * out->width;
  char reason[1024] = "";
  FRAY_CHECK(lib.RGBAImageOK(tiff, reason), err, INPUT,
             "this TIFF picture is not read (%.100s); convert it to PNG", reason);
  out->channels = 3;
  out->full = 255;
  FRAY_TRY(fray_raster_make(out, err));
  /* Zeroed, so that whatever is not decoded is the same in every run. */
  uint32_t *pixel = calloc(n, sizeof *pixel);
  FRAY_CHECK(pixel, err, MEMORY, "out of memory (%zu pixels)", n);
  /* The picture's own orientation: so nothing is turned here. 1: stop at the first fault. */
  bool good = lib.ReadRGBAImageOriented(tiff, (uint32_t)out->width, (uint32_t)out->height, pixel,
                                        (int)out->orientation, 1);
  uint8_t *x = out->x;
  for (size_t i = 0; i < n; i++) {
    x[3 * i] = (uint8_t)TIFFGetR(pixel[i]);
    x[3 * i + 1] = (uint8_t)TIFFGetG(pixel[i]);
    x[3 * i + 2] = (uint8_t)TIFFGetB(pixel[i]);
  }
  free(pixel);
  return good ? FRAY_OK : damaged(f, err);
}

enum fray_status fray_tiff_read(const uint8_t *data, size_t size,
                                const struct fray_picture_wish *wish, struct fray_raster *out,
                                struct fray_err *err) {
  struct file file = {.data = data, .size = size};
  FRAY_TRY(load_library(err));
  /* Handlers of this file alone; the library's global ones print. */
  TIFFOpenOptions *options = lib.OpenOptionsAlloc();
  FRAY_CHECK(options, err, MEMORY, "out of memory");
  lib.OpenOptionsSetErrorHandlerExtR(options, keep_fault, &file);
  lib.OpenOptionsSetWarningHandlerExtR(options, drop_warning, &file);
  /* m: no memory map, which would bypass the bounds of read_bytes. */
  TIFF *tiff = lib.ClientOpenExt("picture", "rm", (thandle_t)&file, read_bytes, write_bytes, seek,
                                 close_file, size_of, NULL, NULL, options);
  lib.OpenOptionsFree(options);
  if (!tiff)
    return damaged(&file, err);
  struct layout layout = {0};
  enum fray_status status = look(tiff, &layout, out, err);
  if (status == FRAY_OK && !wish->header_only)
    status = layout.direct ? read_rows(tiff, &file, &layout, out, err)
                           : read_converted(tiff, &file, out, err);
  if (status == FRAY_OK && !wish->header_only && !lib.LastDirectory(tiff))
    out->notes |= FRAY_NOTE_FILM;
  lib.Close(tiff);
  /* Some faults end no reading, such as a row of a fax that cannot be told: they end it here. */
  if (status == FRAY_OK && file.fault[0])
    return damaged(&file, err);
  return status;
}
