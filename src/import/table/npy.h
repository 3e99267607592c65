/* Arrays as NumPy writes them. */
#ifndef FRAY_IMPORT_NPY_H
#define FRAY_IMPORT_NPY_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

/** What a file is by its first bytes: a .npy array, a .npz archive (or another zip file). */
enum numpy { NUMPY_NONE, NUMPY_ARRAY, NUMPY_ARCHIVE };
enum numpy fray_npy_look(const char *path);
/** NumPy .npy, format 1 to 3, little-endian float32 or float64, C order, 1-D or 2-D; values finite,
 *  size exact, at most 2^28 values. *x malloc'ed (length, width); 1-D: length 1, *flat true.
 *  INPUT otherwise. Source: NumPy enhancement proposal 1. */
enum fray_status fray_npy_read(const char *path, float **x, size_t *length, size_t *width,
                               bool *flat, struct fray_err *err);

#endif
