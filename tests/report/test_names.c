/* Laws of names over generated studies: random sweeps (crossed, zipped, with holes), methods, maps,
 * planes of two keys, and titles that collide on purpose. Two different things never bear the same
 * label in one place, and nothing is cut. `test_report_names N` draws N studies. */
#include "folder.h"

#include "fray/corrupt/corrupt.h"
#include "fray/json/json.h"
#include "fray/metric/metric.h"
#include "fray/results/titles.h"
#include "report/figure/figures.h"
#include "report/quantity/read_study.h"
#include "report/stat/axis.h"
#include "report/stat/plane.h"
#include "report/words/names.h"

#include "fray/base/size.h"

enum { STUDIES = 250, MOST_KEYS = 5, MOST_CELLS = 81, VALUES = 3 };

static uint64_t state;

static size_t below(size_t n) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u); /* SplitMix64 */
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (size_t)((z ^ (z >> 31)) % n);
}

static const char *const long_name = "a name that is so long that whoever is short of room would "
                                     "like to cut it somewhere before the "
                                     "end, where alone it differs: ";

/* Few, so that they meet; some look like what is put behind one to tell it apart. */
static const char *a_title(void) {
  static const char *const pool[] = {"same",
                                     "same",
                                     "same (m0)",
                                     "same (lost)",
                                     "same (m0) (m0)",
                                     "lost 50 %",
                                     "50 %",
                                     "sound lost",
                                     "sound lost at test",
                                     "a",
                                     "a, b",
                                     "b",
                                     "(empty)",
                                     "m1",
                                     "<b>\"&\\'",
                                     "x at training and test"};
  return pool[below(FRAY_COUNT(pool))];
}

static const struct swept {
  const char *key, *value[VALUES];
} pool[] = {
    {"method", {"m0", "m1", "m 2, b"}},
    {"lost.rate", {"0", "0.5", "0.50"}},
    {"lost2.rate", {"0", "0.3", "1"}},
    {"hum.snr_db", {"inf", "10", "0"}},
    {"hum.rate", {"1", "0.5", "0.25"}},
    {"data.partition",
     {"{kind: natural}", "{kind: dirichlet, clients: 30, alpha: 0.1}",
      "{kind: dirichlet, clients: 30, alpha: 1}"}},
    {"training.server", {"{algorithm: fedavg}", "{algorithm: fedavg, lr: 1}", "fedavg"}},
    {"training.local.lr", {"0.1", "0.01", "1e-1"}},
    {"training.server.lr", {"0.1", "1", "true"}},
    {"model.encoders.image.filters", {"[8, 16]", "[8]", "8, 16"}},
    {"model.fusion", {"attention", "a", "a, b"}},
    {"data.shards", {"", "(empty)", "null"}},
};

struct study {
  const struct swept *key[MOST_KEYS];
  size_t n_keys, n_cells, cell[MOST_CELLS][MOST_KEYS];
};

/* Keys crossed, but for the last one, which may go in step with the one before; with holes. Or one
 * key at a time away from its first value, as a zip of several damages has it. */
static void draw(struct study *s) {
  size_t order[FRAY_COUNT(pool)], n = 1;
  for (size_t i = 0; i < FRAY_COUNT(pool); i++)
    order[i] = i;
  s->n_keys = 1 + below(4);
  for (size_t k = 0; k < s->n_keys; k++) {
    const size_t other = k + below(FRAY_COUNT(pool) - k), kept = order[k];
    order[k] = order[other];
    order[other] = kept;
    s->key[k] = &pool[order[k]];
    n *= VALUES;
  }
  const bool zipped = s->n_keys > 1 && below(3) == 0, holes = below(3) == 0, single = below(3) == 0;
  s->n_cells = 0;
  for (size_t at = 0; at < n; at++) {
    size_t *value = s->cell[s->n_cells], rest = at, away = 0;
    for (size_t k = 0; k < s->n_keys; k++, rest /= VALUES) {
      value[k] = rest % VALUES;
      away += value[k] != 0;
    }
    if ((single && away > 1) || (zipped && value[s->n_keys - 1] != value[s->n_keys - 2]) ||
        (holes && below(4) == 0))
      continue;
    s->n_cells++;
  }
  s->n_cells = FRAY_MAX(s->n_cells, (size_t)1);
}

