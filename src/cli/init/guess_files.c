/* Folders of files, one a sample: what differs between their paths becomes fields of a pattern. */
#include "init.h"

#include "fray/base/size.h"
#include "fray/import/import.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_PARTS = 14, MOST_SUFFIXES = 6 };

/* A path cut at its slashes, its name at _ and - up to the last dot. glue[i] stands behind part
 * i. */
struct cut {
  size_t n, n_folders;
  const char *part[MOST_PARTS];
  char glue[MOST_PARTS];
  const char *suffix; /* with its dot */
};

/* A name with an empty part, or with too many, stays whole: its cuts would not be found again. */
static enum fray_status cut_path(const char *path, bool cuts_name, struct fray_arena *arena,
                                 struct cut *out, struct fray_err *err) {
  char *copy = fray_arena_strdup(arena, path);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  /* A kind is known by its ending, so there is a dot. */
  char *name = strrchr(copy, '/') ? strrchr(copy, '/') + 1 : copy, *dot = strrchr(name, '.');
  size_t cuts = 0;
  *out = (struct cut){.suffix = path + (dot - copy)};
  *dot = '\0';
  for (char *p = copy; p < name; p++) {
    if (*p != '/' || out->n + 2 > MOST_PARTS)
      continue;
    *p = '\0';
    out->part[out->n] = out->n ? out->part[out->n - 1] + strlen(out->part[out->n - 1]) + 1 : copy;
    out->glue[out->n++] = '/';
  }
  out->n_folders = out->n;
  for (const char *p = name; *p; p++) {
    cuts += *p == '_' || *p == '-';
    if ((*p == '_' || *p == '-') && (p == name || !p[1] || p[1] == '_' || p[1] == '-'))
      cuts = MOST_PARTS;
  }
  out->part[out->n++] = name;
  for (char *p = name; cuts_name && out->n_folders + cuts < MOST_PARTS && *p; p++) {
    if (*p != '_' && *p != '-')
      continue;
    out->glue[out->n - 1] = *p;
    *p = '\0';
    out->part[out->n++] = p + 1;
  }
  return FRAY_OK;
}

/* Paths of one shape fit one pattern; their endings do not count, since each has an input. */
static bool same_shape(const struct cut *a, const struct cut *b) {
  return a->n == b->n && a->n_folders == b->n_folders && memcmp(a->glue, b->glue, a->n) == 0;
}

/* The kind that most files are of; tables of numbers only where there is nothing else, since one
 * table beside many sounds is more likely a list of them. */
static const struct fray_choice *commonest(const struct init_listing *look) {
  const struct fray_choice *best = NULL;
  size_t most = 0;
  for (int tables = 0; tables < 2 && !best; tables++)
    for (size_t k = 0; k < fray_import_kinds.n; k++) {
      size_t n = 0;
      for (size_t i = 0; i < look->n; i++)
        n +=
            look->file[i].kind == fray_import_kinds.v[k] && look->file[i].is_table == (tables == 1);
      /* Of equally many the first kind, so that the same files give the same YAML. */
      if (n > most)
        most = n, best = fray_import_kinds.v[k];
    }
  return best;
}

/* The shape that most of the cuts have, looked for among the first ones; returns how many have
 * it. */
static size_t common_shape(const struct cut *cut, size_t n, size_t *shape) {
  enum { LOOKS = 64 };
  size_t most = 0;
  for (size_t i = 0; i < n; i += FRAY_MAX(n / LOOKS, (size_t)1)) {
    size_t same = 0;
    for (size_t k = 0; k < n; k++)
      same += same_shape(&cut[i], &cut[k]);
    if (same > most)
      most = same, *shape = i;
  }
  return most;
}

/* Fields of the parts that differ; field[p]: that of part p, or fields->n for one that is always
 * the same. */
static enum fray_status make_fields(const struct cut *cut, size_t n, const struct cut *shape,
                                    struct fray_arena *arena, struct init_fields *out,
                                    bool is_field[MOST_PARTS], struct fray_err *err) {
  *out = (struct init_fields){0};
  for (size_t i = 0; i < n; i++)
    out->n_rows += same_shape(&cut[i], shape);
  for (size_t p = 0; p < shape->n; p++) {
    is_field[p] = false;
    for (size_t i = 0; i < n; i++)
      is_field[p] = is_field[p] ||
                    (same_shape(&cut[i], shape) && strcmp(cut[i].part[p], shape->part[p]) != 0);
    if (!is_field[p])
      continue;
    /* A column of the rows that have the shape, in the order of their paths. */
    const char **cell;
    size_t row = 0;
    FRAY_ALLOC(cell, arena, out->n_rows, err);
    for (size_t i = 0; i < n; i++)
      if (same_shape(&cut[i], shape))
        cell[row++] = cut[i].part[p];
    /* By its place, until something is known of it. */
    out->name[out->n] = fray_arena_printf(arena, "part%zu", p + 1);
    FRAY_CHECK(out->name[out->n], err, MEMORY, "out of memory");
    out->cell[out->n++] = cell;
    out->n_folders += p < shape->n_folders;
  }
  return FRAY_OK;
}

