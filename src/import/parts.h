/* The parts of an import: YAML -> rows of texts and values (readers) -> samples (set) -> splits ->
 * shards (build). Everything lives in the set's arena, except values of files, which are loaded one
 * client at a time. */
#ifndef FRAY_IMPORT_PARTS_H
#define FRAY_IMPORT_PARTS_H

#include "config.h"

#include "fray/base/arena.h"
#include "fray/base/csv.h"
#include "fray/base/text.h"
#include "fray/codec/notes.h"
#include "fray/data/dataset.h"
#include "fray/data/shard_leaks.h"
#include "fray/import/import.h"

enum { FRAY_IMPORT_GROUPS = 32 };

/** A value of one sample and modality, not loaded yet: a file below `raw`, or memory. All zero:
 *  the sample lacks the modality. */
struct value {
  const char *path;     /* of a file, whole */
  const void *data;     /* series, features: float (length, width); images: grey (length, width);
                           text: bytes (length) */
  bool is_text;         /* of data */
  size_t length, width; /* of data */
};

/** What a reader gives: a table of texts, and a value per row for each modality that it serves. */
struct rows {
  size_t n, n_fields, n_slots;
  const char **field;                       /* (fields) names */
  const char ***text;                       /* (fields)(n) */
  uint32_t *slot;                           /* (slots) fields by name */
  struct value *value[FRAY_MAX_MODALITIES]; /* (n) or NULL */
  const char *file;                         /* where the rows come from, for messages */
  const char **row_file;                    /* (n) a file each; or NULL */
  const size_t *line; /* (n) lines of that file; NULL: rows have numbers from 0 */
};

/** Faults of one sort, to be named together. Zero-initialised is none. */
struct faults {
  size_t n, of;          /* faults, of so many that were looked at */
  struct fray_text list; /* the first FAULTS_SHOWN texts, a NUL behind each */
};
enum { FAULTS_SHOWN = 100 };

struct left_out { /* a file that a reader saw and did not take */
  const char *path;
  bool by_case; /* it would fit but for capital letters */
};

struct modality {
  struct fray_modality m; /* sizes are set by the first value, later ones must agree */
  const struct fray_choice *kind;
  const void *config; /* struct audio_config, ... */
  size_t colours;     /* images: 1 or 3, settled before the first is loaded */
  bool known;
  struct fray_arena *arena; /* of the set */
  const char **column;      /* (n_columns) channels of CSV files by name; none before the first */
  const char *columns_from; /* that first file */
  size_t n_columns;
  size_t absent;           /* files that are not there, and may be so */
  size_t n_series, rising; /* series read; those whose first channel rises from step to step */
};

struct sample {
  const char *id, *client, *file;
  size_t line; /* or row, if line_is_row */
  bool line_is_row;
  uint8_t split;
  const char **class_name; /* (n_classes) of its label; single-label: one */
  size_t n_classes;
  int32_t label;             /* 0 if multi-label */
  uint8_t *labels;           /* (set's n_classes) 0 or 1 if multi-label, else NULL */
  const char **group;        /* (groups) */
  const struct value *value; /* (modalities) */
};

struct set {
  struct fray_arena *arena;
  const char *yaml, *raw; /* raw: folder */
  struct import_config config;
  size_t n_modalities, n_groups, n_classes, n;
  struct modality modality[FRAY_MAX_MODALITIES];
  const char *group[FRAY_IMPORT_GROUPS];
  const char **class_name;
  struct sample *sample;
  struct faults missing; /* files that cannot be read */
  bool any_gone;         /* one of them is not there */
  size_t without;        /* samples left out, since none of their files is there */
  struct left_out *left_out;
  size_t n_left_out, left_out_room;
  size_t unused[2]; /* samples of a pair's two sets that found no partner */
  const char *unused_of[2];
};

/** A value in memory, as the shard takes it. Free x. */
struct loaded {
  void *
      x; /* audio: int16 (length); series, features: float (length, channels); image, text: uint8 */
  size_t length, bytes;
  unsigned notes; /* FRAY_NOTE_* bits: what was done to it */
};

/** What a kind of modality does with a value. */
struct value_kind {
  enum fray_modality_kind kind;
  enum fray_status (*load)(struct modality *modality, const struct value *value, struct loaded *out,
                           struct fray_err *err);
};

/* ---- readers.c and the readers ---- */
struct reader {
  enum fray_status (*read)(struct set *set, const void *params, struct rows *out,
                           struct fray_err *err);
};

