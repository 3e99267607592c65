/* Gates: scores against those of pytorch-ood (tests/fixtures/gate.h5), closed forms (gate.json),
 * and the laws of thresholds, of the exact fit and of every score of the list. */
#include "../ok.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/h5/h5.h"
#include "fray/metric/gate.h"
#include "fray/metric/membership.h"
#include "gate_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLES = 160, TRAIN = 120, WIDTH = 7, CLASSES = 5, CLIENTS = 9 };

static struct fray_arena arena;
static fray_h5 fixture;
static struct fray_node *forms;

static int begin(void **state) {
  (void)state; /* JSON is YAML */
  OK(fray_yaml_load(FRAY_SOURCE_DIR "/tests/fixtures/gate.json", &arena, &forms, &err));
  OK(fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/gate.h5", &fixture, &err));
  return 0;
}

static int end(void **state) {
  (void)state;
  fray_arena_free(&arena);
  OK(fray_h5_close(fixture, &err));
  return 0;
}

static const double *doubles(const char *name, size_t n) {
  double *x = fray_arena_alloc(&arena, n, sizeof *x);
  int64_t *whole = fray_arena_alloc(&arena, n, sizeof *whole);
  bool is_float;
  OK(fray_h5_is_float(fixture, name, &is_float, &err));
  if (is_float) {
    OK(fray_h5_read(fixture, name, FRAY_H5_F64, x, n, &err));
    return x;
  }
  OK(fray_h5_read(fixture, name, FRAY_H5_I64, whole, n, &err));
  for (size_t i = 0; i < n; i++)
    x[i] = (double)whole[i];
  return x;
}

void near(double got, double want, double within) {
  if (!(fabs(got - want) <= within))
    fail_msg("%.17g, not %.17g", got, want);
}

static double real(const struct fray_node *node) {
  double value = NAN;
  assert_non_null(node);
  assert_true(node->kind == FRAY_NODE_NULL || fray_node_real(node, &value));
  return value;
}

static size_t reals(const struct fray_node *list, double *out) {
  size_t n = 0;
  assert_non_null(list);
  for (const struct fray_node *k = list->child; k; k = k->next)
    out[n++] = real(k);
  return n;
}

/* ---- scores ---- */

static const char *const modality[] = {"audio", "image"};

static struct fray_gate_score score_of(const char *text) {
  struct fray_node *list;
  struct fray_gate_score score;
  char yaml[200];
  snprintf(yaml, sizeof yaml, "[%s]", text);
  OK(fray_yaml_parse(yaml, "gate.yaml", &arena, &list, &err));
  OK(fray_gate_score_read(list->child, "gate.scores", modality, 2, &arena, &score, &err));
  return score;
}

static void pytorch_ood(void **state) {
  (void)state;
  static const struct {
    const char *name, *score;
    double times;
  } line[] = {
      {"softmax", "softmax", 1},
      {"entropy", "entropy", 1},
      {"maxlogit", "max_logit", 1},
      {"energy_T1", "energy", 1},
      {"energy_T2", "{kind: energy, temperature: 2}", 1},
      {"mahalanobis", "mahalanobis", 0.5},
      {"relative_mahalanobis_by_hand", "relative_mahalanobis", 0.5},
  };
  const double *logits = doubles("logits", SAMPLES * CLASSES);
  const double *features = doubles("features", SAMPLES * WIDTH);
  const double *wanted = doubles("wanted", SAMPLES);
  const double *mean = doubles("fit/mean", CLASSES * WIDTH);
  const double *x = doubles("fit/features", TRAIN * WIDTH);
  double n[CLASSES] = {1, 1, 1, 1, 1}, centre[WIDTH] = {0}, total[WIDTH * WIDTH] = {0};
  double work[2 * WIDTH], score[SAMPLES];
  uint8_t caught[SAMPLES];
  struct fray_gaussians fit;
  for (size_t i = 0; i < TRAIN * WIDTH; i++)
    centre[i % WIDTH] += x[i] / TRAIN;
  for (size_t s = 0; s < TRAIN; s++)
    for (size_t i = 0; i < WIDTH * WIDTH; i++)
      total[i] += (x[s * WIDTH + i / WIDTH] - centre[i / WIDTH]) *
                  (x[s * WIDTH + i % WIDTH] - centre[i % WIDTH]) / (TRAIN - 1);
  for (size_t i = 0; i < WIDTH; i++)
    total[i * WIDTH + i] += 1e-6;
  OK(fray_gaussians_of(CLASSES, WIDTH, n, mean, centre, doubles("fit/covariance", WIDTH * WIDTH),
                       total, &arena, &fit, &err));
  for (size_t k = 0; k < FRAY_COUNT(line); k++) {
    struct fray_gate_score s = score_of(line[k].score);
    const struct fray_gate_score_ops *ops = s.kind->impl;
    char name[64], area[64];
    struct fray_roc roc;
    s.fit = &fit;
    snprintf(name, sizeof name, "score/%s", line[k].name);
    snprintf(area, sizeof area, "auroc/%s", line[k].name);
    const double *want = doubles(name, SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++) {
      const struct fray_gate_view view = {.classes = CLASSES,
                                          .hidden_width = WIDTH,
                                          .logits = logits + i * CLASSES,
                                          .hidden = features + i * WIDTH};
      ops->value(&s, &view, work, &score[i]);
      /* Theirs is 1 less the probability, or less the probability. */
      near(line[k].times * score[i], want[i] + (k == 0 && want[0] < 0), 1e-9);
      caught[i] = wanted[i] > 0;
    }
    OK(fray_roc_make(SAMPLES, score, caught, &arena, &roc, &err));
    near(roc.auc, *doubles(area, 1), 1e-12);
  }
}

/* ---- the fit ---- */

/* Moments of so many clients, to whom training samples are dealt by key. */
static struct fray_gaussians fit_of(size_t clients, uint64_t key, double scale) {
  const double *x = doubles("fit/features", TRAIN * WIDTH);
  const double *label = doubles("fit/label", TRAIN), *client = doubles("fit/client", TRAIN);
  const size_t n = fray_moments_size(CLASSES, WIDTH);
  double *moments = fray_arena_zero(&arena, clients * n, sizeof *moments);
  int32_t *exponent = fray_arena_alloc(&arena, n, sizeof *exponent);
  int64_t *sum = fray_arena_zero(&arena, n, sizeof *sum);
  struct fray_gaussians out;
  for (size_t i = 0; i < n; i++)
    exponent[i] = FRAY_MOMENTS_NONE;
  for (size_t s = 0; s < TRAIN; s++) {
    double row[WIDTH];
    struct fray_rng rng = fray_rng_for(key, "test/gate", s, 0, 0);
    const size_t k =
        key ? (size_t)(fray_rng_uniform(&rng) * (double)clients) : (size_t)client[s] % clients;
    for (size_t i = 0; i < WIDTH; i++)
      row[i] = scale * x[s * WIDTH + i];
    assert_true(fray_moments_add(CLASSES, WIDTH, row, (int32_t)label[s], moments + k * n));
  }
  for (size_t k = 0; k < clients; k++)
    fray_moments_scale(n, moments + k * n, exponent);
  for (size_t k = clients; k-- > 0;) /* in any order */
    fray_moments_quantise(n, moments + k * n, clients, exponent, sum);
  fray_moments_finish(n, sum, clients, exponent, moments);
  OK(fray_gaussians_make(CLASSES, WIDTH, moments, &arena, &out, &err));
  return out;
}

/* Of the published fit, and of one client that has all, however samples are dealt. */
static void the_fit_of_clients_is_the_pooled_one(void **state) {
  (void)state;
  const struct fray_gaussians pooled = fit_of(1, 0, 1);
  const double *mean = doubles("fit/mean", CLASSES * WIDTH);
  const double *covariance = doubles("fit/covariance", WIDTH * WIDTH);
  double trace = 0;
  for (size_t i = 0; i < CLASSES * WIDTH; i++)
    near(pooled.mean[i], mean[i], 1e-12);
  for (size_t i = 0; i < WIDTH; i++)
    trace += (covariance[i * WIDTH + i] - 1e-6) * (TRAIN - 1) / TRAIN;
  for (size_t i = 0; i < WIDTH * WIDTH; i++) {
    const bool ridge = i % (WIDTH + 1) == 0;
    const double ours = pooled.within[i] - (ridge ? FRAY_GATE_RIDGE * trace / WIDTH : 0);
    near(ours * TRAIN / (TRAIN - 1) + (ridge ? 1e-6 : 0), covariance[i], 1e-9);
  }
  for (uint64_t key = 0; key < 20; key++) {
    const struct fray_gaussians dealt = fit_of(key ? 1 + 3 * key : CLIENTS, key, 1);
    for (size_t i = 0; i < CLASSES * WIDTH; i++)
      near(dealt.mean[i], pooled.mean[i], 1e-12);
    for (size_t i = 0; i < WIDTH * WIDTH; i++)
      near(dealt.within[i], pooled.within[i], 1e-12 * fabs(pooled.within[0]));
  }
  /* Of tiny values as well: places have units of their own. */
  const struct fray_gaussians small = fit_of(CLIENTS, 0, 0x1p-40);
  for (size_t i = 0; i < WIDTH * WIDTH; i++)
    near(small.within[i] * 0x1p80, pooled.within[i], 1e-12 * fabs(pooled.within[0]));
}

static void what_cannot_be_fitted_is_left_out_or_refused(void **state) {
  (void)state;
  double moments[64] = {0}, work[4];
  const double broken[] = {1, NAN}, x[] = {1, 2}, y[] = {3, 5};
  const double far[] = {INFINITY, 0};
  struct fray_err fault = {0};
  struct fray_gaussians fit;
  assert_false(fray_moments_add(3, 2, broken, 1, moments));
  assert_false(fray_moments_add(3, 2, x, -1, moments));
  assert_false(fray_moments_add(3, 2, x, 3, moments));
  for (size_t i = 0; i < fray_moments_size(3, 2); i++)
    assert_true(moments[i] == 0);
  assert_int_equal(fray_gaussians_make(3, 2, moments, &arena, &fit, &fault), FRAY_INPUT);
  SAYS(fault, "two training samples, and there are 0");
  assert_true(fray_moments_add(3, 2, x, 1, moments) && fray_moments_add(3, 2, x, 1, moments));
  assert_int_equal(fray_gaussians_make(3, 2, moments, &arena, &fit, &fault), FRAY_INPUT);
  SAYS(fault, "do not vary");
  assert_true(fray_moments_add(3, 2, y, 1, moments));
  OK(fray_gaussians_make(3, 2, moments, &arena, &fit, &err));
  assert_true(isinf(fray_gaussians_nearest(&fit, far, work)));
  /* Classes 0 and 2 have no samples, and 0, where their means would stand, is near to nothing. */
  const double origin[] = {0, 0}, mean[] = {5.0 / 3, 3};
  near(fray_gaussians_nearest(&fit, mean, work), 0, 1e-9);
  assert_true(fray_gaussians_nearest(&fit, origin, work) > 1);
}

/* ---- every score of the list ---- */

enum { ALL = 24 };
/* All forms of all scores. Returns how many. */
static size_t all_scores(struct fray_gate_score *out, const struct fray_gaussians *fit) {
  static const double levels[] = {-30, -25, -20, -10}, spreads[] = {1, 2, 3, 4};
  static const struct fray_gate_dev usual[] = {{4, levels}, {4, spreads}};
  size_t n = 0;
  char text[80];
  for (size_t k = 0; k < fray_gate_scores.n; k++) {
    const struct fray_gate_score_ops *ops = fray_gate_scores.v[k]->impl;
    assert_true(ops->of_whole || ops->of_modality);
    for (int form = 0; form < 2; form++)
      if (form ? ops->of_modality : ops->of_whole) {
        snprintf(text, sizeof text, form ? "%s:image" : "%s", fray_gate_scores.v[k]->name);
        out[n] = score_of(text);
        assert_string_equal(out[n].name, text);
        assert_true(out[n].modality == (form ? 1 : FRAY_GATE_WHOLE));
        out[n].usual = usual;
        out[n++].fit = fit;
      }
  }
  return n;
}

/* What is not there is NULL, and a score asks for no more than it says; what is broken is never the
 * least suspicious. */
static void what_scores_see(void **state) {
  (void)state;
  const struct fray_gaussians fit = fit_of(CLIENTS, 0, 1);
  struct fray_gate_score score[ALL];
  const size_t n = all_scores(score, &fit);
  assert_int_equal(n, 12);
  const double logits[] = {1, 3, -2, 0, .5}, other[] = {0, -1, 4, 0, 1}, nan[] = {0, NAN, 0, 0, 0};
  const double x[WIDTH] = {1, 2, 3, 4, 5, 6, 7}, broken[WIDTH] = {NAN}, facts[] = {-20, 3, .5};
  const size_t n_facts[] = {3, 2};
  double work[2 * WIDTH], out[3], again[3];
  for (size_t s = 0; s < n; s++) {
    const struct fray_gate_score_ops *ops = score[s].kind->impl;
    const unsigned reads = fray_gate_score_reads(&score[s]);
    const double *alone[] = {logits, other}, *token[] = {x, x}, *fact[] = {facts, facts};
    const double *none[] = {NULL, NULL};
    struct fray_gate_view view = {.classes = CLASSES,
                                  .modalities = 2,
                                  .hidden_width = WIDTH,
                                  .token_width = WIDTH,
                                  .logits = logits,
                                  .alone = reads & FRAY_GATE_ALONE ? alone : NULL,
                                  .hidden = reads & FRAY_GATE_HIDDEN ? x : NULL,
                                  .token = reads & FRAY_GATE_TOKENS ? token : NULL,
                                  .facts = reads & FRAY_GATE_FACTS ? fact : NULL,
                                  .n_facts = n_facts};
    assert_true(fray_gate_work(&view) == 2 * WIDTH);
    ops->value(&score[s], &view, work, out);
    ops->value(&score[s], &view, work, again);
    assert_true(isfinite(*out) && *out == *again);
    if (score[s].modality != FRAY_GATE_WHOLE) { /* a modality that is not there */
      alone[1] = token[1] = fact[1] = NULL;
      ops->value(&score[s], &view, work, out);
      assert_true(isnan(*out));
      fact[1] = broken;
    }
    view.logits = nan;
    view.alone = view.alone ? (const double *[]){nan, nan} : none;
    view.hidden = view.hidden ? broken : NULL;
    view.token = view.token ? (const double *[]){broken, broken} : none;
    ops->value(&score[s], &view, work, out);
    if (!(out[0] == (double)INFINITY))
      fail_msg("%s gives %g of a broken sample", score[s].name, out[0]);
  }
}

/* By hand: of nine training samples 0 to 8 as many as 2 are as far out as 1, and none as 9 or -1;
 * beyond them what is further is more suspicious, in units of the range. */
static void facts_against_training(void **state) {
  (void)state;
  static const double nine[] = {0, 1, 2, 3, 4, 5, 6, 7, 8}, same[] = {5, 5, 5};
  const struct fray_gate_dev usual[] = {{9, nine}, {3, same}};
  const size_t n_facts[] = {0, 2};
  static const struct {
    double fact[2], p;
  } cases[] = {{{1, 5}, 2 * 3. / 10},
               {{4, 5}, 2 * 6. / 10},
               {{8, 5}, 2 * 2. / 10},
               {{9, 5}, 2. / 10 / (9. / 8)},
               {{-8, 5}, 2. / 10 / 2},
               {{-INFINITY, 5}, 0},
               {{4, 6}, 0}};
  struct fray_gate_score score = score_of("signal:image");
  const struct fray_gate_score_ops *ops = score.kind->impl;
  score.usual = usual;
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    const double *facts[] = {NULL, cases[k].fact};
    const struct fray_gate_view view = {.modalities = 2, .facts = facts, .n_facts = n_facts};
    double out;
    ops->value(&score, &view, NULL, &out);
    if (cases[k].p > 0)
      near(out, -log(2 * cases[k].p), 1e-12);
    else
      assert_true(out == (double)INFINITY);
  }
}

