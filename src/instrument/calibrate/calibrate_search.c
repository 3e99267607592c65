/* The search for strengths: a few places of each scale first, then halves of the stretch in which a
 * loss is passed.
 *
 * Questions of all curves are asked model by model, round by round: a model is opened with its
 * data, which takes longer than many questions to it. Every place is asked of all seeds, and with
 * the same random numbers of damage, so that what is searched is one fixed curve. */
#include "calibrate_parts.h"

#include "fray/base/size.h"
#include "fray/base/stop.h"
#include "fray/json/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ROUNDS = 16 };
static const double narrow = 1.0 / 64;  /* of a severity: nothing is halved any more */
static const double near_enough = 0.02; /* loss between two neighbours that need no further one */
static const double off = 0.02;         /* a level that misses its loss by more says so */

/* ---- asking ---- */

/* The damage as an entry of a scenario would say it. */
enum fray_status calib_entry(const struct calib_scale *s, double strength, struct fray_arena *arena,
                             const struct fray_corruption_config *const **out, size_t *n,
                             struct fray_err *err) {
  struct fray_text text = {0};
  char number[32];
  fray_format_double(strength, number);
  fray_text_printf(&text, "[{id: calibrate, kind: %s, modalities: [", s->kind->name);
  fray_json_put_text(&text, s->modality->name); /* YAML reads it, whatever the name */
  fray_text_printf(&text, "], %s: %s}]", s->key, isinf(strength) ? ".inf" : number);
  enum fray_status status = text.failed ? fray_fail(err, FRAY_MEMORY, "out of memory") : FRAY_OK;
  if (status == FRAY_OK)
    status = fray_kept_entries(text.data, arena, out, n, err);
  fray_text_free(&text);
  return status;
}

/* Who asked to stop is obeyed by all ranks at the same question: signals do not reach all at once.
 */
static enum fray_status look_for_stop(const struct calib_models *models, struct fray_err *err) {
  const int asked = fray_stop_asked();
  const enum fray_status mine =
      asked ? fray_fail(err, FRAY_STOPPED,
                        "%s between two questions; the models are kept, and the same call goes on",
                        fray_stop_name(asked))
            : FRAY_OK;
  return fray_comm_agree(models->comm, mine, err);
}

/* The answers of one model, into room that is there: of as many samples as without damage. */
static enum fray_status ask(const struct calib_models *models, const struct calib_scorer *scorer,
                            size_t seed, const struct calib_point *p, int16_t *out,
                            struct fray_err *err) {
  const struct fray_probe probe = {.trial = models->trial[seed],
                                   .selection = FRAY_BEST,
                                   .split = FRAY_KEPT_DEV,
                                   .entry = p->entry,
                                   .n = p->n_entries};
  struct fray_probed got;
  FRAY_TRY(fray_kept_probe(models->kept, &probe, &got, err));
  memcpy(out, got.answers.predicted, scorer->panel[seed].n * sizeof *out);
  return FRAY_OK;
}

/* Into the order of places. */
static struct calib_point *insert(struct calib_curve *c, double place) {
  size_t at = c->n;
  while (at > 0 && c->point[at - 1].place > place)
    at--;
  memmove(c->point + at + 1, c->point + at, (c->n - at) * sizeof *c->point);
  c->n++;
  c->point[at] =
      (struct calib_point){.place = place, .strength = calib_scale_rounded(&c->scale, place)};
  return &c->point[at];
}

/* Room for the answers of all seeds, and the entry to ask with, which lives for a round. */
static enum fray_status make_point(struct calib_curve *c, double place,
                                   const struct calib_scorer *scorer, struct fray_err *err) {
  struct calib_point *p = insert(c, place);
  FRAY_ALLOC(p->predicted, scorer->arena, scorer->n_seeds, err);
  for (size_t s = 0; s < scorer->n_seeds; s++)
    FRAY_ALLOC(p->predicted[s], scorer->arena, scorer->panel[s].n + 1, err);
  return FRAY_OK;
}

/* Points of rounds before keep their answers and are not asked again; entries are made for those
 * that are new, and freed with the round. */
static enum fray_status make_points(struct calib_curve *curve, size_t n_curves,
                                    const struct calib_scorer *scorer, struct fray_arena *entries,
                                    size_t *questions, struct fray_err *err) {
  *questions = 0;
  for (size_t c = 0; c < n_curves; c++) {
    for (size_t k = 0; k < curve[c].n_wanted; k++, (*questions)++)
      FRAY_TRY(make_point(&curve[c], curve[c].wanted[k], scorer, err));
    for (size_t k = 0; k < curve[c].n; k++) {
      struct calib_point *p = &curve[c].point[k];
      if (p->asked == 0)
        FRAY_TRY(calib_entry(&curve[c].scale, p->strength, entries, &p->entry, &p->n_entries, err));
    }
    curve[c].n_wanted = 0;
  }
  return FRAY_OK;
}

