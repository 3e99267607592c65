/* Tokens that an autoencoder rebuilds, against the same sums written as loops: a sample that lacks
 * a modality is answered as one whose token is what the autoencoder says of its others, whatever
 * the fusion, in a pass over a batch and under a pattern of absence alike. */
#include "fray/base/size.h"
#include "fray/model/model.h"
#include "fray/tensor/blas.h"
#include "ok.h"

#include <math.h>
#include <string.h>

enum { WIDE = 3, ALL = 2 * WIDE, UNITS = 4, CLASSES = 4, MANY = 3 };

/* What a fusion with heads needs for three values a token. */
static const char *heads_of(const char *fusion) {
  const struct fray_table *table = fray_choice_find(&fray_fusions, fusion)->table;
  for (size_t i = 0; table && i < table->n; i++)
    if (strcmp(table->fields[i].key, "heads") == 0)
      return "heads: 1, ";
  return "";
}

/* A model whose tokens are the values themselves. */
static struct fray_model *open_model(struct fray_arena *arena, const char *fusion, int64_t units) {
  const struct fray_feature_shape shape = {FRAY_FEATURE_VECTOR, .time = 1, .height = 1, .width = 1,
                                           .channels = WIDE};
  const struct fray_feature_shape shapes[2] = {shape, shape};
  static const char *const names[2] = {"f", "g"};
  struct fray_model_config config;
  struct fray_model *model;
  struct fray_node *node;
  const char *yaml = fray_arena_printf(
      arena, "{fusion: %s, %shidden: 3, head: 0, dropout: 0, encoders: {f: identity, g: identity}}",
      fusion, heads_of(fusion));
  OK(fray_yaml_parse(yaml, "test", arena, &node, &err));
  OK(fray_schema_read(&fray_model_table, node, "model", &config, arena, &err));
  config.rebuild_units = units;
  config.rebuild_weight = 0.5;
  OK(fray_model_new(&config, &(struct fray_model_data){2, CLASSES, names, shapes, NULL}, &model,
                    &err));
  return model;
}

static const float *tensor(const struct fray_model *model, const float *w, const char *name) {
  const struct fray_param *p = fray_param_find(fray_model_params(model), name);
  assert_non_null(p);
  return w + p->offset;
}

/* out (ALL) of the autoencoder for the input x (ALL). */
static void by_hand(const struct fray_model *model, const float *w, const float *x, double *out) {
  const float *win = tensor(model, w, "rebuild.in.weight"),
              *bin = tensor(model, w, "rebuild.in.bias"),
              *wout = tensor(model, w, "rebuild.out.weight"),
              *bout = tensor(model, w, "rebuild.out.bias");
  double h[UNITS];
  for (size_t u = 0; u < UNITS; u++) {
    h[u] = (double)bin[u];
    for (size_t k = 0; k < ALL; k++)
      h[u] += (double)win[u * ALL + k] * (double)x[k];
    h[u] = fmax(h[u], 0);
  }
  for (size_t k = 0; k < ALL; k++) {
    out[k] = (double)bout[k];
    for (size_t u = 0; u < UNITS; u++)
      out[k] += (double)wout[k * UNITS + u] * h[u];
  }
}

/* f of samples 0 and 1, g of sample 0: sample 1 lacks g, sample 2 has nothing. */
static const float f[2 * WIDE] = {0.5f, -1, 2, 0.25f, 1, -0.5f}, g[2 * WIDE] = {1, 2, 3};
static const int32_t of_f[MANY] = {0, 1, -1}, of_g[MANY] = {0, -1, -1}, all_g[MANY] = {0, 1, -1};
static const int32_t label[MANY] = {1, 2, 0};

static void same(const char *fusion, const char *what, const float *x, const float *y) {
  for (size_t i = 0; i < MANY * CLASSES; i++)
    if (!(fabsf(x[i] - y[i]) <= 1e-5f))
      fail_msg("%s: %s: logit %zu is %g, not %g", fusion, what, i, (double)x[i], (double)y[i]);
}

