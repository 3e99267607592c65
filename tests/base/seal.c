/* Seals and checksums: no bit of a file turns unseen; and who is asked last, after a kill, is not
 * accused. */
#include "fray/base/seal.h"
#include "fray/base/checksums.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "ok.h"

enum { SIZE = FRAY_SEAL_BYTES + 900 };
static char path[96];

static int set_up(void **state) {
  if (make_folder(state) != 0)
    return -1;
  snprintf(path, sizeof path, "%s/f", folder);
  return 0;
}

static void put(const char *to, const void *data, size_t size) {
  FILE *file = fopen(to, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static void get(unsigned char out[SIZE]) {
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fread(out, 1, SIZE, file), SIZE);
  fclose(file);
}

static void make_sealed(unsigned char out[SIZE]) {
  struct fray_err err = {0};
  for (size_t i = 0; i < SIZE; i++)
    out[i] = (unsigned char)(i * 37 >> 2);
  put(path, out, SIZE);
  assert_int_equal(fray_seal_write(path, &err), FRAY_OK);
  unsigned char after[SIZE];
  get(after);
  assert_memory_equal(after + FRAY_SEAL_BYTES, out + FRAY_SEAL_BYTES, SIZE - FRAY_SEAL_BYTES);
  memcpy(out, after, SIZE);
}

/* The digits in the seal are those of the hash of the rest. */
static void the_seal_is_the_hash_of_the_rest(void **state) {
  (void)state;
  unsigned char data[SIZE];
  struct fray_err err = {0};
  char hex[33], line[64];
  bool sealed = false;
  make_sealed(data);
  assert_int_equal(fray_seal_check(path, &sealed, &err), FRAY_OK);
  assert_true(sealed);
  fray_hash128_hex(fray_hash128_of(data + FRAY_SEAL_BYTES, SIZE - FRAY_SEAL_BYTES), hex);
  snprintf(line, sizeof line, "xxh3-128 %s\n", hex);
  assert_non_null(strstr((char *)data, line));
  assert_non_null(strstr((char *)data, "bytes 00000000000000001412\n"));
}

/* Every bit: of the mark it makes a file without a seal, of all else one that is refused. */
static void every_bit_is_seen(void **state) {
  (void)state;
  unsigned char data[SIZE];
  make_sealed(data);
  int fd = open(path, O_WRONLY);
  for (size_t bit = 0; bit < 8 * (size_t)SIZE; bit++) {
    struct fray_err err = {0};
    bool sealed;
    unsigned char turned = (unsigned char)(data[bit / 8] ^ 1 << bit % 8);
    assert_int_equal(pwrite(fd, &turned, 1, (off_t)(bit / 8)), 1);
    enum fray_status status = fray_seal_check(path, &sealed, &err);
    if (bit < 8 * strlen("fray-seal "))
      assert_true(status == FRAY_OK && !sealed);
    else if (status != FRAY_INPUT || !sealed || !strstr(err.text, "damaged"))
      fail_msg("bit %zu: status %d: %s", bit, (int)status, err.text);
    assert_int_equal(pwrite(fd, &data[bit / 8], 1, (off_t)(bit / 8)), 1);
  }
  close(fd);
}

static void every_cut_is_seen(void **state) {
  (void)state;
  unsigned char data[SIZE];
  make_sealed(data);
  for (size_t n = SIZE + 1; n <= SIZE + 1; n--) {
    struct fray_err err = {0};
    bool sealed;
    assert_int_equal(truncate(path, (off_t)n), 0);
    enum fray_status status = fray_seal_check(path, &sealed, &err);
    if (n < strlen("fray-seal "))
      assert_true(status == FRAY_OK && !sealed);
    else
      assert_int_equal(status, n == SIZE ? FRAY_OK : FRAY_INPUT);
  }
}

/* They are opened by nobody who waits for their other end. */
static void what_is_no_file_has_no_seal(void **state) {
  (void)state;
  struct fray_err err = {0};
  bool sealed;
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_int_equal(fray_seal_check(path, &sealed, &err), FRAY_INPUT);
  SAYS(err, "not a regular file");
  assert_int_equal(fray_seal_check("/dev/zero", &sealed, &err), FRAY_INPUT);
  assert_int_equal(fray_seal_check(folder, &sealed, &err), FRAY_INPUT);
}

static struct fray_checksum sum_of(const char *name, const char *text) {
  struct fray_checksum sum = {.name = name};
  fray_hash128_hex(fray_hash128_of(text, strlen(text)), sum.hash);
  return sum;
}

static void promise(const char *name, const char *text) {
  struct fray_err err = {0};
  struct fray_checksum sum = sum_of(name, text);
  assert_int_equal(fray_checksums_promise(folder, &sum, 1, &err), FRAY_OK);
}

static void write_in(const char *name, const char *text) {
  char full[160];
  snprintf(full, sizeof full, "%s/%s", folder, name);
  put(full, text, strlen(text));
}

static enum fray_status check(const char *name, enum fray_checksum_state *state) {
  struct fray_err err = {0};
  enum fray_status status = fray_checksums_check(folder, name, state, &err);
  if (status != FRAY_OK)
    SAYS(err, name);
  return status;
}

/* Killed between the promise and the file, the old one is still good, and so is the new one. */
static void a_promise_accuses_nobody(void **state) {
  (void)state;
  enum fray_checksum_state found;
  struct fray_err err = {0};
  write_in("t.csv", "one\n");
  assert_int_equal(check("t.csv", &found), FRAY_OK);
  assert_int_equal(found, FRAY_CHECKSUM_NO_LIST);
  promise("t.csv", "one\n");
  promise("t.csv", "two\n");
  promise("u.csv", "u\n");
  for (int k = 0; k < 2; k++) {
    write_in("t.csv", k ? "two\n" : "one\n");
    assert_int_equal(check("t.csv", &found), FRAY_OK);
    assert_int_equal(found, FRAY_CHECKSUM_GOOD);
  }
  write_in("t.csv", "twp\n");
  assert_int_equal(check("t.csv", &found), FRAY_INPUT);
  assert_int_equal(fray_checksums_settle(folder, &err), FRAY_OK);
  write_in("t.csv", "one\n");
  assert_int_equal(check("t.csv", &found), FRAY_INPUT); /* that was before */
  write_in("t.csv", "two\n");
  assert_int_equal(check("t.csv", &found), FRAY_OK);
  write_in("v.csv", "v");
  assert_int_equal(check("v.csv", &found), FRAY_OK);
  assert_int_equal(found, FRAY_CHECKSUM_UNLISTED);
  assert_int_equal(check("u.csv", &found), FRAY_OK); /* missing, as said */
}

static void the_list_is_read_with_care(void **state) {
  (void)state;
  static const char *const bad[] = {"x", "00112233445566778899aabbccddeeff  a", /* no line end */
                                    "00112233445566778899AABBCCDDEEFF  a\n",
                                    "00112233445566778899aabbccddeef  a\n", "\n"};
  struct fray_err err = {0};
  enum fray_checksum_state found;
  write_in("a", "a");
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    write_in(FRAY_CHECKSUMS, bad[i]);
    assert_int_equal(fray_checksums_check(folder, "a", &found, &err), FRAY_INPUT);
    SAYS(err, "checksums.txt:1: damaged");
  }
  promise("a", "a"); /* who writes begins a new one */
  assert_int_equal(check("a", &found), FRAY_OK);
}