static void write(const char *folder, const char *name, struct fray_text *text) {
  assert_false(text->failed);
  put_file(path_in(folder, name), text->data, text->size);
  fray_text_free(text);
}

static void put_trials(const struct study *s, const char *folder) {
  struct fray_text out = {0};
  fray_text_puts(&out, "trial");
  for (size_t k = 0; k < s->n_keys; k++)
    fray_text_printf(&out, ",%s", s->key[k]->key);
  fray_text_puts(&out, ",seed,status,diverged_round,diverged_client,rounds,best_round,clients,"
                       "clients_dropped,samples_train,samples_dropped,lost.nominal,lost.realised,"
                       "lost.test_nominal,lost.test_realised,best.accuracy,last.accuracy,"
                       "dev.accuracy\n");
  for (size_t c = 0; c < s->n_cells; c++) {
    fray_text_printf(&out, "%016zx", c);
    for (size_t k = 0; k < s->n_keys; k++) {
      fray_text_puts(&out, ",");
      fray_text_csv(&out, s->key[k]->value[s->cell[c][k]]);
    }
    fray_text_puts(&out, ",1,ok,,,20,17,40,0,1200,0,0,0,0,0,0.8,0.79,0.81\n");
  }
  write(folder, "trials.csv", &out);
}

static const struct point {
  const char *condition, *severity, *parameter;
} points[] = {{"trial", "", ""},
              {"clean", "", ""},
              {"sound", "0", "rate"},
              {"sound", "0.5", "rate"},
              {"sound", "1", "rate"},
              {"same", "0", "rate"},
              {"same", "1", "rate"},
              {"fog", "0", "sigma"},
              {"fog", "0.2", "sigma"},
              {"plane rate=0.5 sigma=0.1", "", ""},
              {"plane rate=0.5 sigma=0.2", "", ""},
              {"plane rate=1 sigma=0.1", "", ""},
              {"plane rate=1 sigma=0.2", "", ""},
              {"both", "", ""},
              {"all_missing", "", ""},
              {"only:audio", "", ""},
              {"without:audio", "", ""},
              {"unheard of", "", ""}};
static const char *const groups[] = {"all", "g=a", "g=b", "g=", "g=(empty)", "gg=a", "g2=a=b"};
static const char *const metrics[] = {"accuracy", "macro_f1", "macro F1"};

static void put_scores(const struct study *s, const char *folder) {
  struct fray_text out = {0};
  fray_text_puts(&out, "trial,selection,condition,severity,parameter,scope,group,n,clusters,metric,"
                       "value,low,high,status,realised,chance\n");
  for (size_t c = 0; c < s->n_cells; c++)
    for (size_t p = 0; p < FRAY_COUNT(points); p++)
      for (size_t g = 0; g < FRAY_COUNT(groups); g++)
        for (size_t m = 0; m < FRAY_COUNT(metrics); m++)
          if (g == 0 || (p == 0 && m == 0))
            fray_text_printf(&out,
                             "%016zx,best,%s,%s,%s,unseen_clients,%s,400,12,%s,0.%zu,,,ok,,0.25\n",
                             c, points[p].condition, points[p].severity, points[p].parameter,
                             groups[g], metrics[m], 5 + (c + p) % 4);
  write(folder, "scores.csv", &out);
}

static void put_strengths(const struct study *s, const char *folder) {
  struct fray_text out = {0};
  fray_text_puts(&out, "of,name,entry,parameter,unit,none,worse\n");
  for (size_t k = 0; k < s->n_keys; k++) {
    const char *key = s->key[k]->key;
    if (strncmp(key, "lost", 4) == 0)
      fray_text_printf(&out, "swept,%s,%.*s,rate,share,0,1\n", key, (int)strcspn(key, "."), key);
    if (strncmp(key, "hum", 3) == 0)
      fray_text_printf(&out, "swept,%s,hum,%s\n", key,
                       key[4] == 's' ? "snr_db,dB,inf,-1" : "rate,share,0,1");
  }
  fray_text_puts(&out, "entry,lost,,rate,share,0,1\ntest,sound,,rate,share,0,1\n"
                       "test,same,,rate,share,0,1\ntest,fog,,sigma,full scale,0,1\n");
  write(folder, "strengths.csv", &out);
}

