/* Last mile: whether a damage costs one group of people more than the others, on finished models.
 *
 * Two roles of data: dev samples choose the point of a test that is looked at (find), and the test
 * samples say what it costs whom (report). */
#ifndef FRAY_INSTRUMENT_LASTMILE_H
#define FRAY_INSTRUMENT_LASTMILE_H

#include "fray/base/log.h"
#include "fray/base/text.h"
#include "fray/comm/comm.h"

/** What is asked for. Borrowed. */
struct fray_lastmile_wish {
  const char *folder;      /* results with kept models */
  const char *out;         /* folder; NULL: FOLDER/lastmile */
  const char *test;        /* a test of the study; NULL: its only one */
  const char *group;       /* column of people; NULL: the first of evaluate.groups */
  const char *const *held; /* (n_held) "KEY=VALUE[,VALUE]": points that training never met */
  size_t n_held;
  bool overwrite;          /* replaces the folder */
  const char *const *sets; /* (n_sets) "KEY=VALUE" of where data lie now */
  size_t n_sets;
  bool mixed; /* models of another numeric environment as well */
  enum fray_progress_style progress;
  size_t columns; /* of the lines that are said */
};

/** Asks all kept models at every point of the test, on dev and on the test samples, and writes
 *  plane.csv, did.csv, spread.csv and columns.csv as one folder. said: what came of it, for people;
 *  on rank 0. Nothing depends on the number of ranks. INPUT, and nothing written: no results, not
 *  done, no models, several labels a sample, no such test or column, a column that differs within a
 *  person. Collective. */
enum fray_status fray_lastmile(const struct fray_lastmile_wish *wish, struct fray_comm *comm,
                               struct fray_text *said, struct fray_err *err);

/** Adds to out how many samples a user needs to see a drop of accuracy under a condition of a
 *  finished study, from how many answers it changed there: a line for each cell. INPUT: no results,
 *  no such condition, no kept answers, drop not in (0, 1). Rank 0. */
enum fray_status fray_power_say(const char *folder, const char *condition, double drop,
                                struct fray_text *out, struct fray_err *err);

#endif
