/* Cyrillic letters that look like Latin ones: nothing to see for people, other bytes for machines.
 * The text grows by a byte for each, and features of words meet words that they have never seen. */
#include "corrupt/scope/scope.h"
#include "corrupt/text/tools/look_alikes.h"

#include "fray/base/size.h"

struct homoglyphs {
  double share; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "share", struct homoglyphs, share, .optional = true, .min = 0, .max = 1,
               .unit = "share",
               .help =
                   "The probability that a letter that has a Cyrillic look-alike (a c e i j o p "
                   "s x y A B C E H K M O P T X) is replaced by it. Texts grow by a byte for "
                   "each; what is then longer than the longest text of the data is cut off."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "homoglyphs", struct homoglyphs, fields,
                  .help = "Letters of another script that look the same.");

/* The steps of ocr: what machines lose by letters that people could misread, too, beside what they
 * lose by letters that nobody can. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .02, .05, .1, .2, .4)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct homoglyphs *)params)->share;
}

/* Of letters that all have one. */
static size_t longest(const void *params, size_t length) {
  (void)params;
  return 2 * length;
}

/* Written as escapes: in a listing one would look like the other. */
static enum fray_status apply(const void *params, double share, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  static const struct fray_look_alike list[] = {
      {'a', "\xd0\xb0"}, {'c', "\xd1\x81"}, {'e', "\xd0\xb5"}, {'o', "\xd0\xbe"}, {'p', "\xd1\x80"},
      {'x', "\xd1\x85"}, {'y', "\xd1\x83"}, {'i', "\xd1\x96"}, {'j', "\xd1\x98"}, {'s', "\xd1\x95"},
      {'A', "\xd0\x90"}, {'B', "\xd0\x92"}, {'C', "\xd0\xa1"}, {'E', "\xd0\x95"}, {'H', "\xd0\x9d"},
      {'K', "\xd0\x9a"}, {'M', "\xd0\x9c"}, {'O', "\xd0\x9e"}, {'P', "\xd0\xa0"}, {'T', "\xd0\xa2"},
      {'X', "\xd0\xa5"}};
  (void)params;
  return fray_look_alikes(list, FRAY_COUNT(list), share, text, place, err);
}

/* More letters among the same ones. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_TEXT, .longest = longest);
static const struct fray_corruption_ops ops = {.words = "look-alike letters in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "look-alike letters",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_homoglyphs = {
    .name = "homoglyphs",
    .meaning = "Texts with letters of another script that look the same.",
    .source = "Latin letters by Cyrillic ones (Unicode confusables), each with probability share",
    .table = &table,
    .impl = &ops};
