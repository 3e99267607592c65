/* Who gives a value to whom.
 *
 * Two mistakes are easy here, and both flatter: a test value that reaches training, and a donor
 * that depends on which rank asks, so that two runs of one seed differ. Candidates are therefore
 * those of the population, which is the same on all ranks, and nothing outside of it is looked at.
 */
#include "donors.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 32 };

struct fray_donors {
  const struct fray_scope *scope;
  uint64_t purpose;
  uint32_t *record; /* (n) places, client by client, in the order of the data */
  uint32_t *rank;   /* (n) of a place in record */
  uint32_t *list;   /* (n) places, group by group, in the order of sources */
  uint32_t *first;  /* (groups + 1) in list: a client in training, everybody at test */
  const char *name; /* of the class that was looked up last */
  int32_t one;
};

/* ---- orders ---- */

/* Places are sorted by a number of their own, so that neither the order in which a population lists
 * them nor the one in which the partition numbers clients is left in the result. */
struct keyed {
  uint64_t group, key;
  uint32_t place;
};

static int compare_keyed(const void *left, const void *right) {
  const struct keyed *a = left, *b = right;
  if (a->group != b->group)
    return a->group < b->group ? -1 : 1;
  return (a->key > b->key) - (a->key < b->key);
}

/* Those among whom a donor is looked for. At test one group, as its clients are only there to be
 * told apart. */
static size_t group_of(const struct fray_population *people, size_t i) {
  return people->train ? people->client[i] : 0;
}

/* Sources are hashes of names, so their order is that of no file and no rank. */
static enum fray_status sort_places(struct fray_donors *d, struct fray_err *err) {
  const struct fray_population *people = d->scope->people;
  const size_t n = people->n, groups = people->train ? people->n_clients : 1;
  struct keyed *all;
  FRAY_ALLOC(all, d->scope->arena, n + 1, err);
  FRAY_ALLOC(d->record, d->scope->arena, n + 1, err);
  FRAY_ALLOC(d->rank, d->scope->arena, n + 1, err);
  FRAY_ALLOC(d->list, d->scope->arena, n + 1, err);
  FRAY_ALLOC_ZERO(d->first, d->scope->arena, groups + 1, err);
  for (size_t i = 0; i < n; i++)
    all[i] = (struct keyed){people->client[i], people->sample[i], (uint32_t)i};
  qsort(all, n, sizeof *all, compare_keyed);
  for (size_t k = 0; k < n; k++) {
    d->record[k] = all[k].place;
    d->rank[all[k].place] = (uint32_t)k;
  }
  for (size_t i = 0; i < n; i++)
    all[i] = (struct keyed){group_of(people, i), people->dataset->source[people->sample[i]],
                            (uint32_t)i};
  qsort(all, n, sizeof *all, compare_keyed);
  for (size_t k = 0; k < n; k++) {
    d->list[k] = all[k].place;
    d->first[all[k].group + 1]++;
  }
  for (size_t g = 0; g < groups; g++)
    d->first[g + 1] += d->first[g];
  return FRAY_OK;
}

/* ---- choosing ---- */

static int32_t class_of(const struct fray_donors *d, size_t i) {
  const struct fray_population *people = d->scope->people;
  /* The truth, not what label noise made of it: values are of what they are of. */
  return people->dataset->label ? people->dataset->label[people->sample[i]] : FRAY_UNLABELLED;
}

/* What an earlier entry took, or dropped, is not there to be given. */
static bool is_there(const struct fray_donors *d, size_t j, size_t m) {
  const struct fray_damage *damage = d->scope->damage;
  return (damage->present[j] >> m & 1) && !damage->dropped[j];
}

/* One search: for whom, and what is asked of the donor. */
struct search {
  size_t i, m;
  enum fray_donor_class which;
  int32_t own, one;
  bool others; /* of another client only */
};

/* Itself it cannot help: a value in its own place would count as damage and be none. */
static bool will_do(const struct fray_donors *d, const struct search *s, size_t j) {
  const struct fray_population *people = d->scope->people;
  const int32_t its = class_of(d, j);
  if (j == s->i || !is_there(d, j, s->m) ||
      (s->others && people->client[j] == people->client[s->i]))
    return false;
  if (s->which == FRAY_OF_ANOTHER_CLASS)
    return its != FRAY_UNLABELLED && its != s->own;
  return s->which == FRAY_OF_ANY_CLASS || its == s->one;
}

