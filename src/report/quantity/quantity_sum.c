/* Sums of scores, paired by seed and draw: what they have in common cancels. */
#include "quantities.h"

#include "fray/base/size.h"
#include "fray/tensor/vec.h"

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

/* Term by term over draws that lie side by side: of each draw the same additions in the same order
 * as above. A draw that lacks a term has the NaN of it. */
FRAY_DISPATCH
static void add_draws(const struct term *t, size_t n, double *restrict size,
                      double *restrict draw) {
  memset(size, 0, FRAY_DRAWS * sizeof *size);
  memset(draw, 0, FRAY_DRAWS * sizeof *draw);
  for (size_t i = 0; i < n; i++) {
    const double *restrict part = t[i].q->draw;
    const double weight = t[i].weight;
    for (size_t d = 0; d < FRAY_DRAWS; d++) {
      draw[d] += weight * part[d];
      size[d] += fabs(weight * part[d]);
    }
  }
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    draw[d] = fabs(draw[d]) < 1e-12 * size[d] ? 0 : draw[d];
}

/* Value, seeds and draws are each summed by themselves, in the same order of terms. The draws
 * are paired because all quantities of a study share their rows; a mean of by_seed would be the
 * same value up to rounding. */
static void add_terms(const struct fray_rep_results *r, const struct term *t, size_t n,
                      const bool *use, double *by_seed, double *size_of_draws, double *draw,
                      struct fray_rep_quantity *out) {
  for (size_t s = 0; s < r->seeds.n; s++) {
    double sum = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
      sum += t[i].weight * t[i].q->by_seed[s];
      size += fabs(t[i].weight * t[i].q->by_seed[s]);
    }
    by_seed[s] = use[s] ? settle(sum, size) : NAN;
  }
  /* The cancelled rest is settled before anything compares it with 0. */
  if (draw)
    add_draws(t, n, size_of_draws, draw);
  double sum = 0, size = 0;
  bool bounded = true;
  for (size_t i = 0; i < n; i++) {
    /* What is taken off is least where it is most. */
    const double w = t[i].weight;
    bounded = bounded && t[i].q->least < t[i].q->most;
    out->least += w * (w > 0 ? t[i].q->least : t[i].q->most);
    out->most += w * (w > 0 ? t[i].q->most : t[i].q->least);
    sum += t[i].weight * t[i].q->value;
    size += fabs(t[i].weight * t[i].q->value);
    /* The least sure of the parts says how sure the sum is. */
    out->n_clusters = i ? FRAY_MIN(out->n_clusters, t[i].q->n_clusters) : t[i].q->n_clusters;
    out->n_samples = i ? FRAY_MIN(out->n_samples, t[i].q->n_samples) : t[i].q->n_samples;
    out->n_diverged += t[i].q->n_diverged;
  }
  out->value = settle(sum, size);
  out->is_sum = true;
  if (!bounded)
    out->least = out->most = 0;
}

/* Parts with more seeds than are common are made again of the common ones; by count alone, since
 * the common ones are among those of each part. Draws exist only if all parts have them. status
 * is the first that is not "ok". */
enum fray_status fray_rep_sum(struct fray_rep_results *r, const struct fray_rep_address *at,
                              const double *weight, size_t n, struct fray_arena *arena,
                              struct fray_rep_quantity *out, struct fray_err *err) {
  struct term *term;
  bool *use;
  double *by_seed, *draw = NULL;
  *out = (struct fray_rep_quantity){.value = NAN, .chance = NAN, .status = "ok"};
  FRAY_ALLOC(term, arena, n + 1, err);
  FRAY_ALLOC(use, arena, r->seeds.n, err);
  FRAY_ALLOC(by_seed, arena, r->seeds.n, err);
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
      FRAY_ALLOC(part, arena, 1, err);
      FRAY_TRY(fray_rep_quantity_of_seeds(r, &at[i], use, arena, part, err));
      term[i].q = part;
    }
    drawn = drawn && term[i].q->draw;
    if (strcmp(out->status, "ok") == 0)
      out->status = term[i].q->status;
  }
  struct fray_arena *work = fray_rep_store_work(r);
  const struct fray_arena_place mark = fray_arena_mark(work);
  double *sizes = NULL;
  if (drawn) {
    FRAY_ALLOC(draw, arena, FRAY_DRAWS, err);
    FRAY_ALLOC(sizes, work, FRAY_DRAWS, err);
  }
  add_terms(r, term, n, use, by_seed, sizes, draw, out);
  fray_arena_rewind(work, mark);
  if (out->n_seeds == 0)
    out->value = NAN;
  out->by_seed = by_seed;
  out->draw = draw;
  return FRAY_OK;
}

/* The difference of each seed of a that b has too; false: one of them lacks a seed of the other. */
static bool pair_seeds(const struct fray_rep_results *a, const struct fray_rep_quantity *qa,
                       const struct fray_rep_results *b, const struct fray_rep_quantity *qb,
                       double *by_seed, struct fray_rep_quantity *out) {
  double sum = 0, size = 0;
  bool same = a->seeds.n == b->seeds.n;
  for (size_t i = 0; i < a->seeds.n; i++) {
    const size_t k = fray_rep_name_find(&b->seeds, a->seeds.v[i]);
    const double x = qa->by_seed[i], y = k < b->seeds.n ? qb->by_seed[k] : NAN;
    by_seed[i] = x - y;
    /* A seed that one side lacks weighs differently in its draws. */
    same = same && isnan(x) == isnan(y);
    if (isnan(by_seed[i]))
      continue;
    sum += by_seed[i];
    size += fabs(by_seed[i]); /* tells a rounding rest from a difference */
    out->n_seeds++;
  }
  if (out->n_seeds)
    out->value = settle(sum, size) / (double)out->n_seeds;
  return same;
}

/* Draws know seeds by their rank and clients by their number, so equal numbers of both are the same
 * ones in either study. */
enum fray_status fray_rep_less(const struct fray_rep_results *a, const struct fray_rep_quantity *qa,
                               const struct fray_rep_results *b, const struct fray_rep_quantity *qb,
                               struct fray_arena *arena, struct fray_rep_quantity *out,
                               struct fray_err *err) {
  double *by_seed, *draw;
  *out = (struct fray_rep_quantity){.value = NAN, .chance = NAN, .status = "ok"};
  FRAY_ALLOC(by_seed, arena, a->seeds.n + 1, err);
  const bool same = pair_seeds(a, qa, b, qb, by_seed, out);
  out->by_seed = by_seed;
  out->n_clusters = qa->n_clusters;
  out->n_samples = qa->n_samples;
  out->n_diverged = qa->n_diverged + qb->n_diverged;
  out->is_sum = true;
  if (qa->least < qa->most && qb->least < qb->most) {
    out->least = qa->least - qb->most;
    out->most = qa->most - qb->least;
  }
  if (out->n_seeds == 0)
    out->status = isnan(qa->value) ? qa->status : qb->status;
  if (!same || !qa->draw || !qb->draw) /* of seeds alone */
    return FRAY_OK;
  FRAY_ALLOC(draw, arena, FRAY_DRAWS, err);
  for (size_t i = 0; i < FRAY_DRAWS; i++)
    draw[i] = qa->draw[i] - qb->draw[i];
  out->draw = draw;
  return FRAY_OK;
}
