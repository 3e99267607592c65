/* What the data tests share: a world of ranks, a folder of their own, data sets and partitions. */
#ifndef FRAY_TESTS_DATA_BENCH_H
#define FRAY_TESTS_DATA_BENCH_H

#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/comm/comm.h"
#include "fray/data/dataset.h"
#include "fray/data/partition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern struct fray_comm *world;
extern struct fray_arena bench_arena; /* freed when the program ends */

void good(enum fray_status status, const struct fray_err *err);
/** INPUT, with this part in the message. */
void refused(enum fray_status status, const struct fray_err *err, const char *part);

/** Path in the test's own folder; four live at a time. */
const char *in_folder(const char *name);
int make_folder(void **state);
int remove_folder(void **state);
void put_file(const char *name, const char *text);

/** Writes a synthetic data set (keys as YAML) into the folder. */
enum fray_status try_synth(const char *yaml, const char *name, struct fray_err *err);
/** Writes and opens it. */
struct fray_dataset *synth_set(const char *yaml, const char *name);
enum fray_status try_partition(const char *yaml, const struct fray_dataset *data, uint64_t seed,
                               struct fray_partition **out, struct fray_err *err);
struct fray_partition *partition_of(const char *yaml, const struct fray_dataset *data,
                                    uint64_t seed);
static inline size_t size_of(const struct fray_partition *p, size_t client) {
  return p->first[client + 1] - p->first[client];
}

/** Runs tests between set_up and tear_down of all of them (or NULL): what main returns. quiet: no
 *  warnings are printed. Where several ranks run, a failure of one ends all. */
int run_data_tests(int argc, char **argv, bool quiet, const struct CMUnitTest *tests, size_t n,
                   int (*set_up)(void **), int (*tear_down)(void **));
#define IN_OWN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

#endif
