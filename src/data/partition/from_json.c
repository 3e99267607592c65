/* FedMultimodal's partition and simulation files: {client: [[key, row, label(, [missing per
 * modality ..., new label, unlabelled])], ...], "dev": [...], "test": [...]}. Its rows count within
 * files that are not at hand, so templates make source ids of them, and labels are compared as a
 * check that both count alike. */
#include "deal.h"

#include "fray/base/side.h"
#include "fray/json/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { KEY, ROW, LABEL, DAMAGE };

struct job {
  const struct file_params *params;
  struct deal *deal;
  struct finder *finder;
  char where[128]; /* "1-0[12]" */
};

/* Fills {key} and {row} in. */
static enum fray_status fill_template(const struct job *job, const char *template, const char *key,
                                      int64_t row, char *out, size_t room, struct fray_err *err) {
  char number[24];
  size_t n = 0;
  snprintf(number, sizeof number, "%" PRId64, row);
  for (const char *p = template; *p;) {
    bool is_key = strncmp(p, "{key}", 5) == 0, is_row = strncmp(p, "{row}", 5) == 0;
    const char *part = is_key ? key : is_row ? number : p;
    size_t length = is_key || is_row ? strlen(part) : 1;
    FRAY_CHECK(n + length < room, err, INPUT, "%s: %s: the source id is too long",
               job->params->path, job->where);
    memcpy(out + n, part, length);
    n += length;
    p += is_key || is_row ? 5 : 1;
  }
  out[n] = '\0';
  return FRAY_OK;
}

/* Keys are subject numbers or file names, written as text or number. */
static bool read_key(const fray_json *value, char *out, size_t room) {
  const char *text = fray_json_text(value);
  int64_t number = 0;
  if (!text && !fray_json_int(value, &number))
    return false;
  int n = text ? snprintf(out, room, "%s", text) : snprintf(out, room, "%" PRId64, number);
  return n >= 0 && (size_t)n < room;
}

/* Finds the sample of one entry and holds its label against the data set's. */
/* Dev and test entries have damage too, which is not read: evaluation is damaged by conditions. */
static enum fray_status read_entry(struct job *job, const fray_json *entry, const char *template,
                                   uint32_t *sample, struct fray_err *err) {
  const struct fray_dataset *dataset = job->deal->dataset;
  const char *path = job->params->path;
  /* A key of 511 bytes may stand in the template twice; names in shards end at 1023. */
  char key[512], id[1100];
  int64_t row = 0, label = 0;
  bool good = fray_json_is_array(entry) && fray_json_size(entry) >= 3 &&
              fray_json_size(entry) <= 4 && read_key(fray_json_at(entry, KEY), key, sizeof key) &&
              fray_json_int(fray_json_at(entry, ROW), &row) &&
              fray_json_int(fray_json_at(entry, LABEL), &label);
  FRAY_CHECK(good, err, INPUT, "%s: %s: expected [key, row, label] or [key, row, label, [...]]",
             path, job->where);
  FRAY_TRY(fill_template(job, template, key, row, id, sizeof id, err));
  FRAY_TRY(finder_take(job->finder, id, job->where, sample, err));
  /* Rows are counted from the start of a file that is not at hand: labels that agree are the sign
   * that both sides count alike. */
  FRAY_CHECK(dataset->label[*sample] == label, err, INPUT,
             "%s: %s: label %" PRId64 ", but sample \"%.200s\" of the data set has %d", path,
             job->where, label, id, dataset->label[*sample]);
  return FRAY_OK;
}

/* Flags in the order of the modalities in use, then the label that noise gave, then whether it was
 * taken away: the columns of FedMultimodal's simulation files. */
static enum fray_status read_damage(struct job *job, const fray_json *damage,
                                    struct fray_err *err) {
  struct deal *deal = job->deal;
  size_t modalities = deal->dataset->n_modalities, at = deal->n;
  int64_t label = 0, flag = 0, unlabelled = 0;
  FRAY_CHECK(fray_json_is_array(damage) && fray_json_size(damage) == modalities + 2, err, INPUT,
             "%s: %s: expected a list of %zu missing flags, a label and an unlabelled flag",
             job->params->path, job->where, modalities);
  deal->replay_missing[at] = 0;
  for (size_t m = 0; m < modalities; m++) {
    bool good = fray_json_int(fray_json_at(damage, m), &flag) && (flag == 0 || flag == 1);
    FRAY_CHECK(good, err, INPUT, "%s: %s: missing flag %zu is not 0 or 1", job->params->path,
               job->where, m);
    deal->replay_missing[at] |= (uint8_t)(flag << m);
  }
  bool good = fray_json_int(fray_json_at(damage, modalities), &label) && label >= 0 &&
              label < (int64_t)deal->dataset->n_classes;
  FRAY_CHECK(good, err, INPUT, "%s: %s: the new label is not in [0, %zu]", job->params->path,
             job->where, deal->dataset->n_classes - 1);
  good = fray_json_int(fray_json_at(damage, modalities + 1), &unlabelled) &&
         (unlabelled == 0 || unlabelled == 1);
  FRAY_CHECK(good, err, INPUT, "%s: %s: the unlabelled flag is not 0 or 1", job->params->path,
             job->where);
  deal->replay_label[at] = (int32_t)label;
  deal->replay_unlabelled[at] = (uint8_t)unlabelled;
  return FRAY_OK;
}

