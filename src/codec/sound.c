/* Sound files, read to the end of what is there whatever their headers announce. A cut file must
 * not pass for a short one, nor a wrong header cut a whole one. */
#include "fray/codec/codec.h"

#include "sound_parts.h"
#include "stranger.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_SECONDS = 30 * 60, MOST_CHANNELS = 64 };

/* Parts of a chain must agree: a buffer has one rate. */
enum fray_status sound_begin(struct sound_buffer *buffer, double rate, int channels,
                             struct fray_err *err) {
  FRAY_CHECK(rate >= 1 && rate <= 1e6, err, INPUT, "rate of %g Hz is not in [1, 1e6]", rate);
  FRAY_CHECK(channels >= 1 && channels <= MOST_CHANNELS, err, INPUT, "%d channels, not in [1, %d]",
             channels, MOST_CHANNELS);
  FRAY_CHECK(!buffer->frames || (buffer->rate == rate && buffer->channels == channels), err, INPUT,
             "a later part has %d channels at %g Hz, the first has %d at %g Hz", channels, rate,
             buffer->channels, buffer->rate);
  buffer->rate = rate;
  buffer->channels = channels;
  return FRAY_OK;
}

enum fray_status sound_append(struct sound_buffer *buffer, const float *x, size_t frames,
                              struct fray_err *err) {
  size_t channels = (size_t)buffer->channels, n = buffer->frames + frames;
  FRAY_CHECK((double)n <= LONGEST_SECONDS * buffer->rate, err, INPUT,
             "the sound is longer than %d s", LONGEST_SECONDS);
  if (n > buffer->capacity) {
    /* By halves: sounds are long, and doubling would waste most where there are many. */
    size_t capacity = FRAY_MAX(n, buffer->capacity + buffer->capacity / 2);
    float *grown = realloc(buffer->x, capacity * channels * sizeof *grown);
    FRAY_CHECK(grown, err, MEMORY, "out of memory (%zu frames of %zu channels)", capacity,
               channels);
    buffer->x = grown;
    buffer->capacity = capacity;
  }
  memcpy(buffer->x + buffer->frames * channels, x, frames * channels * sizeof *x);
  buffer->frames = n;
  return FRAY_OK;
}

/* Containers whose bytes are frames of one number of bytes, and all that libsndfile reads beside.
 */
static enum fray_status read_container(struct sound_view *view, struct sound_buffer *buffer,
                                       struct fray_err *err) {
  struct sound_layout layout;
  int64_t announced = 0;
  bool flawed = false;
  FRAY_TRY(sound_layout_find(view, &layout, err));
  if (layout.differs)
    buffer->notes |= FRAY_NOTE_HEADER;
  if (layout.mpeg) {
    struct sound_view part = {.file = view->file, .begin = layout.begin, .end = layout.end};
    return sound_read_mpeg(&part, buffer, err);
  }
  FRAY_TRY(sound_append_view(view, buffer, &announced, &flawed, err));
  FRAY_CHECK(announced == INT64_MAX || (int64_t)buffer->frames >= announced, err, INPUT,
             "truncated: %zu of %lld frames", buffer->frames, (long long)announced);
  FRAY_CHECK(!flawed, err, INPUT, "damaged: it cannot be decoded to its end");
  FRAY_CHECK(layout.frames <= (int64_t)buffer->frames, err, INPUT,
             "truncated: the header announces %lld frames, the file has %zu",
             (long long)layout.frames, buffer->frames);
  if (layout.frames >= 0 && layout.frames < (int64_t)buffer->frames)
    buffer->notes |= FRAY_NOTE_HEADER;
  return FRAY_OK;
}

/* By the first bytes behind tags: the ending of the name is not asked. */
static enum fray_status read_any(struct sound_view *view, struct sound_buffer *buffer,
                                 struct fray_err *err) {
  uint8_t head[4] = {0};
  uint64_t start = sound_skip_id3(view);
  size_t got = sound_view_read(view, start, head, sizeof head);
  if (got == 4 && memcmp(head, "OggS", 4) == 0 && start == 0)
    return sound_read_ogg(view, buffer, err);
  if (got == 4 && memcmp(head, "fLaC", 4) == 0)
    return sound_read_flac(view, start, buffer, err);
  if (got == 4 && head[0] == 0xff && (head[1] & 0xe0) == 0xe0 && (head[1] & 6) != 0)
    return sound_read_mpeg(view, buffer, err);
  return read_container(view, buffer, err);
}

static const struct fray_stranger strangers[] = {
    {"an MP4 or M4A file", 4, FRAY_MAGIC("ftyp")},
    {"a Matroska or WebM file", 0, FRAY_MAGIC("\x1a\x45\xdf\xa3")},
    {"a Windows Media file", 0, FRAY_MAGIC("\x30\x26\xb2\x75\x8e\x66\xcf\x11")},
    {"an AAC stream", 0, FRAY_MAGIC("\xff\xf1")},
    {"an AAC stream", 0, FRAY_MAGIC("\xff\xf9")},
    {"an AMR file", 0, FRAY_MAGIC("#!AMR")},
    {"a Monkey's Audio file", 0, FRAY_MAGIC("MAC ")},
    {"a WavPack file", 0, FRAY_MAGIC("wvpk")},
    {"a RealMedia file", 0, FRAY_MAGIC(".RMF")},
    {"a DSD file", 0, FRAY_MAGIC("DSD ")},
    {"a MIDI file", 0, FRAY_MAGIC("MThd")},
    {"an AVI film", 8, FRAY_MAGIC("AVI ")},
};

/* Of a file that no reader knew: what it is, if that can be told. Its first bytes alone are looked
 * at, after every reader has refused it. */
static enum fray_status say_stranger(const struct sound_view *view, struct fray_err *err) {
  uint8_t head[64];
  size_t got = sound_view_read(view, 0, head, sizeof head);
  FRAY_CHECK(got > 0, err, INPUT, "the file is empty");
  const char *is = fray_stranger_find(strangers, FRAY_COUNT(strangers), head, got);
  FRAY_CHECK(!is, err, INPUT, "%s is not read; convert it to WAV, FLAC or MP3", is);
  is = fray_stranger_no_media(head, got);
  FRAY_CHECK(!is, err, INPUT, "not a sound but %s", is);
  return FRAY_INPUT; /* with the message that was there */
}

/* The bounds of sound_begin and sound_append, for who is told of a sound and has not read it. */
bool sound_fits(uint64_t frames, int64_t channels, double rate) {
  return rate >= 1 && rate <= 1e6 && channels >= 1 && channels <= MOST_CHANNELS && frames >= 1 &&
         (double)frames <= LONGEST_SECONDS * rate;
}

enum fray_status sound_here(const struct codec_bytes *bytes, struct fray_sound *out,
                            struct fray_err *err) {
  struct sound_view view = {.file = bytes, .end = bytes->size};
  struct sound_buffer buffer = {0};
  enum fray_status status = read_any(&view, &buffer, err);
  if (status == FRAY_OK && buffer.frames == 0)
    status = fray_fail(err, FRAY_INPUT, "the sound has zero frames");
  /* The message of a decoder that knew nothing of the file helps less than its true kind. */
  if (status == FRAY_INPUT && buffer.frames == 0)
    status = say_stranger(&view, err);
  if (status != FRAY_OK) {
    free(buffer.x);
    return status;
  }
  *out = (struct fray_sound){.x = buffer.x,
                             .frames = buffer.frames,
                             .channels = buffer.channels,
                             .rate = buffer.rate,
                             .is_float = buffer.is_float,
                             .notes = buffer.notes};
  return FRAY_OK;
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
