/* Figures of every kind, hand-made: as SVG, CSV and through gnuplot. */
#include "folder.h"
#include "gallery.h"
#include "report/draw/draw.h"
#include "report/draw/palette.h"
#include "report/draw/svg.h"
#include "report/plot/caption.h"
#include "report/words/markup.h"

#include "fray/base/size.h"

#include <ctype.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PICTURES = FRAY_REP_SVG | FRAY_REP_PNG | FRAY_REP_PDF, ALL = PICTURES | FRAY_REP_CSV };

struct gallery {
  struct fray_arena arena;
  struct fray_rep_figures figures;
};

static void open_gallery(struct gallery *g, bool hostile) {
  *g = (struct gallery){0};
  assert_int_equal(gallery_make(&g->arena, hostile, &g->figures, NULL), FRAY_OK);
  bool kind[FRAY_REP_POINTS + 1] = {false};
  for (size_t i = 0; i < g->figures.n; i++)
    kind[g->figures.v[i].kind] = true;
  for (size_t i = 0; i < FRAY_COUNT(kind); i++)
    assert_true(kind[i]);
}

static size_t count(const char *text, const char *part) {
  size_t n = 0;
  for (const char *p = text; (p = strstr(p, part)) != NULL; p += strlen(part))
    n++;
  return n;
}

static void has(const struct fray_text *text, const char *part) {
  if (!strstr(text->data, part))
    fail_msg("'%s' is not in: %s", part, text->data);
}

/* What is to be seen: every value, and of bars and cells those without one as well. */
static size_t values(const struct fray_rep_figure *f) {
  bool places = f->kind == FRAY_REP_BARS || f->kind == FRAY_REP_HEAT;
  size_t n = 0;
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++) {
      const struct fray_rep_series *series = &f->panel[p].series[s];
      for (size_t i = 0; i < series->n && !series->line; i++)
        n += places ? fray_rep_category(f, &series->point[i]) < f->n_categories
                    : !isnan(series->point[i].x) && !isnan(series->point[i].y);
      n += f->kind == FRAY_REP_LINES ? series->n_singles : 0;
    }
  return n;
}

/* "nan" and "inf" as words of their own, as printf writes them. */
static void has_no_nan(const char *text) {
  static const char *const bad[] = {"nan", "inf"};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++)
    for (const char *p = text; (p = strstr(p, bad[i])) != NULL; p += 3)
      if (!isalpha((unsigned char)p[-1]) && !isalpha((unsigned char)p[3]))
        fail_msg("%.80s", p - 40);
}

static void every_value_is_a_mark(void **state) {
  (void)state;
  for (int hostile = 0; hostile < 2; hostile++) {
    struct gallery g;
    open_gallery(&g, hostile);
    for (size_t i = 0; i < g.figures.n; i++)
      for (int narrow = 0; narrow < 2; narrow++) {
        struct fray_text svg = {0};
        fray_rep_svg(&g.figures.v[i], narrow ? 340 : 680, "a", &svg);
        assert_false(svg.failed);
        size_t n = values(&g.figures.v[i]);
        assert_int_equal(count(svg.data, "class=\"mark"), n);
        assert_int_equal(count(svg.data, " tabindex=\"-1\" data-tip=\""), n);
        assert_int_equal(count(svg.data, "data-tip=\"\""), 0);
        assert_int_equal(count(svg.data, "<svg xmlns"), 1);
        has(&svg, "role=\"img\"");
        has(&svg, "aria-labelledby=\"a-t a-d\"");
        has_no_nan(svg.data);
        assert_null(strstr(svg.data, "<script"));
        assert_null(strstr(svg.data, "#0")); /* colours are the page's */
        fray_text_free(&svg);
      }
    fray_arena_free(&g.arena);
  }
}

static void hostile_tips_are_escaped(void **state) {
  (void)state;
  struct gallery g;
  struct fray_text svg = {0};
  open_gallery(&g, true);
  fray_rep_svg(&g.figures.v[0], 680, "a", &svg);
  has(&svg, "data-tip=\"&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;`touch pwned`");
  fray_text_free(&svg);
  fray_arena_free(&g.arena);
}

