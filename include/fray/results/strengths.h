/* What the strengths of a study mean (strengths.csv): which value leaves the data as they are, and
 * which way it gets worse. The one place that knows that for most of them 0 is clean and more is
 * worse. */
#ifndef FRAY_RESULTS_STRENGTHS_H
#define FRAY_RESULTS_STRENGTHS_H

#include "fray/base/arena.h"
#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/** Whose strength: a swept key's, a corruption entry's (whose nominal values trials.csv holds), a
 *  test condition's. */
enum fray_strength_of { FRAY_STRENGTH_SWEPT, FRAY_STRENGTH_ENTRY, FRAY_STRENGTH_TEST };

struct fray_strength_meaning {
  enum fray_strength_of of;
  const char *name;      /* swept key, id of the entry, or name of the test condition */
  const char *entry;     /* id of the entry that a swept key sets, else "" */
  const char *parameter; /* its key within the entry, as "rate" */
  const char *unit;      /* "" if it has none */
  double none;           /* value that leaves the data as they are; infinite: only approached; NaN:
                            there is none */
  int worse;             /* 1: more is worse; -1: less is worse; 0: it has no order */
};

/** 0 leaves the data as they are, more is worse. */
extern const struct fray_strength_meaning fray_strength_usual;

/** True for a value of the strength that leaves the data as they are. */
bool fray_strength_is_none(const struct fray_strength_meaning *m, double value);
/** True if the strength is a share of what can be hit, so that what was hit compares with it; also
 * of folders that say nothing of their strengths. */
bool fray_strength_is_share(const struct fray_strength_meaning *m);
/** How far a value lies from none on the way to worse: 0 there, larger for worse. Of a strength
 * whose none is infinite, or that has no order, only differences say something. */
double fray_strength_distance(const struct fray_strength_meaning *m, double value);
/** The value at a distance. */
double fray_strength_at(const struct fray_strength_meaning *m, double distance);

/** FOLDER/strengths.csv, a row each. IO. */
enum fray_status fray_strengths_write(const struct fray_strength_meaning *v, size_t n,
                                      const char *folder, struct fray_err *err);
/** Reads it; *there false and nothing else set if the folder has none (those of before it). Arena
 *  memory. INPUT with file and line: a wrong word, a name that appears twice, an order without
 * sense. */
enum fray_status fray_strengths_read(const char *folder, struct fray_arena *arena,
                                     struct fray_strength_meaning **out, size_t *n, bool *there,
                                     struct fray_err *err);

/** The share of its units that a test condition asks for, of conditions.csv. */
struct fray_asked {
  const char *condition;
  double severity, share; /* NaN: none */
};
/** Rows of conditions.csv; *there false if the folder has no such column (those of before it).
 * Arena memory. INPUT with file and line. */
enum fray_status fray_asked_read(const char *folder, struct fray_arena *arena,
                                 struct fray_asked **out, size_t *n, bool *there,
                                 struct fray_err *err);

#endif
