/* What may be said of each line of a comparison, and what a script may go by. */
#include "comparison.h"

#include <math.h>
#include <string.h>

/* Several seeds and an interval are asked for, since a difference of 0 without them is not
 * equality but a lack of data: p is NaN in both cases. */
bool fray_rep_line_is_equal(const struct fray_rep_line *line) {
  return line->difference.value == 0 && isnan(line->p) && line->difference.n_seeds > 1 &&
         line->interval.kind != FRAY_INTERVAL_NONE;
}

/* The p that holds over all lines, so that no line is resolved by being one of many. NaN turns a
 * line at chance into one of which nothing is said. */
enum fray_rep_verdict fray_rep_line_verdict(const struct fray_rep_line *line) {
  struct fray_rep_stat stat = {.mean = line->difference.value,
                               .p = line->at_chance ? NAN : line->p_holm};
  return fray_rep_verdict_of(&stat);
}

/* OPEN is a finding too: the data do not tell the difference from 0. */
bool fray_rep_line_resolved(const struct fray_rep_line *line) {
  enum fray_rep_verdict verdict = fray_rep_line_verdict(line);
  return verdict == FRAY_REP_MORE || verdict == FRAY_REP_LESS;
}

/* The only place where a sign becomes a word: table, JSON and exit code all ask here. */
enum fray_rep_outcome fray_rep_line_outcome(const struct fray_rep_comparison *c,
                                            const struct fray_rep_line *line) {
  if (fray_rep_line_is_equal(line))
    return FRAY_REP_EQUAL;
  if (!fray_rep_line_resolved(line))
    return FRAY_REP_UNRESOLVED;
  return (line->difference.value > 0) == c->higher_is_better ? FRAY_REP_BETTER : FRAY_REP_WORSE;
}

/* Lines that cannot differ are counted apart: they are no member of the family that p holds over,
 * and a gate that passes by them alone has compared a model with itself. */
struct fray_rep_tally fray_rep_tally_lines(const struct fray_rep_comparison *c) {
  struct fray_rep_tally t = {0};
  for (size_t i = 0; i < c->n_lines; i++) {
    const enum fray_rep_outcome outcome = fray_rep_line_outcome(c, &c->line[i]);
    t.tested += outcome != FRAY_REP_EQUAL;
    t.better += outcome == FRAY_REP_BETTER;
    t.worse += outcome == FRAY_REP_WORSE;
    t.equal += outcome == FRAY_REP_EQUAL;
  }
  return t;
}

/* Conditions that every study has, whatever its `tests` say. */
static bool is_given(const char *condition) {
  return strcmp(condition, "clean") == 0 || strcmp(condition, "trial") == 0;
}

/* A later model that was never asked under the damage of the older one would pass by its undamaged
 * score alone. Without any further condition on either side the undamaged score is the question.
 * A pass where no line has a p is no finding, so that is said beside it. */
enum fray_status fray_rep_check_gate(struct fray_rep_comparison *c, struct fray_err *err) {
  size_t common = 0, n_p = 0;
  for (size_t i = 0; i < c->n_lines; i++) {
    /* Repeats of the undamaged score at strength 0 are gone by now, so they are not in common. */
    common += !is_given(c->line[i].condition);
    n_p += !isnan(c->line[i].p) || fray_rep_line_is_equal(&c->line[i]);
  }
  for (size_t side = 0; side < FRAY_REP_SIDES && common == 0; side++)
    for (size_t i = 0; i < c->alone[side].n; i++)
      FRAY_CHECK(is_given(c->alone[side].v[i]), err, INPUT,
                 "--fail-on-worse: %s and %s have no test condition in common but the undamaged "
                 "one; '%.100s' and what else only %s has is added by fray evaluate %s --tests "
                 "FILE",
                 c->r[FRAY_REP_A].folder, c->r[FRAY_REP_B].folder, c->alone[side].v[i],
                 side == FRAY_REP_A ? "A" : "B", c->r[FRAY_REP_SIDES - 1 - side].folder);
  if (n_p)
    return FRAY_OK;
  size_t ignored;
  return fray_rep_intern(&c->remarks,
                         "No condition could be found worse: none has several seeds and an "
                         "interval, so passing says nothing.",
                         c->arena, &ignored, err);
}
