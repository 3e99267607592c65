/* A trial: the data that stay open for it, its name, its training and judging. */
#ifndef FRAY_STUDY_TRIAL_TRIAL_H
#define FRAY_STUDY_TRIAL_TRIAL_H

#include "fray/results/trial_file.h"
#include "fray/study/study.h"

/** What an entry of `corruption` hits with the first seed; units as in struct fray_realised. */
struct fray_outlook_hit {
  double nominal; /* NaN: it has no strength */
  bool trains, tests, devs;
  size_t train_eligible, train_hit, test_eligible, test_hit, dev_eligible, dev_hit;
};
/** How far damage moves values, as struct fray_distance says: means over the first damaged ones of
 * each modality, and over all of these. NaN: no raw value is damaged. */
struct fray_signal_move {
  double raw, features;
  struct fray_distance of[FRAY_MAX_MODALITIES]; /* by modality of the outlook */
};
/** Nothing was damaged. */
struct fray_signal_move fray_no_move(void);
/** What a cell will do, as its first seed shows. */
struct fray_outlook {
  size_t clients, able;          /* federated clients; those with a usable training sample */
  size_t least, most;            /* clients a round */
  bool simulated;                /* who takes part; what follows is of the rounds looked at */
  size_t attackers, most_attack; /* clients that attack; of the rounds looked at, the most of one */
  size_t outnumbered;            /* rounds with more of them than the rule takes */
  size_t lost;                   /* rounds in which too few send for a secure sum */
  const struct fray_privacy_plan *privacy; /* NULL: updates are not clipped */
  struct fray_epsilons epsilon;            /* of all rounds, with privacy */
  size_t busy;                   /* clients at work at a time, where training is asynchronous */
  size_t looked, empty;          /* rounds; of them, without anybody */
  double invited, came, seconds; /* means of a round; seconds NaN: time is not simulated */
  size_t train, usable;          /* training samples; those that damage leaves, with a label */
  size_t held;                   /* further ones, which `membership` holds out of training */
  double attacked;               /* bytes that measuring the attacks takes on a rank, from above */
  size_t largest;                /* usable samples of one client */
  struct fray_outlook_hit *hit;  /* (entries) */
  size_t n_modalities;           /* of the data; their names */
  const char *modality[FRAY_MAX_MODALITIES];
  struct fray_signal_move moved;            /* in training */
  struct fray_signal_move *condition_moved; /* (conditions) NULL unless of cell 0 */
  double *condition;                        /* (conditions) realised rates; NULL unless of cell 0 */
  double *asked; /* likewise, those that the laws of the entries ask for; NaN: none */
};
/** The operations of a model's matrix products for one sample of the longest length. */
struct fray_model_size {
  size_t parameters;                    /* floats of the parameter vector */
  double pass;                          /* forward: encoded and classified once */
  double classify;                      /* of these, those that each further condition costs */
  double modality[FRAY_MAX_MODALITIES]; /* encoded alone */
  bool by_rows; /* it has a tensor of which a batch names few rows (fray/nn/params.h) */
};

enum { FRAY_KEPT_PARTITIONS = 32 };
/** A partition that stays open. */
struct fray_kept_partition {
  char *key; /* emitted section; NULL: an empty place */
  uint64_t seed, used;
  struct fray_partition *partition;
};

/** The host on which ranks have least room, the same on all ranks. */
struct fray_fullest_host {
  int hosts, ranks; /* how many there are; ranks of this one. 0: not looked up */
  double limit;     /* bytes that all processes there may hold together; INFINITY: unknown */
  char name[64];    /* cut off where it is longer */
  bool warned;
};

/** What a trial works on; kept from trial to trial while its keys stay the same. */
struct fray_session {
  struct fray_comm *comm;
  const struct fray_node *data; /* section of what is open; NULL: nothing is */
  char *data_key;               /* the same as text, without its partition */
  bool warned;                  /* of classes that a split lacks; once is enough */
  double memory; /* bytes that this rank may hold, INFINITY if unknown; 0: not yet looked up */
  struct fray_fullest_host host;
  struct fray_dataset *dataset;
  struct fray_features *features;
  struct fray_kept_partition kept[FRAY_KEPT_PARTITIONS]; /* of this data set */
  uint64_t uses;                                         /* of partitions; orders `used` */
  char *model_key; /* emitted section `model` of the last measured one */
  struct fray_model_size model_size;
};
/** Opens the data of a cell, unless they are open. Collective. */
enum fray_status fray_session_open(struct fray_session *session, const struct fray_cell *cell,
                                   struct fray_err *err);
