/* What results.h5 holds of a trial: damage by client, predictions, confusion counts. */
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "trial_work.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static enum fray_status add_texts(struct fray_part *part, const char *path,
                                  const char *const *texts, size_t n, struct fray_err *err) {
  struct fray_part_set set = {.path = path, .rank = 1, .dims = {n}, .texts = texts};
  return fray_part_add(part, &set, err);
}

static enum fray_status add_counts(struct fray_part *part, const char *path, const void *values,
                                   size_t n, struct fray_err *err) {
  struct fray_part_set set = {path, FRAY_H5_I32, 1, {n}, values, NULL};
  return fray_part_add(part, &set, err);
}

/* What an entry hit: hit and eligible (n), as PREFIX.hit and PREFIX.eligible. */
static enum fray_status add_realised(struct fray_part *part, const char *prefix,
                                     const uint32_t *hit, const uint32_t *eligible, size_t n,
                                     struct fray_err *err) {
  char *paths[2] = {fray_arena_printf(&part->arena, "%s.hit", prefix),
                    fray_arena_printf(&part->arena, "%s.eligible", prefix)};
  FRAY_CHECK(paths[0] && paths[1], err, MEMORY, "out of memory");
  FRAY_TRY(add_counts(part, paths[0], hit, n, err));
  return add_counts(part, paths[1], eligible, n, err);
}

/* Columns of the training clients that follow from the damage, whichever entry did it. */
enum { SAMPLES, USABLE, LOST_ALL, UNLABELLED, DROPPED, RELABELLED, COLUMNS };
static const char *const column_paths[COLUMNS] = {"clients/samples",  "clients/usable",
                                                  "clients/lost_all", "clients/unlabelled",
                                                  "clients/dropped",  "clients/relabelled"};

/* What training sees of a labelled sample against the truth, into the counts of add_training: one
 * table of all classes, or one [true][seen] for each class. True if it is not the truth. */
static bool count_labels(const struct trial_work *t, size_t i, int32_t *seen) {
  const struct fray_dataset *d = t->session->dataset;
  size_t sample = t->partition->sample[i], classes = d->n_classes;
  bool known = fray_is_labelled(d, sample);
  if (!d->multi_label) {
    int32_t truth = d->label[sample], label = t->damage.label[i];
    if (known)
      seen[(size_t)truth * classes + (size_t)label]++;
    return label != truth;
  }
  const uint8_t *truth = d->labels + sample * classes, *labels = t->damage.labels + i * classes;
  for (size_t c = 0; known && c < classes; c++)
    seen[4 * c + 2 * truth[c] + labels[c]]++;
  return memcmp(truth, labels, classes) != 0;
}

static void count_sample(const struct trial_work *t, size_t i, int32_t *const *column, size_t c,
                         int32_t *seen) {
  const struct fray_damage *damage = &t->damage;
  bool unlabelled = damage->label[i] == FRAY_UNLABELLED;
  bool takes_part = !damage->dropped[i] && !unlabelled;
  column[SAMPLES][c]++;
  column[USABLE][c] += takes_part;
  column[LOST_ALL][c] += damage->present[i] == 0;
  column[UNLABELLED][c] += unlabelled;
  column[DROPPED][c] += damage->dropped[i] != 0;
  column[RELABELLED][c] += takes_part && count_labels(t, i, seen);
}