static enum fray_status read_client(struct job *job, const char *name, const fray_json *entries,
                                    struct fray_err *err) {
  struct deal *deal = job->deal;
  uint32_t sample = 0, client = 0;
  for (size_t i = 0; i < fray_json_size(entries); i++) {
    const fray_json *entry = fray_json_at(entries, i);
    snprintf(job->where, sizeof job->where, "%.80s[%zu]", name, i);
    FRAY_TRY(read_entry(job, entry, job->params->train_id, &sample, err));
    FRAY_TRY(finder_client(job->finder, name, &client, err));
    bool has_damage = fray_json_size(entry) > DAMAGE;
    /* Half a simulation would leave the other half clean without a word. */
    FRAY_CHECK(deal->n == 0 || has_damage == (deal->replay_missing != NULL), err, INPUT,
               "%s: %s: some training entries have a fourth element, others not", job->params->path,
               job->where);
    /* Allocated with the first entry that has damage; plain partitions carry none. */
    if (has_damage && !deal->replay_missing) {
      FRAY_ALLOC(deal->replay_missing, &deal->scratch, deal->dataset->n_samples, err);
      FRAY_ALLOC(deal->replay_label, &deal->scratch, deal->dataset->n_samples, err);
      FRAY_ALLOC(deal->replay_unlabelled, &deal->scratch, deal->dataset->n_samples, err);
    }
    if (has_damage)
      FRAY_TRY(read_damage(job, fray_json_at(entry, DAMAGE), err));
    deal->split[sample] = FRAY_TRAIN; /* whatever the shards say */
    deal->sample[deal->n] = sample;
    deal->owner[deal->n++] = client;
  }
  return FRAY_OK;
}

/* Lists of the file replace the data set's; what damage they carry is not used, as there. */
static enum fray_status read_evaluation(struct job *job, enum fray_split split,
                                        const fray_json *entries, struct fray_err *err) {
  struct deal *deal = job->deal;
  const char *name = fray_split_names[split];
  const char *template = split == FRAY_TEST ? job->params->test_id : job->params->train_id;
  uint32_t sample = 0;
  for (size_t i = 0; i < deal->dataset->n_samples; i++)
    if (deal->split[i] == split)
      deal->split[i] = FRAY_SPLITS; /* of no split */
  for (size_t i = 0; i < fray_json_size(entries); i++) {
    snprintf(job->where, sizeof job->where, "%s[%zu]", name, i);
    FRAY_TRY(read_entry(job, fray_json_at(entries, i), template, &sample, err));
    deal->split[sample] = (uint8_t)split;
  }
  return FRAY_OK;
}

/* In the order of the file, which numbers the clients and orders their samples. */
static enum fray_status read_members(struct job *job, const fray_json *root, struct fray_err *err) {
  void *iterator = NULL;
  const char *name = NULL;
  const fray_json *entries = NULL;
  FRAY_CHECK(fray_json_is_object(root), err, INPUT,
             "%s: expected an object of clients with lists of samples", job->params->path);
  while (fray_json_next(root, &iterator, &name, &entries)) {
    FRAY_CHECK(fray_json_is_array(entries), err, INPUT, "%s: %.80s: is not a list",
               job->params->path, name);
    if (strcmp(name, "dev") == 0)
      FRAY_TRY(read_evaluation(job, FRAY_DEV, entries, err));
    else if (strcmp(name, "test") == 0)
      FRAY_TRY(read_evaluation(job, FRAY_TEST, entries, err));
    else
      FRAY_TRY(read_client(job, name, entries, err));
  }
  return FRAY_OK;
}

enum fray_status file_read_json(const struct file_params *params, struct deal *deal,
                                struct finder *finder, struct fray_err *err) {
  const struct fray_dataset *dataset = deal->dataset;
  struct job job = {params, deal, finder, ""};
  fray_json *root = NULL;
  FRAY_CHECK(fray_has_one_label(dataset), err, INPUT, "%s: is for one label per sample",
             params->path);
  FRAY_ALLOC(deal->split, &deal->scratch, dataset->n_samples, err);
  /* A list that is absent leaves the data set's split; an empty one empties it. */
  memcpy(deal->split, dataset->split, dataset->n_samples);
  /* Freed before the tree is walked: the tree has its own copy of everything. */
  struct fray_text text = {0};
  FRAY_TRY(fray_side_read(params->path, FILE_LIMIT, &text, err));
  enum fray_status status = fray_json_parse(params->path, text.data, text.size, &root, err);
  fray_text_free(&text);
  if (status == FRAY_OK)
    status = read_members(&job, root, err);
  fray_json_free(root);
  return status;
}
