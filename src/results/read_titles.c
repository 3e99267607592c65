/* The titles of what a results folder holds: keys, values, conditions, metrics, groups; within each
 * list all of them differ. */
#include "fray/results/titles.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/results/read_results.h"

#include <stdio.h>
#include <string.h>

static enum fray_status distinct(struct fray_rep_results *r, const char **label,
                                 const char *const *id, size_t n, struct fray_err *err) {
  FRAY_CHECK(fray_titles_distinct(label, id, n, r->arena), err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* The modalities of the data, as provenance.json has them; of several data sets the first, of which
 * the others are parts. */
static enum fray_status find_modalities(struct fray_rep_results *r, struct fray_err *err) {
  struct fray_titles *t = &r->titles->from;
  const char *text = fray_json_text(
      fray_json_get(fray_json_at(fray_json_get(r->provenance, "data_sets"), 0), "modalities"));
  const char **name;
  t->scenario = r->scenario;
  t->arena = r->arena;
  FRAY_ALLOC(name, r->arena, text ? strlen(text) + 1 : 1, err);
  for (; text && *text; text += strspn(text, ",")) {
    const size_t length = strcspn(text, ",");
    name[t->n_modalities] = fray_arena_strndup(r->arena, text, length);
    FRAY_CHECK(name[t->n_modalities], err, MEMORY, "out of memory");
    t->n_modalities++;
    text += length;
  }
  t->modality = name;
  return FRAY_OK;
}

/* Where an entry's damage acted, as trials.csv shows it: `at` may be left to the kind. An id that
 * is in no column is said to act at training, where a swept key without test damage can only act.
 */
static const char *where_it_acts(const struct fray_rep_results *r, const char *id) {
  bool train = false, test = false;
  for (size_t i = 0; i < r->n_damages; i++) {
    const bool own = strcmp(r->damage[i].id, id) == 0;
    train = train || (own && !r->damage[i].at_test);
    test = test || (own && r->damage[i].at_test);
  }
  return train && test ? "training and test" : test ? "test" : "training";
}

/* "frequency hz" for "frequency_hz": a key of the scenario as words. */
static const char *as_words(const char *name, struct fray_arena *arena) {
  char *copy = fray_arena_strdup(arena, name);
  for (char *c = copy; c && *c; c++)
    if (*c == '_')
      *c = ' ';
  return copy;
}

/* True if this is the key that says how strong its entry is. */
static bool is_measure(const struct fray_rep_results *r, const struct fray_strength_meaning *m) {
  for (size_t d = 0; d < r->n_damages; d++)
    if (strcmp(r->damage[d].id, m->entry) == 0 && *r->damage[d].strength->parameter)
      return strcmp(r->damage[d].strength->parameter, m->parameter) == 0;
  return m->worse != 0;
}

static const char *key_title(struct fray_rep_results *r, size_t k) {
  const struct fray_strength_meaning *m = r->of_key[k];
  const char *title = fray_title_given(&r->titles->from, "keys", r->key[k], NULL);
  const struct fray_node *entry = m ? fray_rep_corruption(r, m->entry, strlen(m->entry)) : NULL;
  if (title || !entry)
    return title ? title : r->key[k];
  const bool given = fray_node_get(entry, "title") != NULL;
  const char *words = fray_title_of_entry(&r->titles->from, entry, m->entry);
  if (words && !given)
    words = fray_arena_printf(r->arena, "%s at %s", words, where_it_acts(r, m->entry));
  if (!words || is_measure(r, m))
    return words;
  const char *parameter = as_words(m->parameter, r->arena);
  return parameter ? fray_arena_printf(r->arena, "%s: %s", words, parameter) : NULL;
}

/* The entry's name will do for the key that says how strong it is; of others the last part of the
 * path, with the entry where there is one. */
static const char *key_word(struct fray_rep_results *r, size_t k) {
  const struct fray_strength_meaning *m = r->of_key[k];
  const char *title = fray_title_given(&r->titles->from, "keys", r->key[k], NULL);
  if (title)
    return title;
  const struct fray_node *entry = m ? fray_rep_corruption(r, m->entry, strlen(m->entry)) : NULL;
  if (!entry) {
    const char *dot = strrchr(r->key[k], '.');
    return as_words(dot && dot[1] ? dot + 1 : r->key[k], r->arena);
  }
  const struct fray_node *given = fray_node_get(entry, "title");
  const char *name = given && given->scalar ? given->scalar : m->entry;
  if (is_measure(r, m))
    return name;
  const char *parameter = as_words(m->parameter, r->arena);
  return parameter ? fray_arena_printf(r->arena, "%s %s", name, parameter) : NULL;
}

static enum fray_status name_keys(struct fray_rep_results *r, struct fray_err *err) {
  struct fray_rep_titles *t = r->titles;
  FRAY_ALLOC(t->key, r->arena, r->n_keys + 1, err);
  FRAY_ALLOC(t->key_word, r->arena, r->n_keys + 1, err);
  for (size_t k = 0; k < r->n_keys; k++) {
    t->key[k] = key_title(r, k);
    t->key_word[k] = key_word(r, k);
  }
  FRAY_TRY(distinct(r, t->key, r->key, r->n_keys, err));
  return distinct(r, t->key_word, r->key, r->n_keys, err);
}

static enum fray_status name_values(struct fray_rep_results *r, size_t k, struct fray_err *err) {
  struct fray_rep_value_titles *v = &r->titles->values[k];
  struct fray_rep_names names = {0};
  size_t ignored;
  for (size_t c = 0; c < r->n_cells; c++)
    FRAY_TRY(fray_rep_intern(&names, r->cell[c]->value[k], r->arena, &ignored, err));
  v->n = names.n;
  v->value = names.v;
  FRAY_ALLOC(v->title, r->arena, names.n + 1, err);
  for (size_t i = 0; i < names.n; i++)
    v->title[i] = fray_title_of_value(&r->titles->from, r->key[k], r->of_key[k], names.v[i]);
  return distinct(r, v->title, v->value, v->n, err);
}

/* "a, b" of the entries that act at test under `trial`, the study's own damage. */
static const char *trial_words(struct fray_rep_results *r) {
  struct fray_text text = {0};
  bool failed = false;
  for (size_t d = 0; d < r->n_damages; d++) {
    const char *id = r->damage[d].id;
    if (!r->damage[d].at_test)
      continue;
    const char *words =
        fray_title_of_entry(&r->titles->from, fray_rep_corruption(r, id, strlen(id)), id);
    failed = failed || !words;
    fray_text_printf(&text, "%s%s", text.size ? ", " : "", words ? words : "");
  }
  const char *all = text.size ? fray_arena_printf(r->arena, "%s at test", text.data)
                              : "test data as the scenario has them";
  failed = failed || text.failed;
  fray_text_free(&text);
  return failed ? NULL : all;
}

/* What follows the prefix of a condition that controls add, or NULL. */
static const char *behind(const char *name, const char *prefix) {
  const size_t n = strlen(prefix);
  return strncmp(name, prefix, n) == 0 ? name + n : NULL;
}

/* The names of conditions that the study makes itself are those of src/study/scenario/controls.c.
 */
static const char *condition_title(struct fray_rep_results *r, const char *name) {
  const struct fray_titles *t = &r->titles->from;
  const char *title = fray_title_given(t, "conditions", name, NULL), *modality;
  if (title)
    return title;
  if (strcmp(name, "clean") == 0)
    return "undamaged test data";
  if (strcmp(name, "all_missing") == 0)
    return "no modality at test";
  if (strcmp(name, "trial") == 0)
    return trial_words(r);
  if ((modality = behind(name, "only:")) != NULL)
    return fray_arena_printf(r->arena, "only %s at test", fray_title_of_modality(t, modality));
  if ((modality = behind(name, "without:")) != NULL)
    return fray_arena_printf(r->arena, "no %s at test", fray_title_of_modality(t, modality));
  return fray_title_of_test(t, name);
}

static enum fray_status name_conditions(struct fray_rep_results *r, struct fray_err *err) {
  struct fray_rep_titles *t = r->titles;
  FRAY_ALLOC(t->condition, r->arena, r->conditions.n + 1, err);
  for (size_t c = 0; c < r->conditions.n; c++)
    t->condition[c] = condition_title(r, r->conditions.v[c]);
  FRAY_TRY(distinct(r, t->condition, r->conditions.v, r->conditions.n, err));
  FRAY_ALLOC(t->metric, r->arena, r->metrics.n + 1, err);
  for (size_t m = 0; m < r->metrics.n; m++)
    t->metric[m] = fray_title_of_metric(r->metrics.v[m]);
  return distinct(r, t->metric, r->metrics.v, r->metrics.n, err);
}

/* Groups are called "COLUMN=VALUE", but for "all". Values of one column are told apart, so each is
 * made distinct together with those of its column; columns of equal values are none of its
 * business. */
static enum fray_status name_groups(struct fray_rep_results *r, struct fray_err *err) {
  struct fray_rep_titles *t = r->titles;
  const char **label, **id;
  size_t *at;
  FRAY_ALLOC_ZERO(t->group, r->arena, r->groups.n + 1, err);
  FRAY_ALLOC(label, r->arena, r->groups.n + 1, err);
  FRAY_ALLOC(id, r->arena, r->groups.n + 1, err);
  FRAY_ALLOC(at, r->arena, r->groups.n + 1, err);
  for (size_t first = 0; first < r->groups.n; first++) {
    const char *equals = strchr(r->groups.v[first], '=');
    size_t n = 0;
    if (t->group[first])
      continue;
    t->group[first] = r->groups.v[first];
    if (!equals)
      continue;
    const size_t length = (size_t)(equals - r->groups.v[first]);
    const char *column = fray_arena_strndup(r->arena, r->groups.v[first], length);
    FRAY_CHECK(column, err, MEMORY, "out of memory");
    for (size_t g = first; g < r->groups.n; g++) {
      if (strncmp(r->groups.v[g], column, length) != 0 || r->groups.v[g][length] != '=')
        continue;
      const char *value = r->groups.v[g] + length + 1;
      const char *given = fray_title_given(&t->from, "groups", column, value);
      id[n] = *value ? value : "(empty)";
      label[n] = given ? given : id[n];
      at[n++] = g;
    }
    FRAY_TRY(distinct(r, label, id, n, err));
    for (size_t i = 0; i < n; i++)
      t->group[at[i]] = label[i];
  }
  return FRAY_OK;
}

enum fray_status fray_rep_titles_make(struct fray_rep_results *r, struct fray_err *err) {
  FRAY_ALLOC_ZERO(r->titles, r->arena, 1, err);
  FRAY_TRY(find_modalities(r, err));
  const char *study = fray_title_of_study(&r->titles->from);
  r->titles->study = study ? study : r->title;
  FRAY_TRY(name_keys(r, err));
  FRAY_ALLOC_ZERO(r->titles->values, r->arena, r->n_keys + 1, err);
  for (size_t k = 0; k < r->n_keys; k++)
    FRAY_TRY(name_values(r, k, err));
  FRAY_TRY(name_conditions(r, err));
  return name_groups(r, err);
}