/* Everything on one page: parsed as XML, and ids are unique. */
static void pages_are_well_formed(void **state) {
  const char *folder = *state;
  if (system("command -v python3 > /dev/null") != 0)
    skip();
  for (int hostile = 0; hostile < 2; hostile++) {
    struct gallery g;
    struct fray_text page = {0};
    char command[1400];
    open_gallery(&g, hostile);
    gallery_page(&g.figures, "light", &page);
    put_file(path_in(folder, "page.html"), page.data, page.size);
    int n = snprintf(command, sizeof command,
                     "python3 -c \"import re,xml.etree.ElementTree as E\n"
                     "s=open('%s/page.html',encoding='utf-8').read()\n"
                     "p=re.findall(r'<svg xmlns.*?</svg>',s,re.S)\n"
                     "p+=re.findall(r'<ul.*?</ul>',s,re.S)\n"
                     "assert len(p)>=2*%zu,len(p)\n"
                     "ids=re.findall(r' id=.([^ >]*).[ >]',s)\n"
                     "assert len(ids)==len(set(ids)),ids\n"
                     "refs=re.findall(r'url.#([^)]*)',s)\n"
                     "assert refs and set(refs)<={i.strip(chr(34)) for i in ids},refs\n"
                     "for x in p: E.fromstring(x)\n\"",
                     folder, g.figures.n);
    assert_true(n > 0 && (size_t)n < sizeof command);
    assert_int_equal(system(command), 0);
    fray_text_free(&page);
    fray_arena_free(&g.arena);
  }
}

/* Two series over two categories: one value, one interval, one suppressed, none at all. */
static struct fray_rep_point small_point[4] = {
    {0, 80, 75, 84.5, NAN, 5, NULL},
    {1, 60, NAN, NAN, NAN, 5, "suppressed, n 12"},
    {0, 55.5, NAN, NAN, .48, 3, NULL},
    {1, NAN, NAN, NAN, NAN, 0, NULL},
};
static struct fray_rep_series small_series[2] = {
    {.label = "avg", .style = 0, .point = small_point, .n = 2},
    {.label = "only, audio", .style = 1, .control = true, .point = small_point + 2, .n = 2},
};
static struct fray_rep_reference small_reference[1] = {{70, "null"}};
static struct fray_rep_panel small_panel[1] = {{.title = "",
                                                .note = "",
                                                .series = small_series,
                                                .n_series = 2,
                                                .reference = small_reference,
                                                .n_references = 1}};
static const char *small_category[2] = {"south", "north, \"far\""};
static const char *small_legend[2] = {"avg", "only, audio"};

static struct fray_rep_figure small(enum fray_rep_kind kind) {
  struct fray_rep_figure f = {.key = "small",
                              .name = "small",
                              .kind = kind,
                              .title = "Small",
                              .x_label = "accent",
                              .y_label = "accuracy, %",
                              .z_label = "accuracy, %",
                              .percent = true,
                              .panel = small_panel,
                              .n_panels = 1,
                              .caption = "",
                              .legend = small_legend,
                              .n_styles = 2};
  if (kind == FRAY_REP_BARS || kind == FRAY_REP_HEAT) {
    f.category = small_category;
    f.n_categories = 2;
  }
  fray_rep_scale(&f);
  return f;
}

/* A hollow mark that nobody explains is taken for a fault of the figure. */
static void captions_explain_hollow_marks(void **state) {
  (void)state;
  struct fray_text with = {0}, without = {0};
  struct fray_rep_point mean = {.n = 3}, single = {.n = 1};
  struct fray_rep_series series = {.label = "a", .point = &mean, .n = 1, .single = &single};
  struct fray_rep_panel panel = {.title = "", .note = "", .series = &series, .n_series = 1};
  struct fray_rep_figure f = {.kind = FRAY_REP_LINES, .panel = &panel, .n_panels = 1};
  fray_rep_caption(&f, &without);
  series.n_singles = 1;
  fray_rep_caption(&f, &with);
  assert_string_equal(without.data, "Means over seeds.");
  assert_string_equal(
      with.data, "Means over seeds; hollow marks are single seeds, where a mean has no interval.");
  fray_text_free(&with);
  fray_text_free(&without);
}

