/* A part of a sound file as libsndfile sees it: with a header that tells the truth about lengths.
 */
#include "sound_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t sound_number(const uint8_t *p, unsigned n, bool big) {
  uint64_t value = 0;
  for (unsigned i = 0; i < n; i++)
    value = value << 8 | p[big ? i : n - 1 - i];
  return value;
}

/* Too many are dropped: the decoder then sees the file as it is, and its check fails. */
void sound_view_patch(struct sound_view *view, uint64_t at, uint64_t value, unsigned n, bool big) {
  if (view->n_patches == FRAY_COUNT(view->patch))
    return;
  struct sound_patch *patch = &view->patch[view->n_patches++];
  *patch = (struct sound_patch){.at = at, .n = n};
  for (unsigned i = 0; i < n; i++)
    patch->bytes[big ? n - 1 - i : i] = (uint8_t)(value >> 8 * i);
}

uint64_t sound_view_size(const struct sound_view *view) {
  return view->end - view->begin;
}

size_t sound_view_read(const struct sound_view *view, uint64_t at, void *out, size_t n) {
  uint64_t size = sound_view_size(view);
  if (at >= size)
    return 0;
  size_t got =
      codec_bytes_read(view->file, view->begin + at, out, (size_t)FRAY_MIN((uint64_t)n, size - at));
  /* Patches count from the beginning of the file, reads from that of the view. */
  uint64_t from = view->begin + at;
  for (unsigned p = 0; p < view->n_patches; p++)
    for (unsigned i = 0; i < view->patch[p].n; i++) {
      uint64_t place = view->patch[p].at + i;
      if (place >= from && place < from + got)
        ((uint8_t *)out)[place - from] = view->patch[p].bytes[i];
    }
  return got;
}

/* The size of a tag has 28 bits, 7 a byte. Source: ID3 2.4, section 3.1. */
uint64_t sound_skip_id3(const struct sound_view *view) {
  enum { ID3_HEAD = 10 };
  uint8_t head[ID3_HEAD];
  uint64_t at = 0;
  while (sound_view_read(view, at, head, sizeof head) == sizeof head &&
         memcmp(head, "ID3", 3) == 0) {
    at += ID3_HEAD + ((uint64_t)(head[6] & 127) << 21 | (uint64_t)(head[7] & 127) << 14 |
                      (uint64_t)(head[8] & 127) << 7 | (head[9] & 127));
    at += head[5] & 16 ? ID3_HEAD : 0; /* a footer */
  }
  return at;
}

/* ---- libsndfile's way to files ---- */

/* Of the view, which may be a part of the file. */
static sf_count_t length(void *user) {
  return (sf_count_t)sound_view_size(user);
}

/* libsndfile may seek beyond the end, where reading gives nothing; before the beginning is an
 * error. */
static sf_count_t seek(sf_count_t offset, int whence, void *user) {
  struct sound_view *view = user;
  sf_count_t from = whence == SEEK_SET   ? 0
                    : whence == SEEK_CUR ? (sf_count_t)view->at
                                         : (sf_count_t)sound_view_size(view);
  if (offset < -from || offset > INT64_MAX / 2)
    return -1;
  view->at = (uint64_t)(from + offset);
  return (sf_count_t)view->at;
}

static sf_count_t take(void *out, sf_count_t n, void *user) {
  struct sound_view *view = user;
  size_t got = n > 0 ? sound_view_read(view, view->at, out, (size_t)n) : 0;
  view->at += got;
  return (sf_count_t)got;
}

/* libsndfile wants a way to write even of files that it only reads. */
static sf_count_t refuse(const void *data, sf_count_t n, void *user) {
  (void)data, (void)n, (void)user;
  return 0;
}

static sf_count_t tell(void *user) {
  return (sf_count_t)((struct sound_view *)user)->at;
}

static SF_VIRTUAL_IO view_io = {length, seek, take, refuse, tell};

