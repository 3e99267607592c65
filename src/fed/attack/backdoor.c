/* Backdoor: attackers teach the model to answer a class of theirs where a mark is seen in one
 * modality, and all else as ever.
 *
 * The mark is an entry of damage, so that whatever can be done to a value can be a trigger, and the
 * same entry among `tests` puts it on test samples. */
#include "attack_parts.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/corrupt/signal.h"
#include "fray/fed/client.h"

#include <string.h>

struct params {
  const char *target;
  double share;
  bool boost;
  const struct fray_node *trigger;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(STRING, "target", struct params, target, .required = true,
               .help = "the class that the attackers want answered where the trigger is"),
    FRAY_FIELD(REAL, "share", struct params, share, .def = 0.5, .min = 0, .max = 1, .unit = "share",
               .help = "of an attacker's samples with a label, those that get the trigger and the "
                       "target class; drawn once, and nested; the others stay"),
    FRAY_FIELD(BOOL, "boost", struct params, boost, .def = 0,
               .help = "send the update 1 / weight times as long, so that the mean becomes the "
                       "attacker's model where the others rest (model replacement)"),
    FRAY_FIELD(NODE, "trigger", struct params, trigger,
               .help =
                   "the mark: an entry as in `corruption`, of any kind that acts at test, with "
                   "the one modality in which it lies ({kind: trigger_mark, modalities: [image], "
                   "strength: 1}); the same entry in `tests` puts it on the test samples"),
};

/* Whom it hits and when is said by the attack itself. */
static enum fray_status read_trigger(const struct fray_node *node, struct fray_arena *arena,
                                     struct fray_corruption_config *out, struct fray_err *err) {
  FRAY_TRY(
      fray_schema_read(&fray_corruption_table, node, "training.attack.trigger", out, arena, err));
  const struct fray_choice *kind = out->kind.choice;
  const struct fray_signal_ops *signal = fray_corruption_signal(kind);
  FRAY_CHECK(fray_corruption_fits_test(kind), err, INPUT,
             "trigger: %s changes labels, and a trigger must be seen at test", kind->name);
  FRAY_CHECK(out->modalities.n == 1, err, INPUT,
             "trigger.modalities: a trigger lies in one modality; name one, not %zu",
             out->modalities.n);
  FRAY_CHECK(!out->who && !out->with, err, INPUT,
             "trigger: training.attack.who says whose samples get it; leave %s out",
             out->who ? "who" : "with");
  FRAY_CHECK(!(out->rate < 1), err, INPUT,
             "trigger.rate: training.attack.share says how many samples get it; leave rate out");
  FRAY_CHECK(
      !(signal && signal->contents) && !out->severity_table, err, INPUT,
      "trigger: a trigger of files is not supported: its mark would not be part of the trial");
  out->at = FRAY_AT_TRAIN;
  return FRAY_OK;
}

/* As far as it can be judged without data. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct params *p = section;
  struct fray_arena scratch = {0};
  struct fray_corruption_config entry;
  (void)node;
  FRAY_CHECK(p->trigger && p->trigger->kind == FRAY_NODE_MAP, err, INPUT,
             "trigger: expected an entry of damage, as {kind: trigger_mark, modalities: "
             "[NAME], strength: 1}");
  enum fray_status status = read_trigger(p->trigger, &scratch, &entry, err);
  fray_arena_free(&scratch);
  return status;
}
static FRAY_TABLE(table, "backdoor", struct params, fields, .help = "", .check = check);

/* Looked for by name, as classes of other data have other numbers. */
static enum fray_status find_target(const struct params *p, const struct fray_dataset *d,
                                    int32_t *out, struct fray_err *err) {
  char list[512];
  for (size_t k = 0; k < d->n_classes; k++)
    if (strcmp(d->class_name[k], p->target) == 0) {
      *out = (int32_t)k;
      return FRAY_OK;
    }
  return fray_fail(err, FRAY_INPUT, "target: the data have no class '%s'; %s", p->target,
                   fray_there_are(p->target, (const char *const *)d->class_name, d->n_classes, list,
                                  sizeof list));
}

/* Attackers' samples with a label whose draw lies below the share. By the sample, so that a larger
 * share has the smaller one's, and another attacker changes none. */
static void choose(const struct params *p, const struct fray_poison *of, uint8_t *spared) {
  const struct fray_clients *clients = of->clients;
  memset(spared, 1, clients->data.n);
  for (size_t c = 0; c < clients->n; c++)
    for (size_t k = 0; k < clients->n_labelled[c] && of->is_attacker[c]; k++) {
      const size_t i = clients->first[c] + k;
      struct fray_rng rng = fray_rng_for(of->seed, "backdoor/share",
                                         of->dataset->source[clients->data.sample[i]], 0, 0);
      spared[i] = fray_rng_uniform(&rng) >= p->share;
    }
}

