/* Client states between rounds: who holds which version, and how they follow their clients. */
#include "fray/fed/client_store.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "state_file.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What was put in a round that is not committed yet: of the clients that this rank hosts. */
struct pending {
  uint32_t client;
  float *state; /* its pieces, one behind the other; NULL: in a file */
};

/* A buffer that waits to be used again. The list lies in the buffers themselves, so that giving one
 * back cannot lack memory. */
struct spare {
  struct spare *next;
};

struct fray_client_store {
  struct fray_comm *comm;
  struct fray_store_config config;
  uint32_t *version, *saved; /* (clients) round of the state; of the one that a checkpoint names */
  uint32_t *wrote;           /* (clients) round of the last file that this rank wrote of it */
  int32_t *holder;           /* (clients) rank that has it in memory; NOBODY */
  float **state;             /* (clients) the pieces, of those that this rank holds */
  struct pending *pending;
  size_t n_pending, room;
  struct spare *spare;  /* so that rounds allocate nothing */
  size_t longest;       /* bytes of the longest state */
  float *at_work;       /* the pieces of the client at work, where the caller has them */
  float **part, **work; /* (pieces) scratch; those of at_work */
};
enum { NOBODY = -1 };

/* Pieces of a state lie one behind the other, so that it travels as a whole. */
static size_t bytes_of(const struct fray_client_store *s, uint32_t client) {
  size_t floats = 0;
  for (size_t k = 0; k < fray_store_pieces(&s->config); k++)
    floats += fray_store_floats(&s->config, client, k);
  return floats * sizeof(float);
}

/* A client's new state needs a buffer while the old one is still valid (the round may not count),
 * and then the old one is free: after the first rounds nothing is allocated. Whole cache lines, as
 * vectors are; one float has no room for a pointer. */
static float *new_buffer(size_t bytes) {
  return aligned_alloc(64, (FRAY_MAX(bytes, sizeof(struct spare)) + 63) / 64 * 64);
}

/* Long enough for any client's. */
static float *take_buffer(struct fray_client_store *s) {
  struct spare *spare = s->spare;
  if (!spare)
    return new_buffer(s->longest);
  s->spare = spare->next;
  return (float *)spare;
}

static void give_back(struct fray_client_store *s, float *buffer) {
  struct spare *spare = (struct spare *)buffer;
  if (!spare)
    return;
  spare->next = s->spare;
  s->spare = spare;
}

/* Where states are as long as their clients' lists of samples, what is held between rounds is no
 * longer than it must be: new states are copied there, and their buffers used again. */
static bool differ(const struct fray_client_store *s) {
  return s->config.sample_floats > 0;
}

static float *take_place(struct fray_client_store *s, uint32_t client) {
  return differ(s) ? new_buffer(bytes_of(s, client)) : take_buffer(s);
}

static void give_up_place(struct fray_client_store *s, uint32_t client) {
  if (differ(s))
    free(s->state[client]);
  else
    give_back(s, s->state[client]);
  s->state[client] = NULL;
}

/* The pieces of a state: each begins where the one before ends, and all but the last have the
 * length of a vector. */
static float **parts_of(struct fray_client_store *s, float *state) {
  for (size_t k = 0; k < fray_store_pieces(&s->config); k++)
    s->part[k] = state + k * s->config.total;
  return s->part;
}

/* ---- opening ---- */

/* Arrays over all clients, not a table of the touched ones: 24 bytes a client are little beside
 * what an algorithm with states keeps, and every rank looks up any client in every round. */
static enum fray_status allocate(struct fray_client_store *s, struct fray_err *err) {
  const size_t n = s->config.clients;
  s->longest = bytes_of(s, 0);
  for (size_t c = 1; c < n && differ(s); c++)
    s->longest = FRAY_MAX(s->longest, bytes_of(s, (uint32_t)c));
  s->version = calloc(n, sizeof *s->version);
  s->saved = calloc(n, sizeof *s->saved);
  s->wrote = calloc(n, sizeof *s->wrote);
  s->holder = malloc(n * sizeof *s->holder);
  s->state = calloc(n, sizeof *s->state);
  s->part = calloc(fray_store_pieces(&s->config), sizeof *s->part);
  s->work = calloc(fray_store_pieces(&s->config), sizeof *s->work);
  FRAY_CHECK(s->version && s->saved && s->wrote && s->holder && s->state && s->part && s->work, err,
             MEMORY, "out of memory (states of %zu clients)", n);
  for (size_t c = 0; c < n; c++)
    s->holder[c] = NOBODY;
  return FRAY_OK;
}

