/* Judges and the outputs that they read: laws over all of judges.def (labels permuted, samples one
 * by one, no finite logit), Chow's rule against a closed form, and what outputs are: those of one
 * encoding, whichever rank had the block. */
#define SCENE_MODALITIES 2
#include "fray/base/file.h"
#include "fray/nn/loss.h"
#include "scene.h"
#include "scratch.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static const char text_of_model[] = "{fusion: concat, hidden: 4, head: 0, encoders: "
                                    "{f: {kind: mlp, units: 4}, g: {kind: mlp, units: 3}}}";
static const char training[] = "{rounds: 1, clients_per_round: 6, " LOCAL "}";
enum {
  ALL_OUTPUTS = FRAY_OUT_ALONE | FRAY_OUT_HIDDEN | FRAY_OUT_TOKENS | FRAY_OUT_WITHOUT,
  CONDITIONS = 2
};

/* One of each judge; the suite fails where a judge of the list has none. */
static const struct {
  const char *name, *text;
} examples[] = {{"argmax", "argmax"},
                {"chow", "{kind: chow, cost: 0.6}"},
                {"chow", "{kind: chow, cost: 1.1, temperature: 2}"},
                {"gate", "{kind: gate, file: @}"},
                {"list", "{kind: list, file: @}"},
                {"claim", "{kind: claim, file: @}"}};

/* A fitted gate of a trial "t": what half of the samples have more of is refused. */
static const char fitted[] =
    "gate: {scores: [disagreement, 'energy:f', softmax], false_refusal: 0.5, per: all}\n"
    "claims: {claim: f, evidence: g}\n"
    "trials:\n  t:\n    model: 'aa'\n    dev: 'dd'\n    n: 9\n    cut: 0.3\n"
    "    low: [-.inf, -.inf, -.inf]\n    high: [0.7, 0.5, 0.6]\n";
/* A list that mends that model: a repair sends a group back to what the first node says. */
static const char mended[] =
    "list: {trial: t, model: 'aa'}\nversions: [0, 1, 3]\nnodes:\n"
    "  - {group: [{present: {g: true}}], answer: {without: f}}\n"
    "  - {group: [{said: '1'}, {disagreement: [0.2, null]}], answer: {say: {'1': '2'}}}\n"
    "  - {group: [{energy:f: [null, -1]}], version: 1}\n";
static const struct fray_modality modalities[] = {{.name = "f", .kind = FRAY_FEATURES},
                                                  {.name = "g", .kind = FRAY_FEATURES}};
static const struct fray_judge_place place_of_t = {.modality_of = modalities,
                                                   .n_modalities = 2,
                                                   .n_classes = CLASSES,
                                                   .modality = (const char *const[]){"f", "g"},
                                                   .class_name =
                                                       (const char *const[]){"0", "1", "2"},
                                                   .trial = "t",
                                                   .model = "aa",
                                                   .dev = "dd",
                                                   .is_selected = true};

/* Each rank has a file of its own: what it reads is nobody else's. */
static const char *gate_file(const char *text) {
  static char path[64];
  char name[32];
  snprintf(name, sizeof name, "fray-gate-%ld.yaml", (long)getpid());
  scratch(path, name);
  OK(fray_file_write(path, text, strlen(text), &err));
  return path;
}

static struct fray_judge judge_of(struct scene *s, size_t example) {
  const char *text = examples[example].text, *at = strchr(text, '@');
  struct fray_judge_config config;
  struct fray_judge judge;
  char with[128];
  snprintf(with, sizeof with, "%.*s%s%s", (int)(at ? at - text : 0), text,
           at ? gate_file(strstr(text, "list") ? mended : fitted) : "", at ? at + 1 : text);
  read_section(s, &fray_judge_table, with, &config);
  OK(fray_judge_fit(&config, &place_of_t, &s->arena, &judge, &err));
  if (at)
    remove(gate_file(""));
  return judge;
}

/* ---- asking ---- */

static float weights[65536];

/* Larger than initial values, so that answers differ. */
static void draw_weights(const struct scene *s) {
  struct fray_rng rng = fray_rng_for(3, "test", 0, 0, 0);
  assert_true(fray_model_params(s->model)->total <= FRAY_COUNT(weights));
  for (size_t k = 0; k < fray_model_params(s->model)->total; k++)
    weights[k] = (float)fray_rng_normal(&rng);
}

