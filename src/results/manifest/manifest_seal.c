/* The manifests of the folders that a command filled, written when it is done.
 *
 * A folder that is not new has a manifest already, and most of its files are not of this command.
 * Those keep the line that they have, whatever they hold now: else a change between two commands
 * would be made good by the second. */
#include "manifest_parts.h"

#include "fray/base/deeds.h"
#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/base/size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* A folder that is sealed. */
struct seal {
  const char *folder, *command, *version;
  enum fray_deed_kind kind; /* the strongest that was noted of it */
  const char **spelling;    /* (n_spellings) what it was called */
  size_t n_spellings;
  struct stat at;
  struct fray_arena arena;
  bool has_old; /* old: the manifest of before */
  struct manifest old, now;
  struct fray_text amiss; /* names that a warning tells */
  size_t n_amiss;
};

/* ---- whose a file is ---- */

static bool is_here(const struct seal *s, const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && info.st_dev == s->at.st_dev && info.st_ino == s->at.st_ino;
}

/* Paths were noted under the names that the folder was given, so these are what is asked for. The
 * strongest note of it counts. */
static enum fray_status find_spellings(struct seal *s, struct fray_err *err) {
  enum fray_deed_kind kind;
  const char *path;
  size_t n = 0;
  for (size_t i = 0; fray_deed_at(i, &kind); i++)
    n += fray_deed_fills(kind);
  FRAY_ALLOC(s->spelling, &s->arena, n + 1, err);
  for (size_t i = 0; (path = fray_deed_at(i, &kind)); i++) {
    if (!fray_deed_fills(kind) || !is_here(s, path))
      continue;
    s->spelling[s->n_spellings++] = path;
    s->kind = FRAY_MAX(s->kind, kind);
  }
  return FRAY_OK;
}

static bool is_noted(const struct seal *s, enum fray_deed_kind kind, const char *name) {
  char path[8192];
  for (size_t i = 0; i < s->n_spellings; i++) {
    snprintf(path, sizeof path, "%s/%s", s->spelling[i], name);
    if (fray_deed_has(kind, path))
      return true;
  }
  return false;
}

/* What a run writes many times a minute, and only for as long as it takes. */
static bool is_working(const char *name) {
  static const char *const names[] = {"state", "status.json", "positions"};
  for (size_t i = 0; i < FRAY_COUNT(names); i++)
    if (strcmp(name, names[i]) == 0)
      return true;
  return strncmp(name, "checkpoints/", strlen("checkpoints/")) == 0;
}

static bool is_own(const struct seal *s, const char *name) {
  return s->kind == FRAY_DEED_WHOLE || (s->kind >= FRAY_DEED_STUDY && is_working(name)) ||
         is_noted(s, FRAY_DEED_WROTE, name);
}

static const struct manifest_file *old_line(const struct seal *s, const char *name) {
  size_t low = 0, high = s->old.n_files;
  while (low < high) {
    const size_t mid = (low + high) / 2;
    const int order = strcmp(name, s->old.file[mid].name);
    if (order == 0)
      return &s->old.file[mid];
    *(order < 0 ? &high : &low) = order < 0 ? mid : mid + 1;
  }
  return NULL;
}

enum { NAMED = 5 }; /* in one warning */
static void note_amiss(struct seal *s, const char *name, const char *what) {
  if (s->n_amiss++ < NAMED) {
    fray_text_puts(&s->amiss, s->amiss.size ? ", " : "");
    fray_text_safe(&s->amiss, name, false);
    fray_text_printf(&s->amiss, " (%s)", what);
  }
}

/* ---- the list of files ---- */

/* The line of a file that this command did not write. One that nobody listed is taken where nothing
 * was listed yet, or by a run, which may have been killed before it could list; so is whatever such
 * a killed one wrote. Elsewhere somebody else did it: *keep false, or the line of before. */
