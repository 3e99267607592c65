/* gate.yaml: the gate, what it ought to refuse and what it ought to let pass. Conditions are read
 * as those of a scenario's `tests`, so that a recipe means the same in both.
 *
 *     gate: {scores: [energy, disagreement], false_refusal: 0.05, per: all}
 *     adherence: {contradicted: {kind: conflict, modalities: [image], rate: 1}}
 *     benign: {mild: {kind: noise, modalities: [audio], snr_db: 20}}
 *
 * A swept key makes a condition of each of its values, named NAME=VALUE. The draws of a condition
 * are those of a test of the same name, so that a scenario that tests it damages the same samples.
 */
#include "guard_parts.h"
#include "instrument/folder/instrument_folder.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* One word, so that whoever asks for another is told why there is none: a threshold from the test
 * would have been chosen by the samples that it is then judged on. */
static const char *const splits[] = {"dev", NULL};
static const struct fray_field gate_fields[] = {
    FRAY_FIELD(NODE, "scores", struct guard_section, scores, .shape = FRAY_SHAPE_ANY,
               .help = "list of scores: NAME, or NAME:MODALITY"),
    FRAY_FIELD(REAL, "false_refusal", struct guard_section, false_refusal, .def = 0.05, .min = 0,
               .max = 1, .help = "share of harmless samples that may be refused"),
    FRAY_FIELD(REAL, "cost", struct guard_section, cost, .optional = true, .min = 0, .max = 1e6,
               .help = "in place of the other keys: what a mistake costs, a right answer being "
                       "worth 1; refused is what has a calibrated confidence of at most "
                       "cost / (1 + cost)"),
    FRAY_FIELD(ENUM, "calibrate", struct guard_section, calibrate, .def_text = "dev",
               .names = splits,
               .help = "samples that thresholds come from; those of the test would make every "
                       "number on them too good"),
    FRAY_FIELD(STRING, "per", struct guard_section, per, .def_text = "all",
               .help = "all, or a group column: thresholds of its own for each value"),
    FRAY_FIELD(PATH, "fitted", struct guard_section, fitted, .optional = true,
               .help = "gate.fitted.yaml in place of the other keys: the same gate again, refused "
                       "for another model"),
};
static FRAY_TABLE(gate_table, "gate", struct guard_section, gate_fields, .help = "The gate.");

/* Which conditions are what is told and not guessed, since it is what was done to the evidence. */
static const struct fray_field claim_fields[] = {
    FRAY_FIELD(STRING, "claim", struct guard_claims, claim, .optional = true,
               .help = "modality that claims something"),
    FRAY_FIELD(STRING, "evidence", struct guard_claims, evidence, .optional = true,
               .help = "modality that is the evidence; the gate says whether it is any"),
    FRAY_FIELD(STRINGS, "supports", struct guard_claims, truth[GUARD_SUPPORTS],
               .def_text = "[clean]", .help = "conditions under which the evidence supports it"),
    FRAY_FIELD(STRINGS, "refutes", struct guard_claims, truth[GUARD_REFUTES], .def_text = "[]",
               .help = "conditions under which the evidence is that of something else"),
    FRAY_FIELD(STRINGS, "not_enough_info", struct guard_claims, truth[GUARD_NOTHING],
               .def_text = "[]", .help = "conditions under which there is no evidence"),
};
static FRAY_TABLE(claim_table, "claims", struct guard_claims, claim_fields,
                  .help = "Claims of one modality, judged by another.");

/* The file as a whole. Conditions stay nodes, as they are read with the schema of tests. */
struct whole {
  struct guard_section gate;
  struct guard_claims claims;
  const struct fray_node *adherence, *benign;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(SECTION, "gate", struct whole, gate, .section = &gate_table,
               .help = "scores and thresholds"),
    FRAY_FIELD(SECTION, "claims", struct whole, claims, .section = &claim_table,
               .help = "three answers to claims, beside the gate"),
    FRAY_FIELD(NODE, "adherence", struct whole, adherence, .shape = FRAY_SHAPE_ANY,
               .help = "conditions under which a sample ought to be refused"),
    FRAY_FIELD(NODE, "benign", struct whole, benign, .shape = FRAY_SHAPE_ANY,
               .help = "conditions under which it ought to be answered; clean is always there"),
};
static FRAY_TABLE(table, "guard", struct whole, fields, .help = "A gate and its two fronts.");

/* The donor of an entry, if it says one: a column of tables, whatever kinds use such a key. */
static const char *donor_of(const struct fray_node *conditions, const char *name) {
  const struct fray_node *entry = fray_node_get(conditions, name);
  if (entry && entry->kind == FRAY_NODE_LIST)
    entry = entry->child;
  const struct fray_node *donor = fray_node_get(entry, "donor");
  return donor && donor->kind == FRAY_NODE_SCALAR ? donor->scalar : "";
}

