/* Terms in place of their counterparts, he for she: what a model makes of the same sentence about
 * somebody else. Both ways at once: one way after the other would turn he to she to he. */
#include "corrupt/scope/scope.h"
#include "corrupt/text/tools/rewrite.h"

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
                   "Pairs of words, as he/she, each word in one of them. Whole words alone; the "
                   "first letter keeps its case. English her is his or him, so that some sentences "
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

/* A side of a pair: its bytes. */
struct side {
  const char *at;
  size_t size;
};

/* Checked before: each pair has one stroke, and something on both sides of it. */
static struct side side_of(const char *pair, bool second) {
  const char *stroke = strchr(pair, '/');
  return second ? (struct side){stroke + 1, strlen(stroke + 1)}
                : (struct side){pair, (size_t)(stroke - pair)};
}

static bool same(struct side a, struct side b) {
  return a.size == b.size && memcmp(a.at, b.at, a.size) == 0;
}

/* What is looked for word by word must be one word; and a word in two pairs would have two
 * counterparts. */
static enum fray_status check_side(const struct fray_strings *pairs, size_t k, bool second,
                                   struct fray_err *err) {
  const struct side side = side_of(pairs->v[k], second);
  struct fray_arena arena = {0};
  struct fray_spans words = {0};
  const enum fray_status status = fray_spans_words(side.at, side.size, &arena, &words, err);
  const bool whole =
      status == FRAY_OK && words.n == 1 && words.v[0].begin == 0 && words.v[0].end == side.size;
  fray_arena_free(&arena);
  FRAY_TRY(status);
  FRAY_CHECK(whole, err, INPUT, "pairs: '%.*s' of '%s' is not one word", (int)side.size, side.at,
             pairs->v[k]);
  for (size_t other = 0; other <= k; other++)
    for (int its = 0; its < (other == k ? second : 2); its++)
      FRAY_CHECK(!same(side, side_of(pairs->v[other], its)), err, INPUT,
                 "pairs: '%.*s' stands twice, in '%s' and '%s'", (int)side.size, side.at,
                 pairs->v[other], pairs->v[k]);
  return FRAY_OK;
}

static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct fray_strings *pairs = &((const struct term_swap *)entry->kind.params)->pairs;
  (void)at;
  FRAY_CHECK(pairs->n > 0, err, INPUT, "pairs: at least one is needed, as [he/she]");
  for (size_t k = 0; k < pairs->n; k++) {
    const char *stroke = strchr(pairs->v[k], '/');
    FRAY_CHECK(stroke && !strchr(stroke + 1, '/'), err, INPUT,
               "pairs: '%s' is not two words with a stroke between them, as he/she", pairs->v[k]);
    for (int second = 0; second < 2; second++)
      FRAY_TRY(check_side(pairs, k, second, err));
  }
  return FRAY_OK;
}

/* As if all of it were the word that grows most for what it takes, with what separates it. */
static size_t longest(const void *params, size_t length) {
  const struct fray_strings *pairs = &((const struct term_swap *)params)->pairs;
  size_t most = 0;
  for (size_t k = 0; k < pairs->n; k++) {
    const size_t a = side_of(pairs->v[k], false).size, b = side_of(pairs->v[k], true).size;
    const size_t less = FRAY_MIN(a, b), more = FRAY_MAX(a, b);
    most = FRAY_MAX(most, (length + 1) * (more - less) / (less + 1));
  }
  return length + most;
}

/* The counterpart of a word; NULL: it has none. fray_span_is wants its words ended. */
static enum fray_status counterpart(const struct fray_strings *pairs, const char *text,
                                    struct fray_span span, struct fray_arena *scratch,
                                    const char **out, struct fray_err *err) {
  *out = NULL;
  for (size_t k = 0; k < pairs->n && !*out; k++)
    for (int second = 0; second < 2 && !*out; second++) {
      const struct side side = side_of(pairs->v[k], second), other = side_of(pairs->v[k], !second);
      if (side.size != span.end - span.begin)
        continue;
      const char *word = fray_arena_strndup(scratch, side.at, side.size);
      FRAY_CHECK(word, err, MEMORY, "out of memory (%zu bytes)", side.size);
      if (!fray_span_is(text, span, word))
        continue;
      *out = fray_arena_strndup(scratch, other.at, other.size);
      FRAY_CHECK(*out, err, MEMORY, "out of memory (%zu bytes)", other.size);
    }
  return FRAY_OK;
}

/* One draw a word, listed or not: other pairs leave the fate of these alone. */
static enum fray_status apply(const void *params, double share, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  const struct term_swap *swap = params;
  struct fray_spans words;
  struct fray_change *change;
  FRAY_TRY(fray_spans_words(text->text, text->length, place->scratch, &words, err));
  FRAY_TRY(fray_changes_make(&words, place->scratch, &change, err));
  for (size_t k = 0; k < words.n; k++) {
    const char *other;
    if (!(fray_rng_uniform(&place->rng) < share))
      continue;
    FRAY_TRY(counterpart(&swap->pairs, text->text, words.v[k], place->scratch, &other, err));
    if (other)
      FRAY_TRY(fray_change_word(text->text, words.v[k], other, &change[k], place->scratch, err));
  }
  return fray_rewrite(text, &words, change, place->scratch, err);
}

/* More of the same terms. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_TEXT, .longest = longest);
static const struct fray_corruption_ops ops = {.words = "exchanged terms in the %s",
                                               .category = FRAY_CATEGORY_CONTRADICTION,
                                               .brief = "exchanged terms",
                                               .check = check,
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_term_swap = {
    .name = "term_swap",
    .meaning = "Texts with terms exchanged for their counterparts, as he and she.",
    .source = "pairs of words, both ways at once, each place with probability share",
    .table = &table,
    .impl = &ops};
