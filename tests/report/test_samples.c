/* Single samples on the page: their damage is that of the run; which are shown follows from a law;
 * the page holds their values, and nothing that names could smuggle in. */
#include "strange_study.h"

#include "fray/data/synth.h"
#include "fray/feature/features.h"
#include "fray/report/report.h"
#include "fray/study/kept.h"
#include "report/quantity/quantities.h"
#include "report/quantity/read_study.h"
#include "report/sample/data_uri.h"
#include "report/sample/ladder.h"
#include "report/sample/redo.h"
#include "report/sample/samples.h"
#include "report/stat/path.h"
#include "study/scenario/scenario.h"
static struct fray_comm *comm;
static char folder[64], results[96];

static int set_up(void **state) {
  (void)state;
  scratch(folder, "fray-samples-XXXXXX");
  if (!mkdtemp(folder) || fray_comm_start(NULL, NULL, &comm, NULL) != FRAY_OK)
    return -1;
  snprintf(results, sizeof results, "%s/results", folder);
  run_strange(folder, comm);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  fray_comm_finish(comm);
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

struct opened {
  struct fray_arena arena;
  struct fray_rep_results r;
  struct fray_rep_test_set set;
};

static struct opened *open_results(void) {
  struct fray_err err = {0};
  struct opened *o = calloc(1, sizeof *o);
  fine(fray_rep_study_read(results, NULL, &o->arena, &o->r, &err), &err);
  fine(fray_rep_test_set_of(&o->r, &o->set, &err), &err);
  assert_string_equal(o->set.status, "ok");
  assert_int_equal(o->set.n, 3 * STRANGE_EACH);
  return o;
}

static void close_results(struct opened *o) {
  fray_rep_study_free(&o->r);
  fray_arena_free(&o->arena);
  free(o);
}

static struct fray_rep_redo redo_of(struct opened *o, const char **why) {
  struct fray_err err = {0};
  struct fray_rep_redo redo;
  fine(fray_rep_redo_open(&o->r, &o->set, &redo, why, &err), &err);
  return redo;
}

/* ---- the damage of the run ---- */

static size_t trial_named(const struct fray_kept *kept, const char *name) {
  size_t t = 0;
  while (strcmp(fray_kept_name(kept, t), name) != 0)
    t++;
  return t;
}

/* What the study itself asks of its model under a condition. */
static void set_entries(const struct fray_cell *cell, const char *name, double severity,
                        struct fray_probe *probe) {
  probe->n = strcmp(name, "trial") == 0 ? cell->n_entries : 0;
  probe->entry = cell->entry;
  for (size_t k = 0; k < cell->n_conditions; k++) {
    const struct fray_condition *c = &cell->condition[k];
    if (strcmp(c->name, name) == 0 &&
        (c->severity == severity || (isnan(severity) && isnan(c->severity)))) {
      probe->n = c->n_entries;
      probe->entry = c->entry;
    }
  }
}

/* Numbers of the features are those of the damaged raw value, as they are (vectors) or shifted. */
static void compare_values(struct fray_rep_redo *redo, struct fray_features *features,
                           const struct fray_probed *probed, const struct fray_damage *damage,
                           size_t i, size_t *compared) {
  for (size_t m = 0; m < 2; m++) {
    struct fray_arena arena = {0};
    struct fray_err err = {0};
    struct fray_rep_value value;
    struct fray_feature_batch batch;
    const uint32_t sample = probed->under.sample[i];
    const float shift = m ? 0.5f : 0, scale = m ? 0.5f : 1;
    fine(fray_rep_redo_value(redo, m, i, damage, &arena, &value, &err), &err);
    assert_int_equal(value.presence == FRAY_REP_THERE, probed->under.present[i] >> m & 1);
    if (value.presence == FRAY_REP_THERE) {
      fine(fray_features_batch(features, m, &sample, 1, probed->under.signal, &arena, &batch, &err),
           &err);
      const size_t n = m ? TALL * BROAD : 8;
      for (size_t k = 0; k < n; k++)
        assert_true(batch.x[k] == (value.x.x[k] - shift) / scale);
      *compared += value.key != 0;
    }
    fray_arena_free(&arena);
  }
}

static void compare(struct fray_rep_redo *redo, struct fray_kept *kept, size_t trial,
                    const struct fray_rep_address *at, size_t *hit, size_t *damaged) {
  const struct fray_study *study = fray_kept_study(kept);
  const size_t mine = trial_named(kept, redo->r->trial[trial].name);
  const char *why, *name = redo->r->conditions.v[at->condition];
  struct fray_probe probe = {.trial = mine, .split = FRAY_KEPT_TEST};
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_damage damage;
  struct fray_probed probed;
  struct fray_features *features;
  set_entries(&study->cell[study->trial[mine].cell], name, at->severity, &probe);
  fine(fray_kept_probe(kept, &probe, &probed, &err), &err);
  fine(fray_rep_redo_damage(redo, trial, at, &arena, &damage, &why, &err), &err);
  if (why)
    fail_msg("%s: %s", name, why);
  fine(fray_features_open((struct fray_dataset *)probed.dataset, NULL, &features, &err), &err);
  assert_int_equal(probed.under.n, damage.n);
  for (size_t i = 0; i < damage.n; i++) {
    assert_int_equal(probed.under.sample[i], redo->sample[i]);
    assert_int_equal(probed.under.present[i], damage.present[i]);
    *hit += damage.present[i] != probed.under.held[i];
    for (size_t m = 0; m < STRANGE_KINDS; m++)
      assert_true(fray_signal_key(probed.under.signal, redo->sample[i], m) ==
                  fray_signal_key(damage.signal, redo->sample[i], m));
    if (i % 5 == 0)
      compare_values(redo, features, &probed, &damage, i, damaged);
  }
  fray_features_close(features);
  fray_arena_free(&arena);
}

static void the_damage_is_that_of_the_run(void **state) {
  (void)state;
  struct opened *o = open_results();
  struct fray_kept *kept;
  struct fray_err err = {0};
  const char *why;
  size_t hit = 0, damaged = 0, n = 0;
  struct fray_rep_redo redo = redo_of(o, &why);
  assert_null(why);
  fine(fray_kept_open(results, &(struct fray_kept_options){0}, comm, &kept, &err), &err);
  for (size_t s = 0; s < o->r.n_scores; s++) {
    const struct fray_rep_score *score = &o->r.score[s];
    const struct fray_rep_address at = {.cell = o->r.trial[score->trial].cell,
                                        .condition = score->condition,
                                        .severity = score->severity};
    if (score->last || score->own || score->group != FRAY_REP_ALL)
      continue;
    compare(&redo, kept, score->trial, &at, &hit, &damaged);
    n++;
  }
  /* 8 trials: trial, 2 + 3 + 2 + 2 strengths, all_missing; clean of those 4 that lose at test. */
  assert_int_equal(n, 8 * 11 + 4);
  assert_true(hit > 100 && damaged > 100);
  fray_kept_close(kept);
  fray_rep_redo_close(&redo);
  close_results(o);
}

/* A run that noted other rates was drawn otherwise: then nothing is shown as its damage. */
static void damage_that_hits_otherwise_is_not_shown(void **state) {
  (void)state;
  struct opened *o = open_results();
  struct fray_err err = {0};
  struct fray_damage damage;
  const char *why;
  struct fray_rep_redo redo = redo_of(o, &why);
  fray_node_at(o->r.scenario, "seeds.corruption")->scalar = "123456";
  const struct fray_rep_address at = {
      .cell = 0, .condition = fray_rep_name_find(&o->r.conditions, "gone"), .severity = 0.5};
  fine(fray_rep_redo_damage(&redo, 0, &at, &o->arena, &damage, &why, &err), &err);
  assert_non_null(why);
  assert_non_null(strstr(why, "and the run noted"));
  fray_rep_redo_close(&redo);
  close_results(o);
}

/* Of a merged folder that lacks cells nobody can say by their places which is whose. */
static void cells_in_other_places_are_found_out(void **state) {
  (void)state;
  struct opened *o = open_results();
  const struct fray_rep_trial *first = o->r.cell[0];
  const char *why;
  o->r.cell[0] = o->r.cell[1];
  struct fray_rep_redo redo = redo_of(o, &why);
  assert_non_null(why);
  assert_string_equal(why, "cell 1 of cells.yaml has lost.rate = 0, that of trials.csv 0.5");
  fray_rep_redo_close(&redo);
  o->r.cell[0] = first;
  close_results(o);
}

static void the_seed_of_damage_is_that_of_the_study(void **state) {
  (void)state;
  static const char *const rules[] = {"seeds: [3, 8]",
                                      "seeds: {trial: [3, 8]}",
                                      "seeds: {trial: [3, 8], corruption: fixed}",
                                      "seeds: {trial: [3, 8], corruption: per_trial}",
                                      "seeds: {trial: [3, 8], corruption: 77, partition: 5}",
                                      "repeats: 2"};
  for (size_t k = 0; k < FRAY_COUNT(rules); k++) {
    struct fray_arena arena = {0};
    struct fray_err err = {0};
    struct fray_node *root;
    struct fray_trial *trial;
    size_t n;
    uint64_t seed;
    fine(fray_yaml_parse(rules[k], "t", &arena, &root, &err), &err);
    const struct fray_scenario config = {.seeds = fray_node_get(root, "seeds"),
                                         .repeats = k == 5 ? 2 : INT64_MIN};
    fine(fray_seeds_read(&config, &arena, &trial, &n, &err), &err);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++) {
      assert_true(fray_corruption_seed(root, trial[i].seed, &seed));
      assert_true(seed == trial[i].corruption_seed);
    }
    fray_arena_free(&arena);
  }
}

