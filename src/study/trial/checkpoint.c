/* Checkpoints of federated trials: the state of training after a round, as one file.
 *
 * A training that goes on from one gives the bytes of a training that never stopped, so everything
 * that later rounds depend on is in it, to the bit. */
#include "checkpoint.h"

#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/results/checkpoint_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MARK = 24 };
static const char format[MARK] = "fray-checkpoint-3\n", second_format[MARK] = "fray-checkpoint-2\n",
                  first_format[MARK] = "fray-checkpoint-1\n";

/* What the numbers of `head` mean. The first format knew two counts and two reals of a round, and
 * did not say so; later programs may know more of them than the file has. The second knew no
 * numbers of the server. */
enum {
  TOTAL,
  N_SERVER,
  ROUND,
  BEST_ROUND,
  METRICS,
  COUNTS,
  REALS,
  CLIENTS,
  NUMBERS,
  HEAD,
  SECOND_HEAD = NUMBERS,
  FIRST_HEAD = COUNTS
};

/* A state as it stands in the file. */
struct record {
  char format[MARK], trial[MARK];
  int64_t head[HEAD];
  double best_dev;
  int64_t *counts; /* (round, 3 + counts) round, the counts, evaluated, tested */
  double *values;  /* (round, reals + 2 FRAY_MAX_METRICS) the reals, dev, test */
  float *w, *best, *server;
  double *number;             /* of the server's state */
  uint32_t *client, *version; /* (clients) whose state of which round belongs to it */
};

/* The marks say how long the head is, the head how long the others are. */
enum { MARKS = 2, FIXED = 4, PIECES = 12 };

static bool is_of(const struct record *r, const char *a_format) {
  return memcmp(r->format, a_format, MARK) == 0;
}

/* How many numbers the head has in the file's format. */
static size_t head_of(const struct record *r) {
  return is_of(r, first_format) ? FIRST_HEAD : is_of(r, second_format) ? SECOND_HEAD : HEAD;
}

static size_t counts_of(const struct record *r) {
  return 3 + (size_t)r->head[COUNTS];
}

static size_t values_of(const struct record *r) {
  return (size_t)r->head[REALS] + 2 * FRAY_MAX_METRICS;
}

/* In the order of the file. Called again whenever a size or pointer has become known: pieces of a
 * size of 0 or without memory are only those that are not read yet. */
static void list_pieces(struct record *r, struct fray_checkpoint_piece out[PIECES]) {
  const size_t total = (size_t)r->head[TOTAL], round = (size_t)r->head[ROUND];
  const struct fray_checkpoint_piece pieces[PIECES] = {
      {r->format, MARK},
      {r->trial, MARK},
      {r->head, head_of(r) * sizeof *r->head},
      {&r->best_dev, sizeof r->best_dev},
      {r->counts, round * counts_of(r) * sizeof *r->counts},
      {r->values, round * values_of(r) * sizeof *r->values},
      {r->w, total * sizeof *r->w},
      {r->best, total * sizeof *r->best},
      {r->server, (size_t)r->head[N_SERVER] * sizeof *r->server},
      {r->client, (size_t)r->head[CLIENTS] * sizeof *r->client},
      {r->version, (size_t)r->head[CLIENTS] * sizeof *r->version},
      {r->number, (size_t)r->head[NUMBERS] * sizeof *r->number},
  };
  memcpy(out, pieces, sizeof pieces);
}

/* ---- writing ---- */

/* All columns that this program knows, in the order of its list; later ones must be added at its
 * end, or old files are read into the wrong columns. */
static void pack_row(const struct fray_round_row *row, int64_t *counts, double *values) {
  *counts++ = (int64_t)row->round;
  for (size_t c = 0; c < FRAY_N_ROUND_COLUMNS; c++) {
    const struct fray_round_column *column = &fray_round_columns[c];
    if (column->is_count)
      *counts++ = (int64_t)fray_round_count(row, column);
    else
      *values++ = fray_round_real(row, column);
  }
  *counts++ = row->evaluated;
  *counts++ = row->tested;
  memcpy(values, row->dev, sizeof row->dev);
  memcpy(values + FRAY_MAX_METRICS, row->test, sizeof row->test);
}

static int64_t count_columns(bool counts) {
  int64_t n = 0;
  for (size_t c = 0; c < FRAY_N_ROUND_COLUMNS; c++)
    n += fray_round_columns[c].is_count == counts;
  return n;
}

