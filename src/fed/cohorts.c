/* Cohorts from a file, to replay the schedule of another run. */
#include "fray/base/hash.h"
#include "fray/base/side.h"
#include "fray/fed/schedule.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT = 256 << 20 };

struct row {
  size_t round, line; /* round from 0 */
  uint32_t client;
};
struct reading {
  const char *path;
  char *text;
  const char *const *names;
  size_t n_clients, rounds, n_rows;
  struct row *row;
};

static enum fray_status find_client(const struct reading *r, const char *name, size_t line,
                                    uint32_t *client, struct fray_err *err) {
  for (size_t c = 0; c < r->n_clients; c++) {
    if (strcmp(r->names[c], name) == 0) {
      *client = (uint32_t)c;
      return FRAY_OK;
    }
  }
  const char *nearest = fray_nearest(name, r->names, r->n_clients);
  return fray_fail(err, FRAY_INPUT, "%s:%zu: unknown client '%s'%s%s%s", r->path, line, name,
                   nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

static enum fray_status read_row(struct reading *r, char *text, size_t line, struct fray_err *err) {
  char *comma = strchr(text, ','), *end = NULL;
  FRAY_CHECK(comma, err, INPUT, "%s:%zu: round,client is expected", r->path, line);
  *comma = '\0';
  long long round = strtoll(text, &end, 10);
  FRAY_CHECK(end != text && *end == '\0' && round >= 1, err, INPUT,
             "%s:%zu: '%s' is no round (a whole number from 1)", r->path, line, text);
  if ((unsigned long long)round > r->rounds)
    return FRAY_OK;
  struct row *row = &r->row[r->n_rows++];
  *row = (struct row){.round = (size_t)round - 1, .line = line};
  return find_client(r, comma + 1, line, &row->client, err);
}

static enum fray_status read_rows(struct reading *r, struct fray_err *err) {
  size_t line = 0;
  for (char *text = r->text, *next; text && *text; text = next) {
    next = strchr(text, '\n');
    if (next)
      *next++ = '\0';
    size_t length = strlen(text);
    if (length && text[length - 1] == '\r')
      text[length - 1] = '\0';
    line++;
    if (line == 1)
      FRAY_CHECK(strcmp(text, "round,client") == 0, err, INPUT,
                 "%s:1: the header round,client is expected", r->path);
    else if (*text)
      FRAY_TRY(read_row(r, text, line, err));
  }
  return FRAY_OK;
}

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
  for (size_t i = 0; i < r->n_rows; i++) {
    const struct row *row = &r->row[i];
    FRAY_CHECK(i == 0 || by_round(row - 1, row) != 0, err, INPUT,
               "%s:%zu: client %s stands twice in round %zu", r->path, row->line,
               r->names[row->client], row->round + 1);
    client[i] = row->client;
    first[row->round + 1] = i + 1;
  }
  for (size_t k = 0; k < r->rounds; k++)
    FRAY_CHECK(first[k + 1] > first[k], err, INPUT, "%s: round %zu of %zu has no client", r->path,
               k + 1, r->rounds);
  *out = (struct fray_cohort_schedule){.rounds = r->rounds,
                                       .first = first,
                                       .client = client,
                                       .hash = fray_hash64(client, r->n_rows * sizeof *client) ^
                                               fray_hash64(first, (r->rounds + 1) * sizeof *first)};
  return FRAY_OK;
}

enum fray_status fray_cohorts_read(const char *path, size_t rounds, const char *const *names,
                                   size_t n_clients, struct fray_arena *arena,
                                   struct fray_cohort_schedule *out, struct fray_err *err) {
  struct fray_text text = {0};
  FRAY_TRY(fray_side_read(path, LIMIT, &text, err));
  size_t lines = 1;
  for (size_t i = 0; i < text.size; i++)
    lines += text.data[i] == '\n';
  struct reading r = {.path = path,
                      .text = text.data,
                      .names = names,
                      .n_clients = n_clients,
                      .rounds = rounds,
                      .row = malloc(lines * sizeof *r.row)};
  enum fray_status status =
      r.row ? read_rows(&r, err) : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status == FRAY_OK)
    status = arrange(&r, arena, out, err);
  free(r.row);
  fray_text_free(&text);
  return status;
}
