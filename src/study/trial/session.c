/* What stays open from trial to trial: the data set, its features, and partitions of it.
 *
 * A study has thousands of trials on few data sets, and opening one takes longer than a small
 * training. */
#include "study/said/said.h"
#include "trial.h"

#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/nn/loss.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Samples and clients of all kept partitions, about 40 bytes each. A larger one is kept alone. */
enum { KEPT_ENTRIES = 1 << 20 };

/* An empty section is a key as well, and not a missing one. The buffer goes over to the caller, who
 * frees it. NULL: out of memory. */
static char *key_of(struct fray_text *text) {
  fray_text_puts(text, "");
  if (!text->failed)
    return text->data;
  fray_text_free(text);
  return NULL;
}

/* The first key from here on but the partition, which says nothing of what is read. */
static const struct fray_node *not_partition(const struct fray_node *k) {
  return k && k->key && strcmp(k->key, "partition") == 0 ? k->next : k;
}

/* Key by key, without memory: all ranks must see alike whether there is something to open, which
 * they do together. */
static bool is_same_data(const struct fray_node *a, const struct fray_node *b) {
  const struct fray_node *x = not_partition(a ? a->child : NULL);
  const struct fray_node *y = not_partition(b ? b->child : NULL);
  while (x && y && strcmp(x->key, y->key) == 0 && fray_node_equal(x, y)) {
    x = not_partition(x->next);
    y = not_partition(y->next);
  }
  return !x && !y;
}

/* The section `data` without the partition. */
static char *data_key(const struct fray_cell *cell) {
  struct fray_text text = {0};
  const struct fray_node *data = fray_node_get(cell->node, "data");
  for (const struct fray_node *k = data ? data->child : NULL; k; k = k->next)
    if (!k->key || strcmp(k->key, "partition") != 0) {
      fray_text_printf(&text, "%s:\n", k->key ? k->key : "");
      fray_node_emit(k, &text);
    }
  return key_of(&text);
}

/* Equal text is equal meaning here: sections are filled in and in one order. */
static char *section_key(const struct fray_cell *cell, const char *path) {
  struct fray_text text = {0};
  const struct fray_node *section = fray_node_at(cell->node, path);
  if (section)
    fray_node_emit(section, &text);
  return key_of(&text);
}

/* Keys that were filled in have line 0 and no place to be named. */
enum fray_status fray_cell_at(const struct fray_cell *cell, const char *path,
                              struct fray_err *err) {
  const struct fray_node *node = fray_node_at(cell->node, path);
  char where[256];
  if (!node || node->line == 0 || err->status != FRAY_INPUT)
    return err->status;
  fray_node_where(node, where);
  return fray_at(err, "%s", where);
}

/* "corruption ID: ...": the line of the entry. */
static enum fray_status at_entry(const struct fray_cell *cell, struct fray_err *err) {
  static const char head[] = "corruption ";
  const struct fray_node *list = fray_node_get(cell->node, "corruption");
  const struct fray_node *node = list ? list->child : NULL;
  char where[256];
  for (size_t e = 0; e < cell->n_entries && node; e++, node = node->next) {
    const char *id = cell->entry[e]->id, *said = err->text + sizeof head - 1;
    const size_t n = id ? strlen(id) : 0;
    if (strncmp(err->text, head, sizeof head - 1) == 0 && n > 0 && strncmp(said, id, n) == 0 &&
        said[n] == ':' && node->line > 0)
      return fray_at(err, "%s", fray_node_where(node, where));
  }
  return err->status;
}

/* "training.selection.metric: ..." of a check that knows keys and no files: the key, or what of it
 * the scenario has, says where. What begins otherwise has its place, or is of no key. */
enum fray_status fray_cell_locate(const struct fray_cell *cell, struct fray_err *err) {
  char path[256];
  const size_t n = strspn(err->text, "abcdefghijklmnopqrstuvwxyz_0123456789."),
               m = strcspn(err->text, ":");
  if (err->status != FRAY_INPUT || n == 0 || n >= sizeof path || m < n)
    return err->status;
  if (err->text[n] == ' ')
    return at_entry(cell, err);
  if (err->text[n] != ':' && err->text[n] != '[')
    return err->status;
  memcpy(path, err->text, n);
  path[n] = '\0';
  for (;;) {
    const struct fray_node *node = fray_node_at(cell->node, path);
    if (node && node->line > 0)
      return fray_cell_at(cell, path, err);
    char *dot = strrchr(path, '.');
    if (!dot)
      return err->status;
    *dot = '\0';
  }
}

