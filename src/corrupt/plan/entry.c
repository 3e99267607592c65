/* The list of corruptions, and an entry of a scenario: its keys, and what they may not say. */
#include "corrupt/scope/scope.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/data/names.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FRAY_LIST "corrupt/corruptions.def"
#define FRAY_CORRUPTION(name) FRAY_LISTED(fray_corruption_##name)
#include "fray/schema/registry.inc"

const struct fray_choices fray_corruptions = {
    .what = "corruption", .plural = "corruptions", .v = registry, .n = FRAY_COUNT(registry)};

static const char *const at_names[] = {"train", "test", "both", "auto", "dev", NULL};

/* Only what every kind understands in the same way. Keys that several kinds share but explain
 * differently have rows in the tables of the kinds (FRAY_ENTRY). */
static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "id", struct fray_corruption_config, id, .optional = true,
               .help =
                   "Name of this entry, for sweeps and results; it keys the random draws, so two "
                   "entries need two ids. Default: the kind."),
    FRAY_FIELD(STRING, "title", struct fray_corruption_config, title, .optional = true,
               .help =
                   "What the report calls it. Default: the words of the kind, as \"sound lost\". "
                   "No result depends on it."),
    FRAY_FIELD(KIND, "kind", struct fray_corruption_config, kind, .required = true,
               .choices = &fray_corruptions, .help = "What is damaged, and how."),
    FRAY_FIELD(
        ENUM, "at", struct fray_corruption_config, at, .def_text = "auto", .names = at_names,
        .help = "Which samples: those that train, those of the test, or both of these; dev: those "
                "by which the round is chosen, which nothing else damages. auto: train for "
                "labels (at test they are the truth), compat fedmultimodal and 'from: partition', "
                "else both."),
    FRAY_FIELD(STRINGS, "modalities", struct fray_corruption_config, modalities, .optional = true,
               .help = "Modalities that may be hit. Default: all."),
    FRAY_FIELD(NODE, "who", struct fray_corruption_config, who,
               .help = "A fraction of the clients, drawn once and nested (0.2), or the samples of "
                       "groups ({accent: scotland}, {accent: [scotland, lancaster], voice: m3}), "
                       "or of clients of the data ({clients: [w005, w012]}); several must all fit. "
                       "In `tests` also {each: accent}: a condition for each value of the group "
                       "among the test samples, NAME/VALUE, or {each: {accent: [scotland, "
                       "lancaster]}} for these. Default: everyone."),
    FRAY_FIELD(STRING, "with", struct fray_corruption_config, with, .optional = true,
               .help =
                   "Id of an entry before this one in the same list, whose samples this one hits, "
                   "whatever its rate: on a modality that both act on the same values, else "
                   "each sample of which that one hits anything. It says whom, so `rate`, "
                   "`unit`, `draw` and `who` are left out here. Default: draws of its own."),
};

/* Whether a key of the kind has another value than it has where it is not given: scenarios are
 * stored with all defaults in them. */
static bool is_given(const struct fray_corruption_config *entry) {
  const struct fray_field *rate = fray_schema_field(entry->kind.choice->table, NULL, "rate");
  const bool is_default =
      !rate || isnan(entry->rate) || (!rate->optional && entry->rate == rate->def);
  return !is_default || entry->unit != FRAY_UNIT_SAMPLE || entry->draw != FRAY_DRAW_BERNOULLI;
}

/* Two entries that both say whom an entry hits would contradict one another. */
static enum fray_status check_tied(const struct fray_corruption_config *entry,
                                   struct fray_err *err) {
  const struct fray_corruption_ops *ops = fray_corruption_ops_of(entry);
  const char *kind = entry->kind.choice->name;
  if (!entry->with)
    return FRAY_OK;
  FRAY_CHECK(ops->signal || ops->ties, err, INPUT, "with: kind %s does not use this key", kind);
  FRAY_CHECK(!entry->who && !is_given(entry), err, INPUT,
             "%s: with: %s says whom it hits; leave this key out",
             entry->who                           ? "who"
             : entry->unit != FRAY_UNIT_SAMPLE    ? "unit"
             : entry->draw != FRAY_DRAW_BERNOULLI ? "draw"
                                                  : "rate",
             entry->with);
  return FRAY_OK;
}

