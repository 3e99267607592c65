/* The rows that a trial adds to trials.csv, scores.csv and rounds.csv.
 *
 * Numbers are written in the shortest form that reads back to the same bits; undefined ones stay
 * empty, so that nobody takes them for 0. */
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "trial_work.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ",VALUE"; nothing after the comma when undefined, so that an empty cell never reads as 0. */
static void put_real(struct fray_text *out, double value) {
  char text[32];
  fray_text_puts(out, ",");
  if (isnan(value))
    return;
  fray_format_double(value, text);
  fray_text_puts(out, text);
}

static void put_count(struct fray_text *out, size_t value) {
  fray_text_printf(out, ",%zu", value);
}

static void put_text(struct fray_text *out, const char *value) {
  fray_text_puts(out, ",");
  fray_text_csv(out, value);
}

/* Of several labels: the classes that more than half of the labelled training samples have. */
static void majority_set(const struct trial_work *t, uint8_t *answer) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_partition *p = t->partition;
  size_t labelled = 0;
  for (size_t i = 0; i < p->first[p->n_clients]; i++)
    labelled += fray_is_labelled(d, p->sample[i]);
  for (size_t k = 0; k < d->n_classes; k++) {
    size_t count = 0;
    for (size_t i = 0; i < p->first[p->n_clients]; i++)
      count += fray_has_class(d, p->sample[i], k);
    answer[k] = 2 * count > labelled;
  }
}

struct class_count {
  size_t class, n;
};

/* Of equal counts the smaller number, so that the answer is the same everywhere. */
static int more_first(const void *a, const void *b) {
  const struct class_count *x = a, *y = b;
  return x->n != y->n ? (x->n < y->n) - (x->n > y->n)
                      : (x->class > y->class) - (x->class < y->class);
}

/* Classes by how many training samples they have, most first, of equals the smaller number first:
 * what the constant predictor answers. What membership holds out is no training sample. */
static enum fray_status rank_classes(const struct trial_work *t, struct fray_arena *arena,
                                     size_t *ranking, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_partition *p = t->partition;
  struct class_count *count;
  FRAY_ALLOC(count, arena, d->n_classes, err);
  for (size_t k = 0; k < d->n_classes; k++) {
    count[k] = (struct class_count){.class = k};
    for (size_t i = 0; i < p->first[p->n_clients]; i++)
      count[k].n += (!t->held || !t->held[i]) && fray_has_class(d, p->sample[i], k);
  }
  qsort(count, d->n_classes, sizeof *count, more_first);
  for (size_t k = 0; k < d->n_classes; k++)
    ranking[k] = count[k].class;
  return FRAY_OK;
}

/* From the labels of the data and not from what damage made of them: chance must not depend on
 * damage. */
enum fray_status trial_constant(const struct trial_work *t, struct fray_arena *arena, size_t *class,
                                uint8_t *set, struct fray_err *err) {
  size_t *ranking;
  FRAY_ALLOC(ranking, arena, t->session->dataset->n_classes, err);
  FRAY_TRY(rank_classes(t, arena, ranking, err));
  *class = ranking[0];
  if (t->session->dataset->multi_label)
    majority_set(t, set);
  return FRAY_OK;
}

/* Natural clients that hold training samples of the partition. */
static void mark_training(const struct trial_work *t, uint8_t *trains) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_partition *p = t->partition;
  memset(trains, 0, d->n_clients);
  for (size_t i = 0; i < p->first[p->n_clients]; i++)
    trains[d->client[p->sample[i]]] = 1;
}

/* What scoring one group of test samples under one condition needs. */
struct view {
  const struct trial_work *t;
  const struct judged *panel;
  size_t condition;
  const size_t *ranking; /* (classes) of the constant predictor, see rank_classes */
  const uint8_t *answer; /* (classes) the constant predictor's set if multi-label, else NULL */
  int selection;
  const uint8_t *mask; /* (samples of the panel) or NULL */
  const char *group;   /* "all" or COLUMN=VALUE */
  const char *scope;
  size_t clusters;
  const uint8_t *trains; /* (natural clients) */
  int64_t *confusion, *class_count;
  struct fray_arena *work; /* scratch of metrics */
};

/* What the constant predictor meets in a view. */
struct constant {
  size_t n, exact; /* samples; of several labels: those whose set is its answer */
};

