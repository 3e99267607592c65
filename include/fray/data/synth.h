/* Parametric multimodal shards of any size, for smoke and scale tests. */
#ifndef FRAY_DATA_SYNTH_H
#define FRAY_DATA_SYNTH_H

#include "fray/base/status.h"
#include "fray/schema/schema.h"

#include <stdbool.h>
#include <stdint.h>

/** Each class has a prototype in each modality: a waveform per channel (series), three
 * swelling tones (audio), a plane wave (image), a point (feature). A sample is separation x
 * prototype (the sum of its classes' prototypes in a multi-label set) + shift x an offset of its
 * client + standard normal noise, so every modality alone tells the classes apart. */
struct fray_synth_config {
  const char *name;
  int task;          /* enum: single_label, multi_label */
  double label_rate; /* multi_label: chance of each class to be in a sample's set */
  int64_t clients, dev_clients, test_clients; /* that train; that hold dev, test samples only */
  int64_t samples;                            /* of each client */
  int64_t classes, sites, shards;
  double dev_fraction;            /* of each training client's samples, rounded down */
  double separation, shift;       /* in deviations of the noise */
  double missing;                 /* chance that a sample lacks a modality; one always stays */
  double audio_rate;              /* Hz */
  struct fray_strings modalities; /* "series:64x3", "image:12x12x1", "audio:2000", "feature:16" or
                                     "feature:10x16"; named by kind: series, series2, ... */
  bool ragged, gzip;              /* ragged: series and audio of half to full length */
  int64_t seed;
};
extern const struct fray_table fray_synth_table;

/** Writes shard-0000.h5 ... into a folder beside, which becomes out when it is whole. Group column:
 * site. The same configuration gives the same bytes. INPUT: out exists, a modality that is not
 * understood. IO. */
enum fray_status fray_synth(const struct fray_synth_config *config, const char *out,
                            struct fray_err *err);

#endif
