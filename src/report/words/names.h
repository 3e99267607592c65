/* Names in people's words: titles that the scenario gives, else words of the registries. What is
 * written to CSV files keeps its machine name. */
#ifndef REPORT_NAMES_H
#define REPORT_NAMES_H

#include "fray/results/read_results.h"

/* All text is borrowed or in the results' arena, plain (not escaped) and never cut; NULL only when
 * memory is out. Two keys, two conditions, two values of one key, ... never have the same title. */

/** `title:` of the study, else its name. */
const char *fray_rep_study_title(const struct fray_rep_results *r);
/** A swept key: "sound lost at training and test". */
const char *fray_rep_key_title(const struct fray_rep_results *r, const char *key);
/** Its short word, as it stands before a number in a narrow place: "lost". */
const char *fray_rep_key_word(const struct fray_rep_results *r, const char *key);
/** "60 %", "attention", the title of a named value. value: as trials.csv has it. */
const char *fray_rep_value_title(const struct fray_rep_results *r, const char *key,
                                 const char *value);
/** A value that can stand alone: "lost 60 %" where it is a number or a truth value, else as above.
 */
const char *fray_rep_value_label(const struct fray_rep_results *r, const char *key,
                                 const char *value);
/** "sound lost at test", "noise in the picture at test", "no modality at test". */
const char *fray_rep_condition_title(const struct fray_rep_results *r, size_t condition);
/** "60 %", "10 dB": a strength with its unit. "" for NaN. */
const char *fray_rep_strength_title(const struct fray_rep_results *r,
                                    const struct fray_strength_meaning *strength, double x);
/** "sound" for "audio". */
const char *fray_rep_modality_title(const struct fray_rep_results *r, const char *name);
/** A column of groups, one of its values, a class. */
const char *fray_rep_column_title(const struct fray_rep_results *r, const char *column);
const char *fray_rep_group_title(const struct fray_rep_results *r, const char *column,
                                 const char *value);
const char *fray_rep_class_title(const struct fray_rep_results *r, const char *name);
/** "macro F1" for "macro_f1". */
const char *fray_rep_metric_title(const struct fray_rep_results *r, const char *metric);

#endif
