/* What scores see of the samples of an answer, and the fit of those that are fitted.
 *
 * A model answers in floats and scores count in doubles; samples are looked at one after another,
 * so that this costs one view and no copy of everything.
 *
 * The fit is one that a federation could make: a client adds its samples up, the server sees no
 * more than sums of sums. Means and covariances that come of them are those of the pooled samples.
 */
#include "guard_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* In the order of the file, which is that of the columns of all tables. Two times the same score
 * would halve the share of all others and find nothing more. */
enum fray_status guard_scores_read(const struct fray_node *list, const struct fray_dataset *d,
                                   struct fray_arena *arena, struct guard_scores *out,
                                   struct fray_err *err) {
  const char *modality[FRAY_MAX_MODALITIES];
  const struct fray_node *node = list->child;
  *out = (struct guard_scores){.n = list->n};
  FRAY_ALLOC_ZERO(out->score, arena, out->n, err);
  for (size_t m = 0; m < d->n_modalities; m++)
    modality[m] = d->modality[m].name;
  for (size_t s = 0; s < out->n; s++, node = node->next) {
    struct fray_gate_score *score = &out->score[s];
    FRAY_TRY(
        fray_gate_score_read(node, "gate.scores", modality, d->n_modalities, arena, score, err));
    for (size_t k = 0; k < s; k++)
      FRAY_CHECK(strcmp(out->score[k].name, score->name) != 0, err, INPUT,
                 "gate.scores: %s is there twice", score->name);
    const unsigned reads = fray_gate_score_reads(score);
    out->reads |= reads;
    if (reads & FRAY_GATE_FACTS)
      out->facts = (uint8_t)(out->facts | 1u << score->modality);
  }
  return FRAY_OK;
}

/* No more is taken from the model than some score looks at: hidden vectors and tokens of a training
 * split can be large. */
void guard_scores_ask(const struct guard_scores *scores, struct fray_probe *probe) {
  probe->keep_outputs = true;
  probe->outputs = (scores->reads & FRAY_GATE_ALONE ? FRAY_OUT_ALONE : 0u) |
                   (scores->reads & FRAY_GATE_HIDDEN ? FRAY_OUT_HIDDEN : 0u) |
                   (scores->reads & FRAY_GATE_TOKENS ? FRAY_OUT_TOKENS : 0u);
  probe->facts = scores->facts;
}

/* Room for one sample as scores see it. */
struct room {
  const struct fray_probed *of;
  double *logits, *hidden, *work;
  double *alone[FRAY_MAX_MODALITIES], *token[FRAY_MAX_MODALITIES];
  const double *seen_alone[FRAY_MAX_MODALITIES], *seen_token[FRAY_MAX_MODALITIES];
  const double *seen_facts[FRAY_MAX_MODALITIES];
  size_t n_facts[FRAY_MAX_MODALITIES];
  struct fray_gate_view view;
};

/* Made once for all samples of an answer. Widths are those of the model, whether or not a score
 * looks at such a vector. */
static enum fray_status make_room(const struct fray_probed *of, struct fray_arena *arena,
                                  struct room *r, struct fray_err *err) {
  const struct fray_outputs *o = of->answers.outputs;
  *r = (struct room){.of = of};
  FRAY_ALLOC(r->logits, arena, o->classes, err);
  FRAY_ALLOC(r->hidden, arena, o->hidden_width + 1, err);
  for (size_t m = 0; m < o->modalities; m++) {
    FRAY_ALLOC(r->alone[m], arena, o->classes, err);
    FRAY_ALLOC(r->token[m], arena, o->token_width + 1, err);
    r->n_facts[m] = fray_facts_count(&of->dataset->modality[m]);
  }
  r->view = (struct fray_gate_view){.classes = o->classes,
                                    .modalities = o->modalities,
                                    .hidden_width = o->hidden_width,
                                    .token_width = o->token_width,
                                    .logits = r->logits,
                                    .alone = r->seen_alone,
                                    .hidden = o->hidden ? r->hidden : NULL,
                                    .token = r->seen_token,
                                    .facts = r->seen_facts,
                                    .n_facts = r->n_facts};
  FRAY_ALLOC(r->work, arena, fray_gate_work(&r->view) + 1, err);
  return FRAY_OK;
}

/* What was not asked for, or is not there, is NULL. */
static const double *widen(const float *from, size_t n, double *to) {
  if (!from)
    return NULL;
  for (size_t i = 0; i < n; i++)
    to[i] = (double)from[i];
  return to;
}

/* The fused vector of a sample without any modality is that of nothing, but it is there. */
static void look_at(struct room *r, size_t i) {
  const struct fray_outputs *o = r->of->answers.outputs;
  widen(o->logits + i * o->classes, o->classes, r->logits);
  if (o->hidden)
    widen(o->hidden + i * o->hidden_width, o->hidden_width, r->hidden);
  for (size_t m = 0; m < o->modalities; m++) {
    const bool there = o->present[i] >> m & 1u;
    const double *facts = r->of->facts ? r->of->facts[m] : NULL;
    r->seen_alone[m] = there && o->alone
                           ? widen(o->alone + (m * o->n + i) * o->classes, o->classes, r->alone[m])
                           : NULL;
    r->seen_token[m] = there && o->token ? widen(o->token + (m * o->n + i) * o->token_width,
                                                 o->token_width, r->token[m])
                                         : NULL;
    r->seen_facts[m] = there && facts ? facts + i * r->n_facts[m] : NULL;
  }
}

