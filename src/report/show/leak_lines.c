/* What models tell of who was in their training, in lines for a terminal and as members of a
 * document.
 *
 * A line has all attacks on a model: which of them finds most is known only when all were seen, and
 * one that is named alone would look as if it had been chosen before. */
#include "shown.h"

#include "report/answer/leak_words.h"
#include "report/stat/verdict.h"

#include <math.h>

/* A screen is for what a study found; the report has all attacks and groups, with intervals. */
enum { MOST_LINES = 8 };

/* "fedavg: loss threshold 0.612 [0.580, 0.644]; LiRA, offline 0.650 [0.610, 0.690]". */
static void put_line(const struct fray_rep_leak *leak, size_t cell, struct fray_text *out) {
  for (size_t a = 0; a < leak->n_attacks; a++) {
    const struct fray_rep_stat area = fray_rep_leak_of(leak, cell, a, 0, FRAY_REP_LEAK_AREA);
    if (area.n == 0)
      continue;
    if (out->size == 0)
      fray_text_printf(out, "%s: ", leak->model[cell]);
    else
      fray_text_puts(out, "; ");
    fray_text_printf(out, "%s %.3f", fray_rep_leak_title(leak->attack[a]), area.mean);
    if (!isnan(area.low))
      fray_text_printf(out, " [%.3f, %.3f]", area.low, area.high);
  }
}

/* The sentence last, as it is what the lines amount to. */
enum fray_status fray_rep_leak_lines(const struct fray_rep_shown *s, const char ***out, size_t *n,
                                     const char **words, struct fray_err *err) {
  struct fray_rep_leak leak;
  size_t n_left = 0;
  *n = 0;
  FRAY_TRY(fray_rep_leak_read(s->r, &leak, err));
  FRAY_TRY(fray_rep_leak_words(&leak, words, err));
  /* One more than are listed, for how many are not. */
  FRAY_ALLOC(*out, s->r->arena, MOST_LINES + 1, err);
  for (size_t cell = 0; cell < s->r->n_cells && leak.n_attacks; cell++) {
    struct fray_text text = {0};
    put_line(&leak, cell, &text);
    const bool any = text.size > 0;
    n_left += any && *n == MOST_LINES;
    if (any && *n < MOST_LINES)
      (*out)[(*n)++] = text.failed ? NULL : fray_arena_strdup(s->r->arena, text.data);
    fray_text_free(&text);
    FRAY_CHECK(*n == 0 || (*out)[*n - 1], err, MEMORY, "out of memory");
  }
  /* What is left out is counted, so that nobody takes these lines for all of them. */
  if (n_left) {
    (*out)[*n] = fray_arena_printf(s->r->arena, "and %zu more in the report", n_left);
    FRAY_CHECK((*out)[(*n)++], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* Shares as they are, and null where there is no interval, or no such rate. */
static void put_number(struct fray_json_writer *w, const char *key, struct fray_rep_stat s) {
  fray_json_open(w, key, false);
  fray_json_member_real(w, "value", s.mean);
  fray_json_member_real(w, "low", s.low);
  fray_json_member_real(w, "high", s.high);
  fray_json_close(w, false);
}

/* Values as the sweep has them, so that a program finds the trials again. */
static void put_keys(struct fray_json_writer *w, const char *key, const struct fray_rep_results *r,
                     size_t cell) {
  fray_json_open(w, key, false);
  for (size_t k = 0; k < r->n_keys; k++)
    fray_json_member_text(w, r->key[k], r->cell[cell]->value[k]);
  fray_json_close(w, false);
}

/* By the names of membership.csv, which a title does not change. */
static void put_values(struct fray_json_writer *w, const struct fray_rep_leak *leak) {
  fray_json_open(w, "membership", true);
  for (size_t cell = 0; cell < leak->r->n_cells; cell++)
    for (size_t g = 0; g < leak->n_groups; g++)
      for (size_t a = 0; a < leak->n_attacks; a++) {
        const struct fray_rep_stat area = fray_rep_leak_of(leak, cell, a, g, FRAY_REP_LEAK_AREA);
        /* An attack that needs more shadows than there are, or a group of one side alone. */
        if (area.n == 0)
          continue;
        fray_json_open(w, NULL, false);
        put_keys(w, "keys", leak->r, cell);
        fray_json_member_text(w, "attack", leak->attack[a]);
        fray_json_member_text(w, "group", leak->group[g]);
        fray_json_member_count(w, "seeds", area.n);
        put_number(w, "roc_auc", area);
        put_number(w, "tpr_at_0.01", fray_rep_leak_of(leak, cell, a, g, FRAY_REP_LEAK_AT_ONE));
        put_number(w, "tpr_at_0.001", fray_rep_leak_of(leak, cell, a, g, FRAY_REP_LEAK_AT_TENTH));
        fray_json_close(w, false);
      }
  fray_json_close(w, true);
}

/* As the rows of measures.csv, by whose names they go. */
static enum fray_status put_answers(struct fray_json_writer *w, const struct fray_rep_leak *leak,
                                    struct fray_err *err) {
  static const char *const minus[] = {[FRAY_REP_LEAK_CHANCE] = "chance",
                                      [FRAY_REP_LEAK_REFERENCE] = "reference",
                                      [FRAY_REP_LEAK_GROUP] = "all"};
  static const char *const verdict[] = {[FRAY_REP_UNKNOWN] = "unknown",
                                        [FRAY_REP_OPEN] = "open",
                                        [FRAY_REP_MORE] = "more",
                                        [FRAY_REP_LESS] = "less"};
  struct fray_rep_leaked *v;
  size_t n = 0;
  if (leak->n_attacks)
    FRAY_TRY(fray_rep_leak_answers(leak, &v, &n, err));
  /* There and empty without attacks, as every list of the document is. */
  fray_json_open(w, "membership_differences", true);
  for (size_t i = 0; i < n; i++) {
    fray_json_open(w, NULL, false);
    put_keys(w, "keys", leak->r, v[i].cell);
    fray_json_member_text(w, "attack", leak->attack[v[i].attack]);
    fray_json_member_text(w, "group", leak->group[v[i].group]);
    fray_json_member_text(w, "minus", minus[v[i].question]);
    fray_json_member_real(w, "difference", v[i].less.mean);
    fray_json_member_real(w, "low", v[i].less.low);
    fray_json_member_real(w, "high", v[i].less.high);
    fray_json_member_real(w, "p_holm", v[i].less.p);
    fray_json_member_text(w, "verdict", verdict[fray_rep_verdict_of(&v[i].less)]);
    fray_json_close(w, false);
  }
  fray_json_close(w, true);
  return FRAY_OK;
}

/* Words for people, numbers for programs.
 *
 * Whichever metric is shown: who was in the training is of none. */
enum fray_status fray_rep_leak_members(const struct fray_rep_shown *s, struct fray_json_writer *w,
                                       struct fray_err *err) {
  struct fray_rep_leak leak;
  const char *words;
  FRAY_TRY(fray_rep_leak_read(s->r, &leak, err));
  FRAY_TRY(fray_rep_leak_words(&leak, &words, err));
  fray_json_member_text(w, "membership_words", *words ? words : NULL);
  put_values(w, &leak);
  return put_answers(w, &leak, err);
}