/* A table that the kind does not have would silently be that of the shape. */
static enum fray_status check_table(const struct fray_corruption_config *entry, bool level,
                                    struct fray_err *err) {
  const struct fray_signal_ops *ops = fray_corruption_ops_of(entry)->signal;
  const char *known[16];
  char list[512];
  FRAY_CHECK(!entry->severity_table || level, err, INPUT,
             "severity_table: says which strengths a severity means; give severity too");
  FRAY_CHECK(!(entry->severity_table && entry->table), err, INPUT,
             "table: stands for a published table, severity_table for one in a file; give one of "
             "them");
  if (!entry->table)
    return FRAY_OK;
  FRAY_CHECK(level, err, INPUT, "table: says which strengths a severity means; give severity too");
  for (size_t k = 0; k < ops->n_levels; k++) {
    known[k] = ops->levels[k].name;
    if (strcmp(known[k], entry->table) != 0)
      continue;
    /* Some were published with four levels; a fifth would be our own under another's name. */
    FRAY_CHECK(entry->severity < 1 || !isnan(ops->levels[k].level[entry->severity - 1]), err, INPUT,
               "severity: %lld is not in [0, 4], all that table %s has", (long long)entry->severity,
               known[k]);
    return FRAY_OK;
  }
  return fray_fail(err, FRAY_INPUT, "table: kind %s has no table '%s'; %s",
                   entry->kind.choice->name, entry->table,
                   fray_there_are(entry->table, known, ops->n_levels, list, sizeof list));
}

/* Either the strength itself or a level of the kind's table says how strong it is. */
static enum fray_status check_signal(const struct fray_corruption_config *entry, int at,
                                     struct fray_err *err) {
  const struct fray_corruption_ops *ops = fray_corruption_ops_of(entry);
  const char *kind = entry->kind.choice->name, *key = ops->strength.key;
  /* A kind without tables has no member for it, and one without a strength has its rate. */
  const bool level = fray_corruption_by_severity(entry);
  const bool redraws = entry->redraw != FRAY_REDRAW_NEVER;
  const bool donors = ops->signal->donors && ops->signal->donors(entry->kind.params);
  if (ops->signal->strength) {
    /* Not given is NaN: 0 is a strength like others. */
    const bool given = !isnan(ops->signal->strength(entry->kind.params));
    FRAY_CHECK(given || level, err, INPUT, "%s: kind %s needs it%s", key, kind,
               ops->signal->levels ? ", or severity" : "");
    FRAY_CHECK(!(given && level), err, INPUT,
               "severity: stands for %s in a table; give one of them", key);
  }
  /* Then what goes with them: a table, and when numbers are drawn. */
  FRAY_TRY(check_table(entry, level, err));
  FRAY_CHECK(!redraws || at == FRAY_AT_TRAIN || at == FRAY_AT_BOTH, err, INPUT,
             "redraw: there are no epochs at %s; epoch is for training",
             at == FRAY_AT_DEV ? "dev" : "test");
  FRAY_CHECK(!(ops->signal->fixed && (redraws || entry->per)), err, INPUT,
             "%s: kind %s draws no random numbers; leave the key out", redraws ? "redraw" : "per",
             kind);
  /* Others in each epoch would stand in no ledger; those of a client would be its samples' own. */
  FRAY_CHECK(!(donors && (redraws || entry->per)), err, INPUT,
             "%s: whose values kind %s takes is chosen once, for each sample; leave the key out",
             redraws ? "redraw" : "per", kind);
  return FRAY_OK;
}