static enum fray_status add_training(const struct trial_work *t, struct fray_part *part,
                                     struct fray_err *err) {
  const struct fray_partition *p = t->partition;
  const struct fray_dataset *d = t->session->dataset;
  size_t n = p->n_clients, classes = d->n_classes, wide = d->multi_label ? 4 : classes;
  int32_t *column[COLUMNS], *seen;
  for (size_t k = 0; k < COLUMNS; k++)
    FRAY_ALLOC_ZERO(column[k], &part->arena, n, err);
  FRAY_ALLOC_ZERO(seen, &part->arena, classes * wide, err);
  for (size_t c = 0; c < n; c++)
    for (size_t i = p->first[c]; i < p->first[c + 1]; i++)
      count_sample(t, i, column, c, seen);
  FRAY_TRY(add_texts(part, "clients/name", p->name, n, err));
  for (size_t k = 0; k < COLUMNS; k++)
    FRAY_TRY(add_counts(part, column_paths[k], column[k], n, err));
  for (size_t e = 0; e < t->cell->n_entries; e++) {
    const struct fray_realised *r = &t->realised[e];
    char prefix[256];
    if (fray_corruption_at(t->cell->entry[e]) == FRAY_AT_TEST)
      continue;
    snprintf(prefix, sizeof prefix, "clients/%s", r->id);
    FRAY_TRY(add_realised(part, prefix, r->client_hit, r->client_eligible, n, err));
  }
  struct fray_part_set labels = {"train/label_confusion", FRAY_H5_I32, 2,
                                 {classes, wide},         seen,        NULL};
  return fray_part_add(part, &labels, err);
}

