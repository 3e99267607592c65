/* The bounty without a model: lists, repairs and predictions equal to those of two published codes
 * after every certificate (tests/fixtures/bounty.json), exact tests, and laws of certificates,
 * lists, groups and trees. */
#include "../ok.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/instrument/bounty.h"
#include "fray/metric/paired.h"
#include "fray/metric/pointer_list.h"

#include <math.h>

static struct fray_arena arena;
static struct fray_node *fixture;

static int begin(void **state) {
  (void)state; /* JSON is YAML */
  OK(fray_yaml_load(FRAY_SOURCE_DIR "/tests/fixtures/bounty.json", &arena, &fixture, &err));
  return 0;
}

static int end(void **state) {
  (void)state;
  fray_arena_free(&arena);
  return 0;
}

static double real(const struct fray_node *map, const char *key) {
  const struct fray_node *node = key ? fray_node_get(map, key) : map;
  double value = NAN;
  assert_non_null(node);
  assert_true(fray_node_real(node, &value));
  return value;
}

static void near(double got, double want, double within) {
  if (!(fabs(got - want) <= within))
    fail_msg("%.17g, not %.17g", got, want);
}

static void *room(size_t n, size_t size) {
  void *out = fray_arena_zero(&arena, n + 1, size);
  assert_non_null(out);
  return out;
}

/* ---- exact numbers ---- */

static void sign_tests(void **state) {
  (void)state;
  size_t n = 0;
  for (const struct fray_node *k = fray_node_get(fixture, "sign_test")->child; k; k = k->next, n++)
    near(fray_sign_test((size_t)real(k, "b"), (size_t)real(k, "c")) / real(k, "p"), 1, 1e-12);
  assert_int_equal(n, 8);
  /* P(X >= b) + P(X <= b - 1) = 1, and the law is symmetric: at most b - 1 is at least c + 1. */
  for (size_t b = 1; b < 40; b++)
    for (size_t c = 0; c < 40; c++)
      near(fray_sign_test(b, c) + fray_sign_test(c + 1, b - 1), 1, 1e-12);
  /* Beyond what a double holds as 2^-n: the middle of a symmetric law, by Stirling 1/2 + 1/(2
   * sqrt(pi b)). */
  near(fray_sign_test(20000, 20000), .5 + .5 / sqrt(acos(-1) * 20000), 1e-7);
}

static void sizes_by_hand(void **state) {
  (void)state;
  for (const struct fray_node *k = fray_node_get(fixture, "fewest")->child; k; k = k->next)
    assert_int_equal(fray_bounty_fewest(real(k, "alpha"), (size_t)real(k, "submissions")),
                     (size_t)real(k, "b"));
  for (const struct fray_node *k = fray_node_get(fixture, "holdout")->child; k; k = k->next)
    near(fray_bounty_holdout(real(k, "epsilon"), real(k, "delta"), (size_t)real(k, "submissions")),
         real(k, "n"), 0);
}

/* ---- the published lists ---- */

/* Certificates about some samples. */
struct scene {
  size_t n, certificates;
  int32_t *label;
  int16_t *base, **answer;
  uint8_t **member;
  uint32_t *client; /* each sample one of its own */
};

static struct scene make_scene(size_t n, size_t certificates) {
  struct scene s = {.n = n, .certificates = certificates};
  s.label = room(n, sizeof *s.label);
  s.base = room(n, sizeof *s.base);
  s.client = room(n, sizeof *s.client);
  s.answer = room(certificates, sizeof *s.answer);
  s.member = room(certificates, sizeof *s.member);
  for (size_t k = 0; k < certificates; k++) {
    s.answer[k] = room(n, sizeof **s.answer);
    s.member[k] = room(n, 1);
  }
  for (size_t i = 0; i < n; i++)
    s.client[i] = (uint32_t)i;
  return s;
}

static struct fray_certified certified(const struct scene *s) {
  return (struct fray_certified){.n = s->n,
                                 .label = s->label,
                                 .base = s->base,
                                 .member = (const uint8_t *const *)s->member,
                                 .answer = (const int16_t *const *)s->answer};
}