static uint8_t some[TEST];
static struct fray_kept_codes *kept; /* NULL: an evaluation keeps nothing */

/* All that there is, and a condition in which some modalities are gone. */
static struct fray_answers ask(struct scene *s, struct fray_comm *comm, const int32_t *label,
                               const struct fray_judge *judge, unsigned outputs, bool keep) {
  struct fray_samples under[CONDITIONS] = {s->f.test, s->f.test};
  struct fray_evaluation out;
  struct fray_arena work = {0};
  uint64_t load[16] = {0};
  for (size_t i = 0; i < TEST; i++)
    some[i] = (uint8_t)(i % 5 == 0 ? 1 : i % 7 == 0 ? 2 : i % 11 == 0 ? 0 : 3);
  under[1].present = some;
  under[0].label = under[1].label = label;
  const struct fray_evaluation_task task = {.model = s->model,
                                            .features = s->features,
                                            .n_modalities = 2,
                                            .conditions = CONDITIONS,
                                            .w = weights,
                                            .under = under,
                                            .codes = kept,
                                            .list = 1,
                                            .judge = judge,
                                            .keep_outputs = keep,
                                            .outputs = outputs};
  OK(fray_evaluate_mine(comm, &task, load, &work, &s->arena, &out, &err));
  OK(fray_evaluate_share(comm, &out, FRAY_OK, &work, &err));
  fray_arena_free(&work);
  return out.answers;
}

static void open_judged(struct scene *s) {
  open_model_scene(s, text_of_model, training, "{metrics: [accuracy]}");
  draw_weights(s);
}

/* ---- laws of the list ---- */

static void check_range(const char *name, const int16_t *said, size_t n, bool *refuses) {
  for (size_t i = 0; i < n; i++) {
    if (said[i] < FRAY_REFUSED - CLASSES || said[i] >= CLASSES)
      fail_msg("%s: said %d", name, said[i]);
    *refuses = *refuses || fray_is_refused(said[i]);
  }
}

/* Labels permuted, or not there at all: the same answers to the same bytes. */
static void check_labels(struct scene *s, const char *name, const struct fray_judge *judge,
                         const struct fray_answers *before) {
  int32_t label[TEST];
  for (size_t i = 0; i < TEST; i++)
    label[i] = i % 4 == 3 ? FRAY_UNLABELLED : s->label[(i * 7 + 5) % TEST];
  const struct fray_answers now = ask(s, world, label, judge, 0, false);
  if (memcmp(before->predicted, now.predicted, CONDITIONS * TEST * sizeof(int16_t)) != 0)
    fail_msg("%s: answers depend on labels", name);
}

/* Each sample by itself: what is said of it is no matter of who lies beside it. */
static void check_one_by_one(struct scene *s, const char *name, const struct fray_judge *judge,
                             const struct fray_answers *all) {
  for (size_t c = 0; c < CONDITIONS; c++)
    for (size_t i = 0; i < TEST; i++) {
      const struct fray_outputs *of = &all->outputs[c];
      float alone[2 * CLASSES], without[2 * CLASSES], token[2 * 16];
      int16_t said;
      for (size_t m = 0; m < 2; m++) {
        memcpy(alone + m * CLASSES, of->alone + (m * TEST + i) * CLASSES, CLASSES * sizeof *alone);
        memcpy(without + m * CLASSES, of->without + (m * TEST + i) * CLASSES,
               CLASSES * sizeof *without);
        memcpy(token + m * of->token_width, of->token + (m * TEST + i) * of->token_width,
               of->token_width * sizeof *token);
      }
      struct fray_outputs one = *of;
      one.n = 1;
      one.present = of->present + i;
      one.logits = of->logits + i * CLASSES;
      one.hidden = of->hidden + i * of->hidden_width;
      one.alone = alone;
      one.without = without;
      one.sample = of->sample + i;
      one.token = token;
      OK(judge->ops->answer(judge->state, &one, &s->arena, &said, &err));
      if (said != fray_said_plainly(all->predicted[c * TEST + i]))
        fail_msg("%s: sample %zu: %d alone, %d among others", name, i, said,
                 all->predicted[c * TEST + i]);
    }
}