static void csv_is_tidy(void **state) {
  (void)state;
  struct fray_text csv = {0};
  struct fray_rep_figure bars = small(FRAY_REP_BARS), lines = small(FRAY_REP_LINES);
  fray_rep_figure_csv(&bars, &csv);
  assert_string_equal(csv.data, "panel,series,kind,control,x,y,low,high,realised,n,label\n"
                                ",avg,value,0,south,80,75,84.5,,5,\n"
                                ",avg,value,0,\"north, \"\"far\"\"\",60,,,,5,\"suppressed, n 12\"\n"
                                ",\"only, audio\",value,1,south,55.5,,,0.48,3,\n"
                                ",\"only, audio\",value,1,\"north, \"\"far\"\"\",,,,,,\n"
                                ",reference,reference,0,,70,,,,,null\n");
  fray_text_free(&csv);
  fray_rep_figure_csv(&lines, &csv);
  has(&csv, "\n,avg,mean,0,1,60,,,,5,\"suppressed, n 12\"\n");
  fray_text_free(&csv);
}

static void tips_and_descriptions_say_the_numbers(void **state) {
  (void)state;
  struct fray_text svg = {0};
  struct fray_rep_figure f = small(FRAY_REP_BARS);
  fray_rep_svg(&f, 680, "a", &svg);
  has(&svg, "data-tip=\"avg, south: 80.0\u00a0% (75.0 to 84.5), n 5\"");
  has(&svg, "data-tip=\"avg, north, &quot;far&quot;: 60.0\u00a0%, n 5; suppressed, n 12\"");
  has(&svg, "data-tip=\"only, audio, south: 55.5\u00a0%, realised 0.48, n 3\"");
  has(&svg, "data-tip=\"only, audio, north, &quot;far&quot;: no value\"");
  has(&svg,
      "<desc id=\"a-d\">accuracy, % over accent. avg: 60.0\u00a0% at north, &quot;far&quot; to "
      "80.0\u00a0% at south. only, audio: 55.5\u00a0% at south. </desc>");
  has(&svg, ">\u2020</text>");
  has(&svg, ">suppressed, n 12</text>");
  has(&svg, "class=\"mark bar hollow\"");
  has(&svg, "<path class=\"level l0\"");
  assert_null(strstr(svg.data, ">null<")); /* the legend says what the level is */
  has(&svg, "<g class=\"series control\" data-series=\"1\" style=\"--c:var(--muted)\">");
  fray_text_free(&svg);
  f = small(FRAY_REP_HEAT);
  fray_rep_svg(&f, 680, "a", &svg);
  assert_int_equal(count(svg.data, "class=\"mark cell none\""), 1);
  has(&svg, ">60.0\u2020</text>");
  assert_null(strstr(svg.data, "class=\"level")); /* a cell has no level */
  fray_text_free(&svg);
}

/* On the page, wide and narrow; a table of numbers keeps the shares. */
static void shares_are_percentages(void **state) {
  (void)state;
  static const double widths[] = {680, 340};
  struct fray_text csv = {0};
  struct fray_rep_figure f = small(FRAY_REP_LINES);
  f.x_label = "lost, %";
  f.x_title = "lost";
  f.x_share = true;
  small_point[2].realised = .48;
  for (size_t i = 0; i < FRAY_COUNT(widths); i++) {
    struct fray_text svg = {0};
    fray_rep_svg(&f, widths[i], "a", &svg);
    has(&svg, "text-anchor=\"middle\">100</text>");
    has(&svg, ">lost, %</text>");
    has(&svg, "avg, lost 100\u00a0%: 60.0\u00a0%");
    has(&svg, "only, audio, lost 0\u00a0%: 55.5\u00a0%, realised 48\u00a0%, n 3");
    has(&svg, "accuracy, % over lost. avg: 80.0\u00a0% at 0\u00a0%, 60.0\u00a0% at 100\u00a0%.");
    fray_text_free(&svg);
  }
  fray_rep_figure_csv(&f, &csv);
  has(&csv, "\n,avg,mean,0,1,60,");
  has(&csv, ",0.48,3,");
  fray_text_free(&csv);
}

