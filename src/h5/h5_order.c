/* When a file that is written may be asked less than before and still gets the same bytes.
 *
 * HDF5 gives the heap of a large group its place when that leaves the cache of metadata. What
 * leaves it hangs on how often the cache was asked, until it has its least size, and from then on
 * on the order alone in which things were asked for last. A cache that has shrunk, but not as far,
 * goes by both; which shows nowhere if no group beside those that still grow is large enough for a
 * heap. */
#include "h5_parts.h"

#include <string.h>

/* HDF5 keeps so many links in a group itself. */
enum { SMALL = 8, DEEPEST = 16 };

/* Of the file that was written last: the last data set, and the children that each group on the way
 * to it has got in a row. Groups of groups alone, such as that of all trials, grow all the time. */
static struct {
  hid_t file;
  char path[H5_PLACE];
  struct {
    unsigned n;
    bool has_data;
  } group[DEEPEST];
  bool is_large;
} written;

void h5_note_made(hid_t file, const char *path) {
  const char *rest = path;
  size_t depth = 0;
  if (file != written.file) {
    memset(&written, 0, sizeof written);
    written.file = file;
  }
  for (size_t i = 0; path[i] && path[i] == written.path[i]; i++)
    if (path[i] == '/') {
      rest = path + i + 1;
      depth++;
    }
  for (unsigned before = 1; depth < DEEPEST; depth++, before = 0) {
    const char *slash = strchr(rest, '/');
    written.group[depth].n = before * written.group[depth].n + 1;
    written.group[depth].has_data = (before && written.group[depth].has_data) || !slash;
    written.is_large |= written.group[depth].n > SMALL && written.group[depth].has_data;
    if (!slash)
      break;
    rest = slash + 1;
  }
  written.path[0] = '\0';
  strncat(written.path, path, sizeof written.path - 1);
}

bool h5_goes_by_order(hid_t object) {
  H5AC_cache_config_t config = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
  static size_t first, least;
  size_t now = SIZE_MAX;
  if (!first && H5Pget_mdc_config(H5P_FILE_ACCESS_DEFAULT, &config) >= 0) {
    first = config.initial_size;
    least = config.min_size;
  }
  const hid_t file = H5Iget_file_id(object);
  H5Fget_mdc_size(file, &now, NULL, NULL, NULL);
  H5Fclose(file);
  return now <= least || (now < first && object == written.file && !written.is_large);
}
