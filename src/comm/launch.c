/* Launchers and the variables by which they number the processes that they start. MPI itself cannot
 * tell that it was started n times with one rank each; then n runs would write into one folder. */
#include "fray/comm/launch.h"

#include "fray/base/size.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names as users know them: they stand in messages. */
struct launcher {
  const char *name, *rank, *size; /* size may be NULL: not told */
};

/* The innermost first: mpirun in a Slurm job passes on the variables of the job. */
static const struct launcher launchers[] = {
    {"mpirun of Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
    {"mpiexec of MVAPICH", "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"},
    {"mpiexec of MPICH or Intel MPI", "PMI_RANK", "PMI_SIZE"},
    {"mpiexec of Cray PALS", "PALS_RANKID", NULL},
    {"aprun", "ALPS_APP_PE", NULL},
    {"jsrun", "JSM_NAMESPACE_RANK", "JSM_NAMESPACE_SIZE"},
    {"flux", "FLUX_TASK_RANK", "FLUX_JOB_SIZE"},
    {"srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"},
    {"a launcher with PMIx", "PMIX_RANK", NULL},
};

/* A whole number; -1: there is none. A variable that is no number is one of another program. */
static long number_of(const char *name) {
  const char *text = name ? getenv(name) : NULL;
  char *end;
  if (!text || !*text)
    return -1;
  const long value = strtol(text, &end, 10);
  return *end || value < 0 ? -1 : value;
}

/* PMI_FD and PMI_PORT are the ways to MPICH's own launcher, which numbers nothing. That a variable
 * stands there is enough, whatever it says: without MPI a process goes on only where nothing at all
 * speaks of others. */
bool fray_launch_is_there(void) {
  for (size_t i = 0; i < FRAY_COUNT(launchers); i++)
    if (getenv(launchers[i].rank) || (launchers[i].size && getenv(launchers[i].size)))
      return true;
  return getenv("PMI_FD") || getenv("PMI_PORT");
}

static pid_t launcher_process; /* 0: there is none */

void fray_launch_begin(void) {
  launcher_process = fray_launch_is_there() ? getppid() : 0;
}

bool fray_launch_is_gone(void) {
  return launcher_process && getppid() != launcher_process;
}

/* The shell of `salloc` and a batch script are steps as well, of high numbers and one task. */
static bool is_in_step(void) {
  static const long special = 0xfffffff0;
  const long step = number_of("SLURM_STEP_ID");
  return step >= 0 && step < special;
}

bool fray_launch_is_untold(void) {
  static const char *const told[] = {"PMIX_RANK", "PMIX_NAMESPACE", "PMI_RANK", "PMI_FD",
                                     "OMPI_COMM_WORLD_SIZE"};
  for (size_t i = 0; i < FRAY_COUNT(told); i++)
    if (getenv(told[i]))
      return false;
  return is_in_step();
}

bool fray_launch_is_first(void) {
  for (size_t i = 0; i < FRAY_COUNT(launchers); i++)
    if (number_of(launchers[i].rank) > 0)
      return false;
  return true;
}

static bool is_slurm(const struct launcher *launcher) {
  return strcmp(launcher->name, "srun") == 0;
}

/* Processes that it started; 1 also if it does not say and this is the first; 0: it started none.
 */
static long started_by(const struct launcher *launcher) {
  const long size = number_of(launcher->size), rank = number_of(launcher->rank);
  if (is_slurm(launcher) && !is_in_step())
    return 0;
  if (size > 0)
    return size;
  return rank > 0 ? rank + 1 : rank == 0 ? 1 : 0;
}

/* Open MPI asks by PMIx; MPICH, where it is not built for more, by the first PMI, which that of
 * Slurm's pmi2 answers. */
const char *fray_launch_srun(void) {
#ifdef MPICH_VERSION
  return "srun --mpi=pmi2";
#else
  return "srun --mpi=pmix";
#endif
}

/* The two mistakes that people make: srun without PMI, and the mpirun of another MPI. Each gets the
 * command that helps. */
static enum fray_status refuse(const struct launcher *launcher, long n, const char *mpi,
                               struct fray_err *err) {
  const char *least = launcher->size ? "" : "at least ";
  if (is_slurm(launcher))
    return fray_fail(err, FRAY_INPUT,
                     "srun started %ld tasks, but MPI has one rank here: this srun did not tell it "
                     "of the others; start it with `%s` (`srun --mpi=list` names what this Slurm "
                     "has), or with mpirun",
                     n, fray_launch_srun());
  return fray_fail(
      err, FRAY_INPUT,
      "%s started %s%ld processes, but MPI has one rank here: this fray uses %s; start "
      "it with the mpirun (mpiexec) that belongs to it",
      launcher->name, least, n, mpi);
}

enum fray_status fray_launch_check(int ranks, const char *mpi, struct fray_err *err) {
  if (ranks > 1)
    return FRAY_OK;
  for (size_t i = 0; i < FRAY_COUNT(launchers); i++) {
    const long n = started_by(&launchers[i]);
    if (n > 1)
      return refuse(&launchers[i], n, mpi, err);
    if (n == 1 && launchers[i].size)
      return FRAY_OK; /* one is what was asked for; what stands further out is another matter */
  }
  return FRAY_OK;
}

/* A job that asked for more tasks than are used, mostly by a script without srun or mpirun. */
long fray_launch_unused_tasks(int ranks) {
  const long tasks = number_of("SLURM_NTASKS");
  const bool is_launched = is_in_step() || getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMI_SIZE");
  return ranks == 1 && !is_launched && tasks > 1 && getenv("SLURM_JOB_ID") ? tasks : 0;
}
