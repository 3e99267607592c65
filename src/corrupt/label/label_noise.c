/* Label noise: labels that are there, and wrong. */
#include "noise_law.h"
#include "relabel.h"

#include <string.h>

enum {
  MODEL_SYMMETRIC,
  MODEL_CLASS_MATRIX,
  MODEL_MATRIX,
  MODEL_RESAMPLE,
  MODEL_PAIR_FLIP,
  MODEL_FEDCORR,
  MODEL_FEDNORO,
  MODEL_INSTANCE
};
static const char *const model_names[] = {"symmetric", "class_matrix", "matrix",
                                          "resample",  "pair_flip",    "fedcorr",
                                          "fednoro",   "instance",     NULL};
static const char *const mode_names[] = {"random", "instance", NULL};

struct label_noise {
  int model, compat;
  double sparsity, level_min, level_max; /* NaN: not given */
  const char *mode;                      /* of fednoro; NULL: random */
  const struct fray_node *matrix, *rate_by;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(
        ENUM, "model", struct label_noise, model, .def_text = "symmetric", .names = model_names,
        .help = "symmetric: every other class alike, never the true one; of multi-label data each "
                "class of a sample is flipped by itself. class_matrix: a "
                "random matrix with mean rate `rate` over the classes and `sparsity`. matrix: "
                "the given one. resample: any of the K classes alike, so that (K - 1) / K of "
                "the rate is wrong. pair_flip: each class becomes the next one, the last the "
                "first. fedcorr: each client is noisy with probability `rate`; fednoro: exactly "
                "floor(rate N) of the N clients are. A noisy client has one level, uniform from "
                "`level_min` to `level_max`, and resamples that share of its labels from all "
                "classes. instance: by what a sample looks like (the values of the first modality "
                "that it has in the data, as 32 numbers of length 1): its level is normal around "
                "`rate` with deviation 0.1 within [0, 1], so that the mean is above a small rate "
                "(0.101 of 0.05), and the wrong class is drawn from a softmax of its look times "
                "normal weights of its class. All training values are read for it."),
    FRAY_FIELD(STRING, "mode", struct label_noise, mode, .optional = true, .names = mode_names,
               .help = "fednoro: random (default), a noisy client resamples its level from all "
                       "classes; instance: exactly floor(level n) of its n labels become another "
                       "class that the sample looks like, first those that look least like their "
                       "own. There a trained model looks; here each class is a normal law around "
                       "the mean look of its training samples."),
    FRAY_ENTRY(REAL, rate, .optional = true, .min = 0, .max = 1,
               .help = "Mean share of wrong labels (over the classes, for class_matrix). Required, "
                       "but not used by model matrix."),
    FRAY_FIELD(REAL, "sparsity", struct label_noise, sparsity, .optional = true, .min = 0, .max = 1,
               .help =
                   "class_matrix: share of the zeros off the diagonal, as an exact count; each "
                   "class keeps at least one wrong class. Default 0; 0.4 under compat, where the "
                   "zeros are drawn with replacement as in that benchmark."),
    FRAY_FIELD(REAL, "level_min", struct label_noise, level_min, .optional = true, .min = 0,
               .max = 1,
               .help = "fedcorr, fednoro: smallest level of a noisy client. Default 0.5 (FedCorr's "
                       "tau, and FedNoRo's)."),
    FRAY_FIELD(
        REAL, "level_max", struct label_noise, level_max, .optional = true, .min = 0, .max = 1,
        .help = "fedcorr, fednoro: largest level of a noisy client. Default 1 of fedcorr, 0.7 "
                "of fednoro, as published."),
    FRAY_RATE_BY(struct label_noise),
    FRAY_LABEL_IF_HIT,
    FRAY_FIELD(NODE, "matrix", struct label_noise, matrix,
               .help =
                   "matrix: one row per class (in the data set's order) with the probability of "
                   "each label; rows sum to 1 within 1e-6."),
    FRAY_FIELD(
        ENUM, "compat", struct label_noise, compat, .def_text = "none", .names = fray_compat_names,
        .help = "fedmultimodal: the structure of that benchmark's noise, for comparison. Each "
                "client has one matrix with 1 - rate on the diagonal and one uniform number; "
                "a class becomes the class whose share of its row holds that number, for all "
                "of the client's samples; with 2 classes a client is inverted or clean as a "
                "whole. Needs model class_matrix."),
};
static FRAY_TABLE(table, "label_noise", struct label_noise, fields,
                  .help = "Wrong labels in training.");

