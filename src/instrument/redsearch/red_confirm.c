/* Finds: successes that differ by what they do, and the best of them once on the test.
 *
 * On dev they had the luck to be chosen. What is left of it is the drop of people whom neither
 * training nor search has seen: drawn again with the seeds of the training, and held against half
 * of what counts as a success. Nothing else of the test is looked at. */
#include "red_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

static const uint64_t draws_key = 0x7265647465616d31; /* any number, as long as it stays */

/* Whether what is looked for happens, of one model on the test under one condition. */
struct answers {
  size_t n;
  uint8_t *happens, *side; /* (n) side: enum red_side */
  uint32_t *sample;        /* (n) of the data set */
  uint32_t *cluster;       /* (n) natural client */
};

/* ---- which ---- */

/* Over all searches: two of them that return to one hole have found one thing. */
static enum fray_status choose(struct red_found *found, size_t **kept,
                               const struct red_record ***success, struct fray_err *err) {
  const size_t samples = found->target->samples;
  uint8_t *failed;
  double *score;
  size_t n = 0, successes = 0;
  for (size_t i = 0; i < found->n_records; i++)
    successes += found->record[i].success;
  FRAY_ALLOC(*success, found->arena, successes + 1, err);
  FRAY_ALLOC(*kept, found->arena, successes + 1, err);
  FRAY_ALLOC(score, found->arena, successes + 1, err);
  FRAY_ALLOC(failed, found->arena, successes * samples + 1, err);
  for (size_t i = 0; i < found->n_records; i++) {
    if (!found->record[i].success)
      continue;
    memcpy(failed + n * samples, found->record[i].failed, samples);
    score[n] = found->record[i].score;
    (*success)[n++] = &found->record[i];
  }
  return fray_red_distinct(failed, score, n, samples, RED_EFFECT, *kept, &found->n_distinct, err);
}

/* ---- on the test ---- */

/* Of those who report: where some clients verify, these are none of the search's. */
static enum fray_status ask(const struct red_quest *quest, const struct red_model *model,
                            const struct fray_condition *condition, struct fray_arena *arena,
                            struct answers *out, struct fray_err *err) {
  struct fray_probe probe = {.trial = model->trial,
                             .selection = FRAY_BEST,
                             .split = FRAY_KEPT_REPORT,
                             .n = condition ? condition->n_entries : 0,
                             .entry = condition ? condition->entry : NULL};
  struct fray_probed got;
  uint8_t *refused;
  red_gate_ask(model, &probe);
  FRAY_TRY(fray_kept_probe(model->kept, &probe, &got, err));
  out->n = got.under.n;
  FRAY_ALLOC(out->happens, arena, out->n + 1, err);
  FRAY_ALLOC(out->side, arena, out->n + 1, err);
  FRAY_ALLOC(out->cluster, arena, out->n + 1, err);
  FRAY_ALLOC(out->sample, arena, out->n + 1, err);
  FRAY_ALLOC(refused, arena, out->n + 1, err);
  FRAY_TRY(red_gate_refuses(model, &got, refused, err));
  for (size_t i = 0; i < out->n; i++) {
    const uint32_t s = got.under.sample[i];
    const int32_t label = got.under.label[i];
    FRAY_CHECK(got.dataset->split[s] == FRAY_TEST, err, INTERNAL,
               "sample %s is no test sample: it may have chosen what is reported on it",
               got.dataset->source_id[s]);
    out->side[i] = (uint8_t)red_side_of(quest, s, label);
    out->happens[i] = red_happens(quest, got.answers.predicted[i], label, refused[i] != 0);
    out->cluster[i] = got.dataset->client[s];
    out->sample[i] = s;
  }
  return FRAY_OK;
}

/* Counts by person, so that thousands of draws sum over people and not over samples. */
struct tally {
  size_t models, clusters;
  double *of[RED_SIDES], *rise[RED_SIDES]; /* (models, clusters) */
  size_t n[RED_SIDES], people[RED_SIDES];  /* samples of all models; people of any */
};

/* Room for what is counted and, where there are others, for them. */
static enum fray_status make_tally(size_t models, size_t clusters, struct fray_arena *arena,
                                   struct tally *out, struct fray_err *err) {
  *out = (struct tally){.models = models, .clusters = clusters};
  for (int side = RED_COUNTED; side < RED_SIDES; side++) {
    FRAY_ALLOC_ZERO(out->of[side], arena, models * clusters, err);
    FRAY_ALLOC_ZERO(out->rise[side], arena, models * clusters, err);
  }
  return FRAY_OK;
}

/* A person counts once, for however many models. */
static void count_people(struct tally *t) {
  for (int side = RED_COUNTED; side < RED_SIDES; side++)
    for (size_t c = 0; c < t->clusters; c++) {
      bool any = false;
      for (size_t k = 0; k < t->models; k++)
        any |= t->of[side][k * t->clusters + c] > 0;
      t->people[side] += any;
    }
}

