/* Drawing into pixels: boxes, lines, letters.
 *
 * Figures of the report are drawn by gnuplot or as SVG, where a machine's fonts decide on the
 * bytes and pictures are resampled. A sheet is made of pixels that mean something: each of a
 * picture's is one square, and letters are dots of a fixed size beside them. */
#include "canvas.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"

#include <math.h>
#include <string.h>

enum fray_status sheet_canvas_make(size_t height, size_t width, struct fray_arena *arena,
                                   struct sheet_canvas *out, struct fray_err *err) {
  /* Memory of an arena is not cleared, and paper is white. */
  *out = (struct sheet_canvas){.height = height, .width = width};
  FRAY_ALLOC(out->x, arena, height * width * 3, err);
  memset(out->x, 0xff, height * width * 3);
  return FRAY_OK;
}

void sheet_dot(struct sheet_canvas *canvas, size_t x, size_t y, uint32_t colour, double cover) {
  /* Of a size_t what lies left of the canvas is far to the right. */
  if (x >= canvas->width || y >= canvas->height)
    return;
  uint8_t *at = canvas->x + (y * canvas->width + x) * 3;
  for (int c = 0; c < 3; c++) {
    const double to = colour >> (16 - 8 * c) & 255;
    at[c] = (uint8_t)lrint(at[c] + (to - at[c]) * cover);
  }
}

void sheet_fill(struct sheet_canvas *canvas, const struct sheet_box *box, uint32_t colour) {
  for (size_t y = box->y; y < FRAY_MIN(box->y + box->high, canvas->height); y++)
    for (size_t x = box->x; x < FRAY_MIN(box->x + box->wide, canvas->width); x++)
      sheet_dot(canvas, x, y, colour, 1);
}

/* A pixel at the end of the span is covered by as much of it as lies in the span. In eighths: few
 * colours are a palette, which is half the file. */
void sheet_span(struct sheet_canvas *canvas, size_t x, double top, double bottom, uint32_t colour) {
  for (double y = fmax(floor(top), 0); y < bottom && y < (double)canvas->height; y++) {
    const double cover = fmin(bottom, y + 1) - fmax(top, y);
    sheet_dot(canvas, x, (size_t)y, colour, rint(8 * cover) / 8);
  }
}

/* ---- letters ---- */

static const struct letter {
  uint32_t code;
  uint8_t row[SHEET_LETTER_HIGH];
} letters[] = {
#include "glyphs.inc"
};

/* A few hundred at most, and a sheet has some thousand letters: no need for more than looking. */
const uint8_t *sheet_letter(uint32_t code) {
  const uint8_t *none = NULL;
  for (size_t i = 0; i < FRAY_COUNT(letters); i++) {
    if (letters[i].code == code)
      return letters[i].row;
    if (letters[i].code == FRAY_UTF8_REPLACEMENT)
      none = letters[i].row;
  }
  return none;
}

static void put_letter(struct sheet_canvas *canvas, size_t x, size_t y, uint32_t code,
                       uint32_t colour) {
  const uint8_t *row = sheet_letter(code);
  for (size_t i = 0; i < SHEET_LETTER_HIGH; i++)
    for (size_t j = 0; j < SHEET_LETTER_WIDE; j++)
      if (row[i] >> (SHEET_LETTER_WIDE - 1 - j) & 1)
        sheet_dot(canvas, x + j, y + i, colour, 1);
}

/* Every character has one column: marks that stand on others come beside them. */
size_t sheet_put_text(struct sheet_canvas *canvas, size_t x, size_t y, const char *text, size_t n,
                      uint32_t colour) {
  size_t wide = 0;
  for (size_t i = 0; i < n; wide += SHEET_LETTER_WIDE) {
    uint32_t code;
    i += fray_utf8_read(text + i, n - i, &code);
    put_letter(canvas, x + wide, y, code, colour);
  }
  return wide;
}

/* Labels are words of ours, in ASCII: a byte is a column. */
size_t sheet_put_lines(struct sheet_canvas *canvas, const struct sheet_box *box, const char *text,
                       uint32_t colour) {
  const size_t columns = box->wide / SHEET_LETTER_WIDE;
  size_t lines = 0;
  while (*text) {
    size_t n = strlen(text);
    if (n > columns) {
      n = columns;
      while (n > 0 && text[n] != ' ')
        n--;
      n = n ? n : columns; /* a word that alone is wider */
    }
    if ((lines + 1) * SHEET_LETTER_HIGH <= box->high)
      sheet_put_text(canvas, box->x, box->y + lines * SHEET_LETTER_HIGH, text, n, colour);
    lines++;
    text += n;
    text += *text == ' ';
  }
  return lines;
}
