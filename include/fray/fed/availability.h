/* Availability, simulated: who is there, who drops out, who does only part of the work, and how
 * long each takes. All of it is drawn by (seed, client, round) and none of it depends on what was
 * drawn before, on ranks or on a resume. Kinds lie one to a file (reaches.def, clocks.def). */
#ifndef FRAY_FED_AVAILABILITY_H
#define FRAY_FED_AVAILABILITY_H

#include "fray/data/dataset.h"
#include "fray/fed/cohort.h"
#include "fray/schema/schema.h"

struct fray_clients;
extern const struct fray_table fray_time_table;

/** A probability for all clients, or by the value of a group column. */
struct fray_group_rate {
  double p;
  const char *column;           /* NULL: all alike */
  const struct fray_node *rate; /* map from values of the column to probabilities; others have p */
};
/** Sections of `training.availability`. */
struct fray_reachable_config {
  struct fray_variant kind;
};
struct fray_partial_config {
  double p, least, most; /* chance to do a part; share of the work, uniform between both */
};
struct fray_time_config {
  struct fray_variant kind;
};
struct fray_availability_config {
  struct fray_reachable_config reachable;
  struct fray_group_rate dropout;
  struct fray_partial_config partial;
  struct fray_time_config time;
  double deadline; /* simulated seconds; NaN: the server waits for all */
  int late;        /* enum fray_late */
  double over_selection;
};
enum fray_late { FRAY_LATE_DROP, FRAY_LATE_PARTIAL };
extern const struct fray_table fray_availability_table;
extern const struct fray_choices fray_reaches; /* reaches.def */
extern const struct fray_choices fray_clocks;  /* clocks.def */

/** True if anything is simulated: all keys that say so have another value than their default. */
bool fray_availability_is_on(const struct fray_availability_config *config);
/** True if visits take simulated time. */
bool fray_availability_is_timed(const struct fray_availability_config *config);

/** Whom availability draws for, and what a visit of theirs is. Borrowed; the same on every rank. */
struct fray_crowd {
  const struct fray_dataset *dataset; /* for group columns; NULL: there are none */
  const struct fray_clients *clients;
  const char *const *client_name; /* (clients) for messages, and for traces */
  const uint8_t *is_able;         /* (clients) 0: has nothing to train on */
  double epochs;                  /* local ones of a visit */
  double down, up;                /* bytes that a visit exchanges */
};

/** A client as the kinds see it, for one draw. */
struct fray_draw_of {
  uint64_t seed, source;
  uint32_t client;
  size_t round; /* from 1; where training is asynchronous, the visit's number among the client's */
};

/** Operations of a kind of reachability. A client is reachable in a round if a uniform number of
 *  (seed, client, round) is below its rate. */
struct fray_reach_ops {
  bool is_always; /* rate is not asked */
  /** Numbers of a kind that stay with a client: each (clients), zeros at first. NULL: none. */
  enum fray_status (*prepare)(const void *params, const struct fray_crowd *crowd,
                              struct fray_arena *arena, double *each, struct fray_err *err);
  /** Probability; above 1 it is taken for 1. each: what prepare has set for the client. */
  double (*rate)(const void *params, double each, const struct fray_draw_of *of);
  /** The highest of all rounds, unclipped. NULL: rate says it in any round. */
  double (*highest)(const void *params);
  /** Whether it is reachable, from whether it was in the round before, and a uniform number; the
   *  first round is by rate. NULL: rounds are independent. */
  bool (*next)(const void *params, bool was, double u);
};

/** Operations of a kind of clock. */
struct fray_clock_ops {
  bool is_timed;
  /** NULL: no state. */
  enum fray_status (*prepare)(const void *params, const struct fray_crowd *crowd,
                              struct fray_arena *arena, void **state, struct fray_err *err);
  /** Simulated seconds of a visit that does `work` of its steps, from the invitation until the
   *  server has its answer. */
  double (*seconds)(const void *state, const struct fray_draw_of *of, double work);
  /** False: there is no such visit, the client is not reachable then. NULL: there always is. */
  bool (*is_there)(const void *state, const struct fray_draw_of *of);
};

/** Probabilities of all clients. out (clients). INPUT: no such column, no such value. */
enum fray_status fray_group_rates(const struct fray_group_rate *config,
                                  const struct fray_crowd *crowd, const char *where,
                                  struct fray_arena *arena, double *out, struct fray_err *err);
/** Whether the map holds probabilities in [0, 1]. For checks of sections. */
enum fray_status fray_group_rate_check(const struct fray_group_rate *config, const char *where,
                                       struct fray_err *err);

/** The clients' values of a group column. Arena memory. INPUT, with `where` in front: no such
 * column, or a client whose samples have several values. */
enum fray_status fray_client_column(const struct fray_dataset *dataset,
                                    const struct fray_clients *clients,
                                    const char *const *client_name, const char *column,
                                    const char *where, struct fray_arena *arena,
                                    const struct fray_group **group, int32_t **code,
                                    struct fray_err *err);

/** Rounds of a federation in which not all come. base: whom the server would invite of those that
 *  are reachable; its `most` is how many the server wants; NULL: `wanted` of all, drawn. All
 *  borrowed; arena memory. Invites over_selection times as many and goes on with the first of them.
 *  O(clients) a round unless everybody is always reachable. */
enum fray_status fray_cohorts_simulated(const struct fray_availability_config *config,
                                        const struct fray_crowd *crowd,
                                        const struct fray_cohort_source *base, size_t wanted,
                                        struct fray_arena *arena, struct fray_cohort_source *out,
                                        struct fray_err *err);
/** Clients that are always at work, `busy` at a time: a round is a server update, after `arrivals`
 *  answers. Who has answered makes room for one that is drawn of the idle and reachable, itself
 *  among them, which gets the model of then. Ties of time: the lower client first. The schedule
 *  follows from durations alone. O(clients) for each answer, if more are there than are busy. */
enum fray_status fray_cohorts_busy(const struct fray_availability_config *config,
                                   const struct fray_crowd *crowd, size_t busy, size_t arrivals,
                                   struct fray_arena *arena, struct fray_cohort_source *out,
                                   struct fray_err *err);

#endif
