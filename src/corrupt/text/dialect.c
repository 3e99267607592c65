/* Ways of speaking English that recognisers and corpora of the standard leave out. Rules on words,
 * not on syntax: they know no parts of speech, and so stand for a few features of a variety only.
 * They come in bundles by variety, as attested in eWAVE (Kortmann, Lunkenheimer & Ehret 2020),
 * since features of different varieties together are nobody's way of speaking. */
#include "corrupt/scope/scope.h"
#include "corrupt/text/tools/rewrite.h"

#include "fray/base/size.h"

#include <string.h>

/* In the order in which a word is tried for them. */
enum rule {
  NEGATIVE_CONCORD,
  REGULARISED_PAST,
  DROP_THE,
  DROP_A,
  COPULA_DROP,
  AUXILIARY_DROP,
  G_DROPPING,
  RULES
};
static const char *const rule_names[] = {
    "negative_concord", "regularised_past", "drop_the",   "drop_a",
    "copula_drop",      "auxiliary_drop",   "g_dropping", NULL};
static const char *const variety_names[] = {"aave",     "appalachian", "indian", "scottish",
                                            "nigerian", "singlish",    NULL};

/* How often a place shows the feature: pervasive (A) 1, neither pervasive nor rare (B) .6, rare (C)
 * .3, absent or unknown 0. eWAVE parts the copula by what follows it, which takes a parser: the
 * least of its three counts. g-dropping is spelling, none of its features, and in no bundle. */
static const double attested[][RULES] = {{1, .6, 0, 0, 1, 1, 0},   {1, .6, 0, 0, 0, .3, 0},
                                         {.3, .3, 1, 1, 0, .6, 0}, {.6, .6, 0, 0, 0, 0, 0},
                                         {0, .6, 1, 0, 0, 1, 0},   {0, .6, 1, 1, 1, 1, 0}};

struct dialect {
  double share; /* NaN: by severity */
  const char *variety;
  struct fray_strings rules;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct dialect, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help = "The probability that a place where a rule can act shows it, times how "
                       "well the variety is attested for it: always 1, often .6, rarely .3."),
    FRAY_FIELD(STRING, "variety", struct dialect, variety, .optional = true, .names = variety_names,
               .help = "The bundle: aave (African American), appalachian, indian, scottish, "
                       "nigerian, singlish. Either this or rules."),
    FRAY_FIELD(STRINGS, "rules", struct dialect, rules, .optional = true, .names = rule_names,
               .help =
                   "Single rules, each at full strength: negative_concord (not anything: not "
                   "nothing), regularised_past (knew: knowed), drop_the, drop_a, copula_drop (is, "
                   "are, but not before -ing), auxiliary_drop (is, are before -ing), g_dropping "
                   "(walking: walkin'). Together they are no variety."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "dialect", struct dialect, fields,
                  .help = "English with features of a variety.");

/* Steps of our own; the last is as much as is attested. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .2, .4, .6, .8, 1)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct dialect *)params)->share;
}

/* Nothing would happen with neither, and with both nobody knows what was meant. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct dialect *p = entry->kind.params;
  (void)at;
  FRAY_CHECK(p->variety || p->rules.n, err, INPUT,
             "variety: give a variety, as aave, or single rules");
  FRAY_CHECK(!p->variety || !p->rules.n, err, INPUT,
             "rules: not beside variety '%s', which says which rules act", p->variety);
  return FRAY_OK;
}

/* How strongly each rule acts at share 1. */
static void weigh(const struct dialect *p, double weight[RULES]) {
  memset(weight, 0, RULES * sizeof *weight);
  for (size_t v = 0; p->variety && variety_names[v]; v++)
    if (strcmp(p->variety, variety_names[v]) == 0)
      memcpy(weight, attested[v], sizeof attested[v]);
  for (size_t k = 0; k < p->rules.n; k++)
    for (size_t r = 0; r < RULES; r++)
      if (strcmp(p->rules.v[k], rule_names[r]) == 0)
        weight[r] = 1;
}

/* ran, with the blank behind it, grows most: by 3 in 4 bytes; ever by 1 in 5. */
static size_t longest(const void *params, size_t length) {
  double weight[RULES];
  weigh(params, weight);
  return length + (weight[REGULARISED_PAST] > 0   ? 3 * ((length + 1) / 4)
                   : weight[NEGATIVE_CONCORD] > 0 ? (length + 1) / 5
                                                  : 0);
}

