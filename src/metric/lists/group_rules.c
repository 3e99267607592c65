/* Groups that are said in traits: asked of samples, read from YAML and written as such.
 *
 *     [{present: {audio: false}}, {accent: [scotland, lancaster]}, {disagreement: [0.5, null]}] */
#include "fray/metric/traits.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A number that is not there is below all others, so that "at most" takes it and "at least" does
 * not; a category that is not there is no value. */
bool fray_term_holds(const struct fray_term *term, double x) {
  if (term->takes)
    return !isnan(x) && term->takes[(size_t)x];
  const double number = isnan(x) ? -(double)INFINITY : x;
  return number >= term->low && number <= term->high;
}

/* Term by term, since values of one trait lie together. Without any term everybody is of the group.
 */
void fray_group_members(const struct fray_traits *traits, const struct fray_group_rule *rule,
                        uint8_t *member) {
  memset(member, 1, traits->n);
  for (size_t t = 0; t < rule->n; t++) {
    const double *x = traits->x + rule->term[t].trait * traits->n;
    for (size_t i = 0; i < traits->n; i++)
      member[i] = (uint8_t)(member[i] && fray_term_holds(&rule->term[t], x[i]));
  }
}

/* ---- reading ---- */

/* What somebody would write who means the truth. A group column of that name is asked as any other,
 * as it stands in the data for all to see. */
static bool is_label(const char *name) {
  static const char *const words[] = {"label", "labels", "class", "truth", "target"};
  for (size_t k = 0; k < FRAY_COUNT(words); k++)
    if (strcmp(name, words[k]) == 0)
      return true;
  return false;
}

/* Behind the dot, if there is one. */
static const char *short_name(const char *name) {
  const char *dot = strchr(name, '.');
  return dot ? dot + 1 : name;
}

/* By its whole name, else by the part behind the dot where that means one trait. */
static enum fray_status find_trait(const struct fray_node *entry, const char *name,
                                   const struct fray_traits *traits, size_t *out,
                                   struct fray_err *err) {
  const char *known[64];
  char list[1024], place[256];
  size_t found = 0, n = 0;
  for (size_t t = 0; t < traits->n_traits; t++) {
    if (strcmp(traits->trait[t].name, name) == 0) {
      *out = t;
      return FRAY_OK;
    }
    if (n < FRAY_COUNT(known))
      known[n++] = traits->trait[t].name;
  }
  FRAY_CHECK(!is_label(name), err, INPUT,
             "%s: %s: a group is never said by the label: whoever meets a new sample does not have "
             "it",
             fray_node_where(entry, place), name);
  for (size_t t = 0; t < traits->n_traits; t++)
    if (strcmp(short_name(traits->trait[t].name), name) == 0) {
      *out = t;
      found++;
    }
  FRAY_CHECK(found < 2, err, INPUT, "%s: %s: several modalities have that; say which, as %s",
             fray_node_where(entry, place), name, traits->trait[*out].name);
  FRAY_CHECK(found == 1, err, INPUT, "%s: %s: no trait of samples; %s",
             fray_node_where(entry, place), name,
             fray_there_are(name, known, n, list, sizeof list));
  return FRAY_OK;
}

/* One value of a category. */
static enum fray_status take_value(const struct fray_node *value, const struct fray_trait *trait,
                                   uint8_t *takes, struct fray_err *err) {
  char list[1024], place[256];
  const char *text = value->kind == FRAY_NODE_SCALAR ? value->scalar : "";
  for (size_t v = 0; v < trait->n_values; v++)
    if (strcmp(trait->value[v], text) == 0) {
      takes[v] = 1;
      return FRAY_OK;
    }
  return fray_fail(err, FRAY_INPUT, "%s: %s: '%s' is no value of it; %s",
                   fray_node_where(value, place), trait->name, text,
                   fray_there_are(text, trait->value, trait->n_values, list, sizeof list));
}

/* A single value stands for a list of one. */
static enum fray_status read_values(const struct fray_node *node, const struct fray_trait *trait,
                                    struct fray_arena *arena, struct fray_term *term,
                                    struct fray_err *err) {
  const bool is_list = node->kind == FRAY_NODE_LIST;
  char place[256];
  uint8_t *takes;
  FRAY_CHECK(!is_list || node->n > 0, err, INPUT, "%s: %s: no value is named, so nobody is meant",
             fray_node_where(node, place), trait->name);
  FRAY_ALLOC_ZERO(takes, arena, trait->n_values, err);
  term->takes = takes;
  for (const struct fray_node *v = is_list ? node->child : node; v; v = is_list ? v->next : NULL)
    FRAY_TRY(take_value(v, trait, takes, err));
  return FRAY_OK;
}

/* null is open. */
static enum fray_status read_end(const struct fray_node *node, const struct fray_trait *trait,
                                 double open, double *out, struct fray_err *err) {
  char place[256];
  *out = open;
  if (node->kind == FRAY_NODE_NULL)
    return FRAY_OK;
  FRAY_CHECK(fray_node_real(node, out) && !isnan(*out), err, INPUT,
             "%s: %s: a number is expected, or null where the range is open",
             fray_node_where(node, place), trait->name);
  return FRAY_OK;
}

