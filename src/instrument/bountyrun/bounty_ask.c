/* What models say of the samples of each role. Everything that is kept is copied: the next question
 * takes the memory of this one, and may open other data. */
#include "bounty_parts.h"

#include "fray/base/size.h"
#include "fray/feature/facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const enum fray_kept_split split_of[BOUNTY_PANELS] = {FRAY_KEPT_DEV, FRAY_KEPT_VERIFY,
                                                             FRAY_KEPT_REPORT};
static const enum fray_role role_of[BOUNTY_PANELS] = {FRAY_ROLE_FIND, FRAY_ROLE_VERIFY,
                                                      FRAY_ROLE_REPORT};

/* The selected model, as it is the one that somebody would use; under the condition that the bounty
 * is about, whoever answers. */
static struct fray_probe question(const struct bounty *b, size_t trial, int panel) {
  return (struct fray_probe){.trial = trial,
                             .selection = FRAY_BEST,
                             .split = split_of[panel],
                             .n = b->n_entries,
                             .entry = b->entry};
}

/* ---- before anything is judged ---- */

/* Names of a data set go with it when another one is opened. */
static enum fray_status copy_names(const char *const *from, size_t n, struct fray_arena *arena,
                                   const char *const **out, struct fray_err *err) {
  const char **name;
  FRAY_ALLOC(name, arena, n + 1, err);
  for (size_t k = 0; k < n; k++) {
    name[k] = fray_arena_strdup(arena, from[k]);
    FRAY_CHECK(name[k], err, MEMORY, "out of memory");
  }
  *out = name;
  return FRAY_OK;
}

