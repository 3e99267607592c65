/* The draws of a report on all cores: trainings are read one after the other, and as soon as those
 * of some cells are there a copy of this process draws their scores, into memory that both have. */
#include "draw_ahead.h"

#include "report/quantity/store.h"
#include "report/stat/path.h"

#include "fray/base/beside.h"
#include "fray/base/machine.h"
#include "fray/base/size.h"
#include "fray/metric/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Fewer scores are not worth the copies. A core has several shares, since what is read last is
 * drawn last, and all cores are to be busy then. */
enum { FEWEST = 24, SHARES_A_CORE = 4, MOST_COPIES = 16 };

/* A score that a copy drew. Behind it by_seed, and the draws. */
struct slot {
  bool is_drawn; /* set last */
  struct fray_rep_quantity q;
  struct fray_interval interval;
};

struct ahead {
  struct fray_rep_results *r;
  struct fray_rep_address *at; /* (n) of any metric, by cell */
  size_t n, room;
  size_t *metric; /* (n_metrics) that are drawn of kept classes */
  size_t n_metrics;
  char *memory;
  size_t bytes, stride;
};

/* Some cells, and the copy that draws their scores. */
struct share {
  const struct ahead *of;
  size_t first, end;
  struct fray_beside copy;
  bool is_good;
};

/* Draws begin where vectors want them. */
static size_t head_bytes(void) {
  return (sizeof(struct slot) + 63) / 64 * 64;
}

/* Metrics of one score lie side by side, as one look at its answers draws all of them. */
static struct slot *slot_of(const struct ahead *a, size_t k, size_t metric) {
  return (struct slot *)(void *)(a->memory + (k * a->n_metrics + metric) * a->stride);
}

static double *draws_of(struct slot *slot) {
  return (double *)(void *)((char *)slot + head_bytes());
}

/* Behind the draws, since there may be any number of them. */
static double *seeds_of(struct slot *slot) {
  return draws_of(slot) + FRAY_DRAWS;
}

/* ---- which scores ---- */

/* Those of probabilities draw from a budget, in the order in which they are asked for. */
static enum fray_status find_metrics(struct ahead *a, struct fray_err *err) {
  FRAY_ALLOC(a->metric, a->r->arena, a->r->metrics.n, err);
  for (size_t k = 0; k < a->r->metrics.n; k++) {
    const struct fray_choice *metric = fray_choice_find(&fray_metrics, a->r->metrics.v[k]);
    if (metric && !fray_metric_needs_scores(metric))
      a->metric[a->n_metrics++] = k;
  }
  return FRAY_OK;
}

/* Room doubles, as the lengths of paths are known only when they are there. */
static enum fray_status add_address(struct ahead *a, struct fray_rep_address at,
                                    struct fray_err *err) {
  if (a->n == a->room) {
    struct fray_rep_address *grown;
    const size_t room = 2 * a->room + 64;
    FRAY_ALLOC(grown, a->r->arena, room, err);
    if (a->n)
      memcpy(grown, a->at, a->n * sizeof *grown);
    a->at = grown;
    a->room = room;
  }
  a->at[a->n++] = at;
  return FRAY_OK;
}

/* Of conditions without a strength, which is NaN, there is one a cell. */
static int compare_addresses(const void *a, const void *b) {
  const struct fray_rep_address *x = a, *y = b;
  if (x->cell != y->cell)
    return x->cell < y->cell ? -1 : 1;
  if (x->condition != y->condition)
    return x->condition < y->condition ? -1 : 1;
  if (isnan(x->severity) || isnan(y->severity))
    return isnan(x->severity) - isnan(y->severity);
  return (x->severity > y->severity) - (x->severity < y->severity);
}

/* Axes share the cells that lie on both; by cell, since the answers of a cell serve all of them. */
static enum fray_status find_addresses(struct ahead *a, struct fray_err *err) {
  struct fray_rep_axis *axes;
  struct fray_rep_path path;
  size_t n_axes, n = 0;
  FRAY_TRY(fray_rep_axes(a->r, &axes, &n_axes, err));
  for (size_t x = 0; x < n_axes; x++)
    for (size_t series = 0; series < axes[x].n_series; series++) {
      FRAY_TRY(fray_rep_path_of(a->r, &axes[x], series, FRAY_REP_TEST, &path, err));
      for (size_t i = 0; i < path.n; i++)
        FRAY_TRY(add_address(a, path.at[i], err));
    }
  if (a->n == 0)
    return FRAY_OK;
  qsort(a->at, a->n, sizeof *a->at, compare_addresses);
  for (size_t i = 0; i < a->n; i++)
    if (n == 0 || compare_addresses(&a->at[n - 1], &a->at[i]) != 0)
      a->at[n++] = a->at[i];
  a->n = FRAY_MIN(n, FRAY_REP_MOST_KEPT / FRAY_MAX(a->n_metrics, (size_t)1));
  return FRAY_OK;
}

/* ---- in the copy ---- */

/* The copy is the only one that writes into its slots, and is gone when they are looked at. */
static void put(const struct fray_rep_quantity *q, size_t n_seeds, struct slot *slot) {
  slot->q = *q;
  slot->interval = *q->interval;
  memcpy(seeds_of(slot), q->by_seed, n_seeds * sizeof *q->by_seed);
  memcpy(draws_of(slot), q->draw, FRAY_DRAWS * sizeof *q->draw);
  slot->is_drawn = true;
}

