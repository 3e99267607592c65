/* The models that are attacked, and what becomes of one recipe: all of them are asked, one after
 * the other, on their dev samples.
 *
 * Each model is opened by itself. A search asks hundreds of times, and a folder that is opened once
 * holds one model at a time: it would read data and weights again for each question. */
#include "instrument/folder/instrument_folder.h"
#include "red_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* ---- opening ---- */

/* Local-only controls and trainings that diverged have none; a cell of such alone is not counted as
 * one that could be meant. */
static bool cell_has_models(const struct fray_kept *kept, size_t cell) {
  const struct fray_study *study = fray_kept_study(kept);
  for (size_t t = 0; t < study->n_trials; t++)
    if (study->trial[t].cell == cell && fray_kept_has_models(kept, t))
      return true;
  return false;
}

/* A recipe is about one method. Of several cells none is the one that is meant. */
static enum fray_status choose_cell(const struct fray_kept *kept, const char *folder,
                                    const char *wanted, struct fray_arena *arena, size_t *out,
                                    const char **name, struct fray_err *err) {
  const struct fray_study *study = fray_kept_study(kept);
  const char **known;
  char list[512];
  size_t n = 0;
  *out = study->n_cells;
  FRAY_ALLOC(known, arena, study->n_cells + 1, err);
  for (size_t c = 0; c < study->n_cells; c++) {
    if (!cell_has_models(kept, c))
      continue;
    known[n] = fray_instrument_cell(study, c, arena);
    FRAY_CHECK(known[n], err, MEMORY, "out of memory");
    if (!wanted || strcmp(wanted, known[n]) == 0) {
      *out = c;
      *name = known[n];
    }
    n++;
  }
  FRAY_CHECK(n > 0, err, INPUT,
             "%s: it holds no models to ask: all of its trainings diverged, or `evaluate.models` "
             "left them out",
             folder);
  FRAY_CHECK(wanted || n == 1, err, INPUT, "%s: cell: models of %zu cells are kept; say which: %s",
             folder, n, fray_there_are("", known, n, list, sizeof list));
  FRAY_CHECK(*out < study->n_cells, err, INPUT, "%s: cell: '%s' has no models; %s", folder, wanted,
             fray_there_are(wanted, known, n, list, sizeof list));
  return FRAY_OK;
}

/* The first is the one that all were chosen by; seeds that diverged are left out. */
enum fray_status red_target_open(const struct fray_redteam_wish *wish, const struct red_file *file,
                                 struct fray_comm *comm, struct fray_arena *arena,
                                 struct red_target *out, struct fray_err *err) {
  const struct fray_kept_options options = {wish->sets, wish->n_sets, wish->mixed};
  struct fray_kept *first;
  size_t cell;
  *out = (struct red_target){.comm = comm, .folder = wish->folder};
  /* Before anything is opened: a file that is no gate is found at once. */
  if (file->guard)
    FRAY_TRY(fray_fitted_gate_read(file->guard, comm, arena, &out->gate, err));
  FRAY_TRY(fray_kept_open(wish->folder, &options, comm, &first, err));
  const struct fray_study *study = fray_kept_study(first);
  enum fray_status status =
      choose_cell(first, wish->folder, file->cell, arena, &cell, &out->cell, err);
  out->model =
      status == FRAY_OK ? fray_arena_zero(arena, study->n_trials + 1, sizeof *out->model) : NULL;
  if (status == FRAY_OK && !out->model)
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  for (size_t t = 0; status == FRAY_OK && t < study->n_trials; t++) {
    if (study->trial[t].cell != cell || !fray_kept_has_models(first, t))
      continue;
    struct red_model *model = &out->model[out->n_models];
    *model = (struct red_model){.trial = t, .name = fray_kept_name(first, t), .kept = first};
    /* The folder that was looked at serves the first model. */
    if (out->n_models > 0)
      status = fray_kept_open(wish->folder, &options, comm, &model->kept, err);
    out->n_models += status == FRAY_OK;
  }
  /* Nobody has it yet. */
  if (out->n_models == 0)
    fray_kept_close(first);
  return status;
}

