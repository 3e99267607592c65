/* Decoding in another process: the same values as in this one, for files of any size, one by one
 * and in lists; its end and its lies are told as faults of the file. */
#include "codec/decode.h"

#include "codec/picture/picture.h"
#include "fray/base/memory.h"
#include "fray/base/size.h"

#include <malloc.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "folder.h"
#include "ok.h"

static const char *write_bytes(const char *name, const void *data, size_t size) {
  FILE *file = fopen(in_folder(name), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  fclose(file);
  return strdup(in_folder(name));
}

/* A grey picture whose pixels are told by its number. */
static size_t put_picture(uint8_t *out, unsigned number, unsigned side) {
  const int head = sprintf((char *)out, "P5\n%u %u\n255\n", side, side);
  for (size_t i = 0; i < (size_t)side * side; i++)
    out[(size_t)head + i] = (uint8_t)(31 * i + number);
  return (size_t)head + (size_t)side * side;
}

/* 16 bits, mono, 8000 Hz. */
static size_t put_sound(uint8_t *out, unsigned number, uint32_t frames) {
  static const uint8_t head[] =
      "RIFF....WAVEfmt \20\0\0\0\1\0\1\0\100\37\0\0\200\76\0\0\2\0\20\0data";
  const uint32_t bytes = 2 * frames, whole = bytes + 36;
  memcpy(out, head, 40);
  memcpy(out + 4, &whole, 4);
  memcpy(out + 40, &bytes, 4);
  for (uint32_t i = 0; i < frames; i++) {
    const int16_t x = (int16_t)(i * 7 + number);
    memcpy(out + 44 + 2 * i, &x, 2);
  }
  return 44 + bytes;
}

/* ---- lists ---- */

enum { FILES = 150, BROKEN = 70, ABSENT = 71, LARGE = 90, GONE = 120 };

static void make_files(const char *path[FILES], bool sounds) {
  static uint8_t data[600 * 600 + 100];
  for (unsigned k = 0; k < FILES; k++) {
    char name[32];
    snprintf(name, sizeof name, "%03u", k);
    size_t size = sounds ? put_sound(data, k, k == LARGE ? 170000 : 20 + k)
                         : put_picture(data, k, k == LARGE ? 600 : 4 + k % 5);
    path[k] = write_bytes(name, data, k == BROKEN ? size / 2 : size);
  }
  free((void *)(uintptr_t)path[ABSENT]);
  path[ABSENT] = NULL;
  remove(path[GONE]);
}

static void is_picture(const struct fray_image *image, unsigned k) {
  assert_int_equal(image->height, k == LARGE ? 600 : 4 + k % 5);
  for (size_t i = 0; i < image->height * image->width; i++)
    assert_int_equal(image->x[i], (uint8_t)(31 * i + k));
}

static void is_sound(const struct fray_sound *sound, unsigned k) {
  assert_int_equal(sound->frames, k == LARGE ? 170000 : 20 + k);
  for (size_t i = 0; i < sound->frames; i++)
    assert_true(sound->x[i] == (float)(int16_t)(i * 7 + k) / 32768);
}

/* One that is asked for out of order in between, as the probe of an import does. */
static void lists_give_what_files_hold(void **state) {
  (void)state;
  for (int sounds = 0; sounds < 2; sounds++) {
    const char *path[FILES];
    struct fray_ahead *ahead = NULL;
    unsigned refused = 0;
    make_files(path, sounds);
    OK(fray_ahead_make(path, FILES, &ahead, &err));
    for (unsigned i = 0; i < FILES + 1; i++) {
      const unsigned k = i == 0 ? 5 : i - 1;
      struct fray_image image = {0};
      struct fray_sound sound = {0};
      struct fray_err err = {0};
      if (!path[k])
        continue;
      if ((sounds ? fray_sound_read_next(ahead, path[k], &sound, &err)
                  : fray_image_read_next(ahead, path[k], 1, 0, &image, &err)) != FRAY_OK) {
        assert_true(k == BROKEN || k == GONE);
        SAYS(err, path[k]);
        SAYS(err, k == GONE ? "No such file" : "truncated");
        refused++;
      } else if (sounds)
        is_sound(&sound, k);
      else
        is_picture(&image, k);
      fray_sound_free(&sound);
      fray_image_free(&image);
    }
    assert_int_equal(refused, 2);
    fray_ahead_free(ahead);
    for (unsigned k = 0; k < FILES; k++)
      free((void *)(uintptr_t)path[k]);
  }
}

/* A list that nobody takes to its end gives back its memory (leaks are looked for under valgrind
 * and sanitizers). */
static void lists_may_end_early(void **state) {
  (void)state;
  const char *path[FILES];
  struct fray_ahead *ahead = NULL;
  size_t channels = 0;
  make_files(path, false);
  OK(fray_ahead_make(path, FILES, &ahead, &err));
  for (unsigned k = 0; k < 20; k++) {
    struct fray_image image = {0};
    OK(fray_image_read_next(ahead, path[k], 1, 0, &image, &err));
    fray_image_free(&image);
  }
  fray_ahead_free(ahead);
  OK(fray_ahead_make(path, FILES, &ahead, &err));
  for (unsigned k = 0; k < BROKEN; k++)
    OK(fray_image_channels_next(ahead, path[k], &channels, &err));
  assert_int_equal(channels, 1);
  fray_ahead_free(ahead);
  for (unsigned k = 0; k < FILES; k++)
    free((void *)(uintptr_t)path[k]);
}

/* ---- sizes ---- */

/* Values of 17 MB, bytes of 17 MB, of a file and in memory: what the window does not hold
 * goes the other ways. */
static void large_files_come_through(void **state) {
  (void)state;
  enum { FRAMES = 4300000, MOST = 8500000 };
  uint8_t *data = malloc(2 * MOST + 44);
  const uint32_t frames[] = {FRAMES, MOST};
  assert_non_null(data);
  for (size_t f = 0; f < FRAY_COUNT(frames); f++) {
    const size_t size = put_sound(data, 3, frames[f]);
    const char *path = write_bytes("large.wav", data, size);
    for (int memory = 0; memory < 2; memory++) {
      struct fray_sound sound = {0};
      OK(memory ? fray_sound_decode("large", data, size, &sound, &err)
                : fray_sound_read(path, &sound, &err));
      assert_int_equal(sound.frames, frames[f]);
      for (size_t i = 0; i < sound.frames; i += 997)
        assert_true(sound.x[i] == (float)(int16_t)(i * 7 + 3) / 32768);
      fray_sound_free(&sound);
    }
    free((void *)(uintptr_t)path);
  }
  struct fray_image image = {0};
  const char *path = write_bytes("large.pgm", data, put_picture(data, 9, 4110));
  OK(fray_image_read(path, 1, 0, &image, &err));
  assert_int_equal(image.width, 4110);
  assert_int_equal(image.x[4110 * 4110 - 1], (uint8_t)(31 * (4110U * 4110 - 1) + 9));
  fray_image_free(&image);
  free((void *)(uintptr_t)path);
  free(data);
}

/* Where no process can be started the work is done here, with the same values. */
static void without_a_process_all_is_the_same(void **state) {
  struct fray_confined *child = decode_process(NULL, 0);
  fray_confined_end(child);
  child->is_here = true;
  lists_give_what_files_hold(state);
  large_files_come_through(state);
  child->is_here = false;
}

/* ---- ends and lies ---- */

/* Whoever is asked next is started anew. */
static void its_end_is_told_with_the_file(void **state) {
  (void)state;
  uint8_t data[200];
  struct fray_image image = {0};
  struct fray_err end = {0};
  struct fray_confined *child = decode_process(NULL, 0);
  const char *path = write_bytes("a.pgm", data, put_picture(data, 4, 8));
  OK(fray_codec_begin(&err));
  kill(child->pid, SIGKILL); /* any other may meet the handler of cmocka, at the start */
  assert_int_equal(fray_image_read(path, 1, 0, &image, &end), FRAY_INPUT);
  SAYS(end, path);
  SAYS(end, "the process that decodes pictures, sounds and gzip files");
  OK(fray_image_read(path, 1, 0, &image, &err));
  is_picture(&image, 4);
  fray_image_free(&image);
  free((void *)(uintptr_t)path);
}

static void refuses_sound(struct decode_found found) {
  struct fray_sound sound = {0};
  struct fray_err err = {0};
  assert_int_equal(decode_take_sound(decode_process(NULL, 0), "f", &found, &sound, &err),
                   FRAY_INPUT);
  SAYS(err, "f: its decoder gave an answer without sense");
  assert_null(sound.x);
}

static void refuses_picture(struct decode_found found, int channels) {
  struct fray_image image = {0};
  struct fray_err err = {0};
  assert_int_equal(
      decode_take_picture(decode_process(NULL, 0), "f", &found, channels, &image, &err),
      FRAY_INPUT);
  SAYS(err, "f: its decoder gave an answer without sense");
  assert_null(image.x);
}

/* A process that a file has taken over may answer anything. */
static void answers_are_not_trusted(void **state) {
  (void)state;
  OK(fray_codec_begin(&err));
  float *window = decode_process(NULL, 0)->window;
  memset(window, 0, 64);
  const struct decode_found sound = {.frames = 4, .channels = 1, .rate = 8000, .bytes = 16};
  struct decode_found f = sound;
  f.frames = (uint64_t)1 << 62;
  refuses_sound(f);
  f.frames = ((uint64_t)1 << 62) + 4; /* 16 bytes, modulo 2^64 */
  refuses_sound(f);
  f = sound, f.channels = -1;
  refuses_sound(f);
  f = sound, f.channels = 65;
  refuses_sound(f);
  f = sound, f.rate = NAN;
  refuses_sound(f);
  f = sound, f.bytes = 12;
  refuses_sound(f);
  f = sound, f.at = FRAY_CONFINED_WINDOW - 8;
  refuses_sound(f);
  f = sound, f.at = UINT64_MAX - 8;
  refuses_sound(f);
  window[2] = INFINITY;
  refuses_sound(sound);
  const struct decode_found picture = {.height = 4, .width = 4, .channels = 3, .bytes = 48};
  f = picture, f.height = 0, f.bytes = 0;
  refuses_picture(f, 3);
  f = picture, f.height = (uint64_t)1 << 63, f.bytes = 0;
  refuses_picture(f, 3);
  f = picture, f.width = 8193, f.bytes = 4ULL * 8193 * 3;
  refuses_picture(f, 3);
  f = picture, f.bytes = 47;
  refuses_picture(f, 3);
  f = picture, f.channels = 2, f.bytes = 32;
  refuses_picture(f, 0);
  refuses_picture(picture, 1);
  f = picture, f.at = FRAY_CONFINED_WINDOW;
  refuses_picture(f, 3);
}

#ifndef __SANITIZE_ADDRESS__ /* which ends a process that lacks memory */
/* One pixel on the largest screen: what unpacks it is to be had, the samples are not. */
static void what_was_taken_is_given_back(void **state) {
  (void)state;
  static const uint8_t gif[] = "GIF89a\0\40\0\40\200\0\0\0\0\0\377\377\377"
                               ",\0\0\0\0\1\0\1\0\0\2\2\104\1\0;";
  struct fray_raster raster = {.orientation = 1};
  struct fray_err err = {0};
  struct rlimit space;
  assert_int_equal(getrlimit(RLIMIT_AS, &space), 0);
  free(malloc(100000)); /* which the heap keeps, and lends from when the system gives nothing */
  const size_t before = mallinfo2().uordblks;
  const struct rlimit none = {1, space.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
  const enum fray_status status =
      fray_gif_read(gif, sizeof gif, &(struct fray_picture_wish){0}, &raster, &err);
  const size_t after = mallinfo2().uordblks;
  assert_int_equal(setrlimit(RLIMIT_AS, &space), 0);
  fray_memory_forget();
  assert_int_equal(status, FRAY_MEMORY);
  assert_null(raster.x);
  assert_int_equal(after, before);
  assert_int_equal(fray_gif_read(gif, sizeof gif, &(struct fray_picture_wish){0}, &raster, &err),
                   FRAY_OK);
  free(raster.x);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
#ifndef __SANITIZE_ADDRESS__
      cmocka_unit_test(what_was_taken_is_given_back),
#endif
      cmocka_unit_test(lists_give_what_files_hold),
      cmocka_unit_test(lists_may_end_early),
      cmocka_unit_test(large_files_come_through),
      cmocka_unit_test(without_a_process_all_is_the_same),
      cmocka_unit_test(its_end_is_told_with_the_file),
      cmocka_unit_test(answers_are_not_trusted)};
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
