/* Timing of the bench: medians and quartiles of batches of repetitions.
 *
 * A single repetition may be shorter than the clock is fine, and any may be disturbed: batches are
 * long enough for the clock, and the median does not care for the disturbed ones. */
#include "bench_parts.h"

#include "fray/base/machine.h"
#include "fray/base/size.h"

#include <stdlib.h>

enum { BATCHES = 9, MOST_REPETITIONS = 1 << 24 };
#define BATCH_SECONDS 0.04

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

enum fray_status bench_time_batches(double batch_seconds,
                                    enum fray_status (*work)(void *user, struct fray_err *err),
                                    void *user, struct fray_spread *seconds, struct fray_err *err) {
  double batch[BATCHES];
  size_t repetitions = 1;
  FRAY_TRY(run_batch(work, user, 2, &batch[0], err)); /* the first use allocates */
  /* Grown at most 16-fold at a time, since a first repetition of nearly no time says little, and by
   * a fifth beyond the goal, so that one more try is seldom needed. */
  for (;;) {
    FRAY_TRY(run_batch(work, user, repetitions, &batch[0], err));
    if (batch[0] >= batch_seconds || repetitions >= MOST_REPETITIONS)
      break;
    const double factor = batch[0] > 0 ? 1.2 * batch_seconds / batch[0] : 16;
    repetitions = (size_t)((double)repetitions * FRAY_MIN(factor, 16)) + 1;
  }
  for (size_t i = 0; i < BATCHES; i++) {
    FRAY_TRY(run_batch(work, user, repetitions, &batch[i], err));
    batch[i] /= (double)repetitions;
  }
  qsort(batch, BATCHES, sizeof *batch, by_value);
  *seconds = (struct fray_spread){batch[BATCHES / 4], batch[BATCHES / 2], batch[3 * BATCHES / 4]};
  return FRAY_OK;
}

struct fray_spread bench_scaled(struct fray_spread seconds, double factor) {
  return (struct fray_spread){seconds.low * factor, seconds.median * factor, seconds.high * factor};
}

/* Low and high change places: the longest time is the lowest rate. */
struct fray_spread bench_rate(struct fray_spread seconds, double amount) {
  return (struct fray_spread){amount / seconds.high, amount / seconds.median, amount / seconds.low};
}
