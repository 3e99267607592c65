/* Federation: the rounds of one trial, over all ranks of a communicator. */
#ifndef FRAY_FED_FEDERATION_H
#define FRAY_FED_FEDERATION_H

#include "fray/base/round_columns.h"
#include "fray/corrupt/corrupt.h"
#include "fray/fed/aggregate.h"
#include "fray/fed/attack.h"
#include "fray/fed/availability.h"
#include "fray/fed/client.h"
#include "fray/fed/client_store.h"
#include "fray/fed/compression.h"
#include "fray/fed/evaluate.h"
#include "fray/fed/missing.h"
#include "fray/fed/patience.h"
#include "fray/fed/privacy.h"
#include "fray/fed/secure.h"

#include <string.h>

enum { FRAY_MAX_METRICS = 16 };

/** Section `training.selection`: the round whose model is reported as `best`. */
struct fray_selection_config {
  struct fray_variant metric;
  int tie; /* enum: first, last */
};
/** Section `training.private`. */
struct fray_private_config {
  struct fray_strings blocks; /* beginnings of parameters' names */
  int keep;                   /* enum fray_keep */
};
extern const struct fray_table fray_private_table;

/** Section `training`. */
struct fray_training_config {
  int64_t rounds; /* at most, if `stop` has patience */
  struct fray_amount clients_per_round;
  const char *cohorts; /* CSV that replays who takes part; NULL: drawn */
  struct fray_availability_config availability;
  struct fray_local_config local;
  struct fray_server_config server;
  struct fray_private_config own;
  struct fray_aggregation_config aggregation;
  struct fray_attack_config attack;
  struct fray_compression_config compression;
  struct fray_secure_config secure;
  struct fray_privacy_config privacy;
  struct fray_missing_config missing;
  int on_nonfinite; /* enum: what an update that is not finite does */
  struct fray_selection_config selection;
  struct fray_stop_config stop;
};
/** The metric whose dev score ends training; only with patience. */
static inline const struct fray_choice *
fray_training_stop_metric(const struct fray_training_config *training) {
  return training->stop.metric ? fray_choice_find(&fray_metrics, training->stop.metric)
                               : training->selection.metric.choice;
}
static inline const struct fray_missing_ops *
fray_missing_of(const struct fray_training_config *training) {
  return training->missing.kind.choice->impl;
}
enum { FRAY_NONFINITE_END, FRAY_NONFINITE_EXCLUDE };
extern const struct fray_table fray_training_table;

/** Section `evaluate`. */
struct fray_evaluate_config {
  int64_t every;               /* rounds between evaluations; the last round always is */
  struct fray_strings metrics; /* the first is the main one */
  const char *target;          /* class that somebody wants answered, by name; NULL: not given */
  struct fray_strings groups;  /* columns; empty: none */
  bool save_ledger;            /* what damage did to each training sample, as a file to replay */
  bool save_scores;            /* probabilities of the test samples in results.h5 */
  int test;                    /* enum: every (evaluated round), selected (only a new best dev) */
  int models;                  /* enum: which of the trained models are kept */
  struct fray_judge_config judge; /* who answers where finished models are asked */
  double verify;                  /* share of the test clients that instruments may fit to */
};
enum { FRAY_TEST_EVERY, FRAY_TEST_SELECTED };
enum { FRAY_MODELS_KEEP, FRAY_MODELS_BEST, FRAY_MODELS_NONE };
extern const struct fray_table fray_evaluate_table;

/** True if one of the metrics to report, or `extra` (may be NULL), looks at scores. */
bool fray_evaluate_needs_scores(const struct fray_evaluate_config *config,
                                const struct fray_choice *extra);

/** A round: a field for each of FRAY_ROUND_COLUMNS, and the metrics. */
struct fray_round_row {
  size_t round; /* from 1 */
#define FRAY_ROUND_COUNT size_t
#define FRAY_ROUND_REAL double
#define FRAY_ROUND_FIELD(kind, name, unit, meaning, empty) FRAY_ROUND_##kind name;
  FRAY_ROUND_COLUMNS(FRAY_ROUND_FIELD)
#undef FRAY_ROUND_FIELD
#undef FRAY_ROUND_REAL
#undef FRAY_ROUND_COUNT
  bool evaluated, tested; /* dev, test columns hold values (which may be NaN) */
  bool ends;              /* no round follows; not kept, as those that are kept go on */
  double dev[FRAY_MAX_METRICS], test[FRAY_MAX_METRICS];
};

