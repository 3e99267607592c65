/* The struct of a table -> the map with every key. Going through the struct makes the map
 * canonical: whatever reads as the same values is written the same way. It is what results folders
 * keep of a scenario and what names a trial, so a change here would change names. */
#include "engine.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What every function needs; the tree that grows is in the arena. */
struct filler {
  struct fray_arena *arena;
  struct fray_err *err;
};

static enum fray_status fill_table(const struct filler *f, const struct fray_table *table,
                                   const void *values, const void *section,
                                   const struct fray_node *from, struct fray_node *map);

/* value may be NULL, for lack of memory: one test here instead of one at each call. */
static enum fray_status put(const struct filler *f, struct fray_node *parent, const char *key,
                            struct fray_node *value) {
  FRAY_CHECK(value, f->err, MEMORY, "out of memory");
  return fray_node_put(parent, key, value, f->arena, f->err);
}

/* A new scalar with the line of what it came from. "default" where the user gave nothing: a message
 * then says that no line of his is meant. */
static struct fray_node *scalar(const struct filler *f, const char *text, bool quoted,
                                const struct fray_node *from) {
  struct fray_node *node =
      fray_node_scalar(text, from ? from->source : "default", from ? from->line : 0, f->arena);
  if (node)
    node->quoted = quoted;
  return node;
}

/* The shortest decimal that reads back as the same double, so that a scenario survives being
 * written. */
static struct fray_node *real(const struct filler *f, double value, const struct fray_node *from) {
  char text[32];
  fray_format_double(value == 0 ? 0 : value, text); /* -0 is 0 */
  return scalar(f, text, false, from);
}

/* Integers as they are: through a double 2^53 + 1 would become another number. */
static struct fray_node *whole(const struct filler *f, int64_t value,
                               const struct fray_node *from) {
  const char *text = fray_arena_printf(f->arena, "%lld", (long long)value);
  return text ? scalar(f, text, false, from) : NULL;
}

/* A fraction keeps a point, since a count has none. 10 clients and a tenth of them are different
 * things: 0.1 and 1.0 are fractions, 10 is a count. */
static struct fray_node *amount(const struct filler *f, struct fray_amount value,
                                const struct fray_node *from) {
  char text[40];
  if (!value.is_fraction && fabs(value.value) < 9e18)
    return whole(f, (int64_t)value.value, from);
  fray_format_double(value.value == 0 ? 0 : value.value, text);
  if (value.is_fraction && !strpbrk(text, ".e"))
    strcat(text, ".0");
  return scalar(f, text, false, from);
}

/* Takes "." and ".." out of an absolute path, without looking at the disk. Only for parts that do
 * not exist: of those ".." cannot lead through a link. */
static void tidy(char *path) {
  char *out = path;
  for (char *p = path; *p;) {
    size_t n = strcspn(p + 1, "/");
    if (n == 2 && strncmp(p + 1, "..", 2) == 0) {
      while (out > path && *--out != '/')
        ;
    } else if (n > 0 && !(n == 1 && p[1] == '.')) {
      memmove(out, p, n + 1);
      out += n + 1;
    }
    p += n + 1;
  }
  if (out == path)
    *out++ = '/';
  *out = '\0';
}

/* The absolute path. What exists loses its links; for a pattern or a file to come, the folder that
 * exists does, and the rest stays as written. Results keep their scenario; it must find the data
 * from wherever it is run. */
static enum fray_status absolute(const struct filler *f, const char *path, const char **out) {
  char folder[PATH_MAX], real_path[PATH_MAX];
  FRAY_CHECK(path[0] == '/' || getcwd(folder, sizeof folder), f->err, IO,
             "the current folder cannot be read");
  char *whole_path = path[0] == '/' ? fray_arena_strdup(f->arena, path)
                                    : fray_arena_printf(f->arena, "%s/%s", folder, path);
  FRAY_CHECK(whole_path, f->err, MEMORY, "out of memory");
  char *cut = whole_path + strlen(whole_path);
  char kept = '\0';
  /* From the whole path to shorter ones, until one exists; *cut is where the rest begins. */
  while (!realpath(cut == whole_path ? "/" : whole_path, real_path)) {
    *cut = kept;
    while (cut > whole_path && *--cut != '/')
      ;
    kept = *cut;
    *cut = '\0';
    if (cut == whole_path)
      strcpy(real_path, "/");
    if (cut == whole_path)
      break;
  }
  *cut = kept;
  const bool is_root = strcmp(real_path, "/") == 0;
  char *joined = fray_arena_printf(f->arena, "%s%s", is_root && *cut ? "" : real_path, cut);
  FRAY_CHECK(joined, f->err, MEMORY, "out of memory");
  tidy(joined);
  *out = joined;
  return FRAY_OK;
}

