/* The readers of files of fray/codec/codec.h. What is in a file is found out by a confined process,
 * which gets its bytes and hands over values; no decoder of a library runs in this one. */
#include "decode.h"

#include "codec/picture/picture.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGEST_PICTURE = 64 << 20, LARGEST_PACKED = 1 << 30 };

/* Memory for the values, and for what decoders keep beside them: of a picture of the largest size
 * that is read, with all its scans, a third. */
enum { MEMORY_MIB = 4096, SECONDS = 60 };
static const struct fray_confined_kind kind = {.does = "decodes pictures, sounds and gzip files",
                                               .memory = (uint64_t)MEMORY_MIB << 20,
                                               .seconds = SECONDS};
static struct fray_confined mine = {.kind = &kind}, *decoder = &mine;

/* libtiff has to be loaded before doors are closed, and is seldom wanted. */
#ifdef FRAY_WITH_TIFF
static const struct fray_confined_kind tiff_kind = {.does = "decodes TIFF pictures",
                                                    .prepare = fray_tiff_prepare,
                                                    .memory = (uint64_t)MEMORY_MIB << 20,
                                                    .seconds = SECONDS};
static struct fray_confined tiff_decoder = {.kind = &tiff_kind};
#endif

/* Static: one for each process. */
enum fray_status fray_codec_begin(struct fray_err *err) {
  return fray_confined_start(decoder, err);
}

void fray_codec_share(struct fray_confined *process) {
  decoder = process;
}

/* ---- bytes on their way there ---- */

/* Opened by name, once. A FIFO or device would never answer. */
enum fray_status decode_open(const char *path, uint64_t limit, struct decode_file *out,
                             struct fray_err *err) {
  uint64_t size = 0;
  FRAY_TRY(fray_file_size(path, &size, err));
  FRAY_CHECK(size <= limit, err, INPUT, "%s: %llu bytes, more than the limit of %llu", path,
             (unsigned long long)size, (unsigned long long)limit);
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  FRAY_CHECK(fd >= 0, err, INPUT, "%s: %s", path, strerror(errno));
  *out = (struct decode_file){.name = path, .size = size, .fd = fd};
  return FRAY_OK;
}

/* Into `out`; what became shorter since it was opened is what it is now. */
enum fray_status decode_copy(struct decode_file *file, void *out, struct fray_err *err) {
  if (file->data) {
    memcpy(out, file->data, (size_t)file->size);
    return FRAY_OK;
  }
  /* A disk that does not answer is no fault of the file, and told as what it is. */
  const ssize_t got = pread(file->fd, out, (size_t)file->size, 0);
  FRAY_CHECK(got >= 0, err, IO, "%s: cannot be read: %s", file->name, strerror(errno));
  file->size = (uint64_t)got;
  return FRAY_OK;
}

/* A picture of TIFF is known by its first bytes. */
struct fray_confined *decode_process(const uint8_t *head, uint64_t size) {
#ifdef FRAY_WITH_TIFF
  if (size >= 4 && (memcmp(head, "II*\0", 4) == 0 || memcmp(head, "MM\0*", 4) == 0))
    return &tiff_decoder;
#endif
  (void)head, (void)size;
  return decoder;
}

/* What is in memory and does not fit into the window becomes a file without a name. */
static enum fray_status make_file(struct decode_file *file, struct fray_err *err) {
  const int fd = memfd_create("fray", MFD_CLOEXEC);
  FRAY_CHECK(fd >= 0, err, MEMORY, "%s: no file in memory: %s", file->name, strerror(errno));
  size_t done = 0;
  ssize_t n = 1;
  while (done < file->size && n > 0) {
    n = write(fd, file->data + done, (size_t)file->size - done);
    done += n > 0 ? (size_t)n : 0;
  }
  if (done < file->size) {
    close(fd);
    return fray_fail(err, FRAY_MEMORY, "%s: out of memory (%zu bytes)", file->name,
                     (size_t)file->size);
  }
  file->fd = fd;
  return FRAY_OK;
}

