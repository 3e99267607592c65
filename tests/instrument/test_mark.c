/* Marks without a data set: residuals, predictions and correlations equal to those of scipy
 * (tests/fixtures/mark.h5), what is fast equal to what is plain, and laws of keys and the bank. */
#include "../ok.h"
#include "fray/base/file.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/corrupt/biquad.h"
#include "fray/h5/h5.h"
#include "fray/instrument/mark.h"
#include "fray/metric/membership.h"
#include "fray/schema/node.h"
#include "fray/tensor/blas.h"
#include "scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIDE = 28, SIZE = SIDE * SIDE, HOSTS = 8, PATTERNS = 20, STEPS = 3000 };
static struct fray_arena arena;
static fray_h5 fixture;
static struct fray_node *forms;
static const struct fray_mark_key ours = {7, 11};

static int begin(void **state) {
  (void)state;
  OK(fray_blas_start(&err));
  OK(fray_h5_open(FRAY_SOURCE_DIR "/tests/fixtures/mark.h5", &fixture, &err));
  OK(fray_yaml_load(FRAY_SOURCE_DIR "/tests/fixtures/mark.json", &arena, &forms, &err));
  return 0;
}

static int end(void **state) {
  (void)state;
  fray_h5_close(fixture, NULL);
  fray_arena_free(&arena);
  return 0;
}

static double *take(const char *name, size_t n) {
  double *out = fray_arena_alloc(&arena, n, sizeof *out);
  OK(fray_h5_read(fixture, name, FRAY_H5_F64, out, n, &err));
  return out;
}

static uint8_t *take_bytes(const char *name, size_t n) {
  uint8_t *out = fray_arena_alloc(&arena, n, 1);
  OK(fray_h5_read(fixture, name, FRAY_H5_U8, out, n, &err));
  return out;
}

static void near(double got, double want, double within) {
  if (!(fabs(got - want) <= within))
    fail_msg("%.17g, not %.17g", got, want);
}

static double real(const struct fray_node *node) {
  double value = NAN;
  assert_true(node && fray_node_real(node, &value));
  return value;
}

/* Residuals, correlations, pooling and p of eight pictures and twenty patterns. */
static void pictures_of_others(void **state) {
  (void)state;
  const uint8_t *marked = take_bytes("image/marked", HOSTS * SIZE);
  const double *pattern = take("image/pattern", PATTERNS * SIZE);
  const double *residual = take("image/residual_marked", 2 * SIZE);
  const double *z = take("image/z_marked", HOSTS * PATTERNS);
  const double *pooled = take("image/pooled_marked", PATTERNS);
  double x[SIZE], r[SIZE], sum[PATTERNS] = {0}, all[PATTERNS];
  for (size_t i = 0; i < HOSTS; i++) {
    for (size_t k = 0; k < SIZE; k++)
      x[k] = marked[i * SIZE + k] / 255.;
    fray_mark_residual(x, SIDE, SIDE, r);
    for (size_t k = 0; i < 2 && k < SIZE; k++)
      near(r[k], residual[i * SIZE + k], 1e-12);
    for (size_t p = 0; p < PATTERNS; p++) {
      const double got = fray_mark_z(SIZE, r, pattern + p * SIZE, true);
      near(got, z[i * PATTERNS + p], 1e-9);
      sum[p] += got;
    }
  }
  for (size_t p = 0; p < PATTERNS; p++) {
    all[p] = fray_mark_pool(sum[p], HOSTS);
    near(all[p], pooled[p], 1e-9);
  }
  near(fray_mark_p(all[0], all + 1, PATTERNS - 1), *take("image/p_by_the_19_other_patterns", 1), 0);
  /* And marking itself, byte by byte. */
  uint8_t *host = take_bytes("image/host", HOSTS * SIZE);
  float first[SIZE];
  for (size_t k = 0; k < SIZE; k++)
    first[k] = (float)pattern[k];
  fray_mark_picture(host, SIDE, SIDE, 1, first, 0);
  assert_memory_equal(host, take_bytes("image/host", HOSTS * SIZE), SIZE);
  fray_mark_picture(host, SIDE, SIDE, 1, first, *take("image/strength", 1));
  assert_memory_equal(host, marked, SIZE);
}

