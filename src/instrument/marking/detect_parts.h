/* Shared by the files of fray detect only. */
#ifndef FRAY_DETECT_PARTS_H
#define FRAY_DETECT_PARTS_H

#include "fray/corrupt/signal.h"
#include "fray/instrument/mark.h"
#include "fray/instrument/mark_command.h"
#include "fray/results/read_tests.h"

enum { DETECT_SETS = 2 }; /* the shards, and those without the mark */

/** What was found in a value or a client; ranks send these, and rank 0 sorts them. */
struct detect_row {
  uint32_t condition, modality, set; /* condition 0: clean */
  uint32_t client, sample;           /* sample: UINT32_MAX of a client */
  uint32_t n;                        /* values */
  struct fray_mark_found found;
};

/** What is looked at, and with what. */
struct detect {
  const struct fray_detect_wish *wish;
  struct fray_comm *comm;
  struct fray_arena *arena;
  size_t n_sets;
  struct fray_dataset *data[DETECT_SETS];
  struct fray_mark_bank *bank[FRAY_MAX_MODALITIES]; /* NULL: of neither pictures nor sounds */
  size_t n_conditions;                              /* with clean */
  const struct fray_condition *condition;           /* (n_conditions - 1) those after clean */
  /* Of a set: its samples of the split, by client. */
  size_t n[DETECT_SETS];
  uint32_t *sample[DETECT_SETS], *client[DETECT_SETS];
  size_t n_rows, room;
  struct detect_row *row;      /* on rank 0 in the end all, in the order of the tables */
  struct fray_text conditions; /* conditions.csv */
};

/** Damage of one condition, of one set. */
struct detect_view {
  size_t condition, set;
  const struct fray_damage *damage, *none;
};
/** Bits of the modalities that the damage touches, of those with a bank; all under clean. */
unsigned detect_touched(const struct detect *d, const struct detect_view *view);
/** Looks at one client (samples first .. first + n - 1 of its set) in one modality and adds rows.
 * scratch is as it was afterwards. IO, INPUT, MEMORY. */
enum fray_status detect_client(struct detect *d, const struct detect_view *view, size_t modality,
                               size_t first, size_t n, struct fray_arena *scratch,
                               struct fray_err *err);

/** Name of a condition, "clean" of the first. */
const char *detect_condition(const struct detect *d, size_t condition);
void detect_table(const struct detect *d, struct fray_text *out);
/** MEMORY. */
enum fray_status detect_conditions(const struct detect *d, struct fray_text *out,
                                   struct fray_text *said, struct fray_err *err);
void detect_columns(struct fray_text *out);

#endif
