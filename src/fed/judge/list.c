/* A list that a bounty left (fray bounty, list.yaml) as a judge: of whom an accepted certificate
 * speaks gets its answer, everybody else what the model says.
 *
 * A list mends one model, the one that dev samples selected in one training; all others answer as
 * they do without it. It was verified under one condition, and is asked under any.
 *
 * Answers may be those of other models: the list says which, by trial and by the hash of their
 * weights, and whoever asks brings them. Heads of files are left to fray bounty. */
#include "fray/base/size.h"
#include "fray/fed/judge.h"
#include "fray/fed/sample_traits.h"
#include "fray/metric/pointer_list.h"
#include "fray/nn/loss.h"
#include "judge_file.h"

#include <string.h>

struct list {
  const char *file;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(PATH, "file", struct list, file, .required = true,
               .help = "list.yaml of fray bounty; the model that it mends answers by it, others as "
                       "they do"),
};
static FRAY_TABLE(table, "list", struct list, fields, .help = "Answers as a mended model.");

/* What a node says of its group; a pointer says what an older version did. */
enum kind { OF_MODEL, WITHOUT, SAY, POINTS };
struct node {
  enum kind kind;
  struct fray_group_rule group;
  size_t of;          /* model, or modality */
  const int16_t *say; /* (classes) -1: the same */
};
struct mended {
  bool here; /* the model is the one that it mends */
  size_t n;
  struct node *node;
  struct fray_pointer_list list; /* its certificates are the nodes */
  struct fray_trait_plan plan;
  size_t *n_facts; /* (modalities) */
  size_t n_models;
  struct fray_judge_model *model; /* (n_models) */
};

/* ---- reading ---- */

/* Classes and modalities alike: what the data do not have was mended for others. */
static enum fray_status find_name(const char *path, const char *what, const char *name,
                                  const char *const *known, size_t n, size_t *out,
                                  struct fray_err *err) {
  char list[512];
  for (*out = 0; *out < n; ++*out)
    if (strcmp(known[*out], name) == 0)
      return FRAY_OK;
  return fray_fail(err, FRAY_INPUT, "%s: nodes: %s: '%s' is none of the data; %s", path, what, name,
                   fray_there_are(name, known, n, list, sizeof list));
}

/* Other models, each once. */
static enum fray_status add_model(const struct fray_node *node, const char *path,
                                  struct mended *out, size_t *at, struct fray_err *err) {
  const char *trial = fray_judge_text(node, "trial"), *hash = fray_judge_text(node, "model");
  FRAY_CHECK(*trial && strlen(hash) == 16, err, INPUT,
             "%s: nodes: an answer of another cell says its trial and the hash of its model", path);
  for (*at = 0; *at < out->n_models; ++*at)
    if (strcmp(out->model[*at].trial, trial) == 0)
      return FRAY_OK;
  out->model[out->n_models++] = (struct fray_judge_model){.trial = trial, .hash = hash};
  return FRAY_OK;
}

/* A class that the map does not name is said as it is. */
static enum fray_status read_say(const struct fray_node *map, const char *path,
                                 const struct fray_judge_place *place, struct fray_arena *arena,
                                 struct node *out, struct fray_err *err) {
  int16_t *say;
  out->kind = SAY;
  FRAY_ALLOC(say, arena, place->n_classes, err);
  for (size_t c = 0; c < place->n_classes; c++)
    say[c] = -1;
  for (const struct fray_node *e = map->child; e; e = e->next) {
    size_t from, to;
    FRAY_CHECK(e->key && e->kind == FRAY_NODE_SCALAR, err, INPUT,
               "%s: nodes: say: a map of classes is expected", path);
    FRAY_TRY(find_name(path, "say", e->key, place->class_name, place->n_classes, &from, err));
    FRAY_TRY(find_name(path, "say", e->scalar, place->class_name, place->n_classes, &to, err));
    say[from] = (int16_t)to;
  }
  out->say = say;
  return FRAY_OK;
}

/* In the words of a certificate, to which the bounty added what it asked: names of cells are for
 * people. */
