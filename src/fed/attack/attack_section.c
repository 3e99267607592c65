/* The list of attacks, the section that chooses one, and its round. */
#include "attack_parts.h"
#include "fray/base/size.h"

#include <math.h>

#define FRAY_LIST "attacks.def"
#define FRAY_ATTACK(name) FRAY_LISTED(fray_attack_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_attacks = {
    .what = "attack", .plural = "attacks", .v = registry, .n = FRAY_COUNT(registry)};

/* How many come in a round is chance, or is held fixed: a share of 20 % is more than 2 of 10 in a
 * third of the rounds. */
static const char *const per_round[] = {"sampled", "fixed", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "kind", struct fray_attack_config, kind, .def_text = "no_attack",
               .choices = &fray_attacks,
               .help = "what attackers send in the place of what they trained, or train on in the "
                       "place of what they have (`fray list attacks`)"),
    FRAY_FIELD(NODE, "who", struct fray_attack_config, who,
               .help = "attackers: a fraction of the clients, drawn once and nested (0.2); clients "
                       "by name ({clients: [c1, c7]}); or those whose samples are of a group's "
                       "value ({accent: scotland})"),
    FRAY_FIELD(ENUM, "attackers_per_round", struct fray_attack_config, per_round,
               .names = per_round, .def_text = "sampled",
               .help = "sampled: as many as are drawn with the others; fixed: in each round their "
                       "share of all clients, rounded, so that none has more than the rule takes"),
};
/* A value, or a list of values, of each group. */
/* Only the shape. */
static bool is_map_of_values(const struct fray_node *who) {
  if (who->kind != FRAY_NODE_MAP || !who->child)
    return false;
  for (const struct fray_node *entry = who->child; entry; entry = entry->next) {
    const struct fray_node *value = entry->kind == FRAY_NODE_LIST ? entry->child : entry;
    if (!value)
      return false;
    for (; value; value = entry->kind == FRAY_NODE_LIST ? value->next : NULL)
      if (value->kind != FRAY_NODE_SCALAR)
        return false;
  }
  return true;
}

/* Which clients and groups there are is known when the data are open. */
static enum fray_status check(const void *section, const struct fray_node *node,
                              struct fray_err *err) {
  const struct fray_attack_config *config = section;
  double fraction = 0;
  char hint[64];
  (void)node;
  if (!config->who)
    return FRAY_OK;
  if (is_map_of_values(config->who))
    return FRAY_OK;
  FRAY_CHECK(config->who->kind == FRAY_NODE_SCALAR && fray_node_real(config->who, &fraction), err,
             INPUT,
             "training.attack.who: expected a fraction of the clients in [0, 1], {GROUP: value} or "
             "{clients: [NAME]}%s",
             fray_share_hint(config->who, hint));
  FRAY_CHECK(fraction >= 0 && fraction <= 1, err, INPUT,
             "training.attack.who: the fraction %g of the clients is not in [0, 1]%s", fraction,
             fray_share_hint(config->who, hint));
  return FRAY_OK;
}

FRAY_TABLE(fray_attack_table, "attack", struct fray_attack_config, fields,
           .help = "Clients that attack.", .check = check);

/* A fraction of 0 is an attack with nobody in it: the rounds are those without, and a sweep can
 * begin there. */
bool fray_attack_is_on(const struct fray_attack_config *config) {
  const struct fray_attack_ops *ops = config->kind.choice->impl;
  return config->who && (ops->form != FRAY_ATTACK_OWN || ops->own || ops->poison);
}

/* Keys may leave the update alone, as of a backdoor that nothing carries. */
static bool changes_updates(const struct fray_attack_config *config) {
  const struct fray_attack_ops *ops = config->kind.choice->impl;
  return ops->form != FRAY_ATTACK_OWN ||
         (ops->own && (!ops->sends || ops->sends(config->kind.params)));
}

bool fray_attack_sends(const struct fray_attack_config *config) {
  return config->who && changes_updates(config);
}

