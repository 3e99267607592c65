/* Sums of scores, paired by seed and draw: what they have in common cancels. */
#include "quantities.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Parts that cancel leave rounding errors, which are no difference. */
static double settle(double sum, double size) {
  return fabs(sum) < 1e-12 * size ? 0 : sum;
}

struct term {
  const struct fray_rep_quantity *q;
  double weight;
};

/* Value, seeds and draws are each summed by themselves, in the same order of terms. The draws
 * are paired because all quantities of a study share their rows; a mean of by_seed would be the
 * same value up to rounding. */
static void add_terms(const struct fray_rep_results *r, const struct term *t, size_t n,
                      const bool *use, double *by_seed, double *draw,
                      struct fray_rep_quantity *out) {
  for (size_t s = 0; s < r->seeds.n; s++) {
    double sum = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
      sum += t[i].weight * t[i].q->by_seed[s];
      size += fabs(t[i].weight * t[i].q->by_seed[s]);
    }
    by_seed[s] = use[s] ? settle(sum, size) : NAN;
  }
  if (draw)
    for (size_t d = 0; d < FRAY_DRAWS; d++) {
      double sum = 0, size = 0;
      for (size_t i = 0; i < n; i++) {
        sum += t[i].weight * t[i].q->draw[d];
        size += fabs(t[i].weight * t[i].q->draw[d]);
      }
      /* The cancelled rest is settled before anything compares it with 0. */
      draw[d] = isnan(sum) ? NAN : settle(sum, size);
    }
  double sum = 0, size = 0;
  for (size_t i = 0; i < n; i++) {
    sum += t[i].weight * t[i].q->value;
    size += fabs(t[i].weight * t[i].q->value);
    /* The least sure of the parts says how sure the sum is. */
    out->n_clusters = i ? FRAY_MIN(out->n_clusters, t[i].q->n_clusters) : t[i].q->n_clusters;
    out->n_samples = i ? FRAY_MIN(out->n_samples, t[i].q->n_samples) : t[i].q->n_samples;
    out->n_diverged += t[i].q->n_diverged;
  }
  out->value = settle(sum, size);
}

/* Parts with more seeds than are common are made again of the common ones; by count alone, since
 * the common ones are among those of each part. Draws exist only if all parts have them. status
 * is the first that is not "ok". */
enum fray_status fray_rep_sum(struct fray_rep_results *r, const struct fray_rep_address *at,
                              const double *weight, size_t n, struct fray_rep_quantity *out,
                              struct fray_err *err) {
  struct term *term;
  bool *use;
  double *by_seed, *draw = NULL;
  *out = (struct fray_rep_quantity){.value = NAN, .chance = NAN, .status = "ok"};
  FRAY_ALLOC(term, r->arena, n + 1, err);
  FRAY_ALLOC(use, r->arena, r->seeds.n, err);
  FRAY_ALLOC(by_seed, r->arena, r->seeds.n, err);
  for (size_t s = 0; s < r->seeds.n; s++)
    use[s] = true;
  for (size_t i = 0; i < n; i++) {
    term[i].weight = weight[i];
    FRAY_TRY(fray_rep_find_quantity(r, &at[i], &term[i].q, err));
    for (size_t s = 0; s < r->seeds.n; s++)
      /* A seed counts if all of them have it: else means of different seeds would be compared. */
      use[s] = use[s] && !isnan(term[i].q->by_seed[s]);
  }
  for (size_t s = 0; s < r->seeds.n; s++)
    out->n_seeds += use[s];
  bool drawn = out->n_seeds > 0;
  for (size_t i = 0; i < n; i++) {
    if (term[i].q->n_seeds != out->n_seeds) { /* only the seeds that all of them have */
      struct fray_rep_quantity *part;
      FRAY_ALLOC(part, r->arena, 1, err);
      FRAY_TRY(fray_rep_quantity_of_seeds(r, &at[i], use, r->arena, part, err));
      term[i].q = part;
    }
    drawn = drawn && term[i].q->draw;
    if (strcmp(out->status, "ok") == 0)
      out->status = term[i].q->status;
  }
  if (drawn)
    FRAY_ALLOC(draw, r->arena, FRAY_DRAWS, err);
  add_terms(r, term, n, use, by_seed, draw, out);
  if (out->n_seeds == 0)
    out->value = NAN;
  out->by_seed = by_seed;
  out->draw = draw;
  return FRAY_OK;
}
