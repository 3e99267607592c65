/* The queue of trials on rank 0: which team does what next, and what people see of it.
 *
 * It only keeps books: it sends and receives nothing, so that it is the same for one rank as for a
 * thousand. */
#include "trial_queue.h"

#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "fray/base/text.h"
#include "fray/codec/text_width.h"
#include "fray/results/run_status.h"
#include "metrics_log.h"
#include "study/plan/teams.h"
#include "study/trial/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_SECONDS = 2, PLAIN_SECONDS = 5 };
static const double tick_seconds = 0.1; /* it is called at every client */

/* How fast a team is at a trial: from when it began, alone or with those that joined it. */
struct pace_clock {
  double began, first, last;   /* clock: then, and when it first and last told of rounds */
  size_t first_done, all_done; /* rounds, by then */
};

struct fray_trial_queue {
  const struct fray_study *study;
  const struct fray_plan *plan;
  const struct fray_pace *pace;
  const char *folder;
  int ranks, teams;
  size_t *order; /* (n_left) trials not yet given, longest first */
  size_t n_left;
  double *work;             /* (trials) cost of what was left of each at the start */
  size_t *done;             /* (trials) rounds done by this run */
  bool *over;               /* (trials) finished by this run */
  struct pace_clock *clock; /* (trials) */
  size_t begun, finished, diverged;
  uint64_t judged, recalled; /* conditions of all panels of finished trials */
  double start, last_tick, last_status, longest_round;
  double work_total, work_done; /* of finished trials; same unit as cost */
  double seconds_done;          /* that their teams took */
  double rounds_total, rounds_done;
  double dev, loss; /* of the last evaluated round of any team */
  size_t dev_trial; /* whose round that was; FRAY_NO_TRIAL: none yet */
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
static size_t trials_of(const struct fray_trial_queue *q) {
  const size_t *count = q->plan->count;
  return q->study->n_trials - count[FRAY_WORK_DUPLICATE] - count[FRAY_WORK_ELSEWHERE];
}

/* 0 where there are none: of trials that are judged alone, or of local-only training, whose kept
 * "rounds" are clients. */
static size_t rounds_left(const struct fray_trial_queue *q, size_t trial) {
  const size_t rounds = fray_plan_rounds(q->study, q->plan, trial);
  return rounds ? rounds - q->plan->kept_rounds[trial] : 0;
}

/* malloc(0) may give NULL, which would look like lack of memory. What is allocated here goes with
 * the queue, also after a failure. */
static enum fray_status fill_queue(struct fray_trial_queue *q, struct fray_err *err) {
  const size_t n = q->study->n_trials;
  size_t *sorted = malloc(FRAY_MAX(n, (size_t)1) * sizeof *sorted);
  q->order = malloc(FRAY_MAX(n, (size_t)1) * sizeof *q->order);
  q->work = calloc(FRAY_MAX(n, (size_t)1), sizeof *q->work);
  q->done = calloc(FRAY_MAX(n, (size_t)1), sizeof *q->done);
  q->over = calloc(FRAY_MAX(n, (size_t)1), sizeof *q->over);
  q->clock = calloc(FRAY_MAX(n, (size_t)1), sizeof *q->clock);
  if (!sorted || !q->order || !q->work || !q->done || !q->over || !q->clock) {
    free(sorted);
    return fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  for (size_t i = 0; i < n; i++) {
    q->work[i] = is_wanted(q->plan, i) ? fray_plan_left(q->study, q->plan, i) : 0;
    q->work_total += q->work[i];
    q->rounds_total += (double)rounds_left(q, i);
  }
  fray_teams_order(q->work, n, sorted);
  /* Begun trials go first: a run that is stopped again and again would else begin them all before
   * it finished one. */
  for (int begun = 1; begun >= 0; begun--)
    for (size_t k = 0; k < n; k++)
      if (is_wanted(q->plan, sorted[k]) && (q->plan->kept_rounds[sorted[k]] > 0) == begun)
        q->order[q->n_left++] = sorted[k];
  free(sorted);
  return FRAY_OK;
}

/* What the trials cost is known from the plan, so progress can be told in work and not in trials,
 * which differ. */
enum fray_status fray_trial_queue_open(const struct fray_study *study, const struct fray_plan *plan,
                                       const struct fray_pace *pace, const char *folder, int ranks,
                                       int teams, struct fray_trial_queue **out,
                                       struct fray_err *err) {
  struct fray_trial_queue *q = calloc(1, sizeof *q);
  *out = q;
  FRAY_CHECK(q, err, MEMORY, "out of memory");
  *q = (struct fray_trial_queue){.study = study,
                                 .plan = plan,
                                 .pace = pace,
                                 .folder = folder,
                                 .ranks = ranks,
                                 .teams = teams,
                                 .dev = NAN,
                                 .dev_trial = FRAY_NO_TRIAL,
                                 .loss = NAN};
  FRAY_TRY(fill_queue(q, err));
  if (pace->metrics)
    FRAY_TRY(fray_metrics_open(pace->metrics, study, &q->metrics, err));
  q->start = fray_seconds();
  return FRAY_OK;
}

void fray_trial_queue_close(struct fray_trial_queue *q) {
  if (!q)
    return;
  fray_metrics_close(q->metrics, NULL);
  free(q->order);
  free(q->work);
  free(q->done);
  free(q->over);
  free(q->clock);
  free(q);
}

double fray_trial_queue_elapsed(const struct fray_trial_queue *q) {
  return fray_seconds() - q->start;
}

/* Opening data takes seconds: a trial almost as long on the same data is the better choice than the
 * longest. The order is by what is left of the trials, so the search for the same data ends at the
 * first that is too short. */
size_t fray_trial_queue_take(struct fray_trial_queue *q, size_t last) {
  static const double as_long = 0.8;
  /* After a signal nothing new is begun. */
  if (fray_trial_queue_is_halted(q) || q->n_left == 0)
    return FRAY_NO_TRIAL;
  size_t at = 0;
  if (last != FRAY_NO_TRIAL)
    for (size_t k = 0; k < q->n_left; k++) {
      if (q->work[q->order[k]] < as_long * q->work[q->order[0]] ||
          /* Begun trials keep their place in front. */
          (q->plan->kept_rounds[q->order[0]] > 0 && q->plan->kept_rounds[q->order[k]] == 0))
        break;
      if (q->plan->data[q->order[k]] == q->plan->data[last]) {
        at = k;
        break;
      }
    }
  size_t trial = q->order[at];
  q->n_left--;
  memmove(q->order + at, q->order + at + 1, (q->n_left - at) * sizeof *q->order);
  return trial;
}

/* What is shown next is the trial that began last; at once, or a run of short ones shows nothing.
 */
void fray_trial_queue_begun(struct fray_trial_queue *q, size_t trial) {
  q->begun++;
  q->clock[trial] = (struct pace_clock){.began = fray_seconds()};
  q->last_trial = trial;
  q->last_round = q->plan->kept_rounds[trial];
  q->last_tick = 0;
  fray_trial_queue_tick(q);
}

/* The first report has the beginning of the trial in it: data, damage, features. */
static void note_pace(struct pace_clock *clock, size_t rounds) {
  clock->last = fray_seconds();
  clock->all_done += rounds;
  if (clock->first_done == 0) {
    clock->first = clock->last;
    clock->first_done = rounds;
  }
}

/* What it did with fewer ranks says nothing of how fast it is now. */
void fray_trial_queue_grown(struct fray_trial_queue *q, size_t trial) {
  q->clock[trial] = (struct pace_clock){.began = fray_seconds()};
}

/* Local-only training has no rounds to go by: as much for its cost as other trials took. */
static double left_by_cost(const struct fray_trial_queue *q, size_t trial) {
  if (!(q->work_done > 0))
    return 0;
  const double all = q->seconds_done * q->work[trial] / q->work_done;
  return FRAY_MAX(all - (fray_seconds() - q->clock[trial].began), 0.0);
}

/* The pause is as long as the beginning was, which had its first round in it: that is long enough
 * for what newcomers read for the first time. Ranks that share a round meet some twenty times in
 * it, which is more than short rounds are worth. */
double fray_trial_queue_left(const struct fray_trial_queue *q, size_t trial, double *pause) {
  static const double at_least = 0.05, share = 0.05, exchanges = 2e-3;
  const struct pace_clock *clock = &q->clock[trial];
  const size_t rounds = rounds_left(q, trial), done = q->done[trial];
  *pause = at_least;
  if (q->over[trial] || q->plan->work[trial] != FRAY_WORK_TRAIN)
    return 0;
  if (rounds == 0) {
    const double left = left_by_cost(q, trial);
    *pause += share * left;
    return left;
  }
  if (clock->all_done == 0 || rounds <= done)
    return 0;
  *pause += clock->first - clock->began + exchanges * (double)(rounds - done);
  const bool is_first = clock->all_done == clock->first_done;
  const double a_round =
      is_first ? (clock->last - clock->began) / (double)clock->all_done
               : (clock->last - clock->first) / (double)(clock->all_done - clock->first_done);
  return FRAY_MAX(a_round * (double)(rounds - done) - (fray_seconds() - clock->last), 0.0);
}

/* A metrics file that cannot be written is a fault like any other. */
static void check_metrics(struct fray_trial_queue *q, enum fray_status status,
                          const struct fray_err *err) {
  if (status != FRAY_OK)
    fray_trial_queue_fail(q, err);
}

/* Teams report at different times, so that the last round shown is that of whoever spoke last. */
void fray_trial_queue_rounds(struct fray_trial_queue *q, size_t trial, size_t rounds,
                             double longest, const struct fray_round_row *row) {
  struct fray_err err = {0};
  q->done[trial] += rounds;
  note_pace(&q->clock[trial], rounds);
  q->rounds_done += (double)rounds;
  q->longest_round = FRAY_MAX(q->longest_round, longest);
  q->last_trial = trial;
  q->last_round = q->plan->kept_rounds[trial] + q->done[trial];
  if (row) {
    q->dev = row->dev[0];
    q->loss = row->train_loss;
    q->dev_trial = trial;
    check_metrics(q, fray_metrics_round(q->metrics, trial, q->plan->name[trial], row, &err), &err);
  }
  fray_trial_queue_tick(q);
}

/* "trial 3/30: attention, lost 0 %, seed 2: accuracy 81.7 % at round 27, 4.1 s". Filled to
 * the width that a file has too: it is a paragraph for people, and programs have --metrics. */
static void say_done(const struct fray_trial_queue *q, size_t trial,
                     const struct fray_trial_done *done) {
  const struct fray_cell *cell = &q->study->cell[q->study->trial[trial].cell];
  struct fray_text words = {0}, filled = {0}, safe = {0};
  fray_text_printf(&words, "trial %zu/%zu: ", q->plan->count[FRAY_WORK_NONE] + q->finished,
                   trials_of(q));
  fray_trial_words(q->study, trial, &words);
  fray_text_puts(&words, ": ");
  if (done->diverged)
    fray_text_puts(&words, "DIVERGED");
  else if (cell->local_only) /* many models, so there is no score of one */
    fray_text_puts(&words, "done");
  else
    fray_trial_put_score(cell, 0, done->score.value, &words);
  if (!done->diverged && !cell->local_only && done->score.round)
    fray_text_printf(&words, " at round %llu", (unsigned long long)done->score.round);
  if (q->plan->work[trial] != FRAY_WORK_TRAIN)
    fray_text_puts(&words, ", evaluated anew");
  fray_text_printf(&words, done->seconds < 10 ? ", %.1f s" : ", %.0f s", done->seconds);
  fray_text_safe(&safe, words.data ? words.data : "", false);
  fray_columns_wrap(&filled, safe.data ? safe.data : "", 2, fray_columns_of(STDERR_FILENO));
  fray_note("%s", filled.data ? filled.data : "");
  fray_text_free(&words);
  fray_text_free(&safe);
  fray_text_free(&filled);
}

/* done[] goes back to 0 since from now on the trial counts with its whole work, which would else be
 * counted twice while others run. */
void fray_trial_queue_done(struct fray_trial_queue *q, size_t trial,
                           const struct fray_trial_done *done) {
  struct fray_err err = {0};
  const size_t left = rounds_left(q, trial);
  q->finished++;
  q->diverged += done->diverged;
  q->judged += done->judged;
  q->recalled += done->recalled;
  q->work_done += q->work[trial];
  q->seconds_done += done->seconds;
  if (left > q->done[trial]) /* it diverged early */
    q->rounds_total -= (double)(left - q->done[trial]);
  q->done[trial] = 0;
  q->over[trial] = true;
  say_done(q, trial, done);
  check_metrics(q,
                fray_metrics_trial(q->metrics, trial, q->plan->name[trial], done->diverged,
                                   done->seconds, &err),
                &err);
  fray_trial_queue_tick(q);
}

/* The first reason counts: a second signal, of an impatient user, does not change why it ended. */
void fray_trial_queue_stop(struct fray_trial_queue *q, int signal) {
  if (fray_trial_queue_is_halted(q))
    return;
  q->stopped = true;
  q->signal = signal;
  fray_note("%s: saving checkpoints at the end of the running rounds",
            signal ? fray_stop_name(signal) : "the wall time is near");
}

/* The first fault is the one that explains the others. */
void fray_trial_queue_fail(struct fray_trial_queue *q, const struct fray_err *why) {
  if (q->failed)
    return;
  q->failed = true;
  q->why = *why;
}

bool fray_trial_queue_is_halted(const struct fray_trial_queue *q) {
  return q->stopped || q->failed;
}

/* Cost of the rounds of running trials. Judging at the end is not told apart from rounds: a trial
 * counts as nearly done for as long as that takes. */
static double work_running(const struct fray_trial_queue *q) {
  double sum = 0;
  for (size_t i = 0; i < q->study->n_trials; i++)
    if (q->done[i] && rounds_left(q, i))
      sum += q->work[i] * (double)q->done[i] / (double)rounds_left(q, i);
  return sum;
}

/* Seconds; NaN until something is known. By the speed of the run so far, in which idle teams and
 * slow starts are part of the price; before half a second it would jump about. */
static double time_left(const struct fray_trial_queue *q) {
  double done = q->work_done + work_running(q), elapsed = fray_trial_queue_elapsed(q);
  if (!(done > 0) || elapsed < 0.5)
    return NAN;
  return FRAY_MAX(elapsed * (q->work_total - done) / done, 0.0);
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
static size_t count_checkpoints(const struct fray_trial_queue *q) {
  size_t n = 0;
  for (size_t i = 0; i < q->study->n_trials; i++)
    n += q->plan->work[i] == FRAY_WORK_TRAIN && !q->over[i] &&
         fray_checkpoint_progress(q->folder, q->plan->name[i], q->plan->evaluation[i]) > 0;
  return n;
}

static size_t running(const struct fray_trial_queue *q) {
  return q->begun - q->finished;
}

/* Of one team the trial and round that it is at; of several there is no such trial, so how many are
 * at work is told, and the trial of the last score. */
static void put_where(const struct fray_trial_queue *q, size_t trial, struct fray_text *out) {
  const size_t rounds = fray_plan_rounds(q->study, q->plan, trial);
  if (q->teams > 1)
    fray_text_printf(out, "%zu running", running(q));
  else if (rounds)
    fray_text_printf(out, "round %zu/%s%zu", q->last_round,
                     fray_cell_may_stop(&q->study->cell[q->study->trial[trial].cell]) ? "<=" : "",
                     rounds);
  else
    fray_text_puts(out, q->plan->work[trial] == FRAY_WORK_TRAIN ? "local-only" : "judging");
}

/* A score stands beside its own trial only. The metric is named where there is room for it: the
 * line of the finished trial names it in any case. */
static void put_scores(const struct fray_trial_queue *q, size_t trial, size_t columns,
                       struct fray_text *out) {
  enum { WIDE = 100 };
  const struct fray_cell *cell = &q->study->cell[q->study->trial[trial].cell];
  struct fray_text score = {0};
  if (trial != q->dev_trial)
    return;
  fray_trial_put_score(cell, 0, q->dev, &score);
  const size_t name = columns < WIDE ? strlen(cell->metric[0]->name) + 1 : 0;
  if (score.data)
    fray_text_printf(out, "  dev %s", score.data + name);
  if (!isnan(q->loss))
    fray_text_printf(out, "  loss %.3f", q->loss);
  out->failed |= score.failed;
  fray_text_free(&score);
}

/* The fields stand in the order in which they are wanted, as a narrow terminal leaves out the last
 * ones. Nothing is shown while no trial runs: a rate of an idle queue would only fall. rounds_done
 * counts rounds of this run alone, and so does its rate. */
static void show(const struct fray_trial_queue *q) {
  enum { NARROW = 60 };
  const size_t columns = fray_columns_of(STDERR_FILENO);
  const bool is_scored = q->teams > 1 && q->dev_trial != FRAY_NO_TRIAL;
  const size_t trial = is_scored ? q->dev_trial : q->last_trial;
  char left[32];
  struct fray_text text = {0}, words = {0};
  if (running(q) == 0)
    return;
  fray_trial_words(q->study, trial, &words);
  fray_text_printf(&text, "%zu/%zu%s  ", q->plan->count[FRAY_WORK_NONE] + q->finished, trials_of(q),
                   columns < NARROW ? "" : " trials");
  if (columns < NARROW && words.data) /* which trial it is, is wanted most */
    fray_text_printf(&text, "%s  ", words.data);
  put_where(q, trial, &text);
  fray_text_printf(&text, "  %s left", clock_text(time_left(q), left));
  if (columns >= NARROW && words.data)
    fray_text_printf(&text, "  %s", words.data);
  put_scores(q, trial, columns, &text);
  fray_text_printf(&text, "  %.1f rounds/s", q->rounds_done / fray_trial_queue_elapsed(q));
  if (text.data && !text.failed && !words.failed)
    fray_progress(PLAIN_SECONDS, "%s", text.data);
  fray_text_free(&text);
  fray_text_free(&words);
}

static size_t may_stop(const struct fray_trial_queue *q) {
  size_t n = 0;
  for (size_t i = 0; i < q->study->n_trials; i++)
    n += !q->over[i] && q->plan->work[i] == FRAY_WORK_TRAIN &&
         fray_cell_may_stop(&q->study->cell[q->study->trial[i].cell]);
  return n;
}

/* A folder that takes no status takes no results either, so it is a fault like any other. */
static void write_status(struct fray_trial_queue *q, const char *state, double busy) {
  const struct fray_run_status status = {
      .state = state,
      .name = q->study->name,
      .ranks = (size_t)q->ranks,
      .teams = (size_t)q->teams,
      .trials = trials_of(q),
      .kept = q->plan->count[FRAY_WORK_NONE],
      .done = q->finished,
      .diverged = q->diverged,
      .running = running(q),
      .may_stop = may_stop(q),
      .rounds_done = q->rounds_done,
      .rounds_left = FRAY_MAX(q->rounds_total - q->rounds_done, 0.0),
      .rounds_per_second = q->rounds_done / FRAY_MAX(fray_trial_queue_elapsed(q), 1e-9),
      .elapsed = fray_trial_queue_elapsed(q),
      .left = time_left(q),
      .busy = busy};
  struct fray_err err = {0};
  if (fray_run_status_write(q->folder, &status, &err) != FRAY_OK)
    fray_trial_queue_fail(q, &err);
}

/* Stops in time to end the round, and to write checkpoints, before the deadline. At least ten
 * seconds for the files, and two of the longest rounds, since the next one may be longer; but never
 * more than half of the time given, or a short one would begin nothing. Without a deadline it is
 * infinite, and nothing is late. */
static bool is_late(const struct fray_trial_queue *q) {
  static const double least = 10, rounds = 2;
  double allowed = q->pace->deadline - q->start;
  double margin = FRAY_MIN(FRAY_MAX(least, rounds * q->longest_round), allowed / 2);
  return fray_seconds() > q->pace->deadline - margin;
}

/* The signal is looked at before anything else and at every call, the screen and the file only now
 * and then: writing them costs more than a small client. */
void fray_trial_queue_tick(struct fray_trial_queue *q) {
  double now = fray_seconds();
  if (fray_stop_asked())
    fray_trial_queue_stop(q, fray_stop_asked());
  else if (is_late(q))
    fray_trial_queue_stop(q, 0);
  if (fray_trial_queue_is_halted(q)) /* the line would only show what is being stopped */
    return;
  if (now - q->last_tick < tick_seconds)
    return;
  q->last_tick = now;
  if (now - q->last_status >= STATUS_SECONDS) {
    q->last_status = now;
    write_status(q, "running", NAN);
  }
  show(q);
}

/* A fault is told before a signal: going on would meet it again. After a fault the status file
 * keeps its last words, since the folder's state says what happened. Fewer finished trials than
 * were left are a stop and no success, even if no signal came: somebody must go on. */
enum fray_status fray_trial_queue_conclude(struct fray_trial_queue *q, double busy, size_t joined,
                                           struct fray_err *err) {
  const size_t left = q->plan->count[FRAY_WORK_TRAIN] + q->plan->count[FRAY_WORK_EVALUATE];
  char took[32];
  fray_progress_end();
  const bool all = q->finished == left;
  if (!q->failed)
    write_status(q, all ? "done" : "interrupted", busy);
  if (q->failed) {
    if (err)
      *err = q->why;
    return q->why.status;
  }
  if (q->finished)
    fray_note("%zu trial%s in %s on %d rank%s in %d team%s, %.1f %% of the time busy", q->finished,
              q->finished == 1 ? "" : "s", clock_text(fray_trial_queue_elapsed(q), took), q->ranks,
              q->ranks == 1 ? "" : "s", q->teams, q->teams == 1 ? "" : "s", 100 * busy);
  if (joined == 1)
    fray_note("at the end a rank without a trial joined a team that still trained");
  else if (joined)
    fray_note("at the end ranks without a trial joined teams that still trained, %zu times",
              joined);
  if (q->recalled)
    fray_note("judged under %llu condition%s; the answers under %llu were kept from before",
              (unsigned long long)q->judged, q->judged == 1 ? "" : "s",
              (unsigned long long)q->recalled);
  if (all)
    return FRAY_OK;
  char with[64] = "";
  if (q->plan->count[FRAY_WORK_TRAIN])
    snprintf(with, sizeof with, ", %zu of them with a checkpoint", count_checkpoints(q));
  return fray_fail(err, FRAY_STOPPED, "%s: %zu of %zu trials are left%s",
                   q->signal ? fray_stop_name(q->signal) : "the wall time is near",
                   left - q->finished, trials_of(q), with);
}
