/* HDF5 files that are sound and say something else than fray would: a file that fray wrote, changed
 * by HDF5 itself as the bytes of an input say. Damage of the format itself is HDF5's to meet; what
 * is met here is what fray makes of any tree of groups, data sets and attributes. */
#ifndef FRAY_TESTS_FUZZ_H5_H
#define FRAY_TESTS_FUZZ_H5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fuzz_h5_template;
/** Reads a file, and the list of what is in it. Lives as long as the process. */
const struct fuzz_h5_template *fuzz_h5_read(const char *path);
/** Writes it to path with the changes that data (size) say, four bytes each, at most 16 of them;
 *  sealed anew where it was sealed. */
void fuzz_h5_change(const struct fuzz_h5_template *t, const uint8_t *data, size_t size,
                    const char *path);
/** Before a door of HDF5 is asked: of most inputs its reading is done in this process, where
 * libFuzzer sees what it reaches and nobody waits for another; of one in 16, by its bytes, in the
 * confined child, as in the product. */
void fuzz_h5_where(const uint8_t *data, size_t size);

#endif
