/* A team worker: this rank's part of the work, in a team that takes trials from the queue of rank 0
 * until none is left, and then helps a team that still trains. docs/decisions/0020-teams.md */
#include "team_worker.h"

#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/machine.h"
#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "fray/results/folder.h"
#include "study/plan/teams.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The one place where rank 0 hears others while it trains: between two clients, every few
 * milliseconds. */
static void on_work(void *user, size_t round, const char *client) {
  struct team_worker *c = user;
  fray_position_work(c->position, round, client);
  if (c->leads || c->queue)
    team_listen(c);
}

/* The queue learns of evaluated rounds at once, of others ten times a second. */
static void report_round(struct team_worker *c, const struct fray_round_row *row) {
  static const double pause = 0.1;
  double now = fray_seconds();
  struct team_message m = {.kind = TEAM_ROUNDS, .trial = c->trial, .longest = c->longest};
  /* Counted in any case: the next message tells of all of them. */
  c->unsent++;
  /* Short rounds would drown rank 0 in messages. */
  if (!row->evaluated && now - c->sent < pause && !row->ends)
    return;
  m.rounds = c->unsent;
  m.has_row = row->evaluated;
  m.row = *row;
  team_tell(c, &m);
  c->unsent = 0;
  c->sent = now;
}

/* What this rank would have the team do; the team does the most that one of them wants. */
static int32_t wish(struct team_worker *c, size_t round) {
  const struct fray_pace *pace = c->pace;
  if (team_is_to_end(c))
    return FRAY_ROUND_SAVE_AND_STOP;
  if (!c->leads)
    return FRAY_ROUND_GO_ON;
  bool due =
      pace->checkpoint_rounds > 0 && round - c->saved_round >= (size_t)pace->checkpoint_rounds;
  due = due || fray_seconds() - c->saved >= pace->checkpoint_seconds;
  return due ? FRAY_ROUND_SAVE : FRAY_ROUND_GO_ON;
}

/* Asking for the next trial at the last round hides the way to rank 0 behind the judging. Wishes
 * are ordered from going on to saving and stopping, so their maximum is what is done. */
static enum fray_round_end on_round(void *user, const struct fray_round_row *row) {
  struct team_worker *c = user;
  double now = fray_seconds();
  c->longest = FRAY_MAX(c->longest, now - c->round_began);
  if (c->leads || c->queue)
    team_listen(c);
  if (c->leads) {
    report_round(c, row);
    if (row->ends && !c->queue && !c->is_union &&
        !c->asked) { /* the answer comes while this one is judged */
      team_tell(c, &(struct team_message){.kind = TEAM_ASK, .trial = c->trial});
      c->asked = true;
    }
  }
  /* The most that anyone wants is done, by all, after the same round. */
  int32_t said[3] = {wish(c, row->round), fray_stop_asked(), c->leads && c->has_growth};
  fray_comm_max_i32(c->team, said, 3);
  const int32_t wishes = said[0];
  c->grows = said[2] && wishes != FRAY_ROUND_SAVE_AND_STOP && !row->ends;
  if (said[1]) /* a signal may have reached one rank alone */
    fray_stop_ask(said[1]);
  if (wishes != FRAY_ROUND_GO_ON || c->grows) {
    c->saved = now;
    c->saved_round = row->round;
  }
  c->round_began = fray_seconds();
  if (c->grows) /* as if it was to stop: it goes on from what it saves, with those that join */
    return FRAY_ROUND_SAVE_AND_STOP;
  /* A finished training is only judged and written: that is as good as a checkpoint. */
  return row->ends && wishes == FRAY_ROUND_SAVE_AND_STOP ? FRAY_ROUND_SAVE
                                                         : (enum fray_round_end)wishes;
}

/* Local-only training has no rounds: when a save or a stop is due, the leader calls its team. */
enum { SAVING = 1, STOPPING };

/* Messages in place of a collective call: the others are in the middle of clients of their own. */
static void call_team(struct team_worker *c, char why) {
  c->called = why;
  for (int rank = 1; rank < fray_comm_size(c->team); rank++) {
    enum fray_status status = fray_comm_post(c->team, rank, &why, 1, &c->post_err);
    if (status != FRAY_OK)
      c->post_status = status;
  }
}