static enum fray_status pack(const struct fray_federation_state *state, const char *name,
                             struct fray_arena *arena, struct record *r, struct fray_err *err) {
  *r = (struct record){.head = {[TOTAL] = (int64_t)state->total,
                                [N_SERVER] = (int64_t)state->n_server,
                                [ROUND] = (int64_t)state->round,
                                [BEST_ROUND] = (int64_t)state->best_round,
                                [METRICS] = FRAY_MAX_METRICS,
                                [COUNTS] = count_columns(true),
                                [REALS] = count_columns(false),
                                [CLIENTS] = (int64_t)state->clients.n,
                                [NUMBERS] = (int64_t)state->n_number},
                       .best_dev = state->best_dev,
                       .w = (float *)state->w, /* only read */
                       .best = (float *)state->best,
                       .server = (float *)state->server,
                       .number = (double *)state->number,
                       .client = (uint32_t *)state->clients.client,
                       .version = (uint32_t *)state->clients.version};
  memcpy(r->format, format, MARK);
  snprintf(r->trial, MARK, "%s", name);
  FRAY_ALLOC(r->counts, arena, state->round * counts_of(r) + 1, err);
  FRAY_ALLOC(r->values, arena, state->round * values_of(r) + 1, err);
  for (size_t i = 0; i < state->round; i++)
    pack_row(&state->row[i], r->counts + i * counts_of(r), r->values + i * values_of(r));
  return FRAY_OK;
}

/* Everything goes into one file in one piece: two files could be of different rounds after a kill.
 */
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

/* What the head says is as large as the file, so it asks for no more memory than that. Limits keep
 * the products of sizes from running over; what they allow is then held against the length of the
 * file. */
static enum fray_status check_head(const struct record *r, const char *name,
                                   const struct fray_checkpoint_file *in, struct fray_err *err) {
  const int64_t *head = r->head, most = (int64_t)1 << 48;
  /* Pieces are listed for their sizes alone; there is no memory behind them yet. */
  struct record sized = *r;
  struct fray_checkpoint_piece piece[PIECES];
  FRAY_CHECK(strncmp(r->trial, name, MARK) == 0, err, INPUT, "of another trial, %.16s", r->trial);
  FRAY_CHECK(
      in_range(head[TOTAL], 1, most) && in_range(head[N_SERVER], 0, most) &&
          in_range(head[COUNTS], 0, count_columns(true)) &&
          in_range(head[REALS], 0, count_columns(false)) &&
          in_range(head[ROUND], 1, most / (FRAY_N_ROUND_COLUMNS + 3 + 2 * FRAY_MAX_METRICS)) &&
          in_range(head[CLIENTS], 0, UINT32_MAX) && in_range(head[NUMBERS], 0, most) &&
          in_range(head[BEST_ROUND], 0, head[ROUND]) && head[METRICS] == FRAY_MAX_METRICS,
      err, INPUT, "not the numbers of a checkpoint");
  list_pieces(&sized, piece);
  return fray_checkpoint_file_fit(in, piece, PIECES, err);
}

/* Only after the sizes were held against the length of the file. */
static enum fray_status make_arrays(struct record *r, struct fray_arena *arena,
                                    struct fray_err *err) {
  const size_t total = (size_t)r->head[TOTAL], round = (size_t)r->head[ROUND];
  FRAY_ALLOC(r->counts, arena, round * counts_of(r), err);
  FRAY_ALLOC(r->values, arena, round * values_of(r), err);
  FRAY_ALLOC(r->w, arena, total, err);
  FRAY_ALLOC(r->best, arena, total, err);
  FRAY_ALLOC(r->server, arena, (size_t)r->head[N_SERVER] + 1, err);
  FRAY_ALLOC(r->number, arena, (size_t)r->head[NUMBERS] + 1, err);
  FRAY_ALLOC(r->client, arena, (size_t)r->head[CLIENTS] + 1, err);
  FRAY_ALLOC(r->version, arena, (size_t)r->head[CLIENTS] + 1, err);
  return FRAY_OK;
}

/* Columns that the file does not have were not known when it was written. Counts and reals have a
 * list of their own each, in which they stand in the order of all columns. */
