/* Remarks on the trainings: what never learnt, what was not finished, how far seeds scatter. */
#include "page.h"

#include "report/words/markup.h"
#include "report/words/names.h"

#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <string.h>

enum { MOST = 12, FEWEST_ROUNDS = 5 };

static const char *plural(size_t n) {
  return n == 1 ? "" : "s";
}

/* ---- cells ---- */

/* What is known of one trained cell without damage at test. */
struct cell {
  enum fray_rep_learnt learnt;
  size_t n, n_stuck;        /* trainings; of these at chance, where all the others are well above */
  double mean, stuck, rest; /* of all, of those at chance, of the others */
  double deviation, least, most, level;
};

struct cells {
  struct fray_rep_results *r;
  struct cell *v; /* (n_cells) */
  size_t n_known, n_at_chance, n_split, n_scattered;
  size_t n_named; /* of those at chance: the others are split, and named as such */
  bool percent;
  size_t metric; /* fray_rep_judge: one that has a chance level if any has, not the main one */
};

/* Mean, deviation and range over the seeds. Seeds without a value are left out; two passes, since
 * the deviation needs the mean. */
static void spread(const double *by_seed, size_t n_seeds, struct cell *c) {
  double sum = 0;
  c->mean = fray_rep_mean(by_seed, n_seeds);
  c->least = INFINITY;
  c->most = -INFINITY;
  for (size_t s = 0; s < n_seeds; s++) {
    if (isnan(by_seed[s]))
      continue;
    c->n++;
    c->least = fmin(c->least, by_seed[s]);
    c->most = fmax(c->most, by_seed[s]);
    sum += (by_seed[s] - c->mean) * (by_seed[s] - c->mean);
  }
  /* Of a sample of seeds: n - 1. */
  c->deviation = c->n > 1 ? sqrt(sum / (double)(c->n - 1)) : NAN;
}

/* Whether some value lies nearer to the level than to the best: else none can be stuck. False
 * without a level, which is NaN then. */
static bool may_be_split(const struct cells *k, const struct cell *c) {
  bool higher = fray_rep_higher_is_better(k->r->metrics.v[k->metric]);
  /* Cheap, and true of hardly any cell: what follows looks at every seed. */
  double best = higher ? c->most : c->least, worst = higher ? c->least : c->most;
  return c->n > 1 && fabs(worst - c->level) < fabs(best - worst);
}

/* Trainings at chance by their own intervals over the test clients, if the intervals of all others
 * lie beyond all of theirs: seeds that scatter around a bound are one kind and not two. A training
 * that diverged is said elsewhere. */
static enum fray_status split(const struct cells *k, const struct fray_rep_address *at,
                              struct cell *c, struct fray_err *err) {
  struct fray_rep_results *r = k->r;
  bool higher = fray_rep_higher_is_better(r->metrics.v[k->metric]);
  double sum[2] = {0}, edge_stuck = -INFINITY, edge_rest = INFINITY, level;
  size_t n[2] = {0};
  for (size_t s = 0; s < r->seeds.n; s++) {
    size_t t = r->trial_of[at->cell * r->seeds.n + s];
    struct fray_rep_stat stat;
    enum fray_rep_learnt learnt;
    if (t == r->n_trials || r->trial[t].diverged)
      continue;
    FRAY_TRY(fray_rep_trial_learnt(r, at, s, &stat, &level, &learnt, err));
    /* One training without an interval may belong to either kind. */
    if (learnt == FRAY_REP_NOT_SAID)
      return FRAY_OK;
    bool rest = learnt == FRAY_REP_LEARNT;
    sum[rest] += stat.mean;
    n[rest]++;
    if (rest)
      /* Turned so that larger is better, whichever way the metric points. */
      edge_rest = fmin(edge_rest, higher ? stat.low : -stat.high);
    else
      edge_stuck = fmax(edge_stuck, higher ? stat.high : -stat.low);
  }
  if (n[0] == 0 || n[1] == 0 || edge_rest <= edge_stuck)
    return FRAY_OK;
  /* Only now, when the two kinds are known to be apart; until here n_stuck is 0, which means that
   * nothing is said. */
  c->n_stuck = n[0];
  c->stuck = sum[0] / (double)n[0];
  c->rest = sum[1] / (double)n[1];
  return FRAY_OK;
}