static enum fray_status name_conditions(const struct trial_work *t, struct fray_arena *arena,
                                        const char **name, struct fray_err *err) {
  for (size_t c = 0; c < t->n_conditions; c++) {
    char number[32] = "";
    if (!isnan(t->condition[c].severity))
      fray_format_double(t->condition[c].severity, number);
    name[c] = fray_arena_printf(arena, number[0] ? "%s=%s" : "%s%s", t->condition[c].name, number);
    FRAY_CHECK(name[c], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* Natural clients with test samples, in order of the data set. */
struct test_clients {
  size_t n;
  uint32_t *client;
};

static enum fray_status add_test_clients(const struct trial_work *t, struct fray_part *part,
                                         struct test_clients *out, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  int32_t *samples, *count;
  const char **name;
  FRAY_ALLOC_ZERO(count, &part->arena, d->n_clients, err);
  for (size_t i = 0; i < t->test.n; i++)
    out->n += count[d->client[t->test.sample[i]]]++ == 0;
  FRAY_ALLOC(out->client, &part->arena, out->n, err);
  FRAY_ALLOC(samples, &part->arena, out->n, err);
  FRAY_ALLOC(name, &part->arena, out->n, err);
  for (size_t c = 0, at = 0; c < d->n_clients; c++)
    if (count[c]) {
      out->client[at] = (uint32_t)c;
      name[at] = d->client_name[c];
      samples[at++] = count[c];
    }
  FRAY_TRY(add_texts(part, "test/clients/name", name, out->n, err));
  return add_counts(part, "test/clients/samples", samples, out->n, err);
}

static enum fray_status pick(const struct test_clients *clients, const uint32_t *from,
                             struct fray_arena *arena, uint32_t **out, struct fray_err *err) {
  FRAY_ALLOC(*out, arena, clients->n, err);
  for (size_t k = 0; k < clients->n; k++)
    (*out)[k] = from[clients->client[k]];
  return FRAY_OK;
}

static enum fray_status add_test_damage(const struct trial_work *t, struct fray_part *part,
                                        struct fray_err *err) {
  struct test_clients clients = {0};
  const char **name;
  FRAY_TRY(add_test_clients(t, part, &clients, err));
  FRAY_ALLOC(name, &part->arena, t->n_conditions, err);
  FRAY_TRY(name_conditions(t, &part->arena, name, err));
  for (size_t c = 0; c < t->n_conditions; c++)
    for (size_t e = 0; e < t->condition[c].n_entries; e++) {
      const struct fray_realised *r = &t->condition[c].entries[e];
      uint32_t *hit, *eligible;
      if (!t->condition[c].acts[e])
        continue;
      FRAY_TRY(pick(&clients, r->client_hit, &part->arena, &hit, err));
      FRAY_TRY(pick(&clients, r->client_eligible, &part->arena, &eligible, err));
      char *prefix = fray_arena_printf(&part->arena, "test/clients/%s.%s", name[c], r->id);
      FRAY_CHECK(prefix, err, MEMORY, "out of memory");
      FRAY_TRY(add_realised(part, prefix, hit, eligible, clients.n, err));
    }
  return FRAY_OK;
}

/* True labels: a number, or a set with a byte for each class. */
static enum fray_status add_truth(const struct trial_work *t, struct fray_part *part,
                                  struct fray_err *err) {
  size_t n = t->test.n, classes = t->session->dataset->n_classes;
  if (!t->test.labels)
    return add_counts(part, "test/label", t->test.label, n, err);
  struct fray_part_set sets = {"test/label", FRAY_H5_U8, 2, {n, classes}, t->test.labels, NULL};
  return fray_part_add(part, &sets, err);
}

/* The sets said, a byte for each class. */
static enum fray_status add_sets(const struct trial_work *t, struct fray_part *part,
                                 struct fray_err *err) {
  size_t n = t->test.n, conditions = t->n_conditions, classes = t->session->dataset->n_classes;
  uint8_t *said, *to;
  FRAY_ALLOC_ZERO(said, &part->arena, SELECTIONS * conditions * n * classes, err);
  to = said;
  for (size_t s = 0; s < SELECTIONS && !t->outcome.diverged; s++)
    for (size_t c = 0; c < conditions; c++)
      for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < classes; k++)
          *to++ = fray_said(&t->answers[s], c, i, k, classes);
  struct fray_part_set answer = {
      "test/predicted", FRAY_H5_U8, 4, {SELECTIONS, conditions, n, classes}, said, NULL};
  return fray_part_add(part, &answer, err);
}

static enum fray_status add_classes(const struct trial_work *t, struct fray_part *part,
                                    struct fray_err *err) {
  size_t n = t->test.n, conditions = t->n_conditions;
  int16_t *predicted;
  FRAY_ALLOC_ZERO(predicted, &part->arena, SELECTIONS * conditions * n, err);
  for (size_t s = 0; s < SELECTIONS && !t->outcome.diverged; s++)
    memcpy(predicted + s * conditions * n, t->answers[s].predicted,
           conditions * n * sizeof *predicted);
  struct fray_part_set said = {"test/predicted", FRAY_H5_I16, 3, {SELECTIONS, conditions, n},
                               predicted,        NULL};
  return fray_part_add(part, &said, err);
}

static enum fray_status add_confusion(const struct trial_work *t, struct fray_part *part,
                                      struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  size_t conditions = t->n_conditions, classes = d->n_classes;
  size_t cells = fray_confusion_cells(d->multi_label, classes);
  int64_t *confusion;
  FRAY_ALLOC_ZERO(confusion, &part->arena, SELECTIONS * conditions * cells, err);
  for (size_t s = 0; s < SELECTIONS && !t->outcome.diverged; s++)
    for (size_t c = 0; c < conditions; c++) {
      struct fray_scored scored;
      fray_score(&t->answers[s], c, t->test.label, t->test.labels, NULL, classes,
                 confusion + (s * conditions + c) * cells, &scored);
    }
  struct fray_part_set counts = {
      "test/confusion", FRAY_H5_I64, 4, {SELECTIONS, conditions, classes, cells / classes},
      confusion,        NULL};
  return fray_part_add(part, &counts, err);
}

static enum fray_status add_answers(const struct trial_work *t, struct fray_part *part,
                                    struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  size_t n = t->test.n;
  const char **name, **source;
  FRAY_ALLOC(name, &part->arena, t->n_conditions, err);
  FRAY_ALLOC(source, &part->arena, n, err);
  FRAY_TRY(name_conditions(t, &part->arena, name, err));
  for (size_t i = 0; i < n; i++)
    source[i] = d->source_id[t->test.sample[i]];
  FRAY_TRY(add_texts(part, "test/source", source, n, err));
  FRAY_TRY(add_truth(t, part, err));
  FRAY_TRY(add_texts(part, "test/condition", name, t->n_conditions, err));
  FRAY_TRY(d->multi_label ? add_sets(t, part, err) : add_classes(t, part, err));
  return add_confusion(t, part, err);
}

enum fray_status fray_trial_details(const struct trial_work *t, struct fray_part *part,
                                    struct fray_err *err) {
  FRAY_TRY(add_training(t, part, err));
  FRAY_TRY(add_test_damage(t, part, err));
  return add_answers(t, part, err);
}
