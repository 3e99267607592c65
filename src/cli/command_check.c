/* fray check: what a study would do, without doing any of it. */
#include "commands.h"

#include "fray/study/study.h"

#include <stdlib.h>

struct given {
  struct cli_texts set;
  bool measure, verify, json;
  long ranks; /* 0: those that there are */
};

/* Nothing of it is written, so it may look at a study that runs. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  const struct fray_check_options options = {
      .measure = given->measure, .ranks = (int)given->ranks, .json = given->json};
  struct fray_study *study = NULL;
  FRAY_TRY(cli_check_scenario(call, err));
  enum fray_status status =
      fray_study_load(call->operand[0], given->set.v, given->set.n, call->comm, &study, err);
  if (status == FRAY_OK)
    status = fray_study_check(study, &options, call->comm, err);
  /* Last, since it reads every byte of the shards: a plan that fails says so at once. */
  if (status == FRAY_OK && given->verify)
    status = fray_study_verify(study, call->comm, err);
  fray_study_free(study);
  return status;
}

/* --ranks asks about a machine that is not this one: plans are made before time on it is asked for.
 */
static const struct cli_option options[] = {
    /* As for run, so that a plan is of what would be run. */
    CLI_SET(struct given, "overrides one key of the scenario; ID.KEY reaches a corruption entry", ),
    CLI_OPTION(FLAG, "measure", struct given, measure,
               .help =
                   "trains and evaluates a little of each kind of cell (about 2 s each, 20 s in "
                   "all), and says how long the study takes; warns beyond 80 hours"),
    CLI_OPTION(COUNT, "ranks", struct given, ranks, .argument = "N", .most = 1000000,
               .otherwise = "those it runs on", .help = "for so many ranks"),
    CLI_OPTION(FLAG, "verify", struct given, verify,
               .help = "also reads all values of the shards, and refuses those that are not what "
                       "the shard's values_hash says: they were changed after they were written"),
    /* What is verified is said in a line of its own, which a document has no place for. */
    CLI_OPTION(FLAG, "json", struct given, json, .excludes = "verify",
               .help = "the plan as one JSON document, for programs; docs/results-format.md "
                       "describes it"),
};

static const struct cli_operand operand =
    CLI_OPERAND(1, 1, "SCENARIO", "one scenario file is expected", .offer = CLI_YAML);

const struct cli_command cli_check = {
    .name = "check",
    .meaning = "validate a scenario and print its plan",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Validates the scenario and its data, and prints the plan: trials, trainings, clients, "
        "parameters, memory per rank, disk, teams of ranks. Writes nothing.",
    .exits = CLI_SAID({"0", "the scenario can be run"}, {"1", "failed while looking"},
                      {"2", "wrong usage, or a scenario or data that cannot be run"}),
    .examples =
        CLI_SAID({"fray check study.yaml --measure --ranks 64", "How long it takes on 64 ranks:"}),
    .also = "run scenario inspect",
    .run = run};
