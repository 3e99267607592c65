/* Edit distance by one row of the table. Time is the product of the lengths, which is why long
 * texts are looked at up to a bound only: this feeds a warning and two columns, not a score. */
#include "edits.h"

#include "fray/base/size.h"

#include <string.h>

double edits_rate(const void *a, size_t n_a, const void *b, size_t n_b, size_t size) {
  const char *x = a, *y = b;
  const size_t n = FRAY_MIN(n_a, (size_t)EDITS_MOST), m = FRAY_MIN(n_b, (size_t)EDITS_MOST);
  size_t row[EDITS_MOST + 1];
  for (size_t j = 0; j <= m; j++)
    row[j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t corner = row[0]; /* of the row before, one column before */
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      const size_t change = corner + (memcmp(x + (i - 1) * size, y + (j - 1) * size, size) != 0);
      corner = row[j];
      row[j] = FRAY_MIN(change, FRAY_MIN(row[j], row[j - 1]) + 1);
    }
  }
  return (double)row[m] / (double)m;
}
