/* Values of samples as HTML: what the browser is given decodes to what the models met. */
#include "folder.h"
#include "scratch.h"

#include "fray/base/size.h"
#include "fray/codec/codec.h"
#include "report/sample/data_uri.h"
#include "report/sample/sample_values.h"

#include <math.h>
#include <unistd.h>

static void fine(enum fray_status status, const struct fray_err *err) {
  if (status != FRAY_OK)
    fail_msg("%s", err->text);
}

/* ---- reading back, by the definition of RFC 4648 and of RIFF ---- */

static int digit(char c) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *at = c ? strchr(digits, c) : NULL;
  return at ? (int)(at - digits) : -1;
}

/* Bytes of the base64 text that begins here, up to what is none. */
static struct fray_text decoded(const char *text) {
  struct fray_text out = {0};
  for (; digit(text[0]) >= 0; text += 4) {
    uint32_t v = 0;
    for (int k = 0; k < 4; k++)
      v = v << 6 | (uint32_t)(text[k] == '=' ? 0 : digit(text[k]));
    const char three[3] = {(char)(v >> 16), (char)(v >> 8), (char)v};
    fray_text_add(&out, three, text[2] == '=' ? 1 : text[3] == '=' ? 2 : 3);
  }
  return out;
}

static struct fray_text data_of(const char *html, const char *kind) {
  const char *at = strstr(html, kind);
  if (!at)
    fail_msg("no %s in %.200s", kind, html);
  return decoded(at + strlen(kind));
}

static struct fray_text html_of(const struct fray_modality *m, const struct fray_signal *x,
                                const struct fray_signal *beside) {
  struct fray_text out = {0};
  struct fray_err err = {0};
  fine(fray_rep_put_value(&out, m, x, beside, "<what> \"it\" is", &err), &err);
  assert_false(out.failed);
  assert_null(strstr(out.data, "<what>")); /* escaped, or not there */
  return out;
}

static void base64_is_that_of_the_standard(void **state) {
  (void)state;
  static const char *const cases[][2] = {{"", ""},
                                         {"f", "Zg=="},
                                         {"fo", "Zm8="},
                                         {"foo", "Zm9v"},
                                         {"foob", "Zm9vYg=="},
                                         {"fooba", "Zm9vYmE="},
                                         {"foobar", "Zm9vYmFy"}};
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    struct fray_text out = {0};
    fray_rep_put_base64(&out, cases[k][0], strlen(cases[k][0]));
    assert_string_equal(out.data ? out.data : "", cases[k][1]);
    fray_text_free(&out);
  }
}

/* ---- pictures ---- */

static struct fray_image picture_of(const char *html, size_t channels) {
  struct fray_text png = data_of(html, "data:image/png;base64,");
  char path[SCRATCH];
  scratch(path, "fray-png-XXXXXX");
  struct fray_err err = {0};
  struct fray_image image;
  const int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  put_file(path, png.data, png.size);
  fine(fray_image_read(path, (int)channels, 0, &image, &err), &err);
  unlink(path);
  fray_text_free(&png);
  return image;
}

static void a_picture_decodes_to_its_values(void **state) {
  (void)state;
  for (size_t channels = 1; channels <= 3; channels += 2) {
    enum { H = 7, W = 11 };
    float x[H * W * 3];
    for (size_t i = 0; i < H * W * channels; i++)
      x[i] = (float)i / (float)(H * W * channels - 1) * 1.4f - 0.2f; /* beyond both ends */
    const struct fray_signal signal = {
        .kind = FRAY_IMAGE, .x = x, .length = 1, .channels = channels, .height = H, .width = W};
    const struct fray_modality m = {.kind = FRAY_IMAGE};
    struct fray_text html = html_of(&m, &signal, NULL);
    struct fray_image image = picture_of(html.data, channels);
    assert_int_equal(image.height, H);
    assert_int_equal(image.width, W);
    for (size_t i = 0; i < H * W * channels; i++)
      assert_int_equal(image.x[i], lrint(255 * fmin(fmax((double)x[i], 0), 1)));
    assert_non_null(strstr(html.data, "alt=\"&lt;what&gt; &quot;it&quot; is, 11 by 7 pixels\""));
    assert_non_null(strstr(html.data, "width=\"121\"")); /* whole pixels: 11 x 11 */
    fray_image_free(&image);
    fray_text_free(&html);
  }
}

static void a_large_picture_is_shrunk_and_says_so(void **state) {
  (void)state;
  enum { H = 300, W = 900 };
  float *x = calloc(H * W, sizeof *x);
  const struct fray_signal signal = {
      .kind = FRAY_IMAGE, .x = x, .length = 1, .channels = 1, .height = H, .width = W};
  struct fray_text html = html_of(&(struct fray_modality){.kind = FRAY_IMAGE}, &signal, NULL);
  struct fray_image image = picture_of(html.data, 1);
  assert_int_equal(image.width, FRAY_REP_SHOWN_SIDE);
  assert_int_equal(image.height, FRAY_REP_SHOWN_SIDE * H / W);
  assert_non_null(strstr(html.data, "shrunk from 900 by 300 pixels"));
  fray_image_free(&image);
  fray_text_free(&html);
  free(x);
}

