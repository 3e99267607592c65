/* Teams that grow: ranks without a trial stand by until a team that still trains pauses for them,
 * and go on with it from the checkpoint that it has left.
 *
 * IDLE: a team stands by. OPEN: it opens the data of a trial that it may join, and says READY. When
 * all who are to join a team are ready, GROW tells its leader, who looks at the end of a round. If
 * the trial is not over by then, the team pauses and its leader calls those who wait: JOIN. All of
 * them form one group, of which the leader tells GROWN. If the trial is over, the queue hears that
 * (DONE) and gives those who wait to others, or dismisses them: END. */
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "study/plan/teams.h"
#include "team_worker.h"

#include <string.h>
#include <time.h>

/* A union has the leader of the team that trains: its files are where that rank has left them. The
 * old teams end here. Told before anything can stop it, since rank 0 counts who is still there. */
static enum fray_status unite(struct team_worker *c, const struct team_message *m,
                              struct fray_err *err) {
  const int all = fray_comm_size(c->world);
  const int n = fray_team_union_ranks(m->of.members, m->leader, all, c->teams, c->ranks);
  struct fray_comm *team;
  FRAY_TRY(fray_comm_group(c->world, c->ranks, n, &team, err));
  c->waited += fray_comm_traffic(c->team).waited;
  fray_comm_free(c->team);
  c->team = c->session.comm = team;
  c->leads = fray_comm_rank(team) == 0;
  c->is_union = true;
  memcpy(c->members, m->of.members, sizeof c->members);
  fray_log_speaker(c->leads);
  fray_position_team(c->position, fray_team_of(m->leader, all, c->teams));
  if (c->leads)
    team_tell(c, &(struct team_message){.kind = TEAM_GROWN, .trial = m->trial});
  int32_t said[2] = {team_is_to_end(c), fray_stop_asked()};
  fray_comm_max_i32(team, said, 2);
  if (said[1])
    fray_stop_ask(said[1]);
  FRAY_CHECK(!said[0], err, STOPPED, "stopped while ranks joined");
  return FRAY_OK;
}

/* Those who are to join hear it from the leader, who alone knows that its team has paused. */
enum fray_status team_grow(struct team_worker *c, struct fray_err *err) {
  struct team_message m = c->growth;
  m.kind = TEAM_JOIN;
  fray_comm_broadcast(c->team, &m, sizeof m, 0);
  for (int rank = 0; c->leads && rank < fray_comm_size(c->world); rank++) {
    const int team = fray_team_of(rank, fray_comm_size(c->world), c->teams);
    const uint8_t joins = m.of.members[team / 8] & (uint8_t)~c->members[team / 8];
    if (joins >> team % 8 & 1)
      team_post(c, rank, &m);
  }
  c->has_growth = c->grows = false;
  return unite(c, &m, err);
}

/* A signal may reach an idle rank alone. */
static void await_order(struct team_worker *c) {
  static const struct timespec pause = {.tv_nsec = 1000000};
  fray_comm_says_waiting(true); /* not in an exchange, and yet no hang */
  for (team_listen(c); !c->has_order; team_listen(c)) {
    if (fray_stop_asked() && !c->told) {
      team_tell(c, &(struct team_message){.kind = TEAM_STOP, .signal = fray_stop_asked()});
      c->told = true;
    }
    nanosleep(&pause, NULL);
  }
  fray_comm_says_waiting(false);
  c->has_order = false;
}

/* Together, whether or not there is something to open: only then may the next order come. */
static enum fray_status open_data(struct team_worker *c, struct fray_err *err) {
  const struct fray_trial *trial = &c->study->trial[c->order.trial];
  const enum fray_status status = fray_session_open(&c->session, &c->study->cell[trial->cell], err);
  FRAY_TRY(fray_comm_agree(c->team, status, err));
  if (c->leads)
    team_tell(c, &(struct team_message){.kind = TEAM_READY});
  return FRAY_OK;
}

/* Orders come one at a time: to open data, perhaps several times, as trials end before their teams
 * can grow; at last to join, or the end. */
enum fray_status team_stand_by(struct team_worker *c, size_t *trial, struct fray_err *err) {
  *trial = FRAY_NO_TRIAL;
  if (!c->may_grow)
    return FRAY_OK;
  if (c->leads)
    team_tell(c, &(struct team_message){.kind = TEAM_IDLE});
  for (;;) {
    await_order(c);
    const struct team_message m = c->order;
    if (m.kind == TEAM_END)
      return FRAY_OK;
    if (m.kind == TEAM_JOIN) {
      *trial = (size_t)m.trial;
      return unite(c, &m, err);
    }
    FRAY_TRY(open_data(c, err));
  }
}
