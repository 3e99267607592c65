/* fray run: what a run is asked for, by options and by the batch system that it runs in, and what
 * is said before and after it. */
#include "commands.h"

#include "fray/base/log.h"
#include "fray/comm/launch.h"
#include "fray/study/study.h"
#include "fray/tensor/blas.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_SHARES = 100000 };
struct given {
  const char *out, *metrics; /* out NULL: the study names its folder */
  struct cli_texts set;
  bool resume, overwrite, no_report, quiet;
  long team, every; /* 0: as the study sees fit; no checkpoints by rounds */
  long minutes, stall;
  double walltime; /* seconds; 0: not said */
  struct share {
    int share, shares; /* 1 to shares; 0 of 0: the whole */
  } share;
  int environment, progress;
};

/* The first number is cut out of the text, as K and N are read by the same strict reader: signs and
 * blanks are refused in both. */
static enum fray_status read_share(const char *text, void *member, struct fray_err *err) {
  struct share *out = member;
  char first[16] = "";
  long share = 0, shares = 0;
  const char *slash = strchr(text, '/');
  /* K is bounded by N, so N is read first. */
  if (slash && slash - text < (long)sizeof first)
    memcpy(first, text, (size_t)(slash - text));
  FRAY_CHECK(slash && cli_read_count(slash + 1, MOST_SHARES, &shares) &&
                 cli_read_count(first, shares, &share),
             err, INPUT, "--share %s: K/N with 1 <= K <= N <= %d is expected", text, MOST_SHARES);
  *out = (struct share){(int)share, (int)shares};
  return FRAY_OK;
}

/* Slurm says when the job ends, if nobody else does: a study that is cut off loses the rounds since
 * its last checkpoint, one that knows the time does not. Slurm means the clock on the wall, which
 * may be set; the deadline is on the one that only goes on. */
static void set_deadline(double walltime, struct fray_pace *pace) {
  const char *slurm = getenv("SLURM_JOB_END_TIME");
  long end;
  if (walltime > 0)
    pace->deadline = fray_seconds() + walltime;
  else if (slurm && cli_read_count(slurm, LONG_MAX - 1, &end))
    pace->deadline = fray_seconds() + difftime((time_t)end, time(NULL));
}

/* The study names the folder if no option does, so it is known only after the run. Its text lies in
 * the study, which is freed last. */
static enum fray_status run_study(const struct cli_call *call,
                                  const struct fray_run_options *options, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_study *study;
  const char *folder;
  /* A scenario that came with the program is meant more often than one that is missing. */
  FRAY_TRY(cli_check_scenario(call, err));
  FRAY_TRY(fray_study_load(call->operand[0], given->set.v, given->set.n, call->comm, &study, err));
  /* Both cost much time and change no number, so they are warnings. */
  if (fray_blas_pinned())
    fray_warn("%s pins a slower OpenBLAS kernel than this CPU has; unset it for full speed",
              fray_blas_pinned());
  /* srun without --mpi starts as many separate programs, or one, that know nothing of each other.
   */
  const long unused = fray_launch_unused_tasks(fray_comm_size(call->comm));
  if (unused)
    fray_warn("this Slurm job has %ld tasks, but fray runs as one process: %s fray run ... "
              "uses them all",
              unused, fray_launch_srun());
  enum fray_status status = fray_study_run(study, options, call->comm, &folder, err);
  if (status == FRAY_OK) /* a share is no whole study to report on */
    cli_say_results(call, folder, options->no_report || options->pace.shares);
  fray_study_free(study);
  return status;
}

static enum fray_status run(const struct cli_call *call, struct fray_err *err) {
  const struct given *given = call->given;
  struct fray_run_options options = {.out = given->out,
                                     .resume = given->resume,
                                     .overwrite = given->overwrite,
                                     .no_report = given->no_report,
                                     .mixed = given->environment == 1,
                                     .progress = (enum fray_progress_style)given->progress,
                                     .pace = fray_default_pace};
  /* What is left of the defaults is what no option can say. */
  options.pace.ranks_per_trial = (int)given->team;
  options.pace.checkpoint_seconds = 60.0 * (double)given->minutes;
  options.pace.checkpoint_rounds = given->every;
  options.pace.stall = (double)given->stall;
  options.pace.share = given->share.share;
  options.pace.shares = given->share.shares;
  options.pace.metrics = given->metrics;
  set_deadline(given->walltime, &options.pace);
  fray_log_quiet(given->quiet);
  /* NULL where memory ran out: provenance and messages then lack the line, and main() ends with the
   * allocation that was lost. */
  char *line = cli_command_line("run", call), *again = cli_command_again(call);
  options.command = line;
  options.again = again;
  const enum fray_status status = run_study(call, &options, err);
  free(line);
  free(again);
  return status;
}

