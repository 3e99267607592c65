/* Finds the tests that vary two keys. scores.csv has each of their points under a condition of its
 * own; which point that is, the scenario says. */
#include "plane.h"

#include "report/words/names.h"

#include "fray/base/size.h"
#include "fray/results/read_tests.h"
#include "fray/results/titles.h"

#include <math.h>
#include <string.h>

/* The two keys that a condition varies, as places in its list; false if it varies more or fewer. */
static bool two_keys(const struct fray_condition *c, size_t at[2]) {
  size_t n = 0;
  for (size_t k = 0; k < c->n_keys; k++)
    if (c->key[k].swept) {
      if (n < 2)
        at[n] = k;
      n++;
    }
  return n == 2;
}

/* Puts a value into its place among n that are sorted, unless it is there. */
static void insert(double *x, size_t *n, double value, int worse) {
  size_t at = 0;
  while (at < *n && (worse < 0 ? x[at] > value : x[at] < value))
    at++;
  if (at < *n && x[at] == value)
    return;
  memmove(&x[at + 1], &x[at], (*n - at) * sizeof *x);
  x[at] = value;
  ++*n;
}

/* Values are compared as they were written: equal texts are equal numbers. */
static size_t place(const double *x, size_t n, double value) {
  size_t i = 0;
  while (i < n && x[i] != value)
    i++;
  return i;
}

/* "sigma (full scale)". Of several entries the key says whose it is. */
static enum fray_status name_key(struct fray_rep_results *r, const struct fray_condition *c,
                                 size_t k, size_t i, struct fray_rep_plane *p,
                                 struct fray_err *err) {
  const struct fray_corruption_config *entry = c->entry[c->key[k].entry];
  const struct fray_strength own = fray_corruption_key(entry->kind.choice, c->key[k].key);
  struct fray_strength_meaning *meaning;
  FRAY_ALLOC(meaning, r->arena, 1, err);
  *meaning = (struct fray_strength_meaning){.name = p->test,
                                            .entry = "",
                                            .parameter = c->key[k].key,
                                            .unit = own.unit,
                                            .none = own.none,
                                            .worse = own.worse};
  const bool unit = *own.unit != '\0';
  const char *of = c->n_entries > 1 ? fray_corruption_id(entry) : "";
  /* The label is for axes; the meaning says which way is worse. */
  p->strength[i] = meaning;
  p->label[i] = fray_arena_printf(r->arena, "%s%s%s%s%s%s", of, *of ? ": " : "", c->key[k].key,
                                  unit ? " (" : "", own.unit, unit ? ")" : "");
  FRAY_CHECK(p->label[i], err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* n conditions that follow each other are of one test, of which the first speaks for all. */
static enum fray_status add(struct fray_rep_results *r, const struct fray_condition *c, size_t n,
                            const size_t at[2], struct fray_rep_plane *p, struct fray_err *err) {
  const struct fray_titles *titles = &r->titles->from;
  *p = (struct fray_rep_plane){.test = c->test, .title = fray_title_of_test(titles, c->test)};
  FRAY_CHECK(p->title, err, MEMORY, "out of memory");
  for (size_t i = 0; i < 2; i++) {
    FRAY_TRY(name_key(r, c, at[i], i, p, err));
    FRAY_ALLOC(p->x[i], r->arena, n + 1, err);
    for (size_t k = 0; k < n; k++)
      insert(p->x[i], &p->n[i], c[k].key[at[i]].value, p->strength[i]->worse);
  }
  /* Points that the study left out stay beyond the last condition. */
  FRAY_ALLOC(p->condition, r->arena, p->n[0] * p->n[1], err);
  for (size_t k = 0; k < p->n[0] * p->n[1]; k++)
    p->condition[k] = r->conditions.n;
  for (size_t k = 0; k < n; k++)
    p->condition[place(p->x[0], p->n[0], c[k].key[at[0]].value) * p->n[1] +
                 place(p->x[1], p->n[1], c[k].key[at[1]].value)] =
        fray_rep_name_find(&r->conditions, c[k].name);
  return FRAY_OK;
}

/* Axes of one name would be told apart by nothing else. */
static enum fray_status tell_apart(struct fray_rep_results *r, struct fray_rep_plane *p, size_t n,
                                   struct fray_err *err) {
  const char **title, **id;
  FRAY_ALLOC(title, r->arena, n + 1, err);
  FRAY_ALLOC(id, r->arena, n + 1, err);
  for (size_t i = 0; i < n; i++) {
    title[i] = p[i].title;
    id[i] = p[i].test;
    const char *both[] = {"first key", "second key"};
    FRAY_CHECK(fray_titles_distinct(p[i].label, both, 2, r->arena), err, MEMORY, "out of memory");
  }
  FRAY_CHECK(fray_titles_distinct(title, id, n, r->arena), err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++)
    p[i].title = title[i];
  return FRAY_OK;
}

/* Conditions of one test follow one another, as the scenario makes them. */
enum fray_status fray_rep_planes(struct fray_rep_results *r, struct fray_rep_plane **out, size_t *n,
                                 struct fray_err *err) {
  const struct fray_node *tests = fray_node_get(r->scenario, "tests");
  struct fray_arena scratch = {0};
  struct fray_condition *c = NULL;
  struct fray_err why = {0};
  size_t n_conditions = 0;
  *n = 0;
  *out = NULL;
  if (!tests || tests->kind != FRAY_NODE_MAP)
    return FRAY_OK;
  const enum fray_status status =
      fray_read_tests(tests, r->arena, &scratch, &c, &n_conditions, &why);
  fray_arena_free(&scratch);
  /* Of another program: a test that is not understood has no planes. */
  if (status == FRAY_INPUT)
    return FRAY_OK;
  FRAY_CHECK(status == FRAY_OK, err, MEMORY, "out of memory");
  FRAY_ALLOC(*out, r->arena, tests->n + 1, err);
  for (size_t first = 0, last; first < n_conditions; first = last) {
    size_t at[2];
    for (last = first + 1; last < n_conditions && c[last].test == c[first].test;)
      last++;
    if (two_keys(&c[first], at))
      FRAY_TRY(add(r, &c[first], last - first, at, &(*out)[(*n)++], err));
  }
  return tell_apart(r, *out, *n, err);
}

/* Asked for each condition of a table, which has few planes at most. */
bool fray_rep_is_in_plane(const struct fray_rep_plane *plane, size_t n, size_t condition) {
  for (size_t p = 0; p < n; p++)
    for (size_t i = 0; i < plane[p].n[0] * plane[p].n[1]; i++)
      if (plane[p].condition[i] == condition)
        return true;
  return false;
}
