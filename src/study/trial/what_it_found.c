/* The rows of found.csv: what a method called noisy, held against what damage did. */
#include "fray/base/text.h"
#include "trial_work.h"

#include <math.h>

/* A share of nothing is no number: it stays empty. */
static void put_share(struct fray_text *out, double part, double of) {
  char text[32] = "";
  if (of > 0)
    fray_format_double(part / of, text);
  fray_text_printf(out, ",%s", text);
}

void fray_trial_found(const struct trial_work *t, struct fray_text *out) {
  for (size_t i = 0; i < t->outcome.n_found; i++) {
    const struct fray_found *f = &t->outcome.found[i];
    fray_text_printf(out, "%s,%.0f,%.0f,%.0f,%.0f", f->of, f->seen, f->wrong, f->called, f->right);
    put_share(out, f->right, f->called);
    put_share(out, f->right, f->wrong);
    fray_text_puts(out, "\n");
  }
}
