/* Figure: is the model as often right as it is sure? */
#include "figures.h"

#include "report/plot/sureness.h"

#include "fray/base/size.h"

#include <math.h>

/* Bins of all seeds together, and the mean of the calibration errors of the seeds. */
struct bins {
  struct fray_calibration sum;
  double error;
  size_t n_seeds;
};

/* Bins are added up over seeds, since single ones are too thin to draw; the calibration error is a
 * mean over seeds, as that of the sum would hide seeds that err to opposite sides. */
static enum fray_status add_seed(struct bins *k, struct fray_rep_results *r, size_t trial,
                                 const struct fray_rep_address *at, struct fray_err *err) {
  struct fray_arena *work = fray_rep_store_work(r);
  struct fray_arena_place mark = fray_arena_mark(work);
  struct fray_scored scored;
  struct fray_calibration own;
  const char *status;
  bool known;
  FRAY_TRY(fray_rep_scored_answers(r, trial, at, work, &scored, &known, err));
  /* What the metric needs in passing is taken from here, and rewound below. */
  scored.samples.work = work;
  if (known && fray_calibrate(&scored, &own, &status)) {
    for (size_t b = 0; b < FRAY_CALIBRATION_BINS; b++) {
      k->sum.n[b] += own.n[b];
      k->sum.right[b] += own.right[b];
      k->sum.confidence[b] += own.confidence[b];
    }
    k->error += fray_metric_value(fray_choice_find(&fray_metrics, "ece"), &scored, &status);
    k->n_seeds++;
  }
  fray_arena_rewind(work, mark);
  return FRAY_OK;
}

/* Empty bins have no point. There are no intervals: answers of one bin are of other samples in each
 * seed. x is the mean confidence of the bin, not its middle, or a calibrated model would lie beside
 * the diagonal. */
static enum fray_status put(struct fray_rep_build *b, struct fray_rep_panel *panel,
                            const struct fray_rep_address *at, const char *label, size_t style,
                            struct fray_text *notes, struct fray_err *err) {
  struct fray_rep_results *r = b->r;
  struct bins k = {0};
  struct fray_rep_series *series;
  for (size_t s = 0; s < r->seeds.n; s++) {
    size_t t = r->trial_of[at->cell * r->seeds.n + s];
    if (t < r->n_trials && !r->trial[t].diverged)
      FRAY_TRY(add_seed(&k, r, t, at, err));
  }
  if (k.n_seeds == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_build_series(b, panel, label, style, FRAY_CALIBRATION_BINS, &series, err));
  for (size_t i = 0; i < FRAY_CALIBRATION_BINS; i++) {
    double n = (double)k.sum.n[i];
    if (k.sum.n[i] == 0)
      continue;
    series->point[series->n++] = (struct fray_rep_point){.x = 100 * k.sum.confidence[i] / n,
                                                         .y = 100 * (double)k.sum.right[i] / n,
                                                         .low = NAN,
                                                         .high = NAN,
                                                         .realised = NAN,
                                                         .n = k.n_seeds};
    b->n_points++;
  }
  fray_text_printf(notes, "%s%s%s%s %.1f",
                   notes->size ? "; " : "Calibration error in points: ", panel->title,
                   *panel->title ? ", " : "", label, 100 * k.error / (double)k.n_seeds);
  return FRAY_OK;
}

static const struct fray_rep_sureness what = {
    "reliability",
    "right as often as sure?",
    "confidence, %",
    "answers that are right, %",
    "Answers in 15 bins of their confidence, all seeds together: below the diagonal the model is "
    "surer than it is right. Bins of few answers jump, and a model can be calibrated and yet "
    "useless.",
    true,
    put};

static enum fray_status make(struct fray_rep_results *r, size_t section,
                             struct fray_rep_figures *out, struct fray_err *err) {
  return fray_rep_sureness_figures(r, section, &what, out, err);
}

extern const struct fray_rep_figure_kind fray_rep_figure_reliability;
const struct fray_rep_figure_kind fray_rep_figure_reliability = {
    .key = "reliability",
    .heading = "Sure and right",
    .meaning =
        "How often answers are right against how sure the model was, without damage and under it.",
    .make = make,
    .needs_scores = true,
};
