/* Single test samples on the page: which, how they were damaged, what was said of them.
 *
 * They prove nothing: eight samples are no sample. They let a reader see and hear what the curves
 * are about, and whether the data are what the study takes them for. */
#include "samples.h"

#include "ladder.h"
#include "sample_card.h"

#include "report/words/markup.h"

#include "fray/base/size.h"
#include "fray/results/report_section.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Damages with cards; HTML of the values of a study, and how much of it may be ladders. */
enum { MOST_AXES = 6, MOST_BYTES = 12 << 20, LADDER_BYTES = 4 << 20 };

/* ---- one damage ---- */

/* Whose damage is shown: that of the first series, and of the first seed that hits the sample. */
struct showing {
  struct fray_rep_deck *deck;
  struct fray_rep_card *card; /* (deck->n) */
  struct fray_text *values;   /* (deck->n) */
  size_t *bytes;              /* of all values so far */
  struct fray_arena *arena;
};

/* The first seed is shown until one comes that hits; then that stays. Which seed it is has nothing
 * to do with what the models said under it. */
static enum fray_status look_at_seed(const struct showing *show, const char *seed,
                                     const struct fray_damage damage[2], struct fray_err *err) {
  const struct fray_rep_deck *deck = show->deck;
  for (size_t k = 0; k < deck->n; k++) {
    struct fray_rep_card *card = &show->card[k];
    const bool hit = fray_rep_is_hit(deck->redo, &damage[0], &damage[1], deck->sample[k]);
    const bool first = card->seeds++ == 0;
    card->hit += hit;
    if (!first && (!hit || card->hit > 1))
      continue;
    *show->bytes -= show->values[k].size; /* what was shown of a seed that did not hit */
    show->values[k].size = 0;
    card->seed = seed;
    if (*show->bytes < MOST_BYTES)
      FRAY_TRY(fray_rep_card_values(deck, k, damage, &show->values[k], err));
    *show->bytes += show->values[k].size;
  }
  return FRAY_OK;
}

/* Seeds of one series after another, each with its own memory: the damage of a large test set is
 * large. *why: NULL, or why the damage cannot be shown; answers can be, all the same. */
static enum fray_status show_damage(const struct showing *show, const char **why,
                                    struct fray_err *err) {
  const struct fray_rep_deck *deck = show->deck;
  const struct fray_rep_change *change = deck->change;
  enum fray_status status = FRAY_OK;
  *why = NULL;
  for (size_t p = 0; p < change->n && status == FRAY_OK && !*why; p++) {
    const struct fray_rep_twosome *pair = &change->pair[p];
    struct fray_arena work = {0};
    struct fray_damage damage[2];
    if (pair->series != change->pair[0].series)
      continue;
    for (int end = 0; end < 2 && status == FRAY_OK && !*why; end++)
      status = fray_rep_redo_damage(deck->redo, pair->trial[end], &pair->at[end], &work,
                                    &damage[end], why, err);
    if (status == FRAY_OK && !*why)
      status = look_at_seed(show, deck->redo->r->seeds.v[pair->seed], damage, err);
    fray_arena_free(&work);
  }
  return status;
}

/* Read once more for the few that are shown: kept for all samples they would not fit. */
static enum fray_status take_answers(struct fray_rep_results *r, struct fray_rep_deck *deck,
                                     struct fray_arena *arena, struct fray_err *err) {
  const struct fray_rep_change *change = deck->change;
  FRAY_ALLOC(deck->said, arena, 2 * change->n * deck->n + 1, err);
  for (size_t p = 0; p < change->n; p++)
    for (int end = 0; end < 2; end++) {
      /* Probabilities of all samples lie in the arena on the way; those asked for are copied. */
      FRAY_TRY(fray_rep_said_of(r, &change->pair[p], end, change->by_score, deck->redo->set,
                                deck->sample, deck->n, arena,
                                deck->said + (2 * p + (size_t)end) * deck->n, err));
    }
  return FRAY_OK;
}

/* Cards of a group; their values were made before, as they come seed by seed. */
static enum fray_status put_cards(const struct showing *show, size_t first, size_t end,
                                  const char *what, struct fray_text *out, struct fray_err *err) {
  if (first == end)
    return FRAY_OK;
  fray_text_printf(out, "<p class=\"lead\">%s</p>\n<div class=\"samples\">\n", what);
  for (size_t k = first; k < end; k++) {
    show->card[k].place = k;
    show->card[k].values = show->values[k].size ? show->values[k].data : NULL;
    FRAY_TRY(fray_rep_put_card(show->deck, &show->card[k], out, err));
  }
  fray_text_puts(out, "</div>\n");
  return FRAY_OK;
}

