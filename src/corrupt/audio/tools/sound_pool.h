/* Pools of sounds that a user brings: a file, or a folder of them. */
#ifndef FRAY_CORRUPT_AUDIO_SOUND_POOL_H
#define FRAY_CORRUPT_AUDIO_SOUND_POOL_H

#include "fray/base/status.h"

#include <stddef.h>
#include <stdint.h>

/** A pool lives until the side files are forgotten (fray/base/side.h), and is read once. */
struct fray_sound_pool;
/** The pool at a path: one sound file, or those in a folder and below it, by their names' endings,
 * in order of their paths. Bytes come from the side files, so that all ranks have the same. Each
 * file is decoded once at the first opening. INPUT: as of fray_side_view and fray_sound_decode, a
 * folder without sounds, a sound that is silent. */
enum fray_status fray_sound_pool_open(const char *path, struct fray_sound_pool **out,
                                      struct fray_err *err);
/** Of all bytes and names, wherever they lie. */
uint64_t fray_sound_pool_hash(const struct fray_sound_pool *pool);
/** Of the pool at a path, which is opened: for a kind's `contents`. As fray_sound_pool_open. */
enum fray_status fray_sound_pool_contents(const char *path, uint64_t *out, struct fray_err *err);
/** The same against what a ledger noted (16 hexadecimal digits; NULL: nothing): INPUT naming the
 * key `from` if it cannot be opened, or `contents` if other sounds lie there. */
enum fray_status fray_sound_pool_expect(const char *path, const char *contents,
                                        struct fray_err *err);
size_t fray_sound_pool_size(const struct fray_sound_pool *pool);
/** Sound k, its channels averaged, at a rate in Hz: *x (n), the pool's, until another is asked for.
 * MEMORY, INPUT. */
enum fray_status fray_sound_pool_get(struct fray_sound_pool *pool, size_t k, double rate,
                                     const float **x, size_t *n, struct fray_err *err);

#endif