/* Also after a failure half way: those that were opened are counted one by one. */
void red_target_close(struct red_target *target) {
  for (size_t k = 0; k < target->n_models; k++)
    fray_kept_close(target->model[k].kept);
}

/* ---- without damage ---- */

/* Samples of the test must not choose what is then judged on them: by sample, and not by how they
 * were asked for. */
static enum fray_status check_roles(const struct fray_probed *got, struct fray_err *err) {
  FRAY_TRY(fray_probed_by_shards(got, err));
  for (size_t i = 0; i < got->under.n; i++)
    FRAY_CHECK(got->dataset->split[got->under.sample[i]] != FRAY_TEST, err, INTERNAL,
               "sample %s is a test sample: a red team searches dev",
               got->dataset->source_id[got->under.sample[i]]);
  return FRAY_OK;
}

void red_gate_ask(const struct red_model *model, struct fray_probe *probe) {
  if (model->gate)
    fray_trial_gate_ask(model->gate, probe);
}

/* Without a gate nothing is. */
enum fray_status red_gate_refuses(const struct red_model *model, const struct fray_probed *of,
                                  uint8_t *refused, struct fray_err *err) {
  memset(refused, 0, of->under.n);
  return model->gate ? fray_trial_gate_refuses(model->gate, of, refused, err) : FRAY_OK;
}

/* A share of nobody is none. */
static enum fray_status check_sides(const struct red_model *model, const struct red_file *file,
                                    struct fray_err *err) {
  FRAY_CHECK(model->of[RED_COUNTED] > 0 || !file->group, err, INPUT,
             "group: trial %s: no dev sample is of %s", model->name, file->group);
  FRAY_CHECK(model->of[RED_OTHERS] > 0 || !file->group, err, INPUT,
             "group: trial %s: all dev samples are of %s, and there is nobody to compare with",
             model->name, file->group);
  FRAY_CHECK(model->of[RED_COUNTED] > 0, err, INPUT,
             "trial %s: no dev sample has a label%s; a red team searches dev", model->name,
             file->target ? " other than the target" : "");
  return FRAY_OK;
}

/* What each model answers to the samples as they are: what happened before is no find. */
static enum fray_status ask_clean(struct red_target *target, struct red_model *model,
                                  const struct red_file *file, struct fray_arena *arena,
                                  struct fray_probed *got, struct fray_err *err) {
  struct fray_trial_gate *gate = NULL;
  struct fray_probe probe = {.trial = model->trial, .selection = FRAY_BEST, .split = FRAY_KEPT_DEV};
  uint8_t *side, *before;
  /* A gate asks training samples and dev of its own accord, so it comes before. */
  if (target->gate)
    FRAY_TRY(fray_trial_gate_fit(target->gate, model->kept, model->trial, model->name, arena, &gate,
                                 err));
  model->gate = gate;
  red_gate_ask(model, &probe);
  FRAY_TRY(fray_kept_probe(model->kept, &probe, got, err));
  FRAY_CHECK(!got->dataset->multi_label, err, INPUT,
             "a red team looks for answers that turn wrong, and these data have sets of classes");
  FRAY_TRY(check_roles(got, err));
  /* The data of all models are the same; the first one's are known here. */
  if (!target->quest.goal)
    FRAY_TRY(red_goal_settle(file, got->dataset, arena, &target->quest, err));
  model->n = got->under.n;
  FRAY_ALLOC(side, arena, model->n + 1, err);
  FRAY_ALLOC(before, arena, model->n + 1, err);
  FRAY_ALLOC(model->refused, arena, model->n + 1, err);
  FRAY_TRY(red_gate_refuses(model, got, model->refused, err));
  for (size_t i = 0; i < model->n; i++) {
    const int32_t label = got->under.label[i];
    side[i] = (uint8_t)red_side_of(&target->quest, got->under.sample[i], label);
    before[i] =
        red_happens(&target->quest, got->answers.predicted[i], label, model->refused[i] != 0);
    model->of[side[i]]++;
  }
  model->hash = got->model;
  model->side = side;
  model->before = before;
  return check_sides(model, file, err);
}

/* Seeds may have partitions of their own, and so other dev samples: each model has its own, one
 * after the other in one row of failures. */
