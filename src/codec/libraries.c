/* Versions of the libraries that decode pictures. */
#include "fray/codec/codec.h"

#include <stdio.h> /* jpeglib.h wants it first */

#include <jpeglib.h>
#include <png.h>

#define TEXT(x) #x
#define VALUE(x) TEXT(x)

const char *fray_picture_library(void) {
  static char text[96];
#ifdef LIBJPEG_TURBO_VERSION
  const char *jpeg = "libjpeg-turbo " VALUE(LIBJPEG_TURBO_VERSION);
#else
  const char *jpeg = "libjpeg " VALUE(JPEG_LIB_VERSION);
#endif
  snprintf(text, sizeof text, "%s, libpng %s", jpeg, png_get_libpng_ver(NULL));
  return text;
}
