/* The dry run of a trial: every check that input can fail, and what it says of its cell. */
#include "study/said/said.h"
#include "trial_work.h"

#include "fray/base/log.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Sets count each class that they hold, so the sum may be more than the samples. */
static void count_classes(const struct fray_dataset *d, const uint32_t *sample, size_t n,
                          size_t *count) {
  memset(count, 0, d->n_classes * sizeof *count);
  for (size_t i = 0; i < n; i++)
    if (fray_has_one_label(d) && d->label[sample[i]] >= 0)
      count[d->label[sample[i]]]++;
  if (!fray_has_one_label(d))
    for (size_t i = 0; i < n; i++)
      for (size_t c = 0; c < d->n_classes; c++)
        count[c] += fray_has_class(d, sample[i], c);
}

/* A class without dev or test samples is not measured there. (That one without training samples
 * cannot be learnt is said where the shards are opened.). A warning and no error: small data sets
 * often lack a class in one split, and metrics say by themselves that they have no value. */
static enum fray_status warn_of_classes(struct trial_work *t, struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  const struct fray_partition *p = t->partition;
  const struct {
    const char *what;
    const uint32_t *sample;
    size_t n;
  } parts[] = {{"dev", p->dev, p->n_dev}, {"test", p->test, p->n_test}};
  size_t *count;
  FRAY_ALLOC(count, &t->arena, d->n_classes, err);
  if (t->session->warned) /* once per data set is enough */
    return FRAY_OK;
  for (size_t k = 0; k < FRAY_COUNT(parts); k++) {
    size_t lacking = 0, one = 0;
    count_classes(d, parts[k].sample, parts[k].n, count);
    for (size_t c = 0; c < d->n_classes; c++)
      if (count[c] == 0 && lacking++ == 0)
        one = c;
    /* One class stands for all: the list may be long. */
    if (lacking)
      fray_warn("%zu of %zu classes (%s%s) have no %s sample", lacking, d->n_classes,
                d->class_name[one], lacking > 1 ? ", ..." : "", parts[k].what);
  }
  t->session->warned = true;
  return FRAY_OK;
}

/* What damage leaves of each modality: what is absent costs no time. A share of 1 where nothing is
 * lost; NaN where no training sample ever had the modality, which costs nothing either way. */
static void note_left(const struct trial_work *t, struct fray_cell *cell) {
  const struct fray_partition *p = t->partition;
  const struct fray_dataset *d = t->session->dataset;
  for (size_t m = 0; m < d->n_modalities; m++) {
    size_t held = 0, left = 0;
    for (size_t i = 0; i < p->first[p->n_clients]; i++)
      if (!t->held || !t->held[i]) /* those that `membership` holds out are no loss of damage */
        held += d->present[p->sample[i]] >> m & 1;
    for (size_t c = 0; c < p->n_clients; c++)
      for (size_t i = 0; i < t->clients.n_labelled[c]; i++)
        left += t->clients.data.present[t->clients.first[c] + i] >> m & 1;
    cell->left[m] = held ? (double)left / (double)held : NAN;
  }
  cell->is_known = true;
}

/* Damage at test as well as in training: under `trial`, the first condition, it is the entries'. */
static bool damages_signals(const struct trial_work *t) {
  bool any = t->clients.data.signal != NULL;
  for (size_t k = 0; k < t->n_conditions; k++)
    any = any || t->judged[TEST].under[k].signal;
  return any;
}

/* How far damage moves features is measured as models see them, so their standards must be there;
 * without damage of signals no value is read before training. ready: what the preparation ended
 * with on this rank. Collective where features learn. */
static enum fray_status learn(const struct trial_work *t, enum fray_status ready,
                              struct fray_err *err) {
  const struct fray_session *session = t->session;
  if (!fray_features_learn_any(session->features))
    return ready;
  FRAY_TRY(fray_comm_agree(session->comm, ready, err));
  return damages_signals(t)
             ? fray_features_learn(session->features, &t->clients.data, session->comm, err)
             : FRAY_OK;
}

