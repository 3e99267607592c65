/* fray check: what a study would do, without doing any of it. */
#include "commands.h"

#include "fray/instrument/lastmile.h"
#include "fray/results/csv_table.h"
#include "fray/study/study.h"

#include <stdlib.h>

struct given {
  struct cli_texts set;
  bool measure, verify, json, power;
  long ranks;            /* 0: those that there are */
  const char *condition; /* of the results that --power asks */
  double drop;
};

/* A share of all samples, as accuracy is. Points in percent would be read as shares of more than
 * one, and are refused; so is what no number of samples that anybody has would show. */
static enum fray_status read_drop(const char *text, void *member, struct fray_err *err) {
  double *out = member;
  FRAY_CHECK(fray_rep_parse_real(text, out) && *out >= 1e-4 && *out < 1, err, INPUT,
             "--drop: '%.40s' is not in [0.0001, 1)", text);
  return FRAY_OK;
}

/* Rank 0 alone reads the folder, and nobody else has anything to say; that it failed all must know.
 * About a study that is done: how many samples somebody else needs to see what it saw. */
static enum fray_status say_power(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_text said = {0};
  enum fray_status status = FRAY_OK;
  FRAY_CHECK(given->condition, err, INPUT,
             "--power: --condition NAME says under which damage, as scores.csv names it");
  FRAY_CHECK(!given->set.n && !given->measure && !given->ranks && !given->verify, err, INPUT,
             "--power asks results that are there; --%s is of a scenario",
             given->set.n     ? "set"
             : given->measure ? "measure"
             : given->ranks   ? "ranks"
                              : "verify");
  if (fray_comm_rank(call->comm) == 0)
    status = fray_power_say(call->operand[0], given->condition, given->drop, &said, err);
  if (status == FRAY_OK && said.data)
    fray_print("%s", said.data);
  fray_text_free(&said);
  return fray_comm_agree(call->comm, status, err);
}

/* Nothing of it is written, so it may look at a study that runs. */
static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  const struct fray_check_options options = {
      .measure = given->measure, .ranks = (int)given->ranks, .json = given->json};
  struct fray_study *study = NULL;
  if (given->power)
    return say_power(call, err);
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
    /* Another question, of a study that was run: what somebody who cannot run it would have to
     * collect. It stands here because it is a plan as well, and asks no model. */
    CLI_OPTION(FLAG, "power", struct given, power, .excludes = "json", .group = "Of results",
               .help = "of a results folder in place of a scenario: how many samples a user needs "
                       "to see a drop of accuracy, by a paired one-sided 5 % test with power .8"),
    CLI_OPTION(TEXT, "condition", struct given, condition, .argument = "NAME", .beside = "power",
               .help = "under which damage, as scores.csv names it: NAME or NAME=SEVERITY"),
    CLI_OPTION(READER, "drop", struct given, drop, .argument = "SHARE", .standard = "0.05",
               .beside = "power", .read = read_drop, .help = "the drop to be seen"),
};

static const struct cli_operand operand =
    CLI_OPERAND(1, 1, "SCENARIO", "one scenario file is expected, with --power a results folder",
                .offer = CLI_YAML);

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
        CLI_SAID({"fray check study.yaml --measure --ranks 64", "How long it takes on 64 ranks:"},
                 {"fray check results/study --power --condition floor --drop .05",
                  "How many samples of one's own show 5 points under `floor`:"}),
    .also = "run scenario inspect",
    .run = run};
