/* The group that doors of a run ask for: this process alone. Apart, so that programs of other doors
 * have no MPI in them. */
#include "fuzz.h"

#include "fray/comm/comm.h"

struct fray_comm *fuzz_alone(void) {
  static struct fray_comm *comm;
  if (!comm)
    fuzz_must(fray_comm_alone(&comm, NULL) == FRAY_OK, "one process is a group");
  return comm;
}
