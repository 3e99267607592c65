/* What this process did with files: which it wrote, removed and read from, and which folders it
 * filled. Whoever makes the manifest of a folder at the end of a command asks here, so that no
 * command need say it again, and nothing that others wrote passes for the command's own. */
#ifndef FRAY_BASE_DEEDS_H
#define FRAY_BASE_DEEDS_H

#include <stdbool.h>
#include <stddef.h>

enum fray_deed_kind {
  FRAY_DEED_WROTE,   /* a file that was put in its place whole (fray/base/draft.h, synced ones) */
  FRAY_DEED_REMOVED, /* a file that is to be gone; the later of the two holds */
  FRAY_DEED_SHARED,  /* a folder that a command wrote single files into */
  FRAY_DEED_STUDY,   /* a results folder that a run or an evaluation fills */
  FRAY_DEED_BEGUN,   /* the same, when the one before it was killed or failed */
  FRAY_DEED_WHOLE,   /* a folder all of whose files are of this command */
  FRAY_DEED_SHARDS,  /* a folder that shards were read from */
  FRAY_DEED_RESULTS, /* a results folder that was read */
  FRAY_DEED_FILE     /* a file that said what to do: a scenario, a partition, a pack */
};

/** Notes a path; the same again is nothing new. A lack of memory is that of the program
 *  (fray/base/memory.h), and the path is then not noted. */
void fray_deed(enum fray_deed_kind kind, const char *path);
/** The shards of a data set lie in the folder of `path`. */
void fray_deed_shard(const char *path);
/** Whether it was noted so last. */
bool fray_deed_has(enum fray_deed_kind kind, const char *path);
/** Entry i in the order of first notes; NULL behind the last. Lasts until fray_deeds_forget. */
const char *fray_deed_at(size_t i, enum fray_deed_kind *kind);
/** True of the kinds that say a folder was filled. */
static inline bool fray_deed_fills(enum fray_deed_kind kind) {
  return kind >= FRAY_DEED_SHARED && kind <= FRAY_DEED_WHOLE;
}
/** Forgets all. */
void fray_deeds_forget(void);

#endif