/* "  KEY: TITLE", for one in two. */
static void put_title(struct fray_text *out, const char *indent, const char *key) {
  struct fray_text title = {0};
  if (below(2) || !*key)
    return;
  if (below(8) == 0)
    fray_text_puts(&title, long_name);
  fray_text_puts(&title, a_title());
  fray_text_puts(out, indent);
  fray_json_put_text(out, key);
  fray_text_puts(out, ": ");
  fray_json_put_text(out, title.data);
  fray_text_puts(out, "\n");
  fray_text_free(&title);
}

static void put_titles(const struct study *s, struct fray_text *out) {
  fray_text_puts(out, "titles:\n  keys:\n");
  for (size_t k = 0; k < s->n_keys; k++)
    put_title(out, "    ", s->key[k]->key);
  fray_text_puts(out, "  values:\n");
  for (size_t k = 0; k < s->n_keys; k++) {
    fray_text_printf(out, "    %s:\n", s->key[k]->key);
    for (size_t v = 0; v < VALUES; v++)
      put_title(out, "      ", s->key[k]->value[v]);
  }
  fray_text_puts(out, "  conditions:\n");
  for (size_t p = 0; p < FRAY_COUNT(points); p++)
    if (p == 0 || strcmp(points[p].condition, points[p - 1].condition) != 0)
      put_title(out, "    ", points[p].condition);
  fray_text_puts(out, "  groups:\n    g:\n");
  put_title(out, "      ", "title");
  put_title(out, "      ", "a");
  put_title(out, "      ", "b");
  fray_text_puts(out, "    gg:\n");
  put_title(out, "      ", "title");
  fray_text_puts(out, "  modalities:\n");
  put_title(out, "    ", "audio");
  put_title(out, "    ", "image");
}

static void put_scenario(const struct study *s, const char *folder) {
  static const char *const kind[] = {"missing_modality, rate: 0", "missing_modality, rate: 0",
                                     "noise, snr_db: 10"};
  static const char *const id[] = {"lost", "lost2", "hum"};
  struct fray_text out = {0};
  fray_text_puts(&out, "name: generated\nmethods:\n");
  for (size_t m = 0; m < VALUES; m++) {
    fray_text_printf(&out, "  \"%s\":\n    model.fusion: concat\n", pool[0].value[m]);
    put_title(&out, "    ", "title");
  }
  fray_text_puts(&out, "corruption:\n");
  for (size_t e = 0; e < FRAY_COUNT(id); e++) {
    fray_text_printf(&out, "  - id: %s\n    kind: %.*s\n   %s\n", id[e], (int)strcspn(kind[e], ","),
                     kind[e], strchr(kind[e], ' '));
    put_title(&out, "    ", "title");
  }
  fray_text_puts(&out, "tests:\n  sound:\n    kind: missing_modality\n    modalities: [audio]\n"
                       "    rate: [0, 0.5, 1]\n");
  put_title(&out, "    ", "title");
  fray_text_puts(&out, "  same:\n    kind: missing_modality\n    modalities: [audio]\n"
                       "    rate: [0, 1]\n");
  put_title(&out, "    ", "title");
  fray_text_puts(&out, "  fog: {kind: gaussian_noise, sigma: [0, 0.2]}\n"
                       "  plane: {kind: gaussian_noise, rate: [0.5, 1], sigma: [0.1, 0.2]}\n"
                       "  both:\n    - {kind: missing_modality, modalities: [audio], rate: 1}\n"
                       "    - {kind: gaussian_noise, sigma: 0.1}\n");
  if (below(4))
    put_titles(s, &out);
  write(folder, "scenario.yaml", &out);
}

static void make(const struct study *s, const char *folder) {
  struct fray_text out = {0};
  put_trials(s, folder);
  put_scores(s, folder);
  put_strengths(s, folder);
  put_scenario(s, folder);
  fray_text_puts(&out, "{\"data_sets\": [{\"modalities\": \"audio,image,sound\"}]}\n");
  write(folder, "provenance.json", &out);
}

