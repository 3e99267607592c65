/* Synthetic data sets: the plan of each shard, and its writing. Everything about a sample is drawn
 * from its name ("c3/17"), so shards are made one after the other in the memory of one, and a set
 * of a million clients begins with the samples that a set of ten has. */
#include "fray/data/synth.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/hash.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/data/shard_writer.h"
#include "synth_signal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SINGLE_LABEL, MULTI_LABEL };
static const char *const task_names[] = {"single_label", "multi_label", NULL};

#define KEY(TYPE, NAME, ...) FRAY_FIELD(TYPE, #NAME, struct fray_synth_config, NAME, __VA_ARGS__)
static const struct fray_field fields[] = {
    KEY(STRING, name, .def_text = "synthetic", .help = "name of the data set"),
    KEY(ENUM, task, .def_text = "single_label", .names = task_names,
        .help = "single_label: one class per sample; multi_label: a set of classes, maybe empty"),
    KEY(REAL, label_rate, .def = 0.3, .min = 0, .max = 1, .open_min = true, .open_max = true,
        .help = "multi_label: chance of each class, by itself, to be in a sample's set; so with C "
                "classes (1 - label_rate)^C of the sets are empty"),
    KEY(INT, clients, .def = 20, .min = 1, .max = 1 << 24, .help = "clients that train"),
    KEY(INT, test_clients, .def = 5, .min = 0, .max = 1 << 24,
        .help = "further clients, whose samples are the test split"),
    KEY(INT, dev_clients, .def = 0, .min = 0, .max = 1 << 24,
        .help = "further clients, whose samples are in the dev split"),
    KEY(INT, samples, .def = 40, .min = 1, .max = 1 << 20, .help = "samples of each client"),
    KEY(INT, classes, .def = 4, .min = 2, .max = 32767, .help = "number of classes"),
    KEY(INT, sites, .def = 3, .min = 1, .max = 60000,
        .help = "values of the group column site; client k belongs to site k mod sites"),
    KEY(INT, shards, .def = 1, .min = 1, .max = 10000, .help = "files"),
    KEY(REAL, dev_fraction, .def = 0.2, .min = 0, .max = 1, .open_max = true,
        .help = "share of each training client's samples in the dev split"),
    KEY(REAL, separation, .def = 1, .min = 0, .max = 100,
        .help = "size of the class signal in deviations of the noise"),
    KEY(REAL, shift, .def = 0.3, .min = 0, .max = 100,
        .help = "size of the clients' offsets in deviations of the noise"),
    KEY(REAL, missing, .def = 0, .min = 0, .max = 1, .open_max = true,
        .help = "chance that a sample lacks a modality; at least one stays"),
    KEY(REAL, audio_rate, .def = 8000, .min = 1000, .max = 192000, .unit = "Hz",
        .help = "sampling rate of audio"),
    KEY(STRINGS, modalities, .def_text = "[\"series:64x3\", \"feature:16\"]",
        .help = "KIND:SIZE of each: series:TxC, audio:N, image:HxWxC, text:WORDS, feature:C or "
                "feature:TxC"),
    KEY(BOOL, ragged, .def = 0, .help = "series, audio and text of half to full length"),
    KEY(BOOL, gzip, .def = 0, .help = "compress the shards"),
    KEY(INT, seed, .def = 1, .min = 0, .max = 9e15, .help = "seed of everything"),
};
#undef KEY
FRAY_TABLE(fray_synth_table, "synth", struct fray_synth_config, fields,
           .help = "A synthetic multimodal data set.");

/* One shard in the making: clients first .. first+n-1 of all. */
struct synth {
  const struct fray_synth_config *config;
  struct fray_modality modality[FRAY_MAX_MODALITIES];
  struct fray_arena *arena;
  size_t first, n;
};

/* Sizes "AxBxC" after the colon of text; returns how many, 0 when it is written otherwise. */
static int parse_sizes(const char *text, size_t size[3]) {
  const char *at = strchr(text, ':');
  if (!at)
    return 0;
  for (int n = 0; n < 3; n++) {
    size_t digits = strspn(++at, "0123456789");
    if (digits < 1 || digits > 5 || (size[n] = (size_t)atol(at)) == 0)
      return 0;
    at += digits;
    if (*at == '\0')
      return n + 1;
    if (*at != 'x')
      return 0;
  }
  return 0;
}

