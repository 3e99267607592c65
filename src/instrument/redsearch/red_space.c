/* What recipes are made of: kinds of damage, each on one modality, with the ranges that the limits
 * leave of its strength and of the numbers beside it. From what kinds declare; none is known here
 * by its name. */
#include "red_parts.h"

#include "fray/base/size.h"
#include "fray/corrupt/signal.h"
#include "fray/json/json.h"

#include <math.h>
#include <string.h>

enum { NUDGE = 1000 }; /* parts of a range by which an end is left that is itself refused */
enum { STEPS = 20 };   /* likewise of a number beside the strength, once or more often */

/* One value as the key takes it, to six digits: it is to be read, too. */
static void put_value(const struct red_key *key, double value, struct fray_text *out) {
  if (key->whole)
    fray_text_printf(out, ", %s: %.0f", key->name, round(value));
  else
    fray_text_printf(out, ", %s: %.6g", key->name, value);
}

/* again: 0, or a number that makes its id another one: entries of one kind on several modalities
 * need ids of their own. */
static void put_entry(const struct fray_dataset *d, const struct red_aim *aim, const double *value,
                      size_t again, struct fray_text *out) {
  fray_text_puts(out, "{");
  if (again)
    fray_text_printf(out, "id: %s_%zu, ", aim->kind->name, again + 1);
  fray_text_printf(out, "kind: %s, modalities: [", aim->kind->name);
  fray_json_put_text(out, d->modality[aim->modality].name); /* YAML reads it, whatever the name */
  fray_text_puts(out, "]");
  for (size_t k = 0; k < aim->n; k++)
    put_value(&aim->key[k], value[k], out);
  if (aim->target_key) {
    fray_text_printf(out, ", %s: ", aim->target_key);
    fray_json_put_text(out, aim->target);
  }
  fray_text_puts(out, "}");
}

/* A recipe of one entry is written as that entry: they mean the same, and it reads better. */
void red_put_recipe(const struct red_space *space, const struct fray_red_recipe *recipe,
                    const char *name, struct fray_text *out) {
  fray_text_printf(out, "%s: ", name);
  for (size_t i = 0; i < recipe->n; i++) {
    fray_text_puts(out, i ? ", " : recipe->n > 1 ? "[" : "");
    const struct red_aim *aim = &space->aim[recipe->entry[i].kind];
    size_t again = 0;
    for (size_t j = 0; j < i; j++)
      again += space->aim[recipe->entry[j].kind].kind == aim->kind;
    put_entry(space->dataset, aim, recipe->entry[i].value, again, out);
  }
  fray_text_puts(out, recipe->n > 1 ? "]" : "");
}

/* One name for all, and ids by kind and modality: what a value of a kind hits does not depend on
 * what stands beside it. */
void red_put_question(const struct red_space *space, const struct fray_red_recipe *recipe,
                      struct fray_text *out) {
  fray_text_puts(out, "redteam: [");
  for (size_t i = 0; i < recipe->n; i++) {
    const struct red_aim *aim = &space->aim[recipe->entry[i].kind];
    fray_text_puts(out, i ? ", " : "");
    put_entry(space->dataset, aim, recipe->entry[i].value, 1 + aim->modality, out);
  }
  fray_text_puts(out, "]");
}

/* As a test of that name: draws are keyed by it, so that `fray evaluate` damages the same samples
 * in the same way. */
enum fray_status red_read_recipe(const char *text, struct fray_arena *arena,
                                 struct fray_arena *scratch, struct fray_condition **out,
                                 struct fray_err *err) {
  struct fray_node *map;
  size_t n = 0; /* conditions are added to it */
  FRAY_TRY(fray_yaml_parse(text, "recipe", arena, &map, err));
  FRAY_TRY(fray_read_tests(map, arena, scratch, out, &n, err));
  /* An older pack may have been edited, where a list of values stands for a condition each. */
  FRAY_CHECK(n == 1, err, INPUT, "%.80s: a condition of a pack is one recipe, and this is %zu",
             map->child ? map->child->key : "", n);
  return FRAY_OK;
}

/* Keys that are searched are the only ones that a recipe has beside what it is aimed at. */
bool red_aim_has(const struct red_aim *aim, const char *key) {
  for (size_t k = 0; k < aim->n; k++)
    if (strcmp(aim->key[k].name, key) == 0)
      return true;
  return false;
}

/* Of an older pack, whose limits may have been wider: what lies beyond these is cut, and is then
 * another recipe; so is one that says nothing of a key, as that begins elsewhere. */
