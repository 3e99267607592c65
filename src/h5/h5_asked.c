/* The reading functions of fray/h5/h5.h. What they name was opened by a confined process, which
 * does the reading and hands over values; HDF5 in this process sees no byte of a file that it did
 * not write itself. Files that are being written are read here. */
#include "h5_served.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Memory for chunks, type conversions and lists; values of one request are the most of it. Some
 * damage makes HDF5 go round in circles, which only the time ends. */
enum { MEMORY_MIB = 4096, SECONDS = 60 };
static const struct fray_confined_kind kind = {.does = "reads files",
                                               .prepare = h5_serve_prepare,
                                               .memory = (uint64_t)MEMORY_MIB << 20,
                                               .seconds = SECONDS};
static struct fray_confined reader = {.kind = &kind};

/* Lists longer than this are refused unseen. */
static const uint64_t most_bytes = (uint64_t)4 << 30;

/* A handle: which start of the reader, which file (for its name), which number there. HDF5's own
 * handles have bit 62 clear. */
static const fray_h5 mark = (fray_h5)1 << 62;
enum { STARTS = 0x3fff, MOST_FILES = 0xffff };

static char *file_name[MOST_FILES]; /* NULL: free */

/* What ended the last reader, for those whose files went with it. */
static char last_end[400] = "their process ended with another file";

/* The reader is static: one for each process, whatever opens files there. */
enum fray_status fray_h5_begin(struct fray_err *err) {
  return fray_confined_start(&reader, err);
}

struct fray_confined *fray_h5_process(void) {
  return &reader;
}

/* By the bit alone: HDF5's own handles are small numbers under their kind. */
static bool is_asked(fray_h5 handle) {
  return handle > 0 && (handle & mark);
}

/* Below 65536 files at once; a data set has few open (sample.c). */
static size_t file_of(fray_h5 handle) {
  return (size_t)(handle >> 32) & MOST_FILES;
}

/* Numbers of starts run round; a handle of 16383 starts ago is nobody's any more. */
static fray_h5 handle_of(size_t file, uint32_t slot) {
  return mark | (fray_h5)(reader.started & STARTS) << 48 | (fray_h5)file << 32 | slot;
}

/* ---- one question ---- */

/* Both words, as far as they go. */
static enum fray_status put_words(struct h5_request *request, const char *path, const char *name,
                                  size_t *size, struct fray_err *err) {
  const size_t first = strlen(path) + 1, second = name ? strlen(name) + 1 : 1;
  FRAY_CHECK(first + second + 2 < H5_WORDS, err, INPUT, "%.100s...: a name of %zu bytes", path,
             first + second - 2);
  memcpy(request->words, path, first);
  if (name)
    memcpy(request->words + first, name, second);
  else
    request->words[first] = '\0';
  *size = offsetof(struct h5_request, words) + first + second;
  return FRAY_OK;
}

/* A file that is closed here, and that the reader closes with the next question: nobody waits for
 * that. Of which start of the reader. */
static struct {
  unsigned started;
  uint32_t done;
} closed;

static void put_closed(struct h5_request *request) {
  request->done = closed.started == reader.started ? closed.done : 0;
  closed.done = 0;
}

/* The end of the reader is said with the name of the file that it was busy with. What others had
 * open there is told the same when they ask the next time. */
static enum fray_status ask_sized(struct h5_request *request, size_t size, const char *file, int fd,
                                  struct h5_reply *reply, struct fray_err *err) {
  struct fray_err own = {0};
  put_closed(request);
  enum fray_status status =
      fray_confined_ask(&reader, h5_serve, request, size, fd, reply, sizeof *reply, &own);
  /* Asking starts one, so that there is none now means that it has ended meanwhile. */
  const bool ended = reader.started && !reader.is_here && !reader.pid;
  if (status == FRAY_OK)
    return FRAY_OK;
  if (!ended)
    return reader.says ? fray_fail(err, status, "%s: %s", file, own.text)
                       : fray_fail(err, status, "%s", own.text);
  snprintf(last_end, sizeof last_end, "%.200s: %.180s", file, own.text);
  return fray_fail(err, status, "%s: %s", file, own.text);
}