/* Whether the label changes and what it becomes are two draws of the sample, so a larger rate adds
 * wrong labels and leaves those that were wrong before as they are. */
static enum fray_status apply_law(const struct fray_noise_law *law, const struct fray_rate_by *by,
                                  struct fray_scope *scope) {
  for (size_t i = 0; i < scope->people->n; i++) {
    if (!fray_may_relabel(scope, i))
      continue;
    size_t label = (size_t)scope->damage->label[i];
    struct fray_rng rng = fray_scope_stream(scope, FRAY_UNIT_SAMPLE, i, FRAY_STREAM_LABEL);
    double whether = fray_rng_uniform(&rng), what = fray_rng_uniform(&rng);
    /* Rates by group or class scale the law of rate 1, which only models with one rate have. */
    const double rate = fray_rate_by_of(by, scope, i);
    const double wrong = by->rate ? rate * law->wrong[label] : law->wrong[label];
    const bool hit =
        whether < wrong && (!scope->tie || fray_scope_follows(scope, i, FRAY_MAX_MODALITIES));
    fray_scope_drew(scope, i, hit ? FRAY_DRAWN_LABEL : 0);
    fray_relabel(scope, i, hit ? fray_noise_target(law, label, what) : label);
    fray_scope_expect(scope, wrong, 1);
  }
  return FRAY_OK;
}

/* FedMultimodal reseeds its generator for every sample, so all samples of a client see one uniform
 * u and a class is remapped as a whole: class y becomes the j with u in the j-th interval of row y.
 * The rate of a class over clients is `rate`, but within a client the classes flip together: u in
 * the middle keeps most of them, u near 0 or 1 changes most. */
static enum fray_status draw_remap(const struct label_noise *p, double rate,
                                   struct fray_scope *scope, size_t client, int32_t *remap,
                                   struct fray_err *err) {
  size_t k = scope->people->dataset->n_classes;
  struct fray_rng rng = fray_scope_stream(scope, FRAY_UNIT_CLIENT, client, FRAY_STREAM_LABEL);
  double u = fray_rng_uniform(&rng);
  /* The benchmark treats two classes apart: with them the matrix has nothing to draw. */
  if (k == 2) {
    for (int32_t y = 0; y < 2; y++)
      remap[y] = u < rate ? 1 - y : y;
    return FRAY_OK;
  }
  /* A matrix is of one client and goes when its map is made. */
  struct fray_arena_place mark = fray_arena_mark(scope->arena);
  struct fray_noise_law law;
  struct fray_rng matrix = fray_scope_stream(scope, FRAY_UNIT_CLIENT, client, FRAY_STREAM_MATRIX);
  /* The default of the benchmark, not that of class_matrix. */
  double sparsity = isnan(p->sparsity) ? 0.4 : p->sparsity;
  FRAY_TRY(fray_noise_fedmultimodal(rate, sparsity, k, &matrix, scope->arena, &law, err));
  for (size_t y = 0; y < k; y++)
    remap[y] = (int32_t)fray_noise_row(&law, y, u);
  fray_arena_rewind(scope->arena, mark);
  return FRAY_OK;
}

/* One map a client, made where the client is first met: most of a million clients have few samples,
 * and a table of all maps would be theirs times the classes. */
static enum fray_status apply_remap(const struct label_noise *p, double rate,
                                    struct fray_scope *scope, struct fray_err *err) {
  size_t k = scope->people->dataset->n_classes;
  int32_t **remap = NULL; /* of the clients met so far */
  FRAY_ALLOC_ZERO(remap, scope->arena, scope->people->n_clients, err);
  for (size_t i = 0; i < scope->people->n; i++) {
    if (!fray_may_relabel(scope, i))
      continue;
    uint32_t client = scope->people->client[i];
    if (!remap[client]) {
      FRAY_ALLOC(remap[client], scope->arena, k, err);
      FRAY_TRY(draw_remap(p, rate, scope, client, remap[client], err));
    }
    const size_t from = (size_t)scope->damage->label[i], to = (size_t)remap[client][from];
    fray_scope_drew(scope, i, to != from ? FRAY_DRAWN_LABEL : 0);
    fray_relabel(scope, i, to);
  }
  return FRAY_OK;
}

