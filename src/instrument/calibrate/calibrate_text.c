/* What a calibration found: the table for scenarios, lines for people, a document for programs. */
#include "fray/instrument/calibrate.h"

#include "fray/base/text.h"
#include "fray/base/version.h"
#include "fray/json/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Curve after curve, severity after severity: the same findings give the same bytes. */
void fray_calibrated_table(const struct fray_calibrated *c, struct fray_text *out) {
  struct fray_arena arena = {0};
  const size_t n = c->n_curves * c->n_losses;
  struct fray_severity_row *row = fray_arena_alloc(&arena, n + 1, sizeof *row);
  out->failed = out->failed || !row;
  for (size_t k = 0; row && k < n; k++)
    row[k] = c->curve[k / c->n_losses].row[k % c->n_losses];
  if (row)
    fray_severity_rows_text(row, n, out);
  fray_arena_free(&arena);
}

/* ---- for people ---- */

/* A strength in four digits, as the table has it; what is open has no number, and neither has what
 * was never reached. */
static const char *number(double value, char out[32]) {
  if (isnan(value))
    return "...";
  snprintf(out, 32, "%.4g", value);
  return out;
}

/* Levels that one thing is said of share a line: what was never lost is said once. Returns how many
 * they were. */
static size_t put_missing(const struct fray_severity_row *row, size_t n, size_t columns,
                          struct fray_text *out) {
  struct fray_text words = {0};
  const char *note = row->note ? row->note : "not told";
  size_t same = 0;
  while (same < n && isnan(row[same].value) && row[same].note && strcmp(row[same].note, note) == 0)
    same++;
  same += same == 0;
  for (size_t k = 0; k < same; k++)
    fray_text_printf(&words, "%s%.4g", k ? ", " : "", row[k].loss);
  fray_text_printf(&words, " %%: %s", note);
  fray_text_puts(out, "     ");
  fray_text_wrap(out, words.data ? words.data : "", 5, columns);
  fray_text_puts(out, "\n");
  fray_text_free(&words);
  return same;
}

/* Weak to strong: of a ratio of signal to noise the first number is the larger one. An end that was
 * not resolved is open, as dots. */
static void put_level(const struct fray_severity_row *row, struct fray_text *out) {
  char value[32], low[32], high[32], between[80];
  snprintf(between, sizeof between, "%s to %s", number(row->low, low), number(row->high, high));
  fray_text_printf(out, "  %5.4g %%  %10s   ", row->loss, number(row->value, value));
  fray_text_cell(out, between, 24);
  fray_text_printf(out, "%.1f %% (%.1f to %.1f)\n", row->realised, row->low_loss, row->high_loss);
}

/* What it is, then a line for each loss. A kind that cannot be told has one sentence in their
 * place. */
static void put_curve(const struct fray_calibrate_curve *curve, size_t n_losses, size_t columns,
                      struct fray_text *out) {
  struct fray_text head = {0};
  /* "levels (levels)" would say it twice. */
  const bool has_unit = *curve->unit && strcmp(curve->unit, curve->key) != 0;
  fray_text_printf(&head, "%s of %s, %s%s%s%s", curve->kind, curve->modality, curve->key,
                   has_unit ? " (" : "", has_unit ? curve->unit : "", has_unit ? ")" : "");
  fray_text_puts(out, "\n");
  fray_text_wrap(out, head.data ? head.data : "", 0, columns);
  fray_text_puts(out, "\n");
  fray_text_free(&head);
  if (curve->note) {
    fray_text_puts(out, "  ");
    fray_text_wrap(out, curve->note, 2, columns);
    fray_text_puts(out, "\n");
    return;
  }
  for (size_t l = 0; l < n_losses;) {
    const struct fray_severity_row *row = &curve->row[l];
    if (isnan(row->value)) {
      l += put_missing(row, n_losses - l, columns, out);
      continue;
    }
    put_level(row, out);
    l++;
  }
}

