/* Encoding of blocks: what is read of the data, and what of another encoding is taken over, be it
 * of the same evaluation or of one before. */
#include "block_encoding.h"

#include "fray/base/size.h"
#include "fray/corrupt/signal.h"
#include "fray/fed/client.h"

/* Modalities whose values are the base's in all samples of a block: a recipe costs the encoders of
 * what it touches. By what is done to the values, which is known without reading them. */
static unsigned same_as(const struct block_base *base, const struct fray_signal_plan *signal,
                        const struct fray_samples *of, size_t first, size_t n, size_t modalities) {
  unsigned same = 0;
  for (size_t m = 0; base->encoded && m < modalities; m++) {
    size_t i = first;
    while (i < first + n && fray_signal_key(signal, of->sample[i], m) ==
                                fray_signal_key(base->signal, of->sample[i], m))
      i++;
    same |= (unsigned)(i == first + n) << m;
  }
  return same;
}

/* A batch of all that the data hold of a block, but for modalities that need not be read: its
 * samples lack them there. */
static enum fray_status load_block(const struct fray_evaluation_task *t,
                                   const struct fray_signal_plan *signal, size_t first, size_t n,
                                   unsigned without, struct fray_arena *arena,
                                   struct fray_batch *out, struct fray_err *err) {
  const struct fray_samples *of = t->under;
  uint8_t *read;
  FRAY_ALLOC(read, arena, n, err);
  for (size_t i = 0; i < n; i++)
    read[i] = (uint8_t)(of->held[first + i] & ~without);
  const struct fray_samples block = {.n = n,
                                     .n_labelled = n,
                                     .sample = of->sample + first,
                                     .label = of->label + first,
                                     .present = read,
                                     .signal = signal};
  return fray_batch_load(t->features, t->n_modalities, &block, arena, out, err);
}

/* What is absent under a condition is masked in fusion. No training pass: dropout is off, and
 * nothing is kept for a backward one. */
enum fray_status block_encode(const struct fray_evaluation_task *t,
                              const struct fray_signal_plan *signal, size_t first, size_t n,
                              const struct block_base *base, struct fray_arena *arena,
                              struct fray_encoded **out, struct fray_err *err) {
  const unsigned same = same_as(base, signal, t->under, first, n, t->n_modalities);
  const struct fray_pass pass = {.w = t->w, .arena = arena};
  struct fray_batch batch;
  FRAY_TRY(load_block(t, signal, first, n, same, arena, &batch, err));
  return fray_model_encode_beside(t->model, &batch, base->encoded, same, &pass, out, err);
}

/* The same, with tokens that are kept from an evaluation before, and for one after it. */
static enum fray_status encode_keeping(const struct fray_evaluation_task *t,
                                       const struct fray_signal_plan *signal, size_t first,
                                       size_t n, struct fray_arena *work, struct fray_encoded **out,
                                       struct fray_err *err) {
  const struct fray_pass pass = {.w = t->w, .arena = work};
  const struct block_base none = {0};
  const struct fray_kept_tokens *use[FRAY_MODEL_MODALITIES] = {NULL};
  struct fray_kept_tokens **kept = NULL;
  struct fray_batch batch;
  unsigned had = 0;
  if (first % FRAY_EVALUATION_BLOCK == 0)
    FRAY_TRY(kept_codes_of(t, first / FRAY_EVALUATION_BLOCK, &kept, err));
  if (!kept)
    return block_encode(t, signal, first, n, &none, work, out, err);
  for (size_t m = 0; m < t->n_modalities; m++) {
    use[m] = kept[m];
    had |= (unsigned)(kept[m] != NULL) << m;
  }
  FRAY_TRY(load_block(t, signal, first, n, had, work, &batch, err));
  FRAY_TRY(fray_model_encode_kept(t->model, &batch, use, &pass, out, err));
  return kept_codes_add(t, *out, had, kept, err);
}

/* The block by each other model that the judge asks. */
enum fray_status block_encode_others(const struct fray_evaluation_task *t,
                                     const struct fray_signal_plan *signal, size_t first, size_t n,
                                     struct fray_arena *work, struct fray_encoded ***out,
                                     struct fray_err *err) {
  const size_t needed = fray_judge_needs_of(t->judge).n_models;
  const struct block_base none = {0};
  *out = NULL;
  if (needed == 0)
    return FRAY_OK;
  FRAY_CHECK(t->n_others >= needed, err, INTERNAL,
             "a judge needs %zu other models, and there are %zu", needed, t->n_others);
  FRAY_ALLOC(*out, work, needed, err);
  for (size_t k = 0; k < needed; k++) {
    struct fray_evaluation_task other = *t;
    other.model = t->other[k].model;
    other.w = t->other[k].w;
    FRAY_TRY(block_encode(&other, signal, first, n, &none, work, &(*out)[k], err));
  }
  return FRAY_OK;
}

/* Undamaged values are what most damage leaves of the other modalities; else the first ones. */
static size_t choose_base(const struct fray_evaluation_task *t) {
  for (size_t c = 0; c < t->conditions; c++)
    if (!t->under[c].signal)
      return c;
  return 0;
}

/* Bytes of blocks that somebody keeps for later questions: beyond that they are encoded again. */
enum { MOST_KEPT = 256 << 20 };

/* The undamaged block that the task's owner keeps from question to question, made when it is first
 * asked for. *out has no encoding where nobody keeps any. */
static enum fray_status kept_base(const struct fray_evaluation_task *t, size_t first, size_t n,
                                  struct block_base *out, struct fray_err *err) {
  struct fray_encoded_blocks *kept = t->undamaged;
  const size_t b = first / FRAY_EVALUATION_BLOCK;
  const size_t blocks = (t->under->n + FRAY_EVALUATION_BLOCK - 1) / FRAY_EVALUATION_BLOCK;
  if (!kept || first % FRAY_EVALUATION_BLOCK)
    return FRAY_OK;
  if (!kept->block)
    FRAY_ALLOC_ZERO(kept->block, &kept->arena, blocks, err);
  if (!kept->block[b] && kept->arena.used < MOST_KEPT) {
    const struct block_base none = {0};
    FRAY_TRY(block_encode(t, NULL, first, n, &none, &kept->arena, &kept->block[b], err));
  }
  out->encoded = kept->block[b];
  return FRAY_OK;
}

enum fray_status block_base_encode(const struct fray_evaluation_task *t, size_t first, size_t n,
                                   struct fray_arena *work, struct block_base *out,
                                   struct fray_err *err) {
  const struct fray_signal_plan *signal = t->under[choose_base(t)].signal;
  struct fray_encoded *encoded;
  *out = (struct block_base){0};
  FRAY_TRY(kept_base(t, first, n, out, err));
  if (out->encoded)
    return FRAY_OK;
  FRAY_TRY(encode_keeping(t, signal, first, n, work, &encoded, err));
  *out = (struct block_base){encoded, signal};
  return FRAY_OK;
}
