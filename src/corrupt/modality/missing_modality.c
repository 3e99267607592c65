/* Missing modality: sensors that are not there, per sample or per client. */
#include "corrupt/scope/scope.h"

#include <string.h>

enum { LOST_AUTO, LOST_DROP, LOST_KEEP, LOST_PROTECT };
static const char *const lost_names[] = {"auto", "drop", "keep", "protect", NULL};

/* FedMultimodal numbers clients by their place in its partition files, where `test` and `dev` come
 * first (UCI-HAR), so its first training client has the index 2. */
enum { FIRST_CLIENT_INDEX = 2 };

struct missing_modality {
  int if_all_lost, compat;
};

static const struct fray_field fields[] = {
    FRAY_ENTRY(REAL, rate, .required = true, .min = 0, .max = 1,
               .help =
                   "Probability that a sample (or client) lacks a modality, for each modality by "
                   "itself."),
    FRAY_ENTRY(ENUM, unit, .def_text = "sample", .names = fray_unit_names,
               .help =
                   "What loses a modality at once: a sample, or a client with all its samples."),
    FRAY_ENTRY(ENUM, draw, .def_text = "bernoulli", .names = fray_draw_names,
               .help = "bernoulli: each unit by itself. exact: the floor(rate N) units with the "
                       "smallest draws of the N that have the modality."),
    FRAY_FIELD(ENUM, "if_all_lost", struct missing_modality, if_all_lost, .def_text = "auto",
               .names = lost_names,
               .help = "A sample that would lose its last modality: drop it from training, keep it "
                       "empty, or protect the modality with the largest draw. auto: drop in "
                       "training, keep at test. Test samples are never dropped."),
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

/* Bits that sample i loses of those in `may`. */
static unsigned lost_bits(const struct fray_rate_draws *draws, const struct fray_scope *scope,
                          size_t i, unsigned may, bool protect) {
  unsigned lost = 0, largest = 0;
  double most = -1.0;
  for (size_t m = 0; m < draws->stride; m++) {
    const double draw = fray_rate_draw(draws, scope, i, m);
    /* A unit's draw stands for all its samples, also for one that lacks the modality: hence the
     * mask first. */
    if (!(may >> m & 1) || !fray_rate_hits(draws, draw))
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

/* At test nothing is dropped: a model must answer for a sample that has lost everything, too. */
static void lose(const struct fray_rate_draws *draws, int rule, struct fray_scope *scope,
                 size_t i) {
  struct fray_damage *damage = scope->damage;
  unsigned may = damage->present[i] & scope->modalities;
  unsigned lost = lost_bits(draws, scope, i, may, rule == LOST_PROTECT);
  damage->present[i] &= (uint8_t)~lost;
  fray_scope_count(scope, i, (unsigned)__builtin_popcount(may), (unsigned)__builtin_popcount(lost));
  if (lost && !damage->present[i] && scope->people->train &&
      (rule == LOST_AUTO || rule == LOST_DROP))
    damage->dropped[i] = 1;
}

/* All draws first: exact shares are known only when every unit has its number. Then each sample by
 * itself, in any order. */
static enum fray_status apply(const struct fray_corruption_config *entry, struct fray_scope *scope,
                              struct fray_err *err) {
  const struct missing_modality *p = entry->kind.params;
  struct fray_rate_draws draws = {.rate = entry->rate, .unit = entry->unit, .how = entry->draw};
  if (p->compat == FRAY_COMPAT_FEDMULTIMODAL)
    draws.draw_one = draw_by_place;
  FRAY_TRY(fray_rate_draws_make(&draws, scope, err));
  for (size_t i = 0; i < scope->people->n; i++)
    if (fray_scope_takes(scope, i))
      lose(&draws, p->if_all_lost, scope, i);
  return FRAY_OK;
}

/* The benchmark has one structure: keys that would change it are refused rather than ignored. */
static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct missing_modality *p = entry->kind.params;
  FRAY_CHECK(!(p->if_all_lost == LOST_DROP && at == FRAY_AT_TEST), err, INPUT,
             "if_all_lost: test samples are never dropped; use keep or protect");
  if (p->compat == FRAY_COMPAT_NONE)
    return FRAY_OK;
  FRAY_CHECK(entry->unit == FRAY_UNIT_CLIENT, err, INPUT,
             "compat: fedmultimodal loses modalities per client; set 'unit: client'");
  FRAY_CHECK(at == FRAY_AT_TRAIN, err, INPUT,
             "compat: fedmultimodal keeps dev and test complete; use 'at: train'");
  FRAY_CHECK(entry->draw == FRAY_DRAW_BERNOULLI, err, INPUT,
             "compat: fedmultimodal does not go with 'draw: exact'");
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
 * keeps the one with the largest draw, which is the last to be taken at any rate. */
static unsigned nests(const struct fray_corruption_config *entry) {
  (void)entry;
  return FRAY_NESTS_SET | FRAY_NESTS_VALUE;
}

static const struct fray_corruption_ops ops = {.words = "%s lost",
                                               .brief = "lost",
                                               .strength = {"rate", "share", 0, 1},
                                               .modalities_key = true,
                                               .removes = true,
                                               .at = auto_at,
                                               .encodes_zeros = encodes_zeros,
                                               .nests = nests,
                                               .check = check,
                                               .apply = apply};
const struct fray_choice fray_corruption_missing_modality = {
    .name = "missing_modality",
    .meaning = "Samples, or whole clients, lack modalities.",
    .source = "one uniform per unit and modality, lost where it is below the rate; compat: Feng et "
              "al. 2023 (FedMultimodal)",
    .table = &table,
    .impl = &ops};
