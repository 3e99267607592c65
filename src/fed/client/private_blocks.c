/* Private blocks: parts of the model that each client keeps for itself (partial personalisation).
 *
 * What is private is not sent: its update is 0 for the server, whatever the method, and the block
 * of the global model stays as it was drawn. */
#include "fray/base/text.h"
#include "fray/fed/federation.h"

#include <string.h>

static const struct fray_field fields[] = {
    FRAY_FIELD(STRINGS, "blocks", struct fray_private_config, blocks, .def_text = "[]",
               .help =
                   "parts of the model that clients keep for themselves and do not send, by the "
                   "beginnings of their parameters' names: head, fusion, a modality, or "
                   "head.classes"),
    FRAY_KEEP_FIELD(struct fray_private_config, keep),
};
FRAY_TABLE(fray_private_table, "private", struct fray_private_config, fields,
           .help = "Parts of the model that are each client's own.");

/* "head" names head.classes.bias, "hea" names nothing: whole words between dots. */
static bool names(const char *prefix, const char *parameter) {
  const size_t n = strlen(prefix);
  return n && strncmp(prefix, parameter, n) == 0 && (parameter[n] == '.' || parameter[n] == '\0');
}

static bool is_private(const struct fray_strings *blocks, const char *parameter) {
  for (size_t i = 0; i < blocks->n; i++)
    if (names(blocks->v[i], parameter))
      return true;
  return false;
}

/* What a word could have meant: the beginnings up to the first dot, each once. */
static enum fray_status unknown(const struct fray_param_table *table, const char *word,
                                struct fray_arena *arena, struct fray_err *err) {
  const char **first;
  size_t n = 0;
  char list[512];
  FRAY_ALLOC(first, arena, table->n, err);
  for (size_t t = 0; t < table->n; t++) {
    const char *name = table->v[t].name;
    char *part = fray_arena_printf(arena, "%.*s", (int)strcspn(name, "."), name);
    FRAY_CHECK(part, err, MEMORY, "out of memory");
    if (n == 0 || strcmp(first[n - 1], part) != 0)
      first[n++] = part;
  }
  return fray_fail(err, FRAY_INPUT,
                   "training.private.blocks: the model has no parameters '%.80s'; %s", word,
                   fray_there_are(word, first, n, list, sizeof list));
}

/* Neighbouring tensors are one range; the padding between them goes along. */
enum fray_status fray_own_blocks_find(const struct fray_training_config *training,
                                      const struct fray_param_table *table,
                                      struct fray_arena *arena, struct fray_own_blocks *out,
                                      struct fray_err *err) {
  const struct fray_strings *blocks = &training->own.blocks;
  *out = (struct fray_own_blocks){0};
  if (blocks->n == 0)
    return FRAY_OK;
  /* Every word must mean something: one that does not would leave open what is sent. */
  for (size_t i = 0; i < blocks->n; i++) {
    size_t found = 0;
    for (size_t t = 0; t < table->n; t++)
      found += names(blocks->v[i], table->v[t].name);
    if (found == 0)
      return unknown(table, blocks->v[i], arena, err);
  }
  FRAY_ALLOC(out->range, arena, table->n, err);
  for (size_t t = 0; t < table->n; t++) {
    const size_t begin = table->v[t].offset,
                 end = t + 1 < table->n ? table->v[t + 1].offset : table->total;
    if (!is_private(blocks, table->v[t].name))
      continue;
    /* Copies of long ranges cost less than many short ones. */
    struct fray_range *last = out->n ? &out->range[out->n - 1] : NULL;
    if (last && last->offset + last->n == begin)
      last->n += end - begin;
    else
      out->range[out->n++] = (struct fray_range){begin, end - begin};
    out->floats += end - begin;
  }
  FRAY_CHECK(out->floats < table->total, err, INPUT,
             "training.private.blocks: all of the model is private, so nothing is left to learn "
             "together; the control local_only trains each client alone");
  return FRAY_OK;
}

/* A tensor is private as a whole, so its beginning says it. */
bool fray_own_blocks_have(const struct fray_own_blocks *own, const struct fray_param *tensor) {
  for (size_t i = 0; i < own->n; i++)
    if (tensor->offset >= own->range[i].offset &&
        tensor->offset < own->range[i].offset + own->range[i].n)
      return true;
  return false;
}

struct fray_sent fray_own_blocks_sent(const struct fray_own_blocks *own,
                                      const struct fray_param_table *table) {
  struct fray_sent sent = {0};
  for (size_t t = 0; t < table->n; t++) {
    const struct fray_param *tensor = &table->v[t];
    if (fray_own_blocks_have(own, tensor))
      continue;
    sent.values += tensor->size;
    sent.plain += tensor->still ? tensor->size : 0;
  }
  return sent;
}

/* Elsewhere `to` stays as it is: that is what is shared. */
void fray_own_blocks_copy(const struct fray_own_blocks *own, const float *from, float *to) {
  for (size_t i = 0; i < own->n; i++)
    memcpy(to + own->range[i].offset, from + own->range[i].offset, own->range[i].n * sizeof *to);
}

void fray_own_blocks_clear(const struct fray_own_blocks *own, float *x) {
  for (size_t i = 0; i < own->n; i++)
    memset(x + own->range[i].offset, 0, own->range[i].n * sizeof *x);
}
