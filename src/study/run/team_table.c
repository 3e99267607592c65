/* The books of rank 0 on teams: who works, who stands idle, who joins whom. Nothing is sent here.
 */
#include "team_table.h"

#include "fray/base/size.h"
#include "study/plan/teams.h"

#include <stdlib.h>

/* Before the first message: all teams are taken to work, and tell when they do not. */
enum fray_status fray_team_table_open(int ranks, int teams, int most, struct fray_team_table *out,
                                      struct fray_err *err) {
  *out = (struct fray_team_table){.ranks = ranks, .teams = teams, .most = most};
  out->row = calloc((size_t)teams, sizeof *out->row);
  FRAY_CHECK(out->row, err, MEMORY, "out of memory");
  for (int rank = ranks - 1; rank >= 0; rank--) { /* downwards: the first of a team stays */
    const int team = fray_team_of(rank, ranks, teams);
    struct fray_team_row *row = &out->row[team];
    *row = (struct fray_team_row){
        .state = FRAY_TEAM_WORKS, .leader = rank, .size = row->size + 1, .with = -1, .in = team};
    row->trial = SIZE_MAX;
  }
  return FRAY_OK;
}

/* Of one that was never opened as well. */
void fray_team_table_close(struct fray_team_table *table) {
  free(table->row);
  table->row = NULL;
}

/* Neither at work nor on its way to somebody. */
static bool is_free(const struct fray_team_row *row) {
  return row->state == FRAY_TEAM_STANDS && row->with < 0;
}

/* A team that others are on their way to gets no more until they are there. */
static bool is_awaiting(const struct fray_team_table *table, int team) {
  for (int t = 0; t < table->teams; t++)
    if (table->row[t].with == team)
      return true;
  return false;
}

/* What assigning knows of a team while it goes on: as it would be with those given so far. */
struct plan {
  double left;
  int size;
  bool was_given;
};

/* Of the teams that can use more ranks; -1: none is left. */
static int ends_last(const struct plan *plan, int teams) {
  int last = -1;
  for (int t = 0; t < teams; t++)
    if (plan[t].left > 0 && (last < 0 || plan[t].left > plan[last].left))
      last = t;
  return last;
}

/* How many ranks a team of that size may get: not more than was asked for, nor than there are cores
 * beside those of ranks at work. Ranks that share a core would wait for one another, while one that
 * stands leaves it to others. */
static int room_of(const struct fray_team_table *table, int size) {
  int idle = 0, busy = 0;
  for (int t = 0; t < table->teams; t++) {
    const struct fray_team_row *row = &table->row[t];
    if (is_free(row))
      idle += row->size;
    else if (row->state < FRAY_TEAM_JOINED)
      busy += row->size;
  }
  if (table->most > 0)
    idle = FRAY_MIN(idle, table->most - size);
  if (table->cores > 0)
    idle = FRAY_MIN(idle, table->cores - busy);
  return FRAY_MAX(idle, 0);
}

/* Whole teams, in their order, until so many ranks are together; those that would be too many are
 * passed over. Returns how many they are; gives: else it only counts. */
static int gather(struct fray_team_table *table, int to, int wanted, int room, bool gives) {
  int sum = 0;
  for (int t = 0; t < table->teams && sum < wanted; t++) {
    struct fray_team_row *row = &table->row[t];
    if (!is_free(row) || sum + row->size > room)
      continue;
    sum += row->size;
    if (gives)
      row->with = to;
  }
  return sum;
}

/* 0: so many do not come together, and nothing is changed. */
static int give(struct fray_team_table *table, int to, int wanted, int room) {
  return gather(table, to, wanted, room, false) < wanted ? 0
                                                         : gather(table, to, wanted, room, true);
}

