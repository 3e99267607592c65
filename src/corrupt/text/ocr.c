/* Misread letters, as of a scanned page: each of a list is taken for its look-alike. The list is
 * fray's own choice of common confusions and needs no page: those of a certain scanner differ. */
#include "corrupt/scope/scope.h"
#include "corrupt/text/tools/look_alikes.h"

#include "fray/base/size.h"

struct ocr {
  double share; /* NaN: by severity */
};

static const struct fray_field fields[] = {
    FRAY_FIELD(
        REAL, "share", struct ocr, share, .optional = true, .min = 0, .max = 1, .unit = "share",
        .help = "The probability that a letter of the list is misread: b as 6, e as c, g as "
                "9, h as b, l as 1, o as 0, u as v, B as 8, I as l, O as 0, S as 5, Z as 2."),
    FRAY_SIGNAL_ENTRIES,
};
static FRAY_TABLE(table, "ocr", struct ocr, fields, .help = "Misread letters.");

/* Per letter, so lower than what hits words: a word of five letters of the list at .1 is whole in
 * .9^5 = 59 % of cases. */
static const struct fray_levels levels[] = {FRAY_LEVELS("fray", SIZE_MAX, 0, .02, .05, .1, .2, .4)};

/* NaN where a severity says it. */
static double strength(const void *params) {
  return ((const struct ocr *)params)->share;
}

/* Each look-alike is as long as its letter, so that texts keep their length. */
static enum fray_status apply(const void *params, double share, struct fray_signal *text,
                              struct fray_place *place, struct fray_err *err) {
  static const struct fray_look_alike list[] = {{'o', "0"}, {'l', "1"}, {'I', "l"}, {'O', "0"},
                                                {'S', "5"}, {'B', "8"}, {'Z', "2"}, {'g', "9"},
                                                {'b', "6"}, {'e', "c"}, {'h', "b"}, {'u', "v"}};
  (void)params;
  return fray_look_alikes(list, FRAY_COUNT(list), share, text, place, err);
}

/* More letters among the same ones. */
static const struct fray_signal_ops signal_ops = FRAY_SIGNAL_OPS(FRAY_TEXT);
static const struct fray_corruption_ops ops = {.words = "misread letters in the %s",
                                               .category = FRAY_CATEGORY_NOISE,
                                               .brief = "misread letters",
                                               .strength = {"share", "share", 0, 1},
                                               .modalities_key = true,
                                               .usual = true,
                                               .signal = &signal_ops};
const struct fray_choice fray_corruption_ocr = {
    .name = "ocr",
    .meaning = "Texts with misread letters, as of scanned pages.",
    .source = "a table of look-alikes, each letter of it with probability share",
    .table = &table,
    .impl = &ops};
