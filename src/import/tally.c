/* What became of the values: counts of what decoders and conversions did, and of values in which
 * nothing happens, with the names of the first files. */
#include "parts.h"

#include "fray/base/log.h"
#include "fray/base/size.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 80 }; /* columns of a terminal */

static const struct {
  const char *count, *words;
} notes[] = {
#define X(name, count, words) {count, words},
    FRAY_NOTES(X)
#undef X
};

/* What may make numbers wrong that look right. The rest is done on purpose, and only counted. */
static const unsigned worth_warning = FRAY_NOTE_CLIPPED | FRAY_NOTE_CONSTANT | FRAY_NOTE_SILENT |
                                      FRAY_NOTE_QUIET | FRAY_NOTE_HEADER | FRAY_NOTE_DARK |
                                      FRAY_NOTE_LEFTOVER;

/* ---- values without content ---- */

static bool all_same(const struct fray_modality *m, const struct loaded *value, bool *zero) {
  size_t each = m->kind == FRAY_IMAGE ? m->channels : m->kind == FRAY_AUDIO ? 2 : sizeof(float);
  size_t n = value->bytes / each;
  *zero = false;
  if (n < 2 || m->kind == FRAY_TEXT)
    return false;
  if (memcmp(value->x, (const char *)value->x + each, value->bytes - each) != 0)
    return false;
  *zero = true;
  for (size_t i = 0; i < each; i++)
    *zero = *zero && ((const char *)value->x)[i] == 0;
  return true;
}

/* Sensors that are stuck: no channel of a series changes. */
static bool is_stuck(const struct fray_modality *m, const struct loaded *value) {
  size_t row = m->channels * sizeof(float);
  return m->kind == FRAY_SERIES && value->length > 1 &&
         memcmp(value->x, (const char *)value->x + row, value->bytes - row) == 0;
}

static unsigned find_nothing(const struct fray_modality *m, const struct loaded *value) {
  bool zero;
  if (all_same(m, value, &zero))
    return zero ? FRAY_NOTE_SILENT : FRAY_NOTE_CONSTANT;
  return is_stuck(m, value) ? FRAY_NOTE_CONSTANT : 0;
}

/* ---- counting ---- */

const char *fray_value_name(const struct set *set, const struct sample *s,
                            const struct value *value) {
  size_t n = strlen(set->raw ? set->raw : "");
  if (!value->path)
    return s->id;
  bool below = n && strncmp(value->path, set->raw, n) == 0 && value->path[n] == '/';
  return below ? value->path + n + 1 : value->path;
}

bool fray_tally_add(const struct set *set, const struct sample *s, size_t m,
                    const struct loaded *value, struct tally *tally) {
  unsigned nothing = find_nothing(&set->modality[m].m, value);
  unsigned found = value->notes | (value->notes & FRAY_NOTE_QUIET ? 0 : nothing);
  for (size_t k = 0; k < FRAY_NOTE_KINDS; k++) {
    if (!(found >> k & 1))
      continue;
    if (tally->n[k] < TALLY_NAMES)
      tally->name[k][tally->n[k]] = fray_value_name(set, s, &s->value[m]);
    tally->n[k]++;
  }
  return nothing != 0;
}

/* ---- words ---- */

/* Adds an item to a list in lines; an item is never cut. */
static void add_item(struct fray_text *out, size_t n, const char *what, size_t indent,
                     size_t *column) {
  char item[96];
  size_t size = (size_t)snprintf(item, sizeof item, "%zu %s", n, what);
  bool first = *column == 0;
  if (!first)
    fray_text_puts(out, ",");
  if (*column + 2 + size + 1 > WIDTH - indent && !first) {
    fray_text_printf(out, "\n%*s", (int)indent, "");
    *column = 0;
  } else if (!first) {
    fray_text_puts(out, " ");
  }
  fray_text_puts(out, item);
  *column += size + 2;
}

void fray_tally_counts(const struct tally *tally, size_t indent, struct fray_text *out) {
  size_t column = 0;
  for (size_t k = 0; k < FRAY_NOTE_KINDS; k++)
    if (tally->n[k])
      add_item(out, tally->n[k], notes[k].count, indent, &column);
  if (tally->repeated)
    add_item(out, tally->repeated, "repeated", indent, &column);
}

void fray_import_warn(const char *sentence, const char *names) {
  enum { PREFIX = 15, INDENT = 4 };
  struct fray_text text = {0};
  fray_text_wrap(&text, sentence, PREFIX, WIDTH);
  fray_text_puts(&text, "\n    ");
  fray_text_wrap(&text, names, INDENT, WIDTH);
  fray_warn("%s", text.failed ? sentence : text.data);
  fray_text_free(&text);
}

static void warn_of(const char *modality, size_t of, size_t kind, const struct tally *tally) {
  struct fray_text sentence = {0}, names = {0};
  size_t n = tally->n[kind], shown = FRAY_MIN(n, (size_t)TALLY_NAMES);
  fray_text_printf(&sentence, "%s: %zu of %zu %s: %s", modality, n, of, notes[kind].count,
                   notes[kind].words);
  for (size_t i = 0; i < shown; i++)
    fray_text_printf(&names, "%s%s", i ? ", " : "", tally->name[kind][i]);
  if (n > shown)
    fray_text_printf(&names, " and %zu more", n - shown);
  if (!sentence.failed && !names.failed)
    fray_import_warn(sentence.data, names.data);
  fray_text_free(&sentence);
  fray_text_free(&names);
}

void fray_tally_warn(const struct set *set, const struct built *built) {
  for (size_t m = 0; m < set->n_modalities; m++)
    for (size_t k = 0; k < FRAY_NOTE_KINDS; k++)
      if (built->tally[m].n[k] && worth_warning >> k & 1)
        warn_of(set->modality[m].m.name, built->n[m], k, &built->tally[m]);
}
