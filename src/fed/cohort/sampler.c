/* Cohorts from a population that stays, whatever its size. */
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/fed/schedule.h"

#include <stdlib.h>
#include <string.h>

/* A cell holds one client or less on average, so of 2^20 none is ever expected to hold more than
 * SLOTS. Adversarial sources could; they get more cells, and in the end the way without cells. */
enum { SLOTS = 16, MORE_BITS = 4 };

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* Sources are hashes, so their leading bits spread clients evenly over cells. */
static size_t cell_of(uint64_t value, int bits) {
  return (size_t)(value >> (64 - bits));
}

/* first[cell + 1] counts the clients of each cell; false when one has too many. */
static bool count_cells(const struct fray_sampler *s, int bits, uint32_t *first) {
  memset(first, 0, (((size_t)1 << bits) + 1) * sizeof *first);
  for (size_t c = 0; c < s->n_clients; c++)
    if (++first[cell_of(s->source[c], bits) + 1] > SLOTS)
      return false;
  return true;
}

/* Clients by cell; in a cell by source, so that their numbers do not matter. */
static void fill_cells(struct fray_sampler *s) {
  size_t cells = (size_t)1 << s->bits;
  /* Counts become ends; filling backwards turns ends into starts: no second array. */
  for (size_t k = 0; k < cells; k++)
    s->first[k + 1] += s->first[k];
  for (size_t c = s->n_clients; c-- > 0;) { /* ends move down to where the cells start */
    size_t cell = cell_of(s->source[c], s->bits);
    s->order[--s->first[cell + 1]] = (uint32_t)c;
  }
  memmove(s->first, s->first + 1, cells * sizeof *s->first);
  s->first[cells] = (uint32_t)s->n_clients;
  for (size_t k = 0; k < cells; k++)
    /* By insertion: a cell holds a handful. */
    for (uint32_t i = s->first[k]; i < s->first[k + 1]; i++) {
      uint32_t client = s->order[i], at = i;
      for (; at > s->first[k] && s->source[s->order[at - 1]] > s->source[client]; at--)
        s->order[at] = s->order[at - 1];
      s->order[at] = client;
    }
}

/* More cells until none is too full. Where even that fails, bits stays 0 and each client is drawn
 * for: slower, and right for any sources. */
static enum fray_status make_cells(struct fray_sampler *s, struct fray_arena *arena,
                                   struct fray_err *err) {
  /* At least two cells: bits 0 means that there are none. */
  int least = 1;
  while ((size_t)1 << least < s->n_clients)
    least++;
  FRAY_ALLOC(s->order, arena, s->n_clients, err);
  for (int bits = least; bits <= least + MORE_BITS; bits++) {
    struct fray_arena_place mark = fray_arena_mark(arena);
    FRAY_ALLOC(s->first, arena, ((size_t)1 << bits) + 1, err);
    if (count_cells(s, bits, s->first)) {
      s->bits = bits;
      fill_cells(s);
      return FRAY_OK;
    }
    fray_arena_rewind(arena, mark);
  }
  return FRAY_OK;
}

/* Who is not eligible counts as taken: its place is found and passed over, so that its absence
 * moves no other. */
void fray_sampler_turn_to(struct fray_sampler *s, const uint8_t *is_eligible) {
  s->n_eligible = 0;
  for (size_t c = 0; c < s->n_clients; c++) {
    if (is_eligible[c])
      s->eligible[s->n_eligible++] = (uint32_t)c;
    if (s->taken)
      s->taken[c] = !is_eligible[c];
  }
}

enum fray_status fray_sampler_start(struct fray_sampler *sampler, size_t n_clients,
                                    const uint64_t *source, const uint8_t *is_eligible,
                                    size_t count, struct fray_arena *arena, struct fray_err *err) {
  struct fray_sampler *s = sampler;
  *s = (struct fray_sampler){.n_clients = n_clients, .count = count, .source = source};
  FRAY_ALLOC(s->eligible, arena, n_clients, err);
  FRAY_ALLOC(s->scratch, arena, n_clients, err);
  fray_sampler_turn_to(s, is_eligible);
  /* Damage must not decide on the way: it would change the draw of those whom it spares. */
  if (n_clients <= FRAY_SPARSE_CLIENTS || count > n_clients / FRAY_SPARSE_SHARE)
    return FRAY_OK;
  FRAY_ALLOC(s->rest, arena, n_clients, err);
  FRAY_ALLOC(s->taken, arena, n_clients, err);
  fray_sampler_turn_to(s, is_eligible);
  return make_cells(s, arena, err);
}

/* Every client has one place of 2^bits x SLOTS, so each try finds each with the same chance. */
static size_t try_places(struct fray_sampler *s, uint64_t seed, uint64_t round, size_t count,
                         uint32_t *out) {
  struct fray_rng rng = fray_rng_keyed(seed, fray_rng_purpose("cohort-places"), 0, round, 0);
  size_t n = 0;
  /* As many tries as clients at most: beyond that the other way is the cheaper one. */
  for (size_t tries = 0; n < count && tries < s->n_clients; tries++) {
    uint64_t place = fray_rng_u64(&rng);
    size_t cell = cell_of(place, s->bits), at = s->first[cell] + place % SLOTS;
    if (at >= s->first[cell + 1] || s->taken[s->order[at]])
      continue;
    s->taken[s->order[at]] = 1;
    out[n++] = s->order[at];
  }
  return n;
}

/* Where nearly nobody is eligible the tries end before the cohort is full. The others are drawn
 * from all who are left, which is uniform too. */
static size_t fill_up(struct fray_sampler *s, uint64_t seed, uint64_t round, size_t count,
                      uint32_t *out) {
  size_t left = 0;
  for (size_t i = 0; i < s->n_eligible; i++)
    if (!s->taken[s->eligible[i]])
      s->rest[left++] = s->eligible[i];
  return fray_sample_cohort(seed, round, s->rest, left, s->source, count, s->scratch, out);
}

size_t fray_sampler_draw(struct fray_sampler *sampler, uint64_t seed, uint64_t round,
                         uint32_t *out) {
  struct fray_sampler *s = sampler;
  size_t count = FRAY_MIN(s->count, s->n_eligible);
  /* The two ways give other cohorts for the same seed: which is taken hangs on the population and
   * the count, never on the round. */
  if (s->bits == 0)
    return fray_sample_cohort(seed, round, s->eligible, s->n_eligible, s->source, count, s->scratch,
                              out);
  size_t n = try_places(s, seed, round, count, out);
  size_t tried = n;
  if (n < count)
    n += fill_up(s, seed, round, count - n, out + n);
  /* Only those drawn by place were marked: the next round begins as this one did. */
  for (size_t i = 0; i < tried; i++)
    s->taken[out[i]] = 0;
  qsort(out, n, sizeof *out, ascending); /* the order of the places drawn means nothing */
  return n;
}
