/* One value as pixels: a picture as it is, a spectrogram below a wave, traces, bars, marked words.
 */
#ifndef REPORT_SHEET_CELLS_H
#define REPORT_SHEET_CELLS_H

#include "canvas.h"

#include "fray/corrupt/signal.h"

enum {
  SHEET_INK = 0x1d1f21,
  SHEET_MUTED = 0x5f666d,
  SHEET_MARK = 0xb3261e, /* of words that changed */
  SHEET_FRAME = 0xd5d9dd
};

/** Room that a value like this one takes, without a caption. */
void sheet_cell_size(const struct fray_signal *clean, size_t *wide, size_t *high);
/** Draws a value into its box, on the scale of `clean`: what left the scale is cut at its ends.
 *  Both of one modality. Memory: scratch. MEMORY. */
enum fray_status sheet_put_cell(struct sheet_canvas *canvas, const struct sheet_box *box,
                                const struct fray_signal *x, const struct fray_signal *clean,
                                struct fray_arena *scratch, struct fray_err *err);

#endif