static void sounds_of_others(void **state) {
  (void)state;
  const double *host = take("sound/host", 2 * STEPS), *marked = take("sound/marked", 2 * STEPS);
  const double *pattern = take("sound/pattern", STEPS), *lpc = take("sound/lpc_marked", 24);
  const double *z_marked = take("sound/z_marked", 2), *z_host = take("sound/z_host", 2);
  double a[FRAY_MARK_ORDER], y[STEPS], envelope[STEPS], filtered[STEPS];
  float x[STEPS], p[STEPS];
  for (size_t i = 0; i < 2; i++) {
    for (int is_host = 0; is_host < 2; is_host++) {
      const double *sound = (is_host ? host : marked) + i * STEPS;
      fray_mark_lpc(sound, STEPS, a);
      for (size_t k = 0; !is_host && k < FRAY_MARK_ORDER; k++)
        near(a[k], lpc[i * FRAY_MARK_ORDER + k], 1e-9);
      fray_mark_whiten(sound, 0, STEPS, a, y);
      fray_mark_whiten(pattern, 0, STEPS, a, filtered);
      fray_mark_envelope(y, STEPS, fray_mark_width(8000), envelope);
      for (size_t t = 0; t < STEPS; t++)
        y[t] /= envelope[t];
      near(fray_mark_z(STEPS, y, filtered, false), (is_host ? z_host : z_marked)[i], 1e-9);
    }
    for (size_t t = 0; t < STEPS; t++) {
      x[t] = (float)host[i * STEPS + t];
      p[t] = (float)pattern[t];
    }
    OK(fray_mark_sound(x, STEPS, 8000, p, -30, &arena, &err));
    for (size_t t = 0; t < STEPS; t++)
      near((double)x[t], marked[i * STEPS + t], 1e-7);
  }
}

static void closed_forms(void **state) {
  (void)state;
  const struct fray_node *pool = fray_node_get(forms, "mark_pool");
  double sum = 0, keys[9];
  size_t n = 0;
  for (const struct fray_node *z = fray_node_get(pool, "z")->child; z; z = z->next, n++)
    sum += real(z);
  near(fray_mark_pool(sum, n), real(fray_node_get(pool, "pooled")), 1e-12);
  const struct fray_node *p = fray_node_get(forms, "random_key_p");
  n = 0;
  for (const struct fray_node *k = fray_node_get(p, "keys")->child; k; k = k->next)
    keys[n++] = real(k);
  near(fray_mark_p(real(fray_node_get(p, "observed")), keys, n), real(fray_node_get(p, "p")), 0);
}

/* z over keys is standard normal, and a mark of distance delta is told by Phi(delta / sqrt 2). */
static void areas(void **state) {
  (void)state;
  enum { DRAWS = 1500 };
  static float pattern[SIZE];
  double x[SIZE], p[SIZE], sum = 0, squares = 0;
  for (const struct fray_node *form = fray_node_get(forms, "mark")->child; form;
       form = form->next) {
    const double delta = real(fray_node_get(form, "delta"));
    double score[2 * DRAWS];
    uint8_t member[2 * DRAWS];
    for (size_t d = 0; d < 2 * DRAWS; d++) {
      struct fray_rng rng = fray_rng_for(3, "test/noise", d, 0, 0);
      OK(fray_mark_picture_pattern(fray_mark_random_key(d), SIDE, SIDE, &arena, pattern, &err));
      member[d] = d % 2;
      for (size_t k = 0; k < SIZE; k++) {
        p[k] = (double)pattern[k];
        x[k] = fray_rng_normal(&rng) + member[d] * delta / sqrt(SIZE) * p[k];
      }
      score[d] = fray_mark_z(SIZE, x, p, true);
      sum += delta > 0 ? 0 : score[d];
      squares += delta > 0 ? 0 : score[d] * score[d];
    }
    struct fray_roc roc;
    OK(fray_roc_make(2 * DRAWS, score, member, &arena, &roc, &err));
    near(roc.auc, real(fray_node_get(form, "auroc")), 3 * .0106);
  }
  near(sum / (2 * DRAWS), 0, 3 / sqrt(2 * DRAWS));
  near(squares / (2 * DRAWS), 1, 3 * sqrt(2. / (2 * DRAWS)));
}

