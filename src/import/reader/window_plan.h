/* How recordings are cut: the keys of `windows`, and what they mean for rows of one rate. */
#ifndef FRAY_IMPORT_WINDOW_PLAN_H
#define FRAY_IMPORT_WINDOW_PLAN_H

#include "label_ranges.h"

#include "fray/schema/schema.h"

enum window_rule { RULE_MAJORITY, RULE_END };
enum window_missing { MISSING_REFUSE, MISSING_CUT, MISSING_LINEAR };
enum window_faulty { FAULTY_REFUSE, FAULTY_CUT };
enum window_filter { FILTER_NONE, FILTER_LOWPASS };

struct windows_config {
  const char *length, *step, *longest, *gap, *fill_at_most; /* spans: "2.56 s", "128" */
  double overlap;                                           /* NaN: not given */
  const char *label, *time;                                 /* columns */
  int time_unit;
  int rule, missing, faulty, filter; /* enums above */
  double purity, rate, row_rate;
  struct fray_strings skip;
  struct ranges_config ranges;
};
extern const struct fray_table fray_windows_table;

/** A span of time, or a number of rows. */
struct span {
  bool given, is_seconds;
  double value;
};

/** The same in steps and seconds. */
struct window_plan {
  size_t length, step; /* steps of what comes out */
  double rate;         /* Hz that the rows are brought to; 0: as they are */
  double time_scale;   /* seconds of one unit of the time column */
  double row_seconds;  /* between rows, where no column has the time; 0: unknown */
  double gap;          /* seconds; INFINITY: none */
  struct span longest, fill;
};

/** file_rate: Hz that the modalities say, 0: none. INPUT, by key: a span that is none, one of
 *  seconds where no rate is known, keys that need others, both `step` and `overlap`. */
enum fray_status fray_window_plan(const struct windows_config *config, double file_rate,
                                  struct window_plan *out, struct fray_err *err);

#endif
