/* Raw values that damage is measured on, one modality for each medium. */
#ifndef BENCH_VALUES_H
#define BENCH_VALUES_H

#include "fray/corrupt/signal.h"

enum { BENCH_VALUES = 16, BENCH_CLIENTS = 4, BENCH_MEDIA = 5 };

/* An index in memory, without shards, and its values; modality m is of the m-th kind of
 * enum fray_modality_kind. */
struct bench_values {
  struct fray_dataset dataset;
  struct fray_population population;
  size_t n[BENCH_MEDIA]; /* values that there are; BENCH_VALUES at most */
  struct fray_signal value[BENCH_MEDIA][BENCH_VALUES];
};

/* Memory: arena; *out must stay where it is. MEMORY. */
enum fray_status bench_values_make(struct bench_values *out, struct fray_arena *arena,
                                   struct fray_err *err);

/* Values of other samples, for kinds that take them; user: struct bench_values. */
fray_value_reader bench_value_read;

/* Numbers that a value holds; of a text its letters. */
size_t bench_value_numbers(const struct fray_signal *value);

/* Writes a value as FOLDER/NAME.npy of float32, (length) of sound, (height, width, channels) of
 * pictures, else (length, channels); a text as FOLDER/NAME.txt. IO. */
enum fray_status bench_value_write(const struct fray_signal *value, const char *folder,
                                   const char *name, struct fray_err *err);

#endif
