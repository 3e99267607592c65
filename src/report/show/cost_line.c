/* What the shown models cost to train, in a line for a terminal. */
#include "shown.h"

#include "report/measure/prices.h"

#include <math.h>

/* A line or two; the report has them all. */
enum { MOST_NAMED = 6 };

/* "attention 1.2 GB sent, 3.4 TFLOP": what is known of it; a model that is alone needs no name. */
static void put_model(const struct fray_rep_shown *s, size_t m, struct fray_text *out) {
  static const char *const verb[FRAY_REP_PRICES] = {
      [FRAY_REP_BYTES] = " sent", [FRAY_REP_FLOPS] = "", [FRAY_REP_SIMULATED] = " simulated"};
  const bool is_named = s->n_models > 1;
  const char *before = is_named ? " " : "";
  fray_text_puts(out, is_named ? s->model[m].label : "");
  for (int k = 0; k < FRAY_REP_PRICES; k++) {
    char text[48];
    const double price = fray_rep_price_of(s->r, s->model[m].cell, (enum fray_rep_price)k);
    if (isnan(price))
      continue;
    fray_text_printf(out, "%s%s%s", before,
                     fray_rep_price_text(price, fray_rep_price_kinds[k].unit, text), verb[k]);
    before = ", ";
  }
}

/* Nothing of a study whose trainings did not count. In words and not as a table: there is one
 * number of each kind for a model, and the table above is of scores alone. */
void fray_rep_put_costs(const struct fray_rep_shown *s, struct fray_text *out) {
  size_t n = 0;
  for (size_t m = 0; m < s->n_models; m++) {
    if (isnan(fray_rep_price_of(s->r, s->model[m].cell, FRAY_REP_BYTES)))
      continue;
    if (n++ >= MOST_NAMED)
      continue;
    fray_text_puts(out, n == 1 ? "A training costs: " : "; ");
    put_model(s, m, out);
  }
  /* Those that are left out are counted, so that nobody takes the line for all of them. */
  if (n > MOST_NAMED)
    fray_text_printf(out, "; and %zu more in the report", n - MOST_NAMED);
  fray_text_puts(out, n ? "." : "");
}
