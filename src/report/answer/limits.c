/* What the results of a study cannot say: clauses for one line below the answer, the gravest first.
 * The remarks of the page say the same things at length, and others. */
#include "parts.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <string.h>

enum { FEW_PEOPLE = 10, MOST = 16 };

/* Clauses so far. Not more than MOST, which is more than there are. */
struct list {
  const struct fray_rep_answer *a;
  const char **v;
  size_t n;
  bool failed;
};

/* Beyond the most the gravest have been said. NULL: memory is out. */
static void add(struct list *l, const char *text) {
  l->failed = l->failed || !text;
  if (text && l->n < MOST)
    l->v[l->n++] = text;
}

/* Trainings that are no models: they pull every mean towards chance. */
static void add_trainings(struct list *l) {
  const struct fray_rep_answer *a = l->a;
  struct fray_rep_results *r = a->r;
  size_t models = a->n_learnt + a->n_at_chance;
  if (r->n_diverged)
    add(l, fray_arena_printf(r->arena, "%zu of %s diverged and %s", r->n_diverged,
                             FRAY_N(fray_rep_by_training(r)->n_trials, "training"),
                             fray_rep_has_chance(r, r->main_metric) ? "count as chance"
                                                                    : "are in no mean"));
  if (a->n_at_chance)
    add(l, a->n_learnt == 0 ? "no model is told from chance on undamaged data"
                            : fray_arena_printf(r->arena, "%zu of %s are not told from chance",
                                                a->n_at_chance, FRAY_N(models, "model")));
}

/* From three seeds on intervals speak of other trainings; below, luck is not told from method. */
static void add_seeds(struct list *l) {
  size_t n = l->a->r->seeds.n;
  if (n == 1)
    add(l, "a single seed: what one training shows may be its luck");
  else if (n == 2)
    add(l, "only 2 seeds: little is known of other trainings");
}

/* The clients of the test split, over which intervals generalise. */
static void add_people(struct list *l) {
  const struct fray_rep_answer *a = l->a;
  if (a->n_axes && a->cost[a->main].lost.interval.kind == FRAY_INTERVAL_SEEDS)
    add(l, "intervals are of other trainings alone, not of other people");
  if (a->clients == 1)
    add(l, "a single test client: all of this holds for that one alone");
  else if (a->clients < FEW_PEOPLE) /* false for NaN: not known, nothing is said */
    add(l, fray_arena_printf(a->r->arena, "only %.0f test clients: little is known of other people",
                             a->clients));
}

/* For whom: groups were not asked for, are too small, or do not differ as far as these data tell.
 */
static void add_groups(struct list *l) {
  const struct fray_rep_answer *a = l->a;
  bool found = false;
  for (size_t i = 0; i < a->n_groups; i++)
    found = found || a->group[i].loses_more;
  if (a->n_axes == 0 || found || a->n_measured == 0)
    return;
  add(l, a->n_groups ? a->r->seeds.n == 1
                           ? "for whom it breaks is not known from a single seed"
                           : "for whom it breaks is not resolved: no group is told apart from all"
         : a->n_small
             ? "for whom it breaks is not known: no group has 30 test samples and 5 clients"
             : "for whom it breaks is not known: no groups were scored");
}

/* A run that was stopped or put together from several machines looks like any other page. */
static void add_folder(struct list *l) {
  const struct fray_text *state = &l->a->r->state;
  size_t n = state->size ? strcspn(state->data, " \t\r\n:") : 0;
  if (n && (n != 4 || memcmp(state->data, "done", 4) != 0))
    add(l, "the run is not finished: these are partial results");
  if (fray_rep_n_mixed(l->a->r))
    add(l, "trainings come from several programs or machines, whose last digits differ");
}

/* People who are in no score though the plan has them, and folds that stand as settings. */
static void add_folds(struct list *l) {
  const struct fray_rep_pooling *p = &l->a->r->pooling;
  struct fray_arena *arena = l->a->r->arena;
  if (p->key && p->why_not)
    add(l, fray_arena_printf(arena, "folds are not pooled (%s): a fold is no setting", p->why_not));
  if (!l->a->r->folds)
    return;
  if (p->n_planned > p->n_folds)
    add(l, fray_arena_printf(arena, "only %zu of %s were run", p->n_folds,
                             FRAY_N(p->n_planned, "fold")));
  if (p->lacks_people)
    add(l, "not all folds were run: clients who train are tested by none");
  if (p->n_lacking)
    add(l, fray_arena_printf(arena, "%zu of %s lack a fold and are in no number", p->n_lacking,
                             FRAY_N(p->n_lacking + p->n_pooled, "training")));
}

/* Always said, so that the line never reads as if nothing were missing. */
static void add_scope(struct list *l) {
  add(l,
      l->a->n_axes ? "nothing is said of damage that was not tried" : "nothing is said of damage");
}

/* What is wrong with the folder comes before what is wrong with the trainings, and both before what
 * more seeds, people or groups would tell. */
enum fray_status fray_rep_limits(const struct fray_rep_answer *a, const char ***out, size_t *n,
                                 struct fray_err *err) {
  struct list l = {.a = a};
  FRAY_ALLOC(l.v, a->r->arena, MOST, err);
  add_folder(&l);
  add_trainings(&l);
  add_seeds(&l);
  add_people(&l);
  add_folds(&l);
  add_groups(&l);
  add_scope(&l);
  FRAY_CHECK(!l.failed, err, MEMORY, "out of memory");
  *out = l.v;
  *n = l.n;
  return FRAY_OK;
}
