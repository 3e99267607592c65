/* Arrays of floats, as series and features share them. */
#ifndef FRAY_IMPORT_FLOAT_ARRAYS_H
#define FRAY_IMPORT_FLOAT_ARRAYS_H

#include "value.h"

/** A value in memory, copied. *width: floats of a step. */
enum fray_status float_array_copy(const struct value *value, struct loaded *out, size_t *width,
                                  struct fray_err *err);
/** A window over a recording, whose stretch is read if it is not held. */
enum fray_status float_array_window(const struct value *value, struct loaded *out, size_t *width,
                                    struct fray_err *err);
/** A .npy file, as fray_npy_read. */
enum fray_status float_array_read(const char *path, struct loaded *out, size_t *width, bool *flat,
                                  struct fray_err *err);
/** The first value of a modality settles channels and raggedness. INPUT: another number of
 * channels, or of steps where all have the same. */
enum fray_status float_array_settle(struct modality *modality, size_t length, size_t width,
                                    bool ragged, struct fray_err *err);

#endif
