/* Algorithms of a federation: what a client does beside descending its loss, what is exchanged
 * beside the model, and how the server moves it. One method to a file (algorithms.def).
 *
 * All counts 0 and all hooks NULL but `step` is FedAvg, and costs nothing where a client trains. */
#ifndef FRAY_FED_ALGORITHM_H
#define FRAY_FED_ALGORITHM_H

#include "fray/base/arena.h"
#include "fray/data/samples.h"
#include "fray/model/model.h"
#include "fray/nn/optimiser.h"
#include "fray/schema/schema.h"
#include "fray/schema/volume.h"

#include <stdbool.h>
#include <stddef.h>

struct fray_trainer;
struct fray_training_config;

/** One client at work in one round: what it was given, and what it gives back. Vectors have `total`
 *  floats, as the model's parameters; padding between tensors is 0 in all of them and must stay 0.
 *  Borrowed by the hooks. */
struct fray_visit {
  /* Given. */
  const struct fray_variant *algorithm; /* NULL: plain training, with no hook */
  const struct fray_local_config *local;
  uint64_t source, seed; /* source: keys the client's random streams */
  uint32_t client;       /* index in the roster, for what `server` has of it */
  size_t round;          /* from 1; it keys them too */
  struct fray_samples
      data;              /* those with a label first; `begin` may put another list in its place */
  double work;           /* share of the steps that it makes, in (0, 1] */
  const uint32_t *order; /* (epochs, n_labelled) replaces the drawn order; or NULL */
  const int32_t *truth;  /* by sample of the data set: labels before damage, for what a method
                            reports and nothing else; NULL: nobody knows */
  size_t total;
  const float *global;  /* the model received */
  const float *initial; /* the model before the first round; only with ops->personal, else NULL */
  bool came;            /* it took part before, so `kept` is what it left then */
  const float *const *down; /* (ops->down) what came with it */
  const double *server;     /* (ops->server_numbers) numbers that came with it */
  float *const *kept;       /* (ops->client_vectors) what this client left last; zeros at first */
  float *kept_samples; /* (samples with a label, ops->sample_floats) likewise, of each of them */
  float *const *up;    /* (1 + ops->up) what goes back; up[0] is the update w - global */
  uint64_t *touched;   /* (fray_touched_words) where up[0] may differ from 0, before the visit and
                          after it; NULL: nobody asks, and nothing is known of it */
  const struct fray_touched *rows; /* of the training under way: outside of its lines w is global
                                      and grad is 0; NULL: nothing is known */
  bool again;     /* global is that of the trainer's last visit, and unchanged since */
  double *number; /* (fray_client_numbers) that go with it; zeros at first */
  /* Of the training under way. */
  size_t step, steps;       /* optimiser steps made; to be made */
  size_t given;             /* samples with a label, before `begin` */
  const uint32_t *position; /* in `data`, of the batch at hand */
  const uint8_t *teaches;   /* of the batch at hand: which samples move the model; `objective` sets
                               it where not all do; NULL: all */
  float *w, *grad;
  struct fray_trainer *trainer;
  void *own; /* what `begin` left for the other hooks, from the visit's arena; NULL at first */
};

/** Mean gradient of the client's loss over all its samples with a label, at the weights w, in
 *  batches of their order, dropout as in training. out: must be none of visit->grad and w. For
 *  `begin` and `end`. */
enum fray_status fray_visit_gradient(struct fray_visit *visit, const float *w, float *out,
                                     struct fray_err *err);

/** Mean of the scenario's loss over all the client's samples with a label, at the weights w,
 * without dropout. As fray_visit_gradient, but for visit->grad, which stays. */
enum fray_status fray_visit_loss(struct fray_visit *visit, const float *w, double *out,
                                 struct fray_err *err);
/** Probabilities of the classes at the weights w, without dropout and with the damage of no epoch:
 *  p (n, classes), of n samples of visit->data from the first on. As fray_visit_loss. */
