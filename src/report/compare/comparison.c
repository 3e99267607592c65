/* Compares two results: matches cells and conditions, pairs seeds and clients, subtracts. */
#include "comparison.h"

#include "report/quantity/read_study.h"
#include "report/words/names.h"

#include "fray/base/size.h"
#include "fray/metric/metric.h"
#include "fray/results/provenance.h"

#include <math.h>
#include <string.h>

struct job {
  struct fray_rep_comparison *c;           /* the result, whose arena holds all of this */
  const struct fray_compare_options *o;    /* borrowed, like folder and only */
  const char *folder[FRAY_REP_SIDES];      /* as they were given, for messages */
  const char *const *only[FRAY_REP_SIDES]; /* of --a and --b; match_cells checks them before use */
  size_t n_only[FRAY_REP_SIDES];
  bool *used[FRAY_REP_SIDES]; /* (n_cells) cells that a match holds */
};

static const char *const letter[FRAY_REP_SIDES] = {"A", "B"};

static enum fray_status remark(struct job *j, const char *text, struct fray_err *err) {
  size_t ignored;
  FRAY_CHECK(text, err, MEMORY, "out of memory");
  return fray_rep_intern(&j->c->remarks, text, j->c->arena, &ignored, err); /* so once each */
}

/* Text, "a, b, c", end. NULL: out of memory, or no text. */
static const char *list_of(struct fray_arena *arena, const char *text,
                           const struct fray_rep_names *names, const char *end) {
  for (size_t i = 0; i < names->n && text; i++)
    text = fray_arena_printf(arena, "%s%s%s", text, i ? ", " : "", names->v[i]);
  return text ? fray_arena_printf(arena, "%s%s", text, end) : NULL;
}

/* ---- what must be the same ---- */

static enum fray_status common_seeds(struct job *j, struct fray_rep_names *out, bool *all,
                                     struct fray_err *err) {
  const struct fray_rep_names *a = &j->c->r[FRAY_REP_A].seeds, *b = &j->c->r[FRAY_REP_B].seeds;
  size_t ignored;
  *out = (struct fray_rep_names){0};
  for (size_t i = 0; i < a->n; i++)
    if (fray_rep_name_find(b, a->v[i]) < b->n) {
      const char *copy = fray_arena_strdup(j->c->arena, a->v[i]); /* A is read again */
      FRAY_CHECK(copy, err, MEMORY, "out of memory");
      FRAY_TRY(fray_rep_intern(out, copy, j->c->arena, &ignored, err));
    }
  *all = out->n == a->n && out->n == b->n;
  FRAY_CHECK(out->n > 0, err, INPUT, "%s and %s have no seed in common, so nothing can be paired",
             j->folder[FRAY_REP_A], j->folder[FRAY_REP_B]);
  return FRAY_OK;
}

/* Seeds are paired; those that one side lacks are left out of both. */
static enum fray_status read_both(struct job *j, struct fray_err *err) {
  struct fray_rep_comparison *c = j->c;
  struct fray_rep_names seeds;
  bool all = false;
  for (size_t side = 0; side < FRAY_REP_SIDES; side++)
    FRAY_TRY(fray_rep_study_read(j->folder[side], NULL, c->arena, &c->r[side], err));
  FRAY_TRY(common_seeds(j, &seeds, &all, err));
  if (all)
    return FRAY_OK;
  for (size_t side = 0; side < FRAY_REP_SIDES; side++) {
    fray_rep_study_free(&c->r[side]); /* before the second read, which holds as much */
    c->r[side] = (struct fray_rep_results){0};
    FRAY_TRY(fray_rep_study_read(j->folder[side], &seeds, c->arena, &c->r[side], err));
  }
  return remark(j, list_of(c->arena, "Only the seeds that both have are compared: ", &seeds, "."),
                err);
}

/* What was made with --environment mixed says so wherever its numbers are shown. */
static enum fray_status remark_mixed(struct job *j, struct fray_err *err) {
  for (size_t side = 0; side < FRAY_REP_SIDES; side++) {
    size_t n = fray_rep_n_mixed(&j->c->r[side]);
    bool again = side == FRAY_REP_B && strcmp(j->folder[FRAY_REP_A], j->folder[FRAY_REP_B]) == 0;
    if (n && !again)
      FRAY_TRY(
          remark(j,
                 fray_arena_printf(j->c->arena,
                                   "%s was made in %zu numeric environments "
                                   "(--environment mixed): a difference may be one between them.",
                                   j->folder[side], n),
                 err));
  }
  return FRAY_OK;
}

