/* Gradients of whole models - sequence, image and vector, absent samples, dropout - against
 * central differences of the loss. */
#include "model/scene.h"

#include "fray/nn/loss.h"
#include "fray/nn/optimiser.h"

static double loss_of(void *context) {
  struct scene *s = context;
  const struct fray_arena_place mark = fray_arena_mark(&s->arena);
  const struct fray_pass pass = scene_pass(s, true);
  struct fray_forward forward;
  float dlogits[N * CLASSES];
  double loss;
  OK(fray_model_forward(s->model, &s->batch, &pass, &forward, &err));
  OK(fray_model_loss(&s->objective, &s->batch, &forward, &s->arena, &loss, dlogits, &err));
  fray_arena_rewind(&s->arena, mark);
  return loss;
}

static void check_scene(struct scene *s) {
  struct fray_pass pass = scene_pass(s, true);
  float *grad = random_floats(&s->arena, s->table->total, "to be overwritten");
  struct fray_step step;
  pass.grad = grad;
  const size_t before = s->arena.used;
  OK(fray_model_step(s->model, &s->batch, &s->objective, &pass, &step, &err));
  assert_int_equal(s->arena.used, before);
  assert_true(step.loss == loss_of(s));
  for (size_t k = 0; k < s->table->n; k++) {
    const struct fray_param *p = &s->table->v[k];
    if (p->still) { /* no step moves it: the model asks for no gradient, and leaves none */
      for (size_t i = 0; i < p->size; i++)
        assert_true(grad[p->offset + i] == 0);
      continue;
    }
    check_gradient(loss_of, s, s->w + p->offset, p->size, grad + p->offset, 1, 1e-2, p->name);
    const size_t end = k + 1 < s->table->n ? s->table->v[k + 1].offset : s->table->total;
    for (size_t i = p->offset + p->size; i < end; i++)
      assert_true(grad[i] == 0); /* padding stays 0 */
  }
  scene_free(s);
}

static void check_loss(const char *more, const struct fray_variant *chosen) {
  struct scene *s = scene_new(more);
  s->objective.loss = chosen;
  check_scene(s);
}

static void check(const char *more) {
  check_loss(more, NULL);
}

static void test_attention(void **state) {
  (void)state;
  check("heads: 2, units: 7, dropout: 0");
}
static void test_attention_dropout(void **state) {
  (void)state;
  check("heads: 2, units: 7, dropout: 0.3");
}
static void test_attention_zeros(void **state) {
  (void)state;
  check("heads: 2, units: 7, dropout: 0, encode_absent_as_zeros: true");
}
static void test_concat(void **state) {
  (void)state;
  check("fusion: concat, dropout: 0");
}
static void test_concat_zeros(void **state) {
  (void)state;
  check("fusion: concat, dropout: 0.3, encode_absent_as_zeros: true");
}
static void test_gated(void **state) {
  (void)state;
  check("fusion: gated, dropout: 0");
  check("fusion: gated, dropout: 0.3, head: 0");
}
static void test_late(void **state) {
  (void)state;
  check("fusion: late, dropout: 0");
  check("fusion: late, dropout: 0.3");
  check("fusion: late, dropout: 0, head: 0");
}
static void test_late_zeros(void **state) {
  (void)state;
  check("fusion: late, dropout: 0, encode_absent_as_zeros: true");
}

/* What copes with missing modalities, behind each fusion, whose tokens it changes, and with either
 * encoder of a sequence: of several tokens each a mean, of which some samples have more. */
static void check_fusions(void) {
  static const char *const sequences[] = {
      SCENE_CONV_GRU, "{kind: transformer, layers: 1, heads: 2, width: 4, factor: 1, patch: 4}"};
  for (size_t e = 0; e < FRAY_COUNT(sequences); e++) {
    scene_sequence = sequences[e];
    check("heads: 2, units: 7, dropout: 0");
    check("fusion: bottleneck, tokens: 2, layers: 1, heads: 2, factor: 1, dropout: 0");
    check("fusion: concat, dropout: 0");
    check("fusion: gated, dropout: 0");
    check("fusion: late, dropout: 0");
  }
  scene_sequence = SCENE_CONV_GRU;
  check("fusion: concat, dropout: 0.3");
}

static void test_prototypes(void **state) {
  (void)state;
  static const struct fray_prototype_use uses[] = {
      {.kept = true, .stand_in = true},
      {.kept = true, .pull = 1.7},
      {.kept = true, .stand_in = true, .contrast = 1.3, .temperature = 0.4}};
  for (size_t k = 0; k < FRAY_COUNT(uses); k++) {
    scene_prototypes = uses[k];
    check_fusions();
  }
  scene_prototypes = (struct fray_prototype_use){0};
}

static void test_rebuilt(void **state) {
  (void)state;
  scene_rebuild_units = 5;
  check_fusions();
  scene_rebuild_units = 0;
}

/* A bare pass has the loss of the logits and its gradient: what prototypes and rebuilt tokens add
 * is left out of both. */
static void test_bare(void **state) {
  (void)state;
  scene_prototypes = (struct fray_prototype_use){
      .kept = true, .stand_in = true, .pull = 1.7, .contrast = 1.3, .temperature = 0.4};
  scene_rebuild_units = 5;
  for (int bare = 0; bare < 2; bare++) {
    struct scene *s = scene_new("fusion: concat, dropout: 0");
    struct fray_pass pass = scene_pass(s, true);
    struct fray_forward forward;
    pass.bare = bare;
    OK(fray_model_forward(s->model, &s->batch, &pass, &forward, &err));
    assert_true((forward.pull == 0) == bare);
    scene_free(s);
    scene_bare = bare;
    check("fusion: concat, dropout: 0");
  }
  scene_bare = false;
  scene_prototypes = (struct fray_prototype_use){0};
  scene_rebuild_units = 0;
}