/* The reader of the checkpoint has checked the same of a file; this is the last guard before
 * indices are used, against a caller that did not. */
static enum fray_status take_versions(struct fray_client_store *s,
                                      const struct fray_client_versions *from,
                                      struct fray_err *err) {
  if (!from || from->n == 0)
    return FRAY_OK;
  FRAY_CHECK(s->config.folder, err, INTERNAL, "states of clients without a folder");
  for (size_t i = 0; i < from->n; i++) {
    FRAY_CHECK(from->client[i] < s->config.clients && from->version[i] >= 1 &&
                   (i == 0 || from->client[i] > from->client[i - 1]),
               err, INTERNAL, "no state of client %u after round %u can be", from->client[i],
               from->version[i]);
    s->version[from->client[i]] = s->saved[from->client[i]] = from->version[i];
  }
  return FRAY_OK;
}

/* What a killed process left behind its checkpoint, or before its first one. */
static enum fray_status sweep(struct fray_client_store *s, struct fray_err *err) {
  fray_draft_sweep(s->config.folder);
  DIR *folder = opendir(s->config.folder);
  for (const struct dirent *e; folder && (e = readdir(folder));) {
    uint32_t client, round;
    char path[4096];
    if (!state_file_name(e->d_name, &client, &round)) /* not ours to remove */
      continue;
    if (client < s->config.clients && s->saved[client] == round)
      continue;
    if (fray_folder_path(s->config.folder, e->d_name, path, err) != FRAY_OK ||
        fray_remove_tree(path, err) != FRAY_OK) {
      closedir(folder);
      return err ? err->status : FRAY_IO;
    }
  }
  if (folder)
    closedir(folder);
  return FRAY_OK;
}

enum fray_status fray_store_look(const struct fray_store_config *config,
                                 const struct fray_client_versions *versions,
                                 struct fray_err *err) {
  for (size_t i = 0; i < versions->n; i++)
    FRAY_TRY(state_file_look(config, versions->client[i], versions->version[i], err));
  return FRAY_OK;
}

enum fray_status fray_store_open(struct fray_comm *comm, const struct fray_store_config *config,
                                 const struct fray_client_versions *from,
                                 struct fray_client_store **out, struct fray_err *err) {
  struct fray_client_store *s = calloc(1, sizeof *s);
  enum fray_status status = s ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  *out = NULL;
  if (status == FRAY_OK) {
    s->comm = comm;
    s->config = *config;
    s->config.on_disk = config->on_disk && config->folder;
    status = allocate(s, err);
  }
  if (status == FRAY_OK)
    status = take_versions(s, from, err);
  /* One rank looks for all: the folder is shared, and a file that others do not see yet (a network
   * file system may take its time) is noticed when it is read. */
  if (status == FRAY_OK && config->folder && fray_comm_rank(comm) == 0) {
    status = from ? fray_store_look(config, from, err) : FRAY_OK;
    if (status == FRAY_OK)
      status = sweep(s, err);
  }
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK)
    *out = s;
  else
    fray_store_close(s);
  return status;
}

/* Files stay: the checkpoint in place names some of them, and the next opening sweeps the others.
 */
void fray_store_close(struct fray_client_store *s) {
  if (!s)
    return;
  for (size_t c = 0; s->state && c < s->config.clients; c++)
    free(s->state[c]);
  for (size_t i = 0; i < s->n_pending; i++)
    free(s->pending[i].state);
  while (s->spare)
    free(take_buffer(s));
  free(s->at_work);
  free(s->work);
  free(s->version);
  free(s->saved);
  free(s->wrote);
  free(s->holder);
  free(s->state);
  free(s->pending);
  free(s->part);
  free(s);
}

/* ---- a round ---- */

/* From the disk nothing moves: whoever hosts a client reads its file. */
static bool moves(const struct fray_client_store *s, uint32_t client, int host) {
  return s->holder[client] != NOBODY && s->holder[client] != host;
}

/* Receivers make room before anything is sent: a rank that cannot must say so while all still
 * listen. */