/* Levels of clients, NaN of those that are clean: two numbers of the client, whether and how much.
 * fedcorr draws each client by itself, fednoro an exact count of those that hold labels here. */
static enum fray_status draw_levels(const struct label_noise *p, double rate,
                                    struct fray_scope *scope, double *level, struct fray_err *err) {
  const struct fray_population *people = scope->people;
  const double low = isnan(p->level_min) ? 0.5 : p->level_min;
  const double most = p->model == MODEL_FEDCORR ? 1.0 : 0.7;
  const double high = isnan(p->level_max) ? most : p->level_max;
  double *whether = NULL;
  FRAY_ALLOC(whether, scope->arena, people->n_clients, err);
  for (size_t c = 0; c < people->n_clients; c++)
    whether[c] = level[c] = NAN;
  for (size_t i = 0; i < people->n; i++) {
    const uint32_t c = people->client[i];
    if (!fray_may_relabel(scope, i) || !isnan(whether[c]))
      continue;
    struct fray_rng rng = fray_scope_stream(scope, FRAY_UNIT_CLIENT, c, FRAY_STREAM_LEVEL);
    whether[c] = fray_rng_uniform(&rng);
    level[c] = low + (high - low) * fray_rng_uniform(&rng);
  }
  /* The level is drawn of clean clients too: a larger rate then finds it as it was. */
  const bool exact = p->model == MODEL_FEDNORO;
  if (exact)
    FRAY_TRY(fray_rank_draws(whether, people->client_source, people->n_clients, scope->arena, err));
  /* Negated, so that clients without a draw here, NaN, have no level either. */
  for (size_t c = 0; c < people->n_clients; c++)
    if (!(exact ? whether[c] <= rate : whether[c] < rate))
      level[c] = NAN;
  return FRAY_OK;
}

/* The published code of both draws the new label from all classes, the true one too. */
static enum fray_status apply_levels(const struct label_noise *p, double rate,
                                     struct fray_scope *scope, struct fray_err *err) {
  const size_t classes = scope->people->dataset->n_classes;
  double *level = NULL;
  FRAY_CHECK(classes >= 2, err, INPUT, "wrong labels need at least 2 classes, the data has %zu",
             classes);
  FRAY_ALLOC(level, scope->arena, scope->people->n_clients, err);
  FRAY_TRY(draw_levels(p, rate, scope, level, err));
  if (p->mode && strcmp(p->mode, mode_names[1]) == 0)
    return fray_instance_clients(level, scope, err);
  for (size_t i = 0; i < scope->people->n; i++) {
    if (!fray_may_relabel(scope, i))
      continue;
    struct fray_rng rng = fray_scope_stream(scope, FRAY_UNIT_SAMPLE, i, FRAY_STREAM_LABEL);
    /* Both are drawn whatever the level, and a comparison with NaN, a clean client's, is false. */
    const double whether = fray_rng_uniform(&rng);
    const size_t any = (size_t)fray_rng_below(&rng, classes);
    const bool hit = whether < level[scope->people->client[i]];
    fray_scope_drew(scope, i, hit ? FRAY_DRAWN_LABEL : 0);
    fray_relabel(scope, i, hit ? any : (size_t)scope->damage->label[i]);
    /* A class of K that is drawn is the true one once in K. */
    const double mine = level[scope->people->client[i]];
    fray_scope_expect(scope, isnan(mine) ? 0 : mine * (double)(classes - 1) / (double)classes, 1);
  }
  return FRAY_OK;
}

/* A set has no other class to become: each class of a sample is a label of its own, right or wrong.
 * The c-th number of the sample's stream is that of class c, so a larger rate flips more. */
