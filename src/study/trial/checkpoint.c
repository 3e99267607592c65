/* Checkpoints of federated trials: the state of training after a round, as one file. */
#include "checkpoint.h"

#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/results/checkpoint_file.h"

#include <stdio.h>
#include <string.h>

enum { MARK = 24 };
static const char format[MARK] = "fray-checkpoint-1\n";

/* What the numbers of `head` mean. */
enum { TOTAL, N_SERVER, ROUND, BEST_ROUND, METRICS, HEAD };
/* Columns of the rows: the whole numbers, and the others before those of the metrics. */
enum { ROW_ROUND, COHORT, SAMPLES, EVALUATED, TESTED, COUNTS };
enum { LOSS, NORM, VALUES, ALL_VALUES = VALUES + 2 * FRAY_MAX_METRICS };

/* A state as it stands in the file. */
struct record {
  char format[MARK], trial[MARK];
  int64_t head[HEAD];
  double best_dev;
  int64_t *counts; /* (round, COUNTS) */
  double *values;  /* (round, ALL_VALUES) */
  float *w, *best, *server;
};

enum { FIXED = 4, PIECES = 9 }; /* the first ones have a size that is known */

static void list_pieces(struct record *r, struct fray_checkpoint_piece out[PIECES]) {
  const size_t total = (size_t)r->head[TOTAL], round = (size_t)r->head[ROUND];
  const struct fray_checkpoint_piece pieces[PIECES] = {
      {r->format, MARK},
      {r->trial, MARK},
      {r->head, sizeof r->head},
      {&r->best_dev, sizeof r->best_dev},
      {r->counts, round * COUNTS * sizeof *r->counts},
      {r->values, round * ALL_VALUES * sizeof *r->values},
      {r->w, total * sizeof *r->w},
      {r->best, total * sizeof *r->best},
      {r->server, (size_t)r->head[N_SERVER] * sizeof *r->server},
  };
  memcpy(out, pieces, sizeof pieces);
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

static enum fray_status pack(const struct fray_federation_state *state, const char *name,
                             struct fray_arena *arena, struct record *r, struct fray_err *err) {
  *r = (struct record){.head = {[TOTAL] = (int64_t)state->total,
                                [N_SERVER] = (int64_t)state->n_server,
                                [ROUND] = (int64_t)state->round,
                                [BEST_ROUND] = (int64_t)state->best_round,
                                [METRICS] = FRAY_MAX_METRICS},
                       .best_dev = state->best_dev,
                       .w = (float *)state->w, /* only read */
                       .best = (float *)state->best,
                       .server = (float *)state->server};
  memcpy(r->format, format, MARK);
  snprintf(r->trial, MARK, "%s", name);
  FRAY_ALLOC(r->counts, arena, state->round * COUNTS + 1, err);
  FRAY_ALLOC(r->values, arena, state->round * ALL_VALUES + 1, err);
  for (size_t i = 0; i < state->round; i++)
    pack_row(&state->row[i], r->counts + i * COUNTS, r->values + i * ALL_VALUES);
  return FRAY_OK;
}

enum fray_status fray_checkpoint_write(const char *folder, const char *name,
                                       const struct fray_federation_state *state,
                                       struct fray_err *err) {
  struct fray_arena arena = {0};
  struct record record;
  struct fray_checkpoint_piece piece[PIECES];
  enum fray_status status = pack(state, name, &arena, &record, err);
  if (status == FRAY_OK) {
    list_pieces(&record, piece);
    status = fray_checkpoint_file_write(folder, name, piece, PIECES, err);
  }
  fray_arena_free(&arena);
  return status;
}

/* ---- reading ---- */

static bool in_range(int64_t value, int64_t least, int64_t most) {
  return value >= least && value <= most;
}

/* What the head says is as large as the file, so it asks for no more memory than that. */
static enum fray_status check_head(const struct record *r, const char *name,
                                   const struct fray_checkpoint_file *in, struct fray_err *err) {
  const int64_t *head = r->head, most = (int64_t)1 << 48;
  struct record sized = *r;
  struct fray_checkpoint_piece piece[PIECES];
  FRAY_CHECK(memcmp(r->format, format, MARK) == 0, err, INPUT, "no checkpoint of such a trial");
  FRAY_CHECK(strncmp(r->trial, name, MARK) == 0, err, INPUT, "of another trial, %.16s", r->trial);
  FRAY_CHECK(in_range(head[TOTAL], 1, most) && in_range(head[N_SERVER], 0, most) &&
                 in_range(head[ROUND], 1, most / (ALL_VALUES + COUNTS)) &&
                 in_range(head[BEST_ROUND], 0, head[ROUND]) && head[METRICS] == FRAY_MAX_METRICS,
             err, INPUT, "not the numbers of a checkpoint");
  list_pieces(&sized, piece);
  return fray_checkpoint_file_fit(in, piece, PIECES, err);
}

static enum fray_status make_arrays(struct record *r, struct fray_arena *arena,
                                    struct fray_err *err) {
  const size_t total = (size_t)r->head[TOTAL], round = (size_t)r->head[ROUND];
  FRAY_ALLOC(r->counts, arena, round * COUNTS, err);
  FRAY_ALLOC(r->values, arena, round * ALL_VALUES, err);
  FRAY_ALLOC(r->w, arena, total, err);
  FRAY_ALLOC(r->best, arena, total, err);
  FRAY_ALLOC(r->server, arena, (size_t)r->head[N_SERVER] + 1, err);
  return FRAY_OK;
}

static enum fray_status unpack_row(const int64_t *counts, const double *values, size_t round,
                                   struct fray_round_row *row, struct fray_err *err) {
  FRAY_CHECK(counts[ROW_ROUND] == (int64_t)round && in_range(counts[COHORT], 0, UINT32_MAX) &&
                 in_range(counts[SAMPLES], 0, INT64_MAX) && in_range(counts[EVALUATED], 0, 1) &&
                 in_range(counts[TESTED], 0, 1),
             err, INPUT, "not the row of round %zu", round);
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

static enum fray_status read_record(struct fray_checkpoint_file *in, const char *name,
                                    struct fray_arena *arena, struct record *r,
                                    struct fray_err *err) {
  struct fray_checkpoint_piece piece[PIECES];
  *r = (struct record){0};
  list_pieces(r, piece);
  FRAY_TRY(fray_checkpoint_file_read(in, piece, FIXED, err));
  FRAY_TRY(check_head(r, name, in, err));
  FRAY_TRY(make_arrays(r, arena, err));
  list_pieces(r, piece);
  return fray_checkpoint_file_read(in, piece + FIXED, PIECES - FIXED, err);
}

/* *found false: there is no such file. */
static enum fray_status load(const char *folder, const char *name, struct fray_arena *arena,
                             struct fray_federation_state *state, bool *found,
                             struct fray_err *err) {
  struct fray_checkpoint_file in;
  struct record r;
  *found = false;
  FRAY_TRY(fray_checkpoint_file_open(folder, name, &in, err));
  if (!in.file)
    return FRAY_OK;
  FRAY_TRY(fray_checkpoint_file_close(&in, read_record(&in, name, arena, &r, err), err));
  FRAY_TRY(unpack(&r, arena, state, err));
  *found = true;
  return FRAY_OK;
}

size_t fray_checkpoint_rounds(const char *folder, const char *name) {
  struct fray_arena arena = {0};
  struct fray_federation_state state = {0};
  bool found = false;
  struct fray_err err = {0};
  load(folder, name, &arena, &state, &found, &err);
  fray_arena_free(&arena);
  return found ? state.round : 0;
}

size_t fray_checkpoint_progress(const char *folder, const char *name, const char *evaluation) {
  size_t rounds = fray_checkpoint_rounds(folder, name);
  return rounds ? rounds : fray_checkpoint_clients(folder, name, evaluation);
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
                       "%s/checkpoints/%s" FRAY_CHECKPOINT_END
                       ": %zu parameters after %zu rounds, but the scenario "
                       "has %zu and %zu",
                       folder, name, state->total, state->round, expected->total, expected->round);
  if (status == FRAY_INPUT || status == FRAY_IO) {
    fray_warn("%s; the trial starts from the beginning", damage.text);
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

enum fray_status fray_checkpoint_remove(const char *folder, const char *name,
                                        struct fray_err *err) {
  char path[4096], file[64];
  snprintf(file, sizeof file, "checkpoints/%.16s" FRAY_CHECKPOINT_END, name);
  FRAY_TRY(fray_folder_path(folder, file, path, err));
  return fray_remove_tree(path, err);
}