bool red_aim_read(const struct red_space *space, size_t k, const struct fray_node *entry,
                  double *value, bool *exact) {
  const struct fray_red_kind *kind = &space->kind[k];
  const struct red_aim *aim = &space->aim[k];
  for (size_t i = 0; i < aim->n; i++) {
    const struct fray_node *node = fray_node_get(entry, aim->key[i].name);
    if (node ? !fray_node_real(node, &value[i]) : i == 0)
      return false;
    if (!node)
      value[i] = kind->start[i];
    const double within = FRAY_MIN(FRAY_MAX(value[i], kind->low[i]), kind->high[i]);
    *exact &= node && !(within < value[i]) && !(within > value[i]);
    value[i] = within;
  }
  return true;
}

/* Whether the kind takes these values. What it says against them is of no use here. */
static bool takes(const struct fray_dataset *d, const struct red_aim *aim, const double *value) {
  struct fray_arena arena = {0}, scratch = {0};
  struct fray_condition *condition;
  struct fray_err unused = {0};
  struct fray_text text = {0};
  /* Some refuse what these data are, as a rate that a sound does not reach. */
  const struct fray_signal_ops *ops = fray_corruption_signal(aim->kind);
  fray_text_puts(&text, "a: ");
  put_entry(d, aim, value, 0, &text);
  bool out =
      !text.failed && red_read_recipe(text.data, &arena, &scratch, &condition, &unused) == FRAY_OK;
  if (out && ops && ops->fits)
    out = ops->fits(condition->entry[0]->kind.params, &d->modality[aim->modality], &unused) ==
          FRAY_OK;
  fray_text_free(&text);
  fray_arena_free(&arena);
  fray_arena_free(&scratch);
  return out;
}

/* The same where all other keys are at their starts. */
static bool takes_at(const struct fray_dataset *d, const struct red_aim *aim,
                     const struct fray_red_kind *kind, size_t k, double value) {
  double all[FRAY_RED_PARAMETERS];
  memcpy(all, kind->start, sizeof all);
  all[k] = value;
  return takes(d, aim, all);
}

/* An end of a range that is itself refused, as a noise of nothing, is stood off from; that of a
 * number beside the strength as far as need be, since which tones a sound can hold depends on it.
 */
static bool settle(const struct fray_dataset *d, const struct red_aim *aim, size_t k,
                   struct fray_red_kind *kind) {
  const double width = kind->high[k] - kind->low[k];
  const double step = aim->key[k].whole ? 1 : k ? width / STEPS : width / NUDGE;
  size_t tries = k && !aim->key[k].whole ? STEPS : 1;
  if (aim->key[k].whole) {
    kind->low[k] = ceil(kind->low[k]);
    kind->high[k] = floor(kind->high[k]);
  }
  if (!takes_at(d, aim, kind, k, kind->low[k]))
    kind->low[k] += step;
  for (; tries && !takes_at(d, aim, kind, k, kind->high[k]); tries--)
    kind->high[k] -= step;
  /* Nothing is left of a range that ended at what is refused. */
  if (kind->low[k] > kind->high[k])
    return false;
  kind->start[k] = FRAY_MIN(FRAY_MAX(kind->start[k], kind->low[k]), kind->high[k]);
  return takes_at(d, aim, kind, k, kind->low[k]) && takes_at(d, aim, kind, k, kind->high[k]);
}

/* Whether a strength takes whole numbers alone, by a number that is no end of any range: the middle
 * of 2 and 64 is whole. */
static bool is_whole(const struct fray_dataset *d, const struct red_aim *aim,
                     const struct fray_red_kind *kind) {
  const double within = kind->low[0] + (kind->high[0] - kind->low[0]) / 1.6180339887;
  return !takes_at(d, aim, kind, 0, within);
}

/* Of a kind that is there or not its strength is the share that it hits: severities are fifths. */
static const char *set_range(const struct red_limits *limits, const struct fray_levels *levels,
                             struct red_aim *aim, const struct fray_strength *strength,
                             struct fray_red_kind *kind) {
  /* A payload's share is how opaque it is, which is a share as good as that of samples. */
  const bool opacity = fray_corruption_meddles(aim->kind) && strength->worse > 0 &&
                       strength->none == 0 && strcmp(strength->unit, "share") == 0;
  const size_t cap = (size_t)limits->severity, start = FRAY_MIN(cap, (size_t)RED_START);
  double level[FRAY_RED_LEVELS];
  const bool share = opacity || strcmp(strength->key, "rate") == 0;
  if (!levels && !share)
    return "it has no severities, so that no limit holds for it";
  for (size_t k = 0; k < FRAY_RED_LEVELS; k++)
    aim->level[k][0] = level[k] = levels ? levels->level[k] : (double)(k + 1) / FRAY_RED_LEVELS;
  fray_red_range(strength->none, level, cap, &kind->low[0], &kind->high[0]);
  kind->start[0] = level[start - 1];
  kind->mild = isfinite(strength->none) ? strength->none : level[0];
  /* A blank takes away as much as nothing in its place does. */
  if (share && (fray_corruption_removes(aim->kind) || kind->category == FRAY_CATEGORY_ABSENCE))
    kind->high[0] = FRAY_MIN(kind->high[0], limits->lost);
  /* A share of nothing is no damage, and would be tried a hundred times. */
  if (share && !(kind->high[0] > 0))
    return "the limits leave nothing of it";
  /* A short table: its last level is as far as it goes. */
  if (isnan(kind->start[0]))
    kind->start[0] = kind->high[0];
  return isfinite(kind->low[0]) && isfinite(kind->high[0]) ? NULL : "its severities have no end";
}

