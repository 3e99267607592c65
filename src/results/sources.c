/* Results folders that are merged.
 *
 * All stay locked until the merged folder is there: none of them may change while its parts are
 * copied. */
#include "fray/results/sources.h"
#include "fray/results/titles.h"

#include "fray/base/deeds.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/results/folder.h"

#include <string.h>
#include <sys/stat.h>

enum { LIMIT = 16 << 20 }; /* bytes of a scenario or a provenance that are read */

static enum fray_status open_one(struct fray_source *s, struct fray_err *err) {
  char path[4096];
  FRAY_TRY(fray_folder_results(s->folder, err));
  FRAY_TRY(fray_folder_lock(s->folder, false, &s->lock, err));
  fray_deed(FRAY_DEED_RESULTS, s->folder);
  /* Both decide on what is merged with what, so both must be as they were written. */
  FRAY_TRY(fray_folder_trust(s->folder, "scenario.yaml", err));
  FRAY_TRY(fray_folder_trust(s->folder, "provenance.json", err));
  FRAY_TRY(fray_folder_path(s->folder, "scenario.yaml", path, err));
  FRAY_TRY(fray_file_read(path, LIMIT, &s->scenario, err));
  FRAY_TRY(fray_folder_path(s->folder, "provenance.json", path, err));
  return fray_json_read(path, LIMIT, &s->provenance, err);
}

/* Before any is locked: a folder that is given twice would look as if another run used it. */
static enum fray_status check_distinct(const struct fray_source *source, size_t n,
                                       struct fray_err *err) {
  struct stat a, b;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < i; k++)
      FRAY_CHECK(stat(source[i].folder, &a) != 0 || stat(source[k].folder, &b) != 0 ||
                     a.st_dev != b.st_dev || a.st_ino != b.st_ino,
                 err, INPUT, "%s and %s are the same folder", source[k].folder, source[i].folder);
  return FRAY_OK;
}

/* Each is locked before it is read and stays so: what was checked is what is copied. */
enum fray_status fray_sources_open(struct fray_source *source, size_t n, struct fray_err *err) {
  for (size_t i = 0; i < n; i++)
    source[i].lock = -1;
  FRAY_TRY(check_distinct(source, n, err));
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(open_one(&source[i], err));
  return FRAY_OK;
}

/* Also after a failure in the middle: what was not opened is empty. */
void fray_sources_close(struct fray_source *source, size_t n) {
  if (source)
    for (size_t i = 0; i < n; i++) {
      fray_unlock(source[i].lock);
      fray_text_free(&source[i].scenario);
      fray_json_free(source[i].provenance);
    }
}

/* In the order of the folders, since the first one is what the others are compared with. */
enum fray_status fray_sources_environments(const struct fray_source *source, size_t n,
                                           struct fray_arena *arena, struct fray_environment **out,
                                           size_t *n_out, struct fray_err *err) {
  *out = NULL;
  *n_out = 0;
  for (size_t i = 0; i < n; i++)
    FRAY_TRY(fray_environments_add(source[i].provenance, source[i].folder, arena, out, n_out, err));
  return FRAY_OK;
}

/* Number of the first line in which two texts differ. */
static size_t first_difference(const char *a, const char *b) {
  size_t line = 1;
  for (; *a && *a == *b; a++, b++)
    line += *a == '\n';
  return line;
}

/* Titles may differ between shares of one study; those of the first folder are taken. */
static bool differ_in_titles(const struct fray_source *a, const struct fray_source *b) {
  struct fray_arena arena = {0};
  struct fray_node *x, *y;
  bool same = fray_yaml_parse(a->scenario.data, a->folder, &arena, &x, NULL) == FRAY_OK &&
              fray_yaml_parse(b->scenario.data, b->folder, &arena, &y, NULL) == FRAY_OK;
  if (same) {
    fray_titles_drop(x);
    fray_titles_drop(y);
    same = fray_node_equal(x, y);
  }
  fray_arena_free(&arena);
  return same;
}

/* A byte for byte comparison is enough of the rest: the file was written by a run, with all
 * defaults filled in. */
enum fray_status fray_sources_same_scenario(const struct fray_source *source, size_t n,
                                            struct fray_err *err) {
  for (size_t i = 1; i < n; i++)
    FRAY_CHECK(strcmp(source[0].scenario.data, source[i].scenario.data) == 0 ||
                   differ_in_titles(&source[0], &source[i]),
               err, INPUT,
               "%s and %s were run from different scenarios (line %zu of their scenario.yaml); "
               "--scenario FILE says which study spans them",
               source[0].folder, source[i].folder,
               first_difference(source[0].scenario.data, source[i].scenario.data));
  return FRAY_OK;
}
