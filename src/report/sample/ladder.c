/* Ladders: a damage seen step by step on one sample. Cards show its two ends on several; between
 * the ends lies what the curves are drawn over, and a step that is larger than the next is seen, or
 * heard, at once. */
#include "ladder.h"

#include "sample_values.h"

#include "report/quantity/quantities.h"
#include "report/stat/path.h"
#include "report/words/markup.h"
#include "report/words/names.h"

#include "fray/base/size.h"

#include <math.h>

enum { LOTS = 64 }; /* samples that are looked at for one that is hit */

/* One axis, as the first series has it. */
struct ladder {
  struct fray_rep_redo *redo;
  struct fray_rep_results *r;
  const struct fray_rep_axis *axis;
  struct fray_rep_path path;
  size_t lead;                    /* 1: a step without damage stands before those of the path */
  size_t seed;                    /* its place in the seeds */
  size_t sample, above;           /* of the test set; that of the ladder before, SIZE_MAX: none */
  struct fray_damage first, last; /* at the two ends */
  struct fray_arena arena;        /* what lives as long as the ladder */
};

/* ---- which ---- */

/* The first seed whose models stand at every step; r->seeds.n: none. A training of the sweep that
 * is missing would be a gap in the ladder. */
static size_t whole_seed(const struct ladder *l) {
  for (size_t k = 0; k < l->r->seeds.n; k++) {
    size_t there = 0;
    for (size_t p = 0; p < l->path.n; p++)
      there += fray_rep_trial_of(l->r, &l->path.at[p], k) < l->r->n_trials;
    if (there == l->path.n)
      return k;
  }
  return l->r->seeds.n;
}

/* Damage of a step in the memory that it is to live in. */
static enum fray_status redo_step(struct ladder *l, size_t step, struct fray_arena *arena,
                                  struct fray_damage *out, const char **why, struct fray_err *err) {
  *why = NULL;
  if (step < l->lead)
    return fray_rep_redo_none(l->redo, arena, out, err);
  const struct fray_rep_address *at = &l->path.at[step - l->lead];
  return fray_rep_redo_damage(l->redo, fray_rep_trial_of(l->r, at, l->seed), at, arena, out, why,
                              err);
}

/* True if the value is there at both ends, and another one: what is lost has nothing to show. */
static bool is_changed(const struct ladder *l, size_t m) {
  const size_t i = l->sample, sample = l->redo->sample[i];
  return (l->first.present[i] & l->last.present[i]) >> m & 1 &&
         fray_signal_key(l->first.signal, sample, m) != fray_signal_key(l->last.signal, sample, m);
}

/* By lot alone, so that no answer has a say; the lots are those of the cards. */
static enum fray_status find_sample(struct ladder *l, bool *found, struct fray_err *err) {
  uint32_t *lot;
  FRAY_ALLOC(lot, &l->arena, LOTS + 1, err);
  const size_t n = fray_rep_draw_samples(l->redo->set, LOTS, lot);
  *found = false;
  for (size_t k = 0; k < n && !*found; k++) {
    l->sample = lot[k];
    for (size_t m = 0; m < l->redo->data->n_modalities; m++)
      *found = *found || is_changed(l, m);
  }
  return FRAY_OK;
}

/* ---- what is shown ---- */

/* Strengths as they stand at the curves. What has no strength that leaves data as they are, as a
 * ratio of signal to noise, begins without damage all the same: what is seen must be seen beside
 * that. */
