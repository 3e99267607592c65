/* The numeric environment: its parts, what differs in words, and how provenance.json keeps it. */
#include "fray/results/folder.h"
#include "scratch.h"
#include "study/run/this_environment.h"
#include "study/trial/trial_work.h"

#include "fray/base/file.h"

#include <fenv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[64], path[96];

static int set_up(void **state) {
  (void)state;
  scratch(folder, "fray-environment-XXXXXX");
  if (!mkdtemp(folder))
    return -1;
  snprintf(path, sizeof path, "%s/provenance.json", folder);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  return fray_remove_tree(folder, NULL) == FRAY_OK ? 0 : -1;
}

static void put(const char *text) {
  struct fray_err err = {0};
  assert_int_equal(fray_file_write(path, text, strlen(text), &err), FRAY_OK);
}

/* provenance.json of what this process would write for these environments and itself. */
static void put_with_here(const struct fray_environment *list, size_t n) {
  struct fray_text out = {0};
  fray_text_puts(&out, "{\n");
  fray_environments_put(&out, list, n, fray_this_environment(NULL));
  fray_text_puts(&out, "  \"data\": \"d\"\n}\n");
  assert_false(out.failed);
  put(out.data);
  fray_text_free(&out);
}

static fray_json *provenance(void) {
  fray_json *root = NULL;
  struct fray_err err = {0};
  if (fray_json_read(path, 1 << 20, &root, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return root;
}

static void the_same_process_goes_on(void **state) {
  (void)state;
  struct fray_err err = {0};
  assert_int_equal(fray_folder_environment(folder, fray_this_environment(NULL), false, &err),
                   FRAY_OK); /* none */
  put_with_here(NULL, 0);
  assert_int_equal(fray_folder_environment(folder, fray_this_environment(NULL), false, &err),
                   FRAY_OK);
  fray_json *root = provenance();
  const fray_json *parts = fray_json_get(root, "numeric_environment_parts");
  static const char *const names[] = {"code", "blas",    "kernel",  "products", "libm",
                                      "fft",  "vectors", "unicode", "coders"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    assert_true(strlen(fray_json_text(fray_json_get(parts, names[i]))) > 0);
  assert_string_equal(fray_json_text(fray_json_get(parts, "code")), fray_numeric_code);
  assert_null(fray_json_get(root, "mixed"));
  fray_json_free(root);
}

/* What another machine would have written: one part is another. */
static void changed(const char *part, const char *value) {
  put_with_here(NULL, 0);
  struct fray_text text = {0}, out = {0};
  assert_int_equal(fray_file_read(path, 1 << 20, &text, NULL), FRAY_OK);
  char key[64];
  snprintf(key, sizeof key, "\"%s\": \"", part);
  char *at = strstr(strstr(text.data, "_parts"), key), *hash = strstr(text.data, "_hash\": \"");
  assert_true(at && hash);
  hash[strlen("_hash\": \"")] ^= 1; /* hash and text differ as well; nobody takes them apart */
  at += strlen(key);
  fray_text_printf(&out, "%.*s%s%s", (int)(at - text.data), text.data, value, strchr(at, '"'));
  put(out.data);
  fray_text_free(&text);
  fray_text_free(&out);
}

static void refused(const char *part) {
  struct fray_err err = {0};
  assert_int_equal(fray_folder_environment(folder, fray_this_environment(NULL), false, &err),
                   FRAY_INPUT);
  if (!strstr(err.text, part) || !strstr(err.text, "--environment mixed") ||
      !strstr(err.text, "numeric environment"))
    fail_msg("'%s' is not in: %s", part, err.text);
  assert_int_equal(fray_folder_environment(folder, fray_this_environment(NULL), true, &err),
                   FRAY_OK);
}

static void what_differs_is_said_and_nothing_else(void **state) {
  (void)state;
  changed("kernel", "Vax");
  refused(": OpenBLAS kernel (Vax; here ");
  changed("code", "0123");
  refused("environment: numeric code of the program; go on");
  changed("fft", "0123");
  refused("environment: results of the FFT (KissFFT); go on");
  changed("coders", "0123");
  refused("environment: results of the coders of sound and pictures; go on");
  changed("libm", "9.9 0123");
  refused("environment: C library's functions (9.9 0123; here ");
}

static void an_older_program_noted_no_parts(void **state) {
  (void)state;
  put("{\"numeric_environment\": \"fray 0.1.0 0123; OpenBLAS\", "
      "\"numeric_environment_hash\": \"00112233445566aa\"}");
  refused("of an older program, which did not note its parts (fray 0.1.0 0123);");
  put("{}");
  refused("an older program");
}

static void several_are_kept_and_each_once(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_environment *list = NULL;
  size_t n = 0;
  struct fray_err err = {0};
  put("{\"numeric_environment\": \"old\", \"numeric_environment_hash\": \"00112233445566aa\"}");
  for (int i = 0; i < 3; i++) { /* gone on with three times */
    fray_json *root = provenance();
    list = NULL;
    n = 0;
    assert_int_equal(fray_environments_add(root, folder, &arena, &list, &n, &err), FRAY_OK);
    assert_int_equal(n, i ? 2 : 1);
    put_with_here(list, n);
    fray_json_free(root);
  }
  fray_json *root = provenance();
  bool mixed = false;
  assert_true(fray_json_bool(fray_json_get(root, "mixed"), &mixed) && mixed);
  const fray_json *hash = fray_json_get(root, "numeric_environment_hash");
  const fray_json *parts = fray_json_get(root, "numeric_environment_parts");
  assert_int_equal(fray_json_size(hash), 2);
  assert_string_equal(fray_json_text(fray_json_at(hash, 0)), "00112233445566aa");
  assert_string_equal(fray_json_text(fray_json_at(fray_json_get(root, "numeric_environment"), 0)),
                      "old");
  assert_int_equal(fray_json_size(parts), 2);
  assert_false(fray_json_is_object(fray_json_at(parts, 0)));
  assert_true(fray_json_is_object(fray_json_at(parts, 1)));
  refused("made in 2 numeric environments");
  fray_json_free(root);
  fray_arena_free(&arena);
}

/* The questions have one answer each, and another one where rounding is another. */
static void probes_see_how_it_is_rounded(void **state) {
  (void)state;
  uint64_t products[3], spectrum[3], functions[3];
  for (int i = 0; i < 3; i++) {
    fesetround(i == 2 ? FE_UPWARD : FE_TONEAREST);
    assert_int_equal(fray_probe_products(&products[i], NULL), FRAY_OK);
    assert_int_equal(fray_probe_spectrum(&spectrum[i], NULL), FRAY_OK);
    assert_int_equal(fray_probe_functions(&functions[i], NULL), FRAY_OK);
  }
  fesetround(FE_TONEAREST);
  assert_true(products[0] == products[1] && products[0] != products[2]);
  assert_true(spectrum[0] == spectrum[1] && spectrum[0] != spectrum[2]);
  assert_true(functions[0] == functions[1]);
}

static bool alike(const char *before, const char *now, bool mixed) {
  struct fray_text a = {0}, b = {0};
  fray_text_puts(&a, before);
  fray_text_puts(&b, now);
  const bool same = fray_scores_alike(&a, &b, mixed);
  fray_text_free(&a);
  fray_text_free(&b);
  return same;
}

/* Another environment may move a sample over an edge; other data move more than one. */
static void kept_models_score_alike(void **state) {
  (void)state;
  static const char was[] = "0.75,1.25,nan,ok\n0.5,,2\n";
  for (int mixed = 0; mixed < 2; mixed++) {
    assert_true(alike(was, was, mixed));
    assert_false(alike(was, "0.85,1.25,nan,ok\n0.5,,2\n", mixed));
    assert_false(alike(was, "0.75,1.25,nan,diverged\n0.5,,2\n", mixed));
    assert_false(alike(was, "0.75,1.25,nan,ok\n0.5,,2\n0.5,,2\n", mixed));
    assert_false(alike(was, "0.75,1.25,0.5,ok\n0.5,,2\n", mixed));
  }
  assert_true(alike(was, "0.76,1.2500001,nan,ok\n0.5,,2\n", true));
  assert_false(alike(was, "0.76,1.2500001,nan,ok\n0.5,,2\n", false));
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(the_same_process_goes_on),        TEST(what_differs_is_said_and_nothing_else),
      TEST(an_older_program_noted_no_parts), TEST(several_are_kept_and_each_once),
      TEST(kept_models_score_alike),         TEST(probes_see_how_it_is_rounded)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
