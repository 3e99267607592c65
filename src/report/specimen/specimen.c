/* From entries of damage and one sample of some shards to a folder that shows both. */
#include "fray/report/specimen.h"

#include "specimen_parts.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/corrupt/ledger.h"
#include "fray/feature/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One sample on its way to a folder: everything that has to be closed in the end. */
struct show_job {
  const struct fray_specimen_wish *wish;
  struct fray_rep_redo redo; /* its data, places and room, for reading values */
  struct fray_features *features;
  struct fray_arena arena;
  size_t n_entries;
  const struct fray_corruption_config **entry;
  struct fray_population population;
  struct fray_damage damage, none;
  struct fray_realised *realised;
  size_t place; /* of the sample in the population */
};

/* ---- what was asked for ---- */

/* By the same table as a scenario, with its bounds and hints. */
static enum fray_status read_entries(struct show_job *b, struct fray_err *err) {
  struct fray_corruption_config *entry;
  b->n_entries = b->wish->n;
  FRAY_ALLOC(entry, &b->arena, b->n_entries + 1, err);
  FRAY_ALLOC(b->entry, &b->arena, b->n_entries + 1, err);
  for (size_t e = 0; e < b->n_entries; e++) {
    FRAY_TRY(
        fray_schema_read(&fray_corruption_table, b->wish->entry[e], "", &entry[e], &b->arena, err));
    b->entry[e] = &entry[e];
  }
  return fray_corruption_ids_check(b->entry, b->n_entries, err);
}

/* True if an entry damages a modality that the sample has; of kinds that do not damage raw values
 * every sample will do. */
static bool suits(const struct show_job *b, size_t sample) {
  const struct fray_dataset *d = b->redo.data;
  for (size_t e = 0; e < b->n_entries; e++)
    for (size_t m = 0; m < d->n_modalities; m++)
      if ((d->present[sample] >> m & 1) &&
          fray_corruption_fits_modality(b->entry[e]->kind.choice, d->modality[m].kind))
        return true;
  return false;
}

/* Whether all entries that were asked for act at this stage alone. */
static bool all_at(const struct show_job *b, int at) {
  for (size_t e = 0; e < b->n_entries; e++)
    if (fray_corruption_at(b->entry[e]) != at)
      return false;
  return true;
}

/* The first sample of a split that the entries can hit; n_samples: there is none. */
static size_t first_of(const struct show_job *b, enum fray_split split) {
  const struct fray_dataset *d = b->redo.data;
  size_t s = 0;
  while (s < d->n_samples && (d->split[s] != split || !suits(b, s)))
    s++;
  return s;
}

/* By its id; a page on which nothing happened would look like an effect too small to see. */
static enum fray_status find_named(const struct show_job *b, size_t *out, struct fray_err *err) {
  const struct fray_dataset *d = b->redo.data;
  const char *id = b->wish->sample;
  char list[512];
  *out = 0;
  while (*out < d->n_samples && strcmp(d->source_id[*out], id) != 0)
    ++*out;
  FRAY_CHECK(*out < d->n_samples, err, INPUT, "%s: no sample has the id '%.200s'; %s",
             b->wish->shards, id,
             fray_there_are(id, d->source_id, d->n_samples, list, sizeof list));
  FRAY_CHECK(suits(b, *out), err, INPUT,
             "%s: the sample '%.200s' has no modality that this damages", b->wish->shards, id);
  return FRAY_OK;
}

/* Without an id the first of the split that the entries act on, so that a first look needs no list
 * of ids. Labels at test are the truth, so kinds of labels have only training samples to show; data
 * without a test have dev. */
static enum fray_status find_sample(const struct show_job *b, size_t *out, struct fray_err *err) {
  const bool train = all_at(b, FRAY_AT_TRAIN), dev = all_at(b, FRAY_AT_DEV);
  if (b->wish->sample)
    return find_named(b, out, err);
  *out = first_of(b, train ? FRAY_TRAIN : dev ? FRAY_DEV : FRAY_TEST);
  if (*out == b->redo.data->n_samples && !train)
    *out = first_of(b, FRAY_DEV);
  FRAY_CHECK(*out < b->redo.data->n_samples, err, INPUT,
             "%s: no sample of the %s has a modality that this damages", b->wish->shards,
             train ? "training"
             : dev ? "dev"
                   : "test");
  return FRAY_OK;
}

/* ---- damage ---- */