/* Columns with their values and everybody's codes. */
static enum fray_status copy_groups(const struct fray_dataset *d, struct fray_arena *arena,
                                    struct fray_group **out, struct fray_err *err) {
  FRAY_ALLOC_ZERO(*out, arena, d->n_groups + 1, err);
  for (size_t g = 0; g < d->n_groups; g++) {
    const struct fray_group *from = &d->group[g];
    const char *const *value = NULL;
    uint16_t *code;
    FRAY_TRY(copy_names((const char *const *)from->value, from->n, arena, &value, err));
    FRAY_ALLOC(code, arena, d->n_samples + 1, err);
    memcpy(code, from->code, d->n_samples * sizeof *code);
    (*out)[g] = (struct fray_group){.name = fray_arena_strdup(arena, from->name),
                                    .n = from->n,
                                    .value = (const char **)(uintptr_t)value,
                                    .code = code};
    FRAY_CHECK((*out)[g].name, err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* A question of nothing but the data. */
static enum fray_status look_at_data(struct bounty *b, struct fray_err *err) {
  const struct fray_probe probe = question(b, b->trial, BOUNTY_FIND);
  const char *modality[FRAY_MAX_MODALITIES];
  struct fray_modality *copy;
  struct fray_group *group;
  struct fray_probed got;
  FRAY_TRY(fray_kept_probe(b->kept, &probe, &got, err));
  const struct fray_dataset *d = got.dataset;
  FRAY_CHECK(!d->multi_label, err, INPUT,
             "%s: a bounty mends the one answer to a sample, and these data have sets of classes",
             b->wish->folder);
  /* Kept as numbers, since the answer is gone with the next question. */
  b->model = got.model;
  b->data = d->index_hash;
  b->n_clients = d->n_clients;
  b->n_classes = d->n_classes;
  b->n_modalities = d->n_modalities;
  for (size_t m = 0; m < d->n_modalities; m++)
    modality[m] = d->modality[m].name;
  FRAY_TRY(copy_names(modality, d->n_modalities, b->arena, &b->modality, err));
  FRAY_TRY(
      copy_names((const char *const *)d->class_name, d->n_classes, b->arena, &b->class_name, err));
  FRAY_TRY(copy_groups(d, b->arena, &group, err));
  FRAY_ALLOC(copy, b->arena, d->n_modalities + 1, err);
  memcpy(copy, d->modality, d->n_modalities * sizeof *copy);
  for (size_t m = 0; m < d->n_modalities; m++)
    copy[m].name = b->modality[m];
  return fray_trait_plan_make(d->n_groups, group, d->n_modalities, copy, b->n_classes,
                              b->class_name, b->arena, &b->plan, err);
}

/* A certificate about another model would be judged on what it was not made for. */
static enum fray_status check_model(const struct bounty *b, const struct bounty_paper *paper,
                                    struct fray_err *err) {
  char hash[17];
  snprintf(hash, sizeof hash, "%016" PRIx64, b->model);
  FRAY_CHECK(!paper->model || strcmp(paper->model, hash) == 0, err, INPUT,
             "model: the certificate is about another model: %s, not %s", paper->model, hash);
  return FRAY_OK;
}

/* The group is read last: it is the part that people get wrong most, and what it says is then the
 * only thing left to mend. */
static enum fray_status read_certificate(struct bounty *b, const struct bounty_paper *paper,
                                         struct bounty_certificate *out, struct fray_err *err) {
  const struct fray_traits names = fray_trait_names(&b->plan);
  *out = (struct bounty_certificate){.hunter = paper->hunter, .team = "", .node = paper->group};
  FRAY_TRY(check_model(b, paper, err));
  FRAY_TRY(bounty_answer_read(b, paper, &out->answer, err));
  FRAY_TRY(fray_group_read(paper->group, "group", &names, b->arena, &out->group, err));
  fray_trait_want(&b->plan, &out->group);
  return FRAY_OK;
}

/* All certificates of the files are read before any is judged: one that cannot be is refused as a
 * whole, and costs nobody's budget. */
enum fray_status bounty_prepare(struct bounty *b, struct fray_err *err) {
  FRAY_TRY(look_at_data(b, err));
  FRAY_ALLOC_ZERO(b->certificate, b->arena, b->file->terms.submissions, err);
  for (size_t k = 0; k < b->file->n; k++) {
    const char *path = b->file->paper[k].path;
    if (read_certificate(b, &b->file->paper[k], &b->certificate[b->n_certificates++], err) ==
        FRAY_OK)
      continue;
    /* What is wrong with a line names the file already. */
    return strncmp(err->text, path, strlen(path)) == 0 ? err->status : fray_at(err, "%s", path);
  }
  if (b->wish->hunt) {
    FRAY_TRY(bounty_answers_at_hand(b, err));
    /* Hunters may look at anything that is no label. */
    memset(b->plan.wanted, 1, b->plan.n);
  }
  return FRAY_OK;
}

/* ---- the model that is mended ---- */

/* By sample, and not by how it was asked for: a fault in a split shows here. */
static enum fray_status check_roles(const struct fray_probed *got, int panel,
                                    struct fray_err *err) {
  const struct fray_dataset *d = got->dataset;
  FRAY_TRY(fray_probed_by_shards(got, err));
  for (size_t i = 0; i < got->under.n; i++) {
    const uint32_t s = got->under.sample[i];
    FRAY_CHECK((d->split[s] == FRAY_TEST) == (panel != BOUNTY_FIND), err, INTERNAL,
               "sample %s is of another role than %s", d->source_id[s],
               fray_role_names[role_of[panel]]);
  }
  return FRAY_OK;
}

/* Traits and answers are made while the outputs are there: they are many times as large as what is
 * made of them. */
static enum fray_status copy_panel(struct bounty *b, const struct fray_probed *got, int which,
                                   struct fray_err *err) {
  const struct fray_outputs *of = got->answers.outputs;
  struct bounty_panel *p = &b->panel[which];
  size_t n_facts[FRAY_MAX_MODALITIES];
  *p = (struct bounty_panel){.role = role_of[which], .n = got->under.n};
  FRAY_ALLOC(p->sample, b->arena, p->n + 1, err);
  FRAY_ALLOC(p->client, b->arena, p->n + 1, err);
  FRAY_ALLOC(p->label, b->arena, p->n + 1, err);
  FRAY_ALLOC(p->present, b->arena, p->n + 1, err);
  FRAY_ALLOC(p->said, b->arena, p->n + 1, err);
  memcpy(p->present, of->present, p->n);
  for (size_t i = 0; i < p->n; i++) {
    p->sample[i] = got->under.sample[i];
    p->client[i] = got->dataset->client[p->sample[i]];
    p->label[i] = got->under.label[i];
    p->said[i] = got->answers.predicted[i];
  }
  for (size_t m = 0; m < b->n_modalities; m++)
    n_facts[m] = fray_facts_count(&got->dataset->modality[m]);
  FRAY_TRY(fray_traits_take(&b->plan, of, p->sample, p->said, got->facts, n_facts, b->arena,
                            &p->traits, err));
  return bounty_answers_take(b, of, p, err);
}

/* In one question: traits, answers that come of its outputs, and what it says itself are of one
 * encoding. */
static enum fray_status ask_model(struct bounty *b, int panel, struct fray_err *err) {
  struct fray_probe probe = question(b, b->trial, panel);
  struct fray_probed got;
  probe.keep_outputs = true;
  probe.outputs = fray_trait_outputs(&b->plan) | bounty_answers_read(b);
  probe.facts = fray_trait_facts(&b->plan);
  FRAY_TRY(fray_kept_probe(b->kept, &probe, &got, err));
  FRAY_TRY(check_roles(&got, panel, err));
  return copy_panel(b, &got, panel, err);
}

/* ---- the others ---- */

/* Other models of the seed meet the same samples under the same draws; a cell whose data or whose
 * seeds differ is refused, since its answers would be to other questions. */
static enum fray_status ask_other(struct bounty *b, struct bounty_answer *answer, size_t at,
                                  int panel, struct fray_err *err) {
  struct fray_probe probe = question(b, answer->trial, panel);
  struct bounty_panel *p = &b->panel[panel];
  struct fray_probed got;
  int16_t *said;
  probe.keep_outputs = true;
  FRAY_TRY(fray_kept_probe(b->kept, &probe, &got, err));
  /* By sample and by what is there of each: that both met the same loss is what makes pairs of
   * their answers. */
  const bool same = got.dataset->index_hash == b->data && got.dataset->n_classes == b->n_classes &&
                    got.under.n == p->n &&
                    memcmp(got.under.sample, p->sample, p->n * sizeof *p->sample) == 0 &&
                    memcmp(got.answers.outputs->present, p->present, p->n) == 0;
  FRAY_CHECK(same, err, INPUT,
             "answer %s: its model is of other classes, or meets other samples than the model that "
             "is mended",
             answer->text);
  FRAY_ALLOC(said, b->arena, p->n + 1, err);
  memcpy(said, got.answers.predicted, p->n * sizeof *said);
  p->answer[at] = said;
  answer->model = got.model;
  return FRAY_OK;
}

/* Dev samples only where somebody hunts on them. */
enum fray_status bounty_ask(struct bounty *b, struct fray_err *err) {
  const int first = b->wish->hunt ? BOUNTY_FIND : BOUNTY_VERIFY;
  /* One model after the other: a folder holds the weights of one at a time. */
  for (int p = first; p < BOUNTY_PANELS; p++)
    FRAY_TRY(ask_model(b, p, err));
  for (size_t a = 0; a < b->n_answers; a++)
    for (int p = first; p < BOUNTY_PANELS && b->answer[a].kind == BOUNTY_CELL; p++)
      FRAY_TRY(ask_other(b, &b->answer[a], a, p, err));
  for (int p = 0; p < BOUNTY_PANELS; p++) {
    FRAY_ALLOC_ZERO(b->panel[p].member, b->arena, b->file->terms.submissions, err);
    FRAY_ALLOC_ZERO(b->panel[p].given, b->arena, b->file->terms.submissions, err);
  }
  for (size_t c = 0; c < b->n_certificates; c++)
    FRAY_TRY(bounty_place(b, c, err));
  return FRAY_OK;
}

/* A panel that nobody asked about has no samples. */
enum fray_status bounty_place(struct bounty *b, size_t certificate, struct fray_err *err) {
  const struct bounty_certificate *c = &b->certificate[certificate];
  for (int p = 0; p < BOUNTY_PANELS; p++) {
    struct bounty_panel *panel = &b->panel[p];
    uint8_t *member;
    if (!panel->answer)
      continue;
    FRAY_ALLOC(member, b->arena, panel->n + 1, err);
    fray_group_members(&panel->traits, &c->group, member);
    panel->member[certificate] = member;
    panel->given[certificate] = panel->answer[c->answer];
  }
  return FRAY_OK;
}

/* As lists take it; it borrows from the panel. */
struct fray_certified bounty_certified(const struct bounty_panel *panel) {
  return (struct fray_certified){.n = panel->n,
                                 .label = panel->label,
                                 .base = panel->said,
                                 .member = panel->member,
                                 .answer = panel->given};
}
