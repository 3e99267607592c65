/* What teams and the queue say to one another: small messages, which rank 0 answers between the
 * clients that it trains itself. docs/decisions/0020-teams.md
 *
 * Between two ranks messages keep their order; between three they may not, so nothing here depends
 * on what two others have sent. */
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "study/plan/teams.h"
#include "study/trial/trial.h"
#include "team_worker.h"

#include <stdlib.h>
#include <string.h>

/* It fails for lack of memory alone; that is kept and told at the end, where it can be agreed upon.
 * Only as much is sent as there is: most messages have no text. */
void team_post(struct team_worker *c, int to, const struct team_message *m) {
  const bool has_members = m->kind == TEAM_GROW || m->kind == TEAM_JOIN;
  const size_t bytes = offsetof(struct team_message, of) +
                       (has_members ? ((size_t)c->teams + 7) / 8 : strlen(m->of.text) + 1);
  enum fray_status status = fray_comm_post(c->world, to, m, bytes, &c->post_err);
  if (status != FRAY_OK)
    c->post_status = status;
}

/* A signal, or what rank 0 has said of one, of the wall time or of a fault. */
bool team_is_to_end(const struct team_worker *c) {
  return fray_stop_asked() || c->halted || (c->queue && fray_trial_queue_is_halted(c->queue));
}

/* Only leaders hear it: they tell their teams when these meet at the end of a round. Rank 0
 * knows. */
static void halt_others(struct team_worker *c) {
  const struct team_message m = {.kind = TEAM_HALT};
  if (c->halted)
    return;
  c->halted = true;
  for (int t = 0; t < c->teams; t++)
    if (c->table.row[t].state != FRAY_TEAM_JOINED && c->table.row[t].leader != 0)
      team_post(c, c->table.row[t].leader, &m);
}

/* What the queue or a leader has to say to this rank. Who grows or joins does so at a place of its
 * own. Of a trial that is over by now, nobody grows. */
static void hear(struct team_worker *c, const struct team_message *m) {
  switch ((enum team_kind)m->kind) {
  case TEAM_TAKE:
    c->next = (size_t)m->trial;
    c->answered = true;
    break;
  case TEAM_HALT:
    c->halted = true;
    break;
  case TEAM_GROW:
    c->has_growth = c->trial == (size_t)m->trial && !c->asked;
    c->growth = *m;
    break;
  case TEAM_OPEN:
  case TEAM_JOIN:
  case TEAM_END:
    c->order = *m;
    c->has_order = true;
    break;
  default:
    break; /* only the queue hears these */
  }
}

/* Of the queue, which may mean the rank that it lies on. */
static void send(struct team_worker *c, int to, const struct team_message *m) {
  if (to == 0) /* rank 0 of all: its own messages need no way */
    hear(c, m);
  else
    team_post(c, to, m);
}

/* To every rank of a team, which all wait for it. */
static void send_to_all(struct team_worker *c, int team, const struct team_message *m) {
  const int ranks = fray_comm_size(c->world);
  for (int rank = 0; rank < ranks; rank++)
    if (c->table.row[fray_team_of(rank, ranks, c->teams)].in == team)
      send(c, rank, m);
}

/* The team that all are ready for is told at once: it may end its trial before it can take them. */
static void promise(struct team_worker *c, int to) {
  struct fray_team_row *row = c->table.row;
  struct team_message m = {.kind = TEAM_GROW, .leader = row[to].leader, .trial = row[to].trial};
  fray_team_union(&c->table, to, m.of.members);
  for (int t = 0; t < c->teams; t++)
    if (row[t].with == to)
      row[t].state = FRAY_TEAM_PROMISED;
  send(c, row[to].leader, &m);
}

/* Of a trial whose rounds are over nobody has use for more ranks. */
static void note_team(struct team_worker *c, int team, const struct team_message *m) {
  struct fray_team_row *row = &c->table.row[team];
  int to;
  switch ((enum team_kind)m->kind) {
  case TEAM_BEGUN:
    row->trial = (size_t)m->trial;
    break;
  case TEAM_GROWN:
    fray_team_table_grown(&c->table, team);
    break;
  case TEAM_READY:
    if ((to = fray_team_table_ready(&c->table, team)) >= 0)
      promise(c, to);
    break;
  case TEAM_ASK:
  case TEAM_DONE:
  case TEAM_IDLE:
  case TEAM_BYE:
    fray_team_table_over(&c->table, team);
    row->trial = FRAY_NO_TRIAL;
    row->state = m->kind == TEAM_BYE    ? FRAY_TEAM_GONE
                 : m->kind == TEAM_IDLE ? FRAY_TEAM_STANDS
                                        : FRAY_TEAM_WORKS;
    break;
  default:
    break;
  }
}

