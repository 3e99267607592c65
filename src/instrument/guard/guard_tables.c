/* The tables of a guard, and the dictionary of their columns. Rows stand in the order of the study
 * and of the file, so the same findings give the same bytes.
 *
 *   fronts.csv   a row for each trial, gate, condition and group
 *   overall.csv  the same over the trials of a cell, without groups
 *   groups.csv   of whom clean samples are refused, over the trials of a cell
 *   roc.csv      what is refused at every rate that could be asked for
 *   curves.csv   the mean of that over the trials of a cell
 *   risk.csv     mistakes among the answered, by how many are answered */
#include "guard_parts.h"
#include "instrument/folder/instrument_folder.h"

#include "fray/base/columns.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Columns that several files share, said once. */
#define SHARED(FILE_)                                                                              \
  {FILE_,  "selection", "text", "", "which model of the trial: best, that was selected on dev",    \
   "never"},                                                                                       \
      {FILE_, "role", "text", "", "of the samples: report, those of the test", "never"},           \
      {FILE_, "gate", "text", "", "scores of the gate, with + between them", "never"}, {           \
    FILE_, "condition", "text", "", "name in gate.yaml, with its strength; clean", "never"         \
  }
#define TRIAL(FILE_)                                                                               \
  { FILE_, "trial", "text", "", "name, as in trials.csv", "never" }
#define SIDE(FILE_)                                                                                \
  {                                                                                                \
    FILE_, "side", "text", "", "adherence: ought to be refused; benign: ought to be answered",     \
        "never"                                                                                    \
  }
#define COUNTED(FILE_)                                                                               \
  {FILE_,  "n", "integer", "samples", "test samples that count: of adherence those that were hit",   \
   "never"},                                                                                         \
      {FILE_, "clusters", "integer", "clients", "natural clients that they are of", "never"},        \
      {FILE_,                                                                                        \
       "asked",                                                                                      \
       "real",                                                                                       \
       "",                                                                                           \
       "share of harmless samples that may be refused",                                              \
       "it is a gate of cost"},                                                                      \
      {FILE_, "refused", "real", "", "share that was refused", "fewer than 5 people or 30 samples"}, \
      {FILE_,                                                                                        \
       "low",                                                                                        \
       "real",                                                                                       \
       "",                                                                                           \
       "of its 95 % interval over people, and seeds if there are several",                           \
       "not known"},                                                                                 \
  {                                                                                                  \
    FILE_, "high", "real", "", "likewise", "not known"                                               \
  }

