/* Which samples are shown: by a rule that is on the page, so that nobody can have picked them.
 * Those at random follow from their names alone, before any answer is read; those that changed most
 * are ranked by a mean over all methods and seeds, in which no method comes first. */
#include "choose_samples.h"

#include "report/quantity/quantities.h"
#include "report/quantity/view.h"

#include "fray/base/hash.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* A change is a sum of shares in whole 2^-40: integers add up to the same in any order of methods.
 */
static const double fine = 1099511627776.0;

/* Whether a trial has the samples of the set. */
enum { UNKNOWN, YES, NO };

/* ---- the samples ---- */

/* The reader says why there is nothing; here it only matters that there is not. */
static bool is_usable(const struct fray_rep_answers *a) {
  return strcmp(a->status, "ok") == 0;
}

/* The lots are made here, with nothing in sight but the names. */
static enum fray_status keep_set(struct fray_rep_results *r, const struct fray_rep_answers *a,
                                 struct fray_rep_test_set *set, struct fray_err *err) {
  int32_t *label;
  uint8_t *labels = NULL;
  FRAY_ALLOC(label, r->arena, a->n, err);
  FRAY_ALLOC(set->lot, r->arena, a->n, err);
  FRAY_ALLOC_ZERO(set->has, r->arena, r->n_trials, err);
  /* Copies: the reader drops old answers while others are read. */
  memcpy(label, a->label, a->n * sizeof *label);
  if (a->labels) {
    FRAY_ALLOC(labels, r->arena, a->n * a->n_classes, err);
    memcpy(labels, a->labels, a->n * a->n_classes);
  }
  for (size_t i = 0; i < a->n; i++) {
    struct fray_rng rng = fray_rng_for(0, "report/samples", fray_hash_text(set->source[i]), 0, 0);
    set->lot[i] = fray_rng_u64(&rng);
  }
  set->n = a->n;
  set->n_classes = a->n_classes;
  set->label = label;
  set->labels = labels;
  set->status = "ok";
  return FRAY_OK;
}

/* The first trial speaks for all: those with other samples are found when their answers are read,
 * and left out. A diverged one has no answers, though it has samples. */
enum fray_status fray_rep_test_set_of(struct fray_rep_results *r, struct fray_rep_test_set *out,
                                      struct fray_err *err) {
  struct fray_rep_file *file = fray_rep_store_file(r);
  *out = (struct fray_rep_test_set){.status = fray_rep_file_status(file)};
  for (size_t t = 0; t < r->n_trials && strcmp(fray_rep_file_status(file), "ok") == 0; t++) {
    const struct fray_rep_answers *a;
    FRAY_TRY(fray_rep_file_answers(file, FRAY_REP_TEST, t, &a, err));
    out->status = is_usable(a) ? "results.h5 does not name its samples" : a->status;
    if (r->trial[t].diverged || !is_usable(a))
      continue;
    if (a->edits) { /* what is shown of a sample is its one answer */
      out->status = "the answers are sequences of classes";
      return FRAY_OK;
    }
    FRAY_TRY(fray_rep_file_sources(file, FRAY_REP_TEST, t, r->arena, &out->source, err));
    if (out->source)
      return keep_set(r, a, out, err);
  }
  return FRAY_OK;
}

/* ---- the two ends ---- */

/* Samples are told by their place, so a trial must have the same ones in the same order. */
static enum fray_status look_for_set(struct fray_rep_results *r, size_t trial,
                                     const struct fray_rep_test_set *set, bool *has,
                                     struct fray_err *err) {
  struct fray_arena work = {0};
  const char *const *source = NULL;
  enum fray_status status =
      fray_rep_file_sources(fray_rep_store_file(r), FRAY_REP_TEST, trial, &work, &source, err);
  const struct fray_rep_answers *a;
  if (status == FRAY_OK)
    status = fray_rep_file_answers(fray_rep_store_file(r), FRAY_REP_TEST, trial, &a, err);
  *has = status == FRAY_OK && source && a->n == set->n && a->n_classes == set->n_classes &&
         !a->edits && a->multi_label == (set->labels != NULL);
  for (size_t i = 0; *has && i < set->n; i++)
    *has = strcmp(source[i], set->source[i]) == 0;
  fray_arena_free(&work);
  return status;
}

/* Ends of many paths are of one cell: its trainings are looked at once, one after the other, first
 * their answers and then their names, which is how the file is asked for neither twice. */
