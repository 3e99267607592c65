/* Damage of raw values: which entries act on which sample and modality, and how one value is
 * changed when it is read.
 *
 * Nothing is stored: a value is damaged again whenever it is needed, from random numbers keyed by
 * (corruption seed, entry, source of the sample, modality). So it does not depend on ranks, rounds
 * or the order of samples, and what was damaged once may be cached under fray_signal_key. */
#ifndef FRAY_CORRUPT_SIGNAL_H
#define FRAY_CORRUPT_SIGNAL_H

#include "fray/corrupt/corrupt.h"

/** One raw value. Numbers are floats whatever the shard holds, and stay floats until features are
 * made of them: AUDIO (length), full scale is -1 .. 1 and may be exceeded; IMAGE (height, width,
 * channels) 0 .. 1, not rounded to 8 bits; SERIES, FEATURES (length, channels), units of the data.
 */
struct fray_signal {
  enum fray_modality_kind kind;
  float *x;                       /* NULL for TEXT */
  char *text;                     /* TEXT: length bytes, no NUL; else NULL */
  size_t length, capacity;        /* steps there are, and room for */
  size_t channels, height, width; /* as in struct fray_modality */
  double rate;                    /* Hz; 0 if it has none */
};

/** What the training values of a modality are like, over at most 512 of them. */
struct fray_typical {
  bool known;              /* false: room, until somebody asks */
  size_t n;                /* numbers: of a picture height x width x channels, else channels */
  float *mean, *deviation; /* (n) over the samples, and steps; population deviation */
  double rms;              /* of all numbers */
};

/** Where a value stands while a kind changes it. */
struct fray_place {
  struct fray_rng rng;        /* of this entry, sample (or client, by `per`) and modality */
  struct fray_arena *scratch; /* given back afterwards */
  const double *more; /* (n_more) further parameters of the severity that was asked for; NULL:
                         the kind's own keys count */
  double begin, end;  /* of kinds with `record`: which part of all that its natural client has
                         of all splits, in the order of the data, the value is; 0 <= begin <
                         end <= 1 */
  size_t n_donors; /* of kinds with `donors`: the other samples' values, as the shards hold them */
  const struct fray_signal *donor;    /* (n_donors) in scratch */
  const struct fray_typical *typical; /* of kinds with `typical`; else NULL */
};

struct fray_donors; /* what a kind chooses donors from: src/corrupt/scope/donors.h */

/** Strengths of severity 1 .. 5 for what a modality looks like: the first row that fits counts,
 *  unless the entry names a table. */
struct fray_levels {
  const char *name; /* of the published table */
  size_t side;      /* largest shorter side of an image, sampling rate of sound in Hz; SIZE_MAX:
                       any */
  size_t channels;  /* 0: any */
  double level[5];  /* of a named table with fewer levels NaN from some on; the first row has all */
  const double *more; /* (5, n_more) further parameters of each level; NULL: none */
};

/** What more strength does to a value, with the same draws. */
enum fray_growth {
  FRAY_GROWS_EACH, /* each number moves at least as far, or a superset of them is hit */
  FRAY_GROWS_MEAN, /* the mean distance of many samples grows; that of one need not */
  FRAY_GROWS_NOT   /* neither: a severity is a name here, no amount */
};

/** Operations of a kind that damages raw values. */
struct fray_signal_ops {
  unsigned kinds;                   /* bits of enum fray_modality_kind */
  const struct fray_levels *levels; /* the last row fits everything; NULL: no severities */
  size_t n_levels, n_more;          /* n_more: see fray_levels.more */
  enum fray_growth grows;
  bool fixed;   /* draws no random numbers: neither `redraw` nor `per` has a meaning */
  bool record;  /* asks for place->begin and end */
  bool typical; /* asks for place->typical */
  bool beside;  /* is damage beside modalities that stay as they are: never hits all of them */
  bool single;  /* an entry hits one modality, which it names */
  bool lures;   /* whoever believes the value says the class of its one donor */
  bool donor_lengths; /* a value may become as long as that of a donor */
  /** Most values of other samples that one value takes with these keys. NULL: none. Such a kind
   * has neither `redraw` nor `per`: donors are chosen once, for each value. */
  size_t (*donors)(const void *params);
  /** Chooses them, when the plan is made, for sample i of the population and modality m, whatever
   * the rate: out (donors), *n of them. *n 0: there is nobody, and the value cannot be hit. INPUT.
   */
  enum fray_status (*choose)(const void *params, struct fray_donors *from, size_t i, size_t m,
                             uint32_t *out, size_t *n, struct fray_err *err);
  /** Of its own key; NaN if it was not given. NULL: the kind has none, its strength is the rate,
   * and apply gets 1. */
  double (*strength)(const void *params);
  /** Steps that a value of `length` steps has at most afterwards. NULL: it keeps its length. */
  size_t (*longest)(const void *params, size_t length);
  /** Whether values of this modality, one of `kinds`, can be damaged with these keys; asked before
   * anything is read. INPUT: they cannot. NULL: all can. */
  enum fray_status (*fits)(const void *params, const struct fray_modality *modality,
                           struct fray_err *err);
  /** Hash of what lies behind the paths among its keys: part of what is done to a value, as the
   * paths are not; recorded as the key `contents`, which such a kind has. NULL, or 0: no paths.
   * INPUT. */
  enum fray_status (*contents)(const void *params, uint64_t *out, struct fray_err *err);
  /** Changes a value in place, within its capacity. Never called with the neutral strength. The
   * same stream gives the same bytes. A value that cannot be damaged (a silent clip) stays as it
   * is. */
  enum fray_status (*apply)(const void *params, double strength, struct fray_signal *signal,
                            struct fray_place *place, struct fray_err *err);
};

