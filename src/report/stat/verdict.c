/* Verdicts: the one place that decides whether a sentence may claim something. */
#include "verdict.h"

#include "fray/metric/metric.h"

#include <math.h>
#include <string.h>

/* 5 % in one place: all sentences and marks follow it. p has to be adjusted before, if the number
 * is one of a family. Unknown and open are kept apart, as a single training could not have told. */
enum fray_rep_verdict fray_rep_verdict_of(const struct fray_rep_stat *s) {
  if (isnan(s->p) || isnan(s->mean))
    return FRAY_REP_UNKNOWN;
  return !(s->p < 0.05) ? FRAY_REP_OPEN : s->mean > 0 ? FRAY_REP_MORE : FRAY_REP_LESS;
}

int fray_rep_resolved(const struct fray_rep_stat *s) {
  enum fray_rep_verdict verdict = fray_rep_verdict_of(s);
  return verdict == FRAY_REP_MORE ? 1 : verdict == FRAY_REP_LESS ? -1 : 0;
}

/* The p-values lie scattered over tables, hence pointers; they go through one array, since each
 * adjusted value depends on all of them. One place more than n, which may be 0. */
enum fray_status fray_rep_adjust(struct fray_rep_results *r, double *const *p, size_t n,
                                 struct fray_err *err) {
  double *all;
  FRAY_ALLOC(all, r->arena, n + 1, err);
  for (size_t i = 0; i < n; i++)
    all[i] = *p[i];
  FRAY_TRY(fray_holm(all, n, all, err));
  for (size_t i = 0; i < n; i++)
    *p[i] = all[i];
  return FRAY_OK;
}

/* ---- chance ---- */

static const struct fray_choice *metric_of(const struct fray_rep_results *r, size_t metric) {
  return fray_choice_find(&fray_metrics, r->metrics.v[metric]);
}

/* Metrics of which guessing has a value and the constant predictor has none. */
static bool has_only_guess(const struct fray_rep_results *r, size_t metric) {
  const struct fray_choice *m = metric_of(r, metric); /* NULL: not known to this program */
  const struct fray_metric_ops *ops = m ? m->impl : NULL;
  return ops && ops->of_probabilities && ops->guess;
}

/* How often a certain class is answered says nothing of learning: who always answers another one
 * has the best value there is. */
static bool asks_for_a_class(const struct fray_rep_results *r, size_t metric) {
  const struct fray_choice *m = metric_of(r, metric);
  return m && fray_metric_needs_target(m);
}

/* Nor does what is of finished models alone: who refuses nothing refuses nothing that was right. */
static bool tells_of_learning(const struct fray_rep_results *r, size_t metric) {
  const struct fray_choice *m = metric_of(r, metric);
  return fray_rep_has_chance(r, metric) && !asks_for_a_class(r, metric) &&
         !(m && fray_metric_of_finished(m));
}

/* Each search begins with the main metric and ends one step late: after the loop m may be the last
 * metric without having been looked at, so it is asked once more. */
size_t fray_rep_judge(const struct fray_rep_results *r) {
  size_t m = r->main_metric;
  for (size_t i = 0; i < r->metrics.n && !tells_of_learning(r, m); i++)
    m = i;
  if (tells_of_learning(r, m))
    return m;
  m = r->main_metric;
  for (size_t i = 0; i < r->metrics.n && !has_only_guess(r, m); i++)
    m = i;
  return has_only_guess(r, m) ? m : r->main_metric;
}

/* Over the labelled samples; 0 everywhere where there is none. */
static enum fray_status count_shares(struct fray_rep_results *r, const struct fray_rep_answers *a,
                                     struct fray_err *err) {
  double *share;
  size_t n_known = 0;
  FRAY_ALLOC_ZERO(share, r->arena, a->n_classes, err);
  for (size_t i = 0; i < a->n; i++)
    n_known += a->label[i] >= 0;
  for (size_t k = 0; k < a->n_classes && n_known; k++) {
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++)
      n += a->label[i] >= 0 &&
           (a->multi_label ? a->labels[i * a->n_classes + k] == 1 : (size_t)a->label[i] == k);
    share[k] = (double)n / (double)n_known;
  }
  r->shares = (struct fray_rep_shares){share, a->n_classes, a->multi_label};
  return FRAY_OK;
}

/* The labels are the same for all trials, so those of the first one will do, read once and kept.
 * Where its predictions cannot be read no share is known, and no guess: a metric that has a chance
 * value falls back to that, one of probabilities to "not known". A metric whose chance is not
 * known, though the constant predictor has a value of it, is not judged by guessing alone. */
