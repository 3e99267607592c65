/* Damaged files of every kind, given to the functions that the product calls for them, with its
 * real confined children: each answer is OK, or a refusal as input that has a message with the
 * file's name; this process lives, and a child that was ended is started again. What
 * scripts/mutants does with whole commands, a hundred times as fast.
 *
 *   mutants FIXTURES N [SEED [KIND ...]]     N mutants of each kind; FIXTURES: tests/codec/fixtures
 */
#include "mutants.h"
#include "fuzz.h"
#include "fuzz_h5.h"
#include "fuzz_study.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/seal.h"
#include "fray/codec/codec.h"
#include "fray/import/import.h"
#include "import/table/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- damage ---- */

static uint64_t state;

void mutant_begin(uint64_t seed, const char *kind, uint64_t number) {
  const uint64_t words[] = {seed, fray_hash_text(kind), number};
  state = fray_hash64(words, sizeof words) | 1;
}

/* xorshift64*, as fuzz_replay.c. */
size_t mutant_draw(size_t n) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (size_t)((state * UINT64_C(2685821657736338717)) >> 33) % n;
}

static size_t cut_out(uint8_t *x, size_t size, size_t at, size_t n) {
  n = n < size - at ? n : size - at;
  memmove(x + at, x + at + n, size - at - n);
  return size - n;
}

static size_t repeat(uint8_t *x, size_t size, size_t at, size_t n, size_t times) {
  n = n < size - at ? n : size - at;
  for (; times && size + n <= MUTANT_BYTES; times--) {
    memmove(x + at + n, x + at, size - at);
    size += n;
  }
  return size;
}

/* As sizes are: of 1, 2, 4 or 8 bytes, at an even place, in either order. */
static void put_number(uint8_t *x, size_t size, size_t at) {
  static const uint64_t numbers[] = {
      0,         1,         2,          0x7f,  0x80,       0xff,       0x7fff,
      0x8000,    0xffff,    0x7fffffff, 65521, 0x80000000, 0xffffffff, (uint64_t)1 << 40,
      INT64_MAX, UINT64_MAX};
  const size_t width = (size_t)1 << mutant_draw(4);
  const uint64_t value = mutant_draw(3) ? numbers[mutant_draw(sizeof numbers / sizeof *numbers)]
                                        : mutant_draw(size + 1);
  const bool little = mutant_draw(2);
  at -= at % width;
  for (size_t i = 0; i < width && at + i < size; i++)
    x[at + i] = (uint8_t)(value >> 8 * (little ? i : width - 1 - i));
}

/* One place, mostly near the beginning, where sizes stand. */
static size_t damage(uint8_t *x, size_t size, const struct fray_text *other) {
  if (size == 0)
    return x[0] = 0, 1;
  const size_t reach = (size_t)64 << mutant_draw(12);
  const size_t at = mutant_draw(reach < size ? reach : size);
  switch (mutant_draw(9)) {
  case 0:
  case 1:
    x[at] ^= (uint8_t)(1u << mutant_draw(8));
    return size;
  case 2:
    x[at] = (uint8_t)mutant_draw(256);
    return size;
  case 3:
  case 4:
    put_number(x, size, at);
    return size;
  case 5:
    return cut_out(x, size, at, (size_t)1 << mutant_draw(10));
  case 6: {
    static const size_t times[] = {1, 1, 2, 50};
    const size_t n = (size_t)1 << mutant_draw(10);
    return repeat(x, size, at, n, times[mutant_draw(4)]);
  }
  case 7: {
    const size_t from = mutant_draw(other->size), left = other->size - from;
    size_t n = (size_t)1 << mutant_draw(8);
    n = n < left ? n : left;
    n = at + n <= MUTANT_BYTES ? n : MUTANT_BYTES - at;
    memcpy(x + at, other->data + from, n);
    return at + n > size ? at + n : size;
  }
  default:
    return mutant_draw(size);
  }
}

size_t mutant_make(const struct mutant_seeds *seeds, uint8_t *out) {
  const struct fray_text *from = &seeds->v[mutant_draw(seeds->n)];
  size_t size = from->size;
  memcpy(out, from->data, size);
  for (size_t changes = 1 + mutant_draw(4); changes; changes--)
    size = damage(out, size, &seeds->v[mutant_draw(seeds->n)]);
  return size;
}

