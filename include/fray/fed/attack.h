/* Attacks on a federation: clients that send other updates than those that they trained, or that
 * train on other data than those they have. One to a file (attacks.def). The former act after local
 * training and before anything looks at the updates, so the rule under attack, the bytes and the
 * costs are those of honest clients. The latter change samples before the first round, and the
 * attacker's program is honest: whatever the algorithm does with samples, it does with these. */
#ifndef FRAY_FED_ATTACK_H
#define FRAY_FED_ATTACK_H

#include "fray/base/arena.h"
#include "fray/comm/comm.h"
#include "fray/fed/aggregate.h"
#include "fray/nn/params.h"
#include "fray/schema/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fray_clients;
struct fray_dataset;
struct fray_samples;

/** Whose data are poisoned: all clients' samples, as damage left them. Borrowed. */
struct fray_poison {
  const struct fray_dataset *dataset;
  const struct fray_clients *clients;
  const char *const *client_name;
  const uint8_t *is_attacker; /* (clients) */
  uint64_t seed;              /* of the trial */
};

/** One attacker in one round. */
struct fray_own_attack {
  uint64_t seed, source; /* source: keys the client's random streams */
  size_t round;          /* from 1 */
  size_t total;
  const float *w;                        /* (total) the model received */
  const float *const *state;             /* (ops->vectors)(total) */
  double weight;                         /* of its update among all, as the algorithm has it */
  const struct fray_param_table *params; /* of the model; NULL where ops->modality is */
  int modality;                          /* the block that ops->modality names */
};
/** What is known of a round in which all attackers send one vector. */
struct fray_joint_attack {
  size_t n, f; /* updates that count; of attackers. n - f, at least 1, are honest */
  /** (width, width) inner products of the honest updates, in the order of their clients, and behind
   *  them of: their mean and the direction (SHIFT), or the attack's vectors (MIX). */
  size_t width;
  const double *gram;
};

enum fray_attack_form {
  FRAY_ATTACK_OWN,   /* each by itself */
  FRAY_ATTACK_SHIFT, /* all send the honest mean + length x direction */
  FRAY_ATTACK_MIX    /* all send a mix of the honest updates */
};

/** A search along a line: `start`, then steps of `delta` that double while the result gets worse,
 * then shrink by `ratio`; the best of so many trials. */
struct fray_search {
  double start, delta, ratio;
  size_t trials;
};

struct fray_attack_ops {
  enum fray_attack_form form;
  /** Vectors that attackers keep between rounds, zeros at first, in checkpoints. */
  size_t (*vectors)(const void *params);
  /** What attackers train on, once, before the first round: changes `data`, the list of all
   * clients' samples with a label of its own, label (data->n); samples of honest clients stay, and
   * so does who has a label. What is put in its place lies in the arena. The same on every rank.
   * NULL: they train on what they have. INPUT, MEMORY. */
  enum fray_status (*poison)(const void *params, const struct fray_poison *of,
                             struct fray_samples *data, int32_t *label, struct fray_arena *arena,
                             struct fray_err *err);
  /** Whether it is asked with these keys. NULL: wherever it is there. */
  bool (*poisons)(const void *params);
  /** OWN: whether updates are changed with these keys. NULL: where there is `own`. */
  bool (*sends)(const void *params);
  /** OWN: whether `own` goes by the weight in the mean with these keys, which says nothing where
   * one answer at a time moves the model. NULL: no. */
  bool (*replaces)(const void *params);
  /** The class that attackers want answered, by name. NULL: none. */
  const char *(*target)(const void *params);
  /** The modality on whose block of the model alone the attack acts. NULL: all of the model. */
  const char *(*modality)(const void *params);
  /** OWN: changes what it had trained, update (total). */
  void (*own)(const void *params, const struct fray_own_attack *of, float *update);
  /** SHIFT: the direction from the mean and the deviation (n - 1; zeros of one update) of the
   * honest updates, coordinate by coordinate; length of the mean. */
  void (*direction)(const void *params, size_t n, const float *mean, const float *deviation,
                    double length, float *out);
  /** SHIFT: how far. Not called where searches says that the rule is asked. */
  double (*shift)(const void *params, const struct fray_joint_attack *of);
  /** SHIFT: true if the length that moves the rule's result farthest from the honest mean is looked
   *  for, and how. NULL: never. */
  bool (*searches)(const void *params, struct fray_search *search);
  /** MIX: weight (width) of the vector sent, and, where it keeps vectors, what they are now: new
   *  (vectors, width). Both zeros so far. */
  enum fray_status (*mix)(const void *params, const struct fray_joint_attack *of, size_t round,
                          double *weight, double *new, struct fray_arena *scratch,
                          struct fray_err *err);
  /** OWN: after all have sent. NULL: vectors stay. */
  void (*keep)(const void *params, size_t total, const float *w, float *const *state);
};
extern const struct fray_choices fray_attacks; /* attacks.def */

/** Section `training.attack`. */
struct fray_attack_config {
  struct fray_variant kind;
  const struct fray_node *who; /* NULL: nobody */
  int per_round;               /* enum fray_attackers_per_round */
};
enum fray_attackers_per_round { FRAY_ATTACKERS_SAMPLED, FRAY_ATTACKERS_FIXED };
extern const struct fray_table fray_attack_table;

/** True if somebody may attack. */
bool fray_attack_is_on(const struct fray_attack_config *config);
/** True if what somebody sends may be another update than the one that it trained. */
bool fray_attack_sends(const struct fray_attack_config *config);
/** True if somebody may train on other samples than those it has. */
bool fray_attack_poisons(const struct fray_attack_config *config);
/** Name of the class that attackers want answered, whoever attacks; NULL: none. */
const char *fray_attack_target(const struct fray_attack_config *config);
/** Name of the modality on whose block alone it acts; NULL: all of the model. */
const char *fray_attack_modality(const struct fray_attack_config *config);
/** Vectors that the attackers of a scenario keep. */
size_t fray_attack_vectors(const struct fray_attack_config *config);

/** A round under attack. Borrowed. */
struct fray_attack_round {
  uint64_t seed;
  size_t round;
  const float *w;                                    /* (total) the model sent */
  const uint64_t *source;                            /* (members) of each member's client */
  const uint8_t *is_attacker;                        /* (members) */
  float *const *state;                               /* (vectors)(total) */
  const struct fray_aggregation_config *aggregation; /* for those that know the rule */
  const struct fray_aggregation_round *about;        /* likewise */
  const struct fray_param_table *params; /* of the model, for those of one modality; or NULL */
  int modality;                          /* index of that which fray_attack_modality names */
};

/** Replaces the attackers' updates, where they are, by what they send. update (mine)(total): those
 *  of this rank, in the members' order; the same vectors as updates->update. The same on any ranks.
 *  Where nobody is honest, attacks that need honest updates send nothing (zeros). What is sent is
 *  finite, within 1e30. Workspace: a few
 *  vectors, and the honest updates cut by coordinate (fray_attack_bytes). Collective. */
enum fray_status fray_attack(struct fray_comm *comm, const struct fray_attack_config *config,
                             const struct fray_attack_round *round,
                             const struct fray_updates *updates, float *const *update,
                             struct fray_arena *arena, struct fray_err *err);
/** Bytes that a rank keeps of the samples that attackers train on, of so many of the clients and of
 *  the data set. */
double fray_poison_bytes(const struct fray_attack_config *config, double samples, double all,
                         double modalities);
/** Bytes that a rank needs for it. */
double fray_attack_bytes(const struct fray_attack_config *config, double total, double members,
                         int ranks);

#endif
