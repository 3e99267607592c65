/* The data set of the targets; see the header. */
#include "fuzz_world.h"

#include "fray/base/hash.h"

#include <stdio.h>

static const char *const classes[] = {"no", "yes", "may be"}, *const clients[] = {"a", "b", "c"},
                         *const accents[] = {"north", "south"};
static const struct fray_modality modalities[] = {
    {.name = "sound", .kind = FRAY_AUDIO, .channels = 1, .time = 1600, .rate = 16000},
    {.name = "picture", .kind = FRAY_IMAGE, .channels = 3, .time = 1, .height = 8, .width = 8},
    {.name = "motion", .kind = FRAY_SERIES, .channels = 3, .time = 40, .rate = 50},
    {.name = "words", .kind = FRAY_TEXT, .channels = 1, .time = 80}};

static void fill(struct fray_dataset *d, bool sets) {
  static char name[WORLD_SAMPLES][16];
  static const char *id[WORLD_SAMPLES];
  static uint64_t source[WORLD_SAMPLES], client_source[WORLD_CLIENTS];
  static int32_t label[WORLD_SAMPLES];
  static uint8_t labels[WORLD_SAMPLES * 3], split[WORLD_SAMPLES], present[WORLD_SAMPLES];
  static uint32_t client[WORLD_SAMPLES];
  static uint16_t code[WORLD_SAMPLES];
  static struct fray_group group = {"accent", 2, (const char **)accents, code};
  for (int i = 0; i < WORLD_SAMPLES; i++) {
    snprintf(name[i], sizeof name[i], "train/%d", i);
    id[i] = name[i];
    source[i] = fray_hash_text(name[i]);
    label[i] = i % 3;
    labels[3 * i + i % 3] = labels[3 * i] = 1;
    split[i] = (uint8_t)(i % 4 == 3 ? FRAY_TEST : i % 4 == 2 ? FRAY_DEV : FRAY_TRAIN);
    present[i] = i == 5 ? 14 : 15;
    client[i] = (uint32_t)i / 4;
    code[i] = (uint16_t)(i / 6);
  }
  for (int c = 0; c < WORLD_CLIENTS; c++)
    client_source[c] = fray_hash_text(clients[c]);
  *d = (struct fray_dataset){.name = "world",
                             .licence = "",
                             .multi_label = sets,
                             .n_classes = 3,
                             .class_name = (const char **)classes,
                             .n_modalities = 4,
                             .n_samples = WORLD_SAMPLES,
                             .label = sets ? NULL : label,
                             .labels = sets ? labels : NULL,
                             .split = split,
                             .present = present,
                             .client = client,
                             .source = source,
                             .source_id = id,
                             .n_clients = WORLD_CLIENTS,
                             .client_name = (const char **)clients,
                             .client_source = client_source,
                             .n_groups = 1,
                             .group = &group};
  for (int m = 0; m < 4; m++)
    d->modality[m] = modalities[m];
}

const struct fray_dataset *fuzz_world(void) {
  static struct fray_dataset d;
  if (!d.n_samples)
    fill(&d, false);
  return &d;
}

const struct fray_dataset *fuzz_world_of_sets(void) {
  static struct fray_dataset d;
  if (!d.n_samples)
    fill(&d, true);
  return &d;
}

struct fray_population fuzz_population(const struct fray_dataset *d, bool train) {
  static uint32_t sample[WORLD_SAMPLES];
  for (uint32_t i = 0; i < WORLD_SAMPLES; i++)
    sample[i] = i;
  return (struct fray_population){.dataset = d,
                                  .n = WORLD_SAMPLES,
                                  .sample = sample,
                                  .client = d->client,
                                  .n_clients = WORLD_CLIENTS,
                                  .client_source = d->client_source,
                                  .client_name = d->client_name,
                                  .train = train};
}
