/* How many samples a user needs to see what a damage costs: from how many answers it changed in a
 * finished study. No model is asked. */
#include "fray/instrument/lastmile.h"

#include "fray/base/size.h"
#include "fray/metric/did.h"
#include "fray/results/answers.h"

#include <math.h>
#include <string.h>

/* The models of a cell under a condition, beside what they said without damage. */
struct changes {
  size_t n, changed,
      lost; /* answers; that turn right or wrong; that turn wrong less that turn right */
  size_t trials;
};

/* By its name in results.h5; their number if there is none. */
static size_t find(const struct fray_rep_answers *a, const char *name) {
  size_t c = 0;
  while (c < a->n_conditions && strcmp(a->condition[c], name) != 0)
    c++;
  return c;
}

/* "floor" for "floor=3", where the test has this one strength. */
static size_t find_damaged(const struct fray_rep_answers *a, const char *name) {
  const size_t exact = find(a, name), length = strlen(name);
  size_t meant = 0, at = a->n_conditions;
  for (size_t c = 0; c < a->n_conditions; c++)
    if (strncmp(a->condition[c], name, length) == 0 && a->condition[c][length] == '=' &&
        meant++ == 0)
      at = c;
  return exact < a->n_conditions || meant != 1 ? exact : at;
}

/* A study without damage at test calls its own condition `trial`. */
static size_t find_clean(const struct fray_rep_answers *a) {
  const size_t clean = find(a, "clean");
  return clean < a->n_conditions ? clean : find(a, "trial");
}

static enum fray_status no_such_condition(const struct fray_rep_answers *a, const char *folder,
                                          const char *wanted, struct fray_err *err) {
  char list[600];
  return fray_fail(err, FRAY_INPUT, "%s: --condition: '%s' is no condition of the results; %s",
                   folder, wanted,
                   fray_there_are(wanted, a->condition, a->n_conditions, list, sizeof list));
}

/* Of the selected model, whose answers come first. Wraps where more turn right than wrong, as sums
 * of size_t do, and comes right in the end when it is read as signed. */
static void count(const struct fray_rep_answers *a, size_t clean, size_t damaged,
                  struct changes *out) {
  const int16_t *before = a->predicted + clean * a->n, *after = a->predicted + damaged * a->n;
  for (size_t i = 0; i < a->n; i++) {
    if (a->label[i] < 0)
      continue;
    const bool was = before[i] == a->label[i], is = after[i] == a->label[i];
    out->n++;
    out->changed += was != is;
    out->lost += (size_t)was - (size_t)is;
  }
  out->trials++;
}

/* All models of a cell are put together: how many answers change is a property of the method and
 * the damage, and not of a seed. */
static enum fray_status look(const struct fray_rep_results *r, struct fray_answer_file *file,
                             const char *folder, const char *condition, struct changes *cells,
                             struct fray_err *err) {
  FRAY_CHECK(strcmp(fray_answer_file_status(file), "ok") == 0, err, INPUT, "%s/results.h5: %s",
             folder, fray_answer_file_status(file));
  for (size_t t = 0; t < r->n_trials; t++) {
    const struct fray_rep_answers *a;
    if (r->trial[t].diverged)
      continue;
    FRAY_TRY(fray_answer_file_answers(file, FRAY_REP_TEST, t, &a, err));
    FRAY_CHECK(strcmp(a->status, "ok") == 0, err, INPUT, "%s: trial %s: %s", folder,
               r->trial[t].name, a->status);
    FRAY_CHECK(a->predicted, err, INPUT,
               "%s: samples of several labels: an answer is not right or wrong", folder);
    const size_t clean = find_clean(a), damaged = find_damaged(a, condition);
    if (damaged == a->n_conditions)
      return no_such_condition(a, folder, condition, err);
    FRAY_CHECK(clean < a->n_conditions, err, INPUT, "%s: no answers without damage were kept",
               folder);
    count(a, clean, damaged, &cells[r->trial[t].cell]);
  }
  return FRAY_OK;
}

/* Where fewer answers change than the drop that is asked about, the drop itself is the least share
 * that could. What it was there stands beside what is asked, since a share of changed answers that
 * goes with one drop need not go with another. */
static void say(const struct fray_rep_results *r, size_t cell, const struct changes *c, double drop,
                struct fray_text *out) {
  const double q = (double)c->changed / (double)c->n;
  const double d = (double)(ptrdiff_t)c->lost / (double)c->n;
  const double need = fray_customer_samples(drop, fmax(q, drop));
  struct fray_text name = {0};
  for (size_t k = 0; k < r->n_keys; k++)
    fray_text_printf(&name, "%s%s=%s", k ? " " : "", r->key[k], r->cell[cell]->value[k]);
  fray_text_printf(out,
                   "%s%s%.0f samples, each with and without the damage: %.1f %% of the answers "
                   "change there, and accuracy %s by %.1f points (%s)\n",
                   name.data ? name.data : "", name.size ? ": " : "", need, 100 * q,
                   d < 0 ? "rises" : "falls", 100 * fabs(d), FRAY_N(c->trials, "model"));
  out->failed |= name.failed;
  fray_text_free(&name);
}

static enum fray_status power(const char *folder, const char *condition, double drop,
                              struct fray_arena *arena, struct fray_rep_results *r,
                              struct fray_text *out, struct fray_err *err) {
  struct fray_answer_file *file;
  struct changes *cells;
  FRAY_TRY(fray_rep_results_read_seeds(folder, NULL, arena, r, err));
  FRAY_ALLOC_ZERO(cells, arena, r->n_cells + 1, err);
  FRAY_TRY(fray_answer_file_open(r, &file, err));
  const enum fray_status status = look(r, file, folder, condition, cells, err);
  fray_answer_file_close(file);
  FRAY_TRY(status);
  fray_text_printf(out,
                   "To see a drop of %g points by a paired one-sided 5 %% test with power .8, "
                   "under %s:\n",
                   100 * drop, condition);
  for (size_t c = 0; c < r->n_cells; c++)
    if (cells[c].n)
      say(r, c, &cells[c], drop, out);
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

enum fray_status fray_power_say(const char *folder, const char *condition, double drop,
                                struct fray_text *out, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_rep_results r = {0};
  FRAY_CHECK(drop > 0 && drop < 1, err, INPUT, "--drop: %g is not in (0, 1)", drop);
  const enum fray_status status = power(folder, condition, drop, &arena, &r, out, err);
  fray_rep_results_free(&r);
  fray_arena_free(&arena);
  return status;
}
