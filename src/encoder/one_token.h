/* Encoders that give one token per sample. */
#ifndef ONE_TOKEN_H
#define ONE_TOKEN_H

#include "fray/encoder/encoder.h"

static inline enum fray_status one_row_each(size_t n, struct fray_arena *arena, const size_t **out,
                                            struct fray_err *err) {
  size_t *first;
  FRAY_ALLOC(first, arena, n + 1, err);
  for (size_t i = 0; i <= n; i++)
    first[i] = i;
  *out = first;
  return FRAY_OK;
}

/* Space for n tokens; x is not cleared. */
static inline enum fray_status one_token_each(size_t n, size_t width, struct fray_arena *arena,
                                              struct fray_tokens *out, struct fray_err *err) {
  const size_t *first = NULL;
  float *x;
  FRAY_TRY(one_row_each(n, arena, &first, err));
  FRAY_ALLOC(x, arena, n * width, err);
  *out = (struct fray_tokens){.n = n, .width = width, .first = first, .x = x};
  return FRAY_OK;
}

#endif
