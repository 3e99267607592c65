/* From the text that stands behind an option to the member of the command's struct. The switch has
 * no default, so that a new kind of value does not compile until it is read here. */
#include "options.h"

#include "fray/base/size.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

/* Lists of words that stand in a table, and lists that a registry gives, look the same from
 * outside. */
const char *cli_name_at(const struct cli_names *names, size_t i, const char **meaning) {
  *meaning = "";
  if (names->at)
    return names->at(i, meaning);
  return names->list ? names->list[i] : NULL;
}

bool cli_read_count(const char *text, long most, long *out) {
  char *end;
  errno = 0;
  *out = strtol(text, &end, 10);
  /* strtol would take blanks and a sign in front. */
  return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *out >= 1 && *out <= most;
}

/* The member takes the place of the word in its list, which is the value of the enum. */
static enum fray_status read_word(const struct cli_option *option, const char *text, int *out,
                                  struct fray_err *err) {
  /* Words are few and fixed; the bound is for the list of a message alone. */
  enum { MOST = 64 };
  const char *known[MOST], *meaning;
  char list[512];
  size_t n = 0;
  while (n < MOST && (known[n] = cli_name_at(&option->names, n, &meaning)) != NULL) {
    if (strcmp(text, known[n]) == 0) {
      *out = (int)n;
      return FRAY_OK;
    }
    n++;
  }
  return fray_fail(err, FRAY_INPUT, "--%s '%s': %s", option->name, text,
                   fray_there_are(text, known, n, list, sizeof list));
}

/* The struct is as large as the longest list, so that a command need not free what it was given. */
static enum fray_status add_text(const struct cli_option *option, const char *text,
                                 struct cli_texts *texts, struct fray_err *err) {
  FRAY_CHECK(texts->n < CLI_MOST_TEXTS, err, INPUT, "--%s: given more than %d times", option->name,
             CLI_MOST_TEXTS);
  texts->v[texts->n++] = text;
  return FRAY_OK;
}

/* One place for all kinds, so that a default and a value that is given are read by the same lines.
 */
enum fray_status cli_read_value(const struct cli_option *option, const char *text, void *member,
                                struct fray_err *err) {
  switch (option->value) {
  case CLI_FLAG:
    *(bool *)member = true;
    return FRAY_OK;
  case CLI_TEXT:
    *(const char **)member = text;
    return FRAY_OK;
  case CLI_TEXTS: /* each time behind those before */
    return add_text(option, text, member, err);
  case CLI_COUNT:
    FRAY_CHECK(cli_read_count(text, option->most, member), err, INPUT,
               "--%s %s: a whole number of 1 to %ld is expected", option->name, text, option->most);
    return FRAY_OK;
  case CLI_WORD:
    return read_word(option, text, member, err);
  case CLI_READER: /* what no kind here can say: a share, a time */
    return option->read(text, member, err);
  }
  return FRAY_OK;
}
