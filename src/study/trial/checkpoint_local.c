/* Checkpoints of local-only training: which clients are done, and their answers.
 *
 * There is no round to save after: what is done of the clients is all that there is. */
#include "checkpoint.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/results/checkpoint_file.h"

#include <stdio.h>
#include <string.h>

enum { MARK = 24 };
static const char format[MARK] = "fray-local-2\n";

enum { CLIENTS, NUMBERS, HEAD };

struct record {
  char format[MARK], trial[MARK], evaluation[MARK];
  int64_t head[HEAD];
  uint8_t *end;
  double *flops, *numbers;
};

enum { FIXED = 4, PIECES = 7 };
/* One list for writing and reading, so that both agree. */
static void list_pieces(struct record *r, struct fray_checkpoint_piece out[PIECES]) {
  const struct fray_checkpoint_piece pieces[PIECES] = {
      {r->format, MARK},
      {r->trial, MARK},
      {r->evaluation, MARK},
      {r->head, sizeof r->head},
      {r->end, (size_t)r->head[CLIENTS]},
      {r->flops, (size_t)r->head[CLIENTS] * sizeof *r->flops},
      {r->numbers, (size_t)r->head[NUMBERS] * sizeof *r->numbers},
  };
  memcpy(out, pieces, sizeof pieces);
}

enum fray_status fray_checkpoint_write_local(const char *folder, const char *name,
                                             const char *evaluation,
                                             const struct fray_local_only_state *state,
                                             struct fray_err *err) {
  struct record r = {
      .head = {[CLIENTS] = (int64_t)state->n_clients, [NUMBERS] = (int64_t)state->n_numbers},
      .end = (uint8_t *)state->end, /* only read */
      .flops = (double *)state->flops,
      .numbers = (double *)state->numbers};
  struct fray_checkpoint_piece piece[PIECES];
  memcpy(r.format, format, MARK);
  snprintf(r.trial, MARK, "%s", name);
  snprintf(r.evaluation, MARK, "%s", evaluation);
  list_pieces(&r, piece);
  return fray_checkpoint_file_write(folder, name, piece, PIECES, err);
}

/* expected->head of zeros stands for any sizes. The evaluation counts here, and not for federated
 * trials: what is saved are answers under these very tests. */
static enum fray_status check_head(const struct record *r, const struct record *expected,
                                   struct fray_err *err) {
  const int64_t *head = r->head, most = (int64_t)1 << 48;
  FRAY_CHECK(memcmp(r->format, format, MARK) == 0, err, INPUT, "no checkpoint of such a trial");
  FRAY_CHECK(strncmp(r->trial, expected->trial, MARK) == 0, err, INPUT, "of another trial, %.16s",
             r->trial);
  FRAY_CHECK(strncmp(r->evaluation, expected->evaluation, MARK) == 0, err, INPUT,
             "other tests were measured then");
  FRAY_CHECK(expected->head[CLIENTS] == 0 || memcmp(head, expected->head, sizeof r->head) == 0, err,
             INPUT, "%lld clients with %lld numbers, but the scenario has %lld and %lld",
             (long long)head[CLIENTS], (long long)head[NUMBERS], (long long)expected->head[CLIENTS],
             (long long)expected->head[NUMBERS]);
  FRAY_CHECK(head[CLIENTS] >= 1 && head[CLIENTS] <= most && head[NUMBERS] >= 0 &&
                 head[NUMBERS] <= most,
             err, INPUT, "not the numbers of a checkpoint");
  return FRAY_OK;
}

static enum fray_status read_record(struct fray_checkpoint_file *in, const struct record *expected,
                                    struct fray_arena *arena, struct record *r,
                                    struct fray_err *err) {
  struct fray_checkpoint_piece piece[PIECES];
  list_pieces(r, piece);
  FRAY_TRY(fray_checkpoint_file_read(in, piece, FIXED, err));
  FRAY_TRY(check_head(r, expected, err));
  list_pieces(r, piece);
  FRAY_TRY(fray_checkpoint_file_fit(in, piece, PIECES, err)); /* no more memory than the file has */
  FRAY_ALLOC(r->end, arena, r->head[CLIENTS], err);
  FRAY_ALLOC(r->flops, arena, r->head[CLIENTS], err);
  FRAY_ALLOC(r->numbers, arena, r->head[NUMBERS] + 1, err);
  list_pieces(r, piece);
  FRAY_TRY(fray_checkpoint_file_read(in, piece + FIXED, PIECES - FIXED, err));
  for (int64_t c = 0; c < r->head[CLIENTS]; c++)
    FRAY_CHECK(r->end[c] <= FRAY_LOCAL_DIVERGED && r->flops[c] >= 0, err, INPUT,
               "client %lld: no such end", (long long)c);
  return FRAY_OK;
}