/* A host that is no noise: strokes on grain. */
static void draw_host(size_t i, size_t height, size_t width, uint8_t *out) {
  struct fray_rng rng = fray_rng_for(5, "test/host", i, 0, 0);
  for (size_t k = 0; k < height * width; k++) {
    const double row = (double)(k / width), column = (double)(k % width);
    const double away = fabs(row - column + 4 * sin(row / 3 + (double)i));
    const double value = 40 + 20 * fray_rng_normal(&rng) + (away < 2 ? 120 : 0);
    out[k] = (uint8_t)fmin(fmax(value, 0), 255);
  }
}

enum { MANY = 20 };
/* MANY marked hosts, seen as `how` makes them; found and all of the client. */
static void look(struct fray_mark_key marked_by, double strength,
                 void (*how)(const float *, float *), struct fray_mark_bank *bank,
                 struct fray_mark_found *found, struct fray_mark_found *all) {
  static float x[MANY][SIZE], seen[MANY][SIZE], pattern[SIZE];
  struct fray_mark_value value[MANY];
  OK(fray_mark_picture_pattern(marked_by, SIDE, SIDE, &arena, pattern, &err));
  for (size_t i = 0; i < MANY; i++) {
    uint8_t host[SIZE];
    draw_host(i, SIDE, SIDE, host);
    fray_mark_picture(host, SIDE, SIDE, 1, pattern, strength);
    for (size_t k = 0; k < SIZE; k++)
      x[i][k] = host[k] / 255.f;
    how(x[i], seen[i]);
    value[i] = (struct fray_mark_value){seen[i], 1};
  }
  OK(fray_mark_look(bank, value, MANY, 1, &arena, found, all, &err));
}

static void as_is(const float *x, float *out) {
  memcpy(out, x, SIZE * sizeof *out);
}
static void mirrored(const float *x, float *out) {
  for (size_t k = 0; k < SIZE; k++)
    out[k] = x[k / SIDE * SIDE + SIDE - 1 - k % SIDE];
}
static void turned(const float *x, float *out) { /* to the left */
  for (size_t k = 0; k < SIZE; k++)
    out[k] = x[k % SIDE * SIDE + SIDE - 1 - k / SIDE];
}
static void negative_mirrored(const float *x, float *out) {
  mirrored(x, out);
  for (size_t k = 0; k < SIZE; k++)
    out[k] = 1 - out[k];
}
static void moved(const float *x, float *out) { /* 2 right, 1 up */
  for (size_t k = 0; k < SIZE; k++)
    out[k] = k / SIDE + 1 < SIDE && k % SIDE >= 2 ? x[k + SIDE - 2] : 0;
}
static void half(const float *x, float *out) { /* its right half is black */
  for (size_t k = 0; k < SIZE; k++)
    out[k] = k % SIDE < SIDE / 2 ? x[k] : 0;
}

