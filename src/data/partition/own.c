/* Samples of training clients that no training sees: their own test. Drawn by the sample, not by
 * its place, so that other kinds, other clients and a larger share leave a sample where it was. */
#include "deal.h"

#include "fray/base/size.h"

#include <math.h>
#include <stdlib.h>

/* A sample with its draw: the sort by draws decides who leaves. */
struct held {
  uint64_t draw, source;
  size_t at; /* in the client's samples */
};

static int by_draw(const void *left, const void *right) {
  const struct held *a = left, *b = right;
  /* Draws of 64 bits hardly ever tie; the source decides, so that the order of samples never does.
   */
  if (a->draw != b->draw)
    return a->draw < b->draw ? -1 : 1;
  return (a->source > b->source) - (a->source < b->source);
}

/* 0.29 of 100 is 29, although 0.29 * 100 is 28.999999999999996 in doubles. */
static size_t share_of(double share, size_t n) {
  return (size_t)floor(share * (double)n + 1e-9);
}

/* Marks the samples of client k that leave training: those with the smallest draws, so that a
 * larger share adds samples and gives none back. */
static void mark_client(const struct deal *deal, double share, size_t k, struct held *scratch,
                        uint8_t *leaves) {
  const struct fray_partition *p = deal->out;
  size_t first = p->first[k], n = p->first[k + 1] - first, count = share_of(share, n);
  /* Hashed once, not for each sample. */
  const uint64_t purpose = fray_rng_purpose("own-test");
  for (size_t i = 0; i < n; i++) {
    uint64_t source = deal->dataset->source[p->sample[first + i]];
    struct fray_rng rng = fray_rng_keyed(deal->seed, purpose, source, 0, 0);
    scratch[i] = (struct held){.draw = fray_rng_u64(&rng), .source = source, .at = i};
  }
  qsort(scratch, n, sizeof *scratch, by_draw);
  for (size_t i = 0; i < n; i++)
    leaves[first + scratch[i].at] = i < count;
}

/* Columns of a simulation stay beside their training samples; what is held out needs none. */
static void move_replay(struct fray_partition *p, size_t to, size_t from) {
  if (!p->has_replay)
    return;
  p->replay_missing[to] = p->replay_missing[from];
  p->replay_label[to] = p->replay_label[from];
  p->replay_unlabelled[to] = p->replay_unlabelled[from];
}

/* Those marked go to the own samples; the others close up, in their order. */
static void split_clients(struct fray_partition *p, const uint8_t *leaves) {
  size_t kept = 0, start = 0;
  for (size_t k = 0; k < p->n_clients; k++) {
    /* Read before this client's place is overwritten: the list closes up in place. */
    size_t end = p->first[k + 1];
    p->own_first[k] = p->n_own;
    p->first[k] = kept;
    for (size_t i = start; i < end; i++) {
      if (leaves[i]) {
        p->own[p->n_own++] = p->sample[i];
        continue;
      }
      move_replay(p, kept, i);
      p->sample[kept++] = p->sample[i];
    }
    start = end;
  }
  p->first[p->n_clients] = kept;
  p->own_first[p->n_clients] = p->n_own;
}

enum fray_status deal_own_test(struct deal *deal, double share, struct fray_err *err) {
  struct fray_partition *p = deal->out;
  /* Counted before anything moves: sizes of all lists follow from the share. */
  size_t n = p->first[p->n_clients], own = 0, longest = 0;
  uint8_t *leaves;
  struct held *scratch;
  /* Without own tests nothing is allocated, and own_first is NULL. */
  if (share == 0.0)
    return FRAY_OK;
  for (size_t k = 0; k < p->n_clients; k++) {
    size_t samples = p->first[k + 1] - p->first[k];
    own += share_of(share, samples);
    longest = FRAY_MAX(longest, samples);
  }
  /* Rounding down may leave small clients without a test, but all of them is a mistake. */
  FRAY_CHECK(own > 0, err, INPUT,
             "data.partition.own_test: %g of a client's training samples is less than one, since "
             "the largest client has %zu",
             share, longest);
  FRAY_ALLOC_ZERO(leaves, &deal->scratch, n, err);
  FRAY_ALLOC(scratch, &deal->scratch, longest, err);
  FRAY_ALLOC(p->own, &p->arena, own, err);
  FRAY_ALLOC(p->own_first, &p->arena, p->n_clients + 1, err);
  for (size_t k = 0; k < p->n_clients; k++)
    mark_client(deal, share, k, scratch, leaves);
  split_clients(p, leaves);
  return FRAY_OK;
}