/* One call per pause: a second one would be left in the mailbox for the next trial. */
static void hear_call(struct team_worker *c) {
  char text[FRAY_MESSAGE_BYTES];
  int from;
  size_t bytes;
  if (!c->leads && !c->called && fray_comm_take(c->team, &from, text, &bytes))
    c->called = text[0];
}

/* A call is heard even by a rank that would not give up by itself, or its team would wait for it.
 */
static bool on_gives_up(void *user) {
  struct team_worker *c = user;
  hear_call(c);
  if (c->leads && !c->called && team_is_to_end(c))
    call_team(c, STOPPING);
  return team_is_to_end(c) || c->called == STOPPING;
}

/* Every rank counts its own clients, and only the leader calls: two ranks that called at once would
 * leave a message over. */
static bool on_wants_pause(void *user) {
  struct team_worker *c = user;
  const size_t every = (size_t)c->pace->checkpoint_rounds; /* clients are its rounds */
  hear_call(c);
  const bool due = ++c->alone >= every && every > 0;
  if (c->leads && !c->called &&
      (due || c->has_growth || wish(c, c->saved_round) != FRAY_ROUND_GO_ON))
    call_team(c, SAVING);
  return c->called || team_is_to_end(c);
}

/* Collective: all ranks of the team come here, those that were called and those that wished. The
 * third number tells a rank that has not heard the call yet that one is under way to it. */
static enum fray_round_end on_pause(void *user) {
  struct team_worker *c = user;
  const int32_t mine = c->leads && c->called ? FRAY_ROUND_SAVE : FRAY_ROUND_GO_ON;
  int32_t said[4] = {FRAY_MAX(mine, wish(c, c->saved_round)), fray_stop_asked(),
                     c->leads ? c->called : 0, c->leads && c->has_growth};
  fray_comm_max_i32(c->team, said, 4);
  while (said[2] && !c->called) /* so that no call is left for the next trial */
    hear_call(c);
  c->called = 0;
  c->alone = 0;
  if (said[1])
    fray_stop_ask(said[1]);
  if (said[0] != FRAY_ROUND_GO_ON)
    c->saved = fray_seconds();
  c->grows = said[3] && said[0] != FRAY_ROUND_SAVE_AND_STOP;
  return c->grows ? FRAY_ROUND_SAVE_AND_STOP : (enum fray_round_end)said[0];
}

/* The team's next trial, or FRAY_NO_TRIAL. Collective. Teams grow when none is left, so one that
 * has grown need not ask. A leader that asked before gets its answer even after a halt; the trial
 * that it was given is then dropped and stays unfinished, as the queue knows. */
static size_t next_trial(struct team_worker *c, size_t last) {
  static const struct timespec pause = {.tv_nsec = 200000};
  uint64_t trial = FRAY_NO_TRIAL;
  fray_position_trial(c->position, 0, NULL, NULL, 0);
  if (c->is_union)
    return FRAY_NO_TRIAL;
  if (c->queue) {
    team_listen(c);
    trial = fray_trial_queue_take(c->queue, last);
  } else if (c->leads) {
    if (!c->asked)
      team_tell(c, &(struct team_message){.kind = TEAM_ASK, .trial = last});
    fray_comm_says_waiting(true); /* not in an exchange, and yet no hang */
    for (team_listen(c); !c->answered; team_listen(c))
      nanosleep(&pause, NULL);
    fray_comm_says_waiting(false);
    trial = c->halted ? FRAY_NO_TRIAL : c->next;
  }
  /* What was answered belongs to the question before. */
  c->asked = c->answered = false;
  fray_comm_broadcast(c->team, &trial, sizeof trial, 0);
  return (size_t)trial;
}

