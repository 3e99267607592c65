/* Text from data on its way into HTML, and numbers with sensible digits. */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include "fray/base/text.h"

#include <stdbool.h>
#include <stddef.h>

/** Appends text that HTML, SVG and attribute values in quotes show as it is; control characters,
 *  those that turn the direction of writing, and bytes that are not UTF-8 become U+FFFD. */
void fray_rep_html(struct fray_text *out, const char *text);
/** A character of n bytes, n > 1, that no output may show: it turns the direction of what stands
 * behind it, is a control character, or no character at all. */
bool fray_rep_is_unfit(const char *character, size_t n);
/** Code points of a UTF-8 text. */
size_t fray_rep_length(const char *text);

/** A score: one decimal of a percent, or three significant digits; a dash for NaN. */
void fray_rep_put_score(struct fray_text *out, double value, bool percent);
/** "3.2 to 5.1", or a dash when there is none. */
void fray_rep_put_range(struct fray_text *out, double low, double high, bool percent);
/** A rate or count: three significant digits; a dash for NaN. */
void fray_rep_put_number(struct fray_text *out, double value);

#endif