static enum fray_status check_data(struct job *j, struct fray_err *err) {
  const struct fray_rep_results *r = j->c->r;
  const char *hash[FRAY_REP_SIDES] = {NULL};
  bool known;
  /* Data of other classes are other data as well, and this says more than a hash. */
  FRAY_TRY(fray_provenance_same_classes(r[FRAY_REP_A].provenance, j->folder[FRAY_REP_A],
                                        r[FRAY_REP_B].provenance, j->folder[FRAY_REP_B], &known,
                                        err));
  for (size_t side = 0; side < FRAY_REP_SIDES; side++)
    hash[side] = fray_json_text(fray_json_get(j->c->r[side].provenance, "data_index_hash"));
  if (!hash[FRAY_REP_A] || !hash[FRAY_REP_B])
    return remark(
        j, "Whether both used the same data is not known: provenance.json does not say it.", err);
  FRAY_CHECK(strcmp(hash[FRAY_REP_A], hash[FRAY_REP_B]) == 0, err, INPUT,
             "%s and %s were run on different data (index hash %.20s and %.20s in provenance.json)",
             j->folder[FRAY_REP_A], j->folder[FRAY_REP_B], hash[FRAY_REP_A], hash[FRAY_REP_B]);
  return FRAY_OK;
}

/* The draws of both take the same people only if both have the same people. */
static enum fray_status check_clients(struct job *j, struct fray_err *err) {
  const struct fray_rep_clients *of[FRAY_REP_SIDES] = {NULL};
  for (size_t side = 0; side < FRAY_REP_SIDES; side++)
    FRAY_TRY(
        fray_rep_file_clients(fray_rep_store_file(&j->c->r[side]), FRAY_REP_TEST, &of[side], err));
  const struct fray_rep_clients *a = of[FRAY_REP_A], *b = of[FRAY_REP_B];
  if (a->n == 0 || b->n == 0)
    return remark(
        j,
        fray_arena_printf(j->c->arena,
                          "%s holds no predictions by test client, so the intervals speak "
                          "of new seeds only.",
                          j->folder[a->n == 0 ? FRAY_REP_A : FRAY_REP_B]),
        err);
  bool same = a->n == b->n;
  for (size_t i = 0; i < a->n && same; i++)
    same = strcmp(a->name[i], b->name[i]) == 0;
  FRAY_CHECK(same, err, INPUT, "%s and %s have different test clients", j->folder[FRAY_REP_A],
             j->folder[FRAY_REP_B]);
  return FRAY_OK;
}

static enum fray_status choose_metric(struct job *j, struct fray_err *err) {
  struct fray_rep_comparison *c = j->c;
  const struct fray_rep_names *a = &c->r[FRAY_REP_A].metrics;
  const char *name = j->o->metric ? j->o->metric : a->v[c->r[FRAY_REP_A].main_metric];
  for (size_t side = 0; side < FRAY_REP_SIDES; side++) {
    const struct fray_rep_names *metrics = &c->r[side].metrics;
    c->metric[side] = fray_rep_name_find(metrics, name); /* each side has numbers of its own */
    char list[512];
    FRAY_CHECK(c->metric[side] < metrics->n, err, INPUT, "%s holds no scores of '%s'; %s",
               j->folder[side], name,
               fray_there_are(name, metrics->v, metrics->n, list, sizeof list));
  }
  c->metric_name = name;
  c->percent = fray_rep_is_percent(&c->r[FRAY_REP_A], c->metric[FRAY_REP_A]) &&
               fray_rep_is_percent(&c->r[FRAY_REP_B], c->metric[FRAY_REP_B]);
  c->higher_is_better = fray_rep_higher_is_better(name);
  return FRAY_OK;
}

/* ---- cells ---- */

static bool same_value(const char *a, const char *b) {
  double x, y;
  if (fray_rep_parse_real(a, &x) && fray_rep_parse_real(b, &y))
    return x == y; /* 0.10 and 0.1 are one value */
  return strcmp(a, b) == 0;
}

