/* redteam.yaml: what is looked for, how long, and what damage may do at most.
 *
 *     goal: wrong
 *     success: 0.15
 *     budget: 300
 *     strategies: [random, climb]
 *     recipe: {most: 3}
 *     limits: {severity: 2, audio: {snr_db: 10}, image: {psnr_db: 16}}
 *
 * Without limits a red team wins by taking everything away, and has found nothing. */
#include "instrument/folder/instrument_folder.h"
#include "red_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* The file has a section for each medium, since a dB of a picture is none of a sound. */
struct least {
  double value;
};
#define LEAST(NAME, KEY, ...)                                                                      \
  static const struct fray_field NAME##_fields[] = {                                               \
      FRAY_FIELD(REAL, KEY, struct least, value, __VA_ARGS__)};                                    \
  static FRAY_TABLE(NAME##_table, #NAME, struct least, NAME##_fields, .help = "Distortion.")
LEAST(sound, "snr_db", .def = 10,
      .help = "least ratio of signal to distortion that 95 % of the samples keep");
LEAST(picture, "psnr_db", .def = 16,
      .help = "least ratio of the peak to the distortion that 95 % of the samples keep");
LEAST(words, "words", .def = 0.15, .min = 0, .max = 1,
      .help = "greatest share of words that are edited, in 95 % of the samples");

/* One number a medium, in its own unit; what is no limit of a medium is an unknown key there, and
 * refused, so that nobody believes in a limit that does not hold. */
struct limits {
  int64_t severity;
  struct least audio, image, series, features, text;
  double lost;
};
#define SECTION_OF(KEY, MEMBER, TABLE, WORDS)                                                      \
  FRAY_FIELD(SECTION, KEY, struct limits, MEMBER, .section = &(TABLE), .help = WORDS)
static const struct fray_field limit_fields[] = {
    FRAY_FIELD(INT, "severity", struct limits, severity, .def = 2, .min = 1, .max = 5,
               .help = "greatest severity of any entry"),
    SECTION_OF("audio", audio, sound_table, "noise in sound"),
    SECTION_OF("image", image, picture_table, "noise in pictures"),
    SECTION_OF("series", series, sound_table, "noise in series"),
    SECTION_OF("feature", features, sound_table, "noise in vectors of features"),
    SECTION_OF("text", text, words_table, "noise in texts"),
    FRAY_FIELD(REAL, "lost", struct limits, lost, .def = 0.3, .min = 0, .max = 1,
               .help = "greatest share of the values of a modality that is taken away"),
};
static FRAY_TABLE(limit_table, "limits", struct limits, limit_fields,
                  .help = "What damage may do at most.");

/* FLIRT's exemplars. A large pool forgets slowly and spends more of the budget on its beginning. */
struct pool {
  int64_t size;
  const char *from;
};
static const struct fray_field pool_fields[] = {
    FRAY_FIELD(INT, "size", struct pool, size, .def = 8, .min = 1, .max = FRAY_RED_POOL,
               .help = "recipes that a search goes on from; it begins with as many single entries"),
    FRAY_FIELD(PATH, "from", struct pool, from, .optional = true,
               .help =
                   "pack.yaml of an earlier red team: searches begin with what it found, and the "
                   "new pack keeps all of it"),
};
static FRAY_TABLE(pool_table, "pool", struct pool, pool_fields, .help = "The pool.");

/* Few entries: a find of many is hard to read, and each of them may be within the limits while all
 * together leave nothing. */
struct recipe {
  int64_t most;
  struct fray_strings kinds;
};
static const struct fray_field recipe_fields[] = {
    FRAY_FIELD(INT, "most", struct recipe, most, .def = 3, .min = 1, .max = FRAY_RED_MOST,
               .help = "entries of a recipe at most"),
    FRAY_FIELD(STRINGS, "kinds", struct recipe, kinds, .def_text = "[]",
               .choices = &fray_corruptions,
               .help = "kinds of damage that recipes are made of; by default every one that can "
                       "act at test, keeps the class and has a strength"),
};
static FRAY_TABLE(recipe_table, "recipe", struct recipe, recipe_fields, .help = "Recipes.");

struct whole {
  struct red_file of;
  struct pool pool;
  struct recipe recipe;
  struct limits limits;
};
static const struct fray_field fields[] = {
    FRAY_FIELD(ENUM, "goal", struct whole, of.goal, .def_text = "wrong", .names = red_goal_names,
               .help = "what is looked for; wrong: answers that were right and are not; hijack: "
                       "answers with the target; refuse: mild input that a guard refuses; gap: a "
                       "group that loses more than the others"),
    FRAY_FIELD(STRING, "target", struct whole, of.target, .optional = true,
               .help = "class that a hijack is to be answered with"),
    FRAY_FIELD(STRING, "group", struct whole, of.group, .optional = true,
               .help = "COLUMN=VALUE, the group that a gap is to be at the cost of"),
    FRAY_FIELD(PATH, "guard", struct whole, of.guard, .optional = true,
               .help =
                   "gate.fitted.yaml of the models that are attacked: only answers that it lets "
                   "pass count"),
    FRAY_FIELD(REAL, "success", struct whole, of.success, .def = 0.15, .min = 0, .max = 1,
               .open_min = true,
               .help = "from which on a recipe counts, on dev: drop of accuracy; of a hijack or "
                       "refuse how much more often it happens than without damage; of a gap the "
                       "drop of the group less that of the others"),
    FRAY_FIELD(INT, "budget", struct whole, of.budget, .def = 300, .min = 2, .max = 100000,
               .help = "recipes tried by each strategy at each search seed; those that a pool "
                       "begins with count"),
    FRAY_FIELD(STRINGS, "strategies", struct whole, of.strategies, .def_text = "[]",
               .choices = &fray_red_strategies,
               .help = "how the next recipe is chosen; the one that learns nothing cannot be left "
                       "out"),
    FRAY_FIELD(INT, "search_seeds", struct whole, of.search_seeds, .def = 3, .min = 1, .max = 100,
               .help = "searches of each strategy"),
    FRAY_FIELD(INT, "seed", struct whole, of.seed, .def = 1, .min = 0, .max = INT32_MAX,
               .help = "of all draws of the search"),
    FRAY_FIELD(STRING, "cell", struct whole, of.cell, .optional = true,
               .help = "cell of the study whose models are attacked, as 'method=late'; needed "
                       "where there are several"),
    FRAY_FIELD(SECTION, "pool", struct whole, pool, .section = &pool_table,
               .help = "what a search goes on from"),
    FRAY_FIELD(SECTION, "recipe", struct whole, recipe, .section = &recipe_table,
               .help = "what recipes are made of"),
    FRAY_FIELD(SECTION, "limits", struct whole, limits, .section = &limit_table,
               .help = "so that a search cannot win by destroying"),
};
static FRAY_TABLE(table, "redteam", struct whole, fields, .help = "A red team.");

/* Names of recipes key their draws and must not meet in one pack, nor in one study: so they say the
 * goal, but for the usual one, and the how-many-th pack it is, but for the first. */
static enum fray_status read_older(const char *path, struct fray_comm *comm,
                                   struct fray_arena *arena, struct red_file *out,
                                   struct fray_err *err) {
  const char *goal = red_goal_names[out->goal], *dash = "-";
  struct fray_node *root;
  out->from_path = path;
  out->from = NULL;
  if (!out->goal)
    goal = dash = "";
  out->prefix = fray_arena_printf(arena, "%s%s", goal, dash);
  if (path) {
    FRAY_TRY(fray_instrument_yaml(path, FRAY_INSTRUMENT_BYTES, comm, arena, &root, err));
    const struct fray_node *pack = fray_node_get(root, "pack"),
                           *tests = fray_node_get(root, "tests");
    FRAY_CHECK(pack && pack->kind == FRAY_NODE_MAP && tests && tests->kind == FRAY_NODE_MAP, err,
               INPUT, "%s: is no pack of a red team: `pack` and `tests` are expected", path);
    const struct fray_node *older = fray_node_get(pack, "older");
    /* Its conditions are read when the data are known. */
    out->from = root;
    out->prefix =
        fray_arena_printf(arena, "%s%sr%zu-", goal, dash, 2 + (older ? older->n : (size_t)0));
  }
  FRAY_CHECK(out->prefix, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Names were checked when the file was read, so that one that is not found was not asked for. */
static bool is_asked(const struct fray_strings *names, const char *name) {
  for (size_t i = 0; i < names->n; i++)
    if (strcmp(names->v[i], name) == 0)
      return true;
  return false;
}

/* In the order of the list, so that tables of two files can be laid side by side. */
static enum fray_status take_strategies(const char *path, struct red_file *file,
                                        struct fray_arena *arena, struct fray_err *err) {
  bool fresh = false;
  /* Twice the same name is once the same search. */
  FRAY_ALLOC(file->strategy, arena, fray_red_strategies.n, err);
  for (size_t i = 0; i < fray_red_strategies.n; i++) {
    const struct fray_choice *choice = fray_red_strategies.v[i];
    const struct fray_red_strategy_ops *ops = choice->impl;
    if (file->strategies.n ? !is_asked(&file->strategies, choice->name) : !ops->usual)
      continue;
    fresh |= ops->fresh;
    file->strategy[file->n_strategies++] = choice;
  }
  for (size_t i = 0; !fresh && i < fray_red_strategies.n; i++) {
    const struct fray_choice *choice = fray_red_strategies.v[i];
    FRAY_CHECK(!((const struct fray_red_strategy_ops *)choice->impl)->fresh, err, INPUT,
               "%s: strategies: %s cannot be left out: what the others find is held against it",
               path, choice->name);
  }
  return FRAY_OK;
}

/* The sections become one struct: whoever searches has no use for how the file is laid out. What
 * two keys say against one another is found here, before a folder is opened. */
enum fray_status red_file_read(const char *path, int64_t budget, struct fray_comm *comm,
                               struct fray_arena *arena, struct red_file *out,
                               struct fray_err *err) {
  struct fray_node *root;
  struct whole whole;
  /* Unknown keys are refused with the nearest one, as in a scenario. */
  FRAY_TRY(fray_instrument_yaml(path, FRAY_INSTRUMENT_BYTES, comm, arena, &root, err));
  FRAY_TRY(fray_schema_read(&table, root, "", &whole, arena, err));
  *out = whole.of;
  out->path = path;
  FRAY_TRY(read_older(whole.pool.from, comm, arena, out, err));
  out->strategy = NULL;
  out->n_strategies = 0;
  out->pool = whole.pool.size;
  out->most = whole.recipe.most;
  out->kinds = whole.recipe.kinds;
  out->limits = (struct red_limits){.severity = whole.limits.severity, .lost = whole.limits.lost};
  out->limits.least[FRAY_AUDIO] = whole.limits.audio.value;
  out->limits.least[FRAY_IMAGE] = whole.limits.image.value;
  out->limits.least[FRAY_SERIES] = whole.limits.series.value;
  out->limits.least[FRAY_FEATURES] = whole.limits.features.value;
  out->limits.least[FRAY_TEXT] = whole.limits.text.value;
  /* The command line wins, and the bounds below hold for what it says. */
  if (budget > 0)
    out->budget = budget;
  FRAY_CHECK(out->budget >= 2 * out->pool, err, INPUT,
             "%s: budget: %lld recipes; a pool of %lld asks for at least %lld", path,
             (long long)out->budget, (long long)out->pool, (long long)(2 * out->pool));
  FRAY_TRY(red_goal_check(path, out, err));
  return take_strategies(path, out, arena, err);
}
