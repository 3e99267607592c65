/* The caption of a figure, put together from what its maker said and from its flags. */
#include "caption.h"

#include "fray/base/size.h"

/* What curves show depends on how many seeds there are; the others say it in their captions. Judged
 * by the point with the most seeds: single cells that lack one are in the remarks. */
static const char *seeds_note(const struct fray_rep_figure *f) {
  size_t most = 0;
  bool has_singles = false;
  if (f->kind != FRAY_REP_LINES || f->diagonal) /* reliability counts answers, not seeds */
    return "";
  for (size_t p = 0; p < f->n_panels; p++)
    for (size_t s = 0; s < f->panel[p].n_series; s++) {
      const struct fray_rep_series *series = &f->panel[p].series[s];
      has_singles = has_singles || series->n_singles;
      for (size_t i = 0; i < series->n; i++)
        most = FRAY_MAX(most, series->point[i].n);
    }
  if (most == 0) /* of no trainings at all */
    return "";
  if (most >= 3)
    return has_singles
               ? "Means over seeds; hollow marks are single seeds, where a mean has no interval."
               : "Means over seeds.";
  return most == 2 ? "Means of two seeds; hollow marks are single seeds."
                   : "Single seeds; nothing is known about their spread.";
}

static void put(struct fray_text *out, const char *sentence) {
  if (sentence && *sentence)
    fray_text_printf(out, "%s%s", out->size ? " " : "", sentence);
}

/* Each sentence depends on a flag that whoever made the figure set, so that only what must be known
 * about what is drawn stands under it. */
void fray_rep_caption(const struct fray_rep_figure *f, struct fray_text *out) {
  put(out, seeds_note(f));
  put(out, f->caption);
  put(out, f->basis);
  if (f->clipped)
    put(out, "Bands are clipped to 0\u2013100\u00a0%.");
  if (f->blank)
    put(out, "Where an interval would reach from 0 to 100\u00a0% none is drawn: any score would "
             "fit.");
  if (f->lacks_chance)
    put(out, "A group without a sample of the class that is most frequent in training has no "
             "chance line.");
  if (f->unresolved)
    put(out, "Where a panel counts its samples (n) and clients, there are too few to speak of the "
             "group (under 30 or 5).");
  if (f->n_realised)
    put(out, "Triangles: realised rates.");
  put(out, f->source);
}