static size_t find_key(const struct fray_rep_results *r, const char *key, size_t length) {
  size_t k = 0;
  while (k < r->n_keys && !(strlen(r->key[k]) == length && memcmp(r->key[k], key, length) == 0))
    k++;
  return k;
}

/* "KEY=VALUE" must name a swept key and a value of it. */
static enum fray_status check_only(const struct job *j, size_t side, const char *text,
                                   struct fray_err *err) {
  const struct fray_rep_results *r = &j->c->r[side];
  const char *equal = strchr(text, '=');
  const char who = side == FRAY_REP_A ? 'a' : 'b';
  FRAY_CHECK(equal && equal > text, err, INPUT, "--%c %s: KEY=VALUE is expected", who, text);
  size_t k = find_key(r, text, (size_t)(equal - text));
  const bool is_fold = r->folds && strncmp(r->pooling.key, text, (size_t)(equal - text)) == 0;
  FRAY_CHECK(k < r->n_keys, err, INPUT, "--%c %s: %s sweeps no such key%s", who, text, r->folder,
             is_fold ? "; its folds are compared together, as one study" : "");
  for (size_t c = 0; c < r->n_cells; c++)
    if (same_value(r->cell[c]->value[k], equal + 1))
      return FRAY_OK;
  return fray_fail(err, FRAY_INPUT, "--%c %s: no cell of %s has this value", who, text, r->folder);
}

static bool is_selected(const struct job *j, size_t side, size_t cell) {
  const struct fray_rep_results *r = &j->c->r[side];
  for (size_t i = 0; i < j->n_only[side]; i++) {
    const char *equal = strchr(j->only[side][i], '='); /* there is one: see check_only */
    size_t k = find_key(r, j->only[side][i], (size_t)(equal - j->only[side][i]));
    if (!same_value(r->cell[cell]->value[k], equal + 1))
      return false;
  }
  return true;
}

/* A key that a selection fixed on either side is not compared. */
static bool is_fixed(const struct job *j, const char *key) {
  for (size_t side = 0; side < FRAY_REP_SIDES; side++)
    for (size_t i = 0; i < j->n_only[side]; i++) {
      size_t n = strcspn(j->only[side][i], "=");
      if (strlen(key) == n && memcmp(key, j->only[side][i], n) == 0)
        return true;
    }
  return false;
}

static bool is_match(const struct job *j, size_t a, size_t b) {
  const struct fray_rep_results *ra = &j->c->r[FRAY_REP_A], *rb = &j->c->r[FRAY_REP_B];
  for (size_t k = 0; k < ra->n_keys; k++) {
    size_t other = find_key(rb, ra->key[k], strlen(ra->key[k]));
    if (other < rb->n_keys && !is_fixed(j, ra->key[k]) &&
        !same_value(ra->cell[a]->value[k], rb->cell[b]->value[other]))
      return false;
  }
  return true;
}

/* How many cells of the other side match this one. */
static size_t count_partners(const struct job *j, size_t side, size_t cell) {
  size_t other = FRAY_REP_SIDES - 1 - side, n = 0;
  for (size_t c = 0; c < j->c->r[other].n_cells; c++)
    n += is_selected(j, other, c) &&
         (side == FRAY_REP_A ? is_match(j, cell, c) : is_match(j, c, cell));
  return n;
}

static bool varies(const struct fray_rep_results *r, size_t key) {
  for (size_t c = 1; c < r->n_cells; c++)
    if (strcmp(r->cell[c]->value[key], r->cell[0]->value[key]) != 0)
      return true;
  return false;
}

static const char *add_word(struct job *j, const char *t, const char *mark, const char *word) {
  return word ? fray_arena_printf(j->c->arena, "%s%s%s%s", t, *t ? ", " : "", mark, word) : NULL;
}

