/* The bytes of pictures and sounds, written into an address: base64 takes a third more room than
 * the bytes, and needs no escaping whatever stands around it. */
#include "data_uri.h"

#include "fray/codec/codec.h"

#include <math.h>
#include <stdlib.h>

/* Three bytes are four digits of six bits; what is missing at the end is padded. */
void fray_rep_put_base64(struct fray_text *out, const void *data, size_t n) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const uint8_t *p = data;
  for (size_t i = 0; i < n; i += 3) {
    const size_t left = n - i;
    const uint32_t v =
        (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);
    const char four[4] = {digits[v >> 18], digits[v >> 12 & 63],
                          left > 1 ? digits[v >> 6 & 63] : '=', left > 2 ? digits[v & 63] : '='};
    fray_text_add(out, four, sizeof four);
  }
}

/* ---- pictures ---- */

/* The larger side becomes `most`; no side vanishes. */
static size_t shrunk(size_t side, size_t larger, size_t most) {
  const size_t to = side * most / larger;
  return larger <= most ? side : to ? to : 1;
}

/* A picture that fits is resized to its own size, which copies it. */
static enum fray_status put_image(struct fray_text *out, struct fray_image *image, size_t most,
                                  struct fray_err *err) {
  const size_t larger = image->height > image->width ? image->height : image->width;
  struct fray_image small = {0};
  struct fray_text png = {0};
  enum fray_status status = fray_image_resize(image, shrunk(image->height, larger, most),
                                              shrunk(image->width, larger, most), &small, err);
  if (status == FRAY_OK)
    status = fray_png_put(&small, &png, err);
  if (status == FRAY_OK) {
    fray_text_puts(out, "data:image/png;base64,");
    fray_rep_put_base64(out, png.data, png.size);
  }
  fray_text_free(&png);
  fray_image_free(&small);
  return status;
}

/* To bytes, cut at the ends: a picture of fray is floats until it is looked at. */
static enum fray_status make_image(const float *x, size_t height, size_t width, size_t channels,
                                   struct fray_image *out, struct fray_err *err) {
  const size_t n = height * width * channels;
  *out =
      (struct fray_image){.x = malloc(n), .height = height, .width = width, .channels = channels};
  FRAY_CHECK(out->x, err, MEMORY, "out of memory (%zu bytes)", n);
  for (size_t i = 0; i < n; i++)
    out->x[i] = (uint8_t)lrintf(255 * fminf(fmaxf(x[i], 0), 1));
  return FRAY_OK;
}

enum fray_status fray_rep_put_png(struct fray_text *out, const float *x, size_t height,
                                  size_t width, size_t channels, size_t most,
                                  struct fray_err *err) {
  struct fray_image image;
  FRAY_TRY(make_image(x, height, width, channels, &image, err));
  enum fray_status status = put_image(out, &image, most, err);
  free(image.x);
  return status;
}

enum fray_status fray_rep_png(struct fray_text *out, const float *x, size_t height, size_t width,
                              size_t channels, struct fray_err *err) {
  struct fray_image image;
  FRAY_TRY(make_image(x, height, width, channels, &image, err));
  enum fray_status status = fray_png_put(&image, out, err);
  free(image.x);
  return status;
}

/* ---- sounds ---- */

static void put_le(uint8_t *out, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; i++)
    out[i] = (uint8_t)(value >> 8 * i);
}

/* PCM in a RIFF file: 44 bytes, then the samples. Source: Multimedia Programming Interface and Data
 * Specifications 1.0 (IBM, Microsoft, 1991). */
static void wav_head(uint8_t out[44], size_t n, uint32_t rate) {
  static const char words[] = "RIFF    WAVEfmt                     data    ";
  for (int i = 0; i < 44; i++)
    out[i] = (uint8_t)words[i];
  put_le(out + 4, (uint32_t)(36 + 2 * n), 4);
  put_le(out + 16, 16, 4); /* bytes of the format */
  put_le(out + 20, 1, 2);  /* PCM */
  put_le(out + 22, 1, 2);  /* channels */
  put_le(out + 24, rate, 4);
  put_le(out + 28, 2 * rate, 4); /* bytes a second */
  put_le(out + 32, 2, 2);        /* bytes a sample */
  put_le(out + 34, 16, 2);       /* bits */
  put_le(out + 40, (uint32_t)(2 * n), 4);
}

void fray_rep_wav(struct fray_text *out, const float *x, size_t n, double rate) {
  uint8_t *wav = malloc(44 + 2 * n);
  if (!wav) {
    out->failed = true;
    return;
  }
  wav_head(wav, n, (uint32_t)lround(rate));
  for (size_t i = 0; i < n; i++) {
    /* 32768 is full scale of what import reads; the highest step is one less. */
    const long v = lrintf(32768 * fminf(fmaxf(x[i], -1), 1));
    put_le(wav + 44 + 2 * i, (uint32_t)(v > 32767 ? 32767 : v), 2);
  }
  fray_text_add(out, (const char *)wav, 44 + 2 * n);
  free(wav);
}

void fray_rep_put_wav(struct fray_text *out, const float *x, size_t n, double rate) {
  struct fray_text wav = {0};
  fray_rep_wav(&wav, x, n, rate);
  fray_text_puts(out, "data:audio/wav;base64,");
  fray_rep_put_base64(out, wav.data, wav.size);
  out->failed |= wav.failed;
  fray_text_free(&wav);
}