/* What differs between the models of one damage must be said where one of them stands for all. */
static void put_whose(const struct fray_rep_deck *deck, const char *why, struct fray_text *out) {
  const struct fray_rep_change *change = deck->change;
  bool same = true;
  for (size_t p = 0; p < change->n; p++)
    same =
        same && fray_rep_same_entries(deck->redo, &change->pair[0].at[1], &change->pair[p].at[1]);
  if (why) {
    fray_text_puts(out, "<p>The data are not shown: ");
    fray_rep_html(out, why);
    fray_text_puts(out, ".</p>\n");
  } else if (!same) {
    fray_text_puts(out,
                   "<p>Damage differs between these models; that of the first is shown.</p>\n");
  }
  if (change->n_other)
    fray_text_printf(out, "<p>%zu training%s with other test samples left out.</p>\n",
                     change->n_other, change->n_other == 1 ? " is" : "s are");
}

/* Folded: a page of numbers opens as one, and nobody sees a stranger's data without asking for it.
 */
static enum fray_status put_deck(const struct showing *show, size_t n_largest,
                                 struct fray_text *out, struct fray_err *err) {
  const struct fray_rep_deck *deck = show->deck;
  const char *why;
  FRAY_TRY(show_damage(show, &why, err));
  fray_text_puts(out, "<details class=\"damage\"><summary>");
  fray_rep_html(out, deck->axis->title);
  fray_text_puts(out, "</summary>\n");
  put_whose(deck, why, out);
  if (n_largest == 0)
    fray_text_puts(out, "<p>No sample changed.</p>\n");
  FRAY_TRY(put_cards(show, 0, n_largest, "Largest change", out, err));
  FRAY_TRY(put_cards(show, n_largest, deck->n, "Drawn at random", out, err));
  fray_text_puts(out, "</details>\n");
  return FRAY_OK;
}

/* The texts of the values are freed here, whatever became of the cards. */
static enum fray_status show_deck(struct fray_rep_results *r, struct fray_rep_deck *deck,
                                  size_t n_largest, size_t *bytes, struct fray_arena *arena,
                                  struct fray_text *out, struct fray_err *err) {
  struct showing show = {.deck = deck, .bytes = bytes, .arena = arena};
  FRAY_TRY(take_answers(r, deck, arena, err));
  FRAY_ALLOC_ZERO(show.card, arena, deck->n + 1, err);
  FRAY_ALLOC_ZERO(show.values, arena, deck->n + 1, err);
  enum fray_status status = put_deck(&show, n_largest, out, err);
  for (size_t k = 0; k < deck->n; k++)
    fray_text_free(&show.values[k]);
  return status;
}

/* The random ones are drawn first: nothing that was said can have a say in them. */
static enum fray_status put_axis(struct fray_rep_redo *redo, struct fray_rep_results *r,
                                 const struct fray_rep_axis *axis, size_t most, size_t *bytes,
                                 struct fray_arena *arena, struct fray_text *out,
                                 struct fray_err *err) {
  struct fray_rep_change change;
  struct fray_rep_ends ends;
  uint32_t *random, *sample;
  FRAY_ALLOC(random, arena, most + 1, err);
  FRAY_ALLOC(sample, arena, 2 * most + 1, err);
  const size_t n_random = fray_rep_draw_samples(redo->set, most, random);
  FRAY_TRY(fray_rep_ends_of(r, axis, &ends, err));
  FRAY_TRY(fray_rep_change_along(r, axis, redo->set, arena, &change, err));
  if (change.n == 0)
    return FRAY_OK; /* no answers at both ends, as its tables and figures say */
  const size_t n = fray_rep_largest_changes(redo->set, change.change, most, sample);
  memcpy(sample + n, random, n_random * sizeof *sample);
  struct fray_rep_deck deck = {.redo = redo,
                               .axis = axis,
                               .change = &change,
                               .end = {ends.weak, ends.strong},
                               .n = n + n_random,
                               .sample = sample};
  return show_deck(r, &deck, n, bytes, arena, out, err);
}

/* ---- the part ---- */

/* The law of the choice in full, so that a reader can redo it; folded, as few will. */
static void put_rule(size_t most, struct fray_text *out) {
  fray_text_printf(
      out,
      "<p>Test samples as the models met them, and what was said of them: of each damage the %zu "
      "that changed most, and %zu drawn at random before any answer was looked at. <b>These are "
      "data of the test set:</b> whoever gets this page sees them; "
      "<code class=\"whole\">fray report --samples none</code> makes a page without.</p>\n"
      "<details><summary>How they are chosen</summary>\n<p>The change of a sample is how far the "
      "probability of its true class falls from the weak end of the damage to the strong one, as a "
      "mean over all models and seeds, each counting once; of a set of classes, that of each class "
      "being in it or not, as a mean. Where the probabilities of any of them were not kept, it is "
      "the share of models and seeds whose answer is another. The largest positive changes are "
      "shown. The random ones are the same for every damage: those whose names have the smallest "
      "random numbers (Philox, seed 0, <code>report/samples</code>), which also decide between "
      "equal changes. The one that is shown at each strength is the first of them that the "
      "strongest damage hits, in the first training.</p></details>\n",
      most, most);
}

