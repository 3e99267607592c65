/* Facts of raw values, by medium. They are made of the value after damage and before anything is
 * standardised, cut or padded, since that is where silence and emptiness can still be seen. */
#include "fray/feature/facts.h"
#include "features_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>

static const char *const sound[] = {"loudness", "range", "seconds"};
static const char *const plane[] = {"level", "deviation"};
static const char *const picture[] = {"level", "deviation", "roughness"};

/* Of a series one for each channel: a dead axis is a fact that no mean over axes shows. */
size_t fray_facts_count(const struct fray_modality *modality) {
  switch (modality->kind) {
  case FRAY_AUDIO:
    return FRAY_COUNT(sound);
  case FRAY_IMAGE:
    return FRAY_COUNT(picture);
  case FRAY_FEATURES:
    return FRAY_COUNT(plane);
  case FRAY_SERIES:
    return modality->channels;
  case FRAY_TEXT:
    return 1;
  }
  return 0;
}

/* Words for tables; the order is that in which they are computed. */
const char *fray_fact_name(const struct fray_modality *modality, size_t fact) {
  switch (modality->kind) {
  case FRAY_AUDIO:
    return sound[fact];
  case FRAY_IMAGE:
    return picture[fact];
  case FRAY_FEATURES:
    return plane[fact];
  case FRAY_SERIES:
    return "deviation";
  case FRAY_TEXT:
    return "words";
  }
  return "";
}

/* Of full scale: a square of 1 is 0 dB. */
static double decibels(double power) {
  return 10 * log10(power);
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Windows of 20 ms; of digital silence a level of -120 dB, since a range from minus infinity to
 * itself is no number. The rest of a window at the end is left out, unless it is all there is. */
static enum fray_status sound_facts(const struct fray_signal *value, struct fray_arena *arena,
                                    double *out, struct fray_err *err) {
  struct fray_arena_place mark = fray_arena_mark(arena);
  const size_t window = FRAY_MAX((size_t)(value->rate / 50), (size_t)1);
  const size_t n = FRAY_MAX(value->length / window, (size_t)1);
  double *level, power = 0;
  FRAY_ALLOC(level, arena, n, err);
  for (size_t i = 0; i < value->length; i++)
    power += (double)value->x[i] * (double)value->x[i];
  for (size_t w = 0; w < n; w++) {
    const size_t first = w * window, end = FRAY_MIN(first + window, value->length);
    double sum = 0;
    for (size_t i = first; i < end; i++)
      sum += (double)value->x[i] * (double)value->x[i];
    level[w] = decibels(sum / (double)FRAY_MAX(end - first, (size_t)1) + 1e-12);
  }
  /* Quantiles as order statistics: windows are few. */
  qsort(level, n, sizeof *level, ascending);
  out[0] = value->length ? decibels(power / (double)value->length) : -(double)INFINITY;
  out[1] =
      level[(size_t)(0.95 * (double)(n - 1) + 0.5)] - level[(size_t)(0.10 * (double)(n - 1) + 0.5)];
  out[2] = value->rate > 0 ? (double)value->length / value->rate : (double)value->length;
  fray_arena_rewind(arena, mark);
  return FRAY_OK;
}

/* Mean and deviation of n numbers that lie `step` apart; in two passes, so that a bright picture
 * with little in it loses no digits. */
static void spread(const float *x, size_t n, size_t step, double *mean, double *deviation) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; i++)
    sum += (double)x[i * step];
  *mean = n ? sum / (double)n : 0;
  for (size_t i = 0; i < n; i++) {
    const double apart = (double)x[i * step] - *mean;
    squares += apart * apart;
  }
  *deviation = n ? sqrt(squares / (double)n) : 0;
}

/* How much neighbours differ, in units of the deviation: what tells noise of the level and
 * deviation of pictures from pictures, of whom neighbours are alike. Of one shade all over it is 0.
 */
static double roughness(const struct fray_signal *value, double deviation) {
  const size_t row = value->width * value->channels;
  double sum = 0;
  size_t pairs = 0;
  for (size_t y = 0; y < value->height; y++)
    for (size_t i = 0; i < row; i++) {
      const float *x = value->x + y * row + i;
      const double right = i + value->channels < row ? (double)x[value->channels] - (double)*x : 0;
      const double down = y + 1 < value->height ? (double)x[row] - (double)*x : 0;
      sum += right * right + down * down;
      pairs += (size_t)(i + value->channels < row) + (size_t)(y + 1 < value->height);
    }
  return pairs && deviation > 0 ? sqrt(sum / (double)pairs) / deviation : 0;
}

/* No dictionary and no language is asked: how long a text is, is all that this fact tells.
 * A word begins where a sign follows a blank. */
static size_t words(const char *text, size_t length) {
  size_t n = 0;
  for (size_t i = 0; i < length; i++) {
    const bool blank = text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r');
    const bool after = i == 0 || text[i - 1] == ' ' || (text[i - 1] >= '\t' && text[i - 1] <= '\r');
    n += !blank && after;
  }
  return n;
}

/* Vectors of features have no time, so their spread is that of their numbers. */
enum fray_status fray_facts_of_value(const struct fray_signal *value, struct fray_arena *arena,
                                     double *out, struct fray_err *err) {
  double mean;
  switch (value->kind) {
  case FRAY_AUDIO:
    return sound_facts(value, arena, out, err);
  case FRAY_IMAGE:
    spread(value->x, value->height * value->width * value->channels, 1, &out[0], &out[1]);
    out[2] = roughness(value, out[1]);
    break;
  case FRAY_FEATURES:
    spread(value->x, value->length * value->channels, 1, &out[0], &out[1]);
    break;
  case FRAY_SERIES:
    for (size_t c = 0; c < value->channels; c++)
      spread(value->x + c, value->length, value->channels, &mean, &out[c]);
    break;
  case FRAY_TEXT:
    out[0] = (double)words(value->text, value->length);
    break;
  }
  return FRAY_OK;
}

/* An arena of its own, since facts are asked for beside whatever else uses the features. */
enum fray_status fray_facts_of(struct fray_features *features, size_t modality, size_t sample,
                               const struct fray_signal_plan *plan, double *out,
                               struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_signal value;
  FRAY_TRY(fray_features_raw(features, modality, sample, plan, &value, err));
  const enum fray_status status = fray_facts_of_value(&value, &arena, out, err);
  fray_arena_free(&arena);
  return status;
}

/* One row for each sample, whether or not it has the modality: rows are found by its number. */
enum fray_status fray_facts_of_samples(struct fray_features *features, size_t modality, size_t n,
                                       const uint32_t *sample, const uint8_t *present,
                                       const struct fray_signal_plan *plan,
                                       struct fray_arena *arena, double **out,
                                       struct fray_err *err) {
  /* As many as the modality has, also where not one sample has it. */
  const size_t count = fray_facts_count(&features->dataset->modality[modality]);
  FRAY_ALLOC(*out, arena, n * count + 1, err);
  for (size_t i = 0; i < n; i++) {
    double *row = *out + i * count;
    /* What is not there has no facts, and a zero would be one: silence of full scale, a black
     * picture. */
    for (size_t k = 0; k < count; k++)
      row[k] = NAN;
    if (present[i] >> modality & 1u)
      FRAY_TRY(fray_facts_of(features, modality, sample[i], plan, row, err));
  }
  return FRAY_OK;
}
