/* The list of readers, and what they have in common. */
#include "parts.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/base/utf8.h"

#include <string.h>

#define FRAY_READER(name) extern const struct fray_choice fray_reader_##name;
#include "readers.def"
#undef FRAY_READER

static const struct fray_choice *const readers[] = {
#define FRAY_READER(name) &fray_reader_##name,
#include "readers.def"
#undef FRAY_READER
};
const struct fray_choices fray_import_readers = {
    .what = "reader", .plural = "readers", .v = readers, .n = FRAY_COUNT(readers)};

enum fray_status fray_import_modality(const struct set *set, const char *where, const char *name,
                                      size_t *out, struct fray_err *err) {
  const char *names[FRAY_MAX_MODALITIES];
  for (size_t m = 0; m < set->n_modalities; m++) {
    names[m] = set->modality[m].m.name;
    if (strcmp(names[m], name) == 0) {
      *out = m;
      return FRAY_OK;
    }
  }
  char list[700];
  return fray_fail(err, FRAY_INPUT, "%s: %s: no modality of that name; %s", where, name,
                   fray_there_are(name, names, set->n_modalities, list, sizeof list));
}

static bool climbs(const char *path) {
  for (const char *part = path; part; part = strchr(part, '/')) {
    part += *part == '/';
    if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
      return true;
  }
  return false;
}

enum fray_status fray_import_path(const struct set *set, const char *path, const char **out,
                                  struct fray_err *err) {
  FRAY_CHECK(path[0] != '\0', err, INPUT, "an empty path");
  for (const char *p = path; *p; p++)
    FRAY_CHECK((unsigned char)*p >= ' ' && *p != 127, err, INPUT,
               "a path is broken by a control character");
  FRAY_CHECK(path[0] != '/' && !climbs(path), err, INPUT,
             "path \"%s\" leaves the raw folder: absolute paths and \"..\" are refused", path);
  *out = fray_arena_printf(set->arena, "%s/%s", set->raw, path);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

enum fray_status fray_import_scalar(const struct fray_node *node, const char *what,
                                    const char **out, struct fray_err *err) {
  char where[256];
  FRAY_CHECK(node->kind == FRAY_NODE_SCALAR, err, INPUT, "%s: %s: expected a text",
             fray_node_where(node, where), what);
  *out = node->scalar;
  return FRAY_OK;
}

enum fray_status fray_import_utf8(const char *path, const char *text, size_t size,
                                  struct fray_err *err) {
  size_t end = fray_utf8_valid(text, size), line = 1;
  for (size_t i = 0; i < end; i++)
    line += text[i] == '\n';
  FRAY_CHECK(end == size, err, INPUT, "%s:%zu: byte 0x%02x is not UTF-8 text", path, line,
             (unsigned char)text[end]);
  return FRAY_OK;
}
