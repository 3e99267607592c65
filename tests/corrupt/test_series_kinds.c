/* Laws of kinds of series that nobody published, in closed form: shares, sizes, fills, mountings,
 * devices, records; and what their keys may not say. */
#include "corrupt/scope/quantile.h"
#include "corrupt/series/tools/gaps.h"
#include "corrupt/series/tools/spline.h"
#include "fray/base/size.h"
#include "series_fixtures.h"
#include "signal_world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) {
  const float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

/* Type 7 by its definition, on sorted numbers, half of them ties. */
static void quantiles_are_those_of_sorted_numbers(void **state) {
  (void)state;
  for (uint64_t draw = 0; draw < 2000; draw++) {
    struct fray_rng rng = fray_rng_for(1, "test/quantile", draw, 0, 0);
    float v[60], sorted[60];
    const size_t n = 1 + (size_t)fray_rng_below(&rng, 60);
    for (size_t i = 0; i < n; i++)
      v[i] = sorted[i] = draw % 2 ? (float)fray_rng_below(&rng, 5) : (float)fray_rng_normal(&rng);
    qsort(sorted, n, sizeof *sorted, by_value);
    const double p = draw % 7 ? fray_rng_uniform(&rng) : draw % 3 ? 1 : 0;
    const double at = p * (double)(n - 1);
    const size_t k = (size_t)at, next = FRAY_MIN(k + 1, n - 1);
    const double low = (double)sorted[k], high = (double)sorted[next];
    assert_true(fabs(fray_quantile(v, n, p) - (low + (at - (double)k) * (high - low))) < 1e-12);
  }
}

/* A spline without knots at its second values is the cubic itself wherever there is one. */
static void splines_keep_cubics(void **state) {
  (void)state;
  for (size_t n = 2; n <= FRAY_MOST_KNOTS + 2; n++) {
    const double b = n > 2 ? 0.5 : 0, c = n > 3 ? 0.01 : 0;
    double value[FRAY_MOST_KNOTS + 2], out[301];
    struct fray_spline spline;
    for (size_t k = 0; k < n; k++)
      value[k] = 1 - 2 * (double)k + b * (double)(k * k) + c * (double)(k * k * k);
    fray_spline_make(&spline, value, 1, n);
    fray_spline_fill(&spline, 301, out);
    for (size_t t = 0; t < 301; t++) {
      const double at = (double)(n - 1) * (double)t / 300;
      const double want = 1 - 2 * at + b * at * at + c * at * at * at;
      assert_true(fabs(out[t] - want) <= 1e-9 * (1 + fabs(want)));
    }
  }
}

/* Readings of deviation 1 and mean 0 in every channel. */
static struct fray_signal alternating(void) {
  static float x[SERIES_SIZE];
  for (size_t i = 0; i < SERIES_SIZE; i++)
    x[i] = i / CHANNELS % 2 ? 1 : -1;
  return series_window(x);
}

static float clean(size_t i) {
  return i / CHANNELS % 2 ? 1 : -1;
}

static void within(double share, double want, double n) {
  if (!(fabs(share - want) <= 5 * sqrt(want * (1 - want) / n)))
    fail_msg("%g of %g, not %g", share, n, want);
}

static void spikes_are_as_many_and_as_high_as_asked(void **state) {
  (void)state;
  double hit = 0, up = 0;
  for (uint64_t draw = 0; draw < 500; draw++) {
    struct fray_signal x = alternating();
    series_apply("{kind: spikes, share: 0.07, height: 4}", &x, draw);
    for (size_t i = 0; i < SERIES_SIZE; i++) {
      const float by = x.x[i] - clean(i);
      assert_true(by == 0 || fabsf(fabsf(by) - 4) < 1e-5f);
      hit += by != 0;
      up += by > 0;
    }
  }
  within(hit / (500.0 * SERIES_SIZE), 0.07, 500.0 * SERIES_SIZE);
  within(up / hit, 0.5, hit);
}

/* 0 stands where something is missing, since no reading is 0. block: steps that share their fate.
 */
