/* What a report claims of studies in which nothing has an effect (null_study.h): at most what its
 * level allows. `test_report_null N` draws N studies of each design, `test_report_null N usual` of
 * one, and prints the rates of docs/measures.md. */
#include "null_study.h"
#include "scratch.h"

#include "report/compare/comparison.h"
#include "report/figure/figures.h"
#include "report/page/page.h"
#include "report/quantity/read_study.h"

#include "fray/base/size.h"

#include <regex.h>

/* Families of claims, each held to 5 %; ANY: a page that claims anything at all. */
enum claim {
  LOSSES,
  FIRST,
  ORDER,
  HALF,
  WHOM,
  LEVELS,
  DROPS,
  BETTER,
  WORST,
  COMPARE,
  AHEAD,
  ANY,
  CLAIMS
};

static const char *const claim_name[CLAIMS] = {"a series loses or gains, of one damage",
                                               "a damage costs something",
                                               "an order of damages",
                                               "half is gone",
                                               "a group loses more",
                                               "a score is higher at the end, of one damage",
                                               "a loss is less, of one damage",
                                               "a series copes better, of one damage",
                                               "a worst group",
                                               "fray compare",
                                               "a method is ahead under the first damage",
                                               "anything on the page"};

static int studies = 8;

struct tally {
  size_t n[CLAIMS], of[CLAIMS];
};

static void count(struct tally *t, enum claim claim, bool claimed) {
  t->of[claim]++;
  t->n[claim] += claimed;
}

/* Text without its tags. */
static struct fray_text plain(const struct fray_text *html) {
  struct fray_text out = {0};
  bool tag = false;
  for (size_t i = 0; i < html->size; i++) {
    tag = tag || html->data[i] == '<';
    if (!tag)
      fray_text_add(&out, &html->data[i], 1);
    if (html->data[i] == '>')
      tag = false;
  }
  fray_text_puts(&out, "");
  return out;
}

static bool says(const struct fray_text *text, const char *pattern) {
  regex_t regex;
  assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
  bool found = text->size && regexec(&regex, text->data, 0, NULL, 0) == 0;
  regfree(&regex);
  return found;
}

#define NUMBER "[0-9]+[.][0-9]( points)?"

/* Every way in which findings and summary claim something. */
/* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): NUMBER is a part of some */
static const char *const sentence[] = {" costs (most|" NUMBER ")",
                                       " (loses|gains) " NUMBER,
                                       " ends " NUMBER " (higher|lower)",
                                       " ends ahead",
                                       " loses less, but",
                                       "copes better(:| [(]ends)",
                                       "More than half of what lay",
                                       ", most for ",
                                       " less is resolved",
                                       "more than all test samples",
                                       "Worst under damage",
                                       " starts (ahead|behind)",
                                       "[^0-9][1-9][0-9]* (loses|lose|gains|gain) ?(and|[(])",
                                       "comparisons? of series, [1-9]",
                                       "all else equal, [1-9]"};

static bool claims_anything(const struct fray_text *text) {
  for (size_t i = 0; i < FRAY_COUNT(sentence); i++)
    if (says(text, sentence[i]))
      return true;
  return false;
}

