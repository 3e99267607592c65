/* Texts of drawings: their lines, and that no two of them meet, whatever the names are. */
#include "loaded.h"

#include "gallery.h"
#include "report/draw/draw.h"
#include "report/draw/lettering.h"

#include "fray/base/size.h"

#include <math.h>

/* A line of text as a rectangle around its anchor, turned. */
struct box {
  double x[4], y[4];
  const char *text;
};
struct boxes {
  struct box v[4000];
  size_t n;
};

static double number_of(const char *from, const char *end, const char *name) {
  const char *p = strstr(from, name);
  return p && p < end ? strtod(p + strlen(name), NULL) : NAN;
}

static bool holds(const char *from, const char *end, const char *part) {
  const char *p = strstr(from, part);
  return p && p < end;
}

/* Sizes of palette.c. */
static double size_of(const char *tag, const char *end, bool *bold) {
  *bold = holds(tag, end, "class=\"panel\"");
  return holds(tag, end, "note\"") || holds(tag, end, "place\"") || holds(tag, end, "few\"") ? 11
         : *bold || holds(tag, end, "\"name")                                                ? 13
                                                                                             : 12;
}

/* A reference such as &#39; is one character, which a letter of middle width stands for. */
static double width_of(const char *text, const char *end) {
  double width = 0;
  while (text < end) {
    const char *stop = text;
    while (stop < end && *stop != '&')
      stop++;
    width += fray_rep_width_of(text, (size_t)(stop - text));
    text = stop;
    if (text < end) {
      text = strchr(text, ';') + 1;
      width += 0.4;
    }
  }
  return width;
}

/* Ascent and descent of what is seen of letters: 0.76 and 0.24 of the size. */
static void add_box(struct boxes *b, const char *tag, const char *close, const char *text,
                    const char *end, double x, double y) {
  bool bold;
  double size = size_of(tag, close, &bold), angle = 0;
  double width = size * width_of(text, end) * (bold ? fray_rep_bold : 1);
  const char *turn = strstr(tag, "rotate(");
  if (turn && turn < close) {
    angle = strtod(turn + 7, NULL) * 3.14159265358979 / 180;
    x = number_of(tag, close, "translate(");
    y = strtod(strchr(strstr(tag, "translate("), ',') + 1, NULL);
  }
  double left = holds(tag, close, "\"end\"")      ? -width
                : holds(tag, close, "\"middle\"") ? -0.5 * width
                                                  : 0;
  /* Labels of axes keep a blank between them, or 100 beside 0 would read 1000. */
  const double air = holds(tag, close, "\"tick\"") ? 0.16 * size : 0;
  const double dx[4] = {left - air, left + width + air, left + width + air, left - air};
  const double dy[4] = {-0.76 * size, -0.76 * size, 0.24 * size, 0.24 * size};
  struct box *box = &b->v[b->n++];
  assert_true(b->n < FRAY_COUNT(b->v));
  box->text = text;
  for (size_t i = 0; i < 4; i++) {
    box->x[i] = x + dx[i] * cos(angle) - dy[i] * sin(angle);
    box->y[i] = y + dx[i] * sin(angle) + dy[i] * cos(angle);
  }
}

static void find_texts(const char *svg, struct boxes *b) {
  b->n = 0;
  for (const char *p = svg; (p = strstr(p, "<text ")) != NULL;) {
    const char *close = strchr(p, '>'), *end = strstr(p, "</text>"), *span = close + 1;
    if (strncmp(span, "<tspan ", 7) != 0)
      add_box(b, p, close, span, end, number_of(p, close, " x=\""), number_of(p, close, " y=\""));
    while (strncmp(span, "<tspan ", 7) == 0) {
      const char *open = strchr(span, '>'), *stop = strstr(open, "</tspan>");
      add_box(b, p, close, open + 1, stop, number_of(span, open, " x=\""),
              number_of(span, open, " y=\""));
      span = stop + strlen("</tspan>");
    }
    p = end;
  }
}

/* Two rectangles are apart if a side of one of them has the other on its far side. */
static bool side_parts(const struct box *a, const struct box *b) {
  for (size_t i = 0; i < 4; i++) {
    double nx = a->y[(i + 1) % 4] - a->y[i], ny = a->x[i] - a->x[(i + 1) % 4];
    double length = hypot(nx, ny), most = -INFINITY, least = INFINITY;
    if (length < 1e-9)
      continue;
    for (size_t k = 0; k < 4; k++) {
      most = fmax(most, (nx * a->x[k] + ny * a->y[k]) / length);
      least = fmin(least, (nx * b->x[k] + ny * b->y[k]) / length);
    }
    if (least >= most - 0.06) /* coordinates have one decimal */
      return true;
  }
  return false;
}

