/* Categories: what is wrong with an input in the words of those who look for weak places, who think
 * of what can happen to a system and not of media. Each kind declares its own. */
#include "corrupt/scope/scope.h"

#include "fray/base/size.h"

#include <math.h>

/* In the order of enum fray_category, which begins at 1. Two are words for kinds as well, which are
 * of them: hence no names in quotes. */
#define CATEGORY(NAME, MEANING)                                                                    \
  { #NAME, MEANING }
static const struct {
  const char *name, *meaning;
} categories[] = {
    CATEGORY(absence, "a value, or a part of it, is not there"),
    CATEGORY(noise, "something is added that is about nothing"),
    CATEGORY(channel, "what devices, light, rooms, codes and ways of writing do to a value"),
    CATEGORY(geometry, "another pose in space, another order or pace in time"),
    CATEGORY(contradiction, "a value that is whole, and belongs to something else"),
    CATEGORY(payload, "put there by somebody who wants an answer"),
    CATEGORY(availability, "a value that comes late, or not again"),
};

/* An undeclared category, 0, wraps to beyond the last. */
const char *fray_category_name(enum fray_category category) {
  const size_t i = (size_t)category - 1;
  return i < FRAY_COUNT(categories) ? categories[i].name : NULL;
}

const char *fray_category_meaning(enum fray_category category) {
  const size_t i = (size_t)category - 1;
  return i < FRAY_COUNT(categories) ? categories[i].meaning : NULL;
}

enum fray_category fray_corruption_category(const struct fray_choice *kind) {
  return ((const struct fray_corruption_ops *)kind->impl)->category;
}

/* Two categories are about the class itself, whatever a kind of them says. */
bool fray_corruption_meddles(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  return ops->category == FRAY_CATEGORY_CONTRADICTION || ops->category == FRAY_CATEGORY_PAYLOAD;
}

const char *fray_corruption_target_key(const struct fray_choice *kind) {
  return ((const struct fray_corruption_ops *)kind->impl)->target_key;
}

double fray_corruption_class_limit(const struct fray_choice *kind) {
  const struct fray_corruption_ops *ops = kind->impl;
  if (fray_corruption_meddles(kind))
    return -1;
  /* Undeclared: 0, of nearly all. */
  return ops->class_limit < 0 || ops->class_limit > 0 ? ops->class_limit : INFINITY;
}

/* A row of zeros ends the list, and so does a full one. */
const struct fray_turn *fray_corruption_turns(const struct fray_choice *kind, size_t *n) {
  const struct fray_corruption_ops *ops = kind->impl;
  for (*n = 0; *n < FRAY_TURNS && ops->turn[*n].key; ++*n)
    ;
  return ops->turn;
}

/* The last row of a kind's levels fits everything, and the first has all five. */
size_t fray_corruption_severities(const struct fray_choice *kind) {
  const struct fray_signal_ops *signal = fray_corruption_signal(kind);
  return signal && signal->n_levels ? FRAY_COUNT(signal->levels->level) : 0;
}

/* A record that is repeated was made elsewhere: there is nothing in it to choose. */
bool fray_corruption_is_technique(const struct fray_choice *kind) {
  return fray_corruption_fits_test(kind) &&
         !((const struct fray_corruption_ops *)kind->impl)->replays;
}
