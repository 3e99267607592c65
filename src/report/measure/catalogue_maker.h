/* How the rows of a catalogue are made. */
#ifndef REPORT_CATALOGUE_MAKER_H
#define REPORT_CATALOGUE_MAKER_H

#include "catalogue.h"

struct fray_rep_maker {
  struct fray_rep_catalogue *out;
  struct fray_rep_results *r;
  enum fray_rep_samples samples;
  bool of_controls; /* which are compared with nothing */
  size_t axis;      /* of which rows are made, or n_axes */
  const struct fray_rep_axis *a;
  struct fray_rep_profile *profile; /* (n_series) of the main metric */
  bool higher, is_share;
};
struct fray_rep_maker fray_rep_maker_of(struct fray_rep_catalogue *m,
                                        enum fray_rep_samples samples);

/** Appends a row of the main metric and all samples, whose number is still to be filled in. *out is
 *  valid until the next one. */
enum fray_status fray_rep_add_entry(struct fray_rep_maker *k, enum fray_rep_entry_kind kind,
                                    size_t series, size_t cell, struct fray_rep_entry **out,
                                    struct fray_err *err);
/** Rows of every curve, and of all test conditions together. */
enum fray_status fray_rep_add_curves(struct fray_rep_maker *k, struct fray_err *err);
/** Cuts the intervals of scores that lie in [0, 1] to that range; p stays that of the whole one. */
void fray_rep_stay_in_range(struct fray_rep_catalogue *m);

#endif
