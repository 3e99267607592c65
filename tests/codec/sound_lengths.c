/* What a sound file announces against what it holds: placeholders, cut files, what stands behind
 * the sound, chains and streams. Sound of known values in every container, written by hand. */
#include "fray/codec/codec.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "ok.h"

enum { FRAMES = 1500, BYTES = 2 * FRAMES, RATE = 8000 };

static int16_t level(size_t frame) {
  return (int16_t)((int)(frame * 37 % 20001) - 10000);
}

/* ---- files made byte by byte ---- */

static void number(struct fray_text *text, uint64_t value, unsigned n, bool big) {
  for (unsigned i = 0; i < n; i++) {
    char byte = (char)(value >> 8 * (big ? n - 1 - i : i));
    fray_text_add(text, &byte, 1);
  }
}

static void pcm(struct fray_text *text, size_t frames, bool big) {
  for (size_t i = 0; i < frames; i++)
    number(text, (uint16_t)level(i), 2, big);
}

/* A kind of file: its head announces `said` bytes (or frames) of sound and `all` bytes in all. */
struct container {
  const char *name;
  void (*head)(struct fray_text *text, uint64_t all, uint64_t said);
  bool big;
  uint64_t unknown; /* what stands for "not known yet" */
  bool silent;      /* an unknown length is no difference */
};

static void fmt(struct fray_text *text, unsigned tag, bool big) {
  fray_text_puts(text, "fmt ");
  number(text, 16, 4, big);
  number(text, tag, 2, big);
  number(text, 1, 2, big);
  number(text, RATE, 4, big);
  number(text, 2 * RATE, 4, big);
  number(text, 2, 2, big);
  number(text, 16, 2, big);
}

static void riff(struct fray_text *text, const char *magic, uint64_t all, uint64_t said, bool big) {
  fray_text_puts(text, magic);
  number(text, all - 8, 4, big);
  fray_text_puts(text, "WAVE");
  fmt(text, 1, big);
  fray_text_puts(text, "data");
  number(text, said, 4, big);
}

static void wav_head(struct fray_text *text, uint64_t all, uint64_t said) {
  riff(text, "RIFF", all, said, false);
}

static void rifx_head(struct fray_text *text, uint64_t all, uint64_t said) {
  riff(text, "RIFX", all, said, true);
}

static void rf64_head(struct fray_text *text, uint64_t all, uint64_t said) {
  fray_text_puts(text, "RF64");
  number(text, UINT32_MAX, 4, false);
  fray_text_puts(text, "WAVEds64");
  number(text, 28, 4, false);
  number(text, all - 8, 8, false);
  number(text, said, 8, false);
  number(text, said / 2, 8, false);
  number(text, 0, 4, false);
  fmt(text, 1, false);
  fray_text_puts(text, "data");
  number(text, UINT32_MAX, 4, false);
}

static void w64_head(struct fray_text *text, uint64_t all, uint64_t said) {
  static const char riff_end[] = "\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0";
  static const char wave_end[] = "\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a";
  fray_text_puts(text, "riff");
  fray_text_add(text, riff_end, 12);
  number(text, all, 8, false);
  fray_text_puts(text, "wave");
  fray_text_add(text, wave_end, 12);
  fray_text_puts(text, "fmt ");
  fray_text_add(text, wave_end, 12);
  number(text, 24 + 16, 8, false);
  struct fray_text inner = {0};
  fmt(&inner, 1, false);
  fray_text_add(text, inner.data + 8, 16);
  fray_text_free(&inner);
  fray_text_puts(text, "data");
  fray_text_add(text, wave_end, 12);
  number(text, said ? said + 24 : 0, 8, false);
}

static void aiff_head(struct fray_text *text, uint64_t all, uint64_t said) {
  fray_text_puts(text, "FORM");
  number(text, all - 8, 4, true);
  fray_text_puts(text, "AIFFCOMM");
  number(text, 18, 4, true);
  number(text, 1, 2, true);
  number(text, said / 2, 4, true);
  number(text, 16, 2, true);
  fray_text_add(text, "\x40\x0b\xfa\0\0\0\0\0\0\0", 10); /* 8000 in 80 bits */
  fray_text_puts(text, "SSND");
  number(text, said ? said + 8 : 0, 4, true);
  number(text, 0, 8, true);
}

