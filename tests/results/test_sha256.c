/* SHA-256 against the examples of FIPS 180-4 and against hashlib, by the processor's instructions
 * and without; manifests that fray did not write are refused with the place. */
#include "fray/results/manifest.h"

#include "folder.h"
#include "ok.h"

#include "fray/base/deeds.h"
#include "fray/base/draft.h"
#include "fray/base/size.h"

#include "sha256_golden.h"

static char digest[FRAY_SHA256_TEXT];
static unsigned char pattern[1000003];

static void examples_of_nist(void) {
  for (size_t i = 0; i < FRAY_COUNT(examples); i++) {
    fray_sha256_of(examples[i].text, strlen(examples[i].text), digest);
    assert_string_equal(digest, examples[i].sha256);
  }
  unsigned char *letters = malloc(1000000);
  assert_non_null(letters);
  memset(letters, 'a', 1000000);
  fray_sha256_of(letters, 1000000, digest);
  free(letters);
  assert_string_equal(digest, of_million);
}

/* In one piece, and in pieces of 1, 2, 3, ... bytes. */
static void lengths_of_hashlib(void) {
  struct fray_sha256 all, pieces;
  fray_sha256_begin(&all);
  for (size_t n = 0; n < 300; n++) {
    fray_sha256_of(pattern, n, digest);
    fray_sha256_add(&all, digest, 64);
  }
  fray_sha256_end(&all, digest);
  assert_string_equal(digest, of_all);
  for (size_t i = 0; i < FRAY_COUNT(of_lengths); i++) {
    const size_t n = of_lengths[i].n;
    fray_sha256_of(pattern, n, digest);
    assert_string_equal(digest, of_lengths[i].sha256);
    fray_sha256_begin(&pieces);
    for (size_t at = 0, k = 1; at < n; at += k, k++)
      fray_sha256_add(&pieces, pattern + at, FRAY_MIN(k, n - at));
    fray_sha256_end(&pieces, digest);
    assert_string_equal(digest, of_lengths[i].sha256);
  }
}

static void sha256_is_that_of_others(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof pattern; i++)
    pattern[i] = (unsigned char)(i * i * 31 + 7 * i + (i >> 8));
  for (int quick = 1; quick >= 0; quick--) {
    print_message("%s\n", fray_sha256_quick(quick) ? "instructions" : "plain");
    examples_of_nist();
    lengths_of_hashlib();
  }
  fray_sha256_quick(true);
}

static void write_text(const char *name, const char *text) {
  OK(fray_make_folders(in_folder("m/provenance"), &err));
  OK(fray_file_write(in_folder(name), text, strlen(text), &err));
}

static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

/* A manifest of one action and these files and ingredients. */
static enum fray_status verify(const char *ingredients, const char *files, struct fray_err *err) {
  static char text[8192];
  struct fray_text out = {0};
  bool good;
  const char *const path = in_folder("m");
  snprintf(text, sizeof text,
           "{\"format\": \"fray manifest 1\", \"note\": \"\", \"actions\": [{\"command\": \"c\", "
           "\"time\": \"t\", \"version\": \"v\", \"previous\": null}], \"ingredients\": [%s], "
           "\"assertions\": [%s]}",
           ingredients, files);
  write_text("m/provenance/manifest.json", text);
  const enum fray_status status = fray_manifests_verify(&path, 1, &out, &good, err);
  fray_text_free(&out);
  return status;
}

static const char *line(const char *name, const char *bytes, const char *hash, const char *more) {
  static char lines[2][600];
  static int next;
  char *out = lines[next++ % 2];
  snprintf(out, sizeof lines[0], "{\"name\": \"%s\", \"bytes\": %s, \"sha256\": \"%s\", %s}", name,
           bytes, hash, more);
  return out;
}