/* Draws until one will do, which is soon where many would; where few do all are counted. Both give
 * each of them the same chance. */
static uint32_t search_list(const struct fray_donors *d, const struct search *s,
                            const uint32_t *list, size_t n, struct fray_rng *rng) {
  size_t count = 0;
  for (int k = 0; k < TRIES && n; k++) {
    const uint32_t j = list[fray_rng_below(rng, n)];
    if (will_do(d, s, j))
      return j;
  }
  for (size_t k = 0; k < n; k++)
    count += will_do(d, s, list[k]);
  if (!count)
    return FRAY_NO_DONOR;
  size_t left = fray_rng_below(rng, count), k = 0;
  while (!will_do(d, s, list[k]) || left-- > 0)
    k++;
  return list[k];
}

/* A purpose of its own: neither the draw that says whether a sample is hit nor the noise within a
 * value says anything of the donor. */
struct fray_rng fray_donors_stream(const struct fray_donors *d, size_t i, size_t m) {
  return fray_rng_keyed(d->scope->seed, d->purpose,
                        fray_scope_source(d->scope, FRAY_UNIT_SAMPLE, i), 0,
                        fray_scope_modality(d->scope, m));
}

/* Somebody else's voice is what babble and conflict are about, so another client is asked for
 * first. */
uint32_t fray_donors_draw(struct fray_donors *d, size_t i, size_t m, struct fray_rng *rng,
                          enum fray_donor_class which, int32_t one) {
  const struct fray_population *people = d->scope->people;
  const size_t group = group_of(people, i);
  const uint32_t *list = d->list + d->first[group];
  const size_t n = d->first[group + 1] - d->first[group];
  struct search s = {.i = i, .m = m, .which = which, .own = class_of(d, i), .one = one};
  if (which != FRAY_OF_ANY_CLASS && s.own == FRAY_UNLABELLED)
    return FRAY_NO_DONOR;
  if (which == FRAY_OF_ONE_CLASS && s.own == one)
    return FRAY_NO_DONOR;
  uint32_t found = FRAY_NO_DONOR;
  s.others = !people->train;
  if (s.others)
    found = search_list(d, &s, list, n, rng);
  /* In training the client's own; at test somebody of the same client rather than nobody. */
  s.others = false;
  if (found == FRAY_NO_DONOR)
    found = search_list(d, &s, list, n, rng);
  return found == FRAY_NO_DONOR ? FRAY_NO_DONOR : people->sample[found];
}

/* Within the record of the client, which ends where that of the next one begins. What an earlier
 * entry took is passed over, as a buffer passes over a frame that never came. */
uint32_t fray_donors_along(const struct fray_donors *d, size_t i, size_t m, int64_t places) {
  const struct fray_population *people = d->scope->people;
  const int64_t step = places < 0 ? -1 : 1;
  int64_t left = places * step;
  for (int64_t k = d->rank[i] + step; left > 0 && k >= 0 && k < (int64_t)people->n; k += step) {
    const uint32_t j = d->record[k];
    if (people->client[j] != people->client[i])
      break;
    left -= is_there(d, j, m);
    if (left == 0)
      return people->sample[j];
  }
  return FRAY_NO_DONOR;
}

/* Of two sets nobody can say that they are of different classes, nor that one is of the target; and
 * of two sequences, which share words in another order, as little. */
enum fray_status fray_donors_need_classes(const struct fray_donors *d, struct fray_err *err) {
  const struct fray_dataset *data = d->scope->people->dataset;
  FRAY_CHECK(fray_has_one_label(data), err, INPUT,
             "the kind needs one class a sample, and the data have %s of them",
             data->words ? "sequences" : "sets");
  return FRAY_OK;
}

/* Asked for each sample with the same pointer, and looked up once. */
enum fray_status fray_donors_class(struct fray_donors *d, const char *key, const char *name,
                                   int32_t *out, struct fray_err *err) {
  const struct fray_dataset *data = d->scope->people->dataset;
  char list[512];
  FRAY_TRY(fray_donors_need_classes(d, err));
  if (d->name != name) {
    size_t k = 0;
    while (k < data->n_classes && strcmp(data->class_name[k], name) != 0)
      k++;
    FRAY_CHECK(k < data->n_classes, err, INPUT, "%s: the data have no class '%.80s'; %s", key, name,
               fray_there_are(name, data->class_name, data->n_classes, list, sizeof list));
    d->name = name;
    d->one = (int32_t)k;
  }
  *out = d->one;
  return FRAY_OK;
}

