/* Words that nobody could make out: a mark stands for each. What it costs depends on the features:
 * a vocabulary has no entry for the mark, hashed words have one like any other. */
#include "corrupt/scope/scope.h"
#include "corrupt/text/tools/rewrite.h"

#include "fray/base/size.h"

#include <string.h>

enum { LONGEST_MARK = 64 };

struct unknown_tokens {
  double share; /* NaN: by severity */
  const char *mark;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct unknown_tokens, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help = "The probability that a token, that is what stands between blanks, is "
                       "replaced by the mark."),
    FRAY_FIELD(STRING, "mark", struct unknown_tokens, mark, .def_text = "[unk]",
               .help = "What stands in its place; 1 to 64 bytes."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "unknown_tokens", struct unknown_tokens, fields,
                  .help = "Texts with unknown words.");

/* As of missing words, so that the two can be compared at one severity: a gap that is marked, and
 * one that is not. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .3, .5)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct unknown_tokens *)params)->share;
}

/* Without a mark the word would only be missing, and a text could become empty. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const size_t size = strlen(((const struct unknown_tokens *)entry->kind.params)->mark);
  (void)at;
  FRAY_CHECK(size >= 1 && size <= LONGEST_MARK, err, INPUT,
             "mark: %zu bytes are not in [1, %d]; token_drop takes words away", size,
             (int)LONGEST_MARK);
  return FRAY_OK;
}

/* Of tokens of one byte, with a blank between them, each grows. */
static size_t longest(const void *params, size_t length) {
  const size_t size = strlen(((const struct unknown_tokens *)params)->mark);
  return length + (length + 1) / 2 * (size - 1);
}

/* With what hangs on it: a full stop behind an unknown word is unknown too. */
static enum fray_status apply(const void *params, double share, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  const char *mark = ((const struct unknown_tokens *)params)->mark;
  const size_t size = strlen(mark);
  struct fray_spans tokens;
  struct fray_change *change;
  FRAY_TRY(fray_spans_tokens(text->text, text->length, place->scratch, &tokens, err));
  FRAY_TRY(fray_changes_make(&tokens, place->scratch, &change, err));
  for (size_t k = 0; k < tokens.n; k++)
    if (fray_rng_uniform(&place->rng) < share)
      change[k] = (struct fray_change){.text = mark, .size = size};
  return fray_rewrite(text, &tokens, change, place->scratch, err);
}

/* A superset of words is hit, all with the same mark. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_TEXT, .longest = longest);
static const struct fray_corruption_ops ops = {.words = "unknown words in the %s",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .brief = "unknown words",
                                               .check = check,
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_unknown_tokens = {
    .name = "unknown_tokens",
    .meaning = "Texts in which a mark stands for words.",
    .source = "each token with probability share",
    .table = &table,
    .impl = &ops};