/* Adds the values of the keys that both have, or of those that one side has alone. */
static enum fray_status name_side(struct job *j, size_t side, bool common, struct fray_rep_match *m,
                                  struct fray_err *err) {
  const struct fray_rep_results *r = &j->c->r[side], *o = &j->c->r[FRAY_REP_SIDES - 1 - side];
  const char *before = common ? "" : side == FRAY_REP_A ? "A: " : "B: ";
  for (size_t k = 0; k < r->n_keys; k++) {
    bool both = find_key(o, r->key[k], strlen(r->key[k])) < o->n_keys && !is_fixed(j, r->key[k]);
    if (both != common || (!both && !varies(r, k))) /* what does not vary tells nothing */
      continue;
    const char *key = r->key[k], *value = r->cell[m->cell[side]]->value[k];
    double number;
    const char *word = value;
    if (fray_rep_parse_real(value, &number)) /* a bare number needs its key */
      word = fray_arena_printf(j->c->arena, "%s %s", key, value);
    m->name = add_word(j, m->name, before, word && !*word ? "(empty)" : word);
    m->title = add_word(j, m->title, before, fray_rep_value_label(r, key, value));
    FRAY_CHECK(m->name && m->title, err, MEMORY, "out of memory");
  }
  return FRAY_OK;
}

static enum fray_status name_match(struct job *j, struct fray_rep_match *m, struct fray_err *err) {
  m->name = m->title = ""; /* and stays so where neither side sweeps a key */
  FRAY_TRY(name_side(j, FRAY_REP_A, true, m, err));
  FRAY_TRY(name_side(j, FRAY_REP_A, false, m, err));
  return name_side(j, FRAY_REP_B, false, m, err);
}

static enum fray_status tell_unmatched(struct job *j, struct fray_err *err) {
  for (size_t side = 0; side < FRAY_REP_SIDES; side++) {
    size_t n = 0;
    for (size_t c = 0; c < j->c->r[side].n_cells; c++)
      n += is_selected(j, side, c) && !j->used[side][c]; /* what --a left out was meant to be */
    if (n)
      FRAY_TRY(remark(j,
                      fray_arena_printf(j->c->arena,
                                        "%zu cell%s of %s ha%s no single counterpart in %s and %s "
                                        "left out.",
                                        n, n == 1 ? "" : "s", letter[side], n == 1 ? "s" : "ve",
                                        letter[FRAY_REP_SIDES - 1 - side], n == 1 ? "is" : "are"),
                      err));
  }
  return FRAY_OK;
}

static enum fray_status no_match(const struct job *j, struct fray_err *err) {
  const struct fray_rep_results *a = &j->c->r[FRAY_REP_A], *b = &j->c->r[FRAY_REP_B];
  struct fray_rep_names common = {0};
  size_t ignored;
  for (size_t k = 0; k < a->n_keys; k++)
    if (find_key(b, a->key[k], strlen(a->key[k])) < b->n_keys && !is_fixed(j, a->key[k]))
      FRAY_TRY(fray_rep_intern(&common, a->key[k], j->c->arena, &ignored, err));
  FRAY_CHECK(common.n, err, INPUT,
             "%s and %s sweep no common key, so no cell matches another; --a and --b choose cells",
             j->folder[FRAY_REP_A], j->folder[FRAY_REP_B]);
  const char *list = list_of(j->c->arena, "", &common, "");
  FRAY_CHECK(list, err, MEMORY, "out of memory");
  return fray_fail(err, FRAY_INPUT,
                   "no cell of %s equals one of %s in the swept keys that both have (%.200s); --a "
                   "and --b choose cells",
                   j->folder[FRAY_REP_A], j->folder[FRAY_REP_B], list);
}

static enum fray_status match_cells(struct job *j, struct fray_err *err) {
  struct fray_rep_comparison *c = j->c;
  size_t n_a = c->r[FRAY_REP_A].n_cells, n_b = c->r[FRAY_REP_B].n_cells;
  for (size_t side = 0; side < FRAY_REP_SIDES; side++) {
    for (size_t i = 0; i < j->n_only[side]; i++)
      FRAY_TRY(check_only(j, side, j->only[side][i], err));
    FRAY_ALLOC_ZERO(j->used[side], c->arena, c->r[side].n_cells + 1, err);
  }
  FRAY_ALLOC(c->match, c->arena, n_a * n_b, err); /* the most that there can be */
  for (size_t a = 0; a < n_a; a++)
    for (size_t b = 0; b < n_b; b++) {
      if (!is_selected(j, FRAY_REP_A, a) || !is_selected(j, FRAY_REP_B, b) || !is_match(j, a, b))
        continue;
      if (count_partners(j, FRAY_REP_A, a) > 1 && count_partners(j, FRAY_REP_B, b) > 1)
        continue; /* many to many: no one of the pairs is meant */
      struct fray_rep_match *m = &c->match[c->n_matches++];
      *m = (struct fray_rep_match){.cell = {a, b}};
      j->used[FRAY_REP_A][a] = j->used[FRAY_REP_B][b] = true;
      FRAY_TRY(name_match(j, m, err));
    }
  if (c->n_matches == 0)
    return no_match(j, err);
  return tell_unmatched(j, err);
}

