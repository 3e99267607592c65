/* What is known of one sample in both states, and the files that show it. */
#ifndef REPORT_SPECIMEN_PARTS_H
#define REPORT_SPECIMEN_PARTS_H

#include "report/sample/redo.h"

/** Both values of one modality. */
struct specimen_value {
  const struct fray_modality *modality;
  struct fray_rep_value clean, damaged;
  bool hit;             /* a raw value was damaged */
  char strengths[160];  /* "snr_db 10, share 0.2", of the entries that hit it */
  double raw, features; /* distances as fray_features_distance; NaN: not known */
  double changed;       /* share of the numbers that differ, of a text its edits; NaN: not known */
  double snr_db;        /* of sound; else NaN */
};
struct specimen {
  const struct fray_dataset *data;
  size_t sample; /* index into the data */
  size_t n;      /* modalities */
  struct specimen_value value[FRAY_MAX_MODALITIES];
  const char *words;    /* of the entries: "{kind: fog, severity: 3}" */
  const char *label[2]; /* class names, without damage and with; "" none */
  uint64_t seed;
};

/** Name of the file of a value, below the folder: "audio-clean.wav". */
void specimen_file_name(const struct specimen_value *value, bool damaged, char out[300]);
/** Its content. MEMORY. */
enum fray_status specimen_file(const struct specimen_value *value, bool damaged,
                               struct fray_text *out, struct fray_err *err);
/** measures.csv: modality,strengths,distance,snr_db,changed,feature_distance. */
void specimen_measures(const struct specimen *s, struct fray_text *out);
/** index.html. MEMORY. */
enum fray_status specimen_page(const struct specimen *s, struct fray_text *out,
                               struct fray_err *err);

#endif
