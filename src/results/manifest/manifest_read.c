/* A manifest read back. Nothing in it is believed: what is not exactly as fray writes it is refused
 * with the place, since a manifest that can be read in two ways vouches for neither. */
#include "manifest_parts.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/json/json.h"

#include <string.h>

enum { MOST_BYTES = 256 << 20 };

/* A value being read, and the words for where it stands. */
struct place {
  const char *path, *list; /* list: "assertions" */
  size_t i;
  struct fray_arena *arena;
};

static enum fray_status refuse(const struct place *p, const char *what, const char *key,
                               struct fray_err *err) {
  return fray_fail(err, FRAY_INPUT, "%s: %s[%zu]: %s '%.80s'", p->path, p->list, p->i, what, key);
}

/* Also keys that are missing: as many as are wanted, each of them wanted, none twice (which the
 * parser refuses). */
static enum fray_status check_keys(const struct place *p, const fray_json *object,
                                   const char *const *keys, size_t n, size_t least,
                                   struct fray_err *err) {
  void *at = NULL;
  const char *key;
  const fray_json *value;
  FRAY_CHECK(fray_json_is_object(object), err, INPUT, "%s: %s[%zu]: not an object", p->path,
             p->list, p->i);
  while (fray_json_next(object, &at, &key, &value)) {
    bool known = false;
    for (size_t k = 0; k < n; k++)
      known |= strcmp(key, keys[k]) == 0;
    if (!known)
      return refuse(p, "unknown field", key, err);
  }
  for (size_t k = 0; k < least; k++)
    if (!fray_json_get(object, keys[k]))
      return refuse(p, "lacks", keys[k], err);
  return FRAY_OK;
}

