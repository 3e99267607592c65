/* The numeric environment: found, compared, and written into provenance.json. */
#include "environment.h"

#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/rounding.h"
#include "fray/base/size.h"
#include "fray/codec/words.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"
#include "study/store/folder.h"

#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum part { CODE, BLAS, KERNEL, PRODUCTS, VECTORS, LIBM, FFT, UNICODE, PARTS };

/* name: in provenance.json. A hash says nothing to people, so it is not shown. */
static const struct {
  const char *name, *words;
  bool is_hash;
} parts[PARTS] = {[CODE] = {"code", "numeric code of the program", true},
                  [BLAS] = {"blas", "OpenBLAS", false},
                  [KERNEL] = {"kernel", "OpenBLAS kernel", false},
                  [PRODUCTS] = {"products", "results of matrix products", true},
                  [VECTORS] = {"vectors", "vector level", false},
                  [LIBM] = {"libm", "C library's functions", false},
                  [FFT] = {"fft", "results of the FFT (KissFFT)", true},
                  [UNICODE] = {"unicode", "Unicode tables", false}};

/* Of this process. */
struct here {
  bool is_known;
  char part[PARTS][256], text[PARTS * 256], hash[17];
  uint64_t number;
};

/* OpenBLAS's own words without those on threads, of which there is one, and its kernel, which is a
 * part of its own: variants that compute alike are one environment. */
static void name_blas(char *out, size_t size) {
  static const char *const other[] = {"MAX_THREADS=", "SINGLE_THREADED", "USE_OPENMP",
                                      "NO_AFFINITY", "NO_LAPACKE"};
  char words[256], *rest = NULL;
  size_t used = 0;
  snprintf(words, sizeof words, "%s", fray_blas_version());
  *out = '\0';
  for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
    bool counts = strcasecmp(word, fray_blas_kernel()) != 0;
    for (size_t i = 0; i < FRAY_COUNT(other); i++)
      counts = counts && strncmp(word, other[i], strlen(other[i])) != 0;
    if (counts && used + strlen(word) + 2 < size)
      used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "", word);
  }
}

static enum fray_status find(struct here *h, struct fray_err *err) {
  uint64_t products, spectrum;
  fray_rounding_reset(); /* the answers are of the state in which the work is done */
  FRAY_TRY(fray_probe_products(&products, err));
  FRAY_TRY(fray_probe_spectrum(&spectrum, err));
  snprintf(h->part[CODE], sizeof h->part[0], "%s", fray_numeric_code);
  name_blas(h->part[BLAS], sizeof h->part[0]);
  snprintf(h->part[KERNEL], sizeof h->part[0], "%s", fray_blas_kernel());
  snprintf(h->part[PRODUCTS], sizeof h->part[0], "%016" PRIx64, products);
  snprintf(h->part[VECTORS], sizeof h->part[0], "%s", fray_vec_level());
  snprintf(h->part[LIBM], sizeof h->part[0], "%s %016" PRIx64, gnu_get_libc_version(),
           fray_probe_functions());
  snprintf(h->part[FFT], sizeof h->part[0], "%016" PRIx64, spectrum);
  snprintf(h->part[UNICODE], sizeof h->part[0], "%s", fray_unicode_library());
  return FRAY_OK;
}

/* Found once: later it could only be found to be the same. */
static const struct here *find_once(struct fray_err *err) {
  static struct here here;
  size_t used = 0;
  if (here.is_known)
    return &here;
  if (find(&here, err) != FRAY_OK)
    return NULL;
  for (int i = 0; i < PARTS; i++)
    used += (size_t)snprintf(here.text + used, sizeof here.text - used, "%s%s %s", i ? "; " : "",
                             parts[i].name, here.part[i]);
  here.number = fray_hash64(here.text, used);
  snprintf(here.hash, sizeof here.hash, "%016" PRIx64, here.number);
  here.is_known = true;
  return &here;
}

enum fray_status fray_environment_agree(struct fray_comm *comm, struct fray_err *err) {
  const struct here *here = find_once(err);
  FRAY_TRY(fray_comm_agree(comm, here ? FRAY_OK : err->status, err));
  FRAY_CHECK(fray_comm_same(comm, here->number), err, INPUT,
             "the ranks have different numeric environments (program, OpenBLAS kernel, vector "
             "level, libm or FFT); run on machines of one kind, or pin OPENBLAS_CORETYPE on all");
  return FRAY_OK;
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

enum fray_status fray_environments_add(const fray_json *provenance, const char *folder,
                                       struct fray_arena *arena, struct fray_environment **list,
                                       size_t *n, struct fray_err *err) {
  const fray_json *hash = fray_json_get(provenance, "numeric_environment_hash");
  const fray_json *text = fray_json_get(provenance, "numeric_environment");
  const fray_json *part = fray_json_get(provenance, "numeric_environment_parts");
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
    if (!is_among(grown, *n, one.hash))
      grown[(*n)++] = one;
  }
  *list = grown;
  return FRAY_OK;
}