static void legends_can_be_pressed(void **state) {
  (void)state;
  struct fray_text html = {0};
  struct fray_rep_figure f = small(FRAY_REP_BARS);
  fray_rep_legend(&f, &html);
  assert_int_equal(count(html.data, "<button type=\"button\" class=\"toggle\" data-series="), 2);
  assert_int_equal(count(html.data, "aria-pressed=\"true\""), 2);
  fray_text_free(&html);
}

static void axes_fit_the_values(void **state) {
  (void)state;
  double own[FRAY_REP_TICKS];
  size_t n;
  struct fray_rep_figure f = small(FRAY_REP_BARS);
  assert_true(f.y0 == 0 && f.y1 == 100 && f.y_step == 20); /* bars stand on 0; 84.5 */
  f = small(FRAY_REP_LINES);
  assert_true(f.y0 == 50 && f.y1 == 90 && f.y_step == 10); /* 55.5 to 84.5: 29 / 5 is 5.8 */
  f = small(FRAY_REP_HEAT); /* without the interval: 55.5 to 80, and the level */
  f.diverging = true;
  fray_rep_scale(&f);
  assert_true(f.y1 == 100 && f.y0 == -100);
  struct fray_rep_point full[2] = {{.y = 100, .low = NAN, .high = NAN},
                                   {.y = 100, .low = NAN, .high = NAN}};
  struct fray_rep_series all = {.label = "all", .point = full, .n = 2};
  struct fray_rep_panel panel = {.title = "", .note = "", .series = &all, .n_series = 1};
  f = (struct fray_rep_figure){
      .kind = FRAY_REP_HEAT, .percent = true, .panel = &panel, .n_panels = 1, .n_categories = 2};
  fray_rep_scale(&f);
  assert_true(f.y0 == 99 && f.y1 == 100); /* no share of 101 % */
  full[0].y = full[1].y = 0;
  fray_rep_scale(&f);
  assert_true(f.y0 == 0 && f.y1 == 1);
  f = small(FRAY_REP_POINTS);
  assert_true(fabs(f.x0 + .04) < 1e-12 && fabs(f.x1 - 1.04) < 1e-12);
  const double *tick = fray_rep_x_ticks(&f, own, &n);
  assert_int_equal(n, 6); /* 0 .2 .4 .6 .8 1 */
  assert_true(tick[0] == 0 && fabs(tick[1] - .2) < 1e-12 && fabs(tick[5] - 1) < 1e-12);
}

static void shades_divide_the_range(void **state) {
  (void)state;
  struct fray_rep_figure f = {.y0 = 0, .y1 = 90};
  static const double y[] = {-5, 0, 9.99, 10, 45, 80, 90, 99};
  static const size_t shade[] = {0, 0, 0, 1, 4, 8, 8, 8};
  for (size_t i = 0; i < FRAY_COUNT(y); i++)
    assert_int_equal(fray_rep_shade(&f, y[i]), shade[i]);
}

static void names_of_points_do_not_meet(void **state) {
  (void)state;
  struct gallery g;
  open_gallery(&g, false);
  struct fray_rep_figure *f = &g.figures.v[g.figures.n - 1];
  assert_int_equal(f->kind, FRAY_REP_POINTS);
  struct fray_rep_view v = {.f = f, .panel = f->panel, .width = 200, .height = 150};
  double place[64][2];
  const double size = 10, high = fray_rep_leading(size);
  size_t n = fray_rep_place_names(&v, size, place, 64), placed = 0;
  assert_int_equal(n, 26);
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < i; k++)
      if (!isnan(place[i][0]) && !isnan(place[k][0])) /* the shortest name is "dropout" */
        assert_true(fabs(place[i][1] - place[k][1]) >= high - 1e-9 ||
                    fabs(place[i][0] - place[k][0]) >= 3.5 * size);
  for (size_t i = 0; i < n; i++)
    if (!isnan(place[i][0])) {
      placed++;
      assert_true(place[i][0] >= 0 && place[i][1] >= 0 && place[i][1] + high <= 150 + 1e-9);
    }
  assert_true(placed >= 5 && placed < 14); /* some find no room here */
  fray_arena_free(&g.arena);
}

