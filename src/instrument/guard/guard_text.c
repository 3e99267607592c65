/* What a guard found, for people: what was asked, what people got whom nobody had seen, and how
 * much of what ought to be refused was.
 *
 * For each cell one sentence about those who ought to be answered, and a line for each condition.
 * What is not resolved is said as such: a rate whose interval holds the asked one is neither kept
 * nor missed. */
#include "guard_parts.h"
#include "instrument/folder/instrument_folder.h"

#include <math.h>
#include <string.h>

/* A share with its interval, in percent. */
static void put_rate(const struct guard_rate *r, struct fray_text *out) {
  fray_text_printf(out, "%5.1f %%", 100 * r->value);
  if (!isnan(r->interval.low))
    fray_text_printf(out, "  (95 %%: %.1f to %.1f)", 100 * r->interval.low, 100 * r->interval.high);
}

/* Wrapped to the terminal, or to 80 columns in a file. */
static void put_line(struct fray_text *out, const char *words, size_t columns) {
  fray_text_wrap(out, words ? words : "", 0, columns);
  fray_text_puts(out, "\n");
}

/* Whether training and dev have nobody of those who were tested: only then are they new people. */
static enum fray_status all_are_new(const struct guard_found *found, bool *out,
                                    struct fray_err *err) {
  const struct fray_dataset *d = found->dataset;
  uint8_t *known;
  FRAY_ALLOC_ZERO(known, found->arena, d->n_clients + 1, err);
  *out = true;
  /* By natural clients of the data, whatever the partition made of them. */
  for (size_t s = 0; s < d->n_samples; s++)
    if (d->split[s] != FRAY_TEST)
      known[d->client[s]] = 1;
  for (size_t s = 0; s < d->n_samples; s++)
    *out = *out && (d->split[s] != FRAY_TEST || !known[d->client[s]]);
  return FRAY_OK;
}

/* As many digits as it takes to show that the bound is not what was asked. */
static int digits_to_tell(double bound, double asked) {
  int digits = 1;
  for (double unit = 1000; digits < 6 && round(bound * unit) == round(asked * unit); unit *= 10)
    digits++;
  return digits;
}

/* Says no more than the interval: asked and got differ only where the interval leaves out what was
 * asked. */
static void put_sentence(const struct guard_rate *r, double asked, bool is_new, size_t columns,
                         struct fray_text *out) {
  struct fray_text line = {0};
  /* The whole interval on one side, or nothing is said of the difference. */
  const bool more = r->interval.low > asked, less = r->interval.high < asked;
  const int digits =
      more || less ? digits_to_tell(more ? r->interval.low : r->interval.high, asked) : 1;
  fray_text_printf(
      &line, "Of %zu harmless samples of %zu clients%s %.1f %% were refused", r->n, r->clusters,
      is_new ? " whom nobody had seen" : ", some of whom trained as well,", 100 * r->value);
  if (!isnan(asked))
    fray_text_printf(&line, " where %.1f %% may be", 100 * asked);
  if (isnan(asked) && !isnan(r->interval.low)) /* nothing was promised */
    fray_text_printf(&line, " (95 %%: %.1f to %.1f).", 100 * r->interval.low,
                     100 * r->interval.high);
  else if (isnan(r->interval.low))
    fray_text_puts(&line, "; how sure that is, is not known.");
  else
    fray_text_printf(&line, " (95 %%: %.*f to %.*f): %s.", digits, 100 * r->interval.low, digits,
                     100 * r->interval.high,
                     more   ? "more than was promised"
                     : less ? "fewer than were allowed"
                            : "not resolved from that");
  put_line(out, line.data, columns);
  fray_text_free(&line);
}

/* Only where the interval leaves out what was asked: else the worst of several groups is no more
 * than the one that came out worst. */
