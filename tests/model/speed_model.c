/* Speed of the UCI-HAR model (two series of 128 x 3, hidden 128, attention, 6 classes) on one core:
 * milliseconds per training step at batch 16, and per evaluated sample at several block sizes.
 * Medians over repeats. Not a test: build target speed_model, run with OPENBLAS_CORETYPE unset. */
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/model/model.h"
#include "fray/nn/optimiser.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIME = 128, CHANNELS = 3, CLASSES = 6, BATCH = 16, STEPS = 200, LARGEST = 512 };

#define OK(expr)                                                                                   \
  do {                                                                                             \
    struct fray_err err = {0};                                                                     \
    if ((expr) != FRAY_OK) {                                                                       \
      fprintf(stderr, "%s\n", err.text);                                                           \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

struct bench {
  struct fray_arena fixed, arena;
  struct fray_model *model;
  const struct fray_param_table *table;
  float *w, *grad, *velocity;
  uint32_t *steps;
  float *x[2];
  int32_t length[LARGEST], row[LARGEST], label[LARGEST];
};

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *seconds, size_t n) {
  qsort(seconds, n, sizeof *seconds, by_value);
  return seconds[n / 2];
}

static void setup(struct bench *b) {
  struct fray_model_config config;
  struct fray_node *node;
  OK(fray_yaml_parse("{}", "speed", &b->fixed, &node, &err));
  OK(fray_schema_read(&fray_model_table, node, "model", &config, &b->fixed, &err));
  const struct fray_feature_shape series = {FRAY_FEATURE_SEQUENCE, TIME, 1, 1, CHANNELS, 0};
  const struct fray_feature_shape shapes[] = {series, series};
  OK(fray_model_new(
      &config, &(struct fray_model_data){2, CLASSES, (const char *[]){"acc", "gyro"}, shapes, NULL},
      &b->model, &err));
  b->table = fray_model_params(b->model);
  const size_t total = b->table->total;
  b->w = fray_arena_zero(&b->fixed, total, sizeof *b->w);
  b->grad = fray_arena_zero(&b->fixed, total, sizeof *b->grad);
  b->velocity = fray_arena_zero(&b->fixed, total, sizeof *b->velocity);
  b->steps = fray_arena_zero(&b->fixed, b->table->n, sizeof *b->steps);
  fray_param_init(b->table, 1, b->w);
  for (size_t m = 0; m < 2; m++) {
    const size_t n = LARGEST * TIME * CHANNELS;
    b->x[m] = fray_arena_alloc(&b->fixed, n, sizeof *b->x[m]);
    struct fray_rng rng = fray_rng_for(1, "speed", m, 0, 0);
    for (size_t i = 0; i < n; i++)
      b->x[m][i] = (float)fray_rng_normal(&rng);
  }
  for (int32_t i = 0; i < LARGEST; i++) {
    b->length[i] = TIME;
    b->row[i] = i;
    b->label[i] = i % CLASSES;
  }
}

static double time_training(struct bench *b) {
  struct fray_local_config local;
  OK(fray_schema_read(&fray_local_table, NULL, "", &local, &b->fixed, &err));
  local.lr = 0.01;
  const int32_t *row[2] = {b->row, b->row};
  static double seconds[STEPS];
  for (size_t k = 0; k < STEPS; k++) {
    const size_t at = k % (LARGEST / BATCH) * BATCH;
    struct fray_feature_batch feature[2];
    for (size_t m = 0; m < 2; m++)
      feature[m] =
          (struct fray_feature_batch){BATCH, TIME, b->x[m] + at * TIME * CHANNELS, b->length};
    const struct fray_batch batch = {
        .n = BATCH, .feature = feature, .row = row, .label = b->label + at};
    const struct fray_pass pass = {
        .train = true, .step = k, .w = b->w, .grad = b->grad, .arena = &b->arena};
    struct fray_step step;
    const double start = fray_seconds();
    OK(fray_model_step(b->model, &batch, NULL, &pass, &step, &err));
    fray_optimiser_step(
        &(struct fray_optimiser){
            .table = b->table, .config = &local, .state = b->velocity, .steps = b->steps},
        step.used, b->w, b->grad);
    seconds[k] = fray_seconds() - start;
  }
  return median(seconds, STEPS);
}

/* Per sample: encoding, and one classification of the encoded block. */
static void time_evaluation(struct bench *b, size_t block, double *encode, double *classify) {
  enum { REPEATS = 15 };
  double first[REPEATS], second[REPEATS];
  static float logits[LARGEST * CLASSES];
  const struct fray_feature_batch feature[2] = {{block, TIME, b->x[0], b->length},
                                                {block, TIME, b->x[1], b->length}};
  const int32_t *row[2] = {b->row, b->row};
  const struct fray_batch batch = {.n = block, .feature = feature, .row = row};
  const struct fray_pass pass = {.w = b->w, .arena = &b->arena};
  for (size_t k = 0; k < REPEATS; k++) {
    struct fray_encoded *encoded;
    const double start = fray_seconds();
    OK(fray_model_encode(b->model, &batch, &pass, &encoded, &err));
    const double middle = fray_seconds();
    OK(fray_model_classify(b->model, encoded, NULL, &pass, logits, &err));
    first[k] = middle - start;
    second[k] = fray_seconds() - middle;
    fray_arena_reset(&b->arena);
  }
  *encode = median(first, REPEATS) / (double)block;
  *classify = median(second, REPEATS) / (double)block;
}

int main(void) {
  fray_blas_start(NULL);
  static struct bench b;
  setup(&b);
  printf("%zu parameters, OpenBLAS %s%s, vectors %s\n", b.table->count, fray_blas_kernel(),
         fray_blas_pinned() ? " (pinned)" : "", fray_vec_level());
  printf("training, batch %d: %.3f ms per step\n", BATCH, 1e3 * time_training(&b));
  for (size_t block = 128; block <= LARGEST; block *= 2) {
    double encode, classify;
    time_evaluation(&b, block, &encode, &classify);
    printf("evaluation, block %zu: %.4f ms per sample (encode %.4f, classify %.4f)\n", block,
           1e3 * (encode + classify), 1e3 * encode, 1e3 * classify);
  }
  fray_model_free(b.model);
  fray_arena_free(&b.arena);
  fray_arena_free(&b.fixed);
  return 0;
}