static void check_no_logit(struct scene *s, const char *name, const struct fray_judge *judge,
                           const struct fray_answers *all) {
  float nothing[CLASSES] = {NAN, NAN, NAN};
  struct fray_outputs one = all->outputs[0];
  int16_t said = 0;
  one.n = 1;
  one.logits = nothing;
  OK(judge->ops->answer(judge->state, &one, &s->arena, &said, &err));
  if (said != FRAY_NO_LOGIT)
    fail_msg("%s: said %d of no finite logit", name, said);
}

static void every_judge_keeps_the_laws(void **state) {
  (void)state;
  struct scene s;
  bool refuses = false;
  open_judged(&s);
  for (size_t k = 0; k < fray_judges.n; k++) {
    bool found = false;
    for (size_t e = 0; e < FRAY_COUNT(examples); e++)
      found = found || strcmp(examples[e].name, fray_judges.v[k]->name) == 0;
    if (!found)
      fail_msg("the judge %s has no example", fray_judges.v[k]->name);
  }
  for (size_t e = 0; e < FRAY_COUNT(examples); e++) {
    const struct fray_judge judge = judge_of(&s, e);
    const char *name = examples[e].text;
    const struct fray_answers all = ask(&s, world, s.label, &judge, ALL_OUTPUTS, true);
    check_range(name, all.predicted, CONDITIONS * TEST, &refuses);
    check_labels(&s, name, &judge, &all);
    check_one_by_one(&s, name, &judge, &all);
    check_no_logit(&s, name, &judge, &all);
  }
  assert_true(refuses);
  close_scene(&s);
}

/* ---- single judges ---- */

/* shared fixtures/instruments/closed_form.json, `reward`: answers iff max p > c / (1 + c). */
static void chow_answers_as_the_closed_form(void **state) {
  (void)state;
  static const double posterior[6][4] = {
      {0.10707961171332148, 0.010284332946869996, 0.6583345782958524, 0.22430147704395614},
      {0.10347195913154447, 0.12730161242272228, 0.48436379787031125, 0.28486263057542205},
      {0.29568851429613774, 0.4429804314802746, 0.16330665398115, 0.09802440024243778},
      {0.112878726478593, 0.580050160894366, 0.2413223933053558, 0.06574871932168512},
      {0.1540045542291742, 0.31490645817959656, 0.5183222741007896, 0.012766713490439613},
      {0.012716294997130628, 0.06753049401314255, 0.7089364778303119, 0.2108167331594149}};
  static const int16_t class[6] = {2, 2, 1, 1, 2, 2};
  static const struct {
    const char *text;
    int answers[6];
  } cases[] = {{"{kind: chow, cost: 0.25}", {1, 1, 1, 1, 1, 1}},
               {"{kind: chow, cost: 1}", {1, 0, 0, 1, 1, 1}},
               {"{kind: chow, cost: 4}", {0, 0, 0, 0, 0, 0}},
               {"{kind: chow, cost: 0}", {1, 1, 1, 1, 1, 1}}};
  struct scene s = {0};
  float logits[24];
  for (size_t k = 0; k < 24; k++)
    logits[k] = (float)log(posterior[k / 4][k % 4]);
  const struct fray_outputs of = {.n = 6, .classes = 4, .logits = logits};
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    struct fray_judge_config config;
    struct fray_judge judge;
    int16_t said[6];
    read_section(&s, &fray_judge_table, cases[c].text, &config);
    OK(fray_judge_fit(&config, &(struct fray_judge_place){0}, &s.arena, &judge, &err));
    OK(judge.ops->answer(judge.state, &of, &s.arena, said, &err));
    for (size_t i = 0; i < 6; i++)
      assert_int_equal(said[i], cases[c].answers[i] ? class[i] : FRAY_REFUSED);
  }
  fray_arena_free(&s.arena);
}

