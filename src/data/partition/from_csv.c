/* Partition from CSV: a header line, then source,client[,split]. Read by base/csv as every table
 * is; what this file adds is the meaning of three columns. */
#include "deal.h"

#include "fray/base/csv.h"
#include "fray/base/side.h"
#include "fray/codec/names.h"

#include <stdio.h>
#include <string.h>

enum { SOURCE, CLIENT, SPLIT, COLUMNS };
static const char *const column_names[] = {"source", "client", "split"};

/* In any order, beside others: files come from spreadsheets and from pandas. */
static enum fray_status find_columns(const struct fray_csv *csv, size_t place[COLUMNS],
                                     struct fray_err *err) {
  FRAY_TRY(fray_csv_need(csv, column_names[SOURCE], &place[SOURCE], err));
  FRAY_TRY(fray_csv_need(csv, column_names[CLIENT], &place[CLIENT], err));
  place[SPLIT] = fray_csv_find(csv, column_names[SPLIT]); /* n_columns: the data's own splits */
  return FRAY_OK;
}

/* Blanks around the word are forgiven, as they are in names. */
static enum fray_status take_split(const char *path, const char *where, const char *text,
                                   struct deal *deal, int *split, struct fray_err *err) {
  const char *name = fray_name_clean(text, &deal->scratch);
  FRAY_CHECK(name, err, MEMORY, "out of memory");
  *split = 0;
  while (fray_split_names[*split] && strcmp(fray_split_names[*split], name) != 0)
    ++*split;
  FRAY_CHECK(fray_split_names[*split], err, INPUT,
             "%s: %s: split \"%.80s\" is none of train, dev, test", path, where, text);
  return FRAY_OK;
}

/* A row of dev or test needs no client; its cell may hold anything. */
static enum fray_status read_row(const struct fray_csv *csv, size_t row,
                                 const size_t place[COLUMNS], struct deal *deal,
                                 struct finder *finder, struct fray_err *err) {
  char where[40];
  int split = FRAY_TRAIN;
  uint32_t sample = 0, client = 0;
  const char *source = fray_csv_at(csv, row, place[SOURCE]);
  snprintf(where, sizeof where, "line %zu", csv->line[row]);
  if (deal->split)
    FRAY_TRY(take_split(csv->name, where, fray_csv_at(csv, row, place[SPLIT]), deal, &split, err));
  FRAY_TRY(finder_take(finder, source, where, &sample, err));
  if (deal->split)
    deal->split[sample] = (uint8_t)split;
  /* Without a column `split` the file only says who owns what: it cannot make a test sample train.
   */
  int known = deal->dataset->split[sample];
  FRAY_CHECK(deal->split || known == FRAY_TRAIN, err, INPUT,
             "%s: %s: sample \"%.200s\" belongs to the %s split; add a column split to move it",
             csv->name, where, source, fray_split_names[known]);
  if (split != FRAY_TRAIN)
    return FRAY_OK;
  FRAY_TRY(finder_client(finder, fray_csv_at(csv, row, place[CLIENT]), &client, err));
  /* After lookup, since a name of blanks is empty in its one form only. */
  FRAY_CHECK(deal->name[client][0], err, INPUT, "%s: %s: the client is empty", csv->name, where);
  deal->sample[deal->n] = sample;
  deal->owner[deal->n++] = client;
  return FRAY_OK;
}

/* Apart from reading the file, so that text from anywhere can be tried. */
enum fray_status file_parse_csv(const char *name, char *text, size_t size, struct deal *deal,
                                struct finder *finder, struct fray_err *err) {
  struct fray_csv csv;
  size_t place[COLUMNS];
  FRAY_TRY(fray_csv_parse(name, text, size, NULL, &deal->scratch, &csv, err));
  FRAY_TRY(find_columns(&csv, place, err));
  if (place[SPLIT] < csv.n_columns) {
    FRAY_ALLOC(deal->split, &deal->scratch, deal->dataset->n_samples, err);
    memset(deal->split, FRAY_SPLITS, deal->dataset->n_samples); /* of no split until named */
  }
  for (size_t i = 0; i < csv.n_rows; i++)
    FRAY_TRY(read_row(&csv, i, place, deal, finder, err));
  return FRAY_OK;
}

enum fray_status file_read_csv(const struct file_params *params, struct deal *deal,
                               struct finder *finder, struct fray_err *err) {
  /* Rank 0 has read the file and sent it to all, so no rank sees another text. */
  struct fray_text text = {0};
  FRAY_TRY(fray_side_read(params->path, FILE_LIMIT, &text, err));
  enum fray_status status = file_parse_csv(params->path, text.data, text.size, deal, finder, err);
  fray_text_free(&text);
  return status;
}
