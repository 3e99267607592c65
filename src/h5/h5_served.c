/* The reader's side: files and data sets under numbers of its own, and each call of the parent done
 * with them. Numbers are checked here too, though they come from the parent. */
#include "h5_served.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Open things, by their numbers; those of closed ones are given again. */
static struct slot {
  hid_t id;    /* -1: free */
  int fd;      /* of a file; -1: a data set */
  size_t file; /* number of the file that it lies in */
} * slots;
static size_t n_slots;

/* What the last call found, where it is more than the window holds. */
static struct {
  char *data;
  size_t size;
} held;

/* Before the process is confined, and while its parent has read nothing of others either: HDF5
 * reads its environment and the names of its plug-ins, of which none is loaded, since each would be
 * code out of a folder. */
void h5_serve_prepare(void) {
  h5_quiet();
  H5open();
  H5PLset_loading_state(0);
  h5_driver_access(-1);
}

/* The lowest free number. There are as many as files and data sets that a data set keeps open. */
static enum fray_status take_slot(hid_t id, int fd, size_t file, size_t *out,
                                  struct fray_err *err) {
  size_t k = 0;
  while (k < n_slots && slots[k].id >= 0)
    k++;
  if (k == n_slots) {
    const size_t n = n_slots ? 2 * n_slots : 16;
    struct slot *grown = realloc(slots, n * sizeof *grown);
    FRAY_CHECK(grown, err, MEMORY, "out of memory");
    slots = grown;
    for (size_t i = n_slots; i < n; i++)
      slots[i].id = -1;
    n_slots = n;
  }
  slots[k] = (struct slot){id, fd, fd >= 0 ? k : file};
  *out = k;
  return FRAY_OK;
}

/* Data sets of the file are closed with it, by HDF5. */
static void close_file(size_t file) {
  if (file >= n_slots || slots[file].id < 0 || slots[file].fd < 0)
    return;
  h5_here_close(slots[file].id, NULL);
  close(slots[file].fd);
  for (size_t i = 0; i < n_slots; i++)
    if (slots[i].id >= 0 && slots[i].file == file)
      slots[i].id = -1;
}

/* A file by its own call only, so that no handle of a data set takes it away. */
static void close_rows(size_t k) {
  if (slots[k].fd >= 0)
    return;
  h5_here_rows_close(slots[k].id);
  slots[k].id = -1;
}

/* ---- what comes back ---- */

/* Of the call before: a result lives until the next question that is not for more of it. */
static void let_go(void) {
  free(held.data);
  held.data = NULL;
  held.size = 0;
}

/* Memory for a result: the window where it fits. */
static char *room_for(struct fray_confined_call *call, size_t bytes, struct h5_reply *reply) {
  reply->bytes = bytes;
  if (bytes <= FRAY_CONFINED_WINDOW)
    return call->window;
  held.data = malloc(bytes);
  held.size = held.data ? bytes : 0;
  return held.data;
}

/* The window is as large as all pieces but the last. */
static void show_piece(struct fray_confined_call *call, size_t at) {
  if (at < held.size)
    memcpy(call->window, held.data + at, FRAY_MIN(held.size - at, (size_t)FRAY_CONFINED_WINDOW));
}

/* One behind the other, each with its NUL. */
static enum fray_status give_texts(struct fray_confined_call *call, const char *const *text,
                                   size_t n, struct h5_reply *reply, struct fray_err *err) {
  size_t bytes = 0;
  for (size_t i = 0; i < n; i++)
    bytes += strlen(text[i]) + 1;
  char *to = room_for(call, bytes, reply);
  FRAY_CHECK(to, err, MEMORY, "out of memory (%zu bytes)", bytes);
  for (size_t i = 0; i < n; i++) {
    const size_t size = strlen(text[i]) + 1;
    memcpy(to, text[i], size);
    to += size;
  }
  reply->n = n;
  return FRAY_OK;
}

/* ---- the calls ---- */

/* The file that came with the request is kept as long as HDF5 has it open. */
static enum fray_status open_file(struct fray_confined_call *call, const char *path,
                                  struct h5_reply *reply, struct fray_err *err) {
  hid_t file = -1;
  size_t slot = 0;
  FRAY_CHECK(call->fd >= 0, err, INTERNAL, "%s: no file came", path);
  FRAY_TRY(h5_here_open(call->fd, path, &file, err));
  const enum fray_status status = take_slot(file, call->fd, 0, &slot, err);
  if (status != FRAY_OK) {
    h5_here_close(file, NULL);
    return status;
  }
  call->fd = -1;
  reply->slot = (uint32_t)slot;
  return FRAY_OK;
}

/* Slots may move while one is taken, so nothing points into them meanwhile. What was opened for a
 * number that cannot be given is closed again, with the file's own number left as it was. */
static enum fray_status open_rows(const struct slot *from, const char *path, struct h5_reply *reply,
                                  struct fray_err *err) {
  fray_h5 data = -1;
  size_t slot = 0;
  const size_t file = from->file;
  FRAY_TRY(h5_here_rows_open(from->id, path, &data, err));
  const enum fray_status status = take_slot(data, -1, file, &slot, err);
  if (status != FRAY_OK)
    h5_here_rows_close(data);
  reply->slot = (uint32_t)slot;
  return status;
}

