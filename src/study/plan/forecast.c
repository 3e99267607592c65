/* How long a study takes on so many ranks, from the speed of its kinds of trials.
 *
 * Only a little of each kind is trained; the rest follows from samples and steps that were
 * counted, not guessed. */
#include "forecast.h"

#include "fray/base/hash.h"
#include "fray/base/machine.h"
#include "fray/base/size.h"
#include "fray/corrupt/signal.h"
#include "teams.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Measuring: of one kind, and of all. Beyond so many hours a study is worth a second thought. */
static const double kind_seconds = 1.5, all_seconds = 18, long_hours = 80;

/* What decides on speed: data, model, the optimiser, the size of a batch. */
static uint64_t kind_of(const struct fray_cell *cell, const struct fray_session *session) {
  static const char *const keys[] = {"model", "training.local.optimiser", "training.local.batch",
                                     "training.local.loss"};
  struct fray_text text = {0};
  /* Data decide on lengths and on how many values are read. */
  fray_text_printf(&text, "%s", session->data_key);
  /* Masks of a client are as many as clients. */
  if (fray_secure_is_on(&cell->config.training.secure))
    fray_text_printf(&text, "%d %zu", cell->config.training.secure.protocol,
                     fray_cell_invited(cell));
  for (size_t k = 0; k < FRAY_COUNT(keys); k++) {
    const struct fray_node *node = fray_node_at(cell->node, keys[k]);
    fray_text_puts(&text, "\n");
    if (node)
      fray_node_emit(node, &text);
  }
  const uint64_t hash = fray_hash64(text.data ? text.data : "", text.size);
  fray_text_free(&text);
  return hash;
}

/* Counted per trial and not per cell, since partitions differ by seed. Amounts and sizes are
 * counted the same on all ranks, so the forecast needs no exchange. */
static enum fray_status look_at_trial(struct fray_study *study, size_t i,
                                      struct fray_session *session, struct fray_forecast *f,
                                      struct fray_err *err) {
  const struct fray_trial *trial = &study->trial[i];
  const struct fray_cell *cell = &study->cell[trial->cell];
  const struct fray_partition *partition;
  struct fray_model_size size;
  FRAY_TRY(fray_session_partition(session, cell, trial->partition_seed, &partition, err));
  FRAY_TRY(fray_session_model_size(session, cell, &size, err));
  FRAY_TRY(fray_trial_count(cell, partition, &size, &f->amounts[f->n], err));
  if (i == 0)
    f->cohort = cell->outlook->most;
  f->trial[f->n] = i;
  f->cost[f->n] = fray_amounts_cost(&f->amounts[f->n], &size);
  f->kind[f->n] = kind_of(cell, session);
  f->n++;
  return FRAY_OK;
}

/* Trials that another one stands for are counted nowhere: they take no time. */
enum fray_status fray_forecast_make(struct fray_study *study, struct fray_session *session,
                                    struct fray_forecast *f, struct fray_err *err) {
  *f = (struct fray_forecast){0};
  FRAY_ALLOC(f->trial, &study->arena, study->n_trials, err);
  FRAY_ALLOC(f->cost, &study->arena, study->n_trials, err);
  FRAY_ALLOC(f->amounts, &study->arena, study->n_trials, err);
  FRAY_ALLOC(f->kind, &study->arena, study->n_trials, err);
  FRAY_ALLOC_ZERO(f->seconds, &study->arena, study->n_trials, err);
  for (size_t i = 0; i < study->n_trials; i++) {
    const size_t cell = study->trial[i].cell;
    /* Another cell does its work. */
    if (study->cell[cell].twin != cell)
      continue;
    f->may_stop = f->may_stop || fray_cell_may_stop(&study->cell[cell]);
    FRAY_TRY(fray_session_open(session, &study->cell[cell], err));
    FRAY_TRY(fray_comm_agree(session->comm, look_at_trial(study, i, session, f, err), err));
  }
  return FRAY_OK;
}

int fray_forecast_teams(const struct fray_forecast *f, int ranks) {
  /* Either does: only how trials compare matters. */
  const double *weights = f->measured ? f->seconds : f->cost;
  return fray_teams_choose(weights, f->n, ranks, f->cohort, 0);
}

/* Kinds in the order of what they cost together. */
struct kinds {
  size_t n;
  uint64_t *kind;
  double *cost;
  size_t *first, *order; /* a trial of it, index into the forecast */
  uint8_t *is_measured;
  struct fray_speed *speed;
};

