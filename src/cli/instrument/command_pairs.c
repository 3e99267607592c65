/* fray pairs: where its folder goes, and what it says. What is asked is the instrument's. */
#include "fray/instrument/pairs.h"

#include "commands.h"

#include <unistd.h>

/* No option changes the question: terms stand in files, which can be kept beside the answers. */
struct given {
  const char *out;
  struct cli_texts set;
  bool overwrite, quiet;
  int environment, progress;
};

/* What is said comes last, when all of it is written; on other ranks than 0 there is nothing. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text said = {0};
  const struct fray_pairs_wish wish = {.folder = call->operand[0],
                                       .file = call->operand[1],
                                       .out = given->out,
                                       .overwrite = given->overwrite,
                                       .sets = given->set.v,
                                       .n_sets = given->set.n,
                                       .mixed = given->environment == 1,
                                       .progress = (enum fray_progress_style)given->progress,
                                       .columns = fray_columns_of(STDOUT_FILENO)};
  /* Before models are opened, which may warn. */
  fray_log_quiet(given->quiet);
  return cli_say_last(fray_pairs(&wish, call->comm, &said, err), given->quiet, &said);
}

/* Where it goes, whose models, how it is watched. */
static const struct cli_option options[] = {
    CLI_OUT(struct given, "folder of what was found", .otherwise = "RESULTS/pairs"),
    CLI_OVERWRITE(struct given),
    CLI_MODELS(struct given),
    CLI_WATCHED(struct given),
};

/* The models first, as of every command that asks them; then what to ask. */
static const struct cli_operand operand =
    CLI_OPERAND(2, 2, "RESULTS PAIRS", "a results folder and the file of pairs are expected",
                .offer = CLI_YAML);

/* No option for the terms: a list that is typed is kept nowhere.
 * On any number of ranks, which share the texts of every pair; the folder is the same. */
const struct cli_command cli_pairs = {
    .name = "pairs",
    .meaning = "whether answers to texts change when only a term does",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Puts each test text that holds a term to the finished models of a results folder, as it "
        "is and with the term exchanged for its counterpart, and counts the answers that change. "
        "Any exchange flips some; so a pair is held against neutral pairs, which ought not to "
        "matter, by the same draws of people and trainings.\n\n"
        "PAIRS is a YAML file with the section pairs, which names a CSV file with the columns set, "
        "first and second, and the modality; rewrites holds conditions, as of tests, that write "
        "texts in another way. RESULTS stays as it is.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while asking"},
                      {"2", "wrong usage or input; nothing was written"}),
    .files = CLI_SAID({"RESULTS/pairs/pairs.csv", "what each pair, set and rewriting flips"},
                      {"RESULTS/pairs/toward.csv", "where the answers of a pair go, by class"}),
    .examples = CLI_SAID({"fray pairs results/messages scenarios/instruments/pairs.yaml",
                          "The pairs that come with fray:"},
                         {"mpirun -n 4 fray pairs results/study pairs.yaml -o out",
                          "Pairs of your own, on four ranks:"}),
    .also = "guard evaluate report run",
    .run = run};