/* Says which key named the shards, and how shards come to be if there are none. */
static enum fray_status place_shards(const struct fray_cell *cell, struct fray_err *err) {
  const struct fray_node *node = fray_node_at(cell->node, "data.shards");
  const char *path = node && node->scalar ? node->scalar : cell->config.data.shards;
  char where[256];
  fray_node_where(node, where);
  /* Of a pattern that matches nothing the data layer says more. */
  if (!fray_file_exists(path) && !strpbrk(path, "*?["))
    return fray_fail(err, FRAY_INPUT,
                     "%s: data.shards: there is no file or folder %s; fray import DATASET.yaml -o "
                     "%s makes shards out of raw files; --set data.shards=PATH names others",
                     where, path, path);
  return fray_at(err, "%s: data", where);
}

/* What differs only in the partition shares its data set: opening reads every index of the shards.
 */
enum fray_status fray_session_open(struct fray_session *session, const struct fray_cell *cell,
                                   struct fray_err *err) {
  const struct fray_data_config *data = &cell->config.data;
  const struct fray_node *section = fray_node_get(cell->node, "data");
  if (session->data && is_same_data(session->data, section))
    return FRAY_OK;
  /* Only one data set is open at a time: two could be more than memory holds. */
  fray_session_close(session);
  enum fray_status status = fray_dataset_open(data->shards, data->modalities.v, data->modalities.n,
                                              session->comm, &session->dataset, err);
  if (status == FRAY_INPUT)
    return place_shards(cell, err);
  FRAY_TRY(status);
  status = fray_features_open(session->dataset, data, &session->features, err);
  session->data_key = data_key(cell);
  if (status == FRAY_OK && !session->data_key)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  status = fray_comm_agree(session->comm, status, err);
  if (status == FRAY_OK)
    status = fray_features_load_vectors(session->features, session->comm, err);
  if (status != FRAY_OK)
    return fray_cell_locate(cell, err);
  session->data = section;
  return FRAY_OK;
}

static void drop_partition(struct fray_kept_partition *kept) {
  fray_partition_free(kept->partition);
  free(kept->key);
  *kept = (struct fray_kept_partition){0};
}

/* How much memory there is, and what was warned of, is of the process and stays. */
void fray_session_close(struct fray_session *session) {
  for (size_t k = 0; k < FRAY_KEPT_PARTITIONS; k++)
    drop_partition(&session->kept[k]);
  fray_features_close(session->features);
  fray_dataset_close(session->dataset);
  free(session->data_key);
  free(session->model_key);
  *session = (struct fray_session){.comm = session->comm,
                                   .warned = session->warned,
                                   .memory = session->memory,
                                   .host = session->host};
}

/* Communicators stay where they are: a session belongs to its ranks from beginning to end. */
void fray_session_hand_over(struct fray_session *from, struct fray_session *to) {
  struct fray_comm *const mine = from->comm, *const theirs = to->comm;
  *to = *from;
  to->comm = theirs;
  /* What was looked up or said once stays so for both. */
  *from = (struct fray_session){
      .comm = mine, .warned = to->warned, .memory = to->memory, .host = to->host};
}

static size_t entries_of(const struct fray_partition *p) {
  return p->n_clients + p->first[p->n_clients] + p->n_own + p->n_dev + p->n_test;
}

/* Makes an empty place: those not used for the longest time go. The loop ends: each turn without a
 * result frees one place, and an empty store takes anything. */
static struct fray_kept_partition *make_place(struct fray_session *session, size_t entries) {
  for (;;) {
    struct fray_kept_partition *oldest = NULL, *empty = NULL;
    size_t all = entries;
    for (size_t k = 0; k < FRAY_KEPT_PARTITIONS; k++) {
      struct fray_kept_partition *kept = &session->kept[k];
      if (!kept->key) {
        empty = kept;
        continue;
      }
      all += entries_of(kept->partition);
      if (!oldest || kept->used < oldest->used)
        oldest = kept;
    }
    /* A single partition may be as large as it likes. */
    if (empty && (all <= KEPT_ENTRIES || !oldest))
      return empty;
    drop_partition(oldest);
  }
}

