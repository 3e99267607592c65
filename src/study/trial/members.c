/* Whom a trial holds out of training, and what its models say of members and of others: what an
 * attack by membership inference is made of.
 *
 * Trials of a cell with other seeds hold out others, so they are each other's shadows; the attack
 * itself is computed where all of them lie, when tables are put together. */
#include "trial_work.h"

#include "fray/base/size.h"
#include "fray/results/membership_table.h"

#include <string.h>

/* Refused are data whose answers are no odds of one label, and trainings after which nobody holds a
 * whole model. */
static enum fray_status check_fit(const struct trial_work *t, struct fray_err *err) {
  FRAY_CHECK(fray_has_one_label(t->session->dataset), err, INPUT,
             "membership.held_out: the attacks take the odds of the one true label, and the data "
             "have %s",
             fray_labels_words(t->session->dataset));
  FRAY_CHECK(t->cell->config.training.own.blocks.n == 0, err, INPUT,
             "membership.held_out: who holds the released model is the attacker, but with "
             "training.private no whole model is released");
  return FRAY_OK;
}

/* Client by client, so that each keeps its share; the draws depend on trial seed and sample. */
static enum fray_status mark_held(struct trial_work *t, struct fray_err *err) {
  const struct fray_partition *p = t->partition;
  const double share = t->cell->config.membership.held_out;
  uint64_t *source;
  FRAY_ALLOC_ZERO(t->held, &t->arena, t->damage.n + 1, err);
  FRAY_ALLOC(source, &t->arena, t->damage.n + 1, err);
  for (size_t i = 0; i < t->damage.n; i++)
    source[i] = t->session->dataset->source[p->sample[i]];
  for (size_t c = 0; c < p->n_clients; c++) {
    const size_t first = p->first[c];
    FRAY_TRY(fray_membership_hold_out(share, t->trial->seed, p->first[c + 1] - first,
                                      source + first, &t->arena, t->held + first, err));
  }
  for (size_t i = 0; i < t->damage.n; i++)
    t->n_held += t->held[i];
  /* Of no client: nobody would be told apart, and each rate be one of nobody. */
  FRAY_CHECK(t->n_held > 0, err, INPUT,
             "membership.held_out: %g of the training samples of a client is less than one, of "
             "every client",
             share);
  return FRAY_OK;
}

/* In partition order. Those without a label have no odds, and what damage dropped is not there. As
 * damage left them: the record that the attacker asks about is the one that the client holds. */
static enum fray_status list_asked(struct trial_work *t, struct fray_err *err) {
  const struct fray_damage *d = &t->damage;
  uint32_t *sample;
  int32_t *label;
  uint8_t *present;
  size_t n = 0;
  FRAY_ALLOC(sample, &t->arena, d->n + 1, err);
  FRAY_ALLOC(label, &t->arena, d->n + 1, err);
  FRAY_ALLOC(present, &t->arena, d->n + 1, err);
  FRAY_ALLOC(t->is_member, &t->arena, d->n + 1, err);
  for (size_t i = 0; i < d->n; i++) {
    if (d->dropped[i] || d->label[i] == FRAY_UNLABELLED)
      continue;
    sample[n] = t->partition->sample[i];
    label[n] = d->label[i];
    present[n] = d->present[i];
    t->is_member[n++] = !t->held[i];
  }
  t->asked = (struct fray_samples){.n = n,
                                   .n_labelled = n,
                                   .sample = sample,
                                   .label = label,
                                   .held = present,
                                   .present = present,
                                   .signal = d->signal};
  return FRAY_OK;
}

/* What is dropped besides goes into a list of its own: the ledger tells of damage alone. */
enum fray_status trial_members_hold_out(struct trial_work *t, struct fray_err *err) {
  t->seen = t->damage;
  if (!fray_membership_is_on(&t->cell->config.membership))
    return FRAY_OK;
  if (check_fit(t, err) != FRAY_OK || mark_held(t, err) != FRAY_OK)
    return fray_cell_at(t->cell, "membership.held_out", err);
  FRAY_ALLOC(t->seen.dropped, &t->arena, t->damage.n + 1, err);
  for (size_t i = 0; i < t->damage.n; i++)
    t->seen.dropped[i] = t->damage.dropped[i] || t->held[i];
  return list_asked(t, err);
}

/* All ranks take part in both sharings, whatever failed on one of them: each brings its status. */
static enum fray_status judge(struct trial_work *t, struct fray_arena *work, struct fray_err *err) {
  struct fray_comm *comm = t->session->comm;
  const float *weights[SELECTIONS] = {t->outcome.best, t->outcome.last};
  uint64_t *load = fray_arena_zero(work, (size_t)fray_comm_size(comm), sizeof *load);
  enum fray_status status = load ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  FRAY_TRY(fray_comm_agree(comm, status, err));
  /* load goes on from model to model, so that what one left uneven the next one levels. */
  for (int s = 0; s < SELECTIONS; s++) {
    const struct fray_evaluation_task task = {.model = t->model,
                                              .features = t->session->features,
                                              .n_modalities = t->session->dataset->n_modalities,
                                              .conditions = 1,
                                              .w = weights[s],
                                              .under = &t->asked,
                                              .odds = true,
                                              .watch = t->watch,
                                              .round = t->outcome.rounds};
    struct fray_evaluation evaluation;
    status = fray_evaluate_mine(comm, &task, load, work, &t->arena, &evaluation, err);
    FRAY_TRY(fray_evaluate_share(comm, &evaluation, status, work, err));
    t->odds[s] = evaluation.answers.nll;
  }
  return FRAY_OK;
}

