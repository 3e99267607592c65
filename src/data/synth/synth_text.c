/* Texts that carry their class: words of the class, of the client, and of nobody. */
#include "synth_signal.h"

#include "fray/base/rng.h"

#include <string.h>

enum { CLASS_WORDS = 12, CLIENT_WORDS = 12, COMMON_WORDS = 200, SYLLABLES = 4 };

/* Letters of two bytes among them, so that synthetic texts go through UTF-8 as real ones do. */
static const char *const syllable[] = {"ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo",
                                       "mu", "na", "pe", "ri", "so", "tu", "va", "we", "xi",
                                       "yo", "zü", "ñe", "çà", "жи", "по", "λα", "τέ"};

/* Word `index` of a vocabulary, 2 to 4 syllables and a blank, to out; its bytes. The words of one
 * vocabulary depend on seed, modality and owner only, so all shards share them. */
static size_t put_word(uint64_t seed, const char *vocabulary, uint64_t owner, size_t modality,
                       size_t index, char *out) {
  struct fray_rng rng = fray_rng_for(seed, vocabulary, owner, modality, index);
  size_t n = 2 + fray_rng_below(&rng, SYLLABLES - 1), at = 0;
  for (size_t k = 0; k < n; k++) {
    const char *part = syllable[fray_rng_below(&rng, sizeof syllable / sizeof *syllable)];
    memcpy(out + at, part, strlen(part));
    at += strlen(part);
  }
  out[at++] = ' ';
  return at;
}

/* The class of the next class word: one of the set, each alike; false if the set is empty. */
static bool draw_class(const struct synth_sample *s, struct fray_rng *rng, size_t *label) {
  size_t n = 0, at;
  *label = s->label;
  if (!s->labels)
    return true;
  for (size_t k = 0; k < s->classes; k++)
    n += s->labels[k] != 0;
  if (n == 0)
    return false;
  at = fray_rng_below(rng, n);
  for (size_t k = 0; k < s->classes; k++)
    if (s->labels[k] && at-- == 0)
      *label = k;
  return true;
}

/* Called twice for a sample, to count and to write: both times the same stream gives the same
 * words. */
size_t synth_text(const struct synth_sample *s, size_t words, uint8_t *out) {
  struct fray_rng rng = fray_rng_for(s->seed, "synth/text", s->source, s->modality, 0);
  char word[SYNTH_WORD_BYTES];
  size_t bytes = 0;
  for (size_t k = 0; k < words; k++) {
    /* Weights separation : shift : 1, as the header says. A sample without any class takes common
     * words where it would have had words of its class. */
    double draw = fray_rng_uniform(&rng) * (s->separation + s->shift + 1);
    size_t n, label;
    /* The draw within the vocabulary comes last, so that counting bytes draws the same words as
     * writing. */
    if (draw < s->separation && draw_class(s, &rng, &label))
      n = put_word(s->seed, "synth/class-word", label, s->modality,
                   fray_rng_below(&rng, CLASS_WORDS), word);
    else if (draw >= s->separation && draw < s->separation + s->shift)
      n = put_word(s->seed, "synth/client-word", s->client, s->modality,
                   fray_rng_below(&rng, CLIENT_WORDS), word);
    else
      n = put_word(s->seed, "synth/common-word", 0, s->modality, fray_rng_below(&rng, COMMON_WORDS),
                   word);
    if (out)
      memcpy(out + bytes, word, n);
    bytes += n;
  }
  return bytes - (words > 0); /* no blank at the end */
}