/* By hand: sure and contrary answers, equal ones, one modality. */
static void contradictions(void **state) {
  (void)state;
  const double a[] = {800, 0, 0}, b[] = {0, 800, 0}, half[] = {log(3), 0, -INFINITY};
  const double *pair[] = {a, b};
  double work[6], out;
  const struct fray_gate_view view = {.classes = 3, .modalities = 2, .logits = a, .alone = pair};
  const struct fray_gate_score d = score_of("disagreement"), j = score_of("jensen_shannon");
  const struct fray_gate_score_ops *disagree = d.kind->impl, *diverge = j.kind->impl;
  disagree->value(&d, &view, work, &out);
  near(out, 1, 1e-15);
  diverge->value(&j, &view, work, &out);
  near(out, log(2), 1e-15);
  pair[1] = half; /* 3/4, 1/4 */
  disagree->value(&d, &view, work, &out);
  near(out, 0.25, 1e-15);
  diverge->value(&j, &view, work, &out);
  near(out,
       -(7. / 8 * log(7. / 8) + 1. / 8 * log(1. / 8)) +
           (3. / 4 * log(3. / 4) + 1. / 4 * log(1. / 4)) / 2,
       1e-15);
  pair[0] = half;
  diverge->value(&j, &view, work, &out);
  assert_true(out == 0);
  pair[0] = NULL; /* nothing contradicts one alone */
  disagree->value(&d, &view, work, &out);
  assert_true(out == 0);
  diverge->value(&j, &view, work, &out);
  assert_true(out == 0);
}

