/* Calibration as a whole: which kinds on which modalities, the models, the search, and what of it
 * stands in the table. */
#include "calibrate_parts.h"

#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "fray/corrupt/signal.h"

#include <math.h>
#include <string.h>

/* Of the kinds that nobody asked for by name: what a severity_table can be used with, and what
 * needs nothing that only a scenario knows. */
static bool is_usual(const struct fray_choice *kind) {
  const struct fray_signal_ops *ops = fray_corruption_signal(kind);
  if (!ops || !ops->n_levels)
    return false;
  for (size_t i = 0; kind->table && i < kind->table->n; i++)
    if (kind->table->fields[i].required)
      return false;
  return true;
}

/* Names are checked before anything is trained. */
static enum fray_status check_kinds(const struct fray_calibrate_wish *wish, struct fray_err *err) {
  const struct fray_modality none = {0};
  struct fray_arena arena = {0};
  enum fray_status status = FRAY_OK;
  for (size_t k = 0; status == FRAY_OK && k < wish->n_kinds; k++) {
    const struct fray_choice *kind = fray_choice_find(&fray_corruptions, wish->kinds[k]);
    const char *known[256], *why;
    char list[512];
    struct calib_scale scale;
    size_t n = FRAY_MIN(fray_corruptions.n, FRAY_COUNT(known));
    for (size_t i = 0; i < n; i++)
      known[i] = fray_corruptions.v[i]->name;
    if (!kind)
      status = fray_fail(err, FRAY_INPUT, "--kinds: unknown corruption '%.80s'; %s", wish->kinds[k],
                         fray_there_are(wish->kinds[k], known, n, list, sizeof list));
    else
      status = calib_scale_make(kind, &none, &arena, &scale, &why, err);
    for (size_t i = 0; status == FRAY_OK && i < k; i++)
      if (strcmp(wish->kinds[i], wish->kinds[k]) == 0)
        status = fray_fail(err, FRAY_INPUT, "--kinds: %s is there twice", wish->kinds[k]);
  }
  fray_arena_free(&arena);
  return status;
}

/* In the order in which kinds were asked for, else in that of their list. */
static const struct fray_choice *kind_at(const struct fray_calibrate_wish *wish, size_t k) {
  if (wish->n_kinds)
    return k < wish->n_kinds ? fray_choice_find(&fray_corruptions, wish->kinds[k]) : NULL;
  return k < fray_corruptions.n ? fray_corruptions.v[k] : NULL;
}

/* A kind may ask more of a modality than its medium, as three axes, and may take whole numbers only
 * although its key would hold others: it is asked about a strength between two severities. */
static enum fray_status settle(struct calib_scale *scale, struct fray_arena *arena,
                               struct fray_err *err) {
  const struct fray_signal_ops *ops = fray_corruption_signal(scale->kind);
  const struct fray_corruption_config *const *entry;
  size_t n;
  if (calib_entry(scale, calib_scale_rounded(scale, 1.37), arena, &entry, &n, err) == FRAY_INPUT)
    scale->whole = true;
  FRAY_TRY(calib_entry(scale, calib_scale_rounded(scale, 1.37), arena, &entry, &n, err));
  if (ops && ops->fits && ops->fits(entry[0]->kind.params, scale->modality, err) != FRAY_OK)
    return fray_at(err, "--kinds: %s: modality %s", scale->kind->name, scale->modality->name);
  return FRAY_OK;
}

/* What a kind cannot do to this modality, such as an axis too few, leaves the pair out; a kind that
 * was asked for and fits none is told. */
