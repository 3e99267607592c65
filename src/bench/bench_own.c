/* What an algorithm computes beyond fedavg, done by itself: the part of its round that is its own
 * and not the engine's. Counted from what its entry says and from the operations that its training
 * reported; no method is known here.
 *
 * Vectors are of the model's length and as many as a round of the method has, so that they lie in
 * about the same caches; but loops come one after the other, without a training between them, so
 * that none is exactly as fast here as there. */
#include "bench_own.h"

#include "fray/base/size.h"
#include "fray/fed/client.h"
#include "fray/fed/exact.h"
#include "fray/fed/sample_choice.h"
#include "fray/nn/loss.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

/* Of each client: what goes up, and old and new state, at least one of each. */
enum { UP, OLD, NEW, MINE };

static float *vector_of(const struct bench_own *o, size_t client, size_t k) {
  return o->mine[client * MINE + k];
}

/* x is read and written, the others are read: five, four, three and two touches. */
static FRAY_DISPATCH void touch_five(size_t n, float a, const float *restrict y,
                                     const float *restrict z, const float *restrict u,
                                     float *restrict x) {
  for (size_t i = 0; i < n; i++)
    x[i] += a * ((y[i] - z[i]) + u[i]);
}
static FRAY_DISPATCH void touch_four(size_t n, float a, const float *restrict y,
                                     const float *restrict z, float *restrict x) {
  for (size_t i = 0; i < n; i++)
    x[i] += a * (y[i] - z[i]);
}

/* v (4): the first is written. One touch is a sum over a vector. */
static void touch(const struct bench_own *o, unsigned times, float *const *v) {
  const float a = 1e-3f;
  for (; times > 5; times -= 5)
    touch_five(o->total, a, v[1], v[2], v[3], v[0]);
  if (times == 5)
    touch_five(o->total, a, v[1], v[2], v[3], v[0]);
  else if (times == 4)
    touch_four(o->total, a, v[1], v[2], v[0]);
  else if (times == 3)
    fray_vec_axpy(o->total, a, v[1], v[0]);
  else if (times == 2)
    fray_vec_scale(o->total, 0.999f, v[0]);
  else if (times == 1)
    *v[3] = (float)fray_vec_norm2(o->total, v[0]) * 1e-9f; /* kept, so that it is computed */
}

/* What the slope of a cosine adds to d (n), as any method's: compiled for the widest vectors. */
static FRAY_DISPATCH void slope(size_t n, const float *restrict x, const float *restrict y,
                                double product, double square, double cosine, float *restrict d) {
  for (size_t i = 0; i < n; i++)
    d[i] += (float)(1e-3 * ((double)y[i] / product - cosine * (double)x[i] / square));
}

/* Two vectors compared, in double and in order: three sums side by side, then the slope. */
static void compare(size_t n, const float *x, const float *y, float *d) {
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < n; i++) {
    xx += (double)x[i] * (double)x[i];
    yy += (double)y[i] * (double)y[i];
    xy += (double)x[i] * (double)y[i];
  }
  const double product = fmax(sqrt(xx * yy), 1e-8);
  slope(n, x, y, product, fmax(xx, 1e-16), xy / product, d);
}

/* What hooks do with the answers of a batch, beside passes and vectors of the model's length. */
static void look_at_answers(const struct bench_own *o) {
  const struct fray_forward *f = &o->answers;
  for (unsigned k = 0; k < o->ops->touches.losses; k++)
    fray_classify(f->n, f->classes, f->logits, o->batch.label, o->nll, NULL);
  for (unsigned k = 0; k < o->ops->touches.cosines; k++)
    for (size_t i = 0; i < f->n; i++)
      compare(f->width, f->fused + i * f->width, f->fused + (i + 1) % f->n * f->width,
              o->slope + i * f->width);
}

/* A method that is fedavg but for numbers has nothing that could be done by itself. */
bool bench_own_is_some(const struct bench_own *o) {
  const struct fray_algorithm_ops *ops = o->ops;
  return ops->touches.neighbours || ops->touches.losses || ops->touches.cosines ||
         o->passes + o->trainings > 0 || ops->touches.step || ops->touches.visit ||
         ops->touches.server || ops->up || ops->client_vectors;
}

/* Forward passes over one batch, as many as have the operations that are left. */
static enum fray_status load(struct bench_own *o, struct fray_err *err) {
  const struct bench_own_plan *p = &o->plan;
  struct fray_samples few = fray_client_of(p->clients, 0).data;
  few.n = few.n_labelled = FRAY_MIN((size_t)p->training->local.batch, few.n_labelled);
  FRAY_TRY(fray_batch_load(p->features, p->n_modalities, &few, &o->arena, &o->batch, err));
  double flops = 0;
  const struct fray_pass pass = {.w = o->trainer.w, .arena = &o->arena, .flops = &flops};
  FRAY_TRY(fray_model_forward(p->model, &o->batch, &pass, &o->answers, err));
  FRAY_ALLOC(o->nll, &o->arena, o->answers.n, err);
  const size_t all = p->clients->n_labelled[0], classes = o->answers.classes;
  FRAY_ALLOC(o->point, &o->arena, all * classes, err);
  FRAY_ALLOC(o->near, &o->arena, all + o->ops->touches.neighbours, err);
  /* Points that differ, as answers do: weights with a slope are enough. */
  for (size_t i = 0; i < all * classes; i++)
    o->point[i] = (double)o->trainer.w[i % o->total] + 1e-3 * (double)(i % 61);
  FRAY_ALLOC_ZERO(o->slope, &o->arena, o->answers.n * o->answers.width, err);
  o->trainings = o->ops->trains_twice ? p->more / (p->flops * (double)p->visits) : 0;
  o->passes = o->ops->trains_twice ? 0 : p->more / (flops * (double)p->visits);
  return FRAY_OK;
}

