/* What the files of the driver share: a trial under way, with rounds or without. */
#ifndef FED_DRIVER_RUN_H
#define FED_DRIVER_RUN_H

#include "fray/fed/aggregate.h"
#include "fray/fed/client_store.h"
#include "fray/fed/cohort.h"
#include "fray/fed/federation.h"

/** What every training of a trial needs of its rank. */
struct core {
  const struct fray_federation *f;
  struct fray_trainer trainer;
  size_t total;           /* floats of the parameter vector */
  struct fray_arena work; /* of a round, or of a client */
  /* Scratch of core_assign, for `most` members. */
  int *host;
  size_t *cost;
  uint64_t *load; /* (ranks) */
  struct fray_draw *by_cost;
};
/** config: of the local training, borrowed. most: members that are shared out at once. w (total):
 * set to the initial weights. Memory from keep, which outlives the core. */
enum fray_status core_start(struct core *core, const struct fray_federation *f,
                            const struct fray_local_config *config, size_t most,
                            struct fray_arena *keep, float **w, struct fray_err *err);
void core_end(struct core *core);
/** Gives members to ranks by core->cost (n): core->host (n), the same on all ranks. */
void core_assign(struct core *core, size_t n);
/** Does what the watch wants between two steps of a trial: nothing, save, or save and stop
 *  (STOPPED, with the words). save (NULL: nothing is kept) on rank 0 only. Collective unless answer
 *  is FRAY_ROUND_GO_ON. */
enum fray_status core_obey(struct core *core, enum fray_round_end answer,
                           enum fray_status (*save)(void *user, struct fray_err *err), void *user,
                           const char *words, struct fray_err *err);

/** The members of a round: those who were invited and come back. One entry each, the same on all
 * ranks but where it says `mine`. Room for all that may be invited is made at the start: a rank
 * that lacked memory within a round would leave the others waiting in its exchanges. */
struct members {
  size_t n, mine;                     /* mine: hosted here */
  size_t asked;                       /* that the source lists, whether they come back or not */
  const struct fray_invitation **who; /* (n) */
  uint32_t *client;
  double *loss, *done, *taught, *values, *weight; /* (n) one behind the other, to be shared at once:
                                   sum of batch loss x size; 1 + operations of its passes through
                                   the model, below 0 where something of it is not finite; what
                                   moved it, as in struct fray_client_result; before they are
                                   divided by their sum */
  double *facts;         /* (n, FACTS + n_said) behind them, of methods that weigh all at once */
  uint8_t *kept;         /* (n) its update counts */
  const float *received; /* the model of the last one that trained here */
};
/** Updates that count, with their weights; those of this rank closed up in the order of run's
 * buffers. Room as for members. */
struct counted {
  size_t members, mine, samples;
  int *host;
  struct fray_member *member; /* (members) of methods that weigh all at once */
  double *all;                /* (members) their weights */
  const float **update;       /* (vectors x mine) those of one vector side by side */
  const uint64_t **touched;   /* (mine) where the first of them may differ from 0 */
  double *weight;             /* (mine) */
};

