/* The same content twice where it must not be: in training and in test, in two clients, in two
 * classes. Contents are compared by a hash of 96 bits of what the shard holds, so that a copy under
 * another name, or in another format of the same values, is found. Nothing is refused: some sets
 * repeat values on purpose. */
#include "leaks.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <stdlib.h>
#include <string.h>

/* One value of a sample; 16 bytes. */
struct content {
  uint64_t hash;
  uint32_t more, sample;
};

enum where { TRAIN_TEST, TRAIN_DEV, DEV_TEST, CLIENTS, CLASSES, WHERES };

struct found { /* of one kind */
  size_t n;
  size_t pair[TALLY_NAMES][2];
};

struct leaks {
  const struct set *set;
  struct content *content[FRAY_MAX_MODALITIES];
  size_t n[FRAY_MAX_MODALITIES];
  struct found found[FRAY_MAX_MODALITIES][WHERES];
};

static const char *const where_words[] = {"in train and in test", "in train and in dev",
                                          "in dev and in test", "in two clients", "in two classes"};

enum fray_status fray_leaks_begin(const struct set *set, struct leaks **out, struct fray_err *err) {
  struct leaks *leaks;
  FRAY_ALLOC_ZERO(leaks, set->source.arena, 1, err);
  leaks->set = set;
  /* Room for all samples at once: 16 bytes each, far less than what they hold. */
  for (size_t m = 0; m < set->source.n_modalities; m++)
    FRAY_ALLOC(leaks->content[m], set->source.arena, set->n, err);
  *out = leaks;
  return FRAY_OK;
}

void fray_leaks_add(struct leaks *leaks, size_t sample, size_t m, const struct loaded *value) {
  /* 96 bits: among 10^9 contents two different ones share them with a chance of about 6e-12. */
  struct fray_hash128 hash = fray_hash128_of(value->x, value->bytes);
  leaks->content[m][leaks->n[m]++] =
      (struct content){.hash = hash.low, .more = (uint32_t)hash.high, .sample = (uint32_t)sample};
}

static int by_hash(const void *a, const void *b) {
  const struct content *p = a, *q = b;
  if (p->hash != q->hash)
    return p->hash < q->hash ? -1 : 1;
  return (p->more > q->more) - (p->more < q->more);
}

/* Within one content in the order of the set, so that "first" means what a user sees first. */
static int by_content(const void *a, const void *b) {
  const struct content *p = a, *q = b;
  int order = by_hash(a, b);
  return order ? order : (p->sample > q->sample) - (p->sample < q->sample);
}

/* Sets of classes are the same only as wholes: a copy with one label more is another labelling. */
static bool same_class(const struct set *set, const struct sample *a, const struct sample *b) {
  if (a->labels)
    return memcmp(a->labels, b->labels, set->n_classes) == 0;
  return a->label == b->label;
}

/* The first sample of one content (n) that is in a split; n if there is none. */
static size_t first_of(const struct set *set, const struct content *content, size_t n,
                       uint8_t split) {
  size_t i = 0;
  while (i < n && set->sample[content[i].sample].split != split)
    i++;
  return i;
}

/* Two samples of one content (n) that are apart: the first ones of the two splits, or the first
 * sample of all and the first of another client or class. */
static bool find_pair(const struct set *set, const struct content *content, size_t n,
                      enum where where, size_t pair[2]) {
  static const uint8_t splits[][2] = {
      {FRAY_TRAIN, FRAY_TEST}, {FRAY_TRAIN, FRAY_DEV}, {FRAY_DEV, FRAY_TEST}};
  /* Contents of one value are in the order of the set, so these are the first two of their kind. */
  size_t a = 0, b = 1;
  if (where < CLIENTS) {
    a = first_of(set, content, n, splits[where][0]);
    b = first_of(set, content, n, splits[where][1]);
  } else {
    const struct sample *first = &set->sample[content[0].sample];
    for (; b < n; b++) {
      const struct sample *other = &set->sample[content[b].sample];
      bool apart = where == CLIENTS ? strcmp(first->client, other->client) != 0
                                    : !same_class(set, first, other);
      if (apart)
        break;
    }
  }
  /* All of one split, or all alike. */
  if (a == n || b == n)
    return false;
  pair[0] = content[a].sample;
  pair[1] = content[b].sample;
  return true;
}

static int by_first(const void *a, const void *b) {
  const size_t *p = a, *q = b;
  return (p[0] > q[0]) - (p[0] < q[0]);
}

