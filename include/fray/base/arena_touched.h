/* What an arena holds of the machine's memory: for plans, which say it before a run. */
#ifndef FRAY_BASE_ARENA_TOUCHED_H
#define FRAY_BASE_ARENA_TOUCHED_H

#include "fray/base/arena.h"

/** Bytes that were ever handed out, and so are held until the arena is freed. Its chunks may be
 *  larger: what nobody touched the system has not given, but for the rest of a large page, which
 *  chunks from 4 MiB on ask for. */
size_t fray_arena_touched(const struct fray_arena *arena);

#endif
