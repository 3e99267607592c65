/* The main of a test of whole federations: all ranks of the world run its tests. */
#ifndef FRAY_TESTS_FED_ON_RANKS_H
#define FRAY_TESTS_FED_ON_RANKS_H

#include "fray/comm/comm.h"
#include "fray/tensor/blas.h"
#include "ok.h"

static struct fray_comm *world;

/* The exit code. */
static inline int run_on_ranks(int argc, char **argv, const struct CMUnitTest *tests, size_t n,
                               int (*set_up)(void **), int (*tear_down)(void **)) {
  struct fray_err err = {0};
  if (fray_comm_start(&argc, &argv, &world, &err) != FRAY_OK)
    return 1;
  fray_blas_start(NULL);
  int failed = _cmocka_run_group_tests("tests", tests, n, set_up, tear_down);
  fray_comm_finish(world);
  return failed;
}

#endif
