/* Figure: how right is the model if it answers only where it is surest? */
#include "figures.h"

#include "report/plot/sureness.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>

/* A point every 5 % of coverage: enough for a curve that falls smoothly, and a table that can be
 * read. */
enum { STEPS = 20 };

struct answer {
  float confidence;
  bool right;
};

/* Descending. No NaN comes here (collect gives up on one), so that the order is a total one. */
static int surest_first(const void *a, const void *b) {
  float x = ((const struct answer *)a)->confidence, y = ((const struct answer *)b)->confidence;
  return (x < y) - (x > y);
}

/* Answers of equal confidence are taken in equal parts, since nothing says which comes first:
 * right[k] = expected number of right ones among the k + 1 surest. qsort is not stable either, and
 * its order would else show in the curve and differ between machines. */
static void count_right(const struct answer *a, size_t n, double *right) {
  double before = 0;
  for (size_t i = 0, end; i < n; i = end) {
    double share = 0;
    for (end = i; end < n && a[end].confidence == a[i].confidence; end++)
      share += a[end].right;
    for (size_t k = i; k < end; k++)
      right[k] = before + share * (double)(k - i + 1) / (double)(end - i);
    before += share;
  }
}

/* The largest probability of each labelled sample, the first of equals. 0 at the first NaN: a model
 * that once gives no number has no order of sureness, and leaving such samples out would flatter
 * it. out: room for all samples. */
static size_t collect(const struct fray_scored *s, struct answer *out) {
  size_t n = 0, classes = s->n_classes;
  for (size_t i = 0; i < s->samples.n; i++) {
    const float *p = s->samples.score + i * classes;
    size_t best = 0;
    if (s->samples.label[i] < 0)
      continue;
    for (size_t c = 0; c < classes; c++) {
      if (isnan(p[c]))
        return 0;
      best = p[c] > p[best] ? c : best;
    }
    out[n++] = (struct answer){p[best], best == (size_t)s->samples.label[i]};
  }
  return n;
}

/* Accuracy at each coverage, and the area under the risk-coverage curve: the mean over k of the
 * share of wrong ones among the k surest. Source: Geifman & El-Yaniv 2017. accuracy: (STEPS)
 * values, stride apart, since the caller keeps the seeds of one step side by side. What is not
 * known is left as the caller filled it, with NaN. Sets of labels have no single confidence. */
static enum fray_status measure(struct fray_rep_results *r, size_t trial,
                                const struct fray_rep_address *at, double *accuracy, size_t stride,
                                double *area, struct fray_err *err) {
  struct fray_arena *work = fray_rep_store_work(r);
  struct fray_scored scored;
  struct answer *answer;
  double *right, risk = 0;
  bool known;
  FRAY_TRY(fray_rep_scored_answers(r, trial, at, work, &scored, &known, err));
  if (!known || scored.multi_label)
    return FRAY_OK;
  FRAY_ALLOC(answer, work, scored.samples.n + 1, err);
  FRAY_ALLOC(right, work, scored.samples.n + 1, err);
  size_t n = collect(&scored, answer);
  if (n == 0)
    return FRAY_OK;
  qsort(answer, n, sizeof *answer, surest_first);
  count_right(answer, n, right);
  for (size_t i = 0; i < STEPS; i++) {
    /* Rounded to the nearest number of samples, and at least one, as few samples have less than one
     * in 20. The last step is all of them. */
    size_t k = FRAY_MAX((n * (i + 1) + STEPS / 2) / STEPS, (size_t)1);
    accuracy[i * stride] = right[k - 1] / (double)k;
  }
  for (size_t k = 0; k < n; k++)
    risk += 1 - right[k] / (double)(k + 1);
  *area = risk / (double)n;
  return FRAY_OK;
}

/* The curve of one end of an axis. Its intervals are of seeds alone: which samples are the surest
 * is settled anew in each model, so the number is no sum of scores with draws of clients. Diverged
 * trainings have no confidence worth a name and are left out. */
static enum fray_status put(struct fray_rep_build *b, struct fray_rep_panel *panel,
                            const struct fray_rep_address *at, const char *label, size_t style,
                            struct fray_text *notes, struct fray_err *err) {
  struct fray_rep_results *r = b->r;
  struct fray_arena *work = fray_rep_store_work(r);
  struct fray_rep_series *series;
  size_t n = r->seeds.n;
  double *accuracy, *area; /* (STEPS, n), (n) */
  FRAY_ALLOC(accuracy, r->arena, STEPS * n, err);
  FRAY_ALLOC(area, r->arena, n, err);
  for (size_t s = 0; s < n; s++) {
    size_t t = r->trial_of[at->cell * n + s];
    /* The scores of all samples are the largest thing a report reads: one trial at a time. */
    struct fray_arena_place mark = fray_arena_mark(work);
    area[s] = NAN;
    for (size_t i = 0; i < STEPS; i++)
      accuracy[i * n + s] = NAN;
    if (t < r->n_trials && !r->trial[t].diverged)
      FRAY_TRY(measure(r, t, at, accuracy + s, n, &area[s], err));
    fray_arena_rewind(work, mark);
  }
  /* No seed has kept its scores: no curve, and no word in the caption. */
  if (isnan(fray_rep_mean(area, n)))
    return FRAY_OK;
  FRAY_TRY(fray_rep_build_series(b, panel, label, style, STEPS, &series, err));
  for (size_t i = 0; i < STEPS; i++)
    fray_rep_build_put(b, series, 100 * (double)(i + 1) / STEPS,
                       fray_rep_stat_of_values(accuracy + i * n, n, 1), NULL);
  fray_text_printf(notes, "%s%s%s%s %.1f",
                   notes->size ? "; " : "Mean risk over all shares: ", panel->title,
                   *panel->title ? ", " : "", label, 100 * fray_rep_mean(area, n));
  return FRAY_OK;
}

/* No diagonal: coverage and accuracy are not to be equal. */
static const struct fray_rep_sureness what = {
    "abstention",
    "answering only where sure",
    "share of the samples answered, the surest first, %",
    "accuracy on them, %",
    "Accuracy when the model answers only its surest samples and leaves the others to somebody "
    "else; at the right end it answers all. A flat curve means that its confidence does not tell "
    "which answers are wrong.",
    false,
    put};

static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  return fray_rep_sureness_figures(r, section, &what, out, err);
}

extern const struct fray_rep_figure_kind fray_rep_figure_abstention;
const struct fray_rep_figure_kind fray_rep_figure_abstention = {
    "abstention", "Answering only where sure",
    "Accuracy against the share of samples that the model answers, most confident first.", make,
    .needs_scores = true};