static void au_head(struct fray_text *text, uint64_t all, uint64_t said) {
  (void)all;
  fray_text_puts(text, ".snd");
  const uint64_t words[] = {28, said, 3, RATE, 1, 0};
  for (size_t i = 0; i < FRAY_COUNT(words); i++)
    number(text, words[i], 4, true);
}

static void caf_head(struct fray_text *text, uint64_t all, uint64_t said) {
  (void)all;
  fray_text_puts(text, "caff");
  number(text, 0x10000, 4, true);
  fray_text_puts(text, "desc");
  number(text, 32, 8, true);
  number(text, 0x40bf400000000000, 8, true); /* 8000 as double */
  fray_text_puts(text, "lpcm");
  const uint64_t words[] = {0, 2, 1, 1, 16};
  for (size_t i = 0; i < FRAY_COUNT(words); i++)
    number(text, words[i], 4, true);
  fray_text_puts(text, "data");
  number(text, said == UINT64_MAX ? said : said + 4, 8, true);
  number(text, 0, 4, true);
}

static void nist_head(struct fray_text *text, uint64_t all, uint64_t said) {
  (void)all;
  size_t before = text->size;
  fray_text_printf(text,
                   "NIST_1A\n   1024\nchannel_count -i 1\nsample_count -i %llu\n"
                   "sample_rate -i 8000\nsample_n_bytes -i 2\nsample_byte_format -s2 01\n"
                   "sample_coding -s3 pcm\nend_head\n",
                   (unsigned long long)said / 2);
  while (text->size < before + 1024)
    fray_text_puts(text, " ");
}

static const struct container containers[] = {
    {"a.wav", wav_head, false, 0x7ffff000, false},
    {"b.wav", wav_head, false, UINT32_MAX, false},
    {"x.wav", rifx_head, true, UINT32_MAX, false},
    {"r.wav", rf64_head, false, 0, false},
    {"a.w64", w64_head, false, INT64_MAX - 24, false},
    {"a.aiff", aiff_head, true, 0x7f000000, false},
    {"a.au", au_head, true, UINT32_MAX, true},
    {"a.caf", caf_head, true, UINT64_MAX, true},
    {"a.sph", nist_head, false, 0, false},
};

static const char *write_bytes(const char *name, const void *data, size_t size) {
  FILE *file = fopen(in_folder(name), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  fclose(file);
  return in_folder(name);
}

/* A file whose head announces `said`, with n bytes of sound and what follows them. */
static const char *made(const struct container *c, uint64_t said, size_t n, const char *rest,
                        size_t rest_size) {
  struct fray_text text = {0}, sound = {0};
  pcm(&sound, FRAMES, c->big);
  c->head(&text, 10000 + said, said);
  size_t head = text.size;
  fray_text_free(&text);
  c->head(&text, head + said, said);
  fray_text_add(&text, sound.data, n);
  fray_text_add(&text, rest, rest_size);
  const char *path = write_bytes(c->name, text.data, text.size);
  fray_text_free(&text);
  fray_text_free(&sound);
  return path;
}

static void expect(const char *path, size_t frames, unsigned notes) {
  struct fray_sound sound = {0};
  struct fray_err err = {0};
  if (fray_sound_read(path, &sound, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  if (sound.frames != frames || sound.notes != notes || sound.rate != RATE || sound.channels != 1)
    fail_msg("%s: %zu frames, notes %x, %d channels at %g Hz; expected %zu, %x", path, sound.frames,
             sound.notes, sound.channels, sound.rate, frames, notes);
  for (size_t i = 0; i < FRAY_MIN(frames, (size_t)FRAMES); i++)
    assert_true(sound.x[i] == (float)level(i) / 32768);
  fray_sound_free(&sound);
}

static void refuse(const char *path, const char *part) {
  struct fray_sound sound = {0};
  struct fray_err err = {0};
  if (fray_sound_read(path, &sound, &err) != FRAY_INPUT)
    fail_msg("%s: not refused (%zu frames)", path, sound.frames);
  SAYS(err, part);
  SAYS(err, path);
  assert_null(strstr(err.text, "the process that")); /* the file was refused; nothing crashed */
}

/* ---- containers ---- */

static void right_headers_are_no_difference(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAY_COUNT(containers); i++)
    expect(made(&containers[i], BYTES, BYTES, "", 0), FRAMES, 0);
}

static void placeholders_are_not_lengths(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAY_COUNT(containers); i++) {
    const struct container *c = &containers[i];
    unsigned notes = c->silent ? 0 : FRAY_NOTE_HEADER;
    expect(made(c, c->unknown, BYTES, "", 0), FRAMES, notes);
    if (strcmp(c->name, "a.caf") != 0)
      expect(made(c, 0, BYTES, "", 0), FRAMES, FRAY_NOTE_HEADER);
  }
}

static void a_header_of_an_earlier_time(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAY_COUNT(containers); i++)
    expect(made(&containers[i], BYTES / 4, BYTES, "", 0), FRAMES, FRAY_NOTE_HEADER);
}