/* ---- the laws ---- */

static void all_differ(const char *const *v, size_t n, const char *what) {
  for (size_t i = 0; i < n; i++) {
    assert_non_null(v[i]);
    if (!*v[i] && n > 1)
      fail_msg("%s %zu of %zu is empty", what, i, n);
    if (strstr(v[i], "\u2026") || strstr(v[i], "..."))
      fail_msg("%s is cut: %s", what, v[i]);
    for (size_t j = 0; j < i; j++)
      if (strcmp(v[i], v[j]) == 0)
        fail_msg("%s %zu and %zu are both called %s", what, j, i, v[i]);
  }
}

/* Series of one panel differ, and so do panels; a panel has a place of its own in the grid. */
static void check_axis(const struct fray_rep_axis *a) {
  for (size_t i = 0; i < a->n_series; i++)
    for (size_t j = 0; j < i; j++) {
      const bool same = strcmp(a->series[i], a->series[j]) == 0 &&
                        strcmp(a->panel_title[a->panel[i]], a->panel_title[a->panel[j]]) == 0;
      if (same)
        fail_msg("%s: series %zu and %zu are both %s, %s", a->title, j, i, a->series[i],
                 a->panel_title[a->panel[i]]);
      /* The same colour says the same thing in all panels. */
      assert_true((a->style[i] == a->style[j]) == (strcmp(a->series[i], a->series[j]) == 0));
    }
  all_differ(a->full, a->n_series, "a series");
  all_differ(a->panel_title, a->n_panels, "a panel");
  if (a->n_rows == 0)
    return;
  assert_true(a->n_panels > 1 && a->n_panels <= a->n_rows * a->n_columns);
  assert_true(a->n_rows * a->n_columns < 2 * a->n_panels); /* mostly holes: no grid */
  all_differ(a->row_title, a->n_rows, "a row");
  all_differ(a->column_title, a->n_columns, "a column");
  for (size_t i = 0; i < a->n_panels; i++) {
    assert_true(a->row[i] < a->n_rows && a->column[i] < a->n_columns);
    for (size_t j = 0; j < i; j++)
      assert_true(a->row[i] != a->row[j] || a->column[i] != a->column[j]);
  }
}

static void check_axes(struct fray_rep_results *r) {
  struct fray_rep_axis *axes, one;
  const char *title[64], *label[64];
  struct fray_err err = {0};
  size_t n;
  assert_int_equal(fray_rep_axes(r, &axes, &n, &err), FRAY_OK);
  assert_in_range(n, 3, 64); /* at least the three tests with curves */
  for (size_t i = 0; i < n; i++) {
    check_axis(&axes[i]);
    title[i] = axes[i].title;
    label[i] = axes[i].label;
    /* Ticks are percentages exactly where the label says so; a title may bring others. */
    if (fray_rep_in_percent(&axes[i]))
      assert_non_null(strstr(label[i], ", %"));
  }
  all_differ(title, n, "an axis");
  all_differ(label, n, "the label of an axis");
  assert_int_equal(
      fray_rep_condition_axis(r, fray_rep_name_find(&r->conditions, "clean"), &one, &err), FRAY_OK);
  check_axis(&one);
  assert_int_equal(one.n_series, r->n_cells);
}

static void check_lists(struct fray_rep_results *r) {
  const struct fray_rep_titles *t = r->titles;
  all_differ(t->key, r->n_keys, "a key");
  all_differ(t->key_word, r->n_keys, "the word of a key");
  all_differ(t->condition, r->conditions.n, "a condition");
  all_differ(t->metric, r->metrics.n, "a metric");
  for (size_t k = 0; k < r->n_keys; k++) {
    all_differ(t->values[k].title, t->values[k].n, "a value");
    for (size_t v = 0; v < t->values[k].n; v++)
      assert_string_equal(fray_rep_value_title(r, r->key[k], t->values[k].value[v]),
                          t->values[k].title[v]);
  }
  const char *of_g[] = {fray_rep_group_title(r, "g", "a"), fray_rep_group_title(r, "g", "b"),
                        t->group[fray_rep_name_find(&r->groups, "g=")],
                        t->group[fray_rep_name_find(&r->groups, "g=(empty)")]};
  const char *column[] = {fray_rep_column_title(r, "g"), fray_rep_column_title(r, "gg"),
                          fray_rep_column_title(r, "g2")};
  const char *modality[] = {fray_rep_modality_title(r, "audio"),
                            fray_rep_modality_title(r, "image"),
                            fray_rep_modality_title(r, "sound")};
  all_differ(of_g, FRAY_COUNT(of_g), "a group");
  all_differ(column, FRAY_COUNT(column), "a column");
  all_differ(modality, FRAY_COUNT(modality), "a modality");
}

