/* Files of values: numbers as text, NumPy arrays, sounds, pictures. */
#include "fuzz.h"

#include "codec/decode.h"
#include "import/table/npy.h"
#include "import/table/number_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers that were taken are numbers. */
static void must_be_finite(const float *x, size_t n) {
  for (size_t i = 0; i < n; i++)
    fuzz_must(isfinite(x[i]), "values that were read are finite");
}

void fuzz_matrix(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  float *x;
  size_t rows, columns;
  const enum fray_status status =
      fray_matrix_read(fuzz_file("x.txt", data, size), &arena, &x, &rows, &columns, &err);
  fuzz_answered(status, &err);
  if (status == FRAY_OK)
    must_be_finite(x, rows * columns);
  fray_arena_free(&arena);
}

void fuzz_column(const uint8_t *data, size_t size) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  const char **text;
  size_t n;
  const enum fray_status status =
      fray_column_read(fuzz_file("y.txt", data, size), &arena, &text, &n, &err);
  fuzz_answered(status, &err);
  for (size_t i = 0; status == FRAY_OK && i < n; i++) {
    double value;
    fuzz_must(fray_number_parse(text[i], &value), "a number in its shortest form is a number");
  }
  fray_arena_free(&arena);
}

void fuzz_npy(const uint8_t *data, size_t size) {
  struct fray_err err = {0};
  float *x = NULL;
  size_t length, width;
  bool flat;
  const char *path = fuzz_file("x.npy", data, size);
  const enum numpy look = fray_npy_look(path);
  const enum fray_status status = fray_npy_read(path, &x, &length, &width, &flat, &err);
  fuzz_answered(status, &err);
  fuzz_must(status != FRAY_OK || look == NUMPY_ARRAY, "what is read looked like an array");
  if (status == FRAY_OK) {
    must_be_finite(x, length * width);
    free(x);
  }
}

void fuzz_sound(const uint8_t *data, size_t size) {
  struct fray_sound sound = {0};
  struct fray_err err = {0};
  const struct codec_bytes file = {.data = data, .size = size};
  const enum fray_status status = sound_here(&file, &sound, &err);
  fuzz_answered(status, &err);
  if (status != FRAY_OK)
    return;
  fuzz_must(sound.frames > 0 && sound.channels > 0, "a sound has values");
  fuzz_must(sound.rate >= 1 && sound.rate <= 1e6, "a sound has a rate");
  must_be_finite(sound.x, sound.frames * (size_t)sound.channels);
  fray_sound_free(&sound);
}

/* The first byte says what is asked for: grey, colours, as it is, or 16 bits of another maximum. */
void fuzz_image(const uint8_t *data, size_t size) {
  const uint8_t how = size ? data[0] : 0;
  const struct codec_bytes file = {.data = data + (size ? 1 : 0), .size = size ? size - 1 : 0};
  static const int channels[] = {1, 3, 0, 3};
  struct fray_image image = {0};
  struct fray_err err = {0};
  size_t colours = 0;
  fuzz_answered(image_here_channels(&file, &colours, &err), &err);
  const enum fray_status status =
      image_here(&file, channels[how & 3], how & 4 ? 4095 : 0, &image, &err);
  fuzz_answered(status, &err);
  if (status != FRAY_OK)
    return;
  unsigned sum = 0;
  for (size_t i = 0; i < image.height * image.width * image.channels; i++)
    sum += image.x[i];
  fuzz_must(sum <= 255 * image.height * image.width * image.channels, "pixels are bytes");
  fray_image_free(&image);
}
