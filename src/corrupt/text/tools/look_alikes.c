/* Look-alikes, letter by letter. No byte of a longer character is ASCII, so bytes will do. */
#include "corrupt/text/tools/look_alikes.h"

#include <string.h>

/* One draw for each letter of the list, hit or not, so that a larger share hits the same and more.
 */
enum fray_status fray_look_alikes(const struct fray_look_alike *list, size_t n, double share,
                                  struct fray_signal *text, struct fray_place *place,
                                  struct fray_err *err) {
  const char *to[256] = {0};
  size_t most = 1, size = 0;
  char *out;
  for (size_t k = 0; k < n; k++) {
    to[(unsigned char)list[k].from] = list[k].to;
    most = strlen(list[k].to) > most ? strlen(list[k].to) : most;
  }
  FRAY_ALLOC(out, place->scratch, text->length * most + 1, err);
  for (size_t i = 0; i < text->length; i++) {
    const char *other = to[(unsigned char)text->text[i]];
    if (other && fray_rng_uniform(&place->rng) < share) {
      const size_t bytes = strlen(other);
      memcpy(out + size, other, bytes);
      size += bytes;
    } else {
      out[size++] = text->text[i];
    }
  }
  if (size > text->capacity)
    return FRAY_OK;
  memcpy(text->text, out, size);
  text->length = size;
  return FRAY_OK;
}
