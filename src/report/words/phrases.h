/* Words in the arena of the results. */
#ifndef REPORT_PHRASES_H
#define REPORT_PHRASES_H

#include "fray/results/read_results.h"

/** Text in the results' arena; MEMORY. */
enum fray_status fray_rep_words(struct fray_rep_results *r, const char **out, struct fray_err *err,
                                const char *format, ...) __attribute__((format(printf, 4, 5)));
/** " The other 3 models are in the tables." (what: "models"), or "" where all are shown. */
const char *fray_rep_left_out(struct fray_rep_results *r, size_t all, size_t shown,
                              const char *what);
/** The value of an entry of a map in the scenario, or otherwise. */
const char *fray_rep_scalar(const struct fray_node *map, const char *key, const char *otherwise);

#endif
