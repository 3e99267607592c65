/* Data dictionary: what the columns of the CSV files mean, as tables that also write the headers.
 */
#ifndef FRAY_BASE_COLUMNS_H
#define FRAY_BASE_COLUMNS_H

#include "fray/base/text.h"

#include <stddef.h>

/** A column of a CSV file, or a family of columns: a name may be KEY (a swept key), hold ID (a
 * corruption entry) or MODALITY in front of its dot, or METRIC behind it. All texts are static. */
struct fray_column {
  const char *file; /* "scores.csv"; a star stands for any part of a name */
  const char *name, *type, *unit, *meaning, *empty; /* unit and empty: "" if there is none */
};

/** The names that the families stand for. */
struct fray_column_words {
  const char *const *key, *const *id, *const *metric, *const *modality;
  size_t n_keys, n_ids, n_metrics, n_modalities;
};

/** Header row of one file, in the order of the table: all columns of an entry, or of a
 *  modality, stand together, as do all metrics of a column. words may be NULL where the file has no
 * families. */
void fray_columns_header(const struct fray_column *v, size_t n, const char *file,
                         const struct fray_column_words *words, struct fray_text *out);

/** First row of columns.csv, and the rows of a table: file,column,type,unit,meaning,empty. */
void fray_columns_csv_head(struct fray_text *out);
void fray_columns_csv(const struct fray_column *v, size_t n, struct fray_text *out);

#endif
