/* A trial in people's words: what was swept, as far as it tells trials apart, and its score. */
#include "trial_words.h"

#include "fray/results/titles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The parts of a CSV row up to a comma; names in quotes stand only in rows of diverged trials, of
 * which nothing is asked here. NULL where the row is shorter. */
static const char *field(const char *row, size_t index) {
  for (; row && index > 0; index--) {
    row = strchr(row, ',');
    row += row != NULL;
  }
  return row;
}

/* The layout is that of rows.c: metrics begin with a comma, and trial with seed, status, round and
 * client of a divergence, rounds, best round. Read back from the text, as a trial that was judged
 * anew has nothing else of its training. */
struct fray_trial_score fray_trial_score_of(const struct fray_trial_file *part) {
  struct fray_trial_score out = {.value = NAN};
  const char *value = part->metrics.data ? field(part->metrics.data, 1) : NULL;
  const char *round = part->trial.data ? field(part->trial.data, 5) : NULL;
  if (part->diverged)
    return out;
  if (value && *value != ',' && *value != '\0')
    out.value = strtod(value, NULL);
  out.round = round ? strtoull(round, NULL, 10) : 0;
  return out;
}

/* The entry of a cell that a swept key "ID.KEY" sets the strength of; NULL: it sets something else.
 */
static const struct fray_corruption_config *entry_of(const struct fray_cell *cell, const char *key,
                                                     struct fray_strength *strength) {
  const char *dot = strrchr(key, '.');
  for (size_t i = 0; dot && i < cell->n_entries; i++) {
    const char *id = fray_corruption_id(cell->entry[i]);
    if (strlen(id) != (size_t)(dot - key) || strncmp(id, key, strlen(id)) != 0)
      continue;
    *strength = fray_corruption_measure(cell->entry[i]);
    return strength->key && strcmp(strength->key, dot + 1) == 0 ? cell->entry[i] : NULL;
  }
  return NULL;
}

/* "lost 30 %", "hiss 10 dB", "batch 5". Shares are percentages to a reader. */
static void put_number(const struct fray_cell *cell, const char *key, const char *value,
                       double number, struct fray_text *out) {
  struct fray_strength strength;
  const struct fray_corruption_config *entry = entry_of(cell, key, &strength);
  if (!entry)
    fray_text_printf(out, "%s %s", key, value);
  else if (strcmp(strength.key, "rate") == 0)
    fray_text_printf(out, "%s %.6g %%", fray_corruption_id(entry), 100 * number);
  else
    fray_text_printf(out, "%s %s%s%s", fray_corruption_id(entry), value,
                     strength.unit && *strength.unit ? " " : "",
                     strength.unit ? strength.unit : "");
}

/* A name speaks for itself, and so does a title that the scenario gives a value; a number, and a
 * yes or no, mean something with their key alone. */
static void put_value(const struct fray_titles *titles, const struct fray_cell *cell,
                      const char *key, const char *value, struct fray_text *out) {
  char *end;
  const double number = strtod(value, &end);
  const char *given = fray_title_given(titles, "values", key, value);
  if (given)
    fray_text_puts(out, given);
  else if (*value && *end == '\0')
    put_number(cell, key, value, number, out);
  else if (!*value || strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
    fray_text_printf(out, "%s %s", key, value);
  else
    fray_text_puts(out, fray_title_of_value(titles, key, NULL, value));
}

void fray_trial_words(const struct fray_study *study, size_t trial, struct fray_text *out) {
  const struct fray_trial *t = &study->trial[trial];
  const struct fray_cell *cell = &study->cell[t->cell];
  const struct fray_titles titles = {.scenario = study->root};
  if (*cell->control)
    fray_text_printf(out, "control %s, ", cell->control);
  for (size_t k = 0; k < study->n_keys; k++) {
    put_value(&titles, cell, study->key[k], cell->value[k], out);
    fray_text_puts(out, ", ");
  }
  fray_text_printf(out, "seed %llu", (unsigned long long)t->seed);
}

/* As the report writes scores: shares in percent with one decimal, others with three digits. */
void fray_trial_put_score(const struct fray_cell *cell, size_t metric, double value,
                          struct fray_text *out) {
  const struct fray_choice *choice = cell->metric[metric];
  const struct fray_metric_ops *ops = choice->impl;
  if (isnan(value))
    fray_text_printf(out, "%s undefined", choice->name);
  else if (ops->is_share)
    fray_text_printf(out, "%s %.1f %%", choice->name, 100 * value);
  else
    fray_text_printf(out, "%s %.3g", choice->name, value);
}
