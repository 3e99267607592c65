/* Values of shards or of our own, and damage by one entry, as a scenario would write it: nothing
 * here knows a kind. */
#include "sheet_source.h"

#include "builtin.h"

#include "report/sample/marked_words.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sheet_is_wanted(const struct sheet_source *source, size_t m) {
  const char *kind = fray_modality_kind_names[source->data->modality[m].kind];
  return source->place[m] != SIZE_MAX &&
         (!source->wish->medium || strcmp(source->wish->medium, kind) == 0);
}

/* ---- opening ---- */

/* The split of the sample that was asked for, else the test; data without a test have others. */
static enum fray_status split_of(const struct sheet_source *source, size_t *sample, uint8_t *split,
                                 struct fray_err *err) {
  const struct fray_dataset *d = source->data;
  const char *id = source->wish->sample;
  char list[512];
  *sample = SIZE_MAX;
  /* Whatever comes first, until a sample of the test or the one that is asked for is met. */
  *split = d->n_samples ? d->split[0] : FRAY_TEST;
  for (size_t s = 0; s < d->n_samples; s++) {
    if (id && strcmp(d->source_id[s], id) == 0)
      *sample = s;
    if (d->split[s] == FRAY_TEST)
      *split = FRAY_TEST;
  }
  FRAY_CHECK(!id || *sample != SIZE_MAX, err, INPUT, "%s: no sample has the id '%.200s'; %s",
             source->wish->shards ? source->wish->shards : d->name, id,
             fray_there_are(id, d->source_id, d->n_samples, list, sizeof list));
  if (id)
    *split = d->split[*sample];
  return FRAY_OK;
}

/* Of each modality the first sample that has it: not every sample has all. Of our own samples the
 * third, so that a record has something before it and behind. */
static void take_places(struct sheet_source *source, size_t sample) {
  const struct fray_dataset *d = source->data;
  for (size_t m = 0; m < d->n_modalities; m++) {
    source->place[m] = SIZE_MAX;
    for (size_t i = source->open ? 0 : 2; i < source->people.n; i++) {
      const size_t s = source->people.sample[i];
      if (source->place[m] == SIZE_MAX && (d->present[s] >> m & 1) &&
          (sample == SIZE_MAX || sample == s))
        source->place[m] = i;
    }
  }
}

/* The whole split, as a study has it: what hits an exact share is drawn among all of it. */
static enum fray_status populate(struct sheet_source *source, struct fray_err *err) {
  const struct fray_dataset *d = source->data;
  uint32_t *of, *client;
  uint8_t split;
  size_t n = 0, sample, wanted = 0;
  FRAY_TRY(split_of(source, &sample, &split, err));
  FRAY_ALLOC(of, &source->arena, d->n_samples + 1, err);
  FRAY_ALLOC(client, &source->arena, d->n_samples + 1, err);
  for (size_t s = 0; s < d->n_samples; s++)
    if (d->split[s] == split) {
      of[n] = (uint32_t)s;
      client[n++] = d->client[s];
    }
  source->people = (struct fray_population){.dataset = d,
                                            .n = n,
                                            .sample = of,
                                            .client = client,
                                            .n_clients = d->n_clients,
                                            .client_source = d->client_source,
                                            .client_name = d->client_name,
                                            .train = split == FRAY_TRAIN};
  source->redo.sample = of;
  take_places(source, sample);
  for (size_t m = 0; m < d->n_modalities; m++)
    wanted += sheet_is_wanted(source, m);
  FRAY_CHECK(wanted, err, INPUT, "%s: no sample has a modality of kind %s",
             source->open ? source->wish->shards : d->name,
             source->wish->medium ? source->wish->medium : "any");
  return fray_damage_start(&source->people, &source->arena, &source->none, err);
}

/* Room for the longest value that is read. */
static enum fray_status make_room(struct sheet_source *source, struct fray_err *err) {
  size_t largest = 1;
  for (size_t m = 0; m < source->data->n_modalities; m++)
    largest = FRAY_MAX(largest, fray_sample_bytes(source->data, m));
  source->redo.raw = malloc(largest);
  FRAY_CHECK(source->redo.raw, err, MEMORY, "out of memory (%zu bytes)", largest);
  return FRAY_OK;
}

