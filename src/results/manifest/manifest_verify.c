/* Whether folders are still what their manifests say, and whether each was made from the others as
 * they are. Every file is read; nothing is written. */
#include "manifest_parts.h"

#include "fray/base/file.h"
#include "fray/base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A folder that is verified. */
struct verified {
  const char *folder;
  char *real; /* where it is; NULL: unknown */
  struct manifest m;
  size_t n_amiss;
  const char **apart; /* (n_apart) folders in it with manifests of their own */
  size_t n_apart;
};

static void put(struct fray_text *out, const char *what, const char *name, const char *why) {
  fray_text_printf(out, "  %-10s  ", what);
  fray_text_safe(out, name, false);
  if (*why)
    fray_text_printf(out, "  (%s)", why);
  fray_text_puts(out, "\n");
}

/* The size first: it tells more, and spares the reading. */
static enum fray_status check_file(struct verified *v, const struct manifest_file *f,
                                   struct fray_text *out, struct fray_err *err) {
  char path[4096], hash[FRAY_SHA256_TEXT], why[160] = "";
  struct stat info;
  struct fray_err reason = {0};
  uint64_t size = 0;
  FRAY_TRY(fray_folder_path(v->folder, f->name, path, err));
  if (lstat(path, &info) == 0 && S_ISREG(info.st_mode) && (uint64_t)info.st_size != f->bytes) {
    snprintf(why, sizeof why, "%llu bytes, %llu are listed", (unsigned long long)info.st_size,
             (unsigned long long)f->bytes);
  } else if (fray_sha256_file(path, &size, hash, &reason) != FRAY_OK) {
    FRAY_CHECK(reason.status != FRAY_MEMORY, err, MEMORY, "%s", reason.text);
    const char *words = strrchr(reason.text, ':');
    snprintf(why, sizeof why, "%.150s", words ? words + 2 : reason.text);
  } else if (strcmp(hash, f->sha256) == 0) {
    return FRAY_OK;
  }
  put(out, "changed", f->name, why);
  v->n_amiss++;
  return FRAY_OK;
}

/* Two sorted lists at once. */
static enum fray_status check_files(struct verified *v, struct fray_arena *arena,
                                    struct fray_text *out, struct fray_err *err) {
  struct manifest_found *found;
  size_t n, i = 0, k = 0;
  char path[4096];
  FRAY_TRY(manifest_look(v->folder, true, arena, &found, &n, err));
  FRAY_ALLOC(v->apart, arena, n + 1, err);
  while (i < n || k < v->m.n_files) {
    if (i < n && found[i].apart) {
      FRAY_TRY(fray_folder_path(v->folder, found[i++].name, path, err));
      v->apart[v->n_apart] = fray_arena_strdup(arena, path);
      FRAY_CHECK(v->apart[v->n_apart++], err, MEMORY, "out of memory");
      continue;
    }
    const int order = i == n              ? 1
                      : k == v->m.n_files ? -1
                                          : strcmp(found[i].name, v->m.file[k].name);
    if (order == 0) {
      FRAY_TRY(check_file(v, &v->m.file[k], out, err));
    } else {
      put(out, order < 0 ? "added" : "missing", order < 0 ? found[i].name : v->m.file[k].name, "");
      v->n_amiss++;
    }
    i += order <= 0;
    k += order >= 0;
  }
  return FRAY_OK;
}

/* Which command was the first of those that have been in the folder since it had this manifest; 0:
 * none, it never had it. */
static size_t since(const struct manifest *m, const char *sha256) {
  for (size_t i = 1; i < m->n_actions; i++)
    if (strcmp(m->action[i].previous, sha256) == 0)
      return i;
  return 0;
}

/* The same folder: as it lay there, or as it once began. */
static bool is_place_of(const struct verified *parent, const struct manifest_ingredient *in) {
  char *real = realpath(in->path, NULL);
  const bool same = (real && parent->real && strcmp(real, parent->real) == 0) ||
                    (*in->origin && strcmp(in->origin, manifest_origin(&parent->m)) == 0);
  free(real);
  return same;
}

/* The newest of several states of one parent is the one that the folder is as of now. */
static bool is_last_of(const struct manifest *m, size_t at) {
  for (size_t i = at + 1; i < m->n_ingredients; i++)
    if (strcmp(m->ingredient[i].path, m->ingredient[at].path) == 0 &&
        strcmp(m->ingredient[i].kind, m->ingredient[at].kind) == 0)
      return false;
  return true;
}

/* A later state of a parent is no fault: what was done to it is in its own list. */
static void check_ingredient(struct verified *child, const struct manifest_ingredient *in,
                             const struct verified *parent, struct fray_text *out) {
  char why[256];
  const size_t later = since(&parent->m, in->sha256);
  if (strcmp(in->sha256, parent->m.sha256) == 0) {
    put(out, "made from", parent->folder, "as it is");
  } else if (*in->sha256 && later) {
    snprintf(why, sizeof why, "as it was before '%.150s'", parent->m.action[later].command);
    put(out, "made from", parent->folder, why);
  } else if (!*in->sha256) {
    put(out, "made from", parent->folder, "which had no manifest then: nothing can be said");
  } else {
    put(out, "changed", parent->folder, "not the one that this was made from");
    child->n_amiss++;
  }
}

