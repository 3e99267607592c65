/* What the columns of the tables of a report mean. */
#include "table_columns.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <stdio.h>

#define MEASURES "tables/*measures.csv"
#define METHODS "tables/*methods.csv"
#define COSTS "tables/*costs.csv"
#define VOLUMES "tables/*volumes.csv"
#define UPDATES "tables/*updates.csv"
#define MEMBERS "tables/*members.csv"
#define PRIVATE "tables/*privacy.csv"
#define CONTRASTS "tables/*group-differences.csv"
#define STUDIES "tables/across-studies.csv"
#define COMPARE "compare.csv"
#define FIGURES "figures/*.csv"

/* What all tidy tables end with. One text for two tables, so that they cannot drift
 * apart; no comma follows its last row, since the place of use has one. */
#define TIDY(file)                                                                                   \
  {file,   "measure", "text", "", "what the number is: see the measures of results-format.md",       \
   "never"},                                                                                         \
      {file,         "unit", "text", "", "%, points, or empty for a ratio or the metric's own unit", \
       "it has none"},                                                                               \
      {file, "value", "real", "unit", "the number, in its unit", "undefined; status says why"},      \
      {file, "low", "real", "unit", "lower end of the 95 % interval", "there is no interval"},       \
      {file, "high", "real", "unit", "upper end of the 95 % interval", "there is no interval"}, {    \
    file, "status", "text", "", "ok, why the value is undefined, or a remark", "never"               \
  }

/* Rows of one file stand in the order of its columns: the header is made of them, while the writers
 * put the cells, so both must be changed together. The last text says when a cell is empty. */
