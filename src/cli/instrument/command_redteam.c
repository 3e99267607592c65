/* fray redteam: where its folder goes, and what it says. The search itself is the instrument's. */
#include "fray/instrument/redteam_command.h"

#include "commands.h"

#include <unistd.h>

/* What is looked for stands in the file, which can be kept beside what came of it; how long may be
 * tried out without changing it. */
struct given {
  const char *out;
  long budget;
  struct cli_texts set;
  bool overwrite, quiet;
  int environment, progress, sweep;
};

/* The summary is left out with -q; the files are all there. What is said comes last, when all of it
 * is written: whoever reads it finds what it speaks of. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text said = {0};
  /* A wish borrows from the command line, which outlives it. */
  const struct fray_redteam_wish wish = {.folder = call->operand[0],
                                         .file = call->operand[1],
                                         .out = given->out,
                                         .budget = given->budget,
                                         .sweep = given->sweep,
                                         .overwrite = given->overwrite,
                                         .sets = given->set.v,
                                         .n_sets = given->set.n,
                                         .mixed = given->environment == 1,
                                         .progress = (enum fray_progress_style)given->progress,
                                         .columns = fray_columns_of(STDOUT_FILENO)};
  /* Rank 0 has the words; on the others there are none to print. */
  fray_log_quiet(given->quiet);
  return cli_say_last(fray_redteam(&wish, call->comm, &said, err), given->quiet, &said);
}

/* Where it goes, how long, whose models, how it is watched. */
static const struct cli_option options[] = {
    CLI_OUT(struct given, "folder of what was found", .otherwise = "RESULTS/redteam"),
    CLI_OVERWRITE(struct given),
    /* A search that is cut short is the beginning of the long one: the same recipes, fewer of them.
     */
    CLI_OPTION(COUNT, "budget", struct given, budget, .argument = "N", .most = 100000,
               .help = "recipes of each search, in place of the file's"),
    /* A search may miss what a sweep cannot; a sweep has no recipes of three. */
    CLI_OPTION(WORD, "sweep", struct given, sweep, .argument = "no|singles|pairs", .standard = "no",
               .names = {.list = (const char *const[]){"no", "singles", "pairs", NULL}},
               .help = "in place of searches. singles: each technique alone, by severity up to the "
                       "limit; pairs: every two kinds at severity 2"),
    CLI_MODELS(struct given),
    CLI_WATCHED(struct given),
};

/* The models first, as of every command that asks them; then what to look for. */
static const struct cli_operand operand =
    CLI_OPERAND(2, 2, "RESULTS REDTEAM", "a results folder and the file of a red team are expected",
                .offer = CLI_YAML);

/* On any number of ranks, which share the searches among themselves; the folder is the same. */
const struct cli_command cli_redteam = {
    .name = "redteam",
    .meaning = "damage that finished models do not stand",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Searches recipes of damage, of one to a few kinds, under which a model of a results "
        "folder loses accuracy on its dev samples; or answers with a class that somebody wants, is "
        "refused by a guard, or loses more for one group than for the others, as the file's goal "
        "has it. Limits on severity and distortion keep a search "
        "from winning by destroying; random drawing of as many recipes stands beside every other "
        "strategy. Finds are counted by which samples they turn wrong. The ten best that differ "
        "are judged on the test samples, where nothing chose them.\n\n"
        "REDTEAM is a YAML file; `fray list techniques` shows what recipes are made of. RESULTS "
        "stays as it is.",
    .exits = CLI_SAID({"0", "done, also if nothing was found"}, {"1", "failed while asking"},
                      {"2", "wrong usage or input; nothing was written"}),
    .files = CLI_SAID({"RESULTS/redteam/recipes.csv", "every recipe that was tried"},
                      {"RESULTS/redteam/strategies.csv", "what each search came to"},
                      {"RESULTS/redteam/finds.csv", "the best finds, on dev and on the test"},
                      {"RESULTS/redteam/pack.yaml", "these as test conditions, for fray evaluate"},
                      {"RESULTS/redteam/techniques.csv",
                       "of a sweep: all that was tried, by score, and what does the same"}),
    .examples = CLI_SAID({"fray redteam results/study redteam.yaml", "A search in results/study:"},
                         {"fray evaluate results/later --tests results/study/redteam/pack.yaml",
                          "What was found, put to a later model:"}),
    .also = "evaluate guard calibrate compare",
    .run = run};
