/* The kept models of a trial: written when it was trained, read to evaluate it anew.
 *
 * Tensors stand under their names, so that other programs can read them; the hash of the whole
 * vector, in the trial file, says that they are the ones that training left. */
#include "fray/results/models.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/results/output.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const fray_selection_names[FRAY_SELECTIONS] = {"best", "last"};

static enum fray_status model_path(const char *folder, const char *name, int selection,
                                   char path[4096], struct fray_err *err) {
  int n = snprintf(path, 4096, "%s/models/%s-%s.h5", folder, name, fray_selection_names[selection]);
  FRAY_CHECK(n > 0 && n < 4096, err, INPUT, "path too long: %.80s...", folder);
  return FRAY_OK;
}

/* Of the whole vector: the padding between tensors is zero. Standards go in where there are any, so
 * that models without them keep the hash that they always had. */
static void hash_model(const struct fray_param_table *table, const float *w,
                       const struct fray_standards *standards, char out[17]) {
  uint64_t hash = fray_hash64(w, table->total * sizeof *w);
  for (size_t m = 0; m < standards->n; m++) {
    const struct fray_standard *s = &standards->of[m];
    const uint64_t parts[] = {hash, fray_hash64(s->mean, s->channels * sizeof *s->mean),
                              fray_hash64(s->deviation, s->channels * sizeof *s->deviation)};
    if (s->channels)
      hash = fray_hash64(parts, sizeof parts);
  }
  snprintf(out, 17, "%016llx", (unsigned long long)hash);
}

void fray_models_hash(const struct fray_model *model, const float *weights,
                      const struct fray_standards *standards, char hash[17]) {
  hash_model(fray_model_params(model), weights, standards, hash);
}

/* "standard/NAME/means". NULL: out of memory. */
static char *standard_path(const struct fray_standard *standard, const char *what,
                           struct fray_arena *arena) {
  return fray_arena_printf(arena, "standard/%s/%s", standard->name, what);
}

static enum fray_status put_standard(fray_h5 file, const struct fray_standard *standard,
                                     struct fray_arena *arena, struct fray_err *err) {
  const char *mean = standard_path(standard, "means", arena);
  const char *deviation = standard_path(standard, "deviations", arena);
  FRAY_CHECK(mean && deviation, err, MEMORY, "out of memory");
  FRAY_TRY(
      fray_h5_write(file, mean, FRAY_H5_F64, 1, &standard->channels, standard->mean, false, err));
  return fray_h5_write(file, deviation, FRAY_H5_F64, 1, &standard->channels, standard->deviation,
                       false, err);
}

/* For whoever uses the model elsewhere: without them its input is unknown. */
static enum fray_status put_standards(fray_h5 file, const struct fray_standards *standards,
                                      struct fray_err *err) {
  struct fray_arena arena = {0};
  enum fray_status status = FRAY_OK;
  for (size_t m = 0; status == FRAY_OK && m < standards->n; m++)
    if (standards->of[m].channels)
      status = put_standard(file, &standards->of[m], &arena, err);
  fray_arena_free(&arena);
  return status;
}

static void param_path(const struct fray_param *p, char out[FRAY_PARAM_NAME + 16]) {
  snprintf(out, FRAY_PARAM_NAME + 16, "param/%s", p->name);
}

/* Trailing dimensions of 1 are left out, so that a bias is a vector for whoever opens the file. */
static enum fray_status put_weights(const struct fray_param_table *table, const float *w,
                                    fray_h5 file, const char *name, size_t round,
                                    struct fray_err *err) {
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "trial", name, err));
  FRAY_TRY(fray_h5_put_attr_real(file, ".", "round", (double)round, err));
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_param *p = &table->v[i];
    char where[FRAY_PARAM_NAME + 16];
    int rank = 4;
    /* At least a vector: HDF5 knows scalars as another kind of thing. */
    while (rank > 1 && p->shape[rank - 1] == 1)
      rank--;
    param_path(p, where);
    FRAY_TRY(fray_h5_write(file, where, FRAY_H5_F32, rank, p->shape, w + p->offset, false, err));
  }
  return FRAY_OK;
}

