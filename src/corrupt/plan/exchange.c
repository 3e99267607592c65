/* The entry that exchanges terms, written for those who have terms and know no kind of damage. */
#include "corrupt/scope/scope.h"

#include "fray/base/text.h"
#include "fray/corrupt/terms.h"

/* By what it declares and not by its name. */
static const struct fray_choice *exchanger(void) {
  size_t k = 0;
  while (!((const struct fray_corruption_ops *)fray_corruptions.v[k]->impl)->terms)
    k++; /* a test holds that there is one */
  return fray_corruptions.v[k];
}

/* In single quotes nothing but a quote has a meaning. */
static void quote(struct fray_text *out, const char *word) {
  fray_text_puts(out, "'");
  for (; *word; word++)
    fray_text_printf(out, *word == '\'' ? "''" : "%c", *word);
  fray_text_puts(out, "'");
}

/* At full strength: each place, so that nothing is drawn. */
const char *fray_terms_entry(const char *const *pair, size_t n, const char *modality,
                             struct fray_arena *arena) {
  const struct fray_choice *kind = exchanger();
  const struct fray_corruption_ops *ops = kind->impl;
  struct fray_text text = {0};
  fray_text_printf(&text, "{kind: %s, %s: 1, modalities: [", kind->name, ops->strength.key);
  quote(&text, modality);
  fray_text_printf(&text, "], %s: [", ops->terms);
  for (size_t k = 0; k < n; k++) {
    fray_text_puts(&text, k ? ", " : "");
    quote(&text, pair[k]);
  }
  fray_text_puts(&text, "]}");
  const char *out = text.failed ? NULL : fray_arena_strdup(arena, text.data);
  fray_text_free(&text);
  return out;
}
