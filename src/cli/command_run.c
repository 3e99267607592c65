/* fray run: its options, and how long it may take. */
#include "command.h"

#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/comm/launch.h"
#include "fray/study/study.h"
#include "fray/tensor/blas.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "usage: [mpirun -n RANKS] fray run SCENARIO [--set KEY=VALUE]... [-o DIR]\n"
    "                [--resume | --overwrite] [OPTION]...\n\n"
    "Runs every trial of the scenario and writes the results folder. The ranks form teams, each "
    "of\n"
    "which takes the next trial when it has finished one; results do not depend on that.\n\n"
    "  -o, --out DIR      results folder (default: results/NAME)\n"
    "      --set KEY=VALUE  overrides one key of the scenario; ID.KEY reaches a corruption entry\n"
    "      --resume       goes on with the run that the folder holds: finished trials are kept, "
    "begun\n"
    "                     ones go on from their checkpoint; the scenario may have grown\n"
    "      --environment mixed  with --resume: goes on although the program or the machine "
    "computes\n"
    "                     otherwise than the one before; the results are marked, and the report\n"
    "                     warns of it\n"
    "      --overwrite    removes the run that the folder holds\n"
    "      --ranks-per-trial N  size of a team (default: as the study ends soonest)\n"
    "      --checkpoint-minutes T  a checkpoint of each running trial so often (default: 10)\n"
    "      --checkpoint-every N  ... and after every N rounds (N clients of local-only "
    "training)\n"
    "      --walltime TIME  stops in order, with checkpoints, before so much time is over: "
    "4h,\n"
    "                     30m, 1h30m, SECONDS, MM:SS, HH:MM:SS or DD-HH:MM:SS (default: until the "
    "end of the Slurm job)\n"
    "      --share K/N    does share K of N of the trials, for independent jobs; fray merge joins\n"
    "                     their folders\n"
    "      --metrics FILE  appends a JSON line for each evaluated round and each finished trial, "
    "as\n"
    "                     they happen; - is the standard output\n"
    "      --progress STYLE  live: one line, rewritten; plain: lines; auto (default): live on a\n"
    "                     terminal (mpirun hides it: say live)\n"
    "      --no-report    leaves report.html out\n\n"
    "USR1, USR2, TERM, INT, HUP and XCPU stop the run at the end of the running rounds, with\n"
    "checkpoints.\n\n"
    "Exit code: 0 done, 1 failed while running, 2 wrong usage or input (nothing written), 75 "
    "stopped\n"
    "by a signal or before the wall time, to be resumed.\n";

enum { MOST_SHARES = 100000 };
static const double MOST_SECONDS = 1e9; /* 30 years */

static enum fray_status set_share(const char *text, struct fray_pace *pace, struct fray_err *err) {
  char first[16] = "";
  long share = 0, shares = 0;
  const char *slash = text ? strchr(text, '/') : NULL;
  if (!text)
    return FRAY_OK;
  if (slash && slash - text < (long)sizeof first)
    memcpy(first, text, (size_t)(slash - text));
  FRAY_CHECK(slash && cli_read_count(slash + 1, MOST_SHARES, &shares) &&
                 cli_read_count(first, shares, &share),
             err, INPUT, "--share %s: K/N with 1 <= K <= N <= %d is expected", text, MOST_SHARES);
  pace->share = (int)share;
  pace->shares = (int)shares;
  return FRAY_OK;
}

/* Digits alone: no sign, exponent or fraction. Moves *text behind them. */
static bool read_field(const char **text, double *value) {
  const size_t digits = strspn(*text, "0123456789");
  *value = 0;
  for (size_t i = 0; i < digits; i++)
    *value = *value * 10 + ((*text)[i] - '0');
  *text += digits;
  return digits > 0;
}

/* 4h, 30m, 1h30m, 2d12h, 90s: whole numbers, each with its unit, larger ones first. */
static bool read_units(const char *text, double *seconds) {
  static const struct {
    char unit;
    double seconds;
  } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
  size_t next = 0;
  double field;
  *seconds = 0;
  while (*text) {
    if (!read_field(&text, &field))
      return false;
    while (next < FRAY_COUNT(units) && units[next].unit != *text)
      next++;
    if (next == FRAY_COUNT(units))
      return false;
    *seconds += field * units[next++].seconds;
    text++;
  }
  return *seconds > 0 && *seconds < MOST_SECONDS;
}

/* The forms of Slurm and PBS; a bare number is seconds. */
static bool read_time(const char *text, double *seconds) {
  const bool has_days = strchr(text, '-');
  double days = 0, total = 0, field;
  int colons = 0;
  if (has_days && (!read_field(&text, &days) || *text++ != '-'))
    return false;
  for (;; text++, colons++) {
    if (colons > 2 || !read_field(&text, &field) || (colons > 0 && field >= 60))
      return false;
    total = total * 60 + field;
    if (*text != ':')
      break;
  }
  for (; has_days && colons < 2; colons++) /* behind days: HH, HH:MM or HH:MM:SS */
    total *= 60;
  *seconds = days * 86400 + total;
  return *text == '\0' && *seconds > 0 && *seconds < MOST_SECONDS;
}

