/* fray card: which folders it is of, what is typed, and where the card goes. */
#include "fray/instrument/card.h"

#include "commands.h"

#include <stdint.h>

/* No option leaves a part out: what is not known is a part of the card. */
struct given {
  const char *out, *intent;
  bool overwrite, quiet;
};

/* Without a file the card is what is printed, whatever --quiet says of the rest. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text said = {0};
  const struct fray_card_wish wish = {.folder = call->operand,
                                      .n = call->n,
                                      .intent = given->intent,
                                      .out = given->out,
                                      .overwrite = given->overwrite};
  fray_log_quiet(given->quiet);
  const enum fray_status status = fray_card(&wish, &said, err);
  if (status == FRAY_OK && said.data)
    fray_print("%s", said.data);
  fray_text_free(&said);
  return status;
}

/* The file of what is typed is no part of a results folder: it is about a use, and not about a run.
 */
static const struct cli_option options[] = {
    CLI_OPTION(TEXT, "out", struct given, out, .letter = 'o', .argument = "FILE",
               .offer = CLI_FILES, .help = "file of the card: NAME.md, or a page as NAME.html",
               .otherwise = "it is printed, as Markdown"),
    CLI_OPTION(FLAG, "overwrite", struct given, overwrite,
               .help = "replaces the file if it is there"),
    CLI_OPTION(TEXT, "intent", struct given, intent, .argument = "FILE", .offer = CLI_YAML,
               .help = "what is typed: intended use, limits, contact"),
    CLI_QUIET(struct given, .help = "warnings and errors only"),
};

static const struct cli_operand operand =
    CLI_OPERAND(1, SIZE_MAX, "RESULTS...", "a results folder is expected", .offer = CLI_FOLDERS);

/* No model is asked, so one process does it, in seconds. */
const struct cli_command cli_card = {
    .name = "card",
    .meaning = "a service card, each number with the place that it is from",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Writes a service card of finished studies, as Markdown or as a page: intended use, "
        "expectations, tests, "
        "fairness, robustness, privacy, the eight dimensions of responsible AI, failures. Every "
        "number is from results, with its interval and a footnote to file and column. What is "
        "typed "
        "in the file of --intent is quoted and marked as typed; what nobody wrote or tested is "
        "called \"not stated\" or \"not tested\". Nothing is scored. RESULTS stays as it is.",
    .exits = CLI_SAID({"0", "done"}, {"1", "writing failed"},
                      {"2", "wrong usage or input; nothing was written"}),
    .files = CLI_SAID({"FILE", "the card, in the form that its name ends with"}),
    .examples = CLI_SAID({"fray card results/quickstart", "On the terminal:"},
                         {"fray card results/quickstart --intent intent.yaml -o card.md",
                          "With what is typed, as a file:"},
                         {"fray card results/quickstart -o card.html",
                          "As a page, whose footnotes lead to the files:"}),
    .also = "matrix report redteam guard",
    .run = run};