/* R/scenario.yaml and R/ledgers/x.csv are found in R's list; other files are in none. */
static void files_are_found_by_their_path(void **state) {
  (void)state;
  struct fray_err err = {0};
  char full[160];
  snprintf(full, sizeof full, "%s/ledgers", folder);
  assert_int_equal(fray_make_folders(full, &err), FRAY_OK);
  promise("ledgers/x.csv", "x\n");
  promise("scenario.yaml", "s\n");
  static const char *const names[] = {"ledgers/x.csv", "scenario.yaml"};
  for (int i = 0; i < 2; i++) {
    snprintf(full, sizeof full, "%s//%s", folder, names[i]);
    write_in(names[i], i ? "s\n" : "x\n");
    assert_int_equal(fray_checksums_check_path(full, &err), FRAY_OK);
    write_in(names[i], "other\n");
    assert_int_equal(fray_checksums_check_path(full, &err), FRAY_INPUT);
  }
  assert_int_equal(fray_checksums_check_path("/etc/passwd", &err), FRAY_OK);
  assert_int_equal(fray_checksums_check_path("nowhere.csv", &err), FRAY_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(the_seal_is_the_hash_of_the_rest, set_up, remove_folder),
      cmocka_unit_test_setup_teardown(every_bit_is_seen, set_up, remove_folder),
      cmocka_unit_test_setup_teardown(every_cut_is_seen, set_up, remove_folder),
      cmocka_unit_test_setup_teardown(what_is_no_file_has_no_seal, set_up, remove_folder),
      cmocka_unit_test_setup_teardown(a_promise_accuses_nobody, set_up, remove_folder),
      cmocka_unit_test_setup_teardown(the_list_is_read_with_care, set_up, remove_folder),
      cmocka_unit_test_setup_teardown(files_are_found_by_their_path, set_up, remove_folder),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
