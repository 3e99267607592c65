/* A picture that is drawn into, pixel by pixel: contact sheets show values as they are, so nothing
 * may be resampled on the way, and their bytes are the same wherever they are drawn. */
#ifndef REPORT_SHEET_CANVAS_H
#define REPORT_SHEET_CANVAS_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SHEET_LETTER_WIDE = 6, SHEET_LETTER_HIGH = 13 }; /* pixels of every character */

/** (height, width, 3), red first; rows from the top. */
struct sheet_canvas {
  uint8_t *x;
  size_t height, width;
};
/** A part of it, in pixels; x to the right, y down. */
struct sheet_box {
  size_t x, y, wide, high;
};

/** White. Memory of arena. MEMORY. */
enum fray_status sheet_canvas_make(size_t height, size_t width, struct fray_arena *arena,
                                   struct sheet_canvas *out, struct fray_err *err);
/** colour: 0xrrggbb. What lies beyond the canvas is left out, here and below. */
void sheet_fill(struct sheet_canvas *canvas, const struct sheet_box *box, uint32_t colour);
/** Mixes the colour in: cover 0 (nothing) to 1. */
void sheet_dot(struct sheet_canvas *canvas, size_t x, size_t y, uint32_t colour, double cover);
/** A column x from top to bottom, where a pixel y reaches from y to y + 1. */
void sheet_span(struct sheet_canvas *canvas, size_t x, double top, double bottom, uint32_t colour);

/** Rows of a character, 6 bits each with the leftmost as 32; of one that is not in the font those
 *  of U+FFFD. Static storage. */
const uint8_t *sheet_letter(uint32_t code);
/** n bytes of UTF-8 from the left upper corner on; ill-formed bytes as U+FFFD. Returns the pixels
 *  that they take. */
size_t sheet_put_text(struct sheet_canvas *canvas, size_t x, size_t y, const char *text, size_t n,
                      uint32_t colour);
/** The same broken at blanks into lines of the box's width; what does not fit is left out. Returns
 *  how many lines there are. */
size_t sheet_put_lines(struct sheet_canvas *canvas, const struct sheet_box *box, const char *text,
                       uint32_t colour);

#endif
