/* Whose updates a rule took, in lines for a terminal and as members of a document. */
#include "shown.h"

#include "report/answer/update_words.h"
#include "report/measure/catalogue.h"
#include "report/stat/verdict.h"

#include <math.h>
#include <string.h>

/* A screen is for what a study found; measures.csv has them all, with intervals. */
enum { MOST_LINES = 8 };

/* "krum: 80.0 [71.2, 88.8] % of honest clients, 100.0 % of attackers" turned down, of a rule that
 * turns down anybody at all; else mean parts. Groups are many, and left to the report. */
static enum fray_status put_line(const struct fray_rep_influence *in, size_t cell,
                                 struct fray_text *out, struct fray_err *err) {
  const size_t honest = fray_rep_influence_find(in, "clients", "honest");
  /* One number for all kinds of a model, or they could not be held against each other. */
  bool rejects = false;
  for (size_t k = 0; k < in->n; k++)
    rejects |= fray_rep_influence_of(in, cell, k, FRAY_REP_REJECTED).mean > 0;
  for (size_t k = 0; k < in->n; k++) {
    const struct fray_rep_stat s =
        fray_rep_influence_of(in, cell, k, rejects ? FRAY_REP_REJECTED : FRAY_REP_PART);
    const char *title = fray_rep_influence_title(in, k);
    FRAY_CHECK(title, err, MEMORY, "out of memory");
    const bool is_group = strcmp(in->of[k], "clients") != 0 && strcmp(in->of[k], "damage") != 0;
    /* A file without a row of all honest clients is no study's; then groups are all there is. */
    if (s.n == 0 || (is_group && honest < in->n))
      continue;
    if (out->size == 0)
      fray_text_printf(out, "%s: %s", in->model[cell],
                       rejects ? "turned down " : "took of an equal part ");
    else
      fray_text_puts(out, ", ");
    const double unit = rejects ? 100 : 1, low = rejects ? s.low : fmax(s.low, 0);
    fray_text_printf(out, rejects ? "%.1f" : "%.2f", unit * s.mean);
    if (!isnan(s.low))
      fray_text_printf(out, rejects ? " [%.1f, %.1f]" : " [%.2f, %.2f]", unit * low, unit * s.high);
    fray_text_printf(out, rejects ? " %% of %s" : " from %s", title);
  }
  return FRAY_OK;
}

