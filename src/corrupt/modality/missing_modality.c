/* Missing modality: sensors that are not there, per sample or per client. */
#include "corrupt/scope/scope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOSE_MODALITIES, LOSE_SAMPLES };
static const char *const lose_names[] = {"modality", "sample", NULL};
enum { LOST_AUTO, LOST_DROP, LOST_KEEP, LOST_PROTECT };
static const char *const lost_names[] = {"auto", "drop", "keep", "protect", NULL};

/* FedMultimodal numbers clients by their place in its partition files, where `test` and `dev` come
 * first (UCI-HAR), so its first training client has the index 2. */
enum { FIRST_CLIENT_INDEX = 2 };

/* Only here are there several modalities of one unit to choose from. */
static const char *const draw_names[] = {"bernoulli", "exact", "k_of_m", NULL};

struct missing_modality {
  int if_all_lost, compat, lose;
  double burst; /* NaN: not in bursts */
  const struct fray_node *rate_by;
};

static const struct fray_field fields[] = {
    FRAY_ENTRY(REAL, rate, .optional = true, .min = 0, .max = 1,
               .help =
                   "Probability that a sample (or client) lacks a modality, for each modality by "
                   "itself. Required, but with `with`."),
    FRAY_ENTRY(ENUM, unit, .def_text = "sample", .names = fray_unit_names,
               .help =
                   "What loses a modality at once: a sample, or a client with all its samples."),
    FRAY_ENTRY(ENUM, draw, .def_text = "bernoulli", .names = draw_names,
               .help =
                   "bernoulli: each unit by itself. exact: the floor(rate N) units with the "
                   "smallest draws of the N that have the modality. k_of_m: of the m modalities "
                   "that a unit has, k = rate m, rounded: one of three at 0.33, two at 0.67."),
    FRAY_FIELD(REAL, "burst", struct missing_modality, burst, .optional = true, .min = 1,
               .help = "Mean length of a loss in samples, along the record of a client of the data "
                       "in the order of the shards, all splits (Gilbert's chain of two states). A "
                       "mean below 1 / (1 - rate), that of independent losses, becomes that one. "
                       "Default: each sample by itself."),
    FRAY_RATE_BY(struct missing_modality),
    FRAY_FIELD(ENUM, "if_all_lost", struct missing_modality, if_all_lost, .def_text = "auto",
               .names = lost_names,
               .help = "A sample that would lose its last modality: drop it from training, keep it "
                       "empty, or protect the modality with the largest draw. auto: drop in "
                       "training, keep at test. Test samples are never dropped."),
    FRAY_FIELD(ENUM, "lose", struct missing_modality, lose, .def_text = "modality",
               .names = lose_names,
               .help = "modality: each by itself. sample: in training as many values (modalities "
                       "of samples) go, but as whole samples, drawn from all that it acts on (one "
                       "of them may lose a part): what the smaller volume does by itself. Test and "
                       "dev lose modalities as ever."),
    FRAY_FIELD(ENUM, "compat", struct missing_modality, compat, .def_text = "none",
               .names = fray_compat_names,
               .help =
                   "fedmultimodal: the structure of that benchmark's masks, for comparison. They "
                   "depend on the client's place i alone (test and dev are 0 and 1, training "
                   "clients follow); the k-th modality at i has the draw of the first at k i; "
                   "clients that lost all are dropped. Needs unit client, at train."),
};
static FRAY_TABLE(table, "missing_modality", struct missing_modality, fields,
                  .help = "Samples or clients lack modalities.");

/* FedMultimodal's masks follow the place of the client: modality k uses the draw of the first at k
 * times that place. */
static double draw_by_place(const struct fray_scope *scope, size_t client, size_t m) {
  /* Counted among the modalities that the entry may hit, as the benchmark counts those that it
   * masks. */
  size_t place = 1;
  for (size_t before = 0; before < m; before++)
    place += scope->modalities >> before & 1;
  struct fray_rng rng = fray_scope_plan_stream(scope, place * (client + FIRST_CLIENT_INDEX));
  return fray_rng_uniform(&rng);
}

/* What decides about a sample. */
struct plan {
  struct fray_rate_draws draws;
  struct fray_rate_by by;
  const uint8_t *bursts; /* (samples of the data set) bits that the chain lost; NULL: draws alone */
  int rule;              /* LOST_... */
};

