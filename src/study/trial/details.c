/* What results.h5 holds of a trial: damage by client, predictions, confusion counts.
 *
 * What was realised stands beside what was asked for: a rate of 0.3 on ten samples is no 0.3, and
 * tables are about what happened. */
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "study/said/said.h"
#include "trial_work.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct fray_trial_file_set texts_of(const char *const *texts, size_t n) {
  return (struct fray_trial_file_set){.rank = 1, .dims = {n}, .texts = texts};
}

static struct fray_trial_file_set counts_of(const void *values, size_t n) {
  return (struct fray_trial_file_set){.type = FRAY_H5_I32, .rank = 1, .dims = {n}, .data = values};
}

static enum fray_status add_set(struct fray_trial_file *part, const char *path,
                                struct fray_trial_file_set set, struct fray_err *err) {
  set.path = path;
  return fray_trial_file_add(part, &set, err);
}

/* What an entry hit: hit and eligible (n), as PREFIX.hit and PREFIX.eligible. */
static enum fray_status add_realised(struct fray_trial_file *part, const char *prefix,
                                     const uint32_t *hit, const uint32_t *eligible, size_t n,
                                     struct fray_err *err) {
  char *paths[2] = {fray_arena_printf(&part->arena, "%s.hit", prefix),
                    fray_arena_printf(&part->arena, "%s.eligible", prefix)};
  FRAY_CHECK(paths[0] && paths[1], err, MEMORY, "out of memory");
  FRAY_TRY(add_set(part, paths[0], counts_of(hit, n), err));
  return add_set(part, paths[1], counts_of(eligible, n), err);
}

/* Columns of the training clients that follow from the damage, whichever entry did it. */
enum { SAMPLES, USABLE, LOST_ALL, UNLABELLED, DROPPED, RELABELLED, COLUMNS };
static const char *const column_paths[COLUMNS] = {"clients/samples",  "clients/usable",
                                                  "clients/lost_all", "clients/unlabelled",
                                                  "clients/dropped",  "clients/relabelled"};

/* What training sees of a labelled sample against the truth, into the counts of add_training: one
 * table of all classes, or one [true][seen] for each class. True if it is not the truth. seen
 * (classes x wide): rows are the truth. Of sets four numbers a class, at 2 * truth + label. */
static bool count_labels(const struct trial_work *t, size_t i, int32_t *seen) {
  const struct fray_dataset *d = t->session->dataset;
  size_t sample = t->partition->sample[i], classes = d->n_classes;
  bool known = fray_is_labelled(d, sample);
  if (d->words) /* nothing changes the words of a sequence */
    return false;
  if (!d->multi_label) {
    int32_t truth = d->label[sample], label = t->damage.label[i];
    if (known)
      seen[(size_t)truth * classes + (size_t)label]++;
    return label != truth;
  }
  const uint8_t *truth = d->labels + sample * classes, *labels = t->damage.labels + i * classes;
  if (known)
    for (size_t c = 0; c < classes; c++)
      seen[4 * c + 2 * truth[c] + labels[c]]++;
  return memcmp(truth, labels, classes) != 0;
}

/* Unlabelled and dropped samples are counted each by itself: a sample may be both. The order of &&
 * matters: labels are counted for samples that take part alone, since others teach nothing
 * wrong. */
static void count_sample(const struct trial_work *t, size_t i, int32_t *const *column, size_t c,
                         int32_t *seen) {
  const struct fray_damage *damage = &t->damage;
  if (t->held && t->held[i]) /* not there for training: it counts nowhere */
    return;
  bool unlabelled = damage->label[i] == FRAY_UNLABELLED;
  bool takes_part = !damage->dropped[i] && !unlabelled;
  column[SAMPLES][c]++;
  column[USABLE][c] += takes_part;
  column[LOST_ALL][c] += damage->present[i] == 0;
  column[UNLABELLED][c] += unlabelled;
  column[DROPPED][c] += damage->dropped[i] != 0;
  column[RELABELLED][c] += takes_part && count_labels(t, i, seen);
}

/* What damage left of each class: a class that mostly lost its labels, or got wrong ones, cannot be
 * learnt, whatever the rate is over all. */
enum { CLASS_SAMPLES, CLASS_USABLE, CLASS_RIGHT, CLASS_COLUMNS };
static const char *const class_paths[CLASS_COLUMNS] = {"train/class_samples", "train/class_usable",
                                                       "train/class_right"};