/* ---- the choice ---- */

static int by_lot(const void *a, const void *b) {
  const uint64_t *x = a, *y = b;
  return (x[0] > y[0]) - (x[0] < y[0]);
}

static void random_ones_follow_from_names_alone(void **state) {
  (void)state;
  struct opened *o = open_results();
  uint32_t out[200], more[200];
  uint64_t lots[3 * STRANGE_EACH][2];
  struct fray_rep_test_set blind = {.n = o->set.n, .source = o->set.source, .lot = o->set.lot};
  for (size_t i = 0; i < o->set.n; i++) {
    lots[i][0] = o->set.lot[i];
    lots[i][1] = i;
  }
  qsort(lots, o->set.n, sizeof *lots, by_lot);
  assert_int_equal(fray_rep_draw_samples(&blind, 5, out), 5);
  for (size_t k = 0; k < 5; k++)
    assert_int_equal(out[k], lots[k][1]);
  assert_int_equal(fray_rep_draw_samples(&o->set, 200, more),
                   o->set.n); /* no more than there are */
  assert_memory_equal(out, more, 5 * sizeof *out);
  assert_int_equal(fray_rep_draw_samples(&o->set, 0, out), 0);
  close_results(o);
}

/* By the definition on the page: from the probabilities of results.h5, summed up here. */
static double plain_change(struct opened *o, const struct fray_rep_change *c, size_t i) {
  double sum = 0;
  for (size_t p = 0; p < c->n; p++)
    for (int end = 0; end < 2; end++) {
      struct fray_arena arena = {0};
      struct fray_err err = {0};
      struct fray_rep_said said;
      const uint32_t sample = (uint32_t)i;
      fine(
          fray_rep_said_of(&o->r, &c->pair[p], end, true, &o->set, &sample, 1, &arena, &said, &err),
          &err);
      sum += (end ? -1.0 : 1.0) * (double)said.probability;
      fray_arena_free(&arena);
    }
  return sum / (double)c->n;
}

