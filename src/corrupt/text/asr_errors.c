/* Errors of speech recognition: words misheard, lost, made up. A simple law of our own: what is put
 * in is drawn from a list of frequent words and sounds like nothing in the sentence, so a model
 * that knows the language notices more than it would of a recogniser's own errors. */
#include "corrupt/scope/scope.h"
#include "corrupt/text/tools/rewrite.h"

#include "fray/base/size.h"

#include <string.h>

struct asr_errors {
  double word_error_rate; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "word_error_rate", struct asr_errors, word_error_rate, .optional = true,
               .min = 0, .max = 1, .unit = "share",
               .help = "Errors a word: 60 % of them put another word in its place, 20 % lose it, "
                       "20 % add one behind it. Counted by alignment the rate comes out a little "
                       "lower (.476 of .5), as a lost word beside a new one counts once."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "asr_errors", struct asr_errors, fields,
                  .help = "Errors as of speech recognition.");

/* Steps of our own: a quiet room, a meeting, a street. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .3, .5)};

/* Frequent English words of at most five letters; LONGEST bounds how long a text can get. */
enum { LONGEST = 5 };
static const char *const frequent[] = {
    "be",    "to",    "of",    "and",  "in",    "that", "have",  "it",   "for",   "on",    "with",
    "as",    "you",   "at",    "this", "but",   "by",   "from",  "we",   "say",   "or",    "an",
    "will",  "my",    "one",   "all",  "would", "so",   "up",    "out",  "if",    "about", "who",
    "get",   "which", "go",    "me",   "when",  "make", "can",   "like", "time",  "no",    "just",
    "him",   "know",  "take",  "into", "year",  "your", "good",  "some", "could", "them",  "see",
    "other", "than",  "then",  "now",  "look",  "only", "come",  "over", "think", "also",  "back",
    "after", "use",   "two",   "how",  "our",   "work", "first", "well", "way",   "even",  "new",
    "want",  "any",   "these", "give", "day",   "most", "us"};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct asr_errors *)params)->word_error_rate;
}

/* Of words of one letter, each with a blank behind it, where a long one is added behind each. */
static size_t longest(const void *params, size_t length) {
  (void)params;
  return length + (length + 1) / 2 * (LONGEST + 1);
}

/* Another word than the one that was said. */
static const char *misheard(const char *text, struct fray_span span, double draw) {
  const size_t n = FRAY_COUNT(frequent);
  const size_t at = FRAY_MIN((size_t)(draw * (double)n), n - 1);
  return fray_span_is(text, span, frequent[at]) ? frequent[(at + 1) % n] : frequent[at];
}

static enum fray_status add_behind(const char *text, struct fray_span span, const char *word,
                                   struct fray_change *change, struct fray_arena *scratch,
                                   struct fray_err *err) {
  const size_t size = span.end - span.begin, more = strlen(word);
  char *out;
  FRAY_ALLOC(out, scratch, size + 1 + more, err);
  memcpy(out, text + span.begin, size);
  out[size] = ' ';
  memcpy(out + size + 1, word, more);
  *change = (struct fray_change){.text = out, .size = size + 1 + more};
  return FRAY_OK;
}

/* Three draws a word: whether, which way, what word; so errors of a lower rate stay at a higher
 * one. Where all would be lost, the word with the largest first draw stays. */
static enum fray_status apply(const void *params, double rate, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  struct fray_spans words;
  struct fray_change *change;
  double last = -1;
  size_t keeps = 0, left = 0;
  (void)params;
  FRAY_TRY(fray_spans_tokens(text->text, text->length, place->scratch, &words, err));
  FRAY_TRY(fray_changes_make(&words, place->scratch, &change, err));
  for (size_t k = 0; k < words.n; k++) {
    const double u = fray_rng_uniform(&place->rng), way = fray_rng_uniform(&place->rng);
    const char *word = misheard(text->text, words.v[k], fray_rng_uniform(&place->rng));
    if (u < rate && way < 0.6)
      change[k] = (struct fray_change){.text = word, .size = strlen(word)};
    else if (u < rate && way < 0.8)
      change[k].drop = true;
    else if (u < rate)
      FRAY_TRY(add_behind(text->text, words.v[k], word, &change[k], place->scratch, err));
    left += !change[k].drop;
    keeps = u > last ? k : keeps;
    last = FRAY_MAX(last, u);
  }
  if (left == 0)
    change[keeps].drop = false;
  return fray_rewrite(text, &words, change, place->scratch, err);
}

/* More errors among the same ones; letter by letter a word that is lost can lie nearer than one
 * that is put in, so this is said of the mean. */
static const struct fray_signal_ops signal_ops =
    FRAY_SIGNAL_OPS(FRAY_TEXT, .grows = FRAY_GROWS_MEAN, .longest = longest);
static const struct fray_corruption_ops ops = {.words = "recognition errors in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "recognition errors",
                                               .strength = {"word_error_rate", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_asr_errors = {
    .name = "asr_errors",
    .meaning = "Texts with errors as of speech recognition.",
    .source = "each word: .6 w substituted, .2 w deleted, .2 w inserted after",
    .table = &table,
    .impl = &ops};
