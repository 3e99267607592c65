/* What a unit is, from its correlations with the patterns of all keys. */
#include "mark_parts.h"

#include <math.h>

/* The edit that fits best, whichever way its sign is; at equal fit the first, so that what nothing
 * was done to is called so. */
void mark_conclude(size_t n_edits, const double *ours, const double *statistic,
                   struct fray_mark_found *out) {
  *out = (struct fray_mark_found){.z = ours[0], .statistic = statistic[0]};
  for (size_t e = 1; e < n_edits; e++)
    if (fabs(ours[e]) > fabs(out->z)) {
      out->z = ours[e];
      out->edit = (uint32_t)e;
    }
  out->inverted = out->z < 0;
  out->p = fray_mark_p(statistic[0], statistic + 1, FRAY_MARK_RANDOM);
}

/* One way in for both media; a client without values has nothing to be found. */
enum fray_status fray_mark_look(struct fray_mark_bank *bank, const struct fray_mark_value *value,
                                size_t n, size_t channels, struct fray_arena *scratch,
                                struct fray_mark_found *found, struct fray_mark_found *all,
                                struct fray_err *err) {
  const struct fray_arena_place place = fray_arena_mark(scratch);
  *all = (struct fray_mark_found){.p = 1};
  if (n == 0)
    return FRAY_OK;
  const enum fray_status status =
      bank->is_sound ? mark_look_sounds(bank, value, n, scratch, found, all, err)
                     : mark_look_pictures(bank, value, n, channels, scratch, found, all, err);
  fray_arena_rewind(scratch, place);
  return status;
}
