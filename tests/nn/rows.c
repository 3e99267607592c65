/* Rows that rest until a batch names them: steps of PyTorch with decay put in by hand
 * (tests/fixtures/decay_rows.h5), laws of every optimiser, and the walks over what was touched. */
#include "../ok.h"
#include "fray/h5/h5.h"
#include "fray/nn/optimiser.h"
#include "fray/nn/touched.h"

#include <math.h>
#include <stdio.h>

enum { BOTH = 2 };

/* A table by rows between two tensors that every batch moves. [0] moves all of it, and is told of
 * rows only if decay asks for them; [1] is moved where it is touched. */
struct scene {
  struct fray_arena arena;
  struct fray_param_table table;
  struct fray_local_config config;
  struct fray_touched touched[BOTH];
  struct fray_optimiser optimiser[BOTH];
  float *w[BOTH], *grad;
  size_t before, rows, behind; /* offsets */
};

static void start(struct scene *s, const char *yaml, size_t n_rows, size_t dim, size_t before,
                  size_t behind) {
  const struct fray_param_scope scope = {&s->table, "", FRAY_PARAM_SHARED};
  struct fray_node *node;
  *s = (struct scene){.table = {.arena = &s->arena}};
  OK(fray_param_add(&scope, "a", (size_t[4]){before, 1, 1, 1}, 1, &s->before, &err));
  assert_false(fray_touched_spares(&s->table));
  OK(fray_param_add(&scope, "t", (size_t[4]){n_rows, dim, 1, 1}, 1, &s->rows, &err));
  s->table.v[1].by_rows = true;
  OK(fray_param_add(&scope, "b", (size_t[4]){behind, 1, 1, 1}, 1, &s->behind, &err));
  assert_true(fray_touched_spares(&s->table));
  OK(fray_yaml_parse(yaml, "t.yaml", &s->arena, &node, &err));
  OK(fray_schema_read(&fray_local_table, node, "", &s->config, &s->arena, &err));
  s->grad = fray_arena_zero(&s->arena, s->table.total, sizeof(float));
  for (size_t k = 0; k < BOTH; k++) {
    OK(fray_touched_new(&s->table, &s->arena, &s->touched[k], &err));
    s->w[k] = fray_arena_alloc(&s->arena, s->table.total, sizeof(float));
    fray_param_init(&s->table, 5, s->w[k]);
    OK(fray_optimiser_new(&s->table, &s->config, &s->arena, &s->optimiser[k], &err));
    for (size_t i = 0; i < fray_optimiser_vectors(&s->config) * s->table.total; i++)
      s->optimiser[k].state[i] = NAN; /* nothing that was left may be read */
  }
}

/* As a client's visit begins. */
static void begin_visit(struct scene *s) {
  const bool asks = fray_optimiser_asks_rows(&s->config);
  fray_touched_clear(s->touched[1].bit, s->table.total, s->grad);
  for (size_t k = 0; k < BOTH; k++) {
    fray_touched_restart(&s->touched[k]);
    fray_optimiser_restart(&s->optimiser[k]);
  }
  s->touched[0].whole = true;
  s->optimiser[0].touched = asks ? &s->touched[0] : NULL;
  s->optimiser[1].touched = fray_optimiser_rests(&s->config) ? &s->touched[1] : NULL;
}

/* A step of both, to the same bytes. */
static void step_both(struct scene *s) {
  const double whole = fray_optimiser_step(&s->optimiser[0], NULL, s->w[0], s->grad);
  assert_true(whole == fray_optimiser_step(&s->optimiser[1], NULL, s->w[1], s->grad));
  assert_memory_equal(s->w[0], s->w[1], s->table.total * sizeof(float));
}

static void name_row(struct scene *s, size_t row, size_t dim) {
  for (size_t k = 0; k < BOTH; k++)
    fray_touched_mark(&s->touched[k], s->rows + row * dim, dim);
}

/* ---- PyTorch ---- */

enum { P_ROWS = 40, P_DIM = 6, P_CLASSES = 3, P_NAMES = 12, P_STEPS = 5, P_VISITS = 2 };

