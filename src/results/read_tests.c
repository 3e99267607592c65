/* The conditions of `tests`: a test is one entry or a list of entries, and stands for as many
 * conditions as the lists of values in it have points together. Who runs a scenario and who reads
 * the one of a results folder must take it the same way, so it is read here for both. */
#include "fray/results/read_tests.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers by what they are: 0.5 and 0.50 are one strength, whose rows bear one name. */
static enum fray_status hash_values(const struct fray_node *list, bool numbers,
                                    struct fray_hash128 *hash, struct fray_err *err) {
  for (const struct fray_node *value = list->child; value; value = value->next, hash++) {
    double number;
    FRAY_TRY(fray_node_hash(value, hash, err));
    if (!numbers || !fray_node_real(value, &number))
      continue;
    number += 0.0; /* -0 is 0 */
    *hash = fray_hash128_of(&number, sizeof number);
  }
  return FRAY_OK;
}

/* Two conditions of one name and strength would be two rows that nothing tells apart. */
static enum fray_status check_distinct(const struct fray_node *list, bool numbers, const char *name,
                                       struct fray_err *err) {
  char where[256];
  size_t first = 0, again = list->n;
  struct fray_hash128 *hash = malloc((list->n + 1) * sizeof *hash);
  FRAY_CHECK(hash, err, MEMORY, "out of memory");
  enum fray_status status = hash_values(list, numbers, hash, err);
  if (status == FRAY_OK)
    status = fray_hash128_twice(hash, list->n, &first, &again, err);
  free(hash);
  FRAY_TRY(status);
  if (again == list->n)
    return FRAY_OK;
  const struct fray_node *value = list->child;
  for (size_t i = 0; i < first; i++)
    value = value->next;
  return fray_fail(err, FRAY_INPUT, "%s: %s.%s: %s stands twice", fray_node_where(list, where),
                   name, list->key, value->kind == FRAY_NODE_SCALAR ? value->scalar : "a value");
}

enum { MOST_POINTS = 100000 }; /* of one test */

/* A key of an entry that holds a list of values where its field takes one. */
struct axis {
  size_t entry;
  const struct fray_node *key, *value; /* value: of the point at hand */
};

/* One test while it is expanded. */
struct test {
  const char *name, *where;
  const char *path; /* of its keys: "tests.NAME", or where else conditions are said */
  bool is_list;     /* of entries that have names of their own */
  size_t n_entries, n_axes, n_points;
  const struct fray_node *each;   /* group with its values, of all entries that say it; NULL */
  const struct fray_node *value;  /* of the group, of the conditions at hand */
  size_t n_values;                /* 1 without each */
  const char **shown;             /* (n_values) names of the tests that the values make */
  const struct fray_node **entry; /* (n_entries) */
  struct axis *axis;              /* (n_axes) the last one varies fastest */
};

/* Adds the axes of one entry. A list where the field takes a list (modalities, clients) is a value
 * as it is. t->axis has room for every key of all entries. */
static enum fray_status find_axes(const struct fray_node *entry, size_t e, struct test *t,
                                  struct fray_err *err) {
  char where[256];
  fray_node_where(entry, where);
  FRAY_CHECK(entry->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: %s: a map with `kind` and its keys is expected, or a list of such maps", where,
             t->path);
  for (const struct fray_node *key = entry->child; key; key = key->next) {
    const struct fray_field *field = fray_schema_field(&fray_corruption_table, entry, key->key);
    bool scalar = field && (field->type == FRAY_REAL || field->type == FRAY_INT ||
                            field->type == FRAY_AMOUNT);
    if (key->kind != FRAY_NODE_LIST || !scalar)
      continue;
    FRAY_CHECK(key->n > 0, err, INPUT, "%s: %s.%s: the list is empty", where, t->path, key->key);
    FRAY_TRY(check_distinct(key, true, t->path, err));
    t->axis[t->n_axes++] = (struct axis){e, key, key->child};
    FRAY_CHECK(fray_size_mul(t->n_points, key->n, &t->n_points) && t->n_points <= MOST_POINTS, err,
               INPUT, "%s: %s: its lists make more than %d conditions", where, t->path,
               MOST_POINTS);
  }
  return FRAY_OK;
}

const struct fray_node *fray_test_each(const struct fray_node *entry) {
  const struct fray_node *who = fray_node_get(entry, "who");
  return who && who->kind == FRAY_NODE_MAP ? fray_node_get(who, "each") : NULL;
}