static void check_parents(struct verified *child, const struct verified *all, size_t n,
                          struct fray_text *out) {
  for (size_t i = 0; i < child->m.n_ingredients; i++) {
    const struct manifest_ingredient *in = &child->m.ingredient[i];
    const struct verified *parent = NULL;
    if (strcmp(in->kind, "input") == 0 || !is_last_of(&child->m, i))
      continue;
    for (size_t k = 0; k < n; k++)
      if (&all[k] != child && (is_place_of(&all[k], in) || since(&all[k].m, in->sha256) ||
                               strcmp(in->sha256, all[k].m.sha256) == 0))
        parent = &all[k];
    if (parent)
      check_ingredient(child, in, parent, out);
    else
      put(out, "made from", in->path, *in->sha256 ? "not given here" : "had no manifest");
  }
}

/* Before the list: what the folder is, and whether its list can be taken at its word. */
static void put_head(struct verified *v, struct fray_text *out) {
  const struct manifest_action *last = &v->m.action[v->m.n_actions - 1];
  size_t taken = 0;
  for (size_t i = 0; i < v->m.n_files; i++)
    taken += v->m.file[i].taken;
  fray_text_safe(out, v->folder, false);
  fray_text_printf(out, ": %s; last: '", FRAY_N(v->m.n_files, "listed file"));
  fray_text_safe(out, last->command, false);
  fray_text_printf(out, "' at %s\n", last->time);
  if (taken)
    fray_text_printf(out, "  %s found there when it was listed, written by no listed command\n",
                     FRAY_N(taken, "listed file"));
  const char *fault = manifest_sums_fault(v->folder, &v->m);
  if (fault) {
    char name[64];
    snprintf(name, sizeof name, "%s/SHA256SUMS", manifest_place(v->folder));
    put(out, "changed", name, fault);
    v->n_amiss++;
  }
}

static enum fray_status open_one(struct verified *v, struct fray_arena *arena,
                                 struct fray_err *err) {
  char path[4096];
  FRAY_TRY(fray_folder_there(v->folder, err));
  FRAY_TRY(manifest_path(v->folder, "manifest.json", path, err));
  FRAY_CHECK(fray_file_exists(path), err, INPUT,
             "%s holds no %s/manifest.json: an older fray filled it, or none, or it was killed "
             "before it wrote it",
             v->folder, manifest_place(v->folder));
  FRAY_TRY(manifest_read(v->folder, arena, &v->m, err));
  v->real = realpath(v->folder, NULL);
  return FRAY_OK;
}

static enum fray_status verify_one(struct verified *v, const struct verified *all, size_t n,
                                   struct fray_arena *arena, struct fray_text *out,
                                   struct fray_err *err) {
  put_head(v, out);
  FRAY_TRY(check_files(v, arena, out, err));
  check_parents(v, all, n, out);
  if (fray_lock_look(v->folder) == FRAY_LOCK_HELD)
    fray_text_puts(out, "  a run is at work in it; it lists its files when it is done\n");
  if (v->n_amiss == 0)
    fray_text_puts(out, "  as listed\n");
  return FRAY_OK;
}

/* Instruments leave folders in the results that they asked: those are no less part of them. */
static enum fray_status verify_apart(struct verified *v, const struct verified *all, size_t n,
                                     struct fray_arena *arena, struct fray_text *out,
                                     struct fray_err *err) {
  for (size_t i = 0; i < v->n_apart; i++) {
    struct verified inner = {.folder = v->apart[i]};
    enum fray_status status = open_one(&inner, arena, err);
    if (status == FRAY_OK)
      status = verify_one(&inner, all, n, arena, out, err);
    free(inner.real);
    FRAY_TRY(status);
    v->n_amiss += inner.n_amiss;
  }
  return FRAY_OK;
}

/* All manifests are read before anything is said. */
enum fray_status fray_manifests_verify(const char *const *folders, size_t n, struct fray_text *out,
                                       bool *good, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct verified *all = fray_arena_zero(&arena, n, sizeof *all);
  enum fray_status status = all ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  for (size_t i = 0; i < n && status == FRAY_OK; i++) {
    all[i].folder = folders[i];
    status = open_one(&all[i], &arena, err);
  }
  *good = true;
  for (size_t i = 0; i < n && status == FRAY_OK; i++) {
    status = verify_one(&all[i], all, n, &arena, out, err);
    if (status == FRAY_OK)
      status = verify_apart(&all[i], all, n, &arena, out, err);
    *good &= all[i].n_amiss == 0;
  }
  for (size_t i = 0; all && i < n; i++)
    free(all[i].real);
  fray_arena_free(&arena);
  if (status == FRAY_OK && out->failed)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  return status;
}
