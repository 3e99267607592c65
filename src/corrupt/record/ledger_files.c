/* The files that a ledger leads to: sounds that were mixed in. They have to be read by one rank for
 * all, before any rank applies the ledger. */
#include "fray/corrupt/ledger.h"

#include "fray/base/csv.h"
#include "fray/base/size.h"

#include <string.h>

struct found {
  const char **v;
  size_t n, room;
};

/* Rows of one act lie together and name the same files. */
static enum fray_status add(struct found *found, const char *path, struct fray_arena *arena,
                            struct fray_err *err) {
  for (size_t i = 0; i < found->n; i++)
    if (strcmp(found->v[i], path) == 0)
      return FRAY_OK;
  if (found->n == found->room) {
    const size_t room = found->room ? 2 * found->room : 8;
    const char **grown;
    FRAY_ALLOC(grown, arena, room, err);
    if (found->n)
      memcpy(grown, found->v, found->n * sizeof *grown);
    found->v = grown;
    found->room = room;
  }
  found->v[found->n++] = path;
  return FRAY_OK;
}

/* Found by the type of the key, so that a kind that is added with files of its own needs no line
 * here. Keys that cannot be read name nothing: they are refused when the row is applied. */
static enum fray_status add_row(struct found *found, const char *keys,
                                const struct fray_choice *kind, struct fray_arena *arena,
                                struct fray_err *err) {
  struct fray_node *map = NULL;
  if (!kind || !kind->table || fray_yaml_parse(keys, "ledger", arena, &map, NULL) != FRAY_OK ||
      !map || map->kind != FRAY_NODE_MAP)
    return FRAY_OK;
  for (const struct fray_node *key = map->child; key; key = key->next) {
    const struct fray_field *field = fray_schema_field(kind->table, NULL, key->key);
    if (field && field->type == FRAY_PATH && key->kind == FRAY_NODE_SCALAR)
      FRAY_TRY(add(found, key->scalar, arena, err));
  }
  return FRAY_OK;
}

enum fray_status fray_ledger_files(const char *data, size_t size, const struct fray_table *entry,
                                   struct fray_arena *arena, const char ***paths, size_t *n,
                                   struct fray_err *err) {
  static const char header[] = "source,modality,what,value,entry,strength,donor,seed,keys\n";
  const struct fray_choices *kinds = fray_schema_field(entry, NULL, "kind")->choices;
  struct found found = {0};
  struct fray_csv csv;
  const char *last = "";
  *paths = NULL;
  *n = 0;
  /* Most side files are none, and need not be parsed twice. */
  if (size < sizeof header || memcmp(data, header, sizeof header - 1) != 0)
    return FRAY_OK;
  char *text = fray_arena_strndup(arena, data, size);
  FRAY_CHECK(text, err, MEMORY, "out of memory");
  if (fray_csv_parse("ledger", text, size, NULL, arena, &csv, NULL) != FRAY_OK)
    return FRAY_OK;
  for (size_t row = 0; row < csv.n_rows; row++) {
    const char *keys = fray_csv_plain(fray_csv_at(&csv, row, csv.n_columns - 1));
    if (!*keys || strcmp(keys, last) == 0)
      continue;
    keys = last = fray_arena_strdup(arena, keys); /* the next call may use its buffer again */
    FRAY_CHECK(keys, err, MEMORY, "out of memory");
    FRAY_TRY(add_row(&found, keys, fray_choice_find(kinds, fray_csv_at(&csv, row, 3)), arena, err));
  }
  *paths = found.v;
  *n = found.n;
  return FRAY_OK;
}
