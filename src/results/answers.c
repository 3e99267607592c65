/* The predictions of results.h5: read when they are asked for, held as far as there is room.
 *
 * The file of a large study does not fit into memory, and a page needs a few trials of it. What is
 * wrong with one trial is said in its status, and the others stay of use. */
#include "fray/results/answers.h"
#include "results/said/kept_scores.h"
#include "results/said/said_values.h"

#include "fray/base/file.h"
#include "fray/base/seal.h"
#include "fray/base/size.h"
#include "fray/metric/metric.h"

#include <stdlib.h>
#include <string.h>

static const char *const place[FRAY_REP_N_SAMPLES] = {"test", "own"};
static const size_t most_kept = (size_t)512 << 20; /* bytes of answers held at a time */
static const size_t most_values = (size_t)1 << 31; /* of one data set */

struct slot {
  struct fray_rep_answers answers;
  struct fray_arena arena;
  const char *complaint;  /* NULL, or what is damaged: the first that was found */
  const uint32_t *client; /* (n_names) index in the clients of all trials */
  size_t n_names;
  bool is_loaded, is_damaged; /* is_damaged: no answers; scores alone may be, too */
};

struct kind {
  bool is_ready;
  struct fray_rep_clients clients;
  struct slot *slot;  /* (n_trials) */
  const char **group; /* (n_trials) of the file */
};

struct fray_answer_file {
  const struct fray_rep_results *r;
  fray_h5 h5;
  bool is_open;
  const char *status; /* "ok", or why nothing can be read */
  const char *complaint;
  struct kind kind[FRAY_REP_N_SAMPLES];
  struct slot **kept; /* loaded ones, the oldest first */
  size_t n_kept, bytes;
  struct kept_scores scores;
  struct said_ahead ahead;
  bool in_order;           /* see fray_answer_file_in_order */
  struct fray_arena arena; /* names and lists, as long as the file is open */
  struct fray_arena work;
};

enum fray_status fray_answer_file_open(const struct fray_rep_results *r,
                                       struct fray_answer_file **out, struct fray_err *err) {
  struct fray_err why = {0};
  struct fray_answer_file *file = calloc(1, sizeof *file);
  FRAY_CHECK(file, err, MEMORY, "out of memory");
  *out = file;
  file->r = r;
  file->status = "ok";
  FRAY_ALLOC(file->kept, &file->arena, FRAY_REP_N_SAMPLES * r->n_trials, err);
  const char *path = fray_arena_printf(&file->arena, "%s/results.h5", r->folder);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  if (!fray_file_exists(path)) {
    file->status = "there is no results.h5";
    return FRAY_OK;
  }
  bool is_sealed;
  FRAY_TRY(fray_seal_check(path, &is_sealed, err)); /* what has a seal must be what it speaks of */
  file->is_open = fray_h5_open(path, &file->h5, &why) == FRAY_OK;
  file->ahead.file = file->h5;
  if (file->is_open)
    return FRAY_OK;
  file->status = "results.h5 cannot be read";
  FRAY_CHECK(file->complaint = fray_arena_strdup(&file->arena, why.text), err, MEMORY,
             "out of memory");
  return FRAY_OK;
}

/* Names and values that were handed out lie in the arena of the file, so they go with it. */
void fray_answer_file_close(struct fray_answer_file *file) {
  if (!file)
    return;
  if (file->is_open)
    (void)fray_h5_close(file->h5, NULL);
  for (size_t k = 0; k < FRAY_REP_N_SAMPLES; k++)
    if (file->kind[k].slot)
      for (size_t t = 0; t < file->r->n_trials; t++)
        fray_arena_free(&file->kind[k].slot[t].arena);
  kept_scores_free(&file->scores);
  fray_arena_free(&file->work);
  fray_arena_free(&file->arena);
  free(file);
}

const char *fray_answer_file_status(const struct fray_answer_file *file) {
  return file->status;
}

