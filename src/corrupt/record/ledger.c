/* Ledgers: what damage did, written as CSV and done again from it. */
#include "fray/corrupt/ledger.h"

#include "corrupt/scope/donors.h"
#include "fray/base/csv.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/side.h"
#include "fray/base/text.h"
#include "fray/codec/names.h"
#include "fray/data/names.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1 GiB: tens of millions of rows, and no file that fills the memory of a rank. */
static const size_t largest_ledger = (size_t)1 << 30;

/* tail: what ledgers with signal damage hold behind the four columns of all. */
static void put_row(struct fray_text *text, const char *source, const char *modality,
                    const char *what, const char *value, const char *tail) {
  fray_text_csv(text, source);
  fray_text_puts(text, ",");
  fray_text_csv(text, modality);
  fray_text_printf(text, ",%s,", what);
  fray_text_csv(text, value);
  fray_text_puts(text, tail);
  fray_text_puts(text, "\n");
}

/* A row per class that joined or left the set of a sample that is labelled still. */
static void put_set(struct fray_text *text, const struct fray_dataset *dataset, size_t sample,
                    const struct fray_damage *damage, size_t i, const char *tail) {
  size_t classes = dataset->n_classes;
  for (size_t c = 0; damage->label[i] != FRAY_UNLABELLED && c < classes; c++) {
    bool has = damage->labels[i * classes + c] == 1;
    if (has != fray_has_class(dataset, sample, c))
      put_row(text, dataset->source_id[sample], "", has ? "added" : "removed",
              dataset->class_name[c], tail);
  }
}

/* Against the data, not against the entry before: a reader needs to know what training saw, whoever
 * did it. */
static void put_sample(struct fray_text *text, const struct fray_population *population,
                       const struct fray_damage *damage, size_t i, const char *tail) {
  const struct fray_dataset *dataset = population->dataset;
  uint32_t sample = population->sample[i];
  const char *source = dataset->source_id[sample];
  unsigned lost = dataset->present[sample] & ~(unsigned)damage->present[i];
  for (size_t m = 0; m < dataset->n_modalities; m++)
    if (lost >> m & 1)
      put_row(text, source, dataset->modality[m].name, "lost", "", tail);
  if (damage->label[i] == FRAY_UNLABELLED && fray_is_labelled(dataset, sample))
    put_row(text, source, "", "unlabelled", "", tail);
  else if (dataset->multi_label)
    put_set(text, dataset, sample, damage, i, tail);
  else if (damage->label[i] != dataset->label[sample])
    put_row(text, source, "", "label", dataset->class_name[damage->label[i]], tail);
  if (damage->dropped[i])
    put_row(text, source, "", "dropped", "", tail);
}

/* One id as it is, of kinds that take several values a list: ids may hold any letter. The list is
 * made by hand, since most ledgers have none. */
static void put_donors(struct fray_text *tail, const struct fray_signal_plan *plan,
                       const struct fray_signal_act *act, size_t cell) {
  struct fray_text list = {0};
  struct fray_arena own = {0};
  struct fray_node *all = fray_node_map("", 0, &own);
  const uint32_t *donor = act->donor + cell * act->n_donors;
  if (all)
    all->kind = FRAY_NODE_LIST;
  for (size_t k = 0; k < act->n_donors && donor[k] != FRAY_NO_DONOR; k++) {
    const char *id = plan->dataset->source_id[donor[k]];
    struct fray_node *one = fray_node_scalar(id, "", 0, &own);
    if (act->n_donors == 1)
      fray_text_puts(&list, id);
    else if (!all || !one || fray_node_put(all, NULL, one, &own, NULL) != FRAY_OK)
      tail->failed = true;
    else
      one->quoted = true;
  }
  if (act->n_donors > 1 && !tail->failed)
    fray_node_flow(all, &list);
  fray_text_csv(tail, list.data ? list.data : "");
  tail->failed |= list.failed;
  fray_text_free(&list);
  fray_arena_free(&own);
}

/* Rows of an act: all that it takes to damage the value again, under whichever seed. Acts follow
 * one another as they change a value, so that a reader meets them in their order. */