/* Turns the series around, in a copy. */
static struct fray_rep_axis turned(struct opened *o, const struct fray_rep_axis *axis) {
  struct fray_rep_axis out = *axis;
  out.series_of_cell = fray_arena_alloc(&o->arena, o->r.n_cells, sizeof(size_t));
  out.cell_of_series = fray_arena_alloc(&o->arena, axis->n_series, sizeof(size_t));
  for (size_t c = 0; c < o->r.n_cells; c++)
    out.series_of_cell[c] = axis->n_series - 1 - axis->series_of_cell[c];
  for (size_t s = 0; s < axis->n_series; s++)
    out.cell_of_series[s] = axis->cell_of_series[axis->n_series - 1 - s];
  return out;
}

static void no_method_comes_first(void **state) {
  (void)state;
  struct opened *o = open_results();
  struct fray_err err = {0};
  struct fray_rep_axis *axes;
  size_t n_axes, positive = 0;
  fine(fray_rep_axes(&o->r, &axes, &n_axes, &err), &err);
  assert_true(n_axes >= 4);
  for (size_t a = 0; a < n_axes; a++) {
    const struct fray_rep_axis other = turned(o, &axes[a]);
    struct fray_rep_change one, two;
    uint32_t best[6];
    fine(fray_rep_change_along(&o->r, &axes[a], &o->set, &o->arena, &one, &err), &err);
    fine(fray_rep_change_along(&o->r, &other, &o->set, &o->arena, &two, &err), &err);
    assert_true(one.by_score && one.n == two.n && one.n == axes[a].n_series * 2);
    assert_memory_equal(one.change, two.change, o->set.n * sizeof *one.change);
    const size_t n = fray_rep_largest_changes(&o->set, one.change, 6, best);
    for (size_t i = 0; i < o->set.n; i++) {
      bool chosen = false;
      for (size_t k = 0; k < n; k++)
        chosen = chosen || best[k] == i;
      if (isnan(one.change[i])) {
        assert_true(o->set.label[i] < 0 && !chosen);
        continue;
      }
      assert_true(fabs(one.change[i] - plain_change(o, &one, i)) < 1e-9);
      assert_true(chosen || one.change[i] <= 0 || (n == 6 && one.change[i] <= one.change[best[5]]));
    }
    for (size_t k = 0; k < n; k++)
      assert_true(one.change[best[k]] > 0 &&
                  (k == 0 || one.change[best[k]] <= one.change[best[k - 1]]));
    positive += n;
  }
  assert_true(positive > 6);
  close_results(o);
}

