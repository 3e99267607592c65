/* Clients and classes with too few samples leave the set, and those that are not among the most
 * frequent. A class that goes may make a client small
 * and the other way round, so both are looked at until nothing changes.
 * It happens before splits are drawn: shares are of those that stay. */
#include "least.h"

#include "fray/base/log.h"
#include "fray/base/text.h"
#include "import/table/natural_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMED = 6 };

/* What is counted: clients, or classes. */
struct sort {
  const char *noun, *key; /* key: of the YAML, for messages */
  bool labels;
  int of;                /* enum counted_of */
  size_t least, most;    /* most: names that stay; SIZE_MAX: all */
  size_t gone, samples;  /* names, and samples with them */
  struct fray_text list; /* the first of them */
};

/* Called for single-label sets when classes are counted, so there is one name. */
static const char *name_of(const struct sample *s, const struct sort *sort) {
  return sort->labels ? s->class_name[0] : s->client;
}

/* A sample of another split neither counts nor goes, unless its class does. */
static bool is_counted(const struct sample *s, const struct sort *sort) {
  static const uint8_t split[] = {
      [COUNTED_TRAIN] = FRAY_TRAIN, [COUNTED_DEV] = FRAY_DEV, [COUNTED_TEST] = FRAY_TEST};
  return sort->of == COUNTED_ALL || s->split == split[sort->of];
}

/* With its number of samples: who wants the client back sees what bound would keep it. */
static void note_name(struct sort *sort, const char *name, size_t n) {
  if (sort->gone < NAMED)
    fray_text_printf(&sort->list, "%s%.80s (%zu)", sort->gone ? ", " : "", name, n);
  else if (sort->gone == NAMED)
    fray_text_puts(&sort->list, ", ...");
  sort->gone++;
}

/* A class that goes is none any more, also where the YAML lists it. */
static void drop_class(struct set *set, const char *name) {
  struct fray_strings *classes = &set->config.classes;
  size_t kept = 0;
  for (size_t c = 0; c < classes->n; c++)
    if (strcmp(classes->v[c], name) != 0)
      classes->v[kept++] = classes->v[c];
  classes->n = kept;
}

/* Names and how many samples each has. */
struct tally_row {
  const char *name;
  size_t n, place; /* place: among the names, in their order */
};

/* The largest first; of equals the first by name, so that no order of files decides. */
static int by_size(const void *a, const void *b) {
  const struct tally_row *r = a, *s = b;
  if (r->n != s->n)
    return r->n < s->n ? 1 : -1;
  return (r->place > s->place) - (r->place < s->place);
}

/* goes[place]: the name leaves. A client without a sample that counts is none of those that were
 * asked for; a class without one has fewer than any bound. */
static bool choose(struct set *set, struct sort *sort, struct tally_row *row, size_t n,
                   uint8_t *goes) {
  bool changed = false;
  qsort(row, n, sizeof *row, by_size);
  for (size_t k = 0; k < n; k++) {
    if ((row[k].n >= sort->least && k < sort->most) || (!sort->labels && row[k].n == 0))
      continue;
    goes[row[k].place] = 1;
    note_name(sort, row[k].name, row[k].n);
    if (sort->labels)
      drop_class(set, row[k].name);
    changed = true;
  }
  return changed;
}

