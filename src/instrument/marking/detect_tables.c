/* detect.csv and conditions.csv, the dictionary of their columns, and what is said of them.
 *
 *   detect.csv      a row for each value and each client, under each condition
 *   conditions.csv  a row for each condition: how many were found, and how well marked and unmarked
 *                   ones are told apart */
#include "detect_parts.h"

#include "fray/base/columns.h"
#include "fray/base/size.h"
#include "fray/metric/membership.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One of twenty is found by chance, which the column of those without a mark shows. */
static const double found_at = .05; /* p of what is called found */

/* What rows of both files begin with. */
#define PLACE(FILE_)                                                                               \
  {FILE_, "condition", "text", "", "clean, or the name of a condition", "never"},                  \
      {FILE_, "severity", "real", "", "of the condition", "it has none"},                          \
      {FILE_, "modality", "text", "", "what was looked at", "never"}, {                            \
    FILE_, "unit", "text", "", "sample: one value; client: all its values together", "never"       \
  }

static const struct fray_column columns[] = {
    PLACE("detect.csv"),
    {"detect.csv", "shards", "text", "",
     "looked: those that were given; against: the same samples without the mark", "never"},
    {"detect.csv", "client", "text", "", "whose it is", "never"},
    {"detect.csv", "sample", "text", "", "which it is", "of a client"},
    {"detect.csv", "n", "integer", "values", "that were there", "never"},
    {"detect.csv", "z", "real", "",
     "correlation with the pattern of the key under the edit that fits best, in standard "
     "deviations of keys that were not used",
     "never"},
    {"detect.csv", "p", "real", "",
     "share of 199 random keys, with this one, whose best edit fits as well: exact", "never"},
    {"detect.csv", "confidence", "real", "", "1 - p", "never"},
    {"detect.csv", "edit", "text", "", "the one of the bank that fits best", "never"},
    {"detect.csv", "edited", "integer", "", "1: it fits better than none by 1.64 deviations",
     "never"},
    {"detect.csv", "inverted", "integer", "", "1: the mark is there upside down", "never"},
    {"detect.csv", "replaced", "text", "",
     "quarters of pictures that lack the mark while others have it: lt rt lb rb (left, right, top, "
     "bottom)",
     "none, or not looked for"},
    PLACE("conditions.csv"),
    {"conditions.csv", "n", "integer", "units", "that were looked at", "never"},
    {"conditions.csv", "found", "integer", "units", "with p of at most .05", "never"},
    {"conditions.csv", "edit", "text", "", "the one that fits best most often among those found",
     "none was found"},
    {"conditions.csv", "named", "integer", "units", "found with that edit", "none was found"},
    {"conditions.csv", "inverted", "integer", "units", "found upside down", "never"},
    {"conditions.csv", "against_n", "integer", "units", "without the mark",
     "nothing to compare with"},
    {"conditions.csv", "against_found", "integer", "units", "of these, falsely found",
     "nothing to compare with"},
    {"conditions.csv", "auroc", "real", "",
     "area under the curve of the size of z, marked against unmarked", "nothing to compare with"},
};

/* From the same rows as the headers, so that no column is without its meaning. */
void detect_columns(struct fray_text *out) {
  fray_columns_csv_head(out);
  fray_columns_csv(columns, FRAY_COUNT(columns), out);
}

const char *detect_condition(const struct detect *d, size_t condition) {
  return condition ? d->condition[condition - 1].name : "clean";
}

/* Without a value the field is empty. */
static void put(struct fray_text *out, double value) {
  char number[32];
  fray_format_double(value, number);
  fray_text_printf(out, ",%s", isfinite(value) ? number : "");
}

/* In the order of PLACE. */
static void put_place(const struct detect *d, const struct detect_row *row, struct fray_text *out) {
  fray_text_csv(out, detect_condition(d, row->condition));
  put(out, row->condition ? d->condition[row->condition - 1].severity : NAN);
  fray_text_puts(out, ",");
  fray_text_csv(out, d->data[0]->modality[row->modality].name);
  fray_text_puts(out, row->sample == UINT32_MAX ? ",client" : ",sample");
}

/* Words and not bits: whoever reads the table looks at a picture beside it. */
static void put_replaced(uint8_t quarters, struct fray_text *out) {
  static const char *const names[] = {"lt", "rt", "lb", "rb"};
  bool follows = false;
  fray_text_puts(out, ",");
  for (size_t q = 0; q < FRAY_MARK_QUARTERS; q++)
    if (quarters >> q & 1) {
      fray_text_printf(out, "%s%s", follows ? " " : "", names[q]);
      follows = true;
    }
}

/* Rows come sorted: by condition, modality, shards, client, and a client behind its samples. */
void detect_table(const struct detect *d, struct fray_text *out) {
  fray_columns_header(columns, FRAY_COUNT(columns), "detect.csv", NULL, out);
  for (size_t r = 0; r < d->n_rows; r++) {
    const struct detect_row *row = &d->row[r];
    const struct fray_dataset *data = d->data[row->set];
    put_place(d, row, out);
    fray_text_puts(out, row->set ? ",against," : ",looked,");
    fray_text_csv(out, data->client_name[row->client]);
    fray_text_puts(out, ",");
    if (row->sample != UINT32_MAX)
      fray_text_csv(out, data->source_id[row->sample]);
    fray_text_printf(out, ",%u", (unsigned)row->n);
    put(out, row->found.z);
    put(out, row->found.p);
    put(out, 1 - row->found.p);
    fray_text_printf(out, ",%s,%d,%d",
                     fray_mark_edit_at(d->bank[row->modality], row->found.edit).name,
                     row->found.edited, row->found.inverted);
    put_replaced(row->found.replaced, out);
    fray_text_puts(out, "\n");
  }
}

