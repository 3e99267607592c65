/* Masks of a secure sum: who adds what to what it sends, and what of it is left in the sum of those
 * who sent. */
#include "expand.h"
#include "fray/base/size.h"
#include "fray/fed/secure.h"

/* Values of one mask at a time: so many of all masks pass while y stays in the first cache. */
enum { PIECE = 8 * SECURE_GROUP };

/* The seed that two have agreed on is the key of a stream: both expand the same mask, in pieces and
 * in any order, since the counter says where. */
static void add_stream(const void *of, size_t j, size_t first, size_t n, bool off, uint64_t *y) {
  secure_expand(((const uint64_t *)of)[j], first, n, off, y);
}

struct fray_secure_masks fray_secure_masks_of(const uint64_t *stream) {
  return (struct fray_secure_masks){.of = stream, .add = add_stream};
}

/* Piece by piece, not mask by mask: what is sent is read and written once. */
void fray_secure_mask(const struct fray_secure_masks *masks, size_t i, size_t n, size_t length,
                      uint64_t *y) {
  for (size_t first = 0; first < length; first += PIECE) {
    const size_t size = FRAY_MIN(length - first, (size_t)PIECE);
    for (size_t j = 0; j < n; j++) /* the lower of two adds their mask, the higher takes it off */
      masks->add(masks->of, j, first, size, j < i, y + first);
  }
}

void fray_secure_unmask(const struct fray_secure_masks *masks, size_t i, size_t n,
                        const uint8_t *sent, size_t length, uint64_t *sum) {
  for (size_t first = 0; first < length; first += PIECE) {
    const size_t size = FRAY_MIN(length - first, (size_t)PIECE);
    if (sent[i]) {
      masks->add(masks->of, i, first, size, true, sum + first);
      continue;
    }
    for (size_t j = 0; j < n; j++) /* j added it if it is the lower one, and took it off else */
      if (sent[j])
        masks->add(masks->of, j, first, size, j < i, sum + first);
  }
}