/* The end of the process is told as any other fault of the file. */
enum fray_status decode_ask(struct fray_confined *child, const char *name,
                            const struct decode_request *request, int fd,
                            struct decode_reply *reply, struct fray_err *err) {
  struct fray_err own = {0};
  const enum fray_status status = fray_confined_ask(
      child, decode_serve, request,
      offsetof(struct decode_request, size) + request->n * sizeof request->size[0], fd, reply,
      offsetof(struct decode_reply, file) + request->n * sizeof reply->file[0], &own);
  return status == FRAY_OK ? FRAY_OK : fray_fail(err, status, "%s: %s", name, own.text);
}

/* One file, whole or its beginning. The window is taken before there is anything to put there. */
static enum fray_status ask(struct decode_file *file, struct decode_request *request,
                            struct fray_confined **child, struct decode_reply *reply,
                            struct fray_err *err) {
  uint8_t head[4] = {0};
  const bool fits = file->size <= FRAY_CONFINED_WINDOW;
  FRAY_TRY(fray_confined_start(decoder, err));
  if (fits)
    FRAY_TRY(decode_copy(file, decoder->window, err));
  else if (!file->data)
    FRAY_CHECK(pread(file->fd, head, sizeof head, 0) >= 0, err, IO, "%s: cannot be read: %s",
               file->name, strerror(errno));
  *child = decode_process(fits ? decoder->window : file->data ? file->data : head, file->size);
  FRAY_TRY(fray_confined_start(*child, err));
  if (fits && *child != decoder)
    memcpy((*child)->window, decoder->window, (size_t)file->size);
  request->n = 1;
  request->size[0] = file->size;
  if (fits || !file->data)
    return decode_ask(*child, file->name, request, fits ? -1 : file->fd, reply, err);
  FRAY_TRY(make_file(file, err));
  const enum fray_status status = decode_ask(*child, file->name, request, file->fd, reply, err);
  close(file->fd);
  return status;
}

/* ---- values on their way back ---- */

/* Its answer contradicts itself, or goes beyond what such a file may hold. */
static enum fray_status refuse(const char *name, struct fray_err *err) {
  return fray_fail(err, FRAY_INPUT, "%s: its decoder gave an answer without sense", name);
}

/* Out of the window; what is more than it holds comes piece by piece. */
static enum fray_status fetch(struct fray_confined *child, const char *name,
                              const struct decode_found *found, uint8_t *out,
                              struct fray_err *err) {
  struct decode_request request = {.call = DECODE_FETCH, .n = 1};
  struct decode_reply reply;
  const size_t bytes = (size_t)found->bytes, window = FRAY_CONFINED_WINDOW;
  if (bytes <= window) {
    if (found->at > window - bytes)
      return refuse(name, err);
    memcpy(out, (const char *)child->window + found->at, bytes);
    return FRAY_OK;
  }
  for (size_t at = 0; at < bytes; at += window) {
    request.at = at;
    FRAY_TRY(decode_ask(child, name, &request, -1, &reply, err));
    memcpy(out + at, child->window, FRAY_MIN(bytes - at, window));
  }
  return FRAY_OK;
}

/* Notes that there are: import counts them by number. */
static unsigned notes_of(const struct decode_found *found) {
  return found->notes & ((1U << FRAY_NOTE_KINDS) - 1);
}

/* Sizes first, since memory is taken by them; then each value, which no later step looks at again.
 */
enum fray_status decode_take_sound(struct fray_confined *child, const char *name,
                                   const struct decode_found *found, struct fray_sound *out,
                                   struct fray_err *err) {
  size_t n = 0, bytes = 0;
  if (!sound_fits(found->frames, found->channels, found->rate) ||
      !fray_size_mul((size_t)found->frames, (size_t)found->channels, &n) ||
      !fray_size_mul(n, sizeof(float), &bytes) || bytes != found->bytes)
    return refuse(name, err);
  float *x = malloc(bytes);
  FRAY_CHECK(x, err, MEMORY, "%s: out of memory (%zu bytes)", name, bytes);
  enum fray_status status = fetch(child, name, found, (uint8_t *)x, err);
  for (size_t i = 0; status == FRAY_OK && i < n; i++)
    if (!isfinite(x[i]))
      status = refuse(name, err);
  if (status != FRAY_OK) {
    free(x);
    return status;
  }
  *out = (struct fray_sound){.x = x,
                             .frames = (size_t)found->frames,
                             .channels = found->channels,
                             .rate = found->rate,
                             .is_float = found->is_float != 0,
                             .notes = notes_of(found)};
  return FRAY_OK;
}

