/* Mimic: all attackers send what one honest client sends, so that it counts for many. */
#include "fray/fed/attack.h"

#include <math.h>

struct params {
  int adaptive;
  int64_t whom;
};
enum { FIXED, ADAPTIVE };
static const char *const names[] = {"fixed", "adaptive", NULL};
static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "choose", struct params, adaptive, .names = names, .def_text = "adaptive",
               .help = "fixed: the honest client at place `whom` of the round; adaptive: the one "
                       "farthest along the direction in which honest updates differ most over the "
                       "rounds"),
    FRAY_FIELD(INT, "whom", struct params, whom, .def = 0, .min = 0, .max = 1000000,
               .help = "with choose: fixed, from 0, counted round if fewer came"),
};
static FRAY_TABLE(table, "mimic", struct params, fields, .help = "");

enum { MEAN, Z, VECTORS }; /* running mean of honest updates; the direction */

/* Where it is told whom, nothing has to be learnt. */
static size_t vectors(const void *params) {
  return ((const struct params *)params)->adaptive == ADAPTIVE ? VECTORS : 0;
}

/* x . y of two mixes of the rows. */
static double product(const struct fray_joint_attack *of, const double *x, const double *y) {
  double sum = 0;
  for (size_t k = 0; k < of->width; k++)
    for (size_t l = 0; l < of->width; l++)
      sum += x[k] * y[l] * of->gram[k * of->width + l];
  return sum;
}

static void to_length_one(const struct fray_joint_attack *of, double *x) {
  const double length2 = product(of, x, x);
  for (size_t k = 0; k < of->width; k++)
    x[k] = length2 > 0 ? x[k] / sqrt(length2) : 0;
}

/* Oja's rule. With t = round - 1: mean <- (t mean + this round's mean) / (1 + t), v_i = x_i - mean,
 * s = sum v_i (v_i . z), z <- (t z + s / |s|) / (1 + t), at length 1. Where there is no z yet, it
 * is what the first honest update differs by from the mean: any start will do that is not at a
 * right angle to all. new: mean and z, mixes of the rows; scratch (2 width). */
static void learn(const struct fray_joint_attack *of, size_t round, double *new, double *scratch) {
  const size_t honest = of->n - of->f, w = of->width, old = honest + Z;
  const double t = (double)(round - 1);
  double *mean = new + MEAN *w, *z = new + Z *w, *before = scratch, *v = scratch + w;
  for (size_t i = 0; i < honest; i++)
    mean[i] = 1 / (double)honest / (1 + t);
  mean[honest + MEAN] = t / (1 + t);
  for (size_t k = 0; k < w; k++) {
    const bool is_there = of->gram[old * w + old] > 0;
    before[k] = is_there ? k == old : (k == 0) - mean[k];
  }
  for (size_t i = 0; i < honest; i++) {
    for (size_t k = 0; k < w; k++)
      v[k] = (k == i) - mean[k];
    const double along = product(of, v, before);
    for (size_t k = 0; k < w; k++)
      z[k] += along * v[k];
  }
  to_length_one(of, z);
  for (size_t k = 0; k < w; k++)
    z[k] = (t * before[k] + z[k]) / (1 + t);
  to_length_one(of, z);
}

/* Adaptive: the one farthest along the new z, the first of equals; of the direction alone, so the
 * same client mostly, round after round, if it is there. */
static enum fray_status mix(const void *params, const struct fray_joint_attack *of, size_t round,
                            double *weight, double *new, struct fray_arena *scratch,
                            struct fray_err *err) {
  const struct params *p = params;
  const size_t honest = of->n - of->f, w = of->width;
  size_t whom = (size_t)p->whom % honest;
  double *room, farthest = -INFINITY;
  FRAY_ALLOC_ZERO(room, scratch, 2 * w, err);
  if (p->adaptive == ADAPTIVE)
    learn(of, round, new, room);
  for (size_t i = 0; i < honest && p->adaptive == ADAPTIVE; i++) {
    double along = 0;
    for (size_t k = 0; k < w; k++)
      along += new[Z * w + k] * of->gram[i * w + k];
    whom = along > farthest ? i : whom;
    farthest = fmax(farthest, along);
  }
  weight[whom] = 1;
  return FRAY_OK;
}

static const struct fray_attack_ops ops = {.form = FRAY_ATTACK_MIX, .vectors = vectors, .mix = mix};

extern const struct fray_choice fray_attack_mimic;
const struct fray_choice fray_attack_mimic = {
    .name = "mimic",
    .meaning = "all attackers send the update of one honest client: no rule can tell them from it, "
               "and data that differ are counted out; they know all honest updates of the round",
    .source = "Karimireddy et al. 2022, arXiv 2006.09365, section 3.2 and appendix",
    .table = &table,
    .impl = &ops,
};