/* Bounds by hand; who has no bounds is refused all, and what is not of this model is told. */
static void a_gate_knows_whom_it_was_fitted_to(void **state) {
  (void)state;
  static const char costly[] =
      "gate: {cost: 1}\ntrials: {t: {model: aa, dev: dd, temperature: 2}}\n";
  static const float logits[9] = {2, 0, 0, 0, 3, 0, 0, 0, 9}; /* 1 - max p: .213, .091, .0002 */
  static const float alone[18] = {5, 0, 0, 0, 5, 0, 0, 0, 5, 5, 0, 0, 0, 0, 5, 0, 0, 5};
  static const uint8_t present[3] = {3, 3, 1};
  static const struct {
    const char *gate;
    int said[3];
  } cases[] = {
      /* Modalities agree, contradict, and are alone. */
      {"gate: {scores: [disagreement], per: all}\ntrials: {t: {model: aa, dev: dd, low: [-.inf], "
       "high: [0.5]}}\n",
       {0, -2, 2}},
      {"gate: {scores: [softmax], per: all}\ntrials: {t: {model: aa, dev: dd, low: [0.01], "
       "high: [0.2]}}\n",
       {-2, 1, -2}},
      /* e / (e + 2) = .576 and above: all above 1/2; with a temperature of 2. */
      {costly, {0, 1, 2}},
  };
  struct scene s = {0};
  const struct fray_outputs of = {
      .n = 3, .classes = 3, .modalities = 2, .present = present, .logits = logits, .alone = alone};
  struct fray_judge_config config;
  struct fray_judge judge;
  int16_t said[3];
  char text[128];
  snprintf(text, sizeof text, "{kind: gate, file: %s}", gate_file(""));
  read_section(&s, &fray_judge_table, text, &config);
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    gate_file(cases[c].gate);
    OK(fray_judge_fit(&config, &place_of_t, &s.arena, &judge, &err));
    OK(judge.ops->answer(judge.state, &of, &s.arena, said, &err));
    for (size_t i = 0; i < 3; i++)
      assert_int_equal(said[i], cases[c].said[i]);
  }
  /* The last model, or that of a client: nobody fitted the gate to it. */
  struct fray_judge_place place = place_of_t;
  place.is_selected = false;
  place.model = "bb";
  OK(fray_judge_fit(&config, &place, &s.arena, &judge, &err));
  OK(judge.ops->answer(judge.state, &of, &s.arena, said, &err));
  assert_true(said[0] == FRAY_REFUSED && said[1] == FRAY_REFUSED && said[2] == FRAY_REFUSED);
  static const struct {
    const char *words, *gate, *trial, *model, *dev;
  } bad[] = {{"not fitted to trial u", costly, "u", "aa", "dd"},
             {"another model than bb", costly, "t", "bb", "dd"},
             {"other dev samples than ee", costly, "t", "aa", "ee"},
             {"is no fitted gate", "gate: {}\n", "t", "aa", "dd"},
             {"one threshold for all", "gate: {scores: [softmax], per: site}\ntrials: {t: {}}\n",
              "t", "aa", "dd"},
             {"looks at more than a judge sees",
              "gate: {scores: [mahalanobis], per: all}\ntrials: {t: {}}\n", "t", "aa", "dd"},
             {"1 bounds are expected",
              "gate: {scores: [softmax], per: all}\ntrials: {t: {low: [0, 1]}}\n", "t", NULL, NULL},
             {"a temperature above 0",
              "gate: {cost: 1}\ntrials: {t: {model: aa, temperature: -1}}\n", "t", "aa", NULL}};
  for (size_t k = 0; k < FRAY_COUNT(bad); k++) {
    struct fray_err refused = {0};
    place = place_of_t;
    place.trial = bad[k].trial;
    place.model = bad[k].model;
    place.dev = bad[k].dev;
    gate_file(bad[k].gate);
    assert_int_equal(fray_judge_fit(&config, &place, &s.arena, &judge, &refused), FRAY_INPUT);
    if (!strstr(refused.text, bad[k].words))
      fail_msg("%s", refused.text);
  }
  remove(gate_file(""));
  fray_arena_free(&s.arena);
}

/* By hand: whoever lacks one of the two is never told anything else than that there is not enough;
 * the cut is met or not; a gate that refuses comes first. */
