/* A small study that is really run, on shards of every kind of modality whose names would be
 * markup. */
#ifndef TESTS_REPORT_STRANGE_STUDY_H
#define TESTS_REPORT_STRANGE_STUDY_H

#include "folder.h"

#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/data/shard_writer.h"
#include "fray/study/study.h"

#include <math.h>
#include <unistd.h>

enum { STRANGE_CLIENTS = 7, STRANGE_EACH = 12, STRANGE_SAMPLES = STRANGE_CLIENTS * STRANGE_EACH };
enum { STRANGE_CLASSES = 3, STRANGE_KINDS = 5, TALL = 5, BROAD = 6, TONES = 400 };

static inline void fine(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

/* One value of a sample: its class and noise, in the units of the kind. */
static inline size_t strange_value(enum fray_modality_kind kind, size_t i, int32_t label,
                                   void *out) {
  struct fray_rng rng = fray_rng_for(7, "strange", i, (uint64_t)kind, 0);
  switch (kind) {
  case FRAY_FEATURES:
    for (int k = 0; k < 8; k++)
      ((float *)out)[k] = (float)(fray_rng_normal(&rng) + (k % STRANGE_CLASSES == label));
    return 1;
  case FRAY_IMAGE:
    for (int k = 0; k < TALL * BROAD; k++)
      ((uint8_t *)out)[k] = (uint8_t)(fray_rng_below(&rng, 156) + 33 * (unsigned)label);
    return 1;
  case FRAY_SERIES:
    for (int k = 0; k < 20 * 2; k++)
      ((float *)out)[k] = (float)fray_rng_normal(&rng) + 0.5f * (float)label;
    return 20;
  case FRAY_AUDIO:
    for (int k = 0; k < TONES; k++)
      ((int16_t *)out)[k] =
          (int16_t)(8000 * sin(0.1 * k * (label + 1)) + 900 * fray_rng_normal(&rng));
    return TONES;
  case FRAY_TEXT:
    break;
  }
  return (size_t)sprintf(out, "%s <script>alert(%zu)</script> & so on", label ? "well" : "oh", i);
}

/* Unlabelled: sample 80, of the test; without a sound: every ninth. */
static inline void write_strange_shard(const char *folder) {
  static const char *const classes[] = {"<b>one</b>", "two & 'half'", "\"three\""};
  static const struct fray_modality kinds[STRANGE_KINDS] = {
      {.name = "feature", .kind = FRAY_FEATURES, .channels = 8, .time = 1},
      {.name = "image",
       .kind = FRAY_IMAGE,
       .channels = 1,
       .time = 1,
       .height = TALL,
       .width = BROAD},
      {.name = "motion", .kind = FRAY_SERIES, .channels = 2, .time = 20, .rate = 10},
      {.name = "voice", .kind = FRAY_AUDIO, .channels = 1, .time = TONES, .rate = 4000},
      {.name = "words", .kind = FRAY_TEXT, .channels = 1, .time = 80, .ragged = true}};
  static int32_t label[STRANGE_SAMPLES];
  static uint8_t split[STRANGE_SAMPLES], present[STRANGE_SAMPLES];
  static char source[STRANGE_SAMPLES][40], client[STRANGE_CLIENTS][40];
  static const char *sources[STRANGE_SAMPLES], *clients[STRANGE_CLIENTS];
  static int64_t first[STRANGE_CLIENTS], count[STRANGE_CLIENTS], length[STRANGE_SAMPLES];
  char buffer[4096];
  for (size_t c = 0; c < STRANGE_CLIENTS; c++) {
    snprintf(client[c], sizeof client[c], "\"><i>client %zu", c);
    clients[c] = client[c];
    first[c] = (int64_t)(c * STRANGE_EACH);
    count[c] = STRANGE_EACH;
  }
  for (size_t i = 0; i < STRANGE_SAMPLES; i++) {
    snprintf(source[i], sizeof source[i], "<img src=x>/%zu", i);
    sources[i] = source[i];
    label[i] = i == 80 ? FRAY_UNLABELLED : (int32_t)(i % STRANGE_CLASSES);
    split[i] = i / STRANGE_EACH >= 4 ? FRAY_TEST : i % 6 == 5 ? FRAY_DEV : FRAY_TRAIN;
    present[i] = i % 9 == 0 ? 0x17 : 0x1f;
    length[i] = (int64_t)strange_value(FRAY_TEXT, i, label[i], buffer);
  }
  struct fray_shard_plan plan = {.dataset = "strange",
                                 .licence = "none",
                                 .source = "made up",
                                 .created_by = "a test",
                                 .n_classes = STRANGE_CLASSES,
                                 .class_name = classes,
                                 .n_samples = STRANGE_SAMPLES,
                                 .label = label,
                                 .split = split,
                                 .source_id = sources,
                                 .n_clients = STRANGE_CLIENTS,
                                 .client_name = clients,
                                 .client_first = first,
                                 .client_count = count,
                                 .n_modalities = STRANGE_KINDS,
                                 .present = present,
                                 .length = {[4] = length}};
  struct fray_shard_writer *writer;
  struct fray_err err = {0};
  memcpy(plan.modality, kinds, sizeof kinds);
  fine(fray_make_folders(path_in(folder, "data"), &err), &err);
  fine(fray_shard_create(path_in(folder, "data/shard.h5"), &plan, &writer, &err), &err);
  for (size_t i = 0; i < STRANGE_SAMPLES; i++)
    for (size_t m = 0; m < STRANGE_KINDS; m++) {
      const size_t steps = strange_value(kinds[m].kind, i, label[i], buffer);
      fine(fray_shard_append(writer, m, buffer, present[i] >> m & 1 ? steps : 0, &err), &err);
    }
  fine(fray_shard_finish(writer, &err), &err);
}

/* Two models, two seeds, damage in training and at test, of what is lost and of what is noisy, by
 * shares that are drawn exactly, one after another. */
static const char strange_yaml[] =
    "name: strange\nseeds: {trial: [4, 9], corruption: per_trial}\ndata: {shards: data}\n"
    "model: {fusion: concat, hidden: 6, encoders: {motion: {kind: conv_gru, filters: [4]},"
    " voice: {kind: conv_gru, filters: [4]}}}\n"
    "training: {rounds: 2, clients_per_round: 3, local: {batch: 5, lr: 0.05}}\n"
    "methods:\n  '</th><u>joined': {}\n  late: {model.fusion: late}\n"
    "corruption:\n  - {id: lost, kind: missing_modality, rate: 0}\n"
    "tests:\n"
    "  gone: {kind: missing_modality, modalities: [words], rate: [0.5, 1]}\n"
    "  noisy: {kind: gaussian_noise, sigma: [0, 0.2, 0.9]}\n"
    "  loud: {kind: noise, snr_db: [20, 0], who: 0.5}\n"
    "  several: [{kind: missing_modality, modalities: [motion], rate: [0.3, 0.6], draw: exact},"
    " {kind: gaussian_noise, sigma: 0.3}]\n"
    "evaluate: {metrics: [accuracy], save_scores: true}\n"
    "sweep: [{grid: {method: ['</th><u>joined', late], lost.rate: [0, 0.5]}}]\n"
    "controls: [all_missing]\n";

/* Leaves FOLDER/results. */
static inline void run_strange(const char *folder, struct fray_comm *comm) {
  struct fray_err err = {0};
  struct fray_study *study;
  const char *where;
  write_strange_shard(folder);
  put_file(path_in(folder, "s.yaml"), strange_yaml, strlen(strange_yaml));
  fine(fray_study_load(path_in(folder, "s.yaml"), NULL, 0, comm, &study, &err), &err);
  const struct fray_run_options options = {.out = path_in(folder, "results"),
                                           .no_report = true,
                                           .pace = fray_default_pace,
                                           .command = "test"};
  fine(fray_study_run(study, &options, comm, &where, &err), &err);
  fray_study_free(study);
}

#endif
