/* Features of a batch where the cache keeps them, for a model that reads them and needs no copy. */
#include "features_parts.h"

#include "fray/base/size.h"

/* Copied after all: what the cache cannot hold at once, values that are damaged anew each time, and
 * those that are standardised on their way. */
static enum fray_status copy_rows(struct fray_features *f, size_t modality, const uint32_t *samples,
                                  size_t n, const struct fray_signal_plan *plan,
                                  struct fray_arena *arena, const float **row,
                                  struct fray_err *err) {
  struct fray_feature_batch batch;
  FRAY_TRY(fray_features_batch(f, modality, samples, n, plan, arena, &batch, err));
  for (size_t i = 0; i < n; i++)
    row[i] = batch.x + i * fray_feature_size(&f->recipe[modality].shape);
  return FRAY_OK;
}

/* A row stays while nothing leaves the cache; what was listed before something left may be gone. */
static enum fray_status list_rows(struct fray_features *f, size_t modality, const uint32_t *samples,
                                  size_t n, const struct fray_signal_plan *plan, const float **row,
                                  bool *stay, struct fray_err *err) {
  const size_t dropped = f->n_dropped;
  *stay = !f->recipe[modality].learns;
  for (size_t i = 0; *stay && i < n; i++) {
    size_t steps;
    if (fray_signal_redraws(plan, samples[i], modality))
      *stay = false;
    else
      FRAY_TRY(fetch_any(f, modality, samples[i], plan, &row[i], &steps, err));
    *stay = *stay && f->n_dropped == dropped;
  }
  return FRAY_OK;
}

enum fray_status fray_features_in_place(struct fray_features *f, size_t modality,
                                        const uint32_t *samples, size_t n, size_t ahead,
                                        const struct fray_signal_plan *plan,
                                        struct fray_arena *arena, struct fray_apart *out,
                                        struct fray_err *err) {
  const struct fray_feature_shape *shape = &f->recipe[modality].shape;
  const float **row;
  bool stay;
  size_t known = 0;
  FRAY_CHECK(!fray_feature_has_length(shape->kind), err, INTERNAL,
             "samples with lengths of their own");
  FRAY_ALLOC(row, arena, n + ahead, err);
  FRAY_TRY(list_rows(f, modality, samples, n, plan, row, &stay, err));
  if (!stay)
    FRAY_TRY(copy_rows(f, modality, samples, n, plan, arena, row, err));
  /* Undamaged or not: where it is another value that will be asked for, fetching helps nobody. */
  /* The first that is not kept ends the list: it will be read from the shards in any case. */
  for (const float *x; known < ahead && (x = peek(f, modality, samples[n + known]));)
    row[n + known++] = x;
  /* Those at the front were fetched by whoever asked for them as its next. */
  const size_t fetch = FRAY_MIN(n, (size_t)FRAY_APART_AHEAD);
  *out = (struct fray_apart){n, fray_feature_size(shape), known, row, fetch};
  return FRAY_OK;
}