/* Both ends belong to it. Turned round it would be a group of nobody, which nobody means. */
static enum fray_status read_range(const struct fray_node *node, const struct fray_trait *trait,
                                   struct fray_term *term, struct fray_err *err) {
  char place[256];
  FRAY_CHECK(node->kind == FRAY_NODE_LIST && node->n == 2, err, INPUT,
             "%s: %s: a range is expected, as [0.5, 1] or [0.5, null]",
             fray_node_where(node, place), trait->name);
  FRAY_TRY(read_end(node->child, trait, -(double)INFINITY, &term->low, err));
  FRAY_TRY(read_end(node->child->next, trait, (double)INFINITY, &term->high, err));
  FRAY_CHECK(term->low <= term->high, err, INPUT, "%s: %s: the range is empty: %g is above %g",
             fray_node_where(node, place), trait->name, term->low, term->high);
  return FRAY_OK;
}

/* The trait says what its value looks like: a category has values, a number has a range. */
static enum fray_status read_term(const struct fray_node *entry, const char *name,
                                  const struct fray_traits *traits, struct fray_arena *arena,
                                  struct fray_term *term, struct fray_err *err) {
  *term = (struct fray_term){.low = -(double)INFINITY, .high = (double)INFINITY};
  FRAY_TRY(find_trait(entry, name, traits, &term->trait, err));
  const struct fray_trait *trait = &traits->trait[term->trait];
  return trait->n_values ? read_values(entry, trait, arena, term, err)
                         : read_range(entry, trait, term, err);
}

/* Terms of one map; a map within it is the part behind the dot. terms NULL: they are counted. */
static enum fray_status read_map(const struct fray_node *map, const char *where,
                                 const struct fray_traits *traits, struct fray_arena *arena,
                                 struct fray_term *terms, size_t *n, struct fray_err *err) {
  char place[256];
  FRAY_CHECK(map->kind == FRAY_NODE_MAP, err, INPUT,
             "%s: %s: a trait with its values is expected, as {accent: [scotland]}",
             fray_node_where(map, place), where);
  for (const struct fray_node *e = map->child; e; e = e->next) {
    const bool nested = e->kind == FRAY_NODE_MAP;
    for (const struct fray_node *k = nested ? e->child : e; k; k = nested ? k->next : NULL) {
      char name[256];
      snprintf(name, sizeof name, "%s%s%s", e->key, nested ? "." : "", nested ? k->key : "");
      if (terms)
        FRAY_TRY(read_term(k, name, traits, arena, &terms[*n], err));
      ++*n;
    }
  }
  return FRAY_OK;
}

/* A single map stands for a list of one; maps of a list may hold several traits each. */
static enum fray_status read_all(const struct fray_node *node, const char *where,
                                 const struct fray_traits *traits, struct fray_arena *arena,
                                 struct fray_term *terms, size_t *n, struct fray_err *err) {
  const bool is_list = node->kind == FRAY_NODE_LIST;
  *n = 0;
  for (const struct fray_node *k = is_list ? node->child : node; k; k = is_list ? k->next : NULL)
    FRAY_TRY(read_map(k, where, traits, arena, terms, n, err));
  return FRAY_OK;
}

/* Twice: how many there are is known when all were met. An empty list is everybody. */
enum fray_status fray_group_read(const struct fray_node *node, const char *where,
                                 const struct fray_traits *traits, struct fray_arena *arena,
                                 struct fray_group_rule *out, struct fray_err *err) {
  *out = (struct fray_group_rule){0};
  FRAY_TRY(read_all(node, where, traits, arena, NULL, &out->n, err));
  FRAY_ALLOC_ZERO(out->term, arena, out->n + 1, err);
  return read_all(node, where, traits, arena, out->term, &out->n, err);
}

/* ---- writing ---- */

/* Quoted where YAML would take it for something else. */
static void put_text(const char *text, struct fray_text *out) {
  const struct fray_node node = {.kind = FRAY_NODE_SCALAR, .scalar = text, .quoted = true};
  fray_node_flow(&node, out);
}

/* The shortest text that reads back as the same number. */
static void put_end(double value, struct fray_text *out) {
  char number[32];
  if (isinf(value)) {
    fray_text_puts(out, "null");
    return;
  }
  fray_format_double(value, number);
  fray_text_puts(out, number);
}

static void put_values(const struct fray_term *term, const struct fray_trait *trait,
                       struct fray_text *out) {
  const char *between = "";
  for (size_t v = 0; v < trait->n_values; v++) {
    if (!term->takes[v])
      continue;
    fray_text_puts(out, between);
    put_text(trait->value[v], out);
    between = ", ";
  }
}

/* By whole names, which mean the same whatever other traits there are. */
void fray_group_write(const struct fray_group_rule *rule, const struct fray_traits *traits,
                      struct fray_text *out) {
  fray_text_puts(out, "[");
  for (size_t t = 0; t < rule->n; t++) {
    const struct fray_term *term = &rule->term[t];
    const struct fray_trait *trait = &traits->trait[term->trait];
    fray_text_puts(out, t ? ", {" : "{");
    put_text(trait->name, out);
    fray_text_puts(out, ": [");
    if (term->takes) {
      put_values(term, trait, out);
    } else {
      put_end(term->low, out);
      fray_text_puts(out, ", ");
      put_end(term->high, out);
    }
    fray_text_puts(out, "]}");
  }
  fray_text_puts(out, "]");
}