static void put_act(struct fray_text *text, const struct fray_signal_plan *plan, size_t a,
                    const struct fray_population *population, bool with_keys) {
  const struct fray_dataset *dataset = plan->dataset;
  const struct fray_signal_act *act = &plan->act[a];
  /* Acts outside, samples inside: rows of one act lie together, as it takes one act after another
   * to damage a value again. */
  const size_t stride = dataset->n_modalities;
  for (size_t at = 0; at < plan->n * stride; at++) {
    const uint32_t sample = population->sample[at / stride];
    struct fray_text tail = {0};
    char number[32];
    if (!(plan->acts[at] >> a & 1))
      continue;
    fray_format_double(act->strength[at % stride], number);
    fray_text_puts(&tail, ",");
    fray_text_csv(&tail, act->id);
    fray_text_printf(&tail, ",%s,", number);
    if (act->n_donors)
      put_donors(&tail, plan, act, at);
    fray_text_printf(&tail, ",%llu%s", (unsigned long long)act->seed, with_keys ? "," : "");
    if (with_keys)
      fray_text_csv(&tail, act->keys);
    /* A row without its tail would be a ledger that cannot be read: the whole text fails. */
    text->failed = text->failed || tail.failed;
    put_row(text, dataset->source_id[sample], dataset->modality[at % stride].name,
            act->redraws ? "redrawn" : "damaged", act->kind->name, tail.data ? tail.data : "");
    fray_text_free(&tail);
  }
}

/* Whether an act has a row: one at a neutral strength changes nothing, not even the columns. */
static bool acts_anywhere(const struct fray_signal_plan *plan, size_t a) {
  for (size_t at = 0; at < plan->n * plan->dataset->n_modalities; at++)
    if (plan->acts[at] >> a & 1)
      return true;
  return false;
}

/* Samples in the order of the population, then acts in the order in which they change a value: the
 * same damage always has the same bytes, so that ledgers can be compared as files. */
void fray_ledger_text(const struct fray_population *population, const struct fray_damage *damage,
                      struct fray_text *text) {
  const struct fray_signal_plan *plan = damage->signal;
  bool keys = false;
  for (size_t a = 0; plan && a < plan->n_acts; a++)
    keys = keys || (*plan->act[a].keys && acts_anywhere(plan, a));
  fray_text_printf(text, "source,modality,what,value%s%s\n",
                   plan ? ",entry,strength,donor,seed" : "", keys ? ",keys" : "");
  for (size_t i = 0; i < damage->n; i++)
    put_sample(text, population, damage, i, keys ? ",,,,," : plan ? ",,,," : "");
  for (size_t a = 0; plan && a < plan->n_acts; a++)
    put_act(text, plan, a, population, keys);
}

/* As a draft beside: a ledger that was cut would replay as less damage. */
enum fray_status fray_ledger_save(const char *path, const struct fray_population *population,
                                  const struct fray_damage *damage, struct fray_err *err) {
  struct fray_text text = {0};
  fray_ledger_text(population, damage, &text);
  enum fray_status status = text.failed ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                        : fray_file_write(path, text.data, text.size, err);
  fray_text_free(&text);
  return status;
}

/* What a ledger names: samples of the data set, with their places in the population, and classes.
 */
enum { SOURCE, MODALITY, WHAT, VALUE, ENTRY, STRENGTH, DONOR, SEED, KEYS, FIELDS, PLAIN = ENTRY };
static const char *const columns[FIELDS] = {"source",   "modality", "what", "value", "entry",
                                            "strength", "donor",    "seed", "keys"};
struct ledger {
  struct fray_csv csv;
  const struct fray_population *population;
  struct fray_name_table sources, classes;
  uint32_t *position; /* (samples of the data set) UINT32_MAX: not in the population */
};

/* Without the apostrophe that writing puts before what a spreadsheet would run. */
static const char *at(const struct ledger *ledger, size_t row, size_t column) {
  return fray_csv_plain(fray_csv_at(&ledger->csv, row, column));
}