static enum fray_status add_curves(const struct fray_calibrate_wish *wish,
                                   const struct fray_choice *kind, const struct fray_dataset *d,
                                   struct fray_arena *arena, struct calib_curve *curve, size_t *n,
                                   struct fray_err *err) {
  const size_t before = *n;
  for (size_t m = 0; m < d->n_modalities; m++) {
    struct calib_curve *c = &curve[*n];
    if (!fray_corruption_fits_modality(kind, d->modality[m].kind))
      continue;
    *c = (struct calib_curve){0};
    FRAY_TRY(calib_scale_make(kind, &d->modality[m], arena, &c->scale, &c->note, err));
    const enum fray_status fit = c->note ? FRAY_OK : settle(&c->scale, arena, err);
    if (fit == FRAY_INPUT && !wish->n_kinds)
      continue;
    FRAY_TRY(fit);
    FRAY_ALLOC_ZERO(c->point, arena, CALIB_MOST_POINTS, err);
    (*n)++;
  }
  FRAY_CHECK(*n > before || !wish->n_kinds, err, INPUT,
             "--kinds: the data have no modality that %s damages", kind->name);
  return FRAY_OK;
}

/* Room for every pair of a kind and a modality, of which some will not fit. Curves lie in one
 * array, since the search goes through all of them in each round. */
static enum fray_status make_curves(const struct fray_calibrate_wish *wish,
                                    const struct fray_dataset *d, struct fray_arena *arena,
                                    struct calib_curve **out, size_t *n, struct fray_err *err) {
  const struct fray_choice *kind;
  const size_t most = wish->n_kinds ? wish->n_kinds : fray_corruptions.n;
  struct calib_curve *curve;
  FRAY_ALLOC_ZERO(curve, arena, most * d->n_modalities + 1, err);
  *n = 0;
  for (size_t k = 0; (kind = kind_at(wish, k)) != NULL; k++)
    if (wish->n_kinds || is_usual(kind))
      FRAY_TRY(add_curves(wish, kind, d, arena, curve, n, err));
  *out = curve;
  return FRAY_OK;
}

/* A name that there is no metric of is told before anything is trained; which one the scenario has
 * first is known with its models. */
static enum fray_status check_metric(const struct fray_calibrate_wish *wish, struct fray_err *err) {
  const char *known[64];
  char list[512];
  size_t n = FRAY_MIN(fray_metrics.n, FRAY_COUNT(known));
  for (size_t k = 0; k < n; k++)
    known[k] = fray_metrics.v[k]->name;
  FRAY_CHECK(!wish->metric || fray_choice_find(&fray_metrics, wish->metric), err, INPUT,
             "--metric %s: there is no such metric; %s", wish->metric,
             fray_there_are(wish->metric, known, n, list, sizeof list));
  return FRAY_OK;
}

/* The metric of the models, as far as it is asked of classes alone. */
static enum fray_status choose_metric(const struct fray_calibrate_wish *wish,
                                      const struct fray_study *study,
                                      const struct fray_choice **out, struct fray_err *err) {
  *out = wish->metric ? fray_choice_find(&fray_metrics, wish->metric) : study->cell[0].metric[0];
  FRAY_CHECK(!fray_metric_needs_target(*out), err, INPUT,
             "metric: %s asks how often a certain class is answered, which says nothing of damage",
             (*out)->name);
  FRAY_CHECK(!fray_metric_needs_scores(*out), err, INPUT,
             "--metric %s: looks at probabilities; take one of classes, as accuracy", (*out)->name);
  return FRAY_OK;
}

/* A loss is a share of what the clean models have above chance. Where nothing of that is resolved,
 * there is nothing to take a share of. */
static enum fray_status check_clean(const struct calib_scorer *s, struct fray_calibrated *out,
                                    struct fray_err *err) {
  const double way = fray_metric_higher_is_better(s->metric) ? 1 : -1;
  if (!s->clean_draw)
    return FRAY_OK;
  FRAY_TRY(calib_interval(s, NULL, 0, &out->interval, err));
  const struct fray_metric_ops *ops = s->metric->impl;
  if (ops->is_share)
    fray_interval_within(0, 1, &out->interval);
  const double worst = way > 0 ? out->interval.low : out->interval.high;
  FRAY_CHECK((s->clean - s->chance) * way > 0 && !((worst - s->chance) * way <= 0), err, INPUT,
             "without damage %s is %.4g on dev (95 %%: %.4g to %.4g), chance %.4g: that is not "
             "resolved from chance, so no share of it can be lost",
             s->metric->name, s->clean, out->interval.low, out->interval.high, s->chance);
  return FRAY_OK;
}

