/* Reads pictures as the library does and prints them: for pictures.py, which knows what they hold.
 * usage: picture_driver CHANNELS MAXIMUM FILE...
 * A line per file: "ok HEIGHT WIDTH CHANNELS NOTES COLOURS HEX" or "no STATUS MESSAGE"; COLOURS is
 * what the header alone says, 0 if that was refused. */
#include "fray/codec/codec.h"

#include <stdio.h>
#include <stdlib.h>

static void print_picture(const char *path, int channels, unsigned maximum) {
  struct fray_image image = {0};
  struct fray_err err = {0};
  size_t colours = 0;
  if (fray_image_channels(path, &colours, NULL) != FRAY_OK)
    colours = 0;
  if (fray_image_read(path, channels, maximum, &image, &err) != FRAY_OK) {
    printf("no %d %s\n", (int)err.status, err.text);
    return;
  }
  printf("ok %zu %zu %zu %u %zu ", image.height, image.width, image.channels, image.notes, colours);
  for (size_t i = 0; i < image.height * image.width * image.channels; i++)
    printf("%02x", image.x[i]);
  puts("");
  fray_image_free(&image);
}

int main(int argc, char **argv) {
  if (argc < 3)
    return 2;
  for (int i = 3; i < argc; i++)
    print_picture(argv[i], atoi(argv[1]), (unsigned)atoi(argv[2]));
  return 0;
}