/* By hash tables: a ledger of a million samples is looked up a million times. */
static enum fray_status index_names(struct ledger *ledger, struct fray_arena *arena,
                                    struct fray_err *err) {
  const struct fray_population *population = ledger->population;
  const struct fray_dataset *dataset = population->dataset;
  FRAY_TRY(
      fray_name_table_make(dataset->source_id, dataset->n_samples, arena, &ledger->sources, err));
  FRAY_TRY(
      fray_name_table_make(dataset->class_name, dataset->n_classes, arena, &ledger->classes, err));
  FRAY_ALLOC(ledger->position, arena, dataset->n_samples, err);
  for (size_t s = 0; s < dataset->n_samples; s++)
    ledger->position[s] = UINT32_MAX;
  for (size_t i = 0; i < population->n; i++)
    ledger->position[population->sample[i]] = (uint32_t)i;
  return FRAY_OK;
}

/* Number of a name among n, n if it is none. */
static size_t find_name(const char *name, const char *const *names, size_t n) {
  size_t i = 0;
  while (i < n && strcmp(names[i], name) != 0)
    i++;
  return i;
}

/* By name: the order of modalities is the scenario's. */
static enum fray_status row_modality(const struct ledger *ledger, size_t row, unsigned *bit,
                                     struct fray_err *err) {
  const struct fray_dataset *dataset = ledger->population->dataset;
  const char *known[FRAY_MAX_MODALITIES], *name = at(ledger, row, MODALITY);
  for (size_t m = 0; m < dataset->n_modalities; m++)
    known[m] = dataset->modality[m].name;
  size_t m = find_name(name, known, dataset->n_modalities);
  char list[512];
  FRAY_CHECK(m < dataset->n_modalities, err, INPUT, "%s:%zu: the data has no modality '%.80s'; %s",
             ledger->csv.name, ledger->csv.line[row], name,
             fray_there_are(name, known, dataset->n_modalities, list, sizeof list));
  *bit = 1u << m;
  return FRAY_OK;
}

/* By name, as numbers of classes depend on which shards are open. */
static enum fray_status row_class(const struct ledger *ledger, size_t row, int32_t *label,
                                  struct fray_err *err) {
  const struct fray_dataset *dataset = ledger->population->dataset;
  const char *name = at(ledger, row, VALUE);
  size_t k = fray_name_find(&ledger->classes, name);
  char list[512];
  FRAY_CHECK(k < dataset->n_classes, err, INPUT, "%s:%zu: the data has no class '%.80s'; %s",
             ledger->csv.name, ledger->csv.line[row], name,
             fray_there_are(name, dataset->class_name, dataset->n_classes, list, sizeof list));
  *label = (int32_t)k;
  return FRAY_OK;
}

/* What one row asks for. */
enum what { LOST, DAMAGED, REDRAWN, LABEL, ADDED, REMOVED, UNLABELLED, DROPPED, WHATS };
static const char *const what_names[WHATS] = {"lost",  "damaged", "redrawn",    "label",
                                              "added", "removed", "unlabelled", "dropped"};
struct change {
  enum what what;
  unsigned modality; /* bit of what was lost or damaged */
  int32_t class;     /* of label, added, removed */
};

/* The file may come from anywhere: every word of it is checked before anything changes. */
static enum fray_status read_change(const struct ledger *ledger, size_t row, struct change *out,
                                    struct fray_err *err) {
  const struct fray_dataset *dataset = ledger->population->dataset;
  const char *name = at(ledger, row, WHAT), *file = ledger->csv.name;
  size_t what = find_name(name, what_names, WHATS), line = ledger->csv.line[row];
  *out = (struct change){.what = (enum what)what};
  FRAY_CHECK(what < WHATS, err, INPUT,
             "%s:%zu: '%.80s' is none of lost, damaged, redrawn, label, added, removed, "
             "unlabelled, dropped",
             file, line, name);
  if (what == LOST || what == DAMAGED || what == REDRAWN)
    return row_modality(ledger, row, &out->modality, err);
  if (what == UNLABELLED || what == DROPPED)
    return FRAY_OK;
  /* Nothing that fray does changes words, so no ledger of its own has such a row. */
  FRAY_CHECK(!dataset->words, err, INPUT,
             "%s:%zu: '%s' is of labels, and the words of a sequence are not damaged", file, line,
             what_names[what]);
  FRAY_CHECK(dataset->multi_label == (what != LABEL), err, INPUT,
             "%s:%zu: '%s' is for %s data, but the data set is %s", file, line, what_names[what],
             what == LABEL ? "single-label" : "multi-label",
             dataset->multi_label ? "multi-label" : "single-label");
  return row_class(ledger, row, &out->class, err);
}