/* All samples of the split, as a study has them: exact shares and donors are of all of them. */
static enum fray_status populate(struct show_job *b, size_t sample, struct fray_err *err) {
  const struct fray_dataset *d = b->redo.data;
  uint32_t *of, *client;
  size_t n = 0;
  FRAY_ALLOC(of, &b->arena, d->n_samples, err);
  FRAY_ALLOC(client, &b->arena, d->n_samples, err);
  for (size_t s = 0; s < d->n_samples; s++)
    if (d->split[s] == d->split[sample]) {
      b->place = s == sample ? n : b->place;
      of[n] = (uint32_t)s;
      client[n++] = d->client[s];
    }
  b->redo.sample = of;
  b->population =
      (struct fray_population){.dataset = d,
                               .n = n,
                               .sample = of,
                               .client = client,
                               .n_clients = d->n_clients,
                               .client_source = d->client_source,
                               .client_name = d->client_name,
                               .train = d->split[sample] == FRAY_TRAIN,
                               .dev = d->split[sample] == FRAY_DEV && all_at(b, FRAY_AT_DEV)};
  return FRAY_OK;
}

/* An entry of the other stage would be passed over in silence, and the page would show nothing. */
static enum fray_status check_stages(const struct show_job *b, struct fray_err *err) {
  /* Dev samples stand for test samples where none of the entries acts at dev. */
  const bool train = b->population.train, dev = b->population.dev;
  for (size_t e = 0; e < b->n_entries; e++) {
    const int at = fray_corruption_at(b->entry[e]);
    FRAY_CHECK(fray_corruption_acts(b->entry[e], train ? FRAY_AT_TRAIN
                                                 : dev ? FRAY_AT_DEV
                                                       : FRAY_AT_TEST),
               err, INPUT, "%s acts on samples of the %s alone, and %s is one of the %s",
               fray_corruption_id(b->entry[e]),
               at == FRAY_AT_TRAIN ? "training"
               : at == FRAY_AT_DEV ? "dev"
                                   : "test",
               b->redo.data->source_id[b->population.sample[b->place]],
               train ? "training"
               : dev ? "dev"
                     : "test");
  }
  return FRAY_OK;
}

/* Twice from the data: once left alone, as what the damage is seen beside. */
static enum fray_status damage(struct show_job *b, struct fray_err *err) {
  FRAY_ALLOC_ZERO(b->realised, &b->arena, b->n_entries + 1, err);
  FRAY_TRY(check_stages(b, err));
  FRAY_TRY(fray_damage_start(&b->population, &b->arena, &b->none, err));
  FRAY_TRY(fray_damage_start(&b->population, &b->arena, &b->damage, err));
  return fray_corrupt(b->entry, b->n_entries, &b->population, b->wish->seed, &b->arena, &b->damage,
                      b->realised, err);
}

/* ---- what came of it ---- */

/* Which entries hit it, and how strong they are on it. */
static void put_strengths(const struct show_job *b, size_t m, char *out, size_t size) {
  const struct fray_signal_plan *plan = b->damage.signal;
  const uint64_t acts = plan ? plan->acts[b->place * b->redo.data->n_modalities + m] : 0;
  size_t at = 0;
  *out = '\0';
  for (size_t a = 0; plan && a < plan->n_acts && at < size; a++) {
    const struct fray_signal_act *act = &plan->act[a];
    const char *key = fray_corruption_strength(act->kind).key;
    if (acts >> a & 1)
      at += (size_t)snprintf(out + at, size - at, "%s%s: %s %.4g", at ? ", " : "", act->kind->name,
                             key, act->strength[m]);
  }
}

/* What did not change has no distance: 0 would say that damage was tried and did nothing. Distances
 * are those of conditions.csv, by the same function: what a page says of one sample and a table of
 * sixteen must not differ in kind. */
static enum fray_status take_value(struct show_job *b, size_t m, struct specimen_value *out,
                                   struct fray_err *err) {
  const struct fray_dataset *d = b->redo.data;
  *out = (struct specimen_value){
      .modality = &d->modality[m], .raw = NAN, .features = NAN, .changed = NAN, .snr_db = NAN};
  FRAY_TRY(fray_rep_redo_value(&b->redo, m, b->place, &b->none, &b->arena, &out->clean, err));
  FRAY_TRY(fray_rep_redo_value(&b->redo, m, b->place, &b->damage, &b->arena, &out->damaged, err));
  out->hit = out->damaged.presence == FRAY_REP_THERE && out->damaged.key != 0;
  put_strengths(b, m, out->strengths, sizeof out->strengths);
  if (!out->hit)
    return FRAY_OK;
  struct fray_distance moved;
  FRAY_TRY(fray_features_distance(b->features, m, b->population.sample[b->place], b->damage.signal,
                                  &moved, err));
  out->raw = moved.raw;
  out->features = moved.features;
  /* Of a text its edits: one letter that is lost moves all that follow, and compared place by place
   * nearly all of them would count as changed. */
  out->changed = moved.changed;
  out->snr_db = moved.snr_db;
  /* A text has no size that a difference could be a share of. */
  if (d->modality[m].kind == FRAY_TEXT)
    out->raw = NAN;
  return FRAY_OK;
}

