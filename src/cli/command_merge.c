/* fray merge: which folders become one, and what may differ between them. */
#include "commands.h"
#include "fray/study/study.h"

#include <stdint.h>
#include <stdlib.h>

struct given {
  const char *out, *scenario;
  struct cli_texts set;
  bool mixed, no_report, quiet;
  int environment; /* --environment mixed is what run and evaluate call it; --mixed came first */
};

/* Ranks share the parts between them; what they find must fit together before anything is written.
 */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  fray_log_quiet(given->quiet);
  char *line = cli_command_line("merge", call);
  const enum fray_status mine = line ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  FRAY_TRY(fray_comm_agree(call->comm, mine, err));
  const struct fray_merge_options options = {.folder = call->operand,
                                             .n = call->n,
                                             .out = given->out,
                                             .scenario = given->scenario,
                                             .mixed = given->mixed || given->environment == 1,
                                             .sets = given->set.v,
                                             .n_sets = given->set.n,
                                             .command = line};
  /* Its data sets are opened again to be sure that they are the same; --set says where they are
   * now. */
  enum fray_status status = fray_study_merge(&options, call->comm, err);
  if (status == FRAY_OK)
    cli_say_results(call, given->out, given->no_report);
  free(line);
  return status;
}

/* Words for the same things as in run and evaluate; --mixed stays for scripts that say it. */
static const struct cli_option options[] = {
    /* Never one of those that are merged: they stay as they are, and can be merged again. */
    CLI_OUT(struct given, "the new folder; what is there must be empty",
            .needed = "the folder that the merged results go to"),
    /* Needed only where no folder's own scenario spans the others. */
    CLI_OPTION(TEXT, "scenario", struct given, scenario, .argument = "FILE", .offer = CLI_YAML,
               .help = "the study that spans the folders, if they were run from different "
                       "scenarios; trials that it does not name are left out"),
    CLI_OPTION(FLAG, "mixed", struct given, mixed,
               .help = "merges numbers of different programs or machines all the same; the result "
                       "is marked, and its report warns of it"),
    CLI_ENVIRONMENT(struct given, .help = "mixed: says the same as --mixed"),
    CLI_SET(struct given, "says where data lie now: data.shards=PATH", ),
    CLI_QUIET(struct given, .help = "warnings and errors only"),
    CLI_NO_REPORT(struct given, "leaves report.html out"),
};

static const struct cli_operand operand = CLI_OPERAND(
    1, SIZE_MAX, "RESULTS...", "one or more results folders are expected", .offer = CLI_FOLDERS);

const struct cli_command cli_merge = {
    .name = "merge",
    .meaning = "one results folder of several, as if of one run",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Makes one results folder of several: of the shares of a study (fray run --share K/N), "
        "or of runs with other seeds or swept values. Its tables are those of a run that had "
        "done it all. Nothing is trained. The folders stay as they are.",
    .exits = CLI_SAID({"0", "done"},
                      {"1", "failed while merging, or trials are missing: the "
                            "folder is written then, and fray run --resume goes on "
                            "with it"},
                      {"2", "wrong usage or input; nothing was written"}),
    .examples =
        CLI_SAID({"fray merge share-1 share-2 share-3 -o results/study", "The shares of a study:"}),
    .also = "run report",
    .run = run};