/* Bits that sample i loses of those in `may`. */
static unsigned lost_bits(const struct plan *plan, const struct fray_rate_draws *draws,
                          const struct fray_scope *scope, size_t i, unsigned may) {
  const bool protect = plan->rule == LOST_PROTECT;
  const unsigned chain = plan->bursts ? plan->bursts[scope->people->sample[i]] : 0;
  unsigned lost = 0, largest = 0;
  double most = -1.0;
  for (size_t m = 0; m < draws->stride; m++) {
    const double draw = fray_rate_draw(draws, scope, i, m);
    /* A unit's draw stands for all its samples, also for one that lacks the modality: hence the
     * mask first. */
    const bool hit = scope->tie     ? fray_scope_follows(scope, i, m)
                     : plan->bursts ? chain >> m & 1
                                    : fray_rate_hits(draws, draw);
    if (!(may >> m & 1) || !hit)
      continue;
    lost |= 1u << m;
    if (draw > most)
      most = draw, largest = 1u << m;
  }
  /* Compared with all that is there, not with what may be hit: a modality out of reach is left
   * anyway, and nothing needs protection. */
  bool all = lost == scope->damage->present[i];
  return protect && all ? lost & ~largest : lost;
}

/* The share of a unit's modalities that it is to lose: k of m is a whole number of them. */
static double asked_of(const struct fray_rate_draws *draws, const struct fray_scope *scope,
                       size_t i) {
  double have = 0;
  for (size_t m = 0; m < draws->stride && draws->how == FRAY_DRAW_K_OF_M; m++)
    have += isnan(fray_rate_draw(draws, scope, i, m)) ? 0 : 1;
  return have > 0 ? floor(draws->rate * have + 0.5) / have : draws->rate;
}

static unsigned bits(unsigned set) {
  return (unsigned)__builtin_popcount(set);
}

/* Bits that sample i loses, at the rate of its group. */
static unsigned bits_of(const struct plan *plan, const struct fray_scope *scope, size_t i) {
  struct fray_rate_draws draws = plan->draws;
  draws.rate = fray_rate_by_of(&plan->by, scope, i);
  return lost_bits(plan, &draws, scope, i, scope->damage->present[i] & scope->modalities);
}

/* Before the sample loses them: what could be hit is what is there. */
static void count(const struct plan *plan, struct fray_scope *scope, size_t i, unsigned lost) {
  const unsigned there = bits(scope->damage->present[i] & scope->modalities);
  struct fray_rate_draws draws = plan->draws;
  draws.rate = fray_rate_by_of(&plan->by, scope, i);
  fray_scope_count(scope, i, there, bits(lost));
  fray_scope_expect(scope, asked_of(&draws, scope, i), there);
}

/* At test nothing is dropped: a model must answer for a sample that has lost everything, too. */
static void lose(const struct plan *plan, struct fray_scope *scope, size_t i) {
  struct fray_damage *damage = scope->damage;
  const unsigned lost = bits_of(plan, scope, i);
  count(plan, scope, i, lost);
  damage->present[i] &= (uint8_t)~lost;
  fray_scope_drew(scope, i, lost);
  if (lost && !damage->present[i] && scope->people->train &&
      (plan->rule == LOST_AUTO || plan->rule == LOST_DROP))
    damage->dropped[i] = 1;
}

/* A sample with the draw that says when its turn is. */
struct turn {
  double draw;
  uint64_t source;
  size_t i;
};

static int by_draw(const void *a, const void *b) {
  const struct turn *x = a, *y = b;
  if (x->draw != y->draw)
    return x->draw < y->draw ? -1 : 1;
  return (x->source > y->source) - (x->source < y->source);
}

/* Samples that it acts on, in the order in which they go: their own, whatever the rate, the client
 * and the place in the list, so that a larger share takes what a smaller one took. */
