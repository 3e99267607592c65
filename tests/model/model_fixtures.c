/* Whole models against PyTorch: logits, fused vectors, loss, gradients, the norm before clipping,
 * and the parameters after three optimiser steps. See tests/fixtures/README.md; FRAY_FIXTURES names
 * another folder of such files. */
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/h5/h5.h"
#include "fray/model/model.h"
#include "fray/nn/linear.h"
#include "fray/nn/optimiser.h"
#include "fray/tensor/blas.h"
#include "ok.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 3 };
static const double tolerance = 1e-4;

/* What a file's model is; modalities a and b by PyTorch's prefix. Files of other models are left
 * out. In audio_text_attention_ragged padding behind a shorter sample reaches its last steps
 * through the biases of the convolutions, as PyTorch's convolutions know no lengths. */
struct known {
  const char *file, *names[2];
  enum fray_feature_kind kinds[2];
  const char *config;
};
#define SEQUENCES                                                                                  \
  { FRAY_FEATURE_SEQUENCE, FRAY_FEATURE_SEQUENCE }
#define CONV "{kind: conv_gru, filters: [8, 16, 32]}"
static const struct known known[] = {
    {"har_attention.h5",
     {"acc", "gyro"},
     SEQUENCES,
     "{hidden: 32, dropout: 0, encoders: {acc: " CONV ", gyro: " CONV "}}"},
    {"har_attention_missing.h5",
     {"acc", "gyro"},
     SEQUENCES,
     "{hidden: 32, dropout: 0, encoders: {acc: " CONV ", gyro: " CONV "}}"},
    {"har_concat.h5",
     {"acc", "gyro"},
     SEQUENCES,
     "{fusion: concat, hidden: 32, dropout: 0, encoders: {acc: " CONV ", gyro: " CONV "}}"},
    {"image_text_attention.h5",
     {"img", "text"},
     {FRAY_FEATURE_VECTOR, FRAY_FEATURE_SEQUENCE},
     "{hidden: 16, dropout: 0, encoders: {img: {kind: mlp, units: 16}, "
     "text: {kind: gru}}}"},
    {"audio_video_attention.h5",
     {"audio", "video"},
     SEQUENCES,
     "{hidden: 16, dropout: 0, encoders: {audio: " CONV ", "
     "video: {kind: gru}}}"},
    {"audio_text_attention_ragged.h5",
     {"audio", "text"},
     SEQUENCES,
     "{hidden: 16, dropout: 0, encoders: {audio: {kind: conv_gru, filters: [8, 16, 32], "
     "padding: computed}, text: {kind: gru}}}"},
};

struct fixture {
  fray_h5 file;
  const struct known *known;
  struct fray_arena arena;
  struct fray_model *model;
  const struct fray_param_table *table;
  size_t n, classes;
  struct fray_feature_shape shape[2];
  struct fray_feature_batch feature[2];
  const int32_t *row[2];
  struct fray_batch batch;
};

/* ---- reading ---- */

static float *read_floats(struct fixture *f, const char *path, size_t *n) {
  int rank;
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text;
  OK(fray_h5_shape(f->file, path, &rank, dims, &is_text, &err));
  *n = dims[0] * dims[1] * dims[2] * dims[3];
  float *x = fray_arena_alloc(&f->arena, *n, sizeof *x);
  assert_non_null(x);
  OK(fray_h5_read(f->file, path, FRAY_H5_F32, x, *n, &err));
  return x;
}

static int64_t *read_ints(struct fixture *f, const char *path, size_t n) {
  int64_t *x = fray_arena_alloc(&f->arena, n, sizeof *x);
  assert_non_null(x);
  OK(fray_h5_read(f->file, path, FRAY_H5_I64, x, n, &err));
  return x;
}

/* A single number; false where the file stores it without dimensions and the reader refuses. */
static bool read_number(struct fixture *f, const char *path, double *out) {
  struct fray_err ignored = {0};
  assert_true(fray_h5_has(f->file, path));
  return fray_h5_read(f->file, path, FRAY_H5_F64, out, 1, &ignored) == FRAY_OK;
}

