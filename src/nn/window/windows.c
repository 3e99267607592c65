/* Convolutions without gathered windows. A sample is copied once into a frame of zeros; there every
 * line of a window is a run of values that lie one behind the other, and the windows of
 * neighbouring cells overlap, which fray_product can multiply as they are. */
#include "windows.h"

#include "fray/base/size.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <string.h>

/* Floats of framed samples at once where products go over several: 256 KiB, a share of the
 * second-level cache. A sum's order is that of the samples, so they depend on sizes alone. */
enum { FRAMED_FLOATS = 1 << 16 };

/* Samples in frames: `depth` values a cell, `above` lines and `before` cells of zeros first. */
struct frames {
  size_t depth, above, before;
  size_t line, size; /* floats of a line, and of a frame */
  float *x;
};

/* For `at_once` samples; the zeros are written once, as samples only replace each other. */
static enum fray_status make_frames(const struct windows *g, size_t depth, size_t above,
                                    size_t before, size_t at_once, struct fray_arena *arena,
                                    struct frames *out, struct fray_err *err) {
  const size_t line = (g->width + g->wide - 1) * depth;
  *out = (struct frames){.depth = depth, .above = above, .before = before, .line = line};
  out->size = (g->height + g->high - 1) * line;
  FRAY_ALLOC_ZERO(out->x, arena, at_once * out->size, err);
  return FRAY_OK;
}

/* Cells of a line of sample i: all alike in pictures, over time as many as it has. */
static size_t width_of(const struct windows *g, const struct fray_steps *x, size_t i) {
  return fray_steps_rows(x, i) / g->height;
}

/* As frame i. What a longer sample left behind a shorter one's end is cleared as far as its windows
 * see. */
static float *put_in_frame(const struct windows *g, const struct frames *f, size_t i, size_t width,
                           const float *x) {
  float *frame = f->x + i * f->size, *to = frame + f->above * f->line + f->before * f->depth;
  const size_t floats = width * f->depth;
  for (size_t r = 0; r < g->height; r++, to += f->line, x += floats)
    memcpy(to, x, floats * sizeof *to);
  if (width < g->width)
    memset(to - f->line + floats, 0, (g->wide - 1 - f->before) * f->depth * sizeof *to);
  return frame;
}

/* Every cell of a framed sample with its window: a row of height x width, by high x wide x depth.
 */
static struct fray_left cells_of(const struct windows *g, const struct frames *f, size_t width,
                                 const float *frame) {
  return (struct fray_left){.x = frame,
                            .lines = g->height,
                            .line = f->line,
                            .rows = width,
                            .row = f->depth,
                            .runs = g->high,
                            .leap = f->line,
                            .run = g->wide * f->depth,
                            .step = 1};
}

static size_t window_of(const struct windows *g) {
  return g->high * g->wide * g->in;
}

