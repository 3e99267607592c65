/* Continuous recordings: tables whose rows are time steps, cut into windows. A window knows where
 * its stretch of rows lies; the numbers are read when they are wanted. */
#ifndef FRAY_IMPORT_RECORDING_H
#define FRAY_IMPORT_RECORDING_H

#include "import/table/row_stream.h"

#define NO_COLUMN SIZE_MAX

/** One file. In the arena of the import. */
struct recording {
  const char *path;
  struct stream_rules rules;
  struct stream_side *side; /* (n_sides) files read in step with it */
  size_t n_sides;
  size_t n_columns;            /* cells of every row */
  const char *const *column;   /* (n_columns) names */
  size_t n_channels;           /* of all modalities that the file holds */
  const size_t *pick;          /* (n_channels) their columns */
  size_t time;                 /* column, or NO_COLUMN */
  double time_scale;           /* seconds of one unit of it */
  double row_seconds;          /* between rows where no column has the time; 0: unknown */
  double rate;                 /* Hz of the steps that come out; 0: the rows as they are */
  bool lowpass;                /* what is too fast for a lower rate is taken out */
  struct stretch_cache *cache; /* of all files of an input */
};

/** Rows of a file between two breaks. Its first and last row lack nothing. */
struct stretch {
  const struct recording *recording;
  uint64_t offset;                   /* of the first row, which stands in line `line` */
  const struct stream_place *beside; /* (n_sides of the recording) where the others begin */
  size_t line, n_rows, n_steps;
};

/** The steps of one stretch: the last that was asked for. Room is taken once, for the longest. */
struct stretch_cache {
  const struct stretch *held;
  float *x;        /* (n_steps, n_channels) */
  uint8_t *filled; /* (n_steps) 1: a missing cell was filled */
};

/** Numbers of the current row: x (n_channels), NaN where a cell is missing (empty, NaN, NA, null,
 *  ?); *seconds: its time, if there is such a column. INPUT with file, line and column: another
 *  number of cells, a cell that is no number that float32 holds, a missing time. */
enum fray_status fray_recording_row(const struct recording *recording,
                                    const struct row_stream *stream, float *x, double *seconds,
                                    struct fray_err *err);
/** Steps that rows over so many seconds become at a rate. */
size_t fray_recording_steps(double seconds, double rate);
/** Brings a stretch into the cache: reads its rows, fills what is missing between two numbers of a
 *  channel by a straight line over time, and brings it to the recording's rate likewise. INPUT: the
 *  file changed since it was cut. Holds one stretch. */
enum fray_status fray_stretch_hold(const struct stretch *stretch, struct fray_err *err);

#endif