/* ---- conditions and differences ---- */

static struct fray_rep_address address(const struct job *j, size_t side, size_t cell,
                                       const char *condition, double severity) {
  const struct fray_rep_results *r = &j->c->r[side];
  return (struct fray_rep_address){.cell = cell,
                                   .condition = fray_rep_name_find(&r->conditions, condition),
                                   .severity = severity,
                                   .samples = FRAY_REP_TEST,
                                   .group = FRAY_REP_ALL,
                                   .metric = j->c->metric[side]};
}

static bool holds(const struct job *j, size_t side, const struct fray_rep_address *at) {
  const struct fray_rep_results *r = &j->c->r[side];
  if (at->condition == r->conditions.n) /* this side does not know the name */
    return false;
  for (size_t t = 0; t < r->n_trials; t++) /* one seed is enough; the rest is NaN */
    if (r->trial[t].cell == at->cell && fray_rep_score_at(r, t, at))
      return true;
  return false;
}

/* Whether the better of both is told from chance. */
static enum fray_status judge_ahead(struct job *j, struct fray_rep_line *line,
                                    struct fray_err *err) {
  bool b_ahead = (line->difference.value > 0) == j->c->higher_is_better;
  size_t side = b_ahead ? FRAY_REP_B : FRAY_REP_A;
  enum fray_rep_learnt learnt;
  struct fray_rep_address at =
      address(j, side, j->c->match[line->match].cell[side], line->condition, line->severity);
  if (!(line->p < 0.05)) /* nothing is claimed anyway */
    return FRAY_OK;
  FRAY_TRY(fray_rep_learnt_at(&j->c->r[side], &at, &learnt, err));
  line->at_chance = learnt == FRAY_REP_AT_CHANCE;
  return FRAY_OK;
}

static enum fray_status add_line(struct job *j, size_t match, const char *condition,
                                 double severity, struct fray_err *err) {
  struct fray_rep_comparison *c = j->c;
  struct fray_rep_line *line = &c->line[c->n_lines]; /* in vain unless n_lines grows */
  const struct fray_rep_quantity *q[FRAY_REP_SIDES] = {NULL};
  *line = (struct fray_rep_line){.match = match, .condition = condition, .severity = severity};
  for (size_t side = 0; side < FRAY_REP_SIDES; side++) {
    struct fray_rep_address at = address(j, side, c->match[match].cell[side], condition, severity);
    FRAY_TRY(fray_rep_find_quantity(&c->r[side], &at, &q[side], err));
    line->value[side] = q[side]->value;
  }
  /* Unequal counts prove that the samples are not the same. */
  if (q[FRAY_REP_A]->n_samples != q[FRAY_REP_B]->n_samples ||
      q[FRAY_REP_A]->n_clusters != q[FRAY_REP_B]->n_clusters)
    return remark(j, "Where A and B were tested on different samples they are not compared.", err);
  FRAY_TRY(fray_rep_less(&c->r[FRAY_REP_B], q[FRAY_REP_B], &c->r[FRAY_REP_A], q[FRAY_REP_A],
                         c->arena, &line->difference, err));
  line->interval = fray_rep_interval(&c->r[FRAY_REP_A], &line->difference);
  line->p = fray_rep_p_value(&line->difference, &line->interval);
  line->status = line->interval.status;
  if (isnan(line->difference.value))
    line->status = isnan(q[FRAY_REP_A]->value) ? q[FRAY_REP_A]->status : q[FRAY_REP_B]->status;
  c->n_lines++;
  return judge_ahead(j, line, err);
}

