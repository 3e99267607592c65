/* What a reader is given: the folder of raw files and the modalities that they are to fill. */
#ifndef FRAY_IMPORT_RAW_SOURCE_H
#define FRAY_IMPORT_RAW_SOURCE_H

#include "import/table/row_fields.h"
#include "import/value/value.h"

struct left_out { /* a file that a reader saw and did not take */
  const char *path;
  bool by_case; /* it would fit but for capital letters */
};

struct source {
  struct fray_arena *arena; /* of the import: everything but values of files lives there */
  const char *yaml, *raw;   /* raw: folder */
  size_t n_modalities;
  struct modality modality[FRAY_MAX_MODALITIES];
  struct left_out *left_out;
  size_t n_left_out, left_out_room;
  bool cuts;      /* some values are windows over stretches of recordings */
  double overlap; /* largest share of a window that the next one holds too, of windows cut here */
};

/** A reader: params -> rows, whose texts and values are in the arena. INPUT names the file and what
 *  is wrong with it: missing, empty, truncated, or another format. Files that hold one value each
 * are named, not read. take (or NULL): names the values of rows whose fields are all there, joined
 * and derived ones too; rows that are left out have none. */
struct reader {
  enum fray_status (*read)(struct source *source, const void *params, struct rows *out,
                           struct fray_err *err);
  enum fray_status (*take)(struct source *source, const void *params, struct rows *rows,
                           struct fray_err *err);
};

/** Index of a modality by name; INPUT names the nearest. where: key for the message. */
enum fray_status fray_source_modality(const struct source *source, const char *where,
                                      const char *name, size_t *out, struct fray_err *err);
/** raw + "/" + path. INPUT when path is absolute, empty, or has a ".." part. */
enum fray_status fray_source_path(const struct source *source, const char *path, const char **out,
                                  struct fray_err *err);
/** Rows of the files whose path fits a pattern, in natural order: fields of the pattern, `path`
 *  below raw, and row_file. INPUT: a pattern that is none, a folder that cannot be read, no file.
 *  Files that do not fit are put down as left out. */
enum fray_status fray_files_find(struct source *source, const char *pattern_text, struct rows *out,
                                 struct fray_err *err);
/** Puts down a file that a reader does not take. */
enum fray_status fray_left_out_add(struct source *source, const char *path, bool by_case,
                                   struct fray_err *err);

#endif
