/* Visits from a file: who was there when, and for how long. */
#include "visit_trace.h"

#include "fed/cohort/client_names.h"
#include "fray/base/csv.h"
#include "fray/base/side.h"
#include "fray/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 256 << 20 }; /* bytes, as of cohorts */

/* As read; what stays of it are the arrays of struct visit_trace. */
struct row {
  uint64_t round;
  double seconds;
  size_t line;
  uint32_t client;
};
struct reading {
  const char *name; /* of the file */
  struct fray_csv csv;
  struct fray_name_table clients;
  struct row *row;
};

/* A time of 0 would let a client answer without end at one moment of the clock. */
static enum fray_status read_row(struct reading *r, size_t i, const size_t column[3],
                                 struct fray_err *err) {
  struct row *row = &r->row[i];
  const char *seconds = fray_csv_at(&r->csv, i, column[2]);
  const size_t line = r->csv.line[i];
  unsigned long long round = 0;
  char *end = NULL;
  FRAY_TRY(round_of_field(r->name, line, fray_csv_at(&r->csv, i, column[1]), &round, err));
  const double time = strtod(seconds, &end);
  FRAY_CHECK(end != seconds && end[strspn(end, " ")] == '\0' && isfinite(time) && time > 0, err,
             INPUT, "%s:%zu: '%.40s' is no time (seconds above 0)", r->name, line, seconds);
  *row = (struct row){.round = round, .seconds = time, .line = line};
  return client_of_field(r->name, line, &r->clients, fray_csv_at(&r->csv, i, column[0]),
                         &row->client, err);
}

/* Rows may stand in any order; a search needs them sorted. */
static int by_client(const void *a, const void *b) {
  const struct row *x = a, *y = b;
  if (x->client != y->client)
    return x->client < y->client ? -1 : 1;
  return (x->round > y->round) - (x->round < y->round);
}

/* Client after client, each with its rounds ascending: two arrays and where each client begins. A
 * visit that stands twice has two times, of which neither is the right one. */
static enum fray_status arrange(const struct reading *r, size_t clients, struct fray_arena *arena,
                                struct visit_trace *out, struct fray_err *err) {
  const size_t n = r->csv.n_rows;
  size_t *first;
  uint64_t *round;
  double *seconds;
  FRAY_ALLOC_ZERO(first, arena, clients + 2, err);
  FRAY_ALLOC(round, arena, n + 1, err);
  FRAY_ALLOC(seconds, arena, n + 1, err);
  for (size_t i = 0; i < n; i++) {
    const struct row *row = &r->row[i];
    FRAY_CHECK(i == 0 || by_client(row - 1, row) != 0, err, INPUT,
               "%s:%zu: client %s stands twice in round %llu", r->name, row->line,
               r->clients.name[row->client], (unsigned long long)row->round);
    round[i] = row->round;
    seconds[i] = row->seconds;
    first[row->client + 1] = i + 1;
  }
  for (size_t c = 0; c < clients; c++) /* who has no row begins and ends where the one before did */
    first[c + 1] = first[c + 1] > first[c] ? first[c + 1] : first[c];
  *out =
      (struct visit_trace){.clients = clients, .first = first, .round = round, .seconds = seconds};
  return FRAY_OK;
}

/* The columns may stand in any order, and beside others. */
static enum fray_status parse(struct reading *r, struct fray_text *text, const char *const *names,
                              size_t n_clients, struct fray_arena *scratch,
                              struct fray_arena *arena, struct visit_trace *out,
                              struct fray_err *err) {
  size_t column[3];
  FRAY_TRY(fray_csv_parse(r->name, text->data, text->size, NULL, scratch, &r->csv, err));
  FRAY_TRY(fray_name_table_make(names, n_clients, scratch, &r->clients, err));
  FRAY_TRY(fray_csv_need(&r->csv, "client", &column[0], err));
  FRAY_TRY(fray_csv_need(&r->csv, "round", &column[1], err));
  FRAY_TRY(fray_csv_need(&r->csv, "seconds", &column[2], err));
  FRAY_ALLOC(r->row, scratch, r->csv.n_rows + 1, err);
  for (size_t i = 0; i < r->csv.n_rows; i++)
    FRAY_TRY(read_row(r, i, column, err));
  if (r->csv.n_rows)
    qsort(r->row, r->csv.n_rows, sizeof *r->row, by_client);
  return arrange(r, n_clients, arena, out, err);
}

/* Names and rows lie in scratch; what stays is numbers, in the caller's arena. */
enum fray_status visit_trace_read(const char *path, const char *const *names, size_t n_clients,
                                  struct fray_arena *arena, struct visit_trace *out,
                                  struct fray_err *err) {
  struct fray_arena scratch = {0};
  struct fray_text text = {0};
  struct reading r = {.name = path};
  FRAY_TRY(fray_side_read(path, LIMIT, &text, err));
  enum fray_status status = parse(&r, &text, names, n_clients, &scratch, arena, out, err);
  fray_text_free(&text);
  fray_arena_free(&scratch);
  return status;
}

/* By halves: a trace may have millions of rows. */
const double *visit_trace_at(const struct visit_trace *trace, uint32_t client, uint64_t round) {
  size_t lo = trace->first[client], hi = trace->first[client + 1];
  const size_t end = hi;
  while (lo < hi) {
    const size_t middle = lo + (hi - lo) / 2;
    if (trace->round[middle] < round)
      lo = middle + 1;
    else
      hi = middle;
  }
  return lo < end && trace->round[lo] == round ? &trace->seconds[lo] : NULL;
}
