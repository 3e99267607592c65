/* fray detect: shards, a key and conditions, to rows of what was found.
 *
 * Every rank plans the same damage; clients are dealt to ranks by their number, and what ranks
 * found is put into the order of the data by rank 0. */
#include "detect_parts.h"

#include "fray/base/draft.h"
#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "instrument/folder/instrument_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is asked for ---- */

/* Rank 0 reads the key; the others get what it draws from, and never the file. */
static enum fray_status share_key(const struct detect *d, struct fray_mark_key *key,
                                  struct fray_err *err) {
  const bool is_root = fray_comm_rank(d->comm) == 0;
  const enum fray_status status = is_root ? fray_mark_key_read(d->wish->key, key, err) : FRAY_OK;
  FRAY_TRY(fray_comm_agree(d->comm, status, err));
  fray_comm_broadcast(d->comm, key, sizeof *key, 0);
  return FRAY_OK;
}

/* Tables are no shards: they do not lie among those that are read. */
static enum fray_status check_place(const struct detect *d, struct fray_err *err) {
  const char *const shards[] = {d->wish->shards, d->wish->against};
  if (!d->wish->out)
    return FRAY_OK;
  for (size_t set = 0; set < FRAY_COUNT(shards); set++)
    if (shards[set])
      FRAY_TRY(fray_place_apart("-o", d->wish->out, shards[set], err));
  return fray_instrument_place(d->wish->out, d->wish->overwrite, "detect.csv", NULL, 0, err);
}

/* A map of conditions, or a file that holds one as `tests`, as a scenario or a pack does. */
static enum fray_status read_conditions(struct detect *d, struct fray_err *err) {
  struct fray_node *root;
  struct fray_condition *read = NULL;
  struct fray_arena scratch = {0};
  size_t n = 0;
  d->n_conditions = 1;
  if (!d->wish->tests)
    return FRAY_OK;
  FRAY_TRY(fray_instrument_yaml(d->wish->tests, (size_t)16 << 20, d->comm, d->arena, &root, err));
  const struct fray_node *tests = fray_node_get(root, "tests");
  tests = tests ? tests : root;
  FRAY_CHECK(tests->kind == FRAY_NODE_MAP && tests->n > 0, err, INPUT,
             "%s: a map from names to conditions is expected", d->wish->tests);
  const enum fray_status status = fray_read_tests(tests, d->arena, &scratch, &read, &n, err);
  fray_arena_free(&scratch);
  FRAY_TRY(status);
  d->condition = read;
  d->n_conditions = 1 + n;
  return FRAY_OK;
}

/* Whoever compares other samples compares nothing. */
static enum fray_status check_alike(const struct detect *d, struct fray_err *err) {
  const struct fray_dataset *a = d->data[0], *b = d->data[1];
  bool alike = a->n_samples == b->n_samples && a->n_modalities == b->n_modalities;
  for (size_t m = 0; alike && m < a->n_modalities; m++)
    alike = strcmp(a->modality[m].name, b->modality[m].name) == 0 &&
            a->modality[m].kind == b->modality[m].kind &&
            a->modality[m].height == b->modality[m].height &&
            a->modality[m].width == b->modality[m].width;
  for (size_t s = 0; alike && s < a->n_samples; s++)
    alike = a->source[s] == b->source[s] && a->split[s] == b->split[s];
  FRAY_CHECK(alike, err, INPUT, "%s: holds other samples than %s", d->wish->against,
             d->wish->shards);
  return FRAY_OK;
}

/* Once for all conditions and both sets of shards: 200 patterns under all edits take longer to make
 * than a client takes to be looked at. */
static enum fray_status make_banks(struct detect *d, struct fray_mark_key key,
                                   struct fray_err *err) {
  bool any = false;
  for (size_t m = 0; m < d->data[0]->n_modalities; m++) {
    const struct fray_modality *modality = &d->data[0]->modality[m];
    size_t longest = modality->time;
    for (size_t set = 1; set < d->n_sets; set++)
      longest = FRAY_MAX(longest, d->data[set]->modality[m].time);
    if (modality->kind == FRAY_IMAGE)
      FRAY_TRY(fray_mark_picture_bank(key, modality->height, modality->width, d->arena, &d->bank[m],
                                      err));
    /* What damage lengthens a sound by is not looked at. */
    if (modality->kind == FRAY_AUDIO)
      FRAY_TRY(fray_mark_sound_bank(key, longest, modality->rate, d->arena, &d->bank[m], err));
    any |= d->bank[m] != NULL;
  }
  FRAY_CHECK(any, err, INPUT,
             "%s: neither pictures nor sounds; series, texts and features carry no mark",
             d->wish->shards);
  return FRAY_OK;
}