/* Chance is that of the same samples: in a group of one class, whoever names it is always right.
 * Unlabelled samples and those outside of the mask count nowhere, as in the metrics; v->class_count
 * is filled for chance_of(), which must come next. */
static struct constant count_view(const struct view *v) {
  const struct fray_samples *of = &v->panel->of;
  size_t classes = v->t->session->dataset->n_classes;
  struct constant out = {0};
  memset(v->class_count, 0, classes * sizeof *v->class_count);
  for (size_t i = 0; i < of->n; i++) {
    if ((v->mask && !v->mask[i]) || of->label[i] < 0)
      continue;
    out.n++;
    if (!v->answer) {
      v->class_count[of->label[i]]++;
      continue;
    }
    const uint8_t *set = of->labels + i * classes;
    for (size_t c = 0; c < classes; c++)
      v->class_count[c] += set[c];
    out.exact += memcmp(set, v->answer, classes) == 0;
  }
  return out;
}

/* What a number is worth, is seen beside the one that needs no model. */
static double chance_of(const struct view *v, const struct fray_choice *metric,
                        struct constant counts) {
  size_t classes = v->t->session->dataset->n_classes;
  const char *why;
  if (v->answer)
    return fray_metric_chance_of_sets(metric, counts.n, v->class_count, counts.exact, v->answer,
                                      classes, v->t->target, &why);
  return fray_metric_chance_of_ranking(metric, v->class_count, classes, v->ranking, v->t->target,
                                       &why);
}

/* low and high are empty in a single trial: an interval needs several seeds. */
static void score_row(const struct view *v, const struct fray_scored *scored, double value,
                      const char *why, double chance, const char *metric, struct fray_text *out) {
  const struct judged_condition *c = &v->panel->condition[v->condition];
  fray_text_puts(out, fray_selection_names[v->selection]);
  put_text(out, c->name);
  put_real(out, c->severity);
  put_text(out, isnan(c->severity) || !c->parameter ? "" : c->parameter);
  put_text(out, v->scope);
  put_text(out, v->group);
  put_count(out, scored->n);
  put_count(out, v->clusters);
  put_text(out, metric);
  put_real(out, value);
  fray_text_puts(out, ",,");
  put_text(out, why);
  put_real(out, c->realised);
  put_real(out, chance);
  fray_text_puts(out, "\n");
}

/* The condition without damage at test: the second where the trial itself damages, see
 * trial_conditions. */
static size_t clean_of(const struct judged *panel) {
  return strcmp(panel->condition[1].name ? panel->condition[1].name : "", "clean") == 0;
}

/* Answers of the selection at hand; only of one label each, as who is lured has one. */
static const int16_t *predicted_of(const struct view *v, size_t condition) {
  const struct fray_answers *a = &v->panel->answers[v->selection];
  return a->predicted + condition * a->n;
}

/* Rows of all metrics. A diverged trial counts as the constant predictor, and says so. Where some
 * clients of a local-only trial diverged the value is a real one, of which those clients stand in
 * as the constant predictor: the reason of an undefined value goes before that remark. */
static void score_view(const struct view *v, struct fray_text *out) {
  const struct trial_work *t = v->t;
  size_t classes = t->session->dataset->n_classes;
  struct fray_scored scored = {.n_classes = classes};
  struct constant counts = count_view(v);
  char diverged[64];
  snprintf(diverged, sizeof diverged, "%zu of %zu clients diverged", t->local.n_diverged,
           t->local.n_clients);
  if (t->outcome.diverged)
    scored.n = counts.n;
  else
    fray_score(&v->panel->answers[v->selection], v->condition, v->panel->of.label,
               v->panel->of.labels, v->mask, classes, v->confusion, &scored);
  const int16_t *lure = v->panel->condition[v->condition].lure;
  if (lure && !t->outcome.diverged)
    fray_score_lured(predicted_of(v, v->condition), predicted_of(v, clean_of(v->panel)), lure,
                     v->panel->of.n, t->session->dataset->n_modalities, v->panel->of.label, v->mask,
                     &scored);
  /* Metrics that sort need room, which is given back with the part. */
  scored.samples.work = v->work;
  scored.target = t->target;
  for (size_t k = 0; k < t->cell->config.evaluate.metrics.n; k++) {
    const struct fray_choice *metric = t->cell->metric[k];
    const char *why = "ok";
    double chance = chance_of(v, metric, counts), value = chance;
    if (t->outcome.diverged)
      why = "diverged";
    else
      value = fray_metric_value(metric, &scored, &why);
    /* A number that some clients only stand in for must say so. */
    if (t->local.n_diverged && strcmp(why, "ok") == 0)
      why = diverged;
    score_row(v, &scored, value, why, chance, metric->name, out);
  }
}

