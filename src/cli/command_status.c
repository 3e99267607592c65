/* fray status: how far a run is, from outside it. It runs without MPI: it is asked beside a run at
 * work, on any machine that sees the folder. */
#include "commands.h"

#include "fray/study/study.h"

#include <stdio.h>
#include <stdlib.h>

/* Text for people changes as it is made better; what a program reads is the JSON, whose keys are
 * documented. */
struct given {
  bool json;
};

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text text = {0};
  /* A run at work writes while this reads: what is read is a state that was, never half of one. */
  enum fray_status status = fray_study_status(call->operand[0], given->json, &text, err);
  /* Printed whole: two lines of one state, never of two. */
  if (status == FRAY_OK)
    fray_print("%s", text.data);
  fray_text_free(&text);
  return status;
}

static const struct cli_option options[] = {
    CLI_OPTION(FLAG, "json", struct given, json,
               .help = "one JSON object, for programs; docs/results-format.md describes it"),
};

static const struct cli_operand operand =
    CLI_OPERAND(1, 1, "RESULTS", "one results folder is expected", .offer = CLI_FOLDERS);

const struct cli_command cli_status = {
    .name = "status",
    .meaning = "say how far a run is, or how it ended",
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about = "Says how far the run in a results folder is, or how it ended: its state, trials done "
             "and left, rounds a second, time left, and for each rank the trial, round and client "
             "that it is at or was at last. It only looks: a run at work is not disturbed, and one "
             "that was killed is told from one that runs.",
    .exits = CLI_SAID({"0", "it could tell"}, {"2", "wrong usage, or no results folder"}),
    .examples = CLI_SAID({"watch fray status results/study", "Every two seconds:"}),
    .also = "run",
    .run = run};
