/* A comparison as text for a terminal, as CSV and as LaTeX; and the command's files. */
#include "comparison.h"

#include "report/measure/catalogue.h"
#include "report/table/table_model.h"
#include "report/words/markup.h"
#include "report/words/names.h"
#include "report/words/table_columns.h"

#include "fray/base/draft.h"
#include "fray/base/file.h"
#include "fray/base/size.h"
#include "fray/results/csv_table.h"
#include "fray/results/folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns of a terminal, and those of the first column, in which a condition and its strength
 * share the room. */
enum { WIDTH = 80, CONDITION = 16 };

/* Padded to `width` code points; what is longer takes a line of its own, wrapped, and is never cut:
 * two lines would bear one name. Names come from a file, so control characters are taken out
 * first; they would also count wrongly as columns. */
static void put_padded(struct fray_text *out, const char *text, size_t width) {
  struct fray_text safe = {0};
  fray_text_safe(&safe, text, false);
  const char *p = safe.data ? safe.data : "";
  const bool fits = fray_rep_length(p) <= width;
  if (fits)
    fray_text_puts(out, p);
  else
    fray_text_wrap(out, p, 2, WIDTH);
  if (!fits)
    fray_text_puts(out, "\n  ");
  for (size_t i = fits ? fray_rep_length(p) : 0; i < width; i++)
    fray_text_puts(out, " ");
  out->failed |= safe.failed;
  fray_text_free(&safe);
}

/* A paragraph of at most 80 columns. What was not rendered for lack of memory is told by
 * out->failed, which the caller looks at once, at the end. */
static void put_words(struct fray_text *out, const char *text) {
  struct fray_text safe = {0};
  fray_text_safe(&safe, text, false);
  if (safe.data)
    fray_text_wrap(out, safe.data, 0, WIDTH);
  fray_text_puts(out, "\n");
  out->failed |= safe.failed;
  fray_text_free(&safe);
}

/* One decimal of percent is what a few hundred samples can carry. "-0.0" is written as 0: a sign
 * would look like a direction. */
static void format(const struct fray_rep_comparison *c, double value, char out[48]) {
  double v = c->percent ? 100 * value : value;
  if (isnan(v))
    snprintf(out, 48, "-");
  else
    snprintf(out, 48, fabs(v) >= 1e5 ? "%.1e" : c->percent ? "%.1f" : "%.3f", v);
  if (out[0] == '-' && out[1] && out[strspn(out, "-0.")] == '\0')
    memmove(out, out + 1, strlen(out));
}

/* The order matters: a reason why nothing can be said comes before what would be said. "at
 * chance" is told only where a verdict is withheld for it; a line that is not resolved anyway
 * has the plainer words. */
static void put_verdict(const struct fray_rep_comparison *c, const struct fray_rep_line *line,
                        struct fray_text *out) {
  /* Of B, as the metric has it: the sign of the difference alone would not say it. */
  const bool worse = fray_rep_line_outcome(c, line) == FRAY_REP_WORSE;
  /* First of all: clients alone give an interval, which would read as an answer. */
  if (line->difference.n_seeds == 1)
    fray_text_puts(out, "single seed: not resolved");
  else if (fray_rep_line_is_equal(line))
    fray_text_puts(out, "equal throughout");
  else if (isnan(line->difference.value) || isnan(line->p))
    fray_text_puts(out, "no interval: not resolved");
  else if (line->at_chance && line->p_holm < 0.05)
    fray_text_puts(out, "at chance: no verdict");
  else if (!fray_rep_line_resolved(line))
    fray_text_puts(out, "not resolved by these data");
  else if (line->p_holm < 0.001)
    fray_text_printf(out, "%s, p < 0.001", worse ? "worse" : "better");
  else
    fray_text_printf(out, "%s, p = %.3f", worse ? "worse" : "better", line->p_holm);
}