static enum fray_status make_turns(const struct fray_scope *scope, struct turn **out, size_t *n,
                                   struct fray_err *err) {
  enum { TURN = 1 }; /* no modality's number, which is a hash of its name */
  FRAY_ALLOC(*out, scope->arena, scope->people->n + 1, err);
  *n = 0;
  for (size_t i = 0; i < scope->people->n; i++) {
    if (!fray_scope_takes(scope, i) || !scope->damage->present[i])
      continue;
    struct fray_rng rng = fray_scope_stream(scope, FRAY_UNIT_SAMPLE, i, TURN);
    (*out)[(*n)++] =
        (struct turn){fray_rng_uniform(&rng), fray_scope_source(scope, FRAY_UNIT_SAMPLE, i), i};
  }
  qsort(*out, *n, sizeof **out, by_draw);
  return FRAY_OK;
}

/* As many values as single modalities would have been, of whole samples. Counted as those: what was
 * asked for and how much went are the same, only not of the same samples. The last one keeps what
 * is no longer asked for. */
static enum fray_status lose_samples(const struct plan *plan, struct fray_scope *scope,
                                     struct fray_err *err) {
  struct fray_damage *damage = scope->damage;
  struct turn *turn;
  size_t n = 0, values = 0;
  for (size_t i = 0; i < scope->people->n; i++) {
    if (!fray_scope_takes(scope, i))
      continue;
    const unsigned lost = bits_of(plan, scope, i);
    count(plan, scope, i, lost);
    values += bits(lost);
  }
  FRAY_TRY(make_turns(scope, &turn, &n, err));
  for (size_t k = 0; k < n && values > 0; k++) {
    const size_t i = turn[k].i;
    unsigned lost = 0;
    for (unsigned m = 0; m < FRAY_MAX_MODALITIES && values > 0; m++)
      if (damage->present[i] >> m & 1) {
        lost |= 1u << m;
        values--;
      }
    damage->present[i] &= (uint8_t)~lost;
    damage->dropped[i] |= !damage->present[i];
    fray_scope_drew(scope, i, lost);
  }
  return FRAY_OK;
}

/* All draws first: exact shares are known only when every unit has its number. Then each sample by
 * itself, in any order. */
static enum fray_status apply(const struct fray_corruption_config *entry, struct fray_scope *scope,
                              struct fray_err *err) {
  const struct missing_modality *p = entry->kind.params;
  struct plan plan = {
      .rule = p->if_all_lost,
      .draws = {.rate = entry->rate, .unit = entry->unit, .how = entry->draw},
  };
  if (p->compat == FRAY_COMPAT_FEDMULTIMODAL)
    plan.draws.draw_one = draw_by_place;
  FRAY_TRY(fray_rate_by_make(p->rate_by, entry->rate, scope, &plan.by, err));
  FRAY_TRY(fray_rate_draws_make(&plan.draws, scope, err));
  /* Draws are made with bursts and ties as well: protection spares by them. */
  uint8_t *bursts = NULL;
  if (!isnan(p->burst))
    FRAY_TRY(fray_bursts_make(entry->rate, p->burst, scope, &bursts, err));
  plan.bursts = bursts;
  if (p->lose == LOSE_SAMPLES && scope->people->train)
    return lose_samples(&plan, scope, err);
  for (size_t i = 0; i < scope->people->n; i++)
    if (fray_scope_takes(scope, i))
      lose(&plan, scope, i);
  return FRAY_OK;
}

/* A chain has one law along a record, and counts by rank have one rate. */
static enum fray_status check_ways(const struct fray_corruption_config *entry,
                                   struct fray_err *err) {
  const struct missing_modality *p = entry->kind.params;
  const bool bursts = !isnan(p->burst), single = entry->draw == FRAY_DRAW_BERNOULLI;
  FRAY_CHECK(!bursts || (entry->unit == FRAY_UNIT_SAMPLE && single), err, INPUT,
             "burst: losses in bursts are of samples; use 'unit: sample' and 'draw: bernoulli'");
  FRAY_CHECK(!bursts || !p->rate_by, err, INPUT,
             "burst: does not go with rate_by; give entries with 'who' and ids of their own");
  FRAY_CHECK(!entry->with || (!bursts && !p->rate_by && p->compat == FRAY_COMPAT_NONE), err, INPUT,
             "%s: with: %s says whom it hits; leave this key out",
             bursts       ? "burst"
             : p->rate_by ? "rate_by"
                          : "compat",
             entry->with);
  FRAY_CHECK(!p->rate_by || entry->draw != FRAY_DRAW_EXACT, err, INPUT,
             "rate_by: 'draw: exact' counts by one rate; use bernoulli");
  FRAY_CHECK(p->compat == FRAY_COMPAT_NONE || (!bursts && !p->rate_by), err, INPUT,
             "%s: compat fedmultimodal does not use this key", bursts ? "burst" : "rate_by");
  return fray_rate_by_check(p->rate_by, err);
}