/* Each is found, with its name; the rest of a half too, with the quarters that lack it. */
static void edits_are_named(void **state) {
  (void)state;
  static const struct {
    void (*how)(const float *, float *);
    const char *name;
    bool edited, inverted;
    unsigned replaced;
  } cases[] = {{as_is, "none", false, false, 0},      {mirrored, "mirror", true, false, 0},
               {turned, "turn 90", true, false, 0},   {negative_mirrored, "mirror", true, true, 0},
               {moved, "shift 2 -1", true, false, 0}, {half, "none", false, false, 10}};
  struct fray_mark_bank *bank;
  struct fray_mark_found found[MANY], all, again;
  OK(fray_mark_picture_bank(ours, SIDE, SIDE, &arena, &bank, &err));
  assert_int_equal(fray_mark_edits(bank), 51);
  for (size_t c = 0; c < FRAY_COUNT(cases); c++) {
    look(ours, 6 / 255., cases[c].how, bank, found, &all);
    if (strcmp(fray_mark_edit_at(bank, all.edit).name, cases[c].name) != 0)
      fail_msg("%s, not %s", fray_mark_edit_at(bank, all.edit).name, cases[c].name);
    near(all.p, 1. / 200, 0);
    assert_int_equal(all.edited, cases[c].edited);
    assert_int_equal(all.inverted, cases[c].inverted);
    assert_int_equal(all.replaced, cases[c].replaced);
    look(ours, 6 / 255., cases[c].how, bank, found, &again);
    assert_memory_equal(&all.z, &again.z, sizeof all.z);
  }
}

/* A wrong key is as good as none: p is uniform over keys, so 20 of them are rarely small. */
static void wrong_keys(void **state) {
  (void)state;
  enum { KEYS = 12 };
  struct fray_mark_found found[MANY], all;
  size_t small = 0;
  double mean = 0;
  for (size_t k = 0; k < KEYS; k++) {
    struct fray_arena own = {0};
    struct fray_mark_bank *bank;
    OK(fray_mark_picture_bank((struct fray_mark_key){k, 99}, SIDE, SIDE, &own, &bank, &err));
    look(ours, k % 2 ? 6 / 255. : 0, as_is, bank, found, &all);
    small += all.p <= .05;
    mean += all.p / KEYS;
    fray_arena_free(&own);
  }
  assert_in_range(small, 0, 2);
  near(mean, .5, 3 * sqrt(1. / 12 / KEYS));
}

/* By the definition, with the cosine transform as a sum, of one small picture and our key. */
static void pictures_plainly(void **state) {
  (void)state;
  enum { H = 6, W = 9, N = H * W };
  uint8_t host[N];
  float pattern[N], seen[N], base[N];
  double x[N], r[N], c[N], t[N], top = 0, cc = 0, tt = 0, norm = 0;
  struct fray_mark_bank *bank;
  struct fray_mark_found found, all;
  draw_host(1, H, W, host);
  OK(fray_mark_picture_pattern(ours, H, W, &arena, pattern, &err));
  memcpy(base, pattern, sizeof base);
  fray_mark_picture(host, H, W, 1, pattern, .3);
  for (size_t k = 0; k < N; k++)
    seen[k] = (float)(x[k] = host[k] / 255.);
  fray_mark_residual(x, H, W, r);
  for (size_t k = 0; k < N; k++)
    norm += r[k];
  for (size_t u = 0; u < N; u++) {
    c[u] = t[u] = 0;
    for (size_t k = 0; k < N; k++) {
      double mean = 0;
      for (int d = 0; d < 9; d++) {
        const int row = (int)(k / W) + d / 3 - 1, column = (int)(k % W) + d % 3 - 1;
        mean +=
            (double)
                base[FRAY_MIN(FRAY_MAX(row, 0), H - 1) * W + FRAY_MIN(FRAY_MAX(column, 0), W - 1)] /
            9;
      }
      const double cosine = cos(M_PI * (double)(2 * (k / W) + 1) * (double)(u / W) / (2. * H)) *
                            cos(M_PI * (double)(2 * (k % W) + 1) * (double)(u % W) / (2. * W)) *
                            sqrt((u / W ? 2. : 1.) / H * (u % W ? 2. : 1.) / W);
      c[u] += cosine * (r[k] - norm / N);
      t[u] += cosine * ((double)base[k] - mean);
    }
  }
  for (size_t u = 1; u < N; u++) {
    double power = 0;
    int n = 0;
    for (int d = 0; d < 9; d++) {
      const int row = (int)(u / W) + d / 3 - 1, column = (int)(u % W) + d % 3 - 1;
      if (row < 0 || row >= H || column < 0 || column >= W)
        continue;
      power += c[row * W + column] * c[row * W + column];
      n++;
    }
    const double w = 1 / sqrt(power / n);
    top += w * c[u] * t[u];
    cc += w * c[u] * c[u];
    tt += w * t[u] * t[u];
  }
  OK(fray_mark_picture_bank(ours, H, W, &arena, &bank, &err));
  assert_int_equal(fray_mark_edits(bank), 47); /* no quarter turns */
  const struct fray_mark_value value = {seen, 1};
  OK(fray_mark_look(bank, &value, 1, 1, &arena, &found, &all, &err));
  assert_int_equal(found.edit, 0);
  near(found.z, sqrt(N) * top / sqrt(cc * tt), 1e-4);
  near(all.z, found.z, 1e-5); /* one value is the client */
}