/* Of fixed widths, 80 columns with the longest verdict. */
static void put_line(const struct fray_rep_comparison *c, const struct fray_rep_line *line,
                     struct fray_text *out) {
  char a[48], b[48], d[48], low[48], high[48], interval[128] = "", severity[32] = "";
  format(c, line->value[FRAY_REP_A], a);
  format(c, line->value[FRAY_REP_B], b);
  format(c, line->difference.value, d);
  format(c, line->interval.low, low);
  format(c, line->interval.high, high);
  if (!isnan(line->interval.low))
    snprintf(interval, sizeof interval, "[%s, %s]", low, high);
  if (!isnan(line->severity))
    snprintf(severity, sizeof severity, "%g", line->severity);
  size_t room = *severity ? CONDITION - 1 - strlen(severity) : CONDITION;
  fray_text_puts(out, "  ");
  put_padded(out, line->condition, room);
  fray_text_printf(out, *severity ? " %s" : "%s", severity);
  fray_text_printf(out, " %5s %5s %6s %15s ", a, b, d, interval);
  put_verdict(c, line, out);
  fray_text_puts(out, "\n");
}

/* What the intervals hold over, and over how many lines p was corrected, stands above the table:
 * without it a p-value cannot be read. head is used again for each paragraph. */
static void put_head(const struct fray_rep_comparison *c, struct fray_text *out) {
  struct fray_text head = {0};
  size_t tested = fray_rep_tally_lines(c).tested;
  fray_text_printf(&head, "A: %s", c->r[FRAY_REP_A].folder);
  put_words(out, head.data ? head.data : "");
  head.size = 0;
  fray_text_printf(&head, "B: %s", c->r[FRAY_REP_B].folder);
  put_words(out, head.data ? head.data : "");
  head.size = 0;
  fray_text_printf(&head, "%s%s%s; B - A%s paired by seed and test client, 95 %% intervals",
                   c->metric_name, c->percent ? " in percent" : "",
                   c->higher_is_better ? "" : " (less is better)", c->percent ? " in points," : "");
  /* Lines that are equal throughout are no part of the family, so they are not in its number. */
  if (tested)
    fray_text_printf(&head, ", p-values corrected over %zu line%s (Holm)", tested,
                     tested == 1 ? "" : "s");
  fray_text_puts(&head, ".");
  put_words(out, head.data ? head.data : "");
  out->failed |= head.failed;
  fray_text_free(&head);
}

/* How much the data tell. The unresolved are counted as loudly as the resolved: a reader who
 * sees resolved lines alone would take the rest for equal. Better and worse are of B. */
static void put_end(const struct fray_rep_comparison *c, struct fray_text *out) {
  const struct fray_rep_tally t = fray_rep_tally_lines(c);
  const size_t resolved = t.better + t.worse, rest = t.tested - resolved;
  struct fray_text text = {0};
  if (t.tested == 1 && resolved == 0)
    fray_text_puts(&text, "The difference is not resolved by these data.");
  else if (t.tested > 0 && resolved == 0)
    fray_text_printf(&text, "None of the %zu differences is resolved by these data.", t.tested);
  else if (t.tested == 1)
    fray_text_printf(&text, "The difference is resolved: B is %s.", t.better ? "better" : "worse");
  else if (t.tested > 0 && rest == 0)
    fray_text_printf(&text,
                     "All of the %zu differences are resolved (B better in %zu, worse in %zu).",
                     t.tested, t.better, t.worse);
  else if (t.tested > 0)
    fray_text_printf(&text,
                     "Of %zu differences %zu %s resolved (B better in %zu, worse in %zu); the "
                     "other %zu %s not resolved by these data.",
                     t.tested, resolved, resolved == 1 ? "is" : "are", t.better, t.worse, rest,
                     rest == 1 ? "is" : "are");
  /* Told apart from the unresolved: here the data do say something, that all is the same. */
  if (t.equal)
    fray_text_printf(&text,
                     "%s%zu line%s equal in every seed and client: nothing there could differ, so "
                     "%s not counted.",
                     t.tested ? " " : "", t.equal, t.equal == 1 ? " is" : "s are",
                     t.equal == 1 ? "it is" : "they are");
  put_words(out, text.data ? text.data : "");
  out->failed |= text.failed;
  fray_text_free(&text);
}

enum { FEW = 4 }; /* groups that are named */

/* "cat, series_lost 1, site north: +4.2 [1.0, 7.4]". With its sign, as the table has it: which way
 * is better depends on the metric, and is said below the table. */
