/* fray status: how far a run is, from outside it. It runs without MPI: it is asked beside a run at
 * work, on any machine that sees the folder. */
#include "commands.h"

#include "fray/base/size.h"
#include "fray/study/study.h"

#include <stdio.h>
#include <stdlib.h>

struct given {
  bool json;
};

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text text = {0};
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

static const struct cli_operand operand = {.name = "RESULTS",
                                           .expected = "one results folder is expected",
                                           .least = 1,
                                           .most = 1,
                                           .offer = CLI_FOLDERS};

const struct cli_command cli_status = {
    .name = "status",
    .meaning = "say how far a run is, or how it ended",
    .operand = &operand,
    .option = options,
    .n_options = FRAY_COUNT(options),
    .size = sizeof(struct given),
    .about = "Says how far the run in a results folder is, or how it ended: its state, trials done "
             "and left, rounds a second, time left, and for each rank the trial, round and client "
             "that it is at or was at last. It only looks: a run at work is not disturbed, and one "
             "that was killed is told from one that runs.",
    .exits = (const struct cli_said[]){{"0", "it could tell"},
                                       {"2", "wrong usage, or no results folder"},
                                       {NULL, NULL}},
    .examples = (const struct cli_said[]){{"watch fray status results/study", "Every two seconds:"},
                                          {NULL, NULL}},
    .also = "run",
    .run = run};