static void a_claim_has_three_answers(void **state) {
  (void)state;
  static const char open[] =
      "gate: {scores: [softmax], per: all}\nclaims: {claim: f, evidence: g}\n"
      "trials: {t: {model: aa, dev: dd, low: [-.inf], high: [%s], cut: 0.5}}\n";
  static const float logits[15] = {2, 0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 9, NAN, NAN, NAN};
  static const float alone[30] = {9, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 9, 9, 0, 0,
                                  9, 0, 0, 9, 0, 0, 0, 0, 9, 0, 0, 9, 9, 0, 0};
  static const uint8_t present[5] = {3, 3, 1, 2, 3};
  static const struct {
    const char *high;
    int said[5];
  } cases[] = {
      {".inf", {0, -3, -2, -2, -1}}, {"0.2", {-2, -3, -2, -2, -1}}, {"-1", {-2, -2, -2, -2, -1}}};
  struct scene s = {0};
  const struct fray_outputs of = {
      .n = 5, .classes = 3, .modalities = 2, .present = present, .logits = logits, .alone = alone};
  struct fray_judge_config config;
  struct fray_judge judge;
  int16_t said[5];
  char text[512];
  snprintf(text, sizeof text, "{kind: claim, file: %s}", gate_file(""));
  read_section(&s, &fray_judge_table, text, &config);
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    snprintf(text, sizeof text, open, cases[c].high);
    gate_file(text);
    OK(fray_judge_fit(&config, &place_of_t, &s.arena, &judge, &err));
    OK(judge.ops->answer(judge.state, &of, &s.arena, said, &err));
    for (size_t i = 0; i < 5; i++)
      assert_int_equal(said[i], cases[c].said[i]);
  }
  /* What stands in an answer says the class as well, and both kinds of refusal are told apart. */
  for (int class = 0; class < FRAY_MOST_JUDGED; class += 1777) {
    const int16_t refused = fray_refusal_of((int16_t) class),
                  refuted = fray_refutation_of((int16_t) class);
    assert_true(fray_is_refused(refused) && fray_is_refused(refuted));
    assert_true(!fray_is_refuted(refused) && fray_is_refuted(refuted));
    assert_true(fray_unsaid(refused) == class && fray_unsaid(refuted) == class);
    assert_true(fray_said_plainly(refused) == -2 && fray_said_plainly(refuted) == -3);
  }
  static const struct {
    const char *words, *text;
  } bad[] = {{"it has no cut for claims",
              "gate: {cost: 1}\ntrials: {t: {model: aa, dev: dd, temperature: 1}}\n"},
             {"no such modality as 'h'", "gate: {cost: 1}\nclaims: {claim: h, evidence: g}\n"
                                         "trials: {t: {model: aa, dev: dd, temperature: 1}}\n"},
             {"cut: a number from 0 to 1",
              "gate: {cost: 1}\nclaims: {claim: f, evidence: g}\n"
              "trials: {t: {model: aa, dev: dd, temperature: 1, cut: 2}}\n"}};
  for (size_t k = 0; k < FRAY_COUNT(bad); k++) {
    struct fray_err refused = {0};
    gate_file(bad[k].text);
    assert_int_equal(fray_judge_fit(&config, &place_of_t, &s.arena, &judge, &refused), FRAY_INPUT);
    if (!strstr(refused.text, bad[k].words))
      fail_msg("%s", refused.text);
  }
  remove(gate_file(""));
  fray_arena_free(&s.arena);
}

static void sets_are_not_refused(void **state) {
  (void)state;
  struct scene s = {0};
  struct fray_judge_config config;
  struct fray_judge judge;
  const struct fray_judge_place place = {.sets = true};
  read_section(&s, &fray_judge_table, "argmax", &config);
  OK(fray_judge_fit(&config, &place, &s.arena, &judge, &err));
  read_section(&s, &fray_judge_table, "{kind: chow, cost: 1}", &config);
  struct fray_err refused = {0};
  assert_int_equal(fray_judge_fit(&config, &place, &s.arena, &judge, &refused), FRAY_INPUT);
  assert_non_null(strstr(refused.text, "sets"));
  fray_arena_free(&s.arena);
}

/* ---- outputs ---- */

/* Without a hidden layer the weights of the classes see the fused vector, which concat makes of the
 * mean tokens: so each output follows from another one. */
