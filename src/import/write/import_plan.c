/* The plan as people read it, before they import: counts by split, client and class, and what each
 * modality is. Many a wrong YAML is seen here at a glance, by a class of no samples or a client of
 * all. */
#include "shard_build.h"

#include "fray/base/size.h"
#include "fray/base/text.h"
#include "import/table/natural_names.h"

/* 80 columns, the first of 21: class names are cut to it, counts stand in columns of 9. */
enum { MOST_CLASSES = 30, INDENT = 21, MOST_CHANNELS = 20, WIDTH = 80 };

/* Of a string: that the class is among its words. */
static bool has_class(const struct sample *s, int32_t label) {
  for (size_t k = 0; k < s->n_words; k++)
    if (s->word[k] == label)
      return true;
  return s->labels ? s->labels[label] == 1 : !s->word && s->label == label;
}

/* label -1: of all classes. One pass for each cell of a small table, since it is printed once. */
static size_t count_samples(const struct set *set, uint8_t split, int32_t label) {
  size_t n = 0;
  for (size_t i = 0; i < set->n; i++) {
    const struct sample *s = &set->sample[i];
    n += s->split == split && (label < 0 || has_class(s, label));
  }
  return n;
}

/* Different names among the clients (group -1) or a group's values; split -1: in all splits. 0 when
 * memory is out. */
static size_t count_names(const struct set *set, int split, int group) {
  struct fray_arena arena = {0};
  const char **names = fray_arena_alloc(&arena, set->n + 1, sizeof *names), **unique;
  size_t n = 0, found = 0;
  if (!names)
    return 0;
  for (size_t i = 0; i < set->n; i++) {
    const struct sample *s = &set->sample[i];
    if (split < 0 || s->split == split)
      names[n++] = group < 0 ? s->client : s->group[group];
  }
  if (fray_names_unique(names, n, &arena, &unique, &found, NULL) != FRAY_OK)
    found = 0;
  fray_arena_free(&arena);
  return found;
}

/* Every class up to thirty: a class that is in one split only is seen here. */
static void print_splits(const struct set *set, struct fray_text *out) {
  fray_text_printf(out, "%-20s %9s %9s %9s\n", "", "train", "dev", "test");
  fray_text_printf(out, "%-20s %9zu %9zu %9zu\n", "samples", count_samples(set, FRAY_TRAIN, -1),
                   count_samples(set, FRAY_DEV, -1), count_samples(set, FRAY_TEST, -1));
  /* A client may have samples in several splits, and counts in each. */
  fray_text_printf(out, "%-20s %9zu %9zu %9zu\n", "clients", count_names(set, FRAY_TRAIN, -1),
                   count_names(set, FRAY_DEV, -1), count_names(set, FRAY_TEST, -1));
  for (size_t c = 0; c < FRAY_MIN(set->n_classes, MOST_CLASSES); c++) {
    fray_text_puts(out, "  ");
    fray_text_cell(out, set->class_name[c], INDENT - 3);
    fray_text_printf(out, " %9zu %9zu %9zu\n", count_samples(set, FRAY_TRAIN, (int32_t)c),
                     count_samples(set, FRAY_DEV, (int32_t)c),
                     count_samples(set, FRAY_TEST, (int32_t)c));
  }
  if (set->n_classes > MOST_CLASSES)
    fray_text_printf(out, "  ... and %zu more classes\n", set->n_classes - MOST_CLASSES);
}

/* Only where columns had names: numbers would tell nothing. */
static void print_channels(const struct fray_modality *f, struct fray_text *out) {
  struct fray_text names = {0};
  if (!f->channel_name)
    return;
  for (size_t c = 0; c < FRAY_MIN(f->channels, (size_t)MOST_CHANNELS); c++)
    fray_text_printf(&names, "%s%s", c ? ", " : "", f->channel_name[c]);
  if (f->channels > MOST_CHANNELS)
    fray_text_printf(&names, ", ... (%zu in all)", f->channels);
  fray_text_printf(out, "%-*s", INDENT, "  channels");
  fray_text_wrap(out, names.data ? names.data : "", INDENT, WIDTH);
  fray_text_puts(out, "\n");
  fray_text_free(&names);
}

/* Lengths as they are in this set: what a reader of the plan compares with the paper. */
static void print_modality(const struct modality *modality, const struct built *b, size_t m,
                           struct fray_text *out) {
  const struct fray_modality *f = &modality->m;
  fray_text_printf(out, "%-20s %-8s %9zu samples", f->name, modality->kind->name, b->n[m]);
  if (f->kind == FRAY_IMAGE)
    fray_text_printf(out, ", %zu x %zu x %zu", f->height, f->width, f->channels);
  else if (f->kind == FRAY_TEXT)
    fray_text_printf(out, ", %zu to %zu bytes", b->shortest[m], b->longest[m]);
  else if (b->shortest[m] == b->longest[m])
    fray_text_printf(out, ", %zu x %zu", b->longest[m], f->channels);
  else
    fray_text_printf(out, ", %zu to %zu x %zu", b->shortest[m], b->longest[m], f->channels);
  if (f->rate > 0)
    fray_text_printf(out, " at %g Hz", f->rate);
  fray_text_printf(out, "%s%s\n", f->unit[0] ? ", " : "", f->unit);
  print_channels(f, out);
  struct fray_text counts = {0};
  fray_tally_counts(&b->tally[m], INDENT, &counts);
  if (counts.size && !counts.failed)
    fray_text_printf(out, "%*s%s\n", INDENT, "", counts.data);
  fray_text_free(&counts);
}

void fray_set_print(const struct set *set, const struct built *built, struct fray_text *out) {
  /* Head line first: what it is, how much of it, of how many people. */
  size_t clients = count_names(set, -1, -1);
  fray_text_printf(out, "%s: %zu sample%s, %zu client%s, %zu classes%s\n", set->config.name, set->n,
                   set->n == 1 ? "" : "s", clients, clients == 1 ? "" : "s", set->n_classes,
                   set->config.task == TASK_MULTI_LABEL ? " (multi-label)"
                   : set->config.task == TASK_SEQUENCE  ? " (sequences)"
                                                        : "");
  print_splits(set, out);
  for (size_t m = 0; m < set->source.n_modalities; m++)
    print_modality(&set->source.modality[m], built, m, out);
  for (size_t g = 0; g < set->n_groups; g++)
    fray_text_printf(out, "%-20s %-8s %9zu values\n", set->group[g], "group",
                     count_names(set, -1, (int)g));
  /* Of a pair: how much of either side found no partner. */
  for (size_t s = 0; s < 2; s++)
    if (set->unused_of[s])
      fray_text_printf(out, "%-20s %-8s %9zu samples without a partner\n", set->unused_of[s],
                       "unused", set->unused[s]);
  /* "0.0 MB" would look like nothing. */
  bool small = built->megabytes < 0.1;
  fray_text_printf(out, small ? "%-20s %zu, %.1f kB of values\n" : "%-20s %zu, %.1f MB of values\n",
                   "shards", built->shards, built->megabytes * (small ? 1000 : 1));
}
