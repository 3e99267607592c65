/* fray mark: a copy of shards that carries the mark of a key, and a record of that. */
#include "fray/instrument/mark_command.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/base/version.h"
#include "fray/data/shard_change.h"
#include "fray/instrument/mark.h"
#include "fray/json/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What one modality is marked with, and how far that moved it. */
struct medium {
  float *pattern;
  size_t n;                /* values */
  double squares, signals; /* sums of squares of what was added, and of what was there */
  double numbers;
};

struct marking {
  const struct fray_mark_wish *wish;
  struct fray_mark_key key;
  double level; /* dB, of sound */
  struct fray_dataset *data;
  unsigned which; /* modalities that are marked */
  struct medium medium[FRAY_MAX_MODALITIES];
  uint64_t *before, *after; /* (shards) hashes of values */
  struct fray_arena arena, scratch;
};

/* A pattern in a series of a sensor would be a change of what was measured, and a text has no room
 * for one that nobody sees. */
static bool is_marked(const struct fray_modality *modality) {
  return modality->kind == FRAY_AUDIO || modality->kind == FRAY_IMAGE;
}

/* One pattern a modality: pictures of one have one size, and all sounds have the beginning of one.
 */
static enum fray_status make_patterns(struct marking *b, struct fray_err *err) {
  for (size_t m = 0; m < b->data->n_modalities; m++) {
    const struct fray_modality *modality = &b->data->modality[m];
    struct medium *medium = &b->medium[m];
    if (!is_marked(modality))
      continue;
    b->which |= 1u << m;
    const size_t steps = FRAY_MIN(modality->time, (size_t)FRAY_MARK_STEPS);
    const bool is_sound = modality->kind == FRAY_AUDIO;
    FRAY_ALLOC(medium->pattern, &b->arena, is_sound ? steps : modality->height * modality->width,
               err);
    if (is_sound)
      fray_mark_sound_pattern(b->key, steps, medium->pattern);
    else
      FRAY_TRY(fray_mark_picture_pattern(b->key, modality->height, modality->width, &b->scratch,
                                         medium->pattern, err));
  }
  FRAY_CHECK(b->which, err, INPUT,
             "%s: neither pictures nor sounds; series, texts and features carry no mark",
             b->wish->shards);
  return FRAY_OK;
}

/* How far it moved is summed up as it happens: what was cut at black and white, or rounded off, is
 * no part of the mark. */
static enum fray_status change_picture(struct marking *b, const struct fray_modality *m, uint8_t *x,
                                       struct medium *medium, struct fray_err *err) {
  const size_t n = m->height * m->width * m->channels;
  uint8_t *clean;
  FRAY_ALLOC(clean, &b->scratch, n, err);
  memcpy(clean, x, n);
  fray_mark_picture(x, m->height, m->width, m->channels, medium->pattern, b->wish->strength);
  for (size_t i = 0; i < n; i++)
    medium->squares += (x[i] - clean[i]) * (x[i] - clean[i]) / (255. * 255);
  medium->signals += (double)n; /* of the peak, 1 */
  return FRAY_OK;
}

/* The same of sound, whose mark is measured against the sound itself. */
static enum fray_status change_sound(struct marking *b, const struct fray_modality *m, float *x,
                                     size_t length, struct medium *medium, struct fray_err *err) {
  float *clean;
  FRAY_ALLOC(clean, &b->scratch, length, err);
  memcpy(clean, x, length * sizeof *x);
  FRAY_TRY(fray_mark_sound(x, length, m->rate, medium->pattern, b->level, &b->scratch, err));
  for (size_t t = 0; t < length; t++) {
    medium->squares += ((double)x[t] - (double)clean[t]) * ((double)x[t] - (double)clean[t]);
    medium->signals += (double)clean[t] * (double)clean[t];
  }
  return FRAY_OK;
}

/* Given back after each value: a shard may hold millions. */
static enum fray_status change(void *user, size_t m, size_t sample, void *x, size_t length,
                               struct fray_err *err) {
  struct marking *b = user;
  const struct fray_modality *modality = &b->data->modality[m];
  struct medium *medium = &b->medium[m];
  const struct fray_arena_place place = fray_arena_mark(&b->scratch);
  (void)sample; /* the same pattern for all */
  const enum fray_status status = modality->kind == FRAY_IMAGE
                                      ? change_picture(b, modality, x, medium, err)
                                      : change_sound(b, modality, x, length, medium, err);
  fray_arena_rewind(&b->scratch, place);
  medium->n++;
  return status;
}

/* ---- what is said and kept of it ---- */

static double decibels(const struct medium *medium) {
  return 10 * log10(medium->signals / medium->squares);
}

