/* Seals: how a file that fray wrote shows, before anybody reads it, that it is the one. The first
 * FRAY_SEAL_BYTES of a sealed file are text with the size of the file and the hash of the rest.
 * HDF5 calls such a first part a user block and steps over it. */
#ifndef FRAY_BASE_SEAL_H
#define FRAY_BASE_SEAL_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { FRAY_SEAL_BYTES = 512 };

/** Writes the seal into the first bytes of a file, which were left free for it. IO. */
enum fray_status fray_seal_write(const char *path, struct fray_err *err);
/** *sealed: whether the file begins with a seal. INPUT when it does and is not the file that was
 *  sealed, to the bit, or is too short for one; when it cannot be read. Reads all of it. */
enum fray_status fray_seal_check(const char *path, bool *sealed, struct fray_err *err);

/** *same: whether two files hold the same, be one of them sealed and the other not, as an older
 *  program wrote it. Seals are not checked. INPUT, IO: one cannot be opened; MEMORY. */
enum fray_status fray_seal_same(const char *a, const char *b, bool *same, struct fray_err *err);

/** 32 hexadecimal digits of a file's XXH3 hash of 128 bits, as `xxh128sum` prints them. INPUT. */
enum fray_status fray_file_hash(const char *path, char out[33], struct fray_err *err);

#endif