/* The other losses through a whole model; each by itself is checked beside its definition. */
static void test_losses(void **state) {
  (void)state;
  static const char *const names[] = {"gce", "label_smoothing"};
  struct fray_arena arena = {0};
  for (size_t i = 0; i < 2; i++) {
    struct fray_local_config local;
    struct fray_node *node;
    const char *text = fray_arena_printf(&arena, "loss: %s", names[i]);
    OK(fray_yaml_parse(text, "test.yaml", &arena, &node, &err));
    OK(fray_schema_read(&fray_local_table, node, "", &local, &arena, &err));
    check_loss("fusion: concat, dropout: 0", &local.loss);
  }
  fray_arena_free(&arena);
}

/* The sum of `pull` times the fused vectors, beside the loss of the logits. */
struct pulled {
  struct scene *s;
  const float *pull;
};

static double pulled_loss(void *context) {
  const struct pulled *p = context;
  const struct fray_arena_place mark = fray_arena_mark(&p->s->arena);
  const struct fray_pass pass = scene_pass(p->s, true);
  struct fray_forward forward;
  float dlogits[N * CLASSES];
  double loss;
  OK(fray_model_forward(p->s->model, &p->s->batch, &pass, &forward, &err));
  OK(fray_model_loss(NULL, &p->s->batch, &forward, &p->s->arena, &loss, dlogits, &err));
  for (size_t i = 0; i < N * forward.width; i++)
    loss += (double)p->pull[i] * (double)forward.fused[i];
  fray_arena_rewind(&p->s->arena, mark);
  return loss;
}

/* A loss of the fused vectors too goes back through the fusion and the encoders, and the forward
 * pass's answers stay as they are; without it the parts are the step, to the byte. */
static void test_loss_of_representation(void **state) {
  (void)state;
  static const char *const fusions[] = {"heads: 2, units: 7, dropout: 0.3", "fusion: late"};
  for (size_t k = 0; k < FRAY_COUNT(fusions); k++) {
    struct scene *s = scene_new(fusions[k]);
    struct fray_pass pass = scene_pass(s, true);
    struct fray_forward forward;
    struct fray_step step;
    const size_t size = s->table->total * sizeof(float);
    float dlogits[N * CLASSES], *grad = fray_arena_zero(&s->arena, s->table->total, sizeof *grad);
    float *other = fray_arena_alloc(&s->arena, s->table->total, sizeof *other);
    double loss;
    pass.grad = other;
    OK(fray_model_step(s->model, &s->batch, NULL, &pass, &step, &err));
    pass.grad = grad;
    OK(fray_model_forward(s->model, &s->batch, &pass, &forward, &err));
    OK(fray_model_loss(NULL, &s->batch, &forward, &s->arena, &loss, dlogits, &err));
    OK(fray_model_backward(s->model, &forward, dlogits, NULL, &pass, &err));
    assert_true(loss == step.loss);
    assert_memory_equal(grad, other, size);

    const struct pulled p = {s, random_floats(&s->arena, N * forward.width, "pull")};
    const size_t fused_size = N * forward.width * sizeof(float);
    void *logits = fray_arena_alloc(&s->arena, 1, sizeof dlogits);
    void *fused = fray_arena_alloc(&s->arena, 1, fused_size);
    memcpy(logits, forward.logits, sizeof dlogits);
    memcpy(fused, forward.fused, fused_size);
    memset(grad, 0, size);
    OK(fray_model_forward(s->model, &s->batch, &pass, &forward, &err));
    OK(fray_model_backward(s->model, &forward, dlogits, p.pull, &pass, &err));
    assert_memory_equal(forward.logits, logits, sizeof dlogits);
    assert_memory_equal(forward.fused, fused, fused_size);
    for (size_t i = 0; i < s->table->n; i++) {
      const struct fray_param *q = &s->table->v[i];
      check_gradient(pulled_loss, (void *)&p, s->w + q->offset, q->size, grad + q->offset, 1, 1e-2,
                     q->name);
    }
    scene_free(s);
  }
}

/* Sets of classes in place of one label, with weights of the positives. */
static void test_sets(void **state) {
  (void)state;
  uint8_t labels[N * CLASSES];
  double weight[CLASSES];
  for (size_t i = 0; i < N * CLASSES; i++)
    labels[i] = i * 5 % 7 < 3;
  for (size_t c = 0; c < CLASSES; c++)
    weight[c] = 0.5 + (double)c;
  struct scene *s = scene_new("fusion: concat, dropout: 0");
  s->batch.label = NULL;
  s->batch.labels = labels;
  s->objective.class_weight = weight;
  check_scene(s);
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_attention),
      cmocka_unit_test(test_attention_dropout),
      cmocka_unit_test(test_attention_zeros),
      cmocka_unit_test(test_concat),
      cmocka_unit_test(test_concat_zeros),
      cmocka_unit_test(test_losses),
      cmocka_unit_test(test_gated),
      cmocka_unit_test(test_late),
      cmocka_unit_test(test_late_zeros),
      cmocka_unit_test(test_prototypes),
      cmocka_unit_test(test_rebuilt),
      cmocka_unit_test(test_bare),
      cmocka_unit_test(test_sets),
      cmocka_unit_test(test_loss_of_representation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