static const struct fray_column columns[] = {
    TRIAL("fronts.csv"),
    SHARED("fronts.csv"),
    SIDE("fronts.csv"),
    {"fronts.csv", "donor", "text", "", "whose values a condition takes, as it says",
     "it says none"},
    {"fronts.csv", "group", "text", "", "COLUMN=VALUE of the samples", "all of them"},
    COUNTED("fronts.csv"),
    {"fronts.csv", "area", "real", "", "area under the curve, clean samples against these",
     "of a group, and of clean"},
    {"fronts.csv", "unwarranted", "real", "", "refused among those that would have been right",
     "of adherence, or fewer than 5 people or 30 samples"},
    {"fronts.csv", "answered_wrong", "real", "", "wrong among the answered",
     "nothing was answered, or fewer than 5 people or 30 samples"},
    {"overall.csv", "cell", "text", "", "swept keys with their values", "never"},
    {"overall.csv", "trials", "integer", "trials", "of which the mean is", "never"},
    SHARED("overall.csv"),
    SIDE("overall.csv"),
    COUNTED("overall.csv"),
    {"overall.csv", "area", "real", "", "mean of the areas", "of clean"},
    {"overall.csv", "answered_wrong", "real", "", "wrong among the answered",
     "nothing was answered"},
    {"overall.csv", "df", "real", "", "degrees of freedom of the interval of `refused`",
     "it is made of percentiles, or there is none"},
    {"groups.csv", "cell", "text", "", "swept keys with their values", "never"},
    {"groups.csv", "trials", "integer", "trials", "of which the mean is", "never"},
    SHARED("groups.csv"),
    {"groups.csv", "column", "text", "", "group column", "never"},
    {"groups.csv", "group", "text", "", "its value", "never"},
    COUNTED("groups.csv"),
    {"groups.csv", "df", "real", "", "degrees of freedom of the interval",
     "it is made of percentiles, or there is none"},
    {"groups.csv", "null", "real", "",
     "where people change groups by chance, the largest rate of the column stays below this in 95 "
     "% of the cases",
     "somebody has samples of several groups, or no group is large enough"},
    {"groups.csv", "p", "real", "",
     "share of these cases whose largest rate reaches that of the column", "likewise"},
    TRIAL("claims.csv"),
    {"claims.csv", "selection", "text", "",
     "which model of the trial: best, that was selected on dev", "never"},
    {"claims.csv", "role", "text", "", "of the samples: report, those of the test", "never"},
    {"claims.csv", "group", "text", "", "COLUMN=VALUE of the samples", "all of them"},
    {"claims.csv", "truth", "text", "", "what was done to the evidence", "never"},
    {"claims.csv", "n", "integer", "samples", "test samples under these conditions", "never"},
    {"claims.csv", "supports", "integer", "samples", "of which the claim was called supported",
     "never"},
    {"claims.csv", "refutes", "integer", "samples", "of which it was called refuted", "never"},
    {"claims.csv", "not_enough_info", "integer", "samples", "of which no evidence was seen",
     "never"},
    {"claims.csv", "label_accuracy", "real", "",
     "mean over the three truths of the share called right",
     "a truth has no samples, or fewer than 5 people or 30 samples"},
    {"claims.csv", "invented", "real", "",
     "called supported or refuted where there was no evidence",
     "of the other truths, without samples, or fewer than 5 people or 30 samples"},
    {"claims.csv", "cut", "real", "",
     "support from which on a claim is called supported, found on dev", "never"},
    TRIAL("roc.csv"),
    SHARED("roc.csv"),
    {"roc.csv", "asked", "real", "",
     "share of harmless samples that may be refused; of a gate of cost the confidence at or below "
     "which a sample is",
     "never"},
    {"roc.csv", "clean", "real", "", "share of clean samples that was refused", "never"},
    {"roc.csv", "refused", "real", "", "share of these samples that was refused", "never"},
    {"curves.csv", "cell", "text", "", "swept keys with their values", "never"},
    SHARED("curves.csv"),
    SIDE("curves.csv"),
    {"curves.csv", "asked", "real", "", "as in roc.csv", "never"},
    {"curves.csv", "clean", "real", "", "mean over trials of the share of clean samples refused",
     "never"},
    {"curves.csv", "refused", "real", "", "mean over trials of the share of these samples refused",
     "none was hit"},
    TRIAL("risk.csv"),
    SHARED("risk.csv"),
    {"risk.csv", "coverage", "real", "", "share of the samples that is answered", "never"},
    {"risk.csv", "risk", "real", "", "wrong among these, the least suspicious first", "never"},
    {"risk.csv", "aurc", "real", "", "mean of the risk over all coverages (AURC)", "never"},
    {"risk.csv", "best", "real", "", "the same of the best order of these answers", "never"},
};

/* From the same rows as the headers, so that no column is without its meaning. */
void guard_columns(struct fray_text *out) {
  fray_columns_csv_head(out);
  fray_columns_csv(columns, FRAY_COUNT(columns), out);
}

/* What is not known leaves its field empty. */
static void put(struct fray_text *out, double value) {
  char number[32];
  if (isnan(value)) {
    fray_text_puts(out, ",");
    return;
  }
  fray_format_double(value, number);
  fray_text_printf(out, ",%s", number);
}

/* Names of conditions and groups are free text, and a spreadsheet must not run them. */
static void put_name(struct fray_text *out, const char *name, bool first) {
  fray_text_puts(out, first ? "" : ",");
  fray_text_csv(out, name);
}

/* Which model, on what samples, of which gate, under which condition. */
static void put_model(struct fray_text *out, const struct guard_found *found, size_t gate,
                      const struct guard_condition *c) {
  put_name(out, "best", false);
  put_name(out, fray_role_names[FRAY_ROLE_REPORT], false);
  put_name(out, found->gate[gate], false);
  put_name(out, c->name, false);
}

/* What all rows of a trial begin with. The selected model is the one that somebody would use. */
static void begin_row(struct fray_text *out, const char *trial, const struct guard_found *found,
                      size_t gate, const struct guard_condition *c) {
  put_name(out, trial, true);
  put_model(out, found, gate, c);
}

/* In the order of the shared columns. */
static void put_rate(struct fray_text *out, const struct guard_rate *r, double asked) {
  fray_text_printf(out, ",%zu,%zu", r->n, r->clusters);
  put(out, asked);
  put(out, r->value);
  put(out, r->interval.low);
  put(out, r->interval.high);
}