/* PyTorch's name of our parameter. */
static const char *their_name(struct fixture *f, const char *group, const char *ours) {
  static const char *const rests[][2] = {
      {"conv", "_conv.conv"}, {"gru.", "_rnn."}, {"fc1.", "_proj.0."}, {"fc2.", "_proj.3."}};
  const bool three = fray_h5_has(f->file, "param/classifier.3.weight");
  const char *rest = strchr(ours, '.') + 1;
  if (strncmp(ours, "fusion.", 7) == 0)
    return fray_arena_printf(&f->arena, "%s/fuse_att.%s", group, rest);
  if (strncmp(ours, "head.hidden.", 12) == 0)
    return fray_arena_printf(&f->arena, "%s/classifier.0.%s", group, ours + 12);
  if (strncmp(ours, "head.classes.", 13) == 0)
    return fray_arena_printf(&f->arena, "%s/classifier.%d.%s", group, three ? 3 : 2, ours + 13);
  for (size_t k = 0; k < FRAY_COUNT(rests); k++) {
    const size_t length = strlen(rests[k][0]);
    if (strncmp(rest, rests[k][0], length) == 0)
      return fray_arena_printf(&f->arena, "%s/%.*s%s%s%s", group, (int)(rest - 1 - ours), ours,
                               rests[k][1], rest + length, k == 1 ? "_l0" : "");
  }
  fail_msg("no PyTorch name for %s", ours);
  return NULL;
}

/* A tensor in our layout: (filters, channels, kernel) becomes (filters, kernel, channels). */
static float *read_tensor(struct fixture *f, const char *group, const struct fray_param *p) {
  size_t n;
  float *x = read_floats(f, their_name(f, group, p->name), &n);
  assert_int_equal(n, p->size);
  if (p->shape[2] == 1)
    return x;
  const size_t filters = p->shape[0], kernel = p->shape[1], channels = p->shape[2];
  float *turned = fray_arena_alloc(&f->arena, n, sizeof *turned);
  for (size_t i = 0; i < filters; i++)
    for (size_t k = 0; k < kernel; k++)
      for (size_t c = 0; c < channels; c++)
        turned[(i * kernel + k) * channels + c] = x[(i * channels + c) * kernel + k];
  return turned;
}

/* Modality m; samples of length 0 are absent. */
static void read_modality(struct fixture *f, size_t m) {
  const char letter = (char)('a' + m);
  int rank;
  size_t dims[FRAY_H5_MAX_RANK], size;
  bool is_text;
  const char *path = fray_arena_printf(&f->arena, "input/%c", letter);
  OK(fray_h5_shape(f->file, path, &rank, dims, &is_text, &err));
  float *x = read_floats(f, path, &size);
  f->n = dims[0];
  const int64_t *length = read_ints(f, fray_arena_printf(&f->arena, "input/len_%c", letter), f->n);
  int32_t *kept = fray_arena_zero(&f->arena, f->n, sizeof *kept);
  int32_t *row = fray_arena_alloc(&f->arena, f->n, sizeof *row);
  size_t count = 0;
  for (size_t i = 0; i < f->n; i++) {
    row[i] = length[i] > 0 ? (int32_t)count : -1;
    if (length[i] == 0)
      continue;
    kept[count] = (int32_t)length[i];
    memmove(x + count++ * dims[1] * dims[2], x + i * dims[1] * dims[2],
            dims[1] * dims[2] * sizeof *x);
  }
  const bool sequence = f->known->kinds[m] == FRAY_FEATURE_SEQUENCE;
  f->shape[m] =
      (struct fray_feature_shape){f->known->kinds[m], sequence ? dims[1] : 1, 1, 1, dims[2], 0};
  f->feature[m] = (struct fray_feature_batch){count, f->shape[m].time, x, sequence ? kept : NULL};
  f->row[m] = row;
}

static struct fixture *fixture_open(const char *path, const struct known *k) {
  struct fixture *f = calloc(1, sizeof *f);
  assert_non_null(f);
  f->known = k;
  OK(fray_h5_open(path, &f->file, &err));
  read_modality(f, 0);
  read_modality(f, 1);
  const int64_t *y = read_ints(f, "input/y", f->n);
  int32_t *label = fray_arena_alloc(&f->arena, f->n, sizeof *label);
  for (size_t i = 0; i < f->n; i++)
    label[i] = (int32_t)y[i];
  f->batch = (struct fray_batch){.n = f->n, .feature = f->feature, .row = f->row, .label = label};
  size_t n;
  read_floats(f, "step0/logits", &n);
  f->classes = n / f->n;
  struct fray_model_config config;
  struct fray_node *node;
  OK(fray_yaml_parse(k->config, k->file, &f->arena, &node, &err));
  OK(fray_schema_read(&fray_model_table, node, "model", &config, &f->arena, &err));
  OK(fray_model_new(&config, &(struct fray_model_data){2, f->classes, k->names, f->shape, NULL},
                    &f->model, &err));
  f->table = fray_model_params(f->model);
  return f;
}

