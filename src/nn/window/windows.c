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

/* The weights as the right factor, (window, out). */
static enum fray_status make_right(const struct windows *g, const float *w,
                                   struct fray_arena *arena, float **out, struct fray_err *err) {
  FRAY_ALLOC(*out, arena, window_of(g) * g->out, err);
  fray_transpose(g->out, window_of(g), w, *out);
  return FRAY_OK;
}

enum fray_status windows_forward(const struct windows *g, const float *w,
                                 const struct fray_steps *x, float *y, struct fray_arena *arena,
                                 struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  struct frames f;
  float *right;
  FRAY_TRY(make_frames(g, g->in, g->high / 2, g->wide / 2, 1, arena, &f, err));
  FRAY_TRY(make_right(g, w, arena, &right, err));
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

/* What a band holds is taken while it is in the nearest cache: all of a batch is the largest thing
 * that forward makes. */
enum fray_status windows_forward_bands(const struct windows *g, const float *w,
                                       const struct fray_steps *x,
                                       const struct windows_bands *bands, struct fray_arena *arena,
                                       struct fray_err *err) {
  enum { LINES = 2 };
  const struct fray_arena_place mark = fray_arena_mark(arena);
  struct frames f;
  float *right, *y;
  FRAY_TRY(make_frames(g, g->in, g->high / 2, g->wide / 2, 1, arena, &f, err));
  FRAY_TRY(make_right(g, w, arena, &right, err));
  FRAY_ALLOC(y, arena, LINES * g->width * g->out, err);
  for (size_t i = 0; i < x->n; i++) {
    const float *frame = put_in_frame(g, &f, 0, g->width, fray_steps_at(x, i, g->in));
    for (size_t r = 0; r < g->height; r += LINES) {
      struct fray_left cells = cells_of(g, &f, g->width, frame + r * f.line);
      cells.lines = FRAY_MIN(g->height - r, (size_t)LINES);
      fray_product(&cells, g->out, right, g->out, false, y, g->out);
      bands->take(bands->user, i, r, cells.lines, y);
    }
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* Whether a window fills the panels of a product, and filters a block: then the gradient of the
 * weights is made where it belongs, filter by filter. */
enum { PANEL = 64, BLOCK = 5 };

static bool by_filter(const struct windows *g) {
  return g->high == 1 && window_of(g) % PANEL == 0 && g->out >= BLOCK;
}

/* Whether a line of a window fills vectors, and filters a block: then the gradient of the weights
 * is made where it belongs, filter by filter. */
/* Gradients of y: lines of cells, `line` floats apart. */
struct slopes {
  const float *x;
  size_t line;
};

/* dw (out, window) += the gradient of n framed samples: filters by cells, times the windows that
 * these cells see. Over time the cells of n framed samples follow each
 * other, so that a sum over few steps does not begin and end too often; of pictures there is one.
 */
static void add_by_filter(const struct windows *g, const struct frames *f, size_t width, size_t n,
                          const struct slopes *dy, float *dw) {
  const struct fray_left filters = {.x = dy->x,
                                    .lines = 1,
                                    .rows = g->out,
                                    .row = 1,
                                    .runs = n,
                                    .leap = dy->line,
                                    .run = width,
                                    .step = g->out,
                                    .gap = f->line - width * g->in};
  fray_product(&filters, window_of(g), f->x, g->in, true, dw, window_of(g));
}

/* The same as sum (window, out), its transpose: a row for each value of a window, by all cells that
 * it is seen from. */
static void sum_by_place(const struct windows *g, const struct frames *f, size_t width, size_t n,
                         const struct slopes *dy, bool add, float *sum) {
  const struct fray_left places = {.x = f->x,
                                   .lines = g->high,
                                   .line = f->line,
                                   .rows = g->wide * g->in,
                                   .row = 1,
                                   .runs = g->height * n,
                                   .leap = f->line,
                                   .run = width,
                                   .step = g->in,
                                   .gap = dy->line - width * g->out};
  fray_product(&places, g->out, dy->x, g->out, add, sum, g->out);
}

/* How many samples from i on are framed together: neighbours over time that are as long. */
static size_t alike(const struct windows *g, const struct fray_steps *x, size_t i, size_t most) {
  size_t m = 1;
  while (m < most && i + m < x->n && width_of(g, x, i + m) == width_of(g, x, i))
    m++;
  return m;
}

/* The gradient of the weights on its way: in dw itself, or as its transpose that is added at last.
 */
struct weights_run {
  float *dw, *sum; /* sum (window, out), or NULL */
  bool begun;
};

/* The first samples set the sum, so that it need not be cleared; dw goes on from what it holds. */
static enum fray_status begin_weights(const struct windows *g, float *dw, struct fray_arena *arena,
                                      struct weights_run *out, struct fray_err *err) {
  *out = (struct weights_run){.dw = dw};
  if (!by_filter(g))
    FRAY_ALLOC(out->sum, arena, window_of(g) * g->out, err);
  return FRAY_OK;
}

static void add_samples(const struct windows *g, const struct frames *f, size_t width, size_t n,
                        const struct slopes *dy, struct weights_run *run) {
  if (run->sum)
    sum_by_place(g, f, width, n, dy, run->begun, run->sum);
  else
    add_by_filter(g, f, width, n, dy, run->dw);
  run->begun = true;
}

/* A filter lies as a window does, which the sum has as its rows. */
static enum fray_status end_weights(const struct windows *g, struct fray_arena *arena,
                                    const struct weights_run *run, struct fray_err *err) {
  float *across;
  if (!run->sum || !run->begun)
    return FRAY_OK;
  FRAY_ALLOC(across, arena, window_of(g) * g->out, err);
  fray_transpose(window_of(g), g->out, run->sum, across);
  fray_vec_axpy(window_of(g) * g->out, 1, across, run->dw);
  return FRAY_OK;
}

static enum fray_status weights_backward(const struct windows *g, const struct fray_steps *x,
                                         const float *dy, float *dw, struct fray_arena *arena,
                                         struct fray_err *err) {
  struct frames f;
  struct weights_run run;
  const size_t most = FRAY_MIN(x->n, FRAMED_FLOATS / ((g->width + g->wide - 1) * g->in) + 1);
  FRAY_TRY(make_frames(g, g->in, g->high / 2, g->wide / 2, most, arena, &f, err));
  FRAY_TRY(begin_weights(g, dw, arena, &run, err));
  for (size_t i = 0, m; i < x->n; i += m) {
    const size_t width = width_of(g, x, i);
    m = alike(g, x, i, most);
    for (size_t j = 0; j < m; j++)
      put_in_frame(g, &f, j, width, fray_steps_at(x, i + j, g->in));
    const struct slopes slopes = {dy + fray_steps_before(x, i) * g->out, width * g->out};
    add_samples(g, &f, width, m, &slopes, &run);
  }
  return end_weights(g, arena, &run, err);
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

/* Where a gradient is made that goes back at once: the zeros around it stay. */
static float *first_cell(const struct frames *f) {
  return f->x + f->above * f->line + f->before * f->depth;
}

/* dx of the sample whose gradient is framed. */
static void cells_backward(const struct windows *g, const struct way_back *back, size_t width,
                           float *dx) {
  const struct fray_left left = cells_of(g, &back->f, width, back->f.x);
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
      const size_t before = fray_steps_before(x, i), width = width_of(g, x, i);
      put_in_frame(g, &back.f, 0, width, dy + before * g->out);
      cells_backward(g, &back, width, dx + before * g->in);
    }
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* Row after row, as of lines that follow one another. */
static void add_bias(const struct windows *g, const struct slopes *dy, float *db) {
  for (size_t r = 0; r < g->height; r++)
    fray_column_sums(g->width, g->out, dy->x + r * dy->line, g->out, 1, db);
}

/* All that is done with a sample's gradient follows at once, while it is in the nearest caches: of
 * a batch it is the largest thing that training makes, and would come back from further away for
 * each of the three. It is made in the frame that its windows are taken from. Sums go on from
 * sample to sample, so their order is that of the batch, and dw gets one sum, as if the whole
 * gradient had been there. */
enum fray_status windows_backward_each(const struct windows *g, const float *w,
                                       const struct fray_steps *x, const struct windows_slope *dy,
                                       float *dw, float *db, float *dx, struct fray_arena *arena,
                                       struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  const size_t cells = g->height * g->width;
  struct frames f;
  struct way_back back;
  struct weights_run run;
  FRAY_TRY(make_frames(g, g->in, g->high / 2, g->wide / 2, 1, arena, &f, err));
  FRAY_TRY(begin_weights(g, dw, arena, &run, err));
  FRAY_TRY(make_way_back(g, w, arena, &back, err));
  float *const first = first_cell(&back.f);
  const struct slopes slopes = {first, back.f.line};
  for (size_t i = 0; i < x->n; i++) {
    dy->put(dy->user, i, first, back.f.line);
    add_bias(g, &slopes, db);
    put_in_frame(g, &f, 0, g->width, fray_steps_at(x, i, g->in));
    add_samples(g, &f, g->width, 1, &slopes, &run);
    if (dx)
      cells_backward(g, &back, g->width, dx + i * cells * g->in);
  }
  FRAY_TRY(end_weights(g, arena, &run, err));
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}