static void check_planes(struct fray_rep_results *r) {
  struct fray_rep_plane *p;
  struct fray_err err = {0};
  size_t n;
  assert_int_equal(fray_rep_planes(r, &p, &n, &err), FRAY_OK);
  assert_int_equal(n, 1);
  assert_string_equal(p->test, "plane");
  all_differ(p->label, 2, "a key of a plane");
  assert_true(p->n[0] == 2 && p->n[1] == 2);
  for (size_t c = 0; c < r->conditions.n; c++)
    assert_int_equal(fray_rep_is_in_plane(p, n, c), strncmp(r->conditions.v[c], "plane ", 6) == 0);
}

static size_t n_studies = STUDIES;

static void no_two_things_bear_one_label(void **state_) {
  const char *folder = *state_;
  size_t grids = 0;
  for (size_t i = 0; i < n_studies; i++) {
    struct study s;
    struct fray_arena arena = {0};
    struct fray_rep_results r;
    struct fray_rep_axis *axes;
    struct fray_err err = {0};
    size_t n;
    state = i;
    draw(&s);
    make(&s, folder);
    if (fray_rep_study_read(folder, NULL, &arena, &r, &err) != FRAY_OK)
      fail_msg("study %zu: %s", i, err.text);
    assert_int_equal(r.n_cells, s.n_cells);
    if (!r.scenario)
      fail_msg("study %zu: its scenario cannot be read", i);
    check_lists(&r);
    check_axes(&r);
    check_planes(&r);
    assert_int_equal(fray_rep_axes(&r, &axes, &n, &err), FRAY_OK);
    for (size_t a = 0; a < n; a++)
      grids += axes[a].n_rows > 0;
    fray_rep_study_free(&r);
    fray_arena_free(&arena);
  }
  assert_true(n_studies < STUDIES || grids > n_studies / 4);
}

static void titles_that_are_made_to_meet_are_told_apart(void **state_) {
  static const char *const id[] = {"a", "b", "x (a)", "b) (a", "c"};
  const char *label[] = {"x", "x", "x (a)", "y", "y (b)"};
  const char *again[] = {"y (b)", "y", "y", "y", "y (b)"};
  const char *kept[] = {"one", "two"};
  struct fray_arena arena = {0};
  (void)state_;
  assert_true(fray_titles_distinct(label, id, 5, &arena));
  all_differ(label, 5, "a label");
  assert_string_equal(label[0], "x (a) (a)");
  assert_string_equal(label[1], "x (b)");
  assert_true(fray_titles_distinct(again, id, 5, &arena));
  all_differ(again, 5, "a label");
  assert_true(fray_titles_distinct(kept, id, 2, &arena));
  assert_string_equal(kept[0], "one");
  fray_arena_free(&arena);
}