/* What was found has a name that says so, which the templates then use by themselves. */
static void name_fields(struct init_fields *f, const struct init_roles *roles) {
  if (roles->label < f->n)
    f->name[roles->label] = "label";
  if (roles->client < f->n)
    f->name[roles->client] = "client";
  if (roles->split < f->n)
    f->name[roles->split] = "subset";
}

/* Parts that never differ stand as they are: braces, which would be fields, were left out by the
 * look. */
static void put_pattern(const struct cut *shape, const bool is_field[MOST_PARTS],
                        const struct init_fields *f, const char *suffix, struct fray_text *out) {
  /* Each part, and the sign that stood behind it. */
  struct fray_text pattern = {0};
  size_t field = 0;
  for (size_t p = 0; p < shape->n; p++) {
    const char glue[2] = {shape->glue[p], '\0'};
    if (is_field[p])
      fray_text_printf(&pattern, "{%s}", f->name[field++]);
    else
      fray_text_puts(&pattern, shape->part[p]);
    fray_text_puts(&pattern, glue);
  }
  fray_text_puts(&pattern, suffix);
  fray_text_puts(out, "  - reader: files\n    pattern: ");
  init_put_scalar(out, pattern.data ? pattern.data : "");
  fray_text_printf(out, "  # guessed from %zu paths\n", f->n_rows);
  out->failed = out->failed || pattern.failed;
  fray_text_free(&pattern);
}

/* An input for each ending: .JPG and .jpg lie in one folder often enough. */
static enum fray_status put_inputs(const struct cut *cut, size_t n, const struct cut *shape,
                                   const bool is_field[MOST_PARTS], const struct init_fields *f,
                                   const struct init_roles *roles, const struct fray_choice *kind,
                                   struct fray_text *out, struct fray_err *err) {
  const char *seen[MOST_SUFFIXES];
  size_t n_seen = 0;
  fray_text_puts(out, "inputs:\n");
  for (size_t i = 0; i < n; i++) {
    bool known = !same_shape(&cut[i], shape) || n_seen == MOST_SUFFIXES;
    for (size_t k = 0; k < n_seen && !known; k++)
      known = strcmp(seen[k], cut[i].suffix) == 0;
    if (known)
      continue;
    seen[n_seen++] = cut[i].suffix;
    put_pattern(shape, is_field, f, cut[i].suffix, out);
    fray_text_printf(out, "    modality: %s\n", kind->name);
    FRAY_TRY(init_put_roles(f, roles, "{path}", out, err));
  }
  return init_put_splits(f, roles, out, err);
}

enum fray_status init_guess_files(const struct init_listing *look, struct fray_arena *arena,
                                  struct fray_text *out, bool *found, struct fray_err *err) {
  const struct fray_choice *kind = commonest(look);
  struct cut *cut;
  size_t n = 0, shape = 0;
  *found = kind != NULL;
  /* Nothing that is known by its ending: the caller says so, with the number of files. */
  if (!kind)
    return FRAY_OK;
  FRAY_ALLOC(cut, arena, look->n, err);
  /* First with names cut at their signs, then as wholes. */
  for (int cuts_name = 1; cuts_name >= 0; cuts_name--) {
    n = 0;
    for (size_t i = 0; i < look->n; i++)
      if (look->file[i].kind == kind)
        FRAY_TRY(cut_path(look->file[i].path, cuts_name, arena, &cut[n++], err));
    /* Names that are cut alike in two thirds of the files are made by a rule; others are titles. */
    if (common_shape(cut, n, &shape) * 3 >= n * 2)
      break;
  }
  struct init_fields fields;
  struct init_roles roles;
  bool is_field[MOST_PARTS];
  /* Files of other shapes are left out by the import as well, which counts and names them. */
  FRAY_TRY(make_fields(cut, n, &cut[shape], arena, &fields, is_field, err));
  FRAY_TRY(init_choose(&fields, &roles, err));
  name_fields(&fields, &roles);
  fray_text_printf(out, "# Found: %zu files of the kind %s, %zu of them with one shape of path.\n",
                   n, kind->name, fields.n_rows);
  fray_text_puts(out, "modalities:\n");
  init_put_modality(kind->name, kind, out);
  return put_inputs(cut, n, &cut[shape], is_field, &fields, &roles, kind, out, err);
}
