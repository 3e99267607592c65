/* Edits between two sequences of words, and the rates that are made of them. */
#include "fray/base/size.h"
#include "fray/metric/words.h"

#include <math.h>

/* What both begin and end with is right whatever lies between. Which of several ways is taken
 * depends on it, so it comes off first. */
static size_t drop_common(size_t *n, const int16_t **a, size_t *m, const int16_t **b) {
  size_t common = 0;
  while (*n && *m && **a == **b) {
    ++*a, ++*b, --*n, --*m;
    common++;
  }
  while (*n && *m && (*a)[*n - 1] == (*b)[*m - 1]) {
    --*n, --*m;
    common++;
  }
  return common;
}

/* Levenshtein's table (n + 1, m + 1): the fewest edits between the first i and the first j words.
 */
static void fill(size_t n, const int16_t *a, size_t m, const int16_t *b, uint32_t *table) {
  const size_t width = m + 1;
  for (size_t i = 0; i <= n; i++)
    for (size_t j = 0; j <= m; j++) {
      const uint32_t *up = table + (i ? i - 1 : 0) * width;
      uint32_t *at = table + i * width + j;
      if (i == 0 || j == 0) {
        *at = (uint32_t)(i + j);
        continue;
      }
      const uint32_t change = up[j - 1] + (a[i - 1] != b[j - 1]);
      const uint32_t one_less = FRAY_MIN(up[j], at[-1]) + 1;
      *at = FRAY_MIN(change, one_less);
    }
}

/* From the end of the table to its beginning. An insertion is taken only where the table leaves
 * nothing else: where its left neighbour is less than the one above that. */
static void walk_back(size_t n, const int16_t *a, size_t m, const int16_t *b, const uint32_t *table,
                      struct fray_word_edits *out) {
  const size_t width = m + 1;
  while (n && m) {
    const uint32_t *at = table + n * width + m, *up = at - width;
    if (*at == *up + 1) {
      out->deletions++;
      n--;
    } else if (at[-1] + 1 == up[-1]) {
      out->insertions++;
      m--;
    } else {
      *(a[n - 1] == b[m - 1] ? &out->hits : &out->substitutions) += 1;
      n--, m--;
    }
  }
  out->deletions += (int64_t)n;
  out->insertions += (int64_t)m;
}

enum fray_status fray_words_compare(size_t n, const int16_t *reference, size_t m,
                                    const int16_t *said, struct fray_arena *work,
                                    struct fray_word_edits *out, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(work);
  size_t cells;
  uint32_t *table;
  *out = (struct fray_word_edits){.hits = (int64_t)drop_common(&n, &reference, &m, &said)};
  /* Sums of two indices are kept in 32 bits; no sample has as many words. */
  FRAY_CHECK(n < UINT32_MAX / 2 && m < UINT32_MAX / 2 && fray_size_mul(n + 1, m + 1, &cells), err,
             MEMORY, "%zu words against %zu are too many to compare", n, m);
  FRAY_ALLOC(table, work, cells, err);
  fill(n, reference, m, said, table);
  walk_back(n, reference, m, said, table, out);
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

/* What is unique of a comparison, however its edits are split. */
static int64_t wrong(const struct fray_word_edits *e) {
  return e->substitutions + e->deletions + e->insertions;
}

/* Of the reference. */
static int64_t words(const struct fray_word_edits *e) {
  return e->hits + e->substitutions + e->deletions;
}

/* Without words nothing can be wrong of them: undefined, also where something was said. */
double fray_word_error_rate(const struct fray_word_edits *e) {
  return words(e) ? (double)wrong(e) / (double)words(e) : NAN;
}

double fray_match_error_rate(const struct fray_word_edits *e) {
  const int64_t all = e->hits + wrong(e);
  return all ? (double)wrong(e) / (double)all : NAN;
}

double fray_word_information_lost(const struct fray_word_edits *e) {
  const int64_t said = e->hits + e->substitutions + e->insertions;
  if (!words(e))
    return NAN;
  return said ? 1 - (double)e->hits / (double)words(e) * ((double)e->hits / (double)said) : 1;
}