static enum fray_status ask(struct h5_request *request, const char *file, int fd, const char *path,
                            const char *name, struct h5_reply *reply, struct fray_err *err) {
  size_t size = 0;
  FRAY_TRY(put_words(request, path, name, &size, err));
  return ask_sized(request, size, file, fd, reply, err);
}

/* Whether the reader that opened a file is still there: one that was started after it knows nothing
 * of that file. */
static bool is_alive(fray_h5 handle) {
  return file_name[file_of(handle)] && (handle >> 48 & STARTS) == (reader.started & STARTS) &&
         (reader.pid || reader.is_here);
}

/* A handle of a reader that has ended names nothing in the one that came after it. */
static enum fray_status ask_of(fray_h5 handle, enum h5_call call, const char *path,
                               const char *name, struct h5_reply *reply, struct fray_err *err) {
  struct h5_request request = {.call = call, .slot = (uint32_t)handle};
  const char *file = file_name[file_of(handle)];
  FRAY_CHECK(file, err, INTERNAL, "%s: asked of a file that is closed", path);
  FRAY_CHECK(is_alive(handle), err, INPUT, "%s: cannot be read any more: %s", file, last_end);
  return ask(&request, file, -1, path, name, reply, err);
}

/* Out of the window, once all lies there; else piece by piece. */
static enum fray_status fetch(fray_h5 handle, size_t bytes, char *out, struct fray_err *err) {
  struct h5_request request = {.call = H5_FETCH};
  struct h5_reply reply;
  for (size_t at = 0; at < bytes; at += FRAY_CONFINED_WINDOW) {
    request.at = at;
    if (bytes > FRAY_CONFINED_WINDOW)
      FRAY_TRY(ask(&request, file_name[file_of(handle)], -1, "", NULL, &reply, err));
    memcpy(out + at, reader.window, FRAY_MIN(bytes - at, (size_t)FRAY_CONFINED_WINDOW));
  }
  return FRAY_OK;
}

/* Its answer contradicts itself. What a file makes its reader say is believed no further. */
static enum fray_status refuse(fray_h5 handle, const char *path, struct fray_err *err) {
  return fray_fail(err, FRAY_INPUT, "%s: %s: its reader gave an answer without sense",
                   file_name[file_of(handle)], path);
}

/* ---- files ---- */

/* Why a file cannot be opened or read, before anybody calls it "not an HDF5 file". A FIFO or device
 * would never answer. */
static enum fray_status open_plain(const char *path, int *out, struct fray_err *err) {
  char byte;
  uint64_t size = 0;
  FRAY_TRY(fray_file_size(path, &size, err));
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const ssize_t n = file < 0 ? -1 : pread(file, &byte, 1, 0);
  const int reason = errno;
  if (n < 0 && file >= 0)
    close(file);
  FRAY_CHECK(n >= 0, err, INPUT, "%s: %s", path, strerror(reason));
  *out = file;
  return FRAY_OK;
}

/* Opened here, by name, once: the reader gets the open file, and no other can be put in its place.
 */
enum fray_status fray_h5_open(const char *path, fray_h5 *out, struct fray_err *err) {
  struct h5_request request = {.call = H5_OPEN};
  struct h5_reply reply;
  size_t k = 0;
  int fd = -1;
  while (k < MOST_FILES && file_name[k])
    k++;
  FRAY_CHECK(k < MOST_FILES, err, INPUT, "%s: %d files are open already", path, MOST_FILES);
  FRAY_TRY(open_plain(path, &fd, err));
  const enum fray_status status = ask(&request, path, fd, path, NULL, &reply, err);
  close(fd);
  FRAY_TRY(status);
  file_name[k] = strdup(path);
  FRAY_CHECK(file_name[k], err, MEMORY, "out of memory");
  *out = handle_of(k, reply.slot);
  return FRAY_OK;
}

/* A question of many wishes that the reader works on while its parent does other things, and what
 * came of it. */
static struct {
  fray_h5 file; /* 0: none */
  struct h5_request request;
  size_t size;
  bool has_come;
  struct h5_reply reply;
  char *window; /* a copy, where another question came between */
} next;

