/* What few test clients can and cannot show. */
#include "fray/data/few.h"

#include <stdio.h>

/* One wording for an import and for a study: a reader who has seen it once knows it again. The
 * bound is explained beside FRAY_ENOUGH_CLIENTS. */
const char *fray_few_test_clients(size_t n, char out[FRAY_FEW_WORDS]) {
  snprintf(
      out, FRAY_FEW_WORDS,
      "%s%zu test client%s: scores tell how models do on %s, not on other people; with fewer "
      "than %d no difference between two methods can be told from chance over people (at 95 %%)",
      n ? "only " : "", n, n == 1 ? "" : "s", n == 1 ? "that one" : "these", FRAY_ENOUGH_CLIENTS);
  return out;
}
