/* One visit: a client trains from the model that it received, with what its algorithm adds to that.
 */
#include "batch_order.h"

#include "fray/base/size.h"
#include "fray/fed/client.h"
#include "fray/fed/missing.h"
#include "fray/nn/touched.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

/* Plain training: no hook is there, so no hook is asked for anything. */
static const struct fray_algorithm_ops none = {0};

/* Local-only training and tests bring no algorithm. */
static const struct fray_algorithm_ops *ops_of(const struct fray_visit *v) {
  return v->algorithm ? v->algorithm->choice->impl : &none;
}

static const void *params_of(const struct fray_visit *v) {
  return v->algorithm ? v->algorithm->params : NULL;
}

/* The class sets of a batch: rows order[0..n-1] of the client's. */
static enum fray_status load_sets(const struct fray_samples *data, const uint32_t *order, size_t n,
                                  size_t classes, struct fray_arena *arena, const uint8_t **out,
                                  struct fray_err *err) {
  uint8_t *labels;
  FRAY_ALLOC(labels, arena, n * classes, err);
  for (size_t i = 0; i < n; i++)
    memcpy(labels + i * classes, data->labels + order[i] * classes, classes);
  *out = labels;
  return FRAY_OK;
}

/* What copes with missing modalities may take some away in training, and only there: what is
 * measured is measured of the samples as they are. */
static bool drop_modalities(const struct fray_trainer *t, const struct fray_pass *pass, size_t n,
                            uint8_t *present) {
  const struct fray_missing_ops *ops = t->missing ? t->missing->choice->impl : NULL;
  const struct fray_missing_step step = {pass->seed, pass->who, pass->when, pass->step,
                                         t->n_modalities};
  if (!ops || !ops->drop || !pass->train)
    return false;
  ops->drop(t->missing->params, &step, n, present);
  return true;
}

/* The positions of a batch, and what is present of each, without samples that were left nothing:
 * these teach nothing. One that had nothing from the first stays, as it would without dropping. *n:
 * how many there are, and then how many stay. */
static enum fray_status choose_samples(const struct fray_trainer *t,
                                       const struct fray_samples *data,
                                       const struct fray_pass *pass, const uint32_t *order,
                                       struct fray_arena *arena, size_t *n, uint32_t **position,
                                       uint8_t **present, struct fray_err *err) {
  size_t stay = 0;
  FRAY_ALLOC(*position, arena, *n, err);
  FRAY_ALLOC(*present, arena, *n, err);
  for (size_t i = 0; i < *n; i++) {
    (*position)[i] = order[i];
    (*present)[i] = data->present[order[i]];
  }
  if (!drop_modalities(t, pass, *n, *present))
    return FRAY_OK;
  for (size_t i = 0; i < *n; i++)
    if ((*present)[i] || !data->present[order[i]]) {
      (*position)[stay] = order[i];
      (*present)[stay++] = (*present)[i];
    }
  *n = stay;
  return FRAY_OK;
}

/* How the samples of a batch are put together for the model. */
struct laid {
  bool in_place; /* as far as the model reads them so */
  size_t ahead;  /* positions of the epoch that follow in `order` */
};

/* For a step of the model's own: who looks at tokens or at other models needs samples side by side.
 */
static enum fray_status lay_batch(struct fray_trainer *t, const struct fray_samples *drawn,
                                  const struct fray_samples *data, const uint32_t *next,
                                  const struct laid *how, struct fray_batch *out,
                                  struct fray_err *err) {
  uint32_t ahead[FRAY_APART_AHEAD];
  /* As many as are at work: what lies further ahead is the next batch's to fetch. */
  const size_t n_ahead = FRAY_MIN(FRAY_MIN(how->ahead, drawn->n), (size_t)FRAY_APART_AHEAD);
  if (!how->in_place || !fray_model_reads_in_place(t->model))
    return fray_batch_load(t->features, t->n_modalities, drawn, &t->step, out, err);
  for (size_t i = 0; i < n_ahead; i++)
    ahead[i] = data->sample[next[i]];
  return fray_batch_load_in_place(t->features, drawn, ahead, n_ahead, &t->step, out, err);
}

