/* Sound, pictures, gzip: known values, every truncation refused, limits before decoding. */
#include "fray/codec/codec.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "ok.h"

enum { PACKED_FIRST = 28 }; /* bytes of the first member of gzip_fixture.h */

static const char *fixture(const char *name) {
  static char path[512];
  snprintf(path, sizeof path, "%s/%s", FIXTURES, name);
  return path;
}

static void write_file(const char *path, const void *data, size_t size) {
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  fclose(file);
}

static struct fray_text content(const char *name) {
  struct fray_text text = {0};
  struct fray_err err = {0};
  assert_int_equal(fray_file_read(fixture(name), 1 << 20, &text, &err), FRAY_OK);
  return text;
}

static int grey_at(int y, int x) {
  return 20 * y + 10 * x;
}

static int rgb_at(int y, int x, int c) {
  return c == 0 ? 40 * y : c == 1 ? 30 * x : 10 * (x + y);
}

static void grey_pictures(void **state) {
  (void)state;
  const char *const names[] = {"grey.png", "grey16.png", "interlaced.png", "grey.pgm"};
  for (size_t f = 0; f < FRAY_COUNT(names); f++) {
    struct fray_image image = {0};
    struct fray_err err = {0};
    if (fray_image_read(fixture(names[f]), 1, 0, &image, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    assert_int_equal(image.height, 5);
    assert_int_equal(image.width, 7);
    assert_int_equal(image.channels, 1);
    for (int i = 0; i < 35; i++)
      assert_int_equal(image.x[i], grey_at(i / 7, i % 7));
    fray_image_free(&image);
    assert_int_equal(fray_image_read(fixture(names[f]), 3, 0, &image, &err), FRAY_OK);
    for (int i = 0; i < 105; i++)
      assert_int_equal(image.x[i], grey_at(i / 21, i / 3 % 7));
    fray_image_free(&image);
  }
}

static void colour_pictures(void **state) {
  (void)state;
  const char *const names[] = {"rgb.png", "palette.png", "rgb.bmp", "rgb.ppm"};
  for (size_t f = 0; f < FRAY_COUNT(names); f++) {
    struct fray_image image = {0};
    struct fray_err err = {0};
    if (fray_image_read(fixture(names[f]), 3, 0, &image, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    for (int i = 0; i < 105; i++)
      assert_int_equal(image.x[i], rgb_at(i / 21, i / 3 % 7, i % 3));
    fray_image_free(&image);
    assert_int_equal(fray_image_read(fixture(names[f]), 1, 0, &image, &err), FRAY_OK);
    for (int i = 0; i < 35; i++) {
      int y = i / 7, x = i % 7;
      double luma = 0.299 * rgb_at(y, x, 0) + 0.587 * rgb_at(y, x, 1) + 0.114 * rgb_at(y, x, 2);
      assert_true(fabs(image.x[i] - luma) <= 1.5);
    }
    fray_image_free(&image);
  }
}

static void jpeg_pictures(void **state) {
  (void)state;
  const char *const names[] = {"flat.jpg", "progressive.jpg"};
  const int colour[] = {200, 100, 50};
  for (size_t f = 0; f < FRAY_COUNT(names); f++) {
    struct fray_image image = {0};
    struct fray_err err = {0};
    if (fray_image_read(fixture(names[f]), 3, 0, &image, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    assert_int_equal(image.height * image.width, 256);
    for (int i = 0; i < 768; i++)
      assert_true(abs(image.x[i] - colour[i % 3]) <= 3);
    fray_image_free(&image);
  }
}

static void refuse_image(const char *path, const char *part) {
  struct fray_image image = {0};
  struct fray_err err = {0};
  if (fray_image_read(path, 1, 0, &image, &err) != FRAY_INPUT)
    fail_msg("%s: not refused", path);
  assert_null(image.x);
  SAYS(err, part);
  SAYS(err, path);
  assert_null(strstr(err.text, "the process that")); /* the file was refused; nothing crashed */
}

/* Cut at any of about 100 places, no picture is accepted. */
static void every_cut_is_refused(void **state) {
  (void)state;
  const char *const names[] = {"grey.png", "interlaced.png", "rgba.png", "palette.png",
                               "rgb.bmp",  "grey.pgm",       "flat.jpg", "progressive.jpg"};
  for (size_t f = 0; f < FRAY_COUNT(names); f++) {
    struct fray_text text = content(names[f]);
    for (size_t n = 0; n < text.size; n += 1 + text.size / 100) {
      write_file(in_folder("cut"), text.data, n);
      refuse_image(in_folder("cut"), "");
    }
    fray_text_free(&text);
  }
}

/* One flipped byte anywhere in a PNG breaks a checksum or the structure. */
static void every_flip_in_a_png_is_refused(void **state) {
  (void)state;
  struct fray_text text = content("grey.png");
  for (size_t i = 0; i < text.size; i++) {
    text.data[i] ^= 0x40;
    write_file(in_folder("flip"), text.data, text.size);
    refuse_image(in_folder("flip"), "");
    text.data[i] ^= 0x40;
  }
  fray_text_free(&text);
}

static void bad_pictures_are_refused(void **state) {
  (void)state;
  refuse_image(fixture("half-data.png"), "damaged PNG: Not enough image data");
  refuse_image(fixture("huge.png"), "");
  refuse_image(fixture("tone.wav"), "not a PNG, JPEG, BMP, GIF, PBM, PGM or PPM");
  refuse_image(fixture("no-such.png"), "No such file");
  refuse_image(folder, "not a regular file");
  static const char gif[] = "GIF89a\1\0\1\0\0\0\0;        ";
  write_file(in_folder("picture.png"), gif, sizeof gif);
  refuse_image(in_folder("picture.png"), "the GIF file holds no picture");
  write_file(in_folder("wide.pgm"), "P5\n9000 1\n255\n", 14);
  refuse_image(in_folder("wide.pgm"), "the limit is 8192 x 8192");
}

static struct fray_image resized(const uint8_t *x, size_t h, size_t w, size_t c, size_t to_h,
                                 size_t to_w) {
  struct fray_image in = {.x = malloc(h * w * c), .height = h, .width = w, .channels = c},
                    out = {0};
  struct fray_err err = {0};
  memcpy(in.x, x, h * w * c);
  assert_int_equal(fray_image_resize(&in, to_h, to_w, &out, &err), FRAY_OK);
  assert_int_equal(out.height, to_h);
  assert_int_equal(out.width, to_w);
  fray_image_free(&in);
  return out;
}

static void resizing(void **state) {
  (void)state;
  uint8_t blocks[8 * 12], ramp[3] = {0, 100, 200}, colour[12];
  for (int i = 0; i < 96; i++) /* 2 x 2 blocks with values of mean 50, 60, 70, ... */
    blocks[i] = (uint8_t)(50 + 10 * (i % 12 / 2) + (i % 2 ? 20 : -20) + (i / 12 % 2 ? 4 : -4));
  struct fray_image half = resized(blocks, 8, 12, 1, 4, 6);
  for (int i = 0; i < 24; i++)
    assert_true(abs(half.x[i] - (50 + 10 * (i % 6))) <= 1);
  fray_image_free(&half);
  struct fray_image wide = resized(ramp, 1, 3, 1, 1, 9); /* straight between the pixel centres */
  for (int i = 1; i < 8; i++)
    assert_true(abs(wide.x[i] - (i - 1) * 200 / 6) <= 1);
  fray_image_free(&wide);
  for (int i = 0; i < 12; i++)
    colour[i] = (uint8_t)(50 * (i % 3 + 1));
  struct fray_image flat = resized(colour, 2, 2, 3, 5, 1);
  for (int i = 0; i < 15; i++)
    assert_int_equal(flat.x[i], 50 * (i % 3 + 1));
  fray_image_free(&flat);
  struct fray_image same = resized(blocks, 8, 12, 1, 8, 12);
  assert_memory_equal(same.x, blocks, sizeof blocks);
  struct fray_image none = {0};
  struct fray_err err = {0};
  assert_int_equal(fray_image_resize(&same, 0, 5, &none, &err), FRAY_INPUT);
  fray_image_free(&same);
}

static void sounds(void **state) {
  (void)state;
  const struct {
    const char *name;
    double tolerance;
    long delay; /* mp3 begins with the encoder's silence, unless the decoder knows to drop it */
  } cases[] = {{"tone.wav", 7e-5, 0},
               {"tone.flac", 7e-5, 0},
               {"tone.aiff", 7e-5, 0},
               {"tone.ogg", 0.02, 0},
               {"tone.mp3", 0.05, 0}};
  for (size_t f = 0; f < FRAY_COUNT(cases); f++) {
    struct fray_sound sound = {0};
    struct fray_err err = {0};
    if (fray_sound_read(fixture(cases[f].name), &sound, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    assert_int_equal(sound.channels, 2);
    assert_true(sound.rate == 16000);
    assert_int_equal(sound.frames, 4000);
    for (long i = 200; i < 3800; i++) {
      double left = 0.5 * sin(2 * M_PI * 500 * (double)i / 16000);
      if (!(fabs(sound.x[2 * i] - left) < cases[f].tolerance) ||
          !(fabs(sound.x[2 * i + 1] - left / 2) < cases[f].tolerance))
        fail_msg("%s: frame %ld: %g %g, expected %g", cases[f].name, i, (double)sound.x[2 * i],
                 (double)sound.x[2 * i + 1], left);
    }
    fray_sound_free(&sound);
  }
}

static void refuse_sound(const char *path, const char *part) {
  struct fray_sound sound = {0};
  struct fray_err err = {0};
  if (fray_sound_read(path, &sound, &err) != FRAY_INPUT)
    fail_msg("%s: not refused", path);
  assert_null(sound.x);
  SAYS(err, part);
  SAYS(err, path);
  assert_null(strstr(err.text, "the process that")); /* the file was refused; nothing crashed */
}

static void cut_sounds_are_refused(void **state) {
  (void)state;
  const char *const names[] = {"tone.wav", "tone.flac", "tone.ogg", "tone.aiff"};
  for (size_t f = 0; f < FRAY_COUNT(names); f++) {
    struct fray_text text = content(names[f]);
    for (size_t n = 0; n + 2 < text.size; n += 1 + text.size / 97) {
      write_file(in_folder("cut"), text.data, n);
      refuse_sound(in_folder("cut"), "");
    }
    fray_text_free(&text);
  }
}

static void put32(uint8_t *p, uint32_t v) {
  for (int i = 0; i < 4; i++)
    p[i] = (uint8_t)(v >> 8 * i);
}

/* A mono float WAV of n samples. */
static void write_wav(const char *path, uint32_t rate, const float *x, uint32_t n) {
  uint8_t head[44] = "RIFF....WAVEfmt \20\0\0\0\3\0\1\0........\4\0\40\0data";
  put32(head + 4, 36 + 4 * n);
  put32(head + 24, rate);
  put32(head + 28, rate * 4);
  put32(head + 40, 4 * n);
  struct fray_text text = {0};
  fray_text_add(&text, (char *)head, sizeof head);
  fray_text_add(&text, (const char *)x, 4 * n);
  write_file(path, text.data, text.size);
  fray_text_free(&text);
}

static void bad_sounds_are_refused(void **state) {
  (void)state;
  float x[] = {0.5f, NAN, 0.25f};
  write_wav(in_folder("nan.wav"), 8000, x, 3);
  refuse_sound(in_folder("nan.wav"), "not finite");
  write_wav(in_folder("none.wav"), 8000, x, 0);
  refuse_sound(in_folder("none.wav"), "zero frames");
  write_wav(in_folder("fast.wav"), 2000000, x, 1);
  refuse_sound(in_folder("fast.wav"), "[1, 1e6]");
  float *hour = calloc(1801, sizeof *hour);
  write_wav(in_folder("long.wav"), 1, hour, 1801);
  refuse_sound(in_folder("long.wav"), "longer than 1800 s");
  write_wav(in_folder("enough.wav"), 1, hour, 1800);
  free(hour);
  struct fray_sound sound = {0};
  struct fray_err err = {0};
  assert_int_equal(fray_sound_read(in_folder("enough.wav"), &sound, &err), FRAY_OK);
  fray_sound_free(&sound);
  refuse_sound(fixture("grey.png"), "not a readable sound file");
  refuse_sound(fixture("no-such.wav"), "No such file");
}

/* gzip of "fray " 20 times and of "!": two members, made by Python's gzip module, mtime 0. */
static const uint8_t packed[] = {
#include "gzip_fixture.h"
};

static void gzip_members_are_joined(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  const uint8_t *data = NULL;
  size_t size = 0;
  write_file(in_folder("a.gz"), packed, sizeof packed);
  OK(fray_gzip_read(in_folder("a.gz"), 1000, &arena, &data, &size, &err));
  assert_int_equal(size, 101);
  for (size_t i = 0; i < 100; i++)
    assert_int_equal(data[i], "fray "[i % 5]);
  assert_int_equal(data[100], '!');
  /* Their beginning alone, of one member and over the end of one. */
  OK(fray_gzip_begin(in_folder("a.gz"), 7, &arena, &data, &size, &err));
  assert_int_equal(size, 7);
  assert_memory_equal(data, "fray fr", 7);
  OK(fray_gzip_begin(in_folder("a.gz"), 101, &arena, &data, &size, &err));
  assert_int_equal(size, 101);
  OK(fray_gzip_begin(in_folder("a.gz"), 300, &arena, &data, &size, &err));
  assert_int_equal(size, 101);
  write_file(in_folder("plain"), "fray", 4);
  OK(fray_gzip_read(in_folder("plain"), 1000, &arena, &data, &size, &err));
  assert_int_equal(size, 4);
  assert_memory_equal(data, "fray", 4);
  OK(fray_gzip_begin(in_folder("plain"), 4, &arena, &data, &size, &err));
  assert_int_equal(size, 0);
  fray_arena_free(&arena);
}

static void refuse_gzip(const char *path, size_t limit, const char *part) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  const uint8_t *data = NULL;
  size_t size = 0;
  assert_int_equal(fray_gzip_read(path, limit, &arena, &data, &size, &err), FRAY_INPUT);
  assert_null(data);
  SAYS(err, part);
  SAYS(err, path);
  fray_arena_free(&arena);
}

static void bad_gzip_is_refused(void **state) {
  (void)state;
  for (size_t n = 2; n < sizeof packed; n++) {
    if (n == PACKED_FIRST)
      continue; /* the first member alone is whole */
    write_file(in_folder("cut.gz"), packed, n);
    refuse_gzip(in_folder("cut.gz"), 1000, "gzip");
  }
  write_file(in_folder("a.gz"), packed, sizeof packed);
  refuse_gzip(in_folder("a.gz"), 100, "more than 100 bytes");
  uint8_t wrong[sizeof packed];
  memcpy(wrong, packed, sizeof wrong);
  wrong[PACKED_FIRST - 8] ^= 1; /* checksum of the first member */
  write_file(in_folder("wrong.gz"), wrong, sizeof wrong);
  refuse_gzip(in_folder("wrong.gz"), 1000, "damaged");
}

static void library_has_a_version(void **state) {
  (void)state;
  assert_non_null(strstr(fray_sound_library(), "sndfile"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(grey_pictures),
      cmocka_unit_test(colour_pictures),
      cmocka_unit_test(jpeg_pictures),
      cmocka_unit_test(every_cut_is_refused),
      cmocka_unit_test(every_flip_in_a_png_is_refused),
      cmocka_unit_test(bad_pictures_are_refused),
      cmocka_unit_test(resizing),
      cmocka_unit_test(sounds),
      cmocka_unit_test(cut_sounds_are_refused),
      cmocka_unit_test(bad_sounds_are_refused),
      cmocka_unit_test(gzip_members_are_joined),
      cmocka_unit_test(bad_gzip_is_refused),
      cmocka_unit_test(library_has_a_version),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
