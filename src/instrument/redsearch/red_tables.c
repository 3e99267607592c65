/* The tables of a red team, and the dictionary of their columns. Rows stand in the order of the
 * searches, so the same findings give the same bytes.
 *
 *   recipes.csv     every recipe that was tried
 *   strategies.csv  a row for each strategy and search seed
 *   finds.csv       the best finds that differ by effect, as the test has them */
#include "red_parts.h"

#include "fray/base/columns.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* What rows of several files begin with, said once. */
#define SEARCH(FILE_)                                                                              \
  {FILE_, "strategy", "text", "", "how the next recipe was chosen", "never"}, {                    \
    FILE_, "search_seed", "integer", "", "of the search, from 1", "never"                          \
  }
#define STEP(FILE_)                                                                                \
  {FILE_,                                                                                          \
   "step",                                                                                         \
   "integer",                                                                                      \
   "",                                                                                             \
   "of the search, from 0; the first ones are what the pool began "                                \
   "with",                                                                                         \
   "never"},                                                                                       \
  {                                                                                                \
    FILE_, "name", "text", "",                                                                     \
        "of the recipe; in pack.yaml of the condition, which keys its draws", "never"              \
  }
#define RECIPE(FILE_)                                                                              \
  {FILE_, "entries", "integer", "entries", "of the recipe", "never"}, {                            \
    FILE_, "recipe", "text", "", "as a condition under `tests`", "never"                           \
  }

static const struct fray_column columns[] = {
    SEARCH("recipes.csv"),
    STEP("recipes.csv"),
    {"recipes.csv", "parent", "integer", "", "step of the recipe that it was made of",
     "it has no parent"},
    {"recipes.csv", "other_parent", "integer", "", "step of the one that this was crossed with",
     "it was not crossed"},
    RECIPE("recipes.csv"),
    {"recipes.csv", "role", "text", "", "of the samples: find, those of dev", "never"},
    {"recipes.csv", "score", "real", "",
     "mean over the trainings: drop of accuracy, or what else the goal counts, with the damage "
     "less "
     "without it",
     "it is over a limit"},
    {"recipes.csv", "success", "integer", "", "1: the score is as large as was asked for", "never"},
    {"recipes.csv", "over_limit", "integer", "",
     "1: it distorts more than the limits have it, or puts another class into every modality",
     "never"},
    {"recipes.csv", "distinct", "integer", "recipes",
     "finds of the search up to this one that differ by effect", "never"},
    {"recipes.csv", "bypass", "real", "",
     "share of the samples that are answered as the goal has it, past the guard; mean over the "
     "trainings",
     "there is no guard, or it is over a limit"},
    {"recipes.csv", "deflected", "integer", "", "1: of such answers the guard refuses most",
     "there is no guard, or the goal is what it refuses"},
    {"recipes.csv", "shape", "text", "",
     "how a deflected recipe, its parent, is tried again: weaker, moved or widened", "it is not"},
    {"recipes.csv", "MODALITY.distortion", "real", "",
     "what noise of the recipe leaves in 95 % of the samples, of the first training: signal to "
     "distortion in dB, of pictures the peak to it; of texts the share of edited words",
     "no noise, or nothing was changed"},
    SEARCH("strategies.csv"),
    {"strategies.csv", "role", "text", "", "of the samples: find, those of dev", "never"},
    {"strategies.csv", "tried", "integer", "recipes", "the budget", "never"},
    {"strategies.csv", "over_limit", "integer", "recipes", "of these, over a limit", "never"},
    {"strategies.csv", "successes", "integer", "recipes", "of these, with the score asked for",
     "never"},
    {"strategies.csv", "success_share", "real", "",
     "successes by recipes tried; returning to one hole makes it large", "never"},
    {"strategies.csv", "best", "real", "", "largest score, on the samples that chose it",
     "all are over a limit"},
    {"strategies.csv", "first_success", "integer", "", "its step", "there is none"},
    {"strategies.csv", "distinct", "integer", "recipes",
     "successes that differ by effect: the samples that they hit are at a Jaccard distance of .5 "
     "or more from those of every better one",
     "never"},
    {"strategies.csv", "signatures", "integer", "", "sets of kinds among the successes", "never"},
    {"strategies.csv", "deflected", "integer", "recipes", "of which a guard refuses most answers",
     "there is no guard, or the goal is what it refuses"},
    {"strategies.csv", "reshaped", "integer", "recipes",
     "deflected ones that were tried again in another shape, within the limits",
     "there is no guard, or the goal is what it refuses"},
    {"strategies.csv", "bypass_origins", "real", "", "mean bypass of these as they were",
     "there are none"},
    {"strategies.csv", "bypass_shapes", "real", "", "mean bypass of them in the other shape",
     "there are none"},
    {"strategies.csv", "distance", "real", "", "mean Jaccard distance of two successes",
     "fewer than two"},
    {"strategies.csv", "covered", "integer", "samples",
     "dev samples of all trainings that any success hits", "never"},
    {"finds.csv", "name", "text", "", "of the recipe, as in recipes.csv and pack.yaml", "never"},
    SEARCH("finds.csv"),
    {"finds.csv", "step", "integer", "", "of the search, from 0", "never"},
    RECIPE("finds.csv"),
    {"finds.csv", "dev_drop", "real", "", "its score, on the samples that chose it", "never"},
    {"finds.csv", "role", "text", "", "of the samples of what follows: report, those of the test",
     "never"},
    {"finds.csv", "n", "integer", "samples",
     "test samples that the goal is about, of all trainings", "never"},
    {"finds.csv", "clusters", "integer", "clients", "natural clients that they are of", "never"},
    {"finds.csv", "test_drop", "real", "", "the score on the test",
     "the group is too small, or a training has nobody of it"},
    {"finds.csv", "low", "real", "",
     "of its 95 % interval over people, and trainings if there are several", "not known"},
    {"finds.csv", "high", "real", "", "likewise", "not known"},
    {"finds.csv", "p", "real", "", "two-sided, of a score of half of `success`; not corrected",
     "not known"},
    {"finds.csv", "confirmed", "integer", "",
     "1: it lies above half of `success`, by Holm over all finds of this file", "never"},
    {"finds.csv", "worst_group", "text", "",
     "COLUMN=VALUE of the test samples with the largest score, of groups with 5 people and 30 "
     "samples or more: where to look, as the largest of several numbers has no interval here",
     "no group is large enough"},
    {"finds.csv", "worst_drop", "real", "", "of that group", "no group is large enough"},
    {"finds.csv", "worst_n", "integer", "samples", "of that group", "no group is large enough"},
    {"finds.csv", "worst_clusters", "integer", "clients", "of that group",
     "no group is large enough"},
};

