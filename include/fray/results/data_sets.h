/* Which data a study was run on, and whether they are still the same. */
#ifndef FRAY_RESULTS_DATA_SETS_H
#define FRAY_RESULTS_DATA_SETS_H

#include "fray/base/text.h"
#include "fray/data/dataset.h"

/** A shard as it was when the study saw it first. */
struct fray_data_file {
  const char *path;
  struct fray_shard_stamp stamp;
  uint64_t values_hash;
};
/** Shards and the modalities of them that are in use. */
struct fray_data_set {
  const char *shards, *modalities; /* as the scenario has it; "a,b" */
  const char *kinds;               /* of these modalities: "audio,image" */
  uint64_t index_hash;
  size_t n, n_classes;
  struct fray_data_file *file; /* (n) */
  const char **class_name;     /* (n_classes) by number */
  struct fray_data_set *next;
};
/** Those that a study has opened, in that order. Zeroed: none. Memory of the study. */
struct fray_data_sets {
  struct fray_arena *arena;
  struct fray_data_set *first;
};

/** Remembers a data set, opened at `shards` as the scenario has it, made absolute; IO when it was
 * opened before and is another now. A trial that is opened hours after the plan was made must find
 * what was planned with. Not collective. */
enum fray_status fray_data_sets_note(struct fray_data_sets *sets, const char *shards,
                                     const struct fray_dataset *dataset, struct fray_err *err);
/** Hash of the index of the study's first data set, of which others may take a part (controls of
 * one modality); without sets, of this one. What tells whether two studies are of the same data. */
uint64_t fray_data_sets_index(const struct fray_data_sets *sets,
                              const struct fray_dataset *dataset);
/** As a JSON list, for provenance.json. */
void fray_data_sets_put(const struct fray_data_sets *sets, struct fray_text *out);
/** INPUT when data of the same place are not those that the run in the folder was begun with: by
 *  their index, or, where the file of a shard was touched since, by its values, which are then
 * read. *same: true if the run knew all of them in these places, so that their values are those of
 * then; false where data moved, or an older program did not note them. Rank 0, which has opened all
 * of them. */
enum fray_status fray_data_sets_check(const struct fray_data_sets *sets, const char *folder,
                                      bool *same, struct fray_err *err);
/** INPUT if a folder of results would lie among the shards, by whatever names: what is read must
 * not hold what is made of it. Rank 0. */
enum fray_status fray_data_sets_apart(const struct fray_data_sets *sets, const char *folder,
                                      struct fray_err *err);
/** Reads all values of the shards and compares them with what the shards say of them; prints how
 *  many there were. INPUT for one whose values were changed. Rank 0. */
enum fray_status fray_data_sets_verify(const struct fray_data_sets *sets, struct fray_err *err);

#endif
