#include "fray/codec/codec.h"

#include "check.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_SECONDS = 30 * 60, MOST_CHANNELS = 64, TAIL = 1 << 17 };

/* An Ogg stream ends with a page that lies whole in the file and carries the end flag. */
static bool ogg_ends(const uint8_t *tail, size_t n) {
  for (size_t at = n < 27 ? 0 : n - 27 + 1; at-- > 0;) {
    const uint8_t *page = tail + at;
    if (memcmp(page, "OggS", 4) != 0)
      continue;
    size_t segments = page[26], size = 27 + segments;
    if (size > n - at)
      return false;
    for (size_t s = 0; s < segments; s++)
      size += page[27 + s];
    return size <= n - at && (page[5] & 4) != 0;
  }
  return false;
}

/* What libsndfile forgives: a WAV or AIFF file that announces more than it holds, an Ogg stream
 * that stops early. */
static enum fray_status check_whole(FILE *file, uint64_t size, struct fray_err *err) {
  uint8_t head[12] = {0};
  if (fread(head, 1, sizeof head, file) < sizeof head)
    return FRAY_OK; /* too short for any format; libsndfile says so */
  bool riff = memcmp(head, "RIFF", 4) == 0, form = memcmp(head, "FORM", 4) == 0;
  if (riff || form) {
    uint32_t says = riff ? fray_le32(head + 4) : fray_be32(head + 4);
    FRAY_CHECK(says == UINT32_MAX || (uint64_t)says + 8 <= size + 1, err, INPUT,
               "truncated: the header announces %llu bytes, the file has %llu",
               (unsigned long long)says + 8, (unsigned long long)size);
  }
  if (memcmp(head, "OggS", 4) != 0)
    return FRAY_OK;
  uint8_t *tail = malloc(TAIL);
  FRAY_CHECK(tail, err, MEMORY, "out of memory");
  uint64_t from = size > TAIL ? size - TAIL : 0;
  size_t n = fseek(file, (long)from, SEEK_SET) == 0 ? fread(tail, 1, TAIL, file) : 0;
  bool ends = ogg_ends(tail, n);
  free(tail);
  FRAY_CHECK(ends, err, INPUT, "truncated: the stream has no last page");
  return FRAY_OK;
}

static enum fray_status check_file(const char *path, struct fray_err *err) {
  uint64_t size;
  FRAY_TRY(fray_file_size(path, &size, err));
  FILE *file = fopen(path, "rb");
  FRAY_CHECK(file, err, INPUT, "%s: cannot be opened", path);
  enum fray_status status = check_whole(file, size, err);
  fclose(file);
  return status == FRAY_OK ? FRAY_OK : fray_at(err, "%s", path);
}

static enum fray_status check_info(const SF_INFO *info, struct fray_err *err) {
  FRAY_CHECK(info->samplerate >= 1 && info->samplerate <= 1000000, err, INPUT,
             "rate of %d Hz is not in [1, 1e6]", info->samplerate);
  FRAY_CHECK(info->channels >= 1 && info->channels <= MOST_CHANNELS, err, INPUT,
             "%d channels, not in [1, %d]", info->channels, MOST_CHANNELS);
  FRAY_CHECK(info->frames > 0, err, INPUT, "the sound has zero frames");
  FRAY_CHECK(info->frames <= (sf_count_t)LONGEST_SECONDS * info->samplerate, err, INPUT,
             "sound of %lld frames at %d Hz is longer than %d s", (long long)info->frames,
             info->samplerate, LONGEST_SECONDS);
  return FRAY_OK;
}

static enum fray_status read_frames(SNDFILE *file, const SF_INFO *info, struct fray_sound *out,
                                    struct fray_err *err) {
  FRAY_TRY(check_info(info, err));
  size_t frames = (size_t)info->frames, channels = (size_t)info->channels;
  float *x = malloc(frames * channels * sizeof *x);
  FRAY_CHECK(x, err, MEMORY, "out of memory (%zu frames of %zu channels)", frames, channels);
  sf_count_t got = sf_readf_float(file, x, info->frames);
  bool finite = true;
  for (size_t i = 0; i < (size_t)FRAY_MAX(got, 0) * channels; i++)
    finite = finite && isfinite(x[i]);
  if (got != info->frames || !finite) {
    free(x);
    if (!finite)
      return fray_fail(err, FRAY_INPUT, "it holds values that are not finite");
    return fray_fail(err, FRAY_INPUT, "truncated: %lld of %lld frames", (long long)got,
                     (long long)info->frames);
  }
  *out = (struct fray_sound){
      .x = x, .frames = frames, .channels = info->channels, .rate = info->samplerate};
  return FRAY_OK;
}

enum fray_status fray_sound_read(const char *path, struct fray_sound *out, struct fray_err *err) {
  FRAY_TRY(check_file(path, err));
  SF_INFO info = {0};
  SNDFILE *file = sf_open(path, SFM_READ, &info);
  if (!file)
    return fray_fail(err, FRAY_INPUT, "%s: not a readable sound file (%s)", path,
                     sf_strerror(NULL));
  enum fray_status status = read_frames(file, &info, out, err);
  sf_close(file);
  return status == FRAY_OK ? FRAY_OK : fray_at(err, "%s", path);
}

void fray_sound_free(struct fray_sound *sound) {
  if (!sound)
    return;
  free(sound->x);
  *sound = (struct fray_sound){0};
}

const char *fray_sound_library(void) {
  return sf_version_string();
}
