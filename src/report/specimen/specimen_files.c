/* A value as a file that other programs open: sound as WAV, a picture as PNG, numbers as CSV, a
 * text as it is. Nothing is shortened here, unlike on pages. */
#include "specimen_parts.h"

#include "report/sample/data_uri.h"

#include "fray/base/csv.h"
#include "fray/base/text.h"

#include <math.h>
#include <stdio.h>

static const char *const endings[] = {[FRAY_AUDIO] = "wav",
                                      [FRAY_IMAGE] = "png",
                                      [FRAY_SERIES] = "csv",
                                      [FRAY_TEXT] = "txt",
                                      [FRAY_FEATURES] = "csv"};

/* Names of modalities are identifiers (docs/shard-format.md), so they name files as they are. */
void specimen_file_name(const struct specimen_value *value, bool damaged, char out[300]) {
  snprintf(out, 300, "%.200s-%s.%s", value->modality->name, damaged ? "damaged" : "clean",
           endings[value->modality->kind]);
}

/* Channels by their names where the shards keep them. */
static void put_numbers(const struct specimen_value *value, const struct fray_signal *x,
                        struct fray_text *out) {
  const struct fray_modality *m = value->modality;
  for (size_t c = 0; c < x->channels; c++) {
    fray_text_puts(out, c ? "," : "");
    if (m->channel_name && m->channel_name[c])
      fray_text_csv(out, m->channel_name[c]);
    else
      fray_text_printf(out, "channel_%zu", c + 1);
  }
  fray_text_puts(out, "\n");
  for (size_t i = 0; i < x->length * x->channels; i++)
    fray_text_printf(out, "%.9g%s", (double)x->x[i], (i + 1) % x->channels ? "," : "\n");
}

/* By what a modality is, never by what damaged it. */
enum fray_status specimen_file(const struct specimen_value *value, bool damaged,
                               struct fray_text *out, struct fray_err *err) {
  const struct fray_signal *x = damaged ? &value->damaged.x : &value->clean.x;
  switch (value->modality->kind) {
  case FRAY_AUDIO:
    fray_rep_wav(out, x->x, x->length, x->rate);
    break;
  case FRAY_IMAGE:
    return fray_rep_png(out, x->x, x->height, x->width, x->channels, err);
  case FRAY_TEXT:
    fray_text_add(out, x->text, x->length);
    break;
  default:
    put_numbers(value, x, out);
  }
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* An empty cell is not known: of what was lost, and of ratios where there is nothing to divide by.
 */
static void put_number(struct fray_text *out, double x) {
  fray_text_puts(out, ",");
  if (!isnan(x))
    fray_text_printf(out, "%.6g", x);
}

void specimen_measures(const struct specimen *s, struct fray_text *out) {
  fray_text_puts(out, "modality,strengths,distance,snr_db,changed,feature_distance\n");
  for (size_t m = 0; m < s->n; m++) {
    const struct specimen_value *v = &s->value[m];
    fray_text_csv(out, v->modality->name);
    fray_text_puts(out, ",");
    fray_text_csv(out, v->strengths);
    put_number(out, v->raw);
    put_number(out, isfinite(v->snr_db) ? v->snr_db : NAN);
    put_number(out, v->changed);
    put_number(out, v->features);
    fray_text_puts(out, "\n");
  }
}