/* From its first round, or from the checkpoint that it has. */
static enum fray_status attempt(struct team_worker *c, size_t i, struct fray_trial_file *part,
                                struct fray_err *err) {
  const struct fray_study *study = c->study;
  const struct fray_trial *trial = &study->trial[i];
  const struct fray_cell *cell = &study->cell[trial->cell];
  const struct fray_watch watch = {.user = c,
                                   .work = on_work,
                                   .gives_up = on_gives_up,
                                   .round = on_round,
                                   .wants_pause = on_wants_pause,
                                   .pause = on_pause};
  char words[160];
  *part = (struct fray_trial_file){0};
  memcpy(part->name, c->plan->name[i], sizeof part->name);
  memcpy(part->evaluation, c->plan->evaluation[i], sizeof part->evaluation);
  fray_cell_text(study, cell, words, sizeof words);
  fray_position_trial(c->position, i, part->name, words, trial->seed);
  c->round_began = fray_seconds();
  c->grows = false;
  FRAY_TRY(fray_session_open(&c->session, cell, err));
  return c->plan->work[i] == FRAY_WORK_TRAIN
             ? fray_trial_run(study, trial, &c->session, c->folder, &watch, part, err)
             : fray_trial_evaluate(study, trial, &c->session, c->folder, &watch, part, err);
}

/* Everything about the trial before is forgotten first: what is left unsent would be counted for
 * the new one. joins: others have begun it. */
static enum fray_status do_trial(struct team_worker *c, size_t i, bool joins,
                                 struct fray_err *err) {
  struct fray_trial_file part;
  const double began = fray_seconds();
  c->trial = i;
  c->unsent = 0;
  c->saved = began;
  c->sent = 0; /* the first round is told at once: by it the queue knows what a beginning takes */
  c->saved_round = c->plan->kept_rounds[i];
  if (c->leads && !joins)
    team_tell(c, &(struct team_message){.kind = TEAM_BEGUN, .trial = i});
  enum fray_status status = attempt(c, i, &part, err);
  while (status == FRAY_STOPPED && c->grows) {
    fray_trial_file_free(&part);
    status = team_grow(c, err);
    if (status == FRAY_OK)
      status = attempt(c, i, &part, err);
  }
  const double seconds = fray_seconds() - began;
  c->worked += seconds;
  if (status == FRAY_OK && c->leads)
    team_tell(c, &(struct team_message){.kind = TEAM_DONE,
                                        .trial = i,
                                        .done = {part.diverged, seconds, part.n_judged,
                                                 part.n_recalled, fray_trial_score_of(&part)}});
  c->trial = FRAY_NO_TRIAL;
  c->has_growth = false;
  fray_trial_file_free(&part);
  /* A stop says where it was by itself. */
  if (status != FRAY_OK && status != FRAY_STOPPED)
    return fray_at(err, "trial %s (seed %llu)", c->plan->name[i],
                   (unsigned long long)c->study->trial[i].seed);
  return status;
}

/* Signals that reached one rank of a team stop them all; a fault does so at the queue. A fault of a
 * rank that does not lead is known to its leader too, since the team has agreed upon it. */
static void report_end(struct team_worker *c, enum fray_status status, const struct fray_err *err) {
  struct team_message m = {.kind = TEAM_FAILED, .status = (int32_t)status};
  if (!c->leads || status == FRAY_OK)
    return;
  if (status == FRAY_STOPPED) {
    m.kind = TEAM_STOP;
    m.signal = fray_stop_asked();
  } else {
    memcpy(m.of.text, err->text, sizeof m.of.text);
  }
  team_tell(c, &m);
}

/* While all wait for the last one. */
static void serve(void *user) {
  team_listen(user);
}

/* Trial after trial, then as a help to others. Rank 0 stays until all teams have said that they are
 * through. */
static void work(struct team_worker *c) {
  static const struct timespec pause = {.tv_nsec = 1000000};
  struct fray_err err = {0};
  enum fray_status status = FRAY_OK;
  for (size_t i = FRAY_NO_TRIAL; status == FRAY_OK;) {
    i = next_trial(c, i);
    const bool joins = i == FRAY_NO_TRIAL;
    if (joins)
      status = team_stand_by(c, &i, &err);
    if (status != FRAY_OK || i == FRAY_NO_TRIAL)
      break;
    status = do_trial(c, i, joins, &err);
  }
  report_end(c, status, &err);
  fray_position_phase(c->position, FRAY_RANK_WAITING);
  if (c->leads)
    team_tell(c, &(struct team_message){.kind = TEAM_BYE});
  fray_comm_says_waiting(true); /* for teams that still work, as long as that takes */
  for (; c->queue && fray_team_table_is_open(&c->table); nanosleep(&pause, NULL))
    team_listen(c);
  fray_comm_says_waiting(false);
}

