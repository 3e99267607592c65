/* Attacks: laws that each entry of attacks.def keeps, and what they send beside results made
 * elsewhere (tests/fixtures/robust_rules.h5). */
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/fed/attack.h"
#include "fray/h5/h5.h"
#include "rule_scene.h"

#include <stdio.h>
#include <string.h>

static fray_h5 fixture;

static struct fray_attack_config read_attack(const char *yaml) {
  struct fray_node *node;
  struct fray_attack_config config;
  OK(fray_yaml_parse(yaml, "test", &arena, &node, &err));
  OK(fray_schema_read(&fray_attack_table, node, "", &config, &arena, &err));
  return config;
}

static double *read_doubles(const char *group, const char *name, size_t dims[3]) {
  char path[96];
  int rank;
  size_t shape[FRAY_H5_MAX_RANK] = {0}, n = 1;
  bool is_text;
  snprintf(path, sizeof path, "%s/%s", group, name);
  OK(fray_h5_shape(fixture, path, &rank, shape, &is_text, &err));
  for (int k = 0; k < rank; k++) {
    dims[k] = shape[k];
    n *= shape[k];
  }
  double *x = fray_arena_alloc(&arena, n, sizeof *x);
  OK(fray_h5_read(fixture, path, FRAY_H5_F64, x, n, &err));
  return x;
}

static double number(const char *group, const char *name) {
  size_t dims[3];
  return read_doubles(group, name, dims)[0];
}

enum { MOST = 24, WIDE = 2500 };

/* A round under attack on all ranks: the first `honest` of n are honest. */
struct scene {
  struct cohort c;
  size_t honest;
  float *state[2], *w;
  size_t round;
  const char *rule;
};

static enum fray_status strike(struct fray_comm *comm, const struct fray_attack_config *config,
                               const struct scene *s, size_t step, float **sent,
                               struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(&arena);
  const size_t n = s->c.members, total = s->c.n;
  int host[MOST];
  uint64_t source[MOST];
  uint8_t is_attacker[MOST];
  float *update[MOST];
  double weight[MOST];
  size_t mine = 0;
  const struct fray_aggregation_config rule = read_rule(s->rule ? s->rule : "{rule: mean}");
  const struct fray_aggregation_round about = {.seed = 5, .round = s->round};
  for (size_t k = 0; k < n; k++) {
    host[k] = (int)(k * step % (size_t)fray_comm_size(comm));
    source[k] = 100 + k;
    is_attacker[k] = k >= s->honest;
    if (host[k] != fray_comm_rank(comm))
      continue;
    update[mine] = fray_arena_alloc(&arena, total, sizeof **update);
    memcpy(update[mine], s->c.x[k], total * sizeof **update);
    weight[mine++] = 1.0 / (double)n;
  }
  const struct fray_updates u = {.total = total,
                                 .members = n,
                                 .host = host,
                                 .update = (const float *const *)update,
                                 .weight = weight};
  const struct fray_attack_round round = {.seed = 5,
                                          .round = s->round,
                                          .w = s->w,
                                          .source = source,
                                          .is_attacker = is_attacker,
                                          .state = (float *const *)s->state,
                                          .aggregation = &rule,
                                          .about = &about};
  const enum fray_status status = fray_attack(comm, config, &round, &u, update, &arena, err);
  mine = 0;
  for (size_t k = 0; k < n; k++) /* each rank tells of its own alone */
    if (host[k] == fray_comm_rank(comm))
      memcpy(sent[k], update[mine++], total * sizeof **sent);
    else
      memset(sent[k], 0, total * sizeof **sent);
  fray_arena_rewind(&arena, mark);
  return status;
}

static struct scene make_scene(size_t n, size_t members, size_t honest) {
  struct scene s = {.c = new_cohort(n, members), .honest = honest, .round = 1};
  s.w = fray_arena_zero(&arena, n, sizeof *s.w);
  for (size_t k = 0; k < 2; k++)
    s.state[k] = fray_arena_zero(&arena, n, sizeof **s.state);
  for (size_t k = 0; k < members; k++) {
    struct fray_rng rng = fray_rng_for(9, "test/attacks", k, 0, 0);
    for (size_t i = 0; i < n; i++)
      s.c.x[k][i] = (float)(0.3 + fray_rng_normal(&rng));
  }
  for (size_t i = 0; i < n; i++)
    s.w[i] = 0.01f * (float)i;
  return s;
}