/* What a model confuses is not known before it is asked. Until then an entry that wants to know is
 * read with nobody like anybody, so that whatever else is wrong in it is said at once. */
static enum fray_status stand_in(struct fray_node *test, struct fray_arena *arena,
                                 struct fray_err *err) {
  struct fray_node *one = test->kind == FRAY_NODE_LIST ? test->child : test;
  for (; one; one = test->kind == FRAY_NODE_LIST ? one->next : NULL) {
    const char *key = one->kind == FRAY_NODE_MAP ? fray_corruption_confusion(one) : NULL;
    struct fray_node *none = key ? fray_node_map("guard", 0, arena) : NULL;
    FRAY_CHECK(!key || none, err, MEMORY, "out of memory");
    if (key)
      FRAY_TRY(fray_node_put(one, key, none, arena, err));
  }
  return FRAY_OK;
}

/* A copy, as the file's own nodes are told by each model anew. */
static enum fray_status read_side(const struct fray_node *map, struct fray_arena *arena,
                                  struct fray_arena *scratch, struct fray_condition **read,
                                  size_t *n, struct fray_err *err) {
  struct fray_node *copy = fray_node_copy(map, arena);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  for (struct fray_node *test = copy->child; test; test = test->next)
    FRAY_TRY(stand_in(test, arena, err));
  return fray_read_tests(copy, arena, scratch, read, n, err);
}

/* Adds the conditions of a map. */
static enum fray_status add(const struct fray_node *map, bool adherence, struct fray_arena *arena,
                            struct fray_arena *scratch, struct guard_file *out,
                            struct fray_err *err) {
  struct fray_condition *read = NULL;
  struct guard_condition *all;
  size_t n = 0;
  /* Either section may be left out; that adherence must not be empty is said by whoever has both.
   */
  if (!map || map->kind == FRAY_NODE_NULL)
    return FRAY_OK;
  FRAY_TRY(read_side(map, arena, scratch, &read, &n, err));
  out->side[adherence] = map;
  FRAY_ALLOC_ZERO(all, arena, out->n_conditions + n, err);
  memcpy(all, out->condition, out->n_conditions * sizeof *all);
  const size_t before = out->n_conditions;
  out->condition = all;
  for (size_t k = 0; k < n; k++) {
    const char *severity = "";
    char number[32];
    if (!isnan(read[k].severity)) {
      fray_format_double(read[k].severity, number);
      severity = fray_arena_printf(arena, "=%s", number);
    }
    const char *name = severity ? fray_arena_printf(arena, "%s%s", read[k].name, severity) : NULL;
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    for (size_t i = 1; i < before; i++)
      FRAY_CHECK(strcmp(all[i].of->of, read[k].of) != 0, err, INPUT,
                 "%s: '%s' stands in adherence and in benign; it can be one of them", read[k].where,
                 read[k].of);
    all[out->n_conditions++] = (struct guard_condition){
        .name = name, .of = &read[k], .adherence = adherence, .donor = donor_of(map, read[k].of)};
  }
  return FRAY_OK;
}

/* What it was fitted with stands in it. */
static enum fray_status read_fitted(const char *path, struct fray_comm *comm,
                                    struct fray_arena *arena, struct guard_section *gate,
                                    struct guard_file *out, struct fray_err *err) {
  struct fray_node *was;
  FRAY_TRY(fray_instrument_yaml(path, FRAY_INSTRUMENT_BYTES, comm, arena, &was, err));
  const struct fray_node *again = fray_node_get(was, "gate");
  FRAY_CHECK(again && fray_node_get(was, "trials"), err, INPUT, "%s: is no fitted gate", path);
  FRAY_TRY(fray_schema_read(&gate_table, again, "gate", gate, arena, err));
  gate->fitted = path;
  out->was = was;
  return FRAY_OK;
}

/* A fitted gate says again what it was fitted with, and may not be told otherwise. */
static enum fray_status take_fitted(struct guard_section *gate, const struct fray_node *root,
                                    struct fray_comm *comm, struct fray_arena *arena,
                                    struct guard_file *out, struct fray_err *err) {
  const struct fray_node *section = fray_node_get(root, "gate");
  FRAY_CHECK(section && section->n == 1, err, INPUT,
             "gate.fitted: it stands alone; scores and rates are those of the fitted gate");
  return read_fitted(gate->fitted, comm, arena, gate, out, err);
}

