/* Texts without punctuation, as transcripts are. Apostrophes go too: don't becomes dont, which is
 * another word to most vocabularies. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/codec/letters.h"

#include <string.h>

/* All its keys are the entry's. */
static const struct fray_field fields[] = {FRAY_SIGNAL_WHOM};
static FRAY_TABLE(table, "no_punctuation", char, fields,
                  .help = "Letters, digits and blanks alone; signs and emoji go as well.");

/* Nothing is put in place of what goes, not even a blank: well-known becomes wellknown. */
static size_t longest(const void *params, size_t length) {
  (void)params;
  return length; /* it can only be shorter */
}

/* Bytes that are no text are no punctuation either. Of signs alone nothing would be left: such a
 * text stays as it is. */
static enum fray_status apply(const void *params, double strength, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  char *out;
  size_t size = 0, n;
  (void)params;
  (void)strength;
  FRAY_ALLOC(out, place->scratch, text->length + 1, err);
  for (size_t at = 0; at < text->length; at += n) {
    uint32_t code;
    enum fray_character what;
    n = fray_character_read(text->text + at, text->length - at, &code, &what);
    if (what == FRAY_CHARACTER_OTHER && code != FRAY_UTF8_BAD)
      continue;
    memcpy(out + size, text->text + at, n);
    size += n;
  }
  if (size == 0)
    return FRAY_OK;
  memcpy(text->text, out, size);
  text->length = size;
  return FRAY_OK;
}

/* On or off, and it draws nothing. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_TEXT, .fixed = true, .longest = longest, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "no punctuation in the %s",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .brief = "no punctuation",
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_no_punctuation = {
    .name = "no_punctuation",
    .meaning = "Texts without punctuation.",
    .source = "what is neither a letter, a mark, a number nor a blank of Unicode goes",
    .table = &table,
    .impl = &ops};