/* "KIND:AxBxC" */
static enum fray_status parse_modality(const struct synth *s, const char *text,
                                       struct fray_modality *m, struct fray_err *err) {
  size_t size[3] = {0}, a, b, c, letters = strcspn(text, ":");
  int n = parse_sizes(text, size), k = 0;
  a = size[0], b = size[1], c = size[2];
  while (fray_modality_kind_names[k] && (strlen(fray_modality_kind_names[k]) != letters ||
                                         strncmp(fray_modality_kind_names[k], text, letters) != 0))
    k++;
  /* Beyond the last kind if there is none of that name; `good` is false then. */
  m->kind = (enum fray_modality_kind)k;
  /* One message for all faults: it shows how each kind is written. */
  bool good = fray_modality_kind_names[k] && n >= 1;
  switch (m->kind) {
  case FRAY_SERIES:
    good = good && n == 2;
    /* 50 Hz as phones record motion; nothing depends on it but what is printed. */
    m->time = a, m->channels = b, m->rate = 50;
    break;
  case FRAY_AUDIO:
    good = good && n == 1;
    m->time = a, m->channels = 1, m->rate = s->config->audio_rate;
    break;
  case FRAY_TEXT:
    good = good && n == 1;
    m->time = a, m->channels = 1; /* words here; in the shard, bytes */
    break;
  case FRAY_IMAGE:
    good = good && n >= 2 && (n == 2 || c == 1 || c == 3);
    m->time = 1, m->height = a, m->width = b, m->channels = n == 2 ? 1 : c;
    break;
  default:
    good = good && n <= 2;
    m->time = n == 2 ? a : 1, m->channels = n == 2 ? b : a;
  }
  FRAY_CHECK(good, err, INPUT,
             "modalities: \"%.80s\" is none of series:TxC, audio:N, image:HxW or HxWxC (C 1 or 3), "
             "text:WORDS, feature:C or TxC, with sizes up to 99999",
             text);
  m->unit = "";
  /* Words differ in bytes, so texts are ragged whatever the number of words. */
  m->ragged = m->kind == FRAY_TEXT ||
              (s->config->ragged && (m->kind == FRAY_SERIES || m->kind == FRAY_AUDIO));
  return FRAY_OK;
}

