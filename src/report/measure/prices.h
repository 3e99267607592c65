/* What models cost to train, beside what they score: the Pareto front as far as it is resolved. */
#ifndef REPORT_PRICES_H
#define REPORT_PRICES_H

#include "report/stat/model_labels.h"
#include "report/stat/verdict.h"

/** What a price is in, and the columns of trials.csv that it is the sum of. */
enum fray_rep_price { FRAY_REP_BYTES, FRAY_REP_FLOPS, FRAY_REP_SIMULATED, FRAY_REP_PRICES };
struct fray_rep_price_kind {
  const char *key;       /* in file names: letters and _ */
  const char *title;     /* "bytes sent by and to clients" */
  const char *unit;      /* "B" */
  const char *column[2]; /* the second may be NULL */
};
extern const struct fray_rep_price_kind fray_rep_price_kinds[FRAY_REP_PRICES];

/** Where a model stands among those that cost no more. */
enum fray_rep_standing {
  FRAY_REP_NOT_RESOLVED, /* the intervals do not tell, or it was not scored */
  FRAY_REP_ON_FRONT,     /* it is better than each that costs as much or less */
  FRAY_REP_BEATEN        /* one that costs as much or less is better */
};

/** Scores of models under one condition, compared in pairs. */
struct fray_rep_contest {
  size_t n;                    /* models */
  struct fray_rep_stat *score; /* (n) n 0: not measured */
  int *better; /* (n, n) 1: the row's model is better, resolved; -1: worse; 0: open */
};

/** The price of a cell: the mean over its trainings that did not diverge; NaN where one of them
 * does not know it, or all diverged. */
double fray_rep_price_of(const struct fray_rep_results *r, size_t cell, enum fray_rep_price price);
/** Of the main metric. The p-values of all pairs hold together (Holm). Arena memory. */
enum fray_status fray_rep_contest_of(struct fray_rep_results *r,
                                     const struct fray_rep_models *models, size_t condition,
                                     double severity, struct fray_rep_contest *out,
                                     struct fray_err *err);
/** price (n): what the models cost. That no other costs as little is exact, so the cheapest is on
 *  the front whatever it scores; of equals each must be better than the other, so none is. */
enum fray_rep_standing fray_rep_standing_of(const struct fray_rep_contest *contest,
                                            const double *price, size_t model);
/** "1.25 GB", "812 MFLOP": powers of 1000. divisor, if not NULL, is set to that power. */
const char *fray_rep_price_text(double value, const char *unit, char out[48]);
/** The power of 1000 that a value is written in, and its prefix. */
double fray_rep_price_power(double value, const char **prefix);

#endif
