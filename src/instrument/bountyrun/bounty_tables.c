/* The tables of a bounty, and the dictionary of their columns.
 *
 *   submissions.csv   every certificate that was judged, in order
 *   versions.csv      each version of the model: mistakes by role and group
 *   teams.csv         which traits the certificates of a hunter are made of */
#include "bounty_parts.h"

#include "fray/base/columns.h"
#include "fray/base/size.h"
#include "fray/metric/resample.h"

#include <math.h>
#include <string.h>

static const uint64_t draws_key = 0x626f756e74790001; /* any number, as long as it stays */

static const struct fray_column columns[] = {
    {"submissions.csv", "submission", "integer", "", "its number, from 1", "never"},
    {"submissions.csv", "hunter", "text", "", "who submitted it", "never"},
    {"submissions.csv", "team", "text", "", "of hunters: the traits that it saw",
     "it came of a file"},
    {"submissions.csv", "group", "text", "", "of whom it speaks, as in a certificate", "never"},
    {"submissions.csv", "answer", "text", "", "what it says is better there", "never"},
    {"submissions.csv", "dev_n", "integer", "samples", "of dev that it was found on",
     "it came of a file"},
    {"submissions.csv", "dev_gain", "real", "",
     "share of all dev samples that turns right by it, on the samples that chose it",
     "it came of a file"},
    {"submissions.csv", "role", "text", "", "of the samples of what follows: verify", "never"},
    {"submissions.csv", "all", "integer", "samples", "with a label", "never"},
    {"submissions.csv", "n", "integer", "samples", "of these, of the group", "never"},
    {"submissions.csv", "clients", "integer", "clients", "of the group", "never"},
    {"submissions.csv", "right", "integer", "samples",
     "of the group that turn right, against the version that stood then", "never"},
    {"submissions.csv", "wrong", "integer", "samples", "of the group that turn wrong", "never"},
    {"submissions.csv", "gained", "real", "", "(right - wrong) / all: mass of the group x its gain",
     "no sample has a label"},
    {"submissions.csv", "p", "real", "",
     "one-sided exact sign test; accepted at alpha / submissions", "never"},
    {"submissions.csv", "clients_gained", "integer", "clients",
     "of the group, with more samples that turn right than wrong", "never"},
    {"submissions.csv", "word", "text", "", "accepted, too small, no gain, not sure", "never"},
    {"submissions.csv", "version", "integer", "", "that it made", "not accepted"},
    {"submissions.csv", "repairs", "integer", "nodes",
     "that send older groups back to a version that was better for them", "not accepted"},
    {"versions.csv", "version", "integer", "", "0: the model as it was", "never"},
    {"versions.csv", "role", "text", "",
     "verify: samples that judged the certificates; report: those that nothing was chosen by",
     "never"},
    {"versions.csv", "group", "text", "",
     "all, the group of an accepted certificate, or COLUMN=VALUE of evaluate.groups", "never"},
    {"versions.csv", "n", "integer", "samples", "with a label", "never"},
    {"versions.csv", "clients", "integer", "clients", "of these", "never"},
    {"versions.csv", "error", "real", "", "share of wrong answers",
     "fewer than 5 clients or 30 samples"},
    {"versions.csv", "gained", "real", "", "error of version 0 less that of this one",
     "fewer than 5 clients or 30 samples"},
    {"versions.csv", "low", "real", "", "of its 95 % interval over clients",
     "not known, or of samples that chose"},
    {"versions.csv", "high", "real", "", "likewise", "not known, or of samples that chose"},
    {"teams.csv", "team", "text", "", "hunter, or team of hunters", "never"},
    {"teams.csv", "feature", "text", "", "trait of samples", "never"},
    {"teams.csv", "submitted", "integer", "certificates", "of the team", "never"},
    {"teams.csv", "accepted", "integer", "certificates", "of these", "never"},
    {"teams.csv", "of_submitted", "real", "", "share of the submitted ones whose group uses it",
     "never"},
    {"teams.csv", "of_accepted", "real", "", "share of the accepted ones whose group uses it",
     "none was accepted"},
};

