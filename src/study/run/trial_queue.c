/* The queue of trials on rank 0: which team does what next, and what people see of it.
 *
 * It only keeps books: it sends and receives nothing, so that it is the same for one rank as for a
 * thousand. */
#include "trial_queue.h"

#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "fray/results/run_status.h"
#include "metrics_log.h"
#include "study/plan/teams.h"
#include "study/trial/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_SECONDS = 2, PLAIN_SECONDS = 5 };
static const double tick_seconds = 0.1; /* it is called at every client */

struct fray_trial_queue {
  const struct fray_study *study;
  const struct fray_plan *plan;
  const struct fray_pace *pace;
  const char *folder;
  int ranks, teams;
  size_t *order; /* (n_left) trials not yet given, longest first */
  size_t n_left;
  double *work; /* (trials) cost of what was left of each at the start */
  size_t *done; /* (trials) rounds done by this run */
  bool *over;   /* (trials) finished by this run */
  size_t begun, finished, diverged;
  uint64_t judged, recalled; /* conditions of all panels of finished trials */
  double start, last_tick, last_status, longest_round;
  double work_total, work_done; /* of finished trials; same unit as cost */
  double rounds_total, rounds_done;
  double dev, loss; /* of the last evaluated round of any team */
  size_t last_round, last_trial;
  struct fray_metrics_log *metrics;
  bool stopped, failed;
  int signal;
  struct fray_err why;
};

static bool is_wanted(const struct fray_plan *plan, size_t trial) {
  return plan->work[trial] == FRAY_WORK_TRAIN || plan->work[trial] == FRAY_WORK_EVALUATE;
}

/* Those that are the business of this run. */
static size_t trials_of(const struct fray_trial_queue *d) {
  const size_t *count = d->plan->count;
  return d->study->n_trials - count[FRAY_WORK_DUPLICATE] - count[FRAY_WORK_ELSEWHERE];
}

/* malloc(0) may give NULL, which would look like lack of memory. What is allocated here goes with
 * the queue, also after a failure. A checkpoint may hold more rounds than the scenario now has:
 * such a trial starts anew and adds no rounds here. */
