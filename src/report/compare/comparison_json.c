/* A comparison as JSON, for scripts: what the table shows, in full precision. The keys are
 * described in docs/results-format.md, and stay. */
#include "comparison.h"

#include "report/measure/catalogue.h"

#include "fray/base/version.h"
#include "fray/json/json.h"

enum { OBJECT = false, ARRAY = true };

/* Words of the file, which may be compared with, and do not change. */
static const char *outcome_key(enum fray_rep_outcome outcome) {
  static const char *const key[] = {[FRAY_REP_UNRESOLVED] = "unresolved",
                                    [FRAY_REP_BETTER] = "better",
                                    [FRAY_REP_WORSE] = "worse",
                                    [FRAY_REP_EQUAL] = "equal"};
  return key[outcome];
}

/* The names of compare.csv, so that a row is found in both. An undefined number is null. */
static void put_line(struct fray_json_writer *w, const struct fray_rep_comparison *c,
                     const struct fray_rep_line *line) {
  fray_json_open(w, NULL, OBJECT);
  fray_json_member_text(w, "cell", c->match[line->match].name);
  fray_json_member_text(w, "condition", line->condition);
  fray_json_member_real(w, "severity", line->severity);
  fray_json_member_real(w, "a", line->value[FRAY_REP_A]);
  fray_json_member_real(w, "b", line->value[FRAY_REP_B]);
  fray_json_member_real(w, "value", line->difference.value);
  fray_json_member_real(w, "low", line->interval.low);
  fray_json_member_real(w, "high", line->interval.high);
  fray_json_member_text(w, "interval", fray_rep_interval_key(line->interval.kind));
  fray_json_member_real(w, "p", line->p);
  fray_json_member_real(w, "p_holm", line->p_holm);
  /* A word rather than a sign: which way is better depends on the metric. */
  fray_json_member_text(w, "outcome", outcome_key(fray_rep_line_outcome(c, line)));
  fray_json_member_bool(w, "at_chance", line->at_chance);
  fray_json_member_count(w, "seeds", line->difference.n_seeds);
  fray_json_member_count(w, "clusters", line->difference.n_clusters);
  fray_json_member_text(w, "status", line->status);
  fray_json_close(w, OBJECT);
}

/* Sentences and names as they were made; the writer escapes what a scenario put into them. An
 * empty list is written, so that a script need not ask whether the key is there. */
static void put_texts(struct fray_json_writer *w, const char *key,
                      const struct fray_rep_names *names) {
  fray_json_open(w, key, ARRAY);
  for (size_t i = 0; i < names->n; i++)
    fray_json_member_text(w, NULL, names->v[i]);
  fray_json_close(w, ARRAY);
}

/* Counts first: a script that gates asks for `worse` alone. Groups are in compare.csv. */
void fray_rep_comparison_json(const struct fray_rep_comparison *c, struct fray_text *out) {
  struct fray_json_writer w = {.text = out};
  const struct fray_rep_tally t = fray_rep_tally_lines(c);
  fray_json_open(&w, NULL, OBJECT);
  fray_json_member_text(&w, "fray", fray_version);
  fray_json_member_text(&w, "a", c->r[FRAY_REP_A].folder);
  fray_json_member_text(&w, "b", c->r[FRAY_REP_B].folder);
  fray_json_member_text(&w, "metric", c->metric_name);
  fray_json_member_bool(&w, "higher_is_better", c->higher_is_better);
  fray_json_member_count(&w, "worse", t.worse);
  fray_json_member_count(&w, "better", t.better);
  fray_json_member_count(&w, "unresolved", t.tested - t.worse - t.better);
  fray_json_member_count(&w, "equal", t.equal);
  fray_json_open(&w, "lines", ARRAY);
  for (size_t i = 0; i < c->n_lines; i++)
    put_line(&w, c, &c->line[i]);
  fray_json_close(&w, ARRAY);
  put_texts(&w, "only_a", &c->alone[FRAY_REP_A]);
  put_texts(&w, "only_b", &c->alone[FRAY_REP_B]);
  put_texts(&w, "remarks", &c->remarks);
  fray_json_close(&w, OBJECT);
}
