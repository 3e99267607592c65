/* What recipes are made of: kinds of damage, each on one modality, with the range that the limits
 * leave of its strength. From what kinds declare; none is known here by its name. */
#include "red_parts.h"

#include "fray/base/size.h"
#include "fray/corrupt/signal.h"
#include "fray/json/json.h"

#include <math.h>
#include <string.h>

enum { NUDGE = 1000 }; /* parts of a range by which an end is left that is itself refused */

/* One value as the key takes it, to six digits: it is to be read, too. */
static void put_value(const struct red_aim *aim, double value, struct fray_text *out) {
  if (aim->whole)
    fray_text_printf(out, "%.0f", round(value));
  else
    fray_text_printf(out, "%.6g", value);
}

/* again: 0, or a number that makes its id another one: entries of one kind on several modalities
 * need ids of their own. */
static void put_entry(const struct fray_dataset *d, const struct red_aim *aim, double value,
                      size_t again, struct fray_text *out) {
  fray_text_puts(out, "{");
  if (again)
    fray_text_printf(out, "id: %s_%zu, ", aim->kind->name, again + 1);
  fray_text_printf(out, "kind: %s, modalities: [", aim->kind->name);
  fray_json_put_text(out, d->modality[aim->modality].name); /* YAML reads it, whatever the name */
  fray_text_printf(out, "], %s: ", aim->key);
  put_value(aim, value, out);
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
    put_entry(space->dataset, aim, recipe->entry[i].value[0], again, out);
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
    put_entry(space->dataset, aim, recipe->entry[i].value[0], 1 + aim->modality, out);
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
  FRAY_CHECK(n == 1, err, INTERNAL, "a recipe is %zu conditions", n);
  return FRAY_OK;
}

/* Whether the kind takes this value. What it says against it is of no use here. */
static bool takes(const struct fray_dataset *d, const struct red_aim *aim, double value) {
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

/* An end of a range that is itself refused, as a noise of nothing, is stood off from. */
static bool settle(const struct fray_dataset *d, struct red_aim *aim, struct fray_red_kind *kind) {
  const double width = kind->high[0] - kind->low[0];
  /* No round number of any range: the middle of 2 and 64 is whole. */
  const double within = kind->low[0] + width / 1.6180339887;
  aim->whole = !takes(d, aim, within);
  const double step = aim->whole ? 1 : width / NUDGE;
  if (aim->whole) {
    kind->low[0] = ceil(kind->low[0]);
    kind->high[0] = floor(kind->high[0]);
  }
  if (!takes(d, aim, kind->low[0]))
    kind->low[0] += step;
  if (!takes(d, aim, kind->high[0]))
    kind->high[0] -= step;
  /* Nothing is left of a range that ended at what is refused. */
  if (kind->low[0] > kind->high[0])
    return false;
  kind->start[0] = FRAY_MIN(FRAY_MAX(kind->start[0], kind->low[0]), kind->high[0]);
  return takes(d, aim, kind->low[0]) && takes(d, aim, kind->high[0]) &&
         takes(d, aim, kind->start[0]);
}

/* Of a kind that is there or not its strength is the share that it hits: severities are fifths. */
static const char *set_range(const struct red_limits *limits, const struct fray_dataset *d,
                             const struct red_aim *aim, const struct fray_strength *strength,
                             struct fray_red_kind *kind) {
  /* A payload's share is how opaque it is, which is a share as good as that of samples. */
  const bool opacity = fray_corruption_meddles(aim->kind) && strength->worse > 0 &&
                       strength->none == 0 && strcmp(strength->unit, "share") == 0;
  const struct fray_signal_ops *ops = fray_corruption_signal(aim->kind);
  const struct fray_levels *levels =
      ops ? fray_signal_levels(ops, &d->modality[aim->modality], NULL) : NULL;
  const size_t cap = (size_t)limits->severity, start = FRAY_MIN(cap, (size_t)2);
  double level[FRAY_RED_LEVELS];
  const bool share = opacity || strcmp(aim->key, "rate") == 0;
  if (!levels && !share)
    return "it has no severities, so that no limit holds for it";
  for (size_t k = 0; k < FRAY_RED_LEVELS; k++)
    level[k] = levels ? levels->level[k] : (double)(k + 1) / FRAY_RED_LEVELS;
  fray_red_range(strength->none, level, cap, &kind->low[0], &kind->high[0]);
  kind->start[0] = level[start - 1];
  /* A blank takes away as much as nothing in its place does. */
  if (share && (fray_corruption_removes(aim->kind) || kind->category == FRAY_CATEGORY_ABSENCE))
    kind->high[0] = FRAY_MIN(kind->high[0], limits->lost);
  /* A short table: its last level is as far as it goes. */
  if (isnan(kind->start[0]))
    kind->start[0] = kind->high[0];
  return isfinite(kind->low[0]) && isfinite(kind->high[0]) ? NULL : "its severities have no end";
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
  aim->key = strength.key;
  aim->noise = fray_corruption_category(aim->kind) == FRAY_CATEGORY_NOISE;
  *kind = (struct fray_red_kind){
      .name = aim->kind->name, .category = (unsigned)fray_corruption_category(aim->kind), .n = 1};
  const char *why = set_range(&file->limits, d, aim, &strength, kind);
  if (why)
    return why;
  kind->low[0] = FRAY_MAX(kind->low[0], -class_limit);
  kind->high[0] = FRAY_MIN(kind->high[0], class_limit);
  return kind->low[0] <= kind->high[0] && settle(d, aim, kind)
             ? NULL
             : "it takes no strength within the limits on these data";
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
