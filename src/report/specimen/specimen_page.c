/* The page of a specimen: both values of each modality side by side, as on a report's cards, with
 * the files behind them and how far they are apart. */
#include "specimen_parts.h"

#include "report/page/page.h"
#include "report/sample/sample_values.h"
#include "report/words/markup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What stands in one column of a modality. */
static enum fray_status put_side(const struct specimen *s, const struct specimen_value *v,
                                 bool damaged, struct fray_text *out, struct fray_err *err) {
  const struct fray_rep_value *value = damaged ? &v->damaged : &v->clean;
  char what[400], file[300];
  fray_text_puts(out, "<div>");
  if (value->presence == FRAY_REP_LOST)
    fray_text_puts(out, "<p class=\"lost\">lost</p>");
  else if (value->presence == FRAY_REP_ABSENT)
    fray_text_puts(out, "<p class=\"same\">the data have none</p>");
  else if (damaged && !v->hit)
    fray_text_puts(out, "<p class=\"same\">not hit: as on the left</p>");
  if (value->presence == FRAY_REP_THERE && (v->hit || !damaged)) {
    snprintf(what, sizeof what, "%.100s of the sample %.200s, %s damage", v->modality->name,
             s->data->source_id[s->sample], damaged ? "with" : "without");
    FRAY_TRY(fray_rep_put_value(out, v->modality, &value->x,
                                damaged  ? &v->clean.x
                                : v->hit ? &v->damaged.x
                                         : NULL,
                                what, err));
    /* The file has all of it; the page may show a part. */
    specimen_file_name(v, damaged, file);
    fray_text_puts(out, "<small><a href=\"");
    fray_rep_html(out, file);
    fray_text_puts(out, "\">");
    fray_rep_html(out, file);
    fray_text_puts(out, "</a></small>");
  }
  fray_text_puts(out, "</div>");
  return FRAY_OK;
}

/* A number in its column, or a dash where there is none. */
static void put_cell(struct fray_text *out, double x, const char *unit) {
  if (isfinite(x))
    fray_text_printf(out, "<td>%.3g&nbsp;%s</td>", x, unit);
  else
    fray_text_puts(out, "<td>\u2013</td>");
}

/* Said of what was hit alone. */
static void put_measures(const struct specimen *s, struct fray_text *out) {
  bool any = false;
  for (size_t m = 0; m < s->n; m++)
    any |= s->value[m].hit;
  if (!any) {
    fray_text_puts(out,
                   "<p class=\"sub\">No value was changed: by lot the sample was spared, or what "
                   "was done takes values away or is about its label.</p>\n");
    return;
  }
  fray_text_puts(out,
                 "<table class=\"said\"><caption>How far the damage moves it</caption><thead><tr>"
                 "<th scope=\"col\">modality</th><th scope=\"col\">strength</th>"
                 "<th scope=\"col\">raw value</th><th scope=\"col\">signal to damage</th>"
                 "<th scope=\"col\">numbers changed</th><th scope=\"col\">features</th>"
                 "</tr></thead><tbody>\n");
  for (size_t m = 0; m < s->n; m++) {
    const struct specimen_value *v = &s->value[m];
    /* What was spared stands above, and has no distance. */
    if (!v->hit)
      continue;
    fray_text_puts(out, "<tr><th scope=\"row\">");
    fray_rep_html(out, v->modality->name);
    fray_text_puts(out, "</th><td>");
    fray_rep_html(out, v->strengths);
    fray_text_puts(out, "</td>");
    put_cell(out, 100 * v->raw, "%");
    put_cell(out, v->snr_db, "dB");
    put_cell(out, 100 * v->changed, "%");
    put_cell(out, 100 * v->features, "%");
    fray_text_puts(out, "</tr>\n");
  }
  fray_text_puts(out,
                 "</tbody></table>\n<p class=\"sub\">Distances are root mean squares of the "
                 "difference, as a share of that of the value without damage; features are the "
                 "defaults of the modality (of slow sound with fewer bands). The numbers are in "
                 "measures.csv, and ledger.csv "
                 "repeats this damage by <code>kind: replay</code>.</p>\n");
}

/* One card like those of a report, whose style and script it shares; it fetches nothing. */
enum fray_status specimen_page(const struct specimen *s, struct fray_text *out,
                               struct fray_err *err) {
  struct fray_rep_page page = {0};
  struct fray_text what = {0};
  struct fray_text *body = &page.body;
  enum fray_status status = FRAY_OK;
  fray_text_puts(&what, "<p><code>");
  fray_rep_html(&what, s->words);
  fray_text_printf(&what, "</code>, seed %llu</p>", (unsigned long long)s->seed);
  page.base = 1;
  fray_rep_heading(&page, 1, "Without damage, and with", "values");
  fray_text_puts(body, "<article class=\"sample\"><p class=\"whose\"><code>");
  fray_rep_html(body, s->data->source_id[s->sample]);
  fray_text_puts(body, "</code> of <code>");
  fray_rep_html(body, s->data->client_name[s->data->client[s->sample]]);
  fray_text_puts(body, "</code>");
  if (*s->label[0]) {
    fray_text_puts(body, "; class: <b>");
    fray_rep_html(body, s->label[0]);
    fray_text_puts(body, "</b>");
  }
  if (strcmp(s->label[0], s->label[1]) != 0) {
    fray_text_puts(body, ", trained as <b>");
    fray_rep_html(body, *s->label[1] ? s->label[1] : "unlabelled");
    fray_text_puts(body, "</b>");
  }
  fray_text_puts(body, "</p>\n<div class=\"values\"><p></p><p class=\"end\">without damage</p>"
                       "<p class=\"end\">with damage</p>");
  for (size_t m = 0; status == FRAY_OK && m < s->n; m++) {
    fray_text_puts(body, "\n<p class=\"modality\">");
    fray_rep_html(body, s->value[m].modality->name);
    fray_text_puts(body, "</p>");
    status = put_side(s, &s->value[m], false, body, err);
    if (status == FRAY_OK)
      status = put_side(s, &s->value[m], true, body, err);
  }
  fray_text_puts(body, "</div>\n</article>\n");
  put_measures(s, body);
  /* The title is ours; what was done stands below it as it was written. */
  fray_rep_document(&page, "Damage of one sample", &what, out);
  fray_rep_page_free(&page);
  fray_text_free(&what);
  FRAY_CHECK(status != FRAY_OK || !out->failed, err, MEMORY, "out of memory");
  return status;
}