/* ---- sounds ---- */

static uint32_t le(const struct fray_text *bytes, size_t at, int n) {
  uint32_t v = 0;
  for (int k = n; k-- > 0;)
    v = v << 8 | (uint8_t)bytes->data[at + (size_t)k];
  return v;
}

static struct fray_text sound_of(const char *html, uint32_t rate, size_t n) {
  struct fray_text wav = data_of(html, "data:audio/wav;base64,");
  assert_int_equal(wav.size, 44 + 2 * n);
  assert_memory_equal(wav.data, "RIFF", 4);
  assert_memory_equal(wav.data + 8, "WAVEfmt ", 8);
  assert_memory_equal(wav.data + 36, "data", 4);
  assert_int_equal(le(&wav, 4, 4), wav.size - 8);
  assert_int_equal(le(&wav, 20, 2), 1);
  assert_int_equal(le(&wav, 22, 2), 1);
  assert_int_equal(le(&wav, 24, 4), rate);
  assert_int_equal(le(&wav, 34, 2), 16);
  assert_int_equal(le(&wav, 40, 4), 2 * n);
  return wav;
}

static void a_sound_decodes_to_its_values(void **state) {
  (void)state;
  enum { N = 500 };
  float x[N];
  for (size_t i = 0; i < N; i++)
    x[i] = 1.2f * sinf(0.05f * (float)i); /* beyond full scale */
  const struct fray_signal signal = {
      .kind = FRAY_AUDIO, .x = x, .length = N, .channels = 1, .rate = 8000};
  struct fray_text html = html_of(&(struct fray_modality){.kind = FRAY_AUDIO}, &signal, NULL);
  struct fray_text wav = sound_of(html.data, 8000, N);
  size_t cut = 0;
  for (size_t i = 0; i < N; i++) {
    const double full = fmin(fmax((double)x[i], -1), 1);
    const int16_t v = (int16_t)le(&wav, 44 + 2 * i, 2);
    assert_true(fabs(v - fmin(32768 * full, 32767)) <= 0.5);
    cut += full != (double)x[i];
  }
  assert_true(cut > 10);
  assert_non_null(strstr(html.data, "beyond full scale"));
  fray_text_free(&wav);
  fray_text_free(&html);
}

/* Ten seconds at a high rate are three of them at a lower one, whatever their length was. */
static void a_long_sound_is_shortened_and_says_so(void **state) {
  (void)state;
  const size_t n = 441000;
  float *x = calloc(n, sizeof *x);
  const struct fray_signal signal = {
      .kind = FRAY_AUDIO, .x = x, .length = n, .channels = 1, .rate = 44100};
  struct fray_text html = html_of(&(struct fray_modality){.kind = FRAY_AUDIO}, &signal, NULL);
  struct fray_text wav =
      sound_of(html.data, FRAY_REP_SHOWN_RATE, FRAY_REP_SHOWN_RATE * FRAY_REP_SHOWN_SECONDS);
  assert_non_null(strstr(html.data, "the first 3 s of 10 s"));
  assert_true(html.size < 140000);
  fray_text_free(&wav);
  fray_text_free(&html);
  free(x);
}

/* ---- texts ---- */

static struct fray_signal text_signal(const char *text, size_t n) {
  return (struct fray_signal){.kind = FRAY_TEXT, .text = (char *)text, .length = n, .channels = 1};
}

/* What is left when the marks are taken out is the text; what is marked is what the other lacks. */
static void changes_of_a_text_are_marked(void **state) {
  (void)state;
  static const struct {
    const char *clean, *damaged, *marked;
  } cases[] = {
      {"one two three", "one twq three", "one <mark>twq </mark>three"},
      {"a b c d", "a c d", "a c d"},
      {"a b", "a b extra", "a <mark>b </mark><mark>extra</mark>"}, /* "b" and "b " are two words */
      {"same", "same", "same"},
      {"<i>x</i> y", "<i>x</i> <b>", "&lt;i&gt;x&lt;/i&gt; <mark>&lt;b&gt;</mark>"},
  };
  const struct fray_modality m = {.kind = FRAY_TEXT};
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    const struct fray_signal clean = text_signal(cases[k].clean, strlen(cases[k].clean));
    const struct fray_signal damaged = text_signal(cases[k].damaged, strlen(cases[k].damaged));
    struct fray_text html = html_of(&m, &damaged, &clean);
    char wanted[200];
    snprintf(wanted, sizeof wanted, "<p class=\"text\">%s</p>", cases[k].marked);
    assert_string_equal(html.data, wanted);
    fray_text_free(&html);
    html = html_of(&m, &clean, NULL);
    assert_null(strstr(html.data, "<mark>"));
    fray_text_free(&html);
  }
}

