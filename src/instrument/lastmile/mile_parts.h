/* Parts of the last mile: what was asked, of whom, and what came of it. */
#ifndef MILE_PARTS_H
#define MILE_PARTS_H

#include "fray/instrument/lastmile.h"
#include "fray/metric/did.h"
#include "fray/study/kept.h"

enum { MILE_DEV, MILE_TEST, MILE_SPLITS };

/** A point of the test. */
struct mile_point {
  const char *name;  /* of the condition, with the values of its keys where they are several */
  const char *label; /* NAME=STRENGTH of one that has its strength apart, else the name */
  const char *key[2];
  double value[2]; /* NaN where the test varies fewer keys */
  bool held;       /* held out: training never met it */
};
/** What the models of one cell said, added up by person. */
struct mile_split {
  uint32_t *n;       /* (clients) samples with a label, of one model */
  uint32_t *clean;   /* (clients) right without damage, of all models */
  uint32_t *damaged; /* (points, clients) right under each point */
};
struct mile_cell {
  size_t cell;      /* of the study */
  const char *name; /* "method=clean" */
  size_t trials;    /* models that were asked */
  struct mile_split split[MILE_SPLITS];
  size_t worst; /* the point that costs most on dev */
};
struct mile_found {
  struct fray_arena *arena;
  const struct fray_study *study;
  uint64_t people; /* hash of who there is */
  const char *test;
  const struct fray_group *group; /* of the data that are open */
  size_t n_clients;
  uint16_t *code; /* (clients) value of the group; their number: was not asked. NULL at first */
  size_t n_points, n_cells;
  struct mile_point *point;
  struct mile_cell *cell;
};

/** A group of the test at a point, over all models of a cell: means over its people. */
struct mile_mean {
  size_t clients, samples;
  double clean, damaged; /* shares right; NaN of nobody */
  double drop;
};
/** group: a value of the column; its number of values: everybody. */
struct mile_mean mile_mean_of(const struct mile_found *found, const struct mile_cell *cell,
                              int split, size_t point, size_t group);
/** True if something may be said of it. */
bool mile_is_large(const struct mile_mean *mean);

/** What is tested at the worst point of a cell. did, holm, of (groups): of groups that are large
 * enough, n of them; n < 2: nothing can be compared. */
struct mile_verdict {
  size_t n;
  size_t *of;
  struct fray_did *did;
  double *holm;
  struct fray_did_spread spread;
};
enum fray_status mile_judge(const struct mile_found *found, const struct mile_cell *cell,
                            struct mile_verdict *out, struct fray_err *err);
/** Chance at most .05 that groups differ so. */
bool mile_is_resolved(const struct mile_verdict *verdict);

/* ---- mile_ask.c ---- */

/** Asks all models of the folder. Collective. */
enum fray_status mile_ask(struct fray_kept *kept, const struct fray_lastmile_wish *wish,
                          struct mile_found *found, struct fray_err *err);

/* ---- mile_tables.c ---- */

/** Files of the folder; found is struct mile_found, with verdicts by cell. */
struct mile_told {
  const struct mile_found *found;
  const struct mile_verdict *verdict; /* (cells) */
};
void mile_plane(const void *told, struct fray_text *out);
void mile_did(const void *told, struct fray_text *out);
void mile_spread(const void *told, struct fray_text *out);
void mile_columns(const void *told, struct fray_text *out);
/** For people. */
void mile_say(const struct mile_told *told, size_t columns, struct fray_text *out);

#endif
