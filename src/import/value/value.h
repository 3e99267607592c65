/* One value of a sample: where it lies before it is loaded, and what a kind of modality makes of
 * it. */
#ifndef FRAY_IMPORT_VALUE_H
#define FRAY_IMPORT_VALUE_H

#include "fray/base/arena.h"
#include "fray/codec/notes.h"
#include "fray/data/dataset.h"
#include "fray/schema/schema.h"

struct stretch;
struct joined;

/** A value of one sample and modality, not loaded yet: a file below `raw`, or memory. All zero:
 *  the sample lacks the modality. */
struct value {
  const char *path;     /* of a file, whole */
  const void *data;     /* series, features: float (length, width); images: grey (length, width);
                           text: bytes (length) */
  bool is_text;         /* of data */
  size_t length, width; /* of data */
  const struct stretch *stretch; /* a window over a recording: steps first .. first + length, the
                                    channels channel .. channel + width; else NULL. With a path: of
                                    that file, as the kind loads the whole of it */
  size_t first, channel;
  const struct joined *joined; /* several values, one behind the other; else NULL */
};
static inline bool fray_value_given(const struct value *value) {
  return value->path || value->data || value->stretch || value->joined;
}

/** A value in memory, as the shard takes it. Free x. */
struct loaded {
  void *
      x; /* audio: int16 (length); series, features: float (length, channels); image, text: uint8 */
  size_t length, bytes;
  unsigned notes; /* FRAY_NOTE_* bits: what was done to it */
};

struct modality_config {
  struct fray_variant kind; /* params belong to the kind */
};

/** A modality while its values are loaded. What the kind knows of all values so far is here. */
struct modality {
  struct fray_modality m; /* sizes are set by the first value, later ones must agree */
  const struct fray_choice *kind;
  const void *config; /* params of the kind */
  size_t colours;     /* images: 1 or 3, settled before the first is loaded */
  bool known;
  struct fray_arena *arena; /* of the import */
  const char **column;      /* (n_columns) channels of CSV files by name; none before the first */
  const char *columns_from; /* that first file */
  size_t n_columns;
  struct fray_ahead *ahead; /* of kinds that decode files; NULL: none */
  void *held;               /* the kind's own: what it keeps from one value to the next */
  size_t absent;            /* files that are not there, and may be so */
  size_t n_series, rising;  /* series read; those whose first channel rises from step to step */
};

/** All files of a modality, for what only all of them tell. Borrowed. */
struct modality_files {
  const char *dataset, *raw; /* name of the set; folder that messages leave out */
  const char **path; /* (n) sample by sample; NULL: it lacks the modality, or is in memory */
  size_t n;
  const char **coming; /* (n) the same in the order in which they are loaded; lasts until then */
};

/** What a kind of modality does. Hooks but `load` may be NULL. */
struct value_kind {
  enum fray_modality_kind kind;
  const char *suffixes;   /* how names of its files usually end, for `fray init`: ".wav .flac " */
  const char *first_keys; /* keys that files of different origin need, likewise; NULL: none */
  /** The same from a look at one file; false: nothing can be said. NULL: files say nothing. */
  bool (*guess)(const char *path, struct fray_text *out);
  bool decodes;      /* sounds or pictures, whose reading goes by `ahead` */
  bool reads_arrays; /* .npy files are among what it loads */
  bool is_table;     /* its files may be tables whose columns have names */
  bool joins;        /* values may stand one behind the other as one; int16 */
  /** Settles what the keys say, before any value. modality: m.name, m.unit "", m.kind, m.time 1. */
  void (*begin)(struct modality *modality);
  /** Settles what all files together say, before the first is loaded. Files that cannot be read are
   *  left to `load`, which says so. */
  void (*settle)(struct modality *modality, const struct modality_files *files);
  /** Columns of a table that are its channels, for kinds that are read from tables. n = 0: not
   * said. NULL: no table has them. */
  const struct fray_strings *(*columns)(const struct modality *modality);
  /** Steps and rate (Hz) of a whole file, as `load` would give it, for kinds whose files are cut
   * into windows as they are. INPUT as `load`. */
  enum fray_status (*measure)(struct modality *modality, const char *path, size_t *steps,
                              double *rate, struct fray_err *err);
  /** value: present. INPUT with the path for whatever is wrong with it; out->x is freed then. */
  enum fray_status (*load)(struct modality *modality, const struct value *value, struct loaded *out,
                           struct fray_err *err);
};

/** Empty state of a modality; config and arena are borrowed. */
void fray_modality_begin(struct modality *modality, const char *name,
                         const struct modality_config *config, struct fray_arena *arena);
/** The kind's `settle`. MEMORY. */
enum fray_status fray_modality_settle(struct modality *modality, const struct modality_files *files,
                                      struct fray_err *err);
/** After the last value: gives back what lies outside the arena. */
void fray_modality_end(struct modality *modality);
/** Loads and converts a value; the first one of a modality settles its sizes. A value without path
 *  and data gives x NULL, length 0. INPUT with the path for whatever is wrong with it. */
enum fray_status fray_value_load(struct modality *modality, const struct value *value,
                                 struct loaded *out, struct fray_err *err);
/** The part of a path below the raw folder (NULL: none), or the whole of it. Borrowed. */
const char *fray_path_below(const char *raw, const char *path);

#endif