/* A method that is added brings its words, and they are not those of another one. */
static void registries_have_words(void **state_) {
  const char *words[256], *title[256];
  (void)state_;
  assert_in_range(fray_corruptions.n, 1, FRAY_COUNT(words));
  assert_in_range(fray_metrics.n, 1, FRAY_COUNT(words));
  for (size_t i = 0; i < fray_metrics.n; i++)
    title[i] = fray_title_of_metric(fray_metrics.v[i]->name);
  all_differ(title, fray_metrics.n, "a metric");
  for (size_t i = 0; i < fray_corruptions.n; i++) {
    words[i] = fray_corruption_words(fray_corruptions.v[i]);
    assert_true(words[i] && *words[i]);
    const char *hole = strchr(words[i], '%');
    assert_true(!hole || (hole[1] == 's' && !strchr(hole + 1, '%')));
    assert_null(strchr(words[i], '_'));
    /* Kinds that damage one modality stand side by side in a report. */
    for (size_t j = 0; j < i; j++)
      for (int m = 0; fray_modality_kind_names[m]; m++)
        if (fray_corruption_fits_modality(fray_corruptions.v[i], (enum fray_modality_kind)m) &&
            fray_corruption_fits_modality(fray_corruptions.v[j], (enum fray_modality_kind)m) &&
            strcmp(words[i], words[j]) == 0)
          fail_msg("%s and %s are both \"%s\"", fray_corruptions.v[i]->name,
                   fray_corruptions.v[j]->name, words[i]);
  }
  for (size_t k = 0; fray_modality_kind_names[k]; k++)
    assert_true(fray_modality_kind_nouns[k] && *fray_modality_kind_nouns[k]);
}

/* Words of the registries, and of maps only what differs. */
static void words_where_nobody_gave_a_title(void **state_) {
  const char *folder = *state_;
  struct study s = {.n_keys = 3, .n_cells = 3};
  struct fray_arena arena = {0};
  struct fray_rep_results r;
  struct fray_err err = {0};
  s.key[0] = &pool[1];
  s.key[1] = &pool[5];
  s.key[2] = &pool[3];
  for (size_t c = 0; c < 3; c++)
    for (size_t k = 0; k < 3; k++)
      s.cell[c][k] = c;
  make(&s, folder);
  edit(folder, "provenance.json", ",sound", "", false);
  struct fray_text text = {0};
  fray_text_puts(&text,
                 "name: plain\ncorruption:\n  - {id: lost, kind: missing_modality, rate: 0}\n"
                 "  - {id: hum, kind: noise, snr_db: 10}\ntests:\n"
                 "  sound: {kind: missing_modality, modalities: audio, rate: [0, 0.5, 1]}\n"
                 "  fog: {kind: gaussian_noise, sigma: [0, 0.2]}\n"
                 "  plane: {kind: gaussian_noise, rate: [0.5, 1], sigma: [0.1, 0.2]}\n"
                 "  both:\n    - {kind: missing_modality, modalities: [audio], rate: 1}\n"
                 "    - {kind: gaussian_noise, sigma: 0.1}\n");
  write(folder, "scenario.yaml", &text);
  assert_int_equal(fray_rep_study_read(folder, NULL, &arena, &r, &err), FRAY_OK);
  assert_string_equal(fray_rep_study_title(&r), "plain");
  assert_string_equal(fray_rep_key_title(&r, "lost.rate"),
                      "sound and picture lost at training and test");
  assert_string_equal(fray_rep_key_title(&r, "hum.snr_db"), "noise in the sound at training");
  assert_string_equal(fray_rep_value_label(&r, "lost.rate", "0.5"), "lost 50 % (0.5)");
  assert_string_equal(fray_rep_value_label(&r, "hum.snr_db", "10"), "noise 10 dB");
  assert_string_equal(fray_rep_value_title(&r, "data.partition", "{kind: natural}"), "natural");
  assert_string_equal(
      fray_rep_value_title(&r, "data.partition", "{kind: dirichlet, clients: 30, alpha: 0.1}"),
      "dirichlet, clients 30, alpha 0.1");
#define CONDITION(name) fray_rep_condition_title(&r, fray_rep_name_find(&r.conditions, name))
  assert_string_equal(CONDITION("sound"), "sound lost at test");
  assert_string_equal(CONDITION("same"), "same");
  assert_string_equal(CONDITION("fog"), "noise in the picture at test");
  assert_string_equal(CONDITION("both"), "sound lost and noise in the picture at test");
  assert_string_equal(CONDITION("plane rate=0.5 sigma=0.2"),
                      "noise in the picture at test, rate 50 %, 0.2 of full scale");
  assert_string_equal(CONDITION("only:audio"), "only sound at test");
  assert_string_equal(fray_rep_metric_title(&r, "macro_f1"), "macro F1 (macro_f1)");
  fray_rep_study_free(&r);
  fray_arena_free(&arena);
}

