/* The table of a model's tensors: their names, places in the flat vector, and initial values. */
#include "fray/nn/params.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A cache line, and the widest vector: every tensor begins on one, so that no product or loop
 * splits its first load. The gaps hold zeros, in weights, gradients and states alike, and stay 0
 * under every update; whoever walks over the whole vector need not know the tensors. */
enum { ALIGN_FLOATS = 16 };

/* The old rows stay in the arena: a model has tens of tensors, and a table is made once. */
static enum fray_status grow(struct fray_param_table *table, struct fray_err *err) {
  if (table->n < table->capacity)
    return FRAY_OK;
  const size_t capacity = table->capacity ? 2 * table->capacity : 32;
  struct fray_param *v;
  FRAY_ALLOC(v, table->arena, capacity, err);
  if (table->n > 0)
    memcpy(v, table->v, table->n * sizeof *v);
  table->v = v;
  table->capacity = capacity;
  return FRAY_OK;
}

/* Elements of a shape, and that many rounded up to the alignment. */
static bool shape_size(const size_t shape[4], size_t *size, size_t *padded) {
  *size = 1;
  for (int i = 0; i < 4; i++)
    if (!fray_size_mul(*size, shape[i], size))
      return false;
  if (!fray_size_add(*size, ALIGN_FLOATS - 1, padded))
    return false;
  *padded = *padded / ALIGN_FLOATS * ALIGN_FLOATS;
  return true;
}

enum fray_status fray_param_add(const struct fray_param_scope *scope, const char *name,
                                const size_t shape[4], double bound, size_t *offset,
                                struct fray_err *err) {
  struct fray_param_table *table = scope->table;
  /* The name is looked up before anything is added: a table refused is a table unchanged. */
  struct fray_param p = {.offset = table->total, .bound = bound, .modality = scope->modality};
  const int written =
      snprintf(p.name, sizeof p.name, "%s%s%s", scope->prefix, *scope->prefix ? "." : "", name);
  FRAY_CHECK(written > 0 && (size_t)written < sizeof p.name, err, INPUT,
             "parameter name \"%s.%s\" is longer than %d characters", scope->prefix, name,
             FRAY_PARAM_NAME - 1);
  FRAY_CHECK(!fray_param_find(table, p.name), err, INTERNAL, "two parameters are named %s", p.name);
  size_t padded, total;
  FRAY_CHECK(shape_size(shape, &p.size, &padded) && fray_size_add(table->total, padded, &total),
             err, INPUT, "%s: a tensor of %zu x %zu x %zu x %zu is too large", p.name, shape[0],
             shape[1], shape[2], shape[3]);
  memcpy(p.shape, shape, sizeof p.shape);
  FRAY_TRY(grow(table, err));
  table->v[table->n] = p;
  table->total = total;
  table->count += p.size;
  table->n++;
  *offset = p.offset;
  return FRAY_OK;
}

enum fray_status fray_param_add_given(const struct fray_param_scope *scope, const char *name,
                                      const size_t shape[4], const float *given, size_t *offset,
                                      struct fray_err *err) {
  FRAY_TRY(fray_param_add(scope, name, shape, 0, offset, err));
  scope->table->v[scope->table->n - 1].given = given;
  return FRAY_OK;
}

enum fray_status fray_param_add_layer(const struct fray_param_scope *scope, const char *name,
                                      const size_t shape[4], size_t *weight, size_t *bias,
                                      struct fray_err *err) {
  const double bound = 1 / sqrt((double)(shape[1] * shape[2] * shape[3])); /* 1 / sqrt(fan_in) */
  char full[2 * FRAY_PARAM_NAME];
  snprintf(full, sizeof full, "%s.weight", name);
  FRAY_TRY(fray_param_add(scope, full, shape, bound, weight, err));
  snprintf(full, sizeof full, "%s.bias", name);
  return fray_param_add(scope, full, (size_t[4]){shape[0], 1, 1, 1}, bound, bias, err);
}

/* Names are looked for one by one: while planning, and by tests and checkpoints. */
const struct fray_param *fray_param_find(const struct fray_param_table *table, const char *name) {
  for (size_t i = 0; i < table->n; i++)
    if (strcmp(table->v[i].name, name) == 0)
      return &table->v[i];
  return NULL;
}

/* The stream is that of the tensor's name: a modality that is added, or another order, leaves the
 * initial values of all other tensors as they were, so that two models differ by what they are. */
void fray_param_init(const struct fray_param_table *table, uint64_t seed, float *w) {
  memset(w, 0, table->total * sizeof *w);
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_param *p = &table->v[i];
    if (p->given) {
      memcpy(w + p->offset, p->given, p->size * sizeof *w);
      continue;
    }
    char purpose[FRAY_PARAM_NAME + 8];
    snprintf(purpose, sizeof purpose, "init/%s", p->name);
    struct fray_rng rng = fray_rng_for(seed, purpose, 0, 0, 0);
    for (size_t j = 0; j < p->size; j++)
      w[p->offset + j] = (float)((2 * fray_rng_uniform(&rng) - 1) * p->bound);
  }
}