/* True if the change was not there before: rows may repeat one another, or say what the data say
 * already, and only real changes count as damage. The classes of a sample that has lost its labels
 * stay as they are. */
static bool make_change(struct fray_damage *damage, size_t i, size_t classes,
                        const struct change *change) {
  uint8_t present = damage->present[i];
  int32_t label = damage->label[i];
  uint8_t dropped = damage->dropped[i];
  if (change->what == LOST)
    damage->present[i] &= (uint8_t)~change->modality;
  if (change->what == LABEL)
    damage->label[i] = change->class;
  if (change->what == UNLABELLED)
    damage->label[i] = FRAY_UNLABELLED;
  if (change->what == DROPPED)
    damage->dropped[i] = 1;
  if (change->what == ADDED || change->what == REMOVED) {
    uint8_t *bit = &damage->labels[i * classes + (size_t)change->class];
    bool has = change->what == ADDED, changes = label != FRAY_UNLABELLED && *bit != has;
    *bit = changes ? has : *bit;
    return changes;
  }
  return present != damage->present[i] || label != damage->label[i] ||
         dropped != damage->dropped[i];
}

/* An infinite one is a number (an SNR without noise); a NaN is none, as no act could be found by
 * it. */
static enum fray_status read_number(const struct ledger *ledger, size_t row, size_t column,
                                    double *out, struct fray_err *err) {
  const char *text = at(ledger, row, column);
  char *end;
  *out = strtod(text, &end);
  FRAY_CHECK(*text && !*end && !isnan(*out), err, INPUT, "%s:%zu: %s: '%.40s' is not a number",
             ledger->csv.name, ledger->csv.line[row], columns[column], text);
  return FRAY_OK;
}

/* 64 bits, which a double would round. */
static enum fray_status read_seed(const struct ledger *ledger, size_t row, uint64_t *out,
                                  struct fray_err *err) {
  const char *text = at(ledger, row, SEED);
  char *end;
  errno = 0;
  *out = strtoull(text, &end, 10);
  FRAY_CHECK(*text >= '0' && *text <= '9' && !*end && errno == 0, err, INPUT,
             "%s:%zu: seed: '%.40s' is not a whole number", ledger->csv.name, ledger->csv.line[row],
             text);
  return FRAY_OK;
}

/* The keys of a row, "" of a ledger without them. */
static const char *row_keys(const struct ledger *ledger, size_t row) {
  return ledger->csv.n_columns == FIELDS ? at(ledger, row, KEYS) : "";
}

/* As they stand in the file, so that they are read by the same rules as those of a scenario. */
static enum fray_status parse_keys(const struct ledger *ledger, size_t row,
                                   struct fray_arena *arena, struct fray_node **out,
                                   struct fray_err *err) {
  const char *text = row_keys(ledger, row), *file = ledger->csv.name;
  const size_t line = ledger->csv.line[row];
  *out = NULL;
  if (!*text)
    return FRAY_OK;
  FRAY_CHECK(fray_yaml_parse(text, file, arena, out, NULL) == FRAY_OK && *out &&
                 (*out)->kind == FRAY_NODE_MAP,
             err, INPUT, "%s:%zu: keys: '%.80s' is no map of keys", file, line, text);
  return FRAY_OK;
}