/* The value of a part; NULL: not noted. environment NULL: of this process. */
static const char *part_of(const struct fray_environment *environment, enum part part) {
  if (environment)
    return fray_json_text(fray_json_get(environment->parts, parts[part].name));
  const struct here *here = find_once(NULL);
  return here ? here->part[part] : NULL;
}

static void put_parts(struct fray_text *out, const struct fray_environment *environment) {
  bool first = true;
  for (int i = 0; i < PARTS; i++) {
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

static void put_member(struct fray_text *out, const char *key, enum member member,
                       const struct fray_environment *const *list, size_t n) {
  const struct here *here = find_once(NULL);
  fray_text_printf(out, "  \"%s\": %s", key, n == 1 ? "" : "[");
  for (size_t i = 0; i < n; i++) {
    fray_text_puts(out, i ? ", " : "");
    if (member == PART_MAPS)
      put_parts(out, list[i]);
    else if (list[i])
      fray_json_put_text(out, member == TEXTS ? list[i]->text : list[i]->hash);
    else
      fray_json_put_text(out, !here ? "unknown" : member == TEXTS ? here->text : here->hash);
  }
  fray_text_puts(out, n == 1 ? ",\n" : "],\n");
}

void fray_environments_put(struct fray_text *out, const struct fray_environment *list, size_t n,
                           bool here) {
  const struct here *mine = find_once(NULL);
  const struct fray_environment **all = calloc(n + 1, sizeof *all);
  size_t count = 0;
  if (!all || (here && !mine)) {
    out->failed = true;
    free(all);
    return;
  }
  for (; count < n; count++)
    all[count] = &list[count];
  if (here && !is_among(list, n, mine->hash))
    all[count++] = NULL;
  put_member(out, "numeric_environment", TEXTS, all, count);
  put_member(out, "numeric_environment_hash", HASHES, all, count);
  put_member(out, "numeric_environment_parts", PART_MAPS, all, count);
  if (count > 1)
    fray_text_puts(out, "  \"mixed\": true,\n");
  free(all);
}

void fray_environment_difference(const struct fray_environment *a, const struct fray_environment *b,
                                 const char *other, struct fray_text *out) {
  const struct fray_environment *old = a && !a->parts ? a : b && !b->parts ? b : NULL;
  if (old) {
    fray_text_printf(out, "of an older program, which did not note its parts (%.*s)",
                     (int)strcspn(old->text, ";"), old->text);
    return;
  }
  size_t n = 0;
  for (int i = 0; i < PARTS; i++) {
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
                               struct fray_err *err) {
  struct fray_text difference = {0};
  if (n > 1)
    return fray_fail(
        err, FRAY_INPUT,
        "%s: made in %zu numeric environments; --environment mixed goes on with it all "
        "the same",
        folder, n);
  fray_environment_difference(&list[0], NULL, "here", &difference);
  fray_fail(
      err, FRAY_INPUT,
      "%s: made in another numeric environment: %s; go on where it was made, take another folder, "
      "or --environment mixed, which marks the results",
      folder, difference.data ? difference.data : "unknown");
  fray_text_free(&difference);
  return FRAY_INPUT;
}

static enum fray_status check_folder(const char *folder, const fray_json *root, bool mixed,
                                     struct fray_arena *arena, struct fray_err *err) {
  struct fray_environment *list = NULL;
  size_t n = 0;
  const struct here *here = find_once(err);
  if (!here)
    return err->status;
  FRAY_TRY(fray_environments_add(root, folder, arena, &list, &n, err));
  if (n == 1 && strcmp(list[0].hash, here->hash) == 0)
    return FRAY_OK;
  if (!mixed)
    return refuse(folder, list, n, err);
  static bool warned; /* looked at once more when the folder is locked */
  if (warned)
    return FRAY_OK;
  warned = true;
  fray_warn("%s: goes on in another numeric environment than it was made in; its provenance and "
            "report say so",
            folder);
  return FRAY_OK;
}

enum fray_status fray_folder_environment(const char *folder, bool mixed, struct fray_err *err) {
  char path[4096];
  struct fray_arena arena = {0};
  fray_json *root;
  FRAY_TRY(fray_folder_path(folder, "provenance.json", path, err));
  if (!fray_file_exists(path))
    return FRAY_OK;
  FRAY_TRY(fray_folder_trust(folder, "provenance.json", err));
  FRAY_TRY(fray_json_read(path, PROVENANCE_BYTES, &root, err));
  const enum fray_status status = check_folder(folder, root, mixed, &arena, err);
  fray_json_free(root);
  fray_arena_free(&arena);
  return status;
}