static void manifests_of_others_are_refused(void **state) {
  (void)state;
  struct fray_err why = {0};
  static const char a[] = "\"action\": 0";
  static const char *const names[] = {"/etc/passwd", "../x",  "a/../b", "a//b", "./a", "",
                                      "a/",          "a\\nb", "a\\\\b", "a/."};
  const struct {
    const char *file, *says;
  } cases[] = {
      {line("x", "1", zeros + 1, a), "assertions[0]: not 64 hexadecimal digits at 'sha256'"},
      {"{\"name\": \"x\", \"bytes\": 1, \"sha256\": \"\", \"action\": 0, \"mode\": 1}",
       "assertions[0]: unknown field 'mode'"},
      {"{\"name\": \"x\", \"bytes\": 1, \"action\": 0}", "assertions[0]: lacks 'sha256'"},
      {"[]", "assertions[0]: not an object"},
  };
  for (size_t i = 0; i < FRAY_COUNT(cases); i++) {
    assert_int_equal(verify("", cases[i].file, &why), FRAY_INPUT);
    SAYS(why, cases[i].says);
  }
  OK(verify("", line("x", "1", zeros, a), &err));
  for (size_t i = 0; i < FRAY_COUNT(names); i++) {
    assert_int_equal(verify("", line(names[i], "1", zeros, a), &why), FRAY_INPUT);
    SAYS(why, "assertions[0]: not a path below the folder");
  }
  static const char *const numbers[] = {"-1", "1.5", "\"1\"", "99999999999999999999", "null"};
  for (size_t i = 0; i < FRAY_COUNT(numbers); i++)
    assert_int_equal(verify("", line("x", numbers[i], zeros, a), &why), FRAY_INPUT);
  assert_int_equal(verify("", line("x", "1", zeros, "\"action\": 1"), &why), FRAY_INPUT);
  SAYS(why, "no number in range at 'action'");
  char two[1400];
  snprintf(two, sizeof two, "%s, %s", line("x", "1", zeros, a), line("x", "1", zeros, a));
  assert_int_equal(verify("", two, &why), FRAY_INPUT);
  SAYS(why, "assertions[1]: listed twice: 'x'");
  snprintf(two, sizeof two, "%s, %s", line("y", "1", zeros, a), line("x", "1", zeros, a));
  assert_int_equal(verify("", two, &why), FRAY_INPUT);
  SAYS(why, "assertions[1]: out of order: 'x'");
  assert_int_equal(verify("{\"kind\": \"shards\", \"path\": 3, \"sha256\": null, \"origin\": null, "
                          "\"action\": 0}",
                          "", &why),
                   FRAY_INPUT);
  SAYS(why, "ingredients[0]: no text at 'path'");
}

/* The later of writing and removing holds; spellings differ in slashes alone. */
static void deeds_are_remembered(void **state) {
  (void)state;
  enum fray_deed_kind kind;
  char name[32];
  fray_deeds_forget();
  for (int i = 0; i < 1000; i++) {
    snprintf(name, sizeof name, "r//t/%d", i);
    fray_deed(FRAY_DEED_WROTE, name);
  }
  fray_deed(FRAY_DEED_REMOVED, "r/t/7");
  fray_deed(FRAY_DEED_FILE, "r/t/7");
  assert_true(fray_deed_has(FRAY_DEED_WROTE, "r/t/999"));
  assert_false(fray_deed_has(FRAY_DEED_WROTE, "r/t/7"));
  assert_true(fray_deed_has(FRAY_DEED_REMOVED, "r/t//7"));
  assert_true(fray_deed_has(FRAY_DEED_FILE, "r/t/7"));
  assert_string_equal(fray_deed_at(1000, &kind), "r/t/7");
  assert_null(fray_deed_at(1001, &kind));
  fray_deed_shard("a/b/shard-0.h5");
  fray_deed_shard("shard-0.h5");
  assert_true(fray_deed_has(FRAY_DEED_SHARDS, "a/b") && fray_deed_has(FRAY_DEED_SHARDS, "."));
  fray_deeds_forget();
  assert_false(fray_deed_has(FRAY_DEED_FILE, "r/t/7"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sha256_is_that_of_others),
      cmocka_unit_test(manifests_of_others_are_refused),
      cmocka_unit_test(deeds_are_remembered),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
