/* The card of a sample: who it is, its values at both ends of a damage, and the answers. Names of
 * samples, clients and classes are text from data and escaped one by one; nothing else of a card
 * is. */
#include "sample_card.h"

#include "sample_values.h"

#include "report/words/markup.h"
#include "report/words/names.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

static const char *modality_title(const struct fray_rep_deck *deck, size_t m) {
  const char *title = fray_rep_modality_title(deck->redo->r, deck->redo->data->modality[m].name);
  return title ? title : deck->redo->data->modality[m].name; /* memory is out: others say so */
}

/* For readers who do not see the picture or hear the sound: what, whose, and in which state. */
static enum fray_status describe(const struct fray_rep_deck *deck, size_t m, size_t i, int end,
                                 struct fray_text *what, struct fray_err *err) {
  what->size = 0;
  fray_text_printf(what, "%s of the sample %s, %s", modality_title(deck, m),
                   deck->redo->set->source[i], deck->end[end]);
  FRAY_CHECK(!what->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Whoever shares a scale or marks changes must know whether there is another value at all. */
static const struct fray_signal *there(const struct fray_rep_value *value) {
  return value->presence == FRAY_REP_THERE ? &value->x : NULL;
}

/* A value that both ends leave alike is shown once, so that a difference means a difference. */
static enum fray_status put_end(const struct fray_rep_deck *deck, size_t m, size_t i, int end,
                                const struct fray_rep_value value[2], struct fray_text *out,
                                struct fray_err *err) {
  const struct fray_rep_value *mine = &value[end], *other = &value[!end];
  struct fray_text what = {0};
  enum fray_status status = FRAY_OK;
  fray_text_puts(out, "<div>");
  if (mine->presence == FRAY_REP_LOST)
    fray_text_puts(out, "<p class=\"lost\">lost</p>");
  else if (mine->presence == FRAY_REP_ABSENT)
    fray_text_puts(out, "<p class=\"same\">the data have none</p>");
  else if (end == 1 && other->presence == FRAY_REP_THERE && other->key == mine->key)
    fray_text_puts(out, "<p class=\"same\">not hit: as on the left</p>");
  else if ((status = describe(deck, m, i, end, &what, err)) == FRAY_OK)
    status = fray_rep_put_value(out, &deck->redo->data->modality[m], &mine->x, there(other),
                                what.data, err);
  fray_text_free(&what);
  fray_text_puts(out, "</div>");
  return status;
}

/* Both values are in memory at a time, since they share a scale; the arena goes with them. */
static enum fray_status put_modality(const struct fray_rep_deck *deck, size_t m, size_t i,
                                     const struct fray_damage damage[2], struct fray_text *out,
                                     struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_rep_value value[2];
  enum fray_status status = FRAY_OK;
  for (int end = 0; end < 2 && status == FRAY_OK; end++)
    status = fray_rep_redo_value(deck->redo, m, i, &damage[end], &arena, &value[end], err);
  for (int end = 0; end < 2 && status == FRAY_OK; end++)
    status = put_end(deck, m, i, end, value, out, err);
  fray_arena_free(&arena);
  return status;
}

/* A grid: names of modalities, then the weak end, then the strong one, so that the eye goes across.
 * The columns are those of the table below. */
enum fray_status fray_rep_card_values(const struct fray_rep_deck *deck, size_t place,
                                      const struct fray_damage damage[2], struct fray_text *out,
                                      struct fray_err *err) {
  const struct fray_dataset *d = deck->redo->data;
  fray_text_puts(out, "<div class=\"values\"><p></p>");
  for (int end = 0; end < 2; end++) {
    fray_text_puts(out, "<p class=\"end\">");
    fray_rep_html(out, deck->end[end]);
    fray_text_puts(out, "</p>");
  }
  for (size_t m = 0; m < d->n_modalities; m++) {
    struct fray_err why = {0};
    struct fray_text both = {0};
    fray_text_puts(out, "\n<p class=\"modality\">");
    fray_rep_html(out, modality_title(deck, m));
    fray_text_puts(out, "</p>");
    /* Made apart: of a value that fails half way nothing may stay. */
    enum fray_status status = put_modality(deck, m, deck->sample[place], damage, &both, &why);
    /* A shard that fails costs one value of one page. */
    if (status == FRAY_OK) {
      fray_text_add(out, both.data, both.size);
    } else {
      fray_text_puts(out, "<p class=\"same two\">cannot be shown: ");
      fray_rep_html(out, why.text);
      fray_text_puts(out, "</p>");
    }
    out->failed |= both.failed || status == FRAY_MEMORY;
    fray_text_free(&both);
  }
  fray_text_puts(out, "</div>\n");
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* ---- answers ---- */

static void put_class(const struct fray_rep_deck *deck, size_t c, struct fray_text *out) {
  const char *title = fray_rep_class_title(deck->redo->r, deck->redo->data->class_name[c]);
  if (title)
    fray_rep_html(out, title);
  out->failed |= !title;
}

/* A set without classes is an answer as good as others. */
static void put_classes(const struct fray_rep_deck *deck, const uint8_t *set,
                        struct fray_text *out) {
  const struct fray_dataset *d = deck->redo->data;
  bool any = false;
  for (size_t c = 0; c < d->n_classes; c++)
    if (set[c] == 1) {
      fray_text_puts(out, any ? ", " : "");
      put_class(deck, c, out);
      any = true;
    }
  fray_text_puts(out, any ? "" : "no class");
}

/* Of what nobody labelled no answer is right. */
static bool is_right(const struct fray_rep_test_set *set, size_t i,
                     const struct fray_rep_said *said) {
  if (set->label[i] < 0)
    return false;
  return said->set ? memcmp(said->set, set->labels + i * set->n_classes, set->n_classes) == 0
                   : said->class == set->label[i];
}

/* As for the choice: a set is one answer. */
static bool same_said(const struct fray_rep_said *a, const struct fray_rep_said *b,
                      size_t classes) {
  return a->set ? memcmp(a->set, b->set, classes) == 0 : a->class == b->class;
}

/* Answers of the seeds of a series at one end. */
struct votes {
  const struct fray_rep_said *most; /* an answer that no other is given more often than */
  size_t n, of;
  double probability; /* mean; NaN: not kept */
};

/* Of answers that are given equally often the lowest class, so that the order of the seeds does not
 * matter. */
static bool is_ahead(const struct fray_rep_said *a, size_t n_a, const struct votes *best,
                     size_t classes) {
  if (!best->most || n_a != best->n)
    return !best->most || n_a > best->n;
  return a->set ? memcmp(a->set, best->most->set, classes) > 0 : a->class < best->most->class;
}

/* Each answer is counted anew for each pair: there are as many as seeds, a handful. */
static struct votes count_votes(const struct fray_rep_deck *deck, size_t place, size_t series,
                                int end) {
  const struct fray_rep_change *change = deck->change;
  const size_t classes = deck->redo->set->n_classes;
  struct votes votes = {.probability = 0};
  for (size_t p = 0; p < change->n; p++) {
    const struct fray_rep_said *said = &deck->said[(2 * p + (size_t)end) * deck->n + place];
    size_t n = 0;
    if (change->pair[p].series != series)
      continue;
    for (size_t q = 0; q < change->n; q++)
      n += change->pair[q].series == series &&
           same_said(said, &deck->said[(2 * q + (size_t)end) * deck->n + place], classes);
    votes.of++;
    votes.probability += (double)said->probability;
    if (is_ahead(said, n, &votes, classes)) {
      votes.most = said;
      votes.n = n;
    }
  }
  votes.probability /= (double)votes.of;
  return votes;
}

/* A tick and weight, not colour, tell the right ones. */
static void put_answer(const struct fray_rep_deck *deck, size_t place, const struct votes *votes,
                       struct fray_text *out) {
  const struct fray_rep_test_set *set = deck->redo->set;
  const bool right = is_right(set, deck->sample[place], votes->most);
  fray_text_puts(out, right ? "<td class=\"right\">\u2713 " : "<td>");
  if (votes->most->set)
    put_classes(deck, votes->most->set, out);
  else if (votes->most->class < 0)
    fray_text_puts(out, "no answer");
  else
    put_class(deck, (size_t)votes->most->class, out);
  fray_text_puts(out, " <small>");
  if (votes->of > 1)
    fray_text_printf(out, "%zu of %zu seeds", votes->n, votes->of);
  if (!isnan(votes->probability)) {
    fray_text_puts(out, votes->of > 1 ? "; " : "");
    fray_text_printf(out, "true: %.0f&nbsp;%%", 100 * votes->probability);
  }
  fray_text_puts(out, "</small></td>");
}

/* A series without answers at both ends, such as one that diverged, has no row. */
static bool has_pairs(const struct fray_rep_change *change, size_t series) {
  for (size_t p = 0; p < change->n; p++)
    if (change->pair[p].series == series)
      return true;
  return false;
}

/* All seeds speak, also those whose damage spared the sample: an average reader asks how often a
 * method fails on it, and the line above says how often it was hit. */
static void put_answers(const struct fray_rep_deck *deck, size_t place, struct fray_text *out) {
  size_t shown = 0, all = 0;
  fray_text_puts(out, "<table class=\"said\"><caption class=\"unseen\">What the models said"
                      "</caption><thead><tr><th scope=\"col\">said by</th>");
  for (int end = 0; end < 2; end++) {
    fray_text_puts(out, "<th scope=\"col\">");
    fray_rep_html(out, deck->end[end]);
    fray_text_puts(out, "</th>");
  }
  fray_text_puts(out, "</tr></thead><tbody>\n");
  for (size_t s = 0; s < deck->axis->n_series; s++) {
    if (!has_pairs(deck->change, s) || ++all > FRAY_REP_SHOWN_SERIES)
      continue;
    shown++;
    fray_text_puts(out, "<tr><th scope=\"row\">");
    fray_rep_html(out, deck->axis->full[s]);
    fray_text_puts(out, "</th>");
    for (int end = 0; end < 2; end++) {
      const struct votes votes = count_votes(deck, place, s, end);
      put_answer(deck, place, &votes, out);
    }
    fray_text_puts(out, "</tr>\n");
  }
  fray_text_puts(out, "</tbody></table>\n");
  if (shown < all)
    fray_text_printf(out, "<p class=\"sub\">The first %zu of %zu models.</p>\n", shown, all);
}

/* ---- the card ---- */

/* What is true stands above what was said, since all rows are held against it. */
static void put_truth(const struct fray_rep_deck *deck, size_t i, struct fray_text *out) {
  const struct fray_rep_test_set *set = deck->redo->set;
  if (set->label[i] < 0) {
    fray_text_puts(out, "nobody labelled it");
    return;
  }
  fray_text_puts(out, "true: <b>");
  if (set->labels)
    put_classes(deck, set->labels + i * set->n_classes, out);
  else
    put_class(deck, (size_t)set->label[i], out);
  fray_text_puts(out, "</b>");
}

/* The number that the sample was chosen by, so that a reader sees the order. */
static void put_change(const struct fray_rep_deck *deck, size_t i, struct fray_text *out) {
  const double change = deck->change->change[i];
  if (isnan(change))
    return;
  if (!deck->change->by_score)
    fray_text_printf(out, ", %.0f&nbsp;%% of the answers changed", 100 * change);
  else if (fabs(change) < 0.0005)
    fray_text_puts(out, ", its probability stays");
  else
    fray_text_printf(out, ", its probability %s by %.1f points", change > 0 ? "falls" : "grows",
                     100 * fabs(change));
}

/* With a single seed there is nothing to choose from. */
static void put_hits(const struct fray_rep_card *card, struct fray_text *out) {
  if (card->hit == 0) {
    fray_text_puts(out, "; the damage does not hit it");
  } else if (card->seeds > 1) {
    fray_text_printf(out, "; hit in %zu of %zu seeds, shown as in seed ", card->hit, card->seeds);
    fray_rep_html(out, card->seed);
  }
}

/* An article each, so that a screen reader can step from one to the next. Without values (the
 * damage cannot be told, or the page is full) the answers stay. */
enum fray_status fray_rep_put_card(const struct fray_rep_deck *deck,
                                   const struct fray_rep_card *card, struct fray_text *out,
                                   struct fray_err *err) {
  const size_t i = deck->sample[card->place];
  const struct fray_dataset *d = deck->redo->data;
  fray_text_puts(out, "<article class=\"sample\"><p class=\"whose\"><code>");
  fray_rep_html(out, deck->redo->set->source[i]);
  fray_text_puts(out, "</code> of <code>");
  fray_rep_html(out, d->client_name[deck->redo->client[i]]);
  fray_text_puts(out, "</code>; ");
  put_truth(deck, i, out);
  put_change(deck, i, out);
  if (card->values)
    put_hits(card, out);
  fray_text_puts(out, ".</p>\n");
  fray_text_puts(out, card->values ? card->values : "");
  put_answers(deck, card->place, out);
  fray_text_puts(out, "</article>\n");
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}
