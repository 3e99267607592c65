/* Clients and classes with too few samples leave the set. A class that goes may make a client small
 * and the other way round, so both are looked at until nothing changes.
 * It happens before splits are drawn: shares are of those that stay. */
#include "least.h"

#include "fray/base/log.h"
#include "fray/base/text.h"
#include "import/table/natural_names.h"

#include <string.h>

enum { NAMED = 6 };

/* What is counted: clients, or classes. */
struct sort {
  const char *noun;
  bool labels;
  size_t least;
  size_t gone, samples;  /* names, and samples with them */
  struct fray_text list; /* the first of them */
};

/* Called for single-label sets when classes are counted, so there is one name. */
static const char *name_of(const struct sample *s, const struct sort *sort) {
  return sort->labels ? s->class_name[0] : s->client;
}

/* With its number of samples: who wants the client back sees what bound would keep it. */
static void note_name(struct sort *sort, const char *name, size_t n) {
  if (sort->gone < NAMED)
    fray_text_printf(&sort->list, "%s%.80s (%zu)", sort->gone ? ", " : "", name, n);
  else if (sort->gone == NAMED)
    fray_text_puts(&sort->list, ", ...");
  sort->gone++;
  sort->samples += n;
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

/* One pass over all names of a sort; *changed if any went. */
static enum fray_status leave_out(struct set *set, struct sort *sort, bool *changed,
                                  struct fray_err *err) {
  const char **name, **unique;
  size_t *count, n = 0, kept = 0;
  struct fray_arena_place mark = fray_arena_mark(set->source.arena);
  FRAY_ALLOC(name, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    name[i] = name_of(&set->sample[i], sort);
  FRAY_TRY(fray_names_unique(name, set->n, set->source.arena, &unique, &n, err));
  FRAY_ALLOC_ZERO(count, set->source.arena, n, err);
  for (size_t i = 0; i < set->n; i++)
    count[fray_names_find(unique, n, name[i])]++;
  for (size_t k = 0; k < n; k++)
    if (count[k] < sort->least) {
      note_name(sort, unique[k], count[k]);
      if (sort->labels)
        drop_class(set, unique[k]);
      *changed = true;
    }
  /* In place: the order of samples stays. */
  for (size_t i = 0; i < set->n; i++)
    if (count[fray_names_find(unique, n, name[i])] >= sort->least)
      set->sample[kept++] = set->sample[i];
  set->n = kept;
  fray_arena_rewind(set->source.arena, mark);
  return FRAY_OK;
}

/* A note: it was asked for. */
static void say(const struct set *set, const struct sort *sort) {
  if (sort->gone && !sort->list.failed)
    fray_note("%s: at_least: %s of %s with fewer than %zu left out: %s", set->config.name,
              FRAY_N(sort->samples, "sample"), FRAY_N(sort->gone, sort->noun), sort->least,
              sort->list.data);
}

static enum fray_status apply(struct set *set, struct sort *client, struct sort *label,
                              struct fray_err *err) {
  /* Each round takes at least one name away, so this ends. */
  for (bool changed = true; changed && set->n > 0;) {
    changed = false;
    FRAY_TRY(leave_out(set, label, &changed, err));
    FRAY_TRY(leave_out(set, client, &changed, err));
  }
  say(set, label);
  say(set, client);
  FRAY_CHECK(set->n > 0, err, INPUT, "%s: at_least: no client and no class has enough samples",
             set->source.yaml);
  return FRAY_OK;
}

enum fray_status fray_least_apply(struct set *set, struct fray_err *err) {
  const struct least_config *c = &set->config.at_least;
  struct sort client = {.noun = "client", .least = c->client == INT64_MIN ? 0 : (size_t)c->client};
  struct sort label = {
      .noun = "class", .labels = true, .least = c->label == INT64_MIN ? 0 : (size_t)c->label};
  if (!client.least && !label.least)
    return FRAY_OK;
  FRAY_CHECK(!label.least || set->config.task == TASK_SINGLE_LABEL, err, INPUT,
             "%s: at_least.label: is for single-label sets; a sample of several classes would lose "
             "some of them",
             set->source.yaml);
  /* A set without labels to count needs no look at them. */
  /* (Names of classes may be none in a multi-label set.) */
  label.labels = label.least > 0;
  enum fray_status status = apply(set, &client, &label, err);
  fray_text_free(&client.list);
  fray_text_free(&label.list);
  return status;
}
