/* The headings of a card, those of AWS's service cards, in their order. A heading under which
 * nothing is known stays, and says so: what is left out would not be missed. */
#include "card_parts.h"

#include "fray/base/file.h"
#include "fray/base/size.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- overview ---- */

/* Of what provenance.json says nothing, nothing is known.
 * Texts stand as they are in the file, so that they can be searched for. */
static void say_known(struct card *c, const struct fray_rep_results *r, const char *title,
                      const char *key) {
  const fray_json *value = r->provenance ? fray_json_get(r->provenance, key) : NULL;
  const char *text = value ? fray_json_text(value) : NULL;
  if (!text || !*text)
    card_entry(c, (struct card_subjects){{title}}, NULL, NULL, CARD_NOT_STATED);
  else
    card_entry(c, (struct card_subjects){{title}}, NULL, NULL, "%s%s", card_name(c, text),
               card_note(c, r->folder, "provenance.json", ", column %s: folder=%s", key,
                         card_name(c, r->folder)));
}

/* Sizes are those of the scores without damage, since scores are what the card is about. */
static enum fray_status say_size(struct card *c, size_t k, struct fray_err *err) {
  const struct card_cell cell = card_cell_of(c, k);
  const char *metric = cell.r->metrics.v[cell.r->main_metric];
  const char *condition = cell.made->row[cell.clean].condition;
  struct matrix_size size;
  struct matrix_number number;
  FRAY_TRY(matrix_score_of(&c->m, cell.r, cell.cell, condition, metric, FRAY_REP_ALL, &size,
                           &number, err));
  const struct card_subjects name = {{card_name(c, cell.made->name)}};
  char constant[96] = "";
  if (cell.made->diverged)
    snprintf(constant, sizeof constant, ", of which %zu diverged and %s as the constant predictor",
             cell.made->diverged, cell.made->diverged == 1 ? "counts" : "count");
  const char *trainings =
      card_note(c, NULL, "matrix.csv",
                " (made by fray matrix), columns trainings, diverged: folder=%s cell=%s",
                card_name(c, cell.made->folder), card_name(c, cell.made->name));
  if (isnan(size.samples) || isnan(size.people)) {
    card_entry(c, name, NULL, NULL, "trainings: %zu%s%s; test samples " CARD_NOT_STATED,
               cell.made->trainings, constant, trainings);
    return FRAY_OK;
  }
  const char *of =
      card_note(c, cell.r->folder, "scores.csv",
                ", columns n, clusters%s: folder=%s cell=%s condition=%s group=%s",
                cell.r->folds ? ", of all folds together" : "", card_name(c, cell.made->folder),
                card_name(c, cell.made->name), card_name(c, condition), card_name(c, "all"));
  card_entry(c, name, NULL, NULL, "trainings: %zu%s%s; test samples: %.0f%s, of clients: %.0f%s",
             cell.made->trainings, constant, trainings, size.samples, of, size.people, of);
  return FRAY_OK;
}

/* What the card is of comes before anything that it says, and what is typed directly behind it: who
 * is out of scope need not read on. */
static enum fray_status overview(struct card *c, struct fray_err *err) {
  card_heading(c, 1, "Service card");
  card_say(c, "Every number has a footnote with the file and the column that it is from; brackets "
              "hold its interval. What somebody typed is quoted and marked; what nobody wrote or "
              "tested is called so. No dimension is scored.");
  card_heading(c, 2, "Overview");
  for (size_t s = 0; s < c->m.n_studies; s++) {
    const struct fray_rep_results *r = &c->m.study[s].r;
    say_known(c, r, "study", "study");
    say_known(c, r, "program", "program");
    say_known(c, r, "data", "data");
    say_known(c, r, "licence of the data", "data_licence");
  }
  for (size_t k = 0; k < c->m.n_cells; k++)
    FRAY_TRY(say_size(c, k, err));
  card_heading(c, 2, "Intended uses and limitations");
  card_typed(c, "Intended use", c->intent.intended_use.v, c->intent.intended_use.n);
  card_typed(c, "Out of scope", c->intent.out_of_scope.v, c->intent.out_of_scope.n);
  card_typed(c, "Limitations", c->intent.limitations.v, c->intent.limitations.n);
  return FRAY_OK;
}

/* ---- design ---- */

/* What each cell does under no damage. */
static void say_clean(struct card *c) {
  for (size_t k = 0; k < c->m.n_cells; k++) {
    const struct card_cell cell = card_cell_of(c, k);
    for (size_t i = 0; i < c->m.n_columns; i++) {
      const struct matrix_column *column = &c->m.column[i];
      const struct matrix_number *number = &cell.made->row[cell.clean].number[i];
      if (column->what != MATRIX_RIGHT && column->what != MATRIX_SCORE)
        continue;
      card_entry(
          c,
          (struct card_subjects){
              {card_name(c, cell.made->name),
               column->what == MATRIX_RIGHT ? "share right" : card_name(c, column->title)}},
          column->is_share ? number : NULL, NULL, "%s",
          card_number(c, number, column->is_share, card_note_matrix(c, &cell, cell.clean, column)));
    }
  }
}

