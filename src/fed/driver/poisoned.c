/* What attackers train on in the place of what they have, and which blocks of the model they
 * attack.
 *
 * Made once, from the seed and the samples' names, so that it is the same on all ranks and after a
 * kill, and stands in no checkpoint. What is told of a trial's data (labels, weights of classes,
 * ledgers, standards of features) is told of the honest ones: nobody but an attacker sees these. */
#include "fray/base/text.h"
#include "fray/fed/federation.h"

#include <string.h>

/* A modality whose blocks can be attacked: one that something of the model is for, and is sent. */
static enum fray_status find_modality(const struct fray_training_config *training,
                                      const struct fray_dataset *dataset,
                                      const struct fray_model *model, struct fray_arena *arena,
                                      int *out, struct fray_err *err) {
  const char *name = fray_attack_modality(&training->attack), *known[FRAY_MAX_MODALITIES];
  const struct fray_param_table *table = fray_model_params(model);
  struct fray_own_blocks own;
  size_t m = 0, blocks = 0, sent = 0;
  char list[512];
  *out = FRAY_PARAM_SHARED;
  if (!name)
    return FRAY_OK;
  for (size_t k = 0; k < dataset->n_modalities; k++)
    known[k] = dataset->modality[k].name;
  while (m < dataset->n_modalities && strcmp(known[m], name) != 0)
    m++;
  FRAY_CHECK(m < dataset->n_modalities, err, INPUT, "modality: the data have no modality '%s'; %s",
             name, fray_there_are(name, known, dataset->n_modalities, list, sizeof list));
  /* What clients keep for themselves is never sent, and what no step moves (prototypes) is not
   * trained: neither can be attacked by an update. */
  FRAY_TRY(fray_own_blocks_find(training, table, arena, &own, err));
  for (size_t t = 0; t < table->n; t++)
    if (table->v[t].modality == (int)m && !table->v[t].still) {
      blocks++;
      sent += !fray_own_blocks_have(&own, &table->v[t]);
    }
  FRAY_CHECK(blocks, err, INPUT,
             "modality: no parameter of this model is of %s alone, so there is nothing to attack; "
             "take an encoder with parameters (fray list encoders)",
             name);
  FRAY_CHECK(sent, err, INPUT,
             "modality: all that the model has of %s is in training.private.blocks, and is sent by "
             "nobody",
             name);
  *out = (int)m;
  return FRAY_OK;
}

/* Labels are a copy, so that the honest ones stay; what else the attack changes it makes anew. */
static enum fray_status poison(const struct fray_attack_config *attack,
                               const struct fray_poison *of, struct fray_arena *arena,
                               struct fray_poisoned *out, struct fray_err *err) {
  const struct fray_attack_ops *ops = attack->kind.choice->impl;
  int32_t *label;
  FRAY_ALLOC(label, arena, of->clients->data.n + 1, err);
  memcpy(label, of->clients->data.label, of->clients->data.n * sizeof *label);
  out->on = true;
  out->data = of->clients->data;
  out->data.label = label;
  return ops->poison(attack->kind.params, of, &out->data, label, arena, err);
}

enum fray_status fray_federation_poison(const struct fray_training_config *training,
                                        const struct fray_dataset *dataset,
                                        const struct fray_clients *clients,
                                        const char *const *client_name,
                                        const struct fray_model *model, const uint8_t *is_attacker,
                                        uint64_t seed, struct fray_arena *arena,
                                        struct fray_poisoned *out, struct fray_err *err) {
  const struct fray_poison of = {.dataset = dataset,
                                 .clients = clients,
                                 .client_name = client_name,
                                 .is_attacker = is_attacker,
                                 .seed = seed};
  *out = (struct fray_poisoned){.modality = FRAY_PARAM_SHARED};
  if (!is_attacker) /* nothing is made where nobody attacks, not even a copy of the labels */
    return FRAY_OK;
  enum fray_status status = find_modality(training, dataset, model, arena, &out->modality, err);
  if (status == FRAY_OK && fray_attack_poisons(&training->attack))
    status = poison(&training->attack, &of, arena, out, err);
  return status == FRAY_OK ? FRAY_OK : fray_at(err, "training.attack");
}