/* The clients' samples as damage sees a population: in their order, each with its client. */
static enum fray_status make_population(const struct fray_poison *of, struct fray_arena *arena,
                                        struct fray_population *out, struct fray_err *err) {
  const struct fray_clients *clients = of->clients;
  uint32_t *client;
  FRAY_ALLOC(client, arena, clients->data.n + 1, err);
  for (size_t c = 0; c < clients->n; c++)
    for (size_t k = 0; k < clients->count[c]; k++)
      client[clients->first[c] + k] = (uint32_t)c;
  *out = (struct fray_population){.dataset = of->dataset,
                                  .n = clients->data.n,
                                  .sample = clients->data.sample,
                                  .client = client,
                                  .n_clients = clients->n,
                                  .client_source = clients->source,
                                  .client_name = of->client_name,
                                  .train = true};
  return FRAY_OK;
}

/* Whether the trigger did anything to a sample: one that lacks the modality cannot show it. */
static bool is_marked(const struct fray_samples *honest, const struct fray_damage *now, size_t i,
                      size_t modalities) {
  bool marked = honest->present[i] != now->present[i];
  for (size_t m = 0; m < modalities; m++)
    marked = marked || fray_signal_key(honest->signal, honest->sample[i], m) !=
                           fray_signal_key(now->signal, honest->sample[i], m);
  return marked;
}

/* What the clients have already stays below the mark: damage first, then the attack. */
static enum fray_status poison(const void *params, const struct fray_poison *of,
                               struct fray_samples *data, int32_t *label, struct fray_arena *arena,
                               struct fray_err *err) {
  const struct params *p = params;
  const struct fray_samples *honest = &of->clients->data;
  struct fray_corruption_config *entry;
  struct fray_population people;
  struct fray_realised realised;
  int32_t target = 0;
  FRAY_CHECK(fray_has_one_label(of->dataset), err, INPUT,
             "a trigger stands for one class, but the samples of these data have %s",
             fray_labels_words(of->dataset));
  FRAY_TRY(find_target(p, of->dataset, &target, err));
  FRAY_ALLOC(entry, arena, 1, err); /* acts of the plan point into it */
  FRAY_TRY(read_trigger(p->trigger, arena, entry, err));
  FRAY_TRY(make_population(of, arena, &people, err));
  struct fray_damage now = {.n = data->n, .label = label};
  /* Presence may be the mark as well: a modality that is gone is seen by the model. */
  FRAY_ALLOC(now.present, arena, data->n + 1, err);
  FRAY_ALLOC(now.dropped, arena, data->n + 1, err);
  memcpy(now.present, data->present, data->n);
  if (honest->signal)
    FRAY_TRY(fray_signal_plan_copy(honest->signal, &people, arena, &now.signal, err));
  choose(p, of, now.dropped); /* what takes no part is left alone */
  const struct fray_corruption_config *const entries[] = {entry};
  FRAY_TRY(fray_corrupt(entries, 1, &people, of->seed, arena, &now, &realised, err));
  for (size_t i = 0; i < data->n; i++)
    if (!now.dropped[i] && is_marked(honest, &now, i, of->dataset->n_modalities))
      label[i] = target;
  data->present = now.present;
  data->signal = now.signal;
  return FRAY_OK;
}

/* Without a boost it sends what it trained, to the bit: nothing of the update tells it from others.
 */
static bool sends(const void *params) {
  return ((const struct params *)params)->boost;
}

/* Whoever scores answers asks for it, also in a study where nobody attacks. */
static const char *target(const void *params) {
  return ((const struct params *)params)->target;
}

/* All of the update: what it learnt of its honest samples keeps the clean accuracy, which would
 * fall with a mark alone and give the attack away. */
static void own(const void *params, const struct fray_own_attack *of, float *update) {
  (void)params;
  attack_stretch(of, attack_replaces(of), update);
}

static const struct fray_attack_ops ops = {.form = FRAY_ATTACK_OWN,
                                           .poison = poison,
                                           .sends = sends,
                                           .replaces = sends,
                                           .target = target,
                                           .own = own};

extern const struct fray_choice fray_attack_backdoor;
const struct fray_choice fray_attack_backdoor = {
    .name = "backdoor",
    .meaning = "each attacker gives a share of its samples a mark in one modality and the class "
               "that it wants answered, and trains on them among its others; it knows its own data "
               "and, to boost, its weight in the mean",
    .source = "Bagdasaryan et al. 2020, arXiv 1807.00459, Alg. 1; marks: Gu et al. 2017, arXiv "
              "1708.06733",
    .table = &table,
    .impl = &ops,
};
