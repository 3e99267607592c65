/* Two sets joined into one by class, client by client: a speaker and a writer become a person who
 * says and writes digits. No sample is used twice, and splits stay apart, since each keeps the
 * split that it had. */
#include "sample_set.h"

#include "fray/base/hash.h"
#include "fray/base/rng.h"
#include "fray/base/size.h"
#include "fray/codec/names.h"
#include "import/table/natural_names.h"

#include <stdlib.h>
#include <string.h>

/* Draws are keyed by ids and names: files in another order make the same pairs. */
struct side {
  struct set *set;
  const char **client; /* names, natural order */
  size_t n_clients;
  uint8_t *splits; /* (clients) bit s: it has samples of split s */
  size_t *home;    /* (clients) client of the pair that it belongs to, SIZE_MAX = none */
};

struct entry { /* a sample that looks for a partner; equal keys match */
  size_t client;
  uint8_t split;
  int32_t label;
  uint64_t turn; /* order within a key */
  uint32_t sample;
};

/* Which splits a client has decides whom it may be joined with. */
static enum fray_status open_side(struct side *side, struct set *set, struct fray_err *err) {
  const char **name;
  side->set = set;
  FRAY_ALLOC(name, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    name[i] = set->sample[i].client;
  FRAY_TRY(
      fray_names_unique(name, set->n, set->source.arena, &side->client, &side->n_clients, err));
  FRAY_ALLOC_ZERO(side->splits, set->source.arena, side->n_clients, err);
  FRAY_ALLOC(side->home, set->source.arena, side->n_clients, err);
  for (size_t i = 0; i < set->n; i++) {
    size_t c = fray_names_find(side->client, side->n_clients, name[i]);
    side->splits[c] |= (uint8_t)(1u << set->sample[i].split);
  }
  return FRAY_OK;
}

/* Every client of the larger side goes to a client of the smaller one that shares a split with it,
 * to the one that got the fewest of its sort; with equal numbers this is one to one. */
static enum fray_status deal_clients(const struct side *few, const struct side *many,
                                     struct fray_err *err) {
  enum { SORTS = 1 << FRAY_SPLITS };
  size_t *dealt;
  FRAY_ALLOC_ZERO(dealt, few->set->source.arena, few->n_clients * SORTS, err);
  for (size_t c = 0; c < few->n_clients; c++)
    few->home[c] = c;
  for (size_t c = 0; c < many->n_clients; c++) {
    /* SIZE_MAX: no client of the other side shares a split. */
    size_t best = SIZE_MAX;
    /* Clients of one sort, such as training only, are spread evenly among themselves. */
    uint8_t sort = many->splits[c];
    for (size_t f = 0; f < few->n_clients; f++)
      if ((few->splits[f] & sort) &&
          (best == SIZE_MAX || dealt[f * SORTS + sort] < dealt[best * SORTS + sort]))
        best = f;
    many->home[c] = best;
    if (best != SIZE_MAX)
      dealt[best * SORTS + sort]++;
  }
  return FRAY_OK;
}

/* Home, split and class: samples of one key can be joined. */
static int by_key(const void *a, const void *b) {
  const struct entry *p = a, *q = b;
  if (p->client != q->client)
    return p->client < q->client ? -1 : 1;
  if (p->split != q->split)
    return p->split < q->split ? -1 : 1;
  return (p->label > q->label) - (p->label < q->label);
}

static int by_turn(const void *a, const void *b) {
  const struct entry *p = a, *q = b;
  int order = by_key(a, b);
  if (order)
    return order;
  if (p->turn != q->turn)
    return p->turn < q->turn ? -1 : 1;
  return (p->sample > q->sample) - (p->sample < q->sample);
}

/* drawn: samples take random turns, so that no client of many is always first. */
static enum fray_status list_entries(const struct side *side, const int32_t *code, bool drawn,
                                     uint64_t seed, struct entry **out, size_t *n,
                                     struct fray_err *err) {
  const struct set *set = side->set;
  FRAY_ALLOC(*out, set->source.arena, set->n, err);
  *n = 0;
  for (size_t i = 0; i < set->n; i++) {
    const struct sample *s = &set->sample[i];
    size_t home = side->home[fray_names_find(side->client, side->n_clients, s->client)];
    if (home == SIZE_MAX)
      continue;
    struct fray_rng rng = fray_rng_for(seed, "import/pair", fray_hash_text(s->id), 0, 0);
    (*out)[(*n)++] = (struct entry){.client = home,
                                    .split = s->split,
                                    .label = code[s->label],
                                    .turn = drawn ? fray_rng_u64(&rng) : i,
                                    .sample = (uint32_t)i};
  }
  /* Those without a home stay out; what is left of either list is counted as unused. */
  qsort(*out, *n, sizeof **out, by_turn);
  return FRAY_OK;
}

/* Codes of the second set's classes in the first: the names must be the same. */
static enum fray_status match_classes(const struct set *a, const struct set *b, int32_t *code,
                                      struct fray_err *err) {
  /* A class that only one side has would lose all its samples without a word. */
  FRAY_CHECK(a->n_classes == b->n_classes, err, INPUT,
             "pair: %s has %zu classes, %s has %zu; they must be the same", a->config.name,
             a->n_classes, b->config.name, b->n_classes);
  struct fray_name_table table;
  FRAY_TRY(fray_name_table_make(a->class_name, a->n_classes, a->source.arena, &table, err));
  for (size_t c = 0; c < b->n_classes; c++) {
    size_t k = fray_name_find(&table, b->class_name[c]);
    char list[512];
    FRAY_CHECK(k < a->n_classes, err, INPUT, "pair: class \"%s\" of %s is not in %s; %s",
               b->class_name[c], b->config.name, a->config.name,
               fray_there_are(b->class_name[c], a->class_name, a->n_classes, list, sizeof list));
    code[c] = (int32_t)k;
  }
  return FRAY_OK;
}

/* Modalities and groups of the first set, then those of the second. */
static enum fray_status join_modalities(struct set *set, const struct set *part,
                                        struct fray_err *err) {
  set->source.cuts = set->source.cuts || part->source.cuts;
  for (size_t m = 0; m < part->source.n_modalities; m++) {
    const char *name = part->source.modality[m].m.name;
    for (size_t k = 0; k < set->source.n_modalities; k++)
      FRAY_CHECK(strcmp(set->source.modality[k].m.name, name) != 0, err, INPUT,
                 "pair: both sets have a modality \"%s\"", name);
    FRAY_CHECK(set->source.n_modalities < FRAY_MAX_MODALITIES, err, INPUT,
               "pair: more than %d modalities", FRAY_MAX_MODALITIES);
    set->source.modality[set->source.n_modalities++] = part->source.modality[m];
  }
  for (size_t g = 0; g < part->n_groups; g++) {
    for (size_t k = 0; k < set->n_groups; k++)
      FRAY_CHECK(strcmp(set->group[k], part->group[g]) != 0, err, INPUT,
                 "pair: both sets have a group \"%s\"", part->group[g]);
    FRAY_CHECK(set->n_groups < FRAY_IMPORT_GROUPS, err, INPUT, "pair: more than %d groups",
               FRAY_IMPORT_GROUPS);
    set->group[set->n_groups++] = part->group[g];
  }
  return FRAY_OK;
}

/* Values and groups of both, side by side, in the order of join_modalities. */
static enum fray_status join_samples(struct set *set, const struct set *a, const struct set *b,
                                     const struct entry *first, const struct entry *second,
                                     const char *client, struct fray_err *err) {
  const struct sample *s = &a->sample[first->sample], *t = &b->sample[second->sample];
  struct value *value;
  const char **group;
  FRAY_ALLOC(value, set->source.arena, set->source.n_modalities, err);
  FRAY_ALLOC(group, set->source.arena, set->n_groups, err);
  memcpy(value, s->value, a->source.n_modalities * sizeof *value);
  memcpy(value + a->source.n_modalities, t->value, b->source.n_modalities * sizeof *value);
  if (a->n_groups)
    memcpy(group, s->group, a->n_groups * sizeof *group);
  if (b->n_groups)
    memcpy(group + a->n_groups, t->group, b->n_groups * sizeof *group);
  struct sample *joined = &set->sample[set->n++];
  /* Split, class and place are the first set's; by the key, the second has the same split and
   * class. */
  *joined = *s;
  joined->id = fray_arena_printf(set->source.arena, "%s+%s", s->id, t->id);
  FRAY_CHECK(joined->id, err, MEMORY, "out of memory");
  joined->client = client;
  joined->value = value;
  joined->group = group;
  return FRAY_OK;
}

/* Walks both sorted lists; where the keys agree, the next of each become one sample. */
static enum fray_status match_entries(struct set *set, const struct side side[2],
                                      const struct side *few, struct entry *const entry[2],
                                      const size_t n[2], struct fray_err *err) {
  FRAY_ALLOC(set->sample, set->source.arena, FRAY_MIN(n[0], n[1]), err);
  size_t i = 0, k = 0;
  while (i < n[0] && k < n[1]) {
    int order = by_key(&entry[0][i], &entry[1][k]);
    if (order == 0) {
      FRAY_TRY(join_samples(set, side[0].set, side[1].set, &entry[0][i], &entry[1][k],
                            few->client[entry[0][i].client], err));
      i++, k++;
    } else if (order < 0)
      i++;
    else
      k++;
  }
  for (size_t s = 0; s < 2; s++) {
    /* Each sample of the pair took exactly one of either side. */
    set->unused[s] = side[s].set->n - set->n;
    set->unused_of[s] = side[s].set->config.name;
  }
  FRAY_CHECK(set->n > 0, err, INPUT, "pair: no sample of %s has a partner in %s",
             side[0].set->config.name, side[1].set->config.name);
  return FRAY_OK;
}

static enum fray_status pair_sides(struct set *set, struct side side[2], struct fray_err *err) {
  /* The classes of the pair are those of the first set, in its order. */
  const struct set *a = side[0].set, *b = side[1].set;
  int32_t *code[2];
  struct entry *entry[2];
  size_t n[2];
  for (size_t s = 0; s < 2; s++)
    FRAY_ALLOC(code[s], set->source.arena, a->n_classes + b->n_classes, err);
  for (size_t c = 0; c < a->n_classes; c++)
    code[0][c] = (int32_t)c;
  FRAY_TRY(match_classes(a, b, code[1], err));
  set->class_name = a->class_name;
  set->n_classes = a->n_classes;
  /* The side with more clients is dealt to the other, so that none of the few is left without. */
  size_t many = side[1].n_clients >= side[0].n_clients;
  FRAY_TRY(deal_clients(&side[!many], &side[many], err));
  for (size_t s = 0; s < 2; s++) {
    FRAY_TRY(join_modalities(set, side[s].set, err));
    FRAY_TRY(list_entries(&side[s], code[s], s == many, (uint64_t)set->config.seed, &entry[s],
                          &n[s], err));
  }
  return match_entries(set, side, &side[!many], entry, n, err);
}

/* Both sets are loaded whole, with their own splits, before anything is joined. */
enum fray_status fray_set_pair(struct set *set, const char *raw, struct fray_err *err) {
  struct side side[2];
  /* Paths of the YAMLs are relative to that of the pair, as PATH fields are. */
  const char *yaml[] = {set->config.pair.first, set->config.pair.second};
  for (size_t s = 0; s < 2; s++) {
    struct set *part;
    FRAY_TRY(fray_set_load(yaml[s], raw, true, set->source.arena, &part, err));
    /* Sets of classes have no single key to meet by. */
    FRAY_CHECK(part->config.task == TASK_SINGLE_LABEL, err, INPUT,
               "%s: a pair joins samples by their class, but this set is multi-label", yaml[s]);
    FRAY_TRY(open_side(&side[s], part, err));
  }
  return pair_sides(set, side, err);
}
