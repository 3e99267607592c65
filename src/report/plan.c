/* Warnings, plan and provenance. */
#include "markup.h"
#include "page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Far from what was asked for: more than 20 % of it and more than .02. */
static bool is_far(double realised, double nominal) {
  double gap = fabs(realised - nominal);
  return gap > 0.02 && gap > 0.2 * fabs(nominal);
}

static void put_far(struct fray_text *out, const char *what, const char *where, size_t count,
                    double nominal, double realised) {
  fray_text_puts(out, "<li><code>");
  fray_rep_html(out, what);
  fray_text_printf(
      out, "</code> %s: the realised rate is far from the nominal one in %zu %s (worst: ", where,
      count, count == 1 ? "place" : "places");
  fray_rep_put_number(out, realised);
  fray_text_puts(out, " instead of ");
  fray_rep_put_number(out, nominal);
  fray_text_puts(out, ").</li>\n");
}

static void warn_damage(const struct fray_rep_results *r, size_t d, struct fray_text *out) {
  size_t count = 0;
  double nominal = NAN, realised = NAN;
  for (size_t i = 0; i < r->n_trials; i++) {
    double a = r->trial[i].nominal[d], b = r->trial[i].realised[d];
    if (!is_far(b, a)) /* also when one is not known */
      continue;
    if (count++ == 0 || fabs(b - a) > fabs(realised - nominal)) {
      nominal = a;
      realised = b;
    }
  }
  if (count)
    put_far(out, r->damage[d].id, r->damage[d].at_test ? "at test" : "at training", count, nominal,
            realised);
}

static void warn_condition(const struct fray_rep_results *r, size_t c, struct fray_text *out) {
  size_t count = 0, n;
  double nominal = NAN, realised = NAN;
  const struct fray_rep_score *s = fray_rep_scores(r, false, c, FRAY_REP_ALL, r->main_metric, &n);
  if (!r->parameter[c] || strcmp(r->parameter[c], "rate") != 0)
    return;
  for (size_t i = 0; i < n; i++)
    if (is_far(s[i].realised, s[i].severity) &&
        (count++ == 0 || fabs(s[i].realised - s[i].severity) > fabs(realised - nominal))) {
      nominal = s[i].severity;
      realised = s[i].realised;
    }
  if (count)
    put_far(out, r->conditions.v[c], "(test condition)", count, nominal, realised);
}

/* "3 scores are undefined and left out (class absent).", or the same with a remark. */
static void put_remark(struct fray_text *out, size_t count, const char *what, const char *status) {
  if (count == 0)
    return;
  fray_text_printf(out, "<li>%zu score%s %s (", count, count == 1 ? "" : "s", what);
  fray_rep_html(out, strcmp(status, "ok") ? status : "empty value");
  fray_text_puts(out, ").</li>\n");
}

/* Scores without a value, and those with a remark ("class absent"); diverged ones are told apart.
 */
static enum fray_status warn_undefined(struct fray_rep_results *r, struct fray_text *out,
                                       struct fray_err *err) {
  size_t *empty, *marked;
  FRAY_ALLOC_ZERO(empty, r->arena, r->statuses.n, err);
  FRAY_ALLOC_ZERO(marked, r->arena, r->statuses.n, err);
  for (size_t i = 0; i < r->n_scores; i++)
    ++*(isnan(r->score[i].value) ? &empty[r->score[i].status] : &marked[r->score[i].status]);
  for (size_t i = 0; i < r->statuses.n; i++) {
    const char *status = r->statuses.v[i];
    if (strcmp(status, "diverged") == 0)
      continue;
    put_remark(out, empty[i], "undefined and left out", status);
    if (strcmp(status, "ok") != 0)
      put_remark(out, marked[i], "with a remark", status);
  }
  return FRAY_OK;
}

static void warn_cells(const struct fray_rep_results *r, struct fray_text *out) {
  size_t few = 0;
  for (size_t c = 0; c < r->n_cells; c++) {
    size_t n = 0;
    for (size_t i = 0; i < r->n_trials; i++)
      n += r->trial[i].cell == c;
    few += n < r->seeds.n;
  }
  if (r->seeds.n < 3)
    fray_text_printf(out,
                     "<li>Only %zu seed%s: intervals, where there are any, say little or nothing "
                     "about other seeds. Three are the least, five or more are better.</li>\n",
                     r->seeds.n, r->seeds.n == 1 ? "" : "s");
  if (few)
    fray_text_printf(out, "<li>%zu of %zu cells lack a trial for some seed.</li>\n", few,
                     r->n_cells);
  if (r->n_diverged)
    fray_text_printf(out,
                     "<li>%zu of %zu trainings diverged; they count as the constant predictor "
                     "(the chance value) in every mean.</li>\n",
                     r->n_diverged, r->n_trials);
}

static void warn_folder(const struct fray_rep_results *r, struct fray_text *out) {
  size_t n = r->state.size ? strcspn(r->state.data, " \t\r\n:") : 0;
  if (n && (n != 4 || memcmp(r->state.data, "done", 4) != 0)) {
    char word[24];
    snprintf(word, sizeof word, "%.*s", (int)(n < 23 ? n : 23), r->state.data);
    fray_text_puts(out, "<li>The run is not finished (state: ");
    fray_rep_html(out, word);
    fray_text_puts(out, "); these are partial results.</li>\n");
  }
  if (!r->scenario)
    fray_text_puts(out, "<li>scenario.yaml is missing or cannot be read.</li>\n");
  if (!r->provenance)
    fray_text_puts(out, "<li>provenance.json is missing or cannot be read.</li>\n");
}

