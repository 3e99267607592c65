/* Files of several modalities, put together by what their names say: an outer join. A recorder and
 * a camera seldom lose the same take, so whatever one of them has is a sample. */
#include "together.h"

#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/text.h"

#include <string.h>

/* The join in the making. Rows come as keys are met. */
struct meeting {
  struct source *source;
  const struct together *parts;
  size_t n, most, rows; /* most: files of all parts */
  const char **field;   /* (n_fields) of the first part, without `path` */
  size_t n_fields;
  const char **key; /* (most) of the rows */
  uint32_t *slot;   /* (n_slots) rows by key: index + 1 */
  size_t n_slots;
  const char ***text; /* (n_fields)(most) */
  const char ***file; /* (n)(most) whole path, or NULL */
  const char **path;  /* (most) of the first file, below raw */
  struct fray_text scratch;
};

/* `path` is of a file, and cannot be the same in two. */
static enum fray_status find_fields(struct meeting *m, struct fray_err *err) {
  const struct rows *first = &m->parts[0].rows;
  char list[700];
  FRAY_ALLOC(m->field, m->source->arena, first->n_fields, err);
  for (size_t f = 0; f < first->n_fields; f++)
    if (strcmp(first->field[f], "path") != 0)
      m->field[m->n_fields++] = first->field[f];
  for (size_t k = 1; k < m->n; k++) {
    const struct rows *rows = &m->parts[k].rows;
    /* Both ways: a field too many would be one that the other files do not have. */
    for (size_t f = 0; f < m->n_fields; f++)
      FRAY_CHECK(fray_rows_find(rows, m->field[f]), err, INPUT,
                 "%s: patterns: this one lacks the field {%s} of %s; all have the same ones",
                 rows->file, m->field[f], first->file);
    for (size_t f = 0; f < rows->n_fields; f++)
      FRAY_CHECK(fray_rows_find(first, rows->field[f]), err, INPUT,
                 "%s: patterns: the field {%s} is not in %s; all have the same ones; %s",
                 rows->file, rows->field[f], first->file,
                 fray_there_are(rows->field[f], m->field, m->n_fields, list, sizeof list));
  }
  return FRAY_OK;
}

/* Room for a row a file, which is the most there can be. */
static enum fray_status make_room(struct meeting *m, struct fray_err *err) {
  struct fray_arena *arena = m->source->arena;
  for (size_t k = 0; k < m->n; k++)
    m->most += m->parts[k].rows.n;
  FRAY_CHECK(m->most < UINT32_MAX / 4, err, INPUT, "%s: %zu files are too many", m->source->yaml,
             m->most);
  /* At most half full; a power of two, so that the mask finds the slot. */
  for (m->n_slots = 16; m->n_slots < 2 * m->most;)
    m->n_slots *= 2;
  FRAY_ALLOC_ZERO(m->slot, arena, m->n_slots, err);
  FRAY_ALLOC(m->key, arena, m->most, err);
  FRAY_ALLOC(m->path, arena, m->most, err);
  FRAY_ALLOC(m->text, arena, m->n_fields, err);
  FRAY_ALLOC(m->file, arena, m->n, err);
  for (size_t f = 0; f < m->n_fields; f++)
    FRAY_ALLOC(m->text[f], arena, m->most, err);
  for (size_t k = 0; k < m->n; k++)
    FRAY_ALLOC_ZERO(m->file[k], arena, m->most, err);
  return FRAY_OK;
}

/* Each text is led by its length, so that no two lists of texts give one key. */
static const char *make_key(struct meeting *m, const struct rows *rows, size_t i) {
  m->scratch.size = 0;
  fray_text_puts(&m->scratch, "");
  for (size_t f = 0; f < m->n_fields; f++) {
    const char *text = fray_rows_find(rows, m->field[f])[i];
    fray_text_printf(&m->scratch, "%zu:%s", strlen(text), text);
  }
  return m->scratch.failed ? NULL : m->scratch.data;
}