/* A stated cost says all: how often that refuses is what comes of it and no wish. */
static enum fray_status take_cost(struct guard_section *gate, const struct fray_node *root,
                                  const char *path, struct fray_err *err) {
  const struct fray_node *section = fray_node_get(root, "gate");
  if (isnan(gate->cost))
    return FRAY_OK;
  FRAY_CHECK(section && section->n == 1, err, INPUT,
             "%s: gate.cost: it stands alone; how much is refused comes of the cost", path);
  gate->scores = NULL;
  gate->false_refusal = gate->cost / (1 + gate->cost);
  return FRAY_OK;
}

static enum fray_status check_scores(const struct guard_section *gate, const char *path,
                                     struct fray_err *err) {
  const struct fray_node *scores = gate->scores;
  FRAY_CHECK(!isnan(gate->cost) || (scores && scores->kind == FRAY_NODE_LIST && scores->n > 0), err,
             INPUT, "%s: gate.scores: a list of scores is expected, as [energy, disagreement]",
             path);
  return FRAY_OK;
}

static enum fray_status put_clean(struct fray_arena *arena, struct guard_file *out,
                                  struct fray_err *err) {
  FRAY_ALLOC_ZERO(out->condition, arena, 1, err);
  out->condition[0] = (struct guard_condition){.name = "clean", .donor = ""};
  out->n_conditions = 1;
  return FRAY_OK;
}

/* Clean comes first, since all others are compared with it; then benign ones, then adherence. A
 * gate without anything to refuse would have one front only. */
static enum fray_status read(const struct fray_node *root, const char *path, struct fray_comm *comm,
                             struct fray_arena *arena, struct fray_arena *scratch,
                             struct guard_file *out, struct fray_err *err) {
  struct whole whole;
  FRAY_TRY(fray_schema_read(&table, root, "", &whole, arena, err));
  if (whole.gate.fitted)
    FRAY_TRY(take_fitted(&whole.gate, root, comm, arena, out, err));
  FRAY_TRY(take_cost(&whole.gate, out->was ? out->was : root, path, err));
  FRAY_TRY(check_scores(&whole.gate, path, err));
  out->gate = whole.gate;
  out->claims = whole.claims;
  FRAY_TRY(put_clean(arena, out, err));
  FRAY_TRY(add(whole.benign, false, arena, scratch, out, err));
  const size_t benign = out->n_conditions;
  FRAY_TRY(add(whole.adherence, true, arena, scratch, out, err));
  FRAY_CHECK(out->n_conditions > benign, err, INPUT,
             "%s: adherence: it names nothing that ought to be refused", path);
  return guard_claims_check(out, err);
}

/* The scores stay a node too: which modalities there are is known when a trial is open. */
enum fray_status guard_file_read(const char *path, struct fray_comm *comm, struct fray_arena *arena,
                                 struct fray_arena *scratch, struct guard_file *out,
                                 struct fray_err *err) {
  struct fray_node *root;
  *out = (struct guard_file){0};
  FRAY_TRY(fray_instrument_yaml(path, FRAY_INSTRUMENT_BYTES, comm, arena, &root, err));
  return read(root, path, comm, arena, scratch, out, err);
}

/* For whoever asks under conditions of his own. */
enum fray_status guard_file_fitted(const char *path, struct fray_comm *comm,
                                   struct fray_arena *arena, struct guard_file *out,
                                   struct fray_err *err) {
  *out = (struct guard_file){0};
  FRAY_TRY(read_fitted(path, comm, arena, &out->gate, out, err));
  FRAY_TRY(take_cost(&out->gate, out->was, path, err));
  FRAY_TRY(check_scores(&out->gate, path, err));
  return put_clean(arena, out, err);
}

/* Read once more with what the model says of itself: as many conditions, of the same names, in the
 * same order. */
enum fray_status guard_file_conditions(const struct guard_file *file, struct fray_kept *kept,
                                       size_t trial, struct fray_arena *arena,
                                       const struct fray_condition ***of, struct fray_err *err) {
  size_t at = 1;
  FRAY_ALLOC_ZERO(*of, arena, file->n_conditions, err);
  for (int side = 0; side < 2; side++) {
    struct fray_arena scratch = {0};
    struct fray_condition *read = NULL;
    size_t n = 0;
    struct fray_node *copy = file->side[side] ? fray_node_copy(file->side[side], arena) : NULL;
    if (!file->side[side])
      continue;
    FRAY_CHECK(copy, err, MEMORY, "out of memory");
    FRAY_TRY(fray_kept_tell(kept, trial, FRAY_BEST, copy, arena, err));
    const enum fray_status status = fray_read_tests(copy, arena, &scratch, &read, &n, err);
    fray_arena_free(&scratch);
    FRAY_TRY(status);
    for (size_t k = 0; k < n && at < file->n_conditions; k++)
      (*of)[at++] = &read[k];
  }
  return FRAY_OK;
}
