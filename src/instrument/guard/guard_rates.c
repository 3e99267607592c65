/* Rates of refusals and what they rest on: people are drawn again, and seeds crossed with them, as
 * for every other number of a study.
 *
 * The unit is a person and not a sample: a gate that refuses one voice refuses all that it says,
 * and 360 answers of 12 people are 12 pieces of evidence. Draws of people are the same for all
 * seeds, gates and conditions, so that rates of one table can be compared. */
#include "guard_parts.h"

#include "fray/base/size.h"
#include "fray/metric/fairness.h"
#include "fray/metric/membership.h"
#include "fray/metric/metric.h"

#include <math.h>
#include <string.h>

/* Any number will do, as long as it is always the same. */
static const uint64_t draws_key = 0x6775617264726174;

/* Whether a sample is among those that a rate is of, and whether it is one of those counted. */
static bool is_asked(const struct guard_panel *p, size_t i, enum guard_what what, bool refused) {
  switch (what) {
  case GUARD_REFUSED:
    return p->counts[i];
  case GUARD_UNWARRANTED:
    return p->counts[i] && p->right[i];
  case GUARD_ANSWERED_WRONG:
    return p->counts[i] && !refused;
  }
  return false;
}

/* Counts of one panel by people: of how many, and how many of them. */
struct tally {
  double *of, *hit; /* (panels, clusters) */
  size_t *place;    /* (natural clients) among those that occur; SIZE_MAX: nobody */
  size_t clusters;
};

/* Counted once, so that thousands of draws sum over people and not over samples. */
static void count(const struct guard_panel *p, size_t gate, double alpha,
                  const struct fray_group *column, size_t code, enum guard_what what,
                  const struct tally *t, size_t row, size_t *n) {
  for (size_t i = 0; i < p->n; i++) {
    const bool refused = alpha > 0 && p->p[gate * p->n + i] <= alpha;
    if ((column && column->code[p->sample[i]] != code) || !is_asked(p, i, what, refused))
      continue;
    const size_t at = row * t->clusters + t->place[p->cluster[i]];
    t->of[at]++;
    t->hit[at] += what == GUARD_ANSWERED_WRONG ? !p->right[i] : refused;
    ++*n;
  }
}

/* Those who have samples of this group under any of the panels. */
static enum fray_status find_clusters(const struct guard_panel *const *panel, size_t n_panels,
                                      const struct fray_group *column, size_t code,
                                      size_t n_clusters, struct fray_arena *arena, struct tally *t,
                                      struct fray_err *err) {
  FRAY_ALLOC(t->place, arena, n_clusters + 1, err);
  for (size_t c = 0; c < n_clusters; c++)
    t->place[c] = SIZE_MAX;
  t->clusters = 0;
  for (size_t k = 0; k < n_panels; k++)
    for (size_t i = 0; i < panel[k]->n; i++)
      if (panel[k]->counts[i] && (!column || column->code[panel[k]->sample[i]] == code))
        t->place[panel[k]->cluster[i]] = 0;
  for (size_t c = 0; c < n_clusters; c++)
    if (t->place[c] == 0)
      t->place[c] = t->clusters++;
  FRAY_ALLOC_ZERO(t->of, arena, n_panels * t->clusters + 1, err);
  FRAY_ALLOC_ZERO(t->hit, arena, n_panels * t->clusters + 1, err);
  return FRAY_OK;
}

/* Nobody, or a seed without anybody, has no rate, and so no interval. */
static enum fray_status rate(const struct tally *t, size_t n_panels, struct fray_arena *arena,
                             struct guard_rate *out, struct fray_err *err) {
  struct fray_resample draws;
  double *value;
  out->interval = (struct fray_interval){.low = NAN, .high = NAN, .error = NAN, .df = NAN};
  out->value =
      out->n ? fray_mean_of_shares(n_panels, t->clusters, t->of, t->hit, NULL, NULL) : (double)NAN;
  if (isnan(out->value))
    return FRAY_OK;
  FRAY_TRY(fray_resample_make(draws_key, n_panels, t->clusters, FRAY_DRAWS, arena, &draws, err));
  FRAY_ALLOC(value, arena, FRAY_DRAWS, err);
  /* A number made anew in each draw, so that its interval is that of the mean over seeds. */
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    value[d] = fray_mean_of_shares(n_panels, t->clusters, t->of, t->hit, draws.seed + d * n_panels,
                                   draws.cluster + d * t->clusters);
  out->interval = fray_interval_of(out->value, value, FRAY_DRAWS, n_panels, t->clusters);
  fray_interval_bound_share(out->value, t->clusters, &out->interval);
  return FRAY_OK;
}

