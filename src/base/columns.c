/* Headers of CSV files, and the data dictionary columns.csv, from one table: a column that is not
 * described cannot be written, nor one described that is not there. */
#include "fray/base/columns.h"

#include "fray/base/size.h"

#include <stdbool.h>
#include <string.h>

struct header {
  const struct fray_column *v;
  size_t n;
  const char *file;
  struct fray_text *out;
  bool begun;
};

/* Commas stand between cells: none before the first, whichever family it is of. */
static void begin(struct header *h) {
  fray_text_puts(h->out, h->begun ? "," : "");
  h->begun = true;
}

/* A name in which `word` stands for `what`. */
static void put(struct header *h, const char *before, const char *what, const char *after) {
  struct fray_text name = {0};
  begin(h);
  fray_text_printf(&name, "%s%s%s", before, what, after);
  if (name.failed)
    h->out->failed = true;
  else
    fray_text_csv(h->out, name.data);
  fray_text_free(&name);
}

/* Rows of one file lie together in a table, but a table may describe several files. */
static bool is_of(const struct header *h, size_t i) {
  return i < h->n && strcmp(h->v[i].file, h->file) == 0;
}

/* Families whose word stands in front of the dot. */
struct family {
  const char *word; /* with the dot */
  const char *const *name;
  size_t n;
};

static bool is_in(const struct header *h, size_t i, const struct family *family) {
  return is_of(h, i) && strncmp(h->v[i].name, family->word, strlen(family->word)) == 0;
}

/* The columns from i on that each entry, or modality, has, one after another. Returns the last of
 * them. An entry of the scenario is one block of columns (ID.realised, ID.rate, ...), so the
 * families of entries are turned inside out: entry by entry, not column by column. */
static size_t put_blocks(struct header *h, size_t i, const struct family *family) {
  size_t end = i;
  while (is_in(h, end, family))
    end++;
  for (size_t e = 0; e < family->n; e++)
    for (size_t k = i; k < end; k++)
      put(h, "", family->name[e], h->v[k].name + strlen(family->word) - 1);
  return end - 1;
}

/* What stands before METRIC is kept: best.METRIC gives best.accuracy, best.macro_f1, ... */
static void put_metrics(struct header *h, const char *family,
                        const struct fray_column_words *words) {
  char before[32] = "";
  size_t length = strlen(family) - strlen("METRIC");
  memcpy(before, family, FRAY_MIN(length, sizeof before - 1));
  for (size_t i = 0; i < words->n_metrics; i++)
    put(h, before, words->metric[i], "");
}

static bool ends_in(const char *text, const char *end) {
  size_t n = strlen(text), m = strlen(end);
  return n >= m && strcmp(text + n - m, end) == 0;
}

/* KEY, ID., MODALITY. and .METRIC are families; every other name stands for itself. */
void fray_columns_header(const struct fray_column *v, size_t n, const char *file,
                         const struct fray_column_words *words, struct fray_text *out) {
  static const struct fray_column_words nothing;
  struct header h = {v, n, file, out, false};
  words = words ? words : &nothing;
  const struct family entries = {"ID.", words->id, words->n_ids};
  const struct family modalities = {"MODALITY.", words->modality, words->n_modalities};
  for (size_t i = 0; i < n; i++) {
    if (!is_of(&h, i))
      continue;
    if (is_in(&h, i, &entries))
      i = put_blocks(&h, i, &entries);
    else if (is_in(&h, i, &modalities))
      i = put_blocks(&h, i, &modalities);
    else if (ends_in(v[i].name, ".METRIC"))
      put_metrics(&h, v[i].name, words);
    else if (strcmp(v[i].name, "KEY") == 0)
      for (size_t k = 0; k < words->n_keys; k++)
        put(&h, "", words->key[k], "");
    else
      put(&h, "", v[i].name, "");
  }
  fray_text_puts(out, "\n");
}

void fray_columns_csv_head(struct fray_text *out) {
  fray_text_puts(out, "file,column,type,unit,meaning,empty\n");
}

/* Meanings hold commas and quotes, so all fields go through the writer of CSV. */
void fray_columns_csv(const struct fray_column *v, size_t n, struct fray_text *out) {
  for (size_t i = 0; i < n; i++) {
    const char *const field[] = {v[i].file, v[i].name,    v[i].type,
                                 v[i].unit, v[i].meaning, v[i].empty};
    for (size_t k = 0; k < FRAY_COUNT(field); k++) {
      fray_text_puts(out, k ? "," : "");
      fray_text_csv(out, field[k]);
    }
    fray_text_puts(out, "\n");
  }
}
