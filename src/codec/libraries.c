/* Versions of the libraries that decode pictures, for fray --version: pixels may differ between
 * them. */
#include "fray/codec/codec.h"

#include <stdio.h> /* jpeglib.h wants it first */

#include <jpeglib.h>
#include <png.h>

/* Twice, so that a macro is expanded before it becomes a text. */
#define TEXT(x) #x
#define VALUE(x) TEXT(x)

const char *fray_picture_library(void) {
  static char text[96];
/* A version of the header: libjpeg has no call that tells the one it was linked to. */
#ifdef LIBJPEG_TURBO_VERSION
  const char *jpeg = "libjpeg-turbo " VALUE(LIBJPEG_TURBO_VERSION);
#else
  const char *jpeg = "libjpeg " VALUE(JPEG_LIB_VERSION);
#endif
  snprintf(text, sizeof text, "%s, libpng %s", jpeg, png_get_libpng_ver(NULL));
  return text;
}
