/* Sweeps: every technique alone, or every pair of kinds at one severity, in place of a search. What
 * a search may miss by luck is all there; what it costs is known beforehand.
 *
 * Techniques have many names and few effects: the table says of each success which better one
 * already hits the same samples, so that they are counted by what they do. */
#include "red_parts.h"

#include "fray/base/columns.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nothing is learnt from one to the next, so that ranks share them one by one. They stand in tables
 * where strategies do, and cannot be asked for as one. */
static const struct fray_red_strategy_ops ops = {.fresh = true};
static const struct fray_choice sweeps[] = {
    [RED_SINGLES] = {.name = "singles", .meaning = "every technique alone", .impl = &ops},
    [RED_PAIRS] = {.name = "pairs", .meaning = "every two kinds at severity 2", .impl = &ops}};
static const struct fray_choice *const strategy[] = {
    [RED_SINGLES] = &sweeps[RED_SINGLES], [RED_PAIRS] = &sweeps[RED_PAIRS]};

/* ---- what is tried ---- */

/* One kind at one of its severities, with all numbers that a table sets beside its strength: so a
 * technique here is the one that `severity: N` in a scenario means. */
static struct fray_red_entry entry_at(const struct red_space *space, size_t kind, size_t level) {
  struct fray_red_entry out = {.kind = kind};
  memcpy(out.value, space->aim[kind].level[level], sizeof out.value);
  return out;
}

/* Kinds in their order, each at its severities in theirs. */
static void list_singles(const struct red_space *space, struct red_sweep *out) {
  for (size_t k = 0; k < space->space.n_kinds; k++)
    for (size_t s = 0; s < space->aim[k].n_levels; s++) {
      out->severity[out->n] = space->aim[k].severity[s];
      out->recipe[out->n++] = (struct fray_red_recipe){.n = 1, .entry = {entry_at(space, k, s)}};
    }
}

/* Of each kind the strongest of the severities up to that which searches begin at. */
static size_t pair_level(const struct red_aim *aim) {
  size_t s = aim->n_levels - 1;
  while (s > 0 && aim->severity[s] > RED_START)
    s--;
  return s;
}

/* Each two once, in the order in which kinds are listed: entries act in that order. */
static void list_pairs(const struct red_space *space, struct red_sweep *out) {
  for (size_t a = 0; a < space->space.n_kinds; a++)
    for (size_t b = a + 1; b < space->space.n_kinds; b++) {
      const size_t at[2] = {pair_level(&space->aim[a]), pair_level(&space->aim[b])};
      out->severity[out->n] =
          FRAY_MAX(space->aim[a].severity[at[0]], space->aim[b].severity[at[1]]);
      out->recipe[out->n++] = (struct fray_red_recipe){
          .n = 2, .entry = {entry_at(space, a, at[0]), entry_at(space, b, at[1])}};
    }
}

/* The file's limits hold; its strategies, budget and pool have nothing to say here. */
enum fray_status red_sweep_make(enum red_sweep_of of, const struct red_space *space,
                                struct red_file *file, struct fray_arena *arena,
                                struct red_sweep *out, struct fray_err *err) {
  const size_t kinds = space->space.n_kinds;
  const size_t room = of == RED_PAIRS ? kinds * kinds / 2 + 1 : kinds * FRAY_RED_LEVELS;
  *out = (struct red_sweep){.of = of};
  if (of == RED_SEARCH)
    return FRAY_OK;
  FRAY_CHECK(of != RED_PAIRS || (file->most >= 2 && kinds >= 2), err, INPUT,
             "%s: recipe: pairs are recipes of two kinds, and there may be %lld of %zu", file->path,
             (long long)file->most, kinds);
  FRAY_ALLOC(out->recipe, arena, room, err);
  FRAY_ALLOC(out->severity, arena, room, err);
  (of == RED_PAIRS ? list_pairs : list_singles)(space, out);
  file->strategy = (const struct fray_choice **)&strategy[of];
  file->n_strategies = 1;
  file->search_seeds = 1;
  file->budget = (int64_t)out->n;
  return FRAY_OK;
}

/* ---- by effect ---- */

/* A technique, and the first of those that succeed more which hits the same samples. */
struct ranked {
  const struct red_record *record, *like; /* like: itself, if there is none; NULL of no success */
  size_t step;
};

/* The worst for the model first, and what was over a limit last; steps tell those alike apart. */
static int by_score(const void *a, const void *b) {
  const struct ranked *x = a, *y = b;
  const double s = x->record->score, t = y->record->score;
  if (isnan(s) || isnan(t) || s == t)
    return isnan(s) != isnan(t) ? (isnan(s) ? 1 : -1) : (x->step > y->step) - (x->step < y->step);
  return s > t ? -1 : 1;
}

/* As finds are counted: greedily, from the worst on. v: (n) in that order. */
static void find_likes(const struct red_found *found, struct ranked *v, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const struct red_record *r = v[i].record;
    v[i].like = r->success ? r : NULL;
    for (size_t j = 0; r->success && j < i; j++)
      if (v[j].like == v[j].record &&
          fray_red_jaccard(r->failed, v[j].record->failed, found->target->samples) < RED_EFFECT) {
        v[i].like = v[j].record;
        break;
      }
  }
}

