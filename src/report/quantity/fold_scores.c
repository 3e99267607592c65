/* Scores of folds that are read as one training: over the union of their test samples.
 *
 * A mean over samples is the mean of the folds' means by size, which scores.csv tells exactly; any
 * other metric is computed of all answers together, and of each fold alone, which must give the
 * value that scores.csv has of it. */
#include "draws.h"
#include "fold_plan.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One group of folds and its samples of one kind. */
struct pooling {
  struct fray_rep_results *in; /* the study training by training, or its controls */
  struct fray_rep_parts parts;
  enum fray_rep_samples samples;
  struct fray_rep_answers answers;
  const size_t *begin;                 /* (parts + 1) */
  const struct fray_rep_score **score; /* (parts) of the row at hand, NULL: none */
  const struct fray_rep_score **
      *of; /* (parts, n_of) scores of each part in the order of the file */
  size_t *n_of;
  int64_t *confusion; /* scratch */
  uint8_t *mask;      /* (samples) those that count in the row at hand */
  uint8_t *seen;      /* (clients of the file) scratch */
  size_t n_clients;
  struct fray_arena *arena, *work;
  bool disagrees;
};

/* A row of the table: what the parts say, and what is made of it. */
struct row {
  double n, value, chance, realised;
  size_t clusters;
  const char *status, *scope;
};

/* ---- what counts ---- */

/* Samples of the group of the row at hand, unlabelled ones too; false if the answers do not know
 * it. */
static bool find_mask(const struct pooling *p, const struct fray_rep_score *s) {
  struct fray_rep_view view = {.answers = &p->answers};
  if (s->group != FRAY_REP_ALL && !fray_rep_group_in(&p->answers, p->in->groups.v[s->group], &view))
    return false;
  for (size_t i = 0; i < p->answers.n; i++)
    p->mask[i] = !view.code || view.code[i] == view.group;
  return true;
}

/* Natural clients, unlabelled samples among theirs, as where the scores were made. */
static size_t count_clients(const struct pooling *p) {
  size_t n = 0;
  memset(p->seen, 0, p->n_clients);
  for (size_t i = 0; i < p->answers.n; i++)
    if (p->mask[i] && !p->seen[p->answers.client[i]]) {
      p->seen[p->answers.client[i]] = 1;
      n++;
    }
  return n;
}

/* Answers of the parts from..end of a condition as a metric takes them. constant: those of the
 * constant predictor of each part instead; false if one of them is not known. */
static bool count(const struct pooling *p, bool last, size_t condition, size_t from, size_t end,
                  bool constant, struct fray_scored *out) {
  const struct fray_rep_answers *a = &p->answers;
  const size_t classes = a->n_classes, row = (last * a->n_conditions + condition) * a->n;
  memset(p->confusion, 0, fray_confusion_cells(a->multi_label, classes) * sizeof *p->confusion);
  *out = (struct fray_scored){.n_classes = classes,
                              .confusion = p->confusion,
                              .nll_sum = NAN,
                              .multi_label = a->multi_label,
                              .sequences = a->edits != NULL,
                              .target = a->target};
  out->refused_of = a->multi_label ? NULL : p->confusion + classes * classes;
  for (size_t part = from; part < end; part++) {
    const struct fray_rep_trial *t = &p->in->trial[p->parts.part[part]];
    if (constant && (a->edits || (a->multi_label ? !t->constant_set : t->constant < 0)))
      return false;
    for (size_t i = p->begin[part]; i < p->begin[part + 1]; i++) {
      if (!p->mask[i] || a->label[i] < 0)
        continue;
      out->n++;
      /* Of sequences nothing is constant: what is said has no one class. */
      for (size_t k = 0; a->edits && !constant && k < FRAY_EDIT_CELLS; k++)
        p->confusion[k] += a->edits[(row + i) * FRAY_EDIT_CELLS + k];
      if (a->edits)
        continue;
      if (a->multi_label) {
        const uint8_t *truth = a->labels + i * classes;
        const uint8_t *said = constant ? t->constant_set : a->sets + (row + i) * classes;
        out->exact += memcmp(truth, said, classes) == 0;
        for (size_t c = 0; c < classes; c++)
          p->confusion[4 * c + 2 * truth[c] + said[c]]++;
        continue;
      }
      const size_t truth = (size_t)a->label[i];
      const int32_t said = constant ? t->constant : a->predicted[row + i];
      /* No answer is a wrong one, as where the scores were made; a refusal is one of no class. */
      if (said <= FRAY_REP_REFUSED) {
        p->confusion[classes * classes + truth]++;
        continue;
      }
      p->confusion[truth * classes + (said >= 0 ? (size_t)said : (truth + 1) % classes)]++;
    }
  }
  return true;
}

