/* Colours of the drawings, on the page and on paper. */
#ifndef REPORT_PALETTE_H
#define REPORT_PALETTE_H

#include "fray/base/text.h"

#include <stdbool.h>

enum { FRAY_REP_COLOURS = 8, FRAY_REP_SHADES = 9 };

/** Of the series on a light ground, as "#rrggbb": after Okabe and Ito, moved apart until neighbours
 *  differ for protanopes, deuteranopes and in grey, at a contrast of 3 or more. */
extern const char *const fray_rep_colour[FRAY_REP_COLOURS];
/** Of a heat map: sequential from low to high, diverging around shade 4. On light and dark ground
 *  the same, so that the numbers on them keep their contrast. */
extern const char *const fray_rep_heat[FRAY_REP_SHADES], *const fray_rep_diverging[FRAY_REP_SHADES];
/** True where numbers on the shade are to be white, else they are black; contrast is 4.5 or more.
 */
bool fray_rep_white_on(bool diverging, size_t shade);

/** Declares --c0..--c7, --h0..--h8 and --d0..--d8 (to stand inside a CSS rule). */
void fray_rep_palette_css(bool dark, struct fray_text *out);
/** CSS rules of the drawings and their legends. They use the palette and --ink, --muted, --grid and
 *  --ground. Static storage. */
const char *fray_rep_figure_css(void);

#endif
