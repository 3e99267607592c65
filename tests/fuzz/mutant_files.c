/* The files that mutants are made of, and their checksums. */
#include "fuzz.h"
#include "mutants.h"

#include "fray/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static struct fray_text *next(struct mutant_seeds *seeds) {
  fuzz_must(seeds->n < MUTANT_SEEDS, "there is room for a seed");
  return &seeds->v[seeds->n++];
}

static void add(struct fray_text *text, const void *data, size_t size) {
  fray_text_add(text, data, size);
}

/* Numbers of n bytes, as they stand in files of either order. */
static void put_little(struct fray_text *text, uint64_t value, int n) {
  for (int i = 0; i < n; i++)
    add(text, &(uint8_t){(uint8_t)(value >> 8 * i)}, 1);
}

static void put_big(struct fray_text *text, uint64_t value, int n) {
  for (int i = n; i-- > 0;)
    add(text, &(uint8_t){(uint8_t)(value >> 8 * i)}, 1);
}

static uint32_t big_at(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void set_big(uint8_t *p, uint32_t value) {
  for (int i = 0; i < 4; i++)
    p[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void set_little(uint8_t *p, uint32_t value) {
  for (int i = 0; i < 4; i++)
    p[i] = (uint8_t)(value >> 8 * i);
}

void mutant_fixtures(struct mutant_seeds *seeds, const char *folder, const char *ending) {
  char **name = NULL;
  size_t n = 0;
  if (fray_file_list(folder, ending, &name, &n, NULL) != FRAY_OK)
    return;
  for (size_t i = 0; i < n; i++)
    if (!strstr(name[i], "huge") && !strstr(name[i], "half-data"))
      fuzz_must(fray_file_read(name[i], MUTANT_BYTES / 4, next(seeds), NULL) == FRAY_OK,
                "a fixture can be read");
  fray_names_free(name, n);
}

/* ---- pictures ---- */

static void put_chunk(struct fray_text *png, const char *name, const struct fray_text *content) {
  const size_t at = png->size + 4;
  put_big(png, content->size, 4);
  add(png, name, 4);
  add(png, content->data, content->size);
  put_big(png, crc32(0, (const uint8_t *)png->data + at, (uInt)(png->size - at)), 4);
}

/* All filters in turn, but for a palette, whose values stay below 64. */
static void put_rows(struct fray_text *out, bool is_palette, size_t bytes, size_t height) {
  struct fray_text rows = {0};
  for (size_t y = 0; y < height; y++) {
    put_little(&rows, is_palette ? 0 : y % 5, 1);
    for (size_t x = 0; x < bytes; x++)
      put_little(&rows, (x * 7 + y * 13) % (is_palette ? 64 : 256), 1);
  }
  uLongf size = compressBound(rows.size);
  uint8_t *packed = malloc(size);
  fuzz_must(packed && compress(packed, &size, (const uint8_t *)rows.data, rows.size) == Z_OK,
            "rows can be packed");
  add(out, packed, size);
  free(packed);
  fray_text_free(&rows);
}

static void make_png(struct fray_text *png, uint8_t sort, uint8_t bits, size_t pixel) {
  enum { WIDTH = 19, HEIGHT = 23 };
  struct fray_text head = {0}, rows = {0}, colours = {0}, nothing = {0};
  add(png, "\x89PNG\r\n\x1a\n", 8);
  put_big(&head, WIDTH, 4);
  put_big(&head, HEIGHT, 4);
  put_little(&head, (uint64_t)sort << 8 | bits, 5);
  put_chunk(png, "IHDR", &head);
  for (uint64_t i = 0; sort == 3 && i < 192; i++)
    put_little(&colours, i, 1);
  if (sort == 3) {
    put_chunk(png, "PLTE", &colours);
    colours.size = 64;
    put_chunk(png, "tRNS", &colours);
  }
  put_rows(&rows, sort == 3, WIDTH * pixel, HEIGHT);
  put_chunk(png, "IDAT", &rows);
  put_chunk(png, "IEND", &nothing);
  fray_text_free(&head);
  fray_text_free(&rows);
  fray_text_free(&colours);
}

void mutant_pngs(struct mutant_seeds *seeds, const char *folder) {
  make_png(next(seeds), 0, 8, 1);
  make_png(next(seeds), 2, 8, 3);
  make_png(next(seeds), 6, 16, 8);
  make_png(next(seeds), 3, 8, 1);
  mutant_fixtures(seeds, folder, ".png");
}

void mutant_bitmaps(struct mutant_seeds *seeds, const char *folder) {
  mutant_fixtures(seeds, folder, ".bmp");
  mutant_fixtures(seeds, folder, ".pgm");
  mutant_fixtures(seeds, folder, ".ppm");
}

/* ---- values ---- */

/* sort: 1 whole numbers, 3 real ones, 6 a law of eight bits. */
static void make_wave(struct fray_text *wave, uint64_t sort, uint64_t bits, uint64_t channels) {
  enum { FRAMES = 500, RATE = 8000 };
  const uint64_t frame = channels * bits / 8, bytes = FRAMES * frame;
  add(wave, "RIFF", 4);
  put_little(wave, 36 + bytes, 4);
  add(wave, "WAVEfmt ", 8);
  put_little(wave, 16, 4);
  put_little(wave, sort | channels << 16, 4);
  put_little(wave, RATE, 4);
  put_little(wave, RATE * frame, 4);
  put_little(wave, frame | bits << 16, 4);
  add(wave, "data", 4);
  put_little(wave, bytes, 4);
  for (uint64_t i = 0; sort == 3 && i < bytes / 4; i++)
    add(wave, &(float){(float)(i % 50) / 50}, sizeof(float));
  for (uint64_t i = 0; sort != 3 && i < bytes; i++)
    put_little(wave, (i * 31 + 7) & 127, 1);
}

void mutant_waves(struct mutant_seeds *seeds, const char *folder) {
  make_wave(next(seeds), 1, 16, 1);
  make_wave(next(seeds), 1, 24, 2);
  make_wave(next(seeds), 3, 32, 1);
  make_wave(next(seeds), 6, 8, 1);
  make_wave(next(seeds), 1, 8, 1);
  mutant_fixtures(seeds, folder, ".wav");
}

static void make_array(struct fray_text *array, const char *head) {
  static const uint8_t zeros[480];
  add(array, "\x93NUMPY\1\0", 8);
  put_little(array, 118, 2);
  fray_text_printf(array, "%-117s\n", head);
  add(array, zeros, sizeof zeros);
}

void mutant_arrays(struct mutant_seeds *seeds, const char *folder) {
  (void)folder;
  make_array(next(seeds), "{'descr': '<f4', 'fortran_order': False, 'shape': (40, 3), }");
  make_array(next(seeds), "{'descr': '<f8', 'fortran_order': False, 'shape': (60,), }");
}

static void pack(struct fray_text *out, const struct fray_text *in, size_t from, size_t end) {
  z_stream z = {.next_in = (uint8_t *)in->data + from, .avail_in = (uInt)(end - from)};
  uint8_t packed[4096];
  z.next_out = packed;
  z.avail_out = sizeof packed;
  fuzz_must(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK &&
                deflate(&z, Z_FINISH) == Z_STREAM_END,
            "it can be packed");
  add(out, packed, sizeof packed - z.avail_out);
  deflateEnd(&z);
}

/* Twelve images, in one piece and in two. */
void mutant_packed(struct mutant_seeds *seeds, const char *folder) {
  (void)folder;
  struct fray_text idx = {0};
  put_big(&idx, 0x803, 4);
  put_big(&idx, 12, 4);
  put_big(&idx, 9, 4);
  put_big(&idx, 7, 4);
  for (uint64_t i = 0; i < 12 * 63; i++)
    put_little(&idx, i * 17 & 255, 1);
  pack(next(seeds), &idx, 0, idx.size);
  struct fray_text *two = next(seeds);
  pack(two, &idx, 0, 331);
  pack(two, &idx, 331, idx.size);
  fray_text_free(&idx);
}

/* ---- checksums that are right again ---- */

void mutant_mend_png(uint8_t *data, size_t size) {
  for (size_t at = 8; at + 12 <= size;) {
    const size_t bytes = big_at(data + at);
    if (bytes > size - at - 12)
      return;
    set_big(data + at + 8 + bytes, (uint32_t)crc32(0, data + at + 4, (uInt)(bytes + 4)));
    at += 12 + bytes;
  }
}

static uint32_t ogg_sum(const uint8_t *p, size_t n) {
  uint32_t sum = 0;
  for (size_t i = 0; i < n; i++) {
    sum ^= (uint32_t)p[i] << 24;
    for (int bit = 0; bit < 8; bit++)
      sum = sum & 0x80000000u ? sum << 1 ^ 0x04c11db7u : sum << 1;
  }
  return sum;
}

void mutant_mend_ogg(uint8_t *data, size_t size) {
  for (size_t at = 0; at + 27 <= size; at++) {
    if (memcmp(data + at, "OggS", 4) != 0 || at + 27 + data[at + 26] > size)
      continue;
    size_t end = at + 27 + data[at + 26];
    for (size_t k = 0; k < data[at + 26]; k++)
      end += data[at + 27 + k];
    end = end < size ? end : size;
    set_little(data + at + 22, 0);
    set_little(data + at + 22, ogg_sum(data + at, end - at));
  }
}

/* The size and the checksum behind it, of what really comes out, if anything does. */
void mutant_mend_gzip(uint8_t *data, size_t size) {
  enum { MOST = 1 << 20 };
  static uint8_t content[MOST];
  if (size < 18)
    return;
  z_stream z = {
      .next_in = data + 10, .avail_in = (uInt)(size - 10), .next_out = content, .avail_out = MOST};
  fuzz_must(inflateInit2(&z, -15) == Z_OK, "there is memory");
  const int end = inflate(&z, Z_FINISH);
  inflateEnd(&z);
  if (end != Z_STREAM_END && end != Z_BUF_ERROR)
    return;
  set_little(data + size - 8, (uint32_t)crc32(0, content, (uInt)z.total_out));
  set_little(data + size - 4, (uint32_t)z.total_out);
}