/* From the same rows as the headers, so that no column is without its meaning. */
void bounty_columns(const void *bounty, struct fray_text *out) {
  (void)bounty;
  fray_columns_csv_head(out);
  fray_columns_csv(columns, FRAY_COUNT(columns), out);
}

/* There are no families of columns in these files. */
static void header(const char *file, struct fray_text *out) {
  fray_columns_header(columns, FRAY_COUNT(columns), file, NULL, out);
}

/* What is not known leaves its field empty. */
static void put(struct fray_text *out, double value) {
  char number[32];
  fray_format_double(value, number);
  fray_text_printf(out, ",%s", isfinite(value) ? number : "");
}

/* A field of a table, as it would stand in a certificate. */
static void put_group(const struct bounty *b, const struct fray_group_rule *group,
                      struct fray_text *out) {
  const struct fray_traits names = fray_trait_names(&b->plan);
  struct fray_text text = {0};
  fray_group_write(group, &names, &text);
  fray_text_csv(out, text.failed ? "" : text.data);
  out->failed |= text.failed;
  fray_text_free(&text);
}

/* ---- submissions ---- */

/* In the order in which they were judged: each against what the ones before it had made. */
void bounty_submissions(const void *bounty, struct fray_text *out) {
  const struct bounty *b = bounty;
  header("submissions.csv", out);
  for (size_t k = 0; k < b->n_certificates; k++) {
    const struct bounty_certificate *c = &b->certificate[k];
    const struct fray_bounty_verdict *v = &c->verdict;
    fray_text_printf(out, "%zu,", k + 1);
    fray_text_csv(out, c->hunter);
    fray_text_puts(out, ",");
    fray_text_csv(out, c->team);
    fray_text_puts(out, ",");
    put_group(b, &c->group, out);
    fray_text_puts(out, ",");
    fray_text_csv(out, b->answer[c->answer].text);
    if (*c->team)
      fray_text_printf(out, ",%zu", c->dev_n);
    else
      fray_text_puts(out, ",");
    put(out, *c->team ? (double)c->dev_gain / (double)b->panel[BOUNTY_FIND].n : (double)NAN);
    fray_text_printf(out, ",%s,%zu,%zu,%zu,%zu,%zu", fray_role_names[FRAY_ROLE_VERIFY], v->all,
                     v->n, v->clients, v->right, v->wrong);
    put(out, ((double)v->right - (double)v->wrong) / (double)v->all);
    put(out, v->p);
    fray_text_printf(out, ",%zu,%s", v->gained, fray_bounty_words[v->word]);
    if (c->version)
      fray_text_printf(out, ",%zu,%zu\n", c->version, c->repairs);
    else
      fray_text_puts(out, ",,\n");
  }
}

/* ---- versions ---- */

/* Sums by client, from which thousands of draws are made. */
static enum fray_status tally(const struct bounty *b, const struct bounty_panel *panel,
                              size_t version, const uint8_t *member, double *of, double *gone,
                              struct bounty_error *out) {
  const struct fray_certified certified = bounty_certified(panel);
  for (size_t i = 0; i < panel->n; i++) {
    if (panel->label[i] < 0 || (member && !member[i]))
      continue;
    const bool was = panel->said[i] != panel->label[i];
    const bool is = fray_list_says(&b->list, version, &certified, i) != panel->label[i];
    out->n++;
    out->wrong += is;
    /* Its first sample here. */
    out->clients += of[panel->client[i]] <= 0;
    of[panel->client[i]]++;
    gone[panel->client[i]] += (double)was - (double)is;
  }
  return FRAY_OK;
}

/* Clients that are there, side by side, since the draws are of them alone. */
static void pack(size_t n_clients, double *of, double *gone) {
  size_t n = 0;
  for (size_t c = 0; c < n_clients; c++)
    if (of[c] > 0) {
      of[n] = of[c];
      gone[n++] = gone[c];
    }
}