/* One family of columns: distortion, by the modalities of these data. */
static void header(const struct red_found *found, const char *file, struct fray_text *out) {
  const struct fray_dataset *d = found->space->dataset;
  const char *name[FRAY_MAX_MODALITIES];
  for (size_t m = 0; m < d->n_modalities; m++)
    name[m] = d->modality[m].name;
  /* There are no swept keys in it: models are those of one cell. */
  const struct fray_column_words words = {.modality = name, .n_modalities = d->n_modalities};
  fray_columns_header(columns, FRAY_COUNT(columns), file, &words, out);
}

/* From the same rows as the headers, so that no column is without its meaning. */
void red_columns(const struct red_found *found, struct fray_text *out) {
  fray_columns_csv_head(out);
  fray_columns_csv(columns, FRAY_COUNT(columns), out);
  if (found->sweep.of != RED_SEARCH)
    red_sweep_columns(out);
}

/* What is not known, or without an end, leaves its field empty: a column of numbers is then one to
 * every program that reads it. */
static void put(struct fray_text *out, double value) {
  char number[32];
  fray_format_double(value, number);
  fray_text_printf(out, ",%s", isfinite(value) ? number : "");
}

/* Of a step that is none, as the parent of what a pool began with. */
static void put_step(struct fray_text *out, size_t step) {
  if (step == FRAY_RED_NONE)
    fray_text_puts(out, ",");
  else
    fray_text_printf(out, ",%zu", step);
}

/* A guard that is what is looked for deflects nothing. */
static bool is_guarded(const struct red_found *found) {
  return found->target->gate && !found->target->quest.goal->refusals;
}

/* A count that there is, or an empty field. */
static void put_count(struct fray_text *out, bool is_there, size_t count) {
  if (is_there)
    fray_text_printf(out, ",%zu", count);
  else
    fray_text_puts(out, ",");
}

/* As words of tables; what was proposed as usual has none. */
static const char *const shapes[FRAY_RED_SHAPES] = {[FRAY_RED_AS_PROPOSED] = "",
                                                    [FRAY_RED_WEAKER] = "weaker",
                                                    [FRAY_RED_MOVED] = "moved",
                                                    [FRAY_RED_WIDENED] = "widened"};