/* Every rank opens the data, as opening is collective, and only the first one draws. */
enum fray_status sheet_source_open(const struct fray_sheet_wish *wish, struct fray_comm *comm,
                                   struct sheet_source *out, struct fray_err *err) {
  *out = (struct sheet_source){.wish = wish};
  if (wish->shards) {
    FRAY_TRY(fray_dataset_open(wish->shards, NULL, 0, comm, &out->open, err));
    out->data = out->redo.data = out->open;
    FRAY_TRY(make_room(out, err));
  } else {
    FRAY_TRY(sheet_builtin_data(&out->arena, &out->data, err));
  }
  return populate(out, err);
}

/* Also of what failed half way: everything is zero until it is there. */
void sheet_source_close(struct sheet_source *source) {
  fray_dataset_close(source->open);
  free(source->redo.raw);
  fray_arena_free(&source->arena);
}

/* Through the same door as the samples of reports: pictures become floats, values that are no
 * numbers are refused. */
enum fray_status sheet_clean(struct sheet_source *source, size_t m, struct fray_arena *arena,
                             struct fray_signal *out, struct fray_err *err) {
  struct fray_rep_value value;
  if (!source->open)
    return sheet_builtin_value(m, arena, out, err);
  FRAY_TRY(
      fray_rep_redo_value(&source->redo, m, source->place[m], &source->none, arena, &value, err));
  *out = value.x;
  return FRAY_OK;
}

/* ---- damage ---- */

/* Whatever the kind would hit beside it: some hit no sample as a whole. */
static enum fray_status name_modality(struct fray_node *entry, const char *name,
                                      struct fray_arena *arena, struct fray_err *err) {
  struct fray_node *list = fray_node_map("", 0, arena);
  struct fray_node *only = fray_node_scalar(name, "", 0, arena);
  FRAY_CHECK(list && only, err, MEMORY, "out of memory");
  list->kind = FRAY_NODE_LIST;
  FRAY_TRY(fray_node_put(list, NULL, only, arena, err));
  return fray_node_put(entry, "modalities", list, arena, err);
}

/* As a scenario has it. Without a file and a line: what is wrong with it needs none. */
static enum fray_status make_entry(const struct fray_choice *kind, const char *modality,
                                   int severity, struct fray_arena *arena,
                                   struct fray_corruption_config *out, struct fray_err *err) {
  struct fray_node *map = fray_node_map("", 0, arena);
  struct fray_node *name = fray_node_scalar(kind->name, "", 0, arena);
  char digits[8];
  FRAY_CHECK(map && name, err, MEMORY, "out of memory");
  FRAY_TRY(fray_node_put(map, "kind", name, arena, err));
  FRAY_TRY(name_modality(map, modality, arena, err));
  if (severity > 0) {
    snprintf(digits, sizeof digits, "%d", severity % 10);
    struct fray_node *value = fray_node_scalar(digits, "", 0, arena);
    FRAY_CHECK(value, err, MEMORY, "out of memory");
    FRAY_TRY(fray_node_put(map, "severity", value, arena, err));
  }
  return fray_schema_read(&fray_corruption_table, map, "", out, arena, err);
}

/* Numbers, or bytes of a text. */
static size_t size_of(const struct fray_signal *x) {
  return x->kind == FRAY_IMAGE ? x->height * x->width * x->channels : x->length * x->channels;
}

/* The damage needs room of its own: the undamaged value is shown again and again. */
static enum fray_status copy_value(const struct fray_signal *clean, size_t capacity,
                                   struct fray_arena *arena, struct fray_signal *out,
                                   struct fray_err *err) {
  *out = *clean;
  out->capacity = FRAY_MAX(capacity, clean->length);
  if (clean->text) {
    FRAY_ALLOC(out->text, arena, out->capacity + 1, err);
    memcpy(out->text, clean->text, clean->length);
    return FRAY_OK;
  }
  /* Pictures keep their size, others may have become longer. */
  const size_t n = clean->kind == FRAY_IMAGE ? size_of(clean) : out->capacity * clean->channels;
  FRAY_ALLOC(out->x, arena, n, err);
  memcpy(out->x, clean->x, size_of(clean) * sizeof *out->x);
  return FRAY_OK;
}

