/* Replay: damage that was recorded, exactly as it was. */
#include "fray/corrupt/ledger.h"
#include "scope.h"

enum { FROM_LEDGER, FROM_PARTITION };
static const char *const from_names[] = {"ledger", "partition", NULL};

struct replay {
  int from;
  const char *ledger;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "from", struct replay, from, .def_text = "ledger", .names = from_names,
               .help = "ledger: a ledger file. partition: the damage columns of FedMultimodal's "
                       "simulation JSON that `data.partition` reads; train only."),
    FRAY_FIELD(PATH, "ledger", struct replay, ledger, .optional = true,
               .help = "CSV with the columns source, modality, what (lost, label, added, removed, "
                       "unlabelled, dropped), value. Required by `from: ledger`."),
};
static FRAY_TABLE(table, "replay", struct replay, fields,
                  .help = "Damage recorded in a file, reproduced exactly.");

/* Place of every sample of the data set in the partition's columns. */
static enum fray_status index_columns(const struct fray_scope *scope, uint32_t **out,
                                      struct fray_err *err) {
  const struct fray_partition *partition = scope->people->partition;
  size_t n = scope->people->dataset->n_samples;
  FRAY_ALLOC(*out, scope->arena, n, err);
  for (size_t s = 0; s < n; s++)
    (*out)[s] = UINT32_MAX;
  for (size_t at = 0; at < partition->first[partition->n_clients]; at++)
    (*out)[partition->sample[at]] = (uint32_t)at;
  return FRAY_OK;
}

/* A sample that lost all it had takes no part, as in the runs that these files come from. A missing
 * label is unlabelled; the label column holds the label that training saw. */
static bool replay_sample(const struct fray_partition *partition, size_t at,
                          struct fray_damage *damage, size_t i) {
  uint8_t lost = damage->present[i] & partition->replay_missing[at];
  int32_t label = partition->replay_unlabelled[at] ? FRAY_UNLABELLED : partition->replay_label[at];
  bool changed = lost || label != damage->label[i];
  damage->present[i] &= (uint8_t)~lost;
  damage->label[i] = label;
  if (lost && !damage->present[i])
    damage->dropped[i] = 1;
  return changed;
}

static enum fray_status replay_partition(struct fray_scope *scope, uint8_t *changed,
                                         struct fray_err *err) {
  const struct fray_population *people = scope->people;
  const struct fray_dataset *dataset = people->dataset;
  FRAY_CHECK(
      people->partition && people->partition->has_replay, err, INPUT,
      "from: the partition has no damage columns; it must be FedMultimodal's simulation JSON");
  FRAY_CHECK(
      dataset->label, err, INPUT,
      "from: a partition's columns hold one label per sample, but the data set is multi-label");
  uint32_t *place = NULL;
  FRAY_TRY(index_columns(scope, &place, err));
  for (size_t i = 0; i < people->n; i++) {
    uint32_t at = place[people->sample[i]];
    FRAY_CHECK(at != UINT32_MAX, err, INPUT, "from: sample %s is not in the partition",
               dataset->source_id[people->sample[i]]);
    int32_t label = people->partition->replay_label[at];
    FRAY_CHECK(label >= 0 && (size_t)label < dataset->n_classes, err, INPUT,
               "from: sample %s has the label %d, but there are %zu classes",
               dataset->source_id[people->sample[i]], (int)label, dataset->n_classes);
    changed[i] = replay_sample(people->partition, at, scope->damage, i);
  }
  return FRAY_OK;
}

static enum fray_status apply(const void *params, struct fray_scope *scope, struct fray_err *err) {
  const struct replay *p = params;
  uint8_t *changed = NULL;
  FRAY_ALLOC_ZERO(changed, scope->arena, scope->people->n, err);
  if (p->from == FROM_PARTITION)
    FRAY_TRY(replay_partition(scope, changed, err));
  else
    FRAY_TRY(
        fray_ledger_apply(p->ledger, scope->people, scope->damage, changed, scope->arena, err));
  for (size_t i = 0; i < scope->people->n; i++)
    fray_scope_count(scope, i, 1, changed[i]);
  return FRAY_OK;
}

static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct replay *p = entry->kind.params;
  FRAY_CHECK(!entry->who, err, INPUT, "who: kind replay does not use this key");
  FRAY_CHECK(p->from != FROM_LEDGER || p->ledger, err, INPUT, "ledger: 'from: ledger' needs it");
  FRAY_CHECK(p->from == FROM_LEDGER || !p->ledger, err, INPUT,
             "ledger: 'from: partition' does not use this key");
  FRAY_CHECK(p->from == FROM_LEDGER || at == FRAY_AT_TRAIN, err, INPUT,
             "from: the columns of a partition are about training; use 'at: train'");
  return FRAY_OK;
}

static int auto_at(const void *params) {
  const struct replay *p = params;
  return p->from == FROM_PARTITION ? FRAY_AT_TRAIN : FRAY_AT_BOTH;
}

static const struct fray_corruption_ops ops = {.at = auto_at, .check = check, .apply = apply};
const struct fray_choice fray_corruption_replay = {
    .name = "replay",
    .meaning = "Repeats recorded damage: a ledger, or FedMultimodal's simulation file.",
    .source = "ledger of a run; Feng et al. 2023 (FedMultimodal) for the simulation columns",
    .table = &table,
    .impl = &ops};