/* How much was tested, and of what nothing is known: a list of what was done alone looks complete.
 */
static void methodology(struct card *c) {
  size_t filled, all;
  matrix_coverage(&c->m, &filled, &all);
  const char *note =
      card_note(c, NULL, "matrix.csv",
                " (made by fray matrix), column status: rows that are ok, and all rows");
  card_heading(c, 3, "Test-driven methodology");
  card_say(c, "Of the matrix of conditions by measures %zu%s of %zu%s fields are filled.", filled,
           note, all, note);
  if (strcmp(c->m.untested_status, "ok") != 0) {
    card_say(c, "Which kinds of damage were " CARD_NOT_TESTED " is not known: %s.",
             c->m.untested_status);
    return;
  }
  struct fray_text list = {0};
  for (size_t k = 0; k < c->m.n_untested; k++)
    fray_text_printf(&list, "%s%s", k ? ", " : "", card_name(c, c->m.untested[k].kind));
  card_say(c, "Kinds of damage that act on these modalities and were " CARD_NOT_TESTED ": %s.",
           list.size ? list.data : "none");
  c->failed |= list.failed;
  fray_text_free(&list);
}

/* A group of few is called suppressed, whatever its score: somebody might be recognised in it, and
 * nothing could be said of others like him. */
static enum fray_status say_group(struct card *c, const struct card_cell *cell, size_t group,
                                  struct fray_err *err) {
  const char *metric = cell->r->metrics.v[cell->r->main_metric];
  const char *condition = cell->made->row[cell->clean].condition;
  const char *name = card_name(c, cell->r->groups.v[group]);
  struct matrix_size size;
  struct matrix_number number;
  FRAY_TRY(
      matrix_score_of(&c->m, cell->r, cell->cell, condition, metric, group, &size, &number, err));
  const struct card_subjects of = {{card_name(c, cell->made->name), name}};
  const bool percent = fray_rep_is_percent(cell->r, cell->r->main_metric);
  if (isnan(size.samples) || isnan(size.people))
    card_entry(c, of, NULL, NULL, CARD_NOT_TESTED);
  else if (fray_group_suppressed((size_t)size.samples, (size_t)size.people))
    card_entry(c, of, NULL, NULL, CARD_MISSING("suppressed") ", too few clients or samples");
  else
    card_entry(
        c, (struct card_subjects){{of.v[0], name, card_name(c, metric)}}, percent ? &number : NULL,
        NULL, "%s",
        card_number(c, &number, percent,
                    card_note(c, cell->r->folder, "scores.csv",
                              ", column value: %s, and "
                              "Student's interval%s: folder=%s "
                              "cell=%s condition=%s group=%s metric=%s",
                              cell->r->folds ? "of all folds together, mean over seeds"
                                             : "mean over trainings",
                              percent ? " within 0 and 1" : "", card_name(c, cell->made->folder),
                              card_name(c, cell->made->name), card_name(c, condition), name,
                              card_name(c, metric))));
  return FRAY_OK;
}

/* One for each column of groups; the reason why there is none is said as well. */
static void say_gaps(struct card *c, const struct card_cell *cell) {
  for (size_t i = 0; i < c->m.n_columns; i++)
    if (c->m.column[i].what == MATRIX_GAP)
      card_entry(c,
                 (struct card_subjects){
                     {card_name(c, cell->made->name), card_name(c, c->m.column[i].title)}},
                 NULL, NULL, "%s", card_gap(c, cell, i));
}

/* Gaps before the groups, since a difference of two groups alone invites to read chance. */
static enum fray_status fairness(struct card *c, struct fray_err *err) {
  card_heading(c, 3, "Fairness");
  card_say(
      c, "Groups are those of the data; none is guessed. Groups of fewer than five clients or "
         "thirty samples are suppressed. The interval of a group is over trainings alone: of other "
         "people it says nothing.");
  for (size_t k = 0; k < c->m.n_cells; k++) {
    const struct card_cell cell = card_cell_of(c, k);
    say_gaps(c, &cell);
    for (size_t g = 0; g < cell.r->groups.n; g++)
      if (g != FRAY_REP_ALL)
        FRAY_TRY(say_group(c, &cell, g, err));
  }
  return FRAY_OK;
}

/* The worst case for each sample is what a user meets who cannot know what comes. Single conditions
 * are many, and stand in the matrix. */
