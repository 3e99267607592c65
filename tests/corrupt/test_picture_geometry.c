/* Light, geometry and coding of pictures against what published code makes of the same pictures
 * (tests/fixtures/corruptions/README.md), and against laws where there is none: the area of boxes,
 * a mirror in a mirror. With FRAY_FIXTURES also against the whole collection that lies there. */
#include "picture_fixture.h"

#include "corrupt/image/geometry/elastic.h"

#include "fray/base/size.h"
#include "fray/codec/coder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One call of a kind on a picture; sign: what the first number of the stream has to mean. */
static void damage(const char *kind, double strength, const double *more, int sign,
                   const void *params, struct fray_signal *x, struct fray_arena *scratch) {
  struct fray_place place = {.scratch = scratch, .more = more, .end = 1};
  struct fray_err err = {0};
  for (uint64_t draw = 0; draw < 1000; draw++) {
    place.rng = fray_rng_for(5, "test/picture", draw, 0, 0);
    struct fray_rng look = place.rng;
    if ((fray_rng_uniform(&look) < 0.5) == (sign < 0))
      break;
  }
  if (picture_ops(kind)->apply(params, strength, x, &place, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

/* Tolerances are those of the collection (checks.csv); mean, p99 and damage 0: not looked at. */
struct check {
  const char *kind, *path, *table;
  int sign;
  double max, mean, p99, damage;
  const char *mask; /* data set (severities, height, width); NULL */
};
static const struct check checks[] = {
    {"brightness", "exact/brightness/cifar32/out", "cifar32", 1, .04, 0, 0, 0, NULL},
    {"brightness", "exact/brightness/tiny64/out", "tiny64", 1, .04, 0, 0, 0, NULL},
    {"brightness", "exact/brightness/imagenet224/out", "imagenet224", 1, .04, 0, 0, 0, NULL},
    {"brightness", "exact/brightness/mnist28/out", "mnist28", 1, .04, 0, 0, 0, NULL},
    {"contrast", "exact/contrast/cifar32/out", "cifar32", 1, .04, 0, 0, 0, NULL},
    {"contrast", "exact/contrast/tiny64/out", "tiny64", 1, .04, 0, 0, 0, NULL},
    {"contrast", "exact/contrast/imagenet224/out", "imagenet224", 1, .04, 0, 0, 0, NULL},
    {"contrast", "exact/contrast/mnist28/out", "mnist28", 1, .04, 0, 0, 0, NULL},
    {"saturate", "exact/saturate/cifar32/out", "cifar32", 1, .04, 0, 0, 0, NULL},
    {"saturate", "exact/saturate/tiny64/out", "tiny64", 1, .04, 0, 0, 0, NULL},
    {"saturate", "exact/saturate/imagenet224/out", "imagenet224", 1, .04, 0, 0, 0, NULL},
    {"quantise", "exact/quantize/mnist28/out", "mnist28", 1, .05, 0, 0, 0, NULL},
    {"stripe", "exact/stripe/mnist28/out", NULL, 1, .05, 0, 0, 0, NULL},
    {"inversion", "exact/inverse/mnist28/out", NULL, 1, .05, 0, 0, 0, NULL},
    {"inversion", "exact/inversion/rgb32/out", NULL, 1, 1e-4, 0, 0, 0, NULL},
    {"inversion", "exact/inversion/rgb64/out", NULL, 1, 1e-4, 0, 0, 0, NULL},
    {"rotation", "exact/rotation/rgb32/out", "waves", 1, .05, 0, 0, 0,
     "exact/rotation/rgb32/inside"},
    {"rotation", "exact/rotation/rgb64/out", "waves", 1, .05, 0, 0, 0,
     "exact/rotation/rgb64/inside"},
    {"rotation", "exact/rotate/mnist28/out", "mnist28", 1, .05, 0, 0, 0, NULL},
    {"rotation", "exact/rotate/mnist28/out_minus", "mnist28", -1, .05, 0, 0, 0, NULL},
    {"shear", "exact/shear/mnist28/out", "mnist28", 1, .05, 0, 0, 0, NULL},
    {"shear", "exact/shear/mnist28/out_minus", "mnist28", -1, .05, 0, 0, 0, NULL},
    {"image_scale", "exact/scale/mnist28/out", "mnist28", 1, .05, 0, 0, 0, NULL},
    {"translate", "exact/translate/mnist28/out", "mnist28", 1, .05, 0, 0, 0, NULL},
    {"translate", "exact/translate/mnist28/out_minus", "mnist28", -1, .05, 0, 0, 0, NULL},
    {"resize", "exact/resize/rgb32/out", "fray", 1, 2, 0, 0, 0, NULL},
    {"resize", "exact/resize/rgb64/out", "fray", 1, 2, 0, 0, 0, NULL},
    {"pixelate", "exact/pixelate/cifar32/out", "cifar32", 1, 1.001, 0, 0, 0, NULL},
    {"pixelate", "exact/pixelate/tiny64/out", "tiny64", 1, 1.001, 0, 0, 0, NULL},
    {"pixelate", "exact/pixelate/imagenet224/out", "imagenet224", 1, 1.001, 0, 0, 0, NULL},
    {"pixelate", "exact/pixelate/mnist28/out", "mnist28", 1, 1.001, 0, 0, 0, NULL},
    {"jpeg_compression", "exact/jpeg_compression/cifar32/out", "cifar32", 1, 255, 3.5, 30, .05,
     NULL},
    {"jpeg_compression", "exact/jpeg_compression/tiny64/out", "tiny64", 1, 255, 3.5, 30, .05, NULL},
    {"jpeg_compression", "exact/jpeg_compression/imagenet224/out", "imagenet224", 1, 255, 3.5, 30,
     .05, NULL},
    {"jpeg_compression", "exact/jpeg_compression/mnist28/out", "mnist28", 1, 255, 3.5, 30, .05,
     NULL},
};

static void check_one(fray_h5 file, const struct check *c) {
  struct fray_arena arena = {0}, scratch = {0};
  const struct picture_outputs out = picture_outputs_read(file, c->path, &arena);
  const size_t area = out.height * out.width;
  uint8_t *mask = NULL;
  struct fray_err err = {0};
  if (c->mask) {
    mask = fray_arena_alloc(&arena, out.severities * area, 1);
    assert_int_equal(fray_h5_read(file, c->mask, FRAY_H5_U8, mask, out.severities * area, &err),
                     FRAY_OK);
  }
  for (size_t s = 0; s < out.severities; s++)
    for (size_t i = 0; i < out.pictures; i++) {
      const double *more = NULL;
      const double level = c->table ? picture_level(c->kind, c->table, s, &more) : 1;
      struct fray_signal input = picture_input(file, &out, i, &arena);
      struct fray_signal x = picture_input(file, &out, i, &arena);
      damage(c->kind, level, more, c->sign, NULL, &x, &scratch);
      const struct picture_distance d =
          picture_compare(&x, &input, &out, s, i, mask ? mask + s * area : NULL, &arena);
      const bool far = d.max > c->max || (c->mean > 0 && d.mean > c->mean) ||
                       (c->p99 > 0 && d.p99 > c->p99) ||
                       (c->damage > 0 && fabs(d.own_damage - d.damage) > c->damage * d.damage);
      if (far)
        fail_msg("%s, severity %zu, picture %zu: max %g, mean %g, p99 %g, damage %g against %g",
                 c->path, s + 1, i, d.max, d.mean, d.p99, d.own_damage, d.damage);
      fray_arena_reset(&scratch);
    }
  fray_arena_free(&arena);
  fray_arena_free(&scratch);
}

static void outputs_are_those_of_published_code(void **state) {
  (void)state;
  for (int whole = 0; whole < 2; whole++) {
    fray_h5 file = picture_fixtures_open("corruptions/picture_geometry.h5", whole);
    if (file < 0) {
      print_message("FRAY_FIXTURES is not set: compared with the part in tests/fixtures alone\n");
      continue;
    }
    for (size_t k = 0; k < FRAY_COUNT(checks); k++)
      if (whole || fray_h5_has(file, checks[k].path))
        check_one(file, &checks[k]);
    fray_h5_close(file, NULL);
  }
}

static float *read_floats(fray_h5 file, const char *folder, const char *name, size_t n,
                          struct fray_arena *arena) {
  char path[160];
  struct fray_err err = {0};
  float *x = fray_arena_alloc(arena, n, sizeof *x);
  assert_non_null(x);
  snprintf(path, sizeof path, "%s/%s", folder, name);
  if (fray_h5_read(file, path, FRAY_H5_F32, x, n, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return x;
}

/* Amplitude and deviation in pixels, as the collection has them for each table. */
struct elastic_check {
  const char *path;
  double amplitude[5], sigma[5];
};
static const struct elastic_check elastic_checks[] = {
    {"draws/elastic_transform/cifar32/out", {0, 1.6, 2.56, 3.2, 3.2}, {0, 6.4, 1.92, 1.28, .96}},
    {"draws/elastic_transform/tiny64/out", {0, 3.2, 6.4, 6.4, 10.24}, {0, 19.2, 5.12, 1.92, 1.92}},
    {"draws/elastic_transform/imagenet224/out",
     {488, 488, 12.2, 17.08, 29.28},
     {170.8, 19.52, 2.44, 2.44, 2.44}},
};

/* OpenCV rounds coordinates to 1/32 of a pixel, so what is steep is off by more; tolerances are
 * those of the collection. */
static void check_elastic(fray_h5 file, const struct elastic_check *c) {
  struct fray_arena arena = {0}, scratch = {0};
  const struct picture_outputs out = picture_outputs_read(file, c->path, &arena);
  const size_t area = out.height * out.width;
  const float *ux = read_floats(file, out.folder, "ux", 5 * area, &arena);
  const float *uy = read_floats(file, out.folder, "uy", 5 * area, &arena);
  const float *offset = read_floats(file, out.folder, "offset", 5 * 6, &arena);
  for (size_t s = 0; s < 5; s++)
    for (size_t i = 0; i < out.pictures; i++) {
      struct fray_elastic_draws draws = {.across = ux + s * area, .down = uy + s * area};
      struct fray_signal input = picture_input(file, &out, i, &arena);
      struct fray_signal x = picture_input(file, &out, i, &arena);
      struct fray_err err = {0};
      for (size_t k = 0; k < 6; k++)
        draws.offset[k / 2][k % 2] = (double)offset[s * 6 + k];
      assert_int_equal(fray_elastic(&x, c->amplitude[s], c->sigma[s], &draws, &scratch, &err),
                       FRAY_OK);
      const struct picture_distance d = picture_compare(&x, &input, &out, s, i, NULL, &arena);
      if (!(d.max <= 10 && d.mean <= 0.6))
        fail_msg("%s, severity %zu, picture %zu: max %g, mean %g", c->path, s + 1, i, d.max,
                 d.mean);
      fray_arena_reset(&scratch);
    }
  fray_arena_free(&arena);
  fray_arena_free(&scratch);
}

static void elastic_is_that_of_published_code(void **state) {
  (void)state;
  for (int whole = 0; whole < 2; whole++) {
    fray_h5 file = picture_fixtures_open("corruptions/picture_geometry.h5", whole);
    for (size_t k = 0; file >= 0 && k < FRAY_COUNT(elastic_checks); k++)
      if (whole || fray_h5_has(file, elastic_checks[k].path))
        check_elastic(file, &elastic_checks[k]);
    if (file >= 0)
      fray_h5_close(file, NULL);
  }
}

/* A picture of one number everywhere. */
static struct fray_signal plain(size_t height, size_t width, float value,
                                struct fray_arena *arena) {
  struct fray_signal x = {.kind = FRAY_IMAGE,
                          .length = 1,
                          .capacity = 1,
                          .channels = 3,
                          .height = height,
                          .width = width};
  x.x = fray_arena_alloc(arena, height * width * 3, sizeof *x.x);
  assert_non_null(x.x);
  for (size_t i = 0; i < height * width * 3; i++)
    x.x[i] = value;
  return x;
}

/* The box has the area that was asked for, to the rounding of its sides, all of it inside. */
static void boxes_have_their_area(void **state) {
  (void)state;
  for (size_t level = 1; level <= 20; level++) {
    struct fray_arena arena = {0}, scratch = {0};
    struct fray_signal x = plain(60, 80, 1, &arena);
    const double area = (double)level / 20;
    double black = 0;
    damage("erasing", area, NULL, level % 2 ? 1 : -1, NULL, &x, &scratch);
    for (size_t i = 0; i < 60 * 80 * 3; i++)
      black += 1 - (double)x.x[i];
    assert_true(fabs(black / (60 * 80 * 3) - area) <= 0.5 / 60 + 0.5 / 80 + 0.25 / 4800);
    fray_arena_free(&arena);
    fray_arena_free(&scratch);
  }
}

/* A crop of a ramp is a ramp again, as steep as its side is long, away from the rim. */
static void crops_enlarge(void **state) {
  (void)state;
  struct fray_arena arena = {0}, scratch = {0};
  struct fray_signal x = plain(40, 50, 0, &arena);
  for (size_t i = 0; i < 40 * 50 * 3; i++)
    x.x[i] = (float)(i / 3 % 50) / 50;
  damage("resized_crop", 0.49, NULL, 1, NULL, &x, &scratch);
  for (size_t c = 5; c < 45; c++)
    assert_true(fabs((double)x.x[(20 * 50 + c + 1) * 3] - (double)x.x[(20 * 50 + c) * 3] -
                     0.7 / 50) < 1e-5);
  fray_arena_free(&arena);
  fray_arena_free(&scratch);
}

/* Of the collection: x[:, ::-1] and x[::-1]. A mirror in a mirror shows what there was. */
static void mirrors_mirror(void **state) {
  (void)state;
  for (int axis = 0; axis < 2; axis++) {
    struct fray_arena arena = {0}, scratch = {0};
    struct fray_signal x = plain(5, 7, 0, &arena);
    for (size_t i = 0; i < 5 * 7 * 3; i++)
      x.x[i] = (float)i / 105;
    damage("flip", 1, NULL, 1, &axis, &x, &scratch); /* the key is the only member */
    for (size_t r = 0; r < 5; r++)
      for (size_t c = 0; c < 7; c++)
        for (size_t k = 0; k < 3; k++)
          assert_true(x.x[(r * 7 + c) * 3 + k] ==
                      (float)(((axis ? 4 - r : r) * 7 + (axis ? c : 6 - c)) * 3 + k) / 105);
    damage("flip", 1, NULL, 1, &axis, &x, &scratch);
    for (size_t i = 0; i < 5 * 7 * 3; i++)
      assert_true(x.x[i] == (float)i / 105);
    fray_arena_free(&arena);
    fray_arena_free(&scratch);
  }
}

/* One coder codes all pictures: what it makes of one does not depend on those before, of other
 * sizes, colours and qualities, one of them larger than the coder's own room. */
static void coders_remember_no_picture(void **state) {
  (void)state;
  enum { SIDE = 256, N = SIDE * SIDE * 3 };
  static uint8_t small[2][32 * 32 * 3], large[2][N];
  struct fray_rng rng = fray_rng_for(3, "test/jpeg", 0, 0, 0);
  struct fray_err err;
  for (size_t i = 0; i < N; i++)
    large[0][i] = large[1][i] = (uint8_t)(256 * fray_rng_uniform(&rng));
  for (size_t i = 0; i < sizeof small[0]; i++)
    small[0][i] = small[1][i] = (uint8_t)(i * i * 7 % 251);
  for (size_t k = 0; k < 2; k++) {
    assert_int_equal(fray_jpeg_code(small[k], 32, 32, 3, 58, &err), FRAY_OK);
    uint8_t grey[28 * 28] = {[100] = 200};
    assert_int_equal(fray_jpeg_code(grey, 28, 28, 1, 5, &err), FRAY_OK);
    assert_int_equal(fray_jpeg_code(large[k], SIDE, SIDE, 3, 100, &err), FRAY_OK);
  }
  assert_memory_equal(small[0], small[1], sizeof small[0]);
  assert_memory_equal(large[0], large[1], sizeof large[0]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(outputs_are_those_of_published_code),
      cmocka_unit_test(elastic_is_that_of_published_code),
      cmocka_unit_test(boxes_have_their_area),
      cmocka_unit_test(crops_enlarge),
      cmocka_unit_test(mirrors_mirror),
      cmocka_unit_test(coders_remember_no_picture),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
