/* Words in the arena of the results. */
#include "phrases.h"

#include "fray/base/text.h"

#include <stdarg.h>

/* Text is printed into a buffer that grows and then copied: the arena cannot grow what it gave.
 * Nothing printed leaves the buffer without data, hence the "". *out is NULL after an error. */
enum fray_status fray_rep_words(struct fray_rep_results *r, const char **out, struct fray_err *err,
                                const char *format, ...) {
  struct fray_text text = {0};
  va_list args;
  va_start(args, format);
  fray_text_vprintf(&text, format, args);
  va_end(args);
  *out = text.failed ? NULL : fray_arena_strdup(r->arena, text.size ? text.data : "");
  fray_text_free(&text);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Begins with a space, to be put behind a sentence. Lack of memory only costs the sentence, since
 * the next allocation will say so; hence no status, and it may stand among the arguments of
 * printf. */
const char *fray_rep_left_out(struct fray_rep_results *r, size_t all, size_t shown,
                              const char *what) {
  if (all <= shown)
    return "";
  const char *text =
      fray_arena_printf(r->arena, " The other %zu %s are in the tables.", all - shown, what);
  return text ? text : "";
}

/* map may be NULL, as the scenario is where it could not be read. */
const char *fray_rep_scalar(const struct fray_node *map, const char *key, const char *otherwise) {
  const struct fray_node *node = fray_node_get(map, key);
  return node && node->scalar ? node->scalar : otherwise;
}
