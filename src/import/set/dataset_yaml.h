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
