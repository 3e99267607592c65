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

/* What is wrong with the first cell is mostly wrong with all of them. */
enum fray_status fray_cell_named(const struct fray_study *study, const struct fray_cell *cell,
                                 struct fray_err *err) {
  const bool is_control = *cell->control != '\0';
  char words[200];
  if (err->status != FRAY_INPUT || (!is_control && (cell == study->cell || study->n_keys == 0)))
    return err->status;
  fray_cell_text(study, cell, words, sizeof words);
  for (size_t n = strlen(words); n > 0 && words[n - 1] == ' '; n--)
    words[n - 1] = '\0';
  /* What happened is told first: where there is no room for which cell it was, that is left out. */
  char text[sizeof err->text];
  const int n = snprintf(text, sizeof text, "%s (in the %s %s)", err->text,
                         is_control ? "control" : "cell", words);
  if (n > 0 && (size_t)n < sizeof text)
    memcpy(err->text, text, (size_t)n + 1);
  return err->status;
}