/* ---- values ---- */

/* Rounded to float, probabilities give a value that is a little off. */
static bool agrees(double found, double wanted, bool from_scores) {
  const double within = from_scores ? 1e-4 : 1e-9;
  return (isnan(found) && isnan(wanted)) || fabs(found - wanted) <= within * fmax(1, fabs(wanted));
}

/* Of the parts from..end; of a metric of scores, of the samples that the mask names there. */
static double value_of(const struct pooling *p, const struct fray_choice *metric,
                       const struct fray_rep_score *s, size_t condition, const float *score,
                       size_t from, size_t end, const char **status) {
  const struct fray_rep_answers *a = &p->answers;
  struct fray_scored scored;
  (void)count(p, s->last, condition, from, end, false, &scored);
  if (score) {
    const size_t first = p->begin[from], n = p->begin[end] - first;
    scored.samples =
        (struct fray_scored_samples){.n = n,
                                     .score = score + first * a->n_classes,
                                     .label = a->label + first,
                                     .labels = a->labels ? a->labels + first * a->n_classes : NULL,
                                     .mask = p->mask + first,
                                     .work = p->work};
  }
  return fray_metric_value(metric, &scored, status);
}

/* Whom answers of a diverged part are those of; of sequences nobody is asked for. */
static bool lacks_constant(const struct pooling *p, size_t part) {
  const struct fray_rep_trial *t = &p->in->trial[p->parts.part[part]];
  return t->diverged && !p->answers.edits && t->constant < 0 && !t->constant_set;
}

/* A metric that is no mean: the whole, if each part is what scores.csv says. Of a part that
 * diverged scores.csv has chance, which says nothing of answers. */
static enum fray_status find_value(struct pooling *p, const struct fray_choice *metric,
                                   const struct fray_rep_score *s, bool from_scores,
                                   struct row *out, struct fray_err *err) {
  const size_t condition =
      fray_rep_condition_in(&p->answers, p->in->conditions.v[s->condition], s->severity);
  const float *score = NULL;
  const char *ignored;
  out->status = "results.h5 lacks the condition";
  if (condition == p->answers.n_conditions)
    return FRAY_OK;
  if (from_scores) {
    FRAY_TRY(fray_rep_join_scores(&p->parts, p->samples, s->last, condition, p->work, &score, err));
    out->status = "no scores were kept (evaluate.save_scores)";
    if (!score)
      return FRAY_OK;
  }
  /* Fold by fold, as that is what scores.csv tells; one that differs spoils the whole. */
  for (size_t k = 0; k < p->parts.n; k++) {
    if (lacks_constant(p, k)) {
      out->status = "the constant predictor of a diverged fold is not known";
      return FRAY_OK;
    }
    if (!p->score[k] || p->in->trial[p->parts.part[k]].diverged)
      continue;
    double own = value_of(p, metric, s, condition, score, k, k + 1, &ignored);
    if (agrees(own, p->score[k]->value, from_scores))
      continue;
    p->disagrees = true;
    out->status = "the predictions do not give the value of scores.csv";
    return FRAY_OK;
  }
  out->value = value_of(p, metric, s, condition, score, 0, p->parts.n, &out->status);
  return FRAY_OK;
}

/* By size, over the parts that have samples there; NaN if one of them has no value. */
static double mean_of(const struct pooling *p, size_t offset) {
  double sum = 0, n = 0;
  for (size_t k = 0; k < p->parts.n; k++) {
    if (!p->score[k] || !(p->score[k]->n > 0))
      continue;
    sum += p->score[k]->n * *(const double *)((const char *)p->score[k] + offset);
    n += p->score[k]->n;
  }
  return n > 0 ? sum / n : NAN;
}

