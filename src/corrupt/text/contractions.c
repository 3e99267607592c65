/* Don't for do not, or the reverse: the same sentence, written or spoken. Which words belong
 * together is settled before it is drawn which of them are hit: "it is not" is it and isn't, never
 * "it's not", however few are hit, so that a larger share keeps what a smaller one did. */
#include "corrupt/scope/scope.h"
#include "corrupt/text/tools/rewrite.h"

#include "fray/base/size.h"

#include <string.h>

enum to { SHORT, FULL };
static const char *const to_names[] = {"short", "full", NULL};

struct contractions {
  double share; /* NaN: by severity */
  int to;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct contractions, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help = "The probability that one of the listed forms is written the other way. "
                       "Texts without any stay as they are."),
    FRAY_FIELD(ENUM, "to", struct contractions, to, .def_text = "short", .names = to_names,
               .help = "short: do not becomes don't. full: don't becomes do not; it's is read as "
                       "it is, I'd as I had. 32 English forms; of one that is all capitals "
                       "nothing is made."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "contractions", struct contractions, fields,
                  .help = "English texts with, or without, contractions.");

/* Steps of our own, up to all of them: each is right English. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .2, .4, .6, .8, 1)};

/* In this order: not goes before the pronoun. */
static const struct form {
  const char *full, *brief;
} forms[] = {{"is not", "isn't"},       {"are not", "aren't"},       {"was not", "wasn't"},
             {"were not", "weren't"},   {"did not", "didn't"},       {"does not", "doesn't"},
             {"do not", "don't"},       {"should not", "shouldn't"}, {"could not", "couldn't"},
             {"would not", "wouldn't"}, {"cannot", "can't"},         {"can not", "can't"},
             {"will not", "won't"},     {"have not", "haven't"},     {"has not", "hasn't"},
             {"had not", "hadn't"},     {"it is", "it's"},           {"he is", "he's"},
             {"she is", "she's"},       {"there is", "there's"},     {"they are", "they're"},
             {"we are", "we're"},       {"you are", "you're"},       {"I am", "I'm"},
             {"I will", "I'll"},        {"you will", "you'll"},      {"they have", "they've"},
             {"we have", "we've"},      {"I have", "I've"},          {"I had", "I'd"},
             {"we had", "we'd"},        {"what is", "what's"}};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct contractions *)params)->share;
}

/* Full forms add at most half of what a short one takes with the blank behind it: I'd, won't. */
static size_t longest(const void *params, size_t length) {
  const bool grows = ((const struct contractions *)params)->to == FULL && length >= 3;
  return length + (grows ? (length + 1) / 2 : 0);
}

/* Finds all places, each of one or two words, from left to right: form[k] + 1 at the first word of
 * one, taken[k] at all its words. */
static void find(const struct fray_signal *text, const struct fray_spans *words, int to,
                 size_t *form, bool *taken) {
  for (size_t f = 0; f < FRAY_COUNT(forms); f++) {
    const char *from = to == SHORT ? forms[f].full : forms[f].brief;
    const size_t parts = strchr(from, ' ') ? 2 : 1;
    for (size_t k = 0; k + parts <= words->n; k++) {
      const struct fray_span span = {words->v[k].begin, words->v[k + parts - 1].end};
      if (taken[k] || taken[k + parts - 1] || !fray_span_is(text->text, span, from))
        continue;
      taken[k] = taken[k + parts - 1] = true;
      form[k] = f + 1;
    }
  }
}

/* One draw a word, so that it does not matter which of them begin a form. */
static enum fray_status apply(const void *params, double share, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  const int to = ((const struct contractions *)params)->to;
  struct fray_spans words, hit = {0};
  struct fray_change *change;
  size_t *form;
  bool *taken;
  FRAY_TRY(fray_spans_words(text->text, text->length, place->scratch, &words, err));
  FRAY_TRY(fray_changes_make(&words, place->scratch, &change, err));
  FRAY_ALLOC_ZERO(form, place->scratch, words.n + 1, err);
  FRAY_ALLOC_ZERO(taken, place->scratch, words.n + 1, err);
  FRAY_ALLOC(hit.v, place->scratch, words.n + 1, err);
  find(text, &words, to, form, taken);
  for (size_t k = 0; k < words.n; k++) {
    const double u = fray_rng_uniform(&place->rng);
    if (!form[k] || !(u < share))
      continue;
    const struct form *f = &forms[form[k] - 1];
    const bool two = to == SHORT && strchr(f->full, ' ');
    const struct fray_span span = {words.v[k].begin, words.v[k + two].end};
    FRAY_TRY(fray_change_word(text->text, span, to == SHORT ? f->brief : f->full, &change[hit.n],
                              place->scratch, err));
    hit.v[hit.n++] = span;
  }
  return fray_rewrite(text, &hit, change, place->scratch, err);
}

/* More of the same places. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_TEXT, .longest = longest);
static const struct fray_corruption_ops ops = {.words = "contractions in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "contractions",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_contractions = {
    .name = "contractions",
    .meaning = "English texts with contractions written, or resolved.",
    .source = "a list of 32 forms, each with probability share",
    .table = &table,
    .impl = &ops};