/* The answer to it is taken all the same: the next one would be taken for it. */
static void forget_next(void) {
  if (next.file && !next.has_come && reader.settle)
    reader.settle();
  free(next.window);
  next.window = NULL;
  next.file = 0;
}

/* What ended a reader over it is kept for those whose files went with it. */
static enum fray_status hear_next(struct h5_reply *reply) {
  struct fray_err own = {0};
  const enum fray_status status = fray_confined_take(&reader, reply, sizeof *reply, &own);
  if (status != FRAY_OK && !reader.pid)
    snprintf(last_end, sizeof last_end, "%.200s: %.180s", file_name[file_of(next.file)], own.text);
  return status;
}

/* Before the window is used for another answer. What finds no memory is asked for again. */
static void settle_next(void) {
  const enum fray_status status = hear_next(&next.reply);
  const size_t bytes = FRAY_MIN((size_t)next.reply.bytes, (size_t)FRAY_CONFINED_WINDOW);
  next.has_come = true;
  next.window = status == FRAY_OK ? malloc(bytes + 1) : NULL;
  if (next.window)
    memcpy(next.window, reader.window, bytes);
  else
    next.file = 0;
}

/* Nothing was written, so nothing can be lost. */
static void close_later(fray_h5 file) {
  struct h5_reply reply;
  if (closed.done && closed.started == reader.started)
    ask_of(file, H5_CLOSE, "", NULL, &reply, NULL);
  else if (is_alive(file)) {
    closed.started = reader.started;
    closed.done = (uint32_t)file + 1;
  }
}

/* Also after its reader has ended: then there is the name to be given back. */
enum fray_status fray_h5_close(fray_h5 file, struct fray_err *err) {
  if (!is_asked(file))
    return h5_here_close(file, err);
  char **name = &file_name[file_of(file)];
  if (!*name)
    return FRAY_OK;
  h5_ahead_close(file);
  if (next.file == file)
    forget_next();
  close_later(file);
  free(*name);
  *name = NULL;
  return FRAY_OK;
}

/* What cannot be looked at counts as there: who reads it hears why. */
bool fray_h5_has(fray_h5 parent, const char *path) {
  struct h5_reply reply;
  const char *values;
  if (!is_asked(parent))
    return h5_here_has(parent, path);
  const struct h5_found *f = h5_ahead_find(parent, path, &values);
  if (f)
    return f->is_there;
  return ask_of(parent, H5_HAS, path, NULL, &reply, NULL) != FRAY_OK || reply.yes;
}

/* ---- lists ---- */

/* Texts that end where they say: as many NULs as there are texts, the last byte one of them. from:
 * where they lie, or NULL: they are to be fetched. */
static enum fray_status take_texts(fray_h5 parent, const char *path, const struct h5_reply *reply,
                                   const char *from, struct fray_arena *arena, const char ***out,
                                   struct fray_err *err) {
  const size_t n = (size_t)reply->n, bytes = (size_t)reply->bytes;
  if (reply->bytes > most_bytes || reply->n > reply->bytes || (bytes && !n))
    return refuse(parent, path, err);
  const char **text = fray_arena_zero(arena, n + 1, sizeof *text);
  char *block = fray_arena_alloc(arena, bytes + 1, 1);
  FRAY_CHECK(text && block, err, MEMORY, "out of memory (%zu texts)", n);
  if (from)
    memcpy(block, from, bytes);
  else
    FRAY_TRY(fetch(parent, bytes, block, err));
  size_t at = 0;
  for (size_t i = 0; i < n; i++) {
    const char *end = at < bytes ? memchr(block + at, '\0', bytes - at) : NULL;
    if (!end)
      return refuse(parent, path, err);
    text[i] = block + at;
    at = (size_t)(end - block) + 1;
  }
  if (at != bytes)
    return refuse(parent, path, err);
  *out = text;
  return FRAY_OK;
}

