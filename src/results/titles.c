/* Names in people's words, of a scenario: given titles first, then the words of the registries. */
#include "fray/results/titles.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/corrupt/corrupt.h"
#include "fray/metric/metric.h"
#include "fray/results/csv_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void drop(struct fray_node *map, const char *key) {
  if (map->kind != FRAY_NODE_MAP)
    return;
  for (struct fray_node **at = &map->child; *at; at = &(*at)->next)
    if (strcmp((*at)->key, key) == 0) {
      *at = (*at)->next;
      map->n--;
      return;
    }
}

/* Of an entry, of each of a list of entries, or of each entry of a map. */
static void drop_below(struct fray_node *node) {
  for (struct fray_node *e = node ? node->child : NULL; e; e = e->next)
    drop(e, "title");
}

static void drop_of_tests(struct fray_node *tests) {
  drop_below(tests);
  for (struct fray_node *t = tests ? tests->child : NULL; t; t = t->next)
    if (t->kind == FRAY_NODE_LIST)
      drop_below(t);
}

void fray_titles_drop(struct fray_node *scenario) {
  drop(scenario, "title");
  drop(scenario, "titles");
  drop_below(fray_node_get(scenario, "methods"));
  drop_below(fray_node_get(scenario, "corruption"));
  drop_of_tests(fray_node_get(scenario, "tests"));
}

/* Swept tests and entries may bring titles along, which are no part of the value. */
void fray_titles_drop_swept(const char *key, struct fray_node *value) {
  if (strcmp(key, "corruption") == 0)
    drop_below(value);
  if (strcmp(key, "tests") == 0)
    drop_of_tests(value);
  if (strncmp(key, "tests.", 6) != 0)
    return;
  drop(value, "title");
  if (value->kind == FRAY_NODE_LIST)
    drop_below(value);
}

static const char *scalar(const struct fray_node *map, const char *key) {
  const struct fray_node *node = fray_node_get(map, key);
  return node && node->kind == FRAY_NODE_SCALAR && *node->scalar ? node->scalar : NULL;
}

/* Keys of YAML that are numbers are texts here, and 0.30 is the value 0.3 of the tables. */
static const char *scalar_like(const struct fray_node *map, const char *key) {
  const char *text = scalar(map, key);
  double x, y;
  if (text || !map || map->kind != FRAY_NODE_MAP || !fray_rep_parse_real(key, &x))
    return text;
  for (const struct fray_node *e = map->child; e; e = e->next)
    if (fray_rep_parse_real(e->key, &y) && x == y)
      return scalar(map, e->key);
  return NULL;
}

const char *fray_title_given(const struct fray_titles *t, const char *section, const char *a,
                             const char *b) {
  const struct fray_node *map = fray_node_get(fray_node_get(t->scenario, "titles"), section);
  return b ? scalar_like(fray_node_get(map, a), b) : scalar(map, a);
}

const char *fray_title_of_study(const struct fray_titles *t) {
  const char *title = scalar(t->scenario, "title");
  return title ? title : scalar(t->scenario, "name");
}

/* A modality that its owner called otherwise is that to the reader too. */
static const char *noun_of(const struct fray_titles *t, const char *name) {
  const char *title = fray_title_given(t, "modalities", name, NULL);
  for (size_t k = 0; !title && fray_modality_kind_names[k]; k++)
    if (strcmp(fray_modality_kind_names[k], name) == 0)
      title = fray_modality_kind_nouns[k];
  return title ? title : name;
}

/* "sound (audio)" where the data have another modality of that name. */
const char *fray_title_of_modality(const struct fray_titles *t, const char *name) {
  const char *noun = noun_of(t, name);
  for (size_t m = 0; m < t->n_modalities; m++)
    if (strcmp(t->modality[m], name) != 0 && strcmp(noun_of(t, t->modality[m]), noun) == 0)
      return fray_arena_printf(t->arena, "%s (%s)", noun, name);
  return noun;
}

/* Only titles are known here, not all classes: of two equal ones each has its name behind it. */
const char *fray_title_of_class(const struct fray_titles *t, const char *name) {
  const char *title = fray_title_given(t, "classes", name, NULL);
  const struct fray_node *all = fray_node_get(fray_node_get(t->scenario, "titles"), "classes");
  for (const struct fray_node *c = title && all ? all->child : NULL; c; c = c->next)
    if (strcmp(c->key, name) != 0 && c->scalar && strcmp(c->scalar, title) == 0)
      return fray_arena_printf(t->arena, "%s (%s)", title, name);
  return title ? title : name;
}

