/* Values of kept answers, read from a file that is not trusted. */
#ifndef RESULTS_SAID_VALUES_H
#define RESULTS_SAID_VALUES_H

#include "fray/h5/h5.h"

/** n values at path into the arena. INPUT with path and value: one out of its range. Classes: -3
 *  and -2 (what a judge says in the place of one), -1 (no answer), 0 .. classes-1. */
enum fray_status said_classes(fray_h5 file, const char *path, size_t n, size_t classes,
                              struct fray_arena *arena, const int16_t **out, struct fray_err *err);
/** Each 0 or 1. */
enum fray_status said_sets(fray_h5 file, const char *path, size_t n, struct fray_arena *arena,
                           const uint8_t **out, struct fray_err *err);
/** Each a count of 16 bits. */
enum fray_status said_edits(fray_h5 file, const char *path, size_t n, struct fray_arena *arena,
                            const int32_t **out, struct fray_err *err);

#endif