/* Keeps the pairs that come first in the set, whatever the order of hashes. */
static void keep_pair(struct found *found, const size_t pair[2]) {
  size_t at = found->n++;
  if (at >= TALLY_NAMES) {
    at = TALLY_NAMES - 1;
    if (by_first(pair, found->pair[at]) >= 0)
      return;
  }
  memcpy(found->pair[at], pair, sizeof found->pair[at]);
  qsort(found->pair, at + 1, sizeof *found->pair, by_first);
}

/* The id alone where the value has no file of its own. */
static void name_sample(const struct set *set, size_t sample, size_t m, struct fray_text *out) {
  const struct sample *s = &set->sample[sample];
  const char *name = fray_value_name(set, s, &s->value[m]);
  fray_text_puts(out, s->id);
  if (strcmp(name, s->id) != 0)
    fray_text_printf(out, " (%s)", name);
}

/* Pairs beyond the first few are not kept, but counts that agree as well leave little room for
 * doubt. */
static bool same_pairs(const struct found *a, const struct found *b) {
  return a->n == b->n &&
         memcmp(a->pair, b->pair, FRAY_MIN(a->n, (size_t)TALLY_NAMES) * sizeof *a->pair) == 0;
}

/* Contents that are apart in several ways, as those of two clients in two splits, are said once. */
static void warn_of(const struct set *set, size_t m, const struct found all[WHERES],
                    enum where where) {
  const struct found *found = &all[where];
  struct fray_text names = {0}, places = {0};
  for (size_t w = 0; w < where; w++)
    if (same_pairs(&all[w], found))
      return;
  for (size_t w = where; w < WHERES; w++)
    if (same_pairs(&all[w], found))
      fray_text_printf(&places, "%s%s", w > where ? ", " : "", where_words[w]);
  size_t shown = FRAY_MIN(found->n, (size_t)TALLY_NAMES);
  for (size_t i = 0; i < shown; i++) {
    fray_text_puts(&names, i ? "; " : "");
    name_sample(set, found->pair[i][0], m, &names);
    fray_text_puts(&names, " and ");
    name_sample(set, found->pair[i][1], m, &names);
  }
  if (found->n > shown)
    fray_text_printf(&names, "; and %zu more", found->n - shown);
  fray_import_warn(names.failed ? NULL : names.data, "%s: the same content %s, %zu time%s: samples",
                   set->source.modality[m].m.name, places.failed ? where_words[where] : places.data,
                   found->n, found->n == 1 ? "" : "s");
  fray_text_free(&places);
  fray_text_free(&names);
}

/* Words are said again by others: beside other modalities, texts that recur are no leak. */
static bool is_leak(const struct set *set, size_t m) {
  return set->source.modality[m].m.kind != FRAY_TEXT || set->source.n_modalities == 1;
}

/* Equal contents stand side by side after sorting, so each group is walked once. */
static void look_through(struct leaks *leaks, size_t m, struct built *built) {
  const struct set *set = leaks->set;
  struct found *found = leaks->found[m];
  size_t n = leaks->n[m], next;
  /* Sorted once, after all were added: equal contents are neighbours then. */
  qsort(leaks->content[m], n, sizeof *leaks->content[m], by_content);
  for (size_t i = 0; i < n; i = next) {
    const struct content *content = &leaks->content[m][i];
    for (next = i + 1; next < n; next++)
      if (by_hash(content, &leaks->content[m][next]) != 0)
        break;
    built->tally[m].repeated += next - i - 1;
    if (next == i + 1)
      continue;
    for (size_t w = 0; w < WHERES; w++) {
      size_t pair[2];
      if (find_pair(set, content, next - i, (enum where)w, pair))
        keep_pair(&found[w], pair);
    }
  }
}

/* By modality, since a picture may recur where its sound does not. */
void fray_leaks_count(struct leaks *leaks, struct built *built) {
  built->leaks = (struct fray_leaks){0};
  for (size_t m = 0; m < leaks->set->source.n_modalities; m++) {
    const struct found *found = leaks->found[m];
    look_through(leaks, m, built);
    /* What is no leak is still counted as repeated above. */
    if (!is_leak(leaks->set, m))
      continue;
    built->leaks.train_and_test += (double)found[TRAIN_TEST].n;
    built->leaks.two_clients += (double)found[CLIENTS].n;
    built->leaks.two_classes += (double)found[CLASSES].n;
  }
}

/* Apart from counting: counts go into the last shard, words only to whoever reads them. */
void fray_leaks_warn(const struct leaks *leaks) {
  for (size_t m = 0; m < leaks->set->source.n_modalities; m++)
    for (size_t w = 0; w < WHERES; w++)
      if (is_leak(leaks->set, m) && leaks->found[m][w].n)
        warn_of(leaks->set, m, leaks->found[m], (enum where)w);
}
