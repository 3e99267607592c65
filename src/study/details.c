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

static void count_sample(const struct trial_work *t, size_t i, int32_t *const *column, size_t c,
                         int32_t *seen) {
  const struct fray_damage *damage = &t->damage;
  const struct fray_dataset *d = t->session->dataset;
  int32_t truth = d->label[t->partition->sample[i]], label = damage->label[i];
  bool takes_part = !damage->dropped[i] && label != FRAY_UNLABELLED;
  column[SAMPLES][c]++;
  column[USABLE][c] += takes_part;
  column[LOST_ALL][c] += damage->present[i] == 0;
  column[UNLABELLED][c] += label == FRAY_UNLABELLED;
  column[DROPPED][c] += damage->dropped[i] != 0;
  column[RELABELLED][c] += takes_part && label != truth;
  if (takes_part && truth != FRAY_UNLABELLED)
    seen[(size_t)truth * d->n_classes + (size_t)label]++;
}

static enum fray_status add_training(const struct trial_work *t, struct fray_part *part,
                                     struct fray_err *err) {
  const struct fray_partition *p = t->partition;
  size_t n = p->n_clients, classes = t->session->dataset->n_classes;
  int32_t *column[COLUMNS], *seen;
  for (size_t k = 0; k < COLUMNS; k++)
    FRAY_ALLOC_ZERO(column[k], &part->arena, n, err);
  FRAY_ALLOC_ZERO(seen, &part->arena, classes * classes, err);
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
                                 {classes, classes},      seen,        NULL};
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

static enum fray_status add_answers(const struct trial_work *t, struct fray_part *part,
                                    struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  size_t n = t->test.n, conditions = t->n_conditions, classes = d->n_classes;
  int16_t *predicted;
  int64_t *confusion;
  const char **name, **source;
  FRAY_ALLOC(name, &part->arena, conditions, err);
  FRAY_ALLOC(source, &part->arena, n, err);
  FRAY_ALLOC_ZERO(predicted, &part->arena, SELECTIONS * conditions * n, err);
  FRAY_ALLOC_ZERO(confusion, &part->arena, SELECTIONS * conditions * classes * classes, err);
  FRAY_TRY(name_conditions(t, &part->arena, name, err));
  for (size_t i = 0; i < n; i++)
    source[i] = d->source_id[t->test.sample[i]];
  for (size_t s = 0; s < SELECTIONS && !t->outcome.diverged; s++)
    for (size_t c = 0; c < conditions; c++) {
      struct fray_scored scored;
      size_t at = s * conditions + c;
      memcpy(predicted + at * n, t->answers[s].predicted + c * n, n * sizeof *predicted);
      fray_score(&t->answers[s], c, t->test.label, NULL, classes,
                 confusion + at * classes * classes, &scored);
    }
  FRAY_TRY(add_texts(part, "test/source", source, n, err));
  FRAY_TRY(add_counts(part, "test/label", t->test.label, n, err));
  FRAY_TRY(add_texts(part, "test/condition", name, conditions, err));
  struct fray_part_set said = {"test/predicted", FRAY_H5_I16, 3, {SELECTIONS, conditions, n},
                               predicted,        NULL};
  struct fray_part_set counts = {
      "test/confusion", FRAY_H5_I64, 4, {SELECTIONS, conditions, classes, classes},
      confusion,        NULL};
  FRAY_TRY(fray_part_add(part, &said, err));
  return fray_part_add(part, &counts, err);
}

enum fray_status fray_trial_details(const struct trial_work *t, struct fray_part *part,
                                    struct fray_err *err) {
  FRAY_TRY(add_training(t, part, err));
  FRAY_TRY(add_test_damage(t, part, err));
  return add_answers(t, part, err);
}