/** A column of a round, for those who handle them all alike. */
struct fray_round_column {
  const char *name;
  bool is_count;
  size_t offset; /* into struct fray_round_row */
};
#define FRAY_ROUND_ONE(kind, name, unit, meaning, empty) +1
enum { FRAY_N_ROUND_COLUMNS = 0 FRAY_ROUND_COLUMNS(FRAY_ROUND_ONE) };
#undef FRAY_ROUND_ONE
extern const struct fray_round_column fray_round_columns[FRAY_N_ROUND_COLUMNS];
/** The value of a column that is a count, or that is none. */
static inline size_t fray_round_count(const struct fray_round_row *row,
                                      const struct fray_round_column *column) {
  size_t value;
  memcpy(&value, (const char *)row + column->offset, sizeof value);
  return value;
}
static inline double fray_round_real(const struct fray_round_row *row,
                                     const struct fray_round_column *column) {
  double value;
  memcpy(&value, (const char *)row + column->offset, sizeof value);
  return value;
}

/** A federation between two rounds: all that the later rounds depend on, beside what the scenario
 *  gives. Draws are keyed by the round, and what clients keep lies in files that are named here, so
 *  this is small. Borrowed; the same on every rank. */
struct fray_federation_state {
  size_t total, n_server;           /* floats of the parameter vector; of the server's state */
  size_t n_number;                  /* numbers of the server's state */
  size_t round;                     /* rounds trained; one row for each */
  const float *w, *best;            /* (total) best: zeros if best_round is 0 */
  const float *server;              /* (n_server) */
  const double *number;             /* (n_number) */
  const struct fray_round_row *row; /* (round) */
  size_t best_round;
  double best_dev;
  struct fray_client_versions clients; /* n = 0 if the algorithm keeps nothing with them */
};

/** What is to happen between two rounds. */
enum fray_round_end { FRAY_ROUND_GO_ON, FRAY_ROUND_SAVE, FRAY_ROUND_SAVE_AND_STOP };

/** Who looks on while a federation trains. Functions may be NULL. */
struct fray_watch {
  void *user;
  /** Before this rank trains a client (its name), or answers a block of samples (NULL). Not
   *  collective, called often: it must be cheap. */
  void (*work)(void *user, size_t round, const char *client);
  /** Whether to give up the client at hand, where there is no round at whose end to save: asked
   *  before each visit of local-only training. Not collective, and cheap. What this rank has done
   *  of other clients is kept: it goes to the next `pause`, which it must not be without. */
  bool (*gives_up)(void *user);
  /** After each round, on every rank, with the same answer on all: it may be collective. */
  enum fray_round_end (*round)(void *user, const struct fray_round_row *row);
  /** True when this rank wants the others to meet it for `pause`. Not collective, and cheap: asked
   *  after each client of local-only training, which has no rounds. */
  bool (*wants_pause)(void *user);
  /** As `round`, at such a meeting, and at the last one, whose answer does not count. */
  enum fray_round_end (*pause)(void *user);
};
/** Says what this rank works on; watch may be NULL. */
static inline void fray_watch_work(const struct fray_watch *watch, size_t round,
                                   const char *client) {
  if (watch && watch->work)
    watch->work(watch->user, round, client);
}

