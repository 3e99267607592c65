/* What remains: a file of test conditions, which any later model can be asked under, and a few
 * lines for people.
 *
 * `fray evaluate NEW --tests pack.yaml` runs the conditions under `tests`; `pack` says where they
 * come from. Noise is drawn anew by the seeds of whoever evaluates. */
#include "red_parts.h"

#include "fray/json/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* YAML has a word for what is not known. */
static void put_number(struct fray_text *out, const char *key, double value) {
  char number[32];
  fray_format_double(value, number);
  fray_text_printf(out, ", %s: %s", key, isfinite(value) ? number : "null");
}

/* What only some goals have. */
static void put_text(struct fray_text *out, const char *key, const char *text) {
  if (!text)
    return;
  fray_text_printf(out, "  %s: ", key);
  fray_json_put_text(out, text);
  fray_text_puts(out, "\n");
}

/* The hashes say which models were attacked: a pack may outlive their folder. */
static void put_origin(const struct red_found *found, struct fray_text *out) {
  const struct red_target *target = found->target;
  fray_text_puts(out, "  study: ");
  fray_json_put_text(out, found->study);
  fray_text_puts(out, "\n  cell: ");
  fray_json_put_text(out, target->cell);
  fray_text_puts(out, "\n  models:\n");
  for (size_t k = 0; k < target->n_models; k++) {
    fray_text_puts(out, "    ");
    fray_json_put_text(out, target->model[k].name);
    fray_text_printf(out, ": \"%016" PRIx64 "\"\n", target->model[k].hash);
  }
}

/* Finds that are not confirmed stay in: that a later model stands them is news as well, and each
 * says of itself what the test resolved. */
void red_pack(const struct red_found *found, struct fray_text *out) {
  const double half = found->file->success / 2;
  char success[32];
  fray_format_double(found->file->success, success);
  fray_text_puts(out, "# Damage that a model did not stand, found by fray redteam. Any later model "
                      "is asked by\n# fray evaluate RESULTS --tests pack.yaml\n");
  fray_text_printf(out, "pack:\n  goal: %s\n", found->target->quest.goal->name);
  put_text(out, "target", found->file->target);
  put_text(out, "group", found->file->group);
  fray_text_printf(out, "  success: %s\n", success);
  put_origin(found, out);
  fray_text_puts(out, found->n_finds ? "  finds:\n" : "  finds: {}\n");
  for (size_t f = 0; f < found->n_finds; f++) {
    const struct red_find *find = &found->find[f];
    fray_text_printf(out, "    %s: {confirmed: %s", find->record->name,
                     find->confirmed ? "true" : "false");
    put_number(out, "dev_drop", find->record->score);
    put_number(out, "test_drop", find->drop);
    put_number(out, "low", find->excess.low + half);
    put_number(out, "high", find->excess.high + half);
    fray_text_puts(out, "}\n");
  }
  red_older_put_origins(found->file, out);
  fray_text_puts(out, found->n_finds || found->older.n ? "tests:\n" : "tests: {}\n");
  red_older_put_tests(found, out);
  for (size_t f = 0; f < found->n_finds; f++) {
    const struct red_record *r = found->find[f].record;
    fray_text_puts(out, "  ");
    red_put_recipe(found->space, &r->recipe, r->name, out);
    fray_text_puts(out, "\n");
  }
}

/* ---- for people ---- */

static void put_line(struct fray_text *out, struct fray_text *line, size_t columns) {
  fray_text_wrap(out, line->failed || !line->data ? "" : line->data, 0, columns);
  fray_text_puts(out, "\n");
  fray_text_free(line);
  *line = (struct fray_text){0};
}

/* Means over search seeds, as counts: what they are counts of is told by the head. No strategy is
 * called the better one: that few searches do not resolve it. */