/* Zeros in training and at test: allowed, as damage may be meant to take all of a modality. */
static void warn_of_unheld(const struct trial_work *t, struct fray_study *study) {
  const struct fray_samples *train = &t->clients.data;
  for (size_t m = 0; m < t->session->dataset->n_modalities; m++) {
    size_t held = 0;
    for (size_t i = 0; i < train->n; i++)
      held += train->present[i] >> m & 1;
    const char *name = t->session->dataset->modality[m].name;
    if (held == 0 && fray_features_learns(t->session->features, m))
      fray_study_warn(study,
                      "data.features.%s.standardise: train: no training sample has %s, so there is "
                      "nothing to standardise by, and all its features are zeros",
                      name, name);
  }
}

/* Read as training will, so that a dry run refuses what a run would. Which tensors fit depends on
 * the data, by whose classes the last one is shaped. */
static enum fray_status look_at_start(const struct trial_work *t, struct fray_study *study,
                                      struct fray_cell *out, struct fray_err *err) {
  const struct fray_param_table *table = fray_model_params(t->model);
  struct fray_arena arena = {0};
  struct fray_text fresh = {0};
  size_t n_fresh = 0;
  if (!fray_start_is_on(&t->cell->config.model.start) || fray_comm_rank(t->session->comm) != 0)
    return FRAY_OK;
  float *w = fray_arena_zero(&arena, table->total, sizeof *w);
  uint8_t *taken = fray_arena_zero(&arena, table->n + 1, 1);
  enum fray_status status = w && taken
                                ? fray_start_weights(study, t->trial, t->model, w, taken, err)
                                : fray_fail(err, FRAY_MEMORY, "out of memory");
  for (size_t i = 0; status == FRAY_OK && i < table->n; i++)
    if (!taken[i])
      fray_text_printf(&fresh, "%s%s", n_fresh++ ? ", " : "", table->v[i].name);
  out->tensors = table->n;
  out->taken = table->n - n_fresh;
  out->fresh = fray_arena_strdup(&study->arena, fresh.data ? fresh.data : "");
  if (status == FRAY_OK && (fresh.failed || !out->fresh))
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  fray_text_free(&fresh);
  fray_arena_free(&arena);
  return status;
}

/* Of sequences: which of them can be learnt is a matter of lengths, and of what is there at all.
 * Fewer filters help where the encoder has fewer steps than it is given. */
static void warn_of_unfit(const struct trial_work *t, struct fray_study *study) {
  const struct fray_samples *train = &t->clients.data;
  if (!t->session->dataset->words)
    return;
  size_t unheard = 0;
  const size_t n = spoken_unfit(t->model, t->session->features, train, &unheard);
  const bool halves = n > unheard && fray_model_steps(t->model, 64) < 64;
  if (n)
    fray_study_warn(
        study,
        "%zu of %zu training samples are left out, since their loss is infinite: %zu lack "
        "%s, %zu have more words than steps%s",
        n, train->n, unheard,
        t->session->dataset->modality[fray_model_heard_modality(t->model)].name, n - unheard,
        halves ? "; fewer filters halve the steps less often" : "");
}

/* Made in full and dropped again: a check that is a copy of the preparation would drift away from
 * it. */
enum fray_status fray_trial_validate(struct fray_study *study, const struct fray_trial *trial,
                                     struct fray_session *session, struct fray_err *err) {
  struct trial_work t = trial_begin(study, trial, session);
  enum fray_status status = learn(&t, trial_prepare(&t, err), err);
  if (status == FRAY_OK)
    status = warn_of_classes(&t, err);
  if (status == FRAY_OK) {
    warn_of_unheld(&t, study);
    warn_of_unfit(&t, study);
  }
  if (status == FRAY_OK)
    status = fray_outlook_take(&t, study, &study->cell[trial->cell], err);
  if (status == FRAY_OK)
    status = look_at_start(&t, study, &study->cell[trial->cell], err);
  if (status == FRAY_OK)
    trial_members_warn(&t, study);
  if (status == FRAY_OK)
    note_left(&t, &study->cell[trial->cell]);
  trial_release(&t);
  return status;
}