/* More than a quarter of what lies above chance; without a chance level, ten points. Rules of thumb
 * that decide about a remark alone, so that no number of the page depends on them. */
static bool is_scattered(const struct cells *k, const struct cell *c) {
  /* Two seeds show no scatter, and of what is split or at chance more is said elsewhere. */
  if (c->n < 3 || c->n_stuck || c->learnt == FRAY_REP_AT_CHANCE)
    return false;
  if (!isnan(c->level))
    return c->deviation > 0.25 * fabs(c->mean - c->level);
  return k->percent && c->deviation > 0.1;
}

/* The score is the one that a model is judged by, which need not be the main metric. A split cell
 * is counted among those at chance where its mean is, as everywhere on the page, but named once. */
static enum fray_status look(struct cells *k, size_t cell, size_t clean, struct fray_err *err) {
  struct fray_rep_results *r = k->r;
  struct cell *c = &k->v[cell];
  struct fray_rep_address at = {.cell = cell,
                                .condition = clean,
                                .severity = NAN,
                                .samples = FRAY_REP_TEST,
                                .group = FRAY_REP_ALL,
                                .metric = k->metric};
  const struct fray_rep_quantity *q;
  FRAY_TRY(fray_rep_find_quantity(r, &at, &q, err));
  /* Zeroed: nothing is said of it. */
  if (q->n_seeds == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_blind_level(r, k->metric, q->chance, &c->level, err));
  spread(q->by_seed, r->seeds.n, c);
  FRAY_TRY(fray_rep_learnt_at(r, &at, &c->learnt, err));
  if (may_be_split(k, c))
    FRAY_TRY(split(k, &at, c, err));
  k->n_known += c->learnt != FRAY_REP_NOT_SAID;
  k->n_at_chance += c->learnt == FRAY_REP_AT_CHANCE;
  k->n_named += c->learnt == FRAY_REP_AT_CHANCE && c->n_stuck == 0;
  k->n_split += c->n_stuck > 0;
  k->n_scattered += is_scattered(k, c);
  return FRAY_OK;
}

static void put_score(const struct cells *k, double value, struct fray_text *out) {
  fray_rep_put_score(out, value, k->percent);
  fray_text_puts(out, k->percent ? "&nbsp;%" : "");
}

/* The cells of one kind, each with what put says of it. All are counted and MOST are named, so that
 * the number left out is known at the end. */
static void put_cells(const struct cells *k, bool (*is)(const struct cells *, const struct cell *),
                      void (*put)(const struct cells *, const struct cell *, struct fray_text *),
                      struct fray_text *out) {
  size_t listed = 0;
  for (size_t i = 0; i < k->r->n_cells; i++) {
    if (!is(k, &k->v[i]) || listed++ >= MOST)
      continue;
    fray_text_puts(out, listed > 1 ? "; " : "");
    fray_rep_put_values(k->r, k->r->cell[i], out);
    put(k, &k->v[i], out);
  }
  if (listed > MOST)
    fray_text_printf(out, "; and %zu more", listed - (size_t)MOST);
  fray_text_puts(out, ".");
}

/* Split cells are not among them, though their mean may be at chance: of them more is known. */
static bool is_at_chance(const struct cells *k, const struct cell *c) {
  (void)k;
  return c->learnt == FRAY_REP_AT_CHANCE && c->n_stuck == 0;
}

/* The level stands beside the mean, since it is not the chance of the tables where guessing by the
 * shares of the classes reaches more (verdict.h). */
static void put_at_chance(const struct cells *k, const struct cell *c, struct fray_text *out) {
  fray_text_puts(out, " (");
  put_score(k, c->mean, out);
  fray_text_puts(out, ", without looking ");
  put_score(k, c->level, out);
  fray_text_puts(out, ")");
}