enum fray_status windows_forward(const struct windows *g, const float *w,
                                 const struct fray_steps *x, float *y, struct fray_arena *arena,
                                 struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  const size_t window = window_of(g);
  struct frames f;
  float *right; /* (window, out) */
  FRAY_TRY(make_frames(g, g->in, g->high / 2, g->wide / 2, 1, arena, &f, err));
  FRAY_ALLOC(right, arena, window * g->out, err);
  fray_transpose(g->out, window, w, right);
  for (size_t i = 0; i < x->n; i++) {
    const size_t width = width_of(g, x, i);
    const struct fray_left cells =
        cells_of(g, &f, width, put_in_frame(g, &f, 0, width, fray_steps_at(x, i, g->in)));
    fray_product(&cells, g->out, right, g->out, false, y + fray_steps_before(x, i) * g->out,
                 g->out);
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* The transpose of cells_of: a row for each value of a window, by all cells that it is seen from.
 * Over time the cells of `n` framed samples follow each other, so that a sum over few steps does
 * not begin and end too often; of pictures there is one. */
static struct fray_left places_of(const struct windows *g, const struct frames *f, size_t width,
                                  size_t n) {
  return (struct fray_left){.x = f->x,
                            .lines = g->high,
                            .line = f->line,
                            .rows = g->wide * g->in,
                            .row = 1,
                            .runs = g->height * n,
                            .leap = f->line,
                            .run = width,
                            .step = g->in};
}

/* How many samples from i on are framed together: neighbours over time that are as long. */
static size_t alike(const struct windows *g, const struct fray_steps *x, size_t i, size_t most) {
  size_t m = 1;
  while (m < most && i + m < x->n && width_of(g, x, i + m) == width_of(g, x, i))
    m++;
  return m;
}

/* dw (out, window) += sum (window, out), by way of its transpose: a filter lies as a window does,
 * which the product has as its rows. */
static void add_turned(const struct windows *g, const float *sum, float *across, float *dw) {
  fray_transpose(window_of(g), g->out, sum, across);
  fray_vec_axpy(window_of(g) * g->out, 1, across, dw);
}

static enum fray_status weights_backward(const struct windows *g, const struct fray_steps *x,
                                         const float *dy, float *dw, struct fray_arena *arena,
                                         struct fray_err *err) {
  const size_t window = window_of(g);
  struct frames f;
  float *sum, *across; /* (window, out), and its transpose */
  const size_t most = FRAY_MIN(x->n, FRAMED_FLOATS / ((g->width + g->wide - 1) * g->in) + 1);
  FRAY_TRY(make_frames(g, g->in, g->high / 2, g->wide / 2, most, arena, &f, err));
  FRAY_ALLOC(sum, arena, window * g->out, err);
  FRAY_ALLOC(across, arena, window * g->out, err);
  for (size_t i = 0, m; i < x->n; i += m) {
    const size_t width = width_of(g, x, i);
    m = alike(g, x, i, most);
    for (size_t j = 0; j < m; j++)
      put_in_frame(g, &f, j, width, fray_steps_at(x, i + j, g->in));
    const struct fray_left places = places_of(g, &f, width, m);
    fray_product(&places, g->out, dy + fray_steps_before(x, i) * g->out, g->out, i > 0, sum,
                 g->out);
  }
  add_turned(g, sum, across, dw);
  return FRAY_OK;
}

/* Weights (window of `out`, in) with the window turned round: a cell gets from the cell that is d
 * further what that one's window holds at -d. */
static void turn_weights(const struct windows *g, const float *w, float *out) {
  const size_t places = g->high * g->wide;
  for (size_t p = 0; p < places; p++)
    for (size_t o = 0; o < g->out; o++, out += g->in)
      memcpy(out, w + (o * places + places - 1 - p) * g->in, g->in * sizeof *out);
}

/* What the gradient of x is made with: the same product, of frames that hold gradients. */
struct way_back {
  struct frames f;
  float *right; /* turned weights */
};

/* Even windows have their larger side the other way round. */
static enum fray_status make_way_back(const struct windows *g, const float *w,
                                      struct fray_arena *arena, struct way_back *out,
                                      struct fray_err *err) {
  FRAY_TRY(make_frames(g, g->out, g->high - 1 - g->high / 2, g->wide - 1 - g->wide / 2, 1, arena,
                       &out->f, err));
  FRAY_ALLOC(out->right, arena, g->high * g->wide * g->out * g->in, err);
  turn_weights(g, w, out->right);
  return FRAY_OK;
}

static void cells_backward(const struct windows *g, const struct way_back *back, size_t width,
                           const float *dy, float *dx) {
  const struct fray_left left =
      cells_of(g, &back->f, width, put_in_frame(g, &back->f, 0, width, dy));
  fray_product(&left, g->in, back->right, g->in, false, dx, g->in);
}

enum fray_status windows_backward(const struct windows *g, const float *w,
                                  const struct fray_steps *x, const float *dy, float *dw, float *dx,
                                  struct fray_arena *arena, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  if (x->n > 0)
    FRAY_TRY(weights_backward(g, x, dy, dw, arena, err));
  fray_arena_rewind(arena, mark);
  if (dx) {
    struct way_back back;
    FRAY_TRY(make_way_back(g, w, arena, &back, err));
    for (size_t i = 0; i < x->n; i++) {
      const size_t before = fray_steps_before(x, i);
      cells_backward(g, &back, width_of(g, x, i), dy + before * g->out, dx + before * g->in);
    }
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* All that is done with a sample's gradient follows at once, while it is in the nearest caches: of
 * a batch it is the largest thing that training makes, and would come back from further away for
 * each of the three. Sums go on from sample to sample, so their order is that of the batch, and dw
 * gets one sum, as if the whole gradient had been there. */
enum fray_status windows_backward_each(const struct windows *g, const float *w,
                                       const struct fray_steps *x, const struct windows_slope *dy,
                                       float *dw, float *db, float *dx, struct fray_arena *arena,
                                       struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  const size_t window = window_of(g), cells = g->height * g->width;
  struct frames f;
  struct way_back back;
  float *sum, *across;
  FRAY_TRY(make_frames(g, g->in, g->high / 2, g->wide / 2, 1, arena, &f, err));
  FRAY_ALLOC(sum, arena, window * g->out, err);
  FRAY_ALLOC(across, arena, window * g->out, err);
  if (dx)
    FRAY_TRY(make_way_back(g, w, arena, &back, err));
  for (size_t i = 0; i < x->n; i++) {
    const float *d = dy->of(dy->user, i);
    const struct fray_left places = places_of(g, &f, g->width, 1);
    fray_column_sums(cells, g->out, d, g->out, 1, db);
    put_in_frame(g, &f, 0, g->width, fray_steps_at(x, i, g->in));
    fray_product(&places, g->out, d, g->out, i > 0, sum, g->out);
    if (dx)
      cells_backward(g, &back, g->width, d, dx + i * cells * g->in);
  }
  if (x->n > 0)
    add_turned(g, sum, across, dw);
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}
