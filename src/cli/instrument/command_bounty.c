/* fray bounty: which certificates, and where its folder goes. The bounty itself is the
 * instrument's. */
#include "fray/instrument/bounty_command.h"

#include "commands.h"

#include <unistd.h>

/* Terms stand in a file and not among the options: they are part of what a bounty promises, and are
 * kept beside what came of it. */
struct given {
  const char *out;
  struct cli_texts set;
  bool hunt, overwrite, quiet;
  int environment;
};

/* The words are printed last, when all of the folder is written. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text said = {0};
  const struct fray_bounty_wish wish = {.folder = call->operand[0],
                                        .files = call->operand + 1,
                                        .n_files = call->n - 1,
                                        .hunt = given->hunt,
                                        .out = given->out,
                                        .overwrite = given->overwrite,
                                        .sets = given->set.v,
                                        .n_sets = given->set.n,
                                        .mixed = given->environment == 1,
                                        .columns = fray_columns_of(STDOUT_FILENO)};
  fray_log_quiet(given->quiet);
  return cli_say_last(fray_bounty(&wish, call->comm, &said, err), given->quiet, &said);
}

/* Who looks, where it goes, whose models. */
static const struct cli_option options[] = {
    /* A word and not a default: hunting spends the budget that certificates leave. */
    CLI_OPTION(FLAG, "hunt", struct given, hunt,
               .help = "teams look for certificates on dev samples, as far as the budget goes"),
    CLI_OUT(struct given, "folder of what was found", .otherwise = "RESULTS/bounty"),
    CLI_OVERWRITE(struct given),
    CLI_MODELS(struct given),
    CLI_QUIET(struct given, .help = "warnings and errors only, and no summary"),
};

/* Certificates in the order in which they are submitted; none with --hunt. */
static const struct cli_operand operand =
    CLI_OPERAND(1, SIZE_MAX, "RESULTS [FILE..]",
                "a results folder, and files of certificates, are expected", .offer = CLI_YAML);

/* On any number of ranks: they answer blocks of samples and hunt for teams, and the folder is the
 * same. */
const struct cli_command cli_bounty = {
    .name = "bounty",
    .meaning = "certificates of groups for whom another answer is better",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "A certificate names a group of samples and an answer that is better there. It is judged "
        "on test clients that serve to verify, by an exact sign test that shares its level with "
        "all submissions of the bounty; what is accepted mends the model as a pointer decision "
        "list, in which no group that was helped loses again on these samples. What the mended "
        "model is worth is reported on the other test clients.\n\n"
        "FILE is a YAML file with a certificate, or with the terms of the bounty. A hunter is told "
        "one word. RESULTS stays as it is.",
    .exits = CLI_SAID({"0", "done, also if nothing was accepted"}, {"1", "failed while asking"},
                      {"2", "wrong usage or input; nothing was written"}),
    .files = CLI_SAID({"RESULTS/bounty/submissions.csv", "what became of each certificate"},
                      {"RESULTS/bounty/versions.csv", "mistakes of each version, by group"},
                      {"RESULTS/bounty/teams.csv", "what the certificates of a team are made of"},
                      {"RESULTS/bounty/list.yaml", "the mended model"}),
    .examples = CLI_SAID({"fray bounty results/study certificate.yaml", "One certificate:"},
                         {"fray bounty results/study terms.yaml --hunt", "Teams that look:"}),
    .also = "evaluate guard redteam compare",
    .run = run};
