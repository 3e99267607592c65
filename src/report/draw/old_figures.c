/* Figures of an earlier report that this one does not have: results that were gone on with may have
 * other conditions, and a picture of what is no longer there would be taken for a result.
 *
 * Only what has a script beside it that bears its name: a copy under another name, of a script or a
 * picture, is somebody's own and stays. */
#include "draw.h"

#include "fray/base/deeds.h"
#include "fray/base/file.h"
#include "fray/base/made.h"
#include "fray/base/size.h"
#include "fray/results/read_results.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static bool is_drawn(const struct fray_rep_figure *figures, size_t n, const char *stem) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(figures[i].name, stem) == 0)
      return true;
  return false;
}

/* Names first, files later: a folder must not change while it is read. One that cannot be read has
 * nothing to be removed from. */
static enum fray_status find(const struct fray_rep_figure *figures, size_t n, const char *folder,
                             struct fray_arena *arena, struct fray_rep_names *out,
                             struct fray_err *err) {
  DIR *entries = opendir(folder);
  enum fray_status status = FRAY_OK;
  for (const struct dirent *e; entries && status == FRAY_OK && (e = readdir(entries));) {
    const char *dot = strrchr(e->d_name, '.');
    size_t ignored;
    if (!dot || strcmp(dot, ".gp") != 0)
      continue;
    const char *stem = fray_arena_printf(arena, "%.*s", (int)(dot - e->d_name), e->d_name);
    if (!stem)
      status = fray_fail(err, FRAY_MEMORY, "out of memory");
    else if (fray_made_script(folder, stem) && !is_drawn(figures, n, stem))
      status = fray_rep_intern(out, stem, arena, &ignored, err);
  }
  if (entries)
    closedir(entries);
  return status;
}

/* The script goes last: it is what tells whose the others are, should the program end here. */
static enum fray_status drop(const char *folder, const char *stem, struct fray_arena *arena,
                             struct fray_err *err) {
  static const char *const endings[] = {"svg", "png", "pdf", "tex", "csv", "dat", "gp"};
  for (size_t i = 0; i < FRAY_COUNT(endings); i++) {
    const char *path = fray_arena_printf(arena, "%s/%s.%s", folder, stem, endings[i]);
    FRAY_CHECK(path, err, MEMORY, "out of memory");
    FRAY_TRY(fray_remove_tree(path, err));
    fray_deed(FRAY_DEED_REMOVED, path);
  }
  return FRAY_OK;
}

enum fray_status fray_rep_drop_old_figures(const struct fray_rep_figure *figures, size_t n,
                                           const char *folder, struct fray_arena *arena,
                                           struct fray_err *err) {
  struct fray_rep_names old = {0};
  FRAY_TRY(find(figures, n, folder, arena, &old, err));
  for (size_t i = 0; i < old.n; i++)
    FRAY_TRY(drop(folder, old.v[i], arena, err));
  return FRAY_OK;
}