/* By the true class; of sets a sample counts for each class that it has. */
static void count_class(const struct trial_work *t, size_t i, int32_t *const *column) {
  const struct fray_dataset *d = t->session->dataset;
  const size_t sample = t->partition->sample[i];
  const bool usable = !t->damage.dropped[i] && t->damage.label[i] != FRAY_UNLABELLED;
  for (size_t c = 0; c < d->n_classes; c++) {
    if (!fray_has_class(d, sample, c) || (t->held && t->held[i]))
      continue;
    column[CLASS_SAMPLES][c]++;
    column[CLASS_USABLE][c] += usable;
    column[CLASS_RIGHT][c] +=
        usable && (t->damage.labels ? t->damage.labels[i * d->n_classes + c] == 1
                   : d->words       ? true
                                    : t->damage.label[i] == (int32_t)c);
  }
}

static enum fray_status add_classes_left(const struct trial_work *t, struct fray_trial_file *part,
                                         struct fray_err *err) {
  const size_t classes = t->session->dataset->n_classes;
  int32_t *column[CLASS_COLUMNS];
  for (size_t k = 0; k < CLASS_COLUMNS; k++)
    FRAY_ALLOC_ZERO(column[k], &part->arena, classes, err);
  for (size_t i = 0; i < t->partition->first[t->partition->n_clients]; i++)
    count_class(t, i, column);
  for (size_t k = 0; k < CLASS_COLUMNS; k++)
    FRAY_TRY(add_set(part, class_paths[k], counts_of(column[k], classes), err));
  return FRAY_OK;
}

/* Sequences that training left out, since their words do not fit their steps. */
static enum fray_status add_unfit(const struct trial_work *t, struct fray_trial_file *part,
                                  struct fray_err *err) {
  int32_t *n;
  FRAY_ALLOC(n, &part->arena, 1, err);
  *n = (int32_t)spoken_unfit(t->model, t->session->features, &t->clients.data, NULL);
  return add_set(part, "train/left_out", counts_of(n, 1), err);
}

/* Counts by client over all that trains, damaged or not: what is missing in training shows here.
 * int32 is enough for the samples of a client. Arrays must live until the part is written, so they
 * are of its arena. */
static enum fray_status add_training(const struct trial_work *t, struct fray_trial_file *part,
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
  FRAY_TRY(add_set(part, "clients/name", texts_of(p->name, n), err));
  for (size_t k = 0; k < COLUMNS; k++)
    FRAY_TRY(add_set(part, column_paths[k], counts_of(column[k], n), err));
  for (size_t e = 0; e < t->cell->n_entries; e++) {
    const struct fray_realised *r = &t->realised[e];
    char prefix[256];
    if (!fray_corruption_acts(t->cell->entry[e], FRAY_AT_TRAIN))
      continue;
    snprintf(prefix, sizeof prefix, "clients/%s", r->id);
    FRAY_TRY(add_realised(part, prefix, r->client_hit, r->client_eligible, n, err));
  }
  struct fray_trial_file_set labels = {.path = "train/label_confusion",
                                       .type = FRAY_H5_I32,
                                       .rank = 2,
                                       .dims = {classes, wide},
                                       .data = seen};
  FRAY_TRY(d->words ? add_unfit(t, part, err) : fray_trial_file_add(part, &labels, err));
  return add_classes_left(t, part, err);
}

