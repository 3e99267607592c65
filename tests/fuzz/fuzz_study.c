/* The study of the targets; see the header. */
#include "fuzz_study.h"
#include "fuzz.h"

#include "fray/base/file.h"
#include "fray/base/log.h"
#include "fray/comm/comm.h"
#include "fray/data/synth.h"
#include "fray/study/study.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char
    shards[] = "{clients: 3, test_clients: 2, samples: 6, classes: 3, sites: 2, modalities: "
               "['series:8x2', 'feature:4'], missing: 0.2, dev_fraction: 0.3}",
    scenario[] =
        "name: s\nseeds: {trial: [1, 2]}\ndata: {shards: ../shards}\n"
        "model: {hidden: 4, encoders: {series: {kind: conv_gru, filters: [2]}}}\n"
        "training: {rounds: 2, local: {epochs: 1, batch: 4}}\n"
        "corruption: [{id: lost, kind: missing_modality, at: train, rate: 0.3}]\n"
        "tests: {series_lost: {kind: missing_modality, modalities: [series], rate: [0, 1]}}\n"
        "evaluate: {metrics: [accuracy, nll], groups: [site], save_scores: true}\n"
        "membership: {held_out: 0.5}\n";

static void must(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fprintf(stderr, "fuzz: the study: %s\n", err->text);
  fuzz_must(status == FRAY_OK, "the study can be made");
}

static void make(void) {
  struct fray_err err = {0};
  struct fray_arena arena = {0};
  struct fray_node *node;
  struct fray_synth_config config;
  struct fray_comm *world;
  struct fray_study *study;
  const char *folder;
  char *words[] = {(char *)"fuzz", NULL}, **argv = words;
  int argc = 1;
  must(fray_comm_start(&argc, &argv, &world, &err), &err);
  fray_log_speaker(false);
  /* How a run goes on is not for who fuzzes, unless it fails. */
  fuzz_must(freopen(fuzz_path("study.log"), "w", stderr) != NULL, "there is room for a log");
  must(fray_yaml_parse(shards, "synth", &arena, &node, &err), &err);
  must(fray_schema_read(&fray_synth_table, node, "", &config, &arena, &err), &err);
  must(fray_synth(&config, fuzz_path("shards"), &err), &err);
  const char *path = fuzz_file("scenarios/s.yaml", scenario, sizeof scenario - 1);
  must(fray_study_load(path, NULL, 0, world, &study, &err), &err);
  const struct fray_run_options options = {.out = fuzz_path(FUZZ_STUDY),
                                           .no_report = true,
                                           .pace = fray_default_pace,
                                           .command = "fuzz"};
  must(fray_study_run(study, &options, world, &folder, &err), &err);
  fray_arena_free(&arena);
}

static void tell_log(int status) {
  struct fray_text text = {0};
  fray_file_read(fuzz_path("study.log"), 1 << 20, &text, NULL);
  fprintf(stderr, "fuzz: the study: wait status %d: %s\n", status, text.data ? text.data : "");
  fray_text_free(&text);
}

void fuzz_study_make(void) {
  static bool made;
  char names[3][512];
  int status = 1;
  if (made)
    return;
  made = true;
  const pid_t child = fork();
  if (child == 0) {
    make();
    _exit(0); /* MPI may leave what it likes behind */
  }
  const bool ended = child > 0 && waitpid(child, &status, 0) == child;
  if (!ended || status != 0)
    tell_log(status);
  fuzz_must(ended && status == 0, "the study can be made");
  static const char *const files[] = {
      "trials.csv",  "scores.csv",    "rounds.csv",      "conditions.csv", "strengths.csv",
      "clients.csv", "scenario.yaml", "provenance.json", "status.json",    "positions",
      "state",       "results.h5",    "membership.csv"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    snprintf(names[0], sizeof names[0], FUZZ_STUDY "/%s", files[i]);
    snprintf(names[1], sizeof names[1], "%s", fuzz_path(names[0]));
    snprintf(names[2], sizeof names[2], FUZZ_COPY "/%s", files[i]);
    struct fray_text text = {0};
    if (fray_file_read(names[1], 1 << 24, &text, NULL) == FRAY_OK)
      fuzz_file(names[2], text.data, text.size);
    fray_text_free(&text);
  }
}

struct fray_model *fuzz_study_model(void) {
  static const struct fray_feature_shape shapes[] = {
      {.kind = FRAY_FEATURE_VECTOR, .time = 1, .height = 1, .width = 1, .channels = 4},
      {.kind = FRAY_FEATURE_SEQUENCE, .time = 8, .height = 1, .width = 1, .channels = 2}};
  static const char *const names[] = {"feature", "series"};
  const struct fray_model_data data = {
      .n_modalities = 2, .n_classes = 3, .names = names, .shapes = shapes};
  struct fray_err err = {0};
  static struct fray_comm *alone; /* kept: the model is of the study's memory */
  static struct fray_study *study;
  struct fray_model *model;
  must(fray_comm_alone(&alone, &err), &err);
  must(fray_study_load(fuzz_path("scenarios/s.yaml"), NULL, 0, alone, &study, &err), &err);
  must(fray_model_new(&study->cell[0].config.model, &data, &model, &err), &err);
  return model;
}

/* In the order of trials.csv, which is not that of the names of their parts. */
const char *fuzz_study_trial(int which) {
  static char name[2][32]; /* readers copy 17 bytes */
  struct fray_text text = {0};
  if (!name[0][0]) {
    fuzz_must(fray_file_read(fuzz_path(FUZZ_STUDY "/trials.csv"), 1 << 20, &text, NULL) == FRAY_OK,
              "the study has trials");
    const char *at = text.data;
    for (int i = 0; i < 2; i++) {
      at = strchr(at, '\n') + 1;
      snprintf(name[i], 17, "%.*s", (int)strcspn(at, ","), at);
    }
    fray_text_free(&text);
  }
  return name[which];
}