bool fray_title_may_hit(const struct fray_choice *kind, const char *modality, const char *is) {
  for (size_t k = 0; fray_modality_kind_names[k]; k++)
    if (strcmp(fray_modality_kind_names[k], is ? is : modality) == 0)
      return fray_corruption_fits_modality(kind, (enum fray_modality_kind)k);
  return true;
}

static bool may_hit(const struct fray_titles *t, const struct fray_choice *kind, size_t m) {
  return fray_title_may_hit(kind, t->modality[m], t->kind ? t->kind[m] : NULL);
}

/* "sound", "sound and picture", "a, b and c" */
static void put_noun(struct fray_text *out, const char *noun, size_t i, size_t n) {
  fray_text_printf(out, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ", noun);
}

/* The modalities that an entry names, or else all of the data that its kind can hit. */
static void put_nouns(const struct fray_titles *t, const struct fray_node *entry,
                      const struct fray_choice *kind, struct fray_text *out) {
  const struct fray_node *list = fray_node_get(entry, "modalities");
  size_t n = 0, i = 0;
  if (list && list->kind == FRAY_NODE_SCALAR) {
    fray_text_puts(out, fray_title_of_modality(t, list->scalar));
    return;
  }
  if (list && list->kind == FRAY_NODE_LIST && list->n > 0) {
    for (const struct fray_node *m = list->child; m; m = m->next)
      put_noun(out, fray_title_of_modality(t, m->scalar ? m->scalar : "?"), i++, list->n);
    return;
  }
  for (size_t m = 0; m < t->n_modalities; m++)
    n += may_hit(t, kind, m);
  for (size_t m = 0; m < t->n_modalities; m++)
    if (may_hit(t, kind, m))
      put_noun(out, fray_title_of_modality(t, t->modality[m]), i++, n);
  if (n == 0)
    fray_text_puts(out, fray_corruption_damages_signals(kind) ? "data" : "modalities");
}

static const char *taken(struct fray_text *text, struct fray_arena *arena) {
  const char *copy = text->failed ? NULL : fray_arena_strdup(arena, text->data ? text->data : "");
  fray_text_free(text);
  return copy;
}

/* ---- whom an entry hits ---- */

/* Of a group, or of the classes; a long list would push out what stands behind it. */
enum { MOST_NAMED = 3 };

static const char *value_title(const struct fray_titles *t, const char *group, const char *value) {
  if (strcmp(group, "label") == 0)
    return fray_title_of_class(t, value);
  const char *title = fray_title_given(t, "groups", group, value);
  return title ? title : value;
}

static void put_group(const struct fray_titles *t, const char *group, struct fray_text *out) {
  const char *title = fray_title_given(t, "groups", group, "title");
  fray_text_printf(out, "%s ", title ? title : group);
}

/* "accent scotland and wales"; of a map "accent scotland at 50 % and wales at 20 %". */
static void put_values(const struct fray_titles *t, const struct fray_node *of,
                       struct fray_text *out) {
  const bool is_map = of->kind == FRAY_NODE_MAP;
  const struct fray_node *v = of->kind == FRAY_NODE_SCALAR ? of : of->child;
  const size_t all = of->kind == FRAY_NODE_SCALAR ? 1 : of->n;
  const size_t n = all > MOST_NAMED + 1 ? MOST_NAMED : all;
  for (size_t i = 0; v && i < n; i++, v = v->next) {
    const char *name = is_map ? v->key : v->scalar;
    double rate;
    put_noun(out, value_title(t, of->key, name ? name : "?"), i, n + (all > n));
    if (is_map && v->scalar && fray_rep_parse_real(v->scalar, &rate))
      fray_text_printf(out, " at %.12g %%", 100 * rate);
  }
  if (all > n)
    fray_text_printf(out, " and %zu more", all - n);
}

/* " (accent scotland alone)": a rate is that of those whom an entry may hit, and of those who have
 * none of their own. Values that a test goes through are named where each of them is. */
static void put_whom(const struct fray_titles *t, const struct fray_node *entry,
                     struct fray_text *out) {
  const struct fray_node *who = fray_node_get(entry, "who"), *by = fray_node_get(entry, "rate_by");
  struct fray_text words = {0};
  double share;
  if (who && who->kind == FRAY_NODE_SCALAR && fray_rep_parse_real(who->scalar, &share) && share < 1)
    fray_text_printf(&words, "%.12g %% of clients", 100 * share);
  const struct fray_node *of = who && who->kind == FRAY_NODE_MAP ? who->child : NULL;
  if (of && strcmp(of->key, "clients") == 0)
    fray_text_printf(&words, "%s alone",
                     FRAY_N(of->kind == FRAY_NODE_LIST ? of->n : (size_t)1, "client"));
  else if (of && strcmp(of->key, "each") != 0) {
    put_group(t, of->key, &words);
    put_values(t, of, &words);
    fray_text_puts(&words, " alone");
  }
  of = by && by->kind == FRAY_NODE_MAP ? by->child : NULL;
  if (of && of->kind == FRAY_NODE_MAP) {
    fray_text_puts(&words, words.size ? "; " : "");
    put_group(t, of->key, &words);
    put_values(t, of, &words);
  }
  if (words.size)
    fray_text_printf(out, " (%s)", words.data);
  out->failed |= words.failed;
  fray_text_free(&words);
}

const char *fray_title_of_entry(const struct fray_titles *t, const struct fray_node *entry,
                                const char *id) {
  const char *title = scalar(entry, "title"), *name = scalar(entry, "kind");
  const struct fray_choice *kind = name ? fray_choice_find(&fray_corruptions, name) : NULL;
  if (title)
    return title;
  /* Results of a later program: a kind that is not known here has no words. */
  if (!kind)
    return id;
  const char *words = fray_corruption_words(kind), *hole = strstr(words, "%s");
  struct fray_text text = {0};
  fray_text_add(&text, words, hole ? (size_t)(hole - words) : strlen(words));
  if (hole) {
    put_nouns(t, entry, kind, &text);
    fray_text_puts(&text, hole + 2);
  }
  put_whom(t, entry, &text);
  return taken(&text, t->arena);
}

const char *fray_title_of_key(const struct fray_titles *t, const char *key) {
  const char *title = fray_title_given(t, "keys", key, NULL);
  const struct fray_node *list = fray_node_get(t->scenario, "corruption");
  const size_t n = strcspn(key, ".");
  for (const struct fray_node *e = list ? list->child : NULL; e && !title && key[n]; e = e->next) {
    const char *id = scalar(e, "id");
    id = id ? id : scalar(e, "kind");
    if (id && strlen(id) == n && strncmp(id, key, n) == 0)
      return fray_title_of_entry(t, e, id);
  }
  return title;
}

/* The group of a test that goes through its values; NULL: it does not. */
static const char *group_of(const struct fray_node *test) {
  const bool is_list = test && test->kind == FRAY_NODE_LIST;
  for (const struct fray_node *e = is_list ? test->child : test; e; e = is_list ? e->next : NULL) {
    const struct fray_node *each = fray_node_get(fray_node_get(e, "who"), "each");
    if (each && each->kind == FRAY_NODE_MAP && each->child)
      return each->child->key;
  }
  return NULL;
}

/* "hum in sound at test, accent scotland" of NAME/VALUE; NULL: it is not called so. */
static const char *title_of_value(const struct fray_titles *t, const char *name) {
  const size_t n = strcspn(name, "/");
  char base[256];
  if (!name[n] || n >= sizeof base)
    return NULL;
  memcpy(base, name, n);
  base[n] = '\0';
  const char *group = group_of(fray_node_get(fray_node_get(t->scenario, "tests"), base));
  const char *title = group ? fray_title_of_test(t, base) : NULL;
  const char *value = group ? fray_title_given(t, "groups", group, name + n + 1) : NULL;
  return title
             ? fray_arena_printf(t->arena, "%s, %s %s", title, group, value ? value : name + n + 1)
             : NULL;
}

/* A test of several entries is all of them; one of them may have a title of its own. */
const char *fray_title_of_test(const struct fray_titles *t, const char *name) {
  const struct fray_node *test = fray_node_get(fray_node_get(t->scenario, "tests"), name);
  const char *title = fray_title_given(t, "conditions", name, NULL);
  if (!title && test && test->kind == FRAY_NODE_MAP)
    title = scalar(test, "title");
  if (!title && !test)
    title = title_of_value(t, name);
  if (title || !test)
    return title ? title : name;
  struct fray_text text = {0};
  bool failed = false;
  const struct fray_node *entry = test->kind == FRAY_NODE_LIST ? test->child : test;
  const size_t n = test->kind == FRAY_NODE_LIST ? test->n : 1;
  for (size_t i = 0; i < n; i++, entry = entry->next) {
    const char *id = scalar(entry, "id"), *words = fray_title_of_entry(t, entry, id ? id : name);
    failed = failed || !words;
    put_noun(&text, words ? words : "", i, n);
  }
  fray_text_puts(&text, " at test");
  if (n == 0 || failed) {
    fray_text_free(&text);
    return n == 0 ? name : NULL;
  }
  return taken(&text, t->arena);
}

/* Of one the first word of a unit loses its s, so that one is "1 sample" and "1 photon at white".
 * Signs of two letters, "times" and words that end otherwise stay. */
static const char *one_of(const char *unit, double x, struct fray_arena *arena) {
  const size_t n = strcspn(unit, " ");
  if (fabs(x) != 1 || n < 4 || unit[n - 1] != 's' || strchr("s'", unit[n - 2]) ||
      strncmp(unit, "times", n) == 0)
    return unit;
  const char *one = fray_arena_printf(arena, "%.*s%s", (int)n - 1, unit, unit + n);
  return one ? one : unit;
}

/* A share is a percentage to people. Twelve digits drop what is left of multiplying by 100. */
const char *fray_title_of_strength(const struct fray_strength_meaning *strength, double x,
                                   struct fray_arena *arena) {
  const char *unit = strength->unit;
  if (isnan(x))
    return "";
  if (isinf(x))
    return fray_arena_printf(arena, "%s\u221e%s%s", x < 0 ? "\u2212" : "", *unit ? " " : "", unit);
  if (strcmp(unit, "share") == 0)
    return fray_arena_printf(arena, "%.12g %%", 100 * x);
  if (strcmp(unit, "level") == 0)
    return fray_arena_printf(arena, "level %.12g", x);
  if (strcmp(unit, "full scale") == 0)
    return fray_arena_printf(arena, "%.12g of full scale", x);
  return fray_arena_printf(arena, "%.12g%s%s", x, *unit ? " " : "", one_of(unit, x, arena));
}

const char *fray_title_of_value(const struct fray_titles *t, const char *key,
                                const struct fray_strength_meaning *strength, const char *value) {
  const char *title = fray_title_given(t, "values", key, value);
  double x;
  if (!title && strcmp(key, "method") == 0)
    title = scalar(fray_node_get(fray_node_get(t->scenario, "methods"), value), "title");
  if (title)
    return title;
  if (strength && fray_rep_parse_real(value, &x))
    return fray_title_of_strength(strength, x, t->arena);
  return *value ? value : "(empty)";
}

const char *fray_title_of_metric(const char *metric) {
  const struct fray_choice *choice = fray_choice_find(&fray_metrics, metric);
  const struct fray_metric_ops *ops = choice ? choice->impl : NULL;
  return ops && ops->title ? ops->title : metric;
}

struct member {
  const char *label;
  size_t at;
};

static int by_label(const void *a, const void *b) {
  const struct member *x = a, *y = b;
  int order = strcmp(x->label, y->label);
  return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* Puts the id behind all labels that are equal to another one. *n_equal: how many these were. */
static bool extend_equal(const char **label, const char *const *id, struct member *m, size_t n,
                         size_t *n_equal, struct fray_arena *arena) {
  *n_equal = 0;
  for (size_t i = 0; i < n; i++)
    m[i] = (struct member){label[i], i};
  qsort(m, n, sizeof *m, by_label);
  for (size_t i = 0; i < n; i++) {
    bool equal = (i > 0 && strcmp(m[i].label, m[i - 1].label) == 0) ||
                 (i + 1 < n && strcmp(m[i].label, m[i + 1].label) == 0);
    if (!equal)
      continue;
    ++*n_equal;
    label[m[i].at] = fray_arena_printf(arena, "%s (%s)", m[i].label, id[m[i].at]);
    if (!label[m[i].at])
      return false;
  }
  return true;
}

/* Titles may be made to collide, even with one that an id was put behind. Some rounds settle what
 * people write; after that all are numbered. */
bool fray_titles_distinct(const char **label, const char *const *id, size_t n,
                          struct fray_arena *arena) {
  enum { ROUNDS = 8 };
  struct member *m = fray_arena_alloc(arena, n + 1, sizeof *m);
  if (!m)
    return false;
  for (size_t i = 0; i < n; i++)
    if (!label[i])
      return false;
  for (int round = 0; round < ROUNDS; round++) {
    size_t n_equal;
    if (!extend_equal(label, id, m, n, &n_equal, arena))
      return false;
    if (n_equal == 0)
      return true;
  }
  for (size_t i = 0; i < n; i++) {
    label[i] = fray_arena_printf(arena, "%s #%zu", id[i], i + 1);
    if (!label[i])
      return false;
  }
  return true;
}
