/* Where the sound of a WAV, RF64, W64, AIFF, 8SVX, CAF, AU, NIST or AVR file really lies. What a
 * header announces is compared with the bytes that are there: recorders that crashed, pipes and
 * editors leave sizes of 0, of 2 or 4 GiB, or of an earlier state. */
#include "sound_parts.h"

#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

/* Containers of chunks: an id, a number of bytes, the bytes.
 * Sources: Microsoft RIFF and multimedia registry; EBU Tech 3306 (RF64); Sony Wave64; Apple AIFF
 * 1.3, Core Audio Format 1.0; EA IFF 85. */
struct family {
  char magic[5], form[5];       /* form: at byte 8, "" = any */
  unsigned first, id, size;     /* bytes: before the first chunk, of an id, of a number */
  bool big, inclusive;          /* byte order; a chunk's number counts its own head too */
  unsigned pad;                 /* chunks begin at multiples of this */
  char data[5], description[5]; /* ids */
  unsigned lead;                /* bytes of the data chunk before the sound */
};

static const struct family families[] = {
    {"RIFF", "WAVE", 12, 4, 4, false, false, 2, "data", "fmt ", 0},
    {"RIFX", "WAVE", 12, 4, 4, true, false, 2, "data", "fmt ", 0},
    {"RF64", "WAVE", 12, 4, 4, false, false, 2, "data", "fmt ", 0},
    {"BW64", "WAVE", 12, 4, 4, false, false, 2, "data", "fmt ", 0},
    {"riff", "", 40, 16, 8, false, true, 8, "data", "fmt ", 0},
    {"FORM", "AIFF", 12, 4, 4, true, false, 2, "SSND", "COMM", 8},
    {"FORM", "AIFC", 12, 4, 4, true, false, 2, "SSND", "COMM", 8},
    {"FORM", "8SVX", 12, 4, 4, true, false, 2, "BODY", "VHDR", 0},
    {"FORM", "16SV", 12, 4, 4, true, false, 2, "BODY", "VHDR", 0},
    {"caff", "", 8, 4, 8, true, false, 1, "data", "desc", 4},
};

struct chunk {
  char id[5];
  uint64_t at, begin, said; /* the number of bytes that it announces for what begins there */
};

/* Ids are printed characters; anything else is no chunk, but sound or damage. */
static bool read_chunk(const struct sound_view *view, const struct family *f, uint64_t at,
                       struct chunk *out) {
  uint8_t head[24];
  unsigned n = f->id + f->size;
  if (sound_view_read(view, at, head, n) != n)
    return false;
  for (unsigned i = 0; i < 4; i++)
    if (head[i] < ' ' || head[i] > '~')
      return false;
  *out = (struct chunk){
      .at = at, .begin = at + n, .said = sound_number(head + f->id, f->size, f->big)};
  memcpy(out->id, head, 4);
  if (f->inclusive)
    out->said = out->said >= n ? out->said - n : 0;
  return true;
}

/* A size may point anywhere: sums that overflow are the end of the file. */
static uint64_t behind(const struct family *f, const struct chunk *chunk) {
  uint64_t end;
  if (__builtin_add_overflow(chunk->begin, chunk->said, &end) || end > UINT64_MAX - f->pad)
    return UINT64_MAX;
  return (end + f->pad - 1) / f->pad * f->pad;
}

/* The next chunk; some writers leave out the pad byte. */
static bool next_chunk(const struct sound_view *view, const struct family *f,
                       const struct chunk *chunk, struct chunk *out) {
  uint64_t at = behind(f, chunk);
  return at < UINT64_MAX &&
         (read_chunk(view, f, at, out) || read_chunk(view, f, chunk->begin + chunk->said, out));
}

/* ---- what follows the announced sound ---- */

enum rest { REST_KNOWN, REST_JUNK, REST_SOUND };

/* Padding of recorders and file systems. */
static bool all_zero(const struct sound_view *view, uint64_t at) {
  uint8_t piece[4096];
  size_t got;
  while ((got = sound_view_read(view, at, piece, sizeof piece)) > 0) {
    for (size_t i = 0; i < got; i++)
      if (piece[i])
        return false;
    at += got;
  }
  return true;
}

