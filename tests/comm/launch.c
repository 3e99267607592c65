/* Who started the process, told from variables as launchers set them. */
#include "fray/comm/launch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The environment is these, "NAME=VALUE ...", and nothing else. */
static void environment(const char *words) {
  char copy[512], *rest = NULL;
  clearenv();
  strncpy(copy, words, sizeof copy - 1);
  copy[sizeof copy - 1] = '\0';
  for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
    char *value = strchr(word, '=');
    *value++ = '\0';
    assert_int_equal(setenv(word, value, 1), 0);
  }
}

static const char slurm[] =
    "SLURM_JOB_ID=7 SLURM_NTASKS=3 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=3 SLURM_PROCID=";

static void refused(const char *words, const char *part) {
  struct fray_err err = {0};
  environment(words);
  if (fray_launch_check(1, "An MPI 1.0", &err) != FRAY_INPUT || !strstr(err.text, part))
    fail_msg("%s: '%s', not '%s'", words, err.text, part);
  assert_int_equal(fray_launch_check(3, "An MPI 1.0", &err), FRAY_OK); /* MPI knows the others */
}

static void processes_that_mpi_does_not_know_are_refused(void **state) {
  (void)state;
  char step[256] = "";
  strcat(strcpy(step, slurm), "2");
  refused(step, "srun started 3 tasks, but MPI has one rank here");
  refused(step, fray_launch_srun());
  refused("PMI_RANK=0 PMI_SIZE=4 PMI_FD=5", "MPICH or Intel MPI started 4 processes");
  refused("PMI_RANK=0 PMI_SIZE=4 PMI_FD=5", "An MPI 1.0");
  refused("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2", "mpirun of Open MPI started 2");
  refused("PALS_RANKID=3", "PALS started at least 4 processes");
  refused("MV2_COMM_WORLD_RANK=0 MV2_COMM_WORLD_SIZE=2", "MVAPICH started 2");
  refused("FLUX_TASK_RANK=0 FLUX_JOB_SIZE=6", "flux started 6");
  refused("PMIX_RANK=1", "PMIx started at least 2");
}

static void accepted(const char *words) {
  struct fray_err err = {0};
  environment(words);
  if (fray_launch_check(1, "", &err) != FRAY_OK)
    fail_msg("%s: %s", words, err.text);
}

static void one_process_may_be_alone(void **state) {
  (void)state;
  accepted("HOME=/");
  accepted("SLURM_JOB_ID=7 SLURM_NTASKS=4 SLURM_PROCID=0"); /* the script of sbatch */
  accepted("SLURM_JOB_ID=7 SLURM_NTASKS=4 SLURM_STEP_ID=4294967290 SLURM_STEP_NUM_TASKS=1 "
           "SLURM_PROCID=0"); /* salloc */
  accepted("SLURM_JOB_ID=7 SLURM_NTASKS=1 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0");
  accepted("OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1");
  /* mpirun -n 1 on another node of a job: its daemon there was started by srun */
  accepted("OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=4 "
           "SLURM_PROCID=3");
  accepted("PMIX_RANK=0");
  accepted("PMI_RANK=nonsense PMI_SIZE=-3");
}

static void the_first_process_is_known(void **state) {
  (void)state;
  environment("HOME=/");
  assert_true(fray_launch_is_first() && !fray_launch_is_there());
  environment("PMI_RANK=0 PMI_SIZE=4");
  assert_true(fray_launch_is_first() && fray_launch_is_there());
  environment("OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=4");
  assert_true(!fray_launch_is_first() && fray_launch_is_there());
  environment("PALS_RANKID=1");
  assert_false(fray_launch_is_first());
}

static void tasks_that_nobody_uses_are_counted(void **state) {
  (void)state;
  environment("SLURM_JOB_ID=7 SLURM_NTASKS=4 SLURM_PROCID=0");
  assert_int_equal(fray_launch_unused_tasks(1), 4);
  assert_int_equal(fray_launch_unused_tasks(4), 0);
  environment("SLURM_JOB_ID=7 SLURM_NTASKS=4 SLURM_PROCID=0 OMPI_COMM_WORLD_SIZE=1");
  assert_int_equal(fray_launch_unused_tasks(1), 0);
  environment("SLURM_NTASKS=4"); /* set by somebody, outside of a job */
  assert_int_equal(fray_launch_unused_tasks(1), 0);
}

static void a_step_without_pmi_is_known(void **state) {
  (void)state;
  char step[256] = "";
  environment(strcat(strcpy(step, slurm), "0"));
  assert_true(fray_launch_is_untold());
  environment(strcat(step, " PMIX_RANK=0"));
  assert_false(fray_launch_is_untold());
  environment("SLURM_JOB_ID=7 SLURM_NTASKS=4 SLURM_PROCID=0");
  assert_false(fray_launch_is_untold());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(processes_that_mpi_does_not_know_are_refused),
      cmocka_unit_test(one_process_may_be_alone),
      cmocka_unit_test(the_first_process_is_known),
      cmocka_unit_test(tasks_that_nobody_uses_are_counted),
      cmocka_unit_test(a_step_without_pmi_is_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