static void check(const char *fusion) {
  struct fray_arena arena = {0};
  struct fray_model *model = open_model(&arena, fusion, UNITS);
  float *w = fray_arena_zero(&arena, fray_model_params(model)->total, sizeof *w);
  fray_param_init(fray_model_params(model), 3, w);
  /* What g of sample 1 should be, and the distances of both modalities of sample 0. */
  const float has_f[ALL] = {f[3], f[4], f[5]}, f_alone[ALL] = {f[0], f[1], f[2]},
              g_alone[ALL] = {0, 0, 0, g[0], g[1], g[2]};
  double y[ALL], of_g_alone[ALL], of_f_alone[ALL], loss = 0;
  float filled[2 * WIDE];
  by_hand(model, w, has_f, y);
  by_hand(model, w, f_alone, of_f_alone);
  by_hand(model, w, g_alone, of_g_alone);
  memcpy(filled, g, sizeof filled);
  for (size_t k = 0; k < WIDE; k++) {
    filled[WIDE + k] = (float)y[WIDE + k];
    loss += 0.5 / MANY / WIDE *
            (pow(of_f_alone[WIDE + k] - (double)g[k], 2) + pow(of_g_alone[k] - (double)f[k], 2));
  }
  const struct fray_feature_batch lacking[2] = {{.n = 2, .time = 1, .x = f},
                                                {.n = 1, .time = 1, .x = g}},
                                  full[2] = {{.n = 2, .time = 1, .x = f},
                                             {.n = 2, .time = 1, .x = filled}};
  const int32_t *const some[2] = {of_f, of_g}, *const every[2] = {of_f, all_g};
  const struct fray_batch batch = {MANY, lacking, some, label, NULL, NULL, NULL, NULL},
                          whole = {MANY, full, every, label, NULL, NULL, NULL, NULL};
  struct fray_pass pass = {.w = w, .arena = &arena};
  struct fray_forward ours, theirs;
  struct fray_encoded *encoded;
  float logits[MANY * CLASSES];
  OK(fray_model_forward(model, &batch, &pass, &ours, &err));
  OK(fray_model_forward(model, &whole, &pass, &theirs, &err));
  same(fusion, "a pass", ours.logits, theirs.logits);
  assert_true(ours.pull == 0); /* of training alone */
  /* What the data hold and a condition takes is rebuilt as well. */
  static const uint8_t present[MANY] = {3, 1, 0};
  OK(fray_model_encode(model, &whole, &pass, &encoded, &err));
  OK(fray_model_classify(model, encoded, present, &pass, logits, &err));
  same(fusion, "a pattern", logits, theirs.logits);
  pass.train = true;
  OK(fray_model_forward(model, &batch, &pass, &ours, &err));
  if (!(fabs(ours.pull - loss) <= 1e-6 * loss))
    fail_msg("%s: the loss is %.9g, not %.9g", fusion, ours.pull, loss);
  fray_model_free(model);
  fray_arena_free(&arena);
}

static void every_fusion_sees_what_is_rebuilt(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_fusions.n; k++)
    check(fray_fusions.v[k]->name);
}

/* The other tensors are drawn as without it: each has a stream of its own. */
static void other_tensors_are_as_without(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_model *model[2] = {open_model(&arena, "concat", 0),
                                 open_model(&arena, "concat", UNITS)};
  float *w[2];
  for (size_t i = 0; i < 2; i++) {
    w[i] = fray_arena_zero(&arena, fray_model_params(model[i])->total, sizeof **w);
    fray_param_init(fray_model_params(model[i]), 3, w[i]);
  }
  const struct fray_param_table *plain = fray_model_params(model[0]);
  assert_true(fray_model_params(model[1])->n == plain->n + 4);
  for (size_t t = 0; t < plain->n; t++)
    assert_memory_equal(w[0] + plain->v[t].offset, tensor(model[1], w[1], plain->v[t].name),
                        plain->v[t].size * sizeof **w);
  fray_model_free(model[0]), fray_model_free(model[1]);
  fray_arena_free(&arena);
}

int main(void) {
  fray_blas_start(NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_fusion_sees_what_is_rebuilt),
      cmocka_unit_test(other_tensors_are_as_without),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