/* Natural clients among the samples of a view, and whether these train as well. Intervals are made
 * over these natural clients, not over samples, so how many there are stands in each row: of those
 * whose samples count, which are the labelled ones. */
static void look_at_clients(struct view *v, uint8_t *seen) {
  const struct fray_samples *of = &v->panel->of;
  const struct fray_dataset *d = v->t->session->dataset;
  enum { THERE = 1, COUNTS = 2 };
  size_t clients = 0, known = 0;
  v->clusters = 0;
  memset(seen, 0, d->n_clients);
  for (size_t i = 0; i < of->n; i++) {
    uint32_t c = d->client[of->sample[i]];
    if (v->mask && !v->mask[i])
      continue;
    if (!seen[c]) {
      clients++;
      known += v->trains[c];
    }
    if (of->label[i] >= 0 && !(seen[c] & COUNTS))
      v->clusters++;
    seen[c] |= of->label[i] >= 0 ? THERE | COUNTS : THERE;
  }
  v->scope = known == 0 ? "unseen_clients" : known == clients ? "known_clients" : "mixed";
  if (v->panel->scope)
    v->scope = v->panel->scope;
}

const struct fray_group *fray_find_group(const struct fray_dataset *d, const char *name) {
  for (size_t g = 0; g < d->n_groups; g++)
    if (strcmp(d->group[g].name, name) == 0)
      return &d->group[g];
  return NULL;
}

/* All conditions and selections of one group of samples. */
static void score_group(struct view *v, uint8_t *seen, struct fray_text *out) {
  look_at_clients(v, seen);
  for (v->selection = 0; v->selection < SELECTIONS; v->selection++)
    for (v->condition = 0; v->condition < v->t->n_conditions; v->condition++)
      score_view(v, out);
}

/* All memory is of the part and goes with it. v.trains and v.mask are set before the first view: a
 * view without a mask is the whole panel. */
static enum fray_status score_panel(const struct trial_work *t, const struct judged *panel,
                                    struct fray_trial_file *part, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  struct view v = {.t = t, .panel = panel, .group = "all", .work = &part->arena};
  uint8_t *seen, *mask, *trains, *answer;
  size_t *ranking;
  FRAY_ALLOC(answer, &part->arena, d->n_classes, err);
  FRAY_ALLOC(ranking, &part->arena, d->n_classes, err);
  FRAY_TRY(rank_classes(t, &part->arena, ranking, err));
  v.ranking = ranking;
  if (d->multi_label) {
    majority_set(t, answer);
    v.answer = answer;
  }
  FRAY_ALLOC(v.confusion, &part->arena, fray_confusion_cells(d->multi_label, d->n_classes), err);
  FRAY_ALLOC(v.class_count, &part->arena, d->n_classes, err);
  FRAY_ALLOC(seen, &part->arena, d->n_clients + 1, err);
  FRAY_ALLOC(mask, &part->arena, panel->of.n, err);
  FRAY_ALLOC(trains, &part->arena, d->n_clients + 1, err);
  mark_training(t, trains);
  v.trains = trains;
  score_group(&v, seen, &part->scores);
  const struct fray_strings *groups = &t->cell->config.evaluate.groups;
  for (size_t g = 0; g < groups->n; g++) {
    const struct fray_group *group = fray_find_group(d, groups->v[g]);
    if (group)
      for (size_t value = 0; value < group->n; value++) {
        size_t n = 0;
        for (size_t i = 0; i < panel->of.n; i++)
          n += mask[i] = group->code[panel->of.sample[i]] == value;
        if (n == 0) /* a value that only training samples have */
          continue;
        v.mask = mask;
        v.group = fray_arena_printf(&part->arena, "%s=%s", group->name, group->value[value]);
        FRAY_CHECK(v.group, err, MEMORY, "out of memory");
        score_group(&v, seen, &part->scores);
      }
  }
  return FRAY_OK;
}

/* By the list, so that a column that is added needs no line here. */
static void put_columns(const struct fray_round_row *row, struct fray_text *out) {
  for (size_t c = 0; c < FRAY_N_ROUND_COLUMNS; c++) {
    const struct fray_round_column *column = &fray_round_columns[c];
    if (column->is_count)
      put_count(out, fray_round_count(row, column));
    else
      put_real(out, fray_round_real(row, column));
  }
}

