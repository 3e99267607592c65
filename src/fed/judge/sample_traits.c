/* What is known of samples when a model has answered, trait by trait: so that somebody can say of
 * whom a certificate speaks, and a judge can tell whether a new sample is one of them. */
#include "fray/fed/sample_traits.h"

#include "fray/base/size.h"
#include "fray/feature/facts.h"
#include "fray/metric/gate.h"

#include <math.h>
#include <string.h>

static const char *const yes_or_no[] = {"false", "true"};

/* ---- which there are ---- */

/* Where the list of all traits grows; counted first and filled then, by the same walk. */
struct walk {
  struct fray_trait_plan *plan; /* NULL: counting */
  size_t n;
};

static void add(struct walk *w, enum fray_trait_origin origin, size_t of, size_t fact,
                const char *name, size_t n_values, const char *const *value) {
  if (w->plan) {
    w->plan->trait[w->n] = (struct fray_trait){name, n_values, value};
    w->plan->origin[w->n] = origin;
    w->plan->of[w->n] = of;
    w->plan->fact[w->n] = fact;
  }
  w->n++;
}

/* Scores of one number that look at logits and at nothing else: Gaussians would have to be fitted
 * anew, and facts are traits of their own. */
static bool is_plain(const struct fray_gate_score_ops *ops, bool of_whole) {
  const unsigned reads = of_whole ? ops->reads : ops->reads_alone;
  return (of_whole ? ops->of_whole : ops->of_modality) && !ops->fitted && !ops->ranked &&
         !(reads & ~(unsigned)FRAY_GATE_ALONE);
}

/* A score as it is where nobody sets its keys. */
static enum fray_status add_score(struct walk *w, const char *name, const char *const *modality,
                                  size_t n_modalities, size_t *scores, struct fray_arena *arena,
                                  struct fray_err *err) {
  if (w->plan) {
    struct fray_gate_score *score = &w->plan->score[*scores];
    const struct fray_node node = {.kind = FRAY_NODE_SCALAR, .scalar = name};
    FRAY_TRY(fray_gate_score_read(&node, "traits", modality, n_modalities, arena, score, err));
    name = score->name;
  }
  add(w, FRAY_TRAIT_SCORE, *scores, 0, name, 0, NULL);
  ++*scores;
  return FRAY_OK;
}

/* Each form by itself: NAME, then NAME:MODALITY. */
static enum fray_status walk_scores(struct walk *w, const char *const *modality,
                                    size_t n_modalities, struct fray_arena *arena,
                                    struct fray_err *err) {
  size_t scores = 0;
  for (size_t k = 0; k < fray_gate_scores.n; k++) {
    const struct fray_choice *choice = fray_gate_scores.v[k];
    if (is_plain(choice->impl, true))
      FRAY_TRY(add_score(w, choice->name, modality, n_modalities, &scores, arena, err));
    for (size_t m = 0; m < n_modalities && is_plain(choice->impl, false); m++) {
      const char *name = fray_arena_printf(arena, "%s:%s", choice->name, modality[m]);
      FRAY_CHECK(name, err, MEMORY, "out of memory");
      FRAY_TRY(add_score(w, name, modality, n_modalities, &scores, arena, err));
    }
  }
  return FRAY_OK;
}

/* Channels of a series have one word for all of them, and so a number each. */
static enum fray_status walk_facts(struct walk *w, size_t m, const struct fray_modality *modality,
                                   struct fray_arena *arena, struct fray_err *err) {
  const size_t n = fray_facts_count(modality);
  for (size_t f = 0; f < n; f++) {
    const char *word = fray_fact_name(modality, f);
    const bool repeats = n > 1 && strcmp(word, fray_fact_name(modality, f ? 0 : 1)) == 0;
    const char *name = repeats ? fray_arena_printf(arena, "%s.%s.%zu", modality->name, word, f)
                               : fray_arena_printf(arena, "%s.%s", modality->name, word);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    add(w, FRAY_TRAIT_FACT, m, f, name, 0, NULL);
  }
  return FRAY_OK;
}

struct source {
  size_t n_groups, n_modalities, n_classes;
  const struct fray_group *group;
  const struct fray_modality *modality;
  const char *const *class_name, *const *modality_name;
};

static enum fray_status walk_all(struct walk *w, const struct source *s, struct fray_arena *arena,
                                 struct fray_err *err) {
  for (size_t g = 0; g < s->n_groups; g++)
    add(w, FRAY_TRAIT_GROUP, g, 0, s->group[g].name, s->group[g].n, s->group[g].value);
  for (size_t m = 0; m < s->n_modalities; m++) {
    const char *name = fray_arena_printf(arena, "present.%s", s->modality[m].name);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    add(w, FRAY_TRAIT_PRESENCE, m, 0, name, 2, yes_or_no);
  }
  add(w, FRAY_TRAIT_SAID, 0, 0, "said", s->n_classes, s->class_name);
  FRAY_TRY(walk_scores(w, s->modality_name, s->n_modalities, arena, err));
  for (size_t m = 0; m < s->n_modalities; m++)
    FRAY_TRY(walk_facts(w, m, &s->modality[m], arena, err));
  return FRAY_OK;
}

