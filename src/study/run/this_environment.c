/* Finds the numeric environment of this process, once, and makes sure that all ranks share it. */
#include "this_environment.h"

#include "fray/base/rounding.h"
#include "fray/base/size.h"
#include "fray/codec/sound_coder.h"
#include "fray/codec/words.h"
#include "fray/tensor/blas.h"
#include "fray/tensor/vec.h"

#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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
    /* The kernel is a part of its own. */
    bool counts = strcasecmp(word, fray_blas_kernel()) != 0;
    for (size_t i = 0; i < FRAY_COUNT(other); i++)
      counts = counts && strncmp(word, other[i], strlen(other[i])) != 0;
    if (counts && used + strlen(word) + 2 < size)
      used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "", word);
  }
}

/* Each part has a name of its own, so that a refusal can say what differs. The seal, a hash over
 * all parts, is what ranks and folders are compared by. */
static enum fray_status find(struct fray_environment_here *h, struct fray_err *err) {
  enum { SIZE = sizeof h->part[0] };
  uint64_t products, spectrum, functions, coders;
  fray_rounding_reset(); /* the answers are of the state in which the work is done */
  FRAY_TRY(fray_probe_products(&products, err));
  FRAY_TRY(fray_probe_spectrum(&spectrum, err));
  FRAY_TRY(fray_probe_functions(&functions, err));
  FRAY_TRY(fray_coders_probe(&coders, err));
  snprintf(h->part[FRAY_ENVIRONMENT_CODE], SIZE, "%s", fray_numeric_code);
  name_blas(h->part[FRAY_ENVIRONMENT_BLAS], SIZE);
  snprintf(h->part[FRAY_ENVIRONMENT_KERNEL], SIZE, "%s", fray_blas_kernel());
  snprintf(h->part[FRAY_ENVIRONMENT_PRODUCTS], SIZE, "%016" PRIx64, products);
  snprintf(h->part[FRAY_ENVIRONMENT_VECTORS], SIZE, "%s", fray_vec_level());
  snprintf(h->part[FRAY_ENVIRONMENT_LIBM], SIZE, "%s %016" PRIx64, gnu_get_libc_version(),
           functions);
  snprintf(h->part[FRAY_ENVIRONMENT_FFT], SIZE, "%016" PRIx64, spectrum);
  snprintf(h->part[FRAY_ENVIRONMENT_UNICODE], SIZE, "%s", fray_unicode_library());
  snprintf(h->part[FRAY_ENVIRONMENT_CODERS], SIZE, "%016" PRIx64, coders);
  h->compiler = fray_numeric_compiler;
  fray_environment_seal(h);
  return FRAY_OK;
}

/* The probes take some milliseconds and always answer alike, so they are asked once. The same
 * pointer for the whole process: who has asked once may ask again without an error to give. */
const struct fray_environment_here *fray_this_environment(struct fray_err *err) {
  static struct fray_environment_here here;
  static bool is_known;
  if (!is_known && find(&here, err) != FRAY_OK)
    return NULL;
  is_known = true;
  return &here;
}

/* One rank with another kernel would make sums that no other machine can repeat. */
enum fray_status fray_environment_agree(struct fray_comm *comm, struct fray_err *err) {
  const struct fray_environment_here *here = fray_this_environment(err);
  FRAY_TRY(fray_comm_agree(comm, here ? FRAY_OK : err->status, err));
  FRAY_CHECK(fray_comm_same(comm, here->number), err, INPUT,
             "the ranks have different numeric environments (program, OpenBLAS kernel, vector "
             "level, libm or FFT); run on machines of one kind, or pin OPENBLAS_CORETYPE on all");
  return FRAY_OK;
}
