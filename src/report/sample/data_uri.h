/* Pictures and sounds as data: addresses, so that a page is one file. */
#ifndef REPORT_DATA_URI_H
#define REPORT_DATA_URI_H

#include "fray/base/status.h"
#include "fray/base/text.h"

#include <stddef.h>
#include <stdint.h>

/** Base64 (RFC 4648) of n bytes. */
void fray_rep_put_base64(struct fray_text *out, const void *data, size_t n);
/** "data:image/png;base64,...": x (height, width, channels 1 or 3) of 0 .. 1, rounded to 8 bits;
 *  values beyond are cut. Larger than `most` on a side is shrunk to that. MEMORY. */
enum fray_status fray_rep_put_png(struct fray_text *out, const float *x, size_t height,
                                  size_t width, size_t channels, size_t most, struct fray_err *err);
/** The picture as a PNG file, at its own size. MEMORY. */
enum fray_status fray_rep_png(struct fray_text *out, const float *x, size_t height, size_t width,
                              size_t channels, struct fray_err *err);
/** The bytes of a WAV file of n samples of -1 .. 1 as 16 bits; values beyond are cut. rate: Hz. */
void fray_rep_wav(struct fray_text *out, const float *x, size_t n, double rate);
/** "data:audio/wav;base64,...": n samples of -1 .. 1 as 16 bits; values beyond are cut. rate: Hz.
 */
void fray_rep_put_wav(struct fray_text *out, const float *x, size_t n, double rate);

#endif
