/* Speed probe, not a test: least time per pass of the encoder that the UCI-HAR model has twice
 * (128 steps x 3 channels, filters 32, 64, 128, GRU 128), over many repetitions.
 *
 *   cmake --build build --target speed_conv_gru && env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE \
 *     build/tests/nn/speed_conv_gru [repetitions] */
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/encoder/encoder.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIME = 128, CHANNELS = 3, WIDTH = 128, TRAIN = 16, EVALUATE = 256 };

struct probe {
  struct fray_arena plans, pass;
  struct fray_param_table table;
  const struct fray_encoder_ops *ops;
  struct fray_encoder *encoder;
  float *w, *grad, *x, *dtokens;
  int32_t length[EVALUATE];
};

static void must(enum fray_status status, const struct fray_err *err) {
  if (status == FRAY_OK)
    return;
  fprintf(stderr, "%s\n", err->text);
  exit(1);
}

static float *noise(struct fray_arena *arena, size_t n, const char *purpose) {
  float *v = fray_arena_alloc(arena, n, sizeof *v);
  struct fray_rng rng = fray_rng_for(1, purpose, 0, 0, 0);
  for (size_t i = 0; v && i < n; i++)
    v[i] = (float)fray_rng_normal(&rng);
  return v;
}

static void prepare(struct probe *p) {
  struct fray_err err = {0};
  const struct fray_choice *choice = fray_choice_find(&fray_encoders, "conv_gru");
  void *params = calloc(1, choice->table->size);
  must(fray_schema_read(choice->table, NULL, "", params, &p->plans, &err), &err);
  p->table.arena = &p->plans;
  p->ops = choice->impl;
  const struct fray_feature_shape shape = {FRAY_FEATURE_SEQUENCE, TIME, 1, 1, CHANNELS, 0};
  const struct fray_model_part part = {
      .scope = {&p->table, "acc", 0}, .width = WIDTH, .dropout = 0.1};
  must(p->ops->plan(params, &shape, &part, &p->encoder, &err), &err);
  free(params);
  p->w = noise(&p->plans, p->table.total, "w");
  fray_param_init(&p->table, 1, p->w);
  p->grad = fray_arena_zero(&p->plans, p->table.total, sizeof *p->grad);
  p->x = noise(&p->plans, (size_t)EVALUATE * TIME * CHANNELS, "x");
  p->dtokens = noise(&p->plans, (size_t)EVALUATE * TIME * WIDTH, "d");
  for (size_t i = 0; i < EVALUATE; i++)
    p->length[i] = TIME;
}

/* Seconds of a forward pass over n samples and, when training, of the backward pass. */
static void once(struct probe *p, size_t n, bool train, double *forward, double *backward) {
  struct fray_err err = {0};
  const struct fray_feature_batch in = {.n = n, .time = TIME, .x = p->x, .length = p->length};
  const struct fray_pass pass = {
      .train = train, .seed = 1, .w = p->w, .grad = p->grad, .arena = &p->pass};
  struct fray_tokens tokens;
  void *tape = NULL;
  fray_arena_reset(&p->pass);
  const double start = fray_seconds();
  must(p->ops->forward(p->encoder, &in, &pass, &tokens, &tape, &err), &err);
  const double middle = fray_seconds();
  *forward = FRAY_MIN(*forward, middle - start);
  if (!train)
    return;
  must(p->ops->backward(p->encoder, tape, p->dtokens, &pass, &err), &err);
  *backward = FRAY_MIN(*backward, fray_seconds() - middle);
}

int main(int argc, char **argv) {
  const int repetitions = argc > 1 ? atoi(argv[1]) : 300;
  struct probe *p = calloc(1, sizeof *p);
  if (!p)
    return 1;
  fray_blas_start(NULL);
  prepare(p);
  double forward = 1e9, backward = 1e9, evaluate = 1e9, none = 0;
  for (int i = 0; i < repetitions; i++)
    once(p, TRAIN, true, &forward, &backward);
  for (int i = 0; i < repetitions / 4 + 1; i++)
    once(p, EVALUATE, false, &evaluate, &none);
  const char *pinned = fray_blas_pinned();
  printf("kernel %s%s%s, vectors %s\n", fray_blas_kernel(), pinned ? ", pinned by " : "",
         pinned ? pinned : "", fray_vec_level());
  printf("batch %d: forward %.3f ms, backward %.3f ms; two encoders, both: %.3f ms\n", TRAIN,
         1e3 * forward, 1e3 * backward, 2e3 * (forward + backward));
  printf("batch %d: forward %.3f ms; two encoders: %.4f ms per sample\n", EVALUATE, 1e3 * evaluate,
         2e3 * evaluate / EVALUATE);
  fray_arena_free(&p->pass);
  fray_arena_free(&p->plans);
  free(p);
  return 0;
}
