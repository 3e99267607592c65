/* Typing errors: five kinds of slips in words that are long enough to stay readable. Words count,
 * not letters: a share of .1 is one word in ten with one slip. Other libraries count otherwise
 * (nlpaug rounds words and letters of a text up, so that its .05 changes 12 % of the words of a
 * sentence), so their levels are no levels of this kind, and none of them is a table here. */
#include "corrupt/scope/scope.h"
#include "corrupt/text/tools/rewrite.h"

#include "fray/base/size.h"

#include <string.h>

enum form { MIX, SWAP, MIDDLE, KEYBOARD, REPEAT, OMIT, FORMS };
static const char *const form_names[] = {"mix",    "swap", "middle", "keyboard",
                                         "repeat", "omit", NULL};
enum { SHORTEST = 5 }; /* letters of a word that can be hit */

struct typo {
  double share; /* NaN: by severity */
  int form;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct typo, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help = "The probability that a word of five letters or more has a slip. One of two "
                       "equal letters, or letters that come out in their old order, leave the word "
                       "as it was: of exchanges about 4 % in English, of the mixture 2.5 %."),
    FRAY_FIELD(ENUM, "form", struct typo, form, .def_text = "mix", .names = form_names,
               .help = "swap: two neighbouring inner letters are exchanged. middle: the inner "
                       "letters stand in random order. keyboard: one letter is its neighbour on a "
                       "US keyboard, of the same case. repeat: one letter stands twice. omit: an "
                       "inner letter is missing. mix: one of the five, drawn for each word."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "typo", struct typo, fields, .help = "Typing errors.");

/* Steps of our own: from a hurried message to one that has to be guessed. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .05, .1, .2, .3, .5)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct typo *)params)->share;
}

/* A doubled letter adds its bytes, 4 at most, to a word of five letters and what separates it: 6
 * bytes give 1, 9 give 4. */
static size_t longest(const void *params, size_t length) {
  const int form = ((const struct typo *)params)->form;
  const size_t words = (length + 1) / 9, rest = (length + 1) % 9;
  return form == MIX || form == REPEAT ? length + 4 * words + (rest > 5 ? rest - 5 : 0) : length;
}

/* A word on its way: its letters, and the letter that stands in the place of each. */
struct word {
  const char *text;
  struct fray_span span, *letter; /* (n) */
  uint32_t *order;                /* (n) */
  size_t n, twice, gone;          /* SIZE_MAX: none */
  size_t pressed;                 /* SIZE_MAX: none */
  char key;                       /* in the place of the letter that was to be pressed */
};

/* Keys of a US keyboard, its rows shifted by 0, .25 and .75 of a key, that lie nearer than 1.3
 * keys. */
static const char *const neighbours[26] = {
    "qswz",   "ghnv",  "dfvx", "cefrsx", "drsw", "cdgrtv", "bfhtvy", "bgjnuy", "jkou",
    "hikmnu", "ijlmo", "kop",  "jkn",    "bhjm", "iklp",   "lo",     "aw",     "deft",
    "adewxz", "fgry",  "hijy", "bcfg",   "aeqs", "cdsz",   "ghtu",   "asx"};

/* Of Latin letters alone: signs and digits would be other slips. */
static bool has_key(char letter) {
  const char small = (char)(letter | 0x20);
  return small >= 'a' && small <= 'z';
}

/* Letters that are not on that keyboard have no neighbours; a word of them stays. */
static void press(struct word *w, struct fray_rng *rng) {
  size_t keys = 0;
  for (size_t k = 0; k < w->n; k++)
    keys += has_key(w->text[w->letter[k].begin]);
  if (keys == 0)
    return;
  size_t left = fray_rng_below(rng, keys);
  for (size_t k = 0; k < w->n; k++) {
    const char letter = w->text[w->letter[k].begin];
    if (!has_key(letter) || left-- > 0)
      continue;
    const char *near = neighbours[(letter | 0x20) - 'a'];
    w->key = (char)(near[fray_rng_below(rng, strlen(near))] - (letter & 0x20 ? 0 : 0x20));
    w->pressed = k;
    return;
  }
}

