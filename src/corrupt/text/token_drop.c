/* Missing words, as of a transcript with gaps. EDA (Wei & Zou 2019) calls it random deletion; where
 * nothing would be left it draws one word anew, here the one with the largest draw stays, so that a
 * larger share never brings a word back. */
#include "corrupt/scope/scope.h"
#include "corrupt/text/tools/rewrite.h"

#include "fray/base/size.h"

struct token_drop {
  double share; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct token_drop, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help = "The probability that a token, that is what stands between blanks, is "
                       "missing. One token stays of each text."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "token_drop", struct token_drop, fields, .help = "Texts with gaps.");

/* Steps of our own; EDA goes from .05 to .5 too. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .3, .5)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct token_drop *)params)->share;
}

static size_t longest(const void *params, size_t length) {
  (void)params;
  return length; /* it can only be shorter */
}

/* Which one would stay is known before any is gone: a larger share finds the same. */
static enum fray_status apply(const void *params, double share, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  struct fray_spans tokens;
  struct fray_change *change;
  double last = -1;
  size_t keeps = 0, left = 0;
  (void)params;
  FRAY_TRY(fray_spans_tokens(text->text, text->length, place->scratch, &tokens, err));
  FRAY_TRY(fray_changes_make(&tokens, place->scratch, &change, err));
  for (size_t k = 0; k < tokens.n; k++) {
    const double u = fray_rng_uniform(&place->rng);
    change[k].drop = u < share;
    left += !change[k].drop;
    if (u > last) {
      last = u;
      keeps = k;
    }
  }
  if (left == 0)
    change[keeps].drop = false;
  return fray_rewrite(text, &tokens, change, place->scratch, err);
}

/* Only ever fewer of the same words, in their order. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_TEXT, .longest = longest);
static const struct fray_corruption_ops ops = {.words = "missing words in the %s",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .brief = "missing words",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .usual = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_token_drop = {
    .name = "token_drop",
    .meaning = "Texts in which words are missing.",
    .source = "each token with probability share; random deletion of Wei & Zou 2019 (EDA)",
    .table = &table,
    .impl = &ops};
