/* How far signal damage moves values, before features are made of them and after: damage that the
 * features undo is none, and whoever asked for it should know before anything is trained. */
#include "trial_work.h"

#include "fray/base/size.h"
#include "fray/corrupt/signal.h"

#include <math.h>

enum { LOOKED_AT = 16 }; /* values of each modality: features of more cost time and say the same */
/* Below this share of what the raw values move, features are said to undo the damage. */
static const double undone = 1e-3;

/* Sums over the values of one modality. */
struct moves {
  size_t n;
  double raw, features, changed, snr_db; /* the last of sound alone */
};

/* The first ones in the order of the panel, so that each run says the same. A value that damage
 * left alone is passed over: the mean is over those that it hit. */
static enum fray_status look_at(const struct trial_work *t, const struct fray_samples *samples,
                                size_t m, struct moves *out, struct fray_err *err) {
  *out = (struct moves){0};
  for (size_t i = 0; i < samples->n && out->n < LOOKED_AT; i++) {
    struct fray_distance d;
    if (!(samples->present[i] >> m & 1) || !fray_signal_key(samples->signal, samples->sample[i], m))
      continue;
    FRAY_TRY(fray_features_distance(t->session->features, m, samples->sample[i], samples->signal,
                                    &d, err));
    if (!isfinite(d.raw)) /* of a silent clip nothing is a share */
      continue;
    out->raw += d.raw;
    out->features += d.features;
    out->changed += d.changed;
    out->snr_db += d.snr_db;
    out->n++;
  }
  return FRAY_OK;
}

/* where: "in training", "tests.NAME". */
static void warn_of(const struct trial_work *t, struct fray_study *study, size_t m,
                    const struct moves *moves, const char *where) {
  const char *name = t->session->dataset->modality[m].name;
  if (moves->n == 0)
    return;
  if (moves->raw == 0)
    fray_study_warn(study, "%s: damage of %s changes none of the %zu values looked at", where, name,
                    moves->n);
  else if (moves->features < undone * moves->raw)
    fray_study_warn(study,
                    "%s: damage of %s moves raw values by %.3g %%, and features by %.2g %%: "
                    "data.features.%s undoes it",
                    where, name, 100 * moves->raw / (double)moves->n,
                    100 * moves->features / (double)moves->n, name);
}

/* Of all entries together: what one does alone, the next may undo. */
static enum fray_status measure(const struct trial_work *t, struct fray_study *study,
                                const struct fray_samples *samples, const char *where,
                                struct fray_signal_move *out, struct fray_err *err) {
  struct moves all = {0};
  *out = fray_no_move();
  if (!samples->signal)
    return FRAY_OK;
  for (size_t m = 0; m < t->session->dataset->n_modalities; m++) {
    struct moves moves;
    FRAY_TRY(look_at(t, samples, m, &moves, err));
    warn_of(t, study, m, &moves, where);
    if (moves.n)
      out->of[m] = (struct fray_distance){
          .raw = moves.raw / (double)moves.n,
          .features = moves.features / (double)moves.n,
          .changed = moves.changed / (double)moves.n,
          /* Infinite where one value of them did not move: no mean level of what was added. */
          .snr_db = isfinite(moves.snr_db) ? moves.snr_db / (double)moves.n : NAN};
    all.n += moves.n;
    all.raw += moves.raw;
    all.features += moves.features;
  }
  if (all.n) {
    out->raw = all.raw / (double)all.n;
    out->features = all.features / (double)all.n;
  }
  return FRAY_OK;
}

struct fray_signal_move fray_no_move(void) {
  const struct fray_distance none = {NAN, NAN, NAN, NAN};
  struct fray_signal_move out = {NAN, NAN, {none}};
  for (size_t m = 0; m < FRAY_MAX_MODALITIES; m++)
    out.of[m] = none;
  return out;
}

enum fray_status fray_outlook_moves(const struct trial_work *t, struct fray_study *study,
                                    struct fray_outlook *out, struct fray_err *err) {
  const size_t n = t->cell->n_conditions, first = t->n_conditions - n;
  const struct fray_dataset *d = t->session->dataset;
  /* Names outlive the data, which may be closed before tables are written. */
  for (out->n_modalities = 0; out->n_modalities < d->n_modalities; out->n_modalities++) {
    const char *name = fray_arena_strdup(&study->arena, d->modality[out->n_modalities].name);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    out->modality[out->n_modalities] = name;
  }
  struct fray_signal_move at_dev; /* only to warn of */
  FRAY_TRY(measure(t, study, &t->clients.data, "in training", &out->moved, err));
  FRAY_TRY(measure(t, study, &t->dev, "at dev", &at_dev, err));
  if (t->cell != &study->cell[0]) /* its conditions stand for all */
    return FRAY_OK;
  FRAY_ALLOC(out->condition_moved, &study->arena, n + 1, err);
  for (size_t k = 0; k < n; k++) {
    char *where = fray_arena_printf(&study->scratch, "tests.%s", t->cell->condition[k].test);
    FRAY_CHECK(where, err, MEMORY, "out of memory");
    FRAY_TRY(
        measure(t, study, &t->judged[TEST].under[first + k], where, &out->condition_moved[k], err));
  }
  return FRAY_OK;
}