/* The remark of a part goes on: that it diverged, that a class is absent there. */
static const char *status_of_parts(const struct pooling *p) {
  for (size_t k = 0; k < p->parts.n; k++)
    if (p->score[k] && strcmp(p->in->statuses.v[p->score[k]->status], "ok") != 0)
      return p->in->statuses.v[p->score[k]->status];
  return "ok";
}

/* What constant predictors say of the union; where a metric looks at more than answers, it has one
 * value whatever the samples (auc), or is a mean. */
static double chance_of(const struct pooling *p, const struct fray_choice *metric,
                        bool from_scores) {
  struct fray_scored scored;
  const char *ignored;
  if (from_scores)
    return mean_of(p, offsetof(struct fray_rep_score, chance));
  if (!count(p, false, 0, 0, p->parts.n, true, &scored))
    return NAN;
  return fray_metric_value(metric, &scored, &ignored);
}

/* ---- rows ---- */

/* Which way a metric goes is found out by asking it, as for draws: none is known by name here. */
static enum fray_status find_row(struct pooling *p, const struct fray_rep_score *s, struct row *out,
                                 struct fray_err *err) {
  const struct fray_choice *metric = fray_choice_find(&fray_metrics, p->in->metrics.v[s->metric]);
  const bool sets = p->answers.multi_label;
  *out = (struct row){.value = NAN, .chance = NAN, .status = "an unknown metric"};
  for (size_t k = 0; k < p->parts.n; k++)
    out->n += p->score[k] && p->score[k]->n > 0 ? p->score[k]->n : 0;
  out->realised = mean_of(p, offsetof(struct fray_rep_score, realised));
  if (!find_mask(p, s)) {
    out->status = "results.h5 does not say the group of a sample";
    return FRAY_OK;
  }
  out->clusters = count_clients(p);
  if (!metric)
    return FRAY_OK;
  const enum fray_rep_needs needs = fray_rep_needs_of(metric, sets);
  const bool from_scores = needs == FRAY_REP_NEEDS_SCORES;
  out->chance = chance_of(p, metric, from_scores);
  if (!(from_scores ? fray_rep_is_mean(metric, sets) : needs == FRAY_REP_NEEDS_TOTALS))
    return find_value(p, metric, s, from_scores, out, err);
  out->value = mean_of(p, offsetof(struct fray_rep_score, value));
  out->status = status_of_parts(p);
  return FRAY_OK;
}

/* Two kinds of clients together are mixed. */
static const char *scope_of(const struct pooling *p, size_t column) {
  const char *scope = NULL;
  for (size_t k = 0; k < p->parts.n; k++) {
    if (!p->score[k])
      continue;
    const char *own = fray_rep_csv_at(&p->in->scores_csv, p->score[k]->row, column);
    if (scope && strcmp(scope, own) != 0)
      return "mixed";
    scope = own;
  }
  return scope ? scope : "mixed";
}

static const char head[] =
    "trial,selection,condition,severity,parameter,scope,group,n,clusters,metric,value,status,"
    "realised,chance\n";

/* Bears the name of the first fold, as the row of trials.csv does. */
static void put_row(const struct pooling *p, const struct fray_rep_score *s, const struct row *row,
                    size_t scope, struct fray_text *out) {
  const struct fray_rep_results *r = p->in;
  fray_text_csv(out, r->trial[p->parts.part[0]].name);
  fray_rep_csv_put_text(out, s->last ? "last" : "best");
  fray_rep_csv_put_text(out, r->conditions.v[s->condition]);
  fray_rep_csv_put_real(out, s->severity);
  fray_rep_csv_put_text(out, r->parameter[s->condition] ? r->parameter[s->condition] : "");
  fray_rep_csv_put_text(out, scope_of(p, scope));
  fray_rep_csv_put_text(out, r->groups.v[s->group]);
  fray_rep_csv_put_real(out, row->n);
  fray_rep_csv_put_real(out, (double)row->clusters);
  fray_rep_csv_put_text(out, r->metrics.v[s->metric]);
  fray_rep_csv_put_real(out, row->value);
  fray_rep_csv_put_text(out, row->status);
  fray_rep_csv_put_real(out, row->realised);
  fray_rep_csv_put_real(out, row->chance);
  fray_text_puts(out, "\n");
}