enum fray_status fray_visit_probabilities(struct fray_visit *visit, const float *w, size_t first,
                                          size_t n, float *p, struct fray_err *err);
/** Trains other weights w (total) as the visit trains its own: the same batches, dropout and number
 *  of steps, an optimiser of its own, with `gradient` (or NULL) as the only hook. *finite: false if
 *  it diverged. For `end`; visit->w and visit->step are afterwards as they were. */
enum fray_status fray_visit_train(struct fray_visit *visit, float *w,
                                  void (*gradient)(const void *params, struct fray_visit *visit),
                                  bool *finite, struct fray_err *err);

/** Memory for `begin`, `objective` and `end`; what begin takes stays until the visit is over. */
struct fray_arena *fray_visit_arena(struct fray_visit *visit);

/** What is known of a visit when its weight is asked for. */
struct fray_visit_facts {
  size_t samples, steps; /* with a label, if `begin` gave it; optimiser steps made */
  double loss;           /* mean over the batches, by size */
};

/** A round as the server sees it. */
struct fray_server_round {
  size_t round;   /* from 1 */
  size_t updates; /* that the means are of; 0: nobody's, and the means are zeros */
  size_t clients; /* of the federation, whether they ever take part or not */
  size_t groups;  /* of the roster */
  size_t classes;
  double local_lr;
  uint64_t seed;  /* of the trial */
  double *number; /* the server's numbers; see ops->server_numbers */
  /* With ops->products, NULL elsewhere: inner products of the updates of all members. */
  size_t parts;          /* 1, or the tensors of the model */
  const double *product; /* (parts, updates, updates) */
};
/** Squared distance of two updates in a part of the parameters; not below 0, which rounding could
 *  lead to. a, b: places among the members. */
static inline double fray_update_distance2(const struct fray_server_round *round, size_t part,
                                           size_t a, size_t b) {
  const size_t n = round->updates;
  const double *p = round->product + part * n * n;
  const double square = p[a * n + a] + p[b * n + b] - 2 * p[a * n + b];
  return square > 0 ? square : 0;
}

/** Which inner products of updates a method wants: none, over all parameters, or over those of each
 *  tensor. */
enum fray_products { FRAY_PRODUCTS_NONE, FRAY_PRODUCTS_WHOLE, FRAY_PRODUCTS_BY_TENSOR };

/** Whom a federation has, for what a server keeps of clients or groups. Borrowed. */
struct fray_roster {
  size_t clients, groups;
  const int32_t *group;    /* (clients) of the column that ops->group names; NULL without one */
  bool has_server;         /* ops->server_client named one: */
  uint32_t server;         /* its index; it takes part in no round */
  bool has_root;           /* the aggregation rule named one: */
  uint32_t root;           /* likewise */
  const uint32_t *samples; /* (clients) with a label */
  size_t cohort;           /* clients that a round asks for */
  size_t modalities;       /* of the data */
};

/** A member of a round whose update counts, as every rank knows it. */
struct fray_member {
  uint32_t client;       /* index in the roster */
  int32_t group;         /* its group, -1 without a column */
  size_t samples, steps; /* see struct fray_visit_facts */
  double loss;
  size_t staleness;     /* server updates since it received its model; 0 but where asynchronous */
  const double *number; /* (fray_client_numbers) that it sent */
};

/** What a method found of the data, against what is true of them: counts. */
struct fray_found {
  const char *of; /* "samples", "clients", or "labels": called: given anew, right: truly */
  double seen;    /* that it judged */
  double wrong;   /* of these, whose labels damage changed */
  double called;  /* that it called noisy */
  double right;   /* of these, that are wrong */
};
enum { FRAY_MOST_FOUND = 3 };

/** What a client's own model is made of. Borrowed. */
struct fray_own_model {
  const struct fray_param_table *table;
  const float *global, *initial; /* (total) after the last round; before the first */
  float *const *kept;            /* (ops->client_vectors) zeros if it never came */
  bool came;                     /* it took part */
};

