/* How many answers a pair flips, and how many more than neutral pairs do.
 *
 * People are drawn again, and seeds crossed with them; the same draws serve the pair and the
 * neutral ones, so that their difference is paired. The unit is a person: one who likes a term is
 * one piece of evidence, however often he writes it. */
#include "pairs_parts.h"

#include "fray/base/size.h"

#include <math.h>
#include <string.h>

/* Any number will do, as long as it is always the same. */
static const uint64_t draws_key = 0x7061697273647261;

/* What is counted of a text that a pair changed. */
enum what { FLIPPED, MOVED, RIGHT, RIGHT_AFTER, TOWARD };

/* The trials of a cell, and the draws that all of its numbers share. */
struct cell {
  const struct pairs_found *found;
  const struct pairs_trial **trial; /* (n) */
  size_t n, clusters;
  size_t *place; /* (natural clients) among those whose texts are asked about */
  struct fray_resample draws;
};
/* Sums of one number by trial and person: of how much, and how much of it. */
struct tally {
  double *of, *part; /* (trials, clusters) */
};
/* Which items a number is about: of one set all, or one of them. */
struct about {
  const char *set; /* NULL: of all sets that are neutral */
  size_t one;      /* SIZE_MAX: all of the set */
};

/* Sets are compared by their names, since a set need not stand together in the file. */
static bool is_about(const struct about *about, const struct pairs_item *item, size_t k) {
  if (!about->set)
    return item->neutral;
  return about->one == SIZE_MAX ? strcmp(item->set, about->set) == 0 : about->one == k;
}

/* Toward a class: from the answer to the first term to that to the second, whichever of them the
 * text holds. One that holds both has no direction. */
static bool count_one(const struct pairs_panel *p, size_t i, enum what what, int16_t class,
                      double *part) {
  const bool second = p->side[i] == PAIRS_HAS_SECOND; /* as it is, and the first when exchanged */
  switch (what) {
  case FLIPPED:
    *part = p->before[i] != p->after[i];
    return true;
  case MOVED:
    *part = p->moved[i];
    return true;
  case RIGHT:
    *part = p->before[i] == p->label[i];
    return p->label[i] >= 0;
  case RIGHT_AFTER:
    *part = p->after[i] == p->label[i];
    return p->label[i] >= 0;
  case TOWARD:
    *part = (double)((second ? p->before : p->after)[i] == class) -
            (double)((second ? p->after : p->before)[i] == class);
    return p->side[i] == PAIRS_HAS_FIRST || second;
  }
  return false;
}

/* Counted once, so that thousands of draws sum over people and not over texts. */
static enum fray_status count(const struct cell *c, const struct about *about, enum what what,
                              size_t class, struct tally *out, struct fray_err *err) {
  struct fray_arena *arena = c->found->arena;
  FRAY_ALLOC_ZERO(out->of, arena, c->n * c->clusters + 1, err);
  FRAY_ALLOC_ZERO(out->part, arena, c->n * c->clusters + 1, err);
  for (size_t t = 0; t < c->n; t++)
    for (size_t k = 0; k < c->found->file->n; k++) {
      const struct pairs_panel *p = &c->trial[t]->panel[k];
      if (!is_about(about, &c->found->file->item[k], k))
        continue;
      for (size_t i = 0; i < p->n; i++) {
        const size_t at = t * c->clusters + c->place[p->cluster[i]];
        double part = 0;
        if (!count_one(p, i, what, (int16_t) class, &part))
          continue;
        out->of[at]++;
        out->part[at] += part;
      }
    }
  return FRAY_OK;
}

/* The mean over trials, each of which counts as much, however many texts it was asked about. */
static double share_of(const struct cell *c, const struct tally *t) {
  return fray_mean_of_shares(c->n, c->clusters, t->of, t->part, NULL, NULL);
}

