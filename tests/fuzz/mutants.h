/* Mutants of files: real small ones of each kind that fray reads, and what is done to them. Of
 * scripts/mutants, which gives them to whole commands. */
#ifndef FRAY_TESTS_MUTANTS_H
#define FRAY_TESTS_MUTANTS_H

#include "fray/base/text.h"

#include <stddef.h>
#include <stdint.h>

enum { MUTANT_SEEDS = 24, MUTANT_BYTES = 1 << 20 };
struct mutant_seeds {
  struct fray_text v[MUTANT_SEEDS];
  size_t n;
};

/** All files of a folder whose names end so, but for those that take seconds. */
void mutant_fixtures(struct mutant_seeds *seeds, const char *folder, const char *ending);
/** Files of formats that need no library to be written. Whatever the folder holds is added too. */
void mutant_pngs(struct mutant_seeds *seeds, const char *folder);
void mutant_bitmaps(struct mutant_seeds *seeds, const char *folder);
void mutant_waves(struct mutant_seeds *seeds, const char *folder);
void mutant_arrays(struct mutant_seeds *seeds, const char *folder);
void mutant_packed(struct mutant_seeds *seeds, const char *folder);

/** Checksums of a changed file, right again as far as its form still shows where they stand. */
void mutant_mend_png(uint8_t *data, size_t size);
void mutant_mend_ogg(uint8_t *data, size_t size);
void mutant_mend_gzip(uint8_t *data, size_t size);

/** Which mutants follow. */
void mutant_begin(uint64_t seed, const char *kind, uint64_t number);
/** 0 .. n-1. */
size_t mutant_draw(size_t n);
/** One of the seeds with one to four changes in out (MUTANT_BYTES); its size. */
size_t mutant_make(const struct mutant_seeds *seeds, uint8_t *out);

#endif
