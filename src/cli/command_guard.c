/* fray guard: where its folder goes, and what it says. The gate itself is the instrument's. */
#include "fray/instrument/guard.h"

#include "commands.h"

#include <unistd.h>

/* No option changes the gate: what a gate is stands in its file, which can be kept beside what came
 * of it. */
struct given {
  const char *out;
  struct cli_texts set;
  bool overwrite, quiet;
  int environment, progress;
};

/* The summary is left out with -q; the files are all there. A wish borrows from the command line.
 * What is said comes last, when all of it is written. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text said = {0};
  const struct fray_guard_wish wish = {.folder = call->operand[0],
                                       .file = call->operand[1],
                                       .out = given->out,
                                       .overwrite = given->overwrite,
                                       .sets = given->set.v,
                                       .n_sets = given->set.n,
                                       .mixed = given->environment == 1,
                                       .progress = (enum fray_progress_style)given->progress,
                                       .columns = fray_columns_of(STDOUT_FILENO)};
  /* Rank 0 has the words; on the others there are none to print. */
  fray_log_quiet(given->quiet);
  return cli_say_last(fray_guard(&wish, call->comm, &said, err), given->quiet, &said);
}

/* Where it goes, whose models, how it is watched. */
static const struct cli_option options[] = {
    CLI_OUT(struct given, "folder of what was found", .otherwise = "RESULTS/guard"),
    CLI_OVERWRITE(struct given),
    CLI_MODELS(struct given),
    CLI_WATCHED(struct given),
};

/* Two operands and no option for the file, since without it there is nothing to do.
 * The models first, as of every command that asks them; then what to ask. */
static const struct cli_operand operand =
    CLI_OPERAND(2, 2, "RESULTS GATE", "a results folder and the file of a gate are expected",
                .offer = CLI_YAML);

/* On any number of ranks, which share the samples of every question; the folder is the same. What
 * the file may say stands in docs/instruments.md, and a wrong one is told with its line. */
const struct cli_command cli_guard = {
    .name = "guard",
    .meaning = "what gates on finished models catch, and refuse wrongly",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Fits a gate to each finished training of a results folder: scores are fitted to its "
        "training samples, thresholds to its dev samples, so that of harmless samples no more than "
        "an asked share is refused (split conformal prediction). Then it reports on the test "
        "samples, on two fronts: how much of what ought to be refused is, under the conditions of "
        "adherence, and how much of what ought to be answered is refused as well, clean and "
        "under the conditions of benign.\n\n"
        "GATE is a YAML file with the sections gate, adherence and benign. RESULTS stays as it is.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while asking"},
                      {"2", "wrong usage or input; nothing was written"}),
    .files =
        CLI_SAID({"RESULTS/guard/fronts.csv", "refusals of each training by condition and group"},
                 {"RESULTS/guard/overall.csv", "the same over the trainings of a cell"},
                 {"RESULTS/guard/roc.csv", "what is caught by what is refused wrongly"},
                 {"RESULTS/guard/risk.csv", "mistakes by coverage"},
                 {"RESULTS/guard/gate.fitted.yaml", "thresholds, with the hashes of the models "
                                                    "and dev samples that they are of"}),
    .examples =
        CLI_SAID({"fray guard results/study gate.yaml", "A gate of results/study:"},
                 {"mpirun -n 4 fray guard results/study gate.yaml -o out", "On four ranks:"}),
    .also = "calibrate evaluate run",
    .run = run};