/* Sets of classes, and no probabilities: the share of answers that are another set. */
static const char sets_yaml[] =
    "name: sets\nseeds: [1, 2]\ndata: {shards: sets}\nmodel: {fusion: concat, hidden: 4}\n"
    "training: {rounds: 2, clients_per_round: 2, local: {batch: 5}}\n"
    "tests: {snow: {kind: gaussian_noise, sigma: [0, 0.9]}}\nevaluate: {metrics: [hamming]}\n";
static const char sets_keys[] =
    "{task: multi_label, modalities: ['image:6x6x1', 'feature:4'], clients: 4, test_clients: 2,"
    " samples: 15, classes: 3, dev_fraction: 0.2, separation: 0.5}";

static void run_sets(void) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_node *node;
  struct fray_synth_config synth;
  struct fray_study *study;
  const char *where;
  fine(fray_yaml_parse(sets_keys, "t", &arena, &node, &err), &err);
  fine(fray_schema_read(&fray_synth_table, node, "", &synth, &arena, &err), &err);
  fine(fray_synth(&synth, path_in(folder, "sets"), &err), &err);
  put_file(path_in(folder, "sets.yaml"), sets_yaml, strlen(sets_yaml));
  fine(fray_study_load(path_in(folder, "sets.yaml"), NULL, 0, comm, &study, &err), &err);
  const struct fray_run_options options = {.out = path_in(folder, "of_sets"),
                                           .no_report = true,
                                           .pace = fray_default_pace,
                                           .command = "test"};
  fine(fray_study_run(study, &options, comm, &where, &err), &err);
  fray_study_free(study);
  fray_arena_free(&arena);
}

static void without_probabilities_answers_are_compared(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_rep_results r;
  struct fray_rep_test_set set;
  struct fray_rep_axis *axes;
  struct fray_rep_change change;
  size_t n_axes, changed = 0;
  run_sets();
  fine(fray_rep_study_read(path_in(folder, "of_sets"), NULL, &arena, &r, &err), &err);
  fine(fray_rep_test_set_of(&r, &set, &err), &err);
  assert_non_null(set.labels);
  fine(fray_rep_axes(&r, &axes, &n_axes, &err), &err);
  assert_int_equal(n_axes, 1);
  fine(fray_rep_change_along(&r, &axes[0], &set, &arena, &change, &err), &err);
  assert_false(change.by_score);
  assert_int_equal(change.n, 2);
  for (uint32_t i = 0; i < set.n; i++) {
    size_t other = 0;
    for (size_t p = 0; p < change.n; p++) {
      struct fray_rep_said said[2];
      for (int end = 0; end < 2; end++) {
        fine(fray_rep_said_of(&r, &change.pair[p], end, false, &set, &i, 1, &arena, &said[end],
                              &err),
             &err);
        assert_true(isnan(said[end].probability));
      }
      for (size_t c = 0; c < set.n_classes; c++)
        if (said[0].set[c] != said[1].set[c]) {
          other++;
          break;
        }
    }
    assert_true(change.change[i] == (double)other / 2);
    changed += other;
  }
  assert_true(changed > 0);
  struct fray_text html = {0};
  fine(fray_rep_put_samples(&r, axes, n_axes, 2, &html, &err), &err);
  assert_non_null(strstr(html.data, "% of the answers changed"));
  assert_non_null(strstr(html.data, "data:image/png"));
  fray_text_free(&html);
  fray_rep_study_free(&r);
  fray_arena_free(&arena);
}

