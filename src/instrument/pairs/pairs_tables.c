/* The tables of pairs, and the dictionary of their columns. Rows stand in the order of the study
 * and of the files, so the same answers give the same bytes.
 *
 *   pairs.csv    a row for each cell and pair, for each set as a whole, for each rewriting
 *   toward.csv   where the answers of a pair go, class by class */
#include "instrument/folder/instrument_folder.h"
#include "pairs_parts.h"

#include "fray/base/columns.h"
#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* What both files begin with, said once. */
#define SHARED(FILE_)                                                                               \
  {FILE_, "cell", "text", "", "swept keys with their values", "never"},                             \
      {FILE_, "trials", "integer", "trials", "of which numbers are the mean", "never"},             \
      {FILE_,  "selection", "text", "", "which model of the trial: best, that was selected on dev", \
       "never"},                                                                                    \
      {FILE_, "role", "text", "", "of the samples: report, those of the test", "never"},            \
      {FILE_, "set", "text", "", "set of pairs, or name of a rewriting", "never"},                  \
      {FILE_, "first", "text", "", "term", "the set as a whole, or a rewriting"}, {                 \
    FILE_, "second", "text", "", "its counterpart", "likewise"                                      \
  }
/* Where a number of too few is left out, as in every table of instruments. */
#define FEW "fewer than 5 people, or than 30 texts in a trial"

static const struct fray_column columns[] = {
    SHARED("pairs.csv"),
    {"pairs.csv", "neutral", "integer", "", "1: of the set of pairs that ought not to matter",
     "never"},
    {"pairs.csv", "n", "integer", "answers",
     "of all trials, to texts that hold a term, or that the rewriting changes", "never"},
    {"pairs.csv", "without", "integer", "answers", "to texts that do not, which are left out",
     "the set as a whole"},
    {"pairs.csv", "clusters", "integer", "clients", "natural clients whose texts these are",
     "never"},
    {"pairs.csv", "flips", "real", "", "share of the answers that change with the term", FEW},
    {"pairs.csv", "flips_low", "real", "", "of its 95 % interval over people, and seeds", FEW},
    {"pairs.csv", "flips_high", "real", "", "likewise", FEW},
    {"pairs.csv", "flips_df", "real", "", "degrees of freedom of that interval",
     "it is made of percentiles, or there is none"},
    {"pairs.csv", "moved", "real", "",
     "mean total variation between the probabilities with either term: half the sum over classes "
     "of their distance",
     FEW},
    {"pairs.csv", "neutral_flips", "real", "", "flips of all neutral pairs together", "never"},
    {"pairs.csv", "excess", "real", "", "flips less neutral_flips",
     "a neutral pair, or fewer than 5 people or 30 texts in a trial"},
    {"pairs.csv", "low", "real", "", "of the 95 % interval of excess, paired", "likewise"},
    {"pairs.csv", "high", "real", "", "likewise", "likewise"},
    {"pairs.csv", "df", "real", "", "degrees of freedom of the interval of excess",
     "it is made of percentiles, or there is none"},
    {"pairs.csv", "p", "real", "", "of an excess of 0, two-sided",
     "of a neutral pair, a set as a whole, or without an interval"},
    {"pairs.csv", "p_holm", "real", "", "p adjusted over all pairs and rewritings of the cell",
     "likewise"},
    {"pairs.csv", "right", "real", "", "share of right answers to the texts as they are", FEW},
    {"pairs.csv", "right_exchanged", "real", "", "the same with the term exchanged", FEW},
    SHARED("toward.csv"),
    {"toward.csv", "class", "text", "", "answer", "never"},
    {"toward.csv", "toward", "real", "",
     "share answered so with the second term less that with the first; texts with both are left "
     "out",
     "never"},
    {"toward.csv", "low", "real", "", "of its 95 % interval over people, and seeds", "not known"},
    {"toward.csv", "high", "real", "", "likewise", "not known"},
};

/* From the same rows as the headers, so that no column is without its meaning. */
void pairs_columns(const void *found, struct fray_text *out) {
  (void)found;
  fray_columns_csv_head(out);
  fray_columns_csv(columns, FRAY_COUNT(columns), out);
}

/* What is not known leaves its field empty. */
static void put(struct fray_text *out, double value) {
  char number[32] = "";
  if (!isnan(value))
    fray_format_double(value, number);
  fray_text_printf(out, ",%s", number);
}

/* Names are free text, and a spreadsheet must not run them. */
static void begin(const struct pairs_tables *of, const struct pairs_cell *cell,
                  const struct pairs_row *row, struct fray_text *out) {
  const char *name = fray_instrument_cell(of->found->study, cell->cell, of->found->arena);
  /* A rewriting has no terms, nor has a set as a whole. */
  const char *const field[] = {row->set, row->first ? row->first : "",
                               row->second ? row->second : ""};
  fray_text_csv(out, name ? name : "");
  fray_text_printf(out, ",%zu,best,%s", cell->trials, fray_role_names[FRAY_ROLE_REPORT]);
  for (size_t k = 0; k < FRAY_COUNT(field); k++) {
    fray_text_puts(out, ",");
    fray_text_csv(out, field[k]);
  }
}

/* A set as a whole has texts that hold a term of one pair and none of another: no text is without.
 */
void pairs_table(const void *found, struct fray_text *out) {
  const struct pairs_tables *of = found;
  fray_columns_header(columns, FRAY_COUNT(columns), "pairs.csv", NULL, out);
  for (size_t c = 0; c < of->n; c++)
    for (size_t k = 0; k < of->cell[c].n_rows; k++) {
      const struct pairs_row *row = &of->cell[c].row[k];
      begin(of, &of->cell[c], row, out);
      fray_text_printf(out, ",%d,%zu", row->neutral, row->n);
      put(out, row->is_one ? (double)row->without : (double)NAN);
      fray_text_printf(out, ",%zu", row->clusters);
      /* In the order of the columns. */
      const double number[] = {row->flip.value,
                               row->flip.interval.low,
                               row->flip.interval.high,
                               row->flip.interval.df,
                               row->moved,
                               row->neutral_flip,
                               row->excess.value,
                               row->excess.interval.low,
                               row->excess.interval.high,
                               row->excess.interval.df,
                               row->p,
                               row->p_holm,
                               row->right,
                               row->right_after};
      for (size_t i = 0; i < FRAY_COUNT(number); i++)
        put(out, number[i]);
      fray_text_puts(out, "\n");
    }
}

/* Classes in the order of the data, so that a row is found by its place as well. */
void pairs_toward(const void *found, struct fray_text *out) {
  const struct pairs_tables *of = found;
  fray_columns_header(columns, FRAY_COUNT(columns), "toward.csv", NULL, out);
  for (size_t c = 0; c < of->n; c++)
    for (size_t k = 0; k < of->cell[c].n_rows; k++) {
      const struct pairs_row *row = &of->cell[c].row[k];
      for (size_t i = 0; row->toward && i < of->cell[c].n_classes; i++) {
        begin(of, &of->cell[c], row, out);
        fray_text_puts(out, ",");
        fray_text_csv(out, of->cell[c].class_name[i]);
        put(out, row->toward[i].value);
        put(out, row->toward[i].interval.low);
        put(out, row->toward[i].interval.high);
        fray_text_puts(out, "\n");
      }
    }
}