static void check_drawing(const struct fray_rep_figure *f, double width) {
  static struct boxes b;
  struct fray_text svg = {0};
  fray_rep_svg(f, width, "a", &svg);
  assert_false(svg.failed);
  double height = strtod(strchr(strstr(svg.data, "viewBox=\"0 0 ") + 13, ' '), NULL);
  find_texts(svg.data, &b);
  assert_true(b.n > 4);
  for (size_t i = 0; i < b.n; i++) {
    for (size_t k = 0; k < 4; k++)
      if (b.v[i].x[k] < -0.1 || b.v[i].x[k] > width + 0.1 || b.v[i].y[k] < -0.1 ||
          b.v[i].y[k] > height + 0.1)
        fail_msg("%s, %g wide: '%.40s' leaves the drawing at %.1f,%.1f", f->name, width,
                 b.v[i].text, b.v[i].x[k], b.v[i].y[k]);
    for (size_t k = 0; k < i; k++)
      if (!side_parts(&b.v[i], &b.v[k]) && !side_parts(&b.v[k], &b.v[i]))
        fail_msg("%s, %g wide: '%.40s' meets '%.40s'", f->name, width, b.v[i].text, b.v[k].text);
  }
  assert_null(strstr(svg.data, "...<"));
  assert_null(strstr(svg.data, "\u2026<"));
  fray_text_free(&svg);
}

static void no_two_texts_meet(void **state) {
  (void)state;
  for (int hostile = 0; hostile < 2; hostile++) {
    struct fray_arena arena = {0};
    struct fray_rep_figures figures = {0};
    assert_int_equal(gallery_make(&arena, hostile, &figures, NULL), FRAY_OK);
    assert_true(figures.n >= 12);
    for (size_t i = 0; i < figures.n; i++) {
      check_drawing(&figures.v[i], 680);
      check_drawing(&figures.v[i], 340);
    }
    fray_arena_free(&arena);
  }
}

/* The lines of a text, joined by a bar. */
static void wraps(const char *text, double width, const char *wanted) {
  struct fray_text got = {0};
  struct fray_rep_line line;
  const char *rest = text;
  size_t n = 0;
  while (fray_rep_take_line(&rest, width, &line)) {
    fray_text_puts(&got, n++ ? "|" : "");
    fray_text_add(&got, line.text, line.n);
    assert_true(fray_rep_width_of(line.text, line.n) <= width + 1e-9 || line.n <= 4);
  }
  assert_string_equal(got.data ? got.data : "", wanted);
  assert_int_equal(fray_rep_count_lines(text, width), n);
  fray_text_free(&got);
}

static void lines_break_at_words(void **state) {
  (void)state;
  wraps("", 5, "");
  wraps("  ", 5, "");
  wraps("sound lost", 50, "sound lost");
  wraps("sound lost", 5, "sound|lost");
  wraps("sound  lost\nat test", 5, "sound|lost\nat|test"); /* drawn as a blank */
  wraps("packet-loss-bursts", 5, "packet-|loss-|bursts");
  wraps("abcdefgh", 2, "abc|def|gh");
  wraps("lost 60 % of all", 3, "lost|60 %|of all"); /* a number keeps its unit */
  wraps("noise 10 dB, 3 times", 5, "noise|10 dB, 3|times");
  wraps("60 %", 2, "60|%"); /* unless there is no room */
  wraps("i", 0, "i");       /* at least a letter, in no room */
  wraps("\u5317\u4eac\u5e02", 2.2, "\u5317\u4eac|\u5e02");
  wraps("a\xff"
        "b",
        1, "a|\xff|b");
  assert_true(fray_rep_widest_word("a mm a") == fray_rep_text_width("mm"));
  assert_true(fray_rep_text_width("100") > 3 * 0.6 && fray_rep_text_width("100") < 3 * 0.7);
}

/* Random words and widths: nothing of a text is lost but blanks, and lines are no wider than asked
 * for, unless they are a single character. */
static void nothing_is_lost(void **state) {
  (void)state;
  static const char *const part[] = {"a", "mm", " ", "-", "\u00e9", "\u5317", ".", "WW", "  ", "i"};
  unsigned seed = 7;
  for (size_t run = 0; run < 2000; run++) {
    struct fray_text text = {0}, got = {0};
    struct fray_rep_line line;
    for (size_t i = 0; i < 1 + run % 23; i++) {
      seed = seed * 1103515245u + 12345u;
      fray_text_puts(&text, part[(seed >> 16) % FRAY_COUNT(part)]);
    }
    double width = 0.5 + 0.37 * (double)(run % 19);
    const char *rest = text.data;
    while (fray_rep_take_line(&rest, width, &line)) {
      assert_true(line.n > 0 && line.text[0] != ' ');
      assert_true(fray_rep_width_of(line.text, line.n) <= width + 1e-9 || line.n <= 3);
      for (size_t i = 0; i < line.n; i++)
        if (line.text[i] != ' ')
          fray_text_add(&got, line.text + i, 1);
    }
    size_t k = 0;
    for (size_t i = 0; i < text.size; i++)
      if (text.data[i] != ' ')
        assert_true(k < got.size && got.data[k++] == text.data[i]);
    assert_int_equal(k, got.size);
    fray_text_free(&text);
    fray_text_free(&got);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_two_texts_meet),
      cmocka_unit_test(lines_break_at_words),
      cmocka_unit_test(nothing_is_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