/* Said of n_known models and not of all: of the others nothing is known. */
static void warn_at_chance(const struct cells *k, struct fray_rep_warnings *w) {
  if (k->n_at_chance == 0)
    return;
  fray_rep_warn_begin(w, NULL);
  fray_text_printf(&w->brief, "%zu of %s not told from chance: no verdict about them",
                   k->n_at_chance, FRAY_N(k->n_known, "model"));
  fray_text_printf(
      &w->full,
      "%zu of %zu models %s not told from chance, even without damage at test: the interval of "
      "their ",
      k->n_at_chance, k->n_known, k->n_at_chance == 1 ? "is" : "are");
  fray_rep_put_name(&w->full, fray_rep_metric_title(k->r, k->r->metrics.v[k->metric]));
  fray_text_puts(
      &w->full,
      " does not lie beyond what answering without looking reaches. Who is at chance "
      "has nothing to lose, so this page gives no verdict about them. Either they learnt nothing "
      "(longer training, another step size), or the data hold no signal, or there are too few "
      "seeds or test clients to tell");
  fray_text_puts(&w->full, k->n_named ? ": " : ".");
  if (k->n_named)
    put_cells(k, is_at_chance, put_at_chance, &w->full);
  /* Together with those named here, as many as were counted. */
  const size_t n_other = k->n_at_chance - k->n_named;
  if (n_other)
    fray_text_printf(&w->full,
                     " %s%zu %s named below, since only some of their seeds never left chance.",
                     k->n_named    ? "The other "
                     : n_other > 1 ? "All "
                                   : "",
                     n_other, n_other == 1 ? "is" : "are");
  fray_rep_warn_end(w);
}

static bool is_split(const struct cells *k, const struct cell *c) {
  (void)k;
  return c->n_stuck > 0;
}

/* Both means are told, and that of all, which other tables show, so that a reader can find it
 * there and does not take it for either. */
static void put_split(const struct cells *k, const struct cell *c, struct fray_text *out) {
  fray_text_printf(out, ": %zu of %zu seeds %s at chance (mean ", c->n_stuck, c->n,
                   c->n_stuck == 1 ? "stays" : "stay");
  put_score(k, c->stuck, out);
  fray_text_puts(out, "), the others reach ");
  put_score(k, c->rest, out);
  fray_text_puts(out, "; the mean of all, ");
  put_score(k, c->mean, out);
  fray_text_puts(out, ", is that of neither");
}

/* The seeds are not taken apart in any number of the page; that would choose the good ones. */
static void warn_split(const struct cells *k, struct fray_rep_warnings *w) {
  if (k->n_split == 0)
    return;
  fray_rep_warn_begin(w, NULL);
  fray_text_printf(&w->brief, "Some seeds of %zu model%s never left chance, others did", k->n_split,
                   plural(k->n_split));
  fray_text_puts(&w->full,
                 "Two kinds of trainings are averaged: some never left chance, each by its own "
                 "interval over the test clients, while all the others are clearly better. A "
                 "mean over both describes no training, and its interval is wide because of it. "
                 "Where it is not told from chance, no verdict is given. Train longer, warm up, or "
                 "report both kinds: ");
  put_cells(k, is_split, put_split, &w->full);
  fray_rep_warn_end(w);
}

/* A deviation is in points, as a difference of percentages is; the scores are in percent. */
static void put_scatter(const struct cells *k, const struct cell *c, struct fray_text *out) {
  fray_text_printf(out, " (%zu seeds from ", c->n);
  put_score(k, c->least, out);
  fray_text_puts(out, " to ");
  put_score(k, c->most, out);
  fray_text_puts(out, ", standard deviation ");
  fray_rep_put_score(out, c->deviation, k->percent);
  fray_text_puts(out, k->percent ? " points)" : ")");
}

/* The bound is that of the cells that are named; a cell that was not measured has none. */
static void warn_scatter(const struct cells *k, struct fray_rep_warnings *w) {
  bool has_level = false;
  if (k->n_scattered == 0)
    return;
  for (size_t i = 0; i < k->r->n_cells; i++)
    has_level = has_level || (is_scattered(k, &k->v[i]) && !isnan(k->v[i].level));
  fray_rep_warn_begin(w, NULL);
  fray_text_printf(&w->brief, "Seeds of %zu model%s scatter widely", k->n_scattered,
                   plural(k->n_scattered));
  fray_text_printf(&w->full,
                   "Seeds scatter widely without any damage at test, by a standard deviation above "
                   "%s: another few seeds would give another mean. More seeds, or a training that "
                   "depends less on them, would help: ",
                   has_level ? "a quarter of what the score has above chance" : "ten points");
  put_cells(k, is_scattered, put_scatter, &w->full);
  fray_rep_warn_end(w);
}

/* On undamaged test data, so that what is said is of the training and not of the damage. Results
 * without the condition "clean" have those scores as "trial". */
