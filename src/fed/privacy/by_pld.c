/* Accounting by the distribution of the privacy loss: what one round may give away, put on a grid
 * from above, and composed over all rounds. */
#include "fray/fed/privacy.h"

#include "fray/base/size.h"
#include "spectrum.h"

#include <math.h>

enum {
  LEAST_BITS = 15,
  MOST_BITS = 20,
  HOPELESS = 300 /* epsilons above it, in powers of e, are no privacy, and leave the doubles */
};

/* Losses of a round and of their sum: index i is i steps, from -below to `above`, and lies at place
 * i modulo the places. */
struct grid {
  unsigned bits;
  double step;
  long below, above;
  double outside; /* bound of what lies beyond it, of the sum of all rounds */
};

/* Negative indices as well: the places are a power of two. */
static size_t place_of(const struct grid *g, long i) {
  return (size_t)i & (((size_t)1 << g->bits) - 1);
}

/* P(a < X < b) of a standard normal, from the tail that both are nearer to. */
static double between(double a, double b) {
  if (!(a < b))
    return 0;
  return a + b > 0 ? (erfc(a * M_SQRT1_2) - erfc(b * M_SQRT1_2)) / 2
                   : (erfc(-b * M_SQRT1_2) - erfc(-a * M_SQRT1_2)) / 2;
}

/* Where the densities with and without the client have the log quotient l. */
static double where_of(const struct fray_mechanism *m, double l) {
  const double over = expm1(l) / m->q; /* quotient of the two Gaussians, less 1 */
  if (l > HOPELESS)
    return m->z * m->z * (l - log(m->q)) + 0.5;
  return over <= -1 ? -INFINITY : m->z * m->z * log1p(over) + 0.5;
}

/* Mass of [a, b] without the client, and with it. */
static void masses(const struct fray_mechanism *m, double a, double b, double *without,
                   double *with) {
  *without = between(a / m->z, b / m->z);
  *with = (1 - m->q) * *without + m->q * between((a - 1) / m->z, (b - 1) / m->z);
}

/* Puts the mass p of an interval on its two ends so that both p and q stay: the hockey-stick curve
 * then is right at the ends and a chord, which lies above a convex curve, between. */
static void split(const struct grid *g, unsigned which, long i, double p, double q,
                  double (*out)[2]) {
  const double low = (double)i * g->step;
  double upper = p;
  if (low < HOPELESS)
    upper = (p - q * exp(low)) / -expm1(-g->step);
  upper = fmin(fmax(upper, 0), p);
  out[place_of(g, i)][which] += p - upper;
  out[place_of(g, i + 1)][which] += upper;
}

/* One round, both ways: [0] who watches sees what comes with the client, [1] without. Loss above
 * the grid is returned as lost altogether; below it counts as the lowest. */
static void lay_out(const struct fray_mechanism *m, const struct grid *g, double (*out)[2],
                    double lost[2]) {
  double with, without;
  for (long i = -g->below; i < g->above; i++) {
    const double low = (double)i * g->step, high = (double)(i + 1) * g->step;
    masses(m, where_of(m, low), where_of(m, high), &without, &with);
    split(g, 0, i, with, without, out);
    masses(m, where_of(m, -high), where_of(m, -low), &without, &with);
    split(g, 1, i, without, with, out);
  }
  const double least = (double)-g->below * g->step, most = (double)g->above * g->step;
  masses(m, -INFINITY, where_of(m, least), &without, &with);
  out[place_of(g, -g->below)][0] += with;
  masses(m, where_of(m, -least), INFINITY, &without, &with);
  out[place_of(g, -g->below)][1] += without;
  masses(m, where_of(m, most), INFINITY, &without, &lost[0]);
  masses(m, -INFINITY, where_of(m, -most), &lost[1], &with);
}

/* The least epsilon whose delta is not above what is asked: delta(e) = sum over losses l > e of
 * p (1 - exp(e - l)), and what is lost altogether. From the highest loss down; sums of p and of
 * p exp(l_i - l), which stays in range. */
static double epsilon_of(const struct grid *g, double (*p)[2], unsigned which, double lost,
                         double delta) {
  double sum = lost, weighed = 0;
  for (long i = g->above; i >= -g->below; i--) {
    const double here = fmax(p[place_of(g, i)][which], 0); /* rounding of the transform */
    const double before = weighed;                         /* as seen from the loss above */
    weighed = before * exp(-g->step) + here;
    sum += here;
    /* Between this loss and the one above, or at 0, all terms but `here` count. */
    if (sum - weighed <= delta)
      continue;
    const double top = (double)(i + 1) * g->step;
    const double found = top + log((sum - here - delta) / before);
    return fmax(found, 0);
  }
  return 0;
}