/* Of too few people nothing is said: a rate of two people is one of these two people. */
static void suppress(struct guard_rate *r) {
  if (!guard_is_small(r, 1))
    return;
  r->value = r->interval.low = r->interval.high = NAN;
}

/* ---- by trial ---- */

/* One row of fronts.csv: all samples (column NULL), or those of one value of a group column. */
static enum fray_status front(const struct guard_found *found, const struct guard_trial *t,
                              size_t gate, size_t c, const struct fray_group *column, size_t code,
                              struct fray_text *out, struct fray_err *err) {
  const struct guard_condition *condition = &found->file->condition[c];
  const double alpha = found->file->gate.false_refusal;
  const struct guard_panel *panel = &t->panel[c];
  struct guard_rate rate[3];
  double area = NAN;
  for (int what = GUARD_REFUSED; what <= GUARD_ANSWERED_WRONG; what++) {
    FRAY_TRY(guard_rate_of(&panel, 1, gate, alpha, column, code, (enum guard_what)what,
                           t->n_clusters, found->arena, &rate[what], err));
    if (column)
      suppress(&rate[what]);
  }
  /* Clean against itself is no curve, and groups are too small for one. */
  if (c > 0 && !column)
    FRAY_TRY(guard_area(&t->panel[0], panel, gate, found->arena, &area, err));
  begin_row(out, t->name, found, gate, condition);
  put_name(out, condition->adherence ? "adherence" : "benign", false);
  put_name(out, condition->donor, false);
  char *group =
      column ? fray_arena_printf(found->arena, "%s=%s", column->name, column->value[code]) : NULL;
  put_name(out, group ? group : "", false);
  put_rate(out, &rate[GUARD_REFUSED], guard_asked(found->file));
  put(out, area);
  put(out, condition->adherence ? (double)NAN : rate[GUARD_UNWARRANTED].value);
  put(out, rate[GUARD_ANSWERED_WRONG].value);
  fray_text_puts(out, "\n");
  return FRAY_OK;
}

/* Trial, gate, condition, group: the order of the study, of the scores, of the file, of the data.
 */
enum fray_status guard_fronts(const struct guard_found *found, struct fray_text *out,
                              struct fray_err *err) {
  fray_columns_header(columns, FRAY_COUNT(columns), "fronts.csv", NULL, out);
  for (size_t t = 0; t < found->n_trials; t++)
    for (size_t g = 0; g < found->n_gates; g++)
      for (size_t c = 0; c < found->file->n_conditions; c++) {
        FRAY_TRY(front(found, &found->trial[t], g, c, NULL, 0, out, err));
        for (size_t k = 0; k < found->n_columns; k++) {
          const struct fray_group *column = &found->dataset->group[found->column[k]];
          for (size_t v = 0; v < column->n; v++)
            FRAY_TRY(front(found, &found->trial[t], g, c, column, v, out, err));
        }
      }
  return FRAY_OK;
}

/* The share of a panel that is refused at a rate. */
static double share(const struct guard_panel *p, size_t gate, double alpha) {
  size_t n = 0, refused = 0;
  for (size_t i = 0; i < p->n; i++) {
    n += p->counts[i];
    refused += p->counts[i] && alpha > 0 && p->p[gate * p->n + i] <= alpha;
  }
  return n ? (double)refused / (double)n : (double)NAN;
}

/* At every hundredth: between two rates that dev samples can tell apart nothing happens. */
void guard_roc(const struct guard_found *found, struct fray_text *out) {
  /* Not clean: it would be a line along the diagonal. */
  fray_columns_header(columns, FRAY_COUNT(columns), "roc.csv", NULL, out);
  for (size_t t = 0; t < found->n_trials; t++)
    for (size_t g = 0; g < found->n_gates; g++)
      for (size_t c = 1; c < found->file->n_conditions; c++)
        for (int percent = 0; percent <= 100; percent++) {
          const struct guard_trial *trial = &found->trial[t];
          const double alpha = (double)percent / 100;
          begin_row(out, trial->name, found, g, &found->file->condition[c]);
          put(out, alpha);
          put(out, share(&trial->panel[0], g, alpha));
          put(out, share(&trial->panel[c], g, alpha));
          fray_text_puts(out, "\n");
        }
}

