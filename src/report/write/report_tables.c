/* The tables of a report that are no part of its page: which files may be replaced, and those that
 * programs read. */
#include "report_tables.h"

#include "fray/base/file.h"
#include "fray/base/made.h"
#include "fray/base/size.h"

#include <dirent.h>
#include <string.h>

/* True of a name that a table of a report may have. By its end, as several studies put "r2-" and so
 * on in front. Any other file in that folder is not looked at and stays. */
static bool is_table_name(const char *name) {
  static const char *const ends[] = {
      "measures.csv",          "methods.csv", "methods.tex", "costs.csv",   "costs.tex",
      "group-differences.csv", "volumes.csv", "volumes.tex", "updates.csv", "updates.tex",
      "members.csv",           "members.tex", "privacy.csv", "privacy.tex", "across-studies.csv",
      "across-studies.tex",    "columns.csv"};
  for (size_t i = 0; i < FRAY_COUNT(ends); i++) {
    const size_t n = strlen(name), m = strlen(ends[i]);
    if (n >= m && strcmp(name + n - m, ends[i]) == 0)
      return true;
  }
  return false;
}

/* All tables that are there, not only those that will be written: which these are is known only
 * when they are made, after the first write. A folder that cannot be opened is most likely not
 * there yet; if it may not be written, writing says so. */
enum fray_status fray_rep_check_tables(const char *folder, struct fray_err *err) {
  DIR *entries = opendir(folder);
  enum fray_status status = FRAY_OK;
  for (const struct dirent *e; entries && status == FRAY_OK && (e = readdir(entries));)
    if (is_table_name(e->d_name) && !fray_made_table(folder, e->d_name))
      status = fray_fail(err, FRAY_INPUT,
                         "%s/%s is there already, and no report wrote it; -o DIR takes another "
                         "folder",
                         folder, e->d_name);
  if (entries)
    closedir(entries);
  return status;
}

/* Beside the other tables, whose folder is there by then. A table for programs; on the page a
 * sentence says what of it is resolved. No file where nothing was compared: a study without groups
 * has none. */
enum fray_status fray_rep_write_contrasts(const struct fray_rep_contrasts *contrasts,
                                          const char *folder, size_t section,
                                          struct fray_err *err) {
  struct fray_arena *arena = contrasts->r->arena;
  const char *before = section ? fray_arena_printf(arena, "r%zu-", section + 1) : "";
  const char *path =
      before ? fray_arena_printf(arena, "%s/tables/%sgroup-differences.csv", folder, before) : NULL;
  struct fray_text csv = {0};
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (contrasts->n == 0)
    return FRAY_OK;
  fray_rep_contrasts_csv(contrasts, &csv);
  enum fray_status status = csv.failed ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                       : fray_file_write(path, csv.data, csv.size, err);
  fray_text_free(&csv);
  return status;
}
