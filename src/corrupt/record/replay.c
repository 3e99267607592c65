/* Replay: damage that was recorded, exactly as it was. */
#include "corrupt/scope/scope.h"
#include "fray/corrupt/ledger.h"

#include <string.h>

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
               .help = "CSV with the columns source, modality, what (lost, damaged, redrawn, "
                       "label, added, removed, "
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
  /* The partition lists samples by client; a sample that it leaves out keeps the mark. */
  for (size_t at = 0; at < partition->first[partition->n_clients]; at++)
    (*out)[partition->sample[at]] = (uint32_t)at;
  return FRAY_OK;
}

/* A sample that lost all it had takes no part, as in the runs that these files come from. A missing
 * label is unlabelled; the label column holds the label that training saw. */
static void replay_sample(const struct fray_partition *partition, size_t at,
                          struct fray_damage *damage, size_t i) {
  /* What an earlier entry took is not lost a second time. */
  uint8_t lost = damage->present[i] & partition->replay_missing[at];
  int32_t label = partition->replay_unlabelled[at] ? FRAY_UNLABELLED : partition->replay_label[at];
  damage->present[i] &= (uint8_t)~lost;
  damage->label[i] = label;
  if (lost && !damage->present[i])
    damage->dropped[i] = 1;
}

/* Columns of another data set would fit by accident: each sample is looked for, and its label
 * checked. */
static enum fray_status replay_partition(struct fray_scope *scope, struct fray_err *err) {
  const struct fray_population *people = scope->people;
  const struct fray_dataset *dataset = people->dataset;
  FRAY_CHECK(
      people->partition && people->partition->has_replay, err, INPUT,
      "from: the partition has no damage columns; it must be FedMultimodal's simulation JSON");
  FRAY_CHECK(fray_has_one_label(dataset), err, INPUT,
             "from: a partition's columns hold one label per sample, but the data set is %s",
             dataset->words ? "of sequences" : "multi-label");
  uint32_t *place = NULL;
  FRAY_TRY(index_columns(scope, &place, err));
  /* Checked and done one by one: after a failure the damage is half changed, which ends the
   * trial. */
  for (size_t i = 0; i < people->n; i++) {
    uint32_t at = place[people->sample[i]];
    FRAY_CHECK(at != UINT32_MAX, err, INPUT, "from: sample %s is not in the partition",
               dataset->source_id[people->sample[i]]);
    int32_t label = people->partition->replay_label[at];
    FRAY_CHECK(label >= 0 && (size_t)label < dataset->n_classes, err, INPUT,
               "from: sample %s has the label %d, but there are %zu classes",
               dataset->source_id[people->sample[i]], (int)label, dataset->n_classes);
    replay_sample(people->partition, at, scope->damage, i);
  }
  return FRAY_OK;
}

/* What was there before, to see what the record changed, whichever way it came. */
struct before {
  uint8_t *present, *labels, *dropped;
  int32_t *label;
  size_t classes; /* of a multi-label set; 0: one label a sample */
  uint64_t *acts; /* (n, modalities) on raw values */
  size_t modalities;
};

/* One byte more each: an empty population has an address, too. */
static enum fray_status remember(const struct fray_scope *scope, struct before *b,
                                 struct fray_err *err) {
  const struct fray_damage *d = scope->damage;
  *b = (struct before){.classes = d->labels ? scope->people->dataset->n_classes : 0,
                       .modalities = scope->people->dataset->n_modalities};
  /* A kind that replays has a plan of signals in any case, so signal is not NULL here. */
  FRAY_ALLOC(b->acts, scope->arena, d->n * b->modalities + 1, err);
  memcpy(b->acts, d->signal->acts, d->n * b->modalities * sizeof *b->acts);
  FRAY_ALLOC(b->present, scope->arena, d->n + 1, err);
  FRAY_ALLOC(b->dropped, scope->arena, d->n + 1, err);
  FRAY_ALLOC(b->label, scope->arena, d->n + 1, err);
  FRAY_ALLOC(b->labels, scope->arena, d->n * b->classes + 1, err);
  memcpy(b->present, d->present, d->n * sizeof *b->present);
  memcpy(b->dropped, d->dropped, d->n * sizeof *b->dropped);
  memcpy(b->label, d->label, d->n * sizeof *b->label);
  /* With one label nothing is copied, but an address must be given all the same. */
  memcpy(b->labels, d->labels ? d->labels : b->labels, d->n * b->classes);
  return FRAY_OK;
}