/* Straight into the window where the values fit there. */
static enum fray_status read_numbers(struct fray_confined_call *call,
                                     const struct h5_request *request, hid_t from,
                                     struct h5_reply *reply, struct fray_err *err) {
  size_t bytes = 0;
  FRAY_CHECK(fray_size_mul(request->count, h5_type_bytes(request->type), &bytes), err, INPUT,
             "%s: %zu values are too many", request->words, (size_t)request->count);
  char *out = room_for(call, bytes, reply);
  FRAY_CHECK(out, err, MEMORY, "out of memory (%zu bytes)", bytes);
  return request->call == H5_READ
             ? h5_here_read(from, request->words, request->type, out, request->count, err)
             : h5_here_rows_read(from, request->words, request->type, request->first, request->n,
                                 out, request->count, err);
}

/* Lists and texts, which are read to an arena and handed over in one piece. */
static enum fray_status read_list(struct fray_confined_call *call, const struct h5_request *request,
                                  hid_t from, struct fray_arena *arena, struct h5_reply *reply,
                                  struct fray_err *err) {
  const char **text = NULL, *name = request->words + strlen(request->words) + 1;
  const char *one = NULL;
  struct fray_h5_gap *gap = NULL;
  size_t n = 0;
  switch (request->call) {
  case H5_MEMBERS:
    FRAY_TRY(h5_here_members(from, request->words, arena, &text, &n, err));
    return give_texts(call, text, n, reply, err);
  case H5_TEXTS:
    FRAY_TRY(h5_here_read_texts(from, request->words, arena, &text, &n, err));
    return give_texts(call, text, n, reply, err);
  case H5_ATTR_TEXT:
    FRAY_TRY(h5_here_attr_text(from, request->words, name, arena, &one, err));
    return give_texts(call, &one, 1, reply, err);
  default:
    FRAY_TRY(h5_here_gaps(from, request->words, arena, &gap, &n, err));
    char *to = room_for(call, n * sizeof *gap, reply);
    FRAY_CHECK(to, err, MEMORY, "out of memory");
    if (n)
      memcpy(to, gap, n * sizeof *gap);
    reply->n = n;
    return FRAY_OK;
  }
}

/* What needs no room but that of the reply. */
static enum fray_status answer(struct fray_confined_call *call, const struct h5_request *request,
                               struct h5_reply *reply, struct fray_err *err) {
  const char *path = request->words, *name = path + strlen(path) + 1;
  size_t dims[FRAY_H5_MAX_RANK] = {0};
  bool yes = false;
  struct fray_arena arena = {0};
  const struct slot *slot = &slots[request->slot];
  enum fray_status status = FRAY_OK;
  switch (request->call) {
  case H5_CLOSE:
    close_file(request->slot);
    return FRAY_OK;
  case H5_ROWS_CLOSE:
    close_rows(request->slot);
    return FRAY_OK;
  case H5_HAS:
    reply->yes = h5_here_has(slot->id, path);
    return FRAY_OK;
  case H5_HAS_ATTR:
    reply->yes = h5_here_has_attr(slot->id, path, name);
    return FRAY_OK;
  case H5_ATTR_REAL:
    return h5_here_attr_real(slot->id, path, name, &reply->real, err);
  case H5_SHAPE:
    status = h5_here_shape(slot->id, path, &reply->rank, dims, &yes, err);
    reply->yes = yes;
    for (int i = 0; i < FRAY_H5_MAX_RANK; i++)
      reply->dims[i] = dims[i];
    return status;
  case H5_IS_FLOAT:
    status = h5_here_is_float(slot->id, path, &yes, err);
    reply->yes = yes;
    return status;
  case H5_ROWS_OPEN:
    return open_rows(slot, path, reply, err);
  case H5_MANY:
    return h5_serve_many(request, slot->id, call->window, reply, err);
  case H5_READ:
  case H5_ROWS_READ:
    return read_numbers(call, request, slot->id, reply, err);
  default:
    status = read_list(call, request, slot->id, &arena, reply, err);
    fray_arena_free(&arena);
    return status;
  }
}

/* The reply goes back even after an error, which then counts. */
enum fray_status h5_serve(struct fray_confined_call *call, struct fray_err *err) {
  struct h5_request request = {0};
  struct h5_reply reply = {0};
  /* The last two bytes stay 0: both words end. */
  memcpy(&request, call->request, FRAY_MIN(call->request_size, sizeof request - 2));
  if (request.done)
    close_file(request.done - 1);
  if (request.call == H5_FETCH) {
    show_piece(call, request.at);
    return FRAY_OK;
  }
  let_go();
  enum fray_status status = FRAY_OK;
  if (request.call == H5_OPEN)
    status = open_file(call, request.words, &reply, err);
  else if (request.slot >= n_slots || slots[request.slot].id < 0)
    status = fray_fail(err, FRAY_INTERNAL, "nothing is open under number %u", request.slot);
  else
    status = answer(call, &request, &reply, err);
  memcpy(call->answer, &reply, sizeof reply);
  return status;
}
