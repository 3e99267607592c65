/* gate.fitted.yaml: thresholds with the hashes of the model and of the dev samples that they belong
 * to. A threshold means nothing for another model, so it is refused there.
 *
 * The bounds of a value are those beyond which the gate of all scores refuses; for scores of one
 * side the lower one is minus infinity. They are no more than a record: a model with the same
 * weights and the same dev samples gives them again to the bit, which is what a check holds them
 * against. */
#include "guard_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* As YAML has them: infinity too, of a bound that nothing is beyond. */
static void put_number(struct fray_text *out, double value) {
  char number[32];
  fray_format_double(value, number);
  fray_text_puts(out, isinf(value) ? (value > 0 ? ".inf" : "-.inf") : number);
}

/* Bounds of one group, or of all; indented by `by`, as those of groups lie one level deeper. A side
 * is a list of all values, in the order of the scores; of a score with several values one behind
 * the other. */
static void put_bounds(const struct guard_found *found, const struct guard_trial *t, size_t group,
                       const char *by, struct fray_text *out) {
  const size_t total = found->scores.n;
  for (int side = 0; side < 2; side++) {
    const double *value = (side ? t->high : t->low) + group * total;
    fray_text_printf(out, "%s%s: [", by, side ? "high" : "low");
    for (size_t v = 0; v < total; v++) {
      fray_text_puts(out, v ? ", " : "");
      put_number(out, value[v]);
    }
    fray_text_puts(out, "]\n");
  }
}

/* Always in quotes: a group may be called 1, or no, and is a text all the same. What a text in
 * double quotes cannot hold as it is, is escaped; bytes of UTF-8 stand as they are. */
static void put_quoted(struct fray_text *out, const char *text) {
  fray_text_puts(out, "\"");
  for (; *text; text++)
    if ((unsigned char)*text < ' ')
      fray_text_printf(out, "\\x%02x", (unsigned)(unsigned char)*text);
    else
      fray_text_printf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
  fray_text_puts(out, "\"");
}

/* The scores as they were asked for, in one line, so that the file says all that it needs. */
void guard_fitted(const struct guard_found *found, struct fray_text *out) {
  const struct guard_section *gate = &found->file->gate;
  fray_text_puts(out, "# A fitted gate: gate: {fitted: THIS FILE} asks the same models again.\n"
                      "gate:\n");
  if (guard_is_of_cost(found->file)) {
    fray_text_puts(out, "  cost: ");
    put_number(out, gate->cost);
  } else {
    fray_text_puts(out, "  scores: ");
    fray_node_flow(gate->scores, out);
    fray_text_puts(out, "\n  false_refusal: ");
    put_number(out, gate->false_refusal);
    fray_text_printf(out, "\n  per: %s", gate->per);
  }
  fray_text_puts(out, "\n");
  /* Whoever judges claims by this file needs to know of which modalities its cuts are. */
  if (found->file->claims.claim) {
    fray_text_puts(out, "claims: {claim: ");
    put_quoted(out, found->file->claims.claim);
    fray_text_puts(out, ", evidence: ");
    put_quoted(out, found->file->claims.evidence);
    fray_text_puts(out, "}\n");
  }
  fray_text_puts(out, "trials:\n");
  for (size_t t = 0; t < found->n_trials; t++) {
    const struct guard_trial *trial = &found->trial[t];
    fray_text_printf(out, "  '%s':\n    model: '%016llx'\n    dev: '%016llx'\n    n: %zu\n",
                     trial->name, (unsigned long long)trial->model, (unsigned long long)trial->dev,
                     trial->n_dev);
    /* Found among dev samples, as bounds are, so it belongs to the model in the same way. */
    if (found->file->claims.claim) {
      fray_text_puts(out, "    cut: ");
      put_number(out, trial->cut);
      fray_text_puts(out, "\n");
    }
    if (guard_is_of_cost(found->file)) {
      fray_text_puts(out, "    temperature: ");
      put_number(out, trial->temperature);
      fray_text_puts(out, "\n");
    } else if (!trial->group)
      put_bounds(found, trial, 0, "    ", out);
    else
      fray_text_puts(out, "    groups:\n");
    for (size_t g = 0; trial->group && g < trial->n_groups; g++) {
      fray_text_puts(out, "      - value: ");
      put_quoted(out, trial->group[g]);
      fray_text_printf(out, "\n        n: %zu\n", trial->group_n[g]);
      put_bounds(found, trial, g, "        ", out);
    }
  }
}