static void every_cut_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < FRAY_COUNT(containers); i++) {
    const size_t left[] = {BYTES - 2, BYTES - 1000, BYTES / 2, 2, 0};
    for (size_t k = 0; k < FRAY_COUNT(left); k++)
      refuse(made(&containers[i], BYTES, left[k], "", 0), left[k] ? "truncated" : "");
  }
}

/* Chunks and tags behind the sound are no sound; nor is a little of anything, or zeros. */
static void what_stands_behind_the_sound(void **state) {
  (void)state;
  char tag[128] = "TAGtitle", zeros[4000] = {0}, junk[100];
  memset(junk, 0xa5, sizeof junk);
  const struct container *wav = &containers[0];
  static const char list[] = "LIST\14\0\0\0INFOISFT\0\0\0\0", odd[] = "abcd\3\0\0\0xyz";
  expect(made(wav, BYTES, BYTES, list, sizeof list - 1), FRAMES, 0);
  expect(made(wav, BYTES, BYTES, odd, sizeof odd - 1), FRAMES, 0);
  expect(made(wav, BYTES, BYTES, list, sizeof list - 6), FRAMES, 0);
  expect(made(wav, BYTES, BYTES, tag, sizeof tag), FRAMES, 0);
  expect(made(wav, BYTES, BYTES, zeros, sizeof zeros), FRAMES, FRAY_NOTE_HEADER);
  expect(made(wav, BYTES, BYTES, junk, sizeof junk), FRAMES, FRAY_NOTE_HEADER);
  refuse(made(wav, 0, 0, list, sizeof list - 1), "zero frames");
  expect(made(&containers[6], BYTES, BYTES, tag, sizeof tag), FRAMES, 0);
}

static void a_file_without_sound_says_so(void **state) {
  (void)state;
  struct fray_text text = {0};
  wav_head(&text, 100, 0);
  refuse(write_bytes("none.wav", text.data, text.size), "zero frames");
  refuse(write_bytes("none.wav", text.data, 36), "no chunk \"data\"");
  refuse(write_bytes("none.wav", text.data, 20), "no chunk \"data\"");
  refuse(write_bytes("none.wav", text.data, 8), "not a readable sound file");
  fray_text_free(&text);
}

/* Doubles that floats cannot hold are finite all the same. */
static void values_beyond_floats(void **state) {
  (void)state;
  const double values[] = {0.25, 1e300};
  struct fray_text text = {0};
  au_head(&text, 0, sizeof values);
  text.data[15] = 7; /* double */
  for (size_t i = 0; i < 2; i++) {
    uint64_t bits;
    memcpy(&bits, &values[i], 8);
    number(&text, bits, 8, true);
  }
  refuse(write_bytes("double.au", text.data, text.size), "the value 1e+300, full scale is 1");
  fray_text_free(&text);
}

/* ---- FLAC, Ogg and MPEG: the tone of make_fixtures.py, 4000 frames of 2 channels ---- */

static struct fray_text content(const char *name) {
  char path[512];
  struct fray_text text = {0};
  struct fray_err err = {0};
  snprintf(path, sizeof path, "%s/%s", FIXTURES, name);
  assert_int_equal(fray_file_read(path, 1 << 20, &text, &err), FRAY_OK);
  return text;
}

static struct fray_sound read_bytes(const char *name, const char *data, size_t size) {
  struct fray_sound sound = {0};
  struct fray_err err = {0};
  if (fray_sound_read(write_bytes(name, data, size), &sound, &err) != FRAY_OK)
    fail_msg("%s", err.text);
  return sound;
}

static void expect_tone(const struct fray_sound *sound, size_t first, double tolerance) {
  for (size_t i = 200; i < 3800; i++) {
    double left = 0.5 * sin(2 * M_PI * 500 * (double)i / 16000);
    if (!(fabs((double)sound->x[2 * (first + i)] - left) < tolerance))
      fail_msg("frame %zu: %g, expected %g", first + i, (double)sound->x[2 * (first + i)], left);
  }
}

