/* What page, pictures and numbers make of hostile names, of a missing gnuplot and of several
 * folders. */
#include "folder.h"

#include "report/plot/figure.h"
#include "report/quantity/read_study.h"
#include "report/words/markup.h"

#include "fray/report/report.h"

#include <ctype.h>
#include <math.h>
#include <unistd.h>

/* Nasty in HTML, in SVG, in a gnuplot string, in a shell and in a CSV file, all at once. */
#define HOSTILE_CSV                                                                                \
  "\"<script>alert('1')</script>\"\"`touch pwned`\n@x'; system(\"\"touch pwned\"\") #&\""

/* gnuplot loses count of quotes that follow each other. */
#define QUOTES "''''; system('touch pwned') # \\"

static void near(double a, double b) {
  if (!(fabs(a - b) < 1e-6))
    fail_msg("%.9g is not %.9g", a, b);
}

static void make_report(const char *folder) {
  struct fray_err err = {0};
  if (fray_report(&folder, 1, NULL, &err) != FRAY_OK)
    fail_msg("%s", err.text);
}

static void has(const struct fray_text *text, const char *part) {
  if (!strstr(text->data, part))
    fail_msg("the page lacks: %s", part);
}

/* The script without what stands in quotes, single or double; fails on an open quote. */
static void strip_strings(char *script) {
  char *w = script;
  for (const char *p = script; *p; p++) {
    if (*p != '\'' && *p != '"') {
      *w++ = *p;
      continue;
    }
    const char *end = strchr(p + 1, *p);
    assert_non_null(end);
    for (const char *q = p; q < end; q++)
      assert_true(*q != '\n');
    p = end;
  }
  *w = '\0';
}

static void check_script(const char *folder, const char *name) {
  struct fray_text script = slurp(path_in(folder, name));
  assert_null(strchr(script.data, '`'));
  assert_null(strchr(script.data, '@'));
  strip_strings(script.data);
  assert_null(strstr(script.data, "system"));
  assert_null(strstr(script.data, "touch"));
  assert_null(strstr(script.data, "alert"));
  fray_text_free(&script);
}

/* Whose updates counted: groups are named by whoever made the data. */
static void put_strange_updates(const char *folder) {
  static const char rows[] =
      "trial,of,value,clients,updates,rejected,halved,influence\n"
      "00000000000000a0,clients,honest,4,9,0.5,0.5,1\n"
      "00000000000000a0,\"acc'<b>\",\"<img src=x onerror=`x`>\",2,4,1,1,0\n"
      "00000000000000a0,\"acc'<b>\",\"@'\"\"; system('touch pwned')\",2,5,0.1,0.1,2\n";
  put_file(path_in(folder, "influence.csv"), rows, strlen(rows));
}

static void hostile_names_stay_text(void **state) {
  const char *folder = *state;
  edit(folder, "trials.csv", ",mom,", "," HOSTILE_CSV ",", true);
  edit(folder, "scores.csv", ",accent=south,", ",\"acc'<b>=<img src=x onerror=`x`>\",", true);
  edit(folder, "scores.csv", ",dark,", ",\"dark'\"\"><svg onload=x>\",", true);
  edit(folder, "scores.csv", ",accuracy,", ",<i>'`acc`,", true);
  put_strange_updates(folder);
  make_report(folder);
  struct fray_text page = slurp(path_in(folder, "report.html"));
  has(&page, "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;`touch pwned`");
  char *script = strstr(page.data, "<script"); /* the page's own, behind everything from data */
  assert_non_null(script);
  assert_null(strstr(script + 1, "<script"));
  *script = '\0';
  assert_null(strstr(page.data, "<img"));
  assert_null(strstr(page.data, "<svg onload"));
  assert_null(strstr(page.data, "<i>"));
  fray_text_free(&page);
  check_script(folder, "figures/curve1-lost-rate.gp");
  check_script(folder, "figures/curve2-dark-svg-onload-x.gp");
  check_script(folder, "figures/groups2-lost-rate-by-acc-b.gp");
  check_script(folder, "figures/attacks1-whose.gp");
  assert_false(fray_file_exists(path_in(folder, "figures/pwned")));
  assert_false(fray_file_exists("pwned"));
}

