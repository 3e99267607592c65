/* Raw values between the shards and damage: bytes of a file become floats that kinds change. */
#ifndef FRAY_CORRUPT_RAW_H
#define FRAY_CORRUPT_RAW_H

#include "fray/corrupt/signal.h"

/** Floats that a value of `length` steps takes; of a text, whose bytes lie in them, as many as that
 * needs. */
size_t fray_raw_numbers(const struct fray_modality *modality, size_t length);
/** INPUT when a number, as fray_sample_read gives it, is not finite; names step and channel. */
enum fray_status fray_raw_check(const struct fray_modality *modality, const void *raw,
                                size_t length, struct fray_err *err);
/** The value as kinds take it, in room: (fray_raw_numbers of capacity) floats, the caller's. */
struct fray_signal fray_raw_signal(const struct fray_modality *modality, const void *raw,
                                   size_t length, size_t capacity, float *room);

#endif
