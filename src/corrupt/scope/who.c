/* `who`: a fraction of the clients, or the samples of groups, or of clients of the data. */
#include "fray/base/hash.h"
#include "fray/codec/names.h"
#include "scope.h"

#include <stdio.h>
#include <string.h>

/* One entry {GROUP: value | [values]} of the map. */
/* A list or one value; anything deeper is a mistake that would otherwise mean nobody. */
static enum fray_status check_group(const struct fray_node *entry, struct fray_err *err) {
  char where[256];
  fray_node_where(entry, where);
  FRAY_CHECK(strcmp(entry->key, "each") != 0, err, INPUT,
             "%s: who.each: makes conditions of `tests`, one for each value; here name the values",
             where);
  const struct fray_node *value = entry->kind == FRAY_NODE_LIST ? entry->child : entry;
  FRAY_CHECK(value, err, INPUT, "%s: who.%s: an empty list of values", where, entry->key);
  for (; value; value = entry->kind == FRAY_NODE_LIST ? value->next : NULL)
    FRAY_CHECK(value->kind == FRAY_NODE_SCALAR, err, INPUT,
               "%s: who.%s: expected a value or a list of values", where, entry->key);
  return FRAY_OK;
}

/* Only the shape: which groups there are is known when the data are open. */
enum fray_status fray_who_check(const struct fray_node *who, struct fray_err *err) {
  if (!who)
    return FRAY_OK;
  char where[256];
  fray_node_where(who, where);
  /* An empty map would mean everyone or nobody; it is refused as neither number nor group. */
  if (who->kind == FRAY_NODE_MAP && who->child) {
    for (const struct fray_node *entry = who->child; entry; entry = entry->next)
      FRAY_TRY(check_group(entry, err));
    return FRAY_OK;
  }
  /* Anything else that YAML can hold is a mistake, and its place is known here. */
  double fraction = 0.0;
  char hint[64];
  FRAY_CHECK(who->kind == FRAY_NODE_SCALAR && fray_node_real(who, &fraction), err, INPUT,
             "%s: who: expected a fraction of the clients in [0, 1], {GROUP: value} or {clients: "
             "[NAME]}%s",
             where, fray_share_hint(who, hint));
  FRAY_CHECK(fraction >= 0.0 && fraction <= 1.0, err, INPUT,
             "%s: who: the fraction %g of the clients is not in [0, 1]%s", where, fraction,
             fray_share_hint(who, hint));
  return FRAY_OK;
}

/* The floor(fraction N) clients with the smallest draws, at least one of a fraction above 0, of the
 * N clients that hold samples here; so a larger fraction adds clients and takes none away. */
static enum fray_status select_fraction(double fraction, const char *id, struct fray_scope *scope,
                                        struct fray_err *err) {
  const struct fray_population *people = scope->people;
  char purpose[256];
  snprintf(purpose, sizeof purpose, "corruption-who/%s", id);
  uint64_t key = fray_rng_purpose(purpose);
  /* One draw a client, whatever the entry damages: it is the same people in each modality. */
  double *draw = NULL;
  FRAY_ALLOC(draw, scope->arena, people->n_clients, err);
  size_t clients = 0;
  /* Clients without a sample here take no place in the ranking. */
  for (size_t c = 0; c < people->n_clients; c++)
    draw[c] = NAN;
  for (size_t i = 0; i < people->n; i++) {
    uint32_t c = people->client[i];
    if (!isnan(draw[c]))
      continue;
    struct fray_rng rng = fray_rng_keyed(scope->seed, key, people->client_source[c], 0, 0);
    draw[c] = fray_rng_uniform(&rng);
    clients++;
  }
  FRAY_TRY(fray_rank_draws(draw, people->client_source, people->n_clients, scope->arena, err));
  /* A fraction above 0 that rounds down to nobody would be an entry that never acts. */
  double first = 1.0 / (double)clients;
  double limit = fraction > 0.0 && fraction < first ? first : fraction;
  for (size_t i = 0; i < people->n; i++)
    scope->inside[i] = draw[people->client[i]] <= limit;
  return FRAY_OK;
}

