/* Names in one form: trimmed, NFC, as fray/codec/names.h states the rule. Two spellings of one name
 * in two files of a data set are one client, class or sample. */
#include "fray/codec/names.h"

#include "fray/base/hash.h"
#include "fray/base/utf8.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* Blanks of Unicode, and what editors leave invisibly: zero-width space and byte order mark. */
static bool is_blank(uint32_t code) {
  enum { ZERO_WIDTH_SPACE = 0x200b, MARK = 0xfeff, NEXT_LINE = 0x85 };
  if (code < 0x80)
    return code == ' ' || (code >= '\t' && code <= '\r');
  if (code == FRAY_UTF8_BAD)
    return false;
  utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
         category == UTF8PROC_CATEGORY_ZP || code == ZERO_WIDTH_SPACE || code == MARK ||
         code == NEXT_LINE;
}

/* A name's part between the blanks at its ends. ASCII names, nearly all, need no tables. */
struct core {
  const char *start;
  size_t size;
  bool ascii;
};

/* Blanks within a name stay: they part words. */
static struct core core_of(const char *text) {
  const char *start = NULL, *stop = text;
  bool ascii = true;
  for (const char *p = text; *p;) {
    uint32_t code;
    size_t n = fray_utf8_read(p, SIZE_MAX, &code);
    if (!is_blank(code)) {
      start = start ? start : p;
      stop = p + n;
      ascii = ascii && code < 0x80;
    }
    p += n;
  }
  start = start ? start : stop;
  return (struct core){start, (size_t)(stop - start), ascii};
}

/* NFC of a core: malloc'ed, NULL if it is the core itself, or that is no UTF-8. *failed: no memory.
 * What is no UTF-8 stays as it is: two such names are equal if their bytes are. */
static char *composed(const struct core *core, bool *failed) {
  utf8proc_uint8_t *out = NULL;
  *failed = false;
  if (core->ascii)
    return NULL;
  utf8proc_ssize_t n =
      utf8proc_map((const utf8proc_uint8_t *)core->start, (utf8proc_ssize_t)core->size, &out,
                   UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  *failed = n == UTF8PROC_ERROR_NOMEM;
  if (n >= 0 && (size_t)n == core->size && memcmp(out, core->start, core->size) == 0) {
    free(out);
    out = NULL;
  }
  return n >= 0 ? (char *)out : NULL;
}

/* Whether a name is printed ASCII throughout, without blanks at its ends: nearly all are. */
static bool is_plain(const char *text) {
  const char *p = text;
  while (*p >= ' ' && *p <= '~')
    p++;
  return *p == '\0' && p > text && *text != ' ' && p[-1] != ' ';
}

/* The name itself where nothing changes: tables of millions of names cost no copies. */
const char *fray_name_clean(const char *text, struct fray_arena *arena) {
  if (is_plain(text))
    return text;
  struct core core = core_of(text);
  bool failed;
  char *other = composed(&core, &failed);
  if (other) {
    const char *copy = fray_arena_strdup(arena, other);
    free(other);
    return copy;
  }
  if (failed)
    return NULL;
  if (core.start == text && text[core.size] == '\0')
    return text;
  return fray_arena_strndup(arena, core.start, core.size);
}

/* Compatibility forms too: a full-width letter is the letter, for who asks for no difference. */
const char *fray_name_fold(const char *text, struct fray_arena *arena) {
  const char *clean = fray_name_clean(text, arena);
  utf8proc_uint8_t *folded = NULL;
  if (!clean)
    return NULL;
  utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)clean, 0, &folded,
                                    UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE |
                                        UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  if (n < 0)
    return n == UTF8PROC_ERROR_NOMEM ? NULL : clean;
  const char *copy = fray_arena_strdup(arena, (char *)folded);
  free(folded);
  return copy;
}

/* ---- the table ---- */

static size_t place_of(const struct fray_name_table *t, const char *clean) {
  return fray_hash_text(clean) & (t->size - 1);
}

/* Names that are one when clean stay apart in the table; fray_name_twin finds them. */
enum fray_status fray_name_table_make(const char *const *name, size_t n, struct fray_arena *arena,
                                      struct fray_name_table *out, struct fray_err *err) {
  struct fray_name_table t = {.n = n, .size = 16, .name = name};
  while (t.size < 2 * n)
    t.size *= 2;
  FRAY_ALLOC(t.clean, arena, n, err);
  FRAY_ALLOC_ZERO(t.slot, arena, t.size, err);
  for (size_t i = 0; i < n; i++) {
    t.clean[i] = fray_name_clean(name[i], arena);
    FRAY_CHECK(t.clean[i], err, MEMORY, "out of memory");
    size_t at = place_of(&t, t.clean[i]);
    while (t.slot[at])
      at = (at + 1) & (t.size - 1);
    t.slot[at] = (uint32_t)i + 1;
  }
  *out = t;
  return FRAY_OK;
}

/* The same spelling first; another one only if it can mean one name alone. */
size_t fray_name_find(const struct fray_name_table *t, const char *name) {
  struct fray_arena scratch = {0};
  const char *clean = fray_name_clean(name, &scratch);
  size_t found = t->n, alike = 0, exact = t->n;
  for (size_t at = clean ? place_of(t, clean) : 0; clean && t->slot[at];
       at = (at + 1) & (t->size - 1)) {
    size_t i = t->slot[at] - 1;
    if (strcmp(t->clean[i], clean) != 0)
      continue;
    found = i;
    alike++;
    if (strcmp(t->name[i], name) == 0)
      exact = i;
  }
  fray_arena_free(&scratch);
  return exact < t->n ? exact : alike == 1 ? found : t->n;
}

/* The first pair in the order of the names, so that a message is the same every time. */
size_t fray_name_twin(const struct fray_name_table *t, size_t *other) {
  for (size_t i = 0; i < t->n; i++)
    for (size_t at = place_of(t, t->clean[i]); t->slot[at]; at = (at + 1) & (t->size - 1)) {
      size_t k = t->slot[at] - 1;
      if (k >= i || strcmp(t->clean[k], t->clean[i]) != 0)
        continue;
      *other = k;
      return i;
    }
  return t->n;
}