/* Leaders write what their teams have done, so they must see the folder that rank 0 has claimed;
 * file systems of clusters may need a moment. */
static enum fray_status find_folder(const struct team_worker *c, struct fray_err *err) {
  static const struct timespec pause = {.tv_nsec = 100000000};
  char path[4096], host[256] = "";
  FRAY_TRY(fray_folder_path(c->folder, "state", path, err));
  for (int tries = 0; c->leads && !fray_file_exists(path); tries++) {
    gethostname(host, sizeof host - 1);
    FRAY_CHECK(tries < 100, err, IO,
               "rank %d on host %s does not see the results folder %s, where its team would write; "
               "put it on a file system that all hosts share, or give --ranks-per-trial %d",
               fray_comm_rank(c->world), host, c->folder, fray_comm_size(c->world));
    nanosleep(&pause, NULL);
  }
  return FRAY_OK;
}

/* Positions first: a reader that sees the status must find where the ranks are. */
static enum fray_status open_queue(struct team_worker *c, struct fray_err *err) {
  const int ranks = fray_comm_size(c->world);
  if (fray_comm_rank(c->world) != 0)
    return FRAY_OK;
  FRAY_TRY(fray_positions_create(c->folder, ranks, err));
  FRAY_TRY(fray_team_table_open(ranks, c->teams, c->pace->ranks_per_trial, &c->table, err));
  return fray_trial_queue_open(c->study, c->plan, c->pace, c->folder, ranks, c->teams, &c->queue,
                               err);
}

/* The share of ranks x time that went into trials; what a team's ranks waited for one another does
 * not count. Counts microseconds: integers add up exactly. The elapsed time is that of rank 0
 * alone, the only one whose result is used. */
static double share_busy(struct team_worker *c, double elapsed) {
  double worked = c->worked - c->waited - fray_comm_traffic(c->team).waited;
  int64_t microseconds = (int64_t)(FRAY_MAX(worked, 0.0) * 1e6);
  fray_comm_sum_i64(c->world, &microseconds, 1);
  return (double)microseconds / 1e6 / (elapsed * fray_comm_size(c->world));
}

/* Cores that ranks of a host are bound to are told by each of them. */
static enum fray_status count_cores(struct team_worker *c, struct fray_err *err) {
  uint64_t bits[FRAY_CORE_WORDS] = {0};
  int64_t cores = 0;
  struct fray_comm *host;
  FRAY_TRY(fray_comm_split_host(c->world, &host, err));
  fray_cores_add(bits);
  fray_comm_or_u64(host, bits, FRAY_CORE_WORDS);
  for (int k = 0; fray_comm_rank(host) == 0 && k < 64 * FRAY_CORE_WORDS; k++)
    cores += (int64_t)(bits[k / 64] >> k % 64 & 1);
  fray_comm_free(host);
  fray_comm_sum_i64(c->world, &cores, 1);
  c->table.cores = (int)cores;
  return FRAY_OK;
}

/* The positions and the queue are opened before the first rank may write into them. The split is
 * collective over all; after it every step that can fail on one rank is agreed upon, or the others
 * would begin trials that wait for it. */