/* By place among those that were tried, which is the order of the list. */
static const char *strategy_of(const struct red_found *found, size_t strategy) {
  return found->file->strategy[strategy]->name;
}

/* Without the name: that has a column of its own. */
static void put_recipe(const struct red_found *found, const struct red_record *r,
                       struct fray_text *out) {
  struct fray_text text = {0};
  red_put_recipe(found->space, &r->recipe, "x", &text);
  fray_text_printf(out, ",%zu,", r->recipe.n);
  fray_text_csv(out, text.failed ? "" : text.data + strlen("x: "));
  fray_text_free(&text);
}

/* Failures of all kinds stand here as well: what did no harm is half of what was learnt. */
void red_recipes(const struct red_found *found, struct fray_text *out) {
  header(found, "recipes.csv", out);
  for (size_t i = 0; i < found->n_records; i++) {
    const struct red_record *r = &found->record[i];
    fray_text_printf(out, "%s,%zu,%zu,%s", strategy_of(found, r->strategy), r->search_seed, r->step,
                     r->name);
    put_step(out, r->parent[0]);
    put_step(out, r->parent[1]);
    put_recipe(found, r, out);
    /* The role of the samples that it was tried on. */
    fray_text_puts(out, ",find");
    put(out, r->score);
    fray_text_printf(out, ",%d,%d", r->success, isnan(r->score));
    fray_text_printf(out, ",%zu", r->distinct);
    put(out, r->bypass);
    put_count(out, is_guarded(found), r->deflected);
    fray_text_printf(out, ",%s", shapes[r->shape]);
    for (size_t m = 0; m < found->space->dataset->n_modalities; m++)
      put(out, r->distance[m]);
    fray_text_puts(out, "\n");
  }
}

/* Success share and distinct finds side by side, since either alone makes another search look good.
 */
void red_strategies(const struct red_found *found, struct fray_text *out) {
  header(found, "strategies.csv", out);
  for (size_t i = 0; i < found->n_series; i++) {
    const struct red_series *s = &found->series[i];
    fray_text_printf(out, "%s,%zu,find,%zu,%zu,%zu", strategy_of(found, s->strategy),
                     s->search_seed, s->tried, s->over, s->successes);
    put(out, (double)s->successes / (double)s->tried);
    put(out, s->best);
    put_step(out, s->successes ? s->first : FRAY_RED_NONE);
    fray_text_printf(out, ",%zu,%zu", s->distinct, s->breadth.signatures);
    put_count(out, is_guarded(found), s->deflected);
    put_count(out, is_guarded(found), s->reshaped);
    put(out, s->bypass_origins);
    put(out, s->bypass_shapes);
    put(out, s->breadth.distance);
    fray_text_printf(out, ",%zu\n", s->breadth.covered);
  }
}

/* Names of groups are free text, and a spreadsheet must not run them. */
static void put_worst(const struct red_find *find, struct fray_text *out) {
  struct fray_text name = {0};
  if (!find->worst_column) {
    fray_text_puts(out, ",,,,\n");
    return;
  }
  fray_text_printf(&name, "%s=%s", find->worst_column->name,
                   find->worst_column->value[find->worst_code]);
  fray_text_puts(out, ",");
  fray_text_csv(out, name.failed || !name.data ? "" : name.data);
  put(out, find->worst_drop);
  fray_text_printf(out, ",%zu,%zu\n", find->worst_n, find->worst_clusters);
  out->failed |= name.failed;
  fray_text_free(&name);
}

/* Of the drop itself: the interval was made of what it exceeds. */
void red_finds(const struct red_found *found, struct fray_text *out) {
  const double half = found->file->success / 2;
  header(found, "finds.csv", out);
  for (size_t f = 0; f < found->n_finds; f++) {
    const struct red_find *find = &found->find[f];
    const struct red_record *r = find->record;
    fray_text_printf(out, "%s,%s,%zu,%zu", r->name, strategy_of(found, r->strategy), r->search_seed,
                     r->step);
    put_recipe(found, r, out);
    put(out, r->score);
    fray_text_printf(out, ",report,%zu,%zu", find->n, find->clusters);
    put(out, find->drop);
    put(out, find->excess.low + half);
    put(out, find->excess.high + half);
    put(out, find->p);
    fray_text_printf(out, ",%d", find->confirmed);
    put_worst(find, out);
  }
}
