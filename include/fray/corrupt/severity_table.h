/* Tables of severities that a user brings, in place of the published ones: CSV with a header, or a
 * YAML list of maps, one row per kind, modality and severity. `fray calibrate` writes them.
 *
 * kind, medium (audio, image, series, text, feature), modality (empty: every one of the medium),
 * data_set (empty: any), severity (1 .. 5; where no row of the kind and modality has one, by the
 * order of the losses), loss (% of the above-chance score), key (that says how strong the kind is),
 * unit, value (empty: no strength loses so much), and what is there for readers alone: low, high
 * (95 % interval of the value), realised (% lost at the value), low_loss, high_loss, note. */
#ifndef FRAY_CORRUPT_SEVERITY_TABLE_H
#define FRAY_CORRUPT_SEVERITY_TABLE_H

#include "fray/corrupt/corrupt.h"

enum { FRAY_SEVERITY_LEVELS = 5 };
/** One row. Numbers that were not given are NaN, severity INT64_MIN, texts NULL. */
struct fray_severity_row {
  const char *kind, *medium, *modality, *data_set, *key, *unit, *note;
  int64_t severity;
  double loss, value, low, high, realised, low_loss, high_loss;
};
/** Appends the rows as CSV; the same rows give the same bytes. */
void fray_severity_rows_text(const struct fray_severity_row *row, size_t n, struct fray_text *out);
/** Reads such a text (size bytes); a name that ends in .yaml or .yml says that it is YAML. Texts
 *  point into the arena. INPUT with file, line, key, value and bound: not such a table, an unknown
 *  kind or column, a medium that the kind does not damage, another key than the kind's, a value
 *  outside of the key's range, two rows for one severity, losses that do not grow with it. */
enum fray_status fray_severity_rows_read(const char *name, const char *data, size_t size,
                                         struct fray_arena *arena, struct fray_severity_row **out,
                                         size_t *n, struct fray_err *err);
/** Strengths that an entry's severity (1 .. 5) means by its severity_table, for the modalities of
 *  the mask: out (FRAY_MAX_MODALITIES). Read as a side file. INPUT: it cannot be read, was made on
 *  another data set, has no row or no value for a modality. */
enum fray_status fray_severity_levels(const struct fray_corruption_config *entry,
                                      const struct fray_dataset *dataset, unsigned modalities,
                                      double *out, struct fray_err *err);

#endif