static struct scene read_scene(const struct fray_node *table) {
  const struct fray_node *member = fray_node_get(table, "member")->child;
  const struct fray_node *answer = fray_node_get(table, "answer")->child;
  const char *label = fray_node_get(table, "label")->scalar;
  const char *base = fray_node_get(table, "base")->scalar;
  struct scene s = make_scene(strlen(label), fray_node_get(table, "member")->n);
  for (size_t i = 0; i < s.n; i++) {
    s.label[i] = label[i] - '0';
    s.base[i] = (int16_t)(base[i] - '0');
  }
  for (size_t k = 0; k < s.certificates; k++, member = member->next, answer = answer->next)
    for (size_t i = 0; i < s.n; i++) {
      s.member[k][i] = (uint8_t)(member->scalar[i] - '0');
      s.answer[k][i] = (int16_t)(answer->scalar[i] - '0');
    }
  return s;
}

static void says(const struct fray_pointer_list *list, const struct scene *s, int16_t *out) {
  const struct fray_certified of = certified(s);
  for (size_t i = 0; i < s->n; i++)
    out[i] = fray_list_says(list, list->n_versions - 1, &of, i);
}

static struct fray_bounty_verdict judge(const struct fray_bounty_terms *terms,
                                        const struct scene *s, size_t k, const int16_t *f) {
  struct fray_bounty_verdict out;
  OK(fray_bounty_judge(terms, s->n, s->label, s->client, s->n, s->member[k], f, s->answer[k], &out,
                       &err));
  return out;
}

/* The published codes ask for a gain and for nothing else. */
static void follow(const struct fray_node *one, size_t *all_repairs) {
  const struct scene verify = read_scene(fray_node_get(one, "verify"));
  const struct scene test = read_scene(fray_node_get(one, "test"));
  const struct fray_certified of = certified(&verify);
  const struct fray_bounty_terms terms = {
      .alpha = 1, .submissions = 1, .epsilon = real(one, "alpha")};
  const struct fray_node *step = fray_node_get(one, "steps")->child;
  int16_t *f = room(verify.n, sizeof *f), *unseen = room(test.n, sizeof *unseen);
  struct fray_pointer_list list;
  OK(fray_list_begin(&arena, &list, &err));
  for (size_t k = 0; k < verify.certificates; k++, step = step->next) {
    const struct fray_node *error = fray_node_get(step, "errors")->child;
    const char *wanted = fray_node_get(step, "predicted")->scalar;
    size_t repairs = 0;
    says(&list, &verify, f);
    const bool accepted = judge(&terms, &verify, k, f).word == FRAY_BOUNTY_ACCEPTED;
    assert_int_equal(accepted, (int)real(step, "accepted"));
    if (accepted)
      OK(fray_list_update(&list, k, &of, &arena, &repairs, &err));
    assert_int_equal(repairs, (size_t)real(step, "repairs"));
    *all_repairs += repairs;
    /* All samples, then every group, of those that were refused as well. */
    for (size_t g = 0; g <= verify.certificates; g++, error = error->next) {
      size_t n;
      const size_t wrong =
          fray_list_wrong(&list, list.n_versions - 1, &of, g ? g - 1 : FRAY_LIST_ALL, &n);
      near((double)wrong / (double)n, real(error, NULL), 1e-9);
    }
    says(&list, &test, unseen);
    for (size_t i = 0; i < test.n; i++)
      assert_int_equal(unseen[i], wanted[i] - '0');
  }
}

static void lists_are_the_published_ones(void **state) {
  (void)state;
  size_t repairs = 0;
  for (const struct fray_node *one = fray_node_get(fixture, "cases")->child; one; one = one->next)
    follow(one, &repairs);
  assert_int_equal(repairs, 1);
}

/* ---- laws of lists ---- */

/* Three classes, groups and answers at random. */
static struct scene random_scene(struct fray_rng *rng, size_t n, size_t certificates) {
  struct scene s = make_scene(n, certificates);
  for (size_t i = 0; i < n; i++) {
    s.label[i] = (int32_t)fray_rng_below(rng, 3);
    s.base[i] = (int16_t)fray_rng_below(rng, 3);
  }
  for (size_t k = 0; k < certificates; k++) {
    const double share = fray_rng_uniform(rng);
    for (size_t i = 0; i < n; i++) {
      s.member[k][i] = fray_rng_uniform(rng) < share;
      s.answer[k][i] = (int16_t)fray_rng_below(rng, 3);
    }
  }
  return s;
}

/* On verify no group that was let in is ever worse than in any version, and the whole gets better
 * with each. Versions do not change when the list grows. */
