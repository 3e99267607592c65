/* What a corruption sees while it acts: the samples it may touch, and random streams of them.
 *
 * A method asks for the stream of a sample, of a client or of its plan and never learns the seed,
 * an id, or an index that depends on ranks, so its draws cannot depend on them either. */
#ifndef FRAY_SRC_CORRUPT_SCOPE_H
#define FRAY_SRC_CORRUPT_SCOPE_H

#include "fray/corrupt/corrupt.h"
#include "fray/corrupt/signal.h"

extern const char *const fray_unit_names[], *const fray_draw_names[], *const fray_redraw_names[];
enum fray_compat { FRAY_COMPAT_NONE, FRAY_COMPAT_FEDMULTIMODAL };
extern const char *const fray_compat_names[];

extern const char *const fray_per_names[], *const fray_if_hit_names[];

/** A row of a kind's table for a key whose value lies in the entry: rate, unit, draw, redraw, per,
 *  severity, table, severity_table. Each kind says it in its own words and with its own default. */
#define FRAY_ENTRY(TYPE, KEY, ...)                                                                 \
  FRAY_FIELD(TYPE, #KEY, struct fray_corruption_config, KEY, .outer = true, __VA_ARGS__)
/** The rows of a signal kind with tables of severities. */
#define FRAY_SIGNAL_LEVELS                                                                         \
  FRAY_ENTRY(INT, severity, .optional = true, .min = 0, .max = 5,                                  \
             .help = "1 to 5 in the table of published strengths, in place of the strength; 0: "   \
                     "none."),                                                                     \
      FRAY_ENTRY(STRING, table, .optional = true,                                                  \
                 .help = "The table that severity means. Default: that of the modality's size."),  \
      FRAY_ENTRY(PATH, severity_table, .optional = true,                                           \
                 .help = "A file of strengths of one's own in its place, CSV or YAML, as `fray "   \
                         "calibrate` writes: rows of kind, medium, severity, key and value.")
/** Rows of every signal kind: whom it hits, and when its numbers are drawn. */
#define FRAY_SIGNAL_HITS                                                                           \
  FRAY_ENTRY(REAL, rate, .def = 1, .min = 0, .max = 1,                                             \
             .help = "Share of the samples (or clients) that are damaged, drawn for each "         \
                     "modality by itself; a larger one adds samples and spares none."),            \
      FRAY_ENTRY(ENUM, unit, .def_text = "sample", .names = fray_unit_names,                       \
                 .help = "What is spared or damaged at once: a sample, or a client with all its "  \
                         "samples. Each sample has noise of its own in either case."),             \
      FRAY_ENTRY(ENUM, draw, .def_text = "bernoulli", .names = fray_draw_names,                    \
                 .help =                                                                           \
                     "bernoulli: each unit by itself. exact: the floor(rate N) units with the "    \
                     "smallest draws of the N that have the modality."),                           \
      FRAY_ENTRY(ENUM, redraw, .def_text = "never", .names = fray_redraw_names,                    \
                 .help = "never: damage is a property of the sample. epoch: training meets other " \
                         "random numbers in each epoch of each round; whom it hits stays.")
#define FRAY_SIGNAL_PER_SAMPLE                                                                     \
  FRAY_ENTRY(STRING, per, .optional = true, .names = fray_per_names,                               \
             .help = "Whose random numbers: sample (default), each its own; client, one set "      \
                     "for all samples of a client of the data, as of a device.")
/** In its place for what a device does, and not one value of it. */
#define FRAY_SIGNAL_PER_CLIENT                                                                     \
  FRAY_ENTRY(STRING, per, .def_text = "client", .names = fray_per_names,                           \
             .help = "Whose random numbers: client, one set for all samples of a client of the "   \
                     "data, as of a device; sample, each its own.")
/** All rows of a signal kind without severities. */
#define FRAY_SIGNAL_WHOM FRAY_SIGNAL_HITS, FRAY_SIGNAL_PER_SAMPLE
/** Both. */
#define FRAY_SIGNAL_ENTRIES FRAY_SIGNAL_LEVELS, FRAY_SIGNAL_WHOM

/** The row of a kind of labels whose hit samples may be taken away instead. */
#define FRAY_LABEL_IF_HIT                                                                          \
  FRAY_ENTRY(ENUM, if_hit, .def_text = "keep", .names = fray_if_hit_names,                         \
             .help = "What becomes of a training sample whose label it changed or took: keep: it " \
                     "stays, as damaged. drop: it takes no part, so that training has as many "    \
                     "samples less and no damage: what the smaller volume does by itself.")

/** A row of a table of severities without further parameters: a name, the largest shorter side,
 *  channels (0: any), five strengths. */
#define FRAY_LEVELS(NAME, SIDE, CHANNELS, ...)                                                     \
  {                                                                                                \
    .name = NAME, .side = SIDE, .channels = CHANNELS, .level = { __VA_ARGS__ }                     \
  }

/** The same with further parameters: MORE holds (5, n_more) of them. */
#define FRAY_LEVELS_MORE(NAME, SIDE, CHANNELS, MORE, ...)                                          \
  { .name = NAME, .side = SIDE, .channels = CHANNELS, .level = {__VA_ARGS__}, .more = MORE }
/** The operations of a kind of one medium that has a table `levels`, and functions strength and
 * apply; further ones follow as .grows = ... */
#define FRAY_SIGNAL_OPS(MEDIUM, ...)                                                               \
  {                                                                                                \
    .kinds = 1u << MEDIUM, .levels = levels, .n_levels = FRAY_COUNT(levels), .strength = strength, \
    .apply = apply, __VA_ARGS__                                                                    \
  }
#define FRAY_PICTURE_OPS(...) FRAY_SIGNAL_OPS(FRAY_IMAGE, __VA_ARGS__)

struct fray_scope {
  const struct fray_population *people;
  struct fray_damage *damage;
  struct fray_arena *arena;       /* scratch: given back when the entry is done */
  unsigned modalities;            /* bit m: the entry may hit modality m */
  const double *levels;           /* (modalities) what the entry's severity means by a table of the
                                     user's; NULL: published tables count */
  uint8_t *inside;                /* (n) the sample is inside `who` */
  const uint8_t *able;            /* (n) bits of modalities that can be hit; NULL: all can */
  struct fray_realised *realised; /* counted by fray_scope_count */
  uint64_t seed;                  /* this and the two below: for this room and the plan only */
  uint64_t purpose, plan_purpose;
  fray_value_reader *read;    /* of undamaged values */
  const void *user;           /* its first argument */
  const struct fray_tie *tie; /* whose hits decide in place of draws; NULL: its own draws */
  uint16_t *drawn;            /* (n) what it hits, for entries tied to it; NULL: there are none */
};

enum { FRAY_DRAWN_LABEL = 1 << FRAY_MAX_MODALITIES }; /* the bit of a label, behind modalities */
/** What an entry hit, for those that hit the same. */
struct fray_tie {
  uint16_t *drawn;     /* (n) bit m: modality m; FRAY_DRAWN_LABEL */
  uint8_t *inside;     /* (n) of its `who` */
  unsigned modalities; /* that it may hit */
};

/** Operations of a kind; choice->impl points here. A kind has `apply`, on the population, or
 * `signal`, on one raw value when it is read. Each hook but these may be NULL. */
struct fray_corruption_ops {
  const char *words; /* what it does, to a reader: "%s lost"; %s: the modalities; never NULL */
  const char *brief; /* without the modalities, before a strength: "lost"; NULL: words has none */
  enum fray_category category; /* one of seven; every kind declares it */
  double
      class_limit; /* strength beyond which whoever looks may see another class: a 6 that is turned
                      is a 9; below 0: at any, 0: at none. See fray_corruption_class_limit */
  struct fray_strength strength; /* its own key; key NULL: none */
  const char *target_key;        /* that names the class it wants to be answered with; NULL: none */
  /* Numbers beside it that a search may turn. Every further parameter of severities that is the
   * value of a key is one: without them a strength says nothing. */
  struct fray_turn turn[FRAY_TURNS];
  bool labels, modalities_key; /* touches labels (never at test); uses the key `modalities` */
  bool removes;                /* what it hits is gone, not changed */
  bool unlabels;               /* samples that it hits have no label, and may still be used */
  bool usual;                  /* offered by `fray init`: what is looked for first in a medium */
  bool replays;                /* may repeat signal damage that a file names */
  bool ties;                   /* uses `with`; kinds with `signal` do in any case */
  /** Meaning of `at: auto`; NULL: train for labels, else both. */
  int (*at)(const struct fray_corruption_config *entry);
  /** NULL: nothing is declared; of signal kinds, that the set grows with the rate. */
  unsigned (*nests)(const struct fray_corruption_config *entry);
  /** How as much is taken in training by whole samples, of an entry with a strength that takes
   * some; NULL: the kind takes nothing away. See fray_corruption_volume. */
  struct fray_volume (*volume)(const struct fray_corruption_config *entry);
  /** True if an entry, as it is written, wants what it took encoded as zeros. */
  bool (*encodes_zeros)(const struct fray_node *entry);
  /** Key that an entry, as it is written, wants and lacks: a map from classes to the one that each
   * is most easily taken for. NULL: none. */
  const char *(*confusion)(const struct fray_node *entry);
  const char *terms; /* key that takes pairs of terms, each to stand in the other's place; NULL */
  /** Contradictions between keys; at is resolved. */
  enum fray_status (*check)(const struct fray_corruption_config *entry, int at,
                            struct fray_err *err);
  enum fray_status (*apply)(const struct fray_corruption_config *entry, struct fray_scope *scope,
                            struct fray_err *err);
  const struct fray_signal_ops *signal;
};
static inline const struct fray_corruption_ops *
fray_corruption_ops_of(const struct fray_corruption_config *entry) {
  return entry->kind.choice->impl;
}

/** True if sample i (position in the population) is inside `who` and was not dropped before. */
bool fray_scope_takes(const struct fray_scope *scope, size_t i);
/** Stream of a unit: of sample i, or of client i. `what` tells several draws of one unit apart. */
struct fray_rng fray_scope_stream(const struct fray_scope *scope, enum fray_unit unit, size_t i,
                                  uint64_t what);
/** Stream of the entry as a whole, for things drawn once (a noise matrix). */
struct fray_rng fray_scope_plan_stream(const struct fray_scope *scope, uint64_t index);
/** Name of modality m as a number that tells its draws apart, whatever the order of modalities. */
uint64_t fray_scope_modality(const struct fray_scope *scope, size_t m);
/** Source id of a unit, to break ties. */
uint64_t fray_scope_source(const struct fray_scope *scope, enum fray_unit unit, size_t i);
/** Modalities of sample i that the entry may hit: those that are there, and `able`. */
unsigned fray_scope_may(const struct fray_scope *scope, size_t i);
/** Adds to what is eligible and hit, overall and for the client of sample i. */
void fray_scope_count(struct fray_scope *scope, size_t i, unsigned eligible, unsigned hit);
/** After fray_scope_count, of the same units: the share of them that the law of the entry hits in
 * the mean. The nominal rate becomes the mean over what was eligible so far, so that what was hit
 * is held against what was asked for, whatever the key `rate` means to the law. */
void fray_scope_expect(struct fray_scope *scope, double rate, unsigned eligible);

/** Marks in scope->inside the samples that `who` (may be NULL: all) names. INPUT. */
enum fray_status fray_who_select(const struct fray_node *who, const char *id,
                                 struct fray_scope *scope, struct fray_err *err);
/** Shape of `who`: a number in [0, 1], or a map of groups, or `clients`, to a value or values.
 * INPUT, also for `each`, which whoever reads `tests` puts values in the place of. */
enum fray_status fray_who_check(const struct fray_node *who, struct fray_err *err);

/** Which units a rate hits, by one draw a unit and modality. */
struct fray_rate_draws {
  double rate;
  int unit, how; /* enum fray_unit; FRAY_DRAW_... */
  /** The draw of a unit in place of its stream's first number; NULL. */
  double (*draw_one)(const struct fray_scope *scope, size_t unit, size_t m);
  size_t units, stride;
  double *draw; /* [unit * stride + m], NaN where a unit has nothing of modality m to hit */
};
/** Draws for all that the entry may hit. EXACT: draws become ranks, a step function with the exact
 *  count. K_OF_M: ranks among the modalities of the unit, in its place. rate, unit, how and
 * draw_one are given; memory: scope->arena. MEMORY. */
enum fray_status fray_rate_draws_make(struct fray_rate_draws *draws, const struct fray_scope *scope,
                                      struct fray_err *err);
/** The draw of sample i's unit. */
double fray_rate_draw(const struct fray_rate_draws *draws, const struct fray_scope *scope, size_t i,
                      size_t m);
/** Whether a draw is hit by the rate. */
bool fray_rate_hits(const struct fray_rate_draws *draws, double draw);

/** Whether the entry that this one is tied to hit modality m of sample i; or, where it does not act
 * on m or m is FRAY_MAX_MODALITIES (a label), anything of the sample. scope->tie must be there. */
bool fray_scope_follows(const struct fray_scope *scope, size_t i, size_t m);
/** Notes what the entry hit of sample i, bits as in struct fray_tie, for those tied to it. */
void fray_scope_drew(struct fray_scope *scope, size_t i, unsigned bits);

/** Losses in bursts of `burst` samples in the mean, 1 or more, along the record of each natural
 *  client (all splits, in the order of the shards): out (samples of the data set), bit m: modality
 *  m is lost. Nests in the rate (fray_chain_nesting). Memory: scope->arena. MEMORY. */
enum fray_status fray_bursts_make(double rate, double burst, const struct fray_scope *scope,
                                  uint8_t **out, struct fray_err *err);

/** Rates by class or by the value of a group. */
struct fray_rate_by {
  double others;        /* of values that are not named, and of samples without a label */
  double *rate;         /* (values) NULL: all have `others` */
  const uint16_t *code; /* (samples) borrowed, of a group; else label is there */
  const int32_t *label;
};
/** The row of a kind's table for `rate_by`; PARAMS has a member rate_by. */
#define FRAY_RATE_BY(PARAMS)                                                                       \
  FRAY_FIELD(NODE, "rate_by", PARAMS, rate_by,                                                     \
             .help = "Rates of the values of one group ({accent: {scotland: 0.5}}) or of classes " \
                     "({label: {sit: 0.2}}); `rate` is that of all others. A sample has the same " \
                     "draw at any of them. Default: one rate for all.")
/** Shape of `rate_by` (may be NULL): one map with rates in [0, 1]. INPUT. */
enum fray_status fray_rate_by_check(const struct fray_node *by, struct fray_err *err);
/** by: NULL, everyone has `others`. Memory: scope->arena. INPUT: unknown group, value or class;
 *  classes of multi-label data. */
enum fray_status fray_rate_by_make(const struct fray_node *by, double others,
                                   const struct fray_scope *scope, struct fray_rate_by *out,
                                   struct fray_err *err);
/** Rate of sample i. */
double fray_rate_by_of(const struct fray_rate_by *by, const struct fray_scope *scope, size_t i);

/** Ranks n units by (draw, source): draw[i] becomes (rank + 1) / n, so that "draw <= rate" holds
 * for exactly the floor(rate n) smallest. Entries that are NaN are left out of the count. */
enum fray_status fray_rank_draws(double *draw, const uint64_t *source, size_t n,
                                 struct fray_arena *arena, struct fray_err *err);

/** What an act is made of. */
struct fray_act_wish {
  const char *id;
  const struct fray_choice *kind;
  const void *params; /* must live as long as the plan */
  double strength;    /* counts where severity is NaN */
  double severity;
  const char *table;    /* NULL: by the shape of the modality */
  const double *levels; /* (modalities) of a table of the user's, in its place; or NULL */
  uint64_t seed;
  bool redraws, by_client;
};
/** Adds an act to a plan: what changes values, and with which random numbers; *place: its bit.
 * INPUT when there are too many. MEMORY. */
enum fray_status fray_signal_act_add(struct fray_signal_plan *plan,
                                     const struct fray_act_wish *wish, size_t *place,
                                     struct fray_err *err);
/** What a kind needs beside its strength to do the same again, as "{f0: 800}"; "": nothing. Memory:
 *  arena. severity: what was asked for, where its table holds more than the strength. MEMORY. */
enum fray_status fray_signal_act_keys(const struct fray_act_wish *wish, struct fray_arena *arena,
                                      const char **out, struct fray_err *err);
/** Puts a donor's value in the place of a value, with its length; what it has no room for is left
 * out, and a donor of another shape lends as many numbers as fit. */
void fray_take_value(struct fray_signal *x, const struct fray_signal *donor);
/** Lets a signal kind act on the population: draws whom it hits, and marks them in the plan. */
enum fray_status fray_signal_act_plan(const struct fray_corruption_config *entry,
                                      struct fray_scope *scope, struct fray_err *err);

#endif