enum { FRAY_ALGORITHM_VECTORS = 8 }; /* of a round's means, and of the server's state, at most */

struct fray_algorithm_ops {
  /** For people, docs/algorithms.md: what happens in a round, w the received model, w_k client k's
   *  after training, D_k = w_k - w; when to take the method, and when not. */
  const char *formula, *use, *avoid;
  /** Vectors of the server's state, zeros at first, kept in checkpoints; the first `down` of them
   *  are sent with the model. */
  unsigned server_vectors, down;
  /** The first `models` of them are models: each begins as another draw of the initial weights. */
  unsigned models;
  /** Vectors that a client sends beside its update. */
  unsigned up;
  /** Vectors that a client keeps from one round in which it takes part to the next. */
  unsigned client_vectors;
  /** Floats that a client keeps likewise of each of its samples with a label, in the order of
   *  visit->data: a label or a loss, say. */
  unsigned sample_floats;
  /** Numbers that a client sends beside its update (visit->number), which all ranks learn. One that
   *  is not finite spoils the update as much as a weight that is not. Needs `weigh`. */
  unsigned numbers;
  /** Numbers for each class that follow them: as many of the first class, of the second ... */
  unsigned numbers_per_class;
  /** Numbers of the server's state, kept in checkpoints; NULL: none. Zeros unless `start` sets
   *  them. */
  size_t (*server_numbers)(const void *params, const struct fray_roster *roster);
  /** The server's state before the first round, where zeros are not right; padding of the vectors
   *  (n floats each) may be set as well, but must not move w's. NULL: zeros. */
  void (*start)(const void *params, const struct fray_roster *roster, size_t n, float *const *state,
                double *number);
  /** The group column whose values part the clients; NULL: no column. Each client must have one
   *  value of it. */
  const char *(*group)(const void *params);
  /** What its hooks do beside passes through the model, with its default keys: vectors of the
   *  model's length that they read or write, in a step of a client, in a visit, and in a step of
   *  the server beyond fedavg's. `fray bench` measures so much arithmetic beside a round. */
  struct {
    unsigned step, visit, server;
    unsigned losses;     /* softmaxes of a batch in a step, beyond the one of its loss */
    unsigned cosines;    /* of each sample's representation with another, and their slopes */
    unsigned neighbours; /* searched for each sample, by its answers, after a visit */
  } touches;
  /** Its further passes are those of a second training; else they are forward passes. */
  bool trains_twice;
  /** Name of a client whose labelled samples are the server's own: it is never invited, and after
   *  each round the global model is trained on them as plain clients train, before it is judged.
   *  NULL, or NULL returned: the server has none. */
  const char *(*server_client)(const void *params);
  /** With client_vectors or sample_floats: offset in the parameters of an int, enum fray_keep, that
   * says where. */
  size_t keep;
  /** The gradient is changed where a batch gave none too (a modality that no sample of it has): the
   *  blocks of such modalities, which rest otherwise, are moved like the others. */
  bool every_block;
  /** Clients without any labelled sample take part as well; `begin` gives them something to do. */
  bool needs_unlabelled;
  /** Every client takes part in every round: other cohorts are refused. */
  bool needs_everybody;
  /** It compares representations, the vectors that the head sees: a model without parameters below
   *  its head has none that it learns, and is refused. */
  bool needs_representation;

  /** Answers after which the server is moved, where it does not wait for a cohort: clients are at
   *  work all the time, and a round is one move. NULL: there are cohorts. Needs simulated time;
   *  neither up, client_vectors nor sample_floats. */
  size_t (*arrivals)(const void *params);
  /** The update is the distance to the model of now, not to that received. With arrivals. */
  bool from_present;

