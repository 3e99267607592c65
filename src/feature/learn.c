/* What features learn of the training set: mean and deviation of each channel, over all ranks. */
#include "features_parts.h"

#include "fray/base/size.h"

#include <string.h>

/* Asked before there is anything to learn from: it follows from the configuration alone. */
bool fray_features_learns(const struct fray_features *f, size_t modality) {
  return f->recipe[modality].learns;
}

/* The same on all ranks, so that it may decide whether they meet. */
bool fray_features_learn_any(const struct fray_features *f) {
  bool any = false;
  for (size_t m = 0; m < f->dataset->n_modalities; m++)
    any = any || f->recipe[m].learns;
  return any;
}

/* A pixel or a step counts as much as another, whoever holds it: long samples and large clients
 * count for more. */
static enum fray_status add_samples(struct fray_features *f, size_t m,
                                    const struct fray_samples *samples, size_t first, size_t end,
                                    struct moments *moments, struct fray_err *err) {
  const struct fray_feature_shape *shape = &f->recipe[m].shape;
  for (size_t i = first; i < end; i++) {
    const float *x;
    size_t steps;
    if (!(samples->present[i] >> m & 1))
      continue;
    FRAY_TRY(fetch_any(f, m, samples->sample[i], samples->signal, &x, &steps, err));
    moments_add(moments, x, steps * shape->height * shape->width);
  }
  return FRAY_OK;
}

/* comm is NULL for this rank alone. Runs of the list for each rank, so that few shards are opened
 * by several. */
static enum fray_status learn(struct fray_features *f, size_t m, const struct fray_samples *samples,
                              struct fray_comm *comm, uint64_t key, struct fray_arena *arena,
                              struct fray_err *err) {
  struct moments moments;
  const size_t ranks = comm ? (size_t)fray_comm_size(comm) : 1;
  const size_t rank = comm ? (size_t)fray_comm_rank(comm) : 0;
  const size_t each = samples->n / ranks, more = samples->n % ranks;
  const size_t first = rank * each + FRAY_MIN(rank, more), end = first + each + (rank < more);
  enum fray_status status = moments_start(&moments, f->recipe[m].shape.channels, arena, err);
  if (status == FRAY_OK)
    status = add_samples(f, m, samples, first, end, &moments, err);
  /* Before anything is exchanged: one that could not read its share must not leave the others
   * waiting for its sums. */
  if (comm)
    status = fray_comm_agree(comm, status, err);
  FRAY_TRY(status);
  if (comm)
    moments_share(&moments, comm);
  standard_learn(&f->standard[m], key, &moments);
  return FRAY_OK;
}

/* Ranks that worked in other teams have learnt other things: where one has to learn, all do. */
static bool all_have(struct standard *s, uint64_t key, struct fray_comm *comm) {
  int32_t lacks = !standard_find(s, key);
  fray_comm_max_i32(comm, &lacks, 1);
  return !lacks;
}

/* Sums last no longer than one modality is learnt; a wide one would else stay in memory beside the
 * model. */
enum fray_status fray_features_learn(struct fray_features *f, const struct fray_samples *train,
                                     struct fray_comm *comm, struct fray_err *err) {
  struct fray_arena arena = {0};
  enum fray_status status = FRAY_OK;
  for (size_t m = 0; status == FRAY_OK && m < f->dataset->n_modalities; m++) {
    if (!f->recipe[m].learns)
      continue;
    const uint64_t key = standard_key(train, m);
    if (!all_have(&f->standard[m], key, comm))
      status = learn(f, m, train, comm, key, &arena, err);
  }
  fray_arena_free(&arena);
  return status;
}

/* No key: what a client knows of itself is learnt once, and is of no use to others. */
enum fray_status fray_features_learn_alone(struct fray_features *f,
                                           const struct fray_samples *train, struct fray_err *err) {
  struct fray_arena arena = {0};
  enum fray_status status = FRAY_OK;
  for (size_t m = 0; status == FRAY_OK && m < f->dataset->n_modalities; m++)
    if (f->recipe[m].learns)
      status = learn(f, m, train, NULL, 0, &arena, err);
  fray_arena_free(&arena);
  return status;
}

/* One place more than channels, so that a modality without standards is no empty allocation. Before
 * anything was learnt zeros are given: room for what is read from a file. */
enum fray_status fray_features_standards(const struct fray_features *f, struct fray_arena *arena,
                                         struct fray_standards *out, struct fray_err *err) {
  *out = (struct fray_standards){.n = f->dataset->n_modalities};
  for (size_t m = 0; m < out->n; m++) {
    const struct standard *from = &f->standard[m];
    struct fray_standard *to = &out->of[m];
    *to = (struct fray_standard){.name = f->dataset->modality[m].name, .channels = from->channels};
    FRAY_ALLOC_ZERO(to->mean, arena, from->channels + 1, err);
    FRAY_ALLOC_ZERO(to->deviation, arena, from->channels + 1, err);
    if (!from->used) /* room for what a file has */
      continue;
    memcpy(to->mean, standard_mean(from), from->channels * sizeof *to->mean);
    memcpy(to->deviation, standard_deviation(from), from->channels * sizeof *to->deviation);
  }
  return FRAY_OK;
}

/* Only for those that learn: a file of another scenario has passed no check that would let it
 * change the others. */
void fray_features_use(struct fray_features *f, const struct fray_standards *standards) {
  for (size_t m = 0; m < standards->n; m++)
    if (f->recipe[m].learns)
      standard_set(&f->standard[m], standards->of[m].mean, standards->of[m].deviation);
}

/* Sums are there while they are added; they are counted as if they always were. */
size_t fray_features_standard_bytes(const struct fray_features *f) {
  size_t channels = 0;
  for (size_t m = 0; m < f->dataset->n_modalities; m++)
    channels += f->standard[m].channels;
  return channels * ((STANDARDS_KEPT + 1) * 3 * sizeof(double) + MOMENT_DIGITS * sizeof(int64_t));
}
