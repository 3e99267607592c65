/* Losses that draw a sample's representation of a modality to prototypes: of the other modalities
 * by distance (cross-modal regularisation), or of its own by contrast between classes. Formulas
 * stand with struct fray_prototype_use.
 *
 * Prototypes are constants here: they are what others sent, and a gradient by them would be one of
 * their tokens, which are not at hand. */
#include "model_parts.h"

#include <math.h>

/* A sample's mean token, in double: it is compared with means of many. */
static void mean_token(const struct fray_tokens *tokens, size_t i, double *z) {
  const size_t from = tokens->first[i], to = tokens->first[i + 1], width = tokens->width;
  for (size_t k = 0; k < width; k++) {
    double x = 0;
    for (size_t r = from; r < to; r++)
      x += (double)tokens->x[r * width + k];
    z[k] = to > from ? x / (double)(to - from) : 0;
  }
}

/* The prototype of a class, or NULL if nobody has shown it. */
static const float *prototype_of(const struct fray_model *model, size_t m, size_t class,
                                 const float *w) {
  const struct model_prototypes *p = &model->prototype[m];
  return w[p->count + class] > 0 ? w + p->token + class * model->width : NULL;
}

/* To each other modality alike; a class that none of them has seen pulls nowhere. */
static double pull_across(const struct fray_model *model, size_t m, size_t label, const float *w,
                          const double *z, double factor, float *d) {
  const size_t width = model->width;
  size_t others = 0;
  double loss = 0;
  for (size_t o = 0; o < model->modalities; o++)
    others += o != m && prototype_of(model, o, label, w);
  for (size_t o = 0; o < model->modalities; o++) {
    const float *p = o != m ? prototype_of(model, o, label, w) : NULL;
    const double share = p ? factor / (double)(others * width) : 0;
    for (size_t k = 0; p && k < width; k++) {
      const double off = z[k] - (double)p[k];
      loss += share * off * off;
      d[k] += (float)(2 * share * off);
    }
  }
  return loss;
}

/* Of a representation, whose direction alone the contrast looks at. */
static double length_of(size_t width, const double *z) {
  double sum = 0;
  for (size_t k = 0; k < width; k++)
    sum += z[k] * z[k];
  return sqrt(sum);
}

/* Cosines with the prototypes of all classes of the modality that were seen; NaN marks the others,
 * and a prototype of length 0, which has no direction. */
static void cosines(const struct fray_model *model, size_t m, const float *w, const double *z,
                    double length, double *s, double *norm) {
  for (size_t c = 0; c < model->head.classes; c++) {
    const float *p = prototype_of(model, m, c, w);
    double dot = 0, square = 0;
    for (size_t k = 0; p && k < model->width; k++) {
      dot += z[k] * (double)p[k];
      square += (double)p[k] * (double)p[k];
    }
    norm[c] = sqrt(square);
    s[c] = square > 0 ? dot / (length * norm[c]) : NAN;
  }
}

/* d cos / dz = (p/|p| - cos z/|z|) / |z|. s and norm (classes): scratch. */
static double contrast(const struct fray_model *model, size_t m, size_t label, const float *w,
                       const double *z, double factor, double *s, double *norm, float *d) {
  const double length = length_of(model->width, z), heat = model->use.temperature;
  double sum = 0;
  if (!(length > 0)) /* no direction either */
    return 0;
  cosines(model, m, w, z, length, s, norm);
  if (isnan(s[label])) /* nobody has shown its class: nothing to be drawn to */
    return 0;
  /* Exponents are 2/T at most: taken from the label's own, which is in the sum. */
  for (size_t c = 0; c < model->head.classes; c++)
    sum += isnan(s[c]) ? 0 : exp((s[c] - s[label]) / heat);
  for (size_t c = 0; c < model->head.classes; c++) {
    const float *p = prototype_of(model, m, c, w);
    if (isnan(s[c]))
      continue;
    const double share =
        factor / heat * (exp((s[c] - s[label]) / heat) / sum - (double)(c == label)) / length;
    for (size_t k = 0; k < model->width; k++)
      d[k] += (float)(share * ((double)p[k] / norm[c] - s[c] * z[k] / length));
  }
  return factor * log(sum);
}

enum fray_status pull_to_prototypes(const struct fray_model *model, const struct fray_batch *batch,
                                    size_t m, const struct fray_pass *pass,
                                    const struct fray_tokens *tokens, double *loss, float **out,
                                    struct fray_err *err) {
  const struct fray_prototype_use *use = &model->use;
  const size_t width = model->width, classes = model->head.classes;
  const double share = 1 / (double)batch->n;
  double *z, *s;
  float *d;
  if (use->pull <= 0 &&
      use->contrast <= 0) /* no loss, no memory, and the bytes of plain training */
    return FRAY_OK;
  FRAY_ALLOC(z, pass->arena, width, err);
  FRAY_ALLOC(s, pass->arena, 2 * classes, err); /* cosines, and lengths of prototypes */
  FRAY_ALLOC_ZERO(d, pass->arena, tokens->n * width, err);
  for (size_t i = 0; i < batch->n; i++) {
    const int32_t row = batch->row[m][i], label = batch->label[i];
    if (row < 0 || label < 0)
      continue;
    float *di = d + (size_t)row * width;
    mean_token(tokens, (size_t)row, z);
    if (use->pull > 0)
      *loss += pull_across(model, m, (size_t)label, pass->w, z, use->pull * share, di);
    if (use->contrast > 0)
      *loss +=
          contrast(model, m, (size_t)label, pass->w, z, use->contrast * share, s, s + classes, di);
  }
  *out = d;
  return FRAY_OK;
}

/* Each of a sample's tokens has its share of the mean. */
void add_pull(const struct fray_tokens *tokens, size_t n, const float *pulled, float *dtokens) {
  const size_t width = tokens->width;
  for (size_t i = 0; i < n; i++)
    for (size_t r = tokens->first[i]; r < tokens->first[i + 1]; r++)
      for (size_t k = 0; k < width; k++)
        dtokens[r * width + k] +=
            pulled[i * width + k] / (float)(tokens->first[i + 1] - tokens->first[i]);
}