/** Index of a modality by name; INPUT names the nearest. where: key for the message. */
enum fray_status fray_import_modality(const struct set *set, const char *where, const char *name,
                                      size_t *out, struct fray_err *err);
/** raw + "/" + path. INPUT when path is absolute, empty, or has a ".." part. */
enum fray_status fray_import_path(const struct set *set, const char *path, const char **out,
                                  struct fray_err *err);
/** Text of a scalar node. what: key for the message. */
enum fray_status fray_import_scalar(const struct fray_node *node, const char *what,
                                    const char **out, struct fray_err *err);
/** INPUT with file and line unless the text of a file is UTF-8. */
enum fray_status fray_import_utf8(const char *path, const char *text, size_t size,
                                  struct fray_err *err);

/* ---- faults.c ---- */
void fray_faults_add(struct faults *faults, const char *text);
/** OK if there are none, else INPUT: "3 of 9 WHAT: ...; ...; ... and 1 moreHINT"; one fault stands
 *  for itself. Where there are many, a line on stderr for each (at most FAULTS_SHOWN) comes first.
 *  Releases the list. */
enum fray_status fray_faults_fail(struct faults *faults, const char *what, const char *hint,
                                  struct fray_err *err);

/* ---- present.c ---- */
/** Looks whether the files of a sample's values (modalities) are there and may be read. keep: one
 *  that is not there becomes an absent value; otherwise it is put down in set->missing. */
enum fray_status fray_files_check(struct set *set, bool keep, const struct sample *s,
                                  struct value *value, struct fray_err *err);
/** Says what was absent; INPUT names what is missing. */
enum fray_status fray_files_settle(struct set *set, struct fray_err *err);
/** Puts down a file that a reader does not take. */
enum fray_status fray_left_out_add(struct set *set, const char *path, bool by_case,
                                   struct fray_err *err);
/** Counts and names those that no other input took either. */
enum fray_status fray_left_out_say(struct set *set, struct fray_err *err);

/* ---- rows.c ---- */
/** Adds a field; texts (n) is borrowed. INPUT if there is one of that name. */
enum fray_status fray_rows_add(struct rows *rows, const char *name, const char **texts,
                               struct fray_arena *arena, struct fray_err *err);
/** Adds a column of a CSV file. */
enum fray_status fray_rows_add_column(struct rows *rows, const struct fray_csv *csv, size_t column,
                                      struct fray_arena *arena, struct fray_err *err);
const char **fray_rows_find(const struct rows *rows, const char *name); /* NULL if none */
/** Adds the fields of `derive`. */
enum fray_status fray_rows_derive(struct rows *rows, const struct fray_named *derive,
                                  struct fray_arena *arena, struct fray_err *err);
/** Fills a template such as "train/{row}" for every row: out (n). */
enum fray_status fray_rows_fill(const struct rows *rows, const char *what, const char *pattern,
                                struct fray_arena *arena, const char ***out, struct fray_err *err);
/** Decimal text of 0 .. n-1: field "row". */
enum fray_status fray_rows_number(struct rows *rows, struct fray_arena *arena,
                                  struct fray_err *err);
#define FRAY_WHOLE_FILE SIZE_MAX /* in place of a line: the file is about one row alone */
/** "FILE:LINE", "FILE, row N" or "FILE" into out. */
const char *fray_rows_where(const char *file, size_t line, bool line_is_row, char out[512]);

/* ---- csv.c, numbers.c, npy.c ---- */
/** INPUT: a separator that is not one character. */
enum fray_status fray_csv_rules_take(const struct csv_format *format, struct fray_csv_rules *out,
                                     struct fray_err *err);
/** A CSV file of at most 1 GiB; all of it in the arena. INPUT: it cannot be read, and as
 *  fray_csv_parse. */
enum fray_status fray_csv_read(const char *path, const struct fray_csv_rules *rules,
                               struct fray_arena *arena, struct fray_csv *out,
                               struct fray_err *err);
/** One number of decimal text, surrounded by nothing; false if it is none or not finite. */
bool fray_number_parse(const char *text, double *out);
/** What is wrong with a number that a float is to hold, for a message; NULL: nothing. */
const char *fray_number_flaw(bool is_number, double value);
/** Text matrix: numbers separated by blanks and tabs, or by commas, one row per line; empty lines
 * at the end are skipped. INPUT: ragged rows, empty cells, both kinds of separators (decimal
 * commas), anything else than finite numbers (with file and line). */
