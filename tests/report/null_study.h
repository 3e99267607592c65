/* Studies in which nothing has an effect: methods, damage and groups differ by the luck of
 * trainings, people and samples alone. What a report claims of them is false. */
#ifndef TESTS_REPORT_NULL_STUDY_H
#define TESTS_REPORT_NULL_STUDY_H

#include "folder.h"

#include "fray/h5/h5.h"

#include <math.h>

/** How a study is drawn. Deviations are of the share of right answers. */
struct null_design {
  const char *name;
  size_t methods, seeds, clients, each;
  double right;              /* share of right answers; chance is 0.25 */
  double seed, client, luck; /* deviations: of a seed, of a person, of one training */
  double apart;              /* what group b is behind: 0 unless something is to be found */
};

enum { NULL_CLASSES = 4, NULL_RATES = 3, NULL_CONDITIONS = 4 };

struct null_study {
  const struct null_design *d;
  uint64_t state;
  int32_t *label;  /* (samples) */
  int16_t *answer; /* (trials, conditions, samples) */
  size_t n, n_trials;
};

static inline double null_uniform(struct null_study *s) {
  uint64_t z = (s->state += 0x9e3779b97f4a7c15u); /* SplitMix64 */
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

static inline double null_normal(struct null_study *s) {
  double u = null_uniform(s), v = null_uniform(s);
  return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static inline int16_t null_answer(struct null_study *s, size_t i, double p) {
  bool right = null_uniform(s) < p;
  int32_t other = s->label[i] + 1 + (int32_t)(null_uniform(s) * (NULL_CLASSES - 1));
  return (int16_t)(right ? s->label[i] : other % NULL_CLASSES);
}

/* Under a condition a tenth of the answers is drawn anew, with the same chance of being right. */
static inline void null_draw(struct null_study *s, const struct null_design *d, uint64_t key) {
  double client[100], seed[16];
  *s = (struct null_study){.d = d, .state = key, .n = d->clients * d->each};
  s->n_trials = d->methods * NULL_RATES * d->seeds;
  s->label = calloc(s->n, sizeof *s->label);
  s->answer = calloc(s->n_trials * NULL_CONDITIONS * s->n, sizeof *s->answer);
  assert_true(s->label && s->answer && d->clients <= 100 && d->seeds <= 16);
  for (size_t c = 0; c < d->clients; c++)
    client[c] = d->client * null_normal(s) - (c % 2 ? d->apart : 0);
  for (size_t k = 0; k < d->seeds; k++)
    seed[k] = d->seed * null_normal(s);
  for (size_t i = 0; i < s->n; i++)
    s->label[i] = (int32_t)(null_uniform(s) * NULL_CLASSES);
  for (size_t t = 0; t < s->n_trials; t++) {
    double luck = d->luck * null_normal(s);
    for (size_t i = 0; i < s->n; i++) {
      double p = fmin(fmax(d->right + seed[t % d->seeds] + client[i / d->each] + luck, 0), 1);
      int16_t first = null_answer(s, i, p);
      for (size_t c = 0; c < NULL_CONDITIONS; c++)
        s->answer[(t * NULL_CONDITIONS + c) * s->n + i] =
            c && null_uniform(s) < 0.1 ? null_answer(s, i, p) : first;
    }
  }
}

static inline void null_free(struct null_study *s) {
  free(s->label);
  free(s->answer);
}

static inline void null_score(const struct null_study *s, size_t t, size_t c, size_t group,
                              struct fray_text *out) {
  static const char *const where[NULL_CONDITIONS] = {"trial,,", "dark,0,level", "dark,0.5,level",
                                                     "dark,1,level"};
  static const char *const name[] = {"all", "g=a", "g=b"};
  size_t n = 0, hits = 0, clients = 0;
  for (size_t i = 0; i < s->n; i++) {
    size_t person = i / s->d->each;
    if (group && person % 2 + 1 != group)
      continue;
    n++;
    clients += i % s->d->each == 0;
    hits += s->answer[(t * NULL_CONDITIONS + c) * s->n + i] == s->label[i];
  }
  if (n)
    fray_text_printf(out, "%016zx,best,%s,unseen_clients,%s,%zu,%zu,accuracy,%.17g,,,ok,,0.25\n",
                     t + 1, where[c], name[group], n, clients, (double)hits / (double)n);
}

static inline void null_tables(const struct null_study *s, const char *folder) {
  static const char *const rate[NULL_RATES] = {"0", "0.25", "0.5"};
  struct fray_text trials = {0}, scores = {0}, scenario = {0};
  fray_text_puts(&trials, "trial,method,lost.rate,seed,status,lost.nominal,lost.realised\n");
  fray_text_puts(&scores, "trial,selection,condition,severity,parameter,scope,group,n,clusters,"
                          "metric,value,low,high,status,realised,chance\n");
  fray_text_puts(&scenario,
                 "name: nothing\ncorruption:\n  - {id: lost, kind: missing_modality, at: train, "
                 "rate: 0}\ntests:\n  dark: {kind: dim, level: [0, 0.5, 1]}\nevaluate: {metrics: "
                 "[accuracy], groups: [g]}\n");
  for (size_t t = 0; t < s->n_trials; t++) {
    const char *x = rate[t / s->d->seeds % NULL_RATES];
    fray_text_printf(&trials, "%016zx,m%zu,%s,%zu,ok,%s,%s\n", t + 1, t / s->d->seeds / NULL_RATES,
                     x, t % s->d->seeds + 1, x, x);
    for (size_t c = 0; c < NULL_CONDITIONS; c++)
      for (size_t g = 0; g < 3; g++)
        null_score(s, t, c, g, &scores);
  }
  put_file(path_in(folder, "trials.csv"), trials.data, trials.size);
  put_file(path_in(folder, "scores.csv"), scores.data, scores.size);
  put_file(path_in(folder, "scenario.yaml"), scenario.data, scenario.size);
  put_file(path_in(folder, "state"), "done\n", 5);
  put_file(path_in(folder, "provenance.json"), "{\"data_index_hash\": \"1\"}\n", 25);
  fray_text_free(&trials);
  fray_text_free(&scores);
  fray_text_free(&scenario);
}

static inline void null_array(fray_h5 file, size_t t, const char *name, enum fray_h5_type type,
                              int rank, const size_t *dims, const void *data) {
  struct fray_err err = {0};
  char path[120];
  snprintf(path, sizeof path, "trials/%016zx/test/%s", t + 1, name);
  if (fray_h5_write(file, path, type, rank, dims, data, false, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

static inline void null_texts(fray_h5 file, size_t t, const char *name, const char *const *texts,
                              size_t n) {
  struct fray_err err = {0};
  char path[120];
  snprintf(path, sizeof path, "trials/%016zx/test/%s", t + 1, name);
  if (fray_h5_write_texts(file, path, texts, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

/* Both selections are the same model. */
static inline void null_answers(const struct null_study *s, fray_h5 file, size_t t) {
  static const char *const condition[] = {"trial", "dark=0", "dark=0.5", "dark=1"};
  static const char *const values[] = {"a", "b"};
  const char *names[100];
  char name[100][24];
  size_t n = s->n, one[] = {n}, three[] = {2, NULL_CONDITIONS, n},
         four[] = {2, NULL_CONDITIONS, NULL_CLASSES, NULL_CLASSES};
  int32_t *who = calloc(2 * n, sizeof *who), *code = who + n;
  int16_t *both = calloc(2 * NULL_CONDITIONS * n, sizeof *both);
  int64_t *counts = calloc(2 * NULL_CONDITIONS * NULL_CLASSES * NULL_CLASSES, sizeof *counts);
  assert_true(who && both && counts);
  for (size_t c = 0; c < s->d->clients; c++) {
    snprintf(name[c], sizeof name[c], "c%02zu", c);
    names[c] = name[c];
  }
  for (size_t i = 0; i < n; i++) {
    who[i] = (int32_t)(i / s->d->each);
    code[i] = who[i] % 2;
  }
  const int16_t *own = s->answer + t * NULL_CONDITIONS * n;
  memcpy(both, own, NULL_CONDITIONS * n * sizeof *both);
  memcpy(both + NULL_CONDITIONS * n, own, NULL_CONDITIONS * n * sizeof *both);
  null_texts(file, t, "clients/name", names, s->d->clients);
  null_texts(file, t, "condition", condition, NULL_CONDITIONS);
  null_texts(file, t, "group_values/g", values, 2);
  null_array(file, t, "client", FRAY_H5_I32, 1, one, who);
  null_array(file, t, "group/g", FRAY_H5_I32, 1, one, code);
  null_array(file, t, "label", FRAY_H5_I32, 1, one, s->label);
  null_array(file, t, "confusion", FRAY_H5_I64, 4, four, counts);
  null_array(file, t, "predicted", FRAY_H5_I16, 3, three, both);
  free(who);
  free(both);
  free(counts);
}

/** Draws a study and writes its folder. */
static inline void null_put(const struct null_design *design, uint64_t key, const char *folder) {
  struct null_study s;
  struct fray_err err = {0};
  fray_h5 file;
  null_draw(&s, design, key);
  null_tables(&s, folder);
  if (fray_h5_create(path_in(folder, "results.h5"), &file, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  for (size_t t = 0; t < s.n_trials; t++)
    null_answers(&s, file, t);
  if (fray_h5_close(file, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  null_free(&s);
}

#endif
