/* Who holds what, as tables on a terminal: wide ones, and narrow ones for half a screen. What data
 * could make endless is cut, with the number that was left out. */
#include "holdings.h"

#include "fray/base/log.h"
#include "fray/base/size.h"
#include "fray/base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
  NARROW = 78, /* columns below which the narrow tables are printed */
  MOST_CLASSES = 100,
  MOST_VALUES = 20,
  MOST_CLIENTS = 12, /* whose classes are printed without being asked for */
};

/* Widths of what stands in a row: a name, counts, pairs of counts, a share. */
struct form {
  size_t columns;
  int name, count, pair, share;
};
static const struct form wide = {0, 24, 8, 15, 13}, narrow = {0, 8, 4, 9, 6};

/* A name at the begin of a row, cut so that the numbers behind it stay where they are. */
static void print_name(const struct form *f, const char *name) {
  struct fray_text cell = {0};
  fray_text_cell(&cell, name, (size_t)f->name);
  fray_print("  %s", cell.data ? cell.data : "");
  fray_text_free(&cell);
}

/* Counts of five digits and more are told by the thousand where there are four columns. */
static const char *short_count(const struct form *f, size_t n, char out[32]) {
  if (f->columns >= NARROW || n < 10000)
    snprintf(out, 32, "%zu", n);
  else
    snprintf(out, 32, n < 1000000 ? "%zuk" : "%zuM", n / (n < 1000000 ? 1000 : 1000000));
  return out;
}

/* A blank always parts it from what stands before, however long it is. */
static void print_count(const struct form *f, size_t n) {
  char text[32];
  fray_print(" %*s", f->count, short_count(f, n, text));
}

/* Right over right: heads stand above the last digits. */
static void print_heads(const struct form *f, const char *title, const char *const *head, size_t n,
                        int width) {
  fray_print("%-*s", f->name + 2, title);
  for (size_t i = 0; i < n; i++)
    fray_print(" %*s", width, head[i]);
}

/* ---- sizes ---- */

/* A split that nobody has samples of has a count alone: there is no least of nothing. */
static void print_sizes(const struct form *f, const char *name, const struct cli_sizes *s) {
  print_name(f, name);
  print_count(f, s->clients);
  for (size_t q = 0; s->clients && q < CLI_QUARTILES; q++)
    if (s->quartile[q] < 1000) /* halves and quarters lie between two small clients */
      fray_print(" %*.4g", f->count, s->quartile[q]);
    else
      print_count(f, (size_t)llround(s->quartile[q]));
  fray_print("\n");
}

/* Bars beside counts; a bin that anybody is in has one mark at least. */
static void print_bins(const struct form *f, const char *title, const struct cli_sizes *s) {
  const size_t room = f->columns - 2 - 2 * 8 - 3 - 9 - 2;
  const size_t width = FRAY_MIN(room, (size_t)40); /* longer bars show no more */
  size_t most = 1;
  if (s->n_bins < 2)
    return;
  for (size_t i = 0; i < s->n_bins; i++)
    most = FRAY_MAX(most, s->bin[i].clients);
  fray_print("%s\n", title);
  for (size_t i = 0; i < s->n_bins; i++) {
    const struct cli_bin *b = &s->bin[i];
    /* Rounded up: somebody is there, and an empty bar would deny it. */
    const size_t marks = (b->clients * width + most - 1) / most;
    char range[64];
    snprintf(range, sizeof range, b->least == b->most ? "%zu" : "%zu to %zu", b->least, b->most);
    fray_print("  %-19s %8zu  ", range, b->clients);
    for (size_t k = 0; k < marks; k++)
      fray_print("#");
    fray_print("\n");
  }
}

/* Sizes of all are not those of a split: most clients have samples in two. */
static void print_clients(const struct form *f, const struct cli_holdings *h) {
  const bool few = f->columns < NARROW;
  const char *const heads[] = {few ? "n" : "number", few ? "min" : "least", "1/4", "1/2", "3/4",
                               few ? "max" : "most"};
  const struct cli_sizes *shown = h->split[FRAY_TRAIN].clients ? &h->split[FRAY_TRAIN] : &h->all;
  print_heads(f, "clients", heads, FRAY_COUNT(heads), f->count);
  fray_print("\n");
  for (size_t s = 0; s < FRAY_SPLITS; s++)
    print_sizes(f, fray_split_names[s], &h->split[s]);
  print_sizes(f, "all", &h->all);
  print_bins(f, shown == &h->all ? "samples of a client" : "training samples of a client", shown);
}

/* ---- classes ---- */

/* Which of them few clients hold, and how much of it lies with one: a class that a single client
 * holds is as good as that client's own. */
