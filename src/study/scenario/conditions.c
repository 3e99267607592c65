/* The conditions of a study's cells: read once for each `tests` that they share. */
#include "scenario.h"

#include "fray/base/hash.h"

#include <math.h>

/* What was read, by the node that it was read from. */
struct fray_tests_read {
  size_t n, room;
  struct known_tests {
    const struct fray_node *tests;
    struct fray_condition *condition;
    size_t n;
  } * slot; /* (room) hash table */
};

/* Open addressing; room is a power of two and never full, so the search ends. By the address of the
 * node: equal trees are one node, as cells share what is equal. */
static struct known_tests *find_tests(const struct fray_tests_read *known,
                                      const struct fray_node *tests) {
  size_t i = (size_t)fray_hash64(&tests, sizeof tests) & (known->room - 1);
  while (known->slot[i].tests && known->slot[i].tests != tests)
    i = (i + 1) & (known->room - 1);
  return &known->slot[i];
}

/* Room for one more, at least half of the table empty. The old table stays in the arena; doubling
 * keeps all old ones together smaller than the new one. */
static enum fray_status make_room(struct fray_study *study, struct fray_err *err) {
  if (!study->tests)
    FRAY_ALLOC_ZERO(study->tests, &study->arena, 1, err);
  struct fray_tests_read *known = study->tests;
  const struct fray_tests_read old = *known;
  if (2 * (known->n + 1) <= known->room)
    return FRAY_OK;
  known->room = old.room ? 2 * old.room : 16;
  FRAY_ALLOC_ZERO(known->slot, &study->arena, known->room, err);
  for (size_t i = 0; i < old.room; i++)
    if (old.slot[i].tests)
      *find_tests(known, old.slot[i].tests) = old.slot[i];
  return FRAY_OK;
}

/* Conditions of controls stand beside the curves, not on one. */
static void forget_strengths(struct known_tests *known) {
  for (size_t i = 0; i < known->n; i++)
    if (fray_is_control_condition(known->condition[i].test)) {
      known->condition[i].parameter = NULL;
      known->condition[i].severity = NAN;
    }
}

/* Thousands of cells share their tests: each node is read once. */
enum fray_status fray_conditions_read(struct fray_study *study, const struct fray_node *tests,
                                      struct fray_condition **out, size_t *n,
                                      struct fray_err *err) {
  *n = 0;
  *out = NULL;
  if (!tests || tests->kind == FRAY_NODE_NULL)
    return FRAY_OK;
  FRAY_TRY(make_room(study, err));
  struct known_tests *known = find_tests(study->tests, tests);
  if (!known->tests) {
    struct known_tests fresh = {.tests = tests};
    FRAY_TRY(
        fray_read_tests(tests, &study->arena, &study->scratch, &fresh.condition, &fresh.n, err));
    forget_strengths(&fresh);
    *known = fresh;
    study->tests->n++;
  }
  *out = known->condition;
  *n = known->n;
  return FRAY_OK;
}
