/* Who started this process, as the environment tells: needed where MPI cannot say it. */
#ifndef FRAY_COMM_LAUNCH_H
#define FRAY_COMM_LAUNCH_H

#include "fray/base/status.h"

#include <stdbool.h>

/** True if a launcher (mpirun, srun, ...) started this process. */
bool fray_launch_is_there(void);
/** Takes down who that was; before anything is waited for. */
void fray_launch_begin(void);
/** True if it has ended since: a job without its launcher is being killed. A process that no
 * launcher started has none to lose. */
bool fray_launch_is_gone(void);
/** False for all but the first of the processes that a launcher started. */
bool fray_launch_is_first(void);
/** True in a step of srun that tells its tasks nothing of one another (--mpi=none). */
bool fray_launch_is_untold(void);
/** INPUT, with what to type, if a launcher started several processes but MPI has one rank here:
 * then each would do all of the work by itself. ranks: of MPI_COMM_WORLD. mpi: the library's
 * version. Reports: open-mpi/ompi#13523, #10286. */
enum fray_status fray_launch_check(int ranks, const char *mpi, struct fray_err *err);
/** How srun is called so that it tells the tasks of this MPI of one another. */
const char *fray_launch_srun(void);
/** Tasks of a Slurm job whose script runs this process without srun or mpirun; else 0. */
long fray_launch_unused_tasks(int ranks);

#endif