static void outputs_are_of_one_encoding(void **state) {
  (void)state;
  struct scene s;
  open_judged(&s);
  const struct fray_answers a = ask(&s, world, s.label, NULL, ALL_OUTPUTS, true);
  const struct fray_param_table *table = fray_model_params(s.model);
  const float *bias = weights + table->v[table->n - 1].offset;
  const float *w = weights + table->v[table->n - 2].offset;
  assert_int_equal(a.outputs[0].hidden_width, 8);
  for (size_t c = 0; c < CONDITIONS; c++)
    for (size_t i = 0; i < TEST; i++) {
      const struct fray_outputs *of = &a.outputs[c];
      const float *hidden = of->hidden + i * 8, *logits = of->logits + i * CLASSES;
      assert_int_equal(of->present[i], c ? some[i] : 3);
      for (size_t k = 0; k < CLASSES; k++) {
        double sum = (double)bias[k], only[2] = {sum, sum};
        for (size_t h = 0; h < 8; h++) {
          sum += (double)w[k * 8 + h] * (double)hidden[h];
          only[h / 4] += (double)w[k * 8 + h] * (double)hidden[h];
        }
        assert_true(fabs(sum - (double)logits[k]) < 1e-4);
        for (size_t m = 0; m < 2; m++) {
          const double alone = (double)of->alone[(m * TEST + i) * CLASSES + k];
          assert_true(of->present[i] >> m & 1 ? fabs(only[m] - alone) < 1e-4 : isnan(alone));
          /* Without one of two: the other one, or the bias where that is not there either. */
          const double without = (double)of->without[(m * TEST + i) * CLASSES + k];
          assert_true(fabs(only[1 - m] - without) < 1e-4);
        }
      }
      for (size_t h = 0; h < 8; h++) {
        const float token = of->token[(h / 4 * TEST + i) * 4 + h % 4];
        assert_true(of->present[i] >> h / 4 & 1 ? fabsf(token - hidden[h]) < 1e-5f
                                                : isnan(token) && hidden[h] == 0);
      }
    }
  close_scene(&s);
}

/* All ranks have all, to the bit as one rank has it; and to ask for outputs changes no answer. */
static void outputs_do_not_depend_on_ranks(void **state) {
  (void)state;
  struct scene s;
  open_judged(&s);
  const struct fray_answers many = ask(&s, world, s.label, NULL, ALL_OUTPUTS, true);
  struct fray_comm *self;
  OK(fray_comm_split(world, fray_comm_rank(world), &self, &err));
  const struct fray_answers one = ask(&s, self, s.label, NULL, ALL_OUTPUTS, true);
  const struct fray_answers plain = ask(&s, world, s.label, NULL, 0, false);
  const struct fray_answers logits = ask(&s, world, s.label, NULL, 0, true);
  const size_t floats = fray_outputs_floats(s.model, ALL_OUTPUTS, TEST);
  assert_int_equal(floats, TEST * (3 + 2 * 3 + 8 + 2 * 4 + 2 * 3));
  for (size_t c = 0; c < CONDITIONS; c++) {
    assert_memory_equal(many.outputs[c].logits, one.outputs[c].logits, floats * sizeof(float));
    assert_memory_equal(many.outputs[c].logits, logits.outputs[c].logits,
                        TEST * CLASSES * sizeof(float));
    assert_null(logits.outputs[c].alone);
  }
  assert_memory_equal(plain.predicted, many.predicted, CONDITIONS * TEST * sizeof(int16_t));
  assert_memory_equal(plain.nll, many.nll, CONDITIONS * TEST * sizeof(double));
  for (size_t k = 0; k < CONDITIONS * TEST; k++) {
    int16_t said;
    fray_classify(1, CLASSES, many.outputs[k / TEST].logits + k % TEST * CLASSES, NULL, NULL,
                  &said);
    assert_int_equal(said, plain.predicted[k]);
  }
  fray_comm_free(self);
  close_scene(&s);
}

/* ---- tokens that are kept ---- */

/* With and without what is kept: the same logits to the bit. Returns how many blocks of a modality
 * this rank did not encode. */
