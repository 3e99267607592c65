/* Titles in a scenario: where they may stand, what they may name, and that no cell holds them.
 *
 * A title is presentation. Cells, and with them names of trials, hashes and seeds, are as if it had
 * not been written; scenario.yaml has it, from where the report takes it. */
#include "scenario.h"

#include "fray/base/size.h"
#include "fray/codec/text_width.h"
#include "fray/data/dataset.h"

#include <stdlib.h>
#include <string.h>

/* Blanks and characters without a width would leave a row of a table, or a line of a legend,
 * without a name. */
bool fray_title_is_seen(const char *text) {
  return fray_columns(text + strspn(text, " \t\r\n")) > 0;
}

static enum fray_status check_text(const struct fray_node *node, const char *what,
                                   struct fray_err *err) {
  char where[256];
  FRAY_CHECK(node->kind == FRAY_NODE_SCALAR && *node->scalar, err, INPUT,
             "%s: %s: a title is a text", fray_node_where(node, where), what);
  FRAY_CHECK(fray_title_is_seen(node->scalar), err, INPUT,
             "%s: %s: the title of '%s' shows nothing: it is blank", fray_node_where(node, where),
             what, node->key ? node->key : "");
  return FRAY_OK;
}

/* The name that a title is given to must be one of n. what: "titles.keys", "swept key". */
static enum fray_status check_name(const struct fray_node *node, const char *section,
                                   const char *noun, const char *const *name, size_t n,
                                   struct fray_err *err) {
  char where[256], list[512];
  for (size_t i = 0; i < n; i++)
    if (strcmp(name[i], node->key) == 0)
      return FRAY_OK;
  return fray_fail(err, FRAY_INPUT, "%s: titles.%s: '%s' is no %s; %s",
                   fray_node_where(node, where), section, node->key, noun,
                   fray_there_are(node->key, name, n, list, sizeof list));
}

