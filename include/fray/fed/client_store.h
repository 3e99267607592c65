/* Client store: what clients keep from one round in which they take part to the next, wherever they
 * are hosted.
 *
 * A client's state belongs to the round that left it, its version; only clients that ever took part
 * have one. Every rank knows all versions and who holds what, since cohorts and hosts are known to
 * all; only vectors travel. A checkpoint names the versions that belong to it, and their files lie
 * there until a later checkpoint is in place: so a process that is killed at any time goes on with
 * the states of one round, never of two. docs/decisions, client states */
#ifndef FRAY_FED_CLIENT_STORE_H
#define FRAY_FED_CLIENT_STORE_H

#include "fray/base/arena.h"
#include "fray/comm/comm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Which states belong to a checkpoint. Borrowed. */
struct fray_client_versions {
  size_t n;                         /* clients that took part */
  const uint32_t *client, *version; /* (n) ascending; round that left its state, from 1 */
};

struct fray_store_config {
  size_t clients, vectors, total; /* of the federation; per client; floats of a vector */
  size_t sample_floats;           /* per sample with a label, in one piece behind the vectors */
  const uint32_t *samples; /* (clients) that have a label; borrowed; read with sample_floats */
  const char *trial;       /* name, which files carry; borrowed */
  const char *folder;      /* for files, of this trial alone and seen by all ranks; borrowed.
                              NULL: nothing survives the process, all is in memory */
  bool on_disk;            /* between rounds vectors are in files only; needs a folder */
};
struct fray_client_store;
/** Pieces of a state: the vectors, and what is kept by sample. */
static inline size_t fray_store_pieces(const struct fray_store_config *config) {
  return config->vectors + (config->sample_floats > 0);
}
/** Floats of piece k of a client's state. */
static inline size_t fray_store_floats(const struct fray_store_config *config, uint32_t client,
                                       size_t k) {
  return k < config->vectors ? config->total : config->sample_floats * config->samples[client];
}

/** from: versions of a checkpoint whose files lie in the folder, or NULL to begin anew: then what
 * an earlier training left in the folder is removed, else what no version names. Memory: 24 bytes a
 *  client. INPUT: a file that `from` names is not there or has another size; IO. Collective. */
enum fray_status fray_store_open(struct fray_comm *comm, const struct fray_store_config *config,
                                 const struct fray_client_versions *from,
                                 struct fray_client_store **out, struct fray_err *err);
void fray_store_close(struct fray_client_store *store);

/** Before the clients of a round are trained: brings their states to their hosts. client, host (n):
 *  the same on all ranks. Nothing travels for who stays where it was, nor from the disk.
 * Collective.
 */
enum fray_status fray_store_bring(struct fray_client_store *store, size_t n, const uint32_t *client,
                                  const int *host, struct fray_err *err);
/** The pieces of a client at work, of the store's: what is put from them is not copied. Asked for
 *  before each client; NULL: MEMORY. */
float *const *fray_store_work(struct fray_client_store *store, struct fray_err *err);
/** State of a client that was brought here. vectors[k]: piece k, of fray_store_floats; zeros if it
 *  never took part. INPUT: its file is damaged; IO. */
enum fray_status fray_store_load(struct fray_client_store *store, uint32_t client,
                                 float *const *vectors, struct fray_err *err);
/** Whether it took part in a round that counted. */
bool fray_store_came(const struct fray_client_store *store, uint32_t client);
/** What it left in a round: its state once the round is committed, forgotten otherwise. IO. */
enum fray_status fray_store_put(struct fray_client_store *store, uint32_t client, size_t round,
                                const float *const *vectors, struct fray_err *err);
/** The round counts, after ranks agreed that all puts went well: what was put for clients with
 * kept[i] is their state. As fray_store_bring, in the same order; no rank waits for another. IO: a
 * file could not be removed; MEMORY. */
enum fray_status fray_store_commit(struct fray_client_store *store, size_t round, size_t n,
                                   const uint32_t *client, const int *host, const uint8_t *kept,
                                   struct fray_err *err);

/** Before a checkpoint is written: all states are in files, on the disk. out: what it must name,
 *  arena memory. Collective. IO. */
enum fray_status fray_store_save(struct fray_client_store *store, struct fray_arena *arena,
                                 struct fray_client_versions *out, struct fray_err *err);
/** After it is in place: files that only older checkpoints name are removed. Collective. IO. */
enum fray_status fray_store_saved(struct fray_client_store *store, struct fray_err *err);

/** INPUT unless each file that `versions` names is there and has its size. One rank may ask. */
enum fray_status fray_store_look(const struct fray_store_config *config,
                                 const struct fray_client_versions *versions, struct fray_err *err);

/** Bytes in memory of a rank, and on the disk at worst (two versions each), with so many clients
 * that ever took part, who have so many samples with a label. In memory states lie with their
 * clients' last hosts, about alike on all ranks. config->samples is not read. */
double fray_store_memory(const struct fray_store_config *config, double touched, double samples,
                         int ranks);
double fray_store_disk(const struct fray_store_config *config, double touched, double samples);

#endif
