/* Sounds and pictures that are cut, levelled and fitted on request: every value worked out by hand.
 */
#include "workbench.h"

#include "fray/base/log.h"

enum { RATE = 8000, BLOCK = RATE / 100 };

static void import_sounds(const char *keys) {
  char yaml[400];
  snprintf(yaml, sizeof yaml,
           "name: s\nmodalities: {audio: {kind: audio%s}}\n"
           "inputs: [{reader: manifest, file: s.csv}]\n",
           keys);
  import_anew(yaml);
}

static void refuse_sounds(const char *keys, const char *part) {
  char yaml[400];
  snprintf(yaml, sizeof yaml,
           "name: s\nmodalities: {audio: {kind: audio%s}}\n"
           "inputs: [{reader: manifest, file: s.csv}]\n",
           keys);
  refuse(yaml, part);
}

static void put_two(void) {
  put("s.csv", "id,client,label,audio\na,c,x,a.wav\nb,c,y,b.wav\n");
}

/* 16-bit WAV of two channels. */
static void put_stereo(const char *name, const int16_t *x, size_t frames) {
  uint8_t bytes[44 + 64] = "RIFF....WAVEfmt \x10\0\0\0\1\0\2\0\x40\x1f\0\0\0\x7d\0\0\4\0\x10\0data";
  size_t n = 4 * frames;
  assert_true(n <= 64);
  bytes[4] = (uint8_t)(36 + n);
  memset(bytes + 5, 0, 3);
  bytes[40] = (uint8_t)n;
  memset(bytes + 41, 0, 3);
  memcpy(bytes + 44, x, n);
  put_bytes(name, bytes, 44 + n);
}

static void channel(void **state) {
  (void)state;
  const int16_t x[] = {10, 100, 20, 200, 30, 300};
  put_two();
  put_stereo("a.wav", x, 3);
  put_stereo("b.wav", x, 2);
  import_sounds("");
  EXPECT_INTS("/modalities/audio/values", 55, 110, 165, 55, 110);
  import_sounds(", mix: first");
  EXPECT_INTS("/modalities/audio/values", 10, 20, 30, 10, 20);
  import_sounds(", channel: 2");
  EXPECT_INTS("/modalities/audio/values", 100, 200, 300, 100, 200);
  refuse_sounds(", channel: 3", "a.wav: channel 3 is asked for, the file has 2");
  refuse_sounds(", channel: 0", "channel");
}

static void offset_and_longest(void **state) {
  (void)state;
  int16_t x[40];
  for (int16_t i = 0; i < 40; i++)
    x[i] = (int16_t)(i + 1);
  put_two();
  put_wav("a.wav", RATE, x, 40);
  put_wav("b.wav", RATE, x, 18);
  import_sounds(", offset: 0.002, max_seconds: 0.001");
  EXPECT_INTS("/modalities/audio/offset", 0, 8, 10);
  EXPECT_INTS("/modalities/audio/values", 17, 18, 19, 20, 21, 22, 23, 24, 17, 18);
  refuse_sounds(", offset: 0.003", "b.wav: the sound lasts 0.00225 s, and `offset` leaves out");
}

/* Blocks of 10 ms: quiet, loud, quiet but within, loud, quiet. 40 dB below 1000 is 10. */
static void trimming(void **state) {
  (void)state;
  static const int16_t level[] = {9, 9, 1000, 2, 11, 9};
  int16_t x[6 * BLOCK], silence[2 * BLOCK] = {0};
  int64_t offset[3];
  for (int i = 0; i < 6 * BLOCK; i++)
    x[i] = (int16_t)(i % 2 ? level[i / BLOCK] : -level[i / BLOCK]);
  put_two();
  put_wav("a.wav", RATE, x, 6 * BLOCK);
  put_wav("b.wav", RATE, silence, 2 * BLOCK);
  import_sounds(", trim: {below_db: -40}");
  values("/modalities/audio/offset", FRAY_H5_I64, offset, 3);
  assert_int_equal(offset[1], 3 * BLOCK);
  assert_int_equal(offset[2], 5 * BLOCK); /* silence is as loud as its loudest part */
  int64_t kept[5 * BLOCK];
  values("/modalities/audio/values", FRAY_H5_I64, kept, 5 * BLOCK);
  for (int i = 0; i < 3 * BLOCK; i++)
    assert_int_equal(kept[i], x[2 * BLOCK + i]);
  import_sounds(", trim: {below_db: -40, keep: 0.001}");
  values("/modalities/audio/offset", FRAY_H5_I64, offset, 3);
  assert_int_equal(offset[1], 3 * BLOCK + 16);
  import_sounds(", trim: {below_db: -20}, max_seconds: 0.005");
  values("/modalities/audio/offset", FRAY_H5_I64, offset, 3);
  assert_int_equal(offset[1], 40);
  refuse_sounds(", trim: {keep: 1}", "trim needs `below_db`");
}