/* The entry of a scenario that a row stands for, read as one, so that nothing of it is trusted. */
static enum fray_status read_entry(const struct ledger *ledger, size_t row,
                                   const struct fray_signal_plan *plan,
                                   struct fray_corruption_config *out, struct fray_err *err) {
  const char *name = at(ledger, row, VALUE), *file = ledger->csv.name;
  const int line = (int)ledger->csv.line[row];
  const struct fray_choices *kinds = fray_schema_field(plan->entry, NULL, "kind")->choices;
  const struct fray_choice *kind = fray_choice_find(kinds, name);
  const struct fray_corruption_ops *ops = kind ? kind->impl : NULL;
  FRAY_CHECK(ops && ops->signal, err, INPUT, "%s:%d: '%.80s' is no kind that damages raw values",
             file, line, name);
  /* Made in the arena of the plan, which keeps the parameters that are read from it. */
  struct fray_node *map = fray_node_map(file, line, plan->arena), *keys;
  struct fray_node *value = fray_node_scalar(kind->name, file, line, plan->arena);
  struct fray_node *strength = fray_node_scalar(at(ledger, row, STRENGTH), file, line, plan->arena);
  FRAY_CHECK(map && value && strength, err, MEMORY, "out of memory");
  FRAY_TRY(fray_node_put(map, "kind", value, plan->arena, err));
  FRAY_TRY(parse_keys(ledger, row, plan->arena, &keys, err));
  for (struct fray_node *key = keys ? keys->child : NULL, *next; key; key = next) {
    next = key->next;
    key->line = line; /* of the file, not of the cell */
    FRAY_TRY(fray_node_put(map, key->key, key, plan->arena, err));
  }
  /* A severity with further parameters says the strength too. */
  if (ops->signal->strength && !fray_node_get(map, "severity"))
    FRAY_TRY(fray_node_put(map, ops->strength.key, strength, plan->arena, err));
  return fray_schema_read(plan->entry, map, "", out, plan->arena, err);
}

/* The act of a row: one that an earlier row was about, or a new one. */
static enum fray_status find_act(const struct ledger *ledger, size_t row, size_t modality,
                                 bool redraws, struct fray_signal_plan *plan, size_t *act,
                                 struct fray_err *err) {
  const char *id = at(ledger, row, ENTRY), *keys = row_keys(ledger, row);
  struct fray_corruption_config entry;
  double strength;
  uint64_t seed;
  FRAY_TRY(read_number(ledger, row, STRENGTH, &strength, err));
  FRAY_TRY(read_seed(ledger, row, &seed, err));
  /* As of a scenario: a ledger that is written again would have two such names as one. */
  const char *flaw = fray_name_flaw(id);
  FRAY_CHECK(!flaw, err, INPUT, "%s:%zu: entry: a name that is %s", ledger->csv.name,
             ledger->csv.line[row], flaw);
  /* There are 64 at most, so a search for each row is cheap. Acts of entries before the ledger may
   * be stronger on one modality than on another; the row speaks of its own. */
  for (*act = 0; *act < plan->n_acts; ++*act) {
    const struct fray_signal_act *known = &plan->act[*act];
    if (strcmp(known->id, id) == 0 && strcmp(known->kind->name, at(ledger, row, VALUE)) == 0 &&
        known->strength[modality] == strength && known->seed == seed && known->redraws == redraws &&
        strcmp(known->keys, keys) == 0)
      return FRAY_OK;
  }
  FRAY_TRY(read_entry(ledger, row, plan, &entry, err));
  /* The text of the file goes when it is read; the plan keeps the id. */
  id = fray_arena_strdup(plan->arena, id);
  FRAY_CHECK(id, err, MEMORY, "out of memory");
  const struct fray_act_wish wish = {
      .id = id,
      .kind = entry.kind.choice,
      .params = entry.kind.params,
      .strength = strength,
      .severity = fray_corruption_by_severity(&entry) ? (double)entry.severity : NAN,
      .table = entry.table,
      .seed = seed,
      .redraws = redraws,
      .by_client = entry.per && strcmp(entry.per, fray_per_names[1]) == 0};
  return fray_signal_act_add(plan, &wish, act, err);
}

/* A donor by its id. Nothing of a ledger is trusted: a value of the test must not reach training by
 * it either. */