/* Risk at every twentieth of coverage. */
static enum fray_status risks(const struct guard_found *found, const struct guard_trial *t,
                              size_t gate, size_t c, struct fray_text *out, struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(found->arena);
  const struct guard_panel *p = &t->panel[c];
  double *score, *risk, area, best;
  uint8_t *wrong;
  size_t n = 0;
  FRAY_ALLOC(score, found->arena, p->n + 1, err);
  FRAY_ALLOC(risk, found->arena, p->n + 1, err);
  FRAY_ALLOC(wrong, found->arena, p->n + 1, err);
  for (size_t i = 0; i < p->n; i++)
    if (p->counts[i]) {
      score[n] = p->score[gate * p->n + i];
      wrong[n++] = !p->right[i];
    }
  FRAY_TRY(fray_risk_coverage(n, score, wrong, found->arena, risk, &area, &best, err));
  for (size_t k = 1; n && k <= 20; k++) {
    /* Whole samples: the share that is written is the one that was taken. */
    const size_t answered = FRAY_MAX((n * k + 19) / 20, (size_t)1);
    begin_row(out, t->name, found, gate, &found->file->condition[c]);
    put(out, (double)answered / (double)n);
    put(out, risk[answered - 1]);
    put(out, area);
    put(out, best);
    fray_text_puts(out, "\n");
  }
  fray_arena_rewind(found->arena, mark);
  return FRAY_OK;
}

/* Of what ought to be answered alone: where a refusal is right, a right answer means little. */
enum fray_status guard_risk(const struct guard_found *found, struct fray_text *out,
                            struct fray_err *err) {
  fray_columns_header(columns, FRAY_COUNT(columns), "risk.csv", NULL, out);
  for (size_t t = 0; t < found->n_trials; t++)
    for (size_t g = 0; g < found->n_gates; g++)
      for (size_t c = 0; c < found->file->n_conditions; c++)
        if (!found->file->condition[c].adherence)
          FRAY_TRY(risks(found, &found->trial[t], g, c, out, err));
  return FRAY_OK;
}

/* ---- over the trials of a cell ---- */

/* Trials of a cell differ in their seed alone, so their mean is one of a method. */
size_t guard_cell_panels(const struct guard_found *found, size_t cell, size_t condition,
                         const struct guard_panel **panel) {
  size_t n = 0;
  for (size_t t = 0; t < found->n_trials; t++)
    if (found->study->trial[found->trial[t].trial].cell == cell)
      panel[n++] = &found->trial[t].panel[condition];
  return n;
}

/* The interval crosses seeds and people; the mean of areas has none, as it is there to compare
 * scores of one gate on the same samples. */
static enum fray_status overall(const struct guard_found *found, size_t cell, size_t gate, size_t c,
                                const struct guard_panel **clean, const struct guard_panel **panel,
                                struct fray_text *out, struct fray_err *err) {
  const struct guard_condition *condition = &found->file->condition[c];
  const double alpha = found->file->gate.false_refusal;
  const char *name = fray_instrument_cell(found->study, cell, found->arena);
  struct guard_rate rate, wrong;
  double areas = 0;
  const size_t n = guard_cell_panels(found, cell, c, panel);
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  if (n == 0)
    return FRAY_OK;
  guard_cell_panels(found, cell, 0, clean);
  const size_t people = found->trial[0].n_clusters;
  FRAY_TRY(guard_rate_of(panel, n, gate, alpha, NULL, 0, GUARD_REFUSED, people, found->arena, &rate,
                         err));
  FRAY_TRY(guard_rate_of(panel, n, gate, alpha, NULL, 0, GUARD_ANSWERED_WRONG, people, found->arena,
                         &wrong, err));
  for (size_t k = 0; k < n; k++) {
    double area;
    FRAY_TRY(guard_area(clean[k], panel[k], gate, found->arena, &area, err));
    areas += area / (double)n;
  }
  put_name(out, name, true);
  fray_text_printf(out, ",%zu", n);
  put_model(out, found, gate, condition);
  put_name(out, condition->adherence ? "adherence" : "benign", false);
  put_rate(out, &rate, guard_asked(found->file));
  put(out, c ? areas : (double)NAN);
  put(out, wrong.value);
  put(out, rate.interval.kind == FRAY_INTERVAL_T ? rate.interval.df : (double)NAN);
  fray_text_puts(out, "\n");
  return FRAY_OK;
}