static enum fray_status make_room(struct fray_client_store *s, size_t n, const uint32_t *client,
                                  const int *host, struct fray_err *err) {
  const int me = fray_comm_rank(s->comm);
  for (size_t i = 0; i < n; i++) {
    if (host[i] != me || !moves(s, client[i], me))
      continue;
    s->state[client[i]] = take_place(s, client[i]);
    FRAY_CHECK(s->state[client[i]], err, MEMORY, "out of memory (state of a client)");
  }
  return FRAY_OK;
}

/* Pieces of an exchange: one entry per rank. */
struct pieces {
  const void **send;
  void **recv;
  size_t *send_bytes, *recv_bytes;
};

static enum fray_status make_pieces(struct pieces *p, size_t ranks, struct fray_arena *arena,
                                    struct fray_err *err) {
  FRAY_ALLOC_ZERO(p->send, arena, ranks, err);
  FRAY_ALLOC_ZERO(p->recv, arena, ranks, err);
  FRAY_ALLOC_ZERO(p->send_bytes, arena, ranks, err);
  FRAY_ALLOC_ZERO(p->recv_bytes, arena, ranks, err);
  return FRAY_OK;
}

/* One state from its holder to its host. Members are gone through in the same order on all ranks,
 * so each pair meets for the same state; the other ranks go on at once. */
static void move(struct fray_client_store *s, uint32_t client, int host, struct pieces *p) {
  const int me = fray_comm_rank(s->comm), holder = s->holder[client];
  s->holder[client] = host;
  if (me != host && me != holder)
    return;
  if (me == holder) {
    p->send[host] = s->state[client];
    p->send_bytes[host] = bytes_of(s, client);
  } else {
    p->recv[holder] = s->state[client];
    p->recv_bytes[holder] = bytes_of(s, client);
  }
  fray_comm_exchange(s->comm, p->send, p->send_bytes, p->recv, p->recv_bytes);
  p->send_bytes[host] = p->recv_bytes[holder] = 0;
  if (me == holder) {
    give_up_place(s, client);
  }
}

enum fray_status fray_store_bring(struct fray_client_store *s, size_t n, const uint32_t *client,
                                  const int *host, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct pieces pieces = {0};
  bool any = false;
  /* Often nothing moves: on one rank, from the disk, or where hosts stay. */
  for (size_t i = 0; i < n; i++)
    any = any || moves(s, client[i], host[i]);
  if (!any) /* all ranks see that alike */
    return FRAY_OK;
  enum fray_status status = make_pieces(&pieces, (size_t)fray_comm_size(s->comm), &arena, err);
  if (status == FRAY_OK)
    status = make_room(s, n, client, host, err);
  status = fray_comm_agree(s->comm, status, err);
  for (size_t i = 0; i < n; i++)
    if (status == FRAY_OK && moves(s, client[i], host[i]))
      move(s, client[i], host[i], &pieces);
  fray_arena_free(&arena);
  return status;
}

/* As long as the longest, so that it serves the next client if this one leaves nothing. */
float *const *fray_store_work(struct fray_client_store *s, struct fray_err *err) {
  if (!s->at_work)
    s->at_work = take_buffer(s);
  if (!s->at_work) {
    fray_fail(err, FRAY_MEMORY, "out of memory (state of a client)");
    return NULL;
  }
  for (size_t k = 0; k < fray_store_pieces(&s->config); k++)
    s->work[k] = s->at_work + k * s->config.total;
  return s->work;
}

enum fray_status fray_store_load(struct fray_client_store *s, uint32_t client,
                                 float *const *vectors, struct fray_err *err) {
  /* It has a version and nobody holds it: it is on the disk, from this run or the one before. */
  if (s->version[client] && !s->state[client]) {
    const enum fray_status status =
        state_file_read(&s->config, client, s->version[client], vectors, err);
    return status == FRAY_OK
               ? status
               : fray_at(err, "state of a client; without the checkpoint the trial starts anew");
  }
  /* Who never took part begins with zeros, which cost no memory until then. */
  float **part = s->version[client] ? parts_of(s, s->state[client]) : NULL;
  for (size_t k = 0; k < fray_store_pieces(&s->config); k++) {
    const size_t bytes = fray_store_floats(&s->config, client, k) * sizeof **vectors;
    if (part)
      memcpy(vectors[k], part[k], bytes);
    else
      memset(vectors[k], 0, bytes);
  }
  return FRAY_OK;
}

bool fray_store_came(const struct fray_client_store *s, uint32_t client) {
  return s->version[client] != 0;
}

