#include "check.h"

#include <stdbool.h>

enum { START = 0xd8, END = 0xd9, SCAN = 0xda, RESTART = 0xd0, RESTART_LAST = 0xd7 };

/* First marker in entropy-coded data from `at` on (stuffed zeros and restarts belong to the data).
 */
static size_t skip_scan(const uint8_t *data, size_t size, size_t at) {
  for (; at + 1 < size; at++)
    if (data[at] == 0xff && data[at + 1] != 0 && data[at + 1] != 0xff &&
        !(data[at + 1] >= RESTART && data[at + 1] <= RESTART_LAST))
      return at;
  return size;
}

enum fray_status fray_jpeg_check(const uint8_t *data, size_t size, struct fray_err *err) {
  bool scanned = false;
  for (size_t at = 2; at + 1 < size;) {
    FRAY_CHECK(data[at] == 0xff, err, INPUT, "damaged JPEG: no marker at byte %zu", at);
    uint8_t marker = data[at + 1];
    if (marker == 0xff) { /* fill byte */
      at++;
      continue;
    }
    if (marker == END) {
      FRAY_CHECK(scanned, err, INPUT, "damaged JPEG: it holds no image data");
      return FRAY_OK;
    }
    if (at + 3 >= size)
      break;
    size_t length = (size_t)data[at + 2] << 8 | data[at + 3];
    FRAY_CHECK(length >= 2, err, INPUT, "damaged JPEG: segment of %zu bytes at byte %zu", length,
               at);
    at += 2 + length;
    if (marker == SCAN) {
      scanned = true;
      at = skip_scan(data, size, at);
    }
  }
  return fray_fail(err, FRAY_INPUT, "truncated JPEG: it ends without its end marker");
}