/* The samples at positions order[0..n-1] of the client as a batch for that pass. *at: positions of
 * those that are in it, out->n; or NULL. */
static enum fray_status load_batch(struct fray_trainer *t, const struct fray_samples *data,
                                   const struct fray_pass *pass, const uint32_t *order, size_t n,
                                   const struct laid *how, const uint32_t **at,
                                   struct fray_batch *out, struct fray_err *err) {
  struct fray_arena *arena = &t->step;
  uint32_t *sample, *position;
  uint8_t *present;
  int32_t *label;
  const uint32_t *next = order + n;
  FRAY_TRY(choose_samples(t, data, pass, order, arena, &n, &position, &present, err));
  if (at)
    *at = position;
  FRAY_ALLOC(sample, arena, n, err);
  FRAY_ALLOC(label, arena, n, err);
  /* Gathered by position: what damage did to a sample stands at its place in the client's list. */
  for (size_t i = 0; i < n; i++) {
    sample[i] = data->sample[position[i]];
    label[i] = data->label[position[i]];
  }
  const struct fray_samples drawn = {.n = n,
                                     .n_labelled = n,
                                     .sample = sample,
                                     .label = label,
                                     .present = present,
                                     .signal = data->signal};
  FRAY_TRY(lay_batch(t, &drawn, data, next, how, out, err));
  if (data->labels)
    return load_sets(data, position, n, fray_model_classes(t->model), arena, &out->labels, err);
  return FRAY_OK;
}

/* Forward and backward with a loss of the algorithm's own, which begins with that of the scenario.
 */
static enum fray_status step_with_objective(struct fray_trainer *t, struct fray_visit *v,
                                            const struct fray_batch *batch,
                                            const struct fray_objective *objective,
                                            const struct fray_pass *pass, struct fray_step *out,
                                            struct fray_err *err) {
  struct fray_forward forward;
  float *dlogits, *dfused;
  FRAY_TRY(fray_model_forward(t->model, batch, pass, &forward, err));
  FRAY_ALLOC(dlogits, pass->arena, forward.n * forward.classes, err);
  /* Zeros: a hook that looks at logits alone need not know of it. */
  FRAY_ALLOC_ZERO(dfused, pass->arena, forward.n * forward.width, err);
  FRAY_TRY(fray_model_loss(objective, batch, &forward, pass->arena, &out->loss, dlogits, err));
  FRAY_TRY(
      ops_of(v)->objective(params_of(v), v, batch, &forward, &out->loss, dlogits, dfused, err));
  fray_touched_begin(pass, v->total);
  FRAY_TRY(fray_model_backward(t->model, &forward, dlogits, dfused, pass, err));
  memcpy(out->used, forward.used, t->n_modalities * sizeof *out->used);
  return FRAY_OK;
}

/* What moved the model in a step; a modality is a value, whatever its length. */
static void count_taught(const struct fray_trainer *t, const struct fray_visit *v,
                         const struct fray_batch *batch, struct fray_client_result *result) {
  for (size_t i = 0; i < batch->n; i++) {
    if (v->teaches && !v->teaches[i])
      continue;
    result->taught++;
    for (size_t m = 0; m < t->n_modalities; m++)
      result->values += batch->row[m][i] >= 0;
  }
}