static float **room(size_t members, size_t n) {
  float **x = fray_arena_alloc(&arena, members, sizeof *x);
  for (size_t k = 0; k < members; k++)
    x[k] = fray_arena_zero(&arena, n, sizeof **x);
  return x;
}

/* ---- laws ---- */

/* A line of example parameters for each attack: one without fails. */
static const struct {
  const char *attack, *yaml;
} examples[] = {
    {"no_attack", "no_attack"},
    {"sign_flip", "{kind: sign_flip, scale: 2}"},
    {"gaussian_update", "{kind: gaussian_update, deviation: 3}"},
    {"free_rider", "{kind: free_rider}"},
    {"replacement", "{kind: replacement}"},
    {"alie", "{kind: alie, choose: searched}"},
    {"ipm", "{kind: ipm, tau: 2}"},
    {"min_max", "{kind: min_max}"},
    {"min_sum", "{kind: min_sum, direction: sign}"},
    {"mimic", "{kind: mimic}"},
    {"label_flip", "label_flip"},
    {"backdoor",
     "{kind: backdoor, target: b, boost: true, trigger: {kind: trigger_mark, modalities: "
     "[a], strength: 1}}"},
    {"modality_poisoning", "{kind: modality_poisoning, modality: a, by: ascent}"},
};

/* The honest send what they trained; the rest does not depend on who holds what. */
static void hosts_and_ranks_do_not_matter(const char *name,
                                          const struct fray_attack_config *config) {
  const size_t n = 9, honest = 6;
  float **alone = room(n, WIDE), **sent = room(n, WIDE);
  for (size_t step = 0; step < 4; step++) {
    struct scene s = make_scene(WIDE, n, honest), t = make_scene(WIDE, n, honest);
    s.rule = t.rule = "{rule: trimmed_mean, f: 3}";
    for (size_t round = 1; round <= 2; round++) {
      s.round = t.round = round;
      OK(strike(self, config, &s, 0, alone, &err));
      OK(strike(world, config, &t, step, sent, &err));
    }
    for (size_t k = 0; k < n; k++) {
      if ((int)(k * step % (size_t)fray_comm_size(world)) != fray_comm_rank(world))
        continue;
      if (memcmp(sent[k], alone[k], WIDE * sizeof **sent) != 0)
        fail_msg("%s: other bytes with other hosts (%zu)", name, step);
      if (k < honest)
        assert_memory_equal(sent[k], s.c.x[k], WIDE * sizeof **sent);
    }
    for (size_t v = 0; v < 2; v++)
      assert_memory_equal(s.state[v], t.state[v], WIDE * sizeof **s.state);
  }
}

/* Nobody attacks, nothing changes; all attack, and whoever needs honest ones sends nothing. */
static void ends_are_defined(const char *name, const struct fray_attack_config *config) {
  const struct fray_attack_ops *ops = config->kind.choice->impl;
  float **sent = room(5, WIDE);
  struct scene s = make_scene(WIDE, 5, 5);
  OK(strike(self, config, &s, 0, sent, &err));
  for (size_t k = 0; k < 5; k++)
    assert_memory_equal(sent[k], s.c.x[k], WIDE * sizeof **sent);
  s.honest = 0;
  OK(strike(self, config, &s, 0, sent, &err));
  for (size_t k = 0; k < 5 && ops->form != FRAY_ATTACK_OWN; k++)
    for (size_t i = 0; i < WIDE; i++)
      assert_true(sent[k][i] == 0);
  s.honest = 1; /* no deviation, no distance */
  OK(strike(self, config, &s, 0, sent, &err));
  for (size_t i = 0; i < WIDE; i++)
    if (!isfinite(sent[4][i]))
      fail_msg("%s: not finite with one honest client", name);
}

