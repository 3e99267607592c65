/* Capitals, or none: a shout, or a transcript. Features that fold case do not see it. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/codec/letters.h"

#include <string.h>

enum to { LOWER, UPPER };
static const char *const to_names[] = {"lower", "upper", NULL};

struct letter_case {
  int to;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "to", struct letter_case, to, .def_text = "lower", .names = to_names,
               .help = "lower: no capitals, as of speech recognition. upper: capitals alone. By "
                       "Unicode's simple mapping, one letter for one, in any script."),
    FRAY_SIGNAL_WHOM,
};
static FRAY_TABLE(table, "letter_case", struct letter_case, fields,
                  .help = "Texts in small letters, or in capitals.");

/* Some letters of two bytes have partners of three, none of one byte has a longer one. */
static size_t longest(const void *params, size_t length) {
  (void)params;
  return length + length / 2;
}

/* One letter for one: the Turkish dotless i and the Greek final s come out as Unicode's simple
 * mapping has them, not as their readers would. */
static enum fray_status apply(const void *params, double strength, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  const int to = ((const struct letter_case *)params)->to;
  char *out;
  size_t size = 0, n;
  (void)strength;
  FRAY_ALLOC(out, place->scratch, longest(params, text->length) + FRAY_UTF8_MAX, err);
  for (size_t at = 0; at < text->length; at += n) {
    uint32_t code;
    enum fray_character what;
    n = fray_character_read(text->text + at, text->length - at, &code, &what);
    const uint32_t other = code == FRAY_UTF8_BAD ? code
                           : to == UPPER         ? fray_character_upper(code)
                                                 : fray_character_lower(code);
    /* Bytes that are no text stay as they are. */
    if (other == code)
      memcpy(out + size, text->text + at, n);
    size += other == code ? n : fray_utf8_write(other, out + size);
  }
  if (size > text->capacity)
    return FRAY_OK;
  memcpy(text->text, out, size);
  text->length = size;
  return FRAY_OK;
}

/* It is on or off: its strength is the share of the texts that it hits. */
static const struct fray_signal_ops signal_ops = {
    .kinds = 1u << FRAY_TEXT, .fixed = true, .longest = longest, .apply = apply};
static const struct fray_corruption_ops ops = {.words = "letters of one case in the %s",
                                               .category = FRAY_CATEGORY_CHANNEL,
                                               .brief = "letters of one case",
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_letter_case = {
    .name = "letter_case",
    .meaning = "Texts in small letters, or in capitals, alone.",
    .source = "simple case mapping of Unicode",
    .table = &table,
    .impl = &ops};
