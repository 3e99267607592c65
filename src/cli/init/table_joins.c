/* Tables that tell of what another one, or a file's name, only names: people, places, devices. */
#include "init.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* By bytes, as keys are compared. */
static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A column that has a text of its own in each row, sorted; NULL: it has not. Free. */
static const char **as_key(const struct init_fields *f, size_t column) {
  const char **value;
  size_t n;
  struct fray_err err = {0};
  if (init_distinct(f, column, &value, &n, &err) != FRAY_OK)
    return NULL;
  if (n == f->n_rows && value[0][0])
    return value;
  free(value);
  return NULL;
}

/* How a field's texts and a key agree. Nine of ten must be in the key. Of another name the key must
 * also be about them: few texts that lie in many rows may do so by chance. */
static bool fits(const struct init_fields *f, size_t field, const struct init_table *t, size_t key,
                 const char *const *keys, bool *partly) {
  const char **value;
  size_t n, met = 0;
  struct fray_err err = {0};
  if (init_distinct(f, field, &value, &n, &err) != FRAY_OK)
    return false;
  const size_t skip = n && !value[0][0];
  for (size_t i = skip; i < n; i++)
    met += bsearch(&value[i], keys, t->f.n_rows, sizeof *keys, by_text) != NULL;
  n -= skip;
  free(value);
  *partly = met < n || skip;
  /* Under one name both sides mean the same thing, most likely, however few they have in common. */
  const bool named = strcasecmp(f->name[field], t->f.name[key]) == 0;
  return n >= 2 && met * 10 >= n * 9 && (named || (n >= 5 && met == n && met * 2 >= t->f.n_rows));
}

/* By its very name, as an import has it. */
static bool has_field(const struct init_fields *f, const char *name) {
  for (size_t i = 0; i < f->n; i++)
    if (strcmp(f->name[i], name) == 0)
      return true;
  return false;
}

/* As the import will do it, so that what is guessed from the joined columns is what it will see. */
/* Texts of the partner, or nothing. A name that is there already stays what it was. */
static enum fray_status add_columns(struct init_fields *f, const struct init_join *join,
                                    struct fray_arena *arena, struct fray_err *err) {
  const struct init_fields *other = &join->table->f;
  const char **keys;
  size_t *row, n = other->n_rows;
  FRAY_ALLOC(row, arena, f->n_rows, err);
  FRAY_ALLOC(keys, arena, n, err);
  /* The row of each key, found by halving. */
  /* Sorted once; where a key stood is found by looking for it among the sorted ones' places. */
  struct at {
    const char *text;
    size_t row;
  } * at;
  FRAY_ALLOC(at, arena, n, err);
  for (size_t i = 0; i < n; i++)
    at[i] = (struct at){other->cell[join->key][i], i};
  qsort(at, n, sizeof *at, by_text);
  for (size_t i = 0; i < f->n_rows; i++) {
    const struct at *found = bsearch(&f->cell[join->field][i], at, n, sizeof *at, by_text);
    row[i] = found ? found->row : n;
  }
  /* The key says nothing new, and a name that is taken would be another column. */
  for (size_t c = 0; c < other->n && f->n < INIT_MOST_FIELDS; c++) {
    const char **cell;
    if (c == join->key || has_field(f, other->name[c]))
      continue;
    FRAY_ALLOC(cell, arena, f->n_rows, err);
    for (size_t i = 0; i < f->n_rows; i++)
      cell[i] = row[i] < n ? other->cell[c][row[i]] : "";
    f->name[f->n] = other->name[c];
    f->cell[f->n++] = cell;
  }
  return FRAY_OK;
}

/* Equal names first, then whatever fits. */
static bool find_join(const struct init_fields *f, size_t n_own, const struct init_table *t,
                      struct init_join *out) {
  /* A table joins once: two columns that both fit are of one thing most often. */
  for (int named = 1; named >= 0; named--)
    for (size_t k = 0; k < t->f.n; k++) {
      const char **keys = as_key(&t->f, k);
      for (size_t i = 0; keys && i < n_own; i++) {
        const bool same = strcasecmp(f->name[i], t->f.name[k]) == 0;
        if (same != (named == 1) || !fits(f, i, t, k, keys, &out->partly))
          continue;
        out->table = t;
        out->field = i;
        out->key = k;
        free(keys);
        return true;
      }
      free(keys);
    }
  return false;
}

