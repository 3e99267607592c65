/* The numbers of the cells, for `fray check`: what is swept, how many clients and samples each
 * cell has, what damage does to how many of them, and what is limited by what there is.
 *
 * Rates that were asked for are shown beside what the first seed makes of them. */
#include "forecast.h"

#include "fray/base/hash.h"
#include "fray/base/size.h"
#include "fray/base/text.h"
#include "fray/data/few.h"
#include "fray/metric/fairness.h"
#include "fray/results/titles.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows and values that a plan shows: a study may have thousands. */
enum { MOST_ROWS = 12, MOST_VALUES = 12 };

/* ---- swept values ---- */

/* " (sound lost)", behind the name that it is another word for; "" if there is none. */
static const char *in_words(const struct fray_titles *t, const char *title) {
  const char *text = title ? fray_arena_printf(t->arena, " (%s)", title) : NULL;
  return text ? text : "";
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted in place: the list is a copy of pointers. */
static size_t count_distinct(const char **value, size_t n) {
  size_t distinct = n > 0;
  qsort(value, n, sizeof *value, by_text);
  for (size_t i = 1; i < n; i++)
    distinct += strcmp(value[i - 1], value[i]) != 0;
  return distinct;
}

/* The first different values, in sweep order. Ordinary cells alone: those of controls repeat the
 * values of their points. Few are looked for, so a list is fast enough. */
static size_t first_values(const struct fray_study *study, size_t key,
                           const char *out[MOST_VALUES]) {
  size_t n = 0;
  for (size_t i = 0; i < study->n_points && n < MOST_VALUES; i++) {
    const char *value = study->cell[i].value[key];
    size_t k = 0;
    while (k < n && strcmp(out[k], value) != 0)
      k++;
    if (k == n)
      out[n++] = value;
  }
  return n;
}

/* The first values tell what the sweep is about; a thousand of them would hide it. */
static enum fray_status print_swept(const struct fray_study *study, size_t key,
                                    const struct fray_titles *titles, struct fray_err *err) {
  const char *first[MOST_VALUES], **all;
  struct fray_text text = {0};
  FRAY_ALLOC(all, titles->arena, study->n_points, err);
  for (size_t i = 0; i < study->n_points; i++)
    all[i] = study->cell[i].value[key];
  const size_t distinct = count_distinct(all, study->n_points);
  const size_t n = first_values(study, key, first);
  for (size_t k = 0; k < n; k++) {
    const char *title = fray_title_of_value(titles, study->key[key], NULL, first[k]);
    const bool is_other = title && *first[k] && strcmp(title, first[k]) != 0;
    fray_text_printf(&text, "%s%s%s", k ? ", " : "", first[k],
                     in_words(titles, is_other ? title : NULL));
  }
  if (n < distinct)
    fray_text_printf(&text, ", ... (%zu values)", distinct);
  fray_plan_line("  swept", "%s%s: %s", study->key[key],
                 in_words(titles, fray_title_of_key(titles, study->key[key])),
                 text.data ? text.data : "");
  fray_text_free(&text);
  return FRAY_OK;
}

/* ---- the numbers of a cell ---- */

/* Whoever simulates absence wants to know how many come, not how many are asked. */
static void simulated_text(const struct fray_outlook *o, char out[160]) {
  char time[48] = "";
  if (!isnan(o->seconds))
    snprintf(time, sizeof time, " in %.4g simulated s", o->seconds);
  if (o->busy)
    snprintf(out, 160, "%zu at work at a time, %.4g answers a round%s", o->busy, o->came, time);
  else
    snprintf(out, 160, "%.4g of %.4g invited come a round%s (simulated)", o->came, o->invited,
             time);
}

static void cohort_text(const struct fray_cell *cell, char out[160]) {
  const struct fray_outlook *o = cell->outlook;
  if (o->simulated) {
    simulated_text(o, out);
    return;
  }
  if (o->privacy) {
    snprintf(out, 160, "each with a chance of %.4g, %.4g a round on average",
             o->privacy->mechanism.q, o->privacy->expected);
    return;
  }
  const char *from = cell->config.training.cohorts ? " (from training.cohorts)" : "";
  if (o->least == o->most)
    snprintf(out, 160, "%zu a round%s", o->most, from);
  else
    snprintf(out, 160, "%zu to %zu a round%s", o->least, o->most, from);
}

/* Of a round that all are asked in; under privacy nobody falls out, and every round counts. */
static void put_masks(const struct fray_cell *cell, char out[160]) {
  const struct fray_secure_config *secure = &cell->config.training.secure;
  const size_t used = strlen(out), n = cell->outlook->most;
  if (!fray_secure_hides(secure) || cell->local_only)
    return;
  if (cell->outlook->privacy)
    snprintf(out + used, 160 - used, "; masked");
  else
    snprintf(out + used, 160 - used, "; masked, %zu of %zu must send",
             fray_secure_threshold(secure, n), n);
}

/* Attackers are of all clients, not of a round: how many come in one is drawn. */
void fray_cohort_text(const struct fray_cell *cell, char out[160]) {
  const struct fray_attack_config *attack = &cell->config.training.attack;
  cohort_text(cell, out);
  const size_t used = strlen(out);
  if (fray_attack_is_on(attack) && !cell->local_only)
    snprintf(out + used, 160 - used, "; %zu attack (%s)", cell->outlook->attackers,
             attack->kind.choice->name);
  put_masks(cell, out);
}

/* "lost (rate 0.2): 122 of 600 sample modalities in training, 43 of 210 at test". Damage at test is
 * counted under the condition `trial`; the unit stands once where both stages have it. */
static void put_entry(const struct fray_cell *cell, size_t e, struct fray_text *out) {
  const struct fray_outlook_hit *hit = &cell->outlook->hit[e];
  const struct fray_choice *kind = cell->entry[e]->kind.choice;
  const char *what = fray_corruption_fits_test(kind) ? "sample modalities" : "labels";
  char number[32];
  fray_text_puts(out, cell->entry[e]->id);
  fray_format_double(hit->nominal, number);
  if (!isnan(hit->nominal))
    fray_text_printf(out, " (%s %s)", fray_corruption_measure(cell->entry[e]).key, number);
  if (hit->trains)
    fray_text_printf(out, ": %zu of %zu %s in training", hit->train_hit, hit->train_eligible, what);
  if (hit->tests)
    fray_text_printf(out, "%s %zu of %zu%s%s at test", hit->trains ? "," : ":", hit->test_hit,
                     hit->test_eligible, hit->trains ? "" : " ", hit->trains ? "" : what);
  if (hit->devs)
    fray_text_printf(out, ": %zu of %zu %s at dev", hit->dev_hit, hit->dev_eligible, what);
}

/* The text itself is compared: cells that print alike are alike. */
static void put_clients(const struct fray_cell *cell, struct fray_text *out) {
  const struct fray_outlook *o = cell->outlook;
  char cohort[160];
  fray_cohort_text(cell, cohort);
  fray_text_printf(out, "%s, %s, %s", FRAY_N(o->clients, "client"),
                   cell->local_only ? "each alone" : cohort, FRAY_N(o->train, "training sample"));
}

/* Which accountant and which conversion stands with each: they differ by a third, and papers that
 * print one without its name cannot be compared. Noise and clip are lengths of the same vectors. */
static void put_privacy(const struct fray_outlook *o, struct fray_text *out) {
  const struct fray_mechanism *m = &o->privacy->mechanism;
  if (m->z > 0)
    fray_text_printf(out,
                     "epsilon %.4g by privacy loss distribution, %.4g by Renyi divergences "
                     "(%.4g by their classic conversion) at delta %.3g: z %.5g, clip %g",
                     o->epsilon.pld, o->epsilon.rdp, o->epsilon.classic, m->delta, m->z,
                     o->privacy->clip);
  else
    fray_text_printf(out, "updates clipped to %g, without noise: no epsilon", o->privacy->clip);
  fray_text_printf(out, "; noise length z C sqrt(P) / (q N) %.3g against clip %g",
                   fray_privacy_noise_length(o->privacy), o->privacy->clip);
}

/* Everything but the swept values: cells of equal numbers share a row. all: of the clients too,
 * which else stand above. */
static void put_numbers(const struct fray_cell *cell, bool all, struct fray_text *out) {
  if (all)
    put_clients(cell, out);
  for (size_t e = 0; e < cell->n_entries; e++) {
    fray_text_puts(out, out->size ? "; " : "");
    put_entry(cell, e, out);
  }
  if (cell->outlook->privacy) {
    fray_text_puts(out, out->size ? "; " : "");
    put_privacy(cell->outlook, out);
  }
  if (cell->outlook->usable < cell->outlook->train)
    fray_text_printf(out, "%sleft to train on: %zu of %zu samples", out->size ? "; " : "",
                     cell->outlook->usable, cell->outlook->train);
}

static uint64_t hash_text(struct fray_text *text) {
  const uint64_t hash = fray_hash64(text->data ? text->data : "", text->size);
  fray_text_free(text);
  return hash;
}

/* Partitions may differ by cell; lines that hold for one cell only are not printed for all. Hashes
 * of the texts that would be printed, since what reads the same is the same to its reader. */
static bool have_same_clients(const struct fray_study *study) {
  uint64_t first = 0;
  for (size_t c = 0; c < study->n_cells; c++) {
    struct fray_text text = {0};
    put_clients(&study->cell[c], &text);
    const uint64_t hash = hash_text(&text);
    first = c ? first : hash;
    if (hash != first)
      return false;
  }
  return true;
}

/* Cut to 60 characters each: texts of scenarios may be long. */
static void put_values(const struct fray_study *study, const struct fray_cell *cell,
                       struct fray_text *out) {
  fray_text_puts(out, *cell->control ? cell->control : "");
  for (size_t k = 0; k < study->n_keys; k++)
    fray_text_printf(out, "%s%s=%.60s", out->size ? ", " : "", study->key[k], cell->value[k]);
}

/* Cells with the same numbers. */
struct row {
  uint64_t hash;
  size_t first, n; /* cell; how many */
};

/* Returns the number of cells that are in no row. Twins are left out, as their numbers are those of
 * another cell. Rows beyond the limit are counted, not kept. */
static size_t list_rows(const struct fray_study *study, bool all, struct row rows[MOST_ROWS],
                        size_t *n) {
  size_t left = 0;
  *n = 0;
  for (size_t c = 0; c < study->n_cells; c++) {
    struct fray_text text = {0};
    if (study->cell[c].twin != c)
      continue;
    put_numbers(&study->cell[c], all, &text);
    const uint64_t hash = hash_text(&text);
    size_t k = 0;
    while (k < *n && rows[k].hash != hash)
      k++;
    if (k < *n)
      rows[k].n++;
    else if (k < MOST_ROWS)
      rows[(*n)++] = (struct row){hash, c, 1};
    else
      left++;
  }
  return left;
}

/* Cells of equal numbers share a line, which names the first and counts the others. */
static void print_row(const struct fray_study *study, const struct row *row, bool all) {
  const struct fray_cell *cell = &study->cell[row->first];
  struct fray_text values = {0}, numbers = {0};
  put_values(study, cell, &values);
  put_numbers(cell, all, &numbers);
  if (row->n > 1)
    fray_text_printf(&values, "%sand %zu more", values.size ? " " : "", row->n - 1);
  if (numbers.size)
    fray_plan_line("  cell", "%s%s%s", values.data ? values.data : "", values.size ? ": " : "",
                   numbers.data);
  fray_text_free(&values);
  fray_text_free(&numbers);
}

/* What all have in common stands once. */
static void print_cells(const struct fray_study *study) {
  struct row rows[MOST_ROWS];
  const bool all = !have_same_clients(study);
  size_t n, left = list_rows(study, all, rows, &n);
  struct fray_text text = {0};
  if (!all) {
    put_clients(&study->cell[0], &text);
    fray_plan_line("cells", "%zu%s %s", study->n_cells, study->n_cells > 1 ? ", each with" : ":",
                   text.data ? text.data : "");
  } else {
    fray_plan_line("cells", "%zu, with the first seed:", study->n_cells);
  }
  for (size_t k = 0; k < n; k++)
    print_row(study, &rows[k], all);
  if (left)
    fray_plan_line("  ...", "and %s with other numbers", FRAY_N(left, "cell"));
  fray_text_free(&text);
}

/* ---- conditions ---- */

/* "lost: rate 0, 0.2, 0.4 hits 0, 19.4, 41.7 %", of the conditions of one name. Returns how many
 * they are. Points of one test stand next to one another and share the pointer of its name. At
 * least one is taken, so the caller gets on. What several entries hit together is a share of all
 * values that the samples hold, of whatever modality: each of them can hit others. */
static size_t print_condition(const struct fray_cell *cell, size_t first,
                              const struct fray_titles *titles) {
  const struct fray_condition *c = &cell->condition[first];
  struct fray_text nominal = {0}, realised = {0};
  size_t n = 0;
  for (; first + n < cell->n_conditions && c[n].test == c->test; n++) {
    const double share = cell->outlook->condition[first + n];
    char text[32];
    if (n >= MOST_VALUES)
      continue;
    fray_format_double(c[n].severity, text);
    if (c->parameter && !isnan(c[n].severity))
      fray_text_printf(&nominal, "%s%s", n ? ", " : "", text);
    else if (c[n].name != c->test) /* of several keys: " rate=1 sigma=0.1" */
      fray_text_printf(&nominal, "%s%s", n ? "," : "at", c[n].name + strlen(c->test));
    if (isnan(share))
      fray_text_printf(&realised, "%s-", n ? ", " : "");
    else
      fray_text_printf(&realised, "%s%.3g", n ? ", " : "", 100 * share);
  }
  const char *title = fray_title_of_test(titles, c->test);
  fray_plan_line("  at test", "%s%s: %s%s%s hits %s%s%% of %s", c->test,
                 in_words(titles, title && strcmp(title, c->test) != 0 ? title : NULL),
                 c->parameter && nominal.size ? c->parameter : "",
                 c->parameter && nominal.size ? " " : "", nominal.data ? nominal.data : "",
                 realised.data ? realised.data : "", n > MOST_VALUES ? ", ... " : " ",
                 c->n_entries > 1 ? "all values" : "what it can");
  fray_text_free(&nominal);
  fray_text_free(&realised);
  return n;
}

/* Rates stand beside what the first seed makes of them. */
static void print_conditions(const struct fray_study *study, const struct fray_titles *titles) {
  const struct fray_cell *cell = &study->cell[0];
  size_t k = 0;
  fray_plan_line("conditions", "%zu on each trained model, beside its own", cell->n_conditions);
  for (size_t lines = 0; k < cell->n_conditions && lines < MOST_ROWS; lines++)
    k += print_condition(cell, k, titles);
  if (k < cell->n_conditions)
    fray_plan_line("  ...", "further ones are left out here");
}

/* ---- limits ---- */

/* Who is tested: the samples of all models that are read as one. */
struct tested {
  const struct fray_dataset *d;
  uint8_t *sample; /* (samples) */
  uint8_t *seen;   /* (natural clients) scratch */
  bool of_folds;
};

/* Place of the swept key that numbers parts of one whole, n_keys: there is none. */
static size_t key_of_parts(const struct fray_study *study) {
  const struct fray_choice *kind = study->cell[0].config.data.partition.kind.choice;
  const struct fray_partition_plan *plan = kind ? fray_partition_plan_of(kind->name) : NULL;
  char name[256];
  size_t k = 0;
  if (!plan)
    return study->n_keys;
  snprintf(name, sizeof name, "data.partition.%s", plan->part);
  while (k < study->n_keys && strcmp(study->key[k], name) != 0)
    k++;
  return k;
}

/* A cell that has the same part as one before it, and other data, adds nobody to what is known of
 * these data. */
static bool adds_part(const struct fray_study *study, size_t cell, size_t key) {
  const struct fray_cell *c = &study->cell[cell];
  bool is_new = strcmp(c->config.data.shards, study->cell[0].config.data.shards) == 0;
  for (size_t o = 0; o < cell && is_new; o++)
    is_new = strcmp(study->cell[o].value[key], c->value[key]) != 0;
  return is_new;
}

/* The report puts the folds of a sweep together, so what it can say of people depends on all of
 * them. Which samples a fold tests depends on no seed of a trial. */
static enum fray_status find_tested(const struct fray_study *study, const struct fray_partition *p,
                                    struct tested *out, struct fray_err *err) {
  const size_t key = key_of_parts(study);
  for (size_t i = 0; i < p->n_test; i++)
    out->sample[p->test[i]] = 1;
  for (size_t c = 1; c < study->n_cells && key < study->n_keys; c++) {
    struct fray_partition *made;
    if (!adds_part(study, c, key))
      continue;
    FRAY_TRY(fray_partition_make(&study->cell[c].config.data.partition, out->d, 0, &made, err));
    for (size_t i = 0; i < made->n_test; i++)
      out->sample[made->test[i]] = 1;
    fray_partition_free(made);
    out->of_folds = true;
  }
  return FRAY_OK;
}

/* Test clients: those of a value of a group column, or all (column NULL). */
static size_t count_test_clients(const struct tested *t, const struct fray_group *column,
                                 size_t value, size_t *samples) {
  const struct fray_dataset *d = t->d;
  size_t clients = 0;
  *samples = 0;
  memset(t->seen, 0, d->n_clients);
  for (size_t i = 0; i < d->n_samples; i++) {
    if (!t->sample[i] || (column && column->code[i] != value))
      continue;
    (*samples)++;
    clients += !t->seen[d->client[i]];
    t->seen[d->client[i]] = 1;
  }
  return clients;
}

/* Values of a group column that are too small to be compared, as the report suppresses them. */
static void limit_group(struct fray_study *study, const struct tested *tested,
                        const struct fray_group *column) {
  struct fray_text few = {0};
  size_t n = 0;
  for (size_t v = 0; v < column->n; v++) {
    size_t samples, clients = count_test_clients(tested, column, v, &samples);
    if (!fray_group_suppressed(samples, clients))
      continue;
    if (n++ < MOST_VALUES)
      fray_text_printf(&few, "%s%s (%s, %s)", n > 1 ? ", " : "", column->value[v],
                       FRAY_N(clients, "client"), FRAY_N(samples, "sample"));
  }
  if (n)
    fray_study_limit(study,
                     "group %s: %zu of %zu values have fewer than %d test clients or %d test "
                     "samples, too few to compare: %s%s",
                     column->name, n, column->n, FRAY_GROUP_MIN_CLUSTERS, FRAY_GROUP_MIN_SAMPLES,
                     few.data ? few.data : "", n > MOST_VALUES ? ", ..." : "");
  fray_text_free(&few);
}

/* Clients that the partition left out, for they have too little. */
static void limit_clients(struct fray_study *study, const struct fray_partition *p) {
  struct fray_text names = {0};
  if (p->n_left_out == 0)
    return;
  for (size_t k = 0; k < FRAY_MIN(p->n_left_out, (size_t)MOST_VALUES); k++)
    fray_text_printf(&names, "%s%s", k ? ", " : "", p->left_out[k]);
  fray_study_limit(study, "%s with %s take no part in training, too few each: %s%s",
                   FRAY_N(p->n_left_out, "client"), FRAY_N(p->n_left_samples, "training sample"),
                   names.data ? names.data : "", p->n_left_out > MOST_VALUES ? ", ..." : "");
  fray_text_free(&names);
}

/* Few test clients, or all of them known from training, limit what can be said of others: it is
 * said before the study runs. */
static enum fray_status limit_people(struct fray_study *study, const struct fray_session *session,
                                     const struct fray_partition *p, struct fray_err *err) {
  const struct fray_dataset *d = session->dataset;
  const struct fray_strings *groups = &study->cell[0].config.evaluate.groups;
  struct fray_arena work = {0};
  char words[FRAY_FEW_WORDS];
  size_t samples;
  struct tested tested = {.d = d,
                          .sample = fray_arena_zero(&work, d->n_samples + 1, 1),
                          .seen = fray_arena_zero(&work, d->n_clients + 1, 1)};
  const bool has_room = tested.sample && tested.seen;
  enum fray_status status =
      has_room ? find_tested(study, p, &tested, err) : fray_fail(err, FRAY_MEMORY, "out of memory");
  if (status != FRAY_OK) {
    fray_arena_free(&work);
    return status;
  }
  const size_t clients = count_test_clients(&tested, NULL, 0, &samples);
  if (clients < FRAY_ENOUGH_CLIENTS)
    fray_study_limit(study, "%s%s", tested.of_folds ? "all folds together: " : "",
                     fray_few_test_clients(clients, words));
  for (size_t k = 0; k < groups->n; k++)
    for (size_t g = 0; g < d->n_groups; g++)
      if (strcmp(d->group[g].name, groups->v[k]) == 0)
        limit_group(study, &tested, &d->group[g]);
  fray_arena_free(&work);
  return FRAY_OK;
}

/* What a metric says of answers that are all right: a metric that does not fit the data cannot say
 * anything even there. One perfect answer for each class: n samples, sample c of class c, with all
 * the probability there. Of sets each class is true once and absent in the n - 1 others. */
static enum fray_status limit_metric(struct fray_study *study, const struct fray_dataset *d,
                                     const struct fray_choice *metric, struct fray_arena *work,
                                     struct fray_err *err) {
  const size_t n = d->n_classes, cells = fray_confusion_cells(d->multi_label, n);
  int64_t *confusion;
  float *score;
  int32_t *label;
  uint8_t *labels;
  const char *why;
  FRAY_ALLOC_ZERO(confusion, work, cells, err);
  FRAY_ALLOC_ZERO(score, work, n * n, err);
  FRAY_ALLOC_ZERO(label, work, n, err);
  FRAY_ALLOC_ZERO(labels, work, n * n, err);
  for (size_t c = 0; c < n; c++) {
    score[c * n + c] = labels[c * n + c] = 1;
    label[c] = d->multi_label ? 0 : (int32_t)c;
    confusion[d->multi_label ? 4 * c + 3 : c * n + c] = 1;
    if (d->multi_label)
      confusion[4 * c] = (int64_t)n - 1;
  }
  if (d->words) { /* all words are hits */
    memset(confusion, 0, cells * sizeof *confusion);
    confusion[FRAY_HITS] = (int64_t)n;
  }
  const struct fray_scored scored = {
      .n = n,
      .n_classes = n,
      .confusion = confusion,
      .multi_label = d->multi_label,
      .sequences = d->words != NULL,
      .exact = n,
      .target = 1, /* there is one, or the scenario would have been refused */
      .samples = {n, score, label, d->multi_label ? labels : NULL, NULL, NULL, NULL, work}};
  const double value = fray_metric_value(metric, &scored, &why);
  if (isnan(value))
    fray_study_limit(study, "metric %s has no value on these data (%s)", metric->name, why);
  else if (strcmp(why, "ok") != 0)
    fray_study_limit(study, "metric %s tells nothing on these data (%s)", metric->name, why);
  return FRAY_OK;
}

/* A metric without a value on these data would leave an empty column after days of training. */
static enum fray_status limit_metrics(struct fray_study *study, const struct fray_dataset *d,
                                      struct fray_err *err) {
  const struct fray_cell *cell = &study->cell[0];
  struct fray_arena work = {0};
  enum fray_status status = FRAY_OK;
  for (size_t k = 0; status == FRAY_OK && k < cell->config.evaluate.metrics.n; k++) {
    status = limit_metric(study, d, cell->metric[k], &work, err);
    fray_arena_reset(&work);
  }
  fray_arena_free(&work);
  return status;
}

/* A dozen at most; how many more there were is said. */
static void print_limits(const struct fray_study *study) {
  for (size_t k = 0; k < study->limits.n; k++)
    fray_plan_line(k ? "" : "limits", "- %s", study->limits.text[k]);
  if (study->limits.more)
    fray_plan_line("", "- and %zu more", study->limits.more);
}

enum fray_status fray_limits_find(struct fray_study *study, const struct fray_session *session,
                                  const struct fray_partition *partition, struct fray_err *err) {
  limit_clients(study, partition);
  FRAY_TRY(limit_people(study, session, partition, err));
  return limit_metrics(study, session->dataset, err);
}

enum fray_status fray_numbers_print(const struct fray_study *study,
                                    const struct fray_session *session, struct fray_err *err) {
  struct fray_arena work = {0};
  const char *modality[FRAY_MAX_MODALITIES], *kind[FRAY_MAX_MODALITIES];
  const struct fray_dataset *d = session->dataset;
  const struct fray_titles titles = {.scenario = study->root,
                                     .modality = modality,
                                     .kind = kind,
                                     .n_modalities = d->n_modalities,
                                     .arena = &work};
  enum fray_status status = FRAY_OK;
  for (size_t m = 0; m < d->n_modalities; m++) {
    modality[m] = d->modality[m].name;
    kind[m] = fray_modality_kind_names[d->modality[m].kind];
  }
  for (size_t k = 0; status == FRAY_OK && k < study->n_keys; k++)
    status = print_swept(study, k, &titles, err);
  if (status == FRAY_OK) {
    print_cells(study);
    print_conditions(study, &titles);
  }
  fray_arena_free(&work);
  FRAY_TRY(status);
  print_limits(study);
  return FRAY_OK;
}
