/* Whether kept models still score as they did when they were trained.
 *
 * The last guard against data whose values changed while their index did not. */
#include "trial_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Lines of numbers (or words, for those that are none) between commas. In another environment a
 * sample on the edge may fall to the other side. An empty cell of an undefined value must be empty
 * in both: strtod() takes nothing there, and the commas are compared. */
static bool are_near(const char *a, const char *b) {
  static const double edge = 0.02;
  while (*a && *b) {
    char *a_end, *b_end;
    const double x = strtod(a, &a_end), y = strtod(b, &b_end);
    if (a_end == a || b_end == b) {
      if (*a++ != *b++)
        return false;
      continue;
    }
    if (!(fabs(x - y) <= edge * fmax(1, fabs(x))) && !(isnan(x) && isnan(y)))
      return false;
    a = a_end;
    b = b_end;
  }
  return *a == *b;
}

/* Texts first: in one environment they are equal to the byte, and nothing less will do. */
bool fray_scores_alike(const struct fray_text *before, const struct fray_text *now, bool mixed) {
  if (before->size == now->size &&
      (before->size == 0 || memcmp(before->data, now->data, now->size) == 0))
    return true;
  return mixed && before->data && now->data && are_near(before->data, now->data);
}
