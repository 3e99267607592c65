/* What features take in the cache, from the index of the data alone, before anything is read: a
 * plan is to say it without decoding a single sound. Blocks, their heads and what the allocator
 * adds are counted as the cache makes them; what it would drop for want of room is not taken off
 * here. */
#include "features_parts.h"

#include "fray/base/size.h"

/* As the allocator rounds it: 8 bytes of its own before each piece, in steps of 16. Pieces of a
 * kilobyte, as those of small pictures, would else be told too small. */
static double piece(size_t bytes) {
  return (double)((bytes + 8 + 15) / 16 * 16);
}

/* A row is such a piece, or a slot. */
static double row_piece(const struct fray_features *f, size_t bytes) {
  return f->slots.slot ? (double)f->slots.slot : piece(bytes);
}

/* Damage may make a value as long as the longest of the data, and no longer. Of a text the index
 * tells bytes, and so the most words that they can be. */
struct fray_cached_bytes fray_features_cached(const struct fray_features *f) {
  const struct fray_dataset *d = f->dataset;
  struct fray_cached_bytes out = {0};
  for (size_t m = 0; m < d->n_modalities; m++) {
    const struct recipe *recipe = &f->recipe[m];
    const struct fray_feature_shape *shape = &recipe->shape;
    const size_t step = shape->height * shape->width * shape->channels * sizeof(float);
    const size_t longest = recipe_steps(recipe, d->modality[m].time) * step;
    /* Samples come in the order of the data, so each block is met once. */
    size_t last = SIZE_MAX;
    for (size_t i = 0; i < d->n_samples; i++) {
      const size_t length = fray_sample_length(d, m, i);
      if (!length)
        continue;
      out.clean += row_piece(f, recipe_steps(recipe, length) * step);
      /* A batch rarely wants the neighbours of a damaged value: each lies alone. */
      out.damaged += piece(sizeof(struct damaged)) + row_piece(f, longest);
      if (i / BLOCK != last)
        out.clean += piece(sizeof(struct block));
      last = i / BLOCK;
    }
  }
  return out;
}

/* With what is lent: whoever keeps tokens holds that in the place of features. */
size_t fray_features_held(const struct fray_features *f) {
  return f->bytes;
}