/* Path of a data set of a trial, in file->work. */
static enum fray_status path_of(struct fray_answer_file *file, enum fray_rep_samples samples,
                                size_t trial, const char *name, const char **path,
                                struct fray_err *err) {
  *path = fray_arena_printf(&file->work, "%s/%s", file->kind[samples].group[trial], name);
  FRAY_CHECK(*path, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* How many trials from t on are read at once: those of its cell, since whoever looks at one
 * training of a cell looks at the others; or as many as there are, where all will be. */
static size_t at_once(const struct fray_answer_file *file, size_t t) {
  enum { AT_ONCE = 16 };
  const struct fray_rep_trial *trial = file->r->trial;
  size_t n = 1;
  while (n < AT_ONCE && t + n < file->r->n_trials &&
         (file->in_order || trial[t + n].cell == trial[t].cell))
    n++;
  return n;
}

void fray_answer_file_in_order(struct fray_answer_file *file, bool in_order) {
  file->in_order = in_order;
}

/* The trials that are read at once with this one; and the reader begins with the next ones. */
static enum fray_status look_ahead(struct fray_answer_file *file, enum fray_rep_samples samples,
                                   size_t trial, struct fray_err *err) {
  const char *const *group = file->kind[samples].group;
  bool is_new;
  FRAY_TRY(said_ahead_answers(&file->ahead, group, trial, at_once(file, trial), &file->work,
                              &is_new, err));
  const size_t next = file->ahead.end;
  return file->in_order && is_new && next > trial && next < file->r->n_trials
             ? said_next_answers(&file->ahead, group, next, at_once(file, next), &file->work, err)
             : FRAY_OK;
}

/* A trial without its clients is one of an older program; it has answers all the same. */
static enum fray_status read_names(struct fray_answer_file *file, enum fray_rep_samples samples,
                                   size_t trial, struct said_names *out, struct fray_err *err) {
  const char *path;
  *out = (struct said_names){0};
  FRAY_TRY(path_of(file, samples, trial, "clients/name", &path, err));
  if (!fray_h5_has(file->h5, path))
    return FRAY_OK;
  return fray_h5_read_texts(file->h5, path, &file->work, &out->name, &out->n, err);
}

/* From the places in the trial's own list to those in the list of all. */
static enum fray_status number_clients(struct fray_answer_file *file, struct kind *k,
                                       const struct said_names *lists, size_t t,
                                       struct fray_err *err) {
  struct slot *slot = &k->slot[t];
  uint32_t *client;
  slot->n_names = lists[t].n;
  if (t && lists[t].name == lists[t - 1].name) {
    slot->client = k->slot[t - 1].client;
    return FRAY_OK;
  }
  FRAY_ALLOC(client, &file->arena, lists[t].n + 1, err);
  for (size_t i = 0; i < lists[t].n; i++) {
    client[i] = (uint32_t)said_place_of(lists[t].name[i], k->clients.name, k->clients.n);
  }
  slot->client = client;
  return FRAY_OK;
}

/* Damage leaves a complaint with the slot; only the lack of memory is an error. */
static enum fray_status complain(struct fray_answer_file *file, struct slot *slot,
                                 const struct fray_err *why, struct fray_err *err) {
  if (!slot->complaint) /* scores are asked for again and again */
    slot->complaint = fray_arena_strdup(&file->arena, why->text);
  FRAY_CHECK(slot->complaint && why->status != FRAY_MEMORY, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Of all trials of a folder in one list: a client has one number in every figure. */
static enum fray_status make_clients(struct fray_answer_file *file, enum fray_rep_samples samples,
                                     struct fray_err *err) {
  struct kind *k = &file->kind[samples];
  struct said_names *lists;
  FRAY_ALLOC_ZERO(lists, &file->work, file->r->n_trials, err);
  size_t asked = 0;
  for (size_t t = 0; t < file->r->n_trials; t++) {
    struct fray_err why = {0};
    if (t == asked)
      FRAY_TRY(said_ahead_names(&file->ahead, k->group, t, file->r->n_trials - t, &asked, err));
    if (read_names(file, samples, t, &lists[t], &why) != FRAY_OK) {
      lists[t] = (struct said_names){0};
      k->slot[t].is_damaged = true;
      FRAY_TRY(complain(file, &k->slot[t], &why, err));
    }
    /* Most trials are of one test split: their lists are one. */
    if (t && said_same_names(&lists[t], &lists[t - 1]))
      lists[t] = lists[t - 1];
  }
  FRAY_TRY(said_unite(lists, file->r->n_trials, &file->work, &file->arena, &k->clients.name,
                      &k->clients.n, err));
  for (size_t t = 0; t < file->r->n_trials; t++)
    FRAY_TRY(number_clients(file, k, lists, t, err));
  return FRAY_OK;
}

/* Made when answers are first asked for: numbers of clients go through all trials.
 */
enum fray_status fray_answer_file_clients(struct fray_answer_file *file,
                                          enum fray_rep_samples samples,
                                          const struct fray_rep_clients **out,
                                          struct fray_err *err) {
  struct kind *k = &file->kind[samples];
  *out = &k->clients;
  if (k->is_ready)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(k->slot, &file->arena, file->r->n_trials, err);
  FRAY_ALLOC(k->group, &file->arena, file->r->n_trials, err);
  for (size_t t = 0; t < file->r->n_trials; t++) {
    k->group[t] =
        fray_arena_printf(&file->arena, "trials/%s/%s", file->r->trial[t].name, place[samples]);
    FRAY_CHECK(k->group[t], err, MEMORY, "out of memory");
  }
  if (file->is_open) {
    struct fray_arena_place mark = fray_arena_mark(&file->work);
    FRAY_TRY(make_clients(file, samples, err));
    fray_arena_rewind(&file->work, mark);
  }
  k->is_ready = true;
  return FRAY_OK;
}

/* One trial being read. */
struct reading {
  struct fray_answer_file *file;
  enum fray_rep_samples samples;
  size_t trial;
  struct slot *slot;
  struct fray_rep_answers *a;
};

/* Paths are made per trial: the message of a refused one can then name it. */
static enum fray_status shape_of(const struct reading *in, const char *name, int rank,
                                 size_t dims[FRAY_H5_MAX_RANK], const char **path,
                                 struct fray_err *err) {
  int found;
  bool is_text;
  size_t values = 1;
  FRAY_TRY(path_of(in->file, in->samples, in->trial, name, path, err));
  FRAY_TRY(fray_h5_shape(in->file->h5, *path, &found, dims, &is_text, err));
  FRAY_CHECK(!is_text && found == rank, err, INPUT, "/%s: %s of rank %d, expected rank %d", *path,
             is_text ? "texts" : "numbers", found, rank);
  for (int d = 0; d < rank; d++)
    FRAY_CHECK(fray_size_mul(values, dims[d], &values) && values <= most_values, err, INPUT,
               "/%s: more than %zu values", *path, most_values);
  return FRAY_OK;
}

static enum fray_status check_dim(const char *path, const char *what, size_t found, size_t wanted,
                                  struct fray_err *err) {
  FRAY_CHECK(found == wanted, err, INPUT, "/%s: %zu %s, expected %zu", path, found, what, wanted);
  return FRAY_OK;
}

/* Integers (n) in low .. high. */
static enum fray_status read_indices(const struct reading *in, const char *name, size_t n,
                                     int64_t low, size_t end, const int32_t **out,
                                     struct fray_err *err) {
  const char *path;
  size_t dims[FRAY_H5_MAX_RANK];
  int32_t *v;
  FRAY_TRY(shape_of(in, name, 1, dims, &path, err));
  FRAY_TRY(check_dim(path, "samples", dims[0], n, err));
  FRAY_ALLOC(v, &in->slot->arena, n, err);
  FRAY_TRY(fray_h5_read(in->file->h5, path, FRAY_H5_I32, v, n, err));
  for (size_t i = 0; i < n; i++)
    FRAY_CHECK(v[i] >= low && v[i] < (int64_t)end, err, INPUT,
               "/%s: sample %zu has %ld, not in %ld .. %ld", path, i, (long)v[i], (long)low,
               (long)end - 1);
  *out = v;
  return FRAY_OK;
}

/* Of what has a row (of `width` values, if rank is 4) for each selection, condition and sample. */
static enum fray_status answer_shape(const struct reading *in, const char *name, int rank,
                                     size_t width, const char **path, struct fray_err *err) {
  size_t dims[FRAY_H5_MAX_RANK];
  FRAY_TRY(shape_of(in, name, rank, dims, path, err));
  FRAY_TRY(check_dim(*path, "selections", dims[0], 2, err));
  FRAY_TRY(check_dim(*path, "conditions", dims[1], in->a->n_conditions, err));
  FRAY_TRY(check_dim(*path, "samples", dims[2], in->a->n, err));
  return rank == 3 ? FRAY_OK : check_dim(*path, "classes", dims[3], width, err);
}

static enum fray_status read_predicted(const struct reading *in, struct fray_err *err) {
  struct fray_rep_answers *a = in->a;
  const size_t rows = 2 * a->n_conditions * a->n, classes = a->n_classes;
  const char *path;
  FRAY_TRY(answer_shape(in, "predicted", a->multi_label ? 4 : 3, classes, &path, err));
  if (!a->multi_label)
    return said_classes(in->file->h5, path, rows, classes, &in->slot->arena, &a->predicted, err);
  return said_sets(in->file->h5, path, rows * classes, &in->slot->arena, &a->sets, err);
}

static enum fray_status read_edits(const struct reading *in, struct fray_err *err) {
  const char *path;
  FRAY_TRY(answer_shape(in, "edits", 4, FRAY_EDIT_CELLS, &path, err));
  return said_edits(in->file->h5, path, 2 * in->a->n_conditions * in->a->n * FRAY_EDIT_CELLS,
                    &in->slot->arena, &in->a->edits, err);
}

/* Sizes: samples, conditions and classes, and whether a sample has several labels. */
static enum fray_status read_sizes(const struct reading *in, struct fray_err *err) {
  struct fray_rep_answers *a = in->a;
  const char *path;
  size_t dims[FRAY_H5_MAX_RANK];
  bool is_text;
  int rank;
  FRAY_TRY(path_of(in->file, in->samples, in->trial, "label", &path, err));
  FRAY_TRY(fray_h5_shape(in->file->h5, path, &rank, dims, &is_text, err));
  a->multi_label = rank == 2;
  FRAY_TRY(shape_of(in, "label", a->multi_label ? 2 : 1, dims, &path, err));
  a->n = dims[0];
  size_t classes = dims[1];
  FRAY_TRY(path_of(in->file, in->samples, in->trial, "edits", &path, err));
  if (fray_h5_has(in->file->h5, path)) { /* of sequences, which have no confusion of classes */
    FRAY_TRY(shape_of(in, "edits", 4, dims, &path, err));
    a->n_conditions = dims[1];
    a->n_classes = FRAY_EDIT_CELLS; /* in the place of classes: what is counted */
    return read_edits(in, err);
  }
  FRAY_TRY(shape_of(in, "confusion", 4, dims, &path, err));
  a->n_conditions = dims[1];
  a->n_classes = dims[2];
  FRAY_TRY(check_dim(path, "selections", dims[0], 2, err));
  FRAY_TRY(check_dim(path, "columns", dims[3], a->multi_label ? 4 : a->n_classes, err));
  FRAY_CHECK(a->n_classes > 0 && a->n_classes <= INT16_MAX, err, INPUT,
             "/%s: %zu classes, expected 1 to %d", path, a->n_classes, INT16_MAX);
  return a->multi_label ? check_dim(path, "classes", a->n_classes, classes, err) : FRAY_OK;
}

static enum fray_status read_label_sets(const struct reading *in, struct fray_err *err) {
  struct fray_rep_answers *a = in->a;
  const char *path;
  FRAY_TRY(path_of(in->file, in->samples, in->trial, "label", &path, err));
  return said_label_sets(in->file->h5, path, a->n, a->n_classes, &in->slot->arena, &a->labels,
                         &a->label, err);
}

static enum fray_status read_texts(const struct reading *in, const char *name, const char ***out,
                                   size_t *n, struct fray_err *err) {
  const char *path;
  FRAY_TRY(path_of(in->file, in->samples, in->trial, name, &path, err));
  return fray_h5_read_texts(in->file->h5, path, &in->slot->arena, out, n, err);
}

static enum fray_status read_column(const struct reading *in, const char *name,
                                    struct fray_rep_column *out, struct fray_err *err) {
  const char *values = fray_arena_printf(&in->file->work, "group_values/%s", name);
  const char *codes = fray_arena_printf(&in->file->work, "group/%s", name);
  FRAY_CHECK(values && codes, err, MEMORY, "out of memory");
  out->name = name;
  FRAY_TRY(read_texts(in, values, &out->value, &out->n_values, err));
  return read_indices(in, codes, in->a->n, -1, out->n_values, &out->code, err);
}

/* The group columns are those that the file has, and not those that today's scenario names. */
static enum fray_status read_columns(const struct reading *in, struct fray_err *err) {
  const char *path, **name;
  FRAY_TRY(path_of(in->file, in->samples, in->trial, "group", &path, err));
  if (!fray_h5_has(in->file->h5, path))
    return FRAY_OK;
  FRAY_TRY(fray_h5_members(in->file->h5, path, &in->slot->arena, &name, &in->a->n_columns, err));
  FRAY_ALLOC(in->a->column, &in->slot->arena, in->a->n_columns + 1, err);
  for (size_t c = 0; c < in->a->n_columns; c++)
    FRAY_TRY(read_column(in, name[c], &in->a->column[c], err));
  return FRAY_OK;
}

/* The samples of a client next to each other (counting sort: in order of number within each). */
static enum fray_status sort_by_client(const struct reading *in, size_t n_clients,
                                       struct fray_err *err) {
  size_t *start;
  FRAY_ALLOC_ZERO(start, &in->file->work, n_clients + 1, err);
  FRAY_ALLOC(in->a->by_client, &in->slot->arena, in->a->n, err);
  for (size_t i = 0; i < in->a->n; i++)
    start[in->a->client[i] + 1]++;
  for (size_t c = 0; c < n_clients; c++)
    start[c + 1] += start[c];
  for (size_t i = 0; i < in->a->n; i++)
    in->a->by_client[start[in->a->client[i]]++] = (uint32_t)i;
  return FRAY_OK;
}

/* Numbers within the trial become numbers within the folder. */
static enum fray_status read_clients(const struct reading *in, struct fray_err *err) {
  const int32_t *own;
  uint32_t *client;
  FRAY_TRY(read_indices(in, "client", in->a->n, 0, in->slot->n_names, &own, err));
  FRAY_ALLOC(client, &in->slot->arena, in->a->n, err);
  for (size_t i = 0; i < in->a->n; i++)
    /* Indices were held against the number of names when they were read. */
    client[i] = in->slot->client[own[i]];
  in->a->client = client;
  return sort_by_client(in, in->file->kind[in->samples].clients.n, err);
}

/* Of trials whose metrics ask for it. */
static enum fray_status read_target(const struct reading *in, struct fray_err *err) {
  const int32_t *target = NULL;
  const char *path;
  FRAY_TRY(path_of(in->file, in->samples, in->trial, "target", &path, err));
  if (fray_h5_has(in->file->h5, path))
    FRAY_TRY(read_indices(in, "target", 1, 0, in->a->n_classes, &target, err));
  in->a->target = target ? (size_t)*target + 1 : 0;
  return FRAY_OK;
}

/* In this order each size depends on the ones before: samples, classes, conditions. */
static enum fray_status read_answers(const struct reading *in, struct fray_err *err) {
  struct fray_rep_answers *a = in->a;
  size_t n;
  FRAY_TRY(read_sizes(in, err));
  FRAY_CHECK(a->n > 0, err, INPUT, "/trials/%s/%s/label: no samples",
             in->file->r->trial[in->trial].name, place[in->samples]);
  FRAY_TRY(read_clients(in, err));
  FRAY_TRY(read_target(in, err));
  if (a->multi_label)
    FRAY_TRY(read_label_sets(in, err));
  else
    FRAY_TRY(read_indices(in, "label", a->n, -1, a->n_classes, &a->label, err));
  FRAY_TRY(read_texts(in, "condition", &a->condition, &n, err));
  FRAY_TRY(check_dim("condition", "names", n, a->n_conditions, err));
  if (!a->edits)
    FRAY_TRY(read_predicted(in, err));
  return read_columns(in, err);
}

/* What is not there, and no damage. */
static enum fray_status look(const struct reading *in, struct fray_err *err) {
  const char *all, *client;
  FRAY_TRY(path_of(in->file, in->samples, in->trial, "label", &all, err));
  FRAY_TRY(path_of(in->file, in->samples, in->trial, "client", &client, err));
  if (in->slot->is_damaged)
    in->a->status = "its part of results.h5 is damaged";
  else if (!fray_h5_has(in->file->h5, all))
    in->a->status = "no predictions were kept";
  else if (!fray_h5_has(in->file->h5, client))
    in->a->status = "results.h5 does not say whose the samples are";
  return FRAY_OK;
}

/* What the next trial is taken to look like. */
static enum fray_status remember(const struct reading *in, struct fray_err *err) {
  const struct fray_rep_answers *a = in->a;
  const char **name;
  FRAY_ALLOC(name, &in->file->work, a->n_columns, err);
  for (size_t c = 0; c < a->n_columns; c++)
    name[c] = a->column[c].name;
  return said_liken(&in->file->ahead, a->multi_label, name, a->n_columns, &in->file->arena, err);
}

/* A damaged part of the file costs that trial its figures and not the page: what was read of it is
 * dropped, and the status says why. */
static enum fray_status load(const struct reading *in, struct fray_err *err) {
  struct fray_err why = {0};
  *in->a = (struct fray_rep_answers){.status = "ok"};
  FRAY_TRY(look(in, err));
  if (strcmp(in->a->status, "ok") != 0)
    return FRAY_OK;
  if (read_answers(in, &why) == FRAY_OK)
    return remember(in, err);
  FRAY_TRY(complain(in->file, in->slot, &why, err));
  in->slot->is_damaged = true;
  fray_arena_free(&in->slot->arena);
  *in->a = (struct fray_rep_answers){.status = "its part of results.h5 is damaged"};
  return FRAY_OK;
}

/* Room for another: the oldest go. */
static void drop_oldest(struct fray_answer_file *file) {
  size_t gone = 0;
  while (gone < file->n_kept && file->bytes > most_kept) {
    struct slot *old = file->kept[gone++];
    file->bytes -= old->arena.used;
    fray_arena_free(&old->arena);
    old->is_loaded = false;
  }
  file->n_kept -= gone;
  memmove(file->kept, file->kept + gone, file->n_kept * sizeof *file->kept);
}

/* What was read stays, up to a bound of bytes; the longest kept goes first. */
enum fray_status fray_answer_file_answers(struct fray_answer_file *file,
                                          enum fray_rep_samples samples, size_t trial,
                                          const struct fray_rep_answers **out,
                                          struct fray_err *err) {
  const struct fray_rep_clients *clients;
  FRAY_TRY(fray_answer_file_clients(file, samples, &clients, err));
  struct slot *slot = &file->kind[samples].slot[trial];
  *out = &slot->answers;
  if (!file->is_open)
    slot->answers.status = file->status;
  if (!file->is_open || slot->is_loaded)
    return FRAY_OK;
  struct reading in = {file, samples, trial, slot, &slot->answers};
  struct fray_arena_place mark = fray_arena_mark(&file->work);
  /* Before, so that the bound holds while the new one is read. */
  drop_oldest(file);
  FRAY_TRY(look_ahead(file, samples, trial, err));
  FRAY_TRY(load(&in, err));
  fray_arena_rewind(&file->work, mark);
  slot->is_loaded = true;
  file->kept[file->n_kept++] = slot;
  file->bytes += slot->arena.used;
  return FRAY_OK;
}

/* All conditions of one model, by far the largest data set. The caller frees it, if it failed too.
 */
static enum fray_status read_scores(const struct reading *in, bool last, float **out,
                                    struct fray_err *err) {
  const size_t count = in->a->n_conditions * in->a->n * in->a->n_classes;
  const char *path;
  FRAY_TRY(path_of(in->file, in->samples, in->trial, "score", &path, err));
  if (strcmp(in->a->status, "ok") != 0 || !fray_h5_has(in->file->h5, path))
    return FRAY_OK;
  FRAY_TRY(answer_shape(in, "score", 4, in->a->n_classes, &path, err));
  FRAY_CHECK(*out = malloc((count + 1) * sizeof **out), err, MEMORY, "out of memory");
  return fray_h5_read_rows(in->file->h5, path, FRAY_H5_F32, last, 1, *out, count, err);
}

/* One condition is handed out, and all of them are kept for the next. */
enum fray_status fray_answer_file_scores(struct fray_answer_file *file,
                                         enum fray_rep_samples samples, size_t trial, bool last,
                                         size_t condition, struct fray_arena *arena,
                                         const float **out, struct fray_err *err) {
  const struct fray_rep_answers *a;
  struct fray_err why = {0};
  float *mine, *read = NULL;
  *out = NULL;
  FRAY_TRY(fray_answer_file_answers(file, samples, trial, &a, err));
  struct slot *slot = &file->kind[samples].slot[trial];
  const struct reading in = {file, samples, trial, slot, &slot->answers};
  const size_t row = a->n * a->n_classes;
  const float *all = kept_scores_find(&file->scores, samples, trial, last);
  struct fray_arena_place mark = fray_arena_mark(&file->work);
  const bool good = all || read_scores(&in, last, &read, &why) == FRAY_OK;
  fray_arena_rewind(&file->work, mark);
  if (!good) {
    free(read);
    return complain(file, slot, &why, err);
  }
  if (read)
    all = kept_scores_keep(&file->scores, samples, trial, last, read, a->n_conditions * row);
  FRAY_ALLOC(mine, arena, row, err);
  *out = all ? memcpy(mine, all + condition * row, row * sizeof *mine) : NULL;
  return FRAY_OK;
}

/* Only who shows single samples asks for their names, which may take more room than all answers. */
enum fray_status fray_answer_file_sources(struct fray_answer_file *file,
                                          enum fray_rep_samples samples, size_t trial,
                                          struct fray_arena *arena, const char *const **out,
                                          struct fray_err *err) {
  const struct fray_rep_answers *a;
  const char *path, **name;
  struct fray_err why = {0};
  size_t n;
  *out = NULL;
  FRAY_TRY(fray_answer_file_answers(file, samples, trial, &a, err));
  struct fray_arena_place mark = fray_arena_mark(&file->work);
  if (file->is_open)
    FRAY_TRY(said_ahead_sources(&file->ahead, file->kind[samples].group, trial,
                                at_once(file, trial), err));
  FRAY_TRY(path_of(file, samples, trial, "source", &path, err));
  enum fray_status status = FRAY_INPUT;
  if (strcmp(a->status, "ok") == 0 && fray_h5_has(file->h5, path))
    status = fray_h5_read_texts(file->h5, path, arena, &name, &n, &why);
  fray_arena_rewind(&file->work, mark);
  FRAY_CHECK(status != FRAY_MEMORY, err, MEMORY, "out of memory");
  if (status == FRAY_OK && n == a->n)
    *out = name;
  return FRAY_OK;
}

/* One complaint stands for all: damage mostly has one cause. */
size_t fray_answer_file_damage(const struct fray_answer_file *file, const char **complaint) {
  size_t n = 0;
  *complaint = file->complaint;
  if (file->complaint)
    return file->r->n_trials;
  for (size_t t = 0; t < file->r->n_trials; t++)
    for (size_t k = 0; k < FRAY_REP_N_SAMPLES; k++) {
      const char *found = file->kind[k].slot ? file->kind[k].slot[t].complaint : NULL;
      if (!found)
        continue;
      *complaint = *complaint ? *complaint : found;
      n++;
      break;
    }
  return n;
}
