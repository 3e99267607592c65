/* Words -> scaled sum of the embeddings of each word's ids (the word itself and its character
 * n-grams) -> GRU -> one token per word. Rows past a sample's length are not looked up, and nothing
 * is computed of them. */
#include "conv_gru.h"
#include "word_vectors.h"

#include "fray/base/size.h"

extern const struct fray_choice fray_encoder_bag_gru;

struct text_params {
  int64_t dim;
  const char *vectors; /* NULL: frozen */
};

struct fray_encoder {
  struct words words;
  struct fray_encoder *gru;
};

struct tape {
  const struct fray_feature_batch *in;
  void *gru;
};

static enum fray_status plan(const void *params, const struct fray_feature_shape *shape,
                             const struct fray_model_part *part, struct fray_encoder **out,
                             struct fray_err *err) {
  static const struct conv_gru_params none = {.kernel = 1};
  const struct text_params *p = params;
  struct fray_encoder *e;
  FRAY_ALLOC_ZERO(e, part->scope.table->arena, 1, err);
  FRAY_TRY(words_plan(part, shape, (size_t)p->dim, p->vectors, &e->words, err));
  const struct fray_feature_shape words = {
      FRAY_FEATURE_SEQUENCE, shape->time, 1, 1, words_width(&e->words), 0};
  FRAY_TRY(conv_gru_plan(&none, &words, part, &e->gru, err));
  *out = e;
  return FRAY_OK;
}

/* Word vectors (n, time, width), time that of the longest sample; past a sample's words they are
 * not set. */
static enum fray_status embed(const struct fray_encoder *e, const struct fray_feature_batch *in,
                              const struct fray_pass *pass, struct fray_feature_batch *out,
                              struct fray_err *err) {
  const size_t width = words_width(&e->words), columns = words_columns(&e->words);
  size_t time = 1;
  for (size_t i = 0; i < in->n; i++)
    time = FRAY_MAX(time, (size_t)in->length[i]);
  FRAY_CHECK(time <= in->time, err, INTERNAL, "a sample of %zu words in a batch of %zu", time,
             in->time);
  float *x; /* cut to the longest: short texts in a batch made for long ones cost little */
  FRAY_ALLOC(x, pass->arena, in->n * time * width, err);
  for (size_t i = 0; i < in->n; i++) {
    const float *ids = in->x + i * in->time * columns;
    float *to = x + i * time * width;
    FRAY_TRY(words_forward(&e->words, (size_t)in->length[i], ids, pass->w, to, err));
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
  FRAY_TRY(conv_gru_forward(e->gru, &words, pass, out, &t->gru, err));
  if (pass->train)
    *tape = t;
  return FRAY_OK;
}

static enum fray_status backward(const struct fray_encoder *e, void *tape, float *dtokens,
                                 const struct fray_pass *pass, struct fray_err *err) {
  struct tape *t = tape;
  const struct fray_feature_batch *in = t->in;
  const size_t width = words_width(&e->words), columns = words_columns(&e->words);
  size_t words = 0;
  float *dx;
  for (size_t i = 0; i < in->n; i++)
    words += (size_t)in->length[i];
  FRAY_ALLOC(dx, pass->arena, words * width, err);
  FRAY_TRY(conv_gru_backward_to_input(e->gru, t->gru, dtokens, pass, dx, err));
  /* Gradients are packed, words lie as far apart as in the batch. */
  for (size_t i = 0; i < in->n; dx += (size_t)in->length[i++] * width)
    words_backward(&e->words, (size_t)in->length[i], in->x + i * in->time * columns, dx, pass);
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

static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "vectors", struct text_params, vectors, .optional = true,
               .names = words_vectors_names, .help = WORDS_VECTORS_HELP),
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