/* In the order of the data, in which the samples of a client follow one another. */
static enum fray_status take_samples(struct detect *d, size_t set, struct fray_err *err) {
  const struct fray_dataset *data = d->data[set];
  size_t n = 0;
  FRAY_ALLOC(d->sample[set], d->arena, data->n_samples, err);
  FRAY_ALLOC(d->client[set], d->arena, data->n_samples, err);
  for (size_t s = 0; s < data->n_samples; s++)
    if (d->wish->split == FRAY_SPLITS || data->split[s] == d->wish->split) {
      d->sample[set][n] = (uint32_t)s;
      d->client[set][n++] = data->client[s];
    }
  d->n[set] = n;
  FRAY_CHECK(n > 0, err, INPUT, "%s: has no samples of the split '%s'", d->wish->shards,
             fray_split_names[d->wish->split]);
  return FRAY_OK;
}

/* What is cheap to find wrong comes first: the place, the key, the file of conditions; then the
 * shards, whose index may be large. */
static enum fray_status open_all(struct detect *d, struct fray_err *err) {
  const char *const shards[] = {d->wish->shards, d->wish->against};
  struct fray_mark_key key = {0};
  /* Rank 0 speaks for the folder, since others may not see its disk. */
  const enum fray_status place = fray_comm_rank(d->comm) == 0 ? check_place(d, err) : FRAY_OK;
  FRAY_TRY(fray_comm_agree(d->comm, place, err));
  FRAY_TRY(share_key(d, &key, err));
  FRAY_TRY(read_conditions(d, err));
  d->n_sets = shards[1] ? 2 : 1;
  for (size_t set = 0; set < d->n_sets; set++)
    FRAY_TRY(fray_dataset_open(shards[set], NULL, 0, d->comm, &d->data[set], err));
  if (shards[1])
    FRAY_TRY(check_alike(d, err));
  for (size_t set = 0; set < d->n_sets; set++)
    FRAY_TRY(take_samples(d, set, err));
  return make_banks(d, key, err);
}

/* ---- looking ---- */

/* All samples that are looked at, as a study has its test samples: shares and donors are of them.
 */
static enum fray_status damage(const struct detect *d, size_t condition, size_t set,
                               struct fray_arena *arena, struct fray_damage *none,
                               struct fray_damage *out, struct fray_err *err) {
  const struct fray_dataset *data = d->data[set];
  struct fray_population *population;
  struct fray_realised *realised;
  FRAY_ALLOC_ZERO(population, arena, 1, err);
  /* Judged and not trained on: nothing is dropped, and an entry for training alone does nothing. */
  *population = (struct fray_population){.dataset = data,
                                         .n = d->n[set],
                                         .sample = d->sample[set],
                                         .client = d->client[set],
                                         .n_clients = data->n_clients,
                                         .client_source = data->client_source,
                                         .client_name = data->client_name};
  FRAY_TRY(fray_damage_start(population, arena, none, err));
  FRAY_TRY(fray_damage_start(population, arena, out, err));
  if (condition == 0)
    return FRAY_OK;
  const struct fray_condition *c = &d->condition[condition - 1];
  FRAY_ALLOC_ZERO(realised, arena, c->n_entries + 1, err);
  if (fray_corrupt(c->entry, c->n_entries, population, (uint64_t)d->wish->seed, arena, out,
                   realised, err) != FRAY_OK)
    return fray_at(err, "%s", c->where);
  return FRAY_OK;
}

/* The clients of this rank, in all modalities that the condition touches. */
static enum fray_status look_at_mine(struct detect *d, const struct detect_view *view,
                                     struct fray_arena *scratch, struct fray_err *err) {
  const size_t ranks = (size_t)fray_comm_size(d->comm), mine = (size_t)fray_comm_rank(d->comm);
  const uint32_t *client = d->client[view->set];
  const unsigned touched = detect_touched(d, view);
  size_t number = 0;
  for (size_t first = 0, end; first < d->n[view->set]; first = end, number++) {
    /* Neighbours in the data are of one client. */
    for (end = first; end < d->n[view->set] && client[end] == client[first];)
      end++;
    if (number % ranks != mine)
      continue;
    FRAY_CHECK(!fray_stop_asked(), err, STOPPED, "stopped by a signal");
    for (size_t m = 0; m < d->data[0]->n_modalities; m++)
      if (touched >> m & 1)
        FRAY_TRY(detect_client(d, view, m, first, end - first, scratch, err));
  }
  return FRAY_OK;
}

