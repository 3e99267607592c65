/* The parts of reading a sound: a view of its file whose header tells the truth, and a buffer that
 * grows as long as frames come. No reader believes a length that a file announces. */
#ifndef FRAY_CODEC_SOUND_PARTS_H
#define FRAY_CODEC_SOUND_PARTS_H

#include "decode.h"

#include <sndfile.h>
#include <stdbool.h>

/** A part of a file, and bytes of its header that are shown otherwise than they are. */
struct sound_view {
  const struct codec_bytes *file; /* borrowed */
  uint64_t begin, end;            /* of the part */
  uint64_t at;                    /* from begin */
  struct sound_patch {
    uint64_t at; /* in the file */
    unsigned n;
    uint8_t bytes[8];
  } patch[4];
  unsigned n_patches;
};
/** Bytes from `at` on (from begin); fewer only at the end of the part. */
size_t sound_view_read(const struct sound_view *view, uint64_t at, void *out, size_t n);
uint64_t sound_view_size(const struct sound_view *view);
/** Where leading ID3 tags end; 0: there is none. */
uint64_t sound_skip_id3(const struct sound_view *view);
/** Shows n <= 8 bytes of `value`, at `at` of the file. */
void sound_view_patch(struct sound_view *view, uint64_t at, uint64_t value, unsigned n, bool big);

/** A number of n <= 8 bytes. */
uint64_t sound_number(const uint8_t *p, unsigned n, bool big);

/** Frames gathered so far. Zero-initialise it; free x. */
struct sound_buffer {
  float *x; /* (frames, channels) */
  size_t frames, capacity;
  int channels;
  double rate;
  bool is_float;
  unsigned notes;
};
/** Sets rate and channels, or checks that a later part has the same. INPUT: also out of range. */
enum fray_status sound_begin(struct sound_buffer *buffer, double rate, int channels,
                             struct fray_err *err);
/** Appends frames. INPUT: longer than a sound may be. */
enum fray_status sound_append(struct sound_buffer *buffer, const float *x, size_t frames,
                              struct fray_err *err);
/** Appends all that libsndfile finds in the view, to its very end. *announced: frames that it takes
 *  from the header, or INT64_MAX; *flawed: it complained while reading. INPUT: not a sound file,
 *  values that are not finite. */
enum fray_status sound_append_view(struct sound_view *view, struct sound_buffer *buffer,
                                   int64_t *announced, bool *flawed, struct fray_err *err);

/* Readers of one container each; all append to the buffer. `view` is the whole file. INPUT: it is
 * damaged, or of a kind that the reader cannot read. */
enum fray_status sound_read_mpeg(const struct sound_view *view, struct sound_buffer *buffer,
                                 struct fray_err *err);
enum fray_status sound_read_ogg(const struct sound_view *view, struct sound_buffer *buffer,
                                struct fray_err *err);
enum fray_status sound_read_flac(struct sound_view *view, uint64_t start,
                                 struct sound_buffer *buffer, struct fray_err *err);

/** Where the sound of a container lies, by what is there and not by what is said. */
struct sound_layout {
  uint64_t begin, end; /* of the sound's bytes in the file; 0, 0: not known */
  int64_t frames;      /* announced beside the bytes, -1: not */
  bool differs;        /* the header announces another length; the view shows the right one */
  bool mpeg;           /* the bytes are an MPEG stream */
};
/** Reads the header of WAV, RF64, W64, AIFF, 8SVX, AU, CAF, NIST and AVR files, and patches the
 *  view so that it announces what the file holds. Other files are left alone. INPUT: the file ends
 *  before the sound does. */
enum fray_status sound_layout_find(struct sound_view *view, struct sound_layout *out,
                                   struct fray_err *err);

#endif
