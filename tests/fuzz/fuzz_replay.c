/* The same targets without libFuzzer: the corpus of each, then so many mutations of it, drawn from
 * a fixed seed, so that every run does the same; of slow targets a twentieth of them.
 *
 *   fuzz_replay CORPUS MUTATIONS [TARGET ...]     CORPUS: a folder with one folder a target
 *   fuzz_replay --list                            names of the targets, bytes of their inputs,
 * programs that have them With FRAY_FUZZ_SAY set, each answer is told: what became of the seeds is
 * so seen. */
#include "fuzz.h"

#include "fray/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct seeds {
  struct fray_text *v;
  size_t n;
};

static const char *said; /* what runs, for who looks at a crash */
static uint64_t state;

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled".
 */
static size_t draw(size_t n) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (size_t)((state * UINT64_C(2685821657736338717)) >> 33) % n;
}

/* A few changes of the sorts that find most: bits, bytes at the edges of their range, what is cut,
 * repeated, or brought over from another seed. Returns the new size, at most `most`. */
static size_t mutate(uint8_t *x, size_t size, size_t most, const struct fray_text *other) {
  static const uint8_t edges[] = {0,   1,   0x7f, 0x80, 0xff, ' ', '\n', '"',
                                  ',', ':', '-',  '0',  '9',  '{', '['};
  for (size_t changes = 1 + draw(4); changes; changes--) {
    const size_t at = size ? draw(size) : 0, left = size - at;
    switch (draw(6)) {
    case 0:
      if (size)
        x[at] ^= (uint8_t)(1u << draw(8));
      break;
    case 1:
      if (size)
        x[at] = edges[draw(sizeof edges)];
      break;
    case 2:
      size = draw(8) == 0 ? at : size;
      break;
    case 3: { /* taken out */
      const size_t n = left ? 1 + draw(left < 16 ? left : 16) : 0;
      memmove(x + at, x + at + n, left - n);
      size -= n;
      break;
    }
    case 4: { /* repeated */
      const size_t n = left ? 1 + draw(left < 32 ? left : 32) : 0;
      if (size + n <= most) {
        memmove(x + at + n, x + at, left);
        size += n;
      }
      break;
    }
    default: { /* from another seed */
      const size_t from = other->size ? draw(other->size) : 0, there = other->size - from;
      size_t n = there ? 1 + draw(there < 64 ? there : 64) : 0;
      n = at + n <= most ? n : most - at;
      if (n)
        memcpy(x + at, other->data + from, n);
      size = at + n > size ? at + n : size;
    }
    }
  }
  return size;
}

static struct seeds read_seeds(const char *folder) {
  char **name = NULL;
  size_t n = 0;
  struct seeds out = {0};
  if (fray_file_list(folder, "", &name, &n, NULL) != FRAY_OK)
    return out;
  out.v = calloc(n, sizeof *out.v);
  for (size_t i = 0; out.v && i < n; i++)
    if (fray_file_read(name[i], 1 << 20, &out.v[out.n], NULL) == FRAY_OK)
      out.n++;
  fray_names_free(name, n);
  return out;
}

/* In a block of just its size, so that a sanitizer sees who reads beyond it. */
static void run(const struct fuzz_target *target, const void *data, size_t size) {
  uint8_t *exact = malloc(size ? size : 1);
  fuzz_must(exact != NULL, "there is memory");
  if (size)
    memcpy(exact, data, size);
  target->run(exact, size);
  free(exact);
}

static bool replay(const struct fuzz_target *target, const char *corpus, size_t mutations) {
  char folder[4096];
  snprintf(folder, sizeof folder, "%s/%s", corpus, target->name);
  struct seeds seeds = read_seeds(folder);
  uint8_t *x = malloc(target->most + 1);
  fuzz_must(x != NULL, "there is memory");
  said = target->name;
  mutations = target->pace == SLOW ? mutations / 20 : mutations;
  run(target, "", 0);
  for (size_t i = 0; i < seeds.n; i++)
    run(target, seeds.v[i].data, seeds.v[i].size);
  state = UINT64_C(0x9e3779b97f4a7c15);
  for (size_t i = 0; seeds.n && i < mutations; i++) {
    const struct fray_text *from = &seeds.v[draw(seeds.n)];
    const size_t size = from->size < target->most ? from->size : target->most;
    if (size)
      memcpy(x, from->data, size);
    run(target, x, mutate(x, size, target->most, &seeds.v[draw(seeds.n)]));
  }
  fprintf(stderr, "%-16s %3zu seeds, %zu mutations\n", target->name, seeds.n,
          seeds.n ? mutations : 0);
  for (size_t i = 0; i < seeds.n; i++)
    fray_text_free(&seeds.v[i]);
  free(seeds.v);
  free(x);
  if (!seeds.n)
    fprintf(stderr, "%s: no seeds\n", folder);
  return seeds.n > 0;
}

/* The sanitizer's own report does not know of targets. */
static void tell(void) {
  if (said)
    fprintf(stderr, "while the target was %s\n", said);
}

int main(int argc, char **argv) {
  bool good = true;
  if (argc == 2 && strcmp(argv[1], "--list") == 0) {
    for (size_t i = 0; i < fuzz_n_targets; i++)
      printf("%s %zu fuzz_%s\n", fuzz_targets[i].name, fuzz_targets[i].most, fuzz_targets[i].group);
    return 0;
  }
  if (argc < 3)
    return fprintf(stderr, "fuzz_replay CORPUS MUTATIONS [TARGET ...]\n"), 2;
  /* Doors that print what they found do so on the standard output. */
  fuzz_must(freopen("/dev/null", "w", stdout) != NULL, "there is /dev/null");
  fuzz_begin();
  atexit(fuzz_end);
  atexit(tell);
  for (size_t i = 0; i < fuzz_n_targets; i++) {
    bool asked = argc == 3;
    for (int k = 3; k < argc; k++)
      asked |= strcmp(argv[k], fuzz_targets[i].name) == 0;
    if (asked)
      good &= replay(&fuzz_targets[i], argv[1], (size_t)strtoul(argv[2], NULL, 10));
  }
  said = NULL;
  return good ? 0 : 1;
}
