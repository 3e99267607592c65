/* Tokens of blocks that are kept from round to round, as long as their encoder stays what it is.
 *
 * An encoder stays while it is private, so that the server's model has it as it began, and while
 * nobody who came holds its modality. Weights are compared, not reasons: whatever moves them drops
 * the tokens. A block goes to the same rank in each evaluation of a trial; on another one it would
 * be encoded again, to the same bytes. */
#include "block_encoding.h"

#include "fray/base/size.h"

#include <stdlib.h>

static void drop_modality(struct fray_kept_codes *codes, size_t m, size_t modalities) {
  for (size_t k = 0; k < FRAY_KEPT_LISTS; k++)
    for (size_t b = 0; codes->block[k] && b < codes->blocks[k]; b++) {
      struct fray_kept_tokens **place = &codes->block[k][b * modalities + m];
      const size_t bytes = fray_kept_tokens_drop(*place);
      *place = NULL;
      codes->bytes -= bytes;
      if (bytes)
        fray_features_return(codes->features, bytes);
    }
}

/* Evaluations in a row with other weights, after which an encoder is no longer one that rests. */
enum { MOST_MOVES = 16 };

/* Most models learn in every round: nothing of theirs is kept until an encoder was seen to rest.
 * One without weights is a copy of its features, which their own cache has. */
void fray_kept_codes_look(struct fray_kept_codes *codes, const struct fray_model *model,
                          const float *w) {
  const size_t modalities = fray_model_modalities(model);
  codes->modalities = modalities;
  for (size_t m = 0; m < modalities; m++) {
    size_t offset, n;
    fray_model_encoder_weights(model, m, &offset, &n);
    const struct fray_hash128 now = fray_hash128_of(w + offset, n * sizeof *w);
    const bool same =
        codes->looked && now.high == codes->weights[m].high && now.low == codes->weights[m].low;
    codes->moves[m] = same ? 0 : codes->moves[m] + 1;
    codes->stays[m] = n > 0 && (same || (codes->stays[m] && codes->moves[m] < MOST_MOVES));
    if (!same)
      drop_modality(codes, m, modalities);
    codes->weights[m] = now;
  }
  codes->looked = true;
}

/* Back to all zero, so that a second call finds nothing; what was lent is returned first. */
void fray_kept_codes_free(struct fray_kept_codes *codes) {
  for (size_t m = 0; m < codes->modalities; m++)
    drop_modality(codes, m, codes->modalities);
  for (size_t k = 0; k < FRAY_KEPT_LISTS; k++)
    free(codes->block[k]);
  *codes = (struct fray_kept_codes){0};
}

/* Places are made when something is first worth keeping: in most trainings nothing ever is. The
 * list of blocks is that of the samples and not of this rank's share, as 8 bytes for 128 samples of
 * a modality are nothing beside the index. */
enum fray_status kept_codes_of(const struct fray_evaluation_task *t, size_t b,
                               struct fray_kept_tokens ***out, struct fray_err *err) {
  struct fray_kept_codes *codes = t->codes;
  bool any = false;
  *out = NULL;
  for (size_t m = 0; codes && m < t->n_modalities; m++)
    any = any || codes->stays[m];
  if (!any)
    return FRAY_OK;
  struct fray_kept_tokens ***list = &codes->block[t->list];
  if (!*list) {
    const size_t blocks = (t->under->n + FRAY_EVALUATION_BLOCK - 1) / FRAY_EVALUATION_BLOCK;
    *list = calloc(blocks * t->n_modalities, sizeof **list);
    FRAY_CHECK(*list, err, MEMORY, "out of memory (%zu blocks)", blocks);
    codes->blocks[t->list] = blocks;
    codes->features = t->features;
  }
  *out = *list + b * t->n_modalities;
  return FRAY_OK;
}

/* Where the cache lends nothing more, blocks are encoded in each round, as without it. */
enum fray_status kept_codes_add(const struct fray_evaluation_task *t,
                                const struct fray_encoded *encoded, unsigned had,
                                struct fray_kept_tokens **kept, struct fray_err *err) {
  struct fray_kept_codes *codes = t->codes;
  for (size_t m = 0; m < t->n_modalities; m++) {
    codes->reused += had >> m & 1u;
    if (had >> m & 1u || !codes->stays[m])
      continue;
    const size_t bytes = fray_model_kept_bytes(encoded, m);
    if (!fray_features_lend(t->features, bytes))
      continue;
    const enum fray_status status = fray_model_keep_tokens(t->model, encoded, m, &kept[m], err);
    if (status != FRAY_OK) {
      fray_features_return(t->features, bytes);
      return status;
    }
    codes->bytes += bytes;
  }
  return FRAY_OK;
}
