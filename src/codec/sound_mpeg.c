/* MPEG audio (MP3 and layers 1 and 2), frame by frame to the end of the file: without a header of
 * its own a stream does not say how long it is, and with one it may say it wrongly. */
#include "sound_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <mpg123.h>
#include <string.h>

struct mpeg {
  struct sound_view view; /* of the whole stream, read through mpg123 */
  uint64_t first, end;    /* of the first frame; behind the last one */
  int64_t frames;
  bool formatted;
};

/* mpg123 reads through the view, so that a stream within another file (WAV) is one by itself. */
static ssize_t take(void *user, void *out, size_t n) {
  struct sound_view *view = user;
  size_t got = sound_view_read(view, view->at, out, n);
  view->at += got;
  return (ssize_t)got;
}

/* mpg123 looks at both ends of a stream for tags. */
static off_t seek(void *user, off_t offset, int whence) {
  struct sound_view *view = user;
  off_t from = whence == SEEK_SET   ? 0
               : whence == SEEK_CUR ? (off_t)view->at
                                    : (off_t)sound_view_size(view);
  if (offset < -from)
    return -1;
  view->at = (uint64_t)(from + offset);
  return (off_t)view->at;
}

/* 11 set bits and a layer: 0 is reserved. */
static bool is_sync(const uint8_t *p) {
  return p[0] == 0xff && (p[1] & 0xe0) == 0xe0 && (p[1] & 6) != 0;
}

static bool is_tag(const uint8_t *p, size_t n) {
  return (n >= 3 && (memcmp(p, "ID3", 3) == 0 || memcmp(p, "TAG", 3) == 0)) ||
         (n >= 8 && (memcmp(p, "APETAGEX", 8) == 0 || memcmp(p, "LYRICSBE", 8) == 0));
}

/* Notes where the frame just decoded lies. Bytes between frames are tags, or damage. */
static enum fray_status follow(struct mpeg *m, mpg123_handle *handle, struct fray_err *err) {
  struct mpg123_frameinfo2 info;
  uint8_t head[8] = {0};
  off_t at = mpg123_framepos(handle);
  if (at < 0 || mpg123_info2(handle, &info) != MPG123_OK)
    return FRAY_OK;
  if (m->frames && (uint64_t)at < m->end)
    return FRAY_OK; /* the same frame again */
  if (m->frames && (uint64_t)at > m->end) {
    size_t got = sound_view_read(&m->view, m->end, head, sizeof head);
    FRAY_CHECK(is_tag(head, got), err, INPUT, "damaged: bytes %llu to %llu are no MPEG frame",
               (unsigned long long)m->end, (unsigned long long)at - 1);
  }
  if (!m->frames)
    m->first = (uint64_t)at;
  m->end = (uint64_t)at + (uint64_t)info.framesize;
  m->frames++;
  return FRAY_OK;
}

/* May come again in the middle; sound_begin refuses another rate or number of channels. */
static enum fray_status take_format(struct mpeg *m, mpg123_handle *handle,
                                    struct sound_buffer *buffer, struct fray_err *err) {
  long rate = 0;
  int channels = 0, encoding = 0;
  FRAY_CHECK(mpg123_getformat(handle, &rate, &channels, &encoding) == MPG123_OK &&
                 encoding == MPG123_ENC_FLOAT_32,
             err, INPUT, "not a readable MPEG stream");
  m->formatted = true;
  return sound_begin(buffer, (double)rate, channels, err);
}

/* A damaged stream can decode to NaN, which would spread through every feature. */
static enum fray_status take_frames(struct sound_buffer *buffer, const void *audio, size_t bytes,
                                    struct fray_err *err) {
  const float *x = audio;
  for (size_t i = 0; i < bytes / sizeof *x; i++)
    FRAY_CHECK(isfinite(x[i]), err, INPUT, "it decodes to values that are not finite");
  return sound_append(buffer, x, bytes / sizeof *x / (size_t)buffer->channels, err);
}

