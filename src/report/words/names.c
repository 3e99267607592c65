/* Looks titles up: they were made when the results were read, each list distinct in itself. What is
 * asked for and was not there (of another study) is named all the same. */
#include "names.h"

#include "fray/results/titles.h"

#include <string.h>

/* Place of a text in a list, or n. */
static size_t find(const char *const *list, size_t n, const char *text) {
  size_t i = 0;
  while (i < n && strcmp(list[i], text) != 0)
    i++;
  return i;
}

const char *fray_rep_study_title(const struct fray_rep_results *r) {
  return r->titles->study;
}

/* The key itself where no title was made: a key that no cell sweeps. */
const char *fray_rep_key_title(const struct fray_rep_results *r, const char *key) {
  const size_t k = find(r->key, r->n_keys, key);
  return k < r->n_keys ? r->titles->key[k] : key;
}

/* Shorter than a title: it stands in front of a value, again and again. */
const char *fray_rep_key_word(const struct fray_rep_results *r, const char *key) {
  const size_t k = find(r->key, r->n_keys, key);
  return k < r->n_keys ? r->titles->key_word[k] : key;
}

/* Numbers of a strength get its unit; of a value that no cell has there is no list to look in. */
const char *fray_rep_value_title(const struct fray_rep_results *r, const char *key,
                                 const char *value) {
  const size_t k = find(r->key, r->n_keys, key);
  if (k == r->n_keys)
    return fray_title_of_value(&r->titles->from, key, NULL, value);
  const struct fray_rep_value_titles *v = &r->titles->values[k];
  const size_t i = find(v->value, v->n, value);
  return i < v->n ? v->title[i] : fray_title_of_value(&r->titles->from, key, r->of_key[k], value);
}

/* Names speak for themselves; a number or a "true" says nothing without its key, unless somebody
 * gave it a title. */
const char *fray_rep_value_label(const struct fray_rep_results *r, const char *key,
                                 const char *value) {
  const char *title = fray_rep_value_title(r, key, value);
  double number;
  const bool bare = fray_rep_parse_real(value, &number) || !*value || *value == '[' ||
                    strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
                    strcmp(value, "null") == 0;
  if (!title || !bare || fray_title_given(&r->titles->from, "values", key, value))
    return title;
  return fray_arena_printf(r->arena, "%s %s", fray_rep_key_word(r, key), title);
}

const char *fray_rep_condition_title(const struct fray_rep_results *r, size_t condition) {
  return r->titles->condition[condition];
}

const char *fray_rep_strength_title(const struct fray_rep_results *r,
                                    const struct fray_strength_meaning *strength, double x) {
  return fray_title_of_strength(strength, x, r->arena);
}

/* Not looked up in a list: modalities are few, and their titles are as they were given. */
const char *fray_rep_modality_title(const struct fray_rep_results *r, const char *name) {
  return fray_title_of_modality(&r->titles->from, name);
}

/* Groups are "COLUMN=VALUE", and any of its values leads to the column. */
const char *fray_rep_column_title(const struct fray_rep_results *r, const char *column) {
  const size_t n = strlen(column);
  for (size_t g = 0; g < r->groups.n; g++)
    if (strncmp(r->groups.v[g], column, n) == 0 && r->groups.v[g][n] == '=')
      return r->titles->column[g];
  const char *title = fray_title_given(&r->titles->from, "groups", column, "title");
  return title ? title : column;
}

/* "(empty)" is what the report shows for a group without a name. */
const char *fray_rep_group_title(const struct fray_rep_results *r, const char *column,
                                 const char *value) {
  const size_t n = strlen(column);
  for (size_t g = 0; g < r->groups.n; g++) {
    const char *name = r->groups.v[g];
    if (strncmp(name, column, n) == 0 && name[n] == '=' &&
        strcmp(name[n + 1] ? name + n + 1 : "(empty)", value) == 0)
      return r->titles->group[g];
  }
  const char *title = fray_title_given(&r->titles->from, "groups", column, value);
  return title ? title : value;
}

const char *fray_rep_class_title(const struct fray_rep_results *r, const char *name) {
  return fray_title_of_class(&r->titles->from, name);
}

/* A metric that no trial scored is named by the registry. */
const char *fray_rep_metric_title(const struct fray_rep_results *r, const char *metric) {
  const size_t m = fray_rep_name_find(&r->metrics, metric);
  return m < r->metrics.n ? r->titles->metric[m] : fray_title_of_metric(metric);
}