  /** Who may be asked in a round: sets welcome[c] of each client to 1 or 0, by the server's numbers
   *  of before it; the cohort is drawn of these, fewer if they are fewer. NULL: everybody. No file
   *  names cohorts then. The same on every rank. */
  void (*welcome)(const void *params, const struct fray_server_round *round, uint8_t *welcome);

  /** What does not go together with this method; NULL: anything does. INPUT: the message names the
   *  keys, without their place. */
  enum fray_status (*check)(const void *params, const struct fray_training_config *training,
                            struct fray_err *err);
  /** Words (size bytes) that say what of the method has no effect with these keys and this
   *  federation, whose rounds have `cohort` clients at most; false: nothing. NULL: never. */
  bool (*idle)(const void *params, const struct fray_training_config *training,
               const struct fray_roster *roster, size_t cohort, char *words, size_t size);
  /** Weight of an update, before weights are divided by their sum; >= 0. NULL: its samples. */
  double (*weight)(const void *params, const struct fray_visit_facts *facts);
  /** Once a round, on every rank, before `weigh`, if any update counts: changes round->number by
   *  what the members say, n >= 1 in the order of their clients. What it takes from the arena is
   *  gone afterwards. With `weigh`. NULL: nothing. */
  enum fray_status (*told)(const void *params, const struct fray_server_round *round, size_t n,
                           const struct fray_member *member, struct fray_arena *arena,
                           struct fray_err *err);
  /** Which products of updates `weigh` gets in a round, after `told`; round NULL: the most that it
   *  ever asks for, NONE < WHOLE < BY_TENSOR. They cost an exchange of all updates, and room for
   *  them. With `weigh`. NULL: none. */
  enum fray_products (*products)(const void *params, const struct fray_server_round *round);
  /** What the method found, by the server's numbers after the last round: fills out
   *  (FRAY_MOST_FOUND), returns how many. NULL: it finds nothing. */
  size_t (*found)(const void *params, const double *number, struct fray_found *out);
  /** How the same volume of data is trained on without the method's choice; NULL: the method drops
   *  and adds nothing. */
  struct fray_volume (*volume)(const void *params);
  /** Weights of all updates that count at once, where one depends on the others; taken as they
   *  stand, whatever their sum, any finite number. member (n): in the order of their clients, n >=
   *  1. May change round->number. The same on every rank. NULL: by `weight`. */
  void (*weigh)(const void *params, const struct fray_server_round *round, size_t n,
                const struct fray_member *member, double *weight);
  /** What of single clients the server looks at, in words ("the loss of each client"): it cannot go
   *  with a server that sees sums alone (training.secure_aggregation), and is refused there. NULL:
   * at nothing but sums; then, if there is `weigh`, `sums` says how. */
  const char *singles;
  /** With `weigh`, the same from sums alone: n numbers are added up beside the weighted updates. */
  struct {
    unsigned n;
    /** Weight, 0 or more, that a client gives its own update, by what it and everybody knows;
     * number (n): what it adds to the sums. */
    double (*weight)(const void *params, const struct fray_server_round *round,
                     const struct fray_member *self, double *number);
    /** By what the sum of the weighted updates is multiplied; weights: the sum of the weights,
     * number (n): the sums. May change round->number. The same on every rank. */
    double (*scale)(const void *params, const struct fray_server_round *round, double weights,
                    const double *number);
  } sums;
  /** What the server makes of its numbers when a round is over, whoever came: changes
   *  round->number. After `weigh`, before `step`. scratch: of this call. The same on every rank.
   *  NULL: nothing. MEMORY. */
  enum fray_status (*review)(const void *params, const struct fray_server_round *round,
                             struct fray_arena *scratch, struct fray_err *err);
  /** After the forward pass and the scenario's own loss: may change the loss and its gradients by
   *  the logits, dlogits (n, classes), and by the fused vectors, dfused (n, width), zeros so far.
   */
  enum fray_status (*objective)(const void *params, struct fray_visit *visit,
                                const struct fray_batch *batch, const struct fray_forward *forward,
                                double *loss, float *dlogits, float *dfused, struct fray_err *err);
  /** Before the first step: may change visit->w, visit->data and what is kept. */
  enum fray_status (*begin)(const void *params, struct fray_visit *visit, struct fray_err *err);
  /** After each backward pass: changes visit->grad, before it is clipped and the optimiser adds
   *  weight decay and momentum. */
  void (*gradient)(const void *params, struct fray_visit *visit);
  /** `gradient` only pulls w back to global (fray_pull_back): it is 0 where w was not moved. */
  bool pulls;
  /** After each optimiser step: changes visit->w. For what must not enter the optimiser's state. */
  void (*stepped)(const void *params, struct fray_visit *visit);
  /** After the last step, if all is finite: sets up[1 ..] and the new state in kept. up[0] is set.
   */
  enum fray_status (*end)(const void *params, struct fray_visit *visit, struct fray_err *err);
  /** After what goes up was coded: changes the numbers that are of up[0], now what the server gets,
   * not what was trained. Only with compression. NULL: none is. */
  void (*coded)(const void *params, struct fray_visit *visit);
  /** The client's own model, w (total), which is judged on its own samples after the last round;
   *  NULL: clients have none. Needs client_vectors. */
  void (*personal)(const void *params, const struct fray_own_model *of, float *w);
  /** Moves w. mean[0] is the aggregated update, mean[1 + k] the weighted mean of up[1 + k]. n:
   *  floats. The same on every rank, each on its own copy. Never NULL. */
  void (*step)(const void *params, const struct fray_server_round *round, size_t n,
               const float *const *mean, float *w, float *const *state);
};

