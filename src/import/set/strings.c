/* Strings of words: what is said one word at a time becomes sequences, as people read numbers. With
 * the borders of words known there would be nothing to insert or to leave out, so they are kept by
 * nobody: a string is one sound and its words in order. */
#include "strings.h"

#include "import/table/natural_names.h"
#include "import/value/joined.h"

#include "fray/base/hash.h"
#include "fray/base/log.h"
#include "fray/base/size.h"

#include <string.h>

/* Of a group whose takes differ, such as the microphone: a value like any other, so that tables by
 * group hold every string. */
static const char various[] = "various";

/* Takes of one client and split, as a pack that is dealt from: draws with replacement would leave
 * some takes out and repeat others at random, which is no property of the person. */
struct pack {
  uint32_t *take; /* (n) in the order in which they are dealt */
  size_t n, dealt;
  struct fray_rng rng;
};

/* What is counted on the way, to be said at the end. */
struct dealing {
  struct set *set;
  struct sample *out; /* strings so far */
  size_t n, most_used, words;
};

/* What a string is made of: one word, and its sound. */
static enum fray_status check_take(const struct set *set, const struct sample *s,
                                   struct fray_err *err) {
  char where[512];
  FRAY_CHECK(s->n_classes == 1 && s->label >= 0, err, INPUT,
             "%s: sample %.200s: strings are made of takes that have one label each",
             fray_sample_where(s, where), s->id);
  FRAY_CHECK(fray_value_given(&s->value[0]), err, INPUT, "%s: sample %.200s lacks %s",
             fray_sample_where(s, where), s->id, set->source.modality[0].m.name);
  return FRAY_OK;
}

/* Before anything is dealt: what is wrong with the set is wrong with all its strings. Other
 * modalities are refused and not dropped in silence, since whoever lists them wants them; windows
 * that overlap would say the middle of a word twice. */
static enum fray_status check_set(const struct set *set, struct fray_err *err) {
  const struct source *source = &set->source;
  const struct value_kind *kind = source->modality[0].kind->impl;
  const char *from = set->config.strings.from;
  size_t m;
  FRAY_TRY(fray_source_modality(source, "strings.from", from, &m, err));
  FRAY_CHECK(source->n_modalities == 1, err, INPUT,
             "%s: strings: a string of %s has no value of the other modalities (%s): leave them "
             "out",
             source->yaml, from, source->modality[m == 0].m.name);
  FRAY_CHECK(kind->joins, err, INPUT,
             "%s: strings.from: %s is of the kind %s, and only sounds join", source->yaml, from,
             source->modality[0].kind->name);
  FRAY_CHECK(set->config.task == TASK_SINGLE_LABEL, err, INPUT,
             "%s: strings: takes have one label each, but this set is multi-label", source->yaml);
  FRAY_CHECK(set->config.overlap == 0, err, INPUT,
             "%s: strings: windows that overlap (%g) would say a part of a word twice",
             source->yaml, set->config.overlap);
  for (size_t i = 0; i < set->n; i++)
    FRAY_TRY(check_take(set, &set->sample[i], err));
  return FRAY_OK;
}

/* A string of one class only has nothing to confuse, and says nothing of a person. Asked of the
 * takes and not of the strings, since what is drawn may be of one class by chance. */
static enum fray_status check_classes(const struct set *set, const struct pack *pack,
                                      struct fray_err *err) {
  const struct sample *first = &set->sample[pack->take[0]];
  for (size_t k = 1; k < pack->n; k++)
    if (set->sample[pack->take[k]].label != first->label)
      return FRAY_OK;
  return fray_fail(err, FRAY_INPUT,
                   "%s: strings: client %.200s has takes of one class only (%s) for %s; at least 2 "
                   "are needed",
                   set->source.yaml, first->client, set->class_name[first->label],
                   fray_split_names[first->split]);
}

/* The next take; a pack that is used up is shuffled anew. */
static uint32_t deal(struct pack *pack) {
  if (pack->dealt % pack->n == 0)
    fray_rng_shuffle(&pack->rng, pack->take, pack->n);
  return pack->take[pack->dealt++ % pack->n];
}

/* Group values of a string: those that all its takes have. An accent is one; the microphone may
 * change from word to word, and a string of several is of none of them. */
static enum fray_status join_groups(const struct set *set, const struct sample *const *take,
                                    size_t n, struct sample *out, struct fray_err *err) {
  const char **group;
  FRAY_ALLOC(group, set->source.arena, set->n_groups, err);
  for (size_t g = 0; g < set->n_groups; g++) {
    group[g] = take[0]->group[g];
    for (size_t k = 1; k < n; k++)
      if (strcmp(take[k]->group[g], group[g]) != 0)
        group[g] = various;
  }
  out->group = group;
  return FRAY_OK;
}

/* One string of n takes. number: among those of its client and split, which is in its name, and so
 * in what random streams of its damage are keyed by. */
