/* A data set while it is imported: checked samples whose values are not loaded yet. */
#ifndef FRAY_IMPORT_SAMPLE_SET_H
#define FRAY_IMPORT_SAMPLE_SET_H

#include "dataset_yaml.h"
#include "import/reader/raw_source.h"
#include "import/table/faults.h"

struct sample {
  const char *id, *client, *file;
  size_t line; /* or row, if line_is_row */
  bool line_is_row;
  uint8_t split;
  const char **class_name; /* (n_classes) of its label; single-label: one */
  size_t n_classes;
  int32_t label;       /* 0 if multi-label, or a string */
  uint8_t *labels;     /* (set's n_classes) 0 or 1 if multi-label, else NULL */
  const int16_t *word; /* (n_words) of a string; else NULL */
  size_t n_words;
  const char **group;        /* (groups) */
  const struct value *value; /* (modalities) */
};

struct set {
  struct source source;
  struct import_config config;
  size_t n_groups, n_classes, n;
  const char *group[FRAY_IMPORT_GROUPS];
  const char **class_name;
  struct sample *sample;
  struct faults missing; /* files that cannot be read */
  bool overlaps;         /* windows that another program cut overlap, as the YAML says */
  bool any_gone;         /* one of them is not there */
  size_t without;        /* samples left out, since none of their files is there */
  size_t unused[2];      /* samples of a pair's two sets that found no partner */
  const char *unused_of[2];
};

/** Reads and checks a DATASET.yaml and all rows of its inputs; no values of files yet. Its dev
 *  split is not drawn. raw: replaces the YAML's, or NULL; of a set within a pair: raw/NAME does. */
enum fray_status fray_set_load(const char *yaml, const char *raw, bool in_pair,
                               struct fray_arena *arena, struct set **out, struct fray_err *err);
/** Order of samples: by client (natural order), then as they came. order (n) in the arena. */
enum fray_status fray_set_order(const struct set *set, uint32_t **order, struct fray_err *err);
/** The file of a value below the raw folder, or the sample's id. Borrowed. */
const char *fray_value_name(const struct set *set, const struct sample *s,
                            const struct value *value);
/** The stretch of a recording that it is a window of; NULL: of none. */
const struct stretch *fray_sample_stretch(const struct set *set, const struct sample *s);
/** Where a sample stands, as fray_rows_where. */
const char *fray_sample_where(const struct sample *s, char out[512]);

/* pair.c */
/** Joins the two sets that config.pair names into set (whose config is read). INPUT: other classes,
 *  a name that both have, no pair at all. */
enum fray_status fray_set_pair(struct set *set, const char *raw, struct fray_err *err);

#endif