static enum fray_status has_set(struct fray_rep_results *r, size_t trial,
                                const struct fray_rep_test_set *set, bool *has,
                                struct fray_err *err) {
  const size_t *own = r->trial_of + r->trial[trial].cell * r->seeds.n;
  for (size_t i = 0; i < 2 * r->seeds.n && (i || set->has[trial] == UNKNOWN); i++) {
    const size_t t = own[i % r->seeds.n];
    const struct fray_rep_answers *a;
    if (t == r->n_trials || r->trial[t].diverged || set->has[t] != UNKNOWN)
      continue;
    if (i < r->seeds.n) {
      FRAY_TRY(fray_rep_file_answers(fray_rep_store_file(r), FRAY_REP_TEST, t, &a, err));
      continue;
    }
    FRAY_TRY(look_for_set(r, t, set, has, err));
    set->has[t] = *has ? YES : NO;
  }
  *has = set->has[trial] == YES;
  return FRAY_OK;
}

/* Both ends must have been answered, by a model that did not diverge. */
static enum fray_status add_pair(struct fray_rep_results *r, const struct fray_rep_path *path,
                                 size_t series, size_t seed, const struct fray_rep_test_set *set,
                                 struct fray_rep_change *out, struct fray_err *err) {
  struct fray_rep_twosome pair = {.series = series, .seed = seed};
  for (int end = 0; end < 2; end++) {
    struct fray_rep_view view;
    const char *status;
    bool has;
    pair.at[end] = path->at[end ? path->n - 1 : 0];
    pair.trial[end] = fray_rep_trial_of(r, &pair.at[end], seed);
    if (pair.trial[end] == r->n_trials || r->trial[pair.trial[end]].diverged)
      return FRAY_OK;
    FRAY_TRY(fray_rep_view_at(r, pair.trial[end], &pair.at[end], &view, &status, err));
    if (strcmp(status, "ok") != 0)
      return FRAY_OK;
    if (end == 1 && pair.trial[1] == pair.trial[0])
      continue; /* seen */
    FRAY_TRY(has_set(r, pair.trial[end], set, &has, err));
    out->n_other += !has;
    if (!has)
      return FRAY_OK;
  }
  out->pair[out->n++] = pair;
  return FRAY_OK;
}

/* ---- answers ---- */

/* The probability of what is true: of a set the mean over all classes, each for being in it or
 * not. */
static float truth(const struct fray_rep_test_set *set, size_t i, const float *score) {
  const size_t classes = set->n_classes;
  double sum = 0;
  if (set->label[i] < 0)
    return NAN;
  if (!set->labels)
    return score[set->label[i]];
  for (size_t c = 0; c < classes; c++)
    sum += set->labels[i * classes + c] ? score[c] : 1 - (double)score[c];
  return (float)(sum / (double)classes);
}

/* Copies, since the reader may drop these answers while it reads the next ones. Probabilities of a
 * condition come all at once, so that asking for a few samples costs as much as for all. */
enum fray_status fray_rep_said_of(struct fray_rep_results *r, const struct fray_rep_twosome *pair,
                                  int end, bool by_score, const struct fray_rep_test_set *set,
                                  const uint32_t *sample, size_t n, struct fray_arena *arena,
                                  struct fray_rep_said *out, struct fray_err *err) {
  const size_t classes = set->n_classes;
  const float *score = NULL;
  const char *status;
  struct fray_rep_view view;
  uint8_t *copy = NULL;
  FRAY_TRY(fray_rep_view_at(r, pair->trial[end], &pair->at[end], &view, &status, err));
  if (by_score)
    FRAY_TRY(fray_rep_file_scores(fray_rep_store_file(r), FRAY_REP_TEST, pair->trial[end],
                                  view.last, view.condition, arena, &score, err));
  const struct fray_rep_answers *a = view.answers;
  const size_t row = ((size_t)view.last * a->n_conditions + view.condition) * a->n;
  if (a->sets)
    FRAY_ALLOC(copy, arena, n * classes + 1, err);
  for (size_t k = 0; k < n; k++) {
    const size_t i = sample ? sample[k] : k;
    out[k] = (struct fray_rep_said){
        .class = a->predicted ? a->predicted[row + i] : -1,
        .set = copy ? memcpy(copy + k * classes, a->sets + (row + i) * classes, classes) : NULL,
        .probability = score ? truth(set, i, score + i * classes) : NAN};
  }
  return FRAY_OK;
}

/* A set is one answer: a class more or less makes it another. */
static bool same_answer(const struct fray_rep_said *a, const struct fray_rep_said *b,
                        size_t classes) {
  return a->set ? memcmp(a->set, b->set, classes) == 0 : a->class == b->class;
}

/* ---- the change ---- */

/* Sums over the pairs that know something of a sample, and how many these are: each pair counts
 * once, whatever its method and its seed, so that the order of methods cannot matter. */
struct tally {
  int64_t *sum;
  uint32_t *n;
};

/* *scores comes back false if the pair has none: then nothing of it was counted. A pair whose
 * probabilities are all NaN has as good as none. Single samples without one, such as those that
 * nobody labelled, are passed over. */