/* Seconds that the job has left; Slurm says when it ends, if nobody else does. */
static enum fray_status set_deadline(const char *text, double started, struct fray_pace *pace,
                                     struct fray_err *err) {
  const char *slurm = getenv("SLURM_JOB_END_TIME");
  double seconds;
  long end;
  if (text) {
    FRAY_CHECK(
        read_time(text, &seconds) || read_units(text, &seconds), err, INPUT,
        "--walltime %s: 4h, 30m, 1h30m, SECONDS, MM:SS, HH:MM:SS or DD-HH:MM:SS is expected, "
        "more than 0 and less than %.0f seconds",
        text, MOST_SECONDS);
    pace->deadline = started + seconds;
  } else if (slurm && cli_read_count(slurm, LONG_MAX - 1, &end)) {
    pace->deadline = fray_seconds() + difftime((time_t)end, time(NULL));
  }
  return FRAY_OK;
}

/* Values of the options that say how to run, as given; NULL: not given. */
struct given {
  const char *team, *minutes, *every, *walltime, *share, *progress, *environment;
};

static enum fray_status set_pace(const struct given *given, double started,
                                 struct fray_run_options *options, struct fray_err *err) {
  struct fray_pace *pace = &options->pace;
  long team = 0, minutes = (long)(pace->checkpoint_seconds / 60), every = 0;
  FRAY_TRY(cli_progress(given->progress, &options->progress, err));
  FRAY_TRY(cli_environment(given->environment, &options->mixed, err));
  FRAY_TRY(cli_count("ranks-per-trial", given->team, 1000000, &team, err));
  FRAY_TRY(cli_count("checkpoint-minutes", given->minutes, 1000000, &minutes, err));
  FRAY_TRY(cli_count("checkpoint-every", given->every, 1000000000, &every, err));
  FRAY_TRY(set_share(given->share, pace, err));
  pace->ranks_per_trial = (int)team;
  pace->checkpoint_seconds = 60.0 * (double)minutes;
  pace->checkpoint_rounds = every;
  return set_deadline(given->walltime, started, pace, err);
}

static enum fray_status run_study(const char *path, const char *const *sets, size_t n_sets,
                                  const struct fray_run_options *options, struct fray_comm *comm,
                                  struct fray_err *err) {
  struct fray_study *study;
  const char *folder;
  FRAY_TRY(fray_study_load(path, sets, n_sets, comm, &study, err));
  if (fray_blas_pinned())
    fray_warn("%s pins a slower OpenBLAS kernel than this CPU has; unset it for full speed",
              fray_blas_pinned());
  const long unused = fray_launch_unused_tasks(fray_comm_size(comm));
  if (unused)
    fray_warn("this Slurm job has %ld tasks, but fray runs as one process: srun --mpi=pmix fray "
              "run ... uses them all",
              unused);
  enum fray_status status = fray_study_run(study, options, comm, &folder, err);
  if (status == FRAY_OK && fray_comm_rank(comm) == 0) {
    fray_note("results: %s", folder);
    if (!options->no_report && !options->pace.shares)
      cli_draw_report(folder);
  }
  fray_study_free(study);
  return status;
}

static enum fray_status run(int argc, char **argv, struct fray_comm *comm, struct fray_err *err) {
  struct fray_run_options options = {.pace = fray_default_pace};
  struct given given = {.progress = "auto"};
  const double started = fray_seconds();
  const char *sets[CLI_LIST];
  size_t n_sets = 0, n = 0;
  const struct cli_option table[] = {
      {.name = "out", .letter = 'o', .value = &options.out},
      {.name = "set", .list = sets, .n_list = &n_sets},
      {.name = "resume", .flag = &options.resume},
      {.name = "overwrite", .flag = &options.overwrite},
      {.name = "ranks-per-trial", .value = &given.team},
      {.name = "checkpoint-minutes", .value = &given.minutes},
      {.name = "checkpoint-every", .value = &given.every},
      {.name = "walltime", .value = &given.walltime},
      {.name = "share", .value = &given.share},
      {.name = "metrics", .value = &options.pace.metrics},
      {.name = "environment", .value = &given.environment},
      {.name = "progress", .value = &given.progress},
      {.name = "no-report", .flag = &options.no_report},
  };
  const char **operands = calloc((size_t)argc + 1, sizeof *operands);
  FRAY_CHECK(operands, err, MEMORY, "out of memory");
  enum fray_status status = cli_parse(argc, argv, table, FRAY_COUNT(table), operands, &n, err);
  if (status == FRAY_OK && n != 1)
    status = fray_fail(err, FRAY_INPUT, "one scenario file is expected, %zu given", n);
  if (status == FRAY_OK && options.resume && options.overwrite)
    status = fray_fail(err, FRAY_INPUT, "--resume and --overwrite exclude each other");
  if (status == FRAY_OK)
    status = set_pace(&given, started, &options, err);
  char *line = cli_command_line("run", argc, argv);
  char *again = cli_command_again(argc, argv, fray_comm_size(comm));
  options.command = line;
  options.again = again;
  if (status == FRAY_OK)
    status = run_study(operands[0], sets, n_sets, &options, comm, err);
  free(line);
  free(again);
  free(operands);
  return status;
}

extern const struct cli_command cli_run;
const struct cli_command cli_run = {"run", "run a scenario: train, corrupt, evaluate, report",
                                    usage, true, run};
