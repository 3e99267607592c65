/* Words -> scaled sum of the embeddings of each word's ids (the word itself and its character
 * n-grams) -> GRU -> one token per word.
 *
 * The table is large and its use sparse: forward and backward touch only the rows of the batch's
 * words. Rows past a sample's length are not looked up; their word vectors are 0. */
#include "conv_gru.h"

#include "fray/base/size.h"
#include "fray/nn/embedding.h"
#include "fray/tensor/vec.h"

#include <math.h>
#include <string.h>

extern const struct fray_choice fray_encoder_bag_gru;

struct text_params {
  int64_t dim;
  const char *vectors; /* NULL: frozen */
};

struct fray_encoder {
  size_t buckets, ids, dim;
  size_t table;                            /* offset in the flat vector */
  const struct fray_word_vectors *vectors; /* pretrained; NULL: none */
  bool trained;                            /* they are parameters, at `given` in the flat vector */
  size_t given;
  struct fray_encoder *gru;
};

struct tape {
  const struct fray_feature_batch *in;
  size_t time;
  void *gru;
};

/* A word of n ids is GAIN / sqrt(n) times the sum of their rows, and rows start in U(-b, b) with
 * b = sqrt(3) / GAIN, whose variance is 1 / GAIN^2: a word starts with variance 1, that of
 * PyTorch's nn.Embedding, whatever n and the most ids that a word may have. The gain is what makes
 * it learn: Adam moves every value by about lr, and a row of deviation 1/4 is soon another; SGD
 * moves a word by GAIN^2 times what it would move whole words. With the mean of rows of 8.66 that
 * this was, Adam hardly changed a row; docs/decisions/0010 has the numbers. */
#define GAIN 4

/* A word's vector: that of its ids, then the pretrained one. */
static size_t width_of(const struct fray_encoder *e) {
  return e->dim + (e->vectors ? e->vectors->width : 0);
}

/* Frozen ones are no parameters: nothing of them is sent, clipped, decayed or kept with a model. */
static enum fray_status plan_vectors(const struct text_params *p,
                                     const struct fray_model_part *part, struct fray_encoder *e,
                                     struct fray_err *err) {
  e->vectors = part->vectors;
  FRAY_CHECK(e->vectors || !p->vectors, err, INPUT,
             "vectors: %s, but data.features names no file of vectors for it", p->vectors);
  e->trained = p->vectors && strcmp(p->vectors, "trained") == 0;
  if (!e->trained)
    return FRAY_OK;
  return fray_param_add_given(&part->scope, "vectors.weight",
                              (size_t[4]){e->vectors->n, e->vectors->width, 1, 1}, e->vectors->x,
                              &e->given, err);
}

static enum fray_status plan(const void *params, const struct fray_feature_shape *shape,
                             const struct fray_model_part *part, struct fray_encoder **out,
                             struct fray_err *err) {
  static const struct conv_gru_params none = {.kernel = 1};
  const struct text_params *p = params;
  struct fray_encoder *e;
  FRAY_CHECK(shape->buckets >= 1 && shape->channels >= 1, err, INPUT, "words without ids");
  FRAY_ALLOC_ZERO(e, part->scope.table->arena, 1, err);
  *e = (struct fray_encoder){.buckets = shape->buckets,
                             .ids = shape->channels - (part->vectors != NULL),
                             .dim = (size_t)p->dim};
  FRAY_TRY(fray_param_add(&part->scope, "embedding.weight", (size_t[4]){e->buckets, e->dim, 1, 1},
                          sqrt(3) / GAIN, &e->table, err));
  FRAY_TRY(plan_vectors(p, part, e, err));
  const struct fray_feature_shape words = {
      FRAY_FEATURE_SEQUENCE, shape->time, 1, 1, width_of(e), 0};
  FRAY_TRY(conv_gru_plan(&none, &words, part, &e->gru, err));
  *out = e;
  return FRAY_OK;
}