static enum fray_status put_worst(const struct guard_found *found,
                                  const struct guard_panel *const *panel, size_t n, size_t columns,
                                  struct fray_text *out, struct fray_err *err) {
  const double asked = guard_asked(found->file);
  const struct fray_group **column;
  struct guard_worst worst;
  struct fray_text line = {0};
  FRAY_ALLOC(column, found->arena, found->n_columns + 1, err);
  for (size_t k = 0; k < found->n_columns; k++)
    column[k] = &found->dataset->group[found->column[k]];
  FRAY_TRY(guard_worst_of(panel, n, 0, found->file->gate.false_refusal, column, found->n_columns,
                          found->trial[0].n_clusters, found->arena, &worst, err));
  if (worst.groups < 2 || !(worst.rate.interval.low > asked))
    return FRAY_OK;
  fray_text_printf(&line,
                   "Of %s=%s, the worst of %zu groups with enough people, %.1f %% were refused "
                   "(95 %% for all of them at once: %.1f to %.1f): more than was promised.",
                   worst.column->name, worst.column->value[worst.code], worst.groups,
                   100 * worst.rate.value, 100 * worst.rate.interval.low,
                   100 * worst.rate.interval.high);
  put_line(out, line.data, columns);
  fray_text_free(&line);
  return FRAY_OK;
}

/* The gate of all scores alone; what each of them does by itself stands in the tables. */
static enum fray_status put_cell(const struct guard_found *found, size_t cell, size_t columns,
                                 const struct guard_panel **panel, struct fray_text *out,
                                 struct fray_err *err) {
  const double alpha = found->file->gate.false_refusal;
  bool is_new = false;
  FRAY_TRY(all_are_new(found, &is_new, err));
  for (size_t c = 0; c < found->file->n_conditions; c++) {
    const struct guard_condition *condition = &found->file->condition[c];
    struct guard_rate rate;
    const size_t n = guard_cell_panels(found, cell, c, panel);
    if (n == 0)
      return FRAY_OK;
    FRAY_TRY(guard_rate_of(panel, n, 0, alpha, NULL, 0, GUARD_REFUSED, found->trial[0].n_clusters,
                           found->arena, &rate, err));
    /* The promise is about clean samples, and so is the sentence. */
    if (c == 0) {
      const char *name = fray_instrument_cell(found->study, cell, found->arena);
      fray_text_printf(out, "\n%s, %s\n", name ? name : "", FRAY_N(n, "trial"));
      put_sentence(&rate, guard_asked(found->file), is_new, columns, out);
      FRAY_TRY(put_worst(found, panel, n, columns, out, err));
    }
    fray_text_puts(out, condition->adherence ? "  to refuse  " : "  to answer  ");
    fray_text_cell(out, condition->name, 20);
    fray_text_puts(out, "  refused ");
    put_rate(&rate, out);
    fray_text_puts(out, "\n");
  }
  return FRAY_OK;
}

/* Cells in the order of the study. */
enum fray_status guard_say(const struct guard_found *found, size_t columns, struct fray_text *out,
                           struct fray_err *err) {
  const struct guard_panel **panel;
  struct fray_text head = {0};
  FRAY_ALLOC(panel, found->arena, found->n_trials + 1, err);
  char asked[32];
  fray_format_double(100 * found->file->gate.false_refusal, asked);
  fray_text_puts(&head, guard_is_of_cost(found->file) ? "Gate of cost" : "Gate of ");
  for (size_t s = 0; s < found->scores.n; s++)
    fray_text_printf(&head, "%s%s", s ? ", " : "", found->scores.score[s].name);
  fray_text_printf(&head,
                   guard_is_of_cost(found->file)
                       ? ": a calibrated confidence of at most %s %% is refused."
                       : ": %s %% of harmless samples may be refused.",
                   asked);
  put_line(out, head.data, columns);
  fray_text_free(&head);
  for (size_t cell = 0; cell < found->study->n_cells; cell++)
    FRAY_TRY(put_cell(found, cell, columns, panel, out, err));
  return FRAY_OK;
}