static void unknown_scores_are_refused(void **state) {
  (void)state;
  static const char *const line[][2] = {
      {"enrgy", "did you mean 'energy'"},
      {"signal", "signal is a score of one modality"},
      {"entropy:image", "entropy is a score of the whole sample, not of 'image'"},
      {"energy:imag", "no such modality"},
      {"{kind: energy, temperature: 0}", "temperature"},
      {"{kind: softmax, temperature: 2}", "temperature"},
      {"{modality: image}", "kind"},
  };
  for (size_t k = 0; k < FRAY_COUNT(line); k++) {
    struct fray_node *list;
    struct fray_gate_score score;
    struct fray_err fault = {0};
    char yaml[200];
    snprintf(yaml, sizeof yaml, "[%s]", line[k][0]);
    OK(fray_yaml_parse(yaml, "gate.yaml", &arena, &list, &err));
    assert_int_equal(
        fray_gate_score_read(list->child, "gate.scores", modality, 2, &arena, &score, &fault),
        FRAY_INPUT);
    SAYS(fault, line[k][1]);
    SAYS(fault, "gate.yaml:1");
  }
}

/* ---- thresholds ---- */

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void thresholds_by_hand(void **state) {
  (void)state;
  double score[64];
  size_t with_scores = 0;
  for (const struct fray_node *c = fray_node_get(forms, "conformal")->child; c; c = c->next) {
    const size_t n = (size_t)real(fray_node_get(c, "n"));
    const double alpha = real(fray_node_get(c, "alpha"));
    assert_int_equal(fray_conformal_rank(n, alpha), (size_t)real(fray_node_get(c, "k")));
    const struct fray_node *list = fray_node_get(c, "scores");
    if (list->kind != FRAY_NODE_LIST)
      continue;
    assert_int_equal(reals(list, score), n);
    qsort(score, n, sizeof *score, ascending);
    const double want = real(fray_node_get(c, "threshold"));
    const double got = fray_conformal_threshold(score, n, alpha);
    assert_true(isnan(want) ? isinf(got) : got == want);
    with_scores++;
  }
  assert_int_equal(with_scores, 4);
  /* (n + 1)(1 - alpha) is whole, and its product in floating point is not. */
  for (size_t percent = 0; percent <= 100; percent++)
    assert_int_equal(fray_conformal_rank(99, (double)percent / 100), 100 - percent);
}