/* There are few kinds, however many trials. */
static size_t find_kind(const struct kinds *k, uint64_t kind) {
  size_t i = 0;
  while (i < k->n && k->kind[i] != kind)
    i++;
  return i;
}

/* Trials of one kind take equally long, since a kind is a hash of all that decides on their speed:
 * its first one is measured. Kinds are numbered in the order of the sweep; k->order sorts them by
 * what their trials cost together. */
static enum fray_status list_kinds(const struct fray_forecast *f, struct fray_arena *arena,
                                   struct kinds *k, struct fray_err *err) {
  *k = (struct kinds){0};
  FRAY_ALLOC(k->kind, arena, f->n, err);
  FRAY_ALLOC_ZERO(k->cost, arena, f->n, err);
  FRAY_ALLOC(k->first, arena, f->n, err);
  FRAY_ALLOC(k->order, arena, f->n, err);
  FRAY_ALLOC_ZERO(k->is_measured, arena, f->n, err);
  FRAY_ALLOC_ZERO(k->speed, arena, f->n, err);
  for (size_t i = 0; i < f->n; i++) {
    const size_t at = find_kind(k, f->kind[i]);
    if (at == k->n) {
      k->kind[k->n] = f->kind[i];
      k->first[k->n++] = i;
    }
    k->cost[at] += f->cost[i];
  }
  fray_teams_order(k->cost, k->n, k->order);
  return FRAY_OK;
}

/* All ranks measure at the same time, as they will work; the slowest counts. Only integers can be
 * compared over ranks, exactly and in any order: picoseconds, cut at a million seconds so that they
 * fit. */
static enum fray_status measure_kind(const struct fray_study *study, struct fray_session *session,
                                     struct fray_comm *self, size_t i, struct fray_speed *speed,
                                     struct fray_err *err) {
  enum { NUMBERS = sizeof *speed / sizeof(double) };
  const struct fray_trial *trial = &study->trial[i];
  const struct fray_cell *cell = &study->cell[trial->cell];
  double numbers[NUMBERS];
  int64_t picoseconds[NUMBERS];
  FRAY_TRY(fray_session_open(session, cell, err));
  enum fray_status status =
      fray_speed_measure(cell, trial, session, self, kind_seconds, speed, err);
  FRAY_TRY(fray_comm_agree(session->comm, status, err));
  memcpy(numbers, speed, sizeof numbers);
  for (int k = 0; k < NUMBERS; k++)
    picoseconds[k] = (int64_t)(fmin(numbers[k], 1e6) * 1e12);
  fray_comm_max_i64(session->comm, picoseconds, NUMBERS);
  for (int k = 0; k < NUMBERS; k++)
    numbers[k] = (double)picoseconds[k] * 1e-12;
  memcpy(speed, numbers, sizeof numbers);
  return FRAY_OK;
}

/* The same on all ranks. */
static bool has_time(struct fray_comm *comm, double start) {
  int32_t over = fray_seconds() - start > all_seconds;
  fray_comm_max_i32(comm, &over, 1);
  return !over;
}

/* Part by part, so that the shares can be told apart in the end. */
static void add_duration(struct fray_duration *sum, const struct fray_duration *d, double times) {
  sum->training += times * d->training;
  sum->evaluation += times * d->evaluation;
  sum->judging += times * d->judging;
  sum->files += times * d->files;
}

/* Trials of kinds that were not measured are as much slower as they cost more. Seconds per cost
 * come from all measured kinds together. At least one kind is measured, so cost is not 0. */
static void fill_seconds(const struct fray_study *study, const struct kinds *k,
                         struct fray_forecast *f) {
  struct fray_duration known = {0};
  double cost = 0;
  for (size_t i = 0; i < f->n; i++) {
    const size_t at = find_kind(k, f->kind[i]);
    if (!k->is_measured[at])
      continue;
    const struct fray_duration d = fray_speed_duration(&k->speed[at], &f->amounts[i]);
    add_duration(&known, &d, 1);
    cost += f->cost[i];
  }
  for (size_t i = 0; i < f->n; i++) {
    const size_t at = find_kind(k, f->kind[i]);
    struct fray_duration d = {0};
    if (k->is_measured[at])
      d = fray_speed_duration(&k->speed[at], &f->amounts[i]);
    else
      add_duration(&d, &known, f->cost[i] / cost);
    f->seconds[i] = fray_duration_all(&d);
    add_duration(&f->all, &d, 1);
    if (*study->cell[study->trial[f->trial[i]].cell].control)
      add_duration(&f->control, &d, 1);
  }
}

