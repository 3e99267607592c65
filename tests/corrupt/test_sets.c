/* Damage of multi-label data: each class of a sample flips by itself, and the ledger repeats it. */
#include "scratch.h"
#include "world.h"

#include "fray/base/file.h"
#include "fray/corrupt/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BITS = WORLD_SAMPLES * WORLD_CLASSES };

/* The world with sets: class c where (s + c) mod 3 = 0; every 11th sample is unlabelled. */
static void make_sets(struct world *w) {
  world_make(w, false);
  struct fray_dataset *d = &w->dataset;
  d->multi_label = true;
  d->label = NULL;
  d->labels = fray_arena_zero(&w->arena, BITS, 1);
  assert_non_null(d->labels);
  for (size_t s = 0; s < WORLD_SAMPLES; s++)
    for (size_t c = 0; c < WORLD_CLASSES; c++)
      d->labels[s * WORLD_CLASSES + c] = s % 11 == 5 ? FRAY_NO_LABELS : (s + c) % 3 == 0;
}

static bool flipped(const struct world *w, const struct fray_population *p,
                    const struct fray_damage *d, size_t i, size_t c) {
  return d->labels[i * WORLD_CLASSES + c] != w->dataset.labels[p->sample[i] * WORLD_CLASSES + c];
}

static void every_class_flips_by_itself(void **state) {
  (void)state;
  struct world w;
  make_sets(&w);
  struct fray_population p = world_population(&w, true, 0);
  struct fray_realised r;
  struct fray_damage d = world_corrupt(&w, &p, 8, "{kind: label_noise, rate: 0.2}", &r);
  size_t labelled = WORLD_SAMPLES / 11 * 10, all = 0, both = 0, of[WORLD_CLASSES] = {0};
  for (size_t i = 0; i < p.n; i++) {
    assert_int_equal(d.label[i] == FRAY_UNLABELLED, i % 11 == 5);
    for (size_t c = 0; c < WORLD_CLASSES; c++)
      of[c] += flipped(&w, &p, &d, i, c);
    both += flipped(&w, &p, &d, i, 0) && flipped(&w, &p, &d, i, 1);
  }
  for (size_t c = 0; c < WORLD_CLASSES; c++) {
    world_assert_share((double)of[c], (double)labelled, 0.2, 4);
    all += of[c];
  }
  world_assert_share((double)both, (double)labelled, 0.2 * 0.2, 4);
  assert_int_equal(r.eligible, labelled * WORLD_CLASSES);
  assert_int_equal(r.hit, all);
  assert_near(r.rate, (double)all / (double)(labelled * WORLD_CLASSES), 1e-15);
  world_free(&w);
}

/* What is flipped at .2 is flipped at .3; 0 does nothing, 1 turns all; order changes nothing. */
static void flips_nest_and_belong_to_the_sample(void **state) {
  (void)state;
  struct world w;
  make_sets(&w);
  struct fray_population p = world_population(&w, true, 0), q = world_population(&w, true, 5);
  struct fray_damage none = world_corrupt(&w, &p, 8, "{kind: label_noise, rate: 0}", NULL);
  struct fray_damage few = world_corrupt(&w, &p, 8, "{kind: label_noise, rate: 0.2}", NULL);
  struct fray_damage more = world_corrupt(&w, &p, 8, "{kind: label_noise, rate: 0.3}", NULL);
  struct fray_damage all = world_corrupt(&w, &p, 8, "{kind: label_noise, rate: 1}", NULL);
  struct fray_damage mixed = world_corrupt(&w, &q, 8, "{kind: label_noise, rate: 0.2}", NULL);
  assert_memory_equal(none.labels, w.dataset.labels, BITS);
  for (size_t i = 0; i < p.n; i++)
    for (size_t c = 0; c < WORLD_CLASSES; c++) {
      assert_true(!flipped(&w, &p, &few, i, c) || flipped(&w, &p, &more, i, c));
      assert_int_equal(flipped(&w, &p, &all, i, c), i % 11 != 5);
    }
  for (size_t i = 0; i < q.n; i++)
    assert_memory_equal(mixed.labels + i * WORLD_CLASSES, few.labels + q.sample[i] * WORLD_CLASSES,
                        WORLD_CLASSES);
  world_free(&w);
}