static void read_floats(fray_h5 of, const char *name, size_t n, float *out) {
  size_t dims[FRAY_H5_MAX_RANK], all = 1;
  int rank;
  bool is_text;
  OK(fray_h5_shape(of, name, &rank, dims, &is_text, &err));
  for (int i = 0; i < rank; i++)
    all *= dims[i];
  assert_int_equal(all, n);
  OK(fray_h5_read(of, name, FRAY_H5_F32, out, n, &err));
}

struct tensor {
  const char *name;
  size_t size, offset;
  float *grad, *after; /* (visits x steps, size) */
};

static void hold(const struct scene *s, const struct tensor *t, size_t at, const char *which) {
  for (size_t i = 0; i < t->size; i++) {
    const double got = (double)s->w[1][t->offset + i], want = (double)t->after[at * t->size + i];
    if (!(fabs(got - want) <= 2e-6 * (1 + fabs(want))))
      fail_msg("%s: step %zu, %s[%zu]: %.9g, not %.9g", which, at, t->name, i, got, want);
  }
}

static void follow(fray_h5 file, const char *which) {
  struct scene s;
  const char *yaml;
  char path[64];
  int64_t ids[P_VISITS * P_STEPS * P_NAMES];
  struct fray_arena arena = {0};
  OK(fray_h5_attr_text(file, which, "local", &arena, &yaml, &err));
  start(&s, yaml, P_ROWS, P_DIM, P_CLASSES * P_DIM, P_CLASSES);
  struct tensor tensor[] = {{"table", P_ROWS * P_DIM, s.rows, NULL, NULL},
                            {"weight", P_CLASSES * P_DIM, s.before, NULL, NULL},
                            {"bias", P_CLASSES, s.behind, NULL, NULL}};
  for (size_t t = 0; t < 3; t++) {
    struct tensor *of = &tensor[t];
    const size_t n = P_VISITS * P_STEPS * of->size;
    of->grad = fray_arena_alloc(&arena, n, sizeof(float));
    of->after = fray_arena_alloc(&arena, n, sizeof(float));
    snprintf(path, sizeof path, "%s/grad_%s", which, of->name);
    read_floats(file, path, n, of->grad);
    snprintf(path, sizeof path, "%s/%s", which, of->name);
    read_floats(file, path, n, of->after);
    snprintf(path, sizeof path, "%s/first_%s", which, of->name);
    for (size_t k = 0; k < BOTH; k++)
      read_floats(file, path, of->size, s.w[k] + of->offset);
  }
  snprintf(path, sizeof path, "%s/ids", which);
  OK(fray_h5_read(file, path, FRAY_H5_I64, ids, P_VISITS * P_STEPS * P_NAMES, &err));
  for (size_t at = 0; at < P_VISITS * P_STEPS; at++) {
    if (at % P_STEPS == 0)
      begin_visit(&s);
    for (size_t k = 0; k < P_NAMES; k++)
      name_row(&s, (size_t)ids[at * P_NAMES + k], P_DIM);
    for (size_t t = 0; t < 3; t++)
      memcpy(s.grad + tensor[t].offset, tensor[t].grad + at * tensor[t].size,
             tensor[t].size * sizeof(float));
    step_both(&s);
    for (size_t t = 0; t < 3; t++)
      hold(&s, &tensor[t], at, which);
  }
  fray_arena_free(&s.arena);
  fray_arena_free(&arena);
}