static void settle(struct seal *s, const struct manifest_file *old, struct manifest_file *f,
                   bool *keep) {
  const bool same = old && f->bytes == old->bytes && strcmp(f->sha256, old->sha256) == 0;
  if (same) {
    *f = *old;
  } else if (s->kind == FRAY_DEED_BEGUN || (!old && (!s->has_old || s->kind == FRAY_DEED_STUDY))) {
    f->taken = true;
  } else {
    note_amiss(s, f->name, old ? "changed" : "not listed");
    *keep = old != NULL;
    if (old)
      *f = *old;
  }
}

static enum fray_status list_found(struct seal *s, const struct manifest_found *found,
                                   struct fray_err *err) {
  const struct manifest_file *old = old_line(s, found->name);
  struct manifest_file f = {.name = found->name, .action = s->now.n_actions - 1};
  struct fray_err why = {0};
  bool keep = true;
  char path[4096];
  if (found->apart)
    return FRAY_OK;
  FRAY_TRY(fray_folder_path(s->folder, found->name, path, err));
  const char *amiss = !found->plain                     ? "no plain file"
                      : !manifest_can_list(found->name) ? "its name cannot be listed"
                                                        : NULL;
  if (!amiss && fray_sha256_file(path, &f.bytes, f.sha256, &why) != FRAY_OK) {
    FRAY_CHECK(why.status == FRAY_INPUT, err, MEMORY, "%s", why.text);
    amiss = "cannot be read";
  }
  if (amiss) {
    note_amiss(s, found->name, amiss);
    keep = old != NULL;
    if (old)
      f = *old;
  } else if (!is_own(s, found->name)) {
    settle(s, old, &f, &keep);
  }
  if (keep)
    s->now.file[s->now.n_files++] = f;
  return FRAY_OK;
}

/* Two sorted lists at once: what lies there, and what was listed and is gone. */
static enum fray_status list_files(struct seal *s, struct fray_err *err) {
  struct manifest_found *found;
  size_t n, k = 0;
  FRAY_TRY(manifest_look(s->folder, false, &s->arena, &found, &n, err));
  FRAY_ALLOC_ZERO(s->now.file, &s->arena, n + s->old.n_files + 1, err);
  for (size_t i = 0; i <= n; i++) {
    for (; k < s->old.n_files && (i == n || strcmp(s->old.file[k].name, found[i].name) <= 0); k++) {
      const struct manifest_file *old = &s->old.file[k];
      if ((i < n && strcmp(old->name, found[i].name) == 0) || is_own(s, old->name) ||
          s->kind == FRAY_DEED_BEGUN || is_noted(s, FRAY_DEED_REMOVED, old->name))
        continue;
      note_amiss(s, old->name, "missing");
      s->now.file[s->now.n_files++] = *old;
    }
    if (i < n)
      FRAY_TRY(list_found(s, &found[i], err));
  }
  return FRAY_OK;
}

/* ---- what was done, and from what ---- */

static enum fray_status add_action(struct seal *s, struct fray_err *err) {
  struct manifest *now = &s->now;
  const time_t seconds = time(NULL);
  struct tm utc = {0};
  char text[32];
  FRAY_ALLOC_ZERO(now->action, &s->arena, s->old.n_actions + 1, err);
  if (s->old.n_actions)
    memcpy(now->action, s->old.action, s->old.n_actions * sizeof *now->action);
  now->n_actions = s->old.n_actions + 1;
  gmtime_r(&seconds, &utc);
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  struct manifest_action *a = &now->action[now->n_actions - 1];
  a->command = fray_arena_strdup(&s->arena, s->command ? s->command : "");
  a->time = fray_arena_strdup(&s->arena, text);
  a->version = s->version;
  memcpy(a->previous, s->old.sha256, sizeof a->previous);
  FRAY_CHECK(a->command && a->time, err, MEMORY, "out of memory");
  return FRAY_OK;
}

static bool is_within(const char *path, const char *folder) {
  char *a = realpath(path, NULL), *b = realpath(folder, NULL);
  const size_t n = b ? strlen(b) : 0;
  const bool within = a && b && strncmp(a, b, n) == 0 && (a[n] == '\0' || a[n] == '/');
  free(a);
  free(b);
  return within;
}

