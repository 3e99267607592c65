/* The file `state`: how a run stands, or ended.
 *
 * It says what the run knew of itself. That a run which says "running" is still there, only its
 * lock can tell. */
#include "fray/results/run_state.h"

#include "fray/base/file.h"
#include "fray/base/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* On a full disk there is room for no second file, but this one has its block already. */
static bool write_in_place(const char *path, const struct fray_text *text) {
  int file = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0)
    return false;
  bool good = write(file, text->data, text->size) == (ssize_t)text->size &&
              ftruncate(file, (off_t)text->size) == 0;
  return close(file) == 0 && good;
}

/* The folder may have been moved while the run was at work: the lock says where it is now. */
enum fray_status fray_state_write(const char *folder, const char *state, struct fray_err *err) {
  char path[4096], where[4096];
  struct fray_text text = {0};
  FRAY_CHECK(fray_lock_where(folder, where), err, IO, "%s was removed", folder);
  FRAY_TRY(fray_folder_path(where, "state", path, err));
  fray_text_printf(&text, "%s\n", state);
  enum fray_status status = fray_file_write_last(path, text.data, text.size, err);
  if (status == FRAY_IO && write_in_place(path, &text))
    status = FRAY_OK;
  fray_text_free(&text);
  return status;
}

/* The folder itself is blamed first where it is gone: what failed on the way is then only a
 * consequence. */
void fray_state_end(const char *folder, struct fray_err *why) {
  char text[2048];
  fray_lock_blame(folder, why);
  snprintf(text, sizeof text, "%s: %s", why->status == FRAY_STOPPED ? "interrupted" : "failed",
           why->text);
  fray_state_write(folder, text, NULL);
}