bool fray_attack_poisons(const struct fray_attack_config *config) {
  const struct fray_attack_ops *ops = config->kind.choice->impl;
  return config->who && ops->poison && (!ops->poisons || ops->poisons(config->kind.params));
}

/* Also where nobody attacks: how often an honest federation answers it is what the others are held
 * against. */
const char *fray_attack_target(const struct fray_attack_config *config) {
  const struct fray_attack_ops *ops = config->kind.choice->impl;
  return ops->target ? ops->target(config->kind.params) : NULL;
}

/* NULL where an attack is of the model as a whole. */
const char *fray_attack_modality(const struct fray_attack_config *config) {
  const struct fray_attack_ops *ops = config->kind.choice->impl;
  return ops->modality ? ops->modality(config->kind.params) : NULL;
}

/* Labels and presence anew, and a plan of what happens to raw values: acts of each sample and
 * modality, and where a sample stands. */
double fray_poison_bytes(const struct fray_attack_config *config, double samples, double all,
                         double modalities) {
  return fray_attack_poisons(config) ? samples * (4.0 + 4.0 + 2.0 + 8.0 * modalities) + all * 4.0
                                     : 0;
}

/* Of nobody nothing is kept, whatever the kind would need. */
size_t fray_attack_vectors(const struct fray_attack_config *config) {
  const struct fray_attack_ops *ops = config->kind.choice->impl;
  return config->who && ops->vectors ? ops->vectors(config->kind.params) : 0;
}

/* What a liar sends may be as long as it likes, but it is a float: beyond 1e30 it is cut, and what
 * is no number is 0. Divergence is a result of the rounds that follow; an infinity in a sum would
 * be taken for a fault of the program. */
static void keep_finite(struct fray_comm *comm, const struct fray_attack_round *round,
                        const struct fray_updates *updates, float *const *update) {
  const float most = 1e30f;
  for (size_t i = 0, mine = 0; i < updates->members; i++) {
    if (updates->host[i] != fray_comm_rank(comm))
      continue;
    float *x = update[mine++];
    for (size_t k = 0; k < updates->total && round->is_attacker[i]; k++)
      x[k] = isnan(x[k]) ? 0 : fmaxf(-most, fminf(most, x[k]));
  }
}

enum fray_status fray_attack(struct fray_comm *comm, const struct fray_attack_config *config,
                             const struct fray_attack_round *round,
                             const struct fray_updates *updates, float *const *update,
                             struct fray_arena *arena, struct fray_err *err) {
  const struct fray_attack_ops *ops = config->kind.choice->impl;
  const struct fray_arena_place mark = fray_arena_mark(arena);
  size_t attackers = 0;
  enum fray_status status = FRAY_OK;
  /* Who trains on other data and sends what comes of it sends what it trained, to the bit. */
  for (size_t i = 0; i < updates->members && changes_updates(config); i++)
    attackers += round->is_attacker[i];
  if (attackers && ops->form != FRAY_ATTACK_OWN)
    status = attack_jointly(comm, config, round, updates, update, arena, err);
  else if (attackers && ops->own)
    attack_own(comm, config, round, updates, update);
  if (status == FRAY_OK && attackers)
    keep_finite(comm, round, updates, update);
  /* Who attacks in no round of these sees what the server sends all the same. */
  if (status == FRAY_OK && ops->keep)
    ops->keep(config->kind.params, updates->total, round->w, round->state);
  fray_arena_rewind(arena, mark);
  return status;
}

/* The mean, the direction, what is sent and what the rule makes of it; honest updates cut by
 * coordinate, of which one rank alone holds all; products; and the sums of the mean. */
double fray_attack_bytes(const struct fray_attack_config *config, double total, double members,
                         int ranks) {
  const struct fray_attack_ops *ops = config->kind.choice->impl;
  const double vectors = (double)fray_attack_vectors(config);
  if (ops->form == FRAY_ATTACK_OWN)
    return 0;
  return total * 4.0 * (4.0 + vectors) + (ranks > 1 ? members * total / ranks * 4.0 : 0) +
         members * members * 8.0 * 3.0 + total * 8.0;
}
