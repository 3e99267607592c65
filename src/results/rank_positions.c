/* The rows of `positions`, written by their ranks and read by anybody. Each has a page of its own:
 * hosts that share a file system write back whole pages.
 *
 * No locks and no messages: a rank that hangs or was killed must still be seen, and looking on
 * must not disturb a run. */
#include "fray/results/rank_positions.h"

#include "fray/base/draft.h"
#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/results/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STRIDE = 4096, VERSION = 1, MAX_RANKS = 1 << 20, TRIES = 100 };

/* The first page of the file. */
struct header {
  char magic[16];
  uint32_t order; /* 1 on the machine that wrote it */
  uint32_t version, row_size, stride, ranks;
};
static const char magic[16] = "fray-positions\n";

struct fray_own_position {
  struct fray_rank_position row; /* as it stands in the file */
  int fd;                        /* -1: in memory alone */
  off_t place;
  const char *client; /* address of the name that stands in the row */
};

const char *fray_rank_phase_name(int phase) {
  static const char *const names[] = {"waiting",    "loading", "training",
                                      "evaluating", "writing", "done"};
  return phase >= 0 && phase < FRAY_RANK_PHASES ? names[phase] : "";
}

/* Another size of a row, or another order of bytes, is another program: its rows would read as
 * nonsense. */
static bool header_fits(const struct header *h) {
  return memcmp(h->magic, magic, sizeof magic) == 0 && h->order == 1 && h->version == VERSION &&
         h->row_size == sizeof(struct fray_rank_position) && h->stride == STRIDE && h->ranks >= 1 &&
         h->ranks <= MAX_RANKS;
}

/* 0, or the number of the error. */
static int fill(int fd, int ranks) {
  struct header header = {.order = 1,
                          .version = VERSION,
                          .row_size = sizeof(struct fray_rank_position),
                          .stride = STRIDE,
                          .ranks = (uint32_t)ranks};
  memcpy(header.magic, magic, sizeof magic);
  /* A disk that is full later must not take the rows away. */
  int reason = posix_fallocate(fd, 0, ((off_t)ranks + 1) * STRIDE);
  if (reason == 0 && pwrite(fd, &header, sizeof header, 0) != (ssize_t)sizeof header)
    reason = errno ? errno : ENOSPC;
  return reason;
}

enum fray_status fray_positions_create(const char *folder, int ranks, struct fray_err *err) {
  char path[4096];
  struct fray_draft draft; /* a new file: a dead run's ranks may still have theirs mapped */
  FRAY_TRY(fray_folder_path(folder, "positions", path, err));
  FRAY_TRY(fray_draft_open(path, &draft, err));
  int reason = fill(draft.file, ranks);
  enum fray_status status =
      reason ? fray_fail(err, FRAY_IO, "cannot write %s: %s", path, strerror(reason))
             : fray_draft_publish(&draft, true, err);
  fray_draft_drop(&draft);
  return status;
}

/* Opens the file for a rank's row; -1 if it is no such file, or may not be written. */
static int open_row(const char *folder, int rank) {
  char path[4096];
  struct header header;
  if (fray_folder_path(folder, "positions", path, NULL) != FRAY_OK)
    return -1;
  int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return -1;
  if (pread(fd, &header, sizeof header, 0) == (ssize_t)sizeof header && header_fits(&header) &&
      rank >= 0 && (uint32_t)rank < header.ranks)
    return fd;
  close(fd);
  return -1;
}

/* In one call, so that a reader seldom meets half of it. What cannot be written is not missed: no
 * number depends on it. */
static void publish(struct fray_own_position *position) {
  position->row.seconds = time(NULL); /* no system call; whole seconds */
  position->row.changes += 2;         /* even: readers of maps knew odd for half written */
  const struct fray_rank_position row = position->row;
  if (position->fd >= 0)
    (void)!pwrite(position->fd, &row, sizeof row, position->place);
}