static void put_group(const struct fray_rep_comparison *c, const struct fray_rep_contrast *g,
                      struct fray_text *out) {
  const struct fray_rep_line *line = &c->line[g->first];
  const struct fray_rep_results *r = c->groups.r;
  const char *title = c->match[line->match].title;
  char d[48], low[48], high[48];
  format(c, g->stat.mean, d);
  format(c, g->stat.interval.low, low);
  format(c, g->stat.interval.high, high);
  fray_text_printf(out, "%s%s%s", title, *title ? ", " : "", line->condition);
  if (!isnan(line->severity))
    fray_text_printf(out, " %g", line->severity);
  fray_text_printf(out, ", %s%s%s", g->value ? "" : "the worst ",
                   fray_rep_column_title(r, g->column), g->value ? " " : " of each");
  fray_text_puts(out, g->value ? fray_rep_group_title(r, g->column, g->value) : "");
  fray_text_printf(out, ": %s%s [%s, %s]", g->stat.mean > 0 ? "+" : "", d, low, high);
}

/* By group as a family of its own: what is resolved by name, of the rest its number alone. */
static void put_groups(const struct fray_rep_comparison *c, struct fray_text *out) {
  struct fray_text text = {0};
  size_t tested, resolved, listed = 0;
  fray_rep_count_contrasts(&c->groups, false, &tested, &resolved);
  if (tested == 0)
    return;
  if (resolved == 0)
    fray_text_printf(&text, "By group none of %s is resolved", FRAY_N(tested, "difference"));
  else if (resolved == tested && tested > 1)
    fray_text_printf(&text, "By group all of %s are resolved", FRAY_N(tested, "difference"));
  else
    fray_text_printf(&text, "By group %zu of %s %s resolved", resolved,
                     FRAY_N(tested, "difference"), resolved == 1 ? "is" : "are");
  for (size_t i = 0; i < c->groups.n && listed < FEW; i++)
    if (fray_rep_resolved(&c->groups.v[i].stat)) {
      fray_text_puts(&text, listed++ ? "; " : " (B - A): ");
      put_group(c, &c->groups.v[i], &text);
    }
  if (listed < resolved)
    fray_text_printf(&text, "; and %zu more, in compare.csv (-o)", resolved - listed);
  fray_text_puts(&text, ".");
  put_words(out, text.data ? text.data : "");
  out->failed |= text.failed;
  fray_text_free(&text);
}

/* match begins as no match at all, so that the first line has the name of its cells above it.
 * Without swept keys there is no name, and no heading. */
void fray_rep_comparison_text(const struct fray_rep_comparison *c, struct fray_text *out) {
  put_head(c, out);
  size_t match = c->n_matches;
  fray_text_printf(out, "\n  %-*s %5s %5s %6s %15s\n", CONDITION, "condition", "A", "B", "B - A",
                   "95 % interval");
  for (size_t i = 0; i < c->n_lines; i++) {
    /* A heading stands once above the lines of its cells, which lie together. */
    if (c->line[i].match != match && *c->match[c->line[i].match].name)
      put_words(out, c->match[c->line[i].match].title);
    match = c->line[i].match;
    put_line(c, &c->line[i], out);
  }
  fray_text_puts(out, "\n");
  for (size_t i = 0; i < c->remarks.n; i++)
    put_words(out, c->remarks.v[i]);
  put_end(c, out);
  put_groups(c, out);
}

/* Where a row is: cells, condition, and whose samples. */
static void put_place(const struct fray_rep_comparison *c, const struct fray_rep_line *line,
                      const char *group, struct fray_text *out) {
  fray_text_csv(out, c->match[line->match].name);
  fray_rep_csv_put_text(out, line->condition);
  fray_rep_csv_put_real(out, line->severity);
  fray_rep_csv_put_text(out, group);
  fray_rep_csv_put_text(out, c->metric_name);
}

/* Reals lie side by side in both kinds of rows, in the same order. */
static void put_reals(const double *v, size_t n, struct fray_text *out) {
  for (size_t i = 0; i < n; i++)
    fray_rep_csv_put_real(out, v[i]);
}

static void put_interval(const struct fray_interval *v, double p, double p_holm, bool resolved,
                         struct fray_text *out) {
  put_reals((const double[]){v->low, v->high}, 2, out);
  fray_rep_csv_put_text(out, fray_rep_interval_key(v->kind));
  put_reals((const double[]){v->df, p, p_holm}, 3, out);
  fray_rep_csv_put_text(out, resolved ? "yes" : "no");
}

