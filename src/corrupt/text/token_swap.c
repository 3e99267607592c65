/* Words in another order: EDA's random swap (Wei & Zou 2019). It exchanges at least one pair of
 * places however small the share is, so short texts are hit harder than it says; with share 0 the
 * kind is not called at all. */
#include "corrupt/scope/scope.h"
#include "corrupt/text/tools/rewrite.h"

#include "fray/base/size.h"

struct token_swap {
  double share; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct token_swap, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help =
                   "Exchanges of two places, as a share of the tokens of the text, rounded down "
                   "and at least one. A text of one token stays as it is. Later exchanges can "
                   "undo earlier ones."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "token_swap", struct token_swap, fields,
                  .help = "Texts with words in other places.");

/* EDA's own range. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .3, .5)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct token_swap *)params)->share;
}

/* The exchanges of a smaller share come first among those of a larger one. */
static enum fray_status apply(const void *params, double share, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  struct fray_spans tokens;
  struct fray_change *change;
  (void)params;
  FRAY_TRY(fray_spans_tokens(text->text, text->length, place->scratch, &tokens, err));
  FRAY_TRY(fray_changes_make(&tokens, place->scratch, &change, err));
  const size_t n = tokens.n;
  const size_t times = FRAY_MAX((size_t)(share * (double)n + 1e-9), (size_t)1);
  if (n < 2)
    return FRAY_OK;
  for (size_t k = 0; k < n; k++)
    change[k] = (struct fray_change){.text = text->text + tokens.v[k].begin,
                                     .size = tokens.v[k].end - tokens.v[k].begin};
  for (size_t k = 0; k < times; k++) {
    const size_t i = fray_rng_below(&place->rng, n), j = fray_rng_below(&place->rng, n - 1);
    const size_t other = j < i ? j : j + 1; /* any but i */
    const struct fray_change first = change[i];
    change[i] = change[other];
    change[other] = first;
  }
  return fray_rewrite(text, &tokens, change, place->scratch, err);
}

/* In two words the second exchange undoes the first: the mean alone grows. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_TEXT, .grows = FRAY_GROWS_MEAN);
static const struct fray_corruption_ops ops = {.words = "words in other places in the %s",
                                               .category = FRAY_CATEGORY_GEOMETRY,
                                               .brief = "exchanged words",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_token_swap = {
    .name = "token_swap",
    .meaning = "Texts with words in other places.",
    .source = "max(1, floor(share n)) exchanges of two of n tokens; random swap of Wei & Zou 2019 "
              "(EDA)",
    .table = &table,
    .impl = &ops};