/* A text on its way: its words, and where one stands. */
struct reading {
  const char *text;
  size_t size;
  struct fray_spans words;
  bool negative; /* a negative word came before in the sentence */
};

static bool is_one_of(const struct reading *r, size_t k, const char *const *list) {
  for (; *list; list++)
    if (fray_span_is(r->text, r->words.v[k], *list))
      return true;
  return false;
}

static bool ends_sentence(char c) {
  return c == '.' || c == '!' || c == '?';
}

static bool begins_sentence(const struct reading *r, size_t k) {
  for (size_t i = k ? r->words.v[k - 1].end : 0; k && i < r->words.v[k].begin; i++)
    if (ends_sentence(r->text[i]))
      return true;
  return k == 0;
}

static bool is_question(const struct reading *r, size_t k) {
  size_t i = r->words.v[k].end;
  while (i < r->size && !ends_sentence(r->text[i]))
    i++;
  return i < r->size && r->text[i] == '?';
}

static bool ends_in(const struct reading *r, size_t k, const char *end) {
  const struct fray_span span = r->words.v[k];
  const size_t n = strlen(end);
  return span.end - span.begin > n && memcmp(r->text + span.end - n, end, n) == 0;
}

/* Counterparts of single words. */
struct pair {
  const char *from, *to;
};
static const struct pair concord[] = {
    {"any", "no"},           {"anything", "nothing"}, {"anybody", "nobody"}, {"anyone", "no one"},
    {"anywhere", "nowhere"}, {"ever", "never"},       {NULL, NULL}};
static const struct pair past[] = {
    {"bought", "buyed"},    {"knew", "knowed"},    {"gave", "gived"},    {"threw", "throwed"},
    {"ran", "runned"},      {"broke", "breaked"},  {"told", "telled"},   {"sold", "selled"},
    {"brought", "bringed"}, {"caught", "catched"}, {"slept", "sleeped"}, {"wrote", "writed"},
    {"went", "goed"},       {"said", "sayed"},     {NULL, NULL}};

static const char *counterpart(const struct reading *r, size_t k, const struct pair *pairs) {
  while (pairs->from && !fray_span_is(r->text, r->words.v[k], pairs->from))
    pairs++;
  return pairs->to;
}

/* Is and are between a subject and something in small letters. Not where they are stressed: in
 * questions, and behind words that they would leave without a verb. */
static bool is_copula(const struct reading *r, size_t k) {
  static const char *const be[] = {"is", "are", NULL};
  static const char *const stressed[] = {"it", "there", "that", "what", "where", "who", "I", NULL};
  if (!is_one_of(r, k, be) || begins_sentence(r, k) || is_question(r, k) ||
      is_one_of(r, k - 1, stressed) || k + 1 == r->words.n)
    return false;
  const struct fray_span next = r->words.v[k + 1];
  const char first = r->text[next.begin];
  return next.begin == r->words.v[k].end + 1 && r->text[next.begin - 1] == ' ' && first >= 'a' &&
         first <= 'z';
}

/* The in front of a word; A as a name (plan A) is no article. */
static bool is_article(const struct reading *r, size_t k, const char *const *list) {
  const struct fray_span span = r->words.v[k];
  const bool capital = r->text[span.begin] < 'a';
  return is_one_of(r, k, list) && (!capital || begins_sentence(r, k)) && span.end < r->size &&
         r->text[span.end] == ' ';
}

/* More than four letters, and a vowel before the ending: thing and bring are no participles. */
static bool is_participle(const struct reading *r, size_t k) {
  const struct fray_span span = r->words.v[k];
  if (span.end - span.begin < 5 || !ends_in(r, k, "ing"))
    return false;
  for (size_t i = span.begin; i < span.end - 3; i++)
    if (strchr("aeiouyAEIOUY", r->text[i]) && r->text[i])
      return true;
  return false;
}

/* Whether a rule could act on word k, and what it would make of it (NULL: it goes). */
static bool acts(const struct reading *r, size_t k, enum rule rule, const char **to) {
  static const char *const the[] = {"the", NULL}, *const a[] = {"a", "an", NULL};
  *to = NULL;
  switch (rule) {
  case NEGATIVE_CONCORD:
    *to = r->negative ? counterpart(r, k, concord) : NULL;
    return *to != NULL;
  case REGULARISED_PAST:
    *to = counterpart(r, k, past);
    return *to != NULL;
  case DROP_THE:
    return is_article(r, k, the);
  case DROP_A:
    return is_article(r, k, a);
  case COPULA_DROP:
    return is_copula(r, k) && !ends_in(r, k + 1, "ing");
  case AUXILIARY_DROP:
    return is_copula(r, k) && ends_in(r, k + 1, "ing");
  default:
    return is_participle(r, k);
  }
}

