/* Techniques: every kind of damage that can be aimed at test, by what is wrong with the input
 * afterwards, with its severities; from the registry alone. What a red team has to choose from. */
#include "documents.h"

#include "fray/base/size.h"
#include "fray/corrupt/corrupt.h"

#include <math.h>
#include <string.h>

enum { INDENT = 23, WIDTH = 80 };

/* Without a table of severities its key says how much; without a key it is there or not. */
static void put_amount(const struct fray_choice *kind, struct fray_text *out) {
  const struct fray_strength s = fray_corruption_strength(kind);
  const size_t n = fray_corruption_severities(kind);
  if (n)
    fray_text_printf(out, "severity 1 to %zu", n);
  else
    fray_text_printf(out, s.key ? "by %s" : "%s", s.key ? s.key : "all or nothing");
}

/* Names in a column of their own: what is looked for is a name to put into a recipe. */
static void put_technique(const struct fray_choice *kind, struct fray_text *out) {
  struct fray_text words = {0};
  put_amount(kind, &words);
  fray_text_printf(&words, ": %s", kind->meaning);
  fray_text_printf(out, "  %-20s ", kind->name);
  /* A text that memory did not suffice for fails with its owner. */
  fray_text_wrap(out, words.failed || !words.data ? kind->meaning : words.data, INDENT, WIDTH);
  fray_text_puts(out, "\n");
  fray_text_free(&words);
}

/* How many there are is said for what is shown: a technique is a kind at one severity, and a kind
 * without severities is one by itself. */
void cli_put_techniques(const char *category, struct fray_text *out) {
  size_t kinds = 0, techniques = 0;
  const char *name;
  fray_text_puts(out, "techniques\n");
  for (unsigned c = 1; (name = fray_category_name((enum fray_category)c)); c++) {
    /* A category without kinds is shown as well: that nothing is known of it is news. */
    if (category && strcmp(category, name) != 0)
      continue;
    fray_text_printf(out, "\n%s: %s\n", name, fray_category_meaning((enum fray_category)c));
    for (size_t i = 0; i < fray_corruptions.n; i++) {
      const struct fray_choice *kind = fray_corruptions.v[i];
      /* Labels are never damaged at test, and a record is no choice. */
      if (fray_corruption_category(kind) != (enum fray_category)c ||
          !fray_corruption_is_technique(kind))
        continue;
      put_technique(kind, out);
      kinds++;
      techniques += FRAY_MAX(fray_corruption_severities(kind), (size_t)1);
    }
  }
  fray_text_printf(out, "\n%zu kinds can be aimed at test: %zu techniques, counted by severity\n",
                   kinds, techniques);
}