/* As scores.csv names groups; the worst one by its column alone. */
static void put_group_row(const struct fray_rep_comparison *c, const struct fray_rep_contrast *g,
                          struct fray_text *out) {
  struct fray_text name = {0};
  fray_text_printf(&name, "%s%s%s", g->column, g->value ? "=" : "", g->value ? g->value : "");
  put_place(c, &c->line[g->first], name.data ? name.data : "", out);
  put_reals((const double[]){g->b, g->a, g->stat.mean}, 3, out);
  put_interval(&g->stat.interval, g->p, g->stat.p, fray_rep_resolved(&g->stat) != 0, out);
  fray_text_printf(out, ",%zu,%zu,%zu", g->stat.n, g->stat.n_clusters, g->n_diverged);
  fray_rep_csv_put_text(out, g->status);
  fray_text_puts(out, "\n");
  out->failed |= name.failed;
  fray_text_free(&name);
}

/* Scores as they are, not in percent, and in full precision: this is for programs. Columns must
 * follow the header of "compare.csv" that columns.csv explains. Groups come behind all else. */
void fray_rep_comparison_csv(const struct fray_rep_comparison *c, struct fray_text *out) {
  fray_rep_header("compare.csv", NULL, 0, out);
  for (size_t i = 0; i < c->n_lines; i++) {
    const struct fray_rep_line *line = &c->line[i];
    put_place(c, line, "all", out);
    put_reals(
        (const double[]){line->value[FRAY_REP_A], line->value[FRAY_REP_B], line->difference.value},
        3, out);
    put_interval(&line->interval, line->p, line->p_holm, fray_rep_line_resolved(line), out);
    fray_text_printf(out, ",%zu,%zu,%zu", line->difference.n_seeds, line->difference.n_clusters,
                     line->difference.n_diverged);
    fray_rep_csv_put_text(out, line->status);
    fray_text_puts(out, "\n");
  }
  for (size_t i = 0; i < c->groups.n; i++)
    put_group_row(c, &c->groups.v[i], out);
}

/* ---- LaTeX ---- */

/* None holds the verdict: p says it, in a table that has no room for words. */
enum column { CELL, CONDITION_NAME, SEVERITY, SCORE_A, SCORE_B, DIFFERENCE, P, COLUMNS };

/* A copy of the template in the arena, since the unit depends on the metric. SCORE_A to
 * DIFFERENCE must stay neighbours: the loop runs over them. */
static enum fray_status make_columns(const struct fray_rep_comparison *c,
                                     struct fray_rep_table *table, struct fray_err *err) {
  static const struct fray_rep_table_column template[COLUMNS] = {
      [CELL] = {.key = "cell", .name = "cell", .unit = "", .kind = FRAY_REP_COLUMN_TEXT},
      [CONDITION_NAME] = {.key = "condition",
                          .name = "condition",
                          .unit = "",
                          .kind = FRAY_REP_COLUMN_TEXT},
      [SEVERITY] = {.key = "severity",
                    .name = "severity",
                    .unit = "",
                    .decimals = 2,
                    .kind = FRAY_REP_COLUMN_NUMBER},
      [SCORE_A] =
          {.key = "a", .name = "A", .unit = "", .decimals = 3, .kind = FRAY_REP_COLUMN_NUMBER},
      [SCORE_B] =
          {.key = "b", .name = "B", .unit = "", .decimals = 3, .kind = FRAY_REP_COLUMN_NUMBER},
      [DIFFERENCE] = {.key = "difference",
                      .name = "B - A",
                      .unit = "",
                      .decimals = 3,
                      .interval = true,
                      .kind = FRAY_REP_COLUMN_NUMBER},
      [P] = {.key = "p", .name = "p (Holm)", .unit = "", .decimals = 3, .kind = FRAY_REP_COLUMN_P}};
  struct fray_rep_table_column *columns;
  FRAY_ALLOC(columns, c->arena, COLUMNS, err);
  memcpy(columns, template, sizeof template);
  if (c->percent)
    for (size_t k = SCORE_A; k <= DIFFERENCE; k++) {
      columns[k].unit = k == DIFFERENCE ? "points" : "%";
      columns[k].scale = 100;
      columns[k].decimals = 1;
    }
  table->column = columns;
  table->n_columns = COLUMNS;
  return FRAY_OK;
}

/* Titles and names are data; the writer of the table escapes them. The scores of both sides have
 * no interval of their own: two intervals side by side invite a test by eye, which the paired
 * difference must not be judged by. */