/* The books of teams first: what the queue then says may depend on them. */
static void answer(struct team_worker *c, int from, const struct team_message *m) {
  struct team_message reply = {.kind = TEAM_TAKE};
  struct fray_err why = {.status = (enum fray_status)m->status};
  note_team(c, fray_team_of(from, fray_comm_size(c->world), c->teams), m);
  switch ((enum team_kind)m->kind) {
  case TEAM_ASK:
    reply.trial = fray_trial_queue_take(c->queue, (size_t)m->trial);
    team_post(c, from, &reply);
    break;
  case TEAM_BEGUN:
    fray_trial_queue_begun(c->queue, (size_t)m->trial);
    break;
  case TEAM_ROUNDS:
    fray_trial_queue_rounds(c->queue, (size_t)m->trial, (size_t)m->rounds, m->longest,
                            m->has_row ? &m->row : NULL);
    break;
  case TEAM_GROWN:
    fray_trial_queue_grown(c->queue, (size_t)m->trial);
    break;
  case TEAM_DONE:
    fray_trial_queue_done(c->queue, (size_t)m->trial, &m->done);
    break;
  case TEAM_STOP:
    fray_trial_queue_stop(c->queue, m->signal);
    break;
  case TEAM_FAILED:
    memcpy(why.text, m->of.text, sizeof why.text);
    fray_trial_queue_fail(c->queue, &why);
    break;
  default:
    hear(c, m); /* rank 0 may be one of those who join */
  }
}

/* Nothing is left for a team that stands: all is to stop, or nobody works that it could help. */
static void dismiss(struct team_worker *c) {
  for (int t = 0; t < c->teams; t++) {
    struct fray_team_row *row = &c->table.row[t];
    if (row->state != FRAY_TEAM_STANDS || row->with >= 0)
      continue;
    row->state = FRAY_TEAM_DISMISSED;
    send_to_all(c, t, &(struct team_message){.kind = TEAM_END});
  }
}

/* Clients that ranks of a team share: those of a round, or all where each trains alone. */
static size_t cohort_of(const struct team_worker *c, size_t trial) {
  const struct fray_cell *cell = &c->study->cell[c->study->trial[trial].cell];
  if (!cell->outlook)
    return c->plan->cohort;
  return cell->local_only ? cell->outlook->clients : cell->outlook->most;
}

/* Who is to join whom. Teams open the data before those whom they help have to pause. */
static void give_away(struct team_worker *c) {
  struct fray_team_need *need = calloc((size_t)c->teams, sizeof *need);
  for (int t = 0; need && t < c->teams; t++) {
    const struct fray_team_row *row = &c->table.row[t];
    if (row->state != FRAY_TEAM_WORKS || row->trial == FRAY_NO_TRIAL)
      continue;
    need[t].left = fray_trial_queue_left(c->queue, row->trial, &need[t].pause);
    need[t].cohort = cohort_of(c, row->trial);
  }
  if (need && fray_team_table_assign(&c->table, need))
    for (int t = 0; t < c->teams; t++) {
      struct fray_team_row *row = &c->table.row[t];
      if (row->state != FRAY_TEAM_STANDS || row->with < 0)
        continue;
      row->state = FRAY_TEAM_OPENS;
      send_to_all(
          c, t, &(struct team_message){.kind = TEAM_OPEN, .trial = c->table.row[row->with].trial});
    }
  free(need);
}

/* Seldom: it goes through all teams, and between two looks little changes. */
static void look_at_teams(struct team_worker *c) {
  static const double pause = 0.05;
  const double now = fray_seconds();
  if (!c->may_grow)
    return;
  if (fray_trial_queue_is_halted(c->queue)) {
    fray_team_table_withdraw(&c->table);
    dismiss(c);
  } else if (now >= c->next_look && fray_team_table_count(&c->table, FRAY_TEAM_STANDS) > 0) {
    c->next_look = now + pause;
    if (fray_team_table_count(&c->table, FRAY_TEAM_WORKS) == 0)
      dismiss(c);
    else
      give_away(c);
  }
}

/* Rank 0: what the others have to say. Others: what the queue has to say. With one team there is
 * nobody to listen to. An order is carried out before the next message is taken; rank 0 must hear
 * the others even so. It speaks for the queue, also where another rank leads its team. */
void team_listen(struct team_worker *c) {
  struct team_message m;
  int from;
  size_t bytes;
  if (c->queue)
    fray_log_speaker(true);
  while (c->teams > 1 && (c->queue || !c->has_order) &&
         fray_comm_take(c->world, &from, &m, &bytes)) {
    if (c->queue)
      answer(c, from, &m);
    else
      hear(c, &m);
  }
  if (!c->queue)
    return;
  fray_trial_queue_tick(c->queue);
  if (fray_trial_queue_is_halted(c->queue))
    halt_others(c);
  look_at_teams(c);
  fray_log_speaker(c->leads);
}

/* Rank 0 needs no way to itself. */
void team_tell(struct team_worker *c, const struct team_message *m) {
  if (c->queue)
    answer(c, 0, m);
  else
    team_post(c, 0, m);
}