/* In quotes: a path may look like a number. */
static enum fray_status fill_path(const struct filler *f, const char *path,
                                  const struct fray_node *from, struct fray_node **out) {
  const char *text = path;
  /* The standard output, and no file. */
  if (strcmp(path, "-") != 0)
    FRAY_TRY(absolute(f, path, &text));
  *out = scalar(f, text, true, from);
  FRAY_CHECK(*out, f->err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Also where nothing was given: [] says that nothing is meant, not that nothing was thought of. */
static enum fray_status empty_list(const struct filler *f, const struct fray_node *from,
                                   struct fray_node **out) {
  *out = fray_node_map(from ? from->source : "default", from ? from->line : 0, f->arena);
  FRAY_CHECK(*out, f->err, MEMORY, "out of memory");
  (*out)->kind = FRAY_NODE_LIST;
  return FRAY_OK;
}

/* Reals and integers are written as they were read, not as they were typed. */
static enum fray_status fill_list(const struct filler *f, const struct fray_field *field,
                                  const void *member, const struct fray_node *from,
                                  struct fray_node **out) {
  /* The three list structs share their shape: a count and a pointer. */
  const struct fray_strings *texts = member;
  const struct fray_reals *reals = member;
  const struct fray_ints *ints = member;
  size_t n = field->type == FRAY_INTS ? ints->n : field->type == FRAY_REALS ? reals->n : texts->n;
  FRAY_TRY(empty_list(f, from, out));
  struct fray_node **link = &(*out)->child;
  /* Entries keep the lines of what they came from, so that later messages can name them. */
  const struct fray_node *e = from && from->kind == FRAY_NODE_LIST ? from->child : NULL;
  for (size_t i = 0; i < n; i++, link = &(*link)->next, e = e ? e->next : NULL) {
    const struct fray_node *source = e ? e : from;
    struct fray_node *entry = field->type == FRAY_INTS    ? whole(f, ints->v[i], source)
                              : field->type == FRAY_REALS ? real(f, reals->v[i], source)
                                                          : scalar(f, texts->v[i], true, source);
    FRAY_CHECK(entry, f->err, MEMORY, "out of memory");
    *link = entry;
  }
  (*out)->n = n;
  return FRAY_OK;
}

/* Also one that is not given: its defaults are part of the scenario that is written. */
static enum fray_status fill_section(const struct filler *f, const struct fray_table *table,
                                     const void *section, const struct fray_node *from,
                                     struct fray_node **out) {
  struct fray_node map, entry;
  /* An empty section is written, too: it says that all in it are defaults. */
  *out = fray_node_map(from ? from->source : "default", from ? from->line : 0, f->arena);
  FRAY_CHECK(*out, f->err, MEMORY, "out of memory");
  return fill_table(f, table, section, section, fray_expand_kind(table, from, &map, &entry), *out);
}

/* Structs and entries of the document side by side; a list that was made by a default has no
 * entries. */
static enum fray_status fill_items(const struct filler *f, const struct fray_field *field,
                                   const struct fray_items *items, const struct fray_node *from,
                                   struct fray_node **out) {
  FRAY_TRY(empty_list(f, from, out));
  const struct fray_node *e = from && from->kind == FRAY_NODE_LIST ? from->child : NULL;
  struct fray_node **link = &(*out)->child;
  for (size_t i = 0; i < items->n; i++, link = &(*link)->next, e = e ? e->next : NULL)
    FRAY_TRY(fill_section(f, field->section, (const char *)items->v + i * field->section->size, e,
                          link));
  (*out)->n = items->n;
  return FRAY_OK;
}

/* In the order of the struct, which is that of the user. */
static enum fray_status fill_map(const struct filler *f, const struct fray_field *field,
                                 const struct fray_named *named, const struct fray_node *from,
                                 struct fray_node **out) {
  *out = fray_node_map(from ? from->source : "default", from ? from->line : 0, f->arena);
  FRAY_CHECK(*out, f->err, MEMORY, "out of memory");
  for (size_t i = 0; i < named->n; i++) {
    struct fray_node *entry;
    const char *section = (const char *)named->v + i * field->section->size;
    FRAY_TRY(fill_section(f, field->section, section, fray_node_get(from, named->name[i]), &entry));
    FRAY_TRY(put(f, *out, named->name[i], entry));
  }
  return FRAY_OK;
}

/* True when the member means "not given", so that no key is written. Each type has a value that no
 * user can write, and that means "not given": NULL, NaN, the least integer. */
static bool is_absent(const struct fray_field *field, const void *member) {
  switch (field->type) {
  case FRAY_STRING:
  case FRAY_PATH:
    return !*(const char *const *)member;
  case FRAY_NODE:
    return !*(const struct fray_node *const *)member;
  case FRAY_INT:
    return field->optional && *(const int64_t *)member == INT64_MIN;
  case FRAY_REAL:
    return isnan(*(const double *)member);
  case FRAY_AMOUNT:
    return isnan(((const struct fray_amount *)member)->value);
  case FRAY_INTS:
  case FRAY_REALS:
  case FRAY_STRINGS:
    return field->optional && ((const struct fray_strings *)member)->n == 0;
  default:
    return false;
  }
}

/* One case for each type of a row. */
static enum fray_status fill_value(const struct filler *f, const struct fray_field *field,
                                   const void *member, const struct fray_node *from,
                                   struct fray_node **out) {
  switch (field->type) {
  case FRAY_BOOL:
    *out = scalar(f, *(const bool *)member ? "true" : "false", false, from);
    break;
  case FRAY_INT:
    *out = whole(f, *(const int64_t *)member, from);
    break;
  case FRAY_REAL:
    *out = real(f, *(const double *)member, from);
    break;
  case FRAY_AMOUNT:
    *out = amount(f, *(const struct fray_amount *)member, from);
    break;
  case FRAY_ENUM:
    *out = scalar(f, field->names[*(const int *)member], true, from);
    break;
  case FRAY_STRING:
    *out = scalar(f, *(const char *const *)member, true, from);
    break;
  /* Kept as it stands: whoever reads it knows its form, the engine does not. */
  case FRAY_NODE:
    *out = fray_node_copy(*(const struct fray_node *const *)member, f->arena);
    break;
  case FRAY_PATH:
    return fill_path(f, *(const char *const *)member, from, out);
  case FRAY_SECTION:
    return fill_section(f, field->section, member, from, out);
  case FRAY_ITEMS:
    return fill_items(f, field, member, from, out);
  case FRAY_MAP:
    return fill_map(f, field, member, from, out);
  default:
    return fill_list(f, field, member, from, out);
  }
  FRAY_CHECK(*out, f->err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* values: of this table; section: what outer rows lie in, NULL: they are passed over. */
static enum fray_status fill_table(const struct filler *f, const struct fray_table *table,
                                   const void *values, const void *section,
                                   const struct fray_node *from, struct fray_node *map) {
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_field *field = &table->fields[i];
    if (field->outer && !section)
      continue;
    const void *member = (const char *)(field->outer ? section : values) + field->offset;
    /* Found by key, since the map may have the keys in any order; the filled one has the
     * table's. */
    const struct fray_node *given = fray_node_get(from, field->key);
    struct fray_node *value = NULL;
    /* The keys of a chosen method lie beside the choice, in the same map. */
    if (field->type == FRAY_KIND) {
      const struct fray_variant *v = member;
      FRAY_TRY(put(f, map, field->key, scalar(f, v->choice->name, true, given)));
      if (v->choice->table)
        FRAY_TRY(fill_table(f, v->choice->table, v->params, section, from, map));
    } else if (!is_absent(field, member)) {
      FRAY_TRY(fill_value(f, field, member, given, &value));
      FRAY_TRY(put(f, map, field->key, value));
    }
  }
  return FRAY_OK;
}

/* For maps that are shared by field (share.c). */
enum fray_status fray_fill_field(const struct fray_field *field, const void *member,
                                 const struct fray_node *from, struct fray_arena *arena,
                                 struct fray_node **out, struct fray_err *err) {
  const struct filler f = {.arena = arena, .err = err};
  *out = NULL;
  return is_absent(field, member) ? FRAY_OK : fill_value(&f, field, member, from, out);
}

/* The tree is new, in the arena; the one that was read stays as it is. */
enum fray_status fray_schema_fill(const struct fray_table *table, const struct fray_node *node,
                                  struct fray_arena *arena, struct fray_node **out,
                                  struct fray_err *err) {
  struct filler f = {.arena = arena, .err = err};
  void *section = fray_arena_alloc(arena, 1, table->size);
  FRAY_CHECK(section, err, MEMORY, "out of memory");
  FRAY_TRY(fray_schema_read(table, node, "", section, arena, err));
  struct fray_node *map;
  FRAY_TRY(fill_section(&f, table, section, node, &map));
  *out = map;
  return FRAY_OK;
}

/* As of a section that stands alone: of a choice's keys those that lie elsewhere are not its own.
 */
enum fray_status fray_schema_values(const struct fray_table *table, const void *section,
                                    struct fray_arena *arena, struct fray_node **out,
                                    struct fray_err *err) {
  const struct filler f = {.arena = arena, .err = err};
  *out = fray_node_map("", 0, arena);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return fill_table(&f, table, section, NULL, NULL, *out);
}