/* A group column that nobody has a value in would be a number by its count of values: none has. */
enum fray_status fray_trait_plan_make(size_t n_groups, const struct fray_group *group,
                                      size_t n_modalities, const struct fray_modality *modality,
                                      size_t n_classes, const char *const *class_name,
                                      struct fray_arena *arena, struct fray_trait_plan *out,
                                      struct fray_err *err) {
  struct walk count = {0}, fill = {.plan = out};
  const char **name;
  FRAY_ALLOC(name, arena, n_modalities + 1, err);
  for (size_t m = 0; m < n_modalities; m++)
    name[m] = modality[m].name;
  const struct source source = {n_groups, n_modalities, n_classes, group,
                                modality, class_name,   name};
  FRAY_TRY(walk_all(&count, &source, arena, err));
  *out = (struct fray_trait_plan){.n = count.n, .group = group};
  FRAY_ALLOC_ZERO(out->trait, arena, out->n, err);
  FRAY_ALLOC_ZERO(out->origin, arena, out->n, err);
  FRAY_ALLOC_ZERO(out->of, arena, out->n, err);
  FRAY_ALLOC_ZERO(out->fact, arena, out->n, err);
  FRAY_ALLOC_ZERO(out->wanted, arena, out->n, err);
  FRAY_ALLOC_ZERO(out->score, arena, out->n, err);
  return walk_all(&fill, &source, arena, err);
}

struct fray_traits fray_trait_names(const struct fray_trait_plan *plan) {
  return (struct fray_traits){.n_traits = plan->n, .trait = plan->trait};
}

void fray_trait_want(struct fray_trait_plan *plan, const struct fray_group_rule *rule) {
  for (size_t t = 0; t < rule->n; t++)
    plan->wanted[rule->term[t].trait] = 1;
}

unsigned fray_trait_outputs(const struct fray_trait_plan *plan) {
  bool alone = false;
  for (size_t t = 0; t < plan->n; t++)
    alone = alone || (plan->wanted[t] && plan->origin[t] == FRAY_TRAIT_SCORE &&
                      (fray_gate_score_reads(&plan->score[plan->of[t]]) & FRAY_GATE_ALONE));
  return alone ? FRAY_OUT_ALONE : 0;
}

uint8_t fray_trait_facts(const struct fray_trait_plan *plan) {
  unsigned facts = 0;
  for (size_t t = 0; t < plan->n; t++)
    if (plan->wanted[t] && plan->origin[t] == FRAY_TRAIT_FACT)
      facts |= 1u << plan->of[t];
  return (uint8_t)facts;
}

/* ---- of samples ---- */

/* Logits of one sample in double, as scores take them; what is not there is NULL. */
struct look {
  double *logits, *work;
  double *alone[FRAY_MAX_MODALITIES];
  const double *seen[FRAY_MAX_MODALITIES];
  struct fray_gate_view view;
};

static enum fray_status make_look(const struct fray_outputs *of, struct fray_arena *arena,
                                  struct look *l, struct fray_err *err) {
  FRAY_ALLOC(l->logits, arena, of->classes, err);
  for (size_t m = 0; m < of->modalities; m++)
    FRAY_ALLOC(l->alone[m], arena, of->classes, err);
  l->view = (struct fray_gate_view){
      .classes = of->classes, .modalities = of->modalities, .logits = l->logits, .alone = l->seen};
  FRAY_ALLOC(l->work, arena, fray_gate_work(&l->view) + 1, err);
  return FRAY_OK;
}

static void look_at(struct look *l, const struct fray_outputs *of, size_t i) {
  const size_t classes = of->classes;
  for (size_t k = 0; k < classes; k++)
    l->logits[k] = (double)of->logits[i * classes + k];
  for (size_t m = 0; m < of->modalities; m++) {
    l->seen[m] = of->alone && (of->present[i] >> m & 1u) ? l->alone[m] : NULL;
    for (size_t k = 0; l->seen[m] && k < classes; k++)
      l->alone[m][k] = (double)of->alone[(m * of->n + i) * classes + k];
  }
}

/* One trait of one sample. A score of a sample that is broken is infinite, and so above every
 * bound. */
static double value_of(const struct fray_trait_plan *plan, size_t t, struct look *l,
                       const struct fray_outputs *of, size_t i, const uint32_t *sample,
                       const int16_t *said, const double *const *facts, const size_t *n_facts) {
  const size_t from = plan->of[t];
  double out = NAN;
  switch (plan->origin[t]) {
  case FRAY_TRAIT_GROUP:
    return (double)plan->group[from].code[sample[i]];
  case FRAY_TRAIT_PRESENCE:
    return (double)(of->present[i] >> from & 1u);
  case FRAY_TRAIT_SAID:
    return said[i] < 0 ? (double)NAN : (double)said[i];
  case FRAY_TRAIT_SCORE: {
    const struct fray_gate_score_ops *ops = plan->score[from].kind->impl;
    ops->value(&plan->score[from], &l->view, l->work, &out);
    return out;
  }
  case FRAY_TRAIT_FACT:
    return facts[from][i * n_facts[from] + plan->fact[t]];
  case FRAY_TRAIT_ORIGINS:
    break;
  }
  return out;
}

/* Sample by sample, so that logits are widened once for all scores. */
enum fray_status fray_traits_take(const struct fray_trait_plan *plan, const struct fray_outputs *of,
                                  const uint32_t *sample, const int16_t *said,
                                  const double *const *facts, const size_t *n_facts,
                                  struct fray_arena *arena, struct fray_traits *out,
                                  struct fray_err *err) {
  struct look look;
  double *x;
  FRAY_ALLOC_ZERO(x, arena, plan->n * of->n + 1, err);
  FRAY_TRY(make_look(of, arena, &look, err));
  for (size_t i = 0; i < of->n; i++) {
    look_at(&look, of, i);
    for (size_t t = 0; t < plan->n; t++)
      if (plan->wanted[t])
        x[t * of->n + i] = value_of(plan, t, &look, of, i, sample, said, facts, n_facts);
  }
  *out = (struct fray_traits){.n = of->n, .n_traits = plan->n, .trait = plan->trait, .x = x};
  return FRAY_OK;
}