static const struct fray_node *first_value(const struct test *t) {
  return t->each && t->each->kind == FRAY_NODE_LIST ? t->each->child : t->each;
}

/* {GROUP: value | [values]}, of which the one child is kept. Values become parts of names, in which
 * some signs divide what stands behind them. */
static enum fray_status check_each(const struct fray_node *each, const struct test *t,
                                   struct fray_err *err) {
  char where[256];
  fray_node_where(each, where);
  const struct fray_node *group = each->kind == FRAY_NODE_MAP ? each->child : NULL;
  FRAY_CHECK(each->kind == FRAY_NODE_SCALAR || (group && !group->next), err, INPUT,
             "%s: %s.who.each: a group is expected, or {GROUP: [values]}", where, t->path);
  if (!group)
    return FRAY_OK;
  const bool is_list = group->kind == FRAY_NODE_LIST;
  FRAY_CHECK(!is_list || group->child, err, INPUT, "%s: %s.who.each: the list is empty", where,
             t->path);
  for (const struct fray_node *v = is_list ? group->child : group; v;
       v = is_list ? v->next : NULL) {
    FRAY_CHECK(v->kind == FRAY_NODE_SCALAR, err, INPUT,
               "%s: %s.who.each: a value of %s is expected", where, t->path, group->key);
    FRAY_CHECK(!strpbrk(v->scalar, "/=,\"\n"), err, INPUT,
               "%s: %s.who.each: the %s '%s' cannot be a part of a condition's name", where,
               t->path, group->key, v->scalar);
  }
  return is_list ? check_distinct(group, false, t->path, err) : FRAY_OK;
}

/* Entries of one test that say `each` go through the values together. */
static enum fray_status find_each(const struct fray_node *entry, struct test *t,
                                  struct fray_err *err) {
  const struct fray_node *each = fray_test_each(entry);
  char where[256];
  if (!each)
    return FRAY_OK;
  FRAY_TRY(check_each(each, t, err));
  if (each->kind == FRAY_NODE_SCALAR) /* its values are put in when the data are open */
    return FRAY_OK;
  FRAY_CHECK(!t->each || (strcmp(t->each->key, each->child->key) == 0 &&
                          fray_node_equal(t->each, each->child)),
             err, INPUT, "%s: %s.who.each: entries of one test go through the same values",
             fray_node_where(each, where), t->path);
  t->each = each->child;
  return FRAY_OK;
}

