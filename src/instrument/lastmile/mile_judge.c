/* Whether a damage costs one group of people more than the others: means over people, and what
 * chance makes of groups of these sizes. */
#include "mile_parts.h"

#include "fray/base/size.h"
#include "fray/metric/fairness.h"
#include "fray/metric/resample.h"

#include <math.h>
#include <string.h>

/* Who was asked, and is of the group; `groups` stands for everybody. */
static bool is_of(const struct mile_found *found, const struct mile_split *split, size_t client,
                  size_t group) {
  return split->n[client] > 0 && (group == found->group->n || found->code[client] == group);
}

/* Seeds of a method are put together before people are compared: a person's loss under one model is
 * no second person. Drop of one person, over all models: a person counts once, however many samples
 * there are. */
static double drop_of(const struct mile_found *found, const struct mile_cell *cell,
                      const struct mile_split *split, size_t point, size_t client) {
  const double all = (double)split->n[client] * (double)cell->trials;
  const uint32_t damaged = split->damaged[point * found->n_clients + client];
  return ((double)split->clean[client] - (double)damaged) / all;
}

/* Means over people and not over samples: somebody with many samples is one person. */
struct mile_mean mile_mean_of(const struct mile_found *found, const struct mile_cell *cell,
                              int split, size_t point, size_t group) {
  const struct mile_split *s = &cell->split[split];
  struct mile_mean mean = {0};
  for (size_t c = 0; c < found->n_clients; c++) {
    if (!is_of(found, s, c, group))
      continue;
    mean.clients++;
    mean.samples += s->n[c];
    mean.clean += (double)s->clean[c] / ((double)s->n[c] * (double)cell->trials);
    mean.drop += drop_of(found, cell, s, point, c);
  }
  /* NaN of nobody. */
  mean.clean /= (double)mean.clients;
  mean.drop /= (double)mean.clients;
  mean.damaged = mean.clean - mean.drop;
  return mean;
}

bool mile_is_large(const struct mile_mean *mean) {
  return !fray_group_suppressed(mean->samples, mean->clients);
}

/* People of groups that are large enough, with the place of their group among those. */
static void list_people(const struct mile_found *found, const struct mile_cell *cell,
                        const struct mile_verdict *verdict, double *drop, uint32_t *group,
                        size_t *n) {
  const struct mile_split *s = &cell->split[MILE_TEST];
  *n = 0;
  for (size_t c = 0; c < found->n_clients; c++)
    for (size_t g = 0; g < verdict->n; g++)
      if (is_of(found, s, c, verdict->of[g])) {
        drop[*n] = drop_of(found, cell, s, cell->worst, c);
        group[(*n)++] = (uint32_t)g;
      }
}

/* The seed is that of the place, not of a training: people are the same for all cells, and so is
 * what chance makes of them. Groups are one family. */
enum fray_status mile_judge(const struct mile_found *found, const struct mile_cell *cell,
                            struct mile_verdict *out, struct fray_err *err) {
  const size_t groups = found->group->n;
  uint32_t *group;
  double *drop;
  size_t n;
  *out = (struct mile_verdict){0};
  FRAY_ALLOC_ZERO(out->of, found->arena, groups + 1, err);
  FRAY_ALLOC_ZERO(out->did, found->arena, groups + 1, err);
  FRAY_ALLOC_ZERO(out->holm, found->arena, groups + 1, err);
  FRAY_ALLOC(drop, found->arena, found->n_clients + 1, err);
  FRAY_ALLOC(group, found->arena, found->n_clients + 1, err);
  for (size_t g = 0; g < groups; g++) {
    const struct mile_mean mean = mile_mean_of(found, cell, MILE_TEST, cell->worst, g);
    if (mile_is_large(&mean))
      out->of[out->n++] = g;
  }
  if (out->n < 2) /* nobody to compare with */
    return FRAY_OK;
  list_people(found, cell, out, drop, group, &n);
  FRAY_TRY(fray_did_of(drop, group, n, out->n, 0, out->did, &out->spread, err));
  for (size_t g = 0; g < out->n; g++)
    out->holm[g] = out->did[g].p;
  return fray_holm(out->holm, out->n, out->holm, err);
}

/* The spread first: the largest of several differences is compared with the largest that chance
 * makes, and not with one of them. */
bool mile_is_resolved(const struct mile_verdict *verdict) {
  return verdict->n >= 2 && verdict->spread.p <= 0.05;
}
