/* Pieces of memory as one file with a hash at its end: checkpoints.
 *
 * Raw bytes, since nobody but the same program on the same kind of machine reads them, and writing
 * must be fast: training waits for it. */
#include "fray/results/checkpoint_file.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/results/folder.h"

#include <errno.h>
#include <string.h>

/* A name that no longer fits is refused and not cut: it could be another trial's. */
static enum fray_status path_of(const char *folder, const char *name, char path[4096],
                                struct fray_err *err) {
  const int n = snprintf(path, 4096, "%s/checkpoints/%s" FRAY_CHECKPOINT_END, folder, name);
  FRAY_CHECK(n > 0 && n < 4096, err, INPUT, "path too long: %.80s...", folder);
  return FRAY_OK;
}

/* In the order of the pieces, so that two that change places are damage. */
static enum fray_status hash_of(const struct fray_checkpoint_piece *piece, size_t n, uint64_t *out,
                                struct fray_err *err) {
  struct fray_hash_state *state = fray_hash_begin();
  FRAY_CHECK(state, err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++)
    fray_hash_add(state, piece[i].data, piece[i].bytes);
  *out = fray_hash_end(state);
  return FRAY_OK;
}

/* The hash comes last: a file that was cut off has none. */
static enum fray_status write_all(const struct fray_draft *draft,
                                  const struct fray_checkpoint_piece *piece, size_t n,
                                  struct fray_err *err) {
  uint64_t hash = 0;
  FRAY_TRY(hash_of(piece, n, &hash, err));
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_draft_write(draft, piece[i].data, piece[i].bytes, err));
  return fray_draft_write(draft, &hash, sizeof hash, err);
}

enum fray_status fray_checkpoint_file_write(const char *folder, const char *name,
                                            const struct fray_checkpoint_piece *piece, size_t n,
                                            struct fray_err *err) {
  char path[4096];
  struct fray_draft draft;
  FRAY_TRY(fray_folder_path(folder, "checkpoints", path, err));
  FRAY_TRY(fray_make_folders(path, err));
  FRAY_TRY(path_of(folder, name, path, err));
  FRAY_TRY(fray_draft_open(path, &draft, err));
  enum fray_status status = write_all(&draft, piece, n, err);
  if (status == FRAY_OK)
    status = fray_draft_publish(&draft, true, err);
  fray_draft_drop(&draft); /* it may be what filled the disk */
  return status;
}

/* The bytes are hashed while they are read, so that a large state passes through memory once. */
enum fray_status fray_checkpoint_file_open(const char *folder, const char *name,
                                           struct fray_checkpoint_file *out, struct fray_err *err) {
  out->file = NULL;
  out->hash = NULL;
  FRAY_TRY(path_of(folder, name, out->path, err));
  if (!fray_file_exists(out->path))
    return FRAY_OK;
  FRAY_TRY(fray_file_size(out->path, &out->bytes, err));
  out->hash = fray_hash_begin();
  FRAY_CHECK(out->hash, err, MEMORY, "out of memory");
  out->file = fopen(out->path, "rb");
  if (!out->file) {
    fray_hash_end(out->hash);
    return fray_fail(err, FRAY_INPUT, "%s: %s", out->path, strerror(errno));
  }
  return FRAY_OK;
}

/* Too short is damage, like a wrong bit: the file was renamed into place only when it was whole. */
enum fray_status fray_checkpoint_file_read(struct fray_checkpoint_file *in,
                                           const struct fray_checkpoint_piece *piece, size_t n,
                                           struct fray_err *err) {
  for (size_t i = 0; i < n; i++) {
    FRAY_CHECK(piece[i].bytes == 0 ||
                   fread(piece[i].data, 1, piece[i].bytes, in->file) == piece[i].bytes,
               err, INPUT, "%llu bytes are not all of it", (unsigned long long)in->bytes);
    fray_hash_add(in->hash, piece[i].data, piece[i].bytes);
  }
  return FRAY_OK;
}

/* Sizes come from the head of the file. Held against its length, they cannot ask for more memory
 * than the file has bytes. */
enum fray_status fray_checkpoint_file_fit(const struct fray_checkpoint_file *in,
                                          const struct fray_checkpoint_piece *piece, size_t n,
                                          struct fray_err *err) {
  uint64_t expected = sizeof(uint64_t);
  for (size_t i = 0; i < n; i++)
    expected += piece[i].bytes;
  FRAY_CHECK(in->bytes == expected, err, INPUT, "%llu bytes, not %llu",
             (unsigned long long)in->bytes, (unsigned long long)expected);
  return FRAY_OK;
}

/* Only here it is known whether what was read is what was written: until then the caller must not
 * act on it. */
enum fray_status fray_checkpoint_file_close(struct fray_checkpoint_file *in,
                                            enum fray_status status, struct fray_err *err) {
  uint64_t then = 0;
  const bool has_hash = fread(&then, 1, sizeof then, in->file) == sizeof then;
  const uint64_t now = fray_hash_end(in->hash);
  /* Read only: nothing can be lost in closing. */
  fclose(in->file);
  if (status == FRAY_OK && (!has_hash || then != now))
    status = fray_fail(err, FRAY_INPUT, "damaged: not the bytes that were written");
  return status == FRAY_OK ? status : fray_at(err, "%s", in->path);
}