/* NAME=SEVERITY, the number as in the tables, so that readers need not round. */
static enum fray_status name_conditions(const struct trial_work *t, struct fray_arena *arena,
                                        const char **name, struct fray_err *err) {
  for (size_t c = 0; c < t->n_conditions; c++) {
    char number[32] = "";
    const struct judged_condition *condition = &t->judged[TEST].condition[c];
    if (!isnan(condition->severity))
      fray_format_double(condition->severity, number);
    name[c] = fray_arena_printf(arena, number[0] ? "%s=%s" : "%s%s", condition->name, number);
    FRAY_CHECK(name[c], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* A panel of the trial, and what goes under its name. */
struct panel {
  const struct judged *of;
  const struct fray_answers *answers; /* (SELECTIONS); NULL: diverged */
  size_t n_conditions;
  const char *const *condition_name; /* see name_conditions */
};

/* Adds PREFIX/NAME. */
static enum fray_status add_panel_set(struct fray_trial_file *part, const struct panel *panel,
                                      const char *name, struct fray_trial_file_set set,
                                      struct fray_err *err) {
  char *path = fray_arena_printf(&part->arena, "%s/%s", panel->of->name, name);
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  return add_set(part, path, set, err);
}

/* Natural clients of a panel's samples, in order of the data set. */
struct panel_clients {
  size_t n;
  uint32_t *client;
};

/* In the order of the data set, so that the same people have the same place in every trial. */
static enum fray_status add_clients(const struct trial_work *t, const struct panel *panel,
                                    struct fray_trial_file *part, struct panel_clients *out,
                                    struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_samples *p = &panel->of->of;
  int32_t *samples, *count, *place, *of_sample;
  const char **name;
  FRAY_ALLOC_ZERO(count, &part->arena, d->n_clients, err);
  FRAY_ALLOC(place, &part->arena, d->n_clients, err);
  FRAY_ALLOC(of_sample, &part->arena, p->n, err);
  for (size_t i = 0; i < p->n; i++)
    out->n += count[d->client[p->sample[i]]]++ == 0;
  FRAY_ALLOC(out->client, &part->arena, out->n, err);
  FRAY_ALLOC(samples, &part->arena, out->n, err);
  FRAY_ALLOC(name, &part->arena, out->n, err);
  for (size_t c = 0, at = 0; c < d->n_clients; c++)
    if (count[c]) {
      place[c] = (int32_t)at;
      out->client[at] = (uint32_t)c;
      name[at] = d->client_name[c];
      samples[at++] = count[c];
    }
  for (size_t i = 0; i < p->n; i++)
    of_sample[i] = place[d->client[p->sample[i]]];
  FRAY_TRY(add_panel_set(part, panel, "clients/name", texts_of(name, out->n), err));
  FRAY_TRY(add_panel_set(part, panel, "clients/samples", counts_of(samples, out->n), err));
  return add_panel_set(part, panel, "client", counts_of(of_sample, p->n), err);
}

/* From all clients to those of the panel, in its order. */
static enum fray_status pick(const struct panel_clients *clients, const uint32_t *from,
                             struct fray_arena *arena, uint32_t **out, struct fray_err *err) {
  FRAY_ALLOC(*out, arena, clients->n, err);
  for (size_t k = 0; k < clients->n; k++)
    (*out)[k] = from[clients->client[k]];
  return FRAY_OK;
}

/* The federated clients of the own samples, and what damage at test did to each. */
static enum fray_status add_holders(const struct panel *panel, struct fray_trial_file *part,
                                    struct fray_err *err) {
  for (size_t c = 0; c < panel->n_conditions; c++)
    for (size_t e = 0; e < panel->of->condition[c].n_entries; e++) {
      const struct fray_realised *r = &panel->of->condition[c].entries[e];
      char *prefix = fray_arena_printf(&part->arena, "%s/holders/%s.%s", panel->of->name,
                                       panel->condition_name[c], r->id);
      FRAY_CHECK(prefix, err, MEMORY, "out of memory");
      if (panel->of->condition[c].acts[e])
        FRAY_TRY(add_realised(part, prefix, r->client_hit, r->client_eligible, r->n_clients, err));
    }
  return add_panel_set(part, panel, "holder", counts_of(panel->of->client, panel->of->of.n), err);
}

/* By client, since damage that looks even in the sum may have hit a few of them alone. Own samples
 * are counted by the federated clients that hold them, since damage was drawn for those; test
 * samples by the natural ones. An entry that does not act at test has no rows at all, which differs
 * from rows of zeros. */
static enum fray_status add_damage(const struct trial_work *t, const struct panel *panel,
                                   struct fray_trial_file *part, struct fray_err *err) {
  struct panel_clients clients = {0};
  FRAY_TRY(add_clients(t, panel, part, &clients, err));
  if (panel->of->held_by_clients)
    return add_holders(panel, part, err);
  for (size_t c = 0; c < panel->n_conditions; c++)
    for (size_t e = 0; e < panel->of->condition[c].n_entries; e++) {
      const struct fray_realised *r = &panel->of->condition[c].entries[e];
      uint32_t *hit, *eligible;
      if (!panel->of->condition[c].acts[e])
        continue;
      FRAY_TRY(pick(&clients, r->client_hit, &part->arena, &hit, err));
      FRAY_TRY(pick(&clients, r->client_eligible, &part->arena, &eligible, err));
      char *prefix = fray_arena_printf(&part->arena, "%s/clients/%s.%s", panel->of->name,
                                       panel->condition_name[c], r->id);
      FRAY_CHECK(prefix, err, MEMORY, "out of memory");
      FRAY_TRY(add_realised(part, prefix, hit, eligible, clients.n, err));
    }
  return FRAY_OK;
}

/* Values of the group columns that are scored one by one: codes of the samples, and their texts. A
 * column that this data set lacks is passed over: other cells of the study may have it. Codes are
 * numbers of group_values, in the order of the data set. */
static enum fray_status add_groups(const struct trial_work *t, const struct panel *panel,
                                   struct fray_trial_file *part, struct fray_err *err) {
  const struct fray_samples *p = &panel->of->of;
  const struct fray_strings *columns = &t->cell->config.evaluate.groups;
  for (size_t k = 0; k < columns->n; k++) {
    const struct fray_group *group = fray_find_group(t->session->dataset, columns->v[k]);
    char *codes = fray_arena_printf(&part->arena, "group/%s", columns->v[k]);
    char *values = fray_arena_printf(&part->arena, "group_values/%s", columns->v[k]);
    int32_t *code;
    FRAY_CHECK(codes && values, err, MEMORY, "out of memory");
    if (!group)
      continue;
    FRAY_ALLOC(code, &part->arena, p->n, err);
    for (size_t i = 0; i < p->n; i++)
      code[i] = group->code[p->sample[i]];
    FRAY_TRY(add_panel_set(part, panel, codes, counts_of(code, p->n), err));
    FRAY_TRY(add_panel_set(part, panel, values, texts_of(group->value, group->n), err));
  }
  return FRAY_OK;
}

/* True labels: a number, or a set with a byte for each class. */
static enum fray_status add_truth(const struct panel *panel, size_t classes,
                                  struct fray_trial_file *part, struct fray_err *err) {
  const struct fray_samples *p = &panel->of->of;
  struct fray_trial_file_set truth = counts_of(p->label, p->n);
  if (p->labels)
    truth = (struct fray_trial_file_set){
        .type = FRAY_H5_U8, .rank = 2, .dims = {p->n, classes}, .data = p->labels};
  return add_panel_set(part, panel, "label", truth, err);
}

/* The class that somebody wants answered, for whoever scores the answers again: intervals come from
 * draws of them. Only where a metric asks for it, so that other studies keep the files that they
 * had. */
static enum fray_status add_target(const struct trial_work *t, const struct panel *panel,
                                   struct fray_trial_file *part, struct fray_err *err) {
  int32_t *target;
  bool asked = false;
  for (size_t k = 0; k < t->cell->config.evaluate.metrics.n; k++)
    asked = asked || fray_metric_needs_target(t->cell->metric[k]);
  if (!asked || t->target == 0)
    return FRAY_OK;
  FRAY_ALLOC(target, &part->arena, 1, err);
  *target = (int32_t)t->target - 1;
  return add_panel_set(part, panel, "target", counts_of(target, 1), err);
}

/* The sets said, a byte for each class. A byte and not a bit for each class: other languages read
 * it without unpacking. Zeros of a diverged trial are no answers; its status says so. */
static enum fray_status add_sets(const struct panel *panel, size_t classes,
                                 struct fray_trial_file *part, struct fray_err *err) {
  size_t n = panel->of->of.n, conditions = panel->n_conditions;
  uint8_t *said, *to;
  FRAY_ALLOC_ZERO(said, &part->arena, SELECTIONS * conditions * n * classes, err);
  to = said;
  if (panel->answers)
    for (size_t s = 0; s < SELECTIONS; s++)
      for (size_t c = 0; c < conditions; c++)
        for (size_t i = 0; i < n; i++)
          for (size_t k = 0; k < classes; k++)
            *to++ = fray_said(&panel->answers[s], c, i, k, classes);
  const struct fray_trial_file_set answer = {
      .type = FRAY_H5_U8, .rank = 4, .dims = {SELECTIONS, conditions, n, classes}, .data = said};
  return add_panel_set(part, panel, "predicted", answer, err);
}

/* Rows of a diverged trial are there and empty, so that all trials have one shape. */
static enum fray_status add_classes(const struct panel *panel, struct fray_trial_file *part,
                                    struct fray_err *err) {
  size_t n = panel->of->of.n, conditions = panel->n_conditions;
  int16_t *predicted;
  FRAY_ALLOC_ZERO(predicted, &part->arena, SELECTIONS * conditions * n, err);
  if (panel->answers)
    for (size_t s = 0; s < SELECTIONS; s++)
      for (size_t i = 0; i < conditions * n; i++)
        predicted[s * conditions * n + i] = fray_said_plainly(panel->answers[s].predicted[i]);
  const struct fray_trial_file_set said = {
      .type = FRAY_H5_I16, .rank = 3, .dims = {SELECTIONS, conditions, n}, .data = predicted};
  return add_panel_set(part, panel, "predicted", said, err);
}

/* The probabilities that metrics were computed from; of a trial that diverged none is known. */
static enum fray_status add_scores(const struct panel *panel, size_t classes,
                                   struct fray_trial_file *part, struct fray_err *err) {
  size_t n = panel->of->of.n, conditions = panel->n_conditions, size = conditions * n * classes;
  float *score;
  FRAY_ALLOC(score, &part->arena, SELECTIONS * size, err);
  if (!panel->answers)
    for (size_t i = 0; i < SELECTIONS * size; i++)
      score[i] = NAN;
  if (panel->answers)
    for (size_t s = 0; s < SELECTIONS; s++)
      memcpy(score + s * size, panel->answers[s].score, size * sizeof *score);
  const struct fray_trial_file_set scores = {
      .type = FRAY_H5_F32, .rank = 4, .dims = {SELECTIONS, conditions, n, classes}, .data = score};
  return add_panel_set(part, panel, "score", scores, err);
}

/* Counts of the clean condition and of each damage stand side by side: which classes are confused
 * is what the page shows. The last two dimensions are [true][said], or of sets [class][4] as
 * fray_score() counts them; unlabelled samples are in none of the cells. */
static enum fray_status add_confusion(const struct panel *panel, size_t classes,
                                      struct fray_trial_file *part, struct fray_err *err) {
  const struct fray_samples *p = &panel->of->of;
  size_t conditions = panel->n_conditions;
  const size_t room = fray_confusion_cells(p->labels != NULL, classes);
  const size_t cells = p->labels ? room : classes * classes;
  int64_t *confusion, *one;
  FRAY_ALLOC(one, &part->arena, room, err);
  FRAY_ALLOC_ZERO(confusion, &part->arena, SELECTIONS * conditions * cells, err);
  if (panel->answers)
    for (size_t s = 0; s < SELECTIONS; s++)
      for (size_t c = 0; c < conditions; c++) {
        struct fray_scored scored;
        fray_score(&panel->answers[s], c, p->label, p->labels, NULL, classes, one, &scored);
        /* Without those who got no answer: they are in none of the cells. */
        memcpy(confusion + (s * conditions + c) * cells, one, cells * sizeof *one);
      }
  const struct fray_trial_file_set counts = {
      .type = FRAY_H5_I64,
      .rank = 4,
      .dims = {SELECTIONS, conditions, classes, cells / classes},
      .data = confusion};
  return add_panel_set(part, panel, "confusion", counts, err);
}

/* Bits in the order of the data, whatever order a scenario gives modalities in a figure. After
 * damage: what a condition took is not there, what the data lack neither. What was there of each
 * sample: groups such as "sound absent" are made of it. */
static enum fray_status add_present(const struct panel *panel, struct fray_trial_file *part,
                                    struct fray_err *err) {
  const size_t n = panel->of->of.n, conditions = panel->n_conditions;
  uint8_t *present;
  FRAY_ALLOC(present, &part->arena, conditions * n, err);
  for (size_t c = 0; c < conditions; c++)
    memcpy(present + c * n, panel->of->under[c].present, n);
  const struct fray_trial_file_set set = {
      .type = FRAY_H5_U8, .rank = 2, .dims = {conditions, n}, .data = present};
  return add_panel_set(part, panel, "present", set, err);
}

/* By sample and not by client, since whoever reads answers has samples at hand. Only where clients
 * are drawn for it: without, all test samples are there to report on. */
static enum fray_status add_roles(const struct trial_work *t, const struct panel *panel,
                                  struct fray_trial_file *part, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_samples *p = &panel->of->of;
  uint8_t *clients, *verify;
  FRAY_ALLOC(clients, &part->arena, d->n_clients + 1, err);
  FRAY_ALLOC(verify, &part->arena, p->n, err);
  FRAY_TRY(trial_verify_clients(t, clients, err));
  for (size_t i = 0; i < p->n; i++)
    verify[i] = clients[d->client[p->sample[i]]];
  const struct fray_trial_file_set set = {
      .type = FRAY_H5_U8, .rank = 1, .dims = {p->n}, .data = verify};
  return add_panel_set(part, panel, "verify", set, err);
}

static enum fray_status add_answers(const struct trial_work *t, const struct panel *panel,
                                    struct fray_trial_file *part, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_samples *p = &panel->of->of;
  const char **source;
  FRAY_ALLOC(source, &part->arena, p->n, err);
  for (size_t i = 0; i < p->n; i++)
    /* By the names that shards gave them: numbers of samples change with the list of shards. */
    source[i] = d->source_id[p->sample[i]];
  FRAY_TRY(add_panel_set(part, panel, "source", texts_of(source, p->n), err));
  FRAY_TRY(add_truth(panel, d->n_classes, part, err));
  FRAY_TRY(add_target(t, panel, part, err));
  FRAY_TRY(add_panel_set(part, panel, "condition",
                         texts_of(panel->condition_name, panel->n_conditions), err));
  FRAY_TRY(add_present(panel, part, err));
  if (t->cell->config.evaluate.verify > 0 && panel->of == &t->judged[TEST])
    FRAY_TRY(add_roles(t, panel, part, err));
  if (d->words) /* no class is confused with another: what was said stands word by word */
    return spoken_add(
        d, &(struct spoken_panel){panel->of->name, p, panel->answers, panel->n_conditions}, part,
        err);
  FRAY_TRY(d->multi_label ? add_sets(panel, d->n_classes, part, err)
                          : add_classes(panel, part, err));
  /* By far the largest of all sets, so only where it was asked for. */
  if (t->cell->config.evaluate.save_scores)
    FRAY_TRY(add_scores(panel, d->n_classes, part, err));
  return add_confusion(panel, d->n_classes, part, err);
}

/* What was done to the samples that rounds are chosen by; they are not judged. */
static enum fray_status add_dev(const struct trial_work *t, struct fray_trial_file *part,
                                struct fray_err *err) {
  static const char *const name[] = {"trial"};
  const struct panel panel = {.of = &t->dev_panel, .n_conditions = 1, .condition_name = name};
  for (size_t e = 0; e < t->cell->n_entries; e++)
    if (fray_corruption_acts(t->cell->entry[e], FRAY_AT_DEV))
      return add_damage(t, &panel, part, err);
  return FRAY_OK;
}

static enum fray_status add_panel(const struct trial_work *t, const struct panel *panel,
                                  struct fray_trial_file *part, struct fray_err *err) {
  FRAY_TRY(add_damage(t, panel, part, err));
  FRAY_TRY(add_groups(t, panel, part, err));
  return add_answers(t, panel, part, err);
}

/* Clients whose own models diverged. */
static enum fray_status add_diverged(const struct trial_work *t, struct fray_trial_file *part,
                                     struct fray_err *err) {
  size_t n = t->partition->n_clients;
  int32_t *diverged;
  FRAY_ALLOC(diverged, &part->arena, n, err);
  for (size_t c = 0; c < n; c++)
    diverged[c] = t->local.diverged[c];
  return add_set(part, "clients/diverged", counts_of(diverged, n), err);
}

enum fray_status fray_trial_details(const struct trial_work *t, struct fray_trial_file *part,
                                    struct fray_err *err) {
  const char **name;
  FRAY_TRY(add_training(t, part, err));
  FRAY_ALLOC(name, &part->arena, t->n_conditions, err);
  FRAY_TRY(name_conditions(t, &part->arena, name, err));
  if (t->cell->local_only)
    FRAY_TRY(add_diverged(t, part, err));
  FRAY_TRY(add_dev(t, part, err));
  for (int k = 0; k < PANELS; k++) {
    const struct judged *of = &t->judged[k];
    /* Kept pointers: of, answers and name live as long as the trial, which is longer than the
     * writing. */
    const struct panel panel = {.of = of,
                                .answers = t->outcome.diverged ? NULL : of->answers,
                                .n_conditions = t->n_conditions,
                                .condition_name = name};
    /* A panel without samples has no group at all, which its readers know. */
    if (trial_judges(t, k))
      FRAY_TRY(add_panel(t, &panel, part, err));
  }
  return FRAY_OK;
}
