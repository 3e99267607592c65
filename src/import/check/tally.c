/* What became of the values: counts of what decoders and conversions did, and of values in which
 * nothing happens, with the names of the first files. Each is legitimate in some data set, so none
 * is refused; what may make numbers wrong that look right is warned of, the rest is only counted.
 */
#include "tally.h"

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
                                      FRAY_NOTE_LEFTOVER | FRAY_NOTE_LIMITED;

/* ---- values without content ---- */

/* One item: a pixel, a sample of sound, a number. Everything equals its neighbour if all bytes
 * equal those one item further; memcmp sees that without a loop. */
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

/* All zero, all one value, or a series that never changes: three names of a recording that failed.
 */
static unsigned find_nothing(const struct fray_modality *m, const struct loaded *value) {
  bool zero;
  if (all_same(m, value, &zero))
    return zero ? FRAY_NOTE_SILENT : FRAY_NOTE_CONSTANT;
  return is_stuck(m, value) ? FRAY_NOTE_CONSTANT : 0;
}

/* ---- counting ---- */

/* What the decoder noted, and what is seen in the value itself. */
bool fray_tally_add(const struct set *set, const struct sample *s, size_t m,
                    const struct loaded *value, struct tally *tally) {
  unsigned nothing = find_nothing(&set->source.modality[m].m, value);
  /* Quiet sound is warned of as quiet: that it is all zero in 16 bits then says nothing new. */
  unsigned found = value->notes | (value->notes & FRAY_NOTE_QUIET ? 0 : nothing);
  for (size_t k = 0; k < FRAY_NOTE_KINDS; k++) {
    if (!(found >> k & 1))
      continue;
    /* The first ones, in the order in which clients are written. */
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
  /* 2 for the comma and blank before it, 1 for the comma that may follow. */
  if (*column + 2 + size + 1 > WIDTH - indent && !first) {
    fray_text_printf(out, "\n%*s", (int)indent, "");
    *column = 0;
  } else if (!first) {
    fray_text_puts(out, " ");
  }
  fray_text_puts(out, item);
  *column += size + 2;
}

/* For the plan and for the last lines of an import: the same counts in the same words. */
void fray_tally_counts(const struct tally *tally, size_t indent, struct fray_text *out) {
  size_t column = 0;
  for (size_t k = 0; k < FRAY_NOTE_KINDS; k++)
    if (tally->n[k])
      add_item(out, tally->n[k], notes[k].count, indent, &column);
  if (tally->repeated)
    add_item(out, tally->repeated, "repeated", indent, &column);
}

/* Names stand below the sentence, so that a long one does not hide what is said. */
static void warn_of(const char *modality, size_t of, size_t kind, const struct tally *tally) {
  struct fray_text names = {0};
  size_t n = tally->n[kind], shown = FRAY_MIN(n, (size_t)TALLY_NAMES);
  for (size_t i = 0; i < shown; i++)
    fray_text_printf(&names, "%s%s", i ? ", " : "", tally->name[kind][i]);
  if (n > shown)
    fray_text_printf(&names, " and %zu more", n - shown);
  fray_import_warn(names.failed ? NULL : names.data, "%s: %zu of %zu %s: %s", modality, n, of,
                   notes[kind].count, notes[kind].words);
  fray_text_free(&names);
}

/* After everything was written, so that warnings stand together at the end. */
void fray_tally_warn(const struct set *set, const struct built *built) {
  for (size_t m = 0; m < set->source.n_modalities; m++)
    for (size_t k = 0; k < FRAY_NOTE_KINDS; k++)
      if (built->tally[m].n[k] && worth_warning >> k & 1)
        warn_of(set->source.modality[m].m.name, built->n[m], k, &built->tally[m]);
}
