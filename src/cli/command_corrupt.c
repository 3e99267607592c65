/* fray corrupt: one sample without damage and with it, as a folder to look at and to listen to; or
 * contact sheets of every kind that fits a medium. */
#include "fray/report/sheet.h"
#include "fray/report/specimen.h"

#include "commands.h"
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/corrupt/corrupt.h"

#include <string.h>

struct given {
  const char *kind, *severity, *sample, *out;
  struct cli_texts set, entry;
  long seed;
  bool sheet;
};

/* Kinds that damage a sample; replay needs a file of what to damage, and is an entry like others.
 */
static const char *kind_at(size_t i, const char **meaning) {
  if (i >= fray_corruptions.n)
    return NULL;
  *meaning = fray_corruptions.v[i]->meaning;
  return fray_corruptions.v[i]->name;
}

/* Without a file and a line: what is wrong with a word of the command needs none. */
static enum fray_status put(struct fray_node *map, const char *key, const char *text,
                            struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *value = fray_node_scalar(text, "", 0, arena);
  FRAY_CHECK(value, err, MEMORY, "out of memory");
  return fray_node_put(map, key, value, arena, err);
}

/* --kind, --severity and --set as the entry that a scenario would have. */
static enum fray_status plain_entry(const struct given *given, struct fray_arena *arena,
                                    const struct fray_node **out, struct fray_err *err) {
  struct fray_node *sets, *map = fray_node_map("", 0, arena);
  FRAY_CHECK(map, err, MEMORY, "out of memory");
  FRAY_TRY(put(map, "kind", given->kind, arena, err));
  if (given->severity)
    FRAY_TRY(put(map, "severity", given->severity, arena, err));
  FRAY_TRY(cli_read_sets(given->set.v, given->set.n, arena, &sets, err));
  for (struct fray_node *key = sets->child, *next; key; key = next) {
    next = key->next; /* it moves to the other map */
    FRAY_TRY(fray_node_put(map, key->key, key, arena, err));
  }
  *out = map;
  return FRAY_OK;
}

/* In the order in which they are given: noise before clipping is not clipping before noise. */
static enum fray_status read_entries(const struct given *given, struct fray_arena *arena,
                                     const struct fray_node **out, size_t *n,
                                     struct fray_err *err) {
  /* Said before the keys are read, so that the first message is about what is missing. */
  FRAY_CHECK(given->kind || given->entry.n, err, INPUT,
             "what is to be done? --kind NAME, or --entry '{kind: NAME, KEY: VALUE}' (fray list "
             "corruptions names the kinds)");
  FRAY_CHECK(given->kind || !(given->severity || given->set.n), err, INPUT,
             "--severity and --set go with --kind; an --entry has its keys itself");
  *n = 0;
  if (given->kind)
    FRAY_TRY(plain_entry(given, arena, &out[(*n)++], err));
  for (size_t i = 0; i < given->entry.n; i++) {
    struct fray_node *node;
    FRAY_TRY(fray_yaml_parse(given->entry.v[i], "--entry", arena, &node, err));
    FRAY_CHECK(node && node->kind == FRAY_NODE_MAP, err, INPUT,
               "--entry %s: a map of keys is expected, as {kind: fog, severity: 3}",
               given->entry.v[i]);
    out[(*n)++] = node;
  }
  return FRAY_OK;
}

/* Media that sheets are made of. */
static const char *medium_at(size_t i, const char **meaning) {
  *meaning = "";
  return fray_modality_kind_names[i];
}

static bool is_medium(const char *word) {
  const char *meaning, *name;
  for (size_t i = 0; (name = medium_at(i, &meaning)); i++)
    if (strcmp(word, name) == 0)
      return true;
  return false;
}

/* In any order: data that are called like a medium can be written as a path. */
static enum fray_status make_sheets(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_sheet_wish wish = {.sample = given->sample, .seed = (uint64_t)given->seed};
  FRAY_CHECK(!(given->kind || given->severity || given->set.n || given->entry.n), err, INPUT,
             "--sheet shows every kind at each severity; --kind, --severity, --set and --entry are "
             "of one sample");
  for (size_t i = 0; i < call->n; i++) {
    const char **place = is_medium(call->operand[i]) ? &wish.medium : &wish.shards;
    FRAY_CHECK(!*place, err, INPUT, "--sheet takes one medium and one place of shards: %s or %s?",
               *place, call->operand[i]);
    *place = call->operand[i];
  }
  FRAY_CHECK(wish.shards || !wish.sample, err, INPUT,
             "--sample %s: of which shards? Without any, built-in samples are shown", wish.sample);
  FRAY_TRY(fray_sheets(&wish, given->out, call->comm, err));
  if (fray_comm_rank(call->comm) == 0)
    fray_note("look: %s/index.html", given->out);
  return FRAY_OK;
}