/* One optimiser step on the batch at positions order[0..n-1] of the client. */
static enum fray_status train_batch(struct fray_trainer *t, struct fray_visit *v,
                                    const uint32_t *order, size_t n, size_t ahead,
                                    const struct fray_pass *pass, struct fray_client_result *result,
                                    struct fray_err *err) {
  const struct fray_algorithm_ops *ops = ops_of(v);
  const struct fray_objective objective = {&t->config->loss, t->class_weight};
  struct fray_batch batch;
  struct fray_step step;
  const struct laid how = {.in_place = !ops->objective, .ahead = ahead};
  FRAY_TRY(load_batch(t, &v->data, pass, order, n, &how, &v->position, &batch, err));
  n = batch.n;
  v->teaches = NULL;
  if (ops->objective)
    FRAY_TRY(step_with_objective(t, v, &batch, &objective, pass, &step, err));
  else
    FRAY_TRY(fray_model_step(t->model, &batch, &objective, pass, &step, err));
  /* Before clipping: the clipped norm is that of all that moves the weights. */
  if (ops->gradient)
    ops->gradient(params_of(v), v);
  if (ops->every_block)
    for (size_t m = 0; m < t->n_modalities; m++)
      step.used[m] = true;
  /* Before clipping, so a norm that is not finite tells of a gradient that broke. */
  const double norm = fray_optimiser_step(&t->optimiser, step.used, t->w, t->grad);
  if (ops->stepped)
    ops->stepped(params_of(v), v);
  v->step++; /* hooks of this step saw its number, from 0 */
  result->loss_sum += step.loss;
  result->sample_loss_sum += step.loss * (double)n;
  result->batches++;
  result->samples += n;
  count_taught(t, v, &batch, result);
  result->finite = isfinite(step.loss) && isfinite(norm);
  return FRAY_OK;
}

static enum fray_status balanced_order(struct fray_trainer *t, const struct fray_visit *v,
                                       size_t epoch, uint32_t *out, struct fray_err *err) {
  struct fray_rng rng = fray_rng_for(v->seed, "batches/balanced", v->source, v->round, epoch);
  return batch_order_balanced(v->data.label, v->data.n_labelled, fray_model_classes(t->model), &rng,
                              &t->step, out, err);
}

/* The positions of an epoch, in the order in which they are trained on. */
static enum fray_status make_order(struct fray_trainer *t, const struct fray_visit *v, size_t epoch,
                                   uint32_t **out, struct fray_err *err) {
  const size_t all = v->data.n_labelled;
  uint32_t *order;
  FRAY_ALLOC(order, &t->step, all, err);
  for (size_t i = 0; i < all; i++)
    order[i] = v->order ? v->order[epoch * all + i] : (uint32_t)i;
  *out = order;
  if (v->order)
    return FRAY_OK;
  /* Keyed by client, round and epoch: another client, rank or resume leaves the order as it is. */
  if (t->config->sampling == FRAY_SAMPLING_BALANCED)
    return balanced_order(t, v, epoch, order, err);
  struct fray_rng rng = fray_rng_for(v->seed, "batches", v->source, v->round, epoch);
  fray_rng_shuffle(&rng, order, all);
  return FRAY_OK;
}

/* Memory of the batches is given back after each, that of the epoch at its end; what `begin` took
 * for the visit lies below both marks. */
static enum fray_status train_epoch(struct fray_trainer *t, struct fray_visit *v, size_t epoch,
                                    struct fray_client_result *result, struct fray_err *err) {
  const size_t all = v->data.n_labelled, size = (size_t)t->config->batch;
  const size_t per_epoch = (all + size - 1) / size;
  uint32_t *order = NULL;
  const struct fray_arena_place start = fray_arena_mark(&t->step);
  FRAY_TRY(make_order(t, v, epoch, &order, err));
  struct fray_arena_place mark = fray_arena_mark(&t->step);
  for (size_t b = 0; b < per_epoch; b++) {
    if (!result->finite || v->step == v->steps) /* diverged; or its share of the work is done */
      break;
    const size_t n = FRAY_MIN(size, all - b * size);
    /* Dropout is keyed by client, round and step, so that it is the same wherever the client is. */
    const struct fray_pass pass = {.train = true,
                                   .seed = v->seed,
                                   .who = v->source,
                                   .when = v->round,
                                   .step = epoch * per_epoch + b,
                                   .w = t->w,
                                   .grad = t->grad,
                                   .touched = t->optimiser.touched ? &t->touched : NULL,
                                   .arena = &t->step,
                                   .flops = &t->flops};
    FRAY_TRY(train_batch(t, v, order + b * size, n, all - b * size - n, &pass, result, err));
    fray_arena_rewind(&t->step, mark);
  }
  fray_arena_rewind(&t->step, start);
  return FRAY_OK;
}

/* An epoch with the damage of its number, counted from 1 over all rounds: kinds that redraw show
 * other random numbers in each; what never trains has 0. */
