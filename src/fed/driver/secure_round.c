/* The sum of a round in which the server sees sums only: what each client sends, whose masks are
 * taken off, and what the server makes of it. Simulated; see fray/fed/secure.h.
 *
 * Ranks stand for clients as ever: what a client sends is made where it is hosted, of what it
 * knows, and is masked before it is added to anything. Nothing else of its update goes on from
 * here. */
#include "fray/base/size.h"
#include "fray/fed/availability.h"
#include "run.h"

#include <math.h>
#include <string.h>

/* Numbers that a method adds up, at most. */
enum { MOST_NUMBERS = 8 };

/* What a client sends, in values of 8 bytes: its weight, or one for each block; the method's
 * numbers; the vectors. Padding and what clients keep for themselves are masked here like the rest,
 * as zeros; they are not counted as sent. */
struct layout {
  size_t weights, numbers, vectors, total, length;
};

static struct layout layout_of(const struct fray_training_config *training, size_t modalities,
                               size_t total) {
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&training->server);
  const bool blocks = training->aggregation.blocks == FRAY_BLOCKS_HOLDERS;
  /* Under client-level privacy all weigh the same, and nobody is told how many came. */
  const bool alike = fray_privacy_is_on(&training->privacy);
  struct layout l = {.weights = alike    ? 0
                                : blocks ? 1 + modalities
                                         : 1,
                     .numbers = ops->weigh ? ops->sums.n : 0,
                     .vectors = 1 + ops->up,
                     .total = total};
  l.length = l.weights + l.numbers + l.vectors * l.total;
  return l;
}

double fray_federation_secure_length(const struct fray_training_config *training, size_t modalities,
                                     size_t parameters) {
  return (double)layout_of(training, modalities, parameters).length;
}

void fray_federation_secure_bytes(const struct fray_training_config *training, size_t modalities,
                                  size_t parameters, size_t clients, double *down, double *up) {
  const struct fray_secure_bytes b = fray_secure_bytes_of(&training->secure, clients);
  *down += b.down + b.survivors;
  *up = b.keys + b.reveal +
        (double)sizeof(uint64_t) * fray_federation_secure_length(training, modalities, parameters);
}

double run_secure_length(const struct run *r) {
  const struct fray_federation *f = r->core.f;
  return fray_federation_secure_length(
      f->training, f->dataset->n_modalities,
      fray_own_blocks_sent(&r->own, fray_model_params(f->model)).values);
}

/* That a round is lost tells of those who were few, and under client-level privacy one more or less
 * must not decide about all: as nobody falls out there, any sum counts, of a cohort of one too. */
size_t run_secure_threshold(const struct run *r) {
  const size_t asked = r->members.asked;
  const size_t threshold = fray_secure_threshold(&r->core.f->training->secure, asked);
  return r->privacy ? FRAY_MAX(FRAY_MIN(threshold, asked), (size_t)1) : threshold;
}

size_t run_secure_sent(const struct run *r) {
  const struct members *m = &r->members;
  size_t sent = 0;
  for (size_t i = 0; i < m->n; i++)
    sent += r->privacy || m->done[i] > 0;
  return sent;
}

/* Room is made where it is used; what could overflow is refused before anything is trained. */
enum fray_status run_prepare_secure(struct run *r, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  FRAY_CHECK(!r->ops->weigh || !fray_secure_is_on(&f->training->secure) ||
                 (r->ops->sums.weight && r->ops->sums.n <= MOST_NUMBERS),
             err, INTERNAL, "an algorithm that does not go by sums");
  if (fray_privacy_is_on(&f->training->privacy)) /* on the grid of that, which fits all clients */
    return FRAY_OK;
  return fray_secure_fits(&f->training->secure, FRAY_MAX(r->source.most, (size_t)1), err);
}

/* In checkpoints, behind the method's own: whole numbers all. */
static double *counts_of(struct run *r) {
  return r->number + fray_server_numbers(&r->core.f->training->server.algorithm, &r->roster);
}

void run_count_secure(struct run *r, size_t sent, size_t clipped) {
  const struct fray_secure_config *config = &r->core.f->training->secure;
  const double n = (double)r->members.asked, length = run_secure_length(r);
  const struct fray_secure_bytes bytes = fray_secure_bytes_of(config, r->members.asked);
  const bool counts = sent > 0 && sent >= run_secure_threshold(r);
  const double fell_out = n - (double)sent;
  if (!fray_secure_is_on(config))
    return;
  double *count = counts_of(r);
  count[FRAY_SECURE_ROUNDS]++;
  count[FRAY_SECURE_LOST] += !counts;
  count[FRAY_SECURE_KEYS] += n;
  count[FRAY_SECURE_SENT] += (double)sent;
  count[FRAY_SECURE_BYTES] += n * bytes.keys + (counts ? (double)sent * bytes.reveal : 0);
  if (counts) {
    count[FRAY_SECURE_VALUES] += (double)sent * length;
    count[FRAY_SECURE_CLIPPED] += (double)clipped;
  }
  if (!fray_secure_hides(config))
    return;
  count[FRAY_SECURE_EXPANDED] += (double)sent * n * length;
  if (counts) /* a self mask of each who sent; of each who did not, one with each of them */
    count[FRAY_SECURE_TAKEN_OFF] += (double)sent * (1 + fell_out) * length;
}