/* The word without its g. */
static enum fray_status clip_g(const struct reading *r, size_t k, struct fray_change *change,
                               struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_span span = r->words.v[k];
  char *word = fray_arena_strndup(scratch, r->text + span.begin, span.end - span.begin);
  FRAY_CHECK(word, err, MEMORY, "out of memory (%zu bytes)", span.end - span.begin);
  word[span.end - span.begin - 1] = '\'';
  *change = (struct fray_change){.text = word, .size = span.end - span.begin};
  return FRAY_OK;
}

/* The first rule that could act on word k; RULES: none. */
static enum rule rule_of(const struct reading *r, size_t k, const double weight[RULES],
                         const char **to) {
  for (enum rule rule = 0; rule < RULES; rule++)
    if (weight[rule] > 0 && acts(r, k, rule, to))
      return rule;
  return RULES;
}

/* Behind a word that went, the sentence begins with a capital again. */
static enum fray_status begin_again(const struct reading *r, size_t k, struct fray_change *change,
                                    struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_span span = r->words.v[k];
  const size_t size = change[k].text ? change[k].size : span.end - span.begin;
  const char *now = change[k].text ? change[k].text : r->text + span.begin;
  char *word = fray_arena_strndup(scratch, now, size);
  FRAY_CHECK(word, err, MEMORY, "out of memory (%zu bytes)", size);
  if (*word >= 'a' && *word <= 'z')
    *word = (char)(*word - 0x20);
  change[k].text = word;
  change[k].size = size;
  return FRAY_OK;
}

static void note_negation(struct reading *r, size_t k) {
  static const char *const negative[] = {"not",     "no",   "never",   "nobody", "nothing",
                                         "nowhere", "none", "neither", "cannot", NULL};
  r->negative = (r->negative && !begins_sentence(r, k)) || is_one_of(r, k, negative) ||
                ends_in(r, k, "n't") || ends_in(r, k, "n\xe2\x80\x99t");
}

/* One draw a word, whatever rule acts on it. */
static enum fray_status apply(const void *params, double share, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  struct reading r = {.text = text->text, .size = text->length};
  struct fray_change *change;
  double weight[RULES];
  bool capital = false; /* the word that began the sentence went, and had one */
  weigh(params, weight);
  FRAY_TRY(fray_spans_words(r.text, r.size, place->scratch, &r.words, err));
  FRAY_TRY(fray_changes_make(&r.words, place->scratch, &change, err));
  for (size_t k = 0; k < r.words.n; k++) {
    const struct fray_span span = r.words.v[k];
    const char *to = NULL;
    const double u = fray_rng_uniform(&place->rng);
    /* A word of the sentence before negates nothing here; one negates only what follows it. */
    r.negative = r.negative && !begins_sentence(&r, k);
    const enum rule rule = rule_of(&r, k, weight, &to);
    note_negation(&r, k);
    if (rule < RULES && u < share * weight[rule]) {
      if (rule == G_DROPPING)
        FRAY_TRY(clip_g(&r, k, &change[k], place->scratch, err));
      else if (to)
        FRAY_TRY(fray_change_word(r.text, span, to, &change[k], place->scratch, err));
      else
        change[k].drop = true;
    }
    /* Of several that went, the first had it. */
    const bool begins = begins_sentence(&r, k);
    capital = capital && !begins;
    if (change[k].drop) {
      capital |= begins && r.text[span.begin] >= 'A' && r.text[span.begin] <= 'Z';
      continue;
    }
    if (capital)
      FRAY_TRY(begin_again(&r, k, change, place->scratch, err));
    capital = false;
  }
  return fray_rewrite(text, &r.words, change, place->scratch, err);
}

/* More of the same places. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_TEXT, .longest = longest);
static const struct fray_corruption_ops ops = {.words = "dialect in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "dialect",
                                               .check = check,
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_dialect = {
    .name = "dialect",
    .meaning = "English texts with features of a variety.",
    .source = "rules on words with attestations of eWAVE (Kortmann et al. 2020): A 1, B .6, C .3",
    .table = &table,
    .impl = &ops};