/* Frame by frame, since only so each one's place in the file is known. */
static enum fray_status decode(struct mpeg *m, mpg123_handle *handle, struct sound_buffer *buffer,
                               struct fray_err *err) {
  for (;;) {
    off_t number;
    unsigned char *audio = NULL;
    size_t bytes = 0;
    int got = mpg123_decode_frame(handle, &number, &audio, &bytes);
    if (got == MPG123_DONE)
      return FRAY_OK;
    if (got == MPG123_NEW_FORMAT) {
      FRAY_TRY(take_format(m, handle, buffer, err));
      continue;
    }
    FRAY_CHECK(got == MPG123_OK, err, INPUT, "not a readable MPEG stream (%s)",
               mpg123_strerror(handle));
    FRAY_TRY(follow(m, handle, err));
    if (bytes && m->formatted)
      FRAY_TRY(take_frames(buffer, audio, bytes, err));
  }
}

/* Frames that a Xing, Info or VBRI header before the first frame announces; -1: none does. */
static int64_t announced(const struct mpeg *m) {
  enum { NEAR = 512, FLAGS = 4, VBRI_FRAMES = 14 };
  uint8_t p[NEAR];
  uint64_t start = sound_skip_id3(&m->view);
  size_t n = sound_view_read(&m->view, start, p, NEAR);
  for (size_t i = 0; i + 18 <= n && start + i < m->first; i++) {
    if (memcmp(p + i, "Xing", 4) == 0 || memcmp(p + i, "Info", 4) == 0)
      return p[i + FLAGS + 3] & 1 ? (int64_t)sound_number(p + i + 8, 4, true) : -1;
    if (memcmp(p + i, "VBRI", 4) == 0)
      return (int64_t)sound_number(p + i + VBRI_FRAMES, 4, true);
  }
  return -1;
}

/* The stream must end with a whole frame; tags and padding may follow. */
static enum fray_status check_end(const struct mpeg *m, struct sound_buffer *buffer,
                                  struct fray_err *err) {
  uint8_t tail[8] = {0};
  uint64_t size = sound_view_size(&m->view);
  size_t got = sound_view_read(&m->view, m->end, tail, sizeof tail);
  FRAY_CHECK(m->end <= size && !(got && tail[0] == 0xff && (got < 2 || is_sync(tail))), err, INPUT,
             "truncated: the last frame is not whole");
  int64_t said = announced(m);
  /* The header itself is a frame that some encoders count and others do not. */
  FRAY_CHECK(said <= m->frames + 1, err, INPUT,
             "truncated: the header announces %lld frames, the file has %lld", (long long)said,
             (long long)m->frames);
  if ((said >= 0 && said < m->frames - 1) || (got && tail[0] && !is_tag(tail, got)))
    buffer->notes |= FRAY_NOTE_HEADER;
  return FRAY_OK;
}

/* No resampling, no limit on searching, floats: everything that the decoder would do by itself is
 * off or seen. */
static enum fray_status read_stream(struct mpeg *m, mpg123_handle *handle,
                                    struct sound_buffer *buffer, struct fray_err *err) {
  FRAY_CHECK(mpg123_param(handle, MPG123_ADD_FLAGS,
                          MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_GAPLESS, 0) == MPG123_OK &&
                 mpg123_param(handle, MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE, 0) == MPG123_OK &&
                 mpg123_param(handle, MPG123_RESYNC_LIMIT, -1, 0) == MPG123_OK &&
                 mpg123_replace_reader_handle(handle, take, seek, NULL) == MPG123_OK &&
                 mpg123_open_handle(handle, &m->view) == MPG123_OK,
             err, INPUT, "not a readable MPEG stream (%s)", mpg123_strerror(handle));
  FRAY_TRY(decode(m, handle, buffer, err));
  return check_end(m, buffer, err);
}

/* A copy of the view: reading moves it. */
enum fray_status sound_read_mpeg(const struct sound_view *view, struct sound_buffer *buffer,
                                 struct fray_err *err) {
  struct mpeg m = {.view = *view};
  m.view.at = 0;
  mpg123_handle *handle = mpg123_new(NULL, NULL);
  FRAY_CHECK(handle, err, MEMORY, "out of memory (MPEG decoder)");
  enum fray_status status = read_stream(&m, handle, buffer, err);
  mpg123_delete(handle);
  return status;
}
