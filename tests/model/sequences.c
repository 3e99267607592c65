/* Models of sequences: tokens heard one by one, with the mean tokens of other modalities added,
 * their gradients against central differences, and what they are refused. */
#include "model/scene.h"

#include "fray/nn/ctc.h"
#include "fray/nn/loss.h"

#include <math.h>

/* Samples 0, 2, 4 and 5 have the sequence, of 16, 9, 12 and 8 steps: two poolings leave 4, 2, 3, 2
 * tokens. Sample 5 has three words, too many for its two tokens; samples 1 and 3 lack what is
 * heard. */
static const int64_t first[N + 1] = {0, 2, 3, 4, 5, 7, 10};
static const int16_t words[] = {2, 2, 0, 1, 3, 0, 1, 1, 2, 3};
static const struct fray_transcripts transcripts = {first, words};
static const uint32_t sample[N] = {0, 1, 2, 3, 4, 5};
static const size_t tokens[N] = {4, 0, 2, 0, 3, 2};
enum { ROWS = 11, SYMBOLS = CLASSES + 1 };

static struct scene *sequence_scene(const char *more, const char *vec) {
  struct scene *s = calloc(1, sizeof *s);
  assert_non_null(s);
  read_config(fray_arena_printf(&s->arena,
                                "{hidden: 6, %sencoders: {acc: " SCENE_CONV_GRU
                                ", img: {kind: cnn, filters: [3]}, vec: %s}}",
                                more, vec),
              &s->arena, &s->config);
  s->config.sequences = true;
  OK(fray_model_new(&s->config,
                    &(struct fray_model_data){M, CLASSES, scene_names, scene_shapes, NULL},
                    &s->model, &err));
  s->table = fray_model_params(s->model);
  s->w = fray_arena_zero(&s->arena, s->table->total, sizeof *s->w);
  fray_param_init(s->table, 5, s->w);
  scene_batch(s);
  s->batch.words = &transcripts;
  s->batch.sample = sample;
  return s;
}

static struct scene *plain_scene(const char *more) {
  return sequence_scene(more, "{kind: mlp, units: 5}");
}

static double loss_of(void *context) {
  struct scene *s = context;
  const struct fray_arena_place mark = fray_arena_mark(&s->arena);
  const struct fray_pass pass = scene_pass(s, true);
  struct fray_forward forward;
  float dlogits[ROWS * SYMBOLS];
  double loss;
  OK(fray_model_forward(s->model, &s->batch, &pass, &forward, &err));
  OK(fray_model_loss(&s->objective, &s->batch, &forward, &s->arena, &loss, dlogits, &err));
  fray_arena_rewind(&s->arena, mark);
  return loss;
}

static void check_gradients(const char *more) {
  struct scene *s = plain_scene(more);
  struct fray_pass pass = scene_pass(s, true);
  struct fray_step step;
  float *grad = random_floats(&s->arena, s->table->total, "to be overwritten");
  pass.grad = grad;
  const size_t before = s->arena.used;
  OK(fray_model_step(s->model, &s->batch, NULL, &pass, &step, &err));
  assert_int_equal(s->arena.used, before);
  assert_true(step.loss == loss_of(s));
  for (size_t k = 0; k < s->table->n; k++) {
    const struct fray_param *p = &s->table->v[k];
    check_gradient(loss_of, s, s->w + p->offset, p->size, grad + p->offset, 1, 1e-2, p->name);
  }
  scene_free(s);
}

static void test_gradients(void **state) {
  (void)state;
  check_gradients("head: 5, dropout: 0, ");
  check_gradients("head: 0, dropout: 0, ");
  check_gradients("head: 5, dropout: 0.2, ");
}

/* The loss is the mean of those whose words fit, by the same logits that are handed out. */
static void test_loss(void **state) {
  (void)state;
  struct scene *s = plain_scene("head: 5, dropout: 0, ");
  const struct fray_pass pass = scene_pass(s, true);
  struct fray_forward forward;
  float dlogits[ROWS * SYMBOLS];
  double loss, sum = 0, logits[ROWS * SYMBOLS];
  size_t fit = 0;
  OK(fray_model_forward(s->model, &s->batch, &pass, &forward, &err));
  assert_int_equal(forward.n, ROWS);
  assert_int_equal(forward.classes, SYMBOLS);
  for (size_t k = 0; k < ROWS * SYMBOLS; k++)
    logits[k] = (double)forward.logits[k];
  for (size_t i = 0; i < N; i++) {
    const struct fray_heard_span *span = &forward.span[i];
    assert_int_equal(span->time, tokens[i]);
    assert_int_equal(span->n, first[i + 1] - first[i]);
    const struct fray_ctc of = {span->time, SYMBOLS, logits + span->first * SYMBOLS, span->n,
                                words + first[i]};
    double own;
    OK(fray_ctc_loss(&of, &s->arena, &own, NULL, &err));
    if (isfinite(own)) {
      sum += own;
      fit++;
    }
  }
  assert_int_equal(fit, 3); /* samples 0, 2 and 4 */
  size_t left_out;
  OK(fray_loss_of_spans(NULL, N, forward.span, SYMBOLS, forward.logits, ROWS, &s->arena, &loss,
                        dlogits, &left_out, &err));
  assert_int_equal(left_out, 3);
  assert_true(fabs(loss - sum / 3) < 1e-12);
  for (size_t k = forward.span[5].first * SYMBOLS; k < ROWS * SYMBOLS; k++)
    assert_true(dlogits[k] == 0);
  scene_free(s);
}