static void groups_never_lose_what_they_had(void **state) {
  (void)state;
  struct fray_rng rng = fray_rng_for(1, "bounty lists", 0, 0, 0);
  size_t repairs = 0, updates = 0;
  for (int run = 0; run < 40; run++) {
    const struct scene s = random_scene(&rng, 60, 12);
    const struct fray_certified of = certified(&s);
    struct fray_pointer_list list;
    int16_t *before = room(s.n, sizeof *before);
    OK(fray_list_begin(&arena, &list, &err));
    for (size_t k = 0; k < s.certificates; k++) {
      const size_t now = list.n_versions - 1;
      size_t more;
      says(&list, &s, before);
      struct fray_bounty_terms terms = {.alpha = 1, .submissions = 1};
      if (judge(&terms, &s, k, before).word != FRAY_BOUNTY_ACCEPTED)
        continue;
      OK(fray_list_update(&list, k, &of, &arena, &more, &err));
      repairs += more;
      updates++;
      assert_true(fray_list_wrong(&list, now + 1, &of, FRAY_LIST_ALL, NULL) <
                  fray_list_wrong(&list, now, &of, FRAY_LIST_ALL, NULL));
      for (size_t g = 0; g < list.n_groups; g++)
        for (size_t v = 0; v <= now; v++)
          assert_true(fray_list_wrong(&list, now + 1, &of, list.group[g], NULL) <=
                      fray_list_wrong(&list, v, &of, list.group[g], NULL));
      for (size_t i = 0; i < s.n; i++)
        assert_int_equal(fray_list_says(&list, now, &of, i), before[i]);
      /* The same certificate once more has nothing left to give: at best what repairs took. */
      says(&list, &s, before);
      if (more == 0)
        assert_int_equal(judge(&terms, &s, k, before).word, FRAY_BOUNTY_NO_GAIN);
    }
  }
  assert_true(updates > 60 && repairs > 10);
}

/* Nodes are asked from the newest on: of two that disagree the later one is heard. */
static void the_newest_node_is_asked_first(void **state) {
  (void)state;
  struct scene s = make_scene(4, 2);
  struct fray_pointer_list list;
  size_t repairs;
  for (size_t i = 0; i < 4; i++) {
    s.label[i] = 2;
    s.member[0][i] = i < 3;
    s.member[1][i] = i > 0;
    s.answer[0][i] = i < 2 ? 2 : 1;
    s.answer[1][i] = 2;
  }
  const struct fray_certified of = certified(&s);
  OK(fray_list_begin(&arena, &list, &err));
  OK(fray_list_update(&list, 0, &of, &arena, &repairs, &err));
  assert_int_equal(fray_list_says(&list, 1, &of, 2), 1);
  OK(fray_list_update(&list, 1, &of, &arena, &repairs, &err));
  assert_int_equal(repairs, 0);
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(fray_list_says(&list, 2, &of, i), 2);
  assert_int_equal(fray_list_says(&list, 1, &of, 3), 0);
  assert_int_equal(fray_list_says(&list, 0, &of, 0), 0);
}

/* ---- laws of certificates ---- */

/* n samples of m clients in turn, all of the group; the first `right` turn right, the next `wrong`
 * wrong. */
static struct fray_bounty_verdict simple(const struct fray_bounty_terms *terms, size_t n, size_t m,
                                         size_t group, size_t right, size_t wrong) {
  struct scene s = make_scene(n, 1);
  int16_t *f = room(n, sizeof *f);
  struct fray_bounty_verdict out;
  for (size_t i = 0; i < n; i++) {
    s.member[0][i] = i < group;
    s.client[i] = (uint32_t)(i % m);
    f[i] = i < right ? 1 : 0;
    s.answer[0][i] = i >= right && i < right + wrong ? 1 : 0;
  }
  OK(fray_bounty_judge(terms, n, s.label, s.client, m, s.member[0], f, s.answer[0], &out, &err));
  return out;
}

