/* Normal numbers in bulk are those of the generator one by one, to the byte, whatever is made of
 * them and wherever in its block a stream stands; and numbers filled in are those of single calls.
 */
#include "corrupt/scope/normals.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY = 200003, TIMES = 8 };

static float plain(double z, size_t i, const void *with) {
  (void)i;
  (void)with;
  return (float)z;
}
static float sum(double z, size_t i, const void *with) {
  return (float)fmin(fmax((double)((const float *)with)[i] + 0.3 * z, 0), 1);
}
static float product(double z, size_t i, const void *with) {
  return (float)((double)((const float *)with)[i] * (1 - 0.5 * z));
}

/* In place of what it is made from too: a picture is damaged where it lies. */
static void they_are_the_generators(void **state) {
  (void)state;
  static const fray_normals_use uses[] = {plain, sum, product};
  float *x = malloc(MANY * sizeof *x), *out = malloc(MANY * sizeof *out);
  assert_true(x && out);
  for (unsigned t = 0; t < TIMES; t++)
    for (size_t u = 0; u < 3; u++) {
      struct fray_rng bulk = fray_rng_for(t, "test/normals", u, 0, 0);
      for (unsigned k = 0; k < t % 4; k++)
        fray_rng_u64(&bulk);
      struct fray_rng single = bulk;
      for (size_t i = 0; i < MANY; i++)
        out[i] = x[i] = (float)(i % 256) / 255.0f;
      if (u == 0)
        fray_normals_draw(&bulk, MANY, out);
      else
        fray_normals_each(&bulk, MANY, uses[u], out, out);
      for (size_t i = 0; i < MANY; i++) {
        const float right = uses[u](fray_rng_normal(&single), i, x);
        if (memcmp(&right, &out[i], sizeof right) != 0)
          fail_msg("stream %u, use %zu, number %zu: %.9g, one by one %.9g", t, u, i, (double)out[i],
                   (double)right);
      }
      assert_true(fray_rng_u64(&bulk) == fray_rng_u64(&single));
    }
  free(x);
  free(out);
}

/* The bound that all rests on, with room: and at the ends of what a stream can give. */
static void they_are_near_enough(void **state) {
  (void)state;
  static const uint64_t ends[] = {0,
                                  1,
                                  1u << 11,
                                  UINT64_MAX,
                                  UINT64_MAX << 11,
                                  UINT64_C(1) << 63,
                                  (UINT64_C(1) << 63) - 1,
                                  UINT64_C(1) << 62,
                                  UINT64_C(3) << 62,
                                  UINT64_C(0x4afb0ccc06219b7c)};
  enum { ENDS = sizeof ends / sizeof *ends };
  struct fray_normals block;
  struct fray_rng rng = fray_rng_for(1, "test/normals", 9, 0, 0);
  double farthest = 0;
  for (size_t k = 0; k < MANY; k += FRAY_NORMALS) {
    fray_normals_next(&block, &rng, FRAY_NORMALS);
    for (size_t i = 0; i < FRAY_NORMALS; i++)
      farthest = fmax(farthest, fabs(block.z[i] - fray_normals_exact(&block, i)));
  }
  for (size_t a = 0; a < ENDS; a++)
    for (size_t b = 0; b < ENDS; b++) {
      struct fray_rng at = {.block = {0, 0, ends[a], ends[b]}, .left = 2};
      fray_normals_next(&block, &at, 1);
      farthest = fmax(farthest, fabs(block.z[0] - fray_normals_exact(&block, 0)));
    }
  print_message("farthest from libm: %g\n", farthest);
  assert_true(farthest < FRAY_NORMALS_NEAR / 4);
}

static void filled_numbers_are_single_ones(void **state) {
  (void)state;
  uint64_t out[40];
  for (size_t before = 0; before < 5; before++)
    for (size_t n = 0; n < 40; n++) {
      struct fray_rng a = fray_rng_for(1, "test/normals", before, n, 0);
      for (size_t i = 0; i < before; i++)
        fray_rng_u64(&a);
      struct fray_rng b = a;
      fray_rng_fill(&a, n, out);
      for (size_t i = 0; i < n; i++)
        assert_true(out[i] == fray_rng_u64(&b));
      assert_true(fray_rng_u64(&a) == fray_rng_u64(&b));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(they_are_the_generators),
      cmocka_unit_test(they_are_near_enough),
      cmocka_unit_test(filled_numbers_are_single_ones),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