/* Pairs of answers to one sample, so that what is hard for everybody falls out; the interval is
 * over people, as there is one training. */
enum fray_status bounty_error_of(const struct bounty *b, const struct bounty_panel *panel,
                                 size_t version, const uint8_t *member, struct bounty_error *out,
                                 struct fray_err *err) {
  struct fray_arena arena = {0};
  struct fray_resample draws;
  double *of = fray_arena_zero(&arena, b->n_clients + 1, sizeof *of);
  double *gone = fray_arena_zero(&arena, b->n_clients + 1, sizeof *gone);
  double *value = fray_arena_zero(&arena, FRAY_DRAWS, sizeof *value);
  enum fray_status status =
      of && gone && value ? FRAY_OK : fray_fail(err, FRAY_MEMORY, "out of memory");
  *out = (struct bounty_error){.gain = NAN, .low = NAN, .high = NAN};
  if (status == FRAY_OK)
    status = tally(b, panel, version, member, of, gone, out);
  if (status == FRAY_OK && out->n > 0) {
    pack(b->n_clients, of, gone);
    out->gain = fray_mean_of_shares(1, out->clients, of, gone, NULL, NULL);
    /* Of samples that chose nothing; where nothing changed there is nothing to be sure of. */
    if (panel->role == FRAY_ROLE_REPORT && version > 0)
      status = fray_resample_make(draws_key, 1, out->clients, FRAY_DRAWS, &arena, &draws, err);
    if (status == FRAY_OK && panel->role == FRAY_ROLE_REPORT && version > 0) {
      /* The same draws for every version and group, as they hang on the number of clients alone. */
      for (size_t d = 0; d < FRAY_DRAWS; d++)
        value[d] = fray_mean_of_shares(1, out->clients, of, gone, draws.seed + d,
                                       draws.cluster + d * out->clients);
      struct fray_interval interval =
          fray_interval_of(out->gain, value, FRAY_DRAWS, 1, out->clients);
      fray_interval_within(-1, 1, &interval); /* of a difference of shares */
      out->low = interval.low;
      out->high = interval.high;
    }
  }
  fray_arena_free(&arena);
  return status;
}

/* One row. Of a group of few nothing is said but how many they are. */
static void put_version(const struct bounty *b, const struct bounty_panel *panel, size_t version,
                        const uint8_t *member, struct fray_text *name, struct fray_text *out) {
  struct bounty_error e;
  struct fray_err err = {0};
  if (name->failed || bounty_error_of(b, panel, version, member, &e, &err) != FRAY_OK) {
    out->failed = true;
    return;
  }
  /* The whole is never few: who has less than five test clients sees it by the column beside. */
  const bool few = member && (e.clients < BOUNTY_CLIENTS || e.n < BOUNTY_SAMPLES);
  fray_text_printf(out, "%zu,%s,", version, fray_role_names[panel->role]);
  fray_text_csv(out, name->data);
  fray_text_printf(out, ",%zu,%zu", e.n, e.clients);
  put(out, few ? (double)NAN : (double)e.wrong / (double)e.n);
  put(out, few ? (double)NAN : e.gain);
  put(out, few ? (double)NAN : e.low);
  put(out, few ? (double)NAN : e.high);
  fray_text_puts(out, "\n");
}

/* Columns that the study's own tables have. */
static bool is_reported(const struct bounty *b, const char *column) {
  const struct fray_strings *groups = &fray_kept_study(b->kept)->cell[0].config.evaluate.groups;
  for (size_t k = 0; k < groups->n; k++)
    if (strcmp(groups->v[k], column) == 0)
      return true;
  return false;
}

