/* Remarks on the data: what too few test clients, missing groups and doubled content do to numbers.
 */
#include "page.h"

#include "report/quantity/quantities.h"
#include "report/words/markup.h"

#include "fray/data/few.h"
#include "fray/data/shard_leaks.h"

#include <math.h>
#include <string.h>

enum { MOST = 20 }; /* groups that a remark lists one by one */

/* Test clients behind a score of all samples: the least; NaN if not known. */
static double test_clients(const struct fray_rep_results *r) {
  double least = NAN;
  for (size_t i = 0; i < r->n_scores; i++)
    if (!r->score[i].own && r->score[i].group == FRAY_REP_ALL)
      /* Trials may be tested on different splits; the poorest one limits what the page may say. */
      least = fmin(least, r->score[i].clusters);
  return least;
}

/* One client is told apart, since there is no interval over people at all then; from a few on there
 * is one, but so wide that it says nothing. */
static void warn_few_clients(const struct fray_rep_results *r, struct fray_rep_warnings *w) {
  double n = test_clients(r);
  /* False of NaN as well: nothing is remarked of what is not known. */
  if (!(n < FRAY_ENOUGH_CLIENTS))
    return;
  fray_rep_warn_begin(w, NULL);
  fray_text_printf(&w->brief, "Only %.0f test client%s: nothing about other people", n,
                   n == 1 ? "" : "s");
  fray_text_printf(
      &w->full,
      "All scores are of %.0f test client%s. They show how these models do on %s. They cannot "
      "show how the models would do on other people, however many samples each has: %s. To speak "
      "of people takes %d test clients at least, ten or more are better: move clients from "
      "training "
      "to test, or test on each client in turn.",
      n, n == 1 ? "" : "s", n == 1 ? "that one" : "these",
      n == 1 ? "the intervals here are of other trainings, not of other people"
             : "from so few almost any mean would fit, so intervals are very wide, and where one "
               "would reach from 0 to 100&nbsp;% it is left out",
      FRAY_ENOUGH_CLIENTS);
  fray_rep_warn_end(w);
}

/* Values of one group column without a test sample. seen: (n_values) zeroed. A negative code is a
 * sample without a value in this column. */
static void warn_absent(const struct fray_rep_answers *a, const struct fray_rep_column *column,
                        bool *seen, struct fray_rep_warnings *w) {
  size_t absent = 0;
  for (size_t i = 0; i < a->n; i++)
    if (column->code[i] >= 0)
      seen[column->code[i]] = true;
  for (size_t k = 0; k < column->n_values; k++)
    absent += !seen[k];
  if (absent == 0)
    return;
  fray_rep_warn_begin(w, column->name);
  fray_text_printf(&w->brief, "%zu of %zu groups %s no test sample", absent, column->n_values,
                   absent == 1 ? "has" : "have");
  fray_text_printf(&w->full,
                   "%zu of %zu groups %s no test sample, so nothing is said of %s: ", absent,
                   column->n_values, absent == 1 ? "has" : "have", absent == 1 ? "it" : "them");
  for (size_t k = 0, listed = 0; k < column->n_values && listed < MOST; k++) {
    if (seen[k])
      continue;
    fray_text_puts(&w->full, listed++ ? ", " : "");
    fray_rep_html(&w->full, *column->value[k] ? column->value[k] : "(empty)");
  }
  fray_text_puts(&w->full, absent > MOST ? " and more." : ".");
  fray_rep_warn_end(w);
}

/* Without kept predictions nothing is known of the samples, and so nothing is remarked. */
static enum fray_status warn_absent_groups(struct fray_rep_results *r, struct fray_rep_warnings *w,
                                           struct fray_err *err) {
  const struct fray_rep_answers *a;
  /* The first trial stands for all: the columns belong to the data. */
  FRAY_TRY(fray_rep_file_answers(fray_rep_store_file(r), FRAY_REP_TEST, 0, &a, err));
  if (strcmp(a->status, "ok") == 0)
    for (size_t c = 0; c < a->n_columns; c++) {
      bool *seen;
      FRAY_ALLOC_ZERO(seen, r->arena, a->column[c].n_values + 1, err);
      warn_absent(a, &a->column[c], seen, w);
    }
  return FRAY_OK;
}