static enum fray_status train_redrawn(struct fray_trainer *t, struct fray_visit *v, size_t epoch,
                                      struct fray_client_result *result, struct fray_err *err) {
  const struct fray_signal_plan *given = v->data.signal;
  struct fray_signal_plan now;
  if (given) {
    now = fray_signal_plan_at(given, v->round * (uint64_t)t->config->epochs + epoch + 1);
    v->data.signal = &now;
  }
  enum fray_status status = train_epoch(t, v, epoch, result, err);
  v->data.signal = given;
  return status;
}

/* Rounded down: a client that is cut off in the middle of a step has not made it. */
size_t fray_visit_steps(const struct fray_local_config *local, size_t n_labelled, double work) {
  const size_t size = (size_t)local->batch;
  const size_t all = (size_t)local->epochs * ((n_labelled + size - 1) / size);
  return work >= 1.0 ? all : (size_t)((double)all * work);
}

/* Of whole visits: those that do less of the work make no more steps. */
bool fray_visits_are_one_step(const struct fray_local_config *local,
                              const struct fray_roster *roster) {
  for (size_t c = 0; c < roster->clients; c++)
    if (fray_visit_steps(local, roster->samples[c], 1) > 1)
      return false;
  return true;
}

static bool are_finite(size_t total, size_t n, float *const *vector) {
  for (size_t k = 0; k < n; k++)
    if (!isfinite(fray_vec_max_abs(total, vector[k])))
      return false;
  return true;
}

/* What goes back. Whatever goes out or stays is as much the client's answer as its update: one
 * value that is not finite spoils all of it. */
static bool keeps_finite(const struct fray_visit *v, const struct fray_algorithm_ops *ops) {
  float *const by_sample[] = {v->kept_samples};
  return are_finite(v->total, ops->client_vectors, v->kept) &&
         (ops->sample_floats == 0 || are_finite(v->given * ops->sample_floats, 1, by_sample));
}

static FRAY_DISPATCH void differences(size_t n, const float *x, const float *y,
                                      float *restrict out) {
  for (size_t i = 0; i < n; i++)
    out[i] = x[i] - y[i];
}

/* A difference, not a model: adding it is what servers do, and zeros mean that nothing was learnt.
 * Where nothing was touched it is 0, whatever stood there. */
static bool subtract(const struct fray_trainer *t, const struct fray_visit *v) {
  const uint64_t *bit = t->marks ? t->marks->bit : NULL;
  float *update = v->up[0];
  bool finite = true;
  size_t at = 0, lo, hi;
  if (bit)
    fray_touched_clear(v->touched, v->total, update);
  while (fray_touched_next(bit, &at, v->total, &lo, &hi)) {
    differences(hi - lo, t->w + lo, v->global + lo, update + lo);
    finite = finite && isfinite(fray_vec_max_abs(hi - lo, update + lo));
  }
  return finite;
}

/* What of the update may differ from 0, for whoever adds it or overwrites it. */
static void tell_touched(const struct fray_trainer *t, const struct fray_visit *v) {
  const size_t size = fray_touched_words(v->total) * sizeof *v->touched;
  if (!v->touched)
    return;
  /* What a hook makes of it at the end, nobody knows. */
  if (t->marks && !ops_of(v)->end)
    memcpy(v->touched, t->marks->bit, size);
  else
    memset(v->touched, 0xff, size);
}

static enum fray_status conclude(struct fray_trainer *t, struct fray_visit *v,
                                 struct fray_client_result *result, struct fray_err *err) {
  const struct fray_algorithm_ops *ops = ops_of(v);
  const bool finite = subtract(t, v);
  const size_t numbers = v->number ? fray_client_numbers(ops, fray_model_classes(t->model)) : 0;
  tell_touched(t, v);
  result->finite = result->finite && finite;
  if (result->finite && ops->end)
    FRAY_TRY(ops->end(params_of(v), v, err));
  if (result->finite)
    result->finite = are_finite(v->total, ops->up, v->up + 1) && keeps_finite(v, ops);
  for (size_t k = 0; k < numbers; k++)
    result->finite = result->finite && isfinite(v->number[k]);
  if (result->finite)
    return FRAY_OK;
  /* Zeros, not what it came to: nothing that is not finite may reach a sum. */
  for (unsigned k = 0; k <= ops->up; k++)
    memset(v->up[k], 0, v->total * sizeof **v->up);
  if (numbers)
    memset(v->number, 0, numbers * sizeof *v->number);
  return FRAY_OK;
}