static void hostile_names_still_draw(void **state) {
  const char *folder = *state;
  if (access("/usr/bin/gnuplot", X_OK) != 0)
    skip();
  edit(folder, "trials.csv", ",mom,", "," HOSTILE_CSV ",", true);
  edit(folder, "trials.csv", ",avg,", "," QUOTES ",", true);
  edit(folder, "scores.csv", ",dark,", "," QUOTES ",", true);
  edit(folder, "scores.csv", ",accent=", "," QUOTES "=" QUOTES, true);
  edit(folder, "scores.csv", ",accuracy,", "," QUOTES ",", true);
  make_report(folder);
  assert_false(fray_file_exists(path_in(folder, "figures/pwned")));
  struct fray_text svg = slurp(path_in(folder, "figures/curve1-lost-rate.svg"));
  has(&svg, "system(");    /* the metric and a method, as text */
  has(&svg, "&lt;script"); /* gnuplot's own escaping: the name was drawn as text */
  assert_null(strstr(svg.data, "<script>alert"));
  fray_text_free(&svg);
  uint64_t size = 0;
  assert_int_equal(fray_file_size(path_in(folder, "figures/curve1-lost-rate.png"), &size, NULL),
                   FRAY_OK);
  assert_true(size > 1000);
}

static void pictures_are_well_formed(void **state) {
  const char *folder = *state;
  edit(folder, "trials.csv", ",mom,", "," HOSTILE_CSV ",", true);
  make_report(folder);
  char command[1400];
  int n = snprintf(command, sizeof command,
                   "python3 -c \"import sys,re,xml.etree.ElementTree as E\n"
                   "s=open('%s/report.html',encoding='utf-8').read()\n"
                   "p=re.findall(r'<svg xmlns.*?</svg>',s,re.S)\n"
                   "assert len(p)>=6 and len(p)==s.count('<svg xmlns'),len(p)\n"
                   "ids=re.findall(r' id=.([^ >]*).[ >]',s)\n"
                   "assert len(ids)==len(set(ids)),'ids'\n"
                   "for x in p:\n"
                   " r=E.fromstring(x)\n"
                   " assert [c.tag.split('}')[1] for c in r][:2]==['title','desc']\n\"",
                   folder);
  assert_true(n > 0 && (size_t)n < sizeof command);
  if (system("command -v python3 > /dev/null") != 0)
    skip();
  assert_int_equal(system(command), 0);
}

static void figure_data_can_be_read_again(void **state) {
  const char *folder = *state;
  make_report(folder);
  struct fray_arena arena = {0};
  struct fray_rep_csv csv;
  struct fray_err err = {0};
  double low;
  assert_int_equal(
      fray_rep_csv_read(path_in(folder, "figures/curve1-lost-rate.csv"), &arena, &csv, &err),
      FRAY_OK);
  assert_int_equal(csv.n_rows, 6); /* 2 x 2 means and 2 chance values */
  assert_string_equal(fray_rep_csv_at(&csv, 1, 1), "avg");
  size_t column = fray_rep_csv_find(&csv, "low");
  assert_int_equal(fray_rep_csv_real(&csv, 1, column, &low, &err), FRAY_OK);
  near(low, 62 - 6.5724106);
  fray_rep_csv_free(&csv);
  fray_arena_free(&arena);
}

static void missing_gnuplot_is_no_error(void **state) {
  const char *folder = *state;
  char *path = strdup(getenv("PATH") ? getenv("PATH") : "");
  setenv("PATH", "/nonexistent", 1);
  make_report(folder);
  setenv("PATH", path, 1);
  free(path);
  assert_true(fray_file_exists(path_in(folder, "report.html")));
  assert_true(fray_file_exists(path_in(folder, "figures/curve1-lost-rate.csv")));
  assert_false(fray_file_exists(path_in(folder, "figures/curve1-lost-rate.png")));
}

