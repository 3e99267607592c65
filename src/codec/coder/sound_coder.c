/* Sound there and back by libsndfile, in a file that is a piece of memory. Formats are named by
 * their numbers: older headers lack the names, and whether this library has a coder is asked when
 * it runs. */
#include "fray/codec/sound_coder.h"

#include "fray/base/size.h"

#include <math.h>
#include <sndfile.h>
#include <string.h>

enum {
  WAV = 0x010000,
  OGG = 0x200000,
  MPEG = 0x230000,
  SET_LEVEL = 0x1301, /* SFC_SET_COMPRESSION_LEVEL */
  SET_MODE = 0x1305,  /* SFC_SET_BITRATE_MODE: 0, constant */
  /* Of LAME's encoder, 576, and of a decoder, 528 + 1 (LAME's technical FAQ). */
  MP3_DELAY = 1105
};
static const struct {
  const char *name;
  int format;
  bool integer;
} coders[FRAY_SOUND_CODERS] = {[FRAY_CODER_GSM] = {"GSM 06.10", WAV | 0x0020, true},
                               [FRAY_CODER_MP3] = {"MP3", MPEG | 0x0082, false},
                               [FRAY_CODER_OPUS] = {"Opus", OGG | 0x0064, false}};

/* One channel: sound of the shards has one, and coders save on what two have in common. */
static SF_INFO info_of(enum fray_sound_coder coder, int rate) {
  return (SF_INFO){.samplerate = rate, .channels = 1, .format = coders[coder].format};
}

/* Every coder has 8 kHz among its rates. */
static bool is_there(enum fray_sound_coder coder) {
  SF_INFO info = info_of(coder, 8000);
  return sf_format_check(&info);
}

enum fray_status fray_sound_coder_check(enum fray_sound_coder coder, struct fray_err *err) {
  char there[128] = "";
  int used = 0;
  if (is_there(coder))
    return FRAY_OK;
  for (enum fray_sound_coder k = 0; k < FRAY_SOUND_CODERS; k++)
    if (is_there(k))
      used += snprintf(there + used, sizeof there - (size_t)used, "%s%s", used ? ", " : "",
                       coders[k].name);
  return fray_fail(err, FRAY_INPUT, "%s cannot encode %s here; it has %s", sf_version_string(),
                   coders[coder].name, *there ? there : "none of the coders");
}

/* Upwards, so that nothing is lost but by the coder; encoders themselves go down at low bit rates.
 */
int fray_sound_coder_rate(enum fray_sound_coder coder, double kbps, double rate) {
  static const int mp3[] = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000},
                   opus[] = {8000, 12000, 16000, 24000, 48000};
  const int *rates = coder == FRAY_CODER_MP3 ? mp3 : opus;
  const size_t n = coder == FRAY_CODER_MP3 ? FRAY_COUNT(mp3) : FRAY_COUNT(opus);
  size_t k = 0;
  if (coder != FRAY_CODER_MP3 && coder != FRAY_CODER_OPUS)
    return 8000;
  while (k + 1 < n && rates[k] < rate)
    k++;
  return coder == FRAY_CODER_MP3 && kbps < 32 ? FRAY_MIN(rates[k], 24000) : rates[k];
}

/* libsndfile's scale from 0, the most bits, to 1: straight lines between the ends of what a format
 * has at a rate. */
static double level_of(enum fray_sound_coder coder, double kbps, int rate) {
  const bool mp3 = coder == FRAY_CODER_MP3;
  const double least = !mp3 ? 6 : rate >= 32000 ? 32 : 8;
  const double most = !mp3 ? 256 : rate >= 32000 ? 320 : rate >= 16000 ? 160 : 64;
  return fmin(fmax((most - kbps) / (most - least), 0), 1);
}

/* A file in memory. Its size is bounded before it is written: no coder here makes more of a sound
 * than 32 bits a sample, beside its headers. */
struct memory {
  unsigned char *data;
  sf_count_t size, at, room;
};

static sf_count_t size_of(void *user) {
  return ((struct memory *)user)->size;
}

static sf_count_t tell(void *user) {
  return ((struct memory *)user)->at;
}

static sf_count_t seek(sf_count_t offset, int whence, void *user) {
  struct memory *m = user;
  const sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? m->at : m->size;
  m->at = FRAY_MIN(FRAY_MAX(from + offset, 0), m->size);
  return m->at;
}

static sf_count_t read_some(void *out, sf_count_t count, void *user) {
  struct memory *m = user;
  const sf_count_t n = FRAY_MAX(FRAY_MIN(count, m->size - m->at), 0);
  if (n)
    memcpy(out, m->data + m->at, (size_t)n);
  m->at += n;
  return n;
}

static sf_count_t write_some(const void *in, sf_count_t count, void *user) {
  struct memory *m = user;
  const sf_count_t n = FRAY_MAX(FRAY_MIN(count, m->room - m->at), 0);
  memcpy(m->data + m->at, in, (size_t)n);
  m->at += n;
  m->size = FRAY_MAX(m->size, m->at);
  return n;
}