enum fray_status fray_matrix_read(const char *path, struct fray_arena *arena, float **out,
                                  size_t *rows, size_t *columns, struct fray_err *err);
/** A number per line as text, checked to be numbers; canonical decimal form ("1.0" -> "1");
 *  empty lines at the end are skipped. */
enum fray_status fray_column_read(const char *path, struct fray_arena *arena, const char ***out,
                                  size_t *n, struct fray_err *err);
/** What a file is by its first bytes: a .npy array, a .npz archive (or another zip file). */
enum numpy { NUMPY_NONE, NUMPY_ARRAY, NUMPY_ARCHIVE };
enum numpy fray_npy_look(const char *path);
/** NumPy .npy, format 1 to 3, little-endian float32 or float64, C order, 1-D or 2-D; values finite,
 *  size exact, at most 2^28 values. *x malloc'ed (length, width); 1-D: length 1, *flat true.
 *  INPUT otherwise. Source: NumPy enhancement proposal 1. */
enum fray_status fray_npy_read(const char *path, float **x, size_t *length, size_t *width,
                               bool *flat, struct fray_err *err);

/* ---- columns.c ---- */
/** Loads a series from a CSV file: the columns that the modality's configuration names, else those
 * of the first file, whatever their order. INPUT: another column, a cell that is no finite number.
 */
enum fray_status fray_series_csv(struct modality *modality, const char *path, struct loaded *out,
                                 size_t *width, struct fray_err *err);
/** Counts a series (length, width), and whether its first channel rises strictly, as time does. */
void fray_series_look(struct modality *modality, const struct loaded *series, size_t width);

/* ---- values.c ---- */
/** Empty state of a modality; config and arena are borrowed. */
void fray_modality_begin(struct modality *modality, const char *name,
                         const struct modality_config *config, struct fray_arena *arena);
/** Loads and converts a value; the first one of a modality settles its sizes. A value without path
 *  and data gives x NULL, length 0. INPUT with the path for whatever is wrong with it. */
enum fray_status fray_value_load(struct modality *modality, const struct value *value,
                                 struct loaded *out, struct fray_err *err);

/* ---- sounds.c ---- */
/** As fray_value_load, for sound. Notes: FRAY_NOTE_CLIPPED, SCALED, QUIET, RESAMPLED, MIXED,
 * HEADER. INPUT: also floats far beyond full scale. */
enum fray_status fray_load_audio(struct modality *modality, const struct value *value,
                                 struct loaded *out, struct fray_err *err);
/* ---- pictures.c ---- */
extern const struct fray_choice fray_value_image;
/** Grey or RGB for each modality of images, from the headers of all its files where `channels` is
 *  auto; says which. Files that cannot be read are left to fray_value_load. */
void fray_pictures_settle(struct set *set);
/* ---- lists.c ---- */
/** A text such as "['NORM', 'MI']": its items, of quoted texts or numbers (also in braces or
 *  parentheses, without commas, or none at all), into item (strlen / 2 + 1). False for any other
 *  text, such as a dictionary; and when memory is out, which the next allocation tells. */
bool fray_list_take(struct fray_arena *arena, const char *text, const char **item, size_t *n);
/** Warns of classes that look like sets. INPUT: task multi_label, no separator was given, and a
 * class is made of other classes. sorted (classes): in natural order. */
enum fray_status fray_lists_check(const struct set *set, const char *const *sorted,
                                  bool separator_given, struct fray_err *err);

/* ---- labels.c ---- */
/** What says the labels of an input's rows: texts, or columns of 0 and 1. */
struct label_texts {
  const char **label, *separator; /* (rows) */
  const struct fray_strings *columns;
  const char ***column; /* (columns)(rows) */
};
/** Finds them. INPUT: keys that do not fit the task or each other, an unknown field. */
enum fray_status fray_labels_fill(const struct set *set, const struct input_config *input,
                                  const struct rows *rows, struct label_texts *out,
                                  struct fray_err *err);
/** The names of a sample's classes. INPUT: a name that a shard would not hold, a column that holds
 *  neither 0 nor 1. */
enum fray_status fray_labels_take(const struct set *set, const struct label_texts *t, size_t row,
                                  struct sample *s, struct fray_err *err);
/** The list of classes, and every sample's codes. INPUT: a class that is not in a given list. */
enum fray_status fray_labels_settle(struct set *set, struct fray_err *err);