static enum fray_status name_step(const struct ladder *l, size_t step, const char **out,
                                  struct fray_err *err) {
  *out = step == 0 ? "without damage"
                   : fray_rep_strength_title(l->r, l->axis->strength, l->path.s[step - l->lead]);
  FRAY_CHECK(*out, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Beside the clean value: what changed in a text is marked against it, and all else has the scale
 * of both ends, which `ends` holds as its smallest and largest number. */
static enum fray_status put_value(const struct ladder *l, size_t m, const struct fray_rep_value *x,
                                  const struct fray_signal *ends, const char *name,
                                  struct fray_text *out, struct fray_err *err) {
  const struct fray_modality *modality = &l->redo->data->modality[m];
  struct fray_text what = {0};
  fray_text_printf(&what, "%s of the sample %s, %s", modality->name,
                   l->redo->set->source[l->sample], name);
  const enum fray_status status =
      what.failed ? fray_fail(err, FRAY_MEMORY, "out of memory")
                  : fray_rep_put_step(out, modality, &x->x, ends, what.data, err);
  fray_text_free(&what);
  return status;
}

/* One step: read, damaged, shown and given back, so that a ladder of long sounds fits. *why: as
 * fray_rep_redo_damage. */
static enum fray_status put_step(struct ladder *l, size_t m, size_t step,
                                 const struct fray_signal *ends, struct fray_text *out,
                                 const char **why, struct fray_err *err) {
  struct fray_arena work = {0};
  struct fray_damage damage;
  struct fray_rep_value value = {0};
  const char *name = "";
  enum fray_status status = redo_step(l, step, &work, &damage, why, err);
  if (status == FRAY_OK && !*why)
    status = fray_rep_redo_value(l->redo, m, l->sample, &damage, &work, &value, err);
  if (status == FRAY_OK)
    status = name_step(l, step, &name, err);
  if (status == FRAY_OK && !*why) {
    fray_text_puts(out, "<figure><figcaption>");
    fray_rep_html(out, name);
    fray_text_puts(out, "</figcaption>");
    if (value.presence == FRAY_REP_THERE)
      status = put_value(l, m, &value, ends, name, out, err);
    else
      fray_text_puts(out, "<p class=\"lost\">lost</p>");
    fray_text_puts(out, "</figure>");
  }
  fray_arena_free(&work);
  return status;
}

/* Smallest and largest of both ends: a value beside which every step has the same scale, unless it
 * leaves that of both. */
static struct fray_signal scale_of(const struct fray_signal *first, const struct fray_signal *last,
                                   float room[2]) {
  const struct fray_signal *const ends[2] = {first, last};
  if (first->kind == FRAY_TEXT || first->kind == FRAY_IMAGE)
    return *first;
  for (int end = 0; end < 2; end++)
    for (size_t i = 0; i < ends[end]->length * ends[end]->channels; i++) {
      const bool begin = end == 0 && i == 0;
      room[0] = begin ? ends[end]->x[i] : fminf(room[0], ends[end]->x[i]);
      room[1] = begin ? ends[end]->x[i] : fmaxf(room[1], ends[end]->x[i]);
    }
  return (struct fray_signal){.kind = first->kind, .x = room, .length = 2, .channels = 1};
}

/* Both ends are read before the steps between them are shown, for their scale. */
static enum fray_status put_modality(struct ladder *l, size_t m, struct fray_text *out,
                                     const char **why, struct fray_err *err) {
  struct fray_rep_value first, last;
  FRAY_TRY(fray_rep_redo_value(l->redo, m, l->sample, &l->first, &l->arena, &first, err));
  FRAY_TRY(fray_rep_redo_value(l->redo, m, l->sample, &l->last, &l->arena, &last, err));
  float room[2] = {0, 0};
  const struct fray_signal ends = scale_of(&first.x, &last.x, room);
  /* Texts need the width of the page; of all else several steps stand beside each other. */
  fray_text_printf(out, "<div class=\"steps%s\">",
                   first.x.kind == FRAY_TEXT    ? " words"
                   : first.x.kind == FRAY_IMAGE ? ""
                                                : " wide");
  for (size_t p = 0; p < l->path.n + l->lead && !*why; p++)
    FRAY_TRY(put_step(l, m, p, &ends, out, why, err));
  fray_text_puts(out, "</div>\n");
  return FRAY_OK;
}

/* What a damage does to a sample that it hits; the title is that of its curves. */
static enum fray_status put_steps(struct ladder *l, struct fray_text *out, const char **why,
                                  struct fray_err *err) {
  const struct fray_dataset *d = l->redo->data;
  fray_text_puts(out, "<p class=\"lead\">");
  fray_rep_html(out, l->axis->title);
  /* Mostly one sample is hit by all: it is named where it is another one than above. */
  if (l->sample != l->above) {
    fray_text_puts(out, " <small>sample <code>");
    fray_rep_html(out, l->redo->set->source[l->sample]);
    fray_text_puts(out, "</code></small>");
  }
  fray_text_puts(out, "</p>\n");
  for (size_t m = 0; m < d->n_modalities && !*why; m++)
    if (is_changed(l, m))
      FRAY_TRY(put_modality(l, m, out, why, err));
  return FRAY_OK;
}

/* Found out before anything is written: damages of labels or of presence have no ladder, and are
 * not spoken of. */
static enum fray_status open_ladder(struct ladder *l, bool *shown, const char **why,
                                    struct fray_err *err) {
  *shown = false;
  if (l->axis->n_series == 0)
    return FRAY_OK;
  FRAY_TRY(fray_rep_path_of(l->r, l->axis, 0, FRAY_REP_TEST, &l->path, err));
  l->seed = whole_seed(l);
  l->lead = !l->path.clean;
  if (l->path.n == 0 || l->seed == l->r->seeds.n)
    return FRAY_OK;
  FRAY_TRY(redo_step(l, 0, &l->arena, &l->first, why, err));
  if (!*why)
    FRAY_TRY(redo_step(l, l->path.n + l->lead - 1, &l->arena, &l->last, why, err));
  return *why ? FRAY_OK : find_sample(l, shown, err);
}

/* A shard that fails costs one ladder of one page; only the lack of memory is an error. *n counts
 * those that are shown. */
static enum fray_status put_ladder(struct ladder *l, size_t *n, struct fray_text *out,
                                   struct fray_err *err) {
  struct fray_err failure = {0};
  struct fray_text part = {0};
  const char *why = NULL;
  bool shown = false;
  enum fray_status status = open_ladder(l, &shown, &why, &failure);
  if (status == FRAY_OK && shown)
    status = put_steps(l, &part, &why, &failure);
  if (status == FRAY_OK && shown && !why && !part.failed) {
    fray_text_add(out, part.data, part.size);
    ++*n;
  }
  /* What is wrong with the data is said at the cards of the same damage. */
  out->failed |= part.failed;
  fray_text_free(&part);
  FRAY_CHECK(status != FRAY_MEMORY && !out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* Folded as the cards are. */
enum fray_status fray_rep_put_ladders(struct fray_rep_redo *redo, struct fray_rep_results *r,
                                      const struct fray_rep_axis *axes, size_t n_axes, size_t most,
                                      size_t *bytes, struct fray_text *out, struct fray_err *err) {
  struct fray_text all = {0};
  enum fray_status status = FRAY_OK;
  size_t n = 0, above = SIZE_MAX;
  bool left_out = false;
  for (size_t a = 0; a < n_axes && status == FRAY_OK; a++) {
    struct ladder l = {.redo = redo, .r = r, .axis = &axes[a], .above = above};
    const size_t before = n;
    if (*bytes + all.size >= most)
      left_out = true;
    else
      status = put_ladder(&l, &n, &all, err);
    above = n > before ? l.sample : above;
    fray_arena_free(&l.arena);
  }
  *bytes += all.size;
  if (status == FRAY_OK && n > 0) {
    fray_text_puts(out,
                   "<details class=\"damage\"><summary>One sample at each strength</summary>\n");
    fray_text_add(out, all.data, all.size);
    /* Not how many: whether the others have ladders at all was not looked at. */
    if (left_out)
      fray_text_puts(out, "<p>Further damages are left out, as there is much here already.</p>\n");
    fray_text_puts(out, "</details>\n");
  }
  fray_text_free(&all);
  return status;
}
