/* Pools of sounds: decoded when they are needed, and kept as long as there is room. What a damaged
 * value hears depends on the files alone, and never on what was kept. */
#include "sound_pool.h"

#include "mix.h"

#include "fray/base/bundle.h"
#include "fray/base/hash.h"
#include "fray/base/side.h"
#include "fray/base/size.h"
#include "fray/codec/codec.h"
#include "fray/corrupt/signal.h"
#include "fray/signal/resample.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const size_t largest_file = (size_t)1 << 30;    /* bytes of the file or folder */
static const size_t largest_store = (size_t)512 << 20; /* bytes of decoded sound */

struct slot {
  struct fray_bundle_file file; /* borrowed from the side files */
  float *x;                     /* NULL: not decoded now */
  size_t n;
  double rate;
};
/* Sounds lie in order of their paths, so that a draw means the same one on every rank. */
struct fray_sound_pool {
  struct fray_sound_pool *next;
  char *path;
  uint64_t age, hash;
  struct slot *slot;
  size_t n, room, stored; /* stored: bytes */
  double read, seconds;   /* bytes of files; length of all sounds */
  double most;            /* bytes of the values of all at their own rates */
};
/* One list for the process: a pool is asked for by its path, for each value that is damaged. */
static struct fray_sound_pool *pools;

/* What is stored is counted by what slots hold, so whoever frees one says so. */
static void drop_sound(struct fray_sound_pool *pool, struct slot *slot) {
  pool->stored -= slot->x ? slot->n * sizeof *slot->x : 0;
  free(slot->x);
  slot->x = NULL;
}

/* The bytes themselves are the side files' own. */
static void pool_free(struct fray_sound_pool *pool) {
  for (size_t k = 0; k < pool->n; k++)
    free(pool->slot[k].x);
  free(pool->slot);
  free(pool->path);
  free(pool);
}

/* Endings of what the codec layer reads; notes and licences lie among the sounds of collections. */
static bool is_sound(const char *name) {
  static const char *const endings[] = {"wav",  "wave", "flac", "mp3", "ogg", "oga", "opus", "aif",
                                        "aiff", "aifc", "au",   "snd", "caf", "w64", "rf64", "sph"};
  const char *dot = strrchr(name, '.');
  for (size_t k = 0; dot && k < FRAY_COUNT(endings); k++)
    if (strcasecmp(dot + 1, endings[k]) == 0)
      return true;
  return false;
}

/* Microphones of the data have one channel; so have these. */
static enum fray_status to_mono(struct fray_sound *sound, float **out, struct fray_err *err) {
  const size_t channels = (size_t)sound->channels;
  float *x = malloc(sound->frames * sizeof *x);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu samples)", sound->frames);
  for (size_t i = 0; i < sound->frames; i++) {
    double sum = 0;
    for (size_t c = 0; c < channels; c++)
      sum += (double)sound->x[i * channels + c];
    x[i] = (float)(sum / (double)channels);
  }
  *out = x;
  return FRAY_OK;
}

static enum fray_status to_rate(float **x, size_t *n, double from, double to,
                                struct fray_err *err) {
  /* As a whole and not piece by piece: a piece would begin in silence, and its filter with it. */
  const size_t length = fray_resampled_length(*n, from, to);
  float *out = malloc(length * sizeof *out);
  FRAY_CHECK(out, err, MEMORY, "out of memory (%zu samples)", length);
  const enum fray_status status = fray_resample_signal(*x, *n, from, to, out, err);
  if (status != FRAY_OK) {
    free(out);
    return status;
  }
  free(*x);
  *x = out;
  *n = length;
  return FRAY_OK;
}

/* rate 0: its own. */
static enum fray_status decode(struct fray_sound_pool *pool, struct slot *slot, double rate,
                               struct fray_err *err) {
  struct fray_sound sound;
  float *x = NULL;
  FRAY_TRY(fray_sound_decode(slot->file.name, slot->file.data, slot->file.size, &sound, err));
  size_t n = sound.frames;
  const double own = sound.rate;
  enum fray_status status = to_mono(&sound, &x, err);
  fray_sound_free(&sound);
  if (status == FRAY_OK && rate > 0 && rate != own)
    status = to_rate(&x, &n, own, rate, err);
  /* It could never have a ratio: whoever puts it among noises has a wrong file. */
  if (status == FRAY_OK && !(fray_rms(x, n) > 0))
    status = fray_fail(err, FRAY_INPUT, "%s: the sound is silent", slot->file.name);
  if (status != FRAY_OK) {
    free(x);
    return status;
  }
  drop_sound(pool, slot);
  slot->x = x;
  slot->n = n;
  slot->rate = rate > 0 ? rate : own;
  pool->stored += n * sizeof *x;
  /* All others at once: which of them come next is drawn. */
  for (size_t k = 0; pool->stored > largest_store && k < pool->n; k++)
    if (&pool->slot[k] != slot)
      drop_sound(pool, &pool->slot[k]);
  return FRAY_OK;
}

/* Room doubles: collections have thousands of files. */
static enum fray_status add_slot(struct fray_sound_pool *pool, const struct fray_bundle_file *file,
                                 struct fray_err *err) {
  if (pool->n == pool->room) {
    const size_t room = pool->room ? 2 * pool->room : 64;
    struct slot *grown = realloc(pool->slot, room * sizeof *grown);
    FRAY_CHECK(grown, err, MEMORY, "out of memory");
    pool->slot = grown;
    pool->room = room;
  }
  pool->slot[pool->n++] = (struct slot){.file = *file};
  return FRAY_OK;
}

