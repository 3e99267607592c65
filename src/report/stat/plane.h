/* Planes: tests that vary two keys, so that each point is a condition of its own. */
#ifndef REPORT_PLANE_H
#define REPORT_PLANE_H

#include "fray/results/read_results.h"

/** Two keys of one test, crossed. All arrays are in the results' arena. */
struct fray_rep_plane {
  const char *test;     /* its name: text from data */
  const char *title;    /* "noise in the picture at test" */
  const char *label[2]; /* of each key, with its unit; they differ */
  double *x[2];         /* (n[i]) from the least damage to the most; without an order: ascending */
  size_t n[2];
  const struct fray_strength_meaning *strength[2];
  size_t *condition; /* (n[0], n[1]) conditions.n where none was measured */
};

/** The planes of a study, in the order of its tests. None where the scenario is not known or cannot
 *  be read. MEMORY. */
enum fray_status fray_rep_planes(struct fray_rep_results *r, struct fray_rep_plane **out, size_t *n,
                                 struct fray_err *err);
/** True for a condition that is a point of one of n planes. */
bool fray_rep_is_in_plane(const struct fray_rep_plane *plane, size_t n, size_t condition);

#endif
