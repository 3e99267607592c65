/* MOON: a client's representations are drawn to those of the received model, away from those of
 * its own last one. */
#include "fed/step/server_step.h"
#include "fray/fed/federation.h"
#include "fray/tensor/vec.h"

#include <math.h>

struct params {
  double mu, temperature;
  int keep;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "mu", struct params, mu, .def = 1, .min = 0, .max = 1000,
               .help = "weight of the contrast; 0 is fedavg; the paper has 1 to 10"),
    FRAY_FIELD(REAL, "temperature", struct params, temperature, .def = 0.5, .min = 1e-3, .max = 100,
               .help = "divides the cosines before they are compared"),
    FRAY_KEEP_FIELD(struct params, keep),
};
static FRAY_TABLE(table, "moon", struct params, fields, .help = "");

/* A client's model after its last participation. */
enum { PREVIOUS = 0 };

/* Set where the contrast counts: not in a client's first participation, which has no model before
 * it. */
static enum fray_status begin(const void *params, struct fray_visit *visit, struct fray_err *err) {
  (void)err;
  visit->own = ((const struct params *)params)->mu > 0 && visit->came ? visit : NULL;
  return FRAY_OK;
}

/* Products of a sample's representation with itself and others, and of these with themselves. */
struct products {
  double own, global, previous, with_global, with_previous;
};

/* In double and in order: cosines are differences of large sums when vectors point alike. All five
 * at once, as each addition waits for the one before it. */
static struct products multiply(size_t n, const float *z, const float *global,
                                const float *previous) {
  struct products s = {0};
  for (size_t i = 0; i < n; i++) {
    const double x = (double)z[i], g = (double)global[i], q = (double)previous[i];
    s.own += x * x;
    s.global += g * g;
    s.previous += q * q;
    s.with_global += x * g;
    s.with_previous += x * q;
  }
  return s;
}

/* Product of two lengths. A vector of zeros has no direction: cosine 0, as PyTorch's with its 1e-8.
 */
static double lengths(double square, double other) {
  return fmax(sqrt(square * other), 1e-8);
}

/* d += a x d cos(z, to) / d z */
static FRAY_DISPATCH void add_slope(size_t n, const float *restrict z, const float *restrict to,
                                    double product, double square, double cos, double a,
                                    float *restrict d) {
  for (size_t i = 0; i < n; i++)
    d[i] += (float)(a * ((double)to[i] / product - cos * (double)z[i] / square));
}

/* -log(e^(g/T) / (e^(g/T) + e^(p/T))) of one sample, times a share of mu, and its slope. */
static double contrast(const struct params *p, size_t n, const float *z, const float *global,
                       const float *previous, double share, float *d) {
  /* Products of z with itself serve both cosines and both slopes. */
  const struct products s = multiply(n, z, global, previous);
  const double of_global = lengths(s.own, s.global), of_previous = lengths(s.own, s.previous);
  const double g = s.with_global / of_global, q = s.with_previous / of_previous;
  const double behind = (q - g) / p->temperature, square = fmax(s.own, 1e-16);
  /* log(1 + e^behind) without overflow; its slope is the share of `previous`. */
  const double loss = fmax(behind, 0) + log1p(exp(-fabs(behind)));
  const double wrong = 1 / (1 + exp(-behind));
  const double a = share * wrong / p->temperature;
  add_slope(n, z, global, of_global, square, g, -a, d);
  add_slope(n, z, previous, of_previous, square, q, a, d);
  return share * loss;
}

/* What other weights make of the batch, without dropout. Memory of the step. */
static enum fray_status represent(struct fray_visit *visit, const struct fray_batch *batch,
                                  const float *w, struct fray_forward *out, struct fray_err *err) {
  const struct fray_pass pass = {
      .w = w, .arena = fray_visit_arena(visit), .flops = &visit->trainer->flops};
  return fray_model_forward(visit->trainer->model, batch, &pass, out, err);
}

/* Adds to what the scenario's loss left: the classes are learnt as ever. */
static enum fray_status objective(const void *params, struct fray_visit *visit,
                                  const struct fray_batch *batch,
                                  const struct fray_forward *forward, double *loss, float *dlogits,
                                  float *dfused, struct fray_err *err) {
  const struct params *p = params;
  const size_t width = forward->width;
  struct fray_forward global, previous;
  (void)dlogits; /* the contrast is of what lies below them */
  if (!visit->own)
    return FRAY_OK;
  FRAY_TRY(represent(visit, batch, visit->global, &global, err));
  FRAY_TRY(represent(visit, batch, visit->kept[PREVIOUS], &previous, err));
  for (size_t i = 0; i < forward->n; i++)
    *loss += contrast(p, width, forward->fused + i * width, global.fused + i * width,
                      previous.fused + i * width, p->mu / (double)forward->n, dfused + i * width);
  return FRAY_OK;
}

/* The whole model, not its head alone: all of it makes the representation of next time. */
static enum fray_status end(const void *params, struct fray_visit *visit, struct fray_err *err) {
  (void)params, (void)err;
  for (size_t i = 0; i < visit->total; i++)
    visit->kept[PREVIOUS][i] = visit->w[i];
  return FRAY_OK;
}

/* As fedavg: the contrast happens with the clients. */
static const struct fray_algorithm_ops ops = {
    .formula = "clients: loss + mu mean of -log(e^(s_g/T) / (e^(s_g/T) + e^(s_p/T))), s_g and s_p "
               "the cosines of z with the z of w and of the client's last model, z what the head "
               "sees; no term at first; the server as fedavg",
    .use = "deep encoders and uneven labels, clients that come again and again",
    .avoid = "a model without a representation that it learns (refused); clients seen once; three "
             "forward passes for one, and a model of state for each client",
    .client_vectors = 1,
    .keep = offsetof(struct params, keep),
    .needs_representation = true,
    .begin = begin,
    .objective = objective,
    .end = end,
    .touches = {.visit = 2, .cosines = 2},
    .step = fray_whole_step};

extern const struct fray_choice fray_algorithm_moon;
const struct fray_choice fray_algorithm_moon = {
    .name = "moon",
    .meaning = "model contrast: a client's representations are drawn to those of the received "
               "model and away from those of its own last model",
    .source = "Li et al. 2021, arXiv 2103.16257, Alg. 1; z is what the head sees",
    .table = &table,
    .impl = &ops,
};
