/* What rank 0 knows of the teams: which are at work, which stand idle, and which of these join
 * which. It only keeps books, as the queue does. docs/decisions/0108-teams-grow.md */
#ifndef FRAY_STUDY_RUN_TEAM_TABLE_H
#define FRAY_STUDY_RUN_TEAM_TABLE_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A team is known by its number from the beginning; one that joined another is a part of it. */
enum fray_team_state {
  FRAY_TEAM_WORKS,
  FRAY_TEAM_STANDS,   /* without a trial */
  FRAY_TEAM_OPENS,    /* the data of a trial that it may join */
  FRAY_TEAM_READY,    /* has opened them */
  FRAY_TEAM_PROMISED, /* the other team knows: it takes them, or ends its trial */
  FRAY_TEAM_JOINED,
  FRAY_TEAM_DISMISSED, /* told that nothing is left for it */
  FRAY_TEAM_GONE       /* it has said that it is through */
};
struct fray_team_row {
  enum fray_team_state state;
  int leader, size; /* rank; ranks, with those that joined */
  int with;         /* team that it is to join; -1 */
  int in;           /* team that it is a part of: itself, or the one that it joined */
  size_t trial;     /* of a team that works */
};
struct fray_team_table {
  int ranks, teams;
  int most;  /* ranks of a team, as asked for; 0: any */
  int cores; /* of all hosts, which ranks at work need one each of; 0: any number */
  size_t joined;
  struct fray_team_row *row; /* (teams) */
};

/** What a team would gain by more ranks. */
struct fray_team_need {
  double left, pause; /* seconds; left 0: nothing */
  size_t cohort;      /* clients that ranks share */
};

/** All teams work. MEMORY. */
enum fray_status fray_team_table_open(int ranks, int teams, int most, struct fray_team_table *out,
                                      struct fray_err *err);
void fray_team_table_close(struct fray_team_table *table);
/** Sets `with` of teams that stand: each team that works gets them all at once, the one that would
 * end last first, while that pays (fray_team_more) and cores are left. need (teams). True if any
 * was given away. */
bool fray_team_table_assign(struct fray_team_table *table, const struct fray_team_need *need);
/** A team has opened what it was to open. Returns the team that it is to join, if all that are to
 *  join it are ready now; else -1. */
int fray_team_table_ready(struct fray_team_table *table, int team);
/** Those that were promised to a team are a part of it. */
void fray_team_table_grown(struct fray_team_table *table, int team);
/** A team grows no more: nobody is to join it. */
void fray_team_table_over(struct fray_team_table *table, int team);
/** Takes back what was not promised yet. */
void fray_team_table_withdraw(struct fray_team_table *table);
/** How many are in a state. */
int fray_team_table_count(const struct fray_team_table *table, enum fray_team_state state);
/** True if any team is still to say that it is through. */
bool fray_team_table_is_open(const struct fray_team_table *table);

/** Which teams are one when those that are to join a team are a part of it: bit t % 8 of byte t /
 * 8 for team t. */
void fray_team_union(const struct fray_team_table *table, int team, uint8_t *bits);
/** The ranks of such a union, its leader first, the others rising. ranks: room for all ranks. */
int fray_team_union_ranks(const uint8_t *bits, int leader, int all_ranks, int teams, int *ranks);

#endif