/* ---- the page ---- */

static struct fray_text page_with(const char *samples, const char *name) {
  struct fray_err err = {0};
  char out[160], path[200];
  const char *const folders[] = {results};
  snprintf(out, sizeof out, "%s/%s", folder, name);
  fine(fray_report_with(folders, 1, out, &(struct fray_report_options){.samples = samples}, &err),
       &err);
  snprintf(path, sizeof path, "%s/report.html", out);
  return slurp(path);
}

static size_t times(const char *text, const char *what) {
  size_t n = 0;
  for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
    n++;
  return n;
}

static void names_and_texts_stay_text(void **state) {
  (void)state;
  struct fray_text page = page_with("2", "page");
  assert_int_equal(times(page.data, "<script"), 1);
  static const char *const never[] = {"<b>one</b>", "<img src=x",    "<i>client",
                                      "<u>joined",  "<script>alert", "alert(1)</script>"};
  for (size_t k = 0; k < FRAY_COUNT(never); k++)
    assert_null(strstr(page.data, never[k]));
  static const char *const always[] = {"&lt;img src=x&gt;/", "&lt;b&gt;one&lt;/b&gt;",
                                       "two &amp; &#39;half&#39;", "&quot;&gt;&lt;i&gt;client",
                                       "&lt;script&gt;alert("};
  for (size_t k = 0; k < FRAY_COUNT(always); k++)
    assert_non_null(strstr(page.data, always[k]));
  assert_true(times(page.data, "data:image/png;base64,") > 4);
  assert_true(times(page.data, "data:audio/wav;base64,") > 4);
  assert_true(times(page.data, "class=\"lines\"") > 4 && times(page.data, "class=\"bars\"") > 4);
  assert_int_equal(times(page.data, "cannot be shown: "), 0);
  assert_int_equal(times(page.data, "The data are not shown: "), 0);
  assert_true(times(page.data, "class=\"lost\"") > 4);
  fray_text_free(&page);
}

static void none_shows_no_data(void **state) {
  (void)state;
  struct fray_err err = {0};
  const char *const folders[] = {results};
  struct fray_text page = page_with("none", "without");
  assert_non_null(strstr(page.data, "No test samples are shown: the report was asked for none."));
  assert_null(strstr(page.data, "data:image"));
  assert_null(strstr(page.data, "data:audio"));
  assert_null(strstr(page.data, "&lt;img src=x"));
  fray_text_free(&page);
  static const char *const bad[] = {"0", "-1", "101", "4 ", "", "all", "1e2"};
  for (size_t k = 0; k < FRAY_COUNT(bad); k++) {
    const struct fray_report_options options = {.samples = bad[k]};
    assert_int_equal(fray_report_with(folders, 1, path_in(folder, "never"), &options, &err),
                     FRAY_INPUT);
    assert_false(fray_file_exists(path_in(folder, "never")));
  }
}

/* ---- at each strength ---- */

static struct fray_text ladders_of(struct opened *o, struct fray_rep_redo *redo, size_t most) {
  struct fray_text out = {0};
  struct fray_err err = {0};
  struct fray_rep_axis *axes;
  size_t n, bytes = 0;
  fine(fray_rep_axes(&o->r, &axes, &n, &err), &err);
  fine(fray_rep_put_ladders(redo, &o->r, axes, n, most, &bytes, &out, &err), &err);
  return out;
}

/* The picture of a sample as the page has it, at one strength of a condition in the first training
 * of the first seed. */
static struct fray_text picture_at(struct opened *o, struct fray_rep_redo *redo, size_t sample,
                                   const char *condition, double strength) {
  struct fray_text png = {0};
  struct fray_err err = {0};
  struct fray_arena arena = {0};
  struct fray_damage damage;
  struct fray_rep_value value;
  const char *why;
  struct fray_rep_address at = fray_rep_main_score(&o->r, 0, 0, strength);
  while (strcmp(o->r.conditions.v[at.condition], condition) != 0)
    at.condition++;
  fine(fray_rep_redo_damage(redo, fray_rep_trial_of(&o->r, &at, 0), &at, &arena, &damage, &why,
                            &err),
       &err);
  assert_null(why);
  fine(fray_rep_redo_value(redo, 1, sample, &damage, &arena, &value, &err), &err);
  assert_int_equal(value.presence, FRAY_REP_THERE);
  fine(fray_rep_put_png(&png, value.x.x, TALL, BROAD, 1, 4096, &err), &err);
  fray_arena_free(&arena);
  return png;
}

