/* Ledger: what damage did, sample by sample, as a file that `kind: replay` reproduces exactly.
 *
 * CSV (RFC 4180), header `source,modality,what,value`, behind which a ledger with damage of raw
 * values has `entry,strength,donor,seed`, and where a kind needs more than its strength `keys`; one
 * row per change against the data: S,M,lost, sample S lost modality M S,,label,C        it carries
 * the label C (a class name) S,,added,C multi-label: class C joined its set S,,removed,C
 * multi-label: class C left its set S,,unlabelled,    it lost its label, or all of its set
 * S,,dropped,       it takes no part in training S,M,damaged,K,E,X,,N   kind K of entry E damaged
 * the raw value, at strength X with the corruption seed N (donor: the sample whose value it took;
 * empty without one) S,M,redrawn,K,E,X,,N the same, with other random numbers in each epoch */
#ifndef FRAY_CORRUPT_LEDGER_H
#define FRAY_CORRUPT_LEDGER_H

#include "fray/corrupt/corrupt.h"

/** Text of the ledger of a damage state, in the order of the population; text->failed on lack of
 *  memory. Rows of raw values follow all others, entry by entry. */
void fray_ledger_text(const struct fray_population *population, const struct fray_damage *damage,
                      struct fray_text *text);
/** Writes it to path (beside, synced, renamed). IO, MEMORY. */
enum fray_status fray_ledger_save(const char *path, const struct fray_population *population,
                                  const struct fray_damage *damage, struct fray_err *err);

/** Applies a ledger. Rows about raw values go into damage->signal, which must have been begun. Rows
 * about samples of the data set outside the population are skipped, so one file may serve training
 * and test. changed: (n), set to 1 where a row changed something; may be NULL. INPUT with the line:
 * a malformed row, a source, modality or class that the data set does not have, a label or a
 * dropped sample at test. */
enum fray_status fray_ledger_apply(const char *path, const struct fray_population *population,
                                   struct fray_damage *damage, uint8_t *changed,
                                   struct fray_err *err);
/** Likewise from text in memory (size bytes and a NUL), which is changed; name: for messages. */
enum fray_status fray_ledger_parse(const char *name, char *text, size_t size,
                                   const struct fray_population *population,
                                   struct fray_damage *damage, uint8_t *changed,
                                   struct fray_err *err);

/** Files that rows of a ledger name among the keys of what damaged a value, each once, in order. Of
 * bytes that are no such ledger there are none: whoever applies it says what is wrong. entry: the
 * table that rows are read by. Arena memory. MEMORY. */
enum fray_status fray_ledger_files(const char *data, size_t size, const struct fray_table *entry,
                                   struct fray_arena *arena, const char ***paths, size_t *n,
                                   struct fray_err *err);

#endif