/* A number beside the strength: what the severities within the limit make of it, since a strength
 * at another one's is another severity; or what the kind says is of the same severity. */
static void set_turn(const struct red_limits *limits, const struct fray_levels *levels,
                     size_t n_more, const struct fray_turn *turn, const struct fray_field *field,
                     size_t at, struct fray_red_kind *kind) {
  double *low = &kind->low[at], *high = &kind->high[at], *start = &kind->start[at];
  const size_t cap = (size_t)limits->severity, begin = FRAY_MIN(cap, (size_t)RED_START);
  *low = turn->low;
  *high = turn->high;
  *start = isfinite(field->def) ? field->def : turn->low;
  if (!turn->column)
    return;
  /* A table that leaves it alone: the kind's own value, whatever the severity. */
  *low = *high = *start;
  if (!levels || !levels->more)
    return;
  double level[FRAY_RED_LEVELS];
  for (size_t s = 0; s < FRAY_RED_LEVELS; s++)
    level[s] = levels->more[s * n_more + turn->column - 1];
  fray_red_range(NAN, level, cap, low, high);
  *start = level[begin - 1];
}

/* Values that a severity stands for, as far as the ranges go. A strength that is cut to its range
 * may be that of the severity before. */
static void set_levels(const struct red_limits *limits, const struct fray_levels *levels,
                       size_t n_more, const struct fray_turn *turn, size_t n_turns,
                       const struct fray_red_kind *kind, struct red_aim *aim) {
  for (size_t s = 0; s < (size_t)limits->severity; s++) {
    double *value = aim->level[aim->n_levels];
    const bool has_more = levels && levels->more;
    value[0] = aim->level[s][0]; /* s is no less */
    for (size_t k = 0; k < n_turns; k++)
      value[k + 1] = turn[k].column && has_more ? levels->more[s * n_more + turn[k].column - 1]
                                                : kind->start[k + 1];
    if (isnan(value[0])) /* a short table */
      continue;
    for (size_t k = 0; k < kind->n; k++)
      value[k] = FRAY_MIN(FRAY_MAX(value[k], kind->low[k]), kind->high[k]);
    if (aim->n_levels > 0 &&
        memcmp(value, value - FRAY_RED_PARAMETERS, kind->n * sizeof *value) == 0)
      continue;
    aim->severity[aim->n_levels++] = (unsigned)s + 1;
  }
}

/* By key, as turned keys are named. */
static const struct fray_field *field_of(const struct fray_table *table, const char *key) {
  size_t i = 0;
  while (strcmp(table->fields[i].key, key) != 0)
    i++; /* it is there: tests look at every kind */
  return &table->fields[i];
}

/* Strength first. What the kind declares is as far as its severities go; what these data refuse of
 * it is cut away. */
static const char *set_keys(const struct red_limits *limits, const struct fray_dataset *d,
                            double class_limit, const struct fray_strength *strength,
                            struct red_aim *aim, struct fray_red_kind *kind) {
  const struct fray_signal_ops *ops = fray_corruption_signal(aim->kind);
  const struct fray_levels *levels =
      ops ? fray_signal_levels(ops, &d->modality[aim->modality], NULL) : NULL;
  size_t n;
  const struct fray_turn *turn = fray_corruption_turns(aim->kind, &n);
  const char *why = set_range(limits, levels, aim, strength, kind);
  if (why)
    return why;
  kind->low[0] = FRAY_MAX(kind->low[0], -class_limit);
  kind->high[0] = FRAY_MIN(kind->high[0], class_limit);
  aim->key[0] = (struct red_key){.name = strength->key};
  for (size_t k = 0; k < n; k++) {
    const struct fray_field *field = field_of(aim->kind->table, turn[k].key);
    aim->key[k + 1] = (struct red_key){.name = turn[k].key, .whole = field->type == FRAY_INT};
    set_turn(limits, levels, ops ? ops->n_more : 0, &turn[k], field, k + 1, kind);
  }
  aim->n = kind->n = n + 1;
  aim->key[0].whole = is_whole(d, aim, kind);
  for (size_t k = 0; k < kind->n; k++)
    if (!(kind->low[k] <= kind->high[k]) || !settle(d, aim, k, kind))
      return "it takes no strength within the limits on these data";
  set_levels(limits, levels, ops ? ops->n_more : 0, turn, n, kind, aim);
  return aim->n_levels > 0 && takes(d, aim, kind->low) && takes(d, aim, kind->high) &&
                 takes(d, aim, kind->start)
             ? NULL
             : "it takes no strength within the limits on these data";
}