/* channels: that were asked for; 0: 1 or 3. */
enum fray_status decode_take_picture(struct fray_confined *child, const char *name,
                                     const struct decode_found *found, int channels,
                                     struct fray_image *out, struct fray_err *err) {
  const bool good =
      channels ? found->channels == channels : found->channels == 1 || found->channels == 3;
  if (!good || !image_fits(found->height, found->width) ||
      found->bytes != found->height * found->width * (uint64_t)found->channels)
    return refuse(name, err);
  uint8_t *x = malloc((size_t)found->bytes);
  FRAY_CHECK(x, err, MEMORY, "%s: out of memory (%zu bytes)", name, (size_t)found->bytes);
  const enum fray_status status = fetch(child, name, found, x, err);
  if (status != FRAY_OK) {
    free(x);
    return status;
  }
  *out = (struct fray_image){.x = x,
                             .height = (size_t)found->height,
                             .width = (size_t)found->width,
                             .channels = (size_t)found->channels,
                             .notes = notes_of(found)};
  return FRAY_OK;
}

/* ---- sounds ---- */

/* Of a file and of bytes in memory alike. */
static enum fray_status sound_of(struct decode_file *file, struct fray_sound *out,
                                 struct fray_err *err) {
  struct decode_request request = {.call = DECODE_SOUND};
  struct decode_reply reply = {0};
  struct fray_confined *child;
  FRAY_TRY(ask(file, &request, &child, &reply, err));
  return decode_take_sound(child, file->name, &reply.file[0], out, err);
}

/* Of any size: how long the sound is, is found while it is decoded. */
enum fray_status fray_sound_read(const char *path, struct fray_sound *out, struct fray_err *err) {
  struct decode_file file = {0};
  FRAY_TRY(decode_open(path, UINT64_MAX, &file, err));
  const enum fray_status status = sound_of(&file, out, err);
  close(file.fd);
  return status;
}

/* Bytes that one rank read for all: they came from outside like any file. */
enum fray_status fray_sound_decode(const char *name, const void *data, size_t size,
                                   struct fray_sound *out, struct fray_err *err) {
  struct decode_file file = {.name = name, .data = data, .size = size, .fd = -1};
  FRAY_CHECK(size > 0, err, INPUT, "%s: the file is empty", name);
  return sound_of(&file, out, err);
}

/* ---- pictures ---- */

/* Colours and the value of white go along: what is computed of samples is part of decoding. */
static enum fray_status picture_of(struct decode_file *file, int channels, unsigned maximum,
                                   struct fray_image *out, struct fray_err *err) {
  struct decode_request request = {
      .call = DECODE_PICTURE, .channels = channels, .maximum = maximum};
  struct decode_reply reply = {0};
  struct fray_confined *child;
  FRAY_TRY(ask(file, &request, &child, &reply, err));
  return decode_take_picture(child, file->name, &reply.file[0], channels, out, err);
}

enum fray_status fray_image_read(const char *path, int channels, unsigned maximum,
                                 struct fray_image *out, struct fray_err *err) {
  struct decode_file file = {0};
  FRAY_CHECK(channels == 0 || channels == 1 || channels == 3, err, INTERNAL,
             "images of %d channels", channels);
  FRAY_TRY(decode_open(path, LARGEST_PICTURE, &file, err));
  const enum fray_status status = picture_of(&file, channels, maximum, out, err);
  close(file.fd);
  return status;
}

/* Whatever it says, there are two answers. */
static enum fray_status colours_of(struct decode_file *file, size_t *channels,
                                   struct fray_err *err) {
  struct decode_request request = {.call = DECODE_COLOURS};
  struct decode_reply reply = {0};
  struct fray_confined *child;
  FRAY_TRY(ask(file, &request, &child, &reply, err));
  *channels = reply.file[0].channels == 3 ? 3 : 1;
  return FRAY_OK;
}