/* What only a reader of the whole entry can see; single keys are checked by their rows. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  (void)node;
  const struct fray_corruption_config *entry = section;
  const struct fray_corruption_ops *ops = fray_corruption_ops_of(entry);
  const char *kind = entry->kind.choice->name;
  /* Resolved, so that `auto` is checked as what it will be. */
  int at = fray_corruption_at(entry);
  FRAY_CHECK(!(ops->labels && at != FRAY_AT_TRAIN), err, INPUT,
             "at: labels at %s are the truth, so %s cannot act there; use 'at: train'",
             at == FRAY_AT_DEV ? "dev" : "test", kind);
  FRAY_CHECK(ops->modalities_key || entry->modalities.n == 0, err, INPUT,
             "modalities: kind %s does not use this key", kind);
  FRAY_TRY(fray_who_check(entry->who, err));
  FRAY_TRY(check_tied(entry, err));
  if (ops->signal)
    FRAY_TRY(check_signal(entry, at, err));
  return ops->check ? ops->check(entry, at, err) : FRAY_OK;
}

FRAY_TABLE(fray_corruption_table, "corruption", struct fray_corruption_config, fields,
           .help = "Damage, applied in order.", .check = check);

/* The kind will do while an entry is the only one of it; fray_corruption_ids_check finds the second
 * one. */
const char *fray_corruption_id(const struct fray_corruption_config *entry) {
  return entry->id ? entry->id : entry->kind.choice->name;
}

/* A kind knows best what `auto` means for it: a benchmark may keep its test complete. */
int fray_corruption_at(const struct fray_corruption_config *entry) {
  const struct fray_corruption_ops *ops = fray_corruption_ops_of(entry);
  if (entry->at != FRAY_AT_AUTO)
    return entry->at;
  if (ops->at)
    return ops->at(entry);
  return ops->labels ? FRAY_AT_TRAIN : FRAY_AT_BOTH;
}

/* Dev is what rounds are chosen by: damage at test, or in training, leaves it as it is unless
 * asked.
 */
bool fray_corruption_acts(const struct fray_corruption_config *entry, int at) {
  const int own = fray_corruption_at(entry);
  return own == at || (own == FRAY_AT_BOTH && at != FRAY_AT_DEV);
}

/* The place of the entry that another one is tied to; i: it is not before it. */
static size_t find_tie(const struct fray_corruption_config *const *entries, size_t i) {
  size_t k = 0;
  while (k < i && strcmp(fray_corruption_id(entries[k]), entries[i]->with) != 0)
    k++;
  return k;
}

/* Entries act in order, so what an entry follows must have been before it: no two can wait for one
 * another. */
static enum fray_status check_tie(const struct fray_corruption_config *const *entries, size_t n,
                                  size_t i, struct fray_err *err) {
  static const int stages[] = {FRAY_AT_TRAIN, FRAY_AT_TEST, FRAY_AT_DEV};
  static const char *const names[] = {"in training", "at test", "at dev"};
  const char *id = fray_corruption_id(entries[i]), *with = entries[i]->with;
  const char **known = malloc((n + 1) * sizeof *known);
  char list[512];
  const size_t to = find_tie(entries, i);
  size_t later = i;
  FRAY_CHECK(known, err, MEMORY, "out of memory");
  for (size_t k = 0; k < i; k++)
    known[k] = fray_corruption_id(entries[k]);
  while (later < n && strcmp(fray_corruption_id(entries[later]), with) != 0)
    later++;
  enum fray_status status = FRAY_OK;
  if (to == i && later == i)
    status = fray_fail(err, FRAY_INPUT, "corruption %s: with: it is tied to itself", id);
  else if (to == i && later < n)
    status = fray_fail(err, FRAY_INPUT,
                       "corruption %s: with: the entry '%s' stands behind it; only one before it "
                       "can be followed",
                       id, with);
  else if (to == i)
    status =
        fray_fail(err, FRAY_INPUT, "corruption %s: with: no entry before it has the id '%s'; %s",
                  id, with, fray_there_are(with, known, i, list, sizeof list));
  free(known);
  FRAY_TRY(status);
  FRAY_CHECK(!fray_corruption_ops_of(entries[to])->replays, err, INPUT,
             "corruption %s: with: the entry '%s' repeats a record and draws nothing", id, with);
  for (size_t k = 0; k < FRAY_COUNT(stages); k++)
    FRAY_CHECK(fray_corruption_acts(entries[to], stages[k]) ||
                   !fray_corruption_acts(entries[i], stages[k]),
               err, INPUT, "corruption %s: with: it acts %s, where '%s' does not", id, names[k],
               with);
  return FRAY_OK;
}

