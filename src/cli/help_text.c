/* Help texts as terminals show them. */
#include "command.h"

#include "fray/base/text.h"

#include <stdlib.h>
#include <string.h>

enum {
  WIDTH = 80,
  FILLED = 60, /* a shorter line ended where its writer wanted it to end */
  OPTIONS = 8  /* words that begin further right belong to the option before them */
};

static size_t length_of(const char *line) {
  return strcspn(line, "\n");
}

static size_t lead_of(const char *line) {
  return strspn(line, " ");
}

/* Column where the words of a line begin: behind the last gap of an option, or its own start. */
static size_t words_of(const char *line) {
  size_t at = lead_of(line), n = length_of(line);
  for (size_t i = at; at && i + 2 < n; i++)
    if (line[i] == ' ' && line[i + 1] == ' ' && line[i + 2] != ' ')
      at = i + 2;
  return at;
}

/* A line whose words go on in the next one. */
static bool goes_on(const char *line, const char *next, size_t column) {
  size_t lead = lead_of(next);
  return length_of(line) >= FILLED && length_of(next) > 0 && words_of(next) == lead &&
         (lead == column || (lead > OPTIONS && column > OPTIONS));
}

static const char *next_of(const char *line) {
  size_t n = length_of(line);
  return line[n] ? line + n + 1 : line + n;
}

void cli_print_help(const char *text) {
  struct fray_text page = {0};
  while (*text) {
    size_t column = words_of(text);
    struct fray_text words = {0};
    fray_text_add(&page, text, column);
    fray_text_add(&words, text + column, length_of(text) - column);
    while (goes_on(text, next_of(text), column)) {
      text = next_of(text);
      fray_text_puts(&words, " ");
      fray_text_add(&words, text + lead_of(text), length_of(text) - lead_of(text));
    }
    fray_text_wrap(&page, words.data ? words.data : "", column, WIDTH);
    fray_text_puts(&page, "\n");
    page.failed |= words.failed;
    fray_text_free(&words);
    text = next_of(text);
  }
  if (!page.failed && page.data)
    fray_print("%s", page.data);
  fray_text_free(&page);
}
