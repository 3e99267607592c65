/* Missing modality: sensors that are not there, per sample or per client. */
#include "scope.h"

enum { DRAW_BERNOULLI, DRAW_EXACT };
enum { LOST_AUTO, LOST_DROP, LOST_KEEP, LOST_PROTECT };
static const char *const draw_names[] = {"bernoulli", "exact", NULL};
static const char *const lost_names[] = {"auto", "drop", "keep", "protect", NULL};

/* FedMultimodal numbers clients by their place in its partition files, where `test` and `dev` come
 * first (UCI-HAR), so its first training client has the index 2. */
enum { FIRST_CLIENT_INDEX = 2 };

struct missing_modality {
  double rate;
  int unit, draw, if_all_lost, compat;
};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "rate", struct missing_modality, rate, .required = true, .min = 0, .max = 1,
               .help =
                   "Probability that a sample (or client) lacks a modality, for each modality by "
                   "itself."),
    FRAY_FIELD(
        ENUM, "unit", struct missing_modality, unit, .def_text = "sample", .names = fray_unit_names,
        .help = "What loses a modality at once: a sample, or a client with all its samples."),
    FRAY_FIELD(ENUM, "draw", struct missing_modality, draw, .def_text = "bernoulli",
               .names = draw_names,
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

/* Draws of all units: draw[u * stride + m], NaN where unit u has nothing of modality m to lose. */
struct draws {
  const struct missing_modality *params;
  size_t units, stride;
  double *draw;
};

static size_t unit_of(const struct draws *draws, const struct fray_scope *scope, size_t i) {
  return draws->params->unit == FRAY_UNIT_CLIENT ? scope->people->client[i] : i;
}

static double draw_one(const struct draws *draws, const struct fray_scope *scope, size_t unit,
                       size_t m) {
  struct fray_rng rng;
  if (draws->params->compat == FRAY_COMPAT_FEDMULTIMODAL) {
    size_t place = 1;
    for (size_t before = 0; before < m; before++)
      place += scope->modalities >> before & 1;
    rng = fray_scope_plan_stream(scope, place * (unit + FIRST_CLIENT_INDEX));
  } else {
    rng = fray_scope_stream(scope, (enum fray_unit)draws->params->unit, unit,
                            fray_scope_modality(scope, m));
  }
  return fray_rng_uniform(&rng);
}

static void draw_all(struct draws *draws, const struct fray_scope *scope) {
  for (size_t at = 0; at < draws->units * draws->stride; at++)
    draws->draw[at] = NAN;
  for (size_t i = 0; i < scope->people->n; i++) {
    if (!fray_scope_takes(scope, i))
      continue;
    size_t unit = unit_of(draws, scope, i);
    unsigned may = scope->damage->present[i] & scope->modalities;
    for (size_t m = 0; m < draws->stride; m++) {
      double *draw = &draws->draw[unit * draws->stride + m];
      if ((may >> m & 1) && isnan(*draw))
        *draw = draw_one(draws, scope, unit, m);
    }
  }
}

/* Replaces each modality's draws by their ranks, a step function with the exact count. */
static enum fray_status rank_all(struct draws *draws, const struct fray_scope *scope,
                                 struct fray_err *err) {
  double *column = NULL;
  uint64_t *source = NULL;
  FRAY_ALLOC(column, scope->arena, draws->units, err);
  FRAY_ALLOC(source, scope->arena, draws->units, err);
  for (size_t u = 0; u < draws->units; u++)
    source[u] = fray_scope_source(scope, (enum fray_unit)draws->params->unit, u);
  for (size_t m = 0; m < draws->stride; m++) {
    for (size_t u = 0; u < draws->units; u++)
      column[u] = draws->draw[u * draws->stride + m];
    FRAY_TRY(fray_rank_draws(column, source, draws->units, scope->arena, err));
    for (size_t u = 0; u < draws->units; u++)
      draws->draw[u * draws->stride + m] = column[u];
  }
  return FRAY_OK;
}

static bool is_lost(const struct missing_modality *params, double draw) {
  return params->draw == DRAW_EXACT ? draw <= params->rate : draw < params->rate;
}

/* Bits that sample i loses of those in `may`. */
static unsigned lost_bits(const struct draws *draws, const struct fray_scope *scope, size_t i,
                          unsigned may) {
  const double *draw = &draws->draw[unit_of(draws, scope, i) * draws->stride];
  unsigned lost = 0, largest = 0;
  double most = -1.0;
  for (size_t m = 0; m < draws->stride; m++) {
    if (!(may >> m & 1) || !is_lost(draws->params, draw[m]))
      continue;
    lost |= 1u << m;
    if (draw[m] > most)
      most = draw[m], largest = 1u << m;
  }
  bool all = lost == scope->damage->present[i];
  return draws->params->if_all_lost == LOST_PROTECT && all ? lost & ~largest : lost;
}

static void lose(const struct draws *draws, struct fray_scope *scope, size_t i) {
  struct fray_damage *damage = scope->damage;
  int rule = draws->params->if_all_lost;
  unsigned may = damage->present[i] & scope->modalities;
  unsigned lost = lost_bits(draws, scope, i, may);
  damage->present[i] &= (uint8_t)~lost;
  fray_scope_count(scope, i, (unsigned)__builtin_popcount(may), (unsigned)__builtin_popcount(lost));
  if (lost && !damage->present[i] && scope->people->train &&
      (rule == LOST_AUTO || rule == LOST_DROP))
    damage->dropped[i] = 1;
}

static enum fray_status apply(const void *params, struct fray_scope *scope, struct fray_err *err) {
  const struct missing_modality *p = params;
  struct draws draws = {.params = p,
                        .units = p->unit == FRAY_UNIT_CLIENT ? scope->people->n_clients
                                                             : scope->people->n,
                        .stride = scope->people->dataset->n_modalities};
  FRAY_ALLOC(draws.draw, scope->arena, draws.units * draws.stride, err);
  draw_all(&draws, scope);
  if (p->draw == DRAW_EXACT)
    FRAY_TRY(rank_all(&draws, scope, err));
  for (size_t i = 0; i < scope->people->n; i++)
    if (fray_scope_takes(scope, i))
      lose(&draws, scope, i);
  return FRAY_OK;
}

static enum fray_status check(const struct fray_corruption_config *entry, int at,
                              struct fray_err *err) {
  const struct missing_modality *p = entry->kind.params;
  FRAY_CHECK(!(p->if_all_lost == LOST_DROP && at == FRAY_AT_TEST), err, INPUT,
             "if_all_lost: test samples are never dropped; use keep or protect");
  if (p->compat == FRAY_COMPAT_NONE)
    return FRAY_OK;
  FRAY_CHECK(p->unit == FRAY_UNIT_CLIENT, err, INPUT,
             "compat: fedmultimodal loses modalities per client; set 'unit: client'");
  FRAY_CHECK(at == FRAY_AT_TRAIN, err, INPUT,
             "compat: fedmultimodal keeps dev and test complete; use 'at: train'");
  FRAY_CHECK(p->draw == DRAW_BERNOULLI, err, INPUT,
             "compat: fedmultimodal does not go with 'draw: exact'");
  FRAY_CHECK(p->if_all_lost == LOST_AUTO || p->if_all_lost == LOST_DROP, err, INPUT,
             "compat: fedmultimodal drops clients that lost all modalities, so if_all_lost must be "
             "drop");
  return FRAY_OK;
}

static int auto_at(const void *params) {
  const struct missing_modality *p = params;
  return p->compat == FRAY_COMPAT_FEDMULTIMODAL ? FRAY_AT_TRAIN : FRAY_AT_BOTH;
}

static double nominal(const void *params) {
  return ((const struct missing_modality *)params)->rate;
}

static unsigned nests(const void *params) {
  (void)params;
  return FRAY_NESTS_SET | FRAY_NESTS_VALUE;
}

static const struct fray_corruption_ops ops = {.strength = "rate",
                                               .modalities_key = true,
                                               .at = auto_at,
                                               .nominal = nominal,
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