/* Of clients that train alone there is no model that somebody releases; a diverged one says
 * nothing. */
enum fray_status trial_members_judge(struct trial_work *t, struct fray_err *err) {
  struct fray_arena work = {0};
  if (!t->held || t->cell->local_only || t->outcome.diverged)
    return FRAY_OK;
  enum fray_status status = judge(t, &work, err);
  fray_arena_free(&work);
  return status;
}

static enum fray_status add(struct fray_trial_file *part, char *path,
                            struct fray_trial_file_set set, struct fray_err *err) {
  FRAY_CHECK(path, err, MEMORY, "out of memory");
  set.path = path;
  return fray_trial_file_add(part, &set, err);
}

/* For the rows by group: codes of the samples, and their texts, as of every panel. */
static enum fray_status add_groups(const struct trial_work *t, struct fray_trial_file *part,
                                   struct fray_err *err) {
  const struct fray_strings *columns = &t->cell->config.evaluate.groups;
  const size_t n = t->asked.n;
  for (size_t k = 0; k < columns->n; k++) {
    const struct fray_group *group = fray_find_group(t->session->dataset, columns->v[k]);
    int32_t *code;
    if (!group) /* other cells of the study may have it */
      continue;
    FRAY_ALLOC(code, &part->arena, n, err);
    for (size_t i = 0; i < n; i++)
      code[i] = group->code[t->asked.sample[i]];
    FRAY_TRY(
        add(part, fray_arena_printf(&part->arena, "membership/group/%s", columns->v[k]),
            (struct fray_trial_file_set){.type = FRAY_H5_I32, .rank = 1, .dims = {n}, .data = code},
            err));
    FRAY_TRY(add(part, fray_arena_printf(&part->arena, "membership/group_values/%s", columns->v[k]),
                 (struct fray_trial_file_set){.rank = 1, .dims = {group->n}, .texts = group->value},
                 err));
  }
  return FRAY_OK;
}

/* As floats, which logits are: nothing is lost that the model knew. */
enum fray_status trial_members_keep(const struct trial_work *t, struct fray_trial_file *part,
                                    struct fray_err *err) {
  const size_t n = t->asked.n;
  float *odds;
  /* Nobody was asked: no attack, clients alone, or a training that diverged. */
  if (!t->odds[BEST] || n == 0)
    return FRAY_OK;
  FRAY_ALLOC(odds, &part->arena, SELECTIONS * n, err);
  for (size_t s = 0; s < SELECTIONS; s++)
    for (size_t i = 0; i < n; i++)
      odds[s * n + i] = (float)t->odds[s][i];
  const struct fray_trial_file_set sets[] = {
      {.path = "membership/sample",
       .type = FRAY_H5_I32,
       .rank = 1,
       .dims = {n},
       .data = t->asked.sample},
      {.path = "membership/member",
       .type = FRAY_H5_U8,
       .rank = 1,
       .dims = {n},
       .data = t->is_member},
      {.path = "membership/log_odds",
       .type = FRAY_H5_F32,
       .rank = 2,
       .dims = {SELECTIONS, n},
       .data = odds},
  };
  for (size_t k = 0; k < FRAY_COUNT(sets); k++)
    FRAY_TRY(fray_trial_file_add(part, &sets[k], err));
  return add_groups(t, part, err);
}

/* Of an answer: a class, the odds, both once more as they travel, and a copy on their way. */
double trial_members_bytes(const struct trial_work *t, size_t seeds) {
  const double n = (double)t->asked.n;
  const double asked = SELECTIONS * n * (2 + 8 + 16 + 16) + n * (4 + 4 + 1 + 1 + 8);
  const double tables = fray_membership_bytes((double)t->damage.n, (double)seeds,
                                              (double)t->cell->config.evaluate.groups.n);
  return t->held ? FRAY_MAX(asked, tables) : 0;
}

/* Intervals are over the seeds as well, but shadows are what LiRA cannot do without. */
void trial_members_warn(const struct trial_work *t, struct fray_study *study) {
  /* Clients alone are not attacked, whatever the seeds. */
  if (!t->held || t->cell->local_only)
    return;
  if (study->n_seeds < FRAY_SHADOWS_LEAST)
    fray_study_warn(study,
                    "membership: %zu seeds are too few to be each other's shadows; only the "
                    "threshold on the loss is measured, LiRA needs %d",
                    study->n_seeds, FRAY_SHADOWS_LEAST);
  else if (study->n_seeds < FRAY_SHADOWS_ENOUGH)
    fray_study_warn(study,
                    "membership: with %zu seeds a sample has few shadows, and LiRA finds less than "
                    "it could; from %d on it is measured well",
                    study->n_seeds, FRAY_SHADOWS_ENOUGH);
}