/* NULL: it can be used, and aim and kind are filled; else why not. */
/* The order of the questions is that of how much they say to somebody who named the kind: what it
 * is comes before what these data make of it. */
static const char *make_kind(const struct red_file *file, const struct red_quest *quest,
                             const struct fray_dataset *d, struct red_aim *aim,
                             struct fray_red_kind *kind) {
  const struct fray_strength strength = fray_corruption_strength(aim->kind);
  /* A goal may be about what follows another class, and then that is no way out. */
  const double class_limit =
      fray_corruption_meddles(aim->kind) && red_goal_meddles(quest, file->kinds.n > 0)
          ? (double)INFINITY
          : fray_corruption_class_limit(aim->kind);
  const struct fray_table *keys = aim->kind->table;
  if (!fray_corruption_is_technique(aim->kind))
    return "it cannot be aimed at test by its keys alone";
  if (!fray_corruption_fits_modality(aim->kind, d->modality[aim->modality].kind))
    return "it damages none of the modalities";
  if (class_limit < 0)
    return "what it makes may be of another class, and an answer that follows is no error";
  if (!strength.key)
    return "it has no strength";
  aim->target = quest->target < 0 ? NULL : d->class_name[quest->target];
  aim->target_key = aim->target ? fray_corruption_target_key(aim->kind) : NULL;
  for (size_t i = 0; keys && i < keys->n; i++)
    if (keys->fields[i].required && strcmp(keys->fields[i].key, strength.key) != 0 &&
        !(aim->target_key && strcmp(keys->fields[i].key, aim->target_key) == 0))
      return "it needs more than a strength";
  aim->noise = fray_corruption_category(aim->kind) == FRAY_CATEGORY_NOISE;
  *kind = (struct fray_red_kind){.name = aim->kind->name,
                                 .category = (unsigned)fray_corruption_category(aim->kind),
                                 .modality = (unsigned)aim->modality};
  const char *why = set_keys(&file->limits, d, class_limit, &strength, aim, kind);
  kind->mild = FRAY_MIN(FRAY_MAX(kind->mild, kind->low[0]), kind->high[0]);
  return why;
}

/* Without a list everything is, as the least that a user knows about is what to look for. */
static bool is_wanted(const struct red_file *file, const char *name) {
  for (size_t i = 0; i < file->kinds.n; i++)
    if (strcmp(file->kinds.v[i], name) == 0)
      return true;
  return file->kinds.n == 0;
}

/* In the order of the list of kinds, then of the data's modalities. A kind that somebody asked for
 * by name is not left out without a word. */
enum fray_status red_space_make(const struct red_file *file, const struct red_quest *quest,
                                const struct fray_dataset *d, struct fray_arena *arena,
                                struct red_space *out, struct fray_err *err) {
  const size_t room = fray_corruptions.n * d->n_modalities;
  *out = (struct red_space){.dataset = d, .quest = quest, .space.most = (size_t)file->most};
  FRAY_ALLOC_ZERO(out->kind, arena, room, err);
  FRAY_ALLOC_ZERO(out->aim, arena, room, err);
  size_t n = 0;
  for (size_t k = 0; k < fray_corruptions.n; k++) {
    const struct fray_choice *choice = fray_corruptions.v[k];
    /* Of the last modality that it does not fit; one that fits is enough. */
    const char *why = NULL;
    /* A kind may stand on several modalities, as several things to try. */
    const size_t before = n;
    for (size_t m = 0; is_wanted(file, choice->name) && m < d->n_modalities; m++) {
      out->aim[n] = (struct red_aim){.kind = choice, .modality = m};
      const char *not = make_kind(file, quest, d, &out->aim[n], &out->kind[n]);
      why = not ? not : why;
      n += !not ;
    }
    FRAY_CHECK(!file->kinds.n || !why || n > before, err, INPUT,
               "recipe.kinds: %s cannot be used: %s", choice->name, why);
  }
  FRAY_CHECK(n > 0, err, INPUT,
             "limits: no kind of damage is left that acts on these modalities and keeps the class");
  out->space.kind = out->kind;
  out->space.n_kinds = n;
  return FRAY_OK;
}