/* One word: the sum of its embeddings, and behind it its pretrained vector, or zeros. */
static enum fray_status embed_word(const struct fray_encoder *e, const float *ids, const float *w,
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

/* The words of one sample. */
static enum fray_status embed_words(const struct fray_encoder *e, size_t words, const float *ids,
                                    const float *w, float *to, struct fray_err *err) {
  if (!e->vectors) {
    FRAY_CHECK(fray_embedding_ids_fit(words * e->ids, ids, e->buckets), err, INTERNAL,
               "an id that is not in [-1, %zu]", e->buckets - 1);
    fray_embedding_bag_forward(words, e->ids, e->dim, GAIN, ids, w + e->table, to);
    return FRAY_OK;
  }
  for (size_t k = 0; k < words; k++, ids += e->ids + 1, to += width_of(e)) {
    FRAY_CHECK(fray_embedding_ids_fit(e->ids, ids, e->buckets), err, INTERNAL,
               "an id that is not in [-1, %zu]", e->buckets - 1);
    FRAY_TRY(embed_word(e, ids, w, to, err));
  }
  return FRAY_OK;
}

/* Word vectors (n, time, width), time that of the longest sample. */
static enum fray_status embed(const struct fray_encoder *e, const struct fray_feature_batch *in,
                              const struct fray_pass *pass, struct fray_feature_batch *out,
                              struct fray_err *err) {
  const size_t width = width_of(e), columns = e->ids + (e->vectors != NULL);
  size_t time = 1;
  for (size_t i = 0; i < in->n; i++)
    time = FRAY_MAX(time, (size_t)in->length[i]);
  FRAY_CHECK(time <= in->time, err, INTERNAL, "a sample of %zu words in a batch of %zu", time,
             in->time);
  float *x; /* cut to the longest: short texts in a batch made for long ones cost little */
  FRAY_ALLOC(x, pass->arena, in->n * time * width, err);
  for (size_t i = 0; i < in->n; i++) {
    const size_t words = (size_t)in->length[i];
    float *to = x + i * time * width;
    FRAY_TRY(embed_words(e, words, in->x + i * in->time * columns, pass->w, to, err));
    memset(to + words * width, 0, (time - words) * width * sizeof *to);
  }
  *out = (struct fray_feature_batch){.n = in->n, .time = time, .x = x, .length = in->length};
  return FRAY_OK;
}

static enum fray_status forward(const struct fray_encoder *e, const struct fray_feature_batch *in,
                                const struct fray_pass *pass, struct fray_tokens *out, void **tape,
                                struct fray_err *err) {
  struct fray_feature_batch *kept, words;
  struct tape *t;
  FRAY_ALLOC_ZERO(t, pass->arena, 1, err);
  FRAY_ALLOC(kept, pass->arena, 1, err);
  *kept = *in; /* the caller's struct may be gone at the backward pass, its arrays are not */
  FRAY_TRY(embed(e, in, pass, &words, err));
  t->in = kept;
  t->time = words.time; /* of dx, whose rows are those that were embedded */
  FRAY_TRY(conv_gru_forward(e->gru, &words, pass, out, &t->gru, err));
  if (pass->train)
    *tape = t;
  return FRAY_OK;
}

/* The gradient of one sample's words, dx (words, width), into the rows that they name. Rows were
 * checked on the way forward. */
static void backward_words(const struct fray_encoder *e, size_t words, const float *ids,
                           const float *dx, float *grad) {
  if (!e->vectors) {
    fray_embedding_bag_backward(words, e->ids, e->dim, GAIN, ids, dx, grad + e->table);
    return;
  }
  for (size_t k = 0; k < words; k++, ids += e->ids + 1, dx += width_of(e)) {
    fray_embedding_bag_backward(1, e->ids, e->dim, GAIN, ids, dx, grad + e->table);
    if (!e->trained || ids[e->ids] < 0)
      continue;
    float *row = grad + e->given + (size_t)ids[e->ids] * e->vectors->width;
    fray_vec_axpy(e->vectors->width, 1, dx + e->dim, row);
  }
}

/* Words past a sample's length have a gradient of 0 and no ids; only the words there are handed on.
 */
static enum fray_status backward(const struct fray_encoder *e, void *tape, float *dtokens,
                                 const struct fray_pass *pass, struct fray_err *err) {
  struct tape *t = tape;
  const struct fray_feature_batch *in = t->in;
  const size_t width = width_of(e), columns = e->ids + (e->vectors != NULL);
  float *dx;
  FRAY_ALLOC(dx, pass->arena, in->n * t->time * width, err);
  FRAY_TRY(conv_gru_backward_to_input(e->gru, t->gru, dtokens, pass, dx, err));
  for (size_t i = 0; i < in->n; i++)
    backward_words(e, (size_t)in->length[i], in->x + i * in->time * columns,
                   dx + i * t->time * width, pass->grad);
  return FRAY_OK;
}

/* Rows of the table are looked up and added, which is no product; but they need a gradient. */
static struct fray_flops flops(const struct fray_encoder *e, size_t time) {
  return conv_gru_flops_to_input(e->gru, time, true);
}

static size_t tokens(const struct fray_encoder *e, size_t time) {
  return conv_gru_tokens(e->gru, time);
}

static const struct fray_encoder_ops ops = {.kinds = 1u << FRAY_FEATURE_TOKENS,
                                            .preferred = 1u << FRAY_FEATURE_TOKENS,
                                            .plan = plan,
                                            .forward = forward,
                                            .backward = backward,
                                            .flops = flops,
                                            .tokens = tokens};

static const char *const vectors_names[] = {"frozen", "trained", NULL};
static const struct fray_field fields[] = {
    FRAY_FIELD(
        STRING, "vectors", struct text_params, vectors, .optional = true, .names = vectors_names,
        .help = "of data.features.NAME.vectors: frozen (the default) leaves them as they are; "
                "trained makes them parameters that start there"),
    FRAY_FIELD(INT, "dim", struct text_params, dim, .def = 64, .min = 1, .max = 4096,
               .help = "values of a word's vector; the table has data.features.NAME.buckets rows"),
};
static FRAY_TABLE(table, "text", struct text_params, fields,
                  .help = "Embeddings of words and their character n-grams, then a GRU.");

const struct fray_choice fray_encoder_bag_gru = {
    .name = "text",
    .meaning =
        "a word is the sum of the embeddings of its hashed id and n-grams over the root of their "
        "number; a GRU over the words; one token per word",
    .source = "Bojanowski et al. 2017 (fastText); Cho et al. 2014",
    .table = &table,
    .impl = &ops};