static void certificates_by_hand(void **state) {
  (void)state;
  const struct fray_bounty_terms *usual = &fray_bounty_usual;
  /* Nine discordant samples, none against, are the fewest. */
  assert_int_equal(simple(usual, 180, 6, 60, 9, 0).word, FRAY_BOUNTY_ACCEPTED);
  assert_int_equal(simple(usual, 180, 6, 60, 8, 0).word, FRAY_BOUNTY_NOT_SURE);
  /* Answers that are the model's own, and those that are as often worse. */
  assert_int_equal(simple(usual, 180, 6, 60, 0, 0).word, FRAY_BOUNTY_NO_GAIN);
  assert_int_equal(simple(usual, 180, 6, 60, 20, 20).word, FRAY_BOUNTY_NO_GAIN);
  assert_int_equal(simple(usual, 180, 6, 60, 0, 20).word, FRAY_BOUNTY_NO_GAIN);
  /* Nine of a thousand are less than epsilon. */
  assert_int_equal(simple(usual, 1000, 6, 60, 9, 0).word, FRAY_BOUNTY_NO_GAIN);
  assert_int_equal(simple(usual, 1000, 6, 60, 10, 0).word, FRAY_BOUNTY_ACCEPTED);
  /* Samples, share, clients. */
  assert_int_equal(simple(usual, 180, 6, 19, 19, 0).word, FRAY_BOUNTY_TOO_SMALL);
  assert_int_equal(simple(usual, 180, 6, 20, 19, 0).word, FRAY_BOUNTY_ACCEPTED);
  assert_int_equal(simple(usual, 2000, 6, 39, 39, 0).word, FRAY_BOUNTY_TOO_SMALL);
  assert_int_equal(simple(usual, 2000, 6, 40, 40, 0).word, FRAY_BOUNTY_ACCEPTED);
  assert_int_equal(simple(usual, 180, 2, 60, 30, 0).word, FRAY_BOUNTY_TOO_SMALL);
  assert_int_equal(simple(usual, 180, 3, 60, 30, 0).word, FRAY_BOUNTY_ACCEPTED);
  /* Ten samples of one client of two, however many. */
  struct scene s = make_scene(180, 1);
  int16_t *f = room(s.n, sizeof *f);
  struct fray_bounty_verdict v;
  for (size_t clients = 1; clients <= 3; clients++) {
    for (size_t i = 0; i < s.n; i++) {
      s.client[i] = (uint32_t)(i / 60);
      s.member[0][i] = i % 60 < 20;
      f[i] = i % 60 < 15 && i / 60 < clients;
      s.answer[0][i] = 0;
    }
    OK(fray_bounty_judge(usual, s.n, s.label, s.client, 3, s.member[0], f, s.answer[0], &v, &err));
    assert_int_equal(v.gained, clients);
    assert_int_equal(v.word, clients < 2 ? FRAY_BOUNTY_NOT_SURE : FRAY_BOUNTY_ACCEPTED);
  }
  /* What has no label counts for nothing. */
  for (size_t i = 0; i < s.n; i++)
    s.label[i] = -1;
  OK(fray_bounty_judge(usual, s.n, s.label, s.client, 3, s.member[0], f, s.answer[0], &v, &err));
  assert_int_equal(v.all + v.n + v.clients, 0);
  assert_int_equal(v.word, FRAY_BOUNTY_TOO_SMALL);
}

/* A better answer for everybody: a group that is drawn is accepted or not by its size alone. */
static void better_everywhere_is_a_matter_of_size(void **state) {
  (void)state;
  struct fray_rng rng = fray_rng_for(2, "bounty sizes", 0, 0, 0);
  size_t accepted = 0;
  for (int run = 0; run < 300; run++) {
    struct scene s = make_scene(180, 1);
    int16_t *f = room(s.n, sizeof *f);
    const double share = .3 * fray_rng_uniform(&rng);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
      s.member[0][i] = fray_rng_uniform(&rng) < share;
      n += s.member[0][i];
      f[i] = 1;
    }
    const enum fray_bounty_word word = judge(&fray_bounty_usual, &s, 0, f).word;
    assert_int_equal(word, n < 20 ? FRAY_BOUNTY_TOO_SMALL : FRAY_BOUNTY_ACCEPTED);
    accepted += word == FRAY_BOUNTY_ACCEPTED;
  }
  assert_true(accepted > 50 && accepted < 250);
}

/* Without an effect a sample that changes turns right as often as wrong: then at most alpha / U of
 * the submissions are accepted, and 3 standard deviations. */