/* The last row of a diverged trial is written although it was not evaluated: it shows where it
 * ended. Rounds between evaluations have a training loss but no score, and would leave most of a
 * table empty; dev and test stay empty columns where a round has only one of them. */
static void round_rows(const struct trial_work *t, struct fray_text *out) {
  size_t metrics = t->cell->config.evaluate.metrics.n;
  for (size_t i = 0; i < t->outcome.n_rows; i++) {
    const struct fray_round_row *row = &t->outcome.row[i];
    if (!row->evaluated && !(t->outcome.diverged && i + 1 == t->outcome.n_rows))
      continue;
    fray_text_printf(out, "%zu", row->round);
    put_columns(row, out);
    for (size_t k = 0; k < metrics; k++)
      put_real(out, row->evaluated ? row->dev[k] : NAN);
    for (size_t k = 0; k < metrics; k++)
      put_real(out, row->tested ? row->test[k] : NAN);
    fray_text_puts(out, "\n");
  }
}

/* What the model would have said of the first condition, had nobody judged it. trials.csv is of
 * the trained models, as rounds.csv is: another judge changes neither. Lost memory is told by
 * whoever asks base/memory.c; the judged answers stand in then. */
static int16_t *unrefused(const struct fray_answers *of, struct fray_arena *work) {
  if (of->largest)
    return of->largest;
  int16_t *out = fray_arena_alloc(work, of->n, sizeof *out);
  for (size_t i = 0; out && i < of->n; i++)
    out[i] = fray_unsaid(of->predicted[i]) >= 0  ? fray_unsaid(of->predicted[i])
             : fray_is_refused(of->predicted[i]) ? (int16_t)FRAY_NO_LOGIT
                                                 : of->predicted[i];
  return out ? out : of->predicted;
}

/* Test metrics of the `trial` condition, by selection. A local-only cell has no one model whose
 * score could stand here, so its cells stay empty. */
static void trial_metrics(const struct trial_work *t, int64_t *confusion, struct fray_arena *work,
                          struct fray_text *out) {
  const struct judged *test = &t->judged[TEST];
  size_t classes = t->session->dataset->n_classes;
  for (int s = 0; s < SELECTIONS; s++) {
    struct fray_scored scored = {0};
    struct fray_answers answers = test->answers[s];
    const bool judged = !t->outcome.diverged && !t->cell->local_only;
    const struct fray_arena_place mark = fray_arena_mark(work);
    if (judged && t->judge_key)
      answers.predicted = unrefused(&test->answers[s], work);
    if (judged)
      fray_score(&answers, 0, test->of.label, test->of.labels, NULL, classes, confusion, &scored);
    scored.samples.work = work;
    scored.target = t->target;
    for (size_t k = 0; k < t->cell->config.evaluate.metrics.n; k++) {
      const char *why;
      put_real(out, judged ? fray_metric_value(t->cell->metric[k], &scored, &why) : NAN);
    }
    fray_arena_rewind(work, mark);
  }
}

/* Costs that one round does not know are not known of the trial. */
static void trial_costs(const struct trial_work *t, struct fray_text *out) {
  const struct fray_outcome *o = &t->outcome;
  size_t updates = 0;
  double down = 0, up = 0, flops = 0;
  for (size_t i = 0; i < o->n_rows; i++) {
    const struct fray_round_row *row = &o->row[i];
    updates += row->cohort;
    down += row->bytes_down;
    up += row->bytes_up;
    flops += row->flops;
  }
  if (t->cell->local_only) { /* no rounds, no updates: nothing is sent, but all is computed */
    fray_text_puts(out, ",,0,0");
    put_real(out, t->local.flops);
    put_real(out, NAN);
    return;
  }
  put_count(out, updates);
  put_real(out, down);
  put_real(out, up);
  put_real(out, flops);
  put_real(out, o->n_rows ? o->row[o->n_rows - 1].clock : NAN);
}

/* The order of the cells is that of the columns that the results layer names; a column too few
 * would shift all behind it. What damage took (n - left) is what training could not use, for
 * whatever reason. */
