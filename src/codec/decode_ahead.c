/* Small files that are read one after the other in a known order are decoded many at a time: then a
 * question to the decoding process costs less than its answer. */
#include "decode.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A list takes a quarter of the window, and its values at most the rest. */
enum {
  SMALL = 256 << 10,
  FILES_BYTES = 4 << 20,
  VALUES_BYTES = FRAY_CONFINED_WINDOW - FILES_BYTES
};

/* One file that was decoded before it is asked for. */
struct ready {
  const char *path;
  struct fray_sound sound;
  struct fray_image image;
  size_t channels;
};

struct fray_ahead {
  const char *const *path; /* (n) borrowed */
  size_t n, at;            /* at: the next that will be asked for */
  struct ready ready[DECODE_MOST];
  size_t first, n_ready; /* of those not taken yet */
  size_t largest;        /* bytes of values of a file so far; 0: not known */
  size_t alone;          /* files that are read by themselves, behind a list that failed */
};

/* Of files whose values' size is not known nothing is decoded ahead: the first is read by itself.
 */
enum fray_status fray_ahead_make(const char *const *path, size_t n, struct fray_ahead **out,
                                 struct fray_err *err) {
  struct fray_ahead *ahead = calloc(1, sizeof *ahead);
  FRAY_CHECK(ahead, err, MEMORY, "out of memory");
  ahead->path = path;
  ahead->n = n;
  *out = ahead;
  return FRAY_OK;
}

/* What was decoded and never asked for goes with it: an import that stopped at a fault. */
void fray_ahead_free(struct fray_ahead *ahead) {
  if (!ahead)
    return;
  for (size_t k = ahead->first; k < ahead->first + ahead->n_ready; k++) {
    fray_sound_free(&ahead->ready[k].sound);
    fray_image_free(&ahead->ready[k].image);
  }
  free(ahead);
}

/* ---- a list ---- */

/* The next files, one behind the other in the window: `size` of each. A file that is large, of
 * another process or not to be read ends the list, and is left for its own turn. */
static uint32_t gather(const struct fray_ahead *ahead, struct fray_confined *child,
                       struct decode_request *request, size_t place[DECODE_MOST]) {
  const bool header = request->call == DECODE_COLOURS;
  const size_t most =
      header ? DECODE_MOST : FRAY_MIN((size_t)DECODE_MOST, VALUES_BYTES / ahead->largest);
  uint64_t total = 0;
  for (size_t k = ahead->at; k < ahead->n && request->n < most; k++) {
    struct decode_file file = {0};
    if (!ahead->path[k])
      continue;
    if (decode_open(ahead->path[k], SMALL, &file, NULL) != FRAY_OK)
      break;
    file.size = header ? FRAY_MIN(file.size, (uint64_t)DECODE_HEADER) : file.size;
    uint8_t *to = (uint8_t *)child->window + total;
    const bool taken = total + file.size <= FILES_BYTES && decode_copy(&file, to, NULL) == FRAY_OK;
    close(file.fd);
    if (!taken || decode_process(to, file.size) != child)
      break;
    total += file.size;
    place[request->n] = k;
    request->size[request->n++] = file.size;
  }
  return request->n;
}

/* Held against limits like an answer about one file. */
static enum fray_status take(struct fray_confined *child, const struct decode_request *request,
                             const struct decode_found *found, struct ready *out,
                             struct fray_err *err) {
  switch (request->call) {
  case DECODE_SOUND:
    return decode_take_sound(child, out->path, found, &out->sound, err);
  case DECODE_PICTURE:
    return decode_take_picture(child, out->path, found, request->channels, &out->image, err);
  default:
    out->channels = found->channels == 3 ? 3 : 1;
    return FRAY_OK;
  }
}

/* Decodes what comes next. Nothing of that is an error yet: whatever is wrong is told when its file
 * is asked for. A list that ended the process is gone through file by file, to find whose fault it
 * is. */
static void fill(struct fray_ahead *ahead, enum decode_call call, int channels, unsigned maximum) {
  struct decode_request request = {.call = call, .channels = channels, .maximum = maximum};
  struct decode_reply reply = {0};
  struct fray_confined *child = decode_process(NULL, 0);
  size_t place[DECODE_MOST];
  ahead->first = 0;
  if (fray_confined_start(child, NULL) != FRAY_OK || gather(ahead, child, &request, place) < 2)
    return;
  if (decode_ask(child, "", &request, -1, &reply, NULL) != FRAY_OK)
    ahead->alone = request.n;
  else
    while (ahead->n_ready < FRAY_MIN(reply.n, request.n)) {
      struct ready *ready = &ahead->ready[ahead->n_ready];
      const struct decode_found *found = &reply.file[ahead->n_ready];
      *ready = (struct ready){.path = ahead->path[place[ahead->n_ready]]};
      if (take(child, &request, found, ready, NULL) != FRAY_OK)
        break;
      ahead->largest = FRAY_MAX(ahead->largest, (size_t)found->bytes);
      ahead->n_ready++;
    }
}

/* The file, if it was decoded or now is, with those that follow it. NULL: it has to be read by
 * itself. A file that is asked for out of order changes nothing. */
static struct ready *find(struct fray_ahead *ahead, const char *path, enum decode_call call,
                          int channels, unsigned maximum) {
  if (!ahead)
    return NULL;
  while (ahead->at < ahead->n && !ahead->path[ahead->at])
    ahead->at++;
  if (ahead->at == ahead->n || strcmp(ahead->path[ahead->at], path) != 0)
    return NULL;
  if (ahead->n_ready == 0 && !ahead->alone && (ahead->largest || call == DECODE_COLOURS))
    fill(ahead, call, channels, maximum);
  ahead->at++;
  if (ahead->n_ready == 0) {
    ahead->alone -= ahead->alone > 0;
    return NULL;
  }
  ahead->n_ready--;
  return &ahead->ready[ahead->first++];
}

/* ---- files ---- */

/* Its memory goes to the caller, who frees it like that of any sound. */
enum fray_status fray_sound_read_next(struct fray_ahead *ahead, const char *path,
                                      struct fray_sound *out, struct fray_err *err) {
  struct ready *ready = find(ahead, path, DECODE_SOUND, 0, 0);
  if (ready) {
    *out = ready->sound;
    ready->sound = (struct fray_sound){0};
    return FRAY_OK;
  }
  FRAY_TRY(fray_sound_read(path, out, err));
  if (ahead)
    ahead->largest = FRAY_MAX(ahead->largest, out->frames * (size_t)out->channels * sizeof *out->x);
  return FRAY_OK;
}

enum fray_status fray_image_read_next(struct fray_ahead *ahead, const char *path, int channels,
                                      unsigned maximum, struct fray_image *out,
                                      struct fray_err *err) {
  struct ready *ready = find(ahead, path, DECODE_PICTURE, channels, maximum);
  if (ready) {
    *out = ready->image;
    ready->image = (struct fray_image){0};
    return FRAY_OK;
  }
  FRAY_TRY(fray_image_read(path, channels, maximum, out, err));
  if (ahead)
    ahead->largest = FRAY_MAX(ahead->largest, out->height * out->width * out->channels);
  return FRAY_OK;
}

enum fray_status fray_image_channels_next(struct fray_ahead *ahead, const char *path,
                                          size_t *channels, struct fray_err *err) {
  const struct ready *ready = find(ahead, path, DECODE_COLOURS, 0, 0);
  if (!ready)
    return fray_image_channels(path, channels, err);
  *channels = ready->channels;
  return FRAY_OK;
}