/* ---- what came of it ---- */

static void fronts_by_hand(void **state) {
  (void)state;
  const struct fray_node *f = fray_node_get(forms, "fronts");
  double x[3][64];
  uint8_t to_refuse[64], refused[64], right[64];
  const size_t n = reals(fray_node_get(f, "to_refuse"), x[0]);
  reals(fray_node_get(f, "refused"), x[1]);
  reals(fray_node_get(f, "right"), x[2]);
  for (size_t i = 0; i < n; i++) {
    to_refuse[i] = x[0][i] > 0;
    refused[i] = x[1][i] > 0;
    right[i] = x[2][i] > 0;
  }
  const struct fray_fronts got = fray_fronts_of(n, to_refuse, refused, right);
  assert_true(got.adherence == real(fray_node_get(f, "adherence")));
  assert_true(got.false_refusal == real(fray_node_get(f, "false_refusal")));
  assert_true(got.unwarranted == real(fray_node_get(f, "unwarranted")));
  near(got.answered_wrong, real(fray_node_get(f, "answered_wrong")), 1e-15);
  assert_int_equal(got.n_adherence + got.n_benign, n);
  assert_true(isnan(fray_fronts_of(0, NULL, NULL, NULL).adherence));
}

static void risk_by_coverage(void **state) {
  (void)state;
  const struct fray_node *f = fray_node_get(forms, "risk_coverage");
  double score[16], w[16], want[16], risk[16], area, best;
  uint8_t wrong[16];
  const size_t n = reals(fray_node_get(f, "score_high_is_unsure"), score);
  reals(fray_node_get(f, "wrong"), w);
  reals(fray_node_get(f, "risk"), want);
  for (size_t i = 0; i < n; i++)
    wrong[i] = w[i] > 0;
  OK(fray_risk_coverage(n, score, wrong, &arena, risk, &area, &best, &err));
  for (size_t i = 0; i < n; i++)
    near(risk[i], want[i], 1e-12);
  near(area, real(fray_node_get(f, "aurc")), 1e-12);
  near(best, real(fray_node_get(f, "aurc_of_the_best_order")), 1e-12);
  /* Without an order, the risk is that of all at any coverage. */
  for (size_t i = 0; i < n; i++)
    score[i] = 7;
  OK(fray_risk_coverage(n, score, wrong, &arena, risk, &area, &best, &err));
  for (size_t i = 0; i < n; i++)
    near(risk[i], want[n - 1], 1e-12);
}