static void every_attack_keeps_the_laws(void **state) {
  (void)state;
  for (size_t a = 0; a < fray_attacks.n; a++) {
    const char *name = fray_attacks.v[a]->name;
    size_t e = 0;
    while (e < FRAY_COUNT(examples) && strcmp(examples[e].attack, name) != 0)
      e++;
    if (e == FRAY_COUNT(examples))
      fail_msg("the attack %s has no line of example parameters", name);
    const struct fray_attack_config config = read_attack(examples[e].yaml);
    hosts_and_ranks_do_not_matter(name, &config);
    ends_are_defined(name, &config);
    fray_arena_reset(&arena);
  }
}

/* ---- each by itself, by hand ---- */

static void own_attacks_send_what_they_say(void **state) {
  (void)state;
  float **sent = room(4, WIDE);
  struct scene s = make_scene(WIDE, 4, 3);
  const float *x = s.c.x[3];
  struct fray_attack_config config = read_attack("{kind: sign_flip, scale: 2}");
  OK(strike(self, &config, &s, 0, sent, &err));
  for (size_t i = 0; i < WIDE; i++)
    assert_true(sent[3][i] == -2 * x[i]);
  config = read_attack("replacement"); /* one of four alike: the mean becomes it */
  OK(strike(self, &config, &s, 0, sent, &err));
  for (size_t i = 0; i < WIDE; i++)
    assert_true(sent[3][i] == 4 * x[i]);
  config = read_attack("{kind: backdoor, target: b, boost: true, "
                       "trigger: {kind: trigger_mark, modalities: [f], strength: 1}}");
  OK(strike(self, &config, &s, 0, sent, &err)); /* the others rest: their mean is its update */
  for (size_t i = 0; i < WIDE; i++)
    assert_true(0.25 * (double)sent[3][i] == (double)x[i]);
  config = read_attack("{kind: backdoor, target: b, "
                       "trigger: {kind: trigger_mark, modalities: [f], strength: 1}}");
  OK(strike(self, &config, &s, 0, sent, &err));
  assert_memory_equal(sent[3], x, WIDE * sizeof *x);
  config = read_attack("{kind: replacement, times: 10}");
  OK(strike(self, &config, &s, 0, sent, &err));
  for (size_t i = 0; i < WIDE; i++)
    assert_true(fabsf(sent[3][i] - 10 * x[i]) <= 1e-5f);
  s.c.x[3][5] = 3e38f; /* beyond a float is no infinity: a sum would take it for a fault */
  OK(strike(self, &config, &s, 0, sent, &err));
  assert_true(sent[3][5] == 1e30f);
  config = read_attack("free_rider"); /* nothing at first, then the last step */
  OK(strike(self, &config, &s, 0, sent, &err));
  for (size_t i = 0; i < WIDE; i++) {
    assert_true(sent[3][i] == 0);
    s.w[i] += (float)(i % 5);
  }
  s.round = 2;
  OK(strike(self, &config, &s, 0, sent, &err));
  for (size_t i = 0; i < WIDE; i++)
    assert_true(fabsf(sent[3][i] - (float)(i % 5)) <= 1e-4f);
  config = read_attack("{kind: gaussian_update, deviation: 3}");
  double sum = 0, square = 0;
  s.c.x[3][7] = 0; /* as padding is */
  OK(strike(self, &config, &s, 0, sent, &err));
  for (size_t i = 0; i < WIDE; i++) {
    sum += (double)sent[3][i];
    square += (double)sent[3][i] * (double)sent[3][i];
  }
  assert_true(sent[3][7] == 0);
  assert_true(fabs(sum / WIDE) < 5 * 3 / sqrt(WIDE)); /* five standard errors */
  assert_true(fabs(square / WIDE / 9 - 1) < 5 * sqrt(2.0 / WIDE));
  fray_arena_reset(&arena);
}

/* ---- results made elsewhere ---- */

/* Of the fixture's cohort: its honest rows, and f attackers behind them. */
static struct scene scene_of(const char *group) {
  size_t dims[3];
  const double *x = read_doubles(group, "honest", dims);
  const size_t f = (size_t)number(group, "f");
  struct scene s = make_scene(dims[1], dims[0] + f, dims[0]);
  for (size_t k = 0; k < dims[0]; k++)
    for (size_t i = 0; i < dims[1]; i++)
      s.c.x[k][i] = (float)x[k * dims[1] + i];
  return s;
}

