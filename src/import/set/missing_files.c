/* Whether the files of samples are there, before any is read; and what readers left aside. A set
 * with a thousand missing files is one fault, a wrong folder, and is told as one, at once. */
#include "missing_files.h"

#include "fray/base/log.h"
#include "fray/base/size.h"
#include "import/table/natural_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Why a file cannot be read: 0, or an errno; *gone: it is not there at all. */
/* Looked at before any is read: of ten thousand files, all that are missing are named at once. */
static const char *flaw_of(const char *path, bool *gone) {
  struct stat info;
  int reason = stat(path, &info) == 0 ? 0 : errno;
  /* A file that is there but may not be read is no absent modality: `keep` does not hide it. */
  *gone = reason == ENOENT || reason == ENOTDIR;
  if (reason)
    return strerror(reason);
  if (!S_ISREG(info.st_mode))
    return S_ISDIR(info.st_mode) ? "is a folder" : "not a regular file";
  return access(path, R_OK) == 0 ? NULL : strerror(errno);
}

/* Asked of the file system once for each value; decoding comes much later. */
enum fray_status fray_files_check(struct set *set, bool keep, const struct sample *s,
                                  struct value *value, struct fray_err *err) {
  for (size_t m = 0; m < set->source.n_modalities; m++) {
    bool gone;
    /* A value in memory has no file to be missing. */
    const char *flaw, *path = value[m].path;
    if (!path)
      continue;
    set->missing.of++;
    flaw = flaw_of(path, &gone);
    if (flaw && gone && keep) {
      value[m] = (struct value){0};
      set->source.modality[m].absent++;
    } else if (flaw) {
      char where[512];
      const char *text = fray_arena_printf(set->source.arena, "%s: sample %.200s: %s: %s: %s",
                                           fray_rows_where(s->file, s->line, s->line_is_row, where),
                                           s->id, set->source.modality[m].m.name, path, flaw);
      FRAY_CHECK(text, err, MEMORY, "out of memory");
      /* The hint at `absent: keep` is given only where it would help. */
      set->any_gone = set->any_gone || gone;
      fray_faults_add(&set->missing, text);
    }
  }
  return FRAY_OK;
}

/* A note, not a warning: it was asked for. */
static void say_absent(const struct set *set, size_t m) {
  size_t n = set->source.modality[m].absent;
  fray_note("%s: %zu file%s of %s %s not there; %s it (absent: keep)", set->config.name, n,
            n == 1 ? "" : "s", set->source.modality[m].m.name, n == 1 ? "is" : "are",
            n == 1 ? "its sample lacks" : "their samples lack");
}

/* Absent files are told before missing ones fail the import: both may come of one wrong folder. */
enum fray_status fray_files_settle(struct set *set, struct fray_err *err) {
  for (size_t m = 0; m < set->source.n_modalities; m++)
    if (set->source.modality[m].absent)
      say_absent(set, m);
  if (set->without)
    fray_import_warn(NULL, "%s: %zu sample%s left out, since no file of %s is there",
                     set->config.name, set->without, set->without == 1 ? " is" : "s are",
                     set->without == 1 ? "it" : "theirs");
  return fray_faults_fail(&set->missing, "files are missing or cannot be read",
                          set->any_gone ? " (`absent: keep` takes files that are not there as "
                                          "modalities that the samples lack)"
                                        : "",
                          err);
}

/* ---- files that no reader took ---- */

static int by_bytes(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The natural order, as a folder is listed to people. */
static int by_path(const void *a, const void *b) {
  const struct left_out *l = a, *r = b;
  return fray_natural_order(l->path, r->path);
}

/* Paths of all values, sorted. */
/* To be searched: with many inputs, what one left out another has taken. */
static enum fray_status list_used(const struct set *set, const char ***out, size_t *n,
                                  struct fray_err *err) {
  FRAY_ALLOC(*out, set->source.arena, set->n * set->source.n_modalities, err);
  *n = 0;
  for (size_t i = 0; i < set->n; i++)
    for (size_t m = 0; m < set->source.n_modalities; m++)
      if (set->sample[i].value[m].path)
        (*out)[(*n)++] = set->sample[i].value[m].path;
  qsort(*out, *n, sizeof **out, by_bytes);
  return FRAY_OK;
}

/* The YAML often lies beside the files that it describes, and shards of an earlier import may. */
static bool is_ours(const struct set *set, const char *path) {
  /* Paths from glob always hold a slash; the name of the YAML need not. */
  const char *yaml = strrchr(set->source.yaml, '/'), *name = strrchr(path, '/') + 1;
  size_t n = strlen(name);
  return strcmp(name, yaml ? yaml + 1 : set->source.yaml) == 0 ||
         (n > 3 && strncmp(name, "shard-", 6) == 0 && strcmp(name + n - 3, ".h5") == 0);
}

/* Keeps those that no other input took; two inputs may have left out the same file. */
/* Sorted by path, so that repeats are neighbours and the list reads as a folder does. */
static void thin_out(struct set *set, const char *const *used, size_t n_used) {
  const char *before = "";
  size_t kept = 0;
  qsort(set->source.left_out, set->source.n_left_out, sizeof *set->source.left_out, by_path);
  /* Kept ones move to the front of the same list. */
  for (size_t i = 0; i < set->source.n_left_out; i++) {
    struct left_out l = set->source.left_out[i];
    bool again = strcmp(l.path, before) == 0;
    before = l.path;
    if (again || is_ours(set, l.path) ||
        (n_used && bsearch(&l.path, used, n_used, sizeof *used, by_bytes)))
      continue;
    set->source.left_out[kept++] = l;
  }
  set->source.n_left_out = kept;
}

/* When all inputs were read: what one pattern does not fit, another may. */
enum fray_status fray_left_out_say(struct set *set, struct fray_err *err) {
  enum { NAMED = 5 };
  /* Sorted only where something was left out at all. */
  const char **used = NULL;
  size_t n_used = 0, by_case = 0;
  struct fray_text list = {0};
  if (set->source.n_left_out == 0)
    return FRAY_OK;
  FRAY_TRY(list_used(set, &used, &n_used, err));
  thin_out(set, used, n_used);
  size_t n = set->source.n_left_out;
  for (size_t i = 0; i < n; i++) {
    by_case += set->source.left_out[i].by_case;
    if (i < NAMED)
      fray_text_printf(&list, "%s%s", i ? ", " : "",
                       set->source.left_out[i].path + strlen(set->source.raw) + 1);
  }
  fray_text_puts(&list, n > NAMED ? ", ..." : "");
  const char *verb = n == 1 ? " does not fit a pattern and is left out"
                            : "s do not fit a pattern and are left out";
  /* By case alone is a warning, since it was hardly meant; the rest is only noted. */
  if (n && by_case && !list.failed)
    fray_import_warn(NULL, "%s: %zu file%s: %s; %zu would fit but for capital letters",
                     set->config.name, n, verb, list.data, by_case);
  else if (n && !list.failed)
    fray_note("%s: %zu file%s: %s", set->config.name, n, verb, list.data);
  fray_text_free(&list);
  return FRAY_OK;
}