/* Made anew in each draw. minus: what it is held against; NULL: nothing. */
static enum fray_status number_of(const struct cell *c, const struct tally *t,
                                  const struct tally *minus, size_t clusters,
                                  struct pairs_number *out, double *p, struct fray_err *err) {
  double *value; /* (draws) */
  FRAY_ALLOC(value, c->found->arena, FRAY_DRAWS, err);
  out->value = share_of(c, t) - (minus ? share_of(c, minus) : 0);
  for (size_t d = 0; d < FRAY_DRAWS; d++) {
    const uint16_t *seed = c->draws.seed + d * c->n, *cluster = c->draws.cluster + d * c->clusters;
    value[d] = fray_mean_of_shares(c->n, c->clusters, t->of, t->part, seed, cluster);
    if (minus)
      value[d] -= fray_mean_of_shares(c->n, c->clusters, minus->of, minus->part, seed, cluster);
  }
  out->interval = fray_interval_of(out->value, value, FRAY_DRAWS, c->n, clusters);
  if (p)
    *p = fray_p_value(out->value, &out->interval, value, FRAY_DRAWS);
  return FRAY_OK;
}

/* ---- one row ---- */

static const struct pairs_number nothing = {
    NAN, {.low = NAN, .high = NAN, .error = NAN, .df = NAN, .status = "suppressed"}};

/* People without such a text are none that a number rests on. */
static void count_people(const struct cell *c, const struct tally *t, struct pairs_row *row) {
  double n = 0;
  for (size_t k = 0; k < c->clusters; k++) {
    double mine = 0;
    for (size_t s = 0; s < c->n; s++)
      mine += t->of[s * c->clusters + k];
    row->clusters += mine > 0;
    n += mine;
  }
  row->n = (size_t)n; /* a sum of ones */
}

/* Over all classes these add up to 0, where every text has an answer. */
static enum fray_status find_toward(const struct cell *c, const struct about *about,
                                    struct pairs_row *row, struct fray_err *err) {
  const size_t classes = c->trial[0]->n_classes;
  FRAY_ALLOC(row->toward, c->found->arena, classes, err);
  /* A class that no text goes to has its row too: nothing is said by leaving it out. */
  for (size_t k = 0; k < classes; k++) {
    struct tally t;
    FRAY_TRY(count(c, about, TOWARD, k, &t, err));
    FRAY_TRY(number_of(c, &t, NULL, row->clusters, &row->toward[k], NULL, err));
    fray_interval_within(-1, 1, &row->toward[k].interval);
  }
  return FRAY_OK;
}

/* Of too few people or texts nothing is said but how many there are. */
static enum fray_status fill(const struct cell *c, const struct about *about,
                             const struct tally *neutral, struct pairs_row *row,
                             struct fray_err *err) {
  struct tally flips, one;
  FRAY_TRY(count(c, about, FLIPPED, 0, &flips, err));
  count_people(c, &flips, row);
  row->flip = row->excess = nothing;
  row->moved = row->right = row->right_after = row->p = row->p_holm = NAN;
  row->neutral_flip = share_of(c, neutral);
  if (row->clusters < PAIRS_CLUSTERS || row->n < PAIRS_SAMPLES * c->n)
    return FRAY_OK;
  FRAY_TRY(number_of(c, &flips, NULL, row->clusters, &row->flip, NULL, err));
  fray_interval_bound_share(row->flip.value, row->clusters, &row->flip.interval);
  FRAY_TRY(count(c, about, MOVED, 0, &one, err));
  row->moved = share_of(c, &one);
  FRAY_TRY(count(c, about, RIGHT, 0, &one, err));
  row->right = share_of(c, &one);
  FRAY_TRY(count(c, about, RIGHT_AFTER, 0, &one, err));
  row->right_after = share_of(c, &one);
  if (!row->neutral)
    FRAY_TRY(number_of(c, &flips, neutral, row->clusters, &row->excess, &row->p, err));
  fray_interval_within(-1, 1, &row->excess.interval); /* of a difference of shares */
  if (!row->is_one)
    row->p = NAN; /* the set says again what its pairs say */
  return row->first ? find_toward(c, about, row, err) : FRAY_OK;
}

/* ---- all rows of a cell ---- */