/* A round's exchange, on one rank. Clients are known by their place among the invited. */
struct exchange {
  struct layout layout;
  struct fray_secure_keys keys;
  uint8_t *sent;           /* (invited) */
  uint64_t *stream;        /* (invited) seeds of the client at hand */
  uint64_t *y, *sum, *off; /* (length) of one client; of all; what is taken off */
  size_t clipped;
};

static enum fray_status prepare(struct run *r, size_t round, struct exchange *x,
                                struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const struct members *m = &r->members;
  struct fray_arena *arena = &r->core.work;
  uint64_t *source, *when;
  x->layout = layout_of(f->training, f->dataset->n_modalities, r->core.total);
  FRAY_ALLOC(source, arena, m->asked, err);
  FRAY_ALLOC(when, arena, m->asked, err);
  FRAY_ALLOC(x->stream, arena, m->asked, err);
  FRAY_ALLOC_ZERO(x->sent, arena, m->asked, err);
  FRAY_ALLOC(x->y, arena, x->layout.length, err);
  FRAY_ALLOC_ZERO(x->sum, arena, x->layout.length, err);
  FRAY_ALLOC_ZERO(x->off, arena, x->layout.length, err);
  for (size_t i = 0; i < m->asked; i++) { /* a client may be asked twice, where it does not wait */
    source[i] = f->clients->source[r->invited[i].client];
    when[i] = r->invited[i].visit ? r->invited[i].visit : round;
  }
  for (size_t i = 0; i < m->n; i++)
    x->sent[m->who[i] - r->invited] = r->privacy || m->kept[i];
  return fray_secure_keys_make(f->seed, m->asked, run_secure_threshold(r), source, when, arena,
                               &x->keys, err);
}

/* Within what is public of it. */
static double bounded(const struct run *r, double weight) {
  return fmin(fmax(weight, 0), r->core.f->training->secure.heaviest);
}

/* What member i, the place'th of those who send, knows of its weight; number: what it adds to the
 * method's sums. */
static double own_weight(const struct run *r, const struct fray_server_round *server, size_t i,
                         size_t place, double *number) {
  const struct fray_federation *f = r->core.f;
  const void *params = f->training->server.algorithm.params;
  const struct members *m = &r->members;
  if (r->ops->weigh)
    return bounded(r, r->ops->sums.weight(params, server, &r->counted.member[place], number));
  return bounded(r, r->ops->weight ? m->weight[i] : (double)f->clients->n_labelled[m->client[i]]);
}

/* Each block with the weight that the client has in it. */
static size_t quantise_blocks(const struct run *r, uint32_t client, const float *update,
                              uint64_t *y) {
  const struct fray_federation *f = r->core.f;
  const struct fray_param_table *table = fray_model_params(f->model);
  struct fray_block_run block;
  size_t clipped = 0;
  for (size_t at = 0; fray_next_block(table, &at, &block);) {
    const int group = block.modality + 1;
    const double samples = run_samples_of(r, client, (size_t)group);
    clipped += fray_secure_quantise(&f->training->secure, block.n, update + block.offset,
                                    bounded(r, samples), y + block.offset);
  }
  return clipped;
}

/* The integers of member i, before masks. mine: its place among this rank's. */
static void quantise(struct run *r, const struct fray_server_round *server, size_t i, size_t place,
                     size_t mine, struct exchange *x) {
  const struct fray_secure_config *config = &r->core.f->training->secure;
  const struct layout *l = &x->layout;
  if (r->privacy) { /* updates were clipped; their steps are those that privacy counts */
    memset(x->y, 0, l->length * sizeof *x->y);
    if (r->members.kept[i])
      fray_privacy_add(r->privacy, l->total, r->counted.update[mine], (int64_t *)x->y);
    return;
  }
  const double most = fray_secure_most(config, r->members.asked);
  double number[MOST_NUMBERS] = {0};
  const double weight = own_weight(r, server, i, place, number);
  uint64_t *y = x->y;
  for (size_t b = 0; b < l->weights; b++)
    *y++ = fray_secure_number(
        config, r->holds ? bounded(r, run_samples_of(r, r->members.client[i], b)) : weight, most);
  for (size_t k = 0; k < l->numbers; k++)
    *y++ = fray_secure_number(config, number[k], most);
  for (size_t v = 0; v < l->vectors; v++, y += l->total) {
    const float *update = r->counted.update[v * r->members.mine + mine];
    x->clipped += r->holds ? quantise_blocks(r, r->members.client[i], update, y)
                           : fray_secure_quantise(config, l->total, update, weight, y);
  }
}

