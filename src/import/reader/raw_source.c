/* What readers have in common: finding modalities and files, and putting down what they leave.
 * Paths stay below the raw folder whatever a YAML or a manifest says, for both are often downloaded
 * with the data. */
#include "raw_source.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

#include <string.h>

/* A handful of names: looked through, not sorted. */
enum fray_status fray_source_modality(const struct source *source, const char *where,
                                      const char *name, size_t *out, struct fray_err *err) {
  const char *names[FRAY_MAX_MODALITIES];
  for (size_t m = 0; m < source->n_modalities; m++) {
    names[m] = source->modality[m].m.name;
    if (strcmp(names[m], name) == 0) {
      *out = m;
      return FRAY_OK;
    }
  }
  char list[700];
  return fray_fail(err, FRAY_INPUT, "%s: %s: no modality of that name; %s", where, name,
                   fray_there_are(name, names, source->n_modalities, list, sizeof list));
}

/* "..", as a whole part of the path: "..wav" is a name. */
static bool climbs(const char *path) {
  for (const char *part = path; part; part = strchr(part, '/')) {
    part += *part == '/';
    if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
      return true;
  }
  return false;
}

enum fray_status fray_source_path(const struct source *source, const char *path, const char **out,
                                  struct fray_err *err) {
  FRAY_CHECK(path[0] != '\0', err, INPUT, "an empty path");
  /* Paths are printed in messages and tables, which a control character could forge. */
  for (const char *p = path; *p; p++)
    FRAY_CHECK((unsigned char)*p >= ' ' && *p != 127, err, INPUT,
               "a path is broken by a control character");
  FRAY_CHECK(path[0] != '/' && !climbs(path), err, INPUT,
             "path \"%s\" leaves the raw folder: absolute paths and \"..\" are refused", path);
  *out = fray_arena_printf(source->arena, "%s/%s", source->raw, path);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

enum fray_status fray_left_out_add(struct source *source, const char *path, bool by_case,
                                   struct fray_err *err) {
  /* The arena gives nothing back, but doubling wastes no more than the final list. */
  if (source->n_left_out == source->left_out_room) {
    size_t room = FRAY_MAX(2 * source->left_out_room, (size_t)64);
    struct left_out *more;
    FRAY_ALLOC(more, source->arena, room, err);
    if (source->n_left_out)
      memcpy(more, source->left_out, source->n_left_out * sizeof *more);
    source->left_out = more;
    source->left_out_room = room;
  }
  /* The caller's text belongs to glob. */
  const char *copy = fray_arena_strdup(source->arena, path);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  source->left_out[source->n_left_out++] = (struct left_out){copy, by_case};
  return FRAY_OK;
}
