/* The results folder: who may write in it, and how a file of it is written and believed.
 *
 * Each file has its hash in a list beside it: what was damaged or edited since is found before
 * anything is concluded from it. */
#include "fray/results/folder.h"

#include "fray/base/checksums.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/comm/launch.h"

#include <stdio.h>
#include <string.h>

/* The hash is promised before the file is there: a kill in between leaves the file of before, which
 * an older line still vouches for. */
enum fray_status fray_folder_put(const char *folder, const char *name, const struct fray_text *text,
                                 struct fray_err *err) {
  char path[4096];
  struct fray_checksum sum = {.name = name};
  FRAY_CHECK(!text->failed, err, MEMORY, "out of memory");
  FRAY_TRY(fray_folder_path(folder, name, path, err));
  const char *data = text->data ? text->data : "";
  fray_hash128_hex(fray_hash128_of(data, text->size), sum.hash);
  FRAY_TRY(fray_checksums_promise(folder, &sum, 1, err));
  return fray_file_write(path, data, text->size, err);
}

enum fray_status fray_folder_trust(const char *folder, const char *name, struct fray_err *err) {
  enum fray_checksum_state state;
  return fray_checksums_check(folder, name, &state, err);
}

/* By the names of its files, before anything is opened: an arbitrary folder is refused with one
 * clear sentence. */
enum fray_status fray_folder_results(const char *folder, struct fray_err *err) {
  static const char *const needed[] = {"state", "scenario.yaml", "provenance.json", "parts",
                                       "models"};
  char path[4096];
  FRAY_TRY(fray_folder_there(folder, err));
  FRAY_TRY(fray_folder_own(folder, true, err));
  for (size_t i = 0; i < FRAY_COUNT(needed); i++) {
    FRAY_TRY(fray_folder_path(folder, needed[i], path, err));
    FRAY_CHECK(fray_file_exists(path), err, INPUT,
               "%s is not the results of a run that kept its models: it holds no '%s'", folder,
               needed[i]);
  }
  return FRAY_OK;
}

enum fray_status fray_folder_lock(const char *folder, bool wait, int *lock, struct fray_err *err) {
  static const double dying = 30; /* seconds that launchers take at most to end a broken job */
  int ranks = -1;
  FRAY_TRY(fray_lock(folder, "lock", false, wait ? dying : 0, lock, err));
  /* The other ranks of a run whose rank 0 is gone may still write. */
  enum fray_status status = fray_lock(folder, "lock.ranks", false, dying, &ranks, err);
  fray_unlock(ranks);
  /* Ranks outlive a launcher that was killed by about a second. One that waited here meanwhile
   * would begin anew in a folder that the next run, which the lock came to before, may have
   * finished. */
  if (status == FRAY_OK && fray_launch_is_gone())
    status = fray_fail(err, FRAY_MPI, "the launcher of this run has ended");
  if (status != FRAY_OK) {
    fray_unlock(*lock);
    *lock = -1;
  }
  return status;
}

enum fray_status fray_folder_join(const char *folder, bool must, int *lock, struct fray_err *err) {
  enum fray_status status = fray_lock(folder, "lock.ranks", true, 1, lock, err);
  return must ? status : FRAY_OK;
}