/* Takes over the state: where the list cannot grow it is given back, as the caller has no way
 * to. */
static enum fray_status add_pending(struct fray_client_store *s, uint32_t client, float *state,
                                    struct fray_err *err) {
  if (s->n_pending == s->room) {
    const size_t room = 2 * s->room + 8;
    struct pending *more = realloc(s->pending, room * sizeof *more);
    if (!more) {
      give_back(s, state);
      return fray_fail(err, FRAY_MEMORY, "out of memory (states of clients)");
    }
    s->pending = more;
    s->room = room;
  }
  s->pending[s->n_pending++] = (struct pending){client, state};
  return FRAY_OK;
}

/* The store's own vectors are handed over as they are, and the next client gets others; of vectors
 * of the caller's it takes a copy. */
enum fray_status fray_store_put(struct fray_client_store *s, uint32_t client, size_t round,
                                const float *const *vectors, struct fray_err *err) {
  if (s->config.on_disk) {
    FRAY_TRY(state_file_write(&s->config, client, (uint32_t)round, vectors, err));
    s->wrote[client] = (uint32_t)round;
    return add_pending(s, client, NULL, err);
  }
  float *state = s->at_work;
  if (state && vectors[0] == state) {
    s->at_work = NULL;
    return add_pending(s, client, state, err);
  }
  state = take_buffer(s);
  FRAY_CHECK(state, err, MEMORY, "out of memory (state of a client)");
  float **part = parts_of(s, state);
  for (size_t k = 0; k < fray_store_pieces(&s->config); k++)
    memcpy(part[k], vectors[k], fray_store_floats(&s->config, client, k) * sizeof *state);
  return add_pending(s, client, state, err);
}

/* What this rank put for the client, or NULL. A rank hosts few clients a round: a search is enough.
 */
static struct pending *find_pending(struct fray_client_store *s, uint32_t client) {
  for (size_t i = 0; i < s->n_pending; i++)
    if (s->pending[i].client == client)
      return &s->pending[i];
  return NULL;
}

/* A file may go when no checkpoint names it: neither the one in place nor, before the first one is
 * in place, any. */
static enum fray_status drop_file(const struct fray_client_store *s, uint32_t client,
                                  uint32_t round, struct fray_err *err) {
  if (round == 0 || round == s->saved[client])
    return FRAY_OK;
  return state_file_remove(&s->config, client, round, err);
}

/* Its own place is made when it takes part for the first time. */
static enum fray_status copy_to_place(struct fray_client_store *s, uint32_t client,
                                      struct pending *p, struct fray_err *err) {
  if (!s->state[client])
    s->state[client] = take_place(s, client);
  FRAY_CHECK(s->state[client], err, MEMORY, "out of memory (state of a client)");
  memcpy(s->state[client], p->state, bytes_of(s, client));
  give_back(s, p->state);
  p->state = NULL;
  return FRAY_OK;
}

/* What becomes of what this rank put for a client, and of what it replaces. */
static enum fray_status settle(struct fray_client_store *s, size_t round, uint32_t client,
                               bool kept, struct fray_err *err) {
  struct pending *p = find_pending(s, client);
  FRAY_CHECK(p || !kept, err, INTERNAL, "client %u left no state in round %zu", client, round);
  /* Its file stands already, under the round's number: what remains is which of the two goes. */
  if (s->config.on_disk && p)
    FRAY_TRY(drop_file(s, client, kept ? s->version[client] : (uint32_t)round, err));
  if (!p || s->config.on_disk)
    return FRAY_OK;
  if (kept && differ(s))
    return copy_to_place(s, client, p, err);
  give_back(s, kept ? s->state[client] : p->state);
  if (kept)
    s->state[client] = p->state;
  p->state = NULL;
  return FRAY_OK;
}

enum fray_status fray_store_commit(struct fray_client_store *s, size_t round, size_t n,
                                   const uint32_t *client, const int *host, const uint8_t *kept,
                                   struct fray_err *err) {
  enum fray_status status = FRAY_OK;
  for (size_t i = 0; i < n; i++) {
    /* The tables go on after a failure: they must stay those of the other ranks. */
    if (host[i] == fray_comm_rank(s->comm) && status == FRAY_OK)
      status = settle(s, round, client[i], kept[i], err);
    if (!kept[i])
      continue;
    s->version[client[i]] = (uint32_t)round; /* on all ranks, whoever holds it */
    s->holder[client[i]] = s->config.on_disk ? NOBODY : host[i];
  }
  s->n_pending = 0;
  return status;
}

