/* Keys that take a count or a fraction: over the cells of a study they must not take both.
 *
 * 1 is a client and 1.0 is all of them: easily mistyped, and nothing else would show it. */
#include "fray/base/log.h"
#include "scenario.h"

#include <stdio.h>
#include <string.h>

/* An amount of the scenario's table, with its dotted key. */
struct amount {
  char key[256];
  size_t offset; /* in struct fray_scenario */
};

static const struct fray_amount *amount_of(const struct fray_cell *cell, const struct amount *a) {
  return (const struct fray_amount *)((const char *)&cell->config + a->offset);
}

/* "0.25", as it stands in the cell. */
static const char *text_of(const struct fray_cell *cell, const struct amount *a) {
  const struct fray_node *node = fray_node_at(cell->node, a->key);
  return node && node->scalar ? node->scalar : "";
}

/* 1 beside fractions looks like all and means one: [0.25, 0.5, 1] would train 2, 4 and 1 of 8. The
 * 1 is warned of besides, since the refusal alone would not say what it had meant. */
static enum fray_status refuse(const struct fray_cell *count, const struct fray_cell *fraction,
                               const struct amount *a, struct fray_err *err) {
  char where[256];
  const struct fray_node *node = fray_node_at(count->node, a->key);
  fray_node_where(node, where);
  if (amount_of(count, a)->value == 1) {
    fray_warn("%s: 1 stands beside fractions (%s) and means one client", a->key,
              text_of(fraction, a));
    return fray_fail(err, FRAY_INPUT,
                     "%s: %s: a count (1) and fractions (%s) in one study; write 1.0 for all, or "
                     "counts alone",
                     where, a->key, text_of(fraction, a));
  }
  return fray_fail(err, FRAY_INPUT,
                   "%s: %s: %s is a count and stands beside fractions (%s); write counts alone, or "
                   "fractions alone (with a decimal point)",
                   where, a->key, text_of(count, a), text_of(fraction, a));
}

/* 0.5 of the clients beside 5 clients in another cell compares two things that nobody meant to
 * compare. Of the counts a 1 is looked for first: it is the one that gets the better message. */
static enum fray_status check_amount(const struct fray_study *study, const struct amount *a,
                                     struct fray_err *err) {
  const struct fray_cell *count = NULL, *fraction = NULL;
  for (size_t i = 0; i < study->n_points; i++) {
    const struct fray_cell *cell = &study->cell[i];
    const struct fray_cell **first = amount_of(cell, a)->is_fraction ? &fraction : &count;
    if (!*first || (first == &count && amount_of(cell, a)->value == 1))
      *first = cell;
  }
  return count && fraction ? refuse(count, fraction, a, err) : FRAY_OK;
}

/* Recursion ends: tables are finite and hold no section of their own kind. By the schema, so that
 * an amount that is added is checked as well. The precisions keep any key of the tables within the
 * room of a.key. */
static enum fray_status check_table(const struct fray_study *study, const struct fray_table *table,
                                    const struct amount *up, struct fray_err *err) {
  for (size_t i = 0; i < table->n; i++) {
    const struct fray_field *field = &table->fields[i];
    struct amount a = {.offset = up->offset + field->offset};
    if (field->type != FRAY_AMOUNT && field->type != FRAY_SECTION)
      continue;
    snprintf(a.key, sizeof a.key, "%.180s%s%.70s", up->key, *up->key ? "." : "", field->key);
    if (field->type == FRAY_SECTION)
      FRAY_TRY(check_table(study, field->section, &a, err));
    else
      FRAY_TRY(check_amount(study, &a, err));
  }
  return FRAY_OK;
}

enum fray_status fray_study_check_amounts(const struct fray_study *study, struct fray_err *err) {
  const struct amount root = {.offset = 0};
  return check_table(study, &fray_scenario_table, &root, err);
}
