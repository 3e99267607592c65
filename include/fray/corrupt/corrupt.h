/* Corruption: damage that is a property of the sample, by a reproducible plan.
 *
 * Draws are keyed by (corruption seed, corruption id, source of the sample or client, modality),
 * never by round, rank, partition or the order of samples. Kinds with a rate nest: damaged at .2 is
 * damaged at .3. Entries act in order, each on what the ones before it left; a sample that an entry
 * dropped takes no part in the later ones. */
#ifndef FRAY_CORRUPT_CORRUPT_H
#define FRAY_CORRUPT_CORRUPT_H

#include "fray/base/arena.h"
#include "fray/base/rng.h"
#include "fray/data/dataset.h"
#include "fray/data/partition.h"
#include "fray/schema/schema.h"

/** What one stage (the training samples, or the test samples) looks like. Borrowed. */
struct fray_population {
  const struct fray_dataset *dataset;
  const struct fray_partition *partition; /* for FedMultimodal's replay columns; else may be NULL */
  size_t n;                               /* samples */
  const uint32_t *sample;                 /* (n) index into the data set */
  const uint32_t *client;                 /* (n) federated client; test: natural client */
  size_t n_clients;
  const uint64_t *client_source; /* (clients) */
  const char *const *client_name;
  bool train;
};

/** State of every sample of a population; corruptions change it in order. Starts from the data. */
struct fray_damage {
  size_t n;
  uint8_t *present; /* (n) bit m: modality m is there */
  int32_t *label;   /* (n) what training sees; FRAY_UNLABELLED; multi-label: 0 if labelled */
  uint8_t *labels;  /* (n, classes) 0 or 1 where labelled, if multi-label; else NULL */
  uint8_t *dropped; /* (n) takes no part (training only) */
};

/** What really happened, per entry of the plan; memory from the arena given to apply.
 *  Units are samples x modalities for modality kinds, labelled samples for label kinds (label_noise
 *  of multi-label data: labelled samples x classes); for replay those of what its record changes,
 *  over all samples, since a record does not hold whom it spared. Eligible are those inside
 * `who` that were there when the entry's turn came. */
struct fray_realised {
  const char *id, *kind;
  double nominal;  /* NaN if the kind has no rate */
  size_t eligible; /* units that it could hit */
  size_t hit;      /* that it did; after `protect` */
  double rate;     /* hit / eligible; NaN if nothing was eligible */
  size_t n_clients;
  uint32_t *client_eligible, *client_hit; /* (clients) */
};

/** One entry of `corruption:` or `tests:`. */
struct fray_corruption_config {
  const char *id; /* NULL: the kind; see fray_corruption_id */
  struct fray_variant kind;
  int at;                         /* enum below; AUTO: see fray_corruption_at */
  struct fray_strings modalities; /* empty: all */
  const struct fray_node *who; /* fraction of clients, or {group: value | [values]}; all if NULL */
};
enum { FRAY_AT_TRAIN, FRAY_AT_TEST, FRAY_AT_BOTH, FRAY_AT_AUTO };
/** Its check refuses labels at test, keys that the kind does not use, contradicting keys. */
extern const struct fray_table fray_corruption_table;
extern const struct fray_choices fray_corruptions; /* corruptions.def */

/** The id, by default the kind's name. */
const char *fray_corruption_id(const struct fray_corruption_config *entry);
/** TRAIN, TEST or BOTH; auto means train for labels, compat and a partition's columns, else both.
 */
int fray_corruption_at(const struct fray_corruption_config *entry);
/** INPUT if two of n ids are equal or hash alike (their draws would be the same). */
enum fray_status fray_corruption_ids_check(const struct fray_corruption_config *const *entries,
                                           size_t n, struct fray_err *err);
/** True if the kind can be applied at test time (labels cannot). */
bool fray_corruption_fits_test(const struct fray_choice *kind);
/** Its key for the strength ("rate", "severity"), or NULL. */
const char *fray_corruption_strength(const struct fray_choice *kind);
/** Value of that key; NaN if the kind, or the model that it was told to use, has none. */
double fray_corruption_nominal(const struct fray_corruption_config *entry);
/** What an entry declares of two strengths a < b with the same seed: SET: what is damaged at a is
 *  damaged at b; VALUE: and in the same way (the same wrong label). 0: nothing. */
enum { FRAY_NESTS_SET = 1, FRAY_NESTS_VALUE = 2 };
unsigned fray_corruption_nests(const struct fray_corruption_config *entry);

/** Fills damage from the data: what the shards hold, nothing dropped. MEMORY. */
enum fray_status fray_damage_start(const struct fray_population *population,
                                   struct fray_arena *arena, struct fray_damage *out,
                                   struct fray_err *err);
/** Applies n entries in order (those whose `at` fits the population's stage). realised: (n),
 * entries of the other stage have eligible 0 and rate NaN. INPUT: unknown modality, group or group
 * value, a matrix of the wrong size, a kind that does not fit multi-label data, a ledger that does
 * not fit. After an error damage may be half changed. O(n (modalities + log n)). */
enum fray_status fray_corrupt(const struct fray_corruption_config *const *entries, size_t n,
                              const struct fray_population *population, uint64_t seed,
                              struct fray_arena *arena, struct fray_damage *damage,
                              struct fray_realised *realised, struct fray_err *err);

#endif