/* Made for the table and again for the lines: it costs as many comparisons as there are successes
 * by effects, and nobody else needs it. NULL without memory, and out is marked. */
static struct ranked *rank(const struct red_found *found, struct fray_text *out) {
  struct ranked *v = calloc(found->n_records + 1, sizeof *v);
  if (!v) {
    out->failed = true;
    return NULL;
  }
  for (size_t i = 0; i < found->n_records; i++)
    v[i] = (struct ranked){.record = &found->record[i], .step = i};
  qsort(v, found->n_records, sizeof *v, by_score);
  find_likes(found, v, found->n_records);
  return v;
}

/* ---- the table ---- */

static const struct fray_column columns[] = {
    {"techniques.csv", "name", "text", "", "of the recipe, as in recipes.csv", "never"},
    {"techniques.csv", "kinds", "text", "", "of its entries", "never"},
    {"techniques.csv", "modalities", "text", "", "that they damage", "never"},
    {"techniques.csv", "categories", "text", "", "that they are of", "never"},
    {"techniques.csv", "severity", "integer", "", "the greatest of them", "never"},
    {"techniques.csv", "role", "text", "", "of the samples: find, those of dev", "never"},
    {"techniques.csv", "score", "real", "", "as in recipes.csv; rows are in its order",
     "it is over a limit"},
    {"techniques.csv", "success", "integer", "", "1: the score is as large as was asked for",
     "never"},
    {"techniques.csv", "like", "text", "",
     "the first row that hits the same samples (Jaccard distance below .5), of those that are like "
     "no row before them; its own name: it is one of these",
     "it is no success"},
};

void red_sweep_columns(struct fray_text *out) {
  fray_columns_csv(columns, FRAY_COUNT(columns), out);
}

/* A word of each entry. */
static void put_words(const struct red_found *found, const struct red_record *r,
                      const char *(*word)(const struct red_found *, const struct red_aim *),
                      struct fray_text *out) {
  struct fray_text text = {0};
  for (size_t i = 0; i < r->recipe.n; i++)
    fray_text_printf(&text, "%s%s", i ? " + " : "",
                     word(found, &found->space->aim[r->recipe.entry[i].kind]));
  fray_text_csv(out, text.failed || !text.data ? "" : text.data);
  out->failed |= text.failed;
  fray_text_free(&text);
}

/* Three words for one entry: what is done, to what, and what sort of thing that is. Rows of one
 * category fail together more often than rows of one medium. */
static const char *kind_word(const struct red_found *found, const struct red_aim *aim) {
  (void)found;
  return aim->kind->name;
}

/* Names are the data's, and free text. */
static const char *modality_word(const struct red_found *found, const struct red_aim *aim) {
  return found->space->dataset->modality[aim->modality].name;
}

static const char *category_word(const struct red_found *found, const struct red_aim *aim) {
  (void)found;
  return fray_category_name(fray_corruption_category(aim->kind));
}

/* The order is that of the scores and no other: whoever wants that of the list has recipes.csv. */
void red_techniques(const struct red_found *found, struct fray_text *out) {
  struct ranked *v = rank(found, out);
  fray_columns_header(columns, FRAY_COUNT(columns), "techniques.csv",
                      &(struct fray_column_words){.n_modalities = 0}, out);
  for (size_t i = 0; v && i < found->n_records; i++) {
    const struct red_record *r = v[i].record;
    char score[32];
    fray_format_double(r->score, score);
    fray_text_printf(out, "%s,", r->name);
    put_words(found, r, kind_word, out);
    fray_text_puts(out, ",");
    put_words(found, r, modality_word, out);
    fray_text_puts(out, ",");
    put_words(found, r, category_word, out);
    fray_text_printf(out, ",%u,find,%s,%d,%s\n", found->sweep.severity[r->step],
                     isnan(r->score) ? "" : score, r->success, v[i].like ? v[i].like->name : "");
  }
  free(v);
}

/* ---- for people ---- */

enum { SHOWN = 10 };

/* The worst that differ, each with how many others do the same. */
void red_sweep_say(const struct red_found *found, struct fray_text *out) {
  struct ranked *v = rank(found, out);
  size_t shown = 0;
  /* A drop without the number of those that do the same would make one hole look like many. */
  fray_text_puts(out, "  score  alike  technique\n");
  for (size_t i = 0; v && i < found->n_records && shown < SHOWN; i++) {
    if (v[i].like != v[i].record)
      continue;
    size_t alike = 0;
    for (size_t j = 0; j < found->n_records; j++)
      alike += v[j].like == v[i].record;
    fray_text_printf(out, "  %5.1f  %5zu  ", 100 * v[i].record->score, alike - 1);
    for (size_t e = 0; e < v[i].record->recipe.n; e++) {
      const struct red_aim *aim = &found->space->aim[v[i].record->recipe.entry[e].kind];
      fray_text_printf(out, "%s%s of %s", e ? ", " : "", aim->kind->name,
                       modality_word(found, aim));
    }
    if (found->sweep.of == RED_SINGLES)
      fray_text_printf(out, ", severity %u", found->sweep.severity[v[i].record->step]);
    fray_text_puts(out, "\n");
    shown++;
  }
  if (shown == 0)
    fray_text_puts(out, "      -         none succeeds\n");
  free(v);
}
