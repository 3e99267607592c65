/* What memory a process may hold, from files as Linux writes them. */
#include "fray/base/machine.h"
#include "fray/base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];
static const uint64_t gib = (uint64_t)1 << 30;

static int set_up(void **state) {
  (void)state;
  strcpy(root, "/tmp/fray-machine-XXXXXX");
  return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  return fray_remove_tree(root, NULL) == FRAY_OK ? 0 : -1;
}

static void put(const char *name, const char *text) {
  struct fray_err err = {0};
  char path[256];
  snprintf(path, sizeof path, "%s/%s", root, name);
  *strrchr(path, '/') = '\0';
  assert_int_equal(fray_make_folders(path, &err), FRAY_OK);
  snprintf(path, sizeof path, "%s/%s", root, name);
  assert_int_equal(fray_file_write(path, text, strlen(text), &err), FRAY_OK);
}

static uint64_t limit(void) {
  char proc[128], cgroup[128];
  snprintf(proc, sizeof proc, "%s/proc", root);
  snprintf(cgroup, sizeof cgroup, "%s/cgroup", root);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_known_is_no_limit), cmocka_unit_test(the_machine_is_a_limit),
      cmocka_unit_test(groups_of_version_2), cmocka_unit_test(groups_of_version_1),
      cmocka_unit_test(this_process_holds_something)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
