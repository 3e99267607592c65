/* Timing of the bench: medians and quartiles of batches of repetitions.
 *
 * A single repetition may be shorter than the clock is fine, and any may be disturbed: batches are
 * long enough for the clock, and the median does not care for the disturbed ones. */
#include "bench_parts.h"

#include "fray/base/machine.h"
#include "fray/base/size.h"

#include <stdlib.h>

enum { BATCHES = 9, BRIEF_BATCHES = 3, MOST_REPETITIONS = 1 << 24 };
#define BATCH_SECONDS 0.04

/* Of a batch's time: set once before anything is measured, as the bench is one process of one
 * thread. */
static double share_of_time = 1;

void bench_be_brief(bool brief) {
  share_of_time = brief ? 0.02 : 1;
}

bool bench_is_brief(void) {
  return share_of_time < 1;
}

/* Three still have quartiles, which a brief bench has to print. */
static size_t batches(void) {
  return bench_is_brief() ? BRIEF_BATCHES : BATCHES;
}

static int by_value(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The clock is read twice a batch, however short a repetition is. */
static enum fray_status run_batch(enum fray_status (*work)(void *user, struct fray_err *err),
                                  void *user, size_t repetitions, double *seconds,
                                  struct fray_err *err) {
  /* Time of this process: what else runs here takes caches and memory, but no turns. */
  const double start = fray_cpu_seconds();
  for (size_t i = 0; i < repetitions; i++)
    FRAY_TRY(work(user, err));
  *seconds = fray_cpu_seconds() - start;
  return FRAY_OK;
}

enum fray_status bench_time(enum fray_status (*work)(void *user, struct fray_err *err), void *user,
                            struct fray_spread *seconds, struct fray_err *err) {
  return bench_time_batches(BATCH_SECONDS, work, user, seconds, err);
}

/* How many repetitions are a batch. Grown at most 16-fold at a time, since a first repetition of
 * nearly no time says little, and by a fifth beyond the goal, so that one more try is seldom
 * needed. */
static enum fray_status find_repetitions(double batch_seconds,
                                         enum fray_status (*work)(void *user, struct fray_err *err),
                                         void *user, size_t *repetitions, struct fray_err *err) {
  double seconds;
  *repetitions = 1;
  FRAY_TRY(run_batch(work, user, 2, &seconds, err)); /* the first use allocates */
  for (;;) {
    FRAY_TRY(run_batch(work, user, *repetitions, &seconds, err));
    if (seconds >= share_of_time * batch_seconds || *repetitions >= MOST_REPETITIONS)
      return FRAY_OK;
    const double factor = seconds > 0 ? 1.2 * share_of_time * batch_seconds / seconds : 16;
    *repetitions = (size_t)((double)*repetitions * FRAY_MIN(factor, 16)) + 1;
  }
}

/* Sorted in place: nobody needs the order of batches. */
static struct fray_spread spread_of(double batch[BATCHES]) {
  const size_t n = batches();
  qsort(batch, n, sizeof *batch, by_value);
  return (struct fray_spread){batch[n / 4], batch[n / 2], batch[3 * n / 4]};
}

enum fray_status bench_time_batches(double batch_seconds,
                                    enum fray_status (*work)(void *user, struct fray_err *err),
                                    void *user, struct fray_spread *seconds, struct fray_err *err) {
  double batch[BATCHES];
  size_t repetitions;
  FRAY_TRY(find_repetitions(batch_seconds, work, user, &repetitions, err));
  for (size_t i = 0; i < batches(); i++) {
    FRAY_TRY(run_batch(work, user, repetitions, &batch[i], err));
    batch[i] /= (double)repetitions;
  }
  *seconds = spread_of(batch);
  return FRAY_OK;
}

/* What slows the machine for a while slows all of a turn. */
enum fray_status bench_time_beside(enum fray_status (*work)(void *user, struct fray_err *err),
                                   void *first, void *other, const struct bench_part *part,
                                   struct bench_beside *out, struct fray_err *err) {
  double each[BATCHES], ratio[BATCHES], share[BATCHES], beyond[BATCHES], before, alone = 0;
  size_t n_first, n_other, n_part = 1;
  FRAY_TRY(find_repetitions(BATCH_SECONDS, work, first, &n_first, err));
  FRAY_TRY(find_repetitions(BATCH_SECONDS, work, other, &n_other, err));
  if (part->work)
    FRAY_TRY(find_repetitions(BATCH_SECONDS, part->work, part->user, &n_part, err));
  /* Each turn has its own quotient and its own difference: neither mixes quiet and busy moments. */
  for (size_t i = 0; i < batches(); i++) {
    FRAY_TRY(run_batch(work, first, n_first, &before, err));
    FRAY_TRY(run_batch(work, other, n_other, &each[i], err));
    if (part->work)
      FRAY_TRY(run_batch(part->work, part->user, n_part, &alone, err));
    before /= (double)n_first;
    each[i] /= (double)n_other;
    ratio[i] = each[i] / before;
    share[i] = alone / (double)n_part / before;
    beyond[i] = ratio[i] - share[i];
  }
  /* Quartiles of ratios, not ratios of quartiles: turns are what belongs together. */
  *out =
      (struct bench_beside){spread_of(each), spread_of(ratio), spread_of(share), spread_of(beyond)};
  return FRAY_OK;
}

struct fray_spread bench_scaled(struct fray_spread seconds, double factor) {
  return (struct fray_spread){seconds.low * factor, seconds.median * factor, seconds.high * factor};
}

/* Low and high change places: the longest time is the lowest rate. */
struct fray_spread bench_rate(struct fray_spread seconds, double amount) {
  return (struct fray_spread){amount / seconds.high, amount / seconds.median, amount / seconds.low};
}
