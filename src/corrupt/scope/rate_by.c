/* Rates that depend on the class or on a group: who is heard badly is seldom drawn by lot.
 *
 * Only the bound changes that a draw is compared with, never the draw: so the same samples are hit
 * first whatever the rates are, and two scenarios that differ in one rate differ in those samples
 * alone. */
#include "fray/codec/names.h"
#include "scope.h"

#include <string.h>

/* Only the shape: which groups and values there are is known when the data are open. */
enum fray_status fray_rate_by_check(const struct fray_node *by, struct fray_err *err) {
  char where[256], hint[64];
  if (!by)
    return FRAY_OK;
  fray_node_where(by, where);
  const struct fray_node *group = by->kind == FRAY_NODE_MAP ? by->child : NULL;
  FRAY_CHECK(group && !group->next && group->kind == FRAY_NODE_MAP && group->child, err, INPUT,
             "%s: rate_by: expected one {GROUP: {value: rate}} or {label: {class: rate}}", where);
  for (const struct fray_node *value = group->child; value; value = value->next) {
    double rate = 0;
    FRAY_CHECK(value->kind == FRAY_NODE_SCALAR && fray_node_real(value, &rate) && rate >= 0 &&
                   rate <= 1,
               err, INPUT, "%s: rate_by.%s.%s: the rate is not a number in [0, 1]%s",
               fray_node_where(value, where), group->key, value->key, fray_share_hint(value, hint));
  }
  return FRAY_OK;
}

/* The names that the keys of the map must be, and the codes of samples that go with them. */
static enum fray_status find_values(const struct fray_node *group, const struct fray_scope *scope,
                                    struct fray_rate_by *out, const char *const **names, size_t *n,
                                    struct fray_err *err) {
  const struct fray_dataset *dataset = scope->people->dataset;
  const char **known = NULL;
  char where[256], list[512];
  fray_node_where(group, where);
  FRAY_ALLOC(known, scope->arena, dataset->n_groups + 1, err);
  for (size_t g = 0; g < dataset->n_groups; g++) {
    known[g] = dataset->group[g].name;
    if (strcmp(known[g], group->key) != 0)
      continue;
    out->code = dataset->group[g].code;
    *names = dataset->group[g].value;
    *n = dataset->group[g].n;
    return FRAY_OK;
  }
  /* A group of that name comes first: it is in the data, and classes are in the groups' place only
   * where nothing else is meant. */
  known[dataset->n_groups] = "label";
  FRAY_CHECK(strcmp(group->key, "label") == 0, err, INPUT,
             "%s: rate_by: the data has no group '%s'; %s", where, group->key,
             fray_there_are(group->key, known, dataset->n_groups + 1, list, sizeof list));
  FRAY_CHECK(fray_has_one_label(dataset), err, INPUT,
             "%s: rate_by: the samples have several labels each, so none says the rate", where);
  out->label = dataset->label;
  *names = dataset->class_name;
  *n = dataset->n_classes;
  return FRAY_OK;
}

enum fray_status fray_rate_by_make(const struct fray_node *by, double others,
                                   const struct fray_scope *scope, struct fray_rate_by *out,
                                   struct fray_err *err) {
  *out = (struct fray_rate_by){.others = others};
  if (!by)
    return FRAY_OK;
  const char *const *names = NULL;
  size_t n = 0;
  struct fray_name_table table;
  FRAY_TRY(find_values(by->child, scope, out, &names, &n, err));
  FRAY_ALLOC(out->rate, scope->arena, n, err);
  /* Values that are not named keep the rate of the entry, so that one exception is one line. */
  for (size_t v = 0; v < n; v++)
    out->rate[v] = others;
  FRAY_TRY(fray_name_table_make(names, n, scope->arena, &table, err));
  for (const struct fray_node *value = by->child->child; value; value = value->next) {
    char where[256], list[512];
    /* A misspelt value would silently have the rate of all others. */
    const size_t v = fray_name_find(&table, value->key);
    FRAY_CHECK(v < n, err, INPUT, "%s: rate_by.%s: the data has no %s '%s'; %s",
               fray_node_where(value, where), by->child->key, by->child->key, value->key,
               fray_there_are(value->key, names, n, list, sizeof list));
    FRAY_CHECK(fray_node_real(value, &out->rate[v]), err, INPUT,
               "%s: rate_by.%s.%s: expected a rate", fray_node_where(value, where), by->child->key,
               value->key);
  }
  return FRAY_OK;
}

/* The true class, not the one that an earlier entry left: a rate is a property of the sample. */
double fray_rate_by_of(const struct fray_rate_by *by, const struct fray_scope *scope, size_t i) {
  const uint32_t sample = scope->people->sample[i];
  if (!by->rate)
    return by->others;
  if (by->code)
    return by->rate[by->code[sample]];
  return by->label[sample] == FRAY_UNLABELLED ? by->others : by->rate[by->label[sample]];
}