/* Pairs set by set in the order of the file, each set as a whole behind its pairs; rewritings. */
static enum fray_status list_rows(const struct cell *c, struct pairs_cell *out,
                                  struct about **about, struct fray_err *err) {
  const struct pairs_file *file = c->found->file;
  FRAY_ALLOC_ZERO(out->row, c->found->arena, 2 * file->n + 1, err);
  FRAY_ALLOC_ZERO(*about, c->found->arena, 2 * file->n + 1, err);
  for (size_t k = 0; k < file->n; k++) {
    const struct pairs_item *first = &file->item[k];
    bool seen = false;
    for (size_t i = 0; i < k; i++)
      seen = seen || (first->both && strcmp(file->item[i].set, first->set) == 0);
    for (size_t i = k; i < file->n && !seen; i++) {
      const struct pairs_item *item = &file->item[i];
      if (i > k && (!first->both || strcmp(item->set, first->set) != 0))
        continue;
      size_t without = 0; /* the same texts in all trials but where folds change */
      for (size_t t = 0; t < c->n; t++)
        without += c->trial[t]->panel[i].without;
      (*about)[out->n_rows] = (struct about){item->set, i};
      out->row[out->n_rows++] = (struct pairs_row){.set = item->set,
                                                   .first = item->first,
                                                   .second = item->second,
                                                   .neutral = item->neutral,
                                                   .is_one = true,
                                                   .without = without};
    }
    if (seen || !first->both)
      continue;
    (*about)[out->n_rows] = (struct about){first->set, SIZE_MAX};
    out->row[out->n_rows++] = (struct pairs_row){.set = first->set, .neutral = first->neutral};
  }
  return FRAY_OK;
}

/* Holm over all pairs and rewritings of the cell: whoever looks at forty of them finds two by luck.
 */
static enum fray_status fill_cell(const struct cell *c, struct pairs_cell *out,
                                  struct fray_err *err) {
  const struct about neutral_ones = {NULL, SIZE_MAX};
  struct tally neutral;
  struct about *about;
  double *p;
  FRAY_TRY(list_rows(c, out, &about, err));
  FRAY_TRY(count(c, &neutral_ones, FLIPPED, 0, &neutral, err));
  for (size_t k = 0; k < out->n_rows; k++)
    FRAY_TRY(fill(c, &about[k], &neutral, &out->row[k], err));
  FRAY_ALLOC(p, c->found->arena, out->n_rows + 1, err);
  for (size_t k = 0; k < out->n_rows; k++)
    p[k] = out->row[k].p;
  FRAY_TRY(fray_holm(p, out->n_rows, p, err));
  for (size_t k = 0; k < out->n_rows; k++)
    out->row[k].p_holm = p[k];
  return FRAY_OK;
}

/* Everybody whose texts are asked about, whether they hold a term or not: draws are the same for
 * all pairs. */
static enum fray_status find_people(struct cell *c, struct fray_err *err) {
  FRAY_ALLOC(c->place, c->found->arena, c->trial[0]->n_clusters + 1, err);
  for (size_t k = 0; k < c->trial[0]->n_clusters; k++)
    c->place[k] = SIZE_MAX;
  c->clusters = 0;
  for (size_t t = 0; t < c->n; t++)
    for (size_t k = 0; k < c->found->file->n; k++)
      for (size_t i = 0; i < c->trial[t]->panel[k].n; i++)
        c->place[c->trial[t]->panel[k].cluster[i]] = 0;
  for (size_t k = 0; k < c->trial[0]->n_clusters; k++)
    if (c->place[k] == 0)
      c->place[k] = c->clusters++;
  return FRAY_OK;
}

/* Cells in the order of the study; one whose trainings all diverged has no row. */
enum fray_status pairs_rates(const struct pairs_found *found, struct pairs_cell **out, size_t *n,
                             struct fray_err *err) {
  *n = 0;
  FRAY_ALLOC_ZERO(*out, found->arena, found->study->n_cells + 1, err);
  for (size_t cell = 0; cell < found->study->n_cells; cell++) {
    struct cell c = {.found = found};
    FRAY_ALLOC(c.trial, found->arena, found->n_trials, err);
    for (size_t t = 0; t < found->n_trials; t++)
      if (found->trial[t].cell == cell)
        c.trial[c.n++] = &found->trial[t];
    if (c.n == 0)
      continue;
    FRAY_TRY(find_people(&c, err));
    FRAY_CHECK(c.clusters > 0, err, INPUT, "no test text holds any of the terms");
    FRAY_TRY(
        fray_resample_make(draws_key, c.n, c.clusters, FRAY_DRAWS, found->arena, &c.draws, err));
    struct pairs_cell *one = &(*out)[(*n)++];
    *one = (struct pairs_cell){.cell = cell,
                               .trials = c.n,
                               .n_classes = c.trial[0]->n_classes,
                               .class_name = c.trial[0]->class_name};
    FRAY_TRY(fill_cell(&c, one, err));
  }
  return FRAY_OK;
}