static void test_pytorch(void **state) {
  (void)state;
  static const char *const cases[] = {"sgd", "momentum", "nesterov", "clipped", "adam", "adamw"};
  fray_h5 file;
  OK(fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/decay_rows.h5", &file, &err));
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    follow(file, cases[i]);
  OK(fray_h5_close(file, &err));
}

/* ---- laws ---- */

enum { ROWS = 300, DIM = 24, VISITS = 3, STEPS = 7, FEW = 6 };

static void fill(struct scene *s, struct fray_rng *rng, size_t first, size_t n, double scale) {
  for (size_t i = 0; i < n; i++)
    s->grad[first + i] = (float)(scale * fray_rng_normal(rng));
}

/* As a batch that names a few rows leaves it; named: what all did so far. */
static void fill_batch(struct scene *s, struct fray_rng *rng, bool named[ROWS]) {
  fray_touched_clear(s->touched[1].bit, s->table.total, s->grad);
  for (size_t t = 0; t < s->table.n; t += 2)
    fill(s, rng, s->table.v[t].offset, s->table.v[t].size, 1);
  for (size_t k = 0; k < FEW; k++) {
    const size_t row = fray_rng_below(rng, ROWS);
    name_row(s, row, DIM);
    fill(s, rng, s->rows + row * DIM, DIM, 3);
    named[row] = true;
  }
}

/* The same bytes as a step of everything, visit after visit, and the norm; what no batch named
 * keeps its bits. */
static void check_rows(const char *yaml) {
  struct scene s;
  struct fray_rng rng = fray_rng_for(8, "test", 0, 0, 0);
  float *first;
  start(&s, yaml, ROWS, DIM, 37, 50);
  assert_true(fray_optimiser_rests(&s.config));
  first = fray_arena_alloc(&s.arena, s.table.total, sizeof *first);
  for (size_t k = 0; k < BOTH; k++)
    s.w[k][s.rows + 3] = -0.0f;
  for (size_t visit = 0; visit < VISITS; visit++) {
    bool named[ROWS] = {false};
    memcpy(first, s.w[1], s.table.total * sizeof *first);
    begin_visit(&s);
    for (size_t step = 0; step < STEPS; step++) {
      fill_batch(&s, &rng, named);
      step_both(&s);
    }
    for (size_t row = 0; row < ROWS; row++) {
      const size_t at = s.rows + row * DIM;
      assert_int_equal(memcmp(first + at, s.w[1] + at, DIM * sizeof *first) == 0, !named[row]);
    }
  }
  fray_arena_free(&s.arena);
}

static void test_rows_that_rest(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_optimisers.n; k++)
    for (size_t decay = 0; decay < 2; decay++)
      for (size_t clip = 0; clip < 2; clip++) {
        char yaml[160];
        snprintf(yaml, sizeof yaml, "{optimiser: %s, weight_decay: %s, lr: 0.1, clip_norm: %s}",
                 fray_optimisers.v[k]->name, decay ? "0.2" : "0", clip ? "0.5" : "0");
        check_rows(yaml);
      }
  check_rows("{optimiser: sgd, nesterov: true, weight_decay: 0, lr: 0.1, clip_norm: 2}");
  check_rows("{optimiser: sgd, nesterov: true, weight_decay: 0.1, lr: 0.1, clip_norm: 2}");
}

/* Where the first batch names every row there is no difference to decay of all; of rows that were
 * not, decay of all moves every value. */
static void check_all(const char *optimiser) {
  static const char *const rows[BOTH] = {"all", "seen"};
  struct scene s[BOTH];
  for (size_t many = 0; many < 2; many++) {
    for (size_t k = 0; k < BOTH; k++) {
      char yaml[160];
      struct fray_rng rng = fray_rng_for(4, "test", 0, 0, 0);
      bool named[ROWS];
      snprintf(yaml, sizeof yaml, "{optimiser: %s, weight_decay: 0.2, weight_decay_rows: %s}",
               optimiser, rows[k]);
      start(&s[k], yaml, ROWS, DIM, 37, 50);
      assert_int_equal(fray_optimiser_rests(&s[k].config), k == 1);
      begin_visit(&s[k]);
      for (size_t row = 0; many && row < ROWS; row++)
        name_row(&s[k], row, DIM);
      for (size_t step = 0; step < STEPS; step++) {
        fill_batch(&s[k], &rng, named);
        step_both(&s[k]);
      }
    }
    size_t same = 0, whole = 0;
    for (size_t i = 0; i < ROWS * DIM; i++)
      same += s[0].w[1][s[0].rows + i] == s[1].w[1][s[1].rows + i];
    for (size_t i = 0; i < s[0].table.total; i++)
      whole += memcmp(s[0].w[1] + i, s[1].w[1] + i, sizeof(float)) == 0;
    assert_int_equal(whole == s[0].table.total, many == 1);
    assert_true(many || same < ROWS * DIM / 10);
    for (size_t k = 0; k < BOTH; k++)
      fray_arena_free(&s[k].arena);
  }
}

