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
#include "fray/schema/volume.h"

struct fray_signal;
/** Reads the undamaged value of a sample into arena memory. */
typedef enum fray_status fray_value_reader(const void *user, size_t sample, size_t modality,
                                           struct fray_arena *arena, struct fray_signal *out,
                                           struct fray_err *err);

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
  bool train;              /* else they are judged: nothing is dropped, labels are true */
  fray_value_reader *read; /* NULL: the shards'; else for values that are made up */
  const void *user;        /* its first argument; the shards' takes the data set */
  bool dev;                /* of those: what rounds are chosen by, not the test */
};

/** State of every sample of a population; corruptions change it in order. Starts from the data. */
struct fray_damage {
  size_t n;
  uint8_t *present; /* (n) bit m: modality m is there */
  int32_t *label;   /* (n) what training sees; FRAY_UNLABELLED; multi-label: 0 if labelled */
  uint8_t *labels;  /* (n, classes) 0 or 1 where labelled, if multi-label; else NULL */
  uint8_t *dropped; /* (n) takes no part (training only) */
  struct fray_signal_plan *signal; /* which raw values are damaged, and by what; NULL: none */
  int16_t *lure; /* (n, modalities) the class that whoever believes the value says, of those that a
                    kind with `lures` hits, or would hit at a neutral strength; -1: none. NULL: no
                    entry lures */
};

/** What really happened, per entry of the plan; memory from the arena given to apply.
 *  Units are samples x modalities for modality kinds, labelled samples for label kinds (label_noise
 *  of multi-label data: labelled samples x classes); for replay those of what its record changes,
 *  over all samples, since a record does not hold whom it spared. Eligible are those inside
 * `who` that were there when the entry's turn came. */
struct fray_realised {
  const char *id, *kind;
  double
      nominal;     /* the strength that was asked for; NaN if the kind has none. Where that is a
                      rate:  the mean over the eligible units of the chance that the law gives each */
  size_t eligible; /* units that it could hit */
  size_t hit;      /* that it did; after `protect` */
  double rate;     /* hit / eligible; NaN if nothing was eligible */
  size_t n_clients;
  uint32_t *client_eligible, *client_hit; /* (clients) */
};

/** One entry of `corruption:` or `tests:`. What several kinds ask for lies here, once; the table of
 * a kind says by a row (FRAY_ENTRY, src/corrupt/scope/scope.h) that it uses it. */
struct fray_corruption_config {
  const char *id;    /* NULL: the kind; see fray_corruption_id */
  const char *title; /* NULL: not given; for the report alone */
  struct fray_variant kind;
  double rate;                /* share of the units that are hit; NaN: not given */
  int unit, draw;             /* enums below: what is hit at once; how many are hit */
  int redraw;                 /* enum below: when a damaged value gets new random numbers */
  int if_hit;                 /* enum below: what becomes of a training sample that it hits */
  int64_t severity;           /* 0 (clean) to 5 in the table of the kind; INT64_MIN: not given */
  const char *table;          /* name of the published table; NULL: that of the modality's shape */
  const char *severity_table; /* path of a table in its place; fray/corrupt/severity_table.h */
  const char *per; /* "client": one set of random numbers for all its samples; NULL: each its own */
  int at;          /* enum below; AUTO: see fray_corruption_at */
  struct fray_strings modalities; /* empty: all */
  const struct fray_node *who;    /* fraction of clients, {group: value | [values]} or {clients:
                                     [names]}; all if NULL */
  const char *with;               /* id of the entry whose samples it hits; NULL: its own */
};
enum fray_unit { FRAY_UNIT_SAMPLE, FRAY_UNIT_CLIENT };
enum { FRAY_DRAW_BERNOULLI, FRAY_DRAW_EXACT, FRAY_DRAW_K_OF_M };
enum { FRAY_REDRAW_NEVER, FRAY_REDRAW_EPOCH };
enum { FRAY_IF_HIT_KEEP, FRAY_IF_HIT_DROP };
enum { FRAY_AT_TRAIN, FRAY_AT_TEST, FRAY_AT_BOTH, FRAY_AT_AUTO, FRAY_AT_DEV };
/** Its check refuses labels at test, keys that the kind does not use, contradicting keys. */
extern const struct fray_table fray_corruption_table;
extern const struct fray_choices fray_corruptions; /* corruptions.def */