/* What a question with texts for an answer is answered. */
static enum fray_status ask_texts(fray_h5 parent, enum h5_call call, const char *path,
                                  struct fray_arena *arena, const char ***out, size_t *n,
                                  struct fray_err *err) {
  struct h5_reply reply;
  const char *values = NULL;
  const struct h5_found *f =
      h5_ahead_list(parent, path, call == H5_TEXTS ? FRAY_H5_TEXTS : FRAY_H5_MEMBERS, &values);
  if (f)
    reply = (struct h5_reply){.n = f->n, .bytes = f->bytes};
  else
    FRAY_TRY(ask_of(parent, call, path, NULL, &reply, err));
  FRAY_TRY(take_texts(parent, path, &reply, f ? values : NULL, arena, out, err));
  *n = (size_t)reply.n;
  return FRAY_OK;
}

/* In order of names, as the reader has them. */
enum fray_status fray_h5_members(fray_h5 parent, const char *path, struct fray_arena *arena,
                                 const char ***names, size_t *n, struct fray_err *err) {
  return is_asked(parent) ? ask_texts(parent, H5_MEMBERS, path, arena, names, n, err)
                          : h5_here_members(parent, path, arena, names, n, err);
}

/* Limits of texts are the reader's; the length of all is held against what it says. */
enum fray_status fray_h5_read_texts(fray_h5 parent, const char *path, struct fray_arena *arena,
                                    const char ***out, size_t *n, struct fray_err *err) {
  return is_asked(parent) ? ask_texts(parent, H5_TEXTS, path, arena, out, n, err)
                          : h5_here_read_texts(parent, path, arena, out, n, err);
}

/* Order and bounds of gaps are not needed for safety: who uses them walks over samples. */
enum fray_status fray_h5_gaps(fray_h5 parent, const char *path, struct fray_arena *arena,
                              struct fray_h5_gap **out, size_t *n, struct fray_err *err) {
  struct h5_reply reply;
  struct fray_h5_gap *gap;
  if (!is_asked(parent))
    return h5_here_gaps(parent, path, arena, out, n, err);
  FRAY_TRY(ask_of(parent, H5_GAPS, path, NULL, &reply, err));
  if (reply.bytes > most_bytes || reply.n > most_bytes || reply.bytes != reply.n * sizeof *gap)
    return refuse(parent, path, err);
  FRAY_ALLOC(gap, arena, (size_t)reply.n, err);
  FRAY_TRY(fetch(parent, (size_t)reply.bytes, (char *)gap, err));
  *out = gap;
  *n = (size_t)reply.n;
  return FRAY_OK;
}

/* The words of a question; 0: it is not asked. A file of this process answers by itself, and one of
 * a reader that has ended says so when something is asked for by itself. */
static size_t wish_words(const struct h5_wanted *wanted, struct h5_request *request) {
  *request = (struct h5_request){.call = H5_MANY, .slot = (uint32_t)wanted->file};
  return is_asked(wanted->file) && is_alive(wanted->file) && wanted->n_wishes <= FRAY_H5_MOST_WISHES
             ? h5_ahead_words(wanted, request)
             : 0;
}

/* The answer to exactly this question, if it was posted: *window where it lies. */
static bool take_next(fray_h5 file, const struct h5_request *request, size_t size,
                      struct h5_reply *reply, const char **window) {
  const size_t words = size - offsetof(struct h5_request, words);
  if (next.file != file || next.size != size || next.request.n != request->n ||
      memcmp(next.request.words, request->words, words) != 0)
    return false;
  if (next.has_come) {
    *reply = next.reply;
    *window = next.window;
    return true;
  }
  const bool has_come = reader.settle && hear_next(reply) == FRAY_OK;
  next.file = 0;
  *window = reader.window;
  return has_come;
}

/* A reader that ends over a wish is told of when it is asked the next time. */
enum fray_status fray_h5_ahead(fray_h5 file, const char *const *group, size_t n_groups,
                               const struct fray_h5_wish *wish, size_t n_wishes, size_t *done,
                               struct fray_err *err) {
  const struct h5_wanted wanted = {file, group, n_groups, wish, n_wishes};
  struct h5_request request;
  struct h5_reply reply;
  bool makes_sense = true;
  const char *window = NULL;
  *done = 0;
  h5_ahead_forget();
  const size_t size = wish_words(&wanted, &request);
  if (size == 0)
    return FRAY_OK;
  if (!take_next(file, &request, size, &reply, &window)) {
    if (ask_sized(&request, size, file_name[file_of(file)], -1, &reply, NULL) != FRAY_OK)
      return FRAY_OK;
    window = reader.window;
  }
  const enum fray_status kept = h5_ahead_keep(&wanted, window, &reply, &makes_sense, err);
  if (window != reader.window)
    forget_next();
  *done = kept == FRAY_OK && makes_sense ? (size_t)request.n : 0;
  return kept;
}