/* Clusters are natural clients of the test: in most data people whom training has not seen. */
enum fray_status guard_rate_of(const struct guard_panel *const *panel, size_t n_panels, size_t gate,
                               double alpha, const struct fray_group *column, size_t code,
                               enum guard_what what, size_t n_clusters, struct fray_arena *arena,
                               struct guard_rate *out, struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(arena);
  struct tally t = {0};
  /* How many there are is told even where nothing can be said of them. */
  *out = (struct guard_rate){0};
  FRAY_TRY(find_clusters(panel, n_panels, column, code, n_clusters, arena, &t, err));
  for (size_t k = 0; k < n_panels; k++)
    count(panel[k], gate, alpha, column, code, what, &t, k, &out->n);
  /* People without a sample of this kind, as nobody was answered, are none that it rests on. */
  for (size_t c = 0; c < t.clusters; c++) {
    double of = 0;
    for (size_t k = 0; k < n_panels; k++)
      of += t.of[k * t.clusters + c];
    out->clusters += of > 0;
  }
  const enum fray_status status = rate(&t, n_panels, arena, out, err);
  fray_arena_rewind(arena, mark);
  return status;
}

/* By the samples of one training: those of several are the same ones again, and five trainings do
 * not make a group of two people one of ten. */
bool guard_is_small(const struct guard_rate *rate, size_t n_panels) {
  return fray_group_suppressed(rate->n / FRAY_MAX(n_panels, (size_t)1), rate->clusters) ||
         isnan(rate->value);
}

/* What a permutation needs. Counts of people are made once; an exchange of people between groups
 * only changes who is added up with whom, so 2,000 of them cost no look at a sample. */
struct exchange {
  const struct tally *t;
  size_t n_panels, groups;
  const struct guard_rate *rate; /* (groups) */
  uint16_t *member;              /* (clusters) how often somebody counts */
};

/* The largest rate of the groups that are large enough, with these people in them. Nothing is said
 * of groups that are too small, so none of them may be the largest; but their people may change
 * places with others. */
static double largest(void *user, const uint32_t *group) {
  const struct exchange *x = user;
  double most = NAN;
  for (size_t g = 0; g < x->groups; g++) {
    if (isnan(x->rate[g].value))
      continue;
    for (size_t c = 0; c < x->t->clusters; c++)
      x->member[c] = group[c] == g;
    most = fmax(most, fray_mean_of_shares(x->n_panels, x->t->clusters, x->t->of, x->t->hit, NULL,
                                          x->member));
  }
  return most;
}

/* Whose group each of them is of; false where somebody has samples of several groups, as people
 * then cannot change theirs. */
static bool find_groups(const struct guard_panel *const *panel, size_t n_panels,
                        const struct fray_group *column, const struct tally *t, uint32_t *group) {
  for (size_t c = 0; c < t->clusters; c++)
    group[c] = UINT32_MAX;
  for (size_t k = 0; k < n_panels; k++)
    for (size_t i = 0; i < panel[k]->n; i++) {
      if (!panel[k]->counts[i])
        continue;
      uint32_t *mine = &group[t->place[panel[k]->cluster[i]]];
      const uint32_t code = column->code[panel[k]->sample[i]];
      if (*mine != UINT32_MAX && *mine != code)
        return false;
      *mine = code;
    }
  return true;
}

/* The largest of several rates is large even where groups do not matter, so it is held against the
 * largest of as many groups that chance made of the same people. */
static enum fray_status find_null(const struct guard_panel *const *panel, size_t n_panels,
                                  size_t gate, double alpha, const struct fray_group *column,
                                  size_t n_clusters, struct fray_arena *arena,
                                  const struct guard_rate *rate, struct guard_null *null,
                                  struct fray_err *err) {
  struct tally t = {0};
  struct exchange x = {&t, n_panels, column->n, rate, NULL};
  struct fray_gap_null found;
  uint32_t *group;
  size_t n = 0;
  FRAY_TRY(find_clusters(panel, n_panels, NULL, 0, n_clusters, arena, &t, err));
  for (size_t k = 0; k < n_panels; k++)
    count(panel[k], gate, alpha, NULL, 0, GUARD_REFUSED, &t, k, &n);
  FRAY_ALLOC(group, arena, t.clusters + 1, err);
  FRAY_ALLOC(x.member, arena, t.clusters + 1, err);
  if (!find_groups(panel, n_panels, column, &t, group))
    return FRAY_OK;
  FRAY_TRY(fray_gap_permute(draws_key, group, t.clusters, FRAY_PERMUTATIONS, largest, &x,
                            largest(&x, group), arena, &found, err));
  *null = (struct guard_null){found.q95, found.p};
  return FRAY_OK;
}

