/* Plan, provenance, and how to read the numbers. */
#include "page.h"

#include "report/words/markup.h"

/* Numbers are tried from the narrowest kind: a whole number is not to be shown as a real one. */
static void put_value(const fray_json *v, struct fray_text *out) {
  const char *text = fray_json_text(v);
  int64_t whole;
  double real;
  bool yes;
  if (text) {
    fray_rep_html(out, text);
  } else if (fray_json_int(v, &whole)) {
    fray_text_printf(out, "%lld", (long long)whole);
  } else if (fray_json_real(v, &real)) {
    char number[32];
    fray_format_double(real, number);
    fray_text_puts(out, number);
  } else if (fray_json_bool(v, &yes)) {
    fray_text_puts(out, yes ? "yes" : "no");
  } else {
    fray_text_puts(out, "\u2013"); /* what null is for shows in the whole file below */
  }
}

/* An entry of a list: what it says in words and numbers; its own lists stand in the file below. One
 * level deep, so that a cell of the table stays a line. */
static void put_member(const fray_json *v, struct fray_text *out) {
  void *iterator = NULL;
  const char *key;
  const fray_json *value;
  if (!fray_json_is_object(v)) {
    put_value(v, out);
    return;
  }
  for (bool first = true; fray_json_next(v, &iterator, &key, &value);) {
    if (fray_json_is_array(value) || fray_json_is_object(value))
      continue;
    fray_text_puts(out, first ? "" : "; ");
    fray_rep_html(out, key);
    fray_text_puts(out, " ");
    put_value(value, out);
    first = false;
  }
}

/* The file is not trusted: objects in objects without end must not use up the stack. What lies
 * deeper is missing in the table and stands in the whole file below it. */
enum { DEEPEST = 8 };

static void put_entries(const fray_json *object, const char *prefix, int depth,
                        struct fray_arena *arena, struct fray_text *out);

/* A row, or for an object the rows of its members under a name with dots. Names come from the file
 * and are escaped like values. */
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
  if (fray_json_is_array(v))
    for (size_t i = 0; i < fray_json_size(v); i++) {
      fray_text_puts(out, i ? "<br>" : "");
      put_member(fray_json_at(v, i), out);
    }
  fray_text_puts(out, "</td></tr>\n");
}

/* A name that lacks memory fails the page: a row without a name would be a wrong one. */
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

/* Folded and as it is, so that nothing of it is lost. An empty text is a file that was not there,
 * which a remark says. */
static void put_file(const char *title, const struct fray_text *text, struct fray_text *out) {
  if (!text->size)
    return;
  fray_text_printf(out, "<details><summary><code>%s</code></summary>\n<pre tabindex=\"0\">", title);
  fray_rep_html(out, text->data);
  fray_text_puts(out, "</pre></details>\n");
}

/* The folder's own copy and not the file that was given: that one may have changed since. */
void fray_rep_plan(const struct fray_rep_results *r, struct fray_text *out) {
  fray_text_puts(out, "<p>The scenario as it ran, with every default filled in.</p>\n");
  put_file("scenario.yaml", &r->scenario_text, out);
}

/* A file that cannot be read as JSON has no table, but its text is shown all the same. */
void fray_rep_provenance(const struct fray_rep_results *r, struct fray_text *out) {
  if (r->provenance && fray_json_is_object(r->provenance)) {
    fray_text_puts(out, "<div class=\"scroll\" tabindex=\"0\"><table class=\"facts\">"
                        "<caption>What the numbers were made with.</caption><tbody>\n");
    put_entries(r->provenance, "", 0, r->arena, out);
    fray_text_puts(out, "</tbody></table></div>\n");
  }
  put_file("provenance.json", &r->provenance_text, out);
}

/* These words promise what the code does: who changes draws, families or the treatment of diverged
 * trainings must change them too. */
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
      "<li>What is claimed: sentences say that something loses, costs, ends ahead, copes better or "
      "is gone only where that is resolved, that is p below 0.05 after Holm&rsquo;s adjustment "
      "over "
      "its family: the losses of an axis; the scores and, apart, the losses compared along an "
      "axis; "
      "the damages of the study; its groups. Where nothing happens, each family claims something "
      "in "
      "at most 1 of 20 studies. What costs most is told apart from each of the others.</li>\n"
      "<li>Told from chance: the interval of the score lies beyond what answering without looking "
      "reaches; with one or two seeds, that of each training by itself. Of a model that is not, no "
      "verdict is given: who is at chance has nothing to lose.</li>\n"
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
