/* Roles of samples: who of the test clients is for choosing, and what may be reported on whom. */
#include "fray/data/roles.h"

#include "fray/base/memory.h"
#include "fray/base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const fray_role_names[FRAY_ROLES] = {"fit", "find", "verify", "report"};

struct drawn {
  double draw;
  uint64_t source;
  size_t place;
};

/* Two clients of one draw are told apart by their names, never by the order in which shards list
 * them. */
static int smaller_first(const void *a, const void *b) {
  const struct drawn *x = a, *y = b;
  if (x->draw != y->draw)
    return x->draw < y->draw ? -1 : 1;
  return (x->source > y->source) - (x->source < y->source);
}

/* Seed 0 whatever the trial: what one trial chose on somebody would otherwise be reported on him by
 * the next, and the study reports them as one. */
enum fray_status fray_roles_draw(const uint64_t *source, size_t n, double share, uint8_t *out,
                                 struct fray_err *err) {
  size_t wanted = (size_t)lround(share * (double)n);
  memset(out, 0, n);
  if (!(share > 0) || n < 2)
    return FRAY_OK;
  /* Both roles have somebody, or one of them would have no number at all. */
  wanted = wanted < 1 ? 1 : wanted > n - 1 ? n - 1 : wanted;
  struct drawn *all = calloc(n, sizeof *all);
  FRAY_CHECK(all, err, MEMORY, "out of memory");
  for (size_t i = 0; i < n; i++) {
    struct fray_rng rng = fray_rng_for(0, "evaluate-verify", source[i], 0, 0);
    all[i] = (struct drawn){fray_rng_uniform(&rng), source[i], i};
  }
  qsort(all, n, sizeof *all, smaller_first);
  for (size_t k = 0; k < wanted; k++)
    out[all[k].place] = 1;
  free(all);
  return FRAY_OK;
}

/* Training samples count as well: a model is as good on them as it has learnt them. */
enum fray_status fray_role_check(unsigned chosen_on, enum fray_role on, const char *what,
                                 struct fray_err *err) {
  FRAY_CHECK(!(chosen_on >> on & 1u), err, INPUT,
             "%s was chosen on %s samples, so no number of it is reported on these; report it on "
             "samples that did not choose it",
             what, fray_role_names[on]);
  return FRAY_OK;
}