/* One slip in one word. Ends stay where they are, as words are known by them, but for keys and
 * doubled letters, which slip anywhere. */
static void slip(struct word *w, int form, struct fray_rng *rng) {
  if (form == MIX)
    form = SWAP + (int)fray_rng_below(rng, FORMS - SWAP);
  if (form == SWAP) {
    const size_t i = 1 + fray_rng_below(rng, w->n - 3);
    w->order[i] = (uint32_t)i + 1;
    w->order[i + 1] = (uint32_t)i;
  }
  if (form == MIDDLE)
    fray_rng_shuffle(rng, w->order + 1, (uint32_t)(w->n - 2));
  if (form == KEYBOARD)
    press(w, rng);
  if (form == REPEAT)
    w->twice = fray_rng_below(rng, w->n);
  if (form == OMIT)
    w->gone = 1 + fray_rng_below(rng, w->n - 2);
}

/* Marks stay with their letters; apostrophes where they are. A letter that stands twice has its
 * marks on the second. */
static size_t write(const struct word *w, char *out) {
  size_t size = 0, at = w->span.begin;
  for (size_t k = 0; k < w->n; k++) {
    const struct fray_span from = w->letter[w->order[k]];
    const char *letter = w->text + from.begin;
    memcpy(out + size, w->text + at, w->letter[k].begin - at);
    size += w->letter[k].begin - at;
    at = w->letter[k].end;
    if (k == w->gone)
      continue;
    if (k == w->twice) {
      const unsigned char lead = (unsigned char)*letter;
      const size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      memcpy(out + size, letter, bytes);
      size += bytes;
    }
    memcpy(out + size, letter, from.end - from.begin);
    if (k == w->pressed)
      out[size] = w->key;
    size += from.end - from.begin;
  }
  return size;
}

/* Two draws a word whatever the share: whether, and the seed of all that follows from it. */
static enum fray_status apply(const void *params, double share, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  const struct typo *typo = params;
  struct fray_spans words;
  struct fray_change *change;
  struct word w = {.text = text->text};
  FRAY_TRY(fray_spans_words(text->text, text->length, place->scratch, &words, err));
  FRAY_TRY(fray_changes_make(&words, place->scratch, &change, err));
  FRAY_ALLOC(w.letter, place->scratch, text->length + 1, err);
  FRAY_ALLOC(w.order, place->scratch, text->length + 1, err);
  for (size_t k = 0; k < words.n; k++) {
    w.span = words.v[k];
    w.n = fray_spans_letters(text->text, w.span, w.letter);
    if (w.n < SHORTEST)
      continue;
    const double u = fray_rng_uniform(&place->rng);
    struct fray_rng rng = fray_rng_keyed(fray_rng_u64(&place->rng), 0, 0, 0, 0);
    if (!(u < share))
      continue;
    for (size_t i = 0; i < w.n; i++)
      w.order[i] = (uint32_t)i;
    w.twice = w.gone = w.pressed = SIZE_MAX;
    slip(&w, typo->form, &rng);
    char *out;
    FRAY_ALLOC(out, place->scratch, w.span.end - w.span.begin + 4, err);
    change[k] = (struct fray_change){.text = out, .size = write(&w, out)};
  }
  return fray_rewrite(text, &words, change, place->scratch, err);
}

/* More words among the same ones, each as before: nothing that was hit comes back. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_TEXT, .longest = longest);
static const struct fray_corruption_ops ops = {.words = "typing errors in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "typing errors",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .usual = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_typo = {
    .name = "typo",
    .meaning = "Texts with typing errors.",
    .source = "swap, middle, keyboard: Belinkov & Bisk 2018; one slip in a word with probability "
              "share",
    .table = &table,
    .impl = &ops};