/* ---- by condition ---- */

/* Rows of one condition and modality, of values or of clients. */
struct summary {
  const struct detect_row *first;
  size_t n[DETECT_SETS], found[DETECT_SETS], inverted, named;
  uint32_t edit;
  double auroc;
};

/* The edit that most of those found have; at equal counts the first of the bank. */
static enum fray_status name_edit(const struct detect *d, const size_t *count, struct summary *s) {
  const size_t edits = fray_mark_edits(d->bank[s->first->modality]);
  for (size_t e = 0; e < edits; e++)
    if (count[e] > s->named) {
      s->named = count[e];
      s->edit = (uint32_t)e;
    }
  return FRAY_OK;
}

/* Rows first .. end - 1, those of values or those of clients. The area is of the size of z: a mark
 * upside down is a mark. Which edit most have is counted among those found alone, as the others
 * name what chance made of them. */
static enum fray_status summarise(const struct detect *d, size_t first, size_t end, bool clients,
                                  struct fray_arena *arena, struct summary *out,
                                  struct fray_err *err) {
  double *score;
  uint8_t *marked;
  size_t *count, n = 0;
  struct fray_roc roc;
  *out = (struct summary){.auroc = NAN};
  FRAY_ALLOC(score, arena, end - first, err);
  FRAY_ALLOC(marked, arena, end - first, err);
  FRAY_ALLOC_ZERO(count, arena, fray_mark_edits(d->bank[d->row[first].modality]), err);
  for (size_t r = first; r < end; r++) {
    const struct detect_row *row = &d->row[r];
    if ((row->sample == UINT32_MAX) != clients)
      continue;
    /* Both sets are counted by one rule. */
    const bool found = row->found.p <= found_at;
    out->first = out->first ? out->first : row;
    out->n[row->set]++;
    out->found[row->set] += found;
    out->inverted += found && row->found.inverted && row->set == 0;
    count[row->found.edit] += found && row->set == 0;
    score[n] = row->found.statistic;
    marked[n++] = row->set == 0;
  }
  if (!out->first)
    return FRAY_OK;
  FRAY_TRY(name_edit(d, count, out));
  /* Without unmarked ones there is no area, and it is not a number. */
  FRAY_TRY(fray_roc_make(n, score, marked, arena, &roc, err));
  out->auroc = roc.auc;
  return FRAY_OK;
}

/* What nothing was compared with stays empty: 0 would be a finding. */
static void put_summary(const struct detect *d, const struct summary *s, struct fray_text *out) {
  put_place(d, s->first, out);
  fray_text_printf(out, ",%zu,%zu,", s->n[0], s->found[0]);
  if (s->named)
    fray_text_printf(out, "%s,%zu", fray_mark_edit_at(d->bank[s->first->modality], s->edit).name,
                     s->named);
  else
    fray_text_puts(out, ",");
  fray_text_printf(out, ",%zu", s->inverted);
  if (d->n_sets > 1)
    fray_text_printf(out, ",%zu,%zu", s->n[1], s->found[1]);
  else
    fray_text_puts(out, ",,");
  put(out, s->auroc);
  fray_text_puts(out, "\n");
}

/* Of clients; single values are in the table. */
static void say(const struct detect *d, const struct summary *s, struct fray_text *said) {
  const uint32_t c = s->first->condition;
  const double severity = c ? d->condition[c - 1].severity : NAN;
  char name[320], amount[40] = "";
  if (!isnan(severity)) /* values of one axis are told apart */
    snprintf(amount, sizeof amount, " %.4g", severity);
  snprintf(name, sizeof name, "%.250s%s", detect_condition(d, c), amount);
  fray_text_cell(said, name, 24);
  fray_text_puts(said, " ");
  fray_text_cell(said, d->data[0]->modality[s->first->modality].name, 10);
  fray_text_printf(said, " %4zu of %4zu", s->found[0], s->n[0]);
  if (d->n_sets > 1)
    fray_text_printf(said, "  %4zu of %4zu", s->found[1], s->n[1]);
  if (s->named)
    fray_text_printf(said, "  %s%s", fray_mark_edit_at(d->bank[s->first->modality], s->edit).name,
                     2 * s->inverted > s->found[0] ? ", inverted" : "");
  fray_text_puts(said, "\n");
}

/* Table and summary in one walk, so that they cannot disagree. */
enum fray_status detect_conditions(const struct detect *d, struct fray_text *out,
                                   struct fray_text *said, struct fray_err *err) {
  struct fray_arena scratch = {0};
  enum fray_status status = FRAY_OK;
  fray_columns_header(columns, FRAY_COUNT(columns), "conditions.csv", NULL, out);
  fray_text_printf(said, "clients with the mark of the key (p <= .05)\n%-24s %-10s %12s%s  %s\n",
                   "condition", "modality", "found", d->n_sets > 1 ? "      unmarked" : "", "edit");
  for (size_t first = 0, end; first < d->n_rows && status == FRAY_OK; first = end) {
    const struct detect_row *row = &d->row[first];
    for (end = first; end < d->n_rows && d->row[end].condition == row->condition &&
                      d->row[end].modality == row->modality;)
      end++;
    for (int clients = 0; clients < 2 && status == FRAY_OK; clients++) {
      struct summary s;
      status = summarise(d, first, end, clients, &scratch, &s, err);
      if (status != FRAY_OK || !s.first)
        continue;
      put_summary(d, &s, out);
      if (clients)
        say(d, &s, said);
    }
    fray_arena_reset(&scratch);
  }
  fray_arena_free(&scratch);
  if (status == FRAY_OK && (out->failed || said->failed))
    status = fray_fail(err, FRAY_MEMORY, "out of memory");
  return status;
}