static enum fray_status warn_cells(struct fray_rep_results *r, struct fray_rep_warnings *w,
                                   struct fray_err *err) {
  /* Those who never learnt are told of first; the scatter of seeds is of interest only where they
   * did. */
  struct cells k = {.r = r, .metric = fray_rep_judge(r)};
  size_t clean = fray_rep_name_find(&r->conditions, "clean");
  if (clean == r->conditions.n)
    clean = fray_rep_name_find(&r->conditions, "trial");
  if (clean == r->conditions.n)
    return FRAY_OK;
  k.percent = fray_rep_is_percent(r, k.metric);
  FRAY_ALLOC_ZERO(k.v, r->arena, r->n_cells, err);
  for (size_t i = 0; i < r->n_cells; i++)
    FRAY_TRY(look(&k, i, clean, err));
  warn_at_chance(&k, w);
  warn_split(&k, w);
  warn_scatter(&k, w);
  return FRAY_OK;
}

/* ---- rows of trials.csv ---- */

/* NaN where the column or the number is missing: older folders lack some, and every comparison with
 * NaN is false. */
static double number_at(const struct fray_rep_csv *csv, size_t row, const char *name) {
  size_t column = fray_rep_csv_find(csv, name);
  double value;
  bool known =
      column < csv->n_columns && fray_rep_parse_real(fray_rep_csv_at(csv, row, column), &value);
  return known ? value : NAN;
}

/* The row of trials.csv of a trial: rows stand as trials do, with those of controls between them,
 * so that it is looked for from the row of the trial before it on. */
static size_t row_of(const struct fray_rep_results *r, size_t trial, size_t from) {
  while (r->trials_csv.line[from] != r->trial[trial].line)
    from++;
  return from;
}

/* How many rounds were evaluated, as the scenario has it. */
static double evaluated(const struct fray_rep_results *r, double rounds) {
  const struct fray_node *every = fray_node_at(r->scenario, "evaluate.every");
  double step = 1;
  /* A scenario that says it otherwise is taken to evaluate every round, which only makes the
   * remark rarer. */
  if (every && every->scalar && !fray_rep_parse_real(every->scalar, &step))
    step = 1;
  return ceil(rounds / fmax(step, 1));
}

/* A key of the scenario in a map whose keys may be paths: `a: {b.c: 1}`, `a.b: {c: 1}`. */
static const struct fray_node *find_key(const struct fray_node *map, const char *path) {
  const struct fray_node *found = NULL;
  for (const struct fray_node *m = map ? map->child : NULL; m && !found; m = m->next) {
    const size_t n = m->key ? strlen(m->key) : 0;
    if (n && strncmp(m->key, path, n) == 0 && path[n] == '.')
      found = find_key(m, path + n + 1);
    else if (n && strcmp(m->key, path) == 0)
      found = m;
  }
  return found;
}

/* What a training was given for a key: swept, of its method, or of the scenario; NULL: its default.
 */
static const char *given(const struct fray_rep_results *r, const struct fray_rep_trial *t,
                         const char *key) {
  const struct fray_node *found = find_key(r->scenario, key);
  const char *text = found ? found->scalar : NULL;
  for (size_t k = 0; k < r->n_keys; k++) {
    const struct fray_node *own =
        strcmp(r->key[k], "method") == 0
            ? find_key(fray_node_get(fray_node_get(r->scenario, "methods"), t->value[k]), key)
            : NULL;
    text = own && own->scalar ? own->scalar : text;
  }
  for (size_t k = 0; k < r->n_keys; k++)
    if (strcmp(r->key[k], key) == 0)
      text = t->value[k];
  return text;
}

/* Whether a training that did not diverge ended by itself. Where nothing is said of patience there
 * may be no scenario to go by. */
static bool has_stopped(const struct fray_rep_results *r, const struct fray_rep_trial *t,
                        double rounds) {
  const char *most = given(r, t, "training.rounds");
  double asked = 50; /* the default */
  if (!given(r, t, "training.stop.patience") || (most && !fray_rep_parse_real(most, &asked)))
    return false;
  return rounds < asked;
}

/* Trainings whose selected round is among their last tenth. One that training.stop ended before its
 * last round had its time, wherever its best round lies. Diverged ones are left out, as their
 * last rounds are not those that the scenario asked for. With a handful of evaluated rounds the
 * last one is often the best by accident, so those are not counted. */
