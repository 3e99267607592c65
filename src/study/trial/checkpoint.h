/* Checkpoints: checkpoints/NAME.state holds a trial between two rounds, until its part is there. */
#ifndef FRAY_STUDY_CHECKPOINT_H
#define FRAY_STUDY_CHECKPOINT_H

#include "fray/comm/comm.h"
#include "fray/fed/local_only.h"
#include "fray/results/checkpoint_file.h"

/** Writes it beside and renames it into place: a kill at any time leaves the old one or the new
 *  one. IO. Rank 0 of a team. */
enum fray_status fray_checkpoint_write(const char *folder, const char *name,
                                       const struct fray_federation_state *state,
                                       struct fray_err *err);
/** Rounds that the checkpoint of a trial has behind it; 0: there is none that can be read. */
size_t fray_checkpoint_rounds(const char *folder, const char *name);
/** Reads the checkpoint of a trial into a state in the arena, on all ranks; rank 0 reads the file,
 *  of which nothing is trusted. *found: false if there is none; one that is damaged or does not fit
 *  is left with a warning, and the trial starts from its first round. total, n_server: floats of
 *  the model and the server's state; n_number: its numbers; rounds: those of the scenario; store:
 * of the clients' states, whose files must be there. Collective. */
enum fray_status fray_checkpoint_read(const char *folder, const char *name, size_t total,
                                      size_t n_server, size_t n_number, size_t rounds,
                                      const struct fray_store_config *store, struct fray_comm *comm,
                                      struct fray_arena *arena, struct fray_federation_state *state,
                                      bool *found, struct fray_err *err);

/** The same for local-only training, whose state depends on what is measured as well: evaluation is
 *  the mark of the part. state->numbers is set on rank 0. */
enum fray_status fray_checkpoint_write_local(const char *folder, const char *name,
                                             const char *evaluation,
                                             const struct fray_local_only_state *state,
                                             struct fray_err *err);
enum fray_status fray_checkpoint_read_local(const char *folder, const char *name,
                                            const char *evaluation, size_t n_clients,
                                            size_t n_numbers, struct fray_comm *comm,
                                            struct fray_arena *arena,
                                            struct fray_local_only_state *state, bool *found,
                                            struct fray_err *err);
/** Clients that the checkpoint of a local-only trial has behind it; 0: there is none that can be
 *  read, or other tests were measured then. */
size_t fray_checkpoint_clients(const char *folder, const char *name, const char *evaluation);
/** Rounds or clients, of a checkpoint of either kind. */
size_t fray_checkpoint_progress(const char *folder, const char *name, const char *evaluation);

/** Where the clients of a trial keep their states: checkpoints/NAME.clients. */
enum fray_status fray_checkpoint_clients_folder(const char *folder, const char *name,
                                                char path[4096], struct fray_err *err);

/** Removes it, with the clients' states; none is fine. IO. */
enum fray_status fray_checkpoint_remove(const char *folder, const char *name, struct fray_err *err);

#endif