/* The sentence last, as it is what the lines amount to. */
enum fray_status fray_rep_update_lines(const struct fray_rep_shown *s, const char ***out, size_t *n,
                                       const char **words, struct fray_err *err) {
  struct fray_rep_influence in;
  size_t n_left = 0;
  *n = 0;
  FRAY_TRY(fray_rep_influence_read(s->r, &in, err));
  FRAY_TRY(fray_rep_update_words(&in, words, err));
  FRAY_ALLOC(*out, s->r->arena, MOST_LINES + 1, err);
  for (size_t cell = 0; cell < s->r->n_cells && in.n; cell++) {
    struct fray_text text = {0};
    enum fray_status status = put_line(&in, cell, &text, err);
    const bool any = text.size > 0;
    n_left += any && *n == MOST_LINES;
    if (status == FRAY_OK && any && *n < MOST_LINES)
      (*out)[(*n)++] = text.failed ? NULL : fray_arena_strdup(s->r->arena, text.data);
    fray_text_free(&text);
    FRAY_TRY(status);
    FRAY_CHECK(*n == 0 || (*out)[*n - 1], err, MEMORY, "out of memory");
  }
  /* What is left out is counted, so that nobody takes these lines for all of them. */
  if (n_left) {
    (*out)[*n] = fray_arena_printf(s->r->arena, "and %zu more in the report", n_left);
    FRAY_CHECK((*out)[(*n)++], err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

/* NaN is null: of two seeds there is a value and no interval. Shares, not percent. */
static void put_number(struct fray_json_writer *w, const char *key, const struct fray_rep_stat *s) {
  fray_json_open(w, key, false);
  fray_json_member_real(w, "value", s->mean);
  fray_json_member_real(w, "low", s->low);
  fray_json_member_real(w, "high", s->high);
  fray_json_close(w, false);
}

/* The swept values as trials.csv has them, since labels change with titles. */
static void put_keys(struct fray_json_writer *w, const struct fray_rep_results *r, size_t cell) {
  fray_json_open(w, "keys", false);
  for (size_t k = 0; k < r->n_keys; k++)
    fray_json_member_text(w, r->key[k], r->cell[cell]->value[k]);
  fray_json_close(w, false);
}

/* By the names of influence.csv, which a title does not change. */
static void put_values(struct fray_json_writer *w, const struct fray_rep_influence *in) {
  fray_json_open(w, "updates", true);
  for (size_t cell = 0; cell < in->r->n_cells; cell++)
    for (size_t k = 0; k < in->n; k++) {
      struct fray_rep_stat taken[FRAY_REP_N_TAKEN];
      for (int i = 0; i < FRAY_REP_N_TAKEN; i++)
        taken[i] = fray_rep_influence_of(in, cell, k, (enum fray_rep_taken)i);
      fray_rep_clip(&taken[FRAY_REP_REJECTED]);
      fray_rep_clip(&taken[FRAY_REP_HALVED]);
      if (taken[FRAY_REP_REJECTED].n == 0)
        continue;
      fray_json_open(w, NULL, false);
      put_keys(w, in->r, cell);
      fray_json_member_text(w, "of", in->of[k]);
      fray_json_member_text(w, "value", in->value[k]);
      fray_json_member_count(w, "seeds", taken[FRAY_REP_REJECTED].n);
      put_number(w, "rejected", &taken[FRAY_REP_REJECTED]);
      put_number(w, "halved", &taken[FRAY_REP_HALVED]);
      put_number(w, "influence", &taken[FRAY_REP_PART]);
      fray_json_close(w, false);
    }
  fray_json_close(w, true);
}

/* As the rows of measures.csv, by whose names they go. Verdicts are words of the file, not of the
 * screen: they may be compared with, and do not change. */
static void put_excess(struct fray_json_writer *w, const struct fray_rep_influence *in,
                       const struct fray_rep_borne *v, size_t n) {
  static const char *const measure[] = {[FRAY_REP_REJECTED] = "rejected",
                                        [FRAY_REP_HALVED] = "halved",
                                        [FRAY_REP_PART] = "influence"};
  static const char *const verdict[] = {[FRAY_REP_UNKNOWN] = "unknown",
                                        [FRAY_REP_OPEN] = "open",
                                        [FRAY_REP_MORE] = "more",
                                        [FRAY_REP_LESS] = "less"};
  fray_json_open(w, "update_excesses", true);
  for (size_t i = 0; i < n; i++) {
    fray_json_open(w, NULL, false);
    put_keys(w, in->r, v[i].cell);
    fray_json_member_text(w, "measure", measure[v[i].taken]);
    fray_json_member_text(w, "of", in->of[v[i].kind]);
    fray_json_member_text(w, "value", in->value[v[i].kind]);
    fray_json_member_text(w, "minus_of", in->of[v[i].other]);
    fray_json_member_text(w, "minus_value", in->value[v[i].other]);
    fray_json_member_real(w, "excess", v[i].less.mean);
    fray_json_member_real(w, "low", v[i].less.low);
    fray_json_member_real(w, "high", v[i].less.high);
    fray_json_member_real(w, "p_holm", v[i].less.p);
    fray_json_member_text(w, "verdict", verdict[fray_rep_verdict_of(&v[i].less)]);
    fray_json_close(w, false);
  }
  fray_json_close(w, true);
}

/* All keys are there in every study with scores, so that a reader needs no case for each: without a
 * rule that looks the lists are empty. Of every metric and either model: what became of updates is
 * of neither. */
enum fray_status fray_rep_update_members(const struct fray_rep_shown *s, struct fray_json_writer *w,
                                         struct fray_err *err) {
  struct fray_rep_influence in;
  struct fray_rep_borne *borne = NULL;
  const char *words;
  size_t n = 0;
  FRAY_TRY(fray_rep_influence_read(s->r, &in, err));
  FRAY_TRY(fray_rep_update_words(&in, &words, err));
  if (in.n)
    FRAY_TRY(fray_rep_influence_borne(&in, &borne, &n, err));
  fray_json_member_text(w, "updates_words", *words ? words : NULL);
  put_values(w, &in);
  put_excess(w, &in, borne, n);
  return FRAY_OK;
}