/** Answers that a round waits for where training is asynchronous; 0: it is not. */
static inline size_t fray_algorithm_arrivals(const struct fray_variant *algorithm) {
  const struct fray_algorithm_ops *ops = algorithm->choice->impl;
  return ops->arrivals ? ops->arrivals(algorithm->params) : 0;
}

/** Numbers that a client sends. */
static inline size_t fray_client_numbers(const struct fray_algorithm_ops *ops, size_t classes) {
  return ops->numbers + ops->numbers_per_class * classes;
}

/** The most products that a method ever asks for. */
static inline enum fray_products fray_most_products(const struct fray_variant *algorithm) {
  const struct fray_algorithm_ops *ops = algorithm->choice->impl;
  return ops->products ? ops->products(algorithm->params, NULL) : FRAY_PRODUCTS_NONE;
}

/** Numbers of the server's state. */
static inline size_t fray_server_numbers(const struct fray_variant *algorithm,
                                         const struct fray_roster *roster) {
  const struct fray_algorithm_ops *ops = algorithm->choice->impl;
  return ops->server_numbers ? ops->server_numbers(algorithm->params, roster) : 0;
}

/** Where the state of clients is kept between rounds. */
enum fray_keep { FRAY_KEEP_MEMORY, FRAY_KEEP_DISK };
/** The row of a stateful method's table that asks for it; MEMBER: an int. */
#define FRAY_KEEP_FIELD(STRUCT, MEMBER)                                                            \
  FRAY_FIELD(ENUM, "keep", STRUCT, MEMBER, .names = fray_keep_names, .def_text = "memory",         \
             .help =                                                                               \
                 "where the clients' state is between rounds: in the memory of the ranks, or "     \
                 "on the disk, one file a client that ever took part; the numbers are the same")
extern const char *const fray_keep_names[];
enum fray_keep fray_keep_of(const struct fray_variant *algorithm);

/** Section `training.server`. */
struct fray_server_config {
  struct fray_variant algorithm;
};
extern const struct fray_table fray_server_table;
extern const struct fray_choices fray_algorithms; /* algorithms.def */

static inline const struct fray_algorithm_ops *
fray_algorithm_of(const struct fray_server_config *config) {
  return config->algorithm.choice->impl;
}

#endif