/* The hash goes into the trial file: it, and not the name, says which weights were judged. */
enum fray_status fray_models_write(const struct fray_model *model, const char *folder,
                                   const char *name, enum fray_selection selection,
                                   const struct fray_kept_model *kept, char hash[17],
                                   struct fray_err *err) {
  const struct fray_param_table *table = fray_model_params(model);
  char path[4096];
  struct fray_output output;
  FRAY_TRY(model_path(folder, name, selection, path, err));
  hash_model(table, kept->weights, kept->standards, hash);
  FRAY_TRY(fray_output_open(&output, path, err));
  enum fray_status status = put_weights(table, kept->weights, output.file, name, kept->round, err);
  if (status == FRAY_OK)
    status = put_standards(output.file, kept->standards, err);
  return fray_output_close(&output, status, err);
}

/* A model of another scenario may have tensors of the same names. */
static enum fray_status get_tensor(fray_h5 file, const struct fray_param *p, float *w,
                                   struct fray_err *err) {
  int rank;
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text, same = true;
  char where[FRAY_PARAM_NAME + 16];
  param_path(p, where);
  FRAY_TRY(fray_h5_shape(file, where, &rank, dims, &is_text, err));
  for (int k = 0; k < 4; k++)
    same = same && dims[k] == p->shape[k];
  FRAY_CHECK(same && rank <= 4 && !is_text, err, INPUT,
             "%s: another shape than the scenario's model has (%zu x %zu x %zu x %zu expected)",
             where, p->shape[0], p->shape[1], p->shape[2], p->shape[3]);
  return fray_h5_read(file, where, FRAY_H5_F32, w + p->offset, p->size, err);
}

/* The hash tells whether they are the right ones; this, whether they are numbers of that size. */
static enum fray_status get_standard(fray_h5 file, struct fray_standard *standard,
                                     struct fray_arena *arena, struct fray_err *err) {
  const char *mean = standard_path(standard, "means", arena);
  const char *deviation = standard_path(standard, "deviations", arena);
  FRAY_CHECK(mean && deviation, err, MEMORY, "out of memory");
  FRAY_TRY(fray_h5_read(file, mean, FRAY_H5_F64, standard->mean, standard->channels, err));
  return fray_h5_read(file, deviation, FRAY_H5_F64, standard->deviation, standard->channels, err);
}

/* The padding between tensors is zeroed first, since the hash is of the whole vector. */
static enum fray_status get_model(fray_h5 file, const struct fray_param_table *table,
                                  const char *name, const char *expected, float *w,
                                  struct fray_standards *standards, struct fray_err *err) {
  struct fray_arena arena = {0};
  const char *trial = NULL;
  char hash[17];
  enum fray_status status = fray_h5_attr_text(file, ".", "trial", &arena, &trial, err);
  if (status == FRAY_OK && strcmp(trial, name) != 0)
    status = fray_fail(err, FRAY_INPUT, "the model of another trial, %.40s", trial);
  /* Between the tensors lies padding, which is hashed too. */
  memset(w, 0, table->total * sizeof *w);
  for (size_t i = 0; status == FRAY_OK && i < table->n; i++)
    status = get_tensor(file, &table->v[i], w, err);
  for (size_t m = 0; status == FRAY_OK && m < standards->n; m++)
    if (standards->of[m].channels)
      status = get_standard(file, &standards->of[m], &arena, err);
  if (status == FRAY_OK) {
    hash_model(table, w, standards, hash);
    if (strcmp(hash, expected) != 0)
      status =
          fray_fail(err, FRAY_INPUT, "not the weights that training left (damaged or changed)");
  }
  fray_arena_free(&arena);
  return status;
}

/* The seal is checked when the file is opened, before HDF5 follows a single one of its pointers. */
static enum fray_status read_model(const char *path, const struct fray_param_table *table,
                                   const char *name, const char *expected, float *w,
                                   struct fray_standards *standards, struct fray_err *err) {
  fray_h5 file;
  bool is_sealed;
  FRAY_TRY(fray_h5_open_sealed(path, &is_sealed, &file, err));
  enum fray_status status = get_model(file, table, name, expected, w, standards, err);
  fray_h5_close(file, NULL);
  return status == FRAY_OK ? status : fray_at(err, "%s", path);
}

/* What helps is added to the message: the models cannot be made by hand, but training can make them
 * again. */
enum fray_status fray_models_read(const struct fray_model *model, const char *folder,
                                  const char *name, char (*hash)[17],
                                  float *const weights[FRAY_SELECTIONS],
                                  struct fray_standards *standards, struct fray_err *err) {
  const struct fray_param_table *table = fray_model_params(model);
  char path[4096];
  for (int s = 0; s < FRAY_SELECTIONS; s++) {
    FRAY_TRY(model_path(folder, name, s, path, err));
    enum fray_status status = read_model(path, table, name, hash[s], weights[s], standards, err);
    size_t used = status == FRAY_INPUT && err ? strlen(err->text) : 0;
    if (used)
      snprintf(err->text + used, sizeof err->text - used,
               "; without it, fray run --resume trains that trial anew");
    FRAY_TRY(status);
  }
  return FRAY_OK;
}