static enum fray_status parse_modalities(struct synth *s, struct fray_err *err) {
  size_t n = s->config->modalities.n;
  FRAY_CHECK(n >= 1 && n <= FRAY_MAX_MODALITIES, err, INPUT,
             "modalities: %zu of them, expected 1 to %d", n, FRAY_MAX_MODALITIES);
  for (size_t m = 0; m < n; m++) {
    FRAY_TRY(parse_modality(s, s->config->modalities.v[m], &s->modality[m], err));
    size_t same = 1;
    for (size_t k = 0; k < m; k++)
      same += s->modality[k].kind == s->modality[m].kind;
    /* series, series2, ...: the names of the first set that a user writes need no thought. */
    const char *kind = fray_modality_kind_names[s->modality[m].kind];
    s->modality[m].name = same == 1 ? kind : fray_arena_printf(s->arena, "%s%zu", kind, same);
    FRAY_CHECK(s->modality[m].name, err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* Each is lost on its own; where all were, one of them stays, for no shard holds a sample without
 * any modality. */
static uint8_t draw_present(const struct synth *s, uint64_t source) {
  size_t n = s->config->modalities.n;
  struct fray_rng rng = fray_rng_for((uint64_t)s->config->seed, "synth/present", source, 0, 0);
  unsigned present = 0;
  for (size_t m = 0; m < n; m++)
    present |= (unsigned)(fray_rng_uniform(&rng) >= s->config->missing) << m;
  return (uint8_t)(present ? present : 1u << fray_rng_below(&rng, n));
}

/* Half to full length, each alike. */
static int64_t draw_length(const struct synth *s, size_t m, uint64_t source) {
  const struct fray_modality *modality = &s->modality[m];
  struct fray_rng rng = fray_rng_for((uint64_t)s->config->seed, "synth/length", source, m, 0);
  size_t half = (modality->time + 1) / 2;
  return (int64_t)(half + fray_rng_below(&rng, modality->time - half + 1));
}

/* The arrays of a plan, which borrows them; all in the arena. */
struct arrays {
  int32_t *label;
  uint8_t *labels; /* (n, classes) if multi-label */
  uint8_t *split, *present;
  uint16_t *site;
  const char **source_id, **client_name, **class_name;
  int64_t *first, *count, *length[FRAY_MAX_MODALITIES];
};

/* One shard's arrays; those that a task or a modality does not need stay NULL, which the plan takes
 * as a statement. */
static enum fray_status allocate(const struct synth *s, struct arrays *a, struct fray_err *err) {
  size_t n = s->n * (size_t)s->config->samples;
  FRAY_ALLOC(a->label, s->arena, n, err);
  if (s->config->task == MULTI_LABEL)
    FRAY_ALLOC(a->labels, s->arena, n * (size_t)s->config->classes, err);
  FRAY_ALLOC(a->split, s->arena, n, err);
  FRAY_ALLOC(a->present, s->arena, n, err);
  FRAY_ALLOC(a->site, s->arena, n, err);
  FRAY_ALLOC(a->source_id, s->arena, n, err);
  FRAY_ALLOC(a->client_name, s->arena, s->n, err);
  FRAY_ALLOC(a->first, s->arena, s->n, err);
  FRAY_ALLOC(a->count, s->arena, s->n, err);
  FRAY_ALLOC(a->class_name, s->arena, s->config->classes, err);
  for (size_t m = 0; m < s->config->modalities.n; m++)
    if (s->modality[m].ragged)
      FRAY_ALLOC(a->length[m], s->arena, n, err);
  return FRAY_OK;
}

/* One class, or one draw for each; the rate does not change what a draw is compared with. */
static void draw_label(const struct synth *s, const struct arrays *a, size_t i, uint64_t source) {
  const struct fray_synth_config *c = s->config;
  struct fray_rng rng = fray_rng_for((uint64_t)c->seed, "synth/label", source, 0, 0);
  if (!a->labels) {
    a->label[i] = (int32_t)fray_rng_below(&rng, (uint64_t)c->classes);
    return;
  }
  for (size_t k = 0; k < (size_t)c->classes; k++)
    a->labels[i * (size_t)c->classes + k] = fray_rng_uniform(&rng) < c->label_rate;
}

/* Everything a value depends on, and nothing of shards or order: so their number changes no byte of
 * a sample. */
static struct synth_sample sample_of(const struct synth *s, const struct arrays *a, size_t i,
                                     size_t m) {
  size_t classes = (size_t)s->config->classes;
  return (struct synth_sample){.seed = (uint64_t)s->config->seed,
                               .source = fray_hash_text(a->source_id[i]),
                               .client =
                                   fray_hash_text(a->client_name[i / (size_t)s->config->samples]),
                               .modality = m,
                               .classes = classes,
                               .label = a->labels ? 0 : (size_t)a->label[i],
                               .labels = a->labels ? a->labels + i * classes : NULL,
                               .separation = s->config->separation,
                               .shift = s->config->shift};
}

/* Text of a sample, or only its bytes (out NULL). */
static size_t make_text(const struct synth *s, const struct arrays *a, size_t i, size_t m,
                        uint8_t *out) {
  struct synth_sample sample = sample_of(s, a, i, m);
  /* Lengths of text are drawn in words; bytes follow from the words. */
  size_t words = s->config->ragged ? (size_t)draw_length(s, m, sample.source) : s->modality[m].time;
  return synth_text(&sample, words, out);
}

/* Names of one size in one block: an arena rounds small pieces up. */
enum { NAME = 24 };

static void fill_client(const struct synth *s, const struct arrays *a, size_t k, char *names) {
  const struct fray_synth_config *c = s->config;
  size_t samples = (size_t)c->samples, number = s->first + k;
  /* The first of each client: classes are drawn at random, so no order is in them. */
  size_t dev = (size_t)(c->dev_fraction * (double)samples);
  bool evaluates = number >= (size_t)c->clients;
  bool tests = number >= (size_t)(c->clients + c->dev_clients);
  a->first[k] = (int64_t)(k * samples);
  a->count[k] = c->samples;
  for (size_t j = 0; j < samples; j++) {
    size_t i = k * samples + j;
    /* The name is the key of all draws of the sample, here and in every corruption later. */
    snprintf(names + j * NAME, NAME, "c%zu/%zu", number, j);
    uint64_t source = fray_hash_text(names + j * NAME);
    a->source_id[i] = names + j * NAME;
    draw_label(s, a, i, source);
    /* Clients in the order training, dev, test: a number tells what a client is for. */
    a->split[i] = tests ? FRAY_TEST : evaluates || j < dev ? FRAY_DEV : FRAY_TRAIN;
    /* Clients go round the sites, so each split has about as many of each. */
    a->site[i] = (uint16_t)(number % (size_t)c->sites);
    a->present[i] = draw_present(s, source);
    for (size_t m = 0; m < c->modalities.n; m++)
      if (a->length[m])
        a->length[m][i] = s->modality[m].kind == FRAY_TEXT ? (int64_t)make_text(s, a, i, m, NULL)
                                                           : draw_length(s, m, source);
  }
}

/* Names first: every draw below is keyed by them. */
static enum fray_status fill(const struct synth *s, struct arrays *a, struct fray_err *err) {
  size_t samples = (size_t)s->config->samples;
  char *names = fray_arena_alloc(s->arena, s->n * samples, NAME);
  char *clients = fray_arena_alloc(s->arena, s->n, NAME);
  FRAY_CHECK(names && clients, err, MEMORY, "out of memory");
  for (size_t k = 0; k < s->n; k++) {
    snprintf(clients + k * NAME, NAME, "c%zu", s->first + k);
    a->client_name[k] = clients + k * NAME;
    fill_client(s, a, k, names + k * samples * NAME);
  }
  for (size_t c = 0; c < (size_t)s->config->classes; c++)
    FRAY_CHECK(a->class_name[c] = fray_arena_printf(s->arena, "class%zu", c), err, MEMORY,
               "out of memory");
  return FRAY_OK;
}

/* A group without a signal: differences between sites are chance, which is what tests of fairness
 * need to know. */
static enum fray_status make_group(const struct synth *s, const struct arrays *a,
                                   struct fray_group *group, struct fray_err *err) {
  size_t n = (size_t)s->config->sites;
  *group = (struct fray_group){.name = "site", .n = n, .code = a->site};
  FRAY_ALLOC(group->value, s->arena, n, err);
  for (size_t v = 0; v < n; v++)
    FRAY_CHECK(group->value[v] = fray_arena_printf(s->arena, "site%zu", v), err, MEMORY,
               "out of memory");
  return FRAY_OK;
}

/* Modality by modality, as the shard holds them: one buffer of the largest sample is enough. */
static enum fray_status write_values(const struct synth *s, const struct arrays *a,
                                     struct fray_shard_writer *writer, struct fray_err *err) {
  const struct fray_synth_config *c = s->config;
  for (size_t m = 0; m < c->modalities.n; m++) {
    const struct fray_modality *modality = &s->modality[m];
    /* Texts have no values of a fixed width; their bytes are counted by words. */
    bool text = modality->kind == FRAY_TEXT;
    size_t pixels = FRAY_MAX(modality->height * modality->width, (size_t)1);
    /* Room for the widest: floats, or words at their longest. */
    size_t bytes = text ? (size_t)SYNTH_WORD_BYTES : modality->channels * 4;
    void *values = fray_arena_alloc(s->arena, modality->time * pixels, bytes);
    double *scratch = fray_arena_alloc(s->arena, modality->time * pixels, sizeof *scratch);
    FRAY_CHECK(values && scratch, err, MEMORY, "out of memory");
    for (size_t i = 0; i < s->n * (size_t)c->samples; i++) {
      struct synth_sample sample = sample_of(s, a, i, m);
      sample.scratch = scratch;
      bool there = a->present[i] >> m & 1;
      /* An absent sample is appended as well: the writer counts all of them. */
      sample.length = !there ? 0 : a->length[m] ? (size_t)a->length[m][i] : modality->time;
      if (there && text)
        make_text(s, a, i, m, values);
      else if (there)
        synth_signal(modality, &sample, values);
      FRAY_TRY(fray_shard_append(writer, m, values, sample.length, err));
    }
  }
  return FRAY_OK;
}

/* The plan borrows arrays of this function, so it must not outlive it. */
static enum fray_status write_shard(const struct synth *s, const char *path, struct fray_err *err) {
  struct arrays a = {0};
  struct fray_group group;
  FRAY_TRY(allocate(s, &a, err));
  FRAY_TRY(fill(s, &a, err));
  FRAY_TRY(make_group(s, &a, &group, err));
  struct fray_shard_plan plan = {.dataset = s->config->name,
                                 .licence = "CC0-1.0",
                                 .source = "synthetic",
                                 .created_by = "fray synth",
                                 .n_classes = (size_t)s->config->classes,
                                 .class_name = a.class_name,
                                 .n_samples = s->n * (size_t)s->config->samples,
                                 .label = a.label,
                                 .labels = a.labels,
                                 .split = a.split,
                                 .source_id = a.source_id,
                                 .n_clients = s->n,
                                 .client_name = a.client_name,
                                 .client_first = a.first,
                                 .client_count = a.count,
                                 .n_groups = 1,
                                 .group = &group,
                                 .n_modalities = s->config->modalities.n,
                                 .present = a.present,
                                 .gzip = s->config->gzip};
  memcpy(plan.modality, s->modality, sizeof plan.modality);
  for (size_t m = 0; m < FRAY_MAX_MODALITIES; m++)
    plan.length[m] = a.length[m];
  struct fray_shard_writer *writer = NULL;
  FRAY_TRY(fray_shard_create(path, &plan, &writer, err));
  /* The writer owns an open file: it must be told that there will be no end. */
  if (write_values(s, &a, writer, err) != FRAY_OK) {
    fray_shard_abandon(writer);
    return err ? err->status : FRAY_IO;
  }
  return fray_shard_finish(writer, err);
}

/* Clients are spread evenly, by multiplying before dividing, which leaves no shard empty. */
static enum fray_status write_all(struct synth *s, const char *folder, struct fray_err *err) {
  const struct fray_synth_config *c = s->config;
  size_t clients = (size_t)(c->clients + c->dev_clients + c->test_clients),
         shards = (size_t)c->shards;
  /* A shard without clients would have nothing to say. */
  FRAY_CHECK(shards <= clients, err, INPUT, "shards: %zu, more than the %zu clients", shards,
             clients);
  /* Shards of whole clients, in order: shard 0 begins with client 0 however many there are. */
  for (size_t k = 0; k < shards; k++) {
    /* What a shard needs is given back before the next: memory does not grow with the data set. */
    struct fray_arena_place mark = fray_arena_mark(s->arena);
    s->first = clients * k / shards;
    s->n = clients * (k + 1) / shards - s->first;
    /* Names sort as their numbers do, up to ten thousand shards. */
    const char *path = fray_arena_printf(s->arena, "%s/shard-%04zu.h5", folder, k);
    FRAY_CHECK(path, err, MEMORY, "out of memory");
    FRAY_TRY(write_shard(s, path, err));
    fray_arena_rewind(s->arena, mark);
  }
  return FRAY_OK;
}

/* Nothing is replaced: synthetic data are cheap, what lies there may not be. */
static enum fray_status check_new(const char *out, struct fray_err *err) {
  FRAY_CHECK(!fray_file_exists(out), err, INPUT, "%s exists already; take another folder", out);
  return FRAY_OK;
}

/* Made in a folder beside, claimed first: two that are told to write one folder do not mix. */
enum fray_status fray_synth(const struct fray_synth_config *config, const char *out,
                            struct fray_err *err) {
  struct fray_arena arena = {0};
  struct synth s = {.config = config, .arena = &arena};
  struct fray_making making;
  FRAY_TRY(fray_making_check(out, err));
  FRAY_TRY(check_new(out, err));
  FRAY_TRY(fray_making_open(out, &making, err));
  enum fray_status status = check_new(out, err); /* now that nobody else makes it */
  if (status == FRAY_OK)
    status = parse_modalities(&s, err);
  if (status == FRAY_OK)
    status = write_all(&s, making.path, err);
  /* The message names the folder that the user asked for, not the one beside it. */
  if (status != FRAY_OK)
    fray_making_blame(&making, err);
  else
    status = fray_making_publish(&making, false, err);
  fray_making_drop(&making);
  fray_arena_free(&arena);
  return status;
}