/* Chernoff bounds from the moments that Renyi divergences are: of the sum of all rounds, less than
 * `outside` lies above high or below -low, in either direction. */
static void find_range(const struct fray_mechanism *m, double outside, double *low, double *high) {
  *low = *high = INFINITY;
  for (double alpha = 1.05; alpha < 4000; alpha *= 1.1) {
    /* Quadrature: the orders are no whole numbers. */
    const double spent = m->q < 1 ? m->rounds * fray_privacy_rdp_quadrature(m->q, m->z, alpha)
                                  : m->rounds * alpha / (2 * m->z * m->z);
    *high = fmin(*high, spent - log(outside) / (alpha - 1));
    *low = fmin(*low, ((alpha - 1) * spent - log(outside)) / alpha);
    if (spent > 4 * *high) /* higher orders cannot win any more */
      break;
  }
}

/* Steps well below what the loss of one round varies by: the chords add step^2 / 6 at most to its
 * variance. */
static struct grid make_grid(const struct fray_mechanism *m, double low, double high,
                             double outside) {
  const double spread = sqrt(fray_privacy_rdp(m->q, m->z, 2));
  struct grid g = {.bits = LEAST_BITS, .outside = outside};
  while (g.bits < MOST_BITS && (low + high) / ldexp(1, (int)g.bits) > 0.02 * spread)
    g.bits++;
  const long places = 1L << g.bits;
  g.step = (low + high) / (double)(places - 4);
  g.below = (long)ceil(low / g.step) + 1;
  g.above = places - 1 - g.below;
  return g;
}

/* Losses of rounds are independent of one another given what was released before, so that of all is
 * their sum, and its distribution a power of the transform. */
enum fray_status fray_privacy_by_pld(const struct fray_mechanism *m, struct fray_arena *scratch,
                                     double *epsilon, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  double(*p)[2], lost[2], low, high;
  const double renyi = fray_privacy_by_rdp(m, false), outside = 1e-6 * m->delta;
  *epsilon = renyi;
  if (m->z <= 0 || renyi > HOPELESS)
    return FRAY_OK;
  find_range(m, outside, &low, &high);
  const struct grid g = make_grid(m, low, high, outside);
  FRAY_ALLOC_ZERO(p, scratch, (size_t)1 << g.bits, err);
  lay_out(m, &g, p, lost);
  const enum fray_status status = fray_compose(p, g.bits, m->rounds, scratch, err);
  if (status == FRAY_OK) {
    *epsilon = 0;
    for (unsigned k = 0; k < 2; k++) {
      /* What wrapped round was counted at the other end: it counts as lost. */
      const double gone = -expm1(m->rounds * log1p(-lost[k])) + g.outside;
      *epsilon = fmax(*epsilon, epsilon_of(&g, p, k, gone, m->delta));
    }
  }
  fray_arena_rewind(scratch, mark);
  return status;
}

/* delta of a Gaussian of that distance: Phi(mu/2 - e/mu) - exp(e) Phi(-mu/2 - e/mu). */
static double gaussian_delta(double mu, double epsilon) {
  const double a = mu / 2 - epsilon / mu, b = -mu / 2 - epsilon / mu;
  /* The product in logarithms, as exp(e) may overflow where Phi is 0. */
  const double tail = erfc(-b * M_SQRT1_2) / 2;
  return erfc(-a * M_SQRT1_2) / 2 - (tail > 0 ? exp(epsilon + log(tail)) : 0);
}

/* T rounds of everybody are one whose noise is sqrt(T) times smaller. Halves, until the ends are
 * neighbouring numbers. */
double fray_privacy_gaussian(double z, double rounds, double delta) {
  const double mu = sqrt(rounds) / z;
  double low = 0, high = 1;
  while (gaussian_delta(mu, high) > delta && high < 1e6)
    high *= 2;
  for (int i = 0; i < 200 && low < high; i++) {
    const double middle = (low + high) / 2;
    if (gaussian_delta(mu, middle) > delta)
      low = middle;
    else
      high = middle;
  }
  return high;
}

/* Side by side, since papers differ in which they print. */
enum fray_status fray_privacy_epsilons(const struct fray_mechanism *m, struct fray_arena *scratch,
                                       struct fray_epsilons *out, struct fray_err *err) {
  out->rdp = fray_privacy_by_rdp(m, false);
  out->classic = fray_privacy_by_rdp(m, true);
  return fray_privacy_by_pld(m, scratch, &out->pld, err);
}
