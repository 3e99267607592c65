/* Twelve answers of the federation of tests/fixtures/fed_softmax.h5, each made from an older model,
 * as they come in without cohorts: the server's model after each of its moves agrees to 1e-5 of the
 * largest weight with what was computed apart from fray in float64. */
#include "softmax_scene.h"

/* ---- arrivals, one after the other ---- */

/* A client's answer, made from an older model; its numbers stand in place k. */
static void arrive(struct federation *f, size_t i, size_t k, uint32_t c, const float *received,
                   size_t staleness) {
  struct scene *s = &f->s;
  size_t n;
  const int64_t *given = integers(s, fray_arena_printf(&s->arena, "async/order/%zu", i), &n);
  uint32_t *order = take(s, n, sizeof *order);
  for (size_t j = 0; j < n; j++)
    order[j] = (uint32_t)given[j];
  struct fray_visit v = {.algorithm = &f->training.server.algorithm,
                         .source = c,
                         .seed = 1,
                         .round = i + 1,
                         .data = s->client[c].data,
                         .work = 1,
                         .order = order,
                         .global = received,
                         .up = f->up[k],
                         .number = f->said[k]};
  struct fray_client_result result;
  OK(fray_client_visit(&f->trainer, &v, &result, &err));
  assert_true(result.finite);
  for (size_t j = 0; j < s->table->total && f->ops->from_present; j++)
    f->up[k][0][j] = v.w[j] - f->w[j];
  f->member[k] = (struct fray_member){
      .client = c, .samples = s->count[c], .steps = result.batches, .staleness = staleness};
}

/* The fixture's arrivals; a row of `global` for each move of the server. */
static void follow_arrivals(const char *group, const char *server, const char *versions) {
  struct federation f;
  struct scene *s = &f.s;
  static const int64_t places[CLIENTS] = {0, 1, 2, 3, 4, 5};
  static const double ones[CLIENTS] = {1, 1, 1, 1, 1, 1};
  size_t n, updates = 0, waiting = 0, P;
  float *model[13];
  const char *yaml;
  start(&f, &softmax, "{}");
  P = s->table->count;
  yaml = fray_arena_printf(&s->arena,
                           "{local: {batch: 4, lr: 0.1, epochs: 1, momentum: 0, weight_decay: 0, "
                           "clip_norm: 0}, availability: {time: {kind: devices, classes: {all: "
                           "{seconds_per_sample: 1}}}}, server: %s}",
                           server);
  read_section(s, &fray_training_table, yaml, &f.training);
  f.local = f.training.local;
  f.ops = fray_algorithm_of(&f.training.server);
  const size_t buffer = fray_algorithm_arrivals(&f.training.server.algorithm);
  const int64_t *client = integers(s, "async/client", &n);
  const int64_t *version = integers(s, versions, &n);
  const double *global = reals(s, fray_arena_printf(&s->arena, "%s/global", group));
  assert_int_equal(n, 12);
  model[0] = take(s, s->table->total, sizeof(float));
  memcpy(model[0], f.w, s->table->total * sizeof(float));
  for (size_t i = 0; i < n; i++) {
    const size_t v = (size_t)version[i];
    assert_true(v <= updates);
    arrive(&f, i, waiting++, (uint32_t)client[i], model[v], updates - v);
    if (waiting < buffer)
      continue;
    combine(&f, updates++, places, waiting, ones);
    waiting = 0;
    model[updates] = take(s, s->table->total, sizeof(float));
    memcpy(model[updates], f.w, s->table->total * sizeof(float));
    compare(s, group, updates, 99, f.w, 1, global + updates * P, largest(global + updates * P, P));
  }
  assert_int_equal(updates, n / buffer);
  end(&f);
}

static double attribute(const char *group, const char *name) {
  fray_h5 file;
  double value = 0;
  OK(fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/fed_softmax.h5", &file, &err));
  OK(fray_h5_attr_real(file, group, name, &value, &err));
  fray_h5_close(file, NULL);
  return value;
}

/* The keys are the attributes of the fixture's groups. */
static void fedasync(void **state) {
  (void)state;
  char server[160];
  snprintf(server, sizeof server, "{algorithm: fedasync, alpha: %g, rho: 0}",
           attribute("fedasync_poly", "alpha"));
  follow_arrivals("fedasync_poly", server, "async/version");
  snprintf(server, sizeof server,
           "{algorithm: fedasync, alpha: %g, rho: 0, staleness: hinge, a: 10, b: 4}",
           attribute("fedasync_hinge", "alpha"));
  follow_arrivals("fedasync_hinge", server, "async/version");
  snprintf(server, sizeof server, "{algorithm: fedasync, alpha: %g, rho: %g, staleness: constant}",
           attribute("fedasync_prox", "alpha"), attribute("fedasync_prox", "rho"));
  follow_arrivals("fedasync_prox", server, "async/version");
}

static void fedbuff(void **state) {
  (void)state;
  follow_arrivals("fedbuff", "{algorithm: fedbuff, buffer: 3}", "async/buff_version");
  follow_arrivals("fedbuff_lr_half", "{algorithm: fedbuff, buffer: 3, lr: 0.5}",
                  "async/buff_version");
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(fedasync), cmocka_unit_test(fedbuff)};
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), NULL, NULL);
}