/* In the order in which they are asked for: what, where to, how fast, and how it is watched. */
static const struct cli_option options[] = {
    CLI_SET(struct given, "overrides one key of the scenario; ID.KEY reaches a corruption entry",
            .group = "The study"),
    CLI_OPTION(READER, "share", struct given, share, .argument = "K/N", .read = read_share,
               .help = "does share K of N of the trials, for independent jobs; fray merge joins "
                       "their folders"),
    /* A run that is there is neither gone on with nor removed unless that is said. */
    CLI_OUT(struct given, "results folder", .otherwise = "results/NAME",
            .group = "The results folder"),
    CLI_OPTION(FLAG, "resume", struct given, resume, .excludes = "overwrite",
               .help =
                   "goes on with the run that the folder holds: finished trials are kept, begun "
                   "ones go on from their checkpoint; the scenario may have grown"),
    CLI_OPTION(FLAG, "overwrite", struct given, overwrite,
               .help = "removes the run that the folder holds"),
    CLI_ENVIRONMENT(struct given,
                    .help = "mixed, with --resume: goes on although the program or the machine "
                            "computes otherwise than the one before; the results are marked, and "
                            "the report warns of it"),
    CLI_NO_REPORT(struct given, "leaves report.html out"),
    /* For speed alone: no number of the results depends on anything under this heading. */
    CLI_OPTION(COUNT, "ranks-per-trial", struct given, team, .argument = "N", .most = 1000000,
               .otherwise = "as the study ends soonest",
               .help = "ranks of a team at most, also at the end, where teams grow",
               .group = "Teams and time"),
    CLI_OPTION(READER, "walltime", struct given, walltime, .argument = "TIME",
               .read = cli_read_walltime, .otherwise = "until the end of the Slurm job",
               .help = "stops in order, with checkpoints, before so much time is over: 4h, 30m, "
                       "1h30m, SECONDS, MM:SS, HH:MM:SS or DD-HH:MM:SS"),
    CLI_OPTION(COUNT, "checkpoint-minutes", struct given, minutes, .argument = "T", .most = 1000000,
               .standard = "10", .help = "a checkpoint of each running trial so often"),
    CLI_OPTION(COUNT, "checkpoint-every", struct given, every, .argument = "N", .most = 1000000000,
               .help = "also one after every N rounds (of local-only training: N clients)"),
    CLI_STALL(struct given),
    /* Where to look at it while it runs; status looks from outside. */
    CLI_PROGRESS(struct given,
                 .help = "live: one line, rewritten; plain: lines; auto: live on a terminal "
                         "(mpirun hides it: say live)",
                 .group = "Looking on"),
    CLI_QUIET(struct given, .help = "warnings and errors only: no progress, no lines of finished "
                                    "trials, no table at the end"),
    CLI_OPTION(TEXT, "metrics", struct given, metrics, .argument = "FILE", .offer = CLI_FILES,
               .help = "appends a JSON line for each evaluated round and each finished trial, as "
                       "they happen; - is the standard output"),
};

static const struct cli_operand operand =
    CLI_OPERAND(1, 1, "SCENARIO", "one scenario file is expected", .offer = CLI_YAML);

const struct cli_command cli_run = {
    .name = "run",
    .meaning = "run a scenario: train, corrupt, evaluate, report",
    .parallel = true,
    .operand = &operand,
    CLI_TAKES(options, struct given),
    .about =
        "Runs every trial of the scenario and writes the results folder. The ranks form teams, "
        "each of which takes the next trial when it has finished one; results do not depend on "
        "that.",
    .notes = "USR1, USR2, TERM, INT, HUP and XCPU stop the run at the end of the running rounds, "
             "with checkpoints.",
    .exits = CLI_SAID({"0", "done"}, {"1", "failed while running"},
                      {"2", "wrong usage or input; nothing was written"},
                      {"75", "stopped by a signal or before the wall time, to be "
                             "resumed"}),
    .files = CLI_SAID(
        {"results/NAME/", "the results folder, if --out names no other: tables, report.html, "
                          "models, provenance.json"},
        {"results/NAME/checkpoints/", "of trials that were begun; --resume goes on from them"}),
    .examples = CLI_SAID(
        {"mpirun -n 4 fray run study.yaml -o results/study", "On four ranks:"},
        {"fray run study.yaml --set training.rounds=10 --set 'seeds=[1]'",
         "A short try of one seed:"},
        {"fray run study.yaml -o results/study --resume", "Goes on with a run that was stopped:"}),
    .also = "check status evaluate merge report",
    .run = run};