enum fray_status red_target_clean(struct red_target *target, const struct red_file *file,
                                  struct fray_arena *arena, const struct fray_dataset **out,
                                  struct fray_err *err) {
  struct fray_probed got;
  for (size_t k = 0; k < target->n_models; k++) {
    target->model[k].first = target->samples;
    if (ask_clean(target, &target->model[k], file, arena, &got, err) != FRAY_OK)
      return fray_at(err, "%s", target->folder);
    target->samples += target->model[k].n;
    if (k == 0)
      *out = got.dataset;
  }
  return FRAY_OK;
}

/* ---- limits ---- */

/* Of texts a share, whose least is asked for as its greatest: with its sign turned, so that both
 * are floors. */
static double floor_of(const double *distance, size_t n, bool is_text, double *scratch) {
  size_t there = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(distance[i]))
      scratch[there++] = is_text ? -distance[i] : distance[i];
  if (there == 0)
    return NAN;
  const double out = fray_red_floor(scratch, there);
  return is_text ? -out : out;
}

/* What noise does to the values of a modality, by itself: a picture that is turned as well lies far
 * from what it was, and nobody would call that noise. Of the first model's draws: others differ in
 * them, and a quantile over all samples hardly does. */
static enum fray_status measure(const struct red_model *model, const struct red_space *space,
                                const struct fray_red_recipe *recipe,
                                const struct fray_condition *condition, size_t m,
                                struct fray_arena *arena, double *out, struct fray_err *err) {
  const struct fray_corruption_config *entry[FRAY_RED_MOST];
  const bool is_picture = space->dataset->modality[m].kind == FRAY_IMAGE;
  struct fray_probe probe = {
      .trial = model->trial, .selection = FRAY_BEST, .split = FRAY_KEPT_DEV, .entry = entry};
  const double *distance;
  double *scratch;
  size_t n;
  for (size_t i = 0; i < recipe->n; i++) {
    const struct red_aim *aim = &space->aim[recipe->entry[i].kind];
    if (aim->modality == m && aim->noise)
      entry[probe.n++] = condition->entry[i];
  }
  *out = NAN;
  /* Nothing that could be measured: within the limits by its severity. */
  if (probe.n == 0)
    return FRAY_OK;
  FRAY_TRY(fray_kept_distance(model->kept, &probe, m, is_picture ? fray_red_psnr : fray_red_snr,
                              &distance, &n, err));
  FRAY_ALLOC(scratch, arena, n + 1, err);
  *out = floor_of(distance, n, space->dataset->modality[m].kind == FRAY_TEXT, scratch);
  return FRAY_OK;
}

/* Somebody who reaches every modality leaves nothing to be misled from: what a model is then asked
 * is another sample. Of a single modality this cannot be told. */
static bool meddles_with_all(const struct red_space *space, const struct fray_red_recipe *recipe) {
  size_t reached = 0;
  for (size_t m = 0; m < space->dataset->n_modalities; m++) {
    bool any = false;
    for (size_t i = 0; i < recipe->n; i++) {
      const struct red_aim *aim = &space->aim[recipe->entry[i].kind];
      any |= aim->modality == m && fray_corruption_meddles(aim->kind);
    }
    reached += any;
  }
  return reached > 1 && reached == space->dataset->n_modalities;
}

/* What was not measured is NaN, and over nothing. A text may lose a share of its words at most, all
 * else keep a ratio at least. */
static bool is_over(const struct red_limits *limits, const struct red_space *space,
                    const double *distance) {
  for (size_t m = 0; m < space->dataset->n_modalities; m++) {
    const enum fray_modality_kind kind = space->dataset->modality[m].kind;
    if (kind == FRAY_TEXT ? distance[m] > limits->least[kind] : distance[m] < limits->least[kind])
      return true;
  }
  return false;
}

/* ---- with damage ---- */

/* What a guard makes of such answers, over all models. */
struct passing {
  double bypass;           /* summed over models */
  size_t answers, refused; /* as is looked for, before a guard has its say; of them refused */
};