/* ---- what is asked of an answer ---- */

static struct {
  const char *name; /* of the file, which every refusal says */
  bool refused, limited;
  unsigned long wrong;
  const char *kind;
  unsigned long number;
} now;

static void judge(enum fray_status status, const struct fray_err *err) {
  if (status == FRAY_OK)
    return;
  now.refused = true;
  now.limited |= strstr(err->text, "takes more than the") != NULL;
  if (status == FRAY_INPUT && strstr(err->text, now.name))
    return;
  now.wrong++;
  fprintf(stderr, "%s %lu: %s: %s\n", now.kind, now.number, fray_status_text(status), err->text);
}

/* ---- doors ---- */

static void look_at_picture(const char *path) {
  struct fray_image image = {0};
  struct fray_err err = {0};
  static const int channels[] = {0, 1, 3};
  size_t colours;
  judge(fray_image_channels(path, &colours, &err), &err);
  const enum fray_status status = fray_image_read(path, channels[mutant_draw(3)], 0, &image, &err);
  judge(status, &err);
  if (status == FRAY_OK)
    fray_image_free(&image);
}

static void look_at_sound(const char *path) {
  struct fray_sound sound = {0};
  struct fray_err err = {0};
  const enum fray_status status = fray_sound_read(path, &sound, &err);
  judge(status, &err);
  if (status == FRAY_OK)
    fray_sound_free(&sound);
}

static void look_at_array(const char *path) {
  struct fray_err err = {0};
  float *x = NULL;
  size_t length, width;
  bool flat;
  const enum fray_status status = fray_npy_read(path, &x, &length, &width, &flat, &err);
  judge(status, &err);
  if (status == FRAY_OK)
    free(x);
}

/* Unpacked, and read as images by the import that would write them. */
static void look_at_packed(const char *path) {
  static const char document[] =
      "name: x\nraw: .\nclasses: ['0', '1']\nmodalities: {m: {kind: image}}\ninputs:\n"
      "  - {reader: idx, images: m.gz, modality: m, id: 'i{row}', client: 'c{row}', label: "
      "\"0\"}\n";
  struct fray_err err = {0};
  (void)path;
  judge(fray_import(fuzz_file("packed.yaml", document, sizeof document - 1), "out", fuzz_path(""),
                    true, false, &err),
        &err);
}

/* Sealed, since the seal of any other file would refuse all of them. */
static void look_at_results(const char *path) {
  static size_t all;           /* of the sound one, which comes first */
  fray_seal_write(path, NULL); /* one that is too short has no room for it */
  const size_t found = fuzz_look_at_results();
  all = found > all ? found : all;
  now.refused |= found < all;
}

/* ---- kinds ---- */

static void shards(struct mutant_seeds *seeds, const char *folder) {
  (void)folder;
  fuzz_study_make();
  fuzz_must(fray_file_read(fuzz_path(FUZZ_SHARD), MUTANT_BYTES / 4, &seeds->v[seeds->n++], NULL) ==
                FRAY_OK,
            "there is a shard");
}

static void results(struct mutant_seeds *seeds, const char *folder) {
  (void)folder;
  fuzz_study_make();
  fuzz_must(fray_file_read(fuzz_path(FUZZ_STUDY "/results.h5"), MUTANT_BYTES / 4,
                           &seeds->v[seeds->n++], NULL) == FRAY_OK,
            "there are results");
}

static const struct kind {
  const char *name, *file, *folder, *ending; /* of fixtures: below FIXTURES, or made by `more` */
  void (*more)(struct mutant_seeds *seeds, const char *folder);
  void (*mend)(uint8_t *data, size_t size);
  void (*look)(const char *path);
} kinds[] = {
    {"png", "m.png", "", NULL, mutant_pngs, mutant_mend_png, look_at_picture},
    {"jpeg", "m.jpg", "", ".jpg", NULL, NULL, look_at_picture},
    {"gif", "m.gif", "/others", ".gif", NULL, NULL, look_at_picture},
    {"webp", "m.webp", "/others", ".webp", NULL, NULL, look_at_picture},
    {"tiff", "m.tif", "/others", ".tif", NULL, NULL, look_at_picture},
    {"bmp", "m.bmp", "", NULL, mutant_bitmaps, NULL, look_at_picture},
    {"wav", "m.wav", "", NULL, mutant_waves, NULL, look_at_sound},
    {"flac", "m.flac", "", ".flac", NULL, NULL, look_at_sound},
    {"ogg", "m.ogg", "", ".ogg", NULL, mutant_mend_ogg, look_at_sound},
    {"mp3", "m.mp3", "", ".mp3", NULL, NULL, look_at_sound},
    {"aiff", "m.aiff", "", ".aiff", NULL, NULL, look_at_sound},
    {"npy", "m.npy", "", NULL, mutant_arrays, NULL, look_at_array},
    {"gz", "m.gz", "", NULL, mutant_packed, mutant_mend_gzip, look_at_packed},
    {"shard", "m.h5", "", NULL, shards, NULL, fuzz_look_at_shard},
    {"results", FUZZ_COPY "/results.h5", "", NULL, results, NULL, look_at_results},
};