/* Units follow the number: one of them is no plural, as far as the first word has one. */
static void one_of_a_unit_is_no_plural(void **unused) {
  (void)unused;
  static const struct {
    const char *unit;
    double x;
    const char *title;
  } cases[] = {{"samples", 1, "1 sample"},
               {"samples", 3, "3 samples"},
               {"samples", 0.5, "0.5 samples"},
               {"semitones", -1, "-1 semitone"},
               {"photons at white", 1, "1 photon at white"},
               {"times", 1, "1 times"},
               {"libjpeg's scale", 1, "1 libjpeg's scale"},
               {"ms", 1, "1 ms"},
               {"share", 1, "100 %"},
               {"", 1, "1"},
               {"ms", INFINITY, "\u221e ms"},
               {"", -INFINITY, "\u2212\u221e"},
               {"ms", NAN, ""}};
  struct fray_arena arena = {0};
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    const struct fray_strength_meaning meaning = {.unit = cases[k].unit};
    assert_string_equal(fray_title_of_strength(&meaning, cases[k].x, &arena), cases[k].title);
  }
  fray_arena_free(&arena);
}

/* Of two classes that are called alike each has its name behind; a title of its own is enough. */
static void classes_are_told_apart(void **unused) {
  (void)unused;
  struct fray_arena arena = {0};
  struct fray_node *scenario;
  struct fray_err err = {0};
  assert_int_equal(
      fray_yaml_parse("titles: {classes: {a: dog, b: dog, c: cat}}", "s", &arena, &scenario, &err),
      FRAY_OK);
  const struct fray_titles titles = {.arena = &arena, .scenario = scenario};
  assert_string_equal(fray_title_of_class(&titles, "a"), "dog (a)");
  assert_string_equal(fray_title_of_class(&titles, "b"), "dog (b)");
  assert_string_equal(fray_title_of_class(&titles, "c"), "cat");
  assert_string_equal(fray_title_of_class(&titles, "d"), "d");
  fray_arena_free(&arena);
}

/* One map for each model: rows and columns are the values of the two keys. */
static void a_plane_is_one_figure(void **state_) {
  const char *folder = *state_;
  struct study s = {.n_keys = 1, .n_cells = 2};
  struct fray_arena arena = {0};
  struct fray_rep_results r;
  struct fray_rep_figures list = {0};
  struct fray_err err = {0};
  s.key[0] = &pool[0];
  s.cell[1][0] = 1;
  make(&s, folder);
  assert_int_equal(fray_rep_study_read(folder, NULL, &arena, &r, &err), FRAY_OK);
  assert_int_equal(fray_rep_find_figure_kind("planes")->make(&r, 1, &list, &err), FRAY_OK);
  assert_int_equal(list.n, 1);
  const struct fray_rep_figure *f = &list.v[0];
  assert_string_equal(f->y_label, "rate (share)");
  assert_string_equal(f->x_label, "sigma (full scale)");
  assert_int_equal(f->n_panels, 2);
  assert_int_equal(f->n_categories, 2);
  assert_string_equal(f->category[1], "0.2");
  assert_string_equal(f->panel[1].series[1].label, "1");
  /* put_scores: of cell 1, and of the point of rate 1 and sigma 0.2, the 13th. */
  assert_true(f->panel[1].series[1].point[1].y == 100 * (5 + (1 + 12) % 4) / 10.0);
  fray_rep_study_free(&r);
  fray_arena_free(&arena);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(no_two_things_bear_one_label, make_folder, drop_folder),
      cmocka_unit_test(titles_that_are_made_to_meet_are_told_apart),
      cmocka_unit_test(registries_have_words),
      cmocka_unit_test(one_of_a_unit_is_no_plural),
      cmocka_unit_test(classes_are_told_apart),
      cmocka_unit_test_setup_teardown(a_plane_is_one_figure, make_folder, drop_folder),
      cmocka_unit_test_setup_teardown(words_where_nobody_gave_a_title, make_folder, drop_folder),
  };
  if (argc > 1)
    n_studies = (size_t)strtoul(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