/* A sample of which any class was flipped, or whose set was lost, takes no part; nobody else. */
static void samples_with_a_changed_set_can_go(void **state) {
  (void)state;
  static const char *const entries[] = {"kind: label_noise, rate: 0.1",
                                        "kind: missing_label, rate: 0.3"};
  struct world w;
  make_sets(&w);
  const struct fray_population p = world_population(&w, true, 5);
  const struct fray_damage before =
      world_corrupt(&w, &p, 8, "{kind: missing_label, rate: 0}", NULL);
  for (size_t k = 0; k < 2; k++) {
    const char *keep = fray_arena_printf(&w.arena, "{%s}", entries[k]);
    const char *drop = fray_arena_printf(&w.arena, "{%s, if_hit: drop}", entries[k]);
    const struct fray_damage a = world_corrupt(&w, &p, 8, keep, NULL);
    const struct fray_damage b = world_corrupt(&w, &p, 8, drop, NULL);
    size_t gone = 0;
    for (size_t i = 0; i < p.n; i++) {
      bool hit = a.label[i] != before.label[i];
      for (size_t c = 0; c < WORLD_CLASSES; c++)
        hit = hit || a.labels[i * WORLD_CLASSES + c] != before.labels[i * WORLD_CLASSES + c];
      assert_int_equal(b.dropped[i], hit);
      gone += hit;
    }
    assert_true(gone > 0 && gone < p.n);
  }
  world_free(&w);
}

/* Groups may have rates of their own, classes not: a sample has several. */
static void flips_follow_the_rates_of_groups(void **state) {
  (void)state;
  struct world w;
  make_sets(&w);
  struct fray_population p = world_population(&w, true, 0);
  struct fray_realised r;
  const char *yaml = "{kind: label_noise, rate: 0, rate_by: {accent: {lancaster: 0.2}}}";
  struct fray_damage plain = world_corrupt(&w, &p, 8, "{kind: label_noise, rate: 0.2}", NULL);
  struct fray_damage d = world_corrupt(&w, &p, 8, yaml, &r);
  for (size_t i = 0; i < p.n; i++)
    for (size_t c = 0; c < WORLD_CLASSES; c++)
      assert_int_equal(flipped(&w, &p, &d, i, c), i % 3 == 1 && flipped(&w, &p, &plain, i, c));
  assert_near(r.nominal, 0.2 / 3, 1e-9);
  struct fray_err err = {0};
  const struct fray_corruption_config *entry =
      world_entry(&w, "{kind: missing_label, rate: 0, rate_by: {label: {walk: 1}}}", &err);
  assert_int_equal(fray_damage_start(&p, &w.arena, &d, &err), FRAY_OK);
  assert_int_equal(fray_corrupt(&entry, 1, &p, 8, &w.arena, &d, &r, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "several labels"));
  world_free(&w);
}

static void labels_go_missing_as_a_whole(void **state) {
  (void)state;
  struct world w;
  make_sets(&w);
  struct fray_population p = world_population(&w, true, 0);
  struct fray_realised r;
  struct fray_damage d = world_corrupt(&w, &p, 8, "{kind: missing_label, rate: 0.3}", &r);
  size_t lost = 0;
  for (size_t i = 0; i < p.n; i++)
    lost += i % 11 != 5 && d.label[i] == FRAY_UNLABELLED;
  assert_int_equal(r.eligible, WORLD_SAMPLES / 11 * 10);
  assert_int_equal(r.hit, lost);
  world_assert_share((double)lost, (double)r.eligible, 0.3, 4);
  world_free(&w);
}

static void notions_of_one_label_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *says;
  } cases[] = {
      {"{kind: label_noise, model: class_matrix, rate: 0.1}", "class_matrix"},
      {"{kind: label_noise, model: class_matrix, compat: fedmultimodal, rate: 0.1}",
       "class_matrix"},
      {"{kind: label_noise, model: matrix, matrix: [[1, 0], [0, 1]]}", "only symmetric"},
      {"{kind: label_noise, model: pair_flip, rate: 0.1}", "pair_flip"},
      {"{kind: label_noise, model: fedcorr, rate: 0.1}", "fedcorr"},
  };
  struct world w;
  make_sets(&w);
  struct fray_population p = world_population(&w, true, 0);
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    struct fray_err err = {0};
    struct fray_damage d;
    struct fray_realised r;
    const struct fray_corruption_config *entry = world_entry(&w, cases[c].yaml, &err);
    assert_non_null(entry);
    assert_int_equal(fray_damage_start(&p, &w.arena, &d, &err), FRAY_OK);
    assert_int_equal(fray_corrupt(&entry, 1, &p, 8, &w.arena, &d, &r, &err), FRAY_INPUT);
    if (!strstr(err.text, "multi-label") || !strstr(err.text, cases[c].says))
      fail_msg("%s: '%s'", cases[c].yaml, err.text);
  }
  world_free(&w);
}

static const char *temporary(struct fray_arena *arena, const char *text) {
  char *path = fray_arena_strdup(arena, scratch((char[SCRATCH]){0}, "fray-sets-XXXXXX"));
  int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  assert_int_equal(fray_file_write(path, text, strlen(text), NULL), FRAY_OK);
  return path;
}

