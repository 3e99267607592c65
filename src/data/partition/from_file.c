/* A partition from a file: CSV, or the JSON of FedMultimodal. Both name samples by their source
 * ids, so what looks them up, and sees that none is named twice, is shared. */
#include "deal.h"

#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/text.h"
#include "fray/codec/names.h"

#include <stdlib.h>
#include <string.h>

extern const struct fray_choice fray_partition_from_file;

/* The templates are for JSON alone, whose rows are numbers; a CSV names source ids itself. */
static const struct fray_field fields[] = {
    FRAY_FIELD(PATH, "path", struct file_params, path, .required = true,
               .help = "CSV with columns source, client and perhaps split; or FedMultimodal's JSON "
                       "(by the ending .json)"),
    FRAY_FIELD(STRING, "train_id", struct file_params, train_id, .def_text = "train/{row}",
               .help = "JSON: source id of a row of the clients and of dev; {key}, {row}"),
    FRAY_FIELD(STRING, "test_id", struct file_params, test_id, .def_text = "test/{row}",
               .help = "JSON: source id of a row of test; {key}, {row}"),
};
static FRAY_TABLE(table, "file", struct file_params, fields);

/* Open addressing: index + 1, 0 is empty. */
struct finder {
  struct deal *deal;
  const char *path;
  uint32_t *slot, *client_slot;
  size_t size, client_size;
  uint8_t *taken; /* (samples) */
  size_t room;    /* of deal->name */
};

/* Tables of at least twice the samples, so that a look-up seldom meets a taken slot; they go with
 * the scratch. */
static enum fray_status finder_open(struct finder *f, struct deal *deal, const char *path,
                                    struct fray_err *err) {
  const struct fray_dataset *dataset = deal->dataset;
  *f = (struct finder){.deal = deal, .path = path, .size = 16};
  while (f->size < 2 * dataset->n_samples)
    f->size *= 2;
  /* There are no more clients than samples, so one size serves both tables. */
  f->client_size = f->size;
  FRAY_ALLOC_ZERO(f->slot, &deal->scratch, f->size, err);
  FRAY_ALLOC_ZERO(f->client_slot, &deal->scratch, f->client_size, err);
  FRAY_ALLOC_ZERO(f->taken, &deal->scratch, dataset->n_samples, err);
  FRAY_ALLOC(deal->name, &deal->out->arena, dataset->n_samples, err);
  /* Source ids are unique and hashed already: the index has seen to both. */
  for (size_t i = 0; i < dataset->n_samples; i++) {
    size_t at = dataset->source[i] & (f->size - 1);
    while (f->slot[at])
      at = (at + 1) & (f->size - 1);
    f->slot[at] = (uint32_t)i + 1;
  }
  return FRAY_OK;
}

/* Slot of a source id; an empty one if the data set has no such sample. */
static size_t find_slot(const struct finder *f, const char *source_id) {
  const struct fray_dataset *dataset = f->deal->dataset;
  size_t at = fray_hash_text(source_id) & (f->size - 1);
  while (f->slot[at] && strcmp(dataset->source_id[f->slot[at] - 1], source_id) != 0)
    at = (at + 1) & (f->size - 1);
  return at;
}

/* The id as it stands first: forgiving forms must not hide a sample that bears exactly this name.
 */
enum fray_status finder_take(struct finder *f, const char *source_id, const char *where,
                             uint32_t *sample, struct fray_err *err) {
  size_t at = find_slot(f, source_id);
  if (!f->slot[at])
    at = find_slot(f, fray_csv_plain(source_id));
  if (!f->slot[at]) {
    const char *clean = fray_name_clean(source_id, &f->deal->scratch);
    FRAY_CHECK(clean, err, MEMORY, "out of memory");
    at = find_slot(f, clean);
  }
  FRAY_CHECK(f->slot[at], err, INPUT, "%s: %s: the data set has no sample \"%.200s\"", f->path,
             where, source_id);
  *sample = f->slot[at] - 1;
  FRAY_CHECK(!f->taken[*sample], err, INPUT, "%s: %s: sample \"%.200s\" was named before", f->path,
             where, source_id);
  f->taken[*sample] = 1;
  return FRAY_OK;
}

/* There are never more clients than samples, since a client is looked up with one of its samples.
 */
enum fray_status finder_client(struct finder *f, const char *name, uint32_t *client,
                               struct fray_err *err) {
  struct deal *deal = f->deal;
  name = fray_name_clean(name, &deal->scratch);
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  size_t at = fray_hash_text(name) & (f->client_size - 1);
  while (f->client_slot[at] && strcmp(deal->name[f->client_slot[at] - 1], name) != 0)
    at = (at + 1) & (f->client_size - 1);
  if (!f->client_slot[at]) {
    FRAY_CHECK(deal->n_clients < deal->dataset->n_samples, err, INPUT, "%s: too many clients",
               f->path);
    const char *copy = fray_arena_strdup(&deal->out->arena, name);
    FRAY_CHECK(copy, err, MEMORY, "out of memory");
    deal->name[deal->n_clients++] = copy;
    f->client_slot[at] = (uint32_t)deal->n_clients;
  }
  *client = f->client_slot[at] - 1;
  return FRAY_OK;
}

/* Samples that a file leaves out are used by no one; that is worth a word. */
static void warn_left_out(const struct finder *f) {
  const struct fray_dataset *dataset = f->deal->dataset;
  size_t n = 0;
  for (size_t i = 0; i < dataset->n_samples; i++)
    n += !f->taken[i] && dataset->split[i] == FRAY_TRAIN;
  if (n)
    fray_warn("%s: names %zu training samples fewer than the data set has", f->path, n);
}

/* Rank 0 has read the file once for all (fray_side_read), so its name is opened by nobody else. */
static enum fray_status make(const void *params, struct deal *deal, struct fray_err *err) {
  const struct file_params *p = params;
  struct finder finder;
  size_t length = strlen(p->path);
  /* By the ending, not by looking: a CSV whose header begins with a brace is no JSON. */
  bool json = length > 5 && strcmp(p->path + length - 5, ".json") == 0;
  deal->n = 0; /* the file says which samples are for training */
  FRAY_TRY(finder_open(&finder, deal, p->path, err));
  FRAY_TRY(json ? file_read_json(p, deal, &finder, err) : file_read_csv(p, deal, &finder, err));
  /* A file of test samples alone, most likely the wrong one of two. */
  FRAY_CHECK(deal->n > 0, err, INPUT, "%s: names no training sample", p->path);
  warn_left_out(&finder);
  return FRAY_OK;
}

static const struct deal_impl impl = {.make = make};
const struct fray_choice fray_partition_from_file = {
    .name = "file",
    .meaning =
        "clients, and perhaps dev and test, as a CSV or a FedMultimodal JSON file lists them",
    .source = "JSON: Feng et al. 2023, partition and simulation files",
    .table = &table,
    .impl = &impl};