static void share_missing(const char *yaml, size_t block, bool all_channels, double share) {
  double lost = 0, units = 0;
  for (uint64_t draw = 0; draw < 400; draw++) {
    struct fray_signal x = alternating();
    series_apply(yaml, &x, draw);
    for (size_t t = 0; t < STEPS; t++)
      for (size_t c = 0; c < CHANNELS; c++) {
        const float *row = x.x + t * CHANNELS;
        assert_true(row[c] == 0 || row[c] == clean(t * CHANNELS));
        if (t % block)
          assert_true((row[c] == 0) == (row[c - CHANNELS] == 0));
        if (all_channels)
          assert_true((row[c] == 0) == (row[0] == 0));
        units += t % block == 0;
        lost += t % block == 0 && row[c] == 0;
      }
  }
  within(lost / units, share, all_channels ? units / CHANNELS / 10 : units); /* runs of 5: 10 */
}

static void shares_are_lost_in_their_pattern(void **state) {
  (void)state;
  share_missing("{kind: missing_values, share: 0.2}", 1, false, 0.2);
  share_missing("{kind: missing_values, share: 0.2, pattern: blocks, block: 8}", 8, false, 0.2);
  share_missing("{kind: missing_values, share: 0.2, pattern: channels}", STEPS, false, 0.2);
  share_missing("{kind: sensor_dropout, share: 0.2, fill: zero}", 1, true, 0.2);
  share_missing("{kind: sensor_dropout, share: 1, fill: zero}", 1, true, 1);
}

/* Of the kind itself, and not of the chain alone: 40 records of 20000 steps. */
static void bursts_are_as_long_as_they_say(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"{kind: sensor_dropout, severity: 3, fill: zero}", "mean burst 5"},
      {"{kind: sensor_dropout, severity: 3, fill: zero, burst: 12}", "mean burst 12"}};
  for (size_t k = 0; k < FRAY_COUNT(cases); k++) {
    double mean = 0;
    for (uint64_t draw = 0; draw < 40; draw++) {
      static float x[20000];
      struct fray_signal record = {
          .kind = FRAY_SERIES, .x = x, .length = 20000, .capacity = 20000, .channels = 1};
      double lost = 0, runs = 0;
      for (size_t t = 0; t < 20000; t++)
        x[t] = 1;
      series_apply(cases[k][0], &record, draw);
      for (size_t t = 0; t < 20000; t++) {
        lost += x[t] == 0;
        runs += x[t] == 0 && (t == 0 || x[t - 1] != 0);
      }
      mean += lost / runs / 40;
    }
    assert_int_equal(series_meets("dropout", cases[k][1], 3, "mean_burst", mean), 40);
  }
}

/* Six steps of a ramp, of which some are lost; by hand. */
static void gaps_are_filled_as_they_say(void **state) {
  (void)state;
  static const struct {
    uint8_t lost[6];
    float want[4][6]; /* hold, zero, mean, linear */
  } cases[] = {
      {{0, 1, 1, 0, 0, 1},
       {{0, 0, 0, 3, 4, 4},
        {0, 0, 0, 3, 4, 0},
        {0, 7 / 3.0f, 7 / 3.0f, 3, 4, 7 / 3.0f},
        {0, 1, 2, 3, 4, 4}}},
      {{1, 1, 0, 0, 1, 0},
       {{2, 2, 2, 3, 3, 5},
        {0, 0, 2, 3, 0, 5},
        {10 / 3.0f, 10 / 3.0f, 2, 3, 10 / 3.0f, 5},
        {2, 2, 2, 3, 4, 5}}},
      {{1, 1, 1, 1, 1, 1}, {{0}, {0}, {0}, {0}}},
      {{0, 0, 0, 0, 0, 0},
       {{0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 5}}},
  };
  for (size_t k = 0; k < FRAY_COUNT(cases); k++)
    for (int fill = FRAY_GAP_HOLD; fill <= FRAY_GAP_LINEAR; fill++) {
      float x[12];
      uint8_t lost[12] = {0};
      for (size_t t = 0; t < 6; t++) {
        x[2 * t] = (float)t;
        x[2 * t + 1] = 9; /* another channel, which is whole */
        lost[2 * t] = cases[k].lost[t];
      }
      struct fray_signal s = {
          .kind = FRAY_SERIES, .x = x, .length = 6, .capacity = 6, .channels = 2};
      fray_gaps_fill(&s, lost, (enum fray_gap_fill)fill);
      for (size_t t = 0; t < 6; t++) {
        assert_true(fabsf(x[2 * t] - cases[k].want[fill][t]) < 1e-6f);
        assert_true(x[2 * t + 1] == 9);
      }
    }
}