/* The rows of all parts that are like this one; false if a part before has one, which was the one
 * to ask for it. */
static bool gather(struct pooling *p, size_t part, const struct fray_rep_score *s) {
  for (size_t k = 0; k < p->parts.n; k++) {
    struct fray_rep_score wanted = *s;
    wanted.trial = p->parts.part[k];
    p->score[k] = k == part ? s : fray_rep_score_like(p->in, &wanted);
    if (k < part && p->score[k])
      return false;
  }
  return true;
}

/* Each score of any part in a group once. */
static enum fray_status put_group(struct pooling *p, size_t group, struct fray_text *out,
                                  struct fray_err *err) {
  const size_t scope = fray_rep_csv_find(&p->in->scores_csv, "scope");
  for (size_t k = 0; k < p->parts.n; k++)
    for (size_t i = 0; i < p->n_of[p->parts.part[k]]; i++) {
      const struct fray_rep_score *s = p->of[p->parts.part[k]][i];
      struct fray_arena_place mark = fray_arena_mark(p->work);
      struct row row;
      if (s->group != group || s->own != (p->samples == FRAY_REP_OWN) || !gather(p, k, s))
        continue;
      FRAY_TRY(find_row(p, s, &row, err));
      put_row(p, s, &row, scope, out);
      fray_arena_rewind(p->work, mark);
    }
  return FRAY_OK;
}

/* Where a group stands: by its column as they come, and by its value as the data number them. A
 * fold names only the groups that it tests, so that the order of first appearance is that of
 * people. */
struct group_place {
  size_t column, group;
  int32_t code;
};

static int by_place(const void *a, const void *b) {
  const struct group_place *x = a, *y = b;
  if (x->column != y->column)
    return x->column < y->column ? -1 : 1;
  if (x->code != y->code)
    return x->code < y->code ? -1 : 1;
  return (x->group > y->group) - (x->group < y->group);
}

/* The first group of the same column stands for it. */
static size_t column_of(const struct fray_rep_names *groups, size_t group) {
  const size_t n = strcspn(groups->v[group], "=");
  size_t g = 0;
  while (strncmp(groups->v[g], groups->v[group], n) != 0 || groups->v[g][n] != '=')
    if (++g >= group)
      break;
  return g;
}

/* Groups in the order of the data: a study that tests all at once lists them so. */
static enum fray_status put_rows(struct pooling *p, struct fray_text *out, struct fray_err *err) {
  const struct fray_rep_names *groups = &p->in->groups;
  struct group_place *place;
  FRAY_ALLOC(place, p->work, groups->n + 1, err);
  for (size_t g = 0; g < groups->n; g++) {
    struct fray_rep_view view = {.group = -1};
    if (g != FRAY_REP_ALL)
      (void)fray_rep_group_in(&p->answers, groups->v[g], &view);
    place[g] = (struct group_place){column_of(groups, g), g, view.group};
  }
  qsort(place, groups->n, sizeof *place, by_place);
  for (size_t g = 0; g < groups->n; g++)
    FRAY_TRY(put_group(p, place[g].group, out, err));
  return FRAY_OK;
}

/* ---- the constant predictor ---- */

/* True if constant answers of a part give what scores.csv has as its chance, for each metric of
 * answers; also if there is no such metric. Chance is the same under every condition, so the first
 * one tells. */
static bool explains(const struct pooling *p, size_t part) {
  const struct fray_rep_score *first = NULL;
  for (size_t i = 0; i < p->n_of[p->parts.part[part]]; i++) {
    const struct fray_rep_score *s = p->of[p->parts.part[part]][i];
    const struct fray_choice *metric = fray_choice_find(&fray_metrics, p->in->metrics.v[s->metric]);
    struct fray_scored scored;
    const char *ignored;
    if (first && (s->condition != first->condition || s->last != first->last))
      continue;
    if (s->own != (p->samples == FRAY_REP_OWN) || s->group != FRAY_REP_ALL || !metric ||
        fray_rep_needs_of(metric, p->answers.multi_label) == FRAY_REP_NEEDS_SCORES)
      continue;
    first = s;
    if (!count(p, false, 0, part, part + 1, true, &scored) ||
        !agrees(fray_metric_value(metric, &scored, &ignored), s->chance, false))
      return false;
  }
  return true;
}