static enum fray_status join_string(struct dealing *d, struct pack *pack, size_t number, size_t n,
                                    struct fray_err *err) {
  const struct strings_config *c = &d->set->config.strings;
  struct fray_arena *arena = d->set->source.arena;
  const struct sample **take;
  const struct value **part;
  struct value *value;
  struct joined *joined;
  int16_t *word;
  double *gap;
  FRAY_ALLOC(take, arena, n, err);
  FRAY_ALLOC(part, arena, n, err);
  FRAY_ALLOC(word, arena, n, err);
  FRAY_ALLOC(gap, arena, n, err);
  FRAY_ALLOC(joined, arena, 1, err);
  FRAY_ALLOC_ZERO(value, arena, 1, err);
  /* Takes and gaps of one stream, in turn: a string depends on those before it in its pack. */
  for (size_t k = 0; k < n; k++) {
    take[k] = &d->set->sample[deal(pack)];
    part[k] = &take[k]->value[0];
    word[k] = (int16_t)take[k]->label;
    gap[k] = c->gap_ms.v[0] + (c->gap_ms.v[1] - c->gap_ms.v[0]) * fray_rng_uniform(&pack->rng);
  }
  struct sample *s = &d->out[d->n++];
  *s = *take[0]; /* client, split, file and line: where a fault of it is looked for */
  s->id = fray_arena_printf(arena, "%s/%s/%03zu", s->client, fray_split_names[s->split], number);
  FRAY_CHECK(s->id, err, MEMORY, "out of memory");
  *joined = (struct joined){.n = n,
                            .part = part,
                            .gap_ms = gap,
                            .noise = fray_rng_for((uint64_t)d->set->config.seed, "import/gaps",
                                                  fray_hash_text(s->id), 0, 0)};
  value->joined = joined;
  s->value = value;
  s->label = 0;
  s->word = word;
  s->n_words = n;
  d->words += n;
  return join_groups(d->set, take, n, s, err);
}

/* All strings of one client and split: takes that train and takes that test never meet in one.
 * Lengths are drawn as the takes are, from one stream that is
 * keyed by the two names. */
static enum fray_status join_pack(struct dealing *d, struct pack *pack, struct fray_err *err) {
  const struct strings_config *c = &d->set->config.strings;
  const struct sample *first = &d->set->sample[pack->take[0]];
  const uint64_t lengths = (uint64_t)(c->length.v[1] - c->length.v[0] + 1);
  FRAY_TRY(check_classes(d->set, pack, err));
  pack->rng = fray_rng_for((uint64_t)d->set->config.seed, "import/strings",
                           fray_hash_text(first->client), first->split, 0);
  for (size_t i = 0; i < (size_t)c->per_client; i++) {
    const size_t n = (size_t)c->length.v[0] + (size_t)fray_rng_below(&pack->rng, lengths);
    FRAY_TRY(join_string(d, pack, i, n, err));
  }
  d->most_used = FRAY_MAX(d->most_used, (pack->dealt + pack->n - 1) / pack->n);
  return FRAY_OK;
}

/* The order has each client's takes side by side; of these, split by split. A split in which the
 * client has no take gives no string. */
static enum fray_status join_client(struct dealing *d, const uint32_t *order, size_t n,
                                    struct pack *pack, struct fray_err *err) {
  for (uint8_t split = 0; split < FRAY_SPLITS; split++) {
    pack->n = pack->dealt = 0;
    for (size_t k = 0; k < n; k++)
      if (d->set->sample[order[k]].split == split)
        pack->take[pack->n++] = order[k];
    if (pack->n)
      FRAY_TRY(join_pack(d, pack, err));
  }
  return FRAY_OK;
}

/* Room is taken for all that may come; clients without takes of a split leave some of it. */
static enum fray_status join_all(struct dealing *d, struct fray_err *err) {
  struct set *set = d->set;
  struct pack pack;
  const char **client;
  uint32_t *order;
  size_t clients, room;
  FRAY_TRY(fray_set_order(set, &order, err));
  FRAY_ALLOC(client, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    client[i] = set->sample[i].client;
  FRAY_TRY(fray_names_unique(client, set->n, set->source.arena, &client, &clients, err));
  FRAY_CHECK(fray_size_mul(clients * FRAY_SPLITS, (size_t)set->config.strings.per_client, &room) &&
                 room <= UINT32_MAX / 2,
             err, INPUT, "%s: strings: %lld of each of %zu clients are too many", set->source.yaml,
             (long long)set->config.strings.per_client, clients);
  FRAY_ALLOC(d->out, set->source.arena, room, err);
  FRAY_ALLOC(pack.take, set->source.arena, set->n, err);
  /* Runs of one client in the order of the set. */
  for (size_t i = 0, n; i < set->n; i += n) {
    const char *name = set->sample[order[i]].client;
    for (n = 1; i + n < set->n && strcmp(set->sample[order[i + n]].client, name) == 0;)
      n++;
    FRAY_TRY(join_client(d, order + i, n, &pack, err));
  }
  return FRAY_OK;
}

/* Takes stay in the arena behind the strings, which point at their values. */
enum fray_status fray_strings_join(struct set *set, struct fray_err *err) {
  struct dealing d = {.set = set};
  const size_t takes = set->n;
  if (!set->config.strings.from)
    return FRAY_OK;
  FRAY_TRY(check_set(set, err));
  FRAY_TRY(join_all(&d, err));
  /* From here on the set is one of strings, for folds and shards alike. */
  set->sample = d.out;
  set->n = d.n;
  set->config.task = TASK_SEQUENCE;
  fray_note("%s: %zu strings of %zu words from %zu takes, each at most %s", set->config.name, d.n,
            d.words, takes, FRAY_N(d.most_used, "time"));
  return FRAY_OK;
}