/* ---- a checkpoint ---- */

/* The file of one client's state, on the disk. Who wrote it syncs it: on another host its bytes may
 * not have arrived yet. */
static enum fray_status make_sure(struct fray_client_store *s, uint32_t client,
                                  struct fray_err *err) {
  if (s->state[client]) {
    FRAY_TRY(state_file_write(&s->config, client, s->version[client],
                              (const float *const *)parts_of(s, s->state[client]), err));
    s->wrote[client] = s->version[client];
  }
  if (s->wrote[client] == s->version[client])
    FRAY_TRY(state_file_sync(&s->config, client, s->version[client], err));
  return FRAY_OK;
}

/* Only what changed since the last checkpoint: of many clients few took part since. */
static enum fray_status write_mine(struct fray_client_store *s, struct fray_err *err) {
  bool any = false;
  for (size_t c = 0; c < s->config.clients; c++) {
    if (s->version[c] == s->saved[c])
      continue;
    FRAY_TRY(make_sure(s, (uint32_t)c, err));
    any = any || s->wrote[c] == s->version[c];
  }
  /* The names too, once for all: a file that is whole under a draft's name is none. */
  return any ? fray_file_sync(s->config.folder, err) : FRAY_OK;
}

/* Ascending by client, which take_versions checks; the same on all ranks, as the tables are. */
static enum fray_status list_versions(const struct fray_client_store *s, struct fray_arena *arena,
                                      struct fray_client_versions *out, struct fray_err *err) {
  size_t n = 0;
  uint32_t *client, *version;
  for (size_t c = 0; c < s->config.clients; c++)
    n += s->version[c] > 0;
  FRAY_ALLOC(client, arena, n + 1, err);
  FRAY_ALLOC(version, arena, n + 1, err);
  *out = (struct fray_client_versions){.client = client, .version = version};
  for (size_t c = 0; c < s->config.clients; c++) {
    if (s->version[c] == 0)
      continue;
    client[out->n] = (uint32_t)c;
    version[out->n++] = s->version[c];
  }
  return FRAY_OK;
}

/* Collective. Nothing is removed yet: until the new checkpoint is in place the old one must find
 * its files. */
enum fray_status fray_store_save(struct fray_client_store *s, struct fray_arena *arena,
                                 struct fray_client_versions *out, struct fray_err *err) {
  enum fray_status status =
      s->config.folder ? write_mine(s, err)
                       : fray_fail(err, FRAY_INTERNAL, "states of clients without a folder");
  if (status == FRAY_OK)
    status = list_versions(s, arena, out, err);
  return fray_comm_agree(s->comm, status, err);
}

/* Each rank removes the files of some clients, whoever wrote them: all see the folder, and a trial
 * may have many. */
enum fray_status fray_store_saved(struct fray_client_store *s, struct fray_err *err) {
  const size_t ranks = (size_t)fray_comm_size(s->comm), me = (size_t)fray_comm_rank(s->comm);
  enum fray_status status = FRAY_OK;
  for (size_t c = 0; c < s->config.clients; c++) {
    const uint32_t old = s->saved[c];
    s->saved[c] = s->version[c];
    if (c % ranks == me && status == FRAY_OK)
      status = drop_file(s, (uint32_t)c, old, err);
  }
  return fray_comm_agree(s->comm, status, err);
}

/* ---- what it costs ---- */

/* As the allocator hands them out: lines of 64 bytes, and one more for its own. */
double fray_store_memory(const struct fray_store_config *config, double touched, double samples,
                         int ranks) {
  const double each = (double)config->vectors * (double)config->total * (double)sizeof(float);
  const double of_samples = (double)config->sample_floats * (double)sizeof(float) * samples;
  const double index = 24.0 * (double)config->clients;
  return index +
         (config->on_disk ? 0.0 : ((ceil(each / 64) + 1) * 64 * touched + of_samples) / ranks);
}

/* The version that the checkpoint in place names, and the one since. Small states take what file
 * systems give: whole blocks, and an entry of the folder. */
double fray_store_disk(const struct fray_store_config *config, double touched, double samples) {
  const double block = 4096, entry = 64;
  return 2.0 * (touched * (ceil(state_file_bytes(config, 0) / block) * block + entry) +
                (double)sizeof(float) * (double)config->sample_floats * samples);
}
