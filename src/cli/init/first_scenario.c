/* A first scenario of shards: what their modalities allow, by what the methods say of themselves.
 */
#include "init.h"

#include "fray/base/text.h"
#include "fray/corrupt/corrupt.h"
#include "fray/data/partition.h"
#include "fray/fusion/fusion.h"
#include "fray/metric/metric.h"

#include <string.h>

/* What else a modality can be damaged by; nothing where there is no more. */
static void put_more(size_t more, const struct fray_modality *mod, struct fray_text *out) {
  if (more)
    fray_text_printf(out, "  # %zu more for %s: fray list corruptions\n", more, mod->name);
}

/* For each modality: taken away, and damaged by the kinds that are looked for first; all that fit
 * would be a study of hours, and some need keys that only the user knows. A severity of 0 is the
 * clean value, so that curves begin there. */
static void put_tests(const struct fray_dataset *d, struct fray_text *out) {
  fray_text_puts(out, "tests: # on the same trained models, without training again\n");
  for (size_t m = 0; m < d->n_modalities; m++) {
    const struct fray_modality *mod = &d->modality[m];
    fray_text_printf(out, "  %s_lost: {kind: %s, modalities: [\"%s\"], rate: [0, 0.5, 1]}\n",
                     mod->name, fray_corruption_remover()->name, mod->name);
    size_t more = 0;
    for (size_t i = 0; i < fray_corruptions.n; i++) {
      const struct fray_choice *kind = fray_corruptions.v[i];
      /* Each kind says for itself what it can damage; one that is added later is offered here
       * without a line. */
      if (!fray_corruption_damages_signals(kind) || !fray_corruption_fits_modality(kind, mod->kind))
        continue;
      more += !fray_corruption_is_usual(kind);
      if (fray_corruption_is_usual(kind))
        fray_text_printf(out, "  %s_%s: {kind: %s, modalities: [\"%s\"], severity: [0, 1, 3, 5]}\n",
                         mod->name, kind->name, kind->name, mod->name);
    }
    put_more(more, mod, out);
  }
}

/* Two ways to join modalities are compared where there are two to join; else two amounts of local
 * work. */
static void put_sweep(const struct fray_dataset *d, struct fray_text *out) {
  const bool joins = d->n_modalities > 1 && fray_fusions.n > 1;
  /* A key of its own takes the place of methods, so that there is something to compare. */
  if (!joins) {
    fray_text_puts(out, "sweep:\n  - grid: {training.local.epochs: [1, 2]}\n"
                        "reference: {training.local.epochs: 1}\n");
    return;
  }
  /* The first of the list is the default, the second what it is held against. */
  const char *a = fray_fusions.v[0]->name, *b = fray_fusions.v[1]->name;
  fray_text_printf(out,
                   "methods: # what is compared; `fray list` has more\n"
                   "  %s: {model.fusion: %s}\n  %s: {model.fusion: %s}\n"
                   "corruption: # in training and at test; a rate of 0 is for the sweep to set\n"
                   "  - {id: lost, kind: %s, unit: sample, at: both, rate: 0}\n"
                   "sweep:\n  - grid: {method: [%s, %s], lost.rate: [0, 0.3]}\n"
                   "reference: {method: %s, lost.rate: 0}\n",
                   a, a, b, b, fray_corruption_remover()->name, a, b, a);
}

/* What was found stands above what was made of it, so that one can be held against the other. */
static void put_facts(const struct fray_dataset *d, struct fray_text *out) {
  size_t of[FRAY_SPLITS] = {0};
  for (size_t i = 0; i < d->n_samples; i++)
    of[d->split[i]]++;
  fray_text_printf(out, "# Found: %s (%zu train, %zu dev, %zu test), %s, %s.\n",
                   FRAY_N(d->n_samples, "sample"), of[FRAY_TRAIN], of[FRAY_DEV], of[FRAY_TEST],
                   FRAY_N(d->n_clients, "client"), FRAY_N(d->n_classes, "class"));
  for (size_t m = 0; m < d->n_modalities; m++)
    fray_text_printf(out, "#   %s: %s\n", d->modality[m].name,
                     fray_modality_kind_names[d->modality[m].kind]);
  /* `fray check` would refuse it later, and not know of the import. */
  if (of[FRAY_DEV] == 0 || of[FRAY_TEST] == 0)
    fray_text_puts(
        out, "# check: a study needs dev and test samples; see `dev` and `test` of the import.\n");
}

/* The first partition that deals to a number of clients. */
static const char *dealing_partition(void) {
  for (size_t i = 0; i < fray_partitions.n; i++) {
    const struct fray_table *table = fray_partitions.v[i]->table;
    for (size_t k = 0; table && k < table->n; k++)
      if (strcmp(table->fields[k].key, "clients") == 0)
        return fray_partitions.v[i]->name;
  }
  return NULL;
}

