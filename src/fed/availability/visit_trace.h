/* A table of visits: seconds by client and round. */
#ifndef FED_AVAILABILITY_VISIT_TRACE_H
#define FED_AVAILABILITY_VISIT_TRACE_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdint.h>

struct visit_trace {
  size_t clients;
  const size_t *first;   /* (clients + 1) rows of a client */
  const uint64_t *round; /* (rows) from 1, ascending for each client */
  const double *seconds; /* (rows) above 0 */
};
/** CSV with the columns client, round and seconds; rows in any order; a file of at most 256 MiB.
 *  INPUT with file and line: no such table, unknown client, a visit twice, a time that is none.
 *  Memory from the arena. O(rows log rows + clients). */
enum fray_status visit_trace_read(const char *path, const char *const *names, size_t n_clients,
                                  struct fray_arena *arena, struct visit_trace *out,
                                  struct fray_err *err);
/** NULL: there is no such visit. O(log rows). */
const double *visit_trace_at(const struct visit_trace *trace, uint32_t client, uint64_t round);

#endif