/** A trial with rounds. */
struct run {
  struct core core;
  const struct fray_algorithm_ops *ops;
  struct fray_arena *keep, answers; /* answers: of one evaluation */
  float *w;                         /* (total) the model */
  float *initial;                   /* (total) before the first round; NULL if nobody asks */
  struct fray_own_blocks own;       /* what clients keep for themselves */
  float *received; /* (total) the model with a client's own blocks; NULL without such */
  float **mean;    /* (1 + ops->up)(total) of the round at hand */
  size_t n_server; /* the server's vectors: of the algorithm, and one of a rule that remembers */
  float **state;   /* (n_server + source.kept)(total), one behind the
                      other: the server's, and models of earlier rounds */
  size_t n_said;   /* numbers of the algorithm that a client sends */
  float *root;     /* (total) the update of the rule's own samples; NULL without such */
  size_t n_number;
  double *number; /* (n_number) the server's numbers */
  /* Of products of updates; n_parts 0 without them. */
  size_t n_parts;
  size_t *part_end; /* (n_parts) in the parameter vector */
  double *product;  /* (n_parts, most, most) */
  double *share;    /* (most) of the result, of the updates that count; NULL with a plain mean */
  /* Of attackers; NULL without them. */
  uint8_t *is_attacker;    /* (clients) */
  uint8_t *attacks;        /* (most) of the updates that count */
  uint64_t *attack_source; /* (most) */
  struct fray_poisoned poisoned;
  struct fray_roster roster;
  struct fray_cohort_source source;
  struct fray_invitation *invited; /* (source.most) */
  struct members members;          /* of the round at hand */
  struct counted counted;
  struct fray_client_store *store; /* NULL: clients keep nothing */
  float *const *kept; /* (ops->client_vectors, one of private blocks, one of what coding left
                         out)(total) of the client at work; behind them what it keeps by sample; the
                         store's */
  float *coding;      /* (parameters) scratch of a coder, with `travels`; NULL without one */
  uint8_t *travels;   /* (tensors) whether the coder of the client at work sees it */
  uint8_t *welcome;   /* (clients) whom the method wants in the round at hand; NULL: everybody */
  float **update;     /* (hosted x (1 + ops->up))(total), grown as needed */
  uint64_t **touched; /* (hosted x (1 + ops->up)) of each buffer, where it may differ from 0; NULL:
                         no tensor is by rows */
  size_t n_update;
  int64_t *confusion;
  bool scores;                  /* a metric of the rounds looks at them */
  struct fray_kept_codes codes; /* of dev and test samples */
  /* Of block-wise averaging; NULL without it. */
  uint32_t *holds; /* (clients, modalities) labelled samples that have the modality */
  double **block;  /* (1 + modalities)(most) weights of this rank's updates; [0]: shared */
  bool *rests;     /* (modalities) nobody of the round at hand holds it, or too few */
  uint8_t *held; /* (most, modalities) by updates that count; NULL but where a rule judges blocks */
  double *even;  /* (most) as in struct fray_judgement; likewise */
  struct fray_outcome *out; /* where visits are counted */
  /* Of prototypes; n_sums 0 without them. */
  size_t n_sums;
  float *sums, **sum, *sum_all; /* (most, n_sums) of the clients at work here; those that count;
                                   their sum over all ranks */
  double *ones;                 /* (most) */
  /* Of client-level privacy; NULL without it. */
  struct fray_privacy_plan *privacy;
  size_t n_spans;
  struct fray_span *span; /* (n_spans) tensors that travel */
  double *length;         /* (most) of the updates that count, before the clip */
  double *clipped;        /* (FRAY_CLIPPED_NUMBERS) among `number` */
  struct fray_patience patience;
  size_t stop_metric; /* in the dev columns of a row; only with patience */
  bool is_over;       /* patience has ended */
};

/** What a member tells of its visit before the numbers of its algorithm. */
enum { FACT_SAMPLES, FACT_STEPS, FACT_LOSS, FACTS };

/** The model that a client had received. */
static inline float *run_received(const struct run *run, const struct fray_invitation *who) {
  return who->received == FRAY_PRESENT ? run->w : run->state[run->n_server + who->received - 1];
}

/** What the client at work keeps by sample; NULL: nothing. */
static inline float *run_kept_samples(const struct run *run) {
  const struct fray_compression_config *compression = &run->core.f->training->compression;
  return run->ops->sample_floats ? run->kept[run->ops->client_vectors + (run->own.n > 0) +
                                             fray_compression_keeps(compression)]
                                 : NULL;
}

/** Counts who took part in so many rounds before; where a method chooses among clients, as a
 *  checkpoint says, to whose numbers run_note_visits adds the counts. */
void run_recount(struct run *run, size_t rounds);
void run_note_visits(struct run *run);
/** A round up to the means that the server takes. keep: where the model of before it goes then, as
 *  in struct fray_gathering. Sets the row's training columns and how many
 *  updates the server has; out->diverged if an update was not finite and that ends the trial.
 * Collective. */
enum fray_status run_cohort(struct run *run, size_t round, struct fray_round_row *row,
                            struct fray_server_round *server, size_t *keep,
                            struct fray_outcome *out, struct fray_err *err);
/** Lets each client's own model answer its own samples, if there are such. Collective. */
enum fray_status run_own_models(struct run *run, struct fray_outcome *out, struct fray_err *err);

/** Room for coding updates; nothing without a coder. */
enum fray_status run_prepare_coding(struct run *run, struct fray_err *err);
/** Makes of the update of a client at work here, visit->up[0] as seen from the model that it
 * received, what the server gets of it, and keeps what was left out in run->kept. False: it is not
 * finite. Nothing without a coder. */
bool run_code_update(struct run *run, struct fray_visit *visit);
/** Sends what attackers put in the place of their updates through the coder as well, where they are
 *  hosted. They keep nothing of what it leaves out. */
void run_code_attacks(struct run *run, size_t round);
/** Parameters that a client, an index in the roster, and the server exchange of one vector. client
 *  below 0: nobody knows who it is, so it is taken to hold everything. */
struct fray_sent run_parameters_sent(const struct run *run, int64_t client);
/** Samples of a client in a block; block 0 is what all share. With block-wise averaging. */
double run_samples_of(const struct run *run, uint32_t client, size_t block);
/** Refuses rounds whose secure sum could overflow; nothing without secure aggregation. INPUT. */
enum fray_status run_prepare_secure(struct run *run, struct fray_err *err);
/** Values of 8 bytes that a client sends; clients of the round that must have sent. */
double run_secure_length(const struct run *run);
size_t run_secure_threshold(const struct run *run);
/** The means of the updates that count, from sums alone, with weights that clients know themselves;
 *  under client-level privacy what is released of the sum of the clipped updates.
 *  counts: false if too few sent for their sum to be unmasked; the means are then not set.
 * Workspace from run->core.work: fray_secure_memory. Collective. */