static void good(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

/* The table of losses, then that of pairs. */
static bool read_axis(struct fray_rep_results *r, const struct fray_rep_axis *axis,
                      struct tally *t) {
  struct fray_err err = {0};
  struct fray_text text = {0}, pairs = {0};
  good(fray_rep_axis_tables(r, axis, &text, &err), &err);
  char *at = strstr(text.data, "Paired differences");
  if (at) {
    fray_text_puts(&pairs, at);
    *at = '\0';
    text.size = strlen(text.data);
  }
  bool losses = says(&text, "words\">(loss|gain)<"), both = says(&pairs, "words\">both<");
  bool level = both || says(&pairs, "words\">score<"), drop = both || says(&pairs, "words\">loss<");
  count(t, LOSSES, losses);
  count(t, LEVELS, level);
  count(t, DROPS, drop);
  fray_text_free(&text);
  fray_text_free(&pairs);
  return losses || level || drop;
}

static bool read_figures(struct fray_rep_results *r, struct tally *t) {
  struct fray_err err = {0};
  struct fray_rep_figures figures = {0};
  bool worst = false;
  good(fray_rep_make_figures(r, 0, &figures, &err), &err);
  for (size_t i = 0; i < figures.n; i++)
    worst = worst || strstr(figures.v[i].caption, "Worst under damage");
  count(t, WORST, worst);
  return worst;
}

/* What all parts of a page say of one folder; they must agree on whether anything is claimed. */
static void read_page(const char *folder, bool draws_figures, struct tally *t) {
  struct fray_arena arena = {0};
  struct fray_rep_results r;
  struct fray_rep_axis *axes;
  struct fray_err err = {0};
  struct fray_text html = {0}, list = {0};
  struct fray_rep_answer answer;
  size_t n;
  bool in_tables = false;
  good(fray_rep_study_read(folder, NULL, &arena, &r, &err), &err);
  good(fray_rep_axes(&r, &axes, &n, &err), &err);
  assert_int_equal(n, 2);
  good(fray_rep_answer_along(&r, axes, n, &answer, &err), &err);
  fray_rep_findings(&answer, &html);
  struct fray_text first = plain(&html);
  count(t, FIRST, says(&first, " costs (most|" NUMBER ")"));
  count(t, ORDER, says(&first, " costs most| less is resolved|, most for "));
  count(t, HALF, says(&first, "More than half"));
  count(t, AHEAD, answer.n_panels_ahead > 0);
  count(t, WHOM, says(&first, "more than all test samples"));
  good(fray_rep_summary(&r, axes, n, &list, &err), &err);
  struct fray_text second = plain(&list);
  count(t, BETTER, says(&second, "copes better(:| [(]ends)"));
  for (size_t i = 0; i < n; i++)
    in_tables |= read_axis(&r, &axes[i], t);
  bool in_words = claims_anything(&second), worst = draws_figures && read_figures(&r, t);
  if (in_words != in_tables)
    fail_msg("tables and sentences disagree: %s", second.data);
  count(t, ANY, in_tables || worst || answer.n_panels_ahead || claims_anything(&first));
  fray_text_free(&first);
  fray_text_free(&second);
  fray_text_free(&html);
  fray_text_free(&list);
  fray_rep_study_free(&r);
  fray_arena_free(&arena);
}

static void read_comparison(const char *a, const char *b, struct tally *t) {
  struct fray_text printed = {0};
  struct fray_err err = {0};
  struct fray_compared found = {0};
  const char *out = path_in(a, "compared");
  struct fray_compare_options o = {.a = a, .b = b, .out = out};
  good(fray_compare(&o, &printed, &found, &err), &err);
  bool resolved = says(&printed, "(better|worse), p ");
  assert_true(resolved == says(&printed, "resolved[ \n]+[(]B[ \n]+better[ \n]+in"));
  assert_true(found.n_tested > 0 && (found.n_worse > 0) == says(&printed, "worse, p "));
  count(t, COMPARE, resolved);
  free(found.folder);
  fray_text_free(&printed);
}

static char *make_temp(void) {
  char *folder = strdup(scratch((char[SCRATCH]){0}, "fray-null-XXXXXX"));
  assert_non_null(folder);
  assert_non_null(mkdtemp(folder));
  return folder;
}

static void drop_temp(char *folder) {
  struct fray_err err = {0};
  good(fray_remove_tree(folder, &err), &err);
  free(folder);
}

static struct tally read_studies(const struct null_design *d) {
  struct tally t = {0};
  for (int i = 0; i < studies; i++) {
    char *folder = make_temp(), *other = make_temp();
    null_put(d, 2 * (uint64_t)i + 1, folder);
    read_page(folder, studies > 8 || i == 0, &t);
    if (i % 4 == 0) {
      null_put(d, 2 * (uint64_t)i + 2, other);
      read_comparison(folder, other, &t);
    }
    drop_temp(folder);
    drop_temp(other);
  }
  printf("%s:\n", d->name);
  for (size_t c = 0; c < CLAIMS; c++)
    printf("  %-45s %zu of %zu (%.1f %%)\n", claim_name[c], t.n[c], t.of[c],
           100 * (double)t.n[c] / (double)t.of[c]);
  return t;
}

/* At most as many as 5 % would give in all but one of a thousand runs; the draws are fixed, so this
 * is no matter of luck. */
static void holds_level(const struct tally *t) {
  for (size_t c = 0; c < ANY; c++) {
    double n = (double)t->of[c], most = 0.05 * n + 3.1 * sqrt(0.05 * 0.95 * n) + 1;
    if ((double)t->n[c] > most)
      fail_msg("%s: %zu of %zu", claim_name[c], t->n[c], t->of[c]);
  }
}

static void claims_nothing(const struct tally *t) {
  for (size_t c = 0; c < CLAIMS; c++)
    if (t->n[c])
      fail_msg("%s: %zu of %zu", claim_name[c], t->n[c], t->of[c]);
}

static void usual(void **state) {
  (void)state;
  static const struct null_design d = {
      "3 seeds, 12 people, 2 methods", 2, 3, 12, 20, 0.7, .02, .06, .03, 0};
  struct tally t = read_studies(&d);
  holds_level(&t);
}

static void many_methods(void **state) {
  (void)state;
  static const struct null_design d = {
      "5 seeds, 20 people, 4 methods", 4, 5, 20, 15, 0.7, .02, .06, .03, 0};
  struct tally t = read_studies(&d);
  holds_level(&t);
}

static void tiny(void **state) {
  (void)state;
  static const struct null_design d = {
      "3 seeds, 3 people with 4 samples, 2 methods", 2, 3, 3, 4, 0.7, .02, .06, .03, 0};
  struct tally t = read_studies(&d);
  holds_level(&t);
}

static void two_seeds(void **state) {
  (void)state;
  static const struct null_design d = {
      "2 seeds, 12 people, 2 methods", 2, 2, 12, 20, 0.7, .02, .06, .03, 0};
  struct tally t = read_studies(&d);
  holds_level(&t);
}

/* Whatever one training shows may be its luck. */
static void one_seed(void **state) {
  (void)state;
  static const struct null_design d = {
      "1 seed, 12 people, 2 methods", 2, 1, 12, 20, 0.7, .02, .06, .03, 0};
  struct tally t = read_studies(&d);
  claims_nothing(&t);
}

/* Where nothing was learnt nothing can be lost. */
static void no_signal(void **state) {
  (void)state;
  static const struct null_design d = {
      "at chance: 3 seeds, 12 people, 2 methods", 2, 3, 12, 20, 0.25, 0, 0, .005, 0};
  struct tally t = read_studies(&d);
  holds_level(&t);
  assert_int_equal(t.n[BETTER] + t.n[FIRST] + t.n[ORDER], 0);
}

/* What is there is still found: a group that is 40 points behind. */
static void finds_a_worst_group(void **state) {
  (void)state;
  static const struct null_design d = {.name = "",
                                       .methods = 1,
                                       .seeds = 3,
                                       .clients = 20,
                                       .each = 20,
                                       .right = 0.8,
                                       .seed = .01,
                                       .client = .04,
                                       .luck = .02,
                                       .apart = 0.4};
  struct fray_arena arena = {0};
  struct fray_rep_results r;
  struct fray_rep_figures figures = {0};
  struct fray_err err = {0};
  bool found = false;
  char *folder = make_temp();
  null_put(&d, 1, folder);
  good(fray_rep_study_read(folder, NULL, &arena, &r, &err), &err);
  good(fray_rep_make_figures(&r, 0, &figures, &err), &err);
  for (size_t i = 0; i < figures.n; i++)
    found = found || strstr(figures.v[i].caption,
                            " Worst under damage, told apart from each other group: b.");
  assert_true(found);
  fray_rep_study_free(&r);
  fray_arena_free(&arena);
  drop_temp(folder);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(usual),
                                     cmocka_unit_test(many_methods),
                                     cmocka_unit_test(tiny),
                                     cmocka_unit_test(two_seeds),
                                     cmocka_unit_test(one_seed),
                                     cmocka_unit_test(no_signal),
                                     cmocka_unit_test(finds_a_worst_group)};
  if (argc > 1)
    studies = atoi(argv[1]);
  if (argc > 2)
    cmocka_set_test_filter(argv[2]);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
