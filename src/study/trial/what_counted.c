/* The rows of influence.csv, whose updates a rule took, and whose it left out; and that of
 * privacy.csv, what a training gave away.
 *
 * A rule cannot tell a liar from an honest client whose data differ: the table says how often it
 * turned down the latter, and of which groups they were. */
#include "fray/base/text.h"
#include "trial_work.h"

#include <math.h>
#include <string.h>

/* Clients that are looked at together. */
struct part {
  size_t clients;
  double of[FRAY_INFLUENCE_NUMBERS];
};

static void take(const struct trial_work *t, size_t c, struct part *p) {
  const double *client = t->outcome.influence + FRAY_INFLUENCE_NUMBERS * c;
  p->clients += client[FRAY_INFLUENCE_UPDATES] > 0;
  for (size_t k = 0; k < FRAY_INFLUENCE_NUMBERS; k++)
    p->of[k] += client[k];
}

/* Shares of updates, not means over clients: a client that came once says little. */
static void put(const struct part *p, const char *of, const char *value, struct fray_text *out) {
  static const int columns[] = {FRAY_INFLUENCE_NONE, FRAY_INFLUENCE_HALF, FRAY_INFLUENCE_SUM};
  if (p->clients == 0)
    return;
  fray_text_csv(out, of);
  fray_text_puts(out, ",");
  fray_text_csv(out, value);
  fray_text_printf(out, ",%zu,%.0f", p->clients, p->of[FRAY_INFLUENCE_UPDATES]);
  for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
    char number[32];
    fray_format_double(p->of[columns[k]] / p->of[FRAY_INFLUENCE_UPDATES], number);
    fray_text_printf(out, ",%s", number);
  }
  fray_text_puts(out, "\n");
}

/* Other groups may be asked for when nobody trains any more. Of a column of very many values parts
 * would be large: such a one is kept where the run itself asks for it. */
bool fray_trial_keeps_column(const struct trial_work *t, const struct fray_group *group) {
  const struct fray_strings *asked = &t->cell->config.evaluate.groups;
  enum { MANY = 4096 };
  bool is_asked = group->n <= MANY;
  for (size_t g = 0; g < asked->n; g++)
    is_asked = is_asked || strcmp(asked->v[g], group->name) == 0;
  return is_asked;
}

/* The end of a line with what ends it; that of the text where nothing does. */
static const char *line_end(const char *line, const char *end) {
  const char *newline = memchr(line, '\n', (size_t)(end - line));
  return newline ? newline + 1 : end;
}

/* Rows hang on the training alone, and which of them a table has on the groups that are asked for,
 * in their order. */