/* Ids key the draws, by their hash: two that hash alike would damage the same samples in the same
 * way, and look independent. */
enum fray_status fray_corruption_ids_check(const struct fray_corruption_config *const *entries,
                                           size_t n, struct fray_err *err) {
  for (size_t i = 0; i < n; i++) {
    /* Tables and ledgers would hold a mark in its place, and two such ids would be one there. */
    const char *flaw = fray_name_flaw(fray_corruption_id(entries[i]));
    FRAY_CHECK(!flaw, err, INPUT, "corruption %s: id: a name that is %s",
               fray_corruption_id(entries[i]), flaw);
    for (size_t j = 0; j < i; j++) {
      const char *a = fray_corruption_id(entries[j]), *b = fray_corruption_id(entries[i]);
      FRAY_CHECK(strcmp(a, b) != 0, err, INPUT,
                 "two corruptions have the id '%s'; give one of them another 'id'", a);
      FRAY_CHECK(fray_hash_text(a) != fray_hash_text(b), err, INPUT,
                 "the ids '%s' and '%s' hash alike; rename one", a, b);
    }
  }
  for (size_t i = 0; i < n; i++)
    if (entries[i]->with)
      FRAY_TRY(check_tie(entries, n, i, err));
  return FRAY_OK;
}

/* Of one that is tied, only the plan knows whom it hits. */
struct fray_volume fray_corruption_volume(const struct fray_corruption_config *entry) {
  static const struct fray_volume nothing = {NULL, NULL};
  const struct fray_corruption_ops *ops = fray_corruption_ops_of(entry);
  if (!ops->volume || !fray_corruption_acts(entry, FRAY_AT_TRAIN))
    return nothing;
  if (!entry->with && fray_corruption_nominal(entry) == fray_corruption_measure(entry).none)
    return nothing;
  return ops->volume(entry);
}

bool fray_corruption_has_volume(const struct fray_choice *kind) {
  return ((const struct fray_corruption_ops *)kind->impl)->volume;
}

bool fray_corruption_unlabels(const struct fray_choice *kind) {
  return ((const struct fray_corruption_ops *)kind->impl)->unlabels;
}

const char *fray_corruption_words(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return ops->words;
}

const char *fray_corruption_brief(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return ops->brief ? ops->brief : ops->words;
}

/* By what it does and not by its name, so that no layer above knows a kind. */
const struct fray_choice *fray_corruption_remover(void) {
  size_t k = 0;
  while (!fray_corruption_removes(fray_corruptions.v[k])) /* a test holds that there is one */
    k++;
  return fray_corruptions.v[k];
}

static const struct fray_corruption_ops *ops_as_written(const struct fray_node *entry) {
  const struct fray_node *name = fray_node_get(entry, "kind");
  const struct fray_choice *kind = name && name->kind == FRAY_NODE_SCALAR
                                       ? fray_choice_find(&fray_corruptions, name->scalar)
                                       : NULL;
  return kind ? kind->impl : NULL;
}

/* Asked before the scenario is read, as the answer is a default of another section. */
bool fray_corruption_encodes_zeros(const struct fray_node *entry) {
  const struct fray_corruption_ops *ops = ops_as_written(entry);
  return ops && ops->encodes_zeros && ops->encodes_zeros(entry);
}

/* Likewise: without the key the entry would be refused when it is read. */
const char *fray_corruption_confusion(const struct fray_node *entry) {
  const struct fray_corruption_ops *ops = ops_as_written(entry);
  return ops && ops->confusion ? ops->confusion(entry) : NULL;
}