/* Tools write them behind any container, though none allows it. */
static bool is_tag(const struct sound_view *view, uint64_t at) {
  uint8_t head[8] = {0};
  size_t got = sound_view_read(view, at, head, sizeof head);
  return got == 8 && ((memcmp(head, "TAG", 3) == 0 && sound_view_size(view) - at == 128) ||
                      memcmp(head, "APETAGEX", 8) == 0 || memcmp(head, "ID3", 3) == 0);
}

/* Chunks up to the end of the file, the last of which may be cut. */
static bool are_chunks(const struct sound_view *view, const struct family *f, uint64_t at) {
  struct chunk chunk, next;
  if (!read_chunk(view, f, at, &chunk))
    return false;
  bool usual = strcmp(chunk.id, "LIST") == 0 || strcmp(chunk.id, "id3 ") == 0;
  while (behind(f, &chunk) < sound_view_size(view) && next_chunk(view, f, &chunk, &next))
    chunk = next;
  uint64_t end = behind(f, &chunk);
  return end >= sound_view_size(view) && (usual || end - sound_view_size(view) < f->pad + 1);
}

/* What stands behind `said` bytes from `begin`: nothing or chunks and tags, a little of something
 * else, or so much of it that the sound must go on. */
static enum rest look_behind(const struct sound_view *view, const struct family *f, uint64_t begin,
                             uint64_t said) {
  enum { LITTLE = 1024 };
  uint64_t end = begin + said, left = sound_view_size(view) - end;
  unsigned pad = f && end % f->pad ? 1 : 0;
  if (left <= pad || is_tag(view, end) || is_tag(view, end + pad) ||
      (f && (are_chunks(view, f, end + pad) || are_chunks(view, f, end))))
    return REST_KNOWN;
  if (all_zero(view, end) || (left < LITTLE && left < said / 8))
    return REST_JUNK;
  return REST_SOUND;
}

/* Sizes that stand for "not known yet": about 2 or 4 GiB (2^63 or more in 64 bits), and nothing. */
static bool is_placeholder(uint64_t said, unsigned bytes) {
  if (bytes == 8)
    return said >= (uint64_t)1 << 62;
  return (said >= 0x7f000000 && said <= 0x80001000) || said >= 0xfff00000;
}

/* Decides how much of the file behind out->begin is sound. open: no number was given at all. */
static enum fray_status settle_end(const struct sound_view *view, const struct family *f,
                                   uint64_t said, bool open, unsigned bytes,
                                   struct sound_layout *out, struct fray_err *err) {
  uint64_t size = sound_view_size(view);
  FRAY_CHECK(out->begin <= size, err, INPUT, "truncated: the file ends before its sound begins");
  uint64_t there = size - out->begin;
  out->end = size;
  if (open)
    return FRAY_OK;
  if (said > there) {
    FRAY_CHECK(is_placeholder(said, bytes), err, INPUT,
               "truncated: the header announces %llu bytes of sound, the file has %llu",
               (unsigned long long)said, (unsigned long long)there);
    out->differs = true;
    return FRAY_OK;
  }
  enum rest rest = look_behind(view, f, out->begin, said);
  out->differs = rest != REST_KNOWN;
  if (rest != REST_SOUND)
    out->end = out->begin + said;
  return FRAY_OK;
}

/* ---- containers of chunks ---- */

/* RF64 keeps the size of the sound in a chunk of its own. Behind the size of the whole file, eight
 * bytes each. */
static uint64_t long_size(const struct sound_view *view, const struct family *f, uint64_t *at) {
  struct chunk chunk;
  uint8_t size[8];
  if (!read_chunk(view, f, f->first, &chunk) || strcmp(chunk.id, "ds64") != 0 ||
      sound_view_read(view, chunk.begin + 8, size, 8) != 8)
    return 0;
  *at = chunk.begin + 8;
  return sound_number(size, 8, false);
}

