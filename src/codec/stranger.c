/* Files of kinds that are not read: comparing first bytes, and what stands in the place of media.
 */
#include "stranger.h"

#include "codec/picture/check.h"

#include "fray/base/size.h"

#include <string.h>

/* What stands in the place of a file that was never really fetched. */
static const struct fray_stranger no_media[] = {
    {"a pointer of Git LFS; `git lfs pull` fetches the file itself", 0,
     FRAY_MAGIC("version https://git-lfs")},
    {"a web page, perhaps of a download that failed", 0, FRAY_MAGIC("<!DOCTYPE")},
    {"a web page, perhaps of a download that failed", 0, FRAY_MAGIC("<!doctype")},
    {"a web page, perhaps of a download that failed", 0, FRAY_MAGIC("<html")},
    {"a web page, perhaps of a download that failed", 0, FRAY_MAGIC("<HTML")},
};

const char *fray_stranger_find(const struct fray_stranger *list, size_t n, const uint8_t *p,
                               size_t size) {
  for (size_t i = 0; i < n; i++)
    if (fray_starts(p, size, list[i].at, list[i].magic, list[i].n))
      return list[i].words;
  return NULL;
}

const char *fray_stranger_no_media(const uint8_t *p, size_t size) {
  return fray_stranger_find(no_media, FRAY_COUNT(no_media), p, size);
}