/* What has no draws is left to who asks for it: its reason, and what disagrees, are noted then. */
static enum fray_status draw_share(void *user, struct fray_text *out, struct fray_err *err) {
  const struct share *share = user;
  const struct ahead *a = share->of;
  (void)out;
  for (size_t k = share->first; k < share->end; k++)
    for (size_t m = 0; m < a->n_metrics; m++) {
      const struct fray_rep_quantity *q;
      struct fray_rep_address at = a->at[k];
      at.metric = a->metric[m];
      FRAY_TRY(fray_rep_find_quantity(a->r, &at, &q, err));
      if (q->draw && q->interval)
        put(q, a->r->seeds.n, slot_of(a, k, m));
    }
  return FRAY_OK;
}

/* ---- here ---- */

/* In the order of the file. Damage is noted here, in the process that makes the page. */
static enum fray_status read_cell(const struct ahead *a, size_t cell, struct fray_err *err) {
  const struct fray_rep_results *r = a->r;
  const struct fray_rep_answers *answers;
  for (size_t s = 0; s < r->seeds.n && cell < r->n_cells; s++) {
    const size_t trial = r->trial_of[cell * r->seeds.n + s];
    if (trial < r->n_trials)
      FRAY_TRY(fray_rep_file_answers(r->store->file, FRAY_REP_TEST, trial, &answers, err));
  }
  return FRAY_OK;
}

/* A copy that ended badly leaves its scores to who asks for them. */
static void end_share(struct share *share) {
  struct fray_text none = {0};
  share->is_good = fray_beside_end(&share->copy, &none);
  fray_text_free(&none);
}

/* As many copies at a time as there are cores: when there are more, the oldest is waited for. */
static enum fray_status draw_shares(struct ahead *a, struct share *share, size_t n_shares,
                                    struct fray_err *err) {
  const size_t most = FRAY_MIN(fray_cores(), (size_t)MOST_COPIES);
  enum fray_status status = FRAY_OK;
  size_t begun = 0, ended = 0;
  for (size_t k = 0; k < a->n && status == FRAY_OK; k++) {
    if (k == 0 || a->at[k].cell != a->at[k - 1].cell)
      status = read_cell(a, a->at[k].cell, err);
    if ((k + 1) * n_shares < (begun + 1) * a->n)
      continue;
    share[begun] = (struct share){.of = a, .first = begun ? share[begun - 1].end : 0, .end = k + 1};
    if (begun - ended == most)
      end_share(&share[ended++]);
    fray_beside_start(draw_share, &share[begun], &share[begun].copy);
    begun++;
  }
  for (; ended < begun; ended++)
    end_share(&share[ended]);
  return status;
}

/* Pointers of the copy are those of its own memory: what they led to lies in the slot. */
static enum fray_status take(const struct ahead *a, const struct share *share,
                             struct fray_err *err) {
  for (size_t k = share->first; k < share->end; k++)
    for (size_t m = 0; m < a->n_metrics; m++) {
      struct slot *slot = slot_of(a, k, m);
      struct fray_rep_address at = a->at[k];
      at.metric = a->metric[m];
      if (!slot->is_drawn)
        continue;
      struct fray_rep_quantity q = slot->q;
      q.by_seed = seeds_of(slot);
      q.draw = draws_of(slot);
      q.interval = &slot->interval;
      FRAY_TRY(fray_rep_take_quantity(a->r, &at, &q, err));
    }
  return FRAY_OK;
}

/* Zeroed by the system, page by page as it is used: both know an untouched slot as one without
 * draws. What cannot be had is no error, as the draws are then made when they are asked for. */
static bool take_memory(struct ahead *a) {
  a->stride = head_bytes() + (FRAY_DRAWS + a->r->seeds.n) * sizeof(double);
  a->stride = (a->stride + 63) / 64 * 64;
  a->bytes = a->n * a->n_metrics * a->stride;
  void *memory = mmap(NULL, a->bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  a->memory = memory == MAP_FAILED ? NULL : memory;
  return a->memory != NULL;
}

/* Copies are begun as trainings come, and what they drew is remembered when all have ended. */
static enum fray_status draw_all(struct ahead *a, struct fray_err *err) {
  struct share *share;
  const size_t n_shares = FRAY_MIN(SHARES_A_CORE * fray_cores(), a->n);
  FRAY_ALLOC_ZERO(share, a->r->arena, n_shares, err);
  FRAY_TRY(draw_shares(a, share, n_shares, err));
  for (size_t i = 0; i < n_shares; i++)
    if (share[i].is_good)
      FRAY_TRY(take(a, &share[i], err));
  return FRAY_OK;
}

/* Draws of seeds and clients are made before the first copy, which all of them then have. */
enum fray_status fray_rep_draw_ahead(struct fray_rep_results *r, struct fray_err *err) {
  struct ahead a = {.r = r};
  const struct fray_rep_resampling *resampling;
  if (fray_cores() < 2)
    return FRAY_OK;
  FRAY_TRY(find_metrics(&a, err));
  if (a.n_metrics == 0)
    return FRAY_OK;
  FRAY_TRY(find_addresses(&a, err));
  if (a.n * a.n_metrics < FEWEST)
    return FRAY_OK;
  fray_rep_file_in_order(r->store->file, true);
  enum fray_status status = fray_rep_resampling_of(r, FRAY_REP_TEST, &resampling, err);
  if (status == FRAY_OK && strcmp(resampling->status, "ok") == 0 && take_memory(&a)) {
    fray_rep_store_keep(r, a.memory, a.bytes);
    status = draw_all(&a, err);
  }
  fray_rep_file_in_order(r->store->file, false);
  return status;
}