/* The costliest first: when the time for measuring is up, the most of the forecast was measured.
 * The first kind is measured in any case: without it there would be nothing to scale by. All ranks
 * ask has_time() equally often, as it is collective. */
static enum fray_status measure_kinds(const struct fray_study *study, struct fray_session *session,
                                      struct fray_comm *self, struct kinds *k,
                                      struct fray_forecast *f, struct fray_err *err) {
  const double start = fray_seconds();
  for (size_t j = 0; j < k->n && (j == 0 || has_time(session->comm, start)); j++) {
    const size_t at = k->order[j];
    FRAY_TRY(measure_kind(study, session, self, f->trial[k->first[at]], &k->speed[at], err));
    k->is_measured[at] = 1;
    f->measured++;
  }
  f->kinds = k->n;
  f->took = fray_seconds() - start;
  /* Of the rank that held most: the machine must have room for it. */
  int64_t peak = (int64_t)fray_memory_peak();
  fray_comm_max_i64(session->comm, &peak, 1);
  f->peak = (uint64_t)peak;
  return FRAY_OK;
}

/* Each rank measures alone, and all at once: that is how they will share the machine. */
enum fray_status fray_forecast_measure(struct fray_study *study, struct fray_session *session,
                                       struct fray_forecast *f, struct fray_err *err) {
  struct kinds kinds;
  struct fray_comm *self = NULL;
  struct fray_arena arena = {0};
  if (f->n == 0)
    return FRAY_OK;
  enum fray_status status =
      fray_comm_split(session->comm, fray_comm_rank(session->comm), &self, err);
  if (status == FRAY_OK)
    status = fray_comm_agree(session->comm, list_kinds(f, &arena, &kinds, err), err);
  if (status == FRAY_OK)
    status = measure_kinds(study, session, self, &kinds, f, err);
  if (status == FRAY_OK)
    fill_seconds(study, &kinds, f);
  fray_comm_free(self);
  fray_arena_free(&arena);
  return status;
}

static const char *plural(size_t n) {
  return n == 1 ? "" : "s";
}

/* "3.2 s", "12 minutes", "132 hours": more digits are not known. */
static const char *time_text(double seconds, char out[32]) {
  if (seconds < 10)
    snprintf(out, 32, "%.2g s", fmax(seconds, 1e-3));
  else if (seconds < 120)
    snprintf(out, 32, "%.0f s", seconds);
  else if (seconds < 2 * 3600)
    snprintf(out, 32, "%.0f minutes", seconds / 60);
  else
    snprintf(out, 32, "%.0f hours", seconds / 3600);
  return out;
}

/* When trainings end by themselves is not known before. */
static const char *about(const struct fray_forecast *f) {
  return f->may_stop ? "up to about" : "about";
}

/* What a study spends its time on is what can be shortened. */
static void print_shares(const struct fray_forecast *f) {
  const double all = fray_duration_all(&f->all), control = fray_duration_all(&f->control);
  double least = INFINITY, most = 0;
  char shortest[32], longest[32];
  struct fray_text text = {0};
  for (size_t i = 0; i < f->n; i++) {
    least = fmin(least, f->seconds[i]);
    most = fmax(most, f->seconds[i]);
  }
  fray_text_printf(&text, "%.0f %% training, %.0f %% evaluation between rounds, %.0f %% judging",
                   100 * f->all.training / all, 100 * f->all.evaluation / all,
                   100 * f->all.judging / all);
  if (control > 0)
    fray_text_printf(&text, "; controls are %.0f %% of all", 100 * control / all);
  fray_plan_line("  a trial", "%s%s to %s on one rank; %s", f->may_stop ? "to its last round " : "",
                 time_text(least, shortest), time_text(most, longest), text.data ? text.data : "");
  fray_text_free(&text);
}

/* Teams are chosen anew for each number of ranks, as a run on so many would choose them. */
static double end_on(const struct fray_forecast *f, int ranks) {
  return fray_teams_makespan(f->seconds, f->n, ranks, fray_forecast_teams(f, ranks), f->cohort);
}

/* Ranks that end the study in so many seconds, within an eighth; 0: there is no such number. The
 * search begins with the fewest ranks that could do it if nothing was lost between them, and grows
 * by eighths: each try simulates the whole study. */