/* The row of a key, a new one if it is met for the first time. */
static enum fray_status row_of(struct meeting *m, const struct rows *rows, size_t i, size_t *out,
                               struct fray_err *err) {
  const char *key = make_key(m, rows, i);
  FRAY_CHECK(key, err, MEMORY, "out of memory");
  size_t at = fray_hash_text(key) & (m->n_slots - 1);
  while (m->slot[at] && strcmp(m->key[m->slot[at] - 1], key) != 0)
    at = (at + 1) & (m->n_slots - 1);
  if (!m->slot[at]) {
    m->key[m->rows] = fray_arena_strdup(m->source->arena, key);
    FRAY_CHECK(m->key[m->rows], err, MEMORY, "out of memory");
    m->path[m->rows] = fray_rows_find(rows, "path")[i];
    for (size_t f = 0; f < m->n_fields; f++)
      m->text[f][m->rows] = fray_rows_find(rows, m->field[f])[i];
    m->slot[at] = (uint32_t)++m->rows;
  }
  *out = m->slot[at] - 1;
  return FRAY_OK;
}

/* Part by part, so that rows come in the order of the first one and new ones behind them. */
static enum fray_status meet(struct meeting *m, struct fray_err *err) {
  for (size_t k = 0; k < m->n; k++) {
    const struct rows *rows = &m->parts[k].rows;
    for (size_t i = 0; i < rows->n; i++) {
      size_t row = 0;
      FRAY_TRY(row_of(m, rows, i, &row, err));
      FRAY_CHECK(!m->file[k][row], err, INPUT,
                 "%s and %s: both are the %s of one sample, since their fields agree; give the "
                 "part that differs a name",
                 m->file[k][row], rows->row_file[i],
                 m->source->modality[m->parts[k].modality].m.name);
      m->file[k][row] = rows->row_file[i];
    }
  }
  return FRAY_OK;
}

/* A modality that a row lacks has a value of zeros, as everywhere. */
static enum fray_status put_values(struct meeting *m, struct rows *out, struct fray_err *err) {
  FRAY_ALLOC(out->row_file, m->source->arena, m->rows, err);
  memset(out->row_file, 0, m->rows * sizeof *out->row_file);
  for (size_t k = 0; k < m->n; k++) {
    struct value *value;
    size_t lack = 0;
    FRAY_ALLOC_ZERO(value, m->source->arena, m->rows, err);
    for (size_t i = 0; i < m->rows; i++) {
      value[i].path = m->file[k][i];
      lack += !m->file[k][i];
      /* For messages; `path` is the same file. */
      if (!out->row_file[i])
        out->row_file[i] = m->file[k][i];
    }
    out->value[m->parts[k].modality] = value;
    if (lack)
      fray_note("%s: %s of %zu lack%s %s", m->parts[k].rows.file, FRAY_N(lack, "sample"), m->rows,
                lack == 1 ? "s" : "", m->source->modality[m->parts[k].modality].m.name);
  }
  return FRAY_OK;
}

/* The scratch is the only memory outside the arena. */
enum fray_status fray_together(struct source *source, const struct together *parts, size_t n,
                               struct rows *out, struct fray_err *err) {
  struct meeting m = {.source = source, .parts = parts, .n = n};
  FRAY_TRY(find_fields(&m, err));
  FRAY_TRY(make_room(&m, err));
  enum fray_status status = meet(&m, err);
  fray_text_free(&m.scratch);
  FRAY_TRY(status);
  *out = (struct rows){.n = m.rows, .file = parts[0].rows.file};
  for (size_t f = 0; f < m.n_fields; f++)
    FRAY_TRY(fray_rows_add(out, m.field[f], m.text[f], source->arena, err));
  FRAY_TRY(fray_rows_add(out, "path", m.path, source->arena, err));
  return put_values(&m, out, err);
}