/* Rates of single groups come with intervals of their own, which say how sure each of them is; the
 * null says what the choice of the largest is worth. Neither stands in for the other. */
enum fray_status guard_groups_of(const struct guard_panel *const *panel, size_t n_panels,
                                 size_t gate, double alpha, const struct fray_group *column,
                                 size_t n_clusters, struct fray_arena *arena,
                                 struct guard_rate *rate, struct guard_null *null,
                                 struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(arena);
  *null = (struct guard_null){NAN, NAN};
  for (size_t g = 0; g < column->n; g++) {
    FRAY_TRY(guard_rate_of(panel, n_panels, gate, alpha, column, g, GUARD_REFUSED, n_clusters,
                           arena, &rate[g], err));
    if (guard_is_small(&rate[g], n_panels))
      rate[g].value = rate[g].interval.low = rate[g].interval.high = NAN;
  }
  const enum fray_status status =
      find_null(panel, n_panels, gate, alpha, column, n_clusters, arena, rate, null, err);
  fray_arena_rewind(arena, mark);
  return status;
}

/* Clean samples are those that a gate ought to leave alone; the others those that it ought to find.
 */
enum fray_status guard_area(const struct guard_panel *clean, const struct guard_panel *other,
                            size_t gate, struct fray_arena *arena, double *out,
                            struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(arena);
  const size_t most = clean->n + other->n;
  double *score;
  uint8_t *found;
  struct fray_roc roc;
  size_t n = 0;
  FRAY_ALLOC(score, arena, most + 1, err);
  FRAY_ALLOC(found, arena, most + 1, err);
  for (int which = 0; which < 2; which++) {
    const struct guard_panel *p = which ? other : clean;
    for (size_t i = 0; i < p->n; i++)
      if (p->counts[i]) {
        score[n] = p->score[gate * p->n + i];
        found[n++] = (uint8_t)which;
      }
  }
  FRAY_TRY(fray_roc_make(n, score, found, arena, &roc, err));
  *out = roc.auc;
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* Whoever is the worst of m was chosen by being so: his interval has to hold for all of them at
 * once (Bonferroni, t at 1 - 0.025 / m). Without a standard error there is none. */
enum fray_status guard_worst_of(const struct guard_panel *const *panel, size_t n_panels,
                                size_t gate, double alpha, const struct fray_group *const *columns,
                                size_t n_columns, size_t n_clusters, struct fray_arena *arena,
                                struct guard_worst *out, struct fray_err *err) {
  *out = (struct guard_worst){0};
  for (size_t k = 0; k < n_columns; k++)
    for (size_t v = 0; v < columns[k]->n; v++) {
      struct guard_rate rate;
      FRAY_TRY(guard_rate_of(panel, n_panels, gate, alpha, columns[k], v, GUARD_REFUSED, n_clusters,
                             arena, &rate, err));
      if (guard_is_small(&rate, n_panels))
        continue;
      if (out->groups++ == 0 || rate.value > out->rate.value) {
        out->column = columns[k];
        out->code = v;
        out->rate = rate;
      }
    }
  struct fray_interval *i = &out->rate.interval;
  if (out->groups == 0)
    return FRAY_OK;
  /* Percentiles have no degrees of freedom of their own: as many as people but one. */
  const double df = isnan(i->df) ? (double)out->rate.clusters - 1 : i->df;
  const double t = fray_student_t(1 - 0.025 / (double)out->groups, df);
  /* Never narrower than it was for the group alone. */
  i->low = fmin(i->low, fmax(out->rate.value - t * i->error, 0));
  i->high = fmax(i->high, fmin(out->rate.value + t * i->error, 1));
  if (!(i->error > 0)) /* everybody agrees, and draws would be too sure */
    i->low = i->high = NAN;
  return FRAY_OK;
}
