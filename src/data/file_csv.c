/* Partition from CSV: a header line, then source,client[,split]. */
#include "deal.h"

#include "fray/base/side.h"

#include <stdio.h>
#include <string.h>

enum { SOURCE, CLIENT, SPLIT, COLUMNS };
static const char *const column_names[] = {"source", "client", "split"};

/* Next field of a line, unquoted in place (RFC 4180). *at moves past the comma, or becomes NULL. */
static char *next_field(char **at) {
  char *from = *at, *to = from, *field = from;
  bool quoted = *from == '"';
  from += quoted;
  for (; *from; from++) {
    if (quoted && *from == '"') {
      if (from[1] != '"') {
        quoted = false;
        continue;
      }
      from++;
    } else if (!quoted && *from == ',') {
      break;
    }
    *to++ = *from;
  }
  *at = *from ? from + 1 : NULL;
  *to = '\0';
  return field;
}

static enum fray_status read_header(char *line, const char *path, int place[COLUMNS],
                                    struct fray_err *err) {
  int column = 0;
  for (int c = 0; c < COLUMNS; c++)
    place[c] = -1;
  for (char *at = line; at; column++) {
    const char *name = next_field(&at);
    for (int c = 0; c < COLUMNS; c++)
      if (strcmp(name, column_names[c]) == 0)
        place[c] = column;
  }
  for (int c = SOURCE; c <= CLIENT; c++)
    FRAY_CHECK(place[c] >= 0, err, INPUT, "%s: line 1: there is no column %s", path,
               column_names[c]);
  return FRAY_OK;
}

static enum fray_status read_row(char *line, const char *where, const int place[COLUMNS],
                                 const char *path, struct deal *deal, struct finder *finder,
                                 struct fray_err *err) {
  char *field[COLUMNS] = {NULL};
  int column = 0, split = FRAY_TRAIN;
  uint32_t sample = 0, client = 0;
  for (char *at = line; at; column++) {
    char *value = next_field(&at);
    for (int c = 0; c < COLUMNS; c++)
      if (place[c] == column)
        field[c] = value;
  }
  FRAY_CHECK(field[SOURCE] && field[CLIENT] && (place[SPLIT] < 0 || field[SPLIT]), err, INPUT,
             "%s: %s: has %d fields, fewer than the header", path, where, column);
  if (field[SPLIT]) {
    while (fray_split_names[split] && strcmp(fray_split_names[split], field[SPLIT]) != 0)
      split++;
    FRAY_CHECK(fray_split_names[split], err, INPUT,
               "%s: %s: split \"%.80s\" is none of train, dev, test", path, where, field[SPLIT]);
  }
  FRAY_TRY(finder_take(finder, field[SOURCE], where, &sample, err));
  if (deal->split)
    deal->split[sample] = (uint8_t)split;
  int known = deal->dataset->split[sample];
  FRAY_CHECK(deal->split || known == FRAY_TRAIN, err, INPUT,
             "%s: %s: sample \"%.200s\" belongs to the %s split; add a column split to move it",
             path, where, field[SOURCE], fray_split_names[known]);
  if (split != FRAY_TRAIN)
    return FRAY_OK;
  FRAY_CHECK(field[CLIENT][0], err, INPUT, "%s: %s: the client is empty", path, where);
  FRAY_TRY(finder_client(finder, field[CLIENT], &client, err));
  deal->sample[deal->n] = sample;
  deal->owner[deal->n++] = client;
  return FRAY_OK;
}

/* Cuts the text into lines; the last may lack its end. */
static char *next_line(char **at) {
  char *line = *at, *end = strchr(line, '\n');
  *at = end ? end + 1 : line + strlen(line);
  if (end)
    *end = '\0';
  size_t n = strlen(line);
  if (n && line[n - 1] == '\r')
    line[n - 1] = '\0';
  return line;
}

static enum fray_status read_lines(char *text, const char *path, struct deal *deal,
                                   struct finder *finder, struct fray_err *err) {
  int place[COLUMNS];
  char where[40], *at = text;
  FRAY_TRY(read_header(next_line(&at), path, place, err));
  if (place[SPLIT] >= 0) {
    FRAY_ALLOC(deal->split, &deal->scratch, deal->dataset->n_samples, err);
    memset(deal->split, FRAY_SPLITS, deal->dataset->n_samples); /* of no split until named */
  }
  for (size_t number = 2; *at; number++) {
    char *line = next_line(&at);
    snprintf(where, sizeof where, "line %zu", number);
    if (*line)
      FRAY_TRY(read_row(line, where, place, path, deal, finder, err));
  }
  return FRAY_OK;
}

enum fray_status file_read_csv(const struct file_params *params, struct deal *deal,
                               struct finder *finder, struct fray_err *err) {
  struct fray_text text = {0};
  enum fray_status status = fray_side_read(params->path, FILE_LIMIT, &text, err);
  if (status == FRAY_OK && strlen(text.data) != text.size)
    status = fray_fail(err, FRAY_INPUT, "%s: holds a NUL byte; is it a CSV file?", params->path);
  if (status == FRAY_OK)
    status = read_lines(text.data, params->path, deal, finder, err);
  fray_text_free(&text);
  return status;
}