/* One condition after another; the memory of its damage goes with it. */
static enum fray_status look(struct detect *d, struct fray_err *err) {
  struct fray_arena planned = {0}, scratch = {0};
  enum fray_status status = FRAY_OK;
  for (size_t c = 0; c < d->n_conditions && status == FRAY_OK; c++)
    for (size_t set = 0; set < d->n_sets && status == FRAY_OK; set++) {
      struct fray_damage none, damaged;
      const struct detect_view view = {c, set, &damaged, &none};
      fray_arena_reset(&planned);
      status = damage(d, c, set, &planned, &none, &damaged, err);
      if (status == FRAY_OK)
        status = look_at_mine(d, &view, &scratch, err);
      status = fray_comm_agree(d->comm, status, err);
      fray_progress(10, "%s: %zu of %zu conditions", detect_condition(d, c), c + 1,
                    d->n_conditions);
    }
  fray_arena_free(&planned);
  fray_arena_free(&scratch);
  return status;
}

/* The order of the tables: by condition, modality and set; a client behind its samples. */
static int by_place(const void *left, const void *right) {
  const struct detect_row *a = left, *b = right;
  const uint32_t x[] = {a->condition, a->modality, a->set, a->client, a->sample};
  const uint32_t y[] = {b->condition, b->modality, b->set, b->client, b->sample};
  for (size_t i = 0; i < FRAY_COUNT(x); i++)
    if (x[i] != y[i])
      return x[i] < y[i] ? -1 : 1;
  return 0;
}

/* Ranks send what they found, and rank 0 puts it into the order of the data: so the tables are the
 * same for any number of ranks. */
static enum fray_status gather(struct detect *d, struct fray_err *err) {
  void *all = NULL;
  const size_t ranks = (size_t)fray_comm_size(d->comm);
  size_t *sizes;
  FRAY_ALLOC_ZERO(sizes, d->arena, ranks, err);
  FRAY_TRY(fray_comm_gather(d->comm, d->row, d->n_rows * sizeof *d->row, 0, &all, sizes, err));
  free(d->row);
  d->row = all;
  /* Pieces are whole rows: every rank runs the same program on the same kind of machine. */
  d->n_rows = 0;
  for (size_t r = 0; r < ranks; r++)
    d->n_rows += sizes[r] / sizeof *d->row;
  if (d->row)
    qsort(d->row, d->n_rows, sizeof *d->row, by_place);
  return FRAY_OK;
}

/* ---- the folder ---- */

static void put_rows(const void *found, struct fray_text *out) {
  detect_table(found, out);
}

/* Made before, as it is also what the summary is of. */
static void put_conditions(const void *found, struct fray_text *out) {
  const struct detect *d = found;
  fray_text_add(out, d->conditions.data, d->conditions.size);
}

static void put_columns(const void *found, struct fray_text *out) {
  (void)found; /* the same of all */
  detect_columns(out);
}

static const struct fray_instrument_file files[] = {
    {"detect.csv", put_rows}, {"conditions.csv", put_conditions}, {"columns.csv", put_columns}};

/* Collective to its end: a rank that failed alone would leave the others waiting. */
static enum fray_status run(struct detect *d, struct fray_text *said, struct fray_err *err) {
  FRAY_TRY(open_all(d, err));
  FRAY_TRY(look(d, err));
  FRAY_TRY(gather(d, err));
  /* One of the ranks has all rows, and writes. */
  enum fray_status status = FRAY_OK;
  if (fray_comm_rank(d->comm) == 0) {
    status = detect_conditions(d, &d->conditions, said, err);
    if (status == FRAY_OK && d->wish->out)
      status =
          fray_instrument_write(d->wish->out, d->wish->overwrite, files, FRAY_COUNT(files), d, err);
  }
  return fray_comm_agree(d->comm, status, err);
}

/* Everything that is held is given back here, also after a failure. */
enum fray_status fray_detect(const struct fray_detect_wish *wish, struct fray_comm *comm,
                             struct fray_text *said, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct detect d = {.wish = wish, .comm = comm, .arena = &arena};
  fray_stop_catch();
  const enum fray_status status = run(&d, said, err);
  fray_progress_end();
  for (size_t set = 0; set < DETECT_SETS; set++)
    fray_dataset_close(d.data[set]);
  free(d.row);
  fray_text_free(&d.conditions);
  fray_arena_free(&arena);
  return status;
}