/* The benchmark has one structure: keys that would change it are refused rather than ignored. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct missing_modality *p = entry->kind.params;
  FRAY_CHECK(entry->with || !isnan(entry->rate), err, INPUT, "rate: required, but not given");
  FRAY_CHECK(p->if_all_lost != LOST_DROP || at == FRAY_AT_TRAIN || at == FRAY_AT_BOTH, err, INPUT,
             "if_all_lost: %s samples are never dropped; use keep or protect",
             at == FRAY_AT_DEV ? "dev" : "test");
  FRAY_TRY(check_ways(entry, err));
  if (p->compat == FRAY_COMPAT_NONE)
    return FRAY_OK;
  FRAY_CHECK(entry->unit == FRAY_UNIT_CLIENT, err, INPUT,
             "compat: fedmultimodal loses modalities per client; set 'unit: client'");
  FRAY_CHECK(at == FRAY_AT_TRAIN, err, INPUT,
             "compat: fedmultimodal keeps dev and test complete; use 'at: train'");
  FRAY_CHECK(entry->draw == FRAY_DRAW_BERNOULLI, err, INPUT,
             "compat: fedmultimodal does not go with 'draw: %s'", draw_names[entry->draw]);
  FRAY_CHECK(p->if_all_lost == LOST_AUTO || p->if_all_lost == LOST_DROP, err, INPUT,
             "compat: fedmultimodal drops clients that lost all modalities, so if_all_lost must be "
             "drop");
  return FRAY_OK;
}

/* It keeps dev and test complete. */
static int auto_at(const struct fray_corruption_config *entry) {
  const struct missing_modality *p = entry->kind.params;
  return p->compat == FRAY_COMPAT_FEDMULTIMODAL ? FRAY_AT_TRAIN : FRAY_AT_BOTH;
}

/* That benchmark encodes a lost modality as zeros: its damage brings that along. */
static bool encodes_zeros(const struct fray_node *entry) {
  const struct fray_node *compat = fray_node_get(entry, "compat");
  return compat && compat->kind == FRAY_NODE_SCALAR &&
         strcmp(compat->scalar, fray_compat_names[FRAY_COMPAT_FEDMULTIMODAL]) == 0;
}

/* The draw does not depend on the rate, so a larger rate takes what a smaller one took. Protection
 * keeps the one with the largest draw, which is the last to be taken at any rate; but in a burst a
 * modality with a large draw may be lost before the others are, and return when they go. */
static unsigned nests(const struct fray_corruption_config *entry) {
  const struct missing_modality *p = entry->kind.params;
  if (!isnan(p->burst) && p->if_all_lost == LOST_PROTECT)
    return 0;
  return FRAY_NESTS_SET | FRAY_NESTS_VALUE;
}

/* What goes is at random either way; whether it goes in parts of samples is the question. */
static struct fray_volume volume(const struct fray_corruption_config *entry) {
  const struct missing_modality *p = entry->kind.params;
  return p->lose == LOSE_MODALITIES ? (struct fray_volume){"lose", lose_names[LOSE_SAMPLES]}
                                    : (struct fray_volume){NULL, NULL};
}

static const struct fray_corruption_ops ops = {.words = "%s lost",
                                               .category = FRAY_CATEGORY_ABSENCE,
                                               .brief = "lost",
                                               .strength = {"rate", "share", 0, 1},
                                               .modalities_key = true,
                                               .removes = true,
                                               .ties = true,
                                               .at = auto_at,
                                               .encodes_zeros = encodes_zeros,
                                               .nests = nests,
                                               .volume = volume,
                                               .check = check,
                                               .apply = apply};
const struct fray_choice fray_corruption_missing_modality = {
    .name = "missing_modality",
    .meaning = "Samples, or whole clients, lack modalities.",
    .source = "one uniform per unit and modality, lost where it is below the rate; bursts: Gilbert "
              "1960; compat: Feng et al. 2023 (FedMultimodal)",
    .table = &table,
    .impl = &ops};
