/* How a camera was held: the orientation in EXIF data. 1, upright, for whatever cannot be read:
 * pixels are whole without it. */
#include "picture.h"

#include "check.h"

#include <string.h>

enum { TIFF_HEADER = 8, ENTRY = 12, ORIENTATION = 0x0112, SHORT = 3 };

unsigned fray_exif_orientation(const uint8_t *tiff, size_t size) {
  if (size < TIFF_HEADER + 2 || (memcmp(tiff, "II*\0", 4) != 0 && memcmp(tiff, "MM\0*", 4) != 0))
    return 1;
  /* "II" is little-endian, "MM" big: the camera's own order. */
  bool big = tiff[0] == 'M';
  uint32_t at = big ? fray_be32(tiff + 4) : fray_le32(tiff + 4);
  if (at < TIFF_HEADER || at > size - 2)
    return 1;
  size_t entries = big ? fray_be16(tiff + at) : fray_le16(tiff + at);
  const uint8_t *p = tiff + at + 2, *end = tiff + size;
  /* Only the first directory: the second is of the thumbnail. What does not fit is ignored, as
   * cameras and editors write much that is wrong there. */
  for (size_t i = 0; i < entries && end - p >= ENTRY; i++, p += ENTRY) {
    unsigned tag = big ? fray_be16(p) : fray_le16(p);
    unsigned type = big ? fray_be16(p + 2) : fray_le16(p + 2);
    unsigned value = big ? fray_be16(p + 8) : fray_le16(p + 8);
    if (tag == ORIENTATION)
      return type == SHORT && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