/* A double may be finite and yet infinite as float. */
static enum fray_status say_infinite(SNDFILE *file, int64_t frame, int channels,
                                     struct fray_err *err) {
  double *wide = malloc((size_t)channels * sizeof *wide);
  FRAY_CHECK(wide, err, MEMORY, "out of memory");
  double bad = NAN;
  if (sf_seek(file, frame, SEEK_SET) == frame && sf_readf_double(file, wide, 1) == 1)
    for (int c = 0; c < channels; c++)
      if (!isfinite((float)wide[c]))
        bad = wide[c];
  free(wide);
  FRAY_CHECK(!isfinite(bad), err, INPUT, "it holds the value %g, full scale is 1", bad);
  return fray_fail(err, FRAY_INPUT, "it holds values that are not finite (frame %lld)",
                   (long long)frame);
}

/* In pieces, each checked: the first value that is not finite has a frame to name. */
static enum fray_status read_all(SNDFILE *file, const SF_INFO *info, struct sound_buffer *buffer,
                                 struct fray_err *err) {
  enum { FRAMES = 4096 };
  size_t channels = (size_t)info->channels;
  float *piece = malloc(FRAMES * channels * sizeof *piece);
  FRAY_CHECK(piece, err, MEMORY, "out of memory");
  enum fray_status status = FRAY_OK;
  sf_count_t got = 0;
  int64_t done = 0;
  while (status == FRAY_OK && (got = sf_readf_float(file, piece, FRAMES)) > 0) {
    for (size_t i = 0; status == FRAY_OK && i < (size_t)got * channels; i++)
      if (!isfinite(piece[i]))
        status = say_infinite(file, done + (int64_t)(i / channels), info->channels, err);
    if (status == FRAY_OK)
      status = sound_append(buffer, piece, (size_t)got, err);
    done += got;
  }
  free(piece);
  return status;
}

/* Containers whose length is said by the bytes that are there, or is checked by sound_layout_find.
 * In others a cut file could not be told from a whole one. */
static bool is_checked(int format) {
  static const int good[] = {SF_FORMAT_WAV,  SF_FORMAT_WAVEX, SF_FORMAT_RF64, SF_FORMAT_W64,
                             SF_FORMAT_AIFF, SF_FORMAT_SVX,   SF_FORMAT_AU,   SF_FORMAT_CAF,
                             SF_FORMAT_NIST, SF_FORMAT_AVR,   SF_FORMAT_FLAC, SF_FORMAT_OGG,
                             SF_FORMAT_HTK,  SF_FORMAT_IRCAM, SF_FORMAT_PAF,  SF_FORMAT_PVF,
                             SF_FORMAT_VOC,  SF_FORMAT_MAT4};
  for (size_t i = 0; i < FRAY_COUNT(good); i++)
    if ((format & SF_FORMAT_TYPEMASK) == good[i])
      return true;
  return false;
}

/* Its log is the only place where it says so; it decodes what is there and succeeds. */
static bool says_truncated(SNDFILE *file) {
  char log[4096] = "";
  sf_command(file, SFC_GET_LOG_INFO, log, sizeof log);
  return strstr(log, "truncated") != NULL;
}

/* Refused before anything is decoded: a format that nobody checks may be cut anywhere. */
static enum fray_status read_open(SNDFILE *file, const SF_INFO *info, struct sound_buffer *buffer,
                                  struct fray_err *err) {
  FRAY_CHECK(is_checked(info->format), err, INPUT,
             "a kind of sound file whose length cannot be checked; convert it to WAV or FLAC");
  FRAY_CHECK(!says_truncated(file), err, INPUT, "truncated: the header announces more sound");
  int sort = info->format & SF_FORMAT_SUBMASK;
  buffer->is_float = buffer->is_float || sort == SF_FORMAT_FLOAT || sort == SF_FORMAT_DOUBLE;
  FRAY_TRY(sound_begin(buffer, info->samplerate, info->channels, err));
  return read_all(file, info, buffer, err);
}

/* flawed: the decoder stopped before its end; only the caller knows whether that matters. */
enum fray_status sound_append_view(struct sound_view *view, struct sound_buffer *buffer,
                                   int64_t *announced, bool *flawed, struct fray_err *err) {
  SF_INFO info = {0};
  view->at = 0;
  SNDFILE *file = sf_open_virtual(&view_io, SFM_READ, &info, view);
  FRAY_CHECK(file, err, INPUT, "not a readable sound file (%s)", sf_strerror(NULL));
  enum fray_status status = read_open(file, &info, buffer, err);
  *announced = info.frames;
  *flawed = sf_error(file) != SF_ERR_NO_ERROR;
  sf_close(file);
  return status;
}