static struct fray_heard hear(struct scene *s, const uint8_t *present) {
  const struct fray_pass pass = scene_pass(s, false);
  struct fray_encoded *encoded;
  struct fray_heard heard;
  OK(fray_model_encode(s->model, &s->batch, &pass, &encoded, &err));
  OK(fray_model_hear(s->model, encoded, present, &pass, &heard, &err));
  return heard;
}

/* Evaluation hears what training sees; a modality that is masked adds nothing, and without the one
 * that is heard there is no step. */
static void test_patterns(void **state) {
  (void)state;
  struct scene *s = plain_scene("head: 5, dropout: 0, ");
  struct fray_forward forward;
  const struct fray_pass pass = scene_pass(s, true);
  OK(fray_model_forward(s->model, &s->batch, &pass, &forward, &err));
  const struct fray_heard all = hear(s, NULL);
  assert_int_equal(all.rows, ROWS);
  for (size_t k = 0; k < ROWS * SYMBOLS; k++)
    assert_true(fabsf(all.logits[k] - forward.logits[k]) < 1e-5f);
  const uint8_t some[N] = {1, 7, 6, 7, 5, 7};
  const struct fray_heard masked = hear(s, some);
  assert_int_equal(masked.first[3] - masked.first[2], 0); /* sample 2 lost what is heard */
  bool moved = false;
  for (size_t k = 0; k < 4 * SYMBOLS; k++) /* sample 0 lost two that were added */
    moved = moved || fabsf(masked.logits[k] - all.logits[k]) > 1e-4f;
  assert_true(moved);
  const int32_t none[N] = {-1, -1, -1, -1, -1, -1}; /* as if it had never had them */
  s->row[1] = s->row[2] = none;
  const struct fray_heard alone = hear(s, NULL);
  for (size_t k = 0; k < 4 * SYMBOLS; k++)
    assert_true(fabsf(masked.logits[k] - alone.logits[k]) < 1e-5f);
  scene_free(s);
}

/* A batch in which nobody has what is heard teaches nothing, and breaks nothing. */
static void test_silence(void **state) {
  (void)state;
  struct scene *s = plain_scene("head: 5, dropout: 0, ");
  const int32_t none[N] = {-1, -1, -1, -1, -1, -1};
  struct fray_pass pass = scene_pass(s, true);
  struct fray_step step;
  pass.grad = random_floats(&s->arena, s->table->total, "to be overwritten");
  s->row[0] = none;
  s->feature[0].n = 0;
  OK(fray_model_step(s->model, &s->batch, NULL, &pass, &step, &err));
  assert_true(step.loss == 0);
  for (size_t k = 0; k < s->table->total; k++)
    assert_true(pass.grad[k] == 0);
  assert_int_equal(hear(s, NULL).rows, 0);
  scene_free(s);
}

/* The operations of a step: those of the parts, the head's once for each token. */
static void test_flops(void **state) {
  (void)state;
  struct scene *s = plain_scene("head: 0, dropout: 0, ");
  const size_t alone[M] = {TIME, 0, 0}, shorter[M] = {8, 0, 0};
  const double head = 2.0 * 6 * SYMBOLS; /* a token of six by five symbols */
  const struct fray_flops long_one = fray_model_flops(s->model, alone);
  const struct fray_flops short_one = fray_model_flops(s->model, shorter);
  assert_int_equal(fray_model_steps(s->model, TIME), 4);
  assert_int_equal(fray_model_most_said(s->model), 4);
  assert_true(long_one.forward > short_one.forward + 2 * head);
  scene_free(s);
}

static void refuse(const char *yaml, struct fray_prototype_use prototypes, bool zeros,
                   size_t modalities, const char *part) {
  struct fray_arena arena = {0};
  struct fray_model_config config;
  struct fray_model *model = NULL;
  struct fray_err err = {0};
  read_config(yaml, &arena, &config);
  config.sequences = true;
  config.prototypes = prototypes;
  config.encode_absent_as_zeros = zeros;
  const struct fray_feature_shape shapes[] = {scene_shapes[0], scene_shapes[0], scene_shapes[2]};
  const char *const names[] = {"left", "right", "vec"};
  const bool only_vector = modalities == 0;
  const struct fray_model_data data = {only_vector ? 1 : modalities, CLASSES,
                                       only_vector ? names + 2 : names,
                                       only_vector ? shapes + 2 : shapes, NULL};
  assert_int_equal(fray_model_new(&config, &data, &model, &err), FRAY_INPUT);
  SAYS(err, part);
  fray_arena_free(&arena);
}

static void test_refused(void **state) {
  (void)state;
  const struct fray_prototype_use none = {0}, kept = {.kept = true};
  refuse("{hidden: 6}", none, false, 2, "both left and right give a token for each step");
  refuse("{hidden: 6}", none, false, 0, "encoders that give them: conv_gru, gru");
  refuse("{hidden: 6}", kept, false, 1, "a sequence has steps");
  refuse("{hidden: 6}", none, true, 1, "silence of full length");
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gradients), cmocka_unit_test(test_loss),
      cmocka_unit_test(test_patterns),  cmocka_unit_test(test_silence),
      cmocka_unit_test(test_flops),     cmocka_unit_test(test_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
