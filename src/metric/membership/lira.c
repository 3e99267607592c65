/* The likelihood ratio attack (LiRA, Carlini et al. 2022, arXiv 2112.03570), leave one out.
 *
 * A sample that is always answered well says little; one that is answered better where it was
 * trained on gives itself away. So each sample is held against its own shadows. */
#include "fray/metric/membership.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>

/* The largest of the others is taken out of the sum, so that nothing overflows and nothing cancels:
 * 1 - p of a sure answer would be 0. */
double fray_log_odds(size_t classes, const double *logits, size_t label) {
  double most = -INFINITY, sum = 0;
  for (size_t c = 0; c < classes; c++) {
    if (!isfinite(logits[c]))
      return NAN;
    if (c != label)
      most = fmax(most, logits[c]);
  }
  for (size_t c = 0; c < classes; c++)
    if (c != label)
      sum += exp(logits[c] - most);
  return logits[label] - most - log(sum);
}

static double half_square(double x, double centre, double s) {
  const double z = (x - centre) / s;
  return 0.5 * z * z;
}

double fray_lira_online(double phi, const struct fray_lira_fit *fit) {
  return half_square(phi, fit->out, fit->s_out) - half_square(phi, fit->in, fit->s_in) +
         log(fit->s_out) - log(fit->s_in);
}

double fray_lira_offline(double phi, const struct fray_lira_fit *fit) {
  return (phi - fit->out) / fit->s_out;
}

static int by_value(const void *left, const void *right) {
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double mean(size_t n, const double *value) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += value[i];
  return sum / (double)n;
}

double fray_lira_centre(int centre, size_t n, double *value) {
  if (n == 0)
    return NAN;
  if (centre == FRAY_CENTRE_MEAN)
    return mean(n, value);
  qsort(value, n, sizeof *value, by_value);
  return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

static double squares(size_t n, const double *value) {
  const double middle = n ? mean(n, value) : 0;
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (value[i] - middle) * (value[i] - middle);
  return sum;
}

double fray_lira_deviation(size_t n, const double *value) {
  return n ? sqrt(squares(n, value) / (double)n) : NAN;
}

/* Of the samples together: distances to their own means, so that how sure a model is of one or the
 * other does not count as spread. */
struct pool {
  double squares;
  size_t freedom;
};

static void put(struct pool *pool, size_t n, const double *value) {
  pool->squares += squares(n, value);
  pool->freedom += n > 1 ? n - 1 : 0;
}

static double spread(const struct pool *pool) {
  return pool->freedom ? sqrt(pool->squares / (double)pool->freedom) : NAN;
}

/* What the shadows of a sample said: where it was in (1), and where out (0). */
struct seen {
  size_t n[2];
  double *value[2]; /* (trials) */
};

static void look(const struct fray_shadows *shadows, size_t target, size_t sample,
                 struct seen *seen) {
  seen->n[0] = seen->n[1] = 0;
  for (size_t t = 0; t < shadows->trials; t++) {
    const size_t at = t * shadows->samples + sample;
    const int in = shadows->member[at] != 0;
    /* The model that is attacked is no shadow of itself: it would know the answer. */
    if (t != target && isfinite(shadows->phi[at]))
      seen->value[in][seen->n[in]++] = (double)shadows->phi[at];
  }
}

/* One shadow has no deviation of its own. The authors' code adds as little to each, so that equal
 * answers of all shadows divide by something. */
static double own_deviation(size_t n, const double *value) {
  return n > 1 ? fray_lira_deviation(n, value) + 1e-30 : NAN;
}

enum fray_status fray_lira_scores(const struct fray_membership_config *config,
                                  const struct fray_shadows *shadows, size_t target, bool online,
                                  struct fray_arena *arena, double *score, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(arena);
  const bool pooled = config->deviation == FRAY_DEVIATION_POOLED;
  struct pool pool[2] = {{0}};
  struct seen seen;
  struct fray_lira_fit *fit;
  FRAY_ALLOC(seen.value[0], arena, shadows->trials + 1, err);
  FRAY_ALLOC(seen.value[1], arena, shadows->trials + 1, err);
  FRAY_ALLOC(fit, arena, shadows->samples + 1, err);
  for (size_t i = 0; i < shadows->samples; i++) {
    look(shadows, target, i, &seen);
    for (int in = 0; pooled && in < 2; in++)
      put(&pool[in], seen.n[in], seen.value[in]);
    fit[i] = (struct fray_lira_fit){.s_in = own_deviation(seen.n[1], seen.value[1]),
                                    .s_out = own_deviation(seen.n[0], seen.value[0])};
    /* Last, since medians sort. */
    fit[i].in = fray_lira_centre(config->centre, seen.n[1], seen.value[1]);
    fit[i].out = fray_lira_centre(config->centre, seen.n[0], seen.value[0]);
  }
  for (size_t i = 0; i < shadows->samples; i++) {
    const double phi = (double)shadows->phi[target * shadows->samples + i];
    if (pooled) {
      fit[i].s_in = spread(&pool[1]) + 1e-30;
      fit[i].s_out = spread(&pool[0]) + 1e-30;
    }
    /* What a sample lacks is NaN in its fit, and so is its score. */
    score[i] = online ? fray_lira_online(phi, &fit[i]) : fray_lira_offline(phi, &fit[i]);
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}