/* The page of the fixture and the study of a folder, which is in FOLDER/both. */
static struct fray_text page_of_two(const char *folder) {
  const char *const folders[] = {FIXTURE, folder};
  char out[600];
  struct fray_err err = {0};
  snprintf(out, sizeof out, "%s/both", folder);
  edit(folder, "scenario.yaml", "fixture-lost", "second-study", false);
  if (fray_report(folders, 2, out, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return slurp(path_in(out, "report.html"));
}

static void folders_become_sections(void **state) {
  const char *folder = *state;
  struct fray_text page = page_of_two(folder);
  has(&page, "<h1>2 studies</h1>");
  has(&page, " class=\"level0\">fixture-lost</h2>");
  has(&page, " class=\"level0\">second-study</h2>");
  has(&page, " class=\"level1\">The answer in full</h3>");
  fray_text_free(&page);
  assert_true(fray_file_exists(path_in(folder, "both/figures/r2-curve1-lost-rate.csv")));
  assert_false(fray_file_exists(path_in(FIXTURE, "report.html")));
}

/* What the caption of joined curves says holds of all of them: an interval of the second study that
 * any score would fit, and intervals that rest on other seeds than those of the first. */
static void joined_curves_say_what_holds_of_each(void **state) {
  const char *folder = *state;
  edit(folder, "scores.csv", "a3,best,trial,,,unseen_clients,all,400,12,accuracy,0.6,",
       "a3,best,trial,,,unseen_clients,all,400,12,accuracy,0,", false);
  edit(folder, "scores.csv", "a5,best,trial,,,unseen_clients,all,400,12,accuracy,0.6",
       "a5,best,trial,,,unseen_clients,all,400,12,accuracy,0.9", false);
  edit(folder, "scores.csv", "a9,best,trial,,,unseen_clients,all,400,12,accuracy,0.7,",
       "a9,best,trial,,,unseen_clients,all,400,12,accuracy,,", false);
  struct fray_text page = page_of_two(folder);
  char *figure = strstr(page.data, "data-name=\"across1\"");
  char *caption = figure ? strstr(figure, "<figcaption>") : NULL;
  assert_non_null(caption);
  *strstr(caption, "</figcaption>") = '\0';
  assert_non_null(strstr(caption, "none is drawn: any score would fit"));
  assert_non_null(strstr(caption, "What the intervals rest on differs: see the curves of each"));
  fray_text_free(&page);
}

/* In one panel one chance line is drawn, so it must be that of all. */
static void joined_curves_share_their_chance_or_have_none(void **state) {
  const char *folder = *state;
  const char *const folders[] = {FIXTURE, folder};
  char out[600];
  struct fray_err err = {0};
  snprintf(out, sizeof out, "%s/both", folder);
  for (int own = 0; own < 2; own++) {
    if (own)
      edit(folder, "scores.csv", ",0.25\n", ",0.5\n", true);
    if (fray_report(folders, 2, out, &err) != FRAY_OK)
      fail_msg("%s", err.text);
    struct fray_text page = slurp(path_in(out, "report.html"));
    char *figure = strstr(page.data, "data-name=\"across1\"");
    assert_non_null(figure);
    *strstr(figure, "</figcaption>") = '\0';
    assert_int_equal(strstr(figure, "class=\"chance\"") != NULL, !own);
    assert_int_equal(strstr(figure, "What is chance differs") != NULL, own);
    fray_text_free(&page);
  }
}

static void escapes_every_byte(void **state) {
  (void)state;
  struct fray_text out = {0};
  fray_rep_html(&out, "<&>\"'\x01\xff\u00e9");
  assert_string_equal(out.data, "&lt;&amp;&gt;&quot;&#39;\ufffd\ufffd\u00e9");
  fray_text_free(&out);
  fray_rep_html(&out, "\u202a\u202ea\u2066\u2069\u2029\u202f\u2065\u206a\u05d0\u200f");
  assert_string_equal(out.data, "\ufffd\ufffda\ufffd\ufffd\u2029\u202f\u2065\u206a\u05d0\u200f");
  fray_text_free(&out);
  fray_rep_put_score(&out, -0.0314159, true);
  assert_string_equal(out.data, "\u22123.1");
  fray_text_free(&out);
  fray_rep_put_score(&out, -0.0001, true);
  assert_string_equal(out.data, "0.0");
  fray_text_free(&out);
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      OWN(hostile_names_stay_text),
      OWN(hostile_names_still_draw),
      OWN(pictures_are_well_formed),
      OWN(figure_data_can_be_read_again),
      OWN(missing_gnuplot_is_no_error),
      OWN(folders_become_sections),
      OWN(joined_curves_say_what_holds_of_each),
      OWN(joined_curves_share_their_chance_or_have_none),
      cmocka_unit_test(escapes_every_byte),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
