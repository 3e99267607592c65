/* Cohorts from a file, to replay the schedule of another run. */
#include "client_names.h"
#include "fray/base/csv.h"
#include "fray/base/hash.h"
#include "fray/base/side.h"
#include "fray/base/text.h"
#include "fray/fed/schedule.h"

#include <stdlib.h>
#include <string.h>

enum {
  LIMIT = 256 << 20
}; /* bytes; a schedule of millions of rows, and no file that fills the memory */

struct row {
  size_t round, line; /* round from 0 */
  uint32_t client;
};
struct reading {
  const char *name; /* of the file */
  struct fray_csv csv;
  struct fray_name_table clients;
  size_t rounds, n_rows;
  struct row *row;
};

/* As it stands first: an apostrophe in front may belong to the name. Then without the one that fray
 * puts before what a spreadsheet would run. */
enum fray_status client_of_field(const char *file, size_t line, const struct fray_name_table *names,
                                 const char *field, uint32_t *client, struct fray_err *err) {
  size_t c = fray_name_find(names, field);
  if (c == names->n)
    c = fray_name_find(names, fray_csv_plain(field));
  char list[512];
  FRAY_CHECK(c < names->n, err, INPUT, "%s:%zu: unknown client '%.80s'; %s", file, line, field,
             fray_there_are(field, names->name, names->n, list, sizeof list));
  *client = (uint32_t)c;
  return FRAY_OK;
}

enum fray_status round_of_field(const char *file, size_t line, const char *field,
                                unsigned long long *round, struct fray_err *err) {
  char *end = NULL;
  const long long number = strtoll(field, &end, 10);
  FRAY_CHECK(end != field && end[strspn(end, " ")] == '\0' && number >= 1, err, INPUT,
             "%s:%zu: '%.40s' is no round (a whole number from 1)", file, line, field);
  *round = (unsigned long long)number;
  return FRAY_OK;
}

static enum fray_status read_row(struct reading *r, size_t i, size_t round_column,
                                 size_t client_column, struct fray_err *err) {
  const size_t line = r->csv.line[i];
  unsigned long long round = 0;
  FRAY_TRY(round_of_field(r->name, line, fray_csv_at(&r->csv, i, round_column), &round, err));
  /* A schedule of a longer run is fine; but what stands in it must be readable to the end. */
  if (round > r->rounds)
    return FRAY_OK;
  struct row *row = &r->row[r->n_rows++];
  *row = (struct row){.round = (size_t)round - 1, .line = line};
  return client_of_field(r->name, line, &r->clients, fray_csv_at(&r->csv, i, client_column),
                         &row->client, err);
}

static enum fray_status read_rows(struct reading *r, struct fray_err *err) {
  size_t round, client;
  FRAY_TRY(fray_csv_need(&r->csv, "round", &round, err));
  FRAY_TRY(fray_csv_need(&r->csv, "client", &client, err));
  for (size_t i = 0; i < r->csv.n_rows; i++)
    FRAY_TRY(read_row(r, i, round, client, err));
  return FRAY_OK;
}

/* By round, then by client: cohorts come out ascending, as drawn ones do, so a replayed run assigns
 * ranks and adds in the same order. */
static int by_round(const void *a, const void *b) {
  const struct row *x = a, *y = b;
  if (x->round != y->round)
    return x->round < y->round ? -1 : 1;
  return x->client < y->client ? -1 : x->client > y->client;
}

static enum fray_status arrange(struct reading *r, struct fray_arena *arena,
                                struct fray_cohort_schedule *out, struct fray_err *err) {
  size_t *first;
  uint32_t *client;
  FRAY_ALLOC_ZERO(first, arena, r->rounds + 1, err);
  FRAY_ALLOC(client, arena, r->n_rows + 1, err);
  if (r->n_rows)
    qsort(r->row, r->n_rows, sizeof *r->row, by_round);
  /* first[k + 1] is set to where round k ends so far; rounds without a row stay 0 and are found
   * below. */
  for (size_t i = 0; i < r->n_rows; i++) {
    const struct row *row = &r->row[i];
    FRAY_CHECK(i == 0 || by_round(row - 1, row) != 0, err, INPUT,
               "%s:%zu: client %s stands twice in round %zu", r->name, row->line,
               r->clients.name[row->client], row->round + 1);
    client[i] = row->client;
    first[row->round + 1] = i + 1;
  }
  for (size_t k = 0; k < r->rounds; k++)
    FRAY_CHECK(first[k + 1] > first[k], err, INPUT, "%s: round %zu of %zu has no client", r->name,
               k + 1, r->rounds);
  /* The hash is of what it means, not of the file: order, spaces and spelling of names are not in
   * it. */
  *out = (struct fray_cohort_schedule){.rounds = r->rounds,
                                       .first = first,
                                       .client = client,
                                       .hash = fray_hash64(client, r->n_rows * sizeof *client) ^
                                               fray_hash64(first, (r->rounds + 1) * sizeof *first)};
  return FRAY_OK;
}

/* The names and rows of the file lie in scratch; what stays of it is numbers, in the caller's
 * arena. */
static enum fray_status parse(struct reading *r, char *text, size_t size, const char *const *names,
                              size_t n_clients, struct fray_arena *scratch,
                              struct fray_arena *arena, struct fray_cohort_schedule *out,
                              struct fray_err *err) {
  FRAY_TRY(fray_csv_parse(r->name, text, size, NULL, scratch, &r->csv, err));
  FRAY_TRY(fray_name_table_make(names, n_clients, scratch, &r->clients, err));
  FRAY_ALLOC(r->row, scratch, r->csv.n_rows, err);
  FRAY_TRY(read_rows(r, err));
  return arrange(r, arena, out, err);
}

enum fray_status fray_cohorts_parse(const char *name, char *text, size_t size, size_t rounds,
                                    const char *const *names, size_t n_clients,
                                    struct fray_arena *arena, struct fray_cohort_schedule *out,
                                    struct fray_err *err) {
  struct fray_arena scratch = {0};
  struct reading r = {.name = name, .rounds = rounds};
  enum fray_status status = parse(&r, text, size, names, n_clients, &scratch, arena, out, err);
  fray_arena_free(&scratch);
  return status;
}

enum fray_status fray_cohorts_read(const char *path, size_t rounds, const char *const *names,
                                   size_t n_clients, struct fray_arena *arena,
                                   struct fray_cohort_schedule *out, struct fray_err *err) {
  struct fray_text text = {0};
  FRAY_TRY(fray_side_read(path, LIMIT, &text, err));
  enum fray_status status =
      fray_cohorts_parse(path, text.data, text.size, rounds, names, n_clients, arena, out, err);
  fray_text_free(&text);
  return status;
}