/* Scores of trials that diverged are those of the constant predictor. */
static enum fray_status tell_diverged(struct job *j, struct fray_err *err) {
  for (size_t side = 0; side < FRAY_REP_SIDES; side++) {
    const struct fray_rep_results *r = &j->c->r[side];
    size_t n = 0, all = 0;
    for (size_t t = 0; t < r->n_trials; t++)
      if (j->used[side][r->trial[t].cell]) { /* those left out count for nothing */
        all += FRAY_MAX(r->trial[t].n_parts, (size_t)1);
        n += r->trial[t].n_diverged;
      }
    if (n)
      FRAY_TRY(remark(j,
                      fray_arena_printf(j->c->arena,
                                        "%zu of the %zu trainings of %s diverged; they count as "
                                        "the constant predictor, where that has a value.",
                                        n, all, letter[side]),
                      err));
  }
  return FRAY_OK;
}

/* "clean", "lost 0.3": as a remark names it. */
static const char *condition_text(struct job *j, const char *condition, double severity) {
  char number[32];
  if (isnan(severity))
    return condition;
  fray_format_double(severity, number);
  return fray_arena_printf(j->c->arena, "%s %s", condition, number);
}

struct point {
  const char *condition;
  double severity;
};

/* What one cell of a side was scored under, in file order. */
static size_t collect(const struct job *j, size_t side, size_t cell, struct point *out) {
  const struct fray_rep_results *r = &j->c->r[side];
  size_t n = 0, n_scores;
  for (size_t c = 0; c < r->conditions.n; c++) {
    const struct fray_rep_score *s =
        fray_rep_scores(r, false, c, FRAY_REP_ALL, j->c->metric[side], &n_scores);
    size_t first = n; /* strengths repeat within a condition only */
    for (size_t i = 0; i < n_scores; i++) {
      bool known = r->trial[s[i].trial].cell != cell; /* others are none of ours */
      for (size_t k = first; k < n && !known; k++)
        known = out[k].severity == s[i].severity || isnan(s[i].severity);
      if (!known)
        out[n++] = (struct point){r->conditions.v[c], s[i].severity};
    }
  }
  return n;
}

static enum fray_status compare_cells(struct job *j, size_t match, struct point *scratch,
                                      struct fray_err *err) {
  for (size_t side = 0; side < FRAY_REP_SIDES; side++) {
    size_t other = FRAY_REP_SIDES - 1 - side, ignored;
    size_t n = collect(j, side, j->c->match[match].cell[side], scratch);
    for (size_t i = 0; i < n; i++) {
      struct fray_rep_address at = address(j, other, j->c->match[match].cell[other],
                                           scratch[i].condition, scratch[i].severity);
      if (holds(j, other, &at)) {
        if (side == FRAY_REP_A) /* else each line would come twice */
          FRAY_TRY(add_line(j, match, scratch[i].condition, scratch[i].severity, err));
        continue;
      }
      const char *text = condition_text(j, scratch[i].condition, scratch[i].severity);
      FRAY_CHECK(text, err, MEMORY, "out of memory");
      FRAY_TRY(fray_rep_intern(&j->c->alone[side], text, j->c->arena, &ignored, err));
    }
  }
  return FRAY_OK;
}

/* Says how many lines are silent because of chance. */
static enum fray_status tell_at_chance(struct job *j, struct fray_err *err) {
  size_t n = 0;
  for (size_t i = 0; i < j->c->n_lines; i++)
    n += j->c->line[i].at_chance && j->c->line[i].p_holm < 0.05;
  if (n == 0)
    return FRAY_OK;
  return remark(j,
                fray_arena_printf(j->c->arena,
                                  "In %zu line%s whoever is ahead is not told from chance, so that "
                                  "no verdict is given.",
                                  n, n == 1 ? "" : "s"),
                err);
}

static bool same_scores(const struct fray_rep_comparison *c, const struct fray_rep_line *x,
                        const struct fray_rep_line *y) {
  for (size_t side = 0; side < FRAY_REP_SIDES; side++)
    if (!(x->value[side] == y->value[side])) /* NaN repeats nothing */
      return false;
  for (size_t i = 0; i < c->r[FRAY_REP_A].seeds.n; i++) {
    double u = x->difference.by_seed[i], v = y->difference.by_seed[i];
    /* Bit for bit: the same score read twice, not two that happen to be near. */
    if (!(u == v || (isnan(u) && isnan(v))))
      return false;
  }
  return true;
}

