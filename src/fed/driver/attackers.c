/* Who attacks, what becomes of a round's updates then, and what a rule made of each.
 *
 * Attackers are clients like all others until their updates are weighed: they are drawn, they
 * train, if on samples of their making, they cost what the others cost, and a rule sees nothing but
 * what they send. */
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/fed/availability.h"
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One draw a client, whatever the fraction. */
struct drawn {
  double draw;
  uint64_t source;
  uint32_t client;
};

static int by_draw(const void *a, const void *b) {
  const struct drawn *x = a, *y = b;
  if (x->draw != y->draw)
    return x->draw < y->draw ? -1 : 1;
  return (x->source > y->source) - (x->source < y->source);
}

/* The clients with the smallest draws, of those that can train: a larger fraction has the smaller
 * one's attackers, and others. */
static enum fray_status draw(double fraction, const struct fray_clients *clients, uint64_t seed,
                             struct fray_arena *arena, uint8_t *out, struct fray_err *err) {
  struct drawn *list;
  size_t n = 0;
  FRAY_ALLOC(list, arena, clients->n + 1, err);
  for (size_t c = 0; c < clients->n; c++) {
    struct fray_rng rng = fray_rng_for(seed, "attack/who", clients->source[c], 0, 0);
    if (clients->count[c] == 0)
      continue;
    list[n++] = (struct drawn){
        .draw = fray_rng_uniform(&rng), .source = clients->source[c], .client = (uint32_t)c};
  }
  qsort(list, n, sizeof *list, by_draw);
  const struct fray_amount amount = {.value = fraction, .is_fraction = true};
  const size_t take = fraction > 0 ? fray_amount_of(amount, n) : 0;
  for (size_t i = 0; i < take; i++)
    out[list[i].client] = 1;
  return FRAY_OK;
}

/* A value, or one of a list. */
static bool names(const struct fray_node *entry, const char *name) {
  const struct fray_node *value = entry->kind == FRAY_NODE_LIST ? entry->child : entry;
  for (; value; value = entry->kind == FRAY_NODE_LIST ? value->next : NULL)
    if (strcmp(value->scalar, name) == 0)
      return true;
  return false;
}

/* A misspelt name would silently mean nobody. */
/* What is named and what there is stand in the message; whoever asks puts the place before it. */
static enum fray_status all_known(const struct fray_node *entry, const char *const *known, size_t n,
                                  struct fray_err *err) {
  const struct fray_node *value = entry->kind == FRAY_NODE_LIST ? entry->child : entry;
  char list[512];
  for (; value; value = entry->kind == FRAY_NODE_LIST ? value->next : NULL) {
    size_t k = 0;
    while (k < n && strcmp(known[k], value->scalar) != 0)
      k++;
    FRAY_CHECK(k < n, err, INPUT, "training.attack.who.%s: there is no '%s'; %s", entry->key,
               value->scalar, fray_there_are(value->scalar, known, n, list, sizeof list));
  }
  return FRAY_OK;
}

/* Each entry takes away whom it does not name. */
static enum fray_status keep_named(const struct fray_node *entry,
                                   const struct fray_dataset *dataset,
                                   const struct fray_clients *clients,
                                   const char *const *client_name, struct fray_arena *arena,
                                   uint8_t *out, struct fray_err *err) {
  const struct fray_group *column;
  int32_t *code;
  if (strcmp(entry->key, "clients") == 0) {
    FRAY_TRY(all_known(entry, client_name, clients->n, err));
    for (size_t c = 0; c < clients->n; c++)
      out[c] = out[c] && names(entry, client_name[c]);
    return FRAY_OK;
  }
  FRAY_TRY(fray_client_column(dataset, clients, client_name, entry->key, "training.attack.who",
                              arena, &column, &code, err));
  FRAY_TRY(all_known(entry, (const char *const *)column->value, column->n, err));
  for (size_t c = 0; c < clients->n; c++)
    out[c] = out[c] && clients->count[c] && names(entry, column->value[code[c]]);
  return FRAY_OK;
}

/* Several entries must all fit, as with damage. */
enum fray_status fray_federation_attackers(const struct fray_training_config *training,
                                           const struct fray_dataset *dataset,
                                           const struct fray_clients *clients,
                                           const char *const *client_name, uint64_t seed,
                                           struct fray_arena *arena, uint8_t **out,
                                           struct fray_err *err) {
  const struct fray_node *who = training->attack.who;
  double fraction;
  *out = NULL;
  if (!fray_attack_is_on(&training->attack))
    return FRAY_OK;
  FRAY_ALLOC_ZERO(*out, arena, clients->n + 1, err);
  if (who->kind == FRAY_NODE_SCALAR && fray_node_real(who, &fraction))
    return draw(fraction, clients, seed, arena, *out, err);
  memset(*out, 1, clients->n);
  for (const struct fray_node *entry = who->child; entry; entry = entry->next)
    FRAY_TRY(keep_named(entry, dataset, clients, client_name, arena, *out, err));
  return FRAY_OK;
}

/* By equal parts of a round: where one of n updates has the share s, it counts n s times; of
 * blocks, s by what it would have if all holders of each counted alike, since who holds little of
 * the model has little of it under any rule. Exactly 0 is what a rule left out; rounding gives none
 * to those that it took. */
void run_note_influence(struct run *r) {
  const struct members *m = &r->members;
  const size_t algorithm = fray_server_numbers(&r->core.f->training->server.algorithm, &r->roster);
  size_t n = 0;
  for (size_t i = 0; i < m->n; i++) {
    if (!m->kept[i])
      continue;
    double *client = r->number + algorithm + FRAY_INFLUENCE_NUMBERS * (size_t)m->client[i];
    const double share = r->share[n];
    const double part = !r->even         ? share * (double)r->counted.members
                        : r->even[n] > 0 ? share / r->even[n]
                                         : 0;
    n++;
    client[FRAY_INFLUENCE_UPDATES]++;
    client[FRAY_INFLUENCE_NONE] += part == 0;
    client[FRAY_INFLUENCE_HALF] += part < 0.5;
    client[FRAY_INFLUENCE_SUM] += part;
  }
}

/* After weights are known and before anything looks at the updates. */
enum fray_status run_attack(struct run *r, size_t round, const struct fray_updates *updates,
                            const struct fray_aggregation_round *about, struct fray_round_row *row,
                            struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct members *m = &r->members;
  size_t n = 0;
  if (!r->is_attacker)
    return FRAY_OK;
  row->attackers = 0;
  for (size_t i = 0; i < m->n; i++) {
    if (!m->kept[i])
      continue;
    r->attack_source[n] = f->clients->source[m->client[i]];
    r->attacks[n] = r->is_attacker[m->client[i]];
    row->attackers += r->attacks[n++];
  }
  const struct fray_attack_round attack = {
      .seed = f->seed,
      .round = round,
      .w = r->w,
      .source = r->attack_source,
      .is_attacker = r->attacks,
      .state =
          r->state + r->ops->server_vectors + fray_aggregation_remembers(&f->training->aggregation),
      .aggregation = &f->training->aggregation,
      .about = about,
      .params = fray_model_params(f->model),
      .modality = r->poisoned.modality};
  /* The buffers are the run's own; only those who put updates together must not write them. */
  FRAY_TRY(fray_attack(f->comm, &f->training->attack, &attack, updates,
                       (float *const *)r->counted.update, &r->core.work, err));
  run_code_attacks(r, round);
  return FRAY_OK;
}
