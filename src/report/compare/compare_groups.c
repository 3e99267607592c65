/* Two results against each other by group: for whom the second is better or worse.
 *
 * A family of its own beside that of the lines: whoever asks of the whole does not pay for groups
 * that were scored as well, and who looks at groups looks at all of them. */
#include "comparison.h"

/* Where a line is at chance its groups are, too: whoever is ahead there may be ahead by guessing.
 */
enum fray_status fray_rep_compare_groups(struct fray_rep_comparison *c, struct fray_err *err) {
  c->groups = (struct fray_rep_contrasts){.r = &c->r[FRAY_REP_B]};
  for (size_t i = 0; i < c->n_lines; i++) {
    const struct fray_rep_line *line = &c->line[i];
    struct fray_rep_side side[2];
    /* B first, since what is shown is B - A. */
    for (size_t k = 0; k < FRAY_REP_SIDES; k++) {
      const size_t of = FRAY_REP_SIDES - 1 - k;
      struct fray_rep_results *r = &c->r[of];
      side[k] =
          (struct fray_rep_side){r,
                                 {.cell = c->match[line->match].cell[of],
                                  .condition = fray_rep_name_find(&r->conditions, line->condition),
                                  .severity = line->severity,
                                  .samples = FRAY_REP_TEST,
                                  .group = FRAY_REP_ALL,
                                  .metric = c->metric[of]}};
    }
    const struct fray_rep_contrast row = {.first = i, .samples = FRAY_REP_TEST};
    FRAY_TRY(fray_rep_contrast_groups(&c->groups, side, line->at_chance, &row, err));
  }
  return fray_rep_adjust_contrasts(&c->groups, 0, err);
}
