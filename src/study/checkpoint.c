#include "checkpoint.h"

#include "folder.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char format[] = "fray-checkpoint-1";

/* An array of the file. The hash goes over all of them, in order. */
struct piece {
  const char *path;
  enum fray_h5_type type;
  size_t n;
  void *data;
};

/* What the numbers of `head` mean. */
enum { TOTAL, N_SERVER, ROUND, BEST_ROUND, METRICS, HEAD };
/* Columns of the rows: the whole numbers, and the others before those of the metrics. */
enum { ROW_ROUND, COHORT, SAMPLES, EVALUATED, TESTED, COUNTS };
enum { LOSS, NORM, VALUES, ALL_VALUES = VALUES + 2 * FRAY_MAX_METRICS };

/* A state as it stands in the file. */
struct record {
  int64_t head[HEAD];
  double best_dev;
  int64_t *counts; /* (round, COUNTS) */
  double *values;  /* (round, ALL_VALUES) */
  float *w, *best, *server;
};

enum { PIECES = 7 };
static void list_pieces(struct record *r, struct piece out[PIECES]) {
  const size_t total = (size_t)r->head[TOTAL], round = (size_t)r->head[ROUND];
  const struct piece pieces[PIECES] = {
      {"head", FRAY_H5_I64, HEAD, r->head},
      {"best_dev", FRAY_H5_F64, 1, &r->best_dev},
      {"rounds/counts", FRAY_H5_I64, round * COUNTS, r->counts},
      {"rounds/values", FRAY_H5_F64, round * ALL_VALUES, r->values},
      {"model/last", FRAY_H5_F32, total, r->w},
      {"model/best", FRAY_H5_F32, total, r->best},
      {"server", FRAY_H5_F32, (size_t)r->head[N_SERVER], r->server},
  };
  memcpy(out, pieces, sizeof pieces);
}

static size_t size_of(enum fray_h5_type type) {
  return type == FRAY_H5_F32 ? sizeof(float) : sizeof(double);
}

/* Of the trial's name and all arrays, so that neither damage nor another trial's file passes. */
static enum fray_status hash_pieces(const char *name, const struct piece *piece, size_t n,
                                    char out[17], struct fray_err *err) {
  struct fray_hash_state *state = fray_hash_begin();
  FRAY_CHECK(state, err, MEMORY, "out of memory");
  fray_hash_add(state, name, strlen(name) + 1);
  for (size_t i = 0; i < n; i++)
    fray_hash_add(state, piece[i].data, piece[i].n * size_of(piece[i].type));
  snprintf(out, 17, "%016" PRIx64, fray_hash_end(state));
  return FRAY_OK;
}

static enum fray_status checkpoint_path(const char *folder, const char *name, const char *suffix,
                                        char path[4096], struct fray_err *err) {
  const int n = snprintf(path, 4096, "%s/checkpoints/%s%s", folder, name, suffix);
  FRAY_CHECK(n > 0 && n < 4096, err, INPUT, "path too long: %.80s...", folder);
  return FRAY_OK;
}

/* ---- writing ---- */

static void pack_row(const struct fray_round_row *row, int64_t *counts, double *values) {
  counts[ROW_ROUND] = (int64_t)row->round;
  counts[COHORT] = (int64_t)row->cohort;
  counts[SAMPLES] = (int64_t)row->samples;
  counts[EVALUATED] = row->evaluated;
  counts[TESTED] = row->tested;
  values[LOSS] = row->train_loss;
  values[NORM] = row->update_norm;
  memcpy(values + VALUES, row->dev, sizeof row->dev);
  memcpy(values + VALUES + FRAY_MAX_METRICS, row->test, sizeof row->test);
}

