/* The decoding process: files that lie in the window, or one that is open, to values in the window.
 */
#include "decode.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Values of one file that are more than the window holds, until they were fetched. They are given
 * up with the next question: who asked for them and did not come back has failed. */
static struct {
  uint8_t *data;
  size_t size;
} held;

/* ---- bytes ---- */

/* A file that became shorter meanwhile ends where it ends. */
size_t codec_bytes_read(const struct codec_bytes *bytes, uint64_t at, void *out, size_t n) {
  if (at >= bytes->size)
    return 0;
  n = (size_t)FRAY_MIN((uint64_t)n, bytes->size - at);
  if (bytes->data) {
    memcpy(out, bytes->data + at, n);
    return n;
  }
  const ssize_t got = pread(bytes->fd, out, n, (off_t)at);
  return got > 0 ? (size_t)got : 0;
}

/* Decoders of pictures and of gzip go to and fro, so they get the whole; one byte more, since
 * memory for nothing may be no memory. */
enum fray_status codec_bytes_whole(const struct codec_bytes *bytes, const uint8_t **data,
                                   size_t *size, uint8_t **owned, struct fray_err *err) {
  *owned = NULL;
  *data = bytes->data;
  *size = (size_t)bytes->size;
  if (bytes->data)
    return FRAY_OK;
  *data = *owned = malloc(*size + 1);
  FRAY_CHECK(*owned, err, MEMORY, "out of memory (%zu bytes)", *size);
  size_t done = 0, got;
  while ((got = codec_bytes_read(bytes, done, *owned + done, *size - done)) > 0)
    done += got;
  *size = done;
  return FRAY_OK;
}

/* ---- one file ---- */

/* *values (found->bytes) is malloc'ed. What is said here is held against the same limits once more
 * on the other side, which has no reason to believe it. */
static enum fray_status decode_sound(const struct codec_bytes *bytes, struct decode_found *found,
                                     uint8_t **values, struct fray_err *err) {
  struct fray_sound sound = {0};
  FRAY_TRY(sound_here(bytes, &sound, err));
  found->frames = sound.frames;
  found->channels = sound.channels;
  found->rate = sound.rate;
  found->is_float = sound.is_float;
  found->notes = sound.notes;
  found->bytes = sound.frames * (size_t)sound.channels * sizeof *sound.x;
  *values = (uint8_t *)sound.x;
  return FRAY_OK;
}

/* Pixels are bytes already: what the parent copies is what the shard gets, but for its size. */
static enum fray_status decode_picture(const struct decode_request *request,
                                       const struct codec_bytes *bytes, struct decode_found *found,
                                       uint8_t **values, struct fray_err *err) {
  struct fray_image image = {0};
  FRAY_TRY(image_here(bytes, request->channels, request->maximum, &image, err));
  found->height = image.height;
  found->width = image.width;
  found->channels = (int32_t)image.channels;
  found->notes = image.notes;
  found->bytes = image.height * image.width * image.channels;
  *values = image.x;
  return FRAY_OK;
}

/* The header alone has no values; of a gzip file there is nothing to say but its bytes. */
static enum fray_status decode_one(const struct decode_request *request,
                                   const struct codec_bytes *bytes, struct decode_found *found,
                                   uint8_t **values, struct fray_err *err) {
  struct fray_text text = {0};
  size_t channels = 0;
  switch (request->call) {
  case DECODE_SOUND:
    return decode_sound(bytes, found, values, err);
  case DECODE_PICTURE:
    return decode_picture(request, bytes, found, values, err);
  case DECODE_COLOURS:
    FRAY_TRY(image_here_channels(bytes, &channels, err));
    found->channels = (int32_t)channels;
    return FRAY_OK;
  default:
    FRAY_TRY(
        gzip_here(bytes, (size_t)request->limit, request->call == DECODE_GZIP_BEGIN, &text, err));
    found->bytes = text.size;
    *values = (uint8_t *)text.data;
    return FRAY_OK;
  }
}

/* ---- a call ---- */

/* The window is as large as all pieces but the last, behind which nothing is kept. */
static void show_piece(struct fray_confined_call *call, uint64_t at) {
  if (at >= held.size)
    return;
  memcpy(call->window, held.data + at, FRAY_MIN(held.size - at, (size_t)FRAY_CONFINED_WINDOW));
  if (held.size - at <= FRAY_CONFINED_WINDOW) {
    free(held.data);
    held.data = NULL;
    held.size = 0;
  }
}

/* Values of one file take the place of its bytes; those of several go behind all bytes, from
 * `free_at` on. False: there is no room. */
static bool place(struct fray_confined_call *call, bool alone, uint64_t *free_at, uint8_t *values,
                  struct decode_found *found) {
  const uint64_t at = alone ? 0 : *free_at;
  const bool fits = found->bytes <= FRAY_CONFINED_WINDOW - at;
  if (alone && !fits) {
    held.data = values;
    held.size = (size_t)found->bytes;
    return true;
  }
  if (fits && found->bytes)
    memcpy((char *)call->window + at, values, (size_t)found->bytes);
  free(values);
  found->at = at;
  *free_at += fits ? found->bytes : 0;
  return fits;
}

/* The bytes of file k lie behind those of the files before it. */
static enum fray_status decode_all(struct fray_confined_call *call,
                                   const struct decode_request *request, struct decode_reply *reply,
                                   struct fray_err *err) {
  uint64_t at = 0, free_at = 0;
  for (uint32_t k = 0; k < request->n; k++)
    free_at += request->size[k];
  FRAY_CHECK(call->fd >= 0 || free_at <= FRAY_CONFINED_WINDOW, err, INTERNAL,
             "more files than the window holds");
  for (uint32_t k = 0; k < request->n; k++) {
    const struct codec_bytes bytes = {.data =
                                          call->fd >= 0 ? NULL : (const uint8_t *)call->window + at,
                                      .size = request->size[k],
                                      .fd = call->fd};
    uint8_t *values = NULL;
    const enum fray_status status = decode_one(request, &bytes, &reply->file[k], &values, err);
    /* A fault within a list is told when its file is asked for by itself. */
    if (status != FRAY_OK)
      return request->n == 1 || status != FRAY_INPUT ? status : FRAY_OK;
    if (!place(call, request->n == 1, &free_at, values, &reply->file[k]))
      return FRAY_OK;
    at += bytes.size;
    reply->n = k + 1;
  }
  return FRAY_OK;
}

/* The request came from a process that has read nothing of the file, and the numbers in it are
 * checked all the same: sizes lead to addresses. */
enum fray_status decode_serve(struct fray_confined_call *call, struct fray_err *err) {
  struct decode_request request = {0};
  struct decode_reply reply = {0};
  memcpy(&request, call->request, FRAY_MIN(call->request_size, sizeof request));
  if (request.call == DECODE_FETCH) {
    show_piece(call, request.at);
    return FRAY_OK;
  }
  free(held.data);
  held.data = NULL;
  held.size = 0;
  FRAY_CHECK(request.n >= 1 && request.n <= DECODE_MOST && (call->fd < 0 || request.n == 1), err,
             INTERNAL, "%u files in one call", request.n);
  const enum fray_status status = decode_all(call, &request, &reply, err);
  memcpy(call->answer, &reply, FRAY_MIN(call->answer_size, sizeof reply));
  return status;
}