/* Counts that import put into the shards, in the order of fray_leak_names. */
static const struct {
  const char *brief, *full;
} leaks[] = {
    {"training and test share content",
     "occur in training and in test, so that the test asks for what training showed: scores are "
     "too good."},
    {"clients share content",
     "occur in two clients, so that clients are not as independent as the intervals take them to "
     "be: intervals are too narrow."},
    {"classes share content",
     "occur in two classes, so that no model can be right about both: scores are too low."},
};

/* First of all remarks on the data: no interval accounts for content that is there twice. The
 * counts are those of the shards, so they hold for every study on these data, whatever it drew from
 * them. */
static void warn_leaks(const struct fray_rep_results *r, struct fray_rep_warnings *w) {
  for (size_t i = 0; fray_leak_names[i]; i++) {
    const char *text = fray_json_text(fray_json_get(r->provenance, fray_leak_names[i]));
    double n;
    /* Written as text by import; older shards have no such counts. */
    if (!text || !fray_rep_parse_real(text, &n) || !(n > 0))
      continue;
    fray_rep_warn_begin(w, NULL);
    fray_text_puts(&w->brief, "Leak: ");
    fray_text_puts(&w->brief, leaks[i].brief);
    fray_text_puts(&w->brief, ", ");
    fray_rep_put_number(&w->brief, n);
    fray_text_puts(&w->brief, n == 1 ? " time" : " times");
    fray_rep_put_number(&w->full, n);
    fray_text_printf(&w->full, " content%s of the data (the same values under two names) %s",
                     n == 1 ? "" : "s", leaks[i].full);
    fray_rep_warn_end(w);
  }
}

/* Folds that were left apart are an axis of people: whoever reads it must know. */
static void warn_apart(const struct fray_rep_results *r, struct fray_rep_warnings *w) {
  fray_rep_warn_begin(w, r->pooling.key);
  fray_text_puts(&w->brief, "folds are not pooled: ");
  fray_rep_html(&w->brief, r->pooling.why_not);
  fray_text_puts(&w->full, "folds are not put together, since ");
  fray_rep_html(&w->full, r->pooling.why_not);
  fray_text_puts(&w->full,
                 ". Each fold tests other clients, so that its values differ by who is tested and "
                 "not by a setting: no interval here speaks of more clients than one fold has.");
  fray_rep_warn_end(w);
}

/* What the pooled scores are of, and what they lack. */
static void warn_folds(const struct fray_rep_results *r, struct fray_rep_warnings *w) {
  const struct fray_rep_pooling *p = &r->pooling;
  const bool some = p->n_planned > p->n_folds; /* false where the plan does not say */
  if (p->key && p->why_not)
    warn_apart(r, w);
  if (!r->folds || (!some && !p->lacks_people && p->n_lacking == 0))
    return;
  fray_rep_warn_begin(w, p->key);
  if (some) {
    fray_text_printf(&w->brief, "%zu of %s were run", p->n_folds, FRAY_N(p->n_planned, "fold"));
    fray_text_printf(&w->full,
                     "only %zu of %s were run, so that the clients of the others are in no score. ",
                     p->n_folds, FRAY_N(p->n_planned, "fold"));
  }
  if (p->lacks_people) {
    fray_text_puts(&w->brief, "not all folds were run");
    fray_text_puts(&w->full, "not all folds were run: there are clients who train and whom no fold "
                             "tests, so that no score speaks of them. ");
  }
  if (p->n_lacking) {
    fray_text_printf(&w->brief, "%s%zu of %s lack a fold and are left out",
                     some || p->lacks_people ? "; " : "", p->n_lacking,
                     FRAY_N(p->n_lacking + p->n_pooled, "training"));
    fray_text_printf(&w->full,
                     "%zu of %s by cell and seed lack a fold and are in no number: their scores "
                     "would be of other clients than those that they are compared with. "
                     "<code>fray run --resume</code> trains what is missing.",
                     p->n_lacking, FRAY_N(p->n_lacking + p->n_pooled, "training"));
  }
  fray_rep_warn_end(w);
}

/* What spoils the numbers comes before what they cannot speak of. Nothing is remarked of old
 * folders, which lack the counts and the predictions that all of this is read from. */
enum fray_status fray_rep_warn_data(struct fray_rep_results *r, struct fray_rep_warnings *w,
                                    struct fray_err *err) {
  warn_leaks(r, w);
  warn_folds(r, w);
  warn_few_clients(r, w);
  return warn_absent_groups(r, w, err);
}