static void fixture_close(struct fixture *f) {
  fray_model_free(f->model);
  OK(fray_h5_close(f->file, &err));
  fray_arena_free(&f->arena);
  free(f);
}

/* ---- comparing ---- */

static double largest(const float *x, size_t n) {
  double most = 0;
  for (size_t i = 0; i < n; i++) {
    const double size = fabs((double)x[i]);
    most = size > most ? size : most;
  }
  return most;
}

/* max|a - b| <= tolerance max|b| + floor; returns max|a - b| / max|b|. */
static double compare(const char *file, const char *what, const float *a, const float *b, size_t n,
                      double allowed, double floor) {
  double worst = 0;
  for (size_t i = 0; i < n; i++) {
    const double d = fabs((double)a[i] - (double)b[i]);
    worst = d > worst || isnan(d) ? d : worst;
  }
  const double scale = largest(b, n);
  if (!(worst <= allowed * scale + floor))
    fail_msg("%s: %s: max|a - b| = %.3g, max|b| = %.3g", file, what, worst, scale);
  return scale > floor ? worst / scale : 0;
}

/* Every tensor of the file is one of ours, but those that PyTorch's model never used: their
 * gradient is 0 and three steps left them as they were (har_concat's acc_proj and gyro_proj, which
 * its forward pass does not call). */
static void check_all_tensors_known(struct fixture *f) {
  const char **names;
  size_t n, unused = 0;
  OK(fray_h5_members(f->file, "param", &f->arena, &names, &n, &err));
  for (size_t i = 0; i < n; i++) {
    bool ours = false;
    for (size_t k = 0; k < f->table->n; k++)
      ours |= strcmp(their_name(f, "param", f->table->v[k].name) + 6, names[i]) == 0;
    if (ours)
      continue;
    size_t size, size_after, size_grad;
    const float *before = read_floats(f, fray_arena_printf(&f->arena, "param/%s", names[i]), &size);
    const float *after = read_floats(
        f, fray_arena_printf(&f->arena, "param_after_3_steps/%s", names[i]), &size_after);
    const float *grad =
        read_floats(f, fray_arena_printf(&f->arena, "grad/%s", names[i]), &size_grad);
    assert_true(largest(grad, size_grad) == 0);
    assert_memory_equal(before, after, size * sizeof *before);
    print_message("  %s: unused by the reference's forward pass\n", names[i]);
    unused++;
  }
  assert_int_equal(n - unused, f->table->n);
}

/* Gradients before clipping. A bias before a softmax has gradient 0; PyTorch's rounding noise there
 * has no digits to compare, hence the floor of 1e-6 of the largest gradient. */
static double check_gradients(struct fixture *f, const float *grad) {
  double worst = 0;
  const double floor = 1e-6 * largest(grad, f->table->total);
  for (size_t k = 0; k < f->table->n; k++) {
    const struct fray_param *p = &f->table->v[k];
    const float *expected = read_tensor(f, "grad", p);
    worst = fmax(worst, compare(f->known->file, p->name, grad + p->offset, expected, p->size,
                                tolerance, floor));
  }
  return worst;
}

/* The parameters themselves and, since three steps are small against them, how far the steps moved
 * them, to 1 %. */
static double check_parameters(struct fixture *f, const float *w) {
  double worst = 0;
  for (size_t k = 0; k < f->table->n; k++) {
    const struct fray_param *p = &f->table->v[k];
    const float *before = read_tensor(f, "param", p);
    const float *after = read_tensor(f, "param_after_3_steps", p);
    worst =
        fmax(worst, compare(f->known->file, p->name, w + p->offset, after, p->size, tolerance, 0));
    float *moved = fray_arena_alloc(&f->arena, 2 * p->size, sizeof *moved);
    for (size_t i = 0; i < p->size; i++) {
      moved[i] = w[p->offset + i] - before[i];
      moved[p->size + i] = after[i] - before[i];
    }
    const double floor = 2e-7 * largest(before, p->size);
    compare(f->known->file, p->name, moved, moved + p->size, p->size, 0.01, floor);
  }
  return worst;
}