static void unpack_columns(const struct record *r, const int64_t *counts, const double *values,
                           struct fray_round_row *row) {
  int64_t n_counts = 0, n_reals = 0;
  for (size_t c = 0; c < FRAY_N_ROUND_COLUMNS; c++) {
    const struct fray_round_column *column = &fray_round_columns[c];
    char *at = (char *)row + column->offset;
    const size_t count = n_counts < r->head[COUNTS] ? (size_t)counts[n_counts] : 0;
    const double real = n_reals < r->head[REALS] ? values[n_reals] : NAN;
    if (column->is_count)
      memcpy(at, &count, sizeof count);
    else
      memcpy(at, &real, sizeof real);
    n_counts += column->is_count;
    n_reals += !column->is_count;
  }
}

/* Rows are counted by place, so a row of another round is damage. */
static enum fray_status unpack_row(const struct record *r, size_t i, struct fray_round_row *row,
                                   struct fray_err *err) {
  const int64_t *counts = r->counts + i * counts_of(r), n = r->head[COUNTS];
  const double *values = r->values + i * values_of(r), *metrics = values + r->head[REALS];
  bool fits =
      counts[0] == (int64_t)i + 1 && in_range(counts[n + 1], 0, 1) && in_range(counts[n + 2], 0, 1);
  for (int64_t c = 1; c <= n; c++)
    fits = fits && in_range(counts[c], 0, INT64_MAX);
  FRAY_CHECK(fits, err, INPUT, "not the row of round %zu", i + 1);
  *row = (struct fray_round_row){
      .round = i + 1, .evaluated = counts[n + 1] != 0, .tested = counts[n + 2] != 0};
  unpack_columns(r, counts + 1, values, row);
  memcpy(row->dev, metrics, sizeof row->dev);
  memcpy(row->test, metrics + FRAY_MAX_METRICS, sizeof row->test);
  return FRAY_OK;
}

/* Borrowed arrays of the record: the state lives as long as the arena. */
static enum fray_status unpack(const struct record *r, struct fray_arena *arena,
                               struct fray_federation_state *state, struct fray_err *err) {
  const size_t round = (size_t)r->head[ROUND];
  struct fray_round_row *row;
  FRAY_ALLOC_ZERO(row, arena, round, err);
  for (size_t i = 0; i < round; i++)
    FRAY_TRY(unpack_row(r, i, row + i, err));
  *state = (struct fray_federation_state){
      .total = (size_t)r->head[TOTAL],
      .n_server = (size_t)r->head[N_SERVER],
      .round = round,
      .w = r->w,
      .best = r->best,
      .server = r->server,
      .n_number = (size_t)r->head[NUMBERS],
      .number = r->number,
      .row = row,
      .best_round = (size_t)r->head[BEST_ROUND],
      .best_dev = r->best_dev,
      .clients = {.n = (size_t)r->head[CLIENTS], .client = r->client, .version = r->version}};
  return FRAY_OK;
}

/* Sizes are known step by step: marks, head, then all that the head announces. A file of the first
 * format names no numbers of columns or clients: two, two and none are put in their place before
 * anything is checked. */