/* Data that know nobody are dealt to clients, or there is nothing federated. */
static void put_partition(const struct fray_dataset *d, struct fray_text *out) {
  enum { FEW = 3, DEALT = 10 };
  const bool apart = d->n_clients == d->n_samples && d->n_samples > DEALT;
  size_t n = 0;
  for (size_t c = 0; c < d->n_clients; c++) {
    bool trains = false;
    for (size_t i = 0; i < d->n_samples && !trains; i++)
      trains = d->client[i] == c && d->split[i] == FRAY_TRAIN;
    n += trains;
    /* Enough is enough: the data may have a million clients. */
    if (n >= FEW && !apart)
      return;
    if (n >= FEW)
      break;
  }
  const char *kind = dealing_partition();
  if (kind && n >= FEW)
    fray_text_printf(out,
                     "  partition: {kind: %s, clients: %d}  # guessed: in the shards each sample "
                     "is a client of its own; `fray list partitions` has others\n",
                     kind, DEALT);
  else if (kind)
    fray_text_printf(out,
                     "  partition: {kind: %s, clients: %d}  # guessed: the shards have %s that "
                     "train%s; `fray list partitions` has others\n",
                     kind, DEALT, FRAY_N(n, "client"), n == 1 ? "s" : "");
}

/* Of sequences the metrics that are of them, the first of which chooses the round; else two that
 * everybody knows. */
static void put_metrics(const struct fray_dataset *d, struct fray_text *out) {
  size_t n = 0;
  for (size_t k = 0; d->words && k < fray_metrics.n; k++)
    if (fray_metric_of_sequences(fray_metrics.v[k]))
      fray_text_printf(out, "%s%s", n++ ? ", " : "  metrics: [", fray_metrics.v[k]->name);
  fray_text_puts(out, n ? "]\n" : "  metrics: [accuracy, macro_f1]\n");
}

static void put_selection(const struct fray_dataset *d, struct fray_text *out) {
  for (size_t k = 0; d->words && k < fray_metrics.n; k++)
    if (fray_metric_of_sequences(fray_metrics.v[k])) {
      fray_text_printf(out, "  selection: {metric: %s}\n", fray_metrics.v[k]->name);
      return;
    }
}

/* Columns of numbers come in units of their own, and a step that suits one of them is lost on
 * another; what else there is has a scale that its kind brings. */
static void put_features(const struct fray_dataset *d, struct fray_text *out) {
  size_t n = 0;
  for (size_t m = 0; m < d->n_modalities; m++)
    if (d->modality[m].kind == FRAY_FEATURES)
      fray_text_printf(out, "%s\"%s\": {standardise: train}", n++ ? ", " : "  features: {",
                       d->modality[m].name);
  if (n)
    fray_text_puts(out, "}  # guessed: each number over what clients train on; `none` as it is\n");
}

/* Small enough to see a first result within minutes; what to change is said beside each number. */
void init_put_scenario(const struct fray_dataset *d, const char *name, const char *shards,
                       struct fray_text *out) {
  fray_text_puts(
      out,
      "# A first scenario. What is marked `guessed` is a start, not advice; docs/scenarios.md\n"
      "# explains every key, `fray check` says what would be run.\n");
  put_facts(d, out);
  fray_text_puts(out, "name: ");
  init_put_scalar(out, name);
  fray_text_puts(out, "\nseeds: [1, 2, 3]\ndata:\n  shards: ");
  init_put_scalar(out, shards);
  fray_text_puts(out, "\n");
  put_features(d, out);
  put_partition(d, out);
  fray_text_puts(out,
                 "model: {hidden: 48}  # guessed\n"
                 "training:\n  rounds: 60  # guessed; at most so many:\n"
                 "  stop: {patience: 5, min_delta: 0.01}  # ends when the dev score has settled\n"
                 "  clients_per_round: 0.5\n"
                 "  local: {epochs: 2, batch: 10, optimiser: adam, lr: 0.003}  # guessed\n");
  put_selection(d, out);
  put_tests(d, out);
  fray_text_puts(out, "evaluate:\n  every: 2\n");
  put_metrics(d, out);
  /* All of them: a result for whom is what most come for. */
  for (size_t g = 0; g < d->n_groups; g++) {
    fray_text_puts(out, g ? ", " : "  groups: [");
    init_put_scalar(out, d->group[g].name);
  }
  fray_text_puts(out, d->n_groups ? "]\n" : "");
  put_sweep(d, out);
}