static enum fray_status apply_flips(const struct label_noise *p, const struct fray_rate_by *by,
                                    struct fray_scope *scope, struct fray_err *err) {
  size_t classes = scope->people->dataset->n_classes;
  FRAY_CHECK(p->model == MODEL_SYMMETRIC, err, INPUT,
             "model: %s says which class becomes which, but the data set is multi-label; only "
             "symmetric, which flips each class of a sample by itself, is possible",
             model_names[p->model]);
  FRAY_CHECK(!scope->tie, err, INPUT,
             "with: the data set is multi-label, where each class of a sample has its own draw");
  for (size_t i = 0; i < scope->people->n; i++) {
    if (!fray_may_relabel(scope, i))
      continue;
    uint8_t *set = scope->damage->labels + i * classes;
    const double rate = fray_rate_by_of(by, scope, i);
    struct fray_rng rng = fray_scope_stream(scope, FRAY_UNIT_SAMPLE, i, FRAY_STREAM_LABEL);
    for (size_t c = 0; c < classes; c++) {
      bool flip = fray_rng_uniform(&rng) < rate;
      set[c] ^= flip;
      fray_scope_drew(scope, i, flip ? FRAY_DRAWN_LABEL : 0);
      fray_scope_count(scope, i, 1, flip);
      fray_scope_expect(scope, rate, 1);
    }
  }
  return FRAY_OK;
}

/* The law of the models that have one for all samples. With rates by group or class it is that of
 * rate 1, whose labels the rates of the samples thin out. */
static enum fray_status make_law(const struct label_noise *p, double rate, struct fray_scope *scope,
                                 struct fray_noise_law *law, struct fray_err *err) {
  const size_t k = scope->people->dataset->n_classes;
  /* Nor has an entry a rate whose samples are those of another one. */
  const double most = p->rate_by || scope->tie ? 1.0 : rate;
  /* One matrix for all clients: noise is a property of the classes here; under compat each client
   * has a matrix of its own. */
  struct fray_rng rng = fray_scope_plan_stream(scope, 0);
  switch (p->model) {
  case MODEL_MATRIX:
    return fray_noise_given(p->matrix, k, scope->arena, law, err);
  case MODEL_CLASS_MATRIX:
    return fray_noise_class_matrix(rate, isnan(p->sparsity) ? 0.0 : p->sparsity, k, &rng,
                                   scope->arena, law, err);
  case MODEL_PAIR_FLIP:
    return fray_noise_pair_flip(most, k, scope->arena, law, err);
  case MODEL_RESAMPLE:
    return fray_noise_resample(most, k, scope->arena, law, err);
  default:
    return fray_noise_symmetric(most, k, scope->arena, law, err);
  }
}

/* Sets have no other class to become, and models of clients draw by client: each go their own
 * way. */
static enum fray_status apply(const struct fray_corruption_config *entry, struct fray_scope *scope,
                              struct fray_err *err) {
  const struct label_noise *p = entry->kind.params;
  const double rate = entry->rate;
  size_t k = scope->people->dataset->n_classes;
  struct fray_rate_by by;
  /* A wrong word among right ones would be damage of its own: who writes down what was said errs by
   * leaving out and hearing too much as well. */
  FRAY_CHECK(!scope->people->dataset->words, err, INPUT,
             "wrong labels are other classes, and the data have sequences of classes");
  FRAY_TRY(fray_rate_by_make(p->rate_by, rate, scope, &by, err));
  if (scope->people->dataset->multi_label)
    return apply_flips(p, &by, scope, err);
  if (p->compat == FRAY_COMPAT_FEDMULTIMODAL) {
    /* The other ways ask this where they make their law; this one makes none with two classes. */
    FRAY_CHECK(k >= 2, err, INPUT, "wrong labels need at least 2 classes, the data has %zu", k);
    return apply_remap(p, rate, scope, err);
  }
  if (p->model == MODEL_FEDCORR || p->model == MODEL_FEDNORO)
    return apply_levels(p, rate, scope, err);
  if (p->model == MODEL_INSTANCE)
    return fray_instance_apply(rate, scope, err);
  struct fray_noise_law law;
  FRAY_TRY(make_law(p, rate, scope, &law, err));
  return apply_law(&law, &by, scope);
}