/* One question at a time is under way; what an earlier one brought is of no use any more. */
void fray_h5_ahead_next(fray_h5 file, const char *const *group, size_t n_groups,
                        const struct fray_h5_wish *wish, size_t n_wishes) {
  const struct h5_wanted wanted = {file, group, n_groups, wish, n_wishes};
  forget_next();
  next.size = wish_words(&wanted, &next.request);
  next.has_come = false;
  if (next.size)
    put_closed(&next.request);
  if (next.size && fray_confined_post(&reader, h5_serve, &next.request, next.size,
                                      sizeof next.reply, settle_next))
    next.file = file;
  else if (next.size)
    closed.done = next.request.done;
}

/* ---- attributes ---- */

/* A list of one. */
enum fray_status fray_h5_attr_text(fray_h5 parent, const char *path, const char *name,
                                   struct fray_arena *arena, const char **out,
                                   struct fray_err *err) {
  struct h5_reply reply;
  const char **text = NULL;
  if (!is_asked(parent))
    return h5_here_attr_text(parent, path, name, arena, out, err);
  const char *values = NULL;
  const struct h5_found *f = h5_ahead_attr(parent, path, name, &values);
  if (f && f->has_values)
    reply = (struct h5_reply){.n = f->n, .bytes = f->bytes};
  else
    FRAY_TRY(ask_of(parent, H5_ATTR_TEXT, path, name, &reply, err));
  FRAY_TRY(take_texts(parent, path, &reply, f && f->has_values ? values : NULL, arena, &text, err));
  if (reply.n != 1)
    return refuse(parent, path, err);
  *out = text[0];
  return FRAY_OK;
}

/* Any double is one that a file could hold. */
enum fray_status fray_h5_attr_real(fray_h5 parent, const char *path, const char *name, double *out,
                                   struct fray_err *err) {
  struct h5_reply reply;
  if (!is_asked(parent))
    return h5_here_attr_real(parent, path, name, out, err);
  FRAY_TRY(ask_of(parent, H5_ATTR_REAL, path, name, &reply, err));
  *out = reply.real;
  return FRAY_OK;
}

/* As fray_h5_has. */
bool fray_h5_has_attr(fray_h5 parent, const char *path, const char *name) {
  struct h5_reply reply;
  if (!is_asked(parent))
    return h5_here_has_attr(parent, path, name);
  const char *values;
  const struct h5_found *f = h5_ahead_attr(parent, path, name, &values);
  if (f)
    return f->is_there;
  return ask_of(parent, H5_HAS_ATTR, path, name, &reply, NULL) != FRAY_OK || reply.yes;
}

/* ---- data sets ---- */

/* Any sizes are ones that a file could claim, and are multiplied with care everywhere. */
enum fray_status fray_h5_shape(fray_h5 parent, const char *path, int *rank,
                               size_t dims[FRAY_H5_MAX_RANK], bool *is_text, struct fray_err *err) {
  struct h5_reply reply;
  if (!is_asked(parent))
    return h5_here_shape(parent, path, rank, dims, is_text, err);
  const char *values;
  const struct h5_found *f = h5_ahead_find(parent, path, &values);
  if (f && f->has_shape) {
    reply = (struct h5_reply){.rank = f->rank, .yes = f->is_text};
    memcpy(reply.dims, f->dims, sizeof reply.dims);
  } else if (!err && h5_ahead_is_group(parent, path))
    return FRAY_INPUT; /* the reason is known, and nobody wants to hear it */
  else
    FRAY_TRY(ask_of(parent, H5_SHAPE, path, NULL, &reply, err));
  if (reply.rank < 1 || reply.rank > FRAY_H5_MAX_RANK)
    return refuse(parent, path, err);
  *rank = reply.rank;
  *is_text = reply.yes;
  for (int i = 0; i < FRAY_H5_MAX_RANK; i++)
    dims[i] = i < *rank ? (size_t)reply.dims[i] : 1;
  return FRAY_OK;
}