/* The texts are made once, as points of one test are told by the address of its name. */
static enum fray_status name_values(struct test *t, struct fray_arena *arena,
                                    struct fray_err *err) {
  size_t v = 0;
  t->n_values = t->each && t->each->kind == FRAY_NODE_LIST ? t->each->n : 1;
  t->value = first_value(t);
  FRAY_CHECK(t->n_values * t->n_points <= MOST_POINTS, err, INPUT,
             "%s: %s: its lists make more than %d conditions", t->where, t->path, MOST_POINTS);
  FRAY_ALLOC(t->shown, arena, t->n_values, err);
  t->shown[0] = t->name;
  for (const struct fray_node *value = t->value; value && v < t->n_values; value = value->next) {
    t->shown[v] = fray_arena_printf(arena, "%s/%s", t->name, value->scalar);
    FRAY_CHECK(t->shown[v++], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* `who` with the value at hand in the place of `each`; NULL: nothing is left of it. */
static enum fray_status at_value(const struct test *t, const struct fray_node *who,
                                 struct fray_arena *arena, struct fray_node **out,
                                 struct fray_err *err) {
  struct fray_node *key, **link;
  FRAY_ALLOC(*out, arena, 1, err);
  **out = *who;
  (*out)->n = 0;
  link = &(*out)->child;
  for (const struct fray_node *from = who->child; from; from = from->next) {
    const bool each = strcmp(from->key, "each") == 0;
    if (each && from->kind == FRAY_NODE_SCALAR)
      continue;
    FRAY_ALLOC(key, arena, 1, err);
    *key = each ? *t->value : *from;
    key->key = each ? t->each->key : from->key;
    *link = key;
    link = &key->next;
    (*out)->n++;
  }
  *link = NULL;
  if (!(*out)->n)
    *out = NULL;
  return FRAY_OK;
}

/* A list of one entry is that entry: the same draws, and the same bytes. One that has an `id` of
 * its own, which an entry alone may not have, keeps it. */
static bool names_entries(const struct fray_node *node) {
  return node->kind == FRAY_NODE_LIST &&
         (node->n > 1 || (node->n == 1 && fray_node_get(node->child, "id")));
}

/* Axes are found before any entry is read: only with their values in place do entries have one
 * meaning. where is copied: the condition keeps it for messages that come much later. */
static enum fray_status look_at_test(const char *section, const struct fray_node *node,
                                     struct fray_arena *arena, struct test *t,
                                     struct fray_err *err) {
  const bool is_list = node->kind == FRAY_NODE_LIST;
  char where[256];
  size_t keys = 0;
  *t = (struct test){.name = node->key,
                     .is_list = names_entries(node),
                     .n_points = 1,
                     .n_entries = is_list ? node->n : 1};
  t->where = fray_arena_strdup(arena, fray_node_where(node, where));
  t->path = fray_arena_printf(arena, "%s.%s", section, node->key);
  FRAY_CHECK(t->where && t->path, err, MEMORY, "out of memory");
  FRAY_CHECK(t->n_entries > 0, err, INPUT, "%s: %s: the list of entries is empty", t->where,
             t->path);
  FRAY_ALLOC(t->entry, arena, t->n_entries, err);
  const struct fray_node *entry = is_list ? node->child : node;
  for (size_t e = 0; e < t->n_entries; e++, entry = entry->next) {
    t->entry[e] = entry;
    keys += entry->n;
  }
  FRAY_ALLOC(t->axis, arena, keys + 1, err);
  for (size_t e = 0; e < t->n_entries; e++)
    FRAY_TRY(find_axes(t->entry[e], e, t, err));
  for (size_t e = 0; e < t->n_entries; e++)
    FRAY_TRY(find_each(t->entry[e], t, err));
  return name_values(t, arena, err);
}

/* The entry with the point's values in the place of its lists. The nodes below are those of the
 * entry: it is read and let go. A shallow copy, key by key: a value takes the key of its list, and
 * the next of each copy is set anew, since the original still hangs in its own list. */
static enum fray_status at_point(const struct test *t, size_t e, struct fray_arena *arena,
                                 struct fray_node *out, struct fray_err *err) {
  struct fray_node *key, **link = &out->child;
  *out = *t->entry[e];
  for (const struct fray_node *from = t->entry[e]->child; from; from = from->next) {
    if (strcmp(from->key, "who") == 0 && fray_test_each(t->entry[e])) {
      FRAY_TRY(at_value(t, from, arena, &key, err));
      if (key) {
        *link = key;
        link = &key->next;
      }
      continue;
    }
    FRAY_ALLOC(key, arena, 1, err);
    *key = *from;
    for (size_t a = 0; a < t->n_axes; a++)
      if (t->axis[a].key == from) {
        *key = *t->axis[a].value;
        key->key = from->key;
      }
    *link = key;
    link = &key->next;
  }
  *link = NULL;
  return FRAY_OK;
}

/* An entry in a list is called after the test and itself, so that no two tests share draws. The id
 * keys the draws: neither its place in the list nor what stands beside it moves them. */
static enum fray_status name_entry(const struct test *t, const struct fray_node *node,
                                   struct fray_corruption_config *entry, struct fray_arena *arena,
                                   struct fray_err *err) {
  const bool alone = !t->is_list, node_with = entry->with != NULL;
  FRAY_CHECK(!(alone && fray_node_get(node, "id")), err, INPUT,
             "%s: %s: `id` is not used here, the name of the entry is its id", t->where, t->path);
  entry->id =
      alone ? t->name : fray_arena_printf(arena, "%s.%s", t->name, fray_corruption_id(entry));
  /* What it is tied to is called so, too. */
  if (entry->with)
    entry->with = fray_arena_printf(arena, "%s.%s", t->name, entry->with);
  FRAY_CHECK(entry->id && (!node_with || entry->with), err, MEMORY, "out of memory");
  return FRAY_OK;
}

static enum fray_status read_entry(const struct test *t, size_t e, const struct fray_node *node,
                                   struct fray_arena *arena, struct fray_corruption_config *out,
                                   struct fray_err *err) {
  char path[160];
  if (t->is_list)
    snprintf(path, sizeof path, "%.120s[%zu]", t->path, e);
  else
    snprintf(path, sizeof path, "%.120s", t->path);
  FRAY_TRY(fray_schema_read(&fray_corruption_table, node, path, out, arena, err));
  FRAY_CHECK(fray_corruption_fits_test(out->kind.choice), err, INPUT,
             "%s: %s: %s damages labels, and labels at test are the truth", t->where, t->path,
             out->kind.choice->name);
  FRAY_CHECK(out->at != FRAY_AT_TRAIN && out->at != FRAY_AT_DEV, err, INPUT,
             "%s: %s: `at: %s` makes no sense here, conditions act at test", t->where, t->path,
             out->at == FRAY_AT_DEV ? "dev" : "train");
  /* Its own check has let it pass, as `at` was still that of an entry that also trains. */
  FRAY_CHECK(out->redraw == FRAY_REDRAW_NEVER, err, INPUT,
             "%s: %s: redraw: there are no epochs at test; epoch is for training", t->where,
             t->path);
  out->at = FRAY_AT_TEST;
  return name_entry(t, node, out, arena, err);
}

/* The keys that say how strong the entries are, and those that the test varies. A strength that is
 * varied stands once, as an axis. A value that is no number gives NaN and cannot occur: the schema
 * has read it. */
static enum fray_status list_keys(const struct test *t, struct fray_arena *arena,
                                  struct fray_condition *c, struct fray_err *err) {
  FRAY_ALLOC(c->key, arena, t->n_axes + t->n_entries, err);
  for (size_t e = 0; e < t->n_entries; e++) {
    const char *measure = fray_corruption_measure(c->entry[e]).key;
    bool swept = false;
    for (size_t a = 0; a < t->n_axes; a++) {
      double value = NAN;
      if (t->axis[a].entry != e)
        continue;
      const char *key = fray_arena_strdup(arena, t->axis[a].key->key);
      FRAY_CHECK(key, err, MEMORY, "out of memory");
      fray_node_real(t->axis[a].value, &value);
      swept = swept || (measure && strcmp(measure, key) == 0);
      c->key[c->n_keys++] = (struct fray_condition_key){e, key, value, true};
    }
    const double nominal = fray_corruption_nominal(c->entry[e]);
    if (measure && !swept && !isnan(nominal))
      c->key[c->n_keys++] = (struct fray_condition_key){e, measure, nominal, false};
  }
  return FRAY_OK;
}

/* One varied key, or the strength of a single entry, is the severity of scores.csv. Several stand
 * in the condition's name, which must tell its points apart. Points of a test with one axis share
 * its name and differ in severity: they are one curve. */
static enum fray_status name_condition(const struct test *t, const char *shown,
                                       struct fray_arena *arena, struct fray_condition *c,
                                       struct fray_err *err) {
  c->name = c->test = shown;
  c->of = t->name;
  for (size_t k = 0; k < c->n_keys && t->n_axes < 2; k++)
    if (c->key[k].swept || (t->n_axes == 0 && t->n_entries == 1)) {
      c->parameter = c->key[k].key;
      c->severity = c->key[k].value;
    }
  for (size_t k = 0; k < c->n_keys && t->n_axes >= 2; k++) {
    const struct fray_corruption_config *entry = c->entry[c->key[k].entry];
    char number[32];
    if (!c->key[k].swept)
      continue;
    fray_format_double(c->key[k].value, number);
    c->name = t->is_list ? fray_arena_printf(arena, "%s %s.%s=%s", c->name,
                                             entry->id + strlen(t->name) + 1, c->key[k].key, number)
                         : fray_arena_printf(arena, "%s %s=%s", c->name, c->key[k].key, number);
    FRAY_CHECK(c->name, err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* Where what is read stays, and where nodes of a point lie while it is read. */
struct room {
  struct fray_arena *arena, *scratch;
};

/* Entries of one condition need ids of their own, as those of a trial do; other conditions may
 * share them: they meet the clean samples. What the schema keeps is in the memory of the study;
 * only the nodes of the point are scratch, and taken back entry by entry. */
static enum fray_status read_condition(const struct test *t, const char *shown,
                                       const struct room *room, struct fray_condition *out,
                                       struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(room->scratch);
  struct fray_corruption_config *entry;
  *out = (struct fray_condition){.where = t->where, .severity = NAN, .n_entries = t->n_entries};
  FRAY_ALLOC(entry, room->arena, t->n_entries, err);
  FRAY_ALLOC(out->entry, room->arena, t->n_entries, err);
  for (size_t e = 0; e < t->n_entries; e++) {
    struct fray_node node;
    FRAY_TRY(at_point(t, e, room->scratch, &node, err));
    FRAY_TRY(read_entry(t, e, &node, room->arena, &entry[e], err));
    fray_arena_rewind(room->scratch, mark);
    out->entry[e] = &entry[e];
  }
  if (fray_corruption_ids_check(out->entry, out->n_entries, err) != FRAY_OK)
    return fray_at(err, "%s: %s", t->where, t->path);
  FRAY_TRY(list_keys(t, room->arena, out, err));
  return name_condition(t, shown, room->arena, out, err);
}

/* To the next point, as the hands of a clock. Behind the last point it stands at the first again,
 * which nobody reads. */
static void advance(struct test *t) {
  for (size_t a = t->n_axes; a-- > 0;) {
    t->axis[a].value = t->axis[a].value->next;
    if (t->axis[a].value)
      return;
    t->axis[a].value = t->axis[a].key->child;
  }
}

/* Value after value, each with all its points: they are a test of its own to whoever draws curves.
 * The ids of entries, and so their draws, are those of the test: a sample is hit as in a test of
 * everyone. */
static enum fray_status read_points(struct test *t, const struct room *room,
                                    struct fray_condition *out, size_t *n, struct fray_err *err) {
  for (size_t v = 0; v < t->n_values; v++) {
    for (size_t point = 0; point < t->n_points; point++) {
      FRAY_TRY(read_condition(t, t->shown[v], room, &out[(*n)++], err));
      advance(t);
    }
    t->value = t->value ? t->value->next : NULL;
  }
  return FRAY_OK;
}

/* The id of an entry in a list, TEST.ENTRY, may be the name of another test with a point in it:
 * both would draw alike, and look independent. */
static enum fray_status check_names(const char *section, const struct fray_condition *c, size_t n,
                                    struct fray_err *err) {
  for (size_t i = 0; i < n; i++) {
    const char *id = fray_corruption_id(c[i].entry[0]);
    if (c[i].of != id || !strchr(c[i].of, '.')) /* alone, and so called as the test is */
      continue;
    for (size_t j = 0; j < n; j++)
      for (size_t e = 0; e < c[j].n_entries && c[j].of != c[i].of; e++)
        FRAY_CHECK(strcmp(id, fray_corruption_id(c[j].entry[e])) != 0, err, INPUT,
                   "%s: %s.%s would draw as the entry of that name in %s.%s does; rename it",
                   c[i].where, section, c[i].of, section, c[j].of);
  }
  return FRAY_OK;
}

/* Counted before they are read, so that one array holds all points and the rows keep the order of
 * the scenario. `trial` and `clean` are conditions of the program, and the signs that are refused
 * divide names in tables and paths of data sets. */
enum fray_status fray_read_tests(const struct fray_node *tests, struct fray_arena *arena,
                                 struct fray_arena *scratch, struct fray_condition **out, size_t *n,
                                 struct fray_err *err) {
  const struct room room = {arena, scratch};
  /* As the file calls them: a gate has conditions in sections of its own. */
  const char *section = tests->key ? tests->key : "tests";
  char where[256];
  struct test *test;
  size_t n_tests = 0, points = 0;
  FRAY_CHECK(tests->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: %s: a map from names to corruption entries is expected",
             fray_node_where(tests, where), section);
  FRAY_ALLOC(test, arena, tests->n + 1, err);
  for (const struct fray_node *node = tests->child; node; node = node->next) {
    FRAY_CHECK(
        strcmp(node->key, "trial") != 0 && strcmp(node->key, "clean") != 0 &&
            !strpbrk(node->key, "/=,\""),
        err, INPUT,
        "%s: %s: '%s' cannot be the name of a condition: 'trial', 'clean' and names with one of "
        "/ = , \" mean something else",
        fray_node_where(node, where), section, node->key);
    FRAY_TRY(look_at_test(section, node, arena, &test[n_tests], err));
    points += test[n_tests].n_points * test[n_tests].n_values;
    n_tests++;
  }
  FRAY_ALLOC(*out, arena, points + 1, err);
  for (size_t k = 0; k < n_tests; k++)
    FRAY_TRY(read_points(&test[k], &room, *out, n, err));
  return check_names(section, *out, *n, err);
}

/* As seeds of trials are read (src/study/scenario/seeds.c), which has refused what is no rule. */
bool fray_corruption_seed(const struct fray_node *scenario, uint64_t trial, uint64_t *seed) {
  const struct fray_node *rule = fray_node_at(scenario, "seeds.corruption");
  long long given = 0; /* what `fixed` is */
  *seed = trial;
  if (!rule || (rule->scalar && strcmp(rule->scalar, "per_trial") == 0))
    return true;
  if (strcmp(rule->scalar ? rule->scalar : "", "fixed") != 0 && !fray_node_int(rule, &given))
    return false;
  *seed = (uint64_t)given;
  return given >= 0;
}