static void starts_with(const char *folder, const char *name, const char *ending,
                        const char *magic) {
  char file[300];
  snprintf(file, sizeof file, "%s.%s", name, ending);
  struct fray_text text = slurp(path_in(folder, file));
  if (text.size < 500 || memcmp(text.data, magic, strlen(magic)) != 0)
    fail_msg("%s is no %s", file, ending);
  fray_text_free(&text);
}

static void draw(struct gallery *g, const char *folder, unsigned formats, const char **reason) {
  const struct fray_rep_paper paper = {0};
  struct fray_err err = {0};
  if (fray_rep_draw(g->figures.v, g->figures.n, folder, formats, &paper, &g->arena, reason, &err) !=
      FRAY_OK)
    fail_msg("%s", err.text);
}

static void gnuplot_draws_every_kind(void **state) {
  const char *folder = *state, *reason;
  if (access("/usr/bin/gnuplot", X_OK) != 0)
    skip();
  for (int hostile = 0; hostile < 2; hostile++) {
    struct gallery g;
    open_gallery(&g, hostile);
    draw(&g, folder, ALL, &reason);
    assert_null(reason);
    for (size_t i = 0; i < g.figures.n; i++) {
      const char *name = g.figures.v[i].name;
      assert_int_equal(g.figures.v[i].drawn, ALL);
      starts_with(folder, name, "svg", "<?xml");
      starts_with(folder, name, "png", "\x89PNG");
      starts_with(folder, name, "pdf", "%PDF");
    }
    assert_false(fray_file_exists(path_in(folder, "pwned")));
    assert_false(fray_file_exists("pwned"));
    fray_arena_free(&g.arena);
  }
}

/* What LaTeX includes: whatever the names are, it holds no command but ours, and braces pair. */
static void latex_holds_no_command_of_names(void **state) {
  (void)state;
  static const char *const ours[] = {"\\usepackage", "\\begin", "\\centering", "\\includegraphics",
                                     "\\caption",    "\\label", "\\end",       "\\text",
                                     "\\%",          "\\$",     "\\&",         "\\#",
                                     "\\_",          "\\{",     "\\}"};
  struct fray_rep_figure f = small(FRAY_REP_BARS);
  const struct fray_rep_paper paper = {
      .title = "\\input{/etc/passwd} 100 % of $x_1$ ~ & #1 ^^M" GALLERY_HOSTILE};
  struct fray_text text = {0};
  f.caption = "caption " GALLERY_HOSTILE "}\\end{figure}\\write18{touch pwned}";
  f.source = "Data: a_b{c}. " GALLERY_HOSTILE;
  fray_rep_latex_figure(&f, &paper, &text);
  assert_false(text.failed);
  has(&text, "\\includegraphics[width=8.5cm]{small}\n");
  has(&text, "\\label{fig:small}");
  int depth = 0;
  for (const char *p = text.data; *p; p++) {
    size_t i = 0;
    while (*p == '\\' && i < FRAY_COUNT(ours) && strncmp(p, ours[i], strlen(ours[i])) != 0)
      i++;
    if (i == FRAY_COUNT(ours))
      fail_msg("a command: %.40s", p);
    if (*p == '\\') {
      p += strlen(ours[i]) - 1;
      continue;
    }
    depth += (*p == '{') - (*p == '}');
    assert_true(depth >= 0);
    if (strchr("$&#^~_", *p))
      fail_msg("not escaped: %.40s", p);
    if (*p == '%' && (p != text.data)) /* the first line is a comment of ours */
      fail_msg("a comment: %.40s", p);
  }
  assert_int_equal(depth, 0);
  fray_text_free(&text);
}

static void only_the_formats_asked_for(void **state) {
  const char *folder = *state, *reason;
  struct gallery g;
  open_gallery(&g, false);
  g.figures.n = 1;
  draw(&g, folder, FRAY_REP_CSV, &reason);
  assert_int_equal(g.figures.v[0].drawn, FRAY_REP_CSV);
  assert_true(fray_file_exists(path_in(folder, "lines.csv")));
  assert_false(fray_file_exists(path_in(folder, "lines.gp")));
  put_file(path_in(folder, "lines.png"), "old", 3);
  if (access("/usr/bin/gnuplot", X_OK) == 0) {
    draw(&g, folder, FRAY_REP_PDF, &reason);
    assert_int_equal(g.figures.v[0].drawn, FRAY_REP_PDF);
    assert_false(fray_file_exists(path_in(folder, "lines.svg")));
    assert_false(fray_file_exists(path_in(folder, "lines.png"))); /* of an earlier report */
  }
  fray_arena_free(&g.arena);
}