static enum fray_status read_answer(const struct fray_node *node, const char *path,
                                    const struct fray_judge_place *place, struct fray_arena *arena,
                                    struct mended *mended, struct node *out, struct fray_err *err) {
  const struct fray_node *answer = fray_node_get(node, "answer");
  const struct fray_node *say = fray_node_get(answer, "say");
  const char *without = fray_judge_text(answer, "without");
  FRAY_CHECK(!fray_node_get(answer, "head"), err, INPUT,
             "%s: nodes: a judge reads no head; fray bounty reports what such a list is worth",
             path);
  if (fray_node_get(answer, "cell"))
    return add_model(node, path, mended, &out->of, err);
  if (say)
    return read_say(say, path, place, arena, out, err);
  FRAY_CHECK(*without, err, INPUT, "%s: nodes: an answer is expected: cell, without or say", path);
  out->kind = WITHOUT;
  return find_name(path, "without", without, place->modality, place->n_modalities, &out->of, err);
}

/* A node, and its place in the list. A pointer leads to a version that was there before it, so that
 * whoever follows it comes to an end. */
static enum fray_status read_node(const struct fray_node *node, const char *path,
                                  const struct fray_judge_place *place, struct fray_arena *arena,
                                  struct mended *mended, size_t k, struct fray_err *err) {
  const struct fray_node *group = fray_node_get(node, "group");
  const struct fray_node *points = fray_node_get(node, "version");
  const struct fray_traits names = fray_trait_names(&mended->plan);
  struct node *out = &mended->node[k];
  long long version;
  FRAY_CHECK(group, err, INPUT, "%s: nodes: node %zu has no group", path, k + 1);
  FRAY_TRY(fray_group_read(group, "group", &names, arena, &out->group, err));
  fray_trait_want(&mended->plan, &out->group);
  mended->list.node[k] = (struct fray_list_node){.group = k, .to = FRAY_LIST_ALL};
  if (!points)
    return read_answer(node, path, place, arena, mended, out, err);
  const bool known = fray_node_int(points, &version) && version >= 0 &&
                     (size_t)version < mended->list.n_versions && mended->list.end[version] <= k;
  FRAY_CHECK(known, err, INPUT, "%s: nodes: node %zu points to no version before it", path, k + 1);
  out->kind = POINTS;
  mended->list.node[k].to = (size_t)version;
  return FRAY_OK;
}

/* How many nodes each version has: from none on, never fewer than before. */
static enum fray_status read_versions(const struct fray_node *list, const char *path,
                                      struct fray_arena *arena, struct mended *out,
                                      struct fray_err *err) {
  const struct fray_node *node = list && list->kind == FRAY_NODE_LIST ? list->child : NULL;
  long long before = 0, end;
  FRAY_CHECK(node, err, INPUT, "%s: is no list of a bounty: versions are expected", path);
  FRAY_ALLOC_ZERO(out->list.end, arena, list->n, err);
  out->list.n_versions = list->n;
  for (size_t v = 0; v < list->n; v++, node = node->next) {
    FRAY_CHECK(fray_node_int(node, &end) && end >= before && (size_t)end <= out->n &&
                   (v > 0 || end == 0),
               err, INPUT, "%s: versions: number %zu is not how many nodes it has", path, v + 1);
    out->list.end[v] = (size_t)end;
    before = end;
  }
  return FRAY_OK;
}

/* Versions first, as nodes point to them; traits before nodes, as groups are said in them. */
static enum fray_status read_list(const struct fray_node *root, const char *path,
                                  const struct fray_judge_place *place, struct fray_arena *arena,
                                  struct mended *out, struct fray_err *err) {
  const struct fray_node *nodes = fray_node_get(root, "nodes");
  FRAY_CHECK(nodes && nodes->kind == FRAY_NODE_LIST, err, INPUT,
             "%s: is no list of a bounty: nodes are expected", path);
  out->n = out->list.n_nodes = nodes->n;
  FRAY_ALLOC_ZERO(out->node, arena, out->n + 1, err);
  FRAY_ALLOC_ZERO(out->list.node, arena, out->n + 1, err);
  FRAY_ALLOC_ZERO(out->model, arena, out->n + 1, err);
  FRAY_ALLOC_ZERO(out->n_facts, arena, place->n_modalities + 1, err);
  for (size_t m = 0; m < place->n_modalities; m++)
    out->n_facts[m] = place->facts ? place->facts[m] : 0;
  FRAY_TRY(read_versions(fray_node_get(root, "versions"), path, arena, out, err));
  FRAY_TRY(fray_trait_plan_make(place->n_groups, place->group, place->n_modalities,
                                place->modality_of, place->n_classes, place->class_name, arena,
                                &out->plan, err));
  size_t k = 0;
  for (const struct fray_node *node = nodes->child; node; node = node->next, k++)
    FRAY_TRY(read_node(node, path, place, arena, out, k, err));
  return FRAY_OK;
}

