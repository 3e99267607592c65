/* A line of example parameters for each aggregation rule and each thing that goes before one, and a
 * cohort for them: what laws go over. */
#ifndef RULE_EXAMPLES_H
#define RULE_EXAMPLES_H

#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "rule_scene.h"

#include <stdio.h>
#include <string.h>

enum { N = 2500, MEMBERS = 11 }; /* some blocks, the last one short; ranks without any too */

/* What a rule is not. */
enum {
  VOTES = 1,  /* it says where to go and not how far */
  LENGTH = 2, /* it has a length of its own, so twice the updates are not twice the result */
  HERE = 4,   /* it looks from 0, so moved updates do not move the result alike */
  DRAWN = 8   /* who goes with whom is drawn by places, so another order is another result */
};

/* A line of example parameters for each rule: a rule without one fails. */
static const struct {
  const char *rule, *yaml;
  int is_not;
} examples[] = {
    {"mean", "{rule: mean}", 0},
    {"median", "{rule: median}", 0},
    {"trimmed_mean", "{rule: trimmed_mean, f: 3}", 0},
    {"meamed", "{rule: meamed, f: 3}", 0},
    {"krum", "{rule: krum, f: 3}", 0},
    {"multi_krum", "{rule: multi_krum, f: 3}", 0},
    {"bulyan", "{rule: bulyan, f: 2}", 0},
    {"mda", "{rule: mda, f: 3}", 0},
    {"geometric_median", "{rule: geometric_median, steps: 400, nu: 1.0e-3}", 0},
    {"centered_clipping", "{rule: centered_clipping, tau: 1000, steps: 30}", LENGTH},
    {"fltrust", "{rule: fltrust, root: c0}", HERE},
    {"monna", "{rule: monna, root: c0, f: 3}", 0},
    {"sign_vote", "{rule: sign_vote, step: 0.01}", VOTES | LENGTH | HERE},
};
/* And for each thing that goes before one, in the first lines one each, with a rule behind it; and
 * for several. */
static const struct {
  const char *kind, *yaml;
  int is_not;
} before[] = {
    {"norm_clipping", "{pre: [{kind: norm_clipping, norm: 1000}], rule: mean, f: 2}", LENGTH},
    {"arc", "{pre: [arc], rule: median, f: 2}", HERE},
    {"nnm", "{pre: [nnm], rule: trimmed_mean, f: 3}", 0},
    {"bucketing", "{pre: [bucketing], rule: multi_krum, f: 1}", DRAWN},
    {"nnm", "{pre: [nnm], rule: krum, f: 3}", 0},
    {"nnm", "{pre: [nnm], rule: median, f: 4}", 0},
    {"nnm", "{pre: [nnm], rule: bulyan, f: 2}", 0},
    {"nnm", "{pre: [nnm], rule: geometric_median, f: 3, steps: 400, nu: 1.0e-3}", 0},
    {"arc", "{pre: [arc, nnm], rule: trimmed_mean, f: 3}", HERE},
    {"norm_clipping", "{pre: [{kind: norm_clipping, norm: 500}, nnm], rule: median, f: 3}",
     LENGTH | HERE},
    {"bucketing", "{pre: [nnm, {kind: bucketing, size: 2}], rule: median, f: 2}", DRAWN},
};

static inline struct cohort make_cohort(size_t n, size_t members) {
  struct cohort c = new_cohort(n, members);
  for (size_t k = 0; k < members; k++) {
    struct fray_rng rng = fray_rng_for(3, "test/rules", k, 0, 0);
    for (size_t i = 0; i < n; i++)
      c.x[k][i] = (float)(fray_rng_normal(&rng) * pow(10.0, (double)(i / 700 % 5) - 2.0));
  }
  for (size_t i = 0; i < n; i++) { /* trusted: like most */
    c.root[i] = 0.5f * (c.x[0][i] + c.x[members / 2][i]);
    c.previous[i] = 0.1f * c.x[members - 1][i];
  }
  return c;
}

static inline bool is(int is_not, int what) {
  return (is_not & what) == 0;
}

#endif