/* Three classes; sample 2 is unlabelled in the data. */
struct few {
  struct fray_arena arena;
  struct fray_dataset dataset;
  struct fray_population people;
  uint8_t labels[9], present[3];
};

static void make_few(struct few *f) {
  static const char *const id[] = {"s0", "s1", "s2"}, *const name[] = {"a", "b, c", "d"};
  static const uint64_t source[3];
  static const uint32_t sample[] = {0, 1, 2}, client[3];
  static const char *const everyone[] = {"all"};
  *f = (struct few){.labels = {1, 0, 1, 0, 0, 0, FRAY_NO_LABELS, FRAY_NO_LABELS, FRAY_NO_LABELS},
                    .present = {1, 1, 1}};
  f->dataset = (struct fray_dataset){.multi_label = true,
                                     .n_classes = 3,
                                     .class_name = (const char **)name,
                                     .n_modalities = 1,
                                     .n_samples = 3,
                                     .labels = f->labels,
                                     .present = f->present,
                                     .source = (uint64_t *)source,
                                     .source_id = (const char **)id};
  f->dataset.modality[0].name = "acc";
  f->people = (struct fray_population){.dataset = &f->dataset,
                                       .n = 3,
                                       .sample = sample,
                                       .client = client,
                                       .n_clients = 1,
                                       .client_source = source,
                                       .client_name = everyone,
                                       .train = true};
}

static void ledger_by_hand(void **state) {
  (void)state;
  static const char written[] = "source,modality,what,value\ns0,,removed,a\ns0,,added,\"b, c\"\n"
                                "s1,acc,lost,\ns1,,unlabelled,\n";
  struct few f;
  make_few(&f);
  struct fray_damage d, again;
  assert_int_equal(fray_damage_start(&f.people, &f.arena, &d, NULL), FRAY_OK);
  d.labels[0] = 0, d.labels[1] = 1;
  d.present[1] = 0, d.label[1] = FRAY_UNLABELLED;
  struct fray_text text = {0};
  fray_ledger_text(&f.people, &d, &text);
  assert_string_equal(text.data, written);
  const char *path = temporary(&f.arena, text.data);
  uint8_t changed[3] = {0};
  struct fray_err err = {0};
  assert_int_equal(fray_damage_start(&f.people, &f.arena, &again, NULL), FRAY_OK);
  if (fray_ledger_apply(path, &f.people, &again, changed, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  world_assert_same(&d, &again);
  assert_memory_equal(d.labels, again.labels, 9);
  assert_true(changed[0] && changed[1] && !changed[2]);
  fray_remove_tree(path, NULL);
  fray_text_free(&text);
  fray_arena_free(&f.arena);
}

/* Of the other task, or about what is not labelled. */
static void ledgers_that_do_not_fit(void **state) {
  (void)state;
  struct few f;
  make_few(&f);
  struct fray_damage d;
  struct fray_err err = {0};
  uint8_t changed[3] = {0};
  assert_int_equal(fray_damage_start(&f.people, &f.arena, &d, NULL), FRAY_OK);
  const char *one = temporary(&f.arena, "source,modality,what,value\ns0,,label,d\n");
  assert_int_equal(fray_ledger_apply(one, &f.people, &d, changed, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, ":2: 'label' is for single-label data"));
  const char *two = temporary(&f.arena, "source,modality,what,value\ns2,,added,a\ns0,,added,a\n");
  assert_int_equal(fray_ledger_apply(two, &f.people, &d, changed, &err), FRAY_OK);
  assert_true(!changed[0] && !changed[1] && !changed[2]);
  assert_memory_equal(d.labels, f.labels, sizeof f.labels);
  const char *three = temporary(&f.arena, "source,modality,what,value\ns0,,added,e\n");
  assert_int_equal(fray_ledger_apply(three, &f.people, &d, changed, &err), FRAY_INPUT);
  assert_non_null(strstr(err.text, "the data has no class 'e'"));
  fray_remove_tree(one, NULL);
  fray_remove_tree(two, NULL);
  fray_remove_tree(three, NULL);
  fray_arena_free(&f.arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_class_flips_by_itself),
      cmocka_unit_test(flips_nest_and_belong_to_the_sample),
      cmocka_unit_test(flips_follow_the_rates_of_groups),
      cmocka_unit_test(samples_with_a_changed_set_can_go),
      cmocka_unit_test(labels_go_missing_as_a_whole),
      cmocka_unit_test(notions_of_one_label_are_refused),
      cmocka_unit_test(ledger_by_hand),
      cmocka_unit_test(ledgers_that_do_not_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
