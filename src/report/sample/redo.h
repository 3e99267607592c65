/* What a run did to single samples, done again from the shards. Damage depends on the corruption
 * seed, its entry, the sample and the modality alone, so what comes out is what the models met. */
#ifndef REPORT_REDO_H
#define REPORT_REDO_H

#include "choose_samples.h"

#include "fray/corrupt/signal.h"
#include "fray/results/read_tests.h"

/** Data and scenario of a study, open. */
struct fray_rep_redo {
  const struct fray_rep_results *r;
  const struct fray_rep_test_set *set;
  struct fray_dataset *data;
  struct fray_node *cells; /* cells.yaml */
  uint32_t *sample;        /* (set->n) index into the data */
  uint32_t *client;        /* (set->n) */
  void *raw;               /* room for the longest value */
  struct fray_comm *comm;
  struct fray_arena arena;
};

/** Opens the shards that the study was run on. *why NULL: all is there; else the reason why no data
 *  can be shown, in arena memory of the results: shards that are gone, or are others than those of
 *  the run. MEMORY. Close in any case. */
enum fray_status fray_rep_redo_open(struct fray_rep_results *r, const struct fray_rep_test_set *set,
                                    struct fray_rep_redo *out, const char **why,
                                    struct fray_err *err);
void fray_rep_redo_close(struct fray_rep_redo *redo);

/** What the condition of an address did to all test samples of a trial. *why NULL, or why that
 * cannot be told, among them: it did not hit what the run noted. Memory of arena. */
enum fray_status fray_rep_redo_damage(struct fray_rep_redo *redo, size_t trial,
                                      const struct fray_rep_address *at, struct fray_arena *arena,
                                      struct fray_damage *out, const char **why,
                                      struct fray_err *err);
/** No damage of the same samples. Memory of arena. MEMORY. */
enum fray_status fray_rep_redo_none(struct fray_rep_redo *redo, struct fray_arena *arena,
                                    struct fray_damage *out, struct fray_err *err);
/** True if the condition of an address is the same damage in another cell. */
bool fray_rep_same_entries(const struct fray_rep_redo *redo, const struct fray_rep_address *a,
                           const struct fray_rep_address *b);
/** True if a damaged sample meets the model otherwise than under other damage. */
bool fray_rep_is_hit(const struct fray_rep_redo *redo, const struct fray_damage *a,
                     const struct fray_damage *b, size_t i);

/** A value as a model met it. */
enum fray_rep_presence { FRAY_REP_ABSENT, FRAY_REP_LOST, FRAY_REP_THERE };
struct fray_rep_value {
  enum fray_rep_presence presence; /* ABSENT: the data never had it */
  uint64_t key;                    /* of the damage, 0: none */
  struct fray_signal x;            /* if THERE */
};
/** Modality m of test sample i under damage. Memory of arena, one value at most. IO when a shard
 *  fails, MEMORY. */
enum fray_status fray_rep_redo_value(struct fray_rep_redo *redo, size_t m, size_t i,
                                     const struct fray_damage *damage, struct fray_arena *arena,
                                     struct fray_rep_value *out, struct fray_err *err);

#endif