/* ---- set.c, splits.c, pair.c ---- */
/** Natural order of names: runs of digits compare as numbers ("s2" before "s10"). */
int fray_natural_order(const char *a, const char *b);
/** Brings names into their one form (fray_name_clean). */
enum fray_status fray_set_clean(const struct set *set, const char **name, size_t n,
                                struct fray_err *err);
/** Reads and checks a DATASET.yaml and all rows of its inputs; no values of files yet. Its dev
 * split is not drawn. raw: replaces the YAML's, or NULL; of a set within a pair: raw/NAME does. */
enum fray_status fray_set_load(const char *yaml, const char *raw, bool in_pair,
                               struct fray_arena *arena, struct set **out, struct fray_err *err);
/** Names in natural order without repeats: out (n) in the arena. */
enum fray_status fray_names_unique(const char *const *names, size_t n, struct fray_arena *arena,
                                   const char ***out, size_t *n_out, struct fray_err *err);
/** Place of a name in names (n, natural order), or n. */
size_t fray_names_find(const char *const *names, size_t n, const char *name);
/** Order of samples: by client (natural order), then as they came. order (n) in the arena. */
enum fray_status fray_set_order(const struct set *set, uint32_t **order, struct fray_err *err);
enum fray_status fray_split_test(struct set *set, struct fray_err *err);
enum fray_status fray_split_dev(struct set *set, struct fray_err *err);
/** Says before training what the test split cannot show: no sample, or few clients. */
enum fray_status fray_split_warn(const struct set *set, struct fray_err *err);
/** Joins the two sets that config.pair names into set (whose config is read). */
enum fray_status fray_set_pair(struct set *set, const char *raw, struct fray_err *err);

/* ---- tally.c ---- */
enum { TALLY_NAMES = 3 };
/** Of one modality: how many values have a note, and the names of the first ones (borrowed). */
struct tally {
  size_t n[FRAY_NOTE_KINDS];
  const char *name[FRAY_NOTE_KINDS][TALLY_NAMES];
  size_t repeated; /* values that were there before */
};
struct built;
/** Counts the notes of a present value, and whether it is all zero or constant; true if so. */
bool fray_tally_add(const struct set *set, const struct sample *s, size_t m,
                    const struct loaded *value, struct tally *tally);
/** "3 clipped, 12 resampled" in lines that begin at column indent; nothing if there is nothing. */
void fray_tally_counts(const struct tally *tally, size_t indent, struct fray_text *out);
/** One warning per modality and kind of note that may make numbers wrong. */
void fray_tally_warn(const struct set *set, const struct built *built);
/** The file of a value below the raw folder, or the sample's id. Borrowed. */
const char *fray_value_name(const struct set *set, const struct sample *s,
                            const struct value *value);
/** A warning in lines of 80 columns, with names (or NULL) below it. All of an import's are said by
 *  this. */
void fray_import_warn(const char *names, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- leaks.c ---- */
struct leaks; /* in the set's arena, 16 bytes for a value */
enum fray_status fray_leaks_begin(const struct set *set, struct leaks **out, struct fray_err *err);
/** Notes the content of a present value. sample: of the set. */
void fray_leaks_add(struct leaks *leaks, size_t sample, size_t m, const struct loaded *value);
/** Counts repeated values, and contents that stand in two splits, clients or classes, in built.
 *  Called once, when all values were added. */
void fray_leaks_count(struct leaks *leaks, struct built *built);
/** One warning per modality and kind of what was counted. */
void fray_leaks_warn(const struct leaks *leaks);

/* ---- build.c, plan.c ---- */
/** What came of it, for the printed plan. */
struct built {
  size_t shards;
  struct tally tally[FRAY_MAX_MODALITIES];
  size_t shortest[FRAY_MAX_MODALITIES], longest[FRAY_MAX_MODALITIES], n[FRAY_MAX_MODALITIES];
  double megabytes;
  struct fray_leaks leaks; /* over all modalities; what the last shard says */
};
/** Loads every value, client by client, and writes shards to folder (NULL: only checks). Warns of
 *  values and of contents that may make numbers wrong. */
enum fray_status fray_set_build(struct set *set, const char *folder, struct built *out,
                                struct fray_err *err);
/** The plan as a table. */
void fray_set_print(const struct set *set, const struct built *built, struct fray_text *out);

/** What the shards of an import say of their maker; by it they are known again. */
static const char import_maker[] = "fray import";

#endif
