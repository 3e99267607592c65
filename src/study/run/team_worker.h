/* A rank's part in the work of teams: what its files share. */
#ifndef FRAY_STUDY_RUN_TEAM_WORKER_H
#define FRAY_STUDY_RUN_TEAM_WORKER_H

#include "fray/results/rank_positions.h"
#include "team_table.h"
#include "trial_queue.h"

/* To the queue, from leaders: a trial is asked for, has begun, has so many rounds more, goes on
 * with more ranks, is done; a team stands idle, is ready to join, is to stop, has failed, is
 * through. From the queue: what to do next, to a leader; that all is to stop; that others join; and
 * to ranks of an idle team: data to open, the end. From a leader to those who join: now. */
enum team_kind {
  TEAM_ASK,
  TEAM_BEGUN,
  TEAM_ROUNDS,
  TEAM_GROWN,
  TEAM_DONE,
  TEAM_IDLE,
  TEAM_READY,
  TEAM_STOP,
  TEAM_FAILED,
  TEAM_BYE,
  TEAM_TAKE,
  TEAM_HALT,
  TEAM_GROW,
  TEAM_OPEN,
  TEAM_END,
  TEAM_JOIN
};
enum { TEAM_BITS = 1024 }; /* bytes of a set of teams; where there are more of them none grows */

struct team_message {
  int32_t kind, signal, status;
  int32_t leader; /* of a union: rank */
  bool has_row;
  uint64_t trial, rounds;
  double longest;
  struct fray_trial_done done;
  struct fray_round_row row;
  union {
    char text[sizeof((struct fray_err *)0)->text]; /* sent as far as it goes */
    uint8_t members[TEAM_BITS];                    /* of a union: see fray_team_union */
  } of;
};
_Static_assert(sizeof(struct team_message) <= FRAY_MESSAGE_BYTES, "messages are small");

struct team_worker {
  const struct fray_study *study;
  const struct fray_plan *plan;
  const struct fray_pace *pace;
  const char *folder;
  struct fray_session session; /* of the team */
  struct fray_comm *world, *team;
  int teams;                      /* at the beginning */
  struct fray_trial_queue *queue; /* on rank 0 of all, else NULL */
  struct fray_team_table table;   /* likewise */
  double next_look;               /* clock: at who may join whom */
  struct fray_own_position *position;
  bool may_grow; /* teams may, in this run */
  bool leads, asked, answered, halted, told;
  char called; /* to a pause of local-only training, by the leader: SAVING, STOPPING; 0: not */
  size_t next, trial;        /* next: what TAKE gave; trial: in progress, or FRAY_NO_TRIAL */
  size_t rounds, unsent;     /* rounds of the trial that are behind; not yet told to the queue */
  size_t saved_round, alone; /* alone: clients of local-only training since the last pause */
  double saved, sent, round_began, longest, worked; /* clock, clock, clock, seconds, seconds */
  double waited;                                    /* seconds, in teams that are no more */
  bool has_growth, grows; /* the leader knows who joins; all know that it is now */
  bool is_union;          /* the team has grown; then no trial waits any more */
  bool has_order;         /* for a rank that stands idle */
  struct team_message growth, order;
  uint8_t members[TEAM_BITS]; /* teams of the beginning that this one is made of */
  int *ranks;                 /* (all) scratch */
  struct fray_err post_err;   /* messages have no other way to fail than for lack of memory */
  enum fray_status post_status;
};

/** To a rank, by its number in the world. */
void team_post(struct team_worker *c, int to, const struct team_message *m);
/** To the queue. */
void team_tell(struct team_worker *c, const struct team_message *m);
/** Takes what has arrived; on rank 0 it also answers, and looks who may join whom. */
void team_listen(struct team_worker *c);
/** A reason to end that this rank knows of. */
bool team_is_to_end(const struct team_worker *c);

/** Waits without a trial, with the other ranks of the team: for one to join (its number), or for
 *  the end (FRAY_NO_TRIAL). Collective. STOPPED: all are to stop; otherwise as opening data. */
enum fray_status team_stand_by(struct team_worker *c, size_t *trial, struct fray_err *err);
/** The team that has paused for it takes in those who wait to join. Collective. As above. */
enum fray_status team_grow(struct team_worker *c, struct fray_err *err);

#endif
