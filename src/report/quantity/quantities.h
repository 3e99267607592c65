/* Quantities: any score of the study with its resampled draws, from which every measure and its
 * interval follow. */
#ifndef REPORT_QUANTITIES_H
#define REPORT_QUANTITIES_H

#include "score_at.h"

#include "fray/metric/resample.h"

/** A score over seeds. A diverged trial counts as the constant predictor. */
struct fray_rep_quantity {
  double value;                 /* mean over seeds, NaN if undefined */
  const double *by_seed;        /* (seeds.n), NaN where not measured */
  size_t n_seeds, n_clusters;   /* measured ones; clusters: least over the trials */
  size_t n_samples, n_diverged; /* samples: least over the trials; trainings that diverged */
  size_t n_constant;            /* seeds that are the constant predictor: all of their trainings */
  const double *draw;           /* (FRAY_DRAWS) or NULL: no predictions, seeds only */
  double chance;
  double least, most; /* that it can be, of shares and their sums; equal: not known */
  bool is_sum;        /* its interval ends there; that of a score does where it is told */
  const char *status; /* "ok", or why value is NaN or lacks draws */
  const struct fray_interval *interval; /* that of value and draws; NULL: not made yet */
};

/** What the quantities of a study share: predictions, resamples, what was looked up before. */
struct fray_rep_store;
enum fray_status fray_rep_store_make(struct fray_rep_results *r, struct fray_err *err);
void fray_rep_store_free(struct fray_rep_store *store);
/** Memory for a moment: mark it and rewind it. */
struct fray_arena *fray_rep_store_work(const struct fray_rep_results *r);
/** The predictions of the study. */
struct fray_rep_file *fray_rep_store_file(const struct fray_rep_results *r);
/** Trials whose predictions say another value than scores.csv, as far as scores were looked up. */
size_t fray_rep_store_disagreements(const struct fray_rep_results *r);

/** Looks a score up; remembered, so asking again costs nothing. value NaN and a status when the
 *  study does not hold it. Memory of results->arena. */
enum fray_status fray_rep_find_quantity(struct fray_rep_results *r,
                                        const struct fray_rep_address *at,
                                        const struct fray_rep_quantity **out, struct fray_err *err);
/** Remembers a quantity that was made elsewhere as that would have made it: by_seed and draws stay
 *  where they are. */
enum fray_status fray_rep_take_quantity(struct fray_rep_results *r,
                                        const struct fray_rep_address *at,
                                        const struct fray_rep_quantity *q, struct fray_err *err);
/** The same without remembering; draws and all in arena. For tables of everything: metrics for
 * which every draw looks at every score (auc, ece) get no draws here. */
enum fray_status fray_rep_quantity_once(struct fray_rep_results *r,
                                        const struct fray_rep_address *at, struct fray_arena *arena,
                                        struct fray_rep_quantity *out, struct fray_err *err);
/** The same, but of the main metric such draws are made, and remembered as above. */
enum fray_status fray_rep_quantity_in(struct fray_rep_results *r, const struct fray_rep_address *at,
                                      struct fray_arena *arena, struct fray_rep_quantity *out,
                                      struct fray_err *err);
/** n clients, added up over groups, but no more than there are in all: who has samples of several
 *  groups is one of them. n where no predictions tell. After a quantity of these samples was made.
 */
size_t fray_rep_at_most_clients(const struct fray_rep_results *r, enum fray_rep_samples samples,
                                size_t n);
/** From now on what is remembered of one metric, of all samples, is of the others too: for who will
 *  ask for all of them. Numbers stay the same. */
void fray_rep_want_all_metrics(struct fray_rep_results *r);
/** The score over those seeds that use (seeds.n) names, not remembered. Memory of arena. */
enum fray_status fray_rep_quantity_of_seeds(struct fray_rep_results *r,
                                            const struct fray_rep_address *at, const bool *use,
                                            struct fray_arena *arena, struct fray_rep_quantity *out,
                                            struct fray_err *err);
/** The score of a single seed, by its place in results->seeds. Its interval is over test clients.
 *  Memory of arena. */
enum fray_status fray_rep_quantity_of_seed(struct fray_rep_results *r,
                                           const struct fray_rep_address *at, size_t seed,
                                           struct fray_arena *arena, struct fray_rep_quantity *out,
                                           struct fray_err *err);
/** sum of weight[i] * score at[i], seed by seed over the seeds that all of them have, so that what
 *  is common cancels: differences, and differences of differences. n_diverged adds up. The scores
 *  are remembered as above; the sum is not, and lies in arena, which may be that of
 *  fray_rep_store_work. */
enum fray_status fray_rep_sum(struct fray_rep_results *r, const struct fray_rep_address *at,
                              const double *weight, size_t n, struct fray_arena *arena,
                              struct fray_rep_quantity *out, struct fray_err *err);

/** qa - qb, seed by seed over those that both have, where the two are of different studies, or no
 *  single scores. by_seed is in the order of a's seeds. Where one of them lacks a seed of the other
 *  the draws are not of the same trainings: then it has none, and seeds alone remain. Clusters and
 *  samples are those of qa. Memory of arena. */
enum fray_status fray_rep_less(const struct fray_rep_results *a, const struct fray_rep_quantity *qa,
                               const struct fray_rep_results *b, const struct fray_rep_quantity *qb,
                               struct fray_arena *arena, struct fray_rep_quantity *out,
                               struct fray_err *err);

/** Interval of a quantity, or of a number made of several: value and its draws (NULL: by_seed);
 *  by_seed needs to hold results->seeds.n values. */
struct fray_interval fray_rep_interval(const struct fray_rep_results *r,
                                       const struct fray_rep_quantity *q);
/** Two-sided p of "it is 0", of the same law; NaN without an interval, and of a single seed. */
double fray_rep_p_value(const struct fray_rep_quantity *q, const struct fray_interval *interval);

#endif