/* A set of classes has no one name; the page is about values, so it says nothing of sets. */
static const char *label_of(const struct show_job *b, const struct fray_damage *of) {
  const struct fray_dataset *d = b->redo.data;
  const int32_t label = of->label[b->place];
  return !fray_has_one_label(d) || label == FRAY_UNLABELLED ? "" : d->class_name[label];
}

/* All that pages and tables say, before anything is written. */
static enum fray_status describe(struct show_job *b, struct specimen *out, struct fray_err *err) {
  struct fray_text words = {0};
  *out = (struct specimen){.data = b->redo.data,
                           .sample = b->population.sample[b->place],
                           .n = b->redo.data->n_modalities,
                           .label = {label_of(b, &b->none), label_of(b, &b->damage)},
                           .seed = b->wish->seed};
  for (size_t m = 0; m < out->n; m++)
    FRAY_TRY(take_value(b, m, &out->value[m], err));
  for (size_t e = 0; e < b->n_entries; e++) {
    fray_text_puts(&words, e ? ", " : "");
    fray_node_flow(b->wish->entry[e], &words);
  }
  out->words = words.failed ? NULL : fray_arena_strdup(&b->arena, words.data ? words.data : "");
  fray_text_free(&words);
  FRAY_CHECK(out->words, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* ---- the folder ---- */

/* Takes the text along, whatever becomes of it. */
static enum fray_status write_text(const char *folder, const char *name, struct fray_text *text,
                                   enum fray_status status, struct fray_err *err) {
  char path[4500];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  if (status == FRAY_OK && text->failed)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK)
    status = fray_file_write(path, text->data ? text->data : "", text->size, err);
  fray_text_free(text);
  return status;
}

static enum fray_status write_values(const struct specimen *s, const char *folder,
                                     struct fray_err *err) {
  for (size_t at = 0; at < 2 * s->n; at++) {
    const struct specimen_value *v = &s->value[at / 2];
    const bool damaged = at % 2;
    struct fray_text text = {0};
    char name[300];
    /* What was not hit has one file: two that are equal would look like an effect too small to see.
     */
    if ((damaged ? &v->damaged : &v->clean)->presence != FRAY_REP_THERE || (damaged && !v->hit))
      continue;
    specimen_file_name(v, damaged, name);
    const enum fray_status status = specimen_file(v, damaged, &text, err);
    FRAY_TRY(write_text(folder, name, &text, status, err));
  }
  return FRAY_OK;
}

/* Of the ledger of the split the rows of the one sample: what is shown is what it repeats. */
static void keep_sample(const struct show_job *b, const char *all, struct fray_text *out) {
  struct fray_text id = {0};
  fray_text_csv(&id, b->redo.data->source_id[b->population.sample[b->place]]);
  fray_text_puts(&id, ",");
  /* Ids hold no ends of lines: importing refuses control characters. */
  for (const char *line = all, *end; *line; line = end) {
    end = strchr(line, '\n');
    end = end ? end + 1 : line + strlen(line);
    if (line == all || (id.data && strncmp(line, id.data, id.size) == 0))
      fray_text_add(out, line, (size_t)(end - line));
  }
  out->failed |= id.failed;
  fray_text_free(&id);
}

static enum fray_status write_all(const struct show_job *b, const struct specimen *s,
                                  const char *folder, struct fray_err *err) {
  struct fray_text text = {0}, ledger = {0};
  FRAY_TRY(write_values(s, folder, err));
  specimen_measures(s, &text);
  FRAY_TRY(write_text(folder, "measures.csv", &text, FRAY_OK, err));
  fray_ledger_text(&b->population, &b->damage, &ledger);
  keep_sample(b, ledger.data ? ledger.data : "", &text);
  text.failed |= ledger.failed;
  fray_text_free(&ledger);
  FRAY_TRY(write_text(folder, "ledger.csv", &text, FRAY_OK, err));
  const enum fray_status status = specimen_page(s, &text, err);
  return write_text(folder, "index.html", &text, status, err);
}

/* All of it or nothing. */
static enum fray_status write_folder(struct show_job *b, const char *out, struct fray_err *err) {
  struct fray_making making = {0};
  struct specimen s;
  FRAY_TRY(describe(b, &s, err));
  FRAY_TRY(fray_making_open(out, &making, err));
  enum fray_status status = write_all(b, &s, making.path, err);
  if (status != FRAY_OK) {
    fray_making_blame(&making, err);
    fray_making_drop(&making);
    return status;
  }
  return fray_making_publish(&making, false, err);
}

/* The defaults with so many bands for every sound. */
static enum fray_status with_bands(struct show_job *b, const char *bands,
                                   struct fray_data_config *out, struct fray_err *err) {
  const struct fray_dataset *d = b->redo.data;
  const size_t size = fray_feature_table.size;
  struct fray_node *map = fray_node_map("", 0, &b->arena);
  struct fray_node *number = fray_node_scalar(bands, "", 0, &b->arena);
  char *all;
  FRAY_CHECK(map && number, err, MEMORY, "out of memory");
  FRAY_TRY(fray_node_put(map, "bands", number, &b->arena, err));
  FRAY_ALLOC(out->features.name, &b->arena, d->n_modalities, err);
  FRAY_ALLOC(all, &b->arena, d->n_modalities * size, err);
  out->features.n = 0;
  out->features.v = all;
  for (size_t m = 0; m < d->n_modalities; m++) {
    if (d->modality[m].kind != FRAY_AUDIO)
      continue;
    FRAY_TRY(fray_schema_read(&fray_feature_table, map, "", all + out->features.n * size, &b->arena,
                              err));
    out->features.name[out->features.n++] = d->modality[m].name;
  }
  return FRAY_OK;
}

/* Features as they come: the distances are of the defaults of each modality. Sound of 1 or 2 kHz
 * has no room for as many bands as those have, and there is no key here to ask for fewer; it is
 * shown with what fits. */
static enum fray_status open_features(struct show_job *b, struct fray_err *err) {
  static const char *const fewer[] = {"20", "10", "5"};
  struct fray_data_config config = {.cache_mb = 64};
  enum fray_status status = fray_features_open(b->redo.data, &config, &b->features, err);
  for (size_t k = 0; status == FRAY_INPUT && k < FRAY_COUNT(fewer); k++) {
    struct fray_err other = {0};
    FRAY_TRY(with_bands(b, fewer[k], &config, err));
    /* What it first said stays: it names the most that would fit. */
    if (config.features.n == 0)
      break;
    const enum fray_status now = fray_features_open(b->redo.data, &config, &b->features, &other);
    if (now == FRAY_OK) {
      status = FRAY_OK;
      *err = (struct fray_err){0};
    }
  }
  return status;
}

/* Ranks but the first take part where data are opened, and are done. */
static enum fray_status run(struct show_job *b, const char *out, struct fray_comm *comm,
                            struct fray_err *err) {
  /* Everything is found and damaged before the folder is made. */
  size_t sample, largest = 1;
  FRAY_TRY(read_entries(b, err));
  FRAY_TRY(fray_dataset_open(b->wish->shards, NULL, 0, comm, &b->redo.data, err));
  FRAY_TRY(find_sample(b, &sample, err));
  FRAY_TRY(populate(b, sample, err));
  FRAY_TRY(damage(b, err));
  if (fray_comm_rank(comm) != 0)
    return FRAY_OK;
  for (size_t m = 0; m < b->redo.data->n_modalities; m++)
    largest = FRAY_MAX(largest, fray_sample_bytes(b->redo.data, m));
  b->redo.raw = malloc(largest);
  FRAY_CHECK(b->redo.raw, err, MEMORY, "out of memory");
  FRAY_TRY(open_features(b, err));
  return write_folder(b, out, err);
}

enum fray_status fray_specimen(const struct fray_specimen_wish *wish, const char *out,
                               struct fray_comm *comm, struct fray_err *err) {
  struct show_job b = {.wish = wish};
  const enum fray_status status = run(&b, out, comm, err);
  fray_features_close(b.features);
  fray_dataset_close(b.redo.data);
  free(b.redo.raw);
  fray_arena_free(&b.arena);
  return status;
}
