/* Differences in differences: whether damage costs one group of people more than the others, and
 * how many samples it takes to see that damage costs anything. */
#ifndef FRAY_METRIC_DID_H
#define FRAY_METRIC_DID_H

#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** Assignments of people to groups that a null goes through: all where there are at most
 * FRAY_DID_ALL, else as they are and FRAY_DID_DRAWN more, drawn. */
enum { FRAY_DID_ALL = 5000, FRAY_DID_DRAWN = 2000 };

/** One group against the others. */
struct fray_did {
  size_t n;            /* people of the group */
  double drop, others; /* mean over the people of the group; over those of all other groups */
  double did;          /* drop - others */
  double p;            /* share of the assignments with a difference as large, one-sided */
  double smallest;     /* least p that so many people can give: 1 / assignments */
};
/** How far groups lie apart, against how far they would if groups meant nothing. */
struct fray_did_spread {
  double spread;             /* largest less smallest drop of a group */
  double null_mean, null_95; /* of the assignments; the value that 95 % of them do not pass */
  double p, smallest;
  size_t assignments;
};
/** drop (n): what each person loses, right without damage less right with it, in [-1, 1]; group (n)
 *  below n_groups, of at least one person each. Fills out (n_groups) and spread. seed: of draws, so
 *  that the same people give the same null. INPUT: fewer than two groups, an empty one, a drop that
 *  is not finite; MEMORY. O(assignments n). */
enum fray_status fray_did_of(const double *drop, const uint32_t *group, size_t n, size_t n_groups,
                             uint64_t seed, struct fray_did *out, struct fray_did_spread *spread,
                             struct fray_err *err);

/** Samples that a paired one-sided 5 % test needs to see, with power .8, that `drop` of them turn
 * wrong more than turn right; changed: share of those whose answer turns at all. INFINITY where
 * none would do (drop <= 0); NaN where more turn wrong than turn: changed < drop. Source: the
 * normal approximation of McNemar's test, Connor 1987, Biometrics 43:207. */
double fray_customer_samples(double drop, double changed);

#endif