static void gather(const struct kind *kind, const char *fixtures, struct mutant_seeds *seeds) {
  char folder[4096];
  snprintf(folder, sizeof folder, "%s%s", fixtures, kind->folder);
  if (kind->more)
    kind->more(seeds, folder);
  else
    mutant_fixtures(seeds, folder, kind->ending);
  fuzz_must(seeds->n > 0, "a kind has seeds");
}

struct ends {
  unsigned long refused, taken, limited, ended;
};

static void look(const struct kind *kind, const void *data, size_t size, struct ends *ends) {
  const unsigned before = fuzz_children_lost();
  now.refused = now.limited = false;
  kind->look(fuzz_file(kind->file, data, size));
  *(fuzz_children_lost() != before ? &ends->ended
    : now.limited                  ? &ends->limited
    : now.refused                  ? &ends->refused
                                   : &ends->taken) += 1;
}

static bool try_all(const struct kind *kind, const char *fixtures, unsigned long n,
                    unsigned long seed) {
  struct mutant_seeds seeds = {0};
  struct ends ends = {0};
  uint8_t *x = malloc(MUTANT_BYTES);
  fuzz_must(x != NULL, "there is memory");
  gather(kind, fixtures, &seeds);
  now.kind = kind->name;
  now.name = strrchr(kind->file, '/') ? strrchr(kind->file, '/') + 1 : kind->file;
  now.wrong = now.number = 0;
  for (size_t i = 0; i < seeds.n; i++)
    look(kind, seeds.v[i].data, seeds.v[i].size, &ends);
  const bool sound = ends.taken == seeds.n;
  if (!sound)
    fprintf(stderr, "%s: %lu of %zu seeds are taken\n", kind->name, ends.taken, seeds.n);
  ends = (struct ends){0};
  const clock_t start = clock();
  for (; now.number < n; now.number++) {
    mutant_begin(seed, kind->name, now.number);
    const size_t size = mutant_make(&seeds, x);
    if (kind->mend && mutant_draw(2))
      kind->mend(x, size);
    look(kind, x, size, &ends);
  }
  fprintf(stderr, "%-8s %9lu %9lu %9lu %6lu %14lu %6lu %8.1f\n", kind->name, n, ends.refused,
          ends.taken, ends.limited, ends.ended, now.wrong,
          (double)(clock() - start) / CLOCKS_PER_SEC);
  for (size_t i = 0; i < seeds.n; i++)
    fray_text_free(&seeds.v[i]);
  free(x);
  return sound && now.wrong == 0;
}

int main(int argc, char **argv) {
  bool good = true;
  if (argc < 3)
    return fprintf(stderr, "mutants FIXTURES N [SEED [KIND ...]]\n"), 2;
  const unsigned long n = strtoul(argv[2], NULL, 10),
                      seed = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
  /* Doors that print what they found do so on the standard output. */
  fuzz_must(freopen("/dev/null", "w", stdout) != NULL, "there is /dev/null");
  fuzz_begin();
  atexit(fuzz_end);
  fuzz_judge(judge);
  fprintf(stderr, "kind       mutants   refused     taken  limit  child ended  wrong   s here\n");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    bool asked = argc < 5;
    for (int k = 4; k < argc; k++)
      asked |= strcmp(argv[k], kinds[i].name) == 0;
    if (asked)
      good &= try_all(&kinds[i], argv[1], n, seed);
  }
  return good ? 0 : 1;
}