/* Hashes are kept in quotes, as text: some look like numbers. */
static bool same_text(const struct fray_node *node, uint64_t hash) {
  char want[17];
  snprintf(want, sizeof want, "%016llx", (unsigned long long)hash);
  return node && node->kind == FRAY_NODE_SCALAR && strcmp(node->scalar, want) == 0;
}

/* Of equal models and dev samples thresholds are equal to the bit; where they are not, somebody
 * changed the file. */
static bool same_numbers(const struct fray_node *list, const double *value, size_t n) {
  const struct fray_node *node = list ? list->child : NULL;
  if (!list || list->kind != FRAY_NODE_LIST || list->n != n)
    return false;
  for (size_t v = 0; v < n; v++, node = node->next) {
    double number;
    if (!fray_node_real(node, &number) || !(number == value[v]))
      return false;
  }
  return true;
}

/* Of one group, or of all. Both sides are compared: of a two-sided score either may refuse, and the
 * lower one of a one-sided score is minus infinity there as here. */
static bool same_bounds(const struct fray_node *node, const struct guard_trial *t, size_t group,
                        size_t total) {
  return same_numbers(fray_node_get(node, "low"), t->low + group * total, total) &&
         same_numbers(fray_node_get(node, "high"), t->high + group * total, total);
}

/* One with thresholds by group says which groups: with others, or in another order, a threshold
 * would be that of somebody else. That they are in the order of the data is not said to be right or
 * wrong: it is what the same dev samples gave before, and their hash has been compared. */
static enum fray_status check_groups(const struct fray_node *node, const struct guard_trial *t,
                                     size_t total, const char *path, struct fray_err *err) {
  const struct fray_node *list = fray_node_get(node, "groups");
  const struct fray_node *one = list && list->kind == FRAY_NODE_LIST ? list->child : NULL;
  FRAY_CHECK(one && list->n == t->n_groups, err, INPUT,
             "%s: trial %s: it was calibrated for %zu groups, and there are %zu", path, t->name,
             one ? list->n : (size_t)0, t->n_groups);
  for (size_t g = 0; g < t->n_groups; g++, one = one->next) {
    const struct fray_node *value = fray_node_get(one, "value");
    const bool is_text = value && value->kind == FRAY_NODE_SCALAR;
    FRAY_CHECK(is_text && strcmp(value->scalar, t->group[g]) == 0, err, INPUT,
               "%s: trial %s: group %zu is '%s' there, and %s here", path, t->name, g + 1,
               is_text ? value->scalar : "", t->group[g]);
    FRAY_CHECK(same_bounds(one, t, g, total), err, INPUT,
               "%s: trial %s: thresholds of %s are not those that its model and dev samples give: "
               "the file was changed",
               path, t->name, t->group[g]);
  }
  return FRAY_OK;
}

/* After the gate was fitted anew, and before anything is written: the file must say the same. */
enum fray_status guard_fitted_check(const struct guard_found *found, struct fray_err *err) {
  const struct fray_node *trials = fray_node_get(found->file->was, "trials");
  const char *path = found->file->gate.fitted;
  for (size_t t = 0; found->file->was && t < found->n_trials; t++) {
    const struct guard_trial *trial = &found->trial[t];
    const struct fray_node *node = fray_node_get(trials, trial->name);
    /* One more trial than it was fitted to is another study, or one that went on. */
    FRAY_CHECK(node, err, INPUT, "%s: it was not fitted to trial %s", path, trial->name);
    FRAY_CHECK(same_text(fray_node_get(node, "model"), trial->model), err, INPUT,
               "%s: trial %s: it was fitted to another model than %016llx", path, trial->name,
               (unsigned long long)trial->model);
    FRAY_CHECK(same_text(fray_node_get(node, "dev"), trial->dev), err, INPUT,
               "%s: trial %s: it was calibrated on other dev samples than %016llx", path,
               trial->name, (unsigned long long)trial->dev);
    if (guard_is_of_cost(found->file)) {
      double told = NAN;
      const struct fray_node *number = fray_node_get(node, "temperature");
      FRAY_CHECK(number && fray_node_real(number, &told) && told == trial->temperature, err, INPUT,
                 "%s: trial %s: the temperature is not the one that its model and dev samples "
                 "give: the file was changed",
                 path, trial->name);
      continue;
    }
    if (trial->group) {
      FRAY_TRY(check_groups(node, trial, found->scores.n, path, err));
      continue;
    }
    FRAY_CHECK(same_bounds(node, trial, 0, found->scores.n), err, INPUT,
               "%s: trial %s: thresholds are not those that its model and dev samples "
               "give: the file was changed",
               path, trial->name);
  }
  return FRAY_OK;
}
