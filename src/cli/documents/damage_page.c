/* The page of all kinds of damage, docs/corruptions.md: what each does, how its strength is said,
 * what more of it does, and what its severities are. From the registry alone, so that a kind that
 * is added stands in it, and nothing that it does not declare is promised. */
#include "documents.h"

#include "fray/base/size.h"
#include "fray/corrupt/signal.h"

#include <math.h>

/* Groups in the order of the page: what acts before anything is read, then media; a kind that
 * damages several stands under each of them. */
enum { BEFORE = -1, EVERY = -2, ALL_MEDIA = (1 << (FRAY_FEATURES + 1)) - 1 };
static const struct {
  int medium; /* enum fray_modality_kind; BEFORE: the kinds that damage no values;
                 EVERY: those that damage values of every medium */
  const char *title, *about;
} groups[] = {
    {BEFORE, "Who is there, and labels",
     "These act before anything is read, on what a sample has."},
    {EVERY, "Any medium",
     "These damage values of every medium alike, as what they do is about no one of them. A value "
     "that is another sample's comes in training from the same federated client and at test from "
     "the same test; one that is drawn there is of another client if there is any. Ledgers name "
     "it."},
    {FRAY_IMAGE, "Pictures",
     "Values are 0 (black) to 1 (white) and stay floats until features are made "
     "of them; each kind cuts at both ends."},
    {FRAY_AUDIO, "Sound",
     "Full scale is -1 to 1. Levels and ratios are over the whole clip, pauses "
     "included; the length is kept."},
    {FRAY_SERIES, "Series",
     "Values are in the units of the data. A deviation is that of the channel over "
     "the sample (divided by its steps), unless a kind says otherwise."},
    {FRAY_TEXT, "Texts",
     "A word is a run of letters, with apostrophes inside; bytes that are no UTF-8 "
     "are kept."},
    {FRAY_FEATURES, "Feature vectors", "Strengths are in the units of the data."},
};

const char *cli_damage_group(size_t group, const char **title) {
  if (group >= FRAY_COUNT(groups))
    return NULL;
  *title = groups[group].title;
  const int medium = groups[group].medium;
  return medium == BEFORE ? "labels" : medium == EVERY ? "any" : fray_modality_kind_names[medium];
}

bool cli_damage_is_of(const struct fray_choice *kind, size_t group) {
  const struct fray_signal_ops *ops = fray_corruption_signal(kind);
  const int medium = groups[group].medium;
  /* What damages everything would stand under each heading, and says nothing about any of them. */
  if (!ops || medium == BEFORE)
    return !ops && medium == BEFORE;
  if (medium == EVERY || ops->kinds == ALL_MEDIA)
    return medium == EVERY && ops->kinds == ALL_MEDIA;
  return ops->kinds >> medium & 1;
}

/* A group that no kind is of has no heading. */
bool cli_damage_is_empty(size_t group) {
  for (size_t i = 0; i < fray_corruptions.n; i++)
    if (cli_damage_is_of(fray_corruptions.v[i], group))
      return false;
  return true;
}

/* A bar would end a cell. */
static void put_cell(const char *words, struct fray_text *out) {
  for (const char *p = words; *p; p++) {
    fray_text_puts(out, *p == '|' ? "\\" : "");
    fray_text_add(out, p, 1);
  }
}

/* "`sigma` (full scale), more is worse". */
static void put_strength(const struct fray_choice *kind, struct fray_text *out) {
  const struct fray_strength s = fray_corruption_strength(kind);
  if (!s.key) {
    fray_text_puts(out, "none");
    return;
  }
  fray_text_printf(out, "`%s`", s.key);
  if (s.unit && *s.unit)
    fray_text_printf(out, " (%s)", s.unit);
  fray_text_puts(out, s.worse > 0 ? ", more is worse" : s.worse < 0 ? ", less is worse" : "");
}

/* What the laws of the tests hold it to. */
static const char *growth_of(const struct fray_signal_ops *ops) {
  switch (ops->grows) {
  case FRAY_GROWS_EACH:
    return "every number moves at least as far";
  case FRAY_GROWS_MEAN:
    return "the mean distance grows";
  default:
    return "no order is promised";
  }
}

/* A dash where the kind does not act on values: nothing of them grows, and draws are of the plan.
 */