/* The normal equations of linear prediction, by elimination: x[t] ~ sum_k out[k] x[t - 1 - k]. */
static void solve(const double *x, size_t n, double load, double out[FRAY_MARK_ORDER]) {
  enum { K = FRAY_MARK_ORDER };
  double r[K + 1] = {0}, m[K][K + 1];
  for (size_t k = 0; k <= K; k++)
    for (size_t t = k; t < n; t++)
      r[k] += x[t] * x[t - k];
  for (int i = 0; i < K; i++)
    for (int j = 0; j <= K; j++)
      m[i][j] = j == K ? r[i + 1] : r[abs(i - j)] * (i == j ? 1 + load : 1);
  for (int i = 0; i < K; i++)
    for (int row = 0; row < K; row++)
      for (int j = K; row != i && j >= i; j--)
        m[row][j] -= m[row][i] / m[i][i] * m[i][j];
  for (int i = 0; i < K; i++)
    out[i] = m[i][K] / m[i][i];
}

enum { FRAME = 80, WIDE = 640, MOST = 64 };
/* What a filter for each frame leaves, frame by frame, and its level. */
static void leave(double (*filter)[FRAY_MARK_ORDER], const double *x, size_t frames, double least,
                  double *out, double *level) {
  double power[MOST];
  for (size_t f = 0; f < frames; f++) {
    power[f] = 0;
    for (size_t t = f * FRAME; t < (f + 1) * FRAME; t++) {
      out[t] = x[t];
      for (size_t k = 1; k <= FRAY_MARK_ORDER && k <= t; k++)
        out[t] -= filter[f][k - 1] * x[t - k];
      power[f] += out[t] * out[t] / FRAME;
    }
  }
  for (size_t f = 0; f < frames; f++)
    level[f] =
        sqrt((power[f ? f - 1 : 0] + 2 * power[f] + power[f + 1 < frames ? f + 1 : f]) / 4 + least);
}

/* By the definition: two filters for each frame of 80 steps from the 640 around it; what B leaves,
 * over its level, against what A leaves of the pattern. The deviation is that of a sum of
 * independent signs, which are put through the filter of the pattern and through A one by one. */