/* Rows that no batch named have a gradient of 0: they can rest where nothing else moves them, be it
 * the optimiser's decay or a hook that sees all weights. */
static bool rests_rows(const struct fray_trainer *t, const struct fray_algorithm_ops *ops) {
  return t->touched.bit && fray_optimiser_rests(t->config) && !ops->begin &&
         (!ops->gradient || ops->pulls) && !ops->stepped;
}

/* The optimiser begins anew, and with it the list of rows that batches have named. rests: the
 * others rest; else it is only asked whose weights decay. */
static void restart(struct fray_trainer *t, bool rests) {
  fray_optimiser_restart(&t->optimiser); /* its state is of the round, not of the client */
  if (!rests && !(t->touched.bit && fray_optimiser_asks_rows(t->config)))
    return;
  fray_touched_restart(&t->touched);
  t->touched.whole = !rests;
  t->optimiser.touched = &t->touched;
}

/* w is the model received, and nothing is touched. Of what the visit before left, what it touched
 * is put right, if that is known to be all. */
static void receive(struct fray_trainer *t, struct fray_visit *v,
                    const struct fray_algorithm_ops *ops) {
  const bool rests = rests_rows(t, ops);
  const uint64_t *bit = v->again && t->w_rests ? t->touched.bit : NULL;
  size_t at = 0, lo, hi;
  while (fray_touched_next(bit, &at, v->total, &lo, &hi))
    memcpy(t->w + lo, v->global + lo, (hi - lo) * sizeof *t->w);
  if (rests)
    fray_touched_clear(t->grad_rests ? t->touched.bit : NULL, v->total, t->grad);
  restart(t, rests);
  v->rows = t->marks = rests ? &t->touched : NULL;
  /* From here on, until somebody else uses them. */
  t->grad_rests = t->marks != NULL;
  t->w_rests = t->marks && !ops->end;
}

/* The trainer serves all clients of a rank in turn: everything of it that a visit reads is set anew
 * here, so that a client's update does not depend on who trained before. */
enum fray_status fray_client_visit(struct fray_trainer *trainer, struct fray_visit *visit,
                                   struct fray_client_result *result, struct fray_err *err) {
  const struct fray_param_table *params = fray_model_params(trainer->model);
  const struct fray_algorithm_ops *ops = ops_of(visit);
  visit->local = trainer->config;
  visit->total = params->total;
  visit->trainer = trainer;
  visit->w = trainer->w;
  visit->grad = trainer->grad;
  visit->step = 0;
  visit->given = visit->data.n_labelled;
  visit->own = NULL;
  receive(trainer, visit, ops);
  fray_arena_reset(&trainer->step); /* of the visit before; chunks stay, so nothing is allocated */
  *result = (struct fray_client_result){.finite = true};
  trainer->flops = 0; /* hooks that go through the model add theirs */
  if (ops->begin)
    FRAY_TRY(ops->begin(params_of(visit), visit, err));
  /* After begin, which may have given the client other samples. */
  visit->steps = fray_visit_steps(trainer->config, visit->data.n_labelled, visit->work);
  for (size_t e = 0; e < (size_t)trainer->config->epochs; e++)
    if (result->finite && visit->step < visit->steps)
      FRAY_TRY(train_redrawn(trainer, visit, e, result, err));
  FRAY_TRY(conclude(trainer, visit, result, err));
  trainer->marks = NULL;
  result->flops = trainer->flops;
  return FRAY_OK;
}

