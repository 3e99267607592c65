/* Files of checkpoints: raw bytes, then a hash of them all. They are read by the program that wrote
 * them, on the kind of machine that wrote them (provenance.json is compared before). HDF5 is not
 * asked here: a flipped bit in its own structures may end the process. */
#ifndef FRAY_RESULTS_CHECKPOINT_FILE_H
#define FRAY_RESULTS_CHECKPOINT_FILE_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define FRAY_CHECKPOINT_END ".state"
#define FRAY_CHECKPOINT_CLIENTS ".clients" /* a folder: what the clients of a trial keep */

struct fray_hash_state;

struct fray_checkpoint_piece {
  void *data;
  size_t bytes;
};

/** Writes FOLDER/checkpoints/NAME.state beside and renames it into place. IO. */
enum fray_status fray_checkpoint_file_write(const char *folder, const char *name,
                                            const struct fray_checkpoint_piece *piece, size_t n,
                                            struct fray_err *err);

/** One that is being read. Nothing in it is to be believed before fray_checkpoint_file_close. */
struct fray_checkpoint_file {
  char path[4096];
  FILE *file; /* NULL: there is none */
  uint64_t bytes;
  struct fray_hash_state *hash;
};
/** INPUT when it cannot be opened. A missing one is fine. */
enum fray_status fray_checkpoint_file_open(const char *folder, const char *name,
                                           struct fray_checkpoint_file *out, struct fray_err *err);
/** INPUT when it is too short. */
enum fray_status fray_checkpoint_file_read(struct fray_checkpoint_file *in,
                                           const struct fray_checkpoint_piece *piece, size_t n,
                                           struct fray_err *err);
/** INPUT unless these pieces are all that is in the file: before memory is taken for them. */
enum fray_status fray_checkpoint_file_fit(const struct fray_checkpoint_file *in,
                                          const struct fray_checkpoint_piece *piece, size_t n,
                                          struct fray_err *err);
/** Closes it; returns status, with the path in front of its text, or INPUT when the bytes read are
 *  not those that were written. */
enum fray_status fray_checkpoint_file_close(struct fray_checkpoint_file *in,
                                            enum fray_status status, struct fray_err *err);
#endif
