/* Entries that kept models are asked about: read as those of a scenario, of which they need not be;
 * and told, where they want to know it, what the model confuses. */
#include "fray/study/kept.h"

#include "fray/base/size.h"
#include "fray/nn/loss.h"

/* By the schema, as the scenario's own would be; they act at test whatever they say of `at`. */
static enum fray_status read_entries(const struct fray_node *list, struct fray_arena *arena,
                                     const struct fray_corruption_config *const **out, size_t *n,
                                     struct fray_err *err) {
  const struct fray_corruption_config **entry;
  char where[256];
  *n = 0;
  FRAY_ALLOC(entry, arena, list->n + 1, err);
  for (const struct fray_node *node = list->child; node; node = node->next) {
    struct fray_corruption_config *one;
    FRAY_ALLOC_ZERO(one, arena, 1, err);
    FRAY_TRY(fray_schema_read(&fray_corruption_table, node, "entries", one, arena, err));
    FRAY_CHECK(fray_corruption_fits_test(one->kind.choice), err, INPUT,
               "%s: entries: %s damages labels, and labels at test are the truth",
               fray_node_where(node, where), one->kind.choice->name);
    one->at = FRAY_AT_TEST;
    entry[(*n)++] = one;
  }
  FRAY_TRY(fray_corruption_ids_check(entry, *n, err));
  *out = entry;
  return FRAY_OK;
}

static enum fray_status parse_entries(const char *yaml, struct fray_arena *arena,
                                      struct fray_node **list, struct fray_err *err) {
  FRAY_TRY(fray_yaml_parse(yaml, "entries", arena, list, err));
  FRAY_CHECK(*list && (*list)->kind == FRAY_NODE_LIST, err, INPUT,
             "entries: a list of corruption entries is expected");
  return FRAY_OK;
}

enum fray_status fray_kept_entries(const char *yaml, struct fray_arena *arena,
                                   const struct fray_corruption_config *const **out, size_t *n,
                                   struct fray_err *err) {
  struct fray_node *list;
  *n = 0;
  FRAY_TRY(parse_entries(yaml, arena, &list, err));
  return read_entries(list, arena, out, n, err);
}

/* Added to its transpose: who is taken for another is as like him as the other is like himself. */
static enum fray_status count_confusion(struct fray_kept *k, size_t trial,
                                        enum fray_selection selection, struct fray_arena *arena,
                                        const struct fray_dataset **dataset, size_t **out,
                                        struct fray_err *err) {
  const struct fray_probe probe = {.trial = trial,
                                   .selection = selection,
                                   .split = FRAY_KEPT_DEV,
                                   .keep_outputs = true,
                                   .outputs = FRAY_OUT_ALONE};
  struct fray_probed got;
  FRAY_TRY(fray_kept_probe(k, &probe, &got, err));
  const struct fray_outputs *of = got.answers.outputs;
  const size_t classes = of->classes;
  *dataset = got.dataset;
  FRAY_CHECK(!got.dataset->multi_label, err, INPUT,
             "what a class is taken for needs one class a sample, and the data have sets of them");
  FRAY_ALLOC_ZERO(*out, arena, classes * classes, err);
  for (size_t m = 0; m < of->modalities; m++)
    for (size_t i = 0; i < of->n; i++) {
      const int32_t truth = got.under.label[i];
      int16_t said;
      fray_classify(1, classes, of->alone + (m * of->n + i) * classes, NULL, NULL, &said);
      if (said < 0 || truth < 0 || said == truth) /* absent, unlabelled, or right */
        continue;
      (*out)[(size_t)truth * classes + (size_t)said]++;
      (*out)[(size_t)said * classes + (size_t)truth]++;
    }
  return FRAY_OK;
}

/* As a node, as if somebody had written it. A count of 0 is no likeness, so the diagonal, which
 * stays 0, never wins. */
static enum fray_status map_confusion(const struct fray_dataset *d, const size_t *count,
                                      struct fray_arena *arena, struct fray_node **out,
                                      struct fray_err *err) {
  *out = fray_node_map("dev", 0, arena);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  for (size_t c = 0; c < d->n_classes; c++) {
    const size_t *row = count + c * d->n_classes;
    size_t like = 0;
    for (size_t o = 1; o < d->n_classes; o++)
      if (row[o] > row[like])
        like = o;
    if (row[like] == 0)
      continue;
    struct fray_node *name = fray_node_scalar(d->class_name[like], "dev", 0, arena);
    FRAY_CHECK(name, err, MEMORY, "out of memory");
    FRAY_TRY(fray_node_put(*out, d->class_name[c], name, arena, err));
  }
  FRAY_CHECK((*out)->n > 0, err, INPUT,
             "the model confuses no two classes on dev, so none is similar to another");
  return FRAY_OK;
}

/* What an asker knows so far: nothing, until an entry wants it. */
struct likeness {
  struct fray_kept *kept;
  size_t trial;
  enum fray_selection selection;
  struct fray_node *map; /* NULL: not asked yet */
};

/* The model is asked once, and only if an entry wants to know. Entries may stand in lists, as a
 * recipe does: every one of them is told. */
static enum fray_status tell(struct likeness *of, struct fray_node *entry, struct fray_arena *arena,
                             struct fray_err *err) {
  const struct fray_dataset *dataset;
  size_t *count;
  if (entry->kind == FRAY_NODE_LIST)
    for (struct fray_node *one = entry->child; one; one = one->next)
      if (one->kind != FRAY_NODE_LIST) /* no entry, and the schema says so */
        FRAY_TRY(tell(of, one, arena, err));
  const char *key = entry->kind == FRAY_NODE_MAP ? fray_corruption_confusion(entry) : NULL;
  if (!key)
    return FRAY_OK;
  if (!of->map) {
    FRAY_TRY(count_confusion(of->kept, of->trial, of->selection, arena, &dataset, &count, err));
    FRAY_TRY(map_confusion(dataset, count, arena, &of->map, err));
  }
  /* A node has one parent: each entry gets a map of its own. */
  struct fray_node *copy = fray_node_copy(of->map, arena);
  FRAY_CHECK(copy, err, MEMORY, "out of memory");
  return fray_node_put(entry, key, copy, arena, err);
}

enum fray_status fray_kept_tell(struct fray_kept *kept, size_t trial, enum fray_selection selection,
                                struct fray_node *tests, struct fray_arena *arena,
                                struct fray_err *err) {
  struct likeness of = {kept, trial, selection, NULL};
  for (struct fray_node *test = tests->child; test; test = test->next)
    FRAY_TRY(tell(&of, test, arena, err));
  return FRAY_OK;
}

/* The same, of entries that are no tests of anybody. */
enum fray_status fray_kept_entries_for(struct fray_kept *kept, size_t trial,
                                       enum fray_selection selection, const char *yaml,
                                       struct fray_arena *arena,
                                       const struct fray_corruption_config *const **out, size_t *n,
                                       struct fray_err *err) {
  struct fray_node *list;
  *n = 0;
  FRAY_TRY(parse_entries(yaml, arena, &list, err));
  FRAY_TRY(fray_kept_tell(kept, trial, selection, list, arena, err));
  return read_entries(list, arena, out, n, err);
}