/* Cells without any model have no row. */
enum fray_status guard_overall(const struct guard_found *found, struct fray_text *out,
                               struct fray_err *err) {
  const struct guard_panel **clean, **panel;
  FRAY_ALLOC(clean, found->arena, found->n_trials + 1, err);
  FRAY_ALLOC(panel, found->arena, found->n_trials + 1, err);
  fray_columns_header(columns, FRAY_COUNT(columns), "overall.csv", NULL, out);
  for (size_t cell = 0; cell < found->study->n_cells; cell++)
    for (size_t g = 0; g < found->n_gates; g++)
      for (size_t c = 0; c < found->file->n_conditions; c++)
        FRAY_TRY(overall(found, cell, g, c, clean, panel, out, err));
  return FRAY_OK;
}

/* The mean share of some panels: of each training alike, as the rates of overall.csv, so that a
 * figure may put a point of the one on a line of the other. */
static double mean_share(const struct guard_panel *const *panel, size_t n, double alpha) {
  double sum = 0;
  for (size_t k = 0; k < n; k++)
    sum += share(panel[k], 0, alpha);
  return sum / (double)n;
}

/* At every hundredth, as roc.csv: a mean at one rate is of trials that were asked for the same. */
enum fray_status guard_curves(const struct guard_found *found, struct fray_text *out,
                              struct fray_err *err) {
  const struct guard_panel **clean, **panel;
  FRAY_ALLOC(clean, found->arena, found->n_trials + 1, err);
  FRAY_ALLOC(panel, found->arena, found->n_trials + 1, err);
  fray_columns_header(columns, FRAY_COUNT(columns), "curves.csv", NULL, out);
  for (size_t cell = 0; cell < found->study->n_cells; cell++) {
    const size_t n = guard_cell_panels(found, cell, 0, clean);
    const char *name = fray_instrument_cell(found->study, cell, found->arena);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    for (size_t c = 1; n && c < found->file->n_conditions; c++) {
      const struct guard_condition *condition = &found->file->condition[c];
      guard_cell_panels(found, cell, c, panel);
      for (int percent = 0; percent <= 100; percent++) {
        const double alpha = (double)percent / 100;
        begin_row(out, name, found, 0, condition);
        put_name(out, condition->adherence ? "adherence" : "benign", false);
        put(out, alpha);
        put(out, mean_share(clean, n, alpha));
        put(out, mean_share(panel, n, alpha));
        fray_text_puts(out, "\n");
      }
    }
  }
  return FRAY_OK;
}

/* The groups of one column: what is said of them one by one, and of the largest of them. The null
 * is that of the column and stands in each of its rows, so that a row can be read by itself. */
static enum fray_status put_groups(const struct guard_found *found, const char *cell,
                                   const struct guard_panel *const *panel, size_t n,
                                   const struct fray_group *column, struct fray_text *out,
                                   struct fray_err *err) {
  struct guard_rate *rate;
  struct guard_null null;
  FRAY_ALLOC_ZERO(rate, found->arena, column->n + 1, err);
  FRAY_TRY(guard_groups_of(panel, n, 0, found->file->gate.false_refusal, column,
                           found->trial[0].n_clusters, found->arena, rate, &null, err));
  for (size_t v = 0; v < column->n; v++) {
    put_name(out, cell, true);
    fray_text_printf(out, ",%zu", n);
    put_model(out, found, 0, &found->file->condition[0]);
    put_name(out, column->name, false);
    put_name(out, column->value[v], false);
    put_rate(out, &rate[v], guard_asked(found->file));
    put(out, rate[v].interval.kind == FRAY_INTERVAL_T ? rate[v].interval.df : (double)NAN);
    put(out, null.q95);
    put(out, null.p);
    fray_text_puts(out, "\n");
  }
  return FRAY_OK;
}

/* Of clean samples alone: what ought to be answered, and was not. Of samples that somebody damaged
 * a group may be refused more since the damage hits it more, which is another question. */
enum fray_status guard_groups(const struct guard_found *found, struct fray_text *out,
                              struct fray_err *err) {
  const struct guard_panel **panel;
  FRAY_ALLOC(panel, found->arena, found->n_trials + 1, err);
  fray_columns_header(columns, FRAY_COUNT(columns), "groups.csv", NULL, out);
  for (size_t cell = 0; cell < found->study->n_cells; cell++) {
    const size_t n = guard_cell_panels(found, cell, 0, panel);
    const char *name = fray_instrument_cell(found->study, cell, found->arena);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    for (size_t k = 0; n && k < found->n_columns; k++)
      FRAY_TRY(
          put_groups(found, name, panel, n, &found->dataset->group[found->column[k]], out, err));
  }
  return FRAY_OK;
}

