/* Cohorts from a file, to replay the schedule of another run. */
#include "fray/base/csv.h"
#include "fray/base/hash.h"
#include "fray/base/side.h"
#include "fray/base/text.h"
#include "fray/codec/names.h"
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
static enum fray_status find_client(const struct reading *r, const char *name, size_t line,
                                    uint32_t *client, struct fray_err *err) {
  const struct fray_name_table *t = &r->clients;
  size_t c = fray_name_find(t, name);
  if (c == t->n)
    c = fray_name_find(t, fray_csv_plain(name));
  *client = (uint32_t)c;
  char list[512];
  FRAY_CHECK(c < t->n, err, INPUT, "%s:%zu: unknown client '%.80s'; %s", r->name, line, name,
             fray_there_are(name, t->name, t->n, list, sizeof list));
  return FRAY_OK;
}

static enum fray_status read_row(struct reading *r, size_t i, size_t round_column,
                                 size_t client_column, struct fray_err *err) {
  const char *text = fray_csv_at(&r->csv, i, round_column);
  size_t line = r->csv.line[i];
  char *end = NULL;
  long long round = strtoll(text, &end, 10);
  FRAY_CHECK(end != text && end[strspn(end, " ")] == '\0' && round >= 1, err, INPUT,
             "%s:%zu: '%.40s' is no round (a whole number from 1)", r->name, line, text);
  /* A schedule of a longer run is fine; but what stands in it must be readable to the end. */
  if ((unsigned long long)round > r->rounds)
    return FRAY_OK;
  struct row *row = &r->row[r->n_rows++];
  *row = (struct row){.round = (size_t)round - 1, .line = line};
  return find_client(r, fray_csv_at(&r->csv, i, client_column), line, &row->client, err);
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
