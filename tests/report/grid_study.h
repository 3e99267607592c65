/* A study whose scores are made by a rule that a reader can work out by hand: score(method, lost,
 * wrong) below, less 0.1 per half unit of darkness. Without predictions. */
#ifndef TESTS_REPORT_GRID_STUDY_H
#define TESTS_REPORT_GRID_STUDY_H

#include "folder.h"

#include <math.h>

enum { METHODS = 2, SEEDS = 3 };

static const char *const method_name[METHODS] = {"avg", "mom"};
/* (method, lost.rate 0 or 0.5, wrong.rate 0 or 0.4); chance is 0.1 */
static const double score[METHODS][2][2] = {{{0.9, 0.6}, {0.7, 0.4}}, {{0.8, 0.5}, {0.7, 0.45}}};

static inline void near(double a, double b) {
  if (!(fabs(a - b) < 1e-6))
    fail_msg("%.9g is not %.9g", a, b);
}

static inline void good(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

static inline void put_row(struct fray_text *out, const char *trial, const char *condition,
                           const char *scope, const char *group, int n, int clusters,
                           double value) {
  fray_text_printf(out, "%s,best,%s,%s,%s,%d,%d,accuracy,%.17g,,,ok,,0.1\n", trial, condition,
                   scope, group, n, clusters, value);
}

/* All scores of one trained model, which are worth `value` on the undamaged test split. */
static inline void put_scores(struct fray_text *out, const char *trial, double value) {
  put_row(out, trial, "trial,,", "unseen_clients", "all", 100, 12, value);
  put_row(out, trial, "\"dark\",0.5,level", "unseen_clients", "all", 100, 12, value - 0.1);
  put_row(out, trial, "dark,1,level", "unseen_clients", "all", 100, 12, value - 0.2);
  put_row(out, trial, "fog,1,level", "unseen_clients", "all", 100, 12, value - 0.25);
  put_row(out, trial, "all_missing,,", "unseen_clients", "all", 100, 12, 0.1);
  put_row(out, trial, "only:audio,,", "unseen_clients", "all", 100, 12, value / 2);
  put_row(out, trial, "only:image,,", "unseen_clients", "all", 100, 12, value / 3);
  put_row(out, trial, "trial,,", "own_client", "all", 60, 20, value + 0.05);
  put_row(out, trial, "trial,,", "unseen_clients", "g=a", 40, 6, value + 0.05);
  put_row(out, trial, "trial,,", "unseen_clients", "g=b", 40, 6, value - 0.05);
  put_row(out, trial, "trial,,", "unseen_clients", "g=c", 20, 2, value);
}

static inline const char *rate(int kind, int level) {
  return level == 0 ? "0" : kind == 0 ? "0.5" : "0.4";
}

static inline void put_trial(struct fray_text *trials, const char *name, int m, int lost, int wrong,
                             const char *control, int seed) {
  fray_text_printf(trials, "%s,%s,%s,%s,%s,%d,ok,2,%s,%s\n", name, method_name[m], rate(0, lost),
                   rate(1, wrong), control, seed, rate(0, lost), rate(1, wrong));
}

/* Controls: audio alone scores 0.5 without lost samples and 0.3 with them; each client alone 0.65,
 * on its own data. */
static inline void put_controls(struct fray_text *trials, struct fray_text *scores) {
  for (int lost = 0; lost < 2; lost++)
    for (int seed = 1; seed <= SEEDS; seed++) {
      char name[40];
      snprintf(name, sizeof name, "u%d%d", lost, seed);
      put_trial(trials, name, 0, lost, 0, "unimodal:audio", seed);
      put_row(scores, name, "trial,,", "unseen_clients", "all", 100, 12, lost ? 0.3 : 0.5);
    }
  for (int seed = 1; seed <= SEEDS; seed++) {
    char name[40];
    snprintf(name, sizeof name, "l%d", seed);
    put_trial(trials, name, 0, 0, 0, "local_only", seed);
    put_row(scores, name, "trial,,", "own_client", "all", 60, 20, 0.65);
  }
}

static const char scenario[] = "name: built\n"
                               "methods: {avg: {}, mom: {}}\n"
                               "corruption:\n"
                               "  - {id: lost, kind: missing_modality, at: train, rate: 0}\n"
                               "  - {id: wrong, kind: label_noise, at: train, rate: 0}\n"
                               "tests:\n"
                               "  dark: {kind: dim, level: [0.5, 1]}\n"
                               "  fog: {kind: mist, modalities: [image], level: [1]}\n"
                               "evaluate: {metrics: [accuracy]}\n"
                               "reference: {method: avg, lost.rate: 0, wrong.rate: 0}\n";

static inline void put_study(const char *folder) {
  struct fray_text trials = {0}, scores = {0}, rounds = {0};
  fray_text_puts(&trials, "trial,method,lost.rate,wrong.rate,control,seed,status,best_round,"
                          "lost.nominal,wrong.nominal\n");
  fray_text_puts(&scores, "trial,selection,condition,severity,parameter,scope,group,n,clusters,"
                          "metric,value,low,high,status,realised,chance\n");
  fray_text_puts(&rounds, "trial,round,dev.accuracy\n");
  for (int i = 0; i < METHODS * 2 * 2 * SEEDS; i++) {
    int m = i / 12, lost = i / 6 % 2, wrong = i / 3 % 2, seed = i % 3;
    char name[40];
    snprintf(name, sizeof name, "t%d%d%d%d", m, lost, wrong, seed);
    put_trial(&trials, name, m, lost, wrong, "", seed + 1);
    put_scores(&scores, name, score[m][lost][wrong]);
    fray_text_printf(&rounds, "%s,1,%g\n%s,2,%g\n", name, 0.1 * (seed + 1), name,
                     score[m][lost][wrong]);
  }
  put_controls(&trials, &scores);
  put_file(path_in(folder, "trials.csv"), trials.data, trials.size);
  put_file(path_in(folder, "scores.csv"), scores.data, scores.size);
  put_file(path_in(folder, "rounds.csv"), rounds.data, rounds.size);
  put_file(path_in(folder, "scenario.yaml"), scenario, strlen(scenario));
  fray_text_free(&trials);
  fray_text_free(&scores);
  fray_text_free(&rounds);
}

#endif