/* A file that was named by itself is taken for a sound whatever its ending is; what it holds is
 * seen when it is decoded. */
static enum fray_status fill(struct fray_sound_pool *pool, const char *data, size_t size,
                             struct fray_err *err) {
  struct fray_bundle_file file = {pool->path, data, size};
  size_t at = 0;
  if (!fray_bundle_is(data, size))
    return add_slot(pool, &file, err);
  struct fray_err broken = {0};
  while (fray_bundle_next(data, size, &at, &file, &broken))
    if (is_sound(file.name))
      FRAY_TRY(add_slot(pool, &file, err));
  FRAY_CHECK(broken.status == FRAY_OK, err, INPUT, "%s", broken.text);
  FRAY_CHECK(pool->n, err, INPUT,
             "the folder holds no sounds: no file ends in .wav, .flac, .mp3, .ogg, .opus, .aiff, "
             ".au or another ending of sounds");
  return FRAY_OK;
}

/* All of it once, before anything is trained: a broken file would end a study in its middle. */
static enum fray_status make(struct fray_sound_pool *pool, const char *path, struct fray_err *err) {
  const char *data;
  size_t size;
  FRAY_TRY(fray_side_view(path, largest_file, &data, &size, err));
  pool->path = strdup(path);
  FRAY_CHECK(pool->path, err, MEMORY, "out of memory");
  pool->hash = fray_hash64(data, size);
  enum fray_status status = fill(pool, data, size, err);
  pool->read = (double)size;
  for (size_t k = 0; status == FRAY_OK && k < pool->n; k++) {
    const struct slot *slot = &pool->slot[k];
    status = decode(pool, &pool->slot[k], 0, err);
    if (status == FRAY_OK) {
      pool->most += (double)(slot->n * sizeof *slot->x);
      pool->seconds += (double)slot->n / slot->rate;
    }
  }
  /* A file alone names itself. */
  return status == FRAY_OK || !fray_bundle_is(data, size) ? status : fray_at(err, "%s", path);
}

/* Pools of bytes that were forgotten point to nothing. */
static void drop_old(void) {
  for (struct fray_sound_pool **link = &pools; *link;) {
    struct fray_sound_pool *pool = *link;
    if (pool->age == fray_side_age()) {
      link = &pool->next;
      continue;
    }
    *link = pool->next;
    pool_free(pool);
  }
}

/* Asked for by each value that is damaged, so what is there already has to be found without a look
 * at the disk; a study names few pools. */
enum fray_status fray_sound_pool_open(const char *path, struct fray_sound_pool **out,
                                      struct fray_err *err) {
  drop_old();
  for (struct fray_sound_pool *pool = pools; pool; pool = pool->next)
    if (strcmp(pool->path, path) == 0) {
      *out = pool;
      return FRAY_OK;
    }
  struct fray_sound_pool *pool = calloc(1, sizeof *pool);
  FRAY_CHECK(pool, err, MEMORY, "out of memory");
  pool->age = fray_side_age();
  const enum fray_status status = make(pool, path, err);
  if (status != FRAY_OK) {
    pool_free(pool);
    return status;
  }
  pool->next = pools;
  pools = *out = pool;
  return FRAY_OK;
}

/* Not of what was decoded: another version of a decoder would change it. */
uint64_t fray_sound_pool_hash(const struct fray_sound_pool *pool) {
  return pool->hash;
}

enum fray_status fray_sound_pool_contents(const char *path, uint64_t *out, struct fray_err *err) {
  struct fray_sound_pool *pool;
  FRAY_TRY(fray_sound_pool_open(path, &pool, err));
  *out = pool->hash;
  return FRAY_OK;
}

/* A path alone would not say that sounds were exchanged since. */
enum fray_status fray_sound_pool_expect(const char *path, const char *contents,
                                        struct fray_err *err) {
  uint64_t hash;
  char text[20];
  if (fray_sound_pool_contents(path, &hash, err) != FRAY_OK)
    return fray_at(err, "from");
  snprintf(text, sizeof text, "%016" PRIx64, hash);
  FRAY_CHECK(!contents || strcmp(contents, text) == 0, err, INPUT,
             "contents: the sounds of %s have the hash %s, not %s; they were changed since", path,
             text, contents);
  return FRAY_OK;
}

size_t fray_sound_pool_size(const struct fray_sound_pool *pool) {
  return pool->n;
}

/* At another rate it is made anew, as data of two rates are rare. */
enum fray_status fray_sound_pool_get(struct fray_sound_pool *pool, size_t k, double rate,
                                     const float **x, size_t *n, struct fray_err *err) {
  struct slot *slot = &pool->slot[k];
  if (!slot->x || slot->rate != rate)
    FRAY_TRY(decode(pool, slot, rate, err));
  *x = slot->x;
  *n = slot->n;
  return FRAY_OK;
}

/* Values lie there at their own rates first, and later one after the other at that of the data. The
 * store may hold one sound more than its bound; that is left out, as sounds are short beside it. */
double fray_named_sounds_bytes(double rate) {
  double bytes = 0;
  drop_old();
  for (const struct fray_sound_pool *pool = pools; pool; pool = pool->next) {
    const double values = FRAY_MAX(pool->most, pool->seconds * rate * sizeof(float));
    bytes += pool->read + FRAY_MIN(values, (double)largest_store);
  }
  return bytes;
}