static enum fray_status read_record(struct fray_checkpoint_file *in, const char *name,
                                    struct fray_arena *arena, struct record *r,
                                    struct fray_err *err) {
  struct fray_checkpoint_piece piece[PIECES];
  *r = (struct record){0};
  list_pieces(r, piece);
  FRAY_TRY(fray_checkpoint_file_read(in, piece, MARKS, err));
  FRAY_CHECK(is_of(r, first_format) || is_of(r, second_format) || is_of(r, format), err, INPUT,
             "no checkpoint of such a trial");
  list_pieces(r, piece);
  FRAY_TRY(fray_checkpoint_file_read(in, piece + MARKS, FIXED - MARKS, err));
  if (is_of(r, first_format))
    r->head[COUNTS] = r->head[REALS] = 2;
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

/* For people and plans: what cannot be read counts as nothing done. */
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

/* What it names must be there: clients and rounds that can be, and a file for each. Client ids must
 * rise, which also keeps one from standing twice. */
static enum fray_status check_clients(const struct fray_federation_state *state,
                                      const struct fray_store_config *store, struct fray_err *err) {
  const struct fray_client_versions *v = &state->clients;
  FRAY_CHECK(v->n == 0 || fray_store_pieces(store) > 0, err, INPUT,
             "states of %zu clients, but the algorithm keeps none", v->n);
  for (size_t i = 0; i < v->n; i++)
    FRAY_CHECK(v->client[i] < store->clients && (i == 0 || v->client[i] > v->client[i - 1]) &&
                   in_range(v->version[i], 1, (int64_t)state->round),
               err, INPUT, "no state of client %u after round %u can be", v->client[i],
               v->version[i]);
  return fray_store_look(store, v, err);
}

/* Rank 0. What cannot be used is no error. A trial that starts from its first round is right in any
 * case, only later. Lack of memory is no damage of the file and ends the run. */
static enum fray_status load_fitting(const char *folder, const char *name,
                                     const struct fray_federation_state *expected,
                                     const struct fray_store_config *store,
                                     struct fray_arena *arena, struct fray_federation_state *state,
                                     bool *found, struct fray_err *err) {
  struct fray_err damage = {0};
  enum fray_status status = load(folder, name, arena, state, found, &damage);
  if (*found && (state->total != expected->total || state->n_server != expected->n_server ||
                 state->n_number != expected->n_number || state->round > expected->round))
    status = fray_fail(&damage, FRAY_INPUT,
                       "%s/checkpoints/%s" FRAY_CHECKPOINT_END
                       ": %zu parameters after %zu rounds, but the scenario "
                       "has %zu and %zu",
                       folder, name, state->total, state->round, expected->total, expected->round);
  if (*found && status == FRAY_OK)
    status = check_clients(state, store, &damage);
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
  double *number;
  struct fray_round_row *row;
  uint32_t *client, *version;
  FRAY_ALLOC(number, arena, state->n_number + 1, err);
  FRAY_ALLOC(client, arena, state->clients.n + 1, err);
  FRAY_ALLOC(version, arena, state->clients.n + 1, err);
  FRAY_ALLOC(w, arena, state->total, err);
  FRAY_ALLOC(best, arena, state->total, err);
  FRAY_ALLOC(server, arena, state->n_server + 1, err);
  FRAY_ALLOC(row, arena, state->round, err);
  state->w = w;
  state->best = best;
  state->server = server;
  state->number = number;
  state->row = row;
  state->clients.client = client;
  state->clients.version = version;
  return FRAY_OK;
}

/* The state of rank 0 becomes that of all. Sizes first, by which the others make room; pointers of
 * rank 0 come along in the struct and are replaced before they are followed. */
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
  fray_comm_broadcast(comm, (double *)shared.number, shared.n_number * sizeof *shared.number, 0);
  fray_comm_broadcast(comm, (struct fray_round_row *)shared.row, shared.round * sizeof *shared.row,
                      0);
  const struct fray_client_versions *v = &shared.clients;
  fray_comm_broadcast(comm, (uint32_t *)v->client, v->n * sizeof *v->client, 0);
  fray_comm_broadcast(comm, (uint32_t *)v->version, v->n * sizeof *v->version, 0);
  *state = shared;
  return FRAY_OK;
}

/* Rank 0 alone looks at the file, since ranks of other hosts may see an older one. */
enum fray_status fray_checkpoint_read(const char *folder, const char *name, size_t total,
                                      size_t n_server, size_t n_number, size_t rounds,
                                      const struct fray_store_config *store, struct fray_comm *comm,
                                      struct fray_arena *arena, struct fray_federation_state *state,
                                      bool *found, struct fray_err *err) {
  const struct fray_federation_state expected = {
      .total = total, .n_server = n_server, .n_number = n_number, .round = rounds};
  enum fray_status status = FRAY_OK;
  *found = false;
  if (fray_comm_rank(comm) == 0)
    status = load_fitting(folder, name, &expected, store, arena, state, found, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  fray_comm_broadcast(comm, found, sizeof *found, 0);
  return *found ? share(comm, arena, state, err) : FRAY_OK;
}

enum fray_status fray_checkpoint_clients_folder(const char *folder, const char *name,
                                                char path[4096], struct fray_err *err) {
  char file[64];
  snprintf(file, sizeof file, "checkpoints/%.16s" FRAY_CHECKPOINT_CLIENTS, name);
  return fray_folder_path(folder, file, path, err);
}

/* The checkpoint first: without it nothing believes what the clients left. */
enum fray_status fray_checkpoint_remove(const char *folder, const char *name,
                                        struct fray_err *err) {
  char path[4096], file[64];
  snprintf(file, sizeof file, "checkpoints/%.16s" FRAY_CHECKPOINT_END, name);
  FRAY_TRY(fray_folder_path(folder, file, path, err));
  FRAY_TRY(fray_remove_tree(path, err));
  FRAY_TRY(fray_checkpoint_clients_folder(folder, name, path, err));
  return fray_remove_tree(path, err);
}
