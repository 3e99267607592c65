/* Versions of the libraries that decode pictures, for fray --version: pixels may differ between
 * them. */
#include "fray/codec/codec.h"

#include <stdio.h> /* jpeglib.h wants it first */

#include <jpeglib.h>
#include <png.h>
#ifdef FRAY_WITH_WEBP
#include <webp/decode.h>
#endif
#ifdef FRAY_WITH_TIFF
#include <tiffio.h>
#endif

/* Twice, so that a macro is expanded before it becomes a text. */
#define TEXT(x) #x
#define VALUE(x) TEXT(x)

const char *fray_picture_library(void) {
  static char text[160];
/* A version of the header: libjpeg has no call that tells the one it was linked to. */
#ifdef LIBJPEG_TURBO_VERSION
  const char *jpeg = "libjpeg-turbo " VALUE(LIBJPEG_TURBO_VERSION);
#else
  const char *jpeg = "libjpeg " VALUE(JPEG_LIB_VERSION);
#endif
  int n = snprintf(text, sizeof text, "%s, libpng %s", jpeg, png_get_libpng_ver(NULL));
/* Asked of the library, not of its header: it may be another one than that of the build. */
#ifdef FRAY_WITH_WEBP
  int webp = WebPGetDecoderVersion();
  n += snprintf(text + n, sizeof text - (size_t)n, ", libwebp %d.%d.%d", webp >> 16,
                webp >> 8 & 255, webp & 255);
#endif
#ifdef FRAY_WITH_TIFF
  n += snprintf(text + n, sizeof text - (size_t)n, ", libtiff %d", TIFFLIB_VERSION);
#endif
  (void)n;
  return text;
}