static enum fray_status find_donor(const struct ledger *ledger, size_t row, const char *id,
                                   size_t sample, size_t modality,
                                   const struct fray_signal_plan *plan, uint32_t *out,
                                   struct fray_err *err) {
  const char *file = ledger->csv.name;
  const size_t line = ledger->csv.line[row], found = fray_name_find(&ledger->sources, id);
  FRAY_CHECK(found < ledger->sources.n, err, INPUT, "%s:%zu: donor: the data has no sample '%.80s'",
             file, line, id);
  FRAY_CHECK(fray_donors_may(plan, sample, found, modality), err, INPUT,
             "%s:%zu: donor: '%.80s' cannot give its %s: %s", file, line, id,
             plan->dataset->modality[modality].name,
             plan->train ? "it must be a training sample of the same client, with that modality"
                         : "it must be another sample of the same split, with that modality");
  *out = (uint32_t)found;
  return FRAY_OK;
}

/* What put_donors wrote. */
static enum fray_status read_donors(const struct ledger *ledger, size_t row, size_t sample,
                                    size_t modality, const struct fray_signal_plan *plan,
                                    const struct fray_signal_act *act, struct fray_err *err) {
  const char *text = at(ledger, row, DONOR), *file = ledger->csv.name, *kind = act->kind->name;
  const size_t line = ledger->csv.line[row], most = act->n_donors;
  const size_t cell = plan->slot[sample] * plan->dataset->n_modalities + modality;
  uint32_t *donor = most ? act->donor + cell * most : NULL;
  struct fray_node *list = NULL;
  FRAY_CHECK(most || !*text, err, INPUT, "%s:%zu: donor: %s with these keys takes no other value",
             file, line, kind);
  if (!most)
    return FRAY_OK;
  FRAY_CHECK(*text, err, INPUT, "%s:%zu: donor: %s takes the value of another sample", file, line,
             kind);
  if (most == 1)
    return find_donor(ledger, row, text, sample, modality, plan, donor, err);
  FRAY_CHECK(fray_yaml_parse(text, file, plan->arena, &list, NULL) == FRAY_OK && list &&
                 list->kind == FRAY_NODE_LIST && list->n >= 1 && list->n <= most,
             err, INPUT, "%s:%zu: donor: '%.80s' is no list of 1 to %zu samples", file, line, text,
             most);
  size_t k = 0;
  for (const struct fray_node *one = list->child; one; one = one->next, k++) {
    FRAY_CHECK(one->kind == FRAY_NODE_SCALAR, err, INPUT, "%s:%zu: donor: it is no list of names",
               file, line);
    FRAY_TRY(find_donor(ledger, row, one->scalar, sample, modality, plan, &donor[k], err));
  }
  for (; k < most; k++)
    donor[k] = FRAY_NO_DONOR;
  return FRAY_OK;
}

/* A raw value that was damaged: its row makes it so again. */
static enum fray_status damage_value(const struct ledger *ledger, size_t row,
                                     const struct change *change, size_t i,
                                     struct fray_damage *damage, bool *changed,
                                     struct fray_err *err) {
  struct fray_signal_plan *plan = damage->signal;
  size_t act, m = (size_t)__builtin_ctz(change->modality);
  const struct fray_dataset *dataset = ledger->population->dataset;
  FRAY_CHECK(ledger->csv.n_columns > PLAIN, err, INPUT,
             "%s:%zu: '%s' needs the columns entry, strength, donor and seed", ledger->csv.name,
             ledger->csv.line[row], what_names[change->what]);
  /* Whoever applies ledgers begins a plan first, since a ledger says only line by line whether it
   * needs one. */
  FRAY_CHECK(plan, err, INTERNAL, "no plan was begun");
  FRAY_TRY(find_act(ledger, row, m, change->what == REDRAWN, plan, &act, err));
  FRAY_CHECK(fray_corruption_fits_modality(plan->act[act].kind, dataset->modality[m].kind), err,
             INPUT, "%s:%zu: %s does not damage the modality %s", ledger->csv.name,
             ledger->csv.line[row], plan->act[act].kind->name, dataset->modality[m].name);
  const struct fray_corruption_ops *ops = plan->act[act].kind->impl;
  if (ops->signal->fits &&
      ops->signal->fits(plan->act[act].params, &dataset->modality[m], err) != FRAY_OK)
    return fray_at(err, "%s:%zu", ledger->csv.name, ledger->csv.line[row]);
  FRAY_TRY(read_donors(ledger, row, ledger->population->sample[i], m, plan, &plan->act[act], err));
  /* A bit for each act, so the same row twice damages once. */
  uint64_t *acts = &plan->acts[i * dataset->n_modalities + m];
  *changed = !(*acts >> act & 1);
  *acts |= (uint64_t)1 << act;
  return FRAY_OK;
}

