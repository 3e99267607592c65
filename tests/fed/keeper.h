/* A federation that is stopped after a round and gone on with: what is kept of it in between is
 * here that of rank 0, in memory, and becomes the state of all. */
#ifndef FRAY_TESTS_FED_KEEPER_H
#define FRAY_TESTS_FED_KEEPER_H

#include "scene.h"

struct keeper {
  struct fray_arena *arena;
  size_t stop; /* after this round */
  struct fray_federation_state state;
};

static void *copy(struct fray_arena *arena, const void *data, size_t bytes) {
  void *p = fray_arena_zero(arena, bytes + 1, 1);
  assert_non_null(p);
  return bytes ? memcpy(p, data, bytes) : p;
}

static enum fray_status save(void *user, const struct fray_federation_state *state,
                             struct fray_err *err) {
  (void)err;
  struct keeper *k = user;
  const struct fray_client_versions *v = &state->clients;
  k->state = *state;
  k->state.w = copy(k->arena, state->w, state->total * sizeof *state->w);
  k->state.best = copy(k->arena, state->best, state->total * sizeof *state->best);
  k->state.server = copy(k->arena, state->server, state->n_server * sizeof *state->server);
  k->state.number = copy(k->arena, state->number, state->n_number * sizeof *state->number);
  k->state.row = copy(k->arena, state->row, state->round * sizeof *state->row);
  k->state.clients.client = copy(k->arena, v->client, v->n * sizeof *v->client);
  k->state.clients.version = copy(k->arena, v->version, v->n * sizeof *v->version);
  return FRAY_OK;
}

static enum fray_round_end end_round(void *user, const struct fray_round_row *row) {
  const struct keeper *k = user;
  if (row->round == k->stop)
    return FRAY_ROUND_SAVE_AND_STOP;
  return row->round % 2 ? FRAY_ROUND_SAVE : FRAY_ROUND_GO_ON;
}

/* What rank 0 kept becomes the state of all. */
static void share(struct keeper *k) {
  struct fray_federation_state *s = &k->state;
  fray_comm_broadcast(world, s, sizeof *s, 0);
  const void **part[] = {(const void **)&s->w,
                         (const void **)&s->best,
                         (const void **)&s->server,
                         (const void **)&s->number,
                         (const void **)&s->row,
                         (const void **)&s->clients.client,
                         (const void **)&s->clients.version};
  const size_t bytes[] = {s->total * sizeof *s->w,
                          s->total * sizeof *s->best,
                          s->n_server * sizeof *s->server,
                          s->n_number * sizeof *s->number,
                          s->round * sizeof *s->row,
                          s->clients.n * sizeof *s->clients.client,
                          s->clients.n * sizeof *s->clients.version};
  for (size_t i = 0; i < FRAY_COUNT(part); i++) {
    if (fray_comm_rank(world) != 0)
      *part[i] = fray_arena_zero(k->arena, bytes[i] + 1, 1);
    fray_comm_broadcast(world, (void *)*part[i], bytes[i], 0);
  }
}

static enum fray_status run_with(struct scene *s, struct fray_comm *comm, struct keeper *k,
                                 bool resumes, struct fray_outcome *out, struct fray_err *err) {
  const struct fray_watch watch = {.user = k, .round = end_round};
  struct fray_federation f = s->f;
  char clients[128];
  snprintf(clients, sizeof clients, "%s/clients", folder);
  k->arena = &s->arena;
  f.comm = comm;
  f.watch = &watch;
  f.save = save;
  f.keeper = k;
  f.trial = "0123456789abcdef";
  f.client_folder = clients;
  f.from = resumes ? &k->state : NULL;
  return fray_federate(&f, &s->arena, out, err);
}

static void forget_clients(void) {
  char clients[128];
  snprintf(clients, sizeof clients, "%s/clients", folder);
  fray_comm_barrier(world);
  if (fray_comm_rank(world) == 0)
    OK(fray_remove_tree(clients, &err));
  fray_comm_barrier(world);
}

#endif