static void compare(const char *group, const char *what, const float *out, const double *expected,
                    size_t d, double share) {
  double most = 0;
  for (size_t i = 0; i < d; i++)
    most = fmax(most, fabs(expected[i]));
  for (size_t i = 0; i < d; i++)
    if (!(fabs((double)out[i] - expected[i]) <= share * most))
      fail_msg("%s %s: %.9g, not %.9g", group, what, (double)out[i], expected[i]);
}

static void vectors_are_those_of_their_sources(void **state) {
  (void)state;
  static const struct {
    const char *group, *result, *yaml;
    double share;
  } lines[] = {
      {"byzfl", "attack_alie", "{kind: alie, choose: given, z: 1.5}", 1e-6},
      {"byzfl", "attack_ipm", "{kind: ipm, tau: 2}", 1e-6},
      {"byzfl", "attack_sign_flipping", "{kind: ipm, tau: 1}", 1e-6},
      {"case", "attack_alie_1.5", "{kind: alie, choose: given, z: 1.5}", 1e-6},
      {"case", "attack_alie_z", "alie", 1e-6},
      {"case", "attack_ipm_0.1", "{kind: ipm, tau: 0.1}", 1e-6},
      {"case", "attack_ipm_2", "{kind: ipm, tau: 2}", 1e-6},
      {"case", "attack_ipm_100", "{kind: ipm, tau: 100}", 1e-6},
      {"case", "attack_sign_flipping", "{kind: ipm, tau: 1}", 1e-6},
      {"case", "attack_mimic_2", "{kind: mimic, choose: fixed, whom: 2}", 1e-7},
      {"case", "attack_min_max_unit_vec", "{kind: min_max, direction: unit}", 1e-6},
      {"case", "attack_min_max_std", "{kind: min_max, direction: std}", 1e-6},
      {"case", "attack_min_max_sign", "{kind: min_max, direction: sign}", 1e-6},
      /* Nearly 0: the mean less its own length, where floats lose digits. */
      {"case", "attack_min_sum_unit_vec", "{kind: min_sum, direction: unit}", 1e-5},
      {"case", "attack_min_sum_std", "{kind: min_sum, direction: std}", 1e-6},
      {"case", "attack_min_sum_sign", "{kind: min_sum, direction: sign}", 1e-6},
      /* The authors halve an interval and stop 1e-5 short of it. */
      {"case", "attack_min_max_std_searched", "{kind: min_max, direction: std}", 5e-5},
      {"case", "attack_min_sum_sign_searched", "{kind: min_sum, direction: sign}", 5e-5},
  };
  for (size_t r = 0; r < FRAY_COUNT(lines); r++)
    for (int k = 0; k < 4; k++) {
      char group[16];
      size_t of[3];
      snprintf(group, sizeof group, "%s%d", lines[r].group, k);
      struct scene s = scene_of(group);
      float **sent = room(s.c.members, s.c.n);
      const struct fray_attack_config config = read_attack(lines[r].yaml);
      OK(strike(self, &config, &s, 0, sent, &err));
      compare(group, lines[r].result, sent[s.honest], read_doubles(group, lines[r].result, of),
              s.c.n, lines[r].share);
      fray_arena_reset(&arena);
    }
}

/* How far the rule's result is from the honest mean under what was found; the length itself where
 * no comparison on the way was close. */
