/* Probabilities by the value of a group column, for all that happens to some groups more often. */
#include "fray/base/text.h"
#include "fray/fed/availability.h"
#include "fray/fed/federation.h"

#include <string.h>

/* Which values the column has is known with the data only; that they are numbers, before. */
enum fray_status fray_group_rate_check(const struct fray_group_rate *config, const char *where,
                                       struct fray_err *err) {
  const struct fray_node *map = config->rate;
  if (!map || map->kind == FRAY_NODE_NULL)
    return FRAY_OK;
  FRAY_CHECK(map->kind == FRAY_NODE_MAP && map->n > 0, err, INPUT,
             "%s: expected a map from values of the column to numbers", where);
  FRAY_CHECK(config->column, err, INPUT, "%s: needs `column`, whose values it names", where);
  for (const struct fray_node *v = map->child; v; v = v->next) {
    double p;
    char hint[64];
    FRAY_CHECK(fray_node_real(v, &p) && p >= 0 && p <= 1, err, INPUT,
               "%s.%.80s: %.40s is not a number in [0, 1]%s", where, v->key,
               v->kind == FRAY_NODE_SCALAR ? v->scalar : "a list or map", fray_share_hint(v, hint));
  }
  return FRAY_OK;
}

/* A value that no client has is a slip of the pen, and the nearest one is named. Values are few, so
 * a pass over the clients for each is nothing. */
static enum fray_status set_value(const struct fray_group *group, const struct fray_node *v,
                                  const int32_t *code, size_t n, const char *where, double *out,
                                  struct fray_err *err) {
  char list[512];
  double p = 0;
  size_t g = 0;
  while (g < group->n && strcmp(group->value[g], v->key) != 0)
    g++;
  FRAY_CHECK(g < group->n, err, INPUT, "%s: the column %s has no value '%.80s'; %s", where,
             group->name, v->key,
             fray_there_are(v->key, group->value, group->n, list, sizeof list));
  FRAY_CHECK(fray_node_real(v, &p), err, INPUT, "%s.%.80s: not a number", where, v->key);
  for (size_t c = 0; c < n; c++)
    if ((size_t)code[c] == g)
      out[c] = p;
  return FRAY_OK;
}

/* Who has a value that the map does not name has p, as has everybody without a column. */
enum fray_status fray_group_rates(const struct fray_group_rate *config,
                                  const struct fray_crowd *crowd, const char *where,
                                  struct fray_arena *arena, double *out, struct fray_err *err) {
  const struct fray_group *group;
  int32_t *code;
  for (size_t c = 0; c < crowd->clients->n; c++)
    out[c] = config->p;
  if (!config->column)
    return FRAY_OK;
  FRAY_TRY(fray_client_column(crowd->dataset, crowd->clients, crowd->client_name, config->column,
                              where, arena, &group, &code, err));
  for (const struct fray_node *v = config->rate ? config->rate->child : NULL; v; v = v->next)
    FRAY_TRY(set_value(group, v, code, crowd->clients->n, where, out, err));
  return FRAY_OK;
}
