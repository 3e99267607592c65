/* The memory and cores of this machine, and the memory and time of this process. For plans and
 * warnings, never for results. */
#ifndef FRAY_BASE_MACHINE_H
#define FRAY_BASE_MACHINE_H

#include "fray/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes that a process here can hold at most: the machine's memory, or less where its control
 *  group or a limit of its address space says so. 0: not known. */
uint64_t fray_memory_limit(void);
/** The same of all processes here together, whose address spaces are limited one by one. */
uint64_t fray_memory_of_host(void);
/** The most bytes that this process has held in memory so far. 0: not known. */
uint64_t fray_memory_peak(void);
/** Bytes that it has of the address space, or of what can be written (data). 0: not known. */
uint64_t fray_memory_in_use(bool data);

/** INPUT, with the limit and what is needed, unless the address space has room for so many bytes
 *  more. data: and the limit of data, which counts what can be written. what: who needs them. */
enum fray_status fray_memory_room(size_t bytes, bool data, const char *what, struct fray_err *err);
/** INPUT unless the machine, or the control group, has so many bytes of memory in all. */
enum fray_status fray_memory_least(size_t bytes, const char *what, struct fray_err *err);

/** Raises the limit of open files to n where it is lower. INPUT, with the limit, where it may not
 * be. */
enum fray_status fray_files_least(size_t n, const char *what, struct fray_err *err);

/** The limit from other files, for tests. proc: in place of /proc, cgroup: of /sys/fs/cgroup. */
uint64_t fray_memory_limit_in(const char *proc, const char *cgroup);

enum { FRAY_CORE_WORDS = 16 };
/** Adds the cores that this process may run on, one bit for each: of more than 1,024 the first. */
void fray_cores_add(uint64_t bits[FRAY_CORE_WORDS]);
/** How many those are, at least 1. */
size_t fray_cores(void);

/** Seconds that processors have worked for this process: what others take of them is not in it. */
double fray_cpu_seconds(void);

#endif
