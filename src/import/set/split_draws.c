/* Draws of splits: by seed and names, never by order of files, so that an import on another machine
 * draws the same. Strata share what is drawn in proportion, so that a rare class is in every split.
 * Every stream is keyed by what it draws among, none by how much was drawn before. */
#include "split_draws.h"

#include "fray/base/hash.h"
#include "fray/base/rng.h"
#include "fray/base/text.h"
#include "import/table/natural_names.h"

#include <string.h>

/* Share of n, rounded down; 1e-9 repairs products like 0.29 * 100 = 28.999... */
static size_t share_of(double fraction, size_t n) {
  return (size_t)(fraction * (double)n + 1e-9);
}

/* In natural order without repeats, which is what draws count through. */
enum fray_status fray_set_clients(const struct set *set, const char ***names, size_t *n,
                                  struct fray_err *err) {
  const char **client;
  FRAY_ALLOC(client, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    client[i] = set->sample[i].client;
  return fray_names_unique(client, set->n, set->source.arena, names, n, err);
}

/* ---- strata ---- */

static enum fray_status code_group(const struct set *set, size_t g, struct strata *out,
                                   struct fray_err *err) {
  const char **text;
  uint32_t *code;
  FRAY_ALLOC(text, set->source.arena, set->n, err);
  FRAY_ALLOC(code, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    text[i] = set->sample[i].group[g];
  FRAY_TRY(fray_names_unique(text, set->n, set->source.arena, &out->name, &out->n, err));
  for (size_t i = 0; i < set->n; i++)
    code[i] = (uint32_t)fray_names_find(out->name, out->n, text[i]);
  out->of = code;
  return FRAY_OK;
}

enum fray_status fray_strata_find(const struct set *set, const char *where, const char *by,
                                  struct strata *out, struct fray_err *err) {
  /* One stratum without a name: everything below draws as if there were none. */
  static const char *nothing[] = {""};
  char list[700];
  *out = (struct strata){.n = 1, .name = nothing};
  if (!by)
    return FRAY_OK;
  for (size_t g = 0; g < set->n_groups; g++)
    if (strcmp(set->group[g], by) == 0)
      return code_group(set, g, out, err);
  FRAY_CHECK(strcmp(by, "label") == 0, err, INPUT,
             "%s: %s.stratify: \"%s\" is neither label nor one of `groups`; %s", set->source.yaml,
             where, by, fray_there_are(by, set->group, set->n_groups, list, sizeof list));
  FRAY_CHECK(set->config.task == TASK_SINGLE_LABEL, err, INPUT,
             "%s: %s.stratify: label is for single-label sets; a group will do", set->source.yaml,
             where);
  uint32_t *code;
  FRAY_ALLOC(code, set->source.arena, set->n, err);
  for (size_t i = 0; i < set->n; i++)
    code[i] = (uint32_t)set->sample[i].label;
  *out = (struct strata){.n = set->n_classes, .name = set->class_name, .of = code};
  return FRAY_OK;
}

/* Largest remainders; of equal ones the first. The quadratic walk is over strata, which are few. */
void fray_strata_share(const size_t *size, size_t n, double fraction, size_t *take) {
  size_t sum = 0, taken = 0;
  for (size_t s = 0; s < n; s++) {
    take[s] = share_of(fraction, size[s]);
    sum += size[s];
    taken += take[s];
  }
  for (size_t wanted = share_of(fraction, sum); taken < wanted; taken++) {
    size_t best = 0;
    double most = -1;
    for (size_t s = 0; s < n; s++) {
      double rest = fraction * (double)size[s] - (double)take[s];
      /* By more than rounding, so that equal remainders go to the first on every machine. */
      if (take[s] < size[s] && rest > most + 1e-9) {
        most = rest;
        best = s;
      }
    }
    take[best]++;
  }
}

/* Keyed by the stratum's name, so that draws of one do not hang on which others there are; without
 * strata the key is 0. */
static uint64_t stratum_key(const struct strata *strata, size_t s) {
  return strata->of ? fray_hash_text(strata->name[s]) : 0;
}

/* ---- samples ---- */

/* Samples that are drawn together, as indices. */
struct pool {
  uint32_t *sample;
  size_t n;
};

/* Windows of one stretch share what is around them, and overlapping ones their values: a split
 * takes whole stretches. They are tried in a drawn order, and those that fit into what is left of
 * the share are taken. first (pool): scratch, places in the pool where a stretch begins. */
static void draw_stretches(struct set *set, const struct pool *pool, size_t count,
                           struct fray_rng rng, uint8_t to, uint32_t *first) {
  size_t n = 0, left = count;
  for (size_t i = 0; i < pool->n; i++) {
    const struct stretch *own = fray_sample_stretch(set, &set->sample[pool->sample[i]]);
    if (i == 0 || !own || own != fray_sample_stretch(set, &set->sample[pool->sample[i - 1]]))
      first[n++] = (uint32_t)i;
  }
  fray_rng_shuffle(&rng, first, n);
  for (size_t u = 0; u < n && left > 0; u++) {
    const struct stretch *own = fray_sample_stretch(set, &set->sample[pool->sample[first[u]]]);
    size_t end = first[u] + 1;
    while (own && end < pool->n && fray_sample_stretch(set, &set->sample[pool->sample[end]]) == own)
      end++;
    /* One that is too long is passed over, since a shorter one may still fit. */
    if (end - first[u] > left)
      continue;
    left -= end - first[u];
    for (size_t i = first[u]; i < end; i++)
      set->sample[pool->sample[i]].split = to;
  }
}

/* The first of a shuffle, so that a larger share of one seed adds samples and gives none back. */
static void draw_window(struct set *set, const struct pool *pool, size_t count, struct fray_rng rng,
                        uint8_t to, uint32_t *scratch) {
  if (set->source.cuts) {
    draw_stretches(set, pool, count, rng, to, scratch);
    return;
  }
  fray_rng_shuffle(&rng, pool->sample, pool->n);
  for (size_t k = 0; k < count; k++)
    set->sample[pool->sample[k]].split = to;
}

/* One run, so that neighbours that overlap are on both sides of the cut only at its two ends. */
static void draw_block(struct set *set, const struct pool *pool, double fraction,
                       struct fray_rng rng, uint8_t to) {
  size_t n = share_of(fraction, pool->n);
  size_t first = (size_t)fray_rng_below(&rng, pool->n - n + 1);
  for (size_t k = 0; k < n; k++)
    set->sample[pool->sample[first + k]].split = to;
}

/* Scratch of one draw: none of it is larger than the set, or the strata. */
struct bench {
  uint32_t *sample, *unit;
  size_t *size, *take;
};

/* Once for a draw, not for each client: the arena gives nothing back. */
static enum fray_status open_bench(const struct set *set, const struct draw *d, struct bench *out,
                                   struct fray_err *err) {
  FRAY_ALLOC(out->sample, set->source.arena, set->n, err);
  FRAY_ALLOC(out->unit, set->source.arena, set->n, err);
  FRAY_ALLOC(out->size, set->source.arena, d->strata.n, err);
  FRAY_ALLOC(out->take, set->source.arena, d->strata.n, err);
  return FRAY_OK;
}

/* Samples that another draw has taken are out of reach. */
static bool is_in(const struct set *set, const struct draw *d, uint32_t i, size_t stratum) {
  return set->sample[i].split == d->from && (!d->strata.of || d->strata.of[i] == stratum);
}

/* A share of order[0..n), stratum by stratum. who: keys the draws. */
static void draw_pool(struct set *set, const struct draw *d, const uint32_t *order, size_t n,
                      uint64_t who, struct bench *bench) {
  memset(bench->size, 0, d->strata.n * sizeof *bench->size);
  for (size_t i = 0; i < n; i++)
    if (set->sample[order[i]].split == d->from)
      bench->size[d->strata.of ? d->strata.of[order[i]] : 0]++;
  fray_strata_share(bench->size, d->strata.n, d->fraction, bench->take);
  for (size_t s = 0; s < d->strata.n; s++) {
    struct pool pool = {.sample = bench->sample};
    for (size_t i = 0; i < n; i++)
      if (is_in(set, d, order[i], s))
        pool.sample[pool.n++] = order[i];
    if (pool.n)
      draw_window(
          set, &pool, bench->take[s],
          fray_rng_for((uint64_t)set->config.seed, d->purpose, who, 0, stratum_key(&d->strata, s)),
          d->to, bench->unit);
  }
}

/* A run of each class within one client's samples order[0..n). */
/* Classes in the order of their codes, each with a stream of its own. */
static void draw_blocks(struct set *set, const struct draw *d, const uint32_t *order, size_t n,
                        uint64_t who, uint32_t *scratch) {
  for (size_t class = 0; class < set->n_classes; class ++) {
    struct pool pool = {.sample = scratch};
    for (size_t i = 0; i < n; i++) {
      const struct sample *s = &set->sample[order[i]];
      if (s->split == d->from && s->label == (int32_t) class)
        pool.sample[pool.n++] = order[i];
    }
    if (pool.n)
      draw_block(set, &pool, d->fraction,
                 fray_rng_for((uint64_t)set->config.seed, d->purpose, who, 0, class), d->to);
  }
}

/* Neighbours are enough: windows of a stretch come one after the other. */
enum fray_status fray_stretches_whole(const struct set *set, const uint32_t *of, const char *where,
                                      const char *key, struct fray_err *err) {
  for (size_t i = 1; set->source.cuts && of && i < set->n; i++) {
    const struct stretch *own = fray_sample_stretch(set, &set->sample[i]);
    char place[512];
    FRAY_CHECK(!own || own != fray_sample_stretch(set, &set->sample[i - 1]) || of[i] == of[i - 1],
               err, INPUT,
               "%s: %s.%s: this window and the one before are of one stretch, but do not belong "
               "together; `by` of the input can name the column that parts them",
               fray_sample_where(&set->sample[i], place), where, key);
  }
  return FRAY_OK;
}

/* What would tear a stretch apart is refused. */
static enum fray_status check_stretches(const struct set *set, const struct draw *d,
                                        struct fray_err *err) {
  if (!set->source.cuts)
    return FRAY_OK;
  FRAY_CHECK(!d->blocks, err, INPUT,
             "%s: %s: blocks would cut stretches of recordings; `by: window` moves whole ones",
             set->source.yaml, d->where);
  /* A pair takes its samples in a drawn order, and two stretches may meet in one sample. */
  FRAY_CHECK(!set->config.pair.first, err, INPUT,
             "%s: %s: a pair of which one is cut out of recordings; `by: client` keeps their "
             "stretches whole",
             set->source.yaml, d->where);
  return fray_stretches_whole(set, d->strata.of, d->where, "stratify", err);
}

/* One pool for all, or one for each client, or for each client and class. */
enum fray_status fray_draw_samples(struct set *set, const struct draw *d, struct fray_err *err) {
  uint32_t *order;
  struct bench bench;
  FRAY_TRY(check_stretches(set, d, err));
  FRAY_TRY(fray_set_order(set, &order, err));
  FRAY_TRY(open_bench(set, d, &bench, err));
  if (d->all) {
    draw_pool(set, d, order, set->n, 0, &bench);
    return FRAY_OK;
  }
  for (size_t first = 0, next; first < set->n; first = next) {
    const char *client = set->sample[order[first]].client;
    for (next = first; next < set->n && !strcmp(set->sample[order[next]].client, client);)
      next++;
    /* Keyed by the client's name: another client's samples change no draw of this one. */
    uint64_t who = fray_hash_text(client);
    if (d->blocks)
      draw_blocks(set, d, order + first, next - first, who, bench.sample);
    else
      draw_pool(set, d, order + first, next - first, who, &bench);
  }
  return FRAY_OK;
}

/* ---- whole clients ---- */

struct people {
  const char **name; /* (n) natural order */
  size_t n;
  bool *there, *chosen; /* (n) has samples to give; is drawn or named */
  uint32_t *stratum;    /* (n) */
};

/* A client that is drawn whole belongs to one stratum. */
static enum fray_status list_people(const struct set *set, const struct draw *d, struct people *p,
                                    struct fray_err *err) {
  char where[512];
  FRAY_TRY(fray_set_clients(set, &p->name, &p->n, err));
  FRAY_ALLOC_ZERO(p->there, set->source.arena, p->n, err);
  FRAY_ALLOC_ZERO(p->chosen, set->source.arena, p->n, err);
  FRAY_ALLOC_ZERO(p->stratum, set->source.arena, p->n, err);
  for (size_t i = 0; i < set->n; i++) {
    const struct sample *s = &set->sample[i];
    size_t c = fray_names_find(p->name, p->n, s->client);
    if (!d->any_from && s->split != d->from)
      continue;
    uint32_t stratum = d->strata.of ? d->strata.of[i] : 0;
    FRAY_CHECK(!p->there[c] || p->stratum[c] == stratum, err, INPUT,
               "%s: %s.stratify: client \"%.200s\" has samples of \"%.200s\" and of \"%.200s\"; "
               "clients that are drawn whole have one",
               fray_sample_where(s, where), d->where, s->client, d->strata.name[p->stratum[c]],
               d->strata.name[stratum]);
    p->stratum[c] = stratum;
    p->there[c] = true;
  }
  return FRAY_OK;
}

/* Whoever is named comes on top of the share, which check_import keeps from being given too. */
static enum fray_status choose_named(const struct set *set, const struct draw *d, struct people *p,
                                     struct fray_err *err) {
  for (size_t c = 0; d->clients && c < d->clients->n; c++) {
    size_t found = fray_names_find(p->name, p->n, d->clients->v[c]);
    char list[700];
    FRAY_CHECK(found < p->n, err, INPUT, "%s: %s.clients: there is no client \"%s\"; %s",
               set->source.yaml, d->where, d->clients->v[c],
               fray_there_are(d->clients->v[c], p->name, p->n, list, sizeof list));
    FRAY_CHECK(p->there[found], err, INPUT, "%s: %s.clients: \"%s\" has no sample of %s",
               set->source.yaml, d->where, d->clients->v[c], fray_split_names[d->from]);
    p->chosen[found] = true;
  }
  return FRAY_OK;
}

/* The order that is shuffled is that of names, so files in another order draw the same clients. */
static enum fray_status choose_drawn(const struct set *set, const struct draw *d, struct people *p,
                                     struct fray_err *err) {
  struct bench bench;
  size_t there = 0;
  FRAY_TRY(open_bench(set, d, &bench, err));
  memset(bench.size, 0, d->strata.n * sizeof *bench.size);
  for (size_t c = 0; c < p->n; c++) {
    there += p->there[c];
    bench.size[p->stratum[c]] += p->there[c];
  }
  fray_strata_share(bench.size, d->strata.n, d->fraction, bench.take);
  /* Asked for and rounded down to nothing: a study without a test would be the surprise. */
  FRAY_CHECK(d->fraction == 0 || share_of(d->fraction, there) > 0, err, INPUT,
             "%s: %s.fraction: %g of %zu clients is none", set->source.yaml, d->where, d->fraction,
             there);
  /* Each stratum is shuffled by a stream of its own. */
  for (size_t s = 0; s < d->strata.n; s++) {
    size_t n = 0;
    for (size_t c = 0; c < p->n; c++)
      if (p->there[c] && p->stratum[c] == s)
        bench.sample[n++] = (uint32_t)c;
    struct fray_rng rng =
        fray_rng_for((uint64_t)set->config.seed, d->purpose, 0, 0, stratum_key(&d->strata, s));
    fray_rng_shuffle(&rng, bench.sample, n);
    for (size_t k = 0; k < bench.take[s]; k++)
      p->chosen[bench.sample[k]] = true;
  }
  return FRAY_OK;
}

/* Whole clients: what is tested then is people whom no training saw. */
enum fray_status fray_draw_clients(struct set *set, const struct draw *d, struct fray_err *err) {
  struct people p = {0};
  FRAY_TRY(list_people(set, d, &p, err));
  FRAY_TRY(choose_named(set, d, &p, err));
  FRAY_TRY(choose_drawn(set, d, &p, err));
  for (size_t i = 0; i < set->n; i++) {
    struct sample *s = &set->sample[i];
    if ((d->any_from || s->split == d->from) && p.chosen[fray_names_find(p.name, p.n, s->client)])
      s->split = d->to;
  }
  return FRAY_OK;
}