/* What one of them lacks at its end counts as 0. */
static double distance_of(const struct fray_signal *x, const struct fray_signal *clean) {
  const size_t n = size_of(x), n_clean = size_of(clean);
  double sum = 0, all = 0;
  for (size_t i = 0; i < FRAY_MAX(n, n_clean); i++) {
    const double a = i < n ? (double)x->x[i] : 0, b = i < n_clean ? (double)clean->x[i] : 0;
    sum += (a - b) * (a - b);
    all += b * b;
  }
  return sqrt(sum / all); /* of nothing but 0 not a number */
}

/* Words that are not those of the undamaged text, of all that stand there now. */
static enum fray_status word_distance(const struct fray_signal *x, const struct fray_signal *clean,
                                      double *out, struct fray_err *err) {
  struct fray_rep_word word[FRAY_REP_SHOWN_BYTES];
  size_t n, marked = 0;
  FRAY_TRY(fray_rep_marked_words(x, clean, word, &n, err));
  for (size_t i = 0; i < n; i++)
    marked += word[i].marked;
  *out = n ? (double)marked / (double)n : NAN;
  return FRAY_OK;
}

/* Byte by byte, whatever the distance is: what moved by less than a float can square is not the
 * same. */
static enum fray_status compare(const struct fray_signal *clean, struct sheet_step *out,
                                struct fray_err *err) {
  const struct fray_signal *x = &out->x;
  out->same = size_of(x) == size_of(clean) &&
              (x->text ? memcmp(x->text, clean->text, x->length) == 0
                       : memcmp(x->x, clean->x, size_of(x) * sizeof *x->x) == 0);
  if (x->text)
    return word_distance(x, clean, &out->distance, err);
  out->distance = distance_of(x, clean);
  return FRAY_OK;
}

/* The whole way of a study: the entry is read, drawn for the population, and applied to the value.
 */
static enum fray_status act(struct sheet_source *source, size_t m, const struct fray_choice *kind,
                            int severity, const struct fray_signal *clean, struct fray_arena *arena,
                            struct sheet_step *out, struct fray_err *err) {
  struct fray_corruption_config entry;
  const struct fray_corruption_config *const entries[] = {&entry};
  const size_t sample = source->people.sample[source->place[m]];
  struct fray_realised realised;
  struct fray_damage damage;
  FRAY_TRY(make_entry(kind, source->data->modality[m].name, severity, arena, &entry, err));
  FRAY_TRY(fray_damage_start(&source->people, arena, &damage, err));
  FRAY_TRY(fray_corrupt(entries, 1, &source->people, source->wish->seed, arena, &damage, &realised,
                        err));
  if (!source->open && damage.signal)
    damage.signal->read = sheet_builtin_read;
  FRAY_TRY(copy_value(clean, fray_signal_longest(damage.signal, sample, m, clean->length), arena,
                      &out->x, err));
  if (damage.signal && damage.signal->n_acts > 0 && severity > 0) {
    out->strength = damage.signal->act[0].strength[m];
    out->more = damage.signal->act[0].more[m];
  }
  /* 0: it was spared, by lot or since the kind does not fit, and stays as it is. */
  if (fray_signal_key(damage.signal, sample, m))
    FRAY_TRY(fray_signal_apply(damage.signal, sample, m, &out->x, arena, err));
  return compare(clean, out, err);
}

enum fray_status sheet_damage(struct sheet_source *source, size_t m, const struct fray_choice *kind,
                              int severity, const struct fray_signal *clean,
                              struct fray_arena *arena, struct sheet_step *out,
                              struct fray_err *err) {
  struct fray_err why = {0};
  *out = (struct sheet_step){.strength = NAN, .distance = NAN};
  const enum fray_status status = act(source, m, kind, severity, clean, arena, out, &why);
  /* A sheet of all kinds is worth having although one of them wants a file. */
  if (status == FRAY_INPUT) {
    out->refusal = fray_arena_strdup(arena, why.text);
    FRAY_CHECK(out->refusal, err, MEMORY, "out of memory");
    return FRAY_OK;
  }
  if (status != FRAY_OK)
    return fray_fail(err, status, "%s: %s", kind->name, why.text);
  return FRAY_OK;
}
