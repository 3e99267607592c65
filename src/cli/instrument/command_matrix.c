/* fray matrix: which folders stand side by side, and where the tables go. */
#include "fray/instrument/matrix.h"

#include "commands.h"

#include <stdint.h>
#include <unistd.h>

/* No option chooses columns: one that is left out would not count against the coverage. */
struct given {
  const char *out;
  bool overwrite, quiet;
};

/* What is said comes last, when all of it is written: an error leaves nothing behind. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text said = {0};
  const struct fray_matrix_wish wish = {.folder = call->operand,
                                        .n = call->n,
                                        .out = given->out,
                                        .overwrite = given->overwrite,
                                        .columns = fray_columns_of(STDOUT_FILENO)};
  fray_log_quiet(given->quiet);
  return cli_say_last(fray_matrix(&wish, &said, err), given->quiet, &said);
}

/* Without a folder the matrix is looked at and gone, as with `fray show`. */
static const struct cli_option options[] = {
    CLI_OUT(struct given, "folder of the page and the tables", .otherwise = "none are written"),
    CLI_OVERWRITE(struct given),
    CLI_QUIET(struct given, .help = "warnings and errors only, and no matrix on the terminal"),
};

static const struct cli_operand operand =
    CLI_OPERAND(1, SIZE_MAX, "RESULTS...", "a results folder is expected", .offer = CLI_FOLDERS);

/* No model is asked, so one process does it, in seconds. */
const struct cli_command cli_matrix = {
    .name = "matrix",
    .meaning = "what was measured under which condition, and what was not",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Puts the numbers of finished studies into one matrix: conditions by measures, each a "
        "number with its 95 % interval or the reason why there is none. How much of the matrix is "
        "filled comes first, and kinds of damage that act on these modalities and that no "
        "condition uses are listed.\n\n"
        "The worst case is told three times: with the worst condition chosen for each sample by "
        "itself, chosen once for all samples, and not chosen. What gates refused is taken from "
        "RESULTS/guard, where fray guard left it. RESULTS stays as it is.",
    .exits = CLI_SAID({"0", "done"}, {"1", "writing failed"},
                      {"2", "wrong usage or input; nothing was written"}),
    .files = CLI_SAID({"DIR/matrix.html", "all of it as a page"},
                      {"DIR/matrix.csv", "every number, or the reason"},
                      {"DIR/families.csv", "the worst case of each test, and of all"},
                      {"DIR/not_tested.csv", "kinds of damage that no condition uses"}),
    .examples = CLI_SAID(
        {"fray matrix results/quickstart", "On the terminal:"},
        {"fray matrix results/one results/two -o matrix", "Two studies of one task, as tables:"}),
    .also = "show report compare guard redteam",
    .run = run};