/* Loss and norm, where the file's numbers can be read; else the loss of its logits. */
static void check_numbers(struct fixture *f, int step, double loss, double norm) {
  double expected;
  if (!read_number(f, fray_arena_printf(&f->arena, "step%d/loss", step), &expected)) {
    size_t n;
    const float *logits = read_floats(f, fray_arena_printf(&f->arena, "step%d/logits", step), &n);
    float *unused = fray_arena_alloc(&f->arena, n, sizeof *unused);
    expected = fray_loss(NULL, &(struct fray_truth){f->n, f->classes, f->batch.label, NULL}, logits,
                         unused);
  }
  if (!(fabs(loss - expected) <= tolerance * expected))
    fail_msg("%s: step %d: loss %.8g, expected %.8g", f->known->file, step, loss, expected);
  if (read_number(f, fray_arena_printf(&f->arena, "step%d/grad_norm", step), &expected) &&
      !(fabs(norm - expected) <= tolerance * expected))
    fail_msg("%s: step %d: norm %.8g, expected %.8g", f->known->file, step, norm, expected);
}

static void check_step(struct fixture *f, int step, float *w, float *grad, float *velocity,
                       uint32_t *steps) {
  struct fray_local_config local; /* SGD with lr 0.05, momentum 0.9, decay 1e-5, clip_norm 10 */
  OK(fray_schema_read(&fray_local_table, NULL, "", &local, &f->arena, &err));
  const struct fray_pass pass = {.train = true, .w = w, .grad = grad, .arena = &f->arena};
  struct fray_forward forward;
  size_t n;
  OK(fray_model_forward(f->model, &f->batch, &pass, &forward, &err));
  const float *expected = read_floats(f, fray_arena_printf(&f->arena, "step%d/fused", step), &n);
  assert_int_equal(n, f->n * forward.width);
  double worst = compare(f->known->file, "fused", forward.fused, expected, n, tolerance, 0);
  expected = read_floats(f, fray_arena_printf(&f->arena, "step%d/logits", step), &n);
  worst = fmax(worst, compare(f->known->file, "logits", forward.logits, expected, n, tolerance, 0));

  double norm;
  struct fray_step taken;
  OK(fray_model_step(f->model, &f->batch, NULL, &pass, &taken, &err));
  assert_true(taken.used[0] && taken.used[1]);
  if (step == 0)
    worst = fmax(worst, check_gradients(f, grad));
  norm = fray_optimiser_step(
      &(struct fray_optimiser){
          .table = f->table, .config = &local, .state = velocity, .steps = steps},
      taken.used, w, grad);
  check_numbers(f, step, taken.loss, norm);
  print_message("  step %d: largest difference %.2g\n", step, worst);
}

static void check_file(const char *path, const struct known *k) {
  print_message("%s\n", path);
  struct fixture *f = fixture_open(path, k);
  check_all_tensors_known(f);
  const size_t total = f->table->total;
  float *w = fray_arena_zero(&f->arena, total, sizeof *w);
  float *grad = fray_arena_zero(&f->arena, total, sizeof *grad);
  float *velocity = fray_arena_zero(&f->arena, total, sizeof *velocity);
  uint32_t *steps = fray_arena_zero(&f->arena, f->table->n, sizeof *steps);
  for (size_t i = 0; i < f->table->n; i++) {
    const struct fray_param *p = &f->table->v[i];
    memcpy(w + p->offset, read_tensor(f, "param", p), p->size * sizeof *w);
  }
  for (int step = 0; step < STEPS; step++)
    check_step(f, step, w, grad, velocity, steps);
  print_message("  parameters: largest difference %.2g\n", check_parameters(f, w));
  fixture_close(f);
}

static void test_files(void **state) {
  (void)state;
  const char *folder = getenv("FRAY_FIXTURES");
  if (!folder)
    folder = FRAY_SOURCE_DIR "/tests/fixtures";
  char **names;
  size_t n, checked = 0;
  OK(fray_file_list(folder, ".h5", &names, &n, &err));
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < FRAY_COUNT(known); k++)
      if (strcmp(strrchr(names[i], '/') + 1, known[k].file) == 0) {
        check_file(names[i], &known[k]);
        checked++;
      }
  fray_names_free(names, n);
  assert_int_equal(checked, FRAY_COUNT(known));
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_files)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