/* ---- what comes of it ---- */

/* Where a band of the losses first reaches the loss, from weak to strong, in a straight line
 * between points; NaN: it never does. Without damage nothing is lost, and that is sure. */
static double band_place(const struct calib_curve *c, double loss, bool upper) {
  double before = 0, place = 0;
  for (size_t k = 0; k < c->n; k++) {
    const struct fray_interval *i = &c->point[k].interval;
    const double here = upper ? i->high : i->low;
    if (isnan(here))
      return NAN;
    if (here >= loss && before < loss)
      return place + (loss - before) / (here - before) * (c->point[k].place - place);
    before = here;
    place = c->point[k].place;
  }
  return NAN;
}

/* Those strengths stand in the interval at which the loss is within its own: an end at which the
 * band never arrives is open. */
static void set_row(const struct calib_curve *c, size_t l, const struct fray_calibrate_wish *wish,
                    const struct fray_dataset *d, struct fray_severity_row *out) {
  const struct calib_scale *s = &c->scale;
  const double loss = wish->loss[l] / 100;
  *out = (struct fray_severity_row){.kind = s->kind->name,
                                    .medium = fray_modality_kind_names[s->modality->kind],
                                    .modality = s->modality->name,
                                    .data_set = d->name,
                                    .key = s->key,
                                    .unit = *s->unit ? s->unit : NULL,
                                    .note = c->note ? c->note : c->level_note[l],
                                    .severity = (int64_t)l + 1,
                                    .loss = wish->loss[l],
                                    .value = NAN,
                                    .low = NAN,
                                    .high = NAN,
                                    .realised = NAN,
                                    .low_loss = NAN,
                                    .high_loss = NAN};
  for (size_t k = 0; !c->note && k < c->n; k++) {
    const struct calib_point *p = &c->point[k];
    if (!(p->place == c->final[l]))
      continue;
    /* The upper band of the losses arrives first: its strength is the weakest that may be meant. */
    const double weak = band_place(c, loss, true), strong = band_place(c, loss, false);
    out->value = p->strength;
    out->realised = 100 * p->loss;
    out->low_loss = 100 * p->interval.low;
    out->high_loss = 100 * p->interval.high;
    /* No weaker than what was tried, as below the first severity of some nothing is. */
    if (!isnan(weak) && weak > 0 && weak >= s->first)
      out->low = calib_scale_rounded(s, weak);
    if (!isnan(strong))
      out->high = calib_scale_rounded(s, strong);
  }
}

/* What stays when the models are closed: the rows of the table, and all strengths that were tried,
 * from which whoever reads the document can draw the whole curve. */
static enum fray_status set_curve(const struct calib_curve *c,
                                  const struct fray_calibrate_wish *wish,
                                  const struct fray_dataset *d, struct fray_arena *arena,
                                  struct fray_calibrate_curve *out, struct fray_err *err) {
  for (size_t l = 0; l < wish->n_losses; l++)
    set_row(c, l, wish, d, &out->row[l]);
  out->kind = out->row[0].kind;
  out->modality = out->row[0].modality;
  out->medium = out->row[0].medium;
  out->key = c->scale.key;
  out->unit = c->scale.unit;
  out->note = c->note;
  out->n_points = c->n;
  FRAY_ALLOC(out->point, arena, c->n + 1, err);
  for (size_t k = 0; k < c->n; k++)
    out->point[k] = (struct fray_calibrate_point){.strength = c->point[k].strength,
                                                  .loss = c->point[k].loss,
                                                  .interval = c->point[k].interval};
  return FRAY_OK;
}

/* Of what the losses are shares, and how much it rests on: without that a strength of a table says
 * nothing. Dev samples may differ from seed to seed, so the least of them counts. */
static void describe(const struct calib_models *models, const struct calib_scorer *s,
                     const struct fray_dataset *d, const struct fray_calibrate_wish *wish,
                     struct fray_calibrated *out) {
  out->data_set = d->name;
  out->metric = s->metric->name;
  out->method = models->method;
  out->models = models->folder;
  out->n_seeds = s->n_seeds;
  out->n_clients = s->n_clusters;
  out->n_samples = SIZE_MAX;
  for (size_t k = 0; k < s->n_seeds; k++)
    out->n_samples = FRAY_MIN(out->n_samples, s->panel[k].n);
  out->clean = s->clean;
  out->chance = s->chance;
  out->n_losses = wish->n_losses;
}

