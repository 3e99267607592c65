/* The words of a text, and which of them another text lacks. On a page they are marked by a tag, on
 * a sheet by colour. */
#include "marked_words.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

/* Blanks of ASCII: other scripts' blanks only make a word longer, and a mark wider. */
static bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Shown bytes end between characters. */
size_t fray_rep_shown_bytes(const struct fray_signal *x) {
  size_t n = FRAY_MIN(x->length, (size_t)FRAY_REP_SHOWN_BYTES);
  while (n > 0 && n < x->length && ((unsigned char)x->text[n] & 0xc0) == 0x80)
    n--;
  return n;
}

/* Blanks belong to the word before them, so that the words of a text are the whole of it. */
static size_t split_words(const struct fray_signal *x, struct fray_rep_word *out) {
  const size_t end = fray_rep_shown_bytes(x);
  size_t n = 0;
  for (size_t i = 0; i < end;) {
    const size_t first = i;
    while (i < end && !is_blank(x->text[i]))
      i++;
    while (i < end && is_blank(x->text[i]))
      i++;
    out[n++] = (struct fray_rep_word){x->text + first, i - first, false};
  }
  return n;
}

/* Byte by byte: a word that looks alike and is not the same was changed. */
static bool same_word(const struct fray_rep_word *a, const struct fray_rep_word *b) {
  return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

/* Words of `a` that are not in the longest common part of both are marked (Wagner and Fischer
 * 1974); n a x n b steps, both bounded by the bytes that are shown. */
static void mark(struct fray_rep_word *a, size_t n_a, const struct fray_rep_word *b, size_t n_b,
                 uint16_t *table) {
  for (size_t i = n_a; i-- > 0;)
    for (size_t j = n_b; j-- > 0;) {
      const uint16_t *down = table + (i + 1) * (n_b + 1) + j, *here = table + i * (n_b + 1) + j;
      table[i * (n_b + 1) + j] =
          same_word(&a[i], &b[j]) ? (uint16_t)(down[1] + 1) : FRAY_MAX(down[0], here[1]);
    }
  for (size_t i = 0, j = 0; i < n_a;) {
    a[i].marked = !(j < n_b && same_word(&a[i], &b[j]));
    if (!a[i].marked)
      i++, j++;
    else if (j < n_b && table[i * (n_b + 1) + j + 1] > table[(i + 1) * (n_b + 1) + j])
      j++;
    else
      i++;
  }
}

/* Without another text nothing is marked: there is nothing that it could lack. */
enum fray_status fray_rep_marked_words(const struct fray_signal *x,
                                       const struct fray_signal *beside,
                                       struct fray_rep_word out[FRAY_REP_SHOWN_BYTES], size_t *n,
                                       struct fray_err *err) {
  struct fray_rep_word other[FRAY_REP_SHOWN_BYTES];
  *n = split_words(x, out);
  if (!beside)
    return FRAY_OK;
  const size_t m = split_words(beside, other);
  uint16_t *table = calloc((*n + 1) * (m + 1), sizeof *table);
  FRAY_CHECK(table, err, MEMORY, "out of memory");
  mark(out, *n, other, m, table);
  free(table);
  return FRAY_OK;
}