/* Of each damage of values every strength in its order, as the models met it; of what only takes
 * away none. The sample is the first by lot, as the strongest noise hits all. */
static void a_ladder_has_every_strength(void **state) {
  (void)state;
  static const double sigma[] = {0, 0.2, 0.9};
  struct opened *o = open_results();
  const char *why;
  struct fray_rep_redo redo = redo_of(o, &why);
  uint32_t lot;
  assert_null(why);
  assert_int_equal(fray_rep_draw_samples(&o->set, 1, &lot), 1);
  struct fray_text html = ladders_of(o, &redo, SIZE_MAX);
  assert_int_equal(times(html.data, "class=\"lead\""), 3); /* noisy, loud, several */
  assert_int_equal(times(html.data, "<figcaption>without damage"), 3);
  assert_null(strstr(html.data, "left out"));
  assert_null(strstr(html.data, "<img src=x"));
  const char *before = html.data;
  for (size_t k = 0; k < FRAY_COUNT(sigma); k++) {
    struct fray_text png = picture_at(o, &redo, lot, "noisy", sigma[k]);
    const char *here = strstr(html.data, png.data);
    assert_true(here >= before); /* NULL is not */
    before = here;
    fray_text_free(&png);
  }
  fray_text_free(&html);
  /* A bound that the first one reaches. */
  html = ladders_of(o, &redo, 1);
  assert_int_equal(times(html.data, "class=\"lead\""), 1);
  assert_non_null(strstr(html.data, "Further damages are left out"));
  fray_text_free(&html);
  fray_rep_redo_close(&redo);
  close_results(o);
}

/* A page of numbers is a page, whatever became of the data. */
static void shards_that_are_gone_or_others_are_said(void **state) {
  (void)state;
  char shard[100], away[100];
  snprintf(shard, sizeof shard, "%s/data/shard.h5", folder);
  snprintf(away, sizeof away, "%s/shard.away", folder);
  assert_int_equal(rename(shard, away), 0);
  struct fray_text page = page_with(NULL, "gone");
  assert_non_null(strstr(page.data, "No test samples are shown: "));
  assert_null(strstr(page.data, "data:image"));
  fray_text_free(&page);
  /* One byte of a value is another. */
  struct fray_text bytes = slurp(away);
  const char *text = "so on";
  char *hit = memmem(bytes.data, bytes.size, text, strlen(text));
  assert_non_null(hit);
  *hit = 'z';
  put_file(shard, bytes.data, bytes.size);
  page = page_with(NULL, "other");
  assert_non_null(strstr(page.data, "No test samples are shown: "));
  assert_non_null(strstr(page.data, "changed since the run"));
  assert_null(strstr(page.data, "data:image"));
  fray_text_free(&page);
  fray_text_free(&bytes);
  assert_int_equal(rename(away, shard), 0);
}

static void without_a_list_of_files_the_index_tells(void **state) {
  (void)state;
  assert_int_equal(chdir(results), 0);
  assert_int_equal(remove("checksums.txt"), 0); /* it holds what is changed here */
  struct fray_text text = slurp("provenance.json");
  char *hash = strstr(text.data, "data_index_hash\": \"") + 19;
  memcpy(strstr(text.data, "data_sets"), "data_setz", 9);
  for (int other = 0; other < 2; other++, *hash ^= 1) {
    const char *why;
    put_file("provenance.json", text.data, text.size);
    struct opened *o = open_results();
    struct fray_rep_redo redo = redo_of(o, &why);
    assert_true(other ? why && strstr(why, "other shards than those of the run") : !why);
    fray_rep_redo_close(&redo);
    close_results(o);
  }
  fray_text_free(&text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_damage_is_that_of_the_run),
      cmocka_unit_test(damage_that_hits_otherwise_is_not_shown),
      cmocka_unit_test(cells_in_other_places_are_found_out),
      cmocka_unit_test(the_seed_of_damage_is_that_of_the_study),
      cmocka_unit_test(random_ones_follow_from_names_alone),
      cmocka_unit_test(no_method_comes_first),
      cmocka_unit_test(without_probabilities_answers_are_compared),
      cmocka_unit_test(a_ladder_has_every_strength),
      cmocka_unit_test(names_and_texts_stay_text),
      cmocka_unit_test(none_shows_no_data),
      cmocka_unit_test(shards_that_are_gone_or_others_are_said),
      cmocka_unit_test(without_a_list_of_files_the_index_tells),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
