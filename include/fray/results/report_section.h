/* The section `report` of a scenario: what its page shows beyond the numbers. Nothing of it changes
 * a trial, its name or a hash; it stands here since who runs a study checks it and who reports
 * reads it. */
#ifndef FRAY_RESULTS_REPORT_SECTION_H
#define FRAY_RESULTS_REPORT_SECTION_H

#include "fray/schema/schema.h"

enum { FRAY_SHOWN_SAMPLES = 4, FRAY_MOST_SHOWN_SAMPLES = 100 };
struct fray_report_section {
  struct fray_reals reach; /* dev scores whose time is a measure */
  const char *samples;     /* "none" or a count; NULL: FRAY_SHOWN_SAMPLES */
};
extern const struct fray_table fray_report_table;

/** "none" is 0; else a whole number from 1 to FRAY_MOST_SHOWN_SAMPLES. False for any other text. */
bool fray_shown_samples(const char *text, size_t *n);
/** How many samples of each kind the `report` of a scenario wants to be shown of each damage; node
 *  NULL: the default. INPUT with place and key. */
enum fray_status fray_report_section_read(const struct fray_node *node, size_t *samples,
                                          struct fray_err *err);

#endif