/* What one model has not been asked of a curve. */
static enum fray_status ask_curve(const struct calib_models *models,
                                  const struct calib_scorer *scorer, size_t seed,
                                  struct calib_curve *c, size_t *done, struct fray_err *err) {
  FRAY_TRY(look_for_stop(models, err));
  for (size_t k = 0; k < c->n; k++) {
    struct calib_point *p = &c->point[k];
    if (p->asked != seed)
      continue;
    if (ask(models, scorer, seed, p, p->predicted[seed], err) != FRAY_OK)
      return fray_at(err, "%s", c->scale.kind->name);
    p->asked++;
    (*done)++;
  }
  return FRAY_OK;
}

/* All that is wanted, of one model after another. Ranks agree on what could fail on one of them
 * alone before the first question, and meet over each only for its answers. */
static enum fray_status ask_round(const struct calib_models *models, struct calib_scorer *scorer,
                                  struct calib_curve *curve, size_t n_curves, int round,
                                  struct fray_err *err) {
  size_t questions = 0, done = 0;
  struct fray_arena entries = {0};
  enum fray_status status = make_points(curve, n_curves, scorer, &entries, &questions, err);
  status = fray_comm_agree(models->comm, status, err);
  for (size_t s = 0; s < scorer->n_seeds; s++)
    for (size_t c = 0; status == FRAY_OK && c < n_curves; c++) {
      status = ask_curve(models, scorer, s, &curve[c], &done, err);
      fray_progress(5, "calibrate  round %d  %zu/%zu questions  %s", round, done,
                    questions * scorer->n_seeds, curve[c].scale.kind->name);
    }
  fray_arena_free(&entries);
  for (size_t c = 0; status == FRAY_OK && c < n_curves; c++)
    for (size_t k = 0; k < curve[c].n; k++) {
      struct calib_point *p = &curve[c].point[k];
      p->loss = calib_loss(scorer, calib_score(scorer, (const int16_t *const *)p->predicted));
    }
  return status;
}

/* ---- what to ask next ---- */

/* Asked once: a place that two losses want, or that was answered before, costs nothing. Room is
 * left for the strengths of the table, which come last. */
static void want(struct calib_curve *c, double place) {
  for (size_t k = 0; k < c->n_wanted; k++)
    if (c->wanted[k] == place)
      return;
  for (size_t k = 0; k < c->n; k++)
    if (c->point[k].place == place)
      return;
  if (c->n + c->n_wanted < CALIB_MOST_POINTS - FRAY_SEVERITY_LEVELS)
    c->wanted[c->n_wanted++] = place;
}

/* Every severity, and half of the way to the first. */
static void want_levels(struct calib_curve *c) {
  if (c->scale.first == 0)
    want(c, 0.5);
  for (size_t k = 1; k <= c->scale.n_levels; k++)
    want(c, (double)k);
}

/* Two neighbours, of which only the second loses so much: 1 + the place of the second among the
 * points, 0 where there is none. Before the first point lies no damage, which loses nothing. */
static size_t passes(const struct calib_curve *c, double loss, size_t from) {
  double before = from ? c->point[from - 1].loss : 0;
  for (size_t k = from; k < c->n; before = c->point[k++].loss)
    if (before < loss && c->point[k].loss >= loss)
      return k + 1;
  return 0;
}

/* What lies before a point: another one, or no damage, which needs no question. */
static double place_before(const struct calib_curve *c, size_t k) {
  return k ? c->point[k - 1].place : 0;
}
static double loss_before(const struct calib_curve *c, size_t k) {
  return k ? c->point[k - 1].loss : 0;
}

/* Halves the stretch, unless it is narrow, or what lies between would be one of its ends. */
static void want_half(struct calib_curve *c, double loss) {
  const size_t at = passes(c, loss, 0);
  if (!at)
    return;
  const struct calib_point *p = &c->point[at - 1];
  const double before = place_before(c, at - 1), half = (before + p->place) / 2;
  if (p->place - before < narrow || p->loss - loss_before(c, at - 1) <= near_enough ||
      before < c->scale.first || (before == 0 && c->scale.first > 0))
    return;
  /* Of whole numbers, and at the end of a key's range, two places may be one strength. */
  const double strength = calib_scale_rounded(&c->scale, half);
  if (strength != p->strength && (at == 1 || strength != c->point[at - 2].strength))
    want(c, half);
}