/* Of one label the loop has no turns: classes is 0 then. */
static unsigned classes_changed(const struct before *b, const struct fray_damage *d, size_t i) {
  unsigned n = 0;
  for (size_t c = 0; c < b->classes; c++)
    n += b->labels[i * b->classes + c] != d->labels[i * b->classes + c];
  return n;
}

/* Modalities whose raw values the record damaged. */
static unsigned signals_changed(const struct before *b, const struct fray_damage *d, size_t i) {
  unsigned bits = 0;
  for (size_t m = 0; m < b->modalities; m++)
    if (b->acts[i * b->modalities + m] != d->signal->acts[i * b->modalities + m])
      bits |= 1u << m;
  return bits;
}

/* What a record is about, seen in what it did: modalities that some sample lost, labels. */
struct touched {
  unsigned modalities;
  bool labels, classes;
};

static struct touched look(const struct before *b, const struct fray_damage *d) {
  struct touched t = {0};
  for (size_t i = 0; i < d->n; i++) {
    t.modalities |= (b->present[i] & (unsigned)~d->present[i]) | signals_changed(b, d, i);
    t.labels |= b->label[i] != d->label[i];
    t.classes |= classes_changed(b, d, i) > 0;
  }
  return t;
}

/* The same units as the kinds that a record can hold: samples x modalities, labelled samples, and
 * labelled samples x classes of sets, so that damage and its replay have one realised rate. A
 * record of several kinds counts the units of all of them. */
static void count(struct fray_scope *scope, const struct before *b) {
  const struct fray_damage *d = scope->damage;
  struct touched t = look(b, d);
  if (!t.modalities && !t.labels && !t.classes)
    t.modalities = ~0U; /* nothing happened: 0 of all that there is */
  for (size_t i = 0; i < d->n; i++) {
    /* Dropped by an entry before this one: nobody's to damage. */
    if (b->dropped[i])
      continue;
    /* Of each sample what was there, of the modalities that the record is about. */
    unsigned may = b->present[i] & t.modalities;
    unsigned lost = may & ((unsigned)~d->present[i] | signals_changed(b, d, i));
    bool labelled = b->label[i] != FRAY_UNLABELLED;
    unsigned eligible = (unsigned)__builtin_popcount(may), hit = (unsigned)__builtin_popcount(lost);
    if (t.labels && labelled) {
      eligible++;
      hit += d->label[i] != b->label[i];
    }
    if (t.classes && labelled) {
      eligible += (unsigned)b->classes;
      hit += classes_changed(b, d, i);
    }
    fray_scope_count(scope, i, eligible, hit);
  }
}

/* Both ways change the damage only; what they did is seen from outside, by comparing. */
static enum fray_status apply(const struct fray_corruption_config *entry, struct fray_scope *scope,
                              struct fray_err *err) {
  const struct replay *p = entry->kind.params;
  struct before before;
  FRAY_TRY(remember(scope, &before, err));
  if (p->from == FROM_PARTITION)
    FRAY_TRY(replay_partition(scope, err));
  else
    FRAY_TRY(fray_ledger_apply(p->ledger, scope->people, scope->damage, NULL, err));
  count(scope, &before);
  return FRAY_OK;
}

/* Each form has keys that the other does not use; a key that does nothing would be believed to do
 * something. Whom it hits stands in the record, so there is nothing for `who` to choose. */
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

/* A ledger names samples, so it may serve both stages; columns are about training. */
static int auto_at(const struct fray_corruption_config *entry) {
  const struct replay *p = entry->kind.params;
  return p->from == FROM_PARTITION ? FRAY_AT_TRAIN : FRAY_AT_BOTH;
}

/* No strength, and so no order and no nesting: a record is as strong as it is. Test conditions take
 * a ledger that says nothing of labels. */
static const struct fray_corruption_ops ops = {.words = "recorded damage",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .replays = true,
                                               .at = auto_at,
                                               .check = check,
                                               .apply = apply};
const struct fray_choice fray_corruption_replay = {
    .name = "replay",
    .meaning = "Repeats recorded damage: a ledger, or FedMultimodal's simulation file.",
    .source = "ledger of a run; Feng et al. 2023 (FedMultimodal) for the simulation columns",
    .table = &table,
    .impl = &ops};