/* Itself, and what goes on with it: train.csv and test.csv tell nothing of each other. */
static bool is_alike(const struct init_table *a, const struct init_table *b) {
  size_t same = 0;
  for (size_t c = 0; c < a->f.n; c++)
    same += has_field(&b->f, a->f.name[c]);
  return strcmp(a->path, b->path) == 0 || same == a->f.n;
}

/* One table after the other; only fields of the list itself are keys. */
enum fray_status init_join_tables(const struct init_tables *tables, const struct init_table *self,
                                  struct init_fields *f, struct fray_arena *arena,
                                  struct init_joins *out, struct fray_err *err) {
  *out = (struct init_joins){.n_own = f->n};
  for (size_t i = 0; i < tables->n && out->n < INIT_MOST_JOINS; i++) {
    const struct init_table *t = &tables->v[i];
    /* The first that fits of each table. */
    const size_t before = f->n;
    if (is_alike(t, self) || !find_join(f, out->n_own, t, &out->v[out->n]))
      continue;
    FRAY_TRY(add_columns(f, &out->v[out->n], arena, err));
    out->n += f->n > before; /* of columns that are all there already it would bring nothing */
  }
  return FRAY_OK;
}

/* So that they are not said to be left over. */
void init_mark_joined(const struct init_listing *look, const struct init_joins *joins) {
  for (size_t k = 0; k < joins->n; k++) {
    struct init_file *file = init_find(look, joins->v[k].table->path);
    if (file)
      file->used = true;
  }
}

/* In quotes, as YAML wants it of a sign. */
void init_put_separator(char separator, struct fray_text *out) {
  fray_text_printf(out, "\"%s\"", separator == '\t' ? "\\t" : (char[2]){separator, '\0'});
}

/* A field of the list itself, or one that an earlier join brings. */
static bool is_taken(const struct init_fields *f, const struct init_joins *joins, size_t at,
                     const char *name) {
  struct init_fields own = *f;
  own.n = joins->n_own;
  bool taken = has_field(&own, name);
  for (size_t i = 0; i < at; i++)
    for (size_t c = 0; c < joins->v[i].table->f.n; c++)
      taken = taken || (c != joins->v[i].key && strcmp(joins->v[i].table->f.name[c], name) == 0);
  return taken;
}

/* Columns by name where one is a field already: an import refuses two of one name. */
static void put_columns(const struct init_fields *f, const struct init_joins *joins, size_t at,
                        struct fray_text *out) {
  /* Chosen by name only where it must be, so that the YAML stays short. */
  const struct init_table *t = joins->v[at].table;
  const size_t key = joins->v[at].key;
  bool clash = false, any = false;
  for (size_t c = 0; c < t->f.n; c++)
    clash = clash || (c != key && is_taken(f, joins, at, t->f.name[c]));
  for (size_t c = 0; c < t->f.n && clash; c++) {
    if (c == key || is_taken(f, joins, at, t->f.name[c]))
      continue;
    fray_text_puts(out, any ? ", " : ", columns: [");
    init_put_scalar(out, t->f.name[c]);
    any = true;
  }
  fray_text_puts(out, any ? "]" : "");
}

/* Short ones on a line each. */
void init_put_joins(const struct init_fields *f, const struct init_joins *joins,
                    struct fray_text *out) {
  for (size_t i = 0; i < joins->n; i++) {
    const struct init_join *join = &joins->v[i];
    const char *key = join->table->f.name[join->key];
    fray_text_puts(out, i ? "" : "    join:\n");
    fray_text_puts(out, "      - {file: ");
    init_put_scalar(out, join->table->path);
    if (join->table->separator) {
      fray_text_puts(out, ", separator: ");
      init_put_separator(join->table->separator, out);
    }
    fray_text_puts(out, ", on: ");
    init_put_scalar(out, f->name[join->field]);
    /* Only where it has another name. */
    if (strcmp(key, f->name[join->field]) != 0) {
      fray_text_puts(out, ", key: ");
      init_put_scalar(out, key);
    }
    put_columns(f, joins, i, out);
    fray_text_printf(out, "%s}  # guessed: %zu rows\n", join->partly ? ", missing: keep" : "",
                     join->table->f.n_rows);
  }
}