static void test_all_rows(void **state) {
  (void)state;
  for (size_t k = 0; k < fray_optimisers.n; k++)
    check_all(fray_optimisers.v[k]->name);
}

/* ---- walks ---- */

/* Runs against the bits, one by one. */
static void test_runs(void **state) {
  (void)state;
  enum { WORDS = 5, LINES = WORDS * FRAY_LINES_OF_WORD };
  struct fray_rng rng = fray_rng_for(9, "test", 0, 0, 0);
  for (size_t turn = 0; turn < 200; turn++) {
    uint64_t bit[WORDS];
    for (size_t i = 0; i < WORDS; i++) /* words of zeros and of ones among them */
      bit[i] = turn % 4 == 0 && i % 2 ? 0 : turn % 4 == 1 ? ~(uint64_t)0 : fray_rng_u64(&rng);
    const size_t first = fray_rng_below(&rng, LINES),
                 end = first + fray_rng_below(&rng, LINES - first + 1);
    size_t at = first * FRAY_LINE, lo, hi, seen = first;
    while (fray_touched_next(bit, &at, end * FRAY_LINE, &lo, &hi)) {
      for (; seen < lo / FRAY_LINE; seen++)
        assert_false(bit[seen / 64] >> seen % 64 & 1);
      for (; seen < hi / FRAY_LINE; seen++)
        assert_true(bit[seen / 64] >> seen % 64 & 1);
      assert_true(hi <= end * FRAY_LINE && at == hi);
    }
    for (; seen < end; seen++)
      assert_false(bit[seen / 64] >> seen % 64 & 1);
  }
}

/* Rows of every width to the float, whatever their neighbours; lines hold at least these. */
static void check_width(size_t dim) {
  struct scene s;
  struct fray_rng rng = fray_rng_for(dim, "test", 0, 0, 0);
  bool wanted[2048] = {false};
  size_t at = 0, lo, hi;
  start(&s, "{}", 50, dim, 37, 50);
  assert_true(s.table.total <= 2048 && dim % s.touched[1].grain == 0);
  for (size_t k = 0; k < 12; k++) {
    const size_t row = fray_rng_below(&rng, 50);
    name_row(&s, row, dim);
    for (size_t i = 0; i < dim; i++)
      wanted[s.rows + row * dim + i] = true;
  }
  bool *found = fray_arena_zero(&s.arena, s.table.total, sizeof *found);
  while (fray_touched_next_row(&s.touched[1], &at, s.table.total, &lo, &hi))
    for (size_t i = lo; i < hi; i++)
      found[i] = true;
  for (size_t i = 0; i < s.table.total; i++) {
    const bool in_table = i >= s.rows && i < s.rows + 50 * dim;
    const bool line = s.touched[1].bit[i / 1024] >> i / FRAY_LINE % 64 & 1;
    if (in_table)
      assert_int_equal(found[i], wanted[i]);
    assert_true(line || !found[i]);
  }
  for (size_t t = 0; t < s.table.n; t += 2)
    for (size_t i = 0; i < s.table.v[t].size; i++)
      assert_true(found[s.table.v[t].offset + i]);
  fray_touched_restart(&s.touched[1]);
  at = s.rows;
  assert_false(fray_touched_next_row(&s.touched[1], &at, s.behind, &lo, &hi));
  fray_arena_free(&s.arena);
}

static void test_widths(void **state) {
  (void)state;
  for (size_t dim = 1; dim <= 34; dim++)
    check_width(dim);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pytorch), cmocka_unit_test(test_rows_that_rest),
      cmocka_unit_test(test_all_rows), cmocka_unit_test(test_runs), cmocka_unit_test(test_widths)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
