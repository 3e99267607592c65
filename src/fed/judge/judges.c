/* The list of judges, and the section that chooses one.
 *
 * A judge stands between what a model gave and what is counted, so every count that follows
 * (tables, predictions, figures) is of what it said. */
#include "fray/base/side.h"
#include "fray/base/size.h"
#include "fray/fed/judge.h"
#include "judge_file.h"

#define FRAY_LIST "judges.def"
#define FRAY_JUDGE(name) FRAY_LISTED(fray_judge_##name)
#include "fray/schema/registry.inc"
const struct fray_choices fray_judges = {
    .what = "judge", .plural = "judges", .v = registry, .n = FRAY_COUNT(registry)};

static const struct fray_field fields[] = {
    FRAY_FIELD(KIND, "kind", struct fray_judge_config, kind, .def_text = "argmax",
               .choices = &fray_judges,
               .help = "what turns the outputs for a test sample into an answer (`fray list "
                       "judges`). Rounds are chosen and stopped by the largest logit, whatever "
                       "judges the finished models"),
};
FRAY_TABLE(fray_judge_table, "judge", struct fray_judge_config, fields,
           .help = "What answers, or refuses to, where a finished model was asked.");

bool fray_judge_is_on(const struct fray_judge_config *config) {
  return config->kind.choice && config->kind.choice != fray_judges.v[0];
}

struct fray_judge fray_judge_plain(void) {
  return (struct fray_judge){.ops = fray_judges.v[0]->impl};
}

struct fray_judge_needs fray_judge_needs_of(const struct fray_judge *judge) {
  const bool any = judge && judge->ops->needs;
  return any ? judge->ops->needs(judge->state) : (struct fray_judge_needs){0};
}

/* ---- files ---- */

const char *fray_judge_text(const struct fray_node *map, const char *key) {
  const struct fray_node *node = fray_node_get(map, key);
  return node && node->kind == FRAY_NODE_SCALAR ? node->scalar : "";
}

/* A copy in the arena, as nodes point into the text. */
enum fray_status fray_judge_file(const char *path, struct fray_arena *arena, struct fray_node **out,
                                 struct fray_err *err) {
  struct fray_text text = {0};
  enum fray_status status = fray_side_read(path, (size_t)64 << 20, &text, err);
  const char *copy = NULL;
  if (status == FRAY_OK) {
    copy = fray_arena_strdup(arena, text.data ? text.data : "");
    status = copy ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  }
  fray_text_free(&text);
  FRAY_TRY(status);
  return fray_yaml_parse(copy, path, arena, out, err);
}

/* Of sets each class is an answer of its own: to refuse one of them means nothing that metrics
 * know. */
enum fray_status fray_judge_fit(const struct fray_judge_config *config,
                                const struct fray_judge_place *place, struct fray_arena *arena,
                                struct fray_judge *out, struct fray_err *err) {
  const struct fray_choice *choice = config->kind.choice ? config->kind.choice : fray_judges.v[0];
  FRAY_CHECK(!place->sets || !fray_judge_is_on(config), err, INPUT,
             "evaluate.judge: %s judges samples of one class each, and the data have sets of them",
             choice->name);
  FRAY_CHECK(place->n_classes <= FRAY_MOST_JUDGED || !fray_judge_is_on(config), err, INPUT,
             "evaluate.judge: %zu classes: a judge that may refuse takes at most %d",
             place->n_classes, (int)FRAY_MOST_JUDGED);
  *out = (struct fray_judge){.ops = choice->impl, .state = config->kind.params};
  if (!out->ops->fit)
    return FRAY_OK;
  if (out->ops->fit(config->kind.params, place, arena, &out->state, err) != FRAY_OK)
    return fray_at(err, "evaluate.judge: %s", choice->name);
  return FRAY_OK;
}