/* One place has several names: as a scenario has it, and made absolute. The first is kept. */
static bool same_place(const char *a, const char *b) {
  struct stat x, y;
  return strcmp(a, b) == 0 ||
         (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

/* A parent whose manifest is broken is one without: that is its own fault, which verify names. */
static enum fray_status add_ingredient(struct seal *s, const char *kind, const char *path,
                                       bool is_file, struct fray_err *err) {
  struct manifest_ingredient in = {kind, NULL, "", "", s->now.n_actions - 1};
  struct fray_arena scratch = {0};
  struct manifest parent;
  uint64_t size;
  in.path = fray_arena_strdup(&s->arena, path);
  FRAY_CHECK(in.path, err, MEMORY, "out of memory");
  if (is_file) {
    fray_sha256_file(path, &size, in.sha256, NULL);
  } else if (manifest_read(path, &scratch, &parent, NULL) == FRAY_OK) {
    strcpy(in.sha256, parent.sha256);
    strcpy(in.origin, manifest_origin(&parent));
  }
  fray_arena_free(&scratch);
  for (size_t i = 0; i < s->now.n_ingredients; i++) {
    const struct manifest_ingredient *other = &s->now.ingredient[i];
    if (strcmp(other->kind, kind) == 0 && strcmp(other->sha256, in.sha256) == 0 &&
        same_place(other->path, path))
      return FRAY_OK;
  }
  s->now.ingredient[s->now.n_ingredients++] = in;
  return FRAY_OK;
}

/* A file of a folder that has a manifest, as the pack of a red team, leads to that as well. */
static enum fray_status add_file(struct seal *s, const char *path, struct fray_err *err) {
  char folder[4096], manifest[4096];
  const char *slash = strrchr(path, '/');
  const int n =
      snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
  FRAY_TRY(add_ingredient(s, "input", path, !fray_is_folder(path), err));
  if (n > 0 && manifest_path(folder, "manifest.json", manifest, NULL) == FRAY_OK &&
      fray_file_exists(manifest))
    return add_ingredient(s, "folder", folder, false, err);
  return FRAY_OK;
}

static enum fray_status add_ingredients(struct seal *s, struct fray_err *err) {
  enum fray_deed_kind kind;
  const char *path;
  size_t n = 0;
  while (fray_deed_at(n, &kind))
    n++;
  FRAY_ALLOC_ZERO(s->now.ingredient, &s->arena, s->old.n_ingredients + 2 * n + 1, err);
  if (s->old.n_ingredients)
    memcpy(s->now.ingredient, s->old.ingredient, s->old.n_ingredients * sizeof *s->old.ingredient);
  s->now.n_ingredients = s->old.n_ingredients;
  for (size_t i = 0; (path = fray_deed_at(i, &kind)); i++) {
    if (kind < FRAY_DEED_SHARDS || !fray_file_exists(path) || is_within(path, s->folder))
      continue;
    if (kind == FRAY_DEED_FILE)
      FRAY_TRY(add_file(s, path, err));
    else
      FRAY_TRY(
          add_ingredient(s, kind == FRAY_DEED_SHARDS ? "shards" : "results", path, false, err));
  }
  return FRAY_OK;
}

/* ---- one folder ---- */

/* Both are whole before either is put in place: a kill between the two renames is the only moment
 * in which they do not fit, and is known by what the manifest says of the one before it. */
static enum fray_status publish(const char *folder, const struct fray_text *manifest,
                                const struct fray_text *sums, struct fray_err *err) {
  struct fray_draft a = {.file = -1}, b = {.file = -1};
  char path[4096];
  FRAY_TRY(fray_folder_path(folder, manifest_place(folder), path, err));
  FRAY_TRY(fray_make_folders(path, err));
  FRAY_TRY(manifest_path(folder, "manifest.json", path, err));
  FRAY_TRY(fray_draft_open(path, &a, err));
  enum fray_status status = fray_draft_write(&a, manifest->data, manifest->size, err);
  if (status == FRAY_OK)
    status = manifest_path(folder, "SHA256SUMS", path, err);
  if (status == FRAY_OK)
    status = fray_draft_open(path, &b, err);
  if (status == FRAY_OK)
    status = fray_draft_write(&b, sums->data, sums->size, err);
  if (status == FRAY_OK)
    status = fray_draft_publish(&a, false, err);
  if (status == FRAY_OK)
    status = fray_draft_publish(&b, true, err);
  fray_draft_drop(&a);
  fray_draft_drop(&b);
  return status;
}

static enum fray_status write_now(struct seal *s, struct fray_err *err) {
  struct fray_text manifest = {0}, sums = {0};
  manifest_put(&s->now, &manifest);
  if (!manifest.failed) {
    fray_sha256_of(manifest.data, manifest.size, s->now.sha256);
    manifest_put_sums(&s->now, manifest_place(s->folder), s->now.sha256, &sums);
  }
  const enum fray_status status = manifest.failed || sums.failed
                                      ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                      : publish(s->folder, &manifest, &sums, err);
  fray_text_free(&manifest);
  fray_text_free(&sums);
  return status;
}

/* A manifest that somebody changed is left to be found, and is not replaced by one that vouches for
 * what he did. */
static enum fray_status read_old(struct seal *s, struct fray_err *err) {
  char path[4096];
  FRAY_TRY(manifest_path(s->folder, "manifest.json", path, err));
  s->has_old = fray_file_exists(path);
  if (!s->has_old)
    return FRAY_OK;
  FRAY_TRY(manifest_read(s->folder, &s->arena, &s->old, err));
  const char *fault =
      manifest_is_ahead(s->folder, &s->old) ? NULL : manifest_sums_fault(s->folder, &s->old);
  FRAY_CHECK(!fault, err, INPUT, "%s/%s/SHA256SUMS %s", s->folder, manifest_place(s->folder),
             fault);
  return FRAY_OK;
}

/* A folder of the user's that is no results folder, and into which single files were written, is
 * not fray's to vouch for. */
static bool is_to_seal(const struct seal *s) {
  char path[4096];
  return s->has_old || s->kind != FRAY_DEED_SHARED ||
         (fray_folder_path(s->folder, "state", path, NULL) == FRAY_OK && fray_file_exists(path));
}

static enum fray_status seal_folder(struct seal *s, struct fray_err *err) {
  FRAY_TRY(find_spellings(s, err));
  FRAY_TRY(read_old(s, err));
  if (!is_to_seal(s))
    return FRAY_OK;
  FRAY_TRY(add_action(s, err));
  FRAY_TRY(add_ingredients(s, err));
  FRAY_TRY(list_files(s, err));
  FRAY_TRY(write_now(s, err));
  if (s->n_amiss)
    fray_warn("%s: %s%s: its manifest keeps what it said before; fray verify names them all",
              s->folder, s->amiss.data ? s->amiss.data : "", s->n_amiss > NAMED ? ", ..." : "");
  return FRAY_OK;
}

/* A folder that has been noted under another name is done already. */
static bool is_done(const struct seal *s, size_t at) {
  enum fray_deed_kind kind;
  for (size_t i = 0; i < at; i++) {
    const char *path = fray_deed_at(i, &kind);
    if (fray_deed_fills(kind) && is_here(s, path))
      return true;
  }
  return false;
}

enum fray_status fray_manifests_write(const char *command, const char *version,
                                      struct fray_err *err) {
  enum fray_deed_kind kind;
  const char *path;
  for (size_t i = 0; (path = fray_deed_at(i, &kind)); i++) {
    struct seal s = {.folder = path, .command = command, .version = version, .kind = kind};
    if (!fray_deed_fills(kind) || stat(path, &s.at) != 0 || !S_ISDIR(s.at.st_mode) ||
        is_done(&s, i))
      continue;
    /* Who holds it writes the manifest when it is done. */
    if (fray_lock_look(path) == FRAY_LOCK_HELD)
      continue;
    const enum fray_status status = seal_folder(&s, err);
    fray_arena_free(&s.arena);
    fray_text_free(&s.amiss);
    FRAY_TRY(status);
  }
  return FRAY_OK;
}