/* Stronger and stronger, as long as the largest loss was not met and there is something to try. */
static void want_more(struct calib_curve *c, double largest) {
  const struct calib_point *last = &c->point[c->n - 1];
  if (!passes(c, largest, 0) && last->place < c->scale.last)
    want(c, fmin(floor(last->place) + 1, c->scale.last));
}

/* How often the curve goes through a loss, up or down. */
static size_t count_passes(const struct calib_curve *c, double loss) {
  size_t n = 0;
  bool above = false;
  for (size_t k = 0; k < c->n; k++) {
    n += (c->point[k].loss >= loss) != above;
    above = c->point[k].loss >= loss;
  }
  return n;
}

/* The place between two neighbours at which a straight line has the loss. */
static void set_final(struct calib_curve *c, size_t level, double loss) {
  const size_t at = passes(c, loss, 0);
  c->final[level] = NAN;
  /* Of a kind that declares no order, a loss that is passed more than once has several strengths,
   * and nothing tells which of them is meant. */
  if (!at || (!c->scale.ordered && count_passes(c, loss) > 1))
    return;
  const struct calib_point *p = &c->point[at - 1];
  const double before = place_before(c, at - 1), low = loss_before(c, at - 1);
  /* Weaker than all that can be tried: there is no strength for it. */
  if (at == 1 && c->scale.first > 0)
    return;
  c->final[level] = before + (loss - low) / (p->loss - low) * (p->place - before);
}

/* ---- what is said of a level ---- */

/* Places are compared as they were made, bit for bit. NaN is the place of no point. */
static const struct calib_point *find(const struct calib_curve *c, double place) {
  for (size_t k = 0; k < c->n; k++)
    if (c->point[k].place == place)
      return &c->point[k];
  return NULL;
}

/* Why there is no strength, or that the one there is loses something else, as where a key takes
 * whole numbers only. */
static enum fray_status say_level(struct calib_curve *c, size_t level, double loss,
                                  struct fray_arena *arena, struct fray_err *err) {
  /* The most that is lost need not be lost at the strongest: beyond chance a score may rise again.
   */
  const struct calib_point *most = &c->point[0], *p = find(c, c->final[level]);
  const char *note = NULL;
  bool said = true;
  for (size_t k = 0; k < c->n; k++)
    if (c->point[k].loss > most->loss)
      most = &c->point[k];
  if (p)
    said = fabs(p->loss - loss) > off;
  if (p && said)
    note = fray_arena_printf(arena, "the nearest strength that was found loses %.1f %%",
                             100 * p->loss);
  else if (!p && passes(c, loss, 0) == 1 && c->scale.first > 0)
    note = fray_arena_printf(arena, "the weakest severity loses %.1f %% already",
                             100 * c->point[0].loss);
  else if (!p && passes(c, loss, 0))
    note = fray_arena_printf(arena, "not told: the loss is passed %zu times over its severities",
                             count_passes(c, loss));
  else if (!p)
    note = fray_arena_printf(arena, "never: at most %.1f %%, at %s %.4g", 100 * most->loss,
                             c->scale.key, most->strength);
  FRAY_CHECK(note || !said, err, MEMORY, "out of memory");
  c->level_note[level] = note;
  return FRAY_OK;
}

/* Intervals are rank 0's, who writes them down. */
static enum fray_status set_intervals(const struct calib_scorer *scorer, struct calib_curve *c,
                                      struct fray_err *err) {
  for (size_t k = 0; k < c->n && scorer->clean_draw; k++) {
    struct calib_point *p = &c->point[k];
    FRAY_TRY(
        calib_interval(scorer, (const int16_t *const *)p->predicted, p->loss, &p->interval, err));
  }
  return FRAY_OK;
}

/* What all curves want to know after a round; 0: they know enough. */
static size_t want_next(const struct fray_calibrate_wish *wish, struct calib_curve *curve,
                        size_t n_curves) {
  size_t wanted = 0;
  for (size_t c = 0; c < n_curves; c++) {
    if (curve[c].note)
      continue;
    for (size_t l = 0; l < wish->n_losses; l++)
      want_half(&curve[c], wish->loss[l] / 100);
    want_more(&curve[c], wish->loss[wish->n_losses - 1] / 100);
    wanted += curve[c].n_wanted;
  }
  return wanted;
}

/* All places are found on the curve as it is before any of them is asked: the answers to one must
 * not move another. */
static void want_finals(const struct fray_calibrate_wish *wish, struct calib_curve *c) {
  c->n_wanted = 0;
  for (size_t l = 0; l < wish->n_losses; l++)
    set_final(c, l, wish->loss[l] / 100);
  for (size_t l = 0; l < wish->n_losses; l++)
    if (!isnan(c->final[l]))
      want(c, c->final[l]);
}