static enum fray_status count_pair(struct fray_rep_results *r, const struct fray_rep_twosome *pair,
                                   const struct fray_rep_test_set *set, struct fray_arena *arena,
                                   const struct tally *tally, bool *scores, struct fray_err *err) {
  struct fray_rep_said *said[2];
  bool known = !*scores;
  for (int end = 0; end < 2; end++) {
    FRAY_ALLOC(said[end], arena, set->n, err);
    FRAY_TRY(fray_rep_said_of(r, pair, end, *scores, set, NULL, set->n, arena, said[end], err));
  }
  for (size_t i = 0; i < set->n; i++) {
    const double fall = (double)said[0][i].probability - (double)said[1][i].probability;
    known = known || isfinite(fall);
    if (*scores && !isfinite(fall))
      continue;
    tally->n[i]++;
    tally->sum[i] += *scores ? (int64_t)llround(fall * fine)
                             : !same_answer(&said[0][i], &said[1][i], set->n_classes);
  }
  *scores = *scores && known;
  return FRAY_OK;
}

/* Once by the probabilities; where any of the pairs has none, again by the answers, as a mean over
 * some methods alone would favour them. */
static enum fray_status count_all(struct fray_rep_results *r, const struct fray_rep_test_set *set,
                                  const struct tally *tally, struct fray_rep_change *out,
                                  struct fray_err *err) {
  struct fray_arena work = {0};
  enum fray_status status = FRAY_OK;
  bool scores = true;
  for (size_t p = 0; status == FRAY_OK && p < out->n; p++) {
    const bool wanted = scores;
    status = count_pair(r, &out->pair[p], set, &work, tally, &scores, err);
    fray_arena_reset(&work);
    if (wanted && !scores) {
      memset(tally->sum, 0, set->n * sizeof *tally->sum);
      memset(tally->n, 0, set->n * sizeof *tally->n);
      p = SIZE_MAX; /* from the first one again */
    }
  }
  fray_arena_free(&work);
  out->by_score = scores;
  return status;
}

/* Which trials count is settled before what they said is read, so that it cannot matter there. Of
 * classes without a probability in one of the two ends nothing is known. */
enum fray_status fray_rep_change_along(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                                       const struct fray_rep_test_set *set,
                                       struct fray_arena *arena, struct fray_rep_change *out,
                                       struct fray_err *err) {
  struct tally tally;
  *out = (struct fray_rep_change){0};
  /* Room for every series and seed; those that lack an end take none. */
  FRAY_ALLOC(out->pair, arena, axis->n_series * r->seeds.n + 1, err);
  FRAY_ALLOC_ZERO(tally.sum, arena, set->n, err);
  FRAY_ALLOC_ZERO(tally.n, arena, set->n, err);
  FRAY_ALLOC(out->change, arena, set->n, err);
  for (size_t s = 0; s < axis->n_series; s++) {
    struct fray_rep_path path;
    FRAY_TRY(fray_rep_path_of(r, axis, s, FRAY_REP_TEST, &path, err));
    for (size_t k = 0; path.n >= 2 && k < r->seeds.n; k++)
      FRAY_TRY(add_pair(r, &path, s, k, set, out, err));
  }
  FRAY_TRY(count_all(r, set, &tally, out, err));
  for (size_t i = 0; i < set->n; i++) {
    const double sum = (double)tally.sum[i] / (out->by_score ? fine : 1);
    out->change[i] = tally.n[i] ? sum / tally.n[i] : NAN;
  }
  return FRAY_OK;
}

/* ---- the choice ---- */

/* Puts i into the list of the best at most `most`, kept in order; change NULL: by lot alone. */
static void insert(const struct fray_rep_test_set *set, const double *change, size_t most,
                   uint32_t i, uint32_t *out, size_t *n) {
  size_t at = *n;
  while (at > 0) {
    const uint32_t other = out[at - 1];
    const bool ahead = change && change[i] != change[other] ? change[i] > change[other]
                                                            : set->lot[i] < set->lot[other];
    if (!ahead)
      break;
    at--;
  }
  if (at >= most) /* the usual case: a page shows a handful of a test set of thousands */
    return;
  *n += *n < most;
  memmove(out + at + 1, out + at, (*n - at - 1) * sizeof *out);
  out[at] = i;
}

/* The smallest of independent numbers are a draw without putting back, and more of them are the
 * same ones and some others: a reader who asks for more sees again what was there. */
size_t fray_rep_draw_samples(const struct fray_rep_test_set *set, size_t most, uint32_t *out) {
  size_t n = 0;
  for (uint32_t i = 0; i < set->n; i++)
    insert(set, NULL, most, i, out, &n);
  return n;
}

/* Of a damage that changes nothing, or helps, there may be fewer, or none: what did not fall is not
 * called a fall. */
size_t fray_rep_largest_changes(const struct fray_rep_test_set *set, const double *change,
                                size_t most, uint32_t *out) {
  size_t n = 0;
  for (uint32_t i = 0; i < set->n; i++)
    if (change[i] > 0) /* false of NaN */
      insert(set, change, most, i, out, &n);
  return n;
}
