/* Words, tokens and letters of raw texts. The bytes count as they are: nothing is normalised, so
 * that what a kind does not touch stays byte for byte, whatever it is encoded in. */
#include "corrupt/text/tools/spans.h"

#include "fray/codec/letters.h"

#include <string.h>

/* The typewriter's and the printer's. */
static bool is_apostrophe(uint32_t code) {
  return code == '\'' || code == 0x2019;
}

/* Two stretches have at least a byte between them. */
static enum fray_status make_room(size_t size, struct fray_arena *arena, struct fray_spans *out,
                                  struct fray_err *err) {
  out->n = 0;
  FRAY_ALLOC(out->v, arena, size / 2 + 1, err);
  return FRAY_OK;
}

/* An apostrophe is taken back when no letter follows, as it was a closing quote: the end of a word
 * only moves with a letter. A mark behind something else than a letter is no part of one. */
enum fray_status fray_spans_words(const char *text, size_t size, struct fray_arena *arena,
                                  struct fray_spans *out, struct fray_err *err) {
  FRAY_TRY(make_room(size, arena, out, err));
  /* inside: in a word; pending: behind an apostrophe, which belongs to it if a letter follows. */
  bool inside = false, pending = false;
  size_t n;
  for (size_t at = 0; at < size; at += n) {
    uint32_t code;
    enum fray_character what;
    n = fray_character_read(text + at, size - at, &code, &what);
    if (what == FRAY_CHARACTER_LETTER || (what == FRAY_CHARACTER_MARK && inside && !pending)) {
      if (!inside)
        out->v[out->n++].begin = at;
      out->v[out->n - 1].end = at + n;
      inside = true;
      pending = false;
    } else {
      inside = inside && !pending && is_apostrophe(code);
      pending = inside;
    }
  }
  return FRAY_OK;
}

/* With punctuation on them, as EDA and others cut texts at blanks. */
enum fray_status fray_spans_tokens(const char *text, size_t size, struct fray_arena *arena,
                                   struct fray_spans *out, struct fray_err *err) {
  FRAY_TRY(make_room(size, arena, out, err));
  bool inside = false;
  size_t n;
  for (size_t at = 0; at < size; at += n) {
    uint32_t code;
    enum fray_character what;
    n = fray_character_read(text + at, size - at, &code, &what);
    if (what == FRAY_CHARACTER_BLANK) {
      inside = false;
      continue;
    }
    if (!inside)
      out->v[out->n++].begin = at;
    out->v[out->n - 1].end = at + n;
    inside = true;
  }
  return FRAY_OK;
}

/* A letter and its marks move as one, else an accent would change its letter. */
size_t fray_spans_letters(const char *text, struct fray_span word, struct fray_span *out) {
  size_t count = 0, n;
  for (size_t at = word.begin; at < word.end; at += n) {
    uint32_t code;
    enum fray_character what;
    n = fray_character_read(text + at, word.end - at, &code, &what);
    if (what == FRAY_CHARACTER_LETTER)
      out[count++] = (struct fray_span){at, at + n};
    else if (what == FRAY_CHARACTER_MARK && count > 0)
      out[count - 1].end = at + n;
  }
  return count;
}

/* Of all capitals no word is made: IT IS is a shout, and It's would be none. */
bool fray_span_reads(const char *text, struct fray_span span, const char *word, size_t size) {
  size_t at = span.begin;
  for (size_t k = 0; k < size; k++) {
    if (at == span.end)
      return false;
    if (word[k] == '\'' && span.end - at >= 3 && memcmp(text + at, "\xe2\x80\x99", 3) == 0) {
      at += 3;
      continue;
    }
    const unsigned char a = (unsigned char)text[at++], b = (unsigned char)word[k];
    if (a != b && !(k == 0 && a < 0x80 && fray_character_lower(a) == fray_character_lower(b)))
      return false;
  }
  return at == span.end;
}

bool fray_span_is(const char *text, struct fray_span span, const char *word) {
  return fray_span_reads(text, span, word, strlen(word));
}
