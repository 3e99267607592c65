/* The titles of what a results folder holds: keys, values, conditions, metrics, groups; within each
 * list all of them differ. */
#include "fray/results/titles.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/corrupt/corrupt.h"
#include "fray/results/read_results.h"
#include "fray/results/read_tests.h"

#include <stdio.h>
#include <string.h>

static enum fray_status distinct(struct fray_rep_results *r, const char **label,
                                 const char *const *id, size_t n, struct fray_err *err) {
  FRAY_CHECK(fray_titles_distinct(label, id, n, r->arena), err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* "a,b" of a data set as a list with room for `most`; what lacks is NULL. */
static enum fray_status split_words(struct fray_rep_results *r, const char *text, size_t most,
                                    const char ***out, size_t *n, struct fray_err *err) {
  const char **word;
  *n = 0;
  FRAY_ALLOC_ZERO(word, r->arena, most + 1, err);
  for (; text && *text && *n < most; text += strspn(text, ",")) {
    const size_t length = strcspn(text, ",");
    word[*n] = fray_arena_strndup(r->arena, text, length);
    FRAY_CHECK(word[*n], err, MEMORY, "out of memory");
    ++*n;
    text += length;
  }
  *out = word;
  return FRAY_OK;
}

/* The modalities of the data and their kinds, as provenance.json has them (older folders know no
 * kinds); of several data sets the first, of which the others are parts. */
static enum fray_status find_modalities(struct fray_rep_results *r, struct fray_err *err) {
  struct fray_titles *t = &r->titles->from;
  const fray_json *set = fray_json_at(fray_json_get(r->provenance, "data_sets"), 0);
  const char *names = fray_json_text(fray_json_get(set, "modalities"));
  const char **name, **kind;
  size_t n_kinds;
  t->scenario = r->scenario;
  t->arena = r->arena;
  FRAY_TRY(split_words(r, names, names ? strlen(names) : 0, &name, &t->n_modalities, err));
  FRAY_TRY(split_words(r, fray_json_text(fray_json_get(set, "kinds")), t->n_modalities, &kind,
                       &n_kinds, err));
  t->modality = name;
  t->kind = kind;
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

/* "lost", "noise", "wrong labels": what the kind of an entry does, without what it does it to. Of
 * one modality that is said too, as it is no longer. */
static const char *entry_word(struct fray_rep_results *r, const struct fray_node *entry,
                              const char *id) {
  const struct fray_node *kind = fray_node_get(entry, "kind"),
                         *hit = fray_node_get(entry, "modalities");
  const struct fray_choice *choice =
      kind && kind->scalar ? fray_choice_find(&fray_corruptions, kind->scalar) : NULL;
  if (!choice) /* of a later program */
    return id;
  if (hit && (hit->kind == FRAY_NODE_SCALAR || hit->n == 1))
    return fray_title_of_entry(&r->titles->from, entry, id);
  return fray_corruption_brief(choice);
}

/* True of a key that is called after what its entry does, as nobody gave it a title. */
static bool says_what_it_does(const struct fray_rep_results *r, size_t k) {
  const struct fray_strength_meaning *m = r->of_key[k];
  const struct fray_node *entry = m ? fray_rep_corruption(r, m->entry, strlen(m->entry)) : NULL;
  return entry && is_measure(r, m) && !fray_node_get(entry, "title") &&
         !fray_title_given(&r->titles->from, "keys", r->key[k], NULL);
}

/* What an entry does will do for the key that says how strong it is; of others the last part of the
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
    return says_what_it_does(r, k) ? entry_word(r, entry, m->entry) : name;
  const char *parameter = as_words(m->parameter, r->arena);
  return parameter ? fray_arena_printf(r->arena, "%s %s", name, parameter) : NULL;
}

/* Two entries of a kind are told apart by their ids, as they are in the scenario. */
static enum fray_status tell_words_apart(struct fray_rep_results *r, const char **word,
                                         struct fray_err *err) {
  const char **own;
  FRAY_ALLOC(own, r->arena, r->n_keys + 1, err);
  for (size_t k = 0; k < r->n_keys; k++)
    own[k] = word[k];
  for (size_t k = 0; k < r->n_keys; k++)
    for (size_t other = 0; other < r->n_keys; other++)
      if (other != k && own[k] && own[other] && strcmp(own[k], own[other]) == 0 &&
          says_what_it_does(r, k))
        word[k] = r->of_key[k]->entry;
  return distinct(r, word, r->key, r->n_keys, err);
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
  return tell_words_apart(r, t->key_word, err);
}

/* A value of a map somewhere below a swept one. */
struct leaf {
  const char *key, *text; /* last part of its path; a list is one text */
  const char *path;
  size_t of; /* which of the values */
};
struct leaves {
  struct fray_arena *arena;
  struct leaf *v;
  size_t n, room;
};

static enum fray_status add_leaf(struct leaves *l, struct leaf leaf, struct fray_err *err) {
  if (l->n == l->room) {
    struct leaf *more;
    FRAY_ALLOC(more, l->arena, 2 * l->room + 16, err);
    if (l->n)
      memcpy(more, l->v, l->n * sizeof *more);
    l->v = more;
    l->room = 2 * l->room + 16;
  }
  l->v[l->n++] = leaf;
  return FRAY_OK;
}

static void put_flow(const struct fray_node *node, struct fray_text *out) {
  if (node->kind == FRAY_NODE_SCALAR)
    fray_text_puts(out, node->scalar);
  for (const struct fray_node *c = node->child; c; c = c->next) {
    if (c->key)
      fray_text_printf(out, "%s ", c->key);
    put_flow(c, out);
    fray_text_puts(out, c->next ? ", " : "");
  }
}

/* Depth is bounded by the text, which the reader of YAML bounds. */
static enum fray_status collect(const struct fray_node *map, const char *path, size_t of,
                                struct leaves *l, struct fray_err *err) {
  for (const struct fray_node *e = map->child; e; e = e->next) {
    struct leaf leaf = {.key = e->key, .of = of};
    struct fray_text text = {0};
    leaf.path = fray_arena_printf(l->arena, "%s.%s", path, e->key);
    FRAY_CHECK(leaf.path, err, MEMORY, "out of memory");
    if (e->kind == FRAY_NODE_MAP) {
      FRAY_TRY(collect(e, leaf.path, of, l, err));
      continue;
    }
    put_flow(e, &text);
    leaf.text = text.failed ? NULL : fray_arena_strdup(l->arena, text.data ? text.data : "null");
    fray_text_free(&text);
    FRAY_CHECK(leaf.text, err, MEMORY, "out of memory");
    FRAY_TRY(add_leaf(l, leaf, err));
  }
  return FRAY_OK;
}

/* True unless all n_maps maps have this leaf, and have it alike. */
static bool differs(const struct leaves *l, const struct leaf *leaf, size_t n_maps) {
  size_t same = 0;
  for (size_t i = 0; i < l->n; i++)
    same += strcmp(l->v[i].path, leaf->path) == 0 && strcmp(l->v[i].text, leaf->text) == 0;
  return same < n_maps;
}

/* "dirichlet, alpha 0.1": names speak for themselves, numbers have their key before them. */
static void put_leaf(struct fray_text *out, const struct leaf *leaf, struct fray_arena *arena) {
  double number;
  const char *key = as_words(leaf->key, arena);
  const bool bare = fray_rep_parse_real(leaf->text, &number) || strcmp(leaf->text, "true") == 0 ||
                    strcmp(leaf->text, "false") == 0 || strchr(leaf->text, ',');
  fray_text_printf(out, "%s%s%s%s", out->size ? ", " : "", bare && key ? key : "", bare ? " " : "",
                   leaf->text);
}

/* Values that are maps are told by what differs between them; the first value of each is said where
 * nothing does. Others keep their titles. */
static enum fray_status name_maps(struct fray_rep_results *r, size_t k,
                                  struct fray_rep_value_titles *v, struct fray_err *err) {
  struct leaves l = {.arena = r->arena};
  size_t n_maps = 0;
  for (size_t i = 0; i < v->n; i++) {
    struct fray_node *map = NULL;
    struct fray_err ignored = {0};
    /* Only what nobody gave a title: that is still the value itself. */
    if (v->value[i][0] != '{' || strcmp(v->title[i], v->value[i]) != 0)
      continue;
    const enum fray_status status =
        fray_yaml_parse(v->value[i], r->key[k], r->arena, &map, &ignored);
    FRAY_CHECK(status == FRAY_OK || status == FRAY_INPUT, err, MEMORY, "out of memory");
    if (status != FRAY_OK || map->kind != FRAY_NODE_MAP)
      continue;
    FRAY_TRY(collect(map, "", i, &l, err));
    n_maps++;
  }
  for (size_t i = 0; i < v->n; i++) {
    struct fray_text text = {0};
    for (size_t at = 0; at < l.n; at++)
      if (l.v[at].of == i && (n_maps < 2 || differs(&l, &l.v[at], n_maps)))
        put_leaf(&text, &l.v[at], r->arena);
    for (size_t at = 0; at < l.n && !text.size; at++)
      if (l.v[at].of == i)
        put_leaf(&text, &l.v[at], r->arena);
    if (text.size)
      v->title[i] = text.failed ? NULL : fray_arena_strdup(r->arena, text.data);
    fray_text_free(&text);
    FRAY_CHECK(v->title[i], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
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
  FRAY_TRY(name_maps(r, k, v, err));
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

/* "noise in the picture at test, 0.1 of full scale, rate 50 %": a point of a test that varies
 * several keys has them in its name; in its title they are words. */
static const char *point_title(struct fray_rep_results *r, const struct fray_condition *c) {
  const char *title = fray_title_of_test(&r->titles->from, c->test);
  for (size_t k = 0; k < c->n_keys && title; k++) {
    const struct fray_choice *kind = c->entry[c->key[k].entry]->kind.choice;
    const struct fray_strength own = fray_corruption_measure(c->entry[c->key[k].entry]);
    const struct fray_strength key = fray_corruption_key(kind, c->key[k].key);
    const struct fray_strength_meaning meaning = {.unit = key.unit};
    const bool is_own = own.key && strcmp(own.key, key.key) == 0 && c->n_entries == 1;
    const char *value = fray_title_of_strength(&meaning, c->key[k].value, r->arena);
    const char *words = is_own ? "" : as_words(c->key[k].key, r->arena);
    if (c->key[k].swept)
      title = value && words ? fray_arena_printf(r->arena, "%s, %s%s%s", title, words,
                                                 *words ? " " : "", value)
                             : NULL;
  }
  return title;
}

/* Tests of several keys, read as the run read them. What cannot be read here (of another program)
 * keeps its name. */
static enum fray_status name_points(struct fray_rep_results *r, struct fray_err *err) {
  const struct fray_node *tests = fray_node_get(r->scenario, "tests");
  struct fray_arena scratch = {0};
  struct fray_condition *c = NULL;
  struct fray_err why = {0};
  size_t n = 0;
  if (!tests || tests->kind != FRAY_NODE_MAP)
    return FRAY_OK;
  const enum fray_status status = fray_read_tests(tests, r->arena, &scratch, &c, &n, &why);
  fray_arena_free(&scratch);
  FRAY_CHECK(status == FRAY_OK || status == FRAY_INPUT, err, MEMORY, "out of memory");
  for (size_t i = 0; status == FRAY_OK && i < n; i++) {
    const size_t at =
        c[i].name == c[i].test ? r->conditions.n : fray_rep_name_find(&r->conditions, c[i].name);
    if (at == r->conditions.n || fray_title_given(&r->titles->from, "conditions", c[i].name, NULL))
      continue;
    r->titles->condition[at] = point_title(r, &c[i]);
    FRAY_CHECK(r->titles->condition[at], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

static enum fray_status name_conditions(struct fray_rep_results *r, struct fray_err *err) {
  struct fray_rep_titles *t = r->titles;
  FRAY_ALLOC(t->condition, r->arena, r->conditions.n + 1, err);
  for (size_t c = 0; c < r->conditions.n; c++)
    t->condition[c] = condition_title(r, r->conditions.v[c]);
  FRAY_TRY(name_points(r, err));
  FRAY_TRY(distinct(r, t->condition, r->conditions.v, r->conditions.n, err));
  FRAY_ALLOC(t->metric, r->arena, r->metrics.n + 1, err);
  for (size_t m = 0; m < r->metrics.n; m++)
    t->metric[m] = fray_title_of_metric(r->metrics.v[m]);
  return distinct(r, t->metric, r->metrics.v, r->metrics.n, err);
}

/* Groups are called "COLUMN=VALUE", but for "all"; the first sign of equality ends the column. */
static bool is_in_column(const char *group, const char *column) {
  const size_t n = strlen(column);
  return strncmp(group, column, n) == 0 && group[n] == '=';
}

/* The groups of one column, as places among all of them. */
struct column {
  const char *name;
  size_t n, *at;
};

/* Values of one column are told apart; those of another may be equal to them. */
static enum fray_status name_column(struct fray_rep_results *r, const struct column *c,
                                    struct fray_err *err) {
  struct fray_rep_titles *t = r->titles;
  const char **label, **id;
  FRAY_ALLOC(label, r->arena, c->n + 1, err);
  FRAY_ALLOC(id, r->arena, c->n + 1, err);
  for (size_t i = 0; i < c->n; i++) {
    const char *value = r->groups.v[c->at[i]] + strlen(c->name) + 1;
    const char *given = fray_title_given(&t->from, "groups", c->name, value);
    id[i] = *value ? value : "(empty)";
    label[i] = given ? given : id[i];
  }
  FRAY_TRY(distinct(r, label, id, c->n, err));
  for (size_t i = 0; i < c->n; i++)
    t->group[c->at[i]] = label[i];
  return FRAY_OK;
}

/* The columns in the order of their first groups. What has no column is called as it is. */
static enum fray_status find_columns(struct fray_rep_results *r, struct column **out, size_t *n,
                                     struct fray_err *err) {
  *n = 0;
  FRAY_ALLOC(*out, r->arena, r->groups.n + 1, err);
  for (size_t g = 0; g < r->groups.n; g++) {
    const char *equals = strchr(r->groups.v[g], '=');
    size_t i = 0;
    r->titles->group[g] = r->titles->column[g] = r->groups.v[g];
    while (i < *n && !is_in_column(r->groups.v[g], (*out)[i].name))
      i++;
    if (!equals)
      continue;
    struct column *c = &(*out)[i];
    if (i == *n) {
      const size_t length = (size_t)(equals - r->groups.v[g]);
      *c = (struct column){.name = fray_arena_strndup(r->arena, r->groups.v[g], length)};
      FRAY_CHECK(c->name, err, MEMORY, "out of memory");
      FRAY_ALLOC(c->at, r->arena, r->groups.n, err);
      ++*n;
    }
    c->at[c->n++] = g;
  }
  return FRAY_OK;
}

static enum fray_status name_groups(struct fray_rep_results *r, struct fray_err *err) {
  struct column *c;
  const char **label, **id;
  size_t n;
  FRAY_ALLOC(r->titles->group, r->arena, r->groups.n + 1, err);
  FRAY_ALLOC(r->titles->column, r->arena, r->groups.n + 1, err);
  FRAY_TRY(find_columns(r, &c, &n, err));
  FRAY_ALLOC(label, r->arena, n + 1, err);
  FRAY_ALLOC(id, r->arena, n + 1, err);
  for (size_t i = 0; i < n; i++) {
    const char *given = fray_title_given(&r->titles->from, "groups", c[i].name, "title");
    id[i] = c[i].name;
    label[i] = given ? given : id[i];
    FRAY_TRY(name_column(r, &c[i], err));
  }
  FRAY_TRY(distinct(r, label, id, n, err));
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < c[i].n; k++)
      r->titles->column[c[i].at[k]] = label[i];
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