/* In one draw, or as it is: of those that are counted, less that of the others if there are any. */
static double rise_of(const struct tally *t, const uint16_t *seed, const uint16_t *cluster) {
  const double counted = fray_mean_of_shares(t->models, t->clusters, t->of[RED_COUNTED],
                                             t->rise[RED_COUNTED], seed, cluster);
  return t->n[RED_OTHERS] == 0
             ? counted
             : counted - fray_mean_of_shares(t->models, t->clusters, t->of[RED_OTHERS],
                                             t->rise[RED_OTHERS], seed, cluster);
}

/* Of a group of few people nothing is said. */
static bool is_small(const struct tally *t, const struct red_quest *quest) {
  for (int side = RED_COUNTED; side < RED_SIDES; side++)
    if (quest->group && (t->people[side] < RED_CLUSTERS || t->n[side] < RED_SAMPLES))
      return true;
  return false;
}

/* The same draws for every find, so that they can be compared. */
static enum fray_status weigh(const struct tally *t, const struct red_quest *quest, double success,
                              struct fray_arena *arena, struct red_find *out,
                              struct fray_err *err) {
  struct fray_resample draws;
  double *value;
  out->drop = is_small(t, quest) ? (double)NAN : rise_of(t, NULL, NULL);
  out->p = NAN;
  out->excess = (struct fray_interval){.low = NAN, .high = NAN, .error = NAN, .df = NAN};
  /* A training without a sample: nothing can be said of the mean. */
  if (isnan(out->drop))
    return FRAY_OK;
  FRAY_TRY(fray_resample_make(draws_key, t->models, t->clusters, FRAY_DRAWS, arena, &draws, err));
  FRAY_ALLOC(value, arena, FRAY_DRAWS, err);
  for (size_t d = 0; d < FRAY_DRAWS; d++)
    value[d] =
        rise_of(t, draws.seed + d * t->models, draws.cluster + d * t->clusters) - success / 2;
  const double excess = out->drop - success / 2;
  /* Of two sides the smaller one says how many people it rests on. */
  const size_t people = quest->group ? FRAY_MIN(t->people[RED_COUNTED], t->people[RED_OTHERS])
                                     : t->people[RED_COUNTED];
  out->excess = fray_interval_of(excess, value, FRAY_DRAWS, t->models, people);
  out->p = fray_p_value(excess, &out->excess, value, FRAY_DRAWS);
  /* A rise is a difference of shares, and less that of others one of two differences. */
  const double most = t->n[RED_OTHERS] ? 2 : 1;
  fray_interval_within(-most - success / 2, most - success / 2, &out->excess);
  return FRAY_OK;
}

/* People of the first model are those of all: the test is the same for every seed. */
static enum fray_status number_clusters(const struct answers *clean, size_t models, size_t *place,
                                        size_t n_clients, size_t *out, struct fray_err *err) {
  *out = 0;
  for (size_t c = 0; c < n_clients; c++)
    place[c] = SIZE_MAX;
  for (size_t k = 0; k < models; k++)
    for (size_t i = 0; i < clean[k].n; i++)
      if (clean[k].side[i] != RED_NOBODY && place[clean[k].cluster[i]] == SIZE_MAX)
        place[clean[k].cluster[i]] = (*out)++;
  FRAY_CHECK(*out > 0, err, INPUT, "no test sample has a label, so no find can be judged");
  return FRAY_OK;
}

/* ---- for whom ---- */

/* Counted once for each training; clusters are those of any. */
struct group_count {
  size_t n, clusters;
  double drop; /* mean over trainings; NaN where one has nobody of the group */
};

/* seen: (clusters) zeros. */
static struct group_count count_group(const struct red_target *target, const struct answers *clean,
                                      const struct answers *with, const size_t *place,
                                      const struct fray_group *column, size_t code, uint8_t *seen) {
  struct group_count out = {0};
  for (size_t k = 0; k < target->n_models; k++) {
    double of = 0, lost = 0;
    for (size_t i = 0; i < with[k].n; i++) {
      if (with[k].side[i] != RED_COUNTED || column->code[with[k].sample[i]] != code)
        continue;
      uint8_t *person = &seen[place[with[k].cluster[i]]];
      of++;
      lost += (double)with[k].happens[i] - (double)clean[k].happens[i];
      out.clusters += !*person;
      *person = 1;
    }
    out.n += (size_t)of;
    out.drop += lost / of / (double)target->n_models; /* 0 / 0: NaN */
  }
  return out;
}

/* Whether the study's own tables have the column. */
static bool is_group_of(const struct red_found *found, const char *column) {
  const struct fray_study *study = fray_kept_study(found->target->model[0].kept);
  const struct fray_strings *groups = &study->cell[0].config.evaluate.groups;
  for (size_t k = 0; k < groups->n; k++)
    if (strcmp(groups->v[k], column) == 0)
      return true;
  return false;
}

/* The largest of several numbers, without an interval: where to look, and no finding. Of few people
 * nothing is said, as a drop of two people is one of these two. */