enum fray_status run_secure_sum(struct run *run, struct fray_server_round *server, bool *counts,
                                struct fray_err *err);
/** How many of the members send: those whose update is finite; under client-level privacy all,
 * zeros if it is not, as nobody's turn may hang on data. */
size_t run_secure_sent(const struct run *run);
/** Counts a round in which so many sent, with so many coordinates beyond the clip. For run_cohort,
 *  of a round that nobody came to. */
void run_count_secure(struct run *run, size_t sent, size_t clipped);

/** Room for block-wise averaging, and who holds what; nothing without it. */
enum fray_status run_prepare_blocks(struct run *run, struct fray_err *err);
/** Who holds what of the updates that count; with r->held. Good until the next round. */
struct fray_held run_held(struct run *run);
/** Counts the blocks that were judged, and that rest; with r->held. */
void run_note_blocks(struct run *run);
/** Keeps what the rule gave, for the round after; before (total). */
void run_remember(struct run *run, float *before);
/** The mean of the updates that count, block by block. Collective. */
enum fray_status run_average_blocks(struct run *run, const struct fray_updates *updates,
                                    struct fray_err *err);
/** Trains the model on the samples of the server's own, which there must be; out->diverged if that
 *  is not finite, unless such updates are left out. Every rank does it, to the same bytes. Adds to
 * row->flops. */
enum fray_status run_train_server(struct run *run, struct fray_round_row *row,
                                  struct fray_outcome *out, struct fray_err *err);
/** Counts what each update that counted had of the result, run->share. */
void run_note_influence(struct run *run);
/** Replaces the updates of attackers that count; nothing without them. Sets row->attackers.
 *  Collective. */
enum fray_status run_attack(struct run *run, size_t round, const struct fray_updates *updates,
                            const struct fray_aggregation_round *about, struct fray_round_row *row,
                            struct fray_err *err);
/** Whether client-level privacy goes with the other keys: epsilon counts rounds of a certain kind.
 *  INPUT: the reason. Fine where it is off. */
enum fray_status run_check_privacy(const struct fray_training_config *config, struct fray_err *err);
/** Room for private rounds, and what their noise is; nothing without them. */
enum fray_status run_prepare_privacy(struct run *run, struct fray_err *err);
/** Clips the updates that count, in place, and counts them. Collective. */
enum fray_status run_clip(struct run *run, struct fray_err *err);
/** run->mean[0]: the sum of the clipped updates and noise, by the cohort that is expected; of
 * nobody as well. Collective. */
enum fray_status run_private_mean(struct run *run, size_t round, struct fray_server_round *server,
                                  struct fray_err *err);
/** As run_private_mean, of the sum of the clipped updates on the grid of privacy, (total) the same
 *  on every rank. */
void run_release(struct run *run, struct fray_server_round *server, const int64_t *sum);
/** Room for inner products of updates; nothing where the algorithm never asks for them. */
enum fray_status run_prepare_products(struct run *run, struct fray_err *err);
/** The products that the algorithm asks for in this round, of the updates that count: sets
 *  server->parts and server->product. Collective. */
enum fray_status run_take_products(struct run *run, const struct fray_updates *updates,
                                   struct fray_server_round *server, struct fray_err *err);
/** Trains the received model on the samples that the aggregation rule trusts, which there must be,
 * to r->root. As run_train_server; an update that is not finite and ends nothing is zeros. */
enum fray_status run_train_root(struct run *run, struct fray_round_row *row,
                                struct fray_outcome *out, struct fray_err *err);
/** Room for the sums of prototypes; nothing where the model has none. */
enum fray_status run_prepare_prototypes(struct run *run, struct fray_err *err);
/** Where the member that this rank trains next writes its sums. NULL without prototypes. */
float *run_prototype_sums(struct run *run);
/** The model's prototypes from all whose update counts. After the server's step. Collective. */
enum fray_status run_take_prototypes(struct run *run, struct fray_err *err);
/** The server's step; blocks that rest keep their values and the server's state of them. */
void run_step(struct run *run, const struct fray_server_round *server);

/** What the round at hand costs, once its members have trained: sets the row's last columns. */
void run_count_costs(const struct run *run, struct fray_round_row *row);

/** Judges the model on dev and, if asked for, test; keeps it if it is the best. Collective. */
enum fray_status run_evaluate(struct run *run, struct fray_round_row *row, struct fray_outcome *out,
                              struct fray_err *err);

#endif