static enum fray_status read_text(const struct place *p, const fray_json *object, const char *key,
                                  const char **out, struct fray_err *err) {
  const char *text = fray_json_text(fray_json_get(object, key));
  if (!text)
    return refuse(p, "no text at", key, err);
  *out = fray_arena_strdup(p->arena, text);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* null: there is none. */
static enum fray_status read_hash(const struct place *p, const fray_json *object, const char *key,
                                  bool may_lack, char out[FRAY_SHA256_TEXT], struct fray_err *err) {
  const fray_json *value = fray_json_get(object, key);
  const char *text = fray_json_text(value);
  bool flag;
  double number;
  out[0] = '\0';
  if (!text && may_lack && !fray_json_is_object(value) && !fray_json_is_array(value) &&
      !fray_json_bool(value, &flag) && !fray_json_real(value, &number))
    return FRAY_OK;
  if (!text || strlen(text) != FRAY_SHA256_TEXT - 1 ||
      strspn(text, "0123456789abcdef") != FRAY_SHA256_TEXT - 1)
    return refuse(p, "not 64 hexadecimal digits at", key, err);
  strcpy(out, text);
  return FRAY_OK;
}

static enum fray_status read_count(const struct place *p, const fray_json *object, const char *key,
                                   uint64_t most, uint64_t *out, struct fray_err *err) {
  int64_t value;
  if (!fray_json_int(fray_json_get(object, key), &value) || value < 0 || (uint64_t)value > most)
    return refuse(p, "no number in range at", key, err);
  *out = (uint64_t)value;
  return FRAY_OK;
}

/* A path below the folder, and nowhere else: no empty part, no dots, no root. */
static bool is_below(const char *name) {
  if (!manifest_can_list(name) || strlen(name) >= 4000)
    return false;
  for (const char *p = name;; p++) {
    const size_t n = strcspn(p, "/");
    if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
      return false;
    p += n;
    if (!*p)
      return true;
  }
}

static enum fray_status read_file(const struct place *p, const fray_json *object,
                                  struct manifest *m, struct fray_err *err) {
  static const char *const keys[] = {"name", "bytes", "sha256", "action", "taken"};
  struct manifest_file *f = &m->file[p->i];
  uint64_t action = 0;
  FRAY_TRY(check_keys(p, object, keys, FRAY_COUNT(keys), FRAY_COUNT(keys) - 1, err));
  FRAY_TRY(read_text(p, object, "name", &f->name, err));
  if (!is_below(f->name))
    return refuse(p, "not a path below the folder:", f->name, err);
  if (p->i > 0 && strcmp(f->name, f[-1].name) <= 0)
    return refuse(p, strcmp(f->name, f[-1].name) == 0 ? "listed twice:" : "out of order:", f->name,
                  err);
  FRAY_TRY(read_count(p, object, "bytes", INT64_MAX, &f->bytes, err));
  FRAY_TRY(read_hash(p, object, "sha256", false, f->sha256, err));
  FRAY_TRY(read_count(p, object, "action", m->n_actions - 1, &action, err));
  f->action = (size_t)action;
  if (fray_json_get(object, "taken") &&
      (!fray_json_bool(fray_json_get(object, "taken"), &f->taken) || !f->taken))
    return refuse(p, "neither true nor left out:", "taken", err);
  return FRAY_OK;
}

static enum fray_status read_action(const struct place *p, const fray_json *object,
                                    struct manifest *m, struct fray_err *err) {
  static const char *const keys[] = {"command", "time", "version", "previous"};
  struct manifest_action *a = &m->action[p->i];
  FRAY_TRY(check_keys(p, object, keys, FRAY_COUNT(keys), FRAY_COUNT(keys), err));
  FRAY_TRY(read_text(p, object, "command", &a->command, err));
  FRAY_TRY(read_text(p, object, "time", &a->time, err));
  FRAY_TRY(read_text(p, object, "version", &a->version, err));
  return read_hash(p, object, "previous", p->i == 0, a->previous, err);
}

static enum fray_status read_ingredient(const struct place *p, const fray_json *object,
                                        struct manifest *m, struct fray_err *err) {
  static const char *const keys[] = {"kind", "path", "sha256", "origin", "action"};
  struct manifest_ingredient *in = &m->ingredient[p->i];
  uint64_t action = 0;
  FRAY_TRY(check_keys(p, object, keys, FRAY_COUNT(keys), FRAY_COUNT(keys), err));
  FRAY_TRY(read_text(p, object, "kind", &in->kind, err));
  FRAY_TRY(read_text(p, object, "path", &in->path, err));
  FRAY_TRY(read_hash(p, object, "sha256", true, in->sha256, err));
  FRAY_TRY(read_hash(p, object, "origin", true, in->origin, err));
  FRAY_TRY(read_count(p, object, "action", m->n_actions - 1, &action, err));
  in->action = (size_t)action;
  return FRAY_OK;
}

typedef enum fray_status read_element(const struct place *p, const fray_json *object,
                                      struct manifest *m, struct fray_err *err);

static enum fray_status read_list(const char *path, const fray_json *root, const char *name,
                                  read_element *read, struct fray_arena *arena, struct manifest *m,
                                  struct fray_err *err) {
  const fray_json *list = fray_json_get(root, name);
  struct place p = {path, name, 0, arena};
  for (; p.i < fray_json_size(list); p.i++)
    FRAY_TRY(read(&p, fray_json_at(list, p.i), m, err));
  return FRAY_OK;
}

/* Actions first: files and ingredients name them. */
static enum fray_status read_root(const char *path, const fray_json *root, struct fray_arena *arena,
                                  struct manifest *m, struct fray_err *err) {
  static const char *const lists[] = {"actions", "ingredients", "assertions"};
  const char *format = fray_json_text(fray_json_get(root, "format"));
  FRAY_CHECK(format && strcmp(format, "fray manifest 1") == 0, err, INPUT,
             "%s: is no manifest that this fray knows: 'format' is not \"fray manifest 1\"", path);
  FRAY_CHECK(fray_json_text(fray_json_get(root, "note")), err, INPUT, "%s: lacks 'note'", path);
  FRAY_CHECK(fray_json_size(root) == 2 + FRAY_COUNT(lists), err, INPUT,
             "%s: holds a field that is unknown, or lacks one", path);
  for (size_t i = 0; i < FRAY_COUNT(lists); i++)
    FRAY_CHECK(fray_json_is_array(fray_json_get(root, lists[i])), err, INPUT,
               "%s: '%s' is not a list", path, lists[i]);
  m->n_actions = fray_json_size(fray_json_get(root, lists[0]));
  m->n_ingredients = fray_json_size(fray_json_get(root, lists[1]));
  m->n_files = fray_json_size(fray_json_get(root, lists[2]));
  FRAY_CHECK(m->n_actions > 0, err, INPUT, "%s: 'actions' is empty", path);
  FRAY_ALLOC_ZERO(m->action, arena, m->n_actions, err);
  FRAY_ALLOC_ZERO(m->ingredient, arena, m->n_ingredients + 1, err);
  FRAY_ALLOC_ZERO(m->file, arena, m->n_files + 1, err);
  FRAY_TRY(read_list(path, root, lists[0], read_action, arena, m, err));
  FRAY_TRY(read_list(path, root, lists[1], read_ingredient, arena, m, err));
  return read_list(path, root, lists[2], read_file, arena, m, err);
}

enum fray_status manifest_read(const char *folder, struct fray_arena *arena, struct manifest *out,
                               struct fray_err *err) {
  char path[4096];
  struct fray_text text = {0};
  fray_json *root = NULL;
  *out = (struct manifest){0};
  FRAY_TRY(manifest_path(folder, "manifest.json", path, err));
  FRAY_TRY(fray_file_read(path, MOST_BYTES, &text, err));
  fray_sha256_of(text.data, text.size, out->sha256);
  enum fray_status status = fray_json_parse(path, text.data, text.size, &root, err);
  fray_text_free(&text);
  if (status == FRAY_OK)
    status = fray_json_is_object(root) ? read_root(path, root, arena, out, err)
                                       : fray_fail(err, FRAY_INPUT, "%s: not a JSON object", path);
  fray_json_free(root);
  return status;
}

const char *manifest_origin(const struct manifest *m) {
  return m->n_actions > 1 ? m->action[1].previous : m->sha256;
}