/* What the chunk before the sound says of it. */
static void read_description(const struct sound_view *view, const struct family *f,
                             const struct chunk *chunk, struct sound_layout *out) {
  enum { MPEG_1_2 = 0x50, MPEG_3 = 0x55 };
  uint8_t p[8] = {0};
  if (strcmp(chunk->id, f->description) != 0 || sound_view_read(view, chunk->begin, p, 8) != 8)
    return;
  uint64_t tag = sound_number(p, 2, f->big);
  if (strcmp(f->data, "data") == 0 && f->pad > 1)
    out->mpeg = tag == MPEG_3 || tag == MPEG_1_2;
  else if (strcmp(f->form, "AIFF") == 0)
    out->frames = (int64_t)sound_number(p + 2, 4, true);
}

static enum fray_status find_in_chunks(struct sound_view *view, const struct family *f,
                                       struct sound_layout *out, struct fray_err *err) {
  struct chunk chunk = {.begin = f->first}, next;
  while (strcmp(chunk.id, f->data) != 0) {
    FRAY_CHECK(next_chunk(view, f, &chunk, &next), err, INPUT,
               "damaged or truncated: it has no chunk \"%s\"", f->data);
    chunk = next;
    read_description(view, f, &chunk, out);
  }
  uint64_t size_at = chunk.at + f->id, said = chunk.said;
  unsigned bytes = f->size;
  if (strcmp(f->magic + 1, "F64") == 0 || strcmp(f->magic, "BW64") == 0) {
    uint64_t at = 0, wide = long_size(view, f, &at);
    if (at && said == UINT32_MAX) {
      size_at = at;
      said = wide;
      bytes = 8;
    }
  }
  /* CAF writes -1 for "up to the end". */
  bool open = strcmp(f->magic, "caff") == 0 && said == UINT64_MAX;
  out->begin = chunk.begin;
  FRAY_TRY(settle_end(view, f, said, open, bytes, out, err));
  uint64_t true_size = out->end - out->begin;
  if (true_size != said)
    sound_view_patch(view, size_at, true_size + (f->inclusive ? chunk.begin - chunk.at : 0), bytes,
                     f->big);
  out->begin = FRAY_MIN(out->begin + f->lead, out->end);
  if (out->differs)
    out->frames = -1;
  return FRAY_OK;
}

/* ---- the others ---- */

/* Source: Sun audio file format: magic, header bytes, sound bytes (or -1), all of 32 bits. */
static enum fray_status find_in_au(struct sound_view *view, const uint8_t *head, bool big,
                                   struct sound_layout *out, struct fray_err *err) {
  uint64_t said = sound_number(head + 8, 4, big);
  out->begin = sound_number(head + 4, 4, big);
  FRAY_TRY(settle_end(view, NULL, said, said == UINT32_MAX, 4, out, err));
  if (out->end - out->begin != said)
    sound_view_patch(view, 8, out->end - out->begin, 4, big);
  return FRAY_OK;
}

/* Source: NIST SPHERE: lines of text, "sample_count -i 24000" (frames) among them. The header has
 * 1024 bytes; what is not found in it is not said. */
static void find_in_nist(const struct sound_view *view, struct sound_layout *out) {
  char text[1025] = "";
  static const char key[] = "sample_count -i ";
  sound_view_read(view, 0, text, sizeof text - 1);
  const char *said = strstr(text, key);
  if (said)
    out->frames = strtoll(said + strlen(key), NULL, 10);
}

enum fray_status sound_layout_find(struct sound_view *view, struct sound_layout *out,
                                   struct fray_err *err) {
  enum { AVR_FRAMES = 26 };
  uint8_t head[32] = {0};
  *out = (struct sound_layout){.frames = -1};
  if (sound_view_read(view, 0, head, sizeof head) < 12)
    return FRAY_OK; /* too short for any format; libsndfile says so */
  for (size_t i = 0; i < FRAY_COUNT(families); i++) {
    const struct family *f = &families[i];
    if (memcmp(head, f->magic, 4) == 0 && (!f->form[0] || memcmp(head + 8, f->form, 4) == 0))
      return find_in_chunks(view, f, out, err);
  }
  if (memcmp(head, ".snd", 4) == 0 || memcmp(head, "dns.", 4) == 0)
    return find_in_au(view, head, head[0] == '.', out, err);
  if (memcmp(head, "NIST_1A", 7) == 0)
    find_in_nist(view, out);
  if (memcmp(head, "2BIT", 4) == 0)
    out->frames = (int64_t)sound_number(head + AVR_FRAMES, 4, true);
  return FRAY_OK;
}