/* 20 dB are a factor of ten in values; 32768 is full scale. */
static void loudness(void **state) {
  (void)state;
  static const int16_t a[] = {1000, -1000, 1000, -1000}, b[] = {100, -100, 100, -100};
  static const int16_t peaked[] = {100, 100, 100, 32000};
  put_two();
  put_wav("a.wav", RATE, a, 4);
  put_wav("b.wav", RATE, b, 4);
  import_sounds(", loudness: {rms_db: -20}");
  EXPECT_INTS("/modalities/audio/values", 3277, -3277, 3277, -3277, 3277, -3277, 3277, -3277);
  import_sounds(", loudness: {peak_db: -40}");
  EXPECT_INTS("/modalities/audio/values", 328, -328, 328, -328, 328, -328, 328, -328);
  /* A gain of 1.02 is all that the peak allows: nothing is clipped. */
  put_wav("b.wav", RATE, peaked, 4);
  import_sounds(", loudness: {rms_db: -1}");
  EXPECT_INTS("/modalities/audio/values", 29205, -29205, 29205, -29205, 102, 102, 102, 32767);
  put_wav("b.wav", RATE, (int16_t[]){0, 0}, 2);
  import_sounds(", loudness: {peak_db: 0}");
  EXPECT_INTS("/modalities/audio/values", 32767, -32767, 32767, -32767, 0, 0);
  refuse_sounds(", loudness: {peak_db: -1, rms_db: -1}", "give one of `rms_db` and `peak_db`");
  refuse_sounds(", loudness: {peak_db: 1}", "loudness.peak_db");
}

static void counts_are_said(void **state) {
  (void)state;
  static const int16_t loud[] = {100, 100, 100, 32000};
  struct fray_text text = {0};
  put_two();
  put_wav("a.wav", RATE, loud, 4);
  put_wav("b.wav", RATE, loud, 3);
  import_sounds(", max_seconds: 1, loudness: {rms_db: -1}");
  fray_log_speaker(true);
  said("name: s\nmodalities: {audio: {kind: audio, loudness: {rms_db: -1}}}\n"
       "inputs: [{reader: manifest, file: s.csv}]\n",
       &text);
  fray_log_speaker(false);
  assert_non_null(text.data);
  assert_non_null(strstr(text.data, "audio: 1 of 2 quieter than asked for"));
  fray_text_free(&text);
}

/* ---- pictures ---- */

static void import_pictures(const char *keys) {
  char yaml[400];
  snprintf(yaml, sizeof yaml,
           "name: p\nmodalities: {pic: {kind: image, %s}}\n"
           "inputs: [{reader: manifest, file: p.csv}]\n",
           keys);
  import_anew(yaml);
}

/* 2 x 4 pixels 0..7 and 4 x 2 pixels 10..17, to 2 x 2 and to 4 x 4. */
static void fitting(void **state) {
  (void)state;
  put("p.csv", "id,client,label,pic\na,c,x,a.pgm\nb,c,y,b.pgm\n");
  put_pgm("a.pgm", 2, 4, 0);
  put_pgm("b.pgm", 4, 2, 10);
  import_pictures("size: [2, 2], fit: crop");
  EXPECT_INTS("/modalities/pic/values", 1, 2, 5, 6, 12, 13, 14, 15);
  import_pictures("size: [4, 4], fit: pad, padding: 99");
  EXPECT_INTS("/modalities/pic/values", 99, 99, 99, 99, 0, 1, 2, 3, 4, 5, 6, 7, 99, 99, 99, 99, 99,
              10, 11, 99, 99, 12, 13, 99, 99, 14, 15, 99, 99, 16, 17, 99);
  /* Shrinking averages blocks of 2 x 2; the one row that is left of an edge goes below. */
  put_pgm("b.pgm", 2, 4, 20);
  import_pictures("size: [2, 2], fit: pad");
  EXPECT_INTS("/modalities/pic/values", 3, 5, 0, 0, 23, 25, 0, 0);
  import_pictures("size: [2, 2]");
  EXPECT_INTS("/modalities/pic/values", 1, 3, 5, 7, 21, 23, 25, 27);
  refuse("name: p\nmodalities: {pic: {kind: image, fit: crop}}\n"
         "inputs: [{reader: manifest, file: p.csv}]\n",
         "fit: crop needs a `size`");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ON_BENCH(channel),  ON_BENCH(offset_and_longest), ON_BENCH(trimming),
      ON_BENCH(loudness), ON_BENCH(counts_are_said),    ON_BENCH(fitting),
  };
  fray_log_speaker(false); /* sets without test samples are warned of */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