/** Everything that one trial needs. Borrowed; the same on every rank. */
struct fray_federation {
  struct fray_comm *comm;
  const struct fray_dataset *dataset;
  struct fray_features *features;
  const struct fray_model *model;
  const struct fray_training_config *training;
  const struct fray_evaluate_config *evaluate;
  const struct fray_choice *const *metrics; /* (evaluate->metrics.n) */
  size_t target;                            /* see struct fray_scored */
  const double *class_weight;               /* (classes) see fray_objective; NULL: 1 */
  uint64_t seed;
  const float *start; /* (total of the model) weights to begin with; NULL: drawn from the seed */
  const struct fray_clients *clients;         /* after damage, which leaves some without samples */
  const char *const *client_name;             /* (clients) for messages */
  const struct fray_cohort_schedule *cohorts; /* NULL: drawn each round */
  const struct fray_cohort_source *source;    /* NULL: as `cohorts` says, or clients_per_round */
  const char *trial, *client_folder; /* name, and a folder of its own for what clients keep; NULL
                                        where the algorithm keeps nothing or nothing is saved */
  struct fray_samples dev, test;     /* what the rounds are judged on, as damage leaves it */
  /** Samples of the clients' own, for methods with models of their own: client c's are own_first[c]
   *  .. own_first[c + 1] - 1; its w is not used. NULL: none is asked. */
  const struct fray_evaluation_task *own;
  const size_t *own_first;                  /* (clients + 1) */
  const struct fray_federation_state *from; /* goes on from here; NULL: from the first round */
  const struct fray_watch *watch;           /* or NULL */
  /** Keeps the state when the watch says so; NULL: nothing is kept. On rank 0 only. */
  enum fray_status (*save)(void *keeper, const struct fray_federation_state *state,
                           struct fray_err *err);
  void *keeper;
};

/** What clipping met in the rounds of a trial: updates that counted; how many were longer than the
 * clip; their lengths before it, added up; the share that was clipped in the first round that had
 * an update, and in the last. */
enum {
  FRAY_CLIPPED_UPDATES,
  FRAY_CLIPPED_LONGER,
  FRAY_CLIPPED_LENGTH,
  FRAY_CLIPPED_FIRST,
  FRAY_CLIPPED_LAST,
  FRAY_CLIPPED_NUMBERS
};

/** What a trial leaves. Memory from the arena given to fray_federate. */
struct fray_outcome {
  bool diverged;
  size_t diverged_round, diverged_client;
  size_t rounds, n_rows; /* rounds trained; rows: one per round */
  struct fray_round_row *row;
  size_t best_round; /* 0: never evaluated */
  double best_dev;
  float *best, *last; /* (total) */
  size_t n_found;     /* of a method that finds something, unless it diverged */
  struct fray_found found[FRAY_MOST_FOUND];
  bool has_own;
  struct fray_answers own; /* of federation->own, each by the model of its client */
  /* Of trainings whose availability is simulated, else NULL. (clients) */
  uint32_t *visits;  /* rounds that a client trained in */
  double *trained;   /* samples that it trained on: those of a visit, times the share of its work */
  double *influence; /* (clients, FRAY_INFLUENCE_NUMBERS) NULL: by the weights of a mean */
  double *blocks;    /* (modalities, FRAY_BLOCK_NUMBERS) NULL: no rule judges blocks */
  uint8_t *is_attacker; /* (clients) NULL: nobody is */
  double *secure;       /* (FRAY_SECURE_NUMBERS) NULL: without secure aggregation */
  const struct fray_privacy_plan *privacy; /* NULL: updates are not clipped */
  double clipped[FRAY_CLIPPED_NUMBERS];    /* of its rounds so far */
};

/** What secure aggregation came to over all rounds, as counts: rounds; of these, lost, as too few
 *  sent; clients that shared keys; those that sent; bytes of keys and shares up; values of the sums
 *  that counted, and of these coordinates beyond the clip; values of masks that clients expanded,
 *  and that the server took off. */
enum {
  FRAY_SECURE_ROUNDS,
  FRAY_SECURE_LOST,
  FRAY_SECURE_KEYS,
  FRAY_SECURE_SENT,
  FRAY_SECURE_BYTES,
  FRAY_SECURE_VALUES,
  FRAY_SECURE_CLIPPED,
  FRAY_SECURE_EXPANDED,
  FRAY_SECURE_TAKEN_OFF,
  FRAY_SECURE_NUMBERS
};

/** What rules that look at single updates made of a client's: how many counted in a round; of
 * these, how many had no part of the result, and less than half of an equal one; their parts added
 * up, in equal parts (1: as much as if all had counted alike). */