static void hanging_channels_are_those_that_were_named(void **state) {
  (void)state;
  for (uint64_t draw = 0; draw < 100; draw++)
    for (int together = 0; together < 2; together++) {
      static float ramp[SERIES_SIZE];
      size_t first[CHANNELS], held[CHANNELS] = {0}, channels = 0;
      struct fray_signal x = series_window(ramp);
      for (size_t i = 0; i < SERIES_SIZE; i++)
        ramp[i] = (float)(i / CHANNELS);
      series_apply(together ? "{kind: stuck_at, share: 0.25, channels: together}"
                            : "{kind: stuck_at, share: 0.25, channels: one}",
                   &x, draw);
      for (size_t c = 0; c < CHANNELS; c++) {
        for (size_t t = STEPS; t-- > 1;)
          if (ramp[t * CHANNELS + c] != (float)t) {
            held[c]++;
            first[c] = t - 1;
          }
        channels += held[c] > 0;
        /* A quarter of 128 steps, the first of which keeps its own value. */
        assert_true(held[c] == 0 || held[c] == STEPS / 4 - 1);
        if (together)
          assert_int_equal(first[c], first[0]);
      }
      assert_int_equal(channels, together ? CHANNELS : 1);
    }
}

/* First step that a ramp of steps holds, and the one behind the last. */
static void held_of(const char *yaml, uint64_t draw, size_t *begin, size_t *end) {
  static float ramp[SERIES_SIZE];
  struct fray_signal x = series_window(ramp);
  for (size_t i = 0; i < SERIES_SIZE; i++)
    ramp[i] = (float)(i / CHANNELS);
  series_apply(yaml, &x, draw);
  *begin = *end = 0;
  for (size_t t = 1; t < STEPS; t++)
    if (ramp[t * CHANNELS] != (float)t) {
      *begin = *end ? *begin : t - 1;
      *end = t + 1;
    }
}

/* And starts are all that there are, from the first step to the last that leaves room. */
static void longer_holds_cover_shorter_ones(void **state) {
  (void)state;
  enum { LAST = STEPS - STEPS * 3 / 4 };
  bool seen[LAST + 1] = {false};
  for (uint64_t draw = 0; draw < 500; draw++) {
    size_t begin[2], end[2];
    held_of("{kind: stuck_at, share: 0.25}", draw, &begin[0], &end[0]);
    held_of("{kind: stuck_at, share: 0.75}", draw, &begin[1], &end[1]);
    assert_int_equal(end[1] - begin[1], STEPS * 3 / 4);
    assert_true(begin[1] <= begin[0] && end[0] <= end[1]);
    assert_true(begin[1] <= LAST);
    seen[begin[1]] = true;
  }
  for (size_t t = 0; t <= LAST; t++)
    assert_true(seen[t]);
}

static double determinant(double r[3][3]) {
  return r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1]) -
         r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0]) +
         r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0]);
}

/* The matrix that a kind turns the first triple by, read off the unit vectors; the second turns
 * alike. */
static void matrix_of(struct fray_signal *x, double r[3][3]) {
  for (size_t i = 0; i < 9; i++) {
    r[i / 3][i % 3] = (double)x->x[i % 3 * CHANNELS + i / 3];
    assert_true(x->x[i % 3 * CHANNELS + i / 3] == x->x[i % 3 * CHANNELS + 3 + i / 3]);
  }
}

static struct fray_signal unit_vectors(void) {
  static float x[SERIES_SIZE];
  memset(x, 0, sizeof x);
  for (size_t a = 0; a < 3; a++)
    x[a * CHANNELS + a] = x[a * CHANNELS + 3 + a] = 1;
  return series_window(x);
}

/* The 23 other ways in which a box can lie, each as likely, none a mirror: counts within 5
 * deviations. */
static void mountings_are_turns_of_a_box(void **state) {
  (void)state;
  enum { DRAWS = 4600 };
  size_t count[27 * 27 * 27] = {0}, ways = 0;
  for (uint64_t draw = 0; draw < DRAWS; draw++) {
    struct fray_signal x = unit_vectors();
    double r[3][3];
    size_t way = 0;
    series_apply("{kind: axis_swap}", &x, draw);
    matrix_of(&x, r);
    assert_true(determinant(r) == 1);
    assert_false(r[0][0] == 1 && r[1][1] == 1);
    for (size_t i = 0; i < 9; i++) {
      assert_true(r[i / 3][i % 3] == 0 || fabs(r[i / 3][i % 3]) == 1);
      way = way * 3 + (size_t)(r[i / 3][i % 3] + 1);
    }
    count[way]++;
  }
  for (size_t k = 0; k < FRAY_COUNT(count); k++)
    if (count[k]) {
      ways++;
      within((double)count[k] / DRAWS, 1 / 23.0, DRAWS);
    }
  assert_int_equal(ways, 23);
}

