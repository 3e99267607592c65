/* What people are shown of a cell, in one line. */
#include "scenario.h"

#include "fray/base/utf8.h"

#include <stdio.h>
#include <string.h>

/* snprintf() counts what it would have written, so the loop ends when there is no more room, and
 * out is whole up to there. */
void fray_cell_text(const struct fray_study *study, const struct fray_cell *cell, char *out,
                    size_t size) {
  size_t used = (size_t)snprintf(out, size, "%s%s", cell->control, *cell->control ? " " : "");
  for (size_t k = 0; k < study->n_keys && used < size; k++)
    used += (size_t)snprintf(out + used, size - used, "%s=%s ", study->key[k], cell->value[k]);
  for (char *p = out; *p; p++)
    *p = *p == '\n' ? '?' : *p;                  /* it stands in a line of its own */
  out[fray_utf8_valid(out, strlen(out))] = '\0'; /* where it was cut */
}
