/* Numeric environments in provenance.json: written, read, compared, and told apart in words.
 *
 * Rows of two environments differ in their last digits, which is enough to change a class here and
 * there: they must not stand in one table without a mark. */
#include "fray/results/environment.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/results/folder.h"
#include "fray/results/provenance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* name: in provenance.json. A hash says nothing to people, so it is not shown. */
static const struct {
  const char *name, *words;
  bool is_hash;
} parts[FRAY_ENVIRONMENT_PARTS] = {
    [FRAY_ENVIRONMENT_CODE] = {"code", "numeric code of the program", true},
    [FRAY_ENVIRONMENT_BLAS] = {"blas", "OpenBLAS", false},
    [FRAY_ENVIRONMENT_KERNEL] = {"kernel", "OpenBLAS kernel", false},
    [FRAY_ENVIRONMENT_PRODUCTS] = {"products", "results of matrix products", true},
    [FRAY_ENVIRONMENT_VECTORS] = {"vectors", "vector level", false},
    [FRAY_ENVIRONMENT_LIBM] = {"libm", "C library's functions", false},
    [FRAY_ENVIRONMENT_FFT] = {"fft", "results of the FFT (KissFFT)", true},
    [FRAY_ENVIRONMENT_UNICODE] = {"unicode", "Unicode tables", false},
    [FRAY_ENVIRONMENT_CODERS] = {"coders", "results of the coders of sound and pictures", true}};

/* The hash is that of the text, in which each part stands with its name: two parts that swap their
 * values differ. */
void fray_environment_seal(struct fray_environment_here *here) {
  size_t used = 0;
  for (int i = 0; i < FRAY_ENVIRONMENT_PARTS; i++)
    used += (size_t)snprintf(here->text + used, sizeof here->text - used, "%s%s %s", i ? "; " : "",
                             parts[i].name, here->part[i]);
  here->number = fray_hash64(here->text, used);
  snprintf(here->hash, sizeof here->hash, "%016" PRIx64, here->number);
}

struct fray_environment fray_environment_of(const struct fray_environment_here *here) {
  return (struct fray_environment){.hash = here->hash, .text = here->text, .here = here};
}

static const char *text_or_unknown(const fray_json *value) {
  const char *text = fray_json_text(value);
  return text ? text : "unknown";
}

static bool is_among(const struct fray_environment *list, size_t n, const char *hash) {
  for (size_t i = 0; i < n; i++)
    if (strcmp(list[i].hash, hash) == 0)
      return true;
  return false;
}

/* A folder that was gone on with elsewhere has lists in place of the texts; older programs wrote
 * neither parts nor lists. */
enum fray_status fray_environments_add(const fray_json *provenance, const char *folder,
                                       struct fray_arena *arena, struct fray_environment **list,
                                       size_t *n, struct fray_err *err) {
  const fray_json *hash = fray_json_get(provenance, "numeric_environment_hash");
  const fray_json *text = fray_json_get(provenance, "numeric_environment");
  const fray_json *part = fray_json_get(provenance, "numeric_environment_parts");
  /* A mixed folder has lists in all three members. */
  const bool several = fray_json_is_array(hash);
  const size_t count = several ? fray_json_size(hash) : 1;
  struct fray_environment *grown;
  FRAY_ALLOC(grown, arena, *n + count + 1, err);
  if (*n)
    memcpy(grown, *list, *n * sizeof *grown);
  for (size_t i = 0; i < count; i++) {
    struct fray_environment one = {
        .hash = text_or_unknown(several ? fray_json_at(hash, i) : hash),
        .text = text_or_unknown(several ? fray_json_at(text, i) : text),
        .folder = folder,
    };
    const fray_json *map = fray_json_is_array(part) ? fray_json_at(part, i) : part;
    if (fray_json_is_object(map))
      one.parts = map;
    /* A folder that was gone on with three times here has this environment once. */
    if (!is_among(grown, *n, one.hash))
      grown[(*n)++] = one;
  }
  *list = grown;
  return FRAY_OK;
}

static bool notes_parts(const struct fray_environment *environment) {
  return environment->here || environment->parts;
}

/* The value of a part; NULL: not noted. */
static const char *part_of(const struct fray_environment *environment, int part) {
  if (environment->here)
    return environment->here->part[part];
  return fray_json_text(fray_json_get(environment->parts, parts[part].name));
}

static void put_parts(struct fray_text *out, const struct fray_environment *environment) {
  bool first = true;
  for (int i = 0; i < FRAY_ENVIRONMENT_PARTS; i++) {
    const char *value = part_of(environment, i);
    if (!value)
      continue;
    fray_text_puts(out, first ? "{" : ", ");
    fray_json_put_text(out, parts[i].name);
    fray_text_puts(out, ": ");
    fray_json_put_text(out, value);
    first = false;
  }
  fray_text_puts(out, first ? "null" : "}"); /* null: an older program did not note them */
}

/* Which of the three members is written. */
enum member { TEXTS, HASHES, PART_MAPS };