/* The constant of a part whose model was trained on all parts but itself and `without`. n, set:
 * (classes) scratch, and the set that the training then names. */
static void guess_constant(struct pooling *p, size_t part, size_t without, size_t *n,
                           uint8_t *set) {
  const struct fray_rep_answers *a = &p->answers;
  struct fray_rep_trial *t = &p->in->trial[p->parts.part[part]];
  size_t labelled = 0, most = 0;
  memset(n, 0, a->n_classes * sizeof *n);
  for (size_t i = 0; i < a->n; i++) {
    if ((i >= p->begin[part] && i < p->begin[part + 1]) ||
        (i >= p->begin[without] && i < p->begin[without + 1]) || a->label[i] < 0)
      continue;
    labelled++;
    for (size_t c = 0; c < a->n_classes; c++)
      n[c] += a->labels ? a->labels[i * a->n_classes + c] : (size_t)a->label[i] == c;
  }
  for (size_t c = 0; c < a->n_classes; c++) {
    most = n[c] > n[most] ? c : most;
    set[c] = 2 * n[c] > labelled;
  }
  t->constant = a->multi_label ? -1 : (int32_t)most;
  t->constant_set = a->multi_label ? set : NULL;
}

/* What was trained on is mostly what the other folds test, whose majority is tried first; a split
 * for dev may have another one, which is the first class that gives the chance of scores.csv. */
static enum fray_status find_constant(struct pooling *p, size_t part, struct fray_err *err) {
  const struct fray_rep_answers *a = &p->answers;
  struct fray_rep_trial *t = &p->in->trial[p->parts.part[part]];
  size_t *n;
  uint8_t *set;
  FRAY_ALLOC(n, p->work, a->n_classes, err);
  FRAY_ALLOC(set, p->arena, a->n_classes, err);
  guess_constant(p, part, part, n, set);
  if (explains(p, part))
    return FRAY_OK;
  /* Of sets there are too many to try, but dev is mostly one of the folds. */
  for (size_t k = 0; k < p->parts.n && a->multi_label; k++) {
    guess_constant(p, part, k, n, set);
    if (explains(p, part))
      return FRAY_OK;
  }
  t->constant_set = NULL;
  for (size_t c = 0; c < a->n_classes && !a->multi_label; c++) {
    t->constant = (int32_t)c;
    if (explains(p, part))
      return FRAY_OK;
  }
  t->constant = -1;
  return FRAY_OK;
}

/* A part that diverged answers as its constant, so answers are then joined anew. */
static enum fray_status find_constants(struct pooling *p, bool *diverged, struct fray_err *err) {
  memset(p->mask, 1, p->answers.n);
  *diverged = false;
  for (size_t k = 0; k < p->parts.n; k++)
    *diverged = *diverged || p->in->trial[p->parts.part[k]].diverged;
  for (size_t k = 0; k < p->parts.n; k++)
    if (p->in->trial[p->parts.part[k]].constant < 0 && !p->in->trial[p->parts.part[k]].constant_set)
      FRAY_TRY(find_constant(p, k, err));
  return FRAY_OK;
}

/* ---- all of it ---- */

/* Scores of each training, in the order of the file. */
static enum fray_status sort_scores(struct fray_rep_results *r, struct fray_arena *arena,
                                    const struct fray_rep_score ****of, size_t **n_of,
                                    struct fray_err *err) {
  const struct fray_rep_score **by_row;
  FRAY_ALLOC_ZERO(*n_of, arena, r->n_trials + 1, err);
  FRAY_ALLOC(*of, arena, r->n_trials + 1, err);
  FRAY_ALLOC_ZERO(by_row, arena, r->scores_csv.n_rows + 1, err);
  for (size_t i = 0; i < r->n_scores; i++) {
    by_row[r->score[i].row] = &r->score[i];
    (*n_of)[r->score[i].trial]++;
  }
  for (size_t t = 0; t < r->n_trials; t++) {
    FRAY_ALLOC((*of)[t], arena, (*n_of)[t] + 1, err);
    (*n_of)[t] = 0;
  }
  for (size_t row = 0; row < r->scores_csv.n_rows; row++)
    if (by_row[row])
      (*of)[by_row[row]->trial][(*n_of)[by_row[row]->trial]++] = by_row[row];
  return FRAY_OK;
}