/* Texts of the data are copied, as the models are closed before anybody reads what came of it. */
static enum fray_status take_texts(struct fray_calibrated *out, struct fray_err *err) {
  struct fray_arena *arena = &out->arena;
  out->data_set = fray_arena_strdup(arena, out->data_set ? out->data_set : "");
  FRAY_CHECK(out->data_set, err, MEMORY, "out of memory");
  for (size_t c = 0; c < out->n_curves; c++) {
    const char *name = fray_arena_strdup(arena, out->curve[c].modality);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    out->curve[c].modality = name;
    for (size_t l = 0; l < out->n_losses; l++) {
      out->curve[c].row[l].modality = name;
      out->curve[c].row[l].data_set = out->data_set;
    }
  }
  return FRAY_OK;
}

/* Curve by curve, in the order in which they were asked for. */
static enum fray_status take(const struct calib_curve *curve,
                             const struct fray_calibrate_wish *wish, const struct fray_dataset *d,
                             struct fray_calibrated *out, struct fray_err *err) {
  FRAY_ALLOC_ZERO(out->curve, &out->arena, out->n_curves + 1, err);
  for (size_t c = 0; c < out->n_curves; c++)
    FRAY_TRY(set_curve(&curve[c], wish, d, &out->arena, &out->curve[c], err));
  return take_texts(out, err);
}

/* Everything that can be refused without the models was refused before. What is refused here is so
 * on all ranks: rank 0 alone has draws, and tells the others what it found of them. */
static enum fray_status calibrate(const struct fray_calibrate_wish *wish, struct fray_comm *comm,
                                  struct calib_models *models, struct fray_calibrated *out,
                                  struct fray_err *err) {
  const bool is_root = fray_comm_rank(comm) == 0;
  struct calib_scorer scorer = {.arena = &out->arena};
  const struct fray_dataset *dataset = NULL;
  const int16_t **clean = NULL;
  struct calib_curve *curve = NULL;
  size_t n = 0;
  FRAY_TRY(calib_models_open(wish, comm, &out->arena, models, err));
  FRAY_TRY(choose_metric(wish, fray_kept_study(models->kept), &scorer.metric, err));
  FRAY_TRY(calib_ask_clean(models, &scorer, &dataset, &clean, err));
  enum fray_status status = calib_scorer_make(&scorer, dataset, clean, is_root, err);
  describe(models, &scorer, dataset, wish, out);
  if (status == FRAY_OK)
    status = check_clean(&scorer, out, err);
  if (status == FRAY_OK)
    status = make_curves(wish, dataset, &out->arena, &curve, &n, err);
  FRAY_TRY(fray_comm_agree(comm, status, err));
  FRAY_TRY(calib_search(models, &scorer, wish, curve, n, err));
  out->n_curves = n;
  return fray_comm_agree(comm, take(curve, wish, dataset, out, err), err);
}

/* Signals are caught before the models are trained, so that a stop in the middle of a training and
 * one between two questions look alike to who asked for it. */
enum fray_status fray_calibrate_kinds(const struct fray_calibrate_wish *wish,
                                      struct fray_comm *comm, struct fray_calibrated *out,
                                      struct fray_err *err) {
  struct calib_models models = {0};
  *out = (struct fray_calibrated){0};
  FRAY_TRY(check_kinds(wish, err));
  FRAY_TRY(check_metric(wish, err));
  fray_progress_show(wish->progress);
  fray_stop_catch();
  const enum fray_status status = calibrate(wish, comm, &models, out, err);
  fray_progress_end();
  fray_kept_close(models.kept);
  return status;
}

/* Also of one that failed half-way: all of it lies in one arena. */
void fray_calibrated_free(struct fray_calibrated *calibrated) {
  fray_arena_free(&calibrated->arena);
}