/* What the members here send is added up; modulo 2^64 in whatever order. */
static void send_all(struct run *r, const struct fray_server_round *server, struct exchange *x) {
  const struct fray_federation *f = r->core.f;
  const struct members *m = &r->members;
  for (size_t i = 0, place = 0, mine = 0; i < m->n; i++) {
    const size_t who = (size_t)(m->who[i] - r->invited), at = place, here = mine;
    if (!x->sent[who])
      continue;
    place += m->kept[i];
    if (r->core.host[i] != fray_comm_rank(f->comm))
      continue;
    mine += m->kept[i];
    quantise(r, server, i, at, here, x);
    if (fray_secure_hides(&f->training->secure)) {
      fray_secure_own_streams(&x->keys, who, x->stream);
      const struct fray_secure_masks masks = fray_secure_masks_of(x->stream);
      fray_secure_mask(&masks, who, x->keys.n, x->layout.length, x->y);
    }
    for (size_t k = 0; k < x->layout.length; k++)
      x->sum[k] += x->y[k];
  }
}

/* The server's part, shared out among ranks: of each client that shared keys, what those who sent
 * reveal of it. */
static enum fray_status take_off(struct run *r, struct exchange *x, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  const size_t ranks = (size_t)fray_comm_size(f->comm), rank = (size_t)fray_comm_rank(f->comm);
  for (size_t i = rank; i < x->keys.n && fray_secure_hides(&f->training->secure); i += ranks) {
    FRAY_TRY(fray_secure_revealed(&x->keys, i, x->sent, &r->core.work, x->stream, err));
    const struct fray_secure_masks masks = fray_secure_masks_of(x->stream);
    fray_secure_unmask(&masks, i, x->keys.n, x->sent, x->layout.length, x->off);
  }
  return FRAY_OK;
}

/* Means from the sums, where blocks are averaged over those who hold them. A sum of weights is of
 * integers: exactly 0 if nobody does. */
static void decode_blocks(struct run *r, const struct exchange *x) {
  const struct fray_secure_config *config = &r->core.f->training->secure;
  const struct fray_param_table *table = fray_model_params(r->core.f->model);
  const uint64_t *sum = x->sum + x->layout.weights;
  struct fray_block_run block;
  for (size_t at = 0; fray_next_block(table, &at, &block);) {
    const double weights = fray_secure_decoded(config, x->sum[block.modality + 1]);
    if (block.modality != FRAY_PARAM_SHARED)
      r->rests[block.modality] = !(weights > 0);
    fray_secure_decode(config, block.n, sum + block.offset, weights > 0 ? 1 / weights : 0,
                       r->mean[0] + block.offset);
  }
}

/* All that the server knows of the round. */
static void decode(struct run *r, struct fray_server_round *server, const struct exchange *x) {
  if (r->privacy) {
    run_release(r, server, (const int64_t *)x->sum);
    return;
  }
  const struct fray_secure_config *config = &r->core.f->training->secure;
  const struct layout *l = &x->layout;
  const double weights = fray_secure_decoded(config, x->sum[0]);
  double number[MOST_NUMBERS] = {0};
  if (r->holds) {
    decode_blocks(r, x);
    return;
  }
  for (size_t k = 0; k < l->numbers; k++)
    number[k] = fray_secure_decoded(config, x->sum[l->weights + k]);
  const void *params = r->core.f->training->server.algorithm.params;
  double factor = weights > 0 ? 1 / weights : 0;
  if (r->ops->weigh)
    factor = r->ops->sums.scale(params, server, weights, number);
  for (size_t v = 0; v < l->vectors; v++)
    fray_secure_decode(config, l->total, x->sum + l->weights + l->numbers + v * l->total, factor,
                       r->mean[v]);
}

/* Two sums over the ranks: of what was sent, which is noise as it stands, and of what is taken off.
 */
static enum fray_status exchange_all(struct run *r, struct fray_server_round *server,
                                     struct exchange *x, struct fray_err *err) {
  const struct fray_federation *f = r->core.f;
  FRAY_TRY(fray_comm_agree(f->comm, prepare(r, server->round, x, err), err));
  send_all(r, server, x);
  fray_comm_sum_u64(f->comm, x->sum, x->layout.length);
  FRAY_TRY(fray_comm_agree(f->comm, take_off(r, x, err), err));
  fray_comm_sum_u64(f->comm, x->off, x->layout.length);
  for (size_t k = 0; k < x->layout.length; k++)
    x->sum[k] += x->off[k];
  decode(r, server, x);
  int64_t clipped = (int64_t)x->clipped;
  fray_comm_sum_i64(f->comm, &clipped, 1);
  x->clipped = (size_t)clipped;
  return FRAY_OK;
}

enum fray_status run_secure_sum(struct run *r, struct fray_server_round *server, bool *counts,
                                struct fray_err *err) {
  const struct fray_arena_place mark = fray_arena_mark(&r->core.work);
  const size_t sent = run_secure_sent(r);
  struct exchange x = {.clipped = 0};
  enum fray_status status = FRAY_OK;
  *counts = sent >= run_secure_threshold(r);
  if (*counts)
    status = exchange_all(r, server, &x, err);
  run_count_secure(r, sent, x.clipped);
  fray_arena_rewind(&r->core.work, mark);
  return status;
}
