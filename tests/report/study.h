/* A small study with predictions, made up by a rule, and its scores by formulas of the test's own.
 * What is kept per trial is what docs/results-format.md says. */
#ifndef TESTS_REPORT_STUDY_H
#define TESTS_REPORT_STUDY_H

#include "folder.h"

#include "fray/h5/h5.h"

#include <math.h>

enum {
  CELLS = 4, /* method avg, mom x lost.rate 0, 0.5 */
  SEEDS = 3,
  CLIENTS = 13, /* groups a and b of 6, and c of 1 */
  EACH = 8,
  SAMPLES = CLIENTS * EACH,
  CLASSES = 4,
  CONDITIONS = 3, /* trial, dark=0, dark=0.5 */
  TRIALS = CELLS * SEEDS,
  GROUPS = 4 /* all, g=a, g=b, g=c */
};

/* Not in order: the draws of a seed follow from its value, not from its place. */
static const char *const seed_name[SEEDS] = {"10", "8", "9"};
static const size_t seed_rank[SEEDS] = {2, 0, 1};
static const char *const condition_name[CONDITIONS] = {"trial", "dark=0", "dark=0.5"};
static const char *const group_name[GROUPS] = {"all", "g=a", "g=b", "g=c"};

struct study {
  bool multi_label;
  int32_t label[SAMPLES];
  uint8_t labels[SAMPLES * CLASSES];
  int16_t predicted[TRIALS][2][CONDITIONS][SAMPLES];
  uint8_t sets[TRIALS][2][CONDITIONS][SAMPLES * CLASSES];
};

static inline size_t client_of(size_t i) {
  return i / EACH;
}

static inline size_t group_of(size_t client) {
  return client < 12 ? client % 2 : 2;
}

static inline bool in_group(size_t i, size_t group) {
  return group == 0 || group_of(client_of(i)) + 1 == group;
}