enum fray_status fray_rep_blind_level(struct fray_rep_results *r, size_t metric, double chance,
                                      double *out, struct fray_err *err) {
  const struct fray_choice *m = metric_of(r, metric);
  const struct fray_metric_ops *ops = m ? m->impl : NULL;
  *out = asks_for_a_class(r, metric) ? NAN : chance;
  if (!ops || !ops->guess || (isnan(chance) && !ops->of_probabilities) || r->n_trials == 0)
    return FRAY_OK;
  if (!r->knows_shares) {
    const struct fray_rep_answers *answers;
    FRAY_TRY(fray_rep_file_answers(fray_rep_store_file(r), FRAY_REP_TEST, 0, &answers, err));
    if (strcmp(answers->status, "ok") == 0)
      FRAY_TRY(count_shares(r, answers, err));
    r->knows_shares = true;
  }
  double guess = fray_metric_guess(m, r->shares.share, r->shares.n_classes, r->shares.multi_label);
  /* The better of both; fmax and fmin leave NaN aside. */
  *out = ops->higher_is_better ? fmax(chance, guess) : fmin(chance, guess);
  return FRAY_OK;
}

/* Rounding must not lift a model that always answers the largest class above itself. */
static const double margin = 1e-9;

/* The interval has to lie beyond the level, not the mean alone. Not being better is "at chance",
 * whether worse or not told: what may be said is the same. Without an interval or a level it is
 * neither. */
static enum fray_rep_learnt side_of(const struct fray_rep_results *r, size_t metric,
                                    const struct fray_rep_stat *s, double level) {
  if (s->n == 0 || isnan(s->low) || isnan(level))
    return FRAY_REP_NOT_SAID;
  bool better = fray_rep_higher_is_better(r->metrics.v[metric]) ? s->low > level + margin
                                                                : s->high < level - margin;
  return better ? FRAY_REP_LEARNT : FRAY_REP_AT_CHANCE;
}

/* The draws of q go with the rewind; what is read of it afterwards are plain members. A diverged
 * training is the constant predictor, so it is at chance by definition; an interval it may not
 * have. */
enum fray_status fray_rep_trial_learnt(struct fray_rep_results *r,
                                       const struct fray_rep_address *wanted, size_t seed,
                                       struct fray_rep_stat *stat, double *level,
                                       enum fray_rep_learnt *out, struct fray_err *err) {
  struct fray_arena *work = fray_rep_store_work(r);
  struct fray_arena_place mark = fray_arena_mark(work);
  struct fray_rep_address at = *wanted;
  struct fray_rep_quantity q;
  at.metric = fray_rep_judge(r);
  FRAY_TRY(fray_rep_quantity_of_seed(r, &at, seed, work, &q, err));
  *stat = fray_rep_stat_of(r, &q);
  fray_arena_rewind(work, mark);
  FRAY_TRY(fray_rep_blind_level(r, at.metric, q.chance, level, err));
  *out = q.n_diverged && !isnan(*level) ? FRAY_REP_AT_CHANCE : side_of(r, at.metric, stat, *level);
  return FRAY_OK;
}

/* One or two trainings: their mean says nothing of others, but each may be looked at by itself. */
static enum fray_status judge_each(struct fray_rep_results *r, const struct fray_rep_address *at,
                                   enum fray_rep_learnt *out, struct fray_err *err) {
  *out = FRAY_REP_NOT_SAID;
  for (size_t s = 0; s < r->seeds.n; s++) {
    enum fray_rep_learnt own;
    struct fray_rep_stat stat;
    double level;
    FRAY_TRY(fray_rep_trial_learnt(r, at, s, &stat, &level, &own, err));
    /* One training at chance decides, whatever comes later; a seed that is not measured says
     * nothing either way. */
    if (own == FRAY_REP_AT_CHANCE || (own == FRAY_REP_LEARNT && *out == FRAY_REP_NOT_SAID))
      *out = own;
  }
  return FRAY_OK;
}

enum fray_status fray_rep_learnt_at(struct fray_rep_results *r,
                                    const struct fray_rep_address *wanted,
                                    enum fray_rep_learnt *out, struct fray_err *err) {
  struct fray_rep_address at = *wanted;
  const struct fray_rep_quantity *q;
  double level;
  *out = FRAY_REP_NOT_SAID;
  at.metric = fray_rep_judge(r);
  if (at.cell >= r->n_cells)
    return FRAY_OK;
  FRAY_TRY(fray_rep_find_quantity(r, &at, &q, err));
  if (q->n_seeds < 3)
    return judge_each(r, &at, out, err);
  struct fray_rep_stat stat = fray_rep_stat_of(r, q);
  FRAY_TRY(fray_rep_blind_level(r, at.metric, q->chance, &level, err));
  *out = side_of(r, at.metric, &stat, level);
  return FRAY_OK;
}
