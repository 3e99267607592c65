/* Windows over recordings: stretches of rows, and what is cut from them. */
#ifndef FRAY_IMPORT_WINDOW_CUT_H
#define FRAY_IMPORT_WINDOW_CUT_H

#include "import/value/recording.h"
#include "window_plan.h"

#include "fray/base/arena.h"
#include "fray/codec/names.h"

struct window {
  const struct stretch *stretch;
  size_t first;          /* step of the stretch */
  size_t line;           /* of the file, of the row at or before that step */
  uint32_t label;        /* of the cut's list */
  uint32_t file, number; /* index of the file; of the stretch in it, from 1 */
  uint32_t in_stretch;   /* from 1 */
  const char *const *by; /* (columns of `by`) their texts */
};

/** A label as a row spells it. */
struct row_label {
  const char *raw, *name; /* as it stands; in its one form */
  uint32_t code;          /* place of the first label of that name */
  uint8_t skipped;
};

/** What became of the rows; each is counted once, under what became of it first. */
struct cut_counts {
  size_t files, rows, stretches;
  size_t rows_faulty, rows_skipped, rows_unlabelled, rows_missing, rows_short,
      steps_left; /* not in any window */
  size_t gaps, cells_filled, windows_impure;
  size_t steps, longest; /* of the stretches that were kept; of the longest of all */
  double seconds;        /* between rows, added up over so many pairs */
  size_t pairs;
};

/** A cut over the files of an input. Memory outside the arena is released by fray_cut_end. */
struct cut {
  struct fray_arena *arena;
  const struct windows_config *config;
  struct window_plan plan;
  size_t n_by;
  const char *const *by_name;
  struct cut_counts counts;
  struct window *window; /* (n) malloc'ed */
  size_t n, room;
  struct row_label *label; /* (n_labels) malloc'ed */
  size_t n_labels, label_room, last_label;
  const struct label_ranges *ranges; /* NULL: labels are a column */
  size_t first_range, n_ranges;      /* of the file that is cut */
  struct stretch_cache *cache;
  size_t cache_steps;        /* of the longest stretch that has windows */
  struct stretch_rows *rows; /* of the stretch that is being read; private */
};

/** label, by: columns of the file (label: NO_COLUMN if there is none); recording: complete, in the
 *  arena. INPUT with file and line for what the plan refuses. One pass; holds a stretch's times and
 *  labels, not its numbers. */
enum fray_status fray_cut_file(struct cut *cut, const struct recording *recording,
                               struct row_stream *stream, uint32_t file, size_t label,
                               const size_t *by, struct fray_err *err);
/** Windows over a file of so many steps, which is one stretch: for files that are no tables. */
enum fray_status fray_cut_steps(struct cut *cut, uint32_t file, size_t steps, struct fray_err *err);
void fray_cut_end(struct cut *cut);

#endif