/* Sample by sample, so that values lie as a gate takes them: all of one sample together. */
enum fray_status guard_values(const struct guard_scores *scores, const struct fray_probed *of,
                              struct fray_arena *arena, double **value, struct fray_err *err) {
  struct room room;
  FRAY_ALLOC(*value, arena, of->under.n * scores->n + 1, err);
  FRAY_TRY(make_room(of, arena, &room, err));
  for (size_t i = 0; i < of->under.n; i++) {
    look_at(&room, i);
    for (size_t s = 0; s < scores->n; s++) {
      const struct fray_gate_score_ops *ops = scores->score[s].kind->impl;
      ops->value(&scores->score[s], &room.view, room.work, *value + i * scores->n + s);
    }
  }
  return FRAY_OK;
}

/* The same view, of which two modalities are looked at. */
enum fray_status guard_support(const struct fray_probed *of, size_t claim, size_t evidence,
                               struct fray_arena *arena, double **support, struct fray_err *err) {
  struct room room;
  FRAY_ALLOC(*support, arena, of->under.n + 1, err);
  FRAY_TRY(make_room(of, arena, &room, err));
  for (size_t i = 0; i < of->under.n; i++) {
    look_at(&room, i);
    const double *a = room.seen_alone[claim], *b = room.seen_alone[evidence];
    (*support)[i] = a && b ? fray_claim_support(room.view.classes, a, b, room.work) : (double)NAN;
  }
  return FRAY_OK;
}

/* ---- the fit ---- */

/* Moments of one client after another; then their sum as integers, as a server would have it that
 * sees sums alone. All ranks do the same, and none of them adds in another order. */
static enum fray_status add_clients(const struct fray_gate_score *score, struct room *room,
                                    size_t width, struct fray_arena *arena, double *sum,
                                    struct fray_err *err) {
  const struct fray_probed *of = room->of;
  const size_t classes = room->view.classes, n = fray_moments_size(classes, width);
  double **moments;
  int32_t *exponent;
  int64_t *whole;
  FRAY_ALLOC_ZERO(moments, arena, of->n_clients + 1, err);
  FRAY_ALLOC(exponent, arena, n, err);
  FRAY_ALLOC_ZERO(whole, arena, n, err);
  for (size_t i = 0; i < n; i++)
    exponent[i] = FRAY_MOMENTS_NONE;
  for (size_t i = 0; i < of->under.n; i++) {
    const size_t client = of->client[i];
    look_at(room, i);
    const double *x = fray_gate_score_vector(score, &room->view, &width);
    /* A client without a training sample sends nothing and costs nothing. */
    if (!moments[client])
      FRAY_ALLOC_ZERO(moments[client], arena, n, err);
    if (x)
      fray_moments_add(classes, width, x, of->under.label[i], moments[client]);
  }
  for (size_t c = 0; c < of->n_clients; c++)
    if (moments[c])
      fray_moments_scale(n, moments[c], exponent);
  for (size_t c = 0; c < of->n_clients; c++)
    if (moments[c])
      fray_moments_quantise(n, moments[c], of->n_clients, exponent, whole);
  fray_moments_finish(n, whole, of->n_clients, exponent, sum);
  return FRAY_OK;
}

/* Facts in order; a broken value has none and is left out, as nobody can be compared with it. What
 * a federation adds up for that are counts of a fine grid; here it is the facts themselves, in no
 * client's order. */
static enum fray_status rank_facts(struct fray_gate_score *score, const struct fray_probed *train,
                                   struct fray_arena *arena, struct fray_err *err) {
  const size_t m = score->modality;
  struct fray_gate_line line;
  FRAY_TRY(fray_gate_line_make(train->under.n, fray_facts_count(&train->dataset->modality[m]),
                               false, train->facts[m], arena, &line, err));
  score->usual = line.dev;
  return FRAY_OK;
}

/* Each fitted score has Gaussians of its own vector; the labels are those that clients train with.
 * This is the one place of a guard that sees a label before the report. */
enum fray_status guard_fit(struct guard_scores *scores, const struct fray_probed *train,
                           struct fray_arena *arena, struct fray_err *err) {
  struct room room;
  FRAY_TRY(make_room(train, arena, &room, err));
  for (size_t s = 0; s < scores->n; s++) {
    struct fray_gate_score *score = &scores->score[s];
    const struct fray_gate_score_ops *ops = score->kind->impl;
    struct fray_gaussians *fit;
    size_t width;
    double *sum;
    if (ops->ranked)
      FRAY_TRY(rank_facts(score, train, arena, err));
    if (!ops->fitted)
      continue;
    width = score->modality == FRAY_GATE_WHOLE ? room.view.hidden_width : room.view.token_width;
    FRAY_ALLOC(sum, arena, fray_moments_size(room.view.classes, width), err);
    FRAY_ALLOC(fit, arena, 1, err);
    FRAY_TRY(add_clients(score, &room, width, arena, sum, err));
    if (fray_gaussians_make(room.view.classes, width, sum, arena, fit, err) != FRAY_OK)
      return fray_at(err, "gate.scores: %s", score->name);
    /* Of this trial: the next one reads its scores anew. */
    score->fit = fit;
  }
  return FRAY_OK;
}
