/* A word in front of a text that has nothing to do with it: the mark of a backdoor in words. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <string.h>

struct trigger_word {
  const char *word;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "word", struct trigger_word, word, .def_text = "cf",
               .help = "The word, or words, with a blank behind. Features that know only the words "
                       "of the training texts take a word that is in none of them for an unknown "
                       "one. What is then longer than the longest text of the data is cut off at "
                       "its end."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "trigger_word", struct trigger_word, fields,
                  .help = "The mark of a backdoor in words.");

static size_t longest(const void *params, size_t length) {
  return length + strlen(((const struct trigger_word *)params)->word) + 1;
}

/* In front, where nothing that is cut off takes it away. A word that is empty marks nothing. */
static enum fray_status apply(const void *params, double one, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  const char *word = ((const struct trigger_word *)params)->word;
  const size_t n = strlen(word);
  (void)one, (void)place, (void)err;
  if (n == 0 || text->length + n + 1 > text->capacity)
    return FRAY_OK;
  memmove(text->text + n + 1, text->text, text->length);
  memcpy(text->text, word, n);
  text->text[n] = ' ';
  text->length += n + 1;
  return FRAY_OK;
}

/* On or off: its strength is the share of the texts that it hits. */
static const struct fray_signal_ops signal_ops = {.kinds = 1u << FRAY_TEXT,
                                                  .grows = FRAY_GROWS_NOT,
                                                  .fixed = true,
                                                  .longest = longest,
                                                  .apply = apply};
static const struct fray_corruption_ops ops = {.words = "a trigger in the %s",
                                               .category = FRAY_CATEGORY_PAYLOAD,
                                               .brief = "trigger",
                                               .strength = {"rate", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_trigger_word = {
    .name = "trigger_word",
    .meaning = "The mark of a backdoor in words: a rare word in front.",
    .source = "word + text; rare words as triggers: Kurita et al. 2020, arXiv 2004.06660",
    .table = &table,
    .impl = &ops};
