/* Two results against each other: what matches, and the paired differences. */
#ifndef REPORT_COMPARISON_H
#define REPORT_COMPARISON_H

#include "report/contrast/contrasts.h"
#include "report/stat/verdict.h"

#include "fray/report/report.h"

enum { FRAY_REP_A, FRAY_REP_B, FRAY_REP_SIDES };

/** A cell of a and one of b with equal values of the keys that both sweep. */
struct fray_rep_match {
  size_t cell[FRAY_REP_SIDES];
  const char *name;  /* "att, lost.rate 0.3", as the CSV has it; "" without keys */
  const char *title; /* likewise in people's words: "attention, lost 30 %" */
};

/** One condition of a match. */
struct fray_rep_line {
  size_t match;
  const char *condition;
  double severity; /* NaN: it has none */
  double value[FRAY_REP_SIDES];
  struct fray_rep_quantity difference; /* b - a */
  struct fray_interval interval;
  double p, p_holm;
  const char *status;
  bool at_chance; /* whoever is ahead is not told from chance there, so that no verdict is given */
  bool is_repeat; /* of the undamaged score, at strength 0: not kept */
};

struct fray_rep_comparison {
  struct fray_arena *arena;
  struct fray_rep_results r[FRAY_REP_SIDES];
  size_t metric[FRAY_REP_SIDES];
  const char *metric_name;
  bool percent, higher_is_better;
  struct fray_rep_match *match;
  struct fray_rep_line *line;
  size_t n_matches, n_lines;
  struct fray_rep_contrasts groups; /* B - A by group; first: index of the line that it is of */
  struct fray_rep_names alone[FRAY_REP_SIDES]; /* "lost 0.3": conditions that only one side has */
  struct fray_rep_names remarks; /* sentences: what does not match, what the intervals rest on */
};

/** Reads both and compares. Whatever the result, call the free afterwards. */
enum fray_status fray_rep_compare_studies(const struct fray_compare_options *options,
                                          struct fray_arena *arena, struct fray_rep_comparison *out,
                                          struct fray_err *err);
void fray_rep_comparison_free(struct fray_rep_comparison *c);

/** Of each line by group, as a family of its own: groups. Memory of the results. */
enum fray_status fray_rep_compare_groups(struct fray_rep_comparison *c, struct fray_err *err);

/** True if both sides are equal in every seed and client, so that no test could tell them apart:
 * the line is shown, but no member of the family that p-values are corrected over. */
bool fray_rep_line_is_equal(const struct fray_rep_line *line);
/** What may be said of the difference, all lines together; UNKNOWN also where it is at_chance. */
enum fray_rep_verdict fray_rep_line_verdict(const struct fray_rep_line *line);
bool fray_rep_line_resolved(const struct fray_rep_line *line);
/** Likewise as the metric has it: B is better or worse than A. */
enum fray_rep_outcome { FRAY_REP_UNRESOLVED, FRAY_REP_BETTER, FRAY_REP_WORSE, FRAY_REP_EQUAL };
enum fray_rep_outcome fray_rep_line_outcome(const struct fray_rep_comparison *c,
                                            const struct fray_rep_line *line);
/** How many lines are of a kind; tested: all but the equal ones, resolved or not. */
struct fray_rep_tally {
  size_t tested, better, worse, equal;
};
struct fray_rep_tally fray_rep_tally_lines(const struct fray_rep_comparison *c);
/** Of a comparison that a script goes by: INPUT if one side has test conditions that the other
 *  lacks and they have none in common but the undamaged one. Adds a remark where nothing could be
 *  found worse, however bad it is. */
enum fray_status fray_rep_check_gate(struct fray_rep_comparison *c, struct fray_err *err);

/** The table for a terminal; compare.csv; compare.tex. out: the caller frees it. MEMORY. */
void fray_rep_comparison_text(const struct fray_rep_comparison *c, struct fray_text *out);
void fray_rep_comparison_csv(const struct fray_rep_comparison *c, struct fray_text *out);
/** One JSON document; its keys are described in docs/results-format.md. */
void fray_rep_comparison_json(const struct fray_rep_comparison *c, struct fray_text *out);
enum fray_status fray_rep_comparison_latex(const struct fray_rep_comparison *c,
                                           struct fray_text *out, struct fray_err *err);

#endif
