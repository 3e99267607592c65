/* The colours of figures: told apart by every eye, light and dark, and numbers on shades readable.
 */
#include "folder.h"

#include "report/draw/palette.h"
#include "report/draw/svg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Linear sRGB of "#rrggbb". */
static void linear(const char *colour, double rgb[3]) {
  unsigned long v = strtoul(colour + 1, NULL, 16);
  for (int i = 0; i < 3; i++) {
    double c = (double)(v >> (16 - 8 * i) & 255) / 255;
    rgb[i] = c <= .04045 ? c / 12.92 : pow((c + .055) / 1.055, 2.4);
  }
}

static double contrast(const char *a, const char *b) {
  double y[2], rgb[3];
  for (int i = 0; i < 2; i++) {
    linear(i ? b : a, rgb);
    y[i] = .2126 * rgb[0] + .7152 * rgb[1] + .0722 * rgb[2] + .05;
  }
  return fmax(y[0], y[1]) / fmin(y[0], y[1]);
}

/* Machado et al. 2009, severity 1: what a protanope, a deuteranope sees; and what all see. */
static const double seen[3][3][3] = {
    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    {{.152286, 1.052583, -.204868}, {.114503, .786281, .099216}, {-.003882, -.048116, 1.051998}},
    {{.367322, .860646, -.227968}, {.280085, .672501, .047413}, {-.011820, .042940, .968881}},
};

static double cube(double t) {
  return t > .008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

static void lab(const char *colour, int eye, double out[3]) {
  static const double to_xyz[3][3] = {{.4124564, .3575761, .1804375},
                                      {.2126729, .7151522, .0721750},
                                      {.0193339, .1191920, .9503041}};
  static const double white[3] = {.95047, 1, 1.08883};
  double rgb[3], view[3], f[3];
  linear(colour, rgb);
  for (int i = 0; i < 3; i++) {
    double v = 0;
    for (int k = 0; k < 3; k++)
      v += seen[eye][i][k] * rgb[k];
    view[i] = fmin(fmax(v, 0), 1);
  }
  for (int i = 0; i < 3; i++) {
    double v = 0;
    for (int k = 0; k < 3; k++)
      v += to_xyz[i][k] * view[k];
    f[i] = cube(v / white[i]);
  }
  out[0] = 116 * f[1] - 16;
  out[1] = 500 * (f[0] - f[1]);
  out[2] = 200 * (f[1] - f[2]);
}

static void colour_of(const struct fray_text *css, char letter, size_t i, char out[8]) {
  char name[8];
  snprintf(name, sizeof name, "--%c%zu:", letter, i);
  const char *p = strstr(css->data, name);
  assert_non_null(p);
  snprintf(out, 8, "%.7s", p + 5);
}

/* CIE76: 2.3 is just noticeable; neighbours in grey differ by 5 of 100 or more. */
static void colours_can_be_told_apart(void **state) {
  (void)state;
  for (int dark = 0; dark < 2; dark++) {
    struct fray_text css = {0};
    char colour[FRAY_REP_COLOURS][8];
    fray_rep_palette_css(dark, &css);
    for (size_t i = 0; i < FRAY_REP_COLOURS; i++) {
      colour_of(&css, 'c', i, colour[i]);
      assert_true(contrast(colour[i], dark ? "#16181a" : "#ffffff") >= 3);
    }
    for (int eye = 0; eye < 3; eye++)
      for (size_t i = 0; i < FRAY_REP_COLOURS; i++)
        for (size_t k = 0; k < i; k++) {
          double a[3], b[3];
          lab(colour[i], eye, a);
          lab(colour[k], eye, b);
          double far = sqrt(pow(a[0] - b[0], 2) + pow(a[1] - b[1], 2) + pow(a[2] - b[2], 2));
          if (far < (i < 4 ? 30 : 18) || (i < 4 && eye == 0 && fabs(a[0] - b[0]) < 5))
            fail_msg("%s and %s, eye %d: %g", colour[i], colour[k], eye, far);
        }
    fray_text_free(&css);
  }
}

static void numbers_on_shades_can_be_read(void **state) {
  (void)state;
  for (int diverging = 0; diverging < 2; diverging++)
    for (size_t i = 0; i < FRAY_REP_SHADES; i++) {
      const char *shade = (diverging ? fray_rep_diverging : fray_rep_heat)[i];
      double c = contrast(shade, fray_rep_white_on(diverging, i) ? "#ffffff" : "#111111");
      if (c < 4.5)
        fail_msg("%s: %g", shade, c);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(colours_can_be_told_apart),
      cmocka_unit_test(numbers_on_shades_can_be_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