static void luck_is_hardly_ever_accepted(void **state) {
  (void)state;
  enum { RUNS = 2000 };
  struct fray_rng rng = fray_rng_for(3, "bounty null", 0, 0, 0);
  const double share = fray_bounty_usual.alpha / (double)fray_bounty_usual.submissions;
  size_t accepted = 0, sure_alone = 0;
  struct fray_bounty_terms loose = {.alpha = .05, .submissions = 1};
  for (int run = 0; run < RUNS; run++) {
    struct scene s = make_scene(180, 1);
    int16_t *f = room(s.n, sizeof *f);
    for (size_t i = 0; i < s.n; i++) {
      const uint64_t what = fray_rng_below(&rng, 4); /* better, worse, twice alike */
      s.client[i] = (uint32_t)(i / 30);
      s.member[0][i] = i % 3 > 0;
      f[i] = what == 0;
      s.answer[0][i] = what == 1;
    }
    struct fray_bounty_verdict v;
    OK(fray_bounty_judge(&fray_bounty_usual, s.n, s.label, s.client, 6, s.member[0], f, s.answer[0],
                         &v, &err));
    accepted += v.word == FRAY_BOUNTY_ACCEPTED;
    OK(fray_bounty_judge(&loose, s.n, s.label, s.client, 6, s.member[0], f, s.answer[0], &v, &err));
    sure_alone += v.word == FRAY_BOUNTY_ACCEPTED;
  }
  assert_true((double)accepted / RUNS <= share + 3 * sqrt(share * (1 - share) / RUNS));
  /* The sign test by itself keeps its level too, and is no idle one. */
  assert_true((double)sure_alone / RUNS <= .05 + 3 * sqrt(.05 * .95 / RUNS));
  assert_true(sure_alone > RUNS / 100);
}

/* ---- groups ---- */

static const char *const accents[] = {"north", "south", "no"};
static const char *const yes[] = {"false", "true"};
static const struct fray_trait traits_of[] = {
    {"accent", 3, accents},    {"present.audio", 2, yes},    {"audio.loudness", 0, NULL},
    {"disagreement", 0, NULL}, {"image.deviation", 0, NULL}, {"series.deviation", 0, NULL}};
enum { PEOPLE = 4 };

static void group_is(const char *yaml, const char *members, const char *written) {
  const double x[] = {0,    1,  2,   1,  0,  1,  1,  0,  -30, -20, (double)NAN, -(double)INFINITY,
                      0.25, .5, .75, 1., 0., 0., 0., 0., 0.,  0.,  0.,          0.};
  const struct fray_traits traits = {PEOPLE, FRAY_COUNT(traits_of), traits_of, x};
  struct fray_group_rule rule;
  struct fray_text text = {0};
  struct fray_node *node;
  uint8_t member[PEOPLE];
  for (int again = 0; again < 2; again++) {
    OK(fray_yaml_parse(again ? text.data : yaml, "test", &arena, &node, &err));
    OK(fray_group_read(node, "group", &traits, &arena, &rule, &err));
    fray_group_members(&traits, &rule, member);
    for (int i = 0; i < PEOPLE; i++)
      assert_int_equal(member[i], members[i] - '0');
    fray_text_free(&text);
    text = (struct fray_text){0};
    fray_group_write(&rule, &traits, &text);
    assert_string_equal(text.data, written);
  }
  fray_text_free(&text);
}

static void group_says(const char *yaml, const char *words) {
  const struct fray_traits traits = {0, FRAY_COUNT(traits_of), traits_of, NULL};
  struct fray_group_rule rule;
  struct fray_node *node;
  OK(fray_yaml_parse(yaml, "test", &arena, &node, &err));
  struct fray_err err = {0};
  assert_int_equal(fray_group_read(node, "group", &traits, &arena, &rule, &err), FRAY_INPUT);
  SAYS(err, words);
}