static void robustness(struct card *c) {
  bool any = false;
  card_heading(c, 3, "Explainability");
  card_say(c, CARD_MISSING("Not tested") ": results hold answers, and no explanations of them.");
  card_heading(c, 3, "Robustness");
  card_say(c,
           "Share right where the worst of clean and all conditions of a test is chosen for each "
           "sample by itself, and where it is chosen once for all samples.");
  for (size_t k = 0; k < c->m.n_cells; k++) {
    const struct card_cell cell = card_cell_of(c, k);
    for (size_t f = 0; cell.made->n_families > 1 && f < cell.made->n_families; f++) {
      const struct matrix_family *family = &cell.made->family[f];
      any = true;
      /* One after the other: footnotes are numbered as they are made. */
      const char *worst = card_number(c, &family->worst, true,
                                      card_note_family(c, &cell, family->name, "worst_case"));
      const char *once = card_number(c, &family->worst_of_means, true,
                                     card_note_family(c, &cell, family->name, "worst_of_means"));
      card_entry(
          c, (struct card_subjects){{card_name(c, cell.made->name), card_name(c, family->name)}},
          &family->worst, &family->worst_of_means, "%s; once for all: %s", worst, once);
    }
  }
  if (!any)
    card_say(c, CARD_MISSING("Not tested") ": no kept answers under any test.");
}

/* The area that an attack by membership inference reaches, by cell. */
static enum fray_status say_attacks(struct card *c, struct fray_err *err) {
  bool any = false;
  card_say(c, "Membership inference: the area under the curve of each attack, of which guessing "
              "reaches half.");
  for (size_t k = 0; k < c->m.n_cells; k++) {
    const struct card_cell cell = card_cell_of(c, k);
    struct card_attacks attacks;
    FRAY_TRY(card_attacks_read(c, &cell, &attacks, err));
    for (size_t i = 0; i < attacks.n; i++)
      card_entry(
          c, (struct card_subjects){{card_name(c, cell.made->name), card_name(c, attacks.name[i])}},
          &attacks.number[i], NULL, "%s", card_attack(c, &cell, &attacks, i));
    any = any || attacks.n;
  }
  if (!any)
    card_entry(c, (struct card_subjects){{"membership inference"}}, NULL, NULL, CARD_NOT_TESTED);
  return FRAY_OK;
}

/* Budgets and keys are of a simulation, which protects nobody: their tables are pointed to, and no
 * number of them stands here as if it did. */
static enum fray_status privacy(struct card *c, struct fray_err *err) {
  static const struct {
    const char *title, *file;
  } part[] = {{"differential privacy, simulated", "privacy.csv"},
              {"secure aggregation, simulated", "secure.csv"}};
  card_heading(c, 3, "Privacy and security");
  FRAY_TRY(say_attacks(c, err));
  for (size_t s = 0; s < c->m.n_studies; s++)
    for (size_t k = 0; k < FRAY_COUNT(part); k++) {
      const char *folder = c->m.study[s].r.folder;
      char path[4096];
      FRAY_TRY(fray_folder_path(folder, part[k].file, path, err));
      if (fray_file_exists(path))
        card_entry(c, (struct card_subjects){{part[k].title}}, NULL, NULL, "in %s of %s",
                   card_name(c, part[k].file), card_name(c, folder));
      else
        card_entry(c, (struct card_subjects){{part[k].title}}, NULL, NULL, CARD_NOT_TESTED " in %s",
                   card_name(c, folder));
    }
  return FRAY_OK;
}

/* Hashes tell whether two cards are of the same data and of the same arithmetic. */
static void transparency(struct card *c) {
  card_heading(c, 3, "Transparency");
  for (size_t s = 0; s < c->m.n_studies; s++) {
    say_known(c, &c->m.study[s].r, "hash of the data's index", "data_index_hash");
    say_known(c, &c->m.study[s].r, "hash of the numeric environment", "numeric_environment_hash");
  }
  card_heading(c, 3, "Governance");
  card_typed(c, "Contact", &c->intent.contact, c->intent.contact ? 1 : 0);
  card_typed(c, "Licence of the model", &c->intent.licence, c->intent.licence ? 1 : 0);
  card_typed(c, "Governance", c->intent.governance.v, c->intent.governance.n);
  card_heading(c, 2, "Deployment practices");
  card_typed(c, "Deployment", c->intent.deployment.v, c->intent.deployment.n);
}

/* The table of the eight and the failures come behind the headings, which they sum up. */
enum fray_status card_sections(struct card *c, struct fray_err *err) {
  FRAY_TRY(overview(c, err));
  card_heading(c, 2, "Design");
  card_heading(c, 3, "Expectations");
  card_say(c, "Without damage at test:");
  say_clean(c);
  methodology(c);
  FRAY_TRY(fairness(c, err));
  robustness(c);
  FRAY_TRY(privacy(c, err));
  transparency(c);
  FRAY_TRY(card_dimensions(c, err));
  FRAY_TRY(card_failures(c, err));
  card_heading(c, 2, "Where the numbers are from");
  return FRAY_OK;
}
