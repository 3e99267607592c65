/* What memory a process may hold, from files as Linux writes them. */
#include "fray/base/machine.h"
#include "fray/base/file.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "folder.h"
#include "ok.h"

static const uint64_t gib = (uint64_t)1 << 30;

static void put(const char *name, const char *text) {
  struct fray_err err = {0};
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  *strrchr(path, '/') = '\0';
  assert_int_equal(fray_make_folders(path, &err), FRAY_OK);
  snprintf(path, sizeof path, "%s/%s", folder, name);
  assert_int_equal(fray_file_write(path, text, strlen(text), &err), FRAY_OK);
}

static uint64_t limit(void) {
  char proc[128], cgroup[128];
  snprintf(proc, sizeof proc, "%s/proc", folder);
  snprintf(cgroup, sizeof cgroup, "%s/cgroup", folder);
  return fray_memory_limit_in(proc, cgroup);
}

static void nothing_known_is_no_limit(void **state) {
  (void)state;
  assert_int_equal(limit(), 0);
}

static void the_machine_is_a_limit(void **state) {
  (void)state;
  put("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:        1024 kB\n");
  assert_int_equal(limit(), 16 * gib);
}

/* The least of a group and those above it counts; "max" is none. */
static void groups_of_version_2(void **state) {
  (void)state;
  put("proc/self/cgroup", "0::/a/b\n");
  put("cgroup/a/b/memory.max", "max\n");
  assert_int_equal(limit(), 16 * gib);
  put("cgroup/a/memory.max", "4294967296\n");
  assert_int_equal(limit(), 4 * gib);
  put("cgroup/a/b/memory.max", "1073741824\n");
  assert_int_equal(limit(), gib);
  put("cgroup/memory.max", "536870912\n");
  assert_int_equal(limit(), gib / 2);
}

static void groups_of_version_1(void **state) {
  (void)state;
  put("proc/self/cgroup", "9:name=systemd:/x\n8:cpu,cpuacct:/x\n7:memory:/job\nnonsense\n");
  put("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"); /* its way to say none */
  assert_int_equal(limit(), 16 * gib);
  put("cgroup/memory/job/memory.limit_in_bytes", "2147483648\n");
  assert_int_equal(limit(), 2 * gib);
}

static void this_process_holds_something(void **state) {
  (void)state;
  const size_t size = 64 << 20;
  const uint64_t before = fray_memory_peak();
  char *block = malloc(size);
  assert_non_null(block);
  memset(block, 1, size);
  assert_true(block[size / 2] == 1);
  assert_true(fray_memory_peak() >= size);
  assert_true(fray_memory_peak() >= before);
  assert_true(fray_memory_limit() == 0 || fray_memory_limit() >= size);
  free(block);
}

#ifndef __SANITIZE_ADDRESS__ /* which takes terabytes for itself */
/* In a process of its own, whose limits are its own. */
static void under_limit(int resource, rlim_t bytes, int (*run)(void)) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    const struct rlimit limit = {bytes, bytes};
    _exit(setrlimit(resource, &limit) == 0 ? run() : 99);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static int refuses(bool data, const char *limit) {
  struct fray_err err = {0};
  if (fray_memory_room((size_t)1 << 20, data, "A part", &err) != FRAY_OK)
    return 1;
  if (fray_memory_room((size_t)1 << 30, data, "A part", &err) != FRAY_INPUT)
    return 2;
  return strstr(err.text, "A part needs 1074 MB more") && strstr(err.text, limit) &&
                 strstr(err.text, "to 537 MB") && strstr(err.text, "give at least 1")
             ? 0
             : 3;
}

static int refuses_space(void) {
  return refuses(false, "ulimit -v") + refuses(true, "ulimit -v");
}
static int refuses_data(void) {
  struct fray_err err = {0};
  if (fray_memory_room((size_t)1 << 30, false, "What only reads", &err) != FRAY_OK)
    return 10;
  return refuses(true, "ulimit -d");
}
#endif

static void room_is_looked_for_before_it_is_needed(void **state) {
  (void)state;
  struct fray_err err = {0};
#ifndef __SANITIZE_ADDRESS__
  under_limit(RLIMIT_AS, (rlim_t)512 << 20, refuses_space);
  under_limit(RLIMIT_DATA, (rlim_t)512 << 20, refuses_data);
#endif
  assert_int_equal(fray_memory_room((size_t)1 << 30, true, "A part", &err), FRAY_OK);
  assert_int_equal(fray_memory_least((size_t)1 << 20, "A part", &err), FRAY_OK);
  assert_int_equal(fray_memory_least((size_t)1 << 60, "A part", &err), FRAY_INPUT);
  SAYS(err, "control group has");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(room_is_looked_for_before_it_is_needed),
                                     cmocka_unit_test(nothing_known_is_no_limit),
                                     cmocka_unit_test(the_machine_is_a_limit),
                                     cmocka_unit_test(groups_of_version_2),
                                     cmocka_unit_test(groups_of_version_1),
                                     cmocka_unit_test(this_process_holds_something)};
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