/* Of one step among many: what has no place in it is named below, once more than came for it. */
static void words_that_are_gone_are_named_at_a_step(void **state) {
  (void)state;
  static const char *const cases[][3] = {
      {"one two three", "one three", "<small>gone: <del>two </del> </small>"},
      {"a b c <d>", "a x <d>", "<small>gone or changed: <del>b </del> <del>c </del> </small>"},
      {"a b", "a c", ""},
      {"a b", "a b", ""},
      {"<a> b", "", "<small>gone: <del>&lt;a&gt; </del> <del>b</del> </small>"},
      {"", "", ""}};
  const struct fray_modality m = {.kind = FRAY_TEXT};
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    const struct fray_signal clean = text_signal(cases[k][0], strlen(cases[k][0]));
    const struct fray_signal damaged = text_signal(cases[k][1], strlen(cases[k][1]));
    struct fray_text html = {0};
    struct fray_err err = {0};
    fine(fray_rep_put_step(&html, &m, &damaged, &clean, "it", &err), &err);
    assert_string_equal(strstr(html.data, "</p>") + strlen("</p>"), cases[k][2]);
    fray_text_free(&html);
  }
}

static void hostile_texts_are_shown_and_cut_between_characters(void **state) {
  (void)state;
  const struct fray_modality m = {.kind = FRAY_TEXT};
  static const char strange[] = "a\0b\x1b[31m \xff\xfe </p><script>";
  const struct fray_signal x = text_signal(strange, sizeof strange - 1);
  struct fray_text html = html_of(&m, &x, NULL);
  assert_string_equal(html.data, "<p class=\"text\">a\ufffdb\ufffd[31m \ufffd\ufffd "
                                 "&lt;/p&gt;&lt;script&gt;</p>");
  fray_text_free(&html);
  char longer[1000];
  for (size_t i = 0; i + 1 < sizeof longer; i += 2)
    memcpy(longer + i, "\u00e4", 2);
  longer[0] = 'x'; /* so that a character lies across the cut */
  longer[1] = 'y';
  longer[2] = 'z';
  for (size_t i = 3; i + 1 < sizeof longer; i += 2)
    memcpy(longer + i, "\u00e4", 2);
  const struct fray_signal y = text_signal(longer, 999);
  html = html_of(&m, &y, NULL);
  assert_null(strstr(html.data, "\ufffd"));
  assert_non_null(strstr(html.data, "the first 599 of 999 bytes"));
  fray_text_free(&html);
}

/* ---- drawings ---- */

/* Both values of a pair share a scale: the clean one in the middle of a louder one is drawn lower.
 */
static void a_pair_shares_its_scale(void **state) {
  (void)state;
  float quiet[] = {0, 1, 0, -1}, loud[] = {0, 4, 0, -4};
  const struct fray_signal a = {.kind = FRAY_SERIES, .x = quiet, .length = 4, .channels = 1};
  const struct fray_signal b = {.kind = FRAY_SERIES, .x = loud, .length = 4, .channels = 1};
  const struct fray_modality m = {.kind = FRAY_SERIES, .unit = "<g>"};
  struct fray_text alone = html_of(&m, &a, NULL), beside = html_of(&m, &a, &b);
  assert_non_null(strstr(alone.data, "4 steps, -1 to 1 &lt;g&gt;"));
  assert_non_null(strstr(beside.data, "4 steps, -4 to 4 &lt;g&gt;"));
  assert_non_null(strstr(alone.data, "d=\"M0 28L80 1L160 28L240 55\""));
  assert_non_null(strstr(beside.data, "d=\"M0 28L80 21.2L160 28L240 34.8\""));
  fray_text_free(&alone);
  fray_text_free(&beside);
}

static void drawings_stay_small(void **state) {
  (void)state;
  enum { N = 20000, CHANNELS = 9 };
  float *x = malloc(N * CHANNELS * sizeof *x);
  for (size_t i = 0; i < N * CHANNELS; i++)
    x[i] = (float)((i * 7919) % 1000);
  const struct fray_signal series = {
      .kind = FRAY_SERIES, .x = x, .length = N, .channels = CHANNELS};
  struct fray_text html = html_of(&(struct fray_modality){.kind = FRAY_SERIES}, &series, NULL);
  assert_true(html.size < 20000);
  assert_non_null(strstr(html.data, "the first 6 of 9 channels"));
  fray_text_free(&html);
  const struct fray_signal vector = {.kind = FRAY_FEATURES, .x = x, .length = 1, .channels = N};
  html = html_of(&(struct fray_modality){.kind = FRAY_FEATURES}, &vector, NULL);
  assert_true(html.size < 5000);
  assert_non_null(strstr(html.data, "20000 numbers, 0 to 999; the first 64"));
  fray_text_free(&html);
  free(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(base64_is_that_of_the_standard),
      cmocka_unit_test(a_picture_decodes_to_its_values),
      cmocka_unit_test(a_large_picture_is_shrunk_and_says_so),
      cmocka_unit_test(a_sound_decodes_to_its_values),
      cmocka_unit_test(a_long_sound_is_shortened_and_says_so),
      cmocka_unit_test(changes_of_a_text_are_marked),
      cmocka_unit_test(words_that_are_gone_are_named_at_a_step),
      cmocka_unit_test(hostile_texts_are_shown_and_cut_between_characters),
      cmocka_unit_test(a_pair_shares_its_scale),
      cmocka_unit_test(drawings_stay_small),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
