/* What the quantities of a study share: its predictions, the draws of seeds and clients, what was
 * looked up before, and how much work is left for the dear ones. */
#include "store.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* At a score, in a study: about half a minute. What comes first is drawn. */
static const double many_looks = 1e10;
/* Values of clients that spreads over clients look at, in a study: about two seconds. */
static const double many_spreads = 3e8;

/* Zeroed memory, since it is large, mostly empty, and lives as long as the study. */
enum fray_status fray_rep_store_make(struct fray_rep_results *r, struct fray_err *err) {
  r->store = calloc(1, sizeof *r->store);
  FRAY_CHECK(r->store, err, MEMORY, "out of memory");
  r->store->looks_left = many_looks;
  r->store->spreads_left = many_spreads;
  FRAY_ALLOC_ZERO(r->store->disagrees, r->arena, r->n_trials, err);
  for (size_t t = 0; t < r->n_trials; t++)
    r->store->disagrees[t] = r->trial[t].disagrees;
  return fray_rep_file_open(r, &r->store->file, err);
}

/* The quantities themselves lie in the arena of the results, which goes later. */
void fray_rep_store_free(struct fray_rep_store *store) {
  if (!store)
    return;
  fray_rep_file_close(store->file);
  fray_arena_free(&store->work);
  if (store->mapped)
    munmap(store->mapped, store->mapped_bytes);
  free(store);
}

/* The store is zeroed, so that the list begins empty. */
struct fray_rep_compared **fray_rep_store_compared(struct fray_rep_results *r) {
  return &r->store->compared;
}

/* Draws that were remembered lie there, so that it lives as long as they do. */
void fray_rep_store_keep(struct fray_rep_results *r, void *mapped, size_t bytes) {
  r->store->mapped = mapped;
  r->store->mapped_bytes = bytes;
}

struct fray_arena *fray_rep_store_work(const struct fray_rep_results *r) {
  return &r->store->work;
}

struct fray_rep_file *fray_rep_store_file(const struct fray_rep_results *r) {
  return r->store->file;
}

size_t fray_rep_store_disagreements(const struct fray_rep_results *r) {
  size_t n = 0;
  for (size_t t = 0; t < r->n_trials; t++)
    n += r->store->disagrees[t];
  return n;
}

static int compare_seeds(const char *a, const char *b) {
  double x, y;
  if (fray_rep_parse_real(a, &x) && fray_rep_parse_real(b, &y) && x != y)
    return x < y ? -1 : 1;
  return strcmp(a, b);
}

/* Place of a seed among all, by value. */
static size_t seed_rank(const struct fray_rep_results *r, size_t seed) {
  /* By value, since files of two programs may list the same seeds in another order. */
  size_t rank = 0;
  for (size_t i = 0; i < r->seeds.n; i++)
    rank += compare_seeds(r->seeds.v[i], r->seeds.v[seed]) < 0;
  return rank;
}

/* Draws in order of their seeds, and equal ones in order of their numbers. */
struct row {
  const uint16_t *seed;
  size_t n, draw;
};

static int compare_rows(const void *a, const void *b) {
  const struct row *x = a, *y = b;
  const int order = memcmp(x->seed, y->seed, x->n * sizeof *x->seed);
  return order ? order : (x->draw > y->draw) - (x->draw < y->draw);
}

static enum fray_status order_rows(const uint16_t *seed, size_t n, struct fray_arena *work,
                                   size_t *out, struct fray_err *err) {
  struct row *row;
  FRAY_ALLOC(row, work, FRAY_DRAWS, err);
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    row[d] = (struct row){seed + d * n, n, d};
  qsort(row, FRAY_DRAWS, sizeof *row, compare_rows);
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    out[d] = row[d].draw;
  return FRAY_OK;
}

/* Once for a study, so that what is asked of every score lies in the order in which it is read.
 * Seeds are put in the order of this study, of which the draws know the rank; clients are turned
 * to (clients, draws), as counts are added up client by client. */
static enum fray_status draw(struct fray_rep_results *r, struct fray_rep_resampling *s,
                             struct fray_err *err) {
  struct fray_resample drawn;
  struct fray_arena *work = &r->store->work;
  uint16_t *seed, *client, *once;
  double *times;
  size_t *by_seeds;
  size_t n = s->n_clients, n_seeds = r->seeds.n;
  struct fray_arena_place mark = fray_arena_mark(work);
  FRAY_ALLOC(seed, r->arena, n_seeds * FRAY_DRAWS, err);
  FRAY_ALLOC(times, r->arena, n_seeds * FRAY_DRAWS, err);
  FRAY_ALLOC(client, r->arena, n * FRAY_DRAWS, err);
  FRAY_ALLOC(once, r->arena, n, err);
  FRAY_ALLOC(by_seeds, r->arena, FRAY_DRAWS, err);
  FRAY_TRY(
      /* The key is the same for every study: equal numbers of seeds and clients get equal draws,
       * so that differences between studies and figures are paired. */
      fray_resample_make(fray_hash_text("fray report"), n_seeds, n, FRAY_DRAWS, work, &drawn, err));
  for (size_t i = 0; i < n_seeds; i++)
    for (size_t d = 0, rank = seed_rank(r, i); d < FRAY_DRAWS; d++)
      times[i * FRAY_DRAWS + d] = seed[d * n_seeds + i] = drawn.seed[d * n_seeds + rank];
  for (size_t c = 0; c < n; c++) {
    once[c] = 1;
    for (size_t d = 0; d < FRAY_DRAWS; d++)
      client[c * FRAY_DRAWS + d] = drawn.cluster[d * n + c];
  }
  FRAY_TRY(order_rows(seed, n_seeds, work, by_seeds, err));
  fray_arena_rewind(work, mark);
  s->by_seeds = by_seeds;
  s->seed = seed;
  s->times = times;
  s->client = client;
  s->once = once;
  return FRAY_OK;
}

/* status is set to the reason before each step that may end here, so that an early way out
 * leaves the right one. */
enum fray_status fray_rep_resampling_of(struct fray_rep_results *r, enum fray_rep_samples samples,
                                        const struct fray_rep_resampling **out,
                                        struct fray_err *err) {
  struct fray_rep_resampling *s = &r->store->resampling[samples];
  const struct fray_rep_clients *clients;
  *out = s;
  if (s->is_ready)
    return FRAY_OK;
  /* Set before anything can be missing: a study without predictions asks once. */
  s->is_ready = true;
  s->status = fray_rep_file_status(r->store->file);
  if (strcmp(s->status, "ok") != 0)
    return FRAY_OK;
  s->status = "no predictions were kept";
  FRAY_TRY(fray_rep_file_clients(r->store->file, samples, &clients, err));
  s->n_clients = clients->n;
  if (clients->n == 0)
    return FRAY_OK;
  s->status = "too many seeds or test clients to resample";
  /* Draws hold how often somebody counts in 16 bits. */
  if (clients->n > UINT16_MAX || r->seeds.n > UINT16_MAX)
    return FRAY_OK;
  s->status = "ok";
  return draw(r, s, err);
}

size_t fray_rep_at_most_clients(const struct fray_rep_results *r, enum fray_rep_samples samples,
                                size_t n) {
  const size_t all = r->store ? r->store->resampling[samples].n_clients : 0;
  return all > 0 ? FRAY_MIN(n, all) : n;
}