static size_t ask_twice(struct scene *s, struct fray_kept_codes *codes) {
  const size_t before = codes->reused;
  kept = NULL;
  const struct fray_answers anew = ask(s, world, s->label, NULL, 0, true);
  fray_kept_codes_look(codes, s->model, weights);
  kept = codes;
  const struct fray_answers again = ask(s, world, s->label, NULL, 0, true);
  kept = NULL;
  for (size_t c = 0; c < CONDITIONS; c++)
    assert_memory_equal(anew.outputs[c].logits, again.outputs[c].logits,
                        TEST * CLASSES * sizeof(float));
  assert_memory_equal(anew.nll, again.nll, CONDITIONS * TEST * sizeof(double));
  return codes->reused - before;
}

static void move(const struct scene *s, const char *begins) {
  const struct fray_param_table *table = fray_model_params(s->model);
  for (size_t t = 0; t < table->n; t++)
    if (strncmp(table->v[t].name, begins, strlen(begins)) == 0)
      weights[table->v[t].offset] += 0.5F;
}

/* Whatever moves, answers are those of the weights at hand; and what did not move is not encoded
 * again. Of 3 blocks each rank has its own. */
static void kept_tokens_change_nothing(void **state) {
  (void)state;
  static const char *const models[] = {
      text_of_model,
      "{fusion: attention, hidden: 4, head: 3, encoders: {f: {kind: mlp, units: 4}, g: {kind: mlp, "
      "units: 3}}}",
      "{fusion: late, hidden: 5, encode_absent_as_zeros: true, encoders: {f: {kind: mlp, units: "
      "4}, g: {kind: identity}}}"};
  for (size_t k = 0; k < 2 * FRAY_COUNT(models); k++) {
    const bool stand_in = k == 1 || k == 3, plain = k == 4 || k == 5;
    struct fray_kept_codes codes = {0};
    struct scene s;
    open_model_scene(&s, models[k / 2],
                     stand_in ? "{rounds: 1, clients_per_round: 6, " LOCAL ", missing: prototypes}"
                              : training,
                     "{metrics: [accuracy]}");
    draw_weights(&s);
    if (stand_in)
      move(&s, "f.prototypes.count"); /* seen, so that it stands in */
    assert_int_equal(ask_twice(&s, &codes), 0);
    assert_int_equal(codes.bytes, 0); /* whether anything stays is not known yet */
    assert_int_equal(ask_twice(&s, &codes), 0);
    const size_t mine = ask_twice(&s, &codes), of_f = plain ? mine : mine / 2;
    assert_true(mine > 0 || fray_comm_size(world) > 3);
    assert_true(mine == 0 || codes.bytes > 0);
    move(&s, "head"); /* and what stands in, and how tokens are weighed */
    move(&s, "fusion");
    move(&s, "g.prototypes");
    assert_int_equal(ask_twice(&s, &codes), mine);
    move(&s, "f.");
    assert_int_equal(ask_twice(&s, &codes), mine - of_f);
    assert_int_equal(ask_twice(&s, &codes), mine);
    for (int times = 0; times < 20; times++) { /* one that never rests is not kept for long */
      move(&s, "f.");
      ask_twice(&s, &codes);
    }
    move(&s, "f.");
    ask_twice(&s, &codes);
    assert_int_equal(ask_twice(&s, &codes), mine - of_f);
    fray_kept_codes_free(&codes);
    assert_true(fray_features_lend(s.features, 1 << 28) && !fray_features_lend(s.features, 1));
    fray_features_return(s.features, 1 << 28);
    close_scene(&s);
  }
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_judge_keeps_the_laws),
                                     cmocka_unit_test(chow_answers_as_the_closed_form),
                                     cmocka_unit_test(a_gate_knows_whom_it_was_fitted_to),
                                     cmocka_unit_test(a_claim_has_three_answers),
                                     cmocka_unit_test(sets_are_not_refused),
                                     cmocka_unit_test(outputs_are_of_one_encoding),
                                     cmocka_unit_test(outputs_do_not_depend_on_ranks),
                                     cmocka_unit_test(kept_tokens_change_nothing)};
  return run_on_ranks(argc, argv, tests, FRAY_COUNT(tests), set_up, tear_down);
}
