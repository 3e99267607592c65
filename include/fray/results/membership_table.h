/* membership.csv: what attacks by membership inference find, from the trial files of a cell. */
#ifndef FRAY_RESULTS_MEMBERSHIP_TABLE_H
#define FRAY_RESULTS_MEMBERSHIP_TABLE_H

#include "fray/base/arena.h"
#include "fray/base/text.h"
#include "fray/h5/h5.h"
#include "fray/metric/membership.h"

struct fray_membership_trial;
/** Trainings of one cell, each other's shadows. Zero but for `config`. */
struct fray_membership_cell {
  const struct fray_membership_config *config; /* borrowed */
  struct fray_arena arena;
  size_t n, room;
  struct fray_membership_trial *trial;
};
/** Adds a trial, if its file holds what its models said of members and others. The file is not
 *  trusted: INPUT. name: borrowed until the rows are made. */
enum fray_status fray_membership_take(struct fray_membership_cell *cell, const char *name,
                                      fray_h5 part, struct fray_err *err);
/** Adds the rows of all trials, in their order, and forgets them; none for a cell without any.
 *  Memory: fray_membership_bytes. */
enum fray_status fray_membership_rows(struct fray_membership_cell *cell, struct fray_text *out,
                                      struct fray_err *err);
void fray_membership_forget(struct fray_membership_cell *cell);
/** Bytes that the rows of a cell take while they are made, from above. columns: of groups. */
double fray_membership_bytes(double samples, double trials, double columns);

#endif