static enum fray_status find_worst(const struct red_found *found, const struct answers *clean,
                                   const struct answers *with, const size_t *place,
                                   struct fray_arena *scratch, struct red_find *out,
                                   struct fray_err *err) {
  const struct fray_dataset *d = found->space->dataset;
  out->worst_drop = NAN;
  for (size_t g = 0; g < d->n_groups; g++)
    for (size_t v = 0; v < d->group[g].n && is_group_of(found, d->group[g].name); v++) {
      uint8_t *seen;
      FRAY_ALLOC_ZERO(seen, scratch, d->n_clients + 1, err);
      const struct group_count count =
          count_group(found->target, clean, with, place, &d->group[g], v, seen);
      /* Also of a drop that is NaN. */
      if (count.clusters < RED_CLUSTERS || count.n < RED_SAMPLES ||
          !(isnan(out->worst_drop) ? !isnan(count.drop) : count.drop > out->worst_drop))
        continue;
      out->worst_column = &d->group[g];
      out->worst_code = v;
      out->worst_drop = count.drop;
      out->worst_n = count.n;
      out->worst_clusters = count.clusters;
    }
  return FRAY_OK;
}

/* One find, by all trainings. Without damage it happened as often as `clean` says: pairs
 * of answers to one sample, so that what is hard for everybody falls out. */
static enum fray_status judge(struct red_target *target, const struct red_found *found,
                              const struct answers *clean, const size_t *place, size_t clusters,
                              struct fray_arena *arena, struct red_find *out,
                              struct fray_err *err) {
  struct fray_arena scratch = {0};
  struct fray_condition *condition;
  struct fray_text text = {0};
  struct tally t;
  struct answers *with;
  FRAY_TRY(make_tally(target->n_models, clusters, arena, &t, err));
  FRAY_ALLOC_ZERO(with, arena, t.models, err);
  red_put_recipe(found->space, &out->record->recipe, out->record->name, &text);
  enum fray_status status = text.failed
                                ? fray_fail(err, FRAY_MEMORY, "out of memory")
                                : red_read_recipe(text.data, arena, &scratch, &condition, err);
  fray_text_free(&text);
  for (size_t k = 0; status == FRAY_OK && k < t.models; k++) {
    status = ask(&target->quest, &target->model[k], condition, arena, &with[k], err);
    for (size_t i = 0; status == FRAY_OK && i < with[k].n; i++) {
      const enum red_side side = with[k].side[i];
      if (side == RED_NOBODY)
        continue;
      const size_t at = k * clusters + place[with[k].cluster[i]];
      t.of[side][at]++;
      t.rise[side][at] += (double)with[k].happens[i] - (double)clean[k].happens[i];
      t.n[side]++;
      out->n++;
    }
  }
  fray_arena_free(&scratch);
  FRAY_TRY(status);
  /* All people who have a label, whatever the find hits. */
  out->clusters = clusters;
  FRAY_TRY(find_worst(found, clean, with, place, arena, out, err));
  count_people(&t);
  return weigh(&t, &target->quest, found->file->success, arena, out, err);
}

/* All that are looked at are one family, whatever comes of them. */
static enum fray_status confirm(struct red_found *found, struct fray_err *err) {
  /* Few at most, as a family that is large confirms nothing. */
  double excess[RED_TOP], p[RED_TOP];
  bool confirmed[RED_TOP];
  for (size_t f = 0; f < found->n_finds; f++) {
    excess[f] = found->find[f].drop - found->file->success / 2;
    p[f] = found->find[f].p;
  }
  FRAY_TRY(fray_red_confirm(excess, p, found->n_finds, confirmed, err));
  for (size_t f = 0; f < found->n_finds; f++)
    found->find[f].confirmed = confirmed[f];
  return FRAY_OK;
}

/* Without damage once, then each find. */
enum fray_status red_confirm(struct red_target *target, struct red_found *found,
                             struct fray_err *err) {
  const struct red_record **success = NULL;
  struct answers *clean;
  size_t *kept = NULL, *place, clusters;
  const size_t n_clients = found->space->dataset->n_clients;
  FRAY_TRY(choose(found, &kept, &success, err));
  found->n_finds = FRAY_MIN(found->n_distinct, (size_t)RED_TOP);
  /* Then nothing of the test is looked at. */
  if (found->n_finds == 0)
    return FRAY_OK;
  FRAY_ALLOC_ZERO(found->find, found->arena, found->n_finds, err);
  FRAY_ALLOC(clean, found->arena, target->n_models, err);
  FRAY_ALLOC(place, found->arena, n_clients + 1, err);
  for (size_t k = 0; k < target->n_models; k++)
    FRAY_TRY(ask(&target->quest, &target->model[k], NULL, found->arena, &clean[k], err));
  FRAY_TRY(number_clusters(clean, target->n_models, place, n_clients, &clusters, err));
  for (size_t f = 0; f < found->n_finds; f++) {
    struct fray_arena_place mark;
    found->find[f].record = success[kept[f]];
    /* A find at a time: only its numbers stay. */
    mark = fray_arena_mark(found->arena);
    FRAY_TRY(judge(target, found, clean, place, clusters, found->arena, &found->find[f], err));
    fray_arena_rewind(found->arena, mark);
  }
  return confirm(found, err);
}