/* Cuts between characters. */
static void copy(char *to, size_t size, const char *from) {
  size_t n = strnlen(from, size - 1);
  if (n == size - 1)
    n = fray_utf8_valid(from, n);
  memcpy(to, from, n);
  to[n] = '\0';
}

/* Ranks on hosts that do not share the folder keep their row in memory: they work on, they only
 * cannot be seen. */
enum fray_status fray_position_open(const char *folder, int rank, int team,
                                    struct fray_own_position **out, struct fray_err *err) {
  struct fray_own_position *position = calloc(1, sizeof *position);
  FRAY_CHECK(position, err, MEMORY, "out of memory");
  position->fd = open_row(folder, rank);
  position->place = ((off_t)rank + 1) * STRIDE;
  position->row.team = team;
  position->row.pid = (int32_t)getpid();
  /* A host without a name is no reason to stop. */
  if (gethostname(position->row.host, sizeof position->row.host - 1) != 0)
    position->row.host[0] = '\0';
  publish(position);
  *out = position;
  return FRAY_OK;
}

void fray_position_team(struct fray_own_position *position, int team) {
  if (!position)
    return;
  position->row.team = team;
  publish(position);
}

void fray_position_close(struct fray_own_position *position) {
  if (!position)
    return;
  if (position->fd >= 0)
    close(position->fd);
  free(position);
}

/* The address goes too: another client may come to lie where the last one was. */
static void clear_trial(struct fray_own_position *position) {
  struct fray_rank_position *row = &position->row;
  row->trial = row->round = row->seed = 0;
  row->name[0] = row->client[0] = row->cell[0] = '\0';
  position->client = NULL;
}

/* The client of the trial before must not stand beside the new trial, whatever the order in which
 * readers see the row. */
void fray_position_trial(struct fray_own_position *position, size_t place, const char *name,
                         const char *cell, uint64_t seed) {
  if (!position)
    return;
  struct fray_rank_position *row = &position->row;
  clear_trial(position);
  row->phase = name ? FRAY_RANK_LOADING : FRAY_RANK_WAITING;
  if (name) {
    row->trial = place + 1;
    row->seed = seed;
    copy(row->name, sizeof row->name, name);
    copy(row->cell, sizeof row->cell, cell);
    for (size_t n = strlen(row->cell); n > 0 && row->cell[n - 1] == ' ';)
      row->cell[--n] = '\0';
  }
  publish(position);
}

/* Called at every step of a team; most calls change nothing and write nothing. */
void fray_position_phase(struct fray_own_position *position, enum fray_rank_phase phase) {
  if (!position || (int)phase == position->row.phase)
    return;
  position->row.phase = (int32_t)phase;
  if (phase == FRAY_RANK_DONE)
    clear_trial(position);
  publish(position);
}

/* Called for every client that is trained: comparing addresses spares a copy of the name where it
 * is the same. */
void fray_position_work(struct fray_own_position *position, size_t round, const char *client) {
  if (!position)
    return;
  struct fray_rank_position *row = &position->row;
  row->round = round;
  row->phase = client ? FRAY_RANK_TRAINING : FRAY_RANK_EVALUATING;
  if (client != position->client) {
    copy(row->client, sizeof row->client, client ? client : "");
    position->client = client;
  }
  publish(position);
}

/* What is no text ends before it. */
static void settle(char *text, size_t size) {
  text[size - 1] = '\0';
  text[fray_utf8_valid(text, strlen(text))] = '\0';
}

/* Texts are shown on terminals and numbers index names: neither is believed. */
static void distrust(struct fray_rank_position *row) {
  settle(row->name, sizeof row->name);
  settle(row->client, sizeof row->client);
  settle(row->cell, sizeof row->cell);
  settle(row->host, sizeof row->host);
  if (row->phase < 0 || row->phase >= FRAY_RANK_PHASES)
    row->phase = FRAY_RANK_WAITING;
}

