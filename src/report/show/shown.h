/* What `fray show` shows of a study: models by conditions, each score with its interval, and what
 * the intervals resolve; free of any layout. */
#ifndef REPORT_SHOW_SHOWN_H
#define REPORT_SHOW_SHOWN_H

#include "report/measure/losses.h"

/** A training that is shown: the one without swept damage, of each combination of the other keys.
 */
struct fray_rep_shown_model {
  size_t cell;
  const char *label; /* what differs from the other models */
  bool is_reference;
};
/** A condition that they are tested under. */
struct fray_rep_shown_condition {
  size_t axis;          /* index in axes; n_axes: undamaged data */
  size_t x;             /* of the axis */
  const char *title;    /* "sound lost at test", "clean" */
  const char *strength; /* "100 %"; "" where there is none */
  const char *label;    /* both */
  bool is_end;          /* of an ordered axis: where verdicts are given */
};
struct fray_rep_shown_score {
  struct fray_rep_address at; /* cell n_cells: there is no such training */
  struct fray_rep_stat stat;  /* n 0: not measured. In the unit of the metric */
};
/** Losses and comparisons along an ordered axis; of the others nothing is said. */
struct fray_rep_shown_verdicts {
  struct fray_rep_loss *loss; /* (n_series) NULL: not asked for */
  struct fray_rep_pair *pair; /* (n_pairs) */
  size_t n_pairs;
};

struct fray_rep_shown {
  struct fray_rep_results *r;
  size_t metric;
  bool percent, higher, last, all; /* last: of the last round's model, not of the selected one */
  struct fray_rep_axis *axes;      /* (n_axes) all conditions; those of one strength, too */
  size_t n_axes;
  struct fray_rep_shown_verdicts *verdicts;   /* (n_axes) */
  struct fray_rep_shown_model *model;         /* (n_models) */
  size_t n_models, n_left_out;                /* models that there are beside these */
  size_t n_damaged;                           /* and those trained under more damage */
  struct fray_rep_shown_condition *condition; /* (n_conditions) */
  size_t n_conditions;
  struct fray_rep_shown_score *score; /* (n_models, n_conditions) */
  double samples, clients;            /* of the test split: least over the scores; NaN: not known */
};

/** What is to be shown. */
struct fray_rep_show_choice {
  const char *metric; /* NULL: the first of the scenario */
  bool last, all;     /* all: every strength, and models trained under damage as well */
};
/** Memory of r. INPUT: an unknown metric (names the nearest). */
enum fray_status fray_rep_shown_of(struct fray_rep_results *r,
                                   const struct fray_rep_show_choice *choice,
                                   struct fray_rep_shown *out, struct fray_err *err);

/** What the file `state` says; "" without one, NULL without memory. */
const char *fray_rep_state_line(const struct fray_rep_results *r);
/** Index of the model that a series of an axis is shown as; n_models: it is not. */
size_t fray_rep_shown_model_of(const struct fray_rep_shown *s, const struct fray_rep_axis *axis,
                               size_t series);

/** "A training costs: attention 1.2 GB sent, 3.4 TFLOP; ...", without a name where there is one
 *  model, from trials.csv; nothing where that was not counted. */
void fray_rep_put_costs(const struct fray_rep_shown *s, struct fray_text *out);

/** What models do beside the same volume of data, a line each; n 0 without such controls. Main
 * metric, selected round. Arena memory. MEMORY. */
enum fray_status fray_rep_volume_lines(const struct fray_rep_shown *s, const char ***out, size_t *n,
                                       struct fray_err *err);

/** Whose updates the rules took, a line a model, and what of it is resolved ("": nothing could be
 *  tested); n 0 where no rule looked at single updates. Arena memory. MEMORY. */
enum fray_status fray_rep_update_lines(const struct fray_rep_shown *s, const char ***out, size_t *n,
                                       const char **words, struct fray_err *err);
/** The same as members of an object: updates_words, updates, update_excesses. MEMORY. */
enum fray_status fray_rep_update_members(const struct fray_rep_shown *s, struct fray_json_writer *w,
                                         struct fray_err *err);
/** What models tell of who was in their training, a line a model, and what of it is resolved ("":
 * nothing); n 0 where nobody was held out. Arena memory. MEMORY. */
enum fray_status fray_rep_leak_lines(const struct fray_rep_shown *s, const char ***out, size_t *n,
                                     const char **words, struct fray_err *err);
/** The same as members of an object: membership_words, membership, membership_differences. MEMORY.
 */
enum fray_status fray_rep_leak_members(const struct fray_rep_shown *s, struct fray_json_writer *w,
                                       struct fray_err *err);

/** What trainings gave away of their clients, a line a model; n 0 where no update was clipped.
 * Arena memory. MEMORY. */
enum fray_status fray_rep_budget_lines(const struct fray_rep_shown *s, const char ***out, size_t *n,
                                       struct fray_err *err);
/** The same as a member of an object: privacy. MEMORY. */
enum fray_status fray_rep_budget_members(const struct fray_rep_shown *s, struct fray_json_writer *w,
                                         struct fray_err *err);

/** Text of at most `columns` columns a line, control characters taken out. brief: the table and
 *  what it found, without the comparisons one by one. */
enum fray_status fray_rep_show_text(const struct fray_rep_shown *s, size_t columns, bool brief,
                                    struct fray_text *out, struct fray_err *err);
/** One document of n studies; appended. Of one without trials only its r is looked at. */
enum fray_status fray_rep_show_json(const struct fray_rep_shown *s, size_t n, struct fray_text *out,
                                    struct fray_err *err);

#endif