/* A figure that a later report does not have goes with all of its files; copies under other names,
 * and what others put there, stay. */
static void old_figures_go(void **state) {
  static const char script[] = "# Draws curve2-gone: gnuplot -d curve2-gone.gp\n",
                    copied[] = "# Draws lines: gnuplot -d lines.gp\n";
  static const char *const ours[] = {"curve2-gone.svg", "curve2-gone.csv", "curve2-gone.gp"},
                           *const theirs[] = {"mine.svg",  "mine.gp",    "mine.csv",
                                              "figure.gp", "figure.pdf", "notes.txt"};
  const char *folder = *state, *reason;
  struct gallery g;
  struct fray_err err = {0};
  open_gallery(&g, false);
  g.figures.n = 1;
  draw(&g, folder, FRAY_REP_CSV | FRAY_REP_SVG, &reason);
  for (size_t i = 0; i < FRAY_COUNT(ours); i++)
    put_file(path_in(folder, ours[i]), i == 2 ? script : "old", i == 2 ? strlen(script) : 3);
  for (size_t i = 0; i < FRAY_COUNT(theirs); i++)
    put_file(path_in(folder, theirs[i]), i == 1 ? copied : "own", i == 1 ? strlen(copied) : 3);
  assert_int_equal(fray_rep_drop_old_figures(g.figures.v, 1, folder, &g.arena, &err), FRAY_OK);
  for (size_t i = 0; i < FRAY_COUNT(ours); i++)
    assert_false(fray_file_exists(path_in(folder, ours[i])));
  for (size_t i = 0; i < FRAY_COUNT(theirs); i++)
    assert_true(fray_file_exists(path_in(folder, theirs[i])));
  assert_true(fray_file_exists(path_in(folder, "lines.csv")));
  assert_true(fray_file_exists(path_in(folder, "lines.gp")));
  fray_arena_free(&g.arena);
}

/* No series, no point, one point, no value, an infinite one: whatever remains is drawn. */
static void what_is_empty_draws(void **state) {
  const char *folder = *state, *reason;
  struct fray_rep_point none[1] = {{NAN, NAN, NAN, NAN, NAN, 0, NULL}};
  struct fray_rep_point one[1] = {{.5, 3, 2, 4, NAN, 1, "the one"}};
  struct fray_rep_point far[2] = {{0, 1e300, -1e300, 1e300, NAN, 1, ""}, {1, 0, 0, 0, 0, 1, NULL}};
  struct fray_rep_series series[] = {
      {.label = "", .n = 0},
      {.label = "none", .style = 1, .point = none, .n = 1},
      {.label = "one", .style = 9, .point = one, .n = 1, .single = one, .n_singles = 1},
      {.label = "far", .style = 1, .point = far, .n = 2}};
  struct gallery g = {0};
  for (size_t i = 0; i < 5 * 5; i++) {
    struct fray_rep_figure *f;
    assert_int_equal(fray_rep_figures_add(&g.figures, &g.arena, &f, NULL), FRAY_OK);
    *f = small((enum fray_rep_kind)(i / 5));
    f->n_panels = 1;
    f->name = fray_arena_printf(&g.arena, "empty%zu", i);
    f->panel = fray_arena_zero(&g.arena, 1, sizeof *f->panel);
    *f->panel = (struct fray_rep_panel){
        .title = "", .note = "", .series = series + (i % 5 - (i % 5 > 0)), .n_series = i % 5 > 0};
    f->n_styles = 0;
    f->x0 = f->x1 = 0;
    fray_rep_scale(f);
    for (int narrow = 0; narrow < 2; narrow++) {
      struct fray_text svg = {0};
      fray_rep_svg(f, narrow ? 340 : 680, "a", &svg);
      has_no_nan(svg.data);
      assert_int_equal(count(svg.data, "class=\"mark"), values(f));
      fray_text_free(&svg);
    }
  }
  if (access("/usr/bin/gnuplot", X_OK) == 0) {
    draw(&g, folder, FRAY_REP_PDF, &reason);
    if (reason)
      fail_msg("%s", reason);
  }
  fray_arena_free(&g.arena);
}