/* Intervals come last, and for every point: they take longer than the search for what to ask. */
static enum fray_status finish(const struct fray_calibrate_wish *wish,
                               const struct calib_scorer *scorer, struct calib_curve *curve,
                               size_t n_curves, struct fray_err *err) {
  for (size_t c = 0; c < n_curves; c++) {
    if (curve[c].note)
      continue;
    FRAY_TRY(set_intervals(scorer, &curve[c], err));
    for (size_t l = 0; l < wish->n_losses; l++)
      FRAY_TRY(say_level(&curve[c], l, wish->loss[l] / 100, scorer->arena, err));
  }
  return FRAY_OK;
}

/* Round after round until no curve wants to know more; then the strengths as they will stand in the
 * table are asked themselves, so that what they are said to lose was measured. */
enum fray_status calib_search(const struct calib_models *models, struct calib_scorer *scorer,
                              const struct fray_calibrate_wish *wish, struct calib_curve *curve,
                              size_t n_curves, struct fray_err *err) {
  size_t wanted = 1;
  int round = 1;
  for (size_t c = 0; c < n_curves; c++)
    if (!curve[c].note)
      want_levels(&curve[c]);
  /* Ranks have the same answers, and so the same wishes: nobody needs to tell another. */
  for (; wanted && round <= MOST_ROUNDS; round++) {
    FRAY_TRY(ask_round(models, scorer, curve, n_curves, round, err));
    wanted = want_next(wish, curve, n_curves);
  }
  for (size_t c = 0; c < n_curves; c++)
    want_finals(wish, &curve[c]);
  FRAY_TRY(ask_round(models, scorer, curve, n_curves, round, err));
  return fray_comm_agree(models->comm, finish(wish, scorer, curve, n_curves, err), err);
}

/* ---- without damage ---- */

/* Natural clients of the panels, numbered as they are met, so that draws hold no others. */
static enum fray_status keep_panel(const struct fray_probed *got, uint32_t **number,
                                   struct calib_scorer *s, struct calib_panel *out,
                                   struct fray_err *err) {
  const struct fray_dataset *d = got->dataset;
  *out = (struct calib_panel){.n = got->under.n};
  if (!*number) {
    FRAY_ALLOC(*number, s->arena, d->n_clients, err);
    memset(*number, 0xff, d->n_clients * sizeof **number);
  }
  FRAY_ALLOC(out->label, s->arena, out->n + 1, err);
  FRAY_ALLOC(out->cluster, s->arena, out->n + 1, err);
  for (size_t i = 0; i < out->n; i++) {
    uint32_t *client = &(*number)[d->client[got->under.sample[i]]];
    if (*client == UINT32_MAX)
      *client = (uint32_t)s->n_clusters++;
    out->label[i] = got->under.label[i];
    out->cluster[i] = *client;
  }
  return FRAY_OK;
}

/* Once for each model. What the samples are is learnt from the same answers, so that nothing of the
 * data needs to be opened beside. */
enum fray_status calib_ask_clean(const struct calib_models *models, struct calib_scorer *s,
                                 const struct fray_dataset **dataset, const int16_t ***predicted,
                                 struct fray_err *err) {
  uint32_t *number = NULL;
  s->n_seeds = models->n;
  s->panel = fray_arena_alloc(s->arena, models->n, sizeof *s->panel);
  *predicted = fray_arena_zero(s->arena, models->n, sizeof **predicted);
  const bool room = s->panel && *predicted;
  FRAY_TRY(fray_comm_agree(models->comm,
                           room ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory"), err));
  for (size_t k = 0; k < models->n; k++) {
    const struct fray_probe probe = {
        .trial = models->trial[k], .selection = FRAY_BEST, .split = FRAY_KEPT_DEV};
    struct fray_probed got;
    FRAY_TRY(fray_kept_probe(models->kept, &probe, &got, err));
    *dataset = got.dataset;
    FRAY_CHECK(!got.dataset->multi_label, err, INPUT,
               "%s: samples of these data have several labels each, which cannot be calibrated "
               "on yet",
               models->folder);
    FRAY_CHECK(got.under.n > 0, err, INPUT,
               "%s: the data have no dev samples, and strengths are not chosen on the test",
               models->folder);
    enum fray_status status = keep_panel(&got, &number, s, &s->panel[k], err);
    int16_t *answers =
        status == FRAY_OK ? fray_arena_alloc(s->arena, got.under.n, sizeof *answers) : NULL;
    if (status == FRAY_OK && !answers)
      status = fray_fail(err, FRAY_MEMORY, "out of memory");
    if (answers)
      memcpy(answers, got.answers.predicted, got.under.n * sizeof *answers);
    (*predicted)[k] = answers;
    FRAY_TRY(fray_comm_agree(models->comm, status, err));
  }
  return FRAY_OK;
}