/* Held-out data of training clients are there only where they were asked for. */
static bool has_scores(const struct pooling *p) {
  for (size_t k = 0; k < p->parts.n; k++)
    for (size_t i = 0; i < p->n_of[p->parts.part[k]]; i++)
      if (p->of[p->parts.part[k]][i]->own == (p->samples == FRAY_REP_OWN))
        return true;
  return false;
}

/* One group on one kind of samples. Constants are found in what the folds were asked, and stand in
 * for answers then. */
static enum fray_status pool_group(struct pooling *p, struct fray_text *out, const char **why,
                                   struct fray_err *err) {
  const struct fray_rep_clients *clients;
  bool diverged;
  if (!has_scores(p))
    return FRAY_OK;
  FRAY_TRY(fray_rep_join(&p->parts, p->samples, p->work, &p->answers, &p->begin, err));
  if (strcmp(p->answers.status, "ok") != 0) {
    *why = p->answers.status;
    return FRAY_OK;
  }
  FRAY_TRY(fray_answer_file_clients(p->parts.file, p->samples, &clients, err));
  p->n_clients = clients->n;
  FRAY_ALLOC(p->seen, p->work, clients->n + 1, err);
  FRAY_ALLOC(p->mask, p->work, p->answers.n + 1, err);
  FRAY_ALLOC(p->score, p->work, p->parts.n + 1, err);
  FRAY_ALLOC(p->confusion, p->work,
             fray_confusion_cells(p->answers.multi_label, p->answers.n_classes), err);
  FRAY_TRY(find_constants(p, &diverged, err));
  if (diverged)
    FRAY_TRY(fray_rep_join(&p->parts, p->samples, p->work, &p->answers, &p->begin, err));
  return put_rows(p, out, err);
}

/* Studies have controls or none: what is asked of both is asked of each that is there. */
static enum fray_status pool_kind(struct fray_rep_results *in, struct fray_rep_results *by,
                                  const struct fray_rep_fold_plan *plan, bool of_controls,
                                  struct fray_answer_file *file, struct fray_arena *work,
                                  bool *disagrees, struct fray_text *out, const char **why,
                                  struct fray_err *err) {
  /* Answers of one cell and seed are held at a time: work is rewound behind each. */
  struct pooling p = {.in = in, .arena = by->arena, .work = work};
  FRAY_TRY(sort_scores(in, work, &p.of, &p.n_of, err));
  for (size_t k = 0; k < plan->n && !*why; k++) {
    const struct fray_rep_fold_group *g = &plan->group[k];
    if (g->of_control != of_controls || g->is_twin)
      continue;
    p.parts = (struct fray_rep_parts){file, in, g->part, g->n};
    p.disagrees = false;
    for (size_t s = 0; s < FRAY_REP_N_SAMPLES && !*why; s++) {
      struct fray_arena_place mark = fray_arena_mark(work);
      p.samples = (enum fray_rep_samples)s;
      FRAY_TRY(pool_group(&p, out, why, err));
      fray_arena_rewind(work, mark);
    }
    disagrees[k] = p.disagrees;
  }
  return FRAY_OK;
}

enum fray_status fray_rep_fold_scores(struct fray_rep_results *by,
                                      const struct fray_rep_fold_plan *plan,
                                      struct fray_answer_file *const files[2], bool *disagrees,
                                      struct fray_text *out, const char **why,
                                      struct fray_err *err) {
  struct fray_arena work = {0};
  *why = NULL;
  fray_text_puts(out, head);
  enum fray_status status =
      pool_kind(by, by, plan, false, files[0], &work, disagrees, out, why, err);
  if (status == FRAY_OK && by->controls && !*why)
    status = pool_kind(by->controls, by, plan, true, files[1], &work, disagrees, out, why, err);
  fray_arena_free(&work);
  return status;
}
