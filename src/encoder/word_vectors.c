/* Vectors of words: the scaled sum of the embeddings of each word's ids (the word itself and its
 * character n-grams), and pretrained vectors. The table is large and its use sparse: forward and
 * backward touch only the rows of the batch's words. */
#include "word_vectors.h"

#include "fray/nn/embedding.h"
#include "fray/nn/touched.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

const char *const words_vectors_names[] = {"frozen", "trained", NULL};

/* A word of n ids is GAIN / sqrt(n) times the sum of their rows, and rows start in U(-b, b) with
 * b = sqrt(3) / GAIN, whose variance is 1 / GAIN^2: a word starts with variance 1, that of
 * PyTorch's nn.Embedding, whatever n and the most ids that a word may have. The gain is what makes
 * it learn: Adam moves every value by about lr, and a row of deviation 1/4 is soon another; SGD
 * moves a word by GAIN^2 times what it would move whole words. With the mean of rows of 8.66 that
 * this was, Adam hardly changed a row; docs/decisions/0010 has the numbers. */
#define GAIN 4

size_t words_width(const struct words *e) {
  return e->dim + (e->vectors ? e->vectors->width : 0);
}

/* Pretrained vectors take one more place: the word's row in them. */
size_t words_columns(const struct words *e) {
  return e->ids + (e->vectors != NULL);
}

/* Of the tensor that was added last. */
static void name_by_rows(const struct fray_model_part *part) {
  struct fray_param_table *table = part->scope.table;
  table->v[table->n - 1].by_rows = true;
}

/* Frozen ones are no parameters: nothing of them is sent, clipped, decayed or kept with a model. */
static enum fray_status plan_vectors(const char *given, const struct fray_model_part *part,
                                     struct words *e, struct fray_err *err) {
  e->vectors = part->vectors;
  FRAY_CHECK(e->vectors || !given, err, INPUT,
             "vectors: %s, but data.features names no file of vectors for it", given);
  e->trained = given && strcmp(given, "trained") == 0;
  if (!e->trained)
    return FRAY_OK;
  FRAY_TRY(fray_param_add_given(&part->scope, "vectors.weight",
                                (size_t[4]){e->vectors->n, e->vectors->width, 1, 1}, e->vectors->x,
                                &e->given, err));
  name_by_rows(part);
  return FRAY_OK;
}

enum fray_status words_plan(const struct fray_model_part *part,
                            const struct fray_feature_shape *shape, size_t dim, const char *vectors,
                            struct words *e, struct fray_err *err) {
  FRAY_CHECK(shape->buckets >= 1 && shape->channels >= 1, err, INPUT, "words without ids");
  *e = (struct words){
      .buckets = shape->buckets, .ids = shape->channels - (part->vectors != NULL), .dim = dim};
  FRAY_TRY(fray_param_add(&part->scope, "embedding.weight", (size_t[4]){e->buckets, e->dim, 1, 1},
                          sqrt(3) / GAIN, &e->table, err));
  name_by_rows(part);
  return plan_vectors(vectors, part, e, err);
}

/* One word: the sum of its embeddings, and behind it its pretrained vector, or zeros. */
static enum fray_status embed_word(const struct words *e, const float *ids, const float *w,
                                   float *to, struct fray_err *err) {
  /* Features are made by fray itself, so a bad row is a fault of it; still it must not be followed.
   */
  FRAY_CHECK(fray_embedding_ids_fit(1, ids + e->ids, e->vectors->n), err, INTERNAL,
             "a row that is not in [-1, %zu]", e->vectors->n - 1);
  fray_embedding_bag_forward(1, e->ids, e->dim, GAIN, ids, w + e->table, to);
  const size_t width = e->vectors->width;
  const float *x = e->trained ? w + e->given : e->vectors->x;
  if (ids[e->ids] < 0)
    memset(to + e->dim, 0, width * sizeof *to);
  else
    memcpy(to + e->dim, x + (size_t)ids[e->ids] * width, width * sizeof *to);
  return FRAY_OK;
}

enum fray_status words_forward(const struct words *e, size_t n, const float *ids, const float *w,
                               float *to, struct fray_err *err) {
  if (!e->vectors) {
    FRAY_CHECK(fray_embedding_ids_fit(n * e->ids, ids, e->buckets), err, INTERNAL,
               "an id that is not in [-1, %zu]", e->buckets - 1);
    fray_embedding_bag_forward(n, e->ids, e->dim, GAIN, ids, w + e->table, to);
    return FRAY_OK;
  }
  for (size_t k = 0; k < n; k++, ids += e->ids + 1, to += words_width(e)) {
    FRAY_CHECK(fray_embedding_ids_fit(e->ids, ids, e->buckets), err, INTERNAL,
               "an id that is not in [-1, %zu]", e->buckets - 1);
    FRAY_TRY(embed_word(e, ids, w, to, err));
  }
  return FRAY_OK;
}

/* Rows of the learnt table, and of pretrained vectors that are trained. */
static void mark(const struct words *e, size_t n, const float *ids, struct fray_touched *touched) {
  for (size_t k = 0; k < n; k++, ids += words_columns(e)) {
    for (size_t i = 0; i < e->ids && ids[i] >= 0; i++)
      fray_touched_mark(touched, e->table + (size_t)ids[i] * e->dim, e->dim);
    if (e->trained && ids[e->ids] >= 0)
      fray_touched_mark(touched, e->given + (size_t)ids[e->ids] * e->vectors->width,
                        e->vectors->width);
  }
}

void words_backward(const struct words *e, size_t n, const float *ids, const float *dx,
                    const struct fray_pass *pass) {
  float *grad = pass->grad;
  if (pass->touched)
    mark(e, n, ids, pass->touched);
  if (!e->vectors) {
    fray_embedding_bag_backward(n, e->ids, e->dim, GAIN, ids, dx, grad + e->table);
    return;
  }
  for (size_t k = 0; k < n; k++, ids += e->ids + 1, dx += words_width(e)) {
    fray_embedding_bag_backward(1, e->ids, e->dim, GAIN, ids, dx, grad + e->table);
    if (!e->trained || ids[e->ids] < 0)
      continue;
    float *row = grad + e->given + (size_t)ids[e->ids] * e->vectors->width;
    fray_vec_axpy(e->vectors->width, 1, dx + e->dim, row);
  }
}
