/* Goals: what a recipe is to bring about. Each has an event that a sample suffers or not, and a
 * recipe is judged by how much more often it happens with the damage than without.
 *
 *   wrong    answered, and not with its label
 *   hijack   answered with the target, which is not its label
 *   refuse   refused
 *   gap      wrong, by so much more often in one group than in the others
 *
 * A refused answer misleads nobody: where there is a guard only answers that it lets pass count. */
#include "red_parts.h"

#include "fray/base/size.h"

#include <string.h>

/* A metric is called like one of them, and names of metrics stand in quotes in their own files
 * only.
 */
#define NAME(GOAL) #GOAL

/* Contradictions and payloads make an answer that follows them right in its own way, which is no
 * error; it is what a hijack looks for. Of two groups both are contradicted alike. A guard that
 * refuses one does its work, so that they count as mild input only for who names them. */
static const struct red_goal goals[] = {
    {.name = NAME(wrong), .means = "a drop of accuracy", .meddles = RED_MEDDLES_NEVER},
    {.name = NAME(hijack),
     .means = "a rise of answers with the target",
     .meddles = RED_MEDDLES_ALWAYS,
     .needs_target = true},
    {.name = NAME(refuse),
     .means = "a rise of refusals",
     .meddles = RED_MEDDLES_IF_NAMED,
     .needs_guard = true,
     .refusals = true},
    {.name = NAME(gap),
     .means = "a drop of the group's accuracy beyond that of the others",
     .meddles = RED_MEDDLES_ALWAYS,
     .needs_group = true},
};
const char *const red_goal_names[] = {NAME(wrong), NAME(hijack), NAME(refuse), NAME(gap), NULL};
_Static_assert(FRAY_COUNT(red_goal_names) == FRAY_COUNT(goals) + 1, "a name for each goal");

/* A key of another goal would be believed to do something. */
static enum fray_status check_key(const char *path, const char *key, const char *value, bool needed,
                                  const char *goal, struct fray_err *err) {
  FRAY_CHECK(value || !needed, err, INPUT, "%s: %s: goal %s needs it", path, key, goal);
  FRAY_CHECK(!value || needed, err, INPUT, "%s: %s: goal %s has no use for it", path, key, goal);
  return FRAY_OK;
}

enum fray_status red_goal_check(const char *path, const struct red_file *file,
                                struct fray_err *err) {
  const struct red_goal *goal = &goals[file->goal];
  FRAY_TRY(check_key(path, "target", file->target, goal->needs_target, goal->name, err));
  FRAY_TRY(check_key(path, "group", file->group, goal->needs_group, goal->name, err));
  FRAY_CHECK(file->guard || !goal->needs_guard, err, INPUT,
             "%s: guard: goal %s needs one: without a gate nothing is refused; fray guard makes "
             "gate.fitted.yaml",
             path, goal->name);
  return FRAY_OK;
}

/* ---- on these data ---- */

/* By name, as files outlive the order of classes. */
static enum fray_status find_target(const struct fray_dataset *d, const char *name, int32_t *out,
                                    struct fray_err *err) {
  char list[512];
  *out = -1;
  for (size_t c = 0; c < d->n_classes; c++)
    if (strcmp(d->class_name[c], name) == 0)
      *out = (int32_t)c;
  FRAY_CHECK(*out >= 0, err, INPUT, "target: '%s' is no class; %s", name,
             fray_there_are(name, d->class_name, d->n_classes, list, sizeof list));
  return FRAY_OK;
}

/* COLUMN=VALUE, cut at the first =, which no name of a column has. */
static enum fray_status find_group(const struct fray_dataset *d, const char *text,
                                   struct fray_arena *arena, struct red_quest *out,
                                   struct fray_err *err) {
  const char *equals = strchr(text, '=');
  char list[512];
  const char **known;
  FRAY_CHECK(equals && equals > text && equals[1], err, INPUT,
             "group: '%s'; COLUMN=VALUE is expected, as accent=scottish", text);
  const size_t length = (size_t)(equals - text);
  char *column = fray_arena_zero(arena, length + 1, 1);
  FRAY_CHECK(column, err, MEMORY, "out of memory");
  memcpy(column, text, length);
  FRAY_ALLOC(known, arena, d->n_groups + 1, err);
  for (size_t g = 0; g < d->n_groups; g++) {
    known[g] = d->group[g].name;
    if (strcmp(known[g], column) == 0)
      out->group = &d->group[g];
  }
  FRAY_CHECK(out->group, err, INPUT, "group: '%s' is no group column; %s", column,
             fray_there_are(column, known, d->n_groups, list, sizeof list));
  out->code = out->group->n;
  for (size_t v = 0; v < out->group->n; v++)
    if (strcmp(out->group->value[v], equals + 1) == 0)
      out->code = v;
  FRAY_CHECK(out->code < out->group->n, err, INPUT, "group: nobody is of %s '%s'; %s", column,
             equals + 1,
             fray_there_are(equals + 1, (const char *const *)out->group->value, out->group->n, list,
                            sizeof list));
  return FRAY_OK;
}

/* Once, on the data of the first model: those of the others are the same. */
enum fray_status red_goal_settle(const struct red_file *file, const struct fray_dataset *d,
                                 struct fray_arena *arena, struct red_quest *out,
                                 struct fray_err *err) {
  *out = (struct red_quest){.goal = &goals[file->goal], .target = -1};
  enum fray_status status = FRAY_OK;
  if (file->target)
    status = find_target(d, file->target, &out->target, err);
  if (status == FRAY_OK && file->group)
    status = find_group(d, file->group, arena, out, err);
  return status == FRAY_OK ? FRAY_OK : fray_at(err, "%s", file->path);
}

/* Whoever names a kind knows what it does. */
bool red_goal_meddles(const struct red_quest *quest, bool is_named) {
  return quest->goal->meddles == RED_MEDDLES_ALWAYS ||
         (quest->goal->meddles == RED_MEDDLES_IF_NAMED && is_named);
}

/* ---- of one sample ---- */

/* Without a label nobody knows what is wrong, and what is of the target is not lured there. */
enum red_side red_side_of(const struct red_quest *quest, uint32_t sample, int32_t label) {
  if (label < 0 || label == quest->target)
    return RED_NOBODY;
  return quest->group && quest->group->code[sample] != quest->code ? RED_OTHERS : RED_COUNTED;
}

bool red_happens(const struct red_quest *quest, int16_t answer, int32_t label, bool refused) {
  if (quest->goal->refusals)
    return refused;
  return !refused && (quest->target < 0 ? answer != label : answer == quest->target);
}

/* ---- of many ---- */

/* Of two groups of unlike size each has its own share: a gap is no matter of how many there are. */
double red_rise(const double of[RED_SIDES], const double rise[RED_SIDES]) {
  const double counted = rise[RED_COUNTED] / of[RED_COUNTED];
  return of[RED_OTHERS] > 0 ? counted - rise[RED_OTHERS] / of[RED_OTHERS] : counted;
}
