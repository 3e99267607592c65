/* What ways of making labels wrong have in common. */
#ifndef FRAY_SRC_CORRUPT_RELABEL_H
#define FRAY_SRC_CORRUPT_RELABEL_H

#include "corrupt/scope/scope.h"

/** Streams of one unit, told apart by their last number. */
enum { FRAY_STREAM_LABEL, FRAY_STREAM_MATRIX, FRAY_STREAM_LEVEL, FRAY_STREAM_CHOICE };

/** A sample without a label has none that could be wrong. */
static inline bool fray_may_relabel(const struct fray_scope *scope, size_t i) {
  return fray_scope_takes(scope, i) && scope->damage->label[i] != FRAY_UNLABELLED;
}
/** Counted by what changed, not by what was drawn: a class may be drawn that it already has. */
static inline void fray_relabel(struct fray_scope *scope, size_t i, size_t label) {
  fray_scope_count(scope, i, 1, (size_t)scope->damage->label[i] != label);
  scope->damage->label[i] = (int32_t)label;
}

/** Labels wrong by what samples look like: levels from the normal law around `rate`. INPUT below 2
 *  classes, IO when a value cannot be read. */
enum fray_status fray_instance_apply(double rate, struct fray_scope *scope, struct fray_err *err);
/** Of clients with a level (clients; NaN: clean) exactly floor(level n) of its n labels, those
 * first that look least like their class, become another class that they look like. */
enum fray_status fray_instance_clients(const double *level, struct fray_scope *scope,
                                       struct fray_err *err);

#endif