/* *found false: there is no such file. */
static enum fray_status load(const char *folder, const struct record *expected,
                             struct fray_arena *arena, struct record *r, bool *found,
                             struct fray_err *err) {
  struct fray_checkpoint_file in;
  *found = false;
  FRAY_TRY(fray_checkpoint_file_open(folder, expected->trial, &in, err));
  if (!in.file)
    return FRAY_OK;
  FRAY_TRY(fray_checkpoint_file_close(&in, read_record(&in, expected, arena, r, err), err));
  *found = true;
  return FRAY_OK;
}

/* A file that cannot be used counts as none: the trial then starts from the beginning, and the plan
 * says so. The sizes of the scenario are not known here, so expected has zeros for them. */
size_t fray_checkpoint_clients(const char *folder, const char *name, const char *evaluation) {
  struct record expected = {0}, r = {0};
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  size_t done = 0;
  bool found;
  snprintf(expected.trial, MARK, "%s", name);
  snprintf(expected.evaluation, MARK, "%s", evaluation);
  load(folder, &expected, &arena, &r, &found, &err);
  if (found)
    for (int64_t c = 0; c < r.head[CLIENTS]; c++)
      done += r.end[c] != FRAY_LOCAL_OPEN;
  fray_arena_free(&arena);
  return done;
}

/* The others make room. What cannot be used is no error. */
static enum fray_status load_on_root(const char *folder, const struct record *expected,
                                     struct fray_comm *comm, struct fray_arena *arena,
                                     struct record *r, bool *found, struct fray_err *err) {
  struct fray_err damage = {0};
  if (fray_comm_rank(comm) != 0) {
    FRAY_ALLOC(r->end, arena, expected->head[CLIENTS], err);
    FRAY_ALLOC(r->flops, arena, expected->head[CLIENTS], err);
    return FRAY_OK;
  }
  enum fray_status status = load(folder, expected, arena, r, found, &damage);
  if (status == FRAY_INPUT || status == FRAY_IO) {
    fray_warn("%s; the trial starts from the beginning", damage.text);
    return FRAY_OK;
  }
  if (status != FRAY_OK && err)
    *err = damage;
  return status;
}

/* Answers stay on rank 0: the other ranks need to know only which clients are done. */
enum fray_status fray_checkpoint_read_local(const char *folder, const char *name,
                                            const char *evaluation, size_t n_clients,
                                            size_t n_numbers, struct fray_comm *comm,
                                            struct fray_arena *arena,
                                            struct fray_local_only_state *state, bool *found,
                                            struct fray_err *err) {
  struct record expected = {
      .head = {[CLIENTS] = (int64_t)n_clients, [NUMBERS] = (int64_t)n_numbers}};
  struct record r = {0};
  snprintf(expected.trial, MARK, "%s", name);
  snprintf(expected.evaluation, MARK, "%s", evaluation);
  *found = false;
  FRAY_TRY(
      fray_comm_agree(comm, load_on_root(folder, &expected, comm, arena, &r, found, err), err));
  fray_comm_broadcast(comm, found, sizeof *found, 0);
  if (!*found)
    return FRAY_OK;
  fray_comm_broadcast(comm, r.end, n_clients, 0);
  fray_comm_broadcast(comm, r.flops, n_clients * sizeof *r.flops, 0);
  *state = (struct fray_local_only_state){.n_clients = n_clients,
                                          .n_numbers = n_numbers,
                                          .end = r.end,
                                          .flops = r.flops,
                                          .numbers = r.numbers};
  return FRAY_OK;
}