/* With damage less without, in samples: those that it happens to help count against it. */
static enum fray_status ask_damaged(const struct red_quest *quest, const struct red_model *model,
                                    const struct fray_condition *condition, uint8_t *failed,
                                    double *rise, struct passing *passing, struct fray_err *err) {
  struct fray_probe probe = {.trial = model->trial,
                             .selection = FRAY_BEST,
                             .split = FRAY_KEPT_DEV,
                             .n = condition->n_entries,
                             .entry = condition->entry};
  struct fray_probed got;
  double more[RED_SIDES] = {0};
  size_t passed = 0;
  red_gate_ask(model, &probe);
  FRAY_TRY(fray_kept_probe(model->kept, &probe, &got, err));
  FRAY_TRY(red_gate_refuses(model, &got, model->refused, err));
  for (size_t i = 0; i < model->n; i++) {
    const int16_t answer = got.answers.predicted[i];
    const int32_t label = got.under.label[i];
    const bool refused = model->refused[i] != 0;
    const bool happens = red_happens(quest, answer, label, refused);
    const bool counted = model->side[i] == RED_COUNTED;
    more[model->side[i]] += (double)happens - model->before[i];
    /* What happened before is no failure of this recipe. */
    failed[i] = counted && happens && !model->before[i];
    passed += counted && happens;
    if (counted && red_happens(quest, answer, label, false)) {
      passing->answers++;
      passing->refused += refused;
    }
  }
  *rise = red_rise(model->of, more);
  passing->bypass += (double)passed / model->of[RED_COUNTED];
  return FRAY_OK;
}

/* One that is over a limit is not asked: it could not count, and has its place in the budget. */
static enum fray_status judge(struct red_target *target, const struct red_file *file,
                              const struct red_space *space, const struct fray_red_recipe *recipe,
                              const struct fray_condition *condition, struct fray_arena *arena,
                              struct red_verdict *out, struct fray_err *err) {
  struct passing passing = {0};
  double sum = 0;
  for (size_t m = 0; m < space->dataset->n_modalities; m++)
    FRAY_TRY(
        measure(&target->model[0], space, recipe, condition, m, arena, &out->distance[m], err));
  /* Room that the recipe before it has used. */
  memset(out->failed, 0, target->samples);
  out->score = out->bypass = NAN;
  out->success = out->deflected = false;
  if (meddles_with_all(space, recipe) || is_over(&file->limits, space, out->distance))
    return FRAY_OK;
  for (size_t k = 0; k < target->n_models; k++) {
    const struct red_model *model = &target->model[k];
    double rise;
    FRAY_TRY(ask_damaged(&target->quest, model, condition, out->failed + model->first, &rise,
                         &passing, err));
    sum += rise;
  }
  out->score = sum / (double)target->n_models;
  out->success = out->score >= file->success;
  if (!target->gate)
    return FRAY_OK;
  out->bypass = passing.bypass / (double)target->n_models;
  /* What a goal of refusals looks for is no answer that a guard could let pass. */
  out->deflected = !target->quest.goal->refusals && 2 * passing.refused > passing.answers;
  return FRAY_OK;
}

/* A recipe is written down and read again, so that what is tried is what the tables and the pack
 * say, to the last digit. Its memory goes with it: there are thousands. */
enum fray_status red_judge(struct red_target *target, const struct red_file *file,
                           const struct red_space *space, const struct fray_red_recipe *recipe,
                           const char *name, struct red_verdict *out, struct fray_err *err) {
  struct fray_arena arena = {0}, scratch = {0};
  struct fray_condition *condition;
  struct fray_text text = {0};
  red_put_question(space, recipe, &text);
  enum fray_status status = text.failed ? fray_fail(err, FRAY_MEMORY, "out of memory") : FRAY_OK;
  if (status == FRAY_OK)
    status = red_read_recipe(text.data, &arena, &scratch, &condition, err);
  if (status == FRAY_OK)
    status = judge(target, file, space, recipe, condition, &arena, out, err);
  if (status != FRAY_OK)
    fray_at(err, "recipe %s", text.failed ? name : text.data);
  fray_text_free(&text);
  fray_arena_free(&arena);
  fray_arena_free(&scratch);
  return status;
}