static void many_clients_stay_small(void **state) {
  (void)state;
  enum { MANY = 20000 };
  struct fray_arena arena = {0};
  struct fray_rep_point *point = fray_arena_zero(&arena, MANY, sizeof *point);
  for (size_t i = 0; i < MANY; i++)
    point[i] = (struct fray_rep_point){.x = (double)i / MANY,
                                       .y = 100 * (double)(i + 1) / MANY,
                                       .low = NAN,
                                       .high = NAN,
                                       .realised = NAN,
                                       .label = "client"};
  struct fray_rep_series series = {.label = "avg", .point = point, .n = MANY};
  struct fray_rep_panel panel = {.title = "", .note = "", .series = &series, .n_series = 1};
  struct fray_rep_figure f = small(FRAY_REP_LINES);
  struct fray_text svg = {0};
  f.kind = FRAY_REP_STEPS;
  f.panel = &panel;
  f.worst = 10;
  f.x0 = f.x1 = 0;
  fray_rep_scale(&f);
  fray_rep_svg(&f, 680, "a", &svg);
  assert_int_equal(count(svg.data, "class=\"mark"), 200);
  assert_true(svg.size < 100000);
  fray_text_free(&svg);
  fray_arena_free(&arena);
}

/* Another gnuplot before the real one. */
static char *shadow_gnuplot(const char *folder, const char *script) {
  char path[600];
  char *old = strdup(getenv("PATH") ? getenv("PATH") : "");
  put_file(path_in(folder, "gnuplot"), script, strlen(script));
  assert_int_equal(chmod(path_in(folder, "gnuplot"), 0755), 0);
  snprintf(path, sizeof path, "%s:/usr/bin:/bin", folder);
  setenv("PATH", path, 1);
  return old;
}

static void a_failure_costs_one_picture(void **state) {
  const char *folder = *state, *reason;
  if (access("/usr/bin/gnuplot", X_OK) != 0)
    skip();
  struct gallery g;
  open_gallery(&g, false);
  g.figures.n = 3;
  /* Draws nothing for several scripts, no PDF at all and nothing of the second. */
  char *path = shadow_gnuplot(folder, "#!/bin/sh\n[ $# -gt 2 ] && exit 1\n"
                                      "[ \"$2\" = line_panels.gp ] && exit 1\n"
                                      "sed '/terminal pdfcairo/,$d' \"$2\" > cut.gp\n"
                                      "/usr/bin/gnuplot -d cut.gp\nexit 1\n");
  draw(&g, folder, ALL, &reason);
  setenv("PATH", path, 1);
  free(path);
  assert_string_equal(reason, "gnuplot could not draw lines.pdf");
  assert_int_equal(g.figures.v[0].drawn, FRAY_REP_CSV | FRAY_REP_SVG | FRAY_REP_PNG);
  assert_int_equal(g.figures.v[1].drawn, FRAY_REP_CSV);
  assert_int_equal(g.figures.v[2].drawn, FRAY_REP_CSV | FRAY_REP_SVG | FRAY_REP_PNG);
  fray_arena_free(&g.arena);
}

#define OWN(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_value_is_a_mark),
      cmocka_unit_test(hostile_tips_are_escaped),
      OWN(pages_are_well_formed),
      cmocka_unit_test(captions_explain_hollow_marks),
      cmocka_unit_test(csv_is_tidy),
      cmocka_unit_test(tips_and_descriptions_say_the_numbers),
      cmocka_unit_test(shares_are_percentages),
      cmocka_unit_test(legends_can_be_pressed),
      cmocka_unit_test(axes_fit_the_values),
      cmocka_unit_test(shades_divide_the_range),
      cmocka_unit_test(names_of_points_do_not_meet),
      OWN(gnuplot_draws_every_kind),
      cmocka_unit_test(many_clients_stay_small),
      OWN(what_is_empty_draws),
      OWN(only_the_formats_asked_for),
      OWN(old_figures_go),
      cmocka_unit_test(latex_holds_no_command_of_names),
      OWN(a_failure_costs_one_picture),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
