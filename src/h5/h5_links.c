/* Where a path leads: into this file, into another one, or nowhere. Asked before HDF5 is, which
 * would follow every link. */
#include "h5_parts.h"

#include <string.h>

/* Links in a circle end here. */
enum { DEEPEST = 16 }; /* soft links to soft links */

static enum h5_link look(hid_t loc, const char *path, int depth);

/* A soft link that cannot be resolved: its target may pass through a link to another file. */
static enum h5_link look_behind(hid_t loc, const char *link, int depth) {
  char target[H5_PLACE], path[2 * H5_PLACE];
  H5L_info_t info;
  if (depth == DEEPEST || H5Lget_info(loc, link, &info, H5P_DEFAULT) < 0 ||
      info.u.val_size >= sizeof target ||
      H5Lget_val(loc, link, target, sizeof target, H5P_DEFAULT) < 0)
    return H5_NOWHERE;
  target[info.u.val_size] = '\0';
  const char *slash = strrchr(link, '/');
  /* A relative target begins where its link lies. */
  int parent = target[0] == '/' || !slash ? 0 : (int)(slash - link) + 1;
  snprintf(path, sizeof path, "%.*s%s", parent, link, target);
  return look(loc, path, depth + 1) == H5_ELSEWHERE ? H5_ELSEWHERE : H5_NOWHERE;
}

/* One link, whose parents are known to be here. */
static enum h5_link look_at(hid_t loc, const char *link, int depth) {
  H5L_info_t info;
  htri_t exists = H5Lexists(loc, link, H5P_DEFAULT);
  if (exists == 0)
    return H5_ABSENT;
  if (exists < 0 || H5Lget_info(loc, link, &info, H5P_DEFAULT) < 0)
    return H5_NOWHERE;
  /* External links and links of users' own kinds: HDF5 would ask a driver or open a file. */
  if (info.type != H5L_TYPE_HARD && info.type != H5L_TYPE_SOFT)
    return H5_ELSEWHERE;
  if (H5Oexists_by_name(loc, link, H5P_DEFAULT) > 0)
    return H5_HERE;
  return info.type == H5L_TYPE_SOFT ? look_behind(loc, link, depth) : H5_NOWHERE;
}

/* H5Lexists fails when a parent is missing: so part by part. Each part is looked at before HDF5
 * walks through it. */
static enum h5_link look(hid_t loc, const char *path, int depth) {
  char part[2 * H5_PLACE];
  if (strcmp(path, ".") == 0 || strcmp(path, "/") == 0)
    return H5_HERE;
  if (*path == '\0' || strlen(path) >= sizeof part)
    return H5_ABSENT;
  strcpy(part, path);
  for (char *p = part + 1;; p++) {
    if (*p != '/' && *p != '\0')
      continue;
    char end = *p;
    *p = '\0';
    enum h5_link found = look_at(loc, part, depth);
    if (found != H5_HERE)
      return found;
    *p = end;
    if (end == '\0')
      return H5_HERE;
  }
}

enum h5_link h5_look(hid_t loc, const char *path) {
  return look(loc, path, 0);
}

/* Three ways not to be here, each with words of its own. */
enum fray_status h5_reach(hid_t loc, const char *path, const char *missing, struct fray_err *err) {
  char place[H5_PLACE];
  enum h5_link found = h5_look(loc, path);
  h5_place(loc, path, place);
  FRAY_CHECK(found != H5_ABSENT, err, INPUT, "%s: %s", place, missing);
  FRAY_CHECK(found != H5_ELSEWHERE, err, INPUT, "%s: its values lie in another file", place);
  FRAY_CHECK(found == H5_HERE, err, INPUT, "%s: a link that leads nowhere, or is damaged", place);
  return FRAY_OK;
}
