/* What stays open from trial to trial: the data set and its features. */
#include "internal.h"

#include "fray/nn/loss.h"

#include <stdlib.h>
#include <string.h>

static char *data_key(const struct fray_cell *cell) {
  struct fray_text text = {0};
  const struct fray_node *data = fray_node_get(cell->node, "data");
  if (data)
    fray_node_emit(data, &text);
  fray_text_puts(&text, "");
  if (text.failed) {
    fray_text_free(&text);
    return NULL;
  }
  return text.data;
}

enum fray_status fray_session_open(struct fray_session *session, const struct fray_cell *cell,
                                   struct fray_err *err) {
  const struct fray_data_config *data = &cell->config.data;
  char *key = data_key(cell);
  FRAY_CHECK(key, err, MEMORY, "out of memory");
  if (session->data_key && strcmp(session->data_key, key) == 0) {
    free(key);
    return FRAY_OK;
  }
  fray_session_close(session);
  session->data_key = key;
  FRAY_TRY(fray_dataset_open(data->shards, data->modalities.v, data->modalities.n, session->comm,
                             &session->dataset, err));
  enum fray_status status = fray_features_open(session->dataset, data, &session->features, err);
  return fray_comm_agree(session->comm, status, err);
}

void fray_session_close(struct fray_session *session) {
  fray_features_close(session->features);
  fray_dataset_close(session->dataset);
  free(session->data_key);
  *session = (struct fray_session){.comm = session->comm, .warned = session->warned};
}

static enum fray_status check_loss(const struct fray_cell *cell, const struct fray_dataset *d,
                                   struct fray_err *err) {
  const struct fray_choice *loss = cell->config.training.local.loss.choice;
  bool sets = fray_loss_is_multi_label(loss);
  FRAY_CHECK(sets == d->multi_label, err, INPUT,
             "training.local.loss: %s is for %s, but the data set %s is %s; %s", loss->name,
             sets ? "sets of classes" : "one label per sample", d->name,
             d->multi_label ? "multi-label" : "single-label",
             d->multi_label ? "take bce, the default there"
                            : "take cross_entropy or another (fray list losses)");
  return FRAY_OK;
}

/* Where a group was asked for, for messages. */
static const struct fray_node *group_node(const struct fray_cell *cell, const char *name) {
  const struct fray_node *list = fray_node_at(cell->node, "evaluate.groups");
  for (const struct fray_node *g = list ? list->child : NULL; g; g = g->next)
    if (g->kind == FRAY_NODE_SCALAR && strcmp(g->scalar, name) == 0)
      return g;
  return list;
}

enum fray_status fray_cell_model(const struct fray_cell *cell, const struct fray_session *session,
                                 struct fray_model **model, struct fray_err *err) {
  const struct fray_dataset *d = session->dataset;
  const char *names[FRAY_MAX_MODALITIES];
  struct fray_feature_shape shapes[FRAY_MAX_MODALITIES];
  for (size_t m = 0; m < d->n_modalities; m++) {
    names[m] = d->modality[m].name;
    shapes[m] = *fray_features_shape(session->features, m);
  }
  FRAY_TRY(check_loss(cell, d, err));
  const struct fray_strings *groups = &cell->config.evaluate.groups;
  for (size_t g = 0; g < groups->n; g++) {
    const char *known[64];
    size_t n = 0;
    bool found = false;
    for (size_t k = 0; k < d->n_groups; k++) {
      found = found || strcmp(d->group[k].name, groups->v[g]) == 0;
      if (n < 64)
        known[n++] = d->group[k].name;
    }
    char where[256];
    const char *nearest = fray_nearest(groups->v[g], known, n);
    FRAY_CHECK(found, err, INPUT, "%s: evaluate.groups: the shards have no group column '%s'%s%s%s",
               fray_node_where(group_node(cell, groups->v[g]), where), groups->v[g],
               nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
  }
  return fray_model_new(&cell->config.model, d->n_modalities, names, shapes, d->n_classes, model,
                        err);
}