void fray_session_close(struct fray_session *session);
/** What one session has open goes over to another, which has nothing open: ranks that opened data
 *  together go on in teams without opening them again. Each keeps its communicator. */
void fray_session_hand_over(struct fray_session *from, struct fray_session *to);
/** The partition of a cell's data for a seed: kept from an earlier call or made. Owned by the
 *  session, at most until the next call. session holds the data of the cell. As
 *  fray_partition_make otherwise. */
enum fray_status fray_session_partition(struct fray_session *session, const struct fray_cell *cell,
                                        uint64_t seed, const struct fray_partition **out,
                                        struct fray_err *err);
/** Puts where the scenario has a key in front of what is wrong with it, if that is wrong input and
 * the key was given. Returns the error's status. */
enum fray_status fray_cell_at(const struct fray_cell *cell, const char *path, struct fray_err *err);
/** Likewise by the key that the text begins with, if it does and the scenario has it. */
enum fray_status fray_cell_locate(const struct fray_cell *cell, struct fray_err *err);
/** Checks a cell against the data: modalities, groups, model. *model to be freed. */
enum fray_status fray_cell_model(const struct fray_cell *cell, const struct fray_session *session,
                                 struct fray_model **model, struct fray_err *err);

/** Passes one sample of zeros through a model of zeros. session holds the data of the cell. */
enum fray_status fray_model_measure(const struct fray_cell *cell,
                                    const struct fray_session *session, struct fray_model_size *out,
                                    struct fray_err *err);
/** The same, kept for the other trials of the cell. */
enum fray_status fray_session_model_size(struct fray_session *session, const struct fray_cell *cell,
                                         struct fray_model_size *out, struct fray_err *err);

/** Adds what controls need the data for, once: their conditions to every cell, and their cells and
 *  trials behind the ordinary ones. Opens the data of each cell. Collective. */
enum fray_status fray_study_add_controls(struct fray_study *study, struct fray_session *session,
                                         struct fray_err *err);

/** Name of a trial: hash of the frozen cell, data and seeds. Independent of paths and ranks, and of
 *  what is only measured on the finished model (unless the sweep or a method sets it). */
enum fray_status fray_trial_name(const struct fray_study *study, const struct fray_trial *trial,
                                 struct fray_session *session, char name[17], struct fray_err *err);
/** Name of what a cell measures on its finished models: hash of `tests`, groups and what is saved.
 */
enum fray_status fray_evaluation_name(const struct fray_cell *cell, char name[17],
                                      struct fray_err *err);
/** What tells answers of one judge from those of another; 0: of the largest logit. */
uint64_t fray_judge_key(const struct fray_cell *cell);
/** Prepares a trial (partition, damage, conditions, model) and drops it again: every check that
 * input can fail. Fills left of its cell. Collective where features learn of the training set. */
enum fray_status fray_trial_validate(struct fray_study *study, const struct fray_trial *trial,
                                     struct fray_session *session, struct fray_err *err);
/** Labels and held modalities of samples, undamaged, into the arena; borrows sample (n). MEMORY. */
enum fray_status fray_trial_list_samples(const struct fray_dataset *d, const uint32_t *sample,
                                         size_t n, struct fray_arena *arena,
                                         struct fray_samples *out, struct fray_err *err);
/** Runs one trial over the session's ranks, from its checkpoint if there is one. Their rank 0 fills
 * the part (its name and evaluation are given) and writes it, the models and the ledger, and
 * removes the checkpoint. STOPPED when the watch (may be NULL) says so. Collective. */
enum fray_status fray_trial_run(const struct fray_study *study, const struct fray_trial *trial,
                                struct fray_session *session, const char *folder,
                                const struct fray_watch *watch, struct fray_trial_file *part,
                                struct fray_err *err);
/** Evaluates a finished trial anew, without training: judges its kept models and replaces its part.
 *  What training gave is taken from the old part. As fray_trial_run otherwise. INPUT when part or
 *  models are not what training left; when the clean scores are not what they were (values of the
 *  shards changed), it fails as well. Collective. */
enum fray_status fray_trial_evaluate(const struct fray_study *study, const struct fray_trial *trial,
                                     struct fray_session *session, const char *folder,
                                     const struct fray_watch *watch, struct fray_trial_file *part,
                                     struct fray_err *err);
/** INPUT unless fray_trial_evaluate will find what it needs. Not collective; rank 0. */
enum fray_status fray_trial_check_kept(const struct fray_study *study,
                                       const struct fray_trial *trial, struct fray_session *session,
                                       const char *folder, const char *name, struct fray_err *err);

#endif