static void put_kind(const struct fray_choice *kind, struct fray_text *out) {
  const struct fray_signal_ops *ops = fray_corruption_signal(kind);
  fray_text_printf(out, "| `%s` | ", kind->name);
  put_cell(kind->meaning, out);
  fray_text_puts(out, " | ");
  put_strength(kind, out);
  fray_text_printf(out, " | %s | %s | ", ops ? growth_of(ops) : "\u2013",
                   !ops         ? "\u2013"
                   : ops->fixed ? "no"
                                : "yes");
  put_cell(kind->source ? kind->source : "", out);
  fray_text_puts(out, " |\n");
}

/* A row for each published table; numbers in the order of severities 1 to 5. */
static void put_levels(const struct fray_choice *kind, const struct fray_levels *row,
                       const struct fray_signal_ops *ops, struct fray_text *out) {
  fray_text_printf(out, "| `%s` | `%s` |", kind->name, row->name);
  for (size_t level = 0; level < FRAY_COUNT(row->level); level++) {
    if (isnan(row->level[level]))
      fray_text_puts(out, " \u2013");
    else
      fray_text_printf(out, " %.4g", row->level[level]);
    /* Further parameters behind the strength, as the kind's table of keys has them. */
    for (size_t k = 0; row->more && k < ops->n_more; k++)
      fray_text_printf(out, "%s%.4g", k ? ", " : "; ", row->more[level * ops->n_more + k]);
    fray_text_puts(out, " |");
  }
  fray_text_puts(out, "\n");
}

/* Only kinds with severities have rows; a group without any has no table. */
static void put_severities(size_t group, struct fray_text *out) {
  bool any = false;
  for (size_t i = 0; i < fray_corruptions.n; i++) {
    const struct fray_choice *kind = fray_corruptions.v[i];
    const struct fray_signal_ops *ops = fray_corruption_signal(kind);
    /* Rows in the order in which they are tried: the first one that fits a picture counts. */
    for (size_t r = 0; ops && cli_damage_is_of(kind, group) && r < ops->n_levels; r++) {
      if (!any)
        fray_text_puts(out,
                       "\n| kind | table | 1 | 2 | 3 | 4 | 5 |\n|---|---|---|---|---|---|---|\n");
      any = true;
      put_levels(kind, &ops->levels[r], ops, out);
    }
  }
}

/* Sheets are drawn by scripts/make_sheets, one for each medium; what acts before values are read
 * has nothing to show. */
static void put_sheet(size_t group, struct fray_text *out) {
  const char *title, *name = cli_damage_group(group, &title);
  if (groups[group].medium >= 0)
    fray_text_printf(out,
                     "\n![%s under each kind of damage, clean at the top]"
                     "(images/corruptions/%s.png)\n",
                     title, name);
}

/* The same columns under each heading, so that kinds of two media can be compared. */
static void put_head(const char *title, const char *about, struct fray_text *out) {
  fray_text_printf(
      out,
      "\n## %s\n\n%s\n\n| kind | what it is | strength | what more of it does | random "
      "numbers | source |\n|---|---|---|---|---|---|\n",
      title, about);
}

/* In the order of the registry, which is that of reports. */
void cli_put_damage(struct fray_text *out) {
  fray_text_printf(out,
                   "# Kinds of damage\n\nMade by `fray list corruptions --reference`, from what "
                   "the %zu kinds declare of "
                   "themselves; their keys are in the [scenario reference](scenario-reference.md), "
                   "and `fray corrupt` "
                   "shows any of them on a sample of your own, with `--sheet` all of them. The "
                   "sheets below are of samples that the program draws itself, with random "
                   "numbers of seed 1; what is marked as unchanged was spared by lot, or is "
                   "too weak for that sample.\n\nA *severity* of 1 to 5 stands "
                   "for the strengths "
                   "of a table: of pictures that of their size, unless the entry names one; "
                   "further parameters stand "
                   "behind a semicolon. Tables called `fray` are our own, where the field has "
                   "none. What more of a kind "
                   "does is promised only as far as the tests hold it: several published "
                   "severities are names and no "
                   "amounts.\n",
                   fray_corruptions.n);
  for (size_t g = 0; g < FRAY_COUNT(groups); g++) {
    if (cli_damage_is_empty(g))
      continue;
    put_head(groups[g].title, groups[g].about, out);
    for (size_t i = 0; i < fray_corruptions.n; i++)
      if (cli_damage_is_of(fray_corruptions.v[i], g))
        put_kind(fray_corruptions.v[i], out);
    put_severities(g, out);
    put_sheet(g, out);
  }
}
