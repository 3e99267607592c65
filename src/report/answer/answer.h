/* The answer of a study: what page and terminal say first, each number with what allows it to be
 * said. Everything is computed here once; whoever shows it only chooses words and markup.
 *
 * Units: scores as in scores.csv (a metric that is shown in percent lies in [0, 1]); losses are
 * quality lost, in the same unit, positive where it gets worse, whether more or less of the metric
 * is better. Texts are plain, not escaped, in the arena of the results. */
#ifndef REPORT_ANSWER_H
#define REPORT_ANSWER_H

#include "report/measure/groups.h"
#include "report/measure/losses.h"

/** A number made of scores: sum of weight x score. */
struct fray_rep_terms {
  struct fray_rep_address *at;
  double *weight;
  size_t n;
};

/** What one damage costs from its smallest to its largest strength, as a mean over the series that
 *  have something to lose. */
struct fray_rep_cost {
  const struct fray_rep_axis *axis;
  struct fray_rep_grid grid;  /* main metric, all test samples, selected round */
  struct fray_rep_loss *loss; /* (n_series of the axis) */
  struct fray_rep_terms drop; /* two scores a series: at the smallest, at the largest strength */
  size_t *series, n_series;   /* those in the mean; n_series 0: nothing was measured */
  size_t n_at_chance;         /* series left out, as they are not told from chance to begin with */
  struct fray_rep_stat lost;  /* p holds over all damages of the study (Holm) */
  struct fray_rep_stat start, end; /* mean scores at both ends; p of no meaning */
  bool is_less; /* told to cost less than the first damage (pair by pair); false without a first */
};

/** A group whose loss along one damage is held against that of all samples. */
struct fray_rep_group_loss {
  const char *column, *value;
  const struct fray_rep_cost *cost;
  struct fray_rep_stat loss, excess; /* excess: over all samples; p of both over all groups */
  bool loses_more;                   /* both are told to be above 0 */
};

/** How a series stands at the largest strength of the main axis: a row of the short table. */
struct fray_rep_standing {
  size_t series;
  struct fray_rep_stat start, end, lost; /* start, lost: n 0 where nothing is lost along the axis */
  struct fray_rep_stat lead; /* quality at the end over the best of the others in its panel, or
                                behind it; n 0 where it is alone. p holds over all pairs */
  size_t rival;              /* the series that lead is against; n_series: none */
  bool is_ahead;             /* the best of its panel, told apart from each of the others there */
  bool at_chance;            /* not told from chance where damage is least */
};

/** A piece of a sentence. */
struct fray_rep_piece {
  const char *text;
  const char *detail; /* of a number: its interval and what it is, in words; NULL: mere words */
  bool is_name;       /* text is a name: of a damage, a method, a group */
};
struct fray_rep_sentence {
  struct fray_rep_piece *piece;
  size_t n, capacity;
};

struct fray_rep_answer {
  struct fray_rep_results *r;
  const char *metric;               /* its title */
  bool percent, higher;             /* how the main metric is shown; whether more is better */
  const struct fray_rep_axis *axes; /* (n_axes) those along which there is less and more damage */
  struct fray_rep_cost *cost;       /* (n_axes) in their order */
  size_t n_axes;
  /** Index of the damage with the largest loss that is resolved; n_axes: none is. */
  size_t first;
  size_t n_measured, n_open; /* damages with a loss; of these not told to cost less than first */
  size_t most; /* series of the first damage that loses more than each other one; n_series: none */
  size_t half; /* strength of it from which on more than half of what lay above chance is gone;
                  n_x: none */
  /** The damage that table, curve and sentences are of: first; else the one with the largest
   *  measured loss; else 0. Meaningless without axes. */
  size_t main;
  const struct fray_rep_axis *main_axis; /* its axis; without axes that of undamaged data */
  struct fray_rep_grid main_grid;
  struct fray_rep_standing *standing; /* (main_axis->n_series) by panel, the best first */
  size_t best;           /* series that is ahead in every panel (as one style); n_series: none */
  size_t n_panels_ahead; /* panels in which some series is ahead */
  struct fray_rep_group_loss *group; /* (n_groups) largest excess first */
  size_t n_groups, n_small;          /* small: under 30 samples or 5 clients, not among them */
  size_t worst_group; /* loses more than all, and than each other group of its column, along the
                         first damage; n_groups: none */
  size_t n_pairs, n_pairs_resolved, n_pairs_silent; /* comparisons of series, all axes */
  double samples, clients;                          /* of the test split; NaN if not known */
  size_t n_learnt, n_at_chance; /* models (cells) told, not told from chance on undamaged data */
};

/** Computes all of it. Memory of r. MEMORY. */
enum fray_status fray_rep_answer_of(struct fray_rep_results *r, struct fray_rep_answer *out,
                                    struct fray_err *err);
/** The same of given axes, which have to be ordered and to outlive it. */
enum fray_status fray_rep_answer_along(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                       size_t n_axes, struct fray_rep_answer *out,
                                       struct fray_err *err);

/** What the study found, in one to three sentences; never empty. It claims what is resolved, and
 *  says what was measured where nothing is. */
enum fray_status fray_rep_headline(const struct fray_rep_answer *a, struct fray_rep_sentence *out,
                                   struct fray_err *err);
/** What these results cannot say, the gravest first: plain clauses without a full stop. (n) */
enum fray_status fray_rep_limits(const struct fray_rep_answer *a, const char ***out, size_t *n,
                                 struct fray_err *err);
/** Its words in a row; with details: behind each number, in brackets. */
enum fray_status fray_rep_sentence_text(struct fray_rep_results *r,
                                        const struct fray_rep_sentence *sentence, bool details,
                                        const char **out, struct fray_err *err);

/** "45.4 points", "0.123": a difference of scores. "76.6 %", "0.766": a score. In arena memory. */
const char *fray_rep_points(const struct fray_rep_answer *a, double value);
const char *fray_rep_score_text(const struct fray_rep_answer *a, double value);
/** "95 % interval 40.2 to 50.7", "any value would fit", "no interval". is_score: else a difference,
 *  which any value fits sooner. In arena memory. */
const char *fray_rep_interval_text(const struct fray_rep_answer *a, const struct fray_rep_stat *s,
                                   bool is_score);
/** "60 %", "10 dB": a strength of an axis. "accent north": a group. In arena memory. */
const char *fray_rep_strength_text(const struct fray_rep_answer *a,
                                   const struct fray_rep_axis *axis, double x);
const char *fray_rep_group_text(const struct fray_rep_answer *a,
                                const struct fray_rep_group_loss *g);
/** Of a damage's strongest end: "largest", or where less is worse "worst". */
bool fray_rep_all_grow(const struct fray_rep_answer *a);

#endif