/* Said, not left out: who looks for samples learns why there are none. */
static void put_none(const char *why, struct fray_text *out) {
  fray_text_puts(out, "<p>No test samples are shown: ");
  fray_rep_html(out, why);
  fray_text_puts(out, ".</p>\n");
}

/* Every axis has a ladder, since steps need no order; cards are of the two ends of those that have
 * one. */
struct damages {
  const struct fray_rep_axis *ordered;
  size_t n_ordered;
  struct fray_rep_axis *all;
  size_t n_all;
};

/* An arena for each damage: what is kept of one is of no use to the next. */
static enum fray_status put_cards_of_all(struct fray_rep_redo *redo, struct fray_rep_results *r,
                                         const struct damages *d, size_t most, size_t *bytes,
                                         struct fray_text *out, struct fray_err *err) {
  const size_t shown = FRAY_MIN(d->n_ordered, (size_t)MOST_AXES);
  for (size_t a = 0; a < shown; a++) {
    struct fray_arena arena = {0};
    enum fray_status status = put_axis(redo, r, &d->ordered[a], most, bytes, &arena, out, err);
    fray_arena_free(&arena);
    FRAY_TRY(status);
  }
  if (*bytes >= MOST_BYTES)
    fray_text_printf(out,
                     "<p>The data of further samples are left out, as there are %d MiB of them "
                     "here already.</p>\n",
                     MOST_BYTES >> 20);
  if (shown < d->n_ordered)
    fray_text_printf(out, "<p>Of %zu damages the first %zu are shown from end to end.</p>\n",
                     d->n_ordered, shown);
  return FRAY_OK;
}

/* The rule stands above what it is a rule of; a study of nothing but damage without an order and
 * without a ladder shows nothing. */
static enum fray_status put_axes(struct fray_rep_redo *redo, struct fray_rep_results *r,
                                 const struct damages *d, size_t most, struct fray_text *out,
                                 struct fray_err *err) {
  struct fray_text ladders = {0};
  size_t bytes = 0;
  const enum fray_status status =
      fray_rep_put_ladders(redo, r, d->all, d->n_all, LADDER_BYTES, &bytes, &ladders, err);
  if (status == FRAY_OK && (d->n_ordered > 0 || ladders.size > 0)) {
    put_rule(most, out);
    if (ladders.size > 0)
      fray_text_add(out, ladders.data, ladders.size);
  }
  fray_text_free(&ladders);
  FRAY_TRY(status);
  return put_cards_of_all(redo, r, d, most, &bytes, out, err);
}

/* From what costs least to what costs most: no data are opened for a study without names of
 * samples, nor for one that was asked to show none. */
enum fray_status fray_rep_put_samples(struct fray_rep_results *r, const struct fray_rep_axis *axes,
                                      size_t n_axes, size_t most, struct fray_text *out,
                                      struct fray_err *err) {
  struct damages damages = {.ordered = axes, .n_ordered = n_axes};
  struct fray_rep_test_set set;
  struct fray_rep_redo redo;
  const char *why;
  FRAY_TRY(fray_rep_axes(r, &damages.all, &damages.n_all, err));
  if (damages.n_all == 0)
    return FRAY_OK;
  if (most == 0) {
    put_none("the report was asked for none", out);
    return FRAY_OK;
  }
  FRAY_TRY(fray_rep_test_set_of(r, &set, err));
  if (strcmp(set.status, "ok") != 0) {
    put_none(set.status, out);
    return FRAY_OK;
  }
  enum fray_status status = fray_rep_redo_open(r, &set, &redo, &why, err);
  if (status == FRAY_OK && why)
    put_none(why, out);
  else if (status == FRAY_OK)
    status = put_axes(&redo, r, &damages, most, out, err);
  fray_rep_redo_close(&redo);
  return status;
}

/* A section that cannot be read may have meant none, so it shows none. */
size_t fray_rep_samples_wanted(const struct fray_rep_results *r, const char *option) {
  const struct fray_node *section = r->scenario ? fray_node_get(r->scenario, "report") : NULL;
  size_t n = 0;
  if (option)
    return fray_shown_samples(option, &n) ? n : 0;
  return fray_report_section_read(section, &n, NULL) == FRAY_OK ? n : 0;
}