static enum fray_status pack(const struct fray_federation_state *state, struct fray_arena *arena,
                             struct record *r, struct fray_err *err) {
  *r = (struct record){.head = {[TOTAL] = (int64_t)state->total,
                                [N_SERVER] = (int64_t)state->n_server,
                                [ROUND] = (int64_t)state->round,
                                [BEST_ROUND] = (int64_t)state->best_round,
                                [METRICS] = FRAY_MAX_METRICS},
                       .best_dev = state->best_dev,
                       .w = (float *)state->w, /* only read */
                       .best = (float *)state->best,
                       .server = (float *)state->server};
  FRAY_ALLOC(r->counts, arena, state->round * COUNTS + 1, err);
  FRAY_ALLOC(r->values, arena, state->round * ALL_VALUES + 1, err);
  for (size_t i = 0; i < state->round; i++)
    pack_row(&state->row[i], r->counts + i * COUNTS, r->values + i * ALL_VALUES);
  return FRAY_OK;
}

static enum fray_status write_pieces(fray_h5 file, const char *name, const struct piece *piece,
                                     size_t n, struct fray_err *err) {
  char hash[17];
  FRAY_TRY(hash_pieces(name, piece, n, hash, err));
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "format", format, err));
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "trial", name, err));
  FRAY_TRY(fray_h5_put_attr_text(file, ".", "hash", hash, err));
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_h5_write(file, piece[i].path, piece[i].type, 1, &piece[i].n, piece[i].data, false,
                           err));
  return FRAY_OK;
}

static enum fray_status write_file(const char *folder, const char *name, const struct piece *piece,
                                   size_t n, struct fray_err *err) {
  struct fray_output output;
  char path[4096];
  FRAY_TRY(fray_folder_path(folder, "checkpoints", path, err));
  FRAY_TRY(fray_make_folders(path, err));
  FRAY_TRY(checkpoint_path(folder, name, ".h5", path, err));
  FRAY_TRY(fray_output_open(&output, path, err));
  return fray_output_close(&output, write_pieces(output.file, name, piece, n, err), err);
}

enum fray_status fray_checkpoint_write(const char *folder, const char *name,
                                       const struct fray_federation_state *state,
                                       struct fray_err *err) {
  struct fray_arena arena = {0};
  struct record record;
  struct piece piece[PIECES];
  enum fray_status status = pack(state, &arena, &record, err);
  if (status == FRAY_OK) {
    list_pieces(&record, piece);
    status = write_file(folder, name, piece, PIECES, err);
  }
  fray_arena_free(&arena);
  return status;
}

/* ---- reading ---- */

static enum fray_status check_text(fray_h5 file, const char *attribute, const char *expected,
                                   struct fray_err *err) {
  struct fray_arena arena = {0};
  const char *text = NULL;
  enum fray_status status = fray_h5_attr_text(file, ".", attribute, &arena, &text, err);
  if (status == FRAY_OK && strcmp(text, expected) != 0)
    status = fray_fail(err, FRAY_INPUT, "its %s is '%.40s', not '%s'", attribute, text, expected);
  fray_arena_free(&arena);
  return status;
}

static bool in_range(int64_t value, int64_t least, int64_t most) {
  return value >= least && value <= most;
}

/* A head that passes asks for no more memory than the file is large. */
static enum fray_status read_head(fray_h5 file, uint64_t bytes, int64_t head[HEAD],
                                  struct fray_err *err) {
  const int64_t most = (int64_t)FRAY_MIN(bytes, (uint64_t)1 << 48);
  FRAY_TRY(fray_h5_read(file, "head", FRAY_H5_I64, head, HEAD, err));
  FRAY_CHECK(in_range(head[TOTAL], 1, most / 8) && in_range(head[N_SERVER], 0, most / 4) &&
                 in_range(head[ROUND], 1, most / (8 * (COUNTS + ALL_VALUES))) &&
                 in_range(head[BEST_ROUND], 0, head[ROUND]) && head[METRICS] == FRAY_MAX_METRICS,
             err, INPUT, "head: not the sizes of a checkpoint");
  return FRAY_OK;
}

static enum fray_status read_pieces(fray_h5 file, const char *name, const struct piece *piece,
                                    size_t n, struct fray_err *err) {
  char hash[17];
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_h5_read(file, piece[i].path, piece[i].type, piece[i].data, piece[i].n, err));
  FRAY_TRY(hash_pieces(name, piece, n, hash, err));
  return check_text(file, "hash", hash, err);
}