static void warn_unfinished(const struct fray_rep_results *study, struct fray_rep_warnings *w) {
  const struct fray_rep_results *r = fray_rep_by_training(study);
  const struct fray_rep_csv *csv = &r->trials_csv;
  size_t late = 0, of = 0;
  for (size_t t = 0, row = 0; t < r->n_trials; t++) {
    row = row_of(r, t, row);
    double rounds = number_at(csv, row, "rounds"), best = number_at(csv, row, "best_round");
    if (r->trial[t].diverged || isnan(best) || !(evaluated(r, rounds) >= FEWEST_ROUNDS))
      continue;
    of++;
    if (has_stopped(r, &r->trial[t], rounds))
      continue;
    /* The last tenth, at least the last round. */
    late += best > rounds - fmax(1, 0.1 * rounds);
  }
  /* In most of them: a few late ones are chance. */
  if (2 * late <= of)
    return;
  fray_rep_warn_begin(w, NULL);
  fray_text_printf(&w->brief, "%zu of %s selected one of their last rounds: not finished", late,
                   FRAY_N(of, "training"));
  fray_text_printf(&w->full,
                   "In %zu of %zu trainings the dev data selected one of the last tenth of the "
                   "rounds, so training may well have ended while the models still learnt. Then a "
                   "method that learns more slowly looks worse than it is, and more rounds may "
                   "change every number here. The figure of the rounds shows the curves; "
                   "<code>training.rounds</code> makes them longer.",
                   late, of);
  fray_rep_warn_end(w);
}

/* Clients that damage left without a usable training sample. Of the study's own trainings: what a
 * control lacks is said of no model here. */
static void warn_dropped(const struct fray_rep_results *study, struct fray_rep_warnings *w) {
  const struct fray_rep_results *r = fray_rep_by_training(study);
  const struct fray_rep_csv *csv = &r->trials_csv;
  size_t of = 0;
  double most = 0, all = NAN;
  for (size_t t = 0, row = 0; t < r->n_trials; t++) {
    row = row_of(r, t, row);
    double count = number_at(csv, row, "clients_dropped");
    if (!(count > 0))
      continue;
    of++;
    /* Of how many, in the training that lost most. */
    if (count > most)
      all = number_at(csv, row, "clients");
    most = fmax(most, count);
  }
  if (of == 0)
    return;
  fray_rep_warn_begin(w, NULL);
  fray_text_printf(&w->brief, "Clients fell out of %zu of %s", of, FRAY_N(r->n_trials, "training"));
  fray_text_printf(&w->full, "In %zu of %s damage left clients without a usable sample (%.0f of ",
                   of, FRAY_N(r->n_trials, "training"), most);
  fray_rep_put_number(&w->full, all);
  fray_text_puts(&w->full,
                 " at most). They took no part, so those models learnt from fewer people.");
  fray_rep_warn_end(w);
}

/* Trainings that had nothing to train on. They have scores like any other, which no table would
 * betray. */
static void warn_untrained(const struct fray_rep_results *study, struct fray_rep_warnings *w) {
  const struct fray_rep_results *r = fray_rep_by_training(study);
  const struct fray_rep_csv *csv = &r->trials_csv;
  size_t untrained = 0;
  for (size_t t = 0, row = 0; t < r->n_trials; t++) {
    row = row_of(r, t, row);
    double clients = number_at(csv, row, "clients");
    untrained += clients > 0 && number_at(csv, row, "clients_dropped") == clients;
  }
  if (untrained == 0)
    return;
  fray_rep_warn_begin(w, NULL);
  fray_text_printf(&w->brief, "%zu training%s had nothing to train on", untrained,
                   plural(untrained));
  fray_text_printf(&w->full,
                   "In %zu training%s no client had a usable training sample (none has a label, or "
                   "damage took them all): the scores are those of models with their first, random "
                   "weights.",
                   untrained, plural(untrained));
  fray_rep_warn_end(w);
}

/* From what was never trained to what scatters: whoever has nothing to train on is at chance too,
 * and the first remark explains the later ones. */
enum fray_status fray_rep_warn_training(struct fray_rep_results *r, struct fray_rep_warnings *w,
                                        struct fray_err *err) {
  warn_dropped(r, w);
  warn_untrained(r, w);
  warn_unfinished(r, w);
  return warn_cells(r, w, err);
}