static SF_VIRTUAL_IO calls = {size_of, seek, read_some, write_some, tell};

/* The library's words name what it did not like; the file is closed with them. */
static enum fray_status refused(enum fray_sound_coder coder, SNDFILE *file, struct fray_err *err) {
  fray_fail(err, FRAY_INPUT, "%s, %s: %s", sf_version_string(), coders[coder].name,
            sf_strerror(file));
  if (file)
    sf_close(file);
  return FRAY_INPUT;
}

/* steps or x, whichever the coder takes. The level must be set before the first sample: then the
 * encoder is set up. The mode is the default of the version that was tried, and said all the same.
 */
static enum fray_status encode(enum fray_sound_coder coder, double kbps, const float *x,
                               const short *steps, size_t n, int rate, struct memory *m,
                               struct fray_err *err) {
  SF_INFO info = info_of(coder, rate);
  SNDFILE *file = sf_open_virtual(&calls, SFM_WRITE, &info, m);
  double level = level_of(coder, kbps, rate);
  int constant = 0;
  if (!file)
    return refused(coder, NULL, err);
  if (coder == FRAY_CODER_MP3)
    sf_command(file, SET_MODE, &constant, sizeof constant);
  if (!steps && !sf_command(file, SET_LEVEL, &level, sizeof level))
    return refused(coder, file, err);
  const sf_count_t got =
      steps ? sf_write_short(file, steps, (sf_count_t)n) : sf_write_float(file, x, (sf_count_t)n);
  if (got != (sf_count_t)n)
    return refused(coder, file, err);
  sf_close(file); /* writes what it still holds */
  return FRAY_OK;
}

/* Frames in all; -1: none. Room is for n and what frames and delays add. */
static sf_count_t decode(struct memory *m, float *x, short *steps, size_t room) {
  SF_INFO info = {0};
  m->at = 0;
  SNDFILE *file = sf_open_virtual(&calls, SFM_READ, &info, m);
  if (!file)
    return -1;
  const sf_count_t got = info.channels != 1 ? -1
                         : steps            ? sf_read_short(file, steps, (sf_count_t)room)
                                            : sf_read_float(file, x, (sf_count_t)room);
  sf_close(file);
  return got;
}

enum { PADDING = 16384, HEADERS = 1 << 16 }; /* samples that coders add at most; bytes */

/* GSM is defined on 16 bits. */
static void to_steps(const float *x, size_t n, short *steps) {
  for (size_t i = 0; i < n; i++)
    steps[i] = (short)lrintf(FRAY_MIN(FRAY_MAX(x[i] * 32768.0f, -32768.0f), 32767.0f));
}

/* MP3 files with a tag by LAME are decoded to their length; where frames are too small to hold one,
 * at low rates, the delay is still in front, and more comes out than went in. Measured: 0 or 1105
 * samples, whatever the rate. */
static size_t delay_of(enum fray_sound_coder coder, sf_count_t got, size_t n) {
  return coder == FRAY_CODER_MP3 && got > (sf_count_t)n ? MP3_DELAY : 0;
}

/* Beyond full scale sound is cut off, as it would be on its way into any of them; LAME stops the
 * whole program by an assertion where sound is a million times as loud as it may be. */
enum fray_status fray_sound_code(enum fray_sound_coder coder, double kbps, float *x, size_t n,
                                 int rate, struct fray_arena *scratch, struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(scratch);
  const size_t room = n + PADDING;
  struct memory m = {.room = (sf_count_t)(4 * n + HEADERS)};
  short *steps = NULL;
  float *out = NULL;
  FRAY_ALLOC(m.data, scratch, m.room, err);
  for (size_t i = 0; i < n; i++)
    x[i] = FRAY_MIN(FRAY_MAX(x[i], -1.0f), 1.0f);
  if (coders[coder].integer) {
    FRAY_ALLOC_ZERO(steps, scratch, room, err);
    to_steps(x, n, steps);
  } else {
    FRAY_ALLOC_ZERO(out, scratch, room, err);
  }
  FRAY_TRY(encode(coder, kbps, x, steps, n, rate, &m, err));
  const sf_count_t got = decode(&m, out, steps, room);
  FRAY_CHECK(got >= 0, err, INPUT, "%s cannot decode the %s that it made", sf_version_string(),
             coders[coder].name);
  /* A decoder that gives less leaves silence at the end. */
  const size_t delay = delay_of(coder, got, n);
  for (size_t i = 0; i < n; i++)
    x[i] = steps ? (float)steps[i] / 32768.0f : out[i + delay];
  if (steps && (size_t)got < n)
    memset(x + got, 0, (n - (size_t)got) * sizeof *x);
  fray_arena_rewind(scratch, mark);
  return FRAY_OK;
}
