/* The list of kinds of modalities, and what is done with values of all of them. A kind is a file
 * with hooks: how it begins, what it wants to know of all files, how it loads one. */
#include "joined.h"

#include "fray/base/size.h"
#include "fray/codec/codec.h"
#include "fray/import/import.h"
#include "import/table/npy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define FRAY_LIST "kinds.def"
#define FRAY_VALUE_KIND(name) FRAY_LISTED(fray_kind_##name)
#include "fray/schema/registry.inc"

const struct fray_choices fray_import_kinds = {"kind", "kinds", registry, FRAY_COUNT(registry)};

/* A guess, for who begins: nothing that is imported depends on it. */
const struct fray_choice *fray_import_kind_of(const char *path) {
  const char *dot = strrchr(path, '.');
  char suffix[16];
  /* With the blank behind it, so that .tif is not found in .tiff. */
  if (!dot || strlen(dot) > sizeof suffix - 2)
    return NULL;
  size_t n = 0;
  for (const char *p = dot; *p; p++)
    suffix[n++] = (char)tolower((unsigned char)*p);
  memcpy(suffix + n, " ", 2);
  for (size_t i = 0; i < FRAY_COUNT(registry); i++) {
    const struct value_kind *kind = registry[i]->impl;
    if (kind->suffixes && strstr(kind->suffixes, suffix))
      return registry[i];
  }
  return NULL;
}

const char *fray_import_first_keys(const struct fray_choice *kind) {
  const struct value_kind *impl = kind->impl;
  return impl->first_keys ? impl->first_keys : "";
}

/* A file that cannot be read says nothing; the import will say what is wrong with it. */
void fray_import_guess_keys(const struct fray_choice *kind, const char *path,
                            struct fray_text *out) {
  const struct value_kind *impl = kind->impl;
  if (!path || !impl->guess || !impl->guess(path, out))
    fray_text_puts(out, fray_import_first_keys(kind));
}

bool fray_import_reads_columns(const struct fray_choice *kind) {
  return ((const struct value_kind *)kind->impl)->is_table;
}

const struct fray_choice *fray_import_text_kind(void) {
  for (size_t i = 0; i < FRAY_COUNT(registry); i++)
    if (((const struct value_kind *)registry[i]->impl)->kind == FRAY_TEXT)
      return registry[i];
  return NULL;
}

/* From the keys alone: no file is touched. */
void fray_modality_begin(struct modality *modality, const char *name,
                         const struct modality_config *config, struct fray_arena *arena) {
  const struct value_kind *kind = config->kind.choice->impl;
  *modality =
      (struct modality){.kind = config->kind.choice, .config = config->kind.params, .arena = arena};
  modality->m = (struct fray_modality){.name = name, .unit = "", .kind = kind->kind, .time = 1};
  /* What all kinds share is set before, so a hook may replace it. */
  if (kind->begin)
    kind->begin(modality);
}

/* Called once, before the first value of any modality is loaded. */
enum fray_status fray_modality_settle(struct modality *modality, const struct modality_files *files,
                                      struct fray_err *err) {
  const struct value_kind *kind = modality->kind->impl;
  if (kind->settle)
    kind->settle(modality, files);
  return kind->decodes ? fray_ahead_make(files->coming, files->n, &modality->ahead, err) : FRAY_OK;
}

/* Files that were decoded and not loaded, where a value before them failed. */
void fray_modality_end(struct modality *modality) {
  fray_ahead_free(modality->ahead);
  modality->ahead = NULL;
}

/* Messages leave out the folder that the user gave. */
const char *fray_path_below(const char *raw, const char *path) {
  size_t n = strlen(raw ? raw : "");
  bool below = n && strncmp(path, raw, n) == 0 && path[n] == '/';
  return below ? path + n + 1 : path;
}

/* Where arrays are given to a kind that reads other files, that is what is wrong with them. */
static enum fray_status say_numpy(const struct modality *modality, const struct value *value,
                                  enum fray_status status, struct fray_err *err) {
  const struct value_kind *kind = modality->kind->impl;
  if (status != FRAY_INPUT || !value->path || kind->reads_arrays)
    return status;
  enum numpy is = fray_npy_look(value->path);
  if (is == NUMPY_NONE)
    return status;
  return fray_fail(
      err, FRAY_INPUT,
      "%s: %s; the kind `%s` reads %s. Arrays are for the kinds `series` and `feature`",
      value->path, is == NUMPY_ARRAY ? "a NumPy array" : "a .npz or .zip archive",
      modality->kind->name, modality->kind->meaning);
}

enum fray_status fray_value_load(struct modality *modality, const struct value *value,
                                 struct loaded *out, struct fray_err *err) {
  const struct value_kind *kind = modality->kind->impl;
  *out = (struct loaded){0};
  /* Absent, which is for the data set to judge. */
  if (!fray_value_given(value))
    return FRAY_OK;
  enum fray_status status = value->joined ? fray_joined_load(modality, value->joined, out, err)
                                          : kind->load(modality, value, out, err);
  if (status != FRAY_OK) {
    /* A kind may fail after it allocated, as when sizes do not agree. */
    free(out->x);
    *out = (struct loaded){0};
    return say_numpy(modality, value, status, err);
  }
  /* Only now: a first value that failed settles nothing. */
  modality->known = true;
  modality->m.time = FRAY_MAX(modality->m.time, out->length);
  return FRAY_OK;
}
