/* RESULTS is read and never changed, and what an instrument leaves is a folder of its own.
 *
 * All of this is the work of rank 0: ranks may not see the same disk. */
#include "instrument_folder.h"

#include "fray/base/deeds.h"
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/results/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What an unfinished run says today it may take back tomorrow. */
enum fray_status fray_instrument_done(const char *folder, const char *who, struct fray_err *err) {
  struct fray_text state = {0};
  char path[4096];
  FRAY_TRY(fray_folder_results(folder, err));
  FRAY_TRY(fray_folder_path(folder, "state", path, err));
  FRAY_TRY(fray_file_read(path, 256, &state, err));
  /* One word, and perhaps more behind it. */
  const char *text = state.data ? state.data : "";
  const size_t word = strcspn(text, "\n");
  enum fray_status status = FRAY_OK;
  if (word != 4 || strncmp(text, "done", 4) != 0)
    status = fray_fail(err, FRAY_INPUT, "%s: the run is not done (%.*s); %s", folder, (int)word,
                       text, who);
  fray_text_free(&state);
  return status;
}

/* A failure of rank 0 is that of all; a lack of memory may be that of one. */
static enum fray_status spread(const struct fray_text *text, uint64_t size, struct fray_comm *comm,
                               struct fray_arena *arena, char **out, struct fray_err *err) {
  *out = fray_arena_zero(arena, (size_t)size + 1, 1);
  FRAY_TRY(
      fray_comm_agree(comm, *out ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory"), err));
  if (fray_comm_rank(comm) == 0 && size)
    memcpy(*out, text->data, (size_t)size);
  fray_comm_broadcast(comm, *out, (size_t)size, 0);
  return FRAY_OK;
}

enum fray_status fray_instrument_text(const char *path, size_t limit, struct fray_comm *comm,
                                      struct fray_arena *arena, char **out, size_t *size,
                                      struct fray_err *err) {
  struct fray_text text = {0};
  enum fray_status status =
      fray_comm_rank(comm) == 0 ? fray_file_read(path, limit, &text, err) : FRAY_OK;
  status = fray_comm_agree(comm, status, err);
  if (status == FRAY_OK) {
    fray_deed(FRAY_DEED_FILE, path);
    /* Of a fixed width: ranks may be other machines. */
    uint64_t n = text.size;
    fray_comm_broadcast(comm, &n, sizeof n, 0);
    *size = (size_t)n;
    status = spread(&text, n, comm, arena, out, err);
  }
  fray_text_free(&text);
  return status;
}

/* All ranks parse, since nodes hold pointers and cannot be sent. */
enum fray_status fray_instrument_yaml(const char *path, size_t limit, struct fray_comm *comm,
                                      struct fray_arena *arena, struct fray_node **out,
                                      struct fray_err *err) {
  char *copy = NULL;
  size_t size;
  FRAY_TRY(fray_instrument_text(path, limit, comm, arena, &copy, &size, err));
  return fray_yaml_parse(copy, path, arena, out, err);
}

/* As in the tables of a study; one without swept keys has a single cell. */
const char *fray_instrument_cell(const struct fray_study *study, size_t cell,
                                 struct fray_arena *arena) {
  const struct fray_cell *c = &study->cell[cell];
  struct fray_text name = {0};
  if (*c->control)
    fray_text_printf(&name, "control=%s", c->control);
  for (size_t k = 0; k < study->n_keys; k++)
    fray_text_printf(&name, "%s%s=%s", name.size ? " " : "", study->key[k], c->value[k]);
  const char *out = name.failed ? NULL : fray_arena_strdup(arena, name.size ? name.data : "all");
  fray_text_free(&name);
  return out;
}

/* ---- the folder ---- */

/* --overwrite removes the whole folder, so a name that was mistyped must not cost a home or a
 * study: an instrument writes files alone, and knows one of them. */
static enum fray_status check_own(const char *out, const char *own, struct fray_err *err) {
  char path[4096];
  struct stat info;
  FRAY_TRY(fray_folder_path(out, own, path, err));
  FRAY_CHECK(fray_file_exists(path), err, INPUT,
             "%s: holds no %s, so --overwrite does not replace it", out, own);
  DIR *entries = opendir(out);
  FRAY_CHECK(entries, err, INPUT, "%s: %s", out, strerror(errno));
  enum fray_status status = FRAY_OK;
  for (struct dirent *e; status == FRAY_OK && (e = readdir(entries));) {
    const char *name = e->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "provenance") == 0)
      continue;
    status = fray_folder_path(out, name, path, err);
    if (status == FRAY_OK && lstat(path, &info) == 0 && !S_ISREG(info.st_mode))
      status = fray_fail(err, FRAY_INPUT,
                         "%s: holds %s, which is no file of an instrument, so --overwrite does not "
                         "replace it",
                         out, name);
  }
  closedir(entries);
  return status;
}

/* Before anything is asked, and again where somebody made it meanwhile. */
enum fray_status fray_instrument_place(const char *out, bool overwrite, const char *own,
                                       const char *const *results, size_t n, struct fray_err *err) {
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_folder_apart(out, results[i], err));
  if (!fray_is_folder(out))
    return FRAY_OK;
  FRAY_CHECK(overwrite, err, INPUT,
             "%s: is there already; give another folder by -o, or --overwrite", out);
  return check_own(out, own, err);
}

/* Made when its turn comes, so that one of them is in memory at a time. */
static enum fray_status put_file(const struct fray_making *making,
                                 const struct fray_instrument_file *file, const void *found,
                                 struct fray_err *err) {
  struct fray_text text = {0};
  char path[4096];
  FRAY_TRY(fray_folder_path(making->path, file->name, path, err));
  file->make(found, &text);
  const enum fray_status status =
      text.failed ? fray_fail(err, FRAY_MEMORY, "out of memory")
                  : fray_file_write(path, text.data ? text.data : "", text.size, err);
  fray_text_free(&text);
  return status;
}

/* A failure leaves nothing, and what was there before is still there. */
enum fray_status fray_instrument_write(const char *out, bool overwrite,
                                       const struct fray_instrument_file *file, size_t n,
                                       const void *found, struct fray_err *err) {
  struct fray_making making = {0};
  FRAY_TRY(fray_instrument_place(out, overwrite, file[0].name, NULL, 0, err));
  FRAY_TRY(fray_making_open(out, &making, err));
  for (size_t k = 0; k < n; k++)
    if (put_file(&making, &file[k], found, err) != FRAY_OK) {
      fray_making_drop(&making);
      return err->status;
    }
  return fray_making_publish(&making, overwrite, err);
}