/* Values of the columns of the study, whoever certificates spoke of. */
static void put_columns(const struct bounty *b, const struct bounty_panel *panel, size_t version,
                        uint8_t *member, struct fray_text *out) {
  const struct fray_trait_plan *plan = &b->plan;
  for (size_t t = 0; t < plan->n; t++) {
    if (plan->origin[t] != FRAY_TRAIT_GROUP || !is_reported(b, plan->trait[t].name))
      continue;
    const struct fray_group *column = &plan->group[plan->of[t]];
    /* A value that none of these samples has is a row of zeros. */
    for (size_t v = 0; v < column->n; v++) {
      struct fray_text name = {0};
      for (size_t i = 0; i < panel->n; i++)
        member[i] = column->code[panel->sample[i]] == v;
      fray_text_printf(&name, "%s=%s", column->name, column->value[v]);
      put_version(b, panel, version, member, &name, out);
      fray_text_free(&name);
    }
  }
}

/* All, then groups that were let in, then those of the study. */
static void put_panel(const struct bounty *b, const struct bounty_panel *panel, size_t version,
                      struct fray_text *out) {
  const struct fray_traits names = fray_trait_names(&b->plan);
  struct fray_arena arena = {0};
  struct fray_text name = {0};
  uint8_t *member = fray_arena_zero(&arena, panel->n + 1, 1);
  fray_text_puts(&name, "all");
  put_version(b, panel, version, NULL, &name, out);
  fray_text_free(&name);
  for (size_t g = 0; g < b->list.n_groups; g++) {
    const size_t c = b->list.group[g];
    struct fray_text group = {0};
    fray_group_write(&b->certificate[c].group, &names, &group);
    put_version(b, panel, version, panel->member[c], &group, out);
    fray_text_free(&group);
  }
  if (member)
    put_columns(b, panel, version, member, out);
  out->failed |= !member;
  fray_arena_free(&arena);
}

/* Samples that verify stand beside the others, so that what they promised can be held against what
 * came. */
void bounty_versions(const void *bounty, struct fray_text *out) {
  const struct bounty *b = bounty;
  header("versions.csv", out);
  for (size_t v = 0; v < b->list.n_versions; v++)
    for (int p = BOUNTY_VERIFY; p < BOUNTY_PANELS; p++)
      put_panel(b, &b->panel[p], v, out);
}

/* ---- teams ---- */

/* A trait that a group is said by; how it is used is in the group. */
static bool uses(const struct bounty_certificate *c, size_t trait) {
  for (size_t t = 0; t < c->group.n; t++)
    if (c->group.term[t].trait == trait)
      return true;
  return false;
}

/* One team and one trait. */
static void put_feature(const struct bounty *b, const char *team, size_t trait,
                        struct fray_text *out) {
  size_t n[2] = {0}, with[2] = {0};
  for (size_t k = 0; k < b->n_certificates; k++) {
    const struct bounty_certificate *c = &b->certificate[k];
    if (strcmp(c->hunter, team) != 0)
      continue;
    /* Among the submitted ones, and among the accepted ones if it is one. */
    for (int accepted = 0; accepted <= (c->version > 0); accepted++) {
      n[accepted]++;
      with[accepted] += uses(c, trait);
    }
  }
  fray_text_csv(out, team);
  fray_text_puts(out, ",");
  fray_text_csv(out, b->plan.trait[trait].name);
  fray_text_printf(out, ",%zu,%zu", n[0], n[1]);
  put(out, (double)with[0] / (double)n[0]);
  put(out, (double)with[1] / (double)n[1]);
  fray_text_puts(out, "\n");
}

/* Traits that any certificate uses, for every team: a gap is an answer as well. Teams in the order
 * of their first submission. */
void bounty_teams(const void *bounty, struct fray_text *out) {
  const struct bounty *b = bounty;
  header("teams.csv", out);
  for (size_t k = 0; k < b->n_certificates; k++) {
    /* A team has one block of rows, at its first submission. */
    bool first = true;
    for (size_t j = 0; j < k; j++)
      first = first && strcmp(b->certificate[j].hunter, b->certificate[k].hunter) != 0;
    for (size_t t = 0; first && t < b->plan.n; t++) {
      bool used = false;
      for (size_t j = 0; j < b->n_certificates; j++)
        used = used || uses(&b->certificate[j], t);
      if (used)
        put_feature(b, b->certificate[k].hunter, t, out);
    }
  }
}