/* A test condition without strength repeats the undamaged score. Counted again, it would only widen
 * the family that the p-values are corrected over. */
static void drop_repeats(struct fray_rep_comparison *c) {
  size_t kept = 0;
  for (size_t i = 0; i < c->n_lines; i++) {
    const struct fray_rep_results *r = &c->r[FRAY_REP_A];
    const size_t condition = fray_rep_name_find(&r->conditions, c->line[i].condition);
    bool repeats = false;
    bool is_clean = condition < r->conditions.n &&
                    fray_strength_is_none(r->of_condition[condition], c->line[i].severity);
    for (size_t k = 0; k < c->n_lines && is_clean && !repeats; k++)
      repeats = c->line[k].match == c->line[i].match && isnan(c->line[k].severity) &&
                same_scores(c, &c->line[k], &c->line[i]);
    c->line[i].is_repeat = repeats;
  }
  for (size_t i = 0; i < c->n_lines; i++)
    if (!c->line[i].is_repeat)
      c->line[kept++] = c->line[i];
  c->n_lines = kept;
}

static enum fray_status compare_all(struct job *j, struct fray_err *err) {
  struct fray_rep_comparison *c = j->c;
  size_t most = FRAY_MAX(c->r[FRAY_REP_A].n_scores, c->r[FRAY_REP_B].n_scores);
  size_t n_lines = 0;
  struct point *scratch;
  double *p;
  FRAY_ALLOC(scratch, c->arena, most, err); /* a point needs a score */
  for (size_t m = 0; m < c->n_matches; m++)
    n_lines += collect(j, FRAY_REP_A, c->match[m].cell[FRAY_REP_A], scratch);
  FRAY_ALLOC(c->line, c->arena, n_lines + 1, err); /* add_line looks at no bound */
  for (size_t m = 0; m < c->n_matches; m++)
    FRAY_TRY(compare_cells(j, m, scratch, err));
  for (size_t side = 0; side < FRAY_REP_SIDES; side++)
    if (c->alone[side].n) {
      const char *text = fray_arena_printf(c->arena, "Conditions that only %s has: ", letter[side]);
      FRAY_TRY(remark(j, list_of(c->arena, text, &j->c->alone[side], "."), err));
    }
  FRAY_CHECK(c->n_lines > 0, err, INPUT,
             "%s and %s have no test condition in common that was scored on the same samples",
             j->folder[FRAY_REP_A], j->folder[FRAY_REP_B]);
  drop_repeats(c); /* before the family is counted */
  FRAY_ALLOC(p, c->arena, c->n_lines, err);
  for (size_t i = 0; i < c->n_lines; i++)
    p[i] = c->line[i].p;
  /* Over all lines at once: a reader looks for the smallest p among all of them. */
  FRAY_TRY(fray_holm(p, c->n_lines, p, err));
  for (size_t i = 0; i < c->n_lines; i++)
    c->line[i].p_holm = p[i];
  FRAY_TRY(fray_rep_compare_groups(c, err));
  if (j->o->fail_on_worse)
    FRAY_TRY(fray_rep_check_gate(c, err));
  return tell_at_chance(j, err);
}

enum fray_status fray_rep_compare_studies(const struct fray_compare_options *options,
                                          struct fray_arena *arena, struct fray_rep_comparison *out,
                                          struct fray_err *err) {
  *out = (struct fray_rep_comparison){.arena = arena};
  struct job j = {.c = out,
                  .o = options,
                  .folder = {options->a, options->b},
                  .only = {options->only_a, options->only_b},
                  .n_only = {options->n_only_a, options->n_only_b}};
  FRAY_TRY(read_both(&j, err));
  FRAY_TRY(remark_mixed(&j, err));
  FRAY_TRY(check_data(&j, err)); /* before any number is made */
  FRAY_TRY(choose_metric(&j, err));
  FRAY_TRY(match_cells(&j, err)); /* tell_diverged reads what this used */
  FRAY_TRY(check_clients(&j, err));
  FRAY_TRY(tell_diverged(&j, err));
  return compare_all(&j, err);
}

void fray_rep_comparison_free(struct fray_rep_comparison *c) {
  for (size_t side = 0; side < FRAY_REP_SIDES; side++)
    fray_rep_study_free(&c->r[side]); /* the rest lies in the arena */
}