/* One device a client: the same matrix for all its windows, another for the next client; a turn
 * by the angle, and a gain with the deviation that was asked for. */
static void devices_are_the_clients(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  double sum = 0, squares = 0;
  const size_t seeds = 40;
  for (uint64_t seed = 0; seed < seeds; seed++) {
    struct fray_damage d =
        signal_world_corrupt(&w, &p, seed, "{kind: placement, angle: 60, gain: 0.2}", NULL);
    double before = 0;
    for (size_t client = 0; client < SIGNAL_CLIENTS; client++) {
      struct fray_signal x = unit_vectors();
      double r[3][3], again[3][3];
      if (client % 10 == 7)
        continue; /* has no series */
      signal_world_damage(&w, d.signal, client, MOTION, &x);
      matrix_of(&x, r);
      x = unit_vectors();
      signal_world_damage(&w, d.signal, client + 5 * SIGNAL_CLIENTS, MOTION, &x);
      matrix_of(&x, again);
      assert_memory_equal(r, again, sizeof r);
      const double gain = cbrt(determinant(r)), trace = (r[0][0] + r[1][1] + r[2][2]) / gain;
      assert_true(fabs((trace - 1) / 2 - 0.5) < 1e-6); /* cos 60 */
      assert_true(gain != before);
      before = gain;
      sum += log(gain);
      squares += log(gain) * log(gain);
    }
  }
  const double n = (double)seeds * SIGNAL_CLIENTS * 0.9;
  assert_true(fabs(sum / n) <= 5 * 0.2 / sqrt(n));
  assert_true(fabs(sqrt(squares / n) - 0.2) <= 5 * 0.2 / sqrt(2 * n));
  signal_world_free(&w);
}

/* How far channel c of a client's windows is off, at their first and last steps. */
static void ends_of(struct signal_world *w, const struct fray_signal_plan *plan, size_t sample,
                    size_t c, double *first, double *last) {
  const size_t end = SERIES_SIZE - CHANNELS + c;
  struct fray_signal x = alternating();
  signal_world_damage(w, plan, sample, MOTION, &x);
  *first = (double)x.x[c] - (double)clean(c);
  *last = (double)x.x[end] - (double)clean(end);
}

/* A client has 100 samples: each window goes on where the one before it ended, from 0 to the
 * amount; of a curve the farthest point is the amount. */
static void drift_goes_on_over_the_record(void **state) {
  (void)state;
  struct signal_world w;
  signal_world_make(&w);
  struct fray_population p = signal_world_population(&w, true, 0);
  const char *shapes[] = {"line", "curve"};
  for (size_t s = 0; s < 2; s++) {
    const char *yaml =
        fray_arena_printf(&w.arena, "{kind: drift, amount: 2, shape: %s}", shapes[s]);
    struct fray_damage d = signal_world_corrupt(&w, &p, 3, yaml, NULL);
    for (size_t c = 0; c < CHANNELS; c++) {
      double first, last, before = NAN, farthest = 0;
      for (size_t n = 0; n < SIGNAL_SAMPLES / SIGNAL_CLIENTS; n++) {
        ends_of(&w, d.signal, 4 + n * SIGNAL_CLIENTS, c, &first, &last);
        if (n)
          assert_true(fabs(first - before) < 1e-5);
        else if (s == 0)
          assert_true(first == 0);
        before = last;
        farthest = fmax(farthest, fabs(last));
      }
      if (s == 0)
        assert_true(fabs(fabs(last) - 2) < 1e-5);
      assert_true(farthest <= 2 + 1e-4 && farthest > 1.97); /* windows end at a hundredth each */
    }
  }
  signal_world_free(&w);
}

