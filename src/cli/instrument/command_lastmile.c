/* fray lastmile: where its folder goes, and what it says. The asking is the instrument's.
 *
 * There is no file of it, as guard and redteam have one: what is asked are the tests of the study,
 * which scenario.yaml has already, and who is compared is one column. */
#include "fray/instrument/lastmile.h"

#include "commands.h"

#include <unistd.h>

/* Points and people are those of the study; what training never met only the user knows. */
struct given {
  const char *out, *test, *group;
  struct cli_texts held, set;
  bool overwrite, quiet;
  int environment, progress;
};

/* What is said comes last, when all of it is written: whoever reads it finds what it speaks of.
 * A wish borrows from the command line, which outlives it. Rank 0 has the words. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text said = {0};
  const struct fray_lastmile_wish wish = {.folder = call->operand[0],
                                          .out = given->out,
                                          .test = given->test,
                                          .group = given->group,
                                          .held = given->held.v,
                                          .n_held = given->held.n,
                                          .overwrite = given->overwrite,
                                          .sets = given->set.v,
                                          .n_sets = given->set.n,
                                          .mixed = given->environment == 1,
                                          .progress = (enum fray_progress_style)given->progress,
                                          .columns = fray_columns_of(STDOUT_FILENO)};
  fray_log_quiet(given->quiet);
  return cli_say_last(fray_lastmile(&wish, call->comm, &said, err), given->quiet, &said);
}

/* What is looked at, whose models, how it is watched. A test has its points from the scenario;
 * which of them training never met cannot be read off it, since damage in training may have any
 * name and strength, so it is given. */
static const struct cli_option options[] = {
    CLI_OUT(struct given, "folder of what was found", .otherwise = "RESULTS/lastmile"),
    CLI_OVERWRITE(struct given),
    CLI_OPTION(TEXT, "test", struct given, test, .argument = "NAME", .otherwise = "its only one",
               .help = "a test of the study, by its name in `tests`"),
    CLI_OPTION(TEXT, "group", struct given, group, .argument = "COLUMN",
               .otherwise = "the first of evaluate.groups",
               .help = "group column of people, such as accent"),
    CLI_OPTION(TEXTS, "held-out", struct given, held, .argument = "KEY=VALUE,...",
               .help = "points that training never met, by a key of the test; the figure hatches "
                       "them"),
    CLI_MODELS(struct given),
    CLI_WATCHED(struct given),
};

/* One folder: cells of one study are compared, studies are not. */
static const struct cli_operand operand =
    CLI_OPERAND(1, 1, "RESULTS", "one results folder is expected", .offer = CLI_FOLDERS);

/* On any number of ranks, which share the samples; the folder is the same. That nothing is resolved
 * is a result like any other, and ends with 0. */
const struct cli_command cli_lastmile = {
    .name = "lastmile",
    .meaning = "whom a damage costs more than the others",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Asks the kept models of a results folder at every point of one of its tests, on dev and "
        "on the test samples. Dev says which point costs most. There each group of people is held "
        "against the others: what the damage costs it less what it costs them, beside what chance "
        "makes of groups of these sizes when people change groups. A group is named only where "
        "that is resolved.\n\n"
        "RESULTS stays as it is; `fray report` draws what was found when it lies in "
        "RESULTS/lastmile.",
    .exits = CLI_SAID({"0", "done, also if nothing is resolved"}, {"1", "failed while asking"},
                      {"2", "wrong usage or input; nothing was written"}),
    .files = CLI_SAID({"RESULTS/lastmile/plane.csv", "what every point costs whom"},
                      {"RESULTS/lastmile/did.csv", "each group against the others"},
                      {"RESULTS/lastmile/spread.csv", "how far groups lie apart, and by chance"}),
    .examples = CLI_SAID({"fray lastmile results/hums --group accent --held-out f0=1200,2500",
                          "Accents under a hum, the high frequencies held out:"}),
    .also = "evaluate report guard redteam",
    .run = run};