static void trial_row(const struct trial_work *t, int64_t *confusion, struct fray_arena *work,
                      struct fray_text *out) {
  const struct fray_outcome *o = &t->outcome;
  const struct fray_partition *p = t->partition;
  size_t n = p->first[p->n_clients], left = 0, empty = 0;
  for (size_t c = 0; c < p->n_clients; c++) {
    left += t->clients.n_labelled[c];
    empty += t->clients.n_labelled[c] == 0;
  }
  fray_text_printf(out, "%llu,%s", (unsigned long long)t->trial->seed,
                   o->diverged ? "diverged" : "ok");
  fray_text_puts(out, ",");
  if (o->diverged)
    fray_text_printf(out, "%zu", o->diverged_round);
  put_text(out, o->diverged ? p->name[o->diverged_client] : "");
  put_count(out, o->rounds);
  put_count(out, o->best_round);
  put_count(out, p->n_clients);
  put_count(out, empty);
  put_count(out, n - t->n_held);
  put_count(out, n - t->n_held - left);
  for (size_t c = 0; c < t->n_columns; c++) {
    size_t i = t->cell->column[c];
    if (i == t->cell->n_entries) { /* of other cells */
      fray_text_puts(out, ",,,,");
      continue;
    }
    const struct fray_realised *r = &t->realised[i],
                               *test = &t->judged[TEST].condition[0].entries[i];
    bool train_stage = fray_corruption_acts(t->cell->entry[i], FRAY_AT_TRAIN);
    bool test_stage = fray_corruption_acts(t->cell->entry[i], FRAY_AT_TEST);
    put_real(out, train_stage ? r->nominal : NAN);
    put_real(out, train_stage ? r->rate : NAN);
    put_real(out, test_stage ? test->nominal : NAN);
    put_real(out, test_stage ? test->rate : NAN);
  }
  trial_metrics(t, confusion, work, out);
  for (size_t k = 0; k < t->cell->config.evaluate.metrics.n; k++)
    put_real(out,
             o->n_rows && o->best_round && !o->diverged ? o->row[o->best_round - 1].dev[k] : NAN);
  trial_costs(t, out);
  fray_text_puts(out, "\n");
}

/* Scores of the two panels follow one another; which is which stands in the column scope. */
enum fray_status fray_trial_scores(const struct trial_work *t, struct fray_trial_file *part,
                                   struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  int64_t *confusion;
  FRAY_ALLOC(confusion, &part->arena, fray_confusion_cells(d->multi_label, d->n_classes), err);
  for (int k = 0; k < PANELS; k++)
    if (trial_judges(t, k))
      FRAY_TRY(score_panel(t, &t->judged[k], part, err));
  trial_metrics(t, confusion, &part->arena, &part->metrics);
  FRAY_CHECK(!part->scores.failed && !part->metrics.failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* A share of nothing is no number: it stays empty. */
static void put_share(struct fray_text *out, double part, double of) {
  char text[32] = "";
  if (of > 0)
    fray_format_double(part / of, text);
  fray_text_printf(out, ",%s", text);
}

/* What a method called noisy, held against what damage did: the rows of found.csv. */
void fray_trial_found(const struct trial_work *t, struct fray_text *out) {
  for (size_t i = 0; i < t->outcome.n_found; i++) {
    const struct fray_found *f = &t->outcome.found[i];
    fray_text_printf(out, "%s,%.0f,%.0f,%.0f,%.0f", f->of, f->seen, f->wrong, f->called, f->right);
    put_share(out, f->right, f->called);
    put_share(out, f->right, f->wrong);
    fray_text_puts(out, "\n");
  }
}

/* Everything that training gave, and nothing that judging gives: this stays when judged anew. */
enum fray_status fray_trial_rows(const struct trial_work *t, struct fray_trial_file *part,
                                 struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  int64_t *confusion;
  FRAY_ALLOC(confusion, &part->arena, fray_confusion_cells(d->multi_label, d->n_classes), err);
  round_rows(t, &part->rounds);
  trial_row(t, confusion, &part->arena, &part->trial);
  FRAY_TRY(fray_trial_participation(t, part, err));
  FRAY_TRY(fray_trial_influence(t, part, err));
  FRAY_TRY(fray_trial_privacy(t, part, err));
  fray_trial_found(t, &part->found);
  fray_trial_secure(t, &part->secure);
  FRAY_CHECK(!part->secure.failed, err, MEMORY, "out of memory");
  FRAY_CHECK(!part->found.failed, err, MEMORY, "out of memory");
  FRAY_CHECK(!part->trial.failed && !part->rounds.failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}