/* A section that is not given is an empty one; what is no map is refused. */
static enum fray_status map_of(const struct fray_node *node, const char *what,
                               const struct fray_node **first, struct fray_err *err) {
  char where[256];
  *first = NULL;
  if (!node || node->kind == FRAY_NODE_NULL)
    return FRAY_OK;
  FRAY_CHECK(node->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: %s: a map from names to titles is expected", fray_node_where(node, where), what);
  *first = node->child;
  return FRAY_OK;
}

/* As numbers where they are numbers, since 0.30 stands for 0.3. */
static bool same_value(const char *a, const char *b) {
  const struct fray_node x = {.kind = FRAY_NODE_SCALAR, .scalar = a},
                         y = {.kind = FRAY_NODE_SCALAR, .scalar = b};
  double u, v;
  return strcmp(a, b) == 0 || (fray_node_real(&x, &u) && fray_node_real(&y, &v) && u == v);
}

/* The values of a swept key that `titles.values` names; each must be one of the sweep. */
static enum fray_status check_values(struct fray_study *study, const struct fray_node *key,
                                     struct fray_err *err) {
  const struct fray_node *value;
  const char **known;
  char where[256], list[512];
  size_t k = 0, n = 0;
  FRAY_TRY(check_name(key, "values", "swept key", study->key, study->n_keys, err));
  FRAY_TRY(map_of(key, "titles.values", &value, err));
  while (strcmp(study->key[k], key->key) != 0)
    k++;
  FRAY_ALLOC(known, &study->arena, study->n_cells + 1, err);
  for (size_t c = 0; c < study->n_cells; c++) {
    size_t i = 0;
    while (i < n && strcmp(known[i], study->cell[c].value[k]) != 0)
      i++;
    if (i == n)
      known[n++] = study->cell[c].value[k];
  }
  for (; value; value = value->next) {
    size_t i = 0;
    FRAY_TRY(check_text(value, "titles.values", err));
    while (i < n && !same_value(known[i], value->key))
      i++;
    FRAY_CHECK(i < n, err, INPUT, "%s: titles.values: no cell has %s = %s; %s",
               fray_node_where(value, where), key->key, value->key,
               fray_there_are(value->key, known, n, list, sizeof list));
  }
  return FRAY_OK;
}

/* Conditions are the tests and what a study measures beside them. */
static enum fray_status check_condition(const struct fray_study *study,
                                        const struct fray_node *node, struct fray_err *err) {
  enum { MOST = 64 };
  const struct fray_node *tests = fray_node_get(study->root, "tests");
  const char *name[MOST] = {"trial", "clean"};
  size_t n = 2;
  FRAY_TRY(check_text(node, "titles.conditions", err));
  if (fray_is_control_condition(node->key) || fray_node_get(tests, node->key))
    return FRAY_OK;
  for (const struct fray_node *t = tests ? tests->child : NULL; t && n < MOST; t = t->next)
    name[n++] = t->key;
  return check_name(node, "conditions", "condition", name, n, err);
}

/* Names in groups, modalities and classes are those of the data; see fray_titles_meet. */
static enum fray_status check_sections(struct fray_study *study, const struct fray_node *titles,
                                       struct fray_err *err) {
  static const char *const sections[] = {"keys",   "values",     "conditions",
                                         "groups", "modalities", "classes"};
  const struct fray_node *section, *entry, *value;
  FRAY_TRY(map_of(titles, "titles", &section, err));
  for (; section; section = section->next) {
    char where[256], list[256];
    size_t s = 0;
    while (s < FRAY_COUNT(sections) && strcmp(sections[s], section->key) != 0)
      s++;
    FRAY_CHECK(s < FRAY_COUNT(sections), err, INPUT, "%s: titles: no section '%s'; %s",
               fray_node_where(section, where), section->key,
               fray_there_are(section->key, sections, FRAY_COUNT(sections), list, sizeof list));
    FRAY_TRY(map_of(section, sections[s], &entry, err));
    for (; entry; entry = entry->next) {
      if (s == 1) {
        FRAY_TRY(check_values(study, entry, err));
      } else if (s == 2) {
        FRAY_TRY(check_condition(study, entry, err));
      } else if (s == 3) {
        FRAY_TRY(map_of(entry, "titles.groups", &value, err));
        for (; value; value = value->next)
          FRAY_TRY(check_text(value, "titles.groups", err));
      } else {
        FRAY_TRY(check_text(entry, sections[s], err));
      }
      if (s == 0)
        FRAY_TRY(check_name(entry, "keys", "swept key", study->key, study->n_keys, err));
    }
  }
  return FRAY_OK;
}

enum fray_status fray_titles_check(struct fray_study *study, struct fray_err *err) {
  const struct fray_node *methods = fray_node_get(study->root, "methods"),
                         *own = fray_node_get(study->root, "title");
  /* That it is a text is for the schema; an empty one is none, and the name stands for it. */
  if (own && own->kind == FRAY_NODE_SCALAR && *own->scalar)
    FRAY_TRY(check_text(own, "title", err));
  for (const struct fray_node *m = methods ? methods->child : NULL; m; m = m->next) {
    const struct fray_node *title = fray_node_get(m, "title");
    if (title)
      FRAY_TRY(check_text(title, "methods", err));
  }
  return check_sections(study, fray_node_get(study->root, "titles"), err);
}

static bool is_modality(const struct fray_dataset *d, const char *name) {
  for (size_t m = 0; m < d->n_modalities; m++)
    if (strcmp(d->modality[m].name, name) == 0)
      return true;
  return false;
}

static bool is_class(const struct fray_dataset *d, const char *name) {
  for (size_t c = 0; c < d->n_classes; c++)
    if (strcmp(d->class_name[c], name) == 0)
      return true;
  return false;
}

static const struct fray_group *group_of(const struct fray_dataset *d, const char *name) {
  for (size_t g = 0; g < d->n_groups; g++)
    if (strcmp(d->group[g].name, name) == 0)
      return &d->group[g];
  return NULL;
}

/* `title` in a column is that of the column itself. */
static bool is_value(const struct fray_group *group, const char *name) {
  for (size_t v = 0; group && v < group->n; v++)
    if (strcmp(group->value[v], name) == 0)
      return true;
  return group && strcmp(name, "title") == 0;
}

/* The names in a section that the data lack; column: of the groups, or NULL. Counted in the order
 * of the scenario, so that each has a place among those met. */
typedef void each_name(const struct fray_node *node, const char *section, const char *column,
                       void *user);

static void walk(const struct fray_node *titles, each_name *each, void *user) {
  static const char *const sections[] = {"modalities", "classes", "groups"};
  for (size_t s = 0; s < FRAY_COUNT(sections); s++) {
    const struct fray_node *section = fray_node_get(titles, sections[s]);
    const bool nested = s == 2;
    for (const struct fray_node *e = section ? section->child : NULL; e; e = e->next) {
      each(e, sections[s], NULL, user);
      for (const struct fray_node *v = nested ? e->child : NULL; v; v = v->next)
        each(v, sections[s], e->key, user);
    }
  }
}

struct meeting {
  const struct fray_dataset *data;
  bool *met;
  size_t at;
  const struct fray_node *lacking; /* the first that nobody met */
  const char *section, *column;
};

static void meet(const struct fray_node *node, const char *section, const char *column,
                 void *user) {
  struct meeting *m = user;
  const struct fray_dataset *d = m->data;
  const bool here = column                               ? is_value(group_of(d, column), node->key)
                    : strcmp(section, "groups") == 0     ? group_of(d, node->key) != NULL
                    : strcmp(section, "modalities") == 0 ? is_modality(d, node->key)
                                                         : is_class(d, node->key);
  m->met[m->at] = m->met[m->at] || here;
  m->at++;
}

static void count(const struct fray_node *node, const char *section, const char *column,
                  void *user) {
  (void)node;
  (void)section;
  (void)column;
  ++*(size_t *)user;
}

/* Cells may have different data: a name is good if any of them has it. */
enum fray_status fray_titles_meet(struct fray_study *study, const struct fray_dataset *dataset,
                                  struct fray_err *err) {
  const struct fray_node *titles = fray_node_get(study->root, "titles");
  if (!study->title_met) {
    size_t n = 0;
    walk(titles, count, &n);
    FRAY_ALLOC_ZERO(study->title_met, &study->arena, n + 1, err);
  }
  struct meeting m = {.data = dataset, .met = study->title_met};
  walk(titles, meet, &m);
  return FRAY_OK;
}

static void find_lacking(const struct fray_node *node, const char *section, const char *column,
                         void *user) {
  struct meeting *m = user;
  if (!m->met[m->at++] && !m->lacking) {
    m->lacking = node;
    m->section = section;
    m->column = column;
  }
}

/* Names of the data that could have been meant: some, as the message is cut. */
static size_t names_like(const struct meeting *m, const char **name, size_t most) {
  const struct fray_dataset *d = m->data;
  const struct fray_group *group = m->column ? group_of(d, m->column) : NULL;
  size_t n = 0;
  if (group) {
    for (size_t v = 0; v < group->n && n < most; v++)
      name[n++] = group->value[v];
  } else if (strcmp(m->section, "groups") == 0) {
    for (size_t g = 0; g < d->n_groups && n < most; g++)
      name[n++] = d->group[g].name;
  } else if (strcmp(m->section, "modalities") == 0) {
    for (size_t k = 0; k < d->n_modalities && n < most; k++)
      name[n++] = d->modality[k].name;
  } else {
    for (size_t c = 0; c < d->n_classes && n < most; c++)
      name[n++] = d->class_name[c];
  }
  return n;
}

enum fray_status fray_titles_all_met(const struct fray_study *study,
                                     const struct fray_dataset *dataset, struct fray_err *err) {
  enum { MOST = 256 };
  const char *name[MOST];
  char where[256], list[512];
  struct meeting m = {.data = dataset, .met = study->title_met};
  if (!m.met)
    return FRAY_OK;
  walk(fray_node_get(study->root, "titles"), find_lacking, &m);
  if (!m.lacking)
    return FRAY_OK;
  const size_t n = names_like(&m, name, MOST);
  return fray_fail(err, FRAY_INPUT, "%s: titles.%s%s%s: the data have no '%s'; %s",
                   fray_node_where(m.lacking, where), m.section, m.column ? "." : "",
                   m.column ? m.column : "", m.lacking->key,
                   fray_there_are(m.lacking->key, name, n, list, sizeof list));
}
