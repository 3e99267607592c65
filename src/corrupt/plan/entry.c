/* The list of corruptions, and an entry of a scenario: its keys, and what they may not say. */
#include "corrupt/scope/scope.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

#define FRAY_LIST "corrupt/corruptions.def"
#define FRAY_CORRUPTION(name) FRAY_LISTED(fray_corruption_##name)
#include "fray/schema/registry.inc"

const struct fray_choices fray_corruptions = {
    .what = "corruption", .plural = "corruptions", .v = registry, .n = FRAY_COUNT(registry)};

static const char *const at_names[] = {"train", "test", "both", "auto", NULL};

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
        .help = "Which samples: those that train, those of the test, or both. auto: train for "
                "labels (at test they are the truth), compat fedmultimodal and 'from: partition', "
                "else both."),
    FRAY_FIELD(STRINGS, "modalities", struct fray_corruption_config, modalities, .optional = true,
               .help = "Modalities that may be hit. Default: all."),
    FRAY_FIELD(NODE, "who", struct fray_corruption_config, who,
               .help = "A fraction of the clients, drawn once and nested (0.2), or the samples of "
                       "groups ({accent: scotland}, {accent: [scotland, lancaster], voice: m3}); "
                       "several groups must all fit. Default: everyone."),
};

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
  FRAY_CHECK(!redraws || at != FRAY_AT_TEST, err, INPUT,
             "redraw: there are no epochs at test; epoch is for training");
  FRAY_CHECK(!(ops->signal->fixed && (redraws || entry->per)), err, INPUT,
             "%s: kind %s draws no random numbers; leave the key out", redraws ? "redraw" : "per",
             kind);
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
             "at: labels at test are the truth, so %s cannot act there; use 'at: train'", kind);
  FRAY_CHECK(ops->modalities_key || entry->modalities.n == 0, err, INPUT,
             "modalities: kind %s does not use this key", kind);
  FRAY_TRY(fray_who_check(entry->who, err));
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

/* Ids key the draws, by their hash: two that hash alike would damage the same samples in the same
 * way, and look independent. */
enum fray_status fray_corruption_ids_check(const struct fray_corruption_config *const *entries,
                                           size_t n, struct fray_err *err) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < i; j++) {
      const char *a = fray_corruption_id(entries[j]), *b = fray_corruption_id(entries[i]);
      FRAY_CHECK(strcmp(a, b) != 0, err, INPUT,
                 "two corruptions have the id '%s'; give one of them another 'id'", a);
      FRAY_CHECK(fray_hash_text(a) != fray_hash_text(b), err, INPUT,
                 "the ids '%s' and '%s' hash alike; rename one", a, b);
    }
  return FRAY_OK;
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

/* Asked before the scenario is read, as the answer is a default of another section. */
bool fray_corruption_encodes_zeros(const struct fray_node *entry) {
  const struct fray_node *name = fray_node_get(entry, "kind");
  const struct fray_choice *kind = name && name->kind == FRAY_NODE_SCALAR
                                       ? fray_choice_find(&fray_corruptions, name->scalar)
                                       : NULL;
  const struct fray_corruption_ops *ops = kind ? kind->impl : NULL;
  return ops && ops->encodes_zeros && ops->encodes_zeros(entry);
}