static void put_strategy(const struct red_found *found, size_t strategy, struct fray_text *out) {
  size_t n = 0, tried = 0, successes = 0, distinct = 0;
  double best = 0;
  for (size_t i = 0; i < found->n_series; i++) {
    const struct red_series *s = &found->series[i];
    if (s->strategy != strategy)
      continue;
    n++;
    tried += s->tried;
    successes += s->successes;
    distinct += s->distinct;
    best += s->best;
  }
  fray_text_puts(out, "  ");
  fray_text_cell(out, found->file->strategy[strategy]->name, 18);
  fray_text_printf(out, "%7.1f %%  %8.1f", 100 * (double)successes / (double)tried,
                   (double)distinct / (double)n);
  /* A search whose recipes were all over a limit has no best one. */
  if (isfinite(best))
    fray_text_printf(out, "  %9.1f\n", 100 * best / (double)n);
  else
    fray_text_puts(out, "          -\n");
}

static void put_strategies(const struct red_found *found, struct fray_text *out) {
  fray_text_puts(out, "  strategy          successes  distinct  best score\n");
  for (size_t s = 0; s < found->file->n_strategies; s++)
    put_strategy(found, s, out);
}

/* Of recipes that a guard mostly refuses and of what was made of them, over all searches. */
static void put_shapes(const struct red_found *found, size_t columns, struct fray_text *out) {
  struct fray_text line = {0};
  double origins = 0, shapes = 0;
  size_t deflected = 0, n = 0;
  for (size_t i = 0; i < found->n_series; i++) {
    const struct red_series *s = &found->series[i];
    deflected += s->deflected;
    if (s->reshaped == 0)
      continue;
    n += s->reshaped;
    origins += (double)s->reshaped * s->bypass_origins;
    shapes += (double)s->reshaped * s->bypass_shapes;
  }
  if (deflected == 0)
    return;
  fray_text_printf(&line, "The guard refuses most such answers of %s.",
                   FRAY_N(deflected, "recipe"));
  if (n > 0)
    fray_text_printf(
        &line,
        " In %s of them %.1f %% of the samples get past it all the same, and %.1f %% as "
        "they were.",
        FRAY_N(n, "other shape"), 100 * shapes / (double)n, 100 * origins / (double)n);
  put_line(out, &line, columns);
  fray_text_puts(out, "\n");
}

/* Drops on dev are of the samples that chose them, and said as such; what holds is what the test
 * resolves. */
void red_say(const struct red_found *found, size_t columns, struct fray_text *out) {
  struct fray_text line = {0};
  size_t confirmed = 0;
  for (size_t f = 0; f < found->n_finds; f++)
    confirmed += found->find[f].confirmed;
  const bool is_sweep = found->sweep.of != RED_SEARCH;
  if (is_sweep)
    fray_text_printf(&line,
                     "%s, %zu of them, on dev samples; a success is %s by %g points or more.",
                     found->sweep.of == RED_SINGLES ? "Techniques alone" : "Pairs of kinds",
                     found->sweep.n, found->target->quest.goal->means, 100 * found->file->success);
  else
    fray_text_printf(&line,
                     "%s of each strategy, %lld recipes each, on dev samples; a success is %s "
                     "by %g points or more.",
                     FRAY_N((size_t)found->file->search_seeds, "run"),
                     (long long)found->file->budget, found->target->quest.goal->means,
                     100 * found->file->success);
  put_line(out, &line, columns);
  fray_text_puts(out, "\n");
  if (is_sweep)
    red_sweep_say(found, out);
  else
    put_strategies(found, out);
  fray_text_puts(out, "\n");
  fray_text_printf(&line, "%s score is that of the samples that chose it, in points.",
                   is_sweep
                       ? "Alike: successes that hit the same samples. The"
                       : "Means over runs. Distinct: successes that hit other samples. The best");
  put_line(out, &line, columns);
  fray_text_puts(out, "\n");
  put_shapes(found, columns, out);
  /* That nothing was found is a result, and no proof that there is nothing. */
  if (found->n_finds == 0)
    fray_text_puts(&line, "Nothing was found within the limits, so the pack is empty.");
  else
    fray_text_printf(&line,
                     "%s of all runs by effect, of which the best %zu were judged on the test. A "
                     "score of more than %g points is resolved there for %zu of these %zu (Holm).",
                     FRAY_N(found->n_distinct, "different find"), found->n_finds,
                     50 * found->file->success, confirmed, found->n_finds);
  put_line(out, &line, columns);
  fray_text_free(&line);
}
