/* Roles of samples: what a sample may be used for by whoever fits, chooses and reports.
 *
 * The rule is one: no number is reported on samples that chose it. A threshold that was found on
 * dev may be reported on test; one that was found on test may not. Instruments note in each row on
 * whose samples it is, and ask fray_role_check before they write it. */
#ifndef FRAY_DATA_ROLES_H
#define FRAY_DATA_ROLES_H

#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** fit: training samples. find: dev. verify: of the test clients those that evaluate.verify draws.
 *  report: the other test clients, all of them without that key. */
enum fray_role { FRAY_ROLE_FIT, FRAY_ROLE_FIND, FRAY_ROLE_VERIFY, FRAY_ROLE_REPORT, FRAY_ROLES };
extern const char *const fray_role_names[FRAY_ROLES];

/** Whole clients for verify: the round(share n) with the smallest draws, at least one and not all,
 * where share is above 0 and n above 1. The draw of a client depends on its source (hash of its
 * name) alone, so that it is the same for every seed and trial, and those of a smaller share are
 * among those of a larger one. out (n): 1 for verify. MEMORY. */
enum fray_status fray_roles_draw(const uint64_t *source, size_t n, double share, uint8_t *out,
                                 struct fray_err *err);

/** INPUT if what was chosen or fitted on samples of these roles (bits 1 << enum fray_role) is about
 *  to be reported on samples of the role `on`. what: for the message, as "gate energy". */
enum fray_status fray_role_check(unsigned chosen_on, enum fray_role on, const char *what,
                                 struct fray_err *err);

#endif