static enum fray_status apply_row(const struct ledger *ledger, size_t row,
                                  struct fray_damage *damage, uint8_t *changed,
                                  struct fray_err *err) {
  const struct fray_population *population = ledger->population;
  const char *source = at(ledger, row, SOURCE), *file = ledger->csv.name;
  size_t sample = fray_name_find(&ledger->sources, source), line = ledger->csv.line[row];
  FRAY_CHECK(sample < ledger->sources.n, err, INPUT, "%s:%zu: the data has no sample '%.80s'", file,
             line, source);
  struct change change;
  FRAY_TRY(read_change(ledger, row, &change, err));
  /* One ledger may hold training and test: rows of the other samples are not about this population.
   */
  uint32_t i = ledger->position[sample];
  if (i == UINT32_MAX)
    return FRAY_OK;
  FRAY_CHECK(population->train || change.modality, err, INPUT,
             "%s:%zu: '%s' for the test sample '%.80s'; a ledger may only take modalities there",
             file, line, what_names[change.what], source);
  bool does = false;
  if (change.what == DAMAGED || change.what == REDRAWN)
    FRAY_TRY(damage_value(ledger, row, &change, i, damage, &does, err));
  else
    does = make_change(damage, i, population->dataset->n_classes, &change);
  if (does && changed)
    changed[i] = 1;
  return FRAY_OK;
}

/* In the order of the file: rows of acts stand as they act on a value. */
static enum fray_status apply_rows(struct ledger *ledger, struct fray_damage *damage,
                                   uint8_t *changed, struct fray_arena *arena,
                                   struct fray_err *err) {
  /* Ledgers without signal damage have the first four columns alone; those of kinds that need
   * nothing beside their strength lack the last one. */
  const size_t n = ledger->csv.n_columns == FIELDS || ledger->csv.n_columns == KEYS
                       ? ledger->csv.n_columns
                       : (size_t)PLAIN;
  FRAY_TRY(fray_csv_expect(&ledger->csv, columns, n, err));
  FRAY_TRY(index_names(ledger, arena, err));
  for (size_t row = 0; row < ledger->csv.n_rows; row++)
    FRAY_TRY(apply_row(ledger, row, damage, changed, err));
  return FRAY_OK;
}

enum fray_status fray_ledger_parse(const char *name, char *text, size_t size,
                                   const struct fray_population *population,
                                   struct fray_damage *damage, uint8_t *changed,
                                   struct fray_err *err) {
  struct fray_arena own = {0}; /* what stays goes into the arena of the plan */
  struct ledger ledger = {.population = population};
  enum fray_status status = fray_csv_parse(name, text, size, NULL, &own, &ledger.csv, err);
  if (status == FRAY_OK)
    status = apply_rows(&ledger, damage, changed, &own, err);
  fray_arena_free(&own);
  return status;
}

enum fray_status fray_ledger_apply(const char *path, const struct fray_population *population,
                                   struct fray_damage *damage, uint8_t *changed,
                                   struct fray_err *err) {
  struct fray_text text = {0};
  FRAY_TRY(fray_side_read(path, largest_ledger, &text, err));
  enum fray_status status =
      fray_ledger_parse(path, text.data, text.size, population, damage, changed, err);
  fray_text_free(&text);
  return status;
}