/* Refused here only where the data set is none. */
enum fray_status fray_h5_is_float(fray_h5 parent, const char *path, bool *out,
                                  struct fray_err *err) {
  struct h5_reply reply;
  if (!is_asked(parent))
    return h5_here_is_float(parent, path, out, err);
  FRAY_TRY(ask_of(parent, H5_IS_FLOAT, path, NULL, &reply, err));
  *out = reply.yes;
  return FRAY_OK;
}

/* Numbers may be any of their type; only how many there are is known here, by who asked. */
static enum fray_status ask_numbers(fray_h5 from, struct h5_request *request, const char *path,
                                    void *out, struct fray_err *err) {
  struct h5_reply reply;
  size_t bytes = 0;
  const char *file = file_name[file_of(from)];
  FRAY_CHECK(file, err, INTERNAL, "%s: asked of a file that is closed", path);
  FRAY_CHECK(is_alive(from), err, INPUT, "%s: cannot be read any more: %s", file, last_end);
  request->slot = (uint32_t)from;
  FRAY_CHECK(fray_size_mul((size_t)request->count, h5_type_bytes(request->type), &bytes), err,
             INPUT, "%s: %zu values are too many", path, (size_t)request->count);
  FRAY_TRY(ask(request, file, -1, path, NULL, &reply, err));
  return fetch(from, bytes, out, err);
}

/* Memory for it is the caller's, who knows how much it wants. */
enum fray_status fray_h5_read(fray_h5 parent, const char *path, enum fray_h5_type type, void *out,
                              size_t count, struct fray_err *err) {
  struct h5_request request = {.call = H5_READ, .type = type, .count = count};
  if (!is_asked(parent))
    return h5_here_read(parent, path, type, out, count, err);
  const char *values;
  const struct h5_found *f = h5_ahead_numbers(parent, path, type, count, &values);
  if (f) {
    memcpy(out, values, (size_t)f->bytes);
    return FRAY_OK;
  }
  return ask_numbers(parent, &request, path, out, err);
}

/* A data set of the same reader and file. */
enum fray_status fray_h5_rows_open(fray_h5 parent, const char *path, fray_h5 *out,
                                   struct fray_err *err) {
  struct h5_reply reply;
  if (!is_asked(parent))
    return h5_here_rows_open(parent, path, out, err);
  FRAY_TRY(ask_of(parent, H5_ROWS_OPEN, path, NULL, &reply, err));
  *out = handle_of(file_of(parent), reply.slot);
  return FRAY_OK;
}

/* The most frequent question: one message there, one back, and a copy out of the window. */
enum fray_status fray_h5_rows_read(fray_h5 data, const char *path, enum fray_h5_type type,
                                   size_t first, size_t n, void *out, size_t count,
                                   struct fray_err *err) {
  struct h5_request request = {
      .call = H5_ROWS_READ, .type = type, .first = first, .n = n, .count = count};
  if (!is_asked(data))
    return h5_here_rows_read(data, path, type, first, n, out, count, err);
  return ask_numbers(data, &request, path, out, err);
}

/* -1 is nobody's, and taken. */
void fray_h5_rows_close(fray_h5 data) {
  struct h5_reply reply;
  if (!is_asked(data))
    h5_here_rows_close(data);
  else if (file_name[file_of(data)])
    ask_of(data, H5_ROWS_CLOSE, "", NULL, &reply, NULL);
}

/* Once; who reads many times keeps the set open. */
enum fray_status fray_h5_read_rows(fray_h5 parent, const char *path, enum fray_h5_type type,
                                   size_t first, size_t n, void *out, size_t count,
                                   struct fray_err *err) {
  fray_h5 data = -1;
  FRAY_TRY(fray_h5_rows_open(parent, path, &data, err));
  enum fray_status status = fray_h5_rows_read(data, path, type, first, n, out, count, err);
  fray_h5_rows_close(data);
  return status;
}
