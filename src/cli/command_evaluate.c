/* fray evaluate: more tests and groups for the models that a run kept. */
#include "commands.h"
#include "fray/study/study.h"

#include <stdlib.h>

/* A subset of what a run can be asked: models are there, so nothing of training can be chosen. */
struct given {
  const char *tests, *groups;
  struct cli_texts set;
  bool no_report, quiet;
  long stall;
  int environment, progress;
};

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  /* Either will do, which no single row of the table can say. */
  FRAY_CHECK(given->tests || given->groups, err, INPUT,
             "what is to be added? --tests FILE or --groups A,B is expected");
  fray_log_quiet(given->quiet);
  /* What was added later must be told from what the run was asked for: provenance holds both lines.
   */
  char *line = cli_command_line("evaluate", call);
  const enum fray_status mine = line ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  FRAY_TRY(fray_comm_agree(call->comm, mine, err));
  const struct fray_evaluate_options options = {
      .tests = given->tests,
      .groups = given->groups,
      .mixed = given->environment == 1, /* the second of the two words */
      .sets = given->set.v,
      .n_sets = given->set.n,
      .progress = (enum fray_progress_style)given->progress,
      .stall = (double)given->stall,
      .command = line};
  enum fray_status status = fray_study_evaluate(call->operand[0], &options, call->comm, err);
  /* The report shows what was added only when it is drawn anew. */
  if (status == FRAY_OK)
    cli_say_results(call, call->operand[0], given->no_report);
  free(line);
  return status;
}

static const struct cli_option options[] = {
    CLI_OPTION(
        TEXT, "tests", struct given, tests, .argument = "FILE", .offer = CLI_YAML,
        .help =
            "YAML: conditions as under `tests:` of a scenario, {NAME: {kind: ...}}, or "
            "`tests: {...}` with `evaluate: {groups: [...]}` beside it; or a pack of tests, whose "
            "`pack: {...}` says where they come from and is not looked at"),
    CLI_OPTION(TEXT, "groups", struct given,
               groups, /* Names of columns have no commas, so one value holds several. */
               .argument = "A,B",
               .help = "group columns of the shards to score one by one as well"),
    /* Not any key: another setting would have trained other models. */
    CLI_SET(struct given, "says where data lie now: data.shards=PATH", ),
    CLI_ENVIRONMENT(struct given,
                    .help = "mixed: judges although the program or the machine computes otherwise "
                            "than the one that trained; the results are marked, and the report "
                            "warns of it"),
    CLI_STALL(struct given),
    CLI_PROGRESS(struct given,
                 .help = "live: one line, rewritten; plain: lines; auto: live on a terminal"),
    CLI_QUIET(struct given, .help = "warnings and errors only"),
    CLI_NO_REPORT(struct given, "leaves report.html as it is"),
};

static const struct cli_operand operand =
    CLI_OPERAND(1, 1, "RESULTS", "one results folder is expected", .offer = CLI_FOLDERS);

const struct cli_command cli_evaluate = {
    .name = "evaluate",
    .meaning = "more test conditions or groups for the kept models of a run",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Adds test conditions and groups to the finished trials of a results folder. It judges "
        "the models that the run kept and trains nothing; the tables become those of a run "
        "that had asked for them at first. A call that was interrupted is finished by the same "
        "call.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while judging"},
                      {"2", "wrong usage or input; nothing was changed"},
                      {"75", "stopped by a signal (USR1, USR2, TERM, INT, HUP, "
                             "XCPU)"}),
    .examples =
        CLI_SAID({"mpirun -n 4 fray evaluate results/study --tests more.yaml",
                  "More conditions, on four ranks:"},
                 {"fray evaluate results/study --groups accent,age", "Scores for groups as well:"}),
    .also = "run report",
    .run = run};
