/* Warnings about results.h5. */
#include "markup.h"
#include "page.h"

/* Every trial's predictions are looked at, so that no damage goes unsaid. */
enum fray_status fray_rep_warn_predictions(const struct fray_rep_results *r, struct fray_text *out,
                                           struct fray_err *err) {
  const char *complaint;
  const struct fray_rep_answers *answers;
  for (size_t k = 0; k < FRAY_REP_N_SAMPLES; k++)
    for (size_t t = 0; t < r->n_trials; t++)
      FRAY_TRY(fray_rep_file_answers(fray_rep_store_file(r), k, t, &answers, err));
  size_t n = fray_rep_file_damage(fray_rep_store_file(r), &complaint);
  size_t differ = fray_rep_store_disagreements(r);
  if (n) {
    fray_text_printf(out, "<li>results.h5 is damaged for %zu of %zu trainings (", n, r->n_trials);
    fray_rep_html(out, complaint);
    fray_text_puts(out, "); intervals that need their predictions are of seeds alone.</li>\n");
  }
  if (differ)
    fray_text_printf(out,
                     "<li>results.h5 and scores.csv disagree about %zu of %zu trainings; intervals "
                     "that need their predictions are of seeds alone.</li>\n",
                     differ, r->n_trials);
  return FRAY_OK;
}