static double plain_z(const double *x, const double *pattern, size_t n) {
  static double a[MOST][FRAY_MARK_ORDER], b[MOST][FRAY_MARK_ORDER];
  static double e[MOST * FRAME], q[MOST * FRAME], one[MOST * FRAME];
  static float impulse[MOST * FRAME];
  double piece[WIDE], noise[MOST], soft[MOST], gain[MOST], top = 0, squares = 0, none[MOST];
  struct fray_biquad band[FRAY_BIQUADS_MOST];
  const size_t frames = n / FRAME;
  for (size_t f = 0; f < frames; f++) {
    for (int i = 0; i < WIDE; i++) {
      const int t = (int)f * FRAME + FRAME / 2 - WIDE / 2 + i;
      const double window = (1 - cos(2 * M_PI * i / (WIDE - 1))) / 2;
      piece[i] = t >= 0 && t < (int)n ? window * x[t] : 0;
    }
    solve(piece, WIDE, 2e-2, a[f]);
    solve(piece, WIDE, 1e-7, b[f]);
  }
  leave(a, x, frames, 1e-10, q, soft);
  leave(b, x, frames, 1e-20, e, noise);
  for (size_t f = 0; f < frames; f++) {
    gain[f] = 0;
    for (size_t t = f * FRAME; t < (f + 1) * FRAME; t++) {
      e[t] = fmin(fmax(e[t] / noise[f], -3), 3);
      gain[f] += x[t] * x[t] / FRAME;
    }
    gain[f] = sqrt(gain[f]) / soft[f];
  }
  leave(a, pattern, frames, 0, q, none);
  for (size_t t = 0; t < frames * FRAME; t++)
    top += e[t] * gain[t / FRAME] * q[t];
  impulse[0] = 1;
  fray_butterworth_band(.1, .8, band);
  fray_biquads_run(band, FRAY_BIQUADS_MOST, false, impulse, frames * FRAME);
  for (size_t sign = 0; sign < frames * FRAME; sign++) {
    double sum = 0;
    for (size_t t = 0; t < frames * FRAME; t++)
      one[t] = t >= sign ? (double)impulse[t - sign] : 0;
    leave(a, one, frames, 0, q, none);
    for (size_t t = sign; t < frames * FRAME; t++)
      sum += e[t] * gain[t / FRAME] * q[t];
    squares += sum * sum;
  }
  memset(impulse, 0, sizeof impulse);
  return top / sqrt(squares);
}

/* Lag, sign and size by the plain way; a client of sounds pools them. */
static void sounds_plainly(void **state) {
  (void)state;
  enum { SOUNDS = 3, LONG = 1300, LAG = 5 };
  static float pattern[LONG + FRAY_MARK_LAG], x[SOUNDS][LONG];
  const double *host = take("sound/host", 2 * STEPS);
  struct fray_mark_value value[SOUNDS];
  struct fray_mark_found found[SOUNDS], all;
  struct fray_mark_bank *bank;
  double sum = 0;
  OK(fray_mark_sound_bank(ours, LONG, 8000, &arena, &bank, &err));
  fray_mark_sound_pattern(ours, LONG + FRAY_MARK_LAG, pattern);
  for (size_t i = 0; i < SOUNDS; i++) {
    const size_t n = LONG - 100 * i, lag = i == 0 ? 0 : LAG;
    double late[LONG] = {0}, seen[LONG];
    for (size_t t = 0; t < n; t++)
      x[i][t] = (float)host[200 * i + t];
    OK(fray_mark_sound(x[i], n, 8000, pattern, -22, &arena, &err));
    /* Upside down, and `lag` steps late. */
    for (size_t t = n; t-- > 0;)
      x[i][t] = t >= lag ? -x[i][t - lag] : 0;
    for (size_t t = 0; t < n; t++) {
      seen[t] = (double)x[i][t];
      late[t] = t >= lag ? (double)pattern[t - lag] : 0;
    }
    value[i] = (struct fray_mark_value){x[i], n};
    OK(fray_mark_look(bank, &value[i], 1, 1, &arena, &found[i], &all, &err));
    const double want = plain_z(seen, late, n);
    if (!(want < -4))
      fail_msg("%g", want);
    near(found[i].z, want, (lag ? .02 : 1e-4) * fabs(want));
    near(all.z, found[i].z, 1e-9);
    assert_string_equal(fray_mark_edit_at(bank, found[i].edit).name, i ? "lag 5" : "none");
    assert_int_equal(found[i].edited, i > 0);
    near(found[i].p, 1. / 200, 0);
    sum += i ? found[i].z : 0;
  }
  OK(fray_mark_look(bank, value + 1, SOUNDS - 1, 1, &arena, found, &all, &err));
  near(all.z, fray_mark_pool(sum, SOUNDS - 1), 1e-4);
  assert_true(all.inverted);
  /* Backwards, whatever its length is to whole frames. */
  float turned[LONG];
  for (size_t t = 0; t < LONG - 30; t++)
    turned[t] = x[0][LONG - 31 - t];
  const struct fray_mark_value back = {turned, LONG - 30};
  OK(fray_mark_look(bank, &back, 1, 1, &arena, found, &all, &err));
  assert_string_equal(fray_mark_edit_at(bank, all.edit).name, "backwards");
  assert_true(all.edited && all.inverted && all.z < -4);
}