/** Those of a kind; NULL of kinds that change the population. Static storage. */
const struct fray_signal_ops *fray_corruption_signal(const struct fray_choice *kind);

/** Strengths of severities for what a modality looks like, or of the table of that name (whatever
 *  the shape); NULL: there are none. */
const struct fray_levels *fray_signal_levels(const struct fray_signal_ops *ops,
                                             const struct fray_modality *modality,
                                             const char *table);

/** Bytes at most of the sounds that entries of any kind named, which each rank holds: their files,
 * and their values at the rate of the data in Hz. 0: none were opened. */
double fray_named_sounds_bytes(double rate);

enum { FRAY_MAX_ACTS = 64 }; /* entries that damage raw values, in one plan */
/** An entry at work. */
struct fray_signal_act {
  const char *id;                 /* of the entry: keys its random numbers */
  const struct fray_choice *kind; /* one with signal operations */
  const void *params;
  double strength[FRAY_MAX_MODALITIES];    /* by modality, since a severity depends on its shape */
  double severity;                         /* NaN: it was not given */
  const double *more[FRAY_MAX_MODALITIES]; /* further parameters by severity; NULL: own keys */
  const char *table;                       /* the entry's choice of a table; NULL: by shape */
  const char *keys; /* what the kind needs beside its strength, as "{f0: 800}"; "": nothing */
  uint64_t seed, purpose, digest; /* digest: of all that the result depends on, but the place */
  bool redraws;                   /* anew in each epoch */
  bool by_client;                 /* the same random numbers for all samples of a natural client */
  size_t n_donors;                /* at most, of one value; 0: it takes no values of others */
  uint32_t *donor; /* (n, modalities, n_donors) samples of the data set; FRAY_NO_DONOR: no more */
};
#define FRAY_NO_DONOR UINT32_MAX

/** Reads the undamaged value of a sample into arena memory. */
typedef enum fray_status fray_value_reader(const void *user, size_t sample, size_t modality,
                                           struct fray_arena *arena, struct fray_signal *out,
                                           struct fray_err *err);

/** Which acts change which raw values of a population. Memory from the arena that it was made in.
 */
struct fray_signal_plan {
  const struct fray_dataset *dataset;
  const struct fray_table *entry; /* what a recorded act is read by */
  struct fray_arena *arena;
  size_t n, n_acts;              /* samples; acts in the order in which they change a value */
  struct fray_signal_act *act;   /* (FRAY_MAX_ACTS) */
  uint32_t *slot;                /* (samples of the data set) row of acts; UINT32_MAX: in no row */
  uint64_t *acts;                /* (n, modalities) bit a: act a changes it */
  uint32_t *nth, *of;            /* (samples of the data set) place in the record of its natural
                                    client, and how long that is; NULL: no act asks */
  uint64_t when;                 /* epoch, for acts that redraw; 0: none */
  bool train;                    /* as that of its population */
  const uint32_t *client;        /* (n) likewise */
  fray_value_reader *read;       /* of donors; the shards', unless values are made up */
  const void *user;              /* its first argument; the shards' takes the data set */
  struct fray_typical **typical; /* (modalities) NULL: no act asks, or a text */
};

/** An empty plan for a population. MEMORY. */
enum fray_status fray_signal_plan_start(const struct fray_population *population,
                                        const struct fray_table *entry, struct fray_arena *arena,
                                        struct fray_signal_plan **out, struct fray_err *err);
/** A plan for another list of samples, in which each has the acts that it has in `plan`, and to
 *  which entries may add theirs. Shares the acts' parameters. MEMORY. */
enum fray_status fray_signal_plan_copy(const struct fray_signal_plan *plan,
                                       const struct fray_population *population,
                                       struct fray_arena *arena, struct fray_signal_plan **out,
                                       struct fray_err *err);
/** What happens to a raw value, as a number: equal numbers, equal damage of that sample and
 * modality. 0: nothing. sample: index into the data set. plan may be NULL. */
uint64_t fray_signal_key(const struct fray_signal_plan *plan, size_t sample, size_t modality);
/** True if the value gets other random numbers in another epoch, so that keeping it is of no use.
 */
bool fray_signal_redraws(const struct fray_signal_plan *plan, size_t sample, size_t modality);
/** Most steps of the damaged value; length if it keeps its length. */
size_t fray_signal_longest(const struct fray_signal_plan *plan, size_t sample, size_t modality,
                           size_t length);
/** True if the value surely keeps its length. */
bool fray_signal_keeps_length(const struct fray_signal_plan *plan, size_t sample, size_t modality);
/** Changes one raw value by all acts on it, in order. signal->capacity: at least
 *  fray_signal_longest. INTERNAL naming the entry if a kind made a value that is not finite. */
enum fray_status fray_signal_apply(const struct fray_signal_plan *plan, size_t sample,
                                   size_t modality, struct fray_signal *signal,
                                   struct fray_arena *scratch, struct fray_err *err);
/** Reads from the shards; user: struct fray_dataset. IO, INPUT when a number is not finite. */
fray_value_reader fray_value_read;
/** The same plan in another epoch (from 1). Shares all memory. */
struct fray_signal_plan fray_signal_plan_at(const struct fray_signal_plan *plan, uint64_t epoch);
/** True if both do the same to the same samples; either may be NULL. O(samples). */
bool fray_signal_plans_equal(const struct fray_signal_plan *a, const struct fray_signal_plan *b);

#endif