/* One pass over all names of a sort; *changed if any went. */
static enum fray_status leave_out(struct set *set, struct sort *sort, bool *changed,
                                  struct fray_err *err) {
  const char **name, **unique;
  struct tally_row *row;
  uint8_t *goes;
  size_t n = 0, kept = 0;
  struct fray_arena_place mark = fray_arena_mark(set->source.arena);
  FRAY_ALLOC(name, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    name[i] = name_of(&set->sample[i], sort);
  FRAY_TRY(fray_names_unique(name, set->n, set->source.arena, &unique, &n, err));
  FRAY_ALLOC(row, set->source.arena, n, err);
  FRAY_ALLOC_ZERO(goes, set->source.arena, n, err);
  for (size_t k = 0; k < n; k++)
    row[k] = (struct tally_row){unique[k], 0, k};
  for (size_t i = 0; i < set->n; i++)
    row[fray_names_find(unique, n, name[i])].n += is_counted(&set->sample[i], sort);
  if (choose(set, sort, row, n, goes))
    *changed = true;
  /* In place: the order of samples stays. A class goes as a whole; a client from the split that was
   * counted, since those that only test are not asked how much they train. */
  for (size_t i = 0; i < set->n; i++) {
    const bool stays = !goes[fray_names_find(unique, n, name_of(&set->sample[i], sort))] ||
                       (!sort->labels && !is_counted(&set->sample[i], sort));
    sort->samples += !stays;
    if (stays)
      set->sample[kept++] = set->sample[i];
  }
  set->n = kept;
  fray_arena_rewind(set->source.arena, mark);
  return FRAY_OK;
}

/* A note: it was asked for. */
static void say(const struct set *set, const struct sort *sort) {
  static const char *const of[] = {"", " train", " dev", " test"};
  char bound[64];
  if (!sort->gone || sort->list.failed)
    return;
  if (sort->most < SIZE_MAX)
    snprintf(bound, sizeof bound, "beyond the largest %zu", sort->most);
  else
    snprintf(bound, sizeof bound, "with fewer than %zu", sort->least);
  fray_note("%s: %s: %s of %s %s%s left out: %s", set->config.name, sort->key,
            FRAY_N(sort->samples, "sample"), FRAY_N(sort->gone, sort->noun), bound, of[sort->of],
            sort->list.data);
}

/* Least sizes depend on each other; the largest are chosen once, classes before clients. */
static enum fray_status apply(struct set *set, struct sort *client, struct sort *label,
                              struct fray_err *err) {
  /* What is left after the largest were chosen are the largest: a second round would find the same.
   */
  const bool again = client->most == SIZE_MAX && label->most == SIZE_MAX;
  /* Each round takes at least one name away, so this ends. */
  for (bool changed = true; changed && set->n > 0;) {
    changed = false;
    if (label->labels)
      FRAY_TRY(leave_out(set, label, &changed, err));
    FRAY_TRY(leave_out(set, client, &changed, err));
    changed = changed && again;
  }
  say(set, label);
  say(set, client);
  FRAY_CHECK(set->n > 0, err, INPUT, "%s: %s: no client and no class has enough samples",
             set->source.yaml, client->key);
  return FRAY_OK;
}

/* INT64_MIN: not given. */
static size_t given(int64_t value, size_t otherwise) {
  return value == INT64_MIN ? otherwise : (size_t)value;
}

/* One of the two keys, with what it leaves out said once. */
static enum fray_status run(struct set *set, struct sort *client, struct sort *label, bool labels,
                            struct fray_err *err) {
  FRAY_CHECK(!labels || set->config.task == TASK_SINGLE_LABEL, err, INPUT,
             "%s: %s.label: is for single-label sets; a sample of several classes would lose some "
             "of them",
             set->source.yaml, label->key);
  /* A set without labels to count needs no look at them. */
  /* (Names of classes may be none in a multi-label set.) */
  label->labels = labels;
  enum fray_status status = apply(set, client, label, err);
  fray_text_free(&client->list);
  fray_text_free(&label->list);
  return status;
}

enum fray_status fray_least_apply(struct set *set, struct fray_err *err) {
  const struct frequent_config *most = &set->config.most_frequent;
  const struct least_config *least = &set->config.at_least;
  struct sort client = {.noun = "client", .key = "most_frequent", .of = most->of};
  struct sort label = {.noun = "class", .key = "most_frequent", .of = most->of};
  client.most = given(most->client, SIZE_MAX);
  label.most = given(most->label, SIZE_MAX);
  if (client.most < SIZE_MAX || label.most < SIZE_MAX)
    FRAY_TRY(run(set, &client, &label, label.most < SIZE_MAX, err));
  client = (struct sort){.noun = "client", .key = "at_least", .of = least->of, .most = SIZE_MAX};
  label = (struct sort){.noun = "class", .key = "at_least", .of = least->of, .most = SIZE_MAX};
  client.least = given(least->client, 0);
  label.least = given(least->label, 0);
  return client.least || label.least ? run(set, &client, &label, label.least > 0, err) : FRAY_OK;
}