static enum fray_status start(struct team_worker *c, int *lock, struct fray_err *err) {
  const int ranks = fray_comm_size(c->world), rank = fray_comm_rank(c->world);
  const int team = fray_team_of(rank, ranks, c->teams);
  FRAY_TRY(fray_comm_split(c->world, team, &c->team, err));
  c->leads = fray_comm_rank(c->team) == 0;
  c->may_grow = c->teams > 1 && c->teams <= 8 * TEAM_BITS && c->pace->ranks_per_trial != 1;
  if (c->may_grow)
    c->members[team / 8] = (uint8_t)(1u << team % 8);
  FRAY_TRY(fray_comm_agree(c->world, open_queue(c, err), err));
  if (c->may_grow)
    FRAY_TRY(count_cores(c, err));
  c->ranks = malloc((size_t)ranks * sizeof *c->ranks);
  enum fray_status status =
      c->ranks ? find_folder(c, err) : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK && rank > 0)
    status = fray_folder_join(c->folder, c->leads, lock, err);
  if (status == FRAY_OK)
    status = fray_position_open(c->folder, rank, team, &c->position, err);
  if (status == FRAY_OK)
    status = fray_stall_begin(c->folder, c->world, c->pace->stall, err);
  return fray_comm_agree(c->world, status, err);
}

/* Trials that are left, and the smallest cohort, by which the teams are chosen: the same on all. */
static int choose_teams(const struct team_worker *c, struct fray_err *err) {
  const struct fray_study *s = c->study;
  double *cost = malloc(FRAY_MAX(s->n_trials, (size_t)1) * sizeof *cost);
  size_t n = 0;
  if (!cost) {
    fray_fail(err, FRAY_MEMORY, "out of memory");
    return 0;
  }
  for (size_t i = 0; i < s->n_trials; i++)
    if (c->plan->work[i] == FRAY_WORK_TRAIN || c->plan->work[i] == FRAY_WORK_EVALUATE)
      cost[n++] = fray_plan_left(s, c->plan, i);
  int teams = fray_teams_choose(cost, n, fray_comm_size(c->world), c->plan->cohort,
                                c->pace->ranks_per_trial);
  free(cost);
  return teams;
}

static void say_how(const char *again, struct fray_err *err) {
  size_t used = strlen(err->text);
  snprintf(err->text + used, sizeof err->text - used, "; to go on: %s", again);
}

/* All ranks meet before the data go back to the session of all: until then rank 0 must answer
 * leaders that still work. The log speaks for each team in between, and for rank 0 before and
 * after. */
enum fray_status fray_plan_do(const struct fray_study *study, struct fray_session *session,
                              const struct fray_plan *plan, const struct fray_pace *pace,
                              const char *folder, const char *again, struct fray_err *err) {
  struct fray_comm *world = session->comm;
  struct team_worker c = {.study = study,
                          .plan = plan,
                          .pace = pace,
                          .folder = folder,
                          .world = world,
                          .next = FRAY_NO_TRIAL,
                          .trial = FRAY_NO_TRIAL};
  int lock = -1;
  double busy = 0;
  c.teams = choose_teams(&c, err);
  FRAY_TRY(fray_comm_agree(world, c.teams ? FRAY_OK : FRAY_MEMORY, err));
  enum fray_status status = start(&c, &lock, err);
  if (status == FRAY_OK) {
    c.session.comm = c.team;
    fray_session_hand_over(session, &c.session); /* only opening is collective */
    fray_log_speaker(c.leads);
    work(&c);
    double elapsed = c.queue ? fray_trial_queue_elapsed(c.queue) : 1.0;
    fray_comm_meet(world, c.queue ? serve : NULL, &c);
    fray_log_speaker(fray_comm_rank(world) == 0);
    fray_session_hand_over(&c.session, session);
    busy = share_busy(&c, elapsed);
    status = c.post_status;
    if (status != FRAY_OK && err)
      *err = c.post_err;
    if (c.queue && status == FRAY_OK)
      status = fray_trial_queue_conclude(c.queue, busy, c.table.joined, err);
    if (status == FRAY_STOPPED)
      say_how(again, err);
    status = fray_comm_agree(world, status, err);
    if (status == FRAY_OK) /* else it says where this rank was */
      fray_position_phase(c.position, FRAY_RANK_DONE);
  }
  fray_position_close(c.position);
  fray_trial_queue_close(c.queue);
  fray_team_table_close(&c.table);
  free(c.ranks);
  fray_comm_free(c.team);
  fray_unlock(lock);
  return status;
}
