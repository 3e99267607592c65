/* DATASET.yaml as structs. */
#ifndef FRAY_IMPORT_DATASET_YAML_H
#define FRAY_IMPORT_DATASET_YAML_H

#include "fray/schema/schema.h"

enum { FRAY_IMPORT_GROUPS = 32 };

enum absent { ABSENT_REFUSE, ABSENT_KEEP };
#define LABEL_DEFAULT "{label}"
struct input_config {
  struct fray_variant reader; /* params belong to the reader */
  const char *id, *client, *label, *split;
  const char *label_separator;       /* multi-label; NULL: ";" */
  struct fray_strings label_columns; /* multi-label: in place of `label` */
  int absent;                        /* enum absent */
  struct fray_named derive;          /* field name -> struct derive_config */
  struct fray_items join;            /* struct join_config */
  struct fray_named where;           /* field name -> struct where_config */
};

enum test_of { TEST_OF_CLIENTS, TEST_OF_SAMPLES };
struct test_config {
  struct fray_strings clients;
  double fraction;
  int of;
  const char *stratify; /* "label", a group or NULL */
};
enum dev_from { DEV_FROM_TRAIN, DEV_FROM_TEST };
enum dev_by { BY_WINDOW, BY_BLOCK, BY_CLIENT };
enum dev_within { WITHIN_CLIENT, WITHIN_ALL };
struct dev_config {
  int from, by, within;
  double fraction;
  struct fray_strings clients;
  const char *stratify;
};
/* Sizes below which a client or a class is left out; INT64_MIN: none. */
struct least_config {
  int64_t client, label;
  int of; /* enum counted_of */
};
/* How many clients and classes stay, the largest first; INT64_MIN: all. */
struct frequent_config {
  int64_t client, label;
  int of; /* enum counted_of */
};
/* Samples that sizes are counted over: all, or those of a split that the inputs give. */
enum counted_of { COUNTED_ALL, COUNTED_TRAIN, COUNTED_DEV, COUNTED_TEST };
struct folds_config {
  const char *of, *stratify; /* "client" or a group; "label", a group or NULL */
  int64_t k;                 /* INT64_MIN: no folds */
};
struct pair_config {
  const char *first, *second; /* YAMLs; both NULL unless the set is a pair */
};
struct strings_config {
  const char *from; /* modality; NULL: no strings */
  int64_t per_client;
  struct fray_ints length;  /* least, most words */
  struct fray_reals gap_ms; /* likewise */
};
struct shards_config {
  double megabytes;
  int64_t clients; /* INT64_MIN = no bound */
  bool gzip;
};

/* Sequences are made of samples of one label, by `strings`. */
enum task { TASK_SINGLE_LABEL, TASK_MULTI_LABEL, TASK_SEQUENCE };
struct import_config {
  int task; /* enum task */
  const char *name, *licence, *source, *raw;
  double overlap;
  struct fray_strings classes, groups;
  struct fray_named modalities; /* struct modality_config */
  struct fray_items inputs;     /* struct input_config */
  struct pair_config pair;
  struct least_config at_least;
  struct frequent_config most_frequent;
  struct test_config test;
  struct dev_config dev;
  struct folds_config folds;
  struct strings_config strings;
  struct shards_config shards;
  int64_t seed;
};

#endif