/* update is the whole list of what goes up: plain training sends one vector and keeps none. */
enum fray_status fray_client_train(struct fray_trainer *trainer, const float *global,
                                   const struct fray_client *client, uint64_t seed, size_t round,
                                   const uint32_t *order, float *update,
                                   struct fray_client_result *result, struct fray_err *err) {
  struct fray_visit visit = {.source = client->source,
                             .seed = seed,
                             .round = round,
                             .data = client->data,
                             .work = 1.0,
                             .order = order,
                             .global = global,
                             .up = &update};
  return fray_client_visit(trainer, &visit, result, err);
}

/* Through a method that has this one hook: its parameters are those of the visit's. */
enum fray_status fray_visit_train(struct fray_visit *visit, float *w,
                                  void (*gradient)(const void *params, struct fray_visit *visit),
                                  bool *finite, struct fray_err *err) {
  struct fray_trainer *t = visit->trainer;
  const struct fray_algorithm_ops ops = {.gradient = gradient};
  const struct fray_choice choice = {.name = "", .impl = &ops};
  const struct fray_variant algorithm = {.choice = &choice, .params = (void *)params_of(visit)};
  struct fray_client_result result = {.finite = true};
  struct fray_visit also = *visit;
  struct fray_touched *marks = t->marks;
  float *own = t->w;
  also.rows = t->marks = NULL; /* the hook moves all */
  t->grad_rests = t->w_rests = false;
  also.algorithm = &algorithm;
  also.step = 0;
  also.w = t->w = w;
  restart(t, false);
  enum fray_status status = FRAY_OK;
  for (size_t e = 0; e < (size_t)t->config->epochs && status == FRAY_OK; e++)
    if (result.finite && also.step < also.steps)
      status = train_redrawn(t, &also, e, &result, err);
  t->w = own;
  t->marks = marks;
  *finite = result.finite;
  return status;
}

struct fray_arena *fray_visit_arena(struct fray_visit *visit) {
  return &visit->trainer->step;
}

/* Batches are weighed by their samples: the last one may be short. Dropout draws for steps that no
 * training makes, so that its masks are not those of the first batches. */
enum fray_status fray_visit_gradient(struct fray_visit *visit, const float *w, float *out,
                                     struct fray_err *err) {
  struct fray_trainer *t = visit->trainer;
  const size_t all = visit->data.n_labelled, size = (size_t)t->config->batch;
  const struct fray_objective objective = {&t->config->loss, t->class_weight};
  const struct fray_arena_place start = fray_arena_mark(&t->step);
  uint32_t *order;
  FRAY_ALLOC(order, &t->step, all, err);
  for (size_t i = 0; i < all; i++)
    order[i] = (uint32_t)i;
  /* Of what training makes small: with balanced sampling, an epoch that no training has. */
  if (t->config->sampling == FRAY_SAMPLING_BALANCED)
    FRAY_TRY(balanced_order(t, visit, UINT32_MAX, order, err));
  memset(out, 0, visit->total * sizeof *out);
  t->grad_rests = false;
  const struct fray_arena_place mark = fray_arena_mark(&t->step);
  for (size_t first = 0, b = 0; first < all; first += size, b++) {
    const size_t n = FRAY_MIN(size, all - first);
    const struct fray_pass pass = {.train = true,
                                   .seed = visit->seed,
                                   .who = visit->source,
                                   .when = visit->round,
                                   .step = UINT32_MAX - b, /* no step of the training */
                                   .w = w,
                                   .grad = t->grad,
                                   .arena = &t->step,
                                   .flops = &t->flops};
    struct fray_batch batch;
    struct fray_step step;
    FRAY_TRY(
        load_batch(t, &visit->data, &pass, order + first, n, &(struct laid){0}, NULL, &batch, err));
    FRAY_TRY(fray_model_step(t->model, &batch, &objective, &pass, &step, err));
    fray_vec_axpy(visit->total, (float)((double)n / (double)all), t->grad, out);
    fray_arena_rewind(&t->step, mark);
  }
  fray_arena_rewind(&t->step, start);
  return FRAY_OK;
}

/* Without dropout, since it is a number about the model and not a step of its training; each sample
 * once, whatever the epochs show of them. */