/* A number below 1000 that looks like chance (xorshift of what it is for). */
static inline uint32_t noise(size_t a, size_t b, size_t c) {
  uint64_t x = 88172645463325252ull + a * 2654435761u + b * 40503u + c * 2246822519u;
  for (int i = 0; i < 4; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  return (uint32_t)(x % 1000);
}

static inline struct study *make_study(bool multi_label) {
  struct study *s = calloc(1, sizeof *s);
  assert_non_null(s);
  s->multi_label = multi_label;
  for (size_t i = 0; i < SAMPLES; i++) {
    s->label[i] = i == 17 ? -1 : (int32_t)((i * 5 + i / EACH) % CLASSES);
    for (size_t k = 0; k < CLASSES; k++)
      s->labels[i * CLASSES + k] = i == 17 ? UINT8_MAX : noise(i, k, 99) < 400;
  }
  for (size_t t = 0; t < TRIALS; t++)
    for (size_t v = 0; v < 2 * CONDITIONS; v++)
      for (size_t i = 0; i < SAMPLES; i++) {
        /* Clients differ, rates and darkness cost, seeds scatter. */
        uint32_t skill = 850 - 250 * (uint32_t)(t / SEEDS % 2) - 100 * (uint32_t)(v % CONDITIONS) +
                         (uint32_t)(20 * (client_of(i) % 5)) - 30 * (uint32_t)(t % SEEDS);
        bool right = noise(t * 8 + v, i, 1) < skill;
        int16_t wrong = (int16_t)((s->label[i] + 1 + (int32_t)(noise(t, i, v) % 3)) % CLASSES);
        s->predicted[t][v / CONDITIONS][v % CONDITIONS][i] = i == 30 ? -1
                                                             : right && i != 17
                                                                 ? (int16_t)s->label[i]
                                                                 : wrong;
        for (size_t k = 0; k < CLASSES; k++) {
          bool hit = noise(t * 8 + v, i, 2 + k) < skill;
          s->sets[t][v / CONDITIONS][v % CONDITIONS][i * CLASSES + k] =
              (s->labels[i * CLASSES + k] & 1) ^ !hit;
        }
      }
  return s;
}

/* Metrics of weighted samples (weight by client), written out: accuracy, macro-F1, hamming. */
enum { ACCURACY, MACRO_F1, HAMMING, METRICS };
static const char *const metric_name[METRICS] = {"accuracy", "macro_f1", "hamming"};

static inline double plain_metric(const struct study *s, size_t trial, size_t selection,
                                  size_t condition, size_t group, size_t metric,
                                  const uint16_t *weight) {
  double n = 0, exact = 0, wrong = 0, hit[CLASSES] = {0}, truth[CLASSES] = {0}, said[CLASSES] = {0},
         sum = 0, classes = 0;
  for (size_t i = 0; i < SAMPLES; i++) {
    double w = weight ? weight[client_of(i)] : 1;
    if (i == 17 || !in_group(i, group))
      continue;
    bool all = true;
    for (size_t k = 0; k < CLASSES; k++) {
      int16_t p = s->predicted[trial][selection][condition][i];
      int32_t answer = p < 0 ? (s->label[i] + 1) % CLASSES : p;
      bool is = s->multi_label ? s->labels[i * CLASSES + k] : s->label[i] == (int32_t)k;
      bool does = s->multi_label ? s->sets[trial][selection][condition][i * CLASSES + k]
                                 : answer == (int32_t)k;
      hit[k] += w * (is && does);
      truth[k] += w * is;
      said[k] += w * does;
      wrong += w * (is != does);
      all = all && is == does;
    }
    n += w;
    exact += w * all;
  }
  for (size_t k = 0; k < CLASSES; k++)
    if (truth[k] + said[k] > 0) {
      sum += 2 * hit[k] / (truth[k] + said[k]);
      classes++;
    }
  return metric == ACCURACY   ? exact / n
         : metric == MACRO_F1 ? sum / classes
                              : wrong / n / (s->multi_label ? CLASSES : 2);
}

static inline const char *trial_name(size_t t) {
  static char name[4][20];
  static int turn;
  turn = (turn + 1) % 4;
  snprintf(name[turn], sizeof name[turn], "%016zx", 0xb0 + t);
  return name[turn];
}

static inline void put_score(struct fray_text *out, const struct study *s, size_t t, size_t v,
                             size_t group, size_t metric) {
  size_t selection = v / CONDITIONS, condition = v % CONDITIONS, n = 0, clients = 0;
  static const char *const where[CONDITIONS] = {"trial,,", "dark,0,rate", "dark,0.5,rate"};
  for (size_t i = 0; i < SAMPLES; i++) {
    n += i != 17 && in_group(i, group);
    clients += i % EACH == 0 && in_group(i, group);
  }
  fray_text_printf(out, "%s,%s,%s,unseen_clients,%s,%zu,%zu,%s,%.17g,,,ok,,0.25\n", trial_name(t),
                   selection ? "last" : "best", where[condition], group_name[group], n, clients,
                   metric_name[metric],
                   plain_metric(s, t, selection, condition, group, metric, NULL));
}

static inline void put_tables(const char *folder, const struct study *s) {
  struct fray_text trials = {0}, scores = {0};
  fray_text_puts(&trials, "trial,method,lost.rate,seed,status,lost.nominal,lost.realised\n");
  fray_text_puts(&scores, "trial,selection,condition,severity,parameter,scope,group,n,clusters,"
                          "metric,value,low,high,status,realised,chance\n");
  for (size_t t = 0; t < TRIALS; t++) {
    const char *rate = t / SEEDS % 2 ? "0.5" : "0";
    fray_text_printf(&trials, "%s,%s,%s,%s,ok,%s,%s\n", trial_name(t),
                     t / SEEDS / 2 ? "mom" : "avg", rate, seed_name[t % SEEDS], rate, rate);
    for (size_t v = 0; v < 2 * CONDITIONS; v++)
      for (size_t g = 0; g < GROUPS; g++)
        for (size_t m = 0; m < METRICS; m++)
          put_score(&scores, s, t, v, g, m);
  }
  put_file(path_in(folder, "trials.csv"), trials.data, trials.size);
  put_file(path_in(folder, "scores.csv"), scores.data, scores.size);
  fray_text_free(&trials);
  fray_text_free(&scores);
}

static inline void good(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

static inline void put_array(fray_h5 file, const char *trial, const char *name,
                             enum fray_h5_type type, int rank, const size_t *dims,
                             const void *data) {
  struct fray_err err = {0};
  char path[200];
  snprintf(path, sizeof path, "trials/%s/test/%s", trial, name);
  good(fray_h5_write(file, path, type, rank, dims, data, false, &err), &err);
}

static inline void put_texts(fray_h5 file, const char *trial, const char *name,
                             const char *const *texts, size_t n) {
  struct fray_err err = {0};
  char path[200];
  snprintf(path, sizeof path, "trials/%s/test/%s", trial, name);
  good(fray_h5_write_texts(file, path, texts, n, &err), &err);
}

/* Every other trial lists its clients the other way round. */
static inline void put_predictions(fray_h5 file, const struct study *s, size_t t) {
  static const char *const client[CLIENTS] = {"c00", "c01", "c02", "c03", "c04", "c05", "c06",
                                              "c07", "c08", "c09", "c10", "c11", "c12"};
  static const char *const values[3] = {"a", "b", "c"};
  static const int64_t nothing[2 * CONDITIONS * CLASSES * CLASSES];
  const char *names[CLIENTS], *trial = trial_name(t);
  int32_t who[SAMPLES], code[SAMPLES];
  size_t n[] = {SAMPLES, CLASSES}, answers[] = {2, CONDITIONS, SAMPLES, CLASSES},
         counts[] = {2, CONDITIONS, CLASSES, CLASSES};
  for (size_t c = 0; c < CLIENTS; c++)
    names[c] = client[t % 2 ? CLIENTS - 1 - c : c];
  for (size_t i = 0; i < SAMPLES; i++) {
    who[i] = (int32_t)(t % 2 ? CLIENTS - 1 - client_of(i) : client_of(i));
    code[i] = (int32_t)group_of(client_of(i));
  }
  put_texts(file, trial, "clients/name", names, CLIENTS);
  put_texts(file, trial, "condition", condition_name, CONDITIONS);
  put_texts(file, trial, "group_values/g", values, 3);
  put_array(file, trial, "client", FRAY_H5_I32, 1, n, who);
  put_array(file, trial, "group/g", FRAY_H5_I32, 1, n, code);
  put_array(file, trial, "confusion", FRAY_H5_I64, 4, counts, nothing);
  if (s->multi_label) {
    put_array(file, trial, "label", FRAY_H5_U8, 2, n, s->labels);
    put_array(file, trial, "predicted", FRAY_H5_U8, 4, answers, s->sets[t]);
  } else {
    put_array(file, trial, "label", FRAY_H5_I32, 1, n, s->label);
    put_array(file, trial, "predicted", FRAY_H5_I16, 3, answers, s->predicted[t]);
  }
}

/* The whole folder. */
static inline void put_study(const char *folder, const struct study *s) {
  struct fray_err err = {0};
  fray_h5 file;
  put_tables(folder, s);
  good(fray_h5_create(path_in(folder, "results.h5"), &file, &err), &err);
  for (size_t t = 0; t < TRIALS; t++)
    put_predictions(file, s, t);
  good(fray_h5_close(file, &err), &err);
}

#endif