enum {
  FRAY_INFLUENCE_UPDATES,
  FRAY_INFLUENCE_NONE,
  FRAY_INFLUENCE_HALF,
  FRAY_INFLUENCE_SUM,
  FRAY_INFLUENCE_NUMBERS
};

/** Of a modality's block that a rule judges among its holders: their updates that counted; of
 *  these, in rounds in which too few held it, so that it rested. */
enum { FRAY_BLOCK_UPDATES, FRAY_BLOCK_AT_REST, FRAY_BLOCK_NUMBERS };
/** Labelled samples of each client that have a modality: holds (clients, modalities), zeros so far.
 */
void fray_count_holders(const struct fray_clients *clients, size_t modalities, uint32_t *holds);
/** Whether a rule that judges blocks can ever judge that of each modality in rounds of at most
 * `most`; nothing where none does. INPUT: too few clients hold one, or the server's own samples
 * lack it. */
enum fray_status fray_federation_judges(const struct fray_training_config *training,
                                        const struct fray_roster *roster,
                                        const struct fray_dataset *dataset,
                                        const struct fray_clients *clients,
                                        const struct fray_param_table *table, size_t most,
                                        struct fray_arena *arena, struct fray_err *err);

/** Vectors of a checkpoint beside the model and the best one: the server's, and the models that
 *  clients are still at work on. */
size_t fray_federation_vectors(const struct fray_training_config *training, size_t clients);

/** Who takes part in the rounds of a trial, as its sections `training` and `server` say.
 * sent: what travels of the model (fray_own_blocks_sent). cohorts: what training.cohorts
 * names, or NULL. All borrowed; arena memory. INPUT: what the data do not have. */
enum fray_status
fray_federation_source(const struct fray_training_config *training,
                       const struct fray_dataset *dataset, const struct fray_clients *clients,
                       const char *const *client_name, const struct fray_cohort_schedule *cohorts,
                       struct fray_sent sent, uint64_t seed, struct fray_arena *arena,
                       struct fray_cohort_source *out, struct fray_err *err);

/** Bytes that a client sends, and is sent, with secure aggregation, where everybody of `clients`
 *  sends. up, down: as without it. */
void fray_federation_secure_bytes(const struct fray_training_config *training, size_t modalities,
                                  size_t parameters, size_t clients, double *down, double *up);
/** Values of 8 bytes of what it sends. */
double fray_federation_secure_length(const struct fray_training_config *training, size_t modalities,
                                     size_t parameters);

/** Numbers of a checkpoint: the server's, and who took part, where that cannot be drawn again. */
size_t fray_federation_numbers(const struct fray_training_config *training,
                               const struct fray_roster *roster);

/** What the clients' states are and where; without pieces if the algorithm keeps none. samples
 *  (clients): with a label, borrowed; NULL for an estimate. */
struct fray_store_config fray_federation_store(const struct fray_training_config *training,
                                               size_t clients, const uint32_t *samples,
                                               size_t total, const char *trial, const char *folder);

/** Whom the federation has, as its algorithm wants to know it. Arena memory; borrows the clients.
 *  INPUT: the algorithm asks for a group column that the data do not have, or of which a client
 *  with samples has several values: the message names both. */
enum fray_status fray_federation_roster(const struct fray_training_config *training,
                                        const struct fray_dataset *dataset,
                                        const struct fray_clients *clients,
                                        const char *const *client_name, struct fray_arena *arena,
                                        struct fray_roster *out, struct fray_err *err);

/** Who attacks: out (clients), 1 for those who do; NULL where nobody does. Draws are keyed by the
 *  seed and the clients' sources. Arena memory. INPUT: who names what the data do not have. */
enum fray_status fray_federation_attackers(const struct fray_training_config *training,
                                           const struct fray_dataset *dataset,
                                           const struct fray_clients *clients,
                                           const char *const *client_name, uint64_t seed,
                                           struct fray_arena *arena, uint8_t **out,
                                           struct fray_err *err);

/** What training.privacy, which must be on, comes to with so many clients. Finds the noise of a
 *  budget, which takes up to a second. Scratch is given back. INPUT, MEMORY. */
