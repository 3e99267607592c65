/* DATASET.yaml as structs. */
#ifndef FRAY_IMPORT_CONFIG_H
#define FRAY_IMPORT_CONFIG_H

#include "fray/schema/schema.h"

/* How a CSV file is written; the keys stand beside those of who reads it. */
struct csv_format {
  const char *separator; /* NULL: a comma */
  int quoting, header;   /* enum quoting, enum fray_csv_header */
  bool quotes;           /* false is as quoting: none */
};
enum quoting { QUOTING_RFC4180, QUOTING_NONE };
extern const char *const csv_quotings[], *const csv_headers[];
#define CSV_FORMAT_FIELDS(STRUCT, MEMBER)                                                          \
  FRAY_FIELD(STRING, "separator", STRUCT, MEMBER.separator, .optional = true,                      \
             .help = "CSV: character between columns; default: a comma"),                          \
      FRAY_FIELD(ENUM, "quoting", STRUCT, MEMBER.quoting, .def_text = "rfc4180",                   \
                 .names = csv_quotings,                                                            \
                 .help = "CSV: none takes quotes as letters, as many TSV files of texts do"),      \
      FRAY_FIELD(BOOL, "quotes", STRUCT, MEMBER.quotes, .def = 1,                                  \
                 .help = "CSV: false is the same as `quoting: none`"),                             \
      FRAY_FIELD(ENUM, "header", STRUCT, MEMBER.header, .def_text = "names", .names = csv_headers, \
                 .help =                                                                           \
                     "CSV: what the first line is: names; names that may all be numbers; none: "   \
                     "a row, columns are named 1, 2, ...")

struct audio_config {
  double rate;       /* Hz; NaN = that of the first file */
  int mix;           /* enum mix */
  double full_scale; /* of files of floats */
};
enum mix { MIX_MEAN, MIX_FIRST };

struct image_config {
  struct fray_ints size; /* height, width; empty = that of the first image */
  int channels;          /* enum colour */
  int64_t maximum;       /* the 16-bit value that is white; INT64_MIN = the highest of the file */
};
enum colour { COLOUR_AUTO, COLOUR_GREY, COLOUR_RGB };

struct series_config {
  double rate; /* Hz; 0 = none */
  const char *unit;
  struct fray_strings columns; /* of CSV files; empty = those of the first file */
  struct csv_format format;
};
struct feature_config {
  const char *unit;
};
struct modality_config {
  struct fray_variant kind; /* its params: one of the above */
};

struct derive_config { /* a field worked out from another */
  const char *from;
  const struct fray_node *values; /* map text -> text */
  const char *otherwise;          /* NULL: any other value is an error */
};
enum absent { ABSENT_REFUSE, ABSENT_KEEP };
#define LABEL_DEFAULT "{label}"
struct input_config {
  struct fray_variant reader; /* params belong to the reader */
  const char *id, *client, *label, *split;
  const char *label_separator;       /* multi-label; NULL: ";" */
  struct fray_strings label_columns; /* multi-label: in place of `label` */
  int absent;                        /* enum absent */
  struct fray_named derive;          /* field name -> struct derive_config */
};

enum test_of { TEST_OF_CLIENTS, TEST_OF_SAMPLES };
struct test_config {
  struct fray_strings clients;
  double fraction;
  int of;
};
enum dev_from { DEV_FROM_TRAIN, DEV_FROM_TEST };
enum dev_by { BY_WINDOW, BY_BLOCK };
enum dev_within { WITHIN_CLIENT, WITHIN_ALL };
struct dev_config {
  int from, by, within;
  double fraction;
};
struct pair_config {
  const char *first, *second; /* YAMLs; both NULL unless the set is a pair */
};
struct shards_config {
  double megabytes;
  int64_t clients; /* INT64_MIN = no bound */
  bool gzip;
};

enum task { TASK_SINGLE_LABEL, TASK_MULTI_LABEL };
struct import_config {
  int task; /* enum task */
  const char *name, *licence, *source, *raw;
  double overlap;
  struct fray_strings classes, groups;
  struct fray_named modalities; /* struct modality_config */
  struct fray_items inputs;     /* struct input_config */
  struct pair_config pair;
  struct test_config test;
  struct dev_config dev;
  struct shards_config shards;
  int64_t seed;
};

#endif