static enum fray_status unpack_row(const int64_t *counts, const double *values, size_t round,
                                   struct fray_round_row *row, struct fray_err *err) {
  FRAY_CHECK(counts[ROW_ROUND] == (int64_t)round && in_range(counts[COHORT], 0, UINT32_MAX) &&
                 in_range(counts[SAMPLES], 0, INT64_MAX) && in_range(counts[EVALUATED], 0, 1) &&
                 in_range(counts[TESTED], 0, 1),
             err, INPUT, "rounds/counts: not those of round %zu", round);
  *row = (struct fray_round_row){.round = round,
                                 .cohort = (size_t)counts[COHORT],
                                 .samples = (size_t)counts[SAMPLES],
                                 .train_loss = values[LOSS],
                                 .update_norm = values[NORM],
                                 .evaluated = counts[EVALUATED] != 0,
                                 .tested = counts[TESTED] != 0};
  memcpy(row->dev, values + VALUES, sizeof row->dev);
  memcpy(row->test, values + VALUES + FRAY_MAX_METRICS, sizeof row->test);
  return FRAY_OK;
}

static enum fray_status unpack(const struct record *r, struct fray_arena *arena,
                               struct fray_federation_state *state, struct fray_err *err) {
  const size_t round = (size_t)r->head[ROUND];
  struct fray_round_row *row;
  FRAY_ALLOC_ZERO(row, arena, round, err);
  for (size_t i = 0; i < round; i++)
    FRAY_TRY(unpack_row(r->counts + i * COUNTS, r->values + i * ALL_VALUES, i + 1, row + i, err));
  *state = (struct fray_federation_state){.total = (size_t)r->head[TOTAL],
                                          .n_server = (size_t)r->head[N_SERVER],
                                          .round = round,
                                          .w = r->w,
                                          .best = r->best,
                                          .server = r->server,
                                          .row = row,
                                          .best_round = (size_t)r->head[BEST_ROUND],
                                          .best_dev = r->best_dev};
  return FRAY_OK;
}

static enum fray_status read_state(fray_h5 file, const char *name, uint64_t bytes,
                                   struct fray_arena *arena, struct fray_federation_state *state,
                                   struct fray_err *err) {
  struct record r = {0};
  struct piece piece[PIECES];
  FRAY_TRY(check_text(file, "format", format, err));
  FRAY_TRY(check_text(file, "trial", name, err));
  FRAY_TRY(read_head(file, bytes, r.head, err));
  const size_t total = (size_t)r.head[TOTAL], round = (size_t)r.head[ROUND];
  FRAY_ALLOC(r.counts, arena, round * COUNTS, err);
  FRAY_ALLOC(r.values, arena, round * ALL_VALUES, err);
  FRAY_ALLOC(r.w, arena, total, err);
  FRAY_ALLOC(r.best, arena, total, err);
  FRAY_ALLOC(r.server, arena, (size_t)r.head[N_SERVER] + 1, err);
  list_pieces(&r, piece);
  FRAY_TRY(read_pieces(file, name, piece, PIECES, err));
  return unpack(&r, arena, state, err);
}

/* *found false: there is no such file. */
static enum fray_status load(const char *folder, const char *name, struct fray_arena *arena,
                             struct fray_federation_state *state, bool *found,
                             struct fray_err *err) {
  char path[4096];
  uint64_t bytes = 0;
  fray_h5 file;
  *found = false;
  FRAY_TRY(checkpoint_path(folder, name, ".h5", path, err));
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_file_size(path, &bytes, err));
  FRAY_TRY(fray_h5_open(path, &file, err));
  enum fray_status status = read_state(file, name, bytes, arena, state, err);
  fray_h5_close(file, NULL);
  *found = status == FRAY_OK;
  return status == FRAY_OK ? status : fray_at(err, "%s", path);
}

size_t fray_checkpoint_rounds(const char *folder, const char *name) {
  struct fray_arena arena = {0};
  struct fray_federation_state state = {0};
  bool found = false;
  load(folder, name, &arena, &state, &found, NULL);
  fray_arena_free(&arena);
  return found ? state.round : 0;
}