enum fray_status fray_trial_pick_columns(const struct trial_work *t, const struct fray_text *all,
                                         struct fray_text *out, struct fray_err *err) {
  const struct fray_strings *asked = &t->cell->config.evaluate.groups;
  FRAY_CHECK(!all->failed, err, MEMORY, "out of memory");
  if (all->size == 0) /* nothing, or of an older fray: its rows stay as they are */
    return FRAY_OK;
  const char *end = all->data + all->size, *columns = all->data;
  while (columns < end && *columns != '\n')
    columns = line_end(columns, end);
  fray_text_free(out);
  *out = (struct fray_text){0};
  fray_text_add(out, all->data, (size_t)(columns - all->data));
  for (size_t g = 0; g < asked->n; g++) {
    struct fray_text name = {0};
    fray_text_csv(&name, asked->v[g]);
    fray_text_puts(&name, ",");
    for (const char *line = columns, *next; line < end; line = next) {
      next = line_end(line, end);
      if ((size_t)(next - line) >= name.size && memcmp(line, name.data, name.size) == 0)
        fray_text_add(out, line, (size_t)(next - line));
    }
    out->failed = out->failed || name.failed;
    fray_text_free(&name);
  }
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* In a study without attackers all are honest. */
static bool attacks(const struct trial_work *t, size_t c) {
  return t->outcome.is_attacker && t->outcome.is_attacker[c];
}

/* Whether an entry of the study hit something that the client trains on. */
static bool is_damaged(const struct trial_work *t, size_t c) {
  for (size_t e = 0; e < t->cell->n_entries; e++)
    if (t->realised[e].client_hit && t->realised[e].client_hit[c])
      return true;
  return false;
}

/* Damage and attack are told apart: an attacker's data may be damaged too, and say nothing here. */
static void put_kinds(const struct trial_work *t, struct fray_text *out) {
  struct part honest = {0}, liars = {0}, whole = {0}, damaged = {0};
  for (size_t c = 0; c < t->clients.n; c++) {
    take(t, c, attacks(t, c) ? &liars : &honest);
    if (!attacks(t, c))
      take(t, c, is_damaged(t, c) ? &damaged : &whole);
  }
  put(&honest, "clients", "honest", out);
  put(&liars, "clients", "attackers", out);
  if (damaged.clients) { /* else there is nothing to compare */
    put(&whole, "damage", "without", out);
    put(&damaged, "damage", "with", out);
  }
}

/* A column that is no property of clients makes no rows. */
static enum fray_status put_column(const struct trial_work *t, const struct fray_group *group,
                                   struct fray_trial_file *part, struct fray_err *err) {
  struct part *of;
  FRAY_ALLOC_ZERO(of, &part->arena, group->n + 1, err);
  for (size_t c = 0; c < t->clients.n; c++) {
    const uint32_t *sample = t->clients.data.sample + t->clients.first[c];
    if (t->clients.count[c] == 0 || attacks(t, c))
      continue;
    for (size_t i = 1; i < t->clients.count[c]; i++)
      if (group->code[sample[i]] != group->code[sample[0]])
        return FRAY_OK;
    take(t, c, &of[group->code[sample[0]]]);
  }
  for (size_t g = 0; g < group->n; g++)
    put(&of[g], group->name, group->value[g], &part->influence_all);
  return FRAY_OK;
}

/* Of a block that a rule judges among its holders: who came with it, and how much of that was for
 * nothing since too few of the round held it. */
static void put_block(const struct trial_work *t, size_t modality, struct fray_text *out) {
  const double *block = t->outcome.blocks + FRAY_BLOCK_NUMBERS * modality;
  const double updates = block[FRAY_BLOCK_UPDATES], rests = block[FRAY_BLOCK_AT_REST];
  const double judged = updates - rests;
  /* Numbers of a kind of clients, so that the table needs no columns of its own: at rest an update
   * has no part, and otherwise, as no rule is asked here, an equal one. */
  struct part p = {.of = {[FRAY_INFLUENCE_UPDATES] = updates,
                          [FRAY_INFLUENCE_NONE] = rests,
                          [FRAY_INFLUENCE_HALF] = rests,
                          [FRAY_INFLUENCE_SUM] = judged}};
  /* Who holds it is a matter of labelled samples, as in the rounds. */
  for (size_t c = 0; c < t->clients.n; c++) {
    const uint8_t *present = t->clients.data.present + t->clients.first[c];
    bool holds = false;
    for (size_t i = 0; i < t->clients.n_labelled[c]; i++)
      holds = holds || present[i] >> modality & 1;
    p.clients +=
        holds && t->outcome.influence[FRAY_INFLUENCE_NUMBERS * c + FRAY_INFLUENCE_UPDATES] > 0;
  }
  put(&p, "at rest", t->session->dataset->modality[modality].name, out);
}

/* On rank 0, which has the counts of all: each rank judged for itself, and alike. */
enum fray_status fray_trial_influence(const struct trial_work *t, struct fray_trial_file *part,
                                      struct fray_err *err) {
  const struct fray_dataset *d = t->session->dataset;
  if (!t->outcome.influence)
    return FRAY_OK;
  put_kinds(t, &part->influence_all);
  for (size_t m = 0; m < d->n_modalities && t->outcome.blocks; m++)
    put_block(t, m, &part->influence_all);
  fray_text_puts(&part->influence_all, "\n");
  for (size_t g = 0; g < d->n_groups; g++)
    if (fray_trial_keeps_column(t, &d->group[g]))
      FRAY_TRY(put_column(t, &d->group[g], part, err));
  return fray_trial_pick_columns(t, &part->influence_all, &part->influence, err);
}

/* Numbers in full, as other tables have them; of nobody none. */
static void put_number(struct fray_text *out, double value, const char *end) {
  char text[32] = "";
  if (!isnan(value))
    fray_format_double(value, text);
  fray_text_printf(out, "%s%s", text, end);
}

/* Epsilon is of all rounds that were asked for: a training that its dev scores end sooner has told
 * when, which that covers and the rounds run would not. Lengths and shares are for whoever looks
 * on; they are no private release. */
enum fray_status fray_trial_privacy(const struct trial_work *t, struct fray_trial_file *part,
                                    struct fray_err *err) {
  const struct fray_privacy_plan *plan = t->outcome.privacy;
  const double *clipped = t->outcome.clipped, updates = clipped[FRAY_CLIPPED_UPDATES];
  struct fray_epsilons epsilon;
  struct fray_text *out = &part->privacy;
  if (!plan)
    return FRAY_OK;
  struct fray_arena scratch = {0};
  /* Anew, from the plan: what check printed is of another process, and must be the same. */
  const enum fray_status status = fray_privacy_epsilons(&plan->mechanism, &scratch, &epsilon, err);
  fray_arena_free(&scratch);
  FRAY_TRY(status);
  put_number(out, plan->mechanism.q, ",");
  put_number(out, plan->mechanism.z, ",");
  put_number(out, plan->clip, ",");
  fray_text_printf(out, "%zu,%.0f,%zu,", plan->clients, plan->mechanism.rounds, t->outcome.rounds);
  put_number(out, plan->mechanism.delta, ",");
  put_number(out, epsilon.pld, ",");
  put_number(out, epsilon.rdp, ",");
  put_number(out, epsilon.classic, ",");
  put_number(out, fray_privacy_noise_length(plan), ",");
  /* Of nobody's updates there is no share and no length. */
  fray_text_printf(out, "%.0f,", updates);
  put_number(out, updates > 0 ? clipped[FRAY_CLIPPED_LONGER] / updates : NAN, ",");
  put_number(out, updates > 0 ? clipped[FRAY_CLIPPED_FIRST] : NAN, ",");
  put_number(out, updates > 0 ? clipped[FRAY_CLIPPED_LAST] : NAN, ",");
  put_number(out, updates > 0 ? clipped[FRAY_CLIPPED_LENGTH] / updates : NAN, "\n");
  FRAY_CHECK(!out->failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}