/* By what its section says and by the seed: two cells that differ elsewhere share it. */
static struct fray_kept_partition *find_partition(struct fray_session *session, const char *key,
                                                  uint64_t seed) {
  for (size_t k = 0; k < FRAY_KEPT_PARTITIONS; k++) {
    struct fray_kept_partition *kept = &session->kept[k];
    if (kept->key && kept->seed == seed && strcmp(kept->key, key) == 0)
      return kept;
  }
  return NULL;
}

/* Seeds come around again and again in a study of many cells, and a partition of a million samples
 * takes seconds. The key goes over to the place that keeps it. Its use is counted only here, so the
 * one that is returned is the last to be dropped, and stays good until the next call. */
enum fray_status fray_session_partition(struct fray_session *session, const struct fray_cell *cell,
                                        uint64_t seed, const struct fray_partition **out,
                                        struct fray_err *err) {
  char *key = section_key(cell, "data.partition");
  FRAY_CHECK(key, err, MEMORY, "out of memory");
  struct fray_kept_partition *kept = find_partition(session, key, seed);
  if (!kept) {
    struct fray_partition *made;
    enum fray_status status =
        fray_partition_make(&cell->config.data.partition, session->dataset, seed, &made, err);
    if (status != FRAY_OK) {
      free(key);
      return fray_cell_at(cell, "data.partition", err);
    }
    kept = make_place(session, entries_of(made));
    *kept = (struct fray_kept_partition){.key = key, .seed = seed, .partition = made};
    key = NULL;
  }
  free(key);
  kept->used = ++session->uses;
  *out = kept->partition;
  return FRAY_OK;
}

/* Kept by the section `model`: cells of a sweep mostly differ elsewhere. Only the last one is kept:
 * trials come cell by cell. It goes with the data, on which the lengths and so the operations
 * depend. */
enum fray_status fray_session_model_size(struct fray_session *session, const struct fray_cell *cell,
                                         struct fray_model_size *out, struct fray_err *err) {
  char *key = section_key(cell, "model");
  FRAY_CHECK(key, err, MEMORY, "out of memory");
  enum fray_status status = FRAY_OK;
  const bool is_known = session->model_key && strcmp(session->model_key, key) == 0;
  if (!is_known) {
    free(session->model_key);
    session->model_key = NULL;
    status = fray_model_measure(cell, session, &session->model_size, err);
  }
  if (is_known || status != FRAY_OK)
    free(key);
  else
    session->model_key = key;
  *out = session->model_size;
  return status;
}

/* What samples have, as a loss sees it. */
static enum fray_loss_sort sort_of(const struct fray_dataset *d) {
  return d->multi_label ? FRAY_LOSS_OF_SETS
         : d->words     ? FRAY_LOSS_OF_SEQUENCES
                        : FRAY_LOSS_OF_LABELS;
}

/* A loss of sets on single labels trains to something, and nobody would notice. */
static enum fray_status check_loss(const struct fray_cell *cell, const struct fray_dataset *d,
                                   struct fray_err *err) {
  const struct fray_choice *loss = cell->config.training.local.loss.choice;
  const enum fray_loss_sort of = fray_loss_of(loss), wanted = sort_of(d);
  const char *usual = fray_loss_default(wanted)->name;
  char hint[128]; /* what to take instead */
  if (wanted == FRAY_LOSS_OF_LABELS)
    snprintf(hint, sizeof hint, "take %s or another (fray list losses)", usual);
  else
    snprintf(hint, sizeof hint, "take %s, the default there", usual);
  FRAY_CHECK(of == wanted, err, INPUT,
             "training.local.loss: %s is for %s, but the data set %s is %s; %s", loss->name,
             fray_loss_of_words(of), d->name,
             d->multi_label ? "multi-label"
             : d->words     ? "of sequences"
                            : "single-label",
             hint);
  const struct fray_local_config *local = &cell->config.training.local;
  const char *instead = d->multi_label ? "multi-label; loss: bce takes positive_weights"
                                       : "of sequences, whose words have no weights";
  FRAY_CHECK(fray_has_one_label(d) || !local->class_weights, err, INPUT,
             "training.local.class_weights: is for one label per sample, but the data set %s is %s",
             d->name, instead);
  FRAY_CHECK(
      fray_has_one_label(d) || local->sampling == FRAY_SAMPLING_SHUFFLED, err, INPUT,
      "training.local.sampling: balanced is for one label per sample, but the data set %s is "
      "%s",
      d->name, instead);
  return FRAY_OK;
}