enum fray_status fray_rep_comparison_latex(const struct fray_rep_comparison *c,
                                           struct fray_text *out, struct fray_err *err) {
  struct fray_rep_table table = {.name = "compare", .arena = c->arena};
  struct fray_rep_cell *cells;
  table.caption = fray_arena_printf(
      c->arena,
      "%s of %s (A) and %s (B): differences paired by seed and test client, with 95 %% intervals; "
      "p-values are corrected over all lines that can differ (Holm).",
      c->metric_name, c->r[FRAY_REP_A].title, c->r[FRAY_REP_B].title);
  FRAY_CHECK(table.caption, err, MEMORY, "out of memory");
  FRAY_TRY(make_columns(c, &table, err));
  for (size_t i = 0; i < c->n_lines; i++) {
    const struct fray_rep_line *line = &c->line[i];
    FRAY_TRY(fray_rep_table_row(&table, &cells, err));
    const struct fray_rep_results *a = &c->r[FRAY_REP_A];
    const size_t condition = fray_rep_name_find(&a->conditions, line->condition);
    cells[CELL].text = c->match[line->match].name;
    cells[CELL].shown = c->match[line->match].title;
    cells[CONDITION_NAME].text = line->condition;
    if (condition < a->conditions.n)
      cells[CONDITION_NAME].shown = fray_rep_condition_title(a, condition);
    cells[SEVERITY].value = line->severity;
    cells[SCORE_A].value = line->value[FRAY_REP_A];
    cells[SCORE_B].value = line->value[FRAY_REP_B];
    /* Only the difference has an interval and a status: the footnote says why it lacks one, once
     * for the line. */
    cells[DIFFERENCE] = (struct fray_rep_cell){.value = line->difference.value,
                                               .low = line->interval.low,
                                               .high = line->interval.high,
                                               .status = line->status};
    /* The corrected p: the raw one would tempt to pick the least of many lines. */
    cells[P].value = line->p_holm;
  }
  return fray_rep_table_latex(&table, out, err);
}

/* ---- files ---- */

/* The last part of a path, in letters that a file name may have. 60 bytes of each of two names
 * stay well below the 255 that a file name may have. A dot is kept but for the first, so that no
 * part begins a hidden name; bytes beyond ASCII become a dash each. */
static void put_name(struct fray_text *out, const char *path) {
  size_t end = strlen(path);
  while (end && path[end - 1] == '/')
    end--;
  size_t begin = end;
  while (begin && path[begin - 1] != '/')
    begin--;
  /* "runs/a/" is named a: slashes at the end were passed over above. */
  for (size_t i = begin; i < end && i < begin + 60; i++) {
    char c = path[i];
    bool keep = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_' || (c == '.' && i > begin);
    fray_text_add(out, keep ? &path[i] : "-", 1);
  }
}

/* In the current folder, not within A or B: the same B may be compared with several A.
 * Malloc'ed, as the caller gives it away; NULL without memory. */
static char *default_folder(const struct fray_compare_options *o) {
  struct fray_text text = {0};
  fray_text_puts(&text, "compare-");
  put_name(&text, o->a);
  fray_text_puts(&text, "-");
  put_name(&text, o->b);
  if (text.failed)
    fray_text_free(&text);
  return text.data;
}

/* All that a comparison writes. The first says whose the others are. */
static const char *const files[] = {"compare.csv", "compare.tex", "columns.csv"};

/* Known by its header. What cannot be read is not ours, which is
 * the safe answer: then nothing is replaced. */
static bool is_ours(const char *path, struct fray_text *header) {
  struct fray_text text = {0};
  fray_rep_header("compare.csv", NULL, 0, header);
  bool ours = fray_file_read(path, (size_t)1 << 30, &text, NULL) == FRAY_OK && !header->failed &&
              text.size >= header->size && memcmp(text.data, header->data, header->size) == 0;
  fray_text_free(&text);
  return ours;
}

/* Only an earlier comparison is replaced, never a file of somebody else. Before the studies are
 * read, so that a place that may not be written costs no minute of work. compare.csv alone
 * vouches for all three: it is written first, so the others never stand without it. */
