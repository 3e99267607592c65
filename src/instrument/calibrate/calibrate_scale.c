/* The scale on which strengths are searched: published severities where there are some, the way to
 * them from no damage, and what lies beyond.
 *
 * Keys have very different ranges (a noise of up to ten times full scale, a ratio down to -100 dB),
 * so halving the range would waste most questions; severities tell where the interesting part is.
 */
#include "calibrate_parts.h"

#include "fray/base/size.h"
#include "fray/corrupt/signal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BEYOND = 7 }; /* steps behind the last level; each doubles the distance from no damage */

/* Between no damage and the first level. An infinite ratio is reached in steps that grow. */
static double before_levels(const struct calib_scale *s, double place) {
  if (isfinite(s->none))
    return s->none + place * (s->level[0] - s->none);
  return s->level[0] + (s->level[0] - s->level[1]) * (1 / place - 1);
}

/* Twice as far from no damage with each step; of what falls without an end the last ratio goes on,
 * so that a number of photons or bits stays above 0. */
static double behind_levels(const struct calib_scale *s, double steps) {
  const double last = s->level[s->n_levels - 1], before = s->level[s->n_levels - 2];
  if (isfinite(s->none))
    return s->none + (last - s->none) * exp2(steps);
  if (s->low >= 0)
    return last * pow(last / before, steps);
  return last + (last - before) * (exp2(steps) - 1);
}

/* Straight lines between severities: these were chosen so that equal steps look alike, which is
 * what the search wants of its steps, too. */
double calib_scale_at(const struct calib_scale *s, double place) {
  double strength;
  if (place < 1) {
    strength = before_levels(s, place);
  } else if (place > (double)s->n_levels) {
    strength = behind_levels(s, place - (double)s->n_levels);
  } else {
    const size_t k = FRAY_MIN((size_t)place, s->n_levels - 1), next = FRAY_MIN(k, s->n_levels - 1);
    strength = s->level[k - 1] + (place - (double)k) * (s->level[next] - s->level[k - 1]);
  }
  strength = fmin(fmax(strength, s->low), s->high);
  return s->whole ? round(strength) : strength;
}

/* Through text, so that the number that is tried is the one that the table will have. */
double calib_scale_rounded(const struct calib_scale *s, double place) {
  char text[32];
  snprintf(text, sizeof text, "%.4g", calib_scale_at(s, place));
  return fmin(fmax(strtod(text, NULL), s->low), s->high);
}

/* A kind without a strength of its own is on or off: the share that it hits is its strength. */
static void set_rates(struct calib_scale *out) {
  out->n_levels = FRAY_SEVERITY_LEVELS;
  for (size_t k = 0; k < FRAY_SEVERITY_LEVELS; k++)
    out->level[k] = (double)(k + 1) / FRAY_SEVERITY_LEVELS;
  out->ordered = true;
}

/* Levels that go up and down in the key, as those of a published set may, have no places between
 * them. */
static bool are_one_way(const struct calib_scale *s) {
  const double way = s->level[1] - s->level[0];
  for (size_t k = 0; k + 1 < s->n_levels; k++)
    if ((s->level[k + 1] - s->level[k]) * way <= 0)
      return false;
  return s->n_levels >= 2 && (!isfinite(s->none) || (s->level[0] - s->none) * way > 0);
}

/* The key's range. An end that is itself refused is stood off from. */
static void set_range(const struct fray_field *field, struct calib_scale *out) {
  const double step = fabs(out->level[1] - out->level[0]) / 1000;
  /* Kinds that take whole numbers although their key is a real one are found by asking them. */
  out->whole = field->type == FRAY_INT;
  out->low = fray_field_has_min(field) ? field->min + (field->open_min ? step : 0) : -INFINITY;
  out->high = fray_field_has_max(field) ? field->max - (field->open_max ? step : 0) : INFINITY;
}

/* Keys that only the user can give, such as a folder of sounds. */
static const char *needs_key(const struct fray_choice *kind, const char *key) {
  for (size_t i = 0; kind->table && i < kind->table->n; i++)
    if (kind->table->fields[i].required && strcmp(kind->table->fields[i].key, key) != 0)
      return kind->table->fields[i].key;
  return NULL;
}

/* How far the scale goes: until the key's range ends, or strengths are farther than any level could
 * be meant to be. */
static void set_ends(struct calib_scale *s) {
  const double levels = (double)s->n_levels;
  s->first = isnan(s->none) ? 1 : 0;
  s->last = levels;
  for (int k = 1; s->ordered && k <= BEYOND; k++) {
    const double here = calib_scale_at(s, levels + k), before = calib_scale_at(s, levels + k - 1);
    if (here == before || !isfinite(here))
      break;
    s->last = levels + k;
  }
}

/* Whether a kind can be searched at all is asked of what it declares, never of its name. The levels
 * are those for the size of the modality, as an entry without a table would have them. */
enum fray_status calib_scale_make(const struct fray_choice *kind,
                                  const struct fray_modality *modality, struct fray_arena *arena,
                                  struct calib_scale *out, const char **why, struct fray_err *err) {
  const struct fray_strength strength = fray_corruption_strength(kind);
  const struct fray_signal_ops *ops = fray_corruption_signal(kind);
  *why = NULL;
  *out = (struct calib_scale){.kind = kind,
                              .modality = modality,
                              .key = strength.key,
                              .unit = strength.unit,
                              .none = strength.none};
  FRAY_CHECK(strength.key && fray_corruption_fits_test(kind), err, INPUT,
             "--kinds: %s has no strength that samples of dev could be damaged with", kind->name);
  const char *needed = needs_key(kind, strength.key);
  FRAY_CHECK(!needed, err, INPUT, "--kinds: %s needs '%s', which only a scenario can give it",
             kind->name, needed);
  const struct fray_levels *levels = ops ? fray_signal_levels(ops, modality, NULL) : NULL;
  if (!levels) {
    set_rates(out);
  } else {
    while (out->n_levels < FRAY_SEVERITY_LEVELS && !isnan(levels->level[out->n_levels])) {
      out->level[out->n_levels] = levels->level[out->n_levels];
      out->n_levels++;
    }
    out->ordered = ops->grows != FRAY_GROWS_NOT && strength.worse != 0;
  }
  if (!are_one_way(out)) {
    *why = fray_arena_printf(arena,
                             "its severities go up and down in %s, so nothing lies between "
                             "them",
                             strength.key);
    FRAY_CHECK(*why, err, MEMORY, "out of memory");
    return FRAY_OK;
  }
  set_range(fray_schema_field(kind->table, NULL, strength.key), out);
  set_ends(out);
  return FRAY_OK;
}