/* ---- claims ---- */

/* The three answers, in the order of the columns. */
static const char *const truths[] = {"supports", "refutes", "not_enough_info"};

/* Without evidence, or with some that the gate refuses, nothing may be said, whatever it supports.
 */
static enum guard_truth called(const struct guard_found *found, const struct guard_trial *t,
                               const struct guard_panel *p, size_t i) {
  const double alpha = found->file->gate.false_refusal;
  if (isnan(p->support[i]) || (alpha > 0 && p->p[i] <= alpha))
    return GUARD_NOTHING;
  return p->support[i] >= t->cut ? GUARD_SUPPORTS : GUARD_REFUTES;
}

/* Several conditions may share a truth; they are added up. Of adherence only samples that were hit
 * count, since elsewhere the evidence is what it was. */
static void count_claims(const struct guard_found *found, const struct guard_trial *t,
                         const struct fray_group *column, size_t code,
                         size_t count[GUARD_TRUTHS][GUARD_TRUTHS]) {
  for (size_t c = 0; c < found->file->n_conditions; c++)
    for (int truth = 0; truth < GUARD_TRUTHS; truth++) {
      const struct guard_panel *p = &t->panel[c];
      if (!guard_claims_has(found->file, (enum guard_truth)truth, &found->file->condition[c]))
        continue;
      for (size_t i = 0; i < p->n; i++)
        if (p->counts[i] && (!column || column->code[p->sample[i]] == code))
          count[truth][called(found, t, p, i)]++;
    }
}

/* Equal weight for each truth: there are as many conditions of one as somebody wrote down. Counts
 * are told of any group; shares only of one that is large enough, by its clean samples. */
static enum fray_status put_claims(const struct guard_found *found, const struct guard_trial *t,
                                   const struct fray_group *column, size_t code,
                                   struct fray_text *out, struct fray_err *err) {
  const struct guard_panel *clean = &t->panel[0];
  size_t count[GUARD_TRUTHS][GUARD_TRUTHS] = {{0}}, n[GUARD_TRUTHS] = {0};
  struct guard_rate rate;
  double accuracy = 0;
  count_claims(found, t, column, code, count);
  FRAY_TRY(guard_rate_of(&clean, 1, 0, found->file->gate.false_refusal, column, code, GUARD_REFUSED,
                         t->n_clusters, found->arena, &rate, err));
  const bool is_small = column && guard_is_small(&rate, 1);
  for (int k = 0; k < GUARD_TRUTHS; k++) {
    n[k] = count[k][0] + count[k][1] + count[k][2];
    accuracy += n[k] ? (double)count[k][k] / (double)n[k] / GUARD_TRUTHS : (double)NAN;
  }
  char *group =
      column ? fray_arena_printf(found->arena, "%s=%s", column->name, column->value[code]) : NULL;
  for (int k = 0; k < GUARD_TRUTHS; k++) {
    /* Invented: something was said where there was nothing to say it from. */
    const double said = (double)(count[k][GUARD_SUPPORTS] + count[k][GUARD_REFUTES]);
    put_name(out, t->name, true);
    put_name(out, "best", false);
    put_name(out, fray_role_names[FRAY_ROLE_REPORT], false);
    put_name(out, group ? group : "", false);
    put_name(out, truths[k], false);
    fray_text_printf(out, ",%zu,%zu,%zu,%zu", n[k], count[k][0], count[k][1], count[k][2]);
    put(out, is_small ? (double)NAN : accuracy);
    put(out, k == GUARD_NOTHING && n[k] && !is_small ? said / (double)n[k] : (double)NAN);
    put(out, t->cut);
    fray_text_puts(out, "\n");
  }
  return FRAY_OK;
}

enum fray_status guard_claims_table(const struct guard_found *found, struct fray_text *out,
                                    struct fray_err *err) {
  fray_columns_header(columns, FRAY_COUNT(columns), "claims.csv", NULL, out);
  for (size_t t = 0; t < found->n_trials; t++) {
    FRAY_TRY(put_claims(found, &found->trial[t], NULL, 0, out, err));
    for (size_t k = 0; k < found->n_columns; k++) {
      const struct fray_group *column = &found->dataset->group[found->column[k]];
      for (size_t v = 0; v < column->n; v++)
        FRAY_TRY(put_claims(found, &found->trial[t], column, v, out, err));
    }
  }
  return FRAY_OK;
}