/* Of a sensor with five levels from -2 to 2 there are five values, and nothing beyond. */
static void levels_divide_the_full_scale(void **state) {
  (void)state;
  float x[9] = {-9, -2, -1.3f, -0.9f, 0, 0.3f, 1.1f, 2, 9};
  const float want[9] = {-1.6f, -1.6f, -0.8f, -0.8f, 0, 0.8f, 1.6f, 1.6f, 1.6f};
  struct fray_signal s = {.kind = FRAY_SERIES, .x = x, .length = 9, .capacity = 9, .channels = 1};
  series_apply("{kind: sensor_quantisation, levels: 5, full_scale: 2}", &s, 0);
  for (size_t t = 0; t < 9; t++)
    if (fabsf(x[t] - want[t]) > 1e-6f)
      fail_msg("%zu: %g", t, (double)x[t]);
}

static void refuses(struct signal_world *w, const char *yaml, const char *message) {
  struct fray_population p = signal_world_population(w, true, 0);
  struct fray_corruption_config entry;
  const struct fray_corruption_config *const entries[] = {&entry};
  struct fray_node *node;
  struct fray_realised realised;
  struct fray_damage damage;
  struct fray_err err = {0};
  assert_int_equal(fray_yaml_parse(yaml, "t.yaml", &w->arena, &node, NULL), FRAY_OK);
  assert_int_equal(fray_damage_start(&p, &w->arena, &damage, &err), FRAY_OK);
  enum fray_status status =
      fray_schema_read(&fray_corruption_table, node, "", &entry, &w->arena, &err);
  if (status == FRAY_OK)
    status = fray_corrupt(entries, 1, &p, 1, &w->arena, &damage, &realised, &err);
  if (status != FRAY_INPUT || !strstr(err.text, message))
    fail_msg("%s: %d %s", yaml, (int)status, err.text);
}

/* Before anything is read: by the keys alone, or by what the data are. */
static void keys_that_cannot_be_are_refused(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"{kind: sensor_rotation, angle: 10, triples: [0, 1]}", "2 channels are no threes"},
      {"{kind: placement, angle: 10, triples: [0, 1, 1]}", "channel 1 is there twice"},
      {"{kind: axis_swap, triples: [3, 4, 6]}",
       "modality motion: triples: there is no channel 6; they are 0 to 5"},
      {"{kind: sensor_rotation, angle: 190}", "190 is not in [0, 180]"},
      {"{kind: drift, amount: 1, per: sample}", "use 'per: client' or 'over: window'"},
      {"{kind: sensor_quantisation, levels: 3.5}", "3.5 is not a whole number"},
      {"{kind: sensor_quantisation, levels: 0}", "0 is not at least 1"},
      {"{kind: sensor_dropout, share: 0.1, burst: 0.5}", "0.5 is not in [1, "},
      {"{kind: sensor_dropout, share: 1.5}", "1.5 is not in [0, 1]"},
      {"{kind: sample_rate, share: 0}", "0 is not in (0, 1]"},
      {"{kind: sample_rate, share: 0.5, per: client}", "draws no random numbers"},
      {"{kind: jitter, modalities: [sound], sigma: 1}", "which jitter does not damage"},
      {"{kind: permutation}", "segments: kind permutation needs it, or severity"},
  };
  struct signal_world w;
  signal_world_make(&w);
  for (size_t k = 0; k < FRAY_COUNT(cases); k++)
    refuses(&w, cases[k][0], cases[k][1]);
  w.dataset.modality[MOTION].channels = 7;
  w.dataset.modality[MOTION].rate = 0;
  refuses(&w, "{kind: sensor_rotation, angle: 10}",
          "7 channels are no threes of x, y and z; say which");
  refuses(&w, "{kind: sensor_mains, amplitude: 1}", "its rate is not known");
  signal_world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quantiles_are_those_of_sorted_numbers),
      cmocka_unit_test(splines_keep_cubics),
      cmocka_unit_test(spikes_are_as_many_and_as_high_as_asked),
      cmocka_unit_test(shares_are_lost_in_their_pattern),
      cmocka_unit_test(bursts_are_as_long_as_they_say),
      cmocka_unit_test(gaps_are_filled_as_they_say),
      cmocka_unit_test(hanging_channels_are_those_that_were_named),
      cmocka_unit_test(longer_holds_cover_shorter_ones),
      cmocka_unit_test(mountings_are_turns_of_a_box),
      cmocka_unit_test(devices_are_the_clients),
      cmocka_unit_test(drift_goes_on_over_the_record),
      cmocka_unit_test(levels_divide_the_full_scale),
      cmocka_unit_test(keys_that_cannot_be_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