/* ---- a model to start from ---- */

/* Whether the file has the tensor in that shape; what is not a number of four dimensions is another
 * tensor. */
static enum fray_status same_tensor(fray_h5 file, const struct fray_param *p, bool *same,
                                    struct fray_err *err) {
  int rank;
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text;
  char where[FRAY_PARAM_NAME + 16];
  param_path(p, where);
  *same = false;
  if (!fray_h5_has(file, where))
    return FRAY_OK;
  FRAY_TRY(fray_h5_shape(file, where, &rank, dims, &is_text, err));
  *same = rank <= 4 && !is_text;
  for (int k = 0; k < 4; k++)
    *same = *same && dims[k] == p->shape[k];
  return FRAY_OK;
}

/* Numbers that are none would end training in its first round, and nobody would know why. */
static enum fray_status take_tensor(fray_h5 file, const struct fray_param *p, float *w,
                                    struct fray_err *err) {
  FRAY_TRY(get_tensor(file, p, w, err));
  for (size_t i = 0; i < p->size; i++)
    FRAY_CHECK(isfinite(w[p->offset + i]), err, INPUT, "param/%s holds what is not finite",
               p->name);
  return FRAY_OK;
}

/* Without the table that the model was made by its hash cannot be found again, but for a model that
 * is taken whole: then the tables are one. Standards would go in too, in an order that is not known
 * here; of all others the seal says that they are as they were written. */
static enum fray_status check_start(fray_h5 file, bool is_sealed,
                                    const struct fray_param_table *table, size_t n_taken,
                                    const char *expected, const float *w, struct fray_arena *arena,
                                    struct fray_err *err) {
  const struct fray_standards none = {0};
  const char **member;
  size_t n;
  char hash[17];
  FRAY_TRY(fray_h5_members(file, "param", arena, &member, &n, err));
  if (n_taken == table->n && n == table->n && !fray_h5_has(file, "standard")) {
    hash_model(table, w, &none, hash);
    FRAY_CHECK(strcmp(hash, expected) == 0, err, INPUT,
               "not the weights that training left (damaged or changed)");
    return FRAY_OK;
  }
  FRAY_CHECK(is_sealed, err, INPUT,
             "has no seal, and only a part of it would be taken: nothing says that it is what "
             "training left");
  return FRAY_OK;
}

static enum fray_status start_from(fray_h5 file, bool is_sealed,
                                   const struct fray_param_table *table, const char *name,
                                   const char *hash, float *w, uint8_t *taken,
                                   struct fray_arena *arena, struct fray_err *err) {
  const char *trial;
  size_t n = 0;
  FRAY_TRY(fray_h5_attr_text(file, ".", "trial", arena, &trial, err));
  FRAY_CHECK(strcmp(trial, name) == 0, err, INPUT, "the model of another trial, %.40s", trial);
  for (size_t i = 0; i < table->n; i++) {
    bool same;
    FRAY_TRY(same_tensor(file, &table->v[i], &same, err));
    taken[i] = same;
    n += same;
    if (same)
      FRAY_TRY(take_tensor(file, &table->v[i], w, err));
  }
  FRAY_CHECK(n > 0, err, INPUT,
             "none of its tensors has name and shape of one of this model (%s is its first)",
             table->n ? table->v[0].name : "nothing");
  return check_start(file, is_sealed, table, n, hash, w, arena, err);
}

enum fray_status fray_models_start(const struct fray_model *model, const char *folder,
                                   const char *name, enum fray_selection selection,
                                   const char *hash, float *weights, uint8_t *taken,
                                   struct fray_err *err) {
  struct fray_arena arena = {0};
  char path[4096];
  fray_h5 file;
  bool is_sealed;
  FRAY_TRY(model_path(folder, name, selection, path, err));
  FRAY_TRY(fray_h5_open_sealed(path, &is_sealed, &file, err));
  enum fray_status status = start_from(file, is_sealed, fray_model_params(model), name, hash,
                                       weights, taken, &arena, err);
  fray_h5_close(file, NULL);
  fray_arena_free(&arena);
  return status == FRAY_OK ? status : fray_at(err, "%s", path);
}