/** The id, by default the kind's name. */
const char *fray_corruption_id(const struct fray_corruption_config *entry);
/** TRAIN, TEST, BOTH or DEV; auto means train for labels, compat and a partition's columns, else
 * both. */
int fray_corruption_at(const struct fray_corruption_config *entry);
/** True if the entry acts on the samples that at (TRAIN, TEST or DEV) means. BOTH leaves dev alone.
 */
bool fray_corruption_acts(const struct fray_corruption_config *entry, int at);
/** INPUT if two of n ids are equal or hash alike (their draws would be the same), or if `with`
 * names no entry before its own, one without draws, or one that does not act on all of its samples.
 */
enum fray_status fray_corruption_ids_check(const struct fray_corruption_config *const *entries,
                                           size_t n, struct fray_err *err);
/** True if the kind can be applied at test time (labels cannot). */
bool fray_corruption_fits_test(const struct fray_choice *kind);
/** True if it may change raw values, so that their features are others. */
bool fray_corruption_moves_values(const struct fray_choice *kind);
/** True if a first scenario offers it, by severity: any modality that it damages will do. */
bool fray_corruption_is_usual(const struct fray_choice *kind);
/** True if what it hits is gone: a modality at strength 1 is taken away entirely. */
bool fray_corruption_removes(const struct fray_choice *kind);
/** The kind that takes modalities away, as controls ask for it: by rate and modalities. */
const struct fray_choice *fray_corruption_remover(void);
/** True if the kind damages raw values of modalities of this kind, or does not care for kinds. */
bool fray_corruption_fits_modality(const struct fray_choice *kind,
                                   enum fray_modality_kind modality);

/** What the kind does, in a reader's words: "%s lost", "wrong labels"; %s, if it is there, stands
 * for the modalities. */
const char *fray_corruption_words(const struct fray_choice *kind);
/** The same without the modalities, as it stands before a strength: "lost", "wrong labels". */
const char *fray_corruption_brief(const struct fray_choice *kind);
/** The seven ways in which something can be wrong with an input, whatever its medium. A search for
 * weak places spreads its first guesses over them, and what fails is told by them. 0: undeclared,
 * which no kind of the list is. */
enum fray_category {
  FRAY_CATEGORY_ABSENCE = 1,   /* a value, or a part of it, is not there */
  FRAY_CATEGORY_NOISE,         /* something is added that is about nothing */
  FRAY_CATEGORY_CHANNEL,       /* what devices, light, rooms, codes and ways of writing do to all */
  FRAY_CATEGORY_GEOMETRY,      /* pose in space, order and pace in time */
  FRAY_CATEGORY_CONTRADICTION, /* it is whole, and belongs to something else */
  FRAY_CATEGORY_PAYLOAD,       /* put there by somebody who wants an answer */
  FRAY_CATEGORY_AVAILABILITY   /* it comes late, or not again */
};
/** Name of the category, "absence"; NULL beyond the last. */
const char *fray_category_name(enum fray_category category);
/** What it is, one sentence without a stop. */
const char *fray_category_meaning(enum fray_category category);
/** That of a kind. */
enum fray_category fray_corruption_category(const struct fray_choice *kind);
/** Greatest strength, without its sign, at which whoever looks still sees the class that a value
 * had: INFINITY: at any. Below 0: at none, as of a mirror, of what belongs to something else, or of
 * what somebody put there who wants an answer. An error beyond it is no error of the model. */
double fray_corruption_class_limit(const struct fray_choice *kind);
/** True of contradictions and payloads, which put something of another class into a value that
 * stays as good as ever: to most questions an unfair one, and to "who is hijacked?" the only fair
 * one. */
bool fray_corruption_meddles(const struct fray_choice *kind);
/** Its key that names the class which the damage is to be answered with; NULL: it has none. */
const char *fray_corruption_target_key(const struct fray_choice *kind);
/** A key beside the strength that whoever searches may turn. Its range is what it is in the table
 * of severities, of which it is the further parameter `column` (from 1); or, column 0, from low to
 * high, where the damage is one of the same severity all along. */