static void groups_are_said_in_traits(void **state) {
  (void)state;
  group_is("[]", "1111", "[]");
  group_is("{accent: north}", "1000", "[{accent: [north]}]");
  group_is("[{accent: [south, \"no\"]}]", "0111", "[{accent: [south, no]}]");
  group_is("[{present: {audio: false}}]", "1001", "[{present.audio: [\"false\"]}]");
  group_is("[{present: {audio: true}}, {accent: south}]", "0100",
           "[{present.audio: [\"true\"]}, {accent: [south]}]");
  /* What is not there, and what is silent, is below every number. */
  group_is("{loudness: [-25, null]}", "0100", "[{audio.loudness: [-25, null]}]");
  group_is("{audio.loudness: [null, -25]}", "1011", "[{audio.loudness: [null, -25]}]");
  group_is("{disagreement: [0.5, 0.75]}", "0110", "[{disagreement: [0.5, 0.75]}]");
  group_says("{label: six}", "never said by the label");
  group_says("{acent: north}", "did you mean 'accent'");
  group_says("{accent: nort}", "did you mean 'north'");
  group_says("{accent: []}", "nobody is meant");
  group_says("{disagreement: 0.5}", "a range is expected");
  group_says("{disagreement: [1, 0.5]}", "the range is empty");
  group_says("{disagreement: [low, 1]}", "a number is expected");
  group_says("{deviation: [0, 1]}", "several modalities have that");
  group_says("[north]", "a trait with its values is expected");
}

/* ---- trees ---- */

/* Gains where sound is missing and the disagreement is above .6: found but for the border. */
static void trees_find_what_was_planted(void **state) {
  (void)state;
  enum { N = 400 };
  struct fray_rng rng = fray_rng_for(4, "bounty trees", 0, 0, 0);
  double *x = room(FRAY_COUNT(traits_of) * N, sizeof *x);
  int8_t *w = room(N, 1);
  const struct fray_traits traits = {N, FRAY_COUNT(traits_of), traits_of, x};
  const uint8_t used[] = {1, 1, 1, 1, 0, 0}, blind[] = {1, 0, 0, 0, 0, 0};
  struct fray_bounty_leaf *leaf;
  size_t n, planted = 0, in_all = 0, in_leaves = 0, pure = 0;
  for (size_t i = 0; i < N; i++) {
    x[i] = (double)fray_rng_below(&rng, 3);
    x[N + i] = (double)fray_rng_below(&rng, 2);
    x[2 * N + i] = x[N + i] > 0 ? -60 * fray_rng_uniform(&rng) : (double)NAN;
    x[3 * N + i] = fray_rng_uniform(&rng);
    w[i] = x[N + i] < 1 && x[3 * N + i] > .6;
    planted += (size_t)w[i];
  }
  OK(fray_bounty_tree(&traits, used, w, 3, 12, &arena, &leaf, &n, &err));
  for (size_t k = 0; k < n; k++) {
    uint8_t *member = room(N, 1);
    int64_t gain = 0;
    size_t size = 0;
    fray_group_members(&traits, &leaf[k].group, member);
    for (size_t i = 0; i < N; i++) {
      gain += member[i] ? w[i] : 0;
      size += member[i];
    }
    /* A leaf is its group, and mass x gain x n is the sum of w over it. */
    assert_int_equal(gain, leaf[k].gain);
    assert_int_equal(size, leaf[k].n);
    assert_true(leaf[k].n >= 12);
    in_all += leaf[k].n;
    in_leaves += (size_t)leaf[k].gain;
    /* Splits are greedy, so that a few samples near the border may lie with others. */
    if (leaf[k].gain == (int64_t)leaf[k].n)
      pure = FRAY_MAX(pure, leaf[k].n);
  }
  assert_int_equal(in_all, N);
  assert_int_equal(in_leaves, planted);
  assert_true(planted > 50 && (double)pure >= .9 * (double)planted);
  /* Nothing to be seen by: the whole. */
  for (size_t i = 0; i < N; i++)
    w[i] = (int8_t)(i % 2);
  for (size_t i = 0; i < N; i++)
    x[i] = 0;
  OK(fray_bounty_tree(&traits, blind, w, 3, 12, &arena, &leaf, &n, &err));
  assert_int_equal(n, 1);
  assert_int_equal(leaf[0].group.n, 0);
  assert_int_equal(leaf[0].gain, N / 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sign_tests),
      cmocka_unit_test(sizes_by_hand),
      cmocka_unit_test(lists_are_the_published_ones),
      cmocka_unit_test(groups_never_lose_what_they_had),
      cmocka_unit_test(the_newest_node_is_asked_first),
      cmocka_unit_test(certificates_by_hand),
      cmocka_unit_test(better_everywhere_is_a_matter_of_size),
      cmocka_unit_test(luck_is_hardly_ever_accepted),
      cmocka_unit_test(groups_are_said_in_traits),
      cmocka_unit_test(trees_find_what_was_planted),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