/* The pause is paid once, by the first ranks that a team gets. */
bool fray_team_table_assign(struct fray_team_table *table, const struct fray_team_need *need) {
  struct plan *plan = calloc((size_t)table->teams, sizeof *plan);
  bool any = false;
  if (!plan) /* nobody joins anybody: that is no fault */
    return false;
  for (int t = 0; t < table->teams; t++)
    if (table->row[t].state == FRAY_TEAM_WORKS && !is_awaiting(table, t))
      plan[t] = (struct plan){.left = need[t].left, .size = table->row[t].size};
  for (int t; (t = ends_last(plan, table->teams)) >= 0;) {
    const int size = plan[t].size, room = room_of(table, size);
    const double pause = plan[t].was_given ? 0 : need[t].pause;
    const int more = fray_team_more(size, room, need[t].cohort, plan[t].left, pause);
    const int given = more > 0 ? give(table, t, more, room) : 0;
    if (given == 0) {
      plan[t].left = 0;
      continue;
    }
    plan[t].left *=
        fray_team_speed(size, need[t].cohort) / fray_team_speed(size + given, need[t].cohort);
    plan[t].size += given;
    plan[t].was_given = any = true;
  }
  free(plan);
  return any;
}

/* A team alone could be told at once; that one pause serves all who join is why they wait for each
 * other. */
int fray_team_table_ready(struct fray_team_table *table, int team) {
  struct fray_team_row *row = &table->row[team];
  const int with = row->with;
  row->state = with < 0 ? FRAY_TEAM_STANDS : FRAY_TEAM_READY;
  for (int t = 0; t < table->teams; t++)
    if (table->row[t].with == with && table->row[t].state != FRAY_TEAM_READY)
      return -1;
  return with;
}

/* What a newcomer is made of itself, from an earlier growth, comes along. */
void fray_team_table_grown(struct fray_team_table *table, int team) {
  for (int t = 0; t < table->teams; t++) {
    struct fray_team_row *row = &table->row[t];
    if (row->with != team)
      continue;
    for (int part = 0; part < table->teams; part++)
      if (table->row[part].in == t)
        table->row[part].in = team;
    table->row[team].size += row->size;
    table->joined += (size_t)row->size;
    *row = (struct fray_team_row){
        .state = FRAY_TEAM_JOINED, .leader = row->leader, .with = -1, .in = team};
  }
}

/* One that is still opening says so when it is ready. */
void fray_team_table_over(struct fray_team_table *table, int team) {
  for (int t = 0; t < table->teams; t++) {
    struct fray_team_row *row = &table->row[t];
    if (row->with != team)
      continue;
    row->with = -1;
    if (row->state != FRAY_TEAM_OPENS)
      row->state = FRAY_TEAM_STANDS;
  }
}

/* All is to stop: whoever stands goes home, but those that a team may be calling at this moment. */
void fray_team_table_withdraw(struct fray_team_table *table) {
  for (int t = 0; t < table->teams; t++) {
    struct fray_team_row *row = &table->row[t];
    if (row->state == FRAY_TEAM_PROMISED || row->state == FRAY_TEAM_JOINED)
      continue;
    row->with = -1;
    if (row->state == FRAY_TEAM_READY)
      row->state = FRAY_TEAM_STANDS;
  }
}

/* There are few teams, and it is asked a few times a second. */
int fray_team_table_count(const struct fray_team_table *table, enum fray_team_state state) {
  int n = 0;
  for (int t = 0; t < table->teams; t++)
    n += table->row[t].state == state;
  return n;
}

/* One that has joined says nothing more by itself. */
bool fray_team_table_is_open(const struct fray_team_table *table) {
  for (int t = 0; t < table->teams; t++)
    if (table->row[t].state != FRAY_TEAM_JOINED && table->row[t].state != FRAY_TEAM_GONE)
      return true;
  return false;
}

/* In teams of the beginning, which all ranks know: a message has room for those and not for ranks.
 */
void fray_team_union(const struct fray_team_table *table, int team, uint8_t *bits) {
  for (int t = 0; t < table->teams; t++) {
    const int in = table->row[t].in;
    if (in == team || table->row[in].with == team)
      bits[t / 8] |= (uint8_t)(1u << t % 8);
  }
}

/* The same list on all of them, or the group would not come about. */
int fray_team_union_ranks(const uint8_t *bits, int leader, int all_ranks, int teams, int *ranks) {
  int n = 0;
  ranks[n++] = leader;
  for (int rank = 0; rank < all_ranks; rank++) {
    const int team = fray_team_of(rank, all_ranks, teams);
    if (rank != leader && bits[team / 8] >> team % 8 & 1)
      ranks[n++] = rank;
  }
  return n;
}
