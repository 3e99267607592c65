/* The operating points of a guess "it is a member", counted exactly. */
#include "fray/metric/membership.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>

struct guess {
  double score;
  uint8_t member;
};

/* The largest first: thresholds go down. Equal scores are one point, so their order is free. */
static int by_score(const void *left, const void *right) {
  const struct guess *a = left, *b = right;
  return (a->score < b->score) - (a->score > b->score);
}

/* Counts are whole numbers until the last division: no order of addition can change an area.
 * A member meets the non-members of lower scores, and half of those of its own. */
static void trace(const struct guess *guess, size_t n, struct fray_roc *roc) {
  const double members = (double)roc->members, others = (double)roc->nonmembers;
  uint64_t found = 0, alarms = 0, halves = 0;
  roc->point[roc->n++] = (struct fray_roc_point){0, 0};
  for (size_t i = 0, end; i < n; i = end) {
    uint64_t tied[2] = {0};
    for (end = i; end < n && guess[end].score == guess[i].score; end++)
      tied[guess[end].member]++;
    halves += tied[1] * (2 * ((uint64_t)roc->nonmembers - alarms) - tied[0]);
    found += tied[1];
    alarms += tied[0];
    const struct fray_roc_point p = {(double)alarms / others, (double)found / members};
    roc->advantage = fmax(roc->advantage, p.tpr - p.fpr);
    roc->point[roc->n++] = p;
  }
  roc->auc = (double)halves / 2.0 / (members * others);
}

enum fray_status fray_roc_make(size_t n, const double *score, const uint8_t *member,
                               struct fray_arena *arena, struct fray_roc *out,
                               struct fray_err *err) {
  struct guess *guess;
  size_t kept = 0;
  *out = (struct fray_roc){0};
  FRAY_ALLOC(out->point, arena, n + 1, err); /* what the caller keeps lies below the scratch */
  const struct fray_arena_place mark = fray_arena_mark(arena);
  FRAY_ALLOC(guess, arena, n + 1, err);
  for (size_t i = 0; i < n; i++) {
    if (isnan(score[i]))
      continue;
    guess[kept++] = (struct guess){score[i], member[i] != 0};
    *(member[i] ? &out->members : &out->nonmembers) += 1;
  }
  if (out->members == 0 || out->nonmembers == 0) {
    out->auc = out->advantage = NAN; /* a rate of nobody is no number */
  } else {
    qsort(guess, kept, sizeof *guess, by_score);
    trace(guess, kept, out);
  }
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* Both shares only grow along the points, so the last one within reach is the largest. */
double fray_roc_tpr(const struct fray_roc *roc, double fpr) {
  double tpr = NAN;
  for (size_t i = 0; i < roc->n; i++) {
    if (roc->point[i].fpr > fpr)
      break;
    tpr = roc->point[i].tpr;
  }
  return tpr;
}
