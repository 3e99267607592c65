/* Decoding in two halves: what is asked of the process that decodes files of others, and the same
 * calls as they are done there, of bytes that lie in memory or behind an open file. */
#ifndef FRAY_CODEC_DECODE_H
#define FRAY_CODEC_DECODE_H

#include "fray/base/confine.h"
#include "fray/codec/codec.h"

/** A file of others. */
struct codec_bytes {
  const uint8_t *data; /* NULL: read from fd, where it is wanted */
  uint64_t size;
  int fd; /* open for reading; unused with data */
};

enum decode_call {
  DECODE_SOUND,
  DECODE_PICTURE,
  DECODE_COLOURS, /* of a picture, by its header */
  DECODE_GZIP,
  DECODE_GZIP_BEGIN, /* its first `limit` bytes */
  DECODE_FETCH       /* more of what the last call found */
};

/** Files of one call, at most: those whose bytes lie together in the window. */
enum { DECODE_MOST = 60 };

struct decode_request {
  enum decode_call call;
  int32_t channels; /* of pictures, as of fray_image_read */
  uint32_t maximum, n;
  uint64_t limit; /* bytes that come out of a gzip file */
  uint64_t at;    /* FETCH: of the first byte wanted */
  /* (n) of the files that lie in the window one behind the other; of the one that came as an open
   * file. Sent as far as they go. */
  uint64_t size[DECODE_MOST];
};

/** What became of one file. Numbers are what the decoder says, to be held against limits. */
struct decode_found {
  uint64_t at, bytes;     /* of the values in the window; more than it holds are to be fetched */
  uint64_t frames;        /* sound */
  uint64_t height, width; /* picture */
  double rate;
  int32_t channels;
  uint32_t notes, is_float;
};
struct decode_reply {
  uint32_t
      n; /* files decoded, the first of those asked for: a fault or a full window ends a list */
  struct decode_found file[DECODE_MOST];
};

_Static_assert(sizeof(struct decode_request) <= FRAY_CONFINED_BYTES &&
                   sizeof(struct decode_reply) <= FRAY_CONFINED_BYTES,
               "a list in one message");

/** What the process does with a request. One file: its fault is that of the call. */
fray_confined_work decode_serve;

/** True of sizes that a sound or a picture may have at all. */
bool sound_fits(uint64_t frames, int64_t channels, double rate);
bool image_fits(uint64_t height, uint64_t width);

/* The functions of fray/codec/codec.h on bytes, in this process. Messages name no file. */
enum fray_status sound_here(const struct codec_bytes *bytes, struct fray_sound *out,
                            struct fray_err *err);
enum fray_status image_here(const struct codec_bytes *bytes, int channels, unsigned maximum,
                            struct fray_image *out, struct fray_err *err);
enum fray_status image_here_channels(const struct codec_bytes *bytes, size_t *channels,
                                     struct fray_err *err);
enum fray_status gzip_here(const struct codec_bytes *bytes, size_t limit, bool begins,
                           struct fray_text *out, struct fray_err *err);

/** A file of others on its way there. */
struct decode_file {
  const char *name;    /* in messages */
  const uint8_t *data; /* NULL: of the open file */
  uint64_t size;       /* may be less than there is */
  int fd;
};
enum { DECODE_HEADER = 1 << 16 }; /* bytes in which the headers of most pictures lie */
/** Opens it once, by name; the caller closes fd. INPUT: no regular file, above limit bytes. */
enum fray_status decode_open(const char *path, uint64_t limit, struct decode_file *out,
                             struct fray_err *err);
/** Its bytes; file->size becomes what was there. IO. */
enum fray_status decode_copy(struct decode_file *file, void *out, struct fray_err *err);
/** The process for a file that begins so, which may not be there yet. */
struct fray_confined *decode_process(const uint8_t *head, uint64_t size);
/** One call, with the errors of fray_confined_ask, which begin with `name`. */
enum fray_status decode_ask(struct fray_confined *child, const char *name,
                            const struct decode_request *request, int fd,
                            struct decode_reply *reply, struct fray_err *err);
/** What a reply says, as of fray_sound_read and fray_image_read, held against what may be, and its
 * values out of the window. INPUT: it contradicts itself. */
enum fray_status decode_take_sound(struct fray_confined *child, const char *name,
                                   const struct decode_found *found, struct fray_sound *out,
                                   struct fray_err *err);
enum fray_status decode_take_picture(struct fray_confined *child, const char *name,
                                     const struct decode_found *found, int channels,
                                     struct fray_image *out, struct fray_err *err);

/** n bytes from `at` on, or fewer at the end of the file. */
size_t codec_bytes_read(const struct codec_bytes *bytes, uint64_t at, void *out, size_t n);
/** The whole file in memory: its own data, or *owned, which the caller frees. MEMORY. */
enum fray_status codec_bytes_whole(const struct codec_bytes *bytes, const uint8_t **data,
                                   size_t *size, uint8_t **owned, struct fray_err *err);

#endif
