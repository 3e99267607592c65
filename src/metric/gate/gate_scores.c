/* The list of scores, how one is asked for, and arithmetic that several share. */
#include "fray/base/size.h"
#include "fray/metric/gate.h"

#include <math.h>
#include <string.h>

#define FRAY_LIST "scores.def"
#define FRAY_GATE_SCORE(name) FRAY_LISTED(fray_gate_score_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_gate_scores = {
    .what = "score", .plural = "gate_scores", .v = registry, .n = FRAY_COUNT(registry)};

/* As it stands in a file; the modality is found afterwards, as only the data know them. */
struct wish {
  struct fray_variant kind;
  const char *modality;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "kind", struct wish, kind, .required = true, .choices = &fray_gate_scores,
               .help = "the score"),
    FRAY_FIELD(STRING, "modality", struct wish, modality, .optional = true,
               .help = "of one modality"),
};
static FRAY_TABLE(table, "score", struct wish, fields, .help = "A score of a gate.");

/* "energy:image" stands for {kind: energy, modality: image}, so both are read, and refused, in one
 * way. */
static enum fray_status spread(const struct fray_node *node, struct fray_arena *arena,
                               const struct fray_node **out, struct fray_err *err) {
  const char *colon = node->kind == FRAY_NODE_SCALAR ? strchr(node->scalar, ':') : NULL;
  *out = node;
  if (!colon)
    return FRAY_OK;
  char *name = fray_arena_strdup(arena, node->scalar);
  struct fray_node *map = fray_node_map(node->source, node->line, arena);
  FRAY_CHECK(name && map, err, MEMORY, "out of memory");
  name[colon - node->scalar] = '\0';
  FRAY_TRY(fray_node_put(map, "kind", fray_node_scalar(name, node->source, node->line, arena),
                         arena, err));
  FRAY_TRY(fray_node_put(
      map, "modality",
      fray_node_scalar(name + (colon - node->scalar) + 1, node->source, node->line, arena), arena,
      err));
  *out = map;
  return FRAY_OK;
}

/* Which of the two forms is meant, and whether the score has it. */
static enum fray_status find_modality(const struct wish *wish, const char *const *modality,
                                      size_t n_modalities, size_t *out, struct fray_err *err) {
  const struct fray_gate_score_ops *ops = wish->kind.choice->impl;
  const char *name = wish->kind.choice->name;
  char list[512];
  *out = FRAY_GATE_WHOLE;
  FRAY_CHECK(wish->modality || ops->of_whole, err, INPUT,
             "%s is a score of one modality: %s:MODALITY", name, name);
  if (!wish->modality)
    return FRAY_OK;
  FRAY_CHECK(ops->of_modality, err, INPUT, "%s is a score of the whole sample, not of '%s'", name,
             wish->modality);
  for (size_t m = 0; m < n_modalities; m++)
    if (strcmp(modality[m], wish->modality) == 0)
      *out = m;
  FRAY_CHECK(*out != FRAY_GATE_WHOLE, err, INPUT, "%s:%s: no such modality; %s", name,
             wish->modality,
             fray_there_are(wish->modality, modality, n_modalities, list, sizeof list));
  return FRAY_OK;
}

enum fray_status fray_gate_score_read(const struct fray_node *node, const char *where,
                                      const char *const *modality, size_t n_modalities,
                                      struct fray_arena *arena, struct fray_gate_score *out,
                                      struct fray_err *err) {
  struct wish wish = {0};
  char place[256];
  FRAY_TRY(spread(node, arena, &node, err));
  FRAY_TRY(fray_schema_read(&table, node, where, &wish, arena, err));
  *out = (struct fray_gate_score){.kind = wish.kind.choice, .params = wish.kind.params};
  if (find_modality(&wish, modality, n_modalities, &out->modality, err) != FRAY_OK)
    return fray_at(err, "%s: %s", fray_node_where(node, place), where);
  out->name = wish.modality
                  ? fray_arena_printf(arena, "%s:%s", wish.kind.choice->name, wish.modality)
                  : wish.kind.choice->name;
  FRAY_CHECK(out->name, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* A score that looks at one modality alone costs a pass of fusion more; whoever asks the model asks
 * for no more than all scores of a gate need. */
unsigned fray_gate_score_reads(const struct fray_gate_score *score) {
  const struct fray_gate_score_ops *ops = score->kind->impl;
  return score->modality == FRAY_GATE_WHOLE ? ops->reads : ops->reads_alone;
}

/* A key of some scores, a fact of others, and unknown to the rest. */
bool fray_gate_score_two_sided(const struct fray_gate_score *score) {
  const struct fray_gate_score_ops *ops = score->kind->impl;
  return ops->two_sided && ops->two_sided(score->params);
}

/* The fit and the score must look at the same vector, so both ask here. */
const double *fray_gate_score_vector(const struct fray_gate_score *score,
                                     const struct fray_gate_view *of, size_t *width) {
  const bool of_whole = score->modality == FRAY_GATE_WHOLE;
  *width = of_whole ? of->hidden_width : of->token_width;
  return of_whole ? of->hidden : of->token[score->modality];
}

/* Two vectors: that of the sample, and what is made of it. */
size_t fray_gate_work(const struct fray_gate_view *of) {
  return 2 * FRAY_MAX(of->classes, FRAY_MAX(of->hidden_width, of->token_width));
}

/* The largest is taken out first, so that nothing overflows; of infinite ones, or of NaN, no
 * difference can be made. */
double fray_gate_log_sum(size_t n, const double *x, double temperature) {
  double most = x[0], sum = 0;
  for (size_t k = 1; k < n; k++)
    most = x[k] > most ? x[k] : most;
  for (size_t k = 0; k < n; k++)
    sum += exp((x[k] - most) / temperature);
  return most + temperature * log(sum);
}

/* By the difference of logarithms, as a quotient of two exponentials could be inf / inf. */
void fray_gate_probabilities(size_t n, const double *logits, double *p) {
  const double sum = fray_gate_log_sum(n, logits, 1);
  for (size_t k = 0; k < n; k++)
    p[k] = exp(logits[k] - sum);
}
