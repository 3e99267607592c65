/* Terms in place of their counterparts, he for she: what a model makes of the same sentence about
 * somebody else. Both ways at once: one way after the other would turn he to she to he. */
#include "corrupt/scope/scope.h"
#include "corrupt/text/tools/rewrite.h"
#include "corrupt/text/tools/terms.h"

#include "fray/base/size.h"

#include <string.h>

struct term_swap {
  double share; /* NaN: by severity */
  struct fray_strings pairs;
};

#define BUILT_IN                                                                                   \
  "[he/she, his/her, brother/sister, grandfather/grandmother, mother/father, uncle/aunt, "         \
  "actress/actor, daughter/son, husband/wife, king/queen, nurse/doctor, man/woman, boy/girl]"

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct term_swap, share, .optional = true, .min = 0, .max = 1,
               .unit = "share", .help = "The probability that a listed term is exchanged."),
    FRAY_FIELD(STRINGS, "pairs", struct term_swap, pairs, .def_text = BUILT_IN,
               .help =
                   "Pairs of terms, as he/she or flat/block of flats, each term in one of them. "
                   "Whole words alone, with single blanks between them; the first letter keeps its "
                   "case. English her is his or him, so that some sentences "
                   "come out odd; give pairs of your own for anything that matters."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "term_swap", struct term_swap, fields, .help = "Exchanged terms.");

/* Steps of our own, up to all terms, which is the exchange that fairness is measured by. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .2, .4, .6, .8, 1)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct term_swap *)params)->share;
}

static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  (void)at;
  return fray_terms_check(&((const struct term_swap *)entry->kind.params)->pairs, err);
}

/* As if all of it were the word that grows most for what it takes, with what separates it. */
static size_t longest(const void *params, size_t length) {
  const struct fray_strings *pairs = &((const struct term_swap *)params)->pairs;
  size_t most = 0;
  for (size_t k = 0; k < pairs->n; k++) {
    const size_t a = fray_term_side(pairs->v[k], false).size,
                 b = fray_term_side(pairs->v[k], true).size;
    const size_t less = FRAY_MIN(a, b), more = FRAY_MAX(a, b);
    most = FRAY_MAX(most, (length + 1) * (more - less) / (less + 1));
  }
  return length + most;
}

/* One draw a word, listed or not: other pairs leave the fate of these alone. The first word of a
 * term speaks for all of it, and the term becomes one stretch. */
static enum fray_status apply(const void *params, double share, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  const struct fray_strings *pairs = &((const struct term_swap *)params)->pairs;
  struct fray_spans words;
  struct fray_change *change;
  size_t n = 0, next = 0; /* stretches; the first word that is in no term before it */
  FRAY_TRY(fray_spans_words(text->text, text->length, place->scratch, &words, err));
  FRAY_TRY(fray_changes_make(&words, place->scratch, &change, err));
  for (size_t k = 0; k < words.n; k++) {
    const bool hit = fray_rng_uniform(&place->rng) < share;
    struct fray_term_found found = {0};
    if (k < next)
      continue;
    if (hit)
      found = fray_terms_find(pairs, text->text, &words, k);
    next = k + (found.words ? found.words : 1);
    const struct fray_span span = {words.v[k].begin, words.v[next - 1].end};
    if (found.words) {
      const struct fray_term other = fray_term_side(pairs->v[found.pair], !found.second);
      const char *word = fray_arena_strndup(place->scratch, other.at, other.size);
      FRAY_CHECK(word, err, MEMORY, "out of memory (%zu bytes)", other.size);
      FRAY_TRY(fray_change_word(text->text, span, word, &change[n], place->scratch, err));
    }
    words.v[n++] = span; /* in the place of a word that was read */
  }
  words.n = n;
  return fray_rewrite(text, &words, change, place->scratch, err);
}

/* More of the same terms. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_TEXT, .longest = longest);
static const struct fray_corruption_ops ops = {.words = "exchanged terms in the %s",
                                               .category = FRAY_CATEGORY_CONTRADICTION,
                                               .brief = "exchanged terms",
                                               .check = check,
                                               .terms = "pairs",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_term_swap = {
    .name = "term_swap",
    .meaning = "Texts with terms exchanged for their counterparts, as he and she.",
    .source = "pairs of words, both ways at once, each place with probability share",
    .table = &table,
    .impl = &ops};
