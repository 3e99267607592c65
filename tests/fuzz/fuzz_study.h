/* A finished study of two trials, and the shards that it ran on, made by fray when a target needs
 * them: what doors of results are opened on. */
#ifndef FRAY_TESTS_FUZZ_STUDY_H
#define FRAY_TESTS_FUZZ_STUDY_H

#include <stddef.h>

struct fray_model;

/** Makes both in the folder of the targets, once: by a child, so that nothing of MPI stays. */
void fuzz_study_make(void);
/** Names below the folder of the targets. */
#define FUZZ_STUDY "study"
#define FUZZ_SHARD "shards/shard-0000.h5"
/** A second results folder, without a list of checksums, whose files targets replace. */
#define FUZZ_COPY "copy"
/** A model of the study, new; never freed. */
struct fray_model *fuzz_study_model(void);
/** Name of a trial, 0 or 1. */
const char *fuzz_study_trial(int which);

/** Opens a shard and reads all of it: the index, every value of every sample, the hash. */
void fuzz_look_at_shard(const char *path);
/** Opens FUZZ_COPY/results.h5 and reads every answer, score and source. It is as the study made it
 *  when this is called first. Returns how many answers of trials could be read: what cannot ends no
 *  report. */
size_t fuzz_look_at_results(void);

#endif