enum fray_status bench_own_start(const struct bench_own_plan *plan, struct bench_own *o,
                                 struct fray_err *err) {
  *o = (struct bench_own){.plan = *plan, .ops = fray_algorithm_of(&plan->training->server)};
  const struct fray_param_table *params = fray_model_params(plan->model);
  const size_t n = plan->clients->n;
  o->total = params->total;
  FRAY_TRY(fray_trainer_start(&o->trainer, plan->model, plan->features, plan->n_modalities,
                              &plan->training->local, err));
  for (size_t k = 0; k < FRAY_COUNT(o->shared); k++)
    FRAY_ALLOC_ZERO(o->shared[k], &o->arena, o->total, err);
  FRAY_ALLOC(o->mine, &o->arena, n * MINE, err);
  FRAY_ALLOC(o->weight, &o->arena, n, err);
  for (size_t k = 0; k < n * MINE; k++)
    FRAY_ALLOC_ZERO(o->mine[k], &o->arena, o->total, err);
  /* Weights like any: sums of zeros alone would be none. */
  for (size_t c = 0; c < n; c++) {
    o->weight[c] = 1 / (double)n;
    fray_param_init(params, c + 1, vector_of(o, c, UP));
  }
  fray_param_init(params, 1, o->shared[0]);
  memcpy(o->trainer.w, o->shared[0], o->total * sizeof *o->trainer.w);
  return load(o, err);
}

void bench_own_end(struct bench_own *o) {
  fray_trainer_end(&o->trainer);
  fray_arena_free(&o->arena);
  fray_arena_free(&o->pass);
}

/* Whole ones: what is due of a part comes with a later visit. */
static enum fray_status pass_through(struct bench_own *o, size_t client, double *passes,
                                     double *trainings, struct fray_err *err) {
  const struct fray_client of = fray_client_of(o->plan.clients, client);
  struct fray_client_result result;
  for (; *trainings >= 1; *trainings -= 1)
    FRAY_TRY(fray_client_train(&o->trainer, o->shared[0], &of, 1, 1, NULL,
                               vector_of(o, client, NEW), &result, err));
  for (; *passes >= 1; *passes -= 1) {
    const struct fray_pass pass = {.w = o->trainer.w, .arena = &o->pass};
    struct fray_forward forward;
    fray_arena_reset(&o->pass);
    FRAY_TRY(fray_model_forward(o->plan.model, &o->batch, &pass, &forward, err));
  }
  return FRAY_OK;
}

/* The loops of one client's visit, of a model and states that are its own. */
static void visit(struct bench_own *o, size_t client) {
  const struct fray_algorithm_ops *ops = o->ops;
  const size_t steps =
      fray_visit_steps(&o->plan.training->local, o->plan.clients->n_labelled[client], 1);
  /* One of the client's own only where the method keeps some: others are warm from step to step. */
  float *const in_step[] = {o->trainer.grad, o->shared[1],
                            ops->client_vectors ? vector_of(o, client, OLD) : o->trainer.w,
                            o->shared[2]};
  float *const in_visit[] = {vector_of(o, client, NEW), o->shared[1], vector_of(o, client, UP),
                             o->shared[2]};
  /* As often as the client steps, over vectors that are its own and such as all share. */
  for (size_t s = 0; s < steps; s++) {
    touch(o, ops->touches.step, in_step);
    look_at_answers(o);
  }
  touch(o, ops->touches.visit, in_visit);
  if (ops->touches.neighbours)
    fray_local_dimensions(o->plan.clients->n_labelled[0], o->answers.classes, o->point,
                          ops->touches.neighbours, o->near, o->near + ops->touches.neighbours);
  for (unsigned k = 0; k < ops->client_vectors; k++)
    memcpy(vector_of(o, client, OLD), vector_of(o, client, NEW), o->total * sizeof **o->mine);
}

/* Clients first, then the server: the exact sum reads again what the visits left. */
enum fray_status bench_own_work(void *user, struct fray_err *err) {
  struct bench_own *o = user;
  const size_t n = o->plan.clients->n;
  const float *up[64];
  double passes = 0, trainings = 0;
  for (size_t v = 0; v < o->plan.visits; v++, passes += o->passes, trainings += o->trainings) {
    FRAY_TRY(pass_through(o, v % n, &passes, &trainings, err));
    visit(o, v % n);
  }
  for (size_t r = 0; r < o->plan.rounds; r++) {
    float *const at_server[] = {o->shared[3], o->shared[2], o->shared[1], o->shared[0]};
    size_t mine = 0;
    for (; mine < FRAY_MIN(n, FRAY_COUNT(up)); mine++)
      up[mine] = vector_of(o, mine, UP);
    for (unsigned k = 0; k < o->ops->up; k++)
      FRAY_TRY(fray_exact_sum(o->plan.comm, o->total, mine, up, o->weight, mine, &o->arena,
                              o->shared[2], err));
    touch(o, o->ops->touches.server, at_server);
  }
  return FRAY_OK;
}