enum fray_status fray_visit_loss(struct fray_visit *visit, const float *w, double *out,
                                 struct fray_err *err) {
  struct fray_trainer *t = visit->trainer;
  const size_t all = visit->data.n_labelled, size = (size_t)t->config->batch;
  const struct fray_objective objective = {&t->config->loss, t->class_weight};
  const struct fray_pass pass = {.w = w, .arena = &t->step, .flops = &t->flops};
  const struct fray_arena_place start = fray_arena_mark(&t->step);
  double sum = 0;
  for (size_t first = 0; first < all; first += size) {
    const size_t n = FRAY_MIN(size, all - first);
    uint32_t *order;
    struct fray_batch batch;
    struct fray_forward forward;
    double loss;
    float *dlogits;
    FRAY_ALLOC(order, &t->step, n, err);
    for (size_t i = 0; i < n; i++)
      order[i] = (uint32_t)(first + i);
    FRAY_TRY(load_batch(t, &visit->data, &pass, order, n, &(struct laid){0}, NULL, &batch, err));
    FRAY_TRY(fray_model_forward(t->model, &batch, &pass, &forward, err));
    FRAY_ALLOC(dlogits, &t->step, forward.n * forward.classes, err);
    FRAY_TRY(fray_model_loss(&objective, &batch, &forward, &t->step, &loss, dlogits, err));
    sum += loss * (double)n;
    fray_arena_rewind(&t->step, start);
  }
  *out = all ? sum / (double)all : 0;
  return FRAY_OK;
}

/* In blocks of a batch, and what a block needed is given back after it: clients may be large. */
enum fray_status fray_visit_probabilities(struct fray_visit *visit, const float *w, size_t first,
                                          size_t n, float *p, struct fray_err *err) {
  struct fray_trainer *t = visit->trainer;
  const struct fray_pass pass = {.w = w, .arena = &t->step, .flops = &t->flops};
  const size_t classes = fray_model_classes(t->model), size = (size_t)t->config->batch;
  const struct fray_arena_place mark = fray_arena_mark(&t->step);
  for (size_t at = 0; at < n; at += size) {
    struct fray_batch batch;
    struct fray_forward forward;
    const size_t here = FRAY_MIN(size, n - at);
    const struct fray_samples some = fray_samples_slice(&visit->data, first + at, here, 0, classes);
    FRAY_TRY(fray_batch_load(t->features, t->n_modalities, &some, &t->step, &batch, err));
    FRAY_TRY(fray_model_forward(t->model, &batch, &pass, &forward, err));
    fray_probabilities(here, classes, forward.logits, false, p + at * classes);
    fray_arena_rewind(&t->step, mark);
  }
  return FRAY_OK;
}

/* At the received model, which all clients share: so sums of the same samples are the same however
 * the samples are dealt to clients, but for rounding. */
enum fray_status fray_visit_prototypes(struct fray_visit *visit, float *sums,
                                       struct fray_err *err) {
  struct fray_trainer *t = visit->trainer;
  const size_t all = visit->data.n_labelled, size = (size_t)t->config->batch;
  const size_t n_sums = fray_model_prototype_sums(t->model);
  const struct fray_pass pass = {.w = visit->global, .arena = &t->step, .flops = &t->flops};
  const struct fray_arena_place start = fray_arena_mark(&t->step);
  double *sum;
  FRAY_ALLOC_ZERO(sum, &t->step, n_sums, err);
  const struct fray_arena_place mark = fray_arena_mark(&t->step);
  for (size_t first = 0; first < all; first += size) {
    const size_t n = FRAY_MIN(size, all - first);
    uint32_t *order;
    struct fray_batch batch;
    FRAY_ALLOC(order, &t->step, n, err);
    for (size_t i = 0; i < n; i++)
      order[i] = (uint32_t)(first + i);
    FRAY_TRY(load_batch(t, &visit->data, &pass, order, n, &(struct laid){0}, NULL, &batch, err));
    FRAY_TRY(fray_model_add_prototypes(t->model, &batch, &pass, sum, err));
    fray_arena_rewind(&t->step, mark);
  }
  for (size_t i = 0; i < n_sums; i++)
    sums[i] = (float)sum[i];
  fray_arena_rewind(&t->step, start);
  return FRAY_OK;
}