/* Most headers lie at the beginning, and the colours of thousands of pictures are asked for before
 * one is decoded; one that ends beyond it (long profiles do that) is read from the whole file. */
enum fray_status fray_image_channels(const char *path, size_t *channels, struct fray_err *err) {
  struct decode_file file = {0};
  FRAY_TRY(decode_open(path, LARGEST_PICTURE, &file, err));
  const uint64_t whole = file.size;
  file.size = FRAY_MIN(whole, (uint64_t)DECODE_HEADER);
  enum fray_status status = colours_of(&file, channels, err);
  if (status == FRAY_INPUT && whole > DECODE_HEADER) {
    file.size = whole;
    status = colours_of(&file, channels, err);
  }
  close(file.fd);
  return status;
}

/* ---- gzip ---- */

/* The limit is held there while it grows, and here before memory is taken. */
static enum fray_status unpack(struct decode_file *file, enum decode_call call, size_t limit,
                               struct fray_arena *arena, const uint8_t **data, size_t *size,
                               struct fray_err *err) {
  struct decode_request request = {.call = call, .limit = limit};
  struct decode_reply reply = {0};
  struct fray_confined *child;
  FRAY_TRY(ask(file, &request, &child, &reply, err));
  const struct decode_found *found = &reply.file[0];
  if (found->bytes > limit)
    return refuse(file->name, err);
  uint8_t *out = fray_arena_alloc(arena, (size_t)found->bytes + 1, 1);
  FRAY_CHECK(out, err, MEMORY, "%s: out of memory (%zu bytes)", file->name, (size_t)found->bytes);
  FRAY_TRY(fetch(child, file->name, found, out, err));
  *data = out;
  *size = (size_t)found->bytes;
  return FRAY_OK;
}

/* No decoder is needed for what is not packed, so nobody is asked. */
static enum fray_status read_plain(const char *path, size_t limit, struct fray_arena *arena,
                                   const uint8_t **data, size_t *size, struct fray_err *err) {
  struct fray_text text = {0};
  FRAY_TRY(fray_file_read(path, limit, &text, err));
  uint8_t *out = fray_arena_alloc(arena, text.size + 1, 1);
  if (out && text.size)
    memcpy(out, text.data, text.size);
  *data = out;
  *size = text.size;
  fray_text_free(&text);
  FRAY_CHECK(out, err, MEMORY, "%s: out of memory (%zu bytes)", path, *size);
  return FRAY_OK;
}

/* By its first bytes, not its name. */
static bool is_packed(const struct decode_file *file) {
  uint8_t head[2] = {0};
  return pread(file->fd, head, sizeof head, 0) == 2 && head[0] == 0x1f && head[1] == 0x8b;
}

/* limit: of a plain file, and of what is in a packed one, which may be the larger of the two where
 * there is little to pack. */
enum fray_status fray_gzip_read(const char *path, size_t limit, struct fray_arena *arena,
                                const uint8_t **data, size_t *size, struct fray_err *err) {
  struct decode_file file = {0};
  FRAY_TRY(decode_open(path, LARGEST_PACKED, &file, err));
  const enum fray_status status = is_packed(&file)
                                      ? unpack(&file, DECODE_GZIP, limit, arena, data, size, err)
                                      : read_plain(path, limit, arena, data, size, err);
  close(file.fd);
  return status;
}

/* A few bytes tell how many there are to be, before a file is believed that it has as many. */
enum fray_status fray_gzip_begin(const char *path, size_t n, struct fray_arena *arena,
                                 const uint8_t **data, size_t *size, struct fray_err *err) {
  struct decode_file file = {0};
  enum fray_status status = FRAY_OK;
  FRAY_TRY(decode_open(path, LARGEST_PACKED, &file, err));
  *size = 0;
  /* As much as any header takes, and no more: the rest is read when it is believed. */
  file.size = FRAY_MIN(file.size, (uint64_t)DECODE_HEADER);
  if (is_packed(&file))
    status = unpack(&file, DECODE_GZIP_BEGIN, n, arena, data, size, err);
  close(file.fd);
  return status;
}