/* As a whole before any of it is used: a wrong name of a class that nobody holds here would be
 * found on other data only. */
static enum fray_status check_partners(struct fray_donors *d, const char *key,
                                       const struct fray_node *map, struct fray_err *err) {
  int32_t from, to;
  FRAY_CHECK(map->kind == FRAY_NODE_MAP && map->n > 0, err, INPUT,
             "%s: expected a map of classes, as {three: eight}", key);
  for (const struct fray_node *pair = map->child; pair; pair = pair->next) {
    FRAY_CHECK(pair->kind == FRAY_NODE_SCALAR, err, INPUT, "%s.%.80s: expected the name of a class",
               key, pair->key);
    FRAY_TRY(fray_donors_class(d, key, pair->key, &from, err));
    FRAY_TRY(fray_donors_class(d, key, pair->scalar, &to, err));
    FRAY_CHECK(from != to, err, INPUT, "%s: %.80s is no other class than itself", key, pair->key);
  }
  return FRAY_OK;
}

enum fray_status fray_donors_partner(struct fray_donors *d, size_t i, const char *key,
                                     const struct fray_node *map, int32_t *out,
                                     struct fray_err *err) {
  const int32_t own = class_of(d, i);
  *out = FRAY_UNLABELLED;
  FRAY_TRY(fray_donors_need_classes(d, err));
  if (!d->name)
    FRAY_TRY(check_partners(d, key, map, err));
  if (own == FRAY_UNLABELLED)
    return FRAY_OK;
  const struct fray_node *pair =
      fray_node_get(map, d->scope->people->dataset->class_name[(size_t)own]);
  return pair ? fray_donors_class(d, key, pair->scalar, out, err) : FRAY_OK;
}

/* ---- all of an entry ---- */

/* For everybody and not only for those who will be hit, so that a larger rate leaves the donors of
 * a smaller one as they were. */
enum fray_status fray_donors_choose(const struct fray_act_wish *wish, struct fray_scope *scope,
                                    struct fray_signal_act *act, struct fray_err *err) {
  const struct fray_signal_ops *ops =
      ((const struct fray_corruption_ops *)wish->kind->impl)->signal;
  const size_t modalities = scope->people->dataset->n_modalities;
  struct fray_donors donors = {.scope = scope};
  char purpose[256];
  uint8_t *able;
  size_t asked = 0, found = 0;
  snprintf(purpose, sizeof purpose, "corruption-donor/%s", wish->id);
  donors.purpose = fray_rng_purpose(purpose);
  FRAY_ALLOC_ZERO(able, scope->arena, scope->people->n + 1, err);
  FRAY_TRY(sort_places(&donors, err));
  for (size_t i = 0; i < scope->people->n; i++)
    for (size_t m = 0; m < modalities; m++) {
      uint32_t *out = act->donor + (i * modalities + m) * act->n_donors;
      size_t n = 0;
      if (!fray_scope_takes(scope, i) || !(fray_scope_may(scope, i) >> m & 1))
        continue;
      FRAY_TRY(ops->choose(wish->params, &donors, i, m, out, &n, err));
      able[i] |= (uint8_t)((n > 0) << m);
      asked++;
      found += n > 0;
    }
  /* A study of contradictions in which nobody is contradicted would look like a robust model. */
  FRAY_CHECK(!ops->lures || found > 0 || asked == 0, err, INPUT,
             "%s finds no donor for any of %zu values that it could hit; %s", wish->kind->name,
             asked,
             scope->people->train
                 ? "in training each client takes values of its own, and none has samples of "
                   "another class, or of the one that is asked for"
                 : "no sample here is of another class, or of the one that is asked for");
  scope->able = able;
  return FRAY_OK;
}

/* A ledger may come from anywhere, and from a study whose clients held other samples. */
bool fray_donors_may(const struct fray_signal_plan *plan, size_t sample, size_t donor,
                     size_t modality) {
  const uint32_t to = plan->slot[sample], from = plan->slot[donor];
  if (from == UINT32_MAX || from == to || !(plan->dataset->present[donor] >> modality & 1))
    return false;
  return !plan->train || plan->client[from] == plan->client[to];
}
