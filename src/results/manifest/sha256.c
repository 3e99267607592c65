/* SHA-256 in plain C, block by block; where the processor has instructions for it, by them.
 *
 * A library would do the same, but every user would have to install it for one function that FIPS
 * 180-4 fixes to the bit. */
#include "fray/results/sha256.h"

#include "sha256_blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 64, LENGTH = 8, PIECE = 1 << 18 };

const uint32_t sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, unsigned n) {
  return x >> n | x << (32 - n);
}

/* The schedule of a block: its 16 words, and 48 that follow from them. */
static void spread(const unsigned char *p, uint32_t w[64]) {
  for (int t = 0; t < 16; t++, p += 4)
    w[t] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
  for (int t = 16; t < 64; t++) {
    const uint32_t a = w[t - 2], b = w[t - 15];
    w[t] = (turn(a, 17) ^ turn(a, 19) ^ a >> 10) + w[t - 7] + (turn(b, 7) ^ turn(b, 18) ^ b >> 3) +
           w[t - 16];
  }
}

/* Letters as in FIPS 180-4, 6.2.2. */
static void blocks_plain(uint32_t h[8], const unsigned char *data, size_t n) {
  uint32_t w[64];
  for (; n; n--, data += BLOCK) {
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], i = h[7];
    spread(data, w);
    for (int t = 0; t < 64; t++) {
      const uint32_t t1 =
          i + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + sha256_k[t] + w[t];
      const uint32_t t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      i = g, g = f, f = e, e = d + t1;
      d = c, c = b, b = a, a = t1 + t2;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d;
    h[4] += e, h[5] += f, h[6] += g, h[7] += i;
  }
}

/* Asked once; tests turn it off to hold one way against the other. */
static enum { UNASKED, PLAIN, QUICK } way;

bool fray_sha256_quick(bool wanted) {
  way = wanted && sha256_has_x86() ? QUICK : PLAIN;
  return way == QUICK;
}

static void blocks(uint32_t h[8], const unsigned char *data, size_t n) {
  if (way == UNASKED)
    fray_sha256_quick(true);
  (way == QUICK ? sha256_blocks_x86 : blocks_plain)(h, data, n);
}

void fray_sha256_begin(struct fray_sha256 *s) {
  static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(s->h, first, sizeof first);
  s->size = 0;
}

/* Whole blocks are hashed where they lie; only what is left of one is kept. */
void fray_sha256_add(struct fray_sha256 *s, const void *data, size_t size) {
  const unsigned char *from = data;
  const size_t held = (size_t)(s->size % BLOCK);
  s->size += size;
  if (held) {
    const size_t more = size < BLOCK - held ? size : BLOCK - held;
    memcpy(s->block + held, from, more);
    if (held + more < BLOCK)
      return;
    blocks(s->h, s->block, 1);
    from += more;
    size -= more;
  }
  blocks(s->h, from, size / BLOCK);
  if (size % BLOCK)
    memcpy(s->block, from + size / BLOCK * BLOCK, size % BLOCK);
}

/* A one, zeros, and the length in bits, the highest byte first. */
void fray_sha256_end(struct fray_sha256 *s, char out[FRAY_SHA256_TEXT]) {
  static const char digits[] = "0123456789abcdef";
  unsigned char tail[2 * BLOCK] = {0x80};
  const uint64_t bits = s->size * 8;
  const size_t held = (size_t)(s->size % BLOCK);
  const size_t pad = (held < BLOCK - LENGTH ? BLOCK : 2 * BLOCK) - held;
  for (int i = 0; i < LENGTH; i++)
    tail[pad - 1 - (size_t)i] = (unsigned char)(bits >> 8 * i);
  fray_sha256_add(s, tail, pad);
  for (int i = 0; i < 32; i++) {
    const unsigned byte = s->h[i / 4] >> (24 - 8 * (i % 4)) & 0xff;
    out[2 * i] = digits[byte >> 4];
    out[2 * i + 1] = digits[byte & 15];
  }
  out[64] = '\0';
}

void fray_sha256_of(const void *data, size_t size, char out[FRAY_SHA256_TEXT]) {
  struct fray_sha256 s;
  fray_sha256_begin(&s);
  fray_sha256_add(&s, data, size);
  fray_sha256_end(&s, out);
}

/* 0, or why reading ended early. */
static int hash_all(int file, unsigned char *piece, struct fray_sha256 *s) {
  for (;;) {
    const ssize_t n = read(file, piece, PIECE);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return n < 0 ? errno : 0;
    fray_sha256_add(s, piece, (size_t)n);
  }
}

/* A pipe in the place of a file would be waited for: nothing is read but what is plain. */
enum fray_status fray_sha256_file(const char *path, uint64_t *size, char out[FRAY_SHA256_TEXT],
                                  struct fray_err *err) {
  struct fray_sha256 s;
  struct stat info;
  const int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  FRAY_CHECK(file >= 0, err, INPUT, "%s: %s", path,
             errno == ELOOP ? "is a link, no file" : strerror(errno));
  if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(file);
    return fray_fail(err, FRAY_INPUT, "%s: not a regular file", path);
  }
  unsigned char *piece = malloc(PIECE);
  fray_sha256_begin(&s);
  const int reason = piece ? hash_all(file, piece, &s) : 0;
  close(file);
  FRAY_CHECK(piece, err, MEMORY, "out of memory");
  free(piece);
  FRAY_CHECK(reason == 0, err, INPUT, "%s: %s", path, strerror(reason));
  *size = s.size;
  fray_sha256_end(&s, out);
  return FRAY_OK;
}