static void print_classes(const struct form *f, const struct fray_dataset *d,
                          const struct cli_holdings *h) {
  const char *const heads[] = {"train", "dev", "test", f->columns < NARROW ? "held" : "clients"};
  print_heads(f, "classes", heads, FRAY_COUNT(heads), f->count);
  fray_print(" %*s\n", f->share, f->columns < NARROW ? "in one" : "most in one");
  for (size_t k = 0; k < FRAY_MIN(d->n_classes, (size_t)MOST_CLASSES); k++) {
    const struct cli_class_held *c = &h->class[k];
    /* Of all splits, as most is: a class may lie with one client in test alone. */
    const size_t all = c->samples[FRAY_TRAIN] + c->samples[FRAY_DEV] + c->samples[FRAY_TEST];
    char share[32] = "-"; /* a class that no labelled sample has */
    if (all)
      snprintf(share, sizeof share, 100 * c->most < all ? "< 1 %%" : "%.0f %%",
               100 * (double)c->most / (double)all);
    print_name(f, d->class_name[k]);
    for (size_t s = 0; s < FRAY_SPLITS; s++)
      print_count(f, c->samples[s]);
    print_count(f, c->clients);
    fray_print(" %*s\n", f->share, share);
  }
  if (d->n_classes > MOST_CLASSES)
    fray_print("  ... and %zu more\n", d->n_classes - MOST_CLASSES);
}

/* Where a row begins: in a table, or on a line of its own where there is no room beside it. */
static void print_client(const struct form *f, const char *name, size_t samples) {
  if (f->columns >= NARROW) {
    print_name(f, name);
    fray_print(" %*zu  ", f->count, samples);
  } else {
    fray_print("  %s, %s\n    ", name, FRAY_N(samples, "sample"));
  }
}

/* A name that would fill a line by itself is cut, as in the tables. */
static void add_held(struct fray_text *words, const struct fray_dataset *d,
                     const struct cli_held *held, bool follows) {
  const char *name = d->class_name[held->class];
  fray_text_puts(words, follows ? ", " : "");
  if (strlen(name) > (size_t)wide.name)
    fray_text_cell(words, name, (size_t)wide.name);
  else
    fray_text_puts(words, name);
  fray_text_printf(words, " %u", (unsigned)held->samples);
}

/* Only what a client holds: of many classes most cells of a square table would be 0. */
static enum fray_status print_every_client(const struct form *f, const struct fray_dataset *d,
                                           const struct cli_holdings *h, struct fray_err *err) {
  const size_t indent = f->columns < NARROW ? 4 : (size_t)(f->name + f->count + 5);
  struct fray_text words = {0}, lines = {0};
  fray_print("classes of a client\n");
  for (size_t c = 0; c < d->n_clients && !words.failed && !lines.failed; c++) {
    const size_t *own = h->client_samples + c * FRAY_SPLITS;
    words.size = lines.size = 0;
    for (size_t k = h->first[c]; k < h->first[c + 1]; k++)
      add_held(&words, d, &h->held[k], k > h->first[c]);
    fray_text_wrap(&lines, h->first[c + 1] > h->first[c] && words.data ? words.data : "unlabelled",
                   indent, f->columns);
    print_client(f, d->client_name[c], own[FRAY_TRAIN] + own[FRAY_DEV] + own[FRAY_TEST]);
    fray_print("%s\n", lines.data ? lines.data : "");
  }
  const bool failed = words.failed || lines.failed;
  fray_text_free(&words);
  fray_text_free(&lines);
  FRAY_CHECK(!failed, err, MEMORY, "out of memory");
  return FRAY_OK;
}

/* ---- groups ---- */

/* People beside samples: thirty samples of one person say little about anybody. Client ids may be a
 * group too; the first values show what it is. */
static void print_groups(const struct form *f, const struct fray_dataset *d,
                         const struct cli_holdings *h) {
  for (size_t g = 0; g < d->n_groups; g++) {
    const struct fray_group *group = &d->group[g];
    fray_print("group %s: %s, samples (clients)\n", group->name, FRAY_N(group->n, "value"));
    print_heads(f, "", fray_split_names, FRAY_SPLITS, f->pair);
    fray_print("\n");
    for (size_t v = 0; v < FRAY_MIN(group->n, (size_t)MOST_VALUES); v++) {
      const struct cli_value_held *at = &h->value[g][v];
      print_name(f, group->value[v][0] ? group->value[v] : "(empty)");
      for (size_t s = 0; s < FRAY_SPLITS; s++) {
        char pair[64] = "-"; /* told from a count at a glance */
        if (at->samples[s])
          snprintf(pair, sizeof pair, "%s (%s)", short_count(f, at->samples[s], (char[32]){0}),
                   short_count(f, at->clients[s], (char[32]){0}));
        fray_print(" %*s", f->pair, pair);
      }
      fray_print("\n");
    }
    if (group->n > MOST_VALUES)
      fray_print("  ... and %zu more\n", group->n - MOST_VALUES);
  }
}

/* From what a federation is made of to what it is measured on: people, classes, groups. Every
 * client comes before the groups, as it belongs to the classes. */
enum fray_status cli_print_holdings(const struct fray_dataset *d, const struct cli_holdings *h,
                                    bool every_client, size_t columns, struct fray_err *err) {
  /* Two forms and none between: numbers stand where they stood in the last terminal. */
  struct form f = columns < NARROW ? narrow : wide;
  /* Below, words that are longer than what is left would break every line. */
  f.columns = FRAY_MAX(columns, (size_t)40);
  print_clients(&f, h);
  print_classes(&f, d, h);
  if (every_client || d->n_clients <= MOST_CLIENTS)
    FRAY_TRY(print_every_client(&f, d, h, err));
  print_groups(&f, d, h);
  return FRAY_OK;
}