static int ranks_for(const struct fray_forecast *f, double seconds) {
  enum { MOST = 4096 };
  const double least = ceil(fray_duration_all(&f->all) / seconds);
  for (int ranks = least < MOST ? (int)least : MOST + 1; ranks <= MOST; ranks += 1 + ranks / 8)
    if (end_on(f, ranks) <= seconds)
      return ranks;
  return 0;
}

/* A study of days is often a typing error in a sweep. The night is what people have; the number of
 * ranks that would do is said where there is one. */
static void warn_of_length(const struct fray_forecast *f, double seconds, int ranks) {
  static const char shorter[] = "fewer rounds, seeds or points of the sweep, evaluate.every or "
                                "evaluate.test: selected shorten it";
  const double night = 12 * 3600;
  char took[32];
  if (seconds <= long_hours * 3600)
    return;
  const int enough = ranks_for(f, night);
  time_text(seconds, took);
  if (enough)
    fray_warn("this study takes %s %s on %d rank%s; about %d ranks would end it in a night of "
              "12 hours; %s",
              about(f), took, ranks, plural((size_t)ranks), enough, shorter);
  else
    fray_warn("this study takes %s %s on %d rank%s, and no number of ranks would end it in a "
              "night; %s",
              about(f), took, ranks, plural((size_t)ranks), shorter);
}

/* Teams need no measuring, so they are told in any case. */
void fray_forecast_print(const struct fray_forecast *f, int ranks) {
  const int teams = fray_forecast_teams(f, ranks);
  const int small = ranks / teams, large = small + (ranks % teams > 0);
  char sizes[48], took[32];
  snprintf(sizes, sizeof sizes, small == large ? "%d" : "%d or %d", large, small);
  fray_plan_line("teams", "%d team%s of %s rank%s on %d rank%s", teams, plural((size_t)teams),
                 sizes, plural((size_t)large), ranks, plural((size_t)ranks));
  if (!f->measured)
    return;
  const double end = end_on(f, ranks);
  struct fray_text how = {0};
  fray_text_printf(&how, "measured for %.0f s", f->took);
  if (f->measured < f->kinds)
    fray_text_printf(&how, ": %zu of %zu kinds of cells, the others scaled by their costs",
                     f->measured, f->kinds);
  else
    fray_text_printf(&how, ": %zu kind%s of cells", f->kinds, plural(f->kinds));
  fray_plan_line("time", "%s %s on %d rank%s with a core each (%s)", about(f), time_text(end, took),
                 ranks, plural((size_t)ranks), how.data ? how.data : "");
  fray_text_free(&how);
  print_shares(f);
  fray_plan_line("  memory", "%.0f MiB per rank while measuring", (double)f->peak / 1048576.0);
}

double fray_forecast_seconds(const struct fray_forecast *f, int ranks) {
  return f->measured ? end_on(f, ranks) : NAN;
}

void fray_forecast_warn(const struct fray_forecast *f, int ranks) {
  if (f->measured)
    warn_of_length(f, end_on(f, ranks), ranks);
}

/* What the sampler knows of a client, 21 to 39 bytes, or at the end, when it is gone, what is
 * written of one, up to 60; and what a round says of each member. */
enum { OF_CLIENT = 64, OF_MEMBER = 256 };

/* Beside vectors of the model: tables of clients and members; the table of holders; sums of
 * prototypes of all that a rank may host, which is everybody. */
static double round_tables(const struct fray_cell *cell, const struct fray_model *model,
                           size_t modalities, size_t cohort) {
  const double sums = (double)fray_model_prototype_sums(model), most = (double)cohort + 1;
  double bytes = OF_CLIENT * (double)cell->outlook->clients + OF_MEMBER * most;
  bytes += sums > 0 ? sums * (4.0 * (most + 1) + 8.0) + 16.0 * most : 0;
  if (cell->config.training.aggregation.blocks == FRAY_BLOCKS_HOLDERS)
    bytes += (double)modalities * 4.0 * (double)cell->outlook->clients +
             8.0 * (1.0 + (double)modalities) * most;
  return bytes;
}

