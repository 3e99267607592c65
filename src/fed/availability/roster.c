/* Whom a federation has, as methods that treat groups of clients want to know it. */
#include "fray/base/text.h"
#include "fray/fed/availability.h"
#include "fray/fed/federation.h"

#include <string.h>

/* The column that the method asks for. Data are known only now, so a name that is none is found
 * here and not where the scenario is read. */
static enum fray_status find_column(const struct fray_dataset *dataset, const char *name,
                                    const char *where, const struct fray_group **out,
                                    struct fray_arena *arena, struct fray_err *err) {
  const char **names;
  char list[512];
  FRAY_ALLOC(names, arena, dataset->n_groups + 1, err);
  for (size_t g = 0; g < dataset->n_groups; g++) {
    names[g] = dataset->group[g].name;
    if (strcmp(names[g], name) == 0) {
      *out = &dataset->group[g];
      return FRAY_OK;
    }
  }
  return fray_fail(err, FRAY_INPUT, "%s: the data have no group column '%.80s'; %s", where, name,
                   fray_there_are(name, names, dataset->n_groups, list, sizeof list));
}

/* A client is of one group or none at all: a method that weighs clients by groups could not say
 * whom it weighs otherwise. Who has no samples left is counted to the first group; it never trains.
 */
static enum fray_status place(const struct fray_group *column, const struct fray_clients *clients,
                              const char *const *client_name, const char *where, int32_t *group,
                              struct fray_err *err) {
  for (size_t c = 0; c < clients->n; c++) {
    const uint32_t *sample = clients->data.sample + clients->first[c];
    group[c] = 0;
    for (size_t i = 0; i < clients->count[c]; i++) {
      const int32_t of = column->code[sample[i]];
      FRAY_CHECK(i == 0 || of == group[c], err, INPUT,
                 "%s: client %s has samples of %s '%s' and of '%s', but each client must be of one "
                 "group",
                 where, client_name ? client_name[c] : "?", column->name, column->value[group[c]],
                 column->value[of]);
      group[c] = of;
    }
  }
  return FRAY_OK;
}

/* One reading for all who treat clients by a column: methods, devices, dropouts. */
enum fray_status fray_client_column(const struct fray_dataset *dataset,
                                    const struct fray_clients *clients,
                                    const char *const *client_name, const char *column,
                                    const char *where, struct fray_arena *arena,
                                    const struct fray_group **group, int32_t **code,
                                    struct fray_err *err) {
  FRAY_CHECK(dataset, err, INPUT, "%s: the data have no group columns", where);
  FRAY_TRY(find_column(dataset, column, where, group, arena, err));
  FRAY_ALLOC(*code, arena, clients->n, err);
  return place(*group, clients, client_name, where, *code, err);
}

/* Its samples have labels, or the server would train on nothing. */
static enum fray_status find_server(const char *wanted, const char *key,
                                    const struct fray_clients *clients,
                                    const char *const *client_name, uint32_t *out,
                                    struct fray_err *err) {
  char list[512];
  size_t c = 0;
  while (c < clients->n && strcmp(client_name[c], wanted) != 0)
    c++;
  FRAY_CHECK(c < clients->n, err, INPUT, "training.%s: there is no client '%.80s'; %s", key, wanted,
             fray_there_are(wanted, client_name, clients->n, list, sizeof list));
  FRAY_CHECK(clients->n_labelled[c] > 0, err, INPUT,
             "training.%s: client %.80s has no sample with a label", key, wanted);
  FRAY_CHECK(clients->n > 1, err, INPUT,
             "training.%s: %.80s is the only client, so nobody is left to take part", key, wanted);
  *out = (uint32_t)c;
  return FRAY_OK;
}

enum fray_status fray_federation_roster(const struct fray_training_config *training,
                                        const struct fray_dataset *dataset,
                                        const struct fray_clients *clients,
                                        const char *const *client_name, struct fray_arena *arena,
                                        struct fray_roster *out, struct fray_err *err) {
  const struct fray_variant *algorithm = &training->server.algorithm;
  const struct fray_algorithm_ops *ops = algorithm->choice->impl;
  const struct fray_group *column = NULL;
  int32_t *group;
  *out = (struct fray_roster){.clients = clients->n,
                              .samples = clients->n_labelled,
                              .modalities = dataset ? dataset->n_modalities : 0,
                              .cohort = fray_amount_of(training->clients_per_round, clients->n)};
  const char *server = ops->server_client ? ops->server_client(algorithm->params) : NULL;
  const char *root = fray_aggregation_root(&training->aggregation);
  if (server)
    FRAY_TRY(find_server(server, "server.server_set", clients, client_name, &out->server, err));
  if (root)
    FRAY_TRY(find_server(root, "aggregation.root", clients, client_name, &out->root, err));
  out->has_server = server != NULL;
  out->has_root = root != NULL;
  if (!ops->group)
    return FRAY_OK;
  FRAY_TRY(fray_client_column(dataset, clients, client_name, ops->group(algorithm->params),
                              "training.server", arena, &column, &group, err));
  out->groups = column->n;
  out->group = group;
  return FRAY_OK;
}
