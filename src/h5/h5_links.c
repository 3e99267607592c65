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

/* Groups of files that are read, kept open: many things are asked of each, and to look at every
 * link from the root on takes longer than to read what lies there. What links a small group has is
 * listed once: each look of HDF5's walks from the group's table to the link. */
enum { KEPT = 8, MOST_LINKS = 64, LINK_WORDS = 2048 };
static struct kept {
  hid_t file, group; /* file 0: free */
  char path[H5_PLACE];
  uint64_t asked; /* when it was last; those that nobody asks for go */
  enum { FRESH, LOOKED, LISTED, LARGE } state;
  size_t n, used;
  struct {
    const char *name;
    bool is_hard;
    haddr_t address;
  } link[MOST_LINKS];
  char words[LINK_WORDS];
} kept[KEPT];
static uint64_t clock_of_kept;

void h5_forget(hid_t file) {
  for (size_t i = 0; i < KEPT; i++)
    if (kept[i].file == file) {
      H5Gclose(kept[i].group);
      kept[i].file = 0;
    }
}

/* Of every link, whatever it is: what is not in the list is not in the group.
 * A callback of HDF5: not 0 ends the walk. Names are copied, as they lie in memory of the walk. */
static herr_t add_link(hid_t group, const char *name, const H5L_info_t *info, void *to) {
  (void)group;
  struct kept *k = to;
  const size_t size = strlen(name) + 1;
  if (k->n == MOST_LINKS || size > sizeof k->words - k->used)
    return 1;
  k->link[k->n].name = memcpy(k->words + k->used, name, size);
  k->link[k->n].is_hard = info->type == H5L_TYPE_HARD;
  k->link[k->n++].address = info->type == H5L_TYPE_HARD ? info->u.address : HADDR_UNDEF;
  k->used += size;
  return 0;
}

/* Of larger ones HDF5 would make a list first, in whatever order. */
static void list_links(struct kept *k) {
  H5G_info_t info;
  const bool is_listed =
      H5Gget_info(k->group, &info) >= 0 && info.nlinks <= MOST_LINKS &&
      H5Literate(k->group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, add_link, k) == 0;
  k->state = is_listed ? LISTED : LARGE;
}

static struct kept *find_kept(hid_t file, const char *path, size_t n) {
  for (size_t i = 0; i < KEPT; i++)
    if (kept[i].file == file && strncmp(kept[i].path, path, n) == 0 && kept[i].path[n] == '\0')
      return &kept[i];
  return NULL;
}

/* Handles of HDF5 are not given twice while they are open, so that one names its group. */
static struct kept *kept_of(hid_t group) {
  for (size_t i = 0; i < KEPT; i++)
    if (kept[i].file && kept[i].group == group)
      return &kept[i];
  return NULL;
}

/* Where the link of a name leads, if it is a plain one. Of a group of which but one thing is asked
 * that is looked up; the second question is worth a list. */
static enum h5_link address_of(hid_t group, const char *name, haddr_t *address) {
  struct kept *k = kept_of(group);
  H5L_info_t info;
  if (!k || strchr(name, '/') || !*name || strcmp(name, ".") == 0)
    return H5_NOWHERE;
  if (k->state == FRESH) {
    k->state = LOOKED;
    if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0 || info.type != H5L_TYPE_HARD)
      return H5_NOWHERE;
    *address = info.u.address;
    return H5_HERE;
  }
  if (k->state == LOOKED)
    list_links(k);
  if (k->state == LARGE)
    return H5_NOWHERE;
  for (size_t i = 0; i < k->n; i++)
    if (strcmp(k->link[i].name, name) == 0) {
      *address = k->link[i].address;
      return k->link[i].is_hard ? H5_HERE : H5_NOWHERE;
    }
  return H5_ABSENT;
}

/* The walk of HDF5 through links is spared, which takes longer than to open what they lead to. A
 * damaged object, and every other link, is left to who looks link by link. */
hid_t h5_open_listed(hid_t group, const char *name, H5I_type_t type) {
  haddr_t address = HADDR_UNDEF;
  if (address_of(group, name, &address) != H5_HERE)
    return -1;
  const hid_t object = H5Oopen_by_addr(group, address);
  if (object >= 0 && H5Iget_type(object) != type) {
    H5Oclose(object);
    return -1;
  }
  return object;
}

/* The group that the first n bytes of path lead to; file itself if there is none, or none that may
 * be kept. In a file that is written links come and go. */
static hid_t keep_group(hid_t file, const char *path, size_t n) {
  unsigned intent = 0;
  char own[H5_PLACE];
  struct kept *found = find_kept(file, path, n);
  if (found) {
    found->asked = ++clock_of_kept;
    return found->group;
  }
  if (n == 0 || n >= sizeof own || H5Iget_type(file) != H5I_FILE ||
      H5Fget_intent(file, &intent) < 0 || intent != H5F_ACC_RDONLY)
    return file;
  memcpy(own, path, n);
  own[n] = '\0';
  const char *name = own;
  const hid_t parent = h5_near(file, own, &name);
  hid_t group = h5_open_listed(parent, name, H5I_GROUP);
  if (group < 0) {
    const bool is_far = parent == file && strchr(own + 1, '/');
    if (is_far || look_at(parent, name, 0) != H5_HERE)
      return file;
    group = H5Gopen2(parent, name, H5P_DEFAULT);
  }
  if (group < 0)
    return file;
  struct kept *to = &kept[0];
  for (size_t i = 1; i < KEPT && to->file; i++)
    if (!kept[i].file || kept[i].asked < to->asked)
      to = &kept[i];
  if (to->file)
    H5Gclose(to->group);
  *to = (struct kept){.file = file, .group = group, .asked = ++clock_of_kept};
  memcpy(to->path, own, n + 1);
  return group;
}

hid_t h5_near(hid_t loc, const char *path, const char **leaf) {
  const char *slash = strrchr(path, '/');
  *leaf = path;
  if (!slash || slash == path || !slash[1])
    return loc;
  const hid_t group = keep_group(loc, path, (size_t)(slash - path));
  if (group != loc)
    *leaf = slash + 1;
  return group;
}

/* Asked of every optional part: where links were listed that needs no call of HDF5. */
bool h5_is_absent(hid_t loc, const char *path) {
  const char *leaf;
  const hid_t near = h5_near(loc, path, &leaf);
  haddr_t address;
  const enum h5_link found = address_of(near, leaf, &address);
  return found == H5_NOWHERE ? look(near, leaf, 0) == H5_ABSENT : found == H5_ABSENT;
}

enum h5_link h5_look(hid_t loc, const char *path) {
  const char *leaf;
  const hid_t near = h5_near(loc, path, &leaf);
  return look(near, leaf, 0);
}

/* Three ways not to be here, each with words of its own. */
enum fray_status h5_reach(hid_t loc, const char *path, const char *missing, struct fray_err *err) {
  char place[H5_PLACE];
  const enum h5_link found = h5_look(loc, path);
  if (found == H5_HERE)
    return FRAY_OK;
  h5_place(loc, path, place);
  FRAY_CHECK(found != H5_ABSENT, err, INPUT, "%s: %s", place, missing);
  FRAY_CHECK(found != H5_ELSEWHERE, err, INPUT, "%s: its values lie in another file", place);
  return fray_fail(err, FRAY_INPUT, "%s: a link that leads nowhere, or is damaged", place);
}