static const struct fray_column columns[] = {
    {MEASURES, "measure", "text", "", "what the number is: see the measures of results-format.md",
     "never"},
    {MEASURES, "axis", "text", "",
     "swept strength or test condition that the curve runs over; A x B: two swept strengths",
     "all test conditions together, or a score on no axis"},
    {MEASURES, "condition", "text", "",
     "condition that the scores were taken under; of membership: the attack",
     "all test conditions together"},
    {MEASURES, "severity", "real", "strength",
     "strength that it was taken at; of membership_tpr: share of false alarms",
     "of the whole curve, or the condition has none"},
    {MEASURES, "KEY", "text", "", "value of a swept key; one column per key",
     "the curve runs over it"},
    {MEASURES, "control", "text", "", "the control that it is of, as in trials.csv", "no control"},
    {MEASURES, "selection", "text", "", "model: best", "of updates"},
    {MEASURES, "scope", "text", "", "whose samples, as in scores.csv; mixed if several",
     "of updates, or of training samples"},
    {MEASURES, "group", "text", "",
     "all, COLUMN=VALUE, or COLUMN: made of all its groups; of updates: OF=VALUE of influence.csv",
     "never"},
    {MEASURES, "metric", "text", "", "metric of the scores", "of updates, or of training samples"},
    {MEASURES, "value", "real", "metric",
     "the number: a score and what is in its unit as a share, not in percent",
     "undefined; status says why"},
    {MEASURES, "low", "real", "metric", "lower end of the 95 % interval", "there is no interval"},
    {MEASURES, "high", "real", "metric", "upper end of the 95 % interval", "there is no interval"},
    {MEASURES, "interval", "text", "",
     "how it was made: percentile or t (of the crossed bootstrap over seeds and test clients), "
     "seeds (t over seeds alone), none",
     "never"},
    {MEASURES, "df", "real", "", "degrees of freedom of t", "there is no interval"},
    {MEASURES, "p", "real", "",
     "two-sided p of: the number is 0; of a gap: of its permutation null",
     "0 means nothing for it, there is no interval, or it is 0 in every seed and client"},
    {MEASURES, "p_holm", "real", "",
     "the same, corrected over all rows of this measure in this scope, groups apart",
     "neither a difference nor a loss"},
    {MEASURES, "seeds", "integer", "seeds", "seeds that it rests on", "never"},
    {MEASURES, "clusters", "integer", "clients",
     "test clients that it rests on; of updates: clients that sent them", "never"},
    {MEASURES, "diverged", "integer", "trials", "diverged trials in it: they count as chance",
     "never"},
    {MEASURES, "status", "text", "", "ok, why the value is undefined, or a remark", "never"},
    {METHODS, "axis", "text", "", "swept strength or test condition; all tests: of all together",
     "never"},
    {METHODS, "series", "text", "", "method, with the other swept values that tell it apart",
     "never"},
    TIDY(METHODS),
    {COSTS, "model", "text", "", "a trained model, by the swept values that tell it apart",
     "never"},
    {COSTS, "front_bytes", "text", "",
     "on the front: told to be better than each model that sends as much or less, or the one that "
     "sends least; beaten: by one of these; not resolved",
     "never"},
    {COSTS, "front_flops", "text", "", "the same for operations", "never"},
    TIDY(COSTS),
    {VOLUMES, "model", "text", "",
     "a trained model that drops or adds data, by the swept values that tell it apart", "never"},
    {VOLUMES, "beside", "text", "", "the training of the same volume without its method", "never"},
    {VOLUMES, "condition", "text", "", "clean, or a test at its largest strength", "never"},
    {VOLUMES, "verdict", "text", "",
     "the model is ahead, behind (p_holm below 0.05), not resolved, the same, at chance; not told: "
     "no interval, or a single seed",
     "never"},
    TIDY(VOLUMES),
    {UPDATES, "model", "text", "", "a trained model, by the swept values that tell it apart",
     "never"},
    {UPDATES, "clients", "text", "",
     "whose updates: honest clients, attackers, honest clients with or without damaged training "
     "data, or of a group",
     "never"},
    TIDY(UPDATES),
    {MEMBERS, "model", "text", "", "a trained model, by the swept values that tell it apart",
     "never"},
    {MEMBERS, "samples", "text", "", "whose training samples: all, or of a group", "never"},
    {MEMBERS, "attack", "text", "", "the attack, by its title", "never"},
    TIDY(MEMBERS),
    {PRIVATE, "model", "text", "", "a trained model, by the swept values that tell it apart",
     "never"},
    {PRIVATE, "worst_group", "text", "", "the group with the least good score",
     "no group is large enough"},
    TIDY(PRIVATE),
    {CONTRASTS, "measure", "text", "",
     "group_difference; worst_group_difference: of the worst group of each, which need not be the "
     "same; difference: of all samples",
     "never"},
    {CONTRASTS, "axis", "text", "",
     "swept strength or test condition at whose largest strength it is; clean, or trial: "
     "undamaged data",
     "never"},
    {CONTRASTS, "condition", "text", "", "condition that the scores were taken under", "never"},
    {CONTRASTS, "severity", "real", "strength", "its strength", "it has none"},
    {CONTRASTS, "first", "text", "", "method, with the other swept values that tell it apart",
     "never"},
    {CONTRASTS, "second", "text", "", "likewise; local_only: each client alone", "never"},
    {CONTRASTS, "scope", "text", "", "test, or own_client: own samples of the training clients",
     "never"},
    {CONTRASTS, "group", "text", "", "all, COLUMN=VALUE, or COLUMN: its worst group", "never"},
    {CONTRASTS, "metric", "text", "", "metric of the scores", "never"},
    {CONTRASTS, "a", "real", "metric", "score of the first there", "the group is too small"},
    {CONTRASTS, "b", "real", "metric", "score of the second there", "the group is too small"},
    {CONTRASTS, "value", "real", "metric", "first less second, paired by seed and test client",
     "undefined; status says why"},
    {CONTRASTS, "low", "real", "metric", "lower end of the 95 % interval", "there is no interval"},
    {CONTRASTS, "high", "real", "metric", "upper end of the 95 % interval", "there is no interval"},
    {CONTRASTS, "interval", "text", "", "how it was made, as in measures.csv", "never"},
    {CONTRASTS, "df", "real", "", "degrees of freedom of t", "there is no interval"},
    {CONTRASTS, "p", "real", "", "two-sided p of: the difference is 0",
     "there is no interval, or it is 0 in every seed and client"},
    {CONTRASTS, "p_holm", "real", "",
     "the same, corrected over all rows of the scope that can be tested", "no verdict is given"},
    {CONTRASTS, "resolved", "text", "", "yes if p_holm is below 0.05", "never"},
    {CONTRASTS, "samples", "integer", "samples", "of the group", "never"},
    {CONTRASTS, "seeds", "integer", "seeds", "seeds that both have", "never"},
    {CONTRASTS, "clusters", "integer", "clients", "clients that it rests on", "never"},
    {CONTRASTS, "diverged", "integer", "trials", "diverged trials of both", "never"},
    {CONTRASTS, "status", "text", "", "ok, why there is no value or no verdict, or a remark",
     "never"},
    {STUDIES, "study", "text", "", "name of the study", "never"},
    {STUDIES, "axis", "text", "", "swept strength or test condition; all tests: of all together",
     "never"},
    {STUDIES, "series", "text", "", "method, with the other swept values that tell it apart",
     "never"},
    TIDY(STUDIES),
    {COMPARE, "cell", "text", "", "the swept values that both results have", "nothing is swept"},
    {COMPARE, "condition", "text", "", "test condition", "never"},
    {COMPARE, "severity", "real", "strength", "its strength", "it has none"},
    {COMPARE, "group", "text", "",
     "all, COLUMN=VALUE, or COLUMN: its worst group in each of both; groups are corrected as a "
     "family of their own",
     "never"},
    {COMPARE, "metric", "text", "", "metric of the scores", "never"},
    {COMPARE, "a", "real", "metric", "score in the first results", "undefined"},
    {COMPARE, "b", "real", "metric", "score in the second results", "undefined"},
    {COMPARE, "value", "real", "metric", "second less first, paired by seed and test client",
     "undefined; status says why"},
    {COMPARE, "low", "real", "metric", "lower end of the 95 % interval", "there is no interval"},
    {COMPARE, "high", "real", "metric", "upper end of the 95 % interval", "there is no interval"},
    {COMPARE, "interval", "text", "", "how it was made, as in measures.csv", "never"},
    {COMPARE, "df", "real", "", "degrees of freedom of t", "there is no interval"},
    {COMPARE, "p", "real", "", "two-sided p of: the difference is 0",
     "there is no interval, or it is 0 in every seed and client"},
    {COMPARE, "p_holm", "real", "", "the same, corrected over all lines that have one",
     "p is empty"},
    {COMPARE, "resolved", "text", "",
     "yes if p_holm is below 0.05 and whoever is ahead is told from chance", "never"},
    {COMPARE, "seeds", "integer", "seeds", "seeds that both have", "never"},
    {COMPARE, "clusters", "integer", "clients", "test clients", "never"},
    {COMPARE, "diverged", "integer", "trials", "diverged trials of both", "never"},
    {COMPARE, "status", "text", "", "ok, why the value is undefined, or a remark", "never"},
    {FIGURES, "panel", "text", "", "panel of the figure", "there is a single one"},
    {FIGURES, "series", "text", "", "label of the series", "chance, or a reference line"},
    {FIGURES, "kind", "text", "", "what the row is: a mean, a single seed, chance, ...", "never"},
    {FIGURES, "control", "integer", "", "1: a control of the study", "never"},
    {FIGURES, "x", "text", "axis", "where it stands: a number, or the name of a category",
     "it has no place"},
    {FIGURES, "y", "real", "axis", "its value, as drawn: shares in percent", "undefined"},
    {FIGURES, "low", "real", "axis", "lower end of the interval", "there is no interval"},
    {FIGURES, "high", "real", "axis", "upper end of the interval", "there is no interval"},
    {FIGURES, "realised", "real", "share", "realised strength", "not known"},
    {FIGURES, "n", "integer", "seeds", "values that it is the mean of", "not a mean"},
    {FIGURES, "label", "text", "", "name of the point, or a remark on it", "there is none"},
};

/* One column for each swept key, by its name, where the table says KEY. */
void fray_rep_header(const char *file, const char *const *key, size_t n_keys,
                     struct fray_text *out) {
  struct fray_column_words words = {.key = key, .n_keys = n_keys};
  fray_columns_header(columns, FRAY_COUNT(columns), file, &words, out);
}

/* All texts are collected first and written at once; a failed allocation of either is seen here. */
enum fray_status fray_rep_columns_write(const char *folder, struct fray_err *err) {
  struct fray_text out = {0}, path = {0};
  fray_text_printf(&path, "%s/columns.csv", folder);
  fray_columns_csv_head(&out);
  fray_columns_csv(columns, FRAY_COUNT(columns), &out);
  enum fray_status status = out.failed || path.failed
                                ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                : fray_file_write(path.data, out.data, out.size, err);
  fray_text_free(&out);
  fray_text_free(&path);
  return status;
}