enum fray_status fray_federation_privacy(const struct fray_training_config *training,
                                         size_t clients, struct fray_arena *scratch,
                                         struct fray_privacy_plan *out, struct fray_err *err);
/** Chance of each of so many clients to be asked in a round: that of clients_per_round, which is
 * not rounded to whole clients. */
double fray_federation_rate(const struct fray_training_config *training, size_t clients);

/** What attackers train on, and what they change of the model. */
struct fray_poisoned {
  bool on; /* false: what they have */
  struct fray_samples
      data;     /* all clients' samples, in the place of clients->data; theirs changed */
  int modality; /* that whose blocks alone are attacked; FRAY_PARAM_SHARED: all */
};
/** is_attacker: as fray_federation_attackers has them, or NULL. The same on every rank. Arena
 * memory; borrows the clients. INPUT: the attack names what the data or the model do not have. */
enum fray_status fray_federation_poison(const struct fray_training_config *training,
                                        const struct fray_dataset *dataset,
                                        const struct fray_clients *clients,
                                        const char *const *client_name,
                                        const struct fray_model *model, const uint8_t *is_attacker,
                                        uint64_t seed, struct fray_arena *arena,
                                        struct fray_poisoned *out, struct fray_err *err);

/** Whether the algorithm fits the model; what of it has no effect is told, a sentence each. cohort:
 *  clients of a round at most. INPUT: the model has no representation where one is compared. */
enum fray_status fray_federation_fits(const struct fray_training_config *training,
                                      const struct fray_roster *roster,
                                      const struct fray_model *model, size_t cohort,
                                      void (*tell)(void *user, const char *words), void *user,
                                      struct fray_err *err);
/** Bytes that a rank needs for the products of updates which the algorithm asks for, of a model of
 * so many parameters in so many tensors: for as long as a trial lasts, and, in *round, while a
 * round takes them. 0 where it never does. */
double fray_products_bytes(const struct fray_training_config *training, double parameters,
                           double tensors, double members, int ranks, double *round);
/** Whether clients end with models of their own. */
bool fray_training_has_own_models(const struct fray_training_config *training);

struct fray_range {
  size_t offset, n;
};
/** The private blocks of a model. */
struct fray_own_blocks {
  size_t n, floats;         /* floats: of all ranges */
  struct fray_range *range; /* (n) ascending */
};
/** Finds training.private in a model; n is 0 without it. INPUT: a name that none of the parameters
 *  begins with, or nothing is left to share. Arena memory. */
enum fray_status fray_own_blocks_find(const struct fray_training_config *training,
                                      const struct fray_param_table *table,
                                      struct fray_arena *arena, struct fray_own_blocks *out,
                                      struct fray_err *err);
/** Parameters of a vector that travels: without padding and private blocks. */
struct fray_sent fray_own_blocks_sent(const struct fray_own_blocks *own,
                                      const struct fray_param_table *table);
/** Whether a tensor is private. */
bool fray_own_blocks_have(const struct fray_own_blocks *own, const struct fray_param *tensor);
/** to = from in the private blocks; x = 0 there. (total) each. */
void fray_own_blocks_copy(const struct fray_own_blocks *own, const float *from, float *to);
void fray_own_blocks_clear(const struct fray_own_blocks *own, float *x);

/** Builds the clients of a partition as damage left them: dropped samples go, unlabelled ones come
 *  behind the others.
 * damage: of the training population in partition order. Arena memory; borrows the partition.
 */
enum fray_status fray_clients_build(const struct fray_partition *partition,
                                    const struct fray_damage *damage, size_t n_classes,
                                    struct fray_arena *arena, struct fray_clients *out,
                                    struct fray_err *err);

/** Trains a model for all rounds or until patience ends, or goes on from a state; then outcome and
 * later states are the same to the bit as if it had never stopped. Divergence is an outcome, not an
 * error. STOPPED after the state was saved, when the watch says so; INTERNAL if the state is none
 * of this model. Collective. */
enum fray_status fray_federate(const struct fray_federation *federation, struct fray_arena *arena,
                               struct fray_outcome *out, struct fray_err *err);

#endif