/* Where a group was asked for, for messages. */
static const struct fray_node *group_node(const struct fray_cell *cell, const char *name) {
  const struct fray_node *list = fray_node_at(cell->node, "evaluate.groups");
  for (const struct fray_node *g = list ? list->child : NULL; g; g = g->next)
    if (g->kind == FRAY_NODE_SCALAR && strcmp(g->scalar, name) == 0)
      return g;
  return list;
}

/* A group column that the data do not have would give a table without its rows. */
static enum fray_status check_groups(const struct fray_cell *cell, const struct fray_dataset *d,
                                     struct fray_err *err) {
  enum { MOST = 64 };
  const struct fray_strings *groups = &cell->config.evaluate.groups;
  const char *known[MOST];
  char where[256], list[512];
  for (size_t g = 0; g < groups->n; g++) {
    bool found = false;
    for (size_t k = 0; k < d->n_groups; k++) {
      found = found || strcmp(d->group[k].name, groups->v[g]) == 0;
      if (k < MOST)
        known[k] = d->group[k].name;
    }
    FRAY_CHECK(found, err, INPUT, "%s: evaluate.groups: the shards have no group column '%s'; %s",
               fray_node_where(group_node(cell, groups->v[g]), where), groups->v[g],
               fray_there_are(groups->v[g], known, FRAY_MIN(d->n_groups, (size_t)MOST), list,
                              sizeof list));
  }
  return FRAY_OK;
}

/* A kept model is one network. What clients keep beside it (own parts, corrections, memories)
 * begins as in any training: own parts as the kept model has them. */
static enum fray_status check_start(const struct fray_cell *cell, struct fray_err *err) {
  const struct fray_variant *algorithm = &cell->config.training.server.algorithm;
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&cell->config.training.server);
  if (!fray_start_is_on(&cell->config.model.start) || ops->models == 0)
    return FRAY_OK;
  fray_fail(err, FRAY_INPUT,
            "model.start: %s trains several networks at once, and networks that begin alike stay "
            "alike: it draws its own",
            algorithm->choice->name);
  return fray_cell_at(cell, "model.start", err);
}

/* The one place where scenario and data meet: what does not fit is said by key and line. The model
 * is made last, so that nothing is to be freed when a check before it fails. */
enum fray_status fray_cell_model(const struct fray_cell *cell, const struct fray_session *session,
                                 struct fray_model **model, struct fray_err *err) {
  const struct fray_dataset *d = session->dataset;
  const char *names[FRAY_MAX_MODALITIES];
  struct fray_feature_shape shapes[FRAY_MAX_MODALITIES];
  const struct fray_word_vectors *vectors[FRAY_MAX_MODALITIES];
  size_t vocabulary;
  uint64_t hash;
  for (size_t m = 0; m < d->n_modalities; m++) {
    names[m] = d->modality[m].name;
    shapes[m] = *fray_features_shape(session->features, m);
    vectors[m] = fray_features_vectors(session->features, m, &vocabulary, &hash);
  }
  FRAY_TRY(check_loss(cell, d, err));
  FRAY_TRY(fray_cell_check_sequences(cell, d, err));
  FRAY_TRY(check_groups(cell, d, err));
  FRAY_TRY(check_start(cell, err));
  struct fray_model_config config = cell->config.model;
  fray_missing_shape(&cell->config.training.missing, &config);
  config.sequences = d->words != NULL;
  FRAY_CHECK(!config.prototypes.kept || !d->multi_label, err, INPUT,
             "training.missing: %s has a mean of each class, but the data have sets of classes",
             cell->config.training.missing.kind.choice->name);
  enum fray_status status = fray_model_new(
      &config, &(struct fray_model_data){d->n_modalities, d->n_classes, names, shapes, vectors},
      model, err);
  return status == FRAY_OK ? status : fray_cell_at(cell, "model", err);
}
