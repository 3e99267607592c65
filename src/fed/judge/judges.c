/* The list of judges, and the section that chooses one.
 *
 * A judge stands between what a model gave and what is counted, so every count that follows
 * (tables, predictions, figures) is of what it said. */
#include "fray/base/size.h"
#include "fray/fed/judge.h"

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

/* Of sets each class is an answer of its own: to refuse one of them means nothing that metrics
 * know. */
enum fray_status fray_judge_fit(const struct fray_judge_config *config,
                                const struct fray_judge_place *place, struct fray_arena *arena,
                                struct fray_judge *out, struct fray_err *err) {
  const struct fray_choice *choice = config->kind.choice ? config->kind.choice : fray_judges.v[0];
  FRAY_CHECK(!place->sets || !fray_judge_is_on(config), err, INPUT,
             "evaluate.judge: %s judges samples of one class each, and the data have sets of them",
             choice->name);
  FRAY_CHECK(place->n_classes <= INT16_MAX - 2 || !fray_judge_is_on(config), err, INPUT,
             "evaluate.judge: %zu classes: a judge that may refuse takes at most %d",
             place->n_classes, INT16_MAX - 2);
  *out = (struct fray_judge){.ops = choice->impl, .state = config->kind.params};
  if (!out->ops->fit)
    return FRAY_OK;
  if (out->ops->fit(config->kind.params, place, arena, &out->state, err) != FRAY_OK)
    return fray_at(err, "evaluate.judge: %s", choice->name);
  return FRAY_OK;
}
