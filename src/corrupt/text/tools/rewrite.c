/* A text written anew. All kinds that act on words or tokens end here, so that blanks, and what
 * lies between the stretches, are treated in one way. */
#include "corrupt/text/tools/rewrite.h"

#include "fray/codec/letters.h"

#include <string.h>

/* There is room for all: it is counted before. */
struct writer {
  char *data;
  size_t n;
};

static void put(struct writer *w, const char *text, size_t size) {
  memcpy(w->data + w->n, text, size);
  w->n += size;
}

/* Any blank of Unicode. */
static bool blank_at(const char *text, size_t size, size_t at, size_t *n) {
  uint32_t code;
  enum fray_character what;
  *n = fray_character_read(text + at, size - at, &code, &what);
  return what == FRAY_CHARACTER_BLANK;
}

/* Where to go on behind a stretch that went: behind the blanks that follow it. Where none do, as
 * before a full stop or at the end, those already written go instead, as far as ASCII has them. */
static size_t close_gap(struct writer *w, const struct fray_signal *text, size_t at) {
  const size_t from = at;
  size_t n;
  while (at < text->length && blank_at(text->text, text->length, at, &n))
    at += n;
  while (at == from && w->n > 0 && blank_at(w->data, w->n, w->n - 1, &n))
    w->n--;
  return at;
}

/* Written beside the text, since what is put in may be longer than what it replaces, and changes
 * may point into the text itself. */
enum fray_status fray_rewrite(struct fray_signal *text, const struct fray_spans *spans,
                              const struct fray_change *change, struct fray_arena *scratch,
                              struct fray_err *err) {
  size_t room = text->length + 1, at = 0;
  for (size_t k = 0; k < spans->n; k++)
    room += change[k].text ? change[k].size : 0;
  struct writer w = {0};
  FRAY_ALLOC(w.data, scratch, room, err);
  for (size_t k = 0; k < spans->n; k++) {
    const struct fray_span span = spans->v[k];
    if (span.begin > at)
      put(&w, text->text + at, span.begin - at);
    if (change[k].drop) {
      at = close_gap(&w, text, span.end);
      continue;
    }
    if (change[k].text)
      put(&w, change[k].text, change[k].size);
    else
      put(&w, text->text + span.begin, span.end - span.begin);
    at = span.end;
  }
  put(&w, text->text + at, text->length - at);
  if (w.n == 0 || w.n > text->capacity)
    return FRAY_OK;
  memcpy(text->text, w.data, w.n);
  text->length = w.n;
  return FRAY_OK;
}

enum fray_status fray_changes_make(const struct fray_spans *spans, struct fray_arena *scratch,
                                   struct fray_change **out, struct fray_err *err) {
  FRAY_ALLOC_ZERO(*out, scratch, spans->n + 1, err);
  return FRAY_OK;
}

/* I stays I: only the case of a letter that has one is taken over, and the pronoun is listed so. */
enum fray_status fray_change_word(const char *text, struct fray_span span, const char *word,
                                  struct fray_change *out, struct fray_arena *scratch,
                                  struct fray_err *err) {
  const size_t size = strlen(word);
  const unsigned char first = (unsigned char)text[span.begin];
  char *copy = fray_arena_strndup(scratch, word, size);
  FRAY_CHECK(copy, err, MEMORY, "out of memory (%zu bytes)", size);
  if (first < 0x80 && (unsigned char)*word < 0x80)
    *copy =
        (char)(fray_character_lower(first) == first ? fray_character_lower((unsigned char)*word)
                                                    : fray_character_upper((unsigned char)*word));
  *out = (struct fray_change){.text = copy, .size = size};
  return FRAY_OK;
}