/* Sets the number of frames in the header: the lower 32 of 36 bits, the others are 0. */
static void set_total(struct fray_text *flac, uint32_t total) {
  for (int i = 0; i < 4; i++)
    flac->data[22 + i] = (char)(total >> (24 - 8 * i));
}

static void flac_totals(void **state) {
  (void)state;
  struct fray_text flac = content("tone.flac");
  const struct {
    uint32_t total;
    unsigned notes;
  } good[] = {{0, 0}, {4000, 0}, {1000, FRAY_NOTE_HEADER}};
  for (size_t i = 0; i < FRAY_COUNT(good); i++) {
    set_total(&flac, good[i].total);
    struct fray_sound sound = read_bytes("t.flac", flac.data, flac.size);
    assert_int_equal(sound.frames, 4000);
    assert_int_equal(sound.notes, good[i].notes);
    expect_tone(&sound, 0, 7e-5);
    fray_sound_free(&sound);
  }
  set_total(&flac, 4001);
  refuse(write_bytes("t.flac", flac.data, flac.size), "truncated: 4000 of 4001 frames");
  set_total(&flac, 0); /* without a number only the frames tell */
  for (size_t n = 43; n + 1 < flac.size; n += 31)
    refuse(write_bytes("t.flac", flac.data, n), "");
  refuse(write_bytes("t.flac", flac.data, flac.size - 1), "truncated: the file does not end");
  fray_text_free(&flac);
}

static void flac_behind_an_id3_tag(void **state) {
  (void)state;
  struct fray_text flac = content("tone.flac"), text = {0};
  fray_text_add(&text, "ID3\4\0\0\0\0\0\3abc", 13);
  fray_text_add(&text, flac.data, flac.size);
  struct fray_sound sound = read_bytes("i.flac", text.data, text.size);
  assert_int_equal(sound.frames, 4000);
  expect_tone(&sound, 0, 7e-5);
  fray_sound_free(&sound);
  fray_text_free(&flac);
  fray_text_free(&text);
}

static size_t page_size(const uint8_t *page) {
  size_t size = 27 + (size_t)page[26];
  for (size_t i = 0; i < page[26]; i++)
    size += page[27 + i];
  return size;
}

/* Source: RFC 3533, section 6: polynomial 0x04c11db7, with the checksum's own bytes as 0. */
static void seal(uint8_t *page) {
  uint32_t crc = 0;
  memset(page + 22, 0, 4);
  for (size_t i = 0; i < page_size(page); i++) {
    crc ^= (uint32_t)page[i] << 24;
    for (int b = 0; b < 8; b++)
      crc = crc & 0x80000000 ? crc << 1 ^ 0x04c11db7 : crc << 1;
  }
  for (int i = 0; i < 4; i++)
    page[22 + i] = (uint8_t)(crc >> 8 * i);
}

/* Offsets of the pages; returns their number. */
static size_t pages_of(const struct fray_text *ogg, size_t at[16]) {
  size_t n = 0;
  for (size_t i = 0; i < ogg->size; i += page_size((const uint8_t *)ogg->data + i))
    at[n++] = i;
  return n;
}

static void ogg_chains(void **state) {
  (void)state;
  struct fray_text ogg = content("tone.ogg"), twice = {0};
  fray_text_add(&twice, ogg.data, ogg.size);
  fray_text_add(&twice, ogg.data, ogg.size);
  struct fray_sound sound = read_bytes("c.ogg", twice.data, twice.size);
  assert_int_equal(sound.frames, 8000);
  assert_int_equal(sound.notes, 0);
  expect_tone(&sound, 0, 0.02);
  assert_memory_equal(sound.x, sound.x + 8000, 8000 * sizeof *sound.x);
  fray_sound_free(&sound);
  refuse(write_bytes("c.ogg", twice.data, twice.size - 1), "truncated");
  fray_text_free(&ogg);
  fray_text_free(&twice);
}

static void ogg_pages(void **state) {
  (void)state;
  struct fray_text ogg = content("tone.ogg");
  size_t at[16], n = pages_of(&ogg, at);
  for (size_t i = 0; i < n; i++) { /* a flipped bit in any page */
    ogg.data[at[i] + 40] ^= 4;
    refuse(write_bytes("p.ogg", ogg.data, ogg.size), "damaged: at byte");
    ogg.data[at[i] + 40] ^= 4;
  }
  uint8_t *last = (uint8_t *)ogg.data + at[n - 1];
  last[5] &= (uint8_t)~4; /* nobody closed the stream */
  seal(last);
  struct fray_sound sound = read_bytes("p.ogg", ogg.data, ogg.size);
  assert_int_equal(sound.notes, FRAY_NOTE_HEADER);
  assert_true(sound.frames >= 3800);
  expect_tone(&sound, 0, 0.02);
  fray_sound_free(&sound);
  fray_text_free(&ogg);
}