static enum fray_status fill_queue(struct fray_trial_queue *d, struct fray_err *err) {
  const size_t n = d->study->n_trials;
  size_t *sorted = malloc(FRAY_MAX(n, (size_t)1) * sizeof *sorted);
  d->order = malloc(FRAY_MAX(n, (size_t)1) * sizeof *d->order);
  d->work = calloc(FRAY_MAX(n, (size_t)1), sizeof *d->work);
  d->done = calloc(FRAY_MAX(n, (size_t)1), sizeof *d->done);
  d->over = calloc(FRAY_MAX(n, (size_t)1), sizeof *d->over);
  if (!sorted || !d->order || !d->work || !d->done || !d->over) {
    free(sorted);
    return fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  for (size_t i = 0; i < n; i++) {
    d->work[i] = is_wanted(d->plan, i) ? fray_plan_left(d->study, d->plan, i) : 0;
    d->work_total += d->work[i];
    if (is_wanted(d->plan, i) && fray_plan_rounds(d->study, d->plan, i) > d->plan->kept_rounds[i])
      d->rounds_total += (double)(fray_plan_rounds(d->study, d->plan, i) - d->plan->kept_rounds[i]);
  }
  fray_teams_order(d->work, n, sorted);
  /* Begun trials go first: a run that is stopped again and again would else begin them all before
   * it finished one. */
  for (int begun = 1; begun >= 0; begun--)
    for (size_t k = 0; k < n; k++)
      if (is_wanted(d->plan, sorted[k]) && (d->plan->kept_rounds[sorted[k]] > 0) == begun)
        d->order[d->n_left++] = sorted[k];
  free(sorted);
  return FRAY_OK;
}

/* What the trials cost is known from the plan, so progress can be told in work and not in trials,
 * which differ. */
enum fray_status fray_trial_queue_open(const struct fray_study *study, const struct fray_plan *plan,
                                       const struct fray_pace *pace, const char *folder, int ranks,
                                       int teams, struct fray_trial_queue **out,
                                       struct fray_err *err) {
  struct fray_trial_queue *d = calloc(1, sizeof *d);
  *out = d;
  FRAY_CHECK(d, err, MEMORY, "out of memory");
  *d = (struct fray_trial_queue){.study = study,
                                 .plan = plan,
                                 .pace = pace,
                                 .folder = folder,
                                 .ranks = ranks,
                                 .teams = teams,
                                 .dev = NAN,
                                 .loss = NAN};
  FRAY_TRY(fill_queue(d, err));
  if (pace->metrics)
    FRAY_TRY(fray_metrics_open(pace->metrics, study, &d->metrics, err));
  d->start = fray_seconds();
  return FRAY_OK;
}

void fray_trial_queue_close(struct fray_trial_queue *d) {
  if (!d)
    return;
  fray_metrics_close(d->metrics, NULL);
  free(d->order);
  free(d->work);
  free(d->done);
  free(d->over);
  free(d);
}

double fray_trial_queue_elapsed(const struct fray_trial_queue *d) {
  return fray_seconds() - d->start;
}

/* Opening data takes seconds: a trial almost as long on the same data is the better choice than the
 * longest. The order is by what is left of the trials, so the search for the same data ends at the
 * first that is too short. */
size_t fray_trial_queue_take(struct fray_trial_queue *d, size_t last) {
  static const double as_long = 0.8;
  /* After a signal nothing new is begun. */
  if (fray_trial_queue_is_halted(d) || d->n_left == 0)
    return FRAY_NO_TRIAL;
  size_t at = 0;
  if (last != FRAY_NO_TRIAL)
    for (size_t k = 0; k < d->n_left; k++) {
      if (d->work[d->order[k]] < as_long * d->work[d->order[0]] ||
          /* Begun trials keep their place in front. */
          (d->plan->kept_rounds[d->order[0]] > 0 && d->plan->kept_rounds[d->order[k]] == 0))
        break;
      if (d->plan->data[d->order[k]] == d->plan->data[last]) {
        at = k;
        break;
      }
    }
  size_t trial = d->order[at];
  d->n_left--;
  memmove(d->order + at, d->order + at + 1, (d->n_left - at) * sizeof *d->order);
  return trial;
}

/* What is shown next is the trial that began last. */
void fray_trial_queue_begun(struct fray_trial_queue *d, size_t trial) {
  d->begun++;
  d->last_trial = trial;
  d->last_round = d->plan->kept_rounds[trial];
  fray_trial_queue_tick(d);
}

/* A metrics file that cannot be written is a fault like any other. */
static void check_metrics(struct fray_trial_queue *d, enum fray_status status,
                          const struct fray_err *err) {
  if (status != FRAY_OK)
    fray_trial_queue_fail(d, err);
}

/* Teams report at different times, so that the last round shown is that of whoever spoke last. */
void fray_trial_queue_rounds(struct fray_trial_queue *d, size_t trial, size_t rounds,
                             double longest, const struct fray_round_row *row) {
  struct fray_err err = {0};
  d->done[trial] += rounds;
  d->rounds_done += (double)rounds;
  d->longest_round = FRAY_MAX(d->longest_round, longest);
  d->last_trial = trial;
  d->last_round = d->plan->kept_rounds[trial] + d->done[trial];
  if (row) {
    d->dev = row->dev[0];
    d->loss = row->train_loss;
    check_metrics(d, fray_metrics_round(d->metrics, trial, d->plan->name[trial], row, &err), &err);
  }
  fray_trial_queue_tick(d);
}

/* done[] goes back to 0 since from now on the trial counts with its whole work, which would else be
 * counted twice while others run. */
void fray_trial_queue_done(struct fray_trial_queue *d, size_t trial,
                           const struct fray_trial_done *done) {
  const struct fray_trial *t = &d->study->trial[trial];
  struct fray_err err = {0};
  char cell[256];
  size_t rounds = fray_plan_rounds(d->study, d->plan, trial), kept = d->plan->kept_rounds[trial];
  d->finished++;
  d->diverged += done->diverged;
  d->judged += done->judged;
  d->recalled += done->recalled;
  d->work_done += d->work[trial];
  if (rounds > kept + d->done[trial]) /* it diverged early */
    d->rounds_total -= (double)(rounds - kept - d->done[trial]);
  d->done[trial] = 0;
  d->over[trial] = true;
  fray_cell_text(d->study, &d->study->cell[t->cell], cell, sizeof cell);
  fray_note("[%zu/%zu] %sseed %llu: %s in %.1f s", d->plan->count[FRAY_WORK_NONE] + d->finished,
            trials_of(d), cell, (unsigned long long)t->seed,
            done->diverged                            ? "DIVERGED"
            : d->plan->work[trial] == FRAY_WORK_TRAIN ? "done"
                                                      : "evaluated anew",
            done->seconds);
  check_metrics(d,
                fray_metrics_trial(d->metrics, trial, d->plan->name[trial], done->diverged,
                                   done->seconds, &err),
                &err);
  fray_trial_queue_tick(d);
}

/* The first reason counts: a second signal, of an impatient user, does not change why it ended. */
void fray_trial_queue_stop(struct fray_trial_queue *d, int signal) {
  if (fray_trial_queue_is_halted(d))
    return;
  d->stopped = true;
  d->signal = signal;
  fray_note("%s: saving checkpoints at the end of the running rounds",
            signal ? fray_stop_name(signal) : "the wall time is near");
}

/* The first fault is the one that explains the others. */
void fray_trial_queue_fail(struct fray_trial_queue *d, const struct fray_err *why) {
  if (d->failed)
    return;
  d->failed = true;
  d->why = *why;
}

bool fray_trial_queue_is_halted(const struct fray_trial_queue *d) {
  return d->stopped || d->failed;
}

/* Cost of the rounds of running trials. Judging at the end is not told apart from rounds: a trial
 * counts as nearly done for as long as that takes. */
static double work_running(const struct fray_trial_queue *d) {
  double sum = 0;
  for (size_t i = 0; i < d->study->n_trials; i++)
    if (d->done[i] && d->plan->kept_rounds[i] < fray_plan_rounds(d->study, d->plan, i))
      sum += d->work[i] * (double)d->done[i] /
             (double)(fray_plan_rounds(d->study, d->plan, i) - d->plan->kept_rounds[i]);
  return sum;
}

/* Seconds; NaN until something is known. By the speed of the run so far, in which idle teams and
 * slow starts are part of the price; before half a second it would jump about. */
static double time_left(const struct fray_trial_queue *d) {
  double done = d->work_done + work_running(d), elapsed = fray_trial_queue_elapsed(d);
  if (!(done > 0) || elapsed < 0.5)
    return NAN;
  return FRAY_MAX(elapsed * (d->work_total - done) / done, 0.0);
}

/* Hours and minutes: seconds of a run of days would only flicker. */
static const char *clock_text(double seconds, char out[32]) {
  if (!(seconds >= 0 && seconds < 3.6e7))
    snprintf(out, 32, "-:--");
  else if (seconds < 3600)
    snprintf(out, 32, "%d:%02d", (int)(seconds / 60), (int)seconds % 60);
  else
    snprintf(out, 32, "%dh%02d", (int)(seconds / 3600), (int)(seconds / 60) % 60);
  return out;
}

/* Unfinished trials that need not start from their first round. */
static size_t count_checkpoints(const struct fray_trial_queue *d) {
  size_t n = 0;
  for (size_t i = 0; i < d->study->n_trials; i++)
    n += d->plan->work[i] == FRAY_WORK_TRAIN && !d->over[i] &&
         fray_checkpoint_progress(d->folder, d->plan->name[i], d->plan->evaluation[i]) > 0;
  return n;
}

static size_t running(const struct fray_trial_queue *d) {
  return d->begun - d->finished;
}

/* With several teams there is no round that all are in: how many are at work is told instead.
 * Nothing is shown while no trial runs: a rate of an idle queue would only fall. rounds_done counts
 * rounds of this run alone, and so does its rate. */
static void show(const struct fray_trial_queue *d) {
  const size_t all = trials_of(d);
  const char *metric = d->study->cell[0].metric[0]->name;
  char left[32], dev[32] = "-", loss[32] = "-", where[64];
  if (running(d) == 0)
    return;
  if (!isnan(d->dev))
    snprintf(dev, sizeof dev, "%.3f", d->dev);
  if (!isnan(d->loss))
    snprintf(loss, sizeof loss, "%.3f", d->loss);
  if (d->teams > 1)
    snprintf(where, sizeof where, "%zu running", running(d));
  else if (fray_plan_rounds(d->study, d->plan, d->last_trial))
    snprintf(where, sizeof where, "round %zu/%zu", d->last_round,
             fray_plan_rounds(d->study, d->plan, d->last_trial));
  else
    snprintf(where, sizeof where, "%s",
             d->plan->work[d->last_trial] == FRAY_WORK_TRAIN ? "local-only" : "judging");
  fray_progress(PLAIN_SECONDS, "%zu/%zu trials  %s  %s left  %.1f rounds/s  dev %s %s  loss %s",
                d->plan->count[FRAY_WORK_NONE] + d->finished, all, where,
                clock_text(time_left(d), left), d->rounds_done / fray_trial_queue_elapsed(d),
                metric, dev, loss);
}

/* A folder that takes no status takes no results either, so it is a fault like any other. */
static void write_status(struct fray_trial_queue *d, const char *state, double busy) {
  const struct fray_run_status status = {
      .state = state,
      .name = d->study->name,
      .ranks = (size_t)d->ranks,
      .teams = (size_t)d->teams,
      .trials = trials_of(d),
      .kept = d->plan->count[FRAY_WORK_NONE],
      .done = d->finished,
      .diverged = d->diverged,
      .running = running(d),
      .rounds_done = d->rounds_done,
      .rounds_left = FRAY_MAX(d->rounds_total - d->rounds_done, 0.0),
      .rounds_per_second = d->rounds_done / FRAY_MAX(fray_trial_queue_elapsed(d), 1e-9),
      .elapsed = fray_trial_queue_elapsed(d),
      .left = time_left(d),
      .busy = busy};
  struct fray_err err = {0};
  if (fray_run_status_write(d->folder, &status, &err) != FRAY_OK)
    fray_trial_queue_fail(d, &err);
}

/* Stops in time to end the round, and to write checkpoints, before the deadline. At least ten
 * seconds for the files, and two of the longest rounds, since the next one may be longer; but never
 * more than half of the time given, or a short one would begin nothing. Without a deadline it is
 * infinite, and nothing is late. */
static bool is_late(const struct fray_trial_queue *d) {
  static const double least = 10, rounds = 2;
  double allowed = d->pace->deadline - d->start;
  double margin = FRAY_MIN(FRAY_MAX(least, rounds * d->longest_round), allowed / 2);
  return fray_seconds() > d->pace->deadline - margin;
}

/* The signal is looked at before anything else and at every call, the screen and the file only now
 * and then: writing them costs more than a small client. */
void fray_trial_queue_tick(struct fray_trial_queue *d) {
  double now = fray_seconds();
  if (fray_stop_asked())
    fray_trial_queue_stop(d, fray_stop_asked());
  else if (is_late(d))
    fray_trial_queue_stop(d, 0);
  if (fray_trial_queue_is_halted(d)) /* the line would only show what is being stopped */
    return;
  if (now - d->last_tick < tick_seconds)
    return;
  d->last_tick = now;
  if (now - d->last_status >= STATUS_SECONDS) {
    d->last_status = now;
    write_status(d, "running", NAN);
  }
  show(d);
}

/* A fault is told before a signal: going on would meet it again. After a fault the status file
 * keeps its last words, since the folder's state says what happened. Fewer finished trials than
 * were left are a stop and no success, even if no signal came: somebody must go on. */
enum fray_status fray_trial_queue_conclude(struct fray_trial_queue *d, double busy,
                                           struct fray_err *err) {
  const size_t left = d->plan->count[FRAY_WORK_TRAIN] + d->plan->count[FRAY_WORK_EVALUATE];
  char took[32];
  fray_progress_end();
  const bool all = d->finished == left;
  if (!d->failed)
    write_status(d, all ? "done" : "interrupted", busy);
  if (d->failed) {
    if (err)
      *err = d->why;
    return d->why.status;
  }
  if (d->finished)
    fray_note("%zu trial%s in %s on %d rank%s in %d team%s, %.1f %% of the time busy", d->finished,
              d->finished == 1 ? "" : "s", clock_text(fray_trial_queue_elapsed(d), took), d->ranks,
              d->ranks == 1 ? "" : "s", d->teams, d->teams == 1 ? "" : "s", 100 * busy);
  if (d->recalled)
    fray_note("judged under %llu condition%s; the answers under %llu were kept from before",
              (unsigned long long)d->judged, d->judged == 1 ? "" : "s",
              (unsigned long long)d->recalled);
  if (all)
    return FRAY_OK;
  char with[64] = "";
  if (d->plan->count[FRAY_WORK_TRAIN])
    snprintf(with, sizeof with, ", %zu of them with a checkpoint", count_checkpoints(d));
  return fray_fail(err, FRAY_STOPPED, "%s: %zu of %zu trials are left%s",
                   d->signal ? fray_stop_name(d->signal) : "the wall time is near",
                   left - d->finished, trials_of(d), with);
}