static const char *base_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* By its fingerprint: a record is passed on, and the key must not be. */
static void put_provenance(const struct marking *b, struct fray_text *out) {
  struct fray_json_writer w = {.text = out};
  char fingerprint[33], hash[17];
  fray_mark_fingerprint(b->key, fingerprint);
  fray_json_open(&w, NULL, false);
  fray_json_member_text(&w, "action", "mark");
  fray_json_member_text(&w, "program", fray_version);
  fray_json_member_text(&w, "key_fingerprint", fingerprint);
  fray_json_member_real(&w, "strength", b->wish->strength);
  fray_json_open(&w, "modalities", true);
  for (size_t m = 0; m < b->data->n_modalities; m++) {
    const struct fray_modality *modality = &b->data->modality[m];
    fray_json_open(&w, NULL, false);
    fray_json_member_text(&w, "name", modality->name);
    fray_json_member_bool(&w, "marked", is_marked(modality) && b->wish->strength > 0);
    fray_json_member_count(&w, "values", b->medium[m].n);
    if (b->medium[m].squares > 0)
      fray_json_member_real(&w, modality->kind == FRAY_IMAGE ? "psnr_db" : "snr_db",
                            decibels(&b->medium[m]));
    fray_json_close(&w, false);
  }
  fray_json_close(&w, true);
  /* What it was made of, as readers of shards tell files apart. */
  fray_json_open(&w, "shards", true);
  for (size_t s = 0; s < b->data->n_shards; s++) {
    fray_json_open(&w, NULL, false);
    fray_json_member_text(&w, "shard", base_of(b->data->shard_path[s]));
    snprintf(hash, sizeof hash, "%016" PRIx64, b->before[s]);
    fray_json_member_text(&w, "values_hash_of_ingredient", b->before[s] ? hash : NULL);
    snprintf(hash, sizeof hash, "%016" PRIx64, b->after[s]);
    fray_json_member_text(&w, "values_hash", b->after[s] ? hash : NULL);
    fray_json_close(&w, false);
  }
  fray_json_close(&w, true);
  fray_json_close(&w, false);
  fray_text_puts(out, "\n");
}

/* A line a modality, also of those that were left alone: nobody should believe that a series is
 * marked. */
static void say(const struct marking *b, struct fray_text *said) {
  char fingerprint[33];
  fray_mark_fingerprint(b->key, fingerprint);
  for (size_t m = 0; m < b->data->n_modalities; m++) {
    const struct fray_modality *modality = &b->data->modality[m];
    const struct medium *medium = &b->medium[m];
    const char *noun = fray_modality_kind_nouns[modality->kind];
    if (medium->squares > 0)
      fray_text_printf(said, "%s: %s marked, %s %.1f dB\n", modality->name, FRAY_N(medium->n, noun),
                       modality->kind == FRAY_IMAGE ? "peak to mark" : "sound to mark",
                       decibels(medium));
    else
      fray_text_printf(said, "%s: as it was\n", modality->name);
  }
  fray_text_printf(said, "key %s\n", fingerprint);
}

/* ---- the folder ---- */

/* Shards of several folders may have one name; here they would be one file. */
static enum fray_status check_names(const struct fray_dataset *data, struct fray_err *err) {
  for (size_t s = 1; s < data->n_shards; s++)
    for (size_t k = 0; k < s; k++)
      FRAY_CHECK(strcmp(base_of(data->shard_path[s]), base_of(data->shard_path[k])) != 0, err,
                 INPUT, "%s and %s: two shards of one name cannot lie in one folder",
                 data->shard_path[k], data->shard_path[s]);
  return FRAY_OK;
}

/* Shard by shard: one value is in memory at a time, and the record comes last, with the hashes of
 * what was written. */
static enum fray_status write_all(struct marking *b, const char *folder, struct fray_err *err) {
  struct fray_text text = {0};
  char path[4200];
  FRAY_ALLOC_ZERO(b->before, &b->arena, b->data->n_shards, err);
  FRAY_ALLOC_ZERO(b->after, &b->arena, b->data->n_shards, err);
  for (size_t s = 0; s < b->data->n_shards; s++) {
    snprintf(path, sizeof path, "%.4000s/%.190s", folder, base_of(b->data->shard_path[s]));
    FRAY_TRY(fray_shard_change(b->data, s, b->wish->strength > 0 ? b->which : 0, path, change, b,
                               &b->before[s], &b->after[s], err));
  }
  /* Without times and places: the same shards and key give the same bytes. */
  put_provenance(b, &text);
  snprintf(path, sizeof path, "%.4000s/provenance.json", folder);
  enum fray_status status = text.failed ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                        : fray_file_write(path, text.data, text.size, err);
  fray_text_free(&text);
  return status;
}

/* The place and the key come first: of a gigabyte of shards nothing is read for a misprint. */
static enum fray_status mark(struct marking *b, struct fray_comm *alone, struct fray_err *err) {
  struct fray_making making = {0};
  FRAY_CHECK(!fray_is_folder(b->wish->out), err, INPUT,
             "%s: is there already; give another folder by -o", b->wish->out);
  FRAY_TRY(fray_place_apart("-o", b->wish->out, b->wish->shards, err));
  FRAY_TRY(fray_mark_key_read(b->wish->key, &b->key, err));
  FRAY_TRY(fray_dataset_open(b->wish->shards, NULL, 0, alone, &b->data, err));
  FRAY_TRY(check_names(b->data, err));
  FRAY_TRY(make_patterns(b, err));
  /* All of it beside, and then in its place: whoever sees the folder sees it whole. */
  FRAY_TRY(fray_making_open(b->wish->out, &making, err));
  const enum fray_status status = write_all(b, making.path, err);
  if (status == FRAY_OK)
    return fray_making_publish(&making, false, err);
  fray_making_blame(&making, err);
  fray_making_drop(&making);
  return status;
}

/* Without ranks: reading the index is collective, so it gets a group of its own. */
enum fray_status fray_mark_shards(const struct fray_mark_wish *wish, struct fray_text *said,
                                  struct fray_err *err) {
  /* In proportion: twice the strength is 6 dB. */
  struct marking b = {.wish = wish, .level = -30 + 20 * log10(wish->strength / FRAY_MARK_STRENGTH)};
  struct fray_comm *alone = NULL;
  enum fray_status status = fray_comm_alone(&alone, err);
  if (status == FRAY_OK)
    status = mark(&b, alone, err);
  if (status == FRAY_OK)
    say(&b, said);
  fray_dataset_close(b.data);
  fray_comm_free(alone);
  fray_arena_free(&b.arena);
  fray_arena_free(&b.scratch);
  return status;
}