double fray_rank_bytes(const struct fray_cell *cell, const struct fray_session *session,
                       const struct fray_model *model, size_t cohort, int ranks) {
  /* Floats: model, gradient, best, last, mean, the states of both optimisers, of a client, and what
   * the clients that the rank hosts send; of models of their own the first model, the received one
   * and one to judge; and what their aggregation takes. */
  const struct fray_training_config *training = &cell->config.training;
  const struct fray_algorithm_ops *ops = fray_algorithm_of(&training->server);
  const double parameters = (double)fray_model_params(model)->total;
  const double vectors = (double)fray_federation_vectors(training, cell->outlook->clients);
  const double hosted = ceil((double)cohort / ranks), sent = 1.0 + ops->up;
  const double floats = 5.0 + sent + vectors + (double)ops->client_vectors +
                        (double)fray_optimiser_vectors(&training->local) + hosted * sent +
                        2.0 * (ops->personal != NULL) + 3.0 * (training->own.blocks.n > 0) +
                        (double)fray_compression_is_on(&training->compression) +
                        (double)fray_compression_keeps(&training->compression);
  double products;
  const double table = fray_products_bytes(
      training, parameters, (double)fray_model_params(model)->n, (double)cohort, ranks, &products);
  const double aggregate = fray_aggregate_bytes(&training->aggregation, parameters, (double)cohort,
                                                (double)session->dataset->n_modalities, ranks);
  const double by_sample = 4.0 * (double)ops->sample_floats * (double)cell->outlook->largest;
  const double attack = fray_attack_bytes(&training->attack, parameters, (double)cohort, ranks);
  const size_t modalities = session->dataset->n_modalities;
  const double secure = fray_secure_memory(
      &training->secure, fray_cell_invited(cell),
      fray_federation_secure_length(training, modalities, fray_model_params(model)->total));
  /* For as long as the trial lasts, on every rank. */
  const double poison = fray_poison_bytes(&training->attack, (double)cell->outlook->train,
                                          (double)session->dataset->n_samples, (double)modalities);
  /* What it starts from is kept beside the model until the training ends. */
  const double start = fray_start_is_on(&cell->config.model.start) ? parameters * 4.0 : 0;
  /* Products are taken before updates are put together, and attacks happen between: never two. */
  return parameters * 4.0 * floats + start + by_sample + table + poison + cell->outlook->attacked +
         round_tables(cell, model, modalities, cohort) +
         fray_privacy_bytes(&training->privacy, parameters) +
         FRAY_MAX(FRAY_MAX(aggregate, FRAY_MAX(products, secure)),
                  attack + (attack > 0 ? aggregate : 0));
}

/* Whoever is asked shares keys, also of those whom the server then does not wait for. */
size_t fray_cell_invited(const struct fray_cell *cell) {
  const struct fray_outlook *o = cell->outlook;
  const double more = cell->config.training.availability.over_selection;
  return o->busy ? o->most
                 : (size_t)FRAY_MIN(ceil((double)o->most * more - 1e-9), (double)o->clients);
}

/* Clients that never take part keep nothing: at most one new client for each place of each
 * round. */
double fray_state_bytes(const struct fray_cell *cell, size_t parameters, int ranks, double *disk) {
  const struct fray_training_config *training = &cell->config.training;
  const struct fray_outlook *o = cell->outlook;
  const struct fray_store_config store =
      fray_federation_store(training, o->clients, NULL, parameters, NULL, "");
  const double places = (double)training->rounds * (double)o->most;
  const double touched = FRAY_MIN(places, (double)o->clients);
  const double samples = (double)o->usable * touched / (double)FRAY_MAX(o->clients, (size_t)1);
  *disk = 0;
  if (fray_store_pieces(&store) == 0 || cell->local_only)
    return 0;
  *disk = fray_store_disk(&store, touched, samples);
  /* Those of a round stand beside the ones that they replace until it counts. */
  return fray_store_memory(&store, touched + (double)o->most, samples, ranks);
}

double fray_vector_bytes(const struct fray_session *session) {
  double bytes = 0;
  for (size_t m = 0; m < session->dataset->n_modalities; m++) {
    size_t vocabulary;
    uint64_t hash;
    const struct fray_word_vectors *v =
        fray_features_vectors(session->features, m, &vocabulary, &hash);
    if (v) /* the values, and for each word its hash and row */
      bytes += (double)(v->n * (v->width * sizeof *v->x + 2 * sizeof(uint64_t)));
  }
  return bytes;
}

/* Rates of sounds of one set rarely differ; the highest needs the most room. */
double fray_sounds_bytes(const struct fray_session *session) {
  double rate = 0;
  for (size_t m = 0; m < session->dataset->n_modalities; m++)
    if (session->dataset->modality[m].kind == FRAY_AUDIO)
      rate = FRAY_MAX(rate, session->dataset->modality[m].rate);
  return fray_named_sounds_bytes(rate);
}