enum fray_status fray_rep_warnings(struct fray_rep_results *r, struct fray_text *out,
                                   struct fray_err *err) {
  struct fray_text list = {0};
  warn_folder(r, &list);
  warn_cells(r, &list);
  for (size_t d = 0; d < r->n_damages; d++)
    warn_damage(r, d, &list);
  for (size_t c = 0; c < r->conditions.n; c++)
    warn_condition(r, c, &list);
  enum fray_status status = warn_undefined(r, &list, err);
  if (status == FRAY_OK)
    status = fray_rep_warn_predictions(r, &list, err);
  if (list.size) {
    fray_text_puts(out, "<section class=\"warn\"><h3>Before you believe a number</h3>\n<ul>\n");
    fray_text_add(out, list.data, list.size);
    fray_text_puts(out, "</ul></section>\n");
  }
  out->failed |= list.failed;
  fray_text_free(&list);
  return status;
}

static void put_value(const fray_json *v, struct fray_text *out) {
  const char *text = fray_json_text(v);
  int64_t whole;
  double real;
  if (text) {
    fray_rep_html(out, text);
  } else if (fray_json_int(v, &whole)) {
    fray_text_printf(out, "%lld", (long long)whole);
  } else if (fray_json_real(v, &real)) {
    char number[32];
    fray_format_double(real, number);
    fray_text_puts(out, number);
  } else {
    fray_text_puts(out, "\u2013"); /* true, false and null show in the whole file below */
  }
}

enum { DEEPEST = 8 };

static void put_entries(const fray_json *object, const char *prefix, int depth,
                        struct fray_arena *arena, struct fray_text *out);

static void put_entry(const char *name, const fray_json *v, int depth, struct fray_arena *arena,
                      struct fray_text *out) {
  if (fray_json_is_object(v)) {
    put_entries(v, name, depth + 1, arena, out);
    return;
  }
  fray_text_puts(out, "<tr><th scope=\"row\">");
  fray_rep_html(out, name);
  fray_text_puts(out, "</th><td class=\"words\">");
  if (!fray_json_is_array(v))
    put_value(v, out);
  for (size_t i = 0; fray_json_is_array(v) && i < fray_json_size(v); i++) {
    fray_text_puts(out, i ? "<br>" : "");
    put_value(fray_json_at(v, i), out);
  }
  fray_text_puts(out, "</td></tr>\n");
}

static void put_entries(const fray_json *object, const char *prefix, int depth,
                        struct fray_arena *arena, struct fray_text *out) {
  void *iterator = NULL;
  const char *key;
  const fray_json *value;
  while (depth < DEEPEST && fray_json_next(object, &iterator, &key, &value)) {
    const char *name = fray_arena_printf(arena, "%s%s%s", prefix, *prefix ? "." : "", key);
    if (name)
      put_entry(name, value, depth, arena, out);
    else
      out->failed = true;
  }
}

static void put_file(const char *title, const struct fray_text *text, struct fray_text *out) {
  if (!text->size)
    return;
  fray_text_printf(out, "<details><summary><code>%s</code></summary>\n<pre>", title);
  fray_rep_html(out, text->data);
  fray_text_puts(out, "</pre></details>\n");
}

void fray_rep_plan(const struct fray_rep_results *r, struct fray_text *out) {
  if (r->provenance && fray_json_is_object(r->provenance)) {
    fray_text_puts(out, "<div class=\"scroll\" tabindex=\"0\"><table class=\"facts\"><caption>What "
                        "the numbers were "
                        "made with.</caption><tbody>\n");
    put_entries(r->provenance, "", 0, r->arena, out);
    fray_text_puts(out, "</tbody></table></div>\n");
  }
  put_file("scenario.yaml", &r->scenario_text, out);
  put_file("provenance.json", &r->provenance_text, out);
}

void fray_rep_reading(const struct fray_rep_results *r, struct fray_text *out) {
  fray_text_printf(
      out,
      "<ul>\n<li>Intervals and bands, at 95&nbsp;%%: the %zu seed%s and the test clients are both "
      "drawn anew, 2,000 times, the same draws for all cells, conditions and methods. So they "
      "speak "
      "of new seeds and of new people like those of the test split. With fewer than 10 of either, "
      "Student&rsquo;s t widens what the draws show. Where the predictions of a training were not "
      "kept, intervals are of seeds alone, with Student&rsquo;s t from 3 seeds on, and say nothing "
      "about other people; each figure and table says which it has.</li>\n"
      "<li>&ldquo;Resolved&rdquo; comparisons: p below 0.05 after Holm&rsquo;s adjustment over all "
      "comparisons of an axis, scores and losses as two families.</li>\n"
      "<li>Loss: score at the smallest strength minus score at the largest%s, within each seed, so "
      "that what is common to both cancels. &ldquo;Not resolved by these data&rdquo; means that "
      "the interval "
      "contains 0; it does not mean that there is no difference.</li>\n"
      "<li>Chance: the same metric of the predictor that always answers the most frequent class of "
      "the training data; where samples have sets of classes, the set of those that more than half "
      "of the training samples have.</li>\n"
      "<li>Diverged trainings count as that predictor in every mean, and are counted in every "
      "table. Undefined values are left out, never taken as 0.</li>\n"
      "<li>Triangles under an axis: realised rates, where they differ from the nominal ones.</li>\n"
      "</ul>\n",
      r->seeds.n, r->seeds.n == 1 ? "" : "s",
      fray_rep_higher_is_better(r->metrics.v[r->main_metric])
          ? ""
          : " (or, as less is better here, the other way round)");
}