/* Without a mark z is standard normal over keys, whatever is left of the sound: here what a
 * low-pass leaves, as the largest of all edits of 199 keys would be of independent normals. */
static void sounds_over_keys(void **state) {
  (void)state;
  enum { LONG = 1200 };
  static float x[LONG];
  struct fray_biquad low[2];
  const double *host = take("sound/host", 2 * STEPS);
  struct fray_mark_found found, all;
  double sum = 0, squares = 0;
  for (size_t t = 0; t < LONG; t++)
    x[t] = (float)host[t];
  fray_butterworth_low(.25, low);
  fray_biquads_run(low, 2, false, x, LONG);
  const struct fray_mark_value value = {x, LONG};
  for (size_t k = 0; k < 6; k++) {
    struct fray_arena own = {0};
    struct fray_mark_bank *bank;
    OK(fray_mark_sound_bank((struct fray_mark_key){k, 3}, LONG, 8000, &own, &bank, &err));
    OK(fray_mark_look(bank, &value, 1, 1, &own, &found, &all, &err));
    sum += all.p;
    squares += all.statistic;
    fray_arena_free(&own);
  }
  /* p is uniform: 6 of it have a mean of deviation .118. The largest of 22 normals is 2.2 in size.
   */
  near(sum / 6, .5, 3 * .118);
  near(squares / 6, 2.2, .8);
}

/* Files that are no keys, each with the reason. */
static void keys(void **state) {
  (void)state;
  char path[SCRATCH];
  scratch(path, "fray-mark-XXXXXX");
  struct fray_mark_key key, again;
  struct fray_err no = {0};
  char one[33], other[33];
  const int file = mkstemp(path);
  assert_true(file >= 0);
  static const struct {
    const char *bytes;
    unsigned mode;
    const char *says;
  } bad[] = {{"too short", 0600, "16 to 4096 bytes"},
             {"aaaaaaaaaaaaaaaaaaaaaaaa", 0600, "over and over"},
             {"a good key, but anybody reads it", 0644, "chmod 600"}};
  for (size_t i = 0; i < FRAY_COUNT(bad); i++) {
    const size_t n = strlen(bad[i].bytes);
    assert_int_equal(ftruncate(file, 0), 0);
    assert_int_equal(pwrite(file, bad[i].bytes, n, 0), (ssize_t)n);
    fchmod(file, (mode_t)bad[i].mode);
    assert_int_equal(fray_mark_key_read(path, &key, &no), FRAY_INPUT);
    SAYS(no, bad[i].says);
    SAYS(no, path);
  }
  fchmod(file, 0600);
  OK(fray_mark_key_read(path, &key, &err));
  OK(fray_mark_key_read(path, &again, &err));
  assert_memory_equal(&key, &again, sizeof key);
  fray_mark_fingerprint(key, one);
  fray_mark_fingerprint(ours, other);
  assert_int_equal(strlen(one), 32);
  assert_string_not_equal(one, other);
  close(file);
  unlink(path);
  assert_int_equal(fray_mark_key_read(path, &key, &no), FRAY_INPUT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pictures_of_others), cmocka_unit_test(sounds_of_others),
      cmocka_unit_test(closed_forms),       cmocka_unit_test(areas),
      cmocka_unit_test(edits_are_named),    cmocka_unit_test(wrong_keys),
      cmocka_unit_test(pictures_plainly),   cmocka_unit_test(sounds_plainly),
      cmocka_unit_test(sounds_over_keys),   cmocka_unit_test(keys),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