/* Whoever leads the team says so, also where only one rank speaks otherwise. */
static void warn_of(const struct fray_err *err) {
  const bool speaks = fray_log_speaks();
  fray_log_speaker(true);
  fray_warn("%s; the trial starts from its first round", err->text);
  fray_log_speaker(speaks);
}

/* Rank 0. What cannot be used is no error. */
static enum fray_status load_fitting(const char *folder, const char *name,
                                     const struct fray_federation_state *expected,
                                     struct fray_arena *arena, struct fray_federation_state *state,
                                     bool *found, struct fray_err *err) {
  struct fray_err damage = {0};
  enum fray_status status = load(folder, name, arena, state, found, &damage);
  if (*found && (state->total != expected->total || state->n_server != expected->n_server ||
                 state->round > expected->round))
    status = fray_fail(&damage, FRAY_INPUT,
                       "%s/checkpoints/%s.h5: %zu parameters after %zu rounds, but the scenario "
                       "has %zu and %zu",
                       folder, name, state->total, state->round, expected->total, expected->round);
  if (status == FRAY_INPUT || status == FRAY_IO) {
    warn_of(&damage);
    *found = false;
    return FRAY_OK;
  }
  if (status != FRAY_OK && err)
    *err = damage;
  return status;
}

/* Room for what rank 0 has read. */
static enum fray_status make_room(struct fray_arena *arena, struct fray_federation_state *state,
                                  struct fray_err *err) {
  float *w, *best, *server;
  struct fray_round_row *row;
  FRAY_ALLOC(w, arena, state->total, err);
  FRAY_ALLOC(best, arena, state->total, err);
  FRAY_ALLOC(server, arena, state->n_server + 1, err);
  FRAY_ALLOC(row, arena, state->round, err);
  state->w = w;
  state->best = best;
  state->server = server;
  state->row = row;
  return FRAY_OK;
}

/* The state of rank 0 becomes that of all. */
static enum fray_status share(struct fray_comm *comm, struct fray_arena *arena,
                              struct fray_federation_state *state, struct fray_err *err) {
  struct fray_federation_state shared = *state;
  enum fray_status status = FRAY_OK;
  fray_comm_broadcast(comm, &shared, sizeof shared, 0);
  if (fray_comm_rank(comm) != 0)
    status = make_room(arena, &shared, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  fray_comm_broadcast(comm, (float *)shared.w, shared.total * sizeof *shared.w, 0);
  fray_comm_broadcast(comm, (float *)shared.best, shared.total * sizeof *shared.best, 0);
  fray_comm_broadcast(comm, (float *)shared.server, shared.n_server * sizeof *shared.server, 0);
  fray_comm_broadcast(comm, (struct fray_round_row *)shared.row, shared.round * sizeof *shared.row,
                      0);
  *state = shared;
  return FRAY_OK;
}

enum fray_status fray_checkpoint_read(const char *folder, const char *name, size_t total,
                                      size_t n_server, size_t rounds, struct fray_comm *comm,
                                      struct fray_arena *arena, struct fray_federation_state *state,
                                      bool *found, struct fray_err *err) {
  const struct fray_federation_state expected = {
      .total = total, .n_server = n_server, .round = rounds};
  enum fray_status status = FRAY_OK;
  *found = false;
  if (fray_comm_rank(comm) == 0)
    status = load_fitting(folder, name, &expected, arena, state, found, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  fray_comm_broadcast(comm, found, sizeof *found, 0);
  return *found ? share(comm, arena, state, err) : FRAY_OK;
}

/* ---- removing ---- */

enum fray_status fray_checkpoint_remove(const char *folder, const char *name,
                                        struct fray_err *err) {
  static const char *const suffixes[] = {".h5", ".h5.tmp"}; /* killed while it wrote */
  char path[4096];
  for (size_t i = 0; i < FRAY_COUNT(suffixes); i++) {
    FRAY_TRY(checkpoint_path(folder, name, suffixes[i], path, err));
    FRAY_TRY(fray_remove_tree(path, err));
  }
  return FRAY_OK;
}