static void mpeg_without_a_header(void **state) {
  (void)state;
  enum { HEADER = 288 }; /* bytes of the frame that holds it */
  struct fray_text mp3 = content("tone.mp3");
  struct fray_sound with = read_bytes("a.mp3", mp3.data, mp3.size);
  struct fray_sound bare = read_bytes("b.mp3", mp3.data + HEADER, mp3.size - HEADER);
  assert_int_equal(with.frames, 4000);
  assert_int_equal(bare.notes, 0);
  assert_int_equal(bare.frames % 576, 0); /* all frames, with the encoder's silence around them */
  assert_true(bare.frames >= 4000 + 1105);
  for (size_t i = 2 * 200; i < 2 * 3800; i++) /* the silence is of 576 + 529 frames */
    assert_true(fabs((double)(with.x[i] - bare.x[i + 2 * 1105])) < 1e-6);
  fray_sound_free(&with);
  fray_sound_free(&bare);
  fray_text_free(&mp3);
}

static void mpeg_ends(void **state) {
  (void)state;
  struct fray_text mp3 = content("tone.mp3"), text = {0};
  for (size_t n = 300; n < mp3.size; n += 7)
    refuse(write_bytes("cut.mp3", mp3.data, n), "truncated");
  refuse(write_bytes("cut.mp3", mp3.data, mp3.size - 1), "truncated");
  char tag[128] = "TAGtitle";
  fray_text_add(&text, mp3.data, mp3.size);
  fray_text_add(&text, tag, sizeof tag);
  struct fray_sound sound = read_bytes("tag.mp3", text.data, text.size);
  assert_int_equal(sound.frames, 4000);
  assert_int_equal(sound.notes, 0);
  fray_sound_free(&sound);
  fray_text_free(&text);
  fray_text_add(&text, mp3.data, 1000);
  fray_text_add(&text, mp3.data + 1300, mp3.size - 1300);
  refuse(write_bytes("hole.mp3", text.data, text.size), "");
  fray_text_free(&text);
  fray_text_free(&mp3);
}

static void mpeg_joined_and_in_a_wav(void **state) {
  (void)state;
  struct fray_text mp3 = content("tone.mp3"), text = {0};
  fray_text_add(&text, mp3.data, mp3.size);
  fray_text_add(&text, mp3.data, mp3.size);
  struct fray_sound sound = read_bytes("two.mp3", text.data, text.size);
  assert_int_equal(sound.notes, FRAY_NOTE_HEADER);
  assert_true(sound.frames >= 8000);
  expect_tone(&sound, 0, 0.05);
  fray_sound_free(&sound);
  fray_text_free(&text);
  fray_text_puts(&text, "RIFF");
  number(&text, 36 + mp3.size, 4, false);
  fray_text_puts(&text, "WAVE");
  fmt(&text, 0x55, false);
  fray_text_puts(&text, "data");
  number(&text, mp3.size, 4, false);
  fray_text_add(&text, mp3.data, mp3.size);
  sound = read_bytes("mp3.wav", text.data, text.size);
  assert_int_equal(sound.frames, 4000);
  assert_int_equal(sound.channels, 2);
  expect_tone(&sound, 0, 0.05);
  fray_sound_free(&sound);
  fray_text_free(&text);
  fray_text_free(&mp3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(right_headers_are_no_difference),
      cmocka_unit_test(placeholders_are_not_lengths),
      cmocka_unit_test(a_header_of_an_earlier_time),
      cmocka_unit_test(every_cut_is_refused),
      cmocka_unit_test(what_stands_behind_the_sound),
      cmocka_unit_test(a_file_without_sound_says_so),
      cmocka_unit_test(values_beyond_floats),
      cmocka_unit_test(flac_totals),
      cmocka_unit_test(flac_behind_an_id3_tag),
      cmocka_unit_test(ogg_chains),
      cmocka_unit_test(ogg_pages),
      cmocka_unit_test(mpeg_without_a_header),
      cmocka_unit_test(mpeg_ends),
      cmocka_unit_test(mpeg_joined_and_in_a_wav),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