/* A heading of two lines, then a block for each kind on each modality. */
void fray_calibrated_text(const struct fray_calibrated *c, size_t columns, struct fray_text *out) {
  struct fray_text words = {0};
  char seeds[FRAY_COUNTED], samples[FRAY_COUNTED], clients[FRAY_COUNTED];
  fray_text_printf(
      &words,
      "%s: %s without damage %.4g (95 %%: %.4g to %.4g), chance %.4g; %s, %s of %s "
      "of dev%s%s",
      c->data_set, c->metric, c->clean, c->interval.low, c->interval.high, c->chance,
      fray_counted(seeds, c->n_seeds, "seed"), fray_counted(samples, c->n_samples, "sample"),
      fray_counted(clients, c->n_clients, "client"), *c->method ? "; method " : "", c->method);
  fray_text_wrap(out, words.data ? words.data : "", 0, columns);
  fray_text_puts(out, "\n\n  loses   at strength   95 % interval           lost there, on dev\n");
  fray_text_free(&words);
  for (size_t k = 0; k < c->n_curves; k++)
    put_curve(&c->curve[k], c->n_losses, columns, out);
  /* Of few seeds or clients intervals are wide or miss a part, and the reader must know which. */
  if (c->interval.status && strcmp(c->interval.status, "ok") != 0)
    fray_text_printf(out, "\nintervals: %s\n", c->interval.status);
}

/* ---- for programs ---- */

/* NaN becomes null, as everywhere in documents: what is not known has a name and no value. */
static void put_row(struct fray_json_writer *w, const struct fray_severity_row *row) {
  fray_json_open(w, NULL, false);
  fray_json_member_count(w, "severity", (uint64_t)row->severity);
  fray_json_member_real(w, "loss", row->loss / 100);
  fray_json_member_real(w, "value", row->value);
  fray_json_member_real(w, "low", row->low);
  fray_json_member_real(w, "high", row->high);
  fray_json_member_real(w, "realised", row->realised / 100);
  fray_json_member_real(w, "low_loss", row->low_loss / 100);
  fray_json_member_real(w, "high_loss", row->high_loss / 100);
  fray_json_member_text(w, "note", row->note);
  fray_json_close(w, false);
}

/* Every strength that was tried, so that a curve can be drawn of it. */
static void put_json_curve(struct fray_json_writer *w, const struct fray_calibrate_curve *curve,
                           size_t n_losses) {
  fray_json_open(w, NULL, false);
  fray_json_member_text(w, "kind", curve->kind);
  fray_json_member_text(w, "modality", curve->modality);
  fray_json_member_text(w, "medium", curve->medium);
  fray_json_member_text(w, "key", curve->key);
  fray_json_member_text(w, "unit", curve->unit);
  fray_json_member_text(w, "note", curve->note);
  fray_json_open(w, "levels", true);
  for (size_t l = 0; l < n_losses; l++)
    put_row(w, &curve->row[l]);
  fray_json_close(w, true);
  /* From weak to strong, whatever the order in which they were asked. */
  fray_json_open(w, "tried", true);
  for (size_t k = 0; k < curve->n_points; k++) {
    fray_json_open(w, NULL, false);
    fray_json_member_real(w, "strength", curve->point[k].strength);
    fray_json_member_real(w, "loss", curve->point[k].loss);
    fray_json_member_real(w, "low", curve->point[k].interval.low);
    fray_json_member_real(w, "high", curve->point[k].interval.high);
    fray_json_close(w, false);
  }
  fray_json_close(w, true);
  fray_json_close(w, false);
}

/* Losses are shares here and percent in the table, as elsewhere in documents and tables. */
void fray_calibrated_json(const struct fray_calibrated *c, struct fray_text *out) {
  struct fray_json_writer w = {.text = out};
  fray_json_open(&w, NULL, false);
  fray_json_member_text(&w, "fray", fray_version); /* first, as in every document */
  fray_json_member_text(&w, "data_set", c->data_set);
  fray_json_member_text(&w, "models", c->models);
  fray_json_member_text(&w, "method", *c->method ? c->method : NULL);
  fray_json_member_text(&w, "metric", c->metric);
  fray_json_member_count(&w, "seeds", c->n_seeds);
  fray_json_member_count(&w, "samples", c->n_samples);
  fray_json_member_count(&w, "clients", c->n_clients);
  fray_json_open(&w, "clean", false);
  fray_json_member_real(&w, "value", c->clean);
  fray_json_member_real(&w, "low", c->interval.low);
  fray_json_member_real(&w, "high", c->interval.high);
  fray_json_member_real(&w, "chance", c->chance);
  fray_json_close(&w, false);
  fray_json_open(&w, "kinds", true);
  for (size_t k = 0; k < c->n_curves; k++)
    put_json_curve(&w, &c->curve[k], c->n_losses);
  fray_json_close(&w, true);
  fray_json_close(&w, false);
}
