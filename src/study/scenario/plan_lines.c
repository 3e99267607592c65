/* Lines that a study says once, however many cells give rise to them: warnings, and what is limited
 * by what there is. */
#include "fray/base/log.h"
#include "scenario.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Lines that the plan keeps: those of further cells are often the same. */
enum { MOST_LINES = 12 };

/* Cells give rise to equal lines by the hundred. */
static bool is_listed(const struct fray_lines *lines, const char *text) {
  for (size_t i = 0; i < lines->n; i++)
    if (strcmp(lines->text[i], text) == 0)
      return true;
  return false;
}

/* True if the line is new and there is room for it. A line that does not fit is counted only; lack
 * of memory is treated alike, since a remark is not worth a failure. */
__attribute__((format(printf, 3, 0))) static bool
add_line(struct fray_study *study, struct fray_lines *lines, const char *format, va_list args) {
  char text[1024];
  vsnprintf(text, sizeof text, format, args);
  if (is_listed(lines, text))
    return false;
  if (!lines->text)
    lines->text = fray_arena_alloc(&study->arena, MOST_LINES, sizeof *lines->text);
  const char *copy = lines->n < MOST_LINES ? fray_arena_strdup(&study->arena, text) : NULL;
  if (!lines->text || !copy) {
    lines->more++;
    return false;
  }
  lines->text[lines->n++] = copy;
  return true;
}

void fray_study_warn(struct fray_study *study, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const bool is_new = add_line(study, &study->warnings, format, args);
  va_end(args);
  if (is_new)
    fray_warn("%s", study->warnings.text[study->warnings.n - 1]);
}

/* Kept for the plan alone: nothing is wrong. */
void fray_study_limit(struct fray_study *study, const char *format, ...) {
  va_list args;
  va_start(args, format);
  add_line(study, &study->limits, format, args);
  va_end(args);
}
