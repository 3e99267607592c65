/* Where the values of a sheet come from, and what a kind of damage makes of them. */
#ifndef REPORT_SHEET_SOURCE_H
#define REPORT_SHEET_SOURCE_H

#include "report/sample/redo.h"

#include "fray/report/sheet.h"

/** Data that are open, or drawn by the program; zeroed it is closed. */
struct sheet_source {
  const struct fray_sheet_wish *wish;
  struct fray_rep_redo redo;         /* its data, samples and room, for reading values */
  struct fray_dataset *data;         /* redo.data, or made in memory */
  struct fray_dataset *open;         /* NULL: made in memory */
  struct fray_population people;     /* the samples of one split */
  size_t place[FRAY_MAX_MODALITIES]; /* of the sample in it that shows a modality; SIZE_MAX: none */
  struct fray_damage none;
  struct fray_arena arena;
};

/** Collective. INPUT, IO, MEMORY: see fray_sheets. Close in any case. */
enum fray_status sheet_source_open(const struct fray_sheet_wish *wish, struct fray_comm *comm,
                                   struct sheet_source *out, struct fray_err *err);
void sheet_source_close(struct sheet_source *source);

/** True if a sheet is made of modality m. */
bool sheet_is_wanted(const struct sheet_source *source, size_t m);
/** The undamaged value. Memory of arena. IO, MEMORY. */
enum fray_status sheet_clean(struct sheet_source *source, size_t m, struct fray_arena *arena,
                             struct fray_signal *out, struct fray_err *err);

/** What a kind makes of a value. */
struct sheet_step {
  struct fray_signal x;
  const char *refusal; /* why the kind alone can do nothing; NULL: x is there */
  double strength;     /* NaN: the kind has none */
  const double *more;  /* further parameters of the severity; NULL: none */
  double distance;     /* root mean square of the difference over that of the undamaged value; of
                          texts the share of words that changed; NaN: not known */
  bool same;           /* not a byte is another */
};
/** severity: 1 to 5, or 0: the kind as an entry without further keys has it. Memory of arena.
 *  MEMORY, and what is wrong with a kind. */
enum fray_status sheet_damage(struct sheet_source *source, size_t m, const struct fray_choice *kind,
                              int severity, const struct fray_signal *clean,
                              struct fray_arena *arena, struct sheet_step *out,
                              struct fray_err *err);

#endif