/* What two looks find alike was not being written. A row that never settles is taken as it is. */
static bool read_row(int fd, size_t rank, struct fray_rank_position *row) {
  off_t place = (off_t)(rank + 1) * STRIDE;
  struct fray_rank_position again;
  for (int i = 0; i < TRIES; i++) {
    if (pread(fd, row, sizeof *row, place) != (ssize_t)sizeof *row ||
        pread(fd, &again, sizeof again, place) != (ssize_t)sizeof again)
      return false;
    if (memcmp(row, &again, sizeof again) == 0)
      break;
  }
  distrust(row);
  return true;
}

/* The file may be cut off, of another machine, or no file of positions at all: its head is checked
 * against its length before rows are taken from it. */
static enum fray_status read_rows(int fd, const char *path, struct fray_rank_position **rows,
                                  size_t *n, struct fray_err *err) {
  struct header header;
  ssize_t size = pread(fd, &header, sizeof header, 0);
  FRAY_CHECK(size >= 0, err, IO, "%s: %s", path, strerror(errno));
  FRAY_CHECK(size == (ssize_t)sizeof header && header_fits(&header), err, INPUT,
             "%s is no file of positions that this program knows", path);
  off_t end_of_file = lseek(fd, 0, SEEK_END);
  FRAY_CHECK(end_of_file >= ((off_t)header.ranks + 1) * STRIDE, err, INPUT,
             "%s: cut off: %lld bytes for %u ranks", path, (long long)end_of_file, header.ranks);
  struct fray_rank_position *out = calloc(header.ranks, sizeof *out);
  FRAY_CHECK(out, err, MEMORY, "out of memory");
  for (size_t i = 0; i < header.ranks; i++)
    if (!read_row(fd, i, &out[i])) {
      free(out);
      return fray_fail(err, FRAY_IO, "%s: cannot be read", path);
    }
  *rows = out;
  *n = header.ranks;
  return FRAY_OK;
}

/* None at all is the usual case of a finished folder that was copied without it. */
enum fray_status fray_positions_read(const char *folder, struct fray_rank_position **rows,
                                     size_t *n, struct fray_err *err) {
  char path[4096];
  *rows = NULL;
  *n = 0;
  FRAY_TRY(fray_folder_path(folder, "positions", path, err));
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return FRAY_OK;
  FRAY_CHECK(fd >= 0, err, INPUT, "%s: %s", path, strerror(errno));
  enum fray_status status = read_rows(fd, path, rows, n, err);
  close(fd);
  return status;
}

/* ---- beats: that a process runs, beside its row, in the same page ---- */

enum { BEATS = 2048 };
_Static_assert(sizeof(struct fray_rank_position) <= BEATS, "a row ends before its beats");

struct fray_rank_beats {
  int fd; /* -1: nothing can be told */
};

enum fray_status fray_rank_beats_open(const char *folder, struct fray_rank_beats **out,
                                      struct fray_err *err) {
  struct fray_rank_beats *beats = malloc(sizeof *beats);
  FRAY_CHECK(beats, err, MEMORY, "out of memory");
  beats->fd = open_row(folder, 0);
  *out = beats;
  return FRAY_OK;
}

void fray_rank_beats_close(struct fray_rank_beats *beats) {
  if (beats && beats->fd >= 0)
    close(beats->fd);
  free(beats);
}

static off_t place_of(int rank) {
  return ((off_t)rank + 1) * STRIDE;
}

void fray_rank_beats_write(struct fray_rank_beats *beats, int rank, uint64_t count) {
  if (beats->fd >= 0)
    (void)!pwrite(beats->fd, &count, sizeof count, place_of(rank) + BEATS);
}

bool fray_rank_beats_read(const struct fray_rank_beats *beats, int rank, uint64_t *count) {
  *count = 0;
  return beats->fd >= 0 &&
         pread(beats->fd, count, sizeof *count, place_of(rank) + BEATS) == (ssize_t)sizeof *count;
}

bool fray_rank_beats_row(const struct fray_rank_beats *beats, int rank,
                         struct fray_rank_position *row) {
  return beats->fd >= 0 && read_row(beats->fd, (size_t)rank, row) && row->changes > 0;
}
