/* Where the numbers of a study come from: data, model, trainings, seeds, clients. */
#include "source.h"

#include "report/stat/path.h"

#include "fray/base/text.h"
#include "fray/json/json.h"
#include "fray/metric/metric.h"

#include <math.h>
#include <string.h>

/* NULL where the scenario says nothing, and where it says something that is no single word. */
static const char *scalar(const struct fray_node *map, const char *key) {
  const struct fray_node *node = fray_node_get(map, key);
  return node && node->scalar && *node->scalar ? node->scalar : NULL;
}

/* The name that the shards bear; results of an older program say nothing. */
static void put_data(const struct fray_rep_results *r, struct fray_text *out) {
  const char *name = r->provenance && fray_json_is_object(r->provenance)
                         ? fray_json_text(fray_json_get(r->provenance, "data"))
                         : NULL;
  if (name && *name)
    fray_text_printf(out, "Data: %s. ", name);
}

/* "model.encoders" whole, of one modality, or a key of its encoder: any of them may choose another
 * kind. */
static bool is_of_encoders(const char *key) {
  return key && strncmp(key, "model.encoders", strlen("model.encoders")) == 0;
}

/* Whether some trainings have other encoders than the scenario's: then the legend tells of them. */
static bool encoders_vary(const struct fray_rep_results *r) {
  const struct fray_node *methods = r->scenario ? fray_node_get(r->scenario, "methods") : NULL;
  bool vary = false;
  for (size_t k = 0; k < r->n_keys; k++)
    vary = vary || is_of_encoders(r->key[k]);
  for (const struct fray_node *m = methods ? methods->child : NULL; m; m = m->next)
    for (const struct fray_node *key = m->child; key; key = key->next)
      vary = vary || is_of_encoders(key->key);
  return vary;
}

/* "Model: " stands before whatever is named first, which need not be the fusion: models of
 * sequences have none that counts. */
static void put_encoder(const char *kind, const char *modality, size_t *n, struct fray_text *out) {
  if (kind && *kind && modality)
    fray_text_printf(out, "%s%s for %s", (*n)++ ? ", " : "Model: ", kind, modality);
}

/* Encoders by modality. A default is one of the model as well, and provenance says which it was:
 * results of an older program know only those that were chosen. */
static void put_encoders(const struct fray_rep_results *r, const struct fray_node *encoders,
                         size_t *n, struct fray_text *out) {
  const fray_json *by_default =
      r->provenance && fray_json_is_object(r->provenance) && !encoders_vary(r)
          ? fray_json_get(r->provenance, "default_encoders")
          : NULL;
  void *at = NULL;
  const char *modality;
  const fray_json *value;
  if (!fray_json_is_object(by_default)) {
    for (const struct fray_node *e = encoders ? encoders->child : NULL; e; e = e->next)
      put_encoder(scalar(e, "kind"), e->key, n, out);
    return;
  }
  while (fray_json_next(by_default, &at, &modality, &value)) {
    const struct fray_node *own = encoders ? fray_node_get(encoders, modality) : NULL;
    const char *kind = own ? scalar(own, "kind") : NULL;
    put_encoder(kind ? kind : fray_json_text(value), modality, n, out);
  }
}

/* What the model of all trainings is; what is swept stands in the legend. */
static void put_model(const struct fray_rep_results *r, struct fray_text *out) {
  const struct fray_node *model = r->scenario ? fray_node_get(r->scenario, "model") : NULL;
  const struct fray_node *encoders = model ? fray_node_get(model, "encoders") : NULL;
  const char *fusion = model ? scalar(model, "fusion") : NULL;
  size_t n = 0;
  /* Sequences are heard token by token: whatever fusion the scenario has by default plays no part.
   */
  const struct fray_choice *metric = fray_choice_find(&fray_metrics, r->metrics.v[r->main_metric]);
  if (fusion && !(metric && fray_metric_of_sequences(metric)))
    fray_text_printf(out, "%sfusion %s", n++ ? ", " : "Model: ", fusion);
  put_encoders(r, encoders, &n, out);
  fray_text_puts(out, n ? ". " : "");
}

/* Samples and clients of the undamaged test data; all conditions are judged on the same ones. */
static void put_size(const struct fray_rep_results *r, struct fray_text *out) {
  size_t n;
  const struct fray_rep_score *s =
      fray_rep_scores(r, false, fray_rep_clean_condition(r), FRAY_REP_ALL, r->main_metric, &n);
  fray_text_printf(out, "%s with %s", FRAY_N(fray_rep_by_training(r)->n_trials, "training"),
                   FRAY_N(r->seeds.n, "seed"));
  if (r->folds)
    fray_text_printf(out, " and %s", FRAY_N(r->pooling.n_folds, "fold"));
  if (n && s->n >= 0 && s->n < 1e15)
    fray_text_printf(out, ", %s", FRAY_N((size_t)s->n, "test sample"));
  if (n && s->n >= 0 && s->clusters >= 0 && s->clusters < 1e15)
    fray_text_printf(out, " of %s", FRAY_N((size_t)s->clusters, "client"));
  fray_text_puts(out, ".");
}

enum fray_status fray_rep_source(struct fray_rep_results *r, const char **out,
                                 struct fray_err *err) {
  struct fray_text text = {0};
  put_data(r, &text);
  put_model(r, &text);
  put_size(r, &text);
  *out = text.failed ? NULL : fray_arena_strdup(r->arena, text.data);
  fray_text_free(&text);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}
