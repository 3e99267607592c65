/* The table model as HTML, CSV and LaTeX; expected texts were written by hand. */
#include "folder.h"

#include "report/table/table_model.h"

#include <math.h>

static const struct fray_rep_table_column columns[] = {
    {.key = "series", .name = "series", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
    {.key = "score",
     .name = "score",
     .unit = "%",
     .kind = FRAY_REP_COLUMN_NUMBER,
     .interval = true,
     .scale = 100,
     .decimals = 1},
    {.key = "rauc",
     .name = "RAUC",
     .unit = "",
     .kind = FRAY_REP_COLUMN_NUMBER,
     .interval = true,
     .decimals = 3},
    {.key = "nothing", .name = "nothing", .unit = "", .kind = FRAY_REP_COLUMN_NUMBER},
    {.key = "p", .name = "p", .unit = "", .kind = FRAY_REP_COLUMN_P, .decimals = 3},
};

/* Two rows: a hostile name with symmetric and skew intervals, and one whose RAUC is undefined. */
static struct fray_rep_table make(struct fray_arena *arena) {
  struct fray_rep_table t = {.name = "t",
                             .caption = "Scores & 95 % intervals",
                             .column = columns,
                             .n_columns = 5,
                             .arena = arena};
  struct fray_rep_cell *c;
  struct fray_err err = {0};
  assert_int_equal(fray_rep_table_row(&t, &c, &err), FRAY_OK);
  c[0].text = "a_b\\<i>{$5%}#~^&\"'`--";
  c[1].value = 0.712, c[1].low = 0.65, c[1].high = 0.774;
  c[2].value = 0.5, c[2].low = 0.25, c[2].high = 0.5625;
  c[4].value = 0.00001;
  assert_int_equal(fray_rep_table_row(&t, &c, &err), FRAY_OK);
  c[0].text = "naïve, plain";
  c[1].value = -0.0001, c[1].low = -0.1001, c[1].high = 0.0999, c[1].status = "seeds only";
  c[2].status = "at chance when clean";
  c[4].value = 1;
  return t;
}

static void latex(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_text out = {0};
  struct fray_err err = {0};
  struct fray_rep_table t = make(&arena);
  assert_int_equal(fray_rep_table_latex(&t, &out, &err), FRAY_OK);
  assert_string_equal(
      out.data,
      "% \\usepackage[T1]{fontenc} \\usepackage{textcomp,booktabs,graphicx}\n"
      "% Names beyond Latin letters need LuaLaTeX or XeLaTeX.\n"
      "\\begin{table}\n"
      "\\centering\n"
      "\\caption{Scores \\& 95 \\% intervals}\n"
      "\\label{tab:t}\n"
      "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n"
      "\\begin{tabular}{@{}lr@{ }lr@{ }lr@{}}\n"
      "\\toprule\n"
      "series & \\multicolumn{2}{c}{score, \\%} & \\multicolumn{2}{c}{RAUC} & p \\\\\n"
      "\\midrule\n"
      "a\\_b\\textbackslash{}\\textless{}i\\textgreater{}\\{\\$5\\%\\}\\#\\textasciitilde{}"
      "\\textasciicircum{}\\&\\textquotedbl{}\\textquotesingle{}\\textasciigrave{}-{}-{} & "
      "71.2 & $\\pm$ 6.2 & 0.500 & {[}0.250, 0.562{]} & $<0.001$ \\\\\n"
      "naïve, plain & 0.0 & $\\pm$ 10.0\\textsuperscript{a} & -- & \\textsuperscript{b} & 1.000 "
      "\\\\\n"
      "\\bottomrule\n"
      "\\end{tabular}}\n"
      "\n"
      "\\smallskip\n"
      "{\\footnotesize \\textsuperscript{a} seeds only; \\textsuperscript{b} at chance when "
      "clean.}\n"
      "\\end{table}\n");
  fray_text_free(&out);
  fray_arena_free(&arena);
}

static void csv(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_text out = {0};
  struct fray_rep_table t = make(&arena);
  fray_rep_table_csv(&t, &out);
  assert_string_equal(out.data, "series,measure,unit,value,low,high,status\n"
                                "\"a_b\\<i>{$5%}#~^&\"\"'`--\",score,%,71.2,65,77.4,ok\n"
                                "\"a_b\\<i>{$5%}#~^&\"\"'`--\",rauc,,0.5,0.25,0.5625,ok\n"
                                "\"a_b\\<i>{$5%}#~^&\"\"'`--\",p,,1e-05,,,ok\n"
                                "\"naïve, plain\",score,%,-0.01,-10.01,9.99,seeds only\n"
                                "\"naïve, plain\",rauc,,,,,at chance when clean\n"
                                "\"naïve, plain\",p,,1,,,ok\n");
  fray_text_free(&out);
  fray_arena_free(&arena);
}

static void html(void **state) {
  (void)state;
  struct fray_arena arena = {0};
  struct fray_text out = {0};
  struct fray_err err = {0};
  struct fray_rep_table t = make(&arena);
  assert_int_equal(fray_rep_table_html(&t, &out, &err), FRAY_OK);
  assert_string_equal(
      out.data,
      "<div class=\"scroll\" tabindex=\"0\"><table class=\"sortable\"><caption>Scores &amp; 95 % "
      "intervals</caption>\n"
      "<thead><tr><th scope=\"col\" class=\"words\">series</th><th scope=\"col\">score,&nbsp;%</th>"
      "<th scope=\"col\">RAUC</th><th scope=\"col\">p</th></tr></thead><tbody>\n"
      "<tr><th scope=\"row\" data-value=\"a_b\\&lt;i&gt;{$5%}#~^&amp;&quot;&#39;`--\">"
      "a_b\\&lt;i&gt;{$5%}#~^&amp;&quot;&#39;`--</th>"
      "<td data-value=\"0.712\">71.2 <span class=\"range\">65.0 to 77.4</span></td>"
      "<td data-value=\"0.5\">0.500 <span class=\"range\">0.250 to 0.562</span></td>"
      "<td data-value=\"1e-05\">&lt;0.001</td></tr>\n"
      "<tr><th scope=\"row\" data-value=\"naïve, plain\">naïve, plain</th>"
      "<td data-value=\"-0.0001\">0.0 <span class=\"range\">\u221210.0 to 10.0</span>"
      "<sup title=\"seeds only\">a</sup></td>"
      "<td data-value=\"\">\u2013<sup title=\"at chance when clean\">b</sup></td>"
      "<td data-value=\"1\">1.000</td></tr>\n"
      "</tbody></table></div>\n"
      "<p class=\"sub\"><small><sup>a</sup>&nbsp;seeds only; <sup>b</sup>&nbsp;at chance when "
      "clean.</small></p>\n");
  fray_text_free(&out);
  fray_arena_free(&arena);
}

/* Whatever a name holds, no character of LaTeX's syntax is left in it. */
static void every_byte(void **state) {
  (void)state;
  for (int c = 1; c < 128; c++) {
    struct fray_text out = {0};
    char text[2] = {(char)c, '\0'};
    fray_rep_latex(&out, text);
    assert_true(out.size > 0);
    if (strchr("{}$&#_%", c)) {
      assert_int_equal(out.size, 2);
      assert_int_equal(out.data[0], '\\');
    } else if (strchr("\\~^<>|`\"'", c)) {
      assert_true(strncmp(out.data, "\\text", 5) == 0 && strstr(out.data, "{}"));
    } else {
      assert_null(strpbrk(out.data, "\\$&#_%~^<>|`\"'\n\t\x7f"));
    }
    fray_text_free(&out);
  }
  struct fray_text out = {0};
  fray_rep_latex(&out, "\xff\xc3*");
  assert_string_equal(out.data, "?"
                                "?*");
  fray_text_free(&out);
  /* NOLINTNEXTLINE(misc-misleading-bidirectional): what is given is meant to mislead */
  fray_rep_latex(&out, "a\u202eb\u2066c\u0645");
  assert_string_equal(out.data, "a?b?c\u0645");
  fray_text_free(&out);
}

static void files(void **state) {
  struct fray_arena arena = {0};
  struct fray_err err = {0};
  struct fray_rep_table t = make(&arena);
  char *folder = strdup(path_in(*state, "tables"));
  assert_non_null(folder);
  assert_int_equal(fray_rep_table_write(&t, folder, &err), FRAY_OK);
  struct fray_text csv_text = slurp(path_in(folder, "t.csv")),
                   tex = slurp(path_in(folder, "t.tex"));
  assert_non_null(strstr(csv_text.data, "series,measure,unit"));
  assert_non_null(strstr(tex.data, "\\toprule"));
  fray_text_free(&csv_text);
  fray_text_free(&tex);
  free(folder);
  fray_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(latex), cmocka_unit_test(csv), cmocka_unit_test(html),
      cmocka_unit_test(every_byte),
      cmocka_unit_test_setup_teardown(files, make_folder, drop_folder)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