/* One environment stands as a text and several as a list, as programs that read the file have known
 * it from the first. */
static void put_member(struct fray_text *out, const char *key, enum member member,
                       const struct fray_environment *list, size_t n) {
  fray_text_printf(out, "  \"%s\": %s", key, n == 1 ? "" : "[");
  for (size_t i = 0; i < n; i++) {
    fray_text_puts(out, i ? ", " : "");
    if (member == PART_MAPS)
      put_parts(out, &list[i]);
    else
      fray_json_put_text(out, member == TEXTS ? list[i].text : list[i].hash);
  }
  fray_text_puts(out, n == 1 ? ",\n" : "],\n");
}

/* This process comes last, and only if it is not among them: the list is in the order of time. */
void fray_environments_put(struct fray_text *out, const struct fray_environment *list, size_t n,
                           const struct fray_environment_here *here) {
  struct fray_environment *all = calloc(n + 1, sizeof *all);
  size_t count = n;
  if (!all) {
    out->failed = true;
    return;
  }
  if (n)
    memcpy(all, list, n * sizeof *all);
  if (here && !is_among(list, n, here->hash))
    all[count++] = fray_environment_of(here);
  put_member(out, "numeric_environment", TEXTS, all, count);
  put_member(out, "numeric_environment_hash", HASHES, all, count);
  put_member(out, "numeric_environment_parts", PART_MAPS, all, count);
  if (count > 1)
    fray_text_puts(out, "  \"mixed\": true,\n");
  free(all);
}

/* Parts that are hashes are only named: their digits tell people nothing. */
void fray_environment_difference(const struct fray_environment *a, const struct fray_environment *b,
                                 const char *other, struct fray_text *out) {
  const struct fray_environment *old = !notes_parts(a) ? a : !notes_parts(b) ? b : NULL;
  if (old) {
    fray_text_printf(out, "of an older program, which did not note its parts (%.*s)",
                     (int)strcspn(old->text, ";"), old->text);
    return;
  }
  size_t n = 0;
  for (int i = 0; i < FRAY_ENVIRONMENT_PARTS; i++) {
    const char *left = part_of(a, i), *right = part_of(b, i);
    if (left && right && strcmp(left, right) == 0)
      continue;
    fray_text_printf(out, "%s%s", n++ ? ", " : "", parts[i].words);
    if (!parts[i].is_hash)
      fray_text_printf(out, " (%s; %s %s)", left ? left : "unknown", other,
                       right ? right : "unknown");
  }
  fray_text_puts(out, n ? "" : "nothing that this program knows");
}

/* Why no row may be added to a folder here. */
static enum fray_status refuse(const char *folder, const struct fray_environment *list, size_t n,
                               const struct fray_environment_here *here, struct fray_err *err) {
  const struct fray_environment mine = fray_environment_of(here);
  struct fray_text difference = {0};
  if (n > 1)
    return fray_fail(
        err, FRAY_INPUT,
        "%s: made in %zu numeric environments; --environment mixed goes on with it all "
        "the same",
        folder, n);
  fray_environment_difference(&list[0], &mine, "here", &difference);
  fray_fail(
      err, FRAY_INPUT,
      "%s: made in another numeric environment: %s; go on where it was made, take another folder, "
      "or --environment mixed, which marks the results",
      folder, difference.data ? difference.data : "unknown");
  fray_text_free(&difference);
  return FRAY_INPUT;
}

static enum fray_status check_folder(const char *folder, const fray_json *root,
                                     const struct fray_environment_here *here, bool mixed,
                                     struct fray_arena *arena, struct fray_err *err) {
  struct fray_environment *list = NULL;
  size_t n = 0;
  FRAY_TRY(fray_environments_add(root, folder, arena, &list, &n, err));
  /* A mixed folder asks for the words again every time, even where one of its environments is
   * this one. */
  if (n == 1 && strcmp(list[0].hash, here->hash) == 0)
    return FRAY_OK;
  if (!mixed)
    return refuse(folder, list, n, here, err);
  static bool warned; /* looked at once more when the folder is locked */
  if (warned)
    return FRAY_OK;
  warned = true;
  fray_warn("%s: made in another numeric environment than this one; what is added to it here is "
            "marked in its provenance and report",
            folder);
  return FRAY_OK;
}

/* The file decides whether rows may be added, so it is held against its checksum before it is
 * believed. */
enum fray_status fray_folder_environment(const char *folder,
                                         const struct fray_environment_here *here, bool mixed,
                                         struct fray_err *err) {
  char path[4096];
  struct fray_arena arena = {0};
  fray_json *root;
  FRAY_TRY(fray_folder_path(folder, "provenance.json", path, err));
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_folder_trust(folder, "provenance.json", err));
  FRAY_TRY(fray_json_read(path, FRAY_PROVENANCE_BYTES, &root, err));
  const enum fray_status status = check_folder(folder, root, here, mixed, &arena, err);
  fray_json_free(root);
  fray_arena_free(&arena);
  return status;
}