static enum fray_status check_folder(const char *folder, struct fray_arena *arena,
                                     struct fray_err *err) {
  struct fray_text header = {0};
  FRAY_TRY(fray_place_check("-o", folder, err));
  const char *csv = fray_arena_printf(arena, "%s/%s", folder, files[0]);
  FRAY_CHECK(csv, err, MEMORY, "out of memory");
  bool ours = is_ours(csv, &header);
  fray_text_free(&header);
  for (size_t i = 0; i < FRAY_COUNT(files) && !ours; i++) {
    const char *path = fray_arena_printf(arena, "%s/%s", folder, files[i]);
    FRAY_CHECK(path, err, MEMORY, "out of memory");
    FRAY_CHECK(!fray_file_exists(path), err, INPUT,
               "%s is there already, and no comparison wrote it; -o DIR takes another folder",
               path);
  }
  return FRAY_OK;
}

/* A text that failed on the way is not written: a short file would pass for a whole one. An
 * empty path is memory that ran out as well. */
static enum fray_status write_text(const char *folder, const char *name,
                                   const struct fray_text *text, struct fray_arena *arena,
                                   struct fray_err *err) {
  const char *path = fray_arena_printf(arena, "%s/%s", folder, name);
  FRAY_CHECK(path && !text->failed, err, MEMORY, "out of memory");
  return fray_file_write(path, text->data, text->size, err);
}

/* Each file is put in place whole. compare.csv goes first, since check_folder knows an earlier
 * comparison by it, even one that was stopped halfway. */
static enum fray_status write_files(const struct fray_rep_comparison *c, const char *folder,
                                    struct fray_err *err) {
  struct fray_text csv = {0}, latex = {0};
  fray_rep_comparison_csv(c, &csv);
  /* Made before anything is written, so that its failure leaves no half of a pair. */
  enum fray_status status = fray_rep_comparison_latex(c, &latex, err);
  if (status == FRAY_OK)
    status = write_text(folder, files[0], &csv, c->arena, err);
  if (status == FRAY_OK)
    status = write_text(folder, files[1], &latex, c->arena, err);
  if (status == FRAY_OK)
    status = fray_rep_columns_write(folder, err);
  fray_text_free(&csv);
  fray_text_free(&latex);
  return status;
}

/* Everything is refused before the folder is made. The claim keeps a second comparison of the
 * same two out, whose files would else be mixed with these; it ends before its status is looked
 * at, so that a failure leaves no lock. */
static enum fray_status compare(const struct fray_compare_options *options,
                                struct fray_rep_comparison *c, struct fray_arena *arena,
                                struct fray_text *printed, const char *folder,
                                struct fray_err *err) {
  FRAY_CHECK(folder, err, MEMORY, "out of memory");
  FRAY_TRY(check_folder(folder, arena, err));
  FRAY_TRY(fray_folder_apart(folder, options->a, err));
  FRAY_TRY(fray_folder_apart(folder, options->b, err));
  FRAY_TRY(fray_rep_compare_studies(options, arena, c, err));
  if (fray_make_folders(folder, err) != FRAY_OK)
    return err->status = FRAY_INPUT; /* nothing was written yet */
  int claim = -1;
  /* Behind the making of the folder, in which the claim lies. */
  FRAY_TRY(fray_claim(folder, "compare", &claim, err));
  fray_draft_sweep(folder);
  const enum fray_status status = write_files(c, folder, err);
  fray_claim_end(folder, "compare", claim);
  FRAY_TRY(status);
  if (options->json)
    fray_rep_comparison_json(c, printed);
  else
    fray_rep_comparison_text(c, printed);
  /* The text comes last, from the same lines as the files, so that what is printed was written. */
  FRAY_CHECK(!printed->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* folder is malloc'ed, since it outlives the arena: it goes to the caller on success only. The
 * studies are freed before the arena that their names lie in. */
enum fray_status fray_compare(const struct fray_compare_options *options, struct fray_text *printed,
                              struct fray_compared *out, struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_rep_comparison c = {0};
  char *folder = options->out ? strdup(options->out) : default_folder(options);
  enum fray_status status = compare(options, &c, &arena, printed, folder, err);
  if (status == FRAY_OK) {
    const struct fray_rep_tally t = fray_rep_tally_lines(&c);
    *out = (struct fray_compared){folder, .n_tested = t.tested, .n_worse = t.worse};
  }
  fray_rep_comparison_free(&c);
  fray_arena_free(&arena);
  if (status != FRAY_OK)
    free(folder);
  return status;
}