/* A trial of that name whose selected model is another one was trained elsewhere, and is refused;
 * one of another name is not mended. */
static enum fray_status fit(const void *params, const struct fray_judge_place *place,
                            struct fray_arena *arena, const void **state, struct fray_err *err) {
  const char *path = ((const struct list *)params)->file;
  struct fray_node *root;
  struct mended *out;
  FRAY_ALLOC_ZERO(out, arena, 1, err);
  *state = out;
  FRAY_TRY(fray_judge_file(path, arena, &root, err));
  FRAY_TRY(read_list(root, path, place, arena, out, err));
  const struct fray_node *origin = fray_node_get(root, "list");
  const char *trial = fray_judge_text(origin, "trial"), *model = fray_judge_text(origin, "model");
  FRAY_CHECK(*trial && *model, err, INPUT, "%s: is no list of a bounty: it names no model", path);
  if (!place->trial || strcmp(trial, place->trial) != 0 || !place->model || !place->is_selected)
    return FRAY_OK;
  FRAY_CHECK(strcmp(model, place->model) == 0, err, INPUT,
             "%s: trial %s: it mends another model than %s", path, place->trial, place->model);
  out->here = true;
  return FRAY_OK;
}

/* ---- answering ---- */

/* Of a model that is not mended nothing is asked, so that judging it costs what it did. */
static struct fray_judge_needs needs(const void *state) {
  const struct mended *m = state;
  if (!m->here)
    return (struct fray_judge_needs){0};
  return (struct fray_judge_needs){
      .facts = fray_trait_facts(&m->plan), .n_models = m->n_models, .model = m->model};
}

/* What a node says of all samples, whoever is of its group. */
static void say(const struct node *node, const struct fray_outputs *of, const int16_t *base,
                int16_t *out) {
  const size_t row = of->n * of->classes;
  if (node->kind == WITHOUT)
    fray_classify(of->n, of->classes, of->without + node->of * row, NULL, NULL, out);
  for (size_t i = 0; i < of->n; i++) {
    if (node->kind == OF_MODEL)
      out[i] = of->others[node->of][i];
    if (node->kind == SAY)
      out[i] = base[i] >= 0 && node->say[base[i]] >= 0 ? node->say[base[i]] : base[i];
  }
}

/* A model that broke has no answer that could be mended. */
static enum fray_status answer(const void *state, const struct fray_outputs *of,
                               struct fray_arena *work, int16_t *said, struct fray_err *err) {
  const struct mended *m = state;
  struct fray_traits traits;
  const uint8_t **member;
  const int16_t **given;
  int16_t *base;
  fray_classify(of->n, of->classes, of->logits, NULL, NULL, said);
  if (!m->here || m->n == 0)
    return FRAY_OK;
  FRAY_ALLOC(base, work, of->n, err);
  /* Kept apart: what is said of one sample is written over below. */
  memcpy(base, said, of->n * sizeof *base);
  FRAY_TRY(
      fray_traits_take(&m->plan, of, of->sample, base, of->facts, m->n_facts, work, &traits, err));
  FRAY_ALLOC(member, work, m->n, err);
  FRAY_ALLOC(given, work, m->n, err);
  /* All nodes for all samples of the block: few nodes, and no answer hangs on who else is in it. */
  for (size_t k = 0; k < m->n; k++) {
    uint8_t *mine;
    int16_t *out;
    FRAY_ALLOC(mine, work, of->n, err);
    FRAY_ALLOC(out, work, of->n, err);
    fray_group_members(&traits, &m->node[k].group, mine);
    say(&m->node[k], of, base, out);
    member[k] = mine;
    given[k] = out;
  }
  const struct fray_certified certified = {
      .n = of->n, .base = base, .member = member, .answer = given};
  for (size_t i = 0; i < of->n; i++)
    if (base[i] >= 0)
      said[i] = fray_list_says(&m->list, m->list.n_versions - 1, &certified, i);
  return FRAY_OK;
}

static const struct fray_judge_ops ops = {.reads = FRAY_OUT_ALONE | FRAY_OUT_WITHOUT,
                                          .replaces = true,
                                          .needs = needs,
                                          .fit = fit,
                                          .answer = answer};
extern const struct fray_choice fray_judge_list;
const struct fray_choice fray_judge_list = {
    .name = "list",
    .meaning = "answers as the model that a bounty mended",
    .source = "pointer decision list (Globus-Harris, Kearns & Roth 2022, arXiv 2201.10408)",
    .table = &table,
    .impl = &ops,
};
