/* The section `membership`, and whom it holds out: shadow federations are the trials of a cell. */
#include "fray/metric/membership.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>

static const char *const centres[] = {"means", "medians", NULL};
static const char *const deviations[] = {"pooled", "each", NULL};

static const struct fray_field fields[] = {
    FRAY_FIELD(REAL, "held_out", struct fray_membership_config, held_out, .def = 0, .min = 0,
               .max = 0.9, .unit = "share",
               .help = "share of each client's training samples that a trial leaves out, drawn by "
                       "its seed: those trained on are members, the others are not, and what tells "
                       "them apart is measured on the released models (membership.csv). The other "
                       "seeds of a cell are the shadow trainings, so 4 seeds are the least for "
                       "LiRA and 16 are better. 0: nothing is left out or measured. Exfiltration "
                       "by gradient inversion, from single updates, is not measured"),
    FRAY_FIELD(ENUM, "centre", struct fray_membership_config, centre, .names = centres,
               .def_text = "means",
               .help = "of a sample's shadows in LiRA (arXiv 2112.03570): means as in the paper, "
                       "medians as in its code"),
    FRAY_FIELD(ENUM, "deviation", struct fray_membership_config, deviation, .names = deviations,
               .def_text = "pooled",
               .help = "in LiRA: pooled, one of all samples, each about its own mean, which few "
                       "shadows need; each, one for each sample, better from some 64 seeds on"),
};
FRAY_TABLE(fray_membership_table, "membership", struct fray_membership_config, fields,
           .help = "Membership inference as a measured attack by one who holds the released model, "
                   "and not by the server that sees updates.");

/* A sample with its draw. */
struct drawn {
  uint64_t draw, source;
  size_t at;
};

static int by_draw(const void *left, const void *right) {
  const struct drawn *a = left, *b = right;
  /* Draws of 64 bits hardly ever tie; the source decides, so that the order of samples never does.
   */
  if (a->draw != b->draw)
    return a->draw < b->draw ? -1 : 1;
  return (a->source > b->source) - (a->source < b->source);
}

/* By rank of the draws within the client and not sample by sample: each client keeps the share that
 * was asked for, so that the smallest ones do not lose all by chance. */
enum fray_status fray_membership_hold_out(double share, uint64_t seed, size_t n,
                                          const uint64_t *source, struct fray_arena *arena,
                                          uint8_t *held, struct fray_err *err) {
  /* 0.29 of 100 is 29, although 0.29 * 100 is 28.999999999999996 in doubles. */
  const size_t count = (size_t)floor(share * (double)n + 1e-9);
  const uint64_t purpose = fray_rng_purpose("membership/held-out");
  const struct fray_arena_place mark = fray_arena_mark(arena);
  struct drawn *drawn;
  FRAY_ALLOC(drawn, arena, n + 1, err);
  for (size_t i = 0; i < n; i++) {
    struct fray_rng rng = fray_rng_keyed(seed, purpose, source[i], 0, 0);
    drawn[i] = (struct drawn){fray_rng_u64(&rng), source[i], i};
  }
  qsort(drawn, n, sizeof *drawn, by_draw);
  for (size_t i = 0; i < count; i++)
    held[drawn[i].at] = 1;
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}