static void cuts_of_claims(void **state) {
  (void)state;
  const double s[] = {.9, .8, .3, .7}, r[] = {.1, .5, .2}, same[] = {.5};
  double cut, accuracy;
  OK(fray_claim_cut(4, s, 3, r, &arena, &cut, &accuracy, &err));
  assert_true(cut == .7);
  near(accuracy, (3. / 4 + 1) / 2, 1e-15);
  OK(fray_claim_cut(1, same, 1, same, &arena, &cut, &accuracy, &err));
  assert_true(cut == .5 && accuracy == .5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pytorch_ood),
      cmocka_unit_test(the_fit_of_clients_is_the_pooled_one),
      cmocka_unit_test(what_cannot_be_fitted_is_left_out_or_refused),
      cmocka_unit_test(what_scores_see),
      cmocka_unit_test(contradictions),
      cmocka_unit_test(facts_against_training),
      cmocka_unit_test(unknown_scores_are_refused),
      cmocka_unit_test(thresholds_by_hand),
      cmocka_unit_test(fronts_by_hand),
      cmocka_unit_test(risk_by_coverage),
      cmocka_unit_test(cuts_of_claims),
  };
  const int failed = cmocka_run_group_tests_name("gate", tests, begin, end);
  return failed + gate_law_tests();
}