static enum fray_status make_specimen(const struct cli_call *call, struct fray_arena *arena,
                                      struct fray_err *err) {
  const struct given *given = call->given;
  const struct fray_node **entry;
  FRAY_CHECK(call->n == 1, err, INPUT, "one folder, file or glob of shards is expected");
  struct fray_specimen_wish wish = {
      .shards = call->operand[0], .sample = given->sample, .seed = (uint64_t)given->seed};
  FRAY_ALLOC(entry, arena, given->entry.n + 1, err);
  FRAY_TRY(read_entries(given, arena, entry, &wish.n, err));
  wish.entry = entry;
  FRAY_TRY(fray_specimen(&wish, given->out, call->comm, err));
  if (fray_comm_rank(call->comm) == 0)
    fray_note("look and listen: %s/index.html", given->out);
  return FRAY_OK;
}

/* Entries live as long as the damage that is read from them. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_arena arena = {0};
  /* Before anything is read: whoever shows one damage after another forgets to change the name. */
  FRAY_CHECK(!fray_file_exists(given->out), err, INPUT, "%s: is there already; give another folder",
             given->out);
  for (size_t i = 0; i < call->n; i++)
    FRAY_TRY(fray_place_apart("-o", given->out, call->operand[i], err));
  const enum fray_status status =
      given->sheet ? make_sheets(call, err) : make_specimen(call, &arena, err);
  fray_arena_free(&arena);
  return status;
}

/* A kind with its keys is the most that is asked for; what has several is written as a scenario
 * writes it. */
static const struct cli_option options[] = {
    CLI_OPTION(TEXT, "kind", struct given, kind, .argument = "NAME", .names = {.at = kind_at},
               .help = "what is done to the sample; fray list corruptions names the kinds"),
    CLI_OPTION(TEXT, "severity", struct given, severity, .argument = "N",
               .help = "1 to 5 in the kind's table, in place of its strength"),
    CLI_OPTION(COUNT, "seed", struct given, seed, .argument = "N", .most = 2147483647,
               .standard = "1", .help = "of the random numbers"),
    CLI_SET(struct given, "a key of the kind, e.g. --set snr_db=10", ),
    CLI_OPTION(TEXTS, "entry", struct given, entry, .argument = "YAML",
               .help = "one more entry, as in a scenario: '{kind: clipping, severity: 2}'; entries "
                       "act in their order"),
    CLI_OPTION(TEXT, "sample", struct given, sample, .argument = "ID",
               .otherwise = "the first of the test that can be hit",
               .help = "the sample, by its id in the data"),
    CLI_OPTION(FLAG, "sheet", struct given, sheet,
               .help = "contact sheets: every kind at each severity, of each medium or of MEDIUM, "
                       "on a sample of SHARDS or on built-in ones"),
    CLI_OUT(struct given, "folder of what is made; must not exist",
            .needed = "the folder that it goes to"),
};

/* With --sheet a medium, shards, both or neither; else shards. */
static const struct cli_operand operand =
    CLI_OPERAND(0, 2, "[SHARDS | MEDIUM]", "one folder, file or glob of shards is expected",
                .offer = CLI_FILES);

const struct cli_command cli_corrupt = {
    .name = "corrupt",
    .meaning = "damage one sample, to look at and to listen to",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Writes one sample without damage and with it: WAV, PNG, CSV or text of each modality, "
        "a page that shows and plays both side by side, how far they are apart before and "
        "after features are made, and a ledger that repeats the damage of that sample.\n\n"
        "With --sheet: a PNG of each medium (audio, image, series, text, feature) with a row for "
        "each kind and a column for each severity, cells.csv with the strength and the effect of "
        "each, and a page with all of them.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while writing"},
                      {"2", "wrong usage, kind, key, sample or data; nothing was written"}),
    .examples = CLI_SAID(
        {"fray corrupt shards --kind tonal_hum --severity 3 -o hum",
         "A hum over the first test sample with sound:"},
        {"fray corrupt shards --kind stripe --entry '{kind: flip}' -o two",
         "Stripes over a picture, then a mirror:"},
        {"fray corrupt --sheet audio -o sheets", "What each kind does to sound, as spectrograms:"}),
    .also = "list check run",
    .passing = true,
    .run = run};