/* wanted: (n values there are, by name), set to 1 for those named. what: what a value is called. */
static enum fray_status mark_values(const struct fray_node *entry, const char *what,
                                    const char *const *known, size_t n, struct fray_arena *arena,
                                    uint8_t *wanted, struct fray_err *err) {
  char where[256], list[512];
  /* A group may have thousands of values, as clients do: a table, not a search for each. */
  struct fray_name_table table;
  FRAY_TRY(fray_name_table_make(known, n, arena, &table, err));
  const struct fray_node *value = entry->kind == FRAY_NODE_LIST ? entry->child : entry;
  for (; value; value = entry->kind == FRAY_NODE_LIST ? value->next : NULL) {
    size_t v = fray_name_find(&table, value->scalar);
    FRAY_CHECK(v < n, err, INPUT, "%s: who.%s: the data has no %s '%s'; %s",
               fray_node_where(value, where), entry->key, what, value->scalar,
               fray_there_are(value->scalar, known, n, list, sizeof list));
    wanted[v] = 1;
  }
  return FRAY_OK;
}

/* A misspelt group would silently mean nobody. */
static enum fray_status find_group(const struct fray_node *entry, const struct fray_scope *scope,
                                   const struct fray_group **out, struct fray_err *err) {
  const struct fray_dataset *dataset = scope->people->dataset;
  const char **names = NULL;
  FRAY_ALLOC(names, scope->arena, dataset->n_groups, err);
  for (size_t g = 0; g < dataset->n_groups; g++) {
    names[g] = dataset->group[g].name;
    if (strcmp(names[g], entry->key) == 0) {
      *out = &dataset->group[g];
      return FRAY_OK;
    }
  }
  char where[256], list[512];
  return fray_fail(err, FRAY_INPUT, "%s: who: the data has no group '%s'; %s",
                   fray_node_where(entry, where), entry->key,
                   fray_there_are(entry->key, names, dataset->n_groups, list, sizeof list));
}

/* Several groups must all fit: each one only takes away. */
static enum fray_status select_group(const struct fray_node *entry, struct fray_scope *scope,
                                     struct fray_err *err) {
  const struct fray_population *people = scope->people;
  const struct fray_group *group = NULL;
  FRAY_TRY(find_group(entry, scope, &group, err));
  uint8_t *wanted = NULL;
  FRAY_ALLOC_ZERO(wanted, scope->arena, group->n, err);
  FRAY_TRY(mark_values(entry, entry->key, group->value, group->n, scope->arena, wanted, err));
  /* Outside stays outside: an earlier group may have taken the sample away. */
  for (size_t i = 0; i < people->n; i++)
    if (!wanted[group->code[people->sample[i]]])
      scope->inside[i] = 0;
  return FRAY_OK;
}

/* Clients of the data, whoever holds their samples in the federation: a microphone or a sensor goes
 * with the person. */
static enum fray_status select_clients(const struct fray_node *entry, struct fray_scope *scope,
                                       struct fray_err *err) {
  const struct fray_dataset *d = scope->people->dataset;
  uint8_t *wanted = NULL;
  FRAY_ALLOC_ZERO(wanted, scope->arena, d->n_clients + 1, err);
  FRAY_TRY(mark_values(entry, "client", d->client_name, d->n_clients, scope->arena, wanted, err));
  for (size_t i = 0; i < scope->people->n; i++)
    if (!wanted[d->client[scope->people->sample[i]]])
      scope->inside[i] = 0;
  return FRAY_OK;
}

/* Everyone is inside until something takes them out. */
enum fray_status fray_who_select(const struct fray_node *who, const char *id,
                                 struct fray_scope *scope, struct fray_err *err) {
  memset(scope->inside, 1, scope->people->n);
  FRAY_TRY(fray_who_check(who, err));
  if (!who)
    return FRAY_OK;
  double fraction = 0.0;
  if (who->kind == FRAY_NODE_SCALAR && fray_node_real(who, &fraction))
    return select_fraction(fraction, id, scope, err);
  for (const struct fray_node *entry = who->child; entry; entry = entry->next)
    FRAY_TRY(strcmp(entry->key, "clients") == 0 ? select_clients(entry, scope, err)
                                                : select_group(entry, scope, err));
  return FRAY_OK;
}
