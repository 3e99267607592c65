/* What lies in a folder: names alone, no file is opened. Bounded, since nobody knows yet what it is
 * that lies there. */
#include "init.h"

#include "fray/base/size.h"
#include "fray/base/utf8.h"
#include "fray/import/import.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Control characters and braces: the first are no part of any name that was meant, the second would
 * be fields of a pattern. */
static bool is_odd(const char *name) {
  const size_t n = strlen(name);
  if (n > 255 || fray_utf8_valid(name, n) != n)
    return true;
  for (const unsigned char *p = (const unsigned char *)name; *p; p++)
    if (*p < 0x20 || *p == 0x7f || *p == '{' || *p == '}')
      return true;
  return false;
}

/* A table of rows and a recording of numbers have one ending; which it is shows when it is read. */
static bool is_table(const char *name) {
  static const char *const suffixes[] = {".csv", ".tsv", ".jsonl", ".ndjson"};
  const char *dot = strrchr(name, '.');
  for (size_t i = 0; dot && i < FRAY_COUNT(suffixes); i++)
    if (strcmp(dot, suffixes[i]) == 0)
      return true;
  return false;
}

/* Room doubles; what it held before stays in the arena, which is at most as much again. */
static enum fray_status add_file(const char *path, struct fray_arena *arena,
                                 struct init_listing *look, struct fray_err *err) {
  if (look->n == look->room) {
    const size_t room = look->room ? 2 * look->room : 256;
    struct init_file *file;
    FRAY_ALLOC(file, arena, room, err);
    if (look->n)
      memcpy(file, look->file, look->n * sizeof *file);
    look->file = file;
    look->room = room;
  }
  look->file[look->n++] = (struct init_file){
      .path = path, .kind = fray_import_kind_of(path), .is_table = is_table(path)};
  return FRAY_OK;
}

static enum fray_status walk(const char *below, size_t depth, struct fray_arena *arena,
                             struct init_listing *look, struct fray_err *err);

/* Links are followed to files, not to folders: those may lead in circles. */
static enum fray_status take_entry(const char *below, const char *name, size_t depth,
                                   struct fray_arena *arena, struct init_listing *look,
                                   struct fray_err *err) {
  struct stat what, target;
  const char *path = fray_arena_printf(arena, "%s%s%s", below, *below ? "/" : "", name);
  const char *whole = path ? fray_arena_printf(arena, "%s/%s", look->folder, path) : NULL;
  FRAY_CHECK(whole, err, MEMORY, "out of memory");
  /* Asked twice: a link is judged by what it is and by what it leads to. */
  if (lstat(whole, &what) != 0 || stat(whole, &target) != 0)
    return FRAY_OK; /* gone, or a link to nothing */
  if (S_ISDIR(what.st_mode) && depth < INIT_DEEPEST)
    return walk(path, depth + 1, arena, look, err);
  look->is_cut = look->is_cut || S_ISDIR(what.st_mode);
  return S_ISREG(target.st_mode) ? add_file(path, arena, look, err) : FRAY_OK;
}

/* Depth first. A folder that may not be read ends the look: a guess from half of the files would be
 * wrong without anybody seeing it. */
static enum fray_status walk(const char *below, size_t depth, struct fray_arena *arena,
                             struct init_listing *look, struct fray_err *err) {
  const char *whole = fray_arena_printf(arena, "%s%s%s", look->folder, *below ? "/" : "", below);
  FRAY_CHECK(whole, err, MEMORY, "out of memory");
  DIR *folder = opendir(whole);
  FRAY_CHECK(folder, err, INPUT, "%s: the folder cannot be read: %s", whole, strerror(errno));
  enum fray_status status = FRAY_OK;
  for (struct dirent *e; status == FRAY_OK && (e = readdir(folder));) {
    /* The folder itself and its parent as well. */
    if (e->d_name[0] == '.')
      continue;
    /* What was seen by then is looked at, and the YAML says that there is more. */
    if (look->n >= INIT_MOST_FILES) {
      look->is_cut = true;
      break;
    }
    if (is_odd(e->d_name))
      look->n_odd++;
    else
      status = take_entry(below, e->d_name, depth, arena, look, err);
  }
  closedir(folder);
  return status;
}

/* By bytes, so that a path is found by halving. */
static int by_path(const void *a, const void *b) {
  return strcmp(((const struct init_file *)a)->path, ((const struct init_file *)b)->path);
}

/* Sorted, so that the same files give the same YAML on any file system. */
enum fray_status init_look(const char *folder, struct fray_arena *arena, struct init_listing *out,
                           struct fray_err *err) {
  *out = (struct init_listing){.folder = folder};
  FRAY_TRY(walk("", 0, arena, out, err));
  if (out->n)
    qsort(out->file, out->n, sizeof *out->file, by_path);
  return FRAY_OK;
}

/* Cells of tables are looked up by the thousand; no file system is asked. */
struct init_file *init_find(const struct init_listing *look, const char *path) {
  const struct init_file key = {.path = path};
  return look->n ? bsearch(&key, look->file, look->n, sizeof key, by_path) : NULL;
}

/* Said, since who sees only what was understood believes that it is all. */
void init_put_unused(const struct init_listing *look, struct fray_text *out) {
  for (size_t k = 0; k <= fray_import_kinds.n; k++) {
    const struct fray_choice *kind = k < fray_import_kinds.n ? fray_import_kinds.v[k] : NULL;
    const char *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < look->n; i++) {
      if (look->file[i].used || look->file[i].kind != kind)
        continue;
      first = first ? first : look->file[i].path;
      n++;
    }
    if (n)
      fray_text_printf(out, "# check: not used: %s%s%s, such as %s\n", FRAY_N(n, "data file"),
                       kind ? " of the kind " : "", kind ? kind->name : "", first);
  }
}