struct fray_turn {
  const char *key;
  unsigned column;
  double low, high;
};
enum { FRAY_TURNS = 7 }; /* of one kind, at most */
/** The n of a kind. Static storage. */
const struct fray_turn *fray_corruption_turns(const struct fray_choice *kind, size_t *n);
/** How many severities the kind knows by a published table: 5, or 0, and then its strength alone
 * says how much. */
size_t fray_corruption_severities(const struct fray_choice *kind);
/** True if the kind can be aimed at test by its keys alone: it fits the test, and repeats no file.
 */
bool fray_corruption_is_technique(const struct fray_choice *kind);

/** True if the kind damages raw values, when they are read; else it changes the population. */
bool fray_corruption_damages_signals(const struct fray_choice *kind);

/** A key that says how strong a kind is. SNR falls, a rate grows, a frequency has no order. */
struct fray_strength {
  const char *key; /* NULL: the kind has none */
  const char *unit;
  double none; /* the neutral value, at which it changes nothing; may be infinite; NaN: there is
                  none */
  int worse;   /* +1: more is worse, -1: less is, 0: there is no order */
};
/** What a kind declares of its own strength. */
struct fray_strength fray_corruption_strength(const struct fray_choice *kind);
/** What is known of any key of a kind: its strength, or rate or severity where it uses them; else
 * the key without an order and without a neutral value. key: borrowed. */
struct fray_strength fray_corruption_key(const struct fray_choice *kind, const char *key);
/** The same of an entry: where it has other rates beside its own (`rate_by`), no rate leaves the
 * data as they are. */
struct fray_strength fray_corruption_key_of(const struct fray_corruption_config *entry,
                                            const char *key);
/** Key of an entry that holds rates beside its own strength, which stay when that is turned down;
 * NULL: none is above 0. */
const char *fray_corruption_exceptions(const struct fray_corruption_config *entry);
/** True if a severity says how strong the entry is. */
bool fray_corruption_by_severity(const struct fray_corruption_config *entry);
/** The key that says how strong this entry is: the kind's own, or severity where that is given. */
struct fray_strength fray_corruption_measure(const struct fray_corruption_config *entry);
/** Its value; NaN if the kind, or the model that it was told to use, has none. */
double fray_corruption_nominal(const struct fray_corruption_config *entry);
/** True if samples that the kind hits have no label afterwards, and stay: a method may use them. */
bool fray_corruption_unlabels(const struct fray_choice *kind);
/** True if the kind takes data away, so that an entry may have a volume. */
bool fray_corruption_has_volume(const struct fray_choice *kind);
/** How training looks from which as much is gone as the entry takes, but whole samples; key NULL:
 *  it takes nothing, or whole samples already. */
struct fray_volume fray_corruption_volume(const struct fray_corruption_config *entry);
/** True if the model should encode what the entry took as zeros, unless the scenario says
 * otherwise; asked of an entry as it is written, before it was read. */
bool fray_corruption_encodes_zeros(const struct fray_node *entry);
/** Key of an entry, as it is written, that lacks a map from each class to the one that it is most
 *  easily taken for, which whoever knows a model may fill in; NULL: none. */
const char *fray_corruption_confusion(const struct fray_node *entry);
/** What an entry declares of two strengths a < b with the same seed: SET: what is damaged at a is
 *  damaged at b; VALUE: and in the same way (the same wrong label). 0: nothing. */
enum { FRAY_NESTS_SET = 1, FRAY_NESTS_VALUE = 2 };
unsigned fray_corruption_nests(const struct fray_corruption_config *entry);

/** Fills damage from the data: what the shards hold, nothing dropped, no signal damaged. MEMORY. */
enum fray_status fray_damage_start(const struct fray_population *population,
                                   struct fray_arena *arena, struct fray_damage *out,
                                   struct fray_err *err);
/** Applies n entries in order (those whose `at` fits the population's stage). realised: (n),
 * entries of the other stage have eligible 0 and rate NaN. INPUT: unknown modality, group or group
 * value, a matrix of the wrong size, a kind that does not fit multi-label data, a ledger that does
 * not fit; no modality that the kind can damage. After an error damage may be half changed.
 *  O(n (modalities + log n)). */
enum fray_status fray_corrupt(const struct fray_corruption_config *const *entries, size_t n,
                              const struct fray_population *population, uint64_t seed,
                              struct fray_arena *arena, struct fray_damage *damage,
                              struct fray_realised *realised, struct fray_err *err);

#endif