static void searches_find_what_byzfl_finds(void **state) {
  (void)state;
  static const struct {
    const char *name, *yaml;
  } rules[] = {{"trimmed_mean", "rule: trimmed_mean"},
               {"median", "rule: median"},
               {"krum", "rule: krum, neighbours: byzfl"},
               {"nnm_trimmed_mean", "pre: [nnm], rule: trimmed_mean"},
               {"arc_nnm_median", "pre: [arc, nnm], rule: median"}};
  static const char *const attacks[] = {"alie", "ipm"};
  for (size_t r = 0; r < FRAY_COUNT(rules); r++)
    for (int c = 0; c < 8; c++) {
      const int k = c / 2, a = c % 2;
      char group[16], yaml[120], result[80], path[120];
      size_t of[3];
      snprintf(group, sizeof group, "case%d", k);
      snprintf(result, sizeof result, "attack_opt_%s_%s", attacks[a], rules[r].name);
      struct scene s = scene_of(group);
      float **sent = room(s.c.members, s.c.n);
      snprintf(yaml, sizeof yaml, "{f: %zu, %s}", s.c.members - s.honest, rules[r].yaml);
      s.rule = yaml;
      snprintf(path, sizeof path, "{kind: %s, choose: searched}", attacks[a]);
      const struct fray_attack_config config = read_attack(path);
      OK(strike(self, &config, &s, 0, sent, &err));
      struct cohort c2 = s.c;
      c2.x = sent;
      const struct fray_aggregation_config rule = read_rule(yaml);
      float *out = fray_arena_alloc(&arena, s.c.n, sizeof *out);
      OK(combine(self, &rule, &c2, 0, out, NULL, &err));
      double sum = 0;
      for (size_t i = 0; i < s.c.n; i++) {
        double mean = 0;
        for (size_t h = 0; h < s.honest; h++)
          mean += (double)s.c.x[h][i] / (double)s.honest;
        sum += ((double)out[i] - mean) * ((double)out[i] - mean);
      }
      snprintf(path, sizeof path, "%s.distance", result);
      const double distance = number(group, path);
      snprintf(path, sizeof path, "%s.smallest_margin", result);
      const double margin = number(group, path);
      if (!(fabs(sqrt(sum) - distance) <= 2e-6 * distance) && margin > 1e-6)
        fail_msg("%s %s: %.9g, not %.9g", group, result, sqrt(sum), distance);
      if (margin > 1e-6)
        compare(group, result, sent[s.honest], read_doubles(group, result, of), s.c.n, 1e-6);
      fray_arena_reset(&arena);
    }
}

static void mimics_follow_over_rounds(void **state) {
  (void)state;
  for (int k = 0; k < 4; k++) {
    const struct fray_attack_config config = read_attack("mimic");
    char group[32];
    size_t of[3], dims[3];
    snprintf(group, sizeof group, "case%d/mimic_adaptive", k);
    const double *rounds = read_doubles(group, "rounds", dims);
    const double *z = read_doubles(group, "z", of), *z0 = read_doubles(group, "z0", of);
    const double *target = read_doubles(group, "target", of);
    const size_t honest = dims[1], d = dims[2];
    struct scene s = make_scene(d, honest + 2, honest);
    float **sent = room(honest + 2, d);
    for (size_t i = 0; i < d; i++)
      s.state[1][i] = (float)z0[i];
    for (size_t r = 0; r < dims[0]; r++) {
      for (size_t h = 0; h < honest; h++)
        for (size_t i = 0; i < d; i++)
          s.c.x[h][i] = (float)rounds[(r * honest + h) * d + i];
      s.round = r + 1;
      OK(strike(self, &config, &s, 0, sent, &err));
      assert_memory_equal(sent[honest], s.c.x[(size_t)target[r]], d * sizeof **sent);
      compare(group, "z", s.state[1], z + r * d, d, 2e-6);
    }
    fray_arena_reset(&arena);
  }
}

int main(int argc, char **argv) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK ||
      fray_comm_split(world, fray_comm_rank(world), &self, &err) != FRAY_OK ||
      fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/robust_rules.h5", &fixture, &err) != FRAY_OK)
    return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_attack_keeps_the_laws),
      cmocka_unit_test(own_attacks_send_what_they_say),
      cmocka_unit_test(vectors_are_those_of_their_sources),
      cmocka_unit_test(searches_find_what_byzfl_finds),
      cmocka_unit_test(mimics_follow_over_rounds),
  };
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  fray_h5_close(fixture, NULL);
  fray_arena_free(&arena);
  fray_comm_free(self);
  fray_comm_finish(world);
  return failed;
}