/* Levels are of clients, rates by group of models that have one rate for all. */
static enum fray_status check_levels(const struct label_noise *p, const char *with,
                                     struct fray_err *err) {
  const char *model = model_names[p->model];
  const bool clients = p->model == MODEL_FEDCORR || p->model == MODEL_FEDNORO;
  const bool given = !isnan(p->level_min) || !isnan(p->level_max);
  const bool one_rate =
      p->model == MODEL_SYMMETRIC || p->model == MODEL_RESAMPLE || p->model == MODEL_PAIR_FLIP;
  FRAY_CHECK(clients || !given, err, INPUT, "%s: model %s does not use this key",
             isnan(p->level_min) ? "level_max" : "level_min", model);
  const double low = isnan(p->level_min) ? 0.5 : p->level_min;
  const double most = p->model == MODEL_FEDCORR ? 1.0 : 0.7;
  const double high = isnan(p->level_max) ? most : p->level_max;
  FRAY_CHECK(!clients || low <= high, err, INPUT, "level_min: %g is above level_max, %g", low,
             high);
  FRAY_CHECK(one_rate || !with, err, INPUT,
             "with: model %s says itself whom it hits; use symmetric, resample or pair_flip",
             model);
  FRAY_CHECK(!with || !p->rate_by, err, INPUT,
             "rate_by: with: %s says whom it hits; leave this key out", with);
  FRAY_CHECK(
      one_rate || !p->rate_by, err, INPUT,
      "rate_by: model %s has no rate that could differ; use symmetric, resample or pair_flip",
      model);
  return fray_rate_by_check(p->rate_by, err);
}

/* What the model does not use is refused, since the user believes that it does something. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct label_noise *p = entry->kind.params;
  const char *model = model_names[p->model];
  bool given = p->model == MODEL_MATRIX;
  (void)at;
  FRAY_CHECK(!given || p->matrix, err, INPUT, "matrix: model matrix needs it");
  FRAY_CHECK(given || !p->matrix, err, INPUT, "matrix: model %s does not use this key", model);
  FRAY_CHECK(given || entry->with || !isnan(entry->rate), err, INPUT, "rate: model %s needs it",
             model);
  FRAY_CHECK(!given || isnan(entry->rate), err, INPUT,
             "rate: model matrix does not use this key; the matrix says how often");
  FRAY_CHECK(p->model == MODEL_FEDNORO || !p->mode, err, INPUT,
             "mode: model %s does not use this key", model);
  FRAY_CHECK(p->model == MODEL_CLASS_MATRIX || isnan(p->sparsity), err, INPUT,
             "sparsity: model %s does not use this key", model);
  FRAY_CHECK(p->compat == FRAY_COMPAT_NONE || p->model == MODEL_CLASS_MATRIX, err, INPUT,
             "compat: fedmultimodal draws a matrix per client; set 'model: class_matrix'");
  return check_levels(p, entry->with, err);
}

/* Under compat the interval of a row that keeps its class shrinks from both ends as the rate grows,
 * so the set nests, while the wrong class may change. A given matrix has no rate. */
static unsigned nests(const struct fray_corruption_config *entry) {
  const struct label_noise *p = entry->kind.params;
  if (p->model == MODEL_MATRIX)
    return 0;
  return p->compat == FRAY_COMPAT_NONE ? FRAY_NESTS_SET | FRAY_NESTS_VALUE : FRAY_NESTS_SET;
}

static const struct fray_corruption_ops ops = {.words = "wrong labels",
                                               .category = FRAY_CATEGORY_CONTRADICTION,
                                               .strength = {"rate", "share", 0, 1},
                                               .labels = true,
                                               .ties = true,
                                               .nests = nests,
                                               .check = check,
                                               .apply = apply};
const struct fray_choice fray_corruption_label_noise = {
    .name = "label_noise",
    .meaning = "Training samples carry wrong labels.",
    .source = "symmetric; pair flip (Han et al. 2018); class-conditional (Northcutt et al. 2021, "
              "cleanlab); instances: Xia et al. 2020; clients: Xu et al. 2022 (FedCorr), Wu et al. "
              "2023 (FedNoRo); compat: "
              "Feng et al. 2023 (FedMultimodal)",
    .table = &table,
    .impl = &ops};
